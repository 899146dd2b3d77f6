//! What only validators who lie could sign: every hash and signature holds, and a verifier refuses it all the same.

use std::collections::BTreeMap;

use sogoc_ledger::block::Header;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::StatusProof;
use sogoc_ledger::record::{Batch, Grant, Issuer, Record, Succession};
use sogoc_ledger::transaction::MAX_BATCH_LEAVES;

use super::*;
use crate::network::{FOUNDED, certificate};

fn record(size: u32, root: Hash, status_root: Option<Hash>) -> Batch {
    Batch {
        key: public_key(&key(SCHOOL_SEED)).thumbprint(),
        approver: None,
        act_for: None,
        origin: Origin::Issued,
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        definition: None,
        period: sogoc_ledger::codec::Text::new("2025-2026").unwrap(),
        size,
        root,
        height: 1,
        time: Time(1),
        status_root,
    }
}

/// A network in whose first block these records stand, which no transaction wrote.
fn network(writes: BTreeMap<Key, Record>) -> Network {
    let mut network = Network::found();
    network.write(&writes);
    network.block(&[]);
    network
}

fn batches(records: &[(u8, Batch)]) -> Network {
    let key = |id: u8| Key::Batch(school(), batch(id));
    network(records.iter().map(|(id, record)| (key(*id), Record::Batch(record.clone()))).collect())
}

/// Statuses of the first batch of the chain, as if other documents had been sealed in it.
pub fn other_documents() -> BatchStatuses {
    batches(&[(0x0a, record(3, Hash([7; 32]), None))]).statuses_of(batch(0x0a))
}

/// Receipts of a document that was sealed for another issuer, as its successors could have been.
pub fn successions(documents: &Value) -> Vec<(&'static str, Receipt, Hash)> {
    let sealed = FOUNDED.day();
    let founded = genesis();
    let two = founded.issuers.iter().find(|issuer| issuer.id.as_str() == "thcs-mau-2").unwrap();
    let as_it_is = &two.successors[0];
    let good = || as_it_is.clone();
    let days = |from: u32, until: Option<u32>| Succession { from: Day(from), until: until.map(Day), ..good() };
    let receipt = |name, id: u8, index: usize, act_for: Option<&Issuer>, named: &Issuer| {
        let leaves = leaves(documents, batch(id));
        let record = Batch {
            act_for: act_for.map(|issuer| issuer.id.clone()),
            time: FOUNDED,
            ..record(leaves.len() as u32, merkle::root(&leaves), None)
        };
        let network = network(BTreeMap::from([
            (Key::Batch(school(), batch(id)), Record::Batch(record)),
            (Key::Issuer(named.id.clone()), Record::Issuer(named.clone())),
        ]));
        (name, network.statuses_of(batch(id)).receipt(&leaves, index as u32).unwrap(), leaves[index])
    };
    let acting = |(name, successors): (&'static str, Vec<Succession>)| {
        let named = Issuer { successors: List::new(successors).unwrap(), ..two.clone() };
        receipt(name, 0x1a, 0, Some(&named), &named)
    };
    let entitled = |from: u32| Issuer {
        grants: List::new(two.grants.iter().map(|grant| Grant { from: Day(from), ..grant.clone() }).collect()).unwrap(),
        ..two.clone()
    };
    let mut receipts = Vec::from_iter(
        [
            ("third, by no successor", vec![]),
            (
                "third, by another than the successor",
                vec![Succession { issuer: "phong-mau".parse().unwrap(), ..good() }],
            ),
            (
                "third, by a successor that may not seal",
                vec![Succession { scopes: Succession::AMEND | Succession::REVOKE, ..good() }],
            ),
            ("third, by one that may only seal", vec![Succession { scopes: Succession::SEAL, ..good() }]),
            ("third, on the day before the succession", vec![days(sealed.0 + 1, None)]),
            ("third, on the first day of the succession", vec![days(sealed.0, None)]),
            ("third, on the last day of the succession", vec![days(20_000, Some(sealed.0 + 1))]),
            ("third, on the day after the succession", vec![days(20_000, Some(sealed.0))]),
            (
                "third, by the second of two successions",
                vec![days(20_000, Some(20_001)), days(sealed.0, Some(sealed.0 + 1))],
            ),
        ]
        .map(acting),
    );
    // 2026-05-31 is day 20604.
    let (from_then, later) = (entitled(20_604), entitled(20_605));
    receipts.push(receipt("third, granted from its day on", 0x1a, 0, Some(&from_then), &from_then));
    receipts.push(receipt("third, granted from the next day on", 0x1a, 0, Some(&later), &later));
    receipts.push(receipt("third, sealed for nobody", 0x1a, 0, None, two));
    receipts.push(receipt("first, sealed for another", 0x0a, 0, Some(two), two));
    receipts
}

pub fn states(vectors: &mut Vectors<'_>) {
    let leaves: Vec<Hash> = (0..=MAX_BATCH_LEAVES as u32).map(|i| merkle::leaf_hash(&i.to_be_bytes())).collect();
    let entry =
        |index| StatusEntry { status: Status::Suspended, height: 1, time: Time(1), ..StatusEntry::unchanged(index) };
    let moved = [entry(1).leaf_hash(), entry(1).leaf_hash()];
    let (most, few) = (leaves.len() - 1, 2);
    let network = batches(&[
        (0x21, record(most as u32, merkle::root(&leaves[..most]), None)),
        (0x22, record(most as u32 + 1, merkle::root(&leaves), None)),
        (0x23, record(u32::MAX, Hash::ZERO, Some(Hash::ZERO))),
        (0x24, record(few as u32, merkle::root(&leaves[..few]), Some(merkle::root(&moved)))),
    ]);
    let receipt = |id: u8, size: usize, index: usize| Receipt {
        proof: network.statuses_of(batch(id)).proof,
        index: index as u32,
        path: List::new(merkle::path(&leaves[..size], index).unwrap()).unwrap(),
        status: None,
    };
    let last = most - 1;
    vectors.receipt("of a batch of 10000", &receipt(0x21, most, last), leaves[last], "genesis");
    vectors.receipt("of a batch of 10001", &receipt(0x22, most + 1, most), leaves[most], "genesis");
    let mut other_index = receipt(0x24, few, 0);
    let path = List::new(merkle::path(&moved, 0).unwrap()).unwrap();
    other_index.status = Some(StatusProof { entry: entry(1), path });
    vectors.receipt("a status entry of another index in the place of this one", &other_index, leaves[0], "genesis");
    let itself = Batch { act_for: Some(school()), ..record(1, leaves[0], None) };
    let proof = batches(&[(0x25, itself)]).statuses_naming(batch(0x25), None).proof;
    let named_issuer = Some(proof.issuer.clone());
    let itself = Receipt { proof: BatchProof { named_issuer, ..proof }, index: 0, path: List::default(), status: None };
    vectors.receipt("an issuer that acts for itself", &itself, leaves[0], "genesis");
    let mut statuses = |description: &str, id: u8, statuses: StatusArray| {
        let statuses = BatchStatuses { proof: network.statuses_of(batch(id)).proof, statuses };
        let pointer = to(batch(id), "hcmc-mau", "thcs-mau-1");
        vectors.add(description, "BatchStatuses", &codec::encode(&statuses), None, pointer, "genesis");
    };
    statuses("statuses of a batch of 10001, unchanged", 0x22, StatusArray::default());
    let one = StatusArray::default().with(entry(0));
    statuses("statuses of a batch of 4294967295, which nobody should hash", 0x23, one);
}

fn set(seeds: std::ops::RangeInclusive<u8>) -> ValidatorSet {
    let member = |seed| Validator { key: public_key(&key(seed)), power: 1 };
    let mut members: Vec<Validator> = seeds.map(member).collect();
    members.sort_by_key(|validator| validator.key);
    ValidatorSet::new(members).unwrap()
}

/// Sets that follow one another, each of which signs the next one's beginning; at which heights, is what is asked here.
pub fn changes(vectors: &mut Vectors<'_>) {
    let sets = [set(1..=4), set(5..=8), set(9..=12)];
    let chains = vectors.chains;
    let signed = |header: &Header, by: &ValidatorSet, next: &ValidatorSet| {
        let header = Header { validators: by.hash(), next_validators: next.hash(), ..header.clone() };
        let certificate = certificate(&header, by, 3);
        (header, certificate)
    };
    for (description, anchor, heights) in [
        ("two changes of validators", "genesis", vec![1, 2]),
        ("two changes of validators at one height", "genesis", vec![2, 2]),
        ("a change of validators at a height below that of the one before", "genesis", vec![2, 1]),
        ("a change of validators at the anchor's height that its own successors signed", "height 1", vec![1]),
        ("a change of validators below the anchor that its successors signed", "height 2", vec![1]),
        ("a change of validators at the height of the header", "genesis", vec![4]),
    ] {
        vectors.named(description, "first@4", anchor, &|receipt| {
            let changes = heights.iter().enumerate().map(|(nth, height): (usize, &usize)| {
                let (by, next) = (&sets[nth], &sets[nth + 1]);
                let (header, certificate) = signed(&chains.main.checkpoints[*height].header, by, next);
                SetChange { header, certificate, next_validators: next.clone() }
            });
            let changes = List::new(changes.collect()).unwrap();
            let last = &sets[heights.len()];
            let (header, certificate) = signed(&receipt.proof.header, last, last);
            receipt.proof.header = header;
            receipt.proof.finality = Finality::Certified { certificate, changes };
        });
    }
}
