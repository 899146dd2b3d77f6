//! A ledger key bound to its organisation's X.509 certificate: the evidence, and the check of it.
//!
//! Vietnamese law knows the signatures of certified keys on tokens, RSA and ECDSA; the ledger's day-to-day keys are not among
//! them. So an organisation signs once, with its token, that a ledger key is its own. The digest of that evidence is admitted to
//! the ledger by motion; the evidence travels with the receipt. Voters check it before they vote, verifiers when they verify; the
//! ledger never does, for roots are configuration and would fork it.
//!
//! # Format
//! ```text
//! Statement   { chain, issuer, key PublicKey, roles u8, from Time, until option Time }
//! signed      M("binding", encode(Statement))
//! evidence    CMS SignedData in DER, detached, with the certificates inside, see [`cms`]
//! digest      H("binding-evidence", evidence)     IssuerKey.binding on the ledger
//! ```
//!
//! # Check
//! In this order: the size; the digest, if one was admitted; the form; the signature over the statement ([`algorithm`] says what
//! counts); the path to a root of [`roots`] at the moment the key begins, `from` ([`path`]); the certificate once more at the time
//! that the signer claims; whose it is. Whether the authority revoked the certificate is not looked at: voters ask the authority
//! before they admit, and a key whose certificate is revoked later is suspended or ended by motion.
//!
//! # Invariants
//! * [`check`] depends on its arguments alone: no clock, no network.
//! * Nothing is copied or allocated in proportion to a length that is not there; less than 64 KiB, at most 8 certificates, 17 signatures.
//! * Evidence with one byte changed never binds the same: either a digest or a signature covers it, or it has another digest.
//!
//! # Errors
//! [`Refusal`]: a stable code, a sentence in Vietnamese and in English. Some say that it cannot be checked here.

mod algorithm;
mod cms;
mod der;
mod path;
mod refusal;
mod roots;
mod signing;
#[cfg(test)]
mod tests;
mod x509;

use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{ChainId, IssuerId, Time};
use sogoc_ledger::record::{Issuer, IssuerKey};
use sogoc_ledger::signature::PublicKey;

pub use refusal::Refusal;
pub use roots::{ROOTS_FILE_BYTES_MAX, Roots, RootsError};
pub use signing::{Padding, Signing};

/// Largest evidence, in bytes: a chain of four RSA-4096 certificates has 8,000.
pub const EVIDENCE_BYTES_MAX: usize = (64 << 10) - 1;
/// Most certificates in one, in numbers: twice the longest path.
pub const CERTIFICATES_MAX: usize = 8;
/// Largest signed bytes of a statement: those with the longest names have 160.
pub const STATEMENT_BYTES_MAX: usize = 512;

/// What an organisation says of a key.
#[derive(Clone, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode, serde::Serialize)]
pub struct Statement {
    /// The network.
    pub chain: ChainId,
    /// The issuer whose key it is.
    pub issuer: IssuerId,
    /// The key.
    pub key: PublicKey,
    /// What it may do, see [`sogoc_ledger::record::IssuerKey`].
    pub roles: u8,
    /// From when.
    pub from: Time,
    /// Until before when.
    pub until: Option<Time>,
}

impl Statement {
    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        Domain::BINDING.message(&codec::encode(self))
    }

    /// The statement whose signed bytes are `message`.
    pub fn from_message(message: &[u8]) -> Option<Self> {
        codec::decode(message.strip_prefix(Domain::BINDING.prefix().as_slice())?).ok()
    }
}

/// What a good evidence says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Bound {
    /// Whose certificate it is.
    pub organisation: String,
    /// The certificate's subject.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// Its serial number, in hex.
    pub serial: String,
    /// The first moment of its validity.
    pub valid_from: Time,
    /// The last second of it.
    pub valid_until: Time,
    /// The authorities above it, as far as the root, without it.
    pub path: Vec<String>,
    /// The root, as the configuration calls it.
    pub root: String,
    /// Kind of key and signature.
    pub algorithm: String,
    /// When it was signed, as the signer says.
    pub signed_at: Option<Time>,
    /// The digest by which the ledger admits it.
    pub digest: Hash,
}

/// A statement and the signature over it, as they travel with a receipt. Bytes, until somebody asks what they bind.
#[derive(Clone, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Evidence {
    /// What was signed: [`Statement::message`].
    pub statement: List<u8, STATEMENT_BYTES_MAX>,
    /// CMS SignedData in DER.
    pub cms: List<u8, EVIDENCE_BYTES_MAX>,
}

impl Evidence {
    /// The evidence of these bytes; `None` if they are too many or the first are no statement's.
    pub fn new(statement: Vec<u8>, cms: Vec<u8>) -> Option<Self> {
        Statement::from_message(&statement)?;
        Some(Self { statement: List::new(statement)?, cms: List::new(cms)? })
    }

    /// Whether this is the evidence that `issuer` admitted for the key with this thumbprint, and binds it as it sealed at `sealed`.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn binds(
        &self,
        chain: &ChainId,
        issuer: &Issuer,
        key: &Hash,
        sealed: Time,
        roots: &Roots,
    ) -> Result<Bound, Refusal> {
        let key = issuer.key(key).ok_or(Refusal::NotAdmitted)?;
        let admitted = key.binding.ok_or(Refusal::NotAdmitted)?;
        let statement = Statement::from_message(&self.statement).ok_or(Refusal::Malformed)?;
        let Statement { chain: of_chain, issuer: of_issuer, key: of_key, roles, from, until } = &statement;
        let in_force = *from <= sealed && until.is_none_or(|until| sealed < until);
        let about_it = of_chain == chain && *of_issuer == issuer.id && *of_key == key.key;
        if !about_it || roles & IssuerKey::SEAL == 0 || !in_force {
            return Err(Refusal::OtherStatement);
        }
        check(&self.cms, &statement, Some(admitted), roots, &[&issuer.name, &issuer.name_en])
    }
}

/// The digest by which the ledger admits `evidence`.
pub fn digest(evidence: &[u8]) -> Hash {
    Domain::BINDING_EVIDENCE.hash(evidence)
}

/// Whether `evidence` binds the key of `statement` to a certificate of its issuer, whose names on the ledger are `names`.
/// `admitted`: the digest that the ledger holds, if it does yet.
///
/// # Errors
/// See [`Refusal`].
pub fn check(
    evidence: &[u8],
    statement: &Statement,
    admitted: Option<Hash>,
    roots: &Roots,
    names: &[&str],
) -> Result<Bound, Refusal> {
    if evidence.len() > EVIDENCE_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let digest = digest(evidence);
    if admitted.is_some_and(|admitted| admitted != digest) {
        return Err(Refusal::NotAdmitted);
    }
    let signed = cms::Signed::read(evidence)?;
    let signer = &signed.certificates[signed.signer()?];
    signed.verify(&statement.message(), signer)?;
    let (path, root) = path::find(signer, &signed.certificates, roots, statement.from)?;
    if let Some(time) = signed.signing_time() {
        path::valid_at(signer, time)?;
    }
    let subject = x509::written(signer.subject);
    let organisation = signer.holder().ok_or_else(|| Refusal::OtherOrganisation(subject.clone()))?;
    if !roots.is_of(&organisation, &statement.issuer, names) {
        return Err(Refusal::OtherOrganisation(organisation));
    }
    Ok(Bound {
        organisation,
        subject,
        issuer: x509::written(signer.issuer),
        serial: signer.serial_hex(),
        valid_from: signer.not_before,
        valid_until: signer.not_after,
        path: path[1..].iter().map(|certificate| x509::written(certificate.subject)).collect(),
        root: root.name.clone(),
        algorithm: format!("{}, {}", signer.key()?.name(), signed.algorithm.name()),
        signed_at: signed.signing_time(),
        digest,
    })
}
