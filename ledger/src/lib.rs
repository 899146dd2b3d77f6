//! What a record is and when a change is valid.
//!
//! Pure: no clock, randomness, network, disk, thread or hash map. Everything here is a function of
//! its arguments, so every node computes the same state from the same blocks.
//!
//! | module | one idea |
//! |---|---|
//! | [`codec`] | the one encoding |
//! | [`hash`] | SHA-256 with a domain for each use |
//! | [`signature`] | the one signature rule |
//! | [`name`] | identifiers people read |
//! | [`merkle`] | RFC 9162 trees |
//! | [`validator`] | who votes; votes; certificates |
//! | [`block`] | header and body |
//! | [`transaction`] | what may be asked of the ledger |
//! | [`record`] | what the state holds |
//! | [`status`] | what became of a sealed document |
//! | [`state`] | the Jellyfish Merkle tree over the records, and proofs from it; `prover` makes them |
//! | [`refusal`] | why a transaction is refused |
//! | [`transition`] | when a transaction is valid and what it changes |
//! | [`genesis`] | block 0 |
//! | [`continuation`] | how a chain goes on without its validators |
//! | [`exported`] | a state written out |
//! | [`receipt`] | proof that a document is on the ledger, and its verification |
//! | [`checkpoint`] | the trust anchor a receipt is verified against |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod block;
pub mod checkpoint;
pub mod codec;
pub mod continuation;
pub mod exported;
pub mod genesis;
pub mod hash;
pub mod merkle;
pub mod name;
mod prover;
pub mod receipt;
pub mod record;
pub mod refusal;
pub mod signature;
pub mod state;
pub mod status;
#[cfg(test)]
mod testing;
pub mod transaction;
pub mod transition;
pub mod validator;

pub use hash::Hash;
