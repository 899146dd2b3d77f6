//! A small chain from end to end, its receipts, and receipts that prove nothing: `chain.json`.

mod crooked;
mod refused;

use serde_json::{Map, Value, json};
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::{Checkpoint, CheckpointError};
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day};
use sogoc_ledger::receipt::{
    BatchAbsence, BatchProof, BatchStatuses, Finality, Pointer, Proven, Receipt, ReceiptError, SetChange,
};
use sogoc_ledger::record::{Key, Scheduled};
use sogoc_ledger::signature::PublicKey;
use sogoc_ledger::state::StateProof;
use sogoc_ledger::status::{Status, StatusArray, StatusEntry};
use sogoc_ledger::transaction::{Action, ChangeStatus, Issue, Transaction};
use sogoc_ledger::validator::{Validator, ValidatorSet};

use crate::network::{Network, genesis, member, school, signed};
use crate::vectors::{bytes, case, committed, expect, freeze, hex, list, text};

const FILE: &str = "chain.json";

fn batch(id: u8) -> BatchId {
    BatchId([id; 16])
}

/// Leaf hashes of the sealed documents of a batch.
fn leaves(documents: &Value, id: BatchId) -> Vec<Hash> {
    list(documents, "documents")
        .iter()
        .filter(|document| text(document, "batch") == id.to_string())
        .map(|document| merkle::leaf_hash(text(document, "jwt").as_bytes()))
        .collect()
}

fn other_leaves() -> Vec<Hash> {
    (0..25u8).map(|byte| merkle::leaf_hash(&[0xee, byte])).collect()
}

fn sealing(id: u8, document_type: &str, grant: u16, schema: u16, leaves: Vec<Hash>) -> Transaction {
    signed(Action::Issue(Issue {
        batch: batch(id),
        grant,
        document_type: document_type.parse().unwrap(),
        schema,
        period: sogoc_ledger::codec::Text::new("2025-2026").unwrap(),
        leaves: List::new(leaves).unwrap(),
    }))
}

fn revoking(documents: &Value) -> Transaction {
    signed(Action::ChangeStatus(ChangeStatus {
        batch_issuer: school(),
        batch: batch(0x0a),
        index: 1,
        seen: 0,
        to: Status::Revoked,
        commitment: Hash::from_hex(text(&documents["opening"], "commitment")).unwrap(),
    }))
}

fn first_block(documents: &Value) -> Vec<Transaction> {
    let sealed = |id| leaves(documents, batch(id));
    vec![
        sealing(0x0a, "hoc-ba-thcs", 0, 1, sealed(0x0a)),
        sealing(0x0b, "da-ky", 1, 1, sealed(0x0b)),
        sealing(0x0c, "hoc-ba-thcs", 0, 1, sealed(0x0c)),
        sealing(0x0d, "hoc-ba-thcs", 0, 1, sealed(0x0d)),
        sealing(0x0f, "da-ky", 1, 2, sealed(0x0f)),
        sealing(0x0e, "hoc-ba-thcs", 0, 1, other_leaves()),
    ]
}

/// The chains of the vectors and what was proven while they grew.
struct Chains {
    main: Network,
    blocks: Vec<Value>,
    changing: Network,
    receipts: Vec<(&'static str, Receipt, Hash)>,
    statuses: Vec<(&'static str, BatchStatuses)>,
    absence: BatchAbsence,
}

fn block(network: &mut Network, transactions: &[Transaction]) -> Value {
    let encoding = network.block(transactions);
    let certificate = network.certificates.last().unwrap().as_ref().unwrap();
    json!({
        "height": network.tip.header.height,
        "block": hex(&encoding),
        "hash": network.tip.hash,
        "certificate": hex(&codec::encode(certificate)),
        "transactions": transactions.iter().map(Transaction::id).collect::<Vec<_>>(),
    })
}

fn chains() -> Chains {
    let documents = committed("documents.json");
    let mut main = Network::found(None);
    let (mut blocks, mut receipts, mut statuses) = (vec![], vec![], vec![]);
    let mut receipt = |name, network: &Network, id: u8, index: u32, named: Option<&str>| {
        let leaves = if id == 0x0e { other_leaves() } else { leaves(&documents, batch(id)) };
        let receipt = network.statuses_of(batch(id), named).receipt(&leaves, index).unwrap();
        receipts.push((name, receipt, leaves[index as usize]));
    };
    blocks.push(block(&mut main, &first_block(&documents)));
    receipt("first@1", &main, 0x0a, 0, None);
    receipt("second@1", &main, 0x0a, 1, None);
    statuses.push(("a@1", main.statuses_of(batch(0x0a), None)));
    blocks.push(block(&mut main, &[revoking(&documents)]));
    receipt("first@2", &main, 0x0a, 0, None);
    receipt("second@2", &main, 0x0a, 1, None);
    receipt("third@2", &main, 0x0a, 2, Some("thcs-mau-2"));
    receipt("third@2, without the issuer it names", &main, 0x0a, 2, None);
    receipt("signed-file@2", &main, 0x0b, 0, None);
    receipt("last-day@2", &main, 0x0b, 1, None);
    receipt("too-late@2", &main, 0x0b, 2, None);
    receipt("too-early@2", &main, 0x0c, 0, None);
    receipt("first-day@2", &main, 0x0c, 1, None);
    receipt("before-1970@2", &main, 0x0c, 2, None);
    receipt("other-type@2", &main, 0x0d, 0, None);
    receipt("other-key@2", &main, 0x0d, 1, None);
    receipt("other-version@2", &main, 0x0f, 0, None);
    receipt("one of 25@2", &main, 0x0e, 24, None);
    blocks.push(block(&mut main, &[]));
    blocks.push(block(&mut main, &[]));
    receipt("first@4", &main, 0x0a, 0, None);
    statuses.push(("a@4", main.statuses_of(batch(0x0a), None)));
    let absence = absence(&main);
    statuses.push(("a, over other documents", crooked::other_documents()));
    let scheduled = Scheduled { from: 3, members: List::new((5..=8).map(member).collect()).unwrap() };
    let mut changing = Network::found(Some(scheduled));
    changing.block(&first_block(&documents));
    changing.block(&[]);
    changing.block(&[]);
    receipt("changing@3", &changing, 0x0a, 0, None);
    // The receipt of block 1 with the path to block 4, as a refresh gives it.
    let (_, mut refreshed, leaf) = receipts[0].clone();
    refreshed.proof.finality = main.ancestry(1);
    receipts.push(("first@1, for checkpoint 4", refreshed, leaf));
    Chains { main, blocks, changing, receipts, statuses, absence }
}

/// Proof that a batch is not on the ledger, as of the last block.
fn absence(network: &Network) -> BatchAbsence {
    let key = Key::Batch(school(), batch(0xff));
    BatchAbsence::new(network.prove(&[key]), network.tip.header.clone(), network.finality(0))
}

impl Chains {
    fn checkpoints(&self) -> Vec<(&'static str, &Checkpoint)> {
        let (main, changing) = (&self.main.checkpoints, &self.changing.checkpoints);
        vec![
            ("genesis", &main[0]),
            ("height 1", &main[1]),
            ("height 2", &main[2]),
            ("height 4", &main[4]),
            ("changing, genesis", &changing[0]),
            ("changing, height 2", &changing[2]),
            ("changing, height 3", &changing[3]),
        ]
    }

    fn receipt(&self, name: &str) -> &(&'static str, Receipt, Hash) {
        self.receipts.iter().find(|(found, ..)| *found == name).unwrap()
    }
}

fn shown(proven: &Proven) -> Value {
    json!({
        "issuer": proven.issuer.id,
        "named_issuer": proven.named_issuer.as_ref().map(|issuer| issuer.id.as_str()),
        "document_type": proven.batch.document_type,
        "sealed_at": proven.batch.height,
        "index": proven.index,
        "status": proven.status.status,
        "status_height": proven.status.height,
        "commitment": proven.status.commitment,
        "as_of_height": proven.as_of_height,
        "as_of": proven.as_of,
        "anchor_is_genesis": proven.anchor.genesis,
        "anchor_height": proven.anchor.height,
    })
}

fn pointer(vector: &Value) -> Pointer {
    let pointer = &vector["pointer"];
    Pointer {
        chain: text(pointer, "chain").parse().unwrap(),
        issuer: text(pointer, "issuer").parse().unwrap(),
        batch: text(pointer, "batch").parse().unwrap(),
    }
}

fn answer(checkpoints: &Value, vector: &Value) -> Result<Value, String> {
    let code = |error: ReceiptError| error.code().to_owned();
    let anchor = Checkpoint::from_bytes(&bytes(checkpoints, text(vector, "checkpoint"))).unwrap();
    let (encoding, pointer) = (bytes(vector, "encoding"), pointer(vector));
    match text(vector, "type") {
        "Receipt" => {
            let leaf = Hash::from_hex(text(vector, "leaf")).unwrap();
            let receipt = Receipt::from_bytes(&encoding).map_err(code)?;
            receipt.verify(leaf, &pointer, &anchor).map(|proven| shown(&proven)).map_err(code)
        }
        "BatchProof" => {
            let proof = BatchProof::from_bytes(&encoding).map_err(code)?;
            proof.verify(&pointer, &anchor).map_err(code)?;
            Ok(json!({ "size": proof.batch.size, "as_of_height": proof.header.height }))
        }
        "BatchAbsence" => {
            let absence = BatchAbsence::from_bytes(&encoding).map_err(code)?;
            absence.verify(&pointer, &anchor).map_err(code)?;
            Ok(json!({ "absent": true, "as_of_height": absence.header.height }))
        }
        _ => {
            let statuses = BatchStatuses::from_bytes(&encoding).map_err(code)?;
            statuses.verify(&pointer, &anchor).map_err(code)?;
            let entries = (0..statuses.proof.batch.size).map(|index| statuses.statuses.entry(index).status);
            Ok(json!({ "statuses": entries.collect::<Vec<_>>(), "as_of_height": statuses.proof.header.height }))
        }
    }
}

/// Builds vectors against one set of checkpoints.
struct Vectors<'a> {
    chains: &'a Chains,
    checkpoints: Value,
    made: Vec<Value>,
}

impl Vectors<'_> {
    fn add(
        &mut self,
        description: &str,
        of_type: &str,
        encoding: &[u8],
        leaf: Option<Hash>,
        pointer: Value,
        anchor: &str,
    ) {
        let mut vector = Map::from_iter([
            ("type".to_owned(), json!(of_type)),
            ("encoding".to_owned(), json!(hex(encoding))),
            ("pointer".to_owned(), pointer),
            ("checkpoint".to_owned(), json!(anchor)),
        ]);
        vector.extend(leaf.map(|leaf| ("leaf".to_owned(), json!(leaf))));
        let vector = Value::Object(vector);
        let answer = answer(&self.checkpoints, &vector);
        self.made.push(case(description, vector, answer));
    }

    fn receipt(&mut self, description: &str, receipt: &Receipt, leaf: Hash, anchor: &str) {
        let pointer = to(receipt.proof.batch_id, "hcmc-mau", "thcs-mau-1");
        self.add(description, "Receipt", &codec::encode(receipt), Some(leaf), pointer, anchor);
    }

    /// The receipt of this name, as it is or changed.
    fn named(&mut self, description: &str, name: &str, anchor: &str, change: &dyn Fn(&mut Receipt)) {
        let (_, mut receipt, leaf) = self.chains.receipt(name).clone();
        change(&mut receipt);
        self.receipt(description, &receipt, leaf, anchor);
    }

    fn statuses(&mut self, description: &str, name: &str, change: &dyn Fn(&mut BatchStatuses)) {
        let mut statuses = self.chains.statuses.iter().find(|(found, _)| *found == name).unwrap().1.clone();
        change(&mut statuses);
        let pointer = to(statuses.proof.batch_id, "hcmc-mau", "thcs-mau-1");
        self.add(description, "BatchStatuses", &codec::encode(&statuses), None, pointer, "genesis");
    }
}

fn to(batch: BatchId, chain: &str, issuer: &str) -> Value {
    json!({ "chain": chain, "issuer": issuer, "batch": batch })
}

fn changed<T: Clone, const MAX: usize>(list: &List<T, MAX>, change: impl FnOnce(&mut Vec<T>)) -> List<T, MAX> {
    let mut elements = list.to_vec();
    change(&mut elements);
    List::new(elements).unwrap()
}

fn accepted(vectors: &mut Vectors<'_>) {
    let as_it_is = |_: &mut Receipt| {};
    let chains = vectors.chains;
    for (name, ..) in &chains.receipts {
        let anchor = match *name {
            "changing@3" => "changing, genesis",
            "first@1, for checkpoint 4" => "height 4",
            _ => "genesis",
        };
        vectors.named(name, name, anchor, &as_it_is);
    }
    for anchor in ["height 1", "height 2", "height 4"] {
        vectors.named("a receipt of height 4 and a later anchor", "first@4", anchor, &as_it_is);
    }
    for anchor in ["changing, height 3", "changing, height 2"] {
        vectors.named("no change between anchor and header", "changing@3", anchor, &|receipt| {
            if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
                *changes = List::default();
            }
        });
    }
    let proof = &chains.receipt("first@2").1.proof;
    let pointer = to(proof.batch_id, "hcmc-mau", "thcs-mau-1");
    vectors.add("the proof alone", "BatchProof", &codec::encode(proof), None, pointer, "genesis");
    let absence = codec::encode(&chains.absence);
    for (description, of, anchor) in [
        ("the absence of a batch", 0xff, "genesis"),
        ("the absence of a batch, and an anchor that is not older", 0xff, "height 4"),
        ("the absence of a batch that is there", 0x0a, "genesis"),
        ("the absence of a batch, against another chain of that name", 0xff, "changing, height 3"),
    ] {
        vectors.add(description, "BatchAbsence", &absence, None, to(batch(of), "hcmc-mau", "thcs-mau-1"), anchor);
    }
    vectors.statuses("statuses before anything changed", "a@1", &|_| {});
    vectors.statuses("statuses after a revocation", "a@4", &|_| {});
}

fn checkpoint_answer(vector: &Value) -> Result<Value, String> {
    match Checkpoint::from_bytes(&bytes(vector, "encoding")) {
        Ok(checkpoint) => Ok(json!({ "height": checkpoint.header.height, "hash": checkpoint.hash() })),
        Err(CheckpointError::Codec(_)) => Err("malformed".into()),
        Err(CheckpointError::Set(_)) => Err("not-a-set".into()),
        Err(CheckpointError::OtherSets) => Err("other-sets".into()),
    }
}

fn checkpoint_vectors(chains: &Chains) -> Vec<Value> {
    let good = chains.changing.checkpoints[2].clone();
    let with = |change: &dyn Fn(&mut Checkpoint)| {
        let mut checkpoint = good.clone();
        change(&mut checkpoint);
        codec::encode(&checkpoint)
    };
    let cases = [
        ("sound", codec::encode(&good)),
        ("a byte after the end", [codec::encode(&good), vec![0]].concat()),
        ("sets exchanged", with(&|c| std::mem::swap(&mut c.validators, &mut c.next_validators))),
        ("a set that is none", with(&|c| c.next_validators = refused::small_order_set())),
        ("another next set", with(&|c| c.next_validators = c.validators.clone())),
        ("a header that names other sets", with(&|c| c.header.validators = Hash::ZERO)),
    ];
    let vector = |(description, encoding): &(&str, Vec<u8>)| {
        let vector = json!({ "encoding": hex(encoding) });
        let answer = checkpoint_answer(&vector);
        case(description, vector, answer)
    };
    cases.iter().map(vector).collect()
}

fn made() -> Value {
    let chains = chains();
    let checkpoints: Map<String, Value> = chains
        .checkpoints()
        .into_iter()
        .map(|(name, checkpoint)| (name.to_owned(), json!(hex(&codec::encode(checkpoint)))))
        .collect();
    let mut vectors = Vectors { chains: &chains, checkpoints: Value::Object(checkpoints), made: vec![] };
    accepted(&mut vectors);
    refused::other_bytes(&mut vectors);
    refused::wrong_places(&mut vectors);
    refused::not_final(&mut vectors);
    crooked::states(&mut vectors);
    crooked::changes(&mut vectors);
    let Vectors { checkpoints, made, .. } = vectors;
    let receipts =
        chains.receipts.iter().map(|(name, receipt, _)| ((*name).to_owned(), json!(hex(&codec::encode(receipt)))));
    let statuses =
        chains.statuses.iter().map(|(name, statuses)| ((*name).to_owned(), json!(hex(&codec::encode(statuses)))));
    json!({
        "about": "A chain of four validators that seals the documents of documents.json, one whose validators change, and receipts",
        "genesis": {
            "encoding": hex(&codec::encode(&genesis())),
            "header": hex(&codec::encode(&chains.main.checkpoints[0].header)),
            "hash": chains.main.checkpoints[0].hash(),
            "consensus_seeds": [1, 2, 3, 4],
        },
        "blocks": chains.blocks,
        "checkpoints": checkpoints,
        "checkpoint_vectors": checkpoint_vectors(&chains),
        "receipts": Value::Object(receipts.collect()),
        "statuses": Value::Object(statuses.collect()),
        "vectors": made,
    })
}

#[test]
fn the_chain_is_frozen() {
    freeze(FILE, &made());
    let file = committed(FILE);
    for vector in list(&file, "vectors") {
        expect(FILE, vector, answer(&file["checkpoints"], vector));
    }
    for vector in list(&file, "checkpoint_vectors") {
        expect(FILE, vector, checkpoint_answer(vector));
    }
}
