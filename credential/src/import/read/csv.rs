//! CSV as Excel writes it (RFC 4180 with any of three delimiters), rows counted as Excel counts them: an empty line is a
//! row, a line break inside quotes is not.

use super::super::finding::Refusal;
use super::{Cell, Sheet, SheetBuilder, TextBudget};

/// Comma, semicolon (Excel with Vietnamese settings) and tab.
pub(in super::super) const DELIMITERS: [char; 3] = [';', ',', '\t'];

pub(super) fn read(text: &str, delimiter: char, name: &str, budget: &mut TextBudget) -> Result<Sheet, Refusal> {
    read_rows(text, delimiter, name, u32::MAX, budget)
}

pub(super) fn read_head(text: &str, delimiter: char, rows: usize, budget: &mut TextBudget) -> Result<Sheet, Refusal> {
    read_rows(text, delimiter, "", u32::try_from(rows).unwrap_or(u32::MAX), budget)
}

fn read_rows(text: &str, delimiter: char, name: &str, rows: u32, budget: &mut TextBudget) -> Result<Sheet, Refusal> {
    let mut sheet = SheetBuilder::new(name, budget);
    let mut rest = text;
    let mut row = 0;
    let mut column = 0;
    while !rest.is_empty() && row < rows {
        let (field, after) = field(rest, delimiter);
        if !field.trim().is_empty() {
            sheet.put(row, column, Cell::text(&field))?;
        }
        rest = after;
        if let Some(next) = rest.strip_prefix(delimiter) {
            rest = next;
            column += 1;
        } else {
            rest = rest.strip_prefix('\r').unwrap_or(rest);
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            row += 1;
            column = 0;
        }
    }
    Ok(sheet.finish())
}

/// Splits off one field; what is left starts with the delimiter, a line end, or nothing.
///
/// A quoted field ends at its closing quote; text between that and the delimiter is kept, as Excel does. Without a
/// closing quote the quote is an ordinary character, so one stray quote never swallows the rest of the file.
fn field(text: &str, delimiter: char) -> (String, &str) {
    let is_end = |c: char| c == delimiter || c == '\n' || c == '\r';
    let mut quoted = String::new();
    let mut rest = text;
    if let Some(inside) = text.strip_prefix('"')
        && let Some(mut close) = inside.find('"')
    {
        let mut inside = inside;
        loop {
            quoted.push_str(&inside[..close]);
            rest = &inside[close + 1..];
            let Some(more) = rest.strip_prefix('"') else {
                break;
            };
            let Some(next) = more.find('"') else { break };
            quoted.push('"');
            (inside, close) = (more, next);
        }
    }
    let end = rest.find(is_end).unwrap_or(rest.len());
    quoted.push_str(&rest[..end]);
    (quoted, &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, delimiter: char) -> Vec<(u32, Vec<String>)> {
        let sheet = read(text, delimiter, "t", &mut TextBudget(1 << 20)).unwrap();
        let cell = |cell: Cell| match cell {
            Cell::Text(text) => text,
            _ => String::new(),
        };
        let rows = sheet.rows.into_iter();
        rows.map(|row| (row.number, row.cells.into_iter().map(cell).collect())).collect()
    }

    #[test]
    fn rows_are_counted_as_excel_counts_them() {
        let text = "a;\"b\nc\"\r\n\r\n;;\r\n\"d \"\"e\"\"\";7,5\r\n";
        let expected =
            vec![(1, vec!["a".to_owned(), "b\nc".to_owned()]), (4, vec!["d \"e\"".to_owned(), "7,5".to_owned()])];
        assert_eq!(rows(text, ';'), expected);
    }

    #[test]
    fn a_stray_quote_swallows_nothing() {
        assert_eq!(
            rows("\"a,b\nc,d", ','),
            [(1, vec!["\"a".to_owned(), "b".to_owned()]), (2, vec!["c".to_owned(), "d".to_owned()]),]
        );
        assert_eq!(rows("x\t\"y\" z\n1", '\t').len(), 2);
    }
}
