//! What the ledger holds: records, places, heights. Sealed and made final as they are.

use sogoc_credential::sdjwt::Signer as _;
use sogoc_ledger::codec::List;
use sogoc_ledger::merkle;
use sogoc_ledger::name::{Day, Time};
use sogoc_ledger::receipt::{Ancestry, Finality};
use sogoc_ledger::record::Closing;
use sogoc_ledger::status::Status;

use crate::document::quoted;
use crate::random::Random;
use crate::scene::{STATUSES, Scene, path, path_length, predecessor};
use crate::signer::Era;
use crate::state::{self, bit};

/// The batch was sealed with another key, as another type, under another version.
pub fn other_record(random: &mut Random, scene: &mut Scene) {
    let batch = &mut scene.receipt.proof.batch;
    match random.below(4) {
        0 => batch.key = random.hash(),
        1 => batch.key = ed25519_dalek::SigningKey::from_bytes(&[201; 32]).public_key().thumbprint(),
        2 => {
            let other = random.pick(&["hoc-ba-thcs", "hoc-ba-thpt", "bang-tn-thpt", "da-ky", "khac", "hoc-ba"]);
            batch.document_type = other.parse().unwrap();
        }
        _ => batch.schema = random.of(&[0, 2, 256, u16::MAX]),
    }
}

/// Who is entitled to what, from when, until when.
pub fn grants(random: &mut Random, scene: &mut Scene) {
    let document = &mut scene.document;
    let (date, day) = random.of(&[
        ("2026-05-31", 20_604),
        ("1970-01-01", 0),
        ("1970-01-02", 1),
        ("1969-12-31", 0),
        ("0000-01-01", 0),
        ("9999-12-31", 2_932_896),
        ("2000-02-29", 11_016),
        ("2024-02-29", 19_782),
        ("1900-03-01", 0),
    ]);
    document.jwt.payload.set("date", quoted(date));
    let near = |random: &mut Random| Day(random.of(&[day, day, day + 1, day.saturating_sub(1), 0, u32::MAX]));
    let proof = &mut scene.receipt.proof;
    for issuer in [Some(&mut proof.issuer), proof.named_issuer.as_mut()].into_iter().flatten() {
        let mut grants = issuer.grants.to_vec();
        for grant in &mut grants {
            grant.from = near(random);
            grant.until = random.one_in(2).then(|| near(random));
        }
        match random.below(6) {
            0 => grants.clear(),
            1 => grants.retain(|grant| grant.document_type.as_str() != document.schema),
            2 => grants.extend(grants.clone()),
            3 => issuer.closed = Some(Closing { from: near(random), decision: Default::default() }),
            4 => issuer.keys = List::default(),
            _ => {}
        }
        issuer.grants = List::new(grants).unwrap();
    }
}

/// Which issuers are shown, and which is named.
pub fn issuers(random: &mut Random, scene: &mut Scene) {
    let proof = &mut scene.receipt.proof;
    let ids = ["thcs-mau-1", "thcs-mau-2", "thcs-mau-3", "a"];
    match random.below(4) {
        0 => proof.named_issuer = None,
        1 => proof.named_issuer = Some(proof.issuer.clone()),
        _ => proof.named_issuer = Some(predecessor(random.pick(&ids))),
    }
    proof.batch.act_for = proof.named_issuer.as_ref().map(|issuer| issuer.id.clone());
    scene.document.jwt.payload.set("iss", quoted(random.pick(&ids)));
}

/// Where in the batch: sizes and indices at the edges of what a path may lead to.
pub fn place(random: &mut Random, scene: &mut Scene) {
    let size = match random.below(4) {
        0 => random.edge(32, 1 << 31).max(1),
        1 => 1 + random.below(70) as u64,
        2 => (1u64 << random.below(32)).saturating_add(random.below(3) as u64).max(2) - 1,
        _ => random.of(&[1, 2, 3, 16_383, 16_384, 16_385, (1 << 31) + 1, u64::from(u32::MAX)]),
    };
    let size = size.clamp(1, u32::MAX.into());
    let somewhere = random.next() % size;
    let candidates = [0, size - 1, size / 2, somewhere, size & (size - 1)];
    let fitting: Vec<u64> = candidates.into_iter().filter(|at| *at < size && path_length(*at, size) <= 14).collect();
    let index = if fitting.is_empty() { size - 1 } else { random.of(&fitting) };
    scene.place(random, index as u32, size as u32);
    if random.one_in(5) {
        scene.receipt.index = random.edge(32, index) as u32;
    }
}

/// The document's own status, and what is behind it.
pub fn status(random: &mut Random, scene: &mut Scene) {
    let status = random.of(&STATUSES);
    scene.change_status(random, status);
    super::files::attach_openings(random, scene);
    if random.one_in(6) {
        scene.receipt.status = None;
        scene.receipt.proof.batch.status_root = random.one_in(2).then(|| random.hash());
    }
    let Some(proof) = &mut scene.receipt.status else { return };
    match random.below(12) {
        0 => proof.entry.index = random.edge(32, proof.entry.index.into()) as u32,
        1 => proof.path = scene.receipt.path.clone(),
        2 => proof.path = List::default(),
        3 => proof.entry.height = random.edge(64, 0),
        4 => proof.entry.time = Time(random.edge(64, 0)),
        _ => {}
    }
}

/// Records deep in the state: other leaves share as many bits with them as there are.
pub fn depth(random: &mut Random, scene: &mut Scene) {
    let mut fillers = Vec::new();
    for (place, _) in state::records(&scene.receipt.proof) {
        for _ in 0..random.below(4) {
            let shared = random.of(&[1, 7, 8, 9, 63, 100, 200, 253, 254, 254, 255]);
            let mut neighbour = place;
            neighbour.0[shared / 8] ^= 1 << (7 - shared % 8);
            if random.one_in(2) && shared / 8 < 31 {
                neighbour.0[31] ^= 1;
            }
            debug_assert!(bit(&neighbour, shared) != bit(&place, shared));
            fillers.push((neighbour, random.hash()));
        }
    }
    scene.chain.fillers.extend(fillers);
}

/// Heights and times at the edges of their types, before and after the checkpoint.
pub fn heights(random: &mut Random, scene: &mut Scene) {
    let checkpoint = random.edge(64, 1 << 32);
    let after = random.of(&[0, 1, 2, 1 << 32, u64::MAX]);
    let height = checkpoint.saturating_add(after);
    scene.checkpoint.header.height = checkpoint;
    let header = &mut scene.receipt.proof.header;
    header.height = height;
    header.time = Time(random.edge(64, scene.now));
    let eras = scene.chain.eras.len() as u64;
    // Changes right after the checkpoint, right before the header, or where there is no room for them.
    scene.chain.changes = (1..eras)
        .map(|at| if random.one_in(2) { checkpoint.saturating_add(at) } else { height.saturating_sub(eras - at) })
        .collect();
    scene.chain.changes.sort_unstable();
    if let Finality::Ancestor(ancestry) = &mut scene.receipt.proof.finality {
        ancestry.checkpoint = checkpoint;
        let index = random.edge(64, checkpoint) % checkpoint.max(1);
        header.height = index;
        ancestry.path = if checkpoint == 0 { List::default() } else { path(random, index, checkpoint) };
    }
}

/// The header is in the history of a newer checkpoint, or would like to be.
pub fn ancestor(random: &mut Random, scene: &mut Scene) {
    let checkpoint = random.of(&[1, 2, 3, 7, 64, 65, 1_000_000, (1 << 53) + 1, u64::MAX]);
    let somewhere = random.next() % checkpoint;
    let height = random.of(&[0, checkpoint - 1, checkpoint / 2, somewhere]);
    scene.checkpoint.header.height = checkpoint;
    let proof = &mut scene.receipt.proof;
    proof.header.height = height;
    let mut ancestry = Ancestry { checkpoint, path: path(random, height, checkpoint) };
    match random.below(9) {
        0 => ancestry.checkpoint = random.edge(64, checkpoint),
        1 => proof.header.height = random.edge(64, checkpoint),
        2 => proof.header.height = checkpoint,
        3 => drop(ancestry.path.push(random.hash())),
        4 => {
            let mut path = ancestry.path.into_vec();
            path.pop();
            ancestry.path = List::new(path).unwrap();
        }
        5 => ancestry.path.iter_mut().for_each(|hash| *hash = merkle::empty_root()),
        _ => {}
    }
    proof.finality = Finality::Ancestor(ancestry);
}

/// Validators replace one another.
pub fn eras(random: &mut Random, scene: &mut Scene) {
    let count = random.of(&[1, 2, 3, 4]);
    let checkpoint = random.below(5) as u64;
    scene.chain.eras = (0..count).map(|_| Era::any(random)).collect();
    let mut last = checkpoint;
    scene.chain.changes = (1..count)
        .map(|_| {
            last += random.of(&[1, 1, 1, 2, 0]);
            last
        })
        .collect();
    scene.checkpoint.header.height = checkpoint;
    let proof = &mut scene.receipt.proof;
    proof.header.height = last + random.of(&[1, 1, 1, 0, 5]);
    proof.finality = Finality::Certified {
        certificate: scene.chain.before.certify(random, &proof.header),
        changes: List::default(),
    };
}

/// Statuses just fetched: older, of the same block, newer; each status.
pub fn fresh(random: &mut Random, scene: &mut Scene) {
    let own = scene.receipt.proof.header.height;
    let checkpoint = scene.checkpoint.header.height;
    let height =
        random.of(&[own, own, own.saturating_add(1), own.saturating_add(100), own.saturating_sub(1), checkpoint]);
    let status = if random.one_in(2) { Status::Valid } else { random.of(&STATUSES) };
    if random.one_in(4) {
        let status = random.of(&STATUSES);
        scene.change_status(random, status);
    }
    scene.ask_fresh(random, height, status);
    super::files::attach_openings(random, scene);
    if random.one_in(3) {
        scene.max_age_ms = Some(random.of(&[0, 1, 15_000_000_000, 14_000_000_000]));
    }
}
