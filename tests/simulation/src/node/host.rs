//! What the host does in production, on the virtual clock: proposes, judges, commits, holds, signs.

use bytes::Bytes;
use ed25519_dalek::Signer;
use malachite::app::streaming::StreamMessage;
use malachite_consensus::{Input, LocallyProposedValue};
use malachite_types::{CommitCertificate, Round, ValidatorSet as _, ValueOrigin};
use sogoc_consensus::pool::Inserted;
use sogoc_consensus::simulation::{Context, Height, Init, Ledger, Part, STREAM_ID_BYTES, Slot, Taken, Value, cut};
use sogoc_ledger::block::MAX_BODY_BYTES;
use sogoc_ledger::codec;
use sogoc_ledger::name::Time;
use sogoc_ledger::signature::Signature;
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::Overlay;

use crate::fixture;
use crate::sabotage::Sabotage;

use super::{CANDIDATES_MAX, Core, Letter, Message, NotHandled, Out, Stop, Wake};

/// Who does not open a height makes its heartbeat so much later, in milliseconds, as in production.
const HEARTBEAT_GRACE_MS: u64 = 1_000;

impl Core {
    /// Notes why the node ends, unless it ended before.
    pub(super) fn end(&mut self, why: impl ToString) -> NotHandled {
        let stop = if self.disk.is_off() { Stop::PowerOff } else { Stop::Ended(why.to_string()) };
        self.stop.get_or_insert(stop);
        NotHandled
    }

    pub(super) fn sign(&mut self, signed: Option<(Slot, Vec<u8>)>) -> Result<Signature, NotHandled> {
        let never = "asked to sign what is never signed";
        let Some((slot, message)) = signed else { return Err(self.end(never)) };
        if self.shared.sabotage == Some(Sabotage::Guard) {
            return Ok(Signature(fixture::consensus_key(self.node).sign(&message).to_bytes()));
        }
        let Some(guard) = &mut self.guard else { return Err(self.end(never)) };
        guard.sign(slot, &message).map_err(|error| self.end(format!("{}: {error}", error.code())))
    }

    pub(super) fn letter(&mut self, input: Input<Context>) {
        self.letters.push_back(Letter::Input(input));
    }

    pub(super) fn stream(&mut self, init: Init, block: Bytes) {
        self.streams += 1;
        let mut id = [0; STREAM_ID_BYTES];
        id[..8].copy_from_slice(&init.height.to_be_bytes());
        id[8..].copy_from_slice(&self.streams.to_be_bytes());
        self.out.extend(cut(id, init, block).into_iter().map(|part| Out::All(Message::Part(part))));
    }

    pub(super) fn propose(&mut self, height: Height, round: Round) -> Result<(), NotHandled> {
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

    pub(super) fn commit(&mut self, certificate: &CommitCertificate<Context>) -> Result<(), NotHandled> {
        let committed = self.judge.commit(certificate).map_err(|fatal| self.end(fatal))?;
        if let Some(committed) = committed {
            let ids: Vec<_> = committed.execution.block.body.transactions.iter().map(Transaction::id).collect();
            self.pool.remove(&ids);
            self.pool.expire(committed.execution.tip.header.time);
        }
        Ok(())
    }

    /// Ends the height, or holds the next one if there is nothing to do.
    pub(super) fn hold(&mut self) -> Result<(), NotHandled> {
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

    pub(super) fn begin_held(&mut self) {
        if self.held.take().is_some() {
            self.letters.push_back(Letter::StartHeight);
        }
    }

    /// Whether more than a third say that `height` is decided.
    pub(super) fn others_reached(&self, height: u64) -> bool {
        let reached = self.sync.tips.values().filter(|tip| **tip >= height).count();
        reached * 3 > self.judge.set().count()
    }

    /// Takes a transaction that the next block could contain; whether it is new.
    pub(super) fn admit(&mut self, transaction: &Transaction) -> bool {
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

    pub(super) fn take_part(&mut self, from: usize, part: StreamMessage<Part>) -> Result<(), NotHandled> {
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
}
