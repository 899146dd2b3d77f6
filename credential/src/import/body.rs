//! The rows below the header: learners, and what stands between and under them.
//!
//! Nothing is dropped unseen: a row that holds anything is a learner, is counted as a repeated header, a total or a
//! signature, or is a finding.

use super::Skipped;
use super::columns::{Fate, Field};
use super::context::{self, Around};
use super::finding::Finding;
use super::header::{self, Header, shown};
use super::kind::DocumentKind;
use super::read::{Cell, Row, Sheet};
use super::reasons;

/// A row with fewer cells that mean something is not a learner.
const LEARNER_CELLS_MIN: usize = 3;
/// Words of a cell that holds a number, not a sentence with a number in it.
pub(super) const NUMBER_WORDS_MAX: usize = 2;
/// The rows below the header, told apart.
pub(super) struct Body<'a> {
    pub learners: Vec<&'a Row>,
    pub skipped: Skipped,
    /// The texts of rows that are nobody's: the date of signing is among them.
    pub around: Vec<String>,
}

impl<'a> Body<'a> {
    pub(super) fn split(
        sheet: &'a Sheet,
        header: &Header,
        kind: DocumentKind,
        findings: &mut Vec<Finding>,
    ) -> Body<'a> {
        let mut body = Body { learners: Vec::new(), skipped: Skipped::default(), around: Vec::new() };
        for row in &sheet.rows[header.below..] {
            if is_numbered(row, header, kind) {
                body.learners.push(row);
                continue;
            }
            let texts = texts(row, header);
            let meant =
                header.fields.values().filter(|index| row.cells.get(**index).is_some_and(|cell| *cell != Cell::Empty));
            if texts.is_empty() && row.cells.iter().all(|cell| shown(cell).is_empty() && !is_fault(cell)) {
                continue;
            }
            if header.is_repeated_in(row) {
                body.skipped.repeated_headers += 1;
            } else if let Some(around) = context::around(row, &texts, body.skipped.signatures > 0) {
                match around {
                    Around::Total => body.skipped.totals += 1,
                    Around::Signature => body.skipped.signatures += 1,
                }
                body.around.extend(texts);
            } else if meant.count() < LEARNER_CELLS_MIN {
                let cell = texts.first().map_or("", String::as_str);
                findings.push(reasons::ROW_NOT_UNDERSTOOD.finding(row.number, "", cell, ""));
            } else {
                body.learners.push(row);
            }
        }
        body
    }
}

fn is_fault(cell: &Cell) -> bool {
    matches!(cell, Cell::Error | Cell::TooLong)
}

/// Whether the row has what only a learner's row has: a student code, a register number.
fn is_numbered(row: &Row, header: &Header, kind: DocumentKind) -> bool {
    let fields: &[Field] = match kind {
        DocumentKind::BangTnThpt => &[Field::RegisterNumber, Field::Serial],
        DocumentKind::HocBaThcs | DocumentKind::HocBaThpt => &[Field::StudentCode],
    };
    fields.iter().any(|field| {
        let text = header.fields.get(field).and_then(|index| row.cells.get(*index)).map(shown);
        text.is_some_and(|text| {
            text.contains(|c: char| c.is_ascii_digit())
                && text.split_whitespace().count() <= NUMBER_WORDS_MAX
                && !header::is_numbering(row)
        })
    })
}

/// The texts by which a row that is perhaps nobody's is told. Columns that are never read are looked at only in rows
/// with so few cells that no learner can be in them: signatures stand anywhere.
fn texts(row: &Row, header: &Header) -> Vec<String> {
    let filled = row.cells.iter().filter(|cell| **cell != Cell::Empty).count();
    let may_read = |index: &usize| {
        filled <= LEARNER_CELLS_MIN || header.columns.get(index).is_none_or(|column| column.fate != Fate::Dropped)
    };
    let cells = row.cells.iter().enumerate().filter(|(index, _)| may_read(index));
    cells.map(|(_, cell)| shown(cell)).filter(|text| !text.is_empty()).collect()
}
