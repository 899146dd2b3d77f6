use proptest::collection::vec;
use proptest::prelude::*;
use sogoc_ledger::Hash;
use sogoc_ledger::block::PROTOCOL_VERSION;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::record::Origin;
use sogoc_ledger::transaction::{ChangeStatus, Issue, Request, Transaction};

use super::*;

fn issuer(number: u8) -> IssuerId {
    format!("truong-mau-{number}").parse().unwrap()
}

fn header(height: Height) -> Header {
    Header {
        version: PROTOCOL_VERSION,
        chain: "mau".parse().unwrap(),
        height,
        time: Time(1_767_243_600_000),
        parent: Hash::ZERO,
        history_root: Hash::ZERO,
        body: Hash::ZERO,
        state_root: Hash::ZERO,
        validators: Hash::ZERO,
        next_validators: Hash::ZERO,
        leaves: 0,
    }
}

fn transaction(by: u8, action: Action) -> Transaction {
    asked(transaction::Act::Issuer { issuer: issuer(by), key: Hash::ZERO, approver: None, action })
}

fn asked(act: transaction::Act) -> Transaction {
    let (chain, valid_until) = ("mau".parse().unwrap(), Time(1_767_243_700_000));
    Transaction { request: Request { chain, valid_until, act }, signatures: List::default() }
}

fn voting(by: u8, motion: u8, yes: bool) -> Transaction {
    asked(transaction::Act::Member { key: Hash([by; 32]), ballot: Ballot::Vote { motion: Hash([motion; 32]), yes } })
}

fn sealing(by: u8, batch: u8, size: usize) -> Transaction {
    let leaves = List::new(vec![Hash([batch; 32]); size]).unwrap();
    let (document_type, period) = ("hoc-ba-thcs".parse().unwrap(), Text::new("2025-2026").unwrap());
    transaction(
        by,
        Action::Issue(Issue {
            batch: BatchId([batch; 16]),
            act_for: None,
            origin: Origin::Issued,
            grant: 0,
            document_type,
            schema: 1,
            period,
            leaves,
        }),
    )
}

fn changing(by: u8, of: u8, batch: u8, index: u32, to: Status) -> Transaction {
    let (batch_issuer, batch) = (issuer(of), BatchId([batch; 16]));
    let commitment = Hash([7; 32]);
    transaction(by, Action::ChangeStatus(ChangeStatus { batch_issuer, batch, index, seen: 0, to, commitment }))
}

fn body(transactions: Vec<Transaction>) -> Body {
    Body { transactions: List::new(transactions).unwrap() }
}

fn place(text: &str) -> Result<Place, NotAPlace> {
    text.parse()
}

#[test]
fn an_event_says_what_whose_and_when_but_never_which_document() {
    let of_block = events(&header(57), &body(vec![sealing(1, 3, 40), changing(2, 1, 3, 38, Status::Revoked)]));
    let rendered: Vec<String> = of_block.iter().map(|event| event.rendered().to_string()).collect();
    let batch = "03".repeat(16);
    let common = format!("\"batch_id\":\"{batch}\"");
    assert_eq!(
        rendered[0],
        format!(
            "{{\"act_for\":null,{common},\"chain\":\"mau\",\"document_type\":\"hoc-ba-thcs\",\"height\":57,\"id\":\"57.1\",\
             \"issuer\":\"truong-mau-1\",\"period\":\"2025-2026\",\"size\":40,\"time\":1767243600000,\"type\":\"sealed\"}}"
        )
    );
    assert_eq!(
        rendered[1],
        format!(
            "{{{common},\"by\":\"truong-mau-2\",\"chain\":\"mau\",\"height\":57,\"id\":\"57.2\",\
             \"issuer\":\"truong-mau-1\",\"status\":\"revoked\",\"time\":1767243600000,\"type\":\"status\"}}"
        )
    );
    assert!(of_block[1].concerns(&issuer(1)) && of_block[1].concerns(&issuer(2)) && !of_block[0].concerns(&issuer(2)));
    assert_eq!(events(&header(58), &Body::default()), []);

    let key = Hash([9; 32]);
    let of_block = events(&header(59), &body(vec![transaction(1, Action::EndKey { key }), voting(4, 5, false)]));
    let rendered: Vec<String> = of_block.iter().map(|event| event.rendered().to_string()).collect();
    let (key, motion, by) = ("09".repeat(32), "05".repeat(32), "04".repeat(32));
    let place = "\"chain\":\"mau\",\"height\":59";
    assert_eq!(
        rendered,
        [
            format!(
                "{{\"act\":\"ended\",{place},\"id\":\"59.1\",\"issuer\":\"truong-mau-1\",\"key\":\"{key}\",\
                 \"time\":1767243600000,\"type\":\"keys\"}}"
            ),
            format!(
                "{{\"act\":\"voted-against\",\"by\":\"{by}\",{place},\"id\":\"59.2\",\"motion\":\"{motion}\",\
                 \"time\":1767243600000,\"type\":\"motion\"}}"
            ),
        ]
    );
    assert!(of_block[0].concerns(&issuer(1)) && !of_block[1].concerns(&issuer(1)));
}

#[test]
fn a_place_has_one_spelling() {
    assert_eq!(place("42"), Ok(Place::before(42)));
    assert_eq!(place("0.0"), Ok(Place::before(0)));
    for bad in [
        "",
        ".",
        "1.",
        ".1",
        "01",
        "1.01",
        "1.1.1",
        "+1",
        "-1",
        "1.-1",
        " 1",
        "1.4294967296",
        "18446744073709551616",
        "٣",
        "1e3",
        "a",
    ] {
        assert_eq!(place(bad), Err(NotAPlace), "{bad:?}");
    }
}

fn any_transaction() -> impl Strategy<Value = Transaction> {
    let status =
        prop_oneof![Just(Status::Valid), Just(Status::Superseded), Just(Status::Revoked), Just(Status::Suspended)];
    prop_oneof![
        (0..4u8, any::<u8>(), 1..5usize).prop_map(|(by, batch, size)| sealing(by, batch, size)),
        (0..4u8, 0..4u8, any::<u8>(), any::<u32>(), status)
            .prop_map(|(by, of, batch, index, to)| changing(by, of, batch, index, to)),
        (any::<u8>(), any::<u8>(), any::<bool>()).prop_map(|(by, motion, yes)| voting(by, motion, yes)),
    ]
}

proptest! {
    #[test]
    fn each_act_is_one_event_and_places_rise(acts in vec(any_transaction(), 0..30), height in any::<u64>()) {
        let of_block = events(&header(height), &body(acts.clone()));
        prop_assert_eq!(of_block.len(), acts.len());
        prop_assert!(of_block.windows(2).all(|pair| pair[0].place < pair[1].place));
        prop_assert!(of_block.iter().all(|event| event.place > Place::before(height)));
        prop_assert!(of_block.iter().all(|event| event.place < Place::before(height.saturating_add(1)) || height == u64::MAX));
        for (event, act) in of_block.iter().zip(&acts) {
            prop_assert_eq!(event.place.to_string().parse(), Ok(event.place));
            prop_assert!(act.request.act.issuer().is_none_or(|issuer| event.concerns(issuer)));
            prop_assert!(!event.rendered().to_string().contains('\n'));
        }
    }

    #[test]
    fn any_text_is_a_place_in_its_one_spelling_or_none(text in "[0-9.+a]{0,12}") {
        if let Ok(place) = place(&text) {
            let (spelled, of_height) = (place.to_string(), text.clone() + ".0");
            prop_assert!(spelled == text || spelled == of_height);
        }
    }
}
