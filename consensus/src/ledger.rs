//! The ledger as `judge` needs it: a trait, so that the simulation can put a model with a disk that fails in the store's place.

use std::sync::Arc;

use jmt::storage::TreeReader;
use sogoc_ledger::Hash;
use sogoc_ledger::block::Header;
use sogoc_ledger::name::Height;
use sogoc_ledger::state::{StateReader, StoreFault};
use sogoc_ledger::transition::{Execution, Tip};
use sogoc_store::{Commit, Store, View};

/// The ledger on a disk. What was written is synced when a call returns; the methods are those of [`Store`].
#[allow(missing_docs, reason = "described at the store")]
pub trait Ledger {
    type View<'a>: StateReader + TreeReader
    where
        Self: 'a;

    fn tip(&self) -> Arc<Tip>;
    fn view(&self) -> Self::View<'_>;
    fn header(&self, height: Height) -> Result<Option<Header>, StoreFault>;
    fn block(&self, height: Height) -> Result<Option<(Vec<u8>, Commit)>, StoreFault>;
    fn proposal(&self, height: Height, hash: &Hash) -> Result<Option<Vec<u8>>, StoreFault>;
    fn proposals(&self, height: Height) -> Result<Vec<(Hash, Vec<u8>)>, StoreFault>;
    fn own_proposal(&self, height: Height, round: u32) -> Result<Option<(Hash, Vec<u8>)>, StoreFault>;
    fn put_proposal(&self, height: Height, hash: &Hash, block: &[u8]) -> Result<bool, StoreFault>;
    fn put_own_proposal(&self, height: Height, round: u32, hash: &Hash, block: &[u8]) -> Result<(), StoreFault>;
    fn commit(&self, execution: &Execution, commit: &Commit) -> Result<(), StoreFault>;
}

impl Ledger for Arc<Store> {
    type View<'a> = View<'a>;

    fn tip(&self) -> Arc<Tip> {
        Store::tip(self)
    }

    fn view(&self) -> View<'_> {
        Store::view(self)
    }

    fn header(&self, height: Height) -> Result<Option<Header>, StoreFault> {
        Store::header(self, height)
    }

    fn block(&self, height: Height) -> Result<Option<(Vec<u8>, Commit)>, StoreFault> {
        Store::block(self, height)
    }

    fn proposal(&self, height: Height, hash: &Hash) -> Result<Option<Vec<u8>>, StoreFault> {
        Store::proposal(self, height, hash)
    }

    fn proposals(&self, height: Height) -> Result<Vec<(Hash, Vec<u8>)>, StoreFault> {
        Store::proposals(self, height)
    }

    fn own_proposal(&self, height: Height, round: u32) -> Result<Option<(Hash, Vec<u8>)>, StoreFault> {
        Store::own_proposal(self, height, round)
    }

    fn put_proposal(&self, height: Height, hash: &Hash, block: &[u8]) -> Result<bool, StoreFault> {
        Store::put_proposal(self, height, hash, block)
    }

    fn put_own_proposal(&self, height: Height, round: u32, hash: &Hash, block: &[u8]) -> Result<(), StoreFault> {
        Store::put_own_proposal(self, height, round, hash, block)
    }

    fn commit(&self, execution: &Execution, commit: &Commit) -> Result<(), StoreFault> {
        Store::commit(self, execution, commit)
    }
}
