//! The clock, the age that will do, the original file.

use serde_json::Value;
use sogoc_credential::schema::file_digest;
use sogoc_credential::sdjwt::SeededSalts;

use super::json::{respell_base64, tamper};
use crate::document::{Document, Members, b64, quoted};
use crate::random::Random;
use crate::scene::Scene;

const ORIGINAL: &[u8] = b"%PDF-1.7 mau\n";

fn digest(random: &mut Random, file: &[u8]) -> Value {
    file_digest(file, &mut SeededSalts::new(&random.hash().0)).unwrap()
}

/// A `file_digest` with one thing wrong, or with none.
pub fn near_digest(random: &mut Random) -> String {
    let mut members = Members::of(&digest(random, ORIGINAL));
    match random.below(6) {
        0 => members.set("alg", quoted(random.pick(&["sha-512", "SHA-256", "sha256", ""]))),
        1 => {
            let length = random.of(&[0, 15, 17, 31, 33]);
            members.set(random.pick(&["salt", "digest"]), quoted(&b64(random.bytes(length))));
        }
        2 => {
            let name = random.pick(&["salt", "digest"]);
            let sound = members.get(name).unwrap_or_default().trim_matches('"').to_owned();
            members.set(name, quoted(&respell_base64(random, &sound)));
        }
        3 => tamper(random, &mut members),
        _ => {}
    }
    members.text()
}

/// A file signed elsewhere, and one to compare it with.
pub fn original(random: &mut Random, scene: &mut Scene) {
    let file = match random.below(4) {
        0 => vec![],
        1 => {
            let length = random.below(300);
            random.bytes(length)
        }
        _ => ORIGINAL.to_vec(),
    };
    if !random.one_in(6) {
        let (signer, iss) =
            (scene.document.jwt.signer.clone(), scene.document.jwt.payload.get("iss").map(str::to_owned));
        let ledger = scene.document.ledger.clone();
        let mut document = Document::new("da-ky", signer, vec![], vec![]);
        document.ledger = ledger;
        document.jwt.payload.set("iss", iss.unwrap_or_default());
        let digest = digest(random, &file);
        match random.below(6) {
            0 => {}
            1 => document.show_at_top(r#"["s","media_type","application/pdf"]"#),
            _ => document.show_at_top(format!("[\"s\",\"file_digest\",{digest}]")),
        }
        scene.document = document;
        scene.receipt.proof.batch.document_type = "da-ky".parse().unwrap();
    }
    scene.original = Some(match random.below(5) {
        0 => b"other".to_vec(),
        1 => [file.as_slice(), b"\n"].concat(),
        _ => file,
    });
}

/// How old the status is, and how old it may be.
pub fn age(random: &mut Random, scene: &mut Scene) {
    let time = scene.receipt.proof.header.time.0;
    let most = random.of(&[0, 1, 60_000, 1 << 32, (1 << 53) + 1, u64::MAX]);
    scene.max_age_ms = Some(most);
    scene.now = match random.below(4) {
        0 => random.edge(64, time),
        1 => time.saturating_sub(1),
        _ => time.saturating_add(most).saturating_add(random.below(3) as u64).saturating_sub(1),
    };
}

/// The last second of a document that expires.
pub fn expiry(random: &mut Random, scene: &mut Scene) {
    const LAST: u64 = 253_402_300_799;
    let now = random.of(&[0, 1, 1_782_864_000, LAST - 1, LAST]);
    let expires = (now + random.below(3) as u64).saturating_sub(1).min(LAST);
    scene.document.jwt.payload.set("exp", expires.to_string());
    scene.now = now * 1_000 + random.of(&[0, 1, 500, 999]);
    if random.one_in(12) {
        scene.now = random.of(&[u64::MAX, u64::MAX - 999, (1 << 53) + 1, i64::MAX.cast_unsigned()]);
    }
}
