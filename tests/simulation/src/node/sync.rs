//! Catching up: statuses each second, one request at a time, and blame for who sends what is wrong.

use std::collections::BTreeMap;

use malachite::app::engine::host::SyncedValueOutcome;
use malachite::app::types::sync::RawDecidedValue;
use malachite_consensus::{Input, PeerId};
use malachite_types::{Value as _, ValueOrigin, ValueResponse};
use sogoc_consensus::simulation::{Address, Context};

use super::{Core, Message, NotHandled, Out};

/// A peer that does not answer a request is given up, in milliseconds. Shorter than in production, so that a run is.
const TIMEOUT_MS: u64 = 2_000;

/// Blocks asked for at once, as in production.
const BATCH: u64 = 16;

/// See the module.
#[derive(Default)]
pub(super) struct Sync {
    /// The last blocks of others, as they say.
    pub(super) tips: BTreeMap<usize, u64>,
    /// Who was asked, and until when an answer is awaited.
    pub(super) asked: Option<(usize, u64)>,
    /// Blocks that came, by height.
    pub(super) arrived: BTreeMap<u64, (usize, RawDecidedValue<Context>)>,
    /// Who was last found to send what is wrong.
    blamed: Option<usize>,
}

impl Core {
    pub(super) fn blame(&mut self, peer: PeerId) {
        self.sync.blamed = self.shared.peers.iter().position(|other| *other == peer);
        let blamed = self.sync.blamed;
        self.sync.arrived.retain(|_, (from, _)| Some(*from) != blamed);
        self.sync.asked = None;
    }

    pub(super) fn synced(&mut self, response: ValueResponse<Context>, proposer: Address) -> Result<(), NotHandled> {
        let ValueResponse { peer, value_bytes, certificate } = response;
        let (height, round) = (certificate.height, certificate.round);
        match self.judge.synced(height, round, proposer, &value_bytes).map_err(|fault| self.end(fault))? {
            SyncedValueOutcome::Verdict(mut value) if value.value.id() == certificate.value_id => {
                if value.validity.is_invalid() {
                    return Err(self.end(format!("diverged: block {height} was decided and is not valid here")));
                }
                value.round = round;
                self.letter(Input::ProposedValue(value, ValueOrigin::Sync));
            }
            SyncedValueOutcome::Verdict(_) | SyncedValueOutcome::PeerFault => self.blame(peer),
            SyncedValueOutcome::LocalTransientError => {}
        }
        Ok(())
    }

    /// Asks for what others have and this node has not.
    pub(super) fn catch_up(&mut self) {
        let open = self.judge.open_height().0;
        self.sync.arrived = self.sync.arrived.split_off(&open);
        let waits = self.sync.asked.is_some_and(|(_, until)| self.now.0 < until);
        if waits || self.sync.arrived.contains_key(&open) {
            return;
        }
        let ahead = |with_blamed: bool| {
            let tips = self.sync.tips.iter().filter(|(_, tip)| **tip >= open);
            tips.filter(|(peer, _)| with_blamed || Some(**peer) != self.sync.blamed).map(|(peer, _)| *peer).collect()
        };
        let mut peers: Vec<usize> = ahead(false);
        if peers.is_empty() {
            peers = ahead(true);
        }
        let Some(peer) = self.random.one(&peers).copied() else { return };
        self.sync.asked = Some((peer, self.now.0 + TIMEOUT_MS));
        self.out.push(Out::One(peer, Message::Ask(open, open + BATCH - 1)));
    }

    /// Hands the engine the block that came for `height`, if one did.
    pub(super) fn feed(&mut self, height: u64) {
        if let Some((from, value)) = self.sync.arrived.remove(&height) {
            let response = ValueResponse::new(self.shared.peers[from], value.value_bytes, value.certificate);
            self.letter(Input::SyncValueResponse(response));
        }
    }
}
