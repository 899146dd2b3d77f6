//! The local clock: read when proposing, when voting and when a transaction comes in; never when a block is applied.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sogoc_ledger::name::Time;

/// Now. A clock before 1970 reads 0, and every block then looks as if from the future.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The time of a block that follows one of `parent`: now, or just after the parent if the clock is behind it.
pub fn after(parent: Time) -> Time {
    next(now(), parent)
}

/// The same, by a clock that shows `now`.
pub fn next(now: Time, parent: Time) -> Time {
    now.max(Time(parent.0.saturating_add(1)))
}
