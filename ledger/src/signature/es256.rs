//! ECDSA on P-256 with SHA-256, as tokens and desk software sign: `ES256` of RFC 7518 §3.4.
//!
//! # Rule
//!
//! With `n` the order of the base point `G`, a signature `r ‖ s` by key `Q` over `M` is accepted if and only if
//!
//! 1. `Q` is `02` or `03` and an x below the field's prime to which there is a y: a point of the curve, compressed;
//! 2. `0 < r < n` and `0 < s ≤ (n − 1) / 2`: with `s` also `n − s` would verify, and one document would have two leaves;
//! 3. the x of `[e/s]G + [r/s]Q` is `r` modulo `n`, `e = SHA-256(M)` (FIPS 186-5 §6.4.2).
//!
//! Signers that give a high `s` are put right by whoever holds the signature: `s → n − s`.
//!
//! # Sources
//! SEC 1 §2.3.3 (points), FIPS 186-5 §6.4, RFC 6979 (nonces), RFC 7518 §3.4 and §6.2.1 (JOSE).

use p256::EncodedPoint;
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{self, SigningKey, VerifyingKey};

use super::Signature;

/// The point, if the bytes are a compressed one. The crate would also read the form `05` of another standard.
fn point(bytes: &[u8; 33]) -> Option<VerifyingKey> {
    if matches!(bytes[0], 2 | 3) { VerifyingKey::from_sec1_bytes(bytes).ok() } else { None }
}

/// Whether `signature` is the key's over `message`.
pub(super) fn verifies(key: &[u8; 33], message: &[u8], signature: &Signature) -> bool {
    let Some(key) = point(key) else { return false };
    ecdsa::Signature::from_slice(&signature.0)
        .is_ok_and(|signature| signature.normalize_s().is_none() && key.verify(message, &signature).is_ok())
}

/// Signs with the nonce of RFC 6979 and a low `s`.
pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Signature {
    let signature: ecdsa::Signature = key.sign(message);
    Signature(signature.normalize_s().unwrap_or(signature).to_bytes().into())
}

/// The public half, compressed.
pub(super) fn public(key: &SigningKey) -> [u8; 33] {
    compressed(&key.verifying_key().to_encoded_point(false)).expect("the point of a secret key has both coordinates")
}

/// Both coordinates; `None` if the bytes are no point of the curve.
pub(super) fn coordinates(key: &[u8; 33]) -> Option<([u8; 32], [u8; 32])> {
    let point = point(key)?.to_encoded_point(false);
    Some(((*point.x()?).into(), (*point.y()?).into()))
}

/// The compressed form of a point; `None` if it is not on the curve.
pub(super) fn compress(x: &[u8; 32], y: &[u8; 32]) -> Option<[u8; 33]> {
    let point = EncodedPoint::from_affine_coordinates(x.into(), y.into(), false);
    compressed(&VerifyingKey::from_encoded_point(&point).ok()?.to_encoded_point(false))
}

fn compressed(point: &EncodedPoint) -> Option<[u8; 33]> {
    point.compress().as_bytes().try_into().ok()
}
