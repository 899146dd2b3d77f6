//! The documents: what schools' files are read into, what is signed, and what its holder shows.
//!
//! * [`import`]: a clerk's Excel or CSV file to claims, row by row, with every finding named.
//! * [`schema`]: the types of document, as data.
//! * [`sdjwt`]: issuing, presenting and checking SD-JWT VCs.
//! * [`bundle`]: the one file a learner keeps; [`opening`]: what stands behind a status; [`anchor`]: the file of a trust anchor.
//! * [`binding`]: a ledger key bound to its organisation's X.509 certificate.
//! * [`verify`]: the checks, one by one, and the verdict; [`reason`]: why one did not hold, in both languages; [`report`]: all
//!   that as JSON.
//!
//! No network, no clock, no store. Nothing here logs.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod anchor;
pub mod binding;
pub mod bundle;
pub mod import;
pub mod opening;
pub mod reason;
pub mod report;
pub mod schema;
pub mod sdjwt;
pub mod verify;
