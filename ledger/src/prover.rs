//! Makes proofs from the tree: the other half of [`state`](crate::state), which reads them.
//!
//! An inner node of `jmt` spans four bits: up to sixteen children, below fifteen hashes that it does not store. A proof takes
//! one of them at each depth. [`TreeNode`] has them worked out, so whoever keeps tree nodes in memory makes proofs without
//! hashing; nodes never change under their key.

use std::sync::Arc;

use jmt::storage::{Node, NodeKey, TreeReader};

use crate::Hash;
use crate::codec::List;
use crate::record::Key;
use crate::state::{EMPTY, Evidence, StateProof, StoreFault, fault, inner};

/// Children of an inner node.
const CHILDREN: usize = 16;

/// Bits that an inner node spans.
const NODE_BITS: usize = 4;

/// A node of the tree, ready for proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeNode {
    /// There is nothing: the root of an empty tree.
    Empty,
    /// A record.
    Leaf(Leaf),
    /// Everything below four bits.
    Inner(Box<InnerNode>),
}

/// Where a record is, and what.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its place.
    pub place: Hash,
    /// SHA-256 of it.
    pub value: Hash,
}

/// See [`TreeNode::Inner`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InnerNode {
    /// As a heap: 1 is the whole, 2 and 3 are its halves, 16 to 31 the children.
    hashes: [Hash; 2 * CHILDREN],
    /// Bit `n` is set if there is a child `n`.
    there: u16,
    /// Bit `n` is set if it is a leaf.
    leaf: u16,
    /// The version of each child.
    versions: [u64; CHILDREN],
}

/// What lies in a part of an inner node.
enum Part {
    Nothing,
    /// This child, with nothing of the tree above it: a leaf alone, or the part is a single child.
    Only(usize),
    More,
}

impl InnerNode {
    fn new(node: &Node) -> Option<Self> {
        let Node::Internal(node) = node else { return None };
        let mut inner_node = Self { hashes: [EMPTY; 2 * CHILDREN], there: 0, leaf: 0, versions: [0; CHILDREN] };
        for (nibble, child) in node.children_sorted() {
            let n = nibble.as_usize();
            inner_node.there |= 1 << n;
            inner_node.leaf |= u16::from(child.is_leaf()) << n;
            inner_node.versions[n] = child.version;
            inner_node.hashes[CHILDREN + n] = Hash(child.hash);
        }
        for i in (1..CHILDREN).rev() {
            inner_node.hashes[i] = match inner_node.part(i) {
                Part::Nothing => EMPTY,
                Part::Only(n) => inner_node.hashes[CHILDREN + n],
                Part::More => inner(&inner_node.hashes[2 * i], &inner_node.hashes[2 * i + 1]),
            };
        }
        Some(inner_node)
    }

    /// What lies in the part at `i` of the heap.
    fn part(&self, i: usize) -> Part {
        let level = i.ilog2();
        let width = CHILDREN >> level;
        let children = ((1u32 << width) - 1) << ((i - (1 << level)) * width);
        let there = u32::from(self.there) & children;
        let first = there.trailing_zeros() as usize;
        match there.count_ones() {
            0 => Part::Nothing,
            1 if width == 1 || u32::from(self.leaf) & children != 0 => Part::Only(first),
            _ => Part::More,
        }
    }
}

impl TryFrom<&Node> for TreeNode {
    type Error = StoreFault;

    fn try_from(node: &Node) -> Result<Self, StoreFault> {
        match node {
            Node::Null => Ok(Self::Empty),
            Node::Leaf(leaf) => {
                // The hash of the value is reachable only through the encoding: place ‖ value.
                let bytes = borsh::to_vec(leaf).map_err(fault)?;
                let (place, value) = borsh::from_slice::<([u8; 32], [u8; 32])>(&bytes).map_err(fault)?;
                Ok(Self::Leaf(Leaf { place: Hash(place), value: Hash(value) }))
            }
            Node::Internal(_) => {
                let node = InnerNode::new(node).ok_or_else(|| fault("not an inner node"))?;
                Ok(Self::Inner(Box::new(node)))
            }
        }
    }
}

/// Where the nodes of a tree are.
pub trait Tree {
    /// The node of `version` at `path`, a nibble in each byte.
    ///
    /// # Errors
    /// It is missing or damaged.
    fn tree_node(&self, version: u64, path: &[u8]) -> Result<Arc<TreeNode>, StoreFault>;
}

impl<R: TreeReader> Tree for R {
    fn tree_node(&self, version: u64, path: &[u8]) -> Result<Arc<TreeNode>, StoreFault> {
        let key = NodeKey::new(version, path.iter().map(|nibble| (*nibble).into()).collect());
        let node = self.get_node_option(&key).map_err(fault)?;
        let node = node.ok_or_else(|| fault(format!("no node {key:?}")))?;
        Ok(Arc::new(TreeNode::try_from(&node)?))
    }
}

/// A key's evidence and the siblings on its way, from the root down.
struct ProvenPath {
    place: Hash,
    evidence: Evidence,
    siblings: Vec<Hash>,
}

/// SHA-256 of the record at `place` in the tree of `version`, if there is one.
///
/// # Errors
/// The tree in the store is damaged, or has no such version.
pub fn value(tree: &impl Tree, version: u64, place: &Hash) -> Result<Option<Hash>, StoreFault> {
    Ok(walk(tree, version, place, |_| {})?.filter(|leaf| leaf.place == *place).map(|leaf| leaf.value))
}

/// What the tree of `version` says of `keys`: at most [`PROOF_KEYS_MAX`](crate::state::PROOF_KEYS_MAX), all different, and at
/// most one of them absent.
///
/// # Errors
/// The tree in the store is damaged, or has no such version.
pub fn prove(tree: &impl Tree, version: u64, keys: &[Key]) -> Result<StateProof, StoreFault> {
    let mut paths = keys.iter().map(|key| path(tree, version, key.place())).collect::<Result<Vec<_>, _>>()?;
    paths.sort_by_key(|path| path.place);
    let mut slots = Vec::new();
    collect(&paths, 0, &mut slots);
    let mut bitmap = vec![0u8; slots.len().div_ceil(8)];
    for (i, _) in slots.iter().enumerate().filter(|(_, slot)| **slot != EMPTY) {
        bitmap[i / 8] |= 1 << (i % 8);
    }
    slots.retain(|slot| *slot != EMPTY);
    let too_many = || StoreFault("too many keys for one proof".into());
    Ok(StateProof {
        evidence: List::new(paths.into_iter().map(|path| path.evidence).collect()).ok_or_else(too_many)?,
        slots: List::new(bitmap).ok_or_else(too_many)?,
        siblings: List::new(slots).ok_or_else(too_many)?,
    })
}

fn path(tree: &impl Tree, version: u64, place: Hash) -> Result<ProvenPath, StoreFault> {
    let mut siblings = Vec::new();
    let leaf = walk(tree, version, &place, |sibling| siblings.push(sibling))?;
    let depth = u8::try_from(siblings.len()).map_err(fault)?;
    let evidence = match leaf {
        None => Evidence::AbsentEmpty { depth },
        Some(leaf) if leaf.place == place => Evidence::Present { depth },
        Some(Leaf { place, value }) => Evidence::AbsentOther { depth, place, value },
    };
    Ok(ProvenPath { place, evidence, siblings })
}

/// Walks from the root to the leaf where `place` is or would be, if there is one, past these siblings.
fn walk(
    tree: &impl Tree,
    mut version: u64,
    place: &Hash,
    mut sibling: impl FnMut(Hash),
) -> Result<Option<Leaf>, StoreFault> {
    let mut nibbles = Vec::new();
    loop {
        let node = tree.tree_node(version, &nibbles)?;
        let node = match &*node {
            TreeNode::Empty => return Ok(None),
            TreeNode::Leaf(leaf) => return Ok(Some(*leaf)),
            TreeNode::Inner(node) => node,
        };
        let byte = place.0.get(nibbles.len() / 2).ok_or_else(|| fault("deeper than a place"))?;
        let nibble = usize::from(if nibbles.len().is_multiple_of(2) { byte >> 4 } else { byte & 0xf });
        let mut below = None;
        for level in 1..=NODE_BITS {
            let way = (CHILDREN + nibble) >> (NODE_BITS - level);
            sibling(node.hashes[way ^ 1]);
            match node.part(way) {
                Part::Nothing => return Ok(None),
                Part::Only(child) => {
                    below = Some(child);
                    break;
                }
                Part::More => {}
            }
        }
        let child = below.ok_or_else(|| fault("an inner node without an end"))?;
        version = node.versions[child];
        nibbles.push(child as u8);
    }
}

/// The slots below `depth`, in the order in which a verifier reads them.
fn collect(paths: &[ProvenPath], depth: usize, slots: &mut Vec<Hash>) {
    let Some(first) = paths.first() else { return };
    if paths.len() == 1 && first.evidence.depth() == depth {
        return;
    }
    let Some(sibling) = first.siblings.get(depth) else {
        return;
    };
    let is_one = |path: &ProvenPath| path.place.0[depth / 8] >> (7 - depth % 8) & 1 == 1;
    let (zeros, ones) = paths.split_at(paths.partition_point(|path| !is_one(path)));
    for half in [zeros, ones] {
        if half.is_empty() {
            slots.push(*sibling);
        } else {
            collect(half, depth + 1, slots);
        }
    }
}
