//! base64url without padding, in its one canonical form (RFC 4648 §3.5, §5): no `=`, no line breaks, zero trailing bits.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::Error;

pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Error::Base64NotCanonical)
}

pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| Error::Base64NotCanonical)?;
    if decoded.len() == N { Ok(bytes) } else { Err(Error::Base64NotCanonical) }
}

/// Appends the 43 characters of a digest.
pub fn push_digest(out: &mut String, digest: &[u8; 32]) {
    let mut buffer = [0; 43];
    out.push_str(Base64UrlUnpadded::encode(digest, &mut buffer).unwrap_or_default());
}
