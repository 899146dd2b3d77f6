//! `.xlsx`: a ZIP archive of XML, read cell by cell with calamine.
//!
//! Before calamine sees it, the archive is unpacked once into nothing, so that its true size is known (the sizes in a
//! ZIP directory are only claims), and the one count in its XML that calamine reserves memory for is checked.
//! calamine's panics on malformed XML become a refusal.

use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, Xlsx, XlsxError};
use zip::ZipArchive;

use super::super::finding::Refusal;
use super::super::limits::{ARCHIVE_ENTRIES_MAX, SHEETS_MAX, UNPACKED_BYTES_MAX};
use super::super::reasons;
use super::{Cell, Sheet, SheetBuilder, TextBudget};

fn damaged() -> Refusal {
    reasons::FILE_DAMAGED.refusal("")
}

pub(super) fn read(bytes: &[u8], budget: &mut TextBudget) -> Result<Vec<Sheet>, Refusal> {
    check_archive(bytes)?;
    catch_unwind(AssertUnwindSafe(|| read_workbook(bytes, budget))).unwrap_or_else(|_| Err(damaged()))
}

fn check_archive(bytes: &[u8]) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > ARCHIVE_ENTRIES_MAX {
        return Err(damaged());
    }
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|_| damaged())?;
        let name = entry.name().map_err(|_| damaged())?.to_ascii_lowercase();
        let is_shared = name.ends_with("sharedstrings.xml");
        let mut entry = (&mut entry).take(left + 1);
        let size = if is_shared {
            let mut xml = Vec::new();
            entry.read_to_end(&mut xml).map_err(|_| damaged())?;
            if !is_count_honest(&xml) {
                return Err(damaged());
            }
            xml.len() as u64
        } else {
            io::copy(&mut entry, &mut io::sink()).map_err(|_| damaged())?
        };
        left = left
            .checked_sub(size)
            .ok_or_else(|| reasons::UNPACKED_TOO_LARGE.refusal(&format!("{} MiB", UNPACKED_BYTES_MAX >> 20)))?;
    }
    Ok(())
}

/// Whether the shared texts announce no more texts than fit, since calamine reserves memory for that count: the shortest,
/// `<si/>`, has five bytes. Zero bytes mean an encoding that Excel does not write and this check cannot read.
fn is_count_honest(xml: &[u8]) -> bool {
    const ATTRIBUTE: &[u8] = b"uniqueCount";
    let announced = |after: &[u8]| {
        let value = after.iter().skip_while(|byte| b" \t\r\n=\"'+".contains(byte));
        let digits = value.take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u64, |count, byte| count.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    };
    let most = xml.len() as u64 / 5;
    !xml.contains(&0)
        && xml
            .windows(ATTRIBUTE.len())
            .enumerate()
            .filter(|(_, window)| *window == ATTRIBUTE)
            .all(|(at, _)| announced(&xml[at + ATTRIBUTE.len()..]) <= most)
}

fn read_workbook(bytes: &[u8], budget: &mut TextBudget) -> Result<Vec<Sheet>, Refusal> {
    let refuse = |error: XlsxError| match error {
        XlsxError::Password => reasons::FILE_ENCRYPTED.refusal(""),
        _ => damaged(),
    };
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(refuse)?;
    if workbook.has_1904_epoch() {
        return Err(reasons::DATES_1904.refusal(""));
    }
    let sheets = workbook.sheets_metadata().iter();
    let names: Vec<String> =
        sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect();
    if names.len() > SHEETS_MAX {
        return Err(damaged());
    }
    let mut sheets = Vec::new();
    for name in names {
        let mut sheet = SheetBuilder::new(&name, budget);
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(refuse)?;
        while let Some(cell) = cells.next_cell().map_err(refuse)? {
            let (row, column) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::Int(value) => Cell::Number(value.to_string()),
                DataRef::Float(value) => Cell::number(*value),
                DataRef::DateTime(serial) => Cell::number(serial.as_f64()),
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
                DataRef::SharedString(text) => Cell::text(text),
                DataRef::Bool(value) => Cell::text(if *value { "TRUE" } else { "FALSE" }),
                DataRef::Error(_) => Cell::Error,
            };
            sheet.put(row, column as usize, value)?;
        }
        sheets.push(sheet.finish());
    }
    Ok(sheets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announced_count_must_fit() {
        assert!(is_count_honest(b"<sst uniqueCount=\"1\"><si/></sst>"));
        assert!(!is_count_honest(b"<sst uniqueCount = '99999999999999999999'><si/></sst>"));
        assert!(!is_count_honest(b"<!-- sst > --><sst uniqueCount=\"4000000000\"/>"));
        assert!(!is_count_honest(b"<\0s\0s\0t\0"));
    }
}
