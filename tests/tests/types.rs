//! A type of document that no program knows, from the motion that defines it to the verdict.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use sogoc_tests::{Cluster, Output, Program, SCHOOL, example, verdicts};

/// The type of the examples, its code list, and the school's authority to issue it.
fn definition() -> String {
    format!(
        r#"decision = "QĐ 51/QĐ-SGDĐT"

        [[change]]
        do = "define-code-list"
        name = "nghe-pho-thong"
        version = 1
        text = {:?}

        [[change]]
        do = "define-schema"
        type = "giay-chung-nhan-nghe"
        version = 1
        text = {:?}

        [[change]]
        do = "grant"
        issuer = {SCHOOL:?}
        type = "giay-chung-nhan-nghe"
        from = "2025-09-05"
        "#,
        example("nghe-pho-thong-1.json"),
        example("giay-chung-nhan-nghe-1.json"),
    )
}

#[test]
fn a_new_type_needs_no_new_binary() {
    let cluster = Cluster::start();
    let table = example("giay-chung-nhan-nghe.csv");
    let issue = |more: &[&str], out: &str| {
        let mut command = cluster.command(&["issue", "--type", "giay-chung-nhan-nghe", "--key"]);
        command.arg(cluster.key(SCHOOL)).arg(&table).arg("--out").arg(cluster.path(out)).args(more);
        Program::start(&mut command).output()
    };
    issue(&[], "early").refused("unknown-type");
    cluster.pass(&definition(), 3);

    let shown = cluster.sogoc(&["definition", "show", "giay-chung-nhan-nghe"]).ok();
    assert!(format!("{shown:?}").contains("tin-hoc | dien-dan-dung"), "{shown:?}");
    issue(&["--dry-run"], "dry").ok();
    issue(&[], "class").ok();
    let again = issue(&[], "class-again").ok();
    assert!(format!("{again:?}").contains("sealed before 4"), "{again:?}");
    let (bundles, rewritten) = (cluster.bundles("class"), cluster.bundles("class-again"));
    assert_eq!((bundles.len(), rewritten.len(), cluster.nodes[0].leaves()), (4, 4, 4));

    // Whoever is handed one needs nothing but the trust anchor.
    for files in [&bundles, &rewritten] {
        let verified = cluster.verify(files, &["--offline"]).ok();
        assert!(verdicts(&verified).iter().all(|(verdict, _)| verdict == "valid"), "{verified:?}");
        let document = &verified.json()[0]["document"];
        assert_eq!(document["title"]["en"], "Certificate of a vocational subject");
        assert_eq!(document["claims"]["register_number"], "NPT-0001/2026");
    }
    let presentation = cluster.path("shown.sogoc");
    let mut present = cluster.command(&["present", "--disclose", "name,trade"]);
    Program::start(present.arg(&bundles[0]).arg("--out").arg(&presentation)).output().ok();
    let document = cluster.verify(&[&presentation], &[]).ok().json().remove(0)["document"].take();
    assert_eq!(document["claims"], serde_json::json!({ "name": "Nguyễn Thử Nghiệm", "trade": "tin-hoc" }));

    // A node answers the same, and a later status keeps what the type is.
    let body = fs::read(&bundles[0]).unwrap();
    let answer = cluster.nodes[0].post("/v1/verify", "application/json", &body).json();
    assert_eq!((&answer["verdict"], &answer["document"]["type"]), (&"valid".into(), &"giay-chung-nhan-nghe".into()));
    let revoked = cluster.path("revoked.sogoc");
    let mut revoke = cluster.command(&["status", "revoke", "--ground", "issuer-error", "--decision", "QĐ 52/QĐ-MẪU"]);
    revoke.args(["--decision-date", "2026-06-01", "--key"]).arg(cluster.key(SCHOOL));
    revoke.arg("--approver").arg(cluster.approver(SCHOOL)).arg(&bundles[1]).arg("--out").arg(&revoked);
    Program::start(&mut revoke).output().ok();
    let output = cluster.verify(&[&revoked], &["--offline"]).expect(1);
    assert_eq!(verdicts(&output), [("revoked".to_owned(), "revoked".to_owned())]);

    // Another definition than the ledger's makes no valid document, and none at all leaves the question open.
    let altered = cluster.path("altered.sogoc");
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut bundle: serde_json::Value = serde_json::from_slice(&body).unwrap();
        change(&mut bundle);
        fs::write(&altered, bundle.to_string()).unwrap();
        verdicts(&cluster.verify(&[&altered], &["--offline"])).remove(0)
    };
    let told = |verdict: &str, code: &str| (verdict.to_owned(), code.to_owned());
    let renamed = with(&|bundle| {
        let text = Base64UrlUnpadded::decode_vec(bundle["definitions"][0].as_str().unwrap()).unwrap();
        let text = String::from_utf8(text).unwrap().replacen("Certificate of a vocational subject", "Doctorate", 1);
        bundle["definitions"][0] = Base64UrlUnpadded::encode_string(text.as_bytes()).into();
    });
    assert_eq!(renamed, told("invalid", "definition-differs"));
    let shown = cluster.verify(&[&altered], &["--offline"]).json().remove(0);
    assert_eq!(shown["document"]["title"], serde_json::Value::Null, "a stranger's title is not shown");
    let without = with(&|bundle| drop(bundle.as_object_mut().unwrap().remove("definitions")));
    assert_eq!(without, told("cannot-check", "type-unknown"));
    let cut = with(&|bundle| drop(bundle["definitions"].as_array_mut().unwrap().pop()));
    assert_eq!(cut, told("invalid", "definition-malformed"));
}

/// Another version is another form: what was sealed under the first stays as it was, and is not called changed.
#[test]
fn a_later_version_leaves_earlier_documents_alone() {
    let cluster = Cluster::start();
    cluster.pass(&definition(), 3);
    let issue = |table: &Path, out: &str| {
        let mut command = cluster.command(&["issue", "--type", "giay-chung-nhan-nghe", "--json", "--key"]);
        command.arg(cluster.key(SCHOOL)).arg(table).arg("--out").arg(cluster.path(out));
        Program::start(&mut command).output()
    };
    let outcomes = |output: &Output| {
        let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let told = |row: &serde_json::Value| (row["outcome"].clone(), row["code"].clone());
        report["outcomes"].as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    let table = example("giay-chung-nhan-nghe.csv");
    issue(&table, "first").ok();

    // In the second version the trade is a text, not a code.
    let mut text: serde_json::Value =
        serde_json::from_slice(&fs::read(example("giay-chung-nhan-nghe-1.json")).unwrap()).unwrap();
    text["version"] = 2.into();
    let trade = text["claims"][1]["group"][1].as_object_mut().unwrap();
    assert!(trade.remove("codes").is_some() && trade.insert("format".into(), "text".into()).is_none());
    let path = cluster.path("second.json");
    fs::write(&path, text.to_string()).unwrap();
    let change = format!("do = \"define-schema\"\ntype = \"giay-chung-nhan-nghe\"\nversion = 2\ntext = {path:?}\n");
    cluster.pass(&format!("decision = \"QĐ 54/QĐ-SGDĐT\"\n[[change]]\n{change}"), 3);

    let again = issue(&table, "again").expect(1);
    let left = ("changed".into(), "sealed-under-another-version".into());
    assert_eq!(outcomes(&again), [left.clone(), left.clone(), left, ("already-sealed".into(), "".into())]);
    let rows = fs::read_to_string(&table).unwrap();
    let fifth = rows.lines().nth(3).unwrap().replace("NPT-0001", "NPT-0005");
    let more = cluster.path("more.csv");
    fs::write(&more, format!("{}\n{fifth}\n", rows.lines().nth(2).unwrap())).unwrap();
    issue(&more, "second").ok();
    let bundles = [cluster.bundles("first"), cluster.bundles("again"), cluster.bundles("second")].concat();
    let verified = cluster.verify(&bundles, &["--offline"]).ok();
    let trade = |at: usize| verified.json()[at]["document"]["claims"]["trade"].clone();
    assert_eq!((bundles.len(), trade(0), trade(5)), (6, "tin-hoc".into(), "Tin học văn phòng".into()));
}

#[test]
fn a_definition_that_is_none_is_not_even_proposed() {
    let cluster = Cluster::start();
    let text = cluster.path("type.json");
    let motion = cluster.path("motion.toml");
    let propose = |change: &dyn Fn(String) -> String, name: &str| {
        let example = fs::read_to_string(example("nghe-pho-thong-1.json")).unwrap();
        fs::write(&text, change(example)).unwrap();
        let written =
            "decision = \"QĐ 53\"\n[[change]]\ndo = \"define-code-list\"\nversion = 1\ntext = \"type.json\"\n";
        fs::write(&motion, format!("{written}name = {name:?}\n")).unwrap();
        let mut command = cluster.command(&["gov", "propose", "--dry-run", "--key"]);
        Program::start(command.arg(cluster.governance_key(0)).arg(&motion)).output()
    };
    propose(&|text| text, "nghe-pho-thong").ok();
    propose(&|text| text, "nghe-khac").refused("motion-malformed");
    propose(&|text| text.replace("tin-hoc", "nau-an"), "nghe-pho-thong").refused("definition-malformed");
    propose(&|text| text.replace("codes\": 1", "codes\": 2"), "nghe-pho-thong").refused("definition-unknown-format");
}
