//! Documents checked by the server: one at a time.

use serde_json::{Value, json};
use sogoc_credential::bundle::{Bundle, MAX_BUNDLE_BYTES};
use sogoc_credential::report::Checked;
use sogoc_credential::verify::{Question, verify};
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{Ancestry, Finality, ProofMemo};
use sogoc_ledger::status::Status;
use sogoc_verifier_api::Limits;

use crate::documents::Class;
use crate::fixture::{Answer, Ledger, Server, changing, sealing};
use crate::limits::SHORT;

const JSON: &str = "application/json";

fn ask(server: &Server, path: &str, file: &[u8]) -> Answer {
    server.send(path, JSON, file)
}

/// The report on a file; that there is one.
fn report(server: &Server, file: &[u8]) -> Value {
    let answer = ask(server, "/v1/verify", file);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), Some(JSON));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    answer.json()
}

pub fn report_on(server: &Server, bundle: &Bundle) -> Value {
    report(server, bundle.to_json().as_bytes())
}

fn told(report: &Value) -> (&str, &str) {
    (report["verdict"].as_str().unwrap(), report["reason"]["code"].as_str().unwrap_or_default())
}

/// A server with a class in block 1 and some blocks after it.
fn with_class() -> (Server, Class) {
    let (server, class) = (Server::start(), Class::of(1, 40));
    server.ledger.block(&[class.sealing(), sealing(2, 3)]);
    server.ledger.block(&[]);
    (server, class)
}

#[test]
fn the_report_is_the_one_that_the_client_makes() {
    let (server, class) = with_class();
    let bundle = class.bundle(&server.ledger, 7);
    server.ledger.block(&[]);
    let (anchor, fresh) = (server.checkpoint(1), class.statuses(&server.ledger, 1));
    let by_client = verify(&Question {
        bundle: &bundle,
        anchor: &anchor,
        fresh: Some(&fresh),
        now: Time(u64::MAX),
        max_age_ms: None,
        holder: None,
        original: None,
        roots: None,
        memo: &ProofMemo::default(),
    });
    let report = report_on(&server, &bundle);
    assert_eq!(report, Value::Object(Checked::of(by_client, None).to_json()));
    assert_eq!(told(&report), ("valid", ""));
    assert_eq!((&report["trust"]["height"], &report["status"]["as_of_height"]), (&json!(1), &json!(3)));
    assert_eq!(report["status"]["fresh"], true);
    assert_eq!(report["document"]["claims"]["name"], "Nguyễn Thử Nghiệm 7");
}

#[test]
fn a_status_is_that_of_the_last_block_whatever_the_receipt_knew() {
    let (server, class) = with_class();
    let before: Vec<_> = (0..4).map(|index| class.bundle(&server.ledger, index)).collect();
    for (index, to) in [(1, Status::Revoked), (2, Status::Superseded), (3, Status::Suspended)] {
        server.ledger.block(&[changing(1, index, 0, to)]);
    }
    for (bundle, verdict) in before.iter().zip(["valid", "revoked", "superseded", "suspended"]) {
        let report = report_on(&server, bundle);
        assert_eq!(report["verdict"], verdict);
        assert_eq!((&report["status"]["as_of_height"], &report["status"]["fresh"]), (&json!(5), &json!(true)));
    }
    // The clock of these blocks is that of January.
    let file = before[0].to_json();
    let aged = |query: &str| ask(&server, &format!("/v1/verify?{query}"), file.as_bytes());
    assert_eq!(told(&aged("max_age=60").json()), ("cannot-check", "status-too-old"));
    assert_eq!(told(&aged("max_age=315360000").json()), ("valid", ""));
    for query in ["max_age=315360001", "max_age=-1", "max_age=1d", "max_age="] {
        assert_eq!(aged(query).code(), "bad-parameter", "{query}");
    }
    assert_eq!(aged("original=x").code(), "unexpected-parameter");
}

#[test]
fn no_changed_byte_is_called_valid() {
    let (server, class) = with_class();
    let good = class.bundle(&server.ledger, 3).to_json();
    assert_eq!(told(&report(&server, good.as_bytes())), ("valid", ""));
    for place in (0..good.len()).step_by(good.len() / 300) {
        let mut bytes = good.clone().into_bytes();
        bytes[place] ^= 1;
        let bundle = Bundle::from_bytes(&bytes).ok();
        let same = bundle.is_some_and(|bundle| bundle.to_json() == good);
        let report = report(&server, &bytes);
        let verdict = report["verdict"].as_str().unwrap();
        assert_eq!(verdict == "valid", same, "byte {place}: {report}");
        assert!(matches!(verdict, "valid" | "invalid" | "cannot-check"));
    }
}

#[test]
fn a_refreshed_receipt_is_put_to_the_checkpoint_it_was_refreshed_for() {
    let (server, class) = with_class();
    let mut bundle = class.bundle(&server.ledger, 0);
    server.ledger.block(&[]);
    let path = |checkpoint| server.ledger.store.ancestry(2, checkpoint).unwrap().unwrap();
    bundle.receipt.proof.finality = Finality::Ancestor(path(3));
    let report = report_on(&server, &bundle);
    assert_eq!((told(&report), &report["trust"]["height"]), (("valid", ""), &json!(3)));
    // One that this node does not have: it cannot say.
    let later = Ancestry { checkpoint: 9, ..path(3) };
    bundle.receipt.proof.finality = Finality::Ancestor(later);
    assert_eq!(told(&report_on(&server, &bundle)), ("cannot-check", "needs-refresh"));
    let other = Ancestry { checkpoint: 3, path: Default::default() };
    bundle.receipt.proof.finality = Finality::Ancestor(other);
    assert_eq!(told(&report_on(&server, &bundle)), ("invalid", "not-an-ancestor"));
}

#[test]
fn what_is_not_in_this_history_proves_nothing_whoever_signed_it() {
    let (server, class) = with_class();
    let home = tempfile::tempdir().unwrap();
    let fork = Ledger::open(home.path());
    fork.block(&[]);
    let forged = Class::of(9, 20);
    fork.block(&[forged.sealing()]);
    // The validators' keys are all there, so this would hold for whoever trusts an earlier block.
    let bundle = forged.bundle(&fork, 0);
    assert!(bundle.receipt.proof.verify(&crate::fixture::pointer(9), &server.checkpoint(0)).is_ok());
    assert_eq!(told(&report_on(&server, &bundle)), ("invalid", "not-an-ancestor"));
    assert_eq!(told(&report_on(&server, &class.bundle(&server.ledger, 0))), ("valid", ""));
}

#[test]
fn a_node_that_is_behind_says_what_it_could_not_fetch() {
    let (ahead, class) = with_class();
    let behind = Server::start();
    let report = report_on(&behind, &class.bundle(&ahead.ledger, 0));
    assert_eq!((told(&report), &report["not_fresh"]), (("valid", ""), &json!("unknown-batch")));
    assert_eq!((&report["trust"]["genesis"], &report["status"]["fresh"]), (&json!(true), &json!(false)));
}

#[test]
fn a_file_that_is_no_bundle_is_a_verdict_too() {
    let (server, class) = with_class();
    let good = class.bundle(&server.ledger, 0).to_json();
    let half = &good.as_bytes()[..good.len() / 2];
    let deep = "[".repeat(MAX_BUNDLE_BYTES);
    let deep_member = format!("{{\"sogoc-bundle\": 2, \"credential\": {}", "{\"a\":".repeat(100_000));
    for file in [
        b"".as_slice(),
        b"{}",
        b"null",
        half,
        deep.as_bytes(),
        deep_member.as_bytes(),
        b"{\"sogoc-bundle\": 1e400}",
        b"{\"sogoc-bundle\": -1}",
        b"{\"sogoc-bundle\": 99999999999999999999999999999999999999}",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        &[b' '; MAX_BUNDLE_BYTES],
    ] {
        let report = report(&server, file);
        assert_eq!(
            told(&report),
            ("invalid", "not-a-bundle"),
            "{}",
            String::from_utf8_lossy(&file[..file.len().min(40)])
        );
        assert!(!report["reason"]["vi"].as_str().unwrap().is_ascii());
    }
    let later = good.replace("\"sogoc-bundle\": 2", "\"sogoc-bundle\": 3");
    assert_eq!(told(&report(&server, later.as_bytes())), ("cannot-check", "bundle-unknown-format"));
    let mut foreign = class.bundle(&server.ledger, 0);
    foreign.credential = Class::of(9, 1).documents[0].clone();
    assert_eq!(told(&report_on(&server, &foreign)), ("invalid", "other-batch"));
}

#[test]
fn checks_have_their_own_share_of_the_processor() {
    let server = Server::with(Limits { checks: 0, answer_timeout: SHORT, bulk_time: SHORT, ..Limits::default() });
    let alone = ask(&server, "/v1/verify", b"{}");
    assert_eq!((alone.status, alone.code().as_str()), (503, "timed-out"));
    let many = server.send("/v1/verify/bulk", "application/x-ndjson", b"{}\n");
    assert_eq!(many.json()["problem"]["code"], "timed-out");
    assert_eq!(server.get("/v1/headers/0").status, 200, "reading goes on");
}

#[test]
fn what_is_sent_is_bounded() {
    let server = Server::with(Limits { body_timeout: std::time::Duration::from_millis(500), ..Limits::default() });
    let head = "POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let announced = server.raw(format!("{head}content-length: {}\r\n\r\n", MAX_BUNDLE_BYTES + 1).as_bytes());
    assert!(announced.starts_with("HTTP/1.1 413 ") && announced.contains("\"body-too-large\""), "{announced}");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let chunked = server.raw(format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(30)).as_bytes());
    assert!(chunked.is_empty() || chunked.starts_with("HTTP/1.1 413 "), "{chunked}");
    let slow = server.raw(format!("{head}content-length: 100\r\n\r\n{{").as_bytes());
    assert!(slow.starts_with("HTTP/1.1 408 ") && slow.contains("\"body-too-slow\""), "{slow}");
    for media_type in ["text/plain", "application/vnd.sogoc", "application/x-ndjson", "application/jsonx"] {
        let answer = server.send("/v1/verify", media_type, b"{}");
        assert_eq!((answer.status, answer.code().as_str()), (415, "unsupported-media-type"));
    }
    assert_eq!(server.send("/v1/verify", "Application/JSON; charset=utf-8", b"{}").status, 200);
    assert_eq!(server.get("/v1/verify").code(), "method-not-allowed");
    assert_eq!(server.in_progress(), 0);
}
