//! Holds heights for which there is nothing to do, and lets a start wait for its peers.
//!
//! What wakes a node can be made up by a validator that lies: it costs an empty block, which that validator could propose anyway.

use malachite::app::engine::host::Next;
use malachite::{NetworkRequest, Reply};
use sogoc_ledger::state::StoreFault;
use tokio::time::{Duration, Instant, sleep, timeout};

use super::Host;
use crate::clock;
use crate::context::{Address, Context, Height};
use crate::intake::Stirring;
use crate::peers;

/// The opener of a height makes the heartbeat; should it be down, the others begin so much later.
const HEARTBEAT_GRACE: Duration = Duration::from_secs(1);

/// A signal of work may overtake the transactions: an opener without any waits so long for them.
pub(super) const WORK_GRACE: Duration = Duration::from_millis(30);

/// A start waits no longer than this for a quorum of peers: a node must be ready within five seconds.
const PEERS_WAIT_MAX: Duration = Duration::from_secs(3);

/// Between two looks at who is connected, during that wait only.
const PEERS_LOOK: Duration = Duration::from_millis(50);

/// Connected peers need this long to say what they listen to; before that, votes sent to them are lost.
const SUBSCRIBE_GRACE: Duration = Duration::from_millis(150);

/// A height that is held because there is nothing to do.
pub(super) struct Held {
    pub(super) height: Height,
    pub(super) reply: Reply<Next<Context>>,
    /// When it is begun in any case.
    pub(super) until: Instant,
}

impl Host {
    /// Returns once more than two thirds of the validators are there, this one included, or it has taken too long.
    pub(super) async fn wait_for_peers(&self) {
        let connected = async {
            while !self.quorum_is_connected().await {
                sleep(PEERS_LOOK).await;
            }
            sleep(SUBSCRIBE_GRACE).await;
        };
        if timeout(PEERS_WAIT_MAX, connected).await.is_err() {
            tracing::info!("starting without a quorum of peers");
        }
    }

    async fn quorum_is_connected(&self) -> bool {
        let Ok(Some(network)) = NetworkRequest::dump_state(&self.requests).await else { return false };
        let validators = self.validators.borrow().clone();
        let members = validators.members_at(self.judge.open_height().0);
        let present = members.iter().filter(|member| {
            self.own == Some(Address(member.consensus))
                || peers::peer_id(&member.network).is_some_and(|peer| network.peers.contains_key(&peer))
        });
        let power = |members: &mut dyn Iterator<Item = u32>| members.map(u64::from).sum::<u64>();
        let (present, all) = (power(&mut present.map(|m| m.power)), power(&mut members.iter().map(|m| m.power)));
        present * 3 > all * 2
    }

    /// Ends the height, or holds the next one if there is nothing to do.
    pub(super) fn hold(&mut self, reply: Reply<Next<Context>>) -> Result<(), StoreFault> {
        let tip = self.store.tip();
        let height = self.judge.open_height();
        let due = tip.header.time.0.saturating_add(u64::from(self.judge.parameters().heartbeat_ms));
        let wait = Duration::from_millis(due.saturating_sub(clock::now().0));
        // A block from a clock ahead of this one must not put off the heartbeat for longer than a heartbeat.
        let wait = wait.min(Duration::from_millis(u64::from(self.judge.parameters().heartbeat_ms)));
        let grace = if self.judge.opens() { Duration::ZERO } else { HEARTBEAT_GRACE };
        self.held = Some(Held { height, reply, until: Instant::now() + wait + grace });
        let stirring = *self.intake.stirring().borrow();
        self.stirred(stirring);
        if self.judge.has_reason_to_go_on()? {
            self.begin_held();
        }
        Ok(())
    }

    /// Transactions came in, a validator has work, or the others have got further.
    pub(super) fn stirred(&mut self, Stirring { work, reached, .. }: Stirring) {
        let open = self.judge.open_height();
        if reached >= open.0 {
            // It is decided, and comes by sync once the engine works on it.
            self.begin_held();
        }
        if self.intake.has_work() {
            self.intake.announce(open.0);
            self.begin_held();
        } else if work >= open.0 {
            let patience = if self.judge.opens() { WORK_GRACE } else { Duration::ZERO };
            if let Some(held) = &mut self.held {
                held.until = held.until.min(Instant::now() + patience);
            }
        }
    }

    pub(super) fn begin_held(&mut self) {
        if let Some(held) = self.held.take() {
            self.intake.announce(held.height.0);
            let _ = held.reply.send(Next::Start(held.height, self.height_parameters()));
        }
    }
}
