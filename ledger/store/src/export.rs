//! The state of the last block written out, see [`sogoc_ledger::exported`].

use std::collections::{BTreeMap, BTreeSet};

use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::exported::Exported;
use sogoc_ledger::name::{BatchId, IssuerId};
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::{StateReader, StoreFault};

use crate::open::frontier;
use crate::rows::{Family, fault};
use crate::{Store, View};

impl Store {
    /// The whole state as of the last block, checked against its root.
    ///
    /// # Errors
    /// The store failed, or does not hold the state that its last header names.
    pub fn export(&self) -> Result<Exported, StoreFault> {
        let view = self.view();
        let height = view.tip().header.height;
        let missing = || StoreFault("the last block is missing".into());
        let mut exported = Exported {
            checkpoint: self.checkpoint(height)?.ok_or_else(missing)?,
            certificate: self.certificate(height)?,
            history: frontier(&self.rows, height)?,
            records: BTreeMap::new(),
            statuses: BTreeMap::new(),
        };
        for key in view.keys()? {
            // One that a later block wrote has a row, but no record here.
            let Some(record) = view.record(&key)? else { continue };
            if let (Key::Batch(issuer, id), Record::Batch(batch)) = (&key, &record)
                && batch.status_root.is_some()
            {
                exported.statuses.insert((issuer.clone(), *id), view.statuses(issuer, id)?);
            }
            exported.records.insert(key, record);
        }
        exported.check().map_err(|error| StoreFault(error.to_string()))?;
        Ok(exported)
    }
}

impl View<'_> {
    /// The keys of all records that there are, or will be.
    fn keys(&self) -> Result<BTreeSet<Key>, StoreFault> {
        let mut keys = BTreeSet::new();
        self.each_key(Family::Keys, |key| codec::decode(key).ok(), &mut keys)?;
        let issuer = |key: &[u8]| Some(Key::Issuer(std::str::from_utf8(key).ok()?.parse().ok()?));
        self.each_key(Family::Issuers, issuer, &mut keys)?;
        let batch = |key: &[u8]| {
            let (issuer, id) = key.split_last_chunk()?;
            Some(Key::Batch(codec::decode::<IssuerId>(issuer).ok()?, BatchId(*id)))
        };
        self.each_key(Family::Batches, batch, &mut keys)?;
        self.each_key(Family::Motions, |key| Some(Key::Motion(Hash(*key.last_chunk()?))), &mut keys)?;
        let definition = |key: &[u8]| {
            let (named, version) = key.split_last_chunk()?;
            let (kind, name) = codec::decode(named).ok()?;
            Some(Key::Definition(kind, name, u16::from_be_bytes(*version)))
        };
        self.each_key(Family::Definitions, definition, &mut keys)?;
        Ok(keys)
    }

    fn each_key(
        &self,
        family: Family,
        read: impl Fn(&[u8]) -> Option<Key>,
        keys: &mut BTreeSet<Key>,
    ) -> Result<(), StoreFault> {
        for row in self.store.rows.scan(family, b"", b"")? {
            let (key, _) = row?;
            keys.insert(read(&key).ok_or_else(|| fault(family, &key, "not a key"))?);
        }
        Ok(())
    }
}
