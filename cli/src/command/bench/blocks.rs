//! How far blocks lie apart, by the times in their headers: read from a node afterwards, so that nothing is disturbed.
//!
//! An idle network makes a block every heartbeat. A gap that holds more than one whole heartbeat has *missed* the others.

use serde_json::{Value, json};
use sogoc_ledger::block::Header;
use sogoc_ledger::name::Height;

use crate::client::Client;
use crate::failure::Failure;

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    /// A node of the network.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    node: String,
    /// The first block.
    #[arg(long, value_name = "HEIGHT")]
    from: Height,
    /// The last block.
    #[arg(long, value_name = "HEIGHT")]
    to: Height,
    /// The network's heartbeat, in milliseconds.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    heartbeat_ms: u32,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let headers = headers(&Client::new(&arguments.node), arguments.from, arguments.to)?;
    let gap = |pair: &[Header]| pair[1].time.0 - pair[0].time.0;
    let longest = headers.windows(2).max_by_key(|pair| gap(pair));
    let missed = |pair: &[Header]| (gap(pair) / u64::from(arguments.heartbeat_ms)).saturating_sub(1);
    let mut gaps: Vec<u64> = headers.windows(2).map(gap).collect();
    gaps.sort_unstable();
    let quantile = |per_mille: usize| gaps[(gaps.len() - 1) * per_mille / 1_000];
    let changes = headers.windows(2).filter(|pair| pair[0].next_validators != pair[0].validators);
    let changes =
        changes.map(|pair| json!({ "height": pair[1].height, "after_ms": pair[1].time.0 - headers[0].time.0 }));
    Ok(json!({
        "measured": "time between blocks, by their headers",
        "from": arguments.from,
        "to": arguments.to,
        "lasted_ms": headers[headers.len() - 1].time.0 - headers[0].time.0,
        "gap_p50_ms": quantile(500),
        "gap_p95_ms": quantile(950),
        "gap_max_ms": quantile(1_000),
        "longest_before": longest.map(|pair| pair[1].height),
        "heartbeat_ms": arguments.heartbeat_ms,
        "heartbeats_missed": headers.windows(2).map(missed).sum::<u64>(),
        "new_validators_sign_from": changes.collect::<Vec<_>>(),
    }))
}

/// Those from `from` to `to`, of which there are two at least.
fn headers(client: &Client, from: Height, to: Height) -> Result<Vec<Header>, Failure> {
    let mut headers: Vec<Header> = Vec::new();
    let mut next = from;
    while next <= to {
        let page = client.headers(next)?;
        next = page.last().ok_or_else(too_few)?.height + 1;
        headers.extend(page);
    }
    headers.retain(|header| header.height <= to);
    if headers.len() < 2 { Err(too_few()) } else { Ok(headers) }
}

fn too_few() -> Failure {
    Failure::refused("too-few-blocks", "Không đủ khối để đo.", "There are not enough blocks to measure.")
}
