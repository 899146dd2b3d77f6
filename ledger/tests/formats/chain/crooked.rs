//! What only validators who lie could sign: every hash and signature holds, and a verifier refuses it all the same.

use std::collections::BTreeMap;

use sogoc_ledger::block::Header;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::StatusProof;
use sogoc_ledger::record::{Batch, Record};
use sogoc_ledger::transaction::MAX_BATCH_LEAVES;

use super::*;
use crate::network::{SCHOOL_SEED, certificate, key};

fn record(size: u32, root: Hash, status_root: Option<Hash>) -> Batch {
    Batch {
        key: sogoc_ledger::signature::public_key(&key(SCHOOL_SEED)).thumbprint(),
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: sogoc_ledger::codec::Text::new("2025-2026").unwrap(),
        size,
        root,
        height: 1,
        time: Time(1),
        status_root,
    }
}

/// A network in whose first block these records stand, which no transaction wrote.
fn network(records: &[(u8, Batch)]) -> Network {
    let mut network = Network::found(None);
    let key = |id: u8| Key::Batch(school(), batch(id));
    let writes: BTreeMap<Key, Record> =
        records.iter().map(|(id, record)| (key(*id), Record::Batch(record.clone()))).collect();
    network.write(&writes);
    network.block(&[]);
    network
}

/// Statuses of the first batch of the chain, as if other documents had been sealed in it.
pub fn other_documents() -> BatchStatuses {
    network(&[(0x0a, record(3, Hash([7; 32]), None))]).statuses_of(batch(0x0a), None)
}

pub fn states(vectors: &mut Vectors<'_>) {
    let leaves: Vec<Hash> = (0..=MAX_BATCH_LEAVES as u32).map(|i| merkle::leaf_hash(&i.to_be_bytes())).collect();
    let entry =
        |index| StatusEntry { index, status: Status::Suspended, height: 1, time: Time(1), commitment: Hash::ZERO };
    let moved = [entry(1).leaf_hash(), entry(1).leaf_hash()];
    let (most, few) = (leaves.len() - 1, 2);
    let network = network(&[
        (0x21, record(most as u32, merkle::root(&leaves[..most]), None)),
        (0x22, record(most as u32 + 1, merkle::root(&leaves), None)),
        (0x23, record(u32::MAX, Hash::ZERO, Some(Hash::ZERO))),
        (0x24, record(few as u32, merkle::root(&leaves[..few]), Some(merkle::root(&moved)))),
    ]);
    let receipt = |id: u8, size: usize, index: usize| Receipt {
        proof: network.statuses_of(batch(id), None).proof,
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
    let mut statuses = |description: &str, id: u8, statuses: StatusArray| {
        let statuses = BatchStatuses { proof: network.statuses_of(batch(id), None).proof, statuses };
        let pointer = to(batch(id), "hcmc-mau", "thcs-mau-1");
        vectors.add(description, "BatchStatuses", &codec::encode(&statuses), None, pointer, "genesis");
    };
    statuses("statuses of a batch of 10001, unchanged", 0x22, StatusArray::default());
    let one = StatusArray::default().with(entry(0));
    statuses("statuses of a batch of 4294967295, which nobody should hash", 0x23, one);
}

fn set(seeds: std::ops::RangeInclusive<u8>) -> ValidatorSet {
    let member = |seed| Validator { key: sogoc_ledger::signature::public_key(&key(seed)), power: 1 };
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
