//! Every type on the wire: shown as JSON, and made from a seed.

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;
use serde_json::{Map, Value, json};
use sogoc_ledger::Hash;
use sogoc_ledger::block::{Block, Body, Header};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, CodecError, List, Text};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::name::{BatchId, ChainId, Day, IssuerId, Time, TypeId};
use sogoc_ledger::receipt::{
    Ancestry, BatchAbsence, BatchProof, BatchStatuses, Finality, Receipt, SetChange, StatusProof,
};
use sogoc_ledger::record::{Batch, Grant, Issuer, IssuerKey, Key, Member, Parameters, Record, Scheduled, Validators};
use sogoc_ledger::signature::{PublicKey, Signature, public_key};
use sogoc_ledger::state::{Evidence, StateProof};
use sogoc_ledger::status::{Status, StatusArray, StatusEntry};
use sogoc_ledger::transaction::{Action, ChangeStatus, Issue, Request, Transaction};
use sogoc_ledger::validator::{Certificate, Validator, ValidatorSet};

/// Numbers that depend on nothing but a seed (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }
}

/// A type on the wire.
pub trait Wire: Encode + Decode<()> {
    fn show(&self) -> Value;
    fn make(numbers: &mut Numbers) -> Self;
}

/// What a test can do with a type by its name.
pub struct Type {
    pub name: &'static str,
    pub decode: fn(&[u8]) -> Result<Value, CodecError>,
    pub make: fn(&mut Numbers) -> Vec<u8>,
}

macro_rules! types {
    ($($name:ident)*) => {
        /// Every type that has a name in FORMATS.md.
        pub const TYPES: &[Type] = &[$(Type {
            name: stringify!($name),
            decode: |bytes| codec::decode::<$name>(bytes).map(|value| value.show()),
            make: |numbers| codec::encode(&$name::make(numbers)),
        }),*];
    };
}

types! {
    ChainId BatchId Time Day Hash PublicKey Signature Validator ValidatorSet Certificate Header Body Block
    Parameters Validators Scheduled Member Issuer IssuerKey Grant Batch Key Record
    Transaction Request Issue ChangeStatus Status StatusEntry StatusArray
    Evidence StateProof Finality SetChange Ancestry BatchProof Receipt StatusProof BatchStatuses BatchAbsence Checkpoint Genesis
}

macro_rules! numbers {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn show(&self) -> Value {
                json!(self)
            }
            // 48 bits at most, so that every JSON library reads them back.
            fn make(numbers: &mut Numbers) -> Self {
                (numbers.next() >> 16) as $name
            }
        }
    )* };
}

numbers! { u8 u16 u32 u64 }

macro_rules! wrapped {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn show(&self) -> Value {
                json!(self)
            }
            fn make(numbers: &mut Numbers) -> Self {
                Self(Wire::make(numbers))
            }
        }
    )* };
}

wrapped! { Time Day }

macro_rules! raw {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn show(&self) -> Value {
                json!(hex::encode(self.0))
            }
            fn make(numbers: &mut Numbers) -> Self {
                Self(numbers.bytes())
            }
        }
    )* };
}

raw! { Hash BatchId Signature }

macro_rules! names {
    ($($name:ident)*) => { $(
        impl Wire for $name {
            fn show(&self) -> Value {
                json!(self.as_str())
            }
            fn make(numbers: &mut Numbers) -> Self {
                let length = numbers.below(40) as usize;
                let rest = (0..length).map(|_| b"abcdefghijklmnopqrstuvwxyz0123456789-"[numbers.below(37) as usize] as char);
                format!("n{}", rest.collect::<String>()).parse().unwrap()
            }
        }
    )* };
}

names! { ChainId IssuerId TypeId }

impl<const MAX: usize> Wire for Text<MAX> {
    fn show(&self) -> Value {
        json!(self.as_str())
    }
    fn make(numbers: &mut Numbers) -> Self {
        let words = ["", "2025-2026", "QĐ 01", "Học", "a \"b\" \\", "Sở GDĐT"];
        Self::new(words[numbers.below(words.len() as u64) as usize]).unwrap()
    }
}

impl<T: Wire, const MAX: usize> Wire for List<T, MAX> {
    fn show(&self) -> Value {
        self.iter().map(Wire::show).collect()
    }
    fn make(numbers: &mut Numbers) -> Self {
        let length = numbers.below(4).min(MAX as u64);
        Self::new((0..length).map(|_| T::make(numbers)).collect()).unwrap()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn show(&self) -> Value {
        self.as_ref().map_or(Value::Null, Wire::show)
    }
    fn make(numbers: &mut Numbers) -> Self {
        (numbers.below(2) == 1).then(|| T::make(numbers))
    }
}

macro_rules! structs {
    ($($name:ident { $($field:ident)* })*) => { $(
        impl Wire for $name {
            fn show(&self) -> Value {
                Value::Object(Map::from_iter([$((stringify!($field).to_owned(), self.$field.show())),*]))
            }
            fn make(numbers: &mut Numbers) -> Self {
                Self { $($field: Wire::make(numbers)),* }
            }
        }
    )* };
}

structs! {
    Validator { key power }
    Certificate { round signers signatures }
    Header { version chain height time parent history_root body state_root validators next_validators leaves }
    Body { transactions }
    Block { header body }
    Parameters { clock_drift_ms heartbeat_ms }
    Validators { current scheduled }
    Scheduled { from members }
    Member { owner consensus network governance power }
    Issuer { id name name_en closed keys grants predecessors successors }
    IssuerKey { key roles from until binding }
    Grant { document_type from until decision }
    Batch { key grant document_type schema period size root height time status_root }
    Transaction { request signatures }
    Request { chain valid_until issuer key approver action }
    Issue { batch grant document_type schema period leaves }
    ChangeStatus { batch_issuer batch index seen to commitment }
    StatusEntry { index status height time commitment }
    StatusArray { changed }
    StateProof { evidence slots siblings }
    SetChange { header certificate next_validators }
    Ancestry { checkpoint path }
    BatchProof { format batch_id batch issuer named_issuer state header finality }
    Receipt { proof index path status }
    StatusProof { entry path }
    BatchStatuses { proof statuses }
    BatchAbsence { format state header finality }
    Checkpoint { header validators next_validators }
    Genesis { chain time parameters members issuers }
}

impl Wire for ValidatorSet {
    fn show(&self) -> Value {
        self.members().iter().map(Wire::show).collect()
    }
    fn make(numbers: &mut Numbers) -> Self {
        let validator = |numbers: &mut Numbers| Validator {
            key: public_key(&SigningKey::from_bytes(&numbers.bytes())),
            power: 1 + numbers.below(3) as u32,
        };
        let count = 1 + numbers.below(9);
        Self::new((0..count).map(|_| validator(numbers)).collect()).unwrap()
    }
}

impl Wire for PublicKey {
    fn show(&self) -> Value {
        let Self::Ed25519(bytes) = self;
        json!({ "Ed25519": hex::encode(bytes) })
    }
    fn make(numbers: &mut Numbers) -> Self {
        Self::Ed25519(numbers.bytes())
    }
}

impl Wire for Status {
    fn show(&self) -> Value {
        json!(format!("{self:?}"))
    }
    fn make(numbers: &mut Numbers) -> Self {
        [Self::Valid, Self::Superseded, Self::Revoked, Self::Suspended][numbers.below(4) as usize]
    }
}

macro_rules! tagged {
    ($($name:ident { $($variant:ident)* })*) => { $(
        impl Wire for $name {
            fn show(&self) -> Value {
                match self { $(Self::$variant(value) => json!({ stringify!($variant): value.show() })),* }
            }
            fn make(numbers: &mut Numbers) -> Self {
                let makers: &[fn(&mut Numbers) -> Self] = &[$(|numbers| Self::$variant(Wire::make(numbers))),*];
                makers[numbers.below(makers.len() as u64) as usize](numbers)
            }
        }
    )* };
}

tagged! {
    Record { Parameters Validators Issuer Batch }
    Action { Issue ChangeStatus }
}

impl Wire for Key {
    fn show(&self) -> Value {
        match self {
            Self::Parameters => json!("Parameters"),
            Self::Validators => json!("Validators"),
            Self::Issuer(issuer) => json!({ "Issuer": issuer.show() }),
            Self::Batch(issuer, batch) => json!({ "Batch": [issuer.show(), batch.show()] }),
        }
    }
    fn make(numbers: &mut Numbers) -> Self {
        match numbers.below(4) {
            0 => Self::Parameters,
            1 => Self::Validators,
            2 => Self::Issuer(Wire::make(numbers)),
            _ => Self::Batch(Wire::make(numbers), Wire::make(numbers)),
        }
    }
}

impl Wire for Evidence {
    fn show(&self) -> Value {
        match self {
            Self::Present { depth } => json!({ "Present": { "depth": depth } }),
            Self::AbsentEmpty { depth } => json!({ "AbsentEmpty": { "depth": depth } }),
            Self::AbsentOther { depth, place, value } => {
                json!({ "AbsentOther": { "depth": depth, "place": place.show(), "value": value.show() } })
            }
        }
    }
    fn make(numbers: &mut Numbers) -> Self {
        let depth = Wire::make(numbers);
        match numbers.below(3) {
            0 => Self::Present { depth },
            1 => Self::AbsentEmpty { depth },
            _ => Self::AbsentOther { depth, place: Wire::make(numbers), value: Wire::make(numbers) },
        }
    }
}

impl Wire for Finality {
    fn show(&self) -> Value {
        match self {
            Self::Certified { certificate, changes } => {
                json!({ "Certified": { "certificate": certificate.show(), "changes": changes.show() } })
            }
            Self::Ancestor(ancestry) => json!({ "Ancestor": ancestry.show() }),
        }
    }
    fn make(numbers: &mut Numbers) -> Self {
        match numbers.below(2) {
            0 => Self::Certified { certificate: Wire::make(numbers), changes: Wire::make(numbers) },
            _ => Self::Ancestor(Wire::make(numbers)),
        }
    }
}
