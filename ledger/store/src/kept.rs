//! What proofs are made of, kept in memory: nodes of the state tree, and records.
//!
//! Both are named by what they are: a node by its version and path, under which it never changes; a record by its place and the
//! hash of its bytes. So nothing here can be out of date, and a commit has nothing to clear. And each proof is checked before
//! it leaves the store, whatever it was made from.
//!
//! # Limits
//!
//! Two generations of at most [`GENERATION_BYTES`] each. What is asked for moves to the newer; when that is full, it becomes
//! the older, and what was not asked for in the meantime is forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of one generation of one kind. Twice two of them hold the inner nodes and the leaves over 40,000 batches, and their
/// records: of a year of the city.
const GENERATION_BYTES: usize = 12 << 20;

/// Bytes that an entry takes besides its key and value: two allocations, and its share of the table.
const ENTRY_BYTES: usize = 96;

/// See the module.
pub(crate) struct Kept<T>(Mutex<Generations<T>>);

struct Generations<T> {
    newer: HashMap<Box<[u8]>, Entry<T>>,
    older: HashMap<Box<[u8]>, Entry<T>>,
    /// Of the newer.
    bytes: usize,
}

struct Entry<T> {
    value: Arc<T>,
    bytes: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Generations { newer: HashMap::new(), older: HashMap::new(), bytes: 0 }))
    }
}

impl<T> Kept<T> {
    /// What is kept under `key`, or what `read` returns, which has so many bytes.
    pub(crate) fn or_read<E>(&self, key: &[u8], read: impl FnOnce() -> Result<(T, usize), E>) -> Result<Arc<T>, E> {
        if let Some(value) = self.generations().get(key) {
            return Ok(value);
        }
        // Not under the lock: two may read the same.
        let (value, bytes) = read()?;
        let value = Arc::new(value);
        self.generations().put(key.into(), Entry { value: Arc::clone(&value), bytes });
        Ok(value)
    }

    fn generations(&self) -> std::sync::MutexGuard<'_, Generations<T>> {
        // A panic elsewhere leaves at worst a wrong count of bytes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Generations<T> {
    fn get(&mut self, key: &[u8]) -> Option<Arc<T>> {
        if let Some(entry) = self.newer.get(key) {
            return Some(Arc::clone(&entry.value));
        }
        let (key, entry) = self.older.remove_entry(key)?;
        let value = Arc::clone(&entry.value);
        self.put(key, entry);
        Some(value)
    }

    fn put(&mut self, key: Box<[u8]>, entry: Entry<T>) {
        self.bytes += key.len() + entry.bytes + ENTRY_BYTES;
        self.newer.insert(key, entry);
        if self.bytes >= GENERATION_BYTES {
            self.older = std::mem::take(&mut self.newer);
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: u32, bytes: usize) -> impl FnOnce() -> Result<(u32, usize), ()> {
        move || Ok((value, bytes))
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten() {
        let kept = Kept::default();
        assert_eq!(kept.or_read(b"hot", read(1, 10)), Ok(Arc::new(1)));
        assert_eq!(kept.or_read(b"cold", read(2, 10)), Ok(Arc::new(2)));
        for i in 0..10u32 {
            assert_eq!(kept.or_read(b"hot", read(9, 10)), Ok(Arc::new(1)), "kept");
            assert_eq!(kept.or_read(&i.to_be_bytes(), read(i, GENERATION_BYTES / 2)), Ok(Arc::new(i)));
        }
        assert_eq!(kept.or_read(b"cold", read(3, 10)), Ok(Arc::new(3)), "read again");
        let entries = {
            let generations = kept.generations();
            generations.newer.len() + generations.older.len()
        };
        assert!(entries <= 8, "{entries}");
        assert_eq!(kept.or_read(b"none", || Err(())), Err(()));
        assert_eq!(kept.or_read(b"none", read(4, 10)), Ok(Arc::new(4)), "a failure is not kept");
    }
}
