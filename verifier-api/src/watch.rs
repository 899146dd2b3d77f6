//! Health and metrics, for those who run the node.
//!
//! # Privacy
//!
//! Requests are counted by method, route template and status: never by address, client or parameter.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::Api;
use crate::problem::Problem;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What requests have in common that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) method: &'static str,
    pub(crate) route: String,
    pub(crate) status: u16,
}

#[derive(Copy, Clone, Default)]
struct Sum {
    requests: u64,
    duration: Duration,
}

/// Requests so far.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<Kind, Sum>>);

/// Methods are what a client writes: only those that we know are told apart.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

impl Counts {
    pub(crate) fn count(&self, kind: Kind, duration: Duration) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = counts.entry(kind).or_default();
        sum.requests += 1;
        sum.duration += duration;
    }

    fn text(&self, in_progress: usize, streams: usize) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text =
            String::from("# HELP sogoc_http_in_progress Requests in progress.\n# TYPE sogoc_http_in_progress gauge\n");
        // Writing to a string does not fail.
        let _ = writeln!(text, "sogoc_http_in_progress {in_progress}");
        text.push_str("# HELP sogoc_http_streams Streams of events.\n# TYPE sogoc_http_streams gauge\n");
        let _ = writeln!(text, "sogoc_http_streams {streams}");
        let requests = counts.iter().map(|(kind, sum)| (kind, sum.requests.to_string()));
        family(&mut text, "requests", "Requests answered.", requests);
        let seconds = counts.iter().map(|(kind, sum)| (kind, seconds(sum.duration)));
        family(&mut text, "seconds", "Time taken to answer them.", seconds);
        text
    }
}

fn seconds(duration: Duration) -> String {
    format!("{}.{:06}", duration.as_secs(), duration.subsec_micros())
}

/// Writes a counter with a value for each kind of request.
fn family<'a>(text: &mut String, name: &str, help: &str, values: impl Iterator<Item = (&'a Kind, String)>) {
    let _ = writeln!(text, "# HELP sogoc_http_{name} {help}");
    let _ = writeln!(text, "# TYPE sogoc_http_{name} counter");
    for (kind, value) in values {
        let Kind { method, route, status } = kind;
        let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
        let _ = writeln!(text, "sogoc_http_{name}_total{{{labels}}} {value}");
    }
}

/// The process runs.
pub(crate) async fn live() -> Response {
    Json(json!({ "live": true })).into_response()
}

/// The node keeps up with the network.
pub(crate) async fn ready(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let health = api.network.health();
    if !health.ready {
        return Err(Problem::NotReady(health.reason.unwrap_or("unknown")));
    }
    let about = json!({
        "ready": true,
        "peers": health.peers,
        "validators": health.validators,
        "pool_transactions": health.pool_transactions,
        "pool_bytes": health.pool_bytes,
    });
    Ok(Json(about).into_response())
}

/// The node's metrics and ours, as OpenMetrics text.
pub(crate) async fn metrics(State(api): State<Arc<Api>>) -> Response {
    let node = api.network.metrics();
    let node = node.trim_end().trim_end_matches("# EOF").trim_end();
    let separator = if node.is_empty() { "" } else { "\n" };
    let ours = api.counts.text(api.clients.requests(), api.clients.streams());
    let text = format!("{node}{separator}{ours}# EOF\n");
    ([(CONTENT_TYPE, OPENMETRICS)], text).into_response()
}
