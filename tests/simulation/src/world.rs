//! One run: nodes, the network between them, clients, and what goes wrong, on a virtual clock.
//!
//! Everything that happens is an event with a time and a number, taken in that order; every choice comes from the seed. So a seed is a
//! run, and the *trace*, a digest over a line for each event, is the same each time.

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
use crate::liar::lie;
use crate::node::{Message, Out, Running, Shared, Stop, Wake};
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

/// Clients ask again what they wait for.
const ASK_INTERVAL: u64 = SECOND / 3;

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

    /// Lets a running node do something, and looks at what it did.
    fn on(&mut self, node: usize, act: impl FnOnce(&mut Running)) -> Result<(), Broken> {
        let Some(running) = &mut self.nodes[node].running else { return Ok(()) };
        act(running);
        self.look_at(node)
    }

    fn look_at(&mut self, node: usize) -> Result<(), Broken> {
        let Some(running) = &mut self.nodes[node].running else { return Ok(()) };
        let (out, stop, (_, round)) = (running.take_out(), running.stop().cloned(), running.place());
        let follows_until = running.follows_until;
        self.figures.rounds = self.figures.rounds.max(round);
        let life = self.nodes[node].life;
        for out in out {
            match out {
                Out::All(message) => self.broadcast(node, &message)?,
                Out::One(to, message) => {
                    let message = self.lied_about(node, message);
                    self.send(node, to, message);
                }
                Out::After(wait, wake) => self.after(wait, Event::Wake { node, life, wake }),
            }
        }
        self.look_at_blocks(node)?;
        match stop {
            None => {}
            Some(Stop::PowerOff) => {
                self.figures.torn += 1;
                self.crash(node);
            }
            Some(Stop::Ended(why)) => return Err(format!("node {node} ended: {why}")),
        }
        let tip = self.nodes[node].disk.chain().tip().header.height;
        if follows_until.is_some_and(|height| tip >= height) {
            // The operator starts it again, as the refusal says.
            self.nodes[node].running = None;
            self.start(node)?;
        }
        Ok(())
    }

    fn look_at_blocks(&mut self, node: usize) -> Result<(), Broken> {
        let disk = self.nodes[node].disk.clone();
        let chain = disk.chain();
        let (seen, length) = (self.nodes[node].seen, chain.rows().len() as u64);
        if length > seen {
            self.oracle.committed(node, &chain, seen)?;
            self.figures.commits += length - seen;
            self.trace.add(&chain.tip().hash);
            self.nodes[node].seen = length;
        }
        Ok(())
    }

    fn start(&mut self, node: usize) -> Result<(), Broken> {
        if self.nodes[node].running.is_some() {
            return Ok(());
        }
        let tip = self.nodes[node].disk.chain().tip().header.height;
        if tip < self.nodes[node].shown {
            return Err(format!("node {node} showed block {} and has only {tip}", self.nodes[node].shown));
        }
        let time = self.time(node);
        let this = &mut self.nodes[node];
        this.life += 1;
        let random = this.random.branch();
        match Running::start(node, &self.shared, &this.disk, random, time) {
            Ok(running) => {
                self.nodes[node].running = Some(running);
                self.look_at(node)
            }
            Err(Stop::PowerOff) => {
                self.crash(node);
                Ok(())
            }
            Err(Stop::Ended(why)) => Err(format!("node {node} does not start: {why}")),
        }
    }

    /// The power of a node fails, and is back some time later.
    fn crash(&mut self, node: usize) {
        if let Some(running) = self.nodes[node].running.take() {
            self.figures.evidence += running.evidence() as u64;
        }
        self.figures.crashes += 1;
        self.nodes[node].disk.power_cycle();
        self.nodes[node].life += 1;
        let longest = if self.random.happens(500) { SECOND / 2 } else { 5 * SECOND };
        let wait = self.random.of(SECOND / 100..longest);
        self.after(wait, Event::Start(node));
    }

    fn fail(&mut self, fault: Fault) -> Result<(), Broken> {
        match fault {
            Fault::Crash(node) if self.nodes[node].running.is_some() => self.crash(node),
            Fault::Crash(_) => {}
            Fault::Fuse(node, calls) => self.nodes[node].disk.set_fuse(calls),
            Fault::Blackout => {
                for node in 0..self.nodes.len() {
                    if self.nodes[node].running.is_some() {
                        self.crash(node);
                    }
                }
            }
            Fault::Partition(sides) => {
                self.figures.partitions += 1;
                self.sides = Some(sides);
            }
            Fault::Heal => self.sides = None,
            Fault::Weather(weather) => self.weather = weather,
            Fault::BackUp(node) => {
                if self.nodes[node].running.is_some() {
                    self.crash(node);
                }
                self.nodes[node].backup = Some(self.nodes[node].disk.back_up());
            }
            Fault::Restore(node) => {
                if let Some(backup) = self.nodes[node].backup.take() {
                    self.figures.restored += 1;
                    if self.nodes[node].running.is_some() {
                        self.crash(node);
                    }
                    let this = &mut self.nodes[node];
                    this.disk.restore(&backup);
                    let tip = this.disk.chain().tip().header.height;
                    // What it showed meanwhile it may lack now; the others have it.
                    (this.seen, this.shown) = (tip + 1, this.shown.min(tip));
                }
            }
        }
        Ok(())
    }

    fn broadcast(&mut self, from: usize, message: &Message) -> Result<(), Broken> {
        if self.plan.liar != Some(from) {
            self.oracle.sent(from, &self.shared.chain, message)?;
        }
        for to in (0..self.nodes.len()).filter(|to| *to != from) {
            let message = if to % 2 == 1 { self.lied_about(from, message.clone()) } else { message.clone() };
            self.send(from, to, message);
        }
        Ok(())
    }

    fn send(&mut self, from: usize, to: usize, message: Message) {
        let apart = self.sides.as_ref().is_some_and(|sides| sides[from] != sides[to]);
        if from == to || apart || self.random.happens(self.weather.lost) {
            self.figures.lost += u64::from(from != to);
            return;
        }
        for _ in 0..1 + u64::from(self.random.happens(self.weather.doubled)) {
            let wait = self.random.of(self.weather.delay.clone());
            self.after(wait, Event::Deliver { from, to, message: message.clone() });
        }
    }

    fn lied_about(&mut self, from: usize, message: Message) -> Message {
        if self.plan.liar != Some(from) {
            return message;
        }
        let lie = lie(from, &self.shared.chain, &message, &mut self.random);
        self.figures.lies += u64::from(lie.is_some());
        lie.unwrap_or(message)
    }

    /// Clients look at a node each whether their wishes are done, and ask some node again if not.
    fn clients(&mut self) -> Result<(), Broken> {
        self.after(ASK_INTERVAL, Event::Clients);
        for wish in self.waiting.clone() {
            let node = self.random.below(self.nodes.len());
            if self.nodes[node].running.is_none() {
                continue;
            }
            let disk = self.nodes[node].disk.clone();
            let done = fixture::done(&disk.chain(), &wish);
            if let Some(height) = done {
                self.oracle.acknowledged(&self.network, &disk.chain(), wish, height)?;
                self.nodes[node].shown = disk.chain().tip().header.height;
                self.figures.acknowledged += 1;
                self.waiting.remove(&wish);
                self.wish_more(wish, height);
            } else {
                let time = self.time(node);
                for transaction in fixture::transactions(&self.network, &wish) {
                    self.on(node, |running| running.submit(&Rc::new(transaction), time))?;
                }
            }
        }
        Ok(())
    }

    /// After a seal, perhaps a change of status; after a suspension, a revocation; after one set, the next.
    fn wish_more(&mut self, wish: Wish, height: u64) {
        let more = match wish {
            Wish::Seal(batch) => Wish::Change { batch, revoked: self.random.happens(500), seen: 0 },
            Wish::Change { batch, revoked: false, .. } => Wish::Change { batch, revoked: true, seen: height },
            Wish::Succession(number) if number + 1 < self.network.successions.len() => Wish::Succession(number + 1),
            Wish::Change { .. } | Wish::Succession(_) => return,
        };
        let always = matches!(more, Wish::Succession(_));
        if self.quiet_tip.is_none() && (always || self.random.happens(400)) {
            self.waiting.insert(more);
        }
    }
}
