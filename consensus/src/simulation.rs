//! What the seeded simulation (`tests/simulation`) drives directly: everything of this crate that decides, and nothing that
//! runs as a task, reads a clock or opens a socket. For nobody else.

pub use crate::context::{Address, Context, Height, Proposal, Validator, ValidatorSet, Value, Vote};
pub use crate::fatal::Fatal;
pub use crate::guard::{Guard, GuardError, Logged, Medium, Slot, Step, digest};
pub use crate::judge::{Committed, Judge, Proposed, Taken, parameters};
pub use crate::ledger::Ledger;
pub use crate::memory::SignatureMemory;
pub use crate::metrics::Faults;
pub use crate::parts::{Assembled, Init, Part, STREAM_ID_BYTES, cut};
pub use crate::peers::peer_id;
pub use crate::signing::{ChainVerifier, proposal_message, vote_message};
pub use crate::timeouts::Timeouts;
pub use crate::wal::{Checked, WalError, examine};
pub use crate::wire::Wire;
