//! Builds, judges, keeps and commits blocks: what a validator decides, without clock, task or socket.
//!
//! The time is given and the ledger is a trait, so that the seeded simulation (`tests/simulation`) runs this very code.
//!
//! # Rules
//!
//! * **Execute before voting.** A block is valid if executing it on the last one gives its header, and its time is not
//!   further ahead of this clock than the network's parameter. Only the voter looks at the clock: a synced block is final.
//!   So a block refused for its time may become valid; it is judged again in each round.
//! * **Durable before answered.** The engine later decides by hash alone, perhaps after a crash: a block is on the disk before the
//!   answer that names it.
//! * **One proposal for one (height, round).** What was proposed is remembered on the disk and proposed again, byte for byte.
//! * **To the engine with the round of its proposer.** The engine takes two blocks for a round and refuses the third. So a block
//!   counts for a round only if it came from the node of that round's proposer, and what is handed over again is handed over for its own
//!   round: or else two blocks of failed rounds, or two of a liar, would keep every later round from having one, for good.
//!
//! # Errors
//!
//! A [`StoreFault`], and a decided block that is not valid here (`diverged`): the process must end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::streaming::StreamMessage;
use malachite_consensus::{PeerId, ProposedValue};
use malachite_sync::RawDecidedValue;
use malachite_types::{
    CommitCertificate, Context as _, ExtendedCommitCertificate, ExtendedCommitSignature, Round, Validator as _,
    Validity,
};
use sogoc_ledger::Hash;
use sogoc_ledger::block::Block;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::name::Time;
use sogoc_ledger::record::{Key, Member, Parameters, Record, Upgrade, Validators};
use sogoc_ledger::state::{StateReader, StoreFault};
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::{self, BlockRefusal, Candidate, Execution};
use sogoc_store::{Commit, Precommit};

use crate::clock;
use crate::context::{Address, Context, Height, ValidatorSet, Value};
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::memory::SignatureMemory;
use crate::metrics::Faults;
use crate::parts::{Assembled, Assembler, Init, Part};
use crate::peers;
use crate::pool::Pending;
use crate::upgrade;
use crate::wire::{MAX_RESPONSE_BYTES, MAX_SYNCED_BLOCKS};

/// Executions kept for the commit: an honest round makes one, and each may hold a full block.
const EXECUTIONS_MAX: usize = 8;

/// Different blocks taken from one node until the next commit: a proposer makes one in each of its rounds.
pub const BLOCKS_OFFERED_MAX: usize = 8;

/// Room in a sync response for certificates and lengths.
const RESPONSE_BLOCK_BYTES_MAX: usize = MAX_RESPONSE_BYTES - (1 << 20);

/// The network's parameters.
pub fn parameters(state: &impl StateReader) -> Result<Parameters, StoreFault> {
    match state.record(&Key::Parameters)? {
        Some(Record::Parameters(parameters)) => Ok(parameters),
        _ => Err(StoreFault("the state has no parameters".into())),
    }
}

/// The nodes of the validators, current and scheduled: block parts are taken from no one else.
fn nodes(validators: &Validators) -> BTreeMap<PeerId, Address> {
    let scheduled = validators.scheduled.iter().flat_map(|scheduled| &scheduled.members);
    let members = validators.current.iter().chain(scheduled);
    let node = |member: &Member| {
        let id = peers::peer_id(&member.network)?;
        Some((PeerId::from_bytes(&id.to_bytes()).ok()?, Address(member.consensus)))
    };
    members.filter_map(node).collect()
}

/// Who proposed a block, and in which round: as its parts say, which counts only if that round is the sender's.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Origin {
    round: Round,
    proposer: Address,
}

/// What this node proposes.
pub struct Proposed {
    /// Hash of its header.
    pub hash: Hash,
    /// The block.
    pub block: Bytes,
    /// Transactions that were found to be no longer valid.
    pub refused: Vec<Hash>,
}

/// What became of a block from a peer.
pub enum Taken {
    /// Nothing: no block, one too many, or of no height that is worked on.
    Dropped,
    /// Kept unjudged until its height opens.
    Ahead,
    /// Judged, and kept if it is valid but for the clock.
    Judged(ProposedValue<Context>),
}

/// What a commit changed.
pub struct Committed {
    /// The block and what it did.
    pub execution: Execution,
    /// The validators, if the block changed their record.
    pub validators: Option<Validators>,
    /// Why the process must end nevertheless: the next block follows rules that this program does not know.
    pub ends: Option<Fatal>,
}

/// See the module.
pub struct Judge<L> {
    ledger: L,
    own: Option<Address>,
    memory: Arc<SignatureMemory>,
    faults: Arc<Faults>,
    pub(crate) parameters: Parameters,
    /// Rules to come that this program does not know.
    pub(crate) upgrade: Option<Upgrade>,
    /// Whether another set is to take over.
    scheduled: bool,
    set: ValidatorSet,
    nodes: BTreeMap<PeerId, Address>,
    assembler: Assembler,
    pub(crate) executions: BTreeMap<Hash, Execution>,
    /// Blocks that each node sent since the last commit: one that sends too many must not crowd out the others'.
    offered: BTreeSet<(PeerId, Hash)>,
    /// Of the blocks that were taken or built since the start.
    origins: BTreeMap<(Height, Hash), Origin>,
    /// The last height that came by sync: there may be more.
    synced: Option<Height>,
}

impl<L: Ledger> Judge<L> {
    /// A judge over the ledger's last block, of the validator `own`, if it is one.
    ///
    /// # Errors
    /// The store failed.
    pub fn new(
        ledger: L,
        own: Option<Address>,
        memory: Arc<SignatureMemory>,
        faults: Arc<Faults>,
    ) -> Result<Self, StoreFault> {
        let view = ledger.view();
        let (parameters, upgrade) = (parameters(&view)?, upgrade::unknown(&view)?);
        let validators = transition::validators(&view)?;
        drop(view);
        Ok(Self {
            set: (&validators.set_at(ledger.tip().header.height + 1)).into(),
            nodes: nodes(&validators),
            ledger,
            own,
            memory,
            faults,
            parameters,
            upgrade,
            scheduled: validators.scheduled.is_some(),
            assembler: Assembler::default(),
            executions: BTreeMap::new(),
            offered: BTreeSet::new(),
            origins: BTreeMap::new(),
            synced: None,
        })
    }

    /// The height that is not decided yet.
    pub fn open_height(&self) -> Height {
        Height(self.ledger.tip().header.height + 1)
    }

    /// Who signs it.
    pub fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// Whether this node opens it.
    pub fn opens(&self) -> bool {
        self.own.is_some_and(|own| self.set.opens(self.open_height(), &own))
    }

    /// The network's parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether there is reason to begin the open height at once: a block for it came early, the last one came by sync and there may be
    /// more, or another set is to take over.
    ///
    /// # Errors
    /// The store failed.
    pub fn has_reason_to_go_on(&self) -> Result<bool, StoreFault> {
        let open = self.open_height().0;
        let there_may_be_more = self.synced.is_some_and(|height| height.0 + 1 == open);
        let a_block_came_early = !self.ledger.proposals(open)?.is_empty();
        Ok(a_block_came_early || there_may_be_more || self.scheduled)
    }

    /// What this node proposes for (height, round), on its disk; `None` if that height is not open.
    ///
    /// # Errors
    /// The store failed.
    pub fn propose(
        &mut self,
        height: Height,
        round: u32,
        now: Time,
        pending: impl FnOnce() -> Vec<Arc<Pending>>,
    ) -> Result<Option<Proposed>, StoreFault> {
        match self.ledger.own_proposal(height.0, round)? {
            Some((hash, block)) => Ok(Some(Proposed { hash, block: block.into(), refused: Vec::new() })),
            None if height == self.open_height() => self.build(round, now, &pending()).map(Some),
            None => Ok(None),
        }
    }

    /// A new block on the last one, on the disk as this node's proposal for `round`.
    fn build(&mut self, round: u32, now: Time, pending: &[Arc<Pending>]) -> Result<Proposed, StoreFault> {
        let candidates: Vec<Transaction> = pending.iter().map(|pending| pending.transaction.clone()).collect();
        let (execution, fates) = {
            let (view, tip) = (self.ledger.view(), self.ledger.tip());
            transition::propose(&view, &tip, clock::next(now, tip.header.time), &candidates, &*self.memory)?
        };
        let refused = pending.iter().zip(fates).filter(|(_, fate)| matches!(fate, Candidate::Refused(_)));
        let refused = refused.map(|(pending, _)| pending.id).collect();
        let block = Bytes::from(codec::encode(&execution.block));
        let (height, hash) = (execution.tip.header.height, execution.tip.hash);
        self.ledger.put_own_proposal(height, round, &hash, &block)?;
        if let Some(proposer) = self.own {
            self.origins.insert((Height(height), hash), Origin { round: Round::new(round), proposer });
        }
        self.remember(hash, execution);
        Ok(Proposed { hash, block, refused })
    }

    /// A block that this node has, to be sent again.
    ///
    /// # Errors
    /// The store failed.
    pub fn proposal(&self, height: Height, hash: &Hash) -> Result<Option<Bytes>, StoreFault> {
        Ok(self.ledger.proposal(height.0, hash)?.map(Bytes::from))
    }

    /// Executes a block on the last one, or finds it executed; whether it is valid.
    fn execute(&mut self, hash: Hash, block: &Block) -> Result<bool, StoreFault> {
        if self.executions.contains_key(&hash) {
            return Ok(true);
        }
        let executed = {
            let (view, tip) = (self.ledger.view(), self.ledger.tip());
            transition::execute(&view, &tip, block, &*self.memory)
        };
        match executed {
            Ok(execution) => {
                self.remember(hash, execution);
                Ok(true)
            }
            Err(BlockRefusal::Store(fault)) => Err(fault),
            Err(refusal) => {
                tracing::warn!(height = block.header.height, %hash, %refusal, "a block is not valid");
                self.faults.count_block();
                Ok(false)
            }
        }
    }

    fn remember(&mut self, hash: Hash, execution: Execution) {
        if self.executions.len() >= EXECUTIONS_MAX {
            self.executions.clear();
        }
        self.executions.insert(hash, execution);
    }

    fn in_time(&self, time: Time, now: Time) -> bool {
        time.0 <= now.0.saturating_add(u64::from(self.parameters.clock_drift_ms))
    }

    /// Judges a block for the open height, as a voter. Valid but for the clock, it is kept all the same.
    fn judge(&mut self, hash: Hash, block: &Block, bytes: &[u8], now: Time) -> Result<Option<Validity>, StoreFault> {
        if !self.execute(hash, block)? {
            return Ok(Some(Validity::Invalid));
        }
        let kept = self.ledger.put_proposal(block.header.height, &hash, bytes)?;
        Ok(kept.then(|| Validity::from_bool(self.in_time(block.header.time, now))))
    }

    /// Blocks that this node has for the height, judged anew: the engine forgets them in a crash, and the clock moves.
    ///
    /// # Errors
    /// The store failed.
    pub fn undecided(
        &mut self,
        height: Height,
        round: Round,
        proposer: Address,
        now: Time,
    ) -> Result<Vec<ProposedValue<Context>>, StoreFault> {
        if height != self.open_height() {
            return Ok(Vec::new());
        }
        let mut values = Vec::new();
        for (hash, bytes) in self.ledger.proposals(height.0)? {
            // Of those from before the start only the engine's log knows the round.
            let origin = *self.origins.entry((height, hash)).or_insert(Origin { round, proposer });
            let Ok(block) = Block::from_bytes(&bytes) else { continue };
            if !self.is_proposers(height, origin) {
                continue;
            }
            if let Some(validity) = self.judge(hash, &block, &bytes, now)? {
                let Origin { round, proposer } = origin;
                let value = Value(hash);
                values.push(ProposedValue { height, round, valid_round: Round::Nil, proposer, value, validity });
            }
        }
        Ok(values)
    }

    /// Whether the round is its proposer's, at the open height.
    fn is_proposers(&self, height: Height, origin: Origin) -> bool {
        *Context.select_proposer(&self.set, height, origin.round).address() == origin.proposer
    }

    /// Takes a part from `from`; what was assembled, if it was the last that was missing.
    pub fn assemble(
        &mut self,
        from: PeerId,
        published_by: Option<PeerId>,
        part: StreamMessage<Part>,
    ) -> Option<Assembled> {
        let directly = published_by.is_none_or(|publisher| publisher == from);
        if directly && self.nodes.contains_key(&from) { self.assembler.take(from, part) } else { None }
    }

    /// Takes a block that was assembled from the parts of `publisher`.
    ///
    /// # Errors
    /// The store failed.
    pub fn take(&mut self, publisher: PeerId, assembled: &Assembled, now: Time) -> Result<Taken, StoreFault> {
        let Ok(block) = Block::from_bytes(&assembled.block) else {
            tracing::warn!(peer = %publisher, "a peer sent what is no block");
            return Ok(Taken::Dropped);
        };
        let (height, open, hash) = (Height(block.header.height), self.open_height(), block.header.hash());
        let Init { round, pol_round, .. } = assembled.init;
        let Some(proposer) = self.nodes.get(&publisher).copied() else { return Ok(Taken::Dropped) };
        let origin = Origin { round: Round::new(round), proposer };
        let counts = height > open || (height == open && self.is_proposers(height, origin));
        if !counts || !self.admits(publisher, hash) {
            return Ok(Taken::Dropped);
        }
        if height > open {
            if self.ledger.put_proposal(height.0, &hash, &assembled.block)? {
                self.origins.insert((height, hash), origin);
            }
            return Ok(Taken::Ahead);
        }
        let Some(validity) = self.judge(hash, &block, &assembled.block, now)? else { return Ok(Taken::Dropped) };
        self.origins.insert((height, hash), origin);
        let (value, valid_round) = (Value(hash), pol_round.into());
        Ok(Taken::Judged(ProposedValue { height, round: origin.round, valid_round, proposer, value, validity }))
    }

    /// Whether `peer` has not sent too many different blocks since the last commit.
    fn admits(&mut self, peer: PeerId, hash: Hash) -> bool {
        let offered = self.offered.range((peer, Hash::ZERO)..=(peer, Hash([0xff; 32]))).count();
        let admitted = offered < BLOCKS_OFFERED_MAX || self.offered.contains(&(peer, hash));
        if admitted {
            self.offered.insert((peer, hash));
        }
        admitted
    }

    /// Judges a block that others decided: whether it is what this chain continues with; its time is theirs.
    ///
    /// # Errors
    /// The store failed.
    pub fn synced(
        &mut self,
        height: Height,
        round: Round,
        proposer: Address,
        bytes: &[u8],
    ) -> Result<SyncedValueOutcome<Context>, StoreFault> {
        let Ok(block) = Block::from_bytes(bytes) else { return Ok(SyncedValueOutcome::PeerFault) };
        if block.header.height != height.0 {
            return Ok(SyncedValueOutcome::PeerFault);
        }
        if height != self.open_height() {
            return Ok(SyncedValueOutcome::LocalTransientError);
        }
        let hash = block.header.hash();
        let valid = self.execute(hash, &block)?;
        if valid && !self.ledger.put_proposal(height.0, &hash, bytes)? {
            return Ok(SyncedValueOutcome::LocalTransientError);
        }
        self.synced = Some(height);
        self.origins.insert((height, hash), Origin { round, proposer });
        let (value, validity) = (Value(hash), Validity::from_bool(valid));
        Ok(SyncedValueOutcome::Verdict(ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer,
            value,
            validity,
        }))
    }

    /// Commits what was decided; `None` if it is committed already.
    ///
    /// # Errors
    /// The store failed, or the block is missing or not valid here: the process must end.
    pub fn commit(&mut self, certificate: &CommitCertificate<Context>) -> Result<Option<Committed>, Fatal> {
        if certificate.height < self.open_height() {
            return Ok(None);
        }
        let hash = certificate.value_id.0;
        let diverged = |why: &str| {
            let detail = format!("block {} at height {} was decided and {why} here", hash, certificate.height);
            Fatal { code: "diverged", detail }
        };
        if certificate.height > self.open_height() {
            return Err(diverged("follows a block that is missing"));
        }
        let execution = match self.executions.remove(&hash) {
            Some(execution) => execution,
            None => {
                let bytes = self.ledger.proposal(certificate.height.0, &hash)?.ok_or_else(|| diverged("is missing"))?;
                let block = Block::from_bytes(&bytes).map_err(|error| diverged(&error.to_string()))?;
                self.execute(hash, &block)?;
                self.executions.remove(&hash).ok_or_else(|| diverged("is not valid"))?
            }
        };
        let precommits = certificate.commit_signatures.iter();
        let precommits = precommits.map(|s| Precommit { validator: s.address.0, signature: s.signature }).collect();
        let commit = Commit {
            round: certificate.round.as_u32().ok_or_else(|| diverged("has no round"))?,
            precommits: List::new(precommits).ok_or_else(|| diverged("has too many signatures"))?,
        };
        self.ledger.commit(&execution, &commit)?;
        self.executions.clear();
        self.offered.clear();
        self.origins = self.origins.split_off(&(self.open_height(), Hash::ZERO));
        let validators = self.follow(&execution)?;
        let ends = upgrade::prevents(self.upgrade, self.open_height().0);
        Ok(Some(Committed { execution, validators, ends }))
    }

    /// Takes over what a committed block changed.
    fn follow(&mut self, execution: &Execution) -> Result<Option<Validators>, StoreFault> {
        let header = &execution.tip.header;
        if let Some(Record::Parameters(parameters)) = execution.records.get(&Key::Parameters) {
            self.parameters = parameters.clone();
        }
        let written = execution.records.contains_key(&Key::Validators);
        let changed = if written || header.next_validators != header.validators {
            let validators = transition::validators(&self.ledger.view())?;
            self.set = (&validators.set_at(header.height + 1)).into();
            self.nodes = nodes(&validators);
            self.scheduled = validators.scheduled.is_some();
            written.then_some(validators)
        } else {
            None
        };
        self.assembler.prune(header.height, |peer| self.nodes.contains_key(peer));
        if execution.records.contains_key(&Key::Protocol) {
            self.upgrade = upgrade::unknown(&self.ledger.view())?;
            upgrade::warn(self.upgrade);
        }
        Ok(changed)
    }

    /// Decided blocks from `first` on, as many as one answer may have.
    ///
    /// # Errors
    /// The store failed.
    pub fn decided(&self, first: u64, last: u64) -> Result<Vec<RawDecidedValue<Context>>, StoreFault> {
        let mut values: Vec<RawDecidedValue<Context>> = Vec::new();
        let mut room = RESPONSE_BLOCK_BYTES_MAX;
        for height in (first.max(1)..=last).take(MAX_SYNCED_BLOCKS) {
            let Some((bytes, commit)) = self.ledger.block(height)? else { break };
            let Some(header) = self.ledger.header(height)? else { break };
            let Some(left) = room.checked_sub(bytes.len()) else { break };
            room = left;
            let signature = |p: &Precommit| ExtendedCommitSignature::new(Address(p.validator), p.signature, None);
            let certificate = ExtendedCommitCertificate {
                height: Height(height),
                round: Round::new(commit.round),
                value_id: Value(header.hash()),
                commit_signatures: commit.precommits.iter().map(signature).collect(),
            };
            values.push(RawDecidedValue::new(bytes.into(), certificate));
        }
        Ok(values)
    }
}
