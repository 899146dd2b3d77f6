//! Whether this node serves the network's present state; if not, why.
//!
//! # Evidence
//!
//! Every peer tells the height of its last block over the transaction network, whose connections are bound to network keys
//! ([`gossip`](crate::gossip)). The *network's height* is the greatest that members with more than a third of the power have
//! reached, this node included: at least one of them is honest, so a lie neither makes a node unready nor hides that it is behind
//! an honest third. Observers count for nothing.
//!
//! # Rule
//!
//! The first that holds is the reason:
//!
//! | reason | holds while |
//! |---|---|
//! | `engine-failed` | a part of the node has failed; the process is ending |
//! | `too-few-peers` | those heard, with this node, hold no more than two thirds of the power: it cannot take part, nor know. An observer needs more than one third |
//! | `stalled` | the network is ahead, and this node has stood still for [`STALL_MAX`] |
//! | `catching-up` | it has not been level with the network since it started, lost its peers, stalled or fell [`BEHIND_BLOCKS_MAX`] behind |
//! | `no-blocks` | it is level, and the last block is older than [`HEARTBEATS_MISSED_MAX`] heartbeats: the network stands still, or this clock is wrong |
//!
//! Heights are told within a second ([`gossip`](crate::gossip)), so a node that stands still says so after eleven.
//!
//! # Invariants
//!
//! Nothing here reads a clock: time is handed in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use sogoc_ledger::name::{Height, Time};
use sogoc_ledger::record::Member;
use sogoc_ledger::signature::PublicKey;

use crate::peers;

/// How long a node may stand still while the network is ahead: the slowest honest catch-up, a full block over a poor line, moves in less.
pub const STALL_MAX: Duration = Duration::from_secs(10);

/// Blocks that a node may be behind before it has to catch up anew: a second's worth on a busy network.
pub const BEHIND_BLOCKS_MAX: Height = 16;

/// A network that makes no block for so many heartbeats stands still.
pub const HEARTBEATS_MISSED_MAX: u64 = 3;

/// Why a node is not ready.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A part of it has failed.
    EngineFailed,
    /// It hears too few.
    TooFewPeers,
    /// It stands still while others go on.
    Stalled,
    /// It has not yet what others have.
    CatchingUp,
    /// Nobody goes on.
    NoBlocks,
}

impl Reason {
    /// All, in the order in which they are looked for.
    pub const ALL: [Self; 5] = [Self::EngineFailed, Self::TooFewPeers, Self::Stalled, Self::CatchingUp, Self::NoBlocks];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::EngineFailed => "engine-failed",
            Self::TooFewPeers => "too-few-peers",
            Self::Stalled => "stalled",
            Self::CatchingUp => "catching-up",
            Self::NoBlocks => "no-blocks",
        }
    }
}

/// Who counts how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Powers {
    peers: BTreeMap<PeerId, u64>,
    own: u64,
    total: u64,
}

impl Powers {
    /// Of `members`, for the one that holds the consensus key `own`; an observer holds none.
    pub fn new(members: &[Member], own: Option<&PublicKey>) -> Self {
        let mut powers = Self::default();
        for member in members {
            let power = u64::from(member.power);
            powers.total += power;
            if own == Some(&member.consensus) {
                powers.own += power;
            } else if let Some(peer) = peers::peer_id(&member.network) {
                *powers.peers.entry(peer).or_default() += power;
            }
        }
        powers
    }

    /// Whether this node has any.
    pub fn votes(&self) -> bool {
        self.own > 0
    }

    /// What a node at height `own` hears in these claims.
    fn hear(&self, own: Height, claims: &BTreeMap<PeerId, Height>) -> Heard {
        let told = claims.iter().filter_map(|(peer, height)| Some((*height, *self.peers.get(peer)?)));
        let mut told: Vec<(Height, u64)> = told.chain([(own, self.own)]).collect();
        told.sort_unstable_by(|a, b| b.cmp(a));
        let mut power = 0;
        let mut network = own;
        for (height, more) in told {
            if power * 3 <= self.total && (power + more) * 3 > self.total {
                network = height.max(own);
            }
            power += more;
        }
        let needed = if self.own > 0 { 2 * self.total } else { self.total };
        Heard { network, enough: power * 3 > needed }
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Heard {
    network: Height,
    enough: bool,
}

/// The last block, as far as readiness goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// The heartbeat that holds after it.
    pub heartbeat_ms: u32,
}

/// How this node keeps up. Told of every change, it can say at any time how things stand.
#[derive(Clone, Debug)]
pub struct Progress {
    last: Last,
    moved: Instant,
    heard: Heard,
    /// Since when the network is ahead and this node stands still.
    still: Option<Instant>,
    /// It was level with the network, and nothing has cast that into doubt since.
    level: bool,
}

impl Progress {
    /// Of a node that starts.
    pub fn new(last: Last, now: Instant) -> Self {
        let heard = Heard { network: last.height, enough: false };
        Self { last, moved: now, heard, still: None, level: false }
    }

    /// Takes note of the last block and of what peers claim: whenever either has changed.
    pub fn observe(&mut self, last: Last, powers: &Powers, claims: &BTreeMap<PeerId, Height>, now: Instant) {
        let stalled = self.stalled(now);
        if last.height > self.last.height {
            self.moved = now;
            self.still = None;
        }
        self.last = last;
        self.heard = powers.hear(last.height, claims);
        let behind = self.heard.network - last.height;
        self.still = if behind > 0 { self.still.or(Some(now)) } else { None };
        self.level = self.heard.enough && (behind == 0 || (self.level && !stalled && behind <= BEHIND_BLOCKS_MAX));
    }

    fn stalled(&self, now: Instant) -> bool {
        self.still.is_some_and(|since| now.saturating_duration_since(since) >= STALL_MAX)
    }

    /// Why the node is not ready, if it is not; `clock` is the time of day.
    pub fn judge(&self, now: Instant, clock: Time) -> Option<Reason> {
        let age = clock.0.saturating_sub(self.last.time.0);
        if !self.heard.enough {
            Some(Reason::TooFewPeers)
        } else if self.stalled(now) {
            Some(Reason::Stalled)
        } else if !self.level {
            Some(Reason::CatchingUp)
        } else if self.last.height > 0 && age > u64::from(self.last.heartbeat_ms) * HEARTBEATS_MISSED_MAX {
            // Block 0 is as old as its founders' genesis file.
            Some(Reason::NoBlocks)
        } else {
            None
        }
    }

    /// The network's height.
    pub fn network(&self) -> Height {
        self.heard.network
    }

    /// How long this node has had no new block.
    pub fn since_moved(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{genesis, key};
    use proptest::prelude::*;
    use sogoc_ledger::signature::public_key;

    const HEARTBEAT_MS: u32 = 600_000;

    fn id(seed: u8) -> PeerId {
        peers::peer_id(&public_key(&key(seed + 50))).unwrap()
    }

    /// As the member `own` of four with power 1 each.
    fn powers(own: u8) -> Powers {
        let genesis = genesis();
        Powers::new(&genesis.members, Some(&public_key(&key(own))))
    }

    fn claims(heights: &[(u8, Height)]) -> BTreeMap<PeerId, Height> {
        heights.iter().map(|(seed, height)| (id(*seed), *height)).collect()
    }

    /// A node with a clock.
    struct Bench {
        powers: Powers,
        progress: Progress,
        start: Instant,
    }

    impl Bench {
        fn new(powers: Powers, height: Height) -> Self {
            let start = Instant::now();
            let last = Last { height, time: Time(0), heartbeat_ms: HEARTBEAT_MS };
            Self { powers, progress: Progress::new(last, start), start }
        }

        /// What the node says at second `second`, after a change if there is one.
        fn at(&mut self, second: u64, change: Option<(Height, &[(u8, Height)])>) -> Option<Reason> {
            let now = self.start + Duration::from_secs(second);
            if let Some((height, heights)) = change {
                let last = Last { height, ..self.progress.last };
                self.progress.observe(last, &self.powers, &claims(heights), now);
            }
            self.progress.judge(now, Time(second * 1_000))
        }
    }

    #[test]
    fn the_networks_height_is_what_more_than_a_third_reached() {
        let hear = |own, heights: &[(u8, Height)]| powers(1).hear(own, &claims(heights));
        assert_eq!(hear(5, &[]), Heard { network: 5, enough: false });
        assert_eq!(hear(5, &[(2, 9)]), Heard { network: 5, enough: false });
        assert_eq!(hear(5, &[(2, 9), (3, 8)]), Heard { network: 8, enough: true });
        assert_eq!(hear(5, &[(2, u64::MAX), (3, 5), (4, 5)]).network, 5, "one may lie");
        assert_eq!(hear(5, &[(2, 0), (3, 8), (4, 9)]).network, 8, "either way");
        assert_eq!(hear(5, &[(2, 4), (3, 4), (4, 4)]).network, 5, "this node is the first");
        assert_eq!(hear(5, &[(7, 9), (8, 9)]), Heard { network: 5, enough: false }, "strangers");
        let alone = Powers { peers: BTreeMap::new(), own: 1, total: 1 };
        assert_eq!(alone.hear(5, &BTreeMap::new()), Heard { network: 5, enough: true });
    }

    #[test]
    fn an_observer_needs_one_honest_member() {
        let observer = Powers::new(&genesis().members, None);
        assert_eq!(observer.hear(5, &claims(&[(1, 9)])), Heard { network: 5, enough: false });
        assert_eq!(observer.hear(5, &claims(&[(1, 9), (2, 8)])), Heard { network: 8, enough: true });
        assert_eq!(observer.hear(5, &claims(&[(1, 9), (2, 1)])), Heard { network: 5, enough: true });
    }

    #[test]
    fn a_node_is_ready_when_it_is_level_and_not_when_it_stalls() {
        let mut bench = Bench::new(powers(1), 0);
        assert_eq!(bench.at(0, None), Some(Reason::TooFewPeers));
        assert_eq!(bench.at(0, Some((0, &[(2, 7)]))), Some(Reason::TooFewPeers));
        assert_eq!(bench.at(1, Some((0, &[(2, 7), (3, 7)]))), Some(Reason::CatchingUp));
        assert_eq!(bench.at(2, Some((6, &[(2, 7), (3, 7)]))), Some(Reason::CatchingUp), "close is not level");
        assert_eq!(bench.at(3, Some((7, &[(2, 7), (3, 7)]))), None);
        // A long silence is no fault; the clock runs from when the others move.
        assert_eq!(bench.at(500, None), None);
        assert_eq!(bench.at(501, Some((7, &[(2, 8), (3, 7)]))), None);
        assert_eq!(bench.at(502, Some((7, &[(2, 8), (3, 8)]))), None);
        assert_eq!(bench.at(511, Some((7, &[(2, 9), (3, 9)]))), None, "nine seconds");
        assert_eq!(bench.at(512, None), Some(Reason::Stalled));
        assert_eq!(bench.at(520, Some((8, &[(2, 9), (3, 9)]))), Some(Reason::CatchingUp), "it moves again");
        assert_eq!(bench.at(530, None), Some(Reason::Stalled), "and no more");
        assert_eq!(bench.at(531, Some((9, &[(2, 9), (3, 9)]))), None);
    }

    #[test]
    fn one_who_moves_slowly_is_catching_up() {
        let mut bench = Bench::new(powers(1), 3);
        assert_eq!(bench.at(0, Some((3, &[(2, 3), (3, 3), (4, 3)]))), None);
        let ahead = |by| [(2, 3 + by), (3, 3 + by)];
        assert_eq!(bench.at(1, Some((3, &ahead(BEHIND_BLOCKS_MAX)))), None);
        assert_eq!(bench.at(2, Some((3, &ahead(BEHIND_BLOCKS_MAX + 1)))), Some(Reason::CatchingUp));
        assert_eq!(bench.at(3, Some((4, &ahead(BEHIND_BLOCKS_MAX + 1)))), Some(Reason::CatchingUp));
        for second in 4..30 {
            let own = 4 + (second - 3) / 2;
            assert_eq!(bench.at(second, Some((own, &ahead(90)))), Some(Reason::CatchingUp), "never still for long");
        }
        assert_eq!(bench.at(30, Some((93, &ahead(90)))), None);
    }

    #[test]
    fn who_lost_its_peers_proves_itself_anew() {
        let mut bench = Bench::new(powers(1), 3);
        assert_eq!(bench.at(0, Some((3, &[(2, 3), (3, 3)]))), None);
        assert_eq!(bench.at(1, Some((3, &[(2, 3)]))), Some(Reason::TooFewPeers));
        assert_eq!(bench.at(2, Some((3, &[(2, 4), (3, 4)]))), Some(Reason::CatchingUp));
        assert_eq!(bench.at(3, Some((4, &[(2, 4), (3, 4)]))), None);
    }

    #[test]
    fn a_network_without_blocks_is_not_ready_and_a_new_one_is() {
        let mut bench = Bench::new(powers(1), 0);
        let much_later = u64::from(HEARTBEAT_MS) * (HEARTBEATS_MISSED_MAX + 1) / 1_000;
        assert_eq!(bench.at(much_later, Some((0, &[(2, 0), (3, 0)]))), None);
        assert_eq!(bench.at(much_later, Some((1, &[(2, 1), (3, 1)]))), Some(Reason::NoBlocks));
    }

    #[test]
    fn codes_are_stable_and_differ() {
        let codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes, ["engine-failed", "too-few-peers", "stalled", "catching-up", "no-blocks"]);
    }

    proptest! {
        /// One of four says what it likes; the others say the truth.
        #[test]
        fn a_liar_neither_makes_a_level_node_unready_nor_hides_that_it_is_behind(
            lies in proptest::collection::vec((any::<u64>(), 0u64..3), 1..20),
            behind: bool,
        ) {
            let mut bench = Bench::new(powers(1), 5);
            let (mut second, others) = (0, if behind { 9 } else { 5 });
            for (lie, wait) in lies {
                second += wait;
                let reason = bench.at(second, Some((5, &[(2, lie), (3, others), (4, others)])));
                prop_assert_eq!(reason.is_some(), behind);
            }
            prop_assert_eq!(bench.at(second + 10, None), behind.then_some(Reason::Stalled));
        }
    }
}
