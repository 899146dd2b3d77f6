//! Each limit is reached, holds, and lets go.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use sogoc_store::Store;
use sogoc_verifier_api::Limits;

use crate::fixture::{Server, batch, genesis, read_all, sealing};

pub const SHORT: Duration = Duration::from_millis(500);

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(15), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The address of a batch that is not there, waited for.
fn waiting(id: u8) -> String {
    format!("/v1/batches/thcs-mau-1/{}?wait=20", batch(id))
}

/// What a further request gets while `count` are in progress, on several routes.
fn while_in_progress(limits: Limits, count: u8, code: &str) {
    let server = Server::with(limits);
    std::thread::scope(|scope| {
        let held: Vec<_> = (1..=count)
            .map(|id| {
                scope.spawn({
                    let server = &server;
                    move || server.get(&waiting(id))
                })
            })
            .collect();
        until("all are in progress", || server.in_progress() == u64::from(count));
        for path in ["/v1/chain", "/v1/headers/0", "/v1/issuers", "/nowhere", &waiting(9)] {
            let answer = server.get(path);
            assert_eq!(answer.code(), code, "{path}: a limit is one for all routes");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert_eq!(server.get("/health/live").status, 200);
        assert_eq!(server.get("/health/ready").status, 200);
        server.ledger.block(&(1..=count).map(|id| sealing(id, 1)).collect::<Vec<_>>());
        for answer in held {
            assert_eq!(answer.join().unwrap().status, 200);
        }
    });
    until("shares are given back", || server.get("/v1/chain").status == 200);
}

#[test]
fn requests_of_one_client() {
    let limits = Limits { requests_per_client: 2, ..Limits::default() };
    while_in_progress(limits, 2, "too-many-requests");
}

#[test]
fn requests_of_all() {
    let limits = Limits { requests: 3, ..Limits::default() };
    while_in_progress(limits, 3, "busy");
}

#[test]
fn submissions_of_one_client() {
    let server = Server::with(Limits { submissions_per_second: 1, submissions_burst: 3, ..Limits::default() });
    let started = Instant::now();
    let taken = (0..100).take_while(|_| server.post(b"x").status == 400).count();
    let meanwhile = started.elapsed().as_secs() as usize;
    assert!((3..=3 + meanwhile).contains(&taken), "{taken}");
    let answer = server.submit(&sealing(1, 1));
    assert_eq!(answer.code(), "too-many-submissions");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait));
    assert_eq!(server.get("/v1/chain").status, 200, "reading goes on");
    std::thread::sleep(Duration::from_secs(wait));
    assert_eq!(server.submit(&sealing(1, 1)).status, 202);
}

#[test]
fn connections_of_one_client() {
    let server = Server::with(Limits { connections_per_client: 2, ..Limits::default() });
    let (first, second) = (server.connect(), server.connect());
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(read_all(&mut server.connect()), "", "a third is closed at once");
    drop((first, second));
    until("there is room again", || {
        server.raw(b"GET /v1/chain HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").contains("200 OK")
    });
}

#[test]
fn connections_of_all() {
    let server = Server::with(Limits { connections: 1, ..Limits::default() });
    let request = b"GET /v1/chain HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let first = server.connect();
    std::thread::sleep(Duration::from_millis(50));
    let mut second = server.connect();
    second.write_all(request).unwrap();
    second.set_read_timeout(Some(SHORT)).unwrap();
    assert!(second.read(&mut [0; 16]).is_err(), "the second waits");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(read_all(&mut second).contains("200 OK"));
}

#[test]
fn time_for_a_head_and_between_requests() {
    let server = Server::with(Limits { head_timeout: SHORT, ..Limits::default() });
    for drip in [b"".as_slice(), b"G", b"GET /v1/chain HTTP/1.1\r\nhost: x\r\n"] {
        // Before it connects: the server's clock may be the first to run.
        let started = Instant::now();
        let mut stream = server.connect();
        stream.write_all(drip).unwrap();
        let _ = read_all(&mut stream);
        assert!((SHORT..SHORT * 6).contains(&started.elapsed()), "{:?}", started.elapsed());
    }
    // One byte now and then does not help.
    let mut stream = server.connect();
    let started = Instant::now();
    for byte in b"GET /v1/chain HTTP/1.1\r\nhost: example.org\r\nx: " {
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(SHORT / 5);
    }
    assert!(started.elapsed() < SHORT * 6, "{:?}", started.elapsed());
    // A connection that is kept alive is not kept for ever.
    let mut idle = server.connect();
    idle.write_all(b"GET /v1/chain HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let started = Instant::now();
    assert!(read_all(&mut idle).contains("200 OK"));
    assert!(started.elapsed() < SHORT * 6);
}

#[test]
fn time_for_a_body() {
    let server = Server::with(Limits { body_timeout: SHORT, ..Limits::default() });
    let started = Instant::now();
    let answer = server.raw(b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.sogoc\r\ncontent-length: 1000\r\n\r\nhalf");
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body-too-slow"), "{answer}");
    assert!((SHORT..SHORT * 6).contains(&started.elapsed()));
}

#[test]
fn time_for_an_answer() {
    let server = Server::with(Limits { answer_timeout: SHORT, ..Limits::default() });
    let answer = server.get(&waiting(1));
    assert_eq!((answer.status, answer.code().as_str()), (503, "timed-out"));
    assert_eq!(server.in_progress(), 0);
}

#[test]
fn time_to_take_an_answer() {
    let server = Server::with(Limits { stall_timeout: SHORT * 2, ..Limits::default() });
    server.ledger.block(&[sealing(1, 10_000)]);
    let mut stream = server.connect();
    // More than the system's buffers hold, and nothing of it is read.
    let request = format!("GET /v1/batches/thcs-mau-1/{}/leaves HTTP/1.1\r\nhost: x\r\n\r\n", batch(1));
    stream.write_all(request.repeat(100).as_bytes()).unwrap();
    until("the answer waits", || server.in_progress() == 1);
    until("the connection is given up", || {
        std::thread::sleep(SHORT);
        server.in_progress() == 0
    });
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    assert!(bytes.len() < 100 * 320_000);
}

#[test]
fn age_of_a_connection() {
    let server = Server::with(Limits { connection_age: SHORT, ..Limits::default() });
    let mut stream = server.connect();
    stream.write_all(b"GET /v1/chain HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let started = Instant::now();
    assert!(read_all(&mut stream).contains("200 OK"));
    assert!((SHORT / 2..SHORT * 6).contains(&started.elapsed()));
}

#[test]
fn time_to_say_goodbye() {
    let mut server = Server::with(Limits { farewell: SHORT, ..Limits::default() });
    let mut stream = server.connect();
    stream.write_all(format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", waiting(1)).as_bytes()).unwrap();
    let mut idle = server.connect();
    until("it is in progress", || server.in_progress() == 1);
    let started = Instant::now();
    server.stop();
    assert!((SHORT..SHORT * 6).contains(&started.elapsed()));
    assert_eq!((read_all(&mut stream), read_all(&mut idle)), (String::new(), String::new()));
    assert!(std::net::TcpStream::connect(server.address).is_err());
}

#[test]
fn a_damaged_store_is_said_to_be_ours() {
    let home = tempfile::tempdir().unwrap();
    drop(Store::open(home.path(), &genesis()).unwrap());
    {
        let ledger = crate::fixture::Ledger::open(home.path());
        (0..3).for_each(|_| ledger.block(&[]));
    }
    {
        let options = rocksdb::Options::default();
        let families = rocksdb::DB::list_cf(&options, home.path()).unwrap();
        let db = rocksdb::DB::open_cf(&options, home.path(), families).unwrap();
        let headers = db.cf_handle("headers").unwrap();
        db.put_cf(headers, 1u64.to_be_bytes(), b"damaged").unwrap();
    }
    let server = Server::at(home, Limits::default());
    let answer = server.get("/v1/headers/1");
    assert_eq!((answer.status, answer.code().as_str()), (500, "store-fault"));
    assert!(!String::from_utf8(answer.body).unwrap().contains("row"));
    assert_eq!(server.get("/v1/headers/2").status, 200);
}
