//! SD-JWTs with two faults, or one that two rules fit: which of them is named.

use super::refused::{HEADER, disclosure, forged, holding, jwk, payload};
use super::*;

/// A document with this payload, whatever it is.
fn of_payload(payload: impl AsRef<[u8]>) -> String {
    format!("{}.{}.{}~", b64(HEADER.replace("JWK", &jwk())), b64(payload), b64([0; 64]))
}

fn of_header(header: &str) -> String {
    format!("{}~", forged(header, &payload("")))
}

fn with(members: &str) -> String {
    format!("{}~", forged(HEADER, &payload(members)))
}

fn without(part: &str, members: &str) -> String {
    let payload = payload(members);
    assert!(payload.contains(part));
    format!("{}~", forged(HEADER, &payload.replace(part, "")))
}

/// A document that discloses this value as `person`.
fn person(value: &str) -> String {
    let (group, digest) = disclosure(&format!(r#"["salt","person",{value}]"#));
    holding(&[&digest], &[&group])
}

/// A holder's key.
fn cnf(jwk: &str) -> String {
    format!(r#","cnf":{{"jwk":{jwk}}}"#)
}

pub fn two_faults() -> Vec<Value> {
    const LEDGER: &str =
        r#""ledger":{"chain":"hcmc-mau","issuer":"thcs-mau-1","batch":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"},"#;
    let small = b64([1u8].into_iter().chain([0; 31]).collect::<Vec<u8>>());
    let small = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{small}"}}"#);
    let p384 = r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#;
    let key = |jwk: &str| of_header(&HEADER.replace("JWK", jwk));
    let parts = |header: &str, payload: &str, signature: &str| format!("{header}.{payload}.{signature}~");
    let (good_header, good_payload) = (b64(HEADER.replace("JWK", &jwk())), b64(payload("")));
    let cases: Vec<(&str, String)> = vec![
        ("a member twice, and no JSON after it", of_payload(r#"{"a":1,"a":2,}"#)),
        ("no JSON, and a member twice after it", of_payload(r#"{"a":1.5,"b":1,"b":2}"#)),
        ("a member twice, the second of too many containers", of_payload(r#"{"a":1,"a":[[[[[[[[0]]]]]]]]}"#)),
        ("a member whose name comes twice before its colon is missing", of_payload(r#"{"a":1,"a" 2}"#)),
        ("too many containers, and no JSON after them", of_payload(r#"{"a":[[[[[[[["#)),
        ("a member twice, and a byte after it that is no UTF-8", of_payload(b"{\"a\":1,\"a\":2,\"b\":\"\xff\"}")),
        ("a list of too many containers in the place of a payload", of_payload("[[[[[[[[[0]]]]]]]]]")),
        ("a header that is no JSON, and a payload that is no base64url", parts("AA", "+", &b64([0; 64]))),
        ("a payload that is no JSON, and a signature that is no base64url", parts(&good_header, "AA", "+")),
        ("another header, and a signature that is no base64url", parts(&b64("{}"), &good_payload, "+")),
        ("another alg, and no jwk", of_header(r#"{"alg":"ES384","typ":"dc+sd-jwt","kid":"1"}"#)),
        ("another typ, and another alg", of_header(&HEADER.replace("dc+sd-jwt", "jwt").replace("Ed25519", "ES384"))),
        ("x with padding", key(&jwk().replace("\"}", "=\"}"))),
        ("another curve, and four members", key(p384)),
        ("another curve of the same kind", key(r#"{"kty":"OKP","crv":"Ed448","x":"AA"}"#)),
        ("another curve, and x that is no text", key(r#"{"kty":"OKP","crv":"Ed448","x":1}"#)),
        ("an unknown kind of key", key(r#"{"kty":"oct","crv":"P-256","k":"AA"}"#)),
        ("no curve", key(r#"{"kty":"RSA","n":"AA","e":"AQAB"}"#)),
        ("no digest algorithm", without(r#","_sd_alg":"sha-256""#, "")),
        ("a digest algorithm that is no text", of_payload(payload("").replace("\"sha-256\"", "256"))),
        ("another digest algorithm, and a claim that everybody sees", {
            of_payload(payload(r#","name":"An""#).replace("sha-256", "sha-512"))
        }),
        ("an unknown type, and a holder's key of small order", {
            format!("{}~", forged(HEADER, &payload(&cnf(&small)).replace("hoc-ba-thcs:1", "khac:1")))
        }),
        ("a holder's key of small order, and no ledger", without(LEDGER, &cnf(&small))),
        ("a holder's key of another curve, and a negative exp", with(&format!("{},\"exp\":-1", cnf(p384)))),
        ("a cnf of another form", with(r#","cnf":{"kid":"1"}"#)),
        ("a cnf with a further member", with(&cnf(&jwk()).replace("{\"jwk\"", "{\"kid\":\"1\",\"jwk\""))),
        ("a cnf whose jwk is text", with(r#","cnf":{"jwk":"x"}"#)),
        ("two members with faults: the first by name, not in the text", {
            person(r#"{"b":{"_sd":"x"},"a":{"_sd_alg":"sha-256"}}"#)
        }),
        ("two members with faults: names in the order of UTF-8, not of UTF-16", {
            person(r#"{"😀":{"_sd_alg":"sha-256"},"～":{"_sd":"x"}}"#)
        }),
        ("a reserved member after one with a fault", person(r#"{"A":{"_sd":"x"},"_sd_alg":"sha-256"}"#)),
        ("digests that are no list, and a reserved member", person(r#"{"...":1,"_sd":"x"}"#)),
        ("digests with faults: in the order of the list", holding(&["x", "x"], &[])),
    ];
    cases.iter().map(|(description, sd_jwt)| vector(description, sd_jwt, None)).collect()
}
