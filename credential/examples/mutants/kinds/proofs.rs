//! What proves: receipts, statuses and checkpoints with one field changed, as it stands or with everything that follows
//! from it made anew; and their bytes.

use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::receipt::{BatchStatuses, Finality, Receipt};
use sogoc_ledger::state::{Evidence, StateProof};

use crate::layout::{CHECKPOINT, Node, RECEIPT, STATUSES, Type};
use crate::random::Random;
use crate::scene::{STATUSES as EVERY_STATUS, Scene};
use crate::signer::Era;
use crate::state::{self, EMPTY};

/// Changes some bytes of an encoding, or of a file.
pub fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.cut(bytes.len());
    let some = 1 + random.below(4);
    match random.below(9) {
        0 => {
            let more = random.bytes(some);
            drop(bytes.splice(at..at, more));
        }
        1 => drop(bytes.drain(at..(at + some).min(bytes.len()))),
        2 => bytes.truncate(at),
        3 => bytes.extend(random.bytes(some)),
        4 => {
            let end = (at + random.below(200)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.cut(bytes.len());
            drop(bytes.splice(to..to, copy));
        }
        _ if bytes.is_empty() => {}
        5 => {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        6 => {
            let at = random.below(bytes.len());
            bytes[at] = random.of(&[0, 1, 0x7f, 0x80, 0xff]);
        }
        _ => {
            for _ in 0..random.of(&[1, 1, 1, 2, 8]) {
                let bit = random.below(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
}

pub fn receipt_bytes(random: &mut Random, scene: &mut Scene) {
    damage(random, &mut scene.receipt_bytes);
}

pub fn fresh_bytes(random: &mut Random, scene: &mut Scene) {
    if let Some(bytes) = &mut scene.fresh_bytes {
        damage(random, bytes);
    }
}

pub fn checkpoint_bytes(random: &mut Random, scene: &mut Scene) {
    damage(random, &mut scene.checkpoint_bytes);
}

/// The format byte, with what follows in order or not.
pub fn format(random: &mut Random, scene: &mut Scene) {
    let of_fresh = random.one_in(3);
    let bytes = match &mut scene.fresh_bytes {
        Some(bytes) if of_fresh => bytes,
        _ => &mut scene.receipt_bytes,
    };
    if let Some(first) = bytes.first_mut() {
        *first = random.of(&[0, 1, 3, 0x7f, 0x80, 0xff]);
    }
    if random.one_in(4) {
        bytes.truncate(random.of(&[0, 1, 2]));
    }
}

fn changed(random: &mut Random, of: &'static Type, encoding: &[u8], part: &[&str]) -> Vec<u8> {
    let Some(mut tree) = Node::read(of, encoding) else { return encoding.to_vec() };
    let node = part.iter().fold(&mut tree, |node, name| node.field(name));
    node.change(random);
    tree.write()
}

/// Makes anew what follows from a changed receipt: nothing, the certificates, the state too, or everything.
fn follow(random: &mut Random, scene: &mut Scene, bytes: Vec<u8>) {
    let depth = random.below(4);
    let Ok(receipt) = codec::decode::<Receipt>(&bytes) else {
        scene.receipt_bytes = bytes;
        return;
    };
    scene.receipt = receipt;
    match depth {
        0 => {}
        1 => scene.certify(random),
        2 => {
            scene.prove();
            scene.certify(random);
        }
        _ => scene.seal(random),
    }
    scene.encode();
}

fn receipt_field(random: &mut Random, scene: &mut Scene, part: &[&str]) {
    let bytes = changed(random, &RECEIPT, &scene.receipt_bytes, part);
    follow(random, scene, bytes);
}

pub fn batch_field(random: &mut Random, scene: &mut Scene) {
    receipt_field(random, scene, &["proof", "batch"]);
}

pub fn issuer_field(random: &mut Random, scene: &mut Scene) {
    receipt_field(random, scene, &["proof", "issuer"]);
}

pub fn named_issuer_field(random: &mut Random, scene: &mut Scene) {
    receipt_field(random, scene, &["proof", "named_issuer"]);
}

pub fn header_field(random: &mut Random, scene: &mut Scene) {
    receipt_field(random, scene, &["proof", "header"]);
}

pub fn state_field(random: &mut Random, scene: &mut Scene) {
    scene.receipt_bytes = changed(random, &RECEIPT, &scene.receipt_bytes, &["proof", "state"]);
}

pub fn finality_field(random: &mut Random, scene: &mut Scene) {
    scene.receipt_bytes = changed(random, &RECEIPT, &scene.receipt_bytes, &["proof", "finality"]);
}

pub fn leaf_field(random: &mut Random, scene: &mut Scene) {
    let part = random.pick(&["index", "path", "status"]);
    receipt_field(random, scene, &[part]);
}

pub fn any_field(random: &mut Random, scene: &mut Scene) {
    receipt_field(random, scene, &[]);
}

/// Evidence of another kind, at another depth; slots and siblings beside what they should be.
pub fn evidence(random: &mut Random, scene: &mut Scene) {
    let proof = &mut scene.receipt.proof;
    let records = state::records(proof);
    let StateProof { evidence, slots, siblings } = &mut proof.state;
    let (mut shown, mut bits, mut hashes) = (evidence.to_vec(), slots.to_vec(), siblings.to_vec());
    let at = random.below(shown.len());
    let (place, value) = records[random.below(records.len())];
    if shown.is_empty() {
        return;
    }
    let depth = match shown[at] {
        Evidence::Present { depth } | Evidence::AbsentEmpty { depth } | Evidence::AbsentOther { depth, .. } => depth,
    };
    match random.below(12) {
        0 => shown[at] = Evidence::AbsentOther { depth, place, value },
        1 => shown[at] = Evidence::AbsentEmpty { depth },
        2 => shown[at] = Evidence::Present { depth: random.edge(8, depth.into()) as u8 },
        3 => random.shuffle(&mut shown),
        4 => shown.push(shown[at].clone()),
        5 => drop(shown.remove(at)),
        6 => bits.push(0),
        7 => {
            if let Some(last) = bits.last_mut() {
                *last |= 0x80;
            }
        }
        8 => {
            // An empty subtree given as a sibling.
            let slot = (0..bits.len() * 8).find(|slot| bits[slot / 8] >> (slot % 8) & 1 == 0);
            if let Some(slot) = slot {
                let before = (0..slot).filter(|slot| bits[slot / 8] >> (slot % 8) & 1 == 1).count();
                bits[slot / 8] |= 1 << (slot % 8);
                hashes.insert(before, EMPTY);
            }
        }
        9 => hashes.push(random.hash()),
        10 => drop(hashes.pop()),
        _ => random.shuffle(&mut hashes),
    }
    *evidence = List::new(shown).unwrap_or_default();
    *slots = List::new(bits).unwrap_or_default();
    *siblings = List::new(hashes).unwrap_or_default();
    scene.encode();
}

/// The changes of validators: left out, twice, in another order, between other heights, signed again or not.
pub fn changes(random: &mut Random, scene: &mut Scene) {
    let Finality::Certified { changes, .. } = &mut scene.receipt.proof.finality else { return };
    let mut list = changes.to_vec();
    let count = list.len();
    let at = random.below(count.max(1));
    let eras: Vec<Era> = [vec![scene.chain.before.clone()], scene.chain.eras.clone()].concat();
    match random.below(8) {
        0 if count > 0 => drop(list.remove(at)),
        1 if count > 0 => list.push(list[at].clone()),
        2 => list.reverse(),
        3 if count > 0 => list[at].next_validators = random.of(&eras).set,
        _ if count > 0 => {
            let change = &mut list[at];
            match random.below(6) {
                0 => change.header.height = random.edge(64, change.header.height),
                1 => change.header.chain = "khac".parse().unwrap(),
                2 => change.header.next_validators = random.of(&eras).set.hash(),
                3 => change.header.validators = random.of(&eras).set.hash(),
                4 => change.header.validators = change.header.next_validators,
                _ => {
                    let era = random.of(&eras);
                    change.next_validators = era.set.clone();
                    change.header.next_validators = era.set.hash();
                }
            }
            let signing =
                if random.one_in(4) { random.of(&eras) } else { scene.chain.eras[at % scene.chain.eras.len()].clone() };
            change.certificate = signing.certify(random, &change.header);
        }
        _ => {
            // A change from a set to itself.
            let mut header = scene.receipt.proof.header.clone();
            header.height = scene.checkpoint.header.height.saturating_add(random.of(&[0, 1, 1]));
            let era = &scene.chain.eras[0];
            (header.validators, header.next_validators) = (era.set.hash(), era.set.hash());
            let certificate = era.certify(random, &header);
            list.push(sogoc_ledger::receipt::SetChange { header, certificate, next_validators: era.set.clone() });
        }
    }
    *changes = List::new(list).unwrap_or_default();
    scene.encode();
}

/// A field of the checkpoint, its sets named as they then are or not; and what follows from the checkpoint, or not.
pub fn checkpoint_field(random: &mut Random, scene: &mut Scene) {
    let bytes = changed(random, &CHECKPOINT, &scene.checkpoint_bytes, &[]);
    scene.checkpoint_bytes = bytes;
    let Ok(mut checkpoint) = codec::decode::<Checkpoint>(&scene.checkpoint_bytes) else { return };
    if random.one_in(2) {
        checkpoint.header.validators = checkpoint.validators.hash();
        checkpoint.header.next_validators = checkpoint.next_validators.hash();
    }
    scene.checkpoint_bytes = codec::encode(&checkpoint);
}

/// Another checkpoint of the same chain, or of another chain of that name.
pub fn other_checkpoint(random: &mut Random, scene: &mut Scene) {
    let height = scene.receipt.proof.header.height;
    let header = &mut scene.checkpoint.header;
    match random.below(6) {
        0 => header.height = random.of(&[0, height, height.saturating_sub(1), height.saturating_add(1)]),
        1 => *header = scene.receipt.proof.header.clone(),
        2 => {
            *header = scene.receipt.proof.header.clone();
            header.leaves ^= 1;
        }
        3 => header.chain = "khac".parse().unwrap(),
        4 => header.history_root = random.hash(),
        _ => scene.checkpoint.next_validators = Era::any(random).set,
    }
    let checkpoint = &mut scene.checkpoint;
    if random.one_in(4) {
        checkpoint.validators = checkpoint.next_validators.clone();
    }
    checkpoint.header.validators = checkpoint.validators.hash();
    checkpoint.header.next_validators = checkpoint.next_validators.hash();
    scene.encode();
}

/// A field of the fresh statuses, as it stands or with what follows.
pub fn fresh_field(random: &mut Random, scene: &mut Scene) {
    let Some(bytes) = &scene.fresh_bytes else { return };
    let part: &[&str] = if random.one_in(2) { &["statuses"] } else { &[] };
    let bytes = changed(random, &STATUSES, bytes, part);
    scene.fresh_bytes = Some(bytes.clone());
    let Ok(mut fresh) = codec::decode::<BatchStatuses>(&bytes) else { return };
    let size = fresh.proof.batch.size;
    match random.below(4) {
        0 => return,
        // Nobody hashes more entries than a batch may have.
        1 | 2 if size <= 10_000 => fresh.proof.batch.status_root = fresh.statuses.root(size),
        _ => {}
    }
    let receipt = scene.receipt_bytes.clone();
    scene.fresh = Some(fresh);
    scene.prove();
    scene.certify(random);
    scene.encode();
    if random.one_in(2) {
        scene.receipt_bytes = receipt;
    }
}

/// Statuses of another batch, of the same batch with another root, or with entries hidden or made up.
pub fn other_fresh(random: &mut Random, scene: &mut Scene) {
    let index = scene.receipt.index;
    let status = random.of(&EVERY_STATUS);
    let made_up = scene.entry(random, index, status);
    let Some(fresh) = &mut scene.fresh else { return };
    match random.below(6) {
        0 => fresh.proof.batch.root = random.hash(),
        1 => fresh.proof.batch_id.0[0] ^= 1,
        2 => fresh.proof.issuer.id = "thcs-mau-3".parse().unwrap(),
        3 => fresh.proof.header.chain = "khac".parse().unwrap(),
        4 => fresh.statuses = Default::default(),
        _ => fresh.statuses = fresh.statuses.clone().with(made_up),
    }
    if random.one_in(2) {
        scene.prove();
        scene.certify(random);
    }
    scene.encode();
}
