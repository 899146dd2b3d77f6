//! Blocks: what is proposed is what is executed.

use proptest::prelude::*;

use super::*;
use crate::block::PROTOCOL_VERSION;
use crate::record::Scheduled;
use crate::signature::public_key;

fn sealed() -> Network {
    let mut network = Network::found();
    network.block(&[sealing(1, 40)]);
    network
}

#[test]
fn a_batch_is_recorded() {
    let network = sealed();
    let Some(Record::Batch(record)) = network.record(&Key::Batch(school(), batch(1))).unwrap() else { panic!() };
    assert_eq!((record.size, record.height, record.status_root), (40, 1, None));
    assert_eq!(record.root, merkle::root(&leaves(1, 40)));
    assert_eq!(record.key, public_key(&key(200)).thumbprint());
    assert_eq!(network.tip.header.leaves, 40);
}

#[test]
fn each_fault_has_its_refusal() {
    let network = sealed();
    let good = || request(issue(2, leaves(2, 3)));
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = good();
        change(&mut request);
        refusal(&network, &signed(request, &[200]))
    };
    let with_issue = |change: &dyn Fn(&mut Issue)| {
        with(&|request| {
            if let Act::Issuer { action: Action::Issue(issue), .. } = &mut request.act {
                change(issue);
            }
        })
    };
    assert_eq!(refusal(&network, &signed(good(), &[200])), None);
    assert_eq!(with(&|r| r.chain = "other".parse().unwrap()), Some(Refusal::OtherChain));
    assert_eq!(with(&|r| r.valid_until = Time(FOUNDED.0 + 1_999)), Some(Refusal::Expired));
    assert_eq!(with(&|r| r.valid_until = Time(FOUNDED.0 + 2_001 + MAX_VALIDITY_MS)), Some(Refusal::ValidTooLong));
    let by = |issuer: &str| with(&|r| set_actor(r, Some(issuer), None));
    assert_eq!(by("nobody"), Some(Refusal::UnknownIssuer));
    assert_eq!(by("thcs-mau-2"), Some(Refusal::IssuerClosed));
    let with_key = |seed| with(&|r| set_actor(r, None, Some(public_key(&key(seed)).thumbprint())));
    assert_eq!(with_key(99), Some(Refusal::UnknownKey));
    assert_eq!(with_key(202), Some(Refusal::KeyMayNot), "expired");
    assert_eq!(with_key(201), Some(Refusal::KeyMayNot), "approves only");
    assert_eq!(refusal(&network, &signed(good(), &[])), Some(Refusal::SignatureCount));
    assert_eq!(refusal(&network, &signed(good(), &[200, 201])), Some(Refusal::SignatureCount));
    assert_eq!(refusal(&network, &signed(good(), &[201])), Some(Refusal::WrongSignature));
    assert_eq!(with_issue(&|i| i.grant = 9), Some(Refusal::UnknownGrant));
    assert_eq!(with_issue(&|i| i.grant = 1), Some(Refusal::TypeNotGranted));
    assert_eq!(
        with_issue(&|i| (i.grant, i.document_type) = (1, "bang-tn-thcs".parse().unwrap())),
        Some(Refusal::GrantNotInForce)
    );
    assert_eq!(with_issue(&|i| i.leaves = List::default()), Some(Refusal::EmptyBatch));
    assert_eq!(with_issue(&|i| i.leaves = List::new(vec![Hash::ZERO; 2]).unwrap()), Some(Refusal::EqualLeaves));
    assert_eq!(with_issue(&|i| i.batch = batch(1)), Some(Refusal::AlreadySealed));

    let change = |id, index, seen, to| refusal(&network, &changing(id, index, seen, to));
    assert_eq!(change(1, 3, 0, Status::Revoked), None);
    assert_eq!(change(9, 3, 0, Status::Revoked), Some(Refusal::UnknownBatch));
    assert_eq!(change(1, 40, 0, Status::Revoked), Some(Refusal::NoSuchDocument));
    assert_eq!(change(1, 3, 1, Status::Revoked), Some(Refusal::StatusChangedMeanwhile));
    assert_eq!(change(1, 3, 0, Status::Valid), Some(Refusal::StatusMayNotBecome));
    let mut alone = request(crate::testing::change(1, 3, 0, Status::Revoked));
    set_approver(&mut alone, None);
    assert_eq!(refusal(&network, &signed(alone, &[200])), Some(Refusal::ApproverNeeded));
}

fn set_actor(request: &mut Request, id: Option<&str>, thumbprint: Option<Hash>) {
    let Act::Issuer { issuer, key, .. } = &mut request.act else { panic!() };
    if let Some(id) = id {
        *issuer = id.parse().unwrap();
    }
    *key = thumbprint.unwrap_or(*key);
}

fn set_approver(request: &mut Request, thumbprint: Option<Hash>) {
    let Act::Issuer { approver, .. } = &mut request.act else { panic!() };
    *approver = thumbprint;
}

#[test]
fn an_approver_is_another_key_with_that_role() {
    let network = sealed();
    let approved = |approver: u8, seeds: &[u8]| {
        let mut request = request(issue(2, leaves(2, 3)));
        set_approver(&mut request, Some(public_key(&key(approver)).thumbprint()));
        refusal(&network, &signed(request, seeds))
    };
    assert_eq!(approved(201, &[200, 201]), None);
    assert_eq!(approved(201, &[200]), Some(Refusal::SignatureCount));
    assert_eq!(approved(201, &[200, 200]), Some(Refusal::WrongSignature));
    assert_eq!(approved(200, &[200, 200]), Some(Refusal::SameApprover));
    assert_eq!(approved(202, &[200, 202]), Some(Refusal::KeyMayNot));
}

#[test]
fn a_status_is_set_once_for_what_was_seen() {
    let mut network = sealed();
    network.block(&[changing(1, 3, 0, Status::Suspended), changing(1, 3, 0, Status::Revoked)]);
    let entry = network.statuses(&school(), &batch(1)).unwrap().entry(3);
    assert_eq!((entry.status, entry.height), (Status::Suspended, 2), "the second did not see the first");
    let Some(Record::Batch(record)) = network.record(&Key::Batch(school(), batch(1))).unwrap() else { panic!() };
    assert_eq!(record.status_root, network.statuses(&school(), &batch(1)).unwrap().root(40));
    // What was suspended is reinstated, and the suspension cannot be replayed.
    network.block(&[changing(1, 3, 2, Status::Valid)]);
    assert_eq!(refusal(&network, &changing(1, 3, 0, Status::Suspended)), Some(Refusal::StatusChangedMeanwhile));
}

#[test]
fn a_block_is_executed_to_what_was_proposed() {
    let network = sealed();
    let time = Time(network.tip.header.time.0 + 5);
    let candidates = [sealing(2, 5), sealing(1, 40), changing(1, 0, 0, Status::Revoked)];
    let (proposed, fates) = propose(&network, &network.tip, time, &candidates, &CheckAlways).unwrap();
    assert_eq!(fates, [Candidate::Taken, Candidate::Refused(Refusal::AlreadySealed), Candidate::Taken]);
    let executed = execute(&network, &network.tip, &proposed.block, &CheckAlways).unwrap();
    assert_eq!(executed.tip, proposed.tip);

    let refused = |change: &dyn Fn(&mut Block)| {
        let mut block = proposed.block.clone();
        change(&mut block);
        execute(&network, &network.tip, &block, &CheckAlways).unwrap_err()
    };
    assert_eq!(refused(&|b| b.header.version = PROTOCOL_VERSION + 1), BlockRefusal::Header("version"));
    assert_eq!(refused(&|b| b.header.chain = "other".parse().unwrap()), BlockRefusal::Header("chain"));
    assert_eq!(refused(&|b| b.header.height += 1), BlockRefusal::Header("height"));
    assert_eq!(refused(&|b| b.header.parent = Hash::ZERO), BlockRefusal::Header("parent"));
    assert_eq!(refused(&|b| b.header.time = network.tip.header.time), BlockRefusal::Header("time"));
    assert_eq!(refused(&|b| b.header.history_root = Hash::ZERO), BlockRefusal::Header("history_root"));
    assert_eq!(refused(&|b| b.header.state_root = Hash::ZERO), BlockRefusal::Header("state_root"));
    assert_eq!(refused(&|b| b.header.body = Hash::ZERO), BlockRefusal::Header("body"));
    assert_eq!(refused(&|b| b.header.validators = Hash::ZERO), BlockRefusal::Header("validators"));
    assert_eq!(refused(&|b| b.header.next_validators = Hash::ZERO), BlockRefusal::Header("next_validators"));
    assert_eq!(refused(&|b| b.header.leaves += 1), BlockRefusal::Header("leaves"));
    let smuggled = |b: &mut Block| b.body.transactions = List::new(vec![sealing(2, 5), sealing(2, 5)]).unwrap();
    assert_eq!(refused(&smuggled), BlockRefusal::Transaction(1, Refusal::AlreadySealed));
}

#[test]
fn a_full_block_leaves_the_rest_for_the_next() {
    let network = Network::found();
    let time = Time(network.tip.header.time.0 + 5);
    let candidates: Vec<_> = (0..15).map(|id| sealing(id, 10_000)).collect();
    let (execution, fates) = propose(&network, &network.tip, time, &candidates, &CheckAlways).unwrap();
    assert!(codec::encode(&execution.block.body).len() <= MAX_BODY_BYTES);
    assert_eq!(fates.iter().filter(|fate| **fate == Candidate::Taken).count(), 13);
    assert_eq!(fates[13..], [Candidate::Left, Candidate::Left]);
    let bytes = codec::encode(&execution.block);
    assert_eq!(Block::from_bytes(&bytes).unwrap(), execution.block);
}

#[test]
fn a_scheduled_set_signs_from_its_height() {
    let network = sealed();
    let members = genesis().members;
    let new = members
        .iter()
        .skip(1)
        .cloned()
        .chain([crate::record::Member { consensus: public_key(&key(30)), ..members[0].clone() }]);
    let scheduled = Scheduled { from: 3, members: List::new(new.collect()).unwrap() };
    let validators = Validators { current: members, scheduled: Some(scheduled.clone()), plan: None };
    assert_eq!(validators.members_at(2), &validators.current[..]);
    assert_eq!(validators.members_at(3), &scheduled.members[..]);
    let old = validators.set_at(2).hash();
    let mut overlay = Overlay::begin(&network, &network.tip, Time(FOUNDED.0 + 9_000)).unwrap();
    overlay.records.insert(Key::Validators, Record::Validators(validators));
    let mut network_with = sealed();
    let execution = finish(overlay, &network, &network.tip, Body::default()).unwrap();
    assert_eq!(execution.block.header.validators, old);
    assert_ne!(execution.block.header.next_validators, old, "block 2 announces the set that signs block 3");
    network_with.commit(execution);
    let overlay = Overlay::begin(&network_with, &network_with.tip, Time(FOUNDED.0 + 10_000)).unwrap();
    let taken_over = Validators { current: scheduled.members, scheduled: None, plan: None };
    assert_eq!(super::validators(&overlay).unwrap(), taken_over);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Any stream of transactions, cut into blocks anyhow, executes to what was proposed, and refusals change nothing.
    #[test]
    fn every_proposed_block_executes(
        stream in proptest::collection::vec((0u8..6, 0u32..4, 0u64..6, 0usize..4, any::<bool>()), 1..40),
        cuts in proptest::collection::vec(1usize..6, 1..12),
    ) {
        let statuses = [Status::Valid, Status::Superseded, Status::Revoked, Status::Suspended];
        let transactions: Vec<Transaction> = stream
            .into_iter()
            .map(|(id, index, seen, to, seal)| if seal { sealing(id, 3) } else { changing(id, index, seen, statuses[to]) })
            .collect();
        let (mut proposer, mut follower) = (Network::found(), Network::found());
        let mut rest = transactions.as_slice();
        for cut in cuts.into_iter().cycle() {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            rest = later;
            let time = Time(proposer.tip.header.time.0 + 1);
            let (execution, fates) = propose(&proposer, &proposer.tip, time, now, &CheckAlways).unwrap();
            let taken = fates.iter().filter(|fate| **fate == Candidate::Taken).count();
            prop_assert_eq!(taken, execution.block.body.transactions.len());
            let bytes = codec::encode(&execution.block);
            let block = Block::from_bytes(&bytes).unwrap();
            let followed = execute(&follower, &follower.tip, &block, &CheckAlways).unwrap();
            prop_assert_eq!(&followed.tip, &execution.tip);
            proposer.commit(execution);
            follower.commit(followed);
            if rest.is_empty() {
                break;
            }
        }
    }
}
