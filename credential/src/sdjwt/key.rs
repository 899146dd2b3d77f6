//! Keys of documents: the ledger's, as JSON Web Keys.

use ed25519_dalek::Signer as _;
use serde_json::{Map, Value};
use sogoc_ledger::signature::{self, Signature, SigningKey};

pub use sogoc_ledger::signature::{Algorithm, PublicKey};

use super::json::push_member;
use super::{Error, base64url};

/// Whoever can sign: a key in memory, a token, a remote signer.
pub trait Signer {
    fn public_key(&self) -> PublicKey;
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        self.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.sign_raw(message).0.to_vec())
    }
}

impl Signer for ed25519_dalek::SigningKey {
    fn public_key(&self) -> PublicKey {
        signature::public_key(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.try_sign(message).map_err(|_| Error::SigningFailed)?;
        Ok(signature.to_bytes().to_vec())
    }
}

/// Exactly `kty`, `crv` and `x` (RFC 8037 §2), or these and `y` (RFC 7518 §6.2.1), of a key that a signature can be
/// accepted under.
pub fn from_jwk(jwk: &Map<String, Value>) -> Result<PublicKey, Error> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let number = |name: &str| member(name).and_then(|text| base64url::decode_array(text).ok());
    let key = match (member("kty"), member("crv"), jwk.len()) {
        (Some("OKP"), Some("Ed25519"), 3) => number("x").map(PublicKey::Ed25519).filter(PublicKey::is_acceptable),
        (Some("EC"), Some("P-256"), 4) => {
            number("x").zip(number("y")).and_then(|(x, y)| PublicKey::from_p256_coordinates(&x, &y))
        }
        (Some("EC" | "RSA" | "OKP"), Some(crv), _) if crv != "Ed25519" && crv != "P-256" => {
            return Err(Error::AlgorithmUnsupported);
        }
        _ => None,
    };
    key.ok_or(Error::KeyMalformed)
}

/// Writes the key as a JWK, `kty` first.
pub fn push_jwk(out: &mut String, key: &PublicKey) {
    let mut members = key.jwk_members();
    members.sort_by_key(|(name, _)| *name != "kty");
    out.push('{');
    members.iter().for_each(|(name, value)| push_member(out, name, value));
    out.push('}');
}

/// Whether `signature` is the key's, by the one rule; one of another length is nobody's.
pub(super) fn verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    signature.try_into().is_ok_and(|bytes| key.verifies_raw(message, &Signature(bytes)))
}
