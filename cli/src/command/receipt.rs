//! `sogoc receipt`: receipts brought up to date.

use std::path::PathBuf;
use std::process::ExitCode;

use sogoc_credential::bundle::Bundle;
use sogoc_ledger::receipt::Receipt;
use sogoc_ledger::refusal::Refusal;

use crate::client::Client;
use crate::failure::Failure;
use crate::{files, sealing};

/// What to do with one.
#[derive(clap::Subcommand)]
pub enum What {
    /// Replace a receipt by one of the latest block, with the present status / làm mới biên nhận.
    Refresh {
        /// The learner's file.
        bundle: PathBuf,
        /// Where to write the refreshed one.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A node of the network.
        #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
        node: String,
        /// Trust anchor to check the node's proofs against; without one the node is trusted.
        #[arg(long, env = "SOGOC_TRUST", value_name = "FILE")]
        trust: Option<PathBuf>,
    },
}

/// Runs the command.
pub fn run(what: &What) -> Result<ExitCode, Failure> {
    let What::Refresh { bundle, out, node, trust } = what;
    let bundle = files::read_bundle(bundle)?;
    let pointer = super::verify::pointer(&bundle).ok_or(Refusal::UnknownBatch)?;
    let client = Client::new(node);
    let anchor = sealing::anchor(&client, trust.as_deref())?;
    let (index, batch) = (bundle.receipt.index, &bundle.receipt.proof.batch);
    let statuses = client.statuses(&pointer, batch.size, &batch.period, anchor.header.height)?;
    statuses.verify(&pointer, &anchor).map_err(|error| Failure::from(&error))?;
    let receipt =
        Receipt { status: statuses.status(index), proof: statuses.proof, index, path: bundle.receipt.path.clone() };
    files::write_private(out, Bundle { receipt, ..bundle }.to_json().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
