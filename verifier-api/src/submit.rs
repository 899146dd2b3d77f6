//! Transactions in.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sogoc_ledger::transaction::Transaction;

use crate::ask::Asked;
use crate::clients::Client;
use crate::form::BINARY;
use crate::network::SubmitError;
use crate::problem::Problem;
use crate::{Api, body};

/// Hands a transaction to the node. Everything that can be refused before the body is read is.
pub(crate) async fn submit(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    Asked::of(request.uri(), &[])?;
    body::expect(request.headers(), BINARY)?;
    body::announced(&request, api.limits.body_bytes)?;
    let client = request.extensions().get().copied();
    api.clients
        .submission(client.unwrap_or(Client::UNKNOWN))
        .map_err(|wait| Problem::TooManySubmissions(wait.as_secs() + 1))?;
    let body = body::whole(request, api.limits.body_timeout).await?;
    let transaction = Transaction::from_bytes(&body).map_err(|_| Problem::TransactionMalformed)?;
    let id = api.network.submit(transaction).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))).into_response())
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
