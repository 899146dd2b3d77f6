//! What was sealed with a key, kept durably on the clerk's machine.
//!
//! # Format
//!
//! A directory for each line of keys (a key and those it was rotated into), mode 0700, its files 0600:
//!
//! ```text
//! <batch>.prepared   JSON lines: the header, then one document a line, in the order of the batch; written once
//! <batch>.sealed     the proof that the batch is on the ledger, in the ledger's encoding; written once it is
//! lock               held while a command works
//! ```
//!
//! # Invariants
//!
//! * `prepared` is on the disk, whole and synced, before the batch is submitted; so a run that is killed at any moment
//!   is completed by the next with the same documents, and nothing is sealed twice.
//! * Nothing is ever changed or removed. Without its `prepared`, a batch cannot be given out again.
//!
//! # Recovery
//!
//! Every run reads the headers and completes what is prepared and not sealed. A `.partial` file is of a write that did
//! not end; it is replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::name::{BatchId, ChainId, IssuerId, TypeId};
use sogoc_ledger::receipt::{BatchProof, MAX_RECEIPT_BYTES};

use crate::failure::Failure;
use crate::files;

/// A journal file, in bytes: the largest batch with its documents.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// The journal of one key. While it is open, no other run may use it.
pub struct Journal {
    directory: PathBuf,
    _lock: File,
}

/// The only format that is read. 1 did not say which key signed, nor in whose name.
pub const JOURNAL_FORMAT: u8 = 2;

/// What is known of a batch without reading its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Format of the file.
    #[serde(rename = "sogoc-journal")]
    pub format: u8,
    /// The chain it is for.
    pub chain: ChainId,
    /// The issuer that seals it.
    pub issuer: IssuerId,
    /// Thumbprint of the key that signed its documents, and seals it.
    pub key: String,
    /// The issuer that its documents name, if the sealer acts as its successor.
    pub act_for: Option<IssuerId>,
    /// Whether they were taken over from paper or an older system.
    pub digitised: bool,
    /// The type of its documents.
    #[serde(rename = "type")]
    pub document_type: TypeId,
    /// Version of their schema.
    pub schema: u16,
    /// What it is about.
    pub period: String,
    /// How often these rows were begun anew after a lost journal.
    pub attempt: u32,
    /// The batch.
    pub batch: String,
    /// Its rows, in the order of the batch.
    pub rows: Vec<RowEntry>,
}

/// A row of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowEntry {
    /// Whose it is: student code, personal id or register number.
    pub learner: String,
    /// Keyed digest of what it says, to tell a changed row from an equal one.
    pub content: String,
    /// Keyed digest of the register number (số vào sổ gốc) that it has, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<String>,
}

/// A batch as it was signed.
pub struct Prepared {
    /// What it is.
    pub header: Header,
    /// Its documents with all disclosures, in the order of the batch.
    pub documents: Vec<String>,
}

impl Header {
    /// The batch.
    pub fn batch_id(&self) -> Result<BatchId, Failure> {
        self.batch.parse().map_err(|_| damaged(&self.batch))
    }
}

impl Prepared {
    /// Leaf hashes, in the order of the batch.
    pub fn leaves(&self) -> Vec<Hash> {
        let leaf = |document: &String| {
            let jwt = document.split('~').next().unwrap_or_default();
            sogoc_ledger::merkle::leaf_hash(jwt.as_bytes())
        };
        self.documents.iter().map(leaf).collect()
    }
}

impl Journal {
    /// Opens the journal of this line of keys under `root`.
    pub fn open(root: &Path, line: &Hash) -> Result<Self, Failure> {
        let directory = root.join(line.to_string());
        files::make_private_directory(&directory)?;
        let path = directory.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| Failure::unwritable(&path, &error))?;
        lock.try_lock().map_err(|_| {
            Failure::not_done(
                "journal-in-use",
                "Một lệnh khác đang dùng khóa này. Hãy đợi lệnh đó xong.",
                "Another command is using this key. Wait until it has ended.",
            )
        })?;
        Ok(Self { directory, _lock: lock })
    }

    /// The directory under which journals are kept, unless the caller names one.
    pub fn default_root() -> Result<PathBuf, Failure> {
        let data = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        data("SOGOC_JOURNAL")
            .or_else(|| data("XDG_DATA_HOME").map(|data| data.join("sogoc").join("journal")))
            .or_else(|| data("APPDATA").map(|data| data.join("sogoc").join("journal")))
            .or_else(|| data("HOME").map(|home| home.join(".local/share/sogoc/journal")))
            .ok_or_else(|| {
                Failure::refused(
                    "no-journal-directory",
                    "Không biết đặt nhật ký ở đâu. Hãy dùng --journal.",
                    "There is no place for the journal. Use --journal.",
                )
            })
    }

    /// Every batch that was prepared, and whether it is known to be sealed.
    pub fn batches(&self) -> Result<Vec<(Header, bool)>, Failure> {
        let mut batches = Vec::new();
        for name in self.names()? {
            if let Some(batch) = name.strip_suffix(".prepared") {
                let mut lines = self.lines(batch)?;
                let header = self.header(batch, lines.next())?;
                batches.push((header, self.path(batch, "sealed").exists()));
            }
        }
        Ok(batches)
    }

    /// A prepared batch.
    pub fn prepared(&self, batch: &str) -> Result<Prepared, Failure> {
        let mut lines = self.lines(batch)?;
        let header = self.header(batch, lines.next())?;
        let documents = lines.map(|line| {
            let line = line.map_err(|error| Failure::unreadable(&self.path(batch, "prepared"), &error))?;
            serde_json::from_str(&line).map_err(|_| damaged(batch))
        });
        let documents: Vec<String> = documents.collect::<Result<_, _>>()?;
        if documents.len() != header.rows.len() {
            return Err(damaged(batch));
        }
        Ok(Prepared { header, documents })
    }

    /// Keeps a batch, synced, before it is submitted.
    pub fn prepare(&self, prepared: &Prepared) -> Result<(), Failure> {
        let mut text = line(&prepared.header);
        for document in &prepared.documents {
            text.push_str(&line(document));
        }
        files::write_private(&self.path(&prepared.header.batch, "prepared"), text.as_bytes())
    }

    /// Keeps the proof that a batch is sealed.
    pub fn sealed(&self, batch: &str, proof: &BatchProof) -> Result<(), Failure> {
        files::write_private(&self.path(batch, "sealed"), &codec::encode(proof))
    }

    /// The proof that a batch is sealed, if that is known.
    pub fn proof(&self, batch: &str) -> Result<Option<BatchProof>, Failure> {
        let path = self.path(batch, "sealed");
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read(&path, MAX_RECEIPT_BYTES)?;
        BatchProof::from_bytes(&bytes).map(Some).map_err(|_| damaged(batch))
    }

    /// Copies every file that `to` does not have yet, and returns how many it has then.
    pub fn back_up(&self, to: &Path) -> Result<usize, Failure> {
        let to = to.join(self.directory.file_name().unwrap_or_default());
        files::make_private_directory(&to)?;
        let mut count = 0;
        for name in self.names()?.iter().filter(|n| n.ends_with(".prepared") || n.ends_with(".sealed")) {
            let target = to.join(name);
            if !target.exists() {
                let source = self.directory.join(name);
                let bytes = fs::read(&source).map_err(|error| Failure::unreadable(&source, &error))?;
                files::write_private(&target, &bytes)?;
            }
            count += 1;
        }
        Ok(count)
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let entries = fs::read_dir(&self.directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(|error| Failure::unreadable(&self.directory, &error))?;
        let mut names: Vec<String> = entries.iter().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn path(&self, batch: &str, extension: &str) -> PathBuf {
        self.directory.join(format!("{batch}.{extension}"))
    }

    fn lines(&self, batch: &str) -> Result<impl Iterator<Item = std::io::Result<String>>, Failure> {
        let path = self.path(batch, "prepared");
        let file = File::open(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        Ok(BufReader::new(file.take(MAX_FILE_BYTES)).lines())
    }

    fn header(&self, batch: &str, line: Option<std::io::Result<String>>) -> Result<Header, Failure> {
        let header: Option<Header> = line.and_then(Result::ok).and_then(|line| serde_json::from_str(&line).ok());
        header.filter(|header| header.format == JOURNAL_FORMAT && header.batch == batch).ok_or_else(|| damaged(batch))
    }
}

fn line(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).expect("strings and numbers always serialise");
    line.push('\n');
    line
}

fn damaged(batch: &str) -> Failure {
    Failure::refused(
        "journal-damaged",
        format!("Nhật ký của lô {batch} bị hỏng. Hãy khôi phục bản sao lưu."),
        format!("The journal of batch {batch} is damaged. Restore its backup."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared() -> Prepared {
        let rows = ["b", "a"].map(|learner| RowEntry { learner: learner.into(), content: "c".into(), register: None });
        let header = Header {
            format: JOURNAL_FORMAT,
            chain: "test".parse().unwrap(),
            issuer: "thcs-mau-1".parse().unwrap(),
            key: "00".repeat(32),
            act_for: None,
            digitised: false,
            document_type: "hoc-ba-thcs".parse().unwrap(),
            schema: 1,
            period: "2025-2026".into(),
            attempt: 0,
            batch: "00".repeat(16),
            rows: rows.into(),
        };
        Prepared { header, documents: vec!["x.y.z~d~".into(), "u.v.w~".into()] }
    }

    #[test]
    fn what_was_prepared_is_there_again() {
        let root = tempfile::tempdir().unwrap();
        let journal = Journal::open(root.path(), &Hash::ZERO).unwrap();
        journal.prepare(&prepared()).unwrap();
        assert_eq!(journal.batches().unwrap(), [(prepared().header, false)]);
        let again = journal.prepared(&"00".repeat(16)).unwrap();
        assert_eq!(again.documents, prepared().documents);
        assert_eq!(again.leaves()[0], sogoc_ledger::merkle::leaf_hash(b"x.y.z"));
        assert_eq!(Journal::open(root.path(), &Hash::ZERO).err().unwrap().code, "journal-in-use");
    }

    #[test]
    fn a_file_cut_short_is_refused_not_forgotten() {
        let root = tempfile::tempdir().unwrap();
        let journal = Journal::open(root.path(), &Hash::ZERO).unwrap();
        journal.prepare(&prepared()).unwrap();
        let path = journal.path(&"00".repeat(16), "prepared");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 9]).unwrap();
        assert_eq!(journal.prepared(&"00".repeat(16)).err().unwrap().code, "journal-damaged");
        fs::write(&path, &text[..20]).unwrap();
        assert_eq!(journal.batches().err().unwrap().code, "journal-damaged");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let journal = Journal::open(root.path(), &Hash::ZERO).unwrap();
        journal.prepare(&prepared()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&journal.directory), 0o700);
        assert_eq!(mode(&journal.path(&"00".repeat(16), "prepared")), 0o600);
    }
}
