//! One node's disk, of which only what was synced survives.
//!
//! Three things lie on it: the ledger's store, the engine's log and the last-signed guard with the number in the home.
//!
//! # Crashes
//!
//! Every call that syncs counts. A *fuse* makes the power fail during one of them: then nothing of it is on the disk, or all of
//! it, or (of a file that grows) a torn piece, perhaps followed by the zeros that a file system gives for what it never
//! wrote; and whoever called hears of an error. From then on every call fails until the power is back.
//!
//! | | survives |
//! |---|---|
//! | store | every write that returned: each is one atomic write, synced before it returns |
//! | guard | the same, for its file and for the number |
//! | log | what was flushed, and any beginning of what was written since, the last piece torn |
//!
//! Writes that were not flushed reach the disk in their order: no file system that is recommended gives an append's
//! second page before its first.
//!
//! # Backups
//!
//! A copy of the home (store, log and number), without the guard, can be taken of a stopped node and put back later: the mistake that
//! the guard is for.

use std::cell::{Ref, RefCell, RefMut};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sogoc_consensus::simulation::Medium;

use crate::chain::Chain;
use crate::random::Random;
use crate::sabotage::Sabotage;

/// The power failed.
#[derive(Debug)]
pub struct PowerOff;

impl From<PowerOff> for io::Error {
    fn from(_: PowerOff) -> Self {
        io::Error::other("the power is off")
    }
}

/// What is written to the store.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A proposed block.
    Proposal,
    /// A decided one, with all that it does.
    Commit,
}

/// What becomes of the call during which the power fails.
enum Fate {
    Nothing,
    Everything,
}

/// A file as it is, and as it was when it was last synced.
#[derive(Clone, Debug, Default)]
struct LogFile {
    synced: Vec<u8>,
    bytes: Vec<u8>,
    /// Since then.
    writes: Vec<Patch>,
}

#[derive(Clone, Debug)]
enum Patch {
    At(usize, Vec<u8>),
    Length(usize),
}

impl Patch {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::At(place, written) => {
                let end = place + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*place..end].copy_from_slice(written);
            }
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}

/// What a backup of the home holds.
#[derive(Clone)]
pub struct Backup {
    chain: Chain,
    log: Vec<u8>,
    incarnation: u64,
}

struct State {
    sabotage: Option<Sabotage>,
    chain: Chain,
    /// The store as a disk that lies about syncing has it.
    stale: Option<Chain>,
    log: LogFile,
    guard: Option<Vec<u8>>,
    incarnation: u64,
    random: Random,
    /// Synced calls until the power fails.
    fuse: Option<u64>,
    off: bool,
}

impl State {
    /// Counts a call that syncs: `Some` if the power fails during it.
    fn sync(&mut self) -> Result<Option<Fate>, PowerOff> {
        if self.off {
            return Err(PowerOff);
        }
        match self.fuse {
            Some(0) => {
                (self.fuse, self.off) = (None, true);
                Ok(Some(if self.random.happens(500) { Fate::Everything } else { Fate::Nothing }))
            }
            Some(left) => {
                self.fuse = Some(left - 1);
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// A call that syncs and is done whole or not at all.
    fn atomic(&mut self, change: impl FnOnce(&mut Self)) -> Result<(), PowerOff> {
        match self.sync()? {
            None => {
                change(self);
                Ok(())
            }
            Some(fate) => {
                if matches!(fate, Fate::Everything) {
                    change(self);
                }
                Err(PowerOff)
            }
        }
    }

    /// A torn piece of what was to be written.
    fn torn(&mut self, bytes: &[u8]) -> Vec<u8> {
        let length = self.random.below(bytes.len() + 1);
        let mut torn = bytes[..length].to_vec();
        if self.random.happens(250) {
            torn.resize(bytes.len(), 0);
        }
        torn
    }
}

/// See the module. A clone is the same disk.
#[derive(Clone)]
pub struct Disk(Rc<RefCell<State>>);

impl Disk {
    /// A disk with a founded store and nothing else.
    pub fn new(chain: Chain, random: Random, sabotage: Option<Sabotage>) -> Self {
        let log = LogFile::default();
        let state =
            State { sabotage, chain, stale: None, log, guard: None, incarnation: 0, random, fuse: None, off: false };
        Self(Rc::new(RefCell::new(state)))
    }

    /// Lets the power fail during the synced call after the next `calls`.
    pub fn set_fuse(&self, calls: u64) {
        self.0.borrow_mut().fuse = Some(calls);
    }

    /// Lets it not fail.
    pub fn clear_fuse(&self) {
        self.0.borrow_mut().fuse = None;
    }

    /// Whether the power is off.
    pub fn is_off(&self) -> bool {
        self.0.borrow().off
    }

    /// The power fails, if it has not yet, and comes back: only what was synced is left, and of the log any beginning of the rest.
    pub fn power_cycle(&self) {
        let mut state = self.0.borrow_mut();
        (state.off, state.fuse) = (false, None);
        if let Some(stale) = state.stale.take() {
            state.chain = stale;
        }
        let LogFile { mut synced, writes, .. } = std::mem::take(&mut state.log);
        let survive = state.random.below(writes.len() + 1);
        for write in &writes[..survive] {
            write.apply(&mut synced);
        }
        if let Some(Patch::At(place, bytes)) = writes.get(survive) {
            // Nothing is torn but what makes the file longer: a number that is written over another is within a sector.
            if *place >= synced.len() {
                let torn = state.torn(bytes);
                Patch::At(*place, torn).apply(&mut synced);
            }
        }
        state.log = LogFile { bytes: synced.clone(), synced, writes: Vec::new() };
    }

    /// A copy of the home as it is on the disk.
    pub fn back_up(&self) -> Backup {
        let state = self.0.borrow();
        Backup { chain: state.chain.clone(), log: state.log.synced.clone(), incarnation: state.incarnation }
    }

    /// Puts an earlier home in place of this one. The guard stays.
    pub fn restore(&self, backup: &Backup) {
        let Backup { chain, log, incarnation } = backup.clone();
        let mut state = self.0.borrow_mut();
        (state.chain, state.incarnation) = (chain, incarnation);
        state.log = LogFile { synced: log.clone(), bytes: log, writes: Vec::new() };
    }

    /// The store.
    pub fn chain(&self) -> Ref<'_, Chain> {
        Ref::map(self.0.borrow(), |state| &state.chain)
    }

    /// Writes to the store, synced and whole or not at all.
    pub fn write(&self, kind: Write, change: impl FnOnce(&mut Chain)) -> Result<(), PowerOff> {
        self.0.borrow_mut().atomic(|state| {
            let lies = matches!(
                (state.sabotage, kind),
                (Some(Sabotage::Store), Write::Commit) | (Some(Sabotage::Proposals), Write::Proposal)
            );
            if lies && state.stale.is_none() {
                state.stale = Some(state.chain.clone());
            }
            change(&mut state.chain);
            if !lies && state.sabotage == Some(Sabotage::Proposals) {
                state.stale = None;
            }
        })
    }

    /// The engine's log.
    pub fn log_bytes(&self) -> Vec<u8> {
        self.0.borrow().log.bytes.clone()
    }

    /// Cuts the engine's log, synced.
    pub fn cut_log(&self, length: usize) -> Result<(), PowerOff> {
        self.log_write(Patch::Length(length))?;
        self.sync_log()
    }

    fn log_write(&self, write: Patch) -> Result<(), PowerOff> {
        let mut state = self.0.borrow_mut();
        if state.off {
            return Err(PowerOff);
        }
        write.apply(&mut state.log.bytes);
        state.log.writes.push(write);
        Ok(())
    }

    fn sync_log(&self) -> Result<(), PowerOff> {
        let mut state = self.0.borrow_mut();
        if state.sabotage == Some(Sabotage::Log) {
            return Ok(());
        }
        state.atomic(|state| {
            state.log.synced.clone_from(&state.log.bytes);
            state.log.writes.clear();
        })
    }

    fn state(&self) -> RefMut<'_, State> {
        self.0.borrow_mut()
    }
}

/// The engine's log as the engine opens it.
pub struct Log {
    disk: Disk,
    place: usize,
}

impl io::Read for Log {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.0.borrow();
        let rest = state.log.bytes.get(self.place..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.place += count;
        Ok(count)
    }
}

impl io::Write for Log {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.disk.log_write(Patch::At(self.place, buffer.to_vec()))?;
        self.place += buffer.len();
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Log {
    fn seek(&mut self, place: io::SeekFrom) -> io::Result<u64> {
        let from = |base: usize, by: i64| (base as i64 + by) as usize;
        self.place = match place {
            io::SeekFrom::Start(place) => place as usize,
            io::SeekFrom::Current(by) => from(self.place, by),
            io::SeekFrom::End(by) => from(self.disk.0.borrow().log.bytes.len(), by),
        };
        Ok(self.place as u64)
    }
}

impl malachite::app::wal::Storage for Log {
    type OpenOptions = Disk;

    fn open_with(_: impl AsRef<Path>, disk: Disk) -> io::Result<Self> {
        Ok(Self { disk, place: 0 })
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.disk.0.borrow().log.bytes.len() as u64)
    }

    fn truncate_to(&mut self, size: u64) -> io::Result<()> {
        Ok(self.disk.log_write(Patch::Length(size as usize))?)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        Ok(self.disk.sync_log()?)
    }
}

/// The guard's file and the number in the home.
pub struct GuardFile {
    disk: Disk,
    path: PathBuf,
}

impl GuardFile {
    /// On this disk.
    pub fn new(disk: Disk) -> Self {
        Self { disk, path: "guard".into() }
    }
}

impl Medium for GuardFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn incarnation(&self) -> io::Result<u64> {
        Ok(self.disk.0.borrow().incarnation)
    }

    fn set_incarnation(&mut self, number: u64) -> io::Result<()> {
        Ok(self.disk.state().atomic(|state| state.incarnation = number)?)
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.disk.0.borrow().guard.clone())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        Ok(self.disk.state().atomic(|state| state.guard.get_or_insert_default().truncate(length as usize))?)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let (written, done) = match state.sync()? {
            None => (bytes.to_vec(), Ok(())),
            Some(_) => (state.torn(bytes), Err(PowerOff.into())),
        };
        state.guard.get_or_insert_default().extend_from_slice(&written);
        done
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        Ok(self.disk.state().atomic(|state| state.guard = Some(bytes.to_vec()))?)
    }
}
