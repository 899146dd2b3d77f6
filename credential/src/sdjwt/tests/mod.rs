//! Sound and forged documents for the tests beside this file.

mod binding;
mod issuing;
mod presenting;
mod reading;
mod rfc9901;

use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::key::verifies;
use super::*;
use crate::schema::{self, Claims, HOC_BA_THCS, Schema};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn holder_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn envelope() -> Envelope {
    Envelope {
        issuer: "sogoc:hcmc:thcs-mau-1".to_owned(),
        date: "2026-05-31".to_owned(),
        expires: None,
        holder: None,
        ledger: LedgerPointer {
            chain: "sogoc-devnet-4".to_owned(),
            issuer: "sogoc:hcmc:thcs-mau-1".to_owned(),
            batch: "00112233445566778899aabbccddeeff".to_owned(),
        },
    }
}

fn claims(schema: &Schema) -> Claims {
    let all: Value = serde_json::from_str(include_str!("../../../examples/claims.json")).unwrap();
    all[&schema.id].as_object().unwrap().clone()
}

fn issued(schema: &Schema) -> Issued {
    issue(schema, &envelope(), &claims(schema), &key(), &mut SeededSalts::new(&[7; 32])).unwrap()
}

fn check(text: &str) -> Result<Disclosed, Error> {
    let document = SdJwt::parse(text)?;
    let disclosed = document.disclose()?;
    document.verify_issuer()?;
    Ok(disclosed)
}

fn code(text: &str) -> &'static str {
    check(text).unwrap_err().code()
}

/// A document signed by `key()`, with whatever header and payload.
fn forge(header: &str, payload: &str, disclosures: &[&str]) -> String {
    let signed = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(payload.as_bytes()));
    let signature = base64url::encode(&key().sign(signed.as_bytes()).unwrap());
    let disclosures: String = disclosures.iter().map(|disclosure| format!("{disclosure}~")).collect();
    format!("{signed}.{signature}~{disclosures}")
}

fn good_header() -> String {
    let mut jwk = String::new();
    push_jwk(&mut jwk, &key().public_key());
    format!(r#"{{"alg":"Ed25519","typ":"dc+sd-jwt","jwk":{jwk}}}"#)
}

/// A sound payload of a `da-ky` with these digests, and further members before them.
fn payload_with(extra: &str, digests: &[String]) -> String {
    let mut payload = String::from("{");
    envelope().push(&mut payload, &schema::DA_KY);
    format!(r#"{payload}{extra},"_sd_alg":"sha-256","_sd":{}}}"#, json!(digests))
}

fn disclosure(json: &str) -> (String, String) {
    let text = base64url::encode(json.as_bytes());
    let digest = holder::sd_hash(&text);
    (text, digest)
}

/// `da-ky` documents whose disclosures are these JSON texts.
fn forge_disclosures(texts: &[&str]) -> String {
    let (disclosures, digests): (Vec<_>, Vec<_>) = texts.iter().map(|text| disclosure(text)).unzip();
    let disclosures: Vec<&str> = disclosures.iter().map(String::as_str).collect();
    forge(&good_header(), &payload_with("", &digests), &disclosures)
}
