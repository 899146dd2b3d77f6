//! What a motion changes, for people.

use sogoc_ledger::name::Day;
use sogoc_ledger::record::{Change, DefinitionKind, IssuerKey, NewKey, Proposal, Step, Succession};

use super::super::verify::clock;
use crate::language::Language;

/// A motion, line by line.
pub fn proposal(proposal: &Proposal, language: Language) -> Vec<String> {
    let mut lines = vec![format!("{} {}", language.pick("Theo quyết định", "By decision"), proposal.decision)];
    if !proposal.note.is_empty() {
        lines.push(proposal.note.to_string());
    }
    for (change, number) in proposal.changes.iter().zip(1..) {
        lines.push(format!("{number}. {}", self::change(change, language)));
    }
    lines
}

/// A day as people in Vietnam write it.
fn date(day: Day) -> String {
    let first = jiff::civil::date(1970, 1, 1);
    let date = first.checked_add(jiff::Span::new().days(i64::from(day.0)));
    date.map_or_else(|_| format!("{}", day.0), |date| date.strftime("%d/%m/%Y").to_string())
}

fn interval(from: Day, until: Option<Day>, language: Language) -> String {
    let begins = format!("{} {}", language.pick("từ", "from"), date(from));
    until.map_or(begins.clone(), |until| {
        format!("{begins} {} {}", language.pick("đến trước", "until before"), date(until))
    })
}

fn names(of: u8, names: [(u8, &str, &str); 3], language: Language) -> String {
    let given = names.iter().filter(|(bit, ..)| of & bit != 0);
    given.map(|(_, vi, en)| language.pick::<str>(vi, en).to_owned()).collect::<Vec<String>>().join(", ")
}

fn scopes(of: u8, language: Language) -> String {
    let all = [
        (Succession::SEAL, "ghi sổ", "seal"),
        (Succession::AMEND, "chỉnh sửa, cấp lại", "amend"),
        (Succession::REVOKE, "thu hồi, hủy bỏ", "revoke"),
    ];
    names(of, all, language)
}

fn roles(of: u8, language: Language) -> String {
    let all = [
        (IssuerKey::SEAL, "ghi sổ", "seal"),
        (IssuerKey::APPROVE, "duyệt", "approve"),
        (IssuerKey::ADMINISTER, "quản trị", "administer"),
    ];
    names(of, all, language)
}

/// All that a voter compares with what the issuer says: the key, what for, until when, and the certificate behind it.
fn new_key(new: &NewKey, language: Language) -> String {
    let mut of = roles(new.roles, language);
    if let Some(until) = new.until {
        of = format!("{of}; {} {}", language.pick("đến trước", "until before"), clock(until));
    }
    if let Some(binding) = new.binding {
        let bound = language.pick("bằng chứng gắn chứng thư số", "evidence of its certificate");
        of = format!("{of}; {bound} SHA-256 {binding}");
    }
    format!("{} ({of})", new.key.thumbprint())
}

fn step(step: &Step) -> String {
    let leave = step.remove.iter().map(|key| format!("−{}", &key.thumbprint().to_string()[..12]));
    let come = step.add.iter().map(|new| format!("+{}", new.member.owner));
    leave.chain(come).collect::<Vec<_>>().join(", ")
}

fn change(change: &Change, language: Language) -> String {
    let pick = |vi: String, en: String| language.pick(&vi, &en).to_owned();
    match change {
        Change::AdmitIssuer { issuer, name, keys, .. } => {
            let keys: Vec<String> = keys.iter().map(|key| new_key(key, language)).collect();
            let keys = keys.join("; ");
            pick(
                format!("Đăng ký đơn vị cấp {issuer} “{name}”, khóa {keys}"),
                format!("Admit issuer {issuer} “{name}”, keys {keys}"),
            )
        }
        Change::RenameIssuer { issuer, name, name_en } => pick(
            format!("Đổi tên đơn vị cấp {issuer} thành “{name}”"),
            format!("Rename issuer {issuer} to “{name_en}”"),
        ),
        Change::CloseIssuer { issuer, from } => pick(
            format!("Chấm dứt đơn vị cấp {issuer} từ {}", date(*from)),
            format!("Close issuer {issuer} from {}", date(*from)),
        ),
        Change::GrantAuthority { issuer, document_type, from, until } => {
            let interval = interval(*from, *until, language);
            pick(
                format!("Cho phép {issuer} cấp {document_type} {interval}"),
                format!("Entitle {issuer} to {document_type} {interval}"),
            )
        }
        Change::EndGrant { issuer, grant, until } => pick(
            format!("Chấm dứt quyền số {grant} của {issuer} từ {}", date(*until)),
            format!("End grant {grant} of {issuer} before {}", date(*until)),
        ),
        Change::AddSuccessor { issuer, successor, scopes: of, from, until } => {
            let (interval, of) = (interval(*from, *until, language), scopes(*of, language));
            pick(
                format!("{successor} kế thừa {issuer} ({of}) {interval}"),
                format!("{successor} acts for {issuer} ({of}) {interval}"),
            )
        }
        Change::EndSuccession { issuer, succession, until } => pick(
            format!("Chấm dứt quan hệ kế thừa số {succession} của {issuer} từ {}", date(*until)),
            format!("End succession {succession} of {issuer} before {}", date(*until)),
        ),
        Change::AdmitKey { issuer, key } => {
            let key = new_key(key, language);
            pick(format!("Thêm cho {issuer} khóa {key}"), format!("Enter for {issuer} the key {key}"))
        }
        Change::EndKey { issuer, key } => {
            pick(format!("Chấm dứt khóa {key} của {issuer}"), format!("End key {key} of {issuer}"))
        }
        Change::SuspendKey { issuer, key, since } => {
            let since = super::super::verify::clock(*since);
            pick(
                format!("Đình chỉ khóa {key} của {issuer} và mọi văn bản nó đã ghi sổ từ {since}"),
                format!("Suspend key {key} of {issuer} and all that it sealed since {since}"),
            )
        }
        Change::RestoreKey { issuer, key } => {
            pick(format!("Khôi phục khóa {key} của {issuer}"), format!("Restore key {key} of {issuer}"))
        }
        Change::BindKey { issuer, key, binding } => pick(
            format!("Gắn khóa {key} của {issuer} với chứng thư số (bằng chứng {binding})"),
            format!("Bind key {key} of {issuer} to a certificate (evidence {binding})"),
        ),
        Change::SetParameters(p) => {
            let (drift, heartbeat, days) = (p.clock_drift_ms, p.heartbeat_ms, p.motion_days);
            pick(
                format!("Tham số: lệch đồng hồ {drift} ms, nhịp {heartbeat} ms, biểu quyết {days} ngày"),
                format!("Parameters: clock drift {drift} ms, heartbeat {heartbeat} ms, motions {days} days"),
            )
        }
        Change::ScheduleUpgrade(upgrade) => {
            let (version, from) = (upgrade.version, upgrade.from);
            pick(
                format!("Quy tắc phiên bản {version} từ khối {from}"),
                format!("Version {version} of the rules from block {from}"),
            )
        }
        Change::Define(definition) => {
            let (name, version, digest) = (&definition.name, definition.version, definition.digest());
            let (vi, en) = match definition.kind {
                DefinitionKind::Schema => ("mẫu dữ liệu", "schema"),
                DefinitionKind::CodeList => ("danh mục", "code list"),
            };
            pick(
                format!("Công bố {vi} {name} phiên bản {version} (SHA-256 {digest})"),
                format!("Publish {en} {name} version {version} (SHA-256 {digest})"),
            )
        }
        Change::SetWindow { document_type, period, issuer, from, until } => {
            let interval = interval(*from, Some(*until), language);
            let whose = issuer.as_ref().map_or_else(
                || language.pick("mọi đơn vị", "every issuer").to_owned(),
                |issuer| issuer.as_str().to_owned(),
            );
            pick(
                format!("Thời gian nhập {document_type} {period} của {whose}: {interval}"),
                format!("Entry of {document_type} {period} by {whose}: {interval}"),
            )
        }
        Change::ChangeValidators { steps } if steps.is_empty() => {
            pick("Dừng kế hoạch thay đổi các nút kiểm chứng".into(), "End the plan that is under way".into())
        }
        Change::ChangeValidators { steps } => {
            let steps: Vec<String> = steps.iter().map(step).collect();
            let (count, steps) = (steps.len(), steps.join(" → "));
            pick(
                format!("Thay đổi các nút kiểm chứng qua {count} bước: {steps}"),
                format!("Change the validators in {count} steps: {steps}"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use sogoc_ledger::Hash;
    use sogoc_ledger::name::Time;
    use sogoc_ledger::signature::{PublicKey, Signature};

    use super::*;

    #[test]
    fn a_voter_reads_all_that_a_key_would_be_admitted_for() {
        let key = NewKey {
            key: PublicKey::Ed25519([7; 32]),
            roles: IssuerKey::SEAL | IssuerKey::APPROVE,
            from: Time(0),
            until: Some(Time(1_782_864_000_000)),
            binding: Some(Hash([0xb1; 32])),
            possession: Signature([0; 64]),
        };
        let change = change(&Change::AdmitKey { issuer: "thcs-mau-1".parse().unwrap(), key }, Language::En);
        let digest = "b1".repeat(32);
        for part in ["thcs-mau-1", "seal", "approve", "until before 01/07/2026", &digest] {
            assert!(change.contains(part), "{part}: {change}");
        }
    }
}
