//! Holder binding.

use super::*;

const NOW: i64 = 1_780_000_000;

fn bound(binding: &Binding) -> String {
    let envelope = Envelope { holder: Some(holder_key().public_key()), ..envelope() };
    let claims = claims(&HOC_BA_THCS);
    let compact = issue(&HOC_BA_THCS, &envelope, &claims, &key(), &mut OsSalts::new()).unwrap().compact();
    let presentation = present(&SdJwt::parse(&compact).unwrap(), &["name", "subjects/Toán/year"]).unwrap();
    binding.sign(&SdJwt::parse(&presentation).unwrap(), &holder_key()).unwrap()
}

fn binding() -> Binding {
    Binding {
        audience: "tuyen-sinh@mau.edu.vn".into(),
        nonce: "8b2f".into(),
        issued_at: NOW,
        expires: Some(NOW + 3600),
    }
}

fn expected() -> Expected<'static> {
    Expected { audience: Some("tuyen-sinh@mau.edu.vn"), nonce: Some("8b2f"), now: NOW + 60, max_age_seconds: Some(600) }
}

#[test]
fn a_holder_binds_a_presentation_to_an_audience() {
    let text = bound(&binding());
    check(&text).unwrap();
    let document = SdJwt::parse(&text).unwrap();
    assert!(document.is_bound());
    assert_eq!(document.verify_holder(&expected()), Ok(binding()));
    let refused = |expected: Expected<'_>| document.verify_holder(&expected).unwrap_err().code();
    assert_eq!(refused(Expected { audience: Some("khac@mau.vn"), ..expected() }), "holder-audience-differs");
    assert_eq!(refused(Expected { nonce: Some("0000"), ..expected() }), "holder-nonce-differs");
    assert_eq!(refused(Expected { now: NOW + 601, ..expected() }), "holder-binding-expired");
    assert_eq!(refused(Expected { now: NOW + 3600, max_age_seconds: None, ..expected() }), "holder-binding-expired");
    assert_eq!(refused(Expected { now: NOW - 301, ..expected() }), "holder-binding-in-future");
    assert!(document.verify_holder(&Expected { audience: None, nonce: None, now: NOW, max_age_seconds: None }).is_ok());
}

#[test]
fn a_binding_holds_for_one_set_of_disclosures() {
    let text = bound(&binding());
    let mut parts: Vec<&str> = text.split('~').collect();
    parts.remove(1);
    let fewer = parts.join("~");
    let document = SdJwt::parse(&fewer).unwrap();
    assert_eq!(document.verify_holder(&expected()).unwrap_err().code(), "holder-hash-differs");
}

#[test]
fn bindings_that_prove_nothing_are_refused() {
    let text = bound(&binding());
    let (presentation, jwt) = text.rsplit_once('~').unwrap();
    let presentation = format!("{presentation}~");
    let refused =
        |text: &str| SdJwt::parse(text).and_then(|document| document.verify_holder(&expected())).unwrap_err().code();
    assert_eq!(refused(&presentation), "holder-binding-missing");
    assert_eq!(refused(&format!("{presentation}x")), "document-malformed");
    let unbound = issued(&HOC_BA_THCS).compact();
    assert_eq!(refused(&format!("{unbound}{jwt}")), "holder-key-missing");
    let unsigned = |text: &str, key: &SigningKey| binding().sign(&SdJwt::parse(text).unwrap(), key).unwrap_err().code();
    assert_eq!(unsigned(&unbound, &holder_key()), "holder-key-missing");
    assert_eq!(unsigned(&presentation, &key()), "holder-key-differs");

    let forged = |header: &str, signer: &SigningKey| {
        let payload = jwt.split('.').nth(1).unwrap();
        let signed = format!("{}.{payload}", base64url::encode(header.as_bytes()));
        format!("{presentation}{signed}.{}", base64url::encode(&signer.sign(signed.as_bytes()).unwrap()))
    };
    let header = r#"{"alg":"EdDSA","typ":"kb+jwt","kid":"wallet"}"#;
    let text = forged(header, &holder_key());
    assert!(SdJwt::parse(&text).unwrap().verify_holder(&expected()).is_ok());
    assert_eq!(refused(&forged(header, &key())), "holder-signature-invalid");
    assert_eq!(refused(&forged(r#"{"alg":"ES256","typ":"kb+jwt"}"#, &holder_key())), "algorithm-unsupported");
    assert_eq!(refused(&forged(r#"{"alg":"Ed25519","typ":"JWT"}"#, &holder_key())), "holder-binding-malformed");
    assert_eq!(
        refused(&forged(r#"{"alg":"Ed25519","typ":"kb+jwt","crit":[]}"#, &holder_key())),
        "holder-binding-malformed"
    );
}
