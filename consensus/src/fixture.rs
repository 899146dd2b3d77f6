//! A small network for tests.

use ed25519_dalek::SigningKey;
use sogoc_ledger::block::PROTOCOL_VERSION;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{BatchId, Day, Height, Time};
use sogoc_ledger::record::{
    Change, Grant, Issuer, IssuerKey, Member, NewMember, Origin, Parameters, Possession, Proposal, Purpose, Step,
    Upgrade, possession_of_member_key,
};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::transaction::{Act, Action, Ballot, Issue, Request, Transaction};

use crate::clock;

const ISSUER: u8 = 200;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn member(seed: u8) -> Member {
    Member {
        owner: Text::new(format!("Sở {seed}")).unwrap(),
        consensus: public_key(&key(seed)),
        network: public_key(&key(seed + 50)),
        governance: public_key(&key(seed + 100)),
        power: 1,
    }
}

/// Four validators: consensus keys 1 to 4, network keys 51 to 54. No heartbeat while a test runs: every block has another reason.
pub(crate) fn genesis() -> Genesis {
    let sealing = IssuerKey {
        key: public_key(&key(ISSUER)),
        roles: IssuerKey::SEAL,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
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
        successors: List::default(),
    };
    Genesis {
        chain: "thu-nghiem".parse().unwrap(),
        time: clock::now(),
        parameters: Parameters { clock_drift_ms: 1_000, heartbeat_ms: 600_000, motion_days: 14 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![issuer]).unwrap(),
        definitions: List::default(),
    }
}

/// A transaction that seals a batch.
pub(crate) fn seal(batch: u8, leaves: u8) -> Transaction {
    let issue = Issue {
        batch: BatchId([batch; 16]),
        act_for: None,
        origin: Origin::Issued,
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new("2025-2026").unwrap(),
        leaves: List::new((0..leaves).map(|leaf| Domain::BODY.hash(&[batch, leaf])).collect()).unwrap(),
    };
    let act = Act::Issuer {
        issuer: "thcs-mau".parse().unwrap(),
        key: public_key(&key(ISSUER)).thumbprint(),
        approver: None,
        action: Action::Issue(issue),
    };
    signed(act, &key(ISSUER))
}

/// What a validator asks, with the key of `seed`.
pub(crate) fn ballot(seed: u8, ballot: Ballot) -> Transaction {
    signed(Act::Member { key: public_key(&key(seed)).thumbprint(), ballot }, &key(seed))
}

fn signed(act: Act, key: &SigningKey) -> Transaction {
    let valid_until = Time(clock::now().0 + 3_600_000);
    let request = Request { chain: "thu-nghiem".parse().unwrap(), valid_until, act };
    let signature = sign(key, Domain::TRANSACTION, &codec::encode(&request));
    Transaction { request, signatures: List::new(vec![signature]).unwrap() }
}

/// A motion for `change`, and votes that pass it.
pub(crate) fn passed(change: Change) -> [Transaction; 3] {
    let proposal = Proposal {
        decision: Text::new("2/QĐ").unwrap(),
        note: Text::default(),
        changes: List::new(vec![change]).unwrap(),
    };
    let proposed = ballot(101, Ballot::Propose(proposal));
    let motion = proposed.id();
    let vote = |seed| ballot(seed, Ballot::Vote { motion, yes: true });
    [proposed, vote(102), vote(103)]
}

/// The fifth member replaces the one with the consensus key of seed `leaving`, if it is given.
pub(crate) fn fifth_joins(leaving: Option<u8>) -> Change {
    let member = member(5);
    let prove = |seed, purpose| {
        let Member { owner, consensus, network, governance, .. } = &member;
        let message = possession_of_member_key(purpose, owner, consensus, network, governance);
        sign(&key(seed), Domain::POSSESSION, &message)
    };
    let possession = Possession {
        consensus: prove(5, Purpose::Consensus),
        network: prove(55, Purpose::Network),
        governance: prove(105, Purpose::Governance),
    };
    let remove = List::new(leaving.map(|seed| public_key(&key(seed))).into_iter().collect()).unwrap();
    let add = List::new(vec![NewMember { member, possession }]).unwrap();
    Change::ChangeValidators { steps: List::new(vec![Step { remove, add }]).unwrap() }
}

/// Rules that no program knows yet.
pub(crate) fn upgrade(from: Height) -> Change {
    Change::ScheduleUpgrade(Upgrade { version: PROTOCOL_VERSION + 1, from })
}
