//! Blocks: a header that consensus decides by its hash, and a body of transactions.
//!
//! # Format
//!
//! Header hash `H("header", encode(header))`; body hash `H("body", encode(body))`. Nothing in a
//! header depends on the round or the proposer, so a re-proposal is the same bytes.
//!
//! # Invariants
//!
//! `state_root` is the state *after* this block and `history_root` the RFC 9162 tree over the hashes
//! of all earlier headers: the certificate of height H proves the state of H and all that came before.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, CodecError, List};
use crate::hash::Domain;
use crate::name::{ChainId, Height, Time};
use crate::transaction::Transaction;

/// The rules that this code knows. Others need a motion with an activation height, and another program.
pub const PROTOCOL_VERSION: u16 = 2;

/// Encoded body, in bytes. Four mebibytes hold 130,000 leaves and cross a 100 Mbit/s line in a third of a second.
pub const MAX_BODY_BYTES: usize = 4 << 20;

/// Transactions of one block: bounds the signatures a validator checks before voting to about half a second.
pub const MAX_BLOCK_TRANSACTIONS: usize = 10_000;

/// What consensus decides.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Header {
    /// [`PROTOCOL_VERSION`] of the rules this block follows.
    pub version: u16,
    /// The chain it belongs to.
    pub chain: ChainId,
    /// Its place; genesis is 0.
    pub height: Height,
    /// Later than the parent's.
    pub time: Time,
    /// Hash of the header before; zero for genesis.
    pub parent: Hash,
    /// RFC 9162 root over the hashes of all earlier headers.
    pub history_root: Hash,
    /// Hash of the body.
    pub body: Hash,
    /// Root of the state after this block.
    pub state_root: Hash,
    /// Hash of the validator set that signs this block.
    pub validators: Hash,
    /// Hash of the validator set that signs the next one.
    pub next_validators: Hash,
    /// Documents sealed since genesis, this block included.
    pub leaves: u64,
}

impl Header {
    /// `H("header", encode(header))`.
    pub fn hash(&self) -> Hash {
        Domain::HEADER.hash(&codec::encode(self))
    }
}

/// The transactions of a block, in the order of their application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Body {
    /// The transactions.
    pub transactions: List<Transaction, MAX_BLOCK_TRANSACTIONS>,
}

impl Body {
    /// `H("body", encode(body))`.
    pub fn hash(&self) -> Hash {
        Domain::BODY.hash(&codec::encode(self))
    }
}

/// A header and its body, as proposed, stored and synced.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The body whose hash the header names.
    pub body: Body,
}

/// Why bytes are not a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Not the encoding of a block.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The body is larger than [`MAX_BODY_BYTES`].
    #[error("the body has {0} bytes, more than a block may have")]
    TooLarge(usize),
    /// The body is not the one the header names.
    #[error("the body is not the one that the header names")]
    OtherBody,
}

impl Block {
    /// The block that `bytes` encode.
    ///
    /// # Errors
    /// See [`BlockError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlockError> {
        let block: Self = codec::decode(bytes)?;
        let body = codec::encode(&block.body);
        if body.len() > MAX_BODY_BYTES {
            return Err(BlockError::TooLarge(body.len()));
        }
        if Domain::BODY.hash(&body) != block.header.body {
            return Err(BlockError::OtherBody);
        }
        Ok(block)
    }
}
