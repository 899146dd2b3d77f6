//! A running node: the engine, the transaction network and the host between them and the ledger.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ed25519_dalek::SigningKey;
use libp2p::{Multiaddr, identity};
use malachite::app::engine::util::events::{Event, RxEvent};
use malachite::{EngineHandle, NetworkRequest};
use malachite_types::ValueOrigin;
use sogoc_ledger::Hash;
use sogoc_ledger::name::{Height, Time};
use sogoc_ledger::record::{Member, Upgrade, Validators};
use sogoc_ledger::signature::{PublicKey, public_key};
use sogoc_ledger::state::StoreFault;
use sogoc_ledger::transaction::Transaction;
use sogoc_ledger::transition::{self, Tip};
use sogoc_store::Store;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet, block_in_place};
use tokio::time::{Duration, timeout};

use crate::clock;
use crate::context::{Address, Context};
use crate::engine::{self, Setup};
use crate::fatal::{Alarm, Fatal};
use crate::gossip::{self, Gossip, GossipConfig};
use crate::guard::{Guard, GuardError};
use crate::host::{Ended, Host, Parts};
use crate::intake::{Intake, SubmitError};
use crate::judge;
use crate::metrics::{self, Faults};
use crate::peers::{self, AddressBook, AddressRefused, Allowed, Difference};
use crate::readiness::{Last, Powers, Progress, Reason};
use crate::signing::{ChainVerifier, GuardedSigner};
use crate::timeouts::Timeouts;
use crate::upgrade;
use crate::wal::{self, WalError};

/// The engine ends within this time of closing its channel, or hangs because it lost its log.
const ENGINE_END_MAX: Duration = Duration::from_secs(3);

/// Where a peer is and how it is called. The state says which validators may connect; observers are named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAddress {
    /// Identifies the node.
    pub network_key: PublicKey,
    /// Where its engine listens; none if it only dials.
    pub engine: Option<Multiaddr>,
    /// Where its transaction network listens; none if it only dials.
    pub gossip: Option<Multiaddr>,
    /// Whether it may connect though it is no validator's.
    pub observer: bool,
    /// Its name, for people.
    pub name: String,
}

/// How a node is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Directory of this node's own; `wal/` is made in it.
    pub home: PathBuf,
    /// The last-signed guard, outside `home` and its backups.
    pub guard: PathBuf,
    /// Where the engine listens.
    pub listen: Multiaddr,
    /// Where the transaction network listens.
    pub gossip_listen: Multiaddr,
    /// Where the peers are.
    pub address_book: Vec<PeerAddress>,
    /// How long a round waits.
    pub timeouts: Timeouts,
    /// Name in the metrics.
    pub moniker: String,
}

/// What a node signs with.
pub struct Keys {
    /// Votes; none for an observer.
    pub consensus: Option<SigningKey>,
    /// The node's identity.
    pub network: SigningKey,
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The last-signed guard refuses.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The engine's log is damaged.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Blocks that were synced are gone from the store: its disk, or a restored part of it.
    #[error(
        "the store ends at block {tip}, but the engine's log is at height {log}, which begins only once the block before it is synced. Keep the data directory to look into it, then sync anew into an empty one"
    )]
    StoreBehind {
        /// The store's last block.
        tip: Height,
        /// The height that the engine's log is at.
        log: Height,
    },
    /// The next block follows rules that this program does not know.
    #[error("{}", .0.detail)]
    NeedsUpgrade(Fatal),
    /// The address book has an entry that cannot be.
    #[error("address book, {0}: {1}")]
    Address(String, #[source] AddressRefused),
    /// A key of the address book is not a key.
    #[error("address book, {0}: the network key is not one")]
    NetworkKey(String),
    /// The guard lies in the home.
    #[error("the guard {0} lies inside the home directory: it would be restored together with it")]
    GuardInHome(PathBuf),
    /// A directory could not be made.
    #[error("{0}: {1}")]
    Directory(PathBuf, #[source] std::io::Error),
    /// The transaction network did not start.
    #[error(transparent)]
    Gossip(#[from] gossip::StartError),
    /// The engine did not start.
    #[error("the consensus engine did not start: {0}")]
    Engine(String),
}

impl StartError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Guard(error) => error.code(),
            Self::Wal(error) => error.code(),
            Self::Store(_) => "store-failed",
            Self::StoreBehind { .. } => "store-behind",
            Self::NeedsUpgrade(fatal) => fatal.code,
            Self::Address(..) | Self::NetworkKey(_) => "bad-address-book",
            Self::GuardInHome(_) => "guard-in-home",
            Self::Directory(..) => "home-unusable",
            Self::Gossip(_) => "gossip-not-started",
            Self::Engine(_) => "engine-not-started",
        }
    }
}

/// How a node is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Why it is not ready, if it is not.
    pub not_ready: Option<Reason>,
    /// Height of the last block.
    pub height: Height,
    /// The height that the network has reached, as far as this node can know.
    pub network_height: Height,
    /// How long there has been no new block here.
    pub since_block: Duration,
    /// Peers that are connected.
    pub peers: usize,
    /// Observers that the address book admits.
    pub observers: usize,
    /// Validators that sign the next block.
    pub validators: usize,
    /// Whether this node is one of them; if not, it observes.
    pub validates: bool,
    /// Transactions that wait.
    pub pool_transactions: usize,
    /// Their bytes.
    pub pool_bytes: usize,
    /// Time of the last block.
    pub last_decided_at: Time,
    /// Rules to come that this program does not know.
    pub upgrade: Option<Upgrade>,
    /// Whether nothing has failed.
    pub engine_ok: bool,
}

/// A running node. Dropping it stops it, less gently than [`Handle::shutdown`].
pub struct Handle {
    intake: Arc<Intake>,
    gossip: Gossip,
    tip: watch::Receiver<Arc<Tip>>,
    directory: watch::Sender<Arc<Directory>>,
    standing: Arc<Mutex<Standing>>,
    faults: Arc<Faults>,
    alarm: Alarm,
    engine: Engine,
    tasks: JoinSet<()>,
    supervisor: JoinHandle<()>,
}

/// The engine's supervisor, and whether its end is wanted.
#[derive(Clone)]
struct Engine {
    stop: Arc<dyn Fn() + Send + Sync>,
    stopping: Arc<AtomicBool>,
}

impl Engine {
    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        (self.stop)();
    }
}

/// Both address books and the observers, from the configuration.
#[derive(Debug)]
struct Directory {
    own: libp2p::PeerId,
    engine: AddressBook,
    gossip: AddressBook,
    observers: Vec<PublicKey>,
}

impl Directory {
    fn new(book: &[PeerAddress], own: libp2p::PeerId) -> Result<Self, StartError> {
        let mut directory =
            Self { own, engine: AddressBook::default(), gossip: AddressBook::default(), observers: Vec::new() };
        for entry in book {
            let refused = |error| StartError::Address(entry.name.clone(), error);
            let peer = peers::peer_id(&entry.network_key).ok_or_else(|| StartError::NetworkKey(entry.name.clone()))?;
            if let Some(engine) = &entry.engine {
                directory.engine.enter(peer, engine.clone()).map_err(refused)?;
            }
            if let Some(gossip) = &entry.gossip {
                directory.gossip.enter(peer, gossip.clone()).map_err(refused)?;
            }
            if entry.observer {
                directory.observers.push(entry.network_key);
            }
        }
        Ok(directory)
    }

    fn engine_peers(&self, validators: &Validators) -> Allowed {
        Allowed::new(validators, &self.observers, &self.engine, self.own)
    }

    fn gossip_peers(&self, validators: &Validators) -> Allowed {
        Allowed::new(validators, &self.observers, &self.gossip, self.own)
    }
}

/// Starts a node over `store`.
///
/// # Errors
/// See [`StartError`]. Nothing was signed and nothing runs.
pub async fn start(config: Config, keys: Keys, store: Arc<Store>) -> Result<Handle, StartError> {
    let alarm = Alarm::default();
    let chain = store.tip().header.chain.clone();
    let network = identity::Keypair::ed25519_from_bytes(keys.network.to_bytes())
        .map_err(|_| StartError::NetworkKey(config.moniker.clone()))?;
    let directory = Arc::new(Directory::new(&config.address_book, network.public().to_peer_id())?);
    let validators = Arc::new(transition::validators(&store.view())?);
    let upgrade = upgrade::unknown(&store.view())?;
    if let Some(fatal) = upgrade::prevents(upgrade, store.tip().header.height + 1) {
        return Err(StartError::NeedsUpgrade(fatal));
    }
    upgrade::warn(upgrade);

    let wal_path = config.home.join("wal").join("consensus.wal");
    let own = keys.consensus.as_ref().map(|key| Address(public_key(key)));
    let signer = prepare_to_sign(&config, keys.consensus.clone(), &wal_path, &store, &alarm)?;

    let faults = Arc::new(Faults::default());
    let (gossip_allowed, gossip_allowed_heard) = watch::channel(Arc::new(directory.gossip_peers(&validators)));
    let gossip_config = GossipConfig { chain: chain.clone(), network: network.clone(), listen: config.gossip_listen };
    let (gossip, inbound) = gossip::start(gossip_config, gossip_allowed_heard)?;
    let intake = Arc::new(Intake::new(Arc::clone(&store), keys.consensus, gossip.clone(), alarm.clone()));

    let engine_allowed = directory.engine_peers(&validators);
    let setup = Setup {
        moniker: &config.moniker,
        listen: &config.listen,
        wal: &wal_path,
        network,
        address: own.unwrap_or_else(|| Address(public_key(&keys.network))),
        signer,
        verifier: ChainVerifier::new(chain, Arc::clone(&faults)),
    };
    let (channels, engine) = engine::start(setup, &engine_allowed).await.map_err(StartError::Engine)?;

    let (tip, tip_heard) = watch::channel(store.tip());
    let (validators, validators_heard) = watch::channel(validators);
    let standing = Standing::new(&store, own, &validators_heard.borrow())?;
    let standing = Arc::new(Mutex::new(standing));
    let host = Host::new(Parts {
        store: Arc::clone(&store),
        intake: Arc::clone(&intake),
        own,
        timeouts: config.timeouts,
        network: channels.network,
        requests: channels.net_requests.clone(),
        tip,
        validators,
        faults: Arc::clone(&faults),
    })?;
    let mut tasks = JoinSet::new();
    let news = News { tip: tip_heard.clone(), validators: validators_heard.clone(), claims: gossip.claims() };
    let following =
        follow_network(news, gossip.clone(), Arc::clone(&intake), store, Arc::clone(&standing), alarm.clone());
    tasks.spawn(following);
    tasks.spawn(Arc::clone(&intake).receive(inbound));
    let (directory, directory_heard) = watch::channel(directory);
    let who = Who { validators: validators_heard, directory: directory_heard };
    tasks.spawn(follow_who_may_connect(who, gossip_allowed, channels.net_requests, engine_allowed));
    let EngineHandle { actor, handle } = engine;
    let stop = Arc::new(move || {
        actor.get_cell().stop_children(Some("the node is stopping".into()));
        actor.stop(Some("the node is stopping".into()));
    });
    let engine = Engine { stop, stopping: Arc::new(AtomicBool::new(false)) };
    let host = host.run(channels.consensus);
    let diverged = divergence(channels.events.subscribe());
    let supervisor = tokio::spawn(supervise(host, handle, diverged, alarm.clone(), engine.clone()));
    Ok(Handle { intake, gossip, tip: tip_heard, directory, standing, faults, alarm, engine, tasks, supervisor })
}

/// Checks the log and begins the guard's next incarnation: in this order, for the guard asks what the log holds.
fn prepare_to_sign(
    config: &Config,
    key: Option<SigningKey>,
    wal_path: &std::path::Path,
    store: &Store,
    alarm: &Alarm,
) -> Result<Option<GuardedSigner>, StartError> {
    let directory = config.home.join("wal");
    std::fs::create_dir_all(&directory).map_err(|error| StartError::Directory(directory, error))?;
    let checked = wal::check(wal_path)?;
    let tip = store.tip().header.height;
    if checked.height > tip + 1 {
        return Err(StartError::StoreBehind { tip, log: checked.height });
    }
    let Some(key) = key else { return Ok(None) };
    if config.guard.starts_with(&config.home) {
        return Err(StartError::GuardInHome(config.guard.clone()));
    }
    let header = store.tip().header.clone();
    let logged = checked.signed_by(&Address(public_key(&key)), &header.chain);
    let guard = Guard::open(&config.guard, key, header.chain.clone(), &config.home, header.height, &logged)?;
    Ok(Some(GuardedSigner::new(header.chain, guard, alarm.clone())))
}

/// What decides who may connect.
struct Who {
    validators: watch::Receiver<Arc<Validators>>,
    directory: watch::Receiver<Arc<Directory>>,
}

impl Who {
    /// Waits until either changes; none when the node has stopped.
    async fn changed(&mut self) -> Option<(Arc<Validators>, Arc<Directory>)> {
        let changed = tokio::select! {
            changed = self.validators.changed() => changed,
            changed = self.directory.changed() => changed,
        };
        changed.ok()?;
        Some((Arc::clone(&self.validators.borrow_and_update()), Arc::clone(&self.directory.borrow_and_update())))
    }
}

/// Lets in whom the state and the address book name, and no one else, from when on they name them.
async fn follow_who_may_connect(
    mut who: Who,
    gossip: watch::Sender<Arc<Allowed>>,
    requests: mpsc::Sender<NetworkRequest>,
    mut allowed: Allowed,
) {
    while let Some((validators, directory)) = who.changed().await {
        gossip.send_replace(Arc::new(directory.gossip_peers(&validators)));
        let next = directory.engine_peers(&validators);
        engine::update_peers(&requests, &allowed, &next).await;
        let Difference { added, removed } = allowed.difference(&next);
        tracing::info!(?added, ?removed, peers = next.peers().count(), "who may connect has changed");
        allowed = next;
    }
}

/// How this node stands to the others.
struct Standing {
    last: Last,
    upgrade: Option<Upgrade>,
    progress: Progress,
    own: Option<Address>,
    /// Whose powers these are.
    validators: Arc<Validators>,
    powers: Powers,
}

impl Standing {
    fn new(store: &Store, own: Option<Address>, validators: &Arc<Validators>) -> Result<Self, StoreFault> {
        let (last, upgrade) = last_of(store)?;
        let progress = Progress::new(last, Instant::now());
        let mut standing =
            Self { last, upgrade, progress, own, validators: Arc::clone(validators), powers: Powers::default() };
        standing.powers = standing.weighed();
        Ok(standing)
    }

    fn members(&self) -> &[Member] {
        self.validators.members_at(self.last.height + 1)
    }

    fn weighed(&self) -> Powers {
        Powers::new(self.members(), self.own.as_ref().map(|own| &own.0))
    }

    fn weigh(&mut self, validators: &Arc<Validators>) {
        if !Arc::ptr_eq(&self.validators, validators) {
            self.validators = Arc::clone(validators);
            self.powers = self.weighed();
        }
    }
}

fn locked(standing: &Mutex<Standing>) -> std::sync::MutexGuard<'_, Standing> {
    // Numbers, whole after every statement: a panic elsewhere does not spoil them.
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The store's last block, and rules to come that this program does not know.
fn last_of(store: &Store) -> Result<(Last, Option<Upgrade>), StoreFault> {
    let view = store.view();
    let heartbeat_ms = judge::parameters(&view)?.heartbeat_ms;
    let header = &view.tip().header;
    Ok((Last { height: header.height, time: header.time, heartbeat_ms }, upgrade::unknown(&view)?))
}

/// What readiness follows from.
struct News {
    tip: watch::Receiver<Arc<Tip>>,
    validators: watch::Receiver<Arc<Validators>>,
    claims: watch::Receiver<BTreeMap<libp2p::PeerId, Height>>,
}

/// Tells the peers of every block, and takes note of theirs.
async fn follow_network(
    mut news: News,
    gossip: Gossip,
    intake: Arc<Intake>,
    store: Arc<Store>,
    standing: Arc<Mutex<Standing>>,
    alarm: Alarm,
) {
    let mut last = locked(&standing).last;
    let mut upgrade = locked(&standing).upgrade;
    loop {
        // Not read without need: a disk that hangs must not keep this from noticing that the node stands still.
        if news.tip.borrow_and_update().header.height > last.height {
            (last, upgrade) = match last_of(&store) {
                Ok(last) => last,
                Err(fault) => return alarm.raise(Fatal { code: "store-failed", detail: fault.to_string() }),
            };
        }
        gossip.announce_height(last.height);
        let validators = Arc::clone(&news.validators.borrow_and_update());
        let (network, ready) = {
            let claims = news.claims.borrow_and_update();
            let standing = &mut *locked(&standing);
            (standing.last, standing.upgrade) = (last, upgrade);
            standing.weigh(&validators);
            standing.progress.observe(standing.last, &standing.powers, &claims, Instant::now());
            (standing.progress.network(), standing.progress.judge(Instant::now(), clock::now()).is_none())
        };
        intake.reached(network);
        if ready {
            // It reads the store and checks a signature.
            block_in_place(|| intake.say_ready(&validators));
        }
        let changed = tokio::select! {
            changed = news.tip.changed() => changed,
            changed = news.validators.changed() => changed,
            changed = news.claims.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Returns when a block that more than two thirds certified is not valid here. The engine has then verified the certificate,
/// found that it is the block's, and decides nothing: it would stand still without a word.
async fn divergence(mut events: RxEvent<Context>) -> Fatal {
    loop {
        match events.recv().await {
            Ok(Event::ReceivedProposedValue(value, ValueOrigin::Sync)) if value.validity.is_invalid() => {
                let (hash, height) = (value.value.0, value.height);
                let detail = format!("block {hash} at height {height} is certified and not valid here");
                return Fatal { code: "diverged", detail };
            }
            // Events that were lost in a flood: the node is then known as stalled.
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Raises the alarm when the host or the engine ends and nobody asked for it, or when the ledger here is another than the network's.
async fn supervise(
    host: impl Future<Output = Ended> + Send + 'static,
    mut engine: JoinHandle<()>,
    diverged: impl Future<Output = Fatal> + Send,
    alarm: Alarm,
    control: Engine,
) {
    let mut host = tokio::spawn(host);
    let stopped = |detail: &str| Fatal { code: "engine-stopped", detail: detail.into() };
    let fatal = tokio::select! {
        fatal = diverged => fatal,
        _ = &mut engine => stopped("a part of the engine failed"),
        ended = &mut host => match ended {
            Ok(Ended::Fatal(fatal)) => fatal,
            Ok(Ended::EngineClosed) => match timeout(ENGINE_END_MAX, &mut engine).await {
                Ok(_) => stopped("a part of the engine failed"),
                Err(_) => Fatal { code: "engine-safety-failure", detail: "the engine hangs on purpose: it could not write or read its log".into() },
            },
            Err(panicked) => Fatal { code: "host-failed", detail: panicked.to_string() },
        },
    };
    if !control.stopping.load(Ordering::SeqCst) {
        alarm.raise(fatal);
        control.stop();
    }
    if !engine.is_finished() {
        let _ = timeout(ENGINE_END_MAX, engine).await;
    }
    host.abort();
}

impl Handle {
    /// Takes a transaction: checks it on the last block, keeps it for the next ones and passes it on. Its id; a known one is as good as new.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit(&self, transaction: Transaction) -> Result<Hash, SubmitError> {
        let intake = Arc::clone(&self.intake);
        let submitted = tokio::task::spawn_blocking(move || intake.submit(transaction)).await;
        submitted.unwrap_or(Err(SubmitError::Stopped))
    }

    /// Follows another address book from now on: whom it adds may connect, whom it leaves out is disconnected, who has moved is
    /// called where they are.
    ///
    /// # Errors
    /// [`StartError::Address`] or [`StartError::NetworkKey`]: an entry cannot be; nothing has changed.
    pub fn set_address_book(&self, book: &[PeerAddress]) -> Result<(), StartError> {
        let own = self.directory.borrow().own;
        self.directory.send_replace(Arc::new(Directory::new(book, own)?));
        Ok(())
    }

    /// The last block, from now on.
    pub fn tip(&self) -> watch::Receiver<Arc<Tip>> {
        self.tip.clone()
    }

    /// Peers that are connected, on the transaction network.
    pub fn peers(&self) -> usize {
        *self.gossip.connected().borrow()
    }

    /// Why the process must end, once it must.
    pub fn failed(&self) -> watch::Receiver<Option<Fatal>> {
        self.alarm.listen()
    }

    /// How the node is doing.
    pub fn health(&self) -> Health {
        let tip = self.tip.borrow().clone();
        let (pool_transactions, pool_bytes) = self.intake.load();
        let now = Instant::now();
        let standing = locked(&self.standing);
        let engine_ok = self.alarm.listen().borrow().is_none() && !self.supervisor.is_finished();
        let not_ready = if engine_ok { standing.progress.judge(now, clock::now()) } else { Some(Reason::EngineFailed) };
        Health {
            not_ready,
            height: tip.header.height,
            network_height: standing.progress.network(),
            since_block: standing.progress.since_moved(now),
            peers: self.peers(),
            observers: self.directory.borrow().observers.len(),
            validators: standing.members().len(),
            validates: standing.powers.votes(),
            pool_transactions,
            pool_bytes,
            last_decided_at: tip.header.time,
            upgrade: standing.upgrade,
            engine_ok,
        }
    }

    /// The engine's metrics and this crate's, in the Prometheus text format.
    pub fn metrics(&self) -> String {
        metrics::text(&self.health(), &self.gossip.counters(), &self.faults)
    }

    /// Stops the node and waits until it has stopped.
    pub async fn shutdown(mut self) {
        self.engine.stop();
        self.tasks.shutdown().await;
        // Ends within twice the time that an engine may take; an engine that hangs is left to the end of the process.
        let _ = timeout(2 * ENGINE_END_MAX, &mut self.supervisor).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.engine.stop();
        self.supervisor.abort();
    }
}

#[cfg(test)]
mod tests;
