//! Transactions come in, from clients and from peers; what is good waits in the pool and is passed on.
//!
//! # What is good
//!
//! A transaction that the next block could contain as its first: valid on the last block's state at the present time,
//! signatures included. Whether it still is when its turn comes, the proposer finds out.
//!
//! # Invariants
//!
//! * Nothing is passed on before it was found good here.
//! * Accepted means: it waits here, and was handed to the peers. Final is something else.
//! * A peer is reported only for what no honest node passes on, whatever block it is at.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use libp2p::PeerId;
use sogoc_ledger::Hash;
use sogoc_ledger::block::{Body, MAX_BODY_BYTES};
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::{ChainId, Height, Time};
use sogoc_ledger::record::Validators;
use sogoc_ledger::refusal::Refusal;
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::transaction::{Act, Ballot, Request, Transaction};
use sogoc_ledger::transition::{self, ApplyError, Overlay};
use sogoc_store::Store;
use tokio::sync::{mpsc, watch};

use crate::clock;
use crate::fatal::{Alarm, Fatal};
use crate::gossip::{Fault, Gossip, Inbound, Work, WorkFilter, WorkRefused};
use crate::memory::SignatureMemory;
use crate::pool::{Inserted, Pending, Pool, PoolFull};
use crate::upgrade;

/// Transactions of one proposal. Executing this many takes proposer and voters a fifth of a second each, well within the time for a proposal.
const PROPOSAL_TRANSACTIONS_MAX: usize = 2_000;

/// Transactions offered to a peer that has just come: what a proposal holds.
const OFFERED_MAX: usize = PROPOSAL_TRANSACTIONS_MAX;

/// How long the word that a node is ready may wait for a block, in milliseconds.
const READY_VALID_MS: u64 = 600_000;

/// Why a transaction does not wait here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It is not valid.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no room for it now.
    #[error(transparent)]
    PoolFull(#[from] PoolFull),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopped,
}

/// What wakes a host that has nothing to do.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Stirring {
    /// Grows with every transaction that comes in.
    pub arrived: u64,
    /// The highest height for which a validator says it has work.
    pub work: Height,
    /// The height that the network has reached ([`readiness`](crate::readiness)).
    pub reached: Height,
}

/// See the module.
pub struct Intake {
    store: Arc<Store>,
    chain: ChainId,
    consensus: Option<SigningKey>,
    pool: Mutex<Pool>,
    memory: Arc<SignatureMemory>,
    gossip: Gossip,
    alarm: Alarm,
    stirring: watch::Sender<Stirring>,
    /// The highest height that this node announced work for.
    announced: Mutex<Height>,
    /// The last motion that this node said it is ready for, and until when that may be recorded.
    said_ready: Mutex<Option<(Hash, Time)>>,
}

impl Intake {
    /// An empty pool over `store`. With `consensus`, the key of a validator, it announces work.
    pub fn new(store: Arc<Store>, consensus: Option<SigningKey>, gossip: Gossip, alarm: Alarm) -> Self {
        let chain = store.tip().header.chain.clone();
        Self {
            store,
            chain,
            consensus,
            pool: Mutex::default(),
            memory: Arc::default(),
            gossip,
            alarm,
            stirring: watch::Sender::new(Stirring::default()),
            announced: Mutex::new(0),
            said_ready: Mutex::default(),
        }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the host.
    pub fn stirring(&self) -> watch::Receiver<Stirring> {
        self.stirring.subscribe()
    }

    /// The memory of verified signatures, for executing blocks.
    pub fn memory(&self) -> &Arc<SignatureMemory> {
        &self.memory
    }

    /// How many transactions wait, and their bytes.
    pub fn load(&self) -> (usize, usize) {
        let pool = self.pool();
        (pool.len(), pool.bytes())
    }

    /// Takes a client's transaction; its id. Known already is as good as new.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn submit(&self, transaction: Transaction) -> Result<Hash, SubmitError> {
        let id = transaction.id();
        let bytes = Bytes::from(codec::encode(&transaction));
        if self.admit(transaction, bytes.len())? == Inserted::New {
            self.gossip.publish(bytes);
            self.stir(1);
        }
        Ok(id)
    }

    fn admit(&self, transaction: Transaction, size: usize) -> Result<Inserted, SubmitError> {
        if self.alarm.listen().borrow().is_some() {
            return Err(SubmitError::Stopped);
        }
        if self.pool().get(&transaction.id()).is_some() {
            return Ok(Inserted::Known);
        }
        let view = self.store.view();
        let time = clock::after(view.tip().header.time);
        let checked = Overlay::begin(&view, view.tip(), time)
            .map_err(ApplyError::Store)
            .and_then(|mut overlay| overlay.apply(&transaction, &*self.memory));
        match checked {
            Ok(()) => Ok(self.pool().insert(transaction, size)?),
            Err(ApplyError::Refused(refusal)) => Err(refusal.into()),
            Err(ApplyError::Store(fault)) => {
                let next = view.tip().header.height + 1;
                let upgrade = upgrade::unknown(&view).ok().and_then(|unknown| upgrade::prevents(unknown, next));
                let failed = || Fatal { code: "store-failed", detail: fault.to_string() };
                self.alarm.raise(upgrade.unwrap_or_else(failed));
                Err(SubmitError::Stopped)
            }
        }
    }

    fn stir(&self, arrived: u64) {
        self.stirring.send_modify(|stirring| stirring.arrived += arrived);
    }

    /// Receives from peers until the gossip stops.
    pub async fn receive(self: Arc<Self>, mut inbound: mpsc::Receiver<Inbound>) {
        let mut filter = WorkFilter::default();
        while let Some(message) = inbound.recv().await {
            match message {
                Inbound::Joined(peer) => self.gossip.offer(peer, self.waiting()),
                Inbound::Transactions(peer, transactions) => {
                    let intake = Arc::clone(&self);
                    // Signatures are verified off the threads that carry votes.
                    let taken = tokio::task::spawn_blocking(move || intake.take(peer, transactions)).await;
                    if let Err(panicked) = taken {
                        tracing::error!(%panicked, "taking transactions from a peer");
                    }
                }
                Inbound::Work(peer, work) => self.take_work(&mut filter, peer, work),
            }
        }
        self.alarm.raise(Fatal { code: "gossip-stopped", detail: "the transaction network ended".into() });
    }

    fn waiting(&self) -> Vec<Bytes> {
        let pending = self.pool().candidates(OFFERED_MAX, MAX_BODY_BYTES);
        pending.iter().map(|pending| codec::encode(&pending.transaction).into()).collect()
    }

    fn take(&self, peer: PeerId, transactions: Vec<Bytes>) {
        let mut arrived = 0;
        for bytes in transactions {
            let Ok(transaction) = Transaction::from_bytes(&bytes) else {
                self.gossip.report(peer, Fault::ForgedTransaction);
                break;
            };
            match self.admit(transaction, bytes.len()) {
                Ok(Inserted::New) => {
                    self.gossip.publish_from(peer, bytes);
                    arrived += 1;
                }
                Ok(Inserted::Known) | Err(SubmitError::PoolFull(_)) => {}
                Err(SubmitError::Refused(refusal)) if no_honest_node_passes_on(refusal) => {
                    tracing::warn!(%peer, %refusal, "a peer passed on a forged transaction");
                    self.gossip.report(peer, Fault::ForgedTransaction);
                    break;
                }
                Err(SubmitError::Refused(_)) => {}
                Err(SubmitError::Stopped) => break,
            }
        }
        if arrived > 0 {
            self.stir(arrived);
        }
    }

    fn take_work(&self, filter: &mut WorkFilter, peer: PeerId, work: Work) {
        let view = self.store.view();
        let validators = match transition::validators(&view) {
            Ok(validators) => validators,
            Err(fault) => return self.alarm.raise(Fatal { code: "store-failed", detail: fault.to_string() }),
        };
        match filter.admit(&work, &self.chain, &validators, view.tip().header.height + 1) {
            Ok(()) => {
                self.gossip.relay_work(peer, work);
                self.stirring.send_if_modified(|stirring| {
                    let news = work.height > stirring.work;
                    stirring.work = stirring.work.max(work.height);
                    news
                });
            }
            Err(WorkRefused::WrongSignature) => self.gossip.report(peer, Fault::ForgedWork),
            Err(WorkRefused::NothingNew | WorkRefused::TooFarAhead | WorkRefused::NotAValidator) => {}
        }
    }

    /// Tells the peers, once for each height, that a validator has transactions for it.
    pub fn announce(&self, height: Height) {
        let Some(key) = self.consensus.as_ref().filter(|_| !self.pool().is_empty()) else { return };
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        if *announced < height {
            *announced = height;
            self.gossip.announce_work(Work::sign(&self.chain, height, key));
        }
    }

    /// Wakes the host if the network has got further than was known.
    pub fn reached(&self, height: Height) {
        self.stirring.send_if_modified(|stirring| {
            let news = height > stirring.reached;
            stirring.reached = stirring.reached.max(height);
            news
        });
    }

    /// If this node's key is one that a plan waits for, says on the ledger that it is ready: once, and again if that was not
    /// recorded in time. Called while the node is.
    pub fn say_ready(&self, validators: &Validators) {
        let (Some(key), Some(plan)) = (&self.consensus, &validators.plan) else { return };
        let own = public_key(key);
        let mut said = self.said_ready.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now();
        let pending = said.is_some_and(|(motion, until)| motion == plan.motion && now <= until);
        let mut incoming = plan.steps.iter().flat_map(|step| &step.add);
        if pending || plan.ready.contains(&own.thumbprint()) || !incoming.any(|new| new.member.consensus == own) {
            return;
        }
        let valid_until = Time(now.0 + READY_VALID_MS);
        let act = Act::Member { key: own.thumbprint(), ballot: Ballot::Ready { motion: plan.motion } };
        let request = Request { chain: self.chain.clone(), valid_until, act };
        let signature = sign(key, Domain::TRANSACTION, &codec::encode(&request));
        let Some(signatures) = List::new(vec![signature]) else { return };
        *said = Some((plan.motion, valid_until));
        match self.submit(Transaction { request, signatures }) {
            Ok(_) => tracing::info!(motion = %plan.motion, "this node is ready to sign, and has said so"),
            Err(error) => {
                tracing::warn!(motion = %plan.motion, %error, "this node is ready to sign, and could not say so")
            }
        }
    }

    /// Whether transactions wait.
    pub fn has_work(&self) -> bool {
        !self.pool().is_empty()
    }

    /// The oldest, as many as one proposal should have.
    pub fn candidates(&self) -> Vec<Arc<Pending>> {
        self.pool().candidates(PROPOSAL_TRANSACTIONS_MAX, MAX_BODY_BYTES)
    }

    /// Forgets transactions that a proposer found to be no longer valid.
    pub fn forget(&self, refused: &[Hash]) {
        self.pool().remove(refused);
    }

    /// Forgets what a block has sealed, and what no later block may contain.
    pub fn sealed(&self, body: &Body, time: Time) {
        let ids: Vec<Hash> = body.transactions.iter().map(Transaction::id).collect();
        let mut pool = self.pool();
        pool.remove(&ids);
        pool.expire(time);
    }
}

/// Refusals that do not depend on which block a node is at: keys are never removed from an issuer, and keep their roles.
fn no_honest_node_passes_on(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::OtherChain
            | Refusal::SignatureCount
            | Refusal::SameApprover
            | Refusal::WrongSignature
            | Refusal::EmptyBatch
            | Refusal::EqualLeaves
            | Refusal::EmptyMotion
            | Refusal::NoDecision
            | Refusal::NoPossession
            | Refusal::BadKey
    )
}
