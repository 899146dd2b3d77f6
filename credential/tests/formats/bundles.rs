//! Bundles and trust anchors from end to end: `bundles.json`.

mod defined;

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value, json};
use sogoc_credential::anchor::{self, AnchorError};
use sogoc_credential::bundle::Bundle;
use sogoc_credential::opening::Opening;
use sogoc_credential::sdjwt::{SdJwt, present};
use sogoc_credential::verify::{Question, Report, verify};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::codec;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{BatchStatuses, ProofMemo, Receipt};
use sogoc_ledger::status::StatusEntry;

use crate::documents::{
    self, NOW, ORIGINAL, asked_here, bound, bound_with, es256_holder, expected, opening, twin, without_pointer,
};
use crate::vectors::{bytes, case, committed, expect, freeze, hex, list, text};

const FILE: &str = "bundles.json";

thread_local!(static MEMO: Rc<ProofMemo> = Rc::default());

const NOW_MS: u64 = NOW as u64 * 1_000;

fn shown(report: &Report) -> Value {
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|check| match &check.reason {
            Some(reason) => json!([check.check, check.outcome, reason.code]),
            None => json!([check.check, check.outcome]),
        })
        .collect();
    let facts = report.facts.as_ref();
    let opened = facts.and_then(|facts| facts.opening.as_ref());
    let history = facts.and_then(|facts| facts.history.as_ref()).map(|history| {
        let entry = |(entry, opening): &(StatusEntry, Option<Opening>)| {
            json!([entry.status, entry.height, opening.as_ref().map(|opening| opening.ground)])
        };
        history.iter().map(entry).collect::<Vec<_>>()
    });
    json!({
        "verdict": report.verdict,
        "checks": checks,
        "status": report.status.as_ref().map(|seen| json!({
            "status": seen.entry.status,
            "as_of": seen.as_of,
            "as_of_height": seen.as_of_height,
            "fresh": seen.fresh,
            "key_suspended": seen.key_suspended,
        })),
        "anchor": report.anchor,
        "correction": opened.map(|opening| opening.correction),
        "ground": opened.map(|opening| opening.ground),
        "history": history,
        "fresh_refused": report.fresh_refused.as_ref().map(|reason| reason.code),
    })
}

/// The answer to one question; a bundle that is none has no report.
fn answer(chain: &Value, vector: &Value) -> Result<Value, String> {
    let bundle = Bundle::from_bytes(text(vector, "bundle").as_bytes()).map_err(|error| error.code().to_owned())?;
    let anchor = Checkpoint::from_bytes(&bytes(&chain["checkpoints"], text(vector, "checkpoint"))).unwrap();
    let fresh =
        vector["fresh"].as_str().map(|name| BatchStatuses::from_bytes(&bytes(&chain["statuses"], name)).unwrap());
    let original = vector.get("original").map(|_| bytes(vector, "original"));
    let report = verify(&Question {
        bundle: &bundle,
        anchor: &anchor,
        fresh: fresh.as_ref(),
        now: Time(vector["now"].as_u64().unwrap()),
        max_age_ms: vector["max_age_ms"].as_u64(),
        holder: vector.get("holder").map(expected),
        original: original.as_deref(),
        roots: None,
        // One for all vectors: it must change no answer.
        memo: &MEMO.with(Rc::clone),
    });
    Ok(shown(&report))
}

struct Vectors {
    chain: Value,
    made: Vec<Value>,
}

impl Vectors {
    fn add(&mut self, description: &str, bundle: &str, checkpoint: &str, more: Value) {
        let mut vector = Map::from_iter([
            ("bundle".to_owned(), json!(bundle)),
            ("checkpoint".to_owned(), json!(checkpoint)),
            ("now".to_owned(), json!(NOW_MS)),
        ]);
        if let Value::Object(more) = more {
            vector.extend(more);
        }
        let vector = Value::Object(vector);
        let answer = answer(&self.chain, &vector);
        self.made.push(case(description, vector, answer));
    }

    fn bundle(&self, sd_jwt: &str, receipt: &str) -> String {
        let receipt = Receipt::from_bytes(&bytes(&self.chain["receipts"], receipt)).unwrap();
        Bundle {
            credential: sd_jwt.to_owned(),
            receipt,
            openings: vec![],
            history: vec![],
            evidence: vec![],
            schema: None,
        }
        .to_json()
    }

    /// The status entry that a receipt shows.
    fn entry(&self, receipt: &str) -> StatusEntry {
        Receipt::from_bytes(&bytes(&self.chain["receipts"], receipt)).unwrap().status.unwrap().entry
    }
}

fn made() -> Value {
    let documents = committed(documents::FILE);
    let sd_jwt = |name: &str| {
        let found = list(&documents, "documents").iter().find(|document| text(document, "name") == name);
        text(found.unwrap(), "sd_jwt").to_owned()
    };
    let (first, second) = (sd_jwt("first"), sd_jwt("second"));
    let mut vectors = Vectors { chain: committed("chain.json"), made: vec![] };
    let v = &mut vectors;
    let plain = v.bundle(&first, "first@2");
    let shown = present(&SdJwt::parse(&first).unwrap(), &["name", "subjects/Toán/year"]).unwrap();
    let file = v.bundle(&sd_jwt("signed-file"), "signed-file@2");
    let with_opening = |receipt: &Value, openings| {
        let receipt = Receipt::from_bytes(&bytes(receipt, "second@2")).unwrap();
        Bundle { credential: second.clone(), receipt, openings, history: vec![], evidence: vec![], schema: None }
            .to_json()
    };
    let revocation = opening(&documents, "revoked");
    let mut other = revocation.clone();
    other.salt = [0; 16];
    let none = || json!({});

    v.add("in force, against genesis", &plain, "genesis", none());
    v.add("in force, against the checkpoint of its own block", &plain, "height 2", none());
    let presented = v.bundle(&shown, "first@2");
    v.add("a presentation of two claims", &presented, "genesis", none());
    let refreshed = v.bundle(&first, "first@1, for checkpoint 4");
    v.add("refreshed for a newer checkpoint", &refreshed, "height 4", none());
    v.add("older than the anchor", &plain, "height 4", none());
    v.add("a fresh status that is newer", &plain, "genesis", json!({ "fresh": "a@4" }));
    v.add("a fresh status that is older counts for nothing", &plain, "genesis", json!({ "fresh": "a@1" }));
    v.add(
        "a status as old as asked",
        &plain,
        "genesis",
        json!({
            "now": 1_767_243_602_000u64 + 60_000, "max_age_ms": 60_000,
        }),
    );
    v.add(
        "a status older than asked",
        &plain,
        "genesis",
        json!({
            "now": 1_767_243_602_000u64 + 60_001, "max_age_ms": 60_000,
        }),
    );
    let before = v.bundle(&second, "second@1");
    v.add("before its revocation", &before, "genesis", none());
    v.add("the same, with a fresh status: revoked", &before, "genesis", json!({ "fresh": "a@4" }));
    let revoked = with_opening(&v.chain["receipts"], vec![]);
    v.add("revoked", &revoked, "genesis", none());
    let opened = with_opening(&v.chain["receipts"], vec![other.clone(), revocation]);
    v.add("revoked, with what is behind it", &opened, "genesis", none());
    let opened = with_opening(&v.chain["receipts"], vec![other]);
    v.add("revoked, with an opening of something else", &opened, "genesis", none());
    successions(v, &sd_jwt);
    suspensions(v, &sd_jwt);
    histories(v, &documents, &sd_jwt("corrected"));
    let mismatched = Bundle {
        credential: sd_jwt("mismatched"),
        receipt: Receipt::from_bytes(&bytes(&v.chain["receipts"], "mismatched@8")).unwrap(),
        openings: vec![opening(&documents, "of another correction")],
        history: vec![],
        evidence: vec![],
        schema: None,
    };
    v.add("superseded, by an opening that suspends", &mismatched.to_json(), "genesis", none());
    let early = v.bundle(&sd_jwt("too-early"), "too-early@2");
    v.add("of the day before the grant", &early, "genesis", none());
    for (description, name) in [
        ("of the first day of the grant", "first-day"),
        ("of the last day of the grant", "last-day"),
        ("of the day after the grant", "too-late"),
        ("of a day before 1970", "before-1970"),
        ("sealed as another type", "other-type"),
        ("sealed with another key", "other-key"),
        ("sealed under another version of its schema", "other-version"),
    ] {
        let bundle = v.bundle(&sd_jwt(name), &format!("{name}@2"));
        v.add(description, &bundle, "genesis", none());
    }
    for (description, receipt, anchor) in [
        ("before a plan of two steps changed the validators", "changing@2", "changing, genesis"),
        ("after the first step, against the founders", "changing@9", "changing, genesis"),
        ("after both steps, against the founders", "changing@12", "changing, genesis"),
        (
            "of the founders' era, refreshed for a checkpoint after both steps",
            "changing@2, for checkpoint 12",
            "changing, height 12",
        ),
        (
            "of the era between, refreshed for a checkpoint after both steps",
            "changing@9, for checkpoint 12",
            "changing, height 12",
        ),
        ("of the era between, older than the checkpoint", "changing@9", "changing, height 12"),
    ] {
        let bundle = v.bundle(&first, receipt);
        v.add(description, &bundle, anchor, none());
    }
    let bundle = v.bundle(&without_pointer(), "first@2");
    v.add("a pointer that is none", &bundle, "genesis", none());
    let latest = v.bundle(&first, "first@4");
    v.add("a fresh status of the receipt's own block", &latest, "genesis", json!({ "fresh": "a@4" }));
    v.add("a fresh status of another batch", &file, "genesis", json!({ "fresh": "a@4" }));
    v.add("fresh statuses of other documents", &plain, "genesis", json!({ "fresh": "a, over other documents" }));
    v.add("a fresh status of a block older than the anchor", &refreshed, "height 4", json!({ "fresh": "a@1" }));
    v.add("the receipt of another document of the batch", &v.bundle(&first, "second@2"), "genesis", none());
    v.add("the receipt of another batch", &v.bundle(&first, "signed-file@2"), "genesis", none());
    v.add("older than an anchor of another chain of that name", &plain, "changing, height 7", none());
    v.add("expires in an hour", &file, "genesis", none());
    v.add("expires now", &file, "genesis", json!({ "now": NOW_MS + 3_600_000 }));
    v.add("with its original", &file, "genesis", json!({ "original": hex(ORIGINAL) }));
    v.add("with another file", &file, "genesis", json!({ "original": hex(b"other") }));
    let hidden = present(&SdJwt::parse(&sd_jwt("signed-file")).unwrap(), &[]).unwrap();
    let hidden = v.bundle(&hidden, "signed-file@2");
    v.add("an original, and no digest shown", &hidden, "genesis", json!({ "original": hex(ORIGINAL) }));
    let held = v.bundle(&bound(&first, &["name"]), "first@2");
    v.add("shown by its holder", &held, "genesis", json!({ "holder": asked_here() }));
    v.add("a holder asked for and none", &plain, "genesis", json!({ "holder": asked_here() }));
    let damaged = v.bundle(&first.replacen('~', "~~", 1), "first@2");
    v.add("a damaged document", &damaged, "genesis", none());
    let unknown = v.bundle(&first.replacen(&first[..4], "AAAA", 1), "first@2");
    v.add("a header that is no JSON", &unknown, "genesis", none());
    files(v, &plain, &documents);
    of_es256(v, &sd_jwt("es256"), &sd_jwt("es256-other-key"));
    defined::vectors(v, &sd_jwt);
    let Vectors { chain, made } = vectors;
    json!({
        "about": "Bundles, the question asked of each, and the report; checkpoint files. Checkpoints and fresh statuses are named in chain.json",
        "checkpoint_files": checkpoint_files(&chain),
        "vectors": made,
    })
}

/// Sealed by one issuer for another, as its successor or not.
fn successions(v: &mut Vectors, sd_jwt: &dyn Fn(&str) -> String) {
    for (receipt, description) in [
        ("third@2", "sealed by a successor of the issuer that it names"),
        ("third@8", "sealed by a successor whose succession was ended later"),
        ("third, by no successor", "sealed for an issuer that has no successor"),
        ("third, by another than the successor", "sealed by another than the successor"),
        ("third, by a successor that may not seal", "sealed by a successor that may amend and revoke only"),
        ("third, by one that may only seal", "sealed by a successor that may seal only"),
        ("third, on the day before the succession", "sealed on the day before the succession"),
        ("third, on the first day of the succession", "sealed on the first day of the succession"),
        ("third, on the last day of the succession", "sealed on the last day of the succession"),
        ("third, on the day after the succession", "sealed on the day after the succession"),
        ("third, by the second of two successions", "sealed under the second of two successions"),
        ("third, granted from its day on", "of the first day of a grant of the issuer that was acted for"),
        ("third, granted from the next day on", "of the day before the grant of the issuer that was acted for"),
        ("third, sealed for nobody", "names another issuer than sealed it, which acted for nobody"),
    ] {
        let bundle = v.bundle(&sd_jwt("third"), receipt);
        v.add(description, &bundle, "genesis", json!({}));
    }
    let bundle = v.bundle(&sd_jwt("first"), "first, sealed for another");
    v.add("names the issuer that sealed it, which acted for another", &bundle, "genesis", json!({}));
    let bundle = v.bundle(&sd_jwt("third"), "third@1");
    v.add("a fresh status of what was sealed for another", &bundle, "genesis", json!({ "fresh": "third@8" }));
}

/// Sealed with a key that was suspended later.
fn suspensions(v: &mut Vectors, sd_jwt: &dyn Fn(&str) -> String) {
    let late = sd_jwt("late-key");
    for (name, receipt, description) in [
        ("early-key", "early-key@4", "sealed before the time since which its key is held"),
        ("early-key", "early-key@5", "sealed before the time since which its key is suspended"),
        ("late-key", "late-key@3", "sealed with a key that is not suspended yet"),
        ("late-key", "late-key@4, held", "sealed with a key that is held"),
        ("late-key", "late-key@5", "sealed with a key that is suspended, at the very time since which it is"),
        ("late-key", "late-key@8", "revoked, and its key is suspended"),
        ("late-key", "late-key@5, a millisecond before it lapses", "a millisecond before the suspension lapses"),
        ("late-key", "late-key@6, lapsed", "when the suspension lapses"),
        ("first", "first@8", "another key of the issuer is suspended"),
    ] {
        let bundle = v.bundle(&sd_jwt(name), receipt);
        v.add(description, &bundle, "genesis", json!({}));
    }
    for (receipt, fresh, description) in [
        ("late-key@3", "late-key@5", "before its key was suspended, with a fresh status"),
        ("late-key@4, held", "late-key@6, lapsed", "while its key was held, with a fresh status after that lapsed"),
        ("late-key@8", "late-key@5", "revoked, and a status that is older and fresh counts for nothing"),
    ] {
        let bundle = v.bundle(&late, receipt);
        v.add(description, &bundle, "genesis", json!({ "fresh": fresh }));
    }
    let bundle = v.bundle(&late, "late-key@5");
    v.add("its key is suspended, and the status is too old", &bundle, "genesis", json!({ "max_age_ms": 1 }));
}

/// What is told of the statuses that a document had before.
fn histories(v: &mut Vectors, documents: &Value, sd_jwt: &str) {
    let [suspended, reinstated, superseded] =
        ["corrected@2", "corrected@3", "corrected@5"].map(|receipt| v.entry(receipt));
    let revoked = v.entry("second@2");
    let openings = |names: &[&str]| names.iter().map(|name| opening(documents, name)).collect::<Vec<_>>();
    let all = ["suspended", "reinstated", "superseded"];
    let with = |v: &Vectors, receipt: &str, openings: Vec<Opening>, history: Vec<StatusEntry>| {
        let receipt = Receipt::from_bytes(&bytes(&v.chain["receipts"], receipt)).unwrap();
        Bundle { credential: sd_jwt.to_owned(), receipt, openings, history, evidence: vec![], schema: None }.to_json()
    };
    let two = || vec![suspended.clone(), reinstated.clone()];
    for (description, receipt, names, history) in [
        ("nothing ever changed", "corrected@1", &all[..], vec![]),
        ("the history of a status that never changed", "corrected@1", &[], two()),
        ("suspended, with what is behind it", "corrected@2", &all[..1], vec![]),
        ("reinstated, with its history", "corrected@3", &all[..2], vec![suspended.clone()]),
        ("superseded, with its history and what is behind it", "corrected@5", &all[..], two()),
        ("superseded, with its history alone", "corrected@5", &[], two()),
        ("superseded, without its history", "corrected@5", &all[2..], vec![]),
        ("a history that begins too late", "corrected@5", &all[..], vec![reinstated.clone()]),
        ("a history that ends too early", "corrected@5", &all[..], vec![suspended.clone()]),
        ("a history in another order", "corrected@5", &all[..], vec![reinstated.clone(), suspended.clone()]),
        ("a history with the latest entry", "corrected@5", &all[..], {
            vec![suspended.clone(), reinstated.clone(), superseded.clone()]
        }),
        ("a history with an entry twice", "corrected@5", &all[..], {
            vec![suspended.clone(), suspended.clone(), reinstated.clone()]
        }),
        ("a history of another document", "corrected@5", &all[..], vec![revoked.clone(), reinstated.clone()]),
        ("a history that begins with an unchanged entry", "corrected@3", &all[..], {
            vec![StatusEntry::unchanged(2), suspended.clone()]
        }),
        ("a history that somebody made up", "corrected@5", &all[..], {
            vec![suspended.clone(), StatusEntry { time: Time(1), ..reinstated.clone() }]
        }),
    ] {
        let bundle = with(v, receipt, openings(names), history);
        v.add(description, &bundle, "genesis", json!({}));
    }
    for (description, receipt, history, fresh) in [
        ("a fresh status that replaced that of the receipt", "corrected@2", vec![], "a@3"),
        ("a fresh status, and the history of the receipt's", "corrected@3", vec![suspended.clone()], "a@5"),
        ("a fresh status, and its own history", "corrected@2", two(), "a@5"),
        ("a fresh status, and an entry between is not told", "corrected@2", vec![], "a@5"),
        ("a fresh status of a document of which nothing had changed", "corrected@1", vec![], "a@3"),
        ("a fresh status of the same entry, and its history", "corrected@3", vec![suspended.clone()], "a@4"),
    ] {
        let bundle = with(v, receipt, openings(&all), history);
        v.add(description, &bundle, "genesis", json!({ "fresh": fresh }));
    }
}

/// Documents of an issuer whose key is of P-256.
fn of_es256(v: &mut Vectors, sd_jwt: &str, by_another_key: &str) {
    let none = || json!({});
    let (plain, other) = (v.bundle(sd_jwt, "es256@2"), v.bundle(by_another_key, "es256-other-key@2"));
    v.add("es256: in force", &plain, "genesis", none());
    let jwt = sd_jwt.split('~').next().unwrap();
    let high = v.bundle(&sd_jwt.replacen(jwt, &twin(jwt), 1), "es256@2");
    v.add("es256: a high s", &high, "genesis", none());
    let held = v.bundle(&bound_with(&es256_holder(), sd_jwt, &["name"]), "es256@2");
    v.add("es256: shown by its holder", &held, "genesis", json!({ "holder": asked_here() }));
    v.add("es256: sealed with a key of P-256, signed with one of Ed25519", &other, "genesis", none());
    v.add(
        "es256: the receipt of another document of the batch",
        &v.bundle(sd_jwt, "es256-other-key@2"),
        "genesis",
        none(),
    );
}

/// Files that are no bundle.
fn files(v: &mut Vectors, plain: &str, documents: &Value) {
    let receipt = {
        let value: Value = serde_json::from_str(plain).unwrap();
        text(&value, "receipt").to_owned()
    };
    let mut refuse = |description: &str, file: &str| v.add(description, file, "genesis", json!({}));
    refuse("not JSON", "x");
    refuse("no members", "{}");
    refuse("a further member", &plain.replacen('{', "{\"x\":1,", 1));
    refuse("a member twice", &plain.replacen('{', "{\"sogoc-bundle\":2,", 1));
    refuse("format 3 with further members", "{\"sogoc-bundle\":3,\"x\":1}");
    refuse("format 3 and a member twice", "{\"sogoc-bundle\":3,\"x\":1,\"x\":1}");
    refuse("format 3 and a number that is no integer", "{\"sogoc-bundle\":3,\"x\":1.0}");
    refuse("format 3 and 8 containers in one another", "{\"sogoc-bundle\":3,\"x\":[[[[[[[]]]]]]]}");
    refuse("format 3 and 9 containers in one another", "{\"sogoc-bundle\":3,\"x\":[[[[[[[[]]]]]]]]}");
    refuse("format 3 and half a surrogate", "{\"sogoc-bundle\":3,\"x\":\"\\ud800\"}");
    refuse("format 2⁶⁴ − 1", "{\"sogoc-bundle\":18446744073709551615}");
    refuse("format -1", "{\"sogoc-bundle\":-1}");
    refuse("format 2 with a fraction", &plain.replacen("\"sogoc-bundle\": 2", "\"sogoc-bundle\": 2.0", 1));
    refuse("a byte order mark", &format!("\u{feff}{plain}"));
    refuse("a lone surrogate", &plain.replacen("\"credential\": \"", "\"credential\": \"\\ud800", 1));
    refuse("a list of the members", "[1,\"x\",\"AQ\"]");
    let with_openings = |openings: &str| {
        plain.replacen(&format!("\"{receipt}\""), &format!("\"{receipt}\",\"openings\":{openings}"), 1)
    };
    let with_evidence = |evidence: &str| {
        plain.replacen(&format!("\"{receipt}\""), &format!("\"{receipt}\",\"evidence\":{evidence}"), 1)
    };
    refuse("evidence that is null", &with_evidence("null"));
    refuse("evidence that is no text", &with_evidence("[1]"));
    refuse("evidence of nothing", &with_evidence("[]"));
    refuse("evidence whose statement and signature are empty", &with_evidence("[\"AAAAAA\"]"));
    refuse("evidence that is not base64url", &with_evidence("[\"+\"]"));
    refuse("evidence cut short", &with_evidence("[\"AAAAAQ\"]"));
    refuse("evidence with a byte behind it", &with_evidence("[\"AAAAAAA\"]"));
    refuse("evidence four times", &with_evidence("[\"AAAAAA\",\"AAAAAA\",\"AAAAAA\",\"AAAAAA\"]"));
    refuse("evidence five times", &with_evidence("[\"AAAAAA\",\"AAAAAA\",\"AAAAAA\",\"AAAAAA\",\"AAAAAA\"]"));
    let long = Base64UrlUnpadded::encode_string(&[&[2, 1][..], &[0; 513 + 2]].concat());
    refuse("evidence with a statement of 513 bytes", &with_evidence(&format!("[\"{long}\"]")));
    refuse("openings that are null", &with_openings("null"));
    refuse("an opening that is no text", &with_openings("[1]"));
    refuse("an opening that is not base64url", &with_openings("[\"+\"]"));
    refuse("a damaged opening beside a damaged receipt", &with_openings("[\"AA\"]").replacen(&receipt, "Ag", 1));
    refuse("format 256", &plain.replacen("\"sogoc-bundle\": 2", "\"sogoc-bundle\": 256", 1));
    refuse("a format that is text", &plain.replacen("\"sogoc-bundle\": 2", "\"sogoc-bundle\": \"1\"", 1));
    refuse("a receipt that is not base64url", &plain.replacen(&receipt, "+", 1));
    refuse("a receipt with padding", &plain.replacen(&receipt, &format!("{receipt}="), 1));
    refuse("a receipt of nothing", &plain.replacen(&receipt, "", 1));
    refuse("a receipt of an unknown format", &plain.replacen(&receipt, "Aw", 1));
    refuse("a receipt of formats 1", &plain.replacen(&receipt, "AQ", 1));
    refuse("formats 1", &plain.replacen("\"sogoc-bundle\": 2", "\"sogoc-bundle\": 1", 1));
    refuse(
        "a damaged opening",
        &plain.replacen(&format!("\"{receipt}\""), &format!("\"{receipt}\",\"openings\":[\"AA\"]"), 1),
    );
    let opening = Base64UrlUnpadded::encode_string(&codec::encode(&opening(documents, "revoked")));
    let entry = Base64UrlUnpadded::encode_string(&codec::encode(&StatusEntry::unchanged(0)));
    let many = |text: &str, count| format!("[{}]", vec![format!("\"{text}\""); count].join(","));
    refuse("17 openings", &with_openings(&many(&opening, 17)));
    let with_history =
        |history: &str| plain.replacen(&format!("\"{receipt}\""), &format!("\"{receipt}\",\"history\":{history}"), 1);
    refuse("a history that is null", &with_history("null"));
    refuse("a history whose entry is no text", &with_history("[1]"));
    refuse("a history that is not base64url", &with_history("[\"+\"]"));
    refuse("a history of nothing", &with_history("[\"\"]"));
    let longer = Base64UrlUnpadded::encode_string(&[codec::encode(&StatusEntry::unchanged(0)), vec![0]].concat());
    refuse("an entry of the history with a byte after its end", &with_history(&many(&longer, 1)));
    refuse("16 entries of a history", &with_history(&many(&entry, 16)));
    refuse("17 entries of a history", &with_history(&many(&entry, 17)));
    let both = |openings: &str, history: &str| with_history(&format!("{history},\"openings\":{openings}"));
    refuse("17 openings, and 17 entries of a history", &both(&many(&opening, 17), &many(&entry, 17)));
    refuse("17 entries of a history, and a damaged opening", &both(&many("AA", 1), &many(&entry, 17)));
    refuse("a damaged opening, and a damaged entry of a history", &both(&many("AA", 1), &many("AA", 1)));
    refuse(
        "17 entries of a history, and a damaged receipt",
        &with_history(&many(&entry, 17)).replacen(&receipt, "Ag", 1),
    );
    refuse(
        "a damaged entry of a history, and a damaged receipt",
        &with_history(&many("AA", 1)).replacen(&receipt, "Ag", 1),
    );
}

fn file_answer(vector: &Value) -> Result<Value, String> {
    match anchor::from_file(text(vector, "file").as_bytes()) {
        Ok(checkpoint) => Ok(json!({ "height": checkpoint.header.height, "hash": checkpoint.hash() })),
        Err(AnchorError::Form) => Err("form".into()),
        Err(AnchorError::Checkpoint(_)) => Err("checkpoint".into()),
        Err(AnchorError::Disagrees) => Err("disagrees".into()),
    }
}

fn checkpoint_files(chain: &Value) -> Vec<Value> {
    let checkpoint = Checkpoint::from_bytes(&bytes(&chain["checkpoints"], "height 2")).unwrap();
    let good = anchor::to_file(&checkpoint);
    let encoded = Base64UrlUnpadded::encode_string(&codec::encode(&checkpoint));
    let cases = [
        ("sound", good.clone()),
        ("a further member", good.replacen('{', "{\"x\":1,", 1)),
        ("another height for people", good.replacen("\"height\": 2", "\"height\": 3", 1)),
        ("another format", good.replacen("\"sogoc-checkpoint\": 1", "\"sogoc-checkpoint\": 2", 1)),
        (
            "a hash in upper case",
            good.replacen(&checkpoint.hash().to_string(), &checkpoint.hash().to_string().to_uppercase(), 1),
        ),
        ("format 256", good.replacen("\"sogoc-checkpoint\": 1", "\"sogoc-checkpoint\": 256", 1)),
        ("a height below 0", good.replacen("\"height\": 2", "\"height\": -2", 1)),
        ("a height with a fraction", good.replacen("\"height\": 2", "\"height\": 2.0", 1)),
        ("a height that is text", good.replacen("\"height\": 2", "\"height\": \"2\"", 1)),
        ("a member twice", good.replacen('{', "{\"sogoc-checkpoint\":1,", 1)),
        ("a member too few", good.replacen("\"sogoc-checkpoint\": 1", "\"x\": 1", 1)),
        ("text after the JSON", format!("{good}x")),
        ("a byte after the checkpoint", {
            let longer = [codec::encode(&checkpoint), vec![0]].concat();
            good.replacen(&encoded, &Base64UrlUnpadded::encode_string(&longer), 1)
        }),
        ("a checkpoint cut short", good.replacen(&encoded, &encoded[..encoded.len() - 4], 1)),
        ("not base64url", good.replacen(&encoded, "%", 1)),
    ];
    let vector = |(description, file): &(&str, String)| {
        let vector = json!({ "file": file });
        let answer = file_answer(&vector);
        case(description, vector, answer)
    };
    cases.iter().map(vector).collect()
}

#[test]
fn a_checkpoint_file_is_bounded() {
    let chain = committed("chain.json");
    let checkpoint = Checkpoint::from_bytes(&bytes(&chain["checkpoints"], "height 2")).unwrap();
    let mut file = anchor::to_file(&checkpoint).into_bytes();
    file.resize(anchor::MAX_ANCHOR_FILE_BYTES, b' ');
    assert_eq!(anchor::from_file(&file), Ok(checkpoint));
    file.push(b' ');
    assert_eq!(anchor::from_file(&file), Err(AnchorError::Form));
}

#[test]
fn bundles_are_frozen() {
    freeze(FILE, &made());
    let (file, chain) = (committed(FILE), committed("chain.json"));
    for vector in list(&file, "vectors") {
        expect(FILE, vector, answer(&chain, vector));
    }
    for vector in list(&file, "checkpoint_files") {
        expect(FILE, vector, file_answer(vector));
    }
}
