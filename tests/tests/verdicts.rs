//! What people are told about a document, offline and online, before and after its status changes.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sogoc_tests::{Cluster, Output, Random, SCHOOL, example, verdicts, wait_until};

const DECISION: &str = "QĐ 15/QĐ-MẪU";

fn revoke(cluster: &Cluster, what: &str, bundle: &Path, out: &Path) -> Output {
    let (key, bundle, out) = (cluster.key(SCHOOL), bundle.to_str().unwrap(), out.to_str().unwrap());
    let arguments =
        ["status", what, bundle, "--key", key.to_str().unwrap(), "--ground", "fraud", "--decision", DECISION];
    let approver = cluster.approver(SCHOOL);
    let more = ["--decision-date", "2026-06-01", "--out", out, "--approver", approver.to_str().unwrap()];
    cluster.sogoc(&[&arguments[..], &more].concat())
}

/// The only document's answer, which must have this exit code, verdict and code.
fn told(output: Output, exit: i32, verdict: &str, code: &str) -> Value {
    let output = output.expect(exit);
    assert_eq!(verdicts(&output), [(verdict.to_owned(), code.to_owned())], "{output:?}");
    output.json().remove(0)
}

#[test]
fn revoked_is_told_and_the_old_receipt_says_what_it_knew() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let bundles = cluster.bundles("class");
    let (old, revoked, refreshed) = (&bundles[0], cluster.path("revoked.sogoc"), cluster.path("refreshed.sogoc"));
    let before = told(cluster.verify(&[old], &[]), 0, "valid", "");
    assert_eq!(before["status"]["fresh"], true);

    revoke(&cluster, "revoke", old, &revoked).ok();

    let online = told(cluster.verify(&[old], &[]), 1, "revoked", "revoked");
    assert_eq!(online["status"]["fresh"], true);
    assert_eq!(online["document"]["ground"], Value::Null, "the holder was not told the reason");
    let since = online["status"]["time"].as_u64().unwrap();

    let offline = told(cluster.verify(&[old], &["--offline"]), 0, "valid", "");
    assert!(offline["status_as_of"].as_u64().unwrap() < since);
    told(cluster.verify(&[old], &["--offline", "--max-age", "0s"]), 2, "cannot-check", "status-too-old");

    let shown = told(cluster.verify(&[&revoked], &["--offline"]), 1, "revoked", "revoked");
    assert_eq!(shown["document"]["ground"]["code"], "fraud");
    assert_eq!(shown["document"]["ground"]["decision"], DECISION);
    assert_eq!(shown["document"]["ground"]["decision_date"], "2026-06-01");

    cluster.sogoc(&["receipt", "refresh", old.to_str().unwrap(), "--out", refreshed.to_str().unwrap()]).ok();
    told(cluster.verify(&[&refreshed], &["--offline"]), 1, "revoked", "revoked");

    // The others of the class are what they were; and what is revoked stays so.
    cluster.verify(&bundles[1..], &[]).ok();
    revoke(&cluster, "revoke", old, &refreshed).refused("status-may-not-become");
    revoke(&cluster, "reinstate", old, &refreshed).refused("status-may-not-become");

    // What is suspended comes back, and its file tells the whole of it.
    let (suspended, reinstated) = (cluster.path("suspended.sogoc"), cluster.path("reinstated.sogoc"));
    revoke(&cluster, "suspend", &bundles[1], &suspended).ok();
    told(cluster.verify(&[&bundles[1]], &[]), 1, "suspended", "suspended");
    revoke(&cluster, "reinstate", &suspended, &reinstated).ok();
    told(cluster.verify(&[&bundles[1]], &[]), 0, "valid", "");
    let history = &told(cluster.verify(&[&reinstated], &["--offline"]), 0, "valid", "")["document"]["history"];
    assert_eq!((&history[0]["status"], &history[0]["ground"]["correction"]), (&"suspended".into(), &"suspend".into()));

    // A document is replaced by another that is valid, not by itself nor by one that is revoked.
    let reissue = |by: &Path, out: &str| {
        let (key, out) = (cluster.key(SCHOOL), cluster.path(out));
        let words = ["status", "reissue", bundles[2].to_str().unwrap(), "--key", key.to_str().unwrap(), "--ground"];
        let decided = ["issuer-error", "--decision", DECISION, "--decision-date", "2026-06-01"];
        let approver = cluster.approver(SCHOOL);
        let files = ["--by", by.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let files = [&files[..], &["--approver", approver.to_str().unwrap()]].concat();
        cluster.sogoc(&[&words[..], &decided, &files].concat())
    };
    reissue(&bundles[2], "itself.sogoc").refused("no-replacement");
    reissue(&revoked, "nobody.sogoc").refused("no-replacement");
    reissue(&bundles[3], "replaced.sogoc").ok();
    told(cluster.verify(&[&bundles[2]], &[]), 1, "superseded", "superseded");
    let shown = told(cluster.verify(&[&cluster.path("replaced.sogoc")], &["--offline"]), 1, "superseded", "superseded");
    assert!(shown["document"]["ground"]["replacement"]["leaf"].is_string(), "the file leads to the one in its place");
}

#[test]
fn a_small_batch_is_asked_for_within_its_pack() {
    let cluster = Cluster::start();
    cluster.seal_one(SCHOOL, "one", 0).ok();
    cluster.seal_one(SCHOOL, "other", 0).ok();
    let bundle = &cluster.bundles("out-one")[0];
    told(cluster.verify(&[bundle], &[]), 0, "valid", "");
    revoke(&cluster, "revoke", bundle, &cluster.path("revoked.sogoc")).ok();
    told(cluster.verify(&[bundle], &[]), 1, "revoked", "revoked");
    told(cluster.verify(&cluster.bundles("out-other"), &[]), 0, "valid", "");

    let metrics = String::from_utf8(cluster.nodes[0].get("/metrics").unwrap().body).unwrap();
    assert!(metrics.contains(r#"route="/v1/issuers/{issuer}/periods/{period}/statuses""#));
    assert!(!metrics.contains(r#"route="/v1/batches/{issuer}/{batch}/statuses""#), "the node was told which document");
}

#[test]
fn the_original_is_the_one_that_was_sealed() {
    let cluster = Cluster::start();
    let (file, key) = (example("hoc-ba-da-ky.pdf"), cluster.key(SCHOOL));
    let out = cluster.path("da-ky");
    cluster
        .sogoc(&[
            "seal-file",
            file.to_str().unwrap(),
            "--date",
            "2026-05-31",
            "--key",
            key.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ])
        .ok();
    let bundle = cluster.bundles("da-ky");
    told(cluster.verify(&bundle, &["--offline", "--original", file.to_str().unwrap()]), 0, "valid", "");
    let other = cluster.path("other.pdf");
    let mut bytes = fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&other, bytes).unwrap();
    told(cluster.verify(&bundle, &["--offline", "--original", other.to_str().unwrap()]), 1, "invalid", "other-file");
}

#[test]
fn a_presentation_shows_what_was_chosen_and_still_verifies() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let (bundle, shared) = (cluster.bundles("class")[0].clone(), cluster.path("shared.sogoc"));
    let (from, to) = (bundle.to_str().unwrap(), shared.to_str().unwrap());
    cluster.sogoc(&["present", from, "--disclose", "name,promoted", "--out", to]).ok();
    let shown = told(cluster.verify(&[&shared], &[]), 0, "valid", "");
    let claims: Vec<&String> = shown["document"]["claims"].as_object().unwrap().keys().collect();
    assert_eq!(claims, ["name", "promoted"]);
    let text = fs::read_to_string(&shared).unwrap();
    assert!(text.len() * 2 < fs::read_to_string(&bundle).unwrap().len(), "what is not shown is not in the file");
}

#[test]
fn a_newer_checkpoint_asks_for_a_refresh() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let (bundle, sealed) = (cluster.bundles("class")[0].clone(), cluster.nodes[0].height());
    wait_until("a newer block", || (cluster.nodes[0].height() > sealed).then_some(()));
    let newer = cluster.export_anchor("newer.json");
    let trust = ["--offline", "--trust", newer.to_str().unwrap()];
    told(cluster.verify(&[&bundle], &trust), 2, "cannot-check", "needs-refresh");

    let fresh = cluster.path("fresh.sogoc");
    let paths = [&bundle, &fresh, &newer].map(|path| path.to_str().unwrap());
    cluster.sogoc(&["receipt", "refresh", paths[0], "--out", paths[1], "--trust", paths[2]]).ok();
    told(cluster.verify(&[&fresh], &trust), 0, "valid", "");
    told(cluster.verify(&[&fresh], &["--offline"]), 0, "valid", "");
}

#[test]
fn another_network_cannot_be_checked_and_is_not_invalid() {
    let (cluster, other) = (Cluster::start(), Cluster::start());
    cluster.issue_class("class", &[]).ok();
    let bundle = [cluster.bundles("class")[0].clone()];
    told(other.verify(&bundle, &["--offline"]), 2, "cannot-check", "other-chain");
    told(other.verify(&bundle, &[]), 2, "cannot-check", "other-chain");
    // Nor is one whose network does not answer: it is as the receipt says, and the reader is told so.
    let offline = told(cluster.verify(&bundle, &["--node", "http://127.0.0.1:9"]), 0, "valid", "");
    assert_eq!((&offline["not_fresh"], &offline["status"]["fresh"]), (&"no-answer".into(), &false.into()));
}

#[test]
fn a_damaged_file_is_refused_with_a_code() {
    let mut random = Random::of_this_run();
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let good = fs::read(&cluster.bundles("class")[0]).unwrap();

    let mut damaged: Vec<PathBuf> = Vec::new();
    let mut keep = |bytes: &[u8]| {
        let path = cluster.path(&format!("damaged-{}.sogoc", damaged.len()));
        fs::write(&path, bytes).unwrap();
        damaged.push(path);
    };
    for _ in 0..300 {
        let mut bytes = good.clone();
        bytes[random.below(good.len())] ^= 1 << random.below(8);
        keep(&bytes);
    }
    for _ in 0..50 {
        keep(&good[..random.below(good.len() - 1)]);
        let (from, to) = (random.below(good.len() / 2), random.below(good.len() / 2));
        keep(&[&good[..from], &good[good.len() / 2 + to..]].concat());
    }
    let text = String::from_utf8(good.clone()).unwrap();
    let receipt = text.split('"').skip_while(|part| *part != "receipt").nth(2).unwrap();
    for other in [
        text.replace(receipt, ""),
        text.replace(receipt, &format!("{receipt}AAAA")),
        text.replace(receipt, &"A".repeat(receipt.len())),
        text.replacen('~', "~~", 1),
        text.replacen("{", "{ \"more\": 1,", 1),
        format!("{text}{text}"),
        "[".repeat(200_000),
        String::from("{}"),
        String::new(),
    ] {
        keep(other.as_bytes());
    }
    keep(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 a photo of a diploma");
    keep(b"%PDF-1.7\n%%EOF\n");
    keep(&random.bytes(100_000));

    let output = cluster.verify(&damaged, &["--offline"]);
    assert!(matches!(output.code(), Some(1 | 2)), "{output:?}");
    let answers = output.json();
    assert_eq!(answers.len(), damaged.len());
    // What a newer program might know, or another anchor.
    let unknown = [
        "bundle-unknown-format",
        "receipt-unknown-format",
        "algorithm-unsupported",
        "hash-unsupported",
        "type-unknown",
        "schema-version-unknown",
        "other-chain",
        "needs-refresh",
    ];
    for (answer, path) in answers.iter().zip(&damaged) {
        let code = answer["reason"]["code"].as_str().unwrap_or_else(|| panic!("{}: {answer}", path.display()));
        let (vi, en) = (answer["reason"]["vi"].as_str().unwrap(), answer["reason"]["en"].as_str().unwrap());
        assert!(!vi.is_ascii() && !en.is_empty(), "{code}");
        let expected = if unknown.contains(&code) { "cannot-check" } else { "invalid" };
        assert_eq!(answer["verdict"], expected, "{code}: {}", path.display());
    }

    // What cannot be read, or is larger than any bundle, is not called invalid.
    let huge = cluster.path("huge.sogoc");
    fs::write(&huge, vec![b' '; 8 << 20]).unwrap();
    let missing = cluster.path("missing.sogoc");
    let directory = cluster.path("class");
    for path in [&huge, &missing, &directory] {
        told(cluster.verify(&[path], &["--offline"]), 2, "cannot-check", "unreadable");
    }
    // A good file among bad ones is still valid, and the worst counts.
    let mixed = cluster.verify(&[&cluster.bundles("class")[0], &damaged[0]], &["--offline"]);
    assert_eq!(verdicts(&mixed)[0].0, "valid");
    assert_ne!(mixed.code(), Some(0));
}

#[test]
fn a_damaged_anchor_is_no_verdict() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let bundle = [cluster.bundles("class")[0].clone()];
    let good = fs::read_to_string(cluster.anchor()).unwrap();
    let bad = cluster.path("bad.json");
    for text in ["", "{}", &good[..good.len() / 2], &good.replace("\"height\": 1", "\"height\": 2")] {
        fs::write(&bad, text).unwrap();
        let output = cluster.verify(&bundle, &["--offline", "--trust", bad.to_str().unwrap()]);
        if text != good {
            let output = output.expect(2);
            assert!(output.stderr.contains("bad-anchor: ") && output.stdout.is_empty(), "{output:?}");
        }
    }
}
