//! What came of a file, as JSON: the one rendering, of the command line and of a node.
//!
//! # Format
//!
//! ```json
//! {"verdict": "valid", "checks": [{"check": "integrity", "outcome": "passed"}], "trust": {"genesis": false, "height": 7,
//!  "time": 0, "hash": "…"}, "status": {"status": "valid", "as_of": 0, "as_of_height": 9, "fresh": true},
//!  "status_as_of": 0, "document": {"type": "…", "issuer": {"id": "…", "name": "…", "name_en": "…"}, "claims": {}}}
//! ```
//!
//! `reason` {code, vi, en} says why the verdict is not `valid`, `not_fresh` why there is no fresh status though there should
//! be. A file that is no bundle has these two and no more. Members may be added.
//!
//! The rendering is personal: it shows what the document shows.

use serde_json::{Map, Value, json};

use crate::bundle::BundleError;
use crate::opening::Opening;
use crate::reason::Reason;
use crate::verify::{Facts, Report, Verdict};

/// What came of a file.
pub struct Checked {
    /// The answer.
    pub verdict: Verdict,
    /// Why it is not valid.
    pub reason: Option<Reason>,
    /// Why there is no fresh status, though there should be: a stable code.
    pub not_fresh: Option<String>,
    /// The checks, if the file is a bundle.
    pub report: Option<Report>,
}

impl Checked {
    /// A file that there is nothing to check in.
    pub fn unread(verdict: Verdict, reason: Reason) -> Self {
        Self { verdict, reason: Some(reason), not_fresh: None, report: None }
    }

    /// A bundle; `not_fetched` says why there was no fresh status to check.
    pub fn of(report: Report, not_fetched: Option<String>) -> Self {
        let refused = || report.fresh_refused.as_ref().map(|reason| reason.code.to_owned());
        Self {
            verdict: report.verdict,
            reason: report.checks.iter().find_map(|check| check.reason.clone()),
            not_fresh: not_fetched.or_else(refused),
            report: Some(report),
        }
    }

    /// See the module.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut members = Map::from_iter([("verdict".to_owned(), json!(self.verdict))]);
        let mut add = |name: &str, value: Option<Value>| {
            members.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("reason", self.reason.as_ref().map(|reason| json!(reason)));
        add("not_fresh", self.not_fresh.as_ref().map(|code| json!(code)));
        if let Some(report) = &self.report {
            add("checks", Some(json!(report.checks)));
            add("trust", Some(json!(report.anchor)));
            add("status", report.status.as_ref().map(|status| json!(status)));
            add("status_as_of", report.status.as_ref().map(|status| json!(status.as_of)));
            add("document", report.facts.as_ref().map(document));
        }
        members
    }
}

impl From<&BundleError> for Checked {
    fn from(error: &BundleError) -> Self {
        let verdict = if error.cannot_check() { Verdict::CannotCheck } else { Verdict::Invalid };
        Self::unread(verdict, error.into())
    }
}

fn document(facts: &Facts) -> Value {
    let proven = facts.proven.as_ref();
    json!({
        "type": facts.schema.id,
        "title": facts.title().map(|title| json!({ "vi": title.vi, "en": title.en })),
        "date": facts.date,
        "expires": facts.expires,
        "issuer": facts.named_issuer.as_ref().map(|issuer| {
            json!({ "id": issuer.id, "name": issuer.name, "name_en": issuer.name_en })
        }),
        "batch": facts.pointer.as_ref().map(|pointer| pointer.batch),
        "sealed_by": proven.map(|proven| &proven.issuer.id),
        "as_successor_of": proven.and_then(|proven| proven.batch.act_for.as_ref()),
        "origin": proven.map(|proven| proven.batch.origin),
        "approved": proven.map(|proven| proven.batch.approver.is_some()),
        "sealed_at": proven.map(|proven| proven.batch.time),
        "index": proven.map(|proven| proven.index),
        "binding": facts.binding.as_ref().map(|binding| match binding {
            Ok(bound) => json!({ "bound": bound }),
            Err(refusal) => json!({ "reason": Reason::from(refusal) }),
        }),
        "ground": facts.opening.as_ref().map(opening),
        "history": facts.history.as_ref().map(|history| {
            let entries = history.iter().map(|(entry, behind)| {
                json!({
                    "status": entry.status,
                    "height": entry.height,
                    "time": entry.time,
                    "ground": behind.as_ref().map(opening),
                })
            });
            entries.collect::<Vec<_>>()
        }),
        "claims": facts.disclosed.as_ref().map(|disclosed| facts.schema.flatten(&disclosed.processed)),
    })
}

fn opening(opening: &Opening) -> Value {
    json!({
        "code": opening.ground.code(),
        "correction": opening.correction.code(),
        "decision": opening.decision,
        "decision_date": opening.decision_date,
        "replacement": opening.replacement,
    })
}
