//! An observer follows and serves without voting, and comes and goes while the validators run.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use sogoc_tests::{Cluster, Node, Output, Program, SCHOOL, UPPER_SCHOOL, program, verdicts, wait_until};

/// Whose observer it is.
const NAME: &str = "Ủy ban nhân dân phường Mẫu";
/// The observer, after the four validators.
const OBSERVER: usize = 4;
/// Of the second: peers on the engine's network.
const ENGINE_PEERS: &str = "malachitebft_core_consensus_connected_peers";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The observer's operator makes its home; it is not admitted yet.
fn make_observer(cluster: &mut Cluster) {
    let (home, first) = (cluster.path("net/observer"), cluster.nodes[0].home().to_owned());
    let [engine, gossip] = [10, 110].map(|offset| format!("/ip4/127.0.0.1/tcp/{}", cluster.base_port() + offset));
    let serve = SocketAddr::from((Ipv4Addr::LOCALHOST, cluster.base_port() + 210));
    let (genesis, book) = (first.join("genesis.json"), first.join("address-book.json"));
    let made = cluster.sogoc(&[
        "genesis",
        "observer",
        "--home",
        text(&home),
        "--name",
        NAME,
        "--engine",
        &engine,
        "--gossip",
        &gossip,
        "--serve",
        &serve.to_string(),
        "--genesis",
        text(&genesis),
        "--address-book",
        text(&book),
    ]);
    assert_eq!(made.ok().stdout.trim().len(), 64, "the thumbprint of its key");
    cluster.sogoc(&["genesis", "check", text(&home)]).ok();
    cluster.nodes.push(Node::new(&home, serve));
}

/// `sogoc-node` with these arguments, on the home of a validator.
fn node_command(validator: &Node, arguments: &[&str]) -> Output {
    let config = validator.config();
    let arguments = arguments.iter().chain([&"--config"]).map(AsRef::as_ref).chain([config.as_os_str()]);
    Output::of(&program("sogoc-node"), arguments)
}

/// Every validator's operator does that, and tells the node; it then admits so many observers.
fn every_validator(cluster: &Cluster, arguments: &[&str], observers: u64) {
    for validator in &cluster.nodes[..OBSERVER] {
        node_command(validator, arguments).ok();
        read_again(validator, "taken");
        assert_eq!(validator.metric("sogoc_observers"), observers);
    }
}

/// Tells a node to read its address book again, and waits until it has.
fn read_again(node: &Node, outcome: &str) {
    let name = format!("sogoc_address_book_reads_total{{outcome=\"{outcome}\"}}");
    let before = node.metric(&name);
    node.hang_up();
    wait_until("the address book is read again", || (node.metric(&name) > before).then_some(()));
}

fn role(node: &Node) -> String {
    node.chain().unwrap()["role"].as_str().unwrap().to_owned()
}

fn wait_for_reason(node: &mut Node, reason: &str) {
    wait_until(reason, || {
        assert!(node.runs(), "it ended: {}", node.last_words());
        node.chain().filter(|chain| chain["reason"] == reason)
    });
}

#[test]
fn one_is_admitted_while_the_network_works_and_dismissed_again() {
    let mut cluster = Cluster::start();
    make_observer(&mut cluster);
    let part = cluster.nodes[OBSERVER].home().join("observer.json");
    let nodes = cluster.nodes[..OBSERVER].iter().map(Node::url).collect::<Vec<_>>().join(",");
    let key = cluster.key(UPPER_SCHOOL);
    let load =
        ["bench", "seal", "--node", &nodes, "--batch", "10", "--rate", "100", "--seconds", "600", "--key", text(&key)];
    let load = Program::start(cluster.command(&load).current_dir(cluster.path("")));
    wait_until("the load begins", || (cluster.nodes[0].leaves() > 0).then_some(()));

    // Who is not admitted is refused at both doors.
    cluster.nodes[OBSERVER].start();
    wait_for_reason_of_start(&mut cluster.nodes[OBSERVER]);
    let strangers = "sogoc_gossip_faults_total{fault=\"stranger\"}";
    wait_until("it was refused", || (cluster.nodes[0].metric(strangers) > 0).then_some(()));
    assert_eq!((cluster.nodes[OBSERVER].height(), cluster.nodes[OBSERVER].metric("sogoc_peers")), (0, 0));

    // Admitted, it catches up while the others work, and is ready.
    every_validator(&cluster, &["admit", text(&part)], 1);
    let reached = cluster.nodes[0].height();
    cluster.nodes[OBSERVER].wait_ready();
    assert!(cluster.nodes[OBSERVER].height() >= reached, "ready means level");
    assert_eq!((role(&cluster.nodes[OBSERVER]), role(&cluster.nodes[0])), ("observer".into(), "validator".into()));
    assert_eq!(cluster.nodes[0].chain().unwrap()["validators"], 4);

    // It passes transactions on, and what it serves verifies.
    cluster.seal_one(SCHOOL, "by-the-observer", OBSERVER).ok();
    let url = cluster.nodes[OBSERVER].url();
    let original = cluster.path("by-the-observer.pdf");
    let more = ["--node", &url, "--original", text(&original)];
    let verified = cluster.verify(&cluster.bundles("out-by-the-observer"), &more).ok();
    assert_eq!(verdicts(&verified), [("valid".to_owned(), String::new())]);
    load.kill();
    cluster.wait_agreement(0);

    // A book that is wrong is refused by its code; nobody notices.
    let book = cluster.nodes[1].home().join("address-book.json");
    let good = fs::read(&book).unwrap();
    for (bad, code) in [(&good[..good.len() / 2], "malformed"), (b"{\"sogoc-address-book\": 7}", "other-version")] {
        fs::write(&book, bad).unwrap();
        read_again(&cluster.nodes[1], "refused");
        assert!(
            cluster.nodes[1].last_words().contains(&format!("code=\"{code}\"")),
            "{}",
            cluster.nodes[1].last_words()
        );
        assert_eq!((cluster.nodes[1].metric("sogoc_observers"), cluster.nodes[1].metric("sogoc_peers")), (1, 4));
    }
    fs::write(&book, &good).unwrap();

    // Dismissed, it is disconnected from both networks, and the validators go on.
    every_validator(&cluster, &["dismiss", NAME], 0);
    wait_for_reason(&mut cluster.nodes[OBSERVER], "too-few-peers");
    wait_until("the engine's lines are closed", || {
        (cluster.nodes[OBSERVER].metric(ENGINE_PEERS) == 0 && cluster.nodes[0].metric(ENGINE_PEERS) == 3).then_some(())
    });
    cluster.seal_one(SCHOOL, "without-it", 0).ok();
    assert!(cluster.nodes[OBSERVER].leaves() < cluster.nodes[0].leaves());
    cluster.nodes[OBSERVER].kill();
    cluster.wait_agreement(0);
}

/// It has started, and hears nobody.
fn wait_for_reason_of_start(node: &mut Node) {
    wait_until("it answers", || node.chain());
    wait_for_reason(node, "too-few-peers");
}

#[test]
fn one_has_no_vote() {
    let mut cluster = Cluster::start();
    make_observer(&mut cluster);
    let part = cluster.nodes[OBSERVER].home().join("observer.json");
    every_validator(&cluster, &["admit", text(&part)], 1);
    cluster.start_all();

    // Its loss changes nothing.
    cluster.nodes[OBSERVER].kill();
    cluster.seal_one(SCHOOL, "while-it-is-away", 0).ok();
    cluster.start_all();
    cluster.wait_agreement(0);

    // Nor does it help: two validators of four and an observer make no block of what it was handed.
    cluster.nodes[2].kill();
    cluster.nodes[3].kill();
    let file = cluster.path("waits.pdf");
    fs::write(&file, "%PDF-1.7\nwaits\n%%EOF\n").unwrap();
    let (key, out, url) = (cluster.key(SCHOOL), cluster.path("waits"), cluster.nodes[OBSERVER].url());
    let seal =
        ["seal-file", text(&file), "--date", "2026-05-31", "--key", text(&key), "--out", text(&out), "--node", &url];
    let mut waits = Program::start(&mut cluster.command(&seal));
    for node in [0, 1, OBSERVER] {
        wait_until("the transaction is there", || {
            (cluster.nodes[node].metric("sogoc_pool_transactions") > 0).then_some(())
        });
    }
    let height = cluster.nodes[0].height();
    wait_for_reason(&mut cluster.nodes[OBSERVER], "no-blocks");
    assert!(!waits.has_ended());
    for node in [0, 1, OBSERVER] {
        assert_eq!(cluster.nodes[node].height(), height);
    }
    cluster.nodes[2].start();
    waits.output().ok();
    cluster.start_all();
    cluster.wait_agreement(0);
}

#[test]
fn a_validator_moves_and_nobody_else_restarts() {
    let mut cluster = Cluster::start();
    let moved = 3;
    cluster.nodes[moved].kill();
    let base = cluster.base_port();
    let port = |offset: u16| format!("tcp/{}\"", base + offset);
    let homes: Vec<_> = cluster.nodes.iter().map(|node| node.home().to_owned()).collect();
    let mut files: Vec<_> = homes.iter().map(|home| home.join("address-book.json")).collect();
    files.push(homes[moved].join("node.toml"));
    for file in files {
        let old = fs::read_to_string(&file).unwrap();
        let new = old.replace(&port(4), &port(14)).replace(&port(104), &port(114));
        assert_ne!(new, old);
        fs::write(&file, new).unwrap();
    }
    for node in &cluster.nodes[..moved] {
        read_again(node, "taken");
    }
    cluster.start_all();
    for node in &cluster.nodes[..moved] {
        wait_until("both lines are there", || {
            (node.metric("sogoc_peers") == 3 && node.metric(ENGINE_PEERS) == 3).then_some(())
        });
    }
    cluster.nodes[0].kill();
    cluster.seal_one(SCHOOL, "after", moved).ok();
}
