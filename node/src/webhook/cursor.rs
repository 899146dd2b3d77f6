//! How far a target has been told, on disk.
//!
//! # Format
//!
//! `data/webhooks/<name>`, one line: the place and a check of it,
//!
//! ```text
//! 57.2 9f86d081884c7d65
//! ```
//!
//! The name is 16 bytes of the SHA-256 of the address, in hex, so that it shows no address; the check is 8 bytes of the
//! SHA-256 of `chain ‖ 0 ‖ address ‖ 0 ‖ place`, so that a changed digit is noticed, or a file of another ledger.
//!
//! # Durability
//!
//! Written beside, synced, renamed, and the directory synced (a new one in its own too): after a crash it is the old one or the new one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sogoc_genesis::WebhookUrl;
use sogoc_ledger::name::ChainId;
use sogoc_verifier_api::events::Place;

/// Longest file, in bytes: two numbers and the check.
const FILE_BYTES_MAX: u64 = 64;

/// The place of one target.
pub struct Cursor {
    path: PathBuf,
    checked_with: Vec<u8>,
}

/// What was found.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Where to go on.
    Place(Place),
    /// None: it was never told.
    Nothing,
    /// Not what was written.
    Damaged,
}

fn hex_of(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Cursor {
    /// The cursor of the target with this address, in the home's data directory.
    pub fn new(data: &Path, chain: &ChainId, url: &WebhookUrl) -> Self {
        let name = hex_of(&Sha256::digest(url.as_str())[..16]);
        let checked_with = format!("{chain}\0{}\0", url.as_str()).into_bytes();
        Self { path: data.join("webhooks").join(name), checked_with }
    }

    fn check(&self, place: &str) -> String {
        let digest = Sha256::new().chain_update(&self.checked_with).chain_update(place).finalize();
        hex_of(&digest[..8])
    }

    /// What is on the disk.
    pub fn load(&self) -> Found {
        let mut text = String::new();
        match File::open(&self.path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(_) => return Found::Damaged,
            Ok(_) => {}
        }
        let place = text.strip_suffix('\n').and_then(|line| line.split_once(' '));
        match place.filter(|(place, check)| self.check(place) == *check).map(|(place, _)| place.parse()) {
            Some(Ok(place)) => Found::Place(place),
            _ => Found::Damaged,
        }
    }

    /// Puts `place` on the disk.
    pub fn save(&self, place: Place) -> io::Result<()> {
        let place = place.to_string();
        let directory = self.path.parent().unwrap_or(Path::new("."));
        if !directory.is_dir() {
            fs::create_dir_all(directory)?;
            File::open(directory.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        }
        let beside = self.path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(format!("{place} {}\n", self.check(&place)).as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        File::open(directory)?.sync_all()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cursor(data: &Path, chain: &str, url: &str) -> Cursor {
        Cursor::new(data, &chain.parse().unwrap(), &WebhookUrl::parse(url).unwrap())
    }

    #[test]
    fn what_was_saved_is_found() {
        let data = tempfile::tempdir().unwrap();
        let of = |url| cursor(data.path(), "mau", url);
        assert_eq!(of("https://a/x").load(), Found::Nothing);
        for place in ["0.0", "57.2", "18446744073709551615.4294967295"] {
            of("https://a/x").save(place.parse().unwrap()).unwrap();
            assert_eq!(of("https://a/x").load(), Found::Place(place.parse().unwrap()));
        }
        assert_eq!(of("https://a/y").load(), Found::Nothing);
        let names: Vec<_> = fs::read_dir(data.path().join("webhooks")).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn whatever_else_is_there_is_damage() {
        let data = tempfile::tempdir().unwrap();
        let cursor = cursor(data.path(), "mau", "https://a/x");
        cursor.save("57.2".parse().unwrap()).unwrap();
        let good = fs::read(&cursor.path).unwrap();
        for cut in 0..good.len() {
            fs::write(&cursor.path, &good[..cut]).unwrap();
            assert_eq!(cursor.load(), Found::Damaged, "cut at {cut}");
            let mut flipped = good.clone();
            flipped[cut] ^= 1 << (cut % 8);
            fs::write(&cursor.path, flipped).unwrap();
            assert_eq!(cursor.load(), Found::Damaged, "flipped at {cut}");
        }
        fs::write(&cursor.path, [good.as_slice(), b"\n"].concat()).unwrap();
        assert_eq!(cursor.load(), Found::Damaged);
        let other = super::tests::cursor(data.path(), "mang-khac", "https://a/x");
        fs::write(&cursor.path, &good).unwrap();
        assert_eq!((cursor.load(), other.load()), (Found::Place("57.2".parse().unwrap()), Found::Damaged));
        // A crash while it was written leaves the old one.
        fs::write(cursor.path.with_extension("new"), b"58").unwrap();
        assert_eq!(cursor.load(), Found::Place("57.2".parse().unwrap()));
    }
}
