//! How a chain goes on when its validators can no longer agree.
//!
//! # When
//!
//! So many keys are lost for good that no block can be made final any more, and no motion can pass. Then people decide, outside the
//! ledger, who validates from now on, and found the chain anew *on its own state*: one block that nobody voted for. It keeps the
//! chain's name, its height, its history and every record, so old documents point to it, old receipts lead to it by their path in
//! the history, and old batches stay revocable.
//!
//! # Format
//!
//! The block follows the last final one: an empty body, `parent` its hash, its history, the state with the new members as
//! validators, with the use of their keys and with a [`crate::record::Continuation`] under its height. `validators` and
//! `next_validators` are the new set. It has no certificate.
//!
//! # Trust
//!
//! Like genesis, the block is trusted for where it came from: no old checkpoint leads to it, for nobody who is trusted signed it.
//! Its checkpoint is published as that of genesis was, and its decision stands in the state for everyone to see.

use std::collections::{BTreeMap, BTreeSet};

use bincode::{Decode, Encode};
use jmt::storage::TreeReader;

use crate::Hash;
use crate::block::{Block, Body, Header};
use crate::codec::List;
use crate::genesis::VALIDATORS_MIN;
use crate::merkle::{self, Frontier};
use crate::name::{ChainId, Height, Time};
use crate::record::{self, Decision, Key, KeyUse, Member, NewMember, Record, Validators};
use crate::state::{self, StateReader, StoreFault};
use crate::transition::{Execution, Tip, protocol, validators};
use crate::validator::{NotASet, VALIDATORS_MAX, Validator, ValidatorSet};

/// What people decided.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Continuation {
    /// The chain that goes on.
    pub chain: ChainId,
    /// Height of the block that continues it.
    pub height: Height,
    /// Hash of the last final header, at the height before.
    pub parent: Hash,
    /// When it goes on.
    pub time: Time,
    /// The decision that it rests on.
    pub decision: Decision,
    /// Who validates from now on. Members of the last set may keep their keys.
    pub members: List<NewMember, VALIDATORS_MAX>,
}

/// Why a chain cannot go on so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContinuationError {
    /// It continues another chain, or not from its last block.
    #[error("it does not continue block {0} of this chain")]
    OtherBlock(Height),
    /// Not later than the last block.
    #[error("its time is not later than that of the last block")]
    Time,
    /// It cites no decision.
    #[error("it cites no decision")]
    NoDecision,
    /// Too few validators.
    #[error("{0} validators are too few: with fewer than {VALIDATORS_MIN} none may fail")]
    TooFew(usize),
    /// The validators are not a set.
    #[error(transparent)]
    Set(#[from] NotASet),
    /// One member has a third of the power or more.
    #[error("{0} has a third of the voting power or more and could stop the network alone")]
    TooPowerful(String),
    /// A key that no signature is accepted under, or that did not sign that it is held.
    #[error("a key of {0} is not acceptable, or the proof that it is held is wrong")]
    BadKey(String),
    /// A key in two places.
    #[error("a key of {0} is in use elsewhere")]
    KeyInUse(String),
    /// The node must stop.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl Continuation {
    /// The block that continues the chain after `tip`, as if it had been executed.
    ///
    /// # Errors
    /// See [`ContinuationError`].
    pub fn execute<R: StateReader + TreeReader>(&self, state: &R, tip: &Tip) -> Result<Execution, ContinuationError> {
        let records = self.writes(state, &tip.header)?;
        let tree = state::update(state, tip.tree_version, tip.header.state_root, &records)?;
        let header = self.header(&tip.header, &tip.history, protocol(state)?.version, tree.root)?;
        let hash = header.hash();
        let mut history = tip.history.clone();
        let history_nodes = history.append(merkle::leaf_hash(&hash.0));
        Ok(Execution {
            tip: Tip { header: header.clone(), hash, history, tree_version: tree.version },
            block: Block { header, body: Body::default() },
            history_nodes,
            records,
            statuses: BTreeMap::new(),
            tree,
        })
    }

    /// Checks it against the last block and its state; gives the records that it writes.
    ///
    /// # Errors
    /// See [`ContinuationError`].
    pub fn writes(&self, state: &impl StateReader, last: &Header) -> Result<BTreeMap<Key, Record>, ContinuationError> {
        if self.chain != last.chain || self.parent != last.hash() || self.height != last.height + 1 {
            return Err(ContinuationError::OtherBlock(last.height));
        }
        if self.time <= last.time {
            return Err(ContinuationError::Time);
        }
        if self.decision.trim().is_empty() {
            return Err(ContinuationError::NoDecision);
        }
        self.check_members(state, validators(state)?.members_at(last.height))?;
        Ok(self.records(last.validators))
    }

    /// The block's header, given the history up to the last block and the root of the state with the records written.
    ///
    /// # Errors
    /// The members are not a set.
    pub fn header(
        &self,
        last: &Header,
        history: &Frontier,
        version: u16,
        state_root: Hash,
    ) -> Result<Header, ContinuationError> {
        let set = self.set()?.hash();
        Ok(Header {
            version,
            chain: self.chain.clone(),
            height: self.height,
            time: self.time,
            parent: self.parent,
            history_root: history.root(),
            body: Body::default().hash(),
            state_root,
            validators: set,
            next_validators: set,
            leaves: last.leaves,
        })
    }

    /// Who validates from now on, as votes see them.
    ///
    /// # Errors
    /// The members are not a set.
    pub fn set(&self) -> Result<ValidatorSet, NotASet> {
        let members = self.members.iter().map(|new| &new.member);
        ValidatorSet::new(members.map(|member| Validator { key: member.consensus, power: member.power }).collect())
    }

    fn check_members(&self, state: &impl StateReader, former: &[Member]) -> Result<(), ContinuationError> {
        if self.members.len() < VALIDATORS_MIN {
            return Err(ContinuationError::TooFew(self.members.len()));
        }
        let total: u64 = self.members.iter().map(|new| u64::from(new.member.power)).sum();
        let mut used = BTreeSet::new();
        for new in &self.members {
            let member = &new.member;
            let owner = || member.owner.to_string();
            if u64::from(member.power) * 3 >= total {
                return Err(ContinuationError::TooPowerful(owner()));
            }
            let acceptable = member.keys().iter().all(|key| key.is_acceptable_for_validators());
            if !acceptable || !new.unproven().is_empty() {
                return Err(ContinuationError::BadKey(owner()));
            }
            let stays = former.iter().any(|old| old.owner == member.owner && old.keys() == member.keys());
            for key in member.keys() {
                let elsewhere = !stays && state.record(&Key::KeyUse(key.thumbprint()))?.is_some();
                if elsewhere || !used.insert(*key) {
                    return Err(ContinuationError::KeyInUse(owner()));
                }
            }
        }
        self.set()?;
        Ok(())
    }

    /// What the block writes.
    fn records(&self, retired: Hash) -> BTreeMap<Key, Record> {
        let members: Vec<Member> = self.members.iter().map(|new| new.member.clone()).collect();
        let mut records = BTreeMap::new();
        for member in &members {
            for key in member.keys() {
                records.insert(Key::KeyUse(key.thumbprint()), Record::KeyUse(KeyUse::Member(member.owner.clone())));
            }
        }
        let current = List::new(members).expect("as many as before");
        records.insert(Key::Validators, Record::Validators(Validators { current, scheduled: None, plan: None }));
        let continuation = record::Continuation { decision: self.decision.clone(), parent: self.parent, retired };
        records.insert(Key::Continuation(self.height), Record::Continuation(continuation));
        records
    }
}

#[cfg(test)]
#[path = "continuation_tests.rs"]
mod tests;
