//! Events as their clients meet them: streams and pages, of real blocks, over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use sogoc_ledger::status::Status;
use sogoc_verifier_api::Limits;

use crate::fixture::{Server, batch, changing, read_all, sealing};

/// One block of a stream, between empty lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    id: String,
    event: String,
    data: String,
    retry: String,
    comments: usize,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// A client of a stream, which reads as WHATWG HTML §9.2.6 says.
struct Stream {
    reader: BufReader<Box<dyn Read>>,
    head: String,
    _socket: TcpStream,
}

/// The bytes of a chunked body.
struct Chunks<R> {
    reader: R,
    left: usize,
    ended: bool,
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        if self.left == 0 {
            let mut size = String::new();
            self.reader.read_line(&mut size)?;
            self.left =
                usize::from_str_radix(size.trim_end(), 16).expect("a stream ends with its last chunk, not before");
            if self.left == 0 {
                self.ended = true;
                return Ok(0);
            }
        }
        let most = self.left.min(buffer.len());
        let read = self.reader.read(&mut buffer[..most])?;
        self.left -= read;
        if self.left == 0 {
            self.reader.read_exact(&mut [0; 2])?;
        }
        Ok(read)
    }
}

impl Stream {
    fn open(server: &Server, query: &str, more: &str) -> Self {
        let mut socket = server.connect();
        write!(socket, "GET /v1/events{query} HTTP/1.1\r\nhost: x\r\n{more}\r\n").unwrap();
        let mut reader = BufReader::new(socket.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let chunks = Chunks { reader, left: 0, ended: false };
        Self { reader: BufReader::new(Box::new(chunks)), head, _socket: socket }
    }

    /// Opened, with what it begins with.
    fn begun(server: &Server, query: &str, more: &str) -> (Self, String) {
        let mut stream = Self::open(server, query, more);
        assert!(stream.head.starts_with("HTTP/1.1 200 "), "{}", stream.head);
        let first = stream.next().unwrap();
        assert_eq!((first.data.as_str(), first.retry.as_str()), ("", "3000"));
        (stream, first.id)
    }

    /// The next block; none at the end of the stream.
    fn next(&mut self) -> Option<Told> {
        let mut told = Told::default();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).unwrap() == 0 {
                assert_eq!(told, Told::default(), "a stream ends between two events");
                return None;
            }
            let line = line.strip_suffix('\n').unwrap();
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match (line, field) {
                ("", _) => return Some(told),
                (_, "") => told.comments += 1,
                (_, "id") => told.id = value,
                (_, "event") => told.event = value,
                (_, "data") => told.data += &value,
                (_, "retry") => told.retry = value,
                _ => panic!("an unknown field: {line}"),
            }
        }
    }

    /// The next event; signs of life are passed over.
    fn event(&mut self) -> Told {
        loop {
            let told = self.next().expect("the stream goes on");
            if !told.data.is_empty() {
                return told;
            }
        }
    }

    fn ids(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.event().id).collect()
    }
}

/// Blocks 1 to 5: two batches, nothing, three changes, nothing, a batch.
fn grown() -> Server {
    let server = Server::start();
    grow(&server);
    server
}

fn grow(server: &Server) {
    server.ledger.block(&[sealing(1, 40), sealing(2, 3)]);
    server.ledger.block(&[]);
    let changes = [(1, Status::Revoked), (2, Status::Suspended), (3, Status::Superseded)];
    server.ledger.block(&changes.map(|(index, status)| changing(1, index, 0, status)));
    server.ledger.block(&[]);
    server.ledger.block(&[sealing(3, 20)]);
}

const ALL: [&str; 6] = ["1.1", "1.2", "3.1", "3.2", "3.3", "5.1"];

#[test]
fn what_is_sealed_and_changed_is_told_as_it_happens() {
    let server = Server::start();
    let (mut stream, begin) = Stream::begun(&server, "?issuer=thcs-mau-1", "accept: text/event-stream\r\n");
    assert_eq!(begin, "1.0");
    let head = stream.head.to_lowercase();
    for line in [
        "content-type: text/event-stream",
        "cache-control: no-store",
        "x-accel-buffering: no",
        "access-control-allow-origin: *",
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
    }
    server.ledger.block(&[sealing(1, 40)]);
    let sealed = stream.event();
    assert_eq!((sealed.id.as_str(), sealed.event.as_str()), ("1.1", "sealed"));
    let event = sealed.json();
    assert_eq!(event["batch_id"], batch(1).to_string());
    assert_eq!((&event["issuer"], &event["document_type"]), (&"thcs-mau-1".into(), &"hoc-ba-thcs".into()));
    assert_eq!((&event["period"], &event["size"], &event["height"]), (&"2025-2026".into(), &40.into(), &1.into()));
    assert_eq!(event["time"], server.ledger.store.tip().header.time.0);
    server.ledger.block(&[]);
    server.ledger.block(&[changing(1, 7, 0, Status::Revoked)]);
    let changed = stream.event();
    assert_eq!((changed.id.as_str(), changed.event.as_str()), ("3.1", "status"));
    let event = changed.json();
    assert_eq!(
        (&event["status"], &event["by"], &event["issuer"]),
        (&"revoked".into(), &"thcs-mau-1".into(), &"thcs-mau-1".into())
    );
    assert!(event.get("index").is_none() && !changed.data.contains(":7,"), "which document it was is not told");
}

#[test]
fn a_stream_begins_wherever_it_is_asked_to() {
    let server = grown();
    for seen in 0..=ALL.len() {
        let rest = &ALL[seen..];
        let last = seen.checked_sub(1).map(|last| ALL[last]);
        let resumed = last.map_or("last-event-id: 0.0\r\n".into(), |id| format!("last-event-id: {id}\r\n"));
        let after = last.map_or("?from=0".into(), |id| format!("?from={id}"));
        // The header is what a browser sends when it comes again: it counts, wherever the address began.
        for (query, more) in [("?from=2", resumed.as_str()), (after.as_str(), "")] {
            let (mut stream, _) = Stream::begun(&server, query, more);
            assert_eq!(stream.ids(rest.len()), rest, "{query} {more}");
        }
    }
    let (mut stream, _) = Stream::begun(&server, "?from=3", "");
    assert_eq!(stream.ids(4), &ALL[2..]);
    // What is not there yet is waited for; without any place, the next block is.
    let (mut later, begin) = Stream::begun(&server, "", "last-event-id: 7.9\r\n");
    assert_eq!(begin, "7.9");
    let (mut next, begin) = Stream::begun(&server, "", "");
    assert_eq!(begin, "6.0");
    for id in 4..=6 {
        server.ledger.block(&[sealing(id, 1)]);
    }
    assert_eq!(
        (later.ids(1), next.ids(3)),
        (vec!["8.1".to_owned()], ["6.1", "7.1", "8.1"].map(str::to_owned).to_vec())
    );
}

#[test]
fn only_what_concerns_the_issuer_is_told() {
    let server = Server::with(Limits { heartbeat: Duration::from_millis(50), ..Limits::default() });
    grow(&server);
    let (mut stream, _) = Stream::begun(&server, "?issuer=thcs-mau-1&from=0", "");
    assert_eq!(stream.ids(6), ALL);
    let (mut other, _) = Stream::begun(&server, "?issuer=thcs-mau-2&from=0", "");
    server.ledger.block(&[sealing(4, 1)]);
    assert_eq!(stream.ids(1), ["6.1"]);
    loop {
        let told = other.next().unwrap();
        assert_eq!(told.data, "");
        if told.id == "7.0" {
            break;
        }
    }
    assert_eq!(server.json("/v1/events?issuer=thcs-mau-2&from=0")["events"], Value::Array(Vec::new()));
}

#[test]
fn a_page_is_as_long_as_asked_for_and_leads_to_the_next() {
    let server = grown();
    for limit in 1..=7 {
        let (mut ids, mut path) = (Vec::new(), format!("/v1/events?from=0&limit={limit}"));
        let place = loop {
            let page = server.json(&path);
            let events = page["events"].as_array().unwrap();
            assert!(events.len() <= limit, "{page}");
            ids.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break page["place"].as_str().unwrap().to_owned() };
            path = next.to_owned();
        };
        assert_eq!((ids, place.as_str()), (ALL.map(str::to_owned).to_vec(), "6.0"), "limit {limit}");
    }
    // Who asks now and then asks from where the last page ended.
    let now = server.json("/v1/events?issuer=thcs-mau-1");
    assert_eq!((&now["events"], &now["place"]), (&Value::Array(Vec::new()), &"6.0".into()));
    server.ledger.block(&[sealing(4, 1)]);
    let later = server.json("/v1/events?issuer=thcs-mau-1&from=6.0");
    assert_eq!((&later["events"][0]["id"], &later["events"][0]["type"]), (&"6.1".into(), &"sealed".into()));
    // Blocks without events are passed over, however many there are.
    for _ in 0..600 {
        server.ledger.block(&[]);
    }
    server.ledger.block(&[sealing(5, 1)]);
    let page = server.json("/v1/events?from=7");
    assert_eq!((&page["events"][0]["id"], &page["next"]), (&"607.1".into(), &Value::Null));
    let (mut stream, _) = Stream::begun(&server, "?from=7", "");
    assert_eq!(stream.ids(1), ["607.1"]);
}

#[test]
fn a_large_block_comes_in_pieces() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 300)]);
    server.ledger.block(&(0..300).map(|index| changing(1, index, 0, Status::Suspended)).collect::<Vec<_>>());
    let (mut stream, _) = Stream::begun(&server, "?from=1.1", "");
    let expected: Vec<String> = (1..=300).map(|act| format!("2.{act}")).collect();
    assert_eq!(stream.ids(300), expected);
    let page = server.json("/v1/events?from=2.99&limit=200");
    assert_eq!((&page["events"][199]["id"], &page["place"]), (&"2.299".into(), &"2.299".into()));
    assert_eq!(server.json(page["next"].as_str().unwrap())["events"][0]["id"], "2.300");
}

#[test]
fn silence_is_broken_by_signs_of_life() {
    let server = Server::with(Limits { heartbeat: Duration::from_millis(50), ..Limits::default() });
    let (mut stream, _) = Stream::begun(&server, "?issuer=thcs-mau-2", "");
    let life = stream.next().unwrap();
    assert_eq!((life.comments, life.id.as_str(), life.data.as_str()), (1, "1.0", ""));
    server.ledger.block(&[sealing(1, 1)]);
    // What was looked through need not be again: a client that comes again begins behind it.
    while stream.next().unwrap().id != "2.0" {}
}

#[test]
fn a_stream_ends_with_its_connection_and_with_the_node() {
    let short = Server::with(Limits { connection_age: Duration::from_millis(300), ..Limits::default() });
    let (mut stream, _) = Stream::begun(&short, "", "");
    assert_eq!(stream.next(), None);
    let mut server = Server::start();
    let (mut stream, _) = Stream::begun(&server, "", "");
    server.stop();
    assert_eq!(stream.next(), None);
}

#[test]
fn streams_are_counted_for_each_client_and_for_all() {
    let one = Server::with(Limits { streams_per_client: 2, ..Limits::default() });
    let all = Server::with(Limits { streams: 2, ..Limits::default() });
    for (server, status, code) in [(&one, 429, "too-many-streams"), (&all, 503, "busy")] {
        let held = [Stream::begun(server, "", ""), Stream::begun(server, "", "")];
        let refused = server.get("/v1/events");
        assert_eq!((refused.status, refused.code().as_str()), (status, code));
        assert!(refused.header("retry-after").is_some());
        assert_eq!(server.ask("/v1/events", &[("accept", "application/json")]).status, 200, "a page is no stream");
        assert!(String::from_utf8(server.get("/metrics").body).unwrap().contains("\nsogoc_http_streams 2\n"));
        drop(held);
        // Those who left are noticed by the next sign of life or event.
        let (mut id, mut answer) = (0, Stream::open(server, "", ""));
        while !answer.head.starts_with("HTTP/1.1 200 ") {
            id += 1;
            assert!(id < 200, "places are given back");
            server.ledger.block(&[sealing(id as u8, 1)]);
            answer = Stream::open(server, "", "");
        }
    }
}

#[test]
fn what_is_no_place_no_issuer_or_no_form_is_refused() {
    let server = grown();
    for query in
        ["from=", "from=-1", "from=1.", "from=1.x", "from=latest", "from=18446744073709551616", "issuer=", "issuer=A"]
    {
        assert_eq!(server.get(&format!("/v1/events?{query}")).code(), "bad-parameter", "{query}");
    }
    for query in ["leaf=00", "index=1", "from=1&from=2", "limit=5", "after=1"] {
        assert_eq!(server.get(&format!("/v1/events?{query}")).code(), "unexpected-parameter", "{query}");
    }
    let page = [("accept", "application/json")];
    for query in ["limit=0", "limit=501", "from=1.01"] {
        assert_eq!(server.ask(&format!("/v1/events?{query}"), &page).code(), "bad-parameter", "{query}");
    }
    for id in ["", "x", "1.2.3", "99999999999999999999.0", "1.2\u{e9}"] {
        let answer = server.raw(
            format!("GET /v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\nlast-event-id: {id}\r\n\r\n")
                .as_bytes(),
        );
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("last-event-id"), "{id:?}: {answer}");
    }
    let twice =
        "GET /v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\nlast-event-id: 1.1\r\nlast-event-id: 1.2\r\n\r\n";
    assert!(server.raw(twice.as_bytes()).starts_with("HTTP/1.1 400 "));
    assert_eq!(server.get("/v1/events?issuer=nobody").code(), "unknown-issuer");
    for accept in ["text/html", "application/vnd.sogoc"] {
        assert_eq!(server.ask("/v1/events", &[("accept", accept)]).code(), "not-acceptable");
    }
    let (_, begin) = Stream::begun(&server, "?from=18446744073709551615.4294967295", "accept: text/*\r\n");
    assert_eq!(begin, "18446744073709551615.4294967295");
    let mut head = server.connect();
    head.write_all(b"HEAD /v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    assert!(read_all(&mut head).starts_with("HTTP/1.1 200 "));
}
