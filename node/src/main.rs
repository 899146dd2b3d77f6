//! `sogoc-node`: runs a node of the ledger, and looks after it.
//!
//! # Exit codes
//!
//! | code | meaning | for a service manager |
//! |---|---|---|
//! | 0 | ended as asked | |
//! | 1 | the answer is no: not ready, store not sound | |
//! | 70 | stopped itself: its disk, its store or its keys are in doubt | do not restart; a person looks first |
//! | 75 | stopped itself: a part failed safely | restart |
//! | 78 | did not start: configuration, genesis or keys | do not restart |

#![forbid(unsafe_code)]

mod book;
mod estate;
mod failure;
mod fsck;
mod run;
mod service;
mod status;
mod webhook;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Node of the Sổ Gốc ledger / nút của sổ cái Sổ Gốc.
#[derive(Parser)]
#[command(name = "sogoc-node", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the node until it is told to stop (Ctrl-C or SIGTERM); SIGHUP: read the address book again / chạy nút.
    Run {
        /// The node's configuration.
        #[arg(long, default_value = "node.toml")]
        config: PathBuf,
    },
    /// Say how a running node is doing / xem tình trạng của nút.
    Status {
        /// The node's configuration, for its address.
        #[arg(long, default_value = "node.toml", conflicts_with = "url")]
        config: PathBuf,
        /// Its address instead, as http://127.0.0.1:27201.
        #[arg(long)]
        url: Option<String>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Check the whole store by executing every block again; the node must be stopped / kiểm tra toàn bộ kho dữ liệu.
    Fsck {
        /// The node's configuration.
        #[arg(long, default_value = "node.toml")]
        config: PathBuf,
        /// Where the chain is executed again; needs as much room as the store. Default: the system's temporary directory.
        #[arg(long)]
        scratch: Option<PathBuf>,
    },
    /// Write the state of the last block to a file, checked; the node must be stopped / xuất trạng thái của sổ cái.
    ExportState {
        /// The node's configuration.
        #[arg(long, default_value = "node.toml")]
        config: PathBuf,
        /// The new file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Let the chain go on as `sogoc genesis continue` says; the node must be stopped / tiếp tục chuỗi.
    Continue {
        /// The node's configuration.
        #[arg(long, default_value = "node.toml")]
        config: PathBuf,
        /// The file that every owner was given.
        #[arg(long, value_name = "FILE")]
        continuation: PathBuf,
    },
    /// Enter an observer in this node's address book; tell the node with SIGHUP / cho nút quan sát kết nối.
    Admit {
        /// What the observer's operator sent: its observer.json.
        observer: PathBuf,
        /// The node's configuration.
        #[arg(long, default_value = "node.toml")]
        config: PathBuf,
    },
    /// Take an observer out of this node's address book; tell the node with SIGHUP / gỡ nút quan sát.
    Dismiss {
        /// Its name in the address book.
        name: String,
        /// The node's configuration.
        #[arg(long, default_value = "node.toml")]
        config: PathBuf,
    },
    /// Make the secret that a webhook is signed with / tạo khóa bí mật để ký webhook.
    WebhookSecret {
        /// The new file; only its owner may read it.
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run { config } => run::run(&config),
        Command::Status { config, url, json } => status::status(&config, url, json),
        Command::Fsck { config, scratch } => fsck::fsck(&config, scratch),
        Command::ExportState { config, out } => estate::export(&config, &out),
        Command::Continue { config, continuation } => estate::continue_chain(&config, &continuation),
        Command::Admit { observer, config } => book::admit(&config, &observer),
        Command::Dismiss { name, config } => book::dismiss(&config, &name),
        Command::WebhookSecret { out } => webhook::new_secret(&out),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("sogoc-node: {failure}");
            failure.exit_code()
        }
    }
}
