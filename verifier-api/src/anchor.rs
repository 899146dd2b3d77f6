//! The trust anchor that a node's operator offers to those who bring none: the page, above all.
//!
//! The answer is the file of a [checkpoint](sogoc_credential::anchor), or the checkpoint in binary. Whoever takes it trusts
//! this node's operator for it, and may keep it. Genesis unless the operator names a file.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use sogoc_credential::anchor::{self, AnchorError};
use sogoc_credential::binding::RootsError;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec;
use sogoc_ledger::state::StoreFault;
use sogoc_store::Store;

use crate::Api;
use crate::ask::Asked;
use crate::form::Form;
use crate::keep::Keep;
use crate::problem::Problem;

/// Why a file is not one that this node may offer for others to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not the file of a checkpoint.
    #[error(
        "bad-anchor: the file is not a trust anchor: {0}. Export it again (sogoc checkpoint export).\n  Tệp không phải là điểm tin cậy hợp lệ. Hãy xuất lại (sogoc checkpoint export)."
    )]
    File(#[from] AnchorError),
    /// Of another chain.
    #[error(
        "anchor-other-chain: the trust anchor belongs to another network. Name one of this network, or none.\n  Điểm tin cậy thuộc một mạng khác. Hãy dùng điểm tin cậy của mạng này hoặc bỏ khóa trust."
    )]
    OtherChain,
    /// This node has another block at its height.
    #[error(
        "anchor-not-ours: this node has another block at the trust anchor's height. Find out which is right before anybody relies on either.\n  Nút này có một khối khác ở độ cao của điểm tin cậy. Hãy tìm hiểu bên nào đúng trước khi có người dựa vào."
    )]
    NotOurs,
    /// Not a file of roots of certificates.
    #[error(
        "bad-roots: the file is not one of roots: {0}. See docs/FORMATS.md §22.\n  Tệp không phải là tệp gốc tin cậy hợp lệ; xem docs/FORMATS.md §22."
    )]
    Roots(#[from] RootsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// The anchor in `file`, if it agrees with what this node knows; genesis without a file.
///
/// # Errors
/// See [`TrustError`]. A height that this node has not come to yet cannot disagree.
pub fn trust_anchor(file: Option<&[u8]>, store: &Store) -> Result<Checkpoint, TrustError> {
    let genesis = store.checkpoint(0)?.ok_or_else(|| StoreFault("no block 0".into()))?;
    let Some(file) = file else {
        return Ok(genesis);
    };
    let anchor = anchor::from_file(file)?;
    if anchor.header.chain != genesis.header.chain {
        return Err(TrustError::OtherChain);
    }
    match store.header(anchor.header.height)? {
        Some(ours) if ours != anchor.header => Err(TrustError::NotOurs),
        _ => Ok(anchor),
    }
}

pub(crate) async fn anchor(State(api): State<Arc<Api>>, uri: Uri, wants: HeaderMap) -> Result<Response, Problem> {
    Asked::of(&uri, &[])?;
    let form = Form::of(&wants, Form::Json)?;
    let anchor = &api.trust.anchor;
    let answer = || Ok(form.answer(|| codec::encode(anchor), || anchor::to_json(anchor)));
    Keep::WhileAsking.answer(&wants, &form.tag(&anchor.hash()), "accept", answer)
}
