//! The state of a chain written out, so that it can be looked at, kept, and continued from without a store.
//!
//! # Format
//!
//! A sequence of elements, each `length (4) ‖ encoding`:
//!
//! ```text
//! Head
//! (Key, Record)                        head.records times, in the order of keys
//! (IssuerId, BatchId, StatusArray)     head.statuses times: every batch whose status ever changed
//! ```
//!
//! # Invariants
//!
//! What is read is checked whole: the certificate makes the header final, its state root is that of the records, the history is
//! that of the header, and every status array is the one under its batch's root. A byte less or more, and it is refused.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};

use crate::Hash;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::codec::{self, CodecError, List, Value};
use crate::merkle::{Frontier, PATH_HASHES_MAX};
use crate::name::{BatchId, IssuerId};
use crate::record::{Key, Record};
use crate::state::{self, StateReader, StoreFault};
use crate::status::StatusArray;
use crate::validator::{Certificate, CertificateError};

/// The only format so far.
const FORMAT: u8 = 1;

/// What the rest belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// Format of the file.
    pub format: u8,
    /// The last header and its validators.
    pub checkpoint: Checkpoint,
    /// Makes the header final; none for the founding block and for one that continued a chain.
    pub certificate: Option<Certificate>,
    /// Perfect subtrees over the hashes of all headers before, largest first.
    pub history: List<Hash, PATH_HASHES_MAX>,
    /// How many records follow.
    pub records: u64,
    /// How many status arrays follow them.
    pub statuses: u64,
}

/// A state as of its last header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The last header and its validators.
    pub checkpoint: Checkpoint,
    /// Makes the header final, if it has one.
    pub certificate: Option<Certificate>,
    /// The history of all headers before.
    pub history: Frontier,
    /// Every record.
    pub records: BTreeMap<Key, Record>,
    /// Every status array that is not empty.
    pub statuses: BTreeMap<(IssuerId, BatchId), StatusArray>,
}

/// Why bytes are not a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Cut short, with something behind, or an element that is none.
    #[error("the file is malformed: {0}")]
    Malformed(#[from] CodecError),
    /// A format that this software does not know.
    #[error("the file has format {0}, which this software does not know")]
    UnknownFormat(u8),
    /// Its last header or its validators contradict each other.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Its last header is not final.
    #[error("the last block is not final: {0}")]
    NotFinal(#[from] CertificateError),
    /// The history is not that of the header.
    #[error("the history is not the one that the last header names")]
    History,
    /// The records are not those of the state root.
    #[error("the records do not have the state root of the last header")]
    StateRoot,
    /// A status array is missing, or not the one under its batch's root.
    #[error("the statuses of batch {1} of {0} are not those under its root")]
    Statuses(IssuerId, BatchId),
    /// The tree cannot be computed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl Exported {
    /// The state that `bytes` hold.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ExportError> {
        let mut elements = Elements(bytes);
        if let Some(format) = elements.peek_format().filter(|format| *format != FORMAT) {
            return Err(ExportError::UnknownFormat(format));
        }
        let head: Head = elements.next()?;
        let mut records = BTreeMap::new();
        for _ in 0..head.records {
            let (key, record): (Key, Record) = elements.next()?;
            if records.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(CodecError::NotCanonical.into());
            }
            records.insert(key, record);
        }
        let mut statuses = BTreeMap::new();
        for _ in 0..head.statuses {
            let (issuer, batch, array): (IssuerId, BatchId, StatusArray) = elements.next()?;
            let place = (issuer, batch);
            if statuses.last_key_value().is_some_and(|(last, _)| *last >= place) {
                return Err(CodecError::NotCanonical.into());
            }
            statuses.insert(place, array);
        }
        if !elements.0.is_empty() {
            return Err(CodecError::Trailing(elements.0.len()).into());
        }
        let height = head.checkpoint.header.height;
        let history = Frontier::from_parts(height, head.history.into_vec()).ok_or(ExportError::History)?;
        let exported = Self { checkpoint: head.checkpoint, certificate: head.certificate, history, records, statuses };
        exported.check()?;
        Ok(exported)
    }

    /// The file, in parts.
    pub fn to_elements(&self) -> impl Iterator<Item = Vec<u8>> {
        let head = Head {
            format: FORMAT,
            checkpoint: self.checkpoint.clone(),
            certificate: self.certificate.clone(),
            history: List::new(self.history.peaks().to_vec()).unwrap_or_default(),
            records: self.records.len() as u64,
            statuses: self.statuses.len() as u64,
        };
        let records = self.records.iter().map(|record| element(&record));
        let statuses = self.statuses.iter().map(|((issuer, batch), array)| element(&(issuer, batch, array)));
        std::iter::once(element(&head)).chain(records).chain(statuses)
    }

    /// Whether it is the state of a final header, whole.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn check(&self) -> Result<(), ExportError> {
        self.checkpoint.check()?;
        let header = &self.checkpoint.header;
        match &self.certificate {
            Some(certificate) => {
                certificate.verify(&header.chain, &self.checkpoint.validators, header.height, &header.hash())?;
            }
            None if self.is_founding() => {}
            None => return Err(CertificateError::Power.into()),
        }
        if self.history.root() != header.history_root {
            return Err(ExportError::History);
        }
        if state::root_of(&self.records)? != header.state_root {
            return Err(ExportError::StateRoot);
        }
        for (key, record) in &self.records {
            if let (Key::Batch(issuer, id), Record::Batch(batch)) = (key, record) {
                let array = self.statuses.get(&(issuer.clone(), *id)).cloned().unwrap_or_default();
                if !array.fits(batch.size) || array.root(batch.size) != batch.status_root {
                    return Err(ExportError::Statuses(issuer.clone(), *id));
                }
            }
        }
        let of_no_batch =
            |(issuer, batch): &&(IssuerId, BatchId)| !self.records.contains_key(&Key::Batch(issuer.clone(), *batch));
        match self.statuses.keys().find(of_no_batch) {
            Some((issuer, batch)) => Err(ExportError::Statuses(issuer.clone(), *batch)),
            None => Ok(()),
        }
    }

    /// Whether nobody voted for the last block: it founded the chain, or continued it.
    fn is_founding(&self) -> bool {
        let height = self.checkpoint.header.height;
        height == 0 || self.records.contains_key(&Key::Continuation(height))
    }
}

impl StateReader for Exported {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        Ok(self.records.get(key).cloned())
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        Ok(self.statuses.get(&(issuer.clone(), *batch)).cloned().unwrap_or_default())
    }
}

fn element<T: Encode>(value: &T) -> Vec<u8> {
    let bytes = codec::encode(value);
    let mut element = (bytes.len() as u32).to_be_bytes().to_vec();
    element.extend(bytes);
    element
}

/// What is left of the file.
struct Elements<'a>(&'a [u8]);

impl Elements<'_> {
    fn peek_format(&self) -> Option<u8> {
        self.0.get(4).copied()
    }

    fn next<T: Value>(&mut self) -> Result<T, CodecError> {
        let short = || CodecError::Malformed("the file ends early".into());
        let (length, rest) = self.0.split_first_chunk::<4>().ok_or_else(short)?;
        let (bytes, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(short)?;
        self.0 = rest;
        codec::decode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;
    use crate::testing::{Network, batch, changing, school, sealing};

    fn exported() -> Exported {
        let mut network = Network::found();
        network.block(&[sealing(1, 40), sealing(2, 3)]);
        network.block(&[changing(1, 3, 0, Status::Suspended)]);
        network.exported()
    }

    fn bytes(exported: &Exported) -> Vec<u8> {
        exported.to_elements().flatten().collect()
    }

    #[test]
    fn what_is_written_is_read_and_checked() {
        let exported = exported();
        let written = bytes(&exported);
        assert_eq!(Exported::from_bytes(&written).unwrap(), exported);
        for cut in (0..written.len()).step_by(7) {
            assert!(Exported::from_bytes(&written[..cut]).is_err(), "cut at {cut}");
        }
        let mut trailing = written.clone();
        trailing.push(0);
        assert!(matches!(Exported::from_bytes(&trailing), Err(ExportError::Malformed(CodecError::Trailing(1)))));
        let mut unknown = written.clone();
        unknown[4] = 9;
        assert_eq!(Exported::from_bytes(&unknown), Err(ExportError::UnknownFormat(9)));
    }

    #[test]
    fn no_flipped_byte_is_taken() {
        let written = bytes(&exported());
        for at in (0..written.len()).step_by(3) {
            let mut flipped = written.clone();
            flipped[at] ^= 1;
            assert!(Exported::from_bytes(&flipped).is_err(), "byte {at}");
        }
    }

    #[test]
    fn nothing_is_left_out_or_added() {
        let refused = |change: &dyn Fn(&mut Exported)| {
            let mut exported = exported();
            change(&mut exported);
            Exported::from_bytes(&bytes(&exported)).unwrap_err()
        };
        let place = (school(), batch(1));
        let other = (school(), batch(9));
        assert_eq!(refused(&|e| drop(e.statuses.remove(&place))), ExportError::Statuses(school(), batch(1)));
        assert!(matches!(
            refused(&|e| {
                let array = e.statuses[&place].clone();
                e.statuses.insert(other.clone(), array);
            }),
            ExportError::Statuses(..)
        ));
        assert_eq!(refused(&|e| drop(e.records.pop_last())), ExportError::StateRoot);
        assert!(matches!(refused(&|e| e.certificate = None), ExportError::NotFinal(_)));
        assert_eq!(refused(&|e| e.history = Frontier::default()), ExportError::History);
    }
}
