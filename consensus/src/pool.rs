//! Transactions that wait for a block.
//!
//! # What goes in
//!
//! Transactions that the host found valid on the last block: signatures checked, issuer known, not
//! expired. The pool checks nothing of that. It knows a transaction by its id, which excludes the
//! signatures: of two with one id it keeps the first.
//!
//! # Two lanes
//!
//! What validators ask (motions, votes, that they are ready) is little and steers the network. It has room of its own and goes
//! first, so that no flood of batches holds up a vote that ends it.
//!
//! # Invariants
//!
//! * [`Bounds`] hold at every moment, for each lane and for each party's share of it.
//! * [`Pool::candidates`] are the validators' and then the issuers', each oldest first, and a large transaction is never passed over for a younger, smaller one.
//! * What the pool holds is a function of the calls made to it: no clock, randomness or hash map.
//!
//! # Errors
//!
//! [`PoolFull`]: nothing is evicted for a newcomer, for what was accepted was promised a try.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sogoc_ledger::Hash;
use sogoc_ledger::name::{IssuerId, Time};
use sogoc_ledger::transaction::{Act, Transaction};

#[cfg(test)]
mod tests;

/// Transactions in the pool: two full blocks, so that a proposer never waits for gossip.
pub const POOL_TRANSACTIONS_MAX: usize = 20_000;

/// Their encoded bytes: sixteen full blocks of the largest batches.
pub const POOL_BYTES_MAX: usize = 64 << 20;

/// One issuer's share of both: four could still fill the pool, and no single stolen key can keep the others out.
const ISSUER_SHARE_DIVISOR: usize = 4;

/// What validators ask: a vote of each of the most that there may be, on several motions.
pub const MEMBERS_TRANSACTIONS_MAX: usize = 4_096;

/// Their encoded bytes: a motion that publishes schemas has up to 256 kB.
pub const MEMBERS_BYTES_MAX: usize = 16 << 20;

/// One validator's share of both: more than a few that lie are needed to keep the others out.
const MEMBER_SHARE_DIVISOR: usize = 16;

/// How much a lane, or one party's share of it, may hold.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Transactions.
    pub transactions: usize,
    /// Encoded bytes.
    pub bytes: usize,
}

impl Bounds {
    /// What issuers ask.
    pub const ISSUERS: Self = Self { transactions: POOL_TRANSACTIONS_MAX, bytes: POOL_BYTES_MAX };
    /// What validators ask.
    pub const MEMBERS: Self = Self { transactions: MEMBERS_TRANSACTIONS_MAX, bytes: MEMBERS_BYTES_MAX };

    fn share(self, lane: Lane) -> Self {
        let divisor = match lane {
            Lane::Members => MEMBER_SHARE_DIVISOR,
            Lane::Issuers => ISSUER_SHARE_DIVISOR,
        };
        Self { transactions: self.transactions / divisor, bytes: self.bytes / divisor }
    }
}

/// Which of the two goes first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Members,
    Issuers,
}

/// Who asks, and whose share is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Member(Hash),
    Issuer(IssuerId),
}

impl Party {
    fn of(transaction: &Transaction) -> Self {
        match &transaction.request.act {
            Act::Member { key, .. } => Self::Member(*key),
            Act::Issuer { issuer, .. } => Self::Issuer(issuer.clone()),
        }
    }

    fn lane(&self) -> Lane {
        match self {
            Self::Member(_) => Lane::Members,
            Self::Issuer(_) => Lane::Issuers,
        }
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
    /// This validator's share is used up.
    MemberShare,
}

impl PoolFull {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pool => "pool-full",
            Self::IssuerShare => "issuer-share-full",
            Self::MemberShare => "member-share-full",
        }
    }

    /// What it means and what to do, in Vietnamese.
    pub fn vietnamese(self) -> &'static str {
        match self {
            Self::Pool => "Nút đang có quá nhiều yêu cầu chờ ghi. Hãy gửi lại sau ít phút; không có gì bị mất.",
            Self::IssuerShare => {
                "Đơn vị cấp này đang có quá nhiều yêu cầu chờ ghi. Hãy đợi các yêu cầu trước được ghi rồi gửi lại."
            }
            Self::MemberShare => {
                "Thành viên này đang có quá nhiều yêu cầu chờ ghi. Hãy đợi các yêu cầu trước được ghi rồi gửi lại."
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
            Self::MemberShare => {
                "Too many transactions of this validator wait. Let the earlier ones be recorded, then submit again."
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

/// Place in the order: by lane, then by arrival.
type Turn = (Lane, u64);

/// See the module.
#[derive(Debug)]
pub struct Pool {
    issuers: Bounds,
    members: Bounds,
    queue: BTreeMap<Turn, Arc<Pending>>,
    turns: BTreeMap<Hash, Turn>,
    by_expiry: BTreeSet<(Time, Turn)>,
    loads: BTreeMap<Lane, Load>,
    shares: BTreeMap<Party, Load>,
    arrived: u64,
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(Bounds::ISSUERS, Bounds::MEMBERS)
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(issuers: Bounds, members: Bounds) -> Self {
        Self {
            issuers,
            members,
            queue: BTreeMap::new(),
            turns: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            loads: BTreeMap::new(),
            shares: BTreeMap::new(),
            arrived: 0,
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
        let party = Party::of(&transaction);
        let lane = party.lane();
        let (bounds, share_full) = match lane {
            Lane::Members => (self.members, PoolFull::MemberShare),
            Lane::Issuers => (self.issuers, PoolFull::IssuerShare),
        };
        let (load, share) = (self.loads.entry(lane).or_default(), self.shares.get(&party).copied().unwrap_or_default());
        if !load.has_room_for(size, bounds) {
            return Err(PoolFull::Pool);
        }
        if !share.has_room_for(size, bounds.share(lane)) {
            return Err(share_full);
        }
        load.add(size);
        self.shares.entry(party).or_default().add(size);
        let turn = (lane, self.arrived);
        self.arrived += 1;
        self.turns.insert(id, turn);
        self.by_expiry.insert((transaction.request.valid_until, turn));
        self.queue.insert(turn, Arc::new(Pending { id, transaction, size }));
        Ok(Inserted::New)
    }

    /// The first transactions, as many as fit into both limits.
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
        let party = Party::of(&pending.transaction);
        if let Some(load) = self.loads.get_mut(&party.lane()) {
            load.subtract(pending.size);
        }
        if let Some(share) = self.shares.get_mut(&party) {
            share.subtract(pending.size);
            if share.transactions == 0 {
                self.shares.remove(&party);
            }
        }
        true
    }

    /// Forgets those that no block of `time` or later may contain, and names them.
    pub fn expire(&mut self, time: Time) -> Vec<Hash> {
        let expired: Vec<Hash> = self
            .by_expiry
            .range(..(time, (Lane::Members, 0)))
            .filter_map(|(_, turn)| self.queue.get(turn).map(|pending| pending.id))
            .collect();
        self.remove(&expired);
        expired
    }

    /// Transactions that wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Encoded bytes of those that wait.
    pub fn bytes(&self) -> usize {
        self.loads.values().map(|load| load.bytes).sum()
    }
}
