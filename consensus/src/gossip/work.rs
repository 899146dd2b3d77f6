//! "There is work at this height": what wakes a node that would otherwise hold an idle height.
//!
//! A node without transactions holds its height open instead of making empty blocks, and pools
//! differ: without a word from its peers it would never join the height for which they have work.
//!
//! # Format
//!
//! `height (8) ‖ public key (4 + 32) ‖ signature (64)`. The validator's consensus key signs, in the
//! domain `work`, `chain id (length byte, text) ‖ height (8)`.
//!
//! # Limits
//!
//! [`WorkFilter`] admits one signal per validator and height, for heights that may be open now. The
//! signature is looked at last, so a peer that repeats itself costs no cryptography.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;
use sogoc_ledger::codec;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{ChainId, Height};
use sogoc_ledger::record::Validators;
use sogoc_ledger::signature::{self, PublicKey, Signature};

/// How far above the open height a signal may lie: this node may be a few blocks behind its peers, not more without syncing.
const HEIGHTS_AHEAD_MAX: Height = 16;

/// A validator's word that it has transactions for a height.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Work {
    /// The height to start.
    pub height: Height,
    /// The consensus key that signs.
    pub validator: PublicKey,
    /// Over chain and height.
    pub signature: Signature,
}

fn message(chain: &ChainId, height: Height) -> Vec<u8> {
    codec::encode(&(chain.clone(), height))
}

impl Work {
    /// The signal of the validator that holds `key`.
    pub fn sign(chain: &ChainId, height: Height, key: &SigningKey) -> Self {
        let signature = signature::sign(key, Domain::WORK, &message(chain, height));
        Self { height, validator: signature::public_key(key), signature }
    }

    /// Whether the signature is the validator's, for this chain.
    pub fn verifies(&self, chain: &ChainId) -> bool {
        self.validator.verifies(Domain::WORK, &message(chain, self.height), &self.signature)
    }
}

/// Why a signal is not acted upon.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkRefused {
    /// The height is decided, or this validator has spoken for it: honest peers cross on the way.
    #[error("nothing new")]
    NothingNew,
    /// The height lies far ahead: this node is behind, or the validator lies.
    #[error("the height lies too far ahead")]
    TooFarAhead,
    /// Its key signs no block of that height.
    #[error("not a validator at that height")]
    NotAValidator,
    /// The signature is not the validator's: whoever sent it did not check it.
    #[error("the signature is wrong")]
    WrongSignature,
}

/// Remembers the highest height each validator spoke for.
#[derive(Debug, Default)]
pub struct WorkFilter(BTreeMap<PublicKey, Height>);

impl WorkFilter {
    /// Whether `work` is news, while `open` is the height not yet decided. News is passed on.
    ///
    /// # Errors
    /// See [`WorkRefused`].
    pub fn admit(
        &mut self,
        work: &Work,
        chain: &ChainId,
        validators: &Validators,
        open: Height,
    ) -> Result<(), WorkRefused> {
        let spoken_for = self.0.get(&work.validator).copied();
        if work.height < open || spoken_for.is_some_and(|height| work.height <= height) {
            return Err(WorkRefused::NothingNew);
        }
        if work.height - open > HEIGHTS_AHEAD_MAX {
            return Err(WorkRefused::TooFarAhead);
        }
        let members = validators.members_at(work.height);
        if !members.iter().any(|member| member.consensus == work.validator) {
            return Err(WorkRefused::NotAValidator);
        }
        if !work.verifies(chain) {
            return Err(WorkRefused::WrongSignature);
        }
        self.0.retain(|_, height| *height >= open);
        self.0.insert(work.validator, work.height);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sogoc_ledger::codec::{List, Text};
    use sogoc_ledger::record::Member;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn chain() -> ChainId {
        "thu".parse().unwrap()
    }

    fn validators() -> Validators {
        let consensus = signature::public_key(&key(1));
        let member =
            Member {
                owner: Text::new("Sở").unwrap(), consensus, network: consensus, governance: consensus, power: 1
            };
        Validators { current: List::new(vec![member]).unwrap(), scheduled: None, plan: None }
    }

    #[test]
    fn a_signal_is_for_one_chain_and_height() {
        let work = Work::sign(&chain(), 7, &key(1));
        assert!(work.verifies(&chain()));
        assert!(!work.verifies(&"khac".parse().unwrap()));
        assert!(!Work { height: 8, ..work }.verifies(&chain()));
        assert!(!Work { validator: signature::public_key(&key(2)), ..work }.verifies(&chain()));
        assert_eq!(message(&chain(), 7), b"\x03thu\0\0\0\0\0\0\0\x07");
        assert_eq!(codec::encode(&work).len(), 8 + 4 + 32 + 64);
    }

    #[test]
    fn one_signal_per_validator_and_height_is_news() {
        let mut filter = WorkFilter::default();
        let mut admit = |work: Work, open| filter.admit(&work, &chain(), &validators(), open);
        let signed = |height| Work::sign(&chain(), height, &key(1));
        let forged = Work { signature: Signature([1; 64]), ..signed(20) };
        assert_eq!(admit(forged, 7), Err(WorkRefused::WrongSignature));
        assert_eq!(admit(signed(6), 7), Err(WorkRefused::NothingNew));
        assert_eq!(admit(signed(7), 7), Ok(()), "a forgery for height 20 must not silence the validator");
        assert_eq!(admit(signed(7), 7), Err(WorkRefused::NothingNew));
        assert_eq!(admit(signed(8), 7), Ok(()));
        assert_eq!(admit(signed(7), 7), Err(WorkRefused::NothingNew));
        assert_eq!(admit(signed(23), 7), Ok(()));
        assert_eq!(admit(signed(24), 7), Err(WorkRefused::TooFarAhead));
        assert_eq!(admit(signed(u64::MAX), 7), Err(WorkRefused::TooFarAhead));
        let other = Work::sign(&chain(), 9, &key(2));
        assert_eq!(admit(other, 7), Err(WorkRefused::NotAValidator));
    }
}
