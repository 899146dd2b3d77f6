//! The network between the nodes: messages get lost, doubled, late and out of order, and a liar's are not what they were.

use super::{Event, World};
use crate::liar::lie;
use crate::node::Message;
use crate::oracle::Broken;

impl World {
    pub(super) fn broadcast(&mut self, from: usize, message: &Message) -> Result<(), Broken> {
        if self.plan.liar != Some(from) {
            self.oracle.sent(from, &self.shared.chain, message)?;
        }
        for to in (0..self.nodes.len()).filter(|to| *to != from) {
            let message = if to % 2 == 1 { self.lied_about(from, message.clone()) } else { message.clone() };
            self.send(from, to, message);
        }
        Ok(())
    }

    pub(super) fn send(&mut self, from: usize, to: usize, message: Message) {
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

    pub(super) fn lied_about(&mut self, from: usize, message: Message) -> Message {
        if self.plan.liar != Some(from) {
            return message;
        }
        let lie = lie(from, &self.shared.chain, &message, &mut self.random);
        self.figures.lies += u64::from(lie.is_some());
        lie.unwrap_or(message)
    }
}
