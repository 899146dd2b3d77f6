//! The roots of certificates that are offered, and what a node says with them.

use serde_json::{Value, json};
use sogoc_credential::binding::{Evidence, Roots, RootsError};
use sogoc_verifier_api::{Limits, OfferedRoots, TrustError};

use crate::documents::Class;
use crate::fixture::Server;
use crate::verify::report_on;

/// Those of the vectors, as a file.
fn file() -> (Vec<u8>, Value) {
    let vectors: Value = serde_json::from_str(include_str!("../../../docs/vectors/binding.json")).unwrap();
    (vectors["roots"]["both"].to_string().into_bytes(), vectors["vectors"][0].clone())
}

#[test]
fn the_operators_file_is_offered_as_it_is() {
    assert_eq!(Server::start().get("/v1/roots").code(), "no-roots");

    let (file, _) = file();
    let server = Server::trusting(tempfile::tempdir().unwrap(), None, Some(&file), Limits::default());
    let answer = server.get("/v1/roots");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert_eq!(answer.body, file);
    assert!(Roots::from_file(&answer.body).is_ok());
    let again = server.ask("/v1/roots", &[("if-none-match", answer.header("etag").unwrap())]);
    assert_eq!(again.status, 304);
    assert_eq!(server.get("/v1/roots?name=NEAC").code(), "unexpected-parameter");
}

#[test]
fn a_file_that_is_none_is_not_offered() {
    for bytes in [b"".as_slice(), b"{}", b"\xff", b"{\"sogoc-roots\":1,\"roots\":[]}"] {
        let Err(error) = OfferedRoots::from_file(bytes.to_vec()) else { panic!("{bytes:?}") };
        assert!(matches!(error, TrustError::Roots(RootsError::Form(_) | RootsError::Number)));
        let text = error.to_string();
        assert!(text.starts_with("bad-roots: ") && !text.is_ascii(), "{text}");
    }
}

#[test]
fn a_report_says_what_the_evidence_is_worth_and_the_verdict_stays() {
    let (file, vector) = file();
    let bytes = |member: &str| -> Vec<u8> {
        let text = vector[member].as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    for (roots, binding) in [(None, Value::Null), (Some(file.as_slice()), json!("binding-not-admitted"))] {
        let server = Server::trusting(tempfile::tempdir().unwrap(), None, roots, Limits::default());
        let class = Class::of(1, 40);
        server.ledger.block(&[class.sealing()]);
        let mut bundle = class.bundle(&server.ledger, 7);
        // Another network's: there is no key here that it was admitted for.
        bundle.evidence.push(Evidence::new(bytes("statement"), vec![0x30, 0]).unwrap());
        let report = report_on(&server, &bundle);
        assert_eq!(report["verdict"], "valid");
        assert_eq!(report["document"]["binding"]["reason"]["code"], binding);
    }
}
