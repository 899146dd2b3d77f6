//! `sogoc status`: changes what became of a document, citing a decision.

use std::path::PathBuf;
use std::process::ExitCode;

use sogoc_credential::bundle::Bundle;
use sogoc_credential::opening::{Ground, Opening};
use sogoc_credential::sdjwt::OsSalts;
use sogoc_credential::verify::{Question, Verdict, verify};
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::Text;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{ProofMemo, Receipt};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Action, ChangeStatus, Request};

use crate::client::Client;
use crate::failure::Failure;
use crate::files;
use crate::language::Language;
use crate::sealing::{self, signed};

/// What to change.
#[derive(clap::Subcommand)]
pub enum Change {
    /// Revoke: the document is no longer valid, for good / thu hồi.
    Revoke(Arguments),
    /// Suspend: not to be relied on for now / tạm dừng.
    Suspend(Arguments),
    /// Take a suspension back / khôi phục.
    Reinstate(Arguments),
    /// Record that a newly sealed document takes this one's place / cấp lại.
    Reissue {
        #[command(flatten)]
        arguments: Arguments,
        /// The document that takes its place, already sealed.
        #[arg(long, value_name = "FILE")]
        by: PathBuf,
    },
}

/// Options of a change.
#[derive(clap::Args)]
pub struct Arguments {
    /// The document's file.
    bundle: PathBuf,
    /// The issuer's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Why: fraud, ineligible, wrong-authority, altered, lent, issuer-error or civil-status. Not on the ledger.
    #[arg(long, value_parser = ground)]
    ground: Ground,
    /// Number of the decision. Not on the ledger.
    #[arg(long)]
    decision: String,
    /// Date of the decision, as 2026-06-01. Not on the ledger.
    #[arg(long, value_name = "DATE")]
    decision_date: jiff::civil::Date,
    /// Where to write the document's file with the new status and what is behind it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A node of the network.
    #[arg(long, env = "SOGOC_NODE", default_value = "http://127.0.0.1:27201", value_name = "URL")]
    node: String,
    /// Trust anchor to check the node's proofs against; without one the node is trusted.
    #[arg(long, env = "SOGOC_TRUST", value_name = "FILE")]
    trust: Option<PathBuf>,
}

fn ground(text: &str) -> Result<Ground, String> {
    let codes = || Ground::ALL.map(Ground::code).join(", ");
    Ground::ALL.into_iter().find(|ground| ground.code() == text).ok_or_else(codes)
}

/// Runs the command.
pub fn run(change: &Change, language: Language) -> Result<ExitCode, Failure> {
    let (arguments, to) = match change {
        Change::Revoke(arguments) => (arguments, Status::Revoked),
        Change::Suspend(arguments) => (arguments, Status::Suspended),
        Change::Reinstate(arguments) => (arguments, Status::Valid),
        Change::Reissue { arguments, .. } => (arguments, Status::Superseded),
    };
    let bundle = files::read_bundle(&arguments.bundle)?;
    let pointer = super::verify::pointer(&bundle).ok_or(Refusal::UnknownBatch)?;
    let key = IssuerSecretKey::load(&arguments.key)?;
    let client = Client::new(&arguments.node);
    let anchor = sealing::anchor(&client, arguments.trust.as_deref())?;
    if let Change::Reissue { by, .. } = change {
        takes_its_place(&files::read_bundle(by)?, &bundle, &anchor)?;
    }
    let (index, record) = (bundle.receipt.index, &bundle.receipt.proof.batch);
    let statuses = || client.statuses(&pointer, record.size, &record.period, anchor.header.height);

    let seen = statuses()?.statuses.entry(index).height;
    let text = |text: &str| {
        Text::new(text).ok_or_else(|| {
            Failure::refused("decision-too-long", "Số quyết định quá dài.", "The decision's number is too long.")
        })
    };
    let date = Text::new(arguments.decision_date.to_string()).expect("a date has ten characters");
    let opening = Opening::new(arguments.ground, text(&arguments.decision)?, date, &mut OsSalts::new())?;
    let request = |valid_until| Request {
        chain: anchor.header.chain.clone(),
        valid_until,
        issuer: key.issuer().clone(),
        key: key.public().thumbprint(),
        approver: None,
        action: Action::ChangeStatus(ChangeStatus {
            batch_issuer: pointer.issuer.clone(),
            batch: pointer.batch,
            index,
            seen,
            to,
            commitment: opening.commitment(),
        }),
    };
    let valid_until = sealing::submit(&client, |valid_until| Ok(signed(key.signing(), request(valid_until))))?;
    let statuses = loop {
        let statuses = statuses()?;
        let entry = statuses.statuses.entry(index);
        if entry.commitment == opening.commitment() {
            break statuses;
        }
        if entry.height != seen {
            return Err(Refusal::StatusChangedMeanwhile.into());
        }
        if statuses.proof.header.time > valid_until {
            return Err(Refusal::Expired.into());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    statuses.verify(&pointer, &anchor).map_err(|error| Failure::from(&error))?;
    let mut openings = bundle.openings.clone();
    openings.push(opening);
    let receipt =
        Receipt { status: statuses.status(index), proof: statuses.proof, index, path: bundle.receipt.path.clone() };
    let changed = Bundle { receipt, openings, credential: bundle.credential };
    files::write_private(&arguments.out, changed.to_json().as_bytes())?;
    let out = arguments.out.display();
    eprintln!(
        "{}",
        language
            .pick(&format!("Đã ghi trạng thái mới. Tệp: {out}"), &format!("The new status is recorded. File: {out}"))
    );
    Ok(ExitCode::SUCCESS)
}

/// A document is replaced by a valid one of its type and issuer, and not by itself.
fn takes_its_place(new: &Bundle, old: &Bundle, anchor: &Checkpoint) -> Result<(), Failure> {
    let now = Time(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0));
    let memo = &ProofMemo::default();
    let question =
        Question { bundle: new, anchor, fresh: None, now, max_age_ms: None, holder: None, original: None, memo };
    let (ours, theirs) = (&new.receipt.proof, &old.receipt.proof);
    let other = (ours.batch_id, new.receipt.index) != (theirs.batch_id, old.receipt.index);
    let alike = ours.issuer.id == theirs.issuer.id && ours.batch.document_type == theirs.batch.document_type;
    if other && alike && verify(&question).verdict == Verdict::Valid {
        return Ok(());
    }
    Err(Failure::refused(
        "no-replacement",
        "Tệp ở --by không phải là văn bản khác, cùng loại, cùng đơn vị cấp và đang hợp lệ.",
        "The file given with --by is not another document of the same type and issuer that is valid.",
    ))
}
