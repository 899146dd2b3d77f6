//! `sogoc status`: changes what became of a document, citing a decision.

mod asking;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sogoc_credential::bundle::Bundle;
use sogoc_credential::opening::{Correction, Ground, Opening, Replacement};
use sogoc_credential::sdjwt::{OsSalts, SALT_BYTES};
use sogoc_credential::verify::{Question, Verdict, verify};
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::Text;
use sogoc_ledger::merkle;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{ProofMemo, Receipt};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::status::StatusEntry;
use sogoc_ledger::transaction::{Action, ChangeStatus};

use crate::approval::Change as Changing;
use crate::approval::second::{self, Second};
use crate::client::Client;
use crate::failure::Failure;
use crate::files;
use crate::language::Language;
use crate::sealing::{self, signed};

/// What to change.
#[derive(clap::Subcommand)]
pub enum Change {
    /// Record that a newly sealed document takes this one's place, after a change of civil status / chỉnh sửa.
    Amend {
        #[command(flatten)]
        arguments: Arguments,
        /// The document that takes its place, already sealed.
        #[arg(long, value_name = "FILE")]
        by: PathBuf,
    },
    /// Record that a newly sealed document takes this one's place, for the issuer's error / cấp lại.
    Reissue {
        #[command(flatten)]
        arguments: Arguments,
        /// The document that takes its place, already sealed.
        #[arg(long, value_name = "FILE")]
        by: PathBuf,
    },
    /// Revoke: the document is no longer valid, for good / thu hồi.
    Revoke(Arguments),
    /// Cancel: the document is void, for good / hủy bỏ.
    Cancel(Arguments),
    /// Suspend: not to be relied on for now / tạm dừng.
    Suspend(Arguments),
    /// Take a suspension back / khôi phục.
    Reinstate(Arguments),
}

impl Change {
    fn parts(&self) -> (&Arguments, Correction, Option<&Path>) {
        match self {
            Self::Amend { arguments, by } => (arguments, Correction::Amend, Some(by)),
            Self::Reissue { arguments, by } => (arguments, Correction::Reissue, Some(by)),
            Self::Revoke(arguments) => (arguments, Correction::Revoke, None),
            Self::Cancel(arguments) => (arguments, Correction::Cancel, None),
            Self::Suspend(arguments) => (arguments, Correction::Suspend, None),
            Self::Reinstate(arguments) => (arguments, Correction::Reinstate, None),
        }
    }
}

/// Options of a change.
#[derive(clap::Args)]
pub struct Arguments {
    /// The document's file.
    bundle: PathBuf,
    /// Key file of the issuer that sealed it, or of its successor.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The ledger demands a second key.
    #[command(flatten)]
    second: second::Options,
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
    let (arguments, correction, by) = change.parts();
    let bundle = files::read_bundle(&arguments.bundle)?;
    let pointer = super::verify::pointer(&bundle).ok_or(Refusal::UnknownBatch)?;
    let key = IssuerSecretKey::load(&arguments.key)?;
    let second = arguments.second.open()?;
    let client = Client::new(&arguments.node);
    let anchor = sealing::anchor(&client, arguments.trust.as_deref())?;
    let by = by.map(files::read_bundle).transpose()?;
    let replacement = by.as_ref().map(|by| takes_its_place(by, &bundle, &anchor)).transpose()?;
    let (index, record) = (bundle.receipt.index, &bundle.receipt.proof.batch);
    let statuses = || client.statuses(&pointer, record.size, &record.period, anchor.header.height);

    let before = statuses()?;
    before.verify(&pointer, &anchor).map_err(|error| Failure::from(&error))?;
    let before = before.statuses.entry(index);
    let text = |text: &str| {
        Text::new(text).ok_or_else(|| {
            Failure::refused("decision-too-long", "Số quyết định quá dài.", "The decision's number is too long.")
        })
    };
    let date = Text::new(arguments.decision_date.to_string()).expect("a date has ten characters");
    let opening = Opening {
        salt: [0; SALT_BYTES],
        correction,
        ground: arguments.ground,
        decision: text(&arguments.decision)?,
        decision_date: date,
        replacement,
    };
    let opening = opening.salted(&mut OsSalts::new())?;
    let change = Changing {
        change: ChangeStatus {
            batch_issuer: pointer.issuer.clone(),
            batch: pointer.batch,
            index,
            seen: before.height,
            to: correction.status(),
            commitment: opening.commitment(),
        },
        opening,
        document: bundle.clone(),
        replacement: by,
    };
    let chain = &anchor.header.chain;
    let (change, deadline) = match &second {
        Second::Nobody => return Err(Refusal::ApproverNeeded.into()),
        Second::Ask(file) => {
            let asked = second::ask(&client, file, asking::request(chain, &client, &key, change)?)?;
            second::say_next(file, &asked, language);
            return Ok(ExitCode::SUCCESS);
        }
        Second::Key(approver) => {
            let action = Action::ChangeStatus(change.change.clone());
            let make = |valid_until| Ok(signed(chain, valid_until, &key, Some(approver), action.clone()));
            let deadline = sealing::submit(&client, make)?;
            (change, deadline)
        }
        Second::Approved(approved) => {
            let asked = approved.changes(&change)?.clone();
            // A run that was cut off had it recorded: what is left is to write the file.
            let recorded = before.commitment == asked.change.commitment;
            let issuer = client.issuer(key.issuer())?;
            let deadline = if recorded { before.time } else { approved.submit(0, &client, &key, &issuer)? };
            (asked, deadline)
        }
    };
    let statuses = loop {
        let statuses = statuses()?;
        let entry = statuses.statuses.entry(index);
        if entry.commitment == change.change.commitment {
            break statuses;
        }
        if entry.height != change.change.seen {
            return Err(Refusal::StatusChangedMeanwhile.into());
        }
        if statuses.proof.header.time > deadline {
            return Err(asking::not_recorded(&second, deadline));
        }
        client.wait_above(statuses.proof.header.height)?;
    };
    statuses.verify(&pointer, &anchor).map_err(|error| Failure::from(&error))?;
    let history = history(&bundle, before, &statuses.statuses.entry(index));
    let mut openings = bundle.openings.clone();
    openings.push(change.opening);
    let receipt =
        Receipt { status: statuses.status(index), proof: statuses.proof, index, path: bundle.receipt.path.clone() };
    let changed = Bundle {
        receipt,
        openings,
        history,
        evidence: bundle.evidence,
        schema: bundle.schema,
        credential: bundle.credential,
    };
    files::write_private(&arguments.out, changed.to_json().as_bytes())?;
    let out = arguments.out.display();
    eprintln!(
        "{}",
        language
            .pick(&format!("Đã ghi trạng thái mới. Tệp: {out}"), &format!("The new status is recorded. File: {out}"))
    );
    Ok(ExitCode::SUCCESS)
}

/// What the new entry replaces, back to the sealing, as far as the bundle and what was seen `before` tell; empty where they do not.
fn history(bundle: &Bundle, before: StatusEntry, now: &StatusEntry) -> Vec<StatusEntry> {
    let known = bundle.receipt.status.iter().map(|status| status.entry.clone());
    let mut all: Vec<StatusEntry> = bundle.history.iter().cloned().chain(known).chain([before]).collect();
    all.retain(|entry| entry.height > 0 && entry != now);
    all.dedup();
    if now.follows(&all) { all } else { Vec::new() }
}

/// A document is replaced by a valid one of its type and of the issuer it names, and not by itself.
fn takes_its_place(new: &Bundle, old: &Bundle, anchor: &Checkpoint) -> Result<Replacement, Failure> {
    let now = Time(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0));
    let memo = &ProofMemo::default();
    let question = Question {
        bundle: new,
        anchor,
        fresh: None,
        now,
        max_age_ms: None,
        holder: None,
        original: None,
        roots: None,
        memo,
    };
    let (ours, theirs) = (&new.receipt.proof, &old.receipt.proof);
    let other = (ours.batch_id, new.receipt.index) != (theirs.batch_id, old.receipt.index);
    let related =
        ours.issuer.id == theirs.issuer.id || theirs.issuer.successors.iter().any(|s| s.issuer == ours.issuer.id);
    let alike = related && ours.batch.document_type == theirs.batch.document_type;
    let jwt = new.credential.split('~').next().unwrap_or_default();
    if other && alike && verify(&question).verdict == Verdict::Valid {
        let leaf = merkle::leaf_hash(jwt.as_bytes());
        return Ok(Replacement { issuer: ours.issuer.id.clone(), batch: ours.batch_id, leaf });
    }
    Err(Failure::refused(
        "no-replacement",
        "Tệp ở --by không phải là văn bản khác, cùng loại, cùng đơn vị cấp (hoặc đơn vị kế thừa) và đang hợp lệ.",
        "The file given with --by is not another document of the same type and issuer, or its successor, that is valid.",
    ))
}
