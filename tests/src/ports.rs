//! Ports that no other cluster has, whichever tests run beside this one.
//!
//! A cluster takes a block of [`BLOCK`] ports below those that the system gives to outgoing connections. It holds the
//! first of them open as long as it lives: whoever cannot bind that one takes another block. So there is nothing to
//! clean up after a test that was killed.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports of one cluster: a devnet counts from its base up to 200 and its number of nodes.
const BLOCK: u16 = 250;
/// Nodes that a cluster has room for, and ports of each kind.
const NODES: u16 = 40;
const FIRST: u16 = 10_000;
const BLOCKS: u16 = 88;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A block of ports, held while this lives.
pub struct Ports {
    base: u16,
    _held: TcpListener,
}

impl Ports {
    /// Takes a block of which every port is free.
    pub fn take() -> Self {
        // Processes begin at different places, so that they seldom meet.
        let begin = (std::process::id() % u32::from(BLOCKS)) as u16;
        for _ in 0..BLOCKS {
            let block = (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % BLOCKS;
            let base = FIRST + block * BLOCK;
            let Ok(held) = TcpListener::bind((Ipv4Addr::LOCALHOST, base)) else { continue };
            let ports = Self { base, _held: held };
            let used = [1, 101, 201].into_iter().flat_map(|first| first..first + NODES);
            if used.into_iter().all(|offset| TcpListener::bind((Ipv4Addr::UNSPECIFIED, base + offset)).is_ok()) {
                return ports;
            }
        }
        panic!("no {BLOCK} ports in a row are free");
    }

    /// The held port; those after it are free.
    pub fn base(&self) -> u16 {
        self.base
    }
}
