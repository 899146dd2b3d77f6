//! Evidence that binds the key which sealed to a certificate, and the roots that it is held to. It changes no verdict: what is
//! compared is whose certificate it is said to be, or the code.

use serde_json::Value;
use sogoc_credential::binding::{Statement, digest};

use sogoc_ledger::codec::List;
use sogoc_ledger::name::Time;
use sogoc_ledger::record::IssuerKey;
use sogoc_ledger::signature::SigningKey;

use super::hex;
use crate::document::unb64;
use crate::random::Random;
use crate::scene::{Scene, issuer};
use crate::signer::Signer;

/// The secret of RFC 8032 §7.1, TEST 1, whose key the statements of `binding.json` are about.
const SECRET: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
/// The chain that they name.
const CHAIN: &str = "hcmc-thu";

/// What the cases are made of, as OpenSSL and a token made it.
struct Vectors {
    roots: Vec<String>,
    evidence: Vec<(Vec<u8>, Vec<u8>)>,
}

fn vectors() -> Vectors {
    let file: Value = serde_json::from_str(include_str!("../../../../docs/vectors/binding.json")).unwrap();
    let evidence = |vector: &Value| {
        let cms = unb64(vector["evidence"].as_str().unwrap());
        (hex(&vector["statement"]), cms)
    };
    Vectors {
        roots: file["roots"].as_object().unwrap().values().map(Value::to_string).collect(),
        evidence: file["vectors"].as_array().unwrap().iter().map(evidence).collect(),
    }
}

/// A document sealed with the key of the statements, under what was admitted for it or something near.
pub fn bindings(random: &mut Random, scene: &mut Scene) {
    thread_local!(static VECTORS: Vectors = vectors());
    let (roots, evidence) = VECTORS.with(|vectors| {
        let roots = if random.one_in(4) { random.of(&vectors.roots) } else { vectors.roots[0].clone() };
        let count = if random.one_in(6) { 1 + random.below(5) } else { 1 };
        let evidence: Vec<_> = (0..count).map(|_| changed(random, vectors)).collect();
        (roots, evidence)
    });
    scene.roots = Some(if random.one_in(20) { damaged(random, roots) } else { roots.into_bytes() });

    let secret: [u8; 32] = hex(&SECRET.into()).try_into().unwrap();
    let signer = Signer::Plain(SigningKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&secret)));
    let about = Statement::from_message(&evidence[0].0);
    let admitted = if random.one_in(12) { None } else { Some(digest(&evidence[0].1)) };
    let proof = &mut scene.receipt.proof;
    proof.batch.key = signer.public().thumbprint();
    proof.issuer = issuer("thcs-mau-1", &signer);
    let mut keys: Vec<IssuerKey> = proof.issuer.keys.to_vec();
    keys[0].binding = admitted;
    if random.one_in(20) {
        keys[0].key = Signer::plain(7).public();
    }
    proof.issuer.keys = List::new(keys).unwrap();
    if random.one_in(20) {
        // Not the record of this document: then nothing is said of a certificate.
        proof.batch.key = random.hash();
    }
    if let Some(about) = about {
        let until = about.until.map_or(u64::MAX, |until| until.0);
        let inside = about.from.0.midpoint(until);
        let times = [inside, inside, inside, about.from.0, about.from.0.saturating_sub(1), until - 1, until];
        proof.batch.time = Time(random.of(&times));
    }
    if random.one_in(8) {
        scene.receipt.proof.issuer.name = Default::default();
    }
    for header in [&mut scene.receipt.proof.header, &mut scene.checkpoint.header] {
        header.chain = CHAIN.parse().unwrap();
    }
    scene.document.sign_with(signer);
    scene.document.ledger.set_texts(&[("chain", CHAIN)]);
    scene.evidence = evidence;
}

/// A statement and its evidence: those of a vector, or something that was made of them.
fn changed(random: &mut Random, vectors: &Vectors) -> (Vec<u8>, Vec<u8>) {
    let (mut statement, mut cms) = random.of(&vectors.evidence);
    match random.below(10) {
        0 => flip(random, &mut cms),
        1 => flip(random, &mut statement),
        2 => cms.truncate(random.cut(cms.len())),
        3 | 4 => {
            // A piece of another where it fits, or anywhere.
            let donor = random.of(&vectors.evidence).1;
            let from = random.cut(donor.len());
            let to = if random.one_in(2) { from.min(cms.len()) } else { random.cut(cms.len()) };
            let length = random.below(600).min(donor.len() - from).min(cms.len() - to);
            cms[to..to + length].copy_from_slice(&donor[from..from + length]);
        }
        _ => {}
    }
    (statement, cms)
}

fn flip(random: &mut Random, bytes: &mut [u8]) {
    if !bytes.is_empty() {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
    }
}

/// A file of roots with something wrong, most of the time.
fn damaged(random: &mut Random, mut roots: String) -> Vec<u8> {
    let (old, new) = random.of(&[
        ("\"sogoc-roots\":1", "\"sogoc-roots\":2"),
        ("\"until\"", "\"untill\""),
        ("\"until\"", "\"from\""),
        ("2031-01-01", "2025-01-01"),
        ("2031-01-01", "2031-02-29"),
        ("VGCA", "NEAC"),
        ("MII", "MIJ"),
        ("==\"", "=\""),
        ("{", "{\"throwaway\":true,"),
        ("{", "{\"organisations\":{\"thcs-mau-1\":[]},"),
        ("{", "{\"organisations\":{\"THCS\":[]},"),
        ("{", " {"),
    ]);
    roots = roots.replacen(old, new, 1);
    let mut bytes = roots.into_bytes();
    if random.one_in(3) {
        flip(random, &mut bytes);
    }
    bytes
}

/// As the bundle has it.
pub fn texts(evidence: &[(Vec<u8>, Vec<u8>)]) -> Vec<Vec<u8>> {
    let list = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    evidence.iter().map(|(statement, cms)| [list(statement), list(cms)].concat()).collect()
}
