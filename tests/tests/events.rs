//! Those who follow a school's name are told of every act in it, whatever happens to them or to the node.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use sogoc_tests::{Cluster, Node, PATIENCE, Program, SCHOOL, UPPER_SCHOOL, program, wait_until};

/// A message as it came.
#[derive(Clone, Debug)]
struct Message {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Message {
    fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// As the Standard Webhooks specification says, with the line of the secret's file.
    fn check(&self, secret: &str) {
        let key = Base64::decode_vec(secret.trim_end().strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let (id, timestamp) = (self.id(), &self.headers["webhook-timestamp"]);
        mac.update(format!("{id}.{timestamp}.{}", self.body).as_bytes());
        let signature = Base64::encode_string(&mac.finalize().into_bytes());
        assert_eq!(self.headers["webhook-signature"], format!("v1,{signature}"));
        assert!(timestamp.parse::<u64>().unwrap() > 1_700_000_000);
    }
}

/// A school's server.
struct Receiver {
    address: SocketAddr,
    /// Everything that came, whatever it was answered.
    messages: Arc<Mutex<Vec<Message>>>,
    status: Arc<AtomicU16>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    fn new(address: SocketAddr) -> Self {
        let (status, stop) = (Arc::new(AtomicU16::new(204)), Arc::default());
        Self { address, messages: Arc::default(), status, stop, thread: None }
    }

    fn up(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        self.stop.store(false, Ordering::SeqCst);
        let (messages, status, stop) = (self.messages.clone(), self.status.clone(), self.stop.clone());
        self.thread = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                answer(stream.unwrap(), &messages, status.load(Ordering::SeqCst));
            }
        }));
    }

    fn down(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }

    fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    /// The ids that came, each once, in the order of their first coming.
    fn ids(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let messages = self.messages();
        messages.iter().map(|message| message.id().to_owned()).filter(|id| seen.insert(id.clone())).collect()
    }
}

/// Takes one message; one that is cut short never happened.
fn answer(stream: TcpStream, messages: &Mutex<Vec<Message>>, status: u16) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    let (mut request, mut headers) = (String::new(), BTreeMap::new());
    if reader.read_line(&mut request).unwrap_or(0) == 0 {
        return;
    }
    assert_eq!(request.trim_end(), "POST /so-goc?a=b HTTP/1.1");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    assert_eq!(headers["content-type"], "application/json");
    let mut taken = messages.lock().unwrap();
    taken.push(Message { headers, body: String::from_utf8(body).unwrap() });
    let answer =
        format!("HTTP/1.1 {status} x\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = reader.get_mut().write_all(answer.as_bytes());
}

/// Follows a node's stream from a thread of its own.
struct Follower {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Follower {
    fn start(node: &Node, query: &str) -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE * 5)).build();
        let agent: ureq::Agent = config.into();
        let answer = agent.get(format!("{}/v1/events{query}", node.url())).call().unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let kept = lines.clone();
        thread::spawn(move || {
            let reader = BufReader::new(answer.into_body().into_reader());
            reader.lines().map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line));
        });
        Self { lines }
    }

    fn events(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        let data = lines.iter().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }
}

/// Configures a webhook for the school's events, which takes a start of the node to count.
fn configure(node: &mut Node, to: SocketAddr) -> String {
    let secret = node.home().join("keys/webhook.secret");
    let mut make = Command::new(program("sogoc-node"));
    Program::start(make.arg("webhook-secret").arg("--out").arg(&secret)).output().ok();
    let mut config = OpenOptions::new().append(true).open(node.config()).unwrap();
    let table = "\n[[webhook]]\nsecret = \"keys/webhook.secret\"\n";
    writeln!(config, "{table}url = \"http://{to}/so-goc?a=b\"\nissuers = [\"{SCHOOL}\"]").unwrap();
    node.stop();
    node.start();
    node.wait_ready();
    fs::read_to_string(secret).unwrap()
}

fn metric(node: &Node, name: &str) -> u64 {
    let text = String::from_utf8(node.get("/metrics").unwrap().body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("sogoc_webhook_{name}{{target=\"1\"}} ")));
    line.unwrap_or_else(|| panic!("no {name}: {text}")).parse().unwrap()
}

/// The events of an issuer as the node lists them.
fn listed(node: &Node, issuer: &str) -> Vec<Value> {
    let page = node.get(&format!("/v1/events?issuer={issuer}&from=0&limit=500")).unwrap().json();
    assert_eq!(page["next"], Value::Null);
    page["events"].as_array().unwrap().clone()
}

#[test]
fn a_school_is_told_of_every_act_in_its_name() {
    let mut cluster = Cluster::start();
    // No other cluster has the ports after this one's.
    let address = cluster.nodes[0].address();
    let mut receiver = Receiver::new(SocketAddr::new(address.ip(), address.port() + 20));
    receiver.up();
    let secret = configure(&mut cluster.nodes[0], receiver.address);
    let follower = Follower::start(&cluster.nodes[1], &format!("?issuer={SCHOOL}"));
    let everybody = Follower::start(&cluster.nodes[2], "");
    let acts = |count: usize| move |ids: Vec<String>| (ids.len() == count).then_some(());

    // Sealed and revoked: exactly that is told, at two nodes and by the webhook.
    cluster.issue_class("class", &[]).ok();
    cluster.seal_one(UPPER_SCHOOL, "other-school", 0).ok();
    let (key, bundle) = (cluster.key(SCHOOL), cluster.bundles("class").remove(0));
    let out = cluster.path("revoked.sogoc");
    let approver = cluster.approver(SCHOOL);
    let of = [bundle.to_str().unwrap(), "--key", key.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let of = [&of[..], &["--approver", approver.to_str().unwrap()]].concat();
    let why = ["--ground", "fraud", "--decision", "QĐ 15/QĐ-MẪU", "--decision-date", "2026-06-01"];
    cluster.sogoc(&[&["status", "revoke"][..], &of, &why].concat()).ok();
    wait_until("the receiver has both", || acts(2)(receiver.ids()));
    wait_until("the follower has both", || (follower.events().len() == 2).then_some(()));
    wait_until("who follows all has three", || (everybody.events().len() == 3).then_some(()));
    let told: Vec<Value> = receiver.messages().iter().map(Message::event).collect();
    assert_eq!(
        (&told[0]["type"], &told[0]["size"], &told[0]["issuer"]),
        (&"sealed".into(), &40.into(), &SCHOOL.into())
    );
    assert_eq!(
        (&told[1]["type"], &told[1]["status"], &told[1]["by"]),
        (&"status".into(), &"revoked".into(), &SCHOOL.into())
    );
    assert_eq!((&told[0]["batch_id"], follower.events()), (&told[1]["batch_id"], told.clone()));
    assert_eq!(everybody.events()[1]["issuer"], UPPER_SCHOOL);
    for message in receiver.messages() {
        message.check(&secret);
    }

    // A receiver that answers anything else has not taken it; nor is it led elsewhere.
    receiver.status.store(302, Ordering::SeqCst);
    cluster.seal_one(SCHOOL, "redirected", 1).ok();
    wait_until("it was tried twice", || (metric(&cluster.nodes[0], "failures_total") >= 2).then_some(()));
    receiver.status.store(200, Ordering::SeqCst);
    wait_until("it is taken", || (metric(&cluster.nodes[0], "deliveries_total") == 3).then_some(()));

    // Away for a while: nothing else waits for it, and it gets all of it when it is back, in order.
    receiver.down();
    for name in ["first", "second", "third"] {
        cluster.seal_one(SCHOOL, name, 0).ok();
    }
    wait_until("it is missed", || (metric(&cluster.nodes[0], "lag_blocks") > 0).then_some(()));
    // Killed meanwhile, the node goes on where the receiver was.
    cluster.nodes[0].kill();
    cluster.nodes[0].start();
    cluster.nodes[0].wait_ready();
    receiver.up();
    wait_until("it has all six", || acts(6)(receiver.ids()));

    // Killed at once after: what it is not sure of is told again, nothing is left out.
    cluster.seal_one(SCHOOL, "fourth", 0).ok();
    cluster.nodes[0].kill();
    cluster.seal_one(SCHOOL, "fifth", 1).ok();
    cluster.nodes[0].start();
    cluster.nodes[0].wait_ready();
    wait_until("it has all eight", || acts(8)(receiver.ids()));
    for message in receiver.messages() {
        message.check(&secret);
    }
    let chain = cluster.nodes[0].chain().unwrap()["chain"].as_str().unwrap().to_owned();
    let expected = listed(&cluster.nodes[3], SCHOOL);
    let id = |event: &Value| format!("{chain}_{}", event["id"].as_str().unwrap().replace('.', "_"));
    assert_eq!(receiver.ids(), expected.iter().map(id).collect::<Vec<_>>());
    wait_until("the follower has all eight", || (follower.events() == expected).then_some(()));
    for node in &cluster.nodes {
        assert_eq!(listed(node, SCHOOL), expected, "{}", node.home().display());
    }

    // A place that is damaged is not guessed: the next block is where it goes on, and that is said.
    wait_until("its place is kept", || (metric(&cluster.nodes[0], "lag_blocks") == 0).then_some(()));
    cluster.nodes[0].stop();
    for file in fs::read_dir(cluster.nodes[0].home().join("data/webhooks")).unwrap() {
        fs::write(file.unwrap().path(), "0.0 0123456789abcdef\n").unwrap();
    }
    cluster.nodes[0].start();
    cluster.nodes[0].wait_ready();
    assert!(cluster.nodes[0].logged().contains("webhook-cursor-damaged"));
    cluster.seal_one(SCHOOL, "sixth", 0).ok();
    wait_until("it is told of the next", || acts(9)(receiver.ids()));

    // Neither the secret nor the path of the address is in a log, nor is a receiver named in the metrics.
    let (logged, metrics) = (cluster.nodes[0].logged(), cluster.nodes[0].get("/metrics").unwrap().body);
    let shown = format!("{logged}{}", String::from_utf8(metrics).unwrap());
    for hidden in [secret.trim_end(), &secret.trim_end()[6..], "/so-goc?a=b"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
    // Its own log of the receiver being away is on record, by its host.
    assert!(logged.contains("webhook not taken") && logged.contains("webhook taken again"));
    // A node that stops tells its followers so, by ending the stream.
    drop((everybody, follower));
    assert!(cluster.nodes[2].stop().success());
    receiver.down();
}

#[test]
fn a_webhook_that_is_not_as_it_should_be_keeps_the_node_from_starting() {
    let mut cluster = Cluster::start();
    let node = &mut cluster.nodes[3];
    node.stop();
    let good = fs::read_to_string(node.config()).unwrap();
    let secret = node.home().join("keys/webhook.secret");
    let of = |url: &str| format!("{good}\n[[webhook]]\nurl = \"{url}\"\nsecret = \"keys/webhook.secret\"\n");
    let mut refused = |config: String, code: &str| {
        let before = node.logged().len();
        fs::write(node.config(), config).unwrap();
        node.start();
        let status = node.wait_end();
        let said = node.logged().split_off(before);
        assert_eq!(status.code(), Some(78), "{said}");
        assert!(said.contains(&format!("{code}: ")), "not {code}: {said}");
        assert!(!said.contains("mat-khau"), "{said}");
    };
    refused(of("https://truong.example.vn/"), "unreadable");
    fs::write(&secret, "whsec_mat-khau\n").unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
    refused(of("https://truong.example.vn/"), "mode-too-open");
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    refused(of("https://truong.example.vn/"), "wrong-value");
    refused(of("http://truong.example.vn/"), "wrong-value");
    refused(of("https://ai-do:mat-khau@truong.example.vn/"), "wrong-value");
    fs::write(node.config(), good).unwrap();
    node.start();
    node.wait_ready();
}
