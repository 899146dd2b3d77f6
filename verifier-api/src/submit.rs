//! Transactions in.

use std::sync::Arc;

use axum::Json;
use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sogoc_ledger::transaction::Transaction;
use tokio::time::timeout;

use crate::Api;
use crate::ask::Asked;
use crate::clients::Client;
use crate::form::BINARY;
use crate::network::SubmitError;
use crate::problem::Problem;

/// Hands a transaction to the node. Everything that can be refused before the body is read is.
pub(crate) async fn submit(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    Asked::of(request.uri(), &[])?;
    if !is_binary(request.headers()) {
        return Err(Problem::UnsupportedMediaType);
    }
    if request.body().size_hint().lower() > api.limits.body_bytes as u64 {
        return Err(Problem::BodyTooLarge);
    }
    let client = request.extensions().get().copied();
    api.clients
        .submission(client.unwrap_or(Client::UNKNOWN))
        .map_err(|wait| Problem::TooManySubmissions(wait.as_secs() + 1))?;
    let body = timeout(api.limits.body_timeout, Bytes::from_request(request, &()));
    let body = body.await.map_err(|_| Problem::BodyTooSlow)?;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
        _ => Problem::BodyUnreadable,
    })?;
    let transaction = Transaction::from_bytes(&body).map_err(|_| Problem::TransactionMalformed)?;
    let id = api.network.submit(transaction).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))).into_response())
}

fn is_binary(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().eq_ignore_ascii_case(BINARY.as_bytes()))
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => Self::Refused(refusal),
            SubmitError::Full => Self::PoolFull,
            SubmitError::Stopped => Self::NodeStopped,
        }
    }
}
