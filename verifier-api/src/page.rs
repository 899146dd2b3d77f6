//! The page: files embedded when the program was built (`build.rs`), the same for everybody.
//!
//! # Headers
//!
//! Files under `/assets/` have their digest in their name and are kept for ever; all others are asked for again with their
//! tag. The smallest form that the browser takes is sent. The policy lets the page run its own scripts, talk to this
//! server and nobody else, be framed by nobody, and turn no text into code. No cookie is set.
//!
//! # Privacy
//!
//! A link to a document carries it behind `#`, which browsers do not send. `no-referrer` keeps the address from others.

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sogoc_ledger::merkle;

use crate::Api;
use crate::form::{choices, weight};
use crate::keep::Keep;
use crate::problem::Problem;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Where files lie that have their digest in their name.
const ASSETS: &str = "/assets/";

const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// A file of the page.
pub(crate) struct File {
    address: &'static str,
    media_type: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// A route for each file.
pub(crate) fn routes() -> Router<Arc<Api>> {
    FILES.iter().fold(Router::new(), |router, file| {
        let digest: Arc<str> = merkle::leaf_hash(file.plain).to_string().into();
        router.route(file.address, get(move |wants: HeaderMap| ready(file.answer(&wants, &digest))))
    })
}

impl File {
    fn answer(&self, wants: &HeaderMap, digest: &str) -> Result<Response, Problem> {
        let (coding, bytes) = self.form(wants);
        let keep = if self.address.starts_with(ASSETS) { Keep::Forever } else { Keep::WhileAsking };
        let mut response = keep.answer(wants, &format!("{digest}-{coding}"), "accept-encoding", || {
            let mut response = Body::from(bytes).into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
            if coding != PLAIN {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            Ok(response)
        })?;
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(response)
    }

    /// The form that the browser likes best, the smallest of equals (RFC 9110 §12.5.3). Every client can take plain bytes.
    fn form(&self, wants: &HeaderMap) -> (&'static str, &'static [u8]) {
        let accepts = choices(wants, &ACCEPT_ENCODING);
        let liked = |coding: &str| {
            let rank = |choice: &str| match choice {
                "*" => Some(0),
                exact => (exact == coding).then_some(1),
            };
            weight(&accepts, rank).unwrap_or(0)
        };
        let mut best = (liked(PLAIN).max(1), PLAIN, self.plain);
        for (coding, bytes) in [("gzip", self.gzip), ("br", self.brotli)] {
            match bytes {
                Some(bytes) if liked(coding) >= best.0 => best = (liked(coding), coding, bytes),
                _ => {}
            }
        }
        (best.1, best.2)
    }
}

const PLAIN: &str = "identity";
