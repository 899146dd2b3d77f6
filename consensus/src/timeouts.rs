//! How long a round waits.
//!
//! A member that is down costs one proposal's time and one precommit's at each of its turns: together a second.
//! Each further round waits longer, so that a slow network gets there in the end.

use std::time::Duration;

use malachite_types::LinearTimeouts;

/// See the module.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the proposal and its block, and for executing it.
    pub propose: Duration,
    /// For further prevotes, once two thirds differ.
    pub prevote: Duration,
    /// For further precommits, once two thirds differ.
    pub precommit: Duration,
    /// Added to each in each further round.
    pub delta: Duration,
    /// No wait is longer.
    pub longest: Duration,
    /// A vote that brought no progress is sent again.
    pub rebroadcast: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            propose: Duration::from_millis(750),
            prevote: Duration::from_millis(250),
            precommit: Duration::from_millis(250),
            delta: Duration::from_millis(250),
            longest: Duration::from_secs(20),
            rebroadcast: Duration::from_secs(2),
        }
    }
}

impl From<Timeouts> for LinearTimeouts {
    fn from(timeouts: Timeouts) -> Self {
        Self {
            propose: timeouts.propose,
            propose_delta: timeouts.delta,
            prevote: timeouts.prevote,
            prevote_delta: timeouts.delta,
            precommit: timeouts.precommit,
            precommit_delta: timeouts.delta,
            rebroadcast: timeouts.rebroadcast,
            max_timeout: timeouts.longest,
        }
    }
}
