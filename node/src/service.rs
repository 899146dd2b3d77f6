//! What the HTTP API asks of the node.

use std::sync::Arc;

use async_trait::async_trait;
use sogoc_consensus::readiness::Reason;
use sogoc_consensus::{Handle, SubmitError as Refused};
use sogoc_ledger::Hash;
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::Tip;
use sogoc_verifier_api::{Health, Network, SubmitError};
use tokio::sync::watch;

/// The running node, as the API sees it.
pub struct Service(Handle);

impl Service {
    /// Serves `node`.
    pub fn new(node: Handle) -> Self {
        Self(node)
    }

    /// The node, to stop it.
    pub fn into_node(self) -> Handle {
        self.0
    }
}

#[async_trait]
impl Network for Service {
    async fn submit(&self, transaction: Transaction) -> Result<Hash, SubmitError> {
        self.0.submit(transaction).await.map_err(|error| match error {
            Refused::Refused(refusal) => SubmitError::Refused(refusal),
            Refused::PoolFull(_) => SubmitError::Full,
            Refused::Stopped => SubmitError::Stopped,
        })
    }

    fn tip(&self) -> watch::Receiver<Arc<Tip>> {
        self.0.tip()
    }

    fn health(&self) -> Health {
        let health = self.0.health();
        Health {
            ready: health.not_ready.is_none(),
            reason: health.not_ready.map(Reason::code),
            peers: health.peers,
            validators: health.validators,
            pool_transactions: health.pool_transactions,
            pool_bytes: health.pool_bytes,
        }
    }

    fn metrics(&self) -> String {
        self.0.metrics()
    }
}
