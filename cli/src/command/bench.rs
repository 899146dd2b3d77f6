//! `sogoc bench`: figures, with their conditions.
//!
//! Each prints JSON: what was asked, what was measured, and how long a synced write of 4 KiB took on this machine in the
//! same minute, since every block waits for some.

mod blocks;
mod bulk;
mod finality;
mod issue;
mod read;
mod seal;
mod verify;

use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::failure::Failure;

/// Synced writes measured: enough for a median.
const SYNCS: usize = 101;

/// What to measure.
#[derive(clap::Subcommand)]
pub enum What {
    /// Seal random leaves for a while, open loop, and verify a proof of every batch.
    Seal(seal::Arguments),
    /// Seal one batch at a time on an idle network.
    Finality(finality::Arguments),
    /// Read how far blocks lie apart, and which of them changed the validators.
    Blocks(blocks::Arguments),
    /// Import, sign and hash a clerk's file, on one core, without a network.
    Issue(issue::Arguments),
    /// Fetch batch records with their proofs from one node, as fast as it answers or at a rate.
    Read(read::Arguments),
    /// Have a node verify learners' files, in one stream.
    Bulk(bulk::Arguments),
    /// Verify a learner's file, on one core, without a network.
    Verify(verify::Arguments),
}

/// Runs the command.
pub fn run(what: &What) -> Result<ExitCode, Failure> {
    let figures = match what {
        What::Seal(arguments) => seal::run(arguments)?,
        What::Finality(arguments) => finality::run(arguments)?,
        What::Blocks(arguments) => blocks::run(arguments)?,
        What::Issue(arguments) => issue::run(arguments)?,
        What::Read(arguments) => read::run(arguments)?,
        What::Bulk(arguments) => bulk::run(arguments)?,
        What::Verify(arguments) => verify::run(arguments)?,
    };
    println!("{figures:#}");
    Ok(ExitCode::SUCCESS)
}

/// Where load goes, and whose key signs it.
#[derive(clap::Args)]
pub struct Target {
    /// An issuer's key file of a network that is there for measuring.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Nodes of the network.
    #[arg(
        long,
        env = "SOGOC_NODE",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:27201",
        value_name = "URL"
    )]
    node: Vec<String>,
}

/// The `per_mille`-th smallest of `sorted`.
fn quantile(sorted: &[Duration], per_mille: usize) -> Value {
    let at = sorted.len().saturating_sub(1) * per_mille / 1_000;
    sorted.get(at).map_or(Value::Null, |d| json!(d.as_micros() as u64))
}

/// Median of a synced write of 4 KiB in the present directory, in microseconds.
fn synced_write_us() -> Result<Value, Failure> {
    let path = PathBuf::from(format!(".sogoc-bench-{}", std::process::id()));
    let measured = measure_syncs(&path);
    let _ = std::fs::remove_file(&path);
    let mut times = measured.map_err(|error| Failure::unwritable(&path, &error))?;
    times.sort_unstable();
    Ok(quantile(&times, 500))
}

fn measure_syncs(path: &std::path::Path) -> std::io::Result<Vec<Duration>> {
    let mut file = File::create(path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.rewind()?;
        let start = Instant::now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    Ok(times)
}
