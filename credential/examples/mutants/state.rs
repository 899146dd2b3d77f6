//! A state tree of one's own, and proofs from it: of records that no block wrote, as deep as a place has bits.

use sha2::{Digest, Sha256};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::receipt::BatchProof;
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::{Evidence, StateProof};

pub const EMPTY: Hash = Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// A place and the hash of what is there.
pub type Leaf = (Hash, Hash);

fn sha(parts: &[&[u8]]) -> Hash {
    Hash(Sha256::digest(parts.concat()).into())
}

pub fn bit(place: &Hash, depth: usize) -> bool {
    place.0[depth / 8] >> (7 - depth % 8) & 1 == 1
}

fn halves<T>(sorted: &[T], depth: usize, place: impl Fn(&T) -> Hash) -> (&[T], &[T]) {
    sorted.split_at(sorted.partition_point(|element| !bit(&place(element), depth)))
}

fn inner(left: &Hash, right: &Hash) -> Hash {
    sha(&[b"JMT::IntrnalNode", &left.0, &right.0])
}

fn subtree(leaves: &[Leaf], depth: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [(place, value)] => sha(&[b"JMT::LeafNode", &place.0, &value.0]),
        _ => {
            let (zeros, ones) = halves(leaves, depth, |leaf| leaf.0);
            inner(&subtree(zeros, depth + 1), &subtree(ones, depth + 1))
        }
    }
}

#[derive(Default)]
struct Proof {
    evidence: Vec<Evidence>,
    slots: Vec<Hash>,
}

impl Proof {
    fn walk(&mut self, depth: usize, leaves: &[Leaf], asked: &[Hash]) -> Hash {
        let deep = u8::try_from(depth).unwrap_or(u8::MAX);
        match (asked, leaves) {
            ([], _) => {
                self.slots.push(subtree(leaves, depth));
                return self.slots[self.slots.len() - 1];
            }
            ([_], []) => self.evidence.push(Evidence::AbsentEmpty { depth: deep }),
            ([one], [(place, _)]) if place == one => self.evidence.push(Evidence::Present { depth: deep }),
            ([_], [(place, value)]) => {
                self.evidence.push(Evidence::AbsentOther { depth: deep, place: *place, value: *value });
            }
            _ => {
                let (leaves, asked) = (halves(leaves, depth, |leaf| leaf.0), halves(asked, depth, |place| *place));
                let left = self.walk(depth + 1, leaves.0, asked.0);
                let right = self.walk(depth + 1, leaves.1, asked.1);
                return inner(&left, &right);
            }
        }
        subtree(leaves, depth)
    }
}

/// Proof and root: what a tree of these leaves, all different, says of these places.
pub fn prove(leaves: &[Leaf], asked: &[Hash]) -> (StateProof, Hash) {
    let (mut leaves, mut asked) = (leaves.to_vec(), asked.to_vec());
    leaves.sort();
    leaves.dedup_by_key(|leaf| leaf.0);
    asked.sort();
    asked.dedup();
    let mut proof = Proof::default();
    let root = proof.walk(0, &leaves, &asked);
    let mut slots = vec![0u8; proof.slots.len().div_ceil(8)];
    let set = proof.slots.iter().enumerate().filter(|(_, hash)| **hash != EMPTY);
    set.for_each(|(at, _)| slots[at / 8] |= 1 << (at % 8));
    proof.slots.retain(|hash| *hash != EMPTY);
    let made = StateProof {
        evidence: List::new(proof.evidence).unwrap(),
        slots: List::new(slots).unwrap(),
        siblings: List::new(proof.slots).unwrap(),
    };
    (made, root)
}

/// The records that a proof claims, as leaves.
pub fn records(proof: &BatchProof) -> Vec<Leaf> {
    let leaf = |key: Key, record: Record| (key.place(), sha(&[&codec::encode(&record)]));
    let issuers = [Some(&proof.issuer), proof.named_issuer.as_ref()];
    let mut leaves =
        vec![leaf(Key::Batch(proof.issuer.id.clone(), proof.batch_id), Record::Batch(proof.batch.clone()))];
    let issuers = issuers.into_iter().flatten();
    leaves.extend(issuers.map(|issuer| leaf(Key::Issuer(issuer.id.clone()), Record::Issuer(issuer.clone()))));
    leaves
}
