//! A node: the engine's core, driven as its actors drive it, over this project's judge, guard, log check and pool.
//!
//! # What is the real thing
//!
//! `arc-malachitebft-core-consensus` (the whole of consensus), the engine's log file format and its entries, and of
//! `sogoc-consensus` the context, sign bytes and signature rule, `judge`, `guard`, `wal`, `parts`, `pool`, `memory` and `timeouts`.
//!
//! # What is written again here
//!
//! | production | here |
//! |---|---|
//! | the engine's consensus actor: log, phases, messages to itself | [`Running`], in the same order (engine `consensus.rs`) |
//! | the engine's value sync, whose core reads the real clock and iterates hash maps | `sync`: status each second, one request at a time, blame |
//! | `host`, `host::idle`: when a height begins | `host`: the same reasons, on the virtual clock |
//! | `intake`, `gossip` | `host`; transactions are sent to all, and what waits is offered again |
//! | `signing::GuardedSigner`, which awaits a thread | `host` |

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use malachite::app::metrics::Metrics;
use malachite::app::streaming::StreamMessage;
use malachite::app::types::sync::RawDecidedValue;
use malachite_consensus::{
    Error, Input, LivenessMsg, LocallyProposedValue, Params, PeerId, SignedConsensusMsg, State, process,
};
use malachite_types::{Height as _, LinearTimeouts, Timeout, ValidatorSet as _, ValuePayload, VoteExtensionPolicy};
use sogoc_consensus::pool::Pool;
use sogoc_consensus::simulation::{
    Address, Context, Faults, Guard, GuardError, Judge, Ledger, Part, SignatureMemory, Timeouts, examine,
};
use sogoc_ledger::block::MAX_BODY_BYTES;
use sogoc_ledger::name::{ChainId, Time};
use sogoc_ledger::signature::public_key;
use sogoc_ledger::transaction::Transaction;

use crate::disk::{Disk, GuardFile, Log};
use crate::fixture;
use crate::random::Random;
use crate::sabotage::Sabotage;
use crate::verifier::Remembering;
use sync::Sync;

mod effects;
mod host;
mod log;
mod sync;

/// Between two statuses, as in production; in microseconds.
const STATUS_INTERVAL: u64 = 1_000_000;

/// Transactions of one proposal.
const CANDIDATES_MAX: usize = 100;

/// Bounds of the engine's queue for heights to come, as in production.
const QUEUED_HEIGHTS_MAX: usize = 16;
const QUEUED_PER_HEIGHT_MAX: usize = 2_048;

/// What nodes send each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// A vote or a proposal.
    Consensus(SignedConsensusMsg<Context>),
    /// What helps those who lag.
    Liveness(LivenessMsg<Context>),
    /// A part of a block.
    Part(StreamMessage<Part>),
    /// A transaction.
    Transaction(Rc<Transaction>),
    /// "This is my last block."
    Status(u64),
    /// "Send me these blocks."
    Ask(u64, u64),
    /// Blocks and what made them final.
    Answer(Vec<RawDecidedValue<Context>>),
}

/// What a node told itself to do later.
#[derive(Clone, Debug)]
pub enum Wake {
    /// A timeout of the engine, unless it was cancelled.
    Timeout(Timeout, u64),
    /// The block to propose is built.
    Propose(LocallyProposedValue<Context>),
    /// The heartbeat of a held height.
    Heartbeat(u64),
    /// Time for a status.
    Status,
}

/// What a node does to the world.
#[derive(Debug)]
pub enum Out {
    /// Sends to all others.
    All(Message),
    /// Sends to one.
    One(usize, Message),
    /// Wakes itself in so many microseconds.
    After(u64, Wake),
}

/// Why a node runs no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its power failed.
    PowerOff,
    /// The process ended for this reason.
    Ended(String),
}

/// What all nodes of a run share.
pub struct Shared {
    /// The chain.
    pub chain: ChainId,
    /// Peers by node.
    pub peers: Vec<PeerId>,
    /// Verifies votes and proposals, each once.
    pub verifier: Remembering,
    /// Verifies transactions, each once.
    pub memory: Arc<SignatureMemory>,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
}

/// A message of the engine to itself.
enum Letter {
    Input(Input<Context>),
    StartHeight,
}

/// Marks an effect that was not handled, because the node is no longer running.
struct NotHandled;

/// Everything but the engine's core.
pub struct Core {
    shared: Rc<Shared>,
    node: usize,
    address: Address,
    disk: Disk,
    judge: Judge<Disk>,
    /// None while it only follows.
    guard: Option<Guard<GuardFile>>,
    log: malachite::app::wal::log::Log<Log>,
    log_height: u64,
    recovering: bool,
    is_validator: bool,
    timeouts: LinearTimeouts,
    timers: Vec<(Timeout, u64)>,
    timers_begun: u64,
    letters: VecDeque<Letter>,
    out: Vec<Out>,
    streams: u64,
    held: Option<u64>,
    pool: Pool,
    sync: Sync,
    random: Random,
    now: Time,
    stop: Option<Stop>,
    /// Validators of whom two messages for one place were seen, counted.
    pub evidence: usize,
}

/// A running node.
pub struct Running {
    engine: Option<State<Context>>,
    metrics: Metrics,
    core: Core,
    /// What it follows without signing for: the height it must reach first.
    pub follows_until: Option<u64>,
}

impl Running {
    /// Starts as a node's process does: checks the log, begins the guard's next incarnation, opens the ledger, begins the height.
    pub fn start(node: usize, shared: &Rc<Shared>, disk: &Disk, random: Random, now: Time) -> Result<Self, Stop> {
        let stopped = |why: String| if disk.is_off() { Stop::PowerOff } else { Stop::Ended(why) };
        let bytes = disk.log_bytes();
        let (checked, length) =
            examine("log".as_ref(), &bytes).map_err(|error| stopped(format!("{}: {error}", error.code())))?;
        if length < bytes.len() {
            disk.cut_log(length).map_err(|_| Stop::PowerOff)?;
        }
        let tip = disk.tip().header.height;
        if checked.height > tip + 1 {
            return Err(stopped(format!("store-behind: the log is at {}, the store at {tip}", checked.height)));
        }
        let key = fixture::consensus_key(node);
        let own = Address(public_key(&key));
        let logged = checked.signed_by(&own, &shared.chain);
        let guard = Guard::begin(GuardFile::new(disk.clone()), key, shared.chain.clone(), tip, &logged);
        let (guard, follows_until) = match guard {
            Ok(guard) => (Some(guard), None),
            Err(GuardError::HomeRestored { signed, .. }) => (None, Some(signed)),
            Err(error) => return Err(stopped(format!("{}: {error}", error.code()))),
        };
        let own = (guard.is_some() || shared.sabotage == Some(Sabotage::Guard)).then_some(own);
        let judge = Judge::new(disk.clone(), own, Arc::clone(&shared.memory), Arc::new(Faults::default()));
        let log = malachite::app::wal::log::Log::open_with("log", disk.clone());
        let core = Core {
            shared: Rc::clone(shared),
            node,
            address: own.unwrap_or_else(|| Address(public_key(&fixture::network_key(node)))),
            judge: judge.map_err(|fault| stopped(fault.to_string()))?,
            guard,
            log: log.map_err(|error| stopped(error.to_string()))?,
            disk: disk.clone(),
            log_height: 0,
            recovering: false,
            is_validator: false,
            timeouts: Timeouts::default().into(),
            timers: Vec::new(),
            timers_begun: 0,
            letters: VecDeque::from([Letter::StartHeight]),
            out: vec![Out::After(STATUS_INTERVAL / 10, Wake::Status)],
            // Differs from every stream of an earlier run.
            streams: now.0 << 20,
            held: None,
            pool: Pool::default(),
            sync: Sync::default(),
            random,
            now,
            stop: None,
            evidence: 0,
        };
        let mut running = Self {
            engine: None,
            metrics: Metrics::default(),
            follows_until: follows_until.filter(|_| own.is_none()),
            core,
        };
        running.settle();
        Ok(running)
    }

    /// Why it stopped, if it did.
    pub fn stop(&self) -> Option<&Stop> {
        self.core.stop.as_ref()
    }

    /// What it has done to the world since this was asked last.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.core.out)
    }

    /// Blocks of a lower height than this are not asked of it again.
    pub fn evidence(&self) -> usize {
        self.core.evidence
    }

    /// What the engine is at: height and round.
    pub fn place(&self) -> (u64, i64) {
        self.engine.as_ref().map_or((0, 0), |engine| (engine.height().as_u64(), engine.round().as_i64()))
    }

    /// Takes a client's transaction, and passes it on if it is new.
    pub fn submit(&mut self, transaction: &Rc<Transaction>, now: Time) {
        self.core.now = now;
        if self.core.admit(transaction) {
            self.core.out.push(Out::All(Message::Transaction(Rc::clone(transaction))));
        }
        self.settle();
    }

    /// Takes what a peer sent.
    pub fn deliver(&mut self, from: usize, message: Message, now: Time) {
        self.core.now = now;
        let core = &mut self.core;
        match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote)) | Message::Liveness(LivenessMsg::Vote(vote)) => {
                core.letter(Input::Vote(vote));
            }
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => core.letter(Input::Proposal(proposal)),
            Message::Liveness(LivenessMsg::PolkaCertificate(certificate)) => {
                core.letter(Input::PolkaCertificate(certificate));
            }
            Message::Liveness(LivenessMsg::SkipRoundCertificate(certificate)) => {
                core.letter(Input::RoundCertificate(certificate));
            }
            Message::Part(part) => drop(core.take_part(from, part)),
            Message::Transaction(transaction) => drop(core.admit(&transaction)),
            Message::Status(tip) => {
                core.sync.tips.insert(from, tip);
                if core.others_reached(core.judge.open_height().0) {
                    core.begin_held();
                }
                core.catch_up();
            }
            Message::Ask(first, last) => {
                let values = core.judge.decided(first, last).unwrap_or_default();
                if !values.is_empty() {
                    core.out.push(Out::One(from, Message::Answer(values)));
                }
            }
            Message::Answer(values) => {
                if core.sync.asked.is_some_and(|(peer, _)| peer == from) {
                    core.sync.asked = None;
                    for value in values {
                        core.sync.arrived.insert(value.certificate.height.0, (from, value));
                    }
                    let at = self.engine.as_ref().map_or(0, |engine| engine.height().0);
                    core.feed(at);
                }
            }
        }
        self.settle();
    }

    /// Does what it told itself to do now.
    pub fn wake(&mut self, wake: Wake, now: Time) {
        self.core.now = now;
        let core = &mut self.core;
        match wake {
            Wake::Timeout(timeout, number) => {
                let timers = core.timers.len();
                core.timers.retain(|timer| *timer != (timeout, number));
                if core.timers.len() < timers {
                    core.letter(Input::TimeoutElapsed(timeout));
                }
            }
            Wake::Propose(value) => core.letter(Input::Propose(value)),
            Wake::Heartbeat(height) if core.held == Some(height) => core.begin_held(),
            Wake::Heartbeat(_) => {}
            Wake::Status => {
                core.out.push(Out::All(Message::Status(core.judge.open_height().0 - 1)));
                core.out.push(Out::After(STATUS_INTERVAL, Wake::Status));
                let waiting = core.pool.candidates(CANDIDATES_MAX, MAX_BODY_BYTES);
                let peer = core.random.below(core.shared.peers.len());
                let offered = waiting.iter().map(|pending| Rc::new(pending.transaction.clone()));
                core.out.extend(offered.map(|transaction| Out::One(peer, Message::Transaction(transaction))));
                core.catch_up();
            }
        }
        self.settle();
    }

    /// Reads its letters until there are none.
    fn settle(&mut self) {
        while self.core.stop.is_none() {
            match self.core.letters.pop_front() {
                Some(Letter::Input(input)) => self.process(input),
                Some(Letter::StartHeight) => drop(self.start_height()),
                None => return,
            }
        }
    }

    fn process(&mut self, input: Input<Context>) {
        let Self { engine: Some(engine), metrics, core, .. } = self else { return };
        let processed: Result<(), Error<Context>> = process!(input: input, state: engine, metrics: metrics, with: effect => core.handle(effect).map_err(|_| "ended"));
        if let Err(error) = processed {
            // Only if nothing else ended it: what an ended node leaves half done is no error of the engine.
            core.stop.get_or_insert_with(|| Stop::Ended(format!("engine-stopped: {error}")));
        }
    }

    fn start_height(&mut self) -> Result<(), NotHandled> {
        let core = &mut self.core;
        let (height, set) = (core.judge.open_height(), core.judge.set().clone());
        if self.engine.is_none() {
            let params = Params {
                address: core.address,
                threshold_params: Default::default(),
                value_payload: ValuePayload::ProposalAndParts,
                enabled: true,
            };
            self.engine =
                Some(State::new(Context, height, set.clone(), params, QUEUED_HEIGHTS_MAX, QUEUED_PER_HEIGHT_MAX));
        }
        core.is_validator = set.get_by_address(&core.address).is_some();
        let entries = if core.is_validator { core.fetch_log(height)? } else { core.reset_log(height)? };
        self.process(Input::StartHeight(height, set, false, None, VoteExtensionPolicy::Disabled));
        if !entries.is_empty() {
            if let Some(engine) = &mut self.engine {
                engine.record_recovered_own_precommit_extensions(entries.iter());
                engine.index_wal_entries(entries.iter());
            }
            self.core.recovering = true;
            entries.into_iter().for_each(|entry| self.process(entry));
            self.core.recovering = false;
            if let Some(engine) = &mut self.engine {
                engine.reset_entries_index();
            }
        }
        self.core.feed(height.0);
        self.core.catch_up();
        Ok(())
    }
}
