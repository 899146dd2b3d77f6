//! The effects of the engine's core, handled as its actor does.

use futures::FutureExt;
use malachite_consensus::{ConsensusMsg, Effect, Input, LivenessMsg, Resumable, Resume};
use malachite_signing::VerifierExt;
use malachite_types::{SignedMessage, ValueOrigin};
use sogoc_consensus::simulation::{Context, Init, proposal_message, vote_message};

use super::{Core, Message, NotHandled, Out, Wake};

impl Core {
    pub(super) fn handle(&mut self, effect: Effect<Context>) -> Result<Resume<Context>, NotHandled> {
        if self.stop.is_some() {
            return Err(NotHandled);
        }
        Ok(match effect {
            Effect::CancelAllTimeouts(r) => {
                self.timers.clear();
                r.resume_with(())
            }
            Effect::CancelTimeout(timeout, r) => {
                self.timers.retain(|(other, _)| *other != timeout);
                r.resume_with(())
            }
            Effect::ScheduleTimeout(timeout, r) => {
                self.timers_begun += 1;
                self.timers.retain(|(other, _)| *other != timeout);
                self.timers.push((timeout, self.timers_begun));
                let wait = self.timeouts.duration_for(timeout).as_micros() as u64;
                self.out.push(Out::After(wait, Wake::Timeout(timeout, self.timers_begun)));
                r.resume_with(())
            }
            Effect::StartRound(height, round, proposer, _, r) => {
                self.flush_log()?;
                let undecided = self.judge.undecided(height, round, proposer, self.now);
                for value in undecided.map_err(|fault| self.end(fault))? {
                    self.letter(Input::ProposedValue(value, ValueOrigin::Consensus));
                }
                r.resume_with(())
            }
            Effect::PublishConsensusMsg(message, r) => {
                self.flush_log()?;
                self.out.push(Out::All(Message::Consensus(message)));
                r.resume_with(())
            }
            Effect::PublishLivenessMsg(message, r) => {
                self.out.push(Out::All(Message::Liveness(message)));
                r.resume_with(())
            }
            Effect::RepublishVote(vote, r) => {
                self.out.push(Out::All(Message::Liveness(LivenessMsg::Vote(vote))));
                r.resume_with(())
            }
            Effect::RepublishRoundCertificate(certificate, r) => {
                self.out.push(Out::All(Message::Liveness(LivenessMsg::SkipRoundCertificate(certificate))));
                r.resume_with(())
            }
            Effect::GetValue(height, round, _, r) => {
                self.propose(height, round)?;
                r.resume_with(())
            }
            Effect::RestreamProposal(height, round, valid_round, address, value, r) => {
                let block = self.judge.proposal(height, &value.0).map_err(|fault| self.end(fault))?;
                if let (Some(block), Some(round)) = (block, round.as_u32()) {
                    let pol_round = valid_round.as_u32();
                    self.stream(Init { height: height.0, round, pol_round, proposer: address.0 }, block);
                }
                r.resume_with(())
            }
            Effect::CertVerifiedSyncValue(response, proposer, r) => {
                self.synced(response, proposer)?;
                r.resume_with(())
            }
            Effect::CertRejectedSyncValue(peer, _, _, r) => {
                self.blame(peer);
                r.resume_with(())
            }
            Effect::Decide(certificate, _, r) => {
                self.flush_log()?;
                self.commit(&certificate)?;
                r.resume_with(())
            }
            Effect::Finalize(_, _, evidence, r) => {
                self.evidence += evidence.votes.iter().count() + evidence.proposals.iter().count();
                self.hold()?;
                r.resume_with(())
            }
            Effect::SignVote(vote, r) => {
                let signature = self.sign(vote_message(&self.shared.chain, &vote))?;
                r.resume_with(SignedMessage::new(vote, signature))
            }
            Effect::SignProposal(proposal, r) => {
                let signature = self.sign(proposal_message(&self.shared.chain, &proposal))?;
                r.resume_with(SignedMessage::new(proposal, signature))
            }
            Effect::VerifySignature(signed, key, r) => {
                let verifier = &self.shared.verifier;
                r.resume_with(match &signed.message {
                    ConsensusMsg::Vote(vote) => verifier.vote(vote, &signed.signature, &key),
                    ConsensusMsg::Proposal(proposal) => verifier.proposal(proposal, &signed.signature, &key),
                })
            }
            Effect::VerifyCommitCertificate(certificate, set, thresholds, r) => {
                let verified = self.shared.verifier.verify_commit_certificate(&Context, &certificate, &set, thresholds);
                r.resume_with(now(verified))
            }
            Effect::VerifyExtendedCommitCertificate(certificate, set, thresholds, policy, r) => {
                let verifier = &self.shared.verifier;
                let verified =
                    verifier.verify_extended_commit_certificate(&Context, &certificate, &set, thresholds, policy);
                r.resume_with(now(verified))
            }
            Effect::VerifyPolkaCertificate(certificate, set, thresholds, r) => {
                let verified = self.shared.verifier.verify_polka_certificate(&Context, &certificate, &set, thresholds);
                r.resume_with(now(verified))
            }
            Effect::VerifyRoundCertificate(certificate, set, thresholds, r) => {
                let verified = self.shared.verifier.verify_round_certificate(&Context, &certificate, &set, thresholds);
                r.resume_with(now(verified))
            }
            Effect::WalAppend(height, entry, r) => {
                self.append_to_log(height, entry)?;
                r.resume_with(())
            }
            Effect::ExtendVote(.., r) => r.resume_with(None),
            Effect::VerifyVoteExtension(.., r) => r.resume_with(Ok(())),
        })
    }
}

/// What a verifier that never waits has found.
fn now<T>(verified: impl Future<Output = T>) -> T {
    verified.now_or_never().expect("verifying waits for nothing")
}
