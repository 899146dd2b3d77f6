//! Block 0: what a network is founded with.
//!
//! # Format
//!
//! `encode(Genesis)`. Its header has height 0, the founding time, no parent, an empty history and
//! body, the state of these records, and the founding validators as both sets. The chain is what
//! this header's hash says it is: the same inputs found the same chain.

use std::collections::{BTreeMap, BTreeSet};

use bincode::{Decode, Encode};

use crate::Hash;
use crate::block::{Body, Header, PROTOCOL_VERSION};
use crate::codec::List;
use crate::merkle::{self, Frontier};
use crate::name::{ChainId, Time};
use crate::record::{
    Definition, Issuer, IssuerKey, Key, KeyUse, Member, Parameters, Protocol, Record, Succession, Validators,
};
use crate::signature::PublicKey;
use crate::transition::Tip;
use crate::validator::{NotASet, VALIDATORS_MAX, Validator, ValidatorSet};

/// Issuers that a network is founded with: the city has about 3,500.
pub const GENESIS_ISSUERS_MAX: usize = 10_000;

/// Fewest validators: with four, one may fail.
pub const VALIDATORS_MIN: usize = 4;

/// The shortest heartbeat, in milliseconds: each is a block that every archive keeps for ever.
pub const HEARTBEAT_MS_MIN: u32 = 1_000;

/// The furthest that a proposer's clock may be ahead, in milliseconds: more, and the ledger's time means little.
pub const CLOCK_DRIFT_MS_MAX: u32 = 60_000;

/// The longest that a motion may be open, in days: a quarter, for what many offices must decide first.
pub const MOTION_DAYS_MAX: u16 = 92;

/// Definitions that a network is founded with.
pub const GENESIS_DEFINITIONS_MAX: usize = 64;

/// What a network is founded with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Genesis {
    /// The new chain.
    pub chain: ChainId,
    /// When it is founded.
    pub time: Time,
    /// Its parameters.
    pub parameters: Parameters,
    /// Its first validators.
    pub members: List<Member, VALIDATORS_MAX>,
    /// Its first issuers.
    pub issuers: List<Issuer, GENESIS_ISSUERS_MAX>,
    /// Its first schemas and code lists, beside those that every program knows.
    pub definitions: List<Definition, GENESIS_DEFINITIONS_MAX>,
}

/// Why a network cannot be founded so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Too few validators.
    #[error("{0} validators are too few: with fewer than {VALIDATORS_MIN} none may fail")]
    TooFew(usize),
    /// The validators are not a set.
    #[error(transparent)]
    Set(#[from] NotASet),
    /// One key in two places.
    #[error("the {1} key of {0} is also used elsewhere")]
    KeyUsedTwice(String, &'static str),
    /// A key that no signature is accepted under, or one of a validator that is not of Ed25519.
    #[error("the {1} key of {0} is not an acceptable key")]
    BadKey(String, &'static str),
    /// One member has a third of the power or more, and can stop the network alone.
    #[error("{0} has a third of the voting power or more and could stop the network alone")]
    TooPowerful(String),
    /// Two issuers of one name.
    #[error("issuer {0} is listed twice")]
    IssuerTwice(String),
    /// An issuer that is open and that nobody can act for.
    #[error("issuer {0} has no key that may seal")]
    NoSealingKey(String),
    /// Roles of a key, or scopes of a succession, that are none.
    #[error("issuer {0} has a key or a successor with roles or scopes that do not exist")]
    WrongScope(String),
    /// A successor that is not an issuer here, or is the issuer itself.
    #[error("successor {1} of issuer {0} is not another issuer of the list")]
    UnknownSuccessor(String, String),
    /// A grant that ends before it begins.
    #[error("grant {1} of issuer {0} ends before it begins")]
    EmptyGrant(String, usize),
    /// A heartbeat below the minimum.
    #[error("a heartbeat of {0} ms is shorter than {HEARTBEAT_MS_MIN} ms")]
    Heartbeat(u32),
    /// Another parameter out of its range.
    #[error(
        "the clock drift is 1 to {CLOCK_DRIFT_MS_MAX} ms and a motion is open for 1 to {MOTION_DAYS_MAX} days, not {0} and {1}"
    )]
    Parameters(u32, u16),
    /// A definition without text or version, or twice.
    #[error("definition {0} has no text in UTF-8, has version 0, or is listed twice")]
    Definition(String),
}

impl Genesis {
    /// Everything that is wrong with it, at once.
    pub fn check(&self) -> Vec<GenesisError> {
        let mut errors = Vec::new();
        if self.members.len() < VALIDATORS_MIN {
            errors.push(GenesisError::TooFew(self.members.len()));
        }
        if self.parameters.heartbeat_ms < HEARTBEAT_MS_MIN {
            errors.push(GenesisError::Heartbeat(self.parameters.heartbeat_ms));
        } else if !self.parameters.are_in_range() {
            errors.push(GenesisError::Parameters(self.parameters.clock_drift_ms, self.parameters.motion_days));
        }
        let mut used = BTreeSet::new();
        let mut use_key = |owner: &str, purpose, key: &PublicKey, errors: &mut Vec<GenesisError>| {
            let acceptable = if purpose == "issuer" { key.is_acceptable() } else { key.is_acceptable_for_validators() };
            if !acceptable {
                errors.push(GenesisError::BadKey(owner.into(), purpose));
            }
            if !used.insert(*key) {
                errors.push(GenesisError::KeyUsedTwice(owner.into(), purpose));
            }
        };
        let total: u64 = self.members.iter().map(|member| u64::from(member.power)).sum();
        for member in &self.members {
            use_key(&member.owner, "consensus", &member.consensus, &mut errors);
            use_key(&member.owner, "network", &member.network, &mut errors);
            use_key(&member.owner, "governance", &member.governance, &mut errors);
            if u64::from(member.power) * 3 >= total {
                errors.push(GenesisError::TooPowerful(member.owner.to_string()));
            }
        }
        errors.extend(self.validator_set().err().map(GenesisError::Set));
        let mut ids = BTreeSet::new();
        for issuer in &self.issuers {
            let id = issuer.id.to_string();
            if !ids.insert(&issuer.id) {
                errors.push(GenesisError::IssuerTwice(id.clone()));
            }
            for key in &issuer.keys {
                use_key(&id, "issuer", &key.key, &mut errors);
            }
            if issuer.closed.is_none() && !issuer.keys.iter().any(|key| key.roles & IssuerKey::SEAL != 0) {
                errors.push(GenesisError::NoSealingKey(id.clone()));
            }
            let bad_roles = |key: &IssuerKey| key.roles == 0 || key.roles & !IssuerKey::ALL_ROLES != 0;
            let bad_scopes = |s: &Succession| s.scopes == 0 || s.scopes & !Succession::ALL_SCOPES != 0;
            if issuer.keys.iter().any(bad_roles) || issuer.successors.iter().any(bad_scopes) {
                errors.push(GenesisError::WrongScope(id.clone()));
            }
            for (i, grant) in issuer.grants.iter().enumerate() {
                if grant.until.is_some_and(|until| until <= grant.from) {
                    errors.push(GenesisError::EmptyGrant(id.clone(), i));
                }
            }
            for succession in &issuer.successors {
                if succession.issuer == issuer.id || !self.issuers.iter().any(|other| other.id == succession.issuer) {
                    errors.push(GenesisError::UnknownSuccessor(id.clone(), succession.issuer.to_string()));
                }
            }
        }
        let mut defined = BTreeSet::new();
        for definition in &self.definitions {
            if !definition.is_well_formed() || !defined.insert(definition.key()) {
                errors.push(GenesisError::Definition(format!("{} {}", definition.name, definition.version)));
            }
        }
        errors
    }

    fn validator_set(&self) -> Result<ValidatorSet, NotASet> {
        ValidatorSet::new(self.members.iter().map(|m| Validator { key: m.consensus, power: m.power }).collect())
    }

    /// The founding validator set.
    ///
    /// # Errors
    /// The members are not a set.
    pub fn validators(&self) -> Result<ValidatorSet, NotASet> {
        self.validator_set()
    }

    /// The state that the chain begins with.
    pub fn records(&self) -> BTreeMap<Key, Record> {
        let validators = Validators { current: self.members.clone(), scheduled: None, plan: None };
        let mut records = BTreeMap::from([
            (Key::Parameters, Record::Parameters(self.parameters.clone())),
            (Key::Validators, Record::Validators(validators)),
            (Key::Protocol, Record::Protocol(Protocol { version: PROTOCOL_VERSION, upgrade: None })),
        ]);
        let mut note_use = |key: &PublicKey, owner: &KeyUse| {
            records.insert(Key::KeyUse(key.thumbprint()), Record::KeyUse(owner.clone()));
        };
        for member in &self.members {
            member.keys().iter().for_each(|key| note_use(key, &KeyUse::Member(member.owner.clone())));
        }
        for issuer in &self.issuers {
            issuer.keys.iter().for_each(|key| note_use(&key.key, &KeyUse::Issuer(issuer.id.clone())));
        }
        for issuer in &self.issuers {
            records.insert(Key::Issuer(issuer.id.clone()), Record::Issuer(issuer.clone()));
        }
        for definition in &self.definitions {
            records.insert(definition.key(), Record::Definition(definition.clone()));
        }
        records
    }

    /// The header of block 0, given the root of the state of [`Genesis::records`] and the hash of the validator set.
    pub fn tip(&self, state_root: Hash, validators: Hash) -> Tip {
        let header = Header {
            version: PROTOCOL_VERSION,
            chain: self.chain.clone(),
            height: 0,
            time: self.time,
            parent: Hash::ZERO,
            history_root: merkle::empty_root(),
            body: Body::default().hash(),
            state_root,
            validators,
            next_validators: validators,
            leaves: 0,
        };
        let hash = header.hash();
        let mut history = Frontier::default();
        history.append(merkle::leaf_hash(&hash.0));
        Tip { header, hash, history, tree_version: 0 }
    }
}
