//! Signatures where libraries differ, in each of the three places where they stand: of the issuer, of the holder, of
//! validators.

use sogoc_ledger::codec::List;
use sogoc_ledger::receipt::{Finality, Receipt};
use sogoc_ledger::signature::{PublicKey, Signature};
use sogoc_ledger::validator::{Validator, VoteKind};

use crate::document::jwk;
use crate::random::Random;
use crate::scene::Scene;
use crate::signer::{Era, Signer, tampered, unchecked, weak_point};

pub fn of_the_issuer(random: &mut Random, scene: &mut Scene) {
    scene.document.jwt.tampered = true;
    if random.one_in(4) {
        mixed_issuer(random, scene);
    }
}

pub fn of_the_holder(random: &mut Random, scene: &mut Scene) {
    scene.ask_holder(random);
    if let Some(binding) = &mut scene.document.binding {
        binding.tampered = true;
    }
}

/// A key outside the subgroup: with the cofactor every signature holds, without it one in a few.
pub fn mixed_issuer(random: &mut Random, scene: &mut Scene) {
    let signer = Signer::mixed(random);
    scene.receipt.proof.batch.key = signer.public().thumbprint();
    scene.document.sign_with(signer);
}

pub fn mixed_holder(random: &mut Random, scene: &mut Scene) {
    scene.document.hold_with(Signer::mixed(random));
    scene.ask_holder(random);
}

pub fn mixed_validators(random: &mut Random, scene: &mut Scene) {
    let count = 1 + random.below(2);
    let members = |random: &mut Random| {
        let signers = (0..count).map(|at| (if at == 0 { Signer::mixed(random) } else { Signer::plain(7) }, 1));
        Era::new(signers.collect())
    };
    let chain = &mut scene.chain;
    let era = members(random);
    match chain.eras.last_mut() {
        Some(last) if scene.receipt.proof.header.height != scene.checkpoint.header.height => *last = era,
        _ => chain.before = era,
    }
}

/// Keys of C2SP CCTV, with their own signatures or none: most must not stand in a header.
pub fn cctv(random: &mut Random, scene: &mut Scene) {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../ledger/tests/vectors/ed25519-cctv.json")).unwrap();
    let vectors = vectors.as_array().unwrap();
    let vector = &vectors[random.below(vectors.len())];
    let bytes = |member: &str| -> Vec<u8> {
        let text = vector[member].as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let key = PublicKey::Ed25519(bytes("key").try_into().unwrap());
    scene.document.jwt.header.set_texts(&[("alg", "Ed25519")]);
    scene.document.jwk = jwk(&key);
    scene.receipt.proof.batch.key = key.thumbprint();
    scene.document.jwt.parts[2] = Some(crate::document::b64(bytes("sig")));
}

/// A certificate's signatures, changed as they stand.
pub fn of_validators(random: &mut Random, scene: &mut Scene) {
    if let Finality::Certified { certificate, .. } = &mut scene.receipt.proof.finality {
        let mut signatures = certificate.signatures.to_vec();
        let at = random.below(signatures.len().max(1));
        if let Some(signature) = signatures.get_mut(at) {
            let bytes = tampered(random, &signature.0);
            if let Ok(bytes) = bytes.try_into() {
                *signature = Signature(bytes);
            }
        }
        certificate.signatures = List::new(signatures).unwrap();
    }
    scene.encode();
}

/// A certificate that names other signers, for something else, or too many of them.
pub fn certificate(random: &mut Random, scene: &mut Scene) {
    let Receipt { proof, .. } = &mut scene.receipt;
    let header = proof.header.clone();
    let Finality::Certified { certificate, .. } = &mut proof.finality else { return };
    let chain = &scene.chain;
    let era =
        if header.height == scene.checkpoint.header.height { &chain.before } else { &chain.eras[chain.eras.len() - 1] };
    let count = era.signers.len();
    let mut chosen = era.quorum(random);
    let mut other = header.clone();
    match random.below(12) {
        0 => chosen = (0..count).collect(),
        1 => drop(chosen.pop()),
        2 => drop(chosen.remove(0)),
        3 => chosen = (0..count).filter(|_| random.one_in(2)).collect(),
        4 => chosen.clear(),
        5 => other.height = random.edge(64, header.height),
        6 => other.chain = "hcmc-mau-2".parse().unwrap(),
        7 => other.leaves ^= 1,
        8 => chosen.insert(0, 0),
        _ => {}
    }
    chosen.iter_mut().for_each(|at| *at %= count);
    let round = random.of(&[0, 0, 1, u32::MAX]);
    let kind = if random.one_in(8) { VoteKind::Prevote } else { VoteKind::Precommit };
    let mut made = era.certificate(random, &other, &chosen, kind, round);
    let (mut signers, mut signatures) = (made.signers.to_vec(), made.signatures.to_vec());
    match random.below(12) {
        0 => random.shuffle(&mut signatures),
        1 => drop(signatures.pop()),
        2 if !signatures.is_empty() => signatures.push(signatures[0]),
        3 => signers.push(0),
        4 => drop(signers.pop()),
        5 => signers[0] |= 1 << random.below(8),
        6 => signers[0] = signers[0].reverse_bits(),
        7 => made.round = made.round.wrapping_add(1),
        8 => signers.clear(),
        _ => {}
    }
    made.signers = List::new(signers).unwrap();
    made.signatures = List::new(signatures).unwrap();
    *certificate = made;
    scene.encode();
}

/// Sets that are none, in a checkpoint or in a change; powers at the edge of two thirds.
pub fn set(random: &mut Random, scene: &mut Scene) {
    let chain = &mut scene.chain;
    if random.one_in(2) {
        // Powers so large that their sum, or thrice it, leaves 32 or 53 bits.
        let power = |random: &mut Random| random.of(&[1, 2, 3, u32::MAX, u32::MAX - 1, 1 << 31, 1 << 30]);
        let count = random.of(&[1, 2, 3, 4, 8, 9, 16]);
        let members = (0..count).map(|at| (Signer::plain(1 + at), power(random))).collect();
        let at = random.below(chain.eras.len());
        chain.eras[at] = Era::new(members);
        scene.seal(random);
        return;
    }
    let mut validators: Vec<Validator> = chain.eras[chain.eras.len() - 1].set.members().to_vec();
    let at = random.below(validators.len());
    match random.below(6) {
        0 => validators.clear(),
        1 => validators[at].power = 0,
        2 if random.one_in(2) => validators[at].key = Signer::p256(1 + at as u8).public(),
        2 => validators[at].key = PublicKey::Ed25519(weak_point(random)),
        3 => validators.reverse(),
        4 => validators.push(validators[at].clone()),
        _ => validators.swap(at, 0),
    }
    let set = unchecked(validators);
    let hash = set.hash();
    let changes = match &mut scene.receipt.proof.finality {
        Finality::Certified { changes, .. } => changes.iter_mut().last(),
        Finality::Ancestor(_) => None,
    };
    match changes {
        Some(change) => {
            let era = &scene.chain.eras[scene.chain.eras.len().saturating_sub(2)];
            change.next_validators = set;
            change.header.next_validators = hash;
            change.certificate = era.certify(random, &change.header);
        }
        None if random.one_in(2) => {
            scene.checkpoint.validators = set;
            scene.checkpoint.header.validators = hash;
        }
        None => {
            scene.checkpoint.next_validators = set;
            scene.checkpoint.header.next_validators = hash;
        }
    }
    scene.encode();
}
