//! Who may connect: the nodes of the validators, current, scheduled and planned, and the observers that the operator names.
//!
//! # Addresses
//!
//! The ledger says *who* (a network key is the Ed25519 key of a libp2p peer id), the node's address
//! book says *where*. An address always ends in `/p2p/<peer id>`, so whoever answers there has to
//! hold that key. A peer without an address is waited for: it may dial, and is not dialled.
//!
//! # Invariants
//!
//! * A node is never among its own peers.
//! * A validator to come is let in once its plan has passed, so that it can catch up and say that it is ready.
//! * A network key that is no Ed25519 point can hold no connection: its member is left out, and nothing else fails.

use std::collections::BTreeMap;

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, identity};
use sogoc_ledger::record::Validators;
use sogoc_ledger::signature::PublicKey;

/// Addresses of one peer: its city network, its line to the internet, and a spare of each.
pub const ADDRESSES_OF_ONE_PEER_MAX: usize = 4;

/// The peer id of the node that holds `key`; `None` if no key pair has this public half.
pub fn peer_id(key: &PublicKey) -> Option<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(key.as_ed25519()?).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// Where peers are, as far as this node's configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressBook(BTreeMap<PeerId, Vec<Multiaddr>>);

/// An address cannot stand in the address book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// It names another peer than the one it is entered for.
    #[error("the address {0} ends in another peer id than {1}")]
    OtherPeer(Multiaddr, PeerId),
    /// It has nothing but a peer id.
    #[error("the address of {0} is empty")]
    Empty(PeerId),
    /// The peer has [`ADDRESSES_OF_ONE_PEER_MAX`] already.
    #[error("{0} has more than {ADDRESSES_OF_ONE_PEER_MAX} addresses")]
    TooMany(PeerId),
}

impl AddressBook {
    /// Enters an address of `peer`, with or without `/p2p/<peer id>` at its end. Entered twice, it stands once.
    ///
    /// # Errors
    /// See [`AddressRefused`]; the book is unchanged.
    pub fn enter(&mut self, peer: PeerId, address: Multiaddr) -> Result<(), AddressRefused> {
        let refused = || AddressRefused::OtherPeer(address.clone(), peer);
        let pinned = address.clone().with_p2p(peer).map_err(|_| refused())?;
        if pinned.iter().filter(|part| matches!(part, Protocol::P2p(_))).count() != 1 {
            return Err(refused());
        }
        if pinned.iter().count() == 1 {
            return Err(AddressRefused::Empty(peer));
        }
        let known = self.0.get(&peer).map_or(&[][..], Vec::as_slice);
        if known.contains(&pinned) {
            return Ok(());
        }
        if known.len() == ADDRESSES_OF_ONE_PEER_MAX {
            return Err(AddressRefused::TooMany(peer));
        }
        self.0.entry(peer).or_default().push(pinned);
        Ok(())
    }
}

/// The peers that may connect, each with the pinned addresses at which it is dialled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(BTreeMap<PeerId, Vec<Multiaddr>>);

impl Allowed {
    /// The nodes of `validators`, present and to come, and `observers`; not the node `own` itself.
    pub fn new(validators: &Validators, observers: &[PublicKey], book: &AddressBook, own: PeerId) -> Self {
        let members = validators.all_members().map(|member| &member.network);
        members
            .chain(observers)
            .filter_map(peer_id)
            .filter(|peer| *peer != own)
            .map(|peer| (peer, book.0.get(&peer).cloned().unwrap_or_default()))
            .collect()
    }

    /// Whether `peer` may connect.
    pub fn contains(&self, peer: &PeerId) -> bool {
        self.0.contains_key(peer)
    }

    /// Where `peer` is dialled; nowhere if it is not known, or may not connect.
    pub fn addresses(&self, peer: &PeerId) -> &[Multiaddr] {
        self.0.get(peer).map_or(&[], Vec::as_slice)
    }

    /// The peers, in the order of their ids.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.0.keys().copied()
    }

    /// Who comes and who goes when `next` takes over.
    pub fn difference(&self, next: &Self) -> Difference {
        Difference {
            added: next.peers().filter(|peer| !self.contains(peer)).collect(),
            removed: self.peers().filter(|peer| !next.contains(peer)).collect(),
        }
    }
}

impl FromIterator<(PeerId, Vec<Multiaddr>)> for Allowed {
    fn from_iter<I: IntoIterator<Item = (PeerId, Vec<Multiaddr>)>>(peers: I) -> Self {
        Self(peers.into_iter().collect())
    }
}

/// What a change of [`Allowed`] comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// May connect from now on.
    pub added: Vec<PeerId>,
    /// Are disconnected.
    pub removed: Vec<PeerId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use sogoc_ledger::Hash;
    use sogoc_ledger::codec::{List, Text};
    use sogoc_ledger::record::{Member, NewMember, Plan, Possession, Scheduled, Step};
    use sogoc_ledger::signature::Signature;

    fn key(seed: u8) -> PublicKey {
        sogoc_ledger::signature::public_key(&ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    fn id(seed: u8) -> PeerId {
        peer_id(&key(seed)).unwrap()
    }

    fn members<const MAX: usize>(seeds: &[u8]) -> List<Member, MAX> {
        let member = |seed: u8| Member {
            owner: Text::new("Sở").unwrap(),
            consensus: key(seed + 100),
            network: key(seed),
            governance: key(seed + 200),
            power: 1,
        };
        List::new(seeds.iter().copied().map(member).collect()).unwrap()
    }

    fn validators(current: &[u8], scheduled: Option<&[u8]>) -> Validators {
        let scheduled = scheduled.map(|seeds| Scheduled { from: 9, members: members(seeds) });
        Validators { current: members(current), scheduled, plan: None }
    }

    /// A plan that brings one member.
    fn plan(seed: u8) -> Plan {
        let none = Signature([0; 64]);
        let possession = Possession { consensus: none, network: none, governance: none };
        let [member] = <[Member; 1]>::try_from(members::<1>(&[seed]).into_vec()).unwrap();
        let add = List::new(vec![NewMember { member, possession }]).unwrap();
        let steps = List::new(vec![Step { remove: List::default(), add }]).unwrap();
        Plan { motion: Hash::ZERO, steps, ready: List::default() }
    }

    fn sorted(seeds: &[u8]) -> Vec<PeerId> {
        let mut ids: Vec<PeerId> = seeds.iter().copied().map(id).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_peer_id_is_that_of_the_key_pair() {
        let pair = identity::Keypair::ed25519_from_bytes([7; 32]).unwrap();
        assert_eq!(id(7), pair.public().to_peer_id());
    }

    #[test]
    fn present_and_future_members_and_observers_may_connect_and_oneself_is_no_peer() {
        let set = Validators { plan: Some(plan(6)), ..validators(&[1, 2, 3], Some(&[3, 4])) };
        let allowed = Allowed::new(&set, &[key(5), key(1)], &AddressBook::default(), id(2));
        assert_eq!(allowed.peers().collect::<Vec<_>>(), sorted(&[1, 3, 4, 5, 6]));
        assert!(allowed.addresses(&id(1)).is_empty());
    }

    #[test]
    fn a_key_that_is_no_point_is_left_out() {
        // y = 2 is on no point of the curve.
        let mut nowhere = [0; 32];
        nowhere[0] = 2;
        let nowhere = PublicKey::Ed25519(nowhere);
        assert_eq!(peer_id(&nowhere), None);
        let allowed = Allowed::new(&validators(&[1], None), &[nowhere], &AddressBook::default(), id(9));
        assert_eq!(allowed.peers().collect::<Vec<_>>(), [id(1)]);
    }

    #[test]
    fn addresses_are_pinned() {
        let mut book = AddressBook::default();
        let bare: Multiaddr = "/ip4/10.0.0.1/tcp/4000".parse().unwrap();
        let pinned = bare.clone().with_p2p(id(1)).unwrap();
        assert_eq!(book.enter(id(1), bare.clone()), Ok(()));
        assert_eq!(book.enter(id(1), pinned.clone()), Ok(()));
        assert_eq!(book.enter(id(2), pinned.clone()), Err(AddressRefused::OtherPeer(pinned.clone(), id(2))));
        assert_eq!(book.enter(id(2), Multiaddr::empty()), Err(AddressRefused::Empty(id(2))));
        let through_another = pinned.clone().with(Protocol::Tcp(1)).with_p2p(id(2)).unwrap();
        assert!(matches!(book.enter(id(2), through_another), Err(AddressRefused::OtherPeer(..))));
        let allowed = Allowed::new(&validators(&[1, 2], None), &[], &book, id(2));
        assert_eq!(allowed.addresses(&id(1)), [pinned]);
    }

    #[test]
    fn a_peer_has_few_addresses() {
        let mut book = AddressBook::default();
        for port in 0..ADDRESSES_OF_ONE_PEER_MAX {
            assert_eq!(book.enter(id(1), format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap()), Ok(()));
        }
        let one_more = "/ip4/10.0.0.2/tcp/1".parse().unwrap();
        assert_eq!(book.enter(id(1), one_more), Err(AddressRefused::TooMany(id(1))));
    }

    #[test]
    fn a_difference_names_who_comes_and_who_goes() {
        let book = AddressBook::default();
        let before = Allowed::new(&validators(&[1, 2, 3], None), &[], &book, id(9));
        let after = Allowed::new(&validators(&[2, 3, 4], None), &[], &book, id(9));
        let expected = Difference { added: vec![id(4)], removed: vec![id(1)] };
        assert_eq!(before.difference(&after), expected);
        assert_eq!(after.difference(&after), Difference::default());
    }
}
