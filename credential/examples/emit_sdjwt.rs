//! Prints documents and presentations as JSON, for clients that we did not write: `tests/conformance/sdjwt`.
//! The keys are published test keys: nothing they sign means anything.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sogoc_credential::schema::{self, Claims};
use sogoc_credential::sdjwt::{
    Binding, EVERYTHING, Envelope, Error, LedgerPointer, SdJwt, SeededSalts, issue, present, push_jwk,
};
use sogoc_ledger::signature::SigningKey;

const AUDIENCE: &str = "https://tuyen-sinh.mau.edu.vn";
const NONCE: &str = "8b2f5d1c";
const HOLDER_SECRET: [u8; 32] = [2; 32];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The time of the key binding: whoever checks it asks for a fresh one.
    let issued_at: i64 = std::env::args().nth(1).as_deref().unwrap_or("1780000000").parse()?;
    let ed25519 = |secret| SigningKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&secret));
    let p256 = |secret: [u8; 32]| p256::ecdsa::SigningKey::from_slice(&secret).map(SigningKey::P256);
    let kinds =
        [("Ed25519", [ed25519([1; 32]), ed25519(HOLDER_SECRET)]), ("ES256", [p256([1; 32])?, p256(HOLDER_SECRET)?])]
            .map(|(algorithm, [issuer, holder])| {
                Ok::<_, Box<dyn std::error::Error>>(json!({
                    "algorithm": algorithm,
                    "issuer_jwk": jwk(&issuer)?,
                    "holder_jwk": jwk(&holder)?,
                    // So that a foreign wallet can bind too.
                    "holder_secret": HOLDER_SECRET,
                    "cases": cases(&issuer, &holder, issued_at)?,
                }))
            });
    let kinds: Vec<Value> = kinds.into_iter().collect::<Result<_, _>>()?;
    println!("{}", json!({ "audience": AUDIENCE, "nonce": NONCE, "kinds": kinds }));
    Ok(())
}

/// Every type, whole and presented, bound to its holder and not.
fn cases(issuer: &SigningKey, holder: &SigningKey, issued_at: i64) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let all: BTreeMap<String, Claims> = serde_json::from_str(include_str!("claims.json"))?;
    let mut cases = Vec::new();
    for (id, claims) in all {
        let schema = schema::by_id(&id).ok_or("claims.json names an unknown type")?;
        let envelope = Envelope {
            issuer: "sogoc:hcmc:truong-mau-1".to_owned(),
            date: "2026-05-31".to_owned(),
            expires: Some(4_102_444_800),
            holder: Some(holder.public_key()),
            ledger: LedgerPointer {
                chain: "sogoc-devnet-4".to_owned(),
                issuer: "sogoc:hcmc:truong-mau-1".to_owned(),
                batch: "00112233445566778899aabbccddeeff".to_owned(),
            },
        };
        let compact = issue(schema, &envelope, &claims, issuer, &mut SeededSalts::new(&[7; 32]))?.compact();
        cases.push(case(&format!("{id}, all"), &compact)?);
        let document = SdJwt::parse(&compact)?;
        let choices: [&[&str]; 4] = [&[], &[EVERYTHING], &["name"], choice(&id)];
        for paths in choices {
            let presentation = present(&document, paths)?;
            cases.push(case(&format!("{id}, {paths:?}"), &presentation)?);
            let binding = Binding {
                audience: AUDIENCE.to_owned(),
                nonce: NONCE.to_owned(),
                issued_at,
                expires: Some(issued_at + 3600),
            };
            cases
                .push(case(&format!("{id}, {paths:?}, bound"), &binding.sign(&SdJwt::parse(&presentation)?, holder)?)?);
        }
    }
    Ok(cases)
}

/// Claims of one type that a reader might be shown.
fn choice(id: &str) -> &'static [&'static str] {
    match id {
        "bang-tn-thpt" => &["name", "serial", "grade"],
        "da-ky" => &["file_digest"],
        _ => &["name", "birth_date", "subjects/Toán/year", "conduct/year"],
    }
}

fn case(name: &str, token: &str) -> Result<Value, Error> {
    let document = SdJwt::parse(token)?;
    let disclosed = document.disclose()?;
    Ok(json!({
        "name": name,
        "schema": document.schema.id,
        "bound": document.is_bound(),
        "token": token,
        "processed": disclosed.processed,
        "paths": disclosed.paths,
    }))
}

fn jwk(key: &SigningKey) -> Result<Map<String, Value>, serde_json::Error> {
    let mut jwk = String::new();
    push_jwk(&mut jwk, &key.public_key());
    serde_json::from_str(&jwk)
}
