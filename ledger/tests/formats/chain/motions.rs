//! What validators decide in the chain of the vectors, and what an issuer does with its keys.

use sogoc_ledger::Hash;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{ChainId, Day, IssuerId, Time};
use sogoc_ledger::record::{
    Change, Definition, DefinitionKind, IssuerKey, NewKey, Parameters, Proposal, Record, Step, Succession, Upgrade,
    possession_of_issuer_key,
};
use sogoc_ledger::signature::{Signature, SigningKey, public_key};
use sogoc_ledger::transaction::{Action, Ballot, RotateKey, Transaction};

use crate::network::{
    ADMINISTRATOR_SEED, FOUNDED, LOST_SEED, Network, SCHOOL_SEED, asked_by, cast, key, school, secret_key,
};

/// Seed of the key that the administrator enters and ends again.
const ADDED_SEED: u8 = 204;

pub fn propose(changes: Vec<Change>) -> Transaction {
    let proposal = Proposal {
        decision: Text::new("QĐ 20/QĐ-MẪU").unwrap(),
        note: Text::new("Đề nghị mẫu").unwrap(),
        changes: List::new(changes).unwrap(),
    };
    cast(1, Ballot::Propose(proposal))
}

pub fn vote(motion: Hash, yes: bool) -> Ballot {
    Ballot::Vote { motion, yes }
}

/// Suspends the key in wrong hands, since a time.
pub fn suspension(since: u64) -> Transaction {
    let key = public_key(&key(LOST_SEED)).thumbprint();
    propose(vec![Change::SuspendKey { issuer: school(), key, since: Time(since) }])
}

/// When the only motion of a network is over.
pub fn expiry(network: &Network) -> Time {
    let motion = network.records.values().find_map(|record| match record {
        Record::Motion(motion) => Some(motion.expires),
        _ => None,
    });
    motion.unwrap()
}

pub fn plan(steps: Vec<Step>) -> Transaction {
    propose(vec![Change::ChangeValidators { steps: List::new(steps).unwrap() }])
}

fn possession(issuer: &IssuerId, key: &SigningKey, roles: u8) -> Signature {
    let chain: ChainId = "hcmc-mau".parse().unwrap();
    key.sign(Domain::POSSESSION, &possession_of_issuer_key(&chain, issuer, &key.public_key(), roles))
}

fn new_key(issuer: &IssuerId, seed: u8, roles: u8) -> NewKey {
    new_key_of(issuer, &secret_key(seed), roles)
}

pub fn new_key_of(issuer: &IssuerId, key: &SigningKey, roles: u8) -> NewKey {
    NewKey {
        key: key.public_key(),
        roles,
        from: Time(0),
        until: None,
        binding: None,
        possession: possession(issuer, key, roles),
    }
}

/// A sealing key that another takes over from, and one that the administrator enters.
pub fn keys() -> Vec<Transaction> {
    let rotation = RotateKey {
        key: public_key(&key(205)),
        possession: possession(&school(), &secret_key(205), IssuerKey::SEAL),
        keep_until: Time(FOUNDED.0 + 24 * 3_600_000),
    };
    vec![
        asked_by(SCHOOL_SEED, Action::RotateKey(rotation)),
        asked_by(ADMINISTRATOR_SEED, Action::AddKey(new_key(&school(), ADDED_SEED, IssuerKey::SEAL))),
    ]
}

pub fn end_key() -> Transaction {
    let key = public_key(&key(ADDED_SEED)).thumbprint();
    asked_by(ADMINISTRATOR_SEED, Action::EndKey { key })
}

/// A motion of many changes, one after another.
pub fn everything() -> Transaction {
    let office: IssuerId = "phong-mau".parse().unwrap();
    let two: IssuerId = "thcs-mau-2".parse().unwrap();
    let text = |text: &str| Text::new(text).unwrap();
    let (today, next_year) = (FOUNDED.day(), Day(FOUNDED.day().0 + 365));
    let sealing = public_key(&key(221)).thumbprint();
    propose(vec![
        Change::AdmitIssuer {
            issuer: office.clone(),
            name: text("Phòng Mẫu"),
            name_en: text("Model Office"),
            keys: List::new(vec![new_key(&office, 221, IssuerKey::SEAL)]).unwrap(),
        },
        Change::RenameIssuer {
            issuer: two.clone(),
            name: text("Trường THCS Mẫu Hai Mới"),
            name_en: text("New Model Lower Secondary School Two"),
        },
        Change::GrantAuthority {
            issuer: office.clone(),
            document_type: "bang-tn-thcs".parse().unwrap(),
            from: today,
            until: Some(next_year),
        },
        Change::EndGrant { issuer: two.clone(), grant: 1, until: next_year.min(Day(20_800)) },
        Change::AddSuccessor {
            issuer: two.clone(),
            successor: office.clone(),
            scopes: Succession::AMEND | Succession::REVOKE,
            from: today,
            until: None,
        },
        Change::EndSuccession { issuer: two.clone(), succession: 0, until: Day(today.0 + 1) },
        Change::CloseIssuer { issuer: two, from: Day(today.0 + 1) },
        Change::AdmitKey { issuer: office.clone(), key: new_key(&office, 222, IssuerKey::APPROVE) },
        Change::EndKey { issuer: office.clone(), key: public_key(&key(222)).thumbprint() },
        Change::SuspendKey { issuer: office.clone(), key: sealing, since: FOUNDED },
        Change::RestoreKey { issuer: office.clone(), key: sealing },
        Change::BindKey { issuer: office, key: sealing, binding: Hash([0xb1; 32]) },
        Change::SetParameters(Parameters { clock_drift_ms: 5_000, heartbeat_ms: 30_000, motion_days: 7 }),
        Change::ScheduleUpgrade(Upgrade { version: 3, from: 1_000 }),
        Change::Define(Definition {
            kind: DefinitionKind::CodeList,
            name: "mon-hoc".parse().unwrap(),
            version: 1,
            text: List::new(b"{\"toan\":\"To\xc3\xa1n\"}".to_vec()).unwrap(),
        }),
        Change::SetWindow {
            document_type: "hoc-ba-thcs".parse().unwrap(),
            period: Text::new("2025-2026").unwrap(),
            issuer: None,
            from: today,
            until: next_year,
        },
    ])
}
