//! `sogoc present`: what the holder hands over. Nothing is asked of anyone; the receipt stays as it is.

use std::path::PathBuf;
use std::process::ExitCode;

use sogoc_credential::bundle::Bundle;
use sogoc_credential::sdjwt::{SdJwt, present};

use crate::failure::Failure;
use crate::files;

/// Options of `sogoc present`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The learner's file.
    bundle: PathBuf,
    /// What to show: a claim as `name`, `subjects/Toán` or `conduct/year`; `*` is everything that is not sensitive.
    #[arg(long, value_name = "CLAIM", value_delimiter = ',')]
    disclose: Vec<String>,
    /// List what the document holds, and write nothing.
    #[arg(long, conflicts_with_all = ["disclose", "out"])]
    list: bool,
    /// Where to write the presentation.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let bundle = files::read_bundle(&arguments.bundle)?;
    let document = SdJwt::parse_with(&bundle.credential, bundle.schema.as_ref())?;
    if arguments.list {
        for path in document.disclose()?.paths {
            println!("{path}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let paths: Vec<&str> = arguments.disclose.iter().map(String::as_str).collect();
    let credential = present(&document, &paths)?;
    if let Some(out) = &arguments.out {
        files::write_private(out, Bundle { credential, ..bundle }.to_json().as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
