//! `sogoc gov`: motions and votes of the validators' owners.
//!
//! The governance key stays on the machine that this runs on; any node takes the signed vote.

mod words;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use sogoc_genesis::SecretKey;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{Height, Time};
use sogoc_ledger::record::{Motion, Outcome, Purpose};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::signature::sign;
use sogoc_ledger::transaction::{Act, Ballot, Request, Transaction};

use super::reader::Reader;
use crate::client::Client;
use crate::failure::Failure;
use crate::language::Language;
use crate::sealing;

/// What to do.
#[derive(clap::Subcommand)]
pub enum What {
    /// Put a motion to the vote, and vote for it / đề nghị biểu quyết.
    Propose {
        /// The motion, as `sogoc gov template` shows.
        motion: PathBuf,
        #[command(flatten)]
        voter: Voter,
        /// Show what would be proposed; sign nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Vote on a motion / biểu quyết.
    Vote {
        /// The motion's id, or the first digits of it.
        motion: String,
        /// For or against.
        #[arg(value_enum)]
        vote: Side,
        #[command(flatten)]
        voter: Voter,
    },
    /// The motions, newest first / các đề nghị.
    List {
        /// Decided and expired ones too.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        reader: Reader,
    },
    /// A motion and how it stands / xem một đề nghị.
    Show {
        /// The motion's id, or the first digits of it.
        motion: String,
        #[command(flatten)]
        reader: Reader,
    },
    /// Print a motion file with one of every change / in tệp đề nghị mẫu.
    Template,
}

/// For or against.
#[derive(Copy, Clone, PartialEq, Eq, clap::ValueEnum)]
pub enum Side {
    /// For / đồng ý.
    Yes,
    /// Against / không đồng ý.
    No,
}

/// Who votes, where.
#[derive(clap::Args)]
pub struct Voter {
    /// The validator's governance key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    reader: Reader,
}

/// Runs the command.
pub fn run(what: &What, language: Language) -> Result<ExitCode, Failure> {
    match what {
        What::Propose { motion, voter, dry_run } => propose(motion, voter, *dry_run, language)?,
        What::Vote { motion, vote, voter } => {
            let client = Client::new(&voter.reader.node);
            let (id, _) = find(&client, motion)?;
            let ballot = Ballot::Vote { motion: id, yes: *vote == Side::Yes };
            let (key, _) = hand_in(&client, voter, ballot)?;
            let motion = wait(&client, id, |motion| motion.votes.iter().any(|cast| cast.member == key))?;
            print(&client, &voter.reader, id, &motion, language)?;
        }
        What::List { all, reader } => list(*all, reader, language)?,
        What::Show { motion, reader } => {
            let client = Client::new(&reader.node);
            let (id, motion) = find(&client, motion)?;
            print(&client, reader, id, &motion, language)?;
        }
        What::Template => print!("{}", written::TEMPLATE),
    }
    Ok(ExitCode::SUCCESS)
}

fn propose(path: &Path, voter: &Voter, dry_run: bool, language: Language) -> Result<(), Failure> {
    let client = Client::new(&voter.reader.node);
    let proposal = written::read(path, &client.validators()?)?;
    if dry_run {
        for line in words::proposal(&proposal, language) {
            println!("{line}");
        }
        return Ok(());
    }
    let (_, id) = hand_in(&client, voter, Ballot::Propose(proposal))?;
    let motion = wait(&client, id, |_| true)?;
    print(&client, &voter.reader, id, &motion, language)
}

/// Signs a ballot and hands it in. The thumbprint of the key, and the id of the request.
fn hand_in(client: &Client, voter: &Voter, ballot: Ballot) -> Result<(Hash, Hash), Failure> {
    let key = SecretKey::load(&voter.key, Purpose::Governance)?;
    let thumbprint = key.public().thumbprint();
    let chain = client.latest()?.chain;
    let request = |valid_until| Request {
        chain: chain.clone(),
        valid_until,
        act: Act::Member { key: thumbprint, ballot: ballot.clone() },
    };
    let valid_until = sealing::submit(client, |valid_until| {
        let request = request(valid_until);
        let signature = sign(key.signing(), Domain::TRANSACTION, &codec::encode(&request));
        Ok(Transaction { request, signatures: List::new(vec![signature]).expect("one signature fits") })
    })?;
    Ok((thumbprint, request(valid_until).id()))
}

/// The motion once the ledger has it as `wanted`; the request was valid for ten minutes.
fn wait(client: &Client, id: Hash, wanted: impl Fn(&Motion) -> bool) -> Result<Motion, Failure> {
    let deadline = Time(client.latest()?.time.0 + sealing::VALID_MS);
    loop {
        let tip = client.latest()?;
        if let Some(motion) = client.motion(&id)?.filter(|motion| wanted(motion)) {
            return Ok(motion);
        }
        if tip.time > deadline {
            return Err(Refusal::Expired.into());
        }
        client.wait_above(tip.height)?;
    }
}

/// The one motion whose id begins so.
fn find(client: &Client, start: &str) -> Result<(Hash, Motion), Failure> {
    let id = match Hash::from_hex(start) {
        Some(id) => id,
        None => {
            let ids = client.motions()?;
            let mut named = ids.into_iter().filter(|id| !start.is_empty() && id.to_string().starts_with(start));
            match (named.next(), named.next()) {
                (Some(id), None) => id,
                _ => return Err(Refusal::UnknownMotion.into()),
            }
        }
    };
    let motion = client.motion(&id)?.ok_or(Refusal::UnknownMotion)?;
    Ok((id, motion))
}

/// How a motion stands as of `now`.
fn standing(motion: &Motion, now: Time) -> (&'static str, &'static str, &'static str) {
    match motion.outcome {
        Outcome::Open if motion.expires <= now => {
            ("expired", "đã hết hạn, không có hiệu lực", "expired, without effect")
        }
        Outcome::Open if motion.held => {
            ("held", "đang biểu quyết, khóa bị tạm giữ", "open, the keys are suspended meanwhile")
        }
        Outcome::Open => ("open", "đang biểu quyết", "open"),
        Outcome::Passed(_) => ("passed", "đã thông qua", "passed"),
        Outcome::Rejected(_) => ("rejected", "bị bác bỏ", "rejected"),
        Outcome::Failed(..) => ("failed", "đủ phiếu nhưng không thực hiện được", "voted, but no longer possible"),
    }
}

fn list(all: bool, reader: &Reader, language: Language) -> Result<(), Failure> {
    let client = Client::new(&reader.node);
    let (validators, last) = (client.validators()?, client.latest()?);
    for id in client.motions()? {
        let motion = client.motion(&id)?.ok_or(Refusal::UnknownMotion)?;
        let (code, vi, en) = standing(&motion, last.time);
        if !all && code != "open" && code != "held" {
            continue;
        }
        if reader.json {
            println!("{}", as_json(id, &motion, code));
            continue;
        }
        let tally = motion.tally(validators.members_at(last.height + 1));
        println!(
            "{}  {}  {}  {} {}, {} {}, {} {}",
            &id.to_string()[..12],
            motion.proposal.decision,
            language.pick(vi, en),
            language.pick("thuận", "for"),
            tally.yes,
            language.pick("chống", "against"),
            tally.no,
            language.pick("trên", "of"),
            tally.total
        );
    }
    Ok(())
}

fn as_json(id: Hash, motion: &Motion, standing: &str) -> serde_json::Value {
    json!({ "id": id, "standing": standing, "motion": motion })
}

fn print(client: &Client, reader: &Reader, id: Hash, motion: &Motion, language: Language) -> Result<(), Failure> {
    let last = client.latest()?;
    let (code, vi, en) = standing(motion, last.time);
    if reader.json {
        println!("{}", as_json(id, motion, code));
        return Ok(());
    }
    let validators = client.validators()?;
    println!("{id}");
    for line in words::proposal(&motion.proposal, language) {
        println!("  {line}");
    }
    let tally = motion.tally(validators.members_at(last.height + 1));
    let needed = tally.needed();
    println!("  {}", language.pick(vi, en));
    println!(
        "  {}",
        language.pick(
            &format!("thuận {}, chống {}, trên tổng {}; cần {needed}", tally.yes, tally.no, tally.total),
            &format!("for {}, against {}, of {}; {needed} are needed", tally.yes, tally.no, tally.total),
        )
    );
    for cast in &motion.votes {
        let owner = validators.members_at(Height::MAX).iter().chain(&validators.current);
        let owner = owner.clone().find(|member| member.governance.thumbprint() == cast.member);
        let owner = owner.map_or_else(|| cast.member.to_string(), |member| member.owner.to_string());
        println!("    {} {owner}", if cast.yes { "+" } else { "−" });
    }
    println!("  {} {}", language.pick("biểu quyết đến", "open until"), super::verify::clock(motion.expires));
    Ok(())
}
