//! Runs the ledger on the Malachite BFT engine over libp2p.
//!
//! # Architecture
//!
//! | module | one idea |
//! |---|---|
//! | `node` | a running node, and what others may ask of it |
//! | `host` | answers the engine from the ledger |
//! | `judge` | what it decides: builds, judges, keeps and commits blocks |
//! | `engine` | the engine's limits and peers |
//! | `context` | the engine's types filled with the ledger's |
//! | `wire` | their bytes |
//! | `parts` | blocks cut and put together |
//! | `signing` | votes and proposals under the one signature rule |
//! | `guard` | never two signatures for one place |
//! | `wal` | the engine's log, checked before it is read |
//! | `intake` | transactions come in |
//! | `pool` | where they wait |
//! | `memory` | signatures verified once |
//! | `gossip` | how they reach every node |
//! | `peers` | who may connect |
//! | `timeouts`, `clock` | how long a round waits; what time it is |
//! | `readiness` | whether it serves the network's present state |
//! | `upgrade` | rules to come that this program does not know |
//! | `fatal`, `metrics` | what operators see |
//! | `simulation` | what the seeded simulation drives directly |
//!
//! # Invariants
//!
//! * A validator votes only for a block that it has executed and has on its disk.
//! * It never signs two messages for one (height, round, step), whatever crashes in between.
//! * A block is committed with the precommits that made it final, in one synced write, before the engine goes on.
//! * What the ledger holds depends on the blocks alone: not on rounds, proposers, or which precommits were seen.
//! * Whatever comes from a peer is bounded in bytes and number before it is kept, and signed or content-addressed before it counts.
//!
//! # Recovery
//!
//! Starting after a crash is starting: the engine's log is checked and replayed, undecided blocks are handed back to it, and what was
//! decided meanwhile comes from peers, each block executed and its certificate verified.
//!
//! # Errors
//!
//! [`StartError`] with a stable code; while running [`Fatal`], after which nothing is signed and the process must end.
//!
//! # The engine
//!
//! `arc-malachitebft` 0.8.2, by its own README "not externally audited". It decides header hashes; the block travels beside it. Left
//! aside: its vote extensions, validator proofs, target time (a height ends as soon as it is decided), discovery and re-start of a height.
//!
//! What it leaves to its user, and where that is done:
//!
//! | the engine | here |
//! |---|---|
//! | asks for validation only when blocks travel in parts | they do; executed before every vote (`judge`) |
//! | decides by hash, and may replay a value it will never send again | a block is durable before it is answered (`judge`) |
//! | takes any value it is given | one block for one (height, round), remembered on disk (`judge`) |
//! | waits in line for every answer but the end of a height | proposals and sync answers are bounded (`intake`, `judge`) |
//! | hangs on purpose when it loses its log | the channel it closes is watched, and the process ends (`node`, `fatal`) |
//! | hangs at a log entry that it cannot read | every entry is checked first (`wal`) |
//! | stops for good when a signer fails, hangs if it does during replay | the guard returns what it signed before, and raises the alarm before it refuses (`guard`, `signing`) |
//! | sends its first proposal before peers listen | a start waits for a quorum of them, three seconds at most (`host`) |
//! | makes empty blocks, and is not woken by votes | idle heights are held; transactions, signed signals, blocks and a heartbeat end them (`host`, `intake`) |
//! | does not authenticate parts, and takes their fields as metadata | only from validators' nodes, bounded, content-addressed (`parts`) |
//! | takes two blocks for a round and no third | each for its own round, from that round's proposer only (`judge`) |
//! | lets a value's validity rise | a block refused for its time is judged again in each round (`judge`) |
//! | has no encoding of its types | mirrors, strict, polka signatures kept (`wire`) |
//! | limits and timeouts for other networks | ours, each with its reason (`engine`, `timeouts`) |
//! | believes peers' heights when it asks for blocks | a gap, a lie or an undecodable block is refused, and the peer blamed (`host`) |
//! | stands still without a word when a certified block is not valid here | its event is watched, and the process ends as `diverged` (`node`) |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod clock;
mod context;
mod engine;
mod fatal;
#[cfg(test)]
mod fixture;
pub mod gossip;
mod guard;
mod host;
mod intake;
mod judge;
mod ledger;
mod memory;
mod metrics;
mod node;
mod parts;
pub mod peers;
pub mod pool;
pub mod readiness;
mod signing;
pub mod simulation;
mod timeouts;
mod upgrade;
mod wal;
mod wire;

pub use fatal::Fatal;
pub use guard::GuardError;
pub use intake::SubmitError;
pub use node::{Config, Handle, Health, Keys, PeerAddress, StartError, start};
pub use timeouts::Timeouts;
pub use wal::WalError;
