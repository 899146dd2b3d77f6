//! `sogoc`: what people run.
//!
//! # Exit codes
//!
//! 0 done, or all valid; 1 refused, or some not valid; 2 could not be done or checked, or wrong usage.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod approval;
mod client;
mod command;
mod failure;
mod files;
mod journal;
mod language;
mod sealing;
mod token;
mod types;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::language::Language;

/// Sổ Gốc: seals, shares and verifies academic records / ghi sổ, chia sẻ và xác minh hồ sơ học tập.
#[derive(Parser)]
#[command(name = "sogoc", version, propagate_version = true)]
struct Arguments {
    /// Language of what is printed: vi or en. Default: the system's.
    #[arg(long, global = true, value_name = "LANG")]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a clerk's file, sign and seal its rows, write a file for each learner / kiểm tra, ký và ghi sổ.
    Issue(command::issue::Arguments),
    /// Seal documents that are already signed, as PDF or XML / ghi sổ tệp đã ký số.
    SealFile(command::seal_file::Arguments),
    /// Change what became of a document / thay đổi trạng thái.
    Status {
        #[command(subcommand)]
        change: command::status::Change,
    },
    /// Approve what a colleague asks by a file, with a key of one's own / duyệt yêu cầu của văn thư.
    Approve(command::approve::Arguments),
    /// Choose what a document shows, for handing over / chọn thông tin để chia sẻ.
    Present(command::present::Arguments),
    /// Check documents / xác minh.
    Verify(command::verify::Arguments),
    /// Trust anchors / điểm tin cậy.
    Checkpoint {
        #[command(subcommand)]
        what: command::checkpoint::What,
    },
    /// Receipts / biên nhận.
    Receipt {
        #[command(subcommand)]
        what: command::receipt::What,
    },
    /// The journal of what was sealed with a key / nhật ký ghi sổ.
    Journal {
        #[command(subcommand)]
        what: command::journal::What,
    },
    /// Issuers and their keys / đơn vị cấp.
    Issuer {
        #[command(subcommand)]
        what: command::issuer::What,
    },
    /// Motions and votes of the validators / biểu quyết.
    Gov {
        #[command(subcommand)]
        what: command::gov::What,
    },
    /// Types of document, as the ledger defines them / các loại văn bản.
    Definition {
        #[command(subcommand)]
        what: command::definition::What,
    },
    /// Found a network / lập mạng.
    Genesis {
        #[command(subcommand)]
        what: command::genesis::What,
    },
    /// Put load on a network and print figures / đo tốc độ.
    Bench {
        #[command(subcommand)]
        what: command::bench::What,
    },
}

/// What a panic may say: where, never what about, for that may be personal. A reader who has gone (`| head`) is no error, and
/// what the Excel library panics at, the import turns into a refusal.
fn panic_quietly() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        if text.starts_with("failed printing to std") {
            std::process::exit(0);
        }
        if let Some(place) = panic.location().filter(|place| !place.file().contains("calamine")) {
            let _ = writeln!(std::io::stderr(), "sogoc: internal-error: {place}. Please report this.");
        }
    }));
}

fn main() -> ExitCode {
    panic_quietly();
    let Arguments { lang, command } = Arguments::parse();
    let language = lang.unwrap_or_else(Language::of_system);
    let outcome = match command {
        Command::Issue(arguments) => command::issue::run(&arguments, language),
        Command::SealFile(arguments) => command::seal_file::run(&arguments, language),
        Command::Status { change } => command::status::run(&change, language),
        Command::Approve(arguments) => command::approve::run(&arguments, language),
        Command::Present(arguments) => command::present::run(&arguments),
        Command::Verify(arguments) => command::verify::run(&arguments, language),
        Command::Checkpoint { what } => command::checkpoint::run(&what),
        Command::Receipt { what } => command::receipt::run(&what),
        Command::Journal { what } => command::journal::run(&what, language),
        Command::Issuer { what } => command::issuer::run(&what, language),
        Command::Gov { what } => command::gov::run(&what, language),
        Command::Definition { what } => command::definition::run(&what, language),
        Command::Genesis { what } => command::genesis::run(&what, language),
        Command::Bench { what } => command::bench::run(&what),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("sogoc: {}: {}", failure.code, language.pick(&failure.vi, &failure.en));
            ExitCode::from(failure.exit)
        }
    }
}
