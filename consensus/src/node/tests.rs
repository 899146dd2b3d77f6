//! A network of four in one process, each with a store of its own, over real connections.

use super::*;
use crate::fixture::{fifth_joins, genesis, key, passed, seal};
use sogoc_ledger::codec::List;
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::signature::sign;
use sogoc_ledger::validator::{VoteKind, vote_bytes};
use sogoc_store::{Commit, Precommit};
use std::net::TcpListener;
use tempfile::TempDir;

/// Far longer than anything here takes on a slow machine: a wait that ends so late is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

struct Network {
    directory: TempDir,
    genesis: Genesis,
    book: Vec<PeerAddress>,
    validators: u8,
}

impl Network {
    fn new() -> Self {
        // Held until all are known, so that no two are the same.
        let ports: Vec<TcpListener> = (0..10).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let address = |place: usize| -> Multiaddr {
            format!("/ip4/127.0.0.1/tcp/{}", ports[place].local_addr().unwrap().port()).parse().unwrap()
        };
        let entry = |seed: u8| {
            let place = 2 * usize::from(seed - 1);
            PeerAddress {
                network_key: public_key(&key(seed + 50)),
                engine: Some(address(place)),
                gossip: Some(address(place + 1)),
                observer: seed == 5,
                name: format!("nut-{seed}"),
            }
        };
        Self {
            directory: TempDir::new().unwrap(),
            genesis: genesis(),
            book: (1..=5).map(entry).collect(),
            validators: 4,
        }
    }

    fn home(&self, seed: u8) -> PathBuf {
        self.directory.path().join(format!("home-{seed}"))
    }

    async fn start(&self, seed: u8) -> Node {
        let own = &self.book[usize::from(seed - 1)];
        let config = Config {
            home: self.home(seed),
            guard: self.directory.path().join(format!("guard-{seed}")),
            listen: own.engine.clone().unwrap(),
            gossip_listen: own.gossip.clone().unwrap(),
            address_book: self.book.clone(),
            timeouts: Timeouts::default(),
            moniker: own.name.clone(),
        };
        let store = Arc::new(Store::open(&self.home(seed).join("db"), &self.genesis).unwrap());
        let keys = Keys { consensus: (seed <= self.validators).then(|| key(seed)), network: key(seed + 50) };
        let handle = start(config, keys, Arc::clone(&store)).await.unwrap();
        Node { handle, store }
    }
}

struct Node {
    handle: Handle,
    store: Arc<Store>,
}

impl Node {
    /// Returns once a block with so many leaves in all is committed here.
    async fn sealed(&self, leaves: u64) {
        let mut tip = self.handle.tip();
        let mut failed = self.handle.failed();
        tokio::select! {
            reached = timeout(PATIENCE, tip.wait_for(|tip| tip.header.leaves >= leaves)) => {
                reached.expect("in time").expect("the node runs");
            }
            _ = failed.wait_for(Option::is_some) => panic!("{:?}", self.handle.failed().borrow()),
        }
    }

    async fn stop(self) {
        let Self { handle, store } = self;
        handle.shutdown().await;
        let waiting = Instant::now();
        while Arc::strong_count(&store) > 1 {
            assert!(waiting.elapsed() < PATIENCE, "the store is still held");
            tokio::task::yield_now().await;
        }
    }
}

/// Every node has the same blocks up to the lowest tip, each with a certificate.
fn assert_one_chain(nodes: &[&Node]) {
    let lowest = nodes.iter().map(|node| node.store.tip().header.height).min().unwrap();
    for height in 1..=lowest {
        let headers: Vec<Hash> = nodes.iter().map(|node| node.store.header(height).unwrap().unwrap().hash()).collect();
        assert!(headers.windows(2).all(|pair| pair[0] == pair[1]), "height {height}: {headers:?}");
        assert!(nodes.iter().all(|node| node.store.certificate(height).unwrap().is_some()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_seal_three_go_on_and_who_was_away_catches_up() {
    let network = Network::new();
    let mut nodes = Vec::new();
    for seed in 1..=4 {
        nodes.push(network.start(seed).await);
    }

    let mut leaves = 0;
    let mut took = Vec::new();
    for batch in 1..=20 {
        let node = &nodes[usize::from(batch) % 4];
        let begun = Instant::now();
        let transaction = seal(batch, 2);
        let id = transaction.id();
        assert_eq!(node.handle.submit(transaction.clone()).await, Ok(id));
        let again = node.handle.submit(transaction).await;
        assert!(again == Ok(id) || again == Err(SubmitError::Refused(Refusal::AlreadySealed)), "{again:?}");
        leaves += 2;
        node.sealed(leaves).await;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    println!("one transaction on an idle network of four: median {:?}, longest {:?}", took[10], took[19]);
    for node in &nodes {
        node.sealed(leaves).await;
        assert_eq!(node.handle.health().pool_transactions, 0);
        assert!(node.handle.health().engine_ok);
    }
    assert_one_chain(&nodes.iter().collect::<Vec<_>>());
    let height = nodes[0].store.tip().header.height;
    assert!(height <= 20 + 4, "{height} blocks for 20 transactions: empty ones were made");
    let refused = nodes[0].handle.submit(seal(1, 2)).await;
    assert_eq!(refused, Err(SubmitError::Refused(Refusal::AlreadySealed)));

    nodes.pop().unwrap().stop().await;
    for batch in 21..=26 {
        nodes[usize::from(batch) % 3].handle.submit(seal(batch, 2)).await.unwrap();
        leaves += 2;
        nodes[0].sealed(leaves).await;
    }

    let back = Instant::now();
    let returned = network.start(4).await;
    returned.sealed(leaves).await;
    println!("caught up after {:?}", back.elapsed());
    let observer = network.start(5).await;
    observer.sealed(leaves).await;
    returned.handle.submit(seal(27, 2)).await.unwrap();
    leaves += 2;
    nodes.push(returned);
    nodes.push(observer);
    for node in &nodes {
        node.sealed(leaves).await;
    }
    assert_one_chain(&nodes.iter().collect::<Vec<_>>());
    assert!(nodes[0].handle.metrics().contains("sogoc_height"));
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_stop_and_start_again_and_nothing_is_lost() {
    let network = Network::new();
    for round in 1..=2 {
        let mut nodes = Vec::new();
        for seed in 1..=4 {
            nodes.push(network.start(seed).await);
        }
        nodes[0].handle.submit(seal(round, 3)).await.unwrap();
        for node in &nodes {
            node.sealed(3 * u64::from(round)).await;
        }
        assert_one_chain(&nodes.iter().collect::<Vec<_>>());
        for node in nodes {
            node.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_idle_network_has_a_heartbeat() {
    let mut network = Network::new();
    network.genesis.parameters.heartbeat_ms = 1_000;
    let mut nodes = Vec::new();
    for seed in 1..=4 {
        nodes.push(network.start(seed).await);
    }
    for node in &nodes {
        let mut tip = node.handle.tip();
        let third = timeout(PATIENCE, tip.wait_for(|tip| tip.header.height >= 3)).await;
        third.expect("in time").expect("the node runs");
    }
    let times: Vec<u64> = (1..=3).map(|height| nodes[0].store.header(height).unwrap().unwrap().time.0).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 1_000), "not before it is due: {times:?}");
    assert_one_chain(&nodes.iter().collect::<Vec<_>>());
    for node in nodes {
        node.stop().await;
    }
}

/// A block that the network did not decide, under a certificate all the same: what a fork would leave.
fn fork(store: &Store) {
    let view = store.view();
    let time = clock::after(view.tip().header.time);
    let (execution, _) = transition::propose(&view, view.tip(), time, &[], &transition::CheckAlways).unwrap();
    let (chain, height) = (&execution.tip.header.chain, execution.tip.header.height);
    let vote = vote_bytes(chain, VoteKind::Precommit, height, 0, Some(&execution.tip.hash));
    let precommit =
        |seed| Precommit { validator: public_key(&key(seed)), signature: sign(&key(seed), Domain::VOTE, &vote) };
    let precommits = List::new((1..=3).map(precommit).collect()).unwrap();
    store.commit(&execution, &Commit { round: 0, precommits }).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_whose_ledger_is_not_the_networks_says_so_and_ends() {
    let network = Network::new();
    let mut nodes = Vec::new();
    for seed in 1..=3 {
        nodes.push(network.start(seed).await);
    }
    for batch in 1..=3 {
        nodes[0].handle.submit(seal(batch, 2)).await.unwrap();
        nodes[0].sealed(2 * u64::from(batch)).await;
    }
    fork(&Store::open(&network.home(4).join("db"), &network.genesis).unwrap());
    let astray = network.start(4).await;
    let mut failed = astray.handle.failed();
    let fatal = timeout(PATIENCE, failed.wait_for(Option::is_some)).await.expect("in time").unwrap().clone();
    let fatal = fatal.unwrap();
    assert_eq!((fatal.code, fatal.may_restart()), ("diverged", false), "{fatal}");
    assert_eq!(astray.handle.health().not_ready, Some(Reason::EngineFailed));
    assert!(astray.handle.metrics().contains("sogoc_not_ready{reason=\"engine-failed\"} 1\n"));
    assert_eq!(astray.handle.submit(seal(9, 2)).await, Err(SubmitError::Stopped));
    nodes.push(astray);
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_in_the_home_and_a_damaged_log_are_refused() {
    let network = Network::new();
    let own = &network.book[0];
    let config = |guard: PathBuf| Config {
        home: network.home(1),
        guard,
        listen: own.engine.clone().unwrap(),
        gossip_listen: own.gossip.clone().unwrap(),
        address_book: network.book.clone(),
        timeouts: Timeouts::default(),
        moniker: "nut-1".into(),
    };
    let keys = || Keys { consensus: Some(key(1)), network: key(51) };
    let store = Arc::new(Store::open(&network.home(1).join("db"), &network.genesis).unwrap());
    let refused = start(config(network.home(1).join("guard")), keys(), Arc::clone(&store)).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("guard-in-home"));
    std::fs::write(network.home(1).join("wal").join("consensus.wal"), [7; 40]).unwrap();
    let refused = start(config(network.directory.path().join("guard-1")), keys(), store).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("wal-version"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_joins_a_running_network_and_another_leaves() {
    let mut network = Network::new();
    (network.validators, network.book[4].observer) = (5, false);
    let mut nodes = Vec::new();
    for seed in 1..=5 {
        nodes.push(network.start(seed).await);
    }
    // Votes are taken once the motion is in a block.
    let [proposed, votes @ ..] = passed(fifth_joins(Some(4)));
    let motion = proposed.id();
    nodes[0].handle.submit(proposed).await.unwrap();
    let mut tip = nodes[0].handle.tip();
    let is_open = |store: &Store| store.view().motion(&motion).unwrap().is_some();
    timeout(PATIENCE, tip.wait_for(|_| is_open(&nodes[0].store))).await.expect("in time").expect("the node runs");
    for vote in votes {
        nodes[0].handle.submit(vote).await.unwrap();
    }
    // The plan lets it in, it catches up, says that it is ready, and signs some blocks later, though nothing else happens.
    let fifth = public_key(&key(5));
    let signs =
        |node: &Node| transition::validators(&*node.store).unwrap().current.iter().any(|m| m.consensus == fifth);
    for node in &nodes {
        let mut tip = node.handle.tip();
        let joined = timeout(PATIENCE, tip.wait_for(|_| signs(node))).await;
        joined.expect("in time").expect("the node runs");
    }
    nodes.remove(3).stop().await;
    // Three of the four that are left are needed: one of them the new one.
    nodes.remove(2).stop().await;
    nodes[2].handle.submit(seal(1, 2)).await.unwrap();
    for node in &nodes {
        node.sealed(2).await;
    }
    assert_one_chain(&nodes.iter().collect::<Vec<_>>());
    for node in nodes {
        node.stop().await;
    }
}
