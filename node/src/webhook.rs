//! Tells receivers of events, each in its own time.
//!
//! # Format
//!
//! Module `message`: one event, one POST, signed. Module `cursor`: how far a target has been told.
//!
//! # Invariants
//!
//! * Each target is told every event that it is configured for, at least once, in their order. The next one is sent when
//!   the one before was taken (2xx).
//! * Nothing is given up: what is not taken is tried again, after [`RETRY_FIRST`] and then twice as long each time up to
//!   [`RETRY_LONGEST`], less up to half of it by chance so that many nodes do not ask at once.
//! * A target that does not answer holds up nobody but itself: it has a task of its own, which reads what is committed and
//!   from which consensus never waits for anything.
//!
//! # Recovery
//!
//! The place is saved at the latest [`SAVE_EVERY`] after a message was taken, and at the end; after a crash what came since
//! is told again. A target without a place begins with the next block; one whose place is damaged too, and it is said.
//!
//! # Errors
//!
//! A store that fails ends the task: whoever writes to the store stops the node.

mod cursor;
mod message;

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sogoc_genesis::{Problem, Problems, Webhook, WebhookSecret};
use sogoc_ledger::name::{Height, IssuerId};
use sogoc_ledger::transition::Tip;
use sogoc_store::Store;
use sogoc_verifier_api::events::{Event, Place, Scan, Scanner};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep};

use crate::failure::Failure;
use cursor::{Cursor, Found};
use message::{Message, Sender};

/// First pause after a message that was not taken.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// Longest pause: a receiver that comes back is told within five minutes.
const RETRY_LONGEST: Duration = Duration::from_secs(300);

/// At most this much is told again after a crash.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Blocks without an event for the target after which the place is saved all the same: a restart reads them in a moment.
const SAVE_BLOCKS: Height = 10_000;

/// Events read at once.
const SCAN_EVENTS: usize = 100;

/// What is known of each target, for the metrics.
#[derive(Default)]
pub struct Counts(Vec<Count>);

#[derive(Default)]
struct Count {
    deliveries: AtomicU64,
    failures: AtomicU64,
    /// Height of the block that it is told of next.
    height: AtomicU64,
}

impl Counts {
    /// As OpenMetrics text, without an end; `newest` is the height of the last block. Targets are named by their position.
    pub fn text(&self, newest: Height) -> String {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, value: &dyn Fn(&Count) -> u64| {
            let suffix = if kind == "counter" { "_total" } else { "" };
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP sogoc_webhook_{name} {help}\n# TYPE sogoc_webhook_{name} {kind}");
            for (target, count) in (1..).zip(&self.0) {
                let _ = writeln!(text, "sogoc_webhook_{name}{suffix}{{target=\"{target}\"}} {}", value(count));
            }
        };
        if !self.0.is_empty() {
            family("deliveries", "counter", "Events that the target took.", &|c| c.deliveries.load(Ordering::Relaxed));
            family("failures", "counter", "Messages that it did not take.", &|c| c.failures.load(Ordering::Relaxed));
            let lag = |c: &Count| newest.saturating_add(1).saturating_sub(c.height.load(Ordering::Relaxed));
            family("lag_blocks", "gauge", "Blocks that it has not been told of.", &lag);
        }
        text
    }
}

/// The targets of a configuration, which are told nothing yet.
pub struct Webhooks {
    targets: Vec<(Webhook, WebhookSecret)>,
    counts: Arc<Counts>,
}

impl Webhooks {
    /// With their secrets.
    ///
    /// # Errors
    /// Every secret that cannot be read.
    pub fn load(webhooks: &[Webhook]) -> Result<Self, Problems> {
        let (mut targets, mut problems) = (Vec::new(), Vec::<Problem>::new());
        for webhook in webhooks {
            match WebhookSecret::load(&webhook.secret) {
                Ok(secret) => targets.push((webhook.clone(), secret)),
                Err(problem) => problems.push(problem),
            }
        }
        let counts = Arc::new(Counts(targets.iter().map(|_| Count::default()).collect()));
        if problems.is_empty() { Ok(Self { targets, counts }) } else { Err(Problems(problems)) }
    }

    /// What is known of them.
    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Tells them what is committed, until `stopping`; the tasks then end at once.
    pub fn start(
        self,
        data: &Path,
        store: &Arc<Store>,
        tips: &watch::Receiver<Arc<Tip>>,
        stopping: &watch::Receiver<bool>,
    ) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let tip = store.tip();
        for (position, (webhook, secret)) in self.targets.into_iter().enumerate() {
            let cursor = Cursor::new(data, &tip.header.chain, &webhook.url);
            let next_block = Place::before(tip.header.height.saturating_add(1));
            let number = position + 1;
            let host = webhook.url.host().to_owned();
            let place = match cursor.load() {
                Found::Place(place) => place,
                Found::Nothing => next_block,
                Found::Damaged => {
                    tracing::warn!(
                        code = "webhook-cursor-damaged", webhook = number, host, begin = %next_block,
                        "how far this webhook had been told is not known: it goes on with the next block"
                    );
                    next_block
                }
            };
            tracing::info!(webhook = number, host, begin = %place, "webhook");
            let mut target = Target {
                number,
                host,
                sender: Sender::new(webhook.url),
                secret: Arc::new(secret),
                issuers: webhook.issuers.map(Arc::from),
                cursor: Arc::new(cursor),
                place,
                saved: None,
                saved_at: Instant::now(),
                store: store.clone(),
                scanner: Scanner::default(),
                counts: self.counts.clone(),
            };
            target.passed(place);
            let (tips, mut stopping) = (tips.clone(), stopping.clone());
            tasks.spawn(async move {
                tokio::select! {
                    () = target.tell(tips) => {}
                    _ = stopping.wait_for(|stop| *stop) => {}
                }
                target.save().await;
            });
        }
        tasks
    }
}

/// Makes the secret of a webhook in a new file.
pub fn new_secret(out: &Path) -> Result<ExitCode, Failure> {
    let written = WebhookSecret::generate().and_then(|secret| secret.write(out));
    written.map_err(Problems::from)?;
    println!("webhook secret / khóa bí mật của webhook: {}", out.display());
    Ok(ExitCode::SUCCESS)
}

/// One receiver.
struct Target {
    number: usize,
    host: String,
    sender: Sender,
    secret: Arc<WebhookSecret>,
    issuers: Option<Arc<[IssuerId]>>,
    cursor: Arc<Cursor>,
    /// Up to here it has been told.
    place: Place,
    /// Up to here the disk knows.
    saved: Option<Place>,
    saved_at: Instant,
    store: Arc<Store>,
    scanner: Scanner,
    counts: Arc<Counts>,
}

impl Target {
    /// Ends when the node has stopped.
    async fn tell(&mut self, mut tips: watch::Receiver<Arc<Tip>>) {
        // From the first start on nothing is missed, whenever the next one is.
        self.save().await;
        loop {
            // Marked as seen before the store is read: a block that comes meanwhile wakes the wait.
            tips.borrow_and_update();
            let Some(scan) = self.scan().await else { return };
            for event in &scan.events {
                if self.deliver(event).await.is_none() {
                    return;
                }
                self.passed(event.place);
                self.save_at_times().await;
            }
            self.passed(scan.place);
            if scan.more {
                continue;
            }
            let told = !scan.events.is_empty();
            let silent =
                self.saved.is_none_or(|saved| self.place.height().saturating_sub(saved.height()) >= SAVE_BLOCKS);
            if told || silent {
                self.save().await;
            }
            if tips.changed().await.is_err() {
                return;
            }
        }
    }

    async fn scan(&mut self) -> Option<Scan> {
        let (store, from, issuers) = (self.store.clone(), self.place, self.issuers.clone());
        let mut scanner = std::mem::take(&mut self.scanner);
        let reading = spawn_blocking(move || {
            let wanted = |event: &Event| {
                issuers.as_ref().is_none_or(|issuers| issuers.iter().any(|issuer| event.concerns(issuer)))
            };
            let scan = scanner.scan(&store, from, SCAN_EVENTS, wanted);
            (scanner, scan)
        });
        let (scanner, scan) = reading.await.ok()?;
        self.scanner = scanner;
        scan.map_err(|_| tracing::error!(webhook = self.number, "the store failed while events were read")).ok()
    }

    fn count(&self) -> Option<&Count> {
        self.counts.0.get(self.number - 1)
    }

    fn passed(&mut self, place: Place) {
        self.place = place;
        if let Some(count) = self.count() {
            count.height.store(place.height(), Ordering::Relaxed);
        }
    }

    /// Sends the event until it is taken; none when the process ends before.
    async fn deliver(&self, event: &Event) -> Option<()> {
        let message = Arc::new(Message::of(event));
        let mut failures = 0;
        loop {
            let (sender, secret, message) = (self.sender.clone(), self.secret.clone(), message.clone());
            let sending = spawn_blocking(move || sender.send(&message, &secret, now()));
            let Err(error) = sending.await.ok()? else { break };
            if let Some(count) = self.count() {
                count.failures.fetch_add(1, Ordering::Relaxed);
            }
            let pause = retry_after(failures, random());
            let again_in_ms = pause.as_millis() as u64;
            tracing::warn!(webhook = self.number, host = self.host, %error, again_in_ms, "webhook not taken");
            failures = failures.saturating_add(1);
            sleep(pause).await;
        }
        if failures > 0 {
            tracing::info!(webhook = self.number, host = self.host, failures, "webhook taken again");
        }
        if let Some(count) = self.count() {
            count.deliveries.fetch_add(1, Ordering::Relaxed);
        }
        Some(())
    }

    async fn save_at_times(&mut self) {
        if self.saved_at.elapsed() >= SAVE_EVERY {
            self.save().await;
        }
    }

    /// A place that cannot be saved is saved later; what was told since is then told again after a crash.
    async fn save(&mut self) {
        self.saved_at = Instant::now();
        if self.saved == Some(self.place) {
            return;
        }
        let (cursor, place) = (self.cursor.clone(), self.place);
        match spawn_blocking(move || cursor.save(place)).await {
            Ok(Ok(())) => self.saved = Some(place),
            Ok(Err(error)) => {
                tracing::error!(webhook = self.number, error = %error.kind(), "how far the webhook was told is not saved");
            }
            Err(_) => {}
        }
    }
}

/// The pause after so many failures before this one; `chance` takes up to half of it away.
fn retry_after(failures: u32, chance: u32) -> Duration {
    let longest = RETRY_FIRST.saturating_mul(2u32.saturating_pow(failures)).min(RETRY_LONGEST);
    let most = (longest / 2).as_millis() as u64;
    longest - Duration::from_millis(most * u64::from(chance) / u64::from(u32::MAX))
}

/// Without randomness all nodes ask at once, and nothing worse.
fn random() -> u32 {
    getrandom::u32().unwrap_or(0)
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_differ_by_half() {
        for (failures, longest) in [(0, 1), (1, 2), (2, 4), (8, 256), (9, 300), (31, 300), (32, 300), (u32::MAX, 300)] {
            let longest = Duration::from_secs(longest);
            assert_eq!(retry_after(failures, 0), longest);
            assert_eq!(retry_after(failures, u32::MAX), longest / 2);
            assert!((longest / 2..longest).contains(&retry_after(failures, u32::MAX / 3)));
        }
    }

    #[test]
    fn metrics_name_targets_by_their_position() {
        let counts = Counts(vec![Count::default(), Count::default()]);
        counts.0[1].deliveries.store(5, Ordering::Relaxed);
        counts.0[1].height.store(58, Ordering::Relaxed);
        let text = counts.text(60);
        for line in [
            "# TYPE sogoc_webhook_deliveries counter",
            "sogoc_webhook_deliveries_total{target=\"1\"} 0",
            "sogoc_webhook_deliveries_total{target=\"2\"} 5",
            "sogoc_webhook_failures_total{target=\"2\"} 0",
            "sogoc_webhook_lag_blocks{target=\"2\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert_eq!(Counts::default().text(60), "");
    }
}
