//! Signatures and thumbprints of P-256, for `signatures.json` and `hashes.json`.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::signature::{PublicKey, Signature, SigningKey};

use crate::hashes::signature_answer;
use crate::vectors::{case, hex, unhex};

/// The order of P-256's base point, half of it (the largest s), and the prime of its field.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const HALF_ORDER: &str = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";
const PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

fn key(seed: u8) -> SigningKey {
    SigningKey::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
}

fn bytes_of(key: &SigningKey) -> [u8; 33] {
    let PublicKey::P256(bytes) = key.public_key() else { panic!("a key of another kind") };
    bytes
}

pub fn thumbprint_vector(seed: u8) -> Value {
    let public = key(seed).public_key();
    json!({ "algorithm": "ES256", "key": hex(&bytes_of(&key(seed))), "jwk": public.jwk(), "thumbprint": public.thumbprint() })
}

/// `a + b` or `a − b` of 32-byte numbers whose result is one.
fn sum(a: &[u8], b: &[u8], subtract: bool) -> [u8; 32] {
    let (mut out, mut carry) = ([0; 32], 0);
    for at in (0..32).rev() {
        let b = i32::from(b[at]) + carry;
        let digit = if subtract { i32::from(a[at]) - b } else { i32::from(a[at]) + b };
        out[at] = digit.rem_euclid(256) as u8;
        carry = i32::from(!(0..256).contains(&digit));
    }
    out
}

/// Sound signatures of P-256, the same with each of r and s beyond its range, and keys that are no points.
pub fn signature_vectors() -> Vec<Value> {
    let (mut vectors, message) = (Vec::new(), Domain::TRANSACTION.message(b"m"));
    let mut add = |description: &str, key: &[u8; 33], message: &[u8], r: &[u8], s: &[u8]| {
        let signature = [r, s].concat();
        let vector =
            json!({ "algorithm": "ES256", "key": hex(key), "message": hex(message), "signature": hex(&signature) });
        let answer = signature_answer(&vector);
        vectors.push(case(&format!("ES256: {description}"), vector, answer));
    };
    let first = bytes_of(&key(1));
    let Signature(sound) = key(1).sign_raw(&message);
    let (r, s) = sound.split_at(32);
    let [order, half, prime] = [ORDER, HALF_ORDER, PRIME].map(unhex);
    let number = |small: u8| [&[0; 31][..], &[small]].concat();
    let (zero, one) = (number(0), number(1));
    for seed in 1..=4 {
        let Signature(sound) = key(seed).sign_raw(&message);
        add(&format!("sound, key {seed}"), &bytes_of(&key(seed)), &message, &sound[..32], &sound[32..]);
    }
    add("another message", &first, b"m", r, s);
    add("of another key", &bytes_of(&key(2)), &message, r, s);
    add("high s: n - s", &first, &message, r, &sum(&order, s, true));
    add("r + 1", &first, &message, &sum(r, &one, false), s);
    add("s + 1", &first, &message, r, &sum(s, &one, false));
    add("r and s exchanged", &first, &message, s, r);
    for (name, number) in
        [("0", &zero[..]), ("n", &order), ("n + 1", &sum(&order, &one, false)), ("2^256 - 1", &[0xff; 32])]
    {
        add(&format!("r is {name}"), &first, &message, number, s);
        add(&format!("s is {name}"), &first, &message, r, number);
    }
    add("r and s are 0", &first, &message, &zero, &zero);
    add("r and s are 1", &first, &message, &one, &one);
    add("the other point of this x", &[&[first[0] ^ 1], &first[1..]].concat().try_into().unwrap(), &message, r, s);
    for byte in [0, 4, 5, 6] {
        add(
            &format!("a key that begins with {byte:02x}"),
            &[&[byte], &first[1..]].concat().try_into().unwrap(),
            &message,
            r,
            s,
        );
    }
    let with_x = |x: &[u8]| <[u8; 33]>::try_from([&[2], x].concat()).unwrap();
    add("a key whose x is on no point", &with_x(&one), &message, r, s);
    add("a key whose x is 0, a point", &with_x(&zero), &message, r, s);
    add("a key whose x is 5, a point", &with_x(&number(5)), &message, r, s);
    add("the same spelt p + 5", &with_x(&sum(&prime, &number(5), false)), &message, r, s);
    // Made the other way round: R and s are chosen, and the key computed.
    let three = p256::ProjectivePoint::GENERATOR * p256::Scalar::from(3u64);
    let beyond = (1..).find_map(|small| point(&sum(&order, &number(small), false))).unwrap();
    for (description, commitment, s) in [
        ("s is (n - 1) / 2, the largest", three, half.clone()),
        ("s is (n + 1) / 2", three, sum(&half, &one, false).to_vec()),
        ("the x of R is above n, and r is x - n", beyond, number(7)),
    ] {
        let (key, r) = key_for(commitment, &message, &s);
        add(description, &key, &message, &r, &s);
    }
    vectors
}

fn point(x: &[u8; 32]) -> Option<p256::ProjectivePoint> {
    use p256::elliptic_curve::sec1::FromEncodedPoint;
    let compressed = p256::EncodedPoint::from_bytes([&[2][..], x].concat()).ok()?;
    Option::<p256::AffinePoint>::from(p256::AffinePoint::from_encoded_point(&compressed))
        .map(p256::ProjectivePoint::from)
}

/// A key and an r with which `s` is a signature with the commitment R: Q = (s R − e G) / r.
fn key_for(commitment: p256::ProjectivePoint, message: &[u8], s: &[u8]) -> ([u8; 33], [u8; 32]) {
    use p256::elliptic_curve::PrimeField;
    use p256::elliptic_curve::ops::Reduce;
    use p256::elliptic_curve::{point::AffineCoordinates, sec1::ToEncodedPoint};
    let scalar = |bytes: &[u8]| <p256::Scalar as Reduce<p256::U256>>::reduce_bytes(p256::FieldBytes::from_slice(bytes));
    let r = scalar(&commitment.to_affine().x());
    let e = scalar(&Sha256::digest(message));
    let key = (commitment * scalar(s) - p256::ProjectivePoint::GENERATOR * e) * r.invert().unwrap();
    (key.to_affine().to_encoded_point(true).as_bytes().try_into().unwrap(), r.to_repr().into())
}
