//! What an approver is shown: exactly what would be signed, what the ledger says of it, and what could not be checked.

use serde_json::{Value, json};
use sogoc_credential::report::Checked;
use sogoc_ledger::merkle;
use sogoc_ledger::record::{Issuer, Origin};
use sogoc_ledger::transaction::Issue;

use super::found::{About, Found};
use crate::approval::{Asked, Change, Matter};
use crate::command::{claims, verify::clock};
use crate::language::Language;

/// A matter, for programs. Members may be added.
pub(super) fn as_json(asked: &Asked, matter: &Matter, found: &Found, about: &About) -> Value {
    let name = |issuer: &Issuer| json!({ "id": issuer.id, "name": issuer.name, "name_en": issuer.name_en });
    let mut members = json!({
        "chain": asked.chain,
        "issuer": found.issuer.as_ref().map_or_else(|| json!({ "id": asked.issuer }), name),
        "key": asked.key,
        "valid_until": asked.valid_until,
        "code": asked.code(),
        "unchecked": about.unchecked.iter().map(|unchecked| unchecked.texts().0).collect::<Vec<_>>(),
    });
    match matter {
        Matter::Seal(issue) => {
            members["seal"] = json!({
                "act_for": issue.act_for,
                "entitled_by": about.named.as_ref().map(|(_, decision)| decision),
                "type": issue.document_type,
                "schema": issue.schema,
                "period": issue.period,
                "documents": issue.leaves.len(),
                "origin": issue.origin,
                "batch": issue.batch,
                "root": merkle::root(&issue.leaves),
            });
        }
        Matter::Change(matter) => {
            let Change { change, opening, .. } = &**matter;
            members["status"] = json!({
                "correction": opening.correction.code(),
                "to": change.to,
                "ground": opening.ground.code(),
                "decision": opening.decision,
                "decision_date": opening.decision_date,
                "batch_issuer": change.batch_issuer,
                "batch": change.batch,
                "index": change.index,
                "document": document(&about.document),
                "replaced_by": opening.replacement,
                "replacement": document(&about.replacement),
            });
        }
    }
    members
}

/// A matter, for people.
pub(super) fn print(asked: &Asked, matter: &Matter, found: &Found, about: &About, language: Language) {
    let line = |vi: &str, en: &str, value: &str| println!("  {:<24} {value}", language.pick(vi, en));
    match matter {
        Matter::Seal(_) => println!("{}", language.pick("GHI SỔ MỘT LÔ HỒ SƠ", "SEAL A BATCH OF DOCUMENTS")),
        Matter::Change(change) => {
            let correction = change.opening.correction;
            let (vi, en) = (correction.vi().to_uppercase(), correction.code().to_uppercase());
            println!("{}", language.pick(&format!("{vi} MỘT VĂN BẢN"), &format!("{en} A DOCUMENT")));
        }
    }
    line("Đơn vị", "Issuer", &named(&asked.issuer, found.issuer.as_ref(), language));
    match matter {
        Matter::Seal(issue) => print_issue(issue, about, language, &line),
        Matter::Change(change) => print_change(change, about, language, &line),
    }
    line("Mạng", "Network", asked.chain.as_str());
    line("Có hiệu lực đến", "Valid until", &clock(asked.valid_until));
    line("Mã đối chiếu", "Code to compare", &asked.code());
    for unchecked in &about.unchecked {
        let (_, vi, en) = unchecked.texts();
        line("Chưa kiểm tra được", "Could not be checked", language.pick(vi, en));
    }
    println!();
}

fn print_issue(issue: &Issue, about: &About, language: Language, line: &dyn Fn(&str, &str, &str)) {
    if let Some(act_for) = &issue.act_for {
        let named = named(act_for, about.named.as_ref().map(|(issuer, _)| issuer), language);
        line("Thay mặt", "Acting for", &named);
    }
    line("Loại", "Type", issue.document_type.as_str());
    line("Kỳ", "Period", &issue.period);
    line("Số hồ sơ", "Documents", &issue.leaves.len().to_string());
    let (vi, en) = match issue.origin {
        Origin::Issued => ("cấp mới", "issued"),
        Origin::Digitised => ("số hóa từ hồ sơ cũ", "digitised from older records"),
    };
    line("Nguồn", "Origin", language.pick(vi, en));
    if let Some((_, decision)) = &about.named {
        line("Theo quyết định", "Entitled by", decision);
    }
    line("Lô", "Batch", &issue.batch.to_string());
    line("Mã băm của lô", "Root of the batch", &merkle::root(&issue.leaves).to_string());
}

fn print_change(change: &Change, about: &About, language: Language, line: &dyn Fn(&str, &str, &str)) {
    let Change { change, opening, .. } = change;
    line("Lý do", "Ground", language.pick(opening.ground.vi(), opening.ground.en()));
    line("Quyết định", "Decision", &format!("{} ({})", opening.decision, opening.decision_date));
    let place = format!("{} {} #{}", change.batch_issuer, change.batch, change.index);
    line("Văn bản", "Document", &place);
    print_document(about.document.as_ref(), language, line);
    if let Some(replacement) = &opening.replacement {
        let place = format!("{} {} {}", replacement.issuer, replacement.batch, replacement.leaf);
        line("Thay bằng", "Replaced by", &place);
        print_document(about.replacement.as_ref(), language, line);
    }
}

fn print_document(checked: Option<&Checked>, language: Language, line: &dyn Fn(&str, &str, &str)) {
    let Some(facts) = checked.and_then(|checked| checked.report.as_ref()?.facts.as_ref()) else { return };
    if let Some(title) = facts.title() {
        line("  Loại", "  Type", language.pick(&title.vi, &title.en));
    }
    if let Some(issuer) = &facts.named_issuer {
        line("  Đơn vị cấp", "  Issuer", language.pick(&issuer.name, &issuer.name_en));
    }
    line("  Ngày", "  Date", &facts.date);
    if let Some(disclosed) = &facts.disclosed {
        claims::print(facts, disclosed, "      ", language);
    }
}

fn document(checked: &Option<Checked>) -> Option<Value> {
    checked.as_ref()?.to_json().remove("document")
}

fn named(id: &impl std::fmt::Display, issuer: Option<&Issuer>, language: Language) -> String {
    match issuer {
        Some(issuer) => format!("{} ({id})", language.pick(issuer.name.as_str(), issuer.name_en.as_str())),
        None => id.to_string(),
    }
}
