use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sogoc_credential::opening::{Correction, Ground, Replacement};
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::name::BatchId;
use sogoc_ledger::record::Origin;
use sogoc_ledger::signature::Algorithm;
use tempfile::TempDir;

use super::*;

pub(crate) fn key(issuer: &str) -> IssuerSecretKey {
    IssuerSecretKey::generate(issuer.parse().unwrap(), Algorithm::Ed25519).unwrap()
}

pub(crate) fn issue(batch: u8) -> Issue {
    Issue {
        batch: BatchId([batch; 16]),
        act_for: None,
        origin: Origin::Digitised,
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new("2024-2025").unwrap(),
        leaves: List::new(vec![Hash([batch; 32]), Hash([0xee; 32])]).unwrap(),
    }
}

/// What the clerk with this key asks: two batches.
pub(crate) fn sealing(key: &IssuerSecretKey) -> Asked {
    Asked {
        chain: "test".parse().unwrap(),
        issuer: key.issuer().clone(),
        key: key.public().thumbprint(),
        valid_until: Time(86_400_000),
        matters: vec![Matter::Seal(issue(1)), Matter::Seal(issue(2))],
    }
}

/// A bundle that is on the ledger of the vectors.
fn bundle() -> Bundle {
    let file: Value = serde_json::from_str(include_str!("../../../docs/vectors/bundles.json")).unwrap();
    Bundle::from_bytes(file["vectors"][0]["bundle"].as_str().unwrap().as_bytes()).unwrap()
}

/// The revocation of that bundle's document.
fn revocation() -> (ChainId, Change) {
    let document = bundle();
    let Pointer { chain, issuer, batch } = pointer(&document).unwrap();
    let opening = Opening {
        salt: [7; 16],
        correction: Correction::Revoke,
        ground: Ground::Fraud,
        decision: Text::new("QĐ 15/QĐ-MẪU").unwrap(),
        decision_date: Text::new("2026-06-01").unwrap(),
        replacement: None,
    };
    let change = ChangeStatus {
        batch_issuer: issuer,
        batch,
        index: document.receipt.index,
        seen: 0,
        to: opening.correction.status(),
        commitment: opening.commitment(),
    };
    (chain, Change { change, opening, document, replacement: None })
}

/// The same as a re-issue, by itself for want of another document.
fn reissue() -> (ChainId, Change) {
    let (chain, mut change) = revocation();
    let ChangeStatus { batch_issuer: issuer, batch, .. } = change.change.clone();
    change.replacement = Some(change.document.clone());
    change.opening.replacement = Some(Replacement { issuer, batch, leaf: leaf(&change.document) });
    change.opening.correction = Correction::Reissue;
    change.change.to = change.opening.correction.status();
    change.change.commitment = change.opening.commitment();
    (chain, change)
}

fn asked(chain: ChainId, change: Change) -> Asked {
    Asked { chain, matters: vec![Matter::Change(Box::new(change))], ..sealing(&key("thcs-mau-1")) }
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("request.json");
    (directory, path)
}

/// The code with which a request is refused once it is in a file.
fn refused(asked: &Asked) -> String {
    let (_directory, path) = place();
    asked.write(&path).unwrap();
    Asked::read(&path).err().unwrap().code
}

#[test]
fn a_request_comes_back_as_it_was_written() {
    let changes = [revocation(), reissue()].map(|(chain, change)| asked(chain, change));
    for asked in [sealing(&key("thcs-mau-1"))].into_iter().chain(changes) {
        let (_directory, path) = place();
        asked.write(&path).unwrap();
        assert!(Asked::read(&path).unwrap() == asked);
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_either_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = place();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    sealing(&key("thcs-mau-1")).write(&path).unwrap();
    assert_eq!(mode(), 0o600);
    Approval { approver: Hash::ZERO, signatures: Vec::new() }.write(&path).unwrap();
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_ground_that_is_not_the_one_signed_for_is_refused() {
    let (chain, good) = revocation();
    let other = |alter: &dyn Fn(&mut Change)| {
        let mut change = good.clone();
        alter(&mut change);
        refused(&asked(chain.clone(), change))
    };
    assert_eq!(other(&|change| change.opening.ground = Ground::IssuerError), "opening-differs");
    assert_eq!(other(&|change| change.opening.decision = Text::new("QĐ 16/QĐ-MẪU").unwrap()), "opening-differs");
    assert_eq!(other(&|change| change.opening.salt[0] ^= 1), "opening-differs");
    assert_eq!(other(&|change| change.change.to = sogoc_ledger::status::Status::Suspended), "opening-differs");
}

#[test]
fn a_document_that_is_not_the_one_signed_for_is_refused() {
    let (chain, good) = revocation();
    let other = |alter: &dyn Fn(&mut Change)| {
        let mut change = good.clone();
        alter(&mut change);
        change.change.commitment = change.opening.commitment();
        refused(&asked(chain.clone(), change))
    };
    assert_eq!(other(&|change| change.change.index += 1), "document-differs");
    assert_eq!(other(&|change| change.change.batch.0[0] ^= 1), "document-differs");
    assert_eq!(other(&|change| change.change.batch_issuer = "thcs-mau-2".parse().unwrap()), "document-differs");
    assert_eq!(refused(&asked("another".parse().unwrap(), good.clone())), "document-differs");

    // What takes its place is the very document that the opening names.
    let (chain, good) = reissue();
    let replaced = |alter: &dyn Fn(&mut Change)| {
        let mut change = good.clone();
        alter(&mut change);
        change.change.commitment = change.opening.commitment();
        refused(&asked(chain.clone(), change))
    };
    let named =
        |change: &mut Change, alter: &dyn Fn(&mut Replacement)| change.opening.replacement.iter_mut().for_each(alter);
    assert_eq!(replaced(&|change| named(change, &|by| by.leaf = Hash::ZERO)), "document-differs");
    assert_eq!(replaced(&|change| named(change, &|by| by.batch.0[0] ^= 1)), "document-differs");
    assert_eq!(replaced(&|change| change.opening.replacement = None), "document-differs");
    assert_eq!(replaced(&|change| change.replacement = None), "document-differs");
}

#[test]
fn another_file_is_told_from_a_newer_one() {
    let (_directory, path) = place();
    let codes = |text: &str| {
        fs::write(&path, text).unwrap();
        let code = |failure: Option<Failure>| failure.map(|failure| failure.code).unwrap_or_default();
        (code(Asked::read(&path).err()), code(Approval::read(&path).err()))
    };
    let both = |request: &str, approval: &str| (request.to_owned(), approval.to_owned());
    assert_eq!(codes("…"), both("not-a-request", "not-an-approval"));
    assert_eq!(codes("{}"), both("not-a-request", "not-an-approval"));
    assert_eq!(codes(&bundle().to_json()), both("not-a-request", "not-an-approval"));
    assert_eq!(codes(r#"{"sogoc-request": 2, "more": 1}"#), both("request-unknown-format", "not-an-approval"));
    assert_eq!(codes(r#"{"sogoc-approval": 2}"#), both("not-a-request", "approval-unknown-format"));

    let asked = sealing(&key("thcs-mau-1"));
    let altered = |from: &str, to: &str| {
        asked.write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        codes(&text.replacen(from, to, 1)).0
    };
    assert_eq!(altered("\"action\"", "\"opening\": \"AA\", \"action\""), "not-a-request", "a seal has no opening");
    assert_eq!(altered("\"valid_until\"", "\"further\": 1, \"valid_until\""), "not-a-request");
    assert_eq!(altered("\"AAAAA", "\"AAAA_"), "not-a-request");
    assert_eq!(refused(&Asked { matters: Vec::new(), ..asked }), "not-a-request");
}

#[test]
fn an_approval_comes_back_as_it_was_written() {
    let (_directory, path) = place();
    let signatures = vec![Signature([1; 64]), Signature([2; 64])];
    Approval { approver: Hash([3; 32]), signatures: signatures.clone() }.write(&path).unwrap();
    let back = Approval::read(&path).unwrap();
    assert_eq!((back.approver, back.signatures), (Hash([3; 32]), signatures));
}

#[test]
fn the_code_is_of_everything_that_is_asked() {
    let good = sealing(&key("thcs-mau-1"));
    let code = |alter: &dyn Fn(&mut Asked)| {
        let mut asked = good.clone();
        alter(&mut asked);
        asked.code()
    };
    assert_eq!(good.code(), code(&|_| {}));
    assert_ne!(good.code(), code(&|asked| asked.matters.swap(0, 1)));
    assert_ne!(good.code(), code(&|asked| asked.valid_until.0 += 1));
    assert_ne!(good.code(), code(&|asked| asked.key = Hash::ZERO));
    assert_ne!(good.code(), code(&|asked| asked.matters[1] = Matter::Seal(issue(3))));
}

#[test]
fn the_same_is_asked_under_another_salt_and_until_another_time() {
    let (chain, change) = revocation();
    let one = asked(chain, change.clone());
    let with = |alter: &dyn Fn(&mut Change)| {
        let mut change = change.clone();
        alter(&mut change);
        change.change.commitment = change.opening.commitment();
        Asked { valid_until: Time(1), matters: vec![Matter::Change(Box::new(change))], ..one.clone() }
    };
    assert!(one.asks_the_same(&with(&|change| change.opening.salt = [9; 16])));
    assert!(!one.asks_the_same(&with(&|change| change.opening.ground = Ground::Altered)));
    assert!(!one.asks_the_same(&with(&|change| change.change.index += 1)));
    assert!(!one.asks_the_same(&Asked { key: Hash::ZERO, ..one.clone() }));
    assert!(!one.asks_the_same(&Asked { matters: vec![Matter::Seal(issue(1))], ..one.clone() }));
}
