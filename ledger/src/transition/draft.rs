//! What one transaction reads and writes.
//!
//! # Invariants
//!
//! Reads see the state, then what the block's earlier transactions wrote, then what this one did. Nothing is written through: the
//! block takes the writes over when the transaction has been accepted whole.

use std::collections::BTreeMap;

use super::ApplyError;
use crate::Hash;
use crate::name::{BatchId, ChainId, Day, Height, IssuerId, Time};
use crate::record::{Agenda, Batch, Issuer, IssuerKey, Key, KeyUse, Motion, Parameters, Protocol, Record, Validators};
use crate::refusal::Refusal;
use crate::signature::PublicKey;
use crate::state::{StateReader, StoreFault};
use crate::status::StatusArray;
use crate::transaction::{Act, Action, Ballot, Request};

/// A batch's place among the status arrays.
pub(super) type BatchPlace = (IssuerId, BatchId);

/// Records, status arrays, and the number of documents sealed.
pub(super) type Writes = (BTreeMap<Key, Record>, BTreeMap<BatchPlace, StatusArray>, u64);

pub(super) struct Draft<'a> {
    state: &'a dyn StateReader,
    pub(super) chain: &'a ChainId,
    pub(super) height: Height,
    pub(super) time: Time,
    records: BTreeMap<Key, Record>,
    statuses: BTreeMap<BatchPlace, StatusArray>,
    sealed: u64,
}

/// Another kind of record than the key's is ours, never theirs.
fn misplaced(what: &str) -> StoreFault {
    StoreFault(format!("another record where {what} should be"))
}

macro_rules! reader {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $record:ident, $key:expr) => {
        $(#[$doc])*
        pub(super) fn $name(&self $(, $argument: $type)*) -> Result<Option<$record>, StoreFault> {
            match self.read(&$key)? {
                Some(Record::$record(record)) => Ok(Some(record)),
                None => Ok(None),
                Some(_) => Err(misplaced(stringify!($name))),
            }
        }
    };
}

impl<'a> Draft<'a> {
    pub(super) fn new(state: &'a dyn StateReader, chain: &'a ChainId, height: Height, time: Time) -> Self {
        Self { state, chain, height, time, records: BTreeMap::new(), statuses: BTreeMap::new(), sealed: 0 }
    }

    /// A draft on top of this one, to try what may have to be thrown away.
    pub(super) fn branch(&self) -> Draft<'_> {
        Draft::new(self, self.chain, self.height, self.time)
    }

    pub(super) fn into_writes(self) -> Writes {
        (self.records, self.statuses, self.sealed)
    }

    /// Takes a branch's records over. Branches are for motions, which seal nothing and change no status.
    pub(super) fn merge(&mut self, records: BTreeMap<Key, Record>) {
        self.records.extend(records);
    }

    pub(super) fn today(&self) -> Day {
        self.time.day()
    }

    pub(super) fn read(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        match self.records.get(key) {
            Some(record) => Ok(Some(record.clone())),
            None => self.state.record(key),
        }
    }

    pub(super) fn put(&mut self, key: Key, record: Record) {
        self.records.insert(key, record);
    }

    pub(super) fn put_issuer(&mut self, issuer: Issuer) {
        self.put(Key::Issuer(issuer.id.clone()), Record::Issuer(issuer));
    }

    pub(super) fn put_statuses(&mut self, place: BatchPlace, statuses: StatusArray) {
        self.statuses.insert(place, statuses);
    }

    pub(super) fn count_sealed(&mut self, documents: u32) {
        self.sealed += u64::from(documents);
    }

    pub(super) fn holds(&self, key: &Key) -> Result<bool, StoreFault> {
        Ok(self.read(key)?.is_some())
    }

    reader!(find_issuer(id: &IssuerId) -> Issuer, Key::Issuer(id.clone()));
    reader!(batch(issuer: &IssuerId, batch: BatchId) -> Batch, Key::Batch(issuer.clone(), batch));
    reader!(motion(id: Hash) -> Motion, Key::Motion(id));
    reader!(find_agenda() -> Agenda, Key::Agenda);
    reader!(find_parameters() -> Parameters, Key::Parameters);
    reader!(find_validators() -> Validators, Key::Validators);
    reader!(find_protocol() -> Protocol, Key::Protocol);

    pub(super) fn issuer(&self, id: &IssuerId) -> Result<Issuer, ApplyError> {
        self.find_issuer(id)?.ok_or_else(|| Refusal::UnknownIssuer.into())
    }

    pub(super) fn parameters(&self) -> Result<Parameters, StoreFault> {
        self.find_parameters()?.ok_or_else(|| StoreFault("the state has no parameters".into()))
    }

    pub(super) fn validators(&self) -> Result<Validators, StoreFault> {
        self.find_validators()?.ok_or_else(|| StoreFault("the state has no validators".into()))
    }

    pub(super) fn protocol(&self) -> Result<Protocol, StoreFault> {
        self.find_protocol()?.ok_or_else(|| StoreFault("the state has no protocol version".into()))
    }

    /// The state's array of a batch, or what this block made of it.
    pub(super) fn status_array(&self, place: &BatchPlace) -> Result<StatusArray, StoreFault> {
        match self.statuses.get(place) {
            Some(statuses) => Ok(statuses.clone()),
            None => self.state.statuses(&place.0, &place.1),
        }
    }

    /// Whether a key serves, served, or is to serve somewhere.
    pub(super) fn is_in_use(&self, key: &PublicKey) -> Result<bool, StoreFault> {
        let planned = self.validators()?.all_members().any(|member| member.keys().contains(&key));
        Ok(planned || self.holds(&Key::KeyUse(key.thumbprint()))?)
    }

    pub(super) fn note_use(&mut self, key: &PublicKey, owner: KeyUse) {
        self.put(Key::KeyUse(key.thumbprint()), Record::KeyUse(owner));
    }

    /// The keys that must have signed `request`, in order, each entitled to what it is asked for.
    pub(super) fn signers(&self, request: &Request) -> Result<Vec<PublicKey>, ApplyError> {
        match &request.act {
            Act::Issuer { issuer, key, approver, action } => {
                let issuer = self.issuer(issuer)?;
                if issuer.is_closed_on(self.today()) {
                    return Err(Refusal::IssuerClosed.into());
                }
                let role = match action {
                    Action::Issue(_) | Action::ChangeStatus(_) => IssuerKey::SEAL,
                    Action::AddKey(_) => IssuerKey::ADMINISTER,
                    Action::EndKey { key: ended } if ended != key => IssuerKey::ADMINISTER,
                    // Whatever a key may do, it may pass on or lay down.
                    Action::RotateKey(_) | Action::EndKey { .. } => 0,
                };
                let mut signers = vec![self.issuer_key(&issuer, key, role)?];
                if let Some(approver) = approver {
                    if approver == key {
                        return Err(Refusal::SameApprover.into());
                    }
                    signers.push(self.issuer_key(&issuer, approver, IssuerKey::APPROVE)?);
                }
                Ok(signers)
            }
            Act::Member { key, ballot: Ballot::Ready { motion } } => Ok(vec![self.awaited(key, motion)?]),
            Act::Member { key, .. } => Ok(vec![self.voter(key)?.governance]),
        }
    }

    fn issuer_key(&self, issuer: &Issuer, thumbprint: &Hash, role: u8) -> Result<PublicKey, Refusal> {
        let key = issuer.key(thumbprint).ok_or(Refusal::UnknownKey)?;
        if key.may(role, self.time) { Ok(key.key) } else { Err(Refusal::KeyMayNot) }
    }
}

impl StateReader for Draft<'_> {
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault> {
        self.read(key)
    }

    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault> {
        self.status_array(&(issuer.clone(), *batch))
    }
}
