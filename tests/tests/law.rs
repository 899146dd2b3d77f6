//! What offices do over the years, by the commands that their people use.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use sogoc_genesis::IssuerSecretKey;
use sogoc_tests::{Cluster, Output, Program, SCHOOL, example, verdicts};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A new key of an issuer, and the offer of it.
fn offered(cluster: &Cluster, issuer: &str, name: &str, roles: &str) -> (PathBuf, PathBuf) {
    let (key, offer) = (cluster.path(&format!("{name}.key")), cluster.path(&format!("{name}.offer.json")));
    cluster.sogoc(&["issuer", "keygen", "--id", issuer, "--out", text(&key)]).ok();
    let chain = cluster.nodes[0].chain().unwrap()["chain"].as_str().unwrap().to_owned();
    cluster.sogoc(&["issuer", "offer", text(&key), "--roles", roles, "--chain", &chain, "--out", text(&offer)]).ok();
    (key, offer)
}

fn told(output: Output, exit: i32, verdict: &str, code: &str) -> Value {
    let output = output.expect(exit);
    assert_eq!(verdicts(&output), [(verdict.to_owned(), code.to_owned())], "{output:?}");
    output.json().remove(0)
}

/// A district office that is gone stands in the register; the Department seals its back-file, and later revokes from it.
#[test]
fn the_department_acts_for_a_district_that_was_abolished() {
    let cluster = Cluster::start();
    let (seal, seal_offer) = offered(&cluster, "so-gddt", "so-gddt", "seal");
    let (approve, approve_offer) = offered(&cluster, "so-gddt", "so-gddt-approver", "approve");
    let issuers = format!(
        r#"decision = "QĐ 31/QĐ-UBND"

        [[change]]
        do = "admit-issuer"
        issuer = "so-gddt"
        name = "Sở Giáo dục và Đào tạo Mẫu"
        name_en = "Model Department of Education and Training"
        keys = [{:?}, {:?}]

        [[change]]
        do = "admit-issuer"
        issuer = "phong-gddt-mau"
        name = "Phòng Giáo dục và Đào tạo Mẫu"
        name_en = "Model District Office"

        [[change]]
        do = "grant"
        issuer = "phong-gddt-mau"
        type = "hoc-ba-thcs"
        from = "2000-01-01"
        until = "2025-07-01"

        [[change]]
        do = "close-issuer"
        issuer = "phong-gddt-mau"
        from = "2025-07-01"

        [[change]]
        do = "add-successor"
        issuer = "phong-gddt-mau"
        successor = "so-gddt"
        scopes = ["seal", "amend", "revoke"]
        from = "2025-07-01"
        "#,
        seal_offer, approve_offer
    );
    cluster.pass(&issuers, 3);

    let file = example("hoc-ba-9-1.xlsx");
    let issue = |more: &[&str], date: &str, out: &str| {
        let mut command = cluster.command(&["issue", "--type", "hoc-ba-thcs", "--date", date, "--key", text(&seal)]);
        let out = cluster.path(out);
        Program::start(command.arg(&file).arg("--out").arg(out).args(more)).output()
    };
    let for_district = ["--for", "phong-gddt-mau", "--digitised"];
    issue(&[], "2024-05-31", "own").refused("type-not-granted");
    issue(&for_district, "2024-05-31", "alone").refused("approver-needed");
    // The approver is asked by a file, then comes to the clerk's computer instead.
    let request = cluster.path("request.json");
    issue(&[&for_district[..], &["--request", text(&request)]].concat(), "2024-05-31", "asked").ok();
    let asked = cluster.sogoc(&["approve", text(&request), "--show", "--json"]).ok().json().remove(0);
    assert_eq!((&asked["issuer"]["id"], &asked["seal"]["act_for"]), (&"so-gddt".into(), &"phong-gddt-mau".into()));
    let approved = [&for_district[..], &["--approver", text(&approve)]].concat();
    issue(&approved, "2024-05-31", "back-file").ok();

    let bundles = cluster.bundles("back-file");
    let shown = told(cluster.verify(&[&bundles[0]], &["--offline"]), 0, "valid", "");
    let document = &shown["document"];
    assert_eq!(document["issuer"]["id"], "phong-gddt-mau");
    assert_eq!(document["sealed_by"], "so-gddt");
    assert_eq!(document["as_successor_of"], "phong-gddt-mau");
    assert_eq!((&document["origin"], &document["approved"]), (&"digitised".into(), &true.into()));

    let revoked = cluster.path("revoked.sogoc");
    let change = |key: &Path, approver: &Path, bundle: &Path| {
        let mut command = cluster.command(&["status", "revoke", "--ground", "fraud", "--decision", "QĐ 15/QĐ-MẪU"]);
        command.args(["--decision-date", "2026-06-01", "--key", text(key), "--approver", text(approver)]);
        Program::start(command.arg(bundle).arg("--out").arg(&revoked)).output()
    };
    change(&cluster.key(SCHOOL), &cluster.approver(SCHOOL), &bundles[0]).refused("not-your-batch");
    change(&seal, &approve, &bundles[0]).ok();
    told(cluster.verify(&[&revoked], &["--offline"]), 1, "revoked", "revoked");
    told(cluster.verify(&[&bundles[1]], &[]), 0, "valid", "");
}

/// A key is stolen: a few suspend it and what it sealed, the full vote confirms, the school goes on with another.
#[test]
fn a_stolen_key_is_suspended_by_few_and_what_it_sealed_with_it() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let bundles = cluster.bundles("class");
    let key = cluster.key(SCHOOL);
    let thumbprint = IssuerSecretKey::load(&key).unwrap().public().thumbprint().to_string();
    let motion = |name: &str, what: &str| {
        format!(
            "decision = {name:?}\n[[change]]\ndo = {what:?}\nissuer = {SCHOOL:?}\nkey = {thumbprint:?}\n{}",
            if what == "suspend-key" { "since = \"2026-01-01T00:00:00+07:00\"\n" } else { "" }
        )
    };
    let id = cluster.pass(&motion("QĐ 41/QĐ-MẪU", "suspend-key"), 2);
    told(cluster.verify(&[&bundles[0]], &[]), 1, "suspended", "key-suspended");
    told(cluster.verify(&[&bundles[0]], &["--offline"]), 0, "valid", "");
    cluster.seal_one(SCHOOL, "thief", 0).refused("key-may-not");
    let key_of = |validator: usize| cluster.governance_key(validator);
    cluster.sogoc(&["gov", "vote", &id[..12], "no", "--key", text(&key_of(1))]).refused("already-voted");
    cluster.sogoc(&["gov", "vote", &id[..12], "yes", "--key", text(&key_of(2))]).ok();
    cluster.sogoc(&["gov", "vote", &id[..12], "yes", "--key", text(&key_of(3))]).refused("motion-closed");

    // Another key seals; the old one is restored once it is known what it sealed, and ended.
    let (new, offer) = offered(&cluster, SCHOOL, "new", "seal");
    let admit =
        format!("decision = \"QĐ 42/QĐ-MẪU\"\n[[change]]\ndo = \"admit-key\"\nissuer = {SCHOOL:?}\nkey = {offer:?}\n");
    cluster.pass(&admit, 3);
    let pdf = cluster.path("one.pdf");
    std::fs::write(&pdf, "%PDF-1.7\none\n%%EOF\n").unwrap();
    let mut command = cluster.command(&["seal-file", "--date", "2026-05-31", "--key", text(&new)]);
    Program::start(command.arg(&pdf).arg("--out").arg(cluster.path("one"))).output().ok();
    cluster.verify(&cluster.bundles("one"), &[]).ok();
    cluster.pass(&motion("QĐ 43/QĐ-MẪU", "restore-key"), 3);
    told(cluster.verify(&[&bundles[0]], &[]), 0, "valid", "");
    cluster.pass(&motion("QĐ 44/QĐ-MẪU", "end-key"), 3);
    cluster.seal_one(SCHOOL, "late", 0).refused("key-may-not");
    told(cluster.verify(&[&bundles[0]], &[]), 0, "valid", "");
}

/// A key is replaced by its owner: what it sealed stays, the rows stay known, the old one ends.
#[test]
fn a_rotated_key_keeps_the_journal() {
    let cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let (old, new) = (cluster.key(SCHOOL), cluster.path("rotated.key"));
    cluster.sogoc(&["issuer", "rotate", text(&old), "--out", text(&new)]).ok();
    cluster.sogoc(&["issuer", "rotate", text(&old), "--out", text(&new)]).ok();
    let mut command = cluster.command(&["issue", "--type", "hoc-ba-thcs", "--key", text(&new)]);
    let again = command.arg(example("hoc-ba-9-1.xlsx")).arg("--out").arg(cluster.path("again"));
    let again = Program::start(again).output().ok();
    assert!(format!("{again:?}").contains("sealed before 40"), "{again:?}");
    assert_eq!(cluster.nodes[0].leaves(), 40);
    cluster.verify(&cluster.bundles("class"), &[]).ok();
}
