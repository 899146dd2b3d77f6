//! Verifies one learner's file again and again, from its bytes to the verdict.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};
use sogoc_credential::bundle::{Bundle, MAX_BUNDLE_BYTES};
use sogoc_credential::verify::{Question, Verdict, verify};
use sogoc_ledger::codec;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{Finality, ProofMemo, Receipt};

use super::quantile;
use crate::failure::Failure;
use crate::files;

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    /// A learner's file.
    bundle: PathBuf,
    /// The trust anchor.
    #[arg(long, env = "SOGOC_TRUST", value_name = "FILE")]
    trust: PathBuf,
    /// How often.
    #[arg(long, default_value_t = 2_000)]
    count: usize,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let anchor = files::read_anchor(&arguments.trust)?;
    let bytes = files::read(&arguments.bundle, MAX_BUNDLE_BYTES)?;
    let mut times = Vec::with_capacity(arguments.count);
    for _ in 0..arguments.count {
        let start = Instant::now();
        let bundle = Bundle::from_bytes(&bytes).map_err(|error| Failure::from(&error))?;
        let question = Question {
            bundle: &bundle,
            anchor: &anchor,
            fresh: None,
            now: Time(0),
            max_age_ms: None,
            holder: None,
            original: None,
            roots: None,
            memo: &ProofMemo::default(),
        };
        let verdict = verify(&question).verdict;
        times.push(start.elapsed());
        if verdict != Verdict::Valid {
            return Err(Failure::refused("not-valid", "Tệp không hợp lệ.", "The file is not valid."));
        }
    }
    times.sort_unstable();
    let receipt = files::read_bundle(&arguments.bundle)?.receipt;
    Ok(json!({
        "measured": "full offline verification of a file, one core",
        "count": arguments.count,
        "p50_us": quantile(&times, 500),
        "p99_us": quantile(&times, 990),
        "bundle_bytes": bytes.len(),
        "receipt_bytes": parts(&receipt),
    }))
}

/// Where a receipt's bytes go.
fn parts(receipt: &Receipt) -> Value {
    let proof = &receipt.proof;
    let finality = match &proof.finality {
        Finality::Certified { certificate, changes } => codec::encode(certificate).len() + codec::encode(changes).len(),
        Finality::Ancestor(ancestry) => codec::encode(ancestry).len(),
    };
    json!({
        "total": codec::encode(receipt).len(),
        "leaf_path": codec::encode(&receipt.path).len(),
        "status": codec::encode(&receipt.status).len(),
        "batch_record": codec::encode(&proof.batch).len(),
        "issuer_records": codec::encode(&proof.issuer).len() + codec::encode(&proof.named_issuer).len(),
        "state_proof": codec::encode(&proof.state).len(),
        "header": codec::encode(&proof.header).len(),
        "finality": finality,
    })
}
