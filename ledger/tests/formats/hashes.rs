//! Domains, signatures, thumbprints and RFC 9162 trees: `hashes.json`, `signatures.json`, `trees.json`.

use serde_json::{Value, json};
use sogoc_ledger::Hash;
use sogoc_ledger::codec;
use sogoc_ledger::hash::Domain;
use sogoc_ledger::merkle;
use sogoc_ledger::name::Time;
use sogoc_ledger::record::{Member, Purpose, possession_of_issuer_key, possession_of_member_key};
use sogoc_ledger::signature::{PublicKey, Signature, public_key, sign};

use crate::es256;
use crate::network::{key, member, school};
use crate::vectors::{bytes, case, committed, expect, freeze, hex, list, text};

const DOMAINS: [Domain; 10] = [
    Domain::HEADER,
    Domain::BODY,
    Domain::VALIDATOR_SET,
    Domain::STATE_KEY,
    Domain::TRANSACTION,
    Domain::VOTE,
    Domain::PROPOSAL,
    Domain::POSSESSION,
    Domain::WORK,
    Domain::STATUS_OPENING,
];

fn domain_vector(domain: &Domain) -> Value {
    let prefix = domain.prefix();
    let data = b"data";
    json!({
        "name": String::from_utf8(prefix[8..prefix.len() - 1].to_vec()).unwrap(),
        "prefix": hex(&prefix),
        "data": hex(data),
        "hash": domain.hash(data),
        "signer_seed": hex(&[9; 32]),
        "signature": hex(&sign(&key(9), *domain, data).0),
    })
}

fn thumbprint_vector(seed: u8) -> Value {
    let key = public_key(&key(seed));
    let bytes = key.as_ed25519().unwrap();
    json!({ "key": hex(bytes), "jwk": key.jwk(), "thumbprint": key.thumbprint() })
}

/// What the three keys of a member sign, and the key of an issuer in each role.
fn possession_vectors() -> Vec<Value> {
    let Member { owner, consensus, network, governance, .. } = member(1);
    let of_member =
        [(Purpose::Consensus, 1), (Purpose::Network, 51), (Purpose::Governance, 101)].map(|(purpose, seed)| {
            let data = possession_of_member_key(purpose, &owner, &consensus, &network, &governance);
            let keys = [consensus, network, governance].map(|key| raw(&key));
            let named = json!({ "owner": owner, "keys": keys });
            (purpose as u8, named, seed, data)
        });
    let of_issuer = [1u8, 2, 4, 7].map(|roles| {
        let (chain, issuer) = ("hcmc-mau".parse().unwrap(), school());
        let data = possession_of_issuer_key(&chain, &issuer, &public_key(&key(200)), roles);
        let named = json!({ "chain": chain, "issuer": issuer, "key": raw(&public_key(&key(200))), "roles": roles });
        (4, named, 200, data)
    });
    let vector = |(purpose, named, seed, data): (u8, Value, u8, Vec<u8>)| {
        let mut vector = named;
        vector["purpose"] = json!(purpose);
        vector["signed"] = json!(hex(&Domain::POSSESSION.message(&data)));
        vector["signer"] = json!(raw(&public_key(&key(seed))));
        vector["signature"] = json!(hex(&sign(&key(seed), Domain::POSSESSION, &data).0));
        vector
    };
    of_member.into_iter().chain(of_issuer).map(vector).collect()
}

fn raw(key: &PublicKey) -> String {
    hex(&codec::encode(key))
}

fn day_vector(time: u64) -> Value {
    json!({ "time": time, "day": Time(time).day() })
}

#[test]
fn hashes_are_frozen() {
    freeze(
        "hashes.json",
        &json!({
            "about": "Hashes and signatures in each domain, thumbprints of keys, proofs of possession, days of times",
            "domains": DOMAINS.iter().map(domain_vector).collect::<Vec<_>>(),
            "thumbprints": Vec::from_iter([1, 2, 200].map(thumbprint_vector).into_iter().chain([1, 2, 200].map(es256::thumbprint_vector))),
            "possessions": possession_vectors(),
            "days": Vec::from_iter([0, 61_199_999, 61_200_000, 1_767_200_399_999, 1_767_200_400_000].map(day_vector)),
        }),
    );
}

fn public(vector: &Value) -> PublicKey {
    let key = bytes(vector, "key");
    match vector.get("algorithm").and_then(Value::as_str) {
        Some("ES256") => PublicKey::P256(key.try_into().unwrap()),
        _ => PublicKey::Ed25519(key.try_into().unwrap()),
    }
}

pub fn signature_answer(vector: &Value) -> Result<Value, String> {
    let signature = Signature(bytes(vector, "signature").try_into().unwrap());
    let verifies = public(vector).verifies_raw(&bytes(vector, "message"), &signature);
    Ok(json!({ "verifies": verifies, "key_is_acceptable": public(vector).is_acceptable() }))
}

/// One vector of C2SP CCTV for each combination of its flags, and one sound signature damaged in each way.
fn signature_vectors() -> Vec<Value> {
    let cctv: Vec<Value> = serde_json::from_str(include_str!("../vectors/ed25519-cctv.json")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut vectors = Vec::new();
    let mut add = |description: &str, key: &[u8], message: &[u8], signature: &[u8]| {
        let vector = json!({ "key": hex(key), "message": hex(message), "signature": hex(signature) });
        let answer = signature_answer(&vector);
        vectors.push(case(description, vector, answer));
    };
    for vector in &cctv {
        let flags = vector["flags"].to_string();
        if seen.insert(flags.clone()) {
            let description = format!("CCTV {}: {flags}", vector["number"]);
            add(&description, &bytes(vector, "key"), text(vector, "msg").as_bytes(), &bytes(vector, "sig"));
        }
    }
    let public = *public_key(&key(1)).as_ed25519().unwrap();
    let Signature(sound) = sign(&key(1), Domain::VOTE, b"m");
    let message = Domain::VOTE.message(b"m");
    let flipped = |at: usize| {
        let mut bytes = sound;
        bytes[at] ^= 1;
        bytes
    };
    add("sound", &public, &message, &sound);
    add("another message", &public, b"m", &sound);
    add("R flipped", &public, &message, &flipped(0));
    add("S flipped", &public, &message, &flipped(32));
    add("S with its top bit", &public, &message, &{
        let mut bytes = sound;
        bytes[63] |= 0x80;
        bytes
    });
    add("a key that is not on the curve", &[2; 32], &message, &sound);
    vectors.extend(es256::signature_vectors());
    vectors
}

#[test]
fn signatures_are_frozen() {
    let about = "Signatures and whether the one rule accepts them; those named CCTV are from C2SP CCTV (BSD-3-Clause), one of each kind";
    freeze("signatures.json", &json!({ "about": about, "vectors": signature_vectors() }));
    for vector in list(&committed("signatures.json"), "vectors") {
        expect("signatures.json", vector, signature_answer(vector));
    }
}

fn path_answer(vector: &Value) -> Result<Value, String> {
    let hash = |text: &str| Hash::from_hex(text).unwrap();
    let path: Vec<Hash> = list(vector, "path").iter().map(|hex| hash(hex.as_str().unwrap())).collect();
    let number = |member: &str| vector[member].as_u64().unwrap();
    let root = merkle::root_from_path(hash(text(vector, "leaf")), number("index"), number("size"), &path);
    Ok(json!({ "leads_to_root": root == Some(hash(text(vector, "root"))) }))
}

fn path_vectors() -> Vec<Value> {
    let leaves: Vec<Hash> = (0..13u8).map(|byte| merkle::leaf_hash(&[byte])).collect();
    let mut vectors = Vec::new();
    let mut add = |description: String, leaf: Hash, index: usize, size: usize, path: &[Hash], root: Hash| {
        let vector = json!({ "leaf": leaf, "index": index, "size": size, "path": path, "root": root });
        let answer = path_answer(&vector);
        vectors.push(case(&description, vector, answer));
    };
    for (index, size) in [(0, 1), (0, 2), (1, 2), (2, 3), (0, 7), (3, 7), (6, 7), (12, 13)] {
        let path = merkle::path(&leaves[..size], index).unwrap();
        let root = merkle::root(&leaves[..size]);
        add(format!("{index} of {size}"), leaves[index], index, size, &path, root);
    }
    let (path, root) = (merkle::path(&leaves[..7], 3).unwrap(), merkle::root(&leaves[..7]));
    let longer = [path.as_slice(), &[Hash::ZERO]].concat();
    add("too short".into(), leaves[3], 3, 7, &path[..2], root);
    add("too long".into(), leaves[3], 3, 7, &longer, root);
    add("of another index".into(), leaves[3], 2, 7, &path, root);
    add("of an index beyond the tree".into(), leaves[3], 7, 7, &path, root);
    add("of a tree of another size".into(), leaves[3], 3, 9, &path, root);
    add(
        "an inner node as a leaf of a smaller tree: the size must come from a proven record".into(),
        merkle::node_hash(&leaves[2], &leaves[3]),
        1,
        4,
        &path[1..],
        root,
    );
    add("in a tree without leaves".into(), leaves[0], 0, 0, &[], merkle::empty_root());
    add("of an index beyond a tree of one leaf".into(), leaves[0], 7, 1, &[], leaves[0]);
    let (path, root) = (merkle::path(&leaves[..2], 1).unwrap(), merkle::root(&leaves[..2]));
    add("of an index beyond a tree of two leaves".into(), leaves[1], 3, 2, &path, root);
    vectors
}

#[test]
fn trees_are_frozen() {
    let leaves: Vec<Hash> = (0..13u8).map(|byte| merkle::leaf_hash(&[byte])).collect();
    let roots = (0..=13).map(|size| json!({ "leaves": leaves[..size], "root": merkle::root(&leaves[..size]) }));
    let about = "RFC 9162 trees over leaf hashes of one byte each, and paths";
    freeze("trees.json", &json!({ "about": about, "roots": roots.collect::<Vec<_>>(), "vectors": path_vectors() }));
    for vector in list(&committed("trees.json"), "vectors") {
        expect("trees.json", vector, path_answer(vector));
    }
}
