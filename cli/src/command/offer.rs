//! A key that its owner offers for an issuer's record: what a motion admits.
//!
//! # Format
//!
//! JSON, of at most 4 KiB:
//!
//! ```json
//! {"sogoc-issuer-key": 1, "issuer": "thcs-mau-1", "offer": "base64url of NewKey"}
//! ```
//!
//! The key's own signature in it says on which chain, for whom and in which roles it is to serve: FORMATS §4, possession.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sogoc_ledger::codec;
use sogoc_ledger::name::IssuerId;
use sogoc_ledger::record::NewKey;

use crate::failure::Failure;
use crate::files;

/// Longest file, in bytes: ten times what one has.
const OFFER_FILE_BYTES_MAX: usize = 4 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "sogoc-issuer-key")]
    format: u8,
    issuer: IssuerId,
    offer: String,
}

/// The offer in the file at `path`, which must be for `issuer`. Whether it holds, the ledger decides.
pub fn read(path: &Path, issuer: &IssuerId) -> Result<NewKey, Failure> {
    let bytes = files::read(path, OFFER_FILE_BYTES_MAX)?;
    let malformed = || {
        let path = path.display();
        Failure::refused(
            "offer-malformed",
            format!("{path} không phải là khóa được đề nghị cho {issuer}. Tạo bằng sogoc issuer offer."),
            format!("{path} is not a key offered for {issuer}. Make one with sogoc issuer offer."),
        )
    };
    let file: File = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    if file.format != 1 || file.issuer != *issuer {
        return Err(malformed());
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&file.offer).map_err(|_| malformed())?;
    codec::decode(&bytes).map_err(|_| malformed())
}

/// Writes an offer for `issuer`.
pub fn write(path: &Path, issuer: &IssuerId, key: &NewKey) -> Result<(), Failure> {
    let offer = BASE64_URL_SAFE_NO_PAD.encode(codec::encode(key));
    let file = File { format: 1, issuer: issuer.clone(), offer };
    let mut json = serde_json::to_string(&file).expect("texts always serialise");
    json.push('\n');
    files::write_public(path, json.as_bytes())
}
