//! Answers the engine: proposes, judges, stores, commits, serves what others missed.
//!
//! What is decided is decided by the [`judge`](crate::judge); here is when, and who hears of it.
//!
//! # Rules
//!
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

use std::sync::Arc;

use bytes::Bytes;
use malachite::app::engine::host::{HeightParams, LocallyProposedValue};
use malachite::app::streaming::StreamMessage;
use malachite::{AppMsg, NetworkMsg, NetworkRequest, Reply};
use malachite_consensus::{PeerId, ProposedValue, VoteExtensionError};
use malachite_types::{CommitCertificate, Round};
use sogoc_ledger::record::Validators;
use sogoc_ledger::state::StoreFault;
use sogoc_ledger::transition::Tip;
use sogoc_store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep_until};

use crate::clock;
use crate::context::{Address, Context, Height, Value};
use crate::fatal::Fatal;
use crate::intake::Intake;
use crate::judge::{Judge, Proposed, Taken};
use crate::metrics::Faults;
use crate::parts::{self, Init, Part, STREAM_ID_BYTES};
use crate::timeouts::Timeouts;
use idle::Held;

mod idle;
#[cfg(test)]
mod tests;

/// Why the host ended.
#[derive(Debug)]
pub enum Ended {
    /// The engine closed its channel.
    EngineClosed,
    /// The process must end.
    Fatal(Fatal),
}

impl From<Fatal> for Ended {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

impl From<StoreFault> for Ended {
    fn from(fault: StoreFault) -> Self {
        Self::Fatal(fault.into())
    }
}

/// See the module.
pub struct Host {
    judge: Judge<Arc<Store>>,
    store: Arc<Store>,
    intake: Arc<Intake>,
    own: Option<Address>,
    timeouts: Timeouts,
    network: mpsc::Sender<NetworkMsg<Context>>,
    requests: mpsc::Sender<NetworkRequest>,
    tip: watch::Sender<Arc<Tip>>,
    validators: watch::Sender<Arc<Validators>>,
    held: Option<Held>,
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

impl Host {
    /// A host over the store's last block.
    ///
    /// # Errors
    /// The store failed.
    pub fn new(parts: Parts) -> Result<Self, StoreFault> {
        let memory = Arc::clone(parts.intake.memory());
        Ok(Self {
            judge: Judge::new(Arc::clone(&parts.store), parts.own, memory, parts.faults)?,
            store: parts.store,
            intake: parts.intake,
            own: parts.own,
            timeouts: parts.timeouts,
            network: parts.network,
            requests: parts.requests,
            tip: parts.tip,
            validators: parts.validators,
            held: None,
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
                let height = self.judge.open_height();
                self.intake.announce(height.0);
                let _ = reply.send((height, self.height_parameters()));
            }
            AppMsg::StartedRound { height, round, proposer, reply_value, .. } => {
                let undecided = block_in_place(|| self.judge.undecided(height, round, proposer, clock::now()))?;
                let _ = reply_value.send(undecided);
            }
            AppMsg::GetValue { height, round, reply, .. } => self.propose(height, round, reply).await?,
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                if let (Some(block), Some(round)) = (self.judge.proposal(height, &value_id.0)?, round.as_u32()) {
                    let init = Init { height: height.0, round, pol_round: valid_round.as_u32(), proposer: address.0 };
                    self.stream(init, block).await;
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
                let _ = reply.send(self.judge.decided(range.start().0, range.end().0)?);
            }
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                let _ = reply.send(block_in_place(|| self.judge.synced(height, round, proposer, &value_bytes))?);
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

    fn height_parameters(&self) -> HeightParams<Context> {
        HeightParams::new(self.judge.set().clone(), self.timeouts.into(), None)
    }

    async fn propose(
        &mut self,
        height: Height,
        round: Round,
        reply: Reply<LocallyProposedValue<Context>>,
    ) -> Result<(), Ended> {
        let (Some(own), Some(number)) = (self.own, round.as_u32()) else { return Ok(()) };
        let pending = || self.intake.candidates();
        let proposed = block_in_place(|| self.judge.propose(height, number, clock::now(), pending))?;
        let Some(Proposed { hash, block, refused }) = proposed else { return Ok(()) };
        self.intake.forget(&refused);
        let _ = reply.send(LocallyProposedValue::new(height, round, Value(hash)));
        self.stream(Init { height: height.0, round: number, pol_round: None, proposer: own.0 }, block).await;
        Ok(())
    }

    /// Takes a part; the block it completes, judged, if that is one for the open height.
    fn take_part(
        &mut self,
        from: PeerId,
        published_by: Option<PeerId>,
        part: StreamMessage<Part>,
    ) -> Result<Option<ProposedValue<Context>>, StoreFault> {
        let Some(assembled) = self.judge.assemble(from, published_by, part) else { return Ok(None) };
        match block_in_place(|| self.judge.take(from, &assembled, clock::now()))? {
            Taken::Dropped => Ok(None),
            Taken::Ahead => {
                // That a validator is there is reason enough to go on.
                self.begin_held();
                Ok(None)
            }
            Taken::Judged(value) => {
                self.begin_held();
                Ok(Some(value))
            }
        }
    }

    fn commit(&mut self, certificate: &CommitCertificate<Context>) -> Result<(), Ended> {
        let committed = block_in_place(|| {
            let committed = self.judge.commit(certificate)?;
            if let Some(committed) = &committed {
                self.intake.sealed(&committed.execution.block.body, committed.execution.tip.header.time);
            }
            Ok::<_, Fatal>(committed)
        })?;
        let Some(committed) = committed else { return Ok(()) };
        if let Some(validators) = committed.validators {
            self.validators.send_replace(Arc::new(validators));
        }
        self.tip.send_replace(self.store.tip());
        committed.ends.map_or(Ok(()), |fatal| Err(Ended::Fatal(fatal)))
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
}
