//! The file: its bytes, its JSON, its members; and the text of the SD-JWT in it.

use sogoc_credential::opening::{Correction, Ground, Opening, Replacement};
use sogoc_ledger::codec::{self, Text};
use sogoc_ledger::name::BatchId;
use sogoc_ledger::status::Status;

use super::json::{odd_value, respell, respell_base64, tamper};
use super::proofs::damage;
use crate::document::{b64, quoted};
use crate::layout::{ENTRY, Node, OPENING, Type};
use crate::random::Random;
use crate::scene::{STATUSES, Scene};

pub fn bytes(random: &mut Random, scene: &mut Scene) {
    damage(random, &mut scene.file);
}

pub fn bits(random: &mut Random, scene: &mut Scene) {
    let bit = random.below(scene.file.len().max(1) * 8);
    if let Some(byte) = scene.file.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

/// Another spelling of the whole file.
pub fn spelling(random: &mut Random, scene: &mut Scene) {
    // Far more often where its few tokens are than inside the long texts.
    let long = scene.bundle.text();
    if random.one_in(3) {
        scene.file = respell(random, &long);
        return;
    }
    let mut short = scene.bundle.clone();
    let texts: Vec<String> = short.0.iter().map(|member| member.1.clone()).collect();
    for (at, member) in short.0.iter_mut().enumerate() {
        if member.1.len() > 20 {
            member.1 = format!("\"@{at}\"");
        }
    }
    let spelt = respell(random, &short.text());
    let mut file = Vec::with_capacity(long.len() + 8);
    let mut rest = spelt.as_slice();
    while let Some(found) = rest.windows(2).position(|pair| pair[0] == b'@' && pair[1].is_ascii_digit()) {
        let text = texts.get(usize::from(rest[found + 1] - b'0')).map_or("", |text| text.trim_matches('"'));
        file.extend(&rest[..found]);
        file.extend(text.as_bytes());
        rest = &rest[found + 2..];
    }
    file.extend(rest);
    scene.file = file;
}

pub fn members(random: &mut Random, scene: &mut Scene) {
    tamper(random, &mut scene.bundle);
    scene.file = scene.bundle.text().into_bytes();
}

/// The format number, and whether the rest is of that format.
pub fn format(random: &mut Random, scene: &mut Scene) {
    let numbers = [
        "0",
        "1",
        "3",
        "255",
        "256",
        "65536",
        "4294967298",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "-0",
        "2.0",
        "2e0",
        "3.0",
        "3e0",
        "02",
        "\"2\"",
        "\"3\"",
        "true",
        "null",
        "[2]",
        "[3]",
        "{}",
        "2 ",
        "0x2",
        "1E400",
        "-2",
        "2",
        "2",
        "",
    ];
    let members = &mut scene.bundle;
    members.set("sogoc-bundle", random.of(&numbers));
    match random.below(6) {
        0 => members.0.truncate(1),
        1 => {
            let value = odd_value(random);
            members.set(random.pick(&["x", "credential", "receipt", "openings", "history"]), value);
        }
        2 => {
            let twin = members.0[random.below(members.0.len())].clone();
            members.0.push(twin);
        }
        3 => random.shuffle(&mut members.0),
        _ => {}
    }
    scene.file = if random.one_in(5) { respell(random, &members.text()) } else { members.text().into_bytes() };
}

/// The receipt's base64url.
pub fn base64(random: &mut Random, scene: &mut Scene) {
    let receipt = respell_base64(random, &b64(&scene.receipt_bytes));
    scene.bundle.set("receipt", quoted(&receipt));
    scene.file = scene.bundle.text().into_bytes();
}

fn opening(random: &mut Random) -> Opening {
    let mut salt = [0; 16];
    salt.copy_from_slice(&random.bytes(16));
    let (correction, ground) = (random.of(&Correction::ALL), random.of(&Ground::ALL));
    let decision = Text::new("QĐ 15/QĐ-MẪU").unwrap();
    let replacement = random.one_in(3).then(|| {
        let mut batch = [0; 16];
        batch.copy_from_slice(&random.bytes(16));
        Replacement { issuer: "thcs-mau-1".parse().unwrap(), batch: BatchId(batch), leaf: random.hash() }
    });
    let decision_date = Text::new("2026-06-01").unwrap();
    Opening { salt, correction, ground, decision, decision_date, replacement }
}

/// An opening of a correction that leads to this status; of another now and then.
fn opening_of(random: &mut Random, status: Status) -> Opening {
    let mut made = opening(random);
    let fitting: Vec<Correction> =
        Correction::ALL.into_iter().filter(|correction| correction.status() == status).collect();
    if !random.one_in(8) {
        made.correction = random.of(&fitting);
    }
    made
}

/// Openings, one of them perhaps of the status of the receipt, one of the fresh one.
pub fn attach_openings(random: &mut Random, scene: &mut Scene) {
    scene.openings = (0..random.below(3)).map(|_| opening(random)).collect();
    if let (Some(status), true) = (&mut scene.receipt.status, random.one_in(2)) {
        let made = opening_of(random, status.entry.status);
        status.entry.commitment = made.commitment();
        scene.openings.push(made);
    }
    let index = scene.receipt.index;
    if let (Some(fresh), true) = (&mut scene.fresh, random.one_in(2)) {
        let mut entry = fresh.statuses.entry(index);
        if entry.height > 0 {
            let made = opening_of(random, entry.status);
            entry.commitment = made.commitment();
            fresh.statuses = std::mem::take(&mut fresh.statuses).with(entry);
            scene.openings.push(made);
        }
    }
}

/// What is behind the first of the entries that were replaced, which all the others are made to follow.
pub fn attach_past(random: &mut Random, scene: &mut Scene) {
    let Some(first) = scene.history.first_mut() else { return };
    let made = opening_of(random, first.status);
    first.commitment = made.commitment();
    scene.openings.push(made);
    let mut previous = first.as_previous();
    for entry in scene.history.iter_mut().skip(1) {
        entry.previous = previous;
        previous = entry.as_previous();
    }
    if let Some(status) = &mut scene.receipt.status {
        status.entry.previous = previous;
    }
}

/// Texts of a list that are none of what it holds, or too many.
fn texts(
    random: &mut Random,
    of: &'static Type,
    mut sound: impl FnMut(&mut Random) -> Vec<u8>,
    lengths: &[usize],
) -> String {
    let count = random.of(&[0, 1, 1, 2, 3, 15, 16, 17, 40]);
    let odd = random.below(count.max(1) * 2);
    let texts: Vec<String> = (0..count)
        .map(|at| {
            let mut bytes = sound(random);
            if at == odd {
                match random.below(7) {
                    0 => return odd_value(random),
                    1 => return quoted(&respell_base64(random, &b64(bytes))),
                    2 => damage(random, &mut bytes),
                    3 => bytes.resize(random.of(lengths), 0),
                    _ => {
                        let mut tree = Node::read(of, &bytes).unwrap();
                        tree.change(random);
                        bytes = tree.write();
                    }
                }
            }
            quoted(&b64(bytes))
        })
        .collect();
    if random.one_in(15) { odd_value(random) } else { format!("[{}]", texts.join(",")) }
}

/// Which of two faults comes first.
pub fn second_fault(random: &mut Random, scene: &mut Scene) {
    if random.one_in(6) {
        let receipt = random.pick(&["\"\"", "\"AA\"", "\"AQ\"", "\"Ag\"", "\"+\"", "1"]);
        scene.bundle.set("receipt", receipt);
    }
    if random.one_in(6) {
        let list = random.pick(&["[\"\"]", "[\"AA\"]", "[1]", "null", "[]", "[\"+\"]"]);
        scene.bundle.set(random.pick(&["openings", "history", "evidence", "definitions"]), list);
    }
}

/// Openings that are none, or too many.
pub fn openings(random: &mut Random, scene: &mut Scene) {
    let list = texts(random, &OPENING, |random| codec::encode(&opening(random)), &[0, 1_024, 1_025]);
    scene.bundle.set("openings", list);
    second_fault(random, scene);
    scene.file = scene.bundle.text().into_bytes();
}

/// Entries of a history that are none, or too many.
pub fn history(random: &mut Random, scene: &mut Scene) {
    let index = scene.receipt.index;
    let sound = |random: &mut Random| {
        let status = random.of(&STATUSES);
        codec::encode(&scene.entry(random, index, status))
    };
    let list = texts(random, &ENTRY, sound, &[0, 59, 60, 91, 93]);
    scene.bundle.set("history", list);
    second_fault(random, scene);
    scene.file = scene.bundle.text().into_bytes();
}

/// Evidence that is none, or too much of it. What it says is not looked at.
pub fn evidence(random: &mut Random, scene: &mut Scene) {
    let sound = |random: &mut Random| {
        let (statement, cms) = (random.below(600), random.below(300));
        let list = |bytes: Vec<u8>| [&(bytes.len() as u16).to_be_bytes()[..], &bytes].concat();
        [list(random.bytes(statement)), list(random.bytes(cms))].concat()
    };
    let count = 1 + random.below(6);
    let texts: Vec<String> = (0..count)
        .map(|_| {
            let mut bytes = sound(random);
            if random.one_in(8) {
                bytes.push(0);
            }
            quoted(&b64(bytes))
        })
        .collect();
    scene.bundle.set("evidence", format!("[{}]", texts.join(",")));
    second_fault(random, scene);
    scene.file = scene.bundle.text().into_bytes();
}

/// Damage to the text of the SD-JWT.
pub fn credential_bits(random: &mut Random, scene: &mut Scene) {
    let mut bytes = scene.credential.clone().into_bytes();
    let at = random.below(bytes.len());
    let bit = 1 << random.below(7);
    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit);
    scene.credential = String::from_utf8_lossy(&bytes).into_owned();
}

/// Separators more or less, parts moved, other letters.
pub fn separators(random: &mut Random, scene: &mut Scene) {
    let text = &mut scene.credential;
    let places: Vec<usize> = text.match_indices(['~', '.']).map(|(at, _)| at).collect();
    let anywhere = random.cut(text.len());
    let at = if places.is_empty() || random.one_in(4) { anywhere } else { random.of(&places) };
    let at = text.floor_char_boundary(at);
    let odd = ["~", "~~", ".", "..", "", "é", " ", "\n", "\u{0}", "=", "%7E", "\u{feff}", "~.~", "A"];
    match random.below(8) {
        0 => text.insert_str(at, random.pick(&odd)),
        1 => *text = [&text[..at], text.get(at + 1..).unwrap_or_default()].concat(),
        2 => text.truncate(at),
        3 => *text = text.split_off(at),
        4 => text.push_str(random.pick(&["~", "x", "x.y.z", "..", ".", " ", "\n", "~x", "e30.e30.", "e30.e30.AA"])),
        5 => {
            let twin = text.clone();
            text.push_str(&twin);
        }
        6 => {
            *text = random
                .pick(&["", "~", "~~", "..~", ".~", "e30.e30.~", "a.b.c~", "e30.e30.e30~", "é~", ".é.~"])
                .to_owned()
        }
        _ => text.insert_str(0, random.pick(&odd)),
    }
}
