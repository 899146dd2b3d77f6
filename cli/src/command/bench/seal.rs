//! Seals random leaves, open loop: batches are handed in on schedule whether or not earlier ones are sealed.
//! It counts what was sealed, proven, and the time until the last was; the drain is part of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sogoc_genesis::IssuerSecretKey;
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::name::{BatchId, Period, Time};
use sogoc_ledger::receipt::Pointer;
use sogoc_ledger::record::Origin;
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Action, ChangeStatus, Issue, Transaction};

use super::{Target, synced_write_us};
use crate::client::Client;
use crate::failure::{Failure, NOT_DONE};
use crate::sealing::signed;

/// Between two looks at the height while the pool drains.
const LOOK: Duration = Duration::from_millis(20);
/// The drain may take this long; then what is missing counts as lost.
const DRAIN_MAX: Duration = Duration::from_secs(300);

/// Options of the measurement.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Leaves in a batch.
    #[arg(long, default_value_t = 40)]
    batch: usize,
    /// Leaves to hand in a second.
    #[arg(long, default_value_t = 15_000)]
    rate: u64,
    /// How long to hand in, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Threads that hand in.
    #[arg(long, default_value_t = 4)]
    threads: u64,
}

/// What random batches are made of.
pub struct Load {
    key: IssuerSecretKey,
    anchor: Checkpoint,
    grant: u16,
    document_type: sogoc_ledger::name::TypeId,
    period: Period,
    valid_until: Time,
}

impl Load {
    /// Asks the node what it needs to know.
    pub fn new(target: &Target, client: &Client) -> Result<Self, Failure> {
        let key = IssuerSecretKey::load(&target.key)?;
        let anchor = client.checkpoint(None)?;
        let issuer = client.issuer(key.issuer())?;
        let grant = issuer.grants.first().ok_or(sogoc_ledger::refusal::Refusal::UnknownGrant)?;
        let valid_until = Time(anchor.header.time.0 + 3_600_000);
        let period = Text::new("bench").expect("a short text");
        Ok(Self { document_type: grant.document_type.clone(), grant: 0, key, anchor, period, valid_until })
    }

    /// A batch that was never there before.
    pub fn batch(&self, leaves: usize) -> Result<(Pointer, Transaction), Failure> {
        let mut random = vec![0u8; 16 + leaves * 32];
        getrandom::fill(&mut random).map_err(|_| Failure::not_done("no-randomness", "", ""))?;
        let (id, random) = random.split_at(16);
        let mut batch = BatchId([0; 16]);
        batch.0.copy_from_slice(id);
        let leaves = random.chunks_exact(32).map(|leaf| {
            let mut hash = Hash::ZERO;
            hash.0.copy_from_slice(leaf);
            hash
        });
        let pointer = Pointer { chain: self.anchor.header.chain.clone(), issuer: self.key.issuer().clone(), batch };
        let issue = Issue {
            batch,
            act_for: None,
            origin: Origin::Issued,
            grant: self.grant,
            document_type: self.document_type.clone(),
            schema: 1,
            period: self.period.clone(),
            leaves: List::new(leaves.collect())
                .ok_or_else(|| Failure::refused("batch-too-large", "Lô quá lớn.", "The batch is too large."))?,
        };
        let transaction = signed(&pointer.chain, self.valid_until, &self.key, None, Action::Issue(issue));
        Ok((pointer, transaction))
    }

    /// Suspends the first document of a batch of which nothing has changed yet.
    pub fn suspension(&self, pointer: &Pointer, approver: &IssuerSecretKey) -> Transaction {
        let change = ChangeStatus {
            batch_issuer: pointer.issuer.clone(),
            batch: pointer.batch,
            index: 0,
            seen: 0,
            to: Status::Suspended,
            commitment: Hash([1; 32]),
        };
        signed(&pointer.chain, self.valid_until, &self.key, Some(approver), Action::ChangeStatus(change))
    }

    /// What the batches are about.
    pub fn period(&self) -> &Period {
        &self.period
    }

    /// What proofs are checked against.
    pub fn anchor(&self) -> &Checkpoint {
        &self.anchor
    }
}

/// Runs the measurement.
pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let clients: Vec<Client> = arguments.target.node.iter().map(|url| Client::new(url)).collect();
    let load = Load::new(&arguments.target, &clients[0])?;
    let sync_before = synced_write_us()?;
    let before = clients[0].latest()?;
    let batches = arguments.rate * arguments.seconds / arguments.batch as u64;
    let (next, busy) = (AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    let handed_in: Vec<Result<Vec<Pointer>, Failure>> = thread::scope(|scope| {
        let workers = (0..arguments.threads).map(|worker| {
            let client = &clients[worker as usize % clients.len()];
            let (load, next, busy) = (&load, &next, &busy);
            scope.spawn(move || hand_in(arguments, load, client, next, busy, batches, start))
        });
        let workers: Vec<_> = workers.collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    let offered = start.elapsed();
    let pointers: Vec<Pointer> = handed_in.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let expected = before.leaves + (pointers.len() * arguments.batch) as u64;
    let mut last = clients[0].latest()?;
    while last.leaves < expected && start.elapsed() < offered + DRAIN_MAX {
        thread::sleep(LOOK);
        last = clients[0].latest()?;
    }
    let elapsed = start.elapsed();
    let mut proven = 0u64;
    let mut leaves = 0u64;
    let mut example = Value::Null;
    for pointer in &pointers {
        let Some(proof) = clients[0].batch(pointer, load.anchor().header.height, 0)? else { continue };
        proof.verify(pointer, load.anchor()).map_err(|error| Failure::from(&error))?;
        proven += 1;
        leaves += u64::from(proof.batch.size);
        if example.is_null() {
            example = json!(sogoc_ledger::codec::encode(&proof).len());
        }
    }
    if proven < pointers.len() as u64 {
        eprintln!("{} of {} batches were not sealed", pointers.len() as u64 - proven, pointers.len());
    }
    let blocks = last.height - before.height;
    Ok(json!({
        "measured": "sealing, open loop",
        "batch": arguments.batch,
        "offered_per_second": arguments.rate,
        "offered_for_ms": offered.as_millis() as u64,
        "batches_sealed_and_proven": proven,
        "batches_handed_in": pointers.len(),
        "leaves_sealed": leaves,
        "until_last_sealed_ms": elapsed.as_millis() as u64,
        "leaves_per_second": leaves * 1_000 / (elapsed.as_millis() as u64).max(1),
        "blocks": blocks,
        "times_busy": busy.load(Ordering::Relaxed),
        "batch_proof_bytes": example,
        "synced_write_us": [sync_before, synced_write_us()?],
    }))
}

/// Hands in batches on schedule until there are enough.
fn hand_in(
    arguments: &Arguments,
    load: &Load,
    client: &Client,
    next: &AtomicU64,
    busy: &AtomicU64,
    batches: u64,
    start: Instant,
) -> Result<Vec<Pointer>, Failure> {
    let mut pointers = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= batches {
            return Ok(pointers);
        }
        let due = Duration::from_micros(number * arguments.batch as u64 * 1_000_000 / arguments.rate);
        let (pointer, transaction) = load.batch(arguments.batch)?;
        thread::sleep(due.saturating_sub(start.elapsed()));
        loop {
            match client.submit(&transaction) {
                Ok(()) => break,
                Err(failure) if failure.exit == NOT_DONE => {
                    busy.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(LOOK);
                }
                Err(failure) => return Err(failure),
            }
        }
        pointers.push(pointer);
    }
}
