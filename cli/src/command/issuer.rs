//! `sogoc issuer`: issuers and their keys.

use std::path::PathBuf;
use std::process::ExitCode;

use sogoc_genesis::issuer_keygen;
use sogoc_ledger::name::IssuerId;

use crate::client::Client;
use crate::failure::Failure;

/// What to do.
#[derive(clap::Subcommand)]
pub enum What {
    /// Make a key: the secret file stays with the issuer, the .jwk beside it is registered / tạo khóa.
    Keygen {
        /// The issuer's identifier, as thcs-mau-1.
        #[arg(long)]
        id: IssuerId,
        /// Where to write the secret key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show an issuer's record / xem đơn vị cấp.
    Show {
        /// The issuer's identifier.
        id: IssuerId,
        /// A node of the network.
        #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
        node: String,
    },
}

/// Runs the command.
pub fn run(what: &What) -> Result<ExitCode, Failure> {
    match what {
        What::Keygen { id, out } => {
            let public = issuer_keygen(out, id.clone())?;
            println!("{}", public.thumbprint());
        }
        What::Show { id, node } => {
            let issuer = Client::new(node).issuer(id)?;
            println!("{}", serde_json::to_string_pretty(&issuer).expect("records always serialise"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
