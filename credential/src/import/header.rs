//! Finding the header: the row, or the two rows of a merged header, that name the most columns we know.
//!
//! A merged heading is stored in its first cell only. In a two-row header a column therefore belongs to the nearest
//! heading on its left in the upper row, and its name is both together ("Toán" over "HKI"). Merging itself is not looked
//! at: CSV has none, and clerks leave cells empty without merging them.

use std::collections::BTreeMap;

use super::columns::{Fate, Field, is_name, recognise, title};
use super::finding::Refusal;
use super::kind::DocumentKind;
use super::limits::HEADER_ROWS_MAX;
use super::read::{Cell, Row, Sheet};
use super::reasons;
use super::text::{clean, fold};

/// Columns that must be known before a row is taken for a header.
const KNOWN_COLUMNS_MIN: usize = 3;
/// Cells of a data row that repeat their own heading before it is taken for a repeated header.
const REPEATED_CELLS_MIN: usize = 2;
/// Cells of the row "(1) (2) (3) …" that some forms have under the header.
const NUMBERED_CELLS_MIN: usize = 5;

#[derive(Debug)]
pub(super) struct Header {
    /// The last row of the header, counted from 1 as Excel shows it.
    pub row: u32,
    /// Place of its first row among the rows of the sheet.
    pub first: usize,
    /// Place of the first row below it.
    pub below: usize,
    /// Every named column, by its place in a row.
    pub columns: BTreeMap<usize, Column>,
    /// Where each known field is.
    pub fields: BTreeMap<Field, usize>,
    /// The second cell of a name split over two columns.
    pub name_last: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Column {
    pub title: String,
    pub fate: Fate,
    /// The folded headings of the rows above it.
    keys: Vec<String>,
}

/// A cell of a heading or title row.
pub(super) fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => clean(text),
        Cell::Number(number) => number.clone(),
        Cell::Empty | Cell::Error | Cell::TooLong => String::new(),
    }
}

/// The best header of a sheet, if it has one.
pub(super) fn find(sheet: &Sheet, kind: DocumentKind) -> Option<Header> {
    let rows = sheet.rows.iter().take_while(|row| row.number as usize <= HEADER_ROWS_MAX);
    let names: Vec<bool> = rows.map(has_name).collect();
    let mut best: Option<Header> = None;
    for (first, named) in names.iter().enumerate() {
        let row = &sheet.rows[first];
        let below = sheet.rows.get(first + 1).filter(|below| below.number == row.number + 1);
        let is_named_below = names.get(first + 1).is_some_and(|named| *named);
        let single = named.then(|| read(first, row, None, kind));
        let double = below.filter(|_| *named || is_named_below).map(|below| read(first, row, Some(below), kind));
        for header in [single, double].into_iter().flatten() {
            let is_header = header.fields.contains_key(&Field::Name) && header.fields.len() >= KNOWN_COLUMNS_MIN;
            // Of equals the one of one row: the row above it is a title.
            let rank = |header: &Header| (header.fields.len(), header.first + 1 == header.below);
            if is_header && best.as_ref().is_none_or(|best| rank(&header) > rank(best)) {
                best = Some(header);
            }
        }
    }
    best
}

/// Whether a row can be a header, or a part of one: told quickly, before anything else is looked up.
fn has_name(row: &Row) -> bool {
    row.cells.iter().any(|cell| matches!(cell, Cell::Text(text) if is_name(&fold(text))))
}

fn read(first: usize, upper: &Row, lower: Option<&Row>, kind: DocumentKind) -> Header {
    let mut header = Header {
        row: lower.unwrap_or(upper).number,
        first,
        below: first + if lower.is_some() { 2 } else { 1 },
        columns: BTreeMap::new(),
        fields: BTreeMap::new(),
        name_last: None,
    };
    let width = upper.cells.len().max(lower.map_or(0, |row| row.cells.len()));
    let mut group = String::new();
    for index in 0..width {
        let above = upper.cells.get(index).map(shown).unwrap_or_default();
        let under = lower.and_then(|row| row.cells.get(index)).map(shown).unwrap_or_default();
        if !above.is_empty() {
            group.clone_from(&above);
        }
        let column = if under.is_empty() {
            Column { fate: recognise(&fold(&above), kind), keys: vec![fold(&above)], title: above }
        } else {
            merged(&group, &under, kind)
        };
        if column.fate == Fate::Unnamed {
            continue;
        }
        if let Fate::Read(field) = column.fate {
            header.fields.entry(field).or_insert(index);
        }
        header.columns.insert(index, column);
    }
    header.name_last = header.fields.get(&Field::NameLast).copied().or_else(|| {
        let after = header.fields.get(&Field::Name)? + 1;
        (!header.columns.contains_key(&after)).then_some(after)
    });
    header
}

/// A column under a group. The group decides about privacy: "Họ tên" under "Cha" is the father's.
fn merged(group: &str, under: &str, kind: DocumentKind) -> Column {
    let both = format!("{group} {under}").trim().to_owned();
    let keys = vec![fold(&both), fold(under), fold(group)];
    let fate = recognise(&keys[0], kind);
    if fate == Fate::Ignored
        && let Fate::Read(field) = recognise(&keys[1], kind)
    {
        return Column { title: under.to_owned(), fate: Fate::Read(field), keys };
    }
    Column { title: both, fate, keys }
}

impl Header {
    /// Refuses a header that names one thing twice or lacks a required column.
    pub(super) fn check(&self, required: &[Field]) -> Result<(), Refusal> {
        for (index, column) in &self.columns {
            if let Fate::Read(field) = column.fate
                && self.fields[&field] != *index
            {
                let first = &self.columns[&self.fields[&field]].title;
                return Err(reasons::COLUMN_REPEATED.refusal(&format!("{first}, {}", column.title)));
            }
        }
        let is_there = |field: &&Field| {
            self.fields.contains_key(field) || **field == Field::Sex && self.fields.contains_key(&Field::FemaleMark)
        };
        let missing: Vec<String> =
            required.iter().filter(|field| !is_there(field)).map(|field| title(*field)).collect();
        if missing.is_empty() { Ok(()) } else { Err(reasons::COLUMNS_MISSING.refusal(&missing.join(", "))) }
    }

    /// The heading of a field, as the file has it.
    pub(super) fn title(&self, field: Field) -> String {
        let column = self.fields.get(&field).and_then(|index| self.columns.get(index));
        column.map_or_else(|| title(field), |column| column.title.clone())
    }

    /// Headings of the columns with this fate.
    pub(super) fn titles(&self, fate: Fate) -> Vec<String> {
        let columns = self.columns.values().filter(|column| column.fate == fate);
        columns.map(|column| column.title.clone()).collect()
    }

    /// Whether a row repeats the header, as at the top of every printed page, or numbers its columns.
    pub(super) fn is_repeated_in(&self, row: &Row) -> bool {
        let headings = self.columns.iter().filter(|(index, column)| {
            matches!(row.cells.get(**index), Some(Cell::Text(text)) if column.keys.contains(&fold(text)))
        });
        headings.count() >= REPEATED_CELLS_MIN || is_numbering(row)
    }
}

/// Whether a row numbers its columns: "(1) (2) (3) …".
pub(super) fn is_numbering(row: &Row) -> bool {
    let mut filled = row.cells.iter().filter(|cell| **cell != Cell::Empty);
    let number = |cell: &Cell| fold(&shown(cell)).parse::<usize>().ok();
    let Some(first) = filled.next().and_then(number) else {
        return false;
    };
    let mut count = 1;
    let follows = filled.zip(first + 1..).all(|(cell, expected)| {
        count += 1;
        number(cell) == Some(expected)
    });
    follows && count >= NUMBERED_CELLS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[&[&str]]) -> Sheet {
        let row = |(index, cells): (usize, &&[&str])| Row {
            number: u32::try_from(index).unwrap() + 1,
            cells: cells.iter().map(|text| Cell::text(text)).collect(),
        };
        Sheet { name: String::new(), rows: rows.iter().enumerate().map(row).collect() }
    }

    const KIND: DocumentKind = DocumentKind::HocBaThcs;

    #[test]
    fn a_merged_header_is_read_with_its_groups() {
        let sheet = sheet(&[
            &["TRƯỜNG THCS THỬ NGHIỆM"],
            &["STT", "Họ và tên", "", "Ngày\nsinh", "Toán", "", "", "Cha", ""],
            &["", "", "", "", "HKI", "HKII", "CN", "Họ tên", "SĐT"],
            &["1", "Nguyễn Thử", "Nghiệm", "07/03/2011", "7,9", "8,3", "8,2", "(tên)", "(số)"],
        ]);
        let header = find(&sheet, KIND).unwrap();
        assert_eq!((header.row, header.below), (3, 3));
        assert_eq!(header.name_last, Some(2));
        assert_eq!(header.columns[&5].title, "Toán HKII");
        assert_eq!(header.titles(Fate::Dropped), ["Cha Họ tên", "Cha SĐT"]);
        assert!(header.is_repeated_in(&sheet.rows[1]));
        assert!(header.is_repeated_in(&sheet.rows[2]));
        assert!(!header.is_repeated_in(&sheet.rows[3]));
    }

    #[test]
    fn one_row_is_enough_and_order_does_not_matter() {
        let sheet = sheet(&[&["Toán CN", "NGÀY SINH", "ho va ten"], &["7,9", "1/1/2011", "A"]]);
        let header = find(&sheet, KIND).unwrap();
        assert_eq!((header.row, header.fields[&Field::Name]), (1, 2));
        assert_eq!(header.name_last, Some(3));
    }

    #[test]
    fn a_title_right_above_is_no_group() {
        let sheet = sheet(&[&["Ngày 28 tháng 5 năm 2026"], &["Họ và tên", "Ngày sinh", "Toán"]]);
        let header = find(&sheet, KIND).unwrap();
        assert_eq!((header.first, header.below), (1, 2));
    }

    #[test]
    fn two_columns_for_one_thing_are_refused() {
        let sheet = sheet(&[&["Họ và tên", "Ngày sinh", "Toán", "Toán CN"]]);
        let header = find(&sheet, KIND).unwrap();
        let refusal = header.check(&[]).unwrap_err();
        assert_eq!(refusal.code, "column-repeated");
        assert!(refusal.en.ends_with("Toán, Toán CN."));
    }

    #[test]
    fn a_numbered_row_is_part_of_the_header() {
        let sheet = sheet(&[&["Họ và tên", "Ngày sinh", "Toán", "RL CN", "HT CN"]]);
        let header = find(&sheet, KIND).unwrap();
        let row = |cells: &[&str]| Row { number: 2, cells: cells.iter().map(|c| Cell::text(c)).collect() };
        assert!(header.is_repeated_in(&row(&["(1)", "(2)", "(3)", "(4)", "(5)"])));
        assert!(!header.is_repeated_in(&row(&["(1)", "(2)", "(3)", "(4)", "(6)"])));
    }
}
