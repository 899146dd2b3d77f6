//! The chain, its blocks, its validators and its issuers.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sogoc_credential::anchor;
use sogoc_ledger::block::Header;
use sogoc_ledger::receipt::Ancestry;
use sogoc_ledger::validator::Certificate;
use sogoc_ledger::{codec, merkle, transition};
use sogoc_store::Store;
use tokio::time::timeout;

use crate::Api;
use crate::ask::{self, Asked, Parameter, Segments};
use crate::form::{Form, Page};
use crate::keep::Keep;
use crate::problem::Problem;

type Answer = Result<Response, Problem>;

/// How far the ledger is, and how this node is; waits for a block above a height if asked to.
pub(crate) async fn chain(State(api): State<Arc<Api>>, uri: Uri) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::Above, Parameter::Wait])?;
    let (above, wait) = (asked.above()?, asked.wait_seconds()?);
    if let Some(above) = above {
        let mut tips = api.network.tip();
        // Whatever comes of the wait, how far the ledger is then is the answer.
        let _ = timeout(Duration::from_secs(wait), tips.wait_for(|tip| tip.header.height > above)).await;
    }
    let health = api.network.health();
    api.read(move |store| {
        let genesis = store.header(0)?.ok_or(Problem::UnknownHeight)?;
        let tip = store.tip();
        let header = &tip.header;
        let about = json!({
            "chain": header.chain,
            "genesis": genesis.hash(),
            "height": header.height,
            "hash": tip.hash,
            "time": header.time,
            "state_root": header.state_root,
            "leaves": header.leaves,
            "validators": health.validators,
            "role": if health.validates { "validator" } else { "observer" },
            "peers": health.peers,
            "ready": health.ready,
            "reason": health.reason,
            "version": env!("CARGO_PKG_VERSION"),
        });
        Ok(Json(about).into_response())
    })
    .await
}

pub(crate) async fn headers(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::From, Parameter::Limit])?;
    let (from, limit) = (asked.from()?, asked.limit()?);
    let form = Form::of(&wants, Form::Json)?;
    api.read(move |store| {
        let (mut page, mut next) = (Page::new(form, limit), from);
        // One more than asked for tells whether there are more.
        for header in store.headers(from, limit + 1)? {
            if !page.has_room() {
                break;
            }
            next = header.height + 1;
            page.push(&codec::encode(&header), || rendered(&header));
        }
        Ok(page.answer("headers", || format!("/v1/headers?from={next}&limit={limit}")))
    })
    .await
}

pub(crate) async fn header(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let height = ask::height_or_latest(&height)?;
    let read = move |store: &Store| match height {
        Some(height) => store.header(height)?.ok_or(Problem::UnknownHeight),
        None => Ok(store.tip().header.clone()),
    };
    value(&api, wants, Form::Binary, height.is_some(), read, rendered).await
}

pub(crate) async fn checkpoint(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let height = ask::height_or_latest(&height)?;
    let read = move |store: &Store| {
        let height = height.unwrap_or_else(|| store.tip().header.height);
        store.checkpoint(height)?.ok_or(Problem::UnknownHeight)
    };
    value(&api, wants, Form::Binary, height.is_some(), read, anchor::to_json).await
}

pub(crate) async fn certificate(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let height = ask::height(&height)?;
    let missing = if height == 0 { Problem::NoCertificate } else { Problem::UnknownHeight };
    let read = move |store: &Store| store.certificate(height)?.ok_or(missing);
    let json = move |certificate: &Certificate| json!({ "height": height, "certificate": certificate });
    value(&api, wants, Form::Binary, true, read, json).await
}

/// The record of the validators after the last block.
pub(crate) async fn validators(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Answer {
    Asked::of(&uri, &[])?;
    let form = Form::of(&wants, Form::Json)?;
    api.read(move |store| {
        let view = store.view();
        let validators = transition::validators(&view)?;
        let height = view.tip().header.height;
        Ok(form.answer(|| codec::encode(&validators), || json!({ "height": height, "validators": validators })))
    })
    .await
}

pub(crate) async fn issuers(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::AfterIssuer, Parameter::Limit])?;
    let (mut after, limit) = (asked.after_issuer()?, asked.limit()?);
    let form = Form::of(&wants, Form::Json)?;
    api.read(move |store| {
        let mut page = Page::new(form, limit);
        for issuer in store.view().issuers(after.as_ref(), limit + 1)? {
            if !page.has_room() {
                break;
            }
            page.push(&codec::encode(&issuer), || json!(issuer));
            after = Some(issuer.id);
        }
        Ok(page.answer("issuers", || {
            let after = after.map(|id| id.to_string()).unwrap_or_default();
            format!("/v1/issuers?after={after}&limit={limit}")
        }))
    })
    .await
}

pub(crate) async fn issuer(
    State(api): State<Arc<Api>>,
    Segments(id): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let id = ask::issuer(&id)?;
    let read = move |store: &Store| store.view().issuer(&id)?.ok_or(Problem::UnknownIssuer);
    value(&api, wants, Form::Binary, false, read, |issuer| json!(issuer)).await
}

pub(crate) async fn ancestry(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::Checkpoint])?;
    let (height, checkpoint) = (ask::height(&height)?, asked.checkpoint()?);
    let read = move |store: &Store| store.ancestry(height, checkpoint)?.ok_or(Problem::NotOlder);
    let json = move |ancestry: &Ancestry| json!({ "height": height, "checkpoint": checkpoint, "path": ancestry.path });
    value(&api, wants, Form::Binary, true, read, json).await
}

/// Answers with one value of the store. If it never changes, anybody may keep it, under the hash of its encoding.
pub(crate) async fn value<T: codec::Value>(
    api: &Api,
    wants: HeaderMap,
    usual: Form,
    fixed: bool,
    read: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    json: impl FnOnce(&T) -> Value + Send + 'static,
) -> Answer {
    let form = Form::of(&wants, usual)?;
    api.read(move |store| {
        let value = read(store)?;
        let bytes = codec::encode(&value);
        let tag = form.tag(&merkle::leaf_hash(&bytes));
        let answer = || Ok(form.answer(|| bytes, || json(&value)));
        if fixed { Keep::Forever.answer(&wants, &tag, "accept", answer) } else { answer() }
    })
    .await
}

/// A header for people: with its hash.
pub(crate) fn rendered(header: &Header) -> Value {
    json!({ "hash": header.hash(), "header": header })
}
