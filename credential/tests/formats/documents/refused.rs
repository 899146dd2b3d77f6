//! SD-JWTs that are refused: one thing wrong in each.

use sha2::{Digest, Sha256};

use super::*;
use crate::vectors::unhex;

/// A disclosure and its digest.
pub fn disclosure(json: &str) -> (String, String) {
    let disclosure = b64(json);
    let digest = b64(Sha256::digest(&disclosure));
    (disclosure, digest)
}

pub const HEADER: &str = r#"{"alg":"Ed25519","typ":"dc+sd-jwt","jwk":JWK}"#;

pub fn jwk() -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, b64(issuer().verifying_key().to_bytes()))
}

pub fn payload(members: &str) -> String {
    let ledger = r#"{"chain":"hcmc-mau","issuer":"thcs-mau-1","batch":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"}"#;
    format!(
        r#"{{"iss":"thcs-mau-1","vct":"urn:sogoc:hoc-ba-thcs:1","schema":"1","date":"2026-05-31","ledger":{ledger},"_sd_alg":"sha-256"{members}}}"#
    )
}

/// A JWT over any header and payload, by the issuer's key.
pub fn forged(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", b64(header.replace("JWK", &jwk())), b64(payload));
    let signature = b64(issuer().sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

/// A document whose payload holds these digests, with these disclosures.
pub fn holding(digests: &[&str], disclosures: &[&str]) -> String {
    let list = digests.iter().map(|digest| format!("\"{digest}\"")).collect::<Vec<_>>().join(",");
    let mut text = forged(HEADER, &payload(&format!(r#","_sd":[{list}]"#)));
    text.push('~');
    for disclosure in disclosures {
        text.push_str(disclosure);
        text.push('~');
    }
    text
}

/// Containers in one another, each behind the digest of the one below.
fn chained(containers: usize) -> String {
    let (mut disclosures, mut value) = (vec![], "{}".to_owned());
    let mut digest = String::new();
    for _ in 0..containers {
        let (disclosure, of_it) = disclosure(&format!(r#"["salt","person",{value}]"#));
        value = format!(r#"{{"_sd":["{of_it}"]}}"#);
        disclosures.push(disclosure);
        digest = of_it;
    }
    holding(&[&digest], &disclosures.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A document whose pointer names no issuer of a ledger.
pub fn without_pointer() -> String {
    format!("{}~", forged(HEADER, &payload("").replace(r#""issuer":"thcs-mau-1""#, r#""issuer":"urn:x""#)))
}

/// Adds the group order to `S`: the same equation, another spelling.
fn plus_order(signature: &str) -> String {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut bytes = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let mut carry = 0;
    for (at, byte) in unhex(ORDER).into_iter().enumerate() {
        let sum = u16::from(bytes[32 + at]) + u16::from(byte) + carry;
        (bytes[32 + at], carry) = (sum as u8, sum >> 8);
    }
    b64(bytes)
}

pub fn damaged(documents: &[Value]) -> Vec<Value> {
    let first = text(&documents[0], "sd_jwt");
    let jwt = text(&documents[0], "jwt");
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let disclosures: Vec<&str> = first.split('~').skip(1).filter(|part| !part.is_empty()).collect();
    let leaf_of_person = disclosures[0];
    let with = |members: &str| format!("{}~", forged(HEADER, &payload(members)));
    let headed = |header: &str| format!("{}~", forged(header, &payload("")));
    let replaced = |from: &str, to: &str| format!("{}~", forged(HEADER, &payload("").replace(from, to)));
    let (name, name_digest) = disclosure(r#"["salt","name","An"]"#);
    let nested = |inner: &str| {
        let (group, digest) = disclosure(&format!(r#"["salt","person",{inner}]"#));
        holding(&[&digest], &[&group])
    };
    let alone = |json: &str| {
        let (disclosure, digest) = disclosure(json);
        holding(&[&digest], &[&disclosure])
    };
    let deep = |containers: usize| {
        let lists = containers - 1;
        alone(&format!(r#"["salt","person",{}1{}]"#, "[".repeat(lists), "]".repeat(lists)))
    };
    let mut flipped = Base64UrlUnpadded::decode_vec(signature).unwrap();
    flipped[0] ^= 1;
    let small = b64([1u8].into_iter().chain([0; 31]).collect::<Vec<u8>>());
    let beyond = b64([0xf0u8].into_iter().chain([0xff; 30]).chain([0x7f]).collect::<Vec<u8>>());
    let other_x = |x: &str| headed(&HEADER.replace("JWK", &format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)));
    let cases: Vec<(&str, String)> = vec![
        ("no tilde", jwt.to_owned()),
        ("two tildes in a row", format!("{jwt}~~")),
        ("two parts instead of three", format!("{signed}~")),
        ("padded base64url", format!("{jwt}=~")),
        (
            "spare bits in base64url",
            format!("{}~", {
                let last = signature.as_bytes()[85];
                let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                let at = alphabet.iter().position(|byte| *byte == last).unwrap();
                format!("{signed}.{}{}", &signature[..85], alphabet[at + 1] as char)
            }),
        ),
        ("a member twice", with(r#","date":"2026-05-31""#)),
        ("a member twice, and what is no JSON after its second name", with(r#","x":1,"x":y"#)),
        ("what is no JSON, and then a member twice", with(r#","x":y,"x":1"#)),
        ("a member twice, with a value that is too deep", with(r#","x":1,"x":[[[[[[[[[]]]]]]]]]"#)),
        ("a float", with(r#","exp":1.0"#)),
        ("minus zero", with(r#","exp":-0"#)),
        ("an integer beyond 64 bits", with(r#","exp":18446744073709551616"#)),
        ("the year 0000", replaced("2026-05-31", "0000-02-29")),
        ("text after the JSON", format!("{}~", forged(HEADER, &format!("{}x", payload(""))))),
        ("a fourth header member", headed(r#"{"alg":"Ed25519","typ":"dc+sd-jwt","jwk":JWK,"kid":"1"}"#)),
        ("another typ", headed(&HEADER.replace("dc+sd-jwt", "vc+sd-jwt"))),
        ("alg EdDSA", headed(&HEADER.replace("\"Ed25519\",\"typ", "\"EdDSA\",\"typ"))),
        ("alg none", headed(&HEADER.replace("\"Ed25519\",\"typ", "\"none\",\"typ"))),
        ("a fourth member of the key", headed(&HEADER.replace("JWK", &jwk().replace("}", ",\"kid\":\"1\"}")))),
        ("a key of another curve", headed(&HEADER.replace("JWK", r#"{"kty":"EC","crv":"P-384","x":"AA"}"#))),
        ("a key whose y is not below the modulus", other_x(&beyond)),
        ("a key of small order", other_x(&small)),
        ("another digest algorithm", replaced("sha-256", "sha-512")),
        ("an unknown type", replaced("hoc-ba-thcs:1", "khac:1")),
        ("an unknown schema version", replaced("\"schema\":\"1\"", "\"schema\":\"2\"")),
        ("a schema version that is a number", replaced("\"schema\":\"1\"", "\"schema\":1")),
        ("a claim that everybody sees", with(r#","name":"An""#)),
        ("a date that is none", replaced("2026-05-31", "2026-02-30")),
        ("a batch id in upper case", replaced("0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", "0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A")),
        ("a holder's key that is none, and an exp that is none", with(r#","exp":"x","cnf":{"jwk":{}}"#)),
        ("a negative exp", with(r#","exp":-1"#)),
        ("a disclosure that is not canonical base64url", format!("{first}AB~")),
        ("a disclosure that is no array", alone(r#"{"salt":"name"}"#)),
        ("a disclosure of four elements", alone(r#"["salt","name","An",1]"#)),
        ("a disclosure without text for a salt", alone(r#"[1,"name","An"]"#)),
        ("a disclosure twice", format!("{first}{leaf_of_person}~")),
        ("a disclosure of another document", format!("{first}{name}~")),
        ("a disclosure without its container", format!("{jwt}~{leaf_of_person}~")),
        ("an element of a list in the place of a member", alone(r#"["salt","An"]"#)),
        ("a member in the place of an element of a list", {
            let (member, digest) = disclosure(r#"["salt","subject","Toán"]"#);
            let (list, list_digest) = disclosure(&format!(r#"["salt","subjects",[{{"...":"{digest}"}}]]"#));
            holding(&[&list_digest], &[&list, &member])
        }),
        ("a digest twice", holding(&[&name_digest, &name_digest], &[])),
        ("a digest of 31 bytes", holding(&[&b64([7; 31])], &[])),
        ("digests that are no list", with(r#","_sd":"x""#)),
        ("a digest in a list beside another member", {
            let (list, digest) = disclosure(&format!(r#"["salt","subjects",[{{"...":"{name_digest}","x":"y"}}]]"#));
            holding(&[&digest], &[&list])
        }),
        ("a disclosure named _sd", alone(r#"["salt","_sd","An"]"#)),
        ("a disclosure named as a member that is there", alone(r#"["salt","iss","An"]"#)),
        ("a disclosure named as a member that is not there", alone(r#"["salt","exp","An"]"#)),
        ("_sd_alg inside", nested(r#"{"_sd_alg":"sha-256"}"#)),
        ("_sd_alg inside, beside a member with digests that are no list", nested(r#"{"A":{"_sd":1},"_sd_alg":"x"}"#)),
        ("two faults, the first in the second name", nested(r#"{"b":{"_sd":1},"a":{"...":"x"}}"#)),
        ("digests that are null", nested(r#"{"_sd":null}"#)),
        ("8 containers in one another", deep(8)),
        ("9 containers in one another", deep(9)),
        ("8 containers in one another by their digests", chained(8)),
        ("9 containers in one another by their digests", chained(9)),
        ("a claim that the schema does not know", alone(r#"["salt","nickname","An"]"#)),
        ("a value of another form", nested(r#"{"birth_date":"07/03/2011"}"#)),
        ("a value not in NFC", nested("{\"name\":\"Nguye\u{302}\u{303}n\"}")),
        ("a value that is a number", nested(r#"{"name":7}"#)),
        ("a claim that only another type has", {
            let (group, digest) = disclosure(r#"["salt","person",{"personal_id":"079311000001"}]"#);
            let payload = payload(&format!(r#","_sd":["{digest}"]"#)).replace("hoc-ba-thcs", "bang-tn-thpt");
            format!("{}~{group}~", forged(HEADER, &payload))
        }),
        ("the key of an element by a disclosure of its own", {
            let (key, key_digest) = disclosure(r#"["salt","subject","Toán"]"#);
            let (list, digest) =
                disclosure(&format!(r#"["salt","subjects",[{{"_sd":["{key_digest}"],"year":"8.0"}}]]"#));
            holding(&[&digest], &[&list, &key])
        }),
        ("the salt of a file's digest by a disclosure of its own", {
            let (salt, salt_digest) = disclosure(&format!(r#"["salt","salt","{}"]"#, b64([0; 16])));
            let rest = format!(r#"{{"alg":"sha-256","digest":"{}","_sd":["{salt_digest}"]}}"#, b64([0; 32]));
            let (file, digest) = disclosure(&format!(r#"["salt","file_digest",{rest}]"#));
            let payload = payload(&format!(r#","_sd":["{digest}"]"#)).replace("hoc-ba-thcs", "da-ky");
            format!("{}~{file}~{salt}~", forged(HEADER, &payload))
        }),
        ("two elements of one name", alone(r#"["salt","subjects",[{"subject":"Toán"},{"subject":"Toán"}]]"#)),
        ("an element without its name", alone(r#"["salt","subjects",[{"year":"8.0"}]]"#)),
        ("a signature over something else", format!("{signed}.{}~", b64(flipped))),
        (
            "a signature of 63 bytes",
            format!("{signed}.{}~", b64(&Base64UrlUnpadded::decode_vec(signature).unwrap()[..63])),
        ),
        ("S not below the group order", format!("{signed}.{}~", plus_order(signature))),
    ];
    cases.iter().map(|(description, sd_jwt)| vector(description, sd_jwt, None)).collect()
}

pub fn wrongly_bound(documents: &[Value]) -> Vec<Value> {
    let first = text(&documents[0], "sd_jwt");
    let good = bound(first, &["name"]);
    let jwt_at = good.rfind('~').unwrap() + 1;
    let (presentation, kb) = good.split_at(jwt_at);
    let (signed, signature) = kb.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let resigned = |header: &str, payload: &str| {
        let signed = format!("{}.{}", b64(header), b64(payload));
        let signature = b64(holder().sign(signed.as_bytes()).unwrap());
        format!("{presentation}{signed}.{signature}")
    };
    let decoded = |part: &str| String::from_utf8(Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap();
    let (header, payload) = (decoded(header), decoded(payload));
    let more = present(&SdJwt::parse(first).unwrap(), &["name", "sex"]).unwrap();
    let other = text(&documents[1], "sd_jwt");
    let mut wrong = Base64UrlUnpadded::decode_vec(signature).unwrap();
    wrong[0] ^= 1;
    let here = asked_here();
    let cases: Vec<(&str, String, Value)> = vec![
        (
            "further members of the binding, and alg EdDSA, are read",
            resigned(&header.replace("\"Ed25519\"", "\"EdDSA\""), &payload.replace("{", "{\"x\":1,")),
            here.clone(),
        ),
        ("without a binding", presentation.to_owned(), here.clone()),
        ("a document without a holder's key", format!("{other}{kb}"), here.clone()),
        ("a binding of another presentation", format!("{more}{kb}"), here.clone()),
        ("another typ", resigned(&header.replace("kb+jwt", "jwt"), &payload), here.clone()),
        ("crit", resigned(&header.replace("{", "{\"crit\":[],"), &payload), here.clone()),
        ("another algorithm", resigned(&header.replace("Ed25519", "ES384"), &payload), here.clone()),
        ("no algorithm", resigned(&header.replace("\"alg\":\"Ed25519\",", ""), &payload), here.clone()),
        ("an end that is null", resigned(&header, &payload.replace(&format!("{}", NOW + 300), "null")), here.clone()),
        ("no hash", resigned(&header, &payload.replace("sd_hash", "hash")), here.clone()),
        ("no nonce", resigned(&header, &payload.replace("nonce", "once")), here.clone()),
        ("another signature", format!("{presentation}{signed}.{}", b64(wrong)), here.clone()),
        ("for somebody else", good.clone(), asked("https://khac.mau.edu.vn", NONCE, NOW)),
        ("in answer to another request", good.clone(), asked(AUDIENCE, "other", NOW)),
        ("from 301 seconds in the future", good.clone(), asked(AUDIENCE, NONCE, NOW - 301)),
        ("from 300 seconds in the future", good.clone(), asked(AUDIENCE, NONCE, NOW - 300)),
        ("at its end", good.clone(), asked(AUDIENCE, NONCE, NOW + 300)),
        (
            "older than asked",
            resigned(&header, &payload.replace(&format!(",\"exp\":{}", NOW + 300), "")),
            asked(AUDIENCE, NONCE, NOW + 601),
        ),
    ];
    let bound = |(description, sd_jwt, holder): &(&str, String, Value)| {
        vector(&format!("binding: {description}"), sd_jwt, Some(holder.clone()))
    };
    cases.iter().map(bound).collect()
}
