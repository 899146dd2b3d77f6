//! Bytes that are no table.

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::*;

#[test]
fn files_of_another_kind_are_named() {
    assert_eq!(refused(b"", HocBaThcs), "file-empty");
    assert_eq!(refused(b"\xEF\xBB\xBF \r\n", HocBaThcs), "file-empty");
    assert_eq!(refused(SIGNED_PDF, HocBaThcs), "format-unknown");
    assert_eq!(refused(b"<html><table><tr><td>STT", HocBaThcs), "format-html");
    assert_eq!(refused(b"<?xml version='1.0'?><HocBa/>", HocBaThcs), "format-unknown");
    assert_eq!(refused(b"\xFF\xFEH\0o\0", HocBaThcs), "encoding-unknown");
    assert_eq!(refused(b"H\xF2 t\xEAn;Ng\xE0y sinh\n", HocBaThcs), "encoding-unknown");
    assert_eq!(refused("Không có bảng nào ở đây".as_bytes(), HocBaThcs), "header-not-found");
    assert_eq!(refused(CLASS_OF_40, HocBaThpt), "columns-missing");
    assert_eq!(refused(CLASS_OF_40, BangTnThpt), "columns-missing");
    assert_eq!(refused(&vec![b'a'; limits::FILE_BYTES_MAX + 1], HocBaThcs), "file-too-large");
}

/// The `.xls` with some bytes replaced.
fn patched(from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = CLASS_OF_8.windows(from.len()).position(|window| window == from).unwrap();
    let mut bytes = CLASS_OF_8.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn an_xls_that_would_be_misread_is_refused() {
    assert_eq!(refused(&patched(&wide("Workbook"), &wide("EncryptedPackage")), HocBaThpt), "file-encrypted");
    assert_eq!(refused(&patched(&wide("Workbook"), &wide("Notebook")), HocBaThpt), "format-unknown");
    let date_mode = [0x22, 0, 2, 0, 0, 0];
    assert_eq!(refused(&patched(&date_mode, &[0x22, 0, 2, 0, 1, 0]), HocBaThpt), "dates-1904");
    let bof = [0x09, 0x08, 0x10, 0, 0, 6];
    assert_eq!(refused(&patched(&bof, &[0x09, 0x08, 0x10, 0, 0, 5]), HocBaThpt), "format-old");
}

#[test]
fn a_chain_of_sectors_that_bites_its_tail_ends() {
    // Every entry of the allocation table points to sector 0.
    let table = usize::try_from(u32::from_le_bytes(CLASS_OF_8[76..80].try_into().unwrap())).unwrap();
    let mut bytes = CLASS_OF_8.to_vec();
    bytes[512 * (table + 1)..512 * (table + 2)].fill(0);
    assert_eq!(refused(&bytes, HocBaThpt), "file-damaged");
}

/// An archive with the given entries.
fn archive(entries: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn entries() -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(CLASS_OF_40)).unwrap();
    let count = archive.len();
    let unpack = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(unpack).collect()
}

#[test]
fn an_archive_that_unpacks_without_end_is_refused() {
    let size = usize::try_from(limits::UNPACKED_BYTES_MAX).unwrap() + 1;
    let bomb = archive(&[("xl/workbook.xml".to_owned(), vec![b' '; size])], CompressionMethod::Deflated);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(refused(&bomb, HocBaThcs), "unpacked-too-large");
    let many: Vec<(String, Vec<u8>)> =
        (0..=limits::ARCHIVE_ENTRIES_MAX).map(|index| (index.to_string(), Vec::new())).collect();
    assert_eq!(refused(&archive(&many, CompressionMethod::Stored), HocBaThcs), "file-damaged");
}

#[test]
fn a_workbook_that_announces_four_billion_texts_is_refused() {
    let mut entries = entries();
    let texts = entries.iter_mut().find(|(name, _)| name.ends_with("sharedStrings.xml")).unwrap();
    let xml = String::from_utf8(texts.1.clone()).unwrap();
    let at = xml.find("uniqueCount=\"").unwrap() + "uniqueCount=\"".len();
    texts.1 = format!("{}9999999999{}", &xml[..at], &xml[at..]).into_bytes();
    assert_eq!(refused(&archive(&entries, CompressionMethod::Stored), HocBaThcs), "file-damaged");
}

#[test]
fn an_xlsx_that_would_be_misread_is_refused() {
    let mut entries = entries();
    let book = entries.iter_mut().find(|(name, _)| name == "xl/workbook.xml").unwrap();
    let xml = String::from_utf8(book.1.clone()).unwrap();
    book.1 = xml.replace("<workbookPr", "<workbookPr date1904=\"1\"").into_bytes();
    assert_eq!(refused(&archive(&entries, CompressionMethod::Stored), HocBaThcs), "dates-1904");
}

#[test]
fn a_workbook_that_repeats_one_long_text_is_refused() {
    let mut entries = entries();
    let text = "ễ".repeat(limits::CELL_CHARS_MAX);
    let cells = limits::TEXT_BYTES_MAX / text.len() + 1;
    for (name, bytes) in &mut entries {
        if name.ends_with("sharedStrings.xml") {
            *bytes = format!("<sst><si><t>{text}</t></si></sst>").into_bytes();
        } else if name.ends_with("sheet1.xml") {
            let columns = limits::COLUMNS_MAX;
            let row = format!("<row>{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(columns));
            let rows = row.repeat(cells / columns + 1);
            *bytes = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes();
        }
    }
    assert_eq!(refused(&archive(&entries, CompressionMethod::Deflated), HocBaThcs), "too-much-text");
}

const ALL: [(&[u8], DocumentKind); 4] =
    [(CLASS_OF_40, HocBaThcs), (CLASS_OF_8, HocBaThpt), (DIPLOMAS, BangTnThpt), (MISTAKES, HocBaThpt)];

/// Whatever comes out, every document in it is complete.
fn survives(bytes: &[u8], kind: DocumentKind) {
    if let Ok(import) = read(bytes, kind) {
        for row in import.rows {
            assert!(!row.learner.is_empty() && !row.period.is_empty() && !row.document_date.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000), signature in 0..4_usize) {
        let signature = [&b""[..], b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"STT;Ho ten;Ngay sinh\n"][signature];
        let bytes = [signature, &bytes].concat();
        prop_assert!(read(&bytes, HocBaThcs).is_err());
    }

    #[test]
    fn cut_files_do_not_break_it((bytes, kind) in prop::sample::select(&ALL[..]), at in any::<prop::sample::Index>()) {
        survives(&bytes[..at.index(bytes.len())], kind);
    }

    #[test]
    fn flipped_files_do_not_break_it(
        (bytes, kind) in prop::sample::select(&ALL[..]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = bytes.to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        survives(&bytes, kind);
    }

    #[test]
    fn flipped_xml_does_not_break_it(
        entry in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&b"<>/\"=0A9&;\0\xFF"[..])), 1..6),
    ) {
        let mut entries = entries();
        let at = entry.index(entries.len());
        for (place, value) in flips {
            let place = place.index(entries[at].1.len());
            entries[at].1[place] = value;
        }
        survives(&archive(&entries, CompressionMethod::Stored), HocBaThcs);
    }
}
