//! Clients that err, pry or mean harm.

use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::{Mutex, Once};

use sogoc_verifier_api::Limits;

use crate::documents::{Class, line};
use crate::fixture::{Server, batch, sealing};

static LOGS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct ToLogs;

impl Write for ToLogs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGS.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what all servers of this process log.
pub fn capture_logs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            // The client of these tests is in this process too, and logs what it asks for.
            .with_env_filter("debug,ureq=off,ureq_proto=off")
            .with_ansi(false)
            .with_writer(|| ToLogs)
            .init();
    });
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("closed")
}

#[test]
fn nothing_is_found_by_trying() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 40)]);
    let sealed = format!("/v1/batches/thcs-mau-1/{}", batch(1));
    let leaf = crate::fixture::leaves(1, 40)[0];
    for path in [
        "/v1",
        "/v1/",
        "/v2/chain",
        "/v1/chain/",
        "//v1/chain",
        "/V1/chain",
        "/v1/../v1/chain",
        "/v1/leaves",
        "/v1/batches",
        "/v1/batches/thcs-mau-1",
        "/v1/transactions/00",
        "/.env",
        "/%2e%2e/etc/passwd",
        &format!("/v1/leaves/{leaf}"),
        &format!("/v1/documents/{leaf}"),
        &format!("{sealed}/leaves/0"),
        &format!("{sealed}/statuses/0"),
        &format!("{sealed}/documents/{leaf}"),
        &format!("{sealed}/"),
    ] {
        let answer = server.raw(get(path).as_bytes());
        assert_eq!(status(&answer), "404", "{path}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("unknown-route"));
    }
    for path in [
        "/v1/headers/-1",
        "/v1/headers/01",
        "/v1/headers/1e9",
        "/v1/headers/18446744073709551616",
        &format!("/v1/headers/{}", "9".repeat(4_000)),
        "/v1/headers/%00",
        "/v1/headers/latest%00",
        "/v1/headers/%ff",
        "/v1/issuers/%2e%2e%2f%2e%2e%2fetc",
        "/v1/issuers/THCS-MAU-1",
        "/v1/issuers/thcs-mau-1%00",
        "/v1/batches/thcs-mau-1/1",
        "/v1/batches/thcs-mau-1/..%2f..%2f",
        &sealed[..sealed.len() - 1],
        &format!("{sealed}?leaf={leaf}"),
        &format!("{sealed}?wait=31"),
        &format!("{sealed}?since=1&since=2"),
        &format!("{sealed}?since=%00"),
        "/v1/chain?x=1",
        "/v1/headers?from=%2B1",
    ] {
        let answer = server.raw(get(path).as_bytes());
        assert_eq!(status(&answer), "400", "{path}: {answer}");
        assert!(answer.contains("bad-parameter") || answer.contains("unexpected-parameter"), "{answer}");
        assert!(!answer.contains("etc") && !answer.contains(&leaf.to_string()), "{answer}");
    }
    // Batch ids are not to be walked: one more or less is as unknown as any.
    let walked = server.get("/v1/batches/thcs-mau-1/01010101010101010101010101010102");
    assert_eq!(walked.code(), "unknown-batch");
}

#[test]
fn other_methods_are_not_allowed() {
    let server = Server::start();
    for (method, path, allow) in [
        ("DELETE", "/v1/chain", "GET,HEAD"),
        ("PUT", "/v1/issuers/x", "GET,HEAD"),
        ("POST", "/v1/headers", "GET,HEAD"),
        ("PATCH", "/metrics", "GET,HEAD"),
        ("OPTIONS", "/metrics", "GET,HEAD"),
        ("OPTIONS", "/", "GET,HEAD"),
        ("BREW", "/v1/chain", "GET,HEAD"),
        ("GET", "/v1/transactions", "POST"),
        ("GET", "/v1/verify", "POST"),
        ("GET", "/v1/verify/bulk", "POST"),
    ] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\norigin: https://x.example\r\nconnection: close\r\n\r\n");
        let answer = server.raw(request.as_bytes());
        assert_eq!(status(&answer), "405", "{method} {path}: {answer}");
        assert!(answer.contains("method-not-allowed"));
        assert!(answer.to_lowercase().contains(&format!("allow: {}", allow.to_lowercase())), "{answer}");
    }
    let head = server.raw(b"HEAD /v1/chain HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn any_page_may_ask() {
    let server = Server::start();
    let read = server.ask("/v1/chain", &[("origin", "https://example.org")]);
    assert_eq!(read.header("access-control-allow-origin"), Some("*"));
    assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(read.header("cache-control"), Some("no-store"));
    let problem = server.get("/v1/headers/9");
    assert_eq!(problem.header("access-control-allow-origin"), Some("*"));
    let written = server.submit(&sealing(1, 1));
    assert_eq!((written.status, written.header("access-control-allow-origin")), (202, Some("*")));
    let unacceptable = server.ask("/v1/headers/0", &[("accept", "text/html")]);
    assert_eq!((unacceptable.status, unacceptable.code().as_str()), (406, "not-acceptable"));
}

#[test]
fn a_browser_is_told_that_any_page_may_ask() {
    let server = Server::start();
    let ask = |path: &str| {
        let head = "host: x\r\norigin: https://x.example\r\naccess-control-request-method: POST\r\n\
                    access-control-request-headers: content-type\r\nconnection: close";
        server.raw(format!("OPTIONS {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes()).to_lowercase()
    };
    for path in ["/v1/chain", "/v1/verify", "/v1/verify/bulk", "/v1/transactions", "/v1/batches/x/y/statuses"] {
        let answer = ask(path);
        assert!(answer.starts_with("http/1.1 204 "), "{answer}");
        for header in [
            "access-control-allow-origin: *\r\n",
            "access-control-allow-methods: get, post\r\n",
            "access-control-allow-headers: accept, content-type, if-none-match, last-event-id\r\n",
            "access-control-max-age: 86400\r\n",
        ] {
            assert!(answer.contains(header), "{path}: {answer}");
        }
        // Nobody is known by a cookie here, and none is asked for.
        assert!(!answer.contains("credentials"), "{answer}");
    }
    assert_eq!(status(&ask("/v1/nothing")), "404");
}

#[test]
fn what_is_not_http_is_turned_away() {
    let server = Server::start();
    let long = "x".repeat(100_000);
    let many = "a: b\r\n".repeat(1_000);
    for (bytes, expected) in [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), "400"),
        (vec![0; 10_000], "400"),
        (b"GET /v1/chain\r\n\r\n".to_vec(), "400"),
        (b"GET /v1/\0chain HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), "400"),
        (b"GET /v1/chain HTTP/1.1\r\nhost: x\0y\r\n\r\n".to_vec(), "400"),
        (
            b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx".to_vec(),
            "400",
        ),
        (b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\nx".to_vec(), "400"),
        (format!("GET /v1/chain HTTP/1.1\r\nhost: x\r\ncookie: {long}\r\n\r\n").into_bytes(), "431"),
        (format!("GET /v1/chain HTTP/1.1\r\nhost: x\r\n{many}\r\n").into_bytes(), "431"),
        (format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes(), "4"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(), ""),
    ] {
        let answer = server.raw(&bytes);
        // A client that is still sending when it is turned away may see no more than the end of the connection.
        let seen = answer.is_empty() || answer[9..].starts_with(expected);
        assert!(seen, "{:?}: {answer}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    }
    assert_eq!(server.get("/v1/chain").status, 200);
    assert_eq!(server.in_progress(), 0);
}

#[test]
fn half_a_request_does_no_harm() {
    let server = Server::start();
    let whole = b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.sogoc\r\ncontent-length: 9\r\n\r\n12345";
    for cut in 0..=whole.len() {
        let mut stream = server.connect();
        stream.write_all(&whole[..cut]).unwrap();
        stream.shutdown(if cut % 2 == 0 { Shutdown::Both } else { Shutdown::Write }).unwrap();
    }
    assert_eq!(server.get("/v1/chain").status, 200);
    let started = std::time::Instant::now();
    while server.in_progress() > 0 {
        assert!(started.elapsed() < Limits::default().body_timeout / 3, "shares are given back");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_body_where_none_belongs_is_ignored() {
    let server = Server::start();
    let body = "[".repeat(50_000);
    let request = format!(
        "GET /v1/chain HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(status(&server.raw(request.as_bytes())), "200");
}

#[test]
fn logs_name_routes_and_nothing_else() {
    let server = Server::start();
    let planted = issue_planted(&server);
    let stream = server.connect();
    let client = stream.local_addr().unwrap().port();
    drop(stream);
    server.get(&format!("/v1/batches/thcs-mau-1/{planted}"));
    server.get(&format!("/v1/batches/thcs-mau-1/{planted}/leaves"));
    server.get("/v1/issuers/planted-issuer");
    server.get("/planted-path?planted-query=1");
    server.ask("/v1/chain", &[("user-agent", "planted-agent"), ("x-forwarded-for", "203.0.113.77")]);
    server.post(b"planted-body");
    let class = Class::of(3, 20);
    server.ledger.block(&[class.sealing()]);
    let mut bundle = class.bundle(&server.ledger, 0);
    for valid in [true, false] {
        let report = server.send("/v1/verify", "application/json", bundle.to_json().as_bytes()).json();
        assert_eq!(report["document"]["claims"]["name"], "Nguyễn Thử Nghiệm 0");
        assert_eq!(report["verdict"] == "valid", valid);
        server.send("/v1/verify/bulk", "application/x-ndjson", line(&bundle).as_bytes());
        bundle.receipt.index += 1;
    }
    server.send("/v1/verify", "application/json", b"{\"planted\": 1}");
    let logs = String::from_utf8(LOGS.lock().unwrap().clone()).unwrap();
    assert!(logs.contains("/v1/batches/{issuer}/{batch}/leaves"), "{logs}");
    let batch = batch(3).to_string();
    for personal in ["planted", &planted, "203.0.113.77", &format!(":{client}"), "thcs-mau-1", "Nghiệm", &batch, "eyJ"]
    {
        assert!(!logs.contains(personal), "{personal} is in the logs");
    }
}

fn issue_planted(server: &Server) -> String {
    let id = sogoc_ledger::name::BatchId(*b"planted-batch-id");
    let transaction = crate::fixture::issue(id, "2025-2026", crate::fixture::leaves(1, 30));
    assert_eq!(server.submit(&transaction).status, 202);
    server.ledger.commit();
    id.to_string()
}
