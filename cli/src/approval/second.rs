//! The second signature: whose, and how it comes to the clerk.
//!
//! | options | where the approver's key is |
//! |---|---|
//! | none | nobody approves |
//! | `--approver KEY` | on this machine |
//! | `--request FILE` | elsewhere; this run asks, and submits nothing |
//! | `--request FILE --approval FILE` | elsewhere; this run submits what was approved |
//!
//! A run that asks may be repeated: a request that waits is kept, for an approval may be on its way. A run that submits may be
//! repeated too: what is on the ledger is found there first, and an approval fits one transaction only.

use std::path::{Path, PathBuf};

use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{BatchId, Time};
use sogoc_ledger::record::{Issuer, IssuerKey};
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::transaction::{Issue, MAX_VALIDITY_MS, Transaction};

use super::{Approval, Asked, Change, MATTERS_MAX, Matter, standing};
use crate::client::Client;
use crate::command::verify::clock;
use crate::failure::Failure;
use crate::language::Language;
use crate::sealing::VALID_MS;

/// How long a request can be approved: for people have other things to do, nearly as long as the ledger allows. The last hour is
/// for a node that lags and a clock that is wrong.
pub const REQUEST_VALID_MS: u64 = MAX_VALIDITY_MS - 3_600_000;

/// Where the approver's signature comes from.
#[derive(clap::Args)]
pub struct Options {
    /// Key file of the approver, if it is on this machine: a second key of the same issuer.
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    pub approver: Option<PathBuf>,
    /// Ask for approval by this file, and submit nothing yet: the approver runs `sogoc approve FILE`.
    #[arg(long, value_name = "FILE")]
    pub request: Option<PathBuf>,
    /// What the approver answered to --request: submit.
    #[arg(long, value_name = "FILE", requires = "request")]
    pub approval: Option<PathBuf>,
}

impl Options {
    /// See the module.
    pub fn open(&self) -> Result<Second, Failure> {
        Ok(match (&self.approver, &self.request, &self.approval) {
            (Some(approver), ..) => Second::Key(IssuerSecretKey::load(approver)?),
            (None, Some(request), Some(approval)) => {
                Second::Approved(Approved { asked: Asked::read(request)?, approval: Approval::read(approval)? })
            }
            (None, Some(request), None) => Second::Ask(request.clone()),
            (None, None, _) => Second::Nobody,
        })
    }
}

/// Who signs beside the clerk.
pub enum Second {
    /// Nobody.
    Nobody,
    /// A key that is here.
    Key(IssuerSecretKey),
    /// Whoever is given this file.
    Ask(PathBuf),
    /// Whoever was.
    Approved(Approved),
}

impl Second {
    /// The key that is here.
    pub fn key(&self) -> Option<&IssuerSecretKey> {
        if let Self::Key(key) = self { Some(key) } else { None }
    }
}

/// The clerk's own request, and what came back.
pub struct Approved {
    asked: Asked,
    approval: Approval,
}

impl Approved {
    /// The sealing of this batch that was asked for, by its place.
    pub fn seals(&self, batch: BatchId) -> Option<(usize, &Issue)> {
        self.asked.matters.iter().enumerate().find_map(|(place, matter)| match matter {
            Matter::Seal(issue) if issue.batch == batch => Some((place, issue)),
            _ => None,
        })
    }

    /// The change that was asked for, if it is this one.
    pub fn changes(&self, wanted: &Change) -> Result<&Change, Failure> {
        match self.asked.matters.as_slice() {
            [Matter::Change(change)] if change.is_the_same(wanted) => Ok(change),
            _ => Err(other_request()),
        }
    }

    /// Until when the ledger takes it.
    pub fn valid_until(&self) -> Time {
        self.asked.valid_until
    }

    /// Signs the matter at `place` too and hands it in. Until the time returned it should be on the ledger; if it is not, it may
    /// be handed in again.
    pub fn submit(
        &self,
        place: usize,
        client: &Client,
        key: &IssuerSecretKey,
        issuer: &Issuer,
    ) -> Result<Time, Failure> {
        let latest = client.latest()?;
        if latest.chain != self.asked.chain {
            return Err(Refusal::OtherChain.into());
        }
        client.submit(&self.transaction(place, key, issuer, latest.time)?).map_err(|failure| {
            if failure.code == Refusal::Expired.code() { expired(self.asked.valid_until) } else { failure }
        })?;
        Ok(self.asked.valid_until.min(Time(latest.time.0.saturating_add(VALID_MS))))
    }

    /// The transaction of the matter at `place`, if the ledger would accept its signers at `now`.
    fn transaction(
        &self,
        place: usize,
        key: &IssuerSecretKey,
        issuer: &Issuer,
        now: Time,
    ) -> Result<Transaction, Failure> {
        let (asked, Approval { approver, signatures }) = (&self.asked, &self.approval);
        if (&asked.issuer, asked.key) != (key.issuer(), key.public().thumbprint()) {
            return Err(other_request());
        }
        check_time(asked, now)?;
        if *approver == asked.key {
            return Err(Refusal::SameApprover.into());
        }
        let entered = issuer.key(approver).ok_or(Refusal::UnknownKey)?;
        if !entered.may(IssuerKey::APPROVE, now) {
            return Err(Refusal::KeyMayNot.into());
        }
        if signatures.len() != asked.matters.len() {
            return Err(Refusal::SignatureCount.into());
        }
        let (matter, approved) = asked.matters.get(place).zip(signatures.get(place)).ok_or(Refusal::SignatureCount)?;
        let request = asked.request(matter, Some(*approver));
        let message = codec::encode(&request);
        if !entered.key.verifies(Domain::TRANSACTION, &message, approved) {
            return Err(Refusal::WrongSignature.into());
        }
        let own = key.signing().sign(Domain::TRANSACTION, &message);
        Ok(Transaction { request, signatures: List::new(vec![own, *approved]).expect("two signatures fit") })
    }
}

/// Puts a request into its file, unless the same waits there already: an approval of that one may be on its way. Returns the
/// one that is in the file then.
pub fn ask(client: &Client, path: &Path, asked: Asked) -> Result<Asked, Failure> {
    if asked.matters.len() > MATTERS_MAX {
        return Err(Failure::refused(
            "request-too-large",
            format!("Một yêu cầu có tối đa {MATTERS_MAX} lô. Hãy chia tệp."),
            format!("A request has at most {MATTERS_MAX} batches. Divide the file."),
        ));
    }
    if path.exists() {
        let old = Asked::read(path)?;
        if old.valid_until >= client.latest()?.time && !is_settled(client, &old)? {
            if old.asks_the_same(&asked) {
                return Ok(old);
            }
            let (path, until) = (path.display(), clock(old.valid_until));
            return Err(Failure::refused(
                "request-waits",
                format!("{path} là một yêu cầu khác còn chờ duyệt đến {until}. Hãy đặt tên khác cho yêu cầu mới."),
                format!("{path} is another request that waits until {until}. Give the new one another name."),
            ));
        }
    }
    for matter in &asked.matters {
        if let Some(refusal) = standing::refusal(client, &asked, matter)? {
            return Err(refusal.into());
        }
    }
    asked.write(path)?;
    Ok(asked)
}

/// Whether nothing of it can be done any more.
fn is_settled(client: &Client, asked: &Asked) -> Result<bool, Failure> {
    for matter in &asked.matters {
        if standing::refusal(client, asked, matter)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Tells the clerk what was asked and what to do next.
pub fn say_next(path: &Path, asked: &Asked, language: Language) {
    let (path, until, code) = (path.display(), clock(asked.valid_until), asked.code());
    let vi = format!(
        "Chưa ghi gì lên sổ cái. Yêu cầu duyệt: {path}, có hiệu lực đến {until}. Mã đối chiếu: {code}\n\
         Tiếp theo: 1. Chuyển tệp này cho người duyệt, họ chạy: sogoc approve {path} --key KHÓA\n\
         \u{20}          2. Trước thời hạn trên, chạy lại đúng lệnh này, thêm --approval TỆP-DUYỆT"
    );
    let en = format!(
        "Nothing is on the ledger yet. Request for approval: {path}, valid until {until}. Code to compare: {code}\n\
         Next: 1. Give this file to the approver, who runs: sogoc approve {path} --key KEY\n\
         \u{20}     2. Before that time, run this same command again with --approval FILE added"
    );
    eprintln!("{}", language.pick(&vi, &en));
}

/// Refuses what the ledger would not take at `now`: nobody approves what can be used only when they have forgotten it.
pub fn check_time(asked: &Asked, now: Time) -> Result<(), Failure> {
    if asked.valid_until < now {
        return Err(expired(asked.valid_until));
    }
    if asked.valid_until.0 - now.0 > MAX_VALIDITY_MS {
        return Err(Refusal::ValidTooLong.into());
    }
    Ok(())
}

/// Too late, and what to do.
pub fn expired(valid_until: Time) -> Failure {
    let until = clock(valid_until);
    Failure::refused(
        Refusal::Expired.code(),
        format!(
            "Yêu cầu duyệt đã hết hạn lúc {until}. Văn thư chạy lại lệnh với --request, không có --approval: \
             yêu cầu mới có cùng nội dung, và không có gì bị ghi hai lần."
        ),
        format!(
            "The request expired at {until}. The clerk runs the command again with --request and without --approval: the new \
             request asks the same, and nothing is recorded twice."
        ),
    )
}

/// The request is for something else.
pub fn other_request() -> Failure {
    Failure::refused(
        "other-request",
        "Tệp ở --request không phải là yêu cầu của lệnh và khóa này. Hãy dùng lại đúng lệnh cũ, hoặc lập yêu cầu mới.",
        "The file given with --request is not what this command and key asked. Repeat that command, or ask anew.",
    )
}

/// The code of what waits for another request than this.
pub const NOT_IN_REQUEST: &str = "not-in-request";

/// What was prepared is not in the request.
pub fn not_in_request() -> Failure {
    Failure::refused(
        NOT_IN_REQUEST,
        "Không có trong yêu cầu đã duyệt. Hãy lập yêu cầu khác: --request với tên tệp mới, không có --approval.",
        "Not in the request that was approved. Ask for it by another: --request with a new name, without --approval.",
    )
}

#[cfg(test)]
mod tests;
