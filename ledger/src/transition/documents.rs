//! Sealing documents, and saying what became of one.
//!
//! # Authority, as of the block's day
//!
//! * In its own name an issuer seals what a grant covers today. What it takes over from paper needs a grant that has begun.
//! * In another's name it seals as the successor that the other's record names, under a grant of the other; the document's own
//!   date is the verifier's question.
//! * Back-files, entries outside the window of their type and period, and every change of a status need a second key.
//! * A document's status is changed by its sealer, by the issuer that it names, or by a successor of either: what a ward took over
//!   from a district's paper the Department revokes.

use super::ApplyError;
use super::draft::Draft;
use crate::Hash;
use crate::merkle;
use crate::name::{IssuerId, Period, TypeId};
use crate::record::{Batch, DefinitionKind, Issuer, Key, Origin, Record, Succession};
use crate::refusal::Refusal;
use crate::state::StoreFault;
use crate::status::{Status, StatusEntry};
use crate::transaction::{Action, ChangeStatus, Issue};

impl Draft<'_> {
    /// Carries out what an issuer asks; its keys have signed.
    pub(super) fn act(
        &mut self,
        issuer: &IssuerId,
        key: Hash,
        approver: Option<Hash>,
        action: &Action,
    ) -> Result<(), ApplyError> {
        match action {
            Action::Issue(issue) => self.issue(issuer, key, approver, issue),
            Action::ChangeStatus(change) => self.change_status(issuer, approver.is_some(), change),
            Action::RotateKey(rotation) => self.rotate_key(issuer, key, rotation),
            Action::AddKey(new) => self.add_key(issuer, &key, new),
            Action::EndKey { key } => self.end_key(issuer, key),
        }
    }

    fn issue(&mut self, sealer: &IssuerId, key: Hash, approver: Option<Hash>, issue: &Issue) -> Result<(), ApplyError> {
        let named = self.issuer(issue.act_for.as_ref().unwrap_or(sealer))?;
        let grant = named.grants.get(usize::from(issue.grant)).ok_or(Refusal::UnknownGrant)?;
        if grant.document_type != issue.document_type {
            return Err(Refusal::TypeNotGranted.into());
        }
        if issue.act_for.is_some() {
            self.acts_for(&named, sealer, Succession::SEAL, Refusal::NotASuccessor)?;
        }
        let as_usual = issue.act_for.is_none() && issue.origin == Origin::Issued;
        let entitled = if as_usual { grant.covers(self.today()) } else { grant.has_begun(self.today()) };
        if !entitled {
            return Err(Refusal::GrantNotInForce.into());
        }
        let late = !self.window_is_open(&issue.document_type, &issue.period, &named.id)?;
        if (late || !as_usual) && approver.is_none() {
            return Err(Refusal::ApproverNeeded.into());
        }
        if issue.leaves.is_empty() {
            return Err(Refusal::EmptyBatch.into());
        }
        let mut sorted: Vec<&Hash> = issue.leaves.iter().collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::EqualLeaves.into());
        }
        if self.batch(sealer, issue.batch)?.is_some() {
            return Err(Refusal::AlreadySealed.into());
        }
        let size = issue.leaves.len() as u32;
        let batch = Batch {
            key,
            approver,
            act_for: issue.act_for.clone(),
            origin: issue.origin,
            grant: issue.grant,
            document_type: issue.document_type.clone(),
            schema: issue.schema,
            definition: self.schema_digest(&issue.document_type, issue.schema)?,
            period: issue.period.clone(),
            size,
            root: merkle::root(&issue.leaves),
            height: self.height,
            time: self.time,
            status_root: None,
        };
        self.put(Key::Batch(sealer.clone(), issue.batch), Record::Batch(batch));
        self.count_sealed(size);
        Ok(())
    }

    /// Whether `successor` may act for `predecessor` today in `scope`; `stranger` if it is none of its successors.
    fn acts_for(
        &self,
        predecessor: &Issuer,
        successor: &IssuerId,
        scope: u8,
        stranger: Refusal,
    ) -> Result<(), Refusal> {
        if predecessor.is_acted_for(successor, scope, self.today()) {
            Ok(())
        } else if predecessor.successors.iter().any(|succession| succession.issuer == *successor) {
            Err(Refusal::SuccessionNotInForce)
        } else {
            Err(stranger)
        }
    }

    /// An issuer's own window counts before the general one, and last the one of the empty period: the issuer writes the period,
    /// and must not find one that nobody thought of. Without any, documents are entered all year.
    fn window_is_open(&self, document_type: &TypeId, period: &Period, issuer: &IssuerId) -> Result<bool, StoreFault> {
        let places = [(period.clone(), Some(issuer.clone())), (period.clone(), None), (Period::default(), None)];
        for (period, whose) in places {
            match self.read(&Key::Window(document_type.clone(), period, whose))? {
                Some(Record::Window(window)) => return Ok(window.covers(self.today())),
                None => {}
                Some(_) => return Err(StoreFault("another record where a window should be".into())),
            }
        }
        Ok(true)
    }

    fn schema_digest(&self, document_type: &TypeId, version: u16) -> Result<Option<Hash>, StoreFault> {
        match self.read(&Key::Definition(DefinitionKind::Schema, document_type.clone(), version))? {
            Some(Record::Definition(definition)) => Ok(Some(definition.digest())),
            None => Ok(None),
            Some(_) => Err(StoreFault("another record where a schema should be".into())),
        }
    }

    /// A batch is the sealer's, and that of the issuer whom its documents name; the successors of either act for it.
    fn may_change(&self, actor: &IssuerId, change: &ChangeStatus, batch: &Batch) -> Result<(), ApplyError> {
        let scope = match change.to {
            Status::Superseded => Succession::AMEND,
            Status::Valid | Status::Revoked | Status::Suspended => Succession::REVOKE,
        };
        let mut refused = Refusal::NotYourBatch;
        for owner in [Some(&change.batch_issuer), batch.act_for.as_ref()].into_iter().flatten() {
            if owner == actor {
                return Ok(());
            }
            match self.acts_for(&self.issuer(owner)?, actor, scope, refused) {
                Ok(()) => return Ok(()),
                Err(refusal) => refused = refusal,
            }
        }
        Err(refused.into())
    }

    fn change_status(&mut self, actor: &IssuerId, approved: bool, change: &ChangeStatus) -> Result<(), ApplyError> {
        if !approved {
            return Err(Refusal::ApproverNeeded.into());
        }
        let batch = self.batch(&change.batch_issuer, change.batch)?.ok_or(Refusal::UnknownBatch)?;
        self.may_change(actor, change, &batch)?;
        if change.index >= batch.size {
            return Err(Refusal::NoSuchDocument.into());
        }
        let place = (change.batch_issuer.clone(), change.batch);
        let statuses = self.status_array(&place)?;
        let current = statuses.entry(change.index);
        // An entry names the block that set it, and a second change in that block could not be told from the first.
        if current.height != change.seen || current.height == self.height {
            return Err(Refusal::StatusChangedMeanwhile.into());
        }
        if !current.status.may_become(change.to) {
            return Err(Refusal::StatusMayNotBecome.into());
        }
        let statuses = statuses.with(StatusEntry {
            index: change.index,
            status: change.to,
            height: self.height,
            time: self.time,
            commitment: change.commitment,
            previous: current.as_previous(),
        });
        self.put_statuses(place, statuses);
        Ok(())
    }
}
