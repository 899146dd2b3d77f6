//! Numbers that look random and are the same for the same seed (splitmix64), and the values where programs go wrong.

use sogoc_ledger::Hash;

pub struct Random(u64);

impl Random {
    /// The stream of one case: any case can be made again without those before it.
    pub fn of_case(seed: u64, case: u64) -> Self {
        let mut random = Self(seed);
        Self(random.next() ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`; 0 if there is nothing below.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, among: &[&'a T]) -> &'a T {
        among[self.below(among.len())]
    }

    pub fn of<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    pub fn hash(&mut self) -> Hash {
        let mut hash = Hash::ZERO;
        hash.0.copy_from_slice(&self.bytes(32));
        hash
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }

    /// A number near an edge of an integer of `bits` bits, or near `around`.
    pub fn edge(&mut self, bits: u32, around: u64) -> u64 {
        let max = u64::MAX >> (64 - bits);
        let edge = match self.below(8) {
            0 => 0,
            1 => max,
            2 => 1 << (bits - 1),
            3 => 1 << self.below(bits as usize),
            4 => 1 << 53,
            5 => self.next(),
            _ => around,
        };
        edge.wrapping_add(self.below(3) as u64).wrapping_sub(1) & max
    }

    /// A place in a text or list of `length`.
    pub fn cut(&mut self, length: usize) -> usize {
        self.below(length + 1)
    }
}
