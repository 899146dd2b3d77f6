//! The roots of certificates (FORMATS §22) that a node's operator offers to those who bring none: the page, above all.
//!
//! The answer is the operator's file, byte for byte. Whoever takes it trusts this node's operator for it. The node itself uses it to
//! say whose certificate stands behind a document that it is sent to check, which changes no verdict.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use sogoc_credential::binding::Roots;
use sogoc_ledger::merkle;

use crate::Api;
use crate::anchor::TrustError;
use crate::ask::Asked;
use crate::form::JSON;
use crate::keep::Keep;
use crate::problem::Problem;

/// A file of roots that was read.
#[derive(Clone)]
pub struct OfferedRoots {
    pub(crate) roots: Arc<Roots>,
    file: Bytes,
    tag: Arc<str>,
}

impl OfferedRoots {
    /// The roots in `file`.
    ///
    /// # Errors
    /// It is not a file of roots.
    pub fn from_file(file: Vec<u8>) -> Result<Self, TrustError> {
        let roots = Arc::new(Roots::from_file(&file)?);
        let tag = merkle::leaf_hash(&file).to_string().into();
        Ok(Self { roots, file: file.into(), tag })
    }
}

pub(crate) async fn roots(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Result<Response, Problem> {
    Asked::of(&uri, &[])?;
    let OfferedRoots { file, tag, .. } = api.trust.roots.as_ref().ok_or(Problem::NoRoots)?;
    let json = [(CONTENT_TYPE, HeaderValue::from_static(JSON))];
    Keep::WhileAsking.answer(&wants, tag, "accept", || Ok((json, file.clone()).into_response()))
}
