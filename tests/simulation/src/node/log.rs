//! The engine's log, written and read as its actors do.

use std::io::{Cursor, Result};

use malachite::app::engine::wal::{decode_entry, encode_entry};
use malachite_consensus::Input;
use sogoc_consensus::simulation::{Context, Height, Wire};

use super::{Core, NotHandled};

impl Core {
    pub(super) fn flush_log(&mut self) -> std::result::Result<(), NotHandled> {
        if self.recovering || !self.is_validator {
            return Ok(());
        }
        self.log.flush().map_err(|error| self.end(error))
    }

    pub(super) fn append_to_log(
        &mut self,
        height: Height,
        entry: Input<Context>,
    ) -> std::result::Result<(), NotHandled> {
        if self.recovering || !self.is_validator || height.0 != self.log_height {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let appended = encode_entry(entry, &Wire, &mut bytes).and_then(|()| self.log.append(&bytes));
        appended.map_err(|error| self.end(error))
    }

    pub(super) fn reset_log(&mut self, height: Height) -> std::result::Result<Vec<Input<Context>>, NotHandled> {
        self.log_height = height.0;
        self.log.reset(height.0).map_err(|error| self.end(error))?;
        Ok(Vec::new())
    }

    /// What the log has of `height`; one of another height begins anew.
    pub(super) fn fetch_log(&mut self, height: Height) -> std::result::Result<Vec<Input<Context>>, NotHandled> {
        if self.log_height == height.0 {
            return Ok(Vec::new());
        }
        if self.log.sequence() != height.0 {
            return self.reset_log(height);
        }
        self.log_height = height.0;
        if self.log.is_empty() {
            return Ok(Vec::new());
        }
        let read = self.log.iter().and_then(|entries| {
            entries.map(|bytes| decode_entry(&Wire, Cursor::new(bytes?))).collect::<Result<Vec<_>>>()
        });
        read.map_err(|error| self.end(format!("engine-safety-failure: {error}")))
    }
}
