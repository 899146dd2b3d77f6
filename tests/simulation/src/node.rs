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
//! | the engine's value sync, whose core reads the real clock and iterates hash maps | [`Sync`]: status each second, one request at a time, blame |
//! | `host`, `host::idle`: when a height begins | [`Core::hold`]: the same reasons, on the virtual clock |
//! | `intake`, `gossip` | [`Core::admit`]; transactions are sent to all, and what waits is offered again |
//! | `signing::GuardedSigner`, which awaits a thread | [`Core::sign`] |

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::engine::wal::{decode_entry, encode_entry};
use malachite::app::metrics::Metrics;
use malachite::app::streaming::StreamMessage;
use malachite::app::types::sync::RawDecidedValue;
use malachite_consensus::{
    ConsensusMsg, Effect, Error, Input, LivenessMsg, LocallyProposedValue, Params, PeerId, Resumable, Resume,
    SignedConsensusMsg, State, process,
};
use malachite_signing::VerifierExt;
use malachite_types::{
    Height as _, LinearTimeouts, Round, SignedMessage, Timeout, ValidatorSet as _, Value as _, ValueOrigin,
    ValuePayload, ValueResponse, VoteExtensionPolicy,
};
use sogoc_consensus::pool::{Inserted, Pool};
use sogoc_consensus::simulation::{
    Address, Context, Faults, Guard, GuardError, Height, Init, Judge, Ledger, Part, STREAM_ID_BYTES, SignatureMemory,
    Slot, Taken, Timeouts, Value, Wire, cut, examine, proposal_message, vote_message,
};
use sogoc_ledger::block::MAX_BODY_BYTES;
use sogoc_ledger::codec;
use sogoc_ledger::name::{ChainId, Time};
use sogoc_ledger::signature::{Signature, public_key};
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::Overlay;

use crate::disk::{Disk, GuardFile, Log};
use crate::fixture;
use crate::random::Random;
use crate::verifier::Remembering;

/// Between two statuses, as in production; in microseconds.
const STATUS_INTERVAL: u64 = 1_000_000;

/// A peer that does not answer a sync request is given up, in milliseconds. Shorter than in production, so that a run is.
const SYNC_TIMEOUT_MS: u64 = 2_000;

/// Blocks asked for at once, as in production.
const SYNC_BATCH: u64 = 16;

/// Who does not open a height makes its heartbeat so much later, in milliseconds, as in production.
const HEARTBEAT_GRACE_MS: u64 = 1_000;

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
}

/// Catching up.
#[derive(Default)]
struct Sync {
    tips: BTreeMap<usize, u64>,
    /// Who was asked, and until when an answer is awaited.
    asked: Option<(usize, u64)>,
    /// Blocks that came, by height.
    arrived: BTreeMap<u64, (usize, RawDecidedValue<Context>)>,
    /// Who was last found to send what is wrong.
    blamed: Option<usize>,
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

impl Core {
    /// Notes why the node ends, unless it ended before.
    fn end(&mut self, why: impl ToString) -> NotHandled {
        let stop = if self.disk.is_off() { Stop::PowerOff } else { Stop::Ended(why.to_string()) };
        self.stop.get_or_insert(stop);
        NotHandled
    }

    fn flush_log(&mut self) -> Result<(), NotHandled> {
        if self.recovering || !self.is_validator {
            return Ok(());
        }
        self.log.flush().map_err(|error| self.end(error))
    }

    fn append_to_log(&mut self, height: Height, entry: Input<Context>) -> Result<(), NotHandled> {
        if self.recovering || !self.is_validator || height.0 != self.log_height {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let appended = encode_entry(entry, &Wire, &mut bytes).and_then(|()| self.log.append(&bytes));
        appended.map_err(|error| self.end(error))
    }

    fn sign(&mut self, signed: Option<(Slot, Vec<u8>)>) -> Result<Signature, NotHandled> {
        let (Some((slot, message)), Some(guard)) = (signed, &mut self.guard) else {
            return Err(self.end("asked to sign what is never signed"));
        };
        guard.sign(slot, &message).map_err(|error| self.end(format!("{}: {error}", error.code())))
    }

    fn letter(&mut self, input: Input<Context>) {
        self.letters.push_back(Letter::Input(input));
    }

    fn stream(&mut self, init: Init, block: Bytes) {
        self.streams += 1;
        let mut id = [0; STREAM_ID_BYTES];
        id[..8].copy_from_slice(&init.height.to_be_bytes());
        id[8..].copy_from_slice(&self.streams.to_be_bytes());
        self.out.extend(cut(id, init, block).into_iter().map(|part| Out::All(Message::Part(part))));
    }

    fn propose(&mut self, height: Height, round: Round) -> Result<(), NotHandled> {
        let Some(number) = round.as_u32() else { return Ok(()) };
        let pending = || self.pool.candidates(CANDIDATES_MAX, MAX_BODY_BYTES);
        let proposed = self.judge.propose(height, number, self.now, pending).map_err(|fault| self.end(fault))?;
        let Some(proposed) = proposed else { return Ok(()) };
        self.pool.remove(&proposed.refused);
        // Building takes some time, and now and then too long.
        let longest = if self.random.happens(20) { 1_500_000 } else { 30_000 };
        let value = LocallyProposedValue::new(height, round, Value(proposed.hash));
        self.out.push(Out::After(self.random.of(500..longest), Wake::Propose(value)));
        self.stream(
            Init { height: height.0, round: number, pol_round: None, proposer: self.address.0 },
            proposed.block,
        );
        Ok(())
    }

    fn commit(&mut self, certificate: &malachite_types::CommitCertificate<Context>) -> Result<(), NotHandled> {
        let committed = self.judge.commit(certificate).map_err(|fatal| self.end(fatal))?;
        if let Some(committed) = committed {
            let ids: Vec<_> = committed.execution.block.body.transactions.iter().map(Transaction::id).collect();
            self.pool.remove(&ids);
            self.pool.expire(committed.execution.tip.header.time);
        }
        Ok(())
    }

    /// Ends the height, or holds the next one if there is nothing to do.
    fn hold(&mut self) -> Result<(), NotHandled> {
        let open = self.judge.open_height();
        self.held = Some(open.0);
        let goes_on = self.judge.has_reason_to_go_on().map_err(|fault| self.end(fault))?;
        if goes_on || !self.pool.is_empty() || self.others_reached(open.0) {
            self.begin_held();
            return Ok(());
        }
        let heartbeat = u64::from(self.judge.parameters().heartbeat_ms);
        let due = self.disk.chain().tip().header.time.0 + heartbeat;
        let grace = if self.judge.opens() { 0 } else { HEARTBEAT_GRACE_MS };
        let wait = due.saturating_sub(self.now.0).min(heartbeat) + grace;
        self.out.push(Out::After(wait * 1_000, Wake::Heartbeat(open.0)));
        Ok(())
    }

    fn begin_held(&mut self) {
        if self.held.take().is_some() {
            self.letters.push_back(Letter::StartHeight);
        }
    }

    /// Whether more than a third say that `height` is decided.
    fn others_reached(&self, height: u64) -> bool {
        let reached = self.sync.tips.values().filter(|tip| **tip >= height).count();
        reached * 3 > self.judge.set().count()
    }

    /// Takes a transaction that the next block could contain; whether it is new.
    fn admit(&mut self, transaction: &Transaction) -> bool {
        let admitted = {
            let (view, tip) = (self.disk.view(), self.disk.tip());
            let time = self.now.max(Time(tip.header.time.0 + 1));
            Overlay::begin(&view, &tip, time)
                .is_ok_and(|mut overlay| overlay.apply(transaction, &*self.shared.memory).is_ok())
        };
        let size = codec::encode(transaction).len();
        let new = admitted && self.pool.insert(transaction.clone(), size) == Ok(Inserted::New);
        if new {
            self.begin_held();
        }
        new
    }

    fn take_part(&mut self, from: usize, part: StreamMessage<Part>) -> Result<(), NotHandled> {
        let peer = self.shared.peers[from];
        let Some(assembled) = self.judge.assemble(peer, Some(peer), part) else { return Ok(()) };
        match self.judge.take(peer, &assembled, self.now).map_err(|fault| self.end(fault))? {
            Taken::Dropped => {}
            Taken::Ahead => self.begin_held(),
            Taken::Judged(value) => {
                self.begin_held();
                self.letter(Input::ProposedValue(value, ValueOrigin::Consensus));
            }
        }
        Ok(())
    }

    fn blame(&mut self, peer: PeerId) {
        self.sync.blamed = self.shared.peers.iter().position(|other| *other == peer);
        let blamed = self.sync.blamed;
        self.sync.arrived.retain(|_, (from, _)| Some(*from) != blamed);
        self.sync.asked = None;
    }

    fn synced(&mut self, response: ValueResponse<Context>, proposer: Address) -> Result<(), NotHandled> {
        let ValueResponse { peer, value_bytes, certificate } = response;
        let (height, round) = (certificate.height, certificate.round);
        match self.judge.synced(height, round, proposer, &value_bytes).map_err(|fault| self.end(fault))? {
            SyncedValueOutcome::Verdict(mut value) if value.value.id() == certificate.value_id => {
                if value.validity.is_invalid() {
                    return Err(self.end(format!("diverged: block {height} was decided and is not valid here")));
                }
                value.round = round;
                self.letter(Input::ProposedValue(value, ValueOrigin::Sync));
            }
            SyncedValueOutcome::Verdict(_) | SyncedValueOutcome::PeerFault => self.blame(peer),
            SyncedValueOutcome::LocalTransientError => {}
        }
        Ok(())
    }

    /// Asks for what others have and this node has not.
    fn catch_up(&mut self) {
        let open = self.judge.open_height().0;
        self.sync.arrived = self.sync.arrived.split_off(&open);
        let waits = self.sync.asked.is_some_and(|(_, until)| self.now.0 < until);
        if waits || self.sync.arrived.contains_key(&open) {
            return;
        }
        let ahead = |with_blamed: bool| {
            let tips = self.sync.tips.iter().filter(|(_, tip)| **tip >= open);
            tips.filter(|(peer, _)| with_blamed || Some(**peer) != self.sync.blamed).map(|(peer, _)| *peer).collect()
        };
        let mut peers: Vec<usize> = ahead(false);
        if peers.is_empty() {
            peers = ahead(true);
        }
        let Some(peer) = self.random.one(&peers).copied() else { return };
        self.sync.asked = Some((peer, self.now.0 + SYNC_TIMEOUT_MS));
        self.out.push(Out::One(peer, Message::Ask(open, open + SYNC_BATCH - 1)));
    }

    /// Hands the engine the block that came for `height`, if one did.
    fn feed(&mut self, height: u64) {
        if let Some((from, value)) = self.sync.arrived.remove(&height) {
            let response = ValueResponse::new(self.shared.peers[from], value.value_bytes, value.certificate);
            self.letter(Input::SyncValueResponse(response));
        }
    }

    fn handle(&mut self, effect: Effect<Context>) -> Result<Resume<Context>, NotHandled> {
        if self.stop.is_some() {
            return Err(NotHandled);
        }
        Ok(match effect {
            Effect::CancelAllTimeouts(r) => {
                self.timers.clear();
                r.resume_with(())
            }
            Effect::CancelTimeout(timeout, r) => {
                self.timers.retain(|(other, _)| *other != timeout);
                r.resume_with(())
            }
            Effect::ScheduleTimeout(timeout, r) => {
                self.timers_begun += 1;
                self.timers.retain(|(other, _)| *other != timeout);
                self.timers.push((timeout, self.timers_begun));
                let wait = self.timeouts.duration_for(timeout).as_micros() as u64;
                self.out.push(Out::After(wait, Wake::Timeout(timeout, self.timers_begun)));
                r.resume_with(())
            }
            Effect::StartRound(height, round, proposer, _, r) => {
                self.flush_log()?;
                let undecided = self.judge.undecided(height, round, proposer, self.now);
                for value in undecided.map_err(|fault| self.end(fault))? {
                    self.letter(Input::ProposedValue(value, ValueOrigin::Consensus));
                }
                r.resume_with(())
            }
            Effect::PublishConsensusMsg(message, r) => {
                self.flush_log()?;
                self.out.push(Out::All(Message::Consensus(message)));
                r.resume_with(())
            }
            Effect::PublishLivenessMsg(message, r) => {
                self.out.push(Out::All(Message::Liveness(message)));
                r.resume_with(())
            }
            Effect::RepublishVote(vote, r) => {
                self.out.push(Out::All(Message::Liveness(LivenessMsg::Vote(vote))));
                r.resume_with(())
            }
            Effect::RepublishRoundCertificate(certificate, r) => {
                self.out.push(Out::All(Message::Liveness(LivenessMsg::SkipRoundCertificate(certificate))));
                r.resume_with(())
            }
            Effect::GetValue(height, round, _, r) => {
                self.propose(height, round)?;
                r.resume_with(())
            }
            Effect::RestreamProposal(height, round, valid_round, address, value, r) => {
                let block = self.judge.proposal(height, &value.0).map_err(|fault| self.end(fault))?;
                if let (Some(block), Some(round)) = (block, round.as_u32()) {
                    let pol_round = valid_round.as_u32();
                    self.stream(Init { height: height.0, round, pol_round, proposer: address.0 }, block);
                }
                r.resume_with(())
            }
            Effect::CertVerifiedSyncValue(response, proposer, r) => {
                self.synced(response, proposer)?;
                r.resume_with(())
            }
            Effect::CertRejectedSyncValue(peer, _, _, r) => {
                self.blame(peer);
                r.resume_with(())
            }
            Effect::Decide(certificate, _, r) => {
                self.flush_log()?;
                self.commit(&certificate)?;
                r.resume_with(())
            }
            Effect::Finalize(_, _, evidence, r) => {
                self.evidence += evidence.votes.iter().count() + evidence.proposals.iter().count();
                self.hold()?;
                r.resume_with(())
            }
            Effect::SignVote(vote, r) => {
                let signature = self.sign(vote_message(&self.shared.chain, &vote))?;
                r.resume_with(SignedMessage::new(vote, signature))
            }
            Effect::SignProposal(proposal, r) => {
                let signature = self.sign(proposal_message(&self.shared.chain, &proposal))?;
                r.resume_with(SignedMessage::new(proposal, signature))
            }
            Effect::VerifySignature(signed, key, r) => {
                let verifier = &self.shared.verifier;
                r.resume_with(match &signed.message {
                    ConsensusMsg::Vote(vote) => verifier.vote(vote, &signed.signature, &key),
                    ConsensusMsg::Proposal(proposal) => verifier.proposal(proposal, &signed.signature, &key),
                })
            }
            Effect::VerifyCommitCertificate(certificate, set, thresholds, r) => {
                let verified = self.shared.verifier.verify_commit_certificate(&Context, &certificate, &set, thresholds);
                r.resume_with(now(verified))
            }
            Effect::VerifyExtendedCommitCertificate(certificate, set, thresholds, policy, r) => {
                let verifier = &self.shared.verifier;
                let verified =
                    verifier.verify_extended_commit_certificate(&Context, &certificate, &set, thresholds, policy);
                r.resume_with(now(verified))
            }
            Effect::VerifyPolkaCertificate(certificate, set, thresholds, r) => {
                let verified = self.shared.verifier.verify_polka_certificate(&Context, &certificate, &set, thresholds);
                r.resume_with(now(verified))
            }
            Effect::VerifyRoundCertificate(certificate, set, thresholds, r) => {
                let verified = self.shared.verifier.verify_round_certificate(&Context, &certificate, &set, thresholds);
                r.resume_with(now(verified))
            }
            Effect::WalAppend(height, entry, r) => {
                self.append_to_log(height, entry)?;
                r.resume_with(())
            }
            Effect::ExtendVote(.., r) => r.resume_with(None),
            Effect::VerifyVoteExtension(.., r) => r.resume_with(Ok(())),
        })
    }
}

/// What a verifier that never waits has found.
fn now<T>(verified: impl Future<Output = T>) -> T {
    verified.now_or_never().expect("verifying waits for nothing")
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
        let own = guard.is_some().then_some(own);
        let judge = Judge::new(disk.clone(), own, Arc::clone(&shared.memory), Arc::new(Faults::default()));
        let log = malachite::app::wal::log::Log::open_with("log", disk.clone());
        let core = Core {
            shared: Rc::clone(shared),
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
        let mut running = Self { engine: None, metrics: Metrics::default(), core, follows_until };
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

impl Core {
    fn reset_log(&mut self, height: Height) -> Result<Vec<Input<Context>>, NotHandled> {
        self.log_height = height.0;
        self.log.reset(height.0).map_err(|error| self.end(error))?;
        Ok(Vec::new())
    }

    /// What the log has of `height`; one of another height begins anew.
    fn fetch_log(&mut self, height: Height) -> Result<Vec<Input<Context>>, NotHandled> {
        if self.log_height == height.0 {
            return Ok(Vec::new());
        }
        if self.log.sequence() != height.0 {
            return self.reset_log(height);
        }
        self.log_height = height.0;
        if self.log.is_empty() {
            return Ok(Vec::new());
        }
        let read = self.log.iter().and_then(|entries| {
            entries.map(|bytes| decode_entry(&Wire, std::io::Cursor::new(bytes?))).collect::<std::io::Result<Vec<_>>>()
        });
        read.map_err(|error| self.end(format!("engine-safety-failure: {error}")))
    }
}
