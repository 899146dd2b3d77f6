//! Bytes of a file to sheets of cells, whatever the format, within [`limits`](super::limits).
//!
//! The format is told by content, never by the file's name. Numbers become the decimal text that Excel shows at full
//! width, so that `7.9` is `7.9` and nothing later needs floating point. Dates stay serial numbers: which column is a date
//! is for the header to say, not for a cell's format.
//!
//! Text of a cell is kept as it is; [`clean`](super::text::clean) is for whoever uses it.

mod cfb;
mod csv;
mod xls;
mod xlsx;

use std::collections::BTreeMap;

use super::finding::Refusal;
use super::limits::{CELL_CHARS_MAX, COLUMNS_MAX, EXTRA_ROWS_MAX, FILE_BYTES_MAX, ROWS_MAX, TEXT_BYTES_MAX};
use super::reasons;

pub(super) use csv::DELIMITERS;

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Cell {
    #[default]
    Empty,
    Text(String),
    /// Decimal digits of a stored number, such as `7.9`, `-3`, `44096`.
    Number(String),
    /// A formula error such as `#N/A`.
    Error,
    /// More than [`CELL_CHARS_MAX`] characters: not kept.
    TooLong,
}

impl Cell {
    pub(super) fn text(text: &str) -> Cell {
        if text.is_empty() {
            Cell::Empty
        } else if text.len() > CELL_CHARS_MAX && text.chars().count() > CELL_CHARS_MAX {
            Cell::TooLong
        } else {
            Cell::Text(text.to_owned())
        }
    }

    /// Excel works with 15 digits: a sum stored as 7.8999999999999995 is 7.9 to everyone who sees it.
    fn number(value: f64) -> Cell {
        if !value.is_finite() || value.abs() >= 1e15 {
            return Cell::Error;
        }
        // Display of f64 is the shortest text that reads back as the same value, never with an exponent.
        let shortest = value.to_string();
        if shortest.bytes().filter(u8::is_ascii_digit).count() <= 15 {
            return Cell::Number(shortest);
        }
        let fifteen = format!("{value:.14e}").parse::<f64>().unwrap_or(value);
        Cell::Number(fifteen.to_string())
    }
}

/// A row that holds at least one cell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Counted from 1 as Excel shows it.
    pub number: u32,
    pub cells: Vec<Cell>,
}

/// A sheet of a workbook, or the one table of a CSV file; rows in order, empty ones left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub name: String,
    pub rows: Vec<Row>,
}

/// What is left of the allowance for texts, over all sheets of a file.
struct TextBudget(usize);

/// A sheet being read, in whatever order its cells come.
struct SheetBuilder<'a> {
    name: String,
    rows: BTreeMap<u32, Vec<Cell>>,
    budget: &'a mut TextBudget,
}

impl<'a> SheetBuilder<'a> {
    fn new(name: &str, budget: &'a mut TextBudget) -> Self {
        SheetBuilder { name: name.to_owned(), rows: BTreeMap::new(), budget }
    }

    /// Puts a cell at a position counted from 0.
    fn put(&mut self, row: u32, column: usize, cell: Cell) -> Result<(), Refusal> {
        let bytes = match &cell {
            Cell::Empty => return Ok(()),
            Cell::Text(text) | Cell::Number(text) => text.len(),
            Cell::Error | Cell::TooLong => 0,
        };
        if row >= ROWS_MAX + EXTRA_ROWS_MAX {
            return Err(reasons::TOO_MANY_ROWS.refusal(&ROWS_MAX.to_string()));
        }
        if column >= COLUMNS_MAX {
            return Err(reasons::TOO_MANY_COLUMNS.refusal(&COLUMNS_MAX.to_string()));
        }
        self.budget.0 = self
            .budget
            .0
            .checked_sub(bytes)
            .ok_or_else(|| reasons::TOO_MUCH_TEXT.refusal(&format!("{} MiB", TEXT_BYTES_MAX >> 20)))?;
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = cell;
        Ok(())
    }

    fn finish(self) -> Sheet {
        let rows = self.rows.into_iter().map(|(row, cells)| Row { number: row + 1, cells });
        Sheet { name: self.name, rows: rows.collect() }
    }
}

/// A file whose format is known.
pub(super) enum Source<'a> {
    Xlsx(&'a [u8]),
    Xls(&'a [u8]),
    /// Text whose delimiter is not known yet: the header decides, because marks hold commas too.
    Csv(&'a str),
}

/// Tells the format by content.
pub(super) fn detect(bytes: &[u8]) -> Result<Source<'_>, Refusal> {
    if bytes.len() > FILE_BYTES_MAX {
        let limit = format!("{} MiB", FILE_BYTES_MAX >> 20);
        return Err(reasons::FILE_TOO_LARGE.refusal(&limit));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Source::Xlsx(bytes));
    }
    if bytes.starts_with(&cfb::SIGNATURE) {
        return Ok(Source::Xls(bytes));
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(reasons::ENCODING_UNKNOWN.refusal(""));
    }
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if body.is_empty() {
        return Err(reasons::FILE_EMPTY.refusal(""));
    }
    if body.starts_with(b"%PDF") || body.contains(&0) {
        return Err(reasons::FORMAT_UNKNOWN.refusal(""));
    }
    if body.starts_with(b"<") {
        let web = body[..body.len().min(1024)].to_ascii_lowercase();
        let html = [&b"<html"[..], b"<table", b"<!doctype html"];
        let is_html = html.iter().any(|tag| web.windows(tag.len()).any(|w| w == *tag));
        let reason = if is_html { &reasons::FORMAT_HTML } else { &reasons::FORMAT_UNKNOWN };
        return Err(reason.refusal(""));
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Source::Csv(text)),
        Err(_) => Err(reasons::ENCODING_UNKNOWN.refusal("")),
    }
}

pub(super) fn xlsx(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    xlsx::read(bytes, &mut TextBudget(TEXT_BYTES_MAX))
}

pub(super) fn xls(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    xls::read(bytes, &mut TextBudget(TEXT_BYTES_MAX))
}

pub(super) fn csv(text: &str, delimiter: char, name: &str) -> Result<Sheet, Refusal> {
    csv::read(text, delimiter, name, &mut TextBudget(TEXT_BYTES_MAX))
}

/// The first rows of a CSV text, for trying out a delimiter.
pub(super) fn csv_head(text: &str, delimiter: char, rows: usize) -> Result<Sheet, Refusal> {
    csv::read_head(text, delimiter, rows, &mut TextBudget(TEXT_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_excel_shows() {
        for (value, text) in [
            (7.9, "7.9"),
            (7.6 + 0.3, "7.9"),
            (10.0, "10"),
            (23.5 / 3.0, "7.83333333333333"),
            (311_000_000_001.0, "311000000001"),
            (-0.5, "-0.5"),
        ] {
            assert_eq!(Cell::number(value), Cell::Number(text.to_owned()));
        }
        assert_eq!(Cell::number(f64::NAN), Cell::Error);
        assert_eq!(Cell::number(1e300), Cell::Error);
    }
}
