//! Keys, and the one signature rule of each kind.
//!
//! Ed25519 (RFC 8032), checked as `verify_strict` of ed25519-dalek checks it, for votes and records alike:
//!
//! 1. the key `A` and the commitment `R` are canonical encodings of points (y < 2²⁵⁵ − 19), and `S < L`;
//! 2. neither `A` nor `R` is of small order;
//! 3. `[S]B = R + [k]A` without the cofactor, `k = SHA-512(R ‖ A ‖ M) mod L`.
//!
//! ECDSA on P-256 (`es256`), for keys of issuers only: tokens and desk software sign so.
//!
//! Never a batch verification: its answer may depend on the neighbours of a signature.
//! The edge cases are pinned by the C2SP CCTV and Wycheproof vectors in `tests/`.

mod es256;

use base64ct::{Base64UrlUnpadded, Encoding};
use bincode::{Decode, Encode};
use ed25519_dalek::{Signer, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::Hash;
use crate::hash::Domain;

/// How a key signs, by the names of JOSE (RFC 9864, RFC 7518 §3.4).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// `Ed25519`.
    Ed25519,
    /// `ES256`.
    Es256,
}

impl Algorithm {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::Es256];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// A public key that signs records or votes. Further algorithms are further variants.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum PublicKey {
    /// 32 bytes of RFC 8032 §5.1.5.
    Ed25519([u8; 32]),
    /// A point of P-256 as SEC 1 §2.3.3 writes it compressed: `02` or `03`, and x. For issuers only.
    P256([u8; 33]),
}

impl PublicKey {
    /// The key of the point with these coordinates on P-256; `None` if there is no such point.
    pub fn from_p256_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        es256::compress(x, y).map(Self::P256)
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256(_) => Algorithm::Es256,
        }
    }

    /// Whether this is a key that a signature can be accepted under: a point in its one spelling, and not of small order.
    pub fn is_acceptable(&self) -> bool {
        match self {
            Self::Ed25519(bytes) => {
                is_canonical(bytes) && VerifyingKey::from_bytes(bytes).is_ok_and(|key| !key.is_weak())
            }
            Self::P256(bytes) => es256::coordinates(bytes).is_some(),
        }
    }

    /// The bytes of an Ed25519 key, the only kind that validators and nodes have.
    pub fn as_ed25519(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Ed25519(bytes) => Some(bytes),
            Self::P256(_) => None,
        }
    }

    /// Whether a validator may have this key.
    pub fn is_acceptable_for_validators(&self) -> bool {
        self.as_ed25519().is_some() && self.is_acceptable()
    }

    /// Whether `signature` is this key's over `message` in `domain`, by the one rule.
    pub fn verifies(&self, domain: Domain, message: &[u8], signature: &Signature) -> bool {
        self.verifies_raw(&domain.message(message), signature)
    }

    /// Whether `signature` is this key's over exactly `message`. For formats that bring their own domain separation (JWS).
    pub fn verifies_raw(&self, message: &[u8], signature: &Signature) -> bool {
        match self {
            Self::Ed25519(bytes) => {
                let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
                is_canonical(bytes)
                    && VerifyingKey::from_bytes(bytes).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
            }
            Self::P256(bytes) => es256::verifies(bytes, message, signature),
        }
    }

    /// The key as a JSON Web Key: what every member has, in the order of RFC 7638 §3.
    /// Bytes that are no point have no y, which is then the empty text: no such key is ever admitted.
    pub fn jwk_members(&self) -> Vec<(&'static str, String)> {
        let base64url = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        let (curve, kind) = ("crv", "kty");
        match self {
            Self::Ed25519(bytes) => vec![(curve, "Ed25519".into()), (kind, "OKP".into()), ("x", base64url(bytes))],
            Self::P256(bytes) => {
                let y = es256::coordinates(bytes).map_or_else(String::new, |(_, y)| base64url(&y));
                vec![(curve, "P-256".into()), (kind, "EC".into()), ("x", base64url(&bytes[1..])), ("y", y)]
            }
        }
    }

    /// The key as a JSON Web Key, members in the order of RFC 7638 §3.
    pub fn jwk(&self) -> String {
        let members: Vec<String> =
            self.jwk_members().iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
        format!("{{{}}}", members.join(","))
    }

    /// JWK thumbprint of RFC 7638 (RFC 8037 §2 for Ed25519), the name of a key on the ledger.
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
        serializer.collect_map(self.jwk_members())
    }
}

/// 64 bytes: `R ‖ S` of RFC 8032, or `r ‖ s` of ECDSA, most significant byte first (RFC 7518 §3.4).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Signature(pub [u8; 64]);

impl serde::Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

/// A secret key of an issuer, in memory, of either kind. Wiped when dropped. Signs the same message with the same bytes.
#[derive(Clone)]
pub enum SigningKey {
    /// RFC 8032.
    Ed25519(ed25519_dalek::SigningKey),
    /// ECDSA on P-256 with the nonces of RFC 6979.
    P256(p256::ecdsa::SigningKey),
}

impl SigningKey {
    /// The key of this secret: the seed of RFC 8032 §5.1.5, or the scalar of P-256; `None` if it is no such scalar.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8; 32]) -> Option<Self> {
        match algorithm {
            Algorithm::Ed25519 => Some(Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(secret))),
            Algorithm::Es256 => p256::ecdsa::SigningKey::from_slice(secret).ok().map(Self::P256),
        }
    }

    /// The secret, for its file.
    pub fn to_secret(&self) -> [u8; 32] {
        match self {
            Self::Ed25519(key) => key.to_bytes(),
            Self::P256(key) => key.to_bytes().into(),
        }
    }

    /// Its public half.
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::Ed25519(key) => public_key(key),
            Self::P256(key) => PublicKey::P256(es256::public(key)),
        }
    }

    /// Signs `message` in `domain`.
    pub fn sign(&self, domain: Domain, message: &[u8]) -> Signature {
        self.sign_raw(&domain.message(message))
    }

    /// Signs exactly `message`. For formats that bring their own domain separation (JWS).
    pub fn sign_raw(&self, message: &[u8]) -> Signature {
        match self {
            Self::Ed25519(key) => Signature(key.sign(message).to_bytes()),
            Self::P256(key) => es256::sign(key, message),
        }
    }
}

/// Signs `message` in `domain` with a key as validators have it.
pub fn sign(key: &ed25519_dalek::SigningKey, domain: Domain, message: &[u8]) -> Signature {
    Signature(key.sign(&domain.message(message)).to_bytes())
}

/// The public half of a key as validators have it.
pub fn public_key(key: &ed25519_dalek::SigningKey) -> PublicKey {
    PublicKey::Ed25519(key.verifying_key().to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
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

    fn p256(seed: u8) -> SigningKey {
        SigningKey::from_secret(Algorithm::Es256, &[seed; 32]).unwrap()
    }

    #[test]
    fn an_es256_key_is_the_jwk_of_rfc_7515_appendix_a_3() {
        let coordinate = |text: &str| Base64UrlUnpadded::decode_vec(text).unwrap().try_into().unwrap();
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        let key = PublicKey::from_p256_coordinates(&coordinate(x), &coordinate(y)).unwrap();
        assert_eq!(key.jwk(), format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let signed = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let mut signature: [u8; 64] = Base64UrlUnpadded::decode_vec(signature).unwrap().try_into().unwrap();
        // Of high s: the standard's own example has to be put right.
        assert!(!key.verifies_raw(signed.as_bytes(), &Signature(signature)));
        let low = p256::ecdsa::Signature::from_slice(&signature).unwrap().normalize_s().unwrap();
        signature = low.to_bytes().into();
        assert!(key.verifies_raw(signed.as_bytes(), &Signature(signature)));
        assert_eq!(PublicKey::from_p256_coordinates(&coordinate(y), &coordinate(x)), None, "off the curve");
    }

    #[test]
    fn both_kinds_sign_in_their_domain_and_always_alike() {
        for key in [SigningKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[7; 32])), p256(7)] {
            for message in (0..40u8).map(|byte| [byte; 3]) {
                let signature = key.sign(Domain::TRANSACTION, &message);
                assert!(key.public_key().verifies(Domain::TRANSACTION, &message, &signature));
                assert!(!key.public_key().verifies(Domain::VOTE, &message, &signature));
                assert_eq!(key.sign(Domain::TRANSACTION, &message), signature);
            }
        }
        assert!(!p256(7).public_key().verifies_raw(b"m", &p256(8).sign_raw(b"m")));
    }

    #[test]
    fn what_is_no_compressed_point_is_no_key() {
        let PublicKey::P256(sound) = p256(7).public_key() else { unreachable!() };
        let with = |byte: u8, x: &[u8]| PublicKey::P256([&[byte], x].concat().try_into().unwrap());
        assert!(with(2, &sound[1..]).is_acceptable() && with(3, &sound[1..]).is_acceptable());
        for byte in [0, 1, 4, 5, 6, 7, 0xff] {
            assert!(!with(byte, &sound[1..]).is_acceptable(), "{byte}");
        }
        // x = 0 has a y. So has 5, which may not be spelt p + 5, and 1 has none.
        let mut x = [0; 32];
        assert!(with(2, &x).is_acceptable());
        x[31] = 1;
        assert!(!with(2, &x).is_acceptable());
        x[31] = 5;
        assert!(with(2, &x).is_acceptable());
        let spelt_twice = hex::decode("ffffffff00000001000000000000000000000001000000000000000000000004").unwrap();
        assert!(!with(2, &spelt_twice).is_acceptable());
        assert!(!with(2, &spelt_twice).verifies_raw(b"m", &p256(7).sign_raw(b"m")));
        assert!(with(2, &spelt_twice).jwk().ends_with(r#","y":""}"#));
    }
}
