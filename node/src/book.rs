//! The address book: edited by `admit` and `dismiss`, read at the start, and read again when the process is told to (SIGHUP).
//!
//! # Invariants
//!
//! * A book is checked whole before anything follows from it. One that is wrong is refused by its codes, and the one before stays.
//! * An edited book is the old one or the new one, whole, whenever power fails.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use libp2p::Multiaddr;
use sogoc_consensus::{Handle, PeerAddress};
use sogoc_genesis::address::Address;
use sogoc_genesis::{AddressBook, ObserverPart, Problems, load_address_book, load_config, load_genesis};

use crate::failure::Failure;

/// The address book of a running node.
pub struct Book {
    path: PathBuf,
    taken: AtomicU64,
    refused: AtomicU64,
}

impl Book {
    /// The one at `path`, which is not read yet.
    pub fn new(path: &Path) -> Self {
        Self { path: path.into(), taken: AtomicU64::new(0), refused: AtomicU64::new(0) }
    }

    /// Whom it names and where they are.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self) -> Result<Vec<PeerAddress>, Problems> {
        load_address_book(&self.path).map(|book| peers(&book))
    }

    /// Reads it again and has `node` follow it.
    pub fn read_again(&self, node: &Handle) {
        // No line of the log says what a file says, only where and of which kind its problems are.
        let refused = match self.read() {
            Ok(peers) => match node.set_address_book(&peers) {
                Ok(()) => {
                    self.taken.fetch_add(1, Ordering::Relaxed);
                    let observers = peers.iter().filter(|peer| peer.observer).count();
                    return tracing::info!(peers = peers.len(), observers, "address book read again");
                }
                Err(error) => vec![(error.code(), self.path.display().to_string())],
            },
            Err(Problems(problems)) => {
                problems.into_iter().map(|problem| (problem.code.as_str(), problem.place)).collect()
            }
        };
        self.refused.fetch_add(1, Ordering::Relaxed);
        for (code, place) in refused {
            tracing::error!(code, place, "address book refused: the one before stays");
        }
    }

    /// How often it was read again, as OpenMetrics text without an end.
    pub fn metrics(&self) -> String {
        let mut text = String::from(
            "# HELP sogoc_address_book_reads Address books read again, and whether they were taken.\n\
             # TYPE sogoc_address_book_reads counter\n",
        );
        for (outcome, count) in [("taken", &self.taken), ("refused", &self.refused)] {
            let count = count.load(Ordering::Relaxed);
            // Writing to a string does not fail.
            let _ = writeln!(text, "sogoc_address_book_reads_total{{outcome=\"{outcome}\"}} {count}");
        }
        text
    }
}

/// An address, as libp2p has it.
pub fn multiaddr(address: &Address) -> Multiaddr {
    address.as_str().parse().expect("an address is a multiaddr of two parts")
}

fn peers(book: &AddressBook) -> Vec<PeerAddress> {
    let entry = |peer: &sogoc_genesis::book::Peer| PeerAddress {
        network_key: peer.network,
        engine: peer.addresses.as_ref().map(|addresses| multiaddr(&addresses.engine)),
        gossip: peer.addresses.as_ref().map(|addresses| multiaddr(&addresses.gossip)),
        observer: peer.observer,
        name: peer.name.to_string(),
    };
    book.peers.iter().map(entry).collect()
}

/// Enters the observer of `part` in the address book of a node.
pub fn admit(config: &Path, part: &Path) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    let (part, genesis) = (ObserverPart::load(part)?, load_genesis(&config.genesis)?);
    let problems = part.problems_in(&genesis);
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    let mut book = load_address_book(&config.address_book)?;
    book.admit(&part).map_err(Problems::from)?;
    book.replace(&config.address_book)?;
    println!("{} {}", part.network.thumbprint(), part.name);
    told_how_to_go_on();
    Ok(ExitCode::SUCCESS)
}

/// Takes the observer called `name` out of the address book of a node.
pub fn dismiss(config: &Path, name: &str) -> Result<ExitCode, Failure> {
    let config = load_config(config)?;
    let mut book = load_address_book(&config.address_book)?;
    let peer = book.dismiss(name).map_err(Problems::from)?;
    book.replace(&config.address_book)?;
    println!("{} {}", peer.network.thumbprint(), peer.name);
    told_how_to_go_on();
    Ok(ExitCode::SUCCESS)
}

fn told_how_to_go_on() {
    eprintln!("Nút đang chạy đọc lại sổ địa chỉ khi nhận SIGHUP: systemctl reload sogoc");
    eprintln!("A node that runs reads its address book again on SIGHUP: systemctl reload sogoc");
}
