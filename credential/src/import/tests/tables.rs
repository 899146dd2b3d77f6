//! A table of lower secondary results with one learner a row, as tab-separated text.

use super::*;

const HEADER: &str = "Mã học sinh\tSố định danh\tHọ và tên\tNgày sinh\tGiới tính\tLớp\tNăm học\tNgữ văn\tToán HKI\tToán HKII\tToán\t\
    Toán KTL\tNN1\tGDCD\tLS&ĐL\tKHTN\tCông nghệ\tTin\tNN2\tGDTC\tNghệ thuật\tHĐTN\tGDĐP\tRL\tHT\tNghỉ\tLên lớp";
const ROW: &str = "0000000001\t\tNguyễn Thử Nghiệm\t07/03/2011\tNữ\t9/1\t2025-2026\t8,0\t\t\t8,0\t\t8,0\t8,0\t8,0\t8,0\t7,0\t7,0\t\tĐ\tĐ\tĐ\tĐ\tT\tT\t2\tx";
const TITLE: &str = "TRƯỜNG THCS MẪU\nNgày 28 tháng 5 năm 2026\n";

/// The row with some cells replaced, by heading.
fn row(changes: &[(&str, &str)]) -> String {
    let mut cells: Vec<&str> = ROW.split('\t').collect();
    for (heading, value) in changes {
        let at = HEADER.split('\t').position(|title| title == *heading).unwrap();
        cells[at] = value;
    }
    cells.join("\t")
}

fn table(rows: &[String]) -> Result<Import, Refusal> {
    read(format!("{TITLE}{HEADER}\n{}\n", rows.join("\n")).as_bytes(), HocBaThcs)
}

/// Codes found in a table of one row, and its document.
fn one(changes: &[(&str, &str)]) -> (Vec<&'static str>, Option<ImportedRow>) {
    let mut import = table(&[row(changes)]).unwrap();
    (import.findings.iter().map(|finding| finding.code).collect(), import.rows.pop())
}

fn codes(changes: &[(&str, &str)]) -> Vec<&'static str> {
    one(changes).0
}

#[test]
fn the_plain_row_has_no_findings() {
    let (codes, document) = one(&[]);
    assert_eq!(codes, [""; 0]);
    let document = document.unwrap();
    assert_eq!((document.row, document.document_date.as_str()), (4, "2026-05-28"));
    assert_eq!(document.claims["school"], "TRƯỜNG THCS MẪU");
}

#[test]
fn a_retest_may_lift_a_level_but_not_beyond_its_mark() {
    let failed = [("Toán", "3,0"), ("HT", "Đ"), ("Lên lớp", "x")];
    assert_eq!(codes(&failed), [""; 0], "one subject alone costs one level less");
    let failed = [("Toán", "3,0"), ("NN1", "3,0"), ("HT", "CĐ"), ("Lên lớp", "không")];
    assert_eq!(codes(&failed), [""; 0]);
    let failed = [("Toán", "3,0"), ("NN1", "3,0"), ("HT", "Đ")];
    assert_eq!(codes(&failed), ["level-too-high"]);
    let retested = [("Toán", "3,0"), ("NN1", "3,4"), ("Toán KTL", "5,0"), ("HT", "Đ")];
    assert_eq!(codes(&retested), [""; 0]);
    let before = [
        ("Toán", "3,0"),
        ("NN1", "3,4"),
        ("Toán KTL", "5,0"),
        ("HT", "CĐ"),
        ("Lên lớp", "Được lên lớp sau kiểm tra lại"),
    ];
    assert_eq!(codes(&before), [""; 0]);
    let hopeless = [
        ("Toán", "3,0"),
        ("NN1", "3,4"),
        ("Toán KTL", "3,0"),
        ("HT", "CĐ"),
        ("Lên lớp", "Được lên lớp sau kiểm tra lại"),
    ];
    assert_eq!(codes(&hopeless), ["promotion-not-allowed"]);
}

#[test]
fn a_second_foreign_language_counts_neither_way() {
    assert_eq!(codes(&[("NN2", "4,0"), ("HT", "T")]), [""; 0]);
    assert_eq!(codes(&[("NN2", "4,0"), ("HT", "K")]), [""; 0]);
    assert_eq!(codes(&[("HT", "K")]), ["level-too-low"]);
}

#[test]
fn year_marks_follow_from_semesters_where_both_are_given() {
    assert_eq!(codes(&[("Toán HKI", "7,9"), ("Toán HKII", "8,3"), ("Toán", "8,2")]), [""; 0]);
    assert_eq!(codes(&[("Toán HKI", "7,9"), ("Toán HKII", "8,3"), ("Toán", "8,1")]), ["year-mark-wrong"]);
    assert_eq!(codes(&[("Toán HKI", "7,9"), ("Toán", "8,1")]), [""; 0]);
}

#[test]
fn promotion_needs_conduct_learning_and_presence() {
    assert_eq!(codes(&[("RL", "CĐ")]), ["promotion-not-allowed"]);
    assert_eq!(codes(&[("Nghỉ", "45")]), [""; 0]);
    assert_eq!(codes(&[("Nghỉ", "46")]), ["promotion-not-allowed"]);
    assert_eq!(codes(&[("Nghỉ", "46"), ("Lên lớp", "không")]), [""; 0]);
    assert_eq!(codes(&[("Nghỉ", "")]), ["missing-value"]);
}

#[test]
fn a_personal_id_must_agree_with_the_person() {
    assert_eq!(codes(&[("Số định danh", "000311000001")]), [""; 0]);
    assert_eq!(codes(&[("Số định danh", "000211000001")]), ["id-contradicts"]);
    assert_eq!(codes(&[("Số định danh", "000312000001")]), ["id-contradicts"]);
    assert_eq!(codes(&[("Số định danh", "-")]), [""; 0]);
}

#[test]
fn several_errors_of_a_row_are_all_told() {
    let changes = [("Họ và tên", ""), ("Ngày sinh", "x"), ("Toán", "11")];
    let (codes, document) = one(&changes);
    assert_eq!(codes, ["missing-value", "date-unreadable", "mark-out-of-range"]);
    assert!(document.is_none());
}

#[test]
fn sentences_and_remedies_repeat_no_cell() {
    const CELL: &str = "Zzyx 97531";
    for heading in HEADER.split('\t') {
        for finding in table(&[row(&[(heading, CELL)]), row(&[(heading, CELL)])]).unwrap().findings {
            let Finding { vi, en, remedy_vi, remedy_en, .. } = &finding;
            for text in [vi, en, remedy_vi, remedy_en] {
                assert!(!text.contains("Zzyx") && !text.contains("97531") && !text.contains("{}"), "{text}");
            }
        }
    }
}

#[test]
fn no_row_is_silently_dropped() {
    let import = table(&[
        row(&[]),
        row(&[("Mã học sinh", ""), ("Họ và tên", "Tống Văn Mẫu")]),
        HEADER.to_owned(),
        String::new(),
        "\t\tTổng cộng\t1".to_owned(),
        "\t\tGhi chú".to_owned(),
        "\t\t\t\tHIỆU TRƯỞNG".to_owned(),
        "\t\t\t\tLê Mẫu".to_owned(),
    ])
    .unwrap();
    assert_eq!(found(&import), [(5, "Mã học sinh", "missing-value"), (9, "", "row-not-understood")]);
    assert_eq!(import.skipped, Skipped { repeated_headers: 1, totals: 1, signatures: 2 });
    assert_eq!(import.rows.len(), 1);
}

#[test]
fn three_holders_of_one_number_are_all_refused() {
    let import = table(&[row(&[]), row(&[]), row(&[])]).unwrap();
    assert_eq!(import.rows, []);
    let others: Vec<&str> = import.findings.iter().map(|finding| &finding.en[finding.en.len() - 2..]).collect();
    assert_eq!(others, ["5.", "4.", "4."]);
}

#[test]
fn a_file_in_an_old_font_is_refused_whole() {
    let names = ["NguyÔn V¨n MÉu", "TrÇn ThÞ Thö", "Lª Ph¹m MÉu", "Hoà Bình"];
    let codes = ["0000000001", "0000000002", "0000000003", "0000000004"];
    let rows: Vec<String> =
        names.iter().zip(codes).map(|(name, code)| row(&[("Họ và tên", name), ("Mã học sinh", code)])).collect();
    assert_eq!(table(&rows).unwrap_err().code, "font-legacy");
}

#[test]
fn the_delimiter_is_the_one_under_which_the_header_makes_sense() {
    let text = format!("{TITLE}{HEADER}\n{}\n", row(&[]));
    let semicolons = text.replace('\t', ";");
    let quoted = |cell: &str| format!("\"{cell}\"");
    let line = |line: &str| line.split('\t').map(quoted).collect::<Vec<_>>().join(",");
    let commas = text.lines().map(line).collect::<Vec<_>>().join("\r\n");
    let expected = read(text.as_bytes(), HocBaThcs).unwrap().rows;
    for other in [semicolons, commas] {
        assert_eq!(read(other.as_bytes(), HocBaThcs).unwrap().rows, expected);
    }
}

#[test]
fn options_fill_what_the_file_does_not_say() {
    let without = |heading: &str| {
        let at = HEADER.split('\t').position(|title| title == heading).unwrap();
        let drop = |line: &str| {
            let cells = line.split('\t').enumerate().filter(|(index, _)| *index != at);
            cells.map(|(_, cell)| cell).collect::<Vec<_>>().join("\t")
        };
        format!("{}\n{}\n", drop(HEADER), drop(ROW))
    };
    let code = |text: &str, options: &Options| {
        import("t", text.as_bytes(), HocBaThcs, options).map(|import| import.rows.len()).map_err(|refusal| refusal.code)
    };
    let all = Options {
        school: Some("Trường THCS Mẫu".to_owned()),
        class: Some("9/1".to_owned()),
        period: Some("2025-2026".to_owned()),
        document_date: Some("2026-05-28".to_owned()),
        sheet: None,
    };
    assert_eq!(code(&without("Lớp"), &all), Ok(1));
    assert_eq!(code(&without("Năm học"), &all), Ok(1));
    assert_eq!(code(&without("Lớp"), &Options { class: None, ..all.clone() }), Err("context-missing"));
    assert_eq!(code(&without("Năm học"), &Options { period: None, ..all.clone() }), Err("context-missing"));
    assert_eq!(code(&without("Lớp"), &Options { school: None, ..all.clone() }), Err("context-missing"));
    assert_eq!(code(&without("Lớp"), &Options { document_date: None, ..all.clone() }), Err("context-missing"));
    assert_eq!(
        code(&without("Lớp"), &Options { period: Some("2026".to_owned()), ..all.clone() }),
        Err("option-unreadable")
    );
    assert_eq!(code(&without("Toán"), &all), Err("columns-missing"));
    assert_eq!(code(&without("Lớp"), &Options { sheet: Some("x".to_owned()), ..all }), Err("sheet-unknown"));
}

#[test]
fn a_table_beyond_the_limits_is_refused() {
    let rows = (0..=limits::ROWS_MAX).map(|index| row(&[("Mã học sinh", &format!("{index:010}"))]));
    assert_eq!(table(&rows.collect::<Vec<_>>()).unwrap_err().code, "too-many-rows");
    let wide = format!("{HEADER}{}x\n", "\t".repeat(limits::COLUMNS_MAX));
    assert_eq!(refused(wide.as_bytes(), HocBaThcs), "too-many-columns");
    assert_eq!(table(&[format!("{ROW}{}x", "\t".repeat(limits::COLUMNS_MAX))]).unwrap_err().code, "too-many-columns");
    assert_eq!(codes(&[("Họ và tên", &"a".repeat(limits::CELL_CHARS_MAX + 1))]), ["cell-too-long"]);
    assert_eq!(table(&[]).unwrap_err().code, "no-rows");
}

#[test]
fn a_file_with_nothing_but_mistakes_is_refused() {
    let wrong = ["Ngữ văn", "Toán", "NN1"].map(|heading| (heading, "?"));
    let rows: Vec<String> = (0..limits::ROWS_MAX)
        .map(|index| row(&[&wrong[..], &[("Mã học sinh", &format!("{index:010}"))]].concat()))
        .collect();
    assert_eq!(table(&rows).unwrap_err().code, "too-many-findings");
}
