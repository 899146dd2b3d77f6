//! What may be asked of the ledger: by an issuer, for its documents and keys; by a validator's governance key, for the network.
//!
//! # Format
//!
//! `Transaction = Request ‖ signatures`. The id is `H("transaction", encode(request))` and does not
//! depend on the signatures; each signature is over the prefix of that domain and `encode(request)`.
//!
//! # Replay
//!
//! A request applies to one chain, until `valid_until`, and at most once *by its effect*: a batch id
//! is used once per issuer, a status changes only from the state that the request names, a key is entered once, a member
//! votes once on a motion, and a proposal is named by its own id.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, CodecError, List};
use crate::hash::Domain;
use crate::name::{BatchId, ChainId, Height, IssuerId, Period, Time, TypeId};
use crate::record::{NewKey, Origin, Proposal};
use crate::signature::{PublicKey, Signature};
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
    /// Who asks what.
    pub act: Act,
}

/// Who asks what.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// An issuer.
    Issuer {
        /// The issuer who acts.
        issuer: IssuerId,
        /// Thumbprint of the issuer's key that signs.
        key: Hash,
        /// Thumbprint of a second key of the issuer that approves, where the rules ask for one.
        approver: Option<Hash>,
        /// What to do.
        action: Action,
    },
    /// A validator.
    Member {
        /// Thumbprint of its governance key; of the incoming consensus key for [`Ballot::Ready`].
        key: Hash,
        /// What to do.
        ballot: Ballot,
    },
}

impl Act {
    /// The issuer who acts.
    pub fn issuer(&self) -> Option<&IssuerId> {
        match self {
            Self::Issuer { issuer, .. } => Some(issuer),
            Self::Member { .. } => None,
        }
    }

    /// What an issuer does.
    pub fn action(&self) -> Option<&Action> {
        match self {
            Self::Issuer { action, .. } => Some(action),
            Self::Member { .. } => None,
        }
    }
}

/// What an issuer does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// Seals a batch of documents.
    Issue(Issue),
    /// Says what became of one of them. Needs an approver.
    ChangeStatus(ChangeStatus),
    /// Puts another key in the place of the one that signs, with the same roles and end.
    RotateKey(RotateKey),
    /// Enters another sealing key. By a key that administers and does not approve.
    AddKey(NewKey),
    /// Ends a key: the one that signs, or any, if that administers.
    EndKey {
        /// Its thumbprint.
        key: Hash,
    },
}

/// Puts a key in the place of the one that signs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RotateKey {
    /// The new key.
    pub key: PublicKey,
    /// By the new key, over [`crate::record::possession_of_issuer_key`] with the roles of the old one.
    pub possession: Signature,
    /// The old key signs until before this time, at most [`KEY_OVERLAP_MAX_MS`] from now; one that seals and approves ends at
    /// once.
    pub keep_until: Time,
}

/// How long a rotated key may go on beside its successor: a month, for computers that are updated late.
pub const KEY_OVERLAP_MAX_MS: u64 = 31 * 24 * 3_600_000;

/// What a validator does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Ballot {
    /// Proposes a motion, and votes for it. Its id is that of the request.
    Propose(Proposal),
    /// Votes.
    Vote {
        /// The motion.
        motion: Hash,
        /// For or against.
        yes: bool,
    },
    /// Says that a validator to come is ready to sign.
    Ready {
        /// The motion that brings it.
        motion: Hash,
    },
}

/// Seals documents: their leaf hashes, in the order of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Issue {
    /// New among this issuer's batches.
    pub batch: BatchId,
    /// The issuer that the documents name, if the one who acts is its successor.
    pub act_for: Option<IssuerId>,
    /// Issued or digitised.
    pub origin: Origin,
    /// The grant that entitles, by its position in the record of the issuer that the documents name.
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
    /// Issuer that sealed the batch: the one who acts, or one whose documents it may change as their named issuer or a successor.
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
