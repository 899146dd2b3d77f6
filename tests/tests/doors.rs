//! Bytes that are not what they should be, at every door of a node that runs: refused with a code, and nothing happens.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{BatchId, IssuerId, Period, Time};
use sogoc_ledger::record::Origin;
use sogoc_ledger::signature::{Algorithm, PublicKey};
use sogoc_ledger::transaction::{
    Act, Action, ChangeStatus, Issue, MAX_TRANSACTION_BYTES, MAX_VALIDITY_MS, Request, Transaction,
};
use sogoc_tests::{Answer, Cluster, Random, SCHOOL, wait_until};

/// No node may hold more, in MiB: twice what one with a million documents may have.
const MEMORY_MIB_MAX: u64 = 600;

/// A request of the school to seal one document, as of now.
fn request(cluster: &Cluster, key: &PublicKey, batch: u8) -> Request {
    let chain = cluster.nodes[0].chain().unwrap();
    Request {
        chain: chain["chain"].as_str().unwrap().parse().unwrap(),
        valid_until: Time(chain["time"].as_u64().unwrap() + 60_000),
        act: Act::Issuer {
            issuer: SCHOOL.parse().unwrap(),
            key: key.thumbprint(),
            approver: None,
            action: Action::Issue(Issue {
                batch: BatchId([batch; 16]),
                act_for: None,
                origin: Origin::Issued,
                grant: 0,
                document_type: "hoc-ba-thcs".parse().unwrap(),
                schema: 1,
                period: Period::new("2025-2026").unwrap(),
                leaves: List::new(vec![Hash([batch; 32])]).unwrap(),
            }),
        },
    }
}

fn signed(keys: &[&IssuerSecretKey], request: Request) -> Vec<u8> {
    let message = codec::encode(&request);
    let signatures = keys.iter().map(|key| key.signing().sign(Domain::TRANSACTION, &message)).collect();
    codec::encode(&Transaction { request, signatures: List::new(signatures).unwrap() })
}

fn parts(request: &mut Request) -> (&mut IssuerId, &mut Hash, &mut Option<Hash>, &mut Action) {
    let Act::Issuer { issuer, key, approver, action } = &mut request.act else { panic!("an issuer asks") };
    (issuer, key, approver, action)
}

fn issue(request: &mut Request) -> &mut Issue {
    let (.., Action::Issue(issue)) = parts(request) else { panic!("it seals") };
    issue
}

/// A node refuses with a problem document in both languages.
fn refused(answer: Answer, status: u16, code: &str) {
    let problem = answer.json();
    assert_eq!((answer.status, answer.code()), (status, code.to_owned()), "{problem}");
    assert!(!problem["detail_vi"].as_str().unwrap().is_ascii() && !problem["detail"].as_str().unwrap().is_empty());
}

/// What announces more than a transaction has is refused before it is sent.
fn too_large(cluster: &Cluster, length: usize) {
    let mut stream = TcpStream::connect(cluster.nodes[1].address()).unwrap();
    let head =
        "POST /v1/transactions HTTP/1.1\r\nhost: a\r\ncontent-type: application/vnd.sogoc\r\nconnection: close\r\n";
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"code\":\"body-too-large\""), "{answer}");
}

/// Everything goes on as if nothing had happened.
fn all_is_well(cluster: &mut Cluster, name: &str) {
    for by in 0..4 {
        cluster.seal_one(SCHOOL, &format!("{name}-{by}"), by).ok();
    }
    cluster.wait_agreement(0);
    for node in &mut cluster.nodes {
        assert!(node.runs());
        assert!(node.memory_mib() < MEMORY_MIB_MAX, "{} holds {} MiB", node.home().display(), node.memory_mib());
    }
}

#[test]
fn a_wrong_transaction_is_refused_by_its_code() {
    let mut cluster = Cluster::start();
    let school = IssuerSecretKey::load(&cluster.key(SCHOOL)).unwrap();
    let approver = IssuerSecretKey::load(&cluster.key(SCHOOL).with_extension("approver.key")).unwrap();
    let stranger = IssuerSecretKey::generate("truong-la".parse().unwrap(), Algorithm::Ed25519).unwrap();
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = request(&cluster, &school.public(), 7);
        change(&mut request);
        signed(&[&school], request)
    };
    let good = with(&|_| {});

    let submit = |bytes: &[u8]| cluster.nodes[1].submit(bytes);
    let check = |bytes: Vec<u8>, code: &str| refused(submit(&bytes), 422, code);
    check(with(&|request| request.chain = "mang-khac".parse().unwrap()), "other-chain");
    check(with(&|request| request.valid_until = Time(1)), "expired");
    check(with(&|request| request.valid_until.0 += MAX_VALIDITY_MS), "valid-too-long");
    check(with(&|request| *parts(request).0 = "truong-la".parse().unwrap()), "unknown-issuer");
    check(with(&|request| *parts(request).1 = stranger.public().thumbprint()), "unknown-key");
    check(signed(&[&stranger], request(&cluster, &school.public(), 7)), "wrong-signature");
    check(with(&|request| *parts(request).2 = Some(approver.public().thumbprint())), "signature-count");
    check(with(&|request| issue(request).grant = 99), "unknown-grant");
    check(with(&|request| issue(request).document_type = "bang-tn-thpt".parse().unwrap()), "type-not-granted");
    check(with(&|request| issue(request).leaves = List::default()), "empty-batch");
    check(with(&|request| issue(request).leaves = List::new(vec![Hash([1; 32]); 2]).unwrap()), "equal-leaves");
    let change = |index, batch| {
        move |request: &mut Request| {
            *parts(request).3 = Action::ChangeStatus(ChangeStatus {
                batch_issuer: SCHOOL.parse().unwrap(),
                batch,
                index,
                seen: 0,
                to: sogoc_ledger::status::Status::Revoked,
                commitment: Hash([9; 32]),
            });
        }
    };
    let approved = |index, batch| {
        let mut approved = request(&cluster, &school.public(), 7);
        change(index, batch)(&mut approved);
        *parts(&mut approved).2 = Some(approver.public().thumbprint());
        signed(&[&school, &approver], approved)
    };
    check(with(&change(0, BatchId([8; 16]))), "approver-needed");
    check(approved(0, BatchId([8; 16])), "unknown-batch");

    // Not one bit may differ, at the end or elsewhere; and no second spelling of the same is taken.
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1 << (place % 8);
        let answer = submit(&bytes);
        assert!(matches!(answer.status, 400 | 422) && !answer.code().is_empty(), "{place}: {answer:?}");
        refused(submit(&good[..place]), 400, "transaction-malformed");
    }
    refused(submit(&[&good[..], &[0]].concat()), 400, "transaction-malformed");
    refused(submit(&[]), 400, "transaction-malformed");
    refused(submit(&vec![0xff; MAX_TRANSACTION_BYTES]), 400, "transaction-malformed");
    too_large(&cluster, MAX_TRANSACTION_BYTES + 1);
    too_large(&cluster, usize::MAX >> 1);

    // The good one is taken, by one node or by all of them, and applies once.
    assert_eq!(cluster.nodes[0].leaves(), 0);
    for node in &cluster.nodes {
        let answer = node.submit(&good);
        assert!(answer.status == 202 || answer.code() == "already-sealed", "{answer:?}");
    }
    wait_until("it is sealed", || (cluster.nodes[1].leaves() > 0).then_some(()));
    refused(submit(&good), 409, "already-sealed");
    check(approved(1, BatchId([7; 16])), "no-such-document");
    all_is_well(&mut cluster, "after");
    assert_eq!(cluster.nodes[0].leaves(), 1 + 4);
}

#[test]
fn a_wrong_question_is_refused_by_its_code() {
    let mut cluster = Cluster::start();
    let node = &cluster.nodes[0];
    let zeros = "00".repeat(16);
    for (path, status, code) in [
        ("/admin", 404, "unknown-route"),
        ("/v1/../../etc/passwd", 404, "unknown-route"),
        ("/v1/headers/999999", 404, "unknown-height"),
        ("/v1/headers/-1", 400, "bad-parameter"),
        ("/v1/headers/99999999999999999999999", 400, "bad-parameter"),
        ("/v1/headers?from=x", 400, "bad-parameter"),
        ("/v1/headers?from=1&from=2", 400, "unexpected-parameter"),
        ("/v1/chain?leaf=00", 400, "unexpected-parameter"),
        ("/v1/issuers/truong-la", 404, "unknown-issuer"),
        ("/v1/issuers/%00", 400, "bad-parameter"),
        (&format!("/v1/batches/{SCHOOL}/{zeros}"), 404, "unknown-batch"),
        (&format!("/v1/batches/{SCHOOL}/xyz"), 400, "bad-parameter"),
        (&format!("/v1/batches/{SCHOOL}/{zeros}?wait=9999"), 400, "bad-parameter"),
        ("/v1/transactions", 405, "method-not-allowed"),
    ] {
        let answer = node.get(path).unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
    }
    all_is_well(&mut cluster, "after");
}

/// Every listener of the first node: engine, gossip, HTTP.
fn doors(cluster: &Cluster) -> [SocketAddr; 3] {
    let http = cluster.nodes[0].address();
    [200, 100, 0].map(|offset| SocketAddr::from((http.ip(), http.port() - offset)))
}

/// Whether the other side takes these bytes or not, and whatever it answers.
fn throw(door: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(door).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.take(1 << 20).read_to_end(&mut Vec::new());
}

#[test]
fn noise_at_every_socket_changes_nothing() {
    let mut random = Random::of_this_run();
    let mut cluster = Cluster::start();
    let multistream = b"\x13/multistream/1.0.0\n";
    for door in doors(&cluster) {
        for _ in 0..10 {
            let length = random.below(64 << 10);
            let noise = random.bytes(length);
            throw(door, &noise);
            throw(door, &[&multistream[..], b"\x07/noise\n", &noise].concat());
            throw(door, &[&multistream[..], &[0xff; 4096]].concat());
        }
        throw(door, &vec![b'A'; 8 << 20]);
        throw(door, b"");
    }
    let http = cluster.nodes[0].address();
    let head = "POST /v1/transactions HTTP/1.1\r\nhost: a\r\ncontent-type: application/vnd.sogoc\r\n";
    for request in [
        format!("{head}content-length: 99999999999\r\n\r\n"),
        format!("{head}content-length: -1\r\n\r\n"),
        format!("{head}content-length: 3\r\ncontent-length: 4\r\n\r\nabc"),
        format!("{head}transfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n"),
        format!("{head}transfer-encoding: chunked\r\n\r\n{}", "10000\r\n".to_owned() + &"A".repeat(1 << 16)),
        format!("GET /v1/chain HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000)),
        format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1 << 20)),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
    ] {
        throw(http, request.as_bytes());
    }
    all_is_well(&mut cluster, "after");
}

#[test]
fn many_who_say_nothing_do_not_keep_others_out() {
    let mut cluster = Cluster::start();
    let doors = doors(&cluster);
    // Fewer than one address may hold at the API, more than any office has.
    let silent: Vec<TcpStream> =
        (0..150).flat_map(|_| doors).filter_map(|door| TcpStream::connect(door).ok()).collect();
    let half: Vec<TcpStream> = doors
        .map(|door| {
            let mut stream = TcpStream::connect(door).unwrap();
            stream.write_all(b"\x13/multi").unwrap();
            stream
        })
        .into();
    assert!(silent.len() > 300, "{}", silent.len());
    all_is_well(&mut cluster, "meanwhile");
    drop((silent, half));
    all_is_well(&mut cluster, "after");
}
