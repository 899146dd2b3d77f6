//! A network in memory, made of the ledger's public parts and fixed seeds.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use sogoc_ledger::Hash;
use sogoc_ledger::block::Header;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, IssuerId, Time};
use sogoc_ledger::receipt::{Ancestry, BatchProof, BatchStatuses, Finality, SetChange};
use sogoc_ledger::record::{
    Batch, Grant, Issuer, IssuerKey, Key, Member, NewMember, Parameters, Possession, Purpose, Record, Succession,
    possession_of_member_key,
};
use sogoc_ledger::signature::{SigningKey as SecretKey, public_key, sign};
use sogoc_ledger::state::{self, StateProof, StateReader, StoreFault, TreeUpdate};
use sogoc_ledger::status::StatusArray;
use sogoc_ledger::transaction::{Act, Action, Ballot, Request, Transaction};
use sogoc_ledger::transition::{Candidate, CheckAlways, Tip, propose, validators};
use sogoc_ledger::validator::{Certificate, ValidatorSet, VoteKind, vote_bytes};

/// 1 January 2026, 12:00 in Vietnam.
pub const FOUNDED: Time = Time(1_767_243_600_000);

/// Seed of the key that seals for the school.
pub const SCHOOL_SEED: u8 = 200;

/// Seed of the key that approves for the school.
pub const APPROVER_SEED: u8 = 201;

/// Seed of the school's other sealing key, which comes into wrong hands.
pub const LOST_SEED: u8 = 203;

/// Seed of the school's key that administers.
pub const ADMINISTRATOR_SEED: u8 = 202;

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn member(seed: u8) -> Member {
    Member {
        owner: Text::new(format!("validator {seed}")).unwrap(),
        consensus: public_key(&key(seed)),
        network: public_key(&key(seed + 50)),
        governance: public_key(&key(seed + 100)),
        power: 1,
    }
}

/// A member and that its three keys are held.
pub fn new_member(seed: u8) -> NewMember {
    let member = member(seed);
    let by = |purpose, seed| {
        let Member { owner, consensus, network, governance, .. } = &member;
        let message = possession_of_member_key(purpose, owner, consensus, network, governance);
        sign(&key(seed), Domain::POSSESSION, &message)
    };
    let possession = Possession {
        consensus: by(Purpose::Consensus, seed),
        network: by(Purpose::Network, seed + 50),
        governance: by(Purpose::Governance, seed + 100),
    };
    NewMember { member, possession }
}

fn issuer_key(seed: u8, roles: u8) -> IssuerKey {
    IssuerKey { key: public_key(&key(seed)), roles, from: Time(0), until: None, suspended: None, binding: None }
}

fn issuer(id: &str, name: &str, name_en: &str, keys: Vec<IssuerKey>) -> Issuer {
    let grant = |document_type: &str, until| Grant {
        document_type: document_type.parse().unwrap(),
        from: Day(20_000),
        until,
        decision: Text::new("QĐ 01/QĐ-MẪU").unwrap(),
    };
    Issuer {
        id: id.parse().unwrap(),
        name: Text::new(name).unwrap(),
        name_en: Text::new(name_en).unwrap(),
        closed: None,
        keys: List::new(keys).unwrap(),
        grants: List::new(vec![grant("hoc-ba-thcs", None), grant("da-ky", Some(Day(20_900)))]).unwrap(),
        successors: List::default(),
    }
}

/// The issuer that seals everything, and one that it may act for.
pub fn genesis() -> Genesis {
    let one = issuer(
        "thcs-mau-1",
        "Trường THCS Mẫu Một",
        "Model Lower Secondary School One",
        vec![
            issuer_key(SCHOOL_SEED, IssuerKey::SEAL),
            issuer_key(APPROVER_SEED, IssuerKey::APPROVE),
            issuer_key(ADMINISTRATOR_SEED, IssuerKey::ADMINISTER),
            issuer_key(LOST_SEED, IssuerKey::SEAL),
        ],
    );
    let mut two = issuer(
        "thcs-mau-2",
        "Trường THCS Mẫu Hai",
        "Model Lower Secondary School Two",
        vec![issuer_key(210, IssuerKey::SEAL)],
    );
    two.successors = List::new(vec![Succession {
        issuer: school(),
        scopes: Succession::ALL_SCOPES,
        from: Day(20_000),
        until: None,
        decision: Text::new("QĐ 03/QĐ-MẪU").unwrap(),
    }])
    .unwrap();
    Genesis {
        chain: "hcmc-mau".parse().unwrap(),
        time: FOUNDED,
        parameters: Parameters { clock_drift_ms: 10_000, heartbeat_ms: 60_000, motion_days: 14 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![one, two]).unwrap(),
        definitions: List::default(),
    }
}

/// Precommits for a header by the first `signers` of `set`.
pub fn certificate(header: &Header, set: &ValidatorSet, signers: usize) -> Certificate {
    let bytes = vote_bytes(&header.chain, VoteKind::Precommit, header.height, 0, Some(&header.hash()));
    let signatures = set.members()[..signers].iter().map(|validator| {
        let key = (1..=20).map(key).find(|key| public_key(key) == validator.key).unwrap();
        sign(&key, Domain::VOTE, &bytes)
    });
    Certificate {
        round: 0,
        signers: List::new(vec![(1u8 << signers) - 1]).unwrap(),
        signatures: List::new(signatures.collect()).unwrap(),
    }
}

/// A network and everything that its proofs are made of.
#[derive(Clone)]
pub struct Network {
    nodes: BTreeMap<Vec<u8>, Node>,
    values: BTreeMap<([u8; 32], Version), OwnedValue>,
    pub records: BTreeMap<Key, Record>,
    pub statuses: BTreeMap<(IssuerId, BatchId), StatusArray>,
    pub tip: Tip,
    pub checkpoints: Vec<Checkpoint>,
    pub certificates: Vec<Option<Certificate>>,
}

impl Network {
    pub fn found() -> Self {
        let genesis = genesis();
        assert_eq!(genesis.check(), []);
        let set = genesis.validators().unwrap();
        let records = genesis.records();
        let mut network = Self {
            nodes: BTreeMap::new(),
            values: BTreeMap::new(),
            records,
            statuses: BTreeMap::new(),
            tip: genesis.tip(Hash::ZERO, set.hash()),
            checkpoints: vec![],
            certificates: vec![],
        };
        let tree = state::found(&network.records).unwrap();
        network.tip = genesis.tip(tree.root, set.hash());
        network.store(tree);
        let header = network.tip.header.clone();
        network.checkpoints.push(Checkpoint { header, validators: set.clone(), next_validators: set });
        network.certificates.push(None);
        network
    }

    fn store(&mut self, tree: TreeUpdate) {
        for (key, node) in tree.nodes.nodes() {
            self.nodes.insert(borsh::to_vec(key).unwrap(), node.clone());
        }
        for ((version, key), value) in tree.nodes.values() {
            self.values.extend(value.clone().map(|value| ((key.0, *version), value)));
        }
    }

    /// Writes records straight into the state, as no transaction does.
    pub fn write(&mut self, writes: &BTreeMap<Key, Record>) {
        let tree = state::update(self, self.tip.tree_version, self.tip.header.state_root, writes).unwrap();
        (self.tip.header.state_root, self.tip.tree_version) = (tree.root, tree.version);
        self.store(tree);
        self.records.extend(writes.clone());
    }

    /// Commits a block a second after the last, and returns it.
    pub fn block(&mut self, transactions: &[Transaction]) -> Vec<u8> {
        self.block_at(Time(self.tip.header.time.0 + 1_000), transactions)
    }

    /// Commits a block at a time.
    pub fn block_at(&mut self, time: Time, transactions: &[Transaction]) -> Vec<u8> {
        let (execution, fates) = propose(self, &self.tip, time, transactions, &CheckAlways).unwrap();
        assert!(fates.iter().all(|fate| *fate == Candidate::Taken), "a transaction was refused: {fates:?}");
        let block = codec::encode(&execution.block);
        self.records.extend(execution.records);
        self.statuses.extend(execution.statuses);
        self.store(execution.tree);
        self.tip = execution.tip;
        let signing = self.checkpoints.last().unwrap().next_validators.clone();
        let next = validators(self).unwrap().set_at(self.tip.header.height + 1);
        self.certificates.push(Some(self.certificate(&signing, 3)));
        self.checkpoints.push(Checkpoint {
            header: self.tip.header.clone(),
            validators: signing,
            next_validators: next,
        });
        block
    }

    /// Precommits for the last block by the first `signers` of `set`, whether that is a quorum or more than one.
    pub fn certificate(&self, set: &ValidatorSet, signers: usize) -> Certificate {
        certificate(&self.tip.header, set, signers)
    }

    pub fn prove(&self, keys: &[Key]) -> StateProof {
        state::prove(self, self.tip.tree_version, keys).unwrap()
    }

    /// Certifies the last block for any checkpoint from height `since` on.
    pub fn finality(&self, since: usize) -> Finality {
        let height = self.tip.header.height as usize;
        let changes = (since + 1..height).filter_map(|at| {
            let Checkpoint { header, next_validators, .. } = self.checkpoints[at].clone();
            let certificate = self.certificates[at].clone()?;
            (header.validators != header.next_validators).then_some(SetChange { header, certificate, next_validators })
        });
        Finality::Certified {
            certificate: self.certificates[height].clone().unwrap(),
            changes: List::new(changes.collect()).unwrap(),
        }
    }

    /// Leads from the header at `height` to the block at `checkpoint`.
    pub fn ancestry_to(&self, height: u64, checkpoint: u64) -> Finality {
        let hashes: Vec<Hash> =
            self.checkpoints.iter().map(|checkpoint| merkle::leaf_hash(&checkpoint.hash().0)).collect();
        let path = merkle::path(&hashes[..checkpoint as usize], height as usize).unwrap();
        Finality::Ancestor(Ancestry { checkpoint, path: List::new(path).unwrap() })
    }

    fn batch(&self, batch: BatchId) -> Batch {
        match self.records.get(&Key::Batch(school(), batch)) {
            Some(Record::Batch(record)) => record.clone(),
            _ => panic!("no batch"),
        }
    }

    /// The statuses of a batch and their proof, as of the last block.
    pub fn statuses_of(&self, batch: BatchId) -> BatchStatuses {
        self.statuses_naming(batch, self.batch(batch).act_for.as_ref())
    }

    /// The same with the record of an issuer that is named, whether it is the one that the batch names or not.
    pub fn statuses_naming(&self, batch: BatchId, named: Option<&IssuerId>) -> BatchStatuses {
        let (batch_key, issuer_key) = (Key::Batch(school(), batch), Key::Issuer(school()));
        let named_key = named.cloned().map(Key::Issuer);
        let issuer = |key: &Key| match self.records.get(key) {
            Some(Record::Issuer(issuer)) => issuer.clone(),
            _ => panic!("no issuer"),
        };
        let keys: Vec<Key> = [batch_key, issuer_key.clone()].into_iter().chain(named_key.clone()).collect();
        let proof = BatchProof::new(
            batch,
            self.batch(batch),
            issuer(&issuer_key),
            named_key.as_ref().map(issuer),
            self.prove(&keys),
            self.tip.header.clone(),
            self.finality(0),
        );
        let statuses = self.statuses(&school(), &batch).unwrap();
        BatchStatuses { proof, statuses }
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

pub fn school() -> IssuerId {
    "thcs-mau-1".parse().unwrap()
}

fn signed(act: Act, keys: &[&SecretKey]) -> Transaction {
    let valid_until = Time(FOUNDED.0 + 3_600_000);
    let request = Request { chain: "hcmc-mau".parse().unwrap(), valid_until, act };
    let message = codec::encode(&request);
    let signatures = keys.iter().map(|key| key.sign(Domain::TRANSACTION, &message));
    Transaction { signatures: List::new(signatures.collect()).unwrap(), request }
}

pub fn secret_key(seed: u8) -> SecretKey {
    SecretKey::Ed25519(key(seed))
}

/// A transaction of the school's, signed by the key of this seed alone.
pub fn asked_by(seed: u8, action: Action) -> Transaction {
    asked_with(&secret_key(seed), action)
}

/// The same with any key.
pub fn asked_with(key: &SecretKey, action: Action) -> Transaction {
    let thumbprint = key.public_key().thumbprint();
    signed(Act::Issuer { issuer: school(), key: thumbprint, approver: None, action }, &[key])
}

/// A transaction of the school's, signed and approved.
pub fn approved(action: Action) -> Transaction {
    let keys = [secret_key(SCHOOL_SEED), secret_key(APPROVER_SEED)];
    let [key, approver] = keys.each_ref().map(|key| key.public_key().thumbprint());
    signed(Act::Issuer { issuer: school(), key, approver: Some(approver), action }, &keys.each_ref())
}

/// A ballot of the validator of this seed, signed with its governance key.
pub fn cast(seed: u8, ballot: Ballot) -> Transaction {
    by_member(&secret_key(seed + 100), ballot)
}

/// A validator to come says that it is ready, with its consensus key.
pub fn ready(seed: u8, motion: Hash) -> Transaction {
    by_member(&secret_key(seed), Ballot::Ready { motion })
}

fn by_member(key: &SecretKey, ballot: Ballot) -> Transaction {
    signed(Act::Member { key: key.public_key().thumbprint(), ballot }, &[key])
}
