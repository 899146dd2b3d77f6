//! What stands around the table: school, class, year and date in the title rows; totals and signatures below it.

use jiff::civil::Date;

use super::read::Row;
use super::text::fold;

/// What the rows above (or below) the table say for all learners.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    pub school: Option<String>,
    pub class: Option<String>,
    pub school_year: Option<String>,
    pub exam_year: Option<String>,
    pub date: Option<Date>,
}

impl Context {
    /// Reads the texts of title rows; what is said first stands.
    pub(super) fn read<'a>(texts: impl Iterator<Item = &'a str>) -> Context {
        let mut context = Context::default();
        for text in texts {
            let words: Vec<&str> = text.split_whitespace().collect();
            let folded = fold(text);
            let tokens: Vec<&str> = folded.split(' ').collect();
            let Context { school, class, school_year: year, exam_year, date } = &mut context;
            *school = school.take().or_else(|| school_in(&words));
            *class = class.take().or_else(|| class_in(&words));
            *year = year.take().or_else(|| school_year_in(&tokens));
            *exam_year = exam_year.take().or_else(|| exam_year_in(&folded, &tokens));
            *date = date.take().or_else(|| date_in(&tokens));
        }
        context
    }
}

/// "TRƯỜNG THCS …", up to "LỚP …" or "NĂM HỌC …".
fn school_in(words: &[&str]) -> Option<String> {
    let keys: Vec<String> = words.iter().map(|word| fold(word)).collect();
    if keys.first()? != "truong" {
        return None;
    }
    let end = (1..keys.len())
        .find(|at| keys[*at] == "lop" || keys[*at] == "nam" && keys.get(at + 1).is_some_and(|next| next == "hoc"))
        .unwrap_or(keys.len());
    let name = words[..end].join(" ");
    let name = name.trim_end_matches(|c: char| !c.is_alphanumeric()).replacen(": ", " ", 1);
    (end > 1).then_some(name)
}

/// "LỚP 9/1", "Lớp: 9A1".
fn class_in(words: &[&str]) -> Option<String> {
    let (_, name) = words.iter().zip(words.iter().skip(1)).find(|(word, _)| fold(word) == "lop")?;
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    name.starts_with(|c: char| c.is_ascii_digit()).then(|| name.to_owned())
}

/// "NĂM HỌC 2025 - 2026".
fn school_year_in(tokens: &[&str]) -> Option<String> {
    let at = tokens.windows(2).position(|pair| pair == ["nam", "hoc"])?;
    school_year(&tokens[at + 2..])
}

/// `2025-2026` from the folded tokens of a school year.
pub(super) fn school_year(tokens: &[&str]) -> Option<String> {
    let [first, second, ..] = tokens else {
        return None;
    };
    let (first, second) = (year(first)?, year(second)?);
    (second == first + 1).then(|| format!("{first}-{second}"))
}

/// A year in which a document of this register can have been issued.
pub(super) fn year(token: &str) -> Option<u16> {
    let year = token.parse().ok().filter(|year| (1945..=2099).contains(year))?;
    (token.len() == 4).then_some(year)
}

/// "… TỐT NGHIỆP THPT NĂM 2026", "Khóa thi: 2026".
fn exam_year_in(folded: &str, tokens: &[&str]) -> Option<String> {
    let is_about_it = folded.contains("tot nghiep") || folded.contains("khoa thi");
    let last = tokens.iter().rev().find_map(|token| year(token))?;
    is_about_it.then(|| last.to_string())
}

/// "ngày 28 tháng 5 năm 2026".
pub(super) fn date_in(tokens: &[&str]) -> Option<Date> {
    tokens.windows(6).find_map(|window| match window {
        ["ngay", day, "thang", month, "nam", year] => {
            Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        }
        _ => None,
    })
}

/// What a row without a learner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    Total,
    Signature,
}

/// Beginnings of a total row. With their diacritics: "Tống" is a family name.
const TOTALS: &[&str] =
    &["tổng", "cộng", "sĩ số", "trung bình", "tỉ lệ", "tỷ lệ", "điểm trung bình", "tong cong", "tong so"];

/// Folded words of a signature row.
const SIGNATURES: &[&str] = &[
    "giao vien chu nhiem",
    "gvcn",
    "hieu truong",
    "nguoi lap",
    "nguoi nhap",
    "ky ten",
    "ki ten",
    "ky va ghi",
    "ky ghi ro",
    "ki va ghi",
    "xac nhan",
    "thu truong",
    "van thu",
    "giam doc",
    "duyet cua",
    "dong dau",
];

/// Cells of a row that only holds the names under the signatures.
const SIGNERS_MAX: usize = 3;

/// Tells a row that has no learner's number. `signed` says that a signature row came before.
pub(super) fn around(row: &Row, texts: &[String], signed: bool) -> Option<Around> {
    let first = texts.first()?.to_lowercase();
    if TOTALS.iter().any(|word| first.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))) {
        return Some(Around::Total);
    }
    let is_signature = |text: &String| {
        let key = fold(text);
        let tokens: Vec<&str> = key.split(' ').collect();
        date_in(&tokens).is_some() || SIGNATURES.iter().any(|word| key.contains(word))
    };
    let filled = row.cells.iter().filter(|cell| **cell != super::read::Cell::Empty).count();
    let is_short = filled <= SIGNERS_MAX;
    (is_short && (signed || texts.iter().any(is_signature))).then_some(Around::Signature)
}

#[cfg(test)]
mod tests {
    use super::super::read::Cell;
    use super::*;

    fn read(texts: &[&str]) -> Context {
        Context::read(texts.iter().copied())
    }

    #[test]
    fn title_rows_name_school_class_and_year() {
        let together = read(&["SỞ GDĐT", "TRƯỜNG THCS MẪU SỐ MỘT - LỚP: 9/1 - NĂM HỌC 2025 - 2026"]);
        let apart = read(&["TRƯỜNG THCS MẪU SỐ MỘT", "ĐƯỢC LÊN LỚP NĂM HỌC 2025-2026", "Lớp 9/1"]);
        assert_eq!(together, apart);
        assert_eq!(together.school.as_deref(), Some("TRƯỜNG THCS MẪU SỐ MỘT"));
        assert_eq!(together.class.as_deref(), Some("9/1"));
        assert_eq!(together.school_year.as_deref(), Some("2025-2026"));
        assert_eq!(read(&["NĂM HỌC 2025 - 2027"]).school_year, None);
    }

    #[test]
    fn dates_and_exam_years_are_read_in_words() {
        let context = read(&["CẤP BẰNG TỐT NGHIỆP THPT NĂM 2026", "Mẫu, ngày 08 tháng 7 năm 2026"]);
        assert_eq!(context.exam_year.as_deref(), Some("2026"));
        assert_eq!(context.date, Some(jiff::civil::date(2026, 7, 8)));
        assert_eq!(read(&["ngày 31 tháng 2 năm 2026"]).date, None);
    }

    #[test]
    fn a_learner_called_tong_is_not_a_total() {
        let tell = |texts: &[&str], signed| {
            let cells = texts.iter().map(|text| Cell::text(text)).collect();
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            around(&Row { number: 1, cells }, &texts, signed)
        };
        assert_eq!(tell(&["TỔNG CỘNG: 40 học sinh"], false), Some(Around::Total));
        assert_eq!(tell(&["Tống Văn Mẫu"], false), None);
        assert_eq!(tell(&["Tổng Văn Mẫu"], false), Some(Around::Total));
        assert_eq!(tell(&["GIÁO VIÊN CHỦ NHIỆM", "HIỆU TRƯỞNG"], false), Some(Around::Signature));
        assert_eq!(tell(&["Lê Mẫu Giáo Viên"], true), Some(Around::Signature));
        assert_eq!(tell(&["Lê Mẫu", "01/01/2011", "Nam", "7,9"], true), None);
    }
}
