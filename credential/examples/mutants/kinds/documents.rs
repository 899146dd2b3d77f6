//! What stands in the document: header, key, payload, binding. Signed and sealed as it is, so that the signature never
//! hides it.

use super::json::{odd_value, respell, respell_base64, tamper};
use crate::document::{Jwt, Members, b64, quoted, unb64};
use crate::random::Random;
use crate::scene::Scene;
use crate::signer::{FIVE_HAS_Y, P256_PRIME, minus, weak_point};

pub fn header(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.settle();
    let header = &mut document.jwt.header;
    let algorithms =
        ["EdDSA", "none", "ES256", "Ed25519", "ES256K", "es256", "ed25519", "Ed448", "HS256", "", "Ed25519 "];
    let types = ["vc+sd-jwt", "DC+SD-JWT", "application/dc+sd-jwt", "jwt", "dc+sd-jwt\u{0}", ""];
    match random.below(3) {
        0 => header.set("alg", quoted(random.pick(&algorithms))),
        1 => header.set("typ", quoted(random.pick(&types))),
        _ => tamper(random, header),
    }
}

/// Another point, or none, where the key is one of P-256.
fn change_point(random: &mut Random, jwk: &mut Members) {
    let number = |name: &str| jwk.get(name).map(|number| unb64(number.trim_matches('"'))).unwrap_or_default();
    let (x, y) = (number("x"), number("y"));
    let set = |jwk: &mut Members, name: &str, number: &[u8]| jwk.set(name, quoted(&b64(number)));
    match random.below(8) {
        // Minus the point.
        0 if y.len() == 32 => set(jwk, "y", &minus(&P256_PRIME, &y)),
        1 => {
            set(jwk, "x", &y);
            set(jwk, "y", &x);
        }
        2 => set(jwk, "y", &x),
        3 => set(jwk, "y", &random.bytes(32)),
        4 => set(jwk, "y", &[&[0], &y[..]].concat()),
        5 => set(jwk, "y", y.get(1..).unwrap_or_default()),
        // A point whose x may be spelt twice, and how.
        6 => {
            let (once, twice) = (random.one_in(2), random.one_in(2));
            let x = [&[0; 31][..], &[5]].concat();
            let beyond = minus(&P256_PRIME, &minus(&[0; 32], &x));
            set(jwk, "x", if once { &x } else { &beyond });
            set(jwk, "y", if twice { &FIVE_HAS_Y } else { &[7; 32] });
        }
        _ => jwk.remove("y"),
    };
}

fn change_jwk(random: &mut Random, jwk: &mut Members) {
    if jwk.get("y").is_some() && random.one_in(2) {
        change_point(random, jwk);
        return;
    }
    let key: Vec<u8> = match random.below(4) {
        0 => weak_point(random).to_vec(),
        1 => random.bytes(32),
        2 => {
            let length = random.of(&[0, 31, 33, 64]);
            random.bytes(length)
        }
        _ => jwk.get("x").map(|x| unb64(x.trim_matches('"'))).unwrap_or_default(),
    };
    match random.below(6) {
        0 => jwk.set("kty", quoted(random.pick(&["EC", "RSA", "OKP", "oct", "okp", ""]))),
        1 => jwk.set("crv", quoted(random.pick(&["X25519", "P-256", "P-384", "Ed448", "ed25519", "Ed25519", ""]))),
        2 => jwk.set("x", quoted(&b64(key))),
        3 => jwk.set("x", quoted(&respell_base64(random, &b64(key)))),
        _ => {}
    }
    if random.one_in(3) {
        jwk.set("kty", quoted(random.pick(&["EC", "RSA", "OKP", "oct"])));
        jwk.set("crv", quoted(random.pick(&["X25519", "P-256", "Ed25519"])));
    }
    if random.one_in(2) {
        tamper(random, jwk);
    }
}

pub fn jwk(random: &mut Random, scene: &mut Scene) {
    change_jwk(random, &mut scene.document.jwk);
}

pub fn holder_key(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    document.name_holder();
    match random.below(4) {
        0 => {
            let value = random.of(&[
                "{}",
                "{\"jwk\":{}}",
                "{\"kid\":\"x\"}",
                "null",
                "[]",
                "{\"jwk\":null}",
                "{\"jwk\":[],\"x\":1}",
            ]);
            document.jwt.payload.set("cnf", value);
        }
        1 => {
            let jwk = document.holder_jwk.text();
            let extra = format!("{{\"jwk\":{jwk},\"{}\":1}}", random.pick(&["x", "jwk", "kid"]));
            document.jwt.payload.set("cnf", extra);
        }
        _ => change_jwk(random, &mut document.holder_jwk),
    }
}

pub fn payload(random: &mut Random, scene: &mut Scene) {
    scene.document.settle();
    tamper(random, &mut scene.document.jwt.payload);
}

pub fn envelope(random: &mut Random, scene: &mut Scene) {
    let payload = &mut scene.document.jwt.payload;
    let long = |length: usize| "a".repeat(length);
    match random.below(7) {
        0 => {
            let names = [
                long(200),
                long(201),
                long(40),
                long(41),
                "a b".into(),
                "é".into(),
                "!".into(),
                "~".into(),
                "\u{7f}".into(),
                String::new(),
                "Thcs".into(),
            ];
            payload.set("iss", quoted(&random.of(&names)));
        }
        1 => {
            let types = [
                "urn:sogoc:hoc-ba-thcs:2",
                "urn:sogoc:hoc-ba-thpt:1",
                "urn:sogoc:khac:1",
                "",
                "hoc-ba-thcs",
                "URN:sogoc:da-ky:1",
                "urn:sogoc:da-ky:1",
            ];
            payload.set("vct", quoted(random.pick(&types)));
        }
        2 => {
            payload.set("schema", quoted(random.pick(&["0", "2", "01", "1 ", "", "65536", "65537", "１", "+1", "1.0"])))
        }
        3 => payload.set("_sd_alg", quoted(random.pick(&["sha-512", "SHA-256", "sha256", "", "sha-256 ", "sha3-256"]))),
        4 => {
            let ends = [
                "0",
                "253402300799",
                "253402300800",
                "-1",
                "1e3",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551615",
                "null",
                "\"1\"",
                "true",
                "1.5",
                "-0",
                "00",
            ];
            payload.set("exp", random.of(&ends));
        }
        _ => payload.set("date", quoted(&super::claims::near_date(random))),
    }
}

pub fn pointer(random: &mut Random, scene: &mut Scene) {
    let ledger = &mut scene.document.ledger;
    let long = |length: usize| "a".repeat(length);
    let names = [
        long(40),
        long(41),
        long(200),
        long(201),
        "1a".into(),
        "-a".into(),
        "a_b".into(),
        "Hcmc".into(),
        "hcmc-khac".into(),
        "a".into(),
        String::new(),
        "a ".into(),
        "tr\u{1b0}".into(),
        "thcs-mau-2".into(),
        "hcmc-mau".into(),
        "a-".into(),
    ];
    match random.below(6) {
        0 | 1 => ledger.set("chain", quoted(&random.of(&names))),
        2 | 3 => ledger.set("issuer", quoted(&random.of(&names))),
        4 => {
            let batch = ledger.get("batch").unwrap_or_default().trim_matches('"').to_owned();
            let shorter: String = batch.chars().skip(1).collect();
            let spaced = format!(" {shorter}");
            let ids = [
                batch.to_uppercase(),
                format!("{batch}0"),
                "0".repeat(32),
                format!("g{shorter}"),
                format!("é{shorter}"),
                spaced,
                shorter,
            ];
            ledger.set("batch", quoted(&random.of(&ids)));
        }
        _ => tamper(random, ledger),
    }
    // The receipt may be of where the document now points to.
    let text = |name: &str| ledger.get(name).map(|text| text.trim_matches('"').to_owned()).unwrap_or_default();
    let proof = &mut scene.receipt.proof;
    if random.one_in(2) {
        if let Ok(id) = text("issuer").parse() {
            proof.issuer.id = id;
        }
        if let Ok(chain) = text("chain").parse() {
            proof.header.chain = chain;
        }
        if random.one_in(2) {
            scene.checkpoint.header.chain = proof.header.chain.clone();
        }
    }
}

/// Spelling of header or payload.
pub fn spelling(random: &mut Random, scene: &mut Scene) {
    scene.document.settle();
    let jwt = &mut scene.document.jwt;
    if random.one_in(3) {
        jwt.raw_header = Some(respell(random, &jwt.header.text()));
    } else {
        jwt.raw_payload = Some(respell(random, &jwt.payload.text()));
    }
}

fn respell_part(random: &mut Random, jwt: &mut Jwt) {
    let at = random.below(3);
    let sound = match at {
        0 => b64(jwt.header.text()),
        1 => b64(jwt.payload.text()),
        _ => b64(random.bytes(64)),
    };
    jwt.parts[at] = Some(respell_base64(random, &sound));
}

pub fn base64(random: &mut Random, scene: &mut Scene) {
    scene.document.settle();
    respell_part(random, &mut scene.document.jwt);
}

pub fn binding(random: &mut Random, scene: &mut Scene) {
    scene.ask_holder(random);
    let Some(binding) = &mut scene.document.binding else { return };
    let (header, payload) = (&mut binding.header, &mut binding.payload);
    let now = (scene.now / 1_000) as i64;
    match random.below(12) {
        0 => tamper(random, header),
        1 => tamper(random, payload),
        2 => header.set("alg", quoted(random.pick(&["EdDSA", "none", "ES256", "ES384", "eddsa", "Ed25519"]))),
        3 => header.set("typ", quoted(random.pick(&["jwt", "KB+JWT", "kb+jwt ", "application/kb+jwt"]))),
        4 => header.set(random.pick(&["crit", "kid", "jwk"]), odd_value(random)),
        5 => {
            let around = now - random.of(&[0, 600, -300]) + random.below(3) as i64 - 1;
            payload.set("iat", around.to_string());
        }
        6 => {
            let around = now + random.below(3) as i64 - 1;
            let ends = [
                around.to_string(),
                "9223372036854775807".into(),
                "9223372036854775808".into(),
                "-9223372036854775808".into(),
                "-1".into(),
                "1.5".into(),
                "null".into(),
            ];
            payload.set(random.pick(&["exp", "exp", "iat"]), random.of(&ends));
        }
        7 => {
            let texts = ["x".repeat(1_000), "x".repeat(1_001), "é".repeat(500), "é".repeat(501), String::new()];
            payload.set(random.pick(&["aud", "nonce"]), quoted(&random.of(&texts)));
        }
        8 => payload.set("sd_hash", quoted(&b64(random.hash().0))),
        9 => {
            payload.set(random.pick(&["aud", "nonce", "sd_hash"]), odd_value(random));
        }
        10 => binding.raw_payload = Some(respell(random, &payload.text())),
        _ => respell_part(random, binding),
    }
}

/// Who asks, and whom the document names.
pub fn holder_question(random: &mut Random, scene: &mut Scene) {
    scene.ask_holder(random);
    let document = &mut scene.document;
    let Some(asked) = &mut scene.holder else { return };
    match random.below(8) {
        0 => document.binding = None,
        1 => {
            document.jwt.payload.remove("cnf");
        }
        2 => asked.audience = random.of(&["", "https://khac.mau.edu.vn", "https://tuyen-sinh.mau.edu.vn/"]).to_owned(),
        3 => asked.nonce = random.of(&["", "8B2F5D1C", "other"]).to_owned(),
        4 => asked.max_age_seconds = random.of(&[0, 1, 599, 601, -1, -300, -301]),
        5 => asked.now += random.of(&[-301, -300, -299, 599, 600, 601, -1_000_000, 1_000_000]),
        6 => scene.holder = None,
        _ => {
            let other = crate::signer::Signer::plain(221);
            if let Some(binding) = &mut document.binding {
                binding.signer = other;
            }
        }
    }
}
