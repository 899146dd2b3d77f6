//! The clients: whoever has a wish asks for it until it is done, at one node or another.

use std::rc::Rc;

use super::{Event, World};
use crate::fixture::{self, Wish};
use crate::oracle::Broken;
use crate::plan::SECOND;

/// Clients ask again what they wait for.
const ASK_INTERVAL: u64 = SECOND / 3;

impl World {
    /// Clients look at a node each whether their wishes are done, and ask some node again if not.
    pub(super) fn clients(&mut self) -> Result<(), Broken> {
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
