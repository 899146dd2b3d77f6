//! Who acts for whom, whether a key may be relied on, and what a document's status was before. Sealed and made final as it is.

use sogoc_credential::sdjwt::Signer as _;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::List;
use sogoc_ledger::name::{Day, Time};
use sogoc_ledger::receipt::BatchProof;
use sogoc_ledger::record::{IssuerKey, Succession, Suspension};
use sogoc_ledger::status::{Status, StatusEntry};

use super::files::{attach_openings, attach_past};
use crate::document::quoted;
use crate::random::Random;
use crate::scene::{FOUNDED, STATUSES, Scene, predecessor};

/// Milliseconds of a day, and from midnight in Vietnam to midnight in UTC.
const DAY_MS: u64 = 86_400_000;
const OFFSET_MS: u64 = 25_200_000;

/// Everybody who may act for the named issuer, in what, from when, until when.
pub fn successors(random: &mut Random, scene: &mut Scene) {
    let proof = &mut scene.receipt.proof;
    let mut named = predecessor("thcs-mau-2");
    // The last and the first millisecond of a day, and what has no day.
    let midnight = (FOUNDED + OFFSET_MS) / DAY_MS * DAY_MS - OFFSET_MS;
    proof.batch.time = Time(random.of(&[
        FOUNDED,
        FOUNDED,
        midnight,
        midnight - 1,
        0,
        u64::MAX,
        u64::MAX - OFFSET_MS,
        u64::from(u32::MAX) * DAY_MS,
        u64::from(u32::MAX) * DAY_MS + DAY_MS,
    ]));
    let day = proof.batch.time.day().0;
    let near =
        |random: &mut Random| Day(random.of(&[day, day, day.saturating_add(1), day.saturating_sub(1), 0, u32::MAX]));
    let mut list = named.successors.to_vec();
    if random.one_in(3) {
        list.push(list[0].clone());
    }
    for succession in &mut list {
        if random.one_in(2) {
            succession.from = near(random);
            succession.until = random.one_in(2).then(|| near(random));
        }
        if random.one_in(4) {
            succession.scopes = random.of(&[0, 1, 2, 3, 4, 6, 7, 8, 0xff]);
        }
        if random.one_in(6) {
            succession.issuer = random.pick(&["thcs-mau-2", "thcs-mau-3", "thcs-mau-11"]).parse().unwrap();
        }
    }
    match random.below(10) {
        0 => list.clear(),
        1 => list.reverse(),
        // It may act for others, not others for it.
        2 => {
            let to_other = Succession { issuer: named.id.clone(), ..list[0].clone() };
            proof.issuer.successors = List::new(vec![to_other]).unwrap();
            list.clear();
        }
        _ => {}
    }
    named.successors = List::new(list).unwrap();
    proof.batch.act_for = Some(named.id.clone());
    proof.named_issuer = Some(named);
    scene.document.jwt.payload.set("iss", quoted("thcs-mau-2"));
}

/// The issuer that the batch was sealed for, the one that is shown, and the one that the document names.
pub fn act_for(random: &mut Random, scene: &mut Scene) {
    let proof = &mut scene.receipt.proof;
    let ids = ["thcs-mau-1", "thcs-mau-2", "thcs-mau-3"];
    let shown = random.of(&[None, Some(1), Some(1), Some(2), Some(0)]);
    proof.named_issuer = shown.map(|at: usize| predecessor(ids[at]));
    let acted = random.of(&[None, Some(1), Some(1), Some(2), Some(0)]);
    proof.batch.act_for = acted.map(|at: usize| ids[at].parse().unwrap());
    if random.one_in(2) {
        proof.batch.act_for = proof.named_issuer.as_ref().map(|issuer| issuer.id.clone());
    }
    scene.document.jwt.payload.set("iss", quoted(ids[random.of(&[0, 1, 1, 2])]));
}

/// The sealing key is suspended, or another, since and until near the times that count; in the receipt, in the fresh statuses.
pub fn suspension(random: &mut Random, scene: &mut Scene) {
    if random.one_in(2) {
        super::records::fresh(random, scene);
    }
    if random.one_in(8) {
        let status = random.of(&STATUSES);
        scene.change_status(random, status);
    }
    let own = &mut scene.receipt.proof;
    own.batch.time = Time(random.of(&[0, FOUNDED, FOUNDED, u64::MAX]));
    let batch = own.batch.clone();
    suspend(random, own);
    if let Some(fresh) = &mut scene.fresh {
        fresh.proof.batch.time = batch.time;
        suspend(random, &mut fresh.proof);
    }
}

fn suspend(random: &mut Random, proof: &mut BatchProof) {
    let (sealed, as_of) = (proof.batch.time.0, proof.header.time.0);
    let around = |random: &mut Random, time: u64| {
        let times = [time, time, time.saturating_add(1), time.saturating_sub(1), 0, u64::MAX];
        Time(random.of(&times))
    };
    let Some(own) = proof.issuer.keys.first().cloned() else { return };
    let other = IssuerKey { key: ed25519_dalek::SigningKey::from_bytes(&[230; 32]).public_key(), ..own };
    let mut keys = proof.issuer.keys.to_vec();
    match random.below(5) {
        0 => keys.insert(0, other),
        1 => keys.push(other),
        // Its own key twice: the first counts.
        2 => keys.push(keys[0].clone()),
        _ => {}
    }
    for key in &mut keys {
        let until = random.one_in(2).then(|| around(random, as_of));
        let suspended = Suspension { since: around(random, sealed), until };
        key.suspended = (!random.one_in(4)).then_some(suspended);
    }
    proof.issuer.keys = List::new(keys).unwrap();
}

/// What the document's status was before: all of it, or with something wrong.
pub fn history(random: &mut Random, scene: &mut Scene) {
    let status = random.of(&[Status::Valid, Status::Superseded, Status::Suspended]);
    scene.change_status(random, status);
    if random.one_in(2) {
        super::records::fresh(random, scene);
    } else {
        attach_openings(random, scene);
    }
    attach_past(random, scene);
    let own = scene.receipt.status.as_ref().map(|status| status.entry.clone());
    if let (Some(own), Some(fresh), true) = (own, &mut scene.fresh, !random.one_in(3)) {
        // It replaced the receipt's own, as that is by now.
        let entry = fresh.statuses.entry(own.index);
        let (height, previous) = (own.height.saturating_add(1), own.as_previous());
        fresh.statuses = std::mem::take(&mut fresh.statuses).with(StatusEntry { height, previous, ..entry });
    }
    let entry = scene.receipt.status.as_ref().map(|status| status.entry.clone());
    let Some(entry) = entry else { return };
    let index = entry.index;
    let made_up = scene.entry(random, index, Status::Suspended);
    let past = &mut scene.history;
    let at = random.below(past.len());
    match random.below(24) {
        0 => past.clear(),
        1 => past.truncate(at),
        2 => past.reverse(),
        3 => past.push(entry),
        4 => past.insert(0, StatusEntry::unchanged(index)),
        5 => past.insert(0, made_up),
        _ if past.is_empty() => {}
        6 => drop(past.remove(0)),
        7 => past.push(past[at].clone()),
        8 => past[at].index ^= 1,
        9 => past[at].height = random.edge(64, past[at].height),
        10 => past[at].time = Time(past[at].time.0 ^ 1),
        11 => past[at].commitment = random.hash(),
        12 => past[at].previous = random.of(&[Hash::ZERO, entry.previous]),
        13 => past[at].status = random.of(&STATUSES),
        _ => {}
    }
}
