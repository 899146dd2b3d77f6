//! A node that does not keep up says so, while it answers everything else.
//!
//! The last of four nodes is reached by the others, and reaches them, over lines that the test cuts: those of the
//! transaction network, over which nodes tell their heights, and those of consensus.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use sogoc_tests::{Cluster, Node, Ports, Program, Relay, SCHOOL, program, wait_until};

/// Ten minutes: no block here has a heartbeat for a reason.
const HEARTBEAT_MS: &str = "600000";

/// Offsets of a devnet's ports: node `i` listens at these plus `i`.
const ENGINE: u16 = 0;
const GOSSIP: u16 = 100;
const HTTP: u16 = 200;

/// The node at the end of the lines.
const FAR: usize = 3;

/// The lines of the last node.
struct Lines {
    engine: Vec<Relay>,
    gossip: Vec<Relay>,
}

impl Lines {
    fn cut(lines: &[Relay]) {
        lines.iter().for_each(Relay::cut);
    }

    fn mend(lines: &[Relay]) {
        lines.iter().for_each(Relay::mend);
    }
}

/// Four nodes, the last of them at the end of lines.
fn start() -> (Cluster, Lines) {
    let (ports, directory) = (Ports::take(), tempfile::tempdir().unwrap());
    let (base, network) = (ports.base(), directory.path().join("net"));
    let mut founding = Command::new(program("sogoc"));
    founding.args(["genesis", "devnet", "4", "--heartbeat-ms", HEARTBEAT_MS, "--base-port", &base.to_string()]);
    Program::start(founding.arg("--out").arg(&network)).output().ok();

    let address = |offset: u16, i: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, base + offset + i));
    let [engine, gossip] = [ENGINE, GOSSIP].map(|offset| {
        let relays: Vec<Relay> = (1..=4).map(|i| Relay::to(address(offset, i))).collect();
        for i in 1..=4 {
            let path = network.join(format!("node-{i}/address-book.json"));
            let mut book = fs::read_to_string(&path).unwrap();
            let others = if i == 4 { 1..=3 } else { 4..=4 };
            for other in others {
                let port = |port: u16| format!("/ip4/127.0.0.1/tcp/{port}\"");
                let (direct, line) = (port(base + offset + other), port(relays[usize::from(other) - 1].port()));
                assert_eq!(book.matches(&direct).count(), 1, "{book}");
                book = book.replace(&direct, &line);
            }
            fs::write(&path, book).unwrap();
        }
        relays
    });
    let nodes = (1..=4).map(|i| Node::new(&network.join(format!("node-{i}")), address(HTTP, i))).collect();
    let cluster = Cluster::of(nodes, directory, ports);
    cluster.export_anchor("anchor.json");
    (cluster, Lines { engine, gossip })
}

/// Waits until the last node is not ready for this reason, in the probe as in the metrics.
fn wait_for_reason(cluster: &mut Cluster, reason: &str) {
    let node = &mut cluster.nodes[FAR];
    wait_until(reason, || {
        assert!(node.runs(), "it ended: {}", node.last_words());
        let answer = node.get("/health/ready").filter(|answer| answer.status == 503)?;
        assert_eq!(answer.code(), "not-ready");
        (answer.json()["reason"] == reason).then_some(())
    });
    let metrics = String::from_utf8(node.get("/metrics").unwrap().body).unwrap();
    assert!(metrics.contains("\nsogoc_ready 0\n"), "{metrics}");
    assert!(metrics.contains(&format!("\nsogoc_not_ready{{reason=\"{reason}\"}} 1\n")), "{metrics}");
    assert_eq!(node.get("/health/live").unwrap().status, 200);
}

#[test]
fn a_node_that_hears_its_peers_and_does_not_move_is_stalled() {
    let (mut cluster, lines) = start();
    cluster.seal_one(SCHOOL, "before", FAR).ok();
    Lines::cut(&lines.engine);
    assert_eq!(cluster.nodes[FAR].get("/health/ready").unwrap().status, 200, "nobody moves: nothing is amiss");

    cluster.seal_one(SCHOOL, "meanwhile", 0).ok();
    wait_for_reason(&mut cluster, "stalled");
    let (stuck, network) = (cluster.nodes[FAR].height(), cluster.nodes[0].height());
    assert!(stuck < network, "{stuck}, {network}");
    assert_eq!(cluster.nodes[FAR].metric("sogoc_height"), stuck);
    assert_eq!(cluster.nodes[FAR].metric("sogoc_network_height"), network);
    assert!(cluster.nodes[FAR].metric("sogoc_seconds_since_block") >= 10);
    assert_eq!(cluster.nodes[0].get("/health/ready").unwrap().status, 200, "three are enough");

    Lines::mend(&lines.engine);
    cluster.nodes[FAR].wait_ready();
    cluster.wait_agreement(0);
}

#[test]
fn a_node_that_hears_nobody_has_too_few_peers() {
    let (mut cluster, lines) = start();
    Lines::cut(&lines.engine);
    Lines::cut(&lines.gossip);
    wait_for_reason(&mut cluster, "too-few-peers");
    cluster.seal_one(SCHOOL, "meanwhile", 0).ok();
    let network = cluster.nodes[0].height();

    // It hears again how far the others are, and cannot follow.
    Lines::mend(&lines.gossip);
    wait_for_reason(&mut cluster, "stalled");
    Lines::mend(&lines.engine);
    cluster.nodes[FAR].wait_ready();
    assert!(cluster.nodes[FAR].height() >= network, "ready means level");
}

#[test]
fn a_node_that_starts_far_behind_is_ready_once_it_is_level() {
    let (mut cluster, lines) = start();
    cluster.nodes[FAR].kill();
    for i in 0..5 {
        cluster.seal_one(SCHOOL, &format!("missed-{i}"), 0).ok();
    }
    Lines::cut(&lines.engine);
    cluster.nodes[FAR].start();
    wait_until("it answers", || cluster.nodes[FAR].chain());
    wait_for_reason(&mut cluster, "catching-up");
    Lines::mend(&lines.engine);
    cluster.nodes[FAR].wait_ready();
    assert!(cluster.nodes[FAR].leaves() >= 5);
}
