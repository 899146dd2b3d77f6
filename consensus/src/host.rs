//! Answers the engine: proposes, judges, stores, commits, serves what others missed.
//!
//! # Rules
//!
//! * **Execute before voting.** A block is valid if executing it on the last one gives its header, and its time is not
//!   further ahead of this clock than the network's parameter. Only the voter looks at the clock: a synced block is final.
//!   So a block refused for its time may become valid; it is judged again in each round.
//! * **Durable before answered.** The engine later decides by hash alone, perhaps after a crash: a block is on the disk before the
//!   answer that names it.
//! * **One proposal for one (height, round).** What was proposed is remembered on the disk and proposed again, byte for byte.
//! * **No empty blocks.** After a block the next height is held until there is work: own transactions, a validator's
//!   signal, a block from one, the word of more than a third that the height is decided; or until the heartbeat is due. The member
//!   that opens the height goes first, the others give it a second. While another set is scheduled, blocks follow each other at
//!   once, so that it takes over in an idle network too. A node that starts, or took its last block from sync, begins the
//!   next height at once: there may be more to sync. So a restart may give one empty block.
//! * **Bounded answers.** Everything but the end of a height is answered in line, and keeps other messages waiting: proposals
//!   are small enough to be executed in a fraction of the engine's timeout, and sync answers have a limit.
//!
//! # Errors
//!
//! A [`StoreFault`], and a decided block that is not valid here, end the process: nothing is answered any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use malachite::app::engine::host::{HeightParams, LocallyProposedValue};
use malachite::{AppMsg, NetworkMsg, NetworkRequest, Reply};
use malachite_consensus::{PeerId, VoteExtensionError};
use malachite_sync::RawDecidedValue;
use malachite_types::{ExtendedCommitCertificate, ExtendedCommitSignature, Round};
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::record::{Key, Parameters, Record, Upgrade, Validators};
use sogoc_ledger::state::{StateReader, StoreFault};
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::{self, Candidate, Execution, Tip};
use sogoc_store::{Precommit, Store};
use tokio::sync::{mpsc, watch};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep_until};

use crate::clock;
use crate::context::{Address, Context, Height, ValidatorSet, Value};
use crate::fatal::Fatal;
use crate::intake::Intake;
use crate::metrics::Faults;
use crate::parts::{self, Assembler, Init, STREAM_ID_BYTES};
use crate::peers;
use crate::timeouts::Timeouts;
use crate::upgrade;
use crate::wire::{MAX_RESPONSE_BYTES, MAX_SYNCED_BLOCKS};
use idle::Held;

mod idle;
mod judge;
#[cfg(test)]
mod tests;

/// Room in a sync response for certificates and lengths.
const RESPONSE_BLOCK_BYTES_MAX: usize = MAX_RESPONSE_BYTES - (1 << 20);

/// Why the host ended.
#[derive(Debug)]
pub enum Ended {
    /// The engine closed its channel.
    EngineClosed,
    /// The process must end.
    Fatal(Fatal),
}

impl From<StoreFault> for Ended {
    fn from(fault: StoreFault) -> Self {
        Self::Fatal(Fatal { code: "store-failed", detail: fault.to_string() })
    }
}

/// See the module.
pub struct Host {
    store: Arc<Store>,
    intake: Arc<Intake>,
    own: Option<Address>,
    timeouts: Timeouts,
    network: mpsc::Sender<NetworkMsg<Context>>,
    requests: mpsc::Sender<NetworkRequest>,
    tip: watch::Sender<Arc<Tip>>,
    validators: watch::Sender<Arc<Validators>>,
    faults: Arc<Faults>,
    parameters: Parameters,
    /// Rules to come that this program does not know.
    upgrade: Option<Upgrade>,
    set: ValidatorSet,
    nodes: BTreeSet<PeerId>,
    assembler: Assembler,
    executions: BTreeMap<Hash, Execution>,
    /// Blocks that each node sent since the last commit: one that sends too many must not crowd out the others'.
    offered: BTreeSet<(PeerId, Hash)>,
    held: Option<Held>,
    /// The last height that came by sync: there may be more.
    synced: Option<Height>,
    streams: u64,
}

/// What a host is made of.
pub struct Parts {
    /// The ledger.
    pub store: Arc<Store>,
    /// Where transactions come from.
    pub intake: Arc<Intake>,
    /// The consensus key; none for an observer.
    pub own: Option<Address>,
    /// For each height.
    pub timeouts: Timeouts,
    /// Publishes parts.
    pub network: mpsc::Sender<NetworkMsg<Context>>,
    /// Asks the engine's network who is there.
    pub requests: mpsc::Sender<NetworkRequest>,
    /// Told of each committed block.
    pub tip: watch::Sender<Arc<Tip>>,
    /// Told of each change of the validators.
    pub validators: watch::Sender<Arc<Validators>>,
    /// Counts blocks that are not valid.
    pub faults: Arc<Faults>,
}

/// The network's parameters.
pub fn parameters(state: &impl StateReader) -> Result<Parameters, StoreFault> {
    match state.record(&Key::Parameters)? {
        Some(Record::Parameters(parameters)) => Ok(parameters),
        _ => Err(StoreFault("the state has no parameters".into())),
    }
}

/// The nodes of the validators, current and scheduled: block parts are taken from no one else.
fn nodes(validators: &Validators) -> BTreeSet<PeerId> {
    let scheduled = validators.scheduled.iter().flat_map(|scheduled| &scheduled.members);
    let ids = validators.current.iter().chain(scheduled).filter_map(|member| peers::peer_id(&member.network));
    ids.filter_map(|id| PeerId::from_bytes(&id.to_bytes()).ok()).collect()
}

impl Host {
    /// A host over the store's last block.
    ///
    /// # Errors
    /// The store failed.
    pub fn new(parts: Parts) -> Result<Self, StoreFault> {
        let view = parts.store.view();
        let (parameters, upgrade) = (parameters(&view)?, upgrade::unknown(&view)?);
        let validators = transition::validators(&view)?;
        let set = (&validators.set_at(view.tip().header.height + 1)).into();
        drop(view);
        Ok(Self {
            store: parts.store,
            intake: parts.intake,
            own: parts.own,
            timeouts: parts.timeouts,
            network: parts.network,
            requests: parts.requests,
            tip: parts.tip,
            validators: parts.validators,
            faults: parts.faults,
            parameters,
            upgrade,
            set,
            nodes: nodes(&validators),
            assembler: Assembler::default(),
            executions: BTreeMap::new(),
            offered: BTreeSet::new(),
            held: None,
            synced: None,
            // Differs from every stream of an earlier run.
            streams: clock::now().0 << 20,
        })
    }

    /// Answers until the engine closes `messages` or the process must end.
    pub async fn run(mut self, mut messages: mpsc::Receiver<AppMsg<Context>>) -> Ended {
        let mut stirring = self.intake.stirring();
        loop {
            let until = self.held.as_ref().map(|held| held.until);
            let answered = tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => self.answer(message).await,
                    None => return Ended::EngineClosed,
                },
                Ok(()) = stirring.changed() => {
                    let stirring = *stirring.borrow_and_update();
                    self.stirred(stirring);
                    Ok(())
                }
                () = async { sleep_until(until.unwrap_or_else(Instant::now)).await }, if until.is_some() => {
                    self.begin_held();
                    Ok(())
                }
            };
            if let Err(ended) = answered {
                return ended;
            }
        }
    }

    async fn answer(&mut self, message: AppMsg<Context>) -> Result<(), Ended> {
        match message {
            AppMsg::ConsensusReady { reply } => {
                self.wait_for_peers().await;
                let height = self.open_height();
                self.intake.announce(height.0);
                let _ = reply.send((height, self.height_parameters()));
            }
            AppMsg::StartedRound { height, round, proposer, reply_value, .. } => {
                let _ = reply_value.send(self.undecided(height, round, proposer)?);
            }
            AppMsg::GetValue { height, round, reply, .. } => self.propose(height, round, reply).await?,
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                if let (Some(block), Some(round)) = (self.store.proposal(height.0, &value_id.0)?, round.as_u32()) {
                    let init = Init { height: height.0, round, pol_round: valid_round.as_u32(), proposer: address.0 };
                    self.stream(init, block.into()).await;
                }
            }
            AppMsg::ReceivedProposalPart { from, published_by, part, reply } => {
                let _ = reply.send(self.take_part(from, published_by, part)?);
            }
            AppMsg::Decided { certificate, reply, .. } => {
                self.commit(&certificate)?;
                let _ = reply.send(());
            }
            AppMsg::Finalized { certificate, reply, evidence, .. } => {
                if !evidence.is_empty() {
                    tracing::warn!(
                        height = certificate.height.0,
                        ?evidence,
                        "a validator signed two messages for one place"
                    );
                }
                self.hold(reply)?;
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                let _ = reply.send(Height(1));
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let _ = reply.send(self.decided(range.start().0, range.end().0)?);
            }
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                let _ = reply.send(self.synced(height, round, proposer, &value_bytes)?);
            }
            AppMsg::ExtendVote { reply, .. } => {
                let _ = reply.send(None);
            }
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                let refused = |(address, ())| (address, Err(VoteExtensionError::InvalidVoteExtension));
                let _ = reply.send(extensions.into_iter().map(refused).collect());
            }
        }
        Ok(())
    }

    /// The height that is not decided yet.
    fn open_height(&self) -> Height {
        Height(self.store.tip().header.height + 1)
    }

    fn height_parameters(&self) -> HeightParams<Context> {
        HeightParams::new(self.set.clone(), self.timeouts.into(), None)
    }

    async fn propose(
        &mut self,
        height: Height,
        round: Round,
        reply: Reply<LocallyProposedValue<Context>>,
    ) -> Result<(), Ended> {
        let (Some(own), Some(number)) = (self.own, round.as_u32()) else { return Ok(()) };
        let (hash, block) = match self.store.own_proposal(height.0, number)? {
            Some((hash, block)) => (hash, Bytes::from(block)),
            None if height == self.open_height() => self.build(number)?,
            None => return Ok(()),
        };
        let _ = reply.send(LocallyProposedValue::new(height, round, Value(hash)));
        self.stream(Init { height: height.0, round: number, pol_round: None, proposer: own.0 }, block).await;
        Ok(())
    }

    /// A new block on the last one, on the disk as this node's proposal for `round`.
    fn build(&mut self, round: u32) -> Result<(Hash, Bytes), StoreFault> {
        let pending = self.intake.candidates();
        let (execution, refused, bytes) = block_in_place(|| {
            let candidates: Vec<Transaction> = pending.iter().map(|pending| pending.transaction.clone()).collect();
            let view = self.store.view();
            let tip = view.tip();
            let (execution, fates) =
                transition::propose(&view, tip, clock::after(tip.header.time), &candidates, self.intake.memory())?;
            let refused: Vec<Hash> = pending
                .iter()
                .zip(fates)
                .filter(|(_, fate)| matches!(fate, Candidate::Refused(_)))
                .map(|(pending, _)| pending.id)
                .collect();
            let bytes = Bytes::from(codec::encode(&execution.block));
            let (height, hash) = (execution.tip.header.height, execution.tip.hash);
            self.store.put_own_proposal(height, round, &hash, &bytes)?;
            Ok::<_, StoreFault>((execution, refused, bytes))
        })?;
        self.intake.forget(&refused);
        let hash = execution.tip.hash;
        self.remember(hash, execution);
        Ok((hash, bytes))
    }

    async fn stream(&mut self, init: Init, block: Bytes) {
        self.streams += 1;
        let mut id = [0; STREAM_ID_BYTES];
        id[..8].copy_from_slice(&init.height.to_be_bytes());
        id[8..].copy_from_slice(&self.streams.to_be_bytes());
        for part in parts::cut(id, init, block) {
            if self.network.send(NetworkMsg::PublishProposalPart(part)).await.is_err() {
                return;
            }
        }
    }

    /// Decided blocks from `first` on, as many as one answer may have.
    fn decided(&self, first: u64, last: u64) -> Result<Vec<RawDecidedValue<Context>>, StoreFault> {
        let mut values: Vec<RawDecidedValue<Context>> = Vec::new();
        let mut room = RESPONSE_BLOCK_BYTES_MAX;
        for height in (first.max(1)..=last).take(MAX_SYNCED_BLOCKS) {
            let Some((bytes, commit)) = self.store.block(height)? else { break };
            let Some(header) = self.store.header(height)? else { break };
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
