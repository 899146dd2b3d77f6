//! Transactions that wait for a block.
//!
//! # What goes in
//!
//! Transactions that the host found valid on the last block: signatures checked, issuer known, not
//! expired. The pool checks nothing of that. It knows a transaction by its id, which excludes the
//! signatures: of two with one id it keeps the first.
//!
//! # Invariants
//!
//! * [`Bounds`] hold at every moment, for the pool and for each issuer's share of it.
//! * [`Pool::candidates`] are oldest first, and a large transaction is never passed over for a younger, smaller one.
//! * What the pool holds is a function of the calls made to it: no clock, randomness or hash map.
//!
//! # Errors
//!
//! [`PoolFull`]: nothing is evicted for a newcomer, for what was accepted was promised a try.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sogoc_ledger::Hash;
use sogoc_ledger::name::{IssuerId, Time};
use sogoc_ledger::transaction::Transaction;

#[cfg(test)]
mod tests;

/// Transactions in the pool: two full blocks, so that a proposer never waits for gossip.
pub const POOL_TRANSACTIONS_MAX: usize = 20_000;

/// Their encoded bytes: sixteen full blocks of the largest batches.
pub const POOL_BYTES_MAX: usize = 64 << 20;

/// One issuer's share of both: four could still fill the pool, and no single stolen key can keep the others out.
const ISSUER_SHARE_DIVISOR: usize = 4;

/// How much the pool, or an issuer's share of it, may hold.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Transactions.
    pub transactions: usize,
    /// Encoded bytes.
    pub bytes: usize,
}

impl Bounds {
    /// The bounds of a node's pool.
    pub const POOL: Self = Self { transactions: POOL_TRANSACTIONS_MAX, bytes: POOL_BYTES_MAX };

    /// One issuer's share of them.
    pub fn issuer_share(self) -> Self {
        Self { transactions: self.transactions / ISSUER_SHARE_DIVISOR, bytes: self.bytes / ISSUER_SHARE_DIVISOR }
    }
}

/// A transaction that waits, and its encoded size.
#[derive(Debug, PartialEq, Eq)]
pub struct Pending {
    /// Id of the transaction.
    pub id: Hash,
    /// The transaction.
    pub transaction: Transaction,
    /// Its encoded size in bytes.
    pub size: usize,
}

/// Whether the pool had the transaction already.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It waits from now on: tell the peers.
    New,
    /// It was waiting already.
    Known,
}

/// There is no room for the transaction now.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.code(), self.english())]
pub enum PoolFull {
    /// The pool holds all it may.
    Pool,
    /// This issuer's share is used up.
    IssuerShare,
}

impl PoolFull {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pool => "pool-full",
            Self::IssuerShare => "issuer-share-full",
        }
    }

    /// What it means and what to do, in Vietnamese.
    pub fn vietnamese(self) -> &'static str {
        match self {
            Self::Pool => "Nút đang có quá nhiều yêu cầu chờ ghi. Hãy gửi lại sau ít phút; không có gì bị mất.",
            Self::IssuerShare => {
                "Đơn vị cấp này đang có quá nhiều yêu cầu chờ ghi. Hãy đợi các yêu cầu trước được ghi rồi gửi lại."
            }
        }
    }

    /// What it means and what to do, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Pool => "Too many transactions wait at this node. Submit again in a few minutes; nothing is lost.",
            Self::IssuerShare => {
                "Too many transactions of this issuer wait. Let the earlier ones be recorded, then submit again."
            }
        }
    }
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Load {
    transactions: usize,
    bytes: usize,
}

impl Load {
    fn has_room_for(&self, size: usize, bounds: Bounds) -> bool {
        self.transactions < bounds.transactions
            && self.bytes.checked_add(size).is_some_and(|bytes| bytes <= bounds.bytes)
    }

    fn add(&mut self, size: usize) {
        self.transactions += 1;
        self.bytes += size;
    }

    fn subtract(&mut self, size: usize) {
        self.transactions -= 1;
        self.bytes -= size;
    }
}

/// Place in the order of arrival.
type Turn = u64;

/// See the module.
#[derive(Debug)]
pub struct Pool {
    bounds: Bounds,
    queue: BTreeMap<Turn, Arc<Pending>>,
    turns: BTreeMap<Hash, Turn>,
    by_expiry: BTreeSet<(Time, Turn)>,
    load: Load,
    shares: BTreeMap<IssuerId, Load>,
    next_turn: Turn,
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(Bounds::POOL)
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            queue: BTreeMap::new(),
            turns: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            load: Load::default(),
            shares: BTreeMap::new(),
            next_turn: 0,
        }
    }

    /// Adds a transaction whose encoding has `size` bytes, behind those that wait.
    ///
    /// # Errors
    /// [`PoolFull`]; the pool is unchanged.
    pub fn insert(&mut self, transaction: Transaction, size: usize) -> Result<Inserted, PoolFull> {
        let id = transaction.id();
        if self.turns.contains_key(&id) {
            return Ok(Inserted::Known);
        }
        if !self.load.has_room_for(size, self.bounds) {
            return Err(PoolFull::Pool);
        }
        let issuer = &transaction.request.issuer;
        let share = self.shares.get(issuer).copied().unwrap_or_default();
        if !share.has_room_for(size, self.bounds.issuer_share()) {
            return Err(PoolFull::IssuerShare);
        }
        let turn = self.next_turn;
        self.next_turn += 1;
        self.load.add(size);
        self.shares.entry(issuer.clone()).or_default().add(size);
        self.turns.insert(id, turn);
        self.by_expiry.insert((transaction.request.valid_until, turn));
        self.queue.insert(turn, Arc::new(Pending { id, transaction, size }));
        Ok(Inserted::New)
    }

    /// The oldest transactions, as many as fit into both limits.
    pub fn candidates(&self, transactions_max: usize, bytes_max: usize) -> Vec<Arc<Pending>> {
        let mut room = bytes_max;
        self.queue
            .values()
            .take(transactions_max)
            .map_while(|pending| {
                room = room.checked_sub(pending.size)?;
                Some(Arc::clone(pending))
            })
            .collect()
    }

    /// The transaction of this id, if it waits.
    pub fn get(&self, id: &Hash) -> Option<&Arc<Pending>> {
        self.queue.get(self.turns.get(id)?)
    }

    /// Forgets those that were sealed or refused; others in `ids` are ignored. Says how many waited.
    pub fn remove<'a>(&mut self, ids: impl IntoIterator<Item = &'a Hash>) -> usize {
        ids.into_iter().filter(|id| self.remove_one(id)).count()
    }

    fn remove_one(&mut self, id: &Hash) -> bool {
        let Some(pending) = self.turns.remove(id).and_then(|turn| {
            let pending = self.queue.remove(&turn)?;
            self.by_expiry.remove(&(pending.transaction.request.valid_until, turn));
            Some(pending)
        }) else {
            return false;
        };
        self.load.subtract(pending.size);
        let issuer = &pending.transaction.request.issuer;
        if let Some(share) = self.shares.get_mut(issuer) {
            share.subtract(pending.size);
            if share.transactions == 0 {
                self.shares.remove(issuer);
            }
        }
        true
    }

    /// Forgets those that no block of `time` or later may contain, and names them.
    pub fn expire(&mut self, time: Time) -> Vec<Hash> {
        let expired: Vec<Hash> = self
            .by_expiry
            .range(..(time, Turn::MIN))
            .filter_map(|(_, turn)| self.queue.get(turn).map(|pending| pending.id))
            .collect();
        self.remove(&expired);
        expired
    }

    /// Transactions that wait.
    pub fn len(&self) -> usize {
        self.load.transactions
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.load.transactions == 0
    }

    /// Encoded bytes of those that wait.
    pub fn bytes(&self) -> usize {
        self.load.bytes
    }
}
