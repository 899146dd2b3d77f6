//! The host alone: what it answers to an engine that asks, and to bytes that lie.

use std::time::Duration;

use super::idle::WORK_GRACE;
use super::*;
use crate::fatal::Alarm;
use crate::fixture::{genesis, key, passed, seal, upgrade};
use crate::gossip::{self, GossipConfig};
use crate::intake::Stirring;
use crate::judge::BLOCKS_OFFERED_MAX;
use crate::parts::cut;
use crate::peers;
use libp2p::identity::Keypair;
use malachite::app::engine::host::{Next, SyncedValueOutcome};
use malachite_consensus::ProposedValue;
use malachite_types::{CommitCertificate, CommitSignature, Context as _, Validator as _, Validity};
use sogoc_ledger::Hash;
use sogoc_ledger::block::Block;
use sogoc_ledger::codec;
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::Time;
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::transition::{self, UPGRADE_NOTICE_BLOCKS};
use sogoc_ledger::validator::{VoteKind, vote_bytes};
use tempfile::TempDir;
use tokio::sync::oneshot;

struct Bench {
    host: Host,
    store: Arc<Store>,
    intake: Arc<Intake>,
    published: mpsc::Receiver<NetworkMsg<Context>>,
    _directory: TempDir,
}

fn bench(genesis: &Genesis) -> Bench {
    let directory = TempDir::new().unwrap();
    let store = Arc::new(Store::open(&directory.path().join("db"), genesis).unwrap());
    let (_, allowed) = watch::channel(Arc::default());
    let config = GossipConfig {
        chain: genesis.chain.clone(),
        network: Keypair::ed25519_from_bytes([51; 32]).unwrap(),
        listen: "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
    };
    let (gossip, _) = gossip::start(config, allowed).unwrap();
    let intake = Arc::new(Intake::new(Arc::clone(&store), Some(key(1)), gossip, Alarm::default()));
    let (network, published) = mpsc::channel(256);
    let host = Host::new(Parts {
        store: Arc::clone(&store),
        intake: Arc::clone(&intake),
        own: Some(Address(public_key(&key(1)))),
        timeouts: Timeouts::default(),
        network,
        requests: mpsc::channel(1).0,
        tip: watch::Sender::new(store.tip()),
        validators: watch::Sender::new(Arc::new(transition::validators(&store.view()).unwrap())),
        faults: Arc::default(),
    });
    Bench { host: host.unwrap(), store, intake, published, _directory: directory }
}

impl Bench {
    async fn ask<T>(&mut self, message: impl FnOnce(Reply<T>) -> AppMsg<Context>) -> T {
        let (reply, answer) = oneshot::channel();
        self.host.answer(message(reply)).await.unwrap();
        answer.await.unwrap()
    }

    async fn value(&mut self, round: u32) -> Hash {
        let height = self.host.judge.open_height();
        let message = |reply| AppMsg::GetValue { height, round: Round::new(round), timeout: Duration::ZERO, reply };
        self.ask(message).await.value.0
    }

    async fn synced(&mut self, height: u64, bytes: &[u8]) -> SyncedValueOutcome<Context> {
        let value_bytes = Bytes::copy_from_slice(bytes);
        let proposer = *Context.select_proposer(self.host.judge.set(), Height(height), Round::new(0)).address();
        let message = |reply| AppMsg::ProcessSyncedValue {
            height: Height(height),
            round: Round::new(0),
            proposer,
            value_bytes,
            reply,
        };
        self.ask(message).await
    }

    /// The first round in which the validator of `seed` proposes.
    fn turn(&self, seed: u8) -> u32 {
        let (set, height) = (self.host.judge.set(), self.host.judge.open_height());
        let address = |round| *Context.select_proposer(set, height, Round::new(round)).address();
        (0..4).find(|round| address(*round) == Address(public_key(&key(seed)))).unwrap_or_default()
    }

    /// Sends a whole block as the peer that holds the network key of `seed`, in a round that is its own.
    async fn received(&mut self, seed: u8, bytes: &[u8]) -> Option<ProposedValue<Context>> {
        self.received_in(self.turn(seed - 50), seed, bytes).await
    }

    async fn received_in(&mut self, round: u32, seed: u8, bytes: &[u8]) -> Option<ProposedValue<Context>> {
        let id = peers::peer_id(&public_key(&key(seed))).unwrap();
        let from = PeerId::from_bytes(&id.to_bytes()).unwrap();
        let init = Init { height: 99, round, pol_round: None, proposer: public_key(&key(3)) };
        let mut last = None;
        for part in cut([seed; STREAM_ID_BYTES], init, Bytes::copy_from_slice(bytes)) {
            let message = |reply| AppMsg::ReceivedProposalPart { from, published_by: Some(from), part, reply };
            last = self.ask(message).await;
        }
        last
    }

    async fn decide(&mut self, value: Hash) -> Result<(), Ended> {
        let height = self.host.judge.open_height();
        let chain = self.store.tip().header.chain.clone();
        let bytes = vote_bytes(&chain, VoteKind::Precommit, height.0, 0, Some(&value));
        let signature = |seed| {
            let signature = sign(&key(seed), Domain::VOTE, &bytes);
            CommitSignature::new(Address(public_key(&key(seed))), signature)
        };
        let commit_signatures = (1..=3).map(signature).collect();
        self.host.commit(&CommitCertificate { height, round: Round::new(0), value_id: Value(value), commit_signatures })
    }
}

/// The next block, with `change` done to its header.
fn block(store: &Store, change: impl FnOnce(&mut Block)) -> (Hash, Vec<u8>) {
    let view = store.view();
    let time = clock::after(view.tip().header.time);
    let (execution, _) = transition::propose(&view, view.tip(), time, &[], &transition::CheckAlways).unwrap();
    let mut block = execution.block;
    change(&mut block);
    (block.header.hash(), codec::encode(&block))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_value_for_one_round_whatever_comes_in_between() {
    let mut bench = bench(&genesis());
    let first = bench.value(0).await;
    bench.intake.submit(seal(1, 2)).unwrap();
    assert_eq!(bench.value(0).await, first);
    let second = bench.value(1).await;
    assert_ne!(second, first);
    assert_eq!(bench.value(1).await, second);
    let mut parts = 0;
    while bench.published.try_recv().is_ok() {
        parts += 1;
    }
    assert_eq!(parts, 4 * 3, "begin, one piece and end, each time");
    bench.decide(second).await.unwrap();
    assert_eq!(bench.store.tip().header.leaves, 2);
    assert_eq!(bench.intake.load(), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synced_block_is_taken_for_what_it_is() {
    let mut bench = bench(&genesis());
    let (hash, good) = block(&bench.store, |_| ());
    assert!(matches!(bench.synced(1, b"garbage").await, SyncedValueOutcome::PeerFault));
    assert!(matches!(bench.synced(1, &good[..good.len() - 1]).await, SyncedValueOutcome::PeerFault));
    assert!(matches!(bench.synced(2, &good).await, SyncedValueOutcome::PeerFault), "another height than it says");
    let (_, ahead) = block(&bench.store, |block| block.header.height = 3);
    assert!(matches!(bench.synced(3, &ahead).await, SyncedValueOutcome::LocalTransientError), "a gap");
    let (_, forged) = block(&bench.store, |block| block.header.state_root = Hash::ZERO);
    let SyncedValueOutcome::Verdict(verdict) = bench.synced(1, &forged).await else { panic!("a verdict") };
    assert!(verdict.validity.is_invalid());
    assert_eq!(bench.store.proposals(1).unwrap(), [], "what is not valid is not kept");
    let SyncedValueOutcome::Verdict(verdict) = bench.synced(1, &good).await else { panic!("a verdict") };
    assert_eq!((verdict.value, verdict.validity), (Value(hash), Validity::Valid));
    assert_eq!(bench.store.proposals(1).unwrap(), [(hash, good)], "durable before it is answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_from_the_future_is_refused_by_voters_only_and_only_for_now() {
    let mut bench = bench(&genesis());
    let later = clock::now().0 + 3_600_000;
    let (hash, early) = {
        let view = bench.store.view();
        let (execution, _) =
            transition::propose(&view, view.tip(), Time(later), &[], &transition::CheckAlways).unwrap();
        (execution.tip.hash, codec::encode(&execution.block))
    };
    let proposed = bench.received(52, &early).await.unwrap();
    assert_eq!((proposed.value, proposed.validity), (Value(hash), Validity::Invalid));
    let SyncedValueOutcome::Verdict(verdict) = bench.synced(1, &early).await else { panic!("a verdict") };
    assert!(verdict.validity.is_valid());
    bench.host.judge.parameters.clock_drift_ms = 2 * 3_600_000;
    let started = |reply_value| AppMsg::StartedRound {
        height: Height(1),
        round: Round::new(1),
        proposer: Address(public_key(&key(3))),
        role: malachite_consensus::Role::Validator,
        reply_value,
    };
    let again = bench.ask(started).await;
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].value, again[0].validity), (Value(hash), Validity::Valid), "judged anew in each round");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_count_from_validators_nodes_only_and_their_claims_do_not_count() {
    let mut bench = bench(&genesis());
    let (hash, good) = block(&bench.store, |_| ());
    assert_eq!(bench.received(60, &good).await, None, "a stranger");
    assert_eq!(bench.received(52, b"garbage").await, None);
    let proposed = bench.received(52, &good).await.unwrap();
    assert_eq!((proposed.height, proposed.value), (Height(1), Value(hash)), "the stream claims height 99");
    let (_, forged) = block(&bench.store, |block| block.header.leaves = 7);
    assert!(bench.received(53, &forged).await.unwrap().validity.is_invalid());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_counts_for_the_round_of_its_proposer_and_no_other() {
    let mut bench = bench(&genesis());
    let (hash, good) = block(&bench.store, |_| ());
    let own = bench.turn(2);
    for round in (0..8).filter(|round| round % 4 != own) {
        assert_eq!(bench.received_in(round, 52, &good).await, None, "round {round} is another's");
    }
    assert_eq!(bench.received_in(own + 4, 52, &good).await.unwrap().round, Round::new(own + 4));
    let proposer = Address(public_key(&key(2)));
    for round in 0..8 {
        let started = |reply_value| AppMsg::StartedRound {
            height: Height(1),
            round: Round::new(round),
            proposer: Address(public_key(&key(3))),
            role: malachite_consensus::Role::Validator,
            reply_value,
        };
        let again = bench.ask(started).await;
        let origins: Vec<_> = again.iter().map(|value| (value.value, value.round, value.proposer)).collect();
        assert_eq!(origins, [(Value(hash), Round::new(own + 4), proposer)], "not for round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_sends_many_blocks_does_not_crowd_out_another() {
    let mut bench = bench(&genesis());
    let at = clock::after(bench.store.tip().header.time).0;
    let blocks: Vec<Vec<u8>> = (0..=BLOCKS_OFFERED_MAX as u64)
        .map(|later| {
            let view = bench.store.view();
            let (execution, _) =
                transition::propose(&view, view.tip(), Time(at + later), &[], &transition::CheckAlways).unwrap();
            codec::encode(&execution.block)
        })
        .collect();
    let (last, first) = blocks.split_last().unwrap();
    for block in first {
        assert!(bench.received(52, block).await.is_some());
    }
    assert_eq!(bench.received(52, last).await, None, "one too many");
    assert!(bench.received(52, &first[0]).await.is_some(), "the same again is not one more");
    assert!(bench.received(53, last).await.is_some(), "another node's block is judged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_is_served_and_what_cannot_be_decided_ends_the_process() {
    let mut bench = bench(&genesis());
    for _ in 0..3 {
        let (hash, bytes) = block(&bench.store, |_| ());
        bench.synced(bench.host.judge.open_height().0, &bytes).await;
        // After a crash the execution is gone and the block is not.
        bench.host.judge.executions.clear();
        bench.decide(hash).await.unwrap();
    }
    let decided =
        |first: u64, last: u64| move |reply| AppMsg::GetDecidedValues { range: Height(first)..=Height(last), reply };
    assert_eq!(bench.ask(decided(0, u64::MAX)).await.len(), 3);
    assert_eq!(bench.ask(decided(4, 9)).await, []);
    let served = bench.ask(decided(2, 2)).await;
    assert_eq!(Block::from_bytes(&served[0].value_bytes).unwrap().header.hash(), served[0].certificate.value_id.0);
    let ended = bench.decide(Hash([1; 32])).await;
    assert!(matches!(ended, Err(Ended::Fatal(Fatal { code: "diverged", .. }))), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_height_is_held_until_there_is_work() {
    let mut bench = bench(&genesis());
    let hold = |bench: &mut Bench| {
        let (reply, answer) = oneshot::channel();
        bench.host.hold(reply).unwrap();
        answer
    };
    let mut idle = hold(&mut bench);
    assert!(idle.try_recv().is_err());
    bench.host.stirred(Stirring { work: 1, ..Stirring::default() });
    let until = bench.host.held.as_ref().unwrap().until;
    assert!(until <= Instant::now() + WORK_GRACE, "a validator has work for the height");
    bench.host.begin_held();
    assert!(matches!(idle.try_recv(), Ok(Next::Start(Height(1), _))));

    let mut early = hold(&mut bench);
    let (_, bytes) = block(&bench.store, |_| ());
    bench.received(52, &bytes).await.unwrap();
    assert!(early.try_recv().is_ok(), "a validator's block for the height");

    let (hash, bytes) = block(&bench.store, |_| ());
    bench.synced(1, &bytes).await;
    bench.decide(hash).await.unwrap();
    assert!(hold(&mut bench).try_recv().is_ok(), "there may be more to sync");
    let (hash, bytes) = block(&bench.store, |_| ());
    bench.received(52, &bytes).await.unwrap();
    bench.decide(hash).await.unwrap();
    let mut missed = hold(&mut bench);
    bench.intake.reached(2);
    bench.host.stirred(*bench.intake.stirring().borrow());
    assert!(missed.try_recv().is_err());
    bench.intake.reached(3);
    bench.host.stirred(*bench.intake.stirring().borrow());
    assert!(missed.try_recv().is_ok(), "others have decided the height");

    let (hash, bytes) = block(&bench.store, |_| ());
    bench.received(52, &bytes).await.unwrap();
    bench.decide(hash).await.unwrap();
    assert!(hold(&mut bench).try_recv().is_err());
    bench.intake.submit(seal(1, 2)).unwrap();
    assert!(hold(&mut bench).try_recv().is_ok(), "transactions of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_before_rules_that_it_does_not_know() {
    let mut bench = bench(&genesis());
    // Votes are taken once the motion is in a block: it passes in the second.
    let first = 2 + UPGRADE_NOTICE_BLOCKS;
    let [proposed, votes @ ..] = passed(upgrade(first));
    bench.intake.submit(proposed).unwrap();
    let value = bench.value(0).await;
    bench.decide(value).await.unwrap();
    for vote in votes {
        bench.intake.submit(vote).unwrap();
    }
    for height in 2..first - 1 {
        // What it sends has room for some blocks only.
        while bench.published.try_recv().is_ok() {}
        let value = bench.value(0).await;
        bench.decide(value).await.unwrap();
        assert_eq!(bench.host.judge.upgrade.map(|upgrade| upgrade.from), Some(first), "known from block {height} on");
    }
    let last = bench.value(0).await;
    let Err(Ended::Fatal(fatal)) = bench.decide(last).await else { panic!("it goes on") };
    assert_eq!((fatal.code, fatal.may_restart()), ("needs-upgrade", false));
    assert_eq!(bench.store.tip().header.height, first - 1, "the last block of the old rules is kept");
    assert_eq!(bench.intake.submit(seal(1, 2)), Err(crate::intake::SubmitError::Stopped));
}
