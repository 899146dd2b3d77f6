//! One validator set after another.
//!
//! # Invariants
//!
//! * Of the power of two sets that follow each other, at most a third leaves and at most a third comes.
//! * A set has at least [`VALIDATORS_MIN`] members and nobody in it has a third of the power.
//! * A member signs only after its node has said that it is ready, and at least [`SET_CHANGE_DELAY_BLOCKS`] later.

use std::collections::BTreeSet;

use super::ApplyError;
use super::draft::Draft;
use crate::Hash;
use crate::codec::List;
use crate::genesis::VALIDATORS_MIN;
use crate::name::Height;
use crate::record::{Key, KeyUse, Member, NewMember, Plan, Record, Scheduled, Step, Validators};
use crate::refusal::Refusal;
use crate::signature::PublicKey;
use crate::state::StoreFault;
use crate::validator::VALIDATORS_MAX;

/// Blocks between the one that schedules a set and the first that it signs: every node has committed to it before it acts.
pub const SET_CHANGE_DELAY_BLOCKS: Height = 4;

impl Draft<'_> {
    /// A scheduled set becomes the current one in the first block that it signs; the next step may then be scheduled.
    pub(super) fn take_over_scheduled_validators(&mut self) -> Result<(), StoreFault> {
        let mut validators = self.validators()?;
        let Some(scheduled) = validators.scheduled.take_if(|scheduled| scheduled.from <= self.height) else {
            return Ok(());
        };
        validators.current = scheduled.members;
        self.schedule_next_step(validators)
    }

    /// Checks steps and makes them the plan. Their motion is entered once it has passed: see [`Draft::begin_plan`].
    pub(super) fn plan_steps(
        &mut self,
        steps: &List<Step, { crate::record::PLAN_STEPS_MAX }>,
    ) -> Result<(), ApplyError> {
        let mut validators = self.validators()?;
        if steps.is_empty() {
            validators.plan.take().ok_or(Refusal::NoPlan)?;
        } else {
            if validators.plan.is_some() || validators.scheduled.is_some() {
                return Err(Refusal::PlanUnderWay.into());
            }
            // Each says once that it is ready, and the list of those has room for no more.
            if steps.iter().map(|step| step.add.len()).sum::<usize>() > VALIDATORS_MAX {
                return Err(Refusal::TooManyValidators.into());
            }
            let (mut members, mut keys) = (validators.current.to_vec(), BTreeSet::new());
            for step in steps {
                self.check_incoming(step, &mut keys)?;
                members = after(&members, step)?;
            }
            validators.plan = Some(Plan { motion: Hash::ZERO, steps: steps.clone(), ready: List::default() });
        }
        self.put(Key::Validators, Record::Validators(validators));
        Ok(())
    }

    /// Names the motion that passed a new plan, and schedules its first step if that waits for nobody.
    pub(super) fn begin_plan(&mut self, motion: Hash) -> Result<(), ApplyError> {
        let mut validators = self.validators()?;
        match &mut validators.plan {
            Some(plan) if plan.motion == Hash::ZERO => plan.motion = motion,
            _ => return Ok(()),
        }
        Ok(self.schedule_next_step(validators)?)
    }

    fn check_incoming(&self, step: &Step, keys: &mut BTreeSet<PublicKey>) -> Result<(), ApplyError> {
        for new in &step.add {
            for key in new.member.keys() {
                if !key.is_acceptable_for_validators() {
                    return Err(Refusal::BadKey.into());
                }
                if !keys.insert(*key) || self.is_in_use(key)? {
                    return Err(Refusal::KeyInUse.into());
                }
            }
            if !new.unproven().is_empty() {
                return Err(Refusal::NoPossession.into());
            }
        }
        Ok(())
    }

    /// The consensus key with this thumbprint, of a member that the plan of `motion` brings and that has not said that it is ready.
    pub(super) fn awaited(&self, thumbprint: &Hash, motion: &Hash) -> Result<PublicKey, ApplyError> {
        let plan = self.validators()?.plan.filter(|plan| plan.motion == *motion).ok_or(Refusal::NotAwaited)?;
        if plan.ready.contains(thumbprint) {
            return Err(Refusal::AlreadyReady.into());
        }
        let mut incoming = plan.steps.iter().flat_map(|step| &step.add).map(|new| new.member.consensus);
        Ok(incoming.find(|key| key.thumbprint() == *thumbprint).ok_or(Refusal::NotAwaited)?)
    }

    pub(super) fn note_ready(&mut self, thumbprint: Hash) -> Result<(), ApplyError> {
        let mut validators = self.validators()?;
        let plan = validators.plan.as_mut().ok_or(Refusal::NotAwaited)?;
        if !plan.ready.push(thumbprint) {
            return Err(Refusal::RecordFull.into());
        }
        Ok(self.schedule_next_step(validators)?)
    }

    /// Schedules the next step if nothing else is scheduled and everyone whom it brings is ready; writes the validators.
    fn schedule_next_step(&mut self, mut validators: Validators) -> Result<(), StoreFault> {
        if validators.scheduled.is_none()
            && let Some(plan) = validators.plan.take_if(|plan| plan.next_is_ready())
        {
            let mut steps = plan.steps.into_vec();
            let step = steps.remove(0);
            let unplanned = |_| StoreFault("a step of the plan does not fit the validators".into());
            let members = after(&validators.current, &step).map_err(unplanned)?;
            for new in &step.add {
                for key in new.member.keys() {
                    self.note_use(key, KeyUse::Member(new.member.owner.clone()));
                }
            }
            validators.scheduled = Some(Scheduled {
                from: self.height + SET_CHANGE_DELAY_BLOCKS,
                members: List::new(members).ok_or_else(|| StoreFault("too many validators".into()))?,
            });
            if !steps.is_empty() {
                let steps = List::new(steps).ok_or_else(|| StoreFault("too many steps".into()))?;
                validators.plan = Some(Plan { steps, motion: plan.motion, ready: plan.ready });
            }
        }
        self.put(Key::Validators, Record::Validators(validators));
        Ok(())
    }
}

/// The members after `step`.
///
/// # Errors
/// The step may not be taken.
pub fn after(members: &[Member], step: &Step) -> Result<Vec<Member>, Refusal> {
    if step.remove.is_empty() && step.add.is_empty() {
        return Err(Refusal::EmptyMotion);
    }
    let power = |members: &[Member]| members.iter().map(|member| u64::from(member.power)).sum::<u64>();
    let leaves = |member: &Member| step.remove.contains(&member.consensus);
    let stay: Vec<Member> = members.iter().filter(|member| !leaves(member)).cloned().collect();
    // Each named once, and there.
    if stay.len() + step.remove.len() != members.len() {
        return Err(Refusal::UnknownValidator);
    }
    let next: Vec<Member> = stay.iter().cloned().chain(step.add.iter().map(|new| new.member.clone())).collect();
    if next.len() < VALIDATORS_MIN {
        return Err(Refusal::TooFewValidators);
    }
    if next.len() > VALIDATORS_MAX {
        return Err(Refusal::TooManyValidators);
    }
    let (old, kept, new) = (power(members), power(&stay), power(&next));
    if (old - kept) * 3 > old || (new - kept) * 3 > new {
        return Err(Refusal::StepTooLarge);
    }
    if next.iter().any(|member| member.power == 0) {
        return Err(Refusal::OutOfRange);
    }
    if next.iter().any(|member| u64::from(member.power) * 3 >= new) {
        return Err(Refusal::TooPowerful);
    }
    Ok(next)
}

/// The fewest steps, taken greedily, by which the members whose consensus keys are in `remove` leave and those in `add` come.
///
/// # Errors
/// No steps lead there: too few would be left, or one holds too much of the power.
pub fn steps_between(members: &[Member], remove: &[PublicKey], add: &[NewMember]) -> Result<Vec<Step>, Refusal> {
    let (mut members, mut steps) = (members.to_vec(), Vec::new());
    let (mut leaving, mut coming) = (remove, add);
    while !leaving.is_empty() || !coming.is_empty() {
        let mut refusal = Refusal::StepTooLarge;
        let mut sizes: Vec<(usize, usize)> =
            (0..=leaving.len()).flat_map(|out| (0..=coming.len()).map(move |into| (out, into))).collect();
        sizes.retain(|(out, into)| out + into > 0);
        // Most at once; of equals the one that keeps the set large.
        sizes.sort_by_key(|(out, into)| std::cmp::Reverse((out + into, *into)));
        let taken = sizes.into_iter().find_map(|(out, into)| {
            let step = Step { remove: List::new(leaving[..out].to_vec())?, add: List::new(coming[..into].to_vec())? };
            match after(&members, &step) {
                Ok(next) => Some((out, into, step, next)),
                Err(reason) => {
                    refusal = reason;
                    None
                }
            }
        });
        let (out, into, step, next) = taken.ok_or(refusal)?;
        (leaving, coming, members) = (&leaving[out..], &coming[into..], next);
        steps.push(step);
    }
    Ok(steps)
}

impl Plan {
    fn next_is_ready(&self) -> bool {
        self.steps
            .first()
            .is_some_and(|step| step.add.iter().all(|new| self.ready.contains(&new.member.consensus.thumbprint())))
    }
}
