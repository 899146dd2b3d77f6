//! The examples that RFC 9901 prints.

use super::reveal::reveal;
use super::*;

#[test]
fn rfc_9901_disclosure_digests() {
    // §4.2.3
    let (digest, disclosure) = (
        "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
    );
    assert_eq!(holder::sd_hash(disclosure), digest);
    let payload = json!({"_sd": [digest]});
    let (processed, _) = reveal(payload.as_object().unwrap().clone(), &[disclosure], &[]).unwrap();
    assert_eq!(Value::Object(processed), json!({"family_name": "Möbius"}));
    let payload = json!({"nationalities": ["DE", {"...": "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"}, "US"]});
    let (processed, opened) =
        reveal(payload.as_object().unwrap().clone(), &["WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"], &[]).unwrap();
    assert_eq!(processed["nationalities"], json!(["DE", "FR", "US"]));
    assert_eq!(opened[0].path, "nationalities/1");
}

/// RFC 9901 §5.2: the SD-JWT+KB of the first example.
const RFC_9901_PRESENTATION: &str = include_str!("rfc9901-5.2.txt");

#[test]
fn rfc_9901_presentation_is_processed_as_printed() {
    let text: String = RFC_9901_PRESENTATION.split_whitespace().collect();
    let (bound, key_binding) = text.rsplit_once('~').unwrap();
    let mut parts = bound.split('~');
    let jwt = parse::Jwt::read(parts.next().unwrap()).unwrap();
    let disclosures: Vec<&str> = parts.collect();
    let (processed, opened) = reveal(jwt.payload, &disclosures, &[]).unwrap();
    assert_eq!(
        Value::Object(processed),
        json!({
            "iss": "https://issuer.example.com",
            "iat": 1683000000,
            "exp": 1883000000,
            "sub": "user_42",
            "nationalities": ["US"],
            "cnf": {"jwk": {
                "kty": "EC",
                "crv": "P-256",
                "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
                "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ"
            }},
            "family_name": "Doe",
            "given_name": "John",
            "address": {"street_address": "123 Main St", "locality": "Anytown", "region": "Anystate", "country": "US"}
        })
    );
    assert_eq!(opened.len(), 4);
    let key_binding = parse::Jwt::read(key_binding).unwrap();
    assert_eq!(key_binding.payload["sd_hash"], json!(holder::sd_hash(&format!("{bound}~"))));
    assert_eq!(code(&text), "header-malformed");
}
