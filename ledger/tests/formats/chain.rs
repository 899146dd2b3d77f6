//! A small chain from end to end, its receipts, and receipts that prove nothing: `chain.json`.

mod crooked;
mod defined;
mod es256;
mod motions;
mod refused;

use serde_json::{Map, Value, json};
use sogoc_ledger::Hash;
use sogoc_ledger::checkpoint::{Checkpoint, CheckpointError};
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Time};
use sogoc_ledger::receipt::{
    BatchAbsence, BatchProof, BatchStatuses, Finality, Pointer, Proven, Receipt, ReceiptError, SetChange,
};
use sogoc_ledger::record::{Key, Origin, Step};
use sogoc_ledger::signature::{PublicKey, public_key};
use sogoc_ledger::state::StateProof;
use sogoc_ledger::status::{Status, StatusArray, StatusEntry};
use sogoc_ledger::transaction::{Action, ChangeStatus, Issue, Transaction};
use sogoc_ledger::validator::{Validator, ValidatorSet};

use crate::network::{
    LOST_SEED, Network, SCHOOL_SEED, approved, asked_by, cast, genesis, key, new_member, ready, school,
};
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

fn issue(id: u8, document_type: &str, grant: u16, schema: u16, leaves: Vec<Hash>) -> Issue {
    Issue {
        batch: batch(id),
        act_for: None,
        origin: Origin::Issued,
        grant,
        document_type: document_type.parse().unwrap(),
        schema,
        period: sogoc_ledger::codec::Text::new("2025-2026").unwrap(),
        leaves: List::new(leaves).unwrap(),
    }
}

fn sealing(id: u8, document_type: &str, grant: u16, schema: u16, leaves: Vec<Hash>) -> Transaction {
    asked_by(SCHOOL_SEED, Action::Issue(issue(id, document_type, grant, schema, leaves)))
}

/// Transcripts, sealed with the key of this seed.
fn sealing_with(seed: u8, documents: &Value, id: u8) -> Transaction {
    asked_by(seed, Action::Issue(issue(id, "hoc-ba-thcs", 0, 1, leaves(documents, batch(id)))))
}

/// A change with what the opening of this name commits to.
fn changing(documents: &Value, id: u8, index: u32, seen: u64, to: Status, opening: &str) -> Transaction {
    let opening = list(documents, "openings").iter().find(|found| text(found, "name") == opening).unwrap();
    approved(Action::ChangeStatus(ChangeStatus {
        batch_issuer: school(),
        batch: batch(id),
        index,
        seen,
        to,
        commitment: Hash::from_hex(text(opening, "commitment")).unwrap(),
    }))
}

fn first_block(documents: &Value) -> Vec<Transaction> {
    let sealed = |id| leaves(documents, batch(id));
    let taken_over = Issue {
        act_for: Some("thcs-mau-2".parse().unwrap()),
        origin: Origin::Digitised,
        ..issue(0x1a, "hoc-ba-thcs", 0, 1, sealed(0x1a))
    };
    vec![
        sealing(0x0a, "hoc-ba-thcs", 0, 1, sealed(0x0a)),
        sealing(0x0b, "da-ky", 1, 1, sealed(0x0b)),
        sealing(0x0c, "hoc-ba-thcs", 0, 1, sealed(0x0c)),
        sealing(0x0d, "hoc-ba-thcs", 0, 1, sealed(0x0d)),
        sealing(0x0f, "da-ky", 1, 2, sealed(0x0f)),
        sealing(0x0e, "hoc-ba-thcs", 0, 1, other_leaves()),
        approved(Action::Issue(taken_over)),
        sealing_with(LOST_SEED, documents, 0x1b),
    ]
}

/// The chains of the vectors and what was proven while they grew.
struct Chains {
    main: Network,
    blocks: Vec<Value>,
    changing: Network,
    receipts: Vec<(&'static str, Receipt, Hash)>,
    statuses: Vec<(&'static str, BatchStatuses)>,
    /// Proofs with another issuer beside the one that sealed, or without one.
    misnamed: Vec<(&'static str, Receipt, Hash)>,
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

impl Chains {
    fn grow() -> Self {
        let documents = committed("documents.json");
        let mut chains = Self {
            main: Network::found(),
            blocks: vec![],
            changing: Network::found(),
            receipts: vec![],
            statuses: vec![],
            misnamed: vec![],
        };
        chains.grow_main(&documents);
        chains.grow_changing(&documents);
        chains.receipts.extend(crooked::successions(&documents));
        chains.statuses.push(("a, over other documents", crooked::other_documents()));
        chains
    }

    /// The receipt of a document as of the last block of a network.
    fn receive(&mut self, documents: &Value, name: &'static str, network: &Network, id: u8, index: u32) {
        let leaves = if id == 0x0e { other_leaves() } else { leaves(documents, batch(id)) };
        let receipt = network.statuses_of(batch(id)).receipt(&leaves, index).unwrap();
        self.receipts.push((name, receipt, leaves[index as usize]));
    }

    fn grow_main(&mut self, documents: &Value) {
        let mut main = self.main.clone();
        self.blocks.push(block(&mut main, &first_block(documents)));
        for (name, id, index) in
            [("first@1", 0x0a, 0), ("second@1", 0x0a, 1), ("corrected@1", 0x0a, 2), ("third@1", 0x1a, 0)]
        {
            self.receive(documents, name, &main, id, index);
        }
        self.statuses.push(("a@1", main.statuses_of(batch(0x0a))));
        let changes = [
            changing(documents, 0x0a, 1, 0, Status::Revoked, "revoked"),
            changing(documents, 0x0a, 2, 0, Status::Suspended, "suspended"),
        ];
        self.blocks.push(block(&mut main, &changes));
        for (name, id, index) in [
            ("first@2", 0x0a, 0),
            ("second@2", 0x0a, 1),
            ("corrected@2", 0x0a, 2),
            ("third@2", 0x1a, 0),
            ("signed-file@2", 0x0b, 0),
            ("last-day@2", 0x0b, 1),
            ("too-late@2", 0x0b, 2),
            ("too-early@2", 0x0c, 0),
            ("first-day@2", 0x0c, 1),
            ("before-1970@2", 0x0c, 2),
            ("other-type@2", 0x0d, 0),
            ("other-key@2", 0x0d, 1),
            ("other-version@2", 0x0f, 0),
            ("one of 25@2", 0x0e, 24),
        ] {
            self.receive(documents, name, &main, id, index);
        }
        let suspend = motions::suspension(main.tip.header.time.0 + 1_000);
        let motion = suspend.id();
        let third = [
            sealing_with(LOST_SEED, documents, 0x1c),
            changing(documents, 0x0a, 2, 2, Status::Valid, "reinstated"),
            suspend,
        ];
        self.blocks.push(block(&mut main, &third));
        self.receive(documents, "corrected@3", &main, 0x0a, 2);
        self.receive(documents, "late-key@3", &main, 0x1c, 0);
        self.statuses.push(("a@3", main.statuses_of(batch(0x0a))));
        self.blocks.push(block(&mut main, &[cast(2, motions::vote(motion, true))]));
        for (name, id) in [("first@4", 0x0a), ("early-key@4", 0x1b), ("late-key@4, held", 0x1c)] {
            self.receive(documents, name, &main, id, 0);
        }
        self.statuses.push(("a@4", main.statuses_of(batch(0x0a))));
        self.grow_lapsing(documents, main.clone());
        let fifth = [
            cast(3, motions::vote(motion, true)),
            changing(documents, 0x0a, 2, 3, Status::Superseded, "superseded"),
            sealing_with(SCHOOL_SEED, documents, 0x1d),
        ];
        self.blocks.push(block(&mut main, &fifth));
        for (name, id, index) in
            [("corrected@5", 0x0a, 2), ("replacement@5", 0x1d, 0), ("early-key@5", 0x1b, 0), ("late-key@5", 0x1c, 0)]
        {
            self.receive(documents, name, &main, id, index);
        }
        self.statuses.push(("a@5", main.statuses_of(batch(0x0a))));
        self.statuses.push(("late-key@5", main.statuses_of(batch(0x1c))));
        let mut sixth = motions::keys();
        sixth.extend([
            changing(documents, 0x1d, 1, 0, Status::Superseded, "of another correction"),
            changing(documents, 0x1c, 0, 0, Status::Revoked, "revoked"),
            motions::everything(),
        ]);
        let everything = sixth[sixth.len() - 1].id();
        self.blocks.push(block(&mut main, &sixth));
        let votes = [(2, true), (4, false), (3, true)].map(|(seed, yes)| cast(seed, motions::vote(everything, yes)));
        self.blocks.push(block(&mut main, &votes));
        self.blocks.push(block(&mut main, &[motions::end_key()]));
        for (name, id, index) in
            [("first@8", 0x0a, 0), ("third@8", 0x1a, 0), ("mismatched@8", 0x1d, 1), ("late-key@8", 0x1c, 0)]
        {
            self.receive(documents, name, &main, id, index);
        }
        self.statuses.push(("third@8", main.statuses_of(batch(0x1a))));
        let mut misnamed = |description, id: u8, named: Option<&str>| {
            let named = named.map(|named| named.parse().unwrap());
            let leaves = leaves(documents, batch(id));
            let receipt = main.statuses_naming(batch(id), named.as_ref()).receipt(&leaves, 0).unwrap();
            self.misnamed.push((description, receipt, leaves[0]));
        };
        misnamed("the issuer that was acted for is not shown", 0x1a, None);
        misnamed("another issuer is shown than the one that was acted for", 0x1a, Some("phong-mau"));
        misnamed("an issuer is shown, and nobody was acted for", 0x0a, Some("thcs-mau-2"));
        for (of, name) in [("first@1", "first@1, for checkpoint 4"), ("first@1", "first@1, for checkpoint 8")] {
            // The receipt of block 1 with the path to a later block, as a refresh gives it.
            let (_, mut refreshed, leaf) = self.receipt(of).clone();
            let to = if name.ends_with('4') { 4 } else { 8 };
            refreshed.proof.finality = main.ancestry_to(1, to);
            self.receipts.push((name, refreshed, leaf));
        }
        self.main = main;
    }

    /// The same chain, as if the emergency had never been voted on again.
    fn grow_lapsing(&mut self, documents: &Value, mut network: Network) {
        let expires = motions::expiry(&network);
        network.block_at(Time(expires.0 - 1), &[]);
        self.receive(documents, "late-key@5, a millisecond before it lapses", &network, 0x1c, 0);
        network.block_at(expires, &[]);
        self.receive(documents, "late-key@6, lapsed", &network, 0x1c, 0);
        self.statuses.push(("late-key@6, lapsed", network.statuses_of(batch(0x1c))));
    }

    /// A plan of two steps: one validator leaves and one comes in each.
    fn grow_changing(&mut self, documents: &Value) {
        let mut network = self.changing.clone();
        let step = |leaves: u8, comes: u8| Step {
            remove: List::new(vec![public_key(&key(leaves))]).unwrap(),
            add: List::new(vec![new_member(comes)]).unwrap(),
        };
        let plan = motions::plan(vec![step(1, 5), step(2, 6)]);
        let motion = plan.id();
        let mut first = first_block(documents);
        first.push(plan);
        let votes = [2, 3].map(|seed| cast(seed, motions::vote(motion, true))).to_vec();
        // Scheduled at 3 for 7, and at 7 for 11.
        let beginning = [first, votes, vec![ready(5, motion)], vec![ready(6, motion)]];
        for (at, transactions) in (1..=12).zip(beginning.into_iter().chain(std::iter::repeat_with(Vec::new))) {
            network.block(&transactions);
            match at {
                2 => self.receive(documents, "changing@2", &network, 0x0a, 0),
                7 => self.receive(documents, "changing@7", &network, 0x0a, 0),
                9 => self.receive(documents, "changing@9", &network, 0x0a, 0),
                12 => self.receive(documents, "changing@12", &network, 0x0a, 0),
                _ => {}
            }
        }
        for (of, height, name) in
            [("changing@2", 2, "changing@2, for checkpoint 12"), ("changing@9", 9, "changing@9, for checkpoint 12")]
        {
            let (_, mut refreshed, leaf) = self.receipt(of).clone();
            refreshed.proof.finality = network.ancestry_to(height, 12);
            self.receipts.push((name, refreshed, leaf));
        }
        self.changing = network;
    }
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
            ("height 8", &main[8]),
            ("changing, genesis", &changing[0]),
            ("changing, height 2", &changing[2]),
            ("changing, height 6", &changing[6]),
            ("changing, height 7", &changing[7]),
            ("changing, height 11", &changing[11]),
            ("changing, height 12", &changing[12]),
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
        "origin": proven.batch.origin,
        "sealed_at": proven.batch.height,
        "index": proven.index,
        "status": proven.status.status,
        "status_height": proven.status.height,
        "commitment": proven.status.commitment,
        "previous": proven.status.previous,
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
            name if name.ends_with("for checkpoint 12") => "changing, height 12",
            name if name.starts_with("changing") => "changing, genesis",
            "first@1, for checkpoint 4" => "height 4",
            "first@1, for checkpoint 8" => "height 8",
            _ => "genesis",
        };
        vectors.named(name, name, anchor, &as_it_is);
    }
    for anchor in ["height 1", "height 2", "height 4", "height 8"] {
        vectors.named("a receipt of height 8 and a later anchor", "first@8", anchor, &as_it_is);
    }
    let without_changes = |first: usize| {
        move |receipt: &mut Receipt| {
            if let Finality::Certified { changes, .. } = &mut receipt.proof.finality {
                *changes = List::new(changes[first..].to_vec()).unwrap();
            }
        }
    };
    for (name, anchor, kept) in [
        ("changing@7", "changing, height 6", 1),
        ("changing@7", "changing, height 7", 1),
        ("changing@9", "changing, height 7", 1),
        ("changing@12", "changing, height 2", 0),
        ("changing@12", "changing, height 6", 1),
        ("changing@12", "changing, height 7", 1),
        ("changing@12", "changing, height 11", 2),
        ("changing@12", "changing, height 12", 2),
    ] {
        vectors.named("only the changes between anchor and header", name, anchor, &without_changes(kept));
    }
    let proof = &chains.receipt("first@2").1.proof;
    let pointer = to(proof.batch_id, "hcmc-mau", "thcs-mau-1");
    vectors.add("the proof alone", "BatchProof", &codec::encode(proof), None, pointer, "genesis");
    let absence = codec::encode(&absence(&chains.main));
    for (description, of, anchor) in [
        ("the absence of a batch", 0xff, "genesis"),
        ("the absence of a batch, and an anchor that is not older", 0xff, "height 8"),
        ("the absence of a batch that is there", 0x0a, "genesis"),
        ("the absence of a batch, against another chain of that name", 0xff, "changing, height 7"),
    ] {
        vectors.add(description, "BatchAbsence", &absence, None, to(batch(of), "hcmc-mau", "thcs-mau-1"), anchor);
    }
    vectors.statuses("statuses before anything changed", "a@1", &|_| {});
    vectors.statuses("statuses after a revocation", "a@4", &|_| {});
    vectors.statuses("statuses after several changes of one document", "a@5", &|_| {});
    vectors.statuses("statuses of a batch that was sealed for another issuer", "third@8", &|_| {});
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
    let good = chains.changing.checkpoints[6].clone();
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
    let chains = Chains::grow();
    let checkpoints: Map<String, Value> = chains
        .checkpoints()
        .into_iter()
        .map(|(name, checkpoint)| (name.to_owned(), json!(hex(&codec::encode(checkpoint)))))
        .collect();
    let mut vectors = Vectors { chains: &chains, checkpoints: Value::Object(checkpoints), made: vec![] };
    accepted(&mut vectors);
    refused::other_bytes(&mut vectors);
    refused::wrong_places(&mut vectors);
    refused::misnamed(&mut vectors);
    refused::not_final(&mut vectors);
    crooked::states(&mut vectors);
    crooked::changes(&mut vectors);
    let of_es256 = es256::receipts();
    of_es256.iter().for_each(|(name, receipt, leaf)| vectors.receipt(name, receipt, *leaf, "genesis"));
    let of_defined = defined::receipts();
    of_defined.iter().for_each(|(name, receipt, leaf)| vectors.receipt(name, receipt, *leaf, "genesis"));
    let Vectors { checkpoints, made, .. } = vectors;
    let receipts = chains
        .receipts
        .iter()
        .chain(&of_es256)
        .chain(&of_defined)
        .map(|(name, receipt, _)| ((*name).to_owned(), json!(hex(&codec::encode(receipt)))));
    let statuses =
        chains.statuses.iter().map(|(name, statuses)| ((*name).to_owned(), json!(hex(&codec::encode(statuses)))));
    json!({
        "about": "A chain of four validators that seals the documents of documents.json, one whose validators change by a plan, and receipts",
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
