//! Documents signed with keys of P-256, and what is refused of them.

use sogoc_ledger::signature::PublicKey;

use super::refused::{HEADER, jwk, payload};
use super::*;
use crate::vectors::unhex;

/// The prime of the field, the order of the base point.
const PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

const ES256_HEADER: &str = r#"{"alg":"ES256","typ":"dc+sd-jwt","jwk":JWK}"#;

fn key(seed: u8) -> signature::SigningKey {
    signature::SigningKey::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
}

pub fn holder() -> signature::SigningKey {
    key(220)
}

/// Sealed in a batch of their own, by the issuer's key of P-256.
pub fn plans() -> Vec<Plan> {
    let batch = "10101010101010101010101010101010";
    let plan = |plan: Plan| Plan { batch, bound: false, expires: None, signer: key(200), ..plan };
    let [first, second]: [Plan; 2] = super::plans().into_iter().take(2).collect::<Vec<_>>().try_into().ok().unwrap();
    let about = "sealed with a key of P-256, signed with the other";
    vec![
        Plan { name: "es256", about: "signed with a key of P-256, as its holder's is", bound: true, ..plan(first) },
        Plan {
            name: "es256-other-key",
            about,
            index: 1,
            signer: signature::SigningKey::Ed25519(issuer()),
            ..plan(second)
        },
    ]
}

/// `a + b` or `a − b` of 32-byte numbers.
fn sum(a: &[u8], b: &[u8], subtract: bool) -> Vec<u8> {
    let (mut out, mut carry) = (vec![0; 32], 0);
    for at in (0..32).rev() {
        let b = i32::from(b[at]) + carry;
        let digit = if subtract { i32::from(a[at]) - b } else { i32::from(a[at]) + b };
        out[at] = digit.rem_euclid(256) as u8;
        carry = i32::from(!(0..256).contains(&digit));
    }
    out
}

/// The JWT with `n − s` in the place of `s`: the other signature that ECDSA knows.
pub fn twin(jwt: &str) -> String {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let (r, s) = signature.split_at(32);
    format!("{signed}.{}", b64([r, &sum(&unhex(ORDER), s, true)].concat()))
}

/// The same signature as X.509 and most tools write it: DER.
fn der(jwt: &str) -> String {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap();
    format!("{signed}.{}", b64(signature.to_der()))
}

/// A document over any header, payload and key.
fn forged(header: &str, jwk: &str, payload: &str, signer: &signature::SigningKey) -> String {
    let signed = format!("{}.{}", b64(header.replace("JWK", jwk)), b64(payload));
    format!("{signed}.{}~", b64(signer.sign_raw(signed.as_bytes()).0))
}

/// The JWK of a point, in whatever spelling.
fn ec(x: &[u8], y: &[u8]) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, b64(x), b64(y))
}

/// Both coordinates of a compressed point.
fn coordinates(compressed: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let point = p256::ecdsa::VerifyingKey::from_sec1_bytes(compressed).unwrap().to_encoded_point(false);
    (point.x().unwrap().to_vec(), point.y().unwrap().to_vec())
}

pub fn vectors(documents: &[Value]) -> Vec<Value> {
    let named = |name: &str| {
        let found = documents.iter().find(|document| text(document, "name") == name).unwrap();
        (text(found, "sd_jwt"), text(found, "jwt"))
    };
    let (sd_jwt, jwt) = named("es256");
    let with_jwt = |changed: String| sd_jwt.replacen(jwt, &changed, 1);
    let mut vectors = vec![
        vector("es256, everything", sd_jwt, None),
        vector("es256-other-key, everything", named("es256-other-key").0, None),
        vector("es256, present [\"name\"]", &present(&SdJwt::parse(sd_jwt).unwrap(), &["name"]).unwrap(), None),
    ];
    let flipped = {
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let mut signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
        signature[63] ^= 1;
        format!("{signed}.{}", b64(signature))
    };
    let mut cases = vec![
        ("a high s", with_jwt(twin(jwt))),
        ("a signature in DER", with_jwt(der(jwt))),
        ("a signature over something else", with_jwt(flipped)),
    ];
    cases.extend(keys());
    vectors.extend(cases.iter().map(|(description, sd_jwt)| vector(&format!("es256: {description}"), sd_jwt, None)));
    vectors.extend(bindings(sd_jwt, text(&documents[0], "sd_jwt")));
    vectors
}

/// Headers and holders' keys; each document is signed by the key that it should name.
fn keys() -> Vec<(&'static str, String)> {
    let PublicKey::P256(own) = key(200).public_key() else { panic!("a key of another kind") };
    let (x, y) = coordinates(&own);
    let other_y = sum(&unhex(PRIME), &y, true);
    let five = [&[0; 31][..], &[5]].concat();
    let (_, y_of_five) = coordinates(&[&[2][..], &five].concat());
    let beyond = sum(&unhex(PRIME), &five, false);
    let good = ec(&x, &y);
    let of = |jwk: &str| forged(ES256_HEADER, jwk, &payload(""), &key(200));
    let held = |holder: &str| {
        let payload = payload(&format!(r#","cnf":{{"jwk":{holder}}}"#));
        forged(HEADER, &jwk(), &payload, &signature::SigningKey::Ed25519(issuer()))
    };
    vec![
        (
            "members of the key in another order",
            of(&format!(r#"{{"y":"{}","x":"{}","crv":"P-256","kty":"EC"}}"#, b64(&y), b64(&x))),
        ),
        ("alg Ed25519", forged(HEADER, &good, &payload(""), &key(200))),
        ("a key of Ed25519", forged(ES256_HEADER, &jwk(), &payload(""), &signature::SigningKey::Ed25519(issuer()))),
        ("alg ES384, and this key", forged(&ES256_HEADER.replace("ES256", "ES384"), &good, &payload(""), &key(200))),
        ("a key of P-384", of(&good.replace("P-256", "P-384"))),
        ("a key of secp256k1", of(&good.replace("P-256", "secp256k1"))),
        ("kty OKP and crv P-256", of(&good.replace("EC", "OKP"))),
        ("kty EC and crv Ed25519", of(&good.replace("P-256", "Ed25519"))),
        ("the other point of this x: another key", of(&ec(&x, &other_y))),
        ("a point off the curve", of(&ec(&y, &x))),
        ("the point 0, 0", of(&ec(&[0; 32], &[0; 32]))),
        ("a point whose x is 5", of(&ec(&five, &y_of_five))),
        ("the same with x + p", of(&ec(&beyond, &y_of_five))),
        ("x of 31 bytes", of(&ec(&x[1..], &y))),
        ("y of 33 bytes", of(&ec(&x, &[&[0], &y[..]].concat()))),
        ("no y", of(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{}"}}"#, b64(&x)))),
        ("y with padding", of(&good.replace("\"}", "=\"}"))),
        ("y that is a number", of(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":7}}"#, b64(&x)))),
        ("a fifth member of the key", of(&good.replace('}', ",\"kid\":\"1\"}"))),
        ("a holder's key of P-256", held(&good)),
        ("a holder's key off the curve", held(&ec(&y, &x))),
        ("a holder's key of P-384, and a point that is none", held(&ec(&y, &x).replace("P-256", "P-384"))),
    ]
}

/// Bindings by a holder with a key of P-256, and by one without.
fn bindings(sd_jwt: &str, of_ed25519: &str) -> Vec<Value> {
    let good = bound_with(&holder(), sd_jwt, &["name"]);
    let renamed = |good: &str, name: &str, signer: &signature::SigningKey| {
        let (presentation, kb) = good.rsplit_once('~').unwrap();
        let payload = kb.split('.').nth(1).unwrap();
        let signed = format!("{}.{payload}", b64(format!(r#"{{"alg":"{name}","typ":"kb+jwt"}}"#)));
        format!("{presentation}~{signed}.{}", b64(signer.sign_raw(signed.as_bytes()).0))
    };
    let (presentation, kb) = good.rsplit_once('~').unwrap();
    let by_ed25519 = bound(of_ed25519, &["name"]);
    let ed25519 = signature::SigningKey::Ed25519(super::holder());
    [
        ("es256, bound to its holder", good.clone()),
        ("es256, binding: alg Ed25519", renamed(&good, "Ed25519", &holder())),
        ("es256, binding: alg EdDSA", renamed(&good, "EdDSA", &holder())),
        ("es256, binding: a high s", format!("{presentation}~{}", twin(kb))),
        ("es256, binding: by another key", renamed(&good, "ES256", &key(221))),
        ("binding: alg ES256 by a key of Ed25519", renamed(&by_ed25519, "ES256", &ed25519)),
        (
            "binding: alg ES256 by a key of P-256, where the holder's is of Ed25519",
            renamed(&by_ed25519, "ES256", &holder()),
        ),
    ]
    .iter()
    .map(|(description, sd_jwt)| vector(description, sd_jwt, Some(asked_here())))
    .collect()
}
