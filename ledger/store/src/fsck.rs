//! Checks a whole store by doing everything again.
//!
//! The chain is executed from genesis into a second store, every certificate is verified, and then both stores must hold
//! the same rows. Commits and undecided proposals are this node's own and are not compared.

use std::path::Path;

use sogoc_ledger::block::Block;
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::name::Height;
use sogoc_ledger::state::StoreFault;
use sogoc_ledger::transition::{self, CheckAlways};

use crate::rows::Family;
use crate::{OpenError, Store};

/// Families that follow from genesis and the blocks alone.
const DERIVED: [Family; 14] = [
    Family::Headers,
    Family::Bodies,
    Family::History,
    Family::Sets,
    Family::Changes,
    Family::Nodes,
    Family::Records,
    Family::Statuses,
    Family::Issuers,
    Family::Batches,
    Family::Motions,
    Family::Definitions,
    Family::Continuations,
    Family::Keys,
];

/// What was checked and found right.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Height of the last block.
    pub height: Height,
    /// Rows compared.
    pub rows: u64,
}

/// What is wrong with a store. The codes never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FsckError {
    /// A row cannot be read.
    #[error(transparent)]
    Fault(#[from] StoreFault),
    /// The second store cannot be made.
    #[error("the scratch directory: {0}")]
    Scratch(OpenError),
    /// A block is not valid, or not final.
    #[error("block {0}: {1}")]
    Block(Height, String),
    /// A row is not what the blocks give.
    #[error("{family} row {key} is not what the blocks give")]
    OtherRow {
        /// The row's family.
        family: &'static str,
        /// Its key, in hex.
        key: String,
    },
}

impl FsckError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fault(_) => "fsck-damaged-row",
            Self::Scratch(_) => "fsck-scratch",
            Self::Block(..) => "fsck-wrong-block",
            Self::OtherRow { .. } => "fsck-other-row",
        }
    }
}

impl Store {
    /// Executes the chain again into `scratch`, a directory that is empty or not there and needs as much room as the store,
    /// and compares. `progress` is told each height. No block may be committed meanwhile.
    ///
    /// # Errors
    /// The first thing that is wrong, see [`FsckError`].
    pub fn fsck(
        &self,
        genesis: &Genesis,
        scratch: &Path,
        mut progress: impl FnMut(Height),
    ) -> Result<Report, FsckError> {
        // Nothing is lost with the second store, so it need not be synced.
        let again = Self::open_with(scratch, genesis, false).map_err(FsckError::Scratch)?;
        if again.tip().header.height != 0 {
            return Err(FsckError::Scratch(OpenError::Unavailable("not empty".into())));
        }
        let height = self.tip().header.height;
        for height in 1..=height {
            let wrong = |error: &dyn std::fmt::Display| FsckError::Block(height, error.to_string());
            if let Some(continuation) = self.continuation(height)? {
                again.continue_chain(&continuation).map_err(|error| wrong(&error))?;
                progress(height);
                continue;
            }
            let (bytes, commit) = self.block(height)?.ok_or_else(|| wrong(&"missing"))?;
            let block = Block::from_bytes(&bytes).map_err(|error| wrong(&error))?;
            let view = again.view();
            let execution =
                transition::execute(&view, view.tip(), &block, &CheckAlways).map_err(|error| wrong(&error))?;
            again.commit(&execution, &commit).map_err(|error| wrong(&error))?;
            progress(height);
        }
        let mut rows = 0;
        for family in DERIVED {
            rows += self.compare(&again, family)?;
        }
        Ok(Report { height, rows })
    }

    fn compare(&self, again: &Self, family: Family) -> Result<u64, FsckError> {
        let mut here = self.rows.scan(family, b"", b"")?;
        let mut there = again.rows.scan(family, b"", b"")?;
        let mut rows = 0;
        loop {
            match (here.next().transpose()?, there.next().transpose()?) {
                (None, None) => return Ok(rows),
                (here, there) if here == there => rows += 1,
                (here, there) => {
                    let keys = here.into_iter().chain(there).map(|(key, _)| key);
                    let key = hex::encode(keys.min().unwrap_or_default());
                    return Err(FsckError::OtherRow { family: family.name(), key });
                }
            }
        }
    }
}
