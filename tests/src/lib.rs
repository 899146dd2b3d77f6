//! Clusters of real processes, for the tests beside this file.
//!
//! Purpose: a test says what people do (`sogoc …`), what befalls the nodes (kill, stop, start) and what must then hold.
//! Nothing here reaches into a program: only command lines, files, sockets and signals.
//!
//! # Where the programs are
//!
//! `sogoc` and `sogoc-node` lie beside the test, as one build leaves them; `SOGOC_BIN` names another directory.
//!
//! # Invariants
//!
//! * Nothing is waited for by sleeping: [`wait_until`] asks until it holds, and fails after [`PATIENCE`].
//! * Tests run side by side: each cluster has ports that no other has while it lives (module `ports`).
//! * When a cluster ends, its processes end; and no node's log may show that a thread panicked.
//! * Whatever is random comes from [`Random`], whose seed is printed; `SOGOC_SEED` gives it again.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
// This crate is test code: what cannot go on fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod cluster;
mod node;
mod ports;
mod program;
mod random;
mod relay;

use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use cluster::{Cluster, SCHOOL, UPPER_SCHOOL, verdicts};
pub use node::{Answer, Node};
pub use ports::Ports;
pub use program::{Output, Program, program};
pub use random::Random;
pub use relay::Relay;

/// What takes longer has failed. Most things take milliseconds; this is for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks: short for a person, long for a processor.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What `look` finds, as soon as it finds something.
pub fn wait_until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_until_within(PATIENCE, what, look)
}

/// The same, with another patience.
pub fn wait_until_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < patience, "not in {patience:?}: {what}");
        sleep(LOOK_AGAIN);
    }
}

/// A file of `examples/`.
pub fn example(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}
