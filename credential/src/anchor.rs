//! The file in which a trust anchor travels, see [`sogoc_ledger::checkpoint`].

use serde::Deserialize;
use sogoc_ledger::checkpoint::{Checkpoint, CheckpointError, MAX_CHECKPOINT_BYTES};
use sogoc_ledger::codec;

use crate::sdjwt::base64url;

/// The file, in bytes: the checkpoint in base64url and the members for people.
pub const MAX_ANCHOR_FILE_BYTES: usize = MAX_CHECKPOINT_BYTES * 4 / 3 + 1_024;

/// Why a file is not a trust anchor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// Not JSON of this form, or of a later one.
    #[error("not a checkpoint file of format 1")]
    Form,
    /// The checkpoint in it is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What it says for people is not what the checkpoint says.
    #[error("the members for people do not agree with the checkpoint")]
    Disagrees,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "sogoc-checkpoint")]
    format: u8,
    chain: String,
    height: u64,
    time: u64,
    hash: String,
    checkpoint: String,
}

/// The checkpoint in a file.
///
/// # Errors
/// See [`AnchorError`].
pub fn from_file(bytes: &[u8]) -> Result<Checkpoint, AnchorError> {
    // An array of the members in order would be read too.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(AnchorError::Form);
    }
    let file: File = serde_json::from_slice(bytes).map_err(|_| AnchorError::Form)?;
    let encoded = base64url::decode(&file.checkpoint).map_err(|_| AnchorError::Form)?;
    let checkpoint = Checkpoint::from_bytes(&encoded)?;
    let header = &checkpoint.header;
    let agrees = file.format == 1
        && file.chain == header.chain.as_str()
        && file.height == header.height
        && file.time == header.time.0
        && file.hash == checkpoint.hash().to_string();
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
