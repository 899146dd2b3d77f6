//! Keeps the ledger on disk.
//!
//! One RocksDB. A committed block is one write, synced before [`Store::commit`] returns; so the store is always the
//! chain up to some block, whole, whenever the power fails. Starting after a crash is the same as starting.
//!
//! # Format
//!
//! Version 2. Integers are big-endian, values are in the ledger's [codec](sogoc_ledger::codec) unless said otherwise,
//! and each is followed by a check (module `rows`).
//!
//! | family | key | value |
//! |---|---|---|
//! | `meta` | `"format"` | version of this format (4) |
//! | | `"tip"` | height of the last block (8) |
//! | `headers` | height (8) | header ‖ version of the state tree after the block (8) |
//! | `bodies` | height | body |
//! | `commits` | height, from 1 on | [`Commit`] |
//! | `history` | level (1) ‖ index (8) | root of a perfect subtree over the header hashes |
//! | `sets` | hash | validator set |
//! | `changes` | height whose next set is another than its own | – |
//! | `nodes` | version (8) ‖ a byte for each nibble | node of the state tree, in borsh |
//! | `records` | place (32) ‖ 2⁶⁴−1 − version (8) | record |
//! | `statuses` | issuer ‖ batch (16) ‖ index (4) ‖ height (8) | status entry |
//! | `issuers` | id as text | – |
//! | `batches` | issuer ‖ batch (16) | – |
//! | `motions` | 2⁶⁴−1 − time of the proposal (8) ‖ id (32) | – |
//! | `definitions` | kind (1) ‖ name ‖ version (2) | – |
//! | `keys` | key of any other record | – |
//! | `continuations` | height | what continued the chain there, in place of a commit |
//! | `proposals` | height ‖ hash of the header | block |
//! | `own` | height ‖ round (4) | hash of the block that this node proposed there |
//!
//! `issuer` is the encoding of its id, and `name` that of its: a length byte and the text. The version is stored reversed so
//! that the newest record not newer than some version is the first at or after a key, and the time so that the newest motion
//! comes first.
//!
//! # Invariants
//!
//! * Rows of committed blocks are only ever added. A [`View`] names a block, and what it reads stays what it was at that
//!   block however many are committed meanwhile.
//! * A block is stored only with precommits that make it final, or as one that continues the chain without its validators.
//! * After the first failed write nothing more is written: what the disk then holds is unknown.
//! * What a view proves it has checked, whatever it kept in memory for it (module `kept`).
//!
//! # Errors
//!
//! [`OpenError`] at the start. Afterwards [`StoreFault`]: the disk failed or a row contradicts another. It is for whoever
//! holds the store to stop the process; the next start tells whether the store is whole.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod error;
mod export;
#[cfg(test)]
mod fixture;
mod fsck;
mod kept;
mod list;
mod open;
mod proof;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bincode::{Decode, Encode};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::List;
use sogoc_ledger::name::Height;
use sogoc_ledger::record::Record;
use sogoc_ledger::signature::{PublicKey, Signature};
use sogoc_ledger::state::TreeNode;
use sogoc_ledger::transition::Tip;
use sogoc_ledger::validator::{Certificate, VALIDATORS_MAX, ValidatorSet};

pub use error::OpenError;
pub use fsck::{FsckError, Report};
pub use list::{DefinitionKey, PAGE_MAX};
pub use read::View;
pub use sogoc_ledger::state::StoreFault;
pub use write::{MAX_PROPOSALS_PER_HEIGHT, PROPOSAL_HEIGHTS_AHEAD};

use kept::Kept;
use rows::Rows;

/// The ledger on disk. Shared between threads as it is.
pub struct Store {
    rows: Rows,
    tip: RwLock<Arc<Tip>>,
    writer: Mutex<write::Writer>,
    nodes: Kept<TreeNode>,
    records: Kept<Record>,
    finality: proof::LastFinality,
}

/// The precommits that made a block final: all that this node had, which is at least a quorum.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Commit {
    /// Their round.
    pub round: u32,
    /// The precommits, in any order.
    pub precommits: List<Precommit, VALIDATORS_MAX>,
}

/// One validator's precommit for the block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Precommit {
    /// Consensus key of the validator.
    pub validator: PublicKey,
    /// Its signature.
    pub signature: Signature,
}

impl Commit {
    /// The certificate in its one form; `None` if members of `set` with more than two thirds of its power did not sign.
    pub fn certificate(&self, set: &ValidatorSet) -> Option<Certificate> {
        let place = |key| set.members().binary_search_by_key(key, |member| member.key).ok();
        let known = self.precommits.iter().filter_map(|p| Some((place(&p.validator)?, p.signature)));
        Certificate::from_precommits(set, self.round, known.collect())
    }
}

impl Store {
    /// The last committed block and what the next one builds on.
    pub fn tip(&self) -> Arc<Tip> {
        self.tip.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The state as of the last committed block.
    pub fn view(&self) -> View<'_> {
        View::new(self, self.tip())
    }

    /// The state as of the block at `height`; `None` if that is not committed yet.
    ///
    /// # Errors
    /// The store failed.
    pub fn view_at(&self, height: Height) -> Result<Option<View<'_>>, StoreFault> {
        if height > self.tip().header.height {
            return Ok(None);
        }
        let tip = open::tip_at(&self.rows, height)?;
        Ok(Some(View::new(self, Arc::new(tip))))
    }
}

/// What `headers` holds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct HeaderRow {
    header: sogoc_ledger::block::Header,
    tree_version: u64,
}

/// Keys of rows.
mod key {
    use super::{Hash, Height};
    use sogoc_ledger::codec;
    use sogoc_ledger::name::{BatchId, IssuerId, Time, TypeId};
    use sogoc_ledger::record::DefinitionKind;

    pub(crate) const FORMAT: &[u8] = b"format";
    pub(crate) const TIP: &[u8] = b"tip";

    pub(crate) fn subtree(level: u8, index: u64) -> [u8; 9] {
        let mut key = [level; 9];
        key[1..].copy_from_slice(&index.to_be_bytes());
        key
    }

    pub(crate) fn record(place: &[u8; 32], version: u64) -> [u8; 40] {
        let mut key = [0; 40];
        key[..32].copy_from_slice(place);
        key[32..].copy_from_slice(&(u64::MAX - version).to_be_bytes());
        key
    }

    pub(crate) fn node(key: &jmt::storage::NodeKey) -> Vec<u8> {
        let nibbles = key.nibble_path().nibbles().map(|nibble| nibble.as_usize() as u8);
        key.version().to_be_bytes().into_iter().chain(nibbles).collect()
    }

    pub(crate) fn batch(issuer: &IssuerId, batch: &BatchId) -> Vec<u8> {
        [codec::encode(issuer).as_slice(), &batch.0].concat()
    }

    pub(crate) fn status(issuer: &IssuerId, id: &BatchId, index: u32, height: Height) -> Vec<u8> {
        [batch(issuer, id).as_slice(), &index.to_be_bytes(), &height.to_be_bytes()].concat()
    }

    pub(crate) fn motion(proposed: Time, id: &Hash) -> [u8; 40] {
        let mut key = [0; 40];
        key[..8].copy_from_slice(&(u64::MAX - proposed.0).to_be_bytes());
        key[8..].copy_from_slice(&id.0);
        key
    }

    pub(crate) fn definition(kind: DefinitionKind, name: &TypeId, version: u16) -> Vec<u8> {
        [codec::encode(&(kind, name.clone())).as_slice(), &version.to_be_bytes()].concat()
    }

    pub(crate) fn proposal(height: Height, hash: &Hash) -> Vec<u8> {
        [height.to_be_bytes().as_slice(), &hash.0].concat()
    }

    pub(crate) fn own(height: Height, round: u32) -> Vec<u8> {
        [height.to_be_bytes().as_slice(), &round.to_be_bytes()].concat()
    }
}
