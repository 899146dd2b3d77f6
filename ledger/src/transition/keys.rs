//! What an issuer does with its own keys.
//!
//! * Whoever holds a key may put another in its place, with the same roles and no longer than its own time, and may end it.
//! * A key that administers may end any and enter keys that seal. A key that approves comes by a motion only, enters none, and
//!   has no second one beside it that seals: or one holder could approve its own acts.
//! * Records only grow, so the last places of the list are kept for motions: a stolen key must not be able to use up them all.

use super::ApplyError;
use super::draft::Draft;
use crate::Hash;
use crate::name::{IssuerId, Time};
use crate::record::{ISSUER_KEYS_MAX, Issuer, IssuerKey, KeyUse, NewKey};
use crate::refusal::Refusal;
use crate::transaction::{KEY_OVERLAP_MAX_MS, RotateKey};

/// Keys of an issuer up to which it enters any itself. The rest of [`ISSUER_KEYS_MAX`] is for motions.
pub const OWN_KEYS_MAX: usize = ISSUER_KEYS_MAX - 16;

impl Draft<'_> {
    pub(super) fn rotate_key(&mut self, id: &IssuerId, old: Hash, rotation: &RotateKey) -> Result<(), ApplyError> {
        let mut issuer = self.issuer(id)?;
        let latest = Time(self.time.0.saturating_add(KEY_OVERLAP_MAX_MS));
        if rotation.keep_until < self.time || rotation.keep_until > latest {
            return Err(Refusal::OverlapTooLong.into());
        }
        has_own_room(&issuer)?;
        let old = issuer.keys.iter_mut().find(|key| key.key.thumbprint() == old).ok_or(Refusal::UnknownKey)?;
        let new = NewKey {
            key: rotation.key,
            roles: old.roles,
            from: self.time,
            until: old.until,
            binding: None,
            possession: rotation.possession,
        };
        // Side by side, two keys that seal and approve would be signer and approver in one hand.
        let hands_over_at_once = old.roles & APPROVES_ITSELF == APPROVES_ITSELF;
        let keep_until = if hands_over_at_once { self.time } else { rotation.keep_until };
        old.until = Some(old.until.map_or(keep_until, |until| until.min(keep_until)));
        self.enter_key(&mut issuer, &new)?;
        self.put_issuer(issuer);
        Ok(())
    }

    pub(super) fn add_key(&mut self, id: &IssuerId, by: &Hash, new: &NewKey) -> Result<(), ApplyError> {
        let mut issuer = self.issuer(id)?;
        let by = issuer.key(by).ok_or(Refusal::UnknownKey)?;
        if new.roles != IssuerKey::SEAL || new.binding.is_some() || by.roles & IssuerKey::APPROVE != 0 {
            return Err(Refusal::RoleNotYours.into());
        }
        has_own_room(&issuer)?;
        self.enter_key(&mut issuer, new)?;
        self.put_issuer(issuer);
        Ok(())
    }

    /// Ends a key with this block.
    pub(super) fn end_key(&mut self, id: &IssuerId, thumbprint: &Hash) -> Result<(), ApplyError> {
        let mut issuer = self.issuer(id)?;
        let now = self.time;
        let key = issuer.keys.iter_mut().find(|key| key.key.thumbprint() == *thumbprint).ok_or(Refusal::UnknownKey)?;
        if key.until.is_some_and(|until| until <= now) {
            return Err(Refusal::AlreadyEnded.into());
        }
        key.until = Some(now);
        self.put_issuer(issuer);
        Ok(())
    }

    /// Enters a key into an issuer's record, and notes its use.
    pub(super) fn enter_key(&mut self, issuer: &mut Issuer, new: &NewKey) -> Result<(), ApplyError> {
        if new.roles == 0 || new.roles & !IssuerKey::ALL_ROLES != 0 {
            return Err(Refusal::WrongScope.into());
        }
        if new.until.is_some_and(|until| until <= new.from || until <= self.time) {
            return Err(Refusal::EmptyInterval.into());
        }
        if !new.key.is_acceptable() {
            return Err(Refusal::BadKey.into());
        }
        if self.is_in_use(&new.key)? {
            return Err(Refusal::KeyInUse.into());
        }
        if !new.is_possessed(self.chain, &issuer.id) {
            return Err(Refusal::NoPossession.into());
        }
        // Nobody dates a key back: what it sealed before it was entered was sealed by nobody.
        let entered = IssuerKey { from: new.from.max(self.time), ..new.entered() };
        if !issuer.keys.push(entered) {
            return Err(Refusal::RecordFull.into());
        }
        self.note_use(&new.key, KeyUse::Issuer(issuer.id.clone()));
        Ok(())
    }
}

/// What the keys of one holder must not do between them.
const APPROVES_ITSELF: u8 = IssuerKey::SEAL | IssuerKey::APPROVE;

fn has_own_room(issuer: &Issuer) -> Result<(), Refusal> {
    if issuer.keys.len() < OWN_KEYS_MAX { Ok(()) } else { Err(Refusal::RecordFull) }
}
