//! What the HTTP API asks of the node.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use sogoc_consensus::{Handle, SubmitError as Refused};
use sogoc_ledger::Hash;
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::StateReader;
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::{self, Tip};
use sogoc_store::Store;
use sogoc_verifier_api::{Health, Network, SubmitError};
use tokio::sync::watch;

/// A node is behind when its last block is older than this many heartbeats.
const HEARTBEATS_MISSED_MAX: u64 = 3;

/// The running node, as the API sees it.
pub struct Service {
    node: Handle,
    store: Arc<Store>,
    heartbeat_ms: u64,
}

impl Service {
    /// Serves `node`.
    pub fn new(node: Handle, store: Arc<Store>) -> Self {
        let heartbeat_ms = match store.view().record(&Key::Parameters) {
            Ok(Some(Record::Parameters(parameters))) => parameters.heartbeat_ms.into(),
            _ => u64::MAX / HEARTBEATS_MISSED_MAX,
        };
        Self { node, store, heartbeat_ms }
    }

    /// The node, to stop it.
    pub fn into_node(self) -> Handle {
        self.node
    }
}

#[async_trait]
impl Network for Service {
    async fn submit(&self, transaction: Transaction) -> Result<Hash, SubmitError> {
        self.node.submit(transaction).await.map_err(|error| match error {
            Refused::Refused(refusal) => SubmitError::Refused(refusal),
            Refused::PoolFull(_) => SubmitError::Full,
            Refused::Stopped => SubmitError::Stopped,
        })
    }

    fn tip(&self) -> watch::Receiver<Arc<Tip>> {
        self.node.tip()
    }

    fn health(&self) -> Health {
        let health = self.node.health();
        let members = transition::validators(&self.store.view())
            .map(|validators| validators.members_at(health.height + 1).len())
            .unwrap_or(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
        let reason = if !health.engine_ok {
            Some("engine-failed")
        } else if (health.peers + 1) * 3 <= members * 2 {
            Some("too-few-peers")
        } else if now.saturating_sub(health.last_decided_at.0) > self.heartbeat_ms * HEARTBEATS_MISSED_MAX
            && health.height > 0
        {
            Some("behind")
        } else {
            None
        };
        Health {
            ready: reason.is_none(),
            reason,
            peers: health.peers,
            validators: members,
            pool_transactions: health.pool_transactions,
            pool_bytes: health.pool_bytes,
        }
    }

    fn metrics(&self) -> String {
        self.node.metrics()
    }
}
