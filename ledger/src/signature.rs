//! The one signature rule.
//!
//! Ed25519 (RFC 8032), checked as `verify_strict` of ed25519-dalek checks it, for votes and records alike:
//!
//! 1. the key `A` and the commitment `R` are canonical encodings of points (y < 2²⁵⁵ − 19), and `S < L`;
//! 2. neither `A` nor `R` is of small order;
//! 3. `[S]B = R + [k]A` without the cofactor, `k = SHA-512(R ‖ A ‖ M) mod L`.
//!
//! Never a batch verification: its answer may depend on the neighbours of a signature.
//! The edge cases are pinned by the C2SP CCTV and Wycheproof vectors in `tests/`.

use base64ct::{Base64UrlUnpadded, Encoding};
use bincode::{Decode, Encode};
use ed25519_dalek::{Signer, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::Hash;
use crate::hash::Domain;

/// A public key that signs records or votes. Further algorithms are further variants.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum PublicKey {
    /// 32 bytes of RFC 8032 §5.1.5.
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// Whether it is an Ed25519 key, as those of validators are.
    pub fn is_ed25519(&self) -> bool {
        matches!(self, Self::Ed25519(_))
    }

    /// Whether this is a key that a signature can be accepted under: a canonical point not of small order.
    pub fn is_acceptable(&self) -> bool {
        let Self::Ed25519(bytes) = self;
        is_canonical(bytes) && VerifyingKey::from_bytes(bytes).is_ok_and(|key| !key.is_weak())
    }

    /// Whether `signature` is this key's over `message` in `domain`, by the one rule.
    pub fn verifies(&self, domain: Domain, message: &[u8], signature: &Signature) -> bool {
        self.verifies_raw(&domain.message(message), signature)
    }

    /// Whether `signature` is this key's over exactly `message`. For formats that bring their own domain separation (JWS).
    pub fn verifies_raw(&self, message: &[u8], signature: &Signature) -> bool {
        let Self::Ed25519(bytes) = self;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        is_canonical(bytes)
            && VerifyingKey::from_bytes(bytes).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    /// The key as a JSON Web Key, members in the order of RFC 7638 §3.
    pub fn jwk(&self) -> String {
        let Self::Ed25519(bytes) = self;
        format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, Base64UrlUnpadded::encode_string(bytes))
    }

    /// JWK thumbprint of RFC 7638 (RFC 8037 §2 for this key type), the name of a key on the ledger.
    pub fn thumbprint(&self) -> Hash {
        Hash(Sha256::digest(self.jwk()).into())
    }
}

/// Whether the y coordinate is below p = 2²⁵⁵ − 19. Decompression would reduce it, and so take a second spelling of a few keys.
fn is_canonical(key: &[u8; 32]) -> bool {
    key[31] & 0x7f != 0x7f || key[1..31].iter().any(|byte| *byte != 0xff) || key[0] < 0xed
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let Self::Ed25519(bytes) = self;
        let mut jwk = serializer.serialize_struct("jwk", 3)?;
        jwk.serialize_field("crv", "Ed25519")?;
        jwk.serialize_field("kty", "OKP")?;
        jwk.serialize_field("x", &Base64UrlUnpadded::encode_string(bytes))?;
        jwk.end()
    }
}

/// 64 bytes of RFC 8032: `R ‖ S`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Signature(pub [u8; 64]);

impl serde::Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

/// Signs `message` in `domain`.
pub fn sign(key: &ed25519_dalek::SigningKey, domain: Domain, message: &[u8]) -> Signature {
    Signature(key.sign(&domain.message(message)).to_bytes())
}

/// The public half of a signing key.
pub fn public_key(key: &ed25519_dalek::SigningKey) -> PublicKey {
    PublicKey::Ed25519(key.verifying_key().to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn thumbprint_is_that_of_rfc_8037_appendix_a_3() {
        let x = Base64UrlUnpadded::decode_vec("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey::Ed25519(x.try_into().unwrap());
        assert_eq!(
            Base64UrlUnpadded::encode_string(&key.thumbprint().0),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn a_signature_is_valid_in_its_domain_only() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let signature = sign(&key, Domain::VOTE, b"message");
        assert!(public_key(&key).verifies(Domain::VOTE, b"message", &signature));
        assert!(!public_key(&key).verifies(Domain::PROPOSAL, b"message", &signature));
        assert!(!public_key(&key).verifies(Domain::VOTE, b"massage", &signature));
    }

    #[test]
    fn small_order_and_non_canonical_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(!PublicKey::Ed25519(identity).is_acceptable());
        // The same point with y + p: a second encoding of one key.
        let mut other_identity = [0xff; 32];
        other_identity[0] = 0xee;
        other_identity[31] = 0x7f;
        assert!(!PublicKey::Ed25519(other_identity).is_acceptable());
        // y = p + 3: a point of large order in a second spelling.
        let mut second_spelling = [0xff; 32];
        second_spelling[0] = 0xf0;
        second_spelling[31] = 0x7f;
        assert!(VerifyingKey::from_bytes(&second_spelling).is_ok_and(|key| !key.is_weak()));
        assert!(!PublicKey::Ed25519(second_spelling).is_acceptable());
        // Identity key, R = identity, S = 0: accepted by cofactored rules for every message.
        let mut forged = [0; 64];
        forged[0] = 1;
        assert!(!PublicKey::Ed25519(identity).verifies(Domain::VOTE, b"anything", &Signature(forged)));
    }
}
