//! One batch at a time on an idle network: from handing it in until its proof is here and verified. With an approver's key, one
//! change of a status after each in the same way.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::name::Height;
use sogoc_ledger::receipt::Pointer;
use sogoc_ledger::transaction::Transaction;

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
    /// The approver's key file: then a document of each batch is suspended, and that is measured too.
    #[arg(long, value_name = "FILE")]
    approver: Option<PathBuf>,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let client = Client::new(&arguments.target.node[0]);
    let load = Load::new(&arguments.target, &client)?;
    let before = synced_write_us()?;
    let approver = arguments.approver.as_deref().map(IssuerSecretKey::load).transpose()?;
    let (mut seals, mut changes) = (Vec::with_capacity(arguments.count), Vec::new());
    for _ in 0..arguments.count {
        let (pointer, transaction) = load.batch(arguments.batch)?;
        seals.push(timed(|| seal(&client, &load, &pointer, &transaction))?);
        if let Some(approver) = &approver {
            let transaction = load.suspension(&pointer, approver);
            changes.push(timed(|| change(&client, &load, &pointer, &transaction, arguments.batch))?);
        }
    }
    Ok(json!({
        "measured": "finality on an idle network, proof fetched and verified",
        "count": arguments.count,
        "batch": arguments.batch,
        "seal": quantiles(seals),
        "status_change": approver.map(|_| quantiles(changes)),
        "synced_write_us": [before, synced_write_us()?],
    }))
}

fn timed(act: impl FnOnce() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let start = Instant::now();
    act().map(|()| start.elapsed())
}

fn quantiles(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    json!({ "p50_us": quantile(&times, 500), "p95_us": quantile(&times, 950), "max_us": quantile(&times, 1_000) })
}

fn seal(client: &Client, load: &Load, pointer: &Pointer, transaction: &Transaction) -> Result<(), Failure> {
    client.submit(transaction)?;
    let proof = client.batch(pointer, load.anchor().header.height, 20)?;
    let proof = proof.ok_or_else(|| Failure::not_done("not-sealed", "Chưa được ghi sổ.", "It was not sealed."))?;
    proof.verify(pointer, load.anchor()).map_err(|error| Failure::from(&error))
}

/// Hands in a change of the batch's first document, and waits until its status is another than the first.
fn change(
    client: &Client,
    load: &Load,
    pointer: &Pointer,
    transaction: &Transaction,
    size: usize,
) -> Result<(), Failure> {
    const SEALED: Height = 0;
    client.submit(transaction)?;
    loop {
        let statuses = client.statuses(pointer, size as u32, load.period(), load.anchor().header.height)?;
        if statuses.statuses.entry(0).height != SEALED {
            return statuses.verify(pointer, load.anchor()).map_err(|error| Failure::from(&error));
        }
        client.wait_above(statuses.proof.header.height)?;
    }
}
