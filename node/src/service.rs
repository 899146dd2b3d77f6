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

use crate::book::Book;
use crate::webhook::Counts;

/// The running node, as the API sees it.
pub struct Service {
    node: Handle,
    webhooks: Arc<Counts>,
    book: Arc<Book>,
}

impl Service {
    /// Serves `node`, and tells of its webhooks and its address book.
    pub fn new(node: Handle, webhooks: Arc<Counts>, book: Arc<Book>) -> Self {
        Self { node, webhooks, book }
    }

    /// Reads the address book again.
    pub fn read_address_book(&self) {
        self.book.read_again(&self.node);
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
        Health {
            ready: health.not_ready.is_none(),
            reason: health.not_ready.map(Reason::code),
            peers: health.peers,
            validators: health.validators,
            validates: health.validates,
            pool_transactions: health.pool_transactions,
            pool_bytes: health.pool_bytes,
        }
    }

    fn metrics(&self) -> String {
        let (node, newest) = (self.node.metrics(), self.node.tip().borrow().header.height);
        let node = node.trim_end().trim_end_matches("# EOF");
        format!("{node}{}{}", self.book.metrics(), self.webhooks.text(newest))
    }
}
