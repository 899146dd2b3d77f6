//! What clients send: of one media type, of so many bytes, in so much time.

use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use tokio::time::timeout;

use crate::problem::Problem;

/// Refuses what is not said to be of `media_type`; parameters such as a charset do not matter.
pub(crate) fn expect(headers: &HeaderMap, media_type: &str) -> Result<(), Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(media_type) { Ok(()) } else { Err(Problem::UnsupportedMediaType) }
}

/// Refuses what is announced to have more than `most` bytes.
pub(crate) fn announced(request: &Request, most: usize) -> Result<(), Problem> {
    if request.body().size_hint().lower() > most as u64 { Err(Problem::BodyTooLarge) } else { Ok(()) }
}

/// The whole body, of as many bytes as the route's limit allows, if it arrives within `patience`.
pub(crate) async fn whole(request: Request, patience: Duration) -> Result<Bytes, Problem> {
    let body = timeout(patience, Bytes::from_request(request, &())).await.map_err(|_| Problem::BodyTooSlow)?;
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
        _ => Problem::BodyUnreadable,
    })
}
