//! A ledger in memory, by the rules of the store: what a node's disk holds of it, and how it is read and written.
//!
//! The rules are those of [`Store`](sogoc_store::Store) for the calls of [`Ledger`]: which proposals are kept, that a (height, round) has one
//! own proposal, that a block follows the last one and is final. The tree, the state transition and all formats are the ledger's own.

use std::cell::Ref;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use sogoc_consensus::simulation::Ledger;
use sogoc_ledger::Hash;
use sogoc_ledger::block::Header;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Height, IssuerId};
use sogoc_ledger::receipt::{Ancestry, Finality, SetChange};
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::{self, StateReader, StoreFault, TreeUpdate};
use sogoc_ledger::status::StatusArray;
use sogoc_ledger::transition::{self, Execution, Tip};
use sogoc_ledger::validator::{Certificate, ValidatorSet};
use sogoc_store::{Commit, MAX_PROPOSALS_PER_HEIGHT, PROPOSAL_HEIGHTS_AHEAD};

use crate::disk::{Disk, PowerOff, Write};
use crate::fixture::Network;

/// A committed block.
pub struct Row {
    /// Its header.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
    /// Header and body.
    pub bytes: Vec<u8>,
    /// What made it final; none of block 0.
    pub commit: Option<Commit>,
    /// The set that signs the block after it.
    pub next_set: ValidatorSet,
}

/// See the module.
#[derive(Clone)]
pub struct Chain {
    /// Whether it takes over each set a block too early.
    hasty: bool,
    tip: Arc<Tip>,
    rows: Vec<Rc<Row>>,
    records: BTreeMap<Key, Record>,
    statuses: BTreeMap<(IssuerId, BatchId), StatusArray>,
    nodes: BTreeMap<NodeKey, Node>,
    values: BTreeMap<([u8; 32], Version), OwnedValue>,
    proposals: BTreeMap<(Height, Hash), Vec<u8>>,
    own: BTreeMap<(Height, u32), Hash>,
}

impl Chain {
    /// Block 0 of `network`.
    pub fn found(network: &Network) -> Result<Self, StoreFault> {
        let genesis = &network.genesis;
        let set = genesis.validators().map_err(|error| StoreFault(error.to_string()))?;
        let mut chain = Self {
            hasty: false,
            tip: Arc::new(genesis.tip(Hash::ZERO, set.hash())),
            rows: Vec::new(),
            records: genesis.records(),
            statuses: BTreeMap::new(),
            nodes: BTreeMap::new(),
            values: BTreeMap::new(),
            proposals: BTreeMap::new(),
            own: BTreeMap::new(),
        };
        let tree = state::found(&chain.records)?;
        chain.tip = Arc::new(genesis.tip(tree.root, set.hash()));
        chain.keep(&tree);
        let (header, hash) = (chain.tip.header.clone(), chain.tip.hash);
        chain.rows.push(Rc::new(Row { header, hash, bytes: Vec::new(), commit: None, next_set: set }));
        Ok(chain)
    }

    /// A copy for a node.
    pub fn for_node(&self, hasty: bool) -> Self {
        Self { hasty, ..self.clone() }
    }

    fn keep(&mut self, tree: &TreeUpdate) {
        self.nodes.extend(tree.nodes.nodes().iter().map(|(key, node)| (key.clone(), node.clone())));
        let values = tree.nodes.values().iter();
        self.values.extend(values.filter_map(|((version, place), value)| Some(((place.0, *version), value.clone()?))));
    }

    /// The last block.
    pub fn tip(&self) -> &Arc<Tip> {
        &self.tip
    }

    /// All blocks, by height.
    pub fn rows(&self) -> &[Rc<Row>] {
        &self.rows
    }

    /// All records.
    pub fn records(&self) -> &BTreeMap<Key, Record> {
        &self.records
    }

    fn row(&self, height: Height) -> Option<&Rc<Row>> {
        self.rows.get(usize::try_from(height).ok()?)
    }

    /// The checkpoint at a committed height.
    pub fn checkpoint(&self, height: Height) -> Option<Checkpoint> {
        let row = self.row(height)?;
        let validators = self.row(height.saturating_sub(1))?.next_set.clone();
        Some(Checkpoint { header: row.header.clone(), validators, next_validators: row.next_set.clone() })
    }

    fn certificate(&self, height: Height) -> Option<Certificate> {
        self.row(height)?.commit.as_ref()?.certificate(&self.row(height.checked_sub(1)?)?.next_set)
    }

    /// What shows to a checkpoint at `anchor` that the last block is final.
    pub fn finality(&self, anchor: Height) -> Option<Finality> {
        let last = self.tip.header.height;
        let mut changes = Vec::new();
        for height in anchor + 1..last {
            let row = self.row(height)?;
            if row.header.next_validators != row.header.validators {
                let certificate = self.certificate(height)?;
                let next_validators = row.next_set.clone();
                changes.push(SetChange { header: row.header.clone(), certificate, next_validators });
            }
        }
        Some(Finality::Certified { certificate: self.certificate(last)?, changes: List::new(changes)? })
    }

    /// The path from the block at `height` to a newer checkpoint.
    pub fn ancestry(&self, height: Height, checkpoint: Height) -> Option<Ancestry> {
        let earlier = self.rows.get(..usize::try_from(checkpoint).ok()?)?;
        let leaves: Vec<Hash> = earlier.iter().map(|row| merkle::leaf_hash(&row.hash.0)).collect();
        Some(Ancestry { checkpoint, path: List::new(merkle::path(&leaves, usize::try_from(height).ok()?)?)? })
    }

    fn check_final(&self, execution: &Execution, commit: &Commit) -> Result<(), StoreFault> {
        let header = &execution.block.header;
        let not_final = |why: &str| StoreFault(format!("the commit of block {} is wrong: {why}", header.height));
        if header.parent != self.tip.hash || execution.tip.header != *header {
            return Err(StoreFault(format!("block {} does not follow the last one", header.height)));
        }
        let set = &self.rows.last().ok_or_else(|| not_final("no block 0"))?.next_set;
        if set.hash() != header.validators {
            return Err(not_final("another set"));
        }
        let certificate = commit.certificate(set).ok_or_else(|| not_final("no quorum"))?;
        let verified = certificate.verify(&header.chain, set, header.height, &execution.tip.hash);
        verified.map_err(|error| not_final(&error.to_string()))
    }

    fn commit(&mut self, execution: &Execution, commit: &Commit) {
        let height = execution.tip.header.height;
        self.records.extend(execution.records.iter().map(|(key, record)| (key.clone(), record.clone())));
        self.statuses.extend(execution.statuses.iter().map(|(key, statuses)| (key.clone(), statuses.clone())));
        self.keep(&execution.tree);
        self.tip = Arc::new(execution.tip.clone());
        self.proposals = self.proposals.split_off(&(height + 1, Hash::ZERO));
        self.own = self.own.split_off(&(height + 1, 0));
        let next_set = transition::validators(self).map(|validators| validators.set_at(height + 1));
        let (header, hash) = (execution.tip.header.clone(), execution.tip.hash);
        // The state always has validators; that it names the set of the header is checked with the other invariants.
        if let Ok(next_set) = next_set {
            let (bytes, commit) = (codec::encode(&execution.block), Some(commit.clone()));
            self.rows.push(Rc::new(Row { header, hash, bytes, commit, next_set }));
        }
    }
}

impl StateReader for Chain {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        let mut record = self.records.get(key).cloned();
        if let Some(Record::Validators(validators)) = &mut record
            && self.hasty
            && let Some(scheduled) = &mut validators.scheduled
        {
            scheduled.from -= 1;
        }
        Ok(record)
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        Ok(self.statuses.get(&(issuer.clone(), *batch)).cloned().unwrap_or_default())
    }
}

impl TreeReader for Chain {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, max_version: Version, place: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        let versions = self.values.range((place.0, 0)..=(place.0, max_version));
        Ok(versions.last().map(|(_, value)| value.clone()))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("not used")
    }
}

/// The state as of the last block.
pub struct View<'a>(Ref<'a, Chain>);

impl StateReader for View<'_> {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        self.0.record(key)
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        self.0.statuses(issuer, batch)
    }
}

impl TreeReader for View<'_> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        self.0.get_node_option(key)
    }

    fn get_value_option(&self, max_version: Version, place: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        self.0.get_value_option(max_version, place)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        self.0.get_rightmost_leaf()
    }
}

fn off(_: PowerOff) -> StoreFault {
    StoreFault("the power is off".into())
}

impl Ledger for Disk {
    type View<'a> = View<'a>;

    fn tip(&self) -> Arc<Tip> {
        Arc::clone(self.chain().tip())
    }

    fn view(&self) -> View<'_> {
        View(self.chain())
    }

    fn header(&self, height: Height) -> Result<Option<Header>, StoreFault> {
        Ok(self.chain().row(height).map(|row| row.header.clone()))
    }

    fn block(&self, height: Height) -> Result<Option<(Vec<u8>, Commit)>, StoreFault> {
        Ok(self.chain().row(height).and_then(|row| Some((row.bytes.clone(), row.commit.clone()?))))
    }

    fn proposal(&self, height: Height, hash: &Hash) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.chain().proposals.get(&(height, *hash)).cloned())
    }

    fn proposals(&self, height: Height) -> Result<Vec<(Hash, Vec<u8>)>, StoreFault> {
        let chain = self.chain();
        let of_height = chain.proposals.range((height, Hash::ZERO)..=(height, Hash([0xff; 32])));
        Ok(of_height.map(|((_, hash), block)| (*hash, block.clone())).collect())
    }

    fn own_proposal(&self, height: Height, round: u32) -> Result<Option<(Hash, Vec<u8>)>, StoreFault> {
        let chain = self.chain();
        let Some(hash) = chain.own.get(&(height, round)) else { return Ok(None) };
        Ok(chain.proposals.get(&(height, *hash)).map(|block| (*hash, block.clone())))
    }

    fn put_proposal(&self, height: Height, hash: &Hash, block: &[u8]) -> Result<bool, StoreFault> {
        {
            let chain = self.chain();
            if chain.proposals.contains_key(&(height, *hash)) {
                return Ok(true);
            }
            let ahead = height.saturating_sub(chain.tip.header.height);
            let others = chain.proposals.range((height, Hash::ZERO)..=(height, Hash([0xff; 32])));
            if !(1..=PROPOSAL_HEIGHTS_AHEAD).contains(&ahead) || others.count() >= MAX_PROPOSALS_PER_HEIGHT {
                return Ok(false);
            }
        }
        let kept = self.write(Write::Proposal, |chain| {
            chain.proposals.insert((height, *hash), block.to_vec());
        });
        kept.map(|()| true).map_err(off)
    }

    fn put_own_proposal(&self, height: Height, round: u32, hash: &Hash, block: &[u8]) -> Result<(), StoreFault> {
        let earlier = self.chain().own.get(&(height, round)).copied();
        match earlier {
            Some(earlier) if earlier == *hash => return Ok(()),
            Some(earlier) => {
                return Err(StoreFault(format!("proposed {earlier} at {height}/{round} before, now {hash}")));
            }
            None => {}
        }
        let written = self.write(Write::Proposal, |chain| {
            chain.proposals.insert((height, *hash), block.to_vec());
            chain.own.insert((height, round), *hash);
        });
        written.map_err(off)
    }

    fn commit(&self, execution: &Execution, commit: &Commit) -> Result<(), StoreFault> {
        self.chain().check_final(execution, commit)?;
        self.write(Write::Commit, |chain| chain.commit(execution, commit)).map_err(off)
    }
}
