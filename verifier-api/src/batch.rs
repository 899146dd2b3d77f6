//! Batches and what became of their documents, with proofs.
//!
//! # Privacy
//!
//! Whoever asks names a batch, a class or a school, never a document: there is no route that takes a leaf or an index. A
//! batch of fewer than [`SMALL_BATCH`] documents would name the person; its statuses come only in the pack of all batches
//! of its issuer and period.
//!
//! # Consistency
//!
//! Everything in one answer is as of one block. The elements of a pack each carry their own proof, and a page of a pack
//! is as of one block too; the next page may be as of a later one.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::name::{BatchId, Height, IssuerId, Period};
use sogoc_ledger::receipt::{BatchProof, BatchStatuses, Finality};
use sogoc_ledger::state::StateReader;
use sogoc_ledger::status::StatusEntry;
use sogoc_store::{PAGE_MAX, View};
use tokio::time::{Instant, timeout_at};

use crate::ask::{self, Asked, Parameter, Segments};
use crate::form::{Form, Page};
use crate::keep::Keep;
use crate::problem::Problem;
use crate::{Api, SMALL_BATCH, chain};

type Answer = Result<Response, Problem>;

/// Batches in one page of a pack.
const PACK_BATCHES_MAX: usize = 200;

fn both((issuer, batch): (String, String)) -> Result<(IssuerId, BatchId), Problem> {
    Ok((ask::issuer(&issuer)?, ask::batch(&batch)?))
}

/// The proof that all receipts of the batch share; waits for the batch if asked to.
pub(crate) async fn proof(
    State(api): State<Arc<Api>>,
    Segments(names): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::Since, Parameter::Wait])?;
    let (issuer, batch) = both(names)?;
    let since = asked.since()?;
    let deadline = Instant::now() + Duration::from_secs(asked.wait_seconds()?);
    let form = Form::of(&wants, Form::Binary)?;
    let mut tips = api.network.tip();
    loop {
        // Marked as seen before the store is read: a block that comes meanwhile wakes the wait.
        tips.borrow_and_update();
        let issuer = issuer.clone();
        // Most are made from memory, in less time than it takes to hand them to a thread that may wait for the disk.
        let proof = match api.store.view().kept_batch_proof(&issuer, &batch, since) {
            Some(proof) => Some(proof),
            None => api.read(move |store| Ok(store.view().batch_proof(&issuer, &batch, since)?)).await?,
        };
        if let Some(proof) = proof {
            return Ok(form.answer(|| codec::encode(&proof), || rendered_proof(&proof)));
        }
        let Ok(Ok(())) = timeout_at(deadline, tips.changed()).await else {
            return Err(Problem::UnknownBatch);
        };
    }
}

/// The leaf hashes of the batch, one after the other. They never change, so whoever has them need not ask again.
pub(crate) async fn leaves(
    State(api): State<Arc<Api>>,
    Segments(names): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let (issuer, batch) = both(names)?;
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let view = store.view();
        let record = view.batch(&issuer, &batch)?.ok_or(Problem::UnknownBatch)?;
        Keep::ForeverPrivately.answer(&wants, &form.tag(&record.root), "accept", || {
            let leaves = view.leaves(&issuer, &batch)?.ok_or(Problem::UnknownBatch)?;
            let bytes = || leaves.iter().flat_map(|leaf| leaf.0).collect();
            Ok(form.answer(bytes, || json!({ "leaves": leaves })))
        })
    })
    .await
}

/// Proof that the batch is not on the ledger.
pub(crate) async fn absence(
    State(api): State<Arc<Api>>,
    Segments(names): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::Since])?;
    let (issuer, batch) = both(names)?;
    let since = asked.since()?;
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let view = store.view();
        let Some(absence) = view.absence_proof(&issuer, &batch, since)? else {
            return Err(match view.batch(&issuer, &batch)? {
                Some(_) => Problem::BatchExists,
                None => Problem::NoCertificate,
            });
        };
        let rendered = || {
            json!({
                "issuer": issuer,
                "batch_id": batch,
                "absent": true,
                "as_of": chain::rendered(&absence.header),
            })
        };
        Ok(form.answer(|| codec::encode(&absence), rendered))
    })
    .await
}

/// The statuses of all documents of the batch.
pub(crate) async fn statuses(
    State(api): State<Arc<Api>>,
    Segments(names): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::Since])?;
    let (issuer, batch) = both(names)?;
    let since = asked.since()?;
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let view = store.view();
        let record = view.batch(&issuer, &batch)?.ok_or(Problem::UnknownBatch)?;
        if record.size < SMALL_BATCH {
            return Err(Problem::SmallBatch);
        }
        let statuses = statuses_of(&view, &issuer, &batch, since)?;
        let statuses = statuses.ok_or(Problem::UnknownBatch)?;
        Ok(form.answer(|| codec::encode(&statuses), || rendered_statuses(&statuses)))
    })
    .await
}

/// What all documents of the batch were before their present status.
pub(crate) async fn history(
    State(api): State<Arc<Api>>,
    Segments(names): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let (issuer, batch) = both(names)?;
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let view = store.view();
        let record = view.batch(&issuer, &batch)?.ok_or(Problem::UnknownBatch)?;
        if record.size < SMALL_BATCH {
            return Err(Problem::SmallBatch);
        }
        let entries = former(&view, &issuer, &batch)?;
        Ok(form.answer(|| codec::encode(&(batch, entries.clone())), || rendered_history(&batch, &entries)))
    })
    .await
}

/// The same of all batches of an issuer's period in which anything changed twice.
pub(crate) async fn histories(
    State(api): State<Arc<Api>>,
    Segments((issuer, period)): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::AfterBatch])?;
    let (issuer, period, after) = (ask::issuer(&issuer)?, ask::period(&period)?, asked.after_batch()?);
    let form = Form::of(&wants, Form::Binary)?;
    let path = uri.path().to_owned();
    api.read(move |store| {
        let view = store.view();
        if view.issuer(&issuer)?.is_none() {
            return Err(Problem::UnknownIssuer);
        }
        let mut page = Page::new(form, PACK_BATCHES_MAX);
        let last = fill(&mut page, &view, &issuer, &period, after, |page, id| {
            let entries = former(&view, &issuer, id)?;
            if !entries.is_empty() {
                page.push(&codec::encode(&(*id, entries.clone())), || rendered_history(id, &entries));
            }
            Ok(())
        })?;
        Ok(page.answer("histories", || format!("{path}?after={}", last.map(|id| id.to_string()).unwrap_or_default())))
    })
    .await
}

/// Former entries of one batch, as one answer holds them.
type Former = List<StatusEntry, 65_535>;

fn former(view: &View<'_>, issuer: &IssuerId, batch: &BatchId) -> Result<Former, Problem> {
    List::new(view.status_history(issuer, batch)?).ok_or(Problem::Internal)
}

fn rendered_history(batch: &BatchId, entries: &Former) -> Value {
    json!({ "batch_id": batch, "former": entries })
}

/// The statuses of all batches of an issuer's period, in the order of their ids.
pub(crate) async fn pack(
    State(api): State<Arc<Api>>,
    Segments((issuer, period)): Segments<(String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::AfterBatch, Parameter::Since])?;
    let (issuer, period) = (ask::issuer(&issuer)?, ask::period(&period)?);
    let (after, since) = (asked.after_batch()?, asked.since()?);
    let form = Form::of(&wants, Form::Binary)?;
    let path = uri.path().to_owned();
    api.read(move |store| {
        let view = store.view();
        if view.issuer(&issuer)?.is_none() {
            return Err(Problem::UnknownIssuer);
        }
        let mut page = Page::new(form, PACK_BATCHES_MAX);
        let last = fill(&mut page, &view, &issuer, &period, after, |page, id| {
            if let Some(statuses) = statuses_of(&view, &issuer, id, since)? {
                page.push(&codec::encode(&statuses), || rendered_statuses(&statuses));
            }
            Ok(())
        })?;
        Ok(page.answer("batches", || {
            let last = last.map(|id| id.to_string()).unwrap_or_default();
            format!("{path}?after={last}&since={since}")
        }))
    })
    .await
}

/// Fills a page with what `add` adds for each batch of the period, and returns the last of them.
fn fill(
    page: &mut Page,
    view: &View<'_>,
    issuer: &IssuerId,
    period: &Period,
    after: Option<BatchId>,
    add: impl Fn(&mut Page, &BatchId) -> Result<(), Problem>,
) -> Result<Option<BatchId>, Problem> {
    let (mut scanned, mut last) = (after, after);
    loop {
        let batches = view.batches_of(issuer, scanned.as_ref(), PAGE_MAX)?;
        let Some((end, _)) = batches.last() else {
            return Ok(last);
        };
        scanned = Some(*end);
        for (id, _) in batches.iter().filter(|(_, batch)| batch.period == *period) {
            if !page.has_room() {
                return Ok(last);
            }
            add(page, id)?;
            last = Some(*id);
        }
    }
}

/// The statuses of the batch with their proof, for a checkpoint at `since`; `None` if it is not on the ledger.
pub(crate) fn statuses_of(
    view: &View<'_>,
    issuer: &IssuerId,
    batch: &BatchId,
    since: Height,
) -> Result<Option<BatchStatuses>, Problem> {
    let Some(proof) = view.batch_proof(issuer, batch, since)? else {
        return Ok(None);
    };
    let statuses = view.statuses(issuer, batch)?;
    Ok(Some(BatchStatuses { proof, statuses }))
}

/// What a proof shows, for people.
fn rendered_proof(proof: &BatchProof) -> Value {
    let finality = match &proof.finality {
        Finality::Certified { certificate, changes } => {
            json!({ "certificate": certificate, "validator_set_changes": changes.len() })
        }
        Finality::Ancestor(ancestry) => json!({ "checkpoint": ancestry.checkpoint }),
    };
    json!({
        "batch_id": proof.batch_id,
        "batch": proof.batch,
        "issuer": proof.issuer,
        "named_issuer": proof.named_issuer,
        "as_of": chain::rendered(&proof.header),
        "finality": finality,
    })
}

fn rendered_statuses(statuses: &BatchStatuses) -> Value {
    json!({
        "proof": rendered_proof(&statuses.proof),
        "changed": statuses.statuses.changed,
    })
}
