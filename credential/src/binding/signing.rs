//! Making an evidence, where the key is on a token: what the token signs, and the CMS around it.
//!
//! [`Signing::new`] takes the statement and the certificates, [`Signing::to_be_signed`] is what the token's key signs, and
//! [`Signing::finish`] puts all together. Signed attributes: contentType, messageDigest, signingTime, signingCertificateV2, so
//! that the evidence is also a CAdES-BES signature (ETSI EN 319 122-1).

use sogoc_ledger::name::Time;

use super::algorithm::Algorithm;
use super::cms;
use super::der;
use super::refusal::Refusal;
use super::x509::Certificate;

pub use super::algorithm::Padding;

/// An evidence without its signature.
pub struct Signing {
    certificates: Vec<Vec<u8>>,
    algorithm: Algorithm,
    attributes: Vec<u8>,
    signer: Vec<u8>,
}

impl Signing {
    /// Prepares the evidence of `statement`, the bytes to be signed, by the first of `certificates`; `pss` chooses between the two
    /// ways in which an RSA key signs.
    ///
    /// # Errors
    /// The certificates are none, or the first has a key that does not count.
    pub fn new(statement: &[u8], certificates: Vec<Vec<u8>>, pss: bool, time: Time) -> Result<Self, Refusal> {
        let mut read = Vec::new();
        for bytes in &certificates {
            read.push(Certificate::read(der::check(bytes)?)?);
        }
        let signer = read.first().ok_or(Refusal::NoCertificate)?;
        let algorithm = signer.key()?.algorithm(pss);
        let attributes = cms::write_attributes(statement, signer.der, algorithm.hash, time);
        let signer = der::write(der::SEQUENCE, &[signer.issuer.whole, &der::write(der::INTEGER, &[signer.serial])]);
        Ok(Self { certificates, algorithm, attributes, signer })
    }

    /// How the key signs.
    pub fn padding(&self) -> Padding {
        self.algorithm.padding
    }

    /// The signed attributes' digest, and for PKCS#1 v1.5 what names its algorithm: what is left for the token to pad and sign.
    pub fn to_be_signed(&self) -> Vec<u8> {
        match self.algorithm.padding {
            Padding::Pkcs1 => self.algorithm.hash.digest_info(&self.attributes),
            Padding::Pss | Padding::Ecdsa => self.algorithm.hash.digest(&self.attributes),
        }
    }

    /// The evidence with the token's `signature`, which for ECDSA is `r ‖ s`.
    ///
    /// # Errors
    /// The signature is not of the certificate's key, or the certificates are too many.
    pub fn finish(&self, statement: &[u8], signature: &[u8]) -> Result<Vec<u8>, Refusal> {
        let signature = match self.algorithm.padding {
            Padding::Ecdsa => ecdsa_der(signature)?,
            Padding::Pkcs1 | Padding::Pss => signature.to_vec(),
        };
        let evidence = cms::write(&self.certificates, &self.signer, self.algorithm, &self.attributes, &signature);
        let signed = cms::Signed::read(&evidence)?;
        signed.verify(statement, &signed.certificates[signed.signer()?])?;
        Ok(evidence)
    }
}

/// `r ‖ s` as the SEQUENCE of two integers that X.509 and CMS have.
fn ecdsa_der(signature: &[u8]) -> Result<Vec<u8>, Refusal> {
    let integer = |half: &[u8]| {
        let zeros = half.iter().take_while(|byte| **byte == 0).count();
        let digits = &half[zeros..];
        let sign: &[u8] = if digits.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
        der::write(der::INTEGER, &[sign, digits])
    };
    if signature.is_empty() || !signature.len().is_multiple_of(2) {
        return Err(Refusal::SignatureWrong);
    }
    let (r, s) = signature.split_at(signature.len() / 2);
    Ok(der::write(der::SEQUENCE, &[&integer(r), &integer(s)]))
}
