//! What the API asks of whoever runs the ledger.

use std::sync::Arc;

use async_trait::async_trait;
use sogoc_ledger::Hash;
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::Tip;
use tokio::sync::watch;

/// Whoever runs the ledger: a node.
#[async_trait]
pub trait Network: Send + Sync + 'static {
    /// Checks a transaction against the last block and hands it on. Returns its id once it is in the pool; it is then
    /// tried, not yet final. Handing in the same transaction again, in the pool or not, does no harm.
    async fn submit(&self, transaction: Transaction) -> Result<Hash, SubmitError>;

    /// The last block. It changes only after the store shows the new one.
    fn tip(&self) -> watch::Receiver<Arc<Tip>>;

    /// How the node is. Called for every health check: from memory, at once.
    fn health(&self) -> Health;

    /// The node's own metrics as OpenMetrics text, with or without its `# EOF`.
    fn metrics(&self) -> String;
}

/// Why a transaction did not get into the pool.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It is not valid.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no room now.
    #[error("the pool is full")]
    Full,
    /// The node takes part in nothing any more.
    #[error("the node has stopped")]
    Stopped,
}

/// How a node is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it keeps up with the network and takes transactions.
    pub ready: bool,
    /// If not: why, as a stable code.
    pub reason: Option<&'static str>,
    /// Nodes it is connected with.
    pub peers: usize,
    /// Validators that sign the next block.
    pub validators: usize,
    /// Whether this node is one of them; if not, it observes.
    pub validates: bool,
    /// Transactions in its pool.
    pub pool_transactions: usize,
    /// Their bytes.
    pub pool_bytes: usize,
}
