//! Documents checked by the server: streams of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use sogoc_credential::bundle::MAX_BUNDLE_BYTES;
use sogoc_ledger::status::Status;
use sogoc_verifier_api::Limits;

use crate::documents::{Class, line};
use crate::fixture::{Answer, Server, changing};
use crate::limits::{SHORT, until};

const NDJSON: &str = "application/x-ndjson";

const HEAD: &[u8] = b"POST /v1/verify/bulk HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";

fn bulk(server: &Server, body: &[u8]) -> Answer {
    server.send("/v1/verify/bulk", NDJSON, body)
}

fn lines(body: &[u8]) -> Vec<Value> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// A client that sends and reads as it likes.
struct Talk {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Talk {
    /// A stream that has begun: the answer's head is there.
    fn begin(server: &Server) -> Self {
        let mut stream = server.connect();
        stream.write_all(HEAD).unwrap();
        let mut talk = Self { answers: BufReader::new(stream.try_clone().unwrap()), stream };
        assert_eq!(talk.text(), "HTTP/1.1 200 OK\r\n");
        while talk.text() != "\r\n" {}
        talk
    }

    fn send(&mut self, bytes: &[u8]) {
        let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        self.stream.write_all(&chunk).unwrap();
    }

    fn end(&mut self) {
        self.stream.write_all(b"0\r\n\r\n").unwrap();
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        self.answers.read_line(&mut text).unwrap();
        text
    }

    /// What comes next, if it is one line.
    fn answer(&mut self) -> Value {
        let size = usize::from_str_radix(self.text().trim_end(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.answers.read_exact(&mut chunk).unwrap();
        let mut lines = lines(&chunk[..size]);
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }
}

#[test]
fn every_line_has_its_answer_and_the_summary_is_last() {
    let server = Server::start();
    let (first, second) = (Class::of(1, 30), Class::of(2, 5));
    server.ledger.block(&[first.sealing(), second.sealing()]);
    server.ledger.block(&[changing(1, 4, 0, Status::Revoked)]);
    let mut body = String::new();
    for index in 0..30 {
        body += &line(&first.bundle(&server.ledger, index));
    }
    body += "\n  \r\n";
    body += "this is no bundle\n";
    body += &line(&second.bundle(&server.ledger, 0)).replace('\n', "\r\n");
    body += &"x".repeat(MAX_BUNDLE_BYTES + 1);
    body += "\n";
    body += &" ".repeat(MAX_BUNDLE_BYTES - 2);
    body += "{}\n";
    body += "{\"sogoc-bundle\": 3}\n";
    body += line(&second.bundle(&server.ledger, 1)).trim_end();
    let answer = bulk(&server, body.as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(NDJSON)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let lines = lines(&answer.body);
    let told: Vec<_> = lines[30..lines.len() - 1]
        .iter()
        .map(|line| (&line["line"], line["verdict"].as_str().unwrap(), line["reason"]["code"].as_str().unwrap_or("")))
        .collect();
    let expected = [
        (&json!(33), "invalid", "not-a-bundle"),
        (&json!(34), "valid", ""),
        (&json!(35), "invalid", "bundle-too-large"),
        (&json!(36), "invalid", "not-a-bundle"),
        (&json!(37), "cannot-check", "bundle-unknown-format"),
        (&json!(38), "valid", ""),
    ];
    assert_eq!(told, expected);
    for (index, line) in lines[..30].iter().enumerate() {
        assert_eq!(line["line"], index + 1);
        assert_eq!(line["verdict"], if index == 4 { "revoked" } else { "valid" });
        assert_eq!(line["document"]["claims"]["name"], format!("Nguyễn Thử Nghiệm {index}"));
        let mut alone = server
            .send(
                "/v1/verify",
                "application/json",
                crate::documents::line(&first.bundle(&server.ledger, index as u32)).as_bytes(),
            )
            .json();
        alone["line"] = json!(index + 1);
        assert_eq!(*line, alone, "in company as alone");
    }
    let summary = json!({ "lines": 36, "valid": 31, "invalid": 3, "revoked": 1, "superseded": 0, "suspended": 0, "cannot-check": 1 });
    assert_eq!(lines.last(), Some(&json!({ "summary": summary })));
}

#[test]
fn an_empty_stream_has_a_summary() {
    let server = Server::start();
    for body in ["", "\n", " \n\n\t"] {
        let lines = lines(&bulk(&server, body.as_bytes()).body);
        assert_eq!((lines.len(), &lines[0]["summary"]["lines"]), (1, &json!(0)), "{body:?}");
    }
}

#[test]
fn answers_come_while_the_stream_goes_on_and_follow_the_chain() {
    let (server, class) = (Server::start(), Class::of(1, 20));
    server.ledger.block(&[class.sealing()]);
    let file = line(&class.bundle(&server.ledger, 0));
    let mut talk = Talk::begin(&server);
    talk.send(file.as_bytes());
    assert_eq!(talk.answer()["verdict"], "valid");
    server.ledger.block(&[changing(1, 0, 0, Status::Suspended)]);
    let (half, rest) = file.split_at(file.len() / 2);
    talk.send(half.as_bytes());
    talk.send(rest.as_bytes());
    let second = talk.answer();
    assert_eq!((&second["line"], &second["verdict"]), (&json!(2), &json!("suspended")), "as of the last block");
    talk.end();
    assert_eq!(talk.answer()["summary"]["lines"], 2);
}

#[test]
fn a_stream_that_was_cut_has_no_summary() {
    let server = Server::start();
    let mut talk = Talk::begin(&server);
    talk.send(b"x\ny");
    assert_eq!(talk.answer()["line"], 1);
    talk.stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = String::new();
    let _ = talk.answers.read_to_string(&mut rest);
    assert!(!rest.contains("summary"), "{rest}");
    until("its share is given back", || server.in_progress() == 0);
}

#[test]
fn lines_are_counted() {
    let server = Server::with(Limits { bulk_lines: 3, ..Limits::default() });
    let count = |body: &[u8]| lines(&bulk(&server, body).body);
    assert_eq!(count(b"x\ny\nz\n")[3]["summary"]["lines"], 3);
    for body in ["x\ny\nz\nz", "x\ny\nz\nz\n", "\n\nx\ny\nz\n"] {
        let lines = count(body.as_bytes());
        assert_eq!(lines.last().unwrap()["problem"]["code"], "too-many-lines", "{body:?}");
        assert!(lines.iter().all(|line| line.get("summary").is_none()));
    }
}

#[test]
fn bulk_checks_of_one_client_and_of_all() {
    for (limits, code) in [
        (Limits { bulks_per_client: 2, ..Limits::default() }, "too-many-requests"),
        (Limits { bulks: 2, bulks_per_client: 9, ..Limits::default() }, "busy"),
    ] {
        let server = Server::with(limits);
        let (first, mut second) = (Talk::begin(&server), Talk::begin(&server));
        let answer = bulk(&server, b"x\n");
        assert_eq!((answer.code().as_str(), answer.header("retry-after")), (code, Some("1")));
        assert_eq!(server.send("/v1/verify", "application/json", b"{}").status, 200, "one at a time goes on");
        drop(first);
        until("there is room again", || bulk(&server, b"x\n").status == 200);
        second.end();
        assert_eq!(second.answer()["summary"]["lines"], 0);
    }
}

#[test]
fn a_client_that_reads_nothing_is_not_read_from_and_then_cut_off() {
    let limits = Limits { stall_timeout: SHORT * 2, bulk_lines: u64::MAX, ..Limits::default() };
    let server = Server::with(limits);
    let mut stream = server.connect();
    stream.write_all(HEAD).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    // Each answer is a hundred times its line, so that the buffers between fill with answers first.
    let lines = "x\n".repeat(0x2000);
    let chunk = format!("4000\r\n{lines}\r\n");
    let mut sent = 0;
    while stream.write_all(chunk.as_bytes()).is_ok() {
        sent += lines.len();
        assert!(sent < 64 << 20, "somebody must have taken {sent} bytes");
    }
    until("its share is given back", || server.in_progress() == 0);
    assert_eq!(bulk(&server, b"x\n").status, 200);
}

#[test]
fn time_for_a_line() {
    let server = Server::with(Limits { body_timeout: SHORT, ..Limits::default() });
    let mut talk = Talk::begin(&server);
    talk.send(b"x\n{\"sogoc-");
    assert_eq!(talk.answer()["line"], 1);
    assert_eq!(talk.answer()["problem"]["code"], "body-too-slow");
}

#[test]
fn time_for_a_stream() {
    let server = Server::with(Limits { bulk_time: SHORT * 2, ..Limits::default() });
    let mut talk = Talk::begin(&server);
    talk.send(b"x\n");
    assert_eq!(talk.answer()["line"], 1);
    assert_eq!(talk.answer()["problem"]["code"], "timed-out");
    until("its share is given back", || server.in_progress() == 0);
}

#[test]
fn a_long_stream_may_outlast_an_answer_and_a_connection() {
    let limits =
        Limits { answer_timeout: SHORT / 2, connection_age: SHORT / 2, stall_timeout: SHORT / 2, ..Limits::default() };
    let server = Server::with(limits);
    let mut talk = Talk::begin(&server);
    for number in 1..=10 {
        talk.send(b"x\n");
        assert_eq!(talk.answer()["line"], number);
        std::thread::sleep(SHORT / 2);
    }
    talk.end();
    assert_eq!(talk.answer()["summary"]["lines"], 10);
    // Nowhere else: what a document takes is bounded as any answer is.
    let slow = server
        .raw(b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{");
    assert!(slow.starts_with("HTTP/1.1 503 ") && slow.contains("timed-out"), "{slow}");
}
