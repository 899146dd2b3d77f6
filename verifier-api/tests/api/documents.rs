//! Real documents, sealed on the fixture's ledger.

use serde_json::{Value, json};
use sogoc_credential::bundle::Bundle;
use sogoc_credential::schema;
use sogoc_credential::sdjwt::{Envelope, LedgerPointer, SeededSalts, issue};
use sogoc_ledger::Hash;
use sogoc_ledger::merkle;
use sogoc_ledger::receipt::BatchStatuses;
use sogoc_ledger::state::StateReader;
use sogoc_ledger::transaction::Transaction;

use crate::fixture::{self, Ledger, batch, key, school};

/// A class whose documents are in one batch.
pub struct Class {
    id: u8,
    pub documents: Vec<String>,
    leaves: Vec<Hash>,
}

fn transcript(name: &str) -> Value {
    let subjects = ["Ngữ văn", "Toán", "Ngoại ngữ 1", "GDCD", "Lịch sử và Địa lí", "KHTN", "Công nghệ", "Tin học"];
    let marks = |subject| json!({ "subject": subject, "semester_1": "7.9", "semester_2": "8.3", "year": "8.2" });
    json!({
        "name": name, "birth_date": "2011-03-07", "sex": "Nữ", "ethnicity": "Kinh", "student_code": "0000000001",
        "school": "Trường THCS Mẫu Một", "class": "9/1", "school_year": "2025-2026",
        "subjects": subjects.map(marks),
        "conduct": { "semester_1": "Tốt", "semester_2": "Tốt", "year": "Tốt" },
        "learning": { "year": "Khá" },
        "absences": "2", "promoted": "true",
    })
}

impl Class {
    pub fn of(id: u8, count: u32) -> Self {
        let (schema, signer) = (schema::by_id("hoc-ba-thcs").unwrap(), key(200));
        let envelope = Envelope {
            issuer: school().to_string(),
            date: "2026-05-31".into(),
            expires: None,
            holder: None,
            ledger: LedgerPointer { chain: "test".into(), issuer: school().to_string(), batch: batch(id).to_string() },
        };
        let issued = (0..count).map(|number| {
            let claims = transcript(&format!("Nguyễn Thử Nghiệm {number}"));
            let mut seed = [id; 32];
            seed[..4].copy_from_slice(&number.to_be_bytes());
            issue(schema, &envelope, claims.as_object().unwrap(), &signer, &mut SeededSalts::new(&seed)).unwrap()
        });
        let issued: Vec<_> = issued.collect();
        let leaves = issued.iter().map(|issued| merkle::leaf_hash(issued.jwt.as_bytes())).collect();
        Self { id, documents: issued.iter().map(|issued| issued.compact()).collect(), leaves }
    }

    pub fn sealing(&self) -> Transaction {
        fixture::issue(batch(self.id), "2025-2026", self.leaves.clone())
    }

    /// What a client would fetch of the class, for a checkpoint at `since`.
    pub fn statuses(&self, ledger: &Ledger, since: u64) -> BatchStatuses {
        let (view, batch) = (ledger.store.view(), batch(self.id));
        let proof = view.batch_proof(&school(), &batch, since).unwrap().unwrap();
        BatchStatuses { proof, statuses: view.statuses(&school(), &batch).unwrap() }
    }

    /// The file of one learner, with a receipt as of the ledger's last block.
    pub fn bundle(&self, ledger: &Ledger, index: u32) -> Bundle {
        let receipt = self.statuses(ledger, 0).receipt(&self.leaves, index).unwrap();
        Bundle {
            credential: self.documents[index as usize].clone(),
            receipt,
            openings: vec![],
            history: vec![],
            evidence: vec![],
            schema: None,
        }
    }
}

/// The bundle on one line.
pub fn line(bundle: &Bundle) -> String {
    let value: Value = serde_json::from_str(&bundle.to_json()).unwrap();
    format!("{value}\n")
}
