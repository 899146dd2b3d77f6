//! Merkle trees of RFC 9162 §2.1: leaves of a batch, status arrays, header history.
//!
//! # Format
//!
//! Leaf hash `SHA-256(0x00 ‖ entry)`, inner hash `SHA-256(0x01 ‖ left ‖ right)`, the tree of `n`
//! leaves split at the largest power of two below `n`, the empty tree `SHA-256("")`. An inclusion
//! path (§2.1.3.1) lists siblings from the leaf upwards.
//!
//! # Invariants
//!
//! A path is accepted if and only if it has exactly the length that (index, size) demand and leads
//! to the root: there is one accepted path for an entry.

use sha2::{Digest, Sha256};

use crate::Hash;

/// The deepest tree, in levels: an index is a `u64`.
pub const PATH_HASHES_MAX: usize = 64;

/// `SHA-256(0x00 ‖ entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    Hash(hasher.finalize().into())
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [1; 65];
    block[1..33].copy_from_slice(&left.0);
    block[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(block).into())
}

/// Hash of the tree without leaves.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest(b"").into())
}

/// Root over leaf hashes (MTH of §2.1.1).
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The siblings of leaf `index`, from the leaf upwards; `None` if there is no such leaf.
pub fn path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut siblings = Vec::new();
    let (mut range, mut index) = (leaves, index);
    while range.len() > 1 {
        let split = split(range.len());
        let (left, right) = range.split_at(split);
        if index < split {
            siblings.push(root(right));
            range = left;
        } else {
            siblings.push(root(left));
            range = right;
            index -= split;
        }
    }
    siblings.reverse();
    Some(siblings)
}

/// Every path of a tree at once, in leaf order: one pass of hashing instead of one for each leaf.
pub fn paths(leaves: &[Hash]) -> Vec<Vec<Hash>> {
    fn descend(leaves: &[Hash], paths: &mut [Vec<Hash>]) -> Hash {
        if let [only] = leaves {
            return *only;
        }
        let split = split(leaves.len());
        let (left, right) = leaves.split_at(split);
        let (left_paths, right_paths) = paths.split_at_mut(split);
        let (left, right) = (descend(left, left_paths), descend(right, right_paths));
        left_paths.iter_mut().for_each(|path| path.push(right));
        right_paths.iter_mut().for_each(|path| path.push(left));
        node_hash(&left, &right)
    }
    let mut paths = vec![Vec::new(); leaves.len()];
    if !leaves.is_empty() {
        descend(leaves, &mut paths);
    }
    paths
}

/// The root that `path` leads to from `leaf` at `index` of `size` (§2.1.3.2); `None` if the path has not the length these demand.
pub fn root_from_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// The largest power of two below `length` (`length` ≥ 2).
fn split(length: usize) -> usize {
    1 << (length - 1).ilog2()
}

/// The perfect subtrees of a growing tree, largest first: all that is needed to append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree of `size` leaves, if `peaks` are as many as such a tree has.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The perfect subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash and returns the perfect subtrees it completes, as (level, index, hash), the leaf itself first.
    pub fn append(&mut self, leaf: Hash) -> Vec<(u8, u64, Hash)> {
        let (mut level, mut index, mut hash) = (0, self.size, leaf);
        let mut completed = vec![(level, index, hash)];
        while index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            level += 1;
            index >>= 1;
            completed.push((level, index, hash));
        }
        self.peaks.push(hash);
        self.size += 1;
        completed
    }

    fn push(&mut self, leaf: Hash) {
        let (mut index, mut hash) = (self.size, leaf);
        while index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            index >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Root of the tree so far.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty_root(),
            Some(smallest) => peaks.fold(*smallest, |right, left| node_hash(left, &right)),
        }
    }
}

/// The path of leaf `index` in the tree of the first `size` leaves, from stored perfect subtrees.
///
/// `subtree(level, index)` returns the root of the perfect subtree over leaves `index·2^level ..`.
/// Returns `Ok(None)` if there is no such leaf.
///
/// # Errors
/// Whatever `subtree` returns.
pub fn path_from_subtrees<E>(
    index: u64,
    size: u64,
    mut subtree: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let mut siblings = Vec::new();
    let (mut begin, mut end) = (0, size);
    while end - begin > 1 {
        let middle = begin + (1 << (end - begin - 1).ilog2());
        if index < middle {
            siblings.push(range_root(middle, end, &mut subtree)?);
            end = middle;
        } else {
            siblings.push(range_root(begin, middle, &mut subtree)?);
            begin = middle;
        }
    }
    siblings.reverse();
    Ok(Some(siblings))
}

/// Root over leaves `begin..end`, where `begin` is a multiple of the largest power of two that fits.
fn range_root<E>(begin: u64, end: u64, subtree: &mut impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let length = end - begin;
    let level = length.ilog2();
    if length == 1 << level {
        return subtree(level as u8, begin >> level);
    }
    let middle = begin + (1 << level);
    let left = subtree(level as u8, begin >> level)?;
    Ok(node_hash(&left, &range_root(middle, end, subtree)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn roots_are_those_of_an_independent_implementation() {
        use ct_merkle::mem_backed_tree::MemoryBackedTree;
        let mut oracle = MemoryBackedTree::<Sha256, [u8; 4]>::new();
        for count in 1..=130u32 {
            oracle.push((count - 1).to_be_bytes());
            let ours = root(&leaves(count));
            assert_eq!(oracle.root().as_bytes().as_slice(), ours.0, "{count} leaves");
            for index in 0..count {
                let theirs = oracle.prove_inclusion(index as usize);
                let path: Vec<u8> = path(&leaves(count), index as usize).unwrap().iter().flat_map(|h| h.0).collect();
                assert_eq!(theirs.as_bytes(), path, "leaf {index} of {count}");
            }
        }
    }

    /// Inputs and roots of the Certificate Transparency reference implementation.
    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let hashes: Vec<Hash> = inputs.iter().map(|text| leaf_hash(&hex::decode(text).unwrap())).collect();
        let expected = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        assert_eq!(empty_root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (count, expected) in expected.iter().enumerate() {
            assert_eq!(root(&hashes[..=count]).to_string(), *expected);
        }
    }

    proptest! {
        #[test]
        fn one_path_is_accepted(size in 1u32..200, pick in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
            let leaves = leaves(size);
            let index = pick.index(size as usize);
            let path = path(&leaves, index).unwrap();
            let verify = |leaf, index, size, path: &[Hash]| root_from_path(leaf, index, size, path) == Some(root(&leaves));
            let (i, n) = (index as u64, u64::from(size));
            prop_assert_eq!(&paths(&leaves)[index], &path);
            prop_assert!(verify(leaves[index], i, n, &path));
            let mut longer = path.clone();
            longer.push(Hash::ZERO);
            prop_assert!(root_from_path(leaves[index], i, n, &longer).is_none());
            if !path.is_empty() {
                prop_assert!(root_from_path(leaves[index], i, n, &path[1..]).is_none());
                let mut flipped = path.clone();
                let at = bit.index(path.len() * 256);
                flipped[at / 256].0[at % 256 / 8] ^= 1 << (at % 8);
                prop_assert!(!verify(leaves[index], i, n, &flipped));
            }
            for other in 0..n {
                prop_assert_eq!(verify(leaves[index], other, n, &path), other == i);
            }
            prop_assert!(root_from_path(leaves[index], n, n, &path).is_none());
        }

        #[test]
        fn stored_subtrees_give_the_same_paths(size in 1u64..200, pick in any::<prop::sample::Index>()) {
            let leaves = leaves(size as u32);
            let (mut frontier, mut stored) = (Frontier::default(), BTreeMap::new());
            for leaf in &leaves {
                for (level, index, hash) in frontier.append(*leaf) {
                    stored.insert((level, index), hash);
                }
            }
            prop_assert_eq!(frontier.root(), root(&leaves));
            prop_assert_eq!(Frontier::from_parts(size, frontier.peaks().to_vec()).unwrap().root(), root(&leaves));
            let index = pick.index(size as usize);
            let ours = path_from_subtrees(index as u64, size, |level, index| stored.get(&(level, index)).copied().ok_or(()));
            prop_assert_eq!(ours, Ok(path(&leaves, index)));
        }
    }
}
