//! How transactions, and the word that there are some, reach every node.
//!
//! A libp2p swarm of our own (TCP, Noise, yamux; no discovery), apart from the engine's: an idle
//! engine sends nothing, and a flood of transactions must not delay a vote.
//!
//! # Architecture
//!
//! | module | one idea |
//! |---|---|
//! | [`wire`] | what two nodes say to each other |
//! | [`work`] | the signal that there is work at a height |
//! | [`outbox`] | what waits for one peer, and when it goes |
//! | [`swarm`] | the task that dials, listens, sends and receives |
//!
//! The host owns the pool and the ledger: it checks what it is handed, and only what it accepts is
//! passed on, by [`Gossip::publish_from`]. What it finds forged it reports by [`Gossip::report`].
//!
//! # Heights
//!
//! Every node tells its peers the height of its last block: when they meet, and when it has changed, at most once in
//! [`Timing::height`]. A peer's claim stands until it tells another or is gone; who it is, its connection's key proves.
//! What the claims are worth is for [`readiness`](crate::readiness) to say.
//!
//! # Why request and answer, and neither gossipsub nor one long stream
//!
//! At most a few dozen pinned peers, all connected to all: there is no overlay to build, and gossipsub would
//! add message ids, a mesh and scores, and keep sending to a peer that does not read. An answer
//! that means *taken* is the back-pressure: one message is under way to each peer, the rest waits in a bounded outbox.
//! A substream per message costs a few dozen bytes, which batches of up to 256 KiB make good.
//!
//! # Delivery
//!
//! Every node tells in its hello from whom it hears. A node that passes a transaction on leaves out
//! its source and those who hear the source themselves: on a full mesh each transaction crosses each
//! line once; where a line is missing, a common neighbour steps in. Nothing is repeated for a peer
//! that was away: [`Inbound::Joined`] tells the host to [`Gossip::offer`] it the pool.
//!
//! # Limits
//!
//! * Only peers in [`Allowed`] hold a connection, either way; one that leaves it is disconnected.
//! * Two messages of a peer may wait for the host. The host's queue is filled in turn, so a peer
//!   gets at most its share of the host's time, and a host that is busy slows its peers down.
//! * A [`Fault`] closes the connections of the peer, for [`Timing::ban`] if it cannot be an accident.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use libp2p::{Multiaddr, PeerId, identity};
use sogoc_ledger::name::{ChainId, Height};
use sogoc_ledger::transaction::MAX_TRANSACTION_BYTES;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::AbortHandle;

use crate::peers::Allowed;
use outbox::Outbox;
use wire::Message;

pub mod outbox;
mod swarm;
#[cfg(test)]
mod tests;
pub mod wire;
pub mod work;

pub use work::{Work, WorkFilter, WorkRefused};

/// Messages that wait for the host: with the largest, 10 MiB.
const INBOUND_MESSAGES_MAX: usize = 16;

/// Who this node is and where it listens.
#[derive(Clone, Debug)]
pub struct GossipConfig {
    /// The network: nodes of another are refused.
    pub chain: ChainId,
    /// The network key.
    pub network: identity::Keypair,
    /// Where to listen: `/ip4/…/tcp/…` or `/ip6/…/tcp/…`.
    pub listen: Multiaddr,
}

/// How long things take. Tests are less patient.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A peer that faulted is refused for so long.
    pub ban: Duration,
    /// A message that is not answered for so long ends the connection.
    pub answer: Duration,
    /// A hello is repeated this often: it finds a connection that is dead.
    pub hello: Duration,
    /// First wait before a peer is dialled again; doubled five times.
    pub redial: Duration,
    /// Two heights are told no closer to each other.
    pub height: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            ban: Duration::from_secs(60),
            answer: Duration::from_secs(10),
            hello: Duration::from_secs(5),
            redial: Duration::from_millis(250),
            height: Duration::from_secs(1),
        }
    }
}

/// Why a peer was disconnected or refused. The codes are names of counters and never change their meaning.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}", self.code())]
pub enum Fault {
    /// One who is not among the allowed tried to connect.
    Stranger,
    /// Another than the expected peer answered at an address.
    OtherPeerAnswered,
    /// It belongs to another chain.
    OtherChain,
    /// It does not speak this protocol, or another version.
    OtherProtocol,
    /// A message over the limit.
    Oversize,
    /// Bytes that are no message.
    Malformed,
    /// A message before the hello.
    HelloMissing,
    /// Hellos without end.
    HelloFlood,
    /// It does not answer.
    Unresponsive,
    /// It passed on a transaction that no honest node accepts.
    ForgedTransaction,
    /// It passed on a signal of work that no validator signed.
    ForgedWork,
}

impl Fault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::OtherPeerAnswered => "other-peer-answered",
            Self::OtherChain => "other-chain",
            Self::OtherProtocol => "other-protocol",
            Self::Oversize => "oversize",
            Self::Malformed => "malformed",
            Self::HelloMissing => "hello-missing",
            Self::HelloFlood => "hello-flood",
            Self::Unresponsive => "unresponsive",
            Self::ForgedTransaction => "forged-transaction",
            Self::ForgedWork => "forged-work",
        }
    }
}

/// What happened since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages that peers took.
    pub messages_sent: u64,
    /// Transactions in them.
    pub transactions_sent: u64,
    /// Messages handed to the host.
    pub messages_received: u64,
    /// Transactions in them.
    pub transactions_received: u64,
    /// Transactions that gave way because a peer was too slow.
    pub transactions_dropped: u64,
    /// Faults by kind.
    pub faults: BTreeMap<Fault, u64>,
}

impl Counters {
    fn count_sent(&mut self, message: &Message) {
        self.messages_sent += 1;
        if let Message::Transactions(transactions) = message {
            self.transactions_sent += transactions.len() as u64;
        }
    }

    fn count_received(&mut self, inbound: &Inbound) {
        self.messages_received += 1;
        if let Inbound::Transactions(_, transactions) = inbound {
            self.transactions_received += transactions.len() as u64;
        }
    }
}

/// What peers bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A peer is there, or there again: offer it the pool.
    Joined(PeerId),
    /// Encoded transactions, not looked into.
    Transactions(PeerId, Vec<Bytes>),
    /// A signal of work, not verified.
    Work(PeerId, Work),
}

/// The swarm cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Called outside a tokio runtime.
    #[error("gossip needs a tokio runtime")]
    NoRuntime,
    /// The network key cannot make a Noise identity.
    #[error("the network key cannot be used: {0}")]
    Key(#[from] libp2p::noise::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(Multiaddr, libp2p::TransportError<std::io::Error>),
}

/// What the handle and the task share.
#[derive(Debug, Default)]
struct Board {
    /// Of the peers that are there.
    outboxes: BTreeMap<PeerId, Outbox>,
    reports: BTreeMap<PeerId, Fault>,
    counters: Counters,
    /// Of this node's last block, once it is known.
    height: Option<Height>,
}

impl Board {
    fn count(&mut self, fault: Fault) {
        *self.counters.faults.entry(fault).or_default() += 1;
    }

    /// The outboxes of those who do not hear `source` themselves; everybody's if this node is the source.
    fn outboxes_beyond(&mut self, source: Option<PeerId>) -> impl Iterator<Item = &mut Outbox> {
        let reached =
            move |peer: &PeerId, outbox: &Outbox| source.is_some_and(|source| source == *peer || outbox.hears(&source));
        self.outboxes.iter_mut().filter(move |(peer, outbox)| !reached(peer, outbox)).map(|(_, outbox)| outbox)
    }

    fn publish(&mut self, source: Option<PeerId>, transaction: &Bytes) {
        let dropped: u64 = self.outboxes_beyond(source).map(|outbox| outbox.push(transaction.clone())).sum();
        self.counters.transactions_dropped += dropped;
    }
}

#[derive(Debug, Default)]
struct Shared {
    board: Mutex<Board>,
    wake: Notify,
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        // Counters and queues are whole after every statement: a panic elsewhere does not spoil them.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct StopOnDrop(AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A running swarm. When the last clone is dropped it stops.
#[derive(Clone, Debug)]
pub struct Gossip {
    shared: Arc<Shared>,
    connected: watch::Receiver<usize>,
    claims: watch::Receiver<BTreeMap<PeerId, Height>>,
    listening: watch::Receiver<Option<Multiaddr>>,
    _task: Arc<StopOnDrop>,
}

/// Starts the swarm on the current tokio runtime.
///
/// # Errors
/// See [`StartError`].
pub fn start(
    config: GossipConfig,
    allowed: watch::Receiver<Arc<Allowed>>,
) -> Result<(Gossip, mpsc::Receiver<Inbound>), StartError> {
    start_with(config, Timing::default(), allowed)
}

/// [`start`] with another [`Timing`].
///
/// # Errors
/// See [`StartError`].
pub fn start_with(
    config: GossipConfig,
    timing: Timing,
    allowed: watch::Receiver<Arc<Allowed>>,
) -> Result<(Gossip, mpsc::Receiver<Inbound>), StartError> {
    let runtime = tokio::runtime::Handle::try_current().map_err(|_| StartError::NoRuntime)?;
    let shared = Arc::new(Shared::default());
    let (connected_tx, connected) = watch::channel(0);
    let (claims_tx, claims) = watch::channel(BTreeMap::new());
    let (listening_tx, listening) = watch::channel(None);
    let (inbound_tx, inbound) = mpsc::channel(INBOUND_MESSAGES_MAX);
    let shown = swarm::Shown { connected: connected_tx, claims: claims_tx, listening: listening_tx };
    let node = swarm::Node::new(config, timing, Arc::clone(&shared), shown)?;
    let task = runtime.spawn(node.run(allowed, inbound_tx)).abort_handle();
    Ok((Gossip { shared, connected, claims, listening, _task: Arc::new(StopOnDrop(task)) }, inbound))
}

impl Gossip {
    /// Sends a transaction that this node accepted from a client.
    pub fn publish(&self, transaction: Bytes) {
        self.send(None, &transaction);
    }

    /// Passes on a transaction that this node accepted from the peer `source`.
    pub fn publish_from(&self, source: PeerId, transaction: Bytes) {
        self.send(Some(source), &transaction);
    }

    fn send(&self, source: Option<PeerId>, transaction: &Bytes) {
        if is_sendable(transaction) {
            self.shared.board().publish(source, transaction);
            self.shared.wake.notify_one();
        }
    }

    /// Sends transactions to one peer, if it is there: the pool, to one that has just joined.
    pub fn offer(&self, peer: PeerId, transactions: impl IntoIterator<Item = Bytes>) {
        let mut board = self.shared.board();
        let Board { outboxes, counters, .. } = &mut *board;
        if let Some(outbox) = outboxes.get_mut(&peer) {
            let sendable = transactions.into_iter().filter(is_sendable);
            counters.transactions_dropped += sendable.map(|transaction| outbox.push(transaction)).sum::<u64>();
        }
        drop(board);
        self.shared.wake.notify_one();
    }

    /// Sends this validator's signal of work.
    pub fn announce_work(&self, work: Work) {
        self.send_work(None, work);
    }

    /// Passes on a signal of work that this node verified.
    pub fn relay_work(&self, source: PeerId, work: Work) {
        self.send_work(Some(source), work);
    }

    fn send_work(&self, source: Option<PeerId>, work: Work) {
        self.shared.board().outboxes_beyond(source).for_each(|outbox| outbox.push_work(work));
        self.shared.wake.notify_one();
    }

    /// Tells the peers the height of the last block.
    pub fn announce_height(&self, height: Height) {
        self.shared.board().height = Some(height);
        self.shared.wake.notify_one();
    }

    /// Bans a peer for what the host found in its messages.
    pub fn report(&self, peer: PeerId, fault: Fault) {
        self.shared.board().reports.insert(peer, fault);
        self.shared.wake.notify_one();
    }

    /// How many peers are there: connected, of this chain.
    pub fn connected(&self) -> watch::Receiver<usize> {
        self.connected.clone()
    }

    /// The heights that the peers that are there claim.
    pub fn claims(&self) -> watch::Receiver<BTreeMap<PeerId, Height>> {
        self.claims.clone()
    }

    /// The address this node listens on, once it does.
    pub fn listening(&self) -> watch::Receiver<Option<Multiaddr>> {
        self.listening.clone()
    }

    /// What happened since the start.
    pub fn counters(&self) -> Counters {
        self.shared.board().counters.clone()
    }
}

/// Whether peers would take it: they refuse what can be no transaction.
fn is_sendable(transaction: &Bytes) -> bool {
    (1..=MAX_TRANSACTION_BYTES).contains(&transaction.len())
}
