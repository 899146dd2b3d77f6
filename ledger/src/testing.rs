//! A small network in memory, for the tests of this crate: with one school, or the offices of a city.
//!
//! A key is named by its seed. A member's consensus key is its seed, its network key that and 50, its governance key that and 100.

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
use crate::receipt::{BatchProof, Finality, Pointer, Receipt, SetChange, StatusProof};
use crate::record::{
    Change, Closing, Grant, Issuer, IssuerKey, Key, Member, Motion, NewKey, NewMember, Note, Origin, Outcome,
    Parameters, Possession, Proposal, Purpose, Record, Step, possession_of_issuer_key, possession_of_member_key,
};
use crate::signature::{Signature, public_key, sign};
use crate::state::{self, StateReader, StoreFault, TreeUpdate};
use crate::status::{Status, StatusArray};
use crate::transaction::{Act, Action, Ballot, ChangeStatus, Issue, Request, Transaction};
use crate::transition::{Candidate, CheckAlways, Execution, Tip, execute, propose, validators};
use crate::validator::{Certificate, ValidatorSet, VoteKind, vote_bytes};

/// 1 January 2026, 12:00 in Vietnam.
pub const FOUNDED: Time = Time(1_767_243_600_000);

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn school() -> IssuerId {
    "thcs-mau-1".parse().unwrap()
}

pub fn thumbprint(seed: u8) -> Hash {
    public_key(&key(seed)).thumbprint()
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

fn issuer_key(seed: u8, roles: u8) -> IssuerKey {
    IssuerKey { key: public_key(&key(seed)), roles, from: Time(0), until: None, suspended: None, binding: None }
}

pub fn genesis() -> Genesis {
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

/// An issuer of the city, by the seeds of its keys.
#[derive(Copy, Clone, Debug)]
pub struct Office {
    pub id: &'static str,
    pub seal: u8,
    pub approve: u8,
    pub administer: u8,
}

impl Office {
    const fn new(id: &'static str, seal: u8) -> Self {
        Self { id, seal, approve: seal + 1, administer: seal + 2 }
    }

    pub fn id(&self) -> IssuerId {
        self.id.parse().unwrap()
    }
}

/// Sở GDĐT.
pub const DEPARTMENT: Office = Office::new("so-gddt", 160);
/// Phòng GDĐT, until 30 June 2025.
pub const DISTRICT: Office = Office::new("phong-gddt-q1", 163);
pub const OTHER_DISTRICT: Office = Office::new("phong-gddt-q2", 166);
/// UBND phường, from 1 July 2025.
pub const WARD: Office = Office::new("ubnd-phuong-a", 169);
pub const OTHER_WARD: Office = Office::new("ubnd-phuong-b", 172);
pub const SECONDARY: Office = Office::new("thcs-mau-3", 175);
/// Its principal grants diplomas from 1 January 2026.
pub const HIGH_SCHOOL: Office = Office::new("thpt-mau-1", 178);
pub const OFFICES: [Office; 7] = [DEPARTMENT, DISTRICT, OTHER_DISTRICT, WARD, OTHER_WARD, SECONDARY, HIGH_SCHOOL];

/// The city in May 2024 with the law as it was known to change, and as many validators.
pub fn city(validators: u8) -> Genesis {
    let grants = |office: &Office| match office.id {
        "so-gddt" => vec![("bang-tn-thpt", "2000-01-01", Some("2026-01-01"))],
        "phong-gddt-q1" | "phong-gddt-q2" => vec![("bang-tn-thcs", "2000-01-01", Some("2025-07-01"))],
        "thcs-mau-3" => vec![("hoc-ba-thcs", "2000-01-01", None)],
        "thpt-mau-1" => vec![("hoc-ba-thpt", "2000-01-01", None), ("bang-tn-thpt", "2026-01-01", None)],
        _ => vec![],
    };
    let issuer = |office: &Office| Issuer {
        id: office.id(),
        name: Text::new(office.id).unwrap(),
        name_en: Text::new(office.id).unwrap(),
        closed: None,
        keys: List::new(vec![
            issuer_key(office.seal, IssuerKey::SEAL),
            issuer_key(office.approve, IssuerKey::APPROVE),
            issuer_key(office.administer, IssuerKey::ADMINISTER),
        ])
        .unwrap(),
        grants: List::new(
            grants(office)
                .into_iter()
                .map(|(document_type, from, until)| Grant {
                    document_type: document_type.parse().unwrap(),
                    from: day(from),
                    until: until.map(day),
                    decision: Text::new("QĐ 01/QĐ-MẪU").unwrap(),
                })
                .collect(),
        )
        .unwrap(),
        successors: List::default(),
    };
    Genesis {
        chain: "test".parse().unwrap(),
        time: noon("2024-05-02"),
        parameters: Parameters { clock_drift_ms: 10_000, heartbeat_ms: 60_000, motion_days: 14 },
        members: List::new((1..=validators).map(member).collect()).unwrap(),
        issuers: List::new(OFFICES.iter().map(issuer).collect()).unwrap(),
        definitions: List::default(),
    }
}

/// The day written as 2025-07-01.
pub fn day(date: &str) -> Day {
    let parts: Vec<u32> = date.split('-').map(|part| part.parse().unwrap()).collect();
    let (month, day) = (parts[1], parts[2]);
    // Years begin in March, so that the leap day is the last.
    let year = parts[0] - u32::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era_day = (year % 400) * 365 + (year % 400) / 4 - (year % 400) / 100 + day_of_year;
    Day(year / 400 * 146_097 + era_day - 719_468)
}

/// Its first millisecond in Vietnam.
pub fn midnight(date: &str) -> Time {
    Time(u64::from(day(date).0) * 86_400_000 - 7 * 3_600_000)
}

pub fn noon(date: &str) -> Time {
    Time(midnight(date).0 + 12 * 3_600_000)
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
    /// Time of the next block.
    pub clock: Time,
    /// The set that signed the last block.
    set: ValidatorSet,
    /// Every block after which another set signs.
    pub changes: Vec<SetChange>,
}

impl Network {
    pub fn found() -> Self {
        Self::found_by(&genesis())
    }

    pub fn found_by(genesis: &Genesis) -> Self {
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
            clock: Time(genesis.time.0 + 1_000),
            set: set.clone(),
            changes: vec![],
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
        self.set = self.next_set();
        self.tip = execution.tip;
        self.headers.push(self.tip.hash);
        self.clock = self.clock.max(Time(self.tip.header.time.0 + 1_000));
        let header = self.tip.header.clone();
        assert_eq!(header.validators, self.set.hash(), "the set that was announced signs");
        assert_eq!(header.next_validators, self.next_set().hash());
        if header.validators != header.next_validators {
            let (certificate, next_validators) = (self.certificate(), self.next_set());
            self.changes.push(SetChange { header, certificate, next_validators });
        }
    }

    /// Commits one block of `transactions`, at the clock's time.
    pub fn block(&mut self, transactions: &[Transaction]) -> Vec<Candidate> {
        let (execution, fates) = propose(self, &self.tip, self.clock, transactions, &CheckAlways).unwrap();
        self.commit(execution);
        fates
    }

    pub fn set(&self) -> &ValidatorSet {
        &self.set
    }

    fn next_set(&self) -> ValidatorSet {
        validators(self).unwrap().set_at(self.tip.header.height + 1)
    }

    /// The certificate of the last block, by as many validators as it needs.
    pub fn certificate(&self) -> Certificate {
        let bytes =
            vote_bytes(&self.tip.header.chain, VoteKind::Precommit, self.tip.header.height, 0, Some(&self.tip.hash));
        let precommits = self.set().members().iter().enumerate().map(|(i, validator)| {
            let key = (1..=50).map(key).find(|key| public_key(key) == validator.key).unwrap();
            (i, sign(&key, Domain::VOTE, &bytes))
        });
        Certificate::from_precommits(self.set(), 0, precommits.collect()).unwrap()
    }

    pub fn receipt(&self, batch: BatchId, leaves: &[Hash], index: u32) -> Receipt {
        self.receipt_of(&school(), batch, leaves, index)
    }

    /// The receipt of a document as of the last block, for any checkpoint from genesis on.
    pub fn receipt_of(&self, sealer: &IssuerId, batch: BatchId, leaves: &[Hash], index: u32) -> Receipt {
        let batch_key = Key::Batch(sealer.clone(), batch);
        let Some(Record::Batch(record)) = self.record(&batch_key).unwrap() else { panic!("no batch") };
        let named = record.act_for.as_ref().map(|id| self.issuer(id));
        let keys: Vec<Key> = [batch_key, Key::Issuer(sealer.clone())]
            .into_iter()
            .chain(record.act_for.clone().map(Key::Issuer))
            .collect();
        let statuses = self.statuses(sealer, &batch).unwrap();
        let state = state::prove(self, self.tip.tree_version, &keys).unwrap();
        let before = self.changes.iter().filter(|change| change.header.height < self.tip.header.height);
        let finality = Finality::Certified {
            certificate: self.certificate(),
            changes: List::new(before.cloned().collect()).unwrap(),
        };
        let path = |hashes: &[Hash]| List::new(merkle::path(hashes, index as usize).unwrap()).unwrap();
        let status = record
            .status_root
            .map(|_| StatusProof { entry: statuses.entry(index), path: path(&statuses.leaf_hashes(record.size)) });
        let header = self.tip.header.clone();
        let proof = BatchProof::new(batch, record, self.issuer(sealer), named, state, header, finality);
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
        Checkpoint { header: self.tip.header.clone(), validators: self.set.clone(), next_validators: self.next_set() }
    }

    pub fn issuer(&self, id: &IssuerId) -> Issuer {
        let Some(Record::Issuer(issuer)) = self.record(&Key::Issuer(id.clone())).unwrap() else { panic!("no {id}") };
        issuer
    }

    /// A block of these transactions, all of them valid, that others execute to the same.
    pub fn accept(&mut self, transactions: &[Transaction]) {
        let (execution, fates) = propose(self, &self.tip, self.clock, transactions, &CheckAlways).unwrap();
        assert!(fates.iter().all(|fate| *fate == Candidate::Taken), "{fates:?}");
        let executed = execute(self, &self.tip, &execution.block, &CheckAlways).unwrap();
        assert_eq!(executed.tip, execution.tip);
        self.commit(execution);
    }

    /// Moves the clock on, to noon of a day.
    pub fn at(&mut self, date: &str) -> &mut Self {
        self.at_time(noon(date))
    }

    pub fn at_time(&mut self, time: Time) -> &mut Self {
        assert!(time > self.tip.header.time, "time goes on");
        self.clock = time;
        self
    }

    /// What keys of an issuer ask: the one that acts, and the one that approves.
    pub fn asked(&self, issuer: &str, seeds: &[u8], action: Action) -> Transaction {
        let act = Act::Issuer {
            issuer: issuer.parse().unwrap(),
            key: thumbprint(seeds[0]),
            approver: seeds.get(1).map(|seed| thumbprint(*seed)),
            action,
        };
        signed(self.request(act), seeds)
    }

    pub fn request(&self, act: Act) -> Request {
        Request { chain: "test".parse().unwrap(), valid_until: Time(self.clock.0 + 3_600_000), act }
    }

    /// What a member's governance key asks.
    pub fn ballot(&self, seed: u8, ballot: Ballot) -> Transaction {
        signed(self.request(Act::Member { key: thumbprint(seed + 100), ballot }), &[seed + 100])
    }

    pub fn propose(&self, seed: u8, changes: Vec<Change>) -> Transaction {
        let proposal = Proposal {
            decision: Text::new("12/QĐ-MẪU").unwrap(),
            note: Note::default(),
            changes: List::new(changes).unwrap(),
        };
        self.ballot(seed, Ballot::Propose(proposal))
    }

    pub fn vote(&self, seed: u8, motion: Hash, yes: bool) -> Transaction {
        self.ballot(seed, Ballot::Vote { motion, yes })
    }

    pub fn ready(&self, seed: u8, motion: Hash) -> Transaction {
        signed(self.request(Act::Member { key: thumbprint(seed), ballot: Ballot::Ready { motion } }), &[seed])
    }

    /// Seeds of the members that sign the next block.
    pub fn seeds(&self) -> Vec<u8> {
        let validators = validators(self).unwrap();
        let members = validators.members_at(self.tip.header.height + 1);
        members
            .iter()
            .map(|member| (1..=50).find(|seed| public_key(&key(*seed)) == member.consensus).unwrap())
            .collect()
    }

    /// Proposes in one block and votes in the next, as many as it takes.
    pub fn decide(&mut self, changes: Vec<Change>) -> Hash {
        let seeds = self.seeds();
        let proposal = self.propose(seeds[0], changes);
        let id = proposal.id();
        self.accept(&[proposal]);
        let needed = seeds.len() * 2 / 3;
        let votes: Vec<_> = seeds[1..=needed].iter().map(|seed| self.vote(*seed, id, true)).collect();
        self.accept(&votes);
        id
    }

    /// The same, for changes that are possible.
    pub fn pass(&mut self, changes: Vec<Change>) -> Hash {
        let id = self.decide(changes);
        assert_eq!(self.motion(id).outcome, Outcome::Passed(self.tip.header.height));
        id
    }

    pub fn motion(&self, id: Hash) -> Motion {
        let Some(Record::Motion(motion)) = self.record(&Key::Motion(id)).unwrap() else { panic!("no motion") };
        motion
    }

    pub fn records(&self) -> &BTreeMap<Key, Record> {
        &self.records
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

/// A batch of documents of a type, under the first grant.
pub fn batch_of(document_type: &str, id: u8) -> Issue {
    Issue {
        batch: batch(id),
        act_for: None,
        origin: Origin::Issued,
        grant: 0,
        document_type: document_type.parse().unwrap(),
        schema: 1,
        period: Text::new("2023-2024").unwrap(),
        leaves: List::new(leaves(id, 3)).unwrap(),
    }
}

/// The same from paper, in another issuer's name.
pub fn back_file(document_type: &str, id: u8, act_for: &Office) -> Issue {
    Issue { act_for: Some(act_for.id()), origin: Origin::Digitised, ..batch_of(document_type, id) }
}

/// A change of the first document of an office's batch.
pub fn status_of(office: &Office, id: u8, seen: u64, to: Status) -> Action {
    let Action::ChangeStatus(change) = change(id, 0, seen, to) else { unreachable!() };
    Action::ChangeStatus(ChangeStatus { batch_issuer: office.id(), ..change })
}

/// A key that signed that it is held, for ever.
pub fn new_key(office: &Office, seed: u8, roles: u8) -> NewKey {
    let public = public_key(&key(seed));
    let message = possession_of_issuer_key(&"test".parse().unwrap(), &office.id(), &public, roles);
    let possession = sign(&key(seed), Domain::POSSESSION, &message);
    NewKey { key: public, roles, from: Time(0), until: None, binding: None, possession }
}

/// A member whose three keys signed that they are held.
pub fn new_member(seed: u8, power: u32) -> NewMember {
    let member = Member { power, ..member(seed) };
    let by = |purpose, seed: u8| {
        let Member { owner, consensus, network, governance, .. } = &member;
        sign(&key(seed), Domain::POSSESSION, &possession_of_member_key(purpose, owner, consensus, network, governance))
    };
    let possession = Possession {
        consensus: by(Purpose::Consensus, seed),
        network: by(Purpose::Network, seed + 50),
        governance: by(Purpose::Governance, seed + 100),
    };
    NewMember { member, possession }
}

/// A step that replaces these by those.
pub fn step(remove: &[u8], add: &[u8]) -> Step {
    Step {
        remove: List::new(remove.iter().map(|seed| public_key(&key(*seed))).collect()).unwrap(),
        add: List::new(add.iter().map(|seed| new_member(*seed, 1)).collect()).unwrap(),
    }
}

pub fn sealing(id: u8, count: u32) -> Transaction {
    signed(request(issue(id, leaves(id, count))), &[200])
}

pub fn changing(id: u8, index: u32, seen: u64, to: Status) -> Transaction {
    signed(request(change(id, index, seen, to)), &[200, 201])
}
