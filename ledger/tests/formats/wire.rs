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
use sogoc_ledger::record::{
    Agenda, Batch, Cast, Change, Closing, Continuation, Definition, DefinitionKind, Grant, Issuer, IssuerKey, Key,
    KeyUse, Member, Motion, NewKey, NewMember, Origin, Outcome, Parameters, Plan, Possession, Proposal, Protocol,
    Record, Scheduled, Step, Succession, Suspension, Upgrade, Validators, Window,
};
use sogoc_ledger::signature::{PublicKey, Signature, public_key};
use sogoc_ledger::state::{Evidence, StateProof};
use sogoc_ledger::status::{Status, StatusArray, StatusEntry};
use sogoc_ledger::transaction::{Act, Action, Ballot, ChangeStatus, Issue, Request, RotateKey, Transaction};
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
    /// Of an enum; 1 for all else.
    const VARIANTS: u64 = 1;

    fn show(&self) -> Value;
    fn make(numbers: &mut Numbers) -> Self;

    /// A value of this variant.
    fn make_variant(numbers: &mut Numbers, _variant: u64) -> Self {
        Self::make(numbers)
    }
}

/// What a test can do with a type by its name.
pub struct Type {
    pub name: &'static str,
    pub decode: fn(&[u8]) -> Result<Value, CodecError>,
    pub make: fn(&mut Numbers) -> Vec<u8>,
    pub variants: u64,
    pub make_variant: fn(&mut Numbers, u64) -> Vec<u8>,
}

macro_rules! types {
    ($($name:ident)*) => {
        /// Every type that has a name in FORMATS.md.
        pub const TYPES: &[Type] = &[$(Type {
            name: stringify!($name),
            decode: |bytes| codec::decode::<$name>(bytes).map(|value| value.show()),
            make: |numbers| codec::encode(&$name::make(numbers)),
            variants: $name::VARIANTS,
            make_variant: |numbers, variant| codec::encode(&$name::make_variant(numbers, variant)),
        }),*];
    };
}

types! {
    ChainId BatchId Time Day Hash PublicKey Signature Validator ValidatorSet Certificate Header Body Block
    Parameters Validators Scheduled Plan Step NewMember Possession Member
    Issuer Closing IssuerKey Suspension Grant Succession Batch Origin
    Protocol Upgrade Definition DefinitionKind Window KeyUse Motion Cast Outcome Agenda Continuation Key Record
    Transaction Request Act Action Ballot Issue ChangeStatus RotateKey NewKey Proposal Change
    Status StatusEntry StatusArray
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

impl Wire for bool {
    fn show(&self) -> Value {
        json!(self)
    }
    fn make(numbers: &mut Numbers) -> Self {
        numbers.below(2) == 1
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn show(&self) -> Value {
        json!(hex::encode(self))
    }
    fn make(numbers: &mut Numbers) -> Self {
        numbers.bytes()
    }
}

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
    Parameters { clock_drift_ms heartbeat_ms motion_days }
    Validators { current scheduled plan }
    Scheduled { from members }
    Plan { motion steps ready }
    Step { remove add }
    NewMember { member possession }
    Possession { consensus network governance }
    Member { owner consensus network governance power }
    Issuer { id name name_en closed keys grants successors }
    Closing { from decision }
    IssuerKey { key roles from until suspended binding }
    Suspension { since until }
    Grant { document_type from until decision }
    Succession { issuer scopes from until decision }
    Batch {
        key approver act_for origin grant document_type schema definition period size root height time status_root
    }
    Protocol { version upgrade }
    Upgrade { version from }
    Definition { kind name version text }
    Window { from until decision }
    Motion { proposal proposer proposed expires votes held outcome }
    Cast { member yes }
    Agenda { open }
    Continuation { decision parent retired }
    Transaction { request signatures }
    Request { chain valid_until act }
    Issue { batch act_for origin grant document_type schema period leaves }
    ChangeStatus { batch_issuer batch index seen to commitment }
    RotateKey { key possession keep_until }
    NewKey { key roles from until binding possession }
    Proposal { decision note changes }
    StatusEntry { index status height time commitment previous }
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
    Genesis { chain time parameters members issuers definitions }
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

macro_rules! shown {
    ($variant:ident) => {
        json!(stringify!($variant))
    };
    ($variant:ident ($slot:ident)) => {
        json!({ stringify!($variant): $slot.show() })
    };
    ($variant:ident ($($slot:ident)+)) => {
        json!({ stringify!($variant): [$($slot.show()),+] })
    };
    ($variant:ident { $($field:ident)+ }) => {
        json!({ stringify!($variant): Value::Object(Map::from_iter([$((stringify!($field).to_owned(), $field.show())),+])) })
    };
}

macro_rules! made {
    ($numbers:ident $name:ident $variant:ident) => {
        $name::$variant
    };
    ($numbers:ident $name:ident $variant:ident ($($slot:ident)+)) => {{
        $(let $slot = Wire::make($numbers);)+
        $name::$variant($($slot),+)
    }};
    ($numbers:ident $name:ident $variant:ident { $($field:ident)+ }) => {
        $name::$variant { $($field: Wire::make($numbers)),+ }
    };
}

macro_rules! enums {
    ($($name:ident {
        $($variant:ident $(($($slot:ident)+))? $({ $($field:ident)+ })?),+ $(,)?
    })*) => { $(
        impl Wire for $name {
            const VARIANTS: u64 = [$(stringify!($variant)),+].len() as u64;

            fn show(&self) -> Value {
                match self {
                    $(Self::$variant $(($($slot),+))? $({ $($field),+ })? => {
                        shown!($variant $(($($slot)+))? $({ $($field)+ })?)
                    })+
                }
            }

            fn make(numbers: &mut Numbers) -> Self {
                let variant = numbers.below(Self::VARIANTS);
                Self::make_variant(numbers, variant)
            }

            fn make_variant(numbers: &mut Numbers, variant: u64) -> Self {
                let makers: &[fn(&mut Numbers) -> Self] =
                    &[$(|_numbers| made!(_numbers $name $variant $(($($slot)+))? $({ $($field)+ })?)),+];
                makers[variant as usize](numbers)
            }
        }
    )* };
}

enums! {
    PublicKey { Ed25519(key), P256(key) }
    Status { Valid, Superseded, Revoked, Suspended }
    Origin { Issued, Digitised }
    DefinitionKind { Schema, CodeList }
    KeyUse { Member(owner), Issuer(issuer) }
    Outcome { Open, Passed(height), Rejected(height), Failed(height change) }
    Key {
        Parameters, Validators, Issuer(issuer), Batch(issuer batch), Protocol, Definition(kind name version),
        Window(document_type period issuer), KeyUse(thumbprint), Motion(id), Agenda, Continuation(height),
    }
    Record {
        Parameters(record), Validators(record), Issuer(record), Batch(record), Protocol(record), Definition(record),
        Window(record), KeyUse(record), Motion(record), Agenda(record), Continuation(record),
    }
    Act { Issuer { issuer key approver action }, Member { key ballot } }
    Action { Issue(issue), ChangeStatus(change), RotateKey(rotation), AddKey(new), EndKey { key } }
    Ballot { Propose(proposal), Vote { motion yes }, Ready { motion } }
    Change {
        AdmitIssuer { issuer name name_en keys },
        RenameIssuer { issuer name name_en },
        CloseIssuer { issuer from },
        GrantAuthority { issuer document_type from until },
        EndGrant { issuer grant until },
        AddSuccessor { issuer successor scopes from until },
        EndSuccession { issuer succession until },
        AdmitKey { issuer key },
        EndKey { issuer key },
        SuspendKey { issuer key since },
        RestoreKey { issuer key },
        BindKey { issuer key binding },
        SetParameters(parameters),
        ScheduleUpgrade(upgrade),
        Define(definition),
        SetWindow { document_type period issuer from until },
        ChangeValidators { steps },
    }
    Evidence { Present { depth }, AbsentEmpty { depth }, AbsentOther { depth place value } }
    Finality { Certified { certificate changes }, Ancestor(ancestry) }
}
