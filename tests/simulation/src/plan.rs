//! What goes wrong in a run, drawn from its seed before it begins.
//!
//! A run has a time of trouble and then a quiet one. In a set of `n` at most `(n − 1) / 3` members may be *faulty* at once: one that says
//! two things, one whose home is restored from a backup, one whose clock is wrong. Crashes, partitions and lost messages may
//! hit everybody, and be all at once.

use std::ops::Range;

use crate::random::Random;

/// One second, in the simulation's microseconds.
pub const SECOND: u64 = 1_000_000;

/// How messages travel.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Lost, of a thousand.
    pub lost: u64,
    /// Delivered twice, of a thousand.
    pub doubled: u64,
    /// How long they take, in microseconds: so they overtake each other.
    pub delay: Range<u64>,
}

impl Weather {
    /// Of the quiet time.
    pub const QUIET: Self = Self { lost: 0, doubled: 10, delay: 500..40_000 };

    fn new(random: &mut Random) -> Self {
        let slowest = random.of(2_000..60_000) * if random.happens(300) { 15 } else { 1 };
        Self {
            lost: if random.happens(500) { random.of(0..250) } else { 0 },
            doubled: random.of(0..100),
            delay: 500..500 + slowest,
        }
    }
}

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A node's power fails now.
    Crash(usize),
    /// It fails during the synced call after so many.
    Fuse(usize, u64),
    /// Everybody's fails.
    Blackout,
    /// Nodes hear only those of their own side.
    Partition(Vec<bool>),
    /// They hear each other again.
    Heal,
    /// The weather changes.
    Weather(Weather),
    /// A node is stopped and its home copied.
    BackUp(usize),
    /// The copy is put back, without the guard.
    Restore(usize),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Plan {
    /// When the quiet time begins.
    pub quiet: u64,
    /// What goes wrong when.
    pub faults: Vec<(u64, Fault)>,
    /// A member that signs two things.
    pub liar: Option<usize>,
    /// How far each node's clock is ahead, in milliseconds.
    pub skew: Vec<i64>,
    /// Between two new wishes of clients, in microseconds.
    pub wishes: u64,
}

impl Plan {
    /// For `nodes` nodes, of which `faulty` may be.
    pub fn new(nodes: usize, faulty: usize, random: &mut Random) -> Self {
        let quiet = random.of(10..60) * SECOND;
        let (mut faulty, mut faults) = (faulty, vec![(0, Fault::Weather(Weather::new(random)))]);
        let mut one_of_the_faulty = |per_mille: u64, random: &mut Random| {
            let one = (faulty > 0 && random.happens(per_mille)).then(|| random.below(nodes));
            faulty -= usize::from(one.is_some());
            one
        };
        let liar = one_of_the_faulty(500, random);
        let restored = one_of_the_faulty(500, random).filter(|node| Some(*node) != liar);
        let wrong_clock = one_of_the_faulty(300, random);
        let skew = (0..nodes).map(|node| match wrong_clock {
            Some(wrong) if wrong == node => random.of(0..8_000) as i64 - 4_000,
            _ => random.of(0..800) as i64 - 400,
        });
        let skew = skew.collect();
        let some = |most: u64, random: &mut Random| random.of(0..most + 1);
        for _ in 0..some(10, random) {
            faults.push((random.of(0..quiet), Fault::Crash(random.below(nodes))));
        }
        for _ in 0..some(20, random) {
            faults.push((random.of(0..quiet), Fault::Fuse(random.below(nodes), random.of(0..30))));
        }
        for _ in 0..some(2, random) {
            faults.push((random.of(0..quiet), Fault::Blackout));
        }
        for _ in 0..some(3, random) {
            faults.push((random.of(0..quiet), Fault::Weather(Weather::new(random))));
        }
        for _ in 0..some(3, random) {
            let (at, lasts) = (random.of(0..quiet), random.of(SECOND / 10..8 * SECOND));
            faults.push((at, Fault::Partition((0..nodes).map(|_| random.happens(500)).collect())));
            faults.push((at + lasts, Fault::Heal));
        }
        if let Some(node) = restored {
            let at = random.of(0..quiet / 2);
            faults.push((at, Fault::BackUp(node)));
            faults.push((random.of(at + 1..quiet), Fault::Restore(node)));
        }
        faults.retain(|(at, _)| *at < quiet);
        faults.sort_by_key(|(at, _)| *at);
        Self { quiet, faults, liar, skew, wishes: random.of(SECOND / 4..2 * SECOND) }
    }
}
