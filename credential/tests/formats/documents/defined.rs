//! Documents whose types the ledger defines, and how a bundle brings what they are.

use super::*;

const TYPE: &str = include_str!("../../../../examples/giay-chung-nhan-nghe-1.json");
const CODES: &str = include_str!("../../../../examples/nghe-pho-thong-1.json");

/// The texts that define the type of the examples, the one that changes changed.
pub fn defined(change: impl Fn(&str) -> String) -> Vec<String> {
    vec![change(TYPE), CODES.to_owned()]
}

/// Sealed in batches of their own.
pub fn plans() -> Vec<Plan> {
    let batches = ["11", "12", "13"].map(|byte| &*byte.repeat(16).leak());
    let schema = Arc::new(Schema::from_texts(&[TYPE, CODES]).unwrap());
    let all: Vec<Plan> = super::plans();
    let like = |name: &str| all.iter().find(|plan| plan.name == name).unwrap();
    let plan = |name, about, batch, index, schema: &Arc<Schema>, claims: &Value| Plan {
        name,
        about,
        batch,
        index,
        schema: schema.clone(),
        issuer: "thcs-mau-1",
        date: "2026-05-31",
        expires: None,
        bound: false,
        signer: signature::SigningKey::Ed25519(issuer()),
        claims: claims.clone(),
    };
    let claims = |name: &str, trade: &str| {
        json!({
            "name": name, "birth_date": "2011-03-07", "sex": "Nữ", "ethnicity": "Kinh", "school": "Trường THCS Mẫu Một",
            "trade": trade, "marks": {"theory": "8.5", "practice": "9.0"}, "grade": "Giỏi", "exam_year": "2026",
            "issue_date": "2026-05-28", "signer": "Lê Mẫu", "register_number": "NPT-0001/2026",
        })
    };
    let (certificate, transcript) = (claims("Nguyễn Thử Nghiệm", "nau-an"), &like("second").claims);
    vec![
        plan("defined", "of a type that the ledger defines", batches[0], 0, &schema, &certificate),
        plan(
            "defined-undefined",
            "of it, without what may be missing",
            batches[0],
            1,
            &schema,
            &thin(certificate.clone()),
        ),
        plan(
            "defined-otherwise",
            "of a type that the ledger defines otherwise",
            batches[1],
            0,
            &HOC_BA_THCS,
            transcript,
        ),
        plan("defined-likewise", "of one that it defines likewise", batches[2], 0, &DA_KY, &like("signed-file").claims),
    ]
}

fn thin(mut claims: Value) -> Value {
    drop(claims.as_object_mut().unwrap().remove("ethnicity"));
    drop(claims["marks"].as_object_mut().unwrap().remove("theory"));
    claims
}
