//! Questions to a verifier, most of them about documents that something is wrong with, and what this verifier answers:
//! one JSON object a line, for a second verifier to answer alike (`tests/conformance/client`).
//!
//! `mutants COUNT SEED [FIRST]` prints the cases FIRST to FIRST + COUNT − 1; a case is the same in every run with its
//! seed. Each is of one kind (see `kinds`), in turn.
//!
//! ```text
//! {"n", "kind", "bundle", "checkpoint", "fresh"?, "now", "max_age_ms"?,
//!  "holder"?: {"audience", "nonce", "now", "max_age_seconds"}, "original"?, "roots"?, "report"}
//! ```
//! Bytes are base64url (`bundle` is a file, and need not be text), times milliseconds, those of `holder` seconds. A
//! report is that of `docs/vectors/bundles.json` with more of the status, and with `binding`: whose certificate it is, or a
//! code; integers above 2⁵³ are texts. A bundle that is none has `{"error"}` alone, and so has a question whose checkpoint is
//! none: `{"error": "checkpoint"}`.

#![allow(clippy::unwrap_used, clippy::panic)]

mod document;
mod kinds;
mod layout;
mod random;
mod scene;
mod signer;
mod state;

use std::io::{BufWriter, Write};

use serde_json::{Map, Value, json};
use sogoc_credential::binding::Roots;
use sogoc_credential::bundle::Bundle;
use sogoc_credential::opening::Opening;
use sogoc_credential::sdjwt::Expected;
use sogoc_credential::verify::{Question, Report, verify};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{BatchStatuses, ProofMemo};
use sogoc_ledger::status::StatusEntry;

use crate::document::b64;
use crate::kinds::Kinds;
use crate::random::Random;
use crate::scene::Asked;

/// A question as bytes.
pub struct Case {
    pub bundle: Vec<u8>,
    pub checkpoint: Vec<u8>,
    pub fresh: Option<Vec<u8>>,
    pub now: u64,
    pub max_age_ms: Option<u64>,
    pub holder: Option<Asked>,
    pub original: Option<Vec<u8>>,
    pub roots: Option<Vec<u8>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let mut number = |otherwise: u64| numbers.next().unwrap_or(Ok(otherwise));
    let (count, seed, first) = (number(1_000)?, number(1)?, number(0)?);
    let kinds = Kinds::new();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    for n in first..first.saturating_add(count) {
        let (kind, case) = kinds.case(&mut Random::of_case(seed, n), n);
        let mut line = line(&case);
        line.insert("n".to_owned(), n.into());
        line.insert("kind".to_owned(), kind.into());
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn line(case: &Case) -> Map<String, Value> {
    let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| Value::from(b64(bytes)));
    let holder = case.holder.as_ref().map(|asked| {
        json!({
            "audience": asked.audience,
            "nonce": asked.nonce,
            "now": asked.now,
            "max_age_seconds": asked.max_age_seconds,
        })
    });
    let members = [
        ("bundle", Some(b64(&case.bundle).into())),
        ("checkpoint", Some(b64(&case.checkpoint).into())),
        ("fresh", bytes(&case.fresh)),
        ("now", Some(exact(case.now))),
        ("max_age_ms", case.max_age_ms.map(exact)),
        ("holder", holder),
        ("original", bytes(&case.original)),
        ("roots", bytes(&case.roots)),
        ("report", Some(answer(case).unwrap_or_else(|code| json!({ "error": code })))),
    ];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// An integer that any reader of JSON reads as it is.
fn exact(number: u64) -> Value {
    if number < 1 << 53 { number.into() } else { number.to_string().into() }
}

fn answer(case: &Case) -> Result<Value, &'static str> {
    // One for all cases: what is remembered of one must not change what another is told.
    thread_local!(static MEMO: ProofMemo = ProofMemo::default());
    MEMO.with(|memo| answer_with(case, memo))
}

fn answer_with(case: &Case, memo: &ProofMemo) -> Result<Value, &'static str> {
    let anchor = Checkpoint::from_bytes(&case.checkpoint).map_err(|_| "checkpoint")?;
    let bundle = Bundle::from_bytes(&case.bundle).map_err(|error| error.code())?;
    let fresh = case.fresh.as_deref().map(BatchStatuses::from_bytes).transpose();
    let holder = case.holder.as_ref().map(|asked| Expected {
        audience: Some(&asked.audience),
        nonce: Some(&asked.nonce),
        now: asked.now,
        max_age_seconds: Some(asked.max_age_seconds),
    });
    let roots = case.roots.as_deref().map(Roots::from_file).transpose();
    let mut report = verify(&Question {
        bundle: &bundle,
        anchor: &anchor,
        fresh: fresh.as_ref().ok().and_then(Option::as_ref),
        now: Time(case.now),
        max_age_ms: case.max_age_ms,
        holder,
        original: case.original.as_deref(),
        roots: roots.as_ref().ok().and_then(Option::as_ref),
        memo,
    });
    // What is no encoding of statuses is left aside like any other that does not hold, if it comes to that.
    if let (Err(error), Some(_)) = (&fresh, &report.status) {
        report.fresh_refused = Some(error.into());
    }
    let mut shown = shown(&report);
    if roots.is_err() {
        shown["binding"] = "bad-roots".into();
    }
    Ok(shown)
}

fn shown(report: &Report) -> Value {
    let checks = report.checks.iter().map(|check| match &check.reason {
        Some(reason) => json!([check.check, check.outcome, reason.code]),
        None => json!([check.check, check.outcome]),
    });
    let facts = report.facts.as_ref();
    let opening = facts.and_then(|facts| facts.opening.as_ref());
    let history = facts.and_then(|facts| facts.history.as_ref()).map(|history| {
        let entry = |(entry, behind): &(StatusEntry, Option<Opening>)| {
            json!([entry.status, exact(entry.height), behind.as_ref().map(|opening| opening.ground)])
        };
        history.iter().map(entry).collect::<Vec<_>>()
    });
    json!({
        "verdict": report.verdict,
        "checks": checks.collect::<Vec<_>>(),
        "status": report.status.as_ref().map(|seen| json!({
            "status": seen.entry.status,
            "index": seen.entry.index,
            "height": exact(seen.entry.height),
            "time": exact(seen.entry.time.0),
            "as_of": exact(seen.as_of.0),
            "as_of_height": exact(seen.as_of_height),
            "fresh": seen.fresh,
            "key_suspended": seen.key_suspended,
        })),
        "anchor": report.anchor.as_ref().map(|anchor| json!({
            "genesis": anchor.genesis,
            "height": exact(anchor.height),
            "time": exact(anchor.time.0),
            "hash": anchor.hash,
        })),
        "correction": opening.map(|opening| opening.correction),
        "ground": opening.map(|opening| opening.ground),
        "history": history,
        "binding": facts.and_then(|facts| facts.binding.as_ref()).map(|binding| match binding {
            Ok(bound) => json!(bound),
            Err(refusal) => json!([refusal.code(), refusal.cannot_check(), refusal.detail()]),
        }),
        "fresh_refused": report.fresh_refused.as_ref().map(|reason| reason.code),
    })
}
