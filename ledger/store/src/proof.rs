//! Proofs for receipts, each checked before it is handed out.

use std::cell::RefCell;

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, ValueHash};
use sogoc_ledger::codec::List;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Height, IssuerId};
use sogoc_ledger::receipt::{Ancestry, BatchAbsence, BatchProof, Finality, SetChange};
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::{self, StateProof, StateReader, StoreFault};

use crate::open::subtree;
use crate::rows::{Family, fault};
use crate::{Store, View};

/// Changes of the validator set in one proof, as the format has room for.
const SET_CHANGES_MAX: usize = 256;

impl Store {
    /// The changes of the validator set between two heights, both excluded: what leads from a checkpoint at `after` to a
    /// header at `before`. If there are more than a receipt has room for, the newest.
    ///
    /// # Errors
    /// The store failed.
    pub fn set_changes(&self, after: Height, before: Height) -> Result<Vec<SetChange>, StoreFault> {
        let mut heights = Vec::new();
        for row in self.rows.scan(Family::Changes, b"", &after.saturating_add(1).to_be_bytes())? {
            let (key, _) = row?;
            let height = <[u8; 8]>::try_from(&*key).map(Height::from_be_bytes);
            match height.map_err(|_| fault(Family::Changes, &key, "not a key"))? {
                height if height < before => heights.push(height),
                _ => break,
            }
        }
        let newest = heights.len().saturating_sub(SET_CHANGES_MAX);
        heights[newest..].iter().map(|height| self.set_change(*height)).collect()
    }

    fn set_change(&self, height: Height) -> Result<SetChange, StoreFault> {
        match (self.checkpoint(height)?, self.certificate(height)?) {
            (Some(at), Some(certificate)) => {
                Ok(SetChange { header: at.header, certificate, next_validators: at.next_validators })
            }
            _ => Err(fault(Family::Changes, &height.to_be_bytes(), "without a certified block")),
        }
    }

    /// The path of the header at `height` in the history of the checkpoint at `checkpoint`; `None` unless the checkpoint
    /// is committed and newer.
    ///
    /// # Errors
    /// The store failed.
    pub fn ancestry(&self, height: Height, checkpoint: Height) -> Result<Option<Ancestry>, StoreFault> {
        let (Some(header), Some(newer)) = (self.header(height)?, self.header(checkpoint)?) else {
            return Ok(None);
        };
        let path = merkle::path_from_subtrees(height, checkpoint, |level, index| subtree(&self.rows, level, index))?;
        let Some(path) = path else { return Ok(None) };
        let leaf = merkle::leaf_hash(&header.hash().0);
        if merkle::root_from_path(leaf, height, checkpoint, &path) != Some(newer.history_root) {
            return Err(StoreFault(format!("the history does not lead from block {height} to block {checkpoint}")));
        }
        let path = List::new(path).ok_or_else(|| StoreFault("a history path too long".into()))?;
        Ok(Some(Ancestry { checkpoint, path }))
    }
}

impl View<'_> {
    /// The proof that all receipts of a batch share, for checkpoints from height `anchor` (0: genesis) to this block, with
    /// the record of the issuer that its documents name if that is another. `None` if there is no such batch.
    ///
    /// # Errors
    /// The store failed.
    pub fn batch_proof(
        &self,
        issuer: &IssuerId,
        batch: &BatchId,
        named: Option<&IssuerId>,
        anchor: Height,
    ) -> Result<Option<BatchProof>, StoreFault> {
        let Some(record) = self.batch(issuer, batch)? else {
            return Ok(None);
        };
        let Some(finality) = self.finality(anchor)? else {
            return Ok(None);
        };
        let sealer = self.issuer(issuer)?.ok_or_else(|| StoreFault(format!("a batch of {issuer}, but no issuer")))?;
        let named = match named.filter(|named| *named != issuer) {
            Some(named) => self.issuer(named)?,
            None => None,
        };
        let mut claims = vec![
            (Key::Batch(issuer.clone(), *batch), Some(Record::Batch(record.clone()))),
            (Key::Issuer(issuer.clone()), Some(Record::Issuer(sealer.clone()))),
        ];
        claims.extend(named.iter().map(|named| (Key::Issuer(named.id.clone()), Some(Record::Issuer(named.clone())))));
        let state = self.prove(&claims)?;
        let header = self.tip().header.clone();
        Ok(Some(BatchProof::new(*batch, record, sealer, named, state, header, finality)))
    }

    /// Proof that a batch is not on the ledger as of this block, for checkpoints from height `anchor` on. `None` if it is,
    /// or if this is block 0, which has no certificate.
    ///
    /// # Errors
    /// The store failed.
    pub fn absence_proof(
        &self,
        issuer: &IssuerId,
        batch: &BatchId,
        anchor: Height,
    ) -> Result<Option<BatchAbsence>, StoreFault> {
        let key = Key::Batch(issuer.clone(), *batch);
        if self.record(&key)?.is_some() {
            return Ok(None);
        }
        let Some(finality) = self.finality(anchor)? else {
            return Ok(None);
        };
        let state = self.prove(&[(key, None)])?;
        Ok(Some(BatchAbsence::new(state, self.tip().header.clone(), finality)))
    }

    fn finality(&self, anchor: Height) -> Result<Option<Finality>, StoreFault> {
        let height = self.tip().header.height;
        let Some(certificate) = self.store.certificate(height)? else {
            return Ok(None);
        };
        let changes = List::new(self.store.set_changes(anchor, height)?);
        let changes = changes.ok_or_else(|| StoreFault("too many changes of the validator set".into()))?;
        Ok(Some(Finality::Certified { certificate, changes }))
    }

    fn prove(&self, claims: &[(Key, Option<Record>)]) -> Result<StateProof, StoreFault> {
        let keys: Vec<Key> = claims.iter().map(|(key, _)| key.clone()).collect();
        let tree = Watched { view: self, fault: RefCell::new(None) };
        let proof = state::prove(&tree, self.tip().tree_version, &keys);
        if let Some(fault) = tree.fault.into_inner() {
            return Err(fault);
        }
        let (proof, claims) = (proof?, claims.iter().map(|(key, record)| (key.clone(), record.as_ref())));
        let claims: Vec<_> = claims.collect();
        let shown = proof.verify(&self.tip().header.state_root, &claims);
        shown.map_err(|_| StoreFault("the state tree does not lead to the state root".into()))?;
        Ok(proof)
    }
}

/// The tree as `jmt` may read it for a proof. `jmt` unwraps the siblings that it reads, so an error would be a panic:
/// this keeps the first one and answers with a leaf of no key, at which every path ends.
struct Watched<'a> {
    view: &'a View<'a>,
    fault: RefCell<Option<StoreFault>>,
}

impl TreeReader for Watched<'_> {
    fn get_node_option(&self, node_key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let error = match self.view.get_node_option(node_key) {
            Ok(Some(node)) => return Ok(Some(node)),
            Ok(None) => fault(Family::Nodes, &crate::key::node(node_key), "missing"),
            Err(error) => StoreFault(format!("{error:#}")),
        };
        self.fault.borrow_mut().get_or_insert(error);
        Ok(Some(Node::Leaf(LeafNode::new(KeyHash([0; 32]), ValueHash([0; 32])))))
    }

    fn get_value_option(&self, max_version: u64, place: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        self.view.get_value_option(max_version, place)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        self.view.get_rightmost_leaf()
    }
}
