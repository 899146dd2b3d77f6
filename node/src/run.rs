//! Runs a node: opens what it keeps, starts consensus and HTTP, and ends when told to or when something fails.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sogoc_consensus::{Config, Keys, PeerAddress, Timeouts};
use sogoc_genesis::config::{LogFormat, NodeConfig};
use sogoc_genesis::keys::SecretKey;
use sogoc_genesis::{Problems, load_config, load_genesis};
use sogoc_ledger::record::Purpose;
use sogoc_store::Store;
use sogoc_verifier_api::{
    Limits, MAX_ANCHOR_FILE_BYTES, OfferedRoots, ROOTS_FILE_BYTES_MAX, Trust, router, serve, trust_anchor,
};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::book::{Book, multiaddr};
use crate::failure::Failure;
use crate::service::Service;
use crate::webhook::Webhooks;

/// Runs the node of this configuration.
pub fn run(config: &Path) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    log_to_stderr(&config);
    stop_on_panic();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::System("threads".into(), error))?;
    let outcome = runtime.block_on(serve_until_stopped(&config));
    // A hanging engine must not keep a stopped process alive.
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome
}

async fn serve_until_stopped(config: &NodeConfig) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let genesis = load_genesis(&config.genesis)?;
    let book = Arc::new(Book::new(&config.address_book));
    let peers = book.read()?;
    let mut told_to_read = signal(SignalKind::hangup()).map_err(|error| Failure::System("SIGHUP".into(), error))?;
    let keys = load_keys(config)?;
    let webhooks = Webhooks::load(&config.webhooks)?;
    let store = Arc::new(Store::open(&config.data.join("store"), &genesis)?);
    let trust = Trust {
        anchor: trust_anchor(config.load_trust(MAX_ANCHOR_FILE_BYTES)?.as_deref(), &store)?,
        roots: config.load_roots(ROOTS_FILE_BYTES_MAX)?.map(OfferedRoots::from_file).transpose()?,
    };
    let listener = TcpListener::bind(config.listen.http)
        .await
        .map_err(|error| Failure::System(config.listen.http.to_string(), error))?;
    let node = sogoc_consensus::start(consensus_config(config, peers), keys, Arc::clone(&store)).await?;
    let tip = store.tip();
    tracing::info!(
        moniker = %config.moniker, chain = %tip.header.chain, height = tip.header.height, http = %config.listen.http,
        ms = started.elapsed().as_millis() as u64, "running"
    );
    let mut failed = node.failed();
    let tips = node.tip();
    let service = Arc::new(Service::new(node, webhooks.counts(), Arc::clone(&book)));
    let (stop, stopping) = watch::channel(false);
    let mut telling = webhooks.start(&config.data, &store, &tips, &stopping);
    let limits = Limits::default();
    let http =
        tokio::spawn(serve(listener, router(store, service.clone(), trust, limits.clone()), limits, told(stopping)));
    let fatal = tokio::select! {
        () = asked_to_stop() => None,
        fatal = first_failure(&mut failed) => Some(fatal),
        never = read_when_told(&mut told_to_read, &service) => match never {},
    };
    let _ = stop.send(true);
    if fatal.is_none() {
        tracing::info!("stopping");
        let _ = http.await;
        while telling.join_next().await.is_some() {}
    }
    if let Some(service) = Arc::into_inner(service) {
        service.into_node().shutdown().await;
    }
    match fatal {
        None => Ok(ExitCode::SUCCESS),
        Some(fatal) => Err(fatal.into()),
    }
}

async fn first_failure(failed: &mut watch::Receiver<Option<sogoc_consensus::Fatal>>) -> sogoc_consensus::Fatal {
    match failed.wait_for(Option::is_some).await.map(|fatal| fatal.clone()) {
        Ok(Some(fatal)) => fatal,
        // The sender lives as long as the node.
        _ => std::future::pending().await,
    }
}

/// Reads the address book again each time that the process is told to.
async fn read_when_told(told: &mut Signal, service: &Service) -> Infallible {
    loop {
        if told.recv().await.is_none() {
            std::future::pending::<Infallible>().await;
        }
        service.read_address_book();
    }
}

async fn told(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn asked_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn load_keys(config: &NodeConfig) -> Result<Keys, Failure> {
    let consensus = config.keys.consensus.as_deref().map(|path| SecretKey::load(path, Purpose::Consensus)).transpose();
    let network = SecretKey::load(&config.keys.network, Purpose::Network);
    match (consensus, network) {
        (Ok(consensus), Ok(network)) => {
            Ok(Keys { consensus: consensus.map(|key| key.signing().clone()), network: network.signing().clone() })
        }
        (consensus, network) => {
            let problems: Vec<_> = [consensus.err(), network.err()].into_iter().flatten().collect();
            Err(Failure::Configuration(Problems(problems)))
        }
    }
}

fn consensus_config(config: &NodeConfig, address_book: Vec<PeerAddress>) -> Config {
    Config {
        home: config.data.clone(),
        guard: config.guard.clone(),
        listen: multiaddr(&config.listen.engine),
        gossip_listen: multiaddr(&config.listen.gossip),
        address_book,
        timeouts: timeouts(config),
        moniker: config.moniker.to_string(),
    }
}

fn timeouts(config: &NodeConfig) -> Timeouts {
    let usual = Timeouts::default();
    let or = |given: Option<u32>, usual| given.map_or(usual, |ms| Duration::from_millis(ms.into()));
    Timeouts {
        propose: or(config.timeouts.propose, usual.propose),
        prevote: or(config.timeouts.prevote, usual.prevote),
        precommit: or(config.timeouts.precommit, usual.precommit),
        rebroadcast: or(config.timeouts.rebroadcast, usual.rebroadcast),
        ..usual
    }
}

fn log_to_stderr(config: &NodeConfig) {
    let filter = EnvFilter::try_new(config.log.filter.as_str()).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => lines.with_ansi(false).init(),
        LogFormat::Json => lines.json().init(),
    }
}

/// A thread that panicked has lost its state: the process ends, and the next start recovers what is on the disk.
fn stop_on_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::exit(crate::failure::EXIT_IN_DOUBT.into());
    }));
}
