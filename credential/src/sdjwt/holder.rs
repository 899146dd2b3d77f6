//! Holder binding: a JWT by the key in `cnf`, over the hash of this very presentation (RFC 9901 §4.3).
//!
//! ```text
//! header   {"alg":"Ed25519"|"ES256","typ":"kb+jwt"}
//! payload  {"iat":…,"aud":…,"nonce":…,"exp":…?,"sd_hash":base64url(SHA-256(everything before this JWT))}
//! ```
//! `alg` is that of the key in `cnf`. `exp` is the end that the holder sets for their audience. When reading, `EdDSA` is
//! taken for `Ed25519` and further members are ignored: wallets that we did not write add them.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::json::{push_member, push_name};
use super::{Algorithm, Error, SdJwt, Signer, base64url};

/// Seconds by which a holder's clock may run ahead of the reader's.
const CLOCK_SKEW_SECONDS: i64 = 300;
/// Longest audience or nonce, bytes.
const MAX_PARAMETER_BYTES: usize = 1_000;

/// For whom, in answer to what, from when, until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub audience: String,
    pub nonce: String,
    /// Seconds since 1970.
    pub issued_at: i64,
    pub expires: Option<i64>,
}

/// What a verifier asks of the binding. Hash, signature and the holder's own end are checked in any case.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub audience: Option<&'a str>,
    pub nonce: Option<&'a str>,
    /// Seconds since 1970.
    pub now: i64,
    pub max_age_seconds: Option<i64>,
}

impl Binding {
    /// Signs a presentation (as [`super::present`] made it) for an audience.
    pub fn sign(&self, presentation: &SdJwt<'_>, key: &dyn Signer) -> Result<String, Error> {
        let holder = presentation.envelope.holder.as_ref().ok_or(Error::HolderKeyMissing)?;
        if *holder != key.public_key() {
            return Err(Error::HolderKeyDiffers);
        }
        if self.audience.len() > MAX_PARAMETER_BYTES || self.nonce.len() > MAX_PARAMETER_BYTES {
            return Err(Error::HolderBindingMalformed);
        }
        let mut header = String::from("{");
        push_member(&mut header, "alg", holder.algorithm().name());
        push_member(&mut header, "typ", "kb+jwt");
        header.push('}');

        let mut payload = format!(r#"{{"iat":{}"#, self.issued_at);
        push_member(&mut payload, "aud", &self.audience);
        push_member(&mut payload, "nonce", &self.nonce);
        if let Some(expires) = self.expires {
            push_name(&mut payload, "exp");
            payload.push_str(&expires.to_string());
        }
        push_member(&mut payload, "sd_hash", &sd_hash(presentation.bound));
        payload.push('}');

        let signed = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(payload.as_bytes()));
        let signature = base64url::encode(&key.sign(signed.as_bytes())?);
        Ok(format!("{}{signed}.{signature}", presentation.bound))
    }

    fn read(payload: &Map<String, Value>) -> Result<Self, Error> {
        let text = |name: &str| match payload.get(name).and_then(Value::as_str) {
            Some(text) if text.len() <= MAX_PARAMETER_BYTES => Ok(text.to_owned()),
            _ => Err(Error::HolderBindingMalformed),
        };
        let seconds = |value: &Value| value.as_i64().ok_or(Error::HolderBindingMalformed);
        Ok(Self {
            audience: text("aud")?,
            nonce: text("nonce")?,
            issued_at: payload.get("iat").ok_or(Error::HolderBindingMalformed).and_then(seconds)?,
            expires: payload.get("exp").map(seconds).transpose()?,
        })
    }

    fn check(&self, expected: &Expected<'_>) -> Result<(), Error> {
        if expected.audience.is_some_and(|audience| audience != self.audience) {
            return Err(Error::HolderAudienceDiffers);
        }
        if expected.nonce.is_some_and(|nonce| nonce != self.nonce) {
            return Err(Error::HolderNonceDiffers);
        }
        let age = expected.now.saturating_sub(self.issued_at);
        if age < -CLOCK_SKEW_SECONDS {
            return Err(Error::HolderBindingInFuture);
        }
        if expected.max_age_seconds.is_some_and(|most| age > most)
            || self.expires.is_some_and(|expires| expected.now >= expires)
        {
            return Err(Error::HolderBindingExpired);
        }
        Ok(())
    }
}

impl SdJwt<'_> {
    /// Whether a key binding JWT is there.
    pub fn is_bound(&self) -> bool {
        self.key_binding.is_some()
    }

    /// Checks the key binding JWT against the holder's key in the document.
    pub fn verify_holder(&self, expected: &Expected<'_>) -> Result<Binding, Error> {
        let jwt = self.key_binding.as_ref().ok_or(Error::HolderBindingMissing)?;
        let key = self.envelope.holder.ok_or(Error::HolderKeyMissing)?;
        let member = |name: &str| jwt.header.get(name).and_then(Value::as_str);
        if member("typ") != Some("kb+jwt") || jwt.header.contains_key("crit") {
            return Err(Error::HolderBindingMalformed);
        }
        let algorithm = key.algorithm();
        let older_name = (algorithm == Algorithm::Ed25519).then_some("EdDSA");
        if !member("alg").is_some_and(|alg| alg == algorithm.name() || Some(alg) == older_name) {
            return Err(Error::AlgorithmUnsupported);
        }
        let binding = Binding::read(&jwt.payload)?;
        if jwt.payload.get("sd_hash").and_then(Value::as_str) != Some(&sd_hash(self.bound)) {
            return Err(Error::HolderHashDiffers);
        }
        if !super::key::verifies(&key, jwt.signed.as_bytes(), &jwt.signature) {
            return Err(Error::HolderSignatureInvalid);
        }
        binding.check(expected)?;
        Ok(binding)
    }
}

pub(super) fn sd_hash(bound: &str) -> String {
    base64url::encode(&Sha256::digest(bound))
}
