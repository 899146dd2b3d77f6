//! When a transaction is valid and what it changes; a block as the sum of its transactions.
//!
//! | part | what it decides |
//! |---|---|
//! | `documents` | sealing, changing a status |
//! | `keys` | an issuer's own keys |
//! | `motions` | proposing, voting, what follows from the votes |
//! | `changes` | what a passed motion changes |
//! | `succession` | one validator set after another |
//! | `draft` | what one transaction reads and writes |
//!
//! # Invariants
//!
//! * The result depends on the state and the block alone: no configuration, clock or index.
//! * A refused transaction changes nothing: it writes to a draft that is thrown away. A proposer leaves it out; a block that
//!   contains one is refused whole.
//! * Nothing is removed from the state.

mod changes;
mod documents;
mod draft;
mod keys;
mod motions;
mod succession;

use std::collections::BTreeMap;

use jmt::storage::TreeReader;

use crate::Hash;
use crate::block::{Block, Body, Header, MAX_BLOCK_TRANSACTIONS, MAX_BODY_BYTES, PROTOCOL_VERSION};
use crate::codec::{self, List};
use crate::hash::Domain;
use crate::merkle::{self, Frontier};
use crate::name::{BatchId, ChainId, Height, IssuerId, Time};
use crate::record::{Batch, Key, Protocol, Record, Validators};
use crate::refusal::Refusal;
use crate::signature::{PublicKey, Signature};
use crate::state::{self, StateReader, StoreFault, TreeUpdate};
use crate::status::StatusArray;
use crate::transaction::{Act, MAX_VALIDITY_MS, Transaction};

use draft::Draft;

pub use changes::UPGRADE_NOTICE_BLOCKS;
pub use motions::OPEN_MOTIONS_OF_ONE_MAX;
pub use succession::{SET_CHANGE_DELAY_BLOCKS, after, steps_between};

/// The last block and what the next one builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its header.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
    /// All header hashes up to and including it.
    pub history: Frontier,
    /// Version of the state tree after it.
    pub tree_version: u64,
}

/// What a block does to the state.
#[derive(Debug)]
pub struct Execution {
    /// The block.
    pub block: Block,
    /// The tip once it is committed.
    pub tip: Tip,
    /// Perfect subtrees that its header completes in the history, as (level, index, hash).
    pub history_nodes: Vec<(u8, u64, Hash)>,
    /// Records written.
    pub records: BTreeMap<Key, Record>,
    /// Status entries written.
    pub statuses: BTreeMap<(IssuerId, BatchId), StatusArray>,
    /// New nodes of the state tree.
    pub tree: TreeUpdate,
}

/// Checks signatures by the one rule. A host may remember what it has checked: the answer does not depend on the state.
pub trait SignatureCheck {
    /// Whether `signature` over `message` in [`Domain::TRANSACTION`] is `key`'s.
    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool;
}

/// Checks every signature each time.
pub struct CheckAlways;

impl SignatureCheck for CheckAlways {
    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        key.verifies(Domain::TRANSACTION, message, signature)
    }
}

/// A transaction was refused (theirs), or the store failed (ours).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The transaction is not valid here.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The node must stop.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Why a block is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockRefusal {
    /// Its header is not what its transactions and its parent give, named by the first field that differs.
    #[error("the header's {0} is not what the block and its parent give")]
    Header(&'static str),
    /// One of its transactions is not valid.
    #[error("transaction {0} of the block is refused: {1}")]
    Transaction(usize, Refusal),
    /// The node must stop.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// The state with the changes of a block's first transactions on top.
pub struct Overlay<'a, R> {
    base: &'a R,
    chain: ChainId,
    height: Height,
    time: Time,
    records: BTreeMap<Key, Record>,
    statuses: BTreeMap<(IssuerId, BatchId), StatusArray>,
    sealed: u64,
}

impl<'a, R: StateReader> Overlay<'a, R> {
    /// Starts the block that follows `tip` at `time`: what was scheduled for its height takes effect.
    ///
    /// # Errors
    /// The store failed, or the block follows rules that this code does not know.
    pub fn begin(base: &'a R, tip: &Tip, time: Time) -> Result<Self, StoreFault> {
        let mut overlay = Self {
            base,
            chain: tip.header.chain.clone(),
            height: tip.header.height + 1,
            time,
            records: BTreeMap::new(),
            statuses: BTreeMap::new(),
            sealed: 0,
        };
        let mut draft = overlay.draft();
        draft.take_over_scheduled_validators()?;
        draft.take_over_scheduled_protocol()?;
        let (records, ..) = draft.into_writes();
        overlay.records.extend(records);
        let version = protocol(&overlay)?.version;
        if version != PROTOCOL_VERSION {
            return Err(StoreFault(format!(
                "block {} follows version {version} of the rules, this program knows version {PROTOCOL_VERSION}",
                overlay.height
            )));
        }
        Ok(overlay)
    }

    fn draft(&self) -> Draft<'_> {
        Draft::new(self, &self.chain, self.height, self.time)
    }

    /// Applies one transaction, or refuses it and changes nothing.
    ///
    /// # Errors
    /// See [`ApplyError`].
    pub fn apply(&mut self, transaction: &Transaction, check: &impl SignatureCheck) -> Result<(), ApplyError> {
        let request = &transaction.request;
        if request.chain != self.chain {
            return Err(Refusal::OtherChain.into());
        }
        if request.valid_until < self.time {
            return Err(Refusal::Expired.into());
        }
        if request.valid_until.0 - self.time.0 > MAX_VALIDITY_MS {
            return Err(Refusal::ValidTooLong.into());
        }
        let mut draft = self.draft();
        let signers = draft.signers(request)?;
        check_signatures(&signers, transaction, check)?;
        match &request.act {
            Act::Issuer { issuer, key, approver, action } => draft.act(issuer, *key, *approver, action)?,
            Act::Member { key, ballot } => draft.ballot(*key, ballot, || request.id())?,
        }
        let (records, statuses, sealed) = draft.into_writes();
        self.records.extend(records);
        self.statuses.extend(statuses);
        self.sealed += sealed;
        Ok(())
    }
}

fn check_signatures(signers: &[PublicKey], tx: &Transaction, check: &impl SignatureCheck) -> Result<(), Refusal> {
    if tx.signatures.len() != signers.len() {
        return Err(Refusal::SignatureCount);
    }
    let message = codec::encode(&tx.request);
    let all = signers.iter().zip(&tx.signatures).all(|(key, signature)| check.verifies(key, &message, signature));
    if all { Ok(()) } else { Err(Refusal::WrongSignature) }
}

impl<R: StateReader> StateReader for Overlay<'_, R> {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        match self.records.get(key) {
            Some(record) => Ok(Some(record.clone())),
            None => self.base.record(key),
        }
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        match self.statuses.get(&(issuer.clone(), *batch)) {
            Some(statuses) => Ok(statuses.clone()),
            None => self.base.statuses(issuer, batch),
        }
    }
}

/// The validators in a state.
///
/// # Errors
/// The store failed, or has none.
pub fn validators(state: &impl StateReader) -> Result<Validators, StoreFault> {
    match state.record(&Key::Validators)? {
        Some(Record::Validators(validators)) => Ok(validators),
        _ => Err(StoreFault("the state has no validators".into())),
    }
}

/// The version of the rules in a state.
///
/// # Errors
/// The store failed, or has none.
pub fn protocol(state: &impl StateReader) -> Result<Protocol, StoreFault> {
    match state.record(&Key::Protocol)? {
        Some(Record::Protocol(protocol)) => Ok(protocol),
        _ => Err(StoreFault("the state has no protocol version".into())),
    }
}

/// What became of a candidate for a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// It is in the block.
    Taken,
    /// It is not valid now.
    Refused(Refusal),
    /// The block is full.
    Left,
}

/// Builds the block that follows `tip` at `time` from those of `candidates` that are valid, in their order, as far as it has room.
///
/// # Errors
/// The store failed.
pub fn propose<R: StateReader + TreeReader>(
    state: &R,
    tip: &Tip,
    time: Time,
    candidates: &[Transaction],
    check: &impl SignatureCheck,
) -> Result<(Execution, Vec<Candidate>), StoreFault> {
    let mut overlay = Overlay::begin(state, tip, time)?;
    let (mut taken, mut fates) = (Vec::new(), Vec::with_capacity(candidates.len()));
    // The two length bytes of the list of transactions.
    let mut bytes = 2;
    for transaction in candidates {
        let size = codec::encode(transaction).len();
        if taken.len() == MAX_BLOCK_TRANSACTIONS || bytes + size > MAX_BODY_BYTES {
            fates.push(Candidate::Left);
            continue;
        }
        match overlay.apply(transaction, check) {
            Ok(()) => {
                bytes += size;
                taken.push(transaction.clone());
                fates.push(Candidate::Taken);
            }
            Err(ApplyError::Refused(refusal)) => fates.push(Candidate::Refused(refusal)),
            Err(ApplyError::Store(fault)) => return Err(fault),
        }
    }
    let body = Body { transactions: List::new(taken).ok_or_else(|| StoreFault("a block too long".into()))? };
    Ok((finish(overlay, state, tip, body)?, fates))
}

/// Executes a block that others made, and checks that it is exactly what its transactions and its parent give.
/// Whether its time is near a clock is the voter's question, not this one's.
///
/// # Errors
/// See [`BlockRefusal`].
pub fn execute<R: StateReader + TreeReader>(
    state: &R,
    tip: &Tip,
    block: &Block,
    check: &impl SignatureCheck,
) -> Result<Execution, BlockRefusal> {
    let header = &block.header;
    let expect = |holds: bool, field| {
        if holds { Ok(()) } else { Err(BlockRefusal::Header(field)) }
    };
    expect(header.version == PROTOCOL_VERSION, "version")?;
    expect(header.chain == tip.header.chain, "chain")?;
    expect(header.height == tip.header.height + 1, "height")?;
    expect(header.parent == tip.hash, "parent")?;
    expect(header.time > tip.header.time, "time")?;
    let mut overlay = Overlay::begin(state, tip, header.time)?;
    for (i, transaction) in block.body.transactions.iter().enumerate() {
        overlay.apply(transaction, check).map_err(|error| match error {
            ApplyError::Refused(refusal) => BlockRefusal::Transaction(i, refusal),
            ApplyError::Store(fault) => BlockRefusal::Store(fault),
        })?;
    }
    let execution = finish(overlay, state, tip, block.body.clone())?;
    let computed = &execution.block.header;
    expect(header.body == computed.body, "body")?;
    expect(header.history_root == computed.history_root, "history_root")?;
    expect(header.state_root == computed.state_root, "state_root")?;
    expect(header.validators == computed.validators, "validators")?;
    expect(header.next_validators == computed.next_validators, "next_validators")?;
    expect(header == computed, "leaves")?;
    Ok(execution)
}

impl<R: StateReader> Overlay<'_, R> {
    /// Enters the root of each status array that the block changed into its batch's record. Once for a block: the root of a large
    /// batch takes milliseconds, and a block may change thousands of its documents.
    fn enter_status_roots(&mut self) -> Result<(), StoreFault> {
        for ((issuer, batch), statuses) in &self.statuses {
            let key = Key::Batch(issuer.clone(), *batch);
            let Some(Record::Batch(record)) = self.record(&key)? else {
                return Err(StoreFault("a status without its batch".into()));
            };
            let status_root = statuses.root(record.size);
            self.records.insert(key, Record::Batch(Batch { status_root, ..record }));
        }
        Ok(())
    }
}

fn finish<R: StateReader + TreeReader>(
    mut overlay: Overlay<'_, R>,
    state: &R,
    tip: &Tip,
    body: Body,
) -> Result<Execution, StoreFault> {
    overlay.enter_status_roots()?;
    let next_validators = validators(&overlay)?.set_at(overlay.height + 1).hash();
    let tree = state::update(state, tip.tree_version, tip.header.state_root, &overlay.records)?;
    let header = Header {
        version: PROTOCOL_VERSION,
        chain: overlay.chain,
        height: overlay.height,
        time: overlay.time,
        parent: tip.hash,
        history_root: tip.history.root(),
        body: body.hash(),
        state_root: tree.root,
        validators: tip.header.next_validators,
        next_validators,
        leaves: tip.header.leaves + overlay.sealed,
    };
    let hash = header.hash();
    let mut history = tip.history.clone();
    let history_nodes = history.append(merkle::leaf_hash(&hash.0));
    Ok(Execution {
        tip: Tip { header: header.clone(), hash, history, tree_version: tree.version },
        block: Block { header, body },
        history_nodes,
        records: overlay.records,
        statuses: overlay.statuses,
        tree,
    })
}

#[cfg(test)]
mod tests;
