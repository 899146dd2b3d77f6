//! Signatures that this node has found valid, so that each is verified once: when a client or a peer brings it, not again
//! for the block.
//!
//! A signature's validity depends on nothing but key, message and signature: remembering it changes no answer.
//!
//! # Invariants
//!
//! * Only valid signatures are remembered, by SHA-256 over key, signature and message.
//! * At most [`REMEMBERED_MAX`]; the older half is forgotten first.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::signature::{PublicKey, Signature};
use sogoc_ledger::transition::SignatureCheck;

/// Remembered signatures: those of the whole pool and a few blocks, in two halves; 4 MB.
pub const REMEMBERED_MAX: usize = 65_536;

/// See the module.
#[derive(Debug, Default)]
pub struct SignatureMemory(Mutex<Halves>);

#[derive(Debug, Default)]
struct Halves {
    younger: HashSet<Hash>,
    older: HashSet<Hash>,
}

impl Halves {
    fn insert(&mut self, name: Hash) {
        if self.younger.len() == REMEMBERED_MAX / 2 {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(name);
    }
}

fn name(key: &PublicKey, message: &[u8], signature: &Signature) -> Hash {
    let mut hasher = Sha256::new();
    // Its encoding, for kinds of keys differ in length.
    hasher.update(codec::encode(key));
    hasher.update(signature.0);
    hasher.update(message);
    Hash(hasher.finalize().into())
}

impl SignatureCheck for SignatureMemory {
    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        let name = name(key, message, signature);
        let halves = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let halves = halves();
            if halves.younger.contains(&name) || halves.older.contains(&name) {
                return true;
            }
        }
        // Not under the lock: this is the slow part, and two threads may do it.
        let valid = key.verifies(Domain::TRANSACTION, message, signature);
        if valid {
            halves().insert(name);
        }
        valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use sogoc_ledger::signature::{public_key, sign};

    #[test]
    fn the_answer_is_the_rules_answer_the_first_time_and_again() {
        let memory = SignatureMemory::default();
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let good = sign(&key, Domain::TRANSACTION, b"message");
        for _ in 0..2 {
            assert!(memory.verifies(&public_key(&key), b"message", &good));
            assert!(!memory.verifies(&public_key(&other), b"message", &good));
            assert!(!memory.verifies(&public_key(&key), b"massage", &good));
            assert!(!memory.verifies(&public_key(&key), b"message", &sign(&key, Domain::VOTE, b"message")));
        }
        assert_eq!(memory.0.lock().unwrap().younger.len(), 1, "only what is valid is remembered");
    }

    #[test]
    fn it_is_bounded() {
        let mut halves = Halves::default();
        for number in 0..3 * REMEMBERED_MAX as u64 {
            let mut name = Hash::ZERO;
            name.0[..8].copy_from_slice(&number.to_be_bytes());
            halves.insert(name);
            assert!(halves.younger.len() + halves.older.len() <= REMEMBERED_MAX);
        }
    }
}
