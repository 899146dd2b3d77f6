//! The kinds of mutants, and when in the making of a question each does its work.

mod authority;
pub mod certificates;
mod claims;
pub mod definitions;
mod disclosures;
mod documents;
mod files;
mod json;
mod limits;
mod proofs;
mod questions;
mod records;
mod signatures;

use std::sync::Arc;

use serde_json::Value;
use sogoc_credential::schema::{self, Claims, Schema};
use sogoc_credential::sdjwt::{EVERYTHING, Envelope, LedgerPointer, SdJwt, SeededSalts, issue, present};

use crate::Case;
use crate::document::{Document, HOLDER_SEED, unb64};
use crate::random::Random;
use crate::scene::Scene;
use crate::signer::Signer;

/// Seed of the key that seals.
const ISSUER_SEED: u8 = 200;

/// When a kind does its work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Before the document is signed.
    Document,
    /// Before it is sealed.
    Text,
    /// Before its batch is in the state of a final header.
    Records,
    /// When everything proves everything.
    Proof,
    /// When it is a file.
    File,
}

use Stage::{Document as OfDocument, File, Proof, Records, Text};

type Kind = (&'static str, Stage, fn(&mut Random, &mut Scene));

const KINDS: &[Kind] = &[
    ("in-force", Records, |_, _| {}),
    ("header", OfDocument, documents::header),
    ("jwk", OfDocument, documents::jwk),
    ("holder-key", OfDocument, documents::holder_key),
    ("payload", OfDocument, documents::payload),
    ("envelope", OfDocument, documents::envelope),
    ("pointer", OfDocument, documents::pointer),
    ("json-spelling", OfDocument, documents::spelling),
    ("jwt-base64", OfDocument, documents::base64),
    ("disclosure-choice", OfDocument, disclosures::choice),
    ("disclosure-form", OfDocument, disclosures::form),
    ("disclosure-spelling", OfDocument, disclosures::spelling),
    ("digests", OfDocument, disclosures::digests),
    ("nesting", OfDocument, disclosures::nesting),
    ("thicket", OfDocument, disclosures::thicket),
    ("claim", OfDocument, claims::claim),
    ("claim-text", OfDocument, claims::text),
    ("claim-list", OfDocument, claims::list),
    ("binding", OfDocument, documents::binding),
    ("holder-question", OfDocument, documents::holder_question),
    ("issuer-signature", OfDocument, signatures::of_the_issuer),
    ("holder-signature", OfDocument, signatures::of_the_holder),
    ("mixed-issuer", OfDocument, signatures::mixed_issuer),
    ("mixed-holder", OfDocument, signatures::mixed_holder),
    ("cctv", OfDocument, signatures::cctv),
    ("certificates", OfDocument, certificates::bindings),
    ("expiry", OfDocument, questions::expiry),
    ("original", OfDocument, questions::original),
    ("definition-record", Records, definitions::record),
    ("definition-text", Records, definitions::text),
    ("grants", OfDocument, records::grants),
    ("issuers", OfDocument, records::issuers),
    ("successors", OfDocument, authority::successors),
    ("act-for", OfDocument, authority::act_for),
    ("credential-bits", Text, files::credential_bits),
    ("separators", Text, files::separators),
    ("age", Records, questions::age),
    ("other-record", Records, records::other_record),
    ("place", Records, records::place),
    ("status", Records, records::status),
    ("suspension", Records, authority::suspension),
    ("history", Records, authority::history),
    ("state-depth", Records, records::depth),
    ("heights", Records, records::heights),
    ("ancestor", Records, records::ancestor),
    ("eras", Records, records::eras),
    ("mixed-validators", Records, signatures::mixed_validators),
    ("fresh", Records, records::fresh),
    ("validator-signature", Proof, signatures::of_validators),
    ("certificate", Proof, signatures::certificate),
    ("validator-set", Proof, signatures::set),
    ("set-changes", Proof, proofs::changes),
    ("state-proof", Proof, proofs::evidence),
    ("receipt-bytes", Proof, proofs::receipt_bytes),
    ("receipt-format", Proof, proofs::format),
    ("receipt-field", Proof, proofs::any_field),
    ("batch-field", Proof, proofs::batch_field),
    ("issuer-field", Proof, proofs::issuer_field),
    ("named-issuer-field", Proof, proofs::named_issuer_field),
    ("header-field", Proof, proofs::header_field),
    ("state-field", Proof, proofs::state_field),
    ("finality-field", Proof, proofs::finality_field),
    ("leaf-field", Proof, proofs::leaf_field),
    ("checkpoint-bytes", Proof, proofs::checkpoint_bytes),
    ("checkpoint-field", Proof, proofs::checkpoint_field),
    ("other-checkpoint", Proof, proofs::other_checkpoint),
    ("fresh-bytes", Proof, proofs::fresh_bytes),
    ("fresh-field", Proof, proofs::fresh_field),
    ("other-fresh", Proof, proofs::other_fresh),
    ("file-bits", File, files::bits),
    ("file-bytes", File, files::bytes),
    ("file-spelling", File, files::spelling),
    ("file-members", File, files::members),
    ("file-format", File, files::format),
    ("file-base64", File, files::base64),
    ("openings", File, files::openings),
    ("history-texts", File, files::history),
    ("evidence-texts", File, files::evidence),
    ("definition-list", File, definitions::list),
];

/// Megabytes each.
const LARGE: &[Kind] = &[
    ("large-document", OfDocument, limits::document),
    ("large-credential", Text, limits::credential),
    ("large-receipt", Proof, limits::receipt),
    ("large-checkpoint", Proof, limits::checkpoint),
    ("large-file", File, limits::file),
    ("large-openings", File, limits::openings),
];

/// One large case in so many.
const LARGE_EVERY: u64 = 250;

/// Kinds beside those of one change: vectors as they are, and several changes at once, for which of them is told.
const SEVERAL: [&str; 3] = ["vectors", "two-changes", "three-changes"];

/// What cases are made of.
pub struct Kinds {
    documents: Vec<Document>,
    /// Small ones.
    presentations: Vec<Document>,
    bundles: Value,
    chain: Value,
}

impl Kinds {
    pub fn new() -> Self {
        let mut kinds = Self {
            documents: vec![],
            presentations: vec![],
            bundles: serde_json::from_str(include_str!("../../../../docs/vectors/bundles.json")).unwrap(),
            chain: serde_json::from_str(include_str!("../../../../docs/vectors/chain.json")).unwrap(),
        };
        let all: Value = serde_json::from_str(include_str!("../../claims.json")).unwrap();
        let known = all.as_object().unwrap().iter();
        let known = known.map(|(id, claims)| (schema::by_id(id).unwrap().clone(), claims.as_object().unwrap().clone()));
        let defined = Arc::new(Schema::from_texts(&definitions::texts()).unwrap());
        for (schema, claims) in known.chain([(defined, definitions::claims())]) {
            let compact = issued(&schema, &claims);
            let paths: [&[&str]; 5] =
                [&[], &[EVERYTHING], &["name"], &["person"], &["name", "subjects/Toán/year", "conduct"]];
            kinds.documents.push(document(&schema, &compact));
            let presented = |paths| present(&SdJwt::parse_with(&compact, Some(&schema)).unwrap(), paths).ok();
            let presentations = paths.into_iter().filter_map(presented).filter(|text| text.len() < 4_000);
            kinds.presentations.extend(presentations.map(|text| document(&schema, &text)));
        }
        kinds
    }

    /// Case `n`, and its kind.
    pub fn case(&self, random: &mut Random, n: u64) -> (&'static str, Case) {
        if n % LARGE_EVERY == LARGE_EVERY - 1 {
            let kind = LARGE[(n / LARGE_EVERY) as usize % LARGE.len()];
            return (kind.0, self.made(random, &[kind]));
        }
        let at = n as usize % (KINDS.len() + SEVERAL.len());
        if let Some(kind) = KINDS.get(at) {
            return (kind.0, self.made(random, &[*kind]));
        }
        let several = at - KINDS.len();
        if several == 0 {
            return (SEVERAL[0], self.vector(random));
        }
        let mut kinds: Vec<Kind> = (0..=several).map(|_| KINDS[random.below(KINDS.len())]).collect();
        kinds.sort_by_key(|kind| kind.1);
        (SEVERAL[several], self.made(random, &kinds))
    }

    fn made(&self, random: &mut Random, kinds: &[Kind]) -> Case {
        let among = if random.one_in(15) { &self.documents } else { &self.presentations };
        let mut document = random.of(among);
        if random.one_in(3) {
            document.sign_with(Signer::p256(ISSUER_SEED));
        }
        if random.one_in(3) {
            document.hold_with(Signer::p256(HOLDER_SEED));
        }
        let mut scene = Scene::new(random, document);
        let run = |stage: Stage, random: &mut Random, scene: &mut Scene| {
            kinds.iter().filter(|kind| kind.1 == stage).for_each(|kind| (kind.2)(random, scene));
        };
        run(OfDocument, random, &mut scene);
        scene.credential = scene.document.text(random);
        run(Text, random, &mut scene);
        run(Records, random, &mut scene);
        if kinds.iter().any(|kind| kind.0.contains("fresh")) && scene.fresh.is_none() {
            records::fresh(random, &mut scene);
        }
        scene.seal(random);
        run(Proof, random, &mut scene);
        scene.pack();
        scene.file = scene.bundle.text().into_bytes();
        run(File, random, &mut scene);
        let Scene { file, checkpoint_bytes, fresh_bytes, now, max_age_ms, holder, original, roots, .. } = scene;
        Case {
            bundle: file,
            checkpoint: checkpoint_bytes,
            fresh: fresh_bytes,
            now,
            max_age_ms,
            holder,
            original,
            roots,
        }
    }

    /// A vector of `bundles.json`, as it is or with damage to one of its files.
    fn vector(&self, random: &mut Random) -> Case {
        let vectors = self.bundles["vectors"].as_array().unwrap();
        let vector = &vectors[random.below(vectors.len())];
        let text = |member: &str| vector[member].as_str();
        let holder = vector.get("holder").map(|holder| crate::scene::Asked {
            audience: holder["audience"].as_str().unwrap().to_owned(),
            nonce: holder["nonce"].as_str().unwrap().to_owned(),
            now: holder["now"].as_i64().unwrap(),
            max_age_seconds: holder["max_age_seconds"].as_i64().unwrap(),
        });
        let mut case = Case {
            bundle: text("bundle").unwrap().into(),
            checkpoint: hex(&self.chain["checkpoints"][text("checkpoint").unwrap()]),
            fresh: text("fresh").map(|name| hex(&self.chain["statuses"][name])),
            now: vector["now"].as_u64().unwrap(),
            max_age_ms: vector["max_age_ms"].as_u64(),
            holder,
            original: vector.get("original").map(hex),
            roots: None,
        };
        match (random.below(8), &mut case.fresh) {
            (0 | 1, _) => proofs::damage(random, &mut case.bundle),
            (2, _) => proofs::damage(random, &mut case.checkpoint),
            (3 | 4, Some(fresh)) => proofs::damage(random, fresh),
            _ => {}
        }
        case
    }
}

/// The bytes that a vector has in hex.
fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn issued(schema: &Schema, claims: &Claims) -> String {
    let envelope = Envelope {
        issuer: "thcs-mau-1".to_owned(),
        date: "2026-05-31".to_owned(),
        expires: None,
        holder: None,
        ledger: LedgerPointer { chain: "hcmc-mau".into(), issuer: "thcs-mau-1".into(), batch: "0".repeat(32) },
    };
    let Signer::Plain(key) = Signer::plain(ISSUER_SEED) else { panic!("a plain key") };
    let salts = &mut SeededSalts::new(&[7; 32]);
    issue(schema, &envelope, claims, &key, salts).unwrap().compact()
}

/// An issued document, to be signed again once it is known where it will be sealed.
fn document(schema: &Schema, compact: &str) -> Document {
    let (jwt, rest) = compact.split_once('~').unwrap();
    let payload: Value = serde_json::from_slice(&unb64(jwt.split('.').nth(1).unwrap())).unwrap();
    let digests = payload["_sd"].as_array().unwrap().iter().map(|digest| digest.as_str().unwrap().to_owned());
    let disclosures = rest.split('~').filter(|part| !part.is_empty()).map(str::to_owned);
    Document::new(&schema.id, Signer::plain(ISSUER_SEED), digests.collect(), disclosures.collect())
}
