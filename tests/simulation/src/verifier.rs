//! Verifies votes and proposals by the production rule, each signature once for all nodes of a run.
//!
//! Whether a signature is valid depends on nothing but key, message and signature; and it is most of what a run costs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::FutureExt;
use malachite_signing::{Error, VerificationResult, Verifier};
use malachite_types::{ValidatorProof, VoteExtensionScope};
use sha2::{Digest, Sha256};
use sogoc_consensus::simulation::{
    ChainVerifier, Context, Faults, Proposal, Slot, Vote, proposal_message, vote_message,
};
use sogoc_ledger::codec;
use sogoc_ledger::name::ChainId;
use sogoc_ledger::signature::{PublicKey, Signature};

/// See the module.
pub struct Remembering {
    chain: ChainId,
    rule: ChainVerifier,
    /// Digests of key, signature and message that are valid.
    valid: Mutex<HashSet<[u8; 32]>>,
}

impl Remembering {
    /// For a chain.
    pub fn new(chain: ChainId) -> Self {
        let rule = ChainVerifier::new(chain.clone(), Arc::new(Faults::default()));
        Self { chain, rule, valid: Mutex::default() }
    }

    fn once(
        &self,
        signed: Option<(Slot, Vec<u8>)>,
        signature: &Signature,
        key: &PublicKey,
        verify: impl Future<Output = Result<VerificationResult, Error>>,
    ) -> bool {
        let Some((_, message)) = signed else { return false };
        let digest = Sha256::new().chain_update(codec::encode(key)).chain_update(signature.0).chain_update(message);
        let digest = digest.finalize().into();
        let valid = || self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        if valid().contains(&digest) {
            return true;
        }
        let verdict = verify.now_or_never().is_some_and(|verdict| verdict.is_ok_and(|verdict| verdict.is_valid()));
        if verdict {
            valid().insert(digest);
        }
        verdict
    }

    /// Whether a vote is signed with `key`.
    pub fn vote(&self, vote: &Vote, signature: &Signature, key: &PublicKey) -> bool {
        let verify = self.rule.verify_signed_vote(vote, signature, key);
        self.once(vote_message(&self.chain, vote), signature, key, verify)
    }

    /// Whether a proposal is signed with `key`.
    pub fn proposal(&self, proposal: &Proposal, signature: &Signature, key: &PublicKey) -> bool {
        let verify = self.rule.verify_signed_proposal(proposal, signature, key);
        self.once(proposal_message(&self.chain, proposal), signature, key, verify)
    }
}

#[async_trait]
impl Verifier<Context> for Remembering {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.vote(vote, signature, key)))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.proposal(proposal, signature, key)))
    }

    async fn verify_signed_vote_extension(
        &self,
        scope: &VoteExtensionScope<Context>,
        extension: &(),
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        self.rule.verify_signed_vote_extension(scope, extension, signature, key).await
    }

    async fn verify_validator_proof(&self, proof: &ValidatorProof<Context>) -> Result<VerificationResult, Error> {
        self.rule.verify_validator_proof(proof).await
    }
}
