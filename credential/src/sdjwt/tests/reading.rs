//! What is refused when reading, and by which code.

use super::*;

#[test]
fn structure_is_checked() {
    let compact = issued(&schema::DA_KY).compact();
    let jwt = compact.split('~').next().unwrap();
    for text in ["", "~", "..~", jwt, &format!("{jwt}~~"), &format!("~{compact}"), &compact[..compact.len() - 1]] {
        assert!(check(text).is_err(), "{text}");
    }
    assert_eq!(code(jwt), "document-malformed");
    assert_eq!(code(&format!("{jwt}~~")), "document-malformed");
    assert_eq!(code(&format!("{compact}\n")), "document-malformed");
    assert_eq!(code(&format!("{compact}=")), "document-malformed");
    assert_eq!(code(&compact.replacen('.', ".=", 1)), "base64-not-canonical");
    assert_eq!(code(&"~".repeat(MAX_DOCUMENT_BYTES + 1)), "document-too-large");
    assert_eq!(code(&format!("{jwt}~{}", "A~".repeat(MAX_DISCLOSURES + 1))), "document-too-large");
    assert_eq!(code(&format!("{jwt}~{}~", "A".repeat(MAX_DISCLOSURE_BYTES + 1))), "document-too-large");
    assert_eq!(code(&format!("{}~", "A".repeat(MAX_JWT_BYTES + 1))), "document-too-large");
}

#[test]
fn base64url_has_one_form() {
    assert_eq!(base64url::decode("AA").unwrap(), [0]);
    for text in ["AB", "A", "AA==", "A A", "AA\n", "+/+/", "AAB"] {
        assert_eq!(base64url::decode(text), Err(Error::Base64NotCanonical), "{text:?}");
    }
    assert_eq!(base64url::decode_array::<1>("AA"), Ok([0]));
    assert!(base64url::decode_array::<2>("AA").is_err());
    // The last character of a 64-byte signature carries two bits: 15 other spellings mean the same bytes elsewhere.
    let compact = issued(&schema::DA_KY).compact();
    let end = compact.find('~').unwrap();
    let spellings = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars();
    let accepted = spellings.filter(|last| check(&format!("{}{last}{}", &compact[..end - 1], &compact[end..])).is_ok());
    assert_eq!(accepted.count(), 1);
}

#[test]
fn json_has_one_reading() {
    let read = |text: &str| json::read(text.as_bytes()).map_err(|error| error.code());
    assert_eq!(read(r#"{"a":[1,-2,"x",true,null]}"#), Ok(json!({"a": [1, -2, "x", true, null]})));
    for text in ["", "{", "1.0", "1e3", r#"{"a":1.5}"#, "[1] ", "{}{}", "[1,]", "NaN", r#""\ud800""#, "\u{feff}{}"] {
        if text != "[1] " {
            assert_eq!(read(text), Err("json-malformed"), "{text}");
        }
    }
    assert_eq!(json::read(b"\"\xff\""), Err(Error::JsonMalformed));
    assert_eq!(read(r#"{"a":1,"a":1}"#), Err("json-duplicate-member"));
    assert_eq!(read(r#"[{"b":{"a":1,"\u0061":2}}]"#), Err("json-duplicate-member"));
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(read(&nested(MAX_DEPTH + 1)), Err("json-too-deep"));
    assert_eq!(read(&nested(100_000)), Err("json-too-deep"));
}

#[test]
fn headers_are_exact() {
    let payload = payload_with("", &[]);
    let with = |from: &str, to: &str| code(&forge(&good_header().replace(from, to), &payload, &[]));
    assert!(check(&forge(&good_header(), &payload, &[])).is_ok());
    assert_eq!(with("dc+sd-jwt", "JWT"), "header-malformed");
    assert_eq!(with(r#""typ""#, r#""crit":["x"],"typ""#), "header-malformed");
    assert_eq!(with(r#""typ":"dc+sd-jwt","#, ""), "header-malformed");
    assert_eq!(with(r#""alg":"Ed25519""#, r#""alg":"none""#), "algorithm-unsupported");
    assert_eq!(with(r#""alg":"Ed25519""#, r#""alg":"EdDSA""#), "algorithm-unsupported");
    assert_eq!(with(r#""crv":"Ed25519""#, r#""crv":"Ed448""#), "algorithm-unsupported");
    assert_eq!(with(r#""kty""#, r#""d":"AA","kty""#), "key-malformed");
    assert_eq!(with("iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w", "AAAA"), "key-malformed");
}

#[test]
fn payloads_are_exact() {
    let with = |from: &str, to: &str| code(&forge(&good_header(), &payload_with("", &[]).replace(from, to), &[]));
    assert_eq!(with(r#""iss""#, r#""name":"Trần Văn Mẫu","iss""#), "envelope-malformed");
    assert_eq!(with(r#""iss""#, r#""issuer""#), "envelope-malformed");
    assert_eq!(with("2026-05-31", "2026-02-31"), "envelope-malformed");
    assert_eq!(with(r#""chain""#, r#""x":"y","chain""#), "envelope-malformed");
    assert_eq!(with(r#""date""#, r#""exp":"1900000000","date""#), "envelope-malformed");
    assert_eq!(with(r#""date""#, r#""cnf":{"kid":"x"},"date""#), "envelope-malformed");
    assert_eq!(with("00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF"), "envelope-malformed");
    assert_eq!(with("urn:sogoc:da-ky:1", "urn:sogoc:da-ky:9"), "type-unknown");
    assert_eq!(with(r#""schema":"1""#, r#""schema":"9""#), "schema-version-unknown");
    assert_eq!(with("sha-256", "sha-512"), "hash-unsupported");
    assert_eq!(with(r#""iss""#, r#""date":"2026-05-31","iss""#), "json-duplicate-member");
}

#[test]
fn disclosures_are_exact() {
    let salt = "AAAAAAAAAAAAAAAAAAAAAA";
    let with = |text: &str| code(&forge_disclosures(&[&text.replace("SALT", salt)]));
    assert!(check(&forge_disclosures(&[r#"["x","media_type","application/pdf"]"#])).is_ok());
    assert_eq!(with(r#"["SALT","_sd",[]]"#), "claim-reserved");
    assert_eq!(with(r#"["SALT","...","x"]"#), "claim-reserved");
    assert_eq!(with(r#"["SALT","_sd_alg","sha-256"]"#), "claim-reserved");
    for visible in ["iss", "vct", "schema", "date", "ledger"] {
        assert_eq!(with(&format!(r#"["SALT","{visible}","x"]"#)), "claim-clash", "{visible}");
    }
    for absent in ["exp", "cnf"] {
        assert_eq!(with(&format!(r#"["SALT","{absent}","x"]"#)), "claim-reserved", "{absent}");
    }
    assert_eq!(with(r#"["SALT","phone","x"]"#), "claim-not-of-schema");
    assert_eq!(with(r#"["SALT","media_type","PDF"]"#), "claim-not-of-schema");
    assert_eq!(with(r#"["SALT","media_type",["a/b"]]"#), "claim-not-of-schema");
    assert_eq!(with(r#"["SALT","a/b"]"#), "disclosure-malformed");
    assert_eq!(with(r#"["SALT","media_type","a/b",1]"#), "disclosure-malformed");
    assert_eq!(with(r#"[1,"media_type","a/b"]"#), "disclosure-malformed");
    assert_eq!(with(r#"{"media_type":"a/b"}"#), "disclosure-malformed");
    assert_eq!(with(r#"["SALT","media_type",{"a":1,"a":1}]"#), "json-duplicate-member");
    assert_eq!(with(r#"["SALT","media_type",{"_sd_alg":"sha-256"}]"#), "claim-reserved");
    assert_eq!(with(r#"["SALT","media_type",{"_sd":"x"}]"#), "digest-malformed");
    assert_eq!(with(r#"["SALT","media_type",{"_sd":["x"]}]"#), "digest-malformed");
    assert_eq!(with(r#"["SALT","media_type",[{"...":"x","a":"b"}]]"#), "digest-malformed");
    let two = [r#"["a","name","Mẫu"]"#, r#"["b","name","Mẫu"]"#];
    assert_eq!(code(&forge_disclosures(&two)), "claim-clash");
}

#[test]
fn a_list_names_each_element_once() {
    let document = |subjects: &[&str]| {
        let elements: Vec<_> = subjects
            .iter()
            .map(|subject| disclosure(&format!(r#"["x",{{"subject":"{subject}","_sd":[]}}]"#)))
            .collect();
        let digests: Vec<_> = elements.iter().map(|(_, digest)| json!({"...": digest})).collect();
        let (list, digest) = disclosure(&json!(["x", "subjects", digests]).to_string());
        let texts: Vec<&str> = elements.iter().map(|(text, _)| text.as_str()).chain([list.as_str()]).collect();
        let payload = payload_with("", &[digest]).replace("da-ky", "hoc-ba-thcs");
        forge(&good_header(), &payload, &texts)
    };
    let names: Vec<String> = (0..17).map(|number| format!("Môn {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(check(&document(&names[..16])).unwrap().paths.len(), 17);
    assert_eq!(code(&document(&names)), "claim-not-of-schema");
    let twice = document(&["Toán", "To\\u00e1n"]);
    assert_eq!(check(&twice).unwrap_err(), Error::ClaimNotOfSchema("subjects/Toán".to_owned()));
}

#[test]
fn digests_are_used_once() {
    let (text, digest) = disclosure(r#"["x","media_type","application/pdf"]"#);
    let document = |digests: &[String], texts: &[&str]| forge(&good_header(), &payload_with("", digests), texts);
    assert!(check(&document(std::slice::from_ref(&digest), &[&text])).is_ok());
    assert_eq!(code(&document(&[digest.clone(), digest.clone()], &[&text])), "digest-duplicate");
    assert_eq!(code(&document(&[digest.clone(), digest.clone()], &[])), "digest-duplicate");
    assert_eq!(code(&document(std::slice::from_ref(&digest), &[&text, &text])), "digest-duplicate");
    assert_eq!(code(&document(&[], &[&text])), "disclosure-unreferenced");
    let (parent, parent_digest) = disclosure(&format!(r#"["y","name",{{"_sd":["{digest}"]}}]"#));
    assert_eq!(code(&document(&[parent_digest.clone(), digest.clone()], &[&text, &parent])), "digest-duplicate");
    // A child without the parent that leads to it.
    assert_eq!(code(&document(&[parent_digest], &[&text])), "disclosure-unreferenced");
}

#[test]
fn nesting_across_disclosures_is_bounded() {
    let mut texts = Vec::new();
    let (mut text, mut digest) = disclosure(r#"["x","a","leaf"]"#);
    for _ in 0..=MAX_DEPTH {
        texts.push(text);
        (text, digest) = disclosure(&format!(r#"["x","a",{{"_sd":["{digest}"]}}]"#));
    }
    texts.push(text);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(code(&forge(&good_header(), &payload_with("", &[digest]), &texts)), "json-too-deep");
}

#[test]
fn another_key_does_not_verify() {
    let compact = issued(&schema::DA_KY).compact();
    let other = good_header().replace(
        "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w",
        &base64url::encode(&holder_key().verifying_key().to_bytes()),
    );
    let (_, rest) = compact.split_once('.').unwrap();
    assert_eq!(code(&format!("{}.{rest}", base64url::encode(other.as_bytes()))), "issuer-signature-invalid");
}

#[test]
fn weak_and_twice_spelled_keys_and_signatures_are_refused() {
    // The identity point "signs" everything under the cofactored rule: R = identity, S = 0.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert!(!verifies(&PublicKey::Ed25519(identity), b"x", &signature));

    // y = p + 1: the identity again, spelled beyond the modulus.
    let mut beyond = [0xFF; 32];
    beyond[0] = 0xEE;
    beyond[31] = 0x7F;
    let jwk = |key: &[u8]| match json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(key)}) {
        Value::Object(jwk) => from_jwk(&jwk),
        _ => unreachable!(),
    };
    assert_eq!(jwk(&beyond), Err(Error::KeyMalformed));
    assert_eq!(jwk(&key().verifying_key().to_bytes()), Ok(key().public_key()));

    // S + L: the same equation, another spelling.
    let signature = key().sign(b"x").unwrap();
    assert!(verifies(&key().public_key(), b"x", &signature));
    let order: [u8; 32] = [
        0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut malleated = signature.clone();
    let mut carry = 0;
    for (byte, order) in malleated[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert!(!verifies(&key().public_key(), b"x", &malleated));
    assert!(!verifies(&key().public_key(), b"x", &signature[..63]));
}

#[test]
fn the_thumbprint_is_that_of_rfc_8037() {
    // RFC 8037 appendix A.3.
    let key = base64url::decode_array("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
    assert_eq!(
        base64url::encode(&PublicKey::Ed25519(key).thumbprint().0),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn every_error_has_a_code_and_two_languages() {
    let mut codes: Vec<_> = Error::all().iter().map(Error::code).collect();
    assert!(codes.iter().all(|code| { code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) }));
    for error in Error::all() {
        for sentence in [error.en(), error.vi(), error.remedy().en(), error.remedy().vi()] {
            assert!(sentence.ends_with('.'), "{sentence}");
        }
    }
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
    let error = Error::ClaimMissing("year".into()).within("Toán").within("subjects");
    assert_eq!(error.to_string(), "A required claim is missing. [claim-missing: subjects/Toán/year]");
    let long = format!("\\u001b[2J{}", "x".repeat(10_000));
    let payload = payload_with("", &[]).replace("urn:sogoc:da-ky:1", &long);
    let error = check(&forge(&good_header(), &payload, &[])).unwrap_err();
    assert_eq!(error.place().unwrap().len(), 80);
    assert!(!error.to_string().contains('\u{1b}'));
}

#[test]
fn debug_output_says_nothing_personal() {
    let issued = issued(&HOC_BA_THCS);
    let compact = issued.compact();
    let document = SdJwt::parse(&compact).unwrap();
    let disclosed = document.disclose().unwrap();
    let printed = format!("{issued:?} {document:?} {disclosed:?}");
    assert!(!printed.contains("Nghiệm") && !printed.contains(&issued.disclosures[0]), "{printed}");
}

#[test]
fn salts_do_not_repeat() {
    let mut seen = std::collections::BTreeSet::new();
    let mut sources: [Box<dyn Salts>; 2] = [Box::new(OsSalts::new()), Box::new(SeededSalts::new(&[7; 32]))];
    for salts in &mut sources {
        for _ in 0..1000 {
            let mut salt = [0; SALT_BYTES];
            salts.fill(&mut salt).unwrap();
            assert!(seen.insert(salt));
        }
    }
    let mut large = vec![0; 10_000];
    sources[0].fill(&mut large).unwrap();
    assert!(large.chunks(100).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
}
