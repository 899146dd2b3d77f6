//! Where salts come from.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::Error;

/// 128 bits: a salt is what keeps a withheld claim from being guessed.
pub const SALT_BYTES: usize = 16;

/// Bytes fetched from the operating system at a time: one call serves a whole transcript.
const POOL_BYTES: usize = 4096;

pub trait Salts {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// The operating system's generator.
pub struct OsSalts {
    pool: Zeroizing<[u8; POOL_BYTES]>,
    used: usize,
}

impl OsSalts {
    pub fn new() -> Self {
        Self { pool: Zeroizing::new([0; POOL_BYTES]), used: POOL_BYTES }
    }
}

impl Default for OsSalts {
    fn default() -> Self {
        Self::new()
    }
}

impl Salts for OsSalts {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        if bytes.len() > POOL_BYTES {
            return getrandom::fill(bytes).map_err(|_| Error::RandomnessUnavailable);
        }
        if POOL_BYTES - self.used < bytes.len() {
            getrandom::fill(&mut *self.pool).map_err(|_| Error::RandomnessUnavailable)?;
            self.used = 0;
        }
        let fresh = &mut self.pool[self.used..self.used + bytes.len()];
        bytes.copy_from_slice(fresh);
        fresh.zeroize();
        self.used += bytes.len();
        Ok(())
    }
}

/// Salts that a journal can make again: HMAC-SHA-256(seed, "sogoc salts 1" ‖ counter, 64 bits big-endian), block after
/// block. Whoever has the seed has every salt: it is as secret as the documents, and serves one document only.
pub struct SeededSalts {
    keyed: Hmac<Sha256>,
    counter: u64,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl SeededSalts {
    pub fn new(seed: &[u8; 32]) -> Self {
        // A key of one hash block, as RFC 2104 pads it anyway: this constructor cannot fail.
        let mut key = Zeroizing::new([0; 64]);
        key[..32].copy_from_slice(seed);
        let keyed = Hmac::<Sha256>::new((&*key).into());
        Self { keyed, counter: 0, block: Zeroizing::new([0; 32]), used: 32 }
    }
}

impl Salts for SeededSalts {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        for byte in bytes {
            if self.used == self.block.len() {
                let block = self.keyed.clone().chain_update("sogoc salts 1").chain_update(self.counter.to_be_bytes());
                self.block.copy_from_slice(&block.finalize().into_bytes());
                self.counter += 1;
                self.used = 0;
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
        Ok(())
    }
}
