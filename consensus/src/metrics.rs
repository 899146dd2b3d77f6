//! Numbers for Prometheus: the engine's own, then ours, which begin with `sogoc_`.

use std::fmt::Write;

use crate::gossip::Counters;
use crate::node::Health;

/// The text format ends with this line, and with nothing after it.
const END: &str = "# EOF\n";

/// The engine's registry and what `health` and `gossip` say.
pub fn text(health: &Health, gossip: &Counters) -> String {
    let mut text = String::new();
    malachite::app::metrics::export(&mut text);
    if text.ends_with(END) {
        text.truncate(text.len() - END.len());
    }
    let numbers = [
        ("sogoc_height", "gauge", "Height of the last block.", health.height),
        ("sogoc_last_block_time_ms", "gauge", "Time of the last block.", health.last_decided_at.0),
        ("sogoc_peers", "gauge", "Connected peers.", health.peers as u64),
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

    #[test]
    fn ours_follow_the_engines_and_the_end_is_the_end() {
        let health = Health {
            height: 7,
            peers: 3,
            pool_transactions: 2,
            pool_bytes: 500,
            last_decided_at: Time(9),
            engine_ok: true,
        };
        let gossip = Counters { faults: [(Fault::Stranger, 4)].into(), ..Counters::default() };
        let text = text(&health, &gossip);
        assert!(text.contains("# TYPE sogoc_height gauge\nsogoc_height 7\n"));
        assert!(text.contains("sogoc_gossip_faults_total{fault=\"stranger\"} 4\n"));
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with(END));
    }
}
