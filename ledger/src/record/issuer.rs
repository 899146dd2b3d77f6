//! Issuers (đơn vị cấp): their keys, what they may issue, and who may act for them.
//!
//! # Authority
//!
//! A *grant* entitles an issuer to a type for a half-open interval of days in UTC+7. A *succession* entitles another issuer to act
//! in its name: to seal back-files, to amend, to revoke. It stands in the record of the issuer that is acted for, so that the
//! proof of that record shows it. What was sealed stays sealed whatever ends later.

use bincode::{Decode, Encode};

use super::Decision;
use crate::Hash;
use crate::codec::{self, List, Text};
use crate::hash::Domain;
use crate::name::{ChainId, Day, IssuerId, Time, TypeId};
use crate::signature::{PublicKey, Signature};

/// Keys of one issuer, ended ones included.
pub const ISSUER_KEYS_MAX: usize = 64;
/// Grants of one issuer, ended ones included.
pub const ISSUER_GRANTS_MAX: usize = 64;
/// Successors of one issuer, ended ones included: a district's duties went to some ten wards and the Department.
pub const ISSUER_SUCCESSORS_MAX: usize = 32;

/// Who may seal documents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Issuer {
    /// Its identifier.
    pub id: IssuerId,
    /// Name in Vietnamese.
    pub name: Text<160>,
    /// Name in English.
    pub name_en: Text<160>,
    /// Its end, if it is closed. What it sealed stays valid.
    pub closed: Option<Closing>,
    /// Its keys, oldest first.
    pub keys: List<IssuerKey, ISSUER_KEYS_MAX>,
    /// What it may issue.
    pub grants: List<Grant, ISSUER_GRANTS_MAX>,
    /// Who may act for it.
    pub successors: List<Succession, ISSUER_SUCCESSORS_MAX>,
}

impl Issuer {
    /// Whether it has ended by `day`.
    pub fn is_closed_on(&self, day: Day) -> bool {
        self.closed.as_ref().is_some_and(|closing| closing.from <= day)
    }

    /// The key that `thumbprint` names.
    pub fn key(&self, thumbprint: &Hash) -> Option<&IssuerKey> {
        self.keys.iter().find(|key| key.key.thumbprint() == *thumbprint)
    }

    /// Whether `successor` may act for it in `scope` on `day`.
    pub fn is_acted_for(&self, successor: &IssuerId, scope: u8, day: Day) -> bool {
        self.successors.iter().any(|s| s.issuer == *successor && s.scopes & scope == scope && s.covers(day))
    }
}

/// The end of an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Closing {
    /// The first day after its last.
    pub from: Day,
    /// The decision that closed it.
    pub decision: Decision,
}

/// A key of an issuer and when it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct IssuerKey {
    /// The key.
    pub key: PublicKey,
    /// What it may do: the sum of [`IssuerKey::SEAL`] and others.
    pub roles: u8,
    /// From this time on.
    pub from: Time,
    /// Until before this time.
    pub until: Option<Time>,
    /// In force if the key is, or was, in wrong hands.
    pub suspended: Option<Suspension>,
    /// Digest of the evidence that binds the key to an X.509 certificate of the organisation.
    pub binding: Option<Hash>,
}

impl IssuerKey {
    /// May seal batches and change statuses.
    pub const SEAL: u8 = 1;
    /// May approve what another key asks.
    pub const APPROVE: u8 = 2;
    /// May administer the issuer's keys.
    pub const ADMINISTER: u8 = 4;
    /// Every role.
    pub const ALL_ROLES: u8 = Self::SEAL | Self::APPROVE | Self::ADMINISTER;

    /// Whether the key may act in `role` at `time`.
    pub fn may(&self, role: u8, time: Time) -> bool {
        self.roles & role == role
            && self.from <= time
            && self.until.is_none_or(|until| time < until)
            && !self.suspended.is_some_and(|suspension| suspension.lasts_at(time))
    }

    /// Whether what it sealed at `sealed` is suspended as of `as_of`.
    pub fn suspends(&self, sealed: Time, as_of: Time) -> bool {
        self.suspended.is_some_and(|suspension| suspension.since <= sealed && suspension.lasts_at(as_of))
    }
}

/// A key is not to be relied on: it signs nothing, and what it sealed since a time is suspended as a set.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Suspension {
    /// From when what it sealed is in doubt.
    pub since: Time,
    /// When it lapses, unless the full vote confirms it; none: it lasts until it is lifted.
    pub until: Option<Time>,
}

impl Suspension {
    /// Whether it is in force at `time`.
    pub fn lasts_at(&self, time: Time) -> bool {
        self.until.is_none_or(|until| time < until)
    }
}

/// Entitles an issuer to a document type for a half-open interval of days in UTC+7.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Grant {
    /// The type.
    pub document_type: TypeId,
    /// From this day on.
    pub from: Day,
    /// Until before this day.
    pub until: Option<Day>,
    /// The decision that grants it.
    pub decision: Decision,
}

impl Grant {
    /// Whether the grant covers `day`.
    pub fn covers(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Whether it covers `day` or one before it. A grant that was ended before it began never does.
    pub fn has_begun(&self, day: Day) -> bool {
        self.from <= day && self.covers(self.from)
    }
}

/// Entitles another issuer to act for this one (đơn vị kế thừa).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Succession {
    /// Who may act.
    pub issuer: IssuerId,
    /// In what: the sum of [`Succession::SEAL`] and others.
    pub scopes: u8,
    /// From this day on.
    pub from: Day,
    /// Until before this day.
    pub until: Option<Day>,
    /// The decision that says so.
    pub decision: Decision,
}

impl Succession {
    /// May seal back-files in its name.
    pub const SEAL: u8 = 1;
    /// May amend and re-issue (chỉnh sửa, cấp lại).
    pub const AMEND: u8 = 2;
    /// May suspend, revoke and cancel (thu hồi, hủy bỏ).
    pub const REVOKE: u8 = 4;
    /// Every scope.
    pub const ALL_SCOPES: u8 = Self::SEAL | Self::AMEND | Self::REVOKE;

    /// Whether it covers `day`.
    pub fn covers(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// A key that is to be entered, and that whoever enters it holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct NewKey {
    /// The key.
    pub key: PublicKey,
    /// See [`IssuerKey::roles`].
    pub roles: u8,
    /// See [`IssuerKey::from`].
    pub from: Time,
    /// See [`IssuerKey::until`].
    pub until: Option<Time>,
    /// See [`IssuerKey::binding`].
    pub binding: Option<Hash>,
    /// By the key, over [`possession_of_issuer_key`].
    pub possession: Signature,
}

impl NewKey {
    /// Whether the key signed that it is to serve `issuer` on `chain` in its roles.
    pub fn is_possessed(&self, chain: &ChainId, issuer: &IssuerId) -> bool {
        let message = possession_of_issuer_key(chain, issuer, &self.key, self.roles);
        self.key.verifies(Domain::POSSESSION, &message, &self.possession)
    }

    /// As it stands in the issuer's record.
    pub fn entered(&self) -> IssuerKey {
        let Self { key, roles, from, until, binding, .. } = self.clone();
        IssuerKey { key, roles, from, until, suspended: None, binding }
    }
}

/// What an issuer's key signs in [`Domain::POSSESSION`] to show that it is held: `04 ‖ chain ‖ issuer ‖ key ‖ roles`.
pub fn possession_of_issuer_key(chain: &ChainId, issuer: &IssuerId, key: &PublicKey, roles: u8) -> Vec<u8> {
    codec::encode(&(4u8, chain.clone(), issuer.clone(), *key, roles))
}
