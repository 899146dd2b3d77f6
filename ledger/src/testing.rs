//! A small network in memory, for the tests of this crate.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};

use crate::Hash;
use crate::checkpoint::Checkpoint;
use crate::codec::{self, List, Text};
use crate::genesis::Genesis;
use crate::hash::Domain;
use crate::merkle;
use crate::name::{BatchId, Day, IssuerId, Time};
use crate::receipt::{BatchProof, Finality, Pointer, Receipt, StatusProof};
use crate::record::{Closing, Grant, Issuer, IssuerKey, Key, Member, Origin, Parameters, Record};
use crate::signature::{Signature, public_key, sign};
use crate::state::{self, StateReader, StoreFault, TreeUpdate};
use crate::status::{Status, StatusArray};
use crate::transaction::{Act, Action, ChangeStatus, Issue, Request, Transaction};
use crate::transition::{CheckAlways, Execution, Tip, propose};
use crate::validator::{Certificate, ValidatorSet, VoteKind, vote_bytes};

/// 1 January 2026, 12:00 in Vietnam.
pub const FOUNDED: Time = Time(1_767_243_600_000);

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn school() -> IssuerId {
    "thcs-mau-1".parse().unwrap()
}

pub fn genesis() -> Genesis {
    let member = |i: u8| Member {
        owner: Text::new(format!("validator {i}")).unwrap(),
        consensus: public_key(&key(i)),
        network: public_key(&key(i + 50)),
        governance: public_key(&key(i + 100)),
        power: 1,
    };
    let issuer_key = |seed, roles| IssuerKey {
        key: public_key(&key(seed)),
        roles,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
    let grant = |document_type: &str, until| Grant {
        document_type: document_type.parse().unwrap(),
        from: Day(20_000),
        until,
        decision: Text::new("QĐ 01/QĐ-MẪU").unwrap(),
    };
    let issuer = Issuer {
        id: school(),
        name: Text::new("Trường THCS Mẫu Một").unwrap(),
        name_en: Text::new("Model Lower Secondary School One").unwrap(),
        closed: None,
        keys: List::new(vec![
            issuer_key(200, IssuerKey::SEAL),
            issuer_key(201, IssuerKey::APPROVE),
            IssuerKey { until: Some(FOUNDED), ..issuer_key(202, IssuerKey::SEAL) },
        ])
        .unwrap(),
        grants: List::new(vec![grant("hoc-ba-thcs", None), grant("bang-tn-thcs", Some(Day(20_270)))]).unwrap(),
        successors: List::default(),
    };
    let other = Issuer {
        id: "thcs-mau-2".parse().unwrap(),
        keys: List::new(vec![issuer_key(210, IssuerKey::SEAL)]).unwrap(),
        closed: Some(Closing { from: Day(20_400), decision: Text::new("QĐ 02/QĐ-MẪU").unwrap() }),
        ..issuer.clone()
    };
    Genesis {
        chain: "test".parse().unwrap(),
        time: FOUNDED,
        parameters: Parameters { clock_drift_ms: 10_000, heartbeat_ms: 60_000, motion_days: 14 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![issuer, other]).unwrap(),
        definitions: List::default(),
    }
}

/// The state of every version, and the blocks that led there.
pub struct Network {
    nodes: BTreeMap<Vec<u8>, Node>,
    values: BTreeMap<([u8; 32], Version), OwnedValue>,
    records: BTreeMap<Key, Record>,
    statuses: BTreeMap<(IssuerId, BatchId), StatusArray>,
    pub tip: Tip,
    pub headers: Vec<Hash>,
    pub genesis: Checkpoint,
}

impl Network {
    pub fn found() -> Self {
        let genesis = genesis();
        assert_eq!(genesis.check(), []);
        let set = genesis.validators().unwrap();
        let mut network = Self {
            nodes: BTreeMap::new(),
            values: BTreeMap::new(),
            records: genesis.records(),
            statuses: BTreeMap::new(),
            tip: genesis.tip(Hash::ZERO, set.hash()),
            headers: vec![],
            genesis: Checkpoint {
                header: genesis.tip(Hash::ZERO, set.hash()).header,
                validators: set.clone(),
                next_validators: set.clone(),
            },
        };
        let tree = state::found(&network.records).unwrap();
        network.tip = genesis.tip(tree.root, set.hash());
        network.genesis.header = network.tip.header.clone();
        network.headers.push(network.tip.hash);
        network.store(tree);
        network
    }

    fn store(&mut self, tree: TreeUpdate) {
        let (nodes, values) = (tree.nodes.nodes().clone(), tree.nodes.values().clone());
        self.nodes.extend(nodes.into_iter().map(|(key, node)| (borsh::to_vec(&key).unwrap(), node)));
        self.values.extend(values.into_iter().filter_map(|((version, key), value)| Some(((key.0, version), value?))));
    }

    pub fn commit(&mut self, execution: Execution) {
        self.records.extend(execution.records);
        self.statuses.extend(execution.statuses);
        self.store(execution.tree);
        self.tip = execution.tip;
        self.headers.push(self.tip.hash);
    }

    /// Commits one block of `transactions`, a second after the last.
    pub fn block(&mut self, transactions: &[Transaction]) {
        let time = Time(self.tip.header.time.0 + 1_000);
        let (execution, _) = propose(self, &self.tip, time, transactions, &CheckAlways).unwrap();
        self.commit(execution);
    }

    pub fn set(&self) -> &ValidatorSet {
        &self.genesis.validators
    }

    /// The certificate of the last block, by the first three validators.
    pub fn certificate(&self) -> Certificate {
        let bytes =
            vote_bytes(&self.tip.header.chain, VoteKind::Precommit, self.tip.header.height, 0, Some(&self.tip.hash));
        let precommits = self.set().members().iter().enumerate().map(|(i, validator)| {
            let key = (1..=4).map(key).find(|key| public_key(key) == validator.key).unwrap();
            (i, sign(&key, Domain::VOTE, &bytes))
        });
        Certificate::from_precommits(self.set(), 0, precommits.collect()).unwrap()
    }

    pub fn receipt(&self, batch: BatchId, leaves: &[Hash], index: u32) -> Receipt {
        let (batch_key, issuer_key) = (Key::Batch(school(), batch), Key::Issuer(school()));
        let Some(Record::Batch(record)) = self.record(&batch_key).unwrap() else { panic!("no batch") };
        let Some(Record::Issuer(issuer)) = self.record(&issuer_key).unwrap() else { panic!("no issuer") };
        let statuses = self.statuses(&school(), &batch).unwrap();
        let state = state::prove(self, self.tip.tree_version, &[batch_key, issuer_key]).unwrap();
        let finality = Finality::Certified { certificate: self.certificate(), changes: List::default() };
        let path = |hashes: &[Hash]| List::new(merkle::path(hashes, index as usize).unwrap()).unwrap();
        let status = record
            .status_root
            .map(|_| StatusProof { entry: statuses.entry(index), path: path(&statuses.leaf_hashes(record.size)) });
        let proof = BatchProof::new(batch, record, issuer, None, state, self.tip.header.clone(), finality);
        Receipt { proof, index, path: path(leaves), status }
    }

    pub fn exported(&self) -> crate::exported::Exported {
        let mut history = merkle::Frontier::default();
        for hash in &self.headers[..self.headers.len() - 1] {
            history.append(merkle::leaf_hash(&hash.0));
        }
        crate::exported::Exported {
            checkpoint: self.checkpoint(),
            certificate: Some(self.certificate()),
            history,
            records: self.records.clone(),
            statuses: self.statuses.clone(),
        }
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { header: self.tip.header.clone(), ..self.genesis.clone() }
    }
}

impl StateReader for Network {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        Ok(self.records.get(key).cloned())
    }
    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        Ok(self.statuses.get(&(issuer.clone(), *batch)).cloned().unwrap_or_default())
    }
}

impl TreeReader for Network {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>, anyhow::Error> {
        Ok(self.nodes.get(&borsh::to_vec(key)?).cloned())
    }
    fn get_value_option(&self, max_version: Version, key: KeyHash) -> Result<Option<OwnedValue>, anyhow::Error> {
        Ok(self.values.range((key.0, 0)..=(key.0, max_version)).next_back().map(|(_, value)| value.clone()))
    }
    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>, anyhow::Error> {
        Ok(None)
    }
}

pub fn leaves(batch: u8, count: u32) -> Vec<Hash> {
    (0..count).map(|i| merkle::leaf_hash(&[&[batch], i.to_be_bytes().as_slice()].concat())).collect()
}

pub fn batch(id: u8) -> BatchId {
    BatchId([id; 16])
}

pub fn pointer(id: u8) -> Pointer {
    Pointer { chain: "test".parse().unwrap(), issuer: school(), batch: batch(id) }
}

/// A request of the school's first key, approved by its second, valid for an hour after the founding.
pub fn request(action: Action) -> Request {
    Request {
        chain: "test".parse().unwrap(),
        valid_until: Time(FOUNDED.0 + 3_600_000),
        act: Act::Issuer {
            issuer: school(),
            key: public_key(&key(200)).thumbprint(),
            approver: matches!(action, Action::ChangeStatus(_)).then(|| public_key(&key(201)).thumbprint()),
            action,
        },
    }
}

pub fn signed(request: Request, seeds: &[u8]) -> Transaction {
    let message = codec::encode(&request);
    let signatures: Vec<Signature> =
        seeds.iter().map(|seed| sign(&key(*seed), Domain::TRANSACTION, &message)).collect();
    Transaction { request, signatures: List::new(signatures).unwrap() }
}

pub fn issue(id: u8, leaves: Vec<Hash>) -> Action {
    Action::Issue(Issue {
        batch: batch(id),
        act_for: None,
        origin: Origin::Issued,
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new("2025-2026").unwrap(),
        leaves: List::new(leaves).unwrap(),
    })
}

pub fn change(id: u8, index: u32, seen: u64, to: Status) -> Action {
    Action::ChangeStatus(ChangeStatus {
        batch_issuer: school(),
        batch: batch(id),
        index,
        seen,
        to,
        commitment: Hash([id; 32]),
    })
}

pub fn sealing(id: u8, count: u32) -> Transaction {
    signed(request(issue(id, leaves(id, count))), &[200])
}

pub fn changing(id: u8, index: u32, seen: u64, to: Status) -> Transaction {
    signed(request(change(id, index, seen, to)), &[200, 201])
}
