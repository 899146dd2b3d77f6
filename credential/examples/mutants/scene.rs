//! A document, where it is sealed, and the question about it, in parts that can be changed one by one before what
//! follows from them is made: a mutant may be wrong in one place and consistent everywhere else.

use sogoc_credential::opening::Opening;
use sogoc_credential::schema;
use sogoc_ledger::Hash;
use sogoc_ledger::block::Header;
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec::{self, List, Text};
use sogoc_ledger::merkle;
use sogoc_ledger::name::{BatchId, Day, Time};
use sogoc_ledger::receipt::{Ancestry, BatchProof, BatchStatuses, Finality, Receipt, SetChange, StatusProof};
use sogoc_ledger::record::{Batch, Grant, Issuer, IssuerKey, Origin, Succession};
use sogoc_ledger::status::{Status, StatusArray, StatusEntry};

use crate::document::{AUDIENCE, Document, Members, NONCE, b64, quoted};
use crate::kinds::{certificates, definitions};
use crate::random::Random;
use crate::signer::{Era, Signer};
use crate::state::{self, Leaf};

/// 1 January 2026, 12:00 in Vietnam.
pub const FOUNDED: u64 = 1_767_243_600_000;

/// What is asked of the holder, times in seconds.
#[derive(Clone)]
pub struct Asked {
    pub audience: String,
    pub nonce: String,
    pub now: i64,
    pub max_age_seconds: i64,
}

/// Who signs what.
#[derive(Clone)]
pub struct Chain {
    /// Signs the checkpoint.
    pub before: Era,
    /// The first signs what follows the checkpoint, each other after the one before it.
    pub eras: Vec<Era>,
    /// The last height that each era but the last signs.
    pub changes: Vec<u64>,
    /// What else the state holds.
    pub fillers: Vec<Leaf>,
}

pub struct Scene {
    pub document: Document,
    /// The SD-JWT, once signed.
    pub credential: String,
    pub receipt: Receipt,
    pub chain: Chain,
    pub checkpoint: Checkpoint,
    pub openings: Vec<Opening>,
    /// What the status entry replaced, oldest first.
    pub history: Vec<StatusEntry>,
    /// What the bundle brings of the type.
    pub definitions: Vec<Vec<u8>>,
    pub fresh: Option<BatchStatuses>,
    pub now: u64,
    pub max_age_ms: Option<u64>,
    pub holder: Option<Asked>,
    pub original: Option<Vec<u8>>,
    /// Statements and CMS that the bundle brings.
    pub evidence: Vec<(Vec<u8>, Vec<u8>)>,
    /// The file of roots that it is held to.
    pub roots: Option<Vec<u8>>,
    /// What is put to the verifier, once sealed.
    pub receipt_bytes: Vec<u8>,
    pub checkpoint_bytes: Vec<u8>,
    pub fresh_bytes: Option<Vec<u8>>,
    pub bundle: Members,
    pub file: Vec<u8>,
}

pub fn issuer(id: &str, key: &Signer) -> Issuer {
    let sealing = IssuerKey {
        key: key.public(),
        roles: IssuerKey::SEAL,
        from: Time(0),
        until: None,
        suspended: None,
        binding: None,
    };
    let grant = |document_type: &str| Grant {
        document_type: document_type.parse().unwrap(),
        from: Day(20_000),
        until: None,
        decision: Text::new("QĐ 01/QĐ-MẪU").unwrap(),
    };
    let types = ["hoc-ba-thcs", "hoc-ba-thpt", "bang-tn-thpt", "da-ky", definitions::ID];
    Issuer {
        id: id.parse().unwrap(),
        name: Text::new("Trường THCS Mẫu Một").unwrap(),
        name_en: Text::new("Model Lower Secondary School One").unwrap(),
        closed: None,
        keys: List::new(vec![sealing]).unwrap(),
        grants: List::new(types.map(grant).to_vec()).unwrap(),
        successors: List::default(),
    }
}

/// An issuer that the one that seals everything may act for.
pub fn predecessor(id: &str) -> Issuer {
    let succession = Succession {
        issuer: "thcs-mau-1".parse().unwrap(),
        scopes: Succession::ALL_SCOPES,
        from: Day(20_000),
        until: None,
        decision: Text::new("QĐ 03/QĐ-MẪU").unwrap(),
    };
    Issuer { successors: List::new(vec![succession]).unwrap(), ..issuer(id, &Signer::plain(210)) }
}

/// How many siblings a path from leaf `index` of `size` has (RFC 9162 §2.1.3.2).
pub fn path_length(index: u64, size: u64) -> usize {
    let inner = (64 - (index ^ (size - 1)).leading_zeros()) as usize;
    inner + if inner < 64 { (index >> inner).count_ones() as usize } else { 0 }
}

/// Siblings of the right number; none if a list cannot hold them.
pub fn path<const MAX: usize>(random: &mut Random, index: u64, size: u64) -> List<Hash, MAX> {
    List::new((0..path_length(index, size)).map(|_| random.hash()).collect()).unwrap_or_default()
}

impl Scene {
    /// A document in force, sealed on a chain of its own making, and all that proves it.
    pub fn new(random: &mut Random, mut document: Document) -> Self {
        let later = random.one_in(12);
        let checkpoint = if later { 2 + random.below(200) as u64 } else { random.of(&[0, 0, 1, 7, 900]) };
        let eras: Vec<Era> = (0..random.of(&[1, 1, 1, 1, 2, 3])).map(|_| Era::any(random)).collect();
        let changes: Vec<u64> = (1..eras.len() as u64).map(|at| checkpoint + 3 * at).collect();
        let height = if later {
            random.below(checkpoint as usize) as u64
        } else {
            let after = changes.last().map_or(checkpoint, |last| last + 1);
            after + random.of(&[0, 1, 2, 50])
        };
        let chain = Chain {
            before: Era::any(random),
            eras,
            changes,
            fillers: (0..random.below(12)).map(|_| (random.hash(), random.hash())).collect(),
        };
        let most = random.of(&[1, 4, 60, 10_000]);
        let size = 1 + random.below(most) as u32;
        let index = random.below(size as usize) as u32;
        let signer = document.jwt.signer.clone();
        let named = random.one_in(4).then(|| predecessor("thcs-mau-2"));
        let batch = Batch {
            key: signer.public().thumbprint(),
            approver: random.one_in(3).then(|| random.hash()),
            act_for: named.as_ref().map(|named| named.id.clone()),
            origin: random.of(&[Origin::Issued, Origin::Digitised]),
            grant: 0,
            document_type: document.schema.parse().unwrap(),
            schema: 1,
            definition: None,
            period: Text::new("2025-2026").unwrap(),
            size,
            root: Hash::ZERO,
            height: height / 2,
            time: Time(FOUNDED),
            status_root: None,
        };
        let known = schema::by_id(&document.schema);
        let definitions = if known.is_some() { vec![] } else { definitions::texts() };
        let mut batch_id = [0; 16];
        batch_id.copy_from_slice(&random.bytes(16));
        let header = Header {
            version: 2,
            chain: "hcmc-mau".parse().unwrap(),
            height,
            time: Time(FOUNDED + height),
            parent: random.hash(),
            history_root: random.hash(),
            body: random.hash(),
            state_root: Hash::ZERO,
            validators: Hash::ZERO,
            next_validators: random.hash(),
            leaves: 3,
        };
        let certificate = chain.before.certify(random, &header);
        let finality = if later {
            Finality::Ancestor(Ancestry { checkpoint, path: path(random, height, checkpoint) })
        } else {
            Finality::Certified { certificate, changes: List::default() }
        };
        let iss = named.as_ref().map_or("thcs-mau-1", |_| "thcs-mau-2");
        document.jwt.payload.set("iss", quoted(iss));
        let proof = BatchProof::new(
            BatchId(batch_id),
            batch,
            issuer("thcs-mau-1", &signer),
            named,
            state::prove(&[], &[]).0,
            header.clone(),
            finality,
        );
        let receipt = Receipt { proof, index, path: path(random, index.into(), size.into()), status: None };
        let anchor = Header { height: checkpoint, time: Time(FOUNDED), ..header };
        let (validators, next_validators) = (chain.before.set.clone(), chain.eras[0].set.clone());
        let pointer = [("chain", "hcmc-mau"), ("issuer", "thcs-mau-1"), ("batch", &BatchId(batch_id).to_string())];
        document.ledger.set_texts(&pointer);
        let mut scene = Self {
            document,
            credential: String::new(),
            receipt,
            chain,
            checkpoint: Checkpoint { header: anchor, validators, next_validators },
            openings: vec![],
            history: vec![],
            definitions,
            fresh: None,
            now: FOUNDED + 15_000_000_000,
            max_age_ms: None,
            holder: None,
            original: None,
            evidence: vec![],
            roots: None,
            receipt_bytes: vec![],
            checkpoint_bytes: vec![],
            fresh_bytes: None,
            bundle: Members::default(),
            file: vec![],
        };
        // Of a known type the ledger may say nothing.
        let digest = known.map_or_else(|| definitions::digest(&scene.definitions[0]), |known| known.digest);
        scene.receipt.proof.batch.definition = (known.is_none() || random.one_in(3)).then_some(digest);
        if random.one_in(3) {
            let status = if random.one_in(6) { random.of(&STATUSES) } else { Status::Valid };
            scene.change_status(random, status);
        }
        scene
    }

    /// Moves the document to this place in a batch of this size.
    pub fn place(&mut self, random: &mut Random, index: u32, size: u32) {
        let Receipt { proof, index: at, path: siblings, status } = &mut self.receipt;
        (*at, proof.batch.size) = (index, size);
        *siblings = path(random, index.into(), size.into());
        if let Some(status) = status {
            status.entry.index = index;
            status.path = path(random, index.into(), size.into());
        }
    }

    pub fn entry(&self, random: &mut Random, index: u32, status: Status) -> StatusEntry {
        let height = 1 + self.receipt.proof.header.height / 2;
        let (time, commitment) = (Time(FOUNDED + height), random.hash());
        StatusEntry { index, status, height, time, commitment, previous: Hash::ZERO }
    }

    /// What an entry replaced, oldest first: it is put after all of it.
    pub fn past(&self, random: &mut Random, entry: &mut StatusEntry) -> Vec<StatusEntry> {
        let mut past: Vec<StatusEntry> = Vec::new();
        for at in 1..=random.of(&[0, 1, 1, 2, 3]) {
            let (status, previous) = (random.of(&STATUSES), past.last().map_or(Hash::ZERO, StatusEntry::as_previous));
            past.push(StatusEntry { height: at, previous, ..self.entry(random, entry.index, status) });
        }
        entry.height = entry.height.max(past.len() as u64 + 1);
        entry.previous = past.last().map_or(Hash::ZERO, StatusEntry::as_previous);
        past
    }

    /// Somebody changed the status of something in the batch, and this document's is now this.
    pub fn change_status(&mut self, random: &mut Random, status: Status) {
        let (index, size) = (self.receipt.index, self.receipt.proof.batch.size);
        let unchanged = status == Status::Valid && random.one_in(2);
        let mut entry = if unchanged { StatusEntry::unchanged(index) } else { self.entry(random, index, status) };
        self.history = if unchanged { vec![] } else { self.past(random, &mut entry) };
        self.receipt.status = Some(StatusProof { entry, path: path(random, index.into(), size.into()) });
    }

    /// Asks the batch's statuses as of `height`, with this one for the document.
    pub fn ask_fresh(&mut self, random: &mut Random, height: u64, status: Status) {
        if self.receipt.proof.batch.size > 600 {
            let index = random.below(40) as u32;
            self.place(random, index, 40);
        }
        let mut proof = self.receipt.proof.clone();
        if random.one_in(20) {
            proof.batch.size = 1 + random.below(50) as u32;
        }
        proof.header.height = height;
        proof.header.time = Time(proof.header.time.0.saturating_add(height));
        let mut entries = StatusArray::default();
        let changed = random.below(4) as u32;
        for _ in 0..changed {
            let other = random.below(proof.batch.size as usize) as u32;
            let status = random.of(&STATUSES);
            entries = entries.with(self.entry(random, other, status));
        }
        if status != Status::Valid || random.one_in(3) {
            let mut entry = self.entry(random, self.receipt.index, status);
            // Of the receipt's own entry, of what that replaced, or of nothing that anybody knows.
            let own = self.receipt.status.as_ref().map(|status| status.entry.clone()).filter(|own| own.height > 0);
            let last = if random.one_in(4) { self.history.last().cloned() } else { own };
            if let Some(last) = last {
                entry.height = last.height.saturating_add(1);
                entry.previous = last.as_previous();
            }
            entries = entries.with(entry);
        }
        self.fresh = Some(BatchStatuses { proof, statuses: entries });
    }

    /// Asks for the holder's binding, in time.
    pub fn ask_holder(&mut self, random: &mut Random) {
        let now = (self.now / 1_000) as i64;
        let at = now - random.of(&[0, 0, 1, 600, -300]);
        self.document.bind(at);
        let (audience, nonce) = (AUDIENCE.to_owned(), NONCE.to_owned());
        self.holder = Some(Asked { audience, nonce, now, max_age_seconds: 600 });
    }

    /// Everything that follows from the parts: the document is sealed, its records are in the state, the state is final.
    pub fn seal(&mut self, random: &mut Random) {
        let leaf = merkle::leaf_hash(self.credential.split('~').next().unwrap_or_default().as_bytes());
        let Receipt { proof, index, path, status } = &mut self.receipt;
        let (index, size) = (u64::from(*index), u64::from(proof.batch.size));
        if let Some(root) = merkle::root_from_path(leaf, index, size, path) {
            proof.batch.root = root;
        }
        if let Some(status) = status {
            let root = merkle::root_from_path(status.entry.leaf_hash(), index, size, &status.path);
            proof.batch.status_root = root.or(proof.batch.status_root);
        }
        if let Some(fresh) = &mut self.fresh {
            fresh.proof.batch.root = proof.batch.root;
            let size = fresh.proof.batch.size;
            // Nobody hashes more entries than a batch may have.
            fresh.proof.batch.status_root = if size > 10_000 { Some(Hash::ZERO) } else { fresh.statuses.root(size) };
        }
        self.prove();
        self.certify(random);
        self.encode();
    }

    /// State proofs of the records as they are.
    pub fn prove(&mut self) {
        let fresh = self.fresh.as_mut().map(|fresh| &mut fresh.proof);
        for proof in [Some(&mut self.receipt.proof), fresh].into_iter().flatten() {
            let mut leaves = state::records(proof);
            let asked: Vec<Hash> = leaves.iter().map(|leaf| leaf.0).collect();
            leaves.extend(&self.chain.fillers);
            (proof.state, proof.header.state_root) = state::prove(&leaves, &asked);
        }
    }

    /// Makes the headers final as they are.
    pub fn certify(&mut self, random: &mut Random) {
        self.chain.certify(random, &mut self.receipt.proof, &mut self.checkpoint);
        if let Some(fresh) = &mut self.fresh {
            // The checkpoint is that of the receipt, whatever the statuses would need.
            self.chain.certify(random, &mut fresh.proof, &mut self.checkpoint.clone());
        }
    }

    /// Writes receipt, checkpoint and statuses as they are.
    pub fn encode(&mut self) {
        self.receipt_bytes = codec::encode(&self.receipt);
        self.checkpoint_bytes = codec::encode(&self.checkpoint);
        self.fresh_bytes = self.fresh.as_ref().map(codec::encode);
    }

    /// Writes the bundle's members.
    pub fn pack(&mut self) {
        let file = &mut self.bundle;
        file.set("sogoc-bundle", "2");
        file.set("credential", quoted(&self.credential));
        file.set("receipt", quoted(&b64(&self.receipt_bytes)));
        let openings: Vec<String> = self.openings.iter().map(|opening| quoted(&b64(codec::encode(opening)))).collect();
        let history: Vec<String> = self.history.iter().map(|entry| quoted(&b64(codec::encode(entry)))).collect();
        let definitions: Vec<String> = self.definitions.iter().map(|text| quoted(&b64(text))).collect();
        let evidence: Vec<String> =
            certificates::texts(&self.evidence).iter().map(|bytes| quoted(&b64(bytes))).collect();
        let lists =
            [("openings", openings), ("history", history), ("evidence", evidence), ("definitions", definitions)];
        for (name, texts) in lists {
            if !texts.is_empty() {
                file.set(name, format!("[{}]", texts.join(",")));
            }
        }
    }
}

pub const STATUSES: [Status; 4] = [Status::Valid, Status::Superseded, Status::Revoked, Status::Suspended];

impl Chain {
    /// The eras that sign before and at a height after the checkpoint.
    fn until(&self, height: u64) -> usize {
        self.changes.iter().take_while(|last| **last < height).count()
    }

    /// Connects the header of a proof with the checkpoint, which names the sets that this takes.
    pub fn certify(&self, random: &mut Random, proof: &mut BatchProof, checkpoint: &mut Checkpoint) {
        let BatchProof { header, finality, .. } = proof;
        let anchor = &mut checkpoint.header;
        (anchor.validators, anchor.next_validators) = (self.before.set.hash(), self.eras[0].set.hash());
        (checkpoint.validators, checkpoint.next_validators) = (self.before.set.clone(), self.eras[0].set.clone());
        if let Finality::Ancestor(Ancestry { path, .. }) = finality {
            let leaf = merkle::leaf_hash(&header.hash().0);
            if let Some(root) = merkle::root_from_path(leaf, header.height, anchor.height, path) {
                anchor.history_root = root;
            }
            return;
        }
        if header.height == anchor.height {
            (header.validators, header.next_validators) = (anchor.validators, anchor.next_validators);
            *anchor = header.clone();
            let certificate = self.before.certify(random, header);
            *finality = Finality::Certified { certificate, changes: List::default() };
            return;
        }
        let last = self.until(header.height);
        header.validators = self.eras[last].set.hash();
        let changes = (0..last).map(|at| self.change(random, header, at)).collect();
        let certificate = self.eras[last].certify(random, header);
        *finality = Finality::Certified { certificate, changes: List::new(changes).unwrap_or_default() };
    }

    /// The block in which era `at` hands over to the next.
    pub fn change(&self, random: &mut Random, like: &Header, at: usize) -> SetChange {
        let (era, next) = (&self.eras[at], &self.eras[at + 1]);
        let header = Header {
            height: self.changes[at],
            validators: era.set.hash(),
            next_validators: next.set.hash(),
            ..like.clone()
        };
        let certificate = era.certify(random, &header);
        SetChange { header, certificate, next_validators: next.set.clone() }
    }
}
