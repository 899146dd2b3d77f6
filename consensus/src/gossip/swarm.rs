//! The task that owns the swarm: dials, listens, says hello, sends, receives, bans.
//!
//! # A connection
//!
//! 1. Who is not allowed is refused as soon as Noise has told who it is, before any message.
//! 2. Each side says hello. Once the other has taken ours it *is there*: its outbox opens and the host learns of it.
//! 3. Every further connection brings another hello, and the host learns of it again: the peer may have lost what it knew.
//!
//! Two nodes that dial each other at once keep both connections; a dead one is found by the hello
//! that is not answered on it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use futures::StreamExt;
use libp2p::allow_block_list::{self, AllowedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::request_response::{self as exchange, OutboundRequestId, ProtocolSupport, ResponseChannel};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, ListenError, NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, noise, tcp, yamux};
use sogoc_ledger::name::{ChainId, Height};
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant, sleep_until};

use super::outbox::{LINGER, Outbox};
use super::wire::{Message, NEIGHBOURS_MAX, PROTOCOL, Reply, Wire};
use super::{Fault, GossipConfig, Inbound, Shared, StartError, Timing};
use crate::peers::Allowed;

/// Connections of one peer: one that each side dialled, and as many that died unnoticed.
const CONNECTIONS_OF_ONE_PEER_MAX: u32 = 4;

/// Connections whose peer is not known yet: strangers can hold no more.
const HANDSHAKES_MAX: u32 = 64;

/// Streams of one connection, both ways: what a peer can make this node read at once.
const STREAMS_OF_ONE_CONNECTION_MAX: usize = 8;

/// Messages of one peer that wait for the host.
const WAITING_OF_ONE_PEER_MAX: usize = 2;

/// Hellos and heights of one peer in one [`Timing::hello`]: they follow changes of its neighbours, at most one per [`TICK`],
/// and of its last block, at most one per [`Timing::height`].
const HELLOS_MAX: u32 = 200;

/// Dials, bans and hellos are looked at this often.
const TICK: Duration = Duration::from_millis(50);

/// After a peer said that it is busy.
const BUSY_PAUSE: Duration = Duration::from_millis(100);

/// The wait before dialling again is doubled so many times.
const REDIAL_DOUBLINGS_MAX: u32 = 5;

#[derive(NetworkBehaviour)]
struct Behaviour {
    allowed: allow_block_list::Behaviour<AllowedPeers>,
    limits: connection_limits::Behaviour,
    exchange: exchange::Behaviour<Wire>,
}

/// What this node knows of an allowed peer.
#[derive(Debug)]
struct Peer {
    connections: BTreeSet<ConnectionId>,
    /// It has taken our hello: its outbox is open.
    joined: bool,
    /// It has a new connection since.
    renewed: bool,
    /// We have taken a hello of its.
    greeted: bool,
    /// Whom it named in it.
    neighbours: Vec<PeerId>,
    under_way: Option<(OutboundRequestId, Message)>,
    /// Nothing leaves earlier: the peer was busy.
    paused_until: Instant,
    /// No small batch leaves earlier.
    linger_until: Instant,
    hello_at: Instant,
    /// The height that it was told last.
    told: Option<Height>,
    /// Not before this is it told another.
    tell_at: Instant,
    /// Hellos and heights since the last hello of ours that was due.
    hellos: u32,
    dial_at: Instant,
    dials: u32,
    banned_until: Option<Instant>,
}

impl Peer {
    fn new(now: Instant) -> Self {
        Self {
            connections: BTreeSet::new(),
            joined: false,
            renewed: false,
            greeted: false,
            neighbours: Vec::new(),
            under_way: None,
            paused_until: now,
            linger_until: now,
            hello_at: now,
            told: None,
            tell_at: now,
            hellos: 0,
            dial_at: now,
            dials: 0,
            banned_until: None,
        }
    }
}

/// A message that waits for the host, and where to say that it is taken.
#[derive(Debug)]
struct Waiting {
    inbound: Inbound,
    reply: Option<ResponseChannel<Reply>>,
}

impl Waiting {
    fn peer(&self) -> PeerId {
        match self.inbound {
            Inbound::Joined(peer) | Inbound::Transactions(peer, _) | Inbound::Work(peer, _) => peer,
        }
    }
}

/// What others may know at any time.
pub(super) struct Shown {
    /// How many peers are there.
    pub(super) connected: watch::Sender<usize>,
    /// The heights they claim.
    pub(super) claims: watch::Sender<BTreeMap<PeerId, Height>>,
    /// Where this node listens.
    pub(super) listening: watch::Sender<Option<Multiaddr>>,
}

/// See the module.
pub(super) struct Node {
    swarm: Swarm<Behaviour>,
    chain: ChainId,
    timing: Timing,
    shared: Arc<Shared>,
    shown: Shown,
    allowed: Arc<Allowed>,
    peers: BTreeMap<PeerId, Peer>,
    waiting: VecDeque<Waiting>,
    tick_at: Instant,
}

impl Node {
    pub(super) fn new(
        config: GossipConfig,
        timing: Timing,
        shared: Arc<Shared>,
        shown: Shown,
    ) -> Result<Self, StartError> {
        let limits = ConnectionLimits::default()
            .with_max_pending_incoming(Some(HANDSHAKES_MAX))
            .with_max_established_per_peer(Some(CONNECTIONS_OF_ONE_PEER_MAX));
        let behaviour = Behaviour {
            allowed: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(limits),
            exchange: exchange::Behaviour::new(
                [(PROTOCOL, ProtocolSupport::Full)],
                exchange::Config::default()
                    .with_request_timeout(timing.answer)
                    .with_max_concurrent_streams(STREAMS_OF_ONE_CONNECTION_MAX),
            ),
        };
        let idle = timing.hello.saturating_mul(4);
        let mut swarm = SwarmBuilder::with_existing_identity(config.network)
            .with_tokio()
            .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
            .with_behaviour(|_| behaviour)
            .unwrap_or_else(|never: Infallible| match never {})
            .with_swarm_config(|swarm| swarm.with_idle_connection_timeout(idle))
            .build();
        if let Err(error) = swarm.listen_on(config.listen.clone()) {
            return Err(StartError::Listen(config.listen, error));
        }
        Ok(Self {
            swarm,
            chain: config.chain,
            timing,
            shared,
            shown,
            allowed: Arc::default(),
            peers: BTreeMap::new(),
            waiting: VecDeque::new(),
            tick_at: Instant::now(),
        })
    }

    /// Runs until the host drops its end.
    pub(super) async fn run(mut self, mut allowed: watch::Receiver<Arc<Allowed>>, inbound: mpsc::Sender<Inbound>) {
        let first = allowed.borrow_and_update().clone();
        self.set_allowed(first);
        let mut may_change = true;
        loop {
            let deadline = self.send_what_is_due();
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_event(event),
                () = self.shared.wake.notified() => self.take_reports(),
                () = sleep_until(deadline) => {}
                changed = allowed.changed(), if may_change => match changed {
                    Ok(()) => {
                        let next = allowed.borrow_and_update().clone();
                        self.set_allowed(next);
                    }
                    Err(_) => may_change = false,
                },
                room = inbound.reserve(), if !self.waiting.is_empty() => match room {
                    Ok(room) => self.hand_over(room),
                    Err(_) => return,
                },
                () = inbound.closed() => return,
            }
            if self.tick_at <= Instant::now() {
                self.tick();
            }
        }
    }

    fn set_allowed(&mut self, next: Arc<Allowed>) {
        let difference = self.allowed.difference(&next);
        self.allowed = next;
        let own = *self.swarm.local_peer_id();
        for peer in difference.added.into_iter().filter(|peer| *peer != own) {
            self.peers.insert(peer, Peer::new(Instant::now()));
            self.swarm.behaviour_mut().allowed.allow_peer(peer);
        }
        for peer in difference.removed {
            self.peers.remove(&peer);
            self.shut_out(peer);
        }
        self.tick_at = Instant::now();
    }

    /// Closes the peer's connections, refuses new ones and forgets what it sent.
    fn shut_out(&mut self, peer: PeerId) {
        self.swarm.behaviour_mut().allowed.disallow_peer(peer);
        self.waiting.retain(|waiting| waiting.peer() != peer);
        self.part(peer);
    }

    /// The peer is no longer there.
    fn part(&mut self, peer: PeerId) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.joined = false;
        }
        self.shown.claims.send_if_modified(|claims| claims.remove(&peer).is_some());
        if self.shared.board().outboxes.remove(&peer).is_some() {
            self.neighbours_changed();
        }
    }

    fn neighbours_changed(&mut self) {
        let joined = self.peers.values().filter(|state| state.joined).count();
        self.shown.connected.send_replace(joined);
        // Not before the next tick: several may come or go at once.
        let due = self.tick_at;
        for state in self.peers.values_mut() {
            state.hello_at = state.hello_at.min(due);
        }
    }

    fn ban(&mut self, peer: PeerId, fault: Fault) {
        if let Some(state) = self.peers.get_mut(&peer)
            && state.banned_until.is_none()
        {
            tracing::warn!(%peer, %fault, "peer refused");
            state.banned_until = Some(Instant::now() + self.timing.ban);
            self.shared.board().count(fault);
            self.shut_out(peer);
        }
    }

    fn take_reports(&mut self) {
        let reports = std::mem::take(&mut self.shared.board().reports);
        for (peer, fault) in reports {
            self.ban(peer, fault);
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.tick_at = now + TICK;
        for (peer, state) in &mut self.peers {
            if state.banned_until.is_some_and(|until| until <= now) {
                state.banned_until = None;
                self.swarm.behaviour_mut().allowed.allow_peer(*peer);
            }
            let addresses = self.allowed.addresses(peer);
            let idle = state.connections.is_empty() && state.banned_until.is_none();
            if idle && state.dial_at <= now && !addresses.is_empty() {
                let wait = self.timing.redial * (1 << state.dials.min(REDIAL_DOUBLINGS_MAX));
                state.dial_at = now + wait;
                state.dials = state.dials.saturating_add(1);
                let dial = DialOpts::peer_id(*peer)
                    .condition(PeerCondition::DisconnectedAndNotDialing)
                    .addresses(addresses.to_vec())
                    .build();
                // Refused only while an earlier dial is under way.
                let _ = self.swarm.dial(dial);
            }
        }
    }

    /// Sends to every peer that has nothing under way; says when to look again.
    fn send_what_is_due(&mut self) -> Instant {
        let now = Instant::now();
        let mut deadline = self.tick_at;
        let mut board = self.shared.board();
        let height = board.height;
        let greeted = self.peers.iter().filter(|(_, state)| state.greeted).map(|(peer, _)| *peer);
        let neighbours: Vec<PeerId> = greeted.take(NEIGHBOURS_MAX).collect();
        for (peer, state) in &mut self.peers {
            if state.connections.is_empty() || state.under_way.is_some() {
                continue;
            }
            if state.paused_until > now {
                deadline = deadline.min(state.paused_until);
                continue;
            }
            let message = if !state.joined || state.hello_at <= now {
                state.hello_at = now + self.timing.hello;
                state.hellos = 0;
                Some(Message::Hello { chain: self.chain.clone(), neighbours: neighbours.clone() })
            } else if height.is_some() && state.told != height && state.tell_at <= now {
                state.told = height;
                state.tell_at = now + self.timing.height;
                height.map(Message::Height)
            } else if let Some(outbox) = board.outboxes.get_mut(peer).filter(|outbox| !outbox.is_empty()) {
                if outbox.is_urgent() || state.linger_until <= now {
                    state.linger_until = now + LINGER;
                    outbox.take()
                } else {
                    deadline = deadline.min(state.linger_until);
                    None
                }
            } else {
                None
            };
            if let Some(message) = message {
                let id = self.swarm.behaviour_mut().exchange.send_request(peer, Ok(message.clone()));
                state.under_way = Some((id, message));
            }
        }
        deadline
    }

    /// Gives the host the message that waits longest.
    fn hand_over(&mut self, room: mpsc::Permit<'_, Inbound>) {
        let Some(Waiting { inbound, reply }) = self.waiting.pop_front() else {
            return;
        };
        if let Some(reply) = reply {
            self.shared.board().counters.count_received(&inbound);
            self.answer(reply, Reply::Taken);
        }
        room.send(inbound);
    }

    fn answer(&mut self, channel: ResponseChannel<Reply>, reply: Reply) {
        // Fails only if the peer no longer waits, and then it sends again.
        let _ = self.swarm.behaviour_mut().exchange.send_response(channel, reply);
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Exchange(event)) => self.on_exchange(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => {
                if let Some(state) = self.peers.get_mut(&peer_id) {
                    state.connections.insert(connection_id);
                    state.renewed = true;
                    state.hello_at = Instant::now();
                }
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => self.on_closed(peer_id, connection_id),
            SwarmEvent::IncomingConnectionError { error: ListenError::Denied { .. }, peer_id, .. }
                if peer_id.is_some_and(|peer| !self.peers.contains_key(&peer)) =>
            {
                tracing::debug!(peer = ?peer_id, "stranger refused");
                self.shared.board().count(Fault::Stranger);
            }
            SwarmEvent::OutgoingConnectionError { error: DialError::WrongPeerId { obtained, .. }, peer_id, .. } => {
                tracing::warn!(expected = ?peer_id, %obtained, "another peer answered");
                self.shared.board().count(Fault::OtherPeerAnswered);
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                self.shown.listening.send_replace(Some(address));
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::error!(?reason, "no longer listening: peers cannot dial this node");
                self.shown.listening.send_replace(None);
            }
            _ => {}
        }
    }

    fn on_closed(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(state) = self.peers.get_mut(&peer) else {
            return;
        };
        state.connections.remove(&connection);
        if state.connections.is_empty() {
            state.greeted = false;
            state.neighbours.clear();
            state.under_way = None;
            state.dial_at = state.dial_at.max(Instant::now() + self.timing.redial);
            self.part(peer);
            self.neighbours_changed();
        }
    }

    fn on_exchange(&mut self, event: exchange::Event<Result<Message, Fault>, Reply>) {
        match event {
            exchange::Event::Message { peer, message: exchange::Message::Request { request, channel, .. }, .. } => {
                match request {
                    Ok(message) => self.on_message(peer, message, channel),
                    Err(fault) => self.ban(peer, fault),
                }
            }
            exchange::Event::Message {
                peer, message: exchange::Message::Response { request_id, response }, ..
            } => {
                self.on_reply(peer, request_id, response);
            }
            exchange::Event::OutboundFailure { peer, request_id, error, .. } => {
                self.on_unsent(peer, request_id, error);
            }
            exchange::Event::InboundFailure { .. } | exchange::Event::ResponseSent { .. } => {}
        }
    }

    fn on_message(&mut self, peer: PeerId, message: Message, channel: ResponseChannel<Reply>) {
        let Some(state) = self.peers.get_mut(&peer).filter(|state| state.banned_until.is_none()) else {
            return;
        };
        let inbound = match message {
            Message::Hello { chain, neighbours } => {
                state.hellos += 1;
                if state.hellos > HELLOS_MAX {
                    return self.ban(peer, Fault::HelloFlood);
                }
                return self.on_hello(peer, &chain, neighbours, channel);
            }
            _ if !state.greeted => {
                self.shared.board().count(Fault::HelloMissing);
                return self.answer(channel, Reply::HelloFirst);
            }
            Message::Transactions(transactions) => Inbound::Transactions(peer, transactions),
            Message::Work(work) => Inbound::Work(peer, work),
            Message::Height(height) => {
                state.hellos += 1;
                if state.hellos > HELLOS_MAX {
                    return self.ban(peer, Fault::HelloFlood);
                }
                let news = |claims: &mut BTreeMap<_, _>| claims.insert(peer, height) != Some(height);
                self.shown.claims.send_if_modified(news);
                return self.answer(channel, Reply::Taken);
            }
        };
        let of_peer = self.waiting.iter().filter(|waiting| waiting.reply.is_some() && waiting.peer() == peer);
        if of_peer.count() >= WAITING_OF_ONE_PEER_MAX {
            return self.answer(channel, Reply::Busy);
        }
        self.waiting.push_back(Waiting { inbound, reply: Some(channel) });
    }

    fn on_hello(&mut self, peer: PeerId, chain: &ChainId, neighbours: Vec<PeerId>, channel: ResponseChannel<Reply>) {
        if *chain != self.chain {
            // The other side answers our hello in the same way: both count, and whoever hears it first parts.
            self.shared.board().count(Fault::OtherChain);
            return self.answer(channel, Reply::OtherChain);
        }
        if let Some(outbox) = self.shared.board().outboxes.get_mut(&peer) {
            outbox.set_neighbours(&neighbours);
        }
        if let Some(state) = self.peers.get_mut(&peer) {
            state.neighbours = neighbours;
            if !std::mem::replace(&mut state.greeted, true) {
                self.neighbours_changed();
            }
        }
        self.answer(channel, Reply::Taken);
    }

    /// What was under way to `peer`, if `id` still is.
    fn no_longer_under_way(&mut self, peer: PeerId, id: OutboundRequestId) -> Option<Message> {
        let state = self.peers.get_mut(&peer)?;
        state.under_way.take_if(|(under_way, _)| *under_way == id).map(|(_, message)| message)
    }

    fn on_reply(&mut self, peer: PeerId, id: OutboundRequestId, reply: Reply) {
        let Some(message) = self.no_longer_under_way(peer, id) else {
            return;
        };
        match (reply, message) {
            (Reply::Taken, Message::Hello { .. }) => self.on_joined(peer),
            (Reply::Taken, message) => self.shared.board().counters.count_sent(&message),
            (Reply::Busy, message) => self.put_back(peer, message),
            (Reply::HelloFirst, message) => {
                self.put_back(peer, message);
                if let Some(state) = self.peers.get_mut(&peer) {
                    // It has forgotten us: it was started anew.
                    state.renewed = true;
                    state.hello_at = Instant::now();
                }
            }
            (Reply::OtherChain, _) => self.ban(peer, Fault::OtherChain),
        }
    }

    fn on_joined(&mut self, peer: PeerId) {
        let Some(state) = self.peers.get_mut(&peer) else {
            return;
        };
        if !std::mem::take(&mut state.renewed) {
            return;
        }
        state.dials = 0;
        state.told = None;
        let mut outbox = Outbox::default();
        outbox.set_neighbours(&state.neighbours);
        let was_there = std::mem::replace(&mut state.joined, true);
        self.shared.board().outboxes.entry(peer).or_insert(outbox);
        if !was_there {
            self.neighbours_changed();
        }
        let news = Inbound::Joined(peer);
        if !self.waiting.iter().any(|waiting| waiting.inbound == news) {
            self.waiting.push_back(Waiting { inbound: news, reply: None });
        }
    }

    fn put_back(&mut self, peer: PeerId, message: Message) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.paused_until = Instant::now() + BUSY_PAUSE;
            if let Message::Height(_) = message {
                state.told = None;
            }
        }
        let board = &mut *self.shared.board();
        if let Some(outbox) = board.outboxes.get_mut(&peer) {
            board.counters.transactions_dropped += outbox.put_back(message);
        }
    }

    fn on_unsent(&mut self, peer: PeerId, id: OutboundRequestId, error: exchange::OutboundFailure) {
        let Some(message) = self.no_longer_under_way(peer, id) else {
            return;
        };
        match error {
            exchange::OutboundFailure::UnsupportedProtocols => self.ban(peer, Fault::OtherProtocol),
            exchange::OutboundFailure::Timeout => {
                self.shared.board().count(Fault::Unresponsive);
                // Fails only if no connection is left.
                let _ = self.swarm.disconnect_peer_id(peer);
            }
            exchange::OutboundFailure::Io(error) => {
                self.put_back(peer, message);
                // An answer that breaks the format; a line that broke is no fault.
                if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
                    self.ban(peer, *fault);
                }
            }
            exchange::OutboundFailure::ConnectionClosed | exchange::OutboundFailure::DialFailure => {
                self.put_back(peer, message);
            }
        }
    }
}
