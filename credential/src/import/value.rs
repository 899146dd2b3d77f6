//! One cell to one value. Every reader takes cleaned text that is not blank.
//!
//! Marks are tenths (`7,9` is 79) and dates are civil dates; no floating point anywhere.

use jiff::civil::Date;

use super::context;
use super::finding::Reason;
use super::limits::{CELL_CHARS_MAX, LINE_CHARS_MAX};
use super::read::Cell;
use super::reasons;
use super::text::{clean, fold, is_legacy};

/// Why a cell cannot be used, and the detail its sentence needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub reason: &'static Reason,
    pub detail: String,
}

impl From<&'static Reason> for Fault {
    fn from(reason: &'static Reason) -> Self {
        Fault { reason, detail: String::new() }
    }
}

impl Fault {
    pub(super) fn with(reason: &'static Reason, detail: impl ToString) -> Self {
        Fault { reason, detail: detail.to_string() }
    }
}

/// The text of a cell, empty if it is blank or holds only a dash.
pub(super) fn text(cell: &Cell) -> Result<String, Fault> {
    match cell {
        Cell::Empty => Ok(String::new()),
        Cell::Number(number) => Ok(number.clone()),
        Cell::Error => Err(Fault::from(&reasons::CELL_ERROR)),
        Cell::TooLong => Err(Fault::with(&reasons::CELL_TOO_LONG, CELL_CHARS_MAX)),
        Cell::Text(text) if is_legacy(text) => Err(Fault::from(&reasons::LEGACY_FONT)),
        Cell::Text(text) => {
            let text = clean(text);
            Ok(if matches!(text.as_str(), "-" | "–" | "—" | "/" | ".") { String::new() } else { text })
        }
    }
}

/// Tenths of a mark.
pub(super) type Tenths = u8;

pub(super) const MARK_MAX: Tenths = 100;

/// `7,5`, `7.5`, `8`, `10` to tenths.
pub(super) fn mark(text: &str) -> Result<Tenths, Fault> {
    let (units, decimals) = text.split_once([',', '.']).unwrap_or((text, "0"));
    if !is_digits(units) || !is_digits(decimals) {
        return Err(Fault::from(&reasons::MARK_UNREADABLE));
    }
    let units = units.trim_start_matches('0');
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > 1 {
        return Err(Fault::from(&reasons::MARK_TOO_PRECISE));
    }
    let tenths: u64 = format!("{units}{decimals:0<1}").parse().unwrap_or(u64::MAX);
    let tenths = Tenths::try_from(tenths).ok().filter(|tenths| *tenths <= MARK_MAX);
    tenths.ok_or(Fault::from(&reasons::MARK_OUT_OF_RANGE))
}

/// The one spelling of a mark: `7.5`, `10.0`.
pub(super) fn mark_text(tenths: Tenths) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Result of a subject that is assessed by comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    Passed,
    NotYet,
    Exempt,
}

pub(super) fn pass(text: &str) -> Result<Pass, Fault> {
    match fold(text).as_str() {
        "d" | "dat" => Ok(Pass::Passed),
        "cd" | "chua dat" | "c d" => Ok(Pass::NotYet),
        "m" | "mien" | "duoc mien" => Ok(Pass::Exempt),
        _ => Err(Fault::from(&reasons::PASS_UNREADABLE)),
    }
}

/// Level of conduct or learning, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    ChuaDat,
    Dat,
    Kha,
    Tot,
}

impl Level {
    pub(super) const ALL: [Level; 4] = [Level::ChuaDat, Level::Dat, Level::Kha, Level::Tot];

    pub(super) fn name(self) -> &'static str {
        match self {
            Level::ChuaDat => "Chưa đạt",
            Level::Dat => "Đạt",
            Level::Kha => "Khá",
            Level::Tot => "Tốt",
        }
    }
}

pub(super) fn level(text: &str) -> Result<Level, Fault> {
    match fold(text).as_str() {
        "t" | "tot" => Ok(Level::Tot),
        "k" | "kha" => Ok(Level::Kha),
        "d" | "dat" => Ok(Level::Dat),
        "cd" | "chua dat" | "c d" => Ok(Level::ChuaDat),
        _ => Err(Fault::from(&reasons::LEVEL_UNREADABLE)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sex {
    Male,
    Female,
}

pub(super) fn sex(text: &str) -> Result<Sex, Fault> {
    match fold(text).as_str() {
        "nam" => Ok(Sex::Male),
        "nu" => Ok(Sex::Female),
        _ => Err(Fault::from(&reasons::SEX_UNREADABLE)),
    }
}

/// More half-days than a school year of 35 weeks has.
const ABSENCES_MAX: u16 = 420;

pub(super) fn absences(text: &str) -> Result<u16, Fault> {
    let whole = text
        .split_once([',', '.'])
        .map_or(text, |(whole, decimals)| if decimals.trim_end_matches('0').is_empty() { whole } else { text });
    let count = if is_digits(whole) { whole.parse().ok() } else { None };
    count.filter(|count| *count <= ABSENCES_MAX).ok_or_else(|| Fault::with(&reasons::ABSENCES_UNREADABLE, ABSENCES_MAX))
}

/// Whether the learner goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promotion {
    Promoted,
    PromotedAfterRetest,
    NotPromoted,
}

pub(super) fn promotion(text: &str) -> Result<Promotion, Fault> {
    match fold(text).as_str() {
        "duoc len lop"
        | "len lop"
        | "len"
        | "duoc"
        | "co"
        | "x"
        | "v"
        | "true"
        | "1"
        | "hoan thanh chuong trinh"
        | "hoan thanh chuong trinh thcs"
        | "hoan thanh chuong trinh thpt" => Ok(Promotion::Promoted),
        "" if matches!(text, "✓" | "✔" | "☑") => Ok(Promotion::Promoted),
        "duoc len lop sau kiem tra lai"
        | "len lop sau kiem tra lai"
        | "len lop sau ktl"
        | "duoc len lop sau ktl"
        | "duoc len lop sau ren luyen trong he"
        | "len lop sau ren luyen trong he" => Ok(Promotion::PromotedAfterRetest),
        "khong duoc len lop" | "khong len lop" | "khong" | "o lai lop" | "o lai" | "luu ban" | "false" | "0" => {
            Ok(Promotion::NotPromoted)
        }
        "kiem tra lai"
        | "ktl"
        | "thi lai"
        | "ren luyen he"
        | "ren luyen trong he"
        | "rlh"
        | "kiem tra lai trong he" => Err(Fault::from(&reasons::PROMOTION_PENDING)),
        _ => Err(Fault::from(&reasons::PROMOTION_UNREADABLE)),
    }
}

/// A day: `7/3/2011`, `07-03-2011`, `2011-03-07`, `ngày 7 tháng 3 năm 2011`, or Excel's serial number `40609`.
pub(super) fn date(text: &str) -> Result<Date, Fault> {
    let unreadable = || Fault::from(&reasons::DATE_UNREADABLE);
    if let Some(date) = context::date_in(&fold(text).split(' ').collect::<Vec<_>>()) {
        return Ok(date);
    }
    // A time of day behind the date says nothing: "2011-03-07 00:00:00", "40609.5".
    let day = text.split([' ', 'T']).next().unwrap_or(text);
    let whole = day.split_once('.').map_or(day, |(whole, _)| whole);
    if whole.len() == 5 && is_digits(whole) {
        return serial_date(whole.parse().map_err(|_| unreadable())?).ok_or_else(unreadable);
    }
    // "7 / 3 / 2011" keeps its spaces.
    let joined: String = if day.contains(['/', '-', '.']) && day.len() >= 8 {
        day.to_owned()
    } else {
        text.split_whitespace().collect()
    };
    let parts: Vec<&str> = joined.split(['/', '-', '.']).collect();
    let [first, month, last] = parts[..] else {
        return Err(unreadable());
    };
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    let is_number =
        |part: &str, lengths: std::ops::RangeInclusive<usize>| lengths.contains(&part.len()) && is_digits(part);
    if !is_number(year, 4..=4) || !is_number(month, 1..=2) || !is_number(day, 1..=2) {
        return Err(unreadable());
    }
    let number = |part: &str| part.parse::<i8>().map_err(|_| unreadable());
    let year = year.parse::<i16>().map_err(|_| unreadable())?;
    Date::new(year, number(month)?, number(day)?).map_err(|_| Fault::from(&reasons::DATE_IMPOSSIBLE))
}

/// Day 60 of Excel's 1900 system is 29 February 1900, which never was; from day 61 on, day 0 is 30 December 1899.
fn serial_date(serial: i32) -> Option<Date> {
    let days = jiff::Span::new().try_days(serial).ok()?;
    Date::constant(1899, 12, 30).checked_add(days).ok()
}

/// A number of exactly `length` digits, kept as text: personal ids and student codes start with zeros.
pub(super) fn digits(text: &str, length: usize) -> Result<String, Fault> {
    let digits: String = text.trim_start_matches('\'').chars().filter(|c| !c.is_whitespace()).collect();
    let is_scientific = digits.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        mantissa.starts_with(|c: char| c.is_ascii_digit()) && is_digits(exponent.trim_start_matches('+'))
    });
    if is_scientific {
        return Err(Fault::with(&reasons::ID_SCIENTIFIC, length));
    }
    if !is_digits(&digits) || digits.len() > length {
        return Err(Fault::with(&reasons::ID_UNREADABLE, length));
    }
    if digits.len() == length {
        return Ok(digits);
    }
    // Provinces are 001 to 096, so a personal id loses at most two zeros. Nine digits are an old identity card.
    let lost_zeros = length != PERSONAL_ID_DIGITS || digits.len() + 2 >= length;
    let reason = if lost_zeros { &reasons::ID_LOST_ZEROS } else { &reasons::ID_UNREADABLE };
    Err(Fault::with(reason, length))
}

pub(super) const PERSONAL_ID_DIGITS: usize = 12;
pub(super) const STUDENT_CODE_DIGITS: usize = 10;

/// A person's name, an ethnic group: letters, with the signs that names of all the country's peoples use.
pub(super) fn name(text: &str) -> Result<String, Fault> {
    let is_allowed = |c: char| {
        c.is_alphabetic()
            || matches!(c, ' ' | '\'' | '’' | '-' | '.')
            || unicode_normalization::char::is_combining_mark(c)
    };
    if !text.chars().all(is_allowed) || !text.contains(char::is_alphabetic) {
        return Err(Fault::from(&reasons::NAME_UNREADABLE));
    }
    line(text)
}

/// A text of one line.
pub(super) fn line(text: &str) -> Result<String, Fault> {
    limited(text, LINE_CHARS_MAX)
}

/// A homeroom teacher's comment: what a disclosure of 2,000 bytes can hold.
pub(super) fn comment(text: &str) -> Result<String, Fault> {
    const COMMENT_CHARS_MAX: usize = 600;
    limited(text, COMMENT_CHARS_MAX)
}

fn limited(text: &str, chars_max: usize) -> Result<String, Fault> {
    if text.chars().count() > chars_max {
        return Err(Fault::with(&reasons::CELL_TOO_LONG, chars_max));
    }
    Ok(text.to_owned())
}

/// A class such as `9/1` or `10A1`, with its grade if it starts with one.
pub(super) fn class(text: &str) -> Result<(String, Option<u8>), Fault> {
    if is_digits(text) && text.len() == 5 {
        return Err(Fault::from(&reasons::CLASS_BECAME_DATE));
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Ok((line(text)?, text[..end].parse().ok()))
}

/// A serial or register number.
pub(super) fn number(text: &str) -> Result<String, Fault> {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '.' | ' ');
    if !text.chars().all(is_allowed) || !text.contains(|c: char| c.is_ascii_digit()) {
        return Err(Fault::from(&reasons::NUMBER_UNREADABLE));
    }
    line(text)
}

pub(super) fn school_year(text: &str) -> Result<String, Fault> {
    let folded = fold(text);
    let tokens: Vec<&str> = folded.split(' ').collect();
    context::school_year(&tokens).ok_or(Fault::from(&reasons::YEAR_UNREADABLE))
}

pub(super) fn exam_year(text: &str) -> Result<String, Fault> {
    context::year(text).map(|year| year.to_string()).ok_or(Fault::from(&reasons::YEAR_UNREADABLE))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;
    use proptest::prelude::*;

    use super::*;

    fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> &'static str {
        result.unwrap_err().reason.code
    }

    #[test]
    fn marks_are_tenths() {
        for (text, tenths, spelt) in [
            ("7,5", 75, "7.5"),
            ("7.5", 75, "7.5"),
            ("10", 100, "10.0"),
            ("10,0", 100, "10.0"),
            ("0", 0, "0.0"),
            ("8,00", 80, "8.0"),
            ("07,5", 75, "7.5"),
            ("0,4", 4, "0.4"),
        ] {
            assert_eq!(mark(text), Ok(tenths), "{text}");
            assert_eq!(mark_text(tenths), spelt);
        }
        assert_eq!(code(mark("7,25")), "mark-too-precise");
        assert_eq!(code(mark("75")), "mark-out-of-range");
        assert_eq!(code(mark("10,1")), "mark-out-of-range");
        assert_eq!(code(mark("99999999999999999999999")), "mark-out-of-range");
        for text in ["bảy", "-1", "7,", ",5", "7,5,1", "7 5", "1e1", "٧"] {
            assert_eq!(code(mark(text)), "mark-unreadable", "{text}");
        }
    }

    #[test]
    fn dates_are_read_day_first() {
        let expected = day(2011, 3, 7);
        for text in [
            "7/3/2011",
            "07/3/2011",
            "07/03/2011",
            "07-03-2011",
            "7.3.2011",
            "2011-03-07",
            "2011-03-07 00:00:00",
            "2011-03-07T00:00:00",
            "40609",
            "40609.5",
            "ngày 7 tháng 3 năm 2011",
            "7 / 3 / 2011",
        ] {
            assert_eq!(date(text), Ok(expected), "{text}");
        }
        assert_eq!(date("44096"), Ok(day(2020, 9, 22)));
        assert_eq!(code(date("3/17/2011")), "date-impossible");
        assert_eq!(code(date("31/04/2011")), "date-impossible");
        for text in ["2011", "7/3/11", "07032011", "tháng 3", "7/3", "//2011", "1/2/3/2011"] {
            assert_eq!(code(date(text)), "date-unreadable", "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_zeros() {
        assert_eq!(digits("000311000001", 12).unwrap(), "000311000001");
        assert_eq!(digits("'0003 1100 0001", 12).unwrap(), "000311000001");
        assert_eq!(code(digits("79311000001", 12)), "id-lost-zeros");
        assert_eq!(code(digits("3.11E+11", 12)), "id-scientific");
        assert_eq!(code(digits("3,11E+11", 12)), "id-scientific");
        assert_eq!(code(digits("311000001", 12)), "id-unreadable");
        assert_eq!(code(digits("1", 10)), "id-lost-zeros");
        assert_eq!(code(digits("00000000011", 10)), "id-unreadable");
        assert_eq!(code(digits("000000000A", 10)), "id-unreadable");
    }

    #[test]
    fn words_have_several_spellings() {
        assert_eq!(level("CHƯA ĐẠT"), Ok(Level::ChuaDat));
        assert_eq!(level("Ð"), Ok(Level::Dat));
        assert_eq!(pass("CĐ"), Ok(Pass::NotYet));
        assert_eq!(sex("nữ"), Ok(Sex::Female));
        assert_eq!(promotion("Lên lớp"), Ok(Promotion::Promoted));
        assert_eq!(promotion("✓"), Ok(Promotion::Promoted));
        assert_eq!(code(promotion("Kiểm tra lại")), "promotion-pending");
        assert_eq!(absences("2.0"), Ok(2));
        assert_eq!(code(absences("2,5")), "absences-unreadable");
        assert_eq!(class("10A1").unwrap(), ("10A1".to_owned(), Some(10)));
        assert_eq!(code(class("46031")), "class-became-date");
        assert_eq!(name("H'Blăm Êñuôl").unwrap(), "H'Blăm Êñuôl");
        assert_eq!(code(name("Nguyễn Thử 2")), "name-unreadable");
    }

    proptest! {
        #[test]
        fn every_mark_reads_back(tenths in 0..=MARK_MAX) {
            prop_assert_eq!(mark(&mark_text(tenths)), Ok(tenths));
            prop_assert_eq!(mark(&mark_text(tenths).replace('.', ",")), Ok(tenths));
        }

        #[test]
        fn no_text_breaks_a_reader(text in "\\PC{0,40}") {
            let _ = (mark(&text), date(&text), digits(&text, 12), class(&text), level(&text), absences(&text));
            let _ = (number(&text), school_year(&text), exam_year(&text), promotion(&text), name(&text));
        }
    }
}
