//! The file in which a trust anchor travels, see [`sogoc_ledger::checkpoint`].

use serde_json::Value;
use sogoc_ledger::checkpoint::{Checkpoint, CheckpointError};
use sogoc_ledger::codec;

use crate::sdjwt::{base64url, json};

/// The file, in bytes: the largest checkpoint has 22,000 in base64url; the rest is room for the members for people.
pub const MAX_ANCHOR_FILE_BYTES: usize = 64 << 10;

/// Format, what the checkpoint says for people, and the checkpoint.
const MEMBERS: usize = 6;

/// Why a file is not a trust anchor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// Not JSON of this form.
    #[error("not a checkpoint file")]
    Form,
    /// The checkpoint in it is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What it says beside the checkpoint is not what the checkpoint says, or the format is another.
    #[error("the members beside the checkpoint do not agree with it")]
    Disagrees,
}

/// The checkpoint in a file.
///
/// # Errors
/// See [`AnchorError`].
pub fn from_file(bytes: &[u8]) -> Result<Checkpoint, AnchorError> {
    if bytes.len() > MAX_ANCHOR_FILE_BYTES {
        return Err(AnchorError::Form);
    }
    let file = json::read_object(bytes).map_err(|_| AnchorError::Form)?;
    let number = |name: &str| match file.get(name) {
        Some(Value::Number(number)) => Ok(number.as_u64()),
        _ => Err(AnchorError::Form),
    };
    let text = |name: &str| file.get(name).and_then(Value::as_str).ok_or(AnchorError::Form);
    let (format, height, time) = (number("sogoc-checkpoint")?, number("height")?, number("time")?);
    let (chain, hash, encoded) = (text("chain")?, text("hash")?, text("checkpoint")?);
    if file.len() != MEMBERS {
        return Err(AnchorError::Form);
    }
    let encoded = base64url::decode(encoded).map_err(|_| AnchorError::Form)?;
    let checkpoint = Checkpoint::from_bytes(&encoded)?;
    let header = &checkpoint.header;
    let agrees = format == Some(1)
        && chain == header.chain.as_str()
        && height == Some(header.height)
        && time == Some(header.time.0)
        && hash == checkpoint.hash().to_string();
    if agrees { Ok(checkpoint) } else { Err(AnchorError::Disagrees) }
}

/// What the file of a checkpoint says.
pub fn to_json(checkpoint: &Checkpoint) -> serde_json::Value {
    serde_json::json!({
        "sogoc-checkpoint": 1,
        "chain": checkpoint.header.chain,
        "height": checkpoint.header.height,
        "time": checkpoint.header.time,
        "hash": checkpoint.hash(),
        "checkpoint": base64url::encode(&codec::encode(checkpoint)),
    })
}

/// The file of a checkpoint.
pub fn to_file(checkpoint: &Checkpoint) -> String {
    format!("{:#}\n", to_json(checkpoint))
}
