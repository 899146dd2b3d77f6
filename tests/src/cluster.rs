//! Validators on this machine, four if nothing else is said, two schools, and a clerk who seals.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Node, Output, Ports, Program, example, program, wait_until};

/// A lower-secondary school of every devnet.
pub const SCHOOL: &str = "thcs-mau-1";
/// An upper-secondary school of every devnet.
pub const UPPER_SCHOOL: &str = "thpt-mau-1";

/// A network of processes. They end with it.
pub struct Cluster {
    /// The nodes.
    pub nodes: Vec<Node>,
    directory: TempDir,
    ports: Ports,
}

impl Cluster {
    /// Founds a network, starts its nodes, waits until they are ready, and exports a trust anchor.
    pub fn start() -> Self {
        Self::with_heartbeat(2_000)
    }

    /// The same; an idle network makes a block every `heartbeat_ms`.
    pub fn with_heartbeat(heartbeat_ms: u32) -> Self {
        Self::of_validators(4, heartbeat_ms)
    }

    /// The same, of `count` validators.
    pub fn of_validators(count: u16, heartbeat_ms: u32) -> Self {
        let (ports, directory) = (Ports::take(), tempfile::tempdir().unwrap());
        let network = directory.path().join("net");
        let mut command = Command::new(program("sogoc"));
        command.args(["genesis", "devnet", &count.to_string(), "--out"]).arg(&network);
        command.args(["--base-port", &ports.base().to_string(), "--heartbeat-ms", &heartbeat_ms.to_string()]);
        Program::start(&mut command).output().ok();
        let address = |i| SocketAddr::from((Ipv4Addr::LOCALHOST, ports.base() + 200 + i));
        let nodes = (1..=count).map(|i| Node::new(&network.join(format!("node-{i}")), address(i)));
        let mut cluster = Self { nodes: nodes.collect(), directory, ports };
        cluster.start_all();
        cluster.export_anchor("anchor.json");
        cluster
    }

    /// A cluster of nodes that were founded by other means, in `directory`; they are started.
    pub fn of(nodes: Vec<Node>, directory: TempDir, ports: Ports) -> Self {
        let mut cluster = Self { nodes, directory, ports };
        cluster.start_all();
        cluster
    }

    /// The home of a node that is to join, beside the others'; it does not run yet.
    pub fn newcomer(&self, owner: &str, position: u16) -> Node {
        let home = self.path(&format!("net/node-{position}"));
        let base = self.base_port();
        let address = |offset: u16| format!("/ip4/127.0.0.1/tcp/{}", base + offset + position);
        let words = ["genesis", "keygen", "--home", home.to_str().unwrap(), "--owner", owner];
        self.sogoc(&[&words[..], &["--engine", &address(0), "--gossip", &address(100)]].concat()).ok();
        let sibling = self.nodes[0].home();
        for file in ["genesis.json", "address-book.json"] {
            std::fs::copy(sibling.join(file), home.join(file)).unwrap();
        }
        let config = std::fs::read_to_string(self.nodes[0].config()).unwrap();
        let moved = |config: String, offset: u16| {
            config.replace(&(base + offset + 1).to_string(), &(base + offset + position).to_string())
        };
        std::fs::write(home.join("node.toml"), [0, 100, 200].into_iter().fold(config, moved)).unwrap();
        Node::new(&home, SocketAddr::from((Ipv4Addr::LOCALHOST, base + 200 + position)))
    }

    /// Starts every node that does not run, and waits until all are ready.
    pub fn start_all(&mut self) {
        for node in &mut self.nodes {
            if !node.runs() {
                node.start();
            }
        }
        self.nodes.iter_mut().for_each(Node::wait_ready);
    }

    /// Kills every node at once.
    pub fn kill_all(&mut self) {
        self.nodes.iter_mut().for_each(Node::kill);
    }

    /// What the ports of its nodes are counted from.
    pub fn base_port(&self) -> u16 {
        self.ports.base()
    }

    /// A place of this cluster's own.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The key file of a school.
    pub fn key(&self, school: &str) -> PathBuf {
        self.path(&format!("net/issuers/{school}.key"))
    }

    /// The key file of a school's approver.
    pub fn approver(&self, school: &str) -> PathBuf {
        self.path(&format!("net/issuers/{school}.approver.key"))
    }

    /// The governance key file of a validator, counted from 0.
    pub fn governance_key(&self, validator: usize) -> PathBuf {
        self.nodes[validator].home().join("keys/governance.key")
    }

    /// Puts a motion to the vote and has the first `votes` validators vote for it, its proposer among them and the others at
    /// once. Its id.
    pub fn pass(&self, motion: &str, votes: usize) -> String {
        let file = self.path("motion.toml");
        std::fs::write(&file, motion).unwrap();
        let key = |validator| self.governance_key(validator).to_str().unwrap().to_owned();
        let words = ["gov", "propose", file.to_str().unwrap(), "--json", "--key", &key(0)];
        let id = self.sogoc(&words).ok().json()[0]["id"].as_str().unwrap().to_owned();
        let vote = |validator| ["gov", "vote", &id, "yes", "--key", &key(validator)].map(str::to_owned);
        let votes = (1..votes).map(|validator| Program::start(self.command(&[]).args(vote(validator))));
        for vote in votes.collect::<Vec<_>>() {
            vote.output().ok();
        }
        id
    }

    /// The trust anchor that [`Cluster::start`] exported.
    pub fn anchor(&self) -> PathBuf {
        self.path("anchor.json")
    }

    /// Exports the last block of the first node as a trust anchor.
    pub fn export_anchor(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        self.sogoc(&["checkpoint", "export", "--out", path.to_str().unwrap()]).ok();
        path
    }

    /// `sogoc` on the clerk's machine: with its journal, the trust anchor, and the first node.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("sogoc"));
        command
            .args(["--lang", "en"])
            .args(arguments)
            .env("SOGOC_JOURNAL", self.path("journal"))
            .env("SOGOC_TRUST", self.anchor())
            .env("SOGOC_NODE", self.nodes[0].url());
        command
    }

    /// Runs `sogoc` to its end.
    pub fn sogoc(&self, arguments: &[&str]) -> Output {
        Program::start(&mut self.command(arguments)).output()
    }

    /// Seals the class of 40 into `out`, by the first node.
    pub fn issue_class(&self, out: &str, more: &[&str]) -> Output {
        Program::start(&mut self.issue_class_command(out, more)).output()
    }

    /// What [`Cluster::issue_class`] runs.
    pub fn issue_class_command(&self, out: &str, more: &[&str]) -> Command {
        let (file, key, out) = (example("hoc-ba-9-1.xlsx"), self.key(SCHOOL), self.path(out));
        let mut command = self.command(&["issue", "--type", "hoc-ba-thcs"]);
        command.arg(file).arg("--key").arg(key).arg("--out").arg(out).args(more);
        command
    }

    /// Seals one made-up signed PDF by the node `by`, as a batch of one.
    pub fn seal_one(&self, school: &str, name: &str, by: usize) -> Output {
        let (file, out) = (self.path(&format!("{name}.pdf")), self.path(&format!("out-{name}")));
        std::fs::write(&file, format!("%PDF-1.7\n{name}\n%%EOF\n")).unwrap();
        let mut command = self.command(&["seal-file", "--date", "2026-05-31", "--node", &self.nodes[by].url()]);
        Program::start(command.arg(file).arg("--key").arg(self.key(school)).arg("--out").arg(out)).output()
    }

    /// The bundles in the directory `out`.
    pub fn bundles(&self, out: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path(out)) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension() == Some(OsStr::new("sogoc")));
        paths.sort();
        paths
    }

    /// `sogoc verify --json` of files.
    pub fn verify<P: AsRef<Path>>(&self, files: &[P], more: &[&str]) -> Output {
        let mut command = self.command(&["verify", "--json"]);
        Program::start(command.args(more).args(files.iter().map(AsRef::as_ref))).output()
    }

    /// Waits until every running node has the block that the node `leader` has last, and returns its height.
    pub fn wait_agreement(&mut self, leader: usize) -> u64 {
        let height = self.nodes[leader].height();
        let hash = self.nodes[leader].block(height).unwrap();
        for node in &mut self.nodes {
            if node.runs() {
                let theirs = wait_until(&format!("{} has block {height}", node.home().display()), || {
                    assert!(node.runs(), "the node ended: {}", node.last_words());
                    node.block(height)
                });
                assert_eq!(theirs, hash, "{} has another block {height}", node.home().display());
            }
        }
        height
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for node in &self.nodes {
                eprintln!("--- {}\n{}", node.log().display(), node.last_words());
            }
            return;
        }
        for node in &self.nodes {
            assert!(!node.logged().contains("panicked"), "{} panicked: {}", node.home().display(), node.logged());
        }
    }
}

/// The verdict and the reason's code of each document that `sogoc verify --json` printed.
pub fn verdicts(output: &Output) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    output.json().iter().map(|line| (text(&line["verdict"]), text(&line["reason"]["code"]))).collect()
}
