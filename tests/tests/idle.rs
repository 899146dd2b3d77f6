//! A network that nobody asks anything of.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;
use sogoc_tests::{Cluster, wait_until};

const HEARTBEAT_MS: u64 = 2_000;

#[test]
fn four_idle_nodes_make_only_heartbeats() {
    const BEATS: u64 = 4;
    let mut cluster = Cluster::with_heartbeat(HEARTBEAT_MS as u32);
    let first = cluster.nodes[0].height();
    wait_until("some heartbeats", || (cluster.nodes[0].height() >= first + BEATS).then_some(()));
    cluster.wait_agreement(0);

    let answer = cluster.nodes[0].get(&format!("/v1/headers?from={first}&limit={}", BEATS + 1)).unwrap().json();
    let headers: Vec<&Value> = answer["headers"].as_array().unwrap().iter().map(|header| &header["header"]).collect();
    assert_eq!(headers.len() as u64, BEATS + 1);
    for header in &headers {
        assert_eq!((&header["leaves"], &header["body"]), (&0.into(), &headers[0]["body"]), "an empty block");
    }
    let time = |header: &Value| header["time"].as_u64().unwrap();
    let took = time(headers.last().unwrap()) - time(headers[0]);
    assert!(took >= (BEATS - 1) * HEARTBEAT_MS, "{BEATS} blocks in {took} ms");
    assert!(took <= (BEATS + 2) * HEARTBEAT_MS, "{BEATS} blocks in {took} ms");
}
