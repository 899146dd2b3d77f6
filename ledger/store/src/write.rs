//! Everything that is written: proposals, and committed blocks.

use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard, PoisonError};

use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::continuation::{Continuation, ContinuationError};
use sogoc_ledger::name::Height;
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::StoreFault;
use sogoc_ledger::transition::{self, Execution};
use sogoc_ledger::validator::ValidatorSet;

use crate::rows::{Changes, Family};
use crate::{Commit, HeaderRow, Store, View, key};

/// Proposals of others kept for one height. An honest round makes one; whoever puts them here bounds how many it takes from one node.
pub const MAX_PROPOSALS_PER_HEIGHT: usize = 512;

/// How far above the last block a proposal may be, in heights. The engine works on the next one; sync brings those after it.
pub const PROPOSAL_HEIGHTS_AHEAD: u64 = 16;

/// What whoever writes has to know.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) proposals: BTreeSet<(Height, Hash)>,
    pub(crate) own: BTreeSet<(Height, u32)>,
    failed: bool,
}

impl Store {
    fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreFault> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.failed {
            return Err(StoreFault("an earlier write failed".into()));
        }
        Ok(writer)
    }

    fn write(&self, writer: &mut Writer, changes: Changes) -> Result<(), StoreFault> {
        let written = self.rows.write(changes);
        writer.failed |= written.is_err();
        written
    }

    /// Keeps a proposed block until its height is decided. Returns, with the block on the disk, whether it is kept: not
    /// if its height is decided, is more than [`PROPOSAL_HEIGHTS_AHEAD`] ahead, or has [`MAX_PROPOSALS_PER_HEIGHT`].
    ///
    /// # Errors
    /// The store failed: stop the process.
    pub fn put_proposal(&self, height: Height, hash: &Hash, block: &[u8]) -> Result<bool, StoreFault> {
        let mut writer = self.writer()?;
        if writer.proposals.contains(&(height, *hash)) {
            return Ok(true);
        }
        let ahead = height.saturating_sub(self.tip().header.height);
        let others = writer.proposals.range((height, Hash::ZERO)..).take_while(|(at, _)| *at == height);
        if !(1..=PROPOSAL_HEIGHTS_AHEAD).contains(&ahead) || others.count() >= MAX_PROPOSALS_PER_HEIGHT {
            return Ok(false);
        }
        let mut changes = Changes::default();
        changes.put(Family::Proposals, key::proposal(height, hash), block.into());
        self.write(&mut writer, changes)?;
        writer.proposals.insert((height, *hash));
        Ok(true)
    }

    /// Remembers, on the disk, that `block` is what this node proposes at (height, round).
    ///
    /// # Errors
    /// Another block was proposed there, which must never happen, or the store failed: stop the process.
    pub fn put_own_proposal(&self, height: Height, round: u32, hash: &Hash, block: &[u8]) -> Result<(), StoreFault> {
        let mut writer = self.writer()?;
        let own = key::own(height, round);
        match self.rows.get::<Hash>(Family::Own, &own)? {
            Some(earlier) if earlier == *hash => return Ok(()),
            Some(earlier) => {
                return Err(StoreFault(format!("proposed {earlier} at {height}/{round} before, now {hash}")));
            }
            None => {}
        }
        let mut changes = Changes::default();
        changes.put(Family::Proposals, key::proposal(height, hash), block.into());
        changes.put(Family::Own, own, codec::encode(hash));
        self.write(&mut writer, changes)?;
        writer.proposals.insert((height, *hash));
        writer.own.insert((height, round));
        Ok(())
    }

    /// Makes a decided block the last one: the block, its commit and all that it does to the state, in one synced write,
    /// and forgets the proposals up to its height. Readers see it once it is on the disk.
    ///
    /// # Errors
    /// The block does not follow the last one, the commit does not make it final, or the store failed: stop the process.
    pub fn commit(&self, execution: &Execution, commit: &Commit) -> Result<(), StoreFault> {
        let mut writer = self.writer()?;
        let (view, header) = (self.view(), &execution.block.header);
        let height = header.height;
        if header.parent != view.tip().hash || execution.tip.header != *header {
            return Err(StoreFault(format!("block {height} does not follow the last one")));
        }
        self.check_final(execution, commit)?;
        let mut changes = block_rows(execution)?;
        changes.put(Family::Commits, height.to_be_bytes(), codec::encode(commit));
        if header.next_validators != header.validators {
            let set = next_set(execution, &view)?;
            changes.put(Family::Sets, set.hash().0, codec::encode(&set));
            changes.put(Family::Changes, height.to_be_bytes(), Vec::new());
        }
        self.become_last(&mut writer, changes, execution)
    }

    /// Makes the block that continues the chain without votes the last one, in one synced write.
    ///
    /// # Errors
    /// It does not continue this chain from its last block (nothing is written), or the store failed: stop the process.
    pub fn continue_chain(&self, continuation: &Continuation) -> Result<(), ContinuationError> {
        let mut writer = self.writer()?;
        let view = self.view();
        let execution = continuation.execute(&view, view.tip())?;
        let mut changes = block_rows(&execution)?;
        let set = continuation.set()?;
        changes.put(Family::Sets, set.hash().0, codec::encode(&set));
        changes.put(Family::Continuations, continuation.height.to_be_bytes(), codec::encode(continuation));
        Ok(self.become_last(&mut writer, changes, &execution)?)
    }

    /// Writes a block, and forgets the proposals up to its height.
    fn become_last(&self, writer: &mut Writer, mut changes: Changes, execution: &Execution) -> Result<(), StoreFault> {
        let height = execution.block.header.height;
        let proposals_left = writer.proposals.split_off(&(height + 1, Hash::ZERO));
        for (at, hash) in std::mem::replace(&mut writer.proposals, proposals_left) {
            changes.delete(Family::Proposals, key::proposal(at, &hash));
        }
        let own_left = writer.own.split_off(&(height + 1, 0));
        for (at, round) in std::mem::replace(&mut writer.own, own_left) {
            changes.delete(Family::Own, key::own(at, round));
        }
        self.write(writer, changes)?;
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(execution.tip.clone());
        Ok(())
    }

    fn check_final(&self, execution: &Execution, commit: &Commit) -> Result<(), StoreFault> {
        let header = &execution.block.header;
        let not_final = |why: &str| StoreFault(format!("the commit of block {} is wrong: {why}", header.height));
        let set: ValidatorSet = self.rows.expect(Family::Sets, &header.validators.0)?;
        let certificate = commit.certificate(&set).ok_or_else(|| not_final("no quorum"))?;
        let verified = certificate.verify(&header.chain, &set, header.height, &execution.tip.hash);
        verified.map_err(|error| not_final(&error.to_string()))
    }
}

/// The set that signs the block after this one.
fn next_set(execution: &Execution, before: &View<'_>) -> Result<ValidatorSet, StoreFault> {
    let header = &execution.block.header;
    let validators = match execution.records.get(&Key::Validators) {
        Some(Record::Validators(validators)) => validators.clone(),
        _ => transition::validators(before)?,
    };
    let set = validators.set_at(header.height + 1);
    if set.hash() != header.next_validators {
        return Err(StoreFault(format!("block {} names another next validator set", header.height)));
    }
    Ok(set)
}

/// What a block adds, without its commit and validator sets.
pub(crate) fn block_rows(execution: &Execution) -> Result<Changes, StoreFault> {
    let mut changes = Changes::default();
    let (tip, header) = (&execution.tip, &execution.block.header);
    let height = header.height.to_be_bytes();
    let row = HeaderRow { header: header.clone(), tree_version: tip.tree_version };
    changes.put(Family::Headers, height, codec::encode(&row));
    changes.put(Family::Bodies, height, codec::encode(&execution.block.body));
    for (level, index, hash) in &execution.history_nodes {
        changes.put(Family::History, key::subtree(*level, *index), codec::encode(hash));
    }
    for (node_key, node) in execution.tree.nodes.nodes() {
        let bytes = borsh::to_vec(node).map_err(|error| StoreFault(format!("node: {error}")))?;
        changes.put(Family::Nodes, key::node(node_key), bytes);
    }
    for ((version, place), value) in execution.tree.nodes.values() {
        let value = value.as_ref().ok_or_else(|| StoreFault("the state forgets nothing".into()))?;
        changes.put(Family::Records, key::record(&place.0, *version), value.clone());
    }
    for ((issuer, batch), statuses) in &execution.statuses {
        for entry in statuses.changed.iter().filter(|entry| entry.height == header.height) {
            let key = key::status(issuer, batch, entry.index, entry.height);
            changes.put(Family::Statuses, key, codec::encode(entry));
        }
    }
    for (key, record) in &execution.records {
        match (key, record) {
            (Key::Issuer(id), _) => changes.put(Family::Issuers, id.as_str(), Vec::new()),
            (Key::Batch(issuer, batch), _) => changes.put(Family::Batches, key::batch(issuer, batch), Vec::new()),
            (Key::Motion(id), Record::Motion(motion)) => {
                changes.put(Family::Motions, key::motion(motion.proposed, id), Vec::new());
            }
            (Key::Definition(kind, name, version), _) => {
                changes.put(Family::Definitions, key::definition(*kind, name, *version), Vec::new());
            }
            (other, _) => changes.put(Family::Keys, codec::encode(other), Vec::new()),
        }
    }
    changes.put(Family::Meta, key::TIP, height.into());
    Ok(changes)
}
