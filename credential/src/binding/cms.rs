//! The evidence: CMS SignedData of one form.
//!
//! # Format
//! ```text
//! ContentInfo    { signedData, [0] SignedData }
//! SignedData     { version 1 | 3, { one digest algorithm }, { id-data, no content }, [0] certificates?, no CRLs, { one SignerInfo } }
//! SignerInfo     { version 1 | 3, issuer and serial | [0] key id, digest algorithm, [0] signed attributes?, signature algorithm,
//!                  signature, [1] unsigned attributes? }
//! ```
//! Signed attributes: contentType (id-data) and messageDigest must be there; signingTime and signingCertificateV2 count if they
//! are; each once, with one value. Others, and all unsigned ones, are not looked at. Sets are in DER's order. What is signed is
//! the signed attributes as a SET, or the statement itself if there are none.
//!
//! Without signed attributes a signature over bytes that look like some could be passed off as one over what they name (RFC 5652
//! §11). A statement begins with `sogoc/1/binding`, which is no SET, and it is known before the evidence is read.
//!
//! Sources: RFC 5652 §5, §11; RFC 5035 §3 (signingCertificateV2); RFC 5754 (algorithms).

use sogoc_ledger::name::Time;

use super::algorithm::{Algorithm, Hash};
use super::der::{self, Element, Malformed, Reader};
use super::refusal::Refusal;
use super::x509::{self, Certificate};
use super::{CERTIFICATES_MAX, EVIDENCE_BYTES_MAX};

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];
const SIGNING_CERTIFICATE_V2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];

/// An evidence that was read; nothing of it is checked yet.
pub struct Signed<'a> {
    pub certificates: Vec<Certificate<'a>>,
    signer: SignerId<'a>,
    hash: Hash,
    attributes: Option<Attributes<'a>>,
    pub algorithm: Algorithm,
    signature: &'a [u8],
}

enum SignerId<'a> {
    IssuerAndSerial(&'a [u8], &'a [u8]),
    KeyId(&'a [u8]),
}

struct Attributes<'a> {
    /// As they were received, `[0]` first.
    whole: &'a [u8],
    message_digest: &'a [u8],
    signing_time: Option<Time>,
    /// Hash and digest of the signer's certificate.
    certificate: Option<(Hash, &'a [u8])>,
}

impl<'a> Signed<'a> {
    /// Reads an evidence.
    pub fn read(evidence: &'a [u8]) -> Result<Self, Refusal> {
        if evidence.len() > EVIDENCE_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let mut content = der::check(evidence)?.open(der::SEQUENCE)?;
        if content.oid()? != SIGNED_DATA {
            return Err(Refusal::Malformed);
        }
        let content = one(content, der::context(0))?;
        let mut content = one(Reader::new(content.contents), der::SEQUENCE)?.open(der::SEQUENCE)?;
        let version = content.small()?;
        let announced = Hash::read(Reader::new(one(content.open(der::SET)?, der::SEQUENCE)?.contents))?;
        if one(content.open(der::SEQUENCE)?, der::OID)?.contents != DATA {
            return Err(Refusal::Malformed);
        }
        let certificates = content.optional(der::context(0))?.map_or(Ok(Vec::new()), certificates)?;
        let signers = one(content, der::SET)?;
        let mut fields = one(Reader::new(signers.contents), der::SEQUENCE)?.open(der::SEQUENCE)?;
        let signer_version = fields.small()?;
        let (expected_version, id) = signer_id(fields.element()?)?;
        let hash = Hash::read(fields.open(der::SEQUENCE)?)?;
        // SignedData is of version 3 if its SignerInfo is, RFC 5652 §5.1.
        if (signer_version, version, announced) != (expected_version, expected_version, hash) {
            return Err(Refusal::Malformed);
        }
        let attributes = fields.optional(der::context(0))?.map(Attributes::read).transpose()?;
        let algorithm = Algorithm::read(fields.open(der::SEQUENCE)?, Some(hash))?;
        let signature = fields.expect(der::OCTET_STRING)?.contents;
        fields.optional(der::context(1))?;
        fields.finish()?;
        Ok(Self { certificates, signer: id, hash, attributes, algorithm, signature })
    }

    /// The position of the certificate that signed.
    pub fn signer(&self) -> Result<usize, Refusal> {
        let is_signer = |certificate: &Certificate<'_>| match self.signer {
            SignerId::IssuerAndSerial(issuer, serial) => {
                certificate.issuer.whole == issuer && certificate.serial == serial
            }
            SignerId::KeyId(id) => certificate.extensions.subject_key_id == Some(id),
        };
        self.certificates.iter().position(is_signer).ok_or(Refusal::NoCertificate)
    }

    /// Whether `certificate`'s key signed `statement`.
    pub fn verify(&self, statement: &[u8], certificate: &Certificate<'_>) -> Result<(), Refusal> {
        let key = certificate.key()?;
        let signed = match &self.attributes {
            None => statement.to_vec(),
            Some(attributes) => {
                if attributes.message_digest != self.hash.digest(statement) {
                    return Err(Refusal::OtherStatement);
                }
                if attributes.certificate.is_some_and(|(hash, digest)| hash.digest(certificate.der) != digest) {
                    return Err(Refusal::NoCertificate);
                }
                [&[der::SET], &attributes.whole[1..]].concat()
            }
        };
        if key.verifies(self.algorithm, &signed, self.signature)? { Ok(()) } else { Err(Refusal::SignatureWrong) }
    }

    /// When its signer says that it was signed.
    pub fn signing_time(&self) -> Option<Time> {
        self.attributes.as_ref().and_then(|attributes| attributes.signing_time)
    }
}

/// The one element that is left, with `tag`.
fn one<'a>(mut reader: Reader<'a>, tag: u8) -> Result<Element<'a>, Malformed> {
    let element = reader.expect(tag)?;
    reader.finish()?;
    Ok(element)
}

fn certificates(set: Element<'_>) -> Result<Vec<Certificate<'_>>, Refusal> {
    if !der::is_set(set.contents)? {
        return Err(Refusal::Malformed);
    }
    let mut certificates = Vec::new();
    let mut reader = Reader::new(set.contents);
    while !reader.is_empty() {
        if certificates.len() == CERTIFICATES_MAX {
            return Err(Refusal::TooLarge);
        }
        certificates.push(Certificate::read(reader.element()?)?);
    }
    Ok(certificates)
}

/// The version that goes with the form, and the form.
fn signer_id(element: Element<'_>) -> Result<(u8, SignerId<'_>), Malformed> {
    if element.tag == der::context_primitive(0) {
        return Ok((3, SignerId::KeyId(element.contents)));
    }
    let mut fields = element.open(der::SEQUENCE)?;
    let id = SignerId::IssuerAndSerial(fields.expect(der::SEQUENCE)?.whole, fields.integer()?);
    fields.finish()?;
    Ok((1, id))
}

impl<'a> Attributes<'a> {
    fn read(element: Element<'a>) -> Result<Self, Refusal> {
        if !der::is_set(element.contents)? {
            return Err(Refusal::Malformed);
        }
        let (mut content_type, mut message_digest, mut signing_time, mut certificate) = (None, None, None, None);
        let mut reader = Reader::new(element.contents);
        while !reader.is_empty() {
            let mut attribute = reader.open(der::SEQUENCE)?;
            let name = attribute.oid()?;
            let values = one(attribute, der::SET)?;
            let value = |tag| one(Reader::new(values.contents), tag);
            let again = match name {
                CONTENT_TYPE => content_type.replace(value(der::OID)?.contents).is_some(),
                MESSAGE_DIGEST => message_digest.replace(value(der::OCTET_STRING)?.contents).is_some(),
                SIGNING_TIME => {
                    let mut values = Reader::new(values.contents);
                    let time = x509::time(values.element()?)?;
                    values.finish()?;
                    signing_time.replace(time).is_some()
                }
                SIGNING_CERTIFICATE_V2 => certificate.replace(signing_certificate(value(der::SEQUENCE)?)?).is_some(),
                _ => false,
            };
            if again {
                return Err(Refusal::Malformed);
            }
        }
        let (Some(DATA), Some(message_digest)) = (content_type, message_digest) else { return Err(Refusal::Malformed) };
        Ok(Self { whole: element.whole, message_digest, signing_time, certificate })
    }
}

/// Hash and digest of the first ESSCertIDv2, which is the signer's; the hash is SHA-256 if it is not named.
fn signing_certificate(value: Element<'_>) -> Result<(Hash, &[u8]), Refusal> {
    let mut list = value.open(der::SEQUENCE)?;
    let mut certificate = list.open(der::SEQUENCE)?.open(der::SEQUENCE)?;
    let hash = match certificate.optional(der::SEQUENCE)? {
        Some(algorithm) => Hash::read(Reader::new(algorithm.contents))?,
        None => Hash::Sha256,
    };
    Ok((hash, certificate.expect(der::OCTET_STRING)?.contents))
}

/// The signed attributes of a new evidence, as the SET that is signed.
pub fn write_attributes(statement: &[u8], certificate: &[u8], hash: Hash, time: Time) -> Vec<u8> {
    let attribute = |name: &[u8], value: Vec<u8>| {
        der::write(der::SEQUENCE, &[&der::write(der::OID, &[name]), &der::write(der::SET, &[&value])])
    };
    // SHA-256 is the default of ESSCertIDv2, which DER leaves out.
    let algorithm = if hash == Hash::Sha256 { Vec::new() } else { hash.write() };
    let digest = der::write(der::OCTET_STRING, &[&hash.digest(certificate)]);
    let certificate = der::write(der::SEQUENCE, &[&algorithm, &digest]);
    let certificates = der::write(der::SEQUENCE, &[&der::write(der::SEQUENCE, &[&certificate])]);
    der::write_set(
        der::SET,
        vec![
            attribute(CONTENT_TYPE, der::write(der::OID, &[DATA])),
            attribute(MESSAGE_DIGEST, der::write(der::OCTET_STRING, &[&hash.digest(statement)])),
            attribute(SIGNING_TIME, x509::write_time(time)),
            attribute(SIGNING_CERTIFICATE_V2, certificates),
        ],
    )
}

/// An evidence of these parts; `attributes` as [`write_attributes`] makes them, `signer` issuer and serial number.
pub fn write(
    certificates: &[Vec<u8>],
    signer: &[u8],
    algorithm: Algorithm,
    attributes: &[u8],
    signature: &[u8],
) -> Vec<u8> {
    let sequence = |parts: &[&[u8]]| der::write(der::SEQUENCE, parts);
    let oid = |oid: &[u8]| der::write(der::OID, &[oid]);
    let version = [der::INTEGER, 1, 1];
    let hash = algorithm.hash.write();
    let attributes = [&[der::context(0)], &attributes[1..]].concat();
    let signature = der::write(der::OCTET_STRING, &[signature]);
    let info = sequence(&[&version, signer, &hash, &attributes, &algorithm.write(), &signature]);
    let certificates = der::write_set(der::context(0), certificates.to_vec());
    let signed = sequence(&[
        &version,
        &der::write(der::SET, &[&hash]),
        &sequence(&[&oid(DATA)]),
        &certificates,
        &der::write(der::SET, &[&info]),
    ]);
    sequence(&[&oid(SIGNED_DATA), &der::write(der::context(0), &[&signed])])
}
