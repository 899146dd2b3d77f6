//! `POST /v1/verify` and `POST /v1/verify/bulk`: for systems that cannot run the client.
//!
//! # What the server then sees
//!
//! The whole of every document that is sent: what a learner's file shows, it shows this server too. It stores nothing, logs
//! nothing of it, and forgets it once the answer is made. Whoever can should run the client: then nobody sees it.
//!
//! # Format
//!
//! One bundle (`application/json`), answered by the [report](sogoc_credential::report). A file that is no bundle is a verdict
//! too. In bulk, `application/x-ndjson` both ways:
//!
//! ```text
//! bundle                      {"line": 1, "verdict": …}
//! bundle                      {"line": 2, "verdict": …}
//!                             {"summary": {"lines": 2, "valid": 2, "invalid": 0, …}}
//! ```
//!
//! Lines are numbered from 1, blank ones too, which have no answer. A line that is too long is skipped and gets its verdict.
//! A stream without its summary was cut off; if by this node, its last line is `{"problem": …}`, a problem document.
//!
//! # Flow
//!
//! ```text
//! body ─▶ lines ─▶ waiting, at most BULK_BYTES ─▶ a chunk at a time on a thread of its own ─▶ answer
//! ```
//!
//! Every arrow waits for the next: a client that takes no answers is not read from, and one that takes none for
//! [`Limits::stall_timeout`](crate::Limits) is gone. So a client must read while it sends.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde_json::{Value, json};
use sogoc_credential::bundle::{BundleError, MAX_BUNDLE_BYTES};
use sogoc_credential::report::Checked;
use sogoc_credential::verify::Verdict;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};

use crate::ask::{Asked, Parameter};
use crate::clients::Client;
use crate::form::{BUFFERING, JSON};
use crate::problem::Problem;
use crate::server::InBulk;
use crate::{Api, body};

/// The media type of a bulk check.
const NDJSON: &str = "application/x-ndjson";

/// Bytes of lines that wait to be checked: two of the longest, or some hundred usual ones.
const BULK_BYTES: usize = 2 * MAX_BUNDLE_BYTES;

/// Lines that are checked before others may have the thread: about 20 ms.
const CHUNK_LINES: usize = 64;

/// Checks one document.
pub(crate) async fn one(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let max_age = Asked::of(request.uri(), &[Parameter::MaxAge])?.max_age_ms()?;
    body::expect(request.headers(), JSON)?;
    body::announced(&request, MAX_BUNDLE_BYTES)?;
    let file = body::whole(request, api.limits.body_timeout).await?;
    let mut judge = api.judge();
    let report = api.check(move |store| Ok(judge.check(store, &file, max_age)?.to_json()));
    Ok(Json(report.await?).into_response())
}

/// Checks many documents, answering as they come.
pub(crate) async fn bulk(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let max_age = Asked::of(request.uri(), &[Parameter::MaxAge])?.max_age_ms()?;
    body::expect(request.headers(), NDJSON)?;
    let client = request.extensions().get().copied().unwrap_or(Client::UNKNOWN);
    let share = api.clients.bulk(client)?;
    let in_bulk = request.extensions().get().map(InBulk::begin);
    let (answers, taken) = mpsc::channel(1);
    tokio::spawn(async move {
        let _until_the_end = (share, in_bulk);
        let time = api.limits.bulk_time;
        let last = match timeout(time, stream(&api, request.into_body(), max_age, &answers)).await {
            Ok(Ok(summary)) => json!({ "summary": summary }),
            Ok(Err(Stop::Problem(problem))) => json!({ "problem": problem.document() }),
            Ok(Err(Stop::Gone)) => return,
            Err(_) => json!({ "problem": Problem::TimedOut.document() }),
        };
        let _ = timeout(api.limits.stall_timeout, answers.send(line_of(&last).into())).await;
    });
    let mut response = Body::new(Answers(taken)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// Why a stream ends before its summary.
enum Stop {
    /// The client took no more.
    Gone,
    /// This node ends it.
    Problem(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// A line that waits to be checked.
struct Line {
    number: u64,
    /// `None`: too long.
    file: Option<Vec<u8>>,
    _room: OwnedSemaphorePermit,
}

async fn stream(api: &Api, body: Body, max_age: Option<u64>, answers: &mpsc::Sender<Bytes>) -> Result<Summary, Stop> {
    let (lines, waiting) = mpsc::channel(CHUNK_LINES);
    // What came before a fault of the body is answered; a fault of ours ends both.
    let reading = async { Ok::<_, Stop>(read(api, body, lines).await) };
    let (read, summary) = tokio::try_join!(reading, judge(api, waiting, max_age, answers))?;
    read?;
    Ok(summary)
}

/// Takes the body apart.
async fn read(api: &Api, mut body: Body, lines: mpsc::Sender<Line>) -> Result<(), Problem> {
    let room = Arc::new(Semaphore::new(BULK_BYTES));
    let mut line = Partial::default();
    let mut number = 0;
    loop {
        let patience = Instant::now() + api.limits.body_timeout;
        // The last line may have no end of its own.
        let mut ended = false;
        while !ended && !line.is_complete() {
            match timeout_at(patience, data(&mut body)).await.map_err(|_| Problem::BodyTooSlow)? {
                Some(Ok(bytes)) => line.rest = bytes,
                Some(Err(())) => return Err(Problem::BodyUnreadable),
                None => ended = true,
            }
        }
        number += 1;
        let file = line.take();
        let blank = file.as_ref().is_some_and(|file| file.trim_ascii().is_empty());
        if number > api.limits.bulk_lines && !(ended && blank) {
            return Err(Problem::TooManyLines);
        }
        if !blank {
            let bytes = file.as_ref().map_or(1, Vec::len);
            let room = room.clone().acquire_many_owned(bytes as u32).await.map_err(|_| Problem::Internal)?;
            // Whoever checks them is gone: they will say why.
            if lines.send(Line { number, file, _room: room }).await.is_err() {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
    }
}

/// The next bytes of the body.
async fn data(body: &mut Body) -> Option<Result<Bytes, ()>> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(_) => return Some(Err(())),
        }
    }
}

/// A line that has come in part, and what came with it.
#[derive(Default)]
struct Partial {
    line: Vec<u8>,
    too_long: bool,
    rest: Bytes,
}

impl Partial {
    /// Moves what belongs to the line out of what came. Whether that is all of the line.
    fn is_complete(&mut self) -> bool {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let part = self.rest.split_to(end.unwrap_or(self.rest.len()));
        // What is too long is not kept.
        self.too_long |= self.line.len() + part.len() > MAX_BUNDLE_BYTES;
        if self.too_long {
            self.line = Vec::new();
        } else {
            self.line.extend_from_slice(&part);
        }
        if end.is_some() {
            let _newline = self.rest.split_to(1);
        }
        end.is_some()
    }

    /// The line, if it is not too long; then the next begins.
    fn take(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.too_long) { None } else { Some(line) }
    }
}

/// Checks the lines and hands on the answers.
async fn judge(
    api: &Api,
    mut waiting: mpsc::Receiver<Line>,
    max_age: Option<u64>,
    answers: &mpsc::Sender<Bytes>,
) -> Result<Summary, Stop> {
    let (mut judge, mut summary) = (api.judge(), Summary::default());
    let mut lines = Vec::new();
    while waiting.recv_many(&mut lines, CHUNK_LINES).await > 0 {
        let chunk = std::mem::take(&mut lines);
        let checking = api.check(move |store| {
            let mut text = Vec::new();
            for line in chunk {
                let checked = match line.file {
                    Some(file) => judge.check(store, &file, max_age)?,
                    None => Checked::from(&BundleError::TooLarge(MAX_BUNDLE_BYTES + 1)),
                };
                summary.add(checked.verdict);
                let mut answer = checked.to_json();
                answer.insert("line".into(), line.number.into());
                text.extend(line_of(&answer.into()));
            }
            Ok((judge, summary, text))
        });
        let text;
        (judge, summary, text) = checking.await?;
        answers.send(text.into()).await.map_err(|_| Stop::Gone)?;
    }
    Ok(summary)
}

fn line_of(value: &Value) -> Vec<u8> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// How many lines had which verdict.
#[derive(Default)]
struct Summary(BTreeMap<Verdict, u64>);

impl Summary {
    fn add(&mut self, verdict: Verdict) {
        *self.0.entry(verdict).or_default() += 1;
    }
}

impl serde::Serialize for Summary {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut members = serializer.serialize_map(Some(1 + Verdict::ALL.len()))?;
        members.serialize_entry("lines", &self.0.values().sum::<u64>())?;
        for verdict in Verdict::ALL {
            members.serialize_entry(&verdict, &self.0.get(&verdict).unwrap_or(&0))?;
        }
        members.end()
    }
}

/// The answers as they are made.
struct Answers(mpsc::Receiver<Bytes>);

impl HttpBody for Answers {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|answer| answer.map(|bytes| Ok(Frame::data(bytes))))
    }
}
