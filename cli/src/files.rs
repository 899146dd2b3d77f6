//! Files of people: read with a bound, written whole or not at all, personal ones for their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use sogoc_credential::anchor;
use sogoc_credential::bundle::{Bundle, MAX_BUNDLE_BYTES};
use sogoc_ledger::checkpoint::Checkpoint;

use crate::failure::Failure;

/// The file's bytes, if it has at most `max`.
pub fn read(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
    let mut bytes = Vec::new();
    file.take(max as u64 + 1).read_to_end(&mut bytes).map_err(|error| Failure::unreadable(path, &error))?;
    if bytes.len() > max {
        let path = path.display();
        return Err(Failure::refused(
            "file-too-large",
            format!("{path} lớn hơn {max} byte, quá mức cho phép."),
            format!("{path} has more than {max} bytes, which is too many."),
        ));
    }
    Ok(bytes)
}

/// Writes a personal file: mode 0600, synced, and either whole or not there; one that exists is replaced.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, true).map_err(|error| Failure::unwritable(path, &error))
}

/// Writes a file that anybody may read, whole or not at all.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, false).map_err(|error| Failure::unwritable(path, &error))
}

fn write(path: &Path, bytes: &[u8], private: bool) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut partial = path.file_name().unwrap_or_default().to_owned();
    partial.push(".partial");
    let partial = directory.join(partial);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt;
        // What a killed run left may have another mode.
        let _ = fs::remove_file(&partial);
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    let mut file = options.open(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&partial, path)?;
    sync_directory(directory)
}

/// Makes a directory for personal files.
pub fn make_private_directory(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| Failure::unwritable(path, &error))
}

/// Makes a rename last. Windows has no such call; its journal does it.
pub fn sync_directory(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// The bundle in a file.
pub fn read_bundle(path: &Path) -> Result<Bundle, Failure> {
    Bundle::from_bytes(&read(path, MAX_BUNDLE_BYTES)?).map_err(|error| Failure::from(&error))
}

/// The trust anchor in a file.
pub fn read_anchor(path: &Path) -> Result<Checkpoint, Failure> {
    anchor::from_file(&read(path, anchor::MAX_ANCHOR_FILE_BYTES)?).map_err(|error| {
        let path = path.display();
        Failure::refused(
            "bad-anchor",
            format!("{path} không phải là điểm tin cậy hợp lệ."),
            format!("{path} is not a trust anchor: {error}"),
        )
    })
}
