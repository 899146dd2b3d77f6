//! The city's change of 1 July 2025, a process for each validator: 23 become 17 by one motion. With figures: `scripts/change-validators.sh`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sogoc_tests::{Cluster, Node, PATIENCE, SCHOOL, wait_until_within};

/// The Department, which stays, and the district offices.
const OLD: u16 = 23;
/// The school clusters.
const CLUSTERS: u16 = 16;

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Those who come know each other's addresses, beside those of the validators.
fn introduce(newcomers: &[Node]) {
    let peer = |node: &Node| {
        let part = read(&node.home().join("validator.json"));
        json!({"name": part["owner"], "network": part["network"], "observer": false, "addresses": part["addresses"]})
    };
    let peers: Vec<Value> = newcomers.iter().map(peer).collect();
    for node in newcomers {
        let path = node.home().join("address-book.json");
        let mut book = read(&path);
        book["peers"].as_array_mut().unwrap().extend(peers.clone());
        fs::write(path, book.to_string()).unwrap();
    }
}

/// How many steps are left, and the owners of the nodes that are needed: of those who sign, and of those who come next.
fn needed(node: &Node) -> (usize, BTreeSet<String>) {
    let record = node.get("/v1/validators").unwrap().json()["validators"].take();
    let owner = |member: &Value| member["owner"].as_str().unwrap().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (steps, scheduled) = (list(&record["plan"]["steps"]), list(&record["scheduled"]["members"]));
    let mut owners: BTreeSet<String> = list(&record["current"]).iter().chain(&scheduled).map(owner).collect();
    if let (Some(step), true) = (steps.first(), scheduled.is_empty()) {
        owners.extend(list(&step["add"]).iter().map(|new| owner(&new["member"])));
    }
    (steps.len() + usize::from(!scheduled.is_empty()), owners)
}

#[test]
fn twenty_three_become_seventeen_by_one_motion() {
    let mut cluster = Cluster::of_validators(OLD, 2_000);
    cluster.seal_one(SCHOOL, "before", 0).ok();
    let newcomers = (1..=CLUSTERS).map(|i| cluster.newcomer(&format!("Cụm trường {i}"), OLD + i));
    let newcomers: Vec<Node> = newcomers.collect();
    introduce(&newcomers);
    let add: Vec<_> = newcomers.iter().map(|node| node.home().join("validator.json")).collect();
    let remove: Vec<String> = cluster.nodes[1..].iter().map(Node::owner).collect();
    let change = format!("[[change]]\ndo = \"change-validators\"\nadd = {add:?}\nremove = {remove:?}\n");
    cluster.pass(&format!("decision = \"QĐ 53/QĐ-MẪU\"\n{change}"), usize::from(OLD) * 2 / 3 + 1);

    // A step at a time: who is to come follows as an observer, who has left is stopped.
    cluster.nodes.extend(newcomers);
    let owners: Vec<String> = cluster.nodes.iter().map(Node::owner).collect();
    let last = wait_until_within(PATIENCE * 3, "the last set signs", || {
        let (left, needed) = needed(&cluster.nodes[0]);
        for (node, owner) in cluster.nodes.iter_mut().zip(&owners) {
            match (needed.contains(owner), node.runs()) {
                (true, false) => node.start(),
                (false, true) => assert!(node.stop().success()),
                _ => {}
            }
        }
        (left == 0).then_some(needed)
    });
    let expected = owners.iter().filter(|owner| !remove.contains(owner)).cloned();
    assert_eq!(last, expected.collect());

    // What was sealed before verifies against block 0, and against the last set's block once refreshed; so does what is sealed after.
    let later = cluster.export_anchor("later.json");
    let (later, refreshed) = (later.to_str().unwrap(), cluster.path("refreshed.sogoc"));
    cluster.seal_one(SCHOOL, "after", 0).ok();
    cluster.wait_agreement(0);
    let (before, after) = (cluster.bundles("out-before"), cluster.bundles("out-after"));
    cluster.verify(&[&before[0], &after[0]], &["--offline"]).ok();
    cluster.verify(&before, &["--offline", "--trust", later]).expect(2);
    let words = ["receipt", "refresh", before[0].to_str().unwrap(), "--out", refreshed.to_str().unwrap()];
    cluster.sogoc(&words).ok();
    cluster.verify(&[&refreshed, &after[0]], &["--offline", "--trust", later]).ok();
}
