//! The node's HTTP: transactions in, records and their proofs out.
//!
//! It reads the store and knows nothing of consensus; whoever runs the ledger is behind [`Network`].
//!
//! # Routes
//!
//! | route | answer |
//! |---|---|
//! | `POST /v1/transactions` | 202 `{"id"}`: checked and in the pool, not yet final |
//! | `POST /v1/verify?max_age=` | what a document is worth: a [report](sogoc_credential::report) |
//! | `POST /v1/verify/bulk?max_age=` | the same of many, a line each, as they come |
//! | `GET /v1/anchor` | the [checkpoint](sogoc_ledger::checkpoint::Checkpoint) that the operator offers as trust anchor |
//! | `GET /v1/roots` | the roots of certificates that the operator offers |
//! | `GET /v1/chain?above=&wait=` | how far the ledger is, and this node |
//! | `GET /v1/headers?from=&limit=` | [headers](sogoc_ledger::block::Header), a list |
//! | `GET /v1/headers/{height\|latest}` | a header |
//! | `GET /v1/checkpoints/{height\|latest}` | a [checkpoint](sogoc_ledger::checkpoint::Checkpoint); as JSON, the file |
//! | `GET /v1/certificates/{height}` | a [certificate](sogoc_ledger::validator::Certificate) |
//! | `GET /v1/ancestry/{height}?checkpoint=` | an [ancestry](sogoc_ledger::receipt::Ancestry) |
//! | `GET /v1/validators` | the [record](sogoc_ledger::record::Validators) of the validators |
//! | `GET /v1/issuers?after=&limit=` | [issuers](sogoc_ledger::record::Issuer), a list |
//! | `GET /v1/issuers/{issuer}` | an issuer |
//! | `GET /v1/issuers/{issuer}/periods/{period}/statuses?after=&since=` | the pack: a list of [statuses](sogoc_ledger::receipt::BatchStatuses) |
//! | `GET /v1/issuers/{issuer}/periods/{period}/histories?after=` | a list of histories, each with its batch |
//! | `GET /v1/batches/{issuer}/{batch}?since=&wait=` | a [proof](sogoc_ledger::receipt::BatchProof) |
//! | `GET /v1/batches/{issuer}/{batch}/statuses?since=` | statuses; not of fewer than [`SMALL_BATCH`] documents |
//! | `GET /v1/batches/{issuer}/{batch}/history` | the [entries](sogoc_ledger::status::StatusEntry) that were replaced; not of fewer either |
//! | `GET /v1/batches/{issuer}/{batch}/leaves` | leaf hashes, 32 bytes each |
//! | `GET /v1/batches/{issuer}/{batch}/absence?since=` | an [absence](sogoc_ledger::receipt::BatchAbsence) |
//! | `GET /v1/motions?after=&limit=` | [motions](sogoc_ledger::record::Motion), the newest first |
//! | `GET /v1/motions/{motion}` | a motion |
//! | `GET /v1/definitions?after=&limit=` | [definitions](sogoc_ledger::record::Definition), a list |
//! | `GET /v1/definitions/{kind}/{name}/{version}` | a definition |
//! | `GET /v1/events?issuer=&from=` | [events](events::Event) as they come; as JSON, a list with `&limit=` |
//! | `GET /v1/openapi.json` | all of this for programs (module `describe`) |
//! | `GET /health/live`, `/health/ready`, `/metrics` | for those who run the node |
//! | `GET /` and what it needs | the page that checks a document in the browser |
//!
//! `since` is the height of the checkpoint that a proof is to be verified against, 0 (genesis) if not given; `wait` are the
//! seconds to wait for a batch, or for a block `above` a height, at most [`WAIT_SECONDS_MAX`]; `max_age` is how old a status may be, in seconds. No route
//! takes a leaf, an index or anything of a person, but those that check whole documents for systems that cannot run the
//! client; what these see is said in module `verify`.
//!
//! # Format
//!
//! Two forms (module `form`); what is not an answer is a problem document (module `problem`).
//!
//! # Limits
//!
//! [`Limits`]: on bytes, time and number of everything a client can send, hold or ask for.
//!
//! # Errors
//!
//! A fault of the store is answered by `store-fault`; for whoever holds the store it shows on the next write.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod anchor;
mod ask;
mod batch;
mod body;
mod chain;
mod clients;
mod describe;
pub mod events;
mod form;
mod governance;
mod guard;
mod judge;
mod keep;
mod limits;
mod network;
mod page;
mod problem;
mod roots;
mod server;
mod submit;
mod verify;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use sogoc_credential::bundle::MAX_BUNDLE_BYTES;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_store::Store;
use tokio::sync::{Mutex, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;

pub use anchor::{TrustError, trust_anchor};
pub use ask::WAIT_SECONDS_MAX;
pub use form::BINARY;
pub use limits::Limits;
pub use network::{Health, Network, SubmitError};
pub use roots::OfferedRoots;
pub use server::serve;
pub use sogoc_credential::anchor::MAX_ANCHOR_FILE_BYTES;
pub use sogoc_credential::binding::ROOTS_FILE_BYTES_MAX;

use clients::Clients;
use events::Scanner;
use judge::Judge;
use problem::Problem;
use watch::Counts;

/// Documents of a batch from which on its statuses may be asked for alone: a question about fewer would name the person.
pub const SMALL_BATCH: u32 = 20;

/// What is offered to those who bring nothing of their own to trust.
pub struct Trust {
    /// What [`trust_anchor`] found.
    pub anchor: Checkpoint,
    /// The roots of certificates, if the operator names any.
    pub roots: Option<OfferedRoots>,
}

/// What the routes share.
struct Api {
    store: Arc<Store>,
    network: Arc<dyn Network>,
    trust: Trust,
    limits: Limits,
    clients: Arc<Clients>,
    counts: Counts,
    reads: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    /// One for all: events are read one scan at a time.
    scanner: Arc<Mutex<Scanner>>,
}

impl Api {
    /// Reads the store on a thread that may block, at most [`Limits::reads`] at once. A read goes on when its client is
    /// gone, and counts until it ends.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.blocking(&self.reads, read).await
    }

    /// The same for what the processor is busy with, at most [`Limits::checks`] at once.
    async fn check<T: Send + 'static>(
        &self,
        check: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.blocking(&self.checks, check).await
    }

    /// For one request.
    fn judge(&self) -> Judge {
        Judge::new(self.trust.roots.as_ref().map(|offered| offered.roots.clone()))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        places: &Arc<Semaphore>,
        work: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = places.clone().acquire_owned().await.map_err(|_| Problem::Internal)?;
        let store = self.store.clone();
        let working = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&store)
        });
        working.await.unwrap_or(Err(Problem::Internal))
    }
}

/// Every route but those of the page, as `openapi.json` describes it.
fn routes() -> Vec<(&'static str, MethodRouter<Arc<Api>>)> {
    vec![
        ("/v1/transactions", post(submit::submit)),
        ("/v1/verify", post(verify::one).layer(DefaultBodyLimit::max(MAX_BUNDLE_BYTES))),
        ("/v1/verify/bulk", post(verify::bulk)),
        ("/v1/anchor", get(anchor::anchor)),
        ("/v1/roots", get(roots::roots)),
        ("/v1/chain", get(chain::chain)),
        ("/v1/headers", get(chain::headers)),
        ("/v1/headers/{height}", get(chain::header)),
        ("/v1/checkpoints/{height}", get(chain::checkpoint)),
        ("/v1/certificates/{height}", get(chain::certificate)),
        ("/v1/ancestry/{height}", get(chain::ancestry)),
        ("/v1/validators", get(chain::validators)),
        ("/v1/issuers", get(chain::issuers)),
        ("/v1/issuers/{issuer}", get(chain::issuer)),
        ("/v1/issuers/{issuer}/periods/{period}/statuses", get(batch::pack)),
        ("/v1/issuers/{issuer}/periods/{period}/histories", get(batch::histories)),
        ("/v1/batches/{issuer}/{batch}", get(batch::proof)),
        ("/v1/batches/{issuer}/{batch}/statuses", get(batch::statuses)),
        ("/v1/batches/{issuer}/{batch}/history", get(batch::history)),
        ("/v1/batches/{issuer}/{batch}/leaves", get(batch::leaves)),
        ("/v1/batches/{issuer}/{batch}/absence", get(batch::absence)),
        ("/v1/motions", get(governance::motions)),
        ("/v1/motions/{motion}", get(governance::motion)),
        ("/v1/definitions", get(governance::definitions)),
        ("/v1/definitions/{kind}/{name}/{version}", get(governance::definition)),
        ("/v1/events", get(events::stream::events)),
        (describe::ADDRESS, get(describe::description)),
        ("/health/live", get(watch::live)),
        ("/health/ready", get(watch::ready)),
        ("/metrics", get(watch::metrics)),
    ]
}

/// The routes over `store` and `network`.
pub fn router(store: Arc<Store>, network: Arc<dyn Network>, trust: Trust, limits: Limits) -> Router {
    let api = Arc::new(Api {
        store,
        network,
        trust,
        clients: Arc::new(Clients::new(limits.clone())),
        counts: Counts::default(),
        reads: Arc::new(Semaphore::new(limits.reads)),
        checks: Arc::new(Semaphore::new(limits.checks)),
        scanner: Arc::default(),
        limits: limits.clone(),
    });
    let routes = routes().into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    routes
        .merge(page::routes())
        .fallback(async || Problem::UnknownRoute)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(limits.body_bytes))
        .layer(CatchPanicLayer::custom(guard::panicked))
        // The limits are counted in `Api`, which all routes share: a layer of its own would be copied for each route.
        .layer(from_fn_with_state(api.clone(), guard::guard))
        .with_state(api)
}
