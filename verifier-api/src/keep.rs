//! What a client may keep, and how it asks whether it still may (RFC 9110 §13.1.2, RFC 9111).
//!
//! What has no tag is `no-store`: module `guard` says so.

use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// For how long, and by whom.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For ever, by anybody: it never changes.
    Forever,
    /// For ever, but not on the way: what was asked for is nobody else's concern.
    ForeverPrivately,
    /// As long as the tag is the same.
    WhileAsking,
}

impl Keep {
    fn control(self) -> &'static str {
        match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::ForeverPrivately => "private, max-age=31536000, immutable",
            Self::WhileAsking => "no-cache",
        }
    }

    /// The answer, or 304 to whoever has the one with this tag. `vary` names the header that chose between several.
    pub(crate) fn answer(
        self,
        wants: &HeaderMap,
        tag: &str,
        vary: &'static str,
        answer: impl FnOnce() -> Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        let tag = format!("\"{tag}\"");
        let mut response = if has(wants, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { answer()? };
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(ETAG, tag);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.control()));
        headers.insert(VARY, HeaderValue::from_static(vary));
        Ok(response)
    }
}

fn has(wants: &HeaderMap, tag: &str) -> bool {
    let tags = wants.get_all(IF_NONE_MATCH).iter();
    tags.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|held| held.trim().trim_start_matches("W/"))
        .any(|held| held == tag || held == "*")
}
