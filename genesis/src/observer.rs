//! Observers: nodes that follow and serve without voting.
//!
//! An observer's operator makes a home of the network's genesis file and address book, and hands over `observer.json`. Each
//! validator's operator admits it: it is entered in their address book ([`admit`](crate::AddressBook::admit)). It needs no consensus key.
//!
//! # Format
//!
//! `observer.json`, of at most 16 KiB:
//!
//! ```json
//! {"sogoc-observer": 1, "genesis": "64 hex digits", "name": "Ủy ban nhân dân Phường Mẫu",
//!  "network": {"crv": "Ed25519", "kty": "OKP", "x": "…"}, "addresses": {"engine", "gossip", "http"} or null, "possession": "base64url"}
//! ```
//!
//! `addresses` is null for an observer that only calls others.
//!
//! # Proof of possession
//!
//! The network key signs, with the prefix `"sogoc/1/possession" ‖ 0x00` before it,
//!
//! ```text
//! purpose (1: 5 observer) ‖ genesis hash ‖ name (length byte, UTF-8) ‖ network key
//! ```
//!
//! So nobody can enter the key of others under a name of theirs, or for another network. As with validators, the addresses
//! are no part of it: whoever is called there has to hold the key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::record::Purpose;
use sogoc_ledger::signature::{self, PublicKey, Signature};
use sogoc_ledger::validator::OwnerName;

use crate::address::Address;
use crate::book::{BOOK_FILE, load_address_book};
use crate::ceremony::{Addresses, make_private_directory};
use crate::config::{CONFIG_FILE, Listen, Moniker, usual_config};
use crate::document::{self, At, FromValue, Syntax, Value};
use crate::files;
use crate::founding::{Founding, GENESIS_FILE, load_genesis, tip};
use crate::keys::SecretKey;
use crate::problem::{Code, Problem, Problems};

/// Name of an observer's public part in its home.
pub const OBSERVER_FILE: &str = "observer.json";

/// Longest public part of an observer, in bytes: twenty times what one has.
pub const OBSERVER_FILE_BYTES_MAX: usize = 16 << 10;

/// What a proof of possession is for; 1 to 3 are those of a validator's keys.
const PURPOSE: u8 = 5;

/// Where an observer listens that only calls others: on its own machine.
const USUAL_PORTS: [u16; 2] = [27_001, 27_101];

/// What an observer hands over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObserverPart {
    /// The network: hash of block 0.
    pub genesis: Hash,
    /// Whose it is.
    pub name: OwnerName,
    /// Its identity.
    pub network: PublicKey,
    /// Where it is reached; none if it only calls others.
    pub addresses: Option<Addresses>,
    /// That it holds the key.
    pub possession: Signature,
}

/// What the network key signs, without the domain's prefix.
fn possession_bytes(genesis: Hash, name: &OwnerName, network: PublicKey) -> Vec<u8> {
    codec::encode(&(PURPOSE, genesis, name.clone(), network))
}

impl ObserverPart {
    /// The text of the file.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct PartFile<'a> {
            #[serde(rename = "sogoc-observer")]
            version: u8,
            #[serde(flatten)]
            part: &'a ObserverPart,
        }
        document::to_json(&PartFile { version: 1, part: self })
    }

    /// The public part in the file at `path`, its proof of possession checked.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let part: Self = document::load(path, OBSERVER_FILE_BYTES_MAX, Syntax::Json)?;
        let signed = possession_bytes(part.genesis, &part.name, part.network);
        if !part.network.verifies(Domain::POSSESSION, &signed, &part.possession) {
            return Err(Problem::new(Code::NoPossession, path.display(), "network").into());
        }
        Ok(part)
    }

    /// What keeps it out of the network that `genesis` founded.
    pub fn problems_in(&self, genesis: &Genesis) -> Vec<Problem> {
        let mut problems = Vec::new();
        match tip(genesis) {
            Ok(tip) if tip.hash == self.genesis => {}
            Ok(tip) => problems.push(Problem::new(Code::OtherNetwork, &self.name, format_args!("not {}", tip.hash))),
            Err(problem) => problems.push(problem),
        }
        let is_of = |keys: [PublicKey; 3]| keys.contains(&self.network);
        if genesis.members.iter().any(|member| is_of([member.consensus, member.network, member.governance])) {
            problems.push(Problem::new(Code::KeyUsedTwice, &self.name, "a validator's"));
        }
        problems
    }
}

/// What to make an observer's home of.
#[derive(Clone, Debug)]
pub struct NewObserver {
    /// The directory; made if it does not exist.
    pub directory: PathBuf,
    /// Whose it is.
    pub name: OwnerName,
    /// Where it will be reached; none if it only calls others.
    pub addresses: Option<Addresses>,
    /// Where it serves its API.
    pub http: SocketAddr,
    /// The network's genesis file.
    pub genesis: PathBuf,
    /// A validator's address book.
    pub address_book: PathBuf,
}

/// Makes an observer's home, ready to run once it is admitted: its key, its public part, genesis file, address book and
/// configuration. Nothing is written if anything is in the way.
///
/// # Errors
/// The genesis file or the address book is wrong, a file exists or cannot be written, or there is no randomness.
pub fn observer_home(new: &NewObserver) -> Result<ObserverPart, Problems> {
    let key_path = new.directory.join("keys").join("network.key");
    let [part_path, config_path, genesis_path, book_path] =
        [OBSERVER_FILE, CONFIG_FILE, GENESIS_FILE, BOOK_FILE].map(|name| new.directory.join(name));
    files::none_in_the_way([&key_path, &part_path, &config_path, &genesis_path, &book_path])?;
    let genesis = load_genesis(&new.genesis)?;
    let mut address_book = load_address_book(&new.address_book)?;
    let hash = tip(&genesis)?.hash;

    let key = SecretKey::generate(Purpose::Network)?;
    let (name, network) = (new.name.clone(), key.public());
    let possession = signature::sign(key.signing(), Domain::POSSESSION, &possession_bytes(hash, &name, network));
    let part = ObserverPart { genesis: hash, name, network, addresses: new.addresses.clone(), possession };
    // What cannot be read again (a name of spaces) must not be written either.
    document::from_bytes::<ObserverPart>(part.to_json().as_bytes(), &part_path.display().to_string(), Syntax::Json)?;
    address_book.admit(&part)?;
    let moniker = Moniker::new("observer").expect("it is short");
    let config = usual_config(&moniker, false, &listen(new));

    make_private_directory(&new.directory.join("keys"))?;
    key.write(&key_path)?;
    Founding { genesis, hash, address_book }.write(&new.directory)?;
    files::write_new(&config_path, &config, false)?;
    files::write_new(&part_path, &part.to_json(), false)?;
    Ok(part)
}

fn listen(new: &NewObserver) -> Listen {
    let (engine, gossip) = match &new.addresses {
        Some(addresses) => (addresses.engine.to_listen_on(), addresses.gossip.to_listen_on()),
        None => USUAL_PORTS.map(Address::localhost).into(),
    };
    Listen { engine, gossip, http: new.http }
}

impl FromValue for ObserverPart {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        fields.version("sogoc-observer", 1)?;
        let (genesis, name, network) = (fields.get("genesis"), fields.get("name"), fields.get("network"));
        let (addresses, possession) = (fields.maybe("addresses"), fields.get("possession"));
        fields.finish();
        Some(Self { genesis: genesis?, name: name?, network: network?, addresses, possession: possession? })
    }
}

#[cfg(test)]
#[path = "observer_tests.rs"]
mod tests;
