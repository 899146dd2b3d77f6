//! What the state holds: parameters, validators, issuers, batches.
//!
//! # Format
//!
//! The state maps a [`Key`] to a [`Record`]. The place of a key in the tree is
//!
//! ```text
//! byte 0      kind: 0x80 batch, 0x40 issuer, 0x20 network (parameters, validators)
//! bytes 1-31  the first 31 bytes of H("state-key", encode(key))
//! ```
//!
//! Records of one kind share a subtree, so the few issuers have short proofs however many batches there are.
//!
//! # Room
//!
//! New kinds (motions, schemas) are new variants and new kind bytes; a record that needs more fields is a new variant.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, List, Text};
use crate::hash::Domain;
use crate::name::{BatchId, Day, Height, IssuerId, Period, Time, TypeId};
use crate::signature::PublicKey;
use crate::validator::{OwnerName, VALIDATORS_MAX, Validator, ValidatorSet};

/// Keys of one issuer, retired ones included.
pub const ISSUER_KEYS_MAX: usize = 64;
/// Grants of one issuer, ended ones included.
pub const ISSUER_GRANTS_MAX: usize = 64;

/// Names a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Key {
    /// The network's parameters.
    Parameters,
    /// The validators.
    Validators,
    /// An issuer.
    Issuer(IssuerId),
    /// A batch of an issuer.
    Batch(IssuerId, BatchId),
}

impl Key {
    /// The place of the record in the state tree.
    pub fn place(&self) -> Hash {
        let mut place = Hash::ZERO;
        place.0[0] = match self {
            Self::Batch(..) => 0x80,
            Self::Issuer(_) => 0x40,
            Self::Parameters | Self::Validators => 0x20,
        };
        place.0[1..].copy_from_slice(&Domain::STATE_KEY.hash(&codec::encode(self)).0[..31]);
        place
    }
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// Under [`Key::Parameters`].
    Parameters(Parameters),
    /// Under [`Key::Validators`].
    Validators(Validators),
    /// Under [`Key::Issuer`].
    Issuer(Issuer),
    /// Under [`Key::Batch`].
    Batch(Batch),
}

/// Rules of the network that are data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Parameters {
    /// A block may not be proposed with a time further ahead of a voter's clock than this, in milliseconds.
    pub clock_drift_ms: u32,
    /// While idle, a block is made at least this often, so that a status is never older; in milliseconds.
    pub heartbeat_ms: u32,
}

/// The validators that sign, and those scheduled.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Validators {
    /// The members that sign the next block.
    pub current: List<Member, VALIDATORS_MAX>,
    /// A change that was passed, if any: the height from which its members sign.
    pub scheduled: Option<Scheduled>,
}

/// A set that takes over at a height.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Scheduled {
    /// The first height they sign.
    pub from: Height,
    /// The members.
    pub members: List<Member, VALIDATORS_MAX>,
}

/// A validator and its owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Member {
    /// Whose it is.
    pub owner: OwnerName,
    /// Signs votes.
    pub consensus: PublicKey,
    /// Identifies its node to the others: the Ed25519 key of its libp2p peer id.
    pub network: PublicKey,
    /// Signs votes on motions; kept off the node.
    pub governance: PublicKey,
    /// Voting power, at least 1.
    pub power: u32,
}

impl Validators {
    /// The set that signs `height`.
    pub fn members_at(&self, height: Height) -> &[Member] {
        match &self.scheduled {
            Some(scheduled) if height >= scheduled.from => &scheduled.members,
            _ => &self.current,
        }
    }

    /// The same, as votes see it.
    pub fn set_at(&self, height: Height) -> ValidatorSet {
        let members = self.members_at(height);
        ValidatorSet::new(members.iter().map(|m| Validator { key: m.consensus, power: m.power }).collect())
            .expect("members are checked to be a set before they enter the state")
    }
}

/// Who may seal documents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Issuer {
    /// Its identifier.
    pub id: IssuerId,
    /// Name in Vietnamese.
    pub name: Text<160>,
    /// Name in English.
    pub name_en: Text<160>,
    /// The first day after its last, once it is closed. What it sealed stays valid.
    pub closed: Option<Day>,
    /// Its keys, oldest first; none is ever removed.
    pub keys: List<IssuerKey, ISSUER_KEYS_MAX>,
    /// What it may seal; none is ever removed, so that a position names one for ever.
    pub grants: List<Grant, ISSUER_GRANTS_MAX>,
    /// Whom it took over from.
    pub predecessors: List<IssuerId, 32>,
    /// Who took over from it.
    pub successors: List<IssuerId, 32>,
}

/// A key of an issuer and when it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct IssuerKey {
    /// The key.
    pub key: PublicKey,
    /// What it may do: the sum of [`IssuerKey::SEAL`] and others.
    pub roles: u8,
    /// From this time on.
    pub from: Time,
    /// Until before this time.
    pub until: Option<Time>,
    /// Digest of the evidence that binds the key to an X.509 certificate of the organisation.
    pub binding: Option<Hash>,
}

impl IssuerKey {
    /// May seal batches and change statuses.
    pub const SEAL: u8 = 1;
    /// May approve what another key asks.
    pub const APPROVE: u8 = 2;
    /// May administer the issuer's keys.
    pub const ADMINISTER: u8 = 4;

    /// Whether the key may act in `role` at `time`.
    pub fn may(&self, role: u8, time: Time) -> bool {
        self.roles & role == role && self.from <= time && self.until.is_none_or(|until| time < until)
    }
}

/// Entitles an issuer to a document type for a half-open interval of days in UTC+7.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Grant {
    /// The type.
    pub document_type: TypeId,
    /// From this day on.
    pub from: Day,
    /// Until before this day.
    pub until: Option<Day>,
    /// Number of the decision that grants it.
    pub decision: Text<64>,
}

impl Grant {
    /// Whether the grant covers `day`.
    pub fn covers(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// A sealed batch: who sealed it, entitled by what, when, how many, and the status of all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Batch {
    /// Thumbprint of the key that sealed it.
    pub key: Hash,
    /// Position of the grant in the issuer's record.
    pub grant: u16,
    /// Type of its documents.
    pub document_type: TypeId,
    /// Version of the type's schema.
    pub schema: u16,
    /// What it is about.
    pub period: Period,
    /// How many documents.
    pub size: u32,
    /// RFC 9162 root over the leaf hashes.
    pub root: Hash,
    /// Height of the block that sealed it.
    pub height: Height,
    /// Time of that block.
    pub time: Time,
    /// RFC 9162 root over the status entries; none while nothing ever changed.
    pub status_root: Option<Hash>,
}
