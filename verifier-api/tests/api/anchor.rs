//! The trust anchor that is offered.

use sogoc_credential::anchor::{self, AnchorError, from_file};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::name::ChainId;
use sogoc_verifier_api::{Limits, TrustError, trust_anchor};

use crate::fixture::{Ledger, Server, sealing};

#[test]
fn genesis_is_offered_unless_the_operator_names_another() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 2)]);
    let answer = server.get("/v1/anchor");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(from_file(&answer.body).unwrap(), server.checkpoint(0));
    let binary = server.ask("/v1/anchor", &[("accept", "application/vnd.sogoc")]).bytes();
    assert_eq!(Checkpoint::from_bytes(&binary).unwrap(), server.checkpoint(0));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    let again = server.ask("/v1/anchor", &[("if-none-match", answer.header("etag").unwrap())]);
    assert_eq!(again.status, 304);
    assert_eq!(server.get("/v1/anchor?height=1").code(), "unexpected-parameter");

    let named = server.checkpoint(1);
    let home = tempfile::tempdir().unwrap();
    {
        let ledger = Ledger::open(home.path());
        ledger.block(&[sealing(1, 2)]);
    }
    let file = anchor::to_file(&named);
    let server = Server::trusting(home, Some(file.as_bytes()), None, Limits::default());
    assert_eq!(from_file(&server.get("/v1/anchor").body).unwrap(), named);
}

#[test]
fn an_anchor_that_is_not_of_this_history_is_not_offered() {
    let server = Server::start();
    (0..2).for_each(|_| server.ledger.block(&[]));
    let store = &server.ledger.store;
    let refused = |anchor: &Checkpoint| trust_anchor(Some(anchor::to_file(anchor).as_bytes()), store);
    let good = server.checkpoint(1);
    assert_eq!(refused(&good), Ok(good.clone()));

    let mut other = good.clone();
    other.header.time.0 += 1;
    assert_eq!(refused(&other), Err(TrustError::NotOurs));
    let mut later = good.clone();
    later.header.height = 3;
    assert_eq!(refused(&later), Ok(later.clone()), "nothing is known of that height yet");
    let mut foreign = good.clone();
    foreign.header.chain = "other".parse::<ChainId>().unwrap();
    assert_eq!(refused(&foreign), Err(TrustError::OtherChain));
    for bytes in [b"".as_slice(), b"{}", &[b' '; 100_000], b"\xff"] {
        assert_eq!(trust_anchor(Some(bytes), store), Err(TrustError::File(AnchorError::Form)));
    }
    for error in [TrustError::NotOurs, TrustError::OtherChain, TrustError::File(AnchorError::Form)] {
        let text = error.to_string();
        let (code, sentences) = text.split_once(": ").unwrap();
        assert!(code.contains("anchor") && !sentences.is_ascii(), "{text}");
    }
}
