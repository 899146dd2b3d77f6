//! The last-signed guard: a validator never signs two different messages for one place in the protocol.
//!
//! The engine's log protects against a crash. The guard protects against what the log cannot: a
//! home directory restored from a backup or copied to another machine. Therefore its file lies
//! *outside* the home, and must not be backed up with it.
//!
//! # Format
//!
//! Entries, each framed as `length (2) ‖ entry ‖ first 8 bytes of SHA-256(entry)`, the entry in the ledger's encoding:
//!
//! ```text
//! Owner        chain id ‖ key                              first, once
//! Incarnation  number (8)                                  at each start
//! Signed       height (8) ‖ round (4) ‖ step (4) ‖ SHA-256(message) ‖ signature
//! ```
//!
//! Beside it `<file>.lock` keeps a second process out; in the home, `incarnation` holds the number in decimal.
//!
//! # Invariants
//!
//! * An entry is synced before its signature is returned.
//! * The same message gets the stored signature; another message for the same place gets none.
//! * At each start the number grows by one, first in the home, then in the guard: in one's own home it is the guard's
//!   or, after a crash between the two, one more. Any other number is a home that was restored or copied.
//!
//! # Recovery
//!
//! A torn last entry is cut: its signature never left. Entries of the height that the engine's log is at, and that the
//! log of the same incarnation does not have, are dropped: the engine publishes after it has synced its log, so they never left either.
//! (The log's own cut tail, see [`crate::wal`], was never synced.) In a home that is not its own, the guard waits until the *blocks* have reached
//! the last height that was signed for: the node runs as an observer until then, for there is nothing left to contradict.
//!
//! # Limits
//!
//! Two copies of home *and* guard that run at once cannot be told apart here; the others see two votes and record the evidence.
//! Nor can a snapshot of a *running* node's home, put back before the height and the process it was taken in have ended: its number is the
//! guard's, and what its log lacks looks like the lost tail of a crash. A home is copied while the node is stopped, or not at all.
//!
//! # Errors
//!
//! See [`GuardError`]. At start each has a remedy; while running each ends the process.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bincode::{Decode, Encode};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::name::ChainId;
use sogoc_ledger::signature::{PublicKey, Signature, public_key};

/// The file is rewritten with what still matters when it is longer than this, in bytes: some 200 heights.
const REWRITE_BYTES: u64 = 64 << 10;

/// The longest file that is read: a rewrite that kept failing would have ended the process long before.
const FILE_BYTES_MAX: u64 = 16 << 20;

const DIGEST_BYTES: usize = 8;

/// Which of the three messages of a round.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Step {
    /// A proposal.
    Proposal,
    /// A prevote.
    Prevote,
    /// A precommit.
    Precommit,
}

/// A place in the protocol, for which one message may be signed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Slot {
    /// Height.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// Step.
    pub step: Step,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum Entry {
    Owner { chain: ChainId, key: PublicKey },
    Incarnation(u64),
    Signed(Slot, Stored),
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Stored {
    message: Hash,
    signature: Signature,
}

/// Why the guard does not open, or does not sign.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Another process has it.
    #[error("the guard {0} is used by another process: two nodes with one key must never run")]
    InUse(PathBuf),
    /// It is not a guard, or was changed by something else.
    #[error("the guard {0} is damaged at byte {1}; if it cannot be repaired, replace the validator's key")]
    Damaged(PathBuf, u64),
    /// It belongs to another key or chain.
    #[error("the guard {0} belongs to another key or another network")]
    OtherOwner(PathBuf),
    /// The home was used with a guard, and there is none.
    #[error(
        "the guard {0} is missing, and this home has signed before: bring the guard back; a home must not be moved without it"
    )]
    Missing(PathBuf),
    /// The home is not the one that was used last, and the blocks have not yet come as far as it signed.
    #[error(
        "this home was restored or copied: its incarnation is {home}, the guard's {guard}. Run as an observer until height {signed} is reached (now {tip}), then start again"
    )]
    HomeRestored {
        /// The number in the home.
        home: u64,
        /// The number in the guard.
        guard: u64,
        /// The last height that was signed for.
        signed: u64,
        /// The last block.
        tip: u64,
    },
    /// Asked to sign against what was signed.
    #[error("asked to sign another {step:?} for height {height} round {round} than was signed before", step = .0.step, height = .0.height, round = .0.round)]
    Conflict(Slot),
    /// Asked to sign for a height that is past.
    #[error("asked to sign for height {height} after signing for height {1}", height = .0.height)]
    Past(Slot, u64),
    /// The file could not be read, written or synced.
    #[error("the guard {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl GuardError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse(_) => "guard-in-use",
            Self::Damaged(..) => "guard-damaged",
            Self::OtherOwner(_) => "guard-other-owner",
            Self::Missing(_) => "guard-missing",
            Self::HomeRestored { .. } => "home-restored",
            Self::Conflict(_) | Self::Past(..) => "guard-conflict",
            Self::Io(..) => "guard-failed",
        }
    }
}

/// What the engine's log holds of our own messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// The height that the log is at.
    pub height: u64,
    /// The places for which it has a message of ours, and SHA-256 of each.
    pub messages: BTreeMap<Slot, Hash>,
}

/// Where a guard is kept: its file, and the number in the home. What was written is synced when a call returns.
pub trait Medium {
    /// Where the file is, for people.
    fn path(&self) -> &Path;
    /// The number in the home, 0 if there is none.
    fn incarnation(&self) -> io::Result<u64>;
    /// Puts another number there, or leaves the old one.
    fn set_incarnation(&mut self, number: u64) -> io::Result<()>;
    /// What the file holds; `None` if it is not there.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>>;
    /// Cuts the file to `length` bytes, or makes an empty one.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Adds to the file.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Puts other bytes in its place, or leaves the old ones.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// See the module.
#[derive(Debug)]
pub struct Guard<M = Files> {
    key: SigningKey,
    chain: ChainId,
    medium: M,
    length: u64,
    incarnation: u64,
    /// The last height that was signed for, and what was signed there.
    height: u64,
    signed: BTreeMap<Slot, Stored>,
}

/// SHA-256 of a signed message.
pub fn digest(message: &[u8]) -> Hash {
    Hash(Sha256::digest(message).into())
}

impl Guard {
    /// Opens the guard at `path` for `key` on `chain` and begins the next incarnation of `home`, whose blocks have reached
    /// `tip` and whose log holds `logged`.
    ///
    /// # Errors
    /// See [`GuardError`].
    pub fn open(
        path: &Path,
        key: SigningKey,
        chain: ChainId,
        home: &Path,
        tip: u64,
        logged: &Logged,
    ) -> Result<Self, GuardError> {
        Self::begin(Files::lock(path, home)?, key, chain, tip, logged)
    }
}

impl<M: Medium> Guard<M> {
    /// The same, kept on any medium.
    ///
    /// # Errors
    /// See [`GuardError`].
    pub fn begin(
        mut medium: M,
        key: SigningKey,
        chain: ChainId,
        tip: u64,
        logged: &Logged,
    ) -> Result<Self, GuardError> {
        let path = medium.path().to_path_buf();
        let failed = |error| GuardError::Io(path.clone(), error);
        let home = medium.incarnation().map_err(failed)?;
        let bytes = medium.read().map_err(failed)?;
        if bytes.is_none() && home != 0 {
            return Err(GuardError::Missing(path));
        }
        let (entries, length) = entries(&path, &bytes.unwrap_or_default())?;
        medium.cut(length).map_err(failed)?;
        // A first start that was cut short leaves an empty file and the number 1; nothing was signed yet.
        if entries.is_empty() && home > 1 {
            return Err(GuardError::Missing(path));
        }
        let mut guard = Self { key, chain, medium, length, incarnation: 0, height: 0, signed: BTreeMap::new() };
        guard.replay(entries)?;
        guard.reconcile(home, tip, logged)?;
        guard.incarnation += 1;
        guard.medium.set_incarnation(guard.incarnation).map_err(failed)?;
        guard.rewrite()?;
        Ok(guard)
    }

    fn replay(&mut self, entries: Vec<Entry>) -> Result<(), GuardError> {
        for (place, entry) in entries.into_iter().enumerate() {
            match entry {
                Entry::Owner { chain, key } if place == 0 => {
                    if chain != self.chain || key != public_key(&self.key) {
                        return Err(GuardError::OtherOwner(self.medium.path().into()));
                    }
                }
                Entry::Incarnation(number) if place > 0 && number >= self.incarnation => self.incarnation = number,
                Entry::Signed(slot, stored) if place > 0 => self.keep(slot, stored),
                Entry::Owner { .. } | Entry::Incarnation(_) | Entry::Signed(..) => {
                    return Err(GuardError::Damaged(self.medium.path().into(), 0));
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, slot: Slot, stored: Stored) {
        if slot.height > self.height {
            self.height = slot.height;
            self.signed.clear();
        }
        if slot.height == self.height {
            self.signed.insert(slot, stored);
        }
    }

    /// Whether this home may sign, and what of the guard's entries never left it.
    fn reconcile(&mut self, home: u64, tip: u64, logged: &Logged) -> Result<(), GuardError> {
        let own_home = home == self.incarnation || home == self.incarnation + 1;
        let decided = tip >= self.height;
        // A log that is behind what was signed is not the log that was there then.
        if decided || (own_home && logged.height >= self.height) {
            if own_home && logged.height == self.height {
                self.signed.retain(|slot, stored| logged.messages.get(slot) == Some(&stored.message));
            }
            return Ok(());
        }
        Err(GuardError::HomeRestored { home, guard: self.incarnation, signed: self.height, tip })
    }

    /// The signature of `message` for `slot`, on disk before it is returned.
    ///
    /// # Errors
    /// [`GuardError::Conflict`], [`GuardError::Past`], or the disk failed.
    pub fn sign(&mut self, slot: Slot, message: &[u8]) -> Result<Signature, GuardError> {
        let digest = digest(message);
        if let Some(stored) = self.signed.get(&slot) {
            return if stored.message == digest { Ok(stored.signature) } else { Err(GuardError::Conflict(slot)) };
        }
        if slot.height < self.height {
            return Err(GuardError::Past(slot, self.height));
        }
        let stored = Stored { message: digest, signature: Signature(self.key.sign(message).to_bytes()) };
        if self.length > REWRITE_BYTES {
            self.rewrite()?;
        }
        self.append(&Entry::Signed(slot, stored))?;
        self.keep(slot, stored);
        Ok(stored.signature)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), GuardError> {
        let framed = frame(entry);
        let written = self.medium.append(&framed);
        written.map_err(|error| GuardError::Io(self.medium.path().into(), error))?;
        self.length += framed.len() as u64;
        Ok(())
    }

    /// Writes what still matters to a new file, which takes the place of the old one.
    fn rewrite(&mut self) -> Result<(), GuardError> {
        let owner = Entry::Owner { chain: self.chain.clone(), key: public_key(&self.key) };
        let signed = self.signed.iter().map(|(slot, stored)| Entry::Signed(*slot, *stored));
        let entries = [owner, Entry::Incarnation(self.incarnation)].into_iter().chain(signed);
        let bytes: Vec<u8> = entries.flat_map(|entry| frame(&entry)).collect();
        let replaced = self.medium.replace(&bytes);
        replaced.map_err(|error| GuardError::Io(self.medium.path().into(), error))?;
        self.length = bytes.len() as u64;
        Ok(())
    }
}

fn frame(entry: &Entry) -> Vec<u8> {
    let bytes = codec::encode(entry);
    let mut framed = (bytes.len() as u16).to_be_bytes().to_vec();
    framed.extend_from_slice(&bytes);
    framed.extend_from_slice(&digest(&bytes).0[..DIGEST_BYTES]);
    framed
}

/// The entry at the beginning of `bytes` and the length of its frame.
fn unframe(bytes: &[u8]) -> Option<(Entry, usize)> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let entry = rest.get(..length)?;
    let check = rest.get(length..length + DIGEST_BYTES)?;
    if digest(entry).0[..DIGEST_BYTES] != *check {
        return None;
    }
    Some((codec::decode(entry).ok()?, 2 + length + DIGEST_BYTES))
}

/// The entries in `bytes` and where they end: a torn last one is left out, and anything else that is wrong refused.
fn entries(path: &Path, bytes: &[u8]) -> Result<(Vec<Entry>, u64), GuardError> {
    let (mut entries, mut place) = (Vec::new(), 0);
    while let Some((entry, length)) = unframe(&bytes[place..]) {
        entries.push(entry);
        place += length;
    }
    // Only the last entry can be torn, for each is synced before the next is written. A file system may have given it its length and zeros.
    let torn = &bytes[place..];
    let only_torn = torn.len() <= frame_bytes_max() && (1..torn.len()).all(|at| unframe(&torn[at..]).is_none());
    let begun = entries.is_empty() && torn.is_empty();
    if !only_torn || (entries.is_empty() && !begun) {
        return Err(GuardError::Damaged(path.into(), place as u64));
    }
    Ok((entries, place as u64))
}

/// No frame is longer: a tail that is, was not torn from one entry.
fn frame_bytes_max() -> usize {
    let slot = Slot { height: 0, round: 0, step: Step::Proposal };
    let stored = Stored { message: Hash::ZERO, signature: Signature([0; 64]) };
    frame(&Entry::Signed(slot, stored)).len()
}

/// Readable and writable by this user only; created if missing.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A guard's file at a path of its own, and its number in a home.
#[derive(Debug)]
pub struct Files {
    path: PathBuf,
    counter: PathBuf,
    file: Option<File>,
    /// Held until the guard is dropped.
    _lock: File,
}

impl Files {
    fn lock(path: &Path, home: &Path) -> Result<Self, GuardError> {
        let failed = |error| GuardError::Io(path.into(), error);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(failed)?;
        }
        let lock = private().open(sibling(path, ".lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.into(), counter: home.join("incarnation"), file: None, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(GuardError::InUse(path.into())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    fn file(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => private().open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }
}

impl Medium for Files {
    fn path(&self) -> &Path {
        &self.path
    }

    fn incarnation(&self) -> io::Result<u64> {
        read_counter(&self.counter)
    }

    fn set_incarnation(&mut self, number: u64) -> io::Result<()> {
        write_atomically(&self.counter, format!("{number}\n").as_bytes())
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.file()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let file = self.file()?;
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        file.sync_all()?;
        sync_directory_of(&self.path)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_atomically(&self.path, bytes)?;
        self.file = None;
        self.file()?.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn read_counter(path: &Path) -> io::Result<u64> {
    match fs::read_to_string(path) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is not a number", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = sibling(path, ".new");
    let mut file = private().truncate(true).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_directory_of(path)
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => File::open(directory)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests;
