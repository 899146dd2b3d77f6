//! What waits to be sent to one peer, and when it goes.
//!
//! One message is under way to a peer at a time: the next leaves when the peer has taken it, so a
//! peer is sent as much as it takes. What comes meanwhile gathers here. An idle peer is sent to at
//! once; under load a message leaves when [`FLUSH_BYTES`] wait or [`LINGER`] after the one before.
//!
//! # Invariants
//!
//! * [`OUTBOX_BYTES_MAX`] and [`OUTBOX_TRANSACTIONS_MAX`] hold; the oldest gives way to the newest and is counted.
//! * A signal of work is one per validator, the highest, and leaves before transactions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use libp2p::PeerId;
use sogoc_ledger::signature::PublicKey;
use sogoc_ledger::validator::VALIDATORS_MAX;

use super::wire::{LENGTH_BYTES, Message};
use super::work::Work;

/// Bytes that wait for one peer: two full blocks. A peer so far behind catches up by blocks, not by gossip.
pub const OUTBOX_BYTES_MAX: usize = 8 << 20;

/// Transactions that wait for one peer: two full blocks of the smallest.
pub const OUTBOX_TRANSACTIONS_MAX: usize = 20_000;

/// Bytes at which a batch is full: large enough that headers vanish, small enough to leave a slow line every 20 ms.
pub const FLUSH_BYTES: usize = 256 << 10;

/// Between two batches that are not full: at most 200 messages a second to one peer, and a delay nobody sees.
pub const LINGER: Duration = Duration::from_millis(5);

/// Validators with a signal waiting: the current and the scheduled set.
const SIGNALS_MAX: usize = 2 * VALIDATORS_MAX;

/// See the module.
#[derive(Debug, Default)]
pub struct Outbox {
    transactions: VecDeque<Bytes>,
    bytes: usize,
    signals: BTreeMap<PublicKey, Work>,
    neighbours: BTreeSet<PeerId>,
}

impl Outbox {
    /// Whose messages reach the peer without our help.
    pub fn set_neighbours(&mut self, neighbours: &[PeerId]) {
        self.neighbours = neighbours.iter().copied().collect();
    }

    /// Whether the peer hears from `origin` itself.
    pub fn hears(&self, origin: &PeerId) -> bool {
        self.neighbours.contains(origin)
    }

    /// Adds a transaction behind the others; says how many older ones had to give way.
    pub fn push(&mut self, transaction: Bytes) -> u64 {
        self.bytes += transaction.len() + LENGTH_BYTES;
        self.transactions.push_back(transaction);
        self.shed()
    }

    /// Adds a signal of work, unless the validator has spoken for that height or a later one.
    pub fn push_work(&mut self, work: Work) {
        let waiting = self.signals.get(&work.validator);
        let room = waiting.is_some() || self.signals.len() < SIGNALS_MAX;
        if room && waiting.is_none_or(|waiting| waiting.height < work.height) {
            self.signals.insert(work.validator, work);
        }
    }

    fn shed(&mut self) -> u64 {
        let mut dropped = 0;
        while self.bytes > OUTBOX_BYTES_MAX || self.transactions.len() > OUTBOX_TRANSACTIONS_MAX {
            let Some(oldest) = self.transactions.pop_front() else {
                break;
            };
            self.bytes -= oldest.len() + LENGTH_BYTES;
            dropped += 1;
        }
        dropped
    }

    /// Takes the next message, if there is one.
    pub fn take(&mut self) -> Option<Message> {
        if let Some((_, work)) = self.signals.pop_first() {
            return Some(Message::Work(work));
        }
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < FLUSH_BYTES
            && let Some(transaction) = self.transactions.pop_front()
        {
            bytes += transaction.len() + LENGTH_BYTES;
            batch.push(transaction);
        }
        self.bytes -= bytes;
        (!batch.is_empty()).then_some(Message::Transactions(batch))
    }

    /// Puts back what the peer did not take, in front; says how many transactions had to give way.
    pub fn put_back(&mut self, message: Message) -> u64 {
        match message {
            Message::Hello { .. } | Message::Height(_) => 0,
            Message::Work(work) => {
                self.push_work(work);
                0
            }
            Message::Transactions(batch) => {
                for transaction in batch.into_iter().rev() {
                    self.bytes += transaction.len() + LENGTH_BYTES;
                    self.transactions.push_front(transaction);
                }
                self.shed()
            }
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty() && self.signals.is_empty()
    }

    /// Whether the next message leaves without lingering.
    pub fn is_urgent(&self) -> bool {
        self.bytes >= FLUSH_BYTES || !self.signals.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::MESSAGE_BYTES_MAX;
    use super::*;
    use proptest::prelude::*;
    use sogoc_ledger::signature::Signature;
    use sogoc_ledger::transaction::MAX_TRANSACTION_BYTES;

    fn work(validator: u8, height: u64) -> Work {
        Work { height, validator: PublicKey::Ed25519([validator; 32]), signature: Signature([0; 64]) }
    }

    #[test]
    fn the_largest_batch_fits_into_a_message() {
        let mut outbox = Outbox::default();
        outbox.push(vec![1; FLUSH_BYTES - LENGTH_BYTES - 1].into());
        outbox.push(vec![2; MAX_TRANSACTION_BYTES].into());
        let batch = outbox.take().unwrap();
        assert!(batch.encode().len() <= MESSAGE_BYTES_MAX);
        assert!(Message::decode(batch.encode().into()).is_ok());
        assert!(outbox.is_empty());
    }

    #[test]
    fn the_oldest_gives_way() {
        let mut outbox = Outbox::default();
        let count = OUTBOX_BYTES_MAX / (1_000 + LENGTH_BYTES);
        for _ in 0..count {
            assert_eq!(outbox.push(vec![1; 1_000].into()), 0);
        }
        assert_eq!(outbox.push(vec![2; 2_000].into()), 2);
        let small: u64 = (0..OUTBOX_TRANSACTIONS_MAX).map(|_| outbox.push(Bytes::from_static(b"x"))).sum();
        assert_eq!(small, count as u64 - 2 + 1);
        assert_eq!(outbox.transactions.len(), OUTBOX_TRANSACTIONS_MAX);
    }

    #[test]
    fn work_goes_first_and_once() {
        let mut outbox = Outbox::default();
        outbox.push(Bytes::from_static(b"x"));
        assert!(!outbox.is_urgent());
        for signal in [work(1, 5), work(1, 7), work(1, 6)] {
            outbox.push_work(signal);
        }
        assert!(outbox.is_urgent());
        assert_eq!(outbox.take(), Some(Message::Work(work(1, 7))));
        assert_eq!(outbox.take(), Some(Message::Transactions(vec![Bytes::from_static(b"x")])));
        assert_eq!(outbox.take(), None);
        for validator in 0..=255 {
            outbox.push_work(work(validator, 1));
        }
        outbox.push_work(Work { validator: PublicKey::Ed25519([0xAB; 32]), ..work(0, 2) });
        assert_eq!(outbox.signals.len(), SIGNALS_MAX);
    }

    proptest! {
        #[test]
        fn everything_comes_out_in_order(sizes in proptest::collection::vec(1usize..100_000, 1..60), refused: u64) {
            let mut outbox = Outbox::default();
            for (i, size) in sizes.iter().enumerate() {
                prop_assert_eq!(outbox.push(vec![i as u8; *size].into()), 0);
            }
            let mut out = Vec::new();
            for turn in 0.. {
                let Some(message) = outbox.take() else { break };
                if turn < 64 && refused >> turn & 1 == 1 {
                    prop_assert_eq!(outbox.put_back(message), 0);
                } else if let Message::Transactions(batch) = message {
                    out.extend(batch.into_iter().map(|transaction| (transaction[0], transaction.len())));
                }
            }
            let expected: Vec<_> = sizes.iter().enumerate().map(|(i, size)| (i as u8, *size)).collect();
            prop_assert_eq!(out, expected);
            prop_assert_eq!(outbox.bytes, 0);
        }
    }
}
