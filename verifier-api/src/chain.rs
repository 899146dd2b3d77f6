//! The chain, its blocks, its validators and its issuers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sogoc_ledger::block::Header;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec;
use sogoc_ledger::transition;

use crate::Api;
use crate::ask::{self, Asked, Parameter, Segments};
use crate::form::{Form, Page};
use crate::problem::Problem;

type Answer = Result<Response, Problem>;

/// How far the ledger is, and how this node is.
pub(crate) async fn chain(State(api): State<Arc<Api>>, uri: Uri) -> Answer {
    Asked::of(&uri, &[])?;
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
            "peers": health.peers,
            "ready": health.ready,
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
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let header = match height {
            Some(height) => store.header(height)?.ok_or(Problem::UnknownHeight)?,
            None => store.tip().header.clone(),
        };
        Ok(form.answer(|| codec::encode(&header), || rendered(&header)))
    })
    .await
}

pub(crate) async fn checkpoint(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let height = ask::height_or_latest(&height)?;
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let height = height.unwrap_or_else(|| store.tip().header.height);
        let checkpoint = store.checkpoint(height)?.ok_or(Problem::UnknownHeight)?;
        Ok(form.answer(|| codec::encode(&checkpoint), || file(&checkpoint)))
    })
    .await
}

pub(crate) async fn certificate(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let height = ask::height(&height)?;
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let certificate = store.certificate(height)?.ok_or(match height {
            0 => Problem::NoCertificate,
            _ => Problem::UnknownHeight,
        })?;
        Ok(form.answer(|| codec::encode(&certificate), || json!({ "height": height, "certificate": certificate })))
    })
    .await
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
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let issuer = store.view().issuer(&id)?.ok_or(Problem::UnknownIssuer)?;
        Ok(form.answer(|| codec::encode(&issuer), || json!(issuer)))
    })
    .await
}

pub(crate) async fn ancestry(
    State(api): State<Arc<Api>>,
    Segments(height): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::Checkpoint])?;
    let (height, checkpoint) = (ask::height(&height)?, asked.checkpoint()?);
    let form = Form::of(&wants, Form::Binary)?;
    api.read(move |store| {
        let ancestry = store.ancestry(height, checkpoint)?.ok_or(Problem::NotOlder)?;
        Ok(form.answer(
            || codec::encode(&ancestry),
            || json!({ "height": height, "checkpoint": checkpoint, "path": ancestry.path }),
        ))
    })
    .await
}

/// A header for people: with its hash.
pub(crate) fn rendered(header: &Header) -> Value {
    json!({ "hash": header.hash(), "header": header })
}

/// A checkpoint as files carry it.
fn file(checkpoint: &Checkpoint) -> Value {
    json!({
        "sogoc-checkpoint": 1,
        "chain": checkpoint.header.chain,
        "height": checkpoint.header.height,
        "time": checkpoint.header.time,
        "hash": checkpoint.hash(),
        "checkpoint": Base64UrlUnpadded::encode_string(&codec::encode(checkpoint)),
    })
}
