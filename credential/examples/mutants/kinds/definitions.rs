//! Types that the ledger defines: what it recorded, what the bundle brings, and texts that define nothing.

use sha2::{Digest, Sha256};
use sogoc_credential::schema::{self, Claims};
use sogoc_ledger::Hash;

use super::files::second_fault;
use super::proofs::damage;
use crate::document::{b64, quoted};
use crate::random::Random;
use crate::scene::Scene;

/// The id of the type of the examples.
pub const ID: &str = "giay-chung-nhan-nghe";
const TYPE: &str = include_str!("../../../../examples/giay-chung-nhan-nghe-1.json");
const CODES: &str = include_str!("../../../../examples/nghe-pho-thong-1.json");

/// The texts that define it.
pub fn texts() -> Vec<Vec<u8>> {
    vec![TYPE.into(), CODES.into()]
}

/// What one of its documents says.
pub fn claims() -> Claims {
    let claims = serde_json::json!({
        "name": "Nguyễn Thử Nghiệm", "birth_date": "2011-03-07", "sex": "Nữ", "ethnicity": "Kinh", "school": "Trường Mẫu",
        "trade": "nau-an", "marks": {"theory": "8.5", "practice": "9.0"}, "grade": "Giỏi", "exam_year": "2026",
        "issue_date": "2026-05-28", "signer": "Lê Mẫu", "register_number": "NPT-0001/2026",
    });
    claims.as_object().unwrap().clone()
}

pub fn digest(text: &[u8]) -> Hash {
    Hash(Sha256::digest(text).into())
}

/// The text of a type that every verifier knows by heart.
fn known(id: &str) -> Option<Vec<u8>> {
    schema::by_id(id).map(|schema| schema.texts()[0].into())
}

/// The record says another thing of the type than the bundle, or one of them says nothing.
pub fn record(random: &mut Random, scene: &mut Scene) {
    let known = known(&scene.document.schema);
    match (random.below(6), known) {
        (0, _) => scene.receipt.proof.batch.definition = None,
        (1, _) => scene.receipt.proof.batch.definition = Some(random.hash()),
        (2, _) => scene.definitions.clear(),
        (3, _) => scene.definitions = texts(),
        (4, Some(text)) => scene.definitions = vec![text],
        (_, Some(mut text)) => {
            // The same type with a space behind its text, which the record knows or does not.
            text.push(b' ');
            if random.one_in(2) {
                scene.receipt.proof.batch.definition = Some(digest(&text));
            }
            scene.definitions = vec![text];
        }
        (_, None) => scene.definitions.truncate(1),
    }
}

/// What stands in the texts, and what may stand there instead.
const CHANGES: &[(&str, &[&str])] = &[
    ("\"sogoc-schema\": 1", &["\"sogoc-schema\": 2", "\"sogoc-schema\": 01", "\"sogoc-schema\": \"1\"", "\"x\": 1"]),
    ("\"sogoc-codes\": 1", &["\"sogoc-codes\": 0", "\"sogoc-codes\": 18446744073709551615", "\"sogoc-codes\": 1.0"]),
    ("\"version\": 1", &["\"version\": 0", "\"version\": 65535", "\"version\": 65536", "\"version\": 1, \"x\": 1"]),
    ("\"id\": \"", &["\"id\": \"x-", "\"id\": \"-", "\"id\": \"X", "\"id\": \" ", "\"id\": \"1"]),
    ("\"claims\": [", &["\"claims\": [], \"x\": [", "\"claims\": [null, ", "\"claims\": [{}, "]),
    (
        "\"name\": \"sex\"",
        &[
            "\"name\": \"name\"",
            "\"name\": \"marks\"",
            "\"name\": \"vct\"",
            "\"name\": \"a-b\"",
            "\"name\": \"gender\"",
        ],
    ),
    ("\"name\": \"theory\"", &["\"name\": \"practice\"", "\"name\": \"exp\"", "\"name\": \"name\"", "\"name\": \"\""]),
    (
        "\"format\": \"text\"",
        &[
            "\"format\": \"mark\"",
            "\"format\": \"code\"",
            "\"file-digest\": true",
            "\"format\": \"text\", \"sensitive\": true",
        ],
    ),
    (
        "\"format\": \"date\"",
        &["\"format\": \"text\"", "\"format\": \"file_digest\"", "\"object\": []", "\"format\": 1"],
    ),
    ("\"optional\": true, ", &["", "\"optional\": false, ", "\"optional\": 1, ", "\"Optional\": true, "]),
    ("\"sensitive\": true, ", &["", "\"sensitive\": null, "]),
    ("\"group\": [", &["\"object\": [", "\"list\": [", "\"group\": [[], "]),
    ("\"object\": [", &["\"group\": [", "\"object\": [\"\", "]),
    ("\"list\": \"nghe-pho-thong\"", &["\"list\": \"nghe\"", "\"list\": \"nghe-pho-thong\", \"x\": 1"]),
    ("\"table\": {", &["\"table\": {\"x\": 1, ", "\"table\": [], \"y\": {", "\"x\": {"]),
    (
        "\"code\": \"nau-an\"",
        &["\"code\": \"may-va\"", "\"code\": \"tin-hoc\"", "\"code\": \" nau-an\"", "\"code\": \"\""],
    ),
    ("\"vi\": \"", &["\"vi\": \" ", "\"vi\": \"\u{301}", "\"vi\": \"\u{7f}", "\"vi\": \"e\u{301}", "\"vi\": \"Mới "]),
    ("\"en\": \"", &["\"en\": \"\", \"x\": \"", "\"en\": 1, \"x\": \"", "\"en\": \"New "]),
];

/// A text is another; what names its digest follows, or does not.
pub fn text(random: &mut Random, scene: &mut Scene) {
    if scene.definitions.is_empty() {
        return record(random, scene);
    }
    let at = random.below(scene.definitions.len());
    let mut text = String::from_utf8_lossy(&scene.definitions[at]).into_owned();
    let before = digest(text.as_bytes()).to_string();
    let (from, to) = random.of(CHANGES);
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let bytes = if places.is_empty() || random.one_in(6) {
        let mut bytes = text.into_bytes();
        damage(random, &mut bytes);
        bytes
    } else {
        let place = random.of(&places);
        text.replace_range(place..place + from.len(), random.pick(to));
        text.into_bytes()
    };
    let after = digest(&bytes).to_string();
    scene.definitions[at] = bytes;
    if at > 0 && !random.one_in(3) {
        let first = String::from_utf8_lossy(&scene.definitions[0]).replace(&before, &after);
        scene.definitions[0] = first.into_bytes();
    }
    if !random.one_in(3) {
        scene.receipt.proof.batch.definition = Some(digest(&scene.definitions[0]));
    }
}

/// A list of texts that is none, in another order, or too long.
pub fn list(random: &mut Random, scene: &mut Scene) {
    let mut texts = if scene.definitions.is_empty() { texts() } else { scene.definitions.clone() };
    match random.below(7) {
        0 => texts.reverse(),
        1 => texts.push(texts[random.below(texts.len())].clone()),
        2 => drop(texts.remove(random.below(texts.len()))),
        3 => texts = vec![texts[0].clone(); random.of(&[8, 9])],
        4 => texts
            .push(random.of(&["{}", "x", "{\"sogoc-codes\":1}", "{\"sogoc-codes\":2}", "{\"sogoc-schema\":2}"]).into()),
        5 => texts[0].resize(random.of(&[16_384, 16_385]), b' '),
        _ => texts.clear(),
    }
    let mut encoded: Vec<String> = texts.iter().map(|text| quoted(&b64(text))).collect();
    if random.one_in(4) {
        let odd = ["\"+\"", "\"\"", "1", "null", "\"AA==\"", "\"e30\""];
        encoded.insert(random.below(encoded.len() + 1), random.pick(&odd).to_owned());
    }
    let list = if random.one_in(8) {
        random.pick(&["null", "{}", "\"\"", "1"]).to_owned()
    } else {
        format!("[{}]", encoded.join(","))
    };
    scene.bundle.set("definitions", list);
    second_fault(random, scene);
    scene.file = scene.bundle.text().into_bytes();
}
