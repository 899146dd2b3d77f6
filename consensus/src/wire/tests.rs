use super::framed::TAG_DATA;
use super::*;
use crate::context::{Address, Height, Proposal, Value, Vote};
use crate::parts::{Init, PART_BYTES, Part, STREAM_ID_BYTES};
use ed25519_dalek::SigningKey;
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite_codec::HasEncodedLen;
use malachite_consensus::PeerId;
use malachite_sync::{RawDecidedValue, Response, ValueRequest, ValueResponse};
use malachite_types::{
    ExtendedCommitSignature, NilOrVal, PolkaSignature, Round, RoundCertificate, RoundCertificateType, RoundSignature,
    SignedExtension, SignedMessage, SignedProposal, SignedVote, Validity, VoteType,
};
use proptest::prelude::*;
use sogoc_ledger::Hash;
use sogoc_ledger::signature::{Signature, public_key};
use sogoc_ledger::validator::VALIDATORS_MAX;

fn address(seed: u8) -> Address {
    Address(public_key(&SigningKey::from_bytes(&[seed; 32])))
}

fn value(seed: u8) -> Value {
    Value(Hash([seed; 32]))
}

fn signature(seed: u8) -> Signature {
    Signature([seed; 64])
}

fn vote(kind: VoteType, nil: bool) -> SignedVote<Context> {
    let value = if nil { NilOrVal::Nil } else { NilOrVal::Val(value(3)) };
    let message = Vote { kind, height: Height(7), round: Round::new(2), value, validator: address(1) };
    SignedVote::new(message, signature(4))
}

fn proposal(pol_round: Round) -> SignedProposal<Context> {
    let message =
        Proposal { height: Height(7), round: Round::new(2), value: value(3), pol_round, proposer: address(1) };
    SignedProposal::new(message, signature(5))
}

fn polka(signers: u8) -> PolkaCertificate<Context> {
    PolkaCertificate {
        height: Height(7),
        round: Round::new(1),
        value_id: value(3),
        polka_signatures: (1..=signers).map(|seed| PolkaSignature::new(address(seed), signature(seed))).collect(),
    }
}

fn round_certificate() -> RoundCertificate<Context> {
    RoundCertificate {
        height: Height(7),
        round: Round::new(1),
        cert_type: RoundCertificateType::Skip,
        round_signatures: vec![
            RoundSignature::new(VoteType::Prevote, NilOrVal::Nil, address(1), signature(1)),
            RoundSignature::new(VoteType::Precommit, NilOrVal::Val(value(3)), address(2), signature(2)),
        ],
    }
}

fn commit_certificate() -> ExtendedCommitCertificate<Context> {
    ExtendedCommitCertificate {
        height: Height(7),
        round: Round::new(1),
        value_id: value(3),
        commit_signatures: vec![ExtendedCommitSignature::new(address(2), signature(2), None)],
    }
}

fn response(blocks: usize) -> Response<Context> {
    let decided = |_| RawDecidedValue::new(Bytes::from_static(b"block"), commit_certificate());
    Response::ValueResponse(ValueResponse::new(Height(7), (0..blocks).map(decided).collect()))
}

fn stream(sequence: u64, content: StreamContent<Part>) -> StreamMessage<Part> {
    StreamMessage::new(StreamId::new(Bytes::from_static(&[9; STREAM_ID_BYTES])), sequence, content)
}

fn init() -> Part {
    Part::Init(Init { height: 7, round: 2, pol_round: Some(1), proposer: address(1).0 })
}

/// Encodes, decodes, and does to the bytes what a faulty peer may do.
fn is_strict<T: PartialEq + std::fmt::Debug>(messages: &[T], cut_is_refused: bool)
where
    Wire: Codec<T, Error = WireError>,
{
    for message in messages {
        let bytes = Wire.encode(message).unwrap();
        assert_eq!(Wire.decode(bytes.clone()).as_ref(), Ok(message));
        for length in 0..bytes.len() {
            let decoded: Result<T, WireError> = Wire.decode(bytes.slice(..length));
            if cut_is_refused {
                assert!(decoded.is_err(), "{message:?} cut to {length} bytes");
            }
        }
        for place in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[place] ^= 0x81;
            if let Ok(other) = Wire.decode(flipped.clone().into()) {
                let other: T = other;
                assert_eq!(Wire.encode(&other).unwrap(), flipped, "byte {place}");
            }
        }
    }
}

/// A byte too many is refused.
fn takes_no_more<T: std::fmt::Debug>(messages: &[T])
where
    Wire: Codec<T, Error = WireError>,
{
    for message in messages {
        let longer = [&Wire.encode(message).unwrap()[..], &[0]].concat();
        let decoded: Result<T, WireError> = Wire.decode(longer.into());
        assert!(decoded.is_err(), "{message:?}");
    }
}

#[test]
fn consensus_messages() {
    let messages = [
        SignedConsensusMsg::Vote(vote(VoteType::Prevote, true)),
        SignedConsensusMsg::Vote(vote(VoteType::Precommit, false)),
        SignedConsensusMsg::Proposal(proposal(Round::Nil)),
        SignedConsensusMsg::Proposal(proposal(Round::new(0))),
    ];
    is_strict(&messages, true);
    takes_no_more(&messages);
}

#[test]
fn liveness_messages_keep_polka_signatures() {
    let messages = [
        LivenessMsg::Vote(vote(VoteType::Precommit, true)),
        LivenessMsg::PolkaCertificate(polka(3)),
        LivenessMsg::SkipRoundCertificate(round_certificate()),
    ];
    is_strict(&messages, true);
    takes_no_more(&messages);
}

#[test]
fn certificates() {
    is_strict(&[polka(0), polka(4)], true);
    takes_no_more(&[polka(4)]);
    is_strict(&[commit_certificate()], true);
    takes_no_more(&[commit_certificate()]);
    let too_many = PolkaCertificate {
        polka_signatures: vec![polka(1).polka_signatures[0].clone(); VALIDATORS_MAX + 1],
        ..polka(1)
    };
    assert_eq!(Wire.encode(&too_many), Err(WireError::TooLong(VALIDATORS_MAX + 1)));
}

#[test]
fn proposed_values_statuses_and_requests() {
    let proposed = |valid| ProposedValue {
        height: Height(7),
        round: Round::new(0),
        valid_round: Round::Nil,
        proposer: address(1),
        value: value(3),
        validity: Validity::from_bool(valid),
    };
    is_strict(&[proposed(true), proposed(false)], true);
    takes_no_more(&[proposed(true)]);
    let key = *address(1).0.as_ed25519().unwrap();
    // The multihash of a key too long to be inlined: SHA-256.
    let peer_id = PeerId::from_bytes(&[&[0x12, 32], &key[..]].concat()).unwrap();
    let status = Status { peer_id, tip_height: Height(7), history_min_height: Height(1) };
    is_strict(std::slice::from_ref(&status), true);
    takes_no_more(&[status]);
    let request = |start, end| Request::<Context>::ValueRequest(ValueRequest::new(Height(start)..=Height(end)));
    is_strict(&[request(1, 1), request(3, 9)], true);
    takes_no_more(&[request(3, 9)]);
    let backwards = Wire.encode(&request(9, 3)).unwrap();
    assert_eq!(<Wire as Codec<Request<Context>>>::decode(&Wire, backwards), Err(WireError::Malformed("range")));
}

#[test]
fn parts_and_streams() {
    let data = Part::Data(Bytes::from_static(b"piece"));
    is_strict(&[init()], true);
    takes_no_more(&[init()]);
    is_strict(std::slice::from_ref(&data), false);
    is_strict(&[stream(0, StreamContent::Data(init())), stream(34, StreamContent::Fin)], true);
    takes_no_more(&[stream(0, StreamContent::Data(init())), stream(34, StreamContent::Fin)]);
    is_strict(&[stream(1, StreamContent::Data(data))], false);
    for length in [0, PART_BYTES + 1] {
        let wrong = Part::Data(vec![0; length].into());
        assert_eq!(Wire.encode(&wrong), Err(WireError::TooLong(length)));
        let bytes: Bytes = [&[TAG_DATA][..], &vec![0; length]].concat().into();
        assert_eq!(<Wire as Codec<Part>>::decode(&Wire, bytes), Err(WireError::TooLong(length)));
    }
    let short_name = StreamMessage::new(StreamId::new(Bytes::from_static(b"short")), 0, StreamContent::<Part>::Fin);
    assert!(Wire.encode(&short_name).is_err());
    assert!(Wire.encode(&stream(1 << 32, StreamContent::Fin)).is_err());
}

#[test]
fn responses_are_bounded_in_blocks_and_bytes() {
    // Cut after a whole block, a response is a shorter one.
    is_strict(&[response(1)], false);
    takes_no_more(&[response(0), response(2)]);
    for blocks in [0, 1, MAX_SYNCED_BLOCKS] {
        let bytes = Wire.encode(&response(blocks)).unwrap();
        assert_eq!(Wire.encoded_len(&response(blocks)), Ok(bytes.len()));
        assert_eq!(Wire.decode(bytes), Ok(response(blocks)));
    }
    let decode = |bytes: Bytes| <Wire as Codec<Response<Context>>>::decode(&Wire, bytes);
    let too_many = Wire.encode(&response(MAX_SYNCED_BLOCKS + 1)).unwrap();
    assert_eq!(decode(too_many), Err(WireError::TooLong(MAX_SYNCED_BLOCKS + 1)));
    assert_eq!(decode(vec![0; MAX_RESPONSE_BYTES + 1].into()), Err(WireError::TooLong(MAX_RESPONSE_BYTES + 1)));
    let claims_a_huge_certificate = [&[0; 8][..], &u32::MAX.to_be_bytes()].concat();
    assert_eq!(decode(claims_a_huge_certificate.into()), Err(WireError::TooLong(u32::MAX as usize)));
}

#[test]
fn what_is_not_used_has_no_bytes() {
    let proof = ValidatorProof::<Context>::new(vec![1], vec![2], signature(1));
    assert_eq!(Wire.encode(&proof), Err(WireError::NotUsed("validator proofs")));
    assert!(<Wire as Codec<ValidatorProof<Context>>>::decode(&Wire, Bytes::from_static(&[1])).is_err());
    let extension: SignedExtension<Context> = SignedMessage::new((), signature(1));
    let mut extended = commit_certificate();
    extended.commit_signatures[0].extension = Some(extension);
    assert_eq!(Wire.encode(&extended), Err(WireError::NotUsed("vote extensions")));
}

#[test]
fn long_messages_are_refused_unread() {
    let long = Bytes::from(vec![0; MAX_MESSAGE_BYTES + 1]);
    let refused = Err(WireError::TooLong(MAX_MESSAGE_BYTES + 1));
    assert_eq!(<Wire as Codec<SignedConsensusMsg<Context>>>::decode(&Wire, long.clone()), refused);
    assert!(<Wire as Codec<LivenessMsg<Context>>>::decode(&Wire, long.clone()).is_err());
    assert!(<Wire as Codec<Status<Context>>>::decode(&Wire, long).is_err());
}

proptest! {
    #[test]
    fn garbage_never_panics_and_what_decodes_is_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        macro_rules! canonical {
            ($($message:ty),*) => { $(
                if let Ok(message) = <Wire as Codec<$message>>::decode(&Wire, bytes.clone().into()) {
                    prop_assert_eq!(&Wire.encode(&message).unwrap()[..], &bytes[..]);
                }
            )* };
        }
        canonical!(
            SignedConsensusMsg<Context>, LivenessMsg<Context>, ProposedValue<Context>, PolkaCertificate<Context>,
            ExtendedCommitCertificate<Context>, Status<Context>, Request<Context>, Response<Context>, Part, StreamMessage<Part>
        );
    }
}
