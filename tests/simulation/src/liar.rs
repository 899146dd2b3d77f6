//! A member that says two things: what a liar tells every second node instead of what it tells the others.

use ed25519_dalek::Signer;
use malachite::app::streaming::{StreamContent, StreamMessage};
use malachite_consensus::SignedConsensusMsg;
use malachite_types::{NilOrVal, SignedMessage};
use sogoc_consensus::simulation::{Init, Part, Value, proposal_message, vote_message};
use sogoc_ledger::Hash;
use sogoc_ledger::name::ChainId;
use sogoc_ledger::signature::Signature;

use crate::fixture;
use crate::node::Message;
use crate::random::Random;

/// What `from` says instead, if it lies about this: votes and proposals for something else, blocks for rounds that are not its own, and
/// blocks that are not the ones decided.
pub fn lie(from: usize, chain: &ChainId, message: &Message, random: &mut Random) -> Option<Message> {
    let sign = |message: &[u8]| Signature(fixture::consensus_key(from).sign(message).to_bytes());
    let other = Value(Hash([random.of(0..256) as u8; 32]));
    match message {
        Message::Consensus(SignedConsensusMsg::Vote(vote)) => {
            let mut lie = vote.message.clone();
            lie.value = match lie.value {
                NilOrVal::Nil => NilOrVal::Val(other),
                NilOrVal::Val(_) => NilOrVal::Nil,
            };
            let signed = vote_message(chain, &lie).map(|(_, message)| sign(&message));
            signed.map(|signature| Message::Consensus(SignedConsensusMsg::Vote(SignedMessage::new(lie, signature))))
        }
        Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
            let mut lie = proposal.message.clone();
            lie.value = other;
            let signed = proposal_message(chain, &lie).map(|(_, message)| sign(&message));
            signed.map(|signature| Message::Consensus(SignedConsensusMsg::Proposal(SignedMessage::new(lie, signature))))
        }
        Message::Part(part) => match &part.content {
            StreamContent::Data(Part::Init(init)) if random.happens(500) => {
                // A block for rounds that are others' to propose in.
                let init = Init { round: init.round + 1 + random.of(0..3) as u32, ..init.clone() };
                let content = StreamContent::Data(Part::Init(init));
                Some(Message::Part(StreamMessage { content, ..part.clone() }))
            }
            _ => None,
        },
        Message::Answer(values) if random.happens(300) => {
            let mut values = values.clone();
            if let Some(value) = values.first_mut() {
                let mut bytes = value.value_bytes.to_vec();
                let place = random.below(bytes.len());
                bytes[place] ^= 1;
                value.value_bytes = bytes.into();
            }
            Some(Message::Answer(values))
        }
        Message::Status(tip) if random.happens(100) => Some(Message::Status(tip + random.of(0..1_000))),
        _ => None,
    }
}
