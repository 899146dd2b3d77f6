//! Who votes, what a vote signs, and the certificate that makes a block final.
//!
//! # Format
//!
//! A validator is named by its consensus key. A set is ordered by key; its hash is
//! `H("validator-set", encode(set))`. A precommit signs `H`-prefix `"vote"` and
//!
//! ```text
//! chain id (length byte, text) ‖ type (1: prevote, 2: precommit) ‖ height (8) ‖ round (4) ‖ 0x00 | 0x01 value (32)
//! ```
//!
//! # Certificate
//!
//! Precommits of one round for one header hash: a bitmap over the set (bit `i` of byte `i/8` from the
//! least significant) and the signatures in that order. The one form that is accepted names signers whose power exceeds two thirds,
//! and would not without the last of them.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, List, Text};
use crate::hash::Domain;
use crate::name::{ChainId, Height};
use crate::signature::{PublicKey, Signature};

/// Members of a validator set. Votes are all-to-all, so a round costs n² messages; the city has at most 23 members today.
pub const VALIDATORS_MAX: usize = 128;

/// Bytes of a bitmap over [`VALIDATORS_MAX`] validators.
const BITMAP_BYTES_MAX: usize = VALIDATORS_MAX / 8;

/// A member of the set, as votes see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Validator {
    /// The key its votes are signed with.
    pub key: PublicKey,
    /// Voting power, at least 1.
    pub power: u32,
}

/// The members of a set, ordered by key, no key twice, no power 0.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct ValidatorSet(List<Validator, VALIDATORS_MAX>);

/// Why validators are not a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASet {
    /// None, or more than [`VALIDATORS_MAX`].
    #[error("a set has 1 to {VALIDATORS_MAX} validators, not {0}")]
    Count(usize),
    /// A key of small order, not a point, or not of Ed25519.
    #[error("validator {0} has a key that no vote is accepted under")]
    Key(usize),
    /// A power of 0.
    #[error("validator {0} has no power")]
    Power(usize),
    /// Two with one key, or not in the order of keys.
    #[error("validator {0} is not after the one before it")]
    Order(usize),
}

impl ValidatorSet {
    /// The set of `validators`, in any order.
    ///
    /// # Errors
    /// See [`NotASet`].
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, NotASet> {
        validators.sort_by_key(|validator| validator.key);
        let count = validators.len();
        let set = Self(List::new(validators).ok_or(NotASet::Count(count))?);
        set.check()?;
        Ok(set)
    }

    /// Whether decoded validators are a set.
    ///
    /// # Errors
    /// See [`NotASet`].
    pub fn check(&self) -> Result<(), NotASet> {
        if self.0.is_empty() {
            return Err(NotASet::Count(0));
        }
        for (i, validator) in self.0.iter().enumerate() {
            if !validator.key.is_acceptable_for_validators() {
                return Err(NotASet::Key(i));
            }
            if validator.power == 0 {
                return Err(NotASet::Power(i));
            }
            if i > 0 && self.0[i - 1].key >= validator.key {
                return Err(NotASet::Order(i));
            }
        }
        Ok(())
    }

    /// The members in the order of their keys.
    pub fn members(&self) -> &[Validator] {
        &self.0
    }

    /// Power of all members together.
    pub fn total_power(&self) -> u64 {
        self.0.iter().map(|validator| u64::from(validator.power)).sum()
    }

    /// Whether `power` exceeds two thirds of the total.
    pub fn is_quorum(&self, power: u64) -> bool {
        u128::from(power) * 3 > u128::from(self.total_power()) * 2
    }

    /// `H("validator-set", encode(set))`.
    pub fn hash(&self) -> Hash {
        Domain::VALIDATOR_SET.hash(&codec::encode(self))
    }
}

/// Which of the two votes of a round.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum VoteKind {
    /// "This proposal is valid."
    Prevote = 1,
    /// "Two thirds found it valid: I commit to it."
    Precommit = 2,
}

/// What a vote signs, without the domain prefix. `value` is `None` for a nil vote.
pub fn vote_bytes(chain: &ChainId, kind: VoteKind, height: Height, round: u32, value: Option<&Hash>) -> Vec<u8> {
    let mut bytes = codec::encode(chain);
    bytes.push(kind as u8);
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    bytes.extend_from_slice(&codec::encode(&value.copied()));
    bytes
}

/// Precommits that make a header final, in the one accepted form.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Certificate {
    /// The round of the precommits.
    pub round: u32,
    /// Bit `i` is set if validator `i` of the set signed.
    pub signers: List<u8, BITMAP_BYTES_MAX>,
    /// The signatures, in the order of the set.
    #[serde(skip)]
    pub signatures: List<Signature, VALIDATORS_MAX>,
}

/// Why a certificate proves nothing.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Bitmap of another length, a bit beyond the set, or another number of signatures.
    #[error("the certificate names signers that are not in the validator set")]
    Shape,
    /// Not more than two thirds of the power.
    #[error("the signers do not have more than two thirds of the voting power")]
    Power,
    /// More signatures than needed: not the one accepted form.
    #[error("the certificate has more signatures than are needed")]
    Spare,
    /// A signature that the signature rule refuses.
    #[error("signature {0} of the certificate is wrong")]
    Signature(usize),
}

impl Certificate {
    /// The one form made from any precommits of one round, given as (index in the set, signature).
    /// `None` if their power is not more than two thirds.
    pub fn from_precommits(set: &ValidatorSet, round: u32, mut precommits: Vec<(usize, Signature)>) -> Option<Self> {
        precommits.sort_by_key(|(index, _)| *index);
        precommits.dedup_by_key(|(index, _)| *index);
        let mut bitmap = vec![0u8; set.members().len().div_ceil(8)];
        let (mut signatures, mut power) = (Vec::new(), 0);
        for (index, signature) in precommits {
            power += u64::from(set.members().get(index)?.power);
            bitmap[index / 8] |= 1 << (index % 8);
            signatures.push(signature);
            if set.is_quorum(power) {
                return Some(Self { round, signers: List::new(bitmap)?, signatures: List::new(signatures)? });
            }
        }
        None
    }

    /// Checks that more than two thirds of `set` committed to `value` at `height`.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn verify(
        &self,
        chain: &ChainId,
        set: &ValidatorSet,
        height: Height,
        value: &Hash,
    ) -> Result<(), CertificateError> {
        let members = set.members();
        if self.signers.len() != members.len().div_ceil(8) {
            return Err(CertificateError::Shape);
        }
        let indices: Vec<usize> =
            (0..self.signers.len() * 8).filter(|i| self.signers[i / 8] >> (i % 8) & 1 == 1).collect();
        let signed_by: Option<Vec<&Validator>> = indices.iter().map(|i| members.get(*i)).collect();
        let signed_by = signed_by.filter(|s| s.len() == self.signatures.len()).ok_or(CertificateError::Shape)?;
        let power: u64 = signed_by.iter().map(|validator| u64::from(validator.power)).sum();
        if !set.is_quorum(power) {
            return Err(CertificateError::Power);
        }
        if signed_by.last().is_some_and(|last| set.is_quorum(power - u64::from(last.power))) {
            return Err(CertificateError::Spare);
        }
        let message = Domain::VOTE.message(&vote_bytes(chain, VoteKind::Precommit, height, self.round, Some(value)));
        for (i, (validator, signature)) in signed_by.iter().zip(&self.signatures).enumerate() {
            if !validator.key.verifies_raw(&message, signature) {
                return Err(CertificateError::Signature(i));
            }
        }
        Ok(())
    }
}

/// The longest name of a validator's owner, in bytes of UTF-8.
pub type OwnerName = Text<120>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{self, public_key, sign};
    use ed25519_dalek::SigningKey;

    fn keys(count: u8) -> Vec<SigningKey> {
        let mut keys: Vec<_> = (1..=count).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
        keys.sort_by_key(public_key);
        keys
    }

    fn set(keys: &[SigningKey]) -> ValidatorSet {
        ValidatorSet::new(keys.iter().map(|key| Validator { key: public_key(key), power: 1 }).collect()).unwrap()
    }

    fn precommits(
        keys: &[SigningKey],
        chain: &ChainId,
        height: Height,
        round: u32,
        value: &Hash,
    ) -> Vec<(usize, Signature)> {
        let bytes = vote_bytes(chain, VoteKind::Precommit, height, round, Some(value));
        keys.iter().enumerate().map(|(i, key)| (i, sign(key, Domain::VOTE, &bytes))).collect()
    }

    #[test]
    fn only_the_one_form_is_accepted() {
        let (chain, value) = ("test".parse().unwrap(), Hash([9; 32]));
        let keys = keys(4);
        let set = set(&keys);
        let all = precommits(&keys, &chain, 5, 0, &value);
        let good = Certificate::from_precommits(&set, 0, all.clone()).unwrap();
        assert_eq!(good.signatures.len(), 3, "signatures beyond two thirds are left out");
        assert_eq!(good.verify(&chain, &set, 5, &value), Ok(()));

        let other_three = Certificate::from_precommits(&set, 0, all[1..].to_vec()).unwrap();
        assert_eq!(other_three.verify(&chain, &set, 5, &value), Ok(()), "nodes may hold different subsets");
        assert!(Certificate::from_precommits(&set, 0, all[..2].to_vec()).is_none());

        let mut spare = good.clone();
        spare.signers = List::new(vec![0b1111]).unwrap();
        spare.signatures = List::new(all.iter().map(|(_, s)| *s).collect()).unwrap();
        assert_eq!(spare.verify(&chain, &set, 5, &value), Err(CertificateError::Spare));

        let mut beyond = good.clone();
        beyond.signers = List::new(vec![0b10011]).unwrap();
        assert_eq!(beyond.verify(&chain, &set, 5, &value), Err(CertificateError::Shape));

        let mut long = good.clone();
        long.signers = List::new(vec![0b111, 0]).unwrap();
        assert_eq!(long.verify(&chain, &set, 5, &value), Err(CertificateError::Shape));

        let mut few = good.clone();
        few.signers = List::new(vec![0b11]).unwrap();
        few.signatures = List::new(all[..2].iter().map(|(_, s)| *s).collect()).unwrap();
        assert_eq!(few.verify(&chain, &set, 5, &value), Err(CertificateError::Power));

        let mut swapped = good.clone();
        swapped.signatures = List::new(vec![all[1].1, all[0].1, all[2].1]).unwrap();
        assert_eq!(swapped.verify(&chain, &set, 5, &value), Err(CertificateError::Signature(0)));

        for (height, round, chain) in [(6, 0, "test"), (5, 1, "test"), (5, 0, "other")] {
            let certificate = Certificate { round, ..good.clone() };
            assert!(certificate.verify(&chain.parse().unwrap(), &set, height, &value).is_err());
        }
    }

    #[test]
    fn a_set_is_ordered_and_without_doubles() {
        let keys = keys(2);
        let validator = |key: &SigningKey, power| Validator { key: public_key(key), power };
        assert_eq!(ValidatorSet::new(vec![]), Err(NotASet::Count(0)));
        assert_eq!(ValidatorSet::new(vec![validator(&keys[0], 0)]), Err(NotASet::Power(0)));
        assert_eq!(ValidatorSet::new(vec![validator(&keys[0], 1), validator(&keys[0], 1)]), Err(NotASet::Order(1)));
        let reversed = ValidatorSet(List::new(vec![validator(&keys[1], 1), validator(&keys[0], 1)]).unwrap());
        assert_eq!(reversed.check(), Err(NotASet::Order(1)));
        let p256 = signature::SigningKey::P256(p256::ecdsa::SigningKey::from_slice(&[1; 32]).unwrap());
        let of_an_issuer = Validator { key: p256.public_key(), power: 1 };
        assert_eq!(ValidatorSet::new(vec![validator(&keys[0], 1), of_an_issuer]), Err(NotASet::Key(1)));
    }
}
