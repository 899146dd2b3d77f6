//! Several swarms in one process, on the loopback interface. Every wait is for an event; the time limit only makes a failure end.

use std::collections::BTreeSet;
use std::future::Future;
use std::io;

use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self as exchange, ProtocolSupport, ResponseChannel};
use libp2p::swarm::{SwarmEvent, dial_opts::DialOpts};
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};

use super::outbox::FLUSH_BYTES as FLUSH;
use super::wire::{MESSAGE_BYTES_MAX, PROTOCOL, Reply};
use super::*;

const FAILURE_AFTER: Duration = Duration::from_secs(60);

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(FAILURE_AFTER, future).await.unwrap_or_else(|_| panic!("never happened: {what}"))
}

fn key(seed: u8) -> identity::Keypair {
    identity::Keypair::ed25519_from_bytes([seed; 32]).unwrap()
}

fn id(seed: u8) -> PeerId {
    key(seed).public().to_peer_id()
}

struct TestNode {
    id: PeerId,
    address: Multiaddr,
    gossip: Gossip,
    inbound: mpsc::Receiver<Inbound>,
    allowed: watch::Sender<Arc<Allowed>>,
}

impl TestNode {
    async fn start(seed: u8) -> Self {
        Self::start_on("thu", seed, Timing::default()).await
    }

    async fn start_on(chain: &str, seed: u8, timing: Timing) -> Self {
        let (allowed, allowed_rx) = watch::channel(Arc::default());
        let listen = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
        let config = GossipConfig { chain: chain.parse().unwrap(), network: key(seed), listen };
        let (gossip, inbound) = start_with(config, timing, allowed_rx).unwrap();
        let mut listening = gossip.listening();
        let address = within("listening", listening.wait_for(Option::is_some)).await.unwrap().clone().unwrap();
        let address = address.with_p2p(id(seed)).unwrap();
        Self { id: id(seed), address, gossip, inbound, allowed }
    }

    fn entry(&self) -> (PeerId, Vec<Multiaddr>) {
        (self.id, vec![self.address.clone()])
    }

    fn allow<'a>(&self, peers: impl IntoIterator<Item = &'a TestNode>) {
        self.allow_entries(peers.into_iter().map(TestNode::entry));
    }

    fn allow_entries(&self, entries: impl IntoIterator<Item = (PeerId, Vec<Multiaddr>)>) {
        self.allowed.send_replace(Arc::new(entries.into_iter().collect()));
    }

    async fn connected(&self, count: usize) {
        within("connected", self.gossip.connected().wait_for(|now| *now == count)).await.unwrap();
    }

    async fn faulted(&self, fault: Fault) {
        let count = async {
            while !self.gossip.counters().faults.contains_key(&fault) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(fault.code(), count).await;
    }

    async fn next(&mut self) -> Inbound {
        within("inbound", self.inbound.recv()).await.unwrap()
    }

    /// Receives until it has `count` different transactions; passes on each the first time, as a host does.
    async fn receive(&mut self, count: usize) -> BTreeSet<Bytes> {
        let mut seen = BTreeSet::new();
        while seen.len() < count {
            if let Inbound::Transactions(source, transactions) = self.next().await {
                for transaction in transactions {
                    if seen.insert(transaction.clone()) {
                        self.gossip.publish_from(source, transaction);
                    }
                }
            }
        }
        seen
    }
}

async fn full_mesh<const N: usize>() -> [TestNode; N] {
    let mut nodes = Vec::new();
    for seed in 1..=N as u8 {
        nodes.push(TestNode::start(seed).await);
    }
    for node in &nodes {
        node.allow(nodes.iter().filter(|other| other.id != node.id));
    }
    for node in &nodes {
        node.connected(N - 1).await;
    }
    nodes.try_into().unwrap_or_else(|_| unreachable!())
}

fn numbered(count: u32) -> Vec<Bytes> {
    (0..count).map(|number| Bytes::copy_from_slice(&number.to_be_bytes())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_reaches_every_node() {
    let [one, mut two, mut three, mut four] = full_mesh().await;
    one.gossip.publish(Bytes::from_static(b"a"));
    for node in [&mut two, &mut three, &mut four] {
        assert_eq!(node.receive(1).await, [Bytes::from_static(b"a")].into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_line_is_missing_a_common_neighbour_passes_it_on() {
    let mut nodes = Vec::new();
    for seed in 1..=4 {
        nodes.push(TestNode::start(seed).await);
    }
    // A chain of four: 1 - 2 - 3 - 4.
    for (i, node) in nodes.iter().enumerate() {
        node.allow(nodes.iter().enumerate().filter(|(j, _)| i.abs_diff(*j) == 1).map(|(_, other)| other));
    }
    for (node, lines) in nodes.iter().zip([1, 2, 2, 1]) {
        node.connected(lines).await;
    }
    let sent = numbered(100);
    sent.iter().for_each(|transaction| nodes[0].gossip.publish(transaction.clone()));
    for node in &mut nodes[1..] {
        assert_eq!(node.receive(sent.len()).await, sent.iter().cloned().collect());
    }
}

#[test]
fn who_hears_the_source_is_left_out() {
    let mut board = Board::default();
    for seed in 1..=3 {
        board.outboxes.insert(id(seed), Outbox::default());
    }
    board.outboxes.get_mut(&id(2)).unwrap().set_neighbours(&[id(1)]);
    board.publish(Some(id(1)), &Bytes::from_static(b"x"));
    let waiting = |board: &Board| [1, 2, 3].map(|seed| !board.outboxes[&id(seed)].is_empty());
    assert_eq!(waiting(&board), [false, false, true]);
    board.publish(None, &Bytes::from_static(b"x"));
    assert_eq!(waiting(&board), [true, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_transactions_are_few_messages() {
    let [one, mut two] = full_mesh().await;
    let sent = numbered(10_000);
    sent.iter().for_each(|transaction| one.gossip.publish(transaction.clone()));
    assert_eq!(two.receive(sent.len()).await.len(), sent.len());
    let counters = two.gossip.counters();
    assert_eq!(counters.transactions_received, 10_000);
    assert!(counters.messages_received < 200, "{} messages", counters.messages_received);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_told_and_a_newcomer_is_named() {
    let [one, mut two] = full_mesh().await;
    assert_eq!(two.next().await, Inbound::Joined(one.id));
    let work = Work::sign(&"thu".parse().unwrap(), 7, &ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
    one.gossip.announce_work(work);
    loop {
        match two.next().await {
            Inbound::Work(source, received) => {
                break assert_eq!((source, received), (one.id, work));
            }
            Inbound::Joined(_) => {}
            other => panic!("{other:?}"),
        }
    }
    one.gossip.offer(two.id, numbered(3));
    assert_eq!(two.receive(3).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn heights_are_told_when_they_change_and_forgotten_with_their_peer() {
    let [one, two] = full_mesh().await;
    let claims = |wanted: &[(PeerId, Height)]| {
        let (wanted, mut claims) = (wanted.iter().copied().collect::<BTreeMap<_, _>>(), two.gossip.claims());
        async move { drop(within("claims", claims.wait_for(|now| *now == wanted)).await.unwrap()) }
    };
    one.gossip.announce_height(7);
    claims(&[(one.id, 7)]).await;
    one.gossip.announce_height(9);
    claims(&[(one.id, 9)]).await;
    let three = TestNode::start(3).await;
    three.gossip.announce_height(5);
    three.allow([&two]);
    two.allow([&one, &three]);
    claims(&[(one.id, 9), (three.id, 5)]).await;
    two.allow([&three]);
    claims(&[(three.id, 5)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_both_ways() {
    let [one, two] = full_mesh().await;
    let stranger = TestNode::start(9).await;
    stranger.allow([&one]);
    one.faulted(Fault::Stranger).await;
    assert_eq!(*stranger.gossip.connected().borrow(), 0);
    // Somebody else answers at the address of node 8.
    let elsewhere = stranger.address.clone().into_iter().take(2).collect::<Multiaddr>().with_p2p(id(8)).unwrap();
    one.allow_entries([two.entry(), (id(8), vec![elsewhere])]);
    one.faulted(Fault::OtherPeerAnswered).await;
    one.connected(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_connect_changes_while_running() {
    let [one, two, three] = full_mesh().await;
    let mut newcomer = TestNode::start(4).await;
    newcomer.allow([&one]);
    one.allow([&two, &newcomer]);
    newcomer.connected(1).await;
    three.connected(1).await;
    one.connected(2).await;
    one.gossip.publish(Bytes::from_static(b"a"));
    newcomer.receive(1).await;
    // Three still counts one among its own, and is refused.
    one.faulted(Fault::Stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_another_chain_part_and_say_why() {
    let one = TestNode::start_on("mot", 1, Timing::default()).await;
    let two = TestNode::start_on("hai", 2, Timing::default()).await;
    one.allow([&two]);
    two.allow([&one]);
    one.faulted(Fault::OtherChain).await;
    two.faulted(Fault::OtherChain).await;
    assert_eq!((*one.gossip.connected().borrow(), *two.gossip.connected().borrow()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_busy_loses_nothing() {
    let [one, mut two] = full_mesh().await;
    // 6 MiB: more than two's host queue and its waiting messages take.
    let sent: Vec<Bytes> = (0..24u8).map(|number| vec![number; FLUSH].into()).collect();
    sent.iter().for_each(|transaction| one.gossip.publish(transaction.clone()));
    let stalled = async {
        while two.inbound.len() < INBOUND_MESSAGES_MAX {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within("the host's queue is full", stalled).await;
    assert!(one.gossip.counters().messages_sent < 24);
    assert_eq!(two.receive(sent.len()).await, sent.into_iter().collect());
    assert_eq!(one.gossip.counters().transactions_dropped, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_be_listened_on_is_an_error_at_the_start() {
    let config = |listen| GossipConfig { chain: "thu".parse().unwrap(), network: key(2), listen };
    let (_allowed, allowed) = watch::channel(Arc::default());
    // TEST-NET-3 of RFC 5737 is no machine's.
    let elsewhere = "/ip4/203.0.113.1/tcp/1".parse().unwrap();
    assert!(matches!(start(config(elsewhere), allowed.clone()), Err(StartError::Listen(..))));
    assert!(matches!(start(config("/memory/1".parse().unwrap()), allowed), Err(StartError::Listen(..))));
}

/// A peer that is allowed and says what it likes.
struct Hostile {
    swarm: Swarm<exchange::Behaviour<Raw>>,
    victim: PeerId,
    /// Messages that it holds without an answer.
    held: Vec<ResponseChannel<Vec<u8>>>,
}

#[derive(Clone, Default)]
struct Raw;

#[async_trait]
impl exchange::Codec for Raw {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        p: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        self.read_request(p, io).await
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        p: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        self.write_request(p, io, bytes).await
    }
}

const HELLO: &[u8] = b"\0\x03thu";
const TAKEN: &[u8] = &[Reply::Taken as u8];

impl Hostile {
    async fn connect(seed: u8, victim: &TestNode) -> Self {
        let mut swarm = SwarmBuilder::with_existing_identity(key(seed))
            .with_tokio()
            .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| {
                exchange::Behaviour::new([(PROTOCOL, ProtocolSupport::Full)], exchange::Config::default())
            })
            .unwrap()
            .with_swarm_config(|swarm| swarm.with_idle_connection_timeout(FAILURE_AFTER))
            .build();
        swarm.dial(DialOpts::peer_id(victim.id).addresses(vec![victim.address.clone()]).build()).unwrap();
        let mut hostile = Self { swarm, victim: victim.id, held: Vec::new() };
        hostile.until(|event| matches!(event, SwarmEvent::ConnectionEstablished { .. })).await;
        hostile
    }

    /// Answers hellos and holds everything else, until an event is the one that is waited for.
    async fn until(&mut self, mut is_it: impl FnMut(&SwarmEvent<exchange::Event<Vec<u8>, Vec<u8>>>) -> bool) {
        loop {
            let event = within("an event of the hostile peer", self.swarm.select_next_some()).await;
            if is_it(&event) {
                return;
            }
            let SwarmEvent::Behaviour(exchange::Event::Message { message, .. }) = event else {
                continue;
            };
            if let exchange::Message::Request { request, channel, .. } = message {
                if request[0] == 0 {
                    // The connection may be gone already.
                    let _ = self.swarm.behaviour_mut().send_response(channel, TAKEN.to_vec());
                } else {
                    self.held.push(channel);
                }
            }
        }
    }

    /// Sends `bytes` and returns the answer.
    async fn ask(&mut self, bytes: &[u8]) -> Vec<u8> {
        let victim = self.victim;
        self.swarm.behaviour_mut().send_request(&victim, bytes.to_vec());
        let mut answer = Vec::new();
        self.until(|event| match event {
            SwarmEvent::Behaviour(exchange::Event::Message {
                message: exchange::Message::Response { response, .. },
                ..
            }) => {
                answer = response.clone();
                true
            }
            _ => false,
        })
        .await;
        answer
    }

    async fn is_thrown_out_for(&mut self, bytes: &[u8]) {
        let victim = self.victim;
        self.swarm.behaviour_mut().send_request(&victim, bytes.to_vec());
        self.until(|event| matches!(event, SwarmEvent::ConnectionClosed { .. })).await;
    }
}

/// Nodes one and two, connected, and a third that node one allows and that the test drives.
async fn two_and_a_hostile(timing: Timing) -> (TestNode, TestNode, Hostile) {
    let one = TestNode::start_on("thu", 1, timing).await;
    let two = TestNode::start(2).await;
    one.allow_entries([two.entry(), (id(66), Vec::new())]);
    two.allow([&one]);
    one.connected(1).await;
    let hostile = Hostile::connect(66, &one).await;
    (one, two, hostile)
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_messages_ban_their_sender_and_nobody_else() {
    let timing = Timing { ban: Duration::from_millis(100), ..Timing::default() };
    let (one, mut two, mut hostile) = two_and_a_hostile(timing).await;
    let oversize = vec![1; MESSAGE_BYTES_MAX + 1];
    let broken: [(&[u8], Fault); 6] = [
        (b"", Fault::Malformed),
        (b"\x09", Fault::Malformed),
        (b"\x03\0\0\0\0\0\0\x07", Fault::Malformed),
        (b"\x01\xff\xff\xff\xff", Fault::Malformed),
        (b"\x00\x03thu\x01", Fault::Malformed),
        (&oversize, Fault::Oversize),
    ];
    for (i, (bytes, fault)) in broken.into_iter().enumerate() {
        let before = one.gossip.counters().faults.get(&fault).copied().unwrap_or(0);
        hostile.is_thrown_out_for(bytes).await;
        assert_eq!(one.gossip.counters().faults.get(&fault), Some(&(before + 1)), "message {i}");
        one.gossip.publish(Bytes::copy_from_slice(&[i as u8]));
        assert_eq!(two.receive(1).await.len(), 1);
        // A ban ends: it may come again, and is thrown out again.
        hostile = loop {
            let mut again = Hostile::connect(66, &one).await;
            let mut closed = false;
            let victim = again.victim;
            again.swarm.behaviour_mut().send_request(&victim, HELLO.to_vec());
            again
                .until(|event| {
                    closed = matches!(event, SwarmEvent::ConnectionClosed { .. });
                    let answered = exchange_response(event);
                    closed || answered
                })
                .await;
            if !closed {
                break again;
            }
        };
    }
}

fn exchange_response(event: &SwarmEvent<exchange::Event<Vec<u8>, Vec<u8>>>) -> bool {
    matches!(event, SwarmEvent::Behaviour(exchange::Event::Message { message: exchange::Message::Response { .. }, .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_before_the_hello_is_not_taken() {
    let (one, _two, mut hostile) = two_and_a_hostile(Timing::default()).await;
    assert_eq!(hostile.ask(b"\x01\0\0\0\x01x").await, [Reply::HelloFirst as u8]);
    assert_eq!(hostile.ask(b"\x03\0\0\0\0\0\0\0\x07").await, [Reply::HelloFirst as u8]);
    assert!(one.gossip.claims().borrow().is_empty());
    assert_eq!(one.gossip.counters().faults.get(&Fault::HelloMissing), Some(&2));
    assert_eq!(hostile.ask(HELLO).await, TAKEN);
    assert_eq!(hostile.ask(b"\x01\0\0\0\x01x").await, TAKEN);
    assert_eq!(hostile.ask(b"\0\x04khac").await, [Reply::OtherChain as u8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_host_reports_is_banned() {
    let (mut one, _two, mut hostile) = two_and_a_hostile(Timing::default()).await;
    assert_eq!(hostile.ask(HELLO).await, TAKEN);
    assert_eq!(hostile.ask(b"\x01\0\0\0\x01x").await, TAKEN);
    loop {
        if let Inbound::Transactions(peer, _) = one.next().await {
            one.gossip.report(peer, Fault::ForgedTransaction);
            break;
        }
    }
    hostile.until(|event| matches!(event, SwarmEvent::ConnectionClosed { .. })).await;
    assert_eq!(one.gossip.counters().faults, [(Fault::ForgedTransaction, 1)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_takes_nothing_holds_up_nobody() {
    let patient = Timing { answer: FAILURE_AFTER * 2, ..Timing::default() };
    let (one, mut two, mut hostile) = two_and_a_hostile(patient).await;
    assert_eq!(hostile.ask(HELLO).await, TAKEN);
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let silent = tokio::spawn(async move {
        loop {
            tokio::select! {
                () = hostile.until(|_| false) => {}
                _ = &mut stopped => return hostile.held.len(),
            }
        }
    });
    one.connected(2).await;
    // Half as much again as an outbox holds.
    let count = (outbox::OUTBOX_BYTES_MAX / FLUSH * 3 / 2) as u8;
    for number in 0..count {
        one.gossip.publish(vec![number; FLUSH].into());
        assert_eq!(two.receive(1).await.len(), 1);
    }
    let dropped = one.gossip.counters().transactions_dropped;
    assert!((1..u64::from(count)).contains(&dropped), "{dropped} dropped");
    stop.send(()).unwrap();
    assert!(silent.await.unwrap() <= 1, "one message is under way at a time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_answer_is_left() {
    let hasty = Timing { answer: Duration::from_millis(200), ..Timing::default() };
    let (one, _two, mut hostile) = two_and_a_hostile(hasty).await;
    assert_eq!(hostile.ask(HELLO).await, TAKEN);
    // It is sent to once it is there, which its answer to a hello decides.
    let publisher = one.gossip.clone();
    let publishing = tokio::spawn(async move {
        while !publisher.counters().faults.contains_key(&Fault::Unresponsive) {
            publisher.publish(Bytes::from_static(b"a"));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    hostile.until(|event| matches!(event, SwarmEvent::ConnectionClosed { .. })).await;
    within("unresponsive", publishing).await.unwrap();
}
