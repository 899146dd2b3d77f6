//! A node whose files are damaged does not start, and says which and why; what a crash may leave behind is mended.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use sogoc_credential::anchor;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_tests::{Cluster, Node, SCHOOL};

/// A person looks first.
const IN_DOUBT: i32 = 70;
/// The configuration is wrong.
const CONFIGURATION: i32 = 78;

/// Starts a node that must not start: this exit code, this stable code, no panic.
fn does_not_start(node: &mut Node, exit: i32, code: &str) {
    let before = node.logged().len();
    node.start();
    let status = node.wait_end();
    let said = node.logged().split_off(before);
    assert_eq!(status.code(), Some(exit), "{code}: {said}");
    assert!(said.contains(&format!("{code}: ")), "not {code}: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Does to a file what `change` says, and afterwards puts it back as it was.
fn with_changed(path: &Path, change: impl FnOnce(&Path), check: impl FnOnce()) {
    let (good, mode) = (fs::read(path).unwrap(), fs::metadata(path).unwrap().permissions());
    change(path);
    check();
    let _ = fs::remove_file(path);
    fs::write(path, good).unwrap();
    fs::set_permissions(path, mode).unwrap();
}

#[test]
fn damaged_configuration_is_refused_by_its_code() {
    let mut cluster = Cluster::start();
    let home = cluster.nodes[3].home().to_owned();
    cluster.nodes[3].kill();
    let other = cluster.nodes[2].home().to_owned();
    let node = &mut cluster.nodes[3];

    let write = |bytes: &'static [u8]| move |path: &Path| fs::write(path, bytes).unwrap();
    let replace = |from: &'static str, to: &'static str| {
        move |path: &Path| {
            let text = fs::read_to_string(path).unwrap();
            assert!(text.contains(from), "{from}");
            fs::write(path, text.replacen(from, to, 1)).unwrap();
        }
    };
    let cut = |path: &Path| fs::write(path, &fs::read(path).unwrap()[..100]).unwrap();
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    let grow = |path: &Path| fs::write(path, vec![b'#'; 64 << 20]).unwrap();
    let take = |name: &'static str| {
        let other = other.clone();
        move |path: &Path| copy(&other.join(name), path)
    };

    let mut case = |file: &str, code: &str, change: &dyn Fn(&Path)| {
        with_changed(&home.join(file), change, || does_not_start(node, CONFIGURATION, code));
    };
    case("node.toml", "malformed", &write(b"\x00\xff\xfe"));
    case("node.toml", "missing-field", &write(b""));
    case("node.toml", "unreadable", &remove);
    case("node.toml", "too-long", &grow);
    case("node.toml", "unknown-field", &replace("moniker", "color = 1\nmoniker"));
    case("node.toml", "wrong-value", &replace("/ip4/127.0.0.1", "/dns4//"));
    case("node.toml", "guard-in-data", &replace("guard = \"guard\"", "guard = \"data/guard\""));
    case("genesis.json", "malformed", &cut);
    case("genesis.json", "unreadable", &remove);
    case("genesis.json", "too-long", &grow);
    case("genesis.json", "other-hash", &replace("Trường THCS Mẫu Một", "Trường THCS Mẫu Hai"));
    case("address-book.json", "malformed", &cut);
    case("address-book.json", "unreadable", &remove);
    for key in ["keys/consensus.key", "keys/network.key"] {
        case(key, "malformed", &write(b"{"));
        case(key, "unreadable", &remove);
        case(key, "mode-too-open", &|path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap());
    }
    case("keys/consensus.key", "other-purpose", &take("keys/network.key"));

    cluster.start_all();
    cluster.seal_one(SCHOOL, "after", 3).ok();
}

#[test]
fn a_trust_anchor_is_of_the_nodes_history() {
    let mut cluster = Cluster::start();
    let (file, home) = (cluster.path("anchor-0.json"), cluster.nodes[3].home().to_owned());
    cluster.sogoc(&["checkpoint", "export", "--height", "0", "--out", file.to_str().unwrap()]).ok();
    let good = fs::read(&file).unwrap();
    cluster.nodes[3].kill();
    let node = &mut cluster.nodes[3];
    let config = fs::read_to_string(node.config()).unwrap();
    fs::write(node.config(), config.replacen("[keys]", "trust = \"anchor.json\"\n[keys]", 1)).unwrap();

    let mut case = |bytes: &[u8], code: &str| {
        fs::write(home.join("anchor.json"), bytes).unwrap();
        does_not_start(node, CONFIGURATION, code);
    };
    let changed = |change: &dyn Fn(&mut Checkpoint)| {
        let mut checkpoint = anchor::from_file(&good).unwrap();
        change(&mut checkpoint);
        anchor::to_file(&checkpoint).into_bytes()
    };
    case(b"", "bad-anchor");
    case(&good[..good.len() / 2], "bad-anchor");
    case(&vec![b' '; 8 << 20], "too-long");
    case(&changed(&|checkpoint| checkpoint.header.time.0 += 1), "anchor-not-ours");
    case(&changed(&|checkpoint| checkpoint.header.chain = "khac".parse().unwrap()), "anchor-other-chain");
    fs::remove_file(home.join("anchor.json")).unwrap();
    does_not_start(node, CONFIGURATION, "unreadable");

    fs::write(home.join("anchor.json"), &good).unwrap();
    cluster.start_all();
    let offered = cluster.nodes[3].get("/v1/anchor").unwrap();
    assert_eq!(offered.json(), serde_json::from_slice::<Value>(&good).unwrap());
    cluster.seal_one(SCHOOL, "after", 3).ok();
}

#[test]
fn roots_of_certificates_are_read_when_the_node_starts() {
    let mut cluster = Cluster::start();
    let vectors: Value = serde_json::from_str(include_str!("../../docs/vectors/binding.json")).unwrap();
    let good = vectors["roots"]["both"].to_string();
    let home = cluster.nodes[3].home().to_owned();
    cluster.nodes[3].kill();
    let node = &mut cluster.nodes[3];
    let config = fs::read_to_string(node.config()).unwrap();
    fs::write(node.config(), config.replacen("[keys]", "roots = \"roots.json\"\n[keys]", 1)).unwrap();

    does_not_start(node, CONFIGURATION, "unreadable");
    for (bytes, code) in [
        (String::new(), "bad-roots"),
        (good[..good.len() / 2].to_owned(), "bad-roots"),
        (good.replace("\"until\"", "\"untill\""), "bad-roots"),
        (" ".repeat(3 << 20), "too-long"),
    ] {
        fs::write(home.join("roots.json"), bytes).unwrap();
        does_not_start(node, CONFIGURATION, code);
    }
    fs::write(home.join("roots.json"), &good).unwrap();
    cluster.start_all();
    assert_eq!(cluster.nodes[3].get("/v1/roots").unwrap().body, good.as_bytes());
    assert_eq!(cluster.nodes[0].get("/v1/roots").unwrap().status, 404);
}

#[test]
fn a_validator_in_doubt_does_not_sign() {
    let mut cluster = Cluster::start();
    cluster.seal_one(SCHOOL, "before", 0).ok();
    cluster.wait_agreement(0);
    let home = cluster.nodes[3].home().to_owned();
    let anothers = cluster.nodes[2].home().join("keys/consensus.key");

    // A second process with the same home.
    let mut twin = Node::new(&home, cluster.nodes[3].address());
    twin.start();
    assert_eq!(twin.wait_end().code(), Some(CONFIGURATION), "{}", twin.last_words());
    assert!(twin.last_words().contains("store-unavailable: "), "{}", twin.last_words());

    cluster.nodes[3].kill();
    let node = &mut cluster.nodes[3];
    let guard = home.join("guard");
    with_changed(&guard, |path| flip(path, 3), || does_not_start(node, IN_DOUBT, "guard-damaged"));
    with_changed(&guard, |path| fs::remove_file(path).unwrap(), || does_not_start(node, IN_DOUBT, "guard-missing"));
    let key = home.join("keys/consensus.key");
    with_changed(&key, |path| copy(&anothers, path), || does_not_start(node, IN_DOUBT, "guard-other-owner"));

    // A home restored from a backup has forgotten what it signed since.
    let (data, backup, kept) = (home.join("data"), cluster.path("backup"), cluster.path("kept"));
    copy_directory(&data, &backup);
    cluster.start_all();
    for i in 0..3 {
        cluster.seal_one(SCHOOL, &format!("since-{i}"), 3).ok();
    }
    cluster.nodes[3].kill();
    fs::rename(&data, &kept).unwrap();
    copy_directory(&backup, &data);
    does_not_start(&mut cluster.nodes[3], IN_DOUBT, "home-restored");
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&kept, &data).unwrap();

    cluster.start_all();
    cluster.nodes[0].kill();
    cluster.seal_one(SCHOOL, "after", 3).ok();
}

fn copy(from: &Path, to: &Path) {
    fs::write(to, fs::read(from).unwrap()).unwrap();
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for path in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy_directory(&path, &target) } else { copy(&path, &target) }
    }
}

fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= 0x40;
    fs::write(path, bytes).unwrap();
}

#[test]
fn the_log_of_consensus_is_mended_or_refused() {
    let mut cluster = Cluster::start();
    cluster.seal_one(SCHOOL, "before", 0).ok();
    let log = cluster.nodes[3].home().join("data/wal/consensus.wal");

    // What a crash leaves behind: nothing, less than a header, zeros, a torn end.
    for crash in [empty, headless, with_zeros, torn] {
        cluster.nodes[3].kill();
        let mut bytes = fs::read(&log).unwrap();
        crash(&mut bytes);
        fs::write(&log, bytes).unwrap();
        cluster.start_all();
        cluster.seal_one(SCHOOL, &format!("after-{}", cluster.nodes[3].height()), 3).ok();
    }

    // What no crash leaves behind.
    cluster.nodes[3].kill();
    let node = &mut cluster.nodes[3];
    with_changed(&log, |path| flip(path, 0), || does_not_start(node, IN_DOUBT, "wal-version"));
    cluster.start_all();
    cluster.wait_agreement(0);
}

fn empty(bytes: &mut Vec<u8>) {
    bytes.clear();
}

fn headless(bytes: &mut Vec<u8>) {
    bytes.truncate(5);
}

fn with_zeros(bytes: &mut Vec<u8>) {
    bytes.extend([0; 4096]);
}

fn torn(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() - 3);
}
