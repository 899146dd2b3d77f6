//! Rows: families of keys and values in RocksDB, each value with a check of where it belongs.
//!
//! # Format
//!
//! A stored value is `value ‖ check`, the check being the first 4 bytes of
//!
//! ```text
//! SHA-256(family name ‖ 0x00 ‖ length of the key (4) ‖ key ‖ value)
//! ```
//!
//! RocksDB checks its blocks when it reads them from the disk. This finds what happens elsewhere: a flipped bit in a
//! cache, a row in another's place. All integers are big-endian, so the order of keys is the order of numbers.

use std::path::Path;

use bincode::{Decode, Encode};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode, Direction,
    IteratorMode, LogLevel, Options, PrefixRange, ReadOptions, SliceTransform, WriteBatch, WriteOptions,
};
use sha2::{Digest, Sha256};
use sogoc_ledger::codec;
use sogoc_ledger::state::StoreFault;

/// Bytes of the check behind every value: damage goes unseen once in four thousand million times.
const CHECK_BYTES: usize = 4;

/// Bytes of a place in the state tree, with which every key in [`Family::Records`] begins.
pub(crate) const PLACE_BYTES: usize = 32;

/// Blocks of all families cached in memory, in bytes, indices and filters included. Four nodes share one small machine.
const CACHE_BYTES: usize = 32 << 20;

/// Rows of all families not yet in files, in bytes.
const UNWRITTEN_BYTES: usize = 48 << 20;

/// Rows of one family not yet in files, in bytes: a busy one, and one that receives a row a block.
const BUSY_FAMILY_BYTES: usize = 16 << 20;
const QUIET_FAMILY_BYTES: usize = 2 << 20;

/// Log that a start has to read again, in bytes: well under a second.
const LOG_BYTES: u64 = 64 << 20;

/// Files held open; a year of the city's ledger has about a hundred.
const OPEN_FILES_MAX: i32 = 256;

/// Bits of a Bloom filter for each place: one needless read in a hundred.
const FILTER_BITS: f64 = 10.0;

/// A family of rows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Meta,
    Headers,
    Bodies,
    Commits,
    History,
    Sets,
    Changes,
    Nodes,
    Records,
    Statuses,
    Issuers,
    Batches,
    Motions,
    Definitions,
    Continuations,
    Keys,
    Proposals,
    Own,
}

impl Family {
    pub(crate) const ALL: [Self; 18] = [
        Self::Meta,
        Self::Headers,
        Self::Bodies,
        Self::Commits,
        Self::History,
        Self::Sets,
        Self::Changes,
        Self::Nodes,
        Self::Records,
        Self::Statuses,
        Self::Issuers,
        Self::Batches,
        Self::Motions,
        Self::Definitions,
        Self::Continuations,
        Self::Keys,
        Self::Proposals,
        Self::Own,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Headers => "headers",
            Self::Bodies => "bodies",
            Self::Commits => "commits",
            Self::History => "history",
            Self::Sets => "sets",
            Self::Changes => "changes",
            Self::Nodes => "nodes",
            Self::Records => "records",
            Self::Statuses => "statuses",
            Self::Issuers => "issuers",
            Self::Batches => "batches",
            Self::Motions => "motions",
            Self::Definitions => "definitions",
            Self::Continuations => "continuations",
            Self::Keys => "keys",
            Self::Proposals => "proposals",
            Self::Own => "own",
        }
    }

    fn options(self, cache: &Cache) -> Options {
        let busy = matches!(self, Self::Bodies | Self::Nodes | Self::Records | Self::Proposals);
        // Bodies are lists of hashes: there is nothing to compress.
        let hashes = matches!(self, Self::Bodies | Self::Commits | Self::History | Self::Proposals | Self::Own);
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(cache);
        table.set_cache_index_and_filter_blocks(true);
        table.set_pin_l0_filter_and_index_blocks_in_cache(true);
        let mut options = Options::default();
        if self == Self::Records {
            // A new batch id is looked up to find that it is new: the filter answers without a read.
            options.set_prefix_extractor(SliceTransform::create_fixed_prefix(PLACE_BYTES));
            options.set_memtable_prefix_bloom_ratio(0.1);
            table.set_bloom_filter(FILTER_BITS, false);
            table.set_whole_key_filtering(false);
        }
        options.set_block_based_table_factory(&table);
        options.set_write_buffer_size(if busy { BUSY_FAMILY_BYTES } else { QUIET_FAMILY_BYTES });
        options.set_compression_type(if hashes { DBCompressionType::None } else { DBCompressionType::Lz4 });
        options
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    // After a power loss the log may end in a batch of which some pages reached the disk and others did not, in any
    // order. Every synced batch lies before it. Reading up to the first inconsistency therefore yields all that was ever
    // acknowledged and drops only what was not. The stricter modes refuse to open such a log, and then all nodes of a
    // building that lost power would stand still. What this mode cannot tell is a log that decayed in its middle: the
    // node then starts at an earlier whole height and gets the rest from its peers.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_max_total_wal_size(LOG_BYTES);
    options.set_db_write_buffer_size(UNWRITTEN_BYTES);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_background_jobs(2);
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(2);
    options
}

/// A key and its value, checked.
type Row = (Box<[u8]>, Vec<u8>);

/// An open database.
pub(crate) struct Rows {
    db: DB,
    writing: WriteOptions,
}

/// Rows to be written together or not at all.
#[derive(Default)]
pub(crate) struct Changes(Vec<(Family, Vec<u8>, Option<Vec<u8>>)>);

impl Changes {
    pub(crate) fn put(&mut self, family: Family, key: impl Into<Vec<u8>>, value: Vec<u8>) {
        self.0.push((family, key.into(), Some(value)));
    }

    pub(crate) fn delete(&mut self, family: Family, key: impl Into<Vec<u8>>) {
        self.0.push((family, key.into(), None));
    }
}

impl Rows {
    /// Opens the database at `path`, or makes one. `synced` is false only where losing it costs nothing.
    pub(crate) fn open(path: &Path, synced: bool) -> Result<Self, rocksdb::Error> {
        let cache = Cache::new_lru_cache(CACHE_BYTES);
        let families =
            Family::ALL.iter().map(|family| ColumnFamilyDescriptor::new(family.name(), family.options(&cache)));
        let db = DB::open_cf_descriptors(&options(), path, families)?;
        let mut writing = WriteOptions::default();
        writing.set_sync(synced);
        Ok(Self { db, writing })
    }

    fn family(&self, family: Family) -> Result<&ColumnFamily, StoreFault> {
        self.db.cf_handle(family.name()).ok_or_else(|| StoreFault(format!("there is no family {}", family.name())))
    }

    /// The bytes under `key`.
    pub(crate) fn bytes(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        let stored = self.db.get_pinned_cf(self.family(family)?, key).map_err(|error| fault(family, key, error))?;
        stored.map(|stored| checked(family, key, &stored).map(<[u8]>::to_vec)).transpose()
    }

    /// The value under `key`.
    pub(crate) fn get<T: Decode<()> + Encode>(&self, family: Family, key: &[u8]) -> Result<Option<T>, StoreFault> {
        self.bytes(family, key)?.map(|bytes| decode(family, key, &bytes)).transpose()
    }

    /// The value under `key`, which must be there.
    pub(crate) fn expect<T: Decode<()> + Encode>(&self, family: Family, key: &[u8]) -> Result<T, StoreFault> {
        self.get(family, key)?.ok_or_else(|| fault(family, key, "missing"))
    }

    /// The first row of [`Family::Records`] that is not before `key` and has its place.
    pub(crate) fn first_of_place(&self, key: &[u8; PLACE_BYTES + 8]) -> Result<Option<Vec<u8>>, StoreFault> {
        let family = Family::Records;
        let mut reading = ReadOptions::default();
        reading.set_prefix_same_as_start(true);
        let mut rows = self.db.raw_iterator_cf_opt(self.family(family)?, reading);
        rows.seek(key);
        rows.status().map_err(|error| fault(family, key, error))?;
        match rows.item() {
            Some((found, stored)) if found.starts_with(&key[..PLACE_BYTES]) => {
                checked(family, found, stored).map(|value| Some(value.to_vec()))
            }
            _ => Ok(None),
        }
    }

    /// The rows whose keys begin with `prefix`, from `start` on, in the order of keys.
    pub(crate) fn scan<'a>(
        &'a self,
        family: Family,
        prefix: &[u8],
        start: &[u8],
    ) -> Result<impl Iterator<Item = Result<Row, StoreFault>> + use<'a>, StoreFault> {
        let mut reading = ReadOptions::default();
        reading.set_total_order_seek(true);
        if !prefix.is_empty() {
            reading.set_iterate_range(PrefixRange(prefix));
        }
        let mode = IteratorMode::From(start.max(prefix), Direction::Forward);
        let rows = self.db.iterator_cf_opt(self.family(family)?, reading, mode);
        Ok(rows.map(move |row| {
            let (key, stored) = row.map_err(|error| fault(family, b"", error))?;
            let value = checked(family, &key, &stored)?.to_vec();
            Ok((key, value))
        }))
    }

    /// Whether there is no row at all.
    pub(crate) fn is_empty(&self) -> Result<bool, StoreFault> {
        for family in Family::ALL {
            if self.scan(family, b"", b"")?.next().is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes all of `changes` and waits until they are on the disk.
    pub(crate) fn write(&self, changes: Changes) -> Result<(), StoreFault> {
        let mut batch = WriteBatch::default();
        for (family, key, value) in changes.0 {
            match value {
                Some(mut value) => {
                    let check = check(family, &key, &value);
                    value.extend_from_slice(&check);
                    batch.put_cf(self.family(family)?, key, value);
                }
                None => batch.delete_cf(self.family(family)?, key),
            }
        }
        self.db.write_opt(batch, &self.writing).map_err(|error| StoreFault(format!("write: {error}")))
    }
}

fn check(family: Family, key: &[u8], value: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(family.name());
    hasher.update([0]);
    hasher.update((key.len() as u32).to_be_bytes());
    hasher.update(key);
    hasher.update(value);
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    [a, b, c, d]
}

fn checked<'a>(family: Family, key: &[u8], stored: &'a [u8]) -> Result<&'a [u8], StoreFault> {
    match stored.split_last_chunk::<CHECK_BYTES>() {
        Some((value, found)) if *found == check(family, key, value) => Ok(value),
        _ => Err(fault(family, key, "damaged")),
    }
}

/// The value that a row's bytes encode.
pub(crate) fn decode<T: Decode<()> + Encode>(family: Family, key: &[u8], bytes: &[u8]) -> Result<T, StoreFault> {
    codec::decode(bytes).map_err(|error| fault(family, key, error))
}

/// A fault that names the row.
pub(crate) fn fault(family: Family, key: &[u8], why: impl std::fmt::Display) -> StoreFault {
    StoreFault(format!("{} row {}: {why}", family.name(), hex::encode(key)))
}

#[cfg(test)]
impl Rows {
    /// Puts bytes where a value and its check should be.
    pub(crate) fn damage(&self, family: Family, key: &[u8], stored: &[u8]) {
        self.db.put_cf(self.family(family).unwrap(), key, stored).unwrap();
    }

    /// Every row as it is stored.
    pub(crate) fn stored(&self, family: Family) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut reading = ReadOptions::default();
        reading.set_total_order_seek(true);
        let rows = self.db.iterator_cf_opt(self.family(family).unwrap(), reading, IteratorMode::Start);
        rows.map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
    }
}
