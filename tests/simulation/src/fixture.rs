//! The network that is simulated, and everything that depends on the shape of the ledger's records and transactions.
//!
//! # Changes of the validator set
//!
//! Which members take over at which height is drawn with the network and shown to every node as the state's `scheduled` set, as a motion
//! that passed long before would have it. [`Network::with_scheduled`] is the one place where that is done.

use ed25519_dalek::SigningKey;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::{Genesis, VALIDATORS_MIN};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Height, IssuerId, Time};
use sogoc_ledger::receipt::{BatchProof, Finality, Pointer, Receipt, StatusProof};
use sogoc_ledger::record::{Batch, Grant, Issuer, IssuerKey, Key, Member, Parameters, Record, Scheduled};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::state::{self, StateReader};
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Action, ChangeStatus, Issue, Request, Transaction};

use crate::chain::Chain;
use crate::random::Random;

/// When every network is founded: 1 September 2026 in UTC, in milliseconds.
pub const FOUNDED: u64 = 1_788_220_800_000;

/// Nodes of a network, members or not; the keys of one kind have so many seeds.
pub const NODES_MAX: usize = 9;

const ISSUERS: [&str; 2] = ["thcs-mau-1", "thcs-mau-2"];
const DOCUMENT_TYPE: &str = "hoc-ba-thcs";
const PERIOD: &str = "2026-2027";

/// How long clients' requests are valid: longer than any run.
const VALID_MS: u64 = 12 * 3_600_000;

fn key(kind: u8, number: usize) -> SigningKey {
    SigningKey::from_bytes(&[kind + number as u8; 32])
}

/// A node's consensus key.
pub fn consensus_key(node: usize) -> SigningKey {
    key(1, node)
}

/// A node's network key.
pub fn network_key(node: usize) -> SigningKey {
    key(51, node)
}

fn member(node: usize) -> Member {
    Member {
        owner: text(&format!("Sở {node}")),
        consensus: public_key(&consensus_key(node)),
        network: public_key(&network_key(node)),
        governance: public_key(&key(101, node)),
        power: 1,
    }
}

/// Whatever is given here is short enough.
fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap_or_default()
}

fn issuer_id(number: u64) -> IssuerId {
    ISSUERS[number as usize % ISSUERS.len()].parse().expect("an id")
}

fn issuer_key(number: u64) -> SigningKey {
    key(200, number as usize % ISSUERS.len())
}

/// What a client wants done.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// The batch of this number sealed.
    Seal(u64),
    /// A document of it revoked, or suspended before that.
    Change {
        /// Which batch.
        batch: u64,
        /// Whether it is to be final.
        revoked: bool,
        /// Height of the entry it replaces.
        seen: Height,
    },
}

impl Wish {
    /// Whether what it did may be changed by another.
    pub fn may_go_on(&self) -> bool {
        matches!(self, Self::Change { revoked: false, .. })
    }
}

/// The network: who is in it, and who will be.
pub struct Network {
    /// Block 0.
    pub genesis: Genesis,
    /// The sets to come, by height.
    pub schedule: Vec<Scheduled>,
    /// Nodes, of which some may be members only later, or no more.
    pub nodes: usize,
    /// Members of the smallest set.
    pub smallest: usize,
}

impl Network {
    /// A network for a seed.
    pub fn new(random: &mut Random) -> Self {
        let mut members: Vec<usize> = (0..VALIDATORS_MIN + random.below(4)).collect();
        let nodes = (members.len() + random.below(3)).min(NODES_MAX);
        let issuers = (0..ISSUERS.len() as u64).map(issuer).collect();
        let genesis = Genesis {
            chain: "mo-phong".parse().expect("an id"),
            time: Time(FOUNDED),
            parameters: Parameters { clock_drift_ms: 1_000, heartbeat_ms: 1_000 },
            members: set(&members),
            issuers: List::new(issuers).expect("few"),
        };
        let (mut schedule, mut smallest, mut from) = (Vec::new(), members.len(), 0);
        for _ in 0..random.below(6) {
            from += random.of(2..9);
            if !change(&mut members, nodes, random) {
                continue;
            }
            smallest = smallest.min(members.len());
            schedule.push(Scheduled { from, members: set(&members) });
        }
        Self { genesis, schedule, nodes, smallest }
    }

    /// A record as the nodes read it at the end of block `height`: the validators with the set to come, which a `hasty` node expects a
    /// block too early.
    pub fn with_scheduled(&self, record: Record, height: Height, hasty: bool) -> Record {
        let Record::Validators(mut validators) = record else { return record };
        let from = |scheduled: &Scheduled| scheduled.from - u64::from(hasty);
        if validators.scheduled.is_none() {
            let next = self.schedule.iter().find(|scheduled| from(scheduled) > height);
            validators.scheduled = next.map(|next| Scheduled { from: from(next), ..next.clone() });
        }
        Record::Validators(validators)
    }
}

fn set<const MAX: usize>(members: &[usize]) -> List<Member, MAX> {
    List::new(members.iter().map(|node| member(*node)).collect()).expect("few")
}

/// One member joins, leaves or is replaced: less than a third of the power. Whether there was one to.
fn change(members: &mut Vec<usize>, nodes: usize, random: &mut Random) -> bool {
    let others: Vec<usize> = (0..nodes).filter(|node| !members.contains(node)).collect();
    let joins = random.one(&others).copied();
    let may_leave = members.len() > VALIDATORS_MIN || joins.is_some();
    let leaves = may_leave.then(|| random.below(members.len())).filter(|_| random.happens(600));
    let fewest = leaves.is_some() && joins.is_some() && members.len() == VALIDATORS_MIN;
    if let Some(place) = leaves {
        members.remove(place);
    }
    let joins = joins.filter(|_| fewest || random.happens(600));
    members.extend(joins);
    members.sort_unstable();
    leaves.is_some() || joins.is_some()
}

fn issuer(number: u64) -> Issuer {
    let sealing = IssuerKey {
        key: public_key(&issuer_key(number)),
        roles: IssuerKey::SEAL,
        from: Time(0),
        until: None,
        binding: None,
    };
    let grant = Grant {
        document_type: DOCUMENT_TYPE.parse().expect("an id"),
        from: Day(0),
        until: None,
        decision: text("1/QĐ"),
    };
    Issuer {
        id: issuer_id(number),
        name: text("Trường THCS Mẫu"),
        name_en: text("Sample School"),
        closed: None,
        keys: List::new(vec![sealing]).expect("few"),
        grants: List::new(vec![grant]).expect("few"),
        predecessors: List::default(),
        successors: List::default(),
    }
}

fn batch_id(number: u64) -> BatchId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    BatchId(id)
}

/// The leaves of a batch: one to six.
fn leaves(number: u64) -> Vec<Hash> {
    (0..=number % 6).map(|i| merkle::leaf_hash(&[number.to_be_bytes(), i.to_be_bytes()].concat())).collect()
}

/// The document of a batch whose status changes and whose receipts are checked.
fn index(number: u64) -> u32 {
    (number / 7 % leaves(number).len() as u64) as u32
}

fn status(revoked: bool) -> Status {
    if revoked { Status::Revoked } else { Status::Suspended }
}

/// The transaction that asks for it.
pub fn transaction(network: &Network, wish: &Wish) -> Transaction {
    let (number, action) = match *wish {
        Wish::Seal(number) => {
            let issue = Issue {
                batch: batch_id(number),
                grant: 0,
                document_type: DOCUMENT_TYPE.parse().expect("an id"),
                schema: 1,
                period: text(PERIOD),
                leaves: List::new(leaves(number)).expect("few"),
            };
            (number, Action::Issue(issue))
        }
        Wish::Change { batch, revoked, seen } => {
            let change = ChangeStatus {
                batch_issuer: issuer_id(batch),
                batch: batch_id(batch),
                index: index(batch),
                seen,
                to: status(revoked),
                commitment: Domain::BODY.hash(&batch.to_be_bytes()),
            };
            (batch, Action::ChangeStatus(change))
        }
    };
    let key = issuer_key(number);
    let request = Request {
        chain: network.genesis.chain.clone(),
        valid_until: Time(FOUNDED + VALID_MS),
        issuer: issuer_id(number),
        key: public_key(&key).thumbprint(),
        approver: None,
        action,
    };
    let signature = sign(&key, Domain::TRANSACTION, &codec::encode(&request));
    Transaction { request, signatures: List::new(vec![signature]).expect("one") }
}

fn batch(chain: &Chain, number: u64) -> Option<Batch> {
    match chain.record(&Key::Batch(issuer_id(number), batch_id(number))) {
        Ok(Some(Record::Batch(batch))) => Some(batch),
        _ => None,
    }
}

/// The height at which it was done, if it was, as of the chain's last block.
pub fn done(chain: &Chain, wish: &Wish) -> Option<Height> {
    match *wish {
        Wish::Seal(number) => batch(chain, number).map(|batch| batch.height),
        Wish::Change { batch, revoked, .. } => {
            let entry = chain.statuses(&issuer_id(batch), &batch_id(batch)).ok()?.entry(index(batch));
            let done = entry.status == status(revoked) || entry.status == Status::Revoked;
            done.then_some(entry.height)
        }
    }
}

/// A receipt as of the chain's last block, for checkpoints from `anchor` on.
pub fn receipt(chain: &Chain, number: u64, anchor: Height) -> Option<Receipt> {
    let (batch_key, issuer_key) = (Key::Batch(issuer_id(number), batch_id(number)), Key::Issuer(issuer_id(number)));
    let Ok(Some(Record::Issuer(issuer))) = chain.record(&issuer_key) else { return None };
    let (record, index) = (batch(chain, number)?, index(number));
    let statuses = chain.statuses(&issuer.id, &batch_id(number)).ok()?;
    let proof = state::prove(chain, chain.tip().tree_version, &[batch_key, issuer_key]).ok()?;
    let path = |hashes: &[Hash]| merkle::path(hashes, index as usize).and_then(List::new);
    let status = match record.status_root {
        Some(_) => Some(StatusProof { entry: statuses.entry(index), path: path(&statuses.leaf_hashes(record.size))? }),
        None => None,
    };
    let header = chain.tip().header.clone();
    let proof = BatchProof::new(batch_id(number), record, issuer, None, proof, header, chain.finality(anchor)?);
    Some(Receipt { proof, index, path: path(&leaves(number))?, status })
}

/// An older receipt, brought up to a newer checkpoint.
pub fn refreshed(chain: &Chain, receipt: &Receipt, checkpoint: Height) -> Option<Receipt> {
    let mut receipt = receipt.clone();
    receipt.proof.finality = Finality::Ancestor(chain.ancestry(receipt.proof.header.height, checkpoint)?);
    Some(receipt)
}

/// What the document of a batch points to, and its leaf.
pub fn document(network: &Network, number: u64) -> (Pointer, Hash) {
    let pointer = Pointer { chain: network.genesis.chain.clone(), issuer: issuer_id(number), batch: batch_id(number) };
    (pointer, leaves(number)[index(number) as usize])
}
