//! One batch at a time on an idle network: from handing it in until its proof is here and verified.

use std::time::Instant;

use serde_json::{Value, json};

use super::seal::Load;
use super::{Target, quantile, synced_write_us};
use crate::client::Client;
use crate::failure::Failure;

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Batches.
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Leaves in a batch.
    #[arg(long, default_value_t = 40)]
    batch: usize,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let client = Client::new(&arguments.target.node[0]);
    let load = Load::new(&arguments.target, &client)?;
    let before = synced_write_us()?;
    let mut times = Vec::with_capacity(arguments.count);
    for _ in 0..arguments.count {
        let (pointer, transaction) = load.batch(arguments.batch)?;
        let start = Instant::now();
        client.submit(&transaction)?;
        let proof = client.batch(&pointer, load.anchor().header.height, 20)?;
        let proof = proof.ok_or_else(|| Failure::not_done("not-sealed", "Chưa được ghi sổ.", "It was not sealed."))?;
        proof.verify(&pointer, load.anchor()).map_err(|error| Failure::from(&error))?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(json!({
        "measured": "finality of one batch on an idle network, proof fetched and verified",
        "count": arguments.count,
        "batch": arguments.batch,
        "p50_us": quantile(&times, 500),
        "p95_us": quantile(&times, 950),
        "max_us": quantile(&times, 1_000),
        "synced_write_us": [before, synced_write_us()?],
    }))
}
