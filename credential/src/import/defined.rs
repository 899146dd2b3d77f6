//! A clerk's table to documents of a type that the ledger defines: what its definition says is all that is known of it.
//!
//! The header is one row among the first 12, told by the headings of [`Table`]. What no column holds may be said for all rows:
//! `school`, `class`, the period and the date by the caller. Each cell is read by the form of its claim, as generously as those of
//! the types known by heart; a code may be written as its label.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use sogoc_ledger::name::Period;

use super::body::NUMBER_WORDS_MAX;
use super::context::{self, Around};
use super::finding::{Finding, Refusal, Severity};
use super::header::{is_numbering, shown};
use super::limits::{FINDINGS_MAX, HEADER_ROWS_MAX, ROWS_MAX};
use super::read::{Cell, Row, Sheet};
use super::row::QUOTED_CHARS_MAX;
use super::table::{Heading, Table, as_written};
use super::text::{clean, fold};
use super::value::{self, Fault, PERSONAL_ID_DIGITS};
use super::{Import, ImportedRow, LEGACY_NAMES_MIN, Options, Skipped, reasons, sheets};
use crate::schema::{Claim, Format, Schema, Shape};

/// Columns that must be known before a row is taken for a header, and cells before a row is a learner's.
const KNOWN_MIN: usize = 2;

/// Where the table stands on a sheet.
struct Head<'a> {
    row: &'a Row,
    /// Place of the first row below it.
    below: usize,
    /// Each claim's column.
    columns: BTreeMap<usize, usize>,
}

/// Reads a clerk's file of a type that is known by its definition. `path_name` only names the sheet of a CSV file.
///
/// # Errors
/// `type-without-table` if the definition does not say how a table is read; else as [`super::import`].
pub fn import_defined(path_name: &str, bytes: &[u8], schema: &Schema, options: &Options) -> Result<Import, Refusal> {
    let table = Table::of(schema).ok_or_else(|| reasons::TYPE_WITHOUT_TABLE.refusal(&schema.title.vi))?;
    let sheets = sheets(path_name, bytes, &|sheet| find(sheet, &table).map_or(0, |head| head.columns.len()))?;
    let (sheet, head) = choose(&sheets, &table, options)?;
    let common = common(&table, options)?;
    let said = said(&table, options)?;
    check(&head, &table, &common, &said)?;

    let mut import = Import {
        sheet: sheet.name.clone(),
        header_row: head.row.number,
        rows: Vec::new(),
        findings: other_sheets(&sheets, sheet, &table, &common, &said),
        ignored_columns: headings(&head, &table, Heading::Unknown),
        dropped_columns: headings(&head, &table, Heading::Private),
        skipped: Skipped::default(),
    };
    let mut learners: BTreeMap<String, u32> = BTreeMap::new();
    let mut told = BTreeSet::new();
    let mut read = 0;
    for row in &sheet.rows[head.below..] {
        if !is_learner(row, &head, &table, &mut import) {
            continue;
        }
        read += 1;
        if read > ROWS_MAX {
            return Err(reasons::TOO_MANY_ROWS.refusal(&ROWS_MAX.to_string()));
        }
        let reader = RowReader { table: &table, head: &head, common: &common, row, said: &said };
        let (learner, document) = reader.read(&mut import.findings);
        if import.findings.len() > FINDINGS_MAX {
            return Err(reasons::TOO_MANY_FINDINGS.refusal(&FINDINGS_MAX.to_string()));
        }
        // Also a row that is refused holds its number.
        let first =
            learner.as_ref().map_or(row.number, |learner| *learners.entry(learner.clone()).or_insert(row.number));
        if first != row.number {
            let title = table.claims[table.learner[0]].title();
            let twice = |row: u32, other: u32| {
                reasons::DUPLICATE_LEARNER.finding(
                    row,
                    &title,
                    learner.as_deref().unwrap_or_default(),
                    &other.to_string(),
                )
            };
            import.findings.push(twice(row.number, first));
            if told.insert(first) {
                import.findings.push(twice(first, row.number));
                import.rows.retain(|other| other.row != first);
            }
            continue;
        }
        import.rows.extend(document);
    }
    refuse_legacy_file(&import, read as usize)?;
    if read == 0 && import.findings.iter().all(|finding| finding.row == 0) {
        return Err(reasons::NO_ROWS.refusal(""));
    }
    import.findings.sort_by_key(|finding| finding.row);
    Ok(import)
}

/// The row of a sheet that names the most claims, if one names enough.
fn find<'a>(sheet: &'a Sheet, table: &Table<'_>) -> Option<Head<'a>> {
    let rows = sheet.rows.iter().take_while(|row| row.number as usize <= HEADER_ROWS_MAX);
    let heads = rows.zip(1..).map(|(row, below)| {
        let mut columns = BTreeMap::new();
        for (index, cell) in row.cells.iter().enumerate() {
            if let Heading::Claim(place) = table.recognise(&shown(cell)) {
                columns.entry(place).or_insert(index);
            }
        }
        Head { row, below, columns }
    });
    let named = heads.filter(|head| head.columns.len() >= KNOWN_MIN);
    // Of equals the first: `max_by_key` keeps the last.
    named.collect::<Vec<_>>().into_iter().rev().max_by_key(|head| head.columns.len())
}

fn choose<'a>(sheets: &'a [Sheet], table: &Table<'_>, options: &Options) -> Result<(&'a Sheet, Head<'a>), Refusal> {
    let wanted = options.sheet.as_deref();
    if let Some(wanted) = wanted.filter(|wanted| sheets.iter().all(|sheet| sheet.name != *wanted)) {
        return Err(reasons::SHEET_UNKNOWN.refusal(wanted));
    }
    let candidates = sheets.iter().filter(|sheet| wanted.is_none_or(|wanted| sheet.name == wanted));
    let headed = candidates.filter_map(|sheet| find(sheet, table).map(|head| (sheet, head))).rev();
    let best = headed.max_by_key(|(_, head)| head.columns.len());
    best.ok_or_else(|| reasons::HEADER_NOT_FOUND.refusal(&HEADER_ROWS_MAX.to_string()))
}

/// What the caller says for every row that does not say it itself, by the claim's place.
fn common(table: &Table<'_>, options: &Options) -> Result<BTreeMap<usize, String>, Refusal> {
    let named = |path: &str| table.claims.iter().position(|column| column.path == path);
    let said = [
        (named("school"), &options.school),
        (named("class"), &options.class),
        (table.period, &options.period),
        (table.date, &options.document_date),
    ];
    let mut common = BTreeMap::new();
    for (place, text) in said {
        let Some(text) = text.as_deref().map(clean).filter(|text| !text.is_empty()) else { continue };
        let Some(place) = place else { continue };
        let value = read(table.claims[place].claim, &text);
        common.insert(place, value.map_err(|_| reasons::OPTION_UNREADABLE.refusal(&text))?);
    }
    Ok(common)
}

/// What the documents are about and of which day they are, where no claim says it.
struct Said {
    period: Option<String>,
    date: Option<String>,
}

fn said(table: &Table<'_>, options: &Options) -> Result<Said, Refusal> {
    let option = |text: &Option<String>, fits: fn(&str) -> bool| match text.as_deref().map(clean) {
        Some(text) if fits(&text) => Ok(Some(text)),
        Some(text) => Err(reasons::OPTION_UNREADABLE.refusal(&text)),
        None => Ok(None),
    };
    let is_period = |text: &str| !text.is_empty() && Period::new(text).is_some();
    let is_date = |text: &str| Format::Date.check(text).is_ok();
    Ok(Said {
        period: if table.period.is_some() { None } else { option(&options.period, is_period)? },
        date: if table.date.is_some() { None } else { option(&options.document_date, is_date)? },
    })
}

/// A warning for every other sheet that could have been imported too.
fn other_sheets(
    sheets: &[Sheet],
    chosen: &Sheet,
    table: &Table<'_>,
    common: &BTreeMap<usize, String>,
    said: &Said,
) -> Vec<Finding> {
    let others = sheets.iter().filter(|sheet| sheet.name != chosen.name);
    let complete = others.filter(|sheet| {
        find(sheet, table)
            .is_some_and(|head| check(&head, table, common, said).is_ok() && head.below < sheet.rows.len())
    });
    complete.map(|sheet| reasons::SHEET_NOT_READ.finding(0, "", "", &sheet.name)).collect()
}

/// Refuses a file whose texts were typed in an old font: those that were not noticed are wrong too.
fn refuse_legacy_file(import: &Import, learners: usize) -> Result<(), Refusal> {
    let legacy = import.findings.iter().filter(|finding| finding.code == reasons::LEGACY_FONT.code);
    let rows: BTreeSet<u32> = legacy.map(|finding| finding.row).collect();
    if rows.len() >= LEGACY_NAMES_MIN && rows.len() * 2 >= learners {
        return Err(reasons::FONT_LEGACY.refusal(""));
    }
    Ok(())
}

/// Refuses a table that names a claim twice, lacks one that every row needs, or leaves open what the documents are about.
fn check(head: &Head<'_>, table: &Table<'_>, common: &BTreeMap<usize, String>, said: &Said) -> Result<(), Refusal> {
    for (index, cell) in head.row.cells.iter().enumerate() {
        if let Heading::Claim(place) = table.recognise(&shown(cell))
            && head.columns[&place] != index
        {
            let first = shown(&head.row.cells[head.columns[&place]]);
            return Err(reasons::COLUMN_REPEATED.refusal(&format!("{first}, {}", shown(cell))));
        }
    }
    let is_there = |place: &usize| head.columns.contains_key(place) || common.contains_key(place);
    let places = 0..table.claims.len();
    let missing: Vec<String> = places
        .filter(|place| table.claims[*place].is_required() && !is_there(place))
        .map(|place| table.claims[place].title())
        .collect();
    if !missing.is_empty() {
        return Err(reasons::COLUMNS_MISSING.refusal(&missing.join(", ")));
    }
    if !table.learner.iter().any(is_there) {
        return Err(reasons::COLUMNS_MISSING.refusal(&table.claims[table.learner[0]].title()));
    }
    let unsaid =
        |place: Option<usize>, said: &Option<String>| said.is_none() && place.is_none_or(|place| !is_there(&place));
    if unsaid(table.period, &said.period) {
        return Err(reasons::CONTEXT_MISSING.refusal("năm (--period)"));
    }
    if unsaid(table.date, &said.date) {
        return Err(reasons::CONTEXT_MISSING.refusal("ngày ký (--date)"));
    }
    Ok(())
}

fn headings(head: &Head<'_>, table: &Table<'_>, wanted: Heading) -> Vec<String> {
    let titles = head.row.cells.iter().map(shown);
    titles.filter(|title| table.recognise(title) == wanted).collect()
}

/// Whether a row is a learner's; what it is otherwise is counted, or a finding.
fn is_learner(row: &Row, head: &Head<'_>, table: &Table<'_>, import: &mut Import) -> bool {
    let filled = |index: &usize| row.cells.get(*index).is_some_and(|cell| *cell != Cell::Empty);
    let meant = head.columns.values().filter(|index| filled(index));
    let texts: Vec<String> = row.cells.iter().map(shown).filter(|text| !text.is_empty()).collect();
    let repeats = |index: &&usize| fold(&shown(&row.cells[**index])) == fold(&shown(&head.row.cells[**index]));
    if texts.is_empty() && row.cells.iter().all(|cell| *cell == Cell::Empty || matches!(cell, Cell::Text(_))) {
        return false;
    }
    if meant.clone().filter(repeats).count() >= KNOWN_MIN || is_numbering(row) {
        import.skipped.repeated_headers += 1;
        return false;
    }
    // What only a learner has: a number of their own, or everything that a learner needs.
    let numbers = table.learner.iter().filter_map(|place| row.cells.get(*head.columns.get(place)?)).map(shown);
    let is_number = |text: String| {
        text.contains(|c: char| c.is_ascii_digit()) && text.split_whitespace().count() <= NUMBER_WORDS_MAX
    };
    let mut needed = head.columns.iter().filter(|(place, _)| table.claims[**place].is_required());
    if numbers.into_iter().any(is_number) || needed.all(|(_, index)| filled(index)) {
        return true;
    }
    if let Some(around) = context::around(row, &texts, import.skipped.signatures > 0) {
        match around {
            Around::Total => import.skipped.totals += 1,
            Around::Signature => import.skipped.signatures += 1,
        }
        return false;
    }
    if meant.count() < KNOWN_MIN {
        let cell = texts.first().map_or("", String::as_str);
        import.findings.push(reasons::ROW_NOT_UNDERSTOOD.finding(row.number, "", cell, ""));
        return false;
    }
    true
}

struct RowReader<'a> {
    table: &'a Table<'a>,
    head: &'a Head<'a>,
    common: &'a BTreeMap<usize, String>,
    row: &'a Row,
    said: &'a Said,
}

impl RowReader<'_> {
    /// Whose the row is, and the document that it makes unless something in it is wrong.
    fn read(&self, findings: &mut Vec<Finding>) -> (Option<String>, Option<ImportedRow>) {
        let before = findings.len();
        let (mut texts, mut unread) = (BTreeMap::new(), BTreeSet::new());
        for (place, column) in self.table.claims.iter().enumerate() {
            let text = value::text(self.cell(place)).and_then(|text| match text.as_str() {
                "" => Ok(self.common.get(&place).cloned()),
                text => read(column.claim, text).map(Some),
            });
            match text {
                Ok(text) => texts.extend(text.map(|text| (place, text))),
                Err(fault) => {
                    unread.insert(place);
                    self.report(findings, place, &fault);
                }
            }
        }
        let learner = self.table.learner.iter().find_map(|place| texts.get(place)).cloned();
        let unnamed = if learner.is_none() { Some(self.table.learner[0]) } else { None };
        let needed = (0..self.table.claims.len()).filter(|place| self.needs(*place, &texts)).chain(unnamed);
        let missing: BTreeSet<usize> = needed.filter(|place| !texts.contains_key(place)).collect();
        for place in missing.difference(&unread) {
            self.report(findings, *place, &Fault::from(&reasons::MISSING_VALUE));
        }
        let is_sound = findings[before..].iter().all(|finding| finding.severity != Severity::Error);
        let value = |place: Option<usize>, said: &Option<String>| {
            place.and_then(|place| texts.get(&place)).or(said.as_ref()).cloned().unwrap_or_default()
        };
        let document = learner.clone().filter(|_| is_sound).map(|learner| ImportedRow {
            row: self.row.number,
            learner,
            period: value(self.table.period, &self.said.period),
            document_date: value(self.table.date, &self.said.date),
            claims: self.claims(&texts),
        });
        (learner, document)
    }

    fn cell(&self, place: usize) -> &Cell {
        self.head.columns.get(&place).and_then(|index| self.row.cells.get(*index)).unwrap_or(&Cell::Empty)
    }

    fn report(&self, findings: &mut Vec<Finding>, place: usize, fault: &Fault) {
        let cell: String = shown(self.cell(place)).chars().take(QUOTED_CHARS_MAX).collect();
        let title = self.table.claims[place].title();
        findings.push(fault.reason.finding(self.row.number, &title, &cell, &fault.detail));
    }

    /// Whether a row with these texts cannot do without a claim: no row does, or it tells period or date, or the row says something
    /// else of the same object.
    fn needs(&self, place: usize, texts: &BTreeMap<usize, String>) -> bool {
        let column = &self.table.claims[place];
        let object = |place: &usize| self.table.claims[*place].object.map(|object| &object.name);
        let is_beside = |other: &usize| column.object.is_some() && object(other) == object(&place);
        let tells = [self.table.period, self.table.date].contains(&Some(place));
        column.is_required() || tells || column.claim.required && texts.keys().any(is_beside)
    }

    fn claims(&self, texts: &BTreeMap<usize, String>) -> Map<String, Value> {
        // An object that every document has is there even if nothing in it is.
        let objects = self.table.claims.iter().filter_map(|column| column.object).filter(|object| object.required);
        let mut claims: Map<_, _> = objects.map(|object| (object.name.clone(), Value::Object(Map::new()))).collect();
        for (place, text) in texts {
            let column = &self.table.claims[*place];
            let value = Value::String(text.clone());
            match column.object {
                None => drop(claims.insert(column.claim.name.clone(), value)),
                Some(object) => {
                    let members = claims.entry(object.name.clone()).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(members) = members {
                        members.insert(column.claim.name.clone(), value);
                    }
                }
            }
        }
        claims
    }
}

/// A cleaned text that is not blank, in the one spelling of a claim's form.
fn read(claim: &Claim, text: &str) -> Result<String, Fault> {
    let format = match &claim.shape {
        Shape::Text(format) => *format,
        Shape::Code(codes) => {
            // As it is, else as people read it, else without diacritics if that means one code only.
            let meant = |same: &dyn Fn(&str) -> bool| {
                let mut codes =
                    codes.codes().filter(|(code, label)| [code, &*label.vi, &label.en].into_iter().any(same));
                codes.next().filter(|_| codes.next().is_none()).map(|(code, _)| code.to_owned())
            };
            let (written, folded) = (as_written(text), fold(text));
            let exact = codes.label(text).map(|_| text.to_owned());
            let found = exact.or_else(|| meant(&|name| as_written(name) == written));
            let found = found.or_else(|| meant(&|name| fold(name) == folded));
            return found.ok_or_else(|| Fault::with(&reasons::CODE_UNKNOWN, &codes.title.vi));
        }
        _ => return Err(Fault::from(&reasons::FORM_WRONG)),
    };
    let text = match format {
        Format::Text => value::comment(text)?,
        Format::Date => value::date(text)?.to_string(),
        Format::Year => value::exam_year(text)?,
        Format::SchoolYear => value::school_year(text)?,
        Format::Mark => match value::pass(text) {
            Ok(value::Pass::Passed) => "Đạt".to_owned(),
            Ok(value::Pass::NotYet) => "Chưa đạt".to_owned(),
            _ => value::mark_text(value::mark(text)?),
        },
        Format::Level => value::level(text).map_or_else(|_| text.to_owned(), |level| level.name().to_owned()),
        Format::Sex => super::row::sex_text(value::sex(text)?).to_owned(),
        Format::YesNo => match fold(text).as_str() {
            "co" | "x" | "v" | "true" | "yes" | "1" => "true".to_owned(),
            "khong" | "false" | "no" | "0" => "false".to_owned(),
            _ => return Err(Fault::from(&reasons::FORM_WRONG)),
        },
        Format::PersonalId => value::digits(text, PERSONAL_ID_DIGITS)?,
        Format::Count | Format::MediaType => text.to_owned(),
    };
    // What a document may hold is decided in one place.
    format.check(&text).map(|()| text).map_err(|_| Fault::from(&reasons::FORM_WRONG))
}
