use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::name::BatchId;
use sogoc_ledger::receipt::{Ancestry, BatchAbsence, BatchProof, BatchStatuses, Finality, Pointer};
use sogoc_ledger::status::{Status, StatusEntry};
use sogoc_ledger::{Hash, merkle};

use crate::fixture::{Answer, Server, batch, changing, issue, leaves, pointer, school, sealing, sealing_for_first};

fn path(id: u8) -> String {
    format!("/v1/batches/thcs-mau-1/{}", batch(id))
}

/// The elements of a binary list.
fn elements(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (element, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        elements.push(element);
        bytes = rest;
    }
    assert!(bytes.is_empty());
    elements
}

/// The address of the next page.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?.strip_prefix('<')?;
    Some(link.strip_suffix(">; rel=\"next\"")?.to_owned())
}

fn served_leaves(server: &Server, id: u8) -> Vec<Hash> {
    let bytes = server.get(&format!("{}/leaves", path(id))).bytes();
    let (hashes, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    hashes.iter().map(|hash| Hash(*hash)).collect()
}

#[test]
fn receipts_made_of_what_is_served_verify() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 40), sealing(2, 25)]);
    server.ledger.block(&[changing(1, 7, 0, Status::Revoked)]);
    let genesis = server.checkpoint(0);
    let proof = BatchProof::from_bytes(&server.get(&path(1)).bytes()).unwrap();
    assert_eq!(proof.verify(&pointer(1), &genesis), Ok(()));

    let bytes = server.get(&format!("{}/statuses", path(1))).bytes();
    let statuses = BatchStatuses::from_bytes(&bytes).unwrap();
    assert_eq!(statuses.verify(&pointer(1), &genesis), Ok(()));
    let leaves = served_leaves(&server, 1);
    assert_eq!(leaves, crate::fixture::leaves(1, 40));
    for index in 0..40 {
        let receipt = statuses.receipt(&leaves, index).unwrap();
        let leaf = leaves[index as usize];
        let proven = receipt.verify(leaf, &pointer(1), &genesis).unwrap();
        assert_eq!(proven.in_force(), index != 7);
    }
    assert!(statuses.verify(&pointer(2), &genesis).is_err());
}

#[test]
fn an_old_receipt_is_refreshed_with_what_is_served() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 20)]);
    let mut old = BatchProof::from_bytes(&server.get(&path(1)).bytes()).unwrap();
    (0..5).for_each(|_| server.ledger.block(&[]));
    let newer = server.checkpoint(6);
    assert!(old.verify(&pointer(1), &newer).unwrap_err().cannot_check());
    let bytes = server.get("/v1/ancestry/1?checkpoint=6").bytes();
    old.finality = Finality::Ancestor(codec::decode::<Ancestry>(&bytes).unwrap());
    assert_eq!(old.verify(&pointer(1), &newer), Ok(()));
    for (query, status, code) in [
        ("1?checkpoint=1", 404, "not-older"),
        ("6?checkpoint=1", 404, "not-older"),
        ("1?checkpoint=7", 404, "not-older"),
        ("1", 400, "bad-parameter"),
    ] {
        let answer = server.get(&format!("/v1/ancestry/{query}"));
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{query}");
    }
}

#[test]
fn the_issuer_that_documents_name_is_proven_too() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 20), sealing_for_first(2, 20)]);
    let proof = |address: String, pointer: Pointer| {
        let proof = BatchProof::from_bytes(&server.get(&address).bytes()).unwrap();
        assert_eq!(proof.verify(&pointer, &server.checkpoint(0)), Ok(()));
        proof.named_issuer.map(|issuer| issuer.id)
    };
    assert_eq!(proof(path(1), pointer(1)), None);
    let by_second = Pointer { issuer: "thcs-mau-2".parse().unwrap(), ..pointer(2) };
    assert_eq!(proof(format!("/v1/batches/thcs-mau-2/{}", batch(2)), by_second), Some(school()));
    assert_eq!(server.get(&format!("{}?named=thcs-mau-2", path(1))).code(), "unexpected-parameter");
}

#[test]
fn what_a_document_was_before_is_told_of_its_whole_batch() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 40), sealing(2, 3)]);
    server.ledger.block(&[changing(1, 7, 0, Status::Suspended), changing(2, 1, 0, Status::Suspended)]);
    server.ledger.block(&[changing(1, 7, 2, Status::Revoked), changing(2, 1, 2, Status::Valid)]);
    type Former = List<StatusEntry, 65_535>;
    let bytes = server.get(&format!("{}/history", path(1))).bytes();
    let (id, former): (BatchId, Former) = codec::decode(&bytes).unwrap();
    let statuses = BatchStatuses::from_bytes(&server.get(&format!("{}/statuses", path(1))).bytes()).unwrap();
    assert!(id == batch(1) && statuses.statuses.entry(7).follows(&former));
    let rendered = server.json(&format!("{}/history", path(1)));
    assert_eq!((&rendered["former"][0]["index"], &rendered["former"][0]["status"]), (&7.into(), &"suspended".into()));

    assert_eq!(server.get(&format!("{}/history", path(2))).code(), "small-batch");
    let bytes = server.get("/v1/issuers/thcs-mau-1/periods/2025-2026/histories").bytes();
    let of_period: Vec<(BatchId, Former)> = elements(&bytes).into_iter().map(|e| codec::decode(e).unwrap()).collect();
    assert_eq!(of_period.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [batch(1), batch(2)]);
    let one = server.json("/v1/issuers/thcs-mau-1/periods/2025-2026/histories");
    assert_eq!(one["histories"][1]["batch_id"], batch(2).to_string());
    assert!(one["next"].is_null());
}

#[test]
fn waiting_ends_when_the_batch_is_sealed() {
    let server = Server::start();
    let unknown = server.get(&path(1));
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown-batch"));
    let started = Instant::now();
    assert_eq!(server.get(&format!("{}?wait=1", path(1))).code(), "unknown-batch");
    assert!(started.elapsed() >= Duration::from_secs(1));

    let started = Instant::now();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.get(&format!("{}?wait=30", path(1))));
        while server.in_progress() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        server.ledger.block(&[sealing(2, 1)]);
        server.ledger.block(&[sealing(1, 1)]);
        let proof = BatchProof::from_bytes(&waiting.join().unwrap().bytes()).unwrap();
        assert_eq!(proof.batch.height, 2);
    });
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_small_batch_hides_among_those_of_its_period() {
    let server = Server::start();
    let many: Vec<_> = (0..=255u8).map(|id| issue(batch(id), "2024-2025", leaves(id, 2))).collect();
    server.ledger.block(&many);
    let other = BatchId(*b"\x05another period!");
    server.ledger.block(&[issue(other, "2025-2026", leaves(1, 25)), changing(9, 1, 0, Status::Revoked)]);

    let alone = server.get(&format!("{}/statuses", path(9)));
    assert_eq!((alone.status, alone.code().as_str()), (403, "small-batch"));
    let nineteen = BatchId([0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6]);
    let twenty = BatchId([0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6]);
    server.ledger.block(&[issue(nineteen, "x", leaves(3, 19)), issue(twenty, "x", leaves(4, 20))]);
    let statuses = |id| server.get(&format!("/v1/batches/thcs-mau-1/{id}/statuses")).status;
    assert_eq!((statuses(nineteen), statuses(twenty)), (403, 200));

    let genesis = server.checkpoint(0);
    let mut page = server.get("/v1/issuers/thcs-mau-1/periods/2024-2025/statuses");
    let (mut found, mut pages) = (Vec::new(), 1);
    loop {
        let following = next(&page);
        let bytes = page.bytes();
        assert!(bytes.len() < 1 << 20);
        for element in elements(&bytes) {
            let statuses = BatchStatuses::from_bytes(element).unwrap();
            let id = statuses.proof.batch_id;
            assert_eq!(statuses.verify(&pointer(id.0[0]), &genesis), Ok(()));
            let revoked = statuses.statuses.entry(1).status == Status::Revoked;
            assert_eq!(revoked, id == batch(9));
            found.push(id);
        }
        let Some(following) = following else { break };
        page = server.get(&following);
        pages += 1;
    }
    assert_eq!(found, (0..=255).map(batch).collect::<Vec<_>>());
    assert!(pages > 1);

    let one = server.json("/v1/issuers/thcs-mau-1/periods/2025-2026/statuses");
    assert_eq!(one["batches"].as_array().unwrap().len(), 1);
    assert!(one["next"].is_null());
    assert_eq!(server.get("/v1/issuers/thcs-mau-1/periods/none/statuses").bytes(), b"");
    assert_eq!(server.get("/v1/issuers/nobody/periods/x/statuses").code(), "unknown-issuer");
    assert_eq!(server.get("/v1/issuers/thcs-mau-1/periods/x%0a/statuses").code(), "bad-parameter");
}

#[test]
fn leaves_are_fetched_once() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 3)]);
    let address = format!("{}/leaves", path(1));
    let first = server.get(&address);
    let tag = first.header("etag").unwrap().to_owned();
    assert!(first.header("cache-control").unwrap().contains("immutable"));
    let again = server.ask(&address, &[("if-none-match", &format!("\"other\", W/{tag}"))]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    assert_eq!(server.ask(&address, &[("if-none-match", "\"other\"")]).status, 200);
    let rendered = server.ask(&address, &[("if-none-match", &tag), ("accept", "application/json")]);
    assert_eq!(rendered.status, 200, "another form is another representation");
    assert_eq!(rendered.json()["leaves"][2], leaves(1, 3)[2].to_string());
    assert_eq!(server.get(&path(1)).header("cache-control"), Some("no-store"));
}

#[test]
fn what_never_changes_may_be_kept() {
    let server = Server::start();
    (0..3).for_each(|_| server.ledger.block(&[]));
    for address in ["/v1/headers/1", "/v1/certificates/2", "/v1/checkpoints/0", "/v1/ancestry/1?checkpoint=3"] {
        let mut tags = BTreeSet::new();
        for form in ["application/vnd.sogoc", "application/json"] {
            let first = server.ask(address, &[("accept", form)]);
            assert_eq!(first.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
            assert_eq!(first.header("vary"), Some("accept"));
            let tag = first.header("etag").unwrap();
            tags.insert(tag.to_owned());
            let again = server.ask(address, &[("accept", form), ("if-none-match", tag)]);
            assert_eq!((again.status, again.body.len()), (304, 0), "{address}");
            assert_eq!((again.header("etag"), again.header("vary")), (Some(tag), Some("accept")));
            assert_eq!(server.ask(address, &[("accept", form), ("if-none-match", "\"other\"")]).status, 200);
        }
        assert_eq!(tags.len(), 2, "{address}: each form has its own tag");
    }
    for address in
        ["/v1/headers/latest", "/v1/checkpoints/latest", "/v1/headers", "/v1/issuers/thcs-mau-1", "/v1/chain"]
    {
        let answer = server.get(address);
        assert_eq!((answer.header("cache-control"), answer.header("etag")), (Some("no-store"), None), "{address}");
    }
    let unknown = server.ask("/v1/headers/9", &[("if-none-match", "*")]);
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown-height"));
}

#[test]
fn absence_is_proven() {
    let server = Server::start();
    let address = format!("{}/absence", path(1));
    assert_eq!(server.get(&address).code(), "no-certificate");
    server.ledger.block(&[sealing(2, 3)]);
    let absence = BatchAbsence::from_bytes(&server.get(&address).bytes()).unwrap();
    let genesis = server.checkpoint(0);
    let pointer = |id| Pointer { chain: genesis.header.chain.clone(), issuer: school(), batch: batch(id) };
    assert_eq!(absence.verify(&pointer(1), &genesis), Ok(()));
    assert!(absence.verify(&pointer(2), &genesis).is_err());
    assert_eq!(server.json(&address)["absent"], true);
    let present = server.get(&format!("{}/absence", path(2)));
    assert_eq!((present.status, present.code().as_str()), (409, "batch-exists"));
}

#[test]
fn renderings_say_what_the_proofs_show() {
    let server = Server::start();
    server.ledger.block(&[sealing(1, 40)]);
    server.ledger.block(&[changing(1, 7, 0, Status::Suspended)]);
    let proof = server.json(&path(1));
    assert_eq!(proof["batch"]["size"], 40);
    assert_eq!(proof["batch"]["root"], merkle::root(&leaves(1, 40)).to_string());
    assert_eq!(proof["issuer"]["name"], "Trường THCS Mẫu 1");
    assert_eq!(proof["as_of"]["hash"], server.checkpoint(2).hash().to_string());
    let statuses = server.json(&format!("{}/statuses", path(1)));
    assert_eq!(statuses["changed"][0]["status"], "suspended");
    assert_eq!(statuses["changed"][0]["index"], 7);
    let period = Text::<16>::new("2025-2026").unwrap();
    assert_eq!(statuses["proof"]["batch"]["period"], period.as_str());
}
