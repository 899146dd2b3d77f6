//! What is issued: round trips, frozen bytes, decoys, refusals.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Map;
use sogoc_ledger::signature::SigningKey as IssuerKey;

use super::*;
use crate::schema::{Claim, Shape, known};

#[test]
fn what_was_issued_is_what_is_read() {
    for schema in known() {
        let compact = issued(schema).compact();
        let document = SdJwt::parse(&compact).unwrap();
        assert_eq!(document.envelope, envelope());
        assert_eq!(document.issuer_key, key().public_key());
        let disclosed = check(&compact).unwrap();
        let mut read = schema.flatten(&disclosed.processed);
        let mut given = claims(schema);
        for claims in [&mut read, &mut given] {
            if let Some(subjects) = claims.get_mut("subjects") {
                subjects.as_array_mut().unwrap().sort_by_key(|subject| subject["subject"].to_string());
            }
        }
        assert_eq!(read, given, "{}", schema.id);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    // Frozen: a change here makes sealed leaves irreproducible from a journal.
    let frozen = [
        ("hoc-ba-thcs", "y4ZA2mFTEqyb97ab84aHd13oKVacRxr9Su0PutdJ-Kw"),
        ("hoc-ba-thpt", "buLl_T3yYCnCH93p8HUsMuSMarRUAQ6qHKESbXbE2TA"),
        ("bang-tn-thpt", "PY6BNnbPBh5fLK7h4ody2p16iSLXtMNrX3fxglH0x_g"),
        ("da-ky", "Sfq6j9C865qyKeushu865ub2VXrKYviGPYA7oET32mc"),
    ];
    let hashes: Vec<_> =
        known().iter().map(|schema| (schema.id.as_str(), holder::sd_hash(&issued(schema).compact()))).collect();
    assert_eq!(hashes, frozen.map(|(id, hash)| (id, hash.to_owned())));
}

#[test]
fn members_stand_in_their_fixed_order() {
    let mut envelope = envelope();
    envelope.expires = Some(1_900_000_000);
    envelope.holder = Some(holder_key().public_key());
    let claims = claims(&HOC_BA_THCS);
    let jwt = issue(&HOC_BA_THCS, &envelope, &claims, &key(), &mut OsSalts::new()).unwrap().jwt;
    let mut parts = jwt.split('.').map(|part| String::from_utf8(base64url::decode(part).unwrap_or_default()));
    assert_eq!(
        parts.next().unwrap().unwrap(),
        r#"{"alg":"Ed25519","typ":"dc+sd-jwt","jwk":{"kty":"OKP","crv":"Ed25519","x":"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"}}"#
    );
    let payload = parts.next().unwrap().unwrap();
    assert!(
        payload.starts_with(concat!(
            r#"{"iss":"sogoc:hcmc:thcs-mau-1","vct":"urn:sogoc:hoc-ba-thcs:1","schema":"1","date":"2026-05-31","#,
            r#""exp":1900000000,"cnf":{"jwk":{"kty":"OKP","crv":"Ed25519","#,
            r#""x":"gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q"}},"#,
            r#""ledger":{"chain":"sogoc-devnet-4","issuer":"sogoc:hcmc:thcs-mau-1","#,
            r#""batch":"00112233445566778899aabbccddeeff"},"_sd_alg":"sha-256","_sd":[""#
        )),
        "{payload}"
    );
}

#[test]
fn a_key_of_p256_signs_as_es256() {
    let key = IssuerKey::P256(p256::ecdsa::SigningKey::from_slice(&[1; 32]).unwrap());
    let issue =
        || issue(&HOC_BA_THCS, &envelope(), &claims(&HOC_BA_THCS), &key, &mut SeededSalts::new(&[7; 32])).unwrap();
    let compact = issue().compact();
    let header = base64url::decode(compact.split('.').next().unwrap()).unwrap();
    assert_eq!(
        String::from_utf8(header).unwrap(),
        r#"{"alg":"ES256","typ":"dc+sd-jwt","jwk":{"kty":"EC","crv":"P-256","x":"b_A7lJJBzh2t1DUZ5pYOCoW0GmmgXDKBA6orzhWUyhY","y":"PE91OlW_AdxT9sCwx-7ni0DG_30lqW4igrmJzvccFEo"}}"#
    );
    assert_eq!(SdJwt::parse(&compact).unwrap().issuer_key, key.public_key());
    check(&compact).unwrap();
    // The same input gives the same bytes: nonces are those of RFC 6979.
    assert_eq!(issue().compact(), compact);
}

#[test]
fn the_leaf_says_nothing_personal() {
    for schema in known() {
        let issued = issued(schema);
        let payload = base64url::decode(issued.jwt.split('.').nth(1).unwrap()).unwrap();
        let payload = String::from_utf8(payload).unwrap();
        for text in claims(schema).values().filter_map(Value::as_str).filter(|text| text.len() > 4) {
            assert!(!payload.contains(text), "{text}");
        }
    }
}

#[test]
fn bad_claims_are_refused_with_their_path() {
    let refused = |change: &dyn Fn(&mut Claims)| {
        let mut claims = claims(&HOC_BA_THCS);
        change(&mut claims);
        let error = issue(&HOC_BA_THCS, &envelope(), &claims, &key(), &mut OsSalts::new()).unwrap_err();
        (error.code(), error.place().unwrap_or_default().to_owned())
    };
    let is = |code: &'static str, place: &str| (code, place.to_owned());
    assert_eq!(refused(&|claims| drop(claims.remove("name"))), is("claim-missing", "name"));
    assert_eq!(refused(&|claims| claims["name"] = json!(7)), is("claim-malformed", "name"));
    assert_eq!(refused(&|claims| claims["name"] = json!("Nguye\u{302}\u{303}n")), is("text-not-nfc", "name"));
    assert_eq!(refused(&|claims| drop(claims.insert("phone".into(), json!("0")))), is("claim-unknown", "phone"));
    assert_eq!(refused(&|claims| drop(claims.insert("person".into(), json!({})))), is("claim-unknown", "person"));
    assert_eq!(refused(&|claims| claims["conduct"]["year"] = json!("tốt")), is("claim-malformed", "conduct/year"));
    assert_eq!(refused(&|claims| claims["conduct"]["term"] = json!("Tốt")), is("claim-unknown", "conduct/term"));
    assert_eq!(
        refused(&|claims| claims["subjects"][1]["year"] = json!("8,2")),
        is("claim-malformed", "subjects/Toán/year")
    );
    assert_eq!(
        refused(&|claims| claims["subjects"][1]["subject"] = json!("Tin học")),
        is("claim-duplicate", "subjects/Tin học")
    );
    assert_eq!(
        refused(&|claims| claims["subjects"][1] = json!({"year": "8.2"})),
        is("claim-missing", "subjects//subject")
    );
    let seventeen = |claims: &mut Claims| {
        claims["subjects"] = (0..17).map(|n| json!({"subject": format!("Môn {n}"), "year": "8.2"})).collect();
    };
    assert_eq!(refused(&seventeen), is("list-too-long", "subjects"));
}

#[test]
fn bad_envelopes_are_refused() {
    let refused = |change: &dyn Fn(&mut Envelope)| {
        let mut envelope = envelope();
        change(&mut envelope);
        let error = issue(&HOC_BA_THCS, &envelope, &claims(&HOC_BA_THCS), &key(), &mut OsSalts::new()).unwrap_err();
        assert_eq!(error.code(), "envelope-malformed");
        error.place().unwrap().to_owned()
    };
    assert_eq!(refused(&|envelope| envelope.issuer.clear()), "iss");
    assert_eq!(refused(&|envelope| envelope.date = "31/5/2026".into()), "date");
    assert_eq!(refused(&|envelope| envelope.expires = Some(-1)), "exp");
    assert_eq!(refused(&|envelope| envelope.ledger.batch = "AB".repeat(16)), "ledger");
    assert_eq!(refused(&|envelope| envelope.ledger.chain = "a b".into()), "ledger");
}

/// Digests that a container's JSON holds.
fn count_digests(value: &Value) -> usize {
    match value {
        Value::Object(object) => object.get("_sd").map_or(0, |digests| digests.as_array().unwrap().len()),
        Value::Array(list) => list.iter().filter(|element| element.get("...").is_some()).count(),
        _ => 0,
    }
}

/// Name of each container disclosed → digests in it (elements of a list under the list's name).
fn digests_by_container(issued: &Issued) -> BTreeMap<String, Vec<usize>> {
    let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for disclosure in &issued.disclosures {
        let parts = json::read(&base64url::decode(disclosure).unwrap()).unwrap();
        let (name, value) = match parts.as_array().unwrap().as_slice() {
            [_, Value::String(name), value] => (name.clone(), value),
            [_, value] => ("element".to_owned(), value),
            _ => panic!("not a disclosure"),
        };
        if count_digests(value) > 0 {
            counts.entry(name).or_default().push(count_digests(value));
        }
    }
    counts
}

/// The claims without optional ones, chosen by `keep`, at every level.
fn thinned(members: &[Claim], given: &Map<String, Value>, keep: &mut dyn FnMut() -> bool) -> Map<String, Value> {
    let mut thin = given.clone();
    for claim in members {
        match &claim.shape {
            Shape::Group(members) => thin = thinned(members, &thin, keep),
            _ if !claim.required && !keep() => drop(thin.remove(&claim.name)),
            Shape::Object(members) => {
                if let Some(Value::Object(object)) = thin.get_mut(&claim.name) {
                    *object = thinned(members, object, keep);
                }
            }
            Shape::List(list) => {
                if let Some(Value::Array(elements)) = thin.get_mut(&claim.name) {
                    elements.retain(|_| keep());
                    for element in elements {
                        let object = element.as_object_mut().unwrap();
                        *object = thinned(&list.members, object, keep);
                    }
                }
            }
            _ => {}
        }
    }
    thin
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn absence_of_optional_claims_does_not_show(which in 0..known().len(), coins in prop::collection::vec(any::<bool>(), 1..80)) {
        let schema = known()[which];
        let mut coins = coins.into_iter().cycle();
        let thin = thinned(&schema.claims, &claims(schema), &mut || coins.next().unwrap());
        let full = issued(schema);
        let thin = issue(schema, &envelope(), &thin, &key(), &mut OsSalts::new()).unwrap();
        check(&thin.compact()).unwrap();
        prop_assert_eq!(thin.jwt.len(), full.jwt.len());
        let full = digests_by_container(&full);
        for (name, counts) in digests_by_container(&thin) {
            prop_assert!(counts.iter().all(|count| *count == full[&name][0]), "{}", name);
        }
    }
}

#[test]
fn each_level_has_the_digests_its_schema_says() {
    let counts = digests_by_container(&issued(&HOC_BA_THCS));
    let of = |name: &str| HOC_BA_THCS.claim_at(&HOC_BA_THCS.full_path(name).unwrap()).unwrap().digests();
    for name in ["person", "study", "subjects", "result", "conduct"] {
        assert_eq!(counts[name], [of(name)], "{name}");
    }
    assert_eq!(counts["subjects"], [16]);
    assert_eq!(counts["element"], [4; 12]);
}
