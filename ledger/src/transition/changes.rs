//! What a passed motion changes. Each change is possible or refused; nothing is removed.

use std::collections::BTreeMap;

use super::ApplyError;
use super::draft::Draft;
use crate::Hash;
use crate::codec::{List, Text};
use crate::genesis::{CLOCK_DRIFT_MS_MAX, HEARTBEAT_MS_MIN, MOTION_DAYS_MAX};
use crate::name::{Day, Height, IssuerId, Time};
use crate::record::{
    Change, Closing, Definition, Grant, Issuer, IssuerKey, Key, Motion, NewKey, Parameters, Proposal, Protocol, Record,
    Succession, Suspension, Upgrade, Window,
};
use crate::refusal::Refusal;
use crate::state::StoreFault;

/// Blocks between a passed upgrade and its first block, at least: operators are told, and every node has seen it.
pub const UPGRADE_NOTICE_BLOCKS: Height = 100;

/// What became impossible, by its position among the changes.
type Impossible = (u16, ApplyError);

impl Draft<'_> {
    /// The records that the changes of `proposal` write, all of them made in order; nothing is written here.
    pub(super) fn try_changes(&self, proposal: &Proposal) -> Result<BTreeMap<Key, Record>, Impossible> {
        let mut branch = self.branch();
        for (position, change) in proposal.changes.iter().enumerate() {
            // At most MOTION_CHANGES_MAX, so the position is exact.
            branch.change(proposal, change).map_err(|error| (position as u16, error))?;
        }
        Ok(branch.into_writes().0)
    }

    fn change(&mut self, proposal: &Proposal, change: &Change) -> Result<(), ApplyError> {
        let decision = || proposal.decision.clone();
        match change {
            Change::AdmitIssuer { issuer, name, name_en, keys } => self.admit_issuer(issuer, name, name_en, keys),
            Change::RenameIssuer { issuer, name, name_en } => self.with_issuer(issuer, |_, record| {
                (record.name, record.name_en) = (name.clone(), name_en.clone());
                Ok(())
            }),
            Change::CloseIssuer { issuer, from } => self.with_issuer(issuer, |draft, record| {
                if record.is_closed_on(draft.today()) {
                    return Err(Refusal::AlreadyEnded.into());
                }
                record.closed = Some(Closing { from: *from, decision: decision() });
                Ok(())
            }),
            Change::GrantAuthority { issuer, document_type, from, until } => {
                let grant =
                    Grant { document_type: document_type.clone(), from: *from, until: *until, decision: decision() };
                is_interval(*from, *until)?;
                self.with_issuer(issuer, |_, record| entered(record.grants.push(grant)))
            }
            Change::EndGrant { issuer, grant, until } => self.with_issuer(issuer, |draft, record| {
                let grant = record.grants.iter_mut().nth(usize::from(*grant)).ok_or(Refusal::UnknownGrant)?;
                draft.end(&mut grant.until, *until)
            }),
            Change::AddSuccessor { issuer, successor, scopes, from, until } => {
                is_interval(*from, *until)?;
                if *scopes == 0 || scopes & !Succession::ALL_SCOPES != 0 {
                    return Err(Refusal::WrongScope.into());
                }
                if issuer == successor {
                    return Err(Refusal::NotASuccessor.into());
                }
                self.issuer(successor)?;
                let succession = Succession {
                    issuer: successor.clone(),
                    scopes: *scopes,
                    from: *from,
                    until: *until,
                    decision: decision(),
                };
                self.with_issuer(issuer, |_, record| entered(record.successors.push(succession)))
            }
            Change::EndSuccession { issuer, succession, until } => self.with_issuer(issuer, |draft, record| {
                let position = usize::from(*succession);
                let succession = record.successors.iter_mut().nth(position).ok_or(Refusal::UnknownSuccession)?;
                draft.end(&mut succession.until, *until)
            }),
            Change::AdmitKey { issuer, key } => self.with_issuer(issuer, |draft, record| draft.enter_key(record, key)),
            Change::EndKey { issuer, key } => self.end_key(issuer, key),
            Change::SuspendKey { issuer, key, since } => self.suspend(issuer, key, *since),
            Change::RestoreKey { issuer, key } => self.with_key(issuer, key, |draft, key| {
                key.suspended.take().filter(|it| it.lasts_at(draft.time)).ok_or(Refusal::NotSuspended)?;
                Ok(())
            }),
            Change::BindKey { issuer, key, binding } => self.with_key(issuer, key, |_, key| {
                key.binding = Some(*binding);
                Ok(())
            }),
            Change::SetParameters(parameters) => self.set_parameters(parameters),
            Change::ScheduleUpgrade(upgrade) => self.schedule_upgrade(*upgrade),
            Change::Define(definition) => self.define(definition),
            Change::SetWindow { document_type, period, issuer, from, until } => {
                is_interval(*from, Some(*until))?;
                if let Some(issuer) = issuer {
                    self.issuer(issuer)?;
                }
                let key = Key::Window(document_type.clone(), period.clone(), issuer.clone());
                self.put(key, Record::Window(Window { from: *from, until: *until, decision: decision() }));
                Ok(())
            }
            Change::ChangeValidators { steps } => self.plan_steps(steps),
        }
    }

    fn admit_issuer(
        &mut self,
        id: &IssuerId,
        name: &Text<160>,
        name_en: &Text<160>,
        keys: &[NewKey],
    ) -> Result<(), ApplyError> {
        if self.find_issuer(id)?.is_some() {
            return Err(Refusal::IssuerExists.into());
        }
        let mut issuer = Issuer {
            id: id.clone(),
            name: name.clone(),
            name_en: name_en.clone(),
            closed: None,
            keys: List::default(),
            grants: List::default(),
            successors: List::default(),
        };
        for key in keys {
            self.enter_key(&mut issuer, key)?;
        }
        self.put_issuer(issuer);
        Ok(())
    }

    fn with_issuer(
        &mut self,
        id: &IssuerId,
        change: impl FnOnce(&mut Self, &mut Issuer) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        let mut issuer = self.issuer(id)?;
        change(self, &mut issuer)?;
        self.put_issuer(issuer);
        Ok(())
    }

    fn with_key(
        &mut self,
        issuer: &IssuerId,
        thumbprint: &Hash,
        change: impl FnOnce(&mut Self, &mut IssuerKey) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        self.with_issuer(issuer, |draft, record| {
            let mut keys = record.keys.iter_mut();
            let key = keys.find(|key| key.key.thumbprint() == *thumbprint).ok_or(Refusal::UnknownKey)?;
            change(draft, key)
        })
    }

    /// Ends an interval: not later than it ends already, and not today or before: what was done this morning was done with
    /// authority, and is judged by its day.
    fn end(&self, ends: &mut Option<Day>, until: Day) -> Result<(), ApplyError> {
        if ends.is_some_and(|end| end <= until) {
            return Err(Refusal::AlreadyEnded.into());
        }
        if until <= self.today() {
            return Err(Refusal::EmptyInterval.into());
        }
        *ends = Some(until);
        Ok(())
    }

    /// Suspends a key by the full vote. What the full vote suspended before is widened, never narrowed.
    fn suspend(&mut self, issuer: &IssuerId, key: &Hash, since: Time) -> Result<(), ApplyError> {
        self.with_key(issuer, key, |_, key| {
            let earlier = key.suspended.filter(|suspension| suspension.until.is_none());
            let since = earlier.map_or(since, |earlier| earlier.since.min(since));
            key.suspended = Some(Suspension { since, until: None });
            Ok(())
        })
    }

    /// Suspends what an emergency motion names, for as long as it may be voted on.
    pub(super) fn hold(&mut self, motion: &Motion) -> Result<(), ApplyError> {
        for (issuer, key, since) in motion.suspensions() {
            self.with_key(issuer, key, |draft, key| {
                key.suspended = widened(key.suspended, since, motion.expires, draft.time);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Lifts what a motion held, except what others hold.
    pub(super) fn release(&mut self, id: Hash, motion: &Motion) -> Result<(), ApplyError> {
        let mut others = Vec::new();
        for other in self.open_motions()? {
            if other.0 != id && other.1.held {
                others.push(other.1);
            }
        }
        for (issuer, key, _) in motion.suspensions() {
            self.with_key(issuer, key, |draft, record| {
                // What the full vote suspended is not the motion's to lift.
                if record.suspended.is_some_and(|suspension| suspension.until.is_some()) {
                    let names_it = |(its, named, _): &(&IssuerId, &Hash, Time)| *its == issuer && *named == key;
                    let held = others.iter().flat_map(|other| {
                        other.suspensions().filter(names_it).map(|(.., since)| (since, other.expires))
                    });
                    record.suspended = held.fold(None, |all, (since, until)| widened(all, since, until, draft.time));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), ApplyError> {
        if !parameters.are_in_range() {
            return Err(Refusal::OutOfRange.into());
        }
        self.put(Key::Parameters, Record::Parameters(parameters.clone()));
        Ok(())
    }

    fn schedule_upgrade(&mut self, upgrade: Upgrade) -> Result<(), ApplyError> {
        let protocol = self.protocol()?;
        if protocol.version.checked_add(1) != Some(upgrade.version) {
            return Err(Refusal::VersionNotNext.into());
        }
        if upgrade.from < self.height.saturating_add(UPGRADE_NOTICE_BLOCKS) {
            return Err(Refusal::TooSoon.into());
        }
        self.put(Key::Protocol, Record::Protocol(Protocol { upgrade: Some(upgrade), ..protocol }));
        Ok(())
    }

    fn define(&mut self, definition: &Definition) -> Result<(), ApplyError> {
        if !definition.is_well_formed() {
            return Err(Refusal::BadDefinition.into());
        }
        if self.holds(&definition.key())? {
            return Err(Refusal::DefinitionExists.into());
        }
        self.put(definition.key(), Record::Definition(definition.clone()));
        Ok(())
    }

    /// A scheduled version becomes the present one in the first block that follows it.
    pub(super) fn take_over_scheduled_protocol(&mut self) -> Result<(), StoreFault> {
        let protocol = self.protocol()?;
        if let Some(upgrade) = protocol.upgrade.filter(|upgrade| upgrade.from <= self.height) {
            self.put(Key::Protocol, Record::Protocol(Protocol { version: upgrade.version, upgrade: None }));
        }
        Ok(())
    }
}

/// A suspension until a time, beside what lasts at `now`. One of the full vote stays as it is.
fn widened(lasting: Option<Suspension>, since: Time, until: Time, now: Time) -> Option<Suspension> {
    match lasting.filter(|suspension| suspension.lasts_at(now)) {
        None => Some(Suspension { since, until: Some(until) }),
        Some(Suspension { since: earlier, until: Some(other) }) => {
            Some(Suspension { since: since.min(earlier), until: Some(until.max(other)) })
        }
        confirmed => confirmed,
    }
}

fn is_interval(from: Day, until: Option<Day>) -> Result<(), Refusal> {
    if until.is_some_and(|until| until <= from) { Err(Refusal::EmptyInterval) } else { Ok(()) }
}

fn entered(there_was_room: bool) -> Result<(), ApplyError> {
    if there_was_room { Ok(()) } else { Err(Refusal::RecordFull.into()) }
}

impl Parameters {
    /// Whether a network can live with them.
    pub fn are_in_range(&self) -> bool {
        self.heartbeat_ms >= HEARTBEAT_MS_MIN
            && (1..=CLOCK_DRIFT_MS_MAX).contains(&self.clock_drift_ms)
            && (1..=MOTION_DAYS_MAX).contains(&self.motion_days)
    }
}

impl Definition {
    /// Whether it has text in UTF-8 and a version.
    pub fn is_well_formed(&self) -> bool {
        self.version > 0 && !self.text.is_empty() && std::str::from_utf8(&self.text).is_ok()
    }
}
