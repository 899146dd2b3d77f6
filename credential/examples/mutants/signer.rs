//! Keys that sign: plain ones of either kind, and ones outside the subgroup of the base point, for which the equations
//! with and without the cofactor give different answers.

use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};
use sogoc_ledger::block::Header;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::signature::{self, PublicKey, Signature};
use sogoc_ledger::validator::{Certificate, Validator, ValidatorSet, VoteKind, vote_bytes};

use crate::random::Random;

#[derive(Clone)]
pub enum Signer {
    Plain(signature::SigningKey),
    /// `A = secret·B + torsion`.
    Mixed {
        secret: Scalar,
        key: [u8; 32],
    },
}

impl Signer {
    /// The key of a published seed.
    pub fn plain(seed: u8) -> Self {
        Self::Plain(signature::SigningKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32])))
    }

    /// The same of P-256.
    pub fn p256(seed: u8) -> Self {
        Self::Plain(signature::SigningKey::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap()))
    }

    /// Its name in a header.
    pub fn algorithm(&self) -> &'static str {
        self.public().algorithm().name()
    }

    pub fn mixed(random: &mut Random) -> Self {
        let secret = scalar(random);
        let point = ED25519_BASEPOINT_TABLE * &secret + EIGHT_TORSION[1 + random.below(7)];
        Self::Mixed { secret, key: point.compress().0 }
    }

    pub fn public(&self) -> PublicKey {
        match self {
            Self::Plain(key) => key.public_key(),
            Self::Mixed { key, .. } => PublicKey::Ed25519(*key),
        }
    }

    /// A signature; of a mixed key one that holds with the cofactor, and without it now and then.
    pub fn sign(&self, random: &mut Random, message: &[u8]) -> [u8; 64] {
        match self {
            Self::Plain(key) => key.sign_raw(message).0,
            Self::Mixed { secret, key } => {
                let nonce = scalar(random);
                let commitment = ED25519_BASEPOINT_TABLE * &nonce + EIGHT_TORSION[random.below(8)];
                let commitment = commitment.compress().0;
                let hash = Sha512::new().chain_update(commitment).chain_update(key).chain_update(message);
                let challenge = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(&commitment);
                signature[32..].copy_from_slice((nonce + challenge * secret).as_bytes());
                signature
            }
        }
    }
}

fn scalar(random: &mut Random) -> Scalar {
    let mut wide = [0; 64];
    wide.copy_from_slice(&random.bytes(64));
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// Validators who sign together.
#[derive(Clone)]
pub struct Era {
    pub signers: Vec<Signer>,
    pub set: ValidatorSet,
}

impl Era {
    pub fn new(mut members: Vec<(Signer, u32)>) -> Self {
        members.sort_by_key(|(signer, _)| signer.public());
        members.dedup_by_key(|(signer, _)| signer.public());
        let validators = members.iter().map(|(signer, power)| Validator { key: signer.public(), power: *power });
        let set = ValidatorSet::new(validators.collect()).unwrap();
        Self { signers: members.into_iter().map(|(signer, _)| signer).collect(), set }
    }

    /// A set of a size and powers as they come.
    pub fn any(random: &mut Random) -> Self {
        // Mostly small: a second verifier is asked about every signature.
        let size = random.of(&[1, 1, 1, 1, 1, 1, 2, 3, 4, 9]);
        let seed = random.below(30) as u8;
        let even = random.one_in(2);
        let power = |random: &mut Random| if even { 1 } else { 1 + random.below(9) as u32 };
        Self::new((0..size).map(|at| (Signer::plain(1 + seed + at), power(random))).collect())
    }

    /// Signers with more than two thirds of the power, none of them to spare.
    pub fn quorum(&self, random: &mut Random) -> Vec<usize> {
        let power = |at: usize| u64::from(self.set.members()[at].power);
        let mut left = self.set.total_power();
        let (mut chosen, mut signed) = (Vec::new(), 0);
        for at in 0..self.signers.len() {
            left -= power(at);
            if random.one_in(3) && self.set.is_quorum(signed + left) {
                continue;
            }
            chosen.push(at);
            signed += power(at);
            if self.set.is_quorum(signed) {
                break;
            }
        }
        chosen
    }

    pub fn certify(&self, random: &mut Random, header: &Header) -> Certificate {
        let chosen = self.quorum(random);
        self.certificate(random, header, &chosen, VoteKind::Precommit, 0)
    }

    /// The votes of the `chosen` members for a header, whether they make it final or not.
    pub fn certificate(
        &self,
        random: &mut Random,
        header: &Header,
        chosen: &[usize],
        kind: VoteKind,
        round: u32,
    ) -> Certificate {
        let vote = vote_bytes(&header.chain, kind, header.height, round, Some(&header.hash()));
        let message = Domain::VOTE.message(&vote);
        let mut bitmap = vec![0u8; self.signers.len().div_ceil(8)];
        chosen.iter().for_each(|at| bitmap[at / 8] |= 1 << (at % 8));
        let signatures = chosen.iter().map(|at| Signature(self.signers[*at].sign(random, &message)));
        Certificate { round, signers: List::new(bitmap).unwrap(), signatures: List::new(signatures.collect()).unwrap() }
    }
}

/// Validators that decode as a set, whether they are one or not.
pub fn unchecked(validators: Vec<Validator>) -> ValidatorSet {
    let list: List<Validator, 128> = List::new(validators).unwrap();
    codec::decode(&codec::encode(&list)).unwrap()
}

/// A signature changed as an attacker would who cannot sign.
pub fn tampered(random: &mut Random, signature: &[u8; 64]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = signature.to_vec();
    if random.one_in(2) {
        return tampered_as_es256(random, bytes);
    }
    match random.below(12) {
        // S + k·L, as long as it fits: the same scalar.
        0 => {
            for _ in 0..1 + random.below(8) {
                let mut carry = 0;
                for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
                    carry += u16::from(*byte) + u16::from(order);
                    *byte = carry as u8;
                    carry >>= 8;
                }
            }
        }
        1 => bytes[32..].copy_from_slice(&ORDER),
        2 => bytes[32..].fill(0),
        3 => bytes[63] |= random.of(&[0x20, 0x40, 0x80, 0xe0]),
        4 => bytes[..32].copy_from_slice(&weak_point(random)),
        5 => {
            bytes = [weak_point(random).as_slice(), &[0; 32]].concat();
        }
        // The same point with torsion, or with its sign turned.
        6 => {
            let point = curve25519_dalek::edwards::CompressedEdwardsY(signature[..32].try_into().unwrap());
            let point = point.decompress().map(|point| point + EIGHT_TORSION[1 + random.below(7)]);
            bytes[..32].copy_from_slice(&point.map_or(random.hash().0, |point| point.compress().0));
        }
        7 => bytes[31] ^= 0x80,
        8 => bytes.rotate_left(32),
        9 => bytes.truncate(random.below(64)),
        10 => {
            let more = 1 + random.below(64);
            bytes.extend(random.bytes(more));
        }
        _ => {
            let bit = random.below(512);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    bytes
}

/// The same with what stands for nothing, or for the same, modulo the order of P-256.
fn tampered_as_es256(random: &mut Random, mut bytes: Vec<u8>) -> Vec<u8> {
    let half = 32 * random.below(2);
    let number = &mut bytes[half..half + 32];
    match random.below(8) {
        // n − s, mostly: the signature that every other library takes.
        0..=2 => {
            let twin = minus(&P256_ORDER, &bytes[32..]);
            bytes[32..].copy_from_slice(&twin);
        }
        3 => number.fill(0),
        4 => number.copy_from_slice(&P256_ORDER),
        // Beyond the order, and the same modulo it if it fits.
        5 => {
            let more = minus(number, &minus(&[0; 32], &P256_ORDER));
            number.copy_from_slice(&more);
        }
        6 => bytes.rotate_left(32),
        _ => {
            let at = random.below(32);
            number[at] = number[at].wrapping_add(1);
        }
    }
    bytes
}

/// The order of P-256's base point.
pub const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The prime of its field.
pub const P256_PRIME: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff,
];

/// The y of a point whose x is 5, and so may be spelt p + 5.
pub const FIVE_HAS_Y: [u8; 32] = [
    0x45, 0x92, 0x43, 0xb9, 0xaa, 0x58, 0x18, 0x06, 0xfe, 0x91, 0x3b, 0xce, 0x99, 0x81, 0x7a, 0xde, 0x11, 0xca, 0x50,
    0x3c, 0x64, 0xd9, 0xa3, 0xc5, 0x33, 0x41, 0x5c, 0x08, 0x32, 0x48, 0xfb, 0xcc,
];

/// `a − b` modulo 2²⁵⁶, most significant byte first.
pub fn minus(a: &[u8], b: &[u8]) -> [u8; 32] {
    let (mut difference, mut borrow) = ([0; 32], 0);
    for at in (0..32).rev() {
        let digit = i32::from(a[at]) - i32::from(b[at]) - borrow;
        difference[at] = digit.rem_euclid(256) as u8;
        borrow = i32::from(digit < 0);
    }
    difference
}

/// An encoding that is no acceptable point: of small order, in a second spelling, or of no point at all.
pub fn weak_point(random: &mut Random) -> [u8; 32] {
    let mut bytes = EIGHT_TORSION[random.below(8)].compress().0;
    match random.below(6) {
        0 | 1 => {}
        2 => bytes[31] ^= 0x80,
        // y = p + 0 to p + 18, and the two above.
        3 | 4 => {
            bytes = [0xff; 32];
            bytes[0] = 0xed + random.below(19) as u8;
            bytes[31] = random.of(&[0x7f, 0xff]);
        }
        _ => bytes = random.hash().0,
    }
    bytes
}
