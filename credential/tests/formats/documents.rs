//! SD-JWTs, presentations and openings: `documents.json`.

mod defined;
mod es256;
mod order;
mod refused;

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::SigningKey;
use serde_json::{Map, Value, json};
use sogoc_credential::opening::{Correction, Ground, Opening, Replacement};
use sogoc_credential::schema::{Claims, DA_KY, HOC_BA_THCS, Schema, file_digest};
use sogoc_credential::sdjwt::{
    Binding, EVERYTHING, Envelope, Error, Expected, LedgerPointer, SdJwt, SeededSalts, Signer, issue, present,
};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{self, Text};
use sogoc_ledger::{merkle, signature};

use crate::vectors::{bytes, case, committed, expect, freeze, hex, list, text};

pub use defined::defined;
pub use es256::{holder as es256_holder, twin};
pub use refused::without_pointer;

pub const FILE: &str = "documents.json";

/// 2026-07-01T00:00:00Z, in seconds.
pub const NOW: i64 = 1_782_864_000;

/// What `da-ky` documents of the vectors stand for.
pub const ORIGINAL: &[u8] = b"%PDF-1.7 mau\n";

const AUDIENCE: &str = "https://tuyen-sinh.mau.edu.vn";
const NONCE: &str = "8b2f5d1c";

fn issuer() -> SigningKey {
    SigningKey::from_bytes(&[200; 32])
}

/// The school's other sealing key.
fn lost() -> SigningKey {
    SigningKey::from_bytes(&[203; 32])
}

fn holder() -> SigningKey {
    SigningKey::from_bytes(&[220; 32])
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

fn transcript(name: &str, subjects: &Value) -> Value {
    json!({
        "name": name, "birth_date": "2011-03-07", "sex": "Nữ", "ethnicity": "Kinh", "student_code": "0000000001",
        "school": "Trường THCS Mẫu Một", "class": "9/1", "school_year": "2025-2026", "subjects": subjects,
        "conduct": {"semester_1": "Tốt", "semester_2": "Tốt", "year": "Tốt"},
        "learning": {"year": "Khá"},
        "absences": "2", "promoted": "true",
    })
}

/// One sealed document: where, and what it says.
struct Plan {
    name: &'static str,
    about: &'static str,
    batch: &'static str,
    index: usize,
    schema: Arc<Schema>,
    issuer: &'static str,
    date: &'static str,
    expires: Option<i64>,
    bound: bool,
    /// The key that signs; the ledger knows those of seeds 200 and 203.
    signer: signature::SigningKey,
    claims: Value,
}

fn plans() -> Vec<Plan> {
    let (taken_over, early, late, new) = (
        "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
        "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b",
        "1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c",
        "1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d",
    );
    let (a, b, c, d, f) = (
        "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        "0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d",
        "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    );
    let subjects = json!([
        {"subject": "Toán", "semester_1": "7.9", "semester_2": "8.3", "year": "8.2"},
        {"subject": "Nghệ thuật", "year": "Đạt"},
        {"subject": "Ngoại ngữ 1/2 ~", "year": "10.0"},
    ]);
    let digest = file_digest(ORIGINAL, &mut SeededSalts::new(&[70; 32])).unwrap();
    let file = json!({"file_name": "hoc-ba.pdf", "media_type": "application/pdf", "file_digest": digest});
    let plan = |name, about, batch, index, claims| Plan {
        name,
        about,
        batch,
        index,
        schema: HOC_BA_THCS.clone(),
        issuer: "thcs-mau-1",
        date: "2026-05-31",
        expires: None,
        bound: false,
        signer: signature::SigningKey::Ed25519(issuer()),
        claims,
    };
    vec![
        Plan {
            bound: true,
            ..plan("first", "a transcript with its holder's key", a, 0, transcript("Nguyễn Thử Nghiệm", &subjects))
        },
        plan("second", "revoked in block 2", a, 1, transcript("Trần Văn Mẫu", &json!([]))),
        plan("corrected", "suspended, reinstated, superseded", a, 2, transcript("Hồ Mẫu", &json!([]))),
        Plan {
            issuer: "thcs-mau-2",
            ..plan("third", "sealed by thcs-mau-1 for thcs-mau-2", taken_over, 0, transcript("Lê Thị Mẫu", &json!([])))
        },
        Plan {
            signer: signature::SigningKey::Ed25519(lost()),
            ..plan("early-key", "sealed before its key was lost", early, 0, transcript("Ngô Mẫu", &json!([])))
        },
        Plan {
            signer: signature::SigningKey::Ed25519(lost()),
            ..plan("late-key", "sealed with a key that was lost", late, 0, transcript("Dương Mẫu", &json!([])))
        },
        plan("replacement", "takes the place of corrected", new, 0, transcript("Hồ Mẫu", &json!([]))),
        plan("mismatched", "superseded, by an opening that suspends", new, 1, transcript("Lý Mẫu", &json!([]))),
        Plan {
            schema: DA_KY.clone(),
            expires: Some(NOW + 3_600),
            ..plan("signed-file", "a digest of a file signed elsewhere; expires", b, 0, file.clone())
        },
        Plan {
            date: "2024-10-03",
            ..plan("too-early", "of the day before the issuer's grant", c, 0, transcript("Phạm Mẫu", &json!([])))
        },
        Plan {
            schema: DA_KY.clone(),
            date: "2027-03-22",
            ..plan("last-day", "of the last day of the issuer's grant", b, 1, file.clone())
        },
        Plan {
            schema: DA_KY.clone(),
            date: "2027-03-23",
            ..plan("too-late", "of the day after it", b, 2, file.clone())
        },
        Plan { date: "2024-10-04", ..plan("first-day", "of its first day", c, 1, transcript("Võ Mẫu", &json!([]))) },
        Plan {
            date: "1969-12-31",
            ..plan("before-1970", "of a day that has no number", c, 2, transcript("Đỗ Mẫu", &json!([])))
        },
        Plan { schema: DA_KY.clone(), ..plan("other-type", "sealed in a batch of another type", d, 0, file.clone()) },
        Plan {
            signer: signature::SigningKey::Ed25519(holder()),
            ..plan("other-key", "signed by a key that did not seal", d, 1, transcript("Bùi Mẫu", &json!([])))
        },
        Plan {
            schema: DA_KY.clone(),
            ..plan("other-version", "sealed under another version of its schema", f, 0, file)
        },
    ]
}

fn envelope(plan: &Plan) -> Envelope {
    Envelope {
        issuer: plan.issuer.to_owned(),
        date: plan.date.to_owned(),
        expires: plan.expires,
        holder: plan.bound.then(|| match &plan.signer {
            signature::SigningKey::Ed25519(_) => holder().public_key(),
            signature::SigningKey::P256(_) => es256::holder().public_key(),
        }),
        ledger: LedgerPointer {
            chain: "hcmc-mau".to_owned(),
            issuer: "thcs-mau-1".to_owned(),
            batch: plan.batch.to_owned(),
        },
    }
}

fn document(number: usize, plan: &Plan) -> Value {
    let seed = [number as u8 + 1; 32];
    let claims: Claims = plan.claims.as_object().unwrap().clone();
    let issued = issue(&plan.schema, &envelope(plan), &claims, &plan.signer, &mut SeededSalts::new(&seed)).unwrap();
    json!({
        "name": plan.name,
        "description": plan.about,
        "batch": plan.batch,
        "index": plan.index,
        "salt_seed": hex(&seed),
        "claims": plan.claims,
        "jwt": issued.jwt,
        "leaf": merkle::leaf_hash(issued.jwt.as_bytes()),
        "sd_jwt": issued.compact(),
    })
}

/// What is behind each change of a status in the chain, by name.
pub fn openings(documents: &[Value]) -> Vec<(&'static str, Opening)> {
    let opening = |salt: u8, correction, ground| Opening {
        salt: [salt; 16],
        correction,
        ground,
        decision: Text::new("QĐ 15/QĐ-MẪU").unwrap(),
        decision_date: Text::new("2026-06-01").unwrap(),
        replacement: None,
    };
    let replacing = documents.iter().find(|document| text(document, "name") == "replacement").unwrap();
    let replacement = Replacement {
        issuer: "thcs-mau-1".parse().unwrap(),
        batch: text(replacing, "batch").parse().unwrap(),
        leaf: Hash::from_hex(text(replacing, "leaf")).unwrap(),
    };
    vec![
        ("revoked", opening(90, Correction::Revoke, Ground::IssuerError)),
        ("suspended", opening(91, Correction::Suspend, Ground::Altered)),
        ("reinstated", opening(92, Correction::Reinstate, Ground::IssuerError)),
        (
            "superseded",
            Opening { replacement: Some(replacement), ..opening(93, Correction::Amend, Ground::CivilStatus) },
        ),
        ("of another correction", opening(94, Correction::Suspend, Ground::Lent)),
    ]
}

/// One of them, as it is committed.
pub fn opening(documents: &Value, name: &str) -> Opening {
    let found = list(documents, "openings").iter().find(|opening| text(opening, "name") == name).unwrap();
    Opening::from_bytes(&bytes(found, "encoding")).unwrap()
}

fn opening_vector((name, opening): &(&'static str, Opening)) -> Value {
    json!({
        "name": name,
        "salt": hex(&opening.salt),
        "correction": opening.correction.code(),
        "ground": opening.ground.code(),
        "decision": opening.decision,
        "decision_date": opening.decision_date,
        "replacement": opening.replacement,
        "encoding": hex(&codec::encode(opening)),
        "commitment": opening.commitment(),
    })
}

fn asked(audience: &str, nonce: &str, now: i64) -> Value {
    json!({ "audience": audience, "nonce": nonce, "now": now, "max_age_seconds": 600 })
}

fn binding() -> Binding {
    Binding { audience: AUDIENCE.to_owned(), nonce: NONCE.to_owned(), issued_at: NOW, expires: Some(NOW + 300) }
}

/// A presentation of the first document, bound to an audience.
pub fn bound(sd_jwt: &str, paths: &[&str]) -> String {
    bound_with(&holder(), sd_jwt, paths)
}

pub fn bound_with(holder: &dyn Signer, sd_jwt: &str, paths: &[&str]) -> String {
    let document = SdJwt::parse(sd_jwt).unwrap();
    let presentation = present(&document, paths).unwrap();
    binding().sign(&SdJwt::parse(&presentation).unwrap(), holder).unwrap()
}

pub fn asked_here() -> Value {
    asked(AUDIENCE, NONCE, NOW + 10)
}

fn answer(vector: &Value) -> Result<Value, String> {
    let failed = |check: &'static str| move |error: Error| format!("{check}:{}", error.code());
    let document = SdJwt::parse(text(vector, "sd_jwt")).map_err(failed("integrity"))?;
    let disclosed = document.disclose().map_err(failed("disclosures"))?;
    document.verify_issuer().map_err(failed("issuer-signature"))?;
    if let Some(holder) = vector.get("holder") {
        document.verify_holder(&expected(holder)).map_err(failed("holder-binding"))?;
    }
    Ok(json!({
        "schema": document.schema.id,
        "leaf": merkle::leaf_hash(document.jwt.as_bytes()),
        "paths": disclosed.paths,
        "processed": disclosed.processed,
    }))
}

pub fn expected(holder: &Value) -> Expected<'_> {
    Expected {
        audience: Some(text(holder, "audience")),
        nonce: Some(text(holder, "nonce")),
        now: holder["now"].as_i64().unwrap(),
        max_age_seconds: holder["max_age_seconds"].as_i64(),
    }
}

/// A vector whose expected answer is what the checks say; the committed file holds them to it.
fn vector(description: &str, sd_jwt: &str, holder: Option<Value>) -> Value {
    let mut vector = Map::from_iter([("sd_jwt".to_owned(), json!(sd_jwt))]);
    vector.extend(holder.map(|holder| ("holder".to_owned(), holder)));
    let vector = Value::Object(vector);
    let answer = answer(&vector);
    case(description, vector, answer)
}

fn sound(documents: &[Value]) -> Vec<Value> {
    let first = text(&documents[0], "sd_jwt");
    let presented = |paths: &[&str]| present(&SdJwt::parse(first).unwrap(), paths).unwrap();
    let mut vectors: Vec<Value> = documents
        .iter()
        .map(|document| vector(&format!("{}, everything", text(document, "name")), text(document, "sd_jwt"), None))
        .collect();
    let escaped = "subjects/Ngoại ngữ 1~12 ~0/year";
    for paths in
        [&[][..], &[EVERYTHING], &["name"], &["person/ethnicity"], &["subjects/Toán/year", "conduct"], &[escaped]]
    {
        vectors.push(vector(&format!("first, present {paths:?}"), &presented(paths), None));
    }
    vectors.push(vector("first, bound to its holder", &bound(first, &["name"]), Some(asked_here())));
    vectors.push(vector(
        "members in another order and with spaces are read",
        &{
            let spaced = refused::payload(r#" , "_sd": [ ] "#);
            format!("{}~", refused::forged(r#"{ "jwk": JWK, "typ":"dc+sd-jwt","alg":"Ed25519"}"#, &spaced))
        },
        None,
    ));
    vectors
}

#[test]
fn documents_are_frozen() {
    let (mut plans, of_ed25519) = (plans(), plans().len());
    plans.extend(es256::plans());
    plans.extend(defined::plans());
    let documents: Vec<Value> = plans.iter().enumerate().map(|(number, plan)| document(number, plan)).collect();
    let mut vectors = sound(&documents[..of_ed25519]);
    vectors.extend(refused::damaged(&documents));
    vectors.extend(refused::wrongly_bound(&documents));
    vectors.extend(order::two_faults());
    vectors.extend(es256::vectors(&documents));
    freeze(
        FILE,
        &json!({
            "about": "Documents made with fixed seeds, presentations of them, and SD-JWTs that are refused",
            "issuer_seed": hex(&issuer().to_bytes()),
            "holder_seed": hex(&holder().to_bytes()),
            "openings": openings(&documents).iter().map(opening_vector).collect::<Vec<_>>(),
            "documents": documents,
            "vectors": vectors,
        }),
    );
    let file = committed(FILE);
    for vector in list(&file, "vectors") {
        expect(FILE, vector, answer(vector));
    }
    for (vector, (name, _)) in list(&file, "openings").iter().zip(openings(list(&file, "documents"))) {
        assert_eq!(opening(&file, name).commitment().to_string(), text(vector, "commitment"));
    }
}
