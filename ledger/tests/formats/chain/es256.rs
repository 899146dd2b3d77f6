//! A batch that the school seals with a key of P-256.

use sogoc_ledger::record::IssuerKey;
use sogoc_ledger::signature::SigningKey;

use super::*;
use crate::network::{ADMINISTRATOR_SEED, asked_with};

const BATCH: u8 = 0x10;

fn key() -> SigningKey {
    SigningKey::P256(p256::ecdsa::SigningKey::from_slice(&[200; 32]).unwrap())
}

/// Receipts of the documents of that batch, on a chain where the school's administrator enters the key first.
pub fn receipts() -> Vec<(&'static str, Receipt, Hash)> {
    let mut network = Network::found();
    let add = Action::AddKey(motions::new_key_of(&school(), &key(), IssuerKey::SEAL));
    network.block(&[asked_by(ADMINISTRATOR_SEED, add)]);
    let leaves = leaves(&committed("documents.json"), batch(BATCH));
    let seal = Action::Issue(issue(BATCH, "hoc-ba-thcs", 0, 1, leaves.clone()));
    network.block(&[asked_with(&key(), seal)]);
    let receipt = |name, index: u32| {
        let receipt = network.statuses_of(batch(BATCH)).receipt(&leaves, index).unwrap();
        (name, receipt, leaves[index as usize])
    };
    vec![receipt("es256@2", 0), receipt("es256-other-key@2", 1)]
}
