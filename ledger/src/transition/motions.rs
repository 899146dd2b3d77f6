//! Proposing, voting, and what follows from the votes.
//!
//! Votes are counted at each vote, by the power that their members have in the set that signs that block: who has left does not
//! count, who has come may vote. A change that was possible when proposed may be impossible when passed: then the motion has failed
//! and changes nothing.

use super::ApplyError;
use super::draft::Draft;
use crate::Hash;
use crate::codec::List;
use crate::name::{IssuerId, Time};
use crate::record::{Agenda, Cast, Change, Key, Member, Motion, OPEN_MOTIONS_MAX, Outcome, Proposal, Record, Tally};
use crate::refusal::Refusal;
use crate::state::StoreFault;
use crate::transaction::Ballot;

/// Open motions of one member: its present business, and no room to crowd out the others'. Less where all of them together
/// would be more than [`OPEN_MOTIONS_MAX`].
pub const OPEN_MOTIONS_OF_ONE_MAX: usize = 8;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

impl Draft<'_> {
    /// The member who votes with this key.
    pub(super) fn voter(&self, key: &Hash) -> Result<Member, ApplyError> {
        let validators = self.validators()?;
        let mut members = validators.members_at(self.height).iter();
        Ok(members.find(|member| member.governance.thumbprint() == *key).ok_or(Refusal::UnknownMember)?.clone())
    }

    /// Carries out what a member asks; `id` names the request.
    pub(super) fn ballot(&mut self, key: Hash, ballot: &Ballot, id: impl FnOnce() -> Hash) -> Result<(), ApplyError> {
        match ballot {
            Ballot::Propose(proposal) => self.propose(key, proposal, id()),
            Ballot::Vote { motion, yes } => self.vote(*motion, Cast { member: key, yes: *yes }),
            Ballot::Ready { .. } => self.note_ready(key),
        }
    }

    fn propose(&mut self, proposer: Hash, proposal: &Proposal, id: Hash) -> Result<(), ApplyError> {
        if self.motion(id)?.is_some() {
            return Err(Refusal::AlreadyProposed.into());
        }
        if proposal.changes.is_empty() {
            return Err(Refusal::EmptyMotion.into());
        }
        if proposal.decision.trim().is_empty() {
            return Err(Refusal::NoDecision.into());
        }
        self.enter_on_agenda(id, &proposer)?;
        // What cannot be done now is not put to the vote.
        self.try_changes(proposal).map_err(|(_, error)| error)?;
        let days = u64::from(self.parameters()?.motion_days);
        let motion = Motion {
            proposal: proposal.clone(),
            proposer,
            proposed: self.time,
            expires: Time(self.time.0.saturating_add(days * DAY_MS)),
            votes: List::default(),
            held: false,
            outcome: Outcome::Open,
        };
        self.count(id, motion, Cast { member: proposer, yes: true })
    }

    /// The motions that may be voted on now.
    pub(super) fn open_motions(&self) -> Result<Vec<(Hash, Motion)>, StoreFault> {
        let mut open = Vec::new();
        for id in &self.find_agenda()?.unwrap_or_default().open {
            let motion = self.motion(*id)?.ok_or_else(|| StoreFault("a motion of the agenda is missing".into()))?;
            if self.time < motion.expires {
                open.push((*id, motion));
            }
        }
        Ok(open)
    }

    /// Leaves out what has expired, and adds `id` if there is room.
    fn enter_on_agenda(&mut self, id: Hash, proposer: &Hash) -> Result<(), ApplyError> {
        let earlier = self.open_motions()?;
        let own = earlier.iter().filter(|(_, motion)| motion.proposer == *proposer).count();
        let share = OPEN_MOTIONS_MAX / self.validators()?.members_at(self.height).len();
        if own >= share.min(OPEN_MOTIONS_OF_ONE_MAX) || earlier.len() >= OPEN_MOTIONS_MAX {
            return Err(Refusal::TooManyMotions.into());
        }
        let open = earlier.into_iter().map(|(id, _)| id).chain([id]).collect();
        let open = List::new(open).ok_or(Refusal::TooManyMotions)?;
        self.put(Key::Agenda, Record::Agenda(Agenda { open }));
        Ok(())
    }

    fn vote(&mut self, id: Hash, cast: Cast) -> Result<(), ApplyError> {
        let motion = self.motion(id)?.ok_or(Refusal::UnknownMotion)?;
        if motion.outcome != Outcome::Open {
            return Err(Refusal::MotionClosed.into());
        }
        if self.time >= motion.expires {
            return Err(Refusal::MotionExpired.into());
        }
        if motion.votes.iter().any(|earlier| earlier.member == cast.member) {
            return Err(Refusal::AlreadyVoted.into());
        }
        self.count(id, motion, cast)
    }

    /// Adds a vote and does what follows from all of them.
    fn count(&mut self, id: Hash, mut motion: Motion, cast: Cast) -> Result<(), ApplyError> {
        if !motion.votes.push(cast) {
            return Err(Refusal::RecordFull.into());
        }
        let tally = self.tally(&motion)?;
        if tally.passes() {
            motion.outcome = match self.try_changes(&motion.proposal) {
                Ok(records) => {
                    self.merge(records);
                    self.begin_plan(id)?;
                    Outcome::Passed(self.height)
                }
                Err((position, ApplyError::Refused(_))) => Outcome::Failed(self.height, position),
                Err((_, fault)) => return Err(fault),
            };
        } else if tally.is_lost() {
            motion.outcome = Outcome::Rejected(self.height);
            if motion.held {
                self.release(id, &motion)?;
            }
        } else if !motion.held && motion.is_emergency() && tally.holds() {
            self.hold(&motion)?;
            motion.held = true;
        }
        if motion.outcome != Outcome::Open {
            self.leave_agenda(id)?;
        }
        self.put(Key::Motion(id), Record::Motion(motion));
        Ok(())
    }

    fn leave_agenda(&mut self, id: Hash) -> Result<(), StoreFault> {
        let agenda = self.find_agenda()?.unwrap_or_default();
        let open = agenda.open.into_vec().into_iter().filter(|open| *open != id).collect();
        let open = List::new(open).ok_or_else(|| StoreFault("an agenda too long".into()))?;
        self.put(Key::Agenda, Record::Agenda(Agenda { open }));
        Ok(())
    }

    fn tally(&self, motion: &Motion) -> Result<Tally, StoreFault> {
        Ok(motion.tally(self.validators()?.members_at(self.height)))
    }
}

impl Motion {
    /// The keys that it suspends, and since when.
    pub(super) fn suspensions(&self) -> impl Iterator<Item = (&IssuerId, &Hash, Time)> {
        self.proposal.changes.iter().filter_map(|change| match change {
            Change::SuspendKey { issuer, key, since } => Some((issuer, key, *since)),
            _ => None,
        })
    }

    /// Whether it only suspends keys, which few may do for a while.
    pub fn is_emergency(&self) -> bool {
        self.proposal.changes.iter().all(|change| matches!(change, Change::SuspendKey { .. }))
    }
}
