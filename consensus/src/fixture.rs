//! A small network for tests.

use ed25519_dalek::SigningKey;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{BatchId, Day, Time};
use sogoc_ledger::record::{Grant, Issuer, IssuerKey, Member, Parameters};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::transaction::{Action, Issue, Request, Transaction};

use crate::clock;

const ISSUER: u8 = 200;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// Four validators: consensus keys 1 to 4, network keys 51 to 54. No heartbeat while a test runs: every block has another reason.
pub(crate) fn genesis() -> Genesis {
    let member = |seed: u8| Member {
        owner: Text::new(format!("Sở {seed}")).unwrap(),
        consensus: public_key(&key(seed)),
        network: public_key(&key(seed + 50)),
        governance: public_key(&key(seed + 100)),
        power: 1,
    };
    let sealing =
        IssuerKey { key: public_key(&key(ISSUER)), roles: IssuerKey::SEAL, from: Time(0), until: None, binding: None };
    let grant = Grant {
        document_type: "hoc-ba-thcs".parse().unwrap(),
        from: Day(0),
        until: None,
        decision: Text::new("1/QĐ").unwrap(),
    };
    let issuer = Issuer {
        id: "thcs-mau".parse().unwrap(),
        name: Text::new("Trường THCS Mẫu").unwrap(),
        name_en: Text::new("Sample School").unwrap(),
        closed: None,
        keys: List::new(vec![sealing]).unwrap(),
        grants: List::new(vec![grant]).unwrap(),
        predecessors: List::default(),
        successors: List::default(),
    };
    Genesis {
        chain: "thu-nghiem".parse().unwrap(),
        time: clock::now(),
        parameters: Parameters { clock_drift_ms: 1_000, heartbeat_ms: 600_000 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![issuer]).unwrap(),
    }
}

/// A transaction that seals a batch.
pub(crate) fn seal(batch: u8, leaves: u8) -> Transaction {
    let issue = Issue {
        batch: BatchId([batch; 16]),
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new("2025-2026").unwrap(),
        leaves: List::new((0..leaves).map(|leaf| Domain::BODY.hash(&[batch, leaf])).collect()).unwrap(),
    };
    let request = Request {
        chain: "thu-nghiem".parse().unwrap(),
        valid_until: Time(clock::now().0 + 3_600_000),
        issuer: "thcs-mau".parse().unwrap(),
        key: public_key(&key(ISSUER)).thumbprint(),
        approver: None,
        action: Action::Issue(issue),
    };
    let signature = sign(&key(ISSUER), Domain::TRANSACTION, &codec::encode(&request));
    Transaction { request, signatures: List::new(vec![signature]).unwrap() }
}
