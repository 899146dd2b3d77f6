//! What the state holds.
//!
//! # Format
//!
//! The state maps a [`Key`] to a [`Record`]. The place of a key in the tree is
//!
//! ```text
//! byte 0      kind: 0x80 batch, 0x40 issuer, 0x20 network (parameters, validators, protocol, agenda, continuations),
//!             0x10 definition or window, 0x08 use of a key, 0x04 motion
//! bytes 1-31  the first 31 bytes of H("state-key", encode(key))
//! ```
//!
//! Records of one kind share a subtree, so the few issuers have short proofs however many batches there are.
//!
//! # Invariants
//!
//! Nothing is ever removed; lists in records grow at their end, so that a position names the same thing for ever.

mod issuer;
mod members;
mod motion;

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, List, Text};
use crate::hash::Domain;
use crate::name::{BatchId, Day, Height, IssuerId, Period, Time, TypeId};
use crate::validator::OwnerName;

pub use issuer::{
    Closing, Grant, ISSUER_GRANTS_MAX, ISSUER_KEYS_MAX, ISSUER_SUCCESSORS_MAX, Issuer, IssuerKey, NewKey, Succession,
    Suspension, possession_of_issuer_key,
};
pub use members::{
    Member, NewMember, PLAN_STEPS_MAX, Plan, Possession, Purpose, Scheduled, Step, Validators, possession_of_member_key,
};
pub use motion::{Cast, Change, MOTION_CHANGES_MAX, Motion, Note, Outcome, Proposal, Tally};

/// Number of a decision (quyết định), as people write it: `15/QĐ-SGDĐT`.
pub type Decision = Text<64>;

/// Text of one definition, in bytes: four times what the largest schema has.
pub const DEFINITION_BYTES_MAX: usize = 16 << 10;

/// Motions that may be open at once: each member's few, and room for a crisis.
pub const OPEN_MOTIONS_MAX: usize = 256;

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
    /// The version of the rules.
    Protocol,
    /// A schema or a code list, in one version.
    Definition(DefinitionKind, TypeId, u16),
    /// When documents of a type and period are entered: of one issuer, or of all.
    Window(TypeId, Period, Option<IssuerId>),
    /// Whose key this thumbprint names, so that no key serves twice.
    KeyUse(Hash),
    /// A motion, by the id of the transaction that proposed it.
    Motion(Hash),
    /// The motions that are open.
    Agenda,
    /// How the chain went on at a height after its quorum was lost.
    Continuation(Height),
}

impl Key {
    /// The place of the record in the state tree.
    pub fn place(&self) -> Hash {
        let mut place = Hash::ZERO;
        place.0[0] = match self {
            Self::Batch(..) => 0x80,
            Self::Issuer(_) => 0x40,
            Self::Parameters | Self::Validators | Self::Protocol | Self::Agenda | Self::Continuation(_) => 0x20,
            Self::Definition(..) | Self::Window(..) => 0x10,
            Self::KeyUse(_) => 0x08,
            Self::Motion(_) => 0x04,
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
    /// Under [`Key::Protocol`].
    Protocol(Protocol),
    /// Under [`Key::Definition`].
    Definition(Definition),
    /// Under [`Key::Window`].
    Window(Window),
    /// Under [`Key::KeyUse`].
    KeyUse(KeyUse),
    /// Under [`Key::Motion`].
    Motion(Motion),
    /// Under [`Key::Agenda`].
    Agenda(Agenda),
    /// Under [`Key::Continuation`].
    Continuation(Continuation),
}

/// Rules of the network that are data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Parameters {
    /// A block may not be proposed with a time further ahead of a voter's clock than this, in milliseconds.
    pub clock_drift_ms: u32,
    /// While idle, a block is made at least this often, so that a status is never older; in milliseconds.
    pub heartbeat_ms: u32,
    /// How long a motion may be voted on, in days.
    pub motion_days: u16,
}

/// Which version of the rules is in force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Protocol {
    /// The version that blocks follow.
    pub version: u16,
    /// The next one, once it was passed.
    pub upgrade: Option<Upgrade>,
}

/// A version that takes over at a height.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Upgrade {
    /// The version.
    pub version: u16,
    /// The first height that follows it.
    pub from: Height,
}

/// What a definition defines.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefinitionKind {
    /// The schema of a document type.
    Schema,
    /// A list of codes that schemas refer to (danh mục dùng chung).
    CodeList,
}

/// A schema or code list. A version never changes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Definition {
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its name: for a schema the document type.
    pub name: TypeId,
    /// Its version, from 1.
    pub version: u16,
    /// UTF-8 that programs read; to the ledger it is bytes.
    #[serde(serialize_with = "as_text")]
    pub text: List<u8, DEFINITION_BYTES_MAX>,
}

impl Definition {
    /// SHA-256 of the text: what a batch that is sealed under it records.
    pub fn digest(&self) -> Hash {
        use sha2::Digest;
        Hash(sha2::Sha256::digest(&*self.text).into())
    }

    /// Where it is kept.
    pub fn key(&self) -> Key {
        Key::Definition(self.kind, self.name.clone(), self.version)
    }
}

fn as_text<S: serde::Serializer>(text: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(text))
}

/// Days on which a type and period may be entered by one signature alone. Outside them an approver signs too.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Window {
    /// From this day on.
    pub from: Day,
    /// Until before this day.
    pub until: Day,
    /// The decision that set it.
    pub decision: Decision,
}

impl Window {
    /// Whether it is open on `day`.
    pub fn covers(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }
}

/// Whose a key is. It stays so when the key has ended: no key serves twice.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// A validator's.
    Member(OwnerName),
    /// An issuer's.
    Issuer(IssuerId),
}

/// The motions that are open, oldest first. One that is decided leaves it at once; those whose time has passed leave it when the
/// next is proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Agenda {
    /// Their ids.
    pub open: List<Hash, OPEN_MOTIONS_MAX>,
}

/// The chain was founded anew on its own state, because its validators could no longer agree.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Continuation {
    /// The decision that it rests on.
    pub decision: Decision,
    /// Hash of the last header that the former validators made final.
    pub parent: Hash,
    /// Hash of the set that had signed it.
    pub retired: Hash,
}

/// How documents of a batch came to be sealed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Issued now (cấp).
    Issued,
    /// Taken over from paper or an older system (số hóa).
    Digitised,
}

/// A sealed batch: who sealed it, entitled by what, when, how many, and the status of all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Batch {
    /// Thumbprint of the key that sealed it.
    pub key: Hash,
    /// Thumbprint of the key that approved it, where one did.
    pub approver: Option<Hash>,
    /// The issuer that the documents name, if the sealer acted as its successor.
    pub act_for: Option<IssuerId>,
    /// Issued or digitised.
    pub origin: Origin,
    /// Position of the grant in the record of the issuer that the documents name.
    pub grant: u16,
    /// Type of its documents.
    pub document_type: TypeId,
    /// Version of the type's schema.
    pub schema: u16,
    /// SHA-256 of the schema's text, if the ledger has one.
    pub definition: Option<Hash>,
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
