//! The two forms of an answer, and the choice between them.
//!
//! # Format
//!
//! `application/vnd.sogoc` is the ledger's encoding, the only form in which a proof is ever accepted. A list is a sequence
//! of such encodings, each behind its length in 4 bytes, most significant first. `application/json` is a rendering for
//! people and scripts: it says what is proven and leaves the proof out.
//!
//! Without an `Accept` header that prefers one, proofs, headers and single records are binary and lists are JSON.

use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, LINK, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use sogoc_ledger::Hash;

use crate::problem::Problem;

/// The media type of the ledger's encoding.
pub const BINARY: &str = "application/vnd.sogoc";

pub(crate) const JSON: &str = "application/json";

/// Tells proxies that would collect an answer before they pass it on (nginx) not to.
pub(crate) const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The elements of a page end once they have this many bytes: so an answer stays small whatever the elements are.
const PAGE_BYTES: usize = 256 << 10;

/// A form of an answer.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Binary,
    Json,
}

impl Form {
    /// The form that `headers` prefer (RFC 9110 §12.5.1), or `default` if they do not care.
    pub(crate) fn of(headers: &HeaderMap, default: Self) -> Result<Self, Problem> {
        let (binary, json) = ((Self::Binary, BINARY), (Self::Json, JSON));
        match default {
            Self::Binary => preferred(headers, binary, json),
            Self::Json => preferred(headers, json, binary),
        }
    }

    /// The answer in this form.
    pub(crate) fn answer(self, bytes: impl FnOnce() -> Vec<u8>, json: impl FnOnce() -> Value) -> Response {
        let (body, media_type) = match self {
            Self::Binary => (bytes(), BINARY),
            Self::Json => (json().to_string().into_bytes(), JSON),
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(VARY, HeaderValue::from_static("accept"));
        response
    }

    /// The tag of what has this form and is otherwise named by `digest`.
    pub(crate) fn tag(self, digest: &Hash) -> String {
        match self {
            Self::Binary => digest.to_string(),
            Self::Json => format!("{digest}-json"),
        }
    }
}

/// Which of two media types `headers` prefer; the `usual` one if they do not care.
pub(crate) fn preferred<T>(headers: &HeaderMap, usual: (T, &str), other: (T, &str)) -> Result<T, Problem> {
    let accepts = choices(headers, &ACCEPT);
    if accepts.is_empty() {
        return Ok(usual.0);
    }
    match (quality(&accepts, usual.1), quality(&accepts, other.1)) {
        (0, 0) => Err(Problem::NotAcceptable),
        (as_usual, otherwise) => Ok(if otherwise > as_usual { other.0 } else { usual.0 }),
    }
}

/// How much `media_type` is wanted, in thousandths.
fn quality(accepts: &[&str], media_type: &str) -> u32 {
    let rank = |range: &str| match range {
        "*/*" => Some(0),
        exact if exact == media_type => Some(2),
        group => {
            group.strip_suffix('*').filter(|group| group.ends_with('/') && media_type.starts_with(group)).map(|_| 1)
        }
    };
    weight(accepts, rank).unwrap_or(0)
}

/// What a header such as `Accept` lists.
pub(crate) fn choices<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|choice| !choice.is_empty()).collect()
}

/// The weight, in thousandths, of the choice that is most specific to something; `rank` says how specific each is.
pub(crate) fn weight(choices: &[&str], rank: impl Fn(&str) -> Option<u8>) -> Option<u32> {
    let ranked = choices.iter().filter_map(|choice| {
        let mut parts = choice.split(';').map(str::trim);
        let specific = rank(&parts.next()?.to_ascii_lowercase())?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some((specific, weight.map_or(1_000, thousandths)))
    });
    ranked.max().map(|(_, weight)| weight)
}

/// `0.8` is 800. What is not a weight wants nothing.
fn thousandths(weight: &str) -> u32 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match (whole, digits) {
        ("1", true) => 1_000,
        ("0", true) => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// Part of a list: its first elements up to a number and to [`PAGE_BYTES`].
pub(crate) struct Page {
    form: Form,
    limit: usize,
    elements: usize,
    frames: Vec<u8>,
    rendered: Vec<Value>,
    more: bool,
}

impl Page {
    pub(crate) fn new(form: Form, limit: usize) -> Self {
        Self { form, limit, elements: 0, frames: Vec::new(), rendered: Vec::new(), more: false }
    }

    /// Whether a further element has room. If not, the page says that there are more.
    pub(crate) fn has_room(&mut self) -> bool {
        let room = self.elements < self.limit && self.frames.len() < PAGE_BYTES;
        self.more |= !room;
        room
    }

    /// Adds an element. Its encoding counts in either form, so that a page has the same elements in both.
    pub(crate) fn push(&mut self, bytes: &[u8], rendered: impl FnOnce() -> Value) {
        self.elements += 1;
        let length = (bytes.len() as u32).to_be_bytes();
        self.frames.extend_from_slice(&length);
        self.frames.extend_from_slice(bytes);
        if self.form == Form::Json {
            self.rendered.push(rendered());
        }
    }

    /// The page under `name`, with a link to the next one (RFC 8288), which `next` gives the address of, if there are more.
    pub(crate) fn answer(self, name: &str, next: impl FnOnce() -> String) -> Response {
        let next = self.more.then(next);
        let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
        let (frames, rendered) = (self.frames, self.rendered);
        let mut response = self.form.answer(|| frames, || serde_json::json!({ name: rendered, "next": next }));
        if let Some(Ok(link)) = link.map(HeaderValue::try_from) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: &'static str) -> Result<Form, Problem> {
        let headers = [(ACCEPT, HeaderValue::from_static(accept))];
        Form::of(&headers.into_iter().collect(), Form::Binary)
    }

    #[test]
    fn the_preferred_form_is_chosen() {
        assert_eq!(Form::of(&HeaderMap::new(), Form::Json), Ok(Form::Json));
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for either in ["*/*", "application/*", "", browser, "application/json, application/vnd.sogoc"] {
            assert_eq!(of(either), Ok(Form::Binary), "{either}");
        }
        for json in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.sogoc;q=0.5, application/json;q=0.501",
            "*/*;q=0.1, application/json",
            "application/vnd.sogoc;q=0, */*",
            "text/html, application/json;q=0.001",
        ] {
            assert_eq!(of(json), Ok(Form::Json), "{json}");
        }
        for none in ["text/html", "application/json;q=0", "application/json;q=2", "*/*;q=x", "json"] {
            assert_eq!(of(none), Err(Problem::NotAcceptable), "{none}");
        }
    }
}
