//! Judges blocks, and commits those that are decided.

use std::sync::Arc;

use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::streaming::StreamMessage;
use malachite_consensus::{PeerId, ProposedValue};
use malachite_types::{CommitCertificate, Round, Validity};
use sogoc_ledger::Hash;
use sogoc_ledger::block::Block;
use sogoc_ledger::codec::List;
use sogoc_ledger::name::Time;
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::StoreFault;
use sogoc_ledger::transition::{self, BlockRefusal, Execution};
use sogoc_store::{Commit, Precommit};
use tokio::task::block_in_place;

use super::{Ended, Host, nodes};
use crate::clock;
use crate::context::{Address, Context, Height, Value};
use crate::fatal::Fatal;
use crate::parts::{Init, Part};
use crate::upgrade;

/// Executions kept for the commit: an honest round makes one, and each may hold a full block.
const EXECUTIONS_MAX: usize = 8;

/// Different blocks taken from one node until the next commit: a proposer makes one in each of its rounds.
pub(super) const BLOCKS_OFFERED_MAX: usize = 8;

impl Host {
    /// Executes a block on the last one, or finds it executed; `None` if it is not valid.
    fn execute(&mut self, hash: Hash, block: &Block) -> Result<bool, StoreFault> {
        if self.executions.contains_key(&hash) {
            return Ok(true);
        }
        let executed = block_in_place(|| {
            let view = self.store.view();
            transition::execute(&view, view.tip(), block, self.intake.memory())
        });
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

    pub(super) fn remember(&mut self, hash: Hash, execution: Execution) {
        if self.executions.len() >= EXECUTIONS_MAX {
            self.executions.clear();
        }
        self.executions.insert(hash, execution);
    }

    fn in_time(&self, time: Time) -> bool {
        time.0 <= clock::now().0.saturating_add(u64::from(self.parameters.clock_drift_ms))
    }

    /// Judges a block for the open height, as a voter. Valid but for the clock, it is kept all the same.
    fn judge(&mut self, hash: Hash, block: &Block, bytes: &[u8]) -> Result<Option<Validity>, StoreFault> {
        if !self.execute(hash, block)? {
            return Ok(Some(Validity::Invalid));
        }
        let kept = block_in_place(|| self.store.put_proposal(block.header.height, &hash, bytes))?;
        Ok(kept.then(|| Validity::from_bool(self.in_time(block.header.time))))
    }

    /// Blocks that this node has for the height, judged anew: the engine forgets them in a crash, and the clock moves.
    pub(super) fn undecided(
        &mut self,
        height: Height,
        round: Round,
        proposer: Address,
    ) -> Result<Vec<ProposedValue<Context>>, Ended> {
        if height != self.open_height() {
            return Ok(Vec::new());
        }
        let mut values = Vec::new();
        for (hash, bytes) in self.store.proposals(height.0)? {
            let Ok(block) = Block::from_bytes(&bytes) else { continue };
            if let Some(validity) = self.judge(hash, &block, &bytes)? {
                let value = Value(hash);
                values.push(ProposedValue { height, round, valid_round: Round::Nil, proposer, value, validity });
            }
        }
        Ok(values)
    }

    /// Takes a part; the block it completes, judged, if that is one for the open height.
    pub(super) fn take_part(
        &mut self,
        from: PeerId,
        published_by: Option<PeerId>,
        part: StreamMessage<Part>,
    ) -> Result<Option<ProposedValue<Context>>, Ended> {
        let publisher = published_by.unwrap_or(from);
        if publisher != from || !self.nodes.contains(&from) {
            return Ok(None);
        }
        let Some(assembled) = self.assembler.take(publisher, part) else { return Ok(None) };
        let Ok(block) = block_in_place(|| Block::from_bytes(&assembled.block)) else {
            tracing::warn!(peer = %publisher, "a peer sent what is no block");
            return Ok(None);
        };
        let (height, open, hash) = (Height(block.header.height), self.open_height(), block.header.hash());
        if !self.admits(publisher, hash) {
            return Ok(None);
        }
        if height > open {
            // Kept unjudged until its height opens; that a validator is there is reason enough to go on.
            block_in_place(|| self.store.put_proposal(height.0, &hash, &assembled.block))?;
            self.begin_held();
        }
        if height != open {
            return Ok(None);
        }
        let Some(validity) = self.judge(hash, &block, &assembled.block)? else { return Ok(None) };
        self.begin_held();
        let Init { round, pol_round, proposer, .. } = assembled.init;
        Ok(Some(ProposedValue {
            height,
            round: Round::new(round),
            valid_round: pol_round.into(),
            proposer: Address(proposer),
            value: Value(hash),
            validity,
        }))
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
    pub(super) fn synced(
        &mut self,
        height: Height,
        round: Round,
        proposer: Address,
        bytes: &[u8],
    ) -> Result<SyncedValueOutcome<Context>, Ended> {
        let Ok(block) = block_in_place(|| Block::from_bytes(bytes)) else { return Ok(SyncedValueOutcome::PeerFault) };
        if block.header.height != height.0 {
            return Ok(SyncedValueOutcome::PeerFault);
        }
        if height != self.open_height() {
            return Ok(SyncedValueOutcome::LocalTransientError);
        }
        let hash = block.header.hash();
        let valid = self.execute(hash, &block)?;
        if valid && !block_in_place(|| self.store.put_proposal(height.0, &hash, bytes))? {
            return Ok(SyncedValueOutcome::LocalTransientError);
        }
        self.synced = Some(height);
        let validity = Validity::from_bool(valid);
        let value = Value(hash);
        Ok(SyncedValueOutcome::Verdict(ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer,
            value,
            validity,
        }))
    }

    pub(super) fn commit(&mut self, certificate: &CommitCertificate<Context>) -> Result<(), Ended> {
        if certificate.height < self.open_height() {
            return Ok(());
        }
        let hash = certificate.value_id.0;
        let diverged = |why: &str| {
            let detail = format!("block {} at height {} was decided and {why} here", hash, certificate.height);
            Ended::Fatal(Fatal { code: "diverged", detail })
        };
        if certificate.height > self.open_height() {
            return Err(diverged("follows a block that is missing"));
        }
        let execution = match self.executions.remove(&hash) {
            Some(execution) => execution,
            None => {
                let bytes = self.store.proposal(certificate.height.0, &hash)?.ok_or_else(|| diverged("is missing"))?;
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
        block_in_place(|| {
            self.store.commit(&execution, &commit)?;
            self.intake.sealed(&execution.block.body, execution.tip.header.time);
            Ok::<_, StoreFault>(())
        })?;
        self.executions.clear();
        self.offered.clear();
        self.follow(&execution)
    }

    /// Takes over what a committed block changed.
    fn follow(&mut self, execution: &Execution) -> Result<(), Ended> {
        let header = &execution.tip.header;
        if let Some(Record::Parameters(parameters)) = execution.records.get(&Key::Parameters) {
            self.parameters = parameters.clone();
        }
        if let Some(Record::Validators(validators)) = execution.records.get(&Key::Validators) {
            self.nodes = nodes(validators);
            self.validators.send_replace(Arc::new(validators.clone()));
        }
        if header.next_validators != header.validators {
            let validators = transition::validators(&self.store.view())?;
            self.set = (&validators.set_at(header.height + 1)).into();
        }
        self.assembler.prune(header.height, |peer| self.nodes.contains(peer));
        self.tip.send_replace(self.store.tip());
        if execution.records.contains_key(&Key::Protocol) {
            self.upgrade = upgrade::unknown(&self.store.view())?;
            upgrade::warn(self.upgrade);
        }
        match upgrade::prevents(self.upgrade, header.height + 1) {
            Some(fatal) => Err(Ended::Fatal(fatal)),
            None => Ok(()),
        }
    }
}
