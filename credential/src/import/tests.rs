//! Whole files: the examples with their exact outcome, small tables for each trap, and bytes that are no table at all.

mod defined;
mod examples;
mod hostile;
mod schema;
mod tables;

use super::*;
use DocumentKind::{BangTnThpt, HocBaThcs, HocBaThpt};

#[test]
fn every_reason_has_a_code_of_its_own_and_is_told_twice() {
    let mut codes = std::collections::BTreeSet::new();
    for reason in reasons::ABOUT_FILES.iter().chain(reasons::ABOUT_ROWS).chain(reasons::ABOUT_DEFINED) {
        assert!(codes.insert(reason.code), "{}", reason.code);
        assert!(reason.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        for sentence in [reason.vi, reason.en, reason.remedy_vi, reason.remedy_en] {
            assert!(sentence.ends_with('.') && text::clean(sentence) == sentence, "{sentence}");
        }
        let fills = |sentence: &str| sentence.contains("{}");
        assert_eq!(fills(reason.vi), fills(reason.en));
        assert_eq!(fills(reason.remedy_vi), fills(reason.remedy_en));
    }
}

const CLASS_OF_40: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hoc-ba-9-1.xlsx"));
const CLASS_OF_8: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hoc-ba-10a1.xls"));
const DIPLOMAS: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/bang-tot-nghiep.csv"));
const MISTAKES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hoc-ba-day-loi.xlsx"));
const SIGNED_PDF: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hoc-ba-da-ky.pdf"));

fn read(bytes: &[u8], kind: DocumentKind) -> Result<Import, Refusal> {
    import("thu-muc/tep.csv", bytes, kind, &Options::default())
}

fn refused(bytes: &[u8], kind: DocumentKind) -> &'static str {
    read(bytes, kind).unwrap_err().code
}

fn found(import: &Import) -> Vec<(u32, &str, &'static str)> {
    import.findings.iter().map(|finding| (finding.row, finding.column.as_str(), finding.code)).collect()
}

fn subject<'a>(row: &'a ImportedRow, name: &str) -> &'a Value {
    let subjects = row.claims["subjects"].as_array().unwrap();
    subjects.iter().find(|subject| subject["subject"] == name).unwrap()
}
