//! One node: its home, its process, its HTTP.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::{Output, PATIENCE, program, wait_until};

/// A node of a cluster.
pub struct Node {
    home: PathBuf,
    log: PathBuf,
    http: SocketAddr,
    child: Option<Child>,
}

/// What a node answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The stable code of a problem document.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Node {
    /// The node whose `node.toml` lies in `home`; it does not run yet.
    pub fn new(home: &Path, http: SocketAddr) -> Self {
        Self { home: home.into(), log: home.with_extension("log"), http, child: None }
    }

    /// Its directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The file of everything it logged, over all its runs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.home.join("node.toml")
    }

    /// Whose it is, if it is a validator's.
    pub fn owner(&self) -> String {
        let part: Value = serde_json::from_slice(&fs::read(self.home.join("validator.json")).unwrap()).unwrap();
        part["owner"].as_str().unwrap().to_owned()
    }

    /// As `http://127.0.0.1:27201`.
    pub fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Of its HTTP.
    pub fn address(&self) -> SocketAddr {
        self.http
    }

    /// Starts it.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new(program("sogoc-node"));
        command.args(["run", "--config"]).arg(self.config());
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    /// Waits until it keeps up with the network.
    pub fn wait_ready(&mut self) {
        wait_until(&format!("{} is ready", self.home.display()), || {
            let ended = self.child.as_mut().expect("it runs").try_wait().unwrap();
            assert!(ended.is_none(), "the node ended: {}", self.last_words());
            self.chain().filter(|chain| chain["ready"] == true)
        });
    }

    /// Kills it: as `kill -9`, or as a power failure does.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.wait_end()
    }

    /// Tells it to read its address book again.
    pub fn hang_up(&self) {
        assert!(Command::new("kill").args(["-HUP", &self.id().to_string()]).status().unwrap().success());
    }

    /// Waits until it ends by itself.
    pub fn wait_end(&mut self) -> ExitStatus {
        let child = self.child.as_mut().expect("it runs");
        let status = wait_until("the node ends", || child.try_wait().unwrap());
        self.child = None;
        status
    }

    /// Whether it was started and has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Of its process.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// The memory that its process holds, in MiB.
    pub fn memory_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
    }

    /// What it logged.
    pub fn logged(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The end of what it logged.
    pub fn last_words(&self) -> String {
        let log = self.logged();
        let from = log.char_indices().rev().nth(4_000).map_or(0, |(place, _)| place);
        log[from..].to_owned()
    }

    /// Runs `sogoc-node fsck` on its store; it must not run.
    pub fn fsck(&self) -> Output {
        let config = self.config();
        Output::of(&program("sogoc-node"), ["fsck".as_ref(), "--config".as_ref(), config.as_os_str()])
    }

    /// What it answers to a request; none if it does not answer.
    pub fn get(&self, path: &str) -> Option<Answer> {
        let mut answer =
            agent().get(format!("{}{path}", self.url())).header("accept", "application/json").call().ok()?;
        let status = answer.status().as_u16();
        Some(Answer { status, body: read_all(answer.body_mut().as_reader())? })
    }

    /// What it answers to a transaction.
    pub fn submit(&self, transaction: &[u8]) -> Answer {
        self.post("/v1/transactions", "application/vnd.sogoc", transaction)
    }

    /// What it answers to a body of this media type.
    pub fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Answer {
        let request = agent().post(format!("{}{path}", self.url())).content_type(media_type);
        let mut answer = request.send(body).unwrap();
        Answer { status: answer.status().as_u16(), body: read_all(answer.body_mut().as_reader()).unwrap() }
    }

    /// What it says of the chain, if it answers.
    pub fn chain(&self) -> Option<Value> {
        self.get("/v1/chain").filter(|answer| answer.status == 200).map(|answer| answer.json())
    }

    /// Height of its last block.
    pub fn height(&self) -> u64 {
        self.chain().expect("it answers")["height"].as_u64().unwrap()
    }

    /// Documents that are sealed, as far as it knows.
    pub fn leaves(&self) -> u64 {
        self.chain().expect("it answers")["leaves"].as_u64().unwrap()
    }

    /// The number that it gives of itself under this name, with its labels if it has several.
    pub fn metric(&self, name: &str) -> u64 {
        let metrics = String::from_utf8(self.get("/metrics").expect("it answers").body).unwrap();
        let mut lines =
            metrics.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        lines.next().and_then(|line| line.rsplit(' ').next()).map_or(0, |number| number.parse().unwrap())
    }

    /// Hash of its block at `height`, if it has it.
    pub fn block(&self, height: u64) -> Option<String> {
        let answer = self.get(&format!("/v1/headers/{height}")).filter(|answer| answer.status == 200)?;
        answer.json()["hash"].as_str().map(str::to_owned)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn agent() -> ureq::Agent {
    // A connection of its own for each request: a node that was killed leaves none behind.
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
    config.max_idle_connections(0).build().into()
}

fn read_all(mut reader: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).ok().map(|_| bytes)
}
