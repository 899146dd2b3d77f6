//! The state: a Jellyfish Merkle tree over the records, and proofs from it.
//!
//! # Format
//!
//! The tree is that of `jmt` 0.12 with SHA-256, its separators (odd spelling included) frozen here:
//!
//! ```text
//! leaf   SHA-256("JMT::LeafNode" ‖ place ‖ SHA-256(encode(record)))
//! inner  SHA-256("JMT::IntrnalNode" ‖ left ‖ right)
//! empty  the 32 bytes "SPARSE_MERKLE_PLACEHOLDER_HASH__"
//! ```
//!
//! A subtree with one leaf is that leaf. Bits of a place are taken from the most significant down.
//!
//! # Proof
//!
//! One [`StateProof`] shows what a root says of several keys at once. It is read by walking from
//! the root, left before right, with the keys that lie below:
//!
//! * no key below: one slot of the bitmap; clear is the empty hash, set is the next sibling;
//! * one key, at the depth its evidence gives: the leaf, or what shows its absence;
//! * otherwise the inner hash of both halves.
//!
//! All slots and siblings must be used up; so a root has exactly one proof for given keys.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use jmt::storage::{LeafNode, Node, NodeBatch, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Sha256Jmt};
use sha2::{Digest, Sha256};

use crate::Hash;
use crate::codec::{self, List};
use crate::name::{BatchId, IssuerId};
use crate::record::{Key, Record};
use crate::status::StatusArray;

pub use crate::prover::{InnerNode, Leaf, Tree, TreeNode, prove, value};

pub(crate) const EMPTY: Hash = Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// Keys of one proof.
pub const PROOF_KEYS_MAX: usize = 4;

/// Siblings of one proof: a path of 256 for each key.
const SIBLINGS_MAX: usize = 256 * PROOF_KEYS_MAX;

/// Our own store failed or contradicts itself. The node must stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreFault(pub String);

/// The state as of a block.
pub trait StateReader {
    /// The record under `key`.
    ///
    /// # Errors
    /// The store failed.
    fn record(&self, key: &Key) -> Result<Option<Record>, StoreFault>;

    /// The statuses of a batch; empty if nothing ever changed.
    ///
    /// # Errors
    /// The store failed.
    fn statuses(&self, issuer: &IssuerId, batch: &BatchId) -> Result<StatusArray, StoreFault>;
}

/// What writing records does to the tree.
#[derive(Debug)]
pub struct TreeUpdate {
    /// Root afterwards.
    pub root: Hash,
    /// Version of the tree that has this root. Versions count updates, not blocks.
    pub version: u64,
    /// Nodes and values to store; empty if nothing was written.
    pub nodes: NodeBatch,
}

/// The tree of `version` with `writes` on top.
///
/// # Errors
/// The tree in the store is damaged.
pub fn update<R: TreeReader>(
    reader: &R,
    version: u64,
    root: Hash,
    writes: &BTreeMap<Key, Record>,
) -> Result<TreeUpdate, StoreFault> {
    if writes.is_empty() {
        return Ok(TreeUpdate { root, version, nodes: NodeBatch::default() });
    }
    put(reader, version + 1, writes)
}

/// The first version of the tree.
///
/// # Errors
/// The tree cannot be computed.
pub fn found(records: &BTreeMap<Key, Record>) -> Result<TreeUpdate, StoreFault> {
    put(&Nothing, 0, records)
}

/// The root of the tree that holds exactly these records: it does not depend on how they came there.
///
/// # Errors
/// The tree cannot be computed.
pub fn root_of(records: &BTreeMap<Key, Record>) -> Result<Hash, StoreFault> {
    Ok(found(records)?.root)
}

/// The tree before its first version.
struct Nothing;

impl TreeReader for Nothing {
    fn get_node_option(&self, _: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(None)
    }

    fn get_value_option(&self, _: u64, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(None)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

fn put<R: TreeReader>(reader: &R, version: u64, writes: &BTreeMap<Key, Record>) -> Result<TreeUpdate, StoreFault> {
    let values = writes.iter().map(|(key, record)| (KeyHash(key.place().0), Some(codec::encode(record))));
    let (root, batch) = Sha256Jmt::new(reader).put_value_set(values, version).map_err(fault)?;
    Ok(TreeUpdate { root: Hash(root.0), version, nodes: batch.node_batch })
}

pub(crate) fn fault(error: impl std::fmt::Display) -> StoreFault {
    StoreFault(format!("state tree: {error:#}"))
}

/// What a proof shows of one key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Evidence {
    /// A leaf with this key is at this depth.
    Present {
        /// Bits of the place that lead to it.
        depth: u8,
    },
    /// At this depth, where the key would be, the tree is empty.
    AbsentEmpty {
        /// Bits of the place that lead there.
        depth: u8,
    },
    /// At this depth, where the key would be, there is a leaf of another key.
    AbsentOther {
        /// Bits of the place that lead there.
        depth: u8,
        /// Place of the other key.
        place: Hash,
        /// SHA-256 of its record.
        value: Hash,
    },
}

impl Evidence {
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Present { depth } | Self::AbsentEmpty { depth } | Self::AbsentOther { depth, .. } => {
                usize::from(*depth)
            }
        }
    }
}

/// Shows what a state root says of several keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateProof {
    /// For each key, in the order of places.
    pub evidence: List<Evidence, PROOF_KEYS_MAX>,
    /// Slot `i` is bit `i % 8` (least significant first) of byte `i / 8`.
    pub slots: List<u8, { SIBLINGS_MAX / 8 }>,
    /// Hashes of the set slots, in order.
    pub siblings: List<Hash, SIBLINGS_MAX>,
}

/// The proof does not show what it should.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state proof does not lead to the state root")]
pub struct WrongProof;

/// A key's bits and what is claimed of it.
struct Claim<'a> {
    place: Hash,
    evidence: &'a Evidence,
    /// SHA-256 of the record, if one is claimed.
    value: Option<Hash>,
}

impl Claim<'_> {
    fn bit(&self, depth: usize) -> bool {
        self.place.0[depth / 8] >> (7 - depth % 8) & 1 == 1
    }

    /// Hash of the node at the depth of the evidence.
    fn terminal(&self) -> Result<Hash, WrongProof> {
        match (self.evidence, self.value) {
            (Evidence::Present { .. }, Some(value)) => Ok(leaf(&self.place, &value)),
            (Evidence::AbsentEmpty { .. }, None) => Ok(EMPTY),
            (Evidence::AbsentOther { depth, place, value }, None)
                if *place != self.place && common_bits(place, &self.place) >= usize::from(*depth) =>
            {
                Ok(leaf(place, value))
            }
            _ => Err(WrongProof),
        }
    }
}

fn common_bits(a: &Hash, b: &Hash) -> usize {
    let differing = a.0.iter().zip(&b.0).position(|(a, b)| a != b);
    differing.map_or(256, |i| i * 8 + (a.0[i] ^ b.0[i]).leading_zeros() as usize)
}

fn leaf(place: &Hash, value: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"JMT::LeafNode");
    hasher.update(place.0);
    hasher.update(value.0);
    Hash(hasher.finalize().into())
}

pub(crate) fn inner(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"JMT::IntrnalNode");
    hasher.update(left.0);
    hasher.update(right.0);
    Hash(hasher.finalize().into())
}

/// Reads slots and siblings in order.
struct Cursor<'a> {
    proof: &'a StateProof,
    slots: usize,
    siblings: usize,
}

impl Cursor<'_> {
    fn sibling(&mut self) -> Result<Hash, WrongProof> {
        let byte = self.proof.slots.get(self.slots / 8).ok_or(WrongProof)?;
        let set = byte >> (self.slots % 8) & 1 == 1;
        self.slots += 1;
        if !set {
            return Ok(EMPTY);
        }
        let hash = *self.proof.siblings.get(self.siblings).ok_or(WrongProof)?;
        self.siblings += 1;
        // An empty subtree has one form: a clear slot.
        if hash == EMPTY { Err(WrongProof) } else { Ok(hash) }
    }

    fn walk(&mut self, depth: usize, claims: &[Claim<'_>]) -> Result<Hash, WrongProof> {
        match claims {
            [] => return self.sibling(),
            [only] if only.evidence.depth() == depth => return only.terminal(),
            _ => {}
        }
        if depth > 255 || claims.iter().any(|claim| claim.evidence.depth() <= depth) {
            return Err(WrongProof);
        }
        let (zeros, ones) = claims.split_at(claims.partition_point(|claim| !claim.bit(depth)));
        let left = self.walk(depth + 1, zeros)?;
        let right = self.walk(depth + 1, ones)?;
        Ok(inner(&left, &right))
    }

    fn is_used_up(&self) -> bool {
        let spare_bits_clear =
            self.slots.is_multiple_of(8) || self.proof.slots.last().is_some_and(|byte| byte >> (self.slots % 8) == 0);
        self.slots.div_ceil(8) == self.proof.slots.len()
            && spare_bits_clear
            && self.siblings == self.proof.siblings.len()
    }
}

impl StateProof {
    /// Checks that the state with `root` holds exactly these records under these keys, `None` for a key it does not hold.
    ///
    /// # Errors
    /// It does not show that.
    pub fn verify(&self, root: &Hash, claims: &[(Key, Option<&Record>)]) -> Result<(), WrongProof> {
        let mut placed: Vec<(Hash, Option<Hash>)> = claims
            .iter()
            .map(|(key, record)| (key.place(), record.map(|r| Hash(Sha256::digest(codec::encode(r)).into()))))
            .collect();
        placed.sort();
        if placed.is_empty()
            || placed.len() != self.evidence.len()
            || placed.windows(2).any(|pair| pair[0].0 == pair[1].0)
        {
            return Err(WrongProof);
        }
        let claims: Vec<Claim<'_>> = placed
            .into_iter()
            .zip(&self.evidence)
            .map(|((place, value), evidence)| Claim { place, evidence, value })
            .collect();
        let mut cursor = Cursor { proof: self, slots: 0, siblings: 0 };
        let computed = cursor.walk(0, &claims)?;
        if computed == *root && cursor.is_used_up() { Ok(()) } else { Err(WrongProof) }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
