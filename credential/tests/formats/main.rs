//! The formats of documents, frozen: vectors in `docs/vectors`, made again from fixed seeds and put to the checks.
//!
//! `SOGOC_WRITE_VECTORS=1` writes them. The ledger seals the documents of `documents.json` in `chain.json`, and
//! `bundles.json` needs both: so after a change write this crate's vectors, then the ledger's, then these again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod bundles;
mod documents;
#[path = "../../../ledger/tests/formats/vectors.rs"]
mod vectors;
