//! Import: a clerk's file to documents that can be signed, and a reason for every row that cannot.
//!
//! # What is read
//! One sheet of an `.xlsx` or `.xls` workbook, or a CSV file (UTF-8; comma, semicolon or tab), told apart by content. The
//! header is found by the *names* of its columns in the first 12 rows, in any order, in one row or two merged ones;
//! `columns.rs` lists the names, of a type that the ledger defines its definition (`table.rs`). School, class, year and date may stand in columns, in the title rows, under the
//! signatures, or be given as [`Options`].
//!
//! # Invariants
//! * Nothing is silently dropped: every row below the header that holds anything is a document, or has a finding, or is counted
//!   as a repeated header, a total or a signature ([`Skipped`]).
//! * A row with one error yields no document; the other rows do.
//! * Columns about family, contact, belief and health are never read in a learner's row; their headings are reported.
//! * What a document holds is text in one spelling: NFC, marks `7.5`, dates `2011-03-07`. Marks are computed in tenths.
//! * Findings and refusals repeat no cell; a cell is quoted in a field of its own.
//! * The result depends on the bytes and options alone: no clock, no locale; a file's name only names a CSV's one sheet.
//!
//! # Errors
//! [`Refusal`] for a file that cannot be read at all, [`Finding`] for a row; stable codes in `reasons.rs`. Any bytes lead to
//! one or the other, in bounded memory (`limits.rs`), never to a panic.
//!
//! # Sources
//! Circular 22/2021/TT-BGDĐT (levels, year marks, promotion), Decree 137/2015 (personal id), Microsoft's MS-XLS and MS-CFB.

mod body;
mod columns;
mod context;
mod defined;
mod diploma;
mod finding;
mod header;
mod kind;
pub mod limits;
mod read;
mod reasons;
mod row;
mod rules;
mod subjects;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod transcript;
mod value;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::Schema;

use body::Body;
use columns::{Fate, Field};
use context::Context;
use finding::Reason;
use header::{Header, shown};
use read::{Row, Sheet, Source};
use row::{Common, Learner};

pub use defined::import_defined;
pub use finding::{Finding, Refusal, Severity};
pub use kind::{DocumentKind, UnknownKind};

/// What the caller knows better than the file. A column of the table still goes first.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The sheet to read; without it, the one whose header names most.
    pub sheet: Option<String>,
    pub school: Option<String>,
    pub class: Option<String>,
    /// School year (`2025-2026`) or exam year (`2026`).
    pub period: Option<String>,
    /// Date of the learning records, ISO. Diplomas have their own.
    pub document_date: Option<String>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Import {
    pub sheet: String,
    /// The last row of the header, counted from 1 as Excel shows it.
    pub header_row: u32,
    /// Rows without errors, in the order of the file.
    pub rows: Vec<ImportedRow>,
    /// In the order of the file; row 0 is about the file as a whole.
    pub findings: Vec<Finding>,
    /// Headings that are not known and were left aside.
    pub ignored_columns: Vec<String>,
    /// Headings of columns that are never read: family, contact, health.
    pub dropped_columns: Vec<String>,
    pub skipped: Skipped,
}

/// One document to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRow {
    /// Counted from 1 as Excel shows it.
    pub row: u32,
    /// Student code, else personal id, else register number.
    pub learner: String,
    /// School year (`2025-2026`) or exam year (`2026`).
    pub period: String,
    /// ISO.
    pub document_date: String,
    pub claims: Map<String, Value>,
}

/// Rows below the header that were recognised as no learner's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    pub repeated_headers: u32,
    pub totals: u32,
    pub signatures: u32,
}

/// So many names in an old font, and at least half of all, condemn the file: the others only look right.
const LEGACY_NAMES_MIN: usize = 3;

/// Reads a clerk's file. `path_name` only names the sheet of a CSV file.
pub fn import(path_name: &str, bytes: &[u8], kind: DocumentKind, options: &Options) -> Result<Import, Refusal> {
    let sheets = sheets(path_name, bytes, &|sheet| header::find(sheet, kind).map_or(0, |header| header.fields.len()))?;
    let (sheet, header) = choose_sheet(&sheets, kind, options.sheet.as_deref())?;
    header.check(&columns::required(kind))?;

    let mut findings = other_sheets(&sheets, sheet, kind);
    let body = Body::split(sheet, &header, kind, &mut findings);
    let titles: Vec<String> = sheet.rows[..header.first].iter().flat_map(|row| row.cells.iter().map(shown)).collect();
    let title = Context::read(titles.iter().map(String::as_str));
    let common = common(kind, options, title, &body, &header)?;
    if body.learners.len() > limits::ROWS_MAX as usize {
        return Err(reasons::TOO_MANY_ROWS.refusal(&limits::ROWS_MAX.to_string()));
    }
    if body.learners.is_empty() && findings.iter().all(|finding| finding.row == 0) {
        return Err(reasons::NO_ROWS.refusal(""));
    }

    let read = |row: &Row, findings: &mut Vec<Finding>| match kind {
        DocumentKind::BangTnThpt => diploma::read(&header, row, &common, findings),
        DocumentKind::HocBaThcs | DocumentKind::HocBaThpt => transcript::read(&header, row, kind, &common, findings),
    };
    let mut learners = Vec::new();
    for row in &body.learners {
        learners.push(read(row, &mut findings));
        if findings.len() > limits::FINDINGS_MAX {
            return Err(reasons::TOO_MANY_FINDINGS.refusal(&limits::FINDINGS_MAX.to_string()));
        }
    }
    refuse_legacy_file(&learners, &findings, &header)?;
    refuse_repeated(&mut learners, &header, &mut findings);
    findings.sort_by_key(|finding| finding.row);

    Ok(Import {
        sheet: sheet.name.clone(),
        header_row: header.row,
        rows: learners.into_iter().filter_map(imported).collect(),
        findings,
        ignored_columns: header.titles(Fate::Ignored),
        dropped_columns: header.titles(Fate::Dropped),
        skipped: body.skipped,
    })
}

/// Whether the definition of a type says in good order how a table is read; none if it says nothing of it.
pub fn reads_table(schema: &Schema) -> Option<bool> {
    schema.table.as_ref().map(|_| table::Table::of(schema).is_some())
}

fn imported(learner: Learner) -> Option<ImportedRow> {
    let key = learner.key()?.to_owned();
    let document = learner.document?;
    Some(ImportedRow {
        row: learner.row,
        learner: key,
        period: document.period,
        document_date: document.date,
        claims: document.claims,
    })
}

/// The sheets of a file; `known` counts the columns that a sheet is known to have.
fn sheets(path_name: &str, bytes: &[u8], known: &dyn Fn(&Sheet) -> usize) -> Result<Vec<Sheet>, Refusal> {
    let text = match read::detect(bytes)? {
        Source::Xlsx(bytes) => return read::xlsx(bytes),
        Source::Xls(bytes) => return read::xls(bytes),
        Source::Csv(text) => text,
    };
    // Marks hold commas, so the delimiter is the one under which the header names most.
    let mut best = (0, read::DELIMITERS[0]);
    let mut refusal = None;
    for delimiter in read::DELIMITERS {
        match read::csv_head(text, delimiter, limits::HEADER_ROWS_MAX + 1) {
            Ok(head) => {
                let known = known(&head);
                best = if known > best.0 { (known, delimiter) } else { best };
            }
            Err(reason) => refusal = Some(reason),
        }
    }
    if let (0, Some(refusal)) = (best.0, refusal) {
        return Err(refusal);
    }
    let file_name = path_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    Ok(vec![read::csv(text, best.1, name)?])
}

fn choose_sheet<'a>(
    sheets: &'a [Sheet],
    kind: DocumentKind,
    wanted: Option<&str>,
) -> Result<(&'a Sheet, Header), Refusal> {
    if let Some(wanted) = wanted
        && !sheets.iter().any(|sheet| sheet.name == wanted)
    {
        return Err(reasons::SHEET_UNKNOWN.refusal(wanted));
    }
    let candidates = sheets.iter().filter(|sheet| wanted.is_none_or(|wanted| sheet.name == wanted));
    let headed = candidates.filter_map(|sheet| header::find(sheet, kind).map(|header| (sheet, header)));
    // Of equals the first: `max_by_key` keeps the last.
    let best = headed.rev().max_by_key(|(_, header)| header.fields.len());
    best.ok_or_else(|| reasons::HEADER_NOT_FOUND.refusal(&limits::HEADER_ROWS_MAX.to_string()))
}

/// A warning for every other sheet that could have been imported too.
fn other_sheets(sheets: &[Sheet], chosen: &Sheet, kind: DocumentKind) -> Vec<Finding> {
    let others = sheets.iter().filter(|sheet| sheet.name != chosen.name);
    let complete = others.filter(|sheet| {
        header::find(sheet, kind)
            .is_some_and(|header| header.check(&columns::required(kind)).is_ok() && header.below < sheet.rows.len())
    });
    complete.map(|sheet| reasons::SHEET_NOT_READ.finding(0, "", "", &sheet.name)).collect()
}

/// What holds for all rows: an option, else the title rows; refused if a row would need it and nothing says it.
fn common(
    kind: DocumentKind,
    options: &Options,
    title: Context,
    body: &Body<'_>,
    header: &Header,
) -> Result<Common, Refusal> {
    let is_diploma = kind == DocumentKind::BangTnThpt;
    let period_parser = if is_diploma { value::exam_year } else { value::school_year };
    let option = |text: &Option<String>| text.as_deref().map(text::clean).filter(|text| !text.is_empty());
    let unreadable = |text: &str| reasons::OPTION_UNREADABLE.refusal(text);

    let mut common = Common { school: option(&options.school).or(title.school), ..Common::default() };
    common.class = option(&options.class).or(title.class);
    common.period = match option(&options.period) {
        Some(period) => Some(period_parser(&period).map_err(|_| unreadable(&period))?),
        None if is_diploma => title.exam_year,
        None => title.school_year,
    };
    let missing = |what: &str| reasons::CONTEXT_MISSING.refusal(what);
    let has = |field| header.fields.contains_key(&field);
    if common.school.is_none() && !has(Field::School) {
        return Err(missing("tên trường (school)"));
    }
    if is_diploma {
        return match common.period {
            None if !has(Field::ExamYear) => Err(missing("năm tốt nghiệp (exam year)")),
            _ => Ok(common),
        };
    }
    if common.class.is_none() && !has(Field::Class) {
        return Err(missing("lớp (class)"));
    }
    if common.period.is_none() && !has(Field::SchoolYear) {
        return Err(missing("năm học (school year)"));
    }
    let signed = || Context::read(body.around.iter().rev().map(String::as_str)).date;
    let date = match option(&options.document_date) {
        Some(date) => Some(date.parse().map_err(|_| unreadable(&date))?),
        None => signed().or(title.date),
    };
    common.document_date = date.ok_or_else(|| missing("ngày ký (date of signing)"))?.to_string();
    Ok(common)
}

/// Refuses a file whose names were typed in an old font: those that were not noticed are wrong too.
fn refuse_legacy_file(learners: &[Learner], findings: &[Finding], header: &Header) -> Result<(), Refusal> {
    let names = header.title(Field::Name);
    let is_legacy = |finding: &&Finding| finding.code == reasons::LEGACY_FONT.code && finding.column == names;
    let legacy = findings.iter().filter(is_legacy).count();
    if legacy >= LEGACY_NAMES_MIN && legacy * 2 >= learners.len() {
        return Err(reasons::FONT_LEGACY.refusal(""));
    }
    Ok(())
}

/// Refuses rows that share a number which belongs to one document alone, naming the other row in each.
fn refuse_repeated(learners: &mut [Learner], header: &Header, findings: &mut Vec<Finding>) {
    type Number = fn(&Learner) -> Option<&String>;
    let numbers: [(Field, &Reason, Number); 4] = [
        (Field::StudentCode, &reasons::DUPLICATE_LEARNER, |learner| learner.student_code.as_ref()),
        (Field::PersonalId, &reasons::DUPLICATE_ID, |learner| learner.personal_id.as_ref()),
        (Field::RegisterNumber, &reasons::DUPLICATE_REGISTER, |learner| learner.register_number.as_ref()),
        (Field::Serial, &reasons::DUPLICATE_SERIAL, |learner| learner.serial.as_ref()),
    ];
    for (field, reason, number) in numbers {
        let mut holders: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (index, learner) in learners.iter().enumerate() {
            if let Some(number) = number(learner) {
                holders.entry(number).or_default().push(index);
            }
        }
        let mut refused = Vec::new();
        for (number, holders) in holders.iter().filter(|(_, holders)| holders.len() > 1) {
            for (place, index) in holders.iter().enumerate() {
                let other = learners[holders[usize::from(place == 0)]].row.to_string();
                findings.push(reason.finding(learners[*index].row, &header.title(field), number, &other));
                refused.push(*index);
            }
        }
        for index in refused {
            learners[index].document = None;
        }
    }
}
