//! Randomness that can be had again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// SplitMix64: small, and every seed is a good one.
pub struct Random(u64);

impl Random {
    /// Of the seed in `SOGOC_SEED`, or else of the clock; prints which.
    pub fn of_this_run() -> Self {
        let given = std::env::var("SOGOC_SEED").ok().and_then(|seed| seed.parse().ok());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = given.unwrap_or_else(clock);
        println!("SOGOC_SEED={seed}");
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound as u64) as usize
    }

    /// A time shorter than `longest`.
    pub fn time_below(&mut self, longest: Duration) -> Duration {
        Duration::from_micros(self.number() % (longest.as_micros() as u64).max(1))
    }

    /// That many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number() as u8).collect()
    }
}
