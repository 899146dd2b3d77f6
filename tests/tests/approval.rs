//! A clerk and a head at two machines: what one asks by a file the other approves, and neither has the other's key.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sogoc_genesis::IssuerSecretKey;
use sogoc_tests::{Cluster, Output, Program, SCHOOL, UPPER_SCHOOL, example, verdicts};

const CLASS: u64 = 40;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A school whose clerk and head have a directory each, and only files that they hand over in common.
struct Office {
    cluster: Cluster,
    clerk: PathBuf,
    head: PathBuf,
}

impl Office {
    fn open() -> Self {
        let cluster = Cluster::start();
        let (clerk, head) = (cluster.path("clerk"), cluster.path("head"));
        fs::create_dir(&clerk).unwrap();
        fs::create_dir(&head).unwrap();
        fs::rename(cluster.key(SCHOOL), clerk.join("clerk.key")).unwrap();
        fs::rename(cluster.approver(SCHOOL), head.join("head.key")).unwrap();
        Self { cluster, clerk, head }
    }

    /// At the clerk's machine.
    fn clerk(&self, arguments: &[&str]) -> Output {
        let mut command = self.cluster.command(arguments);
        command.args(["--key", "clerk.key"]).env("SOGOC_JOURNAL", "journal").current_dir(&self.clerk);
        Program::start(&mut command).output()
    }

    /// At the head's machine, with what the clerk handed over.
    fn head_command(&self, request: &str, more: &[&str]) -> Command {
        fs::copy(self.clerk.join(request), self.head.join(request)).unwrap();
        let mut command = self.cluster.command(&["approve", request]);
        command.args(more).current_dir(&self.head);
        command
    }

    fn head(&self, request: &str, more: &[&str]) -> Output {
        Program::start(&mut self.head_command(request, more)).output()
    }

    /// The head hands the approval over.
    fn hand_over(&self, approval: &str) {
        fs::copy(self.head.join(approval), self.clerk.join(approval)).unwrap();
    }

    /// The file `name` of the clerk, altered, under another name.
    fn alter(&self, name: &str, to: &str, alter: impl FnOnce(&mut Value)) {
        let mut file = read(&self.clerk.join(name));
        alter(&mut file);
        fs::write(self.clerk.join(to), file.to_string()).unwrap();
    }
}

/// Another letter in the text of bytes, so many before its end.
fn flip(value: &mut Value, before_end: usize) {
    let text = value.as_str().unwrap();
    let (start, end) = text.split_at(text.len() - before_end);
    let other = if end.starts_with('A') { 'B' } else { 'A' };
    *value = format!("{start}{other}{}", &end[1..]).into();
}

fn thumbprint(key: &Path) -> String {
    IssuerSecretKey::load(key).unwrap().public().thumbprint().to_string()
}

const APPROVE: [&str; 3] = ["--key", "head.key", "--yes"];

#[test]
fn a_back_file_is_sealed_with_an_approval_from_another_machine() {
    let office = Office::open();
    let file = example("hoc-ba-9-1.xlsx");
    let issue = |more: &[&str]| {
        let what = ["issue", "--type", "hoc-ba-thcs", "--digitised", text(&file), "--out", "out", "--json"];
        office.clerk(&[&what, more].concat())
    };
    let leaves = || office.cluster.nodes[0].leaves();

    // The clerk asks. Everything is prepared and nothing is submitted; the file names nobody.
    let asked = issue(&["--request", "request.json"]).ok();
    let report: Value = serde_json::from_str(&asked.stdout).unwrap();
    let outcomes = report["outcomes"].as_array().unwrap();
    assert!(outcomes.len() as u64 == CLASS && outcomes.iter().all(|row| row["outcome"] == "awaiting-approval"));
    let path = office.clerk.join("request.json");
    let request = read(&path);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let members: Vec<&str> = request["matters"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((members, leaves()), (vec!["action"], 0));
    // Asked again it is the same file: an approval may be on its way.
    issue(&["--request", "request.json"]).ok();
    assert_eq!(read(&path), request);

    // The head sees what it is about, refuses to sign with a key that may not, and signs.
    let shown = office.head("request.json", &["--show", "--json"]).ok().json().remove(0);
    let seal = &shown["seal"];
    assert_eq!((&seal["documents"], &seal["origin"]), (&CLASS.into(), &"digitised".into()));
    assert_eq!((&seal["type"], &seal["period"]), (&"hoc-ba-thcs".into(), &"2025-2026".into()));
    assert_eq!((&shown["issuer"]["id"], &shown["unchecked"]), (&SCHOOL.into(), &serde_json::json!(["contents"])));
    assert!(asked.stderr.contains(shown["code"].as_str().unwrap()), "both see one code: {asked:?}");
    let with = |key: &Path| office.head("request.json", &["--key", text(key), "--yes"]);
    with(&office.clerk.join("clerk.key")).refused("same-approver");
    with(&office.cluster.approver(UPPER_SCHOOL)).refused("unknown-key");
    let stranger = office.cluster.path("stranger.key");
    office.cluster.sogoc(&["issuer", "keygen", "--id", SCHOOL, "--out", text(&stranger)]).ok();
    with(&stranger).refused("unknown-key");
    office.head("request.json", &["--key", "head.key"]).refused("not-approved");
    assert!(!office.head.join("request.json.approval").exists());
    office.head("request.json", &APPROVE).ok();
    office.hand_over("request.json.approval");

    // What is no approval of this by the head is refused before it is handed in.
    let submit = |approval: &str| issue(&["--request", "request.json", "--approval", approval]);
    let forge = |approver: String| {
        office.alter("request.json.approval", "forged", |file| file["approver"] = approver.into());
        submit("forged")
    };
    forge(thumbprint(&office.clerk.join("clerk.key"))).refused("same-approver");
    forge(thumbprint(&stranger)).refused("unknown-key");
    office.alter("request.json.approval", "forged", |file| flip(&mut file["signatures"][0], 40));
    submit("forged").refused("wrong-signature");
    assert_eq!(leaves(), 0);

    let sealed = submit("request.json.approval").ok();
    assert!(sealed.stderr.contains("Sealed 40; sealed before 0"), "{sealed:?}");
    let bundles = office.cluster.bundles("clerk/out");
    assert_eq!((leaves(), bundles.len() as u64), (CLASS, CLASS));
    let document = &office.cluster.verify(&bundles[..1], &["--offline"]).ok().json().remove(0)["document"];
    assert_eq!((&document["origin"], &document["approved"]), (&"digitised".into(), &true.into()));

    // Again, with and without the approval: it is done.
    submit("request.json.approval").ok();
    issue(&["--request", "request.json"]).ok();
    assert_eq!((leaves(), read(&path)), (CLASS, request));
    office.head("request.json", &APPROVE).refused("already-sealed");
}

#[test]
fn a_status_changes_with_an_approval_from_another_machine() {
    let office = Office::open();
    let sealed = |name: &str| {
        let (file, out) = (format!("{name}.pdf"), format!("out-{name}"));
        fs::write(office.clerk.join(&file), format!("%PDF-1.7\n{name}\n%%EOF\n")).unwrap();
        office.clerk(&["seal-file", &file, "--date", "2026-05-31", "--out", &out]).ok();
        office.cluster.bundles(&format!("clerk/{out}")).remove(0)
    };
    let (document, replacement) = (sealed("one"), sealed("two"));
    let revoke = |ground: &str, more: &[&str]| {
        let what = ["status", "revoke", text(&document), "--ground", ground, "--decision", "QĐ 15/QĐ-MẪU"];
        office.clerk(&[&what[..], &["--decision-date", "2026-06-01", "--out", "revoked.sogoc"], more].concat())
    };
    revoke("fraud", &[]).refused("approver-needed");
    revoke("fraud", &["--request", "request.json"]).ok();
    let request = read(&office.clerk.join("request.json"));
    revoke("fraud", &["--request", "request.json"]).ok();
    assert_eq!(read(&office.clerk.join("request.json")), request, "one that waits is kept");
    revoke("lent", &["--request", "request.json"]).refused("request-waits");

    // Of a re-issue the head sees both documents.
    let why = ["--ground", "issuer-error", "--decision", "QĐ 16/QĐ-MẪU", "--decision-date", "2026-06-01"];
    let reissue = ["status", "reissue", text(&document), "--by", text(&replacement), "--out", "reissued.sogoc"];
    office.clerk(&[&reissue[..], &why, &["--request", "reissue.json"]].concat()).ok();
    let shown = office.head("reissue.json", &["--show", "--json"]).ok().json().remove(0);
    let claims = |which: &str| shown["status"][which]["claims"]["file_name"].clone();
    assert_eq!((claims("document"), claims("replacement")), ("one.pdf".into(), "two.pdf".into()));

    // The head sees whose document, why, and by what decision; without a node, what that leaves open.
    let approved = office.head("request.json", &[&APPROVE[..], &["--json"]].concat()).ok().json().remove(0);
    let status = &approved["status"];
    assert_eq!((&status["correction"], &status["ground"]), (&"revoke".into(), &"fraud".into()));
    assert_eq!((&status["decision"], &status["decision_date"]), (&"QĐ 15/QĐ-MẪU".into(), &"2026-06-01".into()));
    assert_eq!(status["document"]["claims"]["file_name"], "one.pdf");
    assert_eq!(approved["unchecked"], serde_json::json!([]));
    let mut alone = office.head_command("request.json", &["--show", "--json"]);
    let alone = Program::start(alone.env_remove("SOGOC_NODE").env_remove("SOGOC_TRUST")).output().ok().json().remove(0);
    assert_eq!(alone["unchecked"], serde_json::json!(["keys", "standing", "document"]));
    office.hand_over("request.json.approval");

    // The approval is of this change and no other. What was recorded is found again.
    let with = ["--request", "request.json", "--approval", "request.json.approval"];
    revoke("lent", &with).refused("other-request");
    for _ in 0..2 {
        revoke("fraud", &with).ok();
        let verified = office.cluster.verify(&[office.clerk.join("revoked.sogoc")], &["--offline"]).expect(1);
        assert_eq!(verdicts(&verified), [("revoked".to_owned(), "revoked".to_owned())]);
        assert_eq!(verified.json()[0]["document"]["ground"]["decision"], "QĐ 15/QĐ-MẪU");
    }
    office.head("request.json", &APPROVE).refused("status-changed-meanwhile");
    revoke("fraud", &["--request", "request.json"]).refused("status-may-not-become");
}

#[test]
fn a_request_that_expired_is_made_anew_and_holds_nothing_up() {
    let office = Office::open();
    let window = "decision = \"QĐ 51/QĐ-MẪU\"\n[[change]]\ndo = \"set-window\"\ntype = \"da-ky\"\nperiod = \"2025\"\n\
                  from = \"2099-05-20\"\nuntil = \"2099-07-01\"\n";
    office.cluster.pass(window, 3);
    for name in ["old", "late", "new"] {
        fs::write(office.clerk.join(format!("{name}.pdf")), format!("%PDF-1.7\n{name}\n%%EOF\n")).unwrap();
    }
    let seal = |file: &str, more: &[&str]| {
        office.clerk(&[&["seal-file", file, "--date", "2026-05-31", "--out", "out"], more].concat())
    };
    let old = |more: &[&str]| seal("old.pdf", &[&["--period", "2025"], more].concat());
    let asked = |more: &[&str]| old(&[&["--request", "request.json"], more].concat());
    // The window is closed: what was prepared without an approver is what is asked for.
    old(&[]).refused("approver-needed");
    asked(&[]).ok();
    // While one waits, others are sealed.
    seal("new.pdf", &[]).ok();
    assert_eq!(office.cluster.nodes[0].leaves(), 1);
    old(&[]).refused("approver-needed");

    let first = read(&office.clerk.join("request.json"));
    office.head("request.json", &APPROVE).ok();
    office.hand_over("request.json.approval");
    office.alter("request.json", "request.json", |file| file["valid_until"] = 1.into());
    office.head("request.json", &APPROVE).refused("expired");
    asked(&["--approval", "request.json.approval"]).refused("expired");
    asked(&[]).ok();
    let second = read(&office.clerk.join("request.json"));
    assert_eq!(second["matters"], first["matters"], "the same batch and leaves");
    // What was approved until another time is not approved until this; and no approval is for a later day.
    let until = second["valid_until"].as_u64().unwrap();
    office.alter("request.json", "other.json", |file| file["valid_until"] = (until - 1).into());
    office.head("other.json", &APPROVE).ok();
    office.hand_over("other.json.approval");
    asked(&["--approval", "other.json.approval"]).refused("wrong-signature");
    // What was approved is what the journal has, or nothing.
    office.alter("request.json", "other.json", |file| flip(&mut file["matters"][0]["action"], 20));
    office.head("other.json", &APPROVE).ok();
    office.hand_over("other.json.approval");
    old(&["--request", "other.json", "--approval", "other.json.approval"]).refused("other-request");
    office.alter("request.json", "other.json", |file| file["valid_until"] = (until + 2 * 3_600_000).into());
    office.head("other.json", &APPROVE).refused("valid-too-long");
    office.head("request.json", &APPROVE).ok();
    office.hand_over("request.json.approval");
    // A row that came later is not in it, and is said so.
    let both = ["late.pdf", "--period", "2025", "--request", "request.json", "--approval", "request.json.approval"];
    let both = seal("old.pdf", &[&both[..], &["--json"]].concat()).expect(1);
    let report: Value = serde_json::from_str(&both.stdout).unwrap();
    let outcomes: Vec<_> = report["outcomes"].as_array().unwrap().iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, ["sealed", "refused"]);
    assert_eq!(report["outcomes"][1]["code"], "not-in-request");
    assert_eq!(office.cluster.nodes[0].leaves(), 2);
}
