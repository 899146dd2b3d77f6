//! Who may seal what, when, in whose name; and what becomes of it.

use super::*;
use crate::receipt::Pointer;
use crate::record::{Change, Origin, Succession};
use crate::status::StatusEntry;

fn pointer(office: &Office, id: u8) -> Pointer {
    Pointer { chain: "test".parse().unwrap(), issuer: office.id(), batch: batch(id) }
}

fn seals(network: &Network, office: &Office, issue: Issue) -> Option<Refusal> {
    refusal(network, &network.asked(office.id, &[office.seal], Action::Issue(issue)))
}

fn seals_approved(network: &Network, office: &Office, issue: Issue) -> Option<Refusal> {
    refusal(network, &network.asked(office.id, &[office.seal, office.approve], Action::Issue(issue)))
}

fn changes(network: &Network, office: &Office, action: Action) -> Option<Refusal> {
    refusal(network, &network.asked(office.id, &[office.seal, office.approve], action))
}

fn seal(network: &mut Network, office: &Office, issue: Issue) {
    network.accept(&[network.asked(office.id, &[office.seal, office.approve], Action::Issue(issue))]);
}

fn successor(of: &Office, successor: &Office, scopes: u8, from: &str) -> Change {
    Change::AddSuccessor { issuer: of.id(), successor: successor.id(), scopes, from: day(from), until: None }
}

/// Districts end on 1 July 2025: wards take their paper over, the Department their documents.
fn districts_are_abolished(network: &mut Network) {
    network.at("2025-06-20");
    let mut decided = vec![];
    for district in [DISTRICT, OTHER_DISTRICT] {
        decided.push(Change::CloseIssuer { issuer: district.id(), from: day("2025-07-01") });
        decided.push(successor(&district, &DEPARTMENT, Succession::AMEND | Succession::REVOKE, "2025-07-01"));
        decided.push(successor(&district, &WARD, Succession::SEAL, "2025-07-01"));
    }
    decided.push(successor(&DISTRICT, &OTHER_WARD, Succession::SEAL, "2025-07-01"));
    network.pass(decided);
}

#[test]
fn the_district_issues_in_2024_is_abolished_and_the_department_revokes_in_2026() {
    let mut network = Network::found_by(&city(4));
    network.at("2024-06-10");
    seal(&mut network, &DISTRICT, batch_of("bang-tn-thcs", 1));
    let sealed = network.tip.header.height;
    districts_are_abolished(&mut network);
    let revocation = || status_of(&DISTRICT, 1, 0, Status::Revoked);

    network.at_time(Time(midnight("2025-07-01").0 - 1));
    assert_eq!(seals(&network, &DISTRICT, batch_of("bang-tn-thcs", 2)), None, "the last millisecond");
    assert_eq!(changes(&network, &DISTRICT, revocation()), None);
    assert_eq!(changes(&network, &DEPARTMENT, revocation()), Some(Refusal::SuccessionNotInForce));
    network.at_time(midnight("2025-07-01"));
    assert_eq!(seals(&network, &DISTRICT, batch_of("bang-tn-thcs", 2)), Some(Refusal::IssuerClosed));
    assert_eq!(changes(&network, &DISTRICT, revocation()), Some(Refusal::IssuerClosed));

    network.at("2026-03-05");
    assert_eq!(changes(&network, &WARD, revocation()), Some(Refusal::SuccessionNotInForce), "seals only");
    assert_eq!(changes(&network, &SECONDARY, revocation()), Some(Refusal::NotYourBatch));
    let alone = network.asked(DEPARTMENT.id, &[DEPARTMENT.seal], revocation());
    assert_eq!(refusal(&network, &alone), Some(Refusal::ApproverNeeded));
    let before = network.receipt_of(&DISTRICT.id(), batch(1), &leaves(1, 3), 0);
    network.accept(&[network.asked(DEPARTMENT.id, &[DEPARTMENT.seal, DEPARTMENT.approve], revocation())]);
    for (index, status) in [(0, Status::Revoked), (1, Status::Valid)] {
        let receipt = network.receipt_of(&DISTRICT.id(), batch(1), &leaves(1, 3), index);
        let leaf = leaves(1, 3)[index as usize];
        let proven = receipt.verify(leaf, &pointer(&DISTRICT, 1), &network.genesis).unwrap();
        assert_eq!((proven.status.status, proven.batch.height), (status, sealed));
        assert!(proven.issuer.is_closed_on(day("2026-03-05")) && proven.issuer.grants[0].covers(day("2024-06-10")));
    }
    assert!(before.verify(leaves(1, 3)[0], &pointer(&DISTRICT, 1), &network.genesis).unwrap().in_force());
}

#[test]
fn four_regimes_live_side_by_side() {
    let mut network = Network::found_by(&city(4));
    let attempts = |network: &Network| {
        let (district, department) = (batch_of("bang-tn-thcs", 1), batch_of("bang-tn-thpt", 1));
        let principal = Issue { grant: 1, ..batch_of("bang-tn-thpt", 1) };
        [
            seals(network, &DISTRICT, district),
            seals(network, &DEPARTMENT, department),
            seals(network, &HIGH_SCHOOL, principal),
            seals(network, &SECONDARY, batch_of("hoc-ba-thcs", 1)),
        ]
    };
    let (closed, no_more) = (Some(Refusal::IssuerClosed), Some(Refusal::GrantNotInForce));
    assert_eq!(attempts(network.at("2024-06-10")), [None, None, no_more, None]);
    districts_are_abolished(&mut network);
    assert_eq!(attempts(network.at_time(Time(midnight("2025-07-01").0 - 1))), [None, None, no_more, None]);
    assert_eq!(attempts(network.at_time(midnight("2025-07-01"))), [closed, None, no_more, None]);
    assert_eq!(attempts(network.at_time(Time(midnight("2026-01-01").0 - 1))), [closed, None, no_more, None]);
    assert_eq!(attempts(network.at_time(midnight("2026-01-01"))), [closed, no_more, None, None]);
    // The ward has no authority of its own, and the type of one issuer is not another's.
    assert_eq!(seals(&network, &WARD, batch_of("bang-tn-thcs", 1)), Some(Refusal::UnknownGrant));
    assert_eq!(seals(&network, &SECONDARY, batch_of("bang-tn-thcs", 1)), Some(Refusal::TypeNotGranted));
    // Under a grant that has ended, what lies on paper is taken over, by two.
    let old = || Issue { origin: Origin::Digitised, ..batch_of("bang-tn-thpt", 1) };
    assert_eq!(seals(&network, &DEPARTMENT, old()), Some(Refusal::ApproverNeeded));
    assert_eq!(seals_approved(&network, &DEPARTMENT, old()), None);
}

#[test]
fn back_files_are_sealed_by_a_successor_in_the_name_of_the_office_that_is_gone() {
    let mut network = Network::found_by(&city(4));
    network.at("2024-06-10");
    assert_eq!(seals_approved(&network, &WARD, back_file("bang-tn-thcs", 1, &DISTRICT)), Some(Refusal::NotASuccessor));
    districts_are_abolished(&mut network);
    network.at_time(Time(midnight("2025-07-01").0 - 1));
    let early = seals_approved(&network, &WARD, back_file("bang-tn-thcs", 1, &DISTRICT));
    assert_eq!(early, Some(Refusal::SuccessionNotInForce));

    network.at("2026-02-10");
    // One district's paper lies with two wards; one ward has that of two districts.
    for (ward, district, refused) in [
        (WARD, DISTRICT, None),
        (WARD, OTHER_DISTRICT, None),
        (OTHER_WARD, DISTRICT, None),
        (OTHER_WARD, OTHER_DISTRICT, Some(Refusal::NotASuccessor)),
        (DEPARTMENT, DISTRICT, Some(Refusal::SuccessionNotInForce)),
        (DISTRICT, OTHER_DISTRICT, Some(Refusal::IssuerClosed)),
        (SECONDARY, DISTRICT, Some(Refusal::NotASuccessor)),
    ] {
        assert_eq!(seals_approved(&network, &ward, back_file("bang-tn-thcs", 1, &district)), refused, "{ward:?}");
    }
    assert_eq!(seals(&network, &WARD, back_file("bang-tn-thcs", 1, &DISTRICT)), Some(Refusal::ApproverNeeded));
    let issued = Issue { origin: Origin::Issued, ..back_file("bang-tn-thcs", 1, &DISTRICT) };
    assert_eq!(seals(&network, &WARD, issued), Some(Refusal::ApproverNeeded), "re-issued, but not by one alone");
    assert_eq!(
        seals_approved(&network, &WARD, back_file("hoc-ba-thcs", 1, &DISTRICT)),
        Some(Refusal::TypeNotGranted),
        "a successor has what the office had, no more"
    );
    assert_eq!(seals_approved(&network, &WARD, back_file("bang-tn-thcs", 1, &WARD)), Some(Refusal::UnknownGrant));

    seal(&mut network, &WARD, back_file("bang-tn-thcs", 1, &DISTRICT));
    let receipt = network.receipt_of(&WARD.id(), batch(1), &leaves(1, 3), 0);
    let proven = receipt.verify(leaves(1, 3)[0], &pointer(&WARD, 1), &network.genesis).unwrap();
    let named = proven.named_issuer.unwrap();
    assert_eq!(
        (proven.issuer.id, named.id.clone(), proven.batch.origin),
        (WARD.id(), DISTRICT.id(), Origin::Digitised)
    );
    assert!(named.is_acted_for(&WARD.id(), Succession::SEAL, proven.batch.time.day()));
    assert_eq!(proven.batch.approver, Some(thumbprint(WARD.approve)));

    // The Department revokes what names the district, whoever digitised it; so does the sealer, and nobody else.
    let revocation = || status_of(&WARD, 1, 0, Status::Revoked);
    assert_eq!(changes(&network, &DEPARTMENT, revocation()), None);
    assert_eq!(changes(&network, &WARD, revocation()), None);
    assert_eq!(changes(&network, &OTHER_WARD, revocation()), Some(Refusal::SuccessionNotInForce));
    assert_eq!(changes(&network, &HIGH_SCHOOL, revocation()), Some(Refusal::NotYourBatch));
    seal(&mut network, &SECONDARY, batch_of("hoc-ba-thcs", 2));
    let others = status_of(&SECONDARY, 2, 0, Status::Revoked);
    assert_eq!(changes(&network, &DEPARTMENT, others), Some(Refusal::NotYourBatch));
}

#[test]
fn what_a_successor_sealed_stays_when_its_succession_ends() {
    let mut network = Network::found_by(&city(4));
    districts_are_abolished(&mut network);
    network.at("2026-02-10");
    seal(&mut network, &WARD, back_file("bang-tn-thcs", 1, &DISTRICT));
    let end = |until| Change::EndSuccession { issuer: DISTRICT.id(), succession: 1, until: day(until) };
    assert_eq!(refusal(&network, &network.propose(1, vec![end("2026-02-10")])), Some(Refusal::EmptyInterval));
    network.pass(vec![end("2026-02-11")]);
    let named = network.issuer(&DISTRICT.id());
    assert!(named.is_acted_for(&WARD.id(), Succession::SEAL, day("2026-02-10")), "this morning it was a successor");
    network.at_time(midnight("2026-02-11"));
    let too_late = seals_approved(&network, &WARD, back_file("bang-tn-thcs", 2, &DISTRICT));
    assert_eq!(too_late, Some(Refusal::SuccessionNotInForce));
}

#[test]
fn authority_that_ended_yesterday_is_none_today() {
    let mut network = Network::found_by(&city(4));
    network.at("2024-09-01");
    seal(&mut network, &SECONDARY, batch_of("hoc-ba-thcs", 1));
    let end = |grant, until| Change::EndGrant { issuer: SECONDARY.id(), grant, until: day(until) };
    assert_eq!(refusal(&network, &network.propose(1, vec![end(0, "2024-09-01")])), Some(Refusal::EmptyInterval));
    let next_year = Change::GrantAuthority {
        issuer: SECONDARY.id(),
        document_type: "hoc-ba-thcs".parse().unwrap(),
        from: day("2025-01-01"),
        until: None,
    };
    network.pass(vec![end(0, "2024-09-02"), next_year]);
    assert!(network.issuer(&SECONDARY.id()).grants[0].covers(day("2024-09-01")), "what was sealed today stays granted");
    network.at_time(Time(midnight("2024-09-02").0 - 1));
    assert_eq!(seals(&network, &SECONDARY, batch_of("hoc-ba-thcs", 2)), None);
    network.at_time(midnight("2024-09-02"));
    assert_eq!(seals(&network, &SECONDARY, batch_of("hoc-ba-thcs", 2)), Some(Refusal::GrantNotInForce));
    assert_eq!(refusal(&network, &network.propose(1, vec![end(0, "2024-09-20")])), Some(Refusal::AlreadyEnded));

    // A grant that is ended before it begins never entitles to anything.
    network.pass(vec![end(1, "2024-09-10")]);
    network.at("2025-05-01");
    let old = Issue { origin: Origin::Digitised, grant: 1, ..batch_of("hoc-ba-thcs", 2) };
    assert_eq!(seals_approved(&network, &SECONDARY, old), Some(Refusal::GrantNotInForce));
    let old = Issue { origin: Origin::Digitised, ..batch_of("hoc-ba-thcs", 2) };
    assert_eq!(seals_approved(&network, &SECONDARY, old), None);
}

#[test]
fn outside_the_window_a_second_key_approves() {
    let mut network = Network::found_by(&city(4));
    let window = |issuer: Option<&Office>, from, until| Change::SetWindow {
        document_type: "hoc-ba-thcs".parse().unwrap(),
        period: batch_of("hoc-ba-thcs", 1).period,
        issuer: issuer.map(Office::id),
        from: day(from),
        until: day(until),
    };
    let late = |network: &Network| {
        assert_eq!(seals_approved(network, &SECONDARY, batch_of("hoc-ba-thcs", 1)), None);
        seals(network, &SECONDARY, batch_of("hoc-ba-thcs", 1)) == Some(Refusal::ApproverNeeded)
    };
    assert!(!late(network.at("2024-05-03")), "no window was set");
    network.pass(vec![window(None, "2024-05-20", "2024-06-15")]);
    assert!(late(network.at_time(Time(midnight("2024-05-20").0 - 1))));
    assert!(!late(network.at_time(midnight("2024-05-20"))));
    assert!(!late(network.at_time(Time(midnight("2024-06-15").0 - 1))));
    assert!(late(network.at_time(midnight("2024-06-15"))));
    let other_period = Issue { period: crate::codec::Text::new("2023-2024b").unwrap(), ..batch_of("hoc-ba-thcs", 1) };
    assert_eq!(seals(&network, &SECONDARY, other_period.clone()), None);
    // Its own window counts before the general one, the general one of all periods last.
    network.pass(vec![window(Some(&SECONDARY), "2024-06-20", "2024-07-01")]);
    assert!(late(network.at("2024-06-19")));
    assert!(!late(network.at("2024-06-20")));
    let Change::SetWindow { document_type, issuer, from, until, .. } = window(None, "2024-05-20", "2024-06-15") else {
        unreachable!()
    };
    let of_all_periods = Change::SetWindow { document_type, period: Default::default(), issuer, from, until };
    network.pass(vec![of_all_periods]);
    assert!(!late(&network));
    assert_eq!(
        seals(&network, &SECONDARY, other_period),
        Some(Refusal::ApproverNeeded),
        "another spelling of the year is no way around its window"
    );
}

#[test]
fn a_batch_names_the_definition_that_it_was_sealed_under() {
    let mut network = Network::found_by(&city(4));
    let definition = |version, text: &str| crate::record::Definition {
        kind: crate::record::DefinitionKind::Schema,
        name: "hoc-ba-thcs".parse().unwrap(),
        version,
        text: List::new(text.into()).unwrap(),
    };
    seal(&mut network, &SECONDARY, batch_of("hoc-ba-thcs", 1));
    network.pass(vec![Change::Define(definition(1, "{}"))]);
    seal(&mut network, &SECONDARY, batch_of("hoc-ba-thcs", 2));
    let of = |id| {
        let key = Key::Batch(SECONDARY.id(), batch(id));
        let Some(Record::Batch(batch)) = network.record(&key).unwrap() else { panic!() };
        batch.definition
    };
    assert_eq!((of(1), of(2)), (None, Some(definition(1, "{}").digest())));
    let again = network.propose(1, vec![Change::Define(definition(1, "{ }"))]);
    assert_eq!(refusal(&network, &again), Some(Refusal::DefinitionExists), "a version never changes");
}

#[test]
fn the_last_status_proves_the_history() {
    let mut network = Network::found_by(&city(4));
    seal(&mut network, &SECONDARY, batch_of("hoc-ba-thcs", 1));
    let mut history: Vec<StatusEntry> = vec![];
    for to in [Status::Suspended, Status::Valid, Status::Superseded, Status::Revoked] {
        let seen = history.last().map_or(0, |entry| entry.height);
        let change =
            network.asked(SECONDARY.id, &[SECONDARY.seal, SECONDARY.approve], status_of(&SECONDARY, 1, seen, to));
        network.accept(&[change]);
        let entry = network.statuses(&SECONDARY.id(), &batch(1)).unwrap().entry(0);
        assert_eq!((entry.status, entry.height, entry.time), (to, network.tip.header.height, network.tip.header.time));
        assert!(entry.follows(&history));
        for left_out in 0..history.len() {
            let mut gap = history.clone();
            gap.remove(left_out);
            assert!(!entry.follows(&gap), "without entry {left_out}");
        }
        history.push(entry);
    }
    let receipt = network.receipt_of(&SECONDARY.id(), batch(1), &leaves(1, 3), 0);
    let proven = receipt.verify(leaves(1, 3)[0], &pointer(&SECONDARY, 1), &network.genesis).unwrap();
    assert!(proven.status.follows(&history[..3]));
}
