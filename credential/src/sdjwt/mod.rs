//! SD-JWT VC: a document whose holder decides which of its claims to show.
//!
//! # Format
//! ```text
//! <issuer-signed JWT> ~ <disclosure> ~ … ~ [<key binding JWT>]
//!
//! header   {"alg":"Ed25519","typ":"dc+sd-jwt","jwk":{"kty":"OKP","crv":"Ed25519","x":…}}
//!          {"alg":"ES256","typ":"dc+sd-jwt","jwk":{"kty":"EC","crv":"P-256","x":…,"y":…}}
//! payload  {"iss","vct","schema","date","exp"?,"cnf"?,"ledger":{"chain","issuer","batch"},"_sd_alg":"sha-256","_sd":[…]}
//! disclosure  base64url(["<salt, 128 bits>","<name>",<value>])       a member of an object
//!             base64url(["<salt, 128 bits>",<value>])                an element of a list
//! digest      base64url(SHA-256(disclosure as ASCII))
//! ```
//! The issuer-signed JWT, byte for byte, is the leaf that the ledger seals. It says nothing personal and is the same
//! whatever is shown. Disclosures are recursive: the value of a container holds the digests of its members, so a
//! presentation carries only what lies on the way to the claims it shows.
//!
//! # Invariants
//! * Members are written in the order above, JSON without spaces, `_sd` and lists sorted by digest: a document of one
//!   schema is one sequence of bytes given claims, envelope, key and salts.
//! * The number of digests at each level is a constant of the schema (decoys).
//! * One form of everything is accepted: canonical base64url, no duplicate member or digest, no disclosure without its
//!   digest, no float, no unknown member beside the ones above, signatures by the one rule of their kind.
//! * Every size and depth is bounded before anything is allocated for it.
//!
//! # Verification
//! Steps that a pipeline reports one by one: [`SdJwt::parse`] (integrity), [`SdJwt::disclose`] (disclosures against
//! digests and schema), [`SdJwt::verify_issuer`], [`SdJwt::verify_holder`]. None reads a clock or the network. That the
//! issuer's key is the one the ledger knows, that the document is sealed and not expired, is for the caller to check.
//!
//! Two presentations of one document can be linked: they carry the same JWT.
//!
//! # Errors
//! [`Error`]: a stable code, a sentence and a remedy in Vietnamese and in English.
//!
//! # Sources
//! RFC 9901 (SD-JWT; §4 format, §7 processing), draft-ietf-oauth-sd-jwt-vc (`vct`, `cnf`, `typ`), RFC 9864 (`Ed25519`),
//! RFC 7518 (`ES256`), RFC 8037 (the key), RFC 7800 (`cnf`). `ledger`, `schema` and `date` are ours.

pub(crate) mod base64url;
mod envelope;
mod error;
mod holder;
mod issue;
pub(crate) mod json;
mod key;
mod parse;
mod present;
mod reveal;
mod salts;
#[cfg(test)]
mod tests;

pub(crate) use envelope::MEMBERS as ENVELOPE_MEMBERS;
pub use envelope::{Envelope, LedgerPointer};
pub(crate) use error::shown;
pub use error::{Error, Remedy};
pub use holder::{Binding, Expected};
pub use issue::{Issued, issue};
pub use key::{Algorithm, PublicKey, Signer, from_jwk, push_jwk};
pub use parse::{Disclosed, SdJwt};
pub use present::{EVERYTHING, present};
pub use salts::{OsSalts, SALT_BYTES, Salts, SeededSalts};

/// Largest issuer-signed JWT, bytes. Ours have about 1 kB; the ledger bounds a leaf likewise.
pub const MAX_JWT_BYTES: usize = 64 * 1024;
/// Most disclosures in one document. A transcript of 16 subjects has about 100.
pub const MAX_DISCLOSURES: usize = 512;
/// Largest disclosure, bytes: a list of 16 slots has 1.2 kB, the longest text 2.8 kB.
pub const MAX_DISCLOSURE_BYTES: usize = 8 * 1024;
/// Largest document, bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;
/// Deepest nesting of JSON, in one part and in the processed payload. Ours nest 5 deep.
pub const MAX_DEPTH: usize = 8;
