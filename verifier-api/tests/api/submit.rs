use std::sync::atomic::Ordering;

use sogoc_ledger::codec::{self, List};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Act, MAX_TRANSACTION_BYTES};

use crate::fixture::{Server, changing, leaves, sealing};

#[test]
fn a_transaction_is_taken_and_then_on_the_ledger() {
    let server = Server::start();
    let transaction = sealing(1, 40);
    let answer = server.submit(&transaction);
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["id"], transaction.id().to_string());
    assert_eq!(server.json("/v1/chain")["height"], 0);
    server.ledger.commit();
    let chain = server.json("/v1/chain");
    assert_eq!((&chain["height"], &chain["leaves"]), (&1.into(), &40.into()));
}

#[test]
fn the_largest_transaction_fits() {
    let server = Server::start();
    let transaction = sealing(1, 10_000);
    assert_eq!(server.submit(&transaction).status, 202);
    server.ledger.commit();
    let path = format!("/v1/batches/thcs-mau-1/{}/leaves", "01".repeat(16));
    assert_eq!(server.get(&path).bytes().len(), 320_000);
}

#[test]
fn a_refusal_has_its_code_in_both_languages() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 40)]);
    server.ledger.block(&[changing(1, 3, 0, Status::Revoked)]);
    let mut unknown = sealing(2, 3);
    let Act::Issuer { issuer, .. } = &mut unknown.request.act else { panic!() };
    *issuer = "nobody".parse().unwrap();
    let mut unsigned = sealing(2, 3);
    unsigned.signatures = List::default();
    let mut forged = sealing(2, 3);
    forged.request.valid_until.0 += 1;
    let cases = [
        (unknown, 422, Refusal::UnknownIssuer),
        (unsigned, 422, Refusal::SignatureCount),
        (forged, 422, Refusal::WrongSignature),
        (sealing(1, 40), 409, Refusal::AlreadySealed),
        (sealing(9, 0), 422, Refusal::EmptyBatch),
        (changing(1, 3, 0, Status::Valid), 409, Refusal::StatusChangedMeanwhile),
        (changing(1, 3, 2, Status::Valid), 422, Refusal::StatusMayNotBecome),
        (changing(1, 40, 0, Status::Revoked), 422, Refusal::NoSuchDocument),
        (changing(7, 0, 0, Status::Revoked), 422, Refusal::UnknownBatch),
    ];
    for (transaction, status, refusal) in cases {
        let answer = server.submit(&transaction);
        assert_eq!((answer.status, answer.code().as_str()), (status, refusal.code()));
        assert_eq!(answer.json()["detail"], refusal.english());
        assert_eq!(answer.json()["detail_vi"], refusal.vietnamese());
    }
}

#[test]
fn other_bytes_are_no_transaction() {
    let server = Server::start();
    let good = codec::encode(&sealing(1, 2));
    let trailing = [good.as_slice(), &[0]].concat();
    let mut many = good.clone();
    let position = good.windows(32).position(|bytes| bytes == leaves(1, 2)[0].0).unwrap();
    many[position - 2..position].copy_from_slice(&[0xff, 0xff]);
    let deep = "[".repeat(100_000);
    for bytes in [b"".as_slice(), &good[..good.len() - 1], &trailing, &many, b"{}", deep.as_bytes(), &[0; 4_096]] {
        let answer = server.post(bytes);
        assert_eq!((answer.status, answer.code().as_str()), (400, "transaction-malformed"));
    }
    for media_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        let answer = server.post_as(media_type, &good);
        assert_eq!((answer.status, answer.code().as_str()), (415, "unsupported-media-type"));
    }
    let largest = server.post(&vec![0; MAX_TRANSACTION_BYTES]);
    assert_eq!(largest.code(), "transaction-malformed");
    assert_eq!(server.submit(&sealing(1, 2)).status, 202);
}

#[test]
fn too_many_bytes_are_refused_whether_announced_or_not() {
    let server = Server::start();
    let head = "POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.sogoc\r\n";
    let announced = format!("{head}content-length: {}\r\n\r\n", MAX_TRANSACTION_BYTES + 1);
    let answer = server.raw(announced.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"body-too-large\""));
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(5));
    let answer = server.raw(chunked.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn a_full_pool_and_a_stopped_node_say_so() {
    let server = Server::start();
    for id in 1..=4 {
        assert_eq!(server.submit(&sealing(id, 1)).status, 202);
    }
    let full = server.submit(&sealing(5, 1));
    assert_eq!((full.status, full.code().as_str()), (503, "pool-full"));
    assert_eq!(full.header("retry-after"), Some("1"));
    server.ledger.commit();
    assert_eq!(server.submit(&sealing(5, 1)).status, 202);

    assert_eq!(server.get("/health/ready").status, 200);
    server.ledger.stopped.store(true, Ordering::SeqCst);
    let stopped = server.submit(&sealing(6, 1));
    assert_eq!((stopped.status, stopped.code().as_str()), (503, "node-stopped"));
    let ready = server.get("/health/ready");
    assert_eq!((ready.status, ready.code().as_str()), (503, "not-ready"));
    assert_eq!(ready.json()["reason"], "stopped");
    assert_eq!(server.get("/health/live").status, 200);
}

#[test]
fn a_panic_is_our_fault_and_the_server_goes_on() {
    let server = Server::start();
    server.ledger.panics.store(true, Ordering::SeqCst);
    let answer = server.submit(&sealing(1, 1));
    assert_eq!((answer.status, answer.code().as_str()), (500, "internal"));
    assert!(!String::from_utf8(answer.body).unwrap().contains("as asked"));
    assert_eq!(server.in_progress(), 0);
    assert_eq!(server.submit(&sealing(1, 1)).status, 202);
}
