//! Messages whose encoding is that of a mirror.

use bincode::{Decode, Encode};
use malachite_consensus::{LivenessMsg, PeerId, ProposedValue, SignedConsensusMsg};
use malachite_sync::{Request, Status, ValueRequest};
use malachite_types::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature, Round,
    RoundCertificate, RoundCertificateType, RoundSignature, SignedProposal, SignedVote, Validity, VoteType,
};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::List;
use sogoc_ledger::signature::{PublicKey, Signature};
use sogoc_ledger::validator::VALIDATORS_MAX;

use super::{Mirrored, WireError};
use crate::context::{Address, Context, Height, Proposal, Value, Vote};

/// Bytes of an encoded peer id: a multihash of an inlined Ed25519 key has 38.
const PEER_ID_BYTES_MAX: usize = 64;

fn number(round: Round) -> Result<u32, WireError> {
    round.as_u32().ok_or(WireError::Malformed("round"))
}

fn list<T, const MAX: usize>(elements: Vec<T>) -> Result<List<T, MAX>, WireError> {
    let count = elements.len();
    List::new(elements).ok_or(WireError::TooLong(count))
}

fn optional(value: &NilOrVal<Value>) -> Option<Hash> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(value) => Some(value.0),
    }
}

fn nil_or(value: Option<Hash>) -> NilOrVal<Value> {
    value.map_or(NilOrVal::Nil, |hash| NilOrVal::Val(Value(hash)))
}

#[derive(Encode, Decode)]
pub(super) enum KindMirror {
    Prevote,
    Precommit,
}

impl From<VoteType> for KindMirror {
    fn from(kind: VoteType) -> Self {
        match kind {
            VoteType::Prevote => Self::Prevote,
            VoteType::Precommit => Self::Precommit,
        }
    }
}

impl From<KindMirror> for VoteType {
    fn from(kind: KindMirror) -> Self {
        match kind {
            KindMirror::Prevote => Self::Prevote,
            KindMirror::Precommit => Self::Precommit,
        }
    }
}

#[derive(Encode, Decode)]
pub(super) struct VoteMirror {
    kind: KindMirror,
    height: u64,
    round: u32,
    value: Option<Hash>,
    validator: PublicKey,
    signature: Signature,
}

impl Mirrored for SignedVote<Context> {
    type Mirror = VoteMirror;

    fn mirror(&self) -> Result<VoteMirror, WireError> {
        let vote = &self.message;
        Ok(VoteMirror {
            kind: vote.kind.into(),
            height: vote.height.0,
            round: number(vote.round)?,
            value: optional(&vote.value),
            validator: vote.validator.0,
            signature: self.signature,
        })
    }

    fn from_mirror(vote: VoteMirror) -> Result<Self, WireError> {
        let message = Vote {
            kind: vote.kind.into(),
            height: Height(vote.height),
            round: Round::new(vote.round),
            value: nil_or(vote.value),
            validator: Address(vote.validator),
        };
        Ok(Self::new(message, vote.signature))
    }
}

#[derive(Encode, Decode)]
pub(super) struct ProposalMirror {
    height: u64,
    round: u32,
    value: Hash,
    pol_round: Option<u32>,
    proposer: PublicKey,
    signature: Signature,
}

impl Mirrored for SignedProposal<Context> {
    type Mirror = ProposalMirror;

    fn mirror(&self) -> Result<ProposalMirror, WireError> {
        let proposal = &self.message;
        Ok(ProposalMirror {
            height: proposal.height.0,
            round: number(proposal.round)?,
            value: proposal.value.0,
            pol_round: proposal.pol_round.as_u32(),
            proposer: proposal.proposer.0,
            signature: self.signature,
        })
    }

    fn from_mirror(proposal: ProposalMirror) -> Result<Self, WireError> {
        let message = Proposal {
            height: Height(proposal.height),
            round: Round::new(proposal.round),
            value: Value(proposal.value),
            pol_round: proposal.pol_round.into(),
            proposer: Address(proposal.proposer),
        };
        Ok(Self::new(message, proposal.signature))
    }
}

#[derive(Encode, Decode)]
pub(super) enum ConsensusMirror {
    Vote(VoteMirror),
    Proposal(ProposalMirror),
}

impl Mirrored for SignedConsensusMsg<Context> {
    type Mirror = ConsensusMirror;

    fn mirror(&self) -> Result<ConsensusMirror, WireError> {
        Ok(match self {
            Self::Vote(vote) => ConsensusMirror::Vote(vote.mirror()?),
            Self::Proposal(proposal) => ConsensusMirror::Proposal(proposal.mirror()?),
        })
    }

    fn from_mirror(mirror: ConsensusMirror) -> Result<Self, WireError> {
        Ok(match mirror {
            ConsensusMirror::Vote(vote) => Self::Vote(SignedVote::from_mirror(vote)?),
            ConsensusMirror::Proposal(proposal) => Self::Proposal(SignedProposal::from_mirror(proposal)?),
        })
    }
}

#[derive(Encode, Decode)]
pub(super) struct CertificateMirror {
    height: u64,
    round: u32,
    value: Hash,
    signatures: List<(PublicKey, Signature), VALIDATORS_MAX>,
}

impl Mirrored for PolkaCertificate<Context> {
    type Mirror = CertificateMirror;

    fn mirror(&self) -> Result<CertificateMirror, WireError> {
        Ok(CertificateMirror {
            height: self.height.0,
            round: number(self.round)?,
            value: self.value_id.0,
            signatures: list(self.polka_signatures.iter().map(|s| (s.address.0, s.signature)).collect())?,
        })
    }

    fn from_mirror(polka: CertificateMirror) -> Result<Self, WireError> {
        let signature = |(key, signature)| PolkaSignature::new(Address(key), signature);
        Ok(Self {
            height: Height(polka.height),
            round: Round::new(polka.round),
            value_id: Value(polka.value),
            polka_signatures: polka.signatures.into_vec().into_iter().map(signature).collect(),
        })
    }
}

impl Mirrored for ExtendedCommitCertificate<Context> {
    type Mirror = CertificateMirror;

    fn mirror(&self) -> Result<CertificateMirror, WireError> {
        if self.commit_signatures.iter().any(|signature| signature.extension.is_some()) {
            return Err(WireError::NotUsed("vote extensions"));
        }
        Ok(CertificateMirror {
            height: self.height.0,
            round: number(self.round)?,
            value: self.value_id.0,
            signatures: list(self.commit_signatures.iter().map(|s| (s.address.0, s.signature)).collect())?,
        })
    }

    fn from_mirror(certificate: CertificateMirror) -> Result<Self, WireError> {
        let signature = |(key, signature)| ExtendedCommitSignature::new(Address(key), signature, None);
        Ok(Self {
            height: Height(certificate.height),
            round: Round::new(certificate.round),
            value_id: Value(certificate.value),
            commit_signatures: certificate.signatures.into_vec().into_iter().map(signature).collect(),
        })
    }
}

#[derive(Encode, Decode)]
pub(super) struct RoundVoteMirror {
    kind: KindMirror,
    value: Option<Hash>,
    validator: PublicKey,
    signature: Signature,
}

#[derive(Encode, Decode)]
pub(super) struct RoundCertificateMirror {
    height: u64,
    round: u32,
    precommits: bool,
    votes: List<RoundVoteMirror, { 2 * VALIDATORS_MAX }>,
}

impl Mirrored for RoundCertificate<Context> {
    type Mirror = RoundCertificateMirror;

    fn mirror(&self) -> Result<RoundCertificateMirror, WireError> {
        let vote = |signature: &RoundSignature<Context>| RoundVoteMirror {
            kind: signature.vote_type.into(),
            value: optional(&signature.value_id),
            validator: signature.address.0,
            signature: signature.signature,
        };
        Ok(RoundCertificateMirror {
            height: self.height.0,
            round: number(self.round)?,
            precommits: matches!(self.cert_type, RoundCertificateType::Precommit),
            votes: list(self.round_signatures.iter().map(vote).collect())?,
        })
    }

    fn from_mirror(certificate: RoundCertificateMirror) -> Result<Self, WireError> {
        let vote = |vote: RoundVoteMirror| {
            RoundSignature::new(vote.kind.into(), nil_or(vote.value), Address(vote.validator), vote.signature)
        };
        Ok(Self {
            height: Height(certificate.height),
            round: Round::new(certificate.round),
            cert_type: if certificate.precommits {
                RoundCertificateType::Precommit
            } else {
                RoundCertificateType::Skip
            },
            round_signatures: certificate.votes.into_vec().into_iter().map(vote).collect(),
        })
    }
}

#[derive(Encode, Decode)]
pub(super) enum LivenessMirror {
    Vote(VoteMirror),
    Polka(CertificateMirror),
    SkipRound(RoundCertificateMirror),
}

impl Mirrored for LivenessMsg<Context> {
    type Mirror = LivenessMirror;

    fn mirror(&self) -> Result<LivenessMirror, WireError> {
        Ok(match self {
            Self::Vote(vote) => LivenessMirror::Vote(vote.mirror()?),
            Self::PolkaCertificate(polka) => LivenessMirror::Polka(polka.mirror()?),
            Self::SkipRoundCertificate(certificate) => LivenessMirror::SkipRound(certificate.mirror()?),
        })
    }

    fn from_mirror(mirror: LivenessMirror) -> Result<Self, WireError> {
        Ok(match mirror {
            LivenessMirror::Vote(vote) => Self::Vote(SignedVote::from_mirror(vote)?),
            LivenessMirror::Polka(polka) => Self::PolkaCertificate(PolkaCertificate::from_mirror(polka)?),
            LivenessMirror::SkipRound(round) => Self::SkipRoundCertificate(RoundCertificate::from_mirror(round)?),
        })
    }
}

#[derive(Encode, Decode)]
pub(super) struct ProposedMirror {
    height: u64,
    round: u32,
    valid_round: Option<u32>,
    proposer: PublicKey,
    value: Hash,
    valid: bool,
}

impl Mirrored for ProposedValue<Context> {
    type Mirror = ProposedMirror;

    fn mirror(&self) -> Result<ProposedMirror, WireError> {
        Ok(ProposedMirror {
            height: self.height.0,
            round: number(self.round)?,
            valid_round: self.valid_round.as_u32(),
            proposer: self.proposer.0,
            value: self.value.0,
            valid: self.validity.is_valid(),
        })
    }

    fn from_mirror(proposed: ProposedMirror) -> Result<Self, WireError> {
        Ok(Self {
            height: Height(proposed.height),
            round: Round::new(proposed.round),
            valid_round: proposed.valid_round.into(),
            proposer: Address(proposed.proposer),
            value: Value(proposed.value),
            validity: Validity::from_bool(proposed.valid),
        })
    }
}

#[derive(Encode, Decode)]
pub(super) struct StatusMirror {
    peer: List<u8, PEER_ID_BYTES_MAX>,
    tip: u64,
    history_from: u64,
}

impl Mirrored for Status<Context> {
    type Mirror = StatusMirror;

    fn mirror(&self) -> Result<StatusMirror, WireError> {
        Ok(StatusMirror {
            peer: list(self.peer_id.to_bytes())?,
            tip: self.tip_height.0,
            history_from: self.history_min_height.0,
        })
    }

    fn from_mirror(status: StatusMirror) -> Result<Self, WireError> {
        let peer_id = PeerId::from_bytes(&status.peer).map_err(|_| WireError::Malformed("peer id"))?;
        if peer_id.to_bytes() != *status.peer {
            return Err(WireError::Malformed("peer id"));
        }
        Ok(Self { peer_id, tip_height: Height(status.tip), history_min_height: Height(status.history_from) })
    }
}

impl Mirrored for Request<Context> {
    type Mirror = (u64, u64);

    fn mirror(&self) -> Result<(u64, u64), WireError> {
        let Self::ValueRequest(request) = self;
        Ok((request.range.start().0, request.range.end().0))
    }

    fn from_mirror((start, end): (u64, u64)) -> Result<Self, WireError> {
        if start > end {
            return Err(WireError::Malformed("range"));
        }
        Ok(Self::ValueRequest(ValueRequest::new(Height(start)..=Height(end))))
    }
}
