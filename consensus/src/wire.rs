//! Bytes of what the engine sends to peers and writes to its log.
//!
//! # Format
//!
//! Messages are mirrors of the engine's types in the ledger's one encoding ([`sogoc_ledger::codec`]), in the order of the
//! fields below. Two carry block bytes and are framed by hand, so that a body is never copied when read:
//!
//! ```text
//! stream message   stream (16) ‖ sequence (4) ‖ 0x00 init | 0x01 data, to the end | 0x02
//! sync response    start height (8) ‖ { length (4) ‖ certificate ‖ length (4) ‖ block }*
//! ```
//!
//! # Invariants
//!
//! * What decodes re-encodes to the same bytes; nothing is left over; every length is bounded before memory is taken.
//! * A polka certificate keeps its signatures. A vote extension or a validator proof has no encoding.
//! * A round is always a number, but for the "none" of a first proposal.

use bincode::{Decode, Encode};
use bytes::Bytes;
use malachite_codec::Codec;
use malachite_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachite_sync::{Request, Status};
use malachite_types::{ExtendedCommitCertificate, PolkaCertificate, ValidatorProof};
use sogoc_ledger::codec::{self, CodecError};

use crate::context::Context;

mod framed;
mod mirrors;
#[cfg(test)]
mod tests;

/// A message without block bytes: the largest, a round certificate with both votes of everyone, has 37 kB.
pub const MAX_MESSAGE_BYTES: usize = 64 << 10;

/// Blocks of one sync response. The engine asks for as many as its configuration says; this bounds what a peer may send.
pub const MAX_SYNCED_BLOCKS: usize = 64;

/// Bytes of one sync response: six of the largest blocks.
pub const MAX_RESPONSE_BYTES: usize = 32 << 20;

/// Why bytes are not a message, or a message has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not the encoding of the mirror.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A length above its maximum.
    #[error("{0} bytes or elements are more than this message may have")]
    TooLong(usize),
    /// Cut short, or a tag or length that says something else than the bytes.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// The engine asks for something that this network does not use.
    #[error("{0} are not used here")]
    NotUsed(&'static str),
}

/// The codec given to the engine, for the wire and its log alike.
#[derive(Copy, Clone, Debug)]
pub struct Wire;

/// A message and the mirror whose encoding is its own.
trait Mirrored: Sized {
    type Mirror: Encode + Decode<()>;
    fn mirror(&self) -> Result<Self::Mirror, WireError>;
    fn from_mirror(mirror: Self::Mirror) -> Result<Self, WireError>;
}

fn encode<T: Mirrored>(message: &T) -> Result<Bytes, WireError> {
    Ok(codec::encode(&message.mirror()?).into())
}

fn decode<T: Mirrored>(bytes: &[u8]) -> Result<T, WireError> {
    if bytes.len() > MAX_MESSAGE_BYTES {
        return Err(WireError::TooLong(bytes.len()));
    }
    T::from_mirror(codec::decode(bytes)?)
}

macro_rules! mirrored {
    ($($message:ty),* $(,)?) => { $(
        impl Codec<$message> for Wire {
            type Error = WireError;

            fn decode(&self, bytes: Bytes) -> Result<$message, WireError> {
                decode(&bytes)
            }

            fn encode(&self, message: &$message) -> Result<Bytes, WireError> {
                encode(message)
            }
        }
    )* };
}

mirrored!(
    SignedConsensusMsg<Context>,
    LivenessMsg<Context>,
    ProposedValue<Context>,
    PolkaCertificate<Context>,
    ExtendedCommitCertificate<Context>,
    Status<Context>,
    Request<Context>,
);

impl Codec<ValidatorProof<Context>> for Wire {
    type Error = WireError;

    fn decode(&self, _: Bytes) -> Result<ValidatorProof<Context>, WireError> {
        Err(WireError::NotUsed("validator proofs"))
    }

    fn encode(&self, _: &ValidatorProof<Context>) -> Result<Bytes, WireError> {
        Err(WireError::NotUsed("validator proofs"))
    }
}
