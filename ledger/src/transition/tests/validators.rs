//! One validator set after another, while the network runs.

use super::*;
use crate::codec::List;
use crate::receipt::{Ancestry, Finality, Pointer, Receipt, ReceiptError};
use crate::record::{Change, NewMember, Outcome, Step};
use crate::transaction::Ballot;
use crate::transition::succession::SET_CHANGE_DELAY_BLOCKS;
use crate::validator::VALIDATORS_MAX;

fn change(steps: Vec<Step>) -> Change {
    Change::ChangeValidators { steps: List::new(steps).unwrap() }
}

/// Blocks until the scheduled set signs.
fn take_over(network: &mut Network) {
    while validators(network).unwrap().scheduled.is_some() {
        network.accept(&[]);
    }
}

fn seal(network: &mut Network, id: u8) {
    network.accept(&[network.asked(SECONDARY.id, &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", id)))]);
}

fn verify(receipt: &Receipt, id: u8, anchor: &crate::checkpoint::Checkpoint) -> Result<(), ReceiptError> {
    let pointer = Pointer { chain: "test".parse().unwrap(), issuer: SECONDARY.id(), batch: batch(id) };
    let bytes = codec::encode(receipt);
    Receipt::from_bytes(&bytes)?.verify(leaves(id, 3)[0], &pointer, anchor).map(drop)
}

fn receipt(network: &Network, id: u8) -> Receipt {
    network.receipt_of(&SECONDARY.id(), batch(id), &leaves(id, 3), 0)
}

fn refreshed(receipt: &Receipt, network: &Network) -> Receipt {
    let height = network.tip.header.height;
    let earlier: Vec<Hash> = network.headers[..height as usize].iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    let path = merkle::path(&earlier, receipt.proof.header.height as usize).unwrap();
    let mut receipt = receipt.clone();
    receipt.proof.finality = Finality::Ancestor(Ancestry { checkpoint: height, path: List::new(path).unwrap() });
    receipt
}

#[test]
fn twenty_three_become_seventeen_by_one_motion() {
    let mut network = Network::found_by(&city(23));
    seal(&mut network, 1);
    let mut eras = vec![(receipt(&network, 1), network.checkpoint())];
    // The Department is 1, the district offices 2 to 23, the clusters 24 to 39.
    let steps = vec![
        step(&[2, 3, 4, 5, 6, 7], &[24, 25, 26, 27, 28]),
        step(&[8, 9, 10, 11, 12, 13], &[29, 30, 31, 32, 33]),
        step(&[14, 15, 16, 17, 18], &[34, 35, 36, 37]),
        step(&[19, 20, 21, 22, 23], &[38, 39]),
    ];
    let motion = network.pass(vec![change(steps.clone())]);
    let plan = |network: &Network| validators(network).unwrap().plan;
    assert_eq!(plan(&network).map(|plan| (plan.motion, plan.ready.len())), Some((motion, 0)));
    let mut expected: Vec<u8> = (1..=23).collect();
    for (number, added) in [(0u8, 24..29u8), (1, 29..34), (2, 34..38), (3, 38..40)] {
        let (mut added, last) = (added.clone(), added.end - 1);
        for _ in 0..6 {
            network.accept(&[]);
        }
        assert!(validators(&network).unwrap().scheduled.is_none(), "no step waits for less than all whom it brings");
        let ready: Vec<_> =
            added.by_ref().take_while(|seed| *seed < last).map(|seed| network.ready(seed, motion)).collect();
        network.accept(&ready);
        let before = network.set().hash();
        network.accept(&[network.ready(last, motion)]);
        let scheduled = validators(&network).unwrap().scheduled.unwrap();
        assert_eq!(scheduled.from, network.tip.header.height + SET_CHANGE_DELAY_BLOCKS);
        while network.tip.header.height + 1 < scheduled.from {
            assert_eq!((network.set().hash(), network.tip.header.validators), (before, before));
            let waited = (scheduled.from - network.tip.header.height) as u8;
            seal(&mut network, 10 * (number + 1) + waited);
        }
        assert_ne!(network.tip.header.next_validators, before, "the block before announces the set");
        let step = &steps[usize::from(number)];
        expected.retain(|seed| !step.remove.contains(&member(*seed).consensus));
        expected.extend((24..40).filter(|seed| step.add.iter().any(|new| new.member == member(*seed))));
        assert_eq!(network.seeds(), expected);
        seal(&mut network, number + 2);
        assert_eq!((network.set().members().len(), network.tip.header.height), (expected.len(), scheduled.from));
        eras.push((receipt(&network, number + 2), network.checkpoint()));
    }
    let after = validators(&network).unwrap();
    assert_eq!((after.current.len(), after.scheduled, after.plan), (17, None, None));
    assert_eq!(refusal(&network, &network.vote(2, motion, true)), Some(Refusal::UnknownMember));
    assert_eq!(network.changes.len(), 4);

    seal(&mut network, 9);
    let now = network.checkpoint();
    for (id, (receipt, its_own)) in (1u8..).zip(&eras) {
        assert_eq!(verify(receipt, id, &network.genesis), Ok(()), "receipt {id} against genesis");
        for (_, older) in eras.iter().filter(|(_, older)| older.header.height <= its_own.header.height) {
            assert_eq!(
                verify(receipt, id, older),
                Ok(()),
                "receipt {id}, made for genesis, against a later checkpoint"
            );
        }
        assert!(matches!(verify(receipt, id, &now), Err(ReceiptError::NeedsRefresh { .. })));
        assert_eq!(verify(&refreshed(receipt, &network), id, &now), Ok(()), "receipt {id} refreshed");
    }
    // A change left out, or of another order, leads nowhere.
    let last = &eras[4].0;
    for left_out in 0..4 {
        let mut gap = last.clone();
        let Finality::Certified { changes, .. } = &mut gap.proof.finality else { panic!() };
        let mut rest = changes.to_vec();
        rest.remove(left_out);
        *changes = List::new(rest).unwrap();
        assert_eq!(verify(&gap, 5, &network.genesis), Err(ReceiptError::WrongValidators));
    }
}

#[test]
fn a_member_that_has_left_does_not_count_and_one_that_has_come_votes() {
    let mut network = Network::found_by(&city(4));
    let rename = |name: &str| {
        let name = crate::codec::Text::new(name).unwrap();
        Change::RenameIssuer { issuer: WARD.id(), name: name.clone(), name_en: name }
    };
    let proposal = network.propose(4, vec![rename("New")]);
    network.accept(&[proposal.clone(), network.vote(3, proposal.id(), true)]);
    let motion = network.pass(vec![change(vec![step(&[4], &[30])])]);
    assert_eq!(refusal(&network, &network.vote(30, proposal.id(), true)), Some(Refusal::UnknownMember), "not yet");
    network.accept(&[network.ready(30, motion)]);
    let is_scheduled = refusal(&network, &network.vote(30, proposal.id(), true));
    assert_eq!(is_scheduled, Some(Refusal::UnknownMember), "who is to come does not vote before it signs");
    assert_eq!(refusal(&network, &network.propose(4, vec![rename("Other")])), None, "who is to leave signs till then");
    take_over(&mut network);
    assert_eq!(network.seeds(), [1, 2, 3, 30]);
    assert_eq!(refusal(&network, &network.vote(4, proposal.id(), true)), Some(Refusal::UnknownMember));
    assert_eq!(refusal(&network, &network.propose(4, vec![rename("Other")])), Some(Refusal::UnknownMember));
    network.accept(&[network.vote(1, proposal.id(), true)]);
    assert_eq!(network.motion(proposal.id()).outcome, Outcome::Open, "of three votes one has left");
    network.accept(&[network.vote(30, proposal.id(), true)]);
    assert!(matches!(network.motion(proposal.id()).outcome, Outcome::Passed(_)));
    // Its keys do not come back, neither as a validator's nor as an issuer's.
    let back = network.propose(1, vec![change(vec![step(&[30], &[4])])]);
    assert_eq!(refusal(&network, &back), Some(Refusal::KeyInUse));
    let key = new_key(&WARD, 104, crate::record::IssuerKey::SEAL);
    let admit = network.propose(1, vec![Change::AdmitKey { issuer: WARD.id(), key }]);
    assert_eq!(refusal(&network, &admit), Some(Refusal::KeyInUse));
}

#[test]
fn a_key_of_a_validator_is_replaced() {
    let mut network = Network::found_by(&city(4));
    let mut new = new_member(30, 1);
    new.member.owner = member(4).owner;
    assert_eq!(new.unproven().len(), 3, "possession is the owner's");
    network.pass(vec![change(vec![step(&[4], &[30])])]);
    assert_eq!(network.seeds(), [1, 2, 3, 4], "until its node is ready");
}

#[test]
fn a_plan_is_ended_by_a_motion() {
    let mut network = Network::found_by(&city(6));
    let cancel = || change(vec![]);
    assert_eq!(refusal(&network, &network.propose(1, vec![cancel()])), Some(Refusal::NoPlan));
    let motion = network.pass(vec![change(vec![step(&[6], &[]), step(&[5], &[30])])]);
    // The first step brings nobody in, and waits for nobody.
    let scheduled = validators(&network).unwrap().scheduled.unwrap();
    assert_eq!((scheduled.members.len(), scheduled.from), (5, network.tip.header.height + SET_CHANGE_DELAY_BLOCKS));
    let more = network.propose(1, vec![change(vec![step(&[4], &[31])])]);
    assert_eq!(refusal(&network, &more), Some(Refusal::PlanUnderWay));
    network.pass(vec![cancel()]);
    assert_eq!(refusal(&network, &network.ready(30, motion)), Some(Refusal::NotAwaited));
    take_over(&mut network);
    assert_eq!(network.seeds(), [1, 2, 3, 4, 5], "what was scheduled goes on, the rest does not");
    // What it would have brought may come by another.
    let motion = network.pass(vec![change(vec![step(&[5], &[30])])]);
    let replaced = network.pass(vec![cancel(), change(vec![step(&[4], &[30])])]);
    assert_eq!(refusal(&network, &network.ready(30, motion)), Some(Refusal::NotAwaited), "ready for another motion");
    network.accept(&[network.ready(30, replaced)]);
    take_over(&mut network);
    assert_eq!(network.seeds(), [1, 2, 3, 5, 30]);
}

#[test]
fn only_whoever_is_awaited_says_that_it_is_ready() {
    let mut network = Network::found_by(&city(6));
    let motion = network.pass(vec![change(vec![step(&[5], &[30, 31]), step(&[6], &[32])])]);
    assert_eq!(refusal(&network, &network.ready(1, motion)), Some(Refusal::NotAwaited));
    assert_eq!(refusal(&network, &network.ready(130, motion)), Some(Refusal::NotAwaited), "its governance key");
    assert_eq!(refusal(&network, &network.ready(30, Hash::ZERO)), Some(Refusal::NotAwaited));
    let act = Act::Member { key: thumbprint(30), ballot: Ballot::Ready { motion } };
    assert_eq!(refusal(&network, &signed(network.request(act), &[31])), Some(Refusal::WrongSignature));
    network.accept(&[network.ready(30, motion), network.ready(32, motion)]);
    assert_eq!(refusal(&network, &network.ready(30, motion)), Some(Refusal::AlreadyReady));
    assert!(validators(&network).unwrap().scheduled.is_none());
    network.accept(&[network.ready(31, motion)]);
    take_over(&mut network);
    // The next step was ready: it was scheduled as the first one took over, and never two at once.
    assert_eq!(network.seeds(), [1, 2, 3, 4, 30, 31, 32]);
    assert_eq!(network.changes.len(), 2);
    let heights: Vec<_> = network.changes.iter().map(|change| change.header.height).collect();
    assert_eq!(heights[1] - heights[0], SET_CHANGE_DELAY_BLOCKS);
}

#[test]
fn each_bad_step_has_its_refusal() {
    let network = Network::found_by(&city(6));
    let refused = |steps| refusal(&network, &network.propose(1, vec![change(steps)]));
    let with = |new: NewMember| Step { add: List::new(vec![new]).unwrap(), ..step(&[], &[]) };
    assert_eq!(refused(vec![step(&[6], &[30])]), None);
    assert_eq!(refused(vec![step(&[5, 6], &[])]), None, "a third may leave");
    assert_eq!(refused(vec![step(&[4, 5, 6], &[30])]), Some(Refusal::StepTooLarge));
    assert_eq!(refused(vec![step(&[], &[30, 31, 32])]), None, "three of nine");
    assert_eq!(refused(vec![step(&[], &[30, 31, 32, 33])]), Some(Refusal::StepTooLarge));
    assert_eq!(refused(vec![step(&[], &[])]), Some(Refusal::EmptyMotion));
    assert_eq!(refused(vec![step(&[30], &[])]), Some(Refusal::UnknownValidator));
    assert_eq!(refused(vec![step(&[6, 6], &[])]), Some(Refusal::UnknownValidator), "twice is not two");
    assert_eq!(refused(vec![step(&[6], &[]), step(&[6], &[])]), Some(Refusal::UnknownValidator), "it has left");
    assert_eq!(refused(vec![step(&[5, 6], &[]), step(&[4], &[])]), Some(Refusal::TooFewValidators));
    assert_eq!(refused(vec![with(new_member(30, 0))]), Some(Refusal::OutOfRange));
    assert_eq!(refused(vec![with(new_member(30, 3))]), Some(Refusal::TooPowerful));
    assert_eq!(refused(vec![with(new_member(30, 2))]), None);
    assert_eq!(refused(vec![with(new_member(30, u32::MAX))]), Some(Refusal::StepTooLarge), "and no sum overflows");
    assert_eq!(refused(vec![step(&[], &[30]), step(&[], &[30])]), Some(Refusal::KeyInUse));
    assert_eq!(refused(vec![step(&[], &[1])]), Some(Refusal::KeyInUse));
    let mut bad = new_member(30, 1);
    bad.member.network = bad.member.consensus;
    assert_eq!(refused(vec![with(bad)]), Some(Refusal::KeyInUse), "one key for two uses");
    let mut bad = new_member(30, 1);
    bad.member.consensus = crate::signature::PublicKey::Ed25519([0; 32]);
    assert_eq!(refused(vec![with(bad)]), Some(Refusal::BadKey));
    let mut bad = new_member(30, 1);
    bad.possession.governance = bad.possession.network;
    assert_eq!(refused(vec![with(bad)]), Some(Refusal::NoPossession));
    let both = network.propose(1, vec![change(vec![step(&[6], &[])]), change(vec![step(&[5], &[])])]);
    assert_eq!(refusal(&network, &both), Some(Refusal::PlanUnderWay));
}

#[test]
fn a_plan_that_could_never_be_ready_is_refused() {
    let network = Network::found_by(&city(4));
    let new = new_member(30, 1);
    // Not proven to be anybody's: it is counted before it is looked at.
    let many = Step { add: List::new(vec![new; VALIDATORS_MAX]).unwrap(), ..step(&[], &[]) };
    let refused = |steps| refusal(&network, &network.propose(1, vec![change(steps)]));
    assert_eq!(refused(vec![many.clone(), step(&[], &[31])]), Some(Refusal::TooManyValidators));
}
