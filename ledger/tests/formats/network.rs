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
use sogoc_ledger::record::{Grant, Issuer, IssuerKey, Key, Member, Parameters, Record, Scheduled, Validators};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::state::{self, StateProof, StateReader, StoreFault, TreeUpdate};
use sogoc_ledger::status::StatusArray;
use sogoc_ledger::transaction::{Action, Request, Transaction};
use sogoc_ledger::transition::{CheckAlways, Tip, propose, validators};
use sogoc_ledger::validator::{Certificate, ValidatorSet, VoteKind, vote_bytes};

/// 1 January 2026, 12:00 in Vietnam.
pub const FOUNDED: Time = Time(1_767_243_600_000);

/// Seed of the key that seals for the school.
pub const SCHOOL_SEED: u8 = 200;

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

/// The issuer that seals everything, and one that documents of back-files name.
pub fn genesis() -> Genesis {
    let sealing = |seed| IssuerKey {
        key: public_key(&key(seed)),
        roles: IssuerKey::SEAL,
        from: Time(0),
        until: None,
        binding: None,
    };
    let grant = |document_type: &str, until| Grant {
        document_type: document_type.parse().unwrap(),
        from: Day(20_000),
        until,
        decision: Text::new("QĐ 01/QĐ-MẪU").unwrap(),
    };
    let issuer = |id: &str, name: &str, name_en: &str, seed| Issuer {
        id: id.parse().unwrap(),
        name: Text::new(name).unwrap(),
        name_en: Text::new(name_en).unwrap(),
        closed: None,
        keys: List::new(vec![sealing(seed)]).unwrap(),
        grants: List::new(vec![grant("hoc-ba-thcs", None), grant("da-ky", Some(Day(20_900)))]).unwrap(),
        predecessors: List::default(),
        successors: List::default(),
    };
    let one = issuer("thcs-mau-1", "Trường THCS Mẫu Một", "Model Lower Secondary School One", SCHOOL_SEED);
    let two = issuer("thcs-mau-2", "Trường THCS Mẫu Hai", "Model Lower Secondary School Two", 210);
    Genesis {
        chain: "hcmc-mau".parse().unwrap(),
        time: FOUNDED,
        parameters: Parameters { clock_drift_ms: 10_000, heartbeat_ms: 60_000 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new(vec![one, two]).unwrap(),
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
    /// Founds a network whose validators are replaced at a height, if `scheduled` says so.
    pub fn found(scheduled: Option<Scheduled>) -> Self {
        let genesis = genesis();
        assert_eq!(genesis.check(), []);
        let set = genesis.validators().unwrap();
        let mut records = genesis.records();
        let founders = Validators { current: genesis.members.clone(), scheduled };
        records.insert(Key::Validators, Record::Validators(founders));
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
        let time = Time(self.tip.header.time.0 + 1_000);
        let (execution, _) = propose(self, &self.tip, time, transactions, &CheckAlways).unwrap();
        assert_eq!(execution.block.body.transactions.len(), transactions.len(), "a transaction was refused");
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

    /// Leads from the header at `height` to the last block.
    pub fn ancestry(&self, height: u64) -> Finality {
        let hashes: Vec<Hash> =
            self.checkpoints.iter().map(|checkpoint| merkle::leaf_hash(&checkpoint.hash().0)).collect();
        let checkpoint = self.tip.header.height;
        let path = merkle::path(&hashes[..checkpoint as usize], height as usize).unwrap();
        Finality::Ancestor(Ancestry { checkpoint, path: List::new(path).unwrap() })
    }

    /// The statuses of a batch and their proof, as of the last block.
    pub fn statuses_of(&self, batch: BatchId, named: Option<&str>) -> BatchStatuses {
        let (batch_key, issuer_key) = (Key::Batch(school(), batch), Key::Issuer(school()));
        let named_key = named.map(|named| Key::Issuer(named.parse().unwrap()));
        let Some(Record::Batch(record)) = self.records.get(&batch_key).cloned() else { panic!("no batch") };
        let issuer = |key: &Key| match self.records.get(key) {
            Some(Record::Issuer(issuer)) => issuer.clone(),
            _ => panic!("no issuer"),
        };
        let keys: Vec<Key> = [batch_key, issuer_key.clone()].into_iter().chain(named_key.clone()).collect();
        let proof = BatchProof::new(
            batch,
            record,
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

/// A transaction of the school's, signed.
pub fn signed(action: Action) -> Transaction {
    let request = Request {
        chain: "hcmc-mau".parse().unwrap(),
        valid_until: Time(FOUNDED.0 + 3_600_000),
        issuer: school(),
        key: public_key(&key(SCHOOL_SEED)).thumbprint(),
        approver: None,
        action,
    };
    let signature = sign(&key(SCHOOL_SEED), Domain::TRANSACTION, &codec::encode(&request));
    Transaction { request, signatures: List::new(vec![signature]).unwrap() }
}
