//! `sogoc approve`: the approver looks at what a clerk asks, and signs it on their own machine.
//!
//! # What is checked before anything is signed
//!
//! * That the request does not contradict itself ([`crate::approval`]) and can still be recorded in time.
//! * That the approver is not the clerk, and of the same issuer.
//! * With a node: the network, both keys and their roles, the grant, that nothing has happened meanwhile, and that the document
//!   shown is the one at this place of the ledger.
//!
//! What could not be checked is said.

mod found;
mod shown;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::codec;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::Time;
use sogoc_ledger::refusal::Refusal;

use crate::approval::second::check_time;
use crate::approval::{Approval, Asked};
use crate::failure::Failure;
use crate::language::Language;

use found::Found;

/// Options of `sogoc approve`.
#[derive(clap::Args)]
pub struct Arguments {
    /// What the clerk asks: the file that --request wrote.
    #[arg(value_name = "FILE")]
    request: PathBuf,
    /// The approver's key file.
    #[arg(long, value_name = "FILE", required_unless_present = "show")]
    key: Option<PathBuf>,
    /// Only show what is asked; sign nothing.
    #[arg(long)]
    show: bool,
    /// Do not ask whether to sign.
    #[arg(long)]
    yes: bool,
    /// A node of the network, to check against the ledger what can be.
    #[arg(long, env = "SOGOC_NODE", value_name = "URL")]
    node: Option<String>,
    /// Trust anchor to check the document against; without one the node is trusted.
    #[arg(long, env = "SOGOC_TRUST", value_name = "ANCHOR")]
    trust: Option<PathBuf>,
    /// Where to write the approval. Default: beside the request, with `.approval` added to its name.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, language: Language) -> Result<ExitCode, Failure> {
    let asked = Asked::read(&arguments.request)?;
    let key = arguments.key.as_deref().map(IssuerSecretKey::load).transpose()?;
    let approver = key.as_ref().map(|key| key.public().thumbprint());
    if key.as_ref().is_some_and(|key| *key.issuer() != asked.issuer) {
        return Err(Refusal::UnknownKey.into());
    }
    if approver == Some(asked.key) {
        return Err(Refusal::SameApprover.into());
    }
    let found = Found::look(&asked, approver, arguments.node.as_deref(), arguments.trust.as_deref())?;
    check_time(&asked, found.now)?;
    for matter in &asked.matters {
        let about = found.about(&asked, matter)?;
        if arguments.json {
            println!("{}", shown::as_json(&asked, matter, &found, &about));
        } else {
            shown::print(&asked, matter, &found, &about, language);
        }
    }
    let Some(key) = key.filter(|_| !arguments.show) else { return Ok(ExitCode::SUCCESS) };
    if !arguments.yes && !confirmed(language) {
        return Err(Failure::refused("not-approved", "Chưa duyệt: không ký gì.", "Not approved: nothing was signed."));
    }
    let out = arguments.out.clone().unwrap_or_else(|| beside(&arguments.request));
    sign(&asked, &key).write(&out)?;
    let (out, until) = (out.display(), super::verify::clock(asked.valid_until));
    let vi = format!("Đã duyệt: {out}. Gửi tệp này cho văn thư; họ phải ghi sổ trước {until}.");
    let en = format!("Approved: {out}. Give this file to the clerk, who has to submit before {until}.");
    eprintln!("{}", language.pick(&vi, &en));
    Ok(ExitCode::SUCCESS)
}

fn sign(asked: &Asked, key: &IssuerSecretKey) -> Approval {
    let approver = key.public().thumbprint();
    let sign = |matter| {
        let request = asked.request(matter, Some(approver));
        key.signing().sign(Domain::TRANSACTION, &codec::encode(&request))
    };
    Approval { approver, signatures: asked.matters.iter().map(sign).collect() }
}

fn beside(request: &Path) -> PathBuf {
    let mut name = request.as_os_str().to_owned();
    name.push(".approval");
    name.into()
}

/// Asks the person at the terminal. Nobody there is no.
fn confirmed(language: Language) -> bool {
    let mut stderr = std::io::stderr();
    let question = language.pick("Ký duyệt? Gõ 'có' hoặc 'yes': ", "Sign? Type 'yes': ");
    let asked = write!(stderr, "{question}").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let answered = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    answered.is_ok() && ["yes", "co", "có"].contains(&answer.trim().to_lowercase().as_str())
}

/// This computer's clock.
fn clock() -> Time {
    Time(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0))
}
