//! A small network for tests: four validators and two issuers with keys from fixed seeds, and a chain that grows by
//! seals and status changes.

use std::path::Path;

use ed25519_dalek::SigningKey;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::continuation::Continuation;
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Height, IssuerId, Time};
use sogoc_ledger::receipt::{BatchProof, Pointer, Receipt, StatusProof};
use sogoc_ledger::record::{
    Change, Definition, DefinitionKind, Grant, Issuer, IssuerKey, Member, NewMember, Origin, Parameters, Possession,
    Proposal, Purpose, Step, Succession, possession_of_member_key,
};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::state::StateReader;
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Act, Action, Ballot, ChangeStatus, Issue, Request, Transaction};
use sogoc_ledger::transition::{self, Candidate, CheckAlways, Execution};
use sogoc_ledger::validator::{VoteKind, vote_bytes};

use crate::{Commit, Precommit, Store};

/// When the network is founded, in milliseconds.
const FOUNDED: u64 = 1_780_000_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn id(name: &str) -> IssuerId {
    name.parse().unwrap()
}

pub(crate) fn batch_id(number: u8) -> BatchId {
    BatchId([number; 16])
}

/// Leaf hash of document `index` in batch `batch`.
pub(crate) fn leaf(batch: u8, index: u32) -> Hash {
    merkle::leaf_hash(&[&[batch], index.to_be_bytes().as_slice()].concat())
}

fn issuer(name: &str, seed: u8) -> Issuer {
    let key = |seed, roles| IssuerKey {
        key: public_key(&key(seed)),
        roles,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
    let grant = Grant {
        document_type: "hoc-ba-thcs".parse().unwrap(),
        from: Day(0),
        until: None,
        decision: Text::new("1/QĐ-SGDĐT").unwrap(),
    };
    Issuer {
        id: id(name),
        name: Text::new("Trường THCS Mẫu").unwrap(),
        name_en: Text::new("Sample School").unwrap(),
        closed: None,
        keys: List::new(vec![key(seed, IssuerKey::SEAL), key(seed + 10, IssuerKey::APPROVE)]).unwrap(),
        grants: List::new(vec![grant]).unwrap(),
        successors: List::default(),
    }
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

/// Seeds of the members at `height`: from 4 on a fifth joins, if a change is scheduled.
fn signers(genesis: &Genesis, state: &impl StateReader, height: Height) -> Vec<SigningKey> {
    let members = transition::validators(state).unwrap().members_at(height).to_vec();
    assert!(members.len() >= genesis.members.len());
    (1..=5).map(key).filter(|key| members.iter().any(|m| m.consensus == public_key(key))).collect()
}

pub(crate) fn genesis(chain: &str) -> Genesis {
    let succession = Succession {
        issuer: id("thcs-mau"),
        scopes: Succession::SEAL,
        from: Day(0),
        until: None,
        decision: Text::new("2/QĐ-UBND").unwrap(),
    };
    let former = Issuer { successors: List::new(vec![succession]).unwrap(), ..issuer("thcs-cu", 21) };
    let definition = Definition {
        kind: DefinitionKind::CodeList,
        name: "danh-hieu".parse().unwrap(),
        version: 1,
        text: List::new(b"{}".to_vec()).unwrap(),
    };
    Genesis {
        chain: chain.parse().unwrap(),
        time: Time(FOUNDED),
        parameters: Parameters { clock_drift_ms: 500, heartbeat_ms: 60_000, motion_days: 14 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![issuer("thcs-mau", 20), former]).unwrap(),
        definitions: List::new(vec![definition]).unwrap(),
    }
}

fn signed(store: &Store, act: Act, signers: &[SigningKey]) -> Transaction {
    let tip = store.tip();
    let (chain, valid_until) = (tip.header.chain.clone(), Time(tip.header.time.0 + 60_000));
    let request = Request { chain, valid_until, act };
    let message = codec::encode(&request);
    let signatures = signers.iter().map(|key| sign(key, Domain::TRANSACTION, &message)).collect();
    Transaction { request, signatures: List::new(signatures).unwrap() }
}

fn by_school(store: &Store, action: Action) -> Transaction {
    let (sealing, approving) = (key(20), key(30));
    let approved = match &action {
        Action::Issue(issue) => issue.act_for.is_some(),
        _ => true,
    };
    let approver = approved.then(|| public_key(&approving).thumbprint());
    let act = Act::Issuer { issuer: id("thcs-mau"), key: public_key(&sealing).thumbprint(), approver, action };
    signed(store, act, &[sealing, approving][..1 + usize::from(approved)])
}

fn by_member(store: &Store, key: SigningKey, ballot: Ballot) -> Transaction {
    signed(store, Act::Member { key: public_key(&key).thumbprint(), ballot }, &[key])
}

fn new_member(seed: u8) -> NewMember {
    let member = member(seed);
    let prove = |seed, purpose| {
        let Member { owner, consensus, network, governance, .. } = &member;
        let message = possession_of_member_key(purpose, owner, consensus, network, governance);
        sign(&key(seed), Domain::POSSESSION, &message)
    };
    let possession = Possession {
        consensus: prove(seed, Purpose::Consensus),
        network: prove(seed + 50, Purpose::Network),
        governance: prove(seed + 100, Purpose::Governance),
    };
    NewMember { member, possession }
}

/// Four others, of seeds 41 to 44, go on after the last block.
pub(crate) fn continuation(store: &Store) -> Continuation {
    let tip = store.tip();
    Continuation {
        chain: tip.header.chain.clone(),
        height: tip.header.height + 1,
        parent: tip.hash,
        time: Time(tip.header.time.0 + 30_000),
        decision: Text::new("4/QĐ-UBND").unwrap(),
        members: List::new((41..=44).map(new_member).collect()).unwrap(),
    }
}

/// A motion that brings a fifth validator, the votes that pass it, and the word of the fifth that it is ready.
pub(crate) fn bring_fifth(store: &Store) -> Vec<Transaction> {
    let add = List::new(vec![new_member(5)]).unwrap();
    let steps = List::new(vec![Step { remove: List::default(), add }]).unwrap();
    let proposal = Proposal {
        decision: Text::new("3/QĐ-SGDĐT").unwrap(),
        note: Text::new("Thêm một nút").unwrap(),
        changes: List::new(vec![Change::ChangeValidators { steps }]).unwrap(),
    };
    let proposed = by_member(store, key(101), Ballot::Propose(proposal));
    let motion = proposed.id();
    let vote = |seed| by_member(store, key(seed), Ballot::Vote { motion, yes: true });
    let ready = by_member(store, key(5), Ballot::Ready { motion });
    vec![proposed, vote(102), vote(103), ready]
}

/// Batches with an even number are sealed for the school that was there before.
pub(crate) fn seal(store: &Store, batch: u8, size: u32) -> Transaction {
    let act_for = batch.is_multiple_of(2).then(|| id("thcs-cu"));
    let issue = Issue {
        batch: batch_id(batch),
        origin: if act_for.is_some() { Origin::Digitised } else { Origin::Issued },
        act_for,
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new("2025-2026").unwrap(),
        leaves: List::new((0..size).map(|index| leaf(batch, index)).collect()).unwrap(),
    };
    by_school(store, Action::Issue(issue))
}

pub(crate) fn change(store: &Store, batch: u8, index: u32, to: Status) -> Transaction {
    let change = ChangeStatus {
        batch_issuer: id("thcs-mau"),
        batch: batch_id(batch),
        index,
        seen: store.statuses(&id("thcs-mau"), &batch_id(batch)).unwrap().entry(index).height,
        to,
        commitment: Hash([batch; 32]),
    };
    by_school(store, Action::ChangeStatus(change))
}

/// The next block of `transactions`, all of which are valid.
pub(crate) fn next(store: &Store, transactions: &[Transaction]) -> Execution {
    let view = store.view();
    let time = Time(view.tip().header.time.0 + 1_000);
    let (execution, fates) = transition::propose(&view, view.tip(), time, transactions, &CheckAlways).unwrap();
    assert!(fates.iter().all(|fate| *fate == Candidate::Taken), "{fates:?}");
    execution
}

/// The precommits of all that sign the next block.
pub(crate) fn commit(store: &Store, genesis: &Genesis, execution: &Execution) -> Commit {
    precommits(&signers(genesis, store, execution.block.header.height), execution)
}

/// The precommits of the validators with these seeds.
pub(crate) fn commit_by(seeds: &[u8], execution: &Execution) -> Commit {
    precommits(&seeds.iter().map(|seed| key(*seed)).collect::<Vec<_>>(), execution)
}

fn precommits(keys: &[SigningKey], execution: &Execution) -> Commit {
    let header = &execution.block.header;
    let bytes = vote_bytes(&header.chain, VoteKind::Precommit, header.height, 0, Some(&execution.tip.hash));
    let precommits =
        keys.iter().map(|key| Precommit { validator: public_key(key), signature: sign(key, Domain::VOTE, &bytes) });
    Commit { round: 0, precommits: List::new(precommits.collect()).unwrap() }
}

pub(crate) fn grow(store: &Store, genesis: &Genesis, transactions: &[Transaction]) {
    let execution = next(store, transactions);
    store.commit(&execution, &commit(store, genesis, &execution)).unwrap();
}

/// A chain of six blocks: two batches, statuses that change once and twice, and an empty block.
pub(crate) fn sample(path: &Path) -> (Store, Genesis) {
    let genesis = genesis("test");
    let store = Store::open(path, &genesis).unwrap();
    for height in 1..=6 {
        sample_block(&store, &genesis, height);
    }
    (store, genesis)
}

pub(crate) fn sample_block(store: &Store, genesis: &Genesis, height: Height) {
    let transactions = match height {
        1 => vec![seal(store, 1, 5), seal(store, 2, 1)],
        2 => vec![change(store, 1, 3, Status::Suspended)],
        3 => vec![],
        4 => vec![change(store, 1, 3, Status::Revoked), change(store, 2, 0, Status::Superseded)],
        5 => vec![seal(store, 3, 40)],
        _ => vec![seal(store, height as u8, 2), change(store, 3, height as u32, Status::Revoked)],
    };
    grow(store, genesis, &transactions);
}

pub(crate) fn pointer(batch: u8) -> Pointer {
    Pointer { chain: "test".parse().unwrap(), issuer: id("thcs-mau"), batch: batch_id(batch) }
}

/// The receipt of one document, as of the last block.
pub(crate) fn receipt(store: &Store, batch: u8, index: u32, anchor: Height) -> Receipt {
    let view = store.view();
    let (issuer, id) = (id("thcs-mau"), batch_id(batch));
    let proof: BatchProof = view.batch_proof(&issuer, &id, anchor).unwrap().unwrap();
    let path = |leaves: &[Hash]| List::new(merkle::path(leaves, index as usize).unwrap()).unwrap();
    let statuses = view.statuses(&issuer, &id).unwrap();
    let status = proof
        .batch
        .status_root
        .map(|_| StatusProof { entry: statuses.entry(index), path: path(&statuses.leaf_hashes(proof.batch.size)) });
    let leaves = view.leaves(&issuer, &id).unwrap().unwrap();
    Receipt { proof, index, path: path(&leaves), status }
}
