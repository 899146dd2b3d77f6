//! From the owners' public parts to the file that founds the network.
//!
//! # Format
//!
//! `genesis.json`, of at most 32 MiB:
//!
//! ```json
//! {"sogoc-genesis": 2, "hash": "64 hex digits", "chain": "…", "time": 0,
//!  "parameters": {"clock_drift_ms": 0, "heartbeat_ms": 0, "motion_days": 0},
//!  "members": [{"owner": "…", "consensus": {JWK}, "network": {JWK}, "governance": {JWK}, "power": 1}],
//!  "issuers": [{"id": "…", "name": "…", "name_en": "…", "closed": {"from": 0, "decision": "…"} or null,
//!               "keys": [{"key": {JWK}, "roles": 1, "from": 0, "until": null, "suspended": null, "binding": null}],
//!               "grants": [{"document_type": "…", "from": 0, "until": null, "decision": "…"}],
//!               "successors": [{"issuer": "…", "scopes": 1, "from": 0, "until": null, "decision": "…"}]}],
//!  "definitions": [{"kind": "schema" or "code-list", "name": "…", "version": 1, "text": "…"}]}
//! ```
//!
//! Times are milliseconds since 1970-01-01T00:00:00Z, days are counted from 1970-01-01 in UTC+7, roles are a
//! sum of 1 seal, 2 approve, 4 administer, scopes of 1 seal, 2 amend, 4 revoke.
//!
//! # Invariants
//!
//! * `hash` is that of the header of block 0, which commits to everything else in the file. It is the
//!   network's identity: owners compare it by another way than the one the file came by.
//! * The order in which public parts, issuers and definitions are given does not matter: members are ordered by consensus key,
//!   issuers by id, definitions by kind, name and version, and a file in another order has another hash.
//! * What [`assemble`] makes, [`load_genesis`] reads.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::List;
use sogoc_ledger::genesis::{GENESIS_DEFINITIONS_MAX, GENESIS_ISSUERS_MAX, Genesis, GenesisError};
use sogoc_ledger::name::{ChainId, Time};
use sogoc_ledger::record::{
    Closing, DEFINITION_BYTES_MAX, Definition, DefinitionKind, Grant, Issuer, IssuerKey, Member, Parameters,
    Succession, Suspension,
};
use sogoc_ledger::state;
use sogoc_ledger::transition::Tip;
use sogoc_ledger::validator::{NotASet, VALIDATORS_MAX, ValidatorSet};

use crate::book::{AddressBook, BOOK_FILE, Peer};
use crate::ceremony::PublicPart;
use crate::document::{self, At, Fields, FromValue, Syntax, Value};
use crate::files;
use crate::problem::{Code, Problem, Problems};
use crate::values::Ed25519Key;

/// Name of the genesis file.
pub const GENESIS_FILE: &str = "genesis.json";

/// Longest genesis file, in bytes: three kilobytes for each of [`GENESIS_ISSUERS_MAX`] issuers.
pub const GENESIS_FILE_BYTES_MAX: usize = 32 << 20;

/// A network about to be founded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founding {
    /// What it is founded with.
    pub genesis: Genesis,
    /// The network's identity: the hash of block 0.
    pub hash: Hash,
    /// Where its validators are reached.
    pub address_book: AddressBook,
}

/// The founding of the network `chain` at `time` by the owners of `parts`.
///
/// # Errors
/// Everything that is wrong with the inputs.
pub fn assemble(
    parts: &[PublicPart],
    issuers: Vec<Issuer>,
    definitions: Vec<Definition>,
    parameters: Parameters,
    chain: ChainId,
    time: Time,
) -> Result<Founding, Problems> {
    let mut problems = Vec::new();
    let mut owners = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for part in parts {
        problems.extend(part.possession_problems(&part.member.owner));
        if !owners.insert(&part.member.owner) {
            problems.push(Problem::new(Code::OwnerTwice, &part.member.owner, ""));
        }
        for address in [&part.addresses.engine, &part.addresses.gossip] {
            if !addresses.insert(address) {
                problems.push(Problem::new(Code::AddressTwice, &part.member.owner, address));
            }
        }
    }
    let mut members: Vec<Member> = parts.iter().map(|part| part.member.clone()).collect();
    members.sort_by_key(|member| member.consensus);
    let mut issuers = issuers;
    issuers.sort_by(|a, b| a.id.cmp(&b.id));
    let mut definitions = definitions;
    definitions.sort_by_key(Definition::key);
    let lists = (List::new(members), List::new(issuers), List::new(definitions));
    let (Some(members), Some(issuers), Some(definitions)) = lists else {
        let detail = format!(
            "at most {VALIDATORS_MAX} validators, {GENESIS_ISSUERS_MAX} issuers and {GENESIS_DEFINITIONS_MAX} definitions"
        );
        problems.push(Problem::new(Code::TooMany, &chain, detail));
        return Err(Problems(problems));
    };
    let genesis = Genesis { chain, time, parameters, members, issuers, definitions };
    problems.extend(genesis_problems(&genesis, genesis.chain.as_str()));
    Problems::or(problems, ())?;
    let hash = tip(&genesis)?.hash;
    // Names without text, or ends of spaces, are possible in memory but not in the file.
    parse_genesis(render(&genesis, hash).as_bytes(), genesis.chain.as_str())?;
    let address_book = AddressBook { peers: parts.iter().map(Peer::from).collect() };
    Ok(Founding { genesis, hash, address_book })
}

/// The ledger's own findings, as problems.
pub(crate) fn genesis_problems(genesis: &Genesis, place: &str) -> Vec<Problem> {
    let problem = |code, detail: &dyn std::fmt::Display| Some(Problem::new(code, place, detail));
    let as_problem = |error: GenesisError| match error {
        GenesisError::TooFew(count) => problem(Code::TooFewValidators, &count),
        GenesisError::KeyUsedTwice(owner, purpose) => problem(Code::KeyUsedTwice, &format_args!("{owner}: {purpose}")),
        GenesisError::BadKey(owner, purpose) => problem(Code::UnusableKey, &format_args!("{owner}: {purpose}")),
        GenesisError::TooPowerful(owner) => problem(Code::TooPowerful, &owner),
        GenesisError::IssuerTwice(id) => problem(Code::IssuerTwice, &id),
        GenesisError::NoSealingKey(id) => problem(Code::NoSealingKey, &id),
        GenesisError::EmptyGrant(id, index) => problem(Code::EmptyGrant, &format_args!("{id}: grant {index}")),
        GenesisError::WrongScope(id) => problem(Code::NoSuchRole, &id),
        GenesisError::UnknownSuccessor(id, successor) => {
            problem(Code::UnknownSuccessor, &format_args!("{id}: {successor}"))
        }
        GenesisError::Parameters(drift, days) => {
            problem(Code::ParametersOutOfRange, &format_args!("{drift} ms, {days} days"))
        }
        GenesisError::Definition(name) => problem(Code::BadDefinition, &name),
        GenesisError::Heartbeat(ms) => problem(Code::HeartbeatTooShort, &format_args!("{ms} ms")),
        GenesisError::Set(NotASet::Power(_)) => problem(Code::NoPower, &""),
        // Each was reported above as too few, an unusable key or a key used twice; lists bound the number.
        GenesisError::Set(NotASet::Count(_) | NotASet::Key(_) | NotASet::Order(_)) => None,
    };
    genesis.check().into_iter().filter_map(as_problem).collect()
}

impl Founding {
    /// Writes `genesis.json` and `address-book.json` into `directory`.
    ///
    /// # Errors
    /// Either exists or cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), Problems> {
        files::write_new(&directory.join(GENESIS_FILE), &render(&self.genesis, self.hash), false)?;
        files::write_new(&directory.join(BOOK_FILE), &self.address_book.to_json(), false)?;
        Ok(())
    }
}

/// Block 0 of the network, and its hash.
///
/// # Errors
/// The members are not a set of validators.
pub fn tip(genesis: &Genesis) -> Result<Tip, Problem> {
    let validators = validators(genesis)?;
    let root = state::found(&genesis.records())
        .map_err(|fault| Problem::new(Code::StateNotComputed, &genesis.chain, fault))?
        .root;
    Ok(genesis.tip(root, validators.hash()))
}

fn validators(genesis: &Genesis) -> Result<ValidatorSet, Problem> {
    genesis.validators().map_err(|error| {
        let code = match error {
            NotASet::Count(_) => Code::TooFewValidators,
            NotASet::Key(_) => Code::UnusableKey,
            NotASet::Power(_) => Code::NoPower,
            NotASet::Order(_) => Code::KeyUsedTwice,
        };
        Problem::new(code, &genesis.chain, "")
    })
}

/// Block 0 as a trust anchor.
///
/// # Errors
/// The members are not a set of validators.
pub fn genesis_checkpoint(genesis: &Genesis) -> Result<Checkpoint, Problem> {
    let (tip, validators) = (tip(genesis)?, validators(genesis)?);
    Ok(Checkpoint { header: tip.header, validators: validators.clone(), next_validators: validators })
}

fn render(genesis: &Genesis, hash: Hash) -> String {
    #[derive(Serialize)]
    struct GenesisFile<'a> {
        #[serde(rename = "sogoc-genesis")]
        version: u8,
        hash: Hash,
        #[serde(flatten)]
        genesis: &'a Genesis,
    }
    document::to_json(&GenesisFile { version: 2, hash, genesis })
}

/// The genesis in the file at `path`: well-formed, able to found a network, and of the hash that it says.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_genesis(path: &Path) -> Result<Genesis, Problems> {
    let bytes = files::load(path, GENESIS_FILE_BYTES_MAX)?;
    parse_genesis(&bytes, &path.display().to_string())
}

pub(crate) fn parse_genesis(bytes: &[u8], file: &str) -> Result<Genesis, Problems> {
    let HashedGenesis { hash, genesis } = document::from_bytes(bytes, file, Syntax::Json)?;
    let mut problems = genesis_problems(&genesis, file);
    match tip(&genesis) {
        Ok(tip) if tip.hash != hash => {
            problems.push(Problem::new(Code::OtherHash, file, format_args!("its contents have {}", tip.hash)))
        }
        Ok(_) => {}
        // Not a set: said already.
        Err(_) if !problems.is_empty() => {}
        Err(problem) => problems.push(problem),
    }
    Problems::or(problems, genesis)
}

struct HashedGenesis {
    hash: Hash,
    genesis: Genesis,
}

impl FromValue for HashedGenesis {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        fields.version("sogoc-genesis", 2)?;
        let (hash, chain, time) = (fields.get("hash"), fields.get("chain"), fields.get("time"));
        let (parameters, members, issuers) = (fields.get("parameters"), fields.get("members"), fields.get("issuers"));
        let definitions = fields.get("definitions");
        fields.finish();
        let genesis = Genesis {
            chain: chain?,
            time: time?,
            parameters: parameters?,
            members: members?,
            issuers: issuers?,
            definitions: definitions?,
        };
        Some(Self { hash: hash?, genesis })
    }
}

impl FromValue for Parameters {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (clock_drift_ms, heartbeat_ms) = (fields.get("clock_drift_ms"), fields.get("heartbeat_ms"));
        let motion_days = fields.get("motion_days");
        fields.finish();
        Some(Self { clock_drift_ms: clock_drift_ms?, heartbeat_ms: heartbeat_ms?, motion_days: motion_days? })
    }
}

impl FromValue for Member {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let member = take_member(&mut fields);
        fields.finish();
        member
    }
}

/// The fields of a member, which may stand among others.
pub(crate) fn take_member(fields: &mut Fields<'_>) -> Option<Member> {
    let (owner, power) = (fields.get("owner"), fields.get("power"));
    let (consensus, network, governance) = (fields.get("consensus"), fields.get("network"), fields.get("governance"));
    let (Ed25519Key(consensus), Ed25519Key(network), Ed25519Key(governance)) = (consensus?, network?, governance?);
    Some(Member { owner: owner?, consensus, network, governance, power: power? })
}

impl FromValue for Issuer {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (id, name, name_en, closed) =
            (fields.get("id"), fields.get("name"), fields.get("name_en"), fields.maybe("closed"));
        let (keys, grants) = (fields.get("keys"), fields.get("grants"));
        let successors = fields.get("successors");
        fields.finish();
        Some(Self {
            id: id?,
            name: name?,
            name_en: name_en?,
            closed,
            keys: keys?,
            grants: grants?,
            successors: successors?,
        })
    }
}

impl FromValue for IssuerKey {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (key, roles, from) = (fields.get("key"), fields.get("roles"), fields.get("from"));
        let (until, suspended, binding) = (fields.maybe("until"), fields.maybe("suspended"), fields.maybe("binding"));
        fields.finish();
        Some(Self { key: key?, roles: roles?, from: from?, until, suspended, binding })
    }
}

impl FromValue for Grant {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (document_type, from, decision) = (fields.get("document_type"), fields.get("from"), fields.get("decision"));
        let until = fields.maybe("until");
        fields.finish();
        Some(Self { document_type: document_type?, from: from?, until, decision: decision? })
    }
}

impl FromValue for Closing {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (from, decision) = (fields.get("from"), fields.get("decision"));
        fields.finish();
        Some(Self { from: from?, decision: decision? })
    }
}

impl FromValue for Suspension {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (since, until) = (fields.get("since"), fields.maybe("until"));
        fields.finish();
        Some(Self { since: since?, until })
    }
}

impl FromValue for Succession {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (issuer, scopes, from) = (fields.get("issuer"), fields.get("scopes"), fields.get("from"));
        let (until, decision) = (fields.maybe("until"), fields.get("decision"));
        fields.finish();
        Some(Self { issuer: issuer?, scopes: scopes?, from: from?, until, decision: decision? })
    }
}

impl FromValue for DefinitionKind {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let kind = match value {
            Value::Text(text) if text == "schema" => Some(Self::Schema),
            Value::Text(text) if text == "code-list" => Some(Self::CodeList),
            _ => None,
        };
        at.expect(kind, "schema or code-list")
    }
}

impl FromValue for Definition {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let place = at.field("text");
        let mut fields = at.table(value)?;
        let (kind, name, version) = (fields.get("kind"), fields.get("name"), fields.get("version"));
        let text = fields.get("text").and_then(|Raw(text)| {
            place.expect(List::new(text.into_bytes()), &format!("at most {DEFINITION_BYTES_MAX} bytes of text"))
        });
        fields.finish();
        Some(Self { kind: kind?, name: name?, version: version?, text: text? })
    }
}

/// Text of any form.
struct Raw(String);

impl FromValue for Raw {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        at.expect(if let Value::Text(text) = value { Some(Self(text)) } else { None }, "text")
    }
}
