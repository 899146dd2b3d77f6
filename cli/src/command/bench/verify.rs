//! Verifies one learner's file again and again, from its bytes to the verdict: with the X.509 certificates behind it, if asked.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};
use sogoc_credential::bundle::{Bundle, MAX_BUNDLE_BYTES};
use sogoc_credential::verify::{Question, Verdict, verify};
use sogoc_ledger::codec;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{Finality, ProofMemo, Receipt};

use super::super::binding::read_roots;
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
    /// Roots of X.509 certificates: then the file's evidence is checked too, and must bind the key.
    #[arg(long, env = "SOGOC_ROOTS", value_name = "FILE")]
    roots: Option<PathBuf>,
    /// How often.
    #[arg(long, default_value_t = 2_000)]
    count: usize,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let anchor = files::read_anchor(&arguments.trust)?;
    let roots = arguments.roots.as_deref().map(read_roots).transpose()?;
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
            roots: roots.as_ref(),
            memo: &ProofMemo::default(),
        };
        let report = verify(&question);
        times.push(start.elapsed());
        if report.verdict != Verdict::Valid {
            return Err(Failure::refused("not-valid", "Tệp không hợp lệ.", "The file is not valid."));
        }
        if roots.is_some() && !matches!(report.facts.and_then(|facts| facts.binding), Some(Ok(_))) {
            return Err(Failure::refused("not-bound", "Khóa chưa gắn với chứng thư.", "No certificate binds the key."));
        }
    }
    times.sort_unstable();
    let receipt = files::read_bundle(&arguments.bundle)?.receipt;
    Ok(json!({
        "measured": "full offline verification of a file, one core",
        "count": arguments.count,
        "p50_us": quantile(&times, 500),
        "p99_us": quantile(&times, 990),
        "with_certificates": roots.is_some(),
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
