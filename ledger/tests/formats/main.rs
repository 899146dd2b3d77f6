//! The formats of the ledger, frozen: vectors in `docs/vectors`, made again from fixed seeds, compared with the committed
//! ones, and each put to the functions that verify.
//!
//! `SOGOC_WRITE_VECTORS=1` writes them (see also the tests of the same name in `credential/`, whose documents this chain
//! seals). A change of a vector is a change of the format.

#![allow(clippy::unwrap_used, clippy::panic)]

mod chain;
mod encoding;
mod es256;
mod hashes;
mod network;
mod proofs;
mod vectors;
mod wire;
