//! SHA-256 with a domain for each use.
//!
//! # Format
//!
//! `H(name, data) = SHA-256("sogoc/1/" ‖ name ‖ 0x00 ‖ data)`: the names are the constants of
//! [`Domain`]. RFC 9162 trees use 0x00 and 0x01 as the standard says, Jellyfish trees their own
//! separators; no domain starts with those bytes, so no value is ever valid in two places.

use std::fmt;

use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};

/// 32 bytes of SHA-256.
#[derive(Copy, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// All zero: the parent of block 0.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash written as 64 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a hash or a signature is about. Changing one is a new protocol version.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Domain(&'static str);

impl Domain {
    /// Hash of a block header: the value that consensus decides.
    pub const HEADER: Self = Self("header");
    /// Hash of a block body.
    pub const BODY: Self = Self("body");
    /// Hash of a validator set.
    pub const VALIDATOR_SET: Self = Self("validator-set");
    /// Key of a record in the state tree.
    pub const STATE_KEY: Self = Self("state-key");
    /// Transaction id, and what its signatures sign.
    pub const TRANSACTION: Self = Self("transaction");
    /// What prevotes and precommits sign.
    pub const VOTE: Self = Self("vote");
    /// What proposals sign.
    pub const PROPOSAL: Self = Self("proposal");
    /// What an owner of validator keys signs to show that they hold them.
    pub const POSSESSION: Self = Self("possession");
    /// What a validator signs to tell its peers that there is work at a height.
    pub const WORK: Self = Self("work");
    /// Commitment to the ground and the decision behind a status.
    pub const STATUS_OPENING: Self = Self("status-opening");
    /// What an organisation's certificate signs to say that a ledger key is its own.
    pub const BINDING: Self = Self("binding");
    /// Digest of the evidence that it did.
    pub const BINDING_EVIDENCE: Self = Self("binding-evidence");

    /// The bytes that stand before the data.
    pub fn prefix(self) -> Vec<u8> {
        [b"sogoc/1/", self.0.as_bytes(), &[0]].concat()
    }

    /// `SHA-256(prefix ‖ data)`.
    pub fn hash(self, data: &[u8]) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(b"sogoc/1/");
        hasher.update(self.0.as_bytes());
        hasher.update([0]);
        hasher.update(data);
        Hash(hasher.finalize().into())
    }

    /// `prefix ‖ data`: the bytes that are signed.
    pub fn message(self, data: &[u8]) -> Vec<u8> {
        let mut message = self.prefix();
        message.extend_from_slice(data);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_part_of_the_hash() {
        let direct: [u8; 32] = Sha256::digest(b"sogoc/1/header\0data").into();
        assert_eq!(Domain::HEADER.hash(b"data"), Hash(direct));
        assert_eq!(Domain::HEADER.message(b"data"), b"sogoc/1/header\0data");
        assert_ne!(Domain::HEADER.hash(b"data"), Domain::BODY.hash(b"data"));
    }

    #[test]
    fn hex_is_lower_case() {
        let text = Domain::BODY.hash(b"").to_string();
        assert_eq!(Hash::from_hex(&text).map(|h| h.to_string()), Some(text.clone()));
        assert_eq!(Hash::from_hex(&text.to_uppercase()), None);
        assert_eq!(Hash::from_hex("00"), None);
    }
}
