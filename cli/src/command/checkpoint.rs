//! `sogoc checkpoint`: trust anchors.

use std::path::PathBuf;
use std::process::ExitCode;

use sogoc_credential::anchor;

use crate::client::Client;
use crate::failure::Failure;
use crate::files;

/// What to do with one.
#[derive(clap::Subcommand)]
pub enum What {
    /// Write the latest block of a node you trust as a trust anchor / xuất điểm tin cậy.
    Export {
        /// A node that you trust: best your own.
        #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
        node: String,
        /// The height, if not the latest.
        #[arg(long)]
        height: Option<u64>,
        /// Where to write it; printed if not given.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what a trust anchor says / xem điểm tin cậy.
    Show {
        /// The file.
        file: PathBuf,
    },
}

/// Runs the command.
pub fn run(what: &What) -> Result<ExitCode, Failure> {
    let (checkpoint, out) = match what {
        What::Export { node, height, out } => (Client::new(node).checkpoint(*height)?, out.as_deref()),
        What::Show { file } => (files::read_anchor(file)?, None),
    };
    let text = anchor::to_file(&checkpoint);
    match out {
        Some(path) => files::write_public(path, text.as_bytes())?,
        None => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}
