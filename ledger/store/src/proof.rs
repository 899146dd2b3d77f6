//! Proofs for receipts, each checked before it is handed out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jmt::storage::Node;
use sogoc_ledger::codec::List;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Height, IssuerId};
use sogoc_ledger::receipt::{Ancestry, BatchAbsence, BatchProof, Finality, SetChange};
use sogoc_ledger::record::{Key, Record};
use sogoc_ledger::state::{self, StateProof, StateReader, StoreFault, Tree, TreeNode};

use crate::open::subtree;
use crate::rows::{Family, decode, fault};
use crate::{Store, View};

/// Changes of the validator set in one proof, as the format has room for.
const SET_CHANGES_MAX: usize = 256;

/// Anchors for which the finality of the last block is kept: verifiers use few.
const ANCHORS_MAX: usize = 64;

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
    /// the record of the issuer that its documents name if the sealer acted for it. `None` if there is no such batch.
    ///
    /// # Errors
    /// The store failed.
    pub fn batch_proof(
        &self,
        issuer: &IssuerId,
        batch: &BatchId,
        anchor: Height,
    ) -> Result<Option<BatchProof>, StoreFault> {
        self.batch_proof_from(Source::Disk, issuer, batch, anchor)
    }

    /// The same, if it can be made at once: from what is kept in memory, without a read that may wait for a disk.
    pub fn kept_batch_proof(&self, issuer: &IssuerId, batch: &BatchId, anchor: Height) -> Option<BatchProof> {
        self.batch_proof_from(Source::Memory, issuer, batch, anchor).ok().flatten()
    }

    fn batch_proof_from(
        &self,
        from: Source,
        issuer: &IssuerId,
        batch: &BatchId,
        anchor: Height,
    ) -> Result<Option<BatchProof>, StoreFault> {
        let key = Key::Batch(issuer.clone(), *batch);
        let Some(record) = self.kept_record(from, &key)? else {
            return Ok(None);
        };
        let Some(finality) = self.finality(from, anchor)? else {
            return Ok(None);
        };
        let sealer_key = Key::Issuer(issuer.clone());
        let sealer = self.kept_record(from, &sealer_key)?;
        let sealer = sealer.ok_or_else(|| StoreFault(format!("a batch of {issuer}, but no issuer")))?;
        let Record::Batch(batch_record) = &*record else {
            return Err(StoreFault(format!("another record under batch {batch} of {issuer}")));
        };
        let named = match &batch_record.act_for {
            Some(named) => {
                let key = Key::Issuer(named.clone());
                let record = self.kept_record(from, &key)?;
                Some((key, record.ok_or_else(|| StoreFault(format!("a batch for {named}, but no such issuer")))?))
            }
            None => None,
        };
        let mut claims = vec![(key, Some(&*record)), (sealer_key, Some(&*sealer))];
        claims.extend(named.iter().map(|(key, record)| (key.clone(), Some(&**record))));
        let state = self.prove(from, &claims)?;
        let Record::Issuer(sealer) = &*sealer else {
            return Err(StoreFault(format!("another record under issuer {issuer}")));
        };
        let named = match named.as_ref().map(|(_, record)| &**record) {
            None => None,
            Some(Record::Issuer(named)) => Some(named.clone()),
            Some(_) => return Err(StoreFault("another record under an issuer".into())),
        };
        let header = self.tip().header.clone();
        Ok(Some(BatchProof::new(*batch, batch_record.clone(), sealer.clone(), named, state, header, finality)))
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
        let Some(finality) = self.finality(Source::Disk, anchor)? else {
            return Ok(None);
        };
        let state = self.prove(Source::Disk, &[(key, None)])?;
        Ok(Some(BatchAbsence::new(state, self.tip().header.clone(), finality)))
    }

    fn finality(&self, from: Source, anchor: Height) -> Result<Option<Finality>, StoreFault> {
        let height = self.tip().header.height;
        if let Some(finality) = self.store.finality.get(height, anchor) {
            return Ok(Some(finality));
        }
        from.disk()?;
        let Some(certificate) = self.store.certificate(height)? else {
            return Ok(None);
        };
        let changes = List::new(self.store.set_changes(anchor, height)?);
        let changes = changes.ok_or_else(|| StoreFault("too many changes of the validator set".into()))?;
        let finality = Finality::Certified { certificate, changes };
        self.store.finality.put(height, anchor, &finality);
        Ok(Some(finality))
    }

    /// The record that the tree holds under `key`.
    fn kept_record(&self, from: Source, key: &Key) -> Result<Option<Arc<Record>>, StoreFault> {
        let place = key.place();
        let Some(value) = state::value(&Nodes(self.store, from), self.tip().tree_version, &place)? else {
            return Ok(None);
        };
        let read = || {
            from.disk()?;
            let bytes = self.value(&place, self.tip().tree_version)?;
            let bytes = bytes.ok_or_else(|| fault(Family::Records, &place.0, "missing"))?;
            Ok((decode(Family::Records, &place.0, &bytes)?, 2 * bytes.len()))
        };
        self.store.records.or_read(&[place.0, value.0].concat(), read).map(Some)
    }

    fn prove(&self, from: Source, claims: &[(Key, Option<&Record>)]) -> Result<StateProof, StoreFault> {
        let keys: Vec<Key> = claims.iter().map(|(key, _)| key.clone()).collect();
        let proof = state::prove(&Nodes(self.store, from), self.tip().tree_version, &keys)?;
        let shown = proof.verify(&self.tip().header.state_root, claims);
        shown.map_err(|_| StoreFault("the state tree does not lead to the state root".into()))?;
        Ok(proof)
    }
}

/// The tree as proofs read it: each node from memory, if it is there.
struct Nodes<'a>(&'a Store, Source);

/// Where a proof may take its parts from.
#[derive(Copy, Clone)]
enum Source {
    Memory,
    Disk,
}

impl Source {
    /// Goes on if the disk may be read.
    fn disk(self) -> Result<(), StoreFault> {
        match self {
            Self::Memory => Err(StoreFault("not in memory".into())),
            Self::Disk => Ok(()),
        }
    }
}

impl Tree for Nodes<'_> {
    fn tree_node(&self, version: u64, path: &[u8]) -> Result<Arc<TreeNode>, StoreFault> {
        let mut key = Vec::with_capacity(8 + 64);
        key.extend_from_slice(&version.to_be_bytes());
        key.extend_from_slice(path);
        self.0.nodes.or_read(&key, || {
            self.1.disk()?;
            let bytes = self.0.rows.bytes(Family::Nodes, &key)?;
            let bytes = bytes.ok_or_else(|| fault(Family::Nodes, &key, "missing"))?;
            let node: Node = borsh::from_slice(&bytes).map_err(|error| fault(Family::Nodes, &key, error))?;
            let node = TreeNode::try_from(&node)?;
            let bytes =
                size_of::<TreeNode>() + if let TreeNode::Inner(inner) = &node { size_of_val(&**inner) } else { 0 };
            Ok((node, bytes))
        })
    }
}

/// What shows that the last block is final, for the anchors that were asked for.
#[derive(Default)]
pub(crate) struct LastFinality(Mutex<(Height, BTreeMap<Height, Finality>)>);

impl LastFinality {
    fn get(&self, height: Height, anchor: Height) -> Option<Finality> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 == height { kept.1.get(&anchor).cloned() } else { None }
    }

    fn put(&self, height: Height, anchor: Height, finality: &Finality) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != height || kept.1.len() >= ANCHORS_MAX {
            *kept = (height, BTreeMap::new());
        }
        kept.1.insert(anchor, finality.clone());
    }
}
