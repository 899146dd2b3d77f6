//! Key files.
//!
//! # Format
//!
//! JSON, of at most 4 KiB:
//!
//! ```json
//! {"sogoc-key": 1, "purpose": "consensus" | "network" | "governance" | "issuer", "algorithm": "Ed25519",
//!  "public": {"crv": "Ed25519", "kty": "OKP", "x": "…"}, "secret": "base64url of the 32-byte seed of RFC 8032 §5.1.5"}
//! ```
//!
//! The key of an issuer may be of `"algorithm": "ES256"`: `"public": {"crv": "P-256", "kty": "EC", "x": "…", "y": "…"}`, and the
//! secret is the 32-byte scalar, most significant byte first (`d` of RFC 7518 §6.2.2). It also has `"issuer"`, its id, and `"row_secret"`, base64url of 32 bytes: the HMAC
//! key of its batch ids, so that a lost journal cannot seal the same rows twice.
//!
//! # Invariants
//!
//! * A key file is created with mode 0600 and never overwritten; one that its group or others may access is not read.
//! * A file is read for one purpose only: a consensus key never signs a motion.
//! * Secrets come from the operating system, are wiped when dropped, and are in no `Debug`, no error and no log.
//!
//! On systems without Unix modes the access list of the directory decides.

use std::fmt;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::SigningKey;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use sogoc_ledger::Hash;
use sogoc_ledger::name::IssuerId;
use sogoc_ledger::record::Purpose;
use sogoc_ledger::signature::{self, Algorithm, PublicKey};
use zeroize::Zeroizing;

use crate::files;
use crate::problem::{Code, Problem};

/// Longest key file, in bytes: five times what one has.
pub const KEY_FILE_BYTES_MAX: usize = 4 << 10;

/// A secret in base64url, in bytes.
const SECRET_TEXT_BYTES: usize = 43;

/// How a secret is written.
const SECRET_FORM: &str = "expected 32 bytes in base64url without padding";

/// The purpose of an issuer's key in files.
const ISSUER: &str = "issuer";

/// 32 secret bytes.
type Secret = Zeroizing<[u8; 32]>;

fn random() -> Result<Secret, Problem> {
    let mut secret = Secret::default();
    getrandom::fill(secret.as_mut_slice()).map_err(|_| Problem::new(Code::NoRandomness, "", ""))?;
    Ok(secret)
}

/// The key of a validator or node. Wiped when dropped.
pub struct SecretKey {
    purpose: Purpose,
    signing: SigningKey,
}

/// The key of an issuer, with the secret of its batch ids. Wiped when dropped.
pub struct IssuerSecretKey {
    issuer: IssuerId,
    signing: signature::SigningKey,
    row_secret: Secret,
}

impl SecretKey {
    /// A new key, which is only in memory yet.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate(purpose: Purpose) -> Result<Self, Problem> {
        Ok(Self { purpose, signing: SigningKey::from_bytes(&*random()?) })
    }

    /// The key in the file at `path`, which must be for `purpose`.
    ///
    /// # Errors
    /// The file is not the key file of such a key, or others may access it.
    pub fn load(path: &Path, purpose: Purpose) -> Result<Self, Problem> {
        match KeyFile::load(path)? {
            KeyFile::Node(key) if key.purpose == purpose => Ok(key),
            other => Err(other.not_for(purpose.as_str(), path)),
        }
    }

    /// Writes the key to a new file.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        let secret = Zeroizing::new(self.signing.to_bytes());
        files::write_new(path, &render(self.purpose.as_str(), &self.public(), &secret, None), true)
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        signature::public_key(&self.signing)
    }

    /// The key, to sign with.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }
}

impl IssuerSecretKey {
    /// A new key of `issuer`, which is only in memory yet.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate(issuer: IssuerId, algorithm: Algorithm) -> Result<Self, Problem> {
        // One number in 2³² is no scalar of P-256.
        let signing = loop {
            if let Some(signing) = signature::SigningKey::from_secret(algorithm, &*random()?) {
                break signing;
            }
        };
        Ok(Self { issuer, signing, row_secret: random()? })
    }

    /// The key in the file at `path`.
    ///
    /// # Errors
    /// The file is not the key file of an issuer, or others may access it.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        match KeyFile::load(path)? {
            KeyFile::Issuer(key) => Ok(key),
            other => Err(other.not_for(ISSUER, path)),
        }
    }

    /// Writes the key to a new file.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        files::write_new(path, &self.render(), true)
    }

    fn render(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(self.signing.to_secret());
        render(ISSUER, &self.public(), &secret, Some((&self.issuer, &self.row_secret)))
    }

    /// Whose it is.
    pub fn issuer(&self) -> &IssuerId {
        &self.issuer
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        self.signing.public_key()
    }

    /// The key, to sign with.
    pub fn signing(&self) -> &signature::SigningKey {
        &self.signing
    }

    /// A new key of the same kind that goes on where this one ends: it gives the same rows the same batch ids.
    ///
    /// # Errors
    /// No randomness.
    pub fn rotated(&self) -> Result<Self, Problem> {
        Ok(Self {
            row_secret: self.row_secret.clone(),
            ..Self::generate(self.issuer.clone(), self.public().algorithm())?
        })
    }

    /// Names the line of keys that were rotated into each other: they share a journal.
    pub fn line(&self) -> Hash {
        let mac = Hmac::<Sha256>::new_from_slice(self.row_secret.as_slice()).expect("HMAC takes a key of any length");
        Hash(mac.chain_update("line of keys").finalize().into_bytes().into())
    }

    /// The HMAC key of the issuer's batch ids.
    pub fn row_secret(&self) -> &[u8; 32] {
        &self.row_secret
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({} {})", self.purpose.as_str(), self.public().thumbprint())
    }
}

impl fmt::Debug for IssuerSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerSecretKey({} {})", self.issuer, self.public().thumbprint())
    }
}

/// The text of a key file, in a buffer that is wiped and, being large enough, never moved.
fn render(
    purpose: &str,
    public: &PublicKey,
    secret: &Secret,
    issuer: Option<(&IssuerId, &Secret)>,
) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_BYTES_MAX));
    let push_secret = |text: &mut String, secret: &[u8; 32]| {
        let mut encoded = Zeroizing::new([0; SECRET_TEXT_BYTES]);
        text.push_str(
            Base64UrlUnpadded::encode(secret, encoded.as_mut_slice())
                .expect("the buffer has the length of the encoding"),
        );
    };
    text.push_str("{\n  \"sogoc-key\": 1,\n  \"purpose\": \"");
    text.push_str(purpose);
    text.push_str("\",\n  \"algorithm\": \"");
    text.push_str(public.algorithm().name());
    text.push_str("\",\n  \"public\": ");
    text.push_str(&public.jwk());
    text.push_str(",\n  \"secret\": \"");
    push_secret(&mut text, secret);
    if let Some((issuer, row_secret)) = issuer {
        text.push_str("\",\n  \"issuer\": \"");
        text.push_str(issuer.as_str());
        text.push_str("\",\n  \"row_secret\": \"");
        push_secret(&mut text, row_secret);
    }
    text.push_str("\"\n}\n");
    text
}

/// The key in a file, whatever it is for.
pub(crate) enum KeyFile {
    Node(SecretKey),
    Issuer(IssuerSecretKey),
}

/// The members of a key file. Its texts stay in the file's buffer, which is wiped.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    #[serde(rename = "sogoc-key")]
    version: u64,
    purpose: &'a str,
    algorithm: &'a str,
    #[serde(borrow)]
    public: Jwk<'a>,
    secret: &'a str,
    issuer: Option<&'a str>,
    row_secret: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk<'a> {
    crv: &'a str,
    kty: &'a str,
    x: &'a str,
    y: Option<&'a str>,
}

impl Jwk<'_> {
    fn is_of(&self, key: &PublicKey) -> bool {
        let written = [("crv", Some(self.crv)), ("kty", Some(self.kty)), ("x", Some(self.x)), ("y", self.y)];
        let written = written.into_iter().filter_map(|(name, value)| Some((name, value?)));
        written.eq(key.jwk_members().iter().map(|(name, value)| (*name, value.as_str())))
    }
}

fn secret(text: &str) -> Option<Secret> {
    let mut secret = Secret::default();
    let length = Base64UrlUnpadded::decode(text, secret.as_mut_slice()).ok()?.len();
    (length == secret.len()).then_some(secret)
}

impl KeyFile {
    pub(crate) fn load(path: &Path) -> Result<Self, Problem> {
        Self::parse(&files::load_private(path, KEY_FILE_BYTES_MAX)?, &path.display().to_string())
    }

    /// The parser's own messages are not passed on: they may repeat what stands where a number should.
    fn parse(bytes: &[u8], file: &str) -> Result<Self, Problem> {
        let wrong = |field: &str, detail: &str| Problem::new(Code::WrongValue, format_args!("{file}: {field}"), detail);
        let members: Members<'_> = serde_json::from_slice(bytes).map_err(|error| {
            Problem::new(
                Code::Malformed,
                file,
                format_args!("not a key file: line {}, column {}", error.line(), error.column()),
            )
        })?;
        if members.version != 1 {
            return Err(Problem::new(Code::OtherVersion, file, "sogoc-key is not 1"));
        }
        let node = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == members.purpose);
        if node.is_none() && members.purpose != ISSUER {
            return Err(wrong("purpose", "expected consensus, network, governance or issuer"));
        }
        let algorithm = match (node, Algorithm::named(members.algorithm)) {
            (Some(_), Some(Algorithm::Ed25519)) => Algorithm::Ed25519,
            (Some(_), _) => return Err(wrong("algorithm", "expected Ed25519")),
            (None, algorithm) => algorithm.ok_or_else(|| wrong("algorithm", "expected Ed25519 or ES256"))?,
        };
        let secret_bytes = secret(members.secret).ok_or_else(|| wrong("secret", SECRET_FORM))?;
        let signing = signature::SigningKey::from_secret(algorithm, &secret_bytes)
            .ok_or_else(|| wrong("secret", "expected a number from 1 to the order of P-256"))?;
        if !members.public.is_of(&signing.public_key()) {
            return Err(Problem::new(Code::KeyHalvesDiffer, file, ""));
        }
        match (node, members.issuer, members.row_secret) {
            (Some(purpose), None, None) => {
                Ok(Self::Node(SecretKey { purpose, signing: SigningKey::from_bytes(&secret_bytes) }))
            }
            (None, Some(issuer), Some(row_secret)) => {
                let issuer = issuer.parse().map_err(|_| wrong("issuer", "expected the id of an issuer"))?;
                let row_secret = secret(row_secret).ok_or_else(|| wrong("row_secret", SECRET_FORM))?;
                Ok(Self::Issuer(IssuerSecretKey { issuer, signing, row_secret }))
            }
            (None, ..) => Err(Problem::new(Code::MissingField, file, "issuer, row_secret")),
            (Some(_), ..) => Err(Problem::new(Code::UnknownField, file, "issuer, row_secret")),
        }
    }

    fn purpose(&self) -> &'static str {
        match self {
            Self::Node(key) => key.purpose.as_str(),
            Self::Issuer(_) => ISSUER,
        }
    }

    fn not_for(&self, purpose: &str, path: &Path) -> Problem {
        Problem::new(Code::OtherPurpose, path.display(), format_args!("expected {purpose}, found {}", self.purpose()))
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
