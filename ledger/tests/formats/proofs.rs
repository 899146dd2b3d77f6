//! State trees and proofs, certificates: `state.json`, `certificates.json`.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, List};
use sogoc_ledger::hash::Domain;
use sogoc_ledger::name::Time;
use sogoc_ledger::record::{Batch, Key, Origin, Record};
use sogoc_ledger::signature::{PublicKey, SigningKey, public_key, sign};
use sogoc_ledger::state::{Evidence, StateProof};
use sogoc_ledger::validator::{Certificate, CertificateError, NotASet, Validator, ValidatorSet, VoteKind, vote_bytes};

use crate::network::{Network, key, school};
use crate::vectors::{bytes, case, committed, expect, freeze, hex, list, text};

fn batch(id: u8) -> Key {
    Key::Batch(school(), sogoc_ledger::name::BatchId([id; 16]))
}

/// A founded network with records of batches written straight into its tree.
fn state(batches: u8) -> (Network, Vec<(Key, Record)>) {
    let mut network = Network::found();
    let record = |id: u8| {
        Record::Batch(Batch {
            key: Hash([id; 32]),
            approver: None,
            act_for: None,
            origin: Origin::Issued,
            grant: 0,
            document_type: "hoc-ba-thcs".parse().unwrap(),
            schema: 1,
            definition: None,
            period: Default::default(),
            size: u32::from(id),
            root: Hash([id; 32]),
            height: 1,
            time: Time(1),
            status_root: None,
        })
    };
    let writes = (1..=batches).map(|id| (batch(id), record(id))).collect();
    network.write(&writes);
    let records = network.records.clone().into_iter().collect();
    (network, records)
}

fn answer(vector: &Value) -> Result<Value, String> {
    let root = Hash::from_hex(text(vector, "root")).unwrap();
    let proof: StateProof = codec::decode(&bytes(vector, "proof")).map_err(|_| "malformed")?;
    let claims: Vec<(Key, Option<Record>)> = list(vector, "claims")
        .iter()
        .map(|claim| {
            let record = claim["record"].as_str().map(|_| codec::decode(&bytes(claim, "record")).unwrap());
            (codec::decode(&bytes(claim, "key")).unwrap(), record)
        })
        .collect();
    let claims: Vec<(Key, Option<&Record>)> =
        claims.iter().map(|(key, record)| (key.clone(), record.as_ref())).collect();
    proof.verify(&root, &claims).map(|()| json!({ "shows": true })).map_err(|_| "wrong-proof".to_owned())
}

fn vector(description: &str, root: &Hash, claims: &[(Key, Option<Record>)], proof: &StateProof) -> Value {
    let claims: Vec<Value> = claims
        .iter()
        .map(|(key, record)| {
            json!({ "key": hex(&codec::encode(key)), "record": record.as_ref().map(|record| hex(&codec::encode(record))) })
        })
        .collect();
    let vector = json!({ "root": root, "claims": claims, "proof": hex(&codec::encode(proof)) });
    let answer = answer(&vector);
    case(description, vector, answer)
}

fn proof_vectors() -> Vec<Value> {
    let (network, records) = state(40);
    let root = &network.tip.header.state_root;
    let claim = |key: Key| {
        let record = network.records.get(&key).cloned();
        (key, record)
    };
    let other = Key::Issuer("thcs-mau-2".parse().unwrap());
    let (empty, taken) = absent(&network);
    let good = |keys: &[Key]| {
        let claims: Vec<_> = keys.iter().cloned().map(claim).collect();
        (network.prove(keys), claims)
    };
    let mut vectors = Vec::new();
    for (description, keys) in [
        ("one key", vec![batch(1)]),
        ("the parameters", vec![Key::Parameters]),
        ("two keys", vec![batch(1), Key::Issuer(school())]),
        ("three keys", vec![batch(7), Key::Issuer(school()), other.clone()]),
        ("four keys", vec![batch(7), batch(8), Key::Parameters, Key::Validators]),
        ("an absent key, where the tree is empty", vec![empty]),
        ("an absent key, where another leaf is", vec![taken.clone()]),
        ("a present and an absent key", vec![Key::Issuer(school()), taken.clone()]),
    ] {
        let (proof, claims) = good(&keys);
        vectors.push(vector(description, root, &claims, &proof));
    }
    let (proof, claims) = good(&[batch(1), Key::Issuer(school())]);
    let mut refuse = |description: &str, change: &dyn Fn(&mut StateProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        vectors.push(vector(description, root, &claims, &changed));
    };
    let slots = |proof: &StateProof, change: &dyn Fn(&mut Vec<u8>)| {
        let mut slots = proof.slots.to_vec();
        change(&mut slots);
        List::new(slots).unwrap()
    };
    let siblings = |proof: &StateProof, change: &dyn Fn(&mut Vec<Hash>)| {
        let mut siblings = proof.siblings.to_vec();
        change(&mut siblings);
        List::new(siblings).unwrap()
    };
    refuse("a slot that should be clear is set", &|p| p.slots = slots(p, &|s| s[0] ^= 1 << s[0].trailing_ones()));
    refuse("a slot that should be set is clear", &|p| p.slots = slots(p, &|s| s[0] ^= 1 << s[0].trailing_zeros()));
    refuse("a bit beyond the last slot", &|p| p.slots = slots(p, &|s| *s.last_mut().unwrap() |= 0x80));
    refuse("a byte beyond the last slot", &|p| p.slots = slots(p, &|s| s.push(0)));
    refuse("a byte of slots missing", &|p| {
        p.slots = slots(p, &|s| {
            s.pop();
        })
    });
    refuse("an empty subtree as a sibling", &|p| {
        let first = p.slots[0].trailing_ones();
        p.slots = slots(p, &|s| s[0] |= 1 << first);
        p.siblings = siblings(p, &|s| s.insert(first as usize, Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__")));
    });
    refuse("a sibling too many", &|p| p.siblings = siblings(p, &|s| s.push(Hash::ZERO)));
    refuse("a sibling missing", &|p| {
        p.siblings = siblings(p, &|s| {
            s.pop();
        })
    });
    refuse("siblings swapped", &|p| p.siblings = siblings(p, &|s| s.swap(0, 1)));
    refuse("another depth", &|p| {
        p.evidence = List::new(vec![Evidence::Present { depth: 1 }, p.evidence[1].clone()]).unwrap();
    });
    refuse("depth 0 for two keys", &|p| {
        p.evidence = List::new(vec![Evidence::Present { depth: 0 }, Evidence::Present { depth: 0 }]).unwrap();
    });
    refuse("evidence in another order", &|p| {
        p.evidence = List::new(p.evidence.iter().rev().cloned().collect()).unwrap();
    });
    refuse("evidence for one key of two", &|p| p.evidence = List::new(vec![p.evidence[0].clone()]).unwrap());
    refuse("absence claimed of a record", &|p| {
        p.evidence = List::new(vec![p.evidence[0].clone(), Evidence::AbsentEmpty { depth: 5 }]).unwrap();
    });
    let twice = [claims[0].clone(), claims[0].clone()];
    vectors.push(vector("one key twice", root, &twice, &proof));
    vectors.push(vector(
        "no key",
        root,
        &[],
        &StateProof { evidence: List::default(), slots: List::default(), siblings: List::default() },
    ));
    let changed = [(claims[0].0.clone(), claims[1].1.clone()), claims[1].clone()];
    vectors.push(vector("another record", root, &changed, &proof));
    vectors.push(vector("another root", &Hash::ZERO, &claims, &proof));
    let (mut itself, claims) = good(&[batch(1)]);
    let value = Hash(Sha256::digest(codec::encode(claims[0].1.as_ref().unwrap())).into());
    let Evidence::Present { depth } = itself.evidence[0] else { panic!("a record that is not there") };
    itself.evidence = List::new(vec![Evidence::AbsentOther { depth, place: batch(1).place(), value }]).unwrap();
    vectors.push(vector("absent because its own leaf is there", root, &[(batch(1), None)], &itself));
    vectors.push(misplaced_leaf());
    assert!(records.len() > 40);
    vectors
}

/// A tree of one's own making, in which a leaf lies where its place does not lead.
fn misplaced_leaf() -> Value {
    let (key, value) = (batch(1), Hash([3; 32]));
    let other = Hash([0; 32]);
    assert!(key.place().0[0] >> 7 == 1, "another half than the leaf's");
    let sha = |parts: &[&[u8]]| Hash(Sha256::digest(parts.concat()).into());
    let leaf = sha(&[b"JMT::LeafNode", &other.0, &value.0]);
    let root = sha(&[b"JMT::IntrnalNode", b"SPARSE_MERKLE_PLACEHOLDER_HASH__", &leaf.0]);
    let proof = StateProof {
        evidence: List::new(vec![Evidence::AbsentOther { depth: 1, place: other, value }]).unwrap(),
        slots: List::new(vec![0]).unwrap(),
        siblings: List::default(),
    };
    vector("absent because of a leaf that does not belong there", &root, &[(key, None)], &proof)
}

/// Keys that are absent in the two ways there are.
fn absent(network: &Network) -> (Key, Key) {
    let found = |other: bool| {
        let mut keys = (100..=250).map(batch).chain((0..200).map(|i| Key::Issuer(format!("i{i}").parse().unwrap())));
        keys.find(|key| {
            let proof = network.prove(std::slice::from_ref(key));
            matches!(proof.evidence[0], Evidence::AbsentOther { .. }) == other
        })
        .unwrap()
    };
    (found(false), found(true))
}

fn roots() -> Vec<Value> {
    [0, 1, 40]
        .map(|batches| {
            let (network, records) = state(batches);
            let records: Vec<Value> = records
                .iter()
                .map(|(key, record)| {
                    let record = codec::encode(record);
                    json!({
                        "key": hex(&codec::encode(key)),
                        "place": key.place(),
                        "record": hex(&record),
                        "value": hex(&Sha256::digest(&record)),
                    })
                })
                .collect();
            json!({ "records": records, "root": network.tip.header.state_root })
        })
        .into()
}

#[test]
fn state_proofs_are_frozen() {
    let about = "Records and the root of the tree over them; proofs, and proofs that show nothing";
    freeze("state.json", &json!({ "about": about, "roots": roots(), "vectors": proof_vectors() }));
    for vector in list(&committed("state.json"), "vectors") {
        expect("state.json", vector, answer(vector));
    }
}

const CHAIN: &str = "hcmc-mau";
const HEIGHT: u64 = 5;
const VALUE: Hash = Hash([9; 32]);

fn set_code(error: &NotASet) -> &'static str {
    match error {
        NotASet::Count(_) => "set-count",
        NotASet::Key(_) => "set-key",
        NotASet::Power(_) => "set-power",
        NotASet::Order(_) => "set-order",
    }
}

fn certificate_answer(vector: &Value) -> Result<Value, String> {
    let set: ValidatorSet = codec::decode(&bytes(vector, "set")).map_err(|_| "malformed")?;
    set.check().map_err(|error| set_code(&error).to_owned())?;
    let certificate: Certificate = codec::decode(&bytes(vector, "certificate")).map_err(|_| "malformed")?;
    let value = Hash::from_hex(text(vector, "value")).unwrap();
    let height = vector["height"].as_u64().unwrap();
    certificate.verify(&text(vector, "chain").parse().unwrap(), &set, height, &value).map_err(|error| {
        match error {
            CertificateError::Shape => "certificate-shape",
            CertificateError::Power => "certificate-power",
            CertificateError::Spare => "certificate-spare",
            CertificateError::Signature(_) => "certificate-signature",
        }
        .to_owned()
    })?;
    Ok(json!({ "set_hash": set.hash(), "final": true }))
}

/// Validators with these powers, and their keys in the order of the set.
fn validators(powers: &[u32]) -> (ValidatorSet, Vec<ed25519_dalek::SigningKey>) {
    let mut keys: Vec<_> = (1..=powers.len() as u8).map(key).collect();
    keys.sort_by_key(public_key);
    let members = keys.iter().zip(powers).map(|(key, power)| Validator { key: public_key(key), power: *power });
    (ValidatorSet::new(members.collect()).unwrap(), keys)
}

fn certificate(keys: &[ed25519_dalek::SigningKey], signers: &[usize], kind: VoteKind, round: u32) -> Certificate {
    let bytes = vote_bytes(&CHAIN.parse().unwrap(), kind, HEIGHT, round, Some(&VALUE));
    let mut bitmap = vec![0u8; keys.len().div_ceil(8)];
    signers.iter().for_each(|at| bitmap[at / 8] |= 1 << (at % 8));
    Certificate {
        round,
        signers: List::new(bitmap).unwrap(),
        signatures: List::new(signers.iter().map(|at| sign(&keys[*at], Domain::VOTE, &bytes)).collect()).unwrap(),
    }
}

fn certificate_vectors() -> Vec<Value> {
    let mut vectors = Vec::new();
    let mut add = |description: &str, set: &[u8], certificate: &Certificate, height: u64| {
        let vector = json!({
            "chain": CHAIN, "height": height, "value": VALUE, "set": hex(set),
            "certificate": hex(&codec::encode(certificate)),
        });
        let answer = certificate_answer(&vector);
        vectors.push(case(description, vector, answer));
    };
    let precommits = |keys: &[_], signers: &[usize]| certificate(keys, signers, VoteKind::Precommit, 0);
    let (set, keys) = validators(&[1; 4]);
    let four = codec::encode(&set);
    add("three of four", &four, &precommits(&keys, &[0, 1, 2]), HEIGHT);
    add("another three of four", &four, &precommits(&keys, &[0, 2, 3]), HEIGHT);
    add("in round 3", &four, &certificate(&keys, &[0, 1, 2], VoteKind::Precommit, 3), HEIGHT);
    let (nine, nine_keys) = validators(&[1; 9]);
    let nine = codec::encode(&nine);
    add("seven of nine, two bytes of bitmap", &nine, &precommits(&nine_keys, &[0, 1, 3, 5, 6, 7, 8]), HEIGHT);
    let (uneven, uneven_keys) = validators(&[1, 1, 3, 2]);
    let uneven = codec::encode(&uneven);
    add("powers 3 and 2 of 7", &uneven, &precommits(&uneven_keys, &[2, 3]), HEIGHT);
    add(
        "powers 1, 3 and 2 of 7: not needed is the first, not the last",
        &uneven,
        &precommits(&uneven_keys, &[0, 2, 3]),
        HEIGHT,
    );
    add("two of four", &four, &precommits(&keys, &[0, 1]), HEIGHT);
    add(
        "six of nine: two thirds are not more than two thirds",
        &nine,
        &precommits(&nine_keys, &[0, 1, 2, 3, 4, 5]),
        HEIGHT,
    );
    add("none", &four, &precommits(&keys, &[]), HEIGHT);
    add("a spare signature", &four, &precommits(&keys, &[0, 1, 2, 3]), HEIGHT);
    add("prevotes", &four, &certificate(&keys, &[0, 1, 2], VoteKind::Prevote, 0), HEIGHT);
    add("of another height", &four, &precommits(&keys, &[0, 1, 2]), HEIGHT + 1);
    let good = precommits(&keys, &[0, 1, 2]);
    let mut changed = good.clone();
    changed.round = 1;
    add("of another round", &four, &changed, HEIGHT);
    let with_signers = |bitmap: &[u8]| Certificate { signers: List::new(bitmap.to_vec()).unwrap(), ..good.clone() };
    add("a bitmap that is too long", &four, &with_signers(&[7, 0]), HEIGHT);
    add("no bitmap", &four, &with_signers(&[]), HEIGHT);
    add("a signer beyond the set", &four, &with_signers(&[0b10011]), HEIGHT);
    add("more signatures than signers", &four, &with_signers(&[0b11]), HEIGHT);
    add("a bitmap in the other order", &four, &with_signers(&[0b1110_0000]), HEIGHT);
    add("signatures of others", &four, &with_signers(&[0b1110]), HEIGHT);
    let reversed: Vec<Validator> = set.members().iter().rev().cloned().collect();
    let raw = |validators: &[Validator]| codec::encode(&List::<Validator, 128>::new(validators.to_vec()).unwrap());
    add("a set in another order", &raw(&reversed), &good, HEIGHT);
    add("a set with one key twice", &raw(&[reversed[3].clone(), reversed[3].clone()]), &good, HEIGHT);
    add("a set without members", &raw(&[]), &good, HEIGHT);
    let member = |key, power| Validator { key, power };
    add("a member without power", &raw(&[member(reversed[0].key, 0)]), &good, HEIGHT);
    let mut small = [0; 32];
    small[0] = 1;
    add("a member with a key of small order", &raw(&[member(PublicKey::Ed25519(small), 1)]), &good, HEIGHT);
    let of_issuer = SigningKey::P256(p256::ecdsa::SigningKey::from_slice(&[1; 32]).unwrap()).public_key();
    add("a member with a key of P-256", &raw(&[member(of_issuer, 1)]), &good, HEIGHT);
    vectors
}

#[test]
fn certificates_are_frozen() {
    let value = Some(&VALUE);
    let chain = CHAIN.parse().unwrap();
    let votes = [(VoteKind::Prevote, 0, value), (VoteKind::Precommit, 0, value), (VoteKind::Precommit, 3, None)];
    let votes = votes.map(|(kind, round, value)| {
        let bytes = vote_bytes(&chain, kind, HEIGHT, round, value);
        let signed = hex(&Domain::VOTE.message(&bytes));
        json!({ "kind": kind as u8, "height": HEIGHT, "round": round, "value": value, "chain": CHAIN, "signed": signed })
    });
    let about = "What votes sign; certificates against validator sets";
    freeze("certificates.json", &json!({ "about": about, "votes": votes, "vectors": certificate_vectors() }));
    for vector in list(&committed("certificates.json"), "vectors") {
        expect("certificates.json", vector, certificate_answer(vector));
    }
}
