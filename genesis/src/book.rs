//! The address book: who may connect to a node, and where they are reached.
//!
//! # Format
//!
//! `address-book.json`, of at most 1 MiB:
//!
//! ```json
//! {"sogoc-address-book": 1, "peers": [
//!   {"name": "…", "network": {"crv": "Ed25519", "kty": "OKP", "x": "…"}, "observer": false,
//!    "addresses": {"engine": "/ip4/…/tcp/…", "gossip": "/ip4/…/tcp/…", "http": null}}]}
//! ```
//!
//! It is local: each operator may correct addresses and admit observers; a running node reads it again when it is told to. It
//! gives no vote to anyone; a peer counts as what its network key is in the state. `addresses` is null for an observer that
//! only calls others.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::signature::PublicKey;
use sogoc_ledger::validator::OwnerName;

use crate::ceremony::{Addresses, PublicPart};
use crate::document::{self, At, FromValue, Syntax, Value};
use crate::files;
use crate::observer::ObserverPart;
use crate::problem::{Code, Problem, Problems};
use crate::values::Ed25519Key;

/// Name of the address book.
pub const BOOK_FILE: &str = "address-book.json";

/// Longest address book, in bytes: one kilobyte for each peer.
pub const BOOK_FILE_BYTES_MAX: usize = 1 << 20;

/// Peers of an address book: 128 validators, and observers of every ward and district of the city.
pub const PEERS_MAX: usize = 1_000;

/// A node that may connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Peer {
    /// Whose it is, for people.
    pub name: OwnerName,
    /// Its identity.
    pub network: PublicKey,
    /// Whether it follows without voting.
    pub observer: bool,
    /// Where it is reached; an observer need not be.
    pub addresses: Option<Addresses>,
}

/// Who may connect, and where they are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddressBook {
    /// The peers, this node among them.
    pub peers: Vec<Peer>,
}

impl From<&PublicPart> for Peer {
    fn from(part: &PublicPart) -> Self {
        Self {
            name: part.member.owner.clone(),
            network: part.member.network,
            observer: false,
            addresses: Some(part.addresses.clone()),
        }
    }
}

impl From<&ObserverPart> for Peer {
    fn from(part: &ObserverPart) -> Self {
        Self { name: part.name.clone(), network: part.network, observer: true, addresses: part.addresses.clone() }
    }
}

impl AddressBook {
    /// Enters an observer; one that is there already is entered anew, with the addresses that it has now.
    ///
    /// # Errors
    /// Its key is another peer's, or its name another observer's.
    pub fn admit(&mut self, part: &ObserverPart) -> Result<(), Problem> {
        let refused = |code, detail: &str| Err(Problem::new(code, &part.name, detail));
        if self.peer(&part.network).is_some_and(|peer| !peer.observer) {
            return refused(Code::KeyUsedTwice, "a validator's");
        }
        if self.peers.iter().any(|peer| peer.name == part.name && peer.network != part.network) {
            return refused(Code::NameTwice, "");
        }
        let entry = Peer::from(part);
        match self.peers.iter_mut().find(|peer| peer.network == part.network) {
            Some(peer) => *peer = entry,
            None => self.peers.push(entry),
        }
        Ok(())
    }

    /// Takes out the observer of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn dismiss(&mut self, name: &str) -> Result<Peer, Problem> {
        let place = self.peers.iter().position(|peer| peer.observer && peer.name.as_str() == name);
        place.map(|place| self.peers.remove(place)).ok_or_else(|| Problem::new(Code::UnknownObserver, name, ""))
    }

    /// Puts it in the place of the file at `path`, if it can be read again.
    ///
    /// # Errors
    /// Everything that is wrong with it, or the file cannot be written; it is then as it was.
    pub fn replace(&self, path: &Path) -> Result<(), Problems> {
        let text = self.to_json();
        document::from_bytes::<Self>(text.as_bytes(), &path.display().to_string(), Syntax::Json)?;
        Ok(files::replace(path, &text)?)
    }

    /// The peer with this network key.
    pub fn peer(&self, network: &PublicKey) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.network == *network)
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct BookFile<'a> {
            #[serde(rename = "sogoc-address-book")]
            version: u8,
            #[serde(flatten)]
            book: &'a AddressBook,
        }
        document::to_json(&BookFile { version: 1, book: self })
    }

    /// What is wrong with it as the book of a network just founded. Later, validators are those of the state.
    pub fn check_against(&self, genesis: &Genesis, place: &str) -> Vec<Problem> {
        let missing = genesis
            .members
            .iter()
            .filter(|member| self.peer(&member.network).is_none_or(|peer| peer.observer))
            .map(|member| Problem::new(Code::ValidatorNotInBook, place, &member.owner));
        let strangers = self
            .peers
            .iter()
            .filter(|peer| !peer.observer && genesis.members.iter().all(|member| member.network != peer.network))
            .map(|peer| Problem::new(Code::NotAValidator, place, &peer.name));
        missing.chain(strangers).collect()
    }
}

/// The address book in the file at `path`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_address_book(path: &Path) -> Result<AddressBook, Problems> {
    document::load(path, BOOK_FILE_BYTES_MAX, Syntax::Json)
}

impl FromValue for AddressBook {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        fields.version("sogoc-address-book", 1)?;
        let peers: Option<sogoc_ledger::codec::List<Peer, PEERS_MAX>> = fields.get("peers");
        let (mut keys, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for peer in peers.as_deref().unwrap_or_default() {
            if !keys.insert(peer.network) {
                fields.at.problem(Code::PeerTwice, &peer.name);
            }
            for address in peer.addresses.iter().flat_map(|peer| [&peer.engine, &peer.gossip]) {
                if !addresses.insert(address) {
                    fields.at.problem(Code::AddressTwice, format_args!("{}: {address}", peer.name));
                }
            }
        }
        fields.finish();
        Some(Self { peers: peers?.into_vec() })
    }
}

impl FromValue for Peer {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (name, network, observer) = (fields.get("name"), fields.get("network"), fields.get("observer"));
        let network: Option<Ed25519Key> = network;
        let addresses: Option<Addresses> =
            if observer == Some(false) { fields.get("addresses") } else { fields.maybe("addresses") };
        fields.finish();
        Some(Self { name: name?, network: network?.0, observer: observer?, addresses })
    }
}
