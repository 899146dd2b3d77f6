//! The trust anchor a receipt is verified against.
//!
//! # Format
//!
//! `encode(Checkpoint)`: the full header, the validator set that signed it and the set that signs
//! the next block. The date is the header's. Files carry it as text:
//!
//! ```json
//! {"sogoc-checkpoint": 1, "chain": "…", "height": 0, "time": 0, "hash": "…", "checkpoint": "base64url of the encoding"}
//! ```
//!
//! The last member counts; the others are for people and must agree with it.
//!
//! A checkpoint is trusted because of where it came from, not because of what it says. Genesis is one,
//! and a weaker one: whoever gathers the retired keys of its validators could rewrite what followed.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::block::Header;
use crate::codec::{self, CodecError};
use crate::validator::{NotASet, ValidatorSet};

/// Encoded checkpoint, in bytes: a header and two sets of the largest size.
pub const MAX_CHECKPOINT_BYTES: usize = 16 << 10;

/// A header to trust, and who signed it and signs next.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct Checkpoint {
    /// The header.
    pub header: Header,
    /// The set that signed it.
    pub validators: ValidatorSet,
    /// The set that signs the next block.
    pub next_validators: ValidatorSet,
}

/// Why bytes are not a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not the encoding of one.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A validator set that is none.
    #[error(transparent)]
    Set(#[from] NotASet),
    /// The sets are not those the header names.
    #[error("the validator sets are not those that the header names")]
    OtherSets,
}

impl Checkpoint {
    /// The checkpoint that `bytes` encode.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        if bytes.len() > MAX_CHECKPOINT_BYTES {
            return Err(CodecError::TooLong(bytes.len()).into());
        }
        let checkpoint: Self = codec::decode(bytes)?;
        checkpoint.check()?;
        Ok(checkpoint)
    }

    /// Whether the sets are those of the header.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn check(&self) -> Result<(), CheckpointError> {
        self.validators.check()?;
        self.next_validators.check()?;
        if self.validators.hash() != self.header.validators
            || self.next_validators.hash() != self.header.next_validators
        {
            return Err(CheckpointError::OtherSets);
        }
        Ok(())
    }

    /// Hash of the header.
    pub fn hash(&self) -> Hash {
        self.header.hash()
    }

    /// Whether this is block 0.
    pub fn is_genesis(&self) -> bool {
        self.header.height == 0
    }
}
