//! `sogoc journal`: the record of what was sealed with a key.

use std::path::PathBuf;
use std::process::ExitCode;

use sogoc_genesis::IssuerSecretKey;

use crate::failure::Failure;
use crate::journal::Journal;
use crate::language::Language;

/// What to do with it.
#[derive(clap::Subcommand)]
pub enum What {
    /// Copy what is new to another place, as a USB drive; do it after each sealing / sao lưu.
    Backup {
        /// The issuer's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where to copy to.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Where journals are kept; by default with the user's data.
        #[arg(long, value_name = "DIR")]
        journal: Option<PathBuf>,
    },
}

/// Runs the command.
pub fn run(what: &What, language: Language) -> Result<ExitCode, Failure> {
    let What::Backup { key, to, journal } = what;
    let key = IssuerSecretKey::load(key)?;
    let root = journal.clone().map_or_else(Journal::default_root, Ok)?;
    let count = Journal::open(&root, &key.line())?.back_up(to)?;
    let to = to.display();
    eprintln!("{}", language.pick(&format!("{count} tệp trong {to}."), &format!("{count} files in {to}.")));
    Ok(ExitCode::SUCCESS)
}
