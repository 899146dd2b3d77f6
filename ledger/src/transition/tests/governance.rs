//! Motions: proposed, voted on, passed or not.

use super::*;
use crate::codec::{List, Text};
use crate::genesis::{CLOCK_DRIFT_MS_MAX, HEARTBEAT_MS_MIN, MOTION_DAYS_MAX};
use crate::record::{Agenda, Change, IssuerKey, Outcome, Parameters, Upgrade};
use crate::transaction::Ballot;
use crate::transition::changes::UPGRADE_NOTICE_BLOCKS;
use crate::transition::motions::OPEN_MOTIONS_OF_ONE_MAX;

fn rename(name: &str) -> Change {
    let name = Text::new(name).unwrap();
    Change::RenameIssuer { issuer: WARD.id(), name: name.clone(), name_en: name }
}

fn proposed(network: &mut Network, seed: u8, changes: Vec<Change>) -> Hash {
    let proposal = network.propose(seed, changes);
    network.accept(std::slice::from_ref(&proposal));
    proposal.id()
}

fn votes(network: &mut Network, id: Hash, votes: &[(u8, bool)]) -> Outcome {
    network.accept(&votes.iter().map(|(seed, yes)| network.vote(*seed, id, *yes)).collect::<Vec<_>>());
    network.motion(id).outcome
}

fn name_of_ward(network: &Network) -> String {
    network.issuer(&WARD.id()).name.to_string()
}

#[test]
fn a_motion_passes_with_more_than_two_thirds_and_not_before() {
    // With 6, two thirds are 4, and 5 are more.
    let mut network = Network::found_by(&city(6));
    let id = proposed(&mut network, 1, vec![rename("New")]);
    let before = network.issuer(&WARD.id());
    assert_eq!(votes(&mut network, id, &[(2, true), (3, true), (4, true)]), Outcome::Open);
    assert_eq!(network.issuer(&WARD.id()), before, "what has not passed has no effect");
    let height = network.tip.header.height + 1;
    assert_eq!(votes(&mut network, id, &[(5, true)]), Outcome::Passed(height));
    assert_eq!(name_of_ward(&network), "New");
    assert_eq!(refusal(&network, &network.vote(6, id, true)), Some(Refusal::MotionClosed));
}

#[test]
fn a_third_against_rejects() {
    let mut network = Network::found_by(&city(6));
    let id = proposed(&mut network, 1, vec![rename("New")]);
    assert_eq!(votes(&mut network, id, &[(2, false), (3, true)]), Outcome::Open);
    let height = network.tip.header.height + 1;
    assert_eq!(votes(&mut network, id, &[(4, false)]), Outcome::Rejected(height));
    assert_eq!(refusal(&network, &network.vote(5, id, true)), Some(Refusal::MotionClosed));
    assert_eq!(name_of_ward(&network), WARD.id);
}

#[test]
fn a_member_votes_once_on_one_motion_of_one_chain() {
    let mut network = Network::found_by(&city(4));
    let id = proposed(&mut network, 1, vec![rename("New")]);
    let other = proposed(&mut network, 1, vec![rename("Other")]);
    assert_eq!(refusal(&network, &network.vote(1, id, true)), Some(Refusal::AlreadyVoted), "proposing is a vote");
    let vote = network.vote(2, id, true);
    network.accept(std::slice::from_ref(&vote));
    assert_eq!(refusal(&network, &vote), Some(Refusal::AlreadyVoted));
    assert_eq!(refusal(&network, &network.vote(2, id, false)), Some(Refusal::AlreadyVoted), "a vote stands");

    // The signature of a vote on one motion, under a vote on another.
    let mut moved = vote.clone();
    let Act::Member { ballot: Ballot::Vote { motion, .. }, .. } = &mut moved.request.act else { panic!() };
    *motion = other;
    assert_eq!(refusal(&network, &moved), Some(Refusal::WrongSignature));
    let mut elsewhere = network.vote(3, id, true).request;
    elsewhere.chain = "test-2".parse().unwrap();
    let elsewhere = signed(elsewhere, &[103]);
    assert_eq!(refusal(&network, &elsewhere), Some(Refusal::OtherChain));
    let mut brought_here = elsewhere;
    brought_here.request.chain = "test".parse().unwrap();
    assert_eq!(refusal(&network, &brought_here), Some(Refusal::WrongSignature));
    assert_eq!(refusal(&network, &network.vote(3, Hash::ZERO, true)), Some(Refusal::UnknownMotion));

    // Only the governance key votes, not the keys on the validator's machine, nor an issuer's.
    let by = |seed| {
        let act = Act::Member { key: thumbprint(seed), ballot: Ballot::Vote { motion: id, yes: true } };
        refusal(&network, &signed(network.request(act), &[seed]))
    };
    assert_eq!(by(103), None);
    assert_eq!([by(3), by(53), by(160)], [Some(Refusal::UnknownMember); 3]);
}

#[test]
fn a_motion_expires() {
    let mut network = Network::found_by(&city(4));
    let id = proposed(&mut network, 1, vec![rename("New")]);
    let motion = network.motion(id);
    assert_eq!(motion.expires.0 - motion.proposed.0, 14 * 86_400_000);
    assert_eq!(votes(&mut network, id, &[(2, true)]), Outcome::Open);
    network.at_time(Time(motion.expires.0 - 1));
    assert_eq!(refusal(&network, &network.vote(3, id, true)), None);
    network.at_time(motion.expires);
    assert_eq!(refusal(&network, &network.vote(3, id, true)), Some(Refusal::MotionExpired));
    assert_eq!(refusal(&network, &network.vote(3, id, false)), Some(Refusal::MotionExpired));
    assert_eq!(name_of_ward(&network), WARD.id);
}

#[test]
fn a_motion_that_fails_at_passing_changes_nothing() {
    let mut network = Network::found_by(&city(4));
    let admit = |seed| Change::AdmitKey { issuer: WARD.id(), key: new_key(&WARD, seed, IssuerKey::SEAL) };
    let id = proposed(&mut network, 1, vec![rename("New"), admit(220), admit(221)]);
    // Meanwhile the issuer enters one of the keys itself.
    let own = Action::AddKey(new_key(&WARD, 221, IssuerKey::SEAL));
    network.accept(&[network.asked(WARD.id, &[WARD.administer], own)]);
    let before = network.issuer(&WARD.id());
    let height = network.tip.header.height + 1;
    assert_eq!(votes(&mut network, id, &[(2, true), (3, true)]), Outcome::Failed(height, 2));
    assert_eq!(network.issuer(&WARD.id()), before);
    assert_eq!(network.record(&Key::KeyUse(thumbprint(220))).unwrap(), None);
    assert_eq!(refusal(&network, &network.vote(4, id, true)), Some(Refusal::MotionClosed));
}

#[test]
fn changes_are_made_in_order_all_or_none() {
    let mut network = Network::found_by(&city(4));
    let name = || Text::new("Trường Mẫu Mới").unwrap();
    let admit = |keys| Change::AdmitIssuer {
        issuer: "thcs-moi".parse().unwrap(),
        name: name(),
        name_en: name(),
        keys: List::new(keys).unwrap(),
    };
    let office = Office { id: "thcs-moi", seal: 220, approve: 221, administer: 222 };
    let grant = Change::GrantAuthority {
        issuer: office.id(),
        document_type: "hoc-ba-thcs".parse().unwrap(),
        from: day("2024-05-02"),
        until: None,
    };
    let refused = |changes| refusal(&network, &network.propose(1, changes));
    assert_eq!(refused(vec![grant.clone(), admit(vec![])]), Some(Refusal::UnknownIssuer), "in this order");
    let twice = vec![new_key(&office, 220, IssuerKey::SEAL), new_key(&office, 220, IssuerKey::SEAL)];
    assert_eq!(refused(vec![admit(twice)]), Some(Refusal::KeyInUse));
    let keys = vec![new_key(&office, 220, IssuerKey::SEAL), new_key(&office, 221, IssuerKey::APPROVE)];
    network.pass(vec![admit(keys), grant]);
    network.accept(&[network.asked(office.id, &[220, 221], Action::Issue(batch_of("hoc-ba-thcs", 1)))]);
    let admitted = network.issuer(&office.id());
    assert_eq!(&*admitted.grants[0].decision, "12/QĐ-MẪU");

    network.pass(vec![rename("Tên mới"), Change::CloseIssuer { issuer: office.id(), from: day("2024-05-03") }]);
    assert_eq!(name_of_ward(&network), "Tên mới");
    let more = |network: &Network| {
        refusal(network, &network.asked(office.id, &[220], Action::Issue(batch_of("hoc-ba-thcs", 2))))
    };
    // A closing that has not come may be moved; one that has come stays.
    network.pass(vec![Change::CloseIssuer { issuer: office.id(), from: day("2024-05-04") }]);
    assert_eq!(more(network.at_time(midnight("2024-05-03"))), None);
    assert_eq!(more(network.at_time(Time(midnight("2024-05-04").0 - 1))), None);
    assert_eq!(more(network.at_time(midnight("2024-05-04"))), Some(Refusal::IssuerClosed));
    let again = Change::CloseIssuer { issuer: office.id(), from: day("2025-05-04") };
    assert_eq!(refusal(&network, &network.propose(1, vec![again])), Some(Refusal::AlreadyEnded));
}

#[test]
fn a_key_is_bound_to_a_certificate_by_motion() {
    let mut network = Network::found_by(&city(4));
    network.pass(vec![Change::BindKey { issuer: WARD.id(), key: thumbprint(WARD.seal), binding: Hash([7; 32]) }]);
    let issuer = network.issuer(&WARD.id());
    assert_eq!(issuer.key(&thumbprint(WARD.seal)).unwrap().binding, Some(Hash([7; 32])));
    assert_eq!(issuer.key(&thumbprint(WARD.approve)).unwrap().binding, None);
}

#[test]
fn parameters_stay_within_what_a_network_can_live_with() {
    let mut network = Network::found_by(&city(4));
    let good = Parameters { clock_drift_ms: 5_000, heartbeat_ms: 30_000, motion_days: 30 };
    for bad in [
        Parameters { heartbeat_ms: HEARTBEAT_MS_MIN - 1, ..good },
        Parameters { clock_drift_ms: 0, ..good },
        Parameters { clock_drift_ms: CLOCK_DRIFT_MS_MAX + 1, ..good },
        Parameters { motion_days: 0, ..good },
        Parameters { motion_days: MOTION_DAYS_MAX + 1, ..good },
    ] {
        let motion = network.propose(1, vec![Change::SetParameters(bad)]);
        assert_eq!(refusal(&network, &motion), Some(Refusal::OutOfRange));
    }
    network.pass(vec![Change::SetParameters(good)]);
    let id = proposed(&mut network, 1, vec![rename("New")]);
    let motion = network.motion(id);
    assert_eq!(motion.expires.0 - motion.proposed.0, 30 * 86_400_000);
}

#[test]
fn an_upgrade_begins_at_its_height_and_not_before() {
    let mut network = Network::found_by(&city(4));
    let upgrade = |version, from| Change::ScheduleUpgrade(Upgrade { version, from });
    let next = PROTOCOL_VERSION + 1;
    let soonest = network.tip.header.height + 1 + UPGRADE_NOTICE_BLOCKS;
    let refused = |change| refusal(&network, &network.propose(1, vec![change]));
    assert_eq!(refused(upgrade(next + 1, soonest)), Some(Refusal::VersionNotNext));
    assert_eq!(refused(upgrade(PROTOCOL_VERSION, soonest)), Some(Refusal::VersionNotNext));
    assert_eq!(refused(upgrade(next, soonest - 1)), Some(Refusal::TooSoon));
    assert_eq!(refused(upgrade(next, soonest)), None);
    let from = network.tip.header.height + 2 + UPGRADE_NOTICE_BLOCKS;
    network.pass(vec![upgrade(next, from)]);
    let scheduled = Protocol { version: PROTOCOL_VERSION, upgrade: Some(Upgrade { version: next, from }) };
    assert_eq!(protocol(&network).unwrap(), scheduled);
    while network.tip.header.height + 1 < from {
        network.accept(&[]);
    }
    assert_eq!(network.tip.header.version, PROTOCOL_VERSION);
    // This program does not know the next rules, says so, and makes no block by the old ones.
    let Err(StoreFault(why)) = Overlay::begin(&network, &network.tip, network.clock) else { panic!("it went on") };
    assert!(why.contains(&format!("block {from} follows version {next}")), "{why}");
}

#[test]
fn no_member_crowds_out_the_others() {
    let mut network = Network::found_by(&city(4));
    let ids: Vec<_> =
        (0..OPEN_MOTIONS_OF_ONE_MAX).map(|i| proposed(&mut network, 1, vec![rename(&i.to_string())])).collect();
    assert_eq!(refusal(&network, &network.propose(1, vec![rename("one more")])), Some(Refusal::TooManyMotions));
    proposed(&mut network, 2, vec![rename("another's")]);
    // One that is decided leaves room, as does one whose time is over.
    votes(&mut network, ids[0], &[(2, false), (3, false)]);
    proposed(&mut network, 1, vec![rename("one more")]);
    assert_eq!(refusal(&network, &network.propose(1, vec![rename("yet one")])), Some(Refusal::TooManyMotions));
    network.at_time(network.motion(ids[7]).expires);
    proposed(&mut network, 1, vec![rename("later")]);
    let Some(Record::Agenda(Agenda { open })) = network.record(&Key::Agenda).unwrap() else { panic!() };
    assert!(open.len() < OPEN_MOTIONS_OF_ONE_MAX && !open.contains(&ids[7]), "who is over is off the agenda");
    assert_eq!(network.motion(ids[7]).outcome, Outcome::Open, "and on the ledger");
}

#[test]
fn a_motion_cites_a_decision_and_changes_something() {
    let network = Network::found_by(&city(4));
    assert_eq!(refusal(&network, &network.propose(1, vec![])), Some(Refusal::EmptyMotion));
    for nothing in ["", " "] {
        let mut request = network.propose(1, vec![rename("New")]).request;
        let Act::Member { ballot: Ballot::Propose(proposal), .. } = &mut request.act else { panic!() };
        proposal.decision = Text::new(nothing).unwrap();
        assert_eq!(refusal(&network, &signed(request, &[101])), Some(Refusal::NoDecision));
    }
}
