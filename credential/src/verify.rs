//! Is this document what it says it is? The checks, one by one, and the verdict they lead to.
//!
//! # Checks
//!
//! | check | what it asks | source |
//! |---|---|---|
//! | integrity | one form, nothing damaged or added | the file |
//! | disclosures | every value shown is one the issuer signed | the file |
//! | issuer-signature | the JWT is signed by the key it names | the file |
//! | on-ledger | the JWT is in the batch it points to, sealed with that key | the receipt |
//! | final | more than two thirds of the validators committed to that state | the receipt, the trust anchor |
//! | issuer-entitled | the issuer named was entitled to the type on the document's date; who sealed in its name was its successor | the receipt |
//! | status | nothing revoked, replaced or suspended it or the key that sealed it, as of a time | the receipt, or a fresh status |
//! | expiry | it has not expired | the file, the clock |
//! | holder-binding | whoever presents it holds its key (if asked) | the file |
//! | original | the file that was sealed is this one (if given) | the file |
//!
//! # Verdict
//!
//! A failed check makes the document invalid; a check that lacks something makes the verdict *cannot check*,
//! which is never shown as invalid. Otherwise the status decides. `valid` always carries the time of the status it saw.
//!
//! Pure: the caller brings the time, the trust anchor and whatever it fetched.

use std::sync::Arc;

use serde_json::{Map, Value};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Time};
use sogoc_ledger::receipt::{Anchor, BatchStatuses, Pointer, ProofMemo, Proven, ReceiptError};
use sogoc_ledger::record::{Issuer, Succession};
use sogoc_ledger::status::{Status, StatusEntry};

use crate::binding::{Bound, Evidence, Refusal, Roots};
use crate::bundle::Bundle;
use crate::opening::Opening;
use crate::reason::Reason;
use crate::schema::{Label, Schema, check_file_digest};
use crate::sdjwt::{self, Disclosed, Expected, SdJwt};

/// What to check a bundle against.
pub struct Question<'a> {
    /// The document and its receipt.
    pub bundle: &'a Bundle,
    /// What the checker trusts.
    pub anchor: &'a Checkpoint,
    /// The batch's statuses as just fetched, if the checker was online.
    pub fresh: Option<&'a BatchStatuses>,
    /// The checker's clock.
    pub now: Time,
    /// The oldest status that is good enough, in milliseconds.
    pub max_age_ms: Option<u64>,
    /// Whether the presenter must hold the document's key, and for whom the presentation must be.
    pub holder: Option<Expected<'a>>,
    /// The file that was sealed, for documents signed elsewhere.
    pub original: Option<&'a [u8]>,
    /// The roots of certificates, if the checker wants to know whose certificate stands behind the key that sealed it. What is
    /// found changes no verdict: the ledger decides whose the key is.
    pub roots: Option<&'a Roots>,
    /// What earlier questions found to hold of the batches: it spares work and changes no answer.
    pub memo: &'a ProofMemo,
}

/// The answer.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// In force as of the time of the status.
    Valid,
    /// A check failed.
    Invalid,
    /// Revoked (đã thu hồi).
    Revoked,
    /// Replaced by another (đã thay thế).
    Superseded,
    /// Not to be relied on for now (tạm dừng).
    Suspended,
    /// Something is missing for an answer.
    CannotCheck,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] =
        [Self::Valid, Self::Invalid, Self::Revoked, Self::Superseded, Self::Suspended, Self::CannotCheck];
}

/// One of the checks.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// One form, nothing damaged or added.
    Integrity,
    /// Every value shown is one the issuer signed.
    Disclosures,
    /// The JWT is signed by the key it names.
    IssuerSignature,
    /// The JWT is in the batch it points to, sealed with that key.
    OnLedger,
    /// The state is final.
    Final,
    /// The issuer named was entitled.
    IssuerEntitled,
    /// Nothing revoked, replaced or suspended it.
    Status,
    /// It has not expired.
    Expiry,
    /// The presenter holds its key.
    HolderBinding,
    /// The sealed file is this one.
    Original,
}

/// How a check ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// Something is missing to say.
    CannotCheck,
    /// An earlier check ended it.
    NotReached,
}

/// A check and its reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// Which.
    pub check: Name,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, unless it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What is known of the document, as far as the checks went.
pub struct Facts {
    /// What its type is.
    pub schema: Arc<Schema>,
    /// Its own date.
    pub date: String,
    /// When it expires, in seconds since 1970.
    pub expires: Option<i64>,
    /// Where it was sealed.
    pub pointer: Option<Pointer>,
    /// What it shows.
    pub disclosed: Option<Disclosed>,
    /// What the receipt proved.
    pub proven: Option<Proven>,
    /// The issuer that the document names.
    pub named_issuer: Option<Issuer>,
    /// What is behind its status, if that matches what the ledger holds.
    pub opening: Option<Opening>,
    /// The certificate that the key which sealed it is bound to, or why there is none; if roots were given and it brings evidence.
    pub binding: Option<Result<Bound, Refusal>>,
    /// Every status that it had before, oldest first, with what is behind it as far as is known; none if that is not proven.
    pub history: Option<Vec<(StatusEntry, Option<Opening>)>>,
    /// Whether the type is known by heart, or is what the ledger says.
    type_is_known: bool,
}

impl Facts {
    /// Title of its type; none while that is a stranger's word.
    pub fn title(&self) -> Option<&Label> {
        self.type_is_known.then_some(&self.schema.title)
    }
}

/// The verdict, the checks that led to it, and what is known of the document.
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// The status and when it was seen, once the receipt was accepted.
    pub status: Option<SeenStatus>,
    /// Why the fresh status was left aside, if it was: a server that lies or lags decides nothing.
    pub fresh_refused: Option<Reason>,
    /// The trust anchor that the verdict rests on.
    pub anchor: Option<Anchor>,
    /// The document.
    pub facts: Option<Facts>,
}

/// A status and the time it was seen at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SeenStatus {
    /// The entry.
    #[serde(flatten)]
    pub entry: StatusEntry,
    /// Time of the header it was proven in.
    pub as_of: Time,
    /// Height of that header.
    pub as_of_height: u64,
    /// Whether it was fetched for this check.
    pub fresh: bool,
    /// Whether the key that sealed the batch is suspended.
    pub key_suspended: bool,
}

const ALWAYS: [Name; 8] = [
    Name::Integrity,
    Name::Disclosures,
    Name::IssuerSignature,
    Name::OnLedger,
    Name::Final,
    Name::IssuerEntitled,
    Name::Status,
    Name::Expiry,
];

/// A check that did not hold.
struct Ended {
    check: Name,
    outcome: Outcome,
    reason: Reason,
    /// Checks that stand before it and have not run.
    skipped: &'static [Name],
}

impl Ended {
    fn failed(check: Name, reason: impl Into<Reason>) -> Self {
        Self { check, outcome: Outcome::Failed, reason: reason.into(), skipped: &[] }
    }

    fn missing(check: Name, reason: impl Into<Reason>) -> Self {
        Self { check, outcome: Outcome::CannotCheck, reason: reason.into(), skipped: &[] }
    }

    fn document(check: Name, error: &sdjwt::Error) -> Self {
        let unknown = error.remedy() == sdjwt::Remedy::UpdateThisProgram;
        let outcome = if unknown { Outcome::CannotCheck } else { Outcome::Failed };
        Self { check, outcome, reason: error.into(), skipped: &[] }
    }

    fn receipt(error: &ReceiptError) -> Self {
        use ReceiptError as E;
        let (check, skipped): (_, &[Name]) = match error {
            // Finality is looked at before the state that the block leads to.
            E::NotFinal(_) | E::WrongValidators | E::NotAnAncestor | E::NeedsRefresh { .. } => {
                (Name::Final, &[Name::OnLedger])
            }
            E::WrongStatus => (Name::Status, &[Name::IssuerEntitled]),
            _ => (Name::OnLedger, &[]),
        };
        let outcome = if error.cannot_check() { Outcome::CannotCheck } else { Outcome::Failed };
        Self { check, outcome, reason: error.into(), skipped }
    }
}

/// Runs every check that applies.
pub fn verify(question: &Question<'_>) -> Report {
    let mut facts = None;
    let mut status = None;
    let mut fresh_refused = None;
    let ended = run(question, &mut facts, &mut status, &mut fresh_refused).err();
    let mut names = ALWAYS.to_vec();
    names.extend(question.holder.is_some().then_some(Name::HolderBinding));
    names.extend(question.original.is_some().then_some(Name::Original));
    let mut reached = true;
    let mut checks = Vec::with_capacity(names.len());
    for name in names {
        let outcome = match &ended {
            Some(ended) if ended.check == name => {
                reached = false;
                checks.push(Check { check: name, outcome: ended.outcome, reason: Some(ended.reason.clone()) });
                continue;
            }
            Some(ended) if ended.skipped.contains(&name) => Outcome::NotReached,
            _ if reached => Outcome::Passed,
            _ => Outcome::NotReached,
        };
        checks.push(Check { check: name, outcome, reason: None });
    }
    let verdict = match (&ended, &status) {
        (Some(Ended { outcome: Outcome::CannotCheck, .. }), _) => Verdict::CannotCheck,
        (Some(Ended { check: Name::Status, .. }), Some(SeenStatus { entry, .. })) => match entry.status {
            Status::Revoked => Verdict::Revoked,
            Status::Superseded => Verdict::Superseded,
            Status::Suspended => Verdict::Suspended,
            // Whatever the entry says, what the key sealed is suspended with it.
            Status::Valid => Verdict::Suspended,
        },
        (Some(_), _) => Verdict::Invalid,
        (None, _) => Verdict::Valid,
    };
    let anchor = facts.as_ref().and_then(|facts: &Facts| facts.proven.as_ref()).map(|proven| proven.anchor.clone());
    Report { verdict, checks, status, fresh_refused, anchor, facts }
}

fn run(
    question: &Question<'_>,
    facts: &mut Option<Facts>,
    seen: &mut Option<SeenStatus>,
    fresh_refused: &mut Option<Reason>,
) -> Result<(), Ended> {
    let brought = question.bundle.schema.as_ref();
    let document = SdJwt::parse_with(&question.bundle.credential, brought)
        .map_err(|error| Ended::document(Name::Integrity, &error))?;
    let is_brought = brought.is_some_and(|schema| Arc::ptr_eq(schema, &document.schema));
    let facts = facts.insert(Facts {
        schema: document.schema.clone(),
        date: document.envelope.date.clone(),
        expires: document.envelope.expires,
        pointer: None,
        disclosed: None,
        proven: None,
        named_issuer: None,
        opening: None,
        binding: None,
        history: None,
        type_is_known: !is_brought,
    });
    facts.disclosed = Some(document.disclose().map_err(|error| Ended::document(Name::Disclosures, &error))?);
    document.verify_issuer().map_err(|error| Ended::document(Name::IssuerSignature, &error))?;

    let pointer = pointer(&document).ok_or_else(|| Ended::failed(Name::OnLedger, Reason::POINTER))?;
    facts.pointer = Some(pointer.clone());
    let leaf = merkle::leaf_hash(document.jwt.as_bytes());
    let receipt = &question.bundle.receipt;
    let proven =
        receipt.verify_once(leaf, &pointer, question.anchor, question.memo).map_err(|error| Ended::receipt(&error))?;
    let named = proven.named_issuer.as_ref().unwrap_or(&proven.issuer).clone();
    let agrees = proven.batch.key == document.issuer_key.thumbprint()
        && document.envelope.issuer == named.id.as_str()
        && proven.batch.document_type.as_str() == document.schema.id
        && proven.batch.schema == document.schema.version;
    let (batch, sealer) = (proven.batch.clone(), proven.issuer.id.clone());
    let mut status = SeenStatus {
        entry: proven.status.clone(),
        as_of: proven.as_of,
        as_of_height: proven.as_of_height,
        fresh: false,
        key_suspended: receipt.proof.is_suspended_by_key(),
    };
    let bound = question.roots.and_then(|roots| binding(&question.bundle.evidence, &proven, &pointer, roots));
    facts.proven = Some(proven);
    if !agrees {
        return Err(Ended::failed(Name::OnLedger, Reason::RECORD_DIFFERS));
    }
    let defined = batch.definition.is_none_or(|digest| digest == document.schema.digest);
    if is_brought && (batch.definition.is_none() || !defined) {
        return Err(Ended::failed(Name::OnLedger, Reason::DEFINITION_DIFFERS));
    }
    if !defined {
        facts.type_is_known = false;
        return Err(Ended::missing(Name::OnLedger, Reason::DEFINITION_MISSING));
    }
    facts.type_is_known = true;
    // Not before: another key than the batch's may have signed what is no record of it.
    facts.binding = bound;

    let day = day(&document.envelope.date).ok_or_else(|| Ended::failed(Name::IssuerEntitled, Reason::DATE))?;
    let entitled =
        named.grants.iter().any(|grant| grant.document_type.as_str() == document.schema.id && grant.covers(day));
    let acted_for = batch.act_for.is_none() || named.is_acted_for(&sealer, Succession::SEAL, batch.time.day());
    facts.named_issuer = Some(named);
    if !acted_for {
        return Err(Ended::failed(Name::IssuerEntitled, Reason::NOT_A_SUCCESSOR));
    }
    if !entitled {
        return Err(Ended::failed(Name::IssuerEntitled, Reason::NOT_ENTITLED));
    }

    if let Some(fresh) = question.fresh {
        match fresh.verify_once(&pointer, question.anchor, question.memo) {
            Err(error) => *fresh_refused = Some(Reason::from(&error)),
            Ok(()) if fresh.proof.batch.root != batch.root => *fresh_refused = Some(Reason::RECORD_DIFFERS),
            // A server may be behind: of two proven statuses the later one counts.
            Ok(()) if fresh.proof.header.height >= status.as_of_height => {
                let header = &fresh.proof.header;
                status = SeenStatus {
                    entry: fresh.statuses.entry(receipt.index),
                    as_of: header.time,
                    as_of_height: header.height,
                    fresh: true,
                    key_suspended: fresh.proof.is_suspended_by_key(),
                };
            }
            Ok(()) => {}
        }
    }
    facts.opening = opening(&question.bundle.openings, &status.entry);
    facts.history = history(question.bundle, &status.entry);
    let status = seen.insert(status);
    if status.entry.status != Status::Valid {
        return Err(Ended::failed(Name::Status, Reason::of_status(status.entry.status)));
    }
    if status.key_suspended {
        return Err(Ended::failed(Name::Status, Reason::KEY_SUSPENDED));
    }
    if question.max_age_ms.is_some_and(|max| question.now.0.saturating_sub(status.as_of.0) > max) {
        return Err(Ended::missing(Name::Status, Reason::STATUS_TOO_OLD));
    }

    let now_seconds = i64::try_from(question.now.0 / 1_000).unwrap_or(i64::MAX);
    if document.envelope.expires.is_some_and(|expires| expires <= now_seconds) {
        return Err(Ended::failed(Name::Expiry, Reason::EXPIRED));
    }
    if let Some(expected) = &question.holder {
        document.verify_holder(expected).map_err(|error| Ended::document(Name::HolderBinding, &error))?;
    }
    if let Some(original) = question.original {
        original_is(facts, original)?;
    }
    Ok(())
}

fn pointer(document: &SdJwt<'_>) -> Option<Pointer> {
    let ledger = &document.envelope.ledger;
    Some(Pointer {
        chain: ledger.chain.parse().ok()?,
        issuer: ledger.issuer.parse().ok()?,
        batch: ledger.batch.parse::<BatchId>().ok()?,
    })
}

/// Days since 1970-01-01 of an ISO date.
fn day(date: &str) -> Option<Day> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let days = date.since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1))).ok()?.get_days();
    u32::try_from(days).ok().map(Day)
}

fn opening(openings: &[Opening], entry: &StatusEntry) -> Option<Opening> {
    openings.iter().find(|opening| opening.opens(entry)).cloned()
}

/// The first evidence that binds, or why the first does not.
fn binding(evidence: &[Evidence], proven: &Proven, pointer: &Pointer, roots: &Roots) -> Option<Result<Bound, Refusal>> {
    let batch = &proven.batch;
    let mut all = evidence.iter().map(|one| one.binds(&pointer.chain, &proven.issuer, &batch.key, batch.time, roots));
    let first = all.next()?;
    Some(if first.is_ok() { first } else { all.find(Result::is_ok).unwrap_or(first) })
}

/// What the bundle tells of earlier statuses, if it is all that `entry` replaced. A status that is fresher than the receipt's
/// has that one before it.
fn history(bundle: &Bundle, entry: &StatusEntry) -> Option<Vec<(StatusEntry, Option<Opening>)>> {
    let known = bundle.receipt.status.as_ref().map(|status| status.entry.clone()).filter(|known| known.height > 0);
    let longer: Vec<StatusEntry> = bundle.history.iter().cloned().chain(known).collect();
    let proven = [&bundle.history, &longer].into_iter().find(|history| entry.follows(history))?;
    Some(proven.iter().map(|entry| (entry.clone(), opening(&bundle.openings, entry))).collect())
}

fn original_is(facts: &Facts, original: &[u8]) -> Result<(), Ended> {
    let empty = Map::new();
    let processed = facts.disclosed.as_ref().map_or(&empty, |disclosed| &disclosed.processed);
    let digest =
        find(processed, "file_digest").ok_or_else(|| Ended::missing(Name::Original, Reason::NO_FILE_DIGEST))?;
    match check_file_digest(digest, original) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Ended::failed(Name::Original, Reason::OTHER_FILE)),
        Err(error) => Err(Ended::document(Name::Original, &error)),
    }
}

/// A claim by its name, in whichever group it is.
fn find<'a>(processed: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    processed.get(name).or_else(|| processed.values().filter_map(Value::as_object).find_map(|group| group.get(name)))
}
