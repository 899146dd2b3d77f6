//! The nodes: what they do when something happens to them, and what befalls their machines.

use super::{Event, World};
use crate::node::{Out, Running, Stop};
use crate::oracle::Broken;
use crate::plan::{Fault, SECOND};

impl World {
    /// Lets a running node do something, and looks at what it did.
    pub(super) fn on(&mut self, node: usize, act: impl FnOnce(&mut Running)) -> Result<(), Broken> {
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

    pub(super) fn start(&mut self, node: usize) -> Result<(), Broken> {
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

    pub(super) fn fail(&mut self, fault: Fault) -> Result<(), Broken> {
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
}
