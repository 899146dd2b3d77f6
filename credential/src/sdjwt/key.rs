//! Keys of documents: the ledger's, as JSON Web Keys. One algorithm today; `ES256` has its place in each `match`.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value};
use sogoc_ledger::signature::{self, Signature};

pub use sogoc_ledger::signature::PublicKey;

use super::json::push_member;
use super::{Error, base64url};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    Ed25519,
}

impl Algorithm {
    /// The JOSE name (RFC 9864).
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
        }
    }
}

/// Whoever can sign: a key in memory, a token, a remote signer.
pub trait Signer {
    fn public_key(&self) -> PublicKey;
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        signature::public_key(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.try_sign(message).map_err(|_| Error::SigningFailed)?;
        Ok(signature.to_bytes().to_vec())
    }
}

impl Algorithm {
    /// The algorithm that a key signs with.
    pub fn of(key: &PublicKey) -> Self {
        match key {
            PublicKey::Ed25519(_) => Self::Ed25519,
        }
    }
}

/// Exactly `kty`, `crv` and `x` (RFC 8037 §2), and a key that a signature can be accepted under.
pub fn from_jwk(jwk: &Map<String, Value>) -> Result<PublicKey, Error> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    match (member("kty"), member("crv"), member("x")) {
        (Some("OKP"), Some("Ed25519"), Some(x)) if jwk.len() == 3 => {
            let key = PublicKey::Ed25519(base64url::decode_array(x).map_err(|_| Error::KeyMalformed)?);
            if key.is_acceptable() { Ok(key) } else { Err(Error::KeyMalformed) }
        }
        (Some("EC" | "RSA" | "OKP"), Some(crv), _) if crv != "Ed25519" => Err(Error::AlgorithmUnsupported),
        _ => Err(Error::KeyMalformed),
    }
}

/// Writes the key as a JWK.
pub fn push_jwk(out: &mut String, key: &PublicKey) {
    let PublicKey::Ed25519(bytes) = key;
    out.push('{');
    push_member(out, "kty", "OKP");
    push_member(out, "crv", "Ed25519");
    push_member(out, "x", &base64url::encode(bytes));
    out.push('}');
}

/// Whether `signature` is the key's, by the one rule; one of another length is nobody's.
pub(super) fn verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    signature.try_into().is_ok_and(|bytes| key.verifies_raw(message, &Signature(bytes)))
}
