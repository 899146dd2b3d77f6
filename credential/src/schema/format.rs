//! The forms a text may have. Each has exactly one spelling per meaning: `7.9`, never `7,9` or `7.90`.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::sdjwt::Error;

/// Longest text in bytes: a homeroom comment of a page; a disclosure stays far below its own limit.
pub const MAX_TEXT_BYTES: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    /// `2011-03-07`
    Date,
    /// `2026`
    Year,
    /// `2025-2026`
    SchoolYear,
    /// `0.0` to `10.0`, or `Đạt` / `Chưa đạt`.
    Mark,
    /// Levels of Circular 22/2021 and of Circular 58/2011 (older cohorts).
    Level,
    /// `0` to `999`
    Count,
    /// `Nam`, `Nữ`
    Sex,
    /// `true`, `false`
    YesNo,
    /// 12 digits.
    PersonalId,
    /// `application/pdf`
    MediaType,
}

pub const PASS: [&str; 2] = ["Đạt", "Chưa đạt"];
pub const LEVELS: [&str; 8] = ["Tốt", "Khá", "Đạt", "Chưa đạt", "Giỏi", "Trung bình", "Yếu", "Kém"];
pub const SEXES: [&str; 2] = ["Nam", "Nữ"];
pub const YES_NO: [&str; 2] = ["true", "false"];

impl Format {
    /// Every form, by its name in definitions.
    const NAMED: [(&'static str, Self); 11] = [
        ("text", Self::Text),
        ("date", Self::Date),
        ("year", Self::Year),
        ("school_year", Self::SchoolYear),
        ("mark", Self::Mark),
        ("level", Self::Level),
        ("count", Self::Count),
        ("sex", Self::Sex),
        ("yes-no", Self::YesNo),
        ("personal_id", Self::PersonalId),
        ("media_type", Self::MediaType),
    ];

    /// The form that definitions call so.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, format)| format)
    }

    /// What definitions call it.
    pub fn name(self) -> &'static str {
        Self::NAMED.into_iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Refuses a text that has not this form.
    ///
    /// # Errors
    /// `claim-malformed`, or `text-not-nfc`.
    pub fn check(self, text: &str) -> Result<(), Error> {
        let well_formed = match self {
            Self::Text => return check_text(text),
            Self::Date => is_date(text),
            Self::Year => is_year(text),
            Self::SchoolYear => is_school_year(text),
            Self::Mark => is_mark(text) || PASS.contains(&text),
            Self::Level => LEVELS.contains(&text),
            Self::Count => is_digits(text, 1..=3) && (text.len() == 1 || !text.starts_with('0')),
            Self::Sex => SEXES.contains(&text),
            Self::YesNo => YES_NO.contains(&text),
            Self::PersonalId => is_digits(text, 12..=12),
            Self::MediaType => is_media_type(text),
        };
        if well_formed { Ok(()) } else { Err(Error::ClaimMalformed(String::new())) }
    }
}

fn check_text(text: &str) -> Result<(), Error> {
    let spaced = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    if text.is_empty() || text.len() > MAX_TEXT_BYTES || spaced || text.chars().any(char::is_control) {
        return Err(Error::ClaimMalformed(String::new()));
    }
    if !is_nfc(text) {
        return Err(Error::TextNotNfc(String::new()));
    }
    Ok(())
}

fn is_nfc(text: &str) -> bool {
    text.is_ascii()
        || match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => true,
            IsNormalized::No => false,
            IsNormalized::Maybe => text.nfc().eq(text.chars()),
        }
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_year(text: &str) -> bool {
    is_digits(text, 4..=4) && (text.starts_with("19") || text.starts_with("20"))
}

pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && is_digits(&text[..4], 4..=4)
        && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_school_year(text: &str) -> bool {
    text.split_once('-').is_some_and(|(first, second)| {
        is_year(first) && is_year(second) && first.parse::<u16>().ok().map(|year| year + 1) == second.parse().ok()
    })
}

fn is_mark(text: &str) -> bool {
    match text.as_bytes() {
        [units, b'.', tenths] => units.is_ascii_digit() && tenths.is_ascii_digit(),
        _ => text == "10.0",
    }
}

fn is_media_type(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'+' | b'-'))
    };
    text.len() <= 100 && text.split_once('/').is_some_and(|(kind, subtype)| part(kind) && part(subtype))
}
