//! Nothing personal and nothing secret is anywhere but in the files of those it belongs to.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sogoc_credential::import::{DocumentKind, Options, import};
use sogoc_tests::{Cluster, Program, SCHOOL, UPPER_SCHOOL, example};
use unicode_normalization::UnicodeNormalization;

/// Shorter needles are found by chance.
const NEEDLE_BYTES_MIN: usize = 8;

/// Byte strings to look for, each with what it is.
#[derive(Default)]
struct Needles(BTreeMap<[u8; NEEDLE_BYTES_MIN], BTreeSet<(Vec<u8>, String)>>);

impl Needles {
    fn plant(&mut self, bytes: Vec<u8>, what: String) {
        if let Some(head) = bytes.first_chunk() {
            self.0.entry(*head).or_default().insert((bytes, what));
        }
    }

    /// `value` in the forms in which it might have leaked.
    fn plant_text(&mut self, value: &str) {
        let forms: BTreeSet<String> =
            [value.nfc().collect(), value.nfd().collect(), value.to_lowercase(), value.to_uppercase()].into();
        for form in forms {
            self.plant_encoded(form.as_bytes(), value);
            let digest: [u8; 32] = Sha256::digest(&form).into();
            self.plant_bytes(&digest, &format!("SHA-256 of {value}"));
            // Made-up codes such as 0000000001 are in every list of numbers.
            if value.starts_with("00000") {
                continue;
            }
            self.plant(form.as_bytes().into(), value.into());
            let json = serde_json::to_string(&form).unwrap();
            self.plant(json.trim_matches('"').into(), format!("{value} in JSON"));
            let utf16 = form.encode_utf16().flat_map(u16::to_le_bytes).collect();
            self.plant(utf16, format!("{value} in UTF-16"));
        }
    }

    fn plant_bytes(&mut self, bytes: &[u8], what: &str) {
        self.plant(bytes.into(), what.into());
        self.plant_encoded(bytes, what);
    }

    fn plant_encoded(&mut self, bytes: &[u8], what: &str) {
        self.plant(hex::encode(bytes).into(), format!("{what} in hex"));
        self.plant(hex::encode_upper(bytes).into(), format!("{what} in hex"));
        // Within longer base64, a value stands in one of three ways; its first and last characters depend on the neighbours.
        for shift in 0..3 {
            let text = Base64UrlUnpadded::encode_string(&[&vec![0; shift], bytes].concat());
            let own = &text[(shift * 8).div_ceil(6)..(shift + bytes.len()) * 8 / 6];
            self.plant(own.into(), format!("{what} in base64url"));
            self.plant(own.replace('-', "+").replace('_', "/").into(), format!("{what} in base64"));
        }
    }

    fn found_in(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (place, head) in bytes.windows(NEEDLE_BYTES_MIN).enumerate() {
            let Some(needles) = self.0.get(head) else { continue };
            let here = needles.iter().filter(|(needle, _)| bytes[place..].starts_with(needle));
            found.extend(here.map(|(_, what)| what.clone()));
        }
        found
    }

    /// What is found in the files below `path`, by file.
    fn found_below(&self, path: &Path) -> BTreeMap<PathBuf, BTreeSet<String>> {
        let found = files_below(path).into_iter().map(|path| {
            let found = self.found_in(&fs::read(&path).unwrap());
            (path, found)
        });
        found.filter(|(_, found)| !found.is_empty()).collect()
    }
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.into()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| files_below(&path)).collect()
}

/// Every value in a document.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(into.insert(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| texts(value, into)),
        Value::Object(members) => {
            // What the class has in common is on the ledger: the period of the batch.
            let personal =
                members.iter().filter(|(name, _)| !matches!(name.as_str(), "school_year" | "graduation_year"));
            personal.for_each(|(_, value)| texts(value, into));
        }
        _ => {}
    }
}

/// The values of an example file, with birth dates as people write them too.
fn plant_file(name: &str, kind: DocumentKind, needles: &mut Needles) {
    let rows = import(name, &fs::read(example(name)).unwrap(), kind, &Options::default()).unwrap().rows;
    let mut values = BTreeSet::new();
    for row in &rows {
        values.insert(row.learner.clone());
        texts(&Value::Object(row.claims.clone()), &mut values);
    }
    assert!(values.len() > 2 * rows.len(), "names, birth dates and more of each");
    for value in values {
        if let [year, month, day] = value.split('-').collect::<Vec<_>>()[..] {
            needles.plant_text(&format!("{day}/{month}/{year}"));
        }
        needles.plant_text(&value);
    }
}

#[test]
fn no_name_is_anywhere() {
    let mut needles = Needles::default();
    plant_file("hoc-ba-9-1.xlsx", "hoc-ba-thcs".parse().unwrap(), &mut needles);
    plant_file("bang-tot-nghiep.csv", "bang-tn-thpt".parse().unwrap(), &mut needles);
    // Not on the ledger either: why something was revoked, and what a signed file is called.
    needles.plant_text("QĐ 15/QĐ-MẪU");
    needles.plant_text("hoc-ba-da-ky.pdf");

    let mut cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let (diplomas, key) = (example("bang-tot-nghiep.csv"), cluster.key(UPPER_SCHOOL));
    let mut command = cluster.command(&["issue", "--type", "bang-tn-thpt"]);
    let command = command.arg(diplomas).arg("--key").arg(key).arg("--out").arg(cluster.path("diplomas"));
    Program::start(command).output().ok();
    let (pdf, key) = (example("hoc-ba-da-ky.pdf"), cluster.key(SCHOOL));
    let mut command = cluster.command(&["seal-file", "--date", "2026-05-31"]);
    let command = command.arg(pdf).arg("--key").arg(&key).arg("--out").arg(cluster.path("da-ky"));
    Program::start(command).output().ok();
    let bundles = cluster.bundles("class");
    let mut command = cluster.command(&["status", "revoke", "--ground", "fraud", "--decision", "QĐ 15/QĐ-MẪU"]);
    let command = command.arg(&bundles[0]).args(["--decision-date", "2026-06-01", "--key"]).arg(&key);
    let command = command.arg("--approver").arg(cluster.approver(SCHOOL));
    Program::start(command.arg("--out").arg(cluster.path("revoked.sogoc"))).output().ok();
    for i in 0..4 {
        let node = cluster.nodes[i].url();
        cluster.verify(&bundles[1..], &["--node", &node]).ok();
        for out in ["diplomas", "da-ky"] {
            cluster.verify(&cluster.bundles(out), &["--node", &node]).ok();
        }
        for bundle in &bundles {
            let file = fs::read(bundle).unwrap();
            let report = cluster.nodes[i].post("/v1/verify", "application/json", &file).json();
            assert_eq!(report["verdict"], if *bundle == bundles[0] { "revoked" } else { "valid" });
            let line = serde_json::from_slice::<Value>(&file).unwrap().to_string();
            let answers = cluster.nodes[i].post("/v1/verify/bulk", "application/x-ndjson", line.as_bytes()).body;
            assert!(String::from_utf8(answers).unwrap().ends_with("}}\n"));
        }
    }

    // The search finds what is there: each learner's file holds everything, in base64.
    assert_eq!(needles.found_below(&cluster.path("class")).into_keys().collect::<Vec<_>>(), bundles);

    for node in &cluster.nodes {
        let metrics = needles.found_in(&node.get("/metrics").unwrap().body);
        assert!(metrics.is_empty(), "metrics: {metrics:?}");
    }
    // Killed, a node leaves everything in files that are not compressed: RocksDB writes tables, which are, later.
    cluster.kill_all();
    for node in &cluster.nodes {
        let files = files_below(node.home());
        assert!(files.iter().any(|path| path.ends_with("data/wal/consensus.wal")), "{files:?}");
        assert!(!files.iter().any(|path| path.extension().is_some_and(|ext| ext == "sst")), "{files:?}");
        for place in [node.home(), node.log()] {
            let found = needles.found_below(place);
            assert!(found.is_empty(), "{found:#?}");
        }
    }
}

/// The secrets in a key file.
fn secrets(path: &Path) -> Vec<Vec<u8>> {
    let key: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let secrets = ["secret", "row_secret"].iter().filter_map(|name| key[name].as_str());
    secrets.map(|secret| Base64UrlUnpadded::decode_vec(secret).unwrap()).collect()
}

#[test]
fn no_secret_leaves_its_file() {
    let mut cluster = Cluster::start();
    let mut printed = cluster.issue_class("class", &[]).ok();
    let again = cluster.issue_class("class", &["--json"]).ok();
    printed.stdout += &(again.stdout + &again.stderr);
    let metrics: Vec<_> = cluster.nodes.iter().map(|node| node.get("/metrics").unwrap().body).collect();
    cluster.kill_all();

    let keys: Vec<PathBuf> = files_below(&cluster.path("net"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ext| ext == "key"))
        .collect();
    assert_eq!(keys.len(), 4 * 3 + 2 * 2);
    let mut needles = Needles::default();
    for key in &keys {
        for secret in secrets(key) {
            assert_eq!(secret.len(), 32);
            needles.plant_bytes(&secret, &key.display().to_string());
        }
        assert!(!needles.found_below(key).is_empty(), "the search finds what is there");
    }
    let everything = files_below(&cluster.path("")).into_iter().filter(|path| !keys.contains(path));
    for path in everything {
        let found = needles.found_below(&path);
        assert!(found.is_empty(), "{found:#?}");
    }
    for bytes in metrics.iter().map(Vec::as_slice).chain([printed.stdout.as_bytes(), printed.stderr.as_bytes()]) {
        let found = needles.found_in(bytes);
        assert!(found.is_empty(), "{found:?}");
    }

    // Keys, journals and learners' files are their owner's alone.
    let private = files_below(&cluster.path("journal")).into_iter().chain(files_below(&cluster.path("class")));
    let private: Vec<_> = private.filter(|path| !path.ends_with("lock")).chain(keys).collect();
    assert!(private.len() > 14 + 40);
    for path in private {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}
