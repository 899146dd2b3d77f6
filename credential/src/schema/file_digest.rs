//! The digest that stands for a file which was signed elsewhere.
//!
//! `{"alg":"sha-256","salt":<22 characters>,"digest":<43 characters>}`, digest = SHA-256(salt ‖ file), base64url. Never a
//! plain hash: whoever can guess a transcript's contents could otherwise recognise it (Law 91/2025 on personal data).

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::sdjwt::{Error, SALT_BYTES, Salts, base64url};

const ALGORITHM: &str = "sha-256";

/// The `file_digest` claim of `file` under a fresh salt.
pub fn file_digest(file: &[u8], salts: &mut dyn Salts) -> Result<Value, Error> {
    let mut salt = [0; SALT_BYTES];
    salts.fill(&mut salt)?;
    let members = [
        ("alg", ALGORITHM.to_owned()),
        ("salt", base64url::encode(&salt)),
        ("digest", base64url::encode(&salted(&salt, file))),
    ];
    Ok(Value::Object(members.map(|(name, text)| (name.to_owned(), Value::String(text))).into_iter().collect()))
}

/// Whether a `file_digest` claim is that of `file`; an error when the claim has another form.
pub fn check_file_digest(claim: &Value, file: &[u8]) -> Result<bool, Error> {
    let (salt, digest) = parts(claim)?;
    Ok(salted(&salt, file) == digest)
}

pub(super) fn check_form(claim: &Value) -> Result<(), Error> {
    parts(claim).map(drop)
}

fn parts(claim: &Value) -> Result<([u8; SALT_BYTES], [u8; 32]), Error> {
    let text = |members: &Map<String, Value>, name| Some(members.get(name)?.as_str()?.to_owned());
    let parts = claim.as_object().filter(|members| members.len() == 3).and_then(|members| {
        let salt = base64url::decode_array(&text(members, "salt")?).ok()?;
        let digest = base64url::decode_array(&text(members, "digest")?).ok()?;
        (text(members, "alg")? == ALGORITHM).then_some((salt, digest))
    });
    parts.ok_or_else(|| Error::ClaimMalformed(String::new()))
}

fn salted(salt: &[u8], file: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(file).finalize().into()
}
