//! Founding, opening, and the checks of every start.
//!
//! What is not checked here because it takes too long, [`Store::fsck`] checks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use jmt::Sha256Jmt;
use rocksdb::ErrorKind;
use sogoc_ledger::Hash;
use sogoc_ledger::block::{Block, Body};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::merkle::{self, Frontier};
use sogoc_ledger::name::Height;
use sogoc_ledger::state::{self, StoreFault};
use sogoc_ledger::transition::{Execution, Tip};

use crate::kept::Kept;
use crate::proof::LastFinality;
use crate::rows::{Family, Rows, fault};
use crate::write::{self, Writer};
use crate::{HeaderRow, OpenError, Store, key};

/// The format that this code writes and reads.
const FORMAT: u32 = 2;

impl Store {
    /// Opens the store at `path`, or founds the chain of `genesis` if there is nothing.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Self, OpenError> {
        Self::open_with(path, genesis, true)
    }

    pub(crate) fn open_with(path: &Path, genesis: &Genesis, synced: bool) -> Result<Self, OpenError> {
        let rows = Rows::open(path, synced).map_err(|error| match error.kind() {
            ErrorKind::Corruption => OpenError::Damaged(StoreFault(error.to_string())),
            _ => OpenError::Unavailable(error.to_string()),
        })?;
        let founded = found(genesis)?;
        match rows.get::<u32>(Family::Meta, key::FORMAT)? {
            Some(FORMAT) => {}
            Some(other) => return Err(OpenError::UnknownFormat(other)),
            None if rows.is_empty()? => write_founding(&rows, genesis, &founded)?,
            None => return Err(fault(Family::Meta, key::FORMAT, "missing").into()),
        }
        let stored = tip_at(&rows, 0)?.hash;
        if stored != founded.tip.hash {
            return Err(OpenError::OtherChain { stored, given: founded.tip.hash });
        }
        let tip = Arc::new(tip_at(&rows, rows.expect(Family::Meta, key::TIP)?)?);
        let writer = proposals(&rows)?;
        let store = Self {
            rows,
            tip: RwLock::new(tip),
            writer: Mutex::new(writer),
            nodes: Kept::default(),
            records: Kept::default(),
            finality: LastFinality::default(),
        };
        store.check_tip()?;
        Ok(store)
    }

    /// Whether the parts of the last block fit together.
    fn check_tip(&self) -> Result<(), StoreFault> {
        let view = self.view();
        let header = &view.tip().header;
        let (height, damaged) = (header.height, |what| StoreFault(format!("the last block's {what}")));
        if self.rows.scan(Family::Headers, b"", &(height + 1).to_be_bytes())?.next().is_some() {
            return Err(damaged("header is not the last header"));
        }
        let root = Sha256Jmt::new(&view).get_root_hash_option(view.tip().tree_version);
        let root = root.map_err(|error| StoreFault(format!("state tree: {error:#}")))?;
        if root.map(|root| Hash(root.0)) != Some(header.state_root) {
            return Err(damaged("state root is not that of the state tree"));
        }
        if self.body(height)?.hash() != header.body {
            return Err(damaged("body is not the one that its header names"));
        }
        let checkpoint = self.checkpoint(height)?.ok_or_else(|| damaged("header is missing"))?;
        checkpoint.check().map_err(|error| StoreFault(format!("the last block: {error}")))?;
        match self.certificate(height)? {
            None if height == 0 || self.continuation(height)?.is_some() => Ok(()),
            None => Err(damaged("commit is missing")),
            Some(certificate) => certificate
                .verify(&header.chain, &checkpoint.validators, height, &view.tip().hash)
                .map_err(|error| StoreFault(format!("the last block is not final: {error}"))),
        }
    }
}

/// Block 0 as if it had been executed.
fn found(genesis: &Genesis) -> Result<Execution, OpenError> {
    let records = genesis.records();
    let validators = genesis.validators().map_err(OpenError::BadGenesis)?.hash();
    let tree = state::found(&records)?;
    let tip = genesis.tip(tree.root, validators);
    let history_nodes = Frontier::default().append(merkle::leaf_hash(&tip.hash.0));
    let block = Block { header: tip.header.clone(), body: Body::default() };
    Ok(Execution { block, tip, history_nodes, records, statuses: BTreeMap::new(), tree })
}

fn write_founding(rows: &Rows, genesis: &Genesis, founded: &Execution) -> Result<(), OpenError> {
    let set = genesis.validators().map_err(OpenError::BadGenesis)?;
    let mut changes = write::block_rows(founded)?;
    changes.put(Family::Sets, set.hash().0, sogoc_ledger::codec::encode(&set));
    changes.put(Family::Meta, key::FORMAT, FORMAT.to_be_bytes().into());
    Ok(rows.write(changes)?)
}

/// The tip as it was when the block at `height` was the last, from rows that are checked against each other.
pub(crate) fn tip_at(rows: &Rows, height: Height) -> Result<Tip, StoreFault> {
    let key = height.to_be_bytes();
    let HeaderRow { header, tree_version } = rows.expect(Family::Headers, &key)?;
    let hash = header.hash();
    let mut history = frontier(rows, height)?;
    if header.height != height || history.root() != header.history_root {
        return Err(fault(Family::Headers, &key, "not the header that follows from the history"));
    }
    for (level, index, node) in history.append(merkle::leaf_hash(&hash.0)) {
        if subtree(rows, level, index)? != node {
            return Err(fault(Family::History, &crate::key::subtree(level, index), "not over the header's hash"));
        }
    }
    Ok(Tip { header, hash, history, tree_version })
}

/// The history of the first `size` headers: a perfect subtree for each bit of `size`.
pub(crate) fn frontier(rows: &Rows, size: u64) -> Result<Frontier, StoreFault> {
    let levels = (0..64u8).rev().filter(|level| size >> level & 1 == 1);
    let peaks: Result<Vec<Hash>, _> = levels.map(|level| subtree(rows, level, (size >> level) - 1)).collect();
    Frontier::from_parts(size, peaks?).ok_or_else(|| StoreFault("history of another size".into()))
}

pub(crate) fn subtree(rows: &Rows, level: u8, index: u64) -> Result<Hash, StoreFault> {
    rows.expect(Family::History, &key::subtree(level, index))
}

/// Which proposals there are.
fn proposals(rows: &Rows) -> Result<Writer, StoreFault> {
    let mut writer = Writer::default();
    for row in rows.scan(Family::Proposals, b"", b"")? {
        let (key, _) = row?;
        let parsed = key.split_first_chunk().and_then(|(height, hash)| Some((*height, hash.try_into().ok()?)));
        let (height, hash) = parsed.ok_or_else(|| fault(Family::Proposals, &key, "not a key"))?;
        writer.proposals.insert((Height::from_be_bytes(height), Hash(hash)));
    }
    for row in rows.scan(Family::Own, b"", b"")? {
        let (key, _) = row?;
        let parsed = key.split_first_chunk().and_then(|(height, round)| Some((*height, round.try_into().ok()?)));
        let (height, round) = parsed.ok_or_else(|| fault(Family::Own, &key, "not a key"))?;
        writer.own.insert((Height::from_be_bytes(height), u32::from_be_bytes(round)));
    }
    Ok(writer)
}
