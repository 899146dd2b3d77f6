//! A small network of one process: it checks, pools, executes and commits as a node does, with all four keys at hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ed25519_dalek::SigningKey;
use serde_json::Value;
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::genesis::Genesis;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, IssuerId, Time};
use sogoc_ledger::receipt::Pointer;
use sogoc_ledger::record::{
    Definition, DefinitionKind, Grant, Issuer, IssuerKey, Member, Origin, Parameters, Succession,
};
use sogoc_ledger::signature::{public_key, sign};
use sogoc_ledger::status::Status;
use sogoc_ledger::transaction::{Act, Action, Ballot, ChangeStatus, Issue, Request, Transaction};
use sogoc_ledger::transition::{ApplyError, CheckAlways, Overlay, Tip, propose};
use sogoc_ledger::validator::{VoteKind, vote_bytes};
use sogoc_store::{Commit, Precommit, Store};
use sogoc_verifier_api::{
    BINARY, Health, Limits, Network, OfferedRoots, SubmitError, Trust, router, serve, trust_anchor,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use crate::description;

/// 1 January 2026, 12:00 in Vietnam.
const FOUNDED: Time = Time(1_767_243_600_000);

/// Transactions that fit into the pool.
const POOL: usize = 4;

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn school() -> IssuerId {
    "thcs-mau-1".parse().unwrap()
}

pub fn batch(id: u8) -> BatchId {
    BatchId([id; 16])
}

pub fn pointer(id: u8) -> Pointer {
    Pointer { chain: "test".parse().unwrap(), issuer: school(), batch: batch(id) }
}

pub fn leaves(id: u8, count: u32) -> Vec<Hash> {
    (0..count).map(|i| merkle::leaf_hash(&[&[id], i.to_be_bytes().as_slice()].concat())).collect()
}

pub fn request(action: Action) -> Request {
    let approver = matches!(action, Action::ChangeStatus(_)).then(|| public_key(&key(210)).thumbprint());
    let key = public_key(&key(200)).thumbprint();
    Request {
        chain: "test".parse().unwrap(),
        valid_until: Time(FOUNDED.0 + 3_600_000),
        act: Act::Issuer { issuer: school(), key, approver, action },
    }
}

pub fn signed(request: Request) -> Transaction {
    let approved = matches!(&request.act, Act::Issuer { approver: Some(_), .. });
    let seeds: &[u8] = if approved { &[200, 210] } else { &[200] };
    signed_by(request, seeds)
}

fn signed_by(request: Request, seeds: &[u8]) -> Transaction {
    let message = codec::encode(&request);
    let signatures = seeds.iter().map(|seed| sign(&key(*seed), Domain::TRANSACTION, &message)).collect();
    Transaction { request, signatures: List::new(signatures).unwrap() }
}

/// A ballot of the member with the governance key of `seed`.
pub fn ballot(seed: u8, ballot: Ballot) -> Transaction {
    let (chain, valid_until) = ("test".parse().unwrap(), Time(FOUNDED.0 + 3_600_000));
    let act = Act::Member { key: public_key(&key(seed)).thumbprint(), ballot };
    signed_by(Request { chain, valid_until, act }, &[seed])
}

pub fn issue(batch: BatchId, period: &str, leaves: Vec<Hash>) -> Transaction {
    signed(request(Action::Issue(Issue {
        batch,
        act_for: None,
        origin: Origin::Issued,
        grant: 0,
        document_type: "hoc-ba-thcs".parse().unwrap(),
        schema: 1,
        period: Text::new(period).unwrap(),
        leaves: List::new(leaves).unwrap(),
    })))
}

/// A batch that the second school seals for the first, whose successor it is.
pub fn sealing_for_first(id: u8, count: u32) -> Transaction {
    let mut transaction = issue(batch(id), "2019-2020", leaves(id, count));
    let Act::Issuer { issuer, key: sealing, approver, action: Action::Issue(issue) } = &mut transaction.request.act
    else {
        panic!()
    };
    *issuer = "thcs-mau-2".parse().unwrap();
    (*sealing, *approver) = (public_key(&key(201)).thumbprint(), Some(public_key(&key(211)).thumbprint()));
    (issue.act_for, issue.origin) = (Some(school()), Origin::Digitised);
    signed_by(transaction.request, &[201, 211])
}

pub fn sealing(id: u8, count: u32) -> Transaction {
    issue(batch(id), "2025-2026", leaves(id, count))
}

pub fn changing(id: u8, index: u32, seen: u64, to: Status) -> Transaction {
    signed(request(Action::ChangeStatus(ChangeStatus {
        batch_issuer: school(),
        batch: batch(id),
        index,
        seen,
        to,
        commitment: Hash([id; 32]),
    })))
}

pub fn genesis() -> Genesis {
    let member = |i: u8| Member {
        owner: Text::new(format!("validator {i}")).unwrap(),
        consensus: public_key(&key(i)),
        network: public_key(&key(i + 50)),
        governance: public_key(&key(i + 100)),
        power: 1,
    };
    let successor = Succession {
        issuer: "thcs-mau-2".parse().unwrap(),
        scopes: Succession::SEAL,
        from: Day(20_000),
        until: None,
        decision: Text::new("QĐ 02/QĐ-MẪU").unwrap(),
    };
    let issuer_key = |seed, roles| IssuerKey {
        key: public_key(&key(seed)),
        roles,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
    let issuer = |number: u8| Issuer {
        id: format!("thcs-mau-{number}").parse().unwrap(),
        name: Text::new(format!("Trường THCS Mẫu {number}")).unwrap(),
        name_en: Text::new(format!("Model Lower Secondary School {number}")).unwrap(),
        closed: None,
        keys: List::new(vec![issuer_key(199 + number, IssuerKey::SEAL), issuer_key(209 + number, IssuerKey::APPROVE)])
            .unwrap(),
        grants: List::new(vec![Grant {
            document_type: "hoc-ba-thcs".parse().unwrap(),
            from: Day(20_000),
            until: None,
            decision: Text::new("QĐ 01/QĐ-MẪU").unwrap(),
        }])
        .unwrap(),
        successors: List::new(if number == 1 { vec![successor.clone()] } else { vec![] }).unwrap(),
    };
    Genesis {
        chain: "test".parse().unwrap(),
        time: FOUNDED,
        parameters: Parameters { clock_drift_ms: 10_000, heartbeat_ms: 60_000, motion_days: 14 },
        members: List::new((1..=4).map(member).collect()).unwrap(),
        issuers: List::new((1..=3).map(issuer).collect()).unwrap(),
        definitions: List::new(vec![Definition {
            kind: DefinitionKind::CodeList,
            name: "danh-hieu".parse().unwrap(),
            version: 1,
            text: List::new("{\"gioi\": \"Giỏi\"}".into()).unwrap(),
        }])
        .unwrap(),
    }
}

pub struct Ledger {
    pub store: Arc<Store>,
    tips: watch::Sender<Arc<Tip>>,
    pool: Mutex<Vec<Transaction>>,
    pub stopped: AtomicBool,
    /// The next submission runs into a fault of ours.
    pub panics: AtomicBool,
}

impl Ledger {
    pub fn open(path: &Path) -> Arc<Self> {
        let store = Arc::new(Store::open(path, &genesis()).unwrap());
        Arc::new(Self {
            tips: watch::Sender::new(store.tip()),
            store,
            pool: Mutex::default(),
            stopped: AtomicBool::new(false),
            panics: AtomicBool::new(false),
        })
    }

    fn next_time(&self) -> Time {
        Time(self.store.tip().header.time.0 + 1_000)
    }

    /// Commits a block of what is in the pool.
    pub fn commit(&self) {
        let pool = std::mem::take(&mut *self.pool.lock().unwrap());
        self.block(&pool);
    }

    /// Commits a block of `transactions`.
    pub fn block(&self, transactions: &[Transaction]) {
        let (tip, time) = (self.store.tip(), self.next_time());
        let (execution, _) = propose(&*self.store, &tip, time, transactions, &CheckAlways).unwrap();
        assert_eq!(execution.block.body.transactions.len(), transactions.len());
        let header = &execution.block.header;
        let vote = vote_bytes(&header.chain, VoteKind::Precommit, header.height, 0, Some(&execution.tip.hash));
        let precommits = (1..=4)
            .map(|i| Precommit { validator: public_key(&key(i)), signature: sign(&key(i), Domain::VOTE, &vote) });
        let commit = Commit { round: 0, precommits: List::new(precommits.collect()).unwrap() };
        self.store.commit(&execution, &commit).unwrap();
        self.tips.send_replace(self.store.tip());
    }
}

#[async_trait]
impl Network for Ledger {
    async fn submit(&self, transaction: Transaction) -> Result<Hash, SubmitError> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "as asked");
        if self.stopped.load(Ordering::SeqCst) {
            return Err(SubmitError::Stopped);
        }
        let mut pool = self.pool.lock().unwrap();
        let (view, time) = (self.store.view(), self.next_time());
        let mut next = Overlay::begin(&view, view.tip(), time).unwrap();
        for earlier in pool.iter() {
            next.apply(earlier, &CheckAlways).unwrap();
        }
        match next.apply(&transaction, &CheckAlways) {
            Ok(()) if pool.len() == POOL => Err(SubmitError::Full),
            Ok(()) => {
                let id = transaction.id();
                pool.push(transaction);
                Ok(id)
            }
            Err(ApplyError::Refused(refusal)) => Err(refusal.into()),
            Err(ApplyError::Store(fault)) => panic!("{fault}"),
        }
    }

    fn tip(&self) -> watch::Receiver<Arc<Tip>> {
        self.tips.subscribe()
    }

    fn health(&self) -> Health {
        let (stopped, pool) = (self.stopped.load(Ordering::SeqCst), self.pool.lock().unwrap());
        Health {
            ready: !stopped,
            reason: stopped.then_some("stopped"),
            peers: 3,
            validators: 4,
            validates: true,
            pool_transactions: pool.len(),
            pool_bytes: pool.iter().map(|tx| codec::encode(tx).len()).sum(),
        }
    }

    fn metrics(&self) -> String {
        let height = self.store.tip().header.height;
        format!("# TYPE sogoc_height gauge\nsogoc_height {height}\n# EOF\n")
    }
}

/// A served ledger. Stops when dropped.
pub struct Server {
    pub ledger: Arc<Ledger>,
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
    serving: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
    agent: ureq::Agent,
    _home: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body of a success.
    pub fn bytes(self) -> Vec<u8> {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), Some(BINARY));
        self.body
    }

    /// The code of a problem, after checking the form of every problem.
    pub fn code(&self) -> String {
        let media_type = self.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"), "status {}", self.status);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let problem = self.json();
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:sogoc:problem:{code}"));
        assert_eq!(problem["status"], self.status);
        for member in ["title", "detail", "detail_vi"] {
            assert!(!problem[member].as_str().unwrap().is_empty(), "{member} of {code}");
        }
        code
    }
}

impl Server {
    pub fn start() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::at(tempfile::tempdir().unwrap(), limits)
    }

    pub fn at(home: tempfile::TempDir, limits: Limits) -> Self {
        Self::trusting(home, None, None, limits)
    }

    /// One that offers the trust anchor and the roots in files.
    pub fn trusting(home: tempfile::TempDir, anchor: Option<&[u8]>, roots: Option<&[u8]>, limits: Limits) -> Self {
        crate::hostile::capture_logs();
        let ledger = Ledger::open(home.path());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let anchor = trust_anchor(anchor, &ledger.store).unwrap();
        let roots = roots.map(|file| OfferedRoots::from_file(file.to_vec()).unwrap());
        let router = router(ledger.store.clone(), ledger.clone(), Trust { anchor, roots }, limits.clone());
        let serving = runtime.spawn(serve(listener, router, limits, async {
            let _ = stopped.await;
        }));
        // A connection for each request: the server closes that of a request whose body it did not want.
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(Duration::from_secs(60)));
        Self {
            ledger,
            address,
            stop: Some(stop),
            runtime: Some(runtime),
            serving: Some(serving),
            agent: config.build().into(),
            _home: home,
        }
    }

    /// Stops serving and waits until that is done.
    pub fn stop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let serving = self.serving.take().unwrap();
        self.runtime.as_ref().unwrap().block_on(serving).unwrap().unwrap();
    }

    pub fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.agent.get(format!("http://{}{path}", self.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = answer(request.call().unwrap());
        description::must_have("GET", path, &answer);
        answer
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(path, &[])
    }

    pub fn json(&self, path: &str) -> Value {
        let answer = self.ask(path, &[("accept", "application/json")]);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answer.json()
    }

    pub fn post(&self, body: &[u8]) -> Answer {
        self.post_as(BINARY, body)
    }

    pub fn post_as(&self, media_type: &str, body: &[u8]) -> Answer {
        self.send("/v1/transactions", media_type, body)
    }

    pub fn send(&self, path: &str, media_type: &str, body: &[u8]) -> Answer {
        let request = self.agent.post(format!("http://{}{path}", self.address)).header("content-type", media_type);
        let answer = answer(request.send(body).unwrap());
        description::must_have("POST", path, &answer);
        answer
    }

    pub fn submit(&self, transaction: &Transaction) -> Answer {
        self.post(&codec::encode(transaction))
    }

    /// The checkpoint at `height`, as served.
    pub fn checkpoint(&self, height: u64) -> Checkpoint {
        let bytes = self.get(&format!("/v1/checkpoints/{height}")).bytes();
        Checkpoint::from_bytes(&bytes).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends `bytes` and returns all that comes back until the connection closes.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        read_all(&mut stream)
    }

    /// The value of a metric of ours.
    pub fn in_progress(&self) -> u64 {
        let text = String::from_utf8(self.get("/metrics").body).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix("sogoc_http_in_progress "));
        value.unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The store must be closed here, not by a thread that is left while the process ends.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(60));
        }
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let body = response.body_mut().read_to_vec().unwrap();
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
}

pub fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the server neither answers nor closes: {error}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
