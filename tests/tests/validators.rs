//! Validators come and go while the network works.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;

use sogoc_tests::{Cluster, Node, Output, SCHOOL, program, wait_until};

/// The owners of those who sign now, if nothing is scheduled or planned.
fn settled(node: &Node) -> Option<Vec<String>> {
    let validators = &node.get("/v1/validators")?.json()["validators"];
    let settled = validators["scheduled"].is_null() && validators["plan"].is_null();
    let owners = validators["current"].as_array()?.iter().map(|member| member["owner"].as_str().unwrap().to_owned());
    let mut owners: Vec<String> = owners.collect();
    owners.sort();
    settled.then_some(owners)
}

#[test]
fn one_comes_and_one_goes_under_load() {
    let mut cluster = Cluster::start();
    cluster.seal_one(SCHOOL, "before", 0).ok();
    let mut fifth = cluster.newcomer("Cụm trường Mẫu", 5);
    let (leaving, coming) = (cluster.nodes[1].owner(), "Cụm trường Mẫu".to_owned());
    let stop = AtomicBool::new(false);
    scope(|scope| {
        let clerk = scope.spawn(|| {
            let mut sealed = 0;
            while !stop.load(Ordering::Relaxed) {
                cluster.seal_one(SCHOOL, &format!("meanwhile-{sealed}"), 0).ok();
                sealed += 1;
            }
            sealed
        });
        let part = fifth.home().join("validator.json");
        let motion = format!("decision = \"QĐ 51/QĐ-MẪU\"\n[[change]]\ndo = \"change-validators\"\nadd = [{part:?}]\n");
        cluster.pass(&motion, 3);
        fifth.start();
        let has = |name: &String, there: bool| settled(&cluster.nodes[0]).filter(|now| now.contains(name) == there);
        assert_eq!(wait_until("the fifth signs", || has(&coming, true)).len(), 5);
        let motion =
            format!("decision = \"QĐ 52/QĐ-MẪU\"\n[[change]]\ndo = \"change-validators\"\nremove = [{leaving:?}]\n");
        // Of five, four are more than two thirds.
        cluster.pass(&motion, 4);
        assert_eq!(wait_until("the second has left", || has(&leaving, false)).len(), 4);
        stop.store(true, Ordering::Relaxed);
        assert!(clerk.join().unwrap() > 0, "the load went on");
    });

    // Of the four that are left three are needed: without another, the fifth must sign.
    cluster.nodes[1].kill();
    cluster.nodes.push(fifth);
    cluster.nodes[2].kill();
    let later = cluster.export_anchor("later.json");
    cluster.seal_one(SCHOOL, "after", 0).ok();
    cluster.wait_agreement(0);

    // Receipts of every era verify unaided against the anchor from before all of it.
    let mut bundles = cluster.bundles("out-before");
    bundles.extend(cluster.bundles("out-meanwhile-0"));
    bundles.extend(cluster.bundles("out-after"));
    cluster.verify(&bundles, &["--offline"]).ok();
    cluster.verify(&bundles, &[]).ok();
    // What was made for that anchor holds against a later one too, if it is of a later block.
    cluster.verify(&cluster.bundles("out-after"), &["--offline", "--trust", later.to_str().unwrap()]).ok();
}

/// A validator's machine and key are lost: by one motion its owner signs with another key, under another home.
#[test]
fn a_lost_key_is_replaced() {
    let mut cluster = Cluster::start();
    cluster.seal_one(SCHOOL, "before", 0).ok();
    let owner = cluster.nodes[1].owner();
    let key = |node: &Node| {
        let validators = &node.get("/v1/validators")?.json()["validators"];
        let settled = validators["scheduled"].is_null() && validators["plan"].is_null();
        let current = validators["current"].as_array()?;
        let member = current.iter().find(|member| member["owner"] == owner.as_str())?;
        settled.then(|| (current.len(), member["consensus"].clone()))
    };
    let before = key(&cluster.nodes[0]).unwrap();
    let mut successor = cluster.newcomer(&owner, 5);
    cluster.nodes[1].kill();
    let part = successor.home().join("validator.json");
    let change = format!("do = \"change-validators\"\nadd = [{part:?}]\nremove = [{owner:?}]\n");
    cluster.pass(&format!("decision = \"QĐ 55/QĐ-MẪU\"\n[[change]]\n{change}"), 3);
    successor.start();
    let after = wait_until("the other key signs", || key(&cluster.nodes[0]).filter(|now| *now != before));
    assert_eq!((before.0, after.0), (4, 4));

    // Of four three are needed: without a third one the other key must sign.
    cluster.nodes[1] = successor;
    cluster.nodes[2].kill();
    cluster.seal_one(SCHOOL, "after", 0).ok();
    let bundles = [cluster.bundles("out-before"), cluster.bundles("out-after")].concat();
    cluster.verify(&bundles, &["--offline"]).ok();
    cluster.verify(&bundles, &[]).ok();
}

/// Of the city's 23 homes 22 are lost for good. The chain goes on with three others, on the state of the one that is left.
#[test]
fn a_chain_goes_on_with_others_when_its_quorum_is_lost() {
    const FOUNDERS: u16 = 23;
    let mut cluster = Cluster::of_validators(FOUNDERS, 2_000);
    cluster.issue_class("class", &[]).ok();
    cluster.wait_agreement(0);
    cluster.kill_all();
    for node in &cluster.nodes[1..] {
        fs::remove_dir_all(node.home()).unwrap();
    }
    let survivor = cluster.nodes[0].home().to_owned();
    let config = |home: &Path| home.join("node.toml").to_str().unwrap().to_owned();
    let node = |words: &[&str]| Output::of(&program("sogoc-node"), words.iter().map(std::ffi::OsStr::new));
    let state = cluster.path("state.sogoc");
    let others = (FOUNDERS + 1..=FOUNDERS + 3).map(|i| cluster.newcomer(&format!("Cụm trường Mẫu {i}"), i));
    let others: Vec<Node> = others.collect();
    node(&["export-state", "--config", &config(&survivor), "--out", state.to_str().unwrap()]).ok();

    let directory = cluster.path("");
    let place = move |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let (continuation, anchor, book) = (place("continuation.json"), place("continued.json"), place("book.json"));
    let homes: Vec<PathBuf> =
        std::iter::once(&*survivor).chain(others.iter().map(Node::home)).map(Path::to_owned).collect();
    let parts: Vec<String> =
        homes.iter().map(|home| home.join("validator.json").to_str().unwrap().to_owned()).collect();
    let mut words = vec!["genesis", "continue", "--from", state.to_str().unwrap(), "--decision", "QĐ 99/QĐ-MẪU"];
    words.extend(["--out", &continuation, "--anchor", &anchor, "--address-book", &book]);
    words.extend(parts.iter().flat_map(|part| ["--validator", part]));
    cluster.sogoc(&words).ok();

    let store = survivor.join("data/store");
    for home in &homes {
        fs::copy(&book, home.join("address-book.json")).unwrap();
        if *home != survivor {
            let copied = home.join("data/store");
            fs::create_dir_all(&copied).unwrap();
            for file in fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().path()) {
                fs::copy(&file, copied.join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    // Every copy makes the same block; done twice, it is done once.
    let make = |home: &PathBuf| {
        let words = ["continue", "--config", &config(home), "--continuation", &continuation];
        node(&words).ok();
        node(&words).ok().stdout
    };
    let made: BTreeSet<String> = homes.iter().map(make).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    cluster.nodes.truncate(1);
    cluster.nodes.extend(others);
    cluster.start_all();
    // The block that continues has no certificate: proofs are of the next one.
    let continued = cluster.nodes[0].height();
    wait_until("a block follows", || (cluster.nodes[0].height() > continued).then_some(()));

    // Old documents verify against the new anchor once refreshed, stay revocable, and new ones are sealed beside them.
    let bundles = cluster.bundles("class");
    let refreshed = place("refreshed.sogoc");
    let trusting = |words: &[&str]| cluster.sogoc(&[words, &["--trust", &anchor]].concat());
    trusting(&["verify", "--offline", bundles[0].to_str().unwrap()]).expect(2);
    trusting(&["receipt", "refresh", bundles[0].to_str().unwrap(), "--out", &refreshed]).ok();
    trusting(&["verify", "--offline", &refreshed]).ok();
    let (key, approver) = (cluster.key(SCHOOL), cluster.approver(SCHOOL));
    let words = ["status", "revoke", &refreshed, "--ground", "fraud", "--decision", "QĐ 15/QĐ-MẪU", "--decision-date"];
    let files = ["2026-06-01", "--key", key.to_str().unwrap(), "--approver", approver.to_str().unwrap(), "--out"];
    let revoked = place("revoked.sogoc");
    trusting(&[&words[..], &files, &[&revoked]].concat()).ok();
    trusting(&["verify", &revoked]).expect(1);
    cluster.wait_agreement(1);
}
