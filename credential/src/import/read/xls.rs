//! `.xls` of Excel 97 and later (BIFF8, Microsoft's MS-XLS): the records that carry cells, and no others.
//!
//! Read here rather than by a general library because a hostile or damaged file must cost no more memory than it has
//! bytes: a short record may name a shared text of 32,767 characters, a header may announce four billion rows.
//! Memory is bounded by the file (records and shared texts) and by the limits of [`SheetBuilder`].

use super::super::finding::Refusal;
use super::super::limits::{CELL_CHARS_MAX, SHEETS_MAX};
use super::super::reasons;
use super::cfb::{self, CfbError, u16_at, u32_at};
use super::{Cell, Sheet, SheetBuilder, TextBudget};

// Record types, MS-XLS 2.3.
const FORMULA: u16 = 0x0006;
const EOF: u16 = 0x000A;
const DATE_MODE: u16 = 0x0022;
const FILE_PASS: u16 = 0x002F;
const CONTINUE: u16 = 0x003C;
const BOUND_SHEET: u16 = 0x0085;
const MUL_RK: u16 = 0x00BD;
const RICH_LABEL: u16 = 0x00D6;
const SHARED_TEXTS: u16 = 0x00FC;
const LABEL_SHARED: u16 = 0x00FD;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
const BOOL_OR_ERROR: u16 = 0x0205;
const FORMULA_TEXT: u16 = 0x0207;
const RK: u16 = 0x027E;
const BOF: u16 = 0x0809;

const BIFF8: u16 = 0x0600;

/// Flags of a text, MS-XLS 2.5.293.
const WIDE: u8 = 0x01;
const PHONETIC: u8 = 0x04;
const RICH: u8 = 0x08;

fn damaged() -> Refusal {
    reasons::FILE_DAMAGED.refusal("")
}

pub(super) fn read(bytes: &[u8], budget: &mut TextBudget) -> Result<Vec<Sheet>, Refusal> {
    let stream = cfb::workbook(bytes).map_err(|error| match error {
        CfbError::Damaged => damaged(),
        CfbError::Encrypted => reasons::FILE_ENCRYPTED.refusal(""),
        CfbError::NotAWorkbook => reasons::FORMAT_UNKNOWN.refusal(""),
    })?;
    let globals = Globals::read(&stream)?;
    let mut sheets = Vec::new();
    for (name, start) in &globals.sheets {
        let records = Records { rest: stream.get(*start..).ok_or_else(damaged)? };
        sheets.push(read_sheet(name, records, &globals.texts, budget)?);
    }
    Ok(sheets)
}

/// Splits a stream into records of type and content.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    /// The next record; a stream that ends before its end record was cut off.
    fn next(&mut self) -> Result<(u16, &'a [u8]), Refusal> {
        let kind = u16_at(self.rest, 0).ok_or_else(damaged)?;
        let length = u16_at(self.rest, 2).ok_or_else(damaged)? as usize;
        let data = self.rest.get(4..4 + length).ok_or_else(damaged)?;
        self.rest = &self.rest[4 + length..];
        Ok((kind, data))
    }

    /// The parts that continue the record just read.
    fn continuation(&mut self) -> Result<Vec<&'a [u8]>, Refusal> {
        let mut parts = Vec::new();
        while u16_at(self.rest, 0) == Some(CONTINUE) {
            parts.push(self.next()?.1);
        }
        Ok(parts)
    }
}

/// What all sheets share.
struct Globals {
    /// Name and position of every worksheet.
    sheets: Vec<(String, usize)>,
    texts: Vec<Cell>,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Globals, Refusal> {
        let mut records = Records { rest: stream };
        let mut globals = Globals { sheets: Vec::new(), texts: Vec::new() };
        let (kind, data) = records.next()?;
        if kind != BOF {
            // Before Excel 5 a workbook was a bare sheet with another first record.
            return Err(if kind & 0xFF == 0x09 { reasons::FORMAT_OLD.refusal("") } else { damaged() });
        }
        if u16_at(data, 0) != Some(BIFF8) {
            return Err(reasons::FORMAT_OLD.refusal(""));
        }
        loop {
            let (kind, data) = records.next()?;
            match kind {
                EOF => return Ok(globals),
                FILE_PASS => return Err(reasons::FILE_ENCRYPTED.refusal("")),
                DATE_MODE if u16_at(data, 0) == Some(1) => {
                    return Err(reasons::DATES_1904.refusal(""));
                }
                BOUND_SHEET => {
                    let start = u32_at(data, 0).ok_or_else(damaged)? as usize;
                    let [_, kind, length, flags, name @ ..] = data.get(4..).ok_or_else(damaged)? else {
                        return Err(damaged());
                    };
                    if *kind == 0 {
                        let name = plain_text(name, usize::from(*length), *flags)?;
                        globals.sheets.push((name, start));
                    }
                    if globals.sheets.len() > SHEETS_MAX {
                        return Err(damaged());
                    }
                }
                SHARED_TEXTS => {
                    let mut parts = vec![data];
                    parts.extend(records.continuation()?);
                    globals.texts = shared_texts(parts)?;
                }
                _ => {}
            }
        }
    }
}

/// A text that lies in one record.
fn plain_text(bytes: &[u8], length: usize, flags: u8) -> Result<String, Refusal> {
    if flags & WIDE == 0 {
        // One byte per character: the low half of its UTF-16 unit.
        Ok(bytes.get(..length).ok_or_else(damaged)?.iter().map(|byte| char::from(*byte)).collect())
    } else {
        let bytes = bytes.get(..length * 2).ok_or_else(damaged)?;
        let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        Ok(String::from_utf16_lossy(&units.collect::<Vec<u16>>()))
    }
}

/// Reads across the parts of a continued record.
struct Parts<'a> {
    parts: std::vec::IntoIter<&'a [u8]>,
    rest: &'a [u8],
}

impl Parts<'_> {
    /// Goes on to the next part if this one is used up; false at the end of all.
    fn refill(&mut self) -> bool {
        while self.rest.is_empty() {
            match self.parts.next() {
                Some(part) => self.rest = part,
                None => return false,
            }
        }
        true
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        if !self.refill() {
            return Err(damaged());
        }
        let (first, rest) = self.rest.split_first().ok_or_else(damaged)?;
        self.rest = rest;
        Ok(*first)
    }

    fn number(&mut self, bytes: u32) -> Result<usize, Refusal> {
        let mut value = 0;
        for place in 0..bytes {
            value |= usize::from(self.byte()?) << (8 * place);
        }
        Ok(value)
    }

    fn skip(&mut self, mut bytes: usize) -> Result<(), Refusal> {
        while bytes > 0 {
            if !self.refill() {
                return Err(damaged());
            }
            let step = bytes.min(self.rest.len());
            self.rest = &self.rest[step..];
            bytes -= step;
        }
        Ok(())
    }

    /// The characters of a text. Where they cross into the next part, that part starts with flags of its own.
    fn characters(&mut self, mut length: usize, mut flags: u8) -> Result<Vec<u16>, Refusal> {
        let mut units = Vec::new();
        while length > 0 {
            if self.rest.is_empty() {
                flags = self.byte()?;
            }
            let width = if flags & WIDE == 0 { 1 } else { 2 };
            let step = length.min(self.rest.len() / width);
            if step == 0 {
                return Err(damaged());
            }
            let (here, rest) = self.rest.split_at(step * width);
            let unit = |c: &[u8]| u16::from(c[0]) | c.get(1).map_or(0, |high| u16::from(*high) << 8);
            units.extend(here.chunks_exact(width).map(unit));
            self.rest = rest;
            length -= step;
        }
        Ok(units)
    }
}

/// The table of shared texts, MS-XLS 2.4.265.
fn shared_texts(parts: Vec<&[u8]>) -> Result<Vec<Cell>, Refusal> {
    let mut parts = Parts { parts: parts.into_iter(), rest: &[] };
    parts.skip(4)?;
    let count = parts.number(4)?;
    let mut texts = Vec::new();
    for _ in 0..count {
        let length = parts.number(2)?;
        let flags = parts.byte()?;
        let runs = if flags & RICH == 0 { 0 } else { parts.number(2)? };
        let phonetic = if flags & PHONETIC == 0 { 0 } else { parts.number(4)? };
        let units = parts.characters(length, flags)?;
        parts.skip(runs * 4)?;
        parts.skip(phonetic)?;
        texts.push(if units.len() > CELL_CHARS_MAX {
            Cell::TooLong
        } else {
            Cell::text(&String::from_utf16_lossy(&units))
        });
    }
    Ok(texts)
}

fn read_sheet(name: &str, mut records: Records<'_>, texts: &[Cell], budget: &mut TextBudget) -> Result<Sheet, Refusal> {
    let mut sheet = SheetBuilder::new(name, budget);
    // Charts inside a sheet are streams of their own, with cells that are not the sheet's.
    let mut depth = 0_u32;
    let mut formula_at = None;
    loop {
        let (kind, data) = records.next()?;
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => return Ok(sheet.finish()),
            EOF => depth -= 1,
            _ if depth > 1 => {}
            FORMULA_TEXT => {
                if let Some((row, column)) = formula_at.take() {
                    sheet.put(row, column, text_cell(data)?)?;
                }
            }
            FORMULA | MUL_RK | RICH_LABEL | LABEL_SHARED | NUMBER | LABEL | BOOL_OR_ERROR | RK => {
                let row = u32::from(u16_at(data, 0).ok_or_else(damaged)?);
                let column = usize::from(u16_at(data, 2).ok_or_else(damaged)?);
                // Row, column, and for one cell its format.
                let value = data.get(6..).ok_or_else(damaged)?;
                let cell = match kind {
                    FORMULA => match formula_value(value)? {
                        Some(cell) => cell,
                        None => {
                            formula_at = Some((row, column));
                            continue;
                        }
                    },
                    MUL_RK => {
                        // Cells of 6 bytes, then the last column.
                        let cells = data.get(4..data.len() - 2).ok_or_else(damaged)?;
                        for (place, cell) in cells.chunks_exact(6).enumerate() {
                            sheet.put(row, column + place, rk(u32_at(cell, 2).ok_or_else(damaged)?))?;
                        }
                        continue;
                    }
                    LABEL_SHARED => {
                        let index = u32_at(value, 0).ok_or_else(damaged)? as usize;
                        texts.get(index).ok_or_else(damaged)?.clone()
                    }
                    LABEL | RICH_LABEL => text_cell(value)?,
                    NUMBER => Cell::number(f64_at(value)?),
                    RK => rk(u32_at(value, 0).ok_or_else(damaged)?),
                    _ => match value {
                        [1, 0, ..] => Cell::text("TRUE"),
                        [_, 0, ..] => Cell::text("FALSE"),
                        _ => Cell::Error,
                    },
                };
                sheet.put(row, column, cell)?;
            }
            _ => {}
        }
    }
}

fn f64_at(bytes: &[u8]) -> Result<f64, Refusal> {
    let bytes = bytes.get(..8).and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
    Ok(f64::from_le_bytes(bytes))
}

/// A text with its length in two bytes and its flags in one. One that continues elsewhere is over our limit anyway.
fn text_cell(bytes: &[u8]) -> Result<Cell, Refusal> {
    let length = usize::from(u16_at(bytes, 0).ok_or_else(damaged)?);
    if length > CELL_CHARS_MAX {
        return Ok(Cell::TooLong);
    }
    match bytes.get(2..) {
        Some([flags, text @ ..]) => Ok(Cell::text(&plain_text(text, length, *flags)?)),
        _ if length == 0 => Ok(Cell::Empty),
        _ => Err(damaged()),
    }
}

/// The stored result of a formula, MS-XLS 2.5.133; `None` where a text follows in a record of its own.
fn formula_value(bytes: &[u8]) -> Result<Option<Cell>, Refusal> {
    Ok(match bytes {
        [0, _, _, _, _, _, 0xFF, 0xFF, ..] => None,
        [1, _, 0, _, _, _, 0xFF, 0xFF, ..] => Some(Cell::text("FALSE")),
        [1, _, _, _, _, _, 0xFF, 0xFF, ..] => Some(Cell::text("TRUE")),
        [2, _, _, _, _, _, 0xFF, 0xFF, ..] => Some(Cell::Error),
        [3, _, _, _, _, _, 0xFF, 0xFF, ..] => Some(Cell::Empty),
        _ => Some(Cell::number(f64_at(bytes)?)),
    })
}

/// A number in four bytes, MS-XLS 2.5.122: an integer or the high half of a float, perhaps in hundredths.
fn rk(bits: u32) -> Cell {
    let hundredths = bits & 1 != 0;
    if bits & 2 == 0 {
        let value = f64::from_bits(u64::from(bits & 0xFFFF_FFFC) << 32);
        return Cell::number(if hundredths { value / 100.0 } else { value });
    }
    let value = bits.cast_signed() >> 2;
    if !hundredths {
        return Cell::Number(value.to_string());
    }
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let text = format!("{sign}{}.{:02}", value / 100, value % 100);
    Cell::Number(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_exact() {
        let number = |text: &str| Cell::Number(text.to_owned());
        assert_eq!(rk((790 << 2) | 3), number("7.9"));
        assert_eq!(rk((1000 << 2) | 3), number("10"));
        assert_eq!(rk(((-725_i32).cast_unsigned() << 2) | 3), number("-7.25"));
        assert_eq!(rk((40609 << 2) | 2), number("40609"));
        assert_eq!(rk(0x4014_0000), number("5"));
    }

    #[test]
    fn a_shared_text_may_change_width_where_it_continues() {
        let first = b"\x01\0\0\0\x01\0\0\0\x04\0\x00Ng";
        let second = b"\x01\xC5\x1E\x6E\x00";
        let texts = shared_texts(vec![first, second]).unwrap();
        assert_eq!(texts, [Cell::Text("NgỊ\u{6E}".replace('Ị', "\u{1EC5}"))]);
        assert!(shared_texts(vec![first]).is_err());
    }
}
