//! What became of a sealed document.
//!
//! # Format
//!
//! A batch of `size` documents has a status array of `size` entries. Entry `i` is
//! `encode(StatusEntry)`; where nothing ever changed it is the *unchanged* entry {i, Valid, 0, 0, 0…0}.
//! `status_root` is the RFC 9162 tree over the entries. A batch in which nothing ever changed has no root.
//!
//! Each entry names the one that it replaced by its leaf hash, so that the last one proves the whole history of the document.
//!
//! # Privacy
//!
//! An entry names nobody and gives no reason: the commitment `H("status-opening", salt ‖ opening)` is
//! opened in the bundle of whoever may know.

use bincode::{Decode, Encode};

use crate::Hash;
use crate::codec::{self, List};
use crate::merkle;
use crate::name::{Height, Time};
use crate::transaction::MAX_BATCH_LEAVES;

/// Status of a document. On the chain only the fact; the reason is in the opening.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In force (còn hiệu lực).
    Valid,
    /// Replaced by another (đã thay thế): amended or re-issued.
    Superseded,
    /// Revoked (đã thu hồi) or cancelled. Final.
    Revoked,
    /// Not to be relied on for now (tạm dừng).
    Suspended,
}

impl Status {
    /// Whether a document may go from this status to `next`.
    pub fn may_become(self, next: Self) -> bool {
        use Status::{Revoked, Superseded, Suspended, Valid};
        matches!(
            (self, next),
            (Valid, Superseded | Revoked | Suspended)
                | (Suspended, Valid | Superseded | Revoked)
                | (Superseded, Revoked)
        )
    }
}

/// One entry of a batch's status array.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct StatusEntry {
    /// The document's index in the batch.
    pub index: u32,
    /// Its status.
    pub status: Status,
    /// Height of the block that set it, 0 if none did.
    pub height: Height,
    /// Time of that block, 0 if none did.
    pub time: Time,
    /// Commitment to the opening, zero if none.
    pub commitment: Hash,
    /// RFC 9162 leaf hash of the entry that this one replaced; zero if nothing had changed before.
    pub previous: Hash,
}

impl StatusEntry {
    /// The entry of a document of which nothing ever changed.
    pub fn unchanged(index: u32) -> Self {
        Self { index, status: Status::Valid, height: 0, time: Time(0), commitment: Hash::ZERO, previous: Hash::ZERO }
    }

    /// RFC 9162 leaf hash of the entry.
    pub fn leaf_hash(&self) -> Hash {
        merkle::leaf_hash(&codec::encode(self))
    }

    /// What the entry that replaces this one names as its previous.
    pub fn as_previous(&self) -> Hash {
        if self.height == 0 { Hash::ZERO } else { self.leaf_hash() }
    }

    /// Whether `history`, oldest first, is everything that this entry replaced, back to the sealing.
    pub fn follows(&self, history: &[Self]) -> bool {
        let steps = history.iter().zip(history.iter().skip(1).chain([self]));
        let first = history.first().unwrap_or(self);
        first.previous == Hash::ZERO
            && steps.into_iter().all(|(old, new)| {
                old.index == new.index && old.height > 0 && old.height < new.height && new.previous == old.leaf_hash()
            })
    }
}

/// The entries of a batch that ever changed, in the order of their indices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct StatusArray {
    /// The latest entry of each changed document.
    pub changed: List<StatusEntry, MAX_BATCH_LEAVES>,
}

impl StatusArray {
    /// The entry of document `index`.
    pub fn entry(&self, index: u32) -> StatusEntry {
        match self.changed.binary_search_by_key(&index, |entry| entry.index) {
            Ok(at) => self.changed[at].clone(),
            Err(_) => StatusEntry::unchanged(index),
        }
    }

    /// The array with `entry` in place of what was there.
    pub fn with(self, entry: StatusEntry) -> Self {
        let mut changed = self.changed.into_vec();
        match changed.binary_search_by_key(&entry.index, |e| e.index) {
            Ok(at) => changed[at] = entry,
            Err(at) => changed.insert(at, entry),
        }
        Self { changed: List::new(changed).expect("at most one entry for each of at most MAX_BATCH_LEAVES documents") }
    }

    /// Whether the indices rise and stay below `size` and each entry was set by a block: the one form of an array of that
    /// size, which is one that a batch may have: nobody is made to hash four thousand million entries.
    pub fn fits(&self, size: u32) -> bool {
        size as usize <= MAX_BATCH_LEAVES
            && self.changed.windows(2).all(|pair| pair[0].index < pair[1].index)
            && self.changed.last().is_none_or(|entry| entry.index < size)
            && self.changed.iter().all(|entry| entry.height > 0)
    }

    /// RFC 9162 leaf hashes of all `size` entries.
    pub fn leaf_hashes(&self, size: u32) -> Vec<Hash> {
        let mut changed = self.changed.iter().peekable();
        (0..size)
            .map(|index| match changed.next_if(|entry| entry.index == index) {
                Some(entry) => entry.leaf_hash(),
                None => StatusEntry::unchanged(index).leaf_hash(),
            })
            .collect()
    }

    /// The root that the batch's record holds: none while nothing ever changed.
    pub fn root(&self, size: u32) -> Option<Hash> {
        (!self.changed.is_empty()).then(|| merkle::root(&self.leaf_hashes(size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revoked_is_final() {
        use Status::{Revoked, Superseded, Suspended, Valid};
        let all = [Valid, Superseded, Revoked, Suspended];
        assert!(all.iter().all(|next| !Revoked.may_become(*next)));
        assert!(all.iter().all(|status| !status.may_become(*status)));
        assert!(Suspended.may_become(Valid) && !Superseded.may_become(Valid));
    }

    #[test]
    fn the_root_is_over_every_entry() {
        let entry = StatusEntry {
            index: 2,
            status: Status::Revoked,
            height: 7,
            time: Time(1),
            commitment: Hash([1; 32]),
            previous: Hash::ZERO,
        };
        assert_eq!(StatusArray::default().root(5), None);
        let array = StatusArray::default().with(entry.clone());
        assert!(array.fits(3) && !array.fits(2));
        assert!(array.fits(10_000) && !array.fits(10_001));
        let entries: Vec<Hash> = (0..5).map(|i| array.entry(i).leaf_hash()).collect();
        assert_eq!(array.root(5), Some(merkle::root(&entries)));
        assert_eq!(array.entry(2), entry);
        assert!(!array.clone().with(StatusEntry::unchanged(1)).fits(5), "what never changed is not listed");
        assert_eq!(array.clone().with(entry), array);
    }
}
