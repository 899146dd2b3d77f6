//! Every refusal is reached. A new one does not compile here until it has its case.

use super::*;
use crate::codec::{List, Text};
use crate::record::{Change, Definition, DefinitionKind, IssuerKey, Step, Succession, Upgrade};
use crate::signature::PublicKey;
use crate::transaction::{Ballot, ChangeStatus, RotateKey};
use crate::validator::VALIDATORS_MAX;

fn seals(network: &Network, office: &Office, issue: Issue) -> Transaction {
    network.asked(office.id, &[office.seal], Action::Issue(issue))
}

fn edited(transaction: Transaction, seed: u8, edit: impl FnOnce(&mut Request)) -> Transaction {
    let mut request = transaction.request;
    edit(&mut request);
    signed(request, &[seed])
}

fn changed(network: &Network, edit: impl FnOnce(&mut ChangeStatus)) -> Transaction {
    let Action::ChangeStatus(mut change) = status_of(&SECONDARY, 1, 0, Status::Revoked) else { unreachable!() };
    edit(&mut change);
    network.asked(SECONDARY.id, &[SECONDARY.seal, SECONDARY.approve], Action::ChangeStatus(change))
}

fn adds(network: &Network, key: crate::record::NewKey) -> Transaction {
    network.asked(SECONDARY.id, &[SECONDARY.administer], Action::AddKey(key))
}

fn succession(from: &str) -> Change {
    Change::AddSuccessor {
        issuer: DISTRICT.id(),
        successor: WARD.id(),
        scopes: Succession::SEAL,
        from: day(from),
        until: None,
    }
}

/// Prepares the network, and gives a transaction that it refuses so.
fn case(refusal: Refusal, network: &mut Network) -> Transaction {
    let school = |network: &Network| seals(network, &SECONDARY, batch_of("hoc-ba-thcs", 2));
    let own = |network: &Network, edit: &dyn Fn(&mut Issue)| {
        let mut issue = batch_of("hoc-ba-thcs", 2);
        edit(&mut issue);
        seals(network, &SECONDARY, issue)
    };
    let motion = |network: &Network, change: Change| network.propose(1, vec![change]);
    let steps = |network: &Network, steps: Vec<Step>| {
        network.propose(1, vec![Change::ChangeValidators { steps: List::new(steps).unwrap() }])
    };
    let rename = || Change::RenameIssuer { issuer: WARD.id(), name: Text::default(), name_en: Text::default() };
    let good_key = || new_key(&SECONDARY, 220, IssuerKey::SEAL);
    let define = |version, text: &str| {
        let (kind, name) = (DefinitionKind::CodeList, "mon-hoc".parse().unwrap());
        Change::Define(Definition { kind, name, version, text: List::new(text.into()).unwrap() })
    };
    let end_grant = |grant, until| Change::EndGrant { issuer: SECONDARY.id(), grant, until: day(until) };
    network.accept(&[seals(network, &SECONDARY, batch_of("hoc-ba-thcs", 1))]);
    match refusal {
        Refusal::OtherChain => edited(school(network), SECONDARY.seal, |r| r.chain = "other".parse().unwrap()),
        Refusal::Expired => edited(school(network), SECONDARY.seal, |r| r.valid_until.0 -= 3_600_001),
        Refusal::ValidTooLong => edited(school(network), SECONDARY.seal, |r| r.valid_until.0 += MAX_VALIDITY_MS),
        Refusal::UnknownIssuer => network.asked("nobody", &[SECONDARY.seal], Action::Issue(batch_of("hoc-ba-thcs", 2))),
        Refusal::IssuerClosed => {
            network.pass(vec![Change::CloseIssuer { issuer: SECONDARY.id(), from: day("2024-05-02") }]);
            school(network)
        }
        Refusal::UnknownKey => network.asked(SECONDARY.id, &[WARD.seal], Action::Issue(batch_of("hoc-ba-thcs", 2))),
        Refusal::KeyMayNot => {
            network.asked(SECONDARY.id, &[SECONDARY.approve], Action::Issue(batch_of("hoc-ba-thcs", 2)))
        }
        Refusal::SignatureCount => signed(school(network).request, &[]),
        Refusal::SameApprover => {
            network.asked(SECONDARY.id, &[SECONDARY.seal; 2], Action::Issue(batch_of("hoc-ba-thcs", 2)))
        }
        Refusal::WrongSignature => signed(school(network).request, &[WARD.seal]),
        Refusal::UnknownGrant => own(network, &|issue| issue.grant = 1),
        Refusal::TypeNotGranted => own(network, &|issue| issue.document_type = "bang-tn-thpt".parse().unwrap()),
        Refusal::GrantNotInForce => seals(network, &HIGH_SCHOOL, Issue { grant: 1, ..batch_of("bang-tn-thpt", 2) }),
        Refusal::EmptyBatch => own(network, &|issue| issue.leaves = List::default()),
        Refusal::EqualLeaves => own(network, &|issue| issue.leaves = List::new(vec![Hash::ZERO; 2]).unwrap()),
        Refusal::AlreadySealed => own(network, &|issue| issue.batch = batch(1)),
        Refusal::NotYourBatch => {
            network.asked(WARD.id, &[WARD.seal, WARD.approve], status_of(&SECONDARY, 1, 0, Status::Revoked))
        }
        Refusal::UnknownBatch => changed(network, |change| change.batch = batch(9)),
        Refusal::NoSuchDocument => changed(network, |change| change.index = 3),
        Refusal::StatusChangedMeanwhile => changed(network, |change| change.seen = 1),
        Refusal::StatusMayNotBecome => changed(network, |change| change.to = Status::Valid),
        Refusal::ApproverNeeded => {
            network.asked(SECONDARY.id, &[SECONDARY.seal], status_of(&SECONDARY, 1, 0, Status::Revoked))
        }
        Refusal::NotASuccessor => seals(network, &WARD, back_file("bang-tn-thcs", 2, &DISTRICT)),
        Refusal::SuccessionNotInForce => {
            network.pass(vec![succession("2025-07-01")]);
            seals(network, &WARD, back_file("bang-tn-thcs", 2, &DISTRICT))
        }
        Refusal::KeyInUse => adds(network, new_key(&SECONDARY, WARD.seal, IssuerKey::SEAL)),
        Refusal::BadKey => adds(network, crate::record::NewKey { key: PublicKey::Ed25519([0; 32]), ..good_key() }),
        Refusal::NoPossession => adds(network, new_key(&WARD, 220, IssuerKey::SEAL)),
        Refusal::RoleNotYours => adds(network, new_key(&SECONDARY, 220, IssuerKey::APPROVE)),
        Refusal::OverlapTooLong => {
            let new = good_key();
            let rotation = RotateKey { key: new.key, possession: new.possession, keep_until: Time(0) };
            network.asked(SECONDARY.id, &[SECONDARY.seal], Action::RotateKey(rotation))
        }
        Refusal::RecordFull => {
            for _ in 0..2 {
                network.pass(vec![succession("2025-07-01"); 16]);
            }
            motion(network, succession("2025-07-01"))
        }
        Refusal::UnknownMember => network.propose(30, vec![rename()]),
        Refusal::UnknownMotion => network.vote(1, Hash::ZERO, true),
        Refusal::AlreadyProposed => {
            let proposal = motion(network, rename());
            network.accept(std::slice::from_ref(&proposal));
            proposal
        }
        Refusal::MotionClosed => {
            let id = network.pass(vec![rename()]);
            network.vote(4, id, true)
        }
        Refusal::MotionExpired => {
            let proposal = motion(network, rename());
            network.accept(std::slice::from_ref(&proposal));
            network.at_time(network.motion(proposal.id()).expires).vote(2, proposal.id(), true)
        }
        Refusal::AlreadyVoted => {
            let proposal = motion(network, rename());
            network.accept(std::slice::from_ref(&proposal));
            network.vote(1, proposal.id(), false)
        }
        Refusal::TooManyMotions => {
            for _ in 0..motions::OPEN_MOTIONS_OF_ONE_MAX {
                network.accept(&[motion(network, rename())]);
            }
            motion(network, rename())
        }
        Refusal::EmptyMotion => network.propose(1, vec![]),
        Refusal::NoDecision => edited(motion(network, rename()), 101, |request| {
            let Act::Member { ballot: Ballot::Propose(proposal), .. } = &mut request.act else { unreachable!() };
            proposal.decision = Text::default();
        }),
        Refusal::IssuerExists => {
            let (name, name_en, keys) = (Text::default(), Text::default(), List::default());
            motion(network, Change::AdmitIssuer { issuer: WARD.id(), name, name_en, keys })
        }
        Refusal::EmptyInterval => motion(network, end_grant(0, "2024-05-02")),
        Refusal::AlreadyEnded => {
            network.pass(vec![end_grant(0, "2025-01-01")]);
            motion(network, end_grant(0, "2025-01-01"))
        }
        Refusal::UnknownSuccession => {
            motion(network, Change::EndSuccession { issuer: WARD.id(), succession: 0, until: day("2025-01-01") })
        }
        Refusal::WrongScope => {
            let Change::AddSuccessor { issuer, successor, from, until, .. } = succession("2025-07-01") else {
                unreachable!()
            };
            motion(network, Change::AddSuccessor { issuer, successor, scopes: 8, from, until })
        }
        Refusal::NotSuspended => motion(network, Change::RestoreKey { issuer: WARD.id(), key: thumbprint(WARD.seal) }),
        Refusal::OutOfRange => {
            steps(network, vec![Step { add: List::new(vec![new_member(30, 0)]).unwrap(), ..step(&[], &[]) }])
        }
        Refusal::VersionNotNext => {
            motion(network, Change::ScheduleUpgrade(Upgrade { version: PROTOCOL_VERSION, from: u64::MAX }))
        }
        Refusal::TooSoon => {
            motion(network, Change::ScheduleUpgrade(Upgrade { version: PROTOCOL_VERSION + 1, from: 50 }))
        }
        Refusal::DefinitionExists => {
            network.pass(vec![define(1, "[]")]);
            motion(network, define(1, "{}"))
        }
        Refusal::BadDefinition => motion(network, define(0, "[]")),
        Refusal::PlanUnderWay => {
            network.pass(vec![Change::ChangeValidators { steps: List::new(vec![step(&[], &[30])]).unwrap() }]);
            steps(network, vec![step(&[], &[31])])
        }
        Refusal::NoPlan => steps(network, vec![]),
        Refusal::UnknownValidator => steps(network, vec![step(&[30], &[])]),
        Refusal::TooFewValidators => steps(network, vec![step(&[4], &[])]),
        Refusal::TooManyValidators => {
            let add = List::new(vec![new_member(30, 1); VALIDATORS_MAX]).unwrap();
            steps(network, vec![Step { add, ..step(&[], &[]) }, step(&[], &[31])])
        }
        Refusal::StepTooLarge => steps(network, vec![step(&[3, 4], &[30, 31])]),
        Refusal::TooPowerful => {
            let add = List::new(vec![new_member(30, 2)]).unwrap();
            steps(network, vec![Step { add, ..step(&[], &[]) }])
        }
        Refusal::NotAwaited => network.ready(30, Hash::ZERO),
        Refusal::AlreadyReady => {
            let id = network.pass(vec![Change::ChangeValidators {
                steps: List::new(vec![step(&[], &[30]), step(&[4], &[31])]).unwrap(),
            }]);
            network.accept(&[network.ready(31, id)]);
            network.ready(31, id)
        }
    }
}

#[test]
fn every_refusal_is_reached_and_changes_nothing() {
    for expected in Refusal::ALL {
        let mut network = Network::found_by(&city(4));
        let transaction = case(*expected, &mut network);
        assert_eq!(refusal(&network, &transaction), Some(*expected));
        let root = network.tip.header.state_root;
        assert_eq!(network.block(&[transaction]), [Candidate::Refused(*expected)]);
        assert_eq!(network.tip.header.state_root, root, "{}", expected.code());
    }
}
