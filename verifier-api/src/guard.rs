//! What every request passes through: its share, its time, and the log line that says nothing of who asked for what.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

use crate::Api;
use crate::clients::{Client, Held};
use crate::problem::Problem;
use crate::watch::{Kind, method_name};

/// Bytes of an answer handed to the socket at once.
const CHUNK_BYTES: usize = 16 << 10;

/// The label of requests that match no route.
const NO_ROUTE: &str = "none";

/// A browser may remember for a day that it may ask.
const PREFLIGHT_SECONDS: &str = "86400";

/// What those who run the node ask is answered however busy it is: it reads no store.
const UNLIMITED: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];

pub(crate) async fn guard(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let mut response =
        if UNLIMITED.contains(&route.as_str()) { next.run(request).await } else { answer(&api, request, next).await };
    if method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED && route.starts_with("/v1/") {
        response = preflight();
    }
    dress(&mut response);
    let (method, status) = (method_name(&method), response.status().as_u16());
    let duration = started.elapsed();
    tracing::info!(method, route, status, duration_us = duration.as_micros() as u64, "http");
    let kind = Kind { method, route, status };
    api.counts.count(kind, duration);
    response
}

async fn answer(api: &Api, request: Request, next: Next) -> Response {
    let client = request.extensions().get().copied();
    let held = match api.clients.request(client.unwrap_or(Client::UNKNOWN)) {
        Ok(held) => held,
        Err(wait) => return Problem::from(wait).into_response(),
    };
    match timeout(api.limits.answer_timeout, next.run(request)).await {
        Ok(response) => response.map(|body| Body::new(Sending::new(body, held))),
        Err(_) => Problem::TimedOut.into_response(),
    }
}

/// The answer to a browser that asks whether another site's page may use a route (CORS protocol, Fetch standard §3.2): it
/// may, since nobody is known here by a cookie or an address, so that the page can do no more than its author.
fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    let names = HeaderValue::from_static("accept, content-type, if-none-match, last-event-id");
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    response
}

/// Any page may read what anybody may read; only what we say is immutable may be kept.
fn dress(response: &mut Response) {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("etag, link, retry-after");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// A body that holds its request's share until it is sent, or the client is gone, in chunks that wait for the socket.
struct Sending {
    body: Body,
    chunk: Bytes,
    _held: Held,
}

impl Sending {
    fn new(body: Body, held: Held) -> Self {
        Self { body, chunk: Bytes::new(), _held: held }
    }
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        while self.chunk.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.chunk = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let bytes = self.chunk.len().min(CHUNK_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.chunk.split_to(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunk.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, chunk) = (self.body.size_hint(), self.chunk.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + chunk);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + chunk);
        }
        hint
    }
}

/// The answer to a request whose handler panicked: our fault, and the process goes on.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::Internal.into_response()
}
