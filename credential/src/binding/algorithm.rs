//! Keys, hashes and signatures that count, as Vietnamese rules list them and tokens make them.
//!
//! | key | signature | hash |
//! |---|---|---|
//! | RSA, 2048 to 8192 bits | PKCS#1 v1.5 | SHA-256, SHA-384, SHA-512 |
//! | RSA, 2048 to 8192 bits | PSS: MGF1 of the same hash, a salt as long as the hash | SHA-256, SHA-384, SHA-512 |
//! | ECDSA on P-256, P-384 | `r`, `s` in DER | SHA-256, SHA-384 |
//!
//! What is weaker is refused as weak, everything else as unknown. Signatures are checked by ring, which the tree has for TLS.
//!
//! Sources: Circular 15/2025/TT-BKHCN; RFC 8017, RFC 4055 §3.1 (PSS parameters), RFC 5480, RFC 5758.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::der::{self, Malformed, Reader};
use super::refusal::Refusal;

/// Bits of an RSA key. Vietnamese rules ask for 2048; ring's arithmetic ends at 8192.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0, 34];
/// P-192 and its kin, and P-224.
const WEAK_CURVES: [&[u8]; 3] =
    [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], &[0x2b, 0x81, 0x04, 0, 31], &[0x2b, 0x81, 0x04, 0, 33]];

/// `sha…WithRSAEncryption`, and whether the hash is one that counts.
const RSA_WITH: [(&[u8], Option<Hash>); 7] = [
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], Some(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], Some(Hash::Sha384)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], Some(Hash::Sha512)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], None),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], None),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], None),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], None),
];
/// `ecdsa-with-…`, likewise.
const ECDSA_WITH: [(&[u8], Option<Hash>); 5] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], Some(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], Some(Hash::Sha384)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], Some(Hash::Sha512)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], None),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], None),
];
/// MD2, MD4, MD5, SHA-1, SHA-224.
const WEAK_HASHES: [&[u8]; 5] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 2],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 4],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5],
    &[0x2b, 0x0e, 3, 2, 26],
    &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4],
];

/// A hash that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha256 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
            Self::Sha384 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
            Self::Sha512 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
        }
    }

    fn length(self) -> u8 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The digest of `bytes`.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// The hash that an AlgorithmIdentifier names.
    pub fn read(algorithm: Reader<'_>) -> Result<Self, Refusal> {
        let oid = identifier(algorithm, true)?;
        if WEAK_HASHES.contains(&oid) {
            return Err(Refusal::WeakHash);
        }
        Self::ALL.into_iter().find(|hash| hash.oid() == oid).ok_or(Refusal::UnknownAlgorithm)
    }

    /// Its AlgorithmIdentifier.
    pub fn write(self) -> Vec<u8> {
        der::write(der::SEQUENCE, &[&der::write(der::OID, &[self.oid()])])
    }

    /// DigestInfo of RFC 8017 §9.2: what a token pads and signs in PKCS#1 v1.5.
    pub fn digest_info(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = der::write(der::SEQUENCE, &[&der::write(der::OID, &[self.oid()]), &[der::NULL, 0]]);
        der::write(der::SEQUENCE, &[&algorithm, &der::write(der::OCTET_STRING, &[&self.digest(bytes)])])
    }
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    Pkcs1,
    Pss,
    Ecdsa,
}

/// A signature algorithm that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    pub padding: Padding,
    pub hash: Hash,
}

impl Algorithm {
    /// The algorithm that an AlgorithmIdentifier names. CMS may leave the hash to the digest algorithm, which is `digest`.
    pub fn read(algorithm: Reader<'_>, digest: Option<Hash>) -> Result<Self, Refusal> {
        let oid = name_of(algorithm)?;
        let find =
            |table: &[(&[u8], Option<Hash>)]| table.iter().find(|(known, _)| *known == oid).map(|(_, hash)| *hash);
        let (padding, hash) = if oid == RSA_PSS {
            (Padding::Pss, pss_hash(algorithm)?)
        } else if let Some(hash) = find(&RSA_WITH) {
            identifier(algorithm, true)?;
            (Padding::Pkcs1, hash.ok_or(Refusal::WeakHash)?)
        } else if let Some(hash) = find(&ECDSA_WITH) {
            identifier(algorithm, false)?;
            (Padding::Ecdsa, hash.ok_or(Refusal::WeakHash)?)
        } else if let (RSA_ENCRYPTION, Some(hash)) = (oid, digest) {
            identifier(algorithm, true)?;
            (Padding::Pkcs1, hash)
        } else {
            return Err(Refusal::UnknownAlgorithm);
        };
        if digest.is_some_and(|digest| digest != hash) {
            return Err(Refusal::Malformed);
        }
        Ok(Self { padding, hash })
    }

    /// Its AlgorithmIdentifier.
    pub fn write(self) -> Vec<u8> {
        let oid = |oid: &[u8]| der::write(der::OID, &[oid]);
        let named = |table: &[(&'static [u8], Option<Hash>)]| {
            table.iter().find(|(_, hash)| *hash == Some(self.hash)).map_or(&[][..], |(oid, _)| *oid)
        };
        match self.padding {
            Padding::Pkcs1 => der::write(der::SEQUENCE, &[&oid(named(&RSA_WITH)), &[der::NULL, 0]]),
            Padding::Ecdsa => der::write(der::SEQUENCE, &[&oid(named(&ECDSA_WITH))]),
            Padding::Pss => {
                let hash = self.hash.write();
                let mask = der::write(der::SEQUENCE, &[&oid(RSA_MGF1), &hash]);
                let salt = der::write(der::INTEGER, &[&[self.hash.length()]]);
                let parameters = [
                    der::write(der::context(0), &[&hash]),
                    der::write(der::context(1), &[&mask]),
                    der::write(der::context(2), &[&salt]),
                ];
                let parameters: Vec<&[u8]> = parameters.iter().map(Vec::as_slice).collect();
                der::write(der::SEQUENCE, &[&oid(RSA_PSS), &der::write(der::SEQUENCE, &parameters)])
            }
        }
    }

    /// As people write it.
    pub fn name(self) -> String {
        let padding = match self.padding {
            Padding::Pkcs1 => "RSA PKCS#1 v1.5",
            Padding::Pss => "RSA-PSS",
            Padding::Ecdsa => "ECDSA",
        };
        format!("{padding}, {}", self.hash.name())
    }
}

/// The object identifier of an AlgorithmIdentifier without parameters; `null_allowed`: they may be NULL.
fn identifier(mut algorithm: Reader<'_>, null_allowed: bool) -> Result<&[u8], Malformed> {
    let oid = algorithm.oid()?;
    if null_allowed && algorithm.optional(der::NULL)?.is_some_and(|null| !null.contents.is_empty()) {
        return Err(Malformed);
    }
    algorithm.finish()?;
    Ok(oid)
}

/// The object identifier alone, which says what the parameters are.
fn name_of(mut algorithm: Reader<'_>) -> Result<&[u8], Malformed> {
    algorithm.oid()
}

/// The hash of RSASSA-PSS-params, whose defaults are all of SHA-1.
fn pss_hash(mut algorithm: Reader<'_>) -> Result<Hash, Refusal> {
    algorithm.oid()?;
    let mut parameters = algorithm.open(der::SEQUENCE)?;
    algorithm.finish()?;
    fn open<'a>(field: der::Element<'a>) -> Result<Reader<'a>, Malformed> {
        Reader::new(field.contents).open(der::SEQUENCE)
    }
    let hash = parameters.optional(der::context(0))?.ok_or(Refusal::WeakHash)?;
    let hash = Hash::read(open(hash)?)?;
    let mut mask = open(parameters.optional(der::context(1))?.ok_or(Refusal::WeakHash)?)?;
    if mask.oid()? != RSA_MGF1 {
        return Err(Refusal::UnknownAlgorithm);
    }
    let mask_hash = Hash::read(mask.open(der::SEQUENCE)?)?;
    mask.finish()?;
    let salt = match parameters.optional(der::context(2))? {
        Some(field) => Reader::new(field.contents).integer()?,
        None => &[20],
    };
    parameters.finish()?;
    if mask_hash != hash || salt != [hash.length()] { Err(Refusal::UnknownAlgorithm) } else { Ok(hash) }
}

/// A public key that may sign, as its certificate has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    kind: Kind,
    bytes: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa(usize),
    P256,
    P384,
}

impl<'a> Key<'a> {
    /// The key of a SubjectPublicKeyInfo.
    pub fn read(mut info: Reader<'a>) -> Result<Self, Refusal> {
        let mut algorithm = info.open(der::SEQUENCE)?;
        let bytes = info.bytes_of_bits()?;
        info.finish()?;
        let kind = match name_of(algorithm)? {
            RSA_ENCRYPTION => {
                identifier(algorithm, true)?;
                let bits = rsa_bits(bytes)?;
                if bits < *RSA_BITS.start() {
                    return Err(Refusal::WeakKey);
                }
                if bits > *RSA_BITS.end() {
                    return Err(Refusal::UnknownAlgorithm);
                }
                Kind::Rsa(bits)
            }
            EC_PUBLIC_KEY => {
                algorithm.oid()?;
                // A curve written out in full instead of named could be any.
                let curve = algorithm.optional(der::OID)?.ok_or(Refusal::UnknownAlgorithm)?.contents;
                algorithm.finish()?;
                match curve {
                    P256 => Kind::P256,
                    P384 => Kind::P384,
                    weak if WEAK_CURVES.contains(&weak) => return Err(Refusal::WeakKey),
                    _ => return Err(Refusal::UnknownAlgorithm),
                }
            }
            _ => return Err(Refusal::UnknownAlgorithm),
        };
        Ok(Self { kind, bytes })
    }

    /// As people write it.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Rsa(bits) => format!("RSA {bits}"),
            Kind::P256 => "P-256".into(),
            Kind::P384 => "P-384".into(),
        }
    }

    /// How this key signs; `pss` chooses between the two ways of RSA.
    pub fn algorithm(&self, pss: bool) -> Algorithm {
        let (padding, hash) = match self.kind {
            Kind::Rsa(_) if pss => (Padding::Pss, Hash::Sha256),
            Kind::Rsa(_) => (Padding::Pkcs1, Hash::Sha256),
            Kind::P256 => (Padding::Ecdsa, Hash::Sha256),
            Kind::P384 => (Padding::Ecdsa, Hash::Sha384),
        };
        Algorithm { padding, hash }
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
        use Hash::{Sha256, Sha384, Sha512};
        let verifier: &'static dyn VerificationAlgorithm = match (self.kind, algorithm.padding, algorithm.hash) {
            (Kind::Rsa(_), Padding::Pkcs1, Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa(_), Padding::Pkcs1, Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa(_), Padding::Pkcs1, Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (Kind::Rsa(_), Padding::Pss, Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
            (Kind::Rsa(_), Padding::Pss, Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
            (Kind::Rsa(_), Padding::Pss, Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
            (Kind::P256, Padding::Ecdsa, Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
            (Kind::P256, Padding::Ecdsa, Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
            (Kind::P384, Padding::Ecdsa, Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
            (Kind::P384, Padding::Ecdsa, Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
            (Kind::P256 | Kind::P384, Padding::Ecdsa, Sha512) => return Err(Refusal::UnknownAlgorithm),
            // An RSA signature of a key that is none, or the other way round.
            _ => return Ok(false),
        };
        Ok(UnparsedPublicKey::new(verifier, self.bytes).verify(message, signature).is_ok())
    }
}

/// Bits of the modulus of an RSAPublicKey.
fn rsa_bits(key: &[u8]) -> Result<usize, Malformed> {
    let mut whole = Reader::new(key);
    let mut key = whole.open(der::SEQUENCE)?;
    whole.finish()?;
    let modulus = match key.integer()? {
        [0, modulus @ ..] => modulus,
        modulus => modulus,
    };
    key.integer()?;
    key.finish()?;
    let zeros = modulus.first().ok_or(Malformed)?.leading_zeros() as usize;
    Ok(modulus.len() * 8 - zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rsa_key_has_nothing_after_it() {
        let modulus = [&[0, 0x80][..], &[1; 255]].concat();
        let key = der::write(der::SEQUENCE, &[&der::write(der::INTEGER, &[&modulus]), &[der::INTEGER, 1, 3]]);
        let algorithm = der::write(der::SEQUENCE, &[&der::write(der::OID, &[RSA_ENCRYPTION]), &[der::NULL, 0]]);
        let read = |key: &[u8]| {
            let info = [&algorithm[..], &der::write(der::BIT_STRING, &[&[0], key])].concat();
            Key::read(Reader::new(&info)).map(|key| key.name())
        };
        assert_eq!(read(&key), Ok("RSA 2048".into()));
        assert_eq!(read(&[&key[..], &[0]].concat()), Err(Refusal::Malformed));
    }
}
