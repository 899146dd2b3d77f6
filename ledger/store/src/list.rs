//! Listings: what there is as of one block, page by page.
//!
//! # Invariants
//!
//! A row of a listing is written with the first record under its key and never again, so one that a later block wrote may
//! stand between others: it is passed over, for this block has no record there.

use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::name::{BatchId, IssuerId, TypeId};
use sogoc_ledger::record::{Batch, Definition, DefinitionKind, Issuer, Key, Motion, Record};
use sogoc_ledger::state::{StateReader, StoreFault};

use crate::rows::{Family, fault};
use crate::{View, key};

/// Names a definition: its kind, name and version.
pub type DefinitionKey = (DefinitionKind, TypeId, u16);

/// Entries of one page of a listing, and headers of one answer.
pub const PAGE_MAX: usize = 1_000;

impl View<'_> {
    /// The issuers in the order of their ids after `after`, at most `limit` and at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub fn issuers(&self, after: Option<&IssuerId>, limit: usize) -> Result<Vec<Issuer>, StoreFault> {
        let start = after.map_or_else(Vec::new, |id| [id.as_str().as_bytes(), &[0]].concat());
        let mut page = Vec::new();
        for row in self.store.rows.scan(Family::Issuers, b"", &start)? {
            if page.len() >= limit.min(PAGE_MAX) {
                break;
            }
            let (key, _) = row?;
            let id: Option<IssuerId> = std::str::from_utf8(&key).ok().and_then(|text| text.parse().ok());
            // One that was registered after this block has a row, but no record here.
            page.extend(self.issuer(&id.ok_or_else(|| fault(Family::Issuers, &key, "not a key"))?)?);
        }
        Ok(page)
    }

    /// The batches of an issuer in the order of their ids after `after`, at most `limit` and at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub fn batches_of(
        &self,
        issuer: &IssuerId,
        after: Option<&BatchId>,
        limit: usize,
    ) -> Result<Vec<(BatchId, Batch)>, StoreFault> {
        let prefix = codec::encode(issuer);
        let start = after.map_or_else(Vec::new, |batch| [key::batch(issuer, batch).as_slice(), &[0]].concat());
        let mut page = Vec::new();
        for row in self.store.rows.scan(Family::Batches, &prefix, &start)? {
            if page.len() >= limit.min(PAGE_MAX) {
                break;
            }
            let (key, _) = row?;
            let id = key.last_chunk().ok_or_else(|| fault(Family::Batches, &key, "not a key"))?;
            let id = BatchId(*id);
            page.extend(self.batch(issuer, &id)?.map(|batch| (id, batch)));
        }
        Ok(page)
    }

    /// The motion with this id.
    ///
    /// # Errors
    /// The store failed.
    pub fn motion(&self, id: &Hash) -> Result<Option<Motion>, StoreFault> {
        match self.record(&Key::Motion(*id))? {
            None => Ok(None),
            Some(Record::Motion(motion)) => Ok(Some(motion)),
            Some(_) => Err(StoreFault(format!("another record under motion {id}"))),
        }
    }

    /// The motions that were proposed before `before`, the newest first, at most `limit` and at most [`PAGE_MAX`]. None if there
    /// is no motion `before`.
    ///
    /// # Errors
    /// The store failed.
    pub fn motions(&self, before: Option<&Hash>, limit: usize) -> Result<Vec<(Hash, Motion)>, StoreFault> {
        let start = match before {
            None => Vec::new(),
            Some(id) => match self.motion(id)? {
                Some(motion) => [key::motion(motion.proposed, id).as_slice(), &[0]].concat(),
                None => return Ok(Vec::new()),
            },
        };
        let mut page = Vec::new();
        for row in self.store.rows.scan(Family::Motions, b"", &start)? {
            if page.len() >= limit.min(PAGE_MAX) {
                break;
            }
            let (key, _) = row?;
            let id = Hash(*key.last_chunk().ok_or_else(|| fault(Family::Motions, &key, "not a key"))?);
            page.extend(self.motion(&id)?.map(|motion| (id, motion)));
        }
        Ok(page)
    }

    /// The definition of this kind, name and version.
    ///
    /// # Errors
    /// The store failed.
    pub fn definition(&self, key: &DefinitionKey) -> Result<Option<Definition>, StoreFault> {
        let (kind, name, version) = key.clone();
        match self.record(&Key::Definition(kind, name, version))? {
            None => Ok(None),
            Some(Record::Definition(definition)) => Ok(Some(definition)),
            Some(_) => Err(StoreFault(format!("another record under definition {} {}", key.1, key.2))),
        }
    }

    /// The definitions after `after`: schemas before code lists, then by name and version, at most `limit` and at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub fn definitions(&self, after: Option<&DefinitionKey>, limit: usize) -> Result<Vec<Definition>, StoreFault> {
        let start = after.map_or_else(Vec::new, |(kind, name, version)| {
            [key::definition(*kind, name, *version).as_slice(), &[0]].concat()
        });
        let mut page = Vec::new();
        for row in self.store.rows.scan(Family::Definitions, b"", &start)? {
            if page.len() >= limit.min(PAGE_MAX) {
                break;
            }
            let (key, _) = row?;
            let named = key.split_last_chunk().and_then(|(named, version)| {
                let (kind, name) = codec::decode(named).ok()?;
                Some((kind, name, u16::from_be_bytes(*version)))
            });
            page.extend(self.definition(&named.ok_or_else(|| fault(Family::Definitions, &key, "not a key"))?)?);
        }
        Ok(page)
    }
}
