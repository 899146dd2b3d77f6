//! An issuer's keys: rotation, ends, and who approves whom.

use super::*;
use crate::codec::List;
use crate::receipt::Pointer;
use crate::record::{Change, IssuerKey, NewKey};
use crate::signature::public_key;
use crate::transaction::{KEY_OVERLAP_MAX_MS, RotateKey};
use crate::transition::keys::OWN_KEYS_MAX;

const DAY_MS: u64 = 86_400_000;

fn rotation(seed: u8, roles: u8, keep_until: Time) -> Action {
    let new = new_key(&SECONDARY, seed, roles);
    Action::RotateKey(RotateKey { key: new.key, possession: new.possession, keep_until })
}

fn asks(network: &Network, seeds: &[u8], action: Action) -> Option<Refusal> {
    refusal(network, &network.asked(SECONDARY.id, seeds, action))
}

fn issues(network: &Network, seeds: &[u8]) -> Option<Refusal> {
    asks(network, seeds, Action::Issue(batch_of("hoc-ba-thcs", 9)))
}

fn key_of(network: &Network, seed: u8) -> IssuerKey {
    network.issuer(&SECONDARY.id()).key(&thumbprint(seed)).unwrap().clone()
}

#[test]
fn a_key_hands_over_to_its_successor() {
    let mut network = Network::found_by(&city(4));
    network.at("2024-06-01");
    let month = Time(network.clock.0 + KEY_OVERLAP_MAX_MS);
    let too_late = asks(&network, &[SECONDARY.seal], rotation(220, IssuerKey::SEAL, Time(month.0 + 1)));
    assert_eq!(too_late, Some(Refusal::OverlapTooLong));
    let past = asks(&network, &[SECONDARY.seal], rotation(220, IssuerKey::SEAL, Time(network.clock.0 - 1)));
    assert_eq!(past, Some(Refusal::OverlapTooLong));
    let other_roles = asks(&network, &[SECONDARY.seal], rotation(220, IssuerKey::ALL_ROLES, month));
    assert_eq!(other_roles, Some(Refusal::NoPossession), "possession is of the roles that the old key has");
    let used = asks(&network, &[SECONDARY.seal], rotation(WARD.seal, IssuerKey::SEAL, month));
    assert_eq!(used, Some(Refusal::KeyInUse));

    network.accept(&[network.asked(SECONDARY.id, &[SECONDARY.seal], rotation(220, IssuerKey::SEAL, month))]);
    assert_eq!((issues(&network, &[220]), issues(&network, &[SECONDARY.seal])), (None, None));
    let month_later = network.at_time(month);
    assert_eq!(issues(month_later, &[220]), None);
    assert_eq!(issues(month_later, &[SECONDARY.seal]), Some(Refusal::KeyMayNot));
    let back = asks(&network, &[220], rotation(SECONDARY.seal, IssuerKey::SEAL, network.clock));
    assert_eq!(back, Some(Refusal::KeyInUse), "a key serves once");
}

#[test]
fn a_rotated_key_lasts_no_longer_than_the_one_before() {
    let mut network = Network::found_by(&city(4));
    let until = Some(midnight("2025-01-01"));
    let limited = NewKey { until, ..new_key(&SECONDARY, 220, IssuerKey::SEAL) };
    network.pass(vec![Change::AdmitKey { issuer: SECONDARY.id(), key: limited }]);
    let soon = Time(network.clock.0 + DAY_MS);
    network.accept(&[network.asked(SECONDARY.id, &[220], rotation(221, IssuerKey::SEAL, soon))]);
    assert_eq!((key_of(&network, 220).until, key_of(&network, 221).until), (Some(soon), until));
    assert_eq!(key_of(&network, 221).from, network.tip.header.time);
    assert_eq!(issues(network.at_time(midnight("2025-01-01")), &[221]), Some(Refusal::KeyMayNot));
}

#[test]
fn nobody_approves_their_own_acts() {
    let mut network = Network::found_by(&city(4));
    let both = IssuerKey::SEAL | IssuerKey::APPROVE;
    let head = IssuerKey::APPROVE | IssuerKey::ADMINISTER;
    network.pass(vec![
        Change::AdmitKey { issuer: SECONDARY.id(), key: new_key(&SECONDARY, 220, both) },
        Change::AdmitKey { issuer: SECONDARY.id(), key: new_key(&SECONDARY, 221, head) },
    ]);
    assert_eq!(issues(&network, &[220, 220]), Some(Refusal::SameApprover));
    // Rotated with an overlap, one holder would have a key that signs and another that approves.
    let soon = Time(network.clock.0 + DAY_MS);
    network.accept(&[network.asked(SECONDARY.id, &[220], rotation(222, both, soon))]);
    assert_eq!(issues(&network, &[220, 222]), Some(Refusal::KeyMayNot));
    assert_eq!(issues(&network, &[222, 220]), Some(Refusal::KeyMayNot));
    assert_eq!(issues(&network, &[222]), None);
    // Whoever approves enters no key that seals.
    let sealing = || Action::AddKey(new_key(&SECONDARY, 223, IssuerKey::SEAL));
    assert_eq!(asks(&network, &[221], sealing()), Some(Refusal::RoleNotYours));
    assert_eq!(asks(&network, &[SECONDARY.administer], sealing()), None);
    assert_eq!(asks(&network, &[SECONDARY.seal], sealing()), Some(Refusal::KeyMayNot));
    for roles in [IssuerKey::APPROVE, IssuerKey::ADMINISTER, both] {
        let more = Action::AddKey(new_key(&SECONDARY, 223, roles));
        assert_eq!(asks(&network, &[SECONDARY.administer], more), Some(Refusal::RoleNotYours));
    }
    let bound = NewKey { binding: Some(Hash::ZERO), ..new_key(&SECONDARY, 223, IssuerKey::SEAL) };
    assert_eq!(asks(&network, &[SECONDARY.administer], Action::AddKey(bound)), Some(Refusal::RoleNotYours));
    // Another issuer's key approves nothing here.
    assert_eq!(issues(&network, &[SECONDARY.seal, WARD.approve]), Some(Refusal::UnknownKey));
}

#[test]
fn a_key_is_ended_by_its_holder_or_by_one_that_administers() {
    let mut network = Network::found_by(&city(4));
    let end = |seed| Action::EndKey { key: thumbprint(seed) };
    assert_eq!(asks(&network, &[SECONDARY.seal], end(SECONDARY.approve)), Some(Refusal::KeyMayNot));
    assert_eq!(asks(&network, &[SECONDARY.administer], end(WARD.seal)), Some(Refusal::UnknownKey));
    assert_eq!(asks(&network, &[SECONDARY.approve], end(SECONDARY.approve)), None);
    let batch = network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 1)));
    let another = network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 2)));
    let ending = network.asked(SECONDARY.id, &[SECONDARY.administer], end(SECONDARY.seal));
    let fates = network.block(&[batch, ending, another]);
    assert_eq!(fates, [Candidate::Taken, Candidate::Taken, Candidate::Refused(Refusal::KeyMayNot)]);
    assert_eq!(asks(&network, &[SECONDARY.administer], end(SECONDARY.seal)), Some(Refusal::AlreadyEnded));
    assert_eq!(
        asks(&network, &[SECONDARY.seal], rotation(220, IssuerKey::SEAL, network.clock)),
        Some(Refusal::KeyMayNot),
        "what has ended hands over to nobody"
    );
}

#[test]
fn a_key_is_entered_by_whoever_holds_it_for_this_issuer() {
    let network = Network::found_by(&city(4));
    let add = |key| asks(&network, &[SECONDARY.administer], Action::AddKey(key));
    let good = || new_key(&SECONDARY, 220, IssuerKey::SEAL);
    assert_eq!(add(good()), None);
    assert_eq!(add(new_key(&WARD, 220, IssuerKey::SEAL)), Some(Refusal::NoPossession), "proven to another issuer");
    assert_eq!(
        add(NewKey { possession: new_key(&SECONDARY, 221, IssuerKey::SEAL).possession, ..good() }),
        Some(Refusal::NoPossession)
    );
    let mut small_order = [0; 32];
    small_order[0] = 1;
    assert_eq!(add(NewKey { key: crate::signature::PublicKey::Ed25519(small_order), ..good() }), Some(Refusal::BadKey));
    assert_eq!(add(NewKey { until: Some(network.clock), ..good() }), Some(Refusal::EmptyInterval), "over already");
    let later = Time(network.clock.0 + DAY_MS);
    assert_eq!(add(NewKey { from: later, until: Some(later), ..good() }), Some(Refusal::EmptyInterval));
    for seed in [1, 51, 101, DISTRICT.seal, SECONDARY.approve] {
        assert_eq!(add(new_key(&SECONDARY, seed, IssuerKey::SEAL)), Some(Refusal::KeyInUse), "{seed}");
    }
    let member = network.asked(SECONDARY.id, &[SECONDARY.administer], Action::AddKey(good()));
    assert_eq!(refusal(&network, &member), None);
}

#[test]
fn no_key_is_dated_back_and_one_may_begin_later() {
    let mut network = Network::found_by(&city(4));
    let later = Time(network.clock.0 + DAY_MS);
    let key = NewKey { from: later, ..new_key(&SECONDARY, 220, IssuerKey::SEAL) };
    let past = NewKey { from: Time(1), ..new_key(&SECONDARY, 221, IssuerKey::SEAL) };
    let add = |key| network.asked(SECONDARY.id, &[SECONDARY.administer], Action::AddKey(key));
    network.accept(&[add(key), add(past)]);
    assert_eq!(key_of(&network, 221).from, network.tip.header.time);
    assert_eq!(issues(network.at_time(Time(later.0 - 1)), &[220]), Some(Refusal::KeyMayNot));
    assert_eq!(issues(network.at_time(later), &[220]), None);
}

#[test]
fn an_issuer_leaves_room_for_the_keys_that_motions_enter() {
    let mut genesis = city(4);
    let mut issuers = genesis.issuers.into_vec();
    let keys = issuers.iter_mut().find(|issuer| issuer.id == SECONDARY.id()).map(|issuer| &mut issuer.keys).unwrap();
    let template = keys[0].clone();
    for seed in 3..OWN_KEYS_MAX as u8 {
        let mut bytes = [seed; 32];
        bytes[0] = 77;
        let key = public_key(&ed25519_dalek::SigningKey::from_bytes(&bytes));
        assert!(keys.push(IssuerKey { key, ..template.clone() }));
    }
    genesis.issuers = List::new(issuers).unwrap();
    let mut network = Network::found_by(&genesis);
    let own = Action::AddKey(new_key(&SECONDARY, 220, IssuerKey::SEAL));
    assert_eq!(asks(&network, &[SECONDARY.administer], own), Some(Refusal::RecordFull));
    let own = rotation(220, IssuerKey::SEAL, network.clock);
    assert_eq!(asks(&network, &[SECONDARY.seal], own), Some(Refusal::RecordFull));
    let admit = |seed| Change::AdmitKey { issuer: SECONDARY.id(), key: new_key(&SECONDARY, seed, IssuerKey::SEAL) };
    network.pass((220..236).map(admit).collect());
    assert_eq!(
        refusal(&network, &network.propose(1, vec![admit(236)])),
        Some(Refusal::RecordFull),
        "in the end it is full"
    );
}

#[test]
fn what_a_stolen_key_signs_is_refused_and_what_it_signed_is_suspended_as_a_set() {
    let mut network = Network::found_by(&city(4));
    let mut sealed = |id| {
        network.accept(&[network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", id)))]);
        network.tip.header.time
    };
    let (_, stolen) = (sealed(1), sealed(2));
    let end = Change::EndKey { issuer: SECONDARY.id(), key: thumbprint(SECONDARY.seal) };
    let suspend = |since| Change::SuspendKey { issuer: SECONDARY.id(), key: thumbprint(SECONDARY.seal), since };
    network.pass(vec![end, suspend(stolen)]);
    assert_eq!(issues(&network, &[SECONDARY.seal]), Some(Refusal::KeyMayNot));
    let stolen_rotates = asks(&network, &[SECONDARY.seal], rotation(220, IssuerKey::SEAL, network.clock));
    assert_eq!(stolen_rotates, Some(Refusal::KeyMayNot));
    let suspended = |network: &Network, id| {
        let receipt = network.receipt_of(&SECONDARY.id(), batch(id), &leaves(id, 3), 0);
        let pointer = Pointer { chain: "test".parse().unwrap(), issuer: SECONDARY.id(), batch: batch(id) };
        assert!(receipt.verify(leaves(id, 3)[0], &pointer, &network.genesis).is_ok(), "it stays on the ledger");
        receipt.proof.is_suspended_by_key()
    };
    assert_eq!((suspended(&network, 1), suspended(&network, 2)), (false, true), "only from then on");
    network.pass(vec![Change::RestoreKey { issuer: SECONDARY.id(), key: thumbprint(SECONDARY.seal) }]);
    assert!(!suspended(&network, 2));
    assert_eq!(issues(&network, &[SECONDARY.seal]), Some(Refusal::KeyMayNot), "it was ended, and stays so");
}
