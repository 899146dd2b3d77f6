//! What validators decide: motions, and the definitions that they publish.
//!
//! # Format
//!
//! A motion is its record; in a list, its id (32 bytes) before it. A definition is its record; the JSON form has the digest of its
//! text, which batches name, too. A version of a definition never changes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::record::{Definition, Motion};
use sogoc_store::Store;

use crate::Api;
use crate::ask::{self, Asked, Parameter, Segments};
use crate::chain::value;
use crate::form::{Form, Page};
use crate::problem::Problem;

type Answer = Result<Response, Problem>;

/// The motions, the newest first.
pub(crate) async fn motions(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::AfterMotion, Parameter::Limit])?;
    let (mut after, limit) = (asked.after_motion()?, asked.limit()?);
    let form = Form::of(&wants, Form::Json)?;
    api.read(move |store| {
        let mut page = Page::new(form, limit);
        for entry in store.view().motions(after.as_ref(), limit + 1)? {
            if !page.has_room() {
                break;
            }
            page.push(&codec::encode(&entry), || rendered_motion(&entry.0, &entry.1));
            after = Some(entry.0);
        }
        Ok(page.answer("motions", || {
            let after = after.map(|id| id.to_string()).unwrap_or_default();
            format!("/v1/motions?after={after}&limit={limit}")
        }))
    })
    .await
}

pub(crate) async fn motion(
    State(api): State<Arc<Api>>,
    Segments(id): Segments<String>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let id = ask::motion(&id)?;
    let read = move |store: &Store| store.view().motion(&id)?.ok_or(Problem::UnknownMotion);
    value(&api, wants, Form::Binary, false, read, move |motion| rendered_motion(&id, motion)).await
}

/// The definitions by kind, name and version.
pub(crate) async fn definitions(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Answer {
    let asked = Asked::of(&uri, &[Parameter::AfterDefinition, Parameter::Limit])?;
    let (mut after, limit) = (asked.after_definition()?, asked.limit()?);
    let form = Form::of(&wants, Form::Json)?;
    api.read(move |store| {
        let mut page = Page::new(form, limit);
        for definition in store.view().definitions(after.as_ref(), limit + 1)? {
            if !page.has_room() {
                break;
            }
            page.push(&codec::encode(&definition), || rendered_definition(&definition));
            after = Some((definition.kind, definition.name, definition.version));
        }
        Ok(page.answer("definitions", || {
            let after = after.map(|key| ask::spelled(&key)).unwrap_or_default();
            format!("/v1/definitions?after={after}&limit={limit}")
        }))
    })
    .await
}

pub(crate) async fn definition(
    State(api): State<Arc<Api>>,
    Segments((kind, name, version)): Segments<(String, String, String)>,
    uri: Uri,
    wants: HeaderMap,
) -> Answer {
    Asked::of(&uri, &[])?;
    let key = ask::definition(&format!("{kind}/{name}/{version}"), Parameter::Definition)?;
    let read = move |store: &Store| store.view().definition(&key)?.ok_or(Problem::UnknownDefinition);
    value(&api, wants, Form::Binary, true, read, rendered_definition).await
}

fn rendered_motion(id: &Hash, motion: &Motion) -> Value {
    json!({ "id": id, "motion": motion })
}

fn rendered_definition(definition: &Definition) -> Value {
    json!({ "digest": definition.digest(), "definition": definition })
}
