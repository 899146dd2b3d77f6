//! One run: nodes, the network between them, clients, and what goes wrong, on a virtual clock.
//!
//! Everything that happens is an event with a time and a number, taken in that order; every choice comes from the seed. So a seed is a
//! run, and the *trace*, a digest over a line for each event, is the same each time.

mod clients;
mod network;
mod nodes;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use malachite_consensus::PeerId;
use sogoc_consensus::simulation::{SignatureMemory, peer_id};
use sogoc_ledger::name::Time;
use sogoc_ledger::signature::public_key;

use crate::chain::Chain;
use crate::disk::{Backup, Disk};
use crate::figures::Figures;
use crate::fixture::{self, FOUNDED, Network, Wish};
use crate::node::{Message, Running, Shared, Wake};
use crate::oracle::{Broken, Oracle};
use crate::plan::{Fault, Plan, SECOND, Weather};
use crate::random::Random;
use crate::sabotage::Sabotage;
use crate::trace::Trace;
use crate::verifier::Remembering;

/// So long after the trouble everybody must have got to the same height with everything in it.
const PATIENCE: u64 = 240 * SECOND;

/// Blocks that must be made in the quiet time.
const QUIET_BLOCKS: u64 = 3;

/// Events of one run: one that has more goes round in circles.
const EVENTS_MAX: u64 = 3_000_000;

/// What happens.
pub enum Event {
    /// A message arrives.
    Deliver {
        /// From this node.
        from: usize,
        /// At that one.
        to: usize,
        /// What it says.
        message: Message,
    },
    /// A node does what it told itself to do, if it was not started anew meanwhile.
    Wake {
        /// Which.
        node: usize,
        /// In which of its lives it told itself so.
        life: u64,
        /// What.
        wake: Wake,
    },
    /// Something goes wrong.
    Fault(Fault),
    /// A node's process is started.
    Start(usize),
    /// The quiet time begins.
    Quiet,
    /// A client has another wish.
    NewWish,
    /// Clients ask what became of their wishes.
    Clients,
}

struct Node {
    disk: Disk,
    running: Option<Running>,
    /// Counts its starts: what an earlier one told itself is forgotten.
    life: u64,
    random: Random,
    skew: i64,
    backup: Option<Backup>,
    /// Blocks that were looked at.
    seen: u64,
    /// The last block that it showed to a client.
    shown: u64,
}

/// See the module.
pub struct World {
    network: Rc<Network>,
    plan: Plan,
    shared: Rc<Shared>,
    nodes: Vec<Node>,
    random: Random,
    now: u64,
    number: u64,
    queue: BTreeMap<(u64, u64), Event>,
    weather: Weather,
    sides: Option<Vec<bool>>,
    quiet_tip: Option<u64>,
    wishes: u64,
    waiting: BTreeSet<Wish>,
    oracle: Oracle,
    /// What has happened so far.
    pub trace: Trace,
    /// What has been done so far.
    pub figures: Figures,
}

impl World {
    /// The world of a seed, in which something may be broken on purpose.
    pub fn new(seed: u64, sabotage: Option<Sabotage>) -> Result<Self, Broken> {
        let mut random = Random::new(seed);
        let network = Rc::new(Network::new(&mut random));
        let faulty = (network.smallest - 1) / 3;
        let plan = Plan::new(network.nodes, faulty, &mut random);
        let peer = |node| peer_id(&public_key(&fixture::network_key(node)));
        let peers =
            (0..network.nodes).map(|node| PeerId::from_bytes(&peer(node)?.to_bytes()).ok()).collect::<Option<_>>();
        let chain = network.genesis.chain.clone();
        let shared = Rc::new(Shared {
            verifier: Remembering::new(chain.clone()),
            chain,
            peers: peers.ok_or("a key that is none")?,
            memory: Arc::new(SignatureMemory::default()),
            sabotage,
        });
        let founded = Chain::found(&network).map_err(|fault| fault.to_string())?;
        let hasty = sabotage == Some(Sabotage::Set);
        let node = |node: usize| Node {
            disk: Disk::new(founded.for_node(hasty && node == 0), random.branch(), sabotage),
            running: None,
            life: 0,
            random: random.branch(),
            skew: plan.skew[node],
            backup: None,
            seen: 1,
            shown: 0,
        };
        let nodes: Vec<Node> = (0..network.nodes).map(node).collect();
        let mut world = Self {
            network,
            plan,
            shared,
            nodes,
            random: random.branch(),
            now: 0,
            number: 0,
            queue: BTreeMap::new(),
            weather: Weather::QUIET,
            sides: None,
            quiet_tip: None,
            wishes: 0,
            waiting: BTreeSet::new(),
            oracle: Oracle::default(),
            trace: Trace::default(),
            figures: Figures::default(),
        };
        for node in 0..world.nodes.len() {
            let at = world.random.of(0..SECOND / 2);
            world.after(at, Event::Start(node));
        }
        for (at, fault) in world.plan.faults.clone() {
            world.after(at, Event::Fault(fault));
        }
        world.after(world.plan.quiet, Event::Quiet);
        world.after(SECOND, Event::NewWish);
        world.after(SECOND, Event::Clients);
        if !world.network.successions.is_empty() {
            world.waiting.insert(Wish::Succession(0));
        }
        Ok(world)
    }

    /// What the world is like, in one line.
    pub fn describe(&self) -> String {
        let Plan { quiet, faults, liar, skew, .. } = &self.plan;
        let members = self.network.genesis.members.len();
        let successions = self.network.successions.iter();
        let changes: Vec<_> = successions.map(|succession| (succession.leaves, succession.joins)).collect();
        let (nodes, faults, quiet) = (self.nodes.len(), faults.len(), quiet / SECOND);
        format!(
            "{members} members of {nodes} nodes, (leaves, joins) {changes:?}, {faults} faults in {quiet} s, liar {liar:?}, clocks {skew:?}"
        )
    }

    fn after(&mut self, wait: u64, event: Event) {
        self.number += 1;
        self.queue.insert((self.now + wait, self.number), event);
    }

    /// Runs to the end: everybody at one height with everything in it, or a promise broken.
    pub fn run(&mut self) -> Result<(), Broken> {
        while !self.is_done() {
            let Some(((at, number), event)) = self.queue.pop_first() else {
                return Err("nothing happens any more".into());
            };
            self.now = at;
            self.figures.events += 1;
            if self.figures.events > EVENTS_MAX {
                return Err(format!("more than {EVENTS_MAX} events"));
            }
            if self.quiet_tip.is_some() && at > self.plan.quiet + PATIENCE {
                return Err(self.stuck());
            }
            self.trace.line(self.now, number, &event);
            self.happen(event)?;
        }
        self.finish()
    }

    fn is_done(&self) -> bool {
        let Some(quiet_tip) = self.quiet_tip else { return false };
        let goal = self.oracle.shown.max(quiet_tip + QUIET_BLOCKS);
        self.waiting.is_empty()
            && self.nodes.iter().all(|node| {
                let signs = node.running.as_ref().is_some_and(|running| running.follows_until.is_none());
                signs && node.disk.chain().tip().header.height >= goal
            })
    }

    fn stuck(&self) -> Broken {
        let place = |node: &Node| {
            let tip = node.disk.chain().tip().header.height;
            let running = node.running.as_ref();
            (tip, running.map(Running::place), running.and_then(|running| running.follows_until))
        };
        let places: Vec<_> = self.nodes.iter().map(place).collect();
        let waiting: Vec<_> = self.waiting.iter().take(5).collect();
        format!(
            "liveness: {PATIENCE} µs after the trouble: (tip, (height, round), follows until) {places:?}, waiting {waiting:?}"
        )
    }

    fn finish(&mut self) -> Result<(), Broken> {
        let shortest = self.nodes.iter().min_by_key(|node| node.disk.chain().tip().header.height);
        let Some(shortest) = shortest.map(|node| node.disk.clone()) else { return Ok(()) };
        let height = shortest.chain().tip().header.height;
        // The same blocks mean the same state: looked at once more where two nodes end at one height.
        for (index, node) in self.nodes.iter().enumerate() {
            let chain = node.disk.chain();
            if chain.tip().header.height == height && chain.records() != shortest.chain().records() {
                return Err(format!("node {index} has another state at height {height}"));
            }
        }
        self.oracle.at_the_end(&self.network, 0, &shortest.chain())?;
        let chain = shortest.chain();
        let changes = chain.rows().iter().filter(|row| row.header.validators != row.header.next_validators);
        let figures = &mut self.figures;
        (figures.height, figures.changes) = (height, changes.count() as u64);
        (figures.receipts, figures.seconds) = (self.oracle.receipts, self.now / SECOND);
        let evidence = self.nodes.iter().filter_map(|node| node.running.as_ref()).map(Running::evidence);
        figures.evidence += evidence.sum::<usize>() as u64;
        for node in &self.nodes {
            self.trace.add(&node.disk.chain().tip().hash);
        }
        figures.trace = self.trace.digest();
        Ok(())
    }

    fn time(&self, node: usize) -> Time {
        let clock = (FOUNDED + self.now / 1_000) as i64 + self.nodes[node].skew;
        Time(clock as u64 + 1_000)
    }

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Deliver { from, to, message } => {
                let time = self.time(to);
                self.on(to, |running| running.deliver(from, message, time))
            }
            Event::Wake { node, life, wake } if self.nodes[node].life == life => {
                let time = self.time(node);
                self.on(node, |running| running.wake(wake, time))
            }
            Event::Wake { .. } => Ok(()),
            Event::Start(node) => self.start(node),
            Event::Fault(fault) => self.fail(fault),
            Event::Quiet => {
                self.sides = None;
                self.weather = Weather::QUIET;
                self.nodes.iter().for_each(|node| node.disk.clear_fuse());
                self.quiet_tip = self.nodes.iter().map(|node| node.disk.chain().tip().header.height).max();
                Ok(())
            }
            Event::NewWish => {
                if self.quiet_tip.is_none() {
                    self.waiting.insert(Wish::Seal(self.wishes));
                    self.wishes += 1;
                    let wait = self.random.of(1..self.plan.wishes * 2);
                    self.after(wait, Event::NewWish);
                }
                Ok(())
            }
            Event::Clients => self.clients(),
        }
    }
}
