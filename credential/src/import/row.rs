//! Reading one row by field, with a finding for everything that is wrong in it.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::columns::Field;
use super::finding::{Finding, Severity};
use super::header::{Header, shown};
use super::read::{Cell, Row};
use super::reasons;
use super::value::{self, Fault, PERSONAL_ID_DIGITS, STUDENT_CODE_DIGITS, Sex};

/// What holds for every row that does not say otherwise.
#[derive(Debug, Default)]
pub(super) struct Common {
    pub school: Option<String>,
    pub class: Option<String>,
    /// School year or exam year.
    pub period: Option<String>,
    /// Date of the documents, ISO; of diplomas every row has its own.
    pub document_date: String,
}

/// What a row was read as. Numbers are there even if the row is refused, so that a repeated one is found.
#[derive(Debug, Default)]
pub(super) struct Learner {
    pub row: u32,
    pub student_code: Option<String>,
    pub personal_id: Option<String>,
    pub register_number: Option<String>,
    pub serial: Option<String>,
    /// The document, if nothing forbids it.
    pub document: Option<Document>,
}

#[derive(Debug)]
pub(super) struct Document {
    pub period: String,
    pub date: String,
    pub claims: Map<String, Value>,
}

impl Learner {
    /// The row key: student code, else personal id, else register number.
    pub(super) fn key(&self) -> Option<&str> {
        let keys = [&self.student_code, &self.personal_id, &self.register_number];
        keys.into_iter().find_map(|key| key.as_deref())
    }
}

/// Characters of a cell that a finding quotes.
pub(super) const QUOTED_CHARS_MAX: usize = 80;

pub(super) struct RowReader<'a> {
    pub header: &'a Header,
    pub row: &'a Row,
    pub findings: &'a mut Vec<Finding>,
    /// An error was found in this row.
    pub failed: bool,
}

impl RowReader<'_> {
    pub(super) fn cell(&self, field: Field) -> &Cell {
        let index = self.header.fields.get(&field);
        index.and_then(|index| self.row.cells.get(*index)).unwrap_or(&Cell::Empty)
    }

    /// Records a finding about a field; `expected` is what the rest of the row leads to.
    pub(super) fn report(&mut self, field: Field, fault: impl Into<Fault>, expected: &str) {
        let fault = fault.into();
        let cell: String = shown(self.cell(field)).chars().take(QUOTED_CHARS_MAX).collect();
        let title = self.header.title(field);
        let mut finding = fault.reason.finding(self.row.number, &title, &cell, &fault.detail);
        expected.clone_into(&mut finding.expected);
        self.failed |= finding.severity == Severity::Error;
        self.findings.push(finding);
    }

    /// Records a warning about the row as a whole.
    pub(super) fn warn(&mut self, fault: &Fault) {
        self.findings.push(fault.reason.finding(self.row.number, "", "", &fault.detail));
    }

    /// The value of a field that may be blank.
    pub(super) fn optional<T>(&mut self, field: Field, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let value = value::text(self.cell(field))
            .and_then(|text| if text.is_empty() { Ok(None) } else { parse(&text).map(Some) });
        value.unwrap_or_else(|fault| {
            self.report(field, fault, "");
            None
        })
    }

    /// The value of a field that must not be blank.
    pub(super) fn required<T>(&mut self, field: Field, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let mut blank = true;
        let value = self.optional(field, |text| {
            blank = false;
            parse(text)
        });
        // A cell that cannot even be taken for text has been reported.
        if blank && matches!(value::text(self.cell(field)), Ok(text) if text.is_empty()) {
            self.report(field, &reasons::MISSING_VALUE, "");
        }
        value
    }

    /// A field that the title rows or the caller may give for all.
    pub(super) fn common<T>(
        &mut self,
        field: Field,
        common: Option<&str>,
        parse: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        match common {
            Some(common) if matches!(value::text(self.cell(field)), Ok(text) if text.is_empty()) => {
                parse(common).map_err(|fault| self.report(field, fault, "")).ok()
            }
            _ => self.required(field, parse),
        }
    }

    /// The name, from one cell or two.
    pub(super) fn name(&mut self) -> Option<String> {
        let first = self.required(Field::Name, value::name)?;
        let last = self.header.name_last.and_then(|index| self.row.cells.get(index));
        let Some(last) = last.filter(|cell| **cell != Cell::Empty) else {
            return Some(first);
        };
        let whole = value::text(last).and_then(|last| value::name(format!("{first} {last}").trim()));
        whole.map_err(|fault| self.report(Field::Name, fault, "")).ok()
    }

    /// The sex, from a column "Giới tính" or from a cross in a column "Nữ".
    pub(super) fn sex(&mut self) -> Option<Sex> {
        if self.header.fields.contains_key(&Field::Sex) {
            return self.required(Field::Sex, value::sex);
        }
        let cross = |text: &str| match text.to_lowercase().as_str() {
            "x" | "v" | "1" | "nữ" | "true" | "✓" | "✔" => Ok(Sex::Female),
            _ => Err(Fault::from(&reasons::SEX_UNREADABLE)),
        };
        let errors = self.findings.len();
        let female = self.optional(Field::FemaleMark, cross);
        if self.findings.len() > errors { None } else { Some(female.unwrap_or(Sex::Male)) }
    }

    /// A birth date that fits the year in which the documents end, and the usual ages.
    pub(super) fn birth_date(&mut self, year: Option<i16>, usual: std::ops::RangeInclusive<i16>) -> Option<Date> {
        const AGES: std::ops::RangeInclusive<i16> = 8..=90;
        let date = self.required(Field::BirthDate, value::date)?;
        if let Some(year) = year {
            let age = year - date.year();
            if !AGES.contains(&age) {
                self.report(Field::BirthDate, &reasons::DATE_IMPLAUSIBLE, "");
            } else if !usual.contains(&age) {
                self.report(Field::BirthDate, &reasons::AGE_UNUSUAL, "");
            }
        }
        Some(date)
    }

    pub(super) fn student_code(&mut self, is_required: bool) -> Option<String> {
        let parse = |text: &str| value::digits(text, STUDENT_CODE_DIGITS);
        if is_required { self.required(Field::StudentCode, parse) } else { self.optional(Field::StudentCode, parse) }
    }

    /// The personal id, compared with sex and birth year: digit 4 holds century and sex, digits 5 and 6 the year
    /// (Decree 137/2015, article 13).
    pub(super) fn personal_id(&mut self, sex: Option<Sex>, birth: Option<Date>) -> Option<String> {
        let id = self.optional(Field::PersonalId, |text| value::digits(text, PERSONAL_ID_DIGITS))?;
        if let (Some(sex), Some(birth)) = (sex, birth) {
            let century = (birth.year() / 100 - 19) * 2;
            let expected = century + i16::from(sex == Sex::Female);
            let agrees = id[3..4].parse() == Ok(expected) && id[4..6].parse() == Ok(birth.year() % 100);
            if !agrees {
                self.report(Field::PersonalId, &reasons::ID_CONTRADICTS, "");
            }
        }
        Some(id)
    }
}

/// The one spelling of a sex.
pub(super) fn sex_text(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "Nam",
        Sex::Female => "Nữ",
    }
}

/// Adds a text under a name.
pub(super) fn put(claims: &mut Map<String, Value>, name: &str, text: impl Into<String>) {
    claims.insert(name.to_owned(), Value::String(text.into()));
}
