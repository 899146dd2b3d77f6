//! Votes and proposals signed and verified by the ledger's one signature rule.
//!
//! # Format
//!
//! A vote signs what [`sogoc_ledger::validator::vote_bytes`] gives, in the domain `"vote"`: the
//! precommits of a certificate are verified by whoever holds a receipt. A proposal signs, in the domain `"proposal"`,
//!
//! ```text
//! chain id (length byte, text) ‖ height (8) ‖ round (4) ‖ 0x00 | 0x01 pol round (4) ‖ value (32)
//! ```
//!
//! The signer's name is not signed: it is the key that verifies.
//!
//! # Invariants
//!
//! * No signature leaves before the [`guard`](crate::guard) has it on disk.
//! * The engine's validator proofs and vote extensions are not used, and every one is refused:
//!   who may connect follows from the network keys in the state.
//!
//! # Errors
//!
//! A signer that fails stops the engine for good, so it fails only for one of the guard's reasons, and
//! after it has said so on the channel that ends the process ([`crate::Fatal`]).

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use malachite_signing::{Error, Signer, VerificationResult, Verifier};
use malachite_types::{NilOrVal, Round, SignedMessage, SigningScheme, ValidatorProof, VoteExtensionScope, VoteType};
use sogoc_ledger::codec;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::ChainId;
use sogoc_ledger::signature::{PublicKey, Signature};
use sogoc_ledger::validator::{VoteKind, vote_bytes};

use crate::context::{Context, Proposal, Vote};
use crate::fatal::{Alarm, Fatal};
use crate::guard::{Guard, Slot, Step};
use crate::metrics::Faults;

/// The ledger's signature rule as the engine's signing scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ed25519Strict;

/// Not the length of a key or a signature.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are not a key or a signature")]
pub struct WrongLength(usize);

impl SigningScheme for Ed25519Strict {
    type DecodingError = WrongLength;
    type Signature = Signature;
    type PublicKey = PublicKey;
    /// Keys stay in [`GuardedSigner`]; the engine never sees one.
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Signature, WrongLength> {
        bytes.try_into().map(Signature).map_err(|_| WrongLength(bytes.len()))
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, WrongLength> {
        bytes.try_into().map(PublicKey::Ed25519).map_err(|_| WrongLength(bytes.len()))
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        // Every key of a validator set is one of Ed25519; no other would decode again.
        key.as_ed25519().map(|bytes| bytes.to_vec()).unwrap_or_default()
    }
}

/// What is signed, and the place in the protocol that may be signed for once. `None` for a message without a round: there is none such.
pub fn vote_message(chain: &ChainId, vote: &Vote) -> Option<(Slot, Vec<u8>)> {
    let (kind, step) = match vote.kind {
        VoteType::Prevote => (VoteKind::Prevote, Step::Prevote),
        VoteType::Precommit => (VoteKind::Precommit, Step::Precommit),
    };
    let round = vote.round.as_u32()?;
    let value = match &vote.value {
        NilOrVal::Nil => None,
        NilOrVal::Val(value) => Some(&value.0),
    };
    let message = Domain::VOTE.message(&vote_bytes(chain, kind, vote.height.0, round, value));
    Some((Slot { height: vote.height.0, round, step }, message))
}

/// The same of a proposal.
pub fn proposal_message(chain: &ChainId, proposal: &Proposal) -> Option<(Slot, Vec<u8>)> {
    let round = proposal.round.as_u32()?;
    let pol_round = match proposal.pol_round {
        Round::Nil => None,
        Round::Some(round) => Some(round),
    };
    let mut bytes = codec::encode(chain);
    bytes.extend_from_slice(&proposal.height.0.to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    bytes.extend_from_slice(&codec::encode(&pol_round));
    bytes.extend_from_slice(&proposal.value.0.0);
    Some((Slot { height: proposal.height.0, round, step: Step::Proposal }, Domain::PROPOSAL.message(&bytes)))
}

/// Verifies what others signed on a chain.
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    chain: ChainId,
    faults: Arc<Faults>,
}

impl ChainVerifier {
    /// A verifier for `chain` that counts in `faults` what it refuses.
    pub fn new(chain: ChainId, faults: Arc<Faults>) -> Self {
        Self { chain, faults }
    }

    fn verdict(
        &self,
        signed: Option<(Slot, Vec<u8>)>,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let valid = signed.is_some_and(|(_, message)| key.verifies_raw(&message, signature));
        if !valid {
            self.faults.count_signature();
        }
        Ok(VerificationResult::from_bool(valid))
    }
}

#[async_trait]
impl Verifier<Context> for ChainVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        self.verdict(vote_message(&self.chain, vote), signature, key)
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        self.verdict(proposal_message(&self.chain, proposal), signature, key)
    }

    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<Context>,
        _: &(),
        _: &Signature,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(&self, _: &ValidatorProof<Context>) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }
}

/// Signs with the validator's key, through its guard.
pub struct GuardedSigner {
    chain: ChainId,
    guard: Arc<Mutex<Guard>>,
    alarm: Alarm,
}

/// Why the engine gets no signature.
#[derive(Copy, Clone, Debug, thiserror::Error)]
enum NotSigned {
    #[error("the last-signed guard refused; the process is ending")]
    Refused,
    #[error("a message without a round, an extension or a proof is never signed")]
    NeverSigned,
}

impl GuardedSigner {
    /// A signer for `chain` that asks `guard` each time and raises `alarm` when it refuses.
    pub fn new(chain: ChainId, guard: Guard, alarm: Alarm) -> Self {
        Self { chain, guard: Arc::new(Mutex::new(guard)), alarm }
    }

    async fn sign(&self, signed: Option<(Slot, Vec<u8>)>) -> Result<Signature, Error> {
        let (slot, message) = signed.ok_or_else(|| Error::from_source(NotSigned::NeverSigned))?;
        let guard = Arc::clone(&self.guard);
        // The guard syncs a file: not on a thread that others wait for.
        let answer = tokio::task::spawn_blocking(move || {
            guard.lock().unwrap_or_else(PoisonError::into_inner).sign(slot, &message)
        });
        let fatal = match answer.await {
            Ok(Ok(signature)) => return Ok(signature),
            Ok(Err(refusal)) => Fatal { code: refusal.code(), detail: refusal.to_string() },
            Err(panicked) => Fatal { code: "guard-failed", detail: panicked.to_string() },
        };
        self.alarm.raise(fatal);
        Err(Error::from_source(NotSigned::Refused))
    }
}

#[async_trait]
impl Signer<Context> for GuardedSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<Context, Vote>, Error> {
        let signature = self.sign(vote_message(&self.chain, &vote)).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<Context, Proposal>, Error> {
        let signature = self.sign(proposal_message(&self.chain, &proposal)).await?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _: VoteExtensionScope<Context>,
        _: (),
    ) -> Result<SignedMessage<Context, ()>, Error> {
        Err(Error::from_source(NotSigned::NeverSigned))
    }

    async fn sign_validator_proof(&self, _: Vec<u8>, _: Vec<u8>) -> Result<ValidatorProof<Context>, Error> {
        Err(Error::from_source(NotSigned::NeverSigned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Address, Height, Value};
    use ed25519_dalek::SigningKey;
    use sogoc_ledger::Hash;
    use sogoc_ledger::signature::{public_key, sign};

    fn proposal() -> Proposal {
        Proposal {
            height: Height(7),
            round: Round::new(2),
            value: Value(Hash([9; 32])),
            pol_round: Round::new(1),
            proposer: Address(public_key(&SigningKey::from_bytes(&[1; 32]))),
        }
    }

    #[test]
    fn a_proposal_signs_the_documented_bytes() {
        let chain: ChainId = "test".parse().unwrap();
        let (slot, message) = proposal_message(&chain, &proposal()).unwrap();
        assert_eq!(slot, Slot { height: 7, round: 2, step: Step::Proposal });
        let expected =
            [b"sogoc/1/proposal\0\x04test".as_slice(), &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 1, 0, 0, 0, 1], &[9; 32]]
                .concat();
        assert_eq!(message, expected);
        assert_eq!(proposal_message(&chain, &Proposal { round: Round::Nil, ..proposal() }), None);
    }

    #[tokio::test]
    async fn a_vote_is_valid_on_its_chain_and_as_it_was_cast_only() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let chain: ChainId = "test".parse().unwrap();
        let vote = Vote {
            kind: VoteType::Precommit,
            height: Height(5),
            round: Round::new(0),
            value: NilOrVal::Val(Value(Hash([4; 32]))),
            validator: Address(public_key(&key)),
        };
        let bytes = vote_bytes(&chain, VoteKind::Precommit, 5, 0, Some(&Hash([4; 32])));
        let signature = sign(&key, Domain::VOTE, &bytes);
        let faults = Arc::new(Faults::default());
        let verifier = ChainVerifier::new(chain, Arc::clone(&faults));
        let valid = async |verifier: &ChainVerifier, vote: &Vote| {
            verifier.verify_signed_vote(vote, &signature, &public_key(&key)).await.unwrap().is_valid()
        };
        assert!(valid(&verifier, &vote).await);
        assert!(!valid(&ChainVerifier::new("other".parse().unwrap(), Arc::default()), &vote).await);
        assert!(!valid(&verifier, &Vote { kind: VoteType::Prevote, ..vote.clone() }).await);
        assert!(!valid(&verifier, &Vote { value: NilOrVal::Nil, ..vote.clone() }).await);
        assert!(!valid(&verifier, &Vote { round: Round::new(1), ..vote.clone() }).await);
        assert_eq!(faults.signatures(), 3);
    }
}
