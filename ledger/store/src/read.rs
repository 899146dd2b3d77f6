//! Everything that is read: blocks, which never change, and the state as of one of them.

use std::sync::Arc;

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue};
use sogoc_ledger::Hash;
use sogoc_ledger::block::{Body, Header};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::List;
use sogoc_ledger::continuation::Continuation;
use sogoc_ledger::name::{BatchId, Height, IssuerId};
use sogoc_ledger::record::{Batch, Issuer, Key, Record};
use sogoc_ledger::state::{StateReader, StoreFault};
use sogoc_ledger::status::{StatusArray, StatusEntry};
use sogoc_ledger::transaction::{Act, Action};
use sogoc_ledger::transition::Tip;
use sogoc_ledger::validator::{Certificate, ValidatorSet};

use crate::list::PAGE_MAX;
use crate::rows::{Family, decode, fault};
use crate::{Commit, HeaderRow, Store, key};

/// The state as of one block. What it reads does not change while further blocks are committed.
pub struct View<'a> {
    pub(crate) store: &'a Store,
    tip: Arc<Tip>,
}

impl Store {
    /// The header at `height`; `None` if that is not committed yet.
    ///
    /// # Errors
    /// The store failed.
    pub fn header(&self, height: Height) -> Result<Option<Header>, StoreFault> {
        if height > self.tip().header.height {
            return Ok(None);
        }
        let row: HeaderRow = self.rows.expect(Family::Headers, &height.to_be_bytes())?;
        Ok(Some(row.header))
    }

    /// The headers from `from` on, at most `limit` and at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub fn headers(&self, from: Height, limit: usize) -> Result<Vec<Header>, StoreFault> {
        let rows = self.rows.scan(Family::Headers, b"", &from.to_be_bytes())?;
        rows.take(limit.min(PAGE_MAX))
            .map(|row| {
                let (key, value) = row?;
                decode::<HeaderRow>(Family::Headers, &key, &value).map(|row| row.header)
            })
            .collect()
    }

    /// The body at `height`, which must be committed.
    ///
    /// # Errors
    /// The store failed, or has no such block.
    pub fn body(&self, height: Height) -> Result<Body, StoreFault> {
        self.rows.expect(Family::Bodies, &height.to_be_bytes())
    }

    /// The encoded block at `height` and its commit; `None` if that is not committed yet, and for block 0
    /// and one that continued the chain, which have no commit.
    ///
    /// # Errors
    /// The store failed.
    pub fn block(&self, height: Height) -> Result<Option<(Vec<u8>, Commit)>, StoreFault> {
        let (Some(header), Some(commit)) = (self.header(height)?, self.commit_of(height)?) else {
            return Ok(None);
        };
        let missing = || fault(Family::Bodies, &height.to_be_bytes(), "missing");
        let body = self.rows.bytes(Family::Bodies, &height.to_be_bytes())?.ok_or_else(missing)?;
        let mut bytes = sogoc_ledger::codec::encode(&header);
        bytes.extend_from_slice(&body);
        Ok(Some((bytes, commit)))
    }

    fn commit_of(&self, height: Height) -> Result<Option<Commit>, StoreFault> {
        if height == 0 || height > self.tip().header.height || self.continuation(height)?.is_some() {
            return Ok(None);
        }
        self.rows.expect(Family::Commits, &height.to_be_bytes()).map(Some)
    }

    /// What continued the chain at `height`, if nobody voted for that block.
    ///
    /// # Errors
    /// The store failed.
    pub fn continuation(&self, height: Height) -> Result<Option<Continuation>, StoreFault> {
        self.rows.get(Family::Continuations, &height.to_be_bytes())
    }

    /// The certificate of the block at `height` in its one form; `None` as for [`Store::block`].
    ///
    /// # Errors
    /// The store failed.
    pub fn certificate(&self, height: Height) -> Result<Option<Certificate>, StoreFault> {
        let (Some(header), Some(commit)) = (self.header(height)?, self.commit_of(height)?) else {
            return Ok(None);
        };
        let set: ValidatorSet = self.rows.expect(Family::Sets, &header.validators.0)?;
        let no_quorum = || fault(Family::Commits, &height.to_be_bytes(), "no quorum");
        commit.certificate(&set).map(Some).ok_or_else(no_quorum)
    }

    /// The validator set with this hash, if one ever was, or will be in the next block.
    ///
    /// # Errors
    /// The store failed.
    pub fn validator_set(&self, hash: &Hash) -> Result<Option<ValidatorSet>, StoreFault> {
        self.rows.get(Family::Sets, &hash.0)
    }

    /// The checkpoint at `height`; `None` if that is not committed yet.
    ///
    /// # Errors
    /// The store failed.
    pub fn checkpoint(&self, height: Height) -> Result<Option<Checkpoint>, StoreFault> {
        let Some(header) = self.header(height)? else {
            return Ok(None);
        };
        let validators = self.rows.expect(Family::Sets, &header.validators.0)?;
        let next_validators = self.rows.expect(Family::Sets, &header.next_validators.0)?;
        Ok(Some(Checkpoint { header, validators, next_validators }))
    }

    /// A proposed block of a height that is not decided yet.
    ///
    /// # Errors
    /// The store failed.
    pub fn proposal(&self, height: Height, hash: &Hash) -> Result<Option<Vec<u8>>, StoreFault> {
        self.rows.bytes(Family::Proposals, &key::proposal(height, hash))
    }

    /// All proposed blocks of a height.
    ///
    /// # Errors
    /// The store failed.
    pub fn proposals(&self, height: Height) -> Result<Vec<(Hash, Vec<u8>)>, StoreFault> {
        let rows = self.rows.scan(Family::Proposals, &height.to_be_bytes(), b"")?;
        rows.map(|row| {
            let (key, block) = row?;
            let hash = key.last_chunk().ok_or_else(|| fault(Family::Proposals, &key, "not a key"))?;
            Ok((Hash(*hash), block))
        })
        .collect()
    }

    /// What this node proposed at (height, round), if that is not decided yet.
    ///
    /// # Errors
    /// The store failed.
    pub fn own_proposal(&self, height: Height, round: u32) -> Result<Option<(Hash, Vec<u8>)>, StoreFault> {
        let Some(hash) = self.rows.get(Family::Own, &key::own(height, round))? else {
            return Ok(None);
        };
        // A commit meanwhile may have forgotten the block between the two reads.
        Ok(self.proposal(height, &hash)?.map(|block| (hash, block)))
    }

    fn node(&self, node_key: &NodeKey) -> Result<Option<Node>, StoreFault> {
        let key = key::node(node_key);
        let bytes = self.rows.bytes(Family::Nodes, &key)?;
        bytes.map(|bytes| borsh::from_slice(&bytes).map_err(|error| fault(Family::Nodes, &key, error))).transpose()
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(store: &'a Store, tip: Arc<Tip>) -> Self {
        Self { store, tip }
    }

    /// The block.
    pub fn tip(&self) -> &Arc<Tip> {
        &self.tip
    }

    /// The issuer with this id.
    ///
    /// # Errors
    /// The store failed.
    pub fn issuer(&self, id: &IssuerId) -> Result<Option<Issuer>, StoreFault> {
        match self.record(&Key::Issuer(id.clone()))? {
            None => Ok(None),
            Some(Record::Issuer(issuer)) => Ok(Some(issuer)),
            Some(_) => Err(StoreFault(format!("another record under issuer {id}"))),
        }
    }

    /// The record of a batch.
    ///
    /// # Errors
    /// The store failed.
    pub fn batch(&self, issuer: &IssuerId, batch: &BatchId) -> Result<Option<Batch>, StoreFault> {
        match self.record(&Key::Batch(issuer.clone(), *batch))? {
            None => Ok(None),
            Some(Record::Batch(batch)) => Ok(Some(batch)),
            Some(_) => Err(StoreFault(format!("another record under batch {batch} of {issuer}"))),
        }
    }

    /// The leaf hashes of a batch, in its order.
    ///
    /// # Errors
    /// The store failed.
    pub fn leaves(&self, issuer: &IssuerId, batch: &BatchId) -> Result<Option<Vec<Hash>>, StoreFault> {
        let Some(record) = self.batch(issuer, batch)? else {
            return Ok(None);
        };
        let mut acts = self.store.body(record.height)?.transactions.into_vec().into_iter().map(|tx| tx.request.act);
        let leaves = acts.find_map(|act| match act {
            Act::Issuer { issuer: by, action: Action::Issue(issue), .. } if by == *issuer && issue.batch == *batch => {
                Some(issue.leaves.into_vec())
            }
            _ => None,
        });
        leaves
            .map(Some)
            .ok_or_else(|| fault(Family::Bodies, &record.height.to_be_bytes(), "without the batch sealed there"))
    }

    /// What the documents of a batch were before their present status: the entries that were replaced, by index, the oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn status_history(&self, issuer: &IssuerId, batch: &BatchId) -> Result<Vec<StatusEntry>, StoreFault> {
        let mut entries = self.status_entries(issuer, batch)?;
        // Entries of one document stand together: the last of them is the present one.
        let indices: Vec<u32> = entries.iter().map(|entry| entry.index).collect();
        let mut next = indices.into_iter().skip(1);
        entries.retain(|entry| next.next() == Some(entry.index));
        Ok(entries)
    }

    /// Every entry up to this block, by index and height.
    fn status_entries(&self, issuer: &IssuerId, batch: &BatchId) -> Result<Vec<StatusEntry>, StoreFault> {
        let mut entries = Vec::new();
        for row in self.store.rows.scan(Family::Statuses, &key::batch(issuer, batch), b"")? {
            let (key, value) = row?;
            let entry: StatusEntry = decode(Family::Statuses, &key, &value)?;
            if entry.height <= self.tip.header.height {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    pub(crate) fn value(&self, place: &Hash, version: u64) -> Result<Option<Vec<u8>>, StoreFault> {
        self.store.rows.first_of_place(&key::record(&place.0, version))
    }
}

impl StateReader for View<'_> {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        let place = key.place();
        let bytes = self.value(&place, self.tip.tree_version)?;
        bytes.map(|bytes| decode(Family::Records, &place.0, &bytes)).transpose()
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        let mut changed: Vec<StatusEntry> = Vec::new();
        for entry in self.status_entries(issuer, batch)? {
            match changed.last_mut() {
                Some(last) if last.index == entry.index => *last = entry,
                _ => changed.push(entry),
            }
        }
        let prefix = key::batch(issuer, batch);
        let changed = List::new(changed).ok_or_else(|| fault(Family::Statuses, &prefix, "more than a batch has"))?;
        Ok(StatusArray { changed })
    }
}

impl TreeReader for View<'_> {
    fn get_node_option(&self, node_key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.store.node(node_key)?)
    }

    fn get_value_option(&self, max_version: u64, place: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.value(&Hash(place.0), max_version.min(self.tip.tree_version))?)
    }

    /// Only for restoring a tree leaf by leaf, which is not how a node gets its state.
    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("not used")
    }
}

/// The latest committed state. Whoever reads twice takes a [`View`].
impl StateReader for Store {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        self.view().record(key)
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        self.view().statuses(issuer, batch)
    }
}

impl TreeReader for Store {
    fn get_node_option(&self, node_key: &NodeKey) -> anyhow::Result<Option<Node>> {
        self.view().get_node_option(node_key)
    }

    fn get_value_option(&self, max_version: u64, place: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        self.view().get_value_option(max_version, place)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        self.view().get_rightmost_leaf()
    }
}
