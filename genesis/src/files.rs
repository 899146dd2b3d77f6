//! Files on disk: read up to a limit, written once and never over another; only what operators edit is replaced.
//!
//! # Invariants
//!
//! * No more than the limit of its kind is ever read of a file, and only of a regular one.
//! * A new file is synced, and so is its name; one that cannot be finished is removed.
//! * A file that is replaced is the old one or the new one, whole, whenever power fails.
//! * What is secret is 0600 from the start, and its buffers are wiped.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::problem::{Code, Problem, Problems};

/// Opens the regular file at `path`.
pub(crate) fn open(path: &Path) -> Result<File, Problem> {
    let unreadable = |detail: &dyn fmt::Display| Problem::new(Code::Unreadable, path.display(), detail);
    // Before opening: to open a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error.kind()))?;
    if !metadata.is_file() {
        return Err(unreadable(&"not a regular file"));
    }
    File::open(path).map_err(|error| unreadable(&error.kind()))
}

/// The contents of `file`, of at most `limit` bytes; wiped when dropped, as they may be a key.
/// The buffer never grows, so that no copy is left behind.
pub(crate) fn read(file: File, path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let unreadable = |error: std::io::Error| Problem::new(Code::Unreadable, path.display(), error.kind());
    let length = file.metadata().map_err(unreadable)?.len();
    if length > limit as u64 {
        return Err(Problem::new(Code::TooLong, path.display(), format_args!("at most {limit} bytes")));
    }
    let room = length as usize + 1; // at most the limit and one
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(room as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() == room {
        return Err(Problem::new(Code::Unreadable, path.display(), "it grew while it was read"));
    }
    Ok(bytes)
}

/// [`open`] and [`read`].
pub(crate) fn load(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    read(open(path)?, path, limit)
}

/// The contents of the file of a secret, which its group and others may not access.
///
/// # Errors
/// They may, or it cannot be read, or is longer than `limit`.
pub fn load_private(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let file = open(path)?;
    // Of the open file: what is checked is what is read.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = file.metadata().map_err(|error| Problem::new(Code::Unreadable, path.display(), error.kind()))?;
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Problem::new(Code::ModeTooOpen, path.display(), format_args!("mode {mode:04o}")));
        }
    }
    read(file, path, limit)
}

/// Nothing is at any of `paths`, where something new is about to be written.
pub(crate) fn none_in_the_way<'a, P: AsRef<Path> + ?Sized + 'a>(
    paths: impl IntoIterator<Item = &'a P>,
) -> Result<(), Problems> {
    let paths = paths.into_iter().map(AsRef::as_ref).filter(|path| path.symlink_metadata().is_ok());
    Problems::or(paths.map(|path| Problem::new(Code::Exists, path.display(), "")).collect(), ())
}

/// Puts `text` in the place of the file at `path`, which others may read meanwhile.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Problem> {
    let new = path.with_extension("new");
    // Left behind by an attempt that power failed.
    let _ = fs::remove_file(&new);
    write_new(&new, text, false)?;
    fs::rename(&new, path).map_err(|error| Problem::new(Code::NotWritten, path.display(), error.kind()))?;
    sync_parent(path)
}

/// Writes a new file and syncs it; one that exists is left alone. `secret`: readable by its owner only, from the start.
pub(crate) fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), Problem> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = secret; // The directory's access list decides.
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Problem::new(Code::Exists, path.display(), ""),
        kind => Problem::new(Code::NotWritten, path.display(), kind),
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a file is worth nothing, and would be in the way of the next attempt.
        let _ = fs::remove_file(path);
        Problem::new(Code::NotWritten, path.display(), error.kind())
    })?;
    sync_parent(path)
}

/// Makes the name of a new file as durable as its contents.
fn sync_parent(path: &Path) -> Result<(), Problem> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        File::open(parent)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| Problem::new(Code::NotWritten, path.display(), error.kind()))?;
    }
    Ok(())
}
