//! What must never happen, whatever goes wrong; looked at from outside.
//!
//! | promise | looked at |
//! |---|---|
//! | agreement, same state | each block that a node commits: one hash, and so one state root, for a height |
//! | nothing acknowledged is lost | a node that showed a block has it after every restart; the block is in every node's chain at the end |
//! | one message for one place | each vote and proposal that leaves a node that does not lie |
//! | receipts verify | when acknowledged, against genesis; at the end, against older and newer checkpoints |

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use malachite_consensus::{LivenessMsg, SignedConsensusMsg};
use sogoc_consensus::simulation::{Slot, digest, proposal_message, vote_message};
use sogoc_ledger::Hash;
use sogoc_ledger::name::ChainId;
use sogoc_ledger::receipt::Receipt;

use crate::chain::Chain;
use crate::fixture::{self, Network, Wish};
use crate::node::Message;

/// A promise that was broken, in words.
pub type Broken = String;

/// What a client was shown to be done.
struct Acknowledged {
    wish: Wish,
    /// The block that did it.
    done: u64,
    /// The block as of which it was shown.
    height: u64,
    /// If it is about a batch.
    receipt: Option<Receipt>,
}

/// See the module.
#[derive(Default)]
pub struct Oracle {
    blocks: BTreeMap<u64, Hash>,
    signed: BTreeMap<(usize, Slot), Hash>,
    acknowledged: Vec<Acknowledged>,
    /// The highest block as of which anything was shown to a client.
    pub shown: u64,
    /// Receipts verified.
    pub receipts: u64,
}

impl Oracle {
    /// A node has committed blocks from `first` on.
    pub fn committed(&mut self, node: usize, chain: &Chain, first: u64) -> Result<(), Broken> {
        for row in &chain.rows()[first as usize..] {
            let height = row.header.height;
            let agreed = *self.blocks.entry(height).or_insert(row.hash);
            if agreed != row.hash {
                return Err(format!(
                    "agreement: at height {height} node {node} has {}, others have {agreed}",
                    row.hash
                ));
            }
            if row.next_set.hash() != row.header.next_validators {
                return Err(format!("node {node} has another next set than the header of block {height}"));
            }
        }
        Ok(())
    }

    /// A node that does not lie sends this.
    pub fn sent(&mut self, node: usize, chain: &ChainId, message: &Message) -> Result<(), Broken> {
        let signed = match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote)) | Message::Liveness(LivenessMsg::Vote(vote)) => {
                vote_message(chain, &vote.message)
            }
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => proposal_message(chain, &proposal.message),
            _ => None,
        };
        let Some((slot, message)) = signed else { return Ok(()) };
        match self.signed.entry((node, slot)) {
            Entry::Vacant(place) => drop(place.insert(digest(&message))),
            Entry::Occupied(earlier) if *earlier.get() == digest(&message) => {}
            Entry::Occupied(_) => return Err(format!("node {node} signed two messages for {slot:?}")),
        }
        Ok(())
    }

    /// A node shows a client that its wish is done.
    pub fn acknowledged(&mut self, network: &Network, chain: &Chain, wish: Wish, done: u64) -> Result<(), Broken> {
        let receipt = wish.batch().map(|batch| self.fresh(network, chain, batch, 0)).transpose()?;
        let height = chain.tip().header.height;
        self.shown = self.shown.max(height);
        self.acknowledged.push(Acknowledged { wish, done, height, receipt });
        Ok(())
    }

    /// A receipt as of the chain's last block, verified against the checkpoint at `anchor`.
    fn fresh(&mut self, network: &Network, chain: &Chain, batch: u64, anchor: u64) -> Result<Receipt, Broken> {
        let receipt = fixture::receipt(chain, batch, anchor).ok_or_else(|| format!("no receipt of batch {batch}"))?;
        self.verify(network, chain, &receipt, batch, anchor)?;
        Ok(receipt)
    }

    fn verify(
        &mut self,
        network: &Network,
        chain: &Chain,
        receipt: &Receipt,
        batch: u64,
        anchor: u64,
    ) -> Result<(), Broken> {
        self.receipts += 1;
        let (pointer, leaf) = fixture::document(network, batch);
        let checkpoint = chain.checkpoint(anchor).ok_or_else(|| format!("no checkpoint {anchor}"))?;
        let verified = receipt.verify(leaf, &pointer, &checkpoint);
        verified.map(drop).map_err(|error| format!("the receipt of batch {batch} against checkpoint {anchor}: {error}"))
    }

    /// The end: `chain` is a node's, as long as the shortest.
    pub fn at_the_end(&mut self, network: &Network, node: usize, chain: &Chain) -> Result<(), Broken> {
        let tip = chain.tip().header.height;
        for Acknowledged { wish, done, height, receipt } in std::mem::take(&mut self.acknowledged) {
            // A suspension may have become a revocation.
            if fixture::done(chain, &wish).is_none_or(|now| now < done || (now > done && !wish.may_go_on())) {
                return Err(format!("{wish:?} was acknowledged at height {height} and is not on node {node}"));
            }
            let (Some(batch), Some(receipt)) = (wish.batch(), receipt) else { continue };
            self.fresh(network, chain, batch, 0)?;
            self.fresh(network, chain, batch, height)?;
            if height < tip {
                let refreshed = fixture::refreshed(chain, &receipt, tip);
                let refreshed = refreshed.ok_or_else(|| format!("no path from {height} to {tip}"))?;
                self.verify(network, chain, &refreshed, batch, tip)?;
            }
        }
        Ok(())
    }
}
