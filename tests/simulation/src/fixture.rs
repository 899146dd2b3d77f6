//! The network that is simulated, and everything that depends on the shape of the ledger's records and transactions.
//!
//! # Changes of the validator set
//!
//! They are drawn with the network, one member at a time, and come about as on any other network: a member proposes, all vote, who is to
//! come says that it is ready, and the set takes over some blocks later.

use ed25519_dalek::SigningKey;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::{Genesis, VALIDATORS_MIN};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Height, IssuerId, Time};
use sogoc_ledger::receipt::{BatchProof, Finality, Pointer, Receipt, StatusProof};
use sogoc_ledger::record::{
    Batch, Change, Grant, Issuer, IssuerKey, Key, Member, NewMember, Origin, Parameters, Possession, Proposal, Purpose,
    Record, Step, possession_of_member_key,
};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::state::{self, StateReader};
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Act, Action, Ballot, ChangeStatus, Issue, Request, Transaction};

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

fn governance_key(node: usize) -> SigningKey {
    key(101, node)
}

fn member(node: usize) -> Member {
    Member {
        owner: text(&format!("Sở {node}")),
        consensus: public_key(&consensus_key(node)),
        network: public_key(&network_key(node)),
        governance: public_key(&governance_key(node)),
        power: 1,
    }
}

fn new_member(node: usize) -> NewMember {
    let member = member(node);
    let prove = |key: SigningKey, purpose| {
        let Member { owner, consensus, network, governance, .. } = &member;
        sign(&key, Domain::POSSESSION, &possession_of_member_key(purpose, owner, consensus, network, governance))
    };
    let possession = Possession {
        consensus: prove(consensus_key(node), Purpose::Consensus),
        network: prove(network_key(node), Purpose::Network),
        governance: prove(governance_key(node), Purpose::Governance),
    };
    NewMember { member, possession }
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

fn approver_key(number: u64) -> SigningKey {
    key(210, number as usize % ISSUERS.len())
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
    /// The validator set changed as planned, for the n-th time.
    Succession(usize),
}

impl Wish {
    /// Whether what it did may be changed by another.
    pub fn may_go_on(&self) -> bool {
        matches!(self, Self::Change { revoked: false, .. })
    }

    /// The batch that it is about.
    pub fn batch(&self) -> Option<u64> {
        match self {
            Self::Seal(batch) | Self::Change { batch, .. } => Some(*batch),
            Self::Succession(_) => None,
        }
    }
}

/// One set after another: who votes, who leaves and who comes.
#[derive(Clone, Debug)]
pub struct Succession {
    /// The members before.
    pub voters: Vec<usize>,
    /// Who leaves.
    pub leaves: Option<usize>,
    /// Who comes.
    pub joins: Option<usize>,
}

/// The network: who is in it, and who will be.
pub struct Network {
    /// Block 0.
    pub genesis: Genesis,
    /// The sets to come.
    pub successions: Vec<Succession>,
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
            parameters: Parameters { clock_drift_ms: 1_000, heartbeat_ms: 1_000, motion_days: 14 },
            members: List::new(members.iter().map(|node| member(*node)).collect()).expect("few"),
            issuers: List::new(issuers).expect("few"),
            definitions: List::default(),
        };
        let (mut successions, mut smallest, mut newcomers) = (Vec::new(), members.len(), members.len()..nodes);
        for _ in 0..random.below(6) {
            let voters = members.clone();
            let joins = if random.happens(600) { newcomers.next() } else { None };
            let may_leave = joins.is_some() || members.len() > VALIDATORS_MIN;
            let leaves = (may_leave && random.happens(600)).then(|| members.remove(random.below(members.len())));
            members.extend(joins);
            smallest = smallest.min(members.len());
            if joins.is_some() || leaves.is_some() {
                successions.push(Succession { voters, leaves, joins });
            }
        }
        Self { genesis, successions, nodes, smallest }
    }
}

fn issuer(number: u64) -> Issuer {
    let key = |key: SigningKey, roles| IssuerKey {
        key: public_key(&key),
        roles,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
    let keys = vec![key(issuer_key(number), IssuerKey::SEAL), key(approver_key(number), IssuerKey::APPROVE)];
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
        keys: List::new(keys).expect("few"),
        grants: List::new(vec![grant]).expect("few"),
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

fn signed(network: &Network, act: Act, signers: &[SigningKey]) -> Transaction {
    let request = Request { chain: network.genesis.chain.clone(), valid_until: Time(FOUNDED + VALID_MS), act };
    let message = codec::encode(&request);
    let signatures = signers.iter().map(|key| sign(key, Domain::TRANSACTION, &message)).collect();
    Transaction { request, signatures: List::new(signatures).expect("few") }
}

fn by_issuer(network: &Network, number: u64, action: Action) -> Transaction {
    let (sealing, approving) = (issuer_key(number), approver_key(number));
    // Every change of a status needs a second key.
    let approved = matches!(action, Action::ChangeStatus(_));
    let approver = approved.then(|| public_key(&approving).thumbprint());
    let act = Act::Issuer { issuer: issuer_id(number), key: public_key(&sealing).thumbprint(), approver, action };
    signed(network, act, &[sealing, approving][..1 + usize::from(approved)])
}

fn by_member(network: &Network, key: SigningKey, ballot: Ballot) -> Transaction {
    signed(network, Act::Member { key: public_key(&key).thumbprint(), ballot }, &[key])
}

/// A motion, all votes on it, and the word of who is to come that it is ready.
fn motion(network: &Network, number: usize) -> Vec<Transaction> {
    let Succession { voters, leaves, joins } = &network.successions[number];
    let step = Step {
        remove: List::new(leaves.iter().map(|node| public_key(&consensus_key(*node))).collect()).expect("one"),
        add: List::new(joins.iter().map(|node| new_member(*node)).collect()).expect("one"),
    };
    let steps = List::new(vec![step]).expect("one");
    let proposal = Proposal {
        decision: text(&format!("{}/QĐ-SGDĐT", number + 1)),
        note: text("Thay đổi nút xác nhận"),
        changes: List::new(vec![Change::ChangeValidators { steps }]).expect("one"),
    };
    let by = |node: usize, ballot| by_member(network, governance_key(node), ballot);
    let proposed = by(voters[0], Ballot::Propose(proposal));
    let motion = proposed.id();
    let votes = voters[1..].iter().map(|node| by(*node, Ballot::Vote { motion, yes: true }));
    let ready = joins.map(|node| by_member(network, consensus_key(node), Ballot::Ready { motion }));
    [proposed].into_iter().chain(votes).chain(ready).collect()
}

/// The transactions that ask for it; those whose turn has not come, or is past, are refused.
pub fn transactions(network: &Network, wish: &Wish) -> Vec<Transaction> {
    match *wish {
        Wish::Seal(number) => {
            let issue = Issue {
                batch: batch_id(number),
                act_for: None,
                origin: Origin::Issued,
                grant: 0,
                document_type: DOCUMENT_TYPE.parse().expect("an id"),
                schema: 1,
                period: text(PERIOD),
                leaves: List::new(leaves(number)).expect("few"),
            };
            vec![by_issuer(network, number, Action::Issue(issue))]
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
            vec![by_issuer(network, batch, Action::ChangeStatus(change))]
        }
        Wish::Succession(number) => motion(network, number),
    }
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
        Wish::Succession(number) => {
            let last =
                chain.rows().iter().filter(|row| row.header.next_validators != row.header.validators).nth(number);
            last.map(|row| row.header.height)
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
