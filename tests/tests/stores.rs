//! Stores that were stopped well are sound; a damaged one is noticed, or made whole from the others.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use sogoc_tests::{Cluster, Random, SCHOOL, wait_until};

/// Codes of a store that does not open, and of one that is not sound.
const NAMED: [&str; 6] = [
    "store-damaged: ",
    "store-unavailable: ",
    "fsck-damaged-row: ",
    "fsck-wrong-block: ",
    "fsck-other-row: ",
    "store-unknown-format: ",
];

/// Codes of a node that will not go on from what its store holds.
const STOPS: [&str; 4] = ["store-damaged: ", "store-behind: ", "guard-conflict: ", "diverged: "];

#[test]
fn restarted_nodes_agree() {
    let mut cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    for round in 0..2 {
        for i in 0..3 {
            cluster.seal_one(SCHOOL, &format!("file-{round}-{i}"), i).ok();
        }
        cluster.wait_agreement(0);
        for node in &mut cluster.nodes {
            assert!(node.stop().success(), "{}", node.last_words());
        }
        for node in &cluster.nodes {
            let sound = node.fsck().ok();
            assert!(sound.stdout.starts_with("sound"), "{sound:?}");
        }
        cluster.start_all();
    }
    cluster.wait_agreement(3);
    for node in &cluster.nodes {
        assert_eq!(node.leaves(), 46);
    }
    cluster.verify(&cluster.bundles("class"), &[]).ok();
}

/// Files of the store with the ending `ending`, the largest first.
fn files(home: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join("data/store")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).unwrap().len()));
    files
}

fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_byte_is_noticed() {
    let mut random = Random::of_this_run();
    let mut cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    cluster.wait_agreement(0);
    // The second start writes tables of what the first one logged.
    assert!(cluster.nodes[3].stop().success());
    cluster.start_all();
    assert!(cluster.nodes[3].stop().success());
    let node = &cluster.nodes[3];
    node.fsck().ok();

    let tables = files(node.home(), ".sst");
    assert!(!tables.is_empty());
    let mut noticed = 0;
    for _ in 0..24 {
        let table = &tables[random.below(tables.len())];
        let good = fs::read(table).unwrap();
        let place = random.below(good.len());
        flip(table, place);
        let output = node.fsck();
        let code = output.code().unwrap();
        if code == 0 {
            // Some bytes of a table say nothing about the ledger, as its statistics.
            assert!(output.stdout.starts_with("sound"), "{output:?}");
        } else {
            assert!(matches!(code, 1 | 70 | 78), "{output:?}");
            assert!(NAMED.iter().any(|code| output.stderr.contains(code)), "{output:?}");
            noticed += 1;
        }
        fs::write(table, good).unwrap();
    }
    assert!(noticed > 4, "{noticed} of 24");
    cluster.start_all();
    cluster.wait_agreement(0);
}

/// RocksDB keeps the last rows in a log, which it reads again at each start.
#[test]
fn a_damaged_log_of_the_store_is_noticed_or_mended() {
    let mut random = Random::of_this_run();
    let mut cluster = Cluster::start();
    cluster.issue_class("class", &[]).ok();
    let data = cluster.nodes[3].home().join("data");
    let (mut noticed, mut mended) = (0, 0);
    for i in 0..6 {
        cluster.seal_one(SCHOOL, &format!("file-{i}"), 0).ok();
        cluster.wait_agreement(0);
        cluster.nodes[3].kill();
        let good = ["store", "wal"].map(|part| copy_of(&data.join(part)));
        let log = files(cluster.nodes[3].home(), ".log").remove(0);
        let length = fs::metadata(&log).unwrap().len() as usize;
        flip(&log, random.below(length));

        let before = cluster.nodes[3].logged().len();
        cluster.nodes[3].start();
        let (height, node) = (cluster.nodes[0].height(), &mut cluster.nodes[3]);
        let whole = wait_until("it is whole, or ends", || match node.runs() {
            false => Some(false),
            true => node.block(height).map(|_| true),
        });
        if whole {
            mended += 1;
        } else {
            noticed += 1;
            let said = node.logged().split_off(before);
            assert_eq!(node.wait_end().code(), Some(70), "{said}");
            let last = said.lines().rev().find(|line| line.starts_with("sogoc-node: ")).unwrap();
            assert!(STOPS.iter().any(|code| last.contains(code)), "{last}");
            for (part, files) in ["store", "wal"].iter().zip(good) {
                put_back(&data.join(part), files);
            }
        }
        cluster.start_all();
        cluster.wait_agreement(0);
        assert_eq!(cluster.nodes[3].leaves(), 41 + i);
    }
    println!("noticed {noticed}, mended {mended}");
    assert!(cluster.nodes[3].stop().success());
    cluster.nodes[3].fsck().ok();
}

/// The files of a directory.
fn copy_of(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn put_back(directory: &Path, files: Vec<(PathBuf, Vec<u8>)>) {
    fs::remove_dir_all(directory).unwrap();
    fs::create_dir(directory).unwrap();
    for (path, bytes) in files {
        fs::write(path, bytes).unwrap();
    }
}
