//! The example files, with their exact outcome.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_class_of_40_is_read_whole() {
    let import = read(CLASS_OF_40, HocBaThcs).unwrap();
    assert_eq!((import.sheet.as_str(), import.header_row), ("9_1", 8));
    assert_eq!(found(&import), []);
    assert_eq!(import.ignored_columns, ["Ghi chú"]);
    assert_eq!(
        import.dropped_columns,
        ["Cha Họ tên", "Cha Nghề nghiệp", "Cha SĐT", "Mẹ Họ tên", "Mẹ SĐT", "Địa chỉ liên hệ"]
    );
    assert_eq!(import.skipped, Skipped { repeated_headers: 2, totals: 1, signatures: 4 });
    let rows: Vec<u32> = import.rows.iter().map(|row| row.row).collect();
    assert_eq!(rows, (9..=28).chain(31..=50).collect::<Vec<u32>>());
    for (row, code) in import.rows.iter().zip(1..) {
        assert_eq!(row.learner, format!("{code:010}"));
        assert_eq!((row.period.as_str(), row.document_date.as_str()), ("2025-2026", "2026-05-28"));
        assert_eq!(row.claims["school"], "TRƯỜNG THCS THỬ NGHIỆM SỐ MỘT");
        assert_eq!(row.claims["class"], "9/1");
        assert_eq!(row.claims["subjects"].as_array().unwrap().len(), 12);
    }
}

#[test]
fn values_of_the_class_of_40_are_exact() {
    let import = read(CLASS_OF_40, HocBaThcs).unwrap();
    let [first, second, ..] = &import.rows[..] else { panic!("40 rows") };
    assert_eq!(first.claims["name"], "Nguyễn Thử Nghiệm");
    assert_eq!(first.claims["birth_date"], "2011-03-07");
    assert_eq!(first.claims["sex"], "Nữ");
    assert_eq!(first.claims["personal_id"], "000311000001");
    assert_eq!(first.claims["absences"], "0");
    assert_eq!(first.claims["homeroom_comment"], "Chăm học, cần tự tin hơn.");
    let mathematics = serde_json::json!({
        "subject": "Toán", "semester_1": "7.9", "semester_2": "8.3", "year": "8.2",
    });
    assert_eq!(*subject(first, "Toán"), mathematics);
    assert_eq!(subject(first, "Nghệ thuật")["year"], "Đạt");

    // Without a personal id, with a serial number for a birth date, and not promoted.
    assert_eq!(second.claims["name"], "Trần Văn Mẫu");
    assert_eq!(second.claims["birth_date"], "2011-03-07");
    assert!(!second.claims.contains_key("personal_id"));
    assert!(!second.claims.contains_key("homeroom_comment"));
    assert_eq!(second.claims["learning"]["year"], "Chưa đạt");
    assert_eq!(second.claims["conduct"], serde_json::json!({"semester_1": "Khá", "semester_2": "Khá", "year": "Khá"}));
    assert_eq!(second.claims["promoted"], "false");

    // NFD, no-break spaces, zero-width spaces and Ð in the file.
    let names: Vec<&str> = import.rows.iter().map(|row| row.claims["name"].as_str().unwrap()).collect();
    assert_eq!(
        [names[3], names[5], names[9], names[20]],
        ["Dương Dữ Liệu", "Đỗ Giả Định", "Phan Kiểm Chứng", "Đỗ Hoà Mẫu"]
    );
    let birth_dates = import.rows.iter().map(|row| row.claims["birth_date"].as_str().unwrap());
    let some: Vec<&str> = birth_dates.skip(2).take(6).collect();
    assert_eq!(some, ["2011-05-05", "2011-04-07", "2011-11-26", "2011-09-06", "2011-10-27", "2011-12-20"]);
}

#[test]
fn nothing_of_the_family_is_kept() {
    let import = read(CLASS_OF_40, HocBaThcs).unwrap();
    let kept = format!("{import:?}");
    for word in ["(tên cha)", "(nghề)", "(tên mẹ)", "(địa chỉ)", "\"0000000000\""] {
        assert!(!kept.contains(word), "{word}");
    }
}

#[test]
fn the_class_of_8_is_read_from_xls() {
    let import = read(CLASS_OF_8, HocBaThpt).unwrap();
    assert_eq!((import.sheet.as_str(), import.header_row, import.rows.len()), ("10A1", 4, 8));
    assert_eq!(found(&import), []);
    let first = &import.rows[0];
    assert_eq!((first.row, first.learner.as_str(), first.document_date.as_str()), (5, "0000000101", "2026-05-29"));
    assert_eq!(first.claims["birth_date"], "2010-03-07");
    assert_eq!(first.claims["class"], "10A1");
    assert_eq!(first.claims["absences"], "1");
    assert_eq!(
        *subject(first, "Vật lí"),
        serde_json::json!({"subject": "Vật lí", "semester_1": "8.5", "semester_2": "10.0", "year": "9.5"})
    );
    let sexes: Vec<&str> = import.rows.iter().map(|row| row.claims["sex"].as_str().unwrap()).collect();
    assert_eq!(sexes, ["Nữ", "Nam"].repeat(4));

    let [.., retested, held_back, _] = &import.rows[..] else { panic!("8 rows") };
    assert_eq!(
        *subject(retested, "Toán"),
        serde_json::json!({"subject": "Toán", "semester_1": "3.0", "semester_2": "3.1", "year": "3.1", "retest": "5.0"})
    );
    assert_eq!(
        (&retested.claims["learning"]["year"], &retested.claims["promoted"]),
        (&"Chưa đạt".into(), &"true".into())
    );
    assert_eq!(held_back.claims["promoted"], "false");
}

#[test]
fn the_diplomas_are_read_from_csv() {
    let import = read(DIPLOMAS, BangTnThpt).unwrap();
    assert_eq!((import.sheet.as_str(), import.header_row, import.rows.len()), ("tep", 1, 30));
    assert_eq!(found(&import), []);
    assert_eq!(import.dropped_columns, ["Điện thoại"]);
    let row = &import.rows[6];
    // Without a grade; the place of birth holds the delimiter.
    assert_eq!(
        Value::Object(row.claims.clone()),
        serde_json::json!({
            "name": "Lê Phép Thử",
            "birth_date": "2008-07-12",
            "birth_place": "Xã Mẫu; tỉnh Thử Nghiệm",
            "sex": "Nữ",
            "ethnicity": "Kinh",
            "school": "Trường THPT Thử Nghiệm Số Hai",
            "exam_year": "2026",
            "issue_place": "Thành phố Hồ Chí Minh",
            "issue_date": "2026-07-10",
            "signer": "Phạm Thử Hiệu Trưởng",
            "signer_title": "Hiệu trưởng",
            "serial": "MAU0000007",
            "register_number": "TN/2026/0007",
        })
    );
    assert_eq!((row.row, row.learner.as_str()), (8, "TN/2026/0007"));
    assert_eq!((row.period.as_str(), row.document_date.as_str()), ("2026", "2026-07-10"));
}

#[test]
fn every_mistake_is_found_where_it_is() {
    let import = read(MISTAKES, HocBaThpt).unwrap();
    assert_eq!(import.sheet, "10A2");
    assert_eq!(
        found(&import),
        [
            (0, "", "sheet-not-read"),
            (5, "Mã học sinh", "duplicate-learner"),
            (6, "Ngày sinh", "missing-value"),
            (7, "Toán CN", "cell-error"),
            (8, "Nhận xét", "cell-too-long"),
            (9, "Họ và tên", "legacy-font"),
            (10, "Họ và tên", "name-unreadable"),
            (11, "Ngày sinh", "date-unreadable"),
            (12, "Ngày sinh", "date-impossible"),
            (13, "Ngày sinh", "date-implausible"),
            (14, "Ngày sinh", "age-unusual"),
            (15, "Giới tính", "sex-unreadable"),
            (16, "Số định danh cá nhân", "id-lost-zeros"),
            (17, "Số định danh cá nhân", "id-scientific"),
            (18, "Số định danh cá nhân", "id-unreadable"),
            (19, "Số định danh cá nhân", "id-contradicts"),
            (20, "Lớp", "class-became-date"),
            (21, "Lớp", "class-wrong-level"),
            (22, "Năm học", "year-unreadable"),
            (23, "Toán CN", "mark-unreadable"),
            (24, "Toán CN", "mark-out-of-range"),
            (25, "Ngữ văn", "mark-too-precise"),
            (26, "GDTC", "pass-unreadable"),
            (27, "GDTC", "subject-exempt"),
            (28, "", "electives-unusual"),
            (29, "HT", "level-unreadable"),
            (30, "Số buổi nghỉ", "absences-unreadable"),
            (31, "Được lên lớp", "promotion-unreadable"),
            (32, "Được lên lớp", "promotion-pending"),
            (33, "Toán CN", "year-mark-wrong"),
            (34, "HT", "level-too-high"),
            (35, "HT", "level-too-low"),
            (36, "Được lên lớp", "promotion-not-allowed"),
            (37, "Được lên lớp", "promotion-denied"),
            (38, "Mã học sinh", "duplicate-learner"),
            (39, "Số định danh cá nhân", "duplicate-id"),
            (40, "Số định danh cá nhân", "duplicate-id"),
            (41, "Mã học sinh", "id-lost-zeros"),
            (43, "", "row-not-understood"),
            (44, "Mã học sinh", "missing-value"),
        ]
    );
    // Warnings do not stop a row; errors do.
    let rows: Vec<u32> = import.rows.iter().map(|row| row.row).collect();
    assert_eq!(rows, [14, 19, 27, 28, 35, 37, 42]);
    assert!(import.findings[1].en.contains("row 38") && import.findings[34].vi.contains("dòng 5"));
    let mark = &import.findings[29];
    assert_eq!((mark.cell.as_str(), mark.expected.as_str(), mark.severity), ("8.3", "8.2", Severity::Error));
}

#[test]
fn every_mistake_in_diplomas_is_found_where_it_is() {
    let import = read(MISTAKES, BangTnThpt).unwrap();
    assert_eq!(import.sheet, "Văn bằng");
    assert_eq!(
        found(&import),
        [
            (2, "Số hiệu", "duplicate-serial"),
            (3, "Số hiệu", "number-unreadable"),
            (4, "Số vào sổ gốc", "duplicate-register"),
            (5, "Số vào sổ gốc", "duplicate-register"),
            (6, "Số hiệu", "duplicate-serial"),
            (7, "Ngày cấp", "date-implausible"),
        ]
    );
    assert_eq!(import.rows.iter().map(|row| row.row).collect::<Vec<u32>>(), [8]);
}

#[test]
fn the_file_of_mistakes_shows_every_reason() {
    let both = [HocBaThpt, BangTnThpt].map(|kind| read(MISTAKES, kind).unwrap());
    let shown: BTreeSet<&str> = both.iter().flat_map(|import| &import.findings).map(|finding| finding.code).collect();
    let all: BTreeSet<&str> = reasons::ABOUT_ROWS.iter().map(|reason| reason.code).collect();
    assert_eq!(shown, all);
}
