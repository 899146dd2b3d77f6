//! Proof that a document is on the ledger, and its verification against a checkpoint.
//!
//! # Format
//!
//! `encode(Receipt)`, at most [`MAX_RECEIPT_BYTES`]. It leads from the leaf to the checkpoint:
//!
//! ```text
//! leaf ─ RFC 9162 path ─▶ batch record ◀─ RFC 9162 path ─ status entry
//!                             │ state proof (with the issuers' records)
//!                             ▼
//!                          header ─ certificate, changes of the validator set ─▶ older checkpoint
//!                             └──── RFC 9162 path in the header history ───────▶ newer checkpoint
//! ```
//!
//! # What it proves
//!
//! That the document was sealed, by whom, entitled by what, when, and its status as of the header.
//! Never that nothing changed since.
//!
//! # Invariants
//!
//! Accepted if and only if the fact is on the ledger; nothing in a receipt is optional padding, so no
//! byte of an accepted receipt can be changed.

use std::cell::RefCell;
use std::collections::BTreeSet;

use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::Hash;
use crate::block::Header;
use crate::checkpoint::Checkpoint;
use crate::codec::{self, CodecError, List, MAX_DECODED_BYTES};
use crate::merkle;
use crate::name::{BatchId, ChainId, Height, IssuerId, Time};
use crate::record::{Batch, Issuer, Key, Record};
use crate::state::StateProof;
use crate::status::{Status, StatusArray, StatusEntry};
use crate::validator::{Certificate, ValidatorSet};

/// Encoded receipt or batch proof, in bytes. One with 23 validators is about 3,000; the rest is room for changes of the
/// validator set.
pub const MAX_RECEIPT_BYTES: usize = 256 << 10;

/// Siblings in a batch of [`crate::transaction::MAX_BATCH_LEAVES`].
const BATCH_PATH_MAX: usize = 14;

/// Proofs that a [`ProofMemo`] remembers: a batch each, so the classes of a large city's year. 40 bytes each.
const MEMO_PROOFS_MAX: usize = 65_536;

/// The only format that is read. 1 was that of networks before the law of succession.
const FORMAT: u8 = 2;

/// What a document points to: where on which chain it was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The chain.
    pub chain: ChainId,
    /// The issuer that sealed it.
    pub issuer: IssuerId,
    /// The batch.
    pub batch: BatchId,
}

/// Proof that a batch is on the ledger: the part of a receipt that all its documents share.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BatchProof {
    /// Format of this proof.
    pub format: u8,
    /// The batch.
    pub batch_id: BatchId,
    /// Its record.
    pub batch: Batch,
    /// The record of the issuer that sealed it.
    pub issuer: Issuer,
    /// The record of the issuer that the documents name, if the sealer acted as its successor.
    pub named_issuer: Option<Issuer>,
    /// Shows these records in the state of the header.
    pub state: StateProof,
    /// The header.
    pub header: Header,
    /// What connects the header with a checkpoint.
    pub finality: Finality,
}

/// What connects a header with a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Finality {
    /// With any checkpoint that is not newer.
    Certified {
        /// Makes the header final.
        certificate: Certificate,
        /// The changes of the validator set from the oldest of those checkpoints to the header.
        changes: List<SetChange, 256>,
    },
    /// With one newer checkpoint.
    Ancestor(Ancestry),
}

/// A block in which the validator set changed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetChange {
    /// Its header, whose next set is another than its own.
    pub header: Header,
    /// Makes it final.
    pub certificate: Certificate,
    /// The next set.
    pub next_validators: ValidatorSet,
}

/// Shows that a header is among those before a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ancestry {
    /// Height of the checkpoint.
    pub checkpoint: Height,
    /// RFC 9162 path in its history.
    pub path: List<Hash, { merkle::PATH_HASHES_MAX }>,
}

/// Proof of one document: its place in the batch, and its status.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// The batch.
    pub proof: BatchProof,
    /// The document's index in it.
    pub index: u32,
    /// RFC 9162 path from its leaf.
    pub path: List<Hash, BATCH_PATH_MAX>,
    /// Its status, once anything in the batch ever changed.
    pub status: Option<StatusProof>,
}

/// A document's status and its path in the batch's status array.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StatusProof {
    /// The entry.
    pub entry: StatusEntry,
    /// RFC 9162 path from it.
    pub path: List<Hash, BATCH_PATH_MAX>,
}

/// The statuses of a whole batch and the proof of their root, at one header: what a server hands out,
/// so that it learns which batch somebody asks about, never which document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BatchStatuses {
    /// The batch.
    pub proof: BatchProof,
    /// The statuses of its documents.
    pub statuses: StatusArray,
}

/// Proof that no batch of this id was on the ledger as of a final header. If the header is later than a request's
/// `valid_until`, the request was not, and can no longer be, carried out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BatchAbsence {
    /// Format of this proof.
    pub format: u8,
    /// Shows that the state of the header has no record of the batch.
    pub state: StateProof,
    /// The header.
    pub header: Header,
    /// What connects the header with a checkpoint.
    pub finality: Finality,
}

/// What was found to hold against which checkpoint, so that the other documents of a batch need not show it again.
///
/// # Invariants
///
/// Remembers only what was verified, by a digest of its exact bytes and of the checkpoint: with a memo the answer is the one
/// without. Forgets everything when full.
#[derive(Debug, Default)]
pub struct ProofMemo(RefCell<BTreeSet<[u8; 32]>>);

impl ProofMemo {
    /// Runs `verify` unless it was once found that it succeeds for `value` and `anchor`.
    fn once<T: Encode>(
        &self,
        what: &'static str,
        value: &T,
        anchor: &Checkpoint,
        verify: impl FnOnce() -> Result<(), ReceiptError>,
    ) -> Result<(), ReceiptError> {
        // Encodings say where they end, so that together they have one reading.
        let digest = Sha256::new().chain_update(what).chain_update(codec::encode(value));
        let digest = digest.chain_update(codec::encode(anchor)).finalize().into();
        if self.0.borrow().contains(&digest) {
            return Ok(());
        }
        verify()?;
        let mut held = self.0.borrow_mut();
        if held.len() >= MEMO_PROOFS_MAX {
            held.clear();
        }
        held.insert(digest);
        Ok(())
    }
}

/// What a receipt proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The issuer that sealed the document.
    pub issuer: Issuer,
    /// The issuer that the document names, if the sealer acted as its successor.
    pub named_issuer: Option<Issuer>,
    /// The batch's record.
    pub batch: Batch,
    /// The document's index.
    pub index: u32,
    /// The document's status as of the header.
    pub status: StatusEntry,
    /// Height of the header.
    pub as_of_height: Height,
    /// Time of the header.
    pub as_of: Time,
    /// The checkpoint it was verified against.
    pub anchor: Anchor,
}

/// Which checkpoint a verdict rests on, and how strong it is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Anchor {
    /// Whether it is genesis, the weaker one.
    pub genesis: bool,
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Hash of its header.
    pub hash: Hash,
}

/// Why a receipt does not prove what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not the encoding of a receipt.
    #[error("the receipt is malformed: {0}")]
    Malformed(#[from] CodecError),
    /// A format that this software does not know.
    #[error("the receipt has format {0}, which this software does not know")]
    UnknownFormat(u8),
    /// Of another chain than the trust anchor.
    #[error("the document is of chain {document}, the trust anchor of chain {anchor}")]
    OtherChain {
        /// The document's.
        document: ChainId,
        /// The anchor's.
        anchor: ChainId,
    },
    /// The anchor is newer, and there is no path to it.
    #[error("the receipt is of height {receipt}, older than the trust anchor of height {anchor}: refresh it")]
    NeedsRefresh {
        /// The receipt's height.
        receipt: Height,
        /// The anchor's height.
        anchor: Height,
    },
    /// The path to a newer anchor does not lead there.
    #[error("the receipt's header is not in the history of the trust anchor")]
    NotAnAncestor,
    /// The validator set that signed is not the one that follows from the anchor.
    #[error("the validators that signed are not those that follow from the trust anchor")]
    WrongValidators,
    /// The certificate does not make the header final.
    #[error("the block is not final: {0}")]
    NotFinal(#[from] crate::validator::CertificateError),
    /// The state proof is wrong.
    #[error("the ledger's state does not hold these records")]
    WrongState,
    /// The batch is not the one the document points to.
    #[error("the receipt is of another batch than the document points to")]
    OtherBatch,
    /// The leaf is not at this index of the batch.
    #[error("the document is not in the batch")]
    NotInBatch,
    /// The status is not the one in the batch's status array.
    #[error("the status is not the one that the ledger holds")]
    WrongStatus,
}

impl ReceiptError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "receipt-malformed",
            Self::UnknownFormat(_) => "receipt-unknown-format",
            Self::OtherChain { .. } => "other-chain",
            Self::NeedsRefresh { .. } => "needs-refresh",
            Self::NotAnAncestor => "not-an-ancestor",
            Self::WrongValidators => "wrong-validators",
            Self::NotFinal(_) => "not-final",
            Self::WrongState => "wrong-state",
            Self::OtherBatch => "other-batch",
            Self::NotInBatch => "not-in-batch",
            Self::WrongStatus => "wrong-status",
        }
    }

    /// Whether something is missing for an answer, rather than the answer being no.
    pub fn cannot_check(&self) -> bool {
        matches!(self, Self::UnknownFormat(_) | Self::OtherChain { .. } | Self::NeedsRefresh { .. })
    }
}

impl BatchProof {
    /// Assembles a proof in the current format.
    #[allow(clippy::too_many_arguments, reason = "the parts of the format, each once")]
    pub fn new(
        batch_id: BatchId,
        batch: Batch,
        issuer: Issuer,
        named_issuer: Option<Issuer>,
        state: StateProof,
        header: Header,
        finality: Finality,
    ) -> Self {
        Self { format: FORMAT, batch_id, batch, issuer, named_issuer, state, header, finality }
    }

    /// The proof that `bytes` encode.
    ///
    /// # Errors
    /// Bytes that are not a proof's canonical encoding, too many, or of an unknown format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        decode(bytes, MAX_RECEIPT_BYTES)
    }

    /// Checks that the batch record and the issuers' are in the state of a final header that follows from `anchor`.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify(&self, pointer: &Pointer, anchor: &Checkpoint) -> Result<(), ReceiptError> {
        self.is_of(pointer, anchor)?;
        self.holds(anchor)
    }

    /// The same, for one of many documents.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify_once(&self, pointer: &Pointer, anchor: &Checkpoint, memo: &ProofMemo) -> Result<(), ReceiptError> {
        self.is_of(pointer, anchor)?;
        memo.once("batch", self, anchor, || self.holds(anchor))
    }

    /// Whether this is about the batch that `pointer` names, on the chain of `anchor`.
    fn is_of(&self, pointer: &Pointer, anchor: &Checkpoint) -> Result<(), ReceiptError> {
        if self.format != FORMAT {
            return Err(ReceiptError::UnknownFormat(self.format));
        }
        if pointer.chain != anchor.header.chain {
            return Err(ReceiptError::OtherChain {
                document: pointer.chain.clone(),
                anchor: anchor.header.chain.clone(),
            });
        }
        if self.batch_id != pointer.batch || self.issuer.id != pointer.issuer || self.header.chain != pointer.chain {
            return Err(ReceiptError::OtherBatch);
        }
        Ok(())
    }

    /// Whether the header is final and its state has the records.
    fn holds(&self, anchor: &Checkpoint) -> Result<(), ReceiptError> {
        verify_finality(&self.header, &self.finality, anchor)?;
        if self.named_issuer.as_ref().map(|named| &named.id) != self.batch.act_for.as_ref() {
            return Err(ReceiptError::WrongState);
        }
        let issuer = Record::Issuer(self.issuer.clone());
        let batch = Record::Batch(self.batch.clone());
        let named = self.named_issuer.clone().map(|named| (named.id.clone(), Record::Issuer(named)));
        let mut claims = vec![
            (Key::Batch(self.issuer.id.clone(), self.batch_id), Some(&batch)),
            (Key::Issuer(self.issuer.id.clone()), Some(&issuer)),
        ];
        claims.extend(named.as_ref().map(|(id, record)| (Key::Issuer(id.clone()), Some(record))));
        self.state.verify(&self.header.state_root, &claims).map_err(|_| ReceiptError::WrongState)
    }
}

/// Checks that `header` is final and follows from `anchor`.
fn verify_finality(header: &Header, finality: &Finality, anchor: &Checkpoint) -> Result<(), ReceiptError> {
    let hash = header.hash();
    let needs_refresh = ReceiptError::NeedsRefresh { receipt: header.height, anchor: anchor.header.height };
    let (certificate, changes) = match finality {
        // Made for one checkpoint: against any other it proves nothing.
        Finality::Ancestor(ancestry) if ancestry.checkpoint != anchor.header.height => {
            return Err(needs_refresh);
        }
        Finality::Ancestor(ancestry) => {
            let leaf = merkle::leaf_hash(&hash.0);
            let root = merkle::root_from_path(leaf, header.height, ancestry.checkpoint, &ancestry.path);
            let leads_there = root == Some(anchor.header.history_root);
            return if leads_there { Ok(()) } else { Err(ReceiptError::NotAnAncestor) };
        }
        Finality::Certified { .. } if header.height < anchor.header.height => {
            return Err(needs_refresh);
        }
        Finality::Certified { certificate, changes } => (certificate, changes),
    };
    // Those up to the checkpoint led to it: a receipt that was made for an older one has them too.
    let mut changes = changes.iter().skip_while(|change| change.header.height <= anchor.header.height).peekable();
    if header.height == anchor.header.height {
        if hash != anchor.hash() || changes.peek().is_some() {
            return Err(ReceiptError::NotAnAncestor);
        }
        return Ok(certificate.verify(&header.chain, &anchor.validators, header.height, &hash)?);
    }
    let (mut set, mut last) = (&anchor.next_validators, anchor.header.height);
    for change in changes {
        let at = &change.header;
        let in_order = at.chain == header.chain && last < at.height && at.height < header.height;
        if !in_order || at.validators != set.hash() || at.validators == at.next_validators {
            return Err(ReceiptError::WrongValidators);
        }
        change.certificate.verify(&at.chain, set, at.height, &at.hash())?;
        if change.next_validators.check().is_err() || change.next_validators.hash() != at.next_validators {
            return Err(ReceiptError::WrongValidators);
        }
        (set, last) = (&change.next_validators, at.height);
    }
    if header.validators != set.hash() {
        return Err(ReceiptError::WrongValidators);
    }
    Ok(certificate.verify(&header.chain, set, header.height, &hash)?)
}

impl BatchAbsence {
    /// Assembles a proof in the current format.
    pub fn new(state: StateProof, header: Header, finality: Finality) -> Self {
        Self { format: FORMAT, state, header, finality }
    }

    /// The proof that `bytes` encode.
    ///
    /// # Errors
    /// Bytes that are not a proof's canonical encoding, or of an unknown format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        decode(bytes, MAX_DECODED_BYTES)
    }

    /// Checks that the batch that `pointer` names is not in the state of a final header that follows from `anchor`.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify(&self, pointer: &Pointer, anchor: &Checkpoint) -> Result<(), ReceiptError> {
        if self.format != FORMAT {
            return Err(ReceiptError::UnknownFormat(self.format));
        }
        if pointer.chain != anchor.header.chain {
            return Err(ReceiptError::OtherChain {
                document: pointer.chain.clone(),
                anchor: anchor.header.chain.clone(),
            });
        }
        if self.header.chain != pointer.chain {
            return Err(ReceiptError::OtherBatch);
        }
        verify_finality(&self.header, &self.finality, anchor)?;
        let absent = (Key::Batch(pointer.issuer.clone(), pointer.batch), None);
        self.state.verify(&self.header.state_root, &[absent]).map_err(|_| ReceiptError::WrongState)
    }
}

impl BatchStatuses {
    /// The statuses that `bytes` encode.
    ///
    /// # Errors
    /// Bytes that are not their canonical encoding, or of an unknown format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        decode(bytes, MAX_DECODED_BYTES)
    }

    /// Checks the proof as [`BatchProof::verify`] does, and that the statuses are those under its root.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify(&self, pointer: &Pointer, anchor: &Checkpoint) -> Result<(), ReceiptError> {
        self.proof.verify(pointer, anchor)?;
        self.are_those_of_the_record()
    }

    /// The same, for one of many documents.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify_once(&self, pointer: &Pointer, anchor: &Checkpoint, memo: &ProofMemo) -> Result<(), ReceiptError> {
        self.proof.verify_once(pointer, anchor, memo)?;
        memo.once("statuses", self, anchor, || self.are_those_of_the_record())
    }

    fn are_those_of_the_record(&self) -> Result<(), ReceiptError> {
        let size = self.proof.batch.size;
        if !self.statuses.fits(size) || self.statuses.root(size) != self.proof.batch.status_root {
            return Err(ReceiptError::WrongStatus);
        }
        Ok(())
    }

    /// The receipt of document `index` of the batch, whose leaves are given.
    pub fn receipt(&self, leaves: &[Hash], index: u32) -> Option<Receipt> {
        let path = List::new(merkle::path(leaves, index as usize)?)?;
        Some(Receipt { proof: self.proof.clone(), index, path, status: self.status(index) })
    }

    /// The status of document `index` and its path, if anything in the batch ever changed.
    pub fn status(&self, index: u32) -> Option<StatusProof> {
        self.proof.batch.status_root?;
        let hashes = self.statuses.leaf_hashes(self.proof.batch.size);
        let path = List::new(merkle::path(&hashes, index as usize)?)?;
        Some(StatusProof { entry: self.statuses.entry(index), path })
    }
}

impl Receipt {
    /// The receipt that `bytes` encode.
    ///
    /// # Errors
    /// Bytes that are not a receipt's canonical encoding, too many, or of an unknown format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        decode(bytes, MAX_RECEIPT_BYTES)
    }

    /// Checks that the document with this leaf hash, which points to `pointer`, is on the ledger that `anchor` stands for.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify(&self, leaf: Hash, pointer: &Pointer, anchor: &Checkpoint) -> Result<Proven, ReceiptError> {
        self.proof.verify(pointer, anchor)?;
        self.proven(leaf, anchor)
    }

    /// The same, for one of many documents.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn verify_once(
        &self,
        leaf: Hash,
        pointer: &Pointer,
        anchor: &Checkpoint,
        memo: &ProofMemo,
    ) -> Result<Proven, ReceiptError> {
        self.proof.verify_once(pointer, anchor, memo)?;
        self.proven(leaf, anchor)
    }

    /// What this shows of the document with this leaf hash, if its batch is proven.
    fn proven(&self, leaf: Hash, anchor: &Checkpoint) -> Result<Proven, ReceiptError> {
        let batch = &self.proof.batch;
        let (index, size) = (u64::from(self.index), u64::from(batch.size));
        if merkle::root_from_path(leaf, index, size, &self.path) != Some(batch.root) {
            return Err(ReceiptError::NotInBatch);
        }
        let status = match (&batch.status_root, &self.status) {
            (None, None) => StatusEntry::unchanged(self.index),
            (Some(root), Some(proof)) if proof.entry.index == self.index => {
                if merkle::root_from_path(proof.entry.leaf_hash(), index, size, &proof.path) != Some(*root) {
                    return Err(ReceiptError::WrongStatus);
                }
                proof.entry.clone()
            }
            _ => return Err(ReceiptError::WrongStatus),
        };
        Ok(Proven {
            issuer: self.proof.issuer.clone(),
            named_issuer: self.proof.named_issuer.clone(),
            batch: batch.clone(),
            index: self.index,
            status,
            as_of_height: self.proof.header.height,
            as_of: self.proof.header.time,
            anchor: Anchor {
                genesis: anchor.is_genesis(),
                height: anchor.header.height,
                time: anchor.header.time,
                hash: anchor.hash(),
            },
        })
    }
}

impl Proven {
    /// Whether the document was in force as of the header.
    pub fn in_force(&self) -> bool {
        self.status.status == Status::Valid
    }
}

impl BatchProof {
    /// Whether the key that sealed the batch is suspended as of the header, and with it what it sealed then.
    pub fn is_suspended_by_key(&self) -> bool {
        let key = self.issuer.key(&self.batch.key);
        key.is_some_and(|key| key.suspends(self.batch.time, self.header.time))
    }
}

/// The proof that at most `most` bytes encode. Its first byte is the format, so that an unknown one is told from a damaged
/// one.
fn decode<T: codec::Value>(bytes: &[u8], most: usize) -> Result<T, ReceiptError> {
    if bytes.len() > most {
        return Err(CodecError::TooLong(bytes.len()).into());
    }
    match bytes.first() {
        Some(&FORMAT) => Ok(codec::decode(bytes)?),
        Some(&other) if other != 0 => Err(ReceiptError::UnknownFormat(other)),
        _ => Err(CodecError::Malformed("no format".into()).into()),
    }
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
