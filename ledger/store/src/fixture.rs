//! A small network for tests: four validators and two issuers with keys from fixed seeds, and a chain that grows by
//! seals and status changes.

use std::path::Path;

use ed25519_dalek::SigningKey;
use sogoc_ledger::Hash;
use sogoc_ledger::block::Block;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Height, IssuerId, Time};
use sogoc_ledger::receipt::{BatchProof, Pointer, Receipt, StatusProof};
use sogoc_ledger::record::{Grant, Issuer, IssuerKey, Key, Member, Parameters, Record, Scheduled};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::state::{self, StateReader};
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Action, ChangeStatus, Issue, Request, Transaction};
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
    let sealing =
        IssuerKey { key: public_key(&key(seed)), roles: IssuerKey::SEAL, from: Time(0), until: None, binding: None };
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
        keys: List::new(vec![sealing]).unwrap(),
        grants: List::new(vec![grant]).unwrap(),
        predecessors: List::default(),
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
    Genesis {
        chain: chain.parse().unwrap(),
        time: Time(FOUNDED),
        parameters: Parameters { clock_drift_ms: 500, heartbeat_ms: 60_000 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![issuer("thcs-mau", 20), issuer("thcs-cu", 21)]).unwrap(),
    }
}

/// The scheduled validators with a fifth member from height `from` on.
pub(crate) fn with_fifth(genesis: &Genesis, from: Height) -> Record {
    let members = List::new((1..=5).map(member).collect()).unwrap();
    Record::Validators(sogoc_ledger::record::Validators {
        current: genesis.members.clone(),
        scheduled: Some(Scheduled { from, members }),
    })
}

fn signed(store: &Store, action: Action) -> Transaction {
    let tip = store.tip();
    let key = key(20);
    let request = Request {
        chain: tip.header.chain.clone(),
        valid_until: Time(tip.header.time.0 + 60_000),
        issuer: id("thcs-mau"),
        key: public_key(&key).thumbprint(),
        approver: None,
        action,
    };
    let signature = sign(&key, Domain::TRANSACTION, &codec::encode(&request));
    Transaction { request, signatures: List::new(vec![signature]).unwrap() }
}

pub(crate) fn seal(store: &Store, batch: u8, size: u32) -> Transaction {
    let issue = Issue {
        batch: batch_id(batch),
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new("2025-2026").unwrap(),
        leaves: List::new((0..size).map(|index| leaf(batch, index)).collect()).unwrap(),
    };
    signed(store, Action::Issue(issue))
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
    signed(store, Action::ChangeStatus(change))
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
    let header = &execution.block.header;
    let bytes = vote_bytes(&header.chain, VoteKind::Precommit, header.height, 0, Some(&execution.tip.hash));
    let precommits = signers(genesis, store, header.height)
        .into_iter()
        .map(|key| Precommit { validator: public_key(&key), signature: sign(&key, Domain::VOTE, &bytes) });
    Commit { round: 0, precommits: List::new(precommits.collect()).unwrap() }
}

pub(crate) fn grow(store: &Store, genesis: &Genesis, transactions: &[Transaction]) {
    let execution = next(store, transactions);
    store.commit(&execution, &commit(store, genesis, &execution)).unwrap();
}

/// A block that also schedules a fifth validator, as a motion will.
pub(crate) fn grow_with_fifth(store: &Store, genesis: &Genesis, from: Height) {
    let mut execution = next(store, &[]);
    let view = store.view();
    execution.records.insert(Key::Validators, with_fifth(genesis, from));
    let parent = &view.tip().header;
    execution.tree = state::update(&view, view.tip().tree_version, parent.state_root, &execution.records).unwrap();
    let mut header = execution.block.header.clone();
    header.state_root = execution.tree.root;
    if from == header.height + 1 {
        let Record::Validators(validators) = with_fifth(genesis, from) else { panic!() };
        header.next_validators = validators.set_at(from).hash();
    }
    let hash = header.hash();
    let mut history = view.tip().history.clone();
    execution.history_nodes = history.append(merkle::leaf_hash(&hash.0));
    execution.tip = transition::Tip { header: header.clone(), hash, history, tree_version: execution.tree.version };
    execution.block = Block { header, body: execution.block.body };
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
    let named = self::id("thcs-cu");
    let proof: BatchProof = view.batch_proof(&issuer, &id, Some(&named), anchor).unwrap().unwrap();
    let path = |leaves: &[Hash]| List::new(merkle::path(leaves, index as usize).unwrap()).unwrap();
    let statuses = view.statuses(&issuer, &id).unwrap();
    let status = proof
        .batch
        .status_root
        .map(|_| StatusProof { entry: statuses.entry(index), path: path(&statuses.leaf_hashes(proof.batch.size)) });
    let leaves = view.leaves(&issuer, &id).unwrap().unwrap();
    Receipt { proof, index, path: path(&leaves), status }
}
