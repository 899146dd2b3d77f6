//! How fast one core issues, presents and checks a transcript, and how large it is, with a key of either kind.

use std::hint::black_box;
use std::time::Instant;

use serde_json::Value;
use sogoc_credential::schema::{Claims, HOC_BA_THCS};
use sogoc_credential::sdjwt::{Envelope, LedgerPointer, OsSalts, SdJwt, issue, present};
use sogoc_ledger::signature::SigningKey;

const ROUNDS: u32 = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let p256 = p256::ecdsa::SigningKey::from_slice(&[1; 32])?;
    for (name, key) in [
        ("Ed25519", SigningKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[1; 32]))),
        ("ES256", SigningKey::P256(p256)),
    ] {
        measure(name, &key)?;
    }
    Ok(())
}

fn measure(name: &str, key: &SigningKey) -> Result<(), Box<dyn std::error::Error>> {
    let all: Value = serde_json::from_str(include_str!("claims.json"))?;
    let claims: Claims = serde_json::from_value(all["hoc-ba-thcs"].clone())?;
    let envelope = Envelope {
        issuer: "sogoc:hcmc:thcs-mau-1".to_owned(),
        date: "2026-05-31".to_owned(),
        expires: None,
        holder: None,
        ledger: LedgerPointer {
            chain: "sogoc-devnet-4".to_owned(),
            issuer: "sogoc:hcmc:thcs-mau-1".to_owned(),
            batch: "00112233445566778899aabbccddeeff".to_owned(),
        },
    };
    let mut salts = OsSalts::new();
    let issued = issue(&HOC_BA_THCS, &envelope, &claims, key, &mut salts)?;
    let full = issued.compact();
    let document = SdJwt::parse(&full)?;
    let three = present(&document, &["name", "birth_date", "student_code"])?;
    println!(
        "{name}: leaf {} B, {} disclosures, full document {} B, 3 claims of one group {} B, with one mark {} B",
        issued.jwt.len(),
        issued.disclosures.len(),
        full.len(),
        three.len(),
        present(&document, &["name", "birth_date", "subjects/Toán/year"])?.len(),
    );

    let check = |text: &str| -> Result<(), sogoc_credential::sdjwt::Error> {
        let document = SdJwt::parse(black_box(text))?;
        black_box(document.disclose()?);
        document.verify_issuer()
    };
    time("issue", || issue(&HOC_BA_THCS, &envelope, black_box(&claims), key, &mut salts).map(drop))?;
    time("present 3", || present(black_box(&document), &["name", "birth_date", "subjects/Toán/year"]).map(drop))?;
    time("check, all disclosed", || check(&full))?;
    time("check, 3 disclosed", || check(&three))?;
    time("issuer signature alone", || document.verify_issuer())?;
    Ok(())
}

fn time<E>(what: &str, mut run: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        run()?;
    }
    let each = start.elapsed() / ROUNDS;
    println!("{what}: {each:?} each, {:.0}/s", 1.0 / each.as_secs_f64());
    Ok(())
}
