//! `sogoc seal-file`: documents that are already signed in, a bundle for each and a report out.

use std::path::PathBuf;
use std::process::ExitCode;

use hmac::{Hmac, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use sogoc_credential::schema::{Claim, Shape, file_digest};
use sogoc_credential::sdjwt::SeededSalts;
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::name::TypeId;

use crate::client::Client;
use crate::failure::Failure;
use crate::files;
use crate::language::Language;
use crate::sealing::Row;
use crate::types;

use super::work::{Destination, Report, Work};

/// A file that is sealed as it is, in bytes.
const MAX_FILE_BYTES: usize = 64 << 20;

/// Options of `sogoc seal-file`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The signed files, as PDF or XML.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What they are: da-ky, or a type of the ledger for signed files.
    #[arg(long = "type", value_name = "TYPE", default_value = "da-ky")]
    kind: TypeId,
    #[command(flatten)]
    destination: Destination,
    /// Date of the documents, as 2026-05-31.
    #[arg(long, value_name = "DATE")]
    date: jiff::civil::Date,
    /// What they are about, as 2025-2026. Default: the year of the date.
    #[arg(long)]
    period: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, language: Language) -> Result<ExitCode, Failure> {
    let schema = types::of_ledger(&Client::new(&arguments.destination.node), &arguments.kind)?;
    let takes = |claim: &Claim| claim.shape == Shape::FileDigest && claim.name == "file_digest";
    if !schema.claims.iter().any(takes) {
        return Err(Failure::refused(
            "unknown-type",
            "Loại này không dành cho tệp đã ký; loại có sẵn là da-ky.",
            "The type is not for signed files; the one that is built in is da-ky.",
        ));
    }
    let key = IssuerSecretKey::load(&arguments.destination.key)?;
    let mut rows = Vec::new();
    let keyed = |purpose: &[u8], file: &[u8]| -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(key.row_secret()).expect("HMAC takes a key of any length");
        mac.chain_update(purpose).chain_update(file).finalize().into_bytes().into()
    };
    for (path, number) in arguments.files.iter().zip(1..) {
        let bytes = files::read(path, MAX_FILE_BYTES)?;
        // The same file has the same salt, so that a second run knows it again.
        let mut salts = SeededSalts::new(&keyed(b"file-salt\0", &bytes));
        let text = |text: &str| Value::String(text.into());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let claims = Map::from_iter([
            ("file_name".to_owned(), text(&name)),
            ("media_type".to_owned(), text(media_type(&bytes)?)),
            ("file_digest".to_owned(), file_digest(&bytes, &mut salts)?),
        ]);
        rows.push(Row {
            number,
            learner: hex::encode(&keyed(b"file\0", &bytes)[..16]),
            period: arguments.period.clone().unwrap_or_else(|| arguments.date.year().to_string()),
            date: arguments.date.to_string(),
            claims,
        });
    }
    let file = arguments.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    Work { destination: &arguments.destination, schema, language, file }.run(rows, Report::default())
}

/// By content, not by name.
fn media_type(bytes: &[u8]) -> Result<&'static str, Failure> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if start.starts_with(b"%PDF-") {
        Ok("application/pdf")
    } else if start.starts_with(b"<") {
        Ok("application/xml")
    } else {
        Err(Failure::refused(
            "not-a-signed-document",
            "Chỉ nhận tệp PDF hoặc XML đã ký số.",
            "Only PDF or XML files that are already signed are taken.",
        ))
    }
}
