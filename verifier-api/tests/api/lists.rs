use std::time::{Duration, Instant};

use base64ct::{Base64UrlUnpadded, Encoding};
use sogoc_ledger::block::Header;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::record::{Change, Definition, Issuer, Motion, Proposal, Validators};
use sogoc_ledger::transaction::Ballot;
use sogoc_ledger::validator::Certificate;

use crate::fixture::{Server, ballot, genesis, sealing};

fn grown() -> Server {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 40)]);
    (0..5).for_each(|_| server.ledger.block(&[]));
    server
}

#[test]
fn the_chain_says_how_far_it_is() {
    let server = grown();
    let (chain, tip) = (server.json("/v1/chain"), server.ledger.store.tip());
    assert_eq!(chain["chain"], "test");
    assert_eq!(chain["genesis"], server.checkpoint(0).hash().to_string());
    assert_eq!((&chain["height"], &chain["leaves"]), (&6.into(), &40.into()));
    assert_eq!(chain["hash"], tip.hash.to_string());
    assert_eq!(chain["state_root"], tip.header.state_root.to_string());
    assert_eq!(chain["time"], tip.header.time.0);
    assert_eq!((&chain["validators"], &chain["peers"], &chain["ready"]), (&4.into(), &3.into(), &true.into()));
}

#[test]
fn whoever_waits_for_a_block_is_told_of_it() {
    let server = grown();
    let height = |path: &str| server.json(path)["height"].as_u64().unwrap();
    for at_once in ["/v1/chain?above=5", "/v1/chain?above=5&wait=30", "/v1/chain?wait=30", "/v1/chain?above=6"] {
        assert_eq!(height(at_once), 6, "{at_once}");
    }
    let started = Instant::now();
    assert_eq!(height("/v1/chain?above=6&wait=1"), 6, "none came");
    assert!(started.elapsed() >= Duration::from_secs(1));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| height("/v1/chain?above=7&wait=30"));
        while server.in_progress() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        server.ledger.block(&[]);
        server.ledger.block(&[]);
        assert_eq!(waiting.join().unwrap(), 8);
    });
    for bad in ["above=-1", "above=", "wait=31", "above=6&above=7"] {
        assert_eq!(server.get(&format!("/v1/chain?{bad}")).status, 400, "{bad}");
    }
}

#[test]
fn headers_certificates_and_checkpoints_fit_together() {
    let server = grown();
    let header =
        |height: &str| -> Header { codec::decode(&server.get(&format!("/v1/headers/{height}")).bytes()).unwrap() };
    assert_eq!(header("latest"), header("6"));
    for height in 1..=6 {
        let (this, before) = (header(&height.to_string()), header(&(height - 1).to_string()));
        assert_eq!(this.parent, before.hash());
        let bytes = server.get(&format!("/v1/certificates/{height}")).bytes();
        let certificate: Certificate = codec::decode(&bytes).unwrap();
        let checkpoint = server.checkpoint(height);
        assert_eq!(checkpoint.header, this);
        let (chain, set) = (&this.chain, &checkpoint.validators);
        assert_eq!(certificate.verify(chain, set, height, &this.hash()), Ok(()));
    }
    assert_eq!(server.get("/v1/certificates/0").code(), "no-certificate");
    for kind in ["headers", "certificates", "checkpoints"] {
        for unknown in ["7", "18446744073709551615"] {
            let answer = server.get(&format!("/v1/{kind}/{unknown}"));
            assert_eq!((answer.status, answer.code().as_str()), (404, "unknown-height"));
        }
    }
    let file = server.json("/v1/checkpoints/latest");
    assert_eq!((&file["sogoc-checkpoint"], &file["height"]), (&1.into(), &6.into()));
    let encoded = Base64UrlUnpadded::decode_vec(file["checkpoint"].as_str().unwrap()).unwrap();
    assert_eq!(encoded, server.get("/v1/checkpoints/6").bytes());
}

#[test]
fn lists_come_in_pages() {
    let server = grown();
    let mut heights = Vec::new();
    let mut page = server.json("/v1/headers?limit=3");
    loop {
        let headers = page["headers"].as_array().unwrap();
        assert!(headers.len() <= 3);
        heights.extend(headers.iter().map(|header| header["header"]["height"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        page = server.json(next);
    }
    assert_eq!(heights, (0..=6).collect::<Vec<_>>());
    assert!(server.json("/v1/headers?from=7")["headers"].as_array().unwrap().is_empty());
    let end = server.json("/v1/headers?from=18446744073709551615&limit=500");
    assert!(end["next"].is_null());

    let first = server.json("/v1/issuers?limit=2");
    assert_eq!(first["issuers"][1]["id"], "thcs-mau-2");
    let second = server.json(first["next"].as_str().unwrap());
    assert_eq!(second["issuers"][0]["id"], "thcs-mau-3");
    assert!(second["next"].is_null());
    for query in ["limit=0", "limit=501", "limit=-1", "after=BAD", "after=..%2f"] {
        assert_eq!(server.get(&format!("/v1/issuers?{query}")).code(), "bad-parameter", "{query}");
    }
}

#[test]
fn records_are_served_as_the_state_holds_them() {
    let server = grown();
    let founded = genesis();
    let binary = [("accept", "application/vnd.sogoc")];
    let issuer: Issuer = codec::decode(&server.get("/v1/issuers/thcs-mau-2").bytes()).unwrap();
    assert_eq!(issuer, founded.issuers[1]);
    assert_eq!(server.json("/v1/issuers/thcs-mau-2")["name"], "Trường THCS Mẫu 2");
    assert_eq!(server.get("/v1/issuers/nobody").code(), "unknown-issuer");
    let validators: Validators = codec::decode(&server.ask("/v1/validators", &binary).bytes()).unwrap();
    assert_eq!(validators.current, founded.members);
    assert_eq!(server.json("/v1/validators")["validators"]["current"][0]["owner"], "validator 1");
    let list = server.ask("/v1/issuers", &binary).bytes();
    let first = codec::encode(&founded.issuers[0]);
    assert_eq!(list[..4], (first.len() as u32).to_be_bytes());
    assert_eq!(list[4..4 + first.len()], first);
}

#[test]
fn motions_and_definitions_are_served() {
    let server = grown();
    let rename = Change::RenameIssuer {
        issuer: "thcs-mau-3".parse().unwrap(),
        name: Text::new("Trường THCS Mẫu Ba").unwrap(),
        name_en: Text::new("Model Lower Secondary School Three").unwrap(),
    };
    let proposal = Proposal {
        decision: Text::new("QĐ 03/QĐ-MẪU").unwrap(),
        note: Text::default(),
        changes: List::new(vec![rename]).unwrap(),
    };
    let first = ballot(101, Ballot::Propose(proposal.clone()));
    let second = ballot(102, Ballot::Propose(proposal));
    server.ledger.block(std::slice::from_ref(&first));
    server.ledger.block(&[second.clone(), ballot(103, Ballot::Vote { motion: first.id(), yes: true })]);
    let page = server.json("/v1/motions?limit=1");
    assert_eq!(page["motions"][0]["id"], second.id().to_string(), "the newest first");
    let page = server.json(page["next"].as_str().unwrap());
    assert_eq!(page["motions"][0]["id"], first.id().to_string());
    assert_eq!(page["motions"][0]["motion"]["votes"][1]["yes"], true);
    assert_eq!(page["motions"][0]["motion"]["outcome"], "open");
    assert!(page["next"].is_null());
    let motion: Motion = codec::decode(&server.get(&format!("/v1/motions/{}", first.id())).bytes()).unwrap();
    assert_eq!((motion.votes.len(), motion.proposal.decision.as_str()), (2, "QĐ 03/QĐ-MẪU"));
    assert_eq!(server.get(&format!("/v1/motions/{}", "00".repeat(32))).code(), "unknown-motion");
    assert_eq!(server.get("/v1/motions/1").code(), "bad-parameter");

    let founded = &genesis().definitions[0];
    let page = server.json("/v1/definitions");
    assert_eq!(page["definitions"][0]["definition"]["text"], "{\"gioi\": \"Giỏi\"}");
    assert_eq!(page["definitions"][0]["digest"], founded.digest().to_string());
    assert!(server.json("/v1/definitions?after=code-list/danh-hieu/1")["definitions"].as_array().unwrap().is_empty());
    let definition: Definition = codec::decode(&server.get("/v1/definitions/code-list/danh-hieu/1").bytes()).unwrap();
    assert_eq!(&definition, founded);
    for unknown in ["schema/danh-hieu/1", "code-list/danh-hieu/2", "code-list/khac/1"] {
        assert_eq!(server.get(&format!("/v1/definitions/{unknown}")).code(), "unknown-definition");
    }
    for bad in ["other/danh-hieu/1", "schema/Danh/1", "schema/danh-hieu/0", "schema/danh-hieu/65536"] {
        assert_eq!(server.get(&format!("/v1/definitions/{bad}")).code(), "bad-parameter", "{bad}");
        assert_eq!(server.get(&format!("/v1/definitions?after={bad}")).code(), "bad-parameter", "{bad}");
    }
}

#[test]
fn metrics_count_routes_not_people() {
    let server = grown();
    server.get("/v1/issuers/thcs-mau-2");
    server.get("/v1/issuers/nobody");
    let answer = server.get("/metrics");
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with("# TYPE sogoc_height gauge\nsogoc_height 6\n# HELP "), "{text}");
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
    for (status, count) in [(200, 1), (404, 1)] {
        let line = format!(
            "sogoc_http_requests_total{{method=\"GET\",route=\"/v1/issuers/{{issuer}}\",status=\"{status}\"}} {count}\n"
        );
        assert!(text.contains(&line), "{text}");
    }
    assert!(!text.contains("nobody") && !text.contains("thcs-mau"));
}
