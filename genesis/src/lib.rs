//! Who founds a network: key ceremony, genesis file, its checks, ready-made networks.
//!
//! Each owner runs [`keygen`] at home and hands over `validator.json`. [`assemble`] makes `genesis.json` and the address
//! book of all the parts; every owner runs [`check`] and compares the hash with the others by another way.
//! [`devnet`] does all of that at once for a network to try things out.
//!
//! | module | one idea |
//! |---|---|
//! | [`problem`] | what can be wrong, in two languages, with the remedy |
//! | `files` | reading up to a limit, writing once |
//! | `document` | reading JSON and TOML of unknown quality |
//! | `values` | the types that files are made of |
//! | [`address`] | where a node is; its libp2p name |
//! | [`keys`] | key files |
//! | [`ceremony`] | the three keys of a validator and the proof that its owner holds them |
//! | [`issuers`] | the issuers file that people write |
//! | [`founding`] | the genesis file and the network's identity |
//! | [`book`] | the address book |
//! | [`observer`] | nodes that follow without voting |
//! | [`config`] | the configuration of a node |
//! | [`webhook`] | whom a node tells of events |
//! | [`mod@check`] | everything that is wrong with a file or home |
//! | [`networks`] | ready-made networks |
//! | [`mod@devnet`] | one of them on this machine |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod address;
pub mod book;
pub mod ceremony;
pub mod check;
pub mod config;
pub mod continuation;
pub mod devnet;
mod document;
mod files;
pub mod founding;
pub mod issuers;
pub mod keys;
pub mod networks;
pub mod observer;
pub mod problem;
mod values;
pub mod webhook;

pub use address::Address;
pub use book::{AddressBook, load_address_book};
pub use ceremony::{PublicPart, keygen};
pub use check::check;
pub use config::{NodeConfig, load_config};
pub use continuation::ContinuationFile;
pub use devnet::devnet;
pub use files::load_private;
pub use founding::{Founding, assemble, genesis_checkpoint, load_genesis, tip};
pub use issuers::{issuer_keygen, load_issuers};
pub use keys::{IssuerSecretKey, SecretKey};
pub use networks::Network;
pub use observer::{ObserverPart, observer_home};
pub use problem::{Code, Problem, Problems};
pub use webhook::{Webhook, WebhookSecret, WebhookUrl};

#[cfg(test)]
mod tests;
