//! What runs did, for people.

use std::time::Duration;

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Digest over all events.
    pub trace: String,
    /// Events.
    pub events: u64,
    /// The last common height.
    pub height: u64,
    /// Blocks committed, by all nodes.
    pub commits: u64,
    /// Highest round.
    pub rounds: i64,
    /// Changes of the validator set that took effect.
    pub changes: u64,
    /// Wishes of clients that were acknowledged.
    pub acknowledged: u64,
    /// Receipts verified.
    pub receipts: u64,
    /// Crashes, of which during a sync.
    pub crashes: u64,
    /// Crashes that came during a synced call.
    pub torn: u64,
    /// Homes restored from a backup, with nodes that then only followed.
    pub restored: u64,
    /// Partitions.
    pub partitions: u64,
    /// Messages lost, to weather or partitions.
    pub lost: u64,
    /// Messages that lied.
    pub lies: u64,
    /// Evidence of lies that nodes collected.
    pub evidence: u64,
    /// Virtual seconds.
    pub seconds: u64,
}

/// What all runs did.
#[derive(Default)]
pub struct Sums {
    /// Seeds that kept every promise.
    pub passed: u64,
    /// Seeds that were run twice.
    pub twice: u64,
    /// Seeds that did not, and what they broke.
    pub failures: Vec<(u64, String)>,
    sum: Figures,
}

impl Sums {
    /// Adds a run.
    pub fn add(&mut self, figures: &Figures) {
        let sum = &mut self.sum;
        sum.events += figures.events;
        sum.height += figures.height;
        sum.commits += figures.commits;
        sum.rounds = sum.rounds.max(figures.rounds);
        sum.changes += figures.changes;
        sum.acknowledged += figures.acknowledged;
        sum.receipts += figures.receipts;
        sum.crashes += figures.crashes;
        sum.torn += figures.torn;
        sum.restored += figures.restored;
        sum.partitions += figures.partitions;
        sum.lost += figures.lost;
        sum.lies += figures.lies;
        sum.evidence += figures.evidence;
        sum.seconds += figures.seconds;
    }

    /// Tells people.
    pub fn print(&self, took: Duration) {
        let Figures { events, height, commits, rounds, changes, acknowledged, receipts, .. } = &self.sum;
        let Figures { crashes, torn, restored, partitions, lost, lies, evidence, seconds, .. } = &self.sum;
        println!(
            "{} seeds in {} s, {} of them twice: {seconds} virtual seconds",
            self.passed,
            took.as_secs(),
            self.twice
        );
        println!(
            "  {height} heights, {commits} commits, {events} events, rounds up to {rounds}, {changes} changes of the set"
        );
        println!("  {acknowledged} transactions acknowledged, {receipts} receipts verified");
        println!("  {crashes} crashes ({torn} during a sync), {restored} homes restored, {partitions} partitions");
        println!("  {lost} messages lost, {lies} lies ({evidence} found out)");
    }
}
