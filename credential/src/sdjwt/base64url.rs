//! base64url without padding, in its one canonical form (RFC 4648 §3.5, §5): no `=`, no line breaks, zero trailing bits.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Error;

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Base64NotCanonical)
}

pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Error> {
    decode(text)?.try_into().map_err(|_| Error::Base64NotCanonical)
}

/// Appends the 43 characters of a digest.
pub fn push_digest(out: &mut String, digest: &[u8; 32]) {
    URL_SAFE_NO_PAD.encode_string(digest, out);
}
