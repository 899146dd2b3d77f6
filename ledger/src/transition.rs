//! When a transaction is valid and what it changes; a block as the sum of its transactions.
//!
//! # Invariants
//!
//! * The result depends on the state and the block alone: no configuration, clock or index.
//! * A refused transaction changes nothing. A proposer leaves it out; a block that contains one is refused whole.
//! * Nothing is removed from the state.

use std::collections::BTreeMap;

use jmt::storage::TreeReader;

use crate::Hash;
use crate::block::{Block, Body, Header, MAX_BLOCK_TRANSACTIONS, MAX_BODY_BYTES, PROTOCOL_VERSION};
use crate::codec::{self, List};
use crate::hash::Domain;
use crate::merkle::{self, Frontier};
use crate::name::{BatchId, ChainId, Height, IssuerId, Time};
use crate::record::{Batch, Issuer, IssuerKey, Key, Record, Validators};
use crate::refusal::Refusal;
use crate::signature::{PublicKey, Signature};
use crate::state::{self, StateReader, StoreFault, TreeUpdate};
use crate::status::{StatusArray, StatusEntry};
use crate::transaction::{Action, ChangeStatus, Issue, MAX_VALIDITY_MS, Request, Transaction};

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
    /// Starts the block that follows `tip` at `time`.
    ///
    /// # Errors
    /// The store failed.
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
        overlay.promote_scheduled_validators()?;
        Ok(overlay)
    }

    /// A scheduled set becomes the current one in the first block that it signs.
    fn promote_scheduled_validators(&mut self) -> Result<(), StoreFault> {
        let validators = validators(self)?;
        if let Some(scheduled) = validators.scheduled.filter(|s| s.from <= self.height) {
            let promoted = Validators { current: scheduled.members, scheduled: None };
            self.records.insert(Key::Validators, Record::Validators(promoted));
        }
        Ok(())
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
        let issuer = self.issuer(&request.issuer)?;
        if issuer.closed.is_some_and(|day| day <= self.time.day()) {
            return Err(Refusal::IssuerClosed.into());
        }
        self.check_signers(&issuer, transaction, check)?;
        match &request.action {
            Action::Issue(issue) => self.issue(&issuer, request, issue),
            Action::ChangeStatus(change) => self.change_status(request, change),
        }
    }

    fn check_signers(&self, issuer: &Issuer, tx: &Transaction, check: &impl SignatureCheck) -> Result<(), Refusal> {
        let request = &tx.request;
        let expected = 1 + usize::from(request.approver.is_some());
        if tx.signatures.len() != expected {
            return Err(Refusal::SignatureCount);
        }
        let mut signers = vec![self.key_for(issuer, &request.key, IssuerKey::SEAL)?];
        if let Some(approver) = &request.approver {
            if *approver == request.key {
                return Err(Refusal::SameApprover);
            }
            signers.push(self.key_for(issuer, approver, IssuerKey::APPROVE)?);
        }
        let message = codec::encode(request);
        let all = signers.iter().zip(&tx.signatures).all(|(key, signature)| check.verifies(key, &message, signature));
        if all { Ok(()) } else { Err(Refusal::WrongSignature) }
    }

    fn key_for(&self, issuer: &Issuer, thumbprint: &Hash, role: u8) -> Result<PublicKey, Refusal> {
        let mut named = issuer.keys.iter().filter(|k| k.key.thumbprint() == *thumbprint).peekable();
        if named.peek().is_none() {
            return Err(Refusal::UnknownKey);
        }
        named.find(|key| key.may(role, self.time)).map(|key| key.key).ok_or(Refusal::KeyMayNot)
    }

    fn issuer(&self, id: &IssuerId) -> Result<Issuer, ApplyError> {
        match self.record(&Key::Issuer(id.clone()))? {
            Some(Record::Issuer(issuer)) => Ok(issuer),
            None => Err(Refusal::UnknownIssuer.into()),
            Some(_) => Err(StoreFault("another record under an issuer's key".into()).into()),
        }
    }

    fn batch(&self, key: &Key) -> Result<Option<Batch>, StoreFault> {
        match self.record(key)? {
            Some(Record::Batch(batch)) => Ok(Some(batch)),
            None => Ok(None),
            Some(_) => Err(StoreFault("another record under a batch's key".into())),
        }
    }

    fn issue(&mut self, issuer: &Issuer, request: &Request, issue: &Issue) -> Result<(), ApplyError> {
        let grant = issuer.grants.get(usize::from(issue.grant)).ok_or(Refusal::UnknownGrant)?;
        if grant.document_type != issue.document_type {
            return Err(Refusal::TypeNotGranted.into());
        }
        if !grant.covers(self.time.day()) {
            return Err(Refusal::GrantNotInForce.into());
        }
        if issue.leaves.is_empty() {
            return Err(Refusal::EmptyBatch.into());
        }
        let mut sorted: Vec<&Hash> = issue.leaves.iter().collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::EqualLeaves.into());
        }
        let key = Key::Batch(request.issuer.clone(), issue.batch);
        if self.batch(&key)?.is_some() {
            return Err(Refusal::AlreadySealed.into());
        }
        let size = issue.leaves.len() as u32;
        let batch = Batch {
            key: request.key,
            grant: issue.grant,
            document_type: issue.document_type.clone(),
            schema: issue.schema,
            period: issue.period.clone(),
            size,
            root: merkle::root(&issue.leaves),
            height: self.height,
            time: self.time,
            status_root: None,
        };
        self.records.insert(key, Record::Batch(batch));
        self.sealed += u64::from(size);
        Ok(())
    }

    fn change_status(&mut self, request: &Request, change: &ChangeStatus) -> Result<(), ApplyError> {
        if change.batch_issuer != request.issuer {
            return Err(Refusal::NotYourBatch.into());
        }
        let key = Key::Batch(change.batch_issuer.clone(), change.batch);
        let batch = self.batch(&key)?.ok_or(Refusal::UnknownBatch)?;
        if change.index >= batch.size {
            return Err(Refusal::NoSuchDocument.into());
        }
        let statuses = self.statuses(&change.batch_issuer, &change.batch)?;
        let current = statuses.entry(change.index);
        if current.height != change.seen {
            return Err(Refusal::StatusChangedMeanwhile.into());
        }
        if !current.status.may_become(change.to) {
            return Err(Refusal::StatusMayNotBecome.into());
        }
        // An entry names the block that set it, and a second change in that block could not be told from the first.
        if current.height == self.height {
            return Err(Refusal::StatusChangedMeanwhile.into());
        }
        let statuses = statuses.with(StatusEntry {
            index: change.index,
            status: change.to,
            height: self.height,
            time: self.time,
            commitment: change.commitment,
        });
        let status_root = statuses.root(batch.size);
        self.statuses.insert((change.batch_issuer.clone(), change.batch), statuses);
        self.records.insert(key, Record::Batch(Batch { status_root, ..batch }));
        Ok(())
    }
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

fn finish<R: StateReader + TreeReader>(
    overlay: Overlay<'_, R>,
    state: &R,
    tip: &Tip,
    body: Body,
) -> Result<Execution, StoreFault> {
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
#[path = "transition_tests.rs"]
mod tests;
