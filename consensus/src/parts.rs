//! Blocks on their way to the other validators: cut into parts, put together again.
//!
//! # Format
//!
//! A stream is the messages `0 … n+1`: [`Init`], `n` pieces of the block's encoding of at most
//! [`PART_BYTES`], and an end that says how many there were. They may arrive in any order.
//!
//! # Trust
//!
//! Nothing in a part is signed. A part is taken only from a peer that the transport has authenticated and
//! that is a validator's node, and counts against that peer's bounds. What the pieces give is content-addressed: its header's hash is
//! the value that a *signed* proposal names, and execution is what finds it valid. The fields of [`Init`] are metadata
//! for the engine, which pairs a block with a proposal by height and value alone. Of them only the round counts, and only if it is the
//! sender's to propose in ([`crate::judge`]).
//!
//! # Bounds
//!
//! For each peer [`STREAMS_OF_ONE_PEER_MAX`] streams, the oldest giving way, each of at most [`MAX_BLOCK_BYTES`].
//! Streams of decided heights are dropped at each commit.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use bytes::{Bytes, BytesMut};
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite_consensus::PeerId;
use malachite_types::ProposalPart;
use sogoc_ledger::block::MAX_BODY_BYTES;
use sogoc_ledger::signature::PublicKey;

use crate::context::Context;

/// Bytes of one piece: small enough that a vote never waits long behind one, large enough that a full block has 33.
pub const PART_BYTES: usize = 128 << 10;

/// Bytes of an encoded block: the largest body and a kibibyte for its header.
pub const MAX_BLOCK_BYTES: usize = MAX_BODY_BYTES + (1 << 10);

/// Pieces of one block; a sender that cuts smaller ones than it should is cut off.
pub const PARTS_MAX: usize = MAX_BLOCK_BYTES.div_ceil(PART_BYTES);

/// Streams that one peer may have open: its proposal of this height and the next, and a proposal of each made again.
pub const STREAMS_OF_ONE_PEER_MAX: usize = 4;

/// Bytes of a stream's name.
pub const STREAM_ID_BYTES: usize = 16;

/// What a stream says of the block it carries.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Init {
    /// Height of the proposal.
    pub height: u64,
    /// Round of the proposal.
    pub round: u32,
    /// Round in which the block had two thirds of the prevotes, if it is proposed again.
    pub pol_round: Option<u32>,
    /// Who proposed it.
    pub proposer: PublicKey,
}

/// One message of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Init(Init),
    /// A piece of the block.
    Data(Bytes),
}

impl ProposalPart<Context> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Self::Init(_))
    }

    /// The end is a message of its own.
    fn is_last(&self) -> bool {
        false
    }
}

/// The stream named `id` that carries `block`.
pub fn cut(id: [u8; STREAM_ID_BYTES], init: Init, mut block: Bytes) -> Vec<StreamMessage<Part>> {
    let id = StreamId::new(Bytes::copy_from_slice(&id));
    let mut contents = vec![StreamContent::Data(Part::Init(init))];
    while !block.is_empty() {
        let piece = block.split_to(block.len().min(PART_BYTES));
        contents.push(StreamContent::Data(Part::Data(piece)));
    }
    contents.push(StreamContent::Fin);
    let message = |(sequence, content)| StreamMessage::new(id.clone(), sequence, content);
    (0..).zip(contents).map(message).collect()
}

/// A block whose parts are all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// What its stream says of it.
    pub init: Init,
    /// Its encoding, if it is one.
    pub block: Bytes,
}

#[derive(Debug, Default)]
struct Stream {
    /// Place in the order in which this peer's streams began.
    begun: u64,
    init: Option<Init>,
    pieces: BTreeMap<u64, Bytes>,
    bytes: usize,
    /// Sequence of the end.
    end: Option<u64>,
}

/// The message does not fit its stream, which is dropped.
struct Misfit;

impl Stream {
    fn take(&mut self, sequence: u64, content: StreamContent<Part>) -> Result<(), Misfit> {
        match content {
            StreamContent::Fin if self.end.is_none_or(|end| end == sequence) => self.end = Some(sequence),
            StreamContent::Data(Part::Init(init)) if sequence == 0 => {
                self.init.get_or_insert(init);
            }
            StreamContent::Data(Part::Data(piece)) if (1..=PARTS_MAX as u64).contains(&sequence) => {
                if !self.pieces.contains_key(&sequence) {
                    self.bytes += piece.len();
                    self.pieces.insert(sequence, piece);
                }
            }
            StreamContent::Fin | StreamContent::Data(_) => return Err(Misfit),
        }
        let last = self.pieces.last_key_value().map_or(0, |(sequence, _)| *sequence);
        let beyond_the_end = self.end.is_some_and(|end| end <= last || end > PARTS_MAX as u64 + 1);
        if self.bytes > MAX_BLOCK_BYTES || beyond_the_end { Err(Misfit) } else { Ok(()) }
    }

    fn is_complete(&self) -> bool {
        self.init.is_some() && self.end.is_some_and(|end| end == self.pieces.len() as u64 + 1)
    }

    fn assemble(self) -> Option<Assembled> {
        let mut pieces = self.pieces.into_values();
        let block = match (pieces.len(), pieces.next()) {
            (1, Some(only)) => only,
            (_, first) => {
                let mut block = BytesMut::with_capacity(self.bytes);
                first.into_iter().chain(pieces).for_each(|piece| block.extend_from_slice(&piece));
                block.freeze()
            }
        };
        Some(Assembled { init: self.init?, block })
    }
}

/// Puts streams together.
#[derive(Debug, Default)]
pub struct Assembler {
    streams: BTreeMap<PeerId, BTreeMap<StreamId, Stream>>,
    begun: u64,
}

impl Assembler {
    /// Takes a message that `publisher` sent; the block, if it was the last that was missing.
    pub fn take(&mut self, publisher: PeerId, message: StreamMessage<Part>) -> Option<Assembled> {
        let streams = self.streams.entry(publisher).or_default();
        let id = message.stream_id;
        if !streams.contains_key(&id) {
            if streams.len() >= STREAMS_OF_ONE_PEER_MAX {
                let oldest = streams.iter().min_by_key(|(_, stream)| stream.begun).map(|(id, _)| id.clone())?;
                streams.remove(&oldest);
            }
            self.begun += 1;
            streams.insert(id.clone(), Stream { begun: self.begun, ..Stream::default() });
        }
        let stream = streams.get_mut(&id)?;
        match stream.take(message.sequence, message.content) {
            Err(Misfit) => {
                streams.remove(&id);
                None
            }
            Ok(()) if stream.is_complete() => streams.remove(&id)?.assemble(),
            Ok(()) => None,
        }
    }

    /// Drops the streams of heights up to `height`, and of peers for which `stays` is false.
    pub fn prune(&mut self, height: u64, stays: impl Fn(&PeerId) -> bool) {
        self.streams.retain(|peer, streams| {
            streams.retain(|_, stream| stream.init.as_ref().is_none_or(|init| init.height > height));
            !streams.is_empty() && stays(peer)
        });
    }

    /// Bytes held.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.streams.values().flat_map(BTreeMap::values).map(|stream| stream.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn peer(seed: u8) -> PeerId {
        let key = crate::peers::peer_id(&sogoc_ledger::signature::public_key(&ed25519_dalek::SigningKey::from_bytes(
            &[seed; 32],
        )));
        PeerId::from_bytes(&key.unwrap().to_bytes()).unwrap()
    }

    fn init(height: u64) -> Init {
        Init { height, round: 0, pol_round: None, proposer: PublicKey::Ed25519([1; 32]) }
    }

    fn block(length: usize) -> Bytes {
        (0..length).map(|i| (i % 251) as u8).collect::<Vec<_>>().into()
    }

    fn id(seed: u8) -> [u8; STREAM_ID_BYTES] {
        [seed; STREAM_ID_BYTES]
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_give_the_block(
            length in prop_oneof![0usize..4, (PART_BYTES - 2)..(PART_BYTES + 2), (2 * PART_BYTES)..(4 * PART_BYTES)],
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
        ) {
            let messages = cut(id(1), init(5), block(length));
            let mut assembler = Assembler::default();
            let mut assembled = Vec::new();
            // The last message is held back, so that no repetition can come after the stream is complete.
            let (last, others) = messages.split_last().unwrap();
            for index in order {
                let message = others[index.index(others.len())].clone();
                assembled.extend(assembler.take(peer(1), message));
            }
            for message in others.iter().rev() {
                assembled.extend(assembler.take(peer(1), message.clone()));
            }
            prop_assert!(assembled.is_empty());
            let expected = Assembled { init: init(5), block: block(length) };
            prop_assert_eq!(assembler.take(peer(1), last.clone()), Some(expected));
            prop_assert_eq!(assembler.bytes(), 0);
        }
    }

    #[test]
    fn the_largest_block_fits_and_one_byte_more_does_not() {
        for (length, fits) in [(MAX_BLOCK_BYTES, true), (MAX_BLOCK_BYTES + 1, false)] {
            let mut assembler = Assembler::default();
            let last = cut(id(1), init(1), block(length)).into_iter().filter_map(|m| assembler.take(peer(1), m)).next();
            assert_eq!(last.is_some(), fits, "{length} bytes");
            assert_eq!(assembler.bytes(), 0);
        }
    }

    #[test]
    fn a_peer_has_few_streams_and_the_oldest_gives_way() {
        let mut assembler = Assembler::default();
        for seed in 0..100 {
            for message in cut(id(seed), init(1), block(PART_BYTES)).into_iter().take(2) {
                assert_eq!(assembler.take(peer(1), message), None);
            }
            assert!(assembler.bytes() <= STREAMS_OF_ONE_PEER_MAX * PART_BYTES);
        }
        let end = cut(id(99), init(1), block(PART_BYTES)).pop().unwrap();
        assert!(assembler.take(peer(2), end.clone()).is_none(), "streams of two peers are two streams");
        assert!(assembler.take(peer(1), end).is_some());
    }

    #[test]
    fn what_does_not_fit_drops_the_stream() {
        let whole = cut(id(1), init(1), block(2 * PART_BYTES));
        let misfits: [(u64, StreamContent<Part>); 5] = [
            (PARTS_MAX as u64 + 1, StreamContent::Data(Part::Data(block(1)))),
            (0, StreamContent::Data(Part::Data(block(1)))),
            (3, StreamContent::Data(Part::Init(init(1)))),
            (1, StreamContent::Fin),
            (PARTS_MAX as u64 + 2, StreamContent::Fin),
        ];
        for (sequence, content) in misfits {
            let mut assembler = Assembler::default();
            for message in &whole[..2] {
                assert_eq!(assembler.take(peer(1), message.clone()), None);
            }
            let misfit = StreamMessage::new(whole[0].stream_id.clone(), sequence, content);
            assert_eq!(assembler.take(peer(1), misfit), None);
            assert_eq!(assembler.bytes(), 0);
        }
    }

    #[test]
    fn decided_heights_and_peers_that_left_are_forgotten() {
        let mut assembler = Assembler::default();
        for (publisher, height) in [(1, 4), (1, 5), (2, 5)] {
            for message in cut(id(height), init(u64::from(height)), block(10)).into_iter().take(2) {
                assembler.take(peer(publisher), message);
            }
        }
        assert_eq!(assembler.bytes(), 30);
        assembler.prune(4, |_| true);
        assert_eq!(assembler.bytes(), 20);
        let gone = peer(2);
        assembler.prune(4, |peer| *peer != gone);
        assert_eq!(assembler.bytes(), 10);
    }
}
