//! The engine's log is checked before the engine sees it.
//!
//! The engine replays its write-ahead log when it starts a height, and hangs for good at the first
//! entry it cannot read. A power loss leaves such an entry behind: torn, or a run of zeros that a file system gives for
//! blocks it never wrote.
//!
//! # Format
//!
//! As written by `arc-malachitebft-wal` 0.8.2, big-endian:
//!
//! ```text
//! version 1 (4) ‖ height (8) ‖ { compressed 0 (1) ‖ length (8) ‖ CRC-32 of the data (4) ‖ data }*
//! ```
//!
//! An entry's data is a message of the height, in the encoding of [`crate::wire`] under a tag of the engine.
//!
//! # Recovery
//!
//! | found | done |
//! |---|---|
//! | nothing, less than a header, or zeros only | the file is emptied: it was never synced |
//! | valid entries, then bytes in which no valid entry begins | those bytes are cut: the engine syncs before it publishes, so they were never acted upon |
//! | entries of an earlier height only | cut: the crash came between the two halves of the engine's reset |
//! | an invalid entry before a valid one | refused (`wal-damaged`): the disk lost what it had synced |
//! | entries of several heights | refused (`wal-damaged`) |
//! | another version | refused (`wal-version`) |

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use malachite::app::engine::wal::{decode_entry, encode_entry};
use malachite_consensus::Input;
use sogoc_ledger::name::ChainId;

use crate::context::{Address, Context};
use crate::guard::{Logged, digest};
use crate::signing::{proposal_message, vote_message};
use crate::wire::{MAX_MESSAGE_BYTES, Wire};

const HEADER_BYTES: usize = 12;
const ENTRY_HEADER_BYTES: usize = 13;
const VERSION: u32 = 1;

/// Data of one entry: a message and the engine's tag and length.
const ENTRY_BYTES_MAX: usize = MAX_MESSAGE_BYTES + 16;

/// The longest log that is read, in bytes. A height with a thousand rounds of 128 validators has a quarter of it.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Why the engine is not started.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    /// A valid entry stands after an invalid one, or entries of several heights stand together.
    #[error(
        "the consensus log {0} is damaged at byte {1}, in what had been synced: check the disk, then restore this validator as a new node"
    )]
    Damaged(PathBuf, usize),
    /// Written by another version of the engine.
    #[error(
        "the consensus log {0} has version {1}; this program reads version {VERSION}: start the version that wrote it, or wait for the height to be decided without this node"
    )]
    Version(PathBuf, u32),
    /// It could not be read or cut.
    #[error("the consensus log {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl WalError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged(..) => "wal-damaged",
            Self::Version(..) => "wal-version",
            Self::Io(..) => "wal-failed",
        }
    }
}

/// What a checked log holds.
#[derive(Debug, Default)]
pub struct Checked {
    /// The height it is at.
    pub height: u64,
    /// Its entries.
    pub inputs: Vec<Input<Context>>,
}

impl Checked {
    /// What it holds of the messages that `own` signed on `chain`.
    pub fn signed_by(&self, own: &Address, chain: &ChainId) -> Logged {
        let messages = self.inputs.iter().filter_map(|input| match input {
            Input::Vote(vote) if vote.message.validator == *own => vote_message(chain, &vote.message),
            Input::Proposal(proposal) if proposal.message.proposer == *own => {
                proposal_message(chain, &proposal.message)
            }
            _ => None,
        });
        let messages: BTreeMap<_, _> = messages.map(|(slot, message)| (slot, digest(&message))).collect();
        Logged { height: self.height, messages }
    }
}

/// Checks every entry of the log at `path` and cuts what was never synced.
///
/// # Errors
/// See [`WalError`]; the file is unchanged.
pub fn check(path: &Path) -> Result<Checked, WalError> {
    let failed = |error| WalError::Io(path.into(), error);
    let bytes = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Checked::default()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
            return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "longer than any log")));
        }
        Ok(_) => fs::read(path).map_err(failed)?,
    };
    let (checked, length) = examine(path, &bytes)?;
    if length < bytes.len() {
        tracing::warn!(path = %path.display(), bytes = bytes.len() - length, "cut what was never synced from the consensus log");
        let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
        file.set_len(length as u64).and_then(|()| file.sync_all()).map_err(failed)?;
    }
    Ok(checked)
}

/// What the bytes of the log at `path` hold, and how many of them do.
///
/// # Errors
/// See [`WalError`].
pub fn examine(path: &Path, bytes: &[u8]) -> Result<(Checked, usize), WalError> {
    let damaged = |place| Err(WalError::Damaged(path.into(), place));
    if bytes.len() < HEADER_BYTES || bytes.iter().all(|byte| *byte == 0) {
        return Ok((Checked::default(), 0));
    }
    let version = number(&bytes[..4]) as u32;
    if version != VERSION {
        return Err(WalError::Version(path.into(), version));
    }
    let height = number(&bytes[4..HEADER_BYTES]);
    let (mut inputs, mut place) = (Vec::new(), HEADER_BYTES);
    while let Some((input, length)) = entry(&bytes[place..]) {
        inputs.push(input);
        place += length;
    }
    if (place + 1..bytes.len()).any(|later| entry(&bytes[later..]).is_some()) {
        return damaged(place);
    }
    let mut heights = inputs.iter().filter_map(height_of).peekable();
    match heights.peek().copied() {
        Some(first) if first < height => {
            let reset_was_cut_short = heights.all(|other| other < height);
            if reset_was_cut_short {
                return Ok((Checked { height, ..Checked::default() }, HEADER_BYTES));
            }
            damaged(HEADER_BYTES)
        }
        _ if heights.all(|other| other == height) => Ok((Checked { height, inputs }, place)),
        _ => damaged(HEADER_BYTES),
    }
}

fn height_of(input: &Input<Context>) -> Option<u64> {
    match input {
        Input::Vote(vote) => Some(vote.message.height.0),
        Input::Proposal(proposal) => Some(proposal.message.height.0),
        Input::ProposedValue(value, _) => Some(value.height.0),
        Input::PolkaCertificate(certificate) => Some(certificate.height.0),
        _ => None,
    }
}

/// The valid entry at the beginning of `bytes`, and its length.
fn entry(bytes: &[u8]) -> Option<(Input<Context>, usize)> {
    let header = bytes.get(..ENTRY_HEADER_BYTES)?;
    let length = usize::try_from(number(&header[1..9])).ok()?;
    if header[0] != 0 || length == 0 || length > ENTRY_BYTES_MAX {
        return None;
    }
    let data = bytes.get(ENTRY_HEADER_BYTES..ENTRY_HEADER_BYTES + length)?;
    if u64::from(crc32(data)) != number(&header[9..]) || !is_one_message(data) {
        return None;
    }
    let input = decode_entry(&Wire, Cursor::new(data)).ok()?;
    let mut again = Vec::with_capacity(length);
    encode_entry(input.clone(), &Wire, &mut again).ok()?;
    (again == data).then_some((input, ENTRY_HEADER_BYTES + length))
}

/// The engine reserves the length that a message claims before it reads it, and asserts that a timeout's round is one: checked here first.
fn is_one_message(data: &[u8]) -> bool {
    const TIMEOUT: u8 = 2;
    const TIMEOUT_BYTES: usize = 10;
    match data {
        [TIMEOUT, _, round @ ..] => data.len() == TIMEOUT_BYTES && number(round) <= u64::from(u32::MAX),
        [_, length @ ..] if length.len() >= 8 => number(&length[..8]) == length.len() as u64 - 8,
        _ => false,
    }
}

/// The number whose big-endian bytes these are, at most eight.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// CRC-32 as in IEEE 802.3, reflected.
fn crc32(data: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests;
