//! Numbers for Prometheus: the engine's own, then ours, which begin with `sogoc_`.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::gossip::Counters;
use crate::node::Health;
use crate::readiness::Reason;

/// The text format ends with this line, and with nothing after it.
const END: &str = "# EOF\n";

/// What was refused since the start though it claimed to be consensus.
#[derive(Debug, Default)]
pub struct Faults {
    signatures: AtomicU64,
    blocks: AtomicU64,
}

impl Faults {
    /// A vote, a proposal or a precommit of a certificate whose signature is wrong.
    pub fn count_signature(&self) {
        self.signatures.fetch_add(1, Ordering::Relaxed);
    }

    /// A block that is not valid on the last one.
    pub fn count_block(&self) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
    }

    /// Signatures so far.
    pub fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }

    /// Blocks so far.
    pub fn blocks(&self) -> u64 {
        self.blocks.load(Ordering::Relaxed)
    }
}

/// The engine's registry and what `health`, `gossip` and `faults` say.
pub fn text(health: &Health, gossip: &Counters, faults: &Faults) -> String {
    let mut text = String::new();
    malachite::app::metrics::export(&mut text);
    if text.ends_with(END) {
        text.truncate(text.len() - END.len());
    }
    let numbers = [
        ("sogoc_height", "gauge", "Height of the last block.", health.height),
        ("sogoc_network_height", "gauge", "Height that the network has reached.", health.network_height),
        ("sogoc_seconds_since_block", "gauge", "Since this node had a new block.", health.since_block.as_secs()),
        (
            "sogoc_ready",
            "gauge",
            "1 while it serves the network's present state.",
            u64::from(health.not_ready.is_none()),
        ),
        ("sogoc_validators", "gauge", "Validators that sign the next block.", health.validators as u64),
        ("sogoc_blocks_refused_total", "counter", "Blocks that are not valid.", faults.blocks()),
        ("sogoc_signatures_refused_total", "counter", "Votes with a wrong signature.", faults.signatures()),
        ("sogoc_last_block_time_ms", "gauge", "Time of the last block.", health.last_decided_at.0),
        (
            "sogoc_upgrade_height",
            "gauge",
            "First block of rules that this program does not know, 0 if none are scheduled.",
            health.upgrade.map_or(0, |upgrade| upgrade.from),
        ),
        ("sogoc_peers", "gauge", "Connected peers.", health.peers as u64),
        ("sogoc_observers", "gauge", "Observers that the address book admits.", health.observers as u64),
        ("sogoc_validates", "gauge", "1 if it signs the next block, 0 if it observes.", u64::from(health.validates)),
        ("sogoc_pool_transactions", "gauge", "Transactions that wait.", health.pool_transactions as u64),
        ("sogoc_pool_bytes", "gauge", "Their bytes.", health.pool_bytes as u64),
        ("sogoc_engine_ok", "gauge", "1 while nothing has failed.", u64::from(health.engine_ok)),
        ("sogoc_gossip_transactions_sent_total", "counter", "Transactions that peers took.", gossip.transactions_sent),
        (
            "sogoc_gossip_transactions_received_total",
            "counter",
            "Transactions from peers.",
            gossip.transactions_received,
        ),
        (
            "sogoc_gossip_transactions_dropped_total",
            "counter",
            "Transactions dropped for slow peers.",
            gossip.transactions_dropped,
        ),
    ];
    for (name, kind, help, number) in numbers {
        let family = name.strip_suffix("_total").unwrap_or(name);
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {family} {help}\n# TYPE {family} {kind}\n{name} {number}");
    }
    let _ = writeln!(text, "# HELP sogoc_not_ready 1 while this is why it is not ready.\n# TYPE sogoc_not_ready gauge");
    for reason in Reason::ALL {
        let holds = u64::from(health.not_ready == Some(reason));
        let _ = writeln!(text, "sogoc_not_ready{{reason=\"{}\"}} {holds}", reason.code());
    }
    let _ =
        writeln!(text, "# HELP sogoc_gossip_faults Peers disconnected or refused.\n# TYPE sogoc_gossip_faults counter");
    for (fault, count) in &gossip.faults {
        let _ = writeln!(text, "sogoc_gossip_faults_total{{fault=\"{}\"}} {count}", fault.code());
    }
    text + END
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gossip::Fault;
    use sogoc_ledger::name::Time;
    use std::time::Duration;

    #[test]
    fn ours_follow_the_engines_and_the_end_is_the_end() {
        let health = Health {
            not_ready: Some(Reason::Stalled),
            height: 7,
            network_height: 9,
            since_block: Duration::from_millis(12_900),
            peers: 3,
            observers: 1,
            validators: 4,
            validates: true,
            pool_transactions: 2,
            pool_bytes: 500,
            last_decided_at: Time(9),
            upgrade: None,
            engine_ok: true,
        };
        let gossip = Counters { faults: [(Fault::Stranger, 4)].into(), ..Counters::default() };
        let faults = Faults::default();
        faults.count_block();
        let text = text(&health, &gossip, &faults);
        for expected in [
            "# TYPE sogoc_height gauge\nsogoc_height 7\n",
            "\nsogoc_network_height 9\n",
            "\nsogoc_seconds_since_block 12\n",
            "\nsogoc_ready 0\n",
            "\nsogoc_not_ready{reason=\"stalled\"} 1\n",
            "\nsogoc_not_ready{reason=\"engine-failed\"} 0\n",
            "# TYPE sogoc_blocks_refused counter\nsogoc_blocks_refused_total 1\n",
            "\nsogoc_signatures_refused_total 0\n",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(text.contains("sogoc_gossip_faults_total{fault=\"stranger\"} 4\n"));
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with(END));
    }
}
