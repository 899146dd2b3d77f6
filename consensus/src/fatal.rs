//! The end of the process: who noticed, and what an operator does.
//!
//! # Codes
//!
//! | code | meaning | restart? |
//! |---|---|---|
//! | `store-failed` | a read, write or sync of the store failed | after the disk is seen to |
//! | `diverged` | more than two thirds decided a block that this node finds invalid | no: `fsck`, then report |
//! | `needs-upgrade` | the next block follows rules that this program does not know | no: install the program that the motion names |
//! | `guard-conflict` | asked to sign against what it signed before | no: another copy may be running |
//! | `guard-failed` | the guard's file could not be written | after the disk is seen to |
//! | `engine-safety-failure` | the engine lost its log and hangs on purpose | no: its disk is in doubt |
//! | `host-failed` | a defect of this program | no: report it |
//! | `engine-stopped` | a part of the engine failed safely | yes |
//! | `gossip-stopped` | the transaction network failed | yes |
//!
//! Invariant: the first alarm is the one that is reported.

use sogoc_ledger::state::StoreFault;
use tokio::sync::watch;

/// Why the process ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Fatal {
    /// One of the codes above.
    pub code: &'static str,
    /// What happened, for the log.
    pub detail: String,
}

impl From<StoreFault> for Fatal {
    fn from(fault: StoreFault) -> Self {
        Self { code: "store-failed", detail: fault.to_string() }
    }
}

impl Fatal {
    /// Whether a service manager may start the process again without a person looking first.
    pub fn may_restart(&self) -> bool {
        matches!(self.code, "engine-stopped" | "gossip-stopped")
    }
}

/// Raised once; heard by whoever holds the other end.
#[derive(Clone, Debug)]
pub struct Alarm(watch::Sender<Option<Fatal>>);

impl Default for Alarm {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Alarm {
    /// Says why the process must end. Only the first reason counts.
    pub fn raise(&self, fatal: Fatal) {
        tracing::error!(code = fatal.code, detail = fatal.detail, "the node must stop");
        self.0.send_if_modified(|raised| {
            let first = raised.is_none();
            raised.get_or_insert(fatal);
            first
        });
    }

    /// Hears the alarm.
    pub fn listen(&self) -> watch::Receiver<Option<Fatal>> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_is_the_one_reported() {
        let alarm = Alarm::default();
        let heard = alarm.listen();
        let fatal = |code| Fatal { code, detail: String::new() };
        alarm.raise(fatal("store-failed"));
        alarm.raise(fatal("engine-stopped"));
        assert_eq!(*heard.borrow(), Some(fatal("store-failed")));
        assert!(!fatal("store-failed").may_restart() && fatal("engine-stopped").may_restart());
    }
}
