//! A key in wrong hands: few suspend it for a while, all decide.

use super::*;
use crate::record::{Change, Motion, Outcome, Suspension};

fn suspend(office: &Office, since: u64) -> Change {
    Change::SuspendKey { issuer: office.id(), key: thumbprint(office.seal), since: Time(since) }
}

/// Six members: two are a third, three are more.
fn network() -> Network {
    Network::found_by(&city(6))
}

fn held(network: &mut Network, changes: Vec<Change>) -> Hash {
    let proposal = network.propose(1, changes);
    network.accept(std::slice::from_ref(&proposal));
    vote(network, proposal.id(), &[2, 3], true);
    proposal.id()
}

fn vote(network: &mut Network, id: Hash, seeds: &[u8], yes: bool) -> Motion {
    network.accept(&seeds.iter().map(|seed| network.vote(*seed, id, yes)).collect::<Vec<_>>());
    network.motion(id)
}

fn suspension(network: &Network, office: &Office) -> Option<Suspension> {
    network.issuer(&office.id()).key(&thumbprint(office.seal)).unwrap().suspended
}

fn may_seal(network: &Network) -> bool {
    let sealing = network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 9)));
    match refusal(network, &sealing) {
        None => true,
        Some(Refusal::KeyMayNot) => false,
        Some(other) => panic!("{other}"),
    }
}

#[test]
fn more_than_a_third_suspends_until_the_vote_is_over() {
    let mut network = network();
    let proposal = network.propose(1, vec![suspend(&SECONDARY, 5)]);
    let id = proposal.id();
    network.accept(&[proposal]);
    assert!(!vote(&mut network, id, &[2], true).held && may_seal(&network), "a third is not more than a third");
    let motion = vote(&mut network, id, &[3], true);
    assert!(motion.held && !may_seal(&network));
    let until = Some(motion.expires);
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(5), until }));
    // It lapses by itself when the motion does.
    assert!(!may_seal(network.at_time(Time(motion.expires.0 - 1))));
    assert!(may_seal(network.at_time(motion.expires)));
    let restore = Change::RestoreKey { issuer: SECONDARY.id(), key: thumbprint(SECONDARY.seal) };
    assert_eq!(refusal(&network, &network.propose(1, vec![restore])), Some(Refusal::NotSuspended), "it lapsed");
}

#[test]
fn the_full_vote_confirms() {
    let mut network = network();
    let id = held(&mut network, vec![suspend(&SECONDARY, 5)]);
    let motion = vote(&mut network, id, &[4, 5], true);
    assert!(matches!(motion.outcome, Outcome::Passed(_)));
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(5), until: None }));
    assert!(!may_seal(network.at_time(motion.expires)));
    network.pass(vec![Change::RestoreKey { issuer: SECONDARY.id(), key: thumbprint(SECONDARY.seal) }]);
    assert!(may_seal(&network) && suspension(&network, &SECONDARY).is_none());
}

#[test]
fn a_third_against_lifts_it_at_once() {
    let mut network = network();
    let id = held(&mut network, vec![suspend(&SECONDARY, 5), suspend(&WARD, 6)]);
    assert!(!may_seal(&network));
    let motion = vote(&mut network, id, &[4, 5], false);
    assert!(matches!(motion.outcome, Outcome::Rejected(_)));
    assert!(may_seal(&network));
    assert_eq!([suspension(&network, &SECONDARY), suspension(&network, &WARD)], [None, None]);
}

#[test]
fn nothing_but_suspensions_has_an_effect_before_it_passes() {
    let mut network = network();
    let end = Change::EndKey { issuer: WARD.id(), key: thumbprint(WARD.seal) };
    let id = held(&mut network, vec![suspend(&SECONDARY, 5), end]);
    assert!(!network.motion(id).held && may_seal(&network));
}

#[test]
fn what_the_full_vote_suspended_no_emergency_changes() {
    let mut network = network();
    network.pass(vec![suspend(&SECONDARY, 50)]);
    let confirmed = suspension(&network, &SECONDARY);
    let id = held(&mut network, vec![suspend(&SECONDARY, 5)]);
    assert_eq!(suspension(&network, &SECONDARY), confirmed, "a third widens nothing");
    vote(&mut network, id, &[4, 5], false);
    assert_eq!(suspension(&network, &SECONDARY), confirmed);
    network.pass(vec![suspend(&SECONDARY, 80)]);
    assert_eq!(suspension(&network, &SECONDARY), confirmed, "the full vote widens, and does not narrow");
    network.pass(vec![suspend(&SECONDARY, 5)]);
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(5), until: None }));
}

#[test]
fn a_rejected_emergency_leaves_what_another_holds() {
    let mut network = network();
    let first = held(&mut network, vec![suspend(&SECONDARY, 50)]);
    network.at_time(Time(network.clock.0 + 86_400_000));
    let second = held(&mut network, vec![suspend(&SECONDARY, 5)]);
    let (until, later) = (network.motion(first).expires, network.motion(second).expires);
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(5), until: Some(later) }));
    vote(&mut network, second, &[4, 5], false);
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(50), until: Some(until) }));
    vote(&mut network, first, &[4, 5], false);
    assert_eq!(suspension(&network, &SECONDARY), None);

    // Proposed in one block, they expire together, and are two all the same.
    let both = [network.propose(1, vec![suspend(&SECONDARY, 5)]), network.propose(2, vec![suspend(&SECONDARY, 6)])];
    network.accept(&both);
    let [one, other] = both.map(|proposal| proposal.id());
    vote(&mut network, one, &[2, 3], true);
    vote(&mut network, other, &[1, 3], true);
    vote(&mut network, one, &[4, 5], false);
    let until = Some(network.motion(other).expires);
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(6), until }));
}

#[test]
fn a_hold_is_not_shortened_by_an_older_motion() {
    let mut network = network();
    let older = network.propose(1, vec![suspend(&SECONDARY, 50)]);
    network.accept(std::slice::from_ref(&older));
    network.at_time(Time(network.clock.0 + 86_400_000));
    let newer = held(&mut network, vec![suspend(&SECONDARY, 50)]);
    vote(&mut network, older.id(), &[2, 3], true);
    let until = Some(network.motion(newer).expires);
    assert_eq!(suspension(&network, &SECONDARY), Some(Suspension { since: Time(50), until }));
}
