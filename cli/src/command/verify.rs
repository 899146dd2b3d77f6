//! `sogoc verify`: is this document what it says it is, offline or with a fresh status.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use sogoc_credential::binding::Roots;
use sogoc_credential::bundle::{Bundle, MAX_BUNDLE_BYTES};
use sogoc_credential::opening::Opening;
use sogoc_credential::reason::Reason;
use sogoc_credential::report::Checked;
use sogoc_credential::sdjwt::SdJwt;
use sogoc_credential::verify::{Name, Outcome, Question, Verdict, verify};
use sogoc_ledger::checkpoint::Checkpoint;
use sogoc_ledger::name::Time;
use sogoc_ledger::receipt::{BatchStatuses, Pointer, ProofMemo};
use sogoc_ledger::record::Origin;
use sogoc_ledger::status::Status;

use super::claims;
use crate::client::Client;
use crate::failure::{Failure, NOT_DONE};
use crate::files;
use crate::language::Language;

/// A sealed original, in bytes.
const MAX_ORIGINAL_BYTES: usize = 64 << 20;

/// Options of `sogoc verify`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The learner's files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Trust anchor: a file made by `sogoc checkpoint export`.
    #[arg(long, env = "SOGOC_TRUST", value_name = "ANCHOR")]
    trust: Option<PathBuf>,
    /// A node to ask for the present status. It learns the batch, never the document.
    #[arg(long, env = "SOGOC_NODE", value_name = "URL")]
    node: Option<String>,
    /// Ask nobody, even if a node is configured.
    #[arg(long)]
    offline: bool,
    /// The oldest status that is good enough, as 24h or 30d.
    #[arg(long, value_name = "D", value_parser = duration_ms)]
    max_age: Option<u64>,
    /// The file that was sealed, for a document signed elsewhere.
    #[arg(long, value_name = "FILE")]
    original: Option<PathBuf>,
    /// Roots of certificates: shows whose certificate the key that sealed it is bound to.
    #[arg(long, env = "SOGOC_ROOTS", value_name = "FILE")]
    roots: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
    /// Write one line for each file.
    #[arg(long, value_name = "CSV")]
    report: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, language: Language) -> Result<ExitCode, Failure> {
    let Some(trust) = &arguments.trust else {
        return Err(Failure::not_done(
            "no-trust-anchor",
            "Thiếu điểm tin cậy. Dùng --trust với tệp do Sở GDĐT công bố (sogoc checkpoint export).",
            "There is no trust anchor. Use --trust with the file that the Department publishes (sogoc checkpoint export).",
        ));
    };
    let anchor = files::read_anchor(trust).map_err(|failure| Failure { exit: NOT_DONE, ..failure })?;
    let original = arguments.original.as_deref().map(|path| files::read(path, MAX_ORIGINAL_BYTES)).transpose()?;
    let node = arguments.node.as_deref().filter(|_| !arguments.offline).map(Client::new);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(Time(0), |now| Time(now.as_millis() as u64));
    let roots = arguments.roots.as_deref().map(super::binding::read_roots).transpose()?;
    let against = Against { anchor, node, original, roots, now, memo: ProofMemo::default() };
    let mut checked = Vec::new();
    for path in &arguments.files {
        let one = check(path, arguments, &against);
        let file = path.display().to_string();
        if arguments.json {
            println!("{}", as_json(&file, &one));
        } else {
            print(&file, &one, language, arguments.files.len() > 1);
        }
        checked.push((file, one));
    }
    if let Some(path) = &arguments.report {
        write_report(path, &checked, language)?;
    }
    let any = |wanted: &dyn Fn(Verdict) -> bool| checked.iter().any(|(_, one)| wanted(one.verdict));
    Ok(ExitCode::from(if any(&|verdict| verdict == Verdict::CannotCheck) {
        2
    } else if any(&|verdict| verdict != Verdict::Valid) {
        1
    } else {
        0
    }))
}

/// What every file is checked against.
struct Against {
    anchor: Checkpoint,
    node: Option<Client>,
    original: Option<Vec<u8>>,
    roots: Option<Roots>,
    now: Time,
    memo: ProofMemo,
}

fn check(path: &Path, arguments: &Arguments, against: &Against) -> Checked {
    let Ok(bytes) = files::read(path, MAX_BUNDLE_BYTES) else {
        let unreadable =
            Reason { code: "unreadable", vi: "Không đọc được tệp.", en: "The file cannot be read." };
        return Checked::unread(Verdict::CannotCheck, unreadable);
    };
    let bundle = match Bundle::from_bytes(&bytes) {
        Ok(bundle) => bundle,
        Err(error) => return Checked::from(&error),
    };
    let anchor = &against.anchor;
    let fetched = against.node.as_ref().and_then(|node| Some(fetch(node, &bundle, pointer(&bundle)?, anchor)));
    let (fresh, not_fetched) = match fetched {
        Some(Ok(fresh)) => (Some(fresh), None),
        Some(Err(failure)) => (None, Some(failure.code)),
        None => (None, None),
    };
    let report = verify(&Question {
        bundle: &bundle,
        anchor,
        fresh: fresh.as_ref(),
        now: against.now,
        max_age_ms: arguments.max_age,
        holder: None,
        original: against.original.as_deref(),
        roots: against.roots.as_ref(),
        memo: &against.memo,
    });
    Checked::of(report, not_fetched)
}

/// Where the document says it was sealed.
pub fn pointer(bundle: &Bundle) -> Option<Pointer> {
    let ledger = SdJwt::parse_with(&bundle.credential, bundle.schema.as_ref()).ok()?.envelope.ledger;
    Some(Pointer {
        chain: ledger.chain.parse().ok()?,
        issuer: ledger.issuer.parse().ok()?,
        batch: ledger.batch.parse().ok()?,
    })
}

fn fetch(node: &Client, bundle: &Bundle, pointer: Pointer, anchor: &Checkpoint) -> Result<BatchStatuses, Failure> {
    let batch = &bundle.receipt.proof.batch;
    node.statuses(&pointer, batch.size, &batch.period, anchor.header.height)
}

/// Milliseconds of a span such as `90s`, `15m`, `24h` or `30d`.
fn duration_ms(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| !c.is_ascii_digit()).len());
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("a number and s, m, h or d, as 24h".into()),
    };
    let number: u64 = number.parse().map_err(|_| "a number and s, m, h or d, as 24h".to_owned())?;
    number.checked_mul(seconds * 1_000).ok_or_else(|| "too long".into())
}

fn words(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Valid => ("HỢP LỆ", "VALID"),
        Verdict::Invalid => ("KHÔNG HỢP LỆ", "INVALID"),
        Verdict::Revoked => ("ĐÃ THU HỒI", "REVOKED"),
        Verdict::Superseded => ("ĐÃ THAY THẾ", "SUPERSEDED"),
        Verdict::Suspended => ("TẠM DỪNG HIỆU LỰC", "SUSPENDED"),
        Verdict::CannotCheck => ("KHÔNG KIỂM TRA ĐƯỢC", "CANNOT CHECK"),
    }
}

fn label(check: Name) -> (&'static str, &'static str) {
    match check {
        Name::Integrity => ("toàn vẹn", "integrity"),
        Name::Disclosures => ("thông tin được chia sẻ", "disclosures"),
        Name::IssuerSignature => ("chữ ký số của đơn vị cấp", "issuer's signature"),
        Name::OnLedger => ("có trên sổ cái", "on the ledger"),
        Name::Final => ("đã được các nút kiểm chứng xác nhận", "final"),
        Name::IssuerEntitled => ("đơn vị cấp có thẩm quyền", "issuer entitled"),
        Name::Status => ("trạng thái", "status"),
        Name::Expiry => ("thời hạn", "expiry"),
        Name::HolderBinding => ("người trình là chủ văn bản", "holder binding"),
        Name::Original => ("đúng tệp gốc", "original file"),
    }
}

fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "✓",
        Verdict::CannotCheck => "?",
        _ => "✗",
    }
}

/// A time as people in Vietnam read it.
pub fn clock(time: Time) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    let instant = i64::try_from(time.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    instant.map_or_else(|| "?".into(), |instant| instant.to_zoned(zone).strftime("%d/%m/%Y %H:%M:%S").to_string())
}

fn print(file: &str, checked: &Checked, language: Language, many: bool) {
    let (vi, en) = words(checked.verdict);
    let reason = checked.reason.as_ref();
    let why =
        reason.map(|reason| format!(": {} ({})", language.pick(reason.vi, reason.en), reason.code)).unwrap_or_default();
    println!("{} {vi} / {en}  {}{why}", symbol(checked.verdict), file);
    if many {
        return;
    }
    let line = |label: (&str, &str), value: &str| println!("  {:<24} {value}", language.pick(label.0, label.1));
    if let Some(code) = &checked.not_fresh {
        line(("Trạng thái mới", "Fresh status"), &format!("– ({code})"));
    }
    let Some(report) = &checked.report else { return };
    if let Some(facts) = &report.facts {
        line(("Loại", "Type"), facts.title().map_or(&*facts.schema.id, |title| language.pick(&title.vi, &title.en)));
        if let Some(issuer) = &facts.named_issuer {
            line(("Đơn vị cấp", "Issuer"), language.pick(&issuer.name, &issuer.name_en));
        }
        line(("Ngày của văn bản", "Document date"), &facts.date);
        if let Some(proven) = &facts.proven {
            line(("Ghi sổ lúc", "Sealed at"), &clock(proven.batch.time));
            let named = proven.named_issuer.as_ref().unwrap_or(&proven.issuer);
            if let Some(grant) = named.grants.get(usize::from(proven.batch.grant)) {
                line(("Theo quyết định", "Entitled by"), &grant.decision);
            }
            if let Some(named) = &proven.named_issuer {
                let (sealer, named) = (&proven.issuer, named);
                let vi = format!("{}, kế thừa {}", sealer.name, named.name);
                let en = format!("{}, as successor of {}", sealer.name_en, named.name_en);
                line(("Ghi sổ bởi", "Sealed by"), language.pick(&vi, &en));
            }
            if proven.batch.origin == Origin::Digitised {
                line(("Nguồn", "Origin"), language.pick("số hóa từ hồ sơ cũ", "digitised from an older record"));
            }
        }
    }
    match report.facts.as_ref().and_then(|facts| facts.binding.as_ref()) {
        None => {}
        Some(Ok(bound)) => {
            let (from, until) = (clock(bound.valid_from), clock(bound.valid_until));
            let vi = format!("{} ({}), hiệu lực {from} – {until}", bound.organisation, bound.issuer);
            let en = format!("{} ({}), valid {from} – {until}", bound.organisation, bound.issuer);
            line(("Chứng thư số", "Certificate"), language.pick(&vi, &en));
        }
        Some(Err(refusal)) => {
            let reason = Reason::from(refusal);
            line(
                ("Chứng thư số", "Certificate"),
                &format!("– {} ({})", language.pick(reason.vi, reason.en), reason.code),
            );
        }
    }
    if let Some(status) = &report.status {
        let fresh = if status.fresh {
            language.pick("vừa hỏi", "just fetched")
        } else {
            language.pick("theo biên nhận", "as of the receipt")
        };
        line(("Trạng thái tính đến", "Status as of"), &format!("{} ({fresh})", clock(status.as_of)));
    }
    if let Some(opening) = report.facts.as_ref().and_then(|facts| facts.opening.as_ref()) {
        line(("Lý do", "Ground"), &grounds(opening, language));
        if let Some(replacement) = &opening.replacement {
            let place = format!("{} {} {}", replacement.issuer, replacement.batch, replacement.leaf);
            line(("Thay bằng", "Replaced by"), &place);
        }
    }
    for (entry, behind) in report.facts.iter().flat_map(|facts| facts.history.iter().flatten()) {
        let behind = behind.as_ref().map(|opening| format!(": {}", grounds(opening, language))).unwrap_or_default();
        let (vi, en) = status_words(entry.status);
        line(("Trước đó", "Before"), &format!("{} {}{behind}", clock(entry.time), language.pick(vi, en)));
    }
    if let Some(anchor) = &report.anchor {
        let kind = if anchor.genesis {
            language.pick("khối khởi đầu (yếu hơn)", "genesis (weaker)")
        } else {
            language.pick("điểm tin cậy", "checkpoint")
        };
        line(
            ("Dựa trên", "Rests on"),
            &format!("{kind}, {} {}, {}", language.pick("khối", "block"), anchor.height, clock(anchor.time)),
        );
    }
    println!("  {}", language.pick("Các bước kiểm tra:", "Checks:"));
    for check in &report.checks {
        let mark = match check.outcome {
            Outcome::Passed => "✓",
            Outcome::Failed => "✗",
            Outcome::CannotCheck => "?",
            Outcome::NotReached => "·",
        };
        let (vi, en) = label(check.check);
        println!("    {mark} {}", language.pick(vi, en));
    }
    if let Some((facts, disclosed)) = report.facts.as_ref().and_then(|facts| Some((facts, facts.disclosed.as_ref()?))) {
        println!("  {}", language.pick("Nội dung được chia sẻ:", "What it shows:"));
        claims::print(facts, disclosed, "    ", language);
    }
}

fn grounds(opening: &Opening, language: Language) -> String {
    let correction = language.pick(opening.correction.vi(), opening.correction.en());
    let ground = language.pick(opening.ground.vi(), opening.ground.en());
    format!("{correction}: {ground}, {} ({})", opening.decision, opening.decision_date)
}

fn status_words(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Valid => ("còn hiệu lực", "in force"),
        Status::Superseded => ("đã thay thế", "superseded"),
        Status::Revoked => ("đã thu hồi", "revoked"),
        Status::Suspended => ("tạm dừng", "suspended"),
    }
}

fn as_json(file: &str, checked: &Checked) -> Value {
    let mut answer = checked.to_json();
    answer.insert("file".into(), file.into());
    answer.into()
}

/// One line for each file, with a mark of its encoding for Excel.
fn write_report(path: &Path, checked: &[(String, Checked)], language: Language) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let header = ["file", "verdict", "code", "reason", "issuer", "type", "date", "sealed_at", "status_as_of"];
    table.write_record(header).expect("a table in memory takes rows");
    for (file, one) in checked {
        let verdict = serde_json::to_value(one.verdict).unwrap_or_default();
        let facts = one.report.as_ref().and_then(|report| report.facts.as_ref());
        let issuer = facts.and_then(|facts| facts.named_issuer.as_ref());
        let sealed = facts.and_then(|facts| facts.proven.as_ref()).map(|proven| clock(proven.batch.time));
        let status = one.report.as_ref().and_then(|report| report.status.as_ref()).map(|status| clock(status.as_of));
        let row = [
            file.as_str(),
            verdict.as_str().unwrap_or_default(),
            one.reason.as_ref().map_or("", |reason| reason.code),
            one.reason.as_ref().map_or("", |reason| language.pick(reason.vi, reason.en)),
            issuer.map_or("", |issuer| language.pick(&issuer.name, &issuer.name_en)),
            facts.map_or("", |facts| &facts.schema.id),
            facts.map_or("", |facts| &facts.date),
            sealed.as_deref().unwrap_or_default(),
            status.as_deref().unwrap_or_default(),
        ];
        table.write_record(row).expect("a table in memory takes rows");
    }
    let table = table.into_inner().expect("a table in memory can be flushed");
    files::write_private(path, &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(duration_ms("24h"), Ok(86_400_000));
        assert_eq!(duration_ms("0s"), Ok(0));
        for bad in ["", "h", "5", "5w", "-5d", "99999999999999999999d", "999999999999999d"] {
            assert!(duration_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_those_of_vietnam() {
        assert_eq!(clock(Time(0)), "01/01/1970 07:00:00");
    }
}
