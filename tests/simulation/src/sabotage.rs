//! Something broken on purpose, to see that it is found.
//!
//! | sabotage | what no longer holds | noticed as |
//! |---|---|---|
//! | `guard` | a signature is in the guard before it leaves, and the guard refuses | two messages for one place |
//! | `log` | the engine's log is on the disk when it was flushed | two messages for one place, or a node that never signs again |
//! | `store` | a block is on the disk when it was committed | a block that was shown is gone |
//! | `proposals` | a proposed block is on the disk before an answer names it | a decided block is missing, a guard's conflict |
//! | `set` | every node takes over the new set at the same height | a header, a set or a block that others refuse |

use clap::ValueEnum;

/// See the module.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sabotage {
    /// Signs whatever is asked.
    Guard,
    /// Does not sync the log.
    Log,
    /// Does not sync commits.
    Store,
    /// Does not sync proposals.
    Proposals,
    /// One node takes over each set a block too early.
    Set,
}
