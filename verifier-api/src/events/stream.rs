//! Events over HTTP: a stream for those who follow, a page for those who ask now and then.
//!
//! # Format
//!
//! A stream is `text/event-stream` (WHATWG HTML §9.2). It opens with the delay for reconnecting and the place where it
//! begins; each event has its id, its type and one line of JSON; in between a comment and the place come as a sign of life.
//! An id without data is remembered by clients and otherwise ignored: so one that is cut off before its first event, or
//! after a long silence, goes on where it was.
//!
//! ```text
//! retry: 3000
//! id: 57.0
//!
//! id: 57.1
//! event: sealed
//! data: {"type":"sealed","id":"57.1",…}
//!
//! :
//! id: 61.0
//!
//! ```
//!
//! # Limits
//!
//! A stream is a request as long as it lasts, ends with its connection's age ([`crate::Limits::connection_age`]) and when
//! the node stops, and there are so many of them ([`crate::Limits::streams`]). What clients ask for of the past is read in
//! small pieces, one piece at a time for all of them, and only as fast as they take it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, LINK, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use serde_json::{Value, json};
use sogoc_ledger::name::IssuerId;
use sogoc_ledger::transition::Tip;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Event, Place, Scan};
use crate::Api;
use crate::ask::{Asked, Parameter};
use crate::clients::{Client, Held, Wait};
use crate::form::{BUFFERING, preferred};
use crate::problem::Problem;
use crate::server::Closing;

const STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";

/// Where a client that was cut off begins again.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Milliseconds after which a client that was cut off comes again.
const RETRY_MS: u64 = 3_000;

/// Events of one piece of a stream: some 30 kB.
const PIECE_EVENTS: usize = 100;

/// Scans of one page: a page looks through at most 10,000 blocks.
const PAGE_SCANS: usize = 20;

#[derive(Copy, Clone, PartialEq, Eq)]
enum Form {
    Stream,
    Page,
}

/// Events after a place, as they come or as a page.
pub(crate) async fn events(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers();
    let form = preferred(headers, (Form::Stream, STREAM), (Form::Page, JSON))?;
    let known = [Parameter::Issuer, Parameter::Begin, Parameter::Limit];
    let asked = Asked::of(request.uri(), if form == Form::Page { &known } else { &known[..2] })?;
    let (issuer, begin) = (asked.issuer()?, last_event_id(headers)?.or(asked.begin()?));
    if let Some(issuer) = issuer.clone() {
        api.read(move |store| store.view().issuer(&issuer)?.map(drop).ok_or(Problem::UnknownIssuer)).await?;
    }
    let tips = api.network.tip();
    let next_block = tips.borrow().header.height.saturating_add(1);
    let place = begin.unwrap_or(Place::before(next_block));
    if form == Form::Page {
        return page(&api, issuer, place, asked.limit()?).await;
    }
    let client = request.extensions().get().copied().unwrap_or(Client::UNKNOWN);
    let held = api.clients.stream(client).map_err(|wait| match wait {
        Wait::Client => Problem::TooManyStreams,
        Wait::Everybody => Problem::Busy,
    })?;
    let closing = request.extensions().get().cloned();
    let life = Instant::now() + api.limits.heartbeat;
    let follower = Follower { api, issuer, tips, closing, place, life, opened: false, _held: held };
    let pieces = unfold(follower, |mut follower| async move {
        let piece = follower.next().await?;
        Some((Ok::<_, Infallible>(piece), follower))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(STREAM));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<Place>, Problem> {
    let mut values = headers.get_all(LAST_EVENT_ID).iter();
    let (value, another) = (values.next(), values.next());
    let parsed = value.map(|value| value.to_str().ok().filter(|_| another.is_none()).and_then(|id| id.parse().ok()));
    parsed.map(|place| place.ok_or(Problem::BadParameter(Parameter::LastEventId))).transpose()
}

/// One scan, when it is this one's turn.
async fn scan(api: &Api, from: Place, limit: usize, issuer: Option<IssuerId>) -> Result<Scan, Problem> {
    let mut scanner = api.scanner.clone().lock_owned().await;
    api.read(move |store| {
        let wanted = |event: &Event| issuer.as_ref().is_none_or(|issuer| event.concerns(issuer));
        Ok(scanner.scan(store, from, limit, wanted)?)
    })
    .await
}

/// The events after `place`, as far as a page reaches; `place` says how far that is.
async fn page(api: &Api, issuer: Option<IssuerId>, mut place: Place, limit: usize) -> Result<Response, Problem> {
    let (mut found, mut more) = (Vec::new(), true);
    for _ in 0..PAGE_SCANS {
        if !more || found.len() == limit {
            break;
        }
        let scan = scan(api, place, limit - found.len(), issuer.clone()).await?;
        found.extend(scan.events.iter().map(Event::rendered));
        (place, more) = (scan.place, scan.more);
    }
    let of = issuer.map(|issuer| format!("issuer={issuer}&")).unwrap_or_default();
    let next = more.then(|| format!("/v1/events?{of}from={place}&limit={limit}"));
    let link = next.as_ref().map(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")));
    let answer: Value = json!({ "events": found, "place": place.to_string(), "next": next });
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    if let Some(Ok(link)) = link {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// Someone who follows.
struct Follower {
    api: Arc<Api>,
    issuer: Option<IssuerId>,
    tips: watch::Receiver<Arc<Tip>>,
    closing: Option<Closing>,
    place: Place,
    /// When the next sign of life is due.
    life: Instant,
    opened: bool,
    _held: Held,
}

impl Follower {
    /// What is sent next; none when the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        let piece = self.piece().await?;
        self.life = Instant::now() + self.api.limits.heartbeat;
        Some(piece.into())
    }

    async fn piece(&mut self) -> Option<String> {
        if !std::mem::replace(&mut self.opened, true) {
            return Some(format!("retry: {RETRY_MS}\nid: {}\n\n", self.place));
        }
        loop {
            let newest = self.tips.borrow_and_update().header.height;
            let due = Instant::now() >= self.life;
            if self.place.height() <= newest && !due {
                let scan = scan(&self.api, self.place, PIECE_EVENTS, self.issuer.clone());
                // A store that failed ends the stream: whoever comes again is told.
                let scan = tokio::select! {
                    () = closed(&mut self.closing) => return None,
                    scan = scan => scan.ok()?,
                };
                self.place = scan.place;
                if !scan.events.is_empty() {
                    return Some(scan.events.iter().map(written).collect());
                }
                continue;
            }
            tokio::select! {
                () = closed(&mut self.closing) => return None,
                changed = self.tips.changed(), if !due => changed.ok()?,
                () = sleep_until(self.life) => return Some(format!(":\nid: {}\n\n", self.place)),
            }
        }
    }
}

/// Waits until the connection is to be closed.
async fn closed(closing: &mut Option<Closing>) {
    match closing {
        Some(Closing(closing)) => {
            let _ = closing.wait_for(|closing| *closing).await;
        }
        None => std::future::pending().await,
    }
}

/// JSON has no line breaks: it is one line of data.
fn written(event: &Event) -> String {
    format!("id: {}\nevent: {}\ndata: {}\n\n", event.place, event.kind(), event.rendered())
}
