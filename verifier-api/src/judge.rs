//! Checks documents for those who cannot run the client, against this node's own history.
//!
//! # Trust
//!
//! This node has executed every block, so it trusts its own history and needs no anchor from outside. Nothing is spared for
//! that: a bundle goes through [`sogoc_credential::verify`] as everywhere, against this node's own checkpoint just before the
//! first header that its receipt shows, or the one that the receipt was refreshed for. A receipt that would hold by its
//! signatures, but whose header is not the one of this node's history, is then put to this node's checkpoint of the same
//! height, where it fails: validators' keys that were gathered later prove nothing here.
//!
//! The fresh statuses are this node's own as of its last block, with their proof, verified like any.
//!
//! # Privacy
//!
//! A judge sees whole documents, for as long as one request takes. It keeps nothing of them but digests of proofs that name
//! a batch, and forgets these with the request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sogoc_credential::binding::Roots;
use sogoc_credential::bundle::Bundle;
use sogoc_credential::report::Checked;
use sogoc_credential::verify::{Question, verify};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::name::{BatchId, Height, IssuerId, Time};
use sogoc_ledger::receipt::{BatchProof, BatchStatuses, Finality, ProofMemo};
use sogoc_ledger::refusal::Refusal;
use sogoc_store::{Store, View};

use crate::batch::statuses_of;
use crate::problem::Problem;

/// Checkpoints held at once; about 400 bytes each with four validators, 10 kB with the most.
const CHECKPOINTS_MAX: usize = 256;

/// Batches whose statuses are held at once; about 2 kB each.
const STATUSES_MAX: usize = 4_096;

/// Changed documents in them, about 100 bytes each.
const CHANGED_MAX: usize = 100_000;

/// What one request's documents have in common.
#[derive(Default)]
pub(crate) struct Judge {
    /// Those that the operator offers: they say whose certificate stands behind a key, and change no verdict.
    roots: Option<Arc<Roots>>,
    memo: ProofMemo,
    checkpoints: BTreeMap<Height, Arc<Checkpoint>>,
    statuses: BTreeMap<(IssuerId, BatchId, Height), Option<Arc<BatchStatuses>>>,
    changed: usize,
    /// The block that the statuses are as of.
    as_of: Height,
}

impl Judge {
    pub(crate) fn new(roots: Option<Arc<Roots>>) -> Self {
        Self { roots, ..Self::default() }
    }

    /// What came of the file with these bytes.
    pub(crate) fn check(&mut self, store: &Store, file: &[u8], max_age_ms: Option<u64>) -> Result<Checked, Problem> {
        let bundle = match Bundle::from_bytes(file) {
            Ok(bundle) => bundle,
            Err(error) => return Ok(Checked::from(&error)),
        };
        let (view, proof) = (store.view(), &bundle.receipt.proof);
        let before = self.checkpoint(&view, store, trusted_height(proof))?;
        let fresh = self.fresh(&view, proof, before.header.height)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
        let roots = self.roots.clone();
        let against = |anchor: &Checkpoint, memo: &ProofMemo| {
            verify(&Question {
                bundle: &bundle,
                anchor,
                fresh: fresh.as_deref(),
                now: Time(now),
                max_age_ms,
                holder: None,
                original: None,
                roots: roots.as_deref(),
                memo,
            })
        };
        let mut report = against(&before, &self.memo);
        let height = proof.header.height;
        if report.anchor.is_some() && height <= view.tip().header.height {
            let own = self.checkpoint(&view, store, height)?;
            if own.header != proof.header {
                report = against(&own, &self.memo);
            }
        }
        let not_fetched = fresh.is_none().then(|| Refusal::UnknownBatch.code().to_owned());
        Ok(Checked::of(report, not_fetched))
    }

    /// This node's checkpoint at `height`, or its last one if it has not come that far.
    fn checkpoint(&mut self, view: &View<'_>, store: &Store, height: Height) -> Result<Arc<Checkpoint>, Problem> {
        let height = height.min(view.tip().header.height);
        if let Some(held) = self.checkpoints.get(&height) {
            return Ok(held.clone());
        }
        let checkpoint = Arc::new(store.checkpoint(height)?.ok_or(Problem::Internal)?);
        if self.checkpoints.len() >= CHECKPOINTS_MAX {
            self.checkpoints.clear();
        }
        self.checkpoints.insert(height, checkpoint.clone());
        Ok(checkpoint)
    }

    /// This node's statuses of the batch as of its last block, for a checkpoint at `since`.
    fn fresh(
        &mut self,
        view: &View<'_>,
        proof: &BatchProof,
        since: Height,
    ) -> Result<Option<Arc<BatchStatuses>>, Problem> {
        let full = self.statuses.len() >= STATUSES_MAX || self.changed >= CHANGED_MAX;
        if full || self.as_of != view.tip().header.height {
            self.statuses.clear();
            (self.changed, self.as_of) = (0, view.tip().header.height);
        }
        let place = (proof.issuer.id.clone(), proof.batch_id, since);
        if let Some(held) = self.statuses.get(&place) {
            return Ok(held.clone());
        }
        let statuses = statuses_of(view, &place.0, &place.1, since)?.map(Arc::new);
        self.changed += statuses.as_ref().map_or(0, |statuses| statuses.statuses.changed.len());
        self.statuses.insert(place, statuses.clone());
        Ok(statuses)
    }
}

/// Height of the checkpoint that a receipt with this proof is put to.
fn trusted_height(proof: &BatchProof) -> Height {
    match &proof.finality {
        Finality::Certified { changes, .. } => {
            let first = changes.first().map_or(proof.header.height, |change| change.header.height);
            first.saturating_sub(1)
        }
        Finality::Ancestor(ancestry) => ancestry.checkpoint,
    }
}
