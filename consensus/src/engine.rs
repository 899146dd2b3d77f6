//! The engine as this network runs it: its limits, and who may connect to it.
//!
//! # Who may connect
//!
//! Discovery is off and only *persistent peers* are accepted: the nodes of current and scheduled validators and the configured
//! observers, each pinned by `/p2p/<id>`, and added and removed while running as the state or the address book changes. What
//! holds exactly:
//!
//! * Whoever is dialled must hold the pinned key, or Noise fails.
//! * A stranger who dials in completes Noise (it needs no permission to hold some key) and is disconnected when the engine's
//!   identify exchange, right after it, names it. Two gaps remain: one who never answers that exchange stays until it is idle, and one
//!   who dials *from a peer's own address and listening port* while that peer is away is taken for it, for the engine forgets the pin of a
//!   peer that has left. (Our own transaction network has neither gap: it refuses by key as soon as Noise ends.)
//! * What such a one sends counts for nothing: votes, proposals and certificates carry validators' signatures, and parts are
//!   taken from validators' nodes only, by their keys ([`crate::host`]). It can ask for blocks, which are public. Connections are limited per address.
//! * A peer that is removed is disconnected at once.
//!
//! # Limits
//!
//! Each differs from the engine's default for the reason given beside it.

use std::path::Path;
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use malachite::app::config::{ConsensusConfig, NodeConfig, P2pConfig, PubSubProtocol, ValuePayload, ValueSyncConfig};
use malachite::{
    Channels, ConsensusContext, EngineHandle, NetworkContext, NetworkIdentity, NetworkRequest, RequestContext,
    SyncContext, WalContext, start_engine,
};
use tokio::sync::mpsc;

use crate::context::{Address, Context};
use crate::parts::PART_BYTES;
use crate::peers::Allowed;
use crate::signing::{ChainVerifier, GuardedSigner};
use crate::wire::{MAX_MESSAGE_BYTES, MAX_RESPONSE_BYTES, Wire};

/// Connections from one address. The city's validators may sit behind one gateway, and a class runs them all on one machine.
const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;

/// Peers that may have dialled in: every validator there can be, twice, and observers.
const INBOUND_PEERS_MAX: usize = 512;

/// Bytes of a published message: the largest part, or the largest certificate, and its frame.
const PUBLISHED_BYTES_MAX: usize = PART_BYTES + MAX_MESSAGE_BYTES;

/// Bytes of a sync request: two heights.
const SYNC_REQUEST_BYTES_MAX: usize = 1_024;

/// Blocks asked for at once; as many as fit into a response are sent.
const SYNC_BATCH: usize = 16;

/// Sync requests under way, and answered at once: with full responses they take 128 MiB.
const SYNC_PARALLEL: usize = 4;

/// A node that was away learns this soon how far the others are: they tell it even when nothing is decided.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// A peer that does not answer a sync request for so long is not asked again soon.
const SYNC_TIMEOUT: Duration = Duration::from_secs(10);

/// Messages for heights not begun yet: a node that holds an idle height is woken into one that others have long begun.
const QUEUED_HEIGHTS_MAX: usize = 16;

/// Messages queued for one such height: all votes of 128 validators in eight rounds.
const QUEUED_PER_HEIGHT_MAX: usize = 2_048;

#[derive(Clone)]
struct Configuration {
    moniker: String,
    consensus: ConsensusConfig,
    sync: ValueSyncConfig,
}

impl NodeConfig for Configuration {
    fn moniker(&self) -> &str {
        &self.moniker
    }

    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}

/// A number of bytes as the engine's configuration wants it.
macro_rules! bytes {
    ($count:expr) => {
        format!("{} B", $count).parse().expect("a number of bytes")
    };
}

fn configuration(moniker: &str, listen: &Multiaddr, allowed: &Allowed) -> Configuration {
    let mut p2p = P2pConfig {
        listen_addr: listen.clone(),
        persistent_peers: addresses(allowed),
        persistent_peers_only: true,
        // Full mesh: a message goes straight to each peer, which is half the delay of gossip for a large block.
        protocol: PubSubProtocol::Broadcast,
        pubsub_max_size: bytes!(PUBLISHED_BYTES_MAX),
        rpc_max_size: bytes!(MAX_RESPONSE_BYTES),
        ..P2pConfig::default()
    };
    p2p.discovery.enabled = false;
    p2p.discovery.max_connections_per_ip = CONNECTIONS_PER_ADDRESS_MAX;
    p2p.discovery.num_inbound_peers = INBOUND_PEERS_MAX;
    // A node that restarts must get in at once, and so must the others behind its gateway.
    p2p.discovery.ip_throttle_duration = Duration::ZERO;
    let sync = ValueSyncConfig {
        enabled: true,
        status_update_interval: STATUS_INTERVAL,
        request_timeout: SYNC_TIMEOUT,
        max_request_size: bytes!(SYNC_REQUEST_BYTES_MAX),
        max_response_size: bytes!(MAX_RESPONSE_BYTES),
        parallel_requests: SYNC_PARALLEL,
        batch_size: SYNC_BATCH,
        max_concurrent_inbound_requests: SYNC_PARALLEL,
        ..ValueSyncConfig::default()
    };
    let consensus = ConsensusConfig {
        enabled: true,
        p2p,
        value_payload: ValuePayload::ProposalAndParts,
        queue_capacity: QUEUED_HEIGHTS_MAX,
        queue_per_height_capacity: QUEUED_PER_HEIGHT_MAX,
    };
    Configuration { moniker: moniker.into(), consensus, sync }
}

/// Where `peer` is dialled; without an address, the bare id lets it in when it dials.
fn addresses_of(allowed: &Allowed, peer: &PeerId) -> Vec<Multiaddr> {
    match allowed.addresses(peer) {
        [] => vec![Multiaddr::empty().with(libp2p::multiaddr::Protocol::P2p(*peer))],
        addresses => addresses.to_vec(),
    }
}

fn addresses(allowed: &Allowed) -> Vec<Multiaddr> {
    allowed.peers().flat_map(|peer| addresses_of(allowed, &peer)).collect()
}

/// Who runs the engine and where.
pub struct Setup<'a> {
    /// Name in the metrics.
    pub moniker: &'a str,
    /// Where to listen.
    pub listen: &'a Multiaddr,
    /// The checked log.
    pub wal: &'a Path,
    /// Identifies the node.
    pub network: Keypair,
    /// Names it among the validators, if it is one; else any key that is not theirs.
    pub address: Address,
    /// Signs for a validator; none for an observer.
    pub signer: Option<GuardedSigner>,
    /// Verifies what others sign.
    pub verifier: ChainVerifier,
}

/// Starts the engine's actors.
///
/// # Errors
/// What the engine says: an address that cannot be used, a log that cannot be opened.
pub async fn start(setup: Setup<'_>, allowed: &Allowed) -> Result<(Channels<Context>, EngineHandle), String> {
    let Setup { moniker, listen, wal, network, address, signer, verifier } = setup;
    if is_not_tcp(listen) {
        return Err(format!("{listen} is not a TCP address"));
    }
    let name = signer.is_some().then(|| address.to_string());
    let consensus = match signer {
        Some(signer) => ConsensusContext::new_validator(address, Box::new(verifier), Box::new(signer)),
        None => ConsensusContext::new_full_node(address, Box::new(verifier)),
    };
    let started = start_engine(
        Context,
        configuration(moniker, listen, allowed),
        WalContext::new(wal.into(), Wire),
        NetworkContext::new(NetworkIdentity::new(moniker.into(), network, name), Wire),
        consensus,
        SyncContext::new(Wire),
        RequestContext::new(INBOUND_PEERS_MAX),
    );
    started.await.map_err(|error| format!("{error:#}"))
}

/// The engine panics on an address without a transport.
fn is_not_tcp(listen: &Multiaddr) -> bool {
    !listen.iter().any(|part| matches!(part, libp2p::multiaddr::Protocol::Tcp(_)))
}

/// Makes the engine's peers those of `next`, after those of `last`.
pub async fn update_peers(requests: &mpsc::Sender<NetworkRequest>, last: &Allowed, next: &Allowed) {
    let (before, after) = (addresses(last), addresses(next));
    for gone in before.iter().filter(|address| !after.contains(address)) {
        if let Err(error) = NetworkRequest::remove_persistent_peer(requests, gone.clone()).await {
            tracing::error!(%gone, %error, "a peer could not be removed from the engine");
        }
    }
    for new in after.iter().filter(|address| !before.contains(address)) {
        if let Err(error) = NetworkRequest::add_persistent_peer(requests, new.clone()).await {
            tracing::error!(%new, %error, "a peer could not be added to the engine");
        }
    }
}
