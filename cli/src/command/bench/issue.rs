//! What a school's computer does: import a file, sign every row, hash every leaf.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sogoc_credential::import::{self, DocumentKind};
use sogoc_credential::schema;
use sogoc_credential::sdjwt::{Envelope, LedgerPointer, OsSalts, issue};
use sogoc_ledger::merkle;
use sogoc_ledger::signature::{Algorithm, SigningKey};

use crate::command::issuer::algorithm;
use crate::failure::Failure;
use crate::files;

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    /// A clerk's file.
    file: PathBuf,
    /// What its rows are.
    #[arg(long = "type", value_name = "TYPE")]
    kind: DocumentKind,
    /// How long, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Kind of key: ed25519 or es256.
    #[arg(long, default_value = "ed25519", value_parser = algorithm)]
    algorithm: Algorithm,
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let bytes = files::read(&arguments.file, import::limits::FILE_BYTES_MAX)?;
    let schema = schema::by_id(arguments.kind.id()).ok_or(sogoc_ledger::refusal::Refusal::TypeNotGranted)?;
    let key = SigningKey::from_secret(arguments.algorithm, &[7; 32]).expect("7…7 is below the order of P-256");
    let mut salts = OsSalts::new();
    let (mut documents, mut size) = (0u64, 0u64);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(arguments.seconds) {
        let import = import::import("bench", &bytes, arguments.kind, &import::Options::default())
            .map_err(|refusal| Failure::refused(refusal.code, refusal.vi, refusal.en))?;
        let mut leaves = Vec::with_capacity(import.rows.len());
        for row in &import.rows {
            let ledger = LedgerPointer { chain: "bench".into(), issuer: "bench".into(), batch: "00".repeat(16) };
            let envelope = Envelope {
                issuer: "bench".into(),
                date: row.document_date.clone(),
                expires: None,
                holder: None,
                ledger,
            };
            let issued = issue(schema, &envelope, &row.claims, &key, &mut salts)?;
            leaves.push(merkle::leaf_hash(issued.jwt.as_bytes()));
            size += issued.compact().len() as u64;
        }
        std::hint::black_box(merkle::root(&leaves));
        documents += leaves.len() as u64;
    }
    let elapsed = start.elapsed().as_millis() as u64;
    Ok(json!({
        "measured": "import, sign and hash, one core",
        "algorithm": arguments.algorithm.name(),
        "documents": documents,
        "ms": elapsed,
        "documents_per_second": documents * 1_000 / elapsed.max(1),
        "mean_document_bytes": size / documents.max(1),
    }))
}
