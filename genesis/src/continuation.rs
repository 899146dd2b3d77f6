//! The file of a continuation: what every node that goes on is given, see [`sogoc_ledger::continuation`].
//!
//! # Format
//!
//! JSON, of at most 256 KiB:
//!
//! ```json
//! {"sogoc-continuation": 1, "chain": "hcmc-23", "height": 7, "time": 0, "decision": "…", "validators": ["Sở GDĐT", "…"],
//!  "hash": "hex of the header hash", "continuation": "base64url of the encoding"}
//! ```
//!
//! `continuation` counts; the others but `hash` are for people and must agree with it. `hash` is that of the block it makes on the
//! chain's state: owners compare it as they compared that of block 0, and each node refuses to make another.

use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::continuation::Continuation;
use sogoc_ledger::name::{ChainId, Height, Time};
use sogoc_ledger::record::Decision;
use sogoc_ledger::validator::{OwnerName, VALIDATORS_MAX};

use crate::document::{self, At, FromValue, Syntax, Value};
use crate::files;
use crate::problem::{Code, Problem, Problems};

/// Longest file, in bytes: the largest set of validators, in base64url.
pub const CONTINUATION_FILE_BYTES_MAX: usize = 256 << 10;

/// A continuation, and the hash of the block that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContinuationFile {
    /// What people decided.
    pub continuation: Continuation,
    /// Hash of the block's header.
    pub hash: Hash,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(rename = "sogoc-continuation")]
    version: u8,
    chain: &'a ChainId,
    height: Height,
    time: Time,
    decision: &'a Decision,
    validators: Vec<&'a str>,
    hash: Hash,
    continuation: String,
}

impl ContinuationFile {
    fn written(&self) -> Written<'_> {
        let Continuation { chain, height, time, decision, members, .. } = &self.continuation;
        Written {
            version: 1,
            chain,
            height: *height,
            time: *time,
            decision,
            validators: members.iter().map(|new| new.member.owner.as_str()).collect(),
            hash: self.hash,
            continuation: Base64UrlUnpadded::encode_string(&codec::encode(&self.continuation)),
        }
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(&self.written()).expect("texts and numbers always serialise");
        json.push('\n');
        json
    }

    /// Writes a new file.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        files::write_new(path, &self.to_json(), false)
    }

    /// The continuation in the file at `path`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let bytes = files::load(path, CONTINUATION_FILE_BYTES_MAX)?;
        let file = path.display().to_string();
        let read: Self = document::from_bytes(&bytes, &file, Syntax::Json)?;
        // What is for people says what counts: the file is the one text that this continuation has.
        if read.to_json().as_bytes() != bytes.as_slice() {
            return Err(Problem::new(Code::OtherHash, file, "its members do not agree").into());
        }
        Ok(read)
    }
}

impl FromValue for ContinuationFile {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        fields.version("sogoc-continuation", 1)?;
        let (hash, continuation) = (fields.get("hash"), fields.get::<Encoded>("continuation"));
        // Compared as text, see `load`.
        fields.get::<ChainId>("chain");
        fields.get::<Height>("height");
        fields.get::<Time>("time");
        fields.get::<Decision>("decision");
        fields.get::<List<OwnerName, VALIDATORS_MAX>>("validators");
        fields.finish();
        Some(Self { hash: hash?, continuation: continuation?.0 })
    }
}

struct Encoded(Continuation);

impl FromValue for Encoded {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let text = if let Value::Text(text) = value { Some(text) } else { None };
        let bytes = text.and_then(|text| Base64UrlUnpadded::decode_vec(&text).ok());
        at.expect(bytes.and_then(|bytes| codec::decode(&bytes).ok()), "a continuation in base64url").map(Self)
    }
}
