//! What may be asked of the ledger: sealing a batch, changing a status.
//!
//! # Format
//!
//! `Transaction = Request ‖ signatures`. The id is `H("transaction", encode(request))` and does not
//! depend on the signatures; each signature is over the prefix of that domain and `encode(request)`.
//!
//! # Replay
//!
//! A request applies to one chain, until `valid_until`, and at most once *by its effect*: a batch id
//! is used once per issuer, and a status changes only from the state that the request names.
//!
//! # Room
//!
//! [`Action`] grows by variants (acts, motions, votes, keys); every action already carries an optional approver.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, CodecError, List};
use crate::hash::Domain;
use crate::name::{BatchId, ChainId, Height, IssuerId, Period, Time, TypeId};
use crate::signature::Signature;
use crate::status::Status;

/// Leaves of one batch. The largest schools have about 3,000 learners; a block holds a dozen such batches.
pub const MAX_BATCH_LEAVES: usize = 10_000;

/// Encoded transaction, in bytes: the largest batch, its fields and its signatures.
pub const MAX_TRANSACTION_BYTES: usize = MAX_BATCH_LEAVES * 32 + 1_024;

/// How far ahead `valid_until` may lie: an offline issuer's day, and short enough that "it was not sealed" can soon be proven.
pub const MAX_VALIDITY_MS: u64 = 24 * 3_600_000;

/// Signatures of one transaction: the key that acts, and an approver.
pub const SIGNATURES_MAX: usize = 2;

/// A request and the signatures it needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// What is asked.
    pub request: Request,
    /// By the acting key, then by the approver if one is named.
    pub signatures: List<Signature, SIGNATURES_MAX>,
}

/// What is asked, of which chain, until when, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Request {
    /// The chain this applies to.
    pub chain: ChainId,
    /// Not applied in a block later than this.
    pub valid_until: Time,
    /// The issuer who acts.
    pub issuer: IssuerId,
    /// Thumbprint of the issuer's key that signs.
    pub key: Hash,
    /// Thumbprint of a second key of the issuer that approves, where the rules ask for one.
    pub approver: Option<Hash>,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// Seal a batch of documents.
    Issue(Issue),
    /// Say what became of one of them.
    ChangeStatus(ChangeStatus),
}

/// Seals documents: their leaf hashes, in the order of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Issue {
    /// New among this issuer's batches.
    pub batch: BatchId,
    /// Which of the issuer's grants entitles it, by position.
    pub grant: u16,
    /// Type of every document in the batch.
    pub document_type: TypeId,
    /// Version of the type's schema.
    pub schema: u16,
    /// What the batch is about.
    pub period: Period,
    /// RFC 9162 leaf hashes, all different, at least one.
    pub leaves: List<Hash, MAX_BATCH_LEAVES>,
}

/// Changes the status of one sealed document, by compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ChangeStatus {
    /// Issuer of the batch.
    pub batch_issuer: IssuerId,
    /// The batch.
    pub batch: BatchId,
    /// The document's index in it.
    pub index: u32,
    /// Height of the entry that is replaced, 0 if there is none: what the issuer saw when deciding.
    pub seen: Height,
    /// The new status.
    pub to: Status,
    /// Salted commitment to reason, decision and replacement.
    pub commitment: Hash,
}

impl Request {
    /// `H("transaction", encode(request))`.
    pub fn id(&self) -> Hash {
        Domain::TRANSACTION.hash(&codec::encode(self))
    }
}

impl Transaction {
    /// The transaction that `bytes` encode.
    ///
    /// # Errors
    /// Bytes that are not a transaction's canonical encoding, or too many.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > MAX_TRANSACTION_BYTES {
            return Err(CodecError::TooLong(bytes.len()));
        }
        codec::decode(bytes)
    }

    /// Id of the request.
    pub fn id(&self) -> Hash {
        self.request.id()
    }
}
