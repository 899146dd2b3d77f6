//! The next version of the rules, when this program does not know it.
//!
//! A motion sets the height. From the block that passes it until then the node says so: in its log, its metrics and its answer about
//! the chain. After the last block of the old rules it stops: what it would make of the next block is not what others make of it.

use sogoc_ledger::block::PROTOCOL_VERSION;
use sogoc_ledger::name::Height;
use sogoc_ledger::record::{Protocol, Upgrade};
use sogoc_ledger::state::{StateReader, StoreFault};
use sogoc_ledger::transition;

use crate::fatal::Fatal;

/// The scheduled version, if this program does not know it.
///
/// # Errors
/// The store failed.
pub fn unknown(state: &impl StateReader) -> Result<Option<Upgrade>, StoreFault> {
    let Protocol { version, upgrade } = transition::protocol(state)?;
    // In force already: a store that a newer program wrote.
    let in_force = (version != PROTOCOL_VERSION).then_some(Upgrade { version, from: 0 });
    Ok(in_force.or(upgrade.filter(|upgrade| upgrade.version != PROTOCOL_VERSION)))
}

/// Why the block at `height` cannot be made or judged by this program.
pub fn prevents(unknown: Option<Upgrade>, height: Height) -> Option<Fatal> {
    let upgrade = unknown.filter(|upgrade| upgrade.from <= height)?;
    let detail = format!(
        "block {height} follows version {} of the rules, this program knows version {PROTOCOL_VERSION}: install the program that \
         the motion names",
        upgrade.version
    );
    Some(Fatal { code: "needs-upgrade", detail })
}

/// Says it in the log.
pub fn warn(unknown: Option<Upgrade>) {
    if let Some(Upgrade { version, from }) = unknown {
        tracing::warn!(version, from, known = PROTOCOL_VERSION, "this program must be replaced before that height");
    }
}
