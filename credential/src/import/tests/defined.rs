//! Tables of a type that the ledger defines: the example, and each thing that can be wrong with one.

use super::*;
use crate::schema::Schema;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/giay-chung-nhan-nghe.csv"));
const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/giay-chung-nhan-nghe-1.json"));
const CODES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nghe-pho-thong-1.json"));

fn schema() -> Schema {
    Schema::from_texts(&[TEXT, CODES]).unwrap()
}

fn options() -> Options {
    Options::default()
}

fn imported(table: &str) -> Import {
    import_defined("bang.csv", table.as_bytes(), &schema(), &options()).unwrap()
}

fn code(table: &str, options: &Options) -> &'static str {
    import_defined("bang.csv", table.as_bytes(), &schema(), options).unwrap_err().code
}

/// The example with one cell of its first learner changed.
fn with(cell: &str, value: &str) -> Import {
    assert!(TABLE.contains(cell));
    imported(&TABLE.replacen(cell, value, 1))
}

#[test]
fn the_example_becomes_documents_that_fit_the_definition() {
    let import = imported(TABLE);
    assert_eq!(import.findings, []);
    assert_eq!((import.sheet.as_str(), import.header_row, import.rows.len()), ("bang", 3, 4));
    assert_eq!(import.dropped_columns, ["SĐT phụ huynh"]);
    assert_eq!(import.ignored_columns, ["STT"]);
    assert_eq!((import.skipped.totals, import.skipped.signatures), (1, 2));
    let first = &import.rows[0];
    assert_eq!((first.row, first.learner.as_str(), first.period.as_str()), (4, "NPT-0001/2026", "2026"));
    assert_eq!(first.document_date, "2026-05-28");
    assert_eq!(
        Value::Object(first.claims.clone()),
        serde_json::json!({
            "name": "Nguyễn Thử Nghiệm", "birth_date": "2011-03-07", "sex": "Nữ", "school": "Trường THCS Thử Nghiệm Số Một",
            "trade": "tin-hoc", "marks": {"theory": "8.5", "practice": "9.0"}, "grade": "Giỏi", "exam_year": "2026",
            "issue_date": "2026-05-28", "signer": "Phạm Thử Hiệu Trưởng", "register_number": "NPT-0001/2026",
        })
    );
    assert!(import.rows[2].claims["marks"].get("theory").is_none(), "a blank cell of an optional claim");
    assert_eq!(import.rows[3].claims["trade"], "lam-vuon", "a code as it is");
    let (schema, mut salts) = (schema(), crate::sdjwt::SeededSalts::new(&[1; 32]));
    let envelope = crate::sdjwt::Envelope {
        issuer: "thcs-mau-1".into(),
        date: first.document_date.clone(),
        expires: None,
        holder: None,
        ledger: crate::sdjwt::LedgerPointer { chain: "a".into(), issuer: "a".into(), batch: "0".repeat(32) },
    };
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    for row in &import.rows {
        let issued = crate::sdjwt::issue(&schema, &envelope, &row.claims, &key, &mut salts).unwrap();
        let (text, brought) = (issued.compact(), std::sync::Arc::new(schema.clone()));
        let document = crate::sdjwt::SdJwt::parse_with(&text, Some(&brought)).unwrap();
        assert_eq!(schema.flatten(&document.disclose().unwrap().processed), row.claims);
        assert_eq!(crate::sdjwt::SdJwt::parse(&text).unwrap_err().code(), "type-unknown");
    }
}

#[test]
fn every_reason_about_a_cell_is_found() {
    for (cell, value, column, code) in [
        ("Tin học văn phòng", "Lái xe", "Nghề", "code-unknown"),
        (";8,5;", ";8,55;", "Điểm Lý thuyết", "mark-too-precise"),
        (";9;", ";chín;", "Điểm Thực hành", "mark-unreadable"),
        (";9;", ";;", "Điểm Thực hành", "missing-value"),
        (";Giỏi;", ";Xuất sắc;", "Xếp loại", "form-wrong"),
        ("7/3/2011", "31/2/2011", "Ngày sinh", "date-impossible"),
        (";Nữ;", ";F;", "Giới tính", "sex-unreadable"),
        (";2026;", ";26;", "Khóa thi", "year-unreadable"),
        ("NPT-0001/2026", "", "Số vào sổ gốc", "missing-value"),
        ("Nguyễn Thử Nghiệm", "NguyÔn V¨n MÉu", "Họ và tên", "legacy-font"),
    ] {
        let import = with(cell, value);
        let found: Vec<_> = import.findings.iter().map(|one| (one.row, one.column.as_str(), one.code)).collect();
        assert_eq!(found.first(), Some(&(4, column, code)), "{value}");
        assert_eq!(import.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [5, 6, 7], "{value}: the others go on");
        assert!(import.findings[0].cell.len() <= 80 && !import.findings[0].en.contains(value) || value.is_empty());
    }
}

#[test]
fn a_number_that_two_rows_share_refuses_both() {
    let import = with("NPT-0003/2026", "NPT-0001/2026");
    let found: Vec<_> = import.findings.iter().map(|one| (one.row, one.code)).collect();
    assert_eq!(found, [(4, "duplicate-learner"), (6, "duplicate-learner")]);
    assert_eq!(import.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [5, 7]);
}

#[test]
fn a_table_that_does_not_fit_is_refused_as_a_whole() {
    let without = |column: &str| TABLE.replacen(column, "Khác", 1);
    assert_eq!(code(&without("Xếp loại"), &options()), "columns-missing");
    assert_eq!(code(&without("Số vào sổ"), &options()), "columns-missing");
    assert_eq!(code(&TABLE.replacen(";STT", "", 1).replacen("STT", "Họ và tên", 1), &options()), "column-repeated");
    assert_eq!(code("a;b\n1;2\n", &options()), "header-not-found");
    let head: String = TABLE.lines().take(3).map(|line| format!("{line}\n")).collect();
    assert_eq!(code(&head, &options()), "no-rows");
    let sheet = Options { sheet: Some("khac".into()), ..options() };
    assert_eq!(code(TABLE, &sheet), "sheet-unknown");
    let date = Options { document_date: Some("ngày mai".into()), ..options() };
    assert_eq!(code(TABLE, &date), "option-unreadable");
}

#[test]
fn what_no_column_holds_the_caller_may_say() {
    let without = TABLE.replacen("Năm thi", "Khác", 1);
    let said = Options { period: Some("2026".into()), school: Some("Trường THCS Khác".into()), ..options() };
    assert_eq!(code(&without, &options()), "columns-missing");
    let import = import_defined("bang.csv", without.as_bytes(), &schema(), &said).unwrap();
    assert_eq!((import.rows[0].period.as_str(), &import.rows[0].claims["exam_year"]), ("2026", &Value::from("2026")));
    assert_eq!(import.rows[0].claims["school"], "Trường THCS Thử Nghiệm Số Một", "the table goes first");
}

#[test]
fn a_type_whose_definition_describes_no_table_has_none() {
    let changed = |from: &str, to: &str| {
        assert!(TEXT.contains(from));
        let schema = Schema::from_texts(&[&TEXT.replacen(from, to, 1), CODES]).unwrap();
        import_defined("bang.csv", TABLE.as_bytes(), &schema, &options()).map_err(|refusal| refusal.code)
    };
    assert!(changed("[\"Năm thi\"]", "[\"Năm thi\", \"Kỳ thi\"]").is_ok());
    for (from, to) in [
        ("\"learner\": [\"register_number\"]", "\"learner\": []"),
        ("\"learner\": [\"register_number\"]", "\"learner\": [\"nobody\"]"),
        ("\"period\": \"exam_year\"", "\"period\": \"name\""),
        ("\"date\": \"issue_date\"", "\"date\": \"exam_year\""),
        ("\"date\": \"issue_date\"", "\"day\": \"issue_date\""),
        ("[\"Năm thi\"]", "[\"LT\"]"),
        ("\"exam_year\": [", "\"nobody\": ["),
    ] {
        assert_eq!(changed(from, to).unwrap_err(), "type-without-table", "{to}");
    }
    assert_eq!(
        import_defined("a.csv", TABLE.as_bytes(), &crate::schema::HOC_BA_THCS, &options()).unwrap_err().code,
        "type-without-table"
    );
}

/// The example with a code list, or a definition, that is another.
fn of_another(change: impl Fn(&str) -> String, codes: impl Fn(&str) -> String) -> Schema {
    let codes = codes(CODES);
    let digest = |text: &str| {
        use sha2::Digest;
        sogoc_ledger::Hash(sha2::Sha256::digest(text).into()).to_string()
    };
    let text = change(TEXT).replace(&digest(CODES), &digest(&codes));
    Schema::from_texts(&[text, codes]).unwrap()
}

#[test]
fn no_learner_is_taken_for_a_total_or_a_signature() {
    let with_number = with("Nguyễn Thử Nghiệm", "Tổng Văn Mẫu");
    assert_eq!((with_number.rows.len(), with_number.skipped.totals), (4, 1));
    // A name that begins like a total in the first column, and few cells with an office's name among them.
    let schema = of_another(
        |text| {
            let text = text.replace("\"format\": \"level\"", "\"optional\": true, \"format\": \"level\"");
            text.replace("\"name\": \"practice\",", "\"name\": \"practice\", \"optional\": true,")
        },
        str::to_owned,
    );
    let short = "Họ và tên;Ngày sinh;Giới tính;Trường;Nghề;Năm thi;Ngày cấp;Người ký;Số vào sổ\n\
                 Tổng Văn Mẫu;7/3/2011;Nam;Trường A;Nấu ăn;2026;28/5/2026;Văn Thư Mẫu;Không số\n";
    let import = import_defined("a.csv", short.as_bytes(), &schema, &options()).unwrap();
    assert_eq!(import.rows.len(), 1, "{:?} {:?}", import.skipped, import.findings);
}

#[test]
fn what_differs_in_its_marks_only_is_not_mixed_up() {
    let codes = |codes: &str| {
        let codes = codes.replace("\"vi\": \"Nấu ăn\"", "\"vi\": \"Tiếng Hán\"");
        codes.replace("\"vi\": \"Cắt may\"", "\"vi\": \"Tiếng Hàn\"")
    };
    let schema = of_another(str::to_owned, codes);
    let trade = |cell: &str| {
        let table = TABLE.replacen("Tin học văn phòng", cell, 1).replacen("Nấu ăn", "Tiếng Hán", 1);
        let import = import_defined("a.csv", table.as_bytes(), &schema, &options()).unwrap();
        let row = import.rows.iter().find(|row| row.row == 4);
        row.map(|row| row.claims["trade"].as_str().unwrap().to_owned())
    };
    assert_eq!(trade("Tiếng Hán").as_deref(), Some("nau-an"));
    assert_eq!(trade("TIẾNG HÀN").as_deref(), Some("cat-may"));
    assert_eq!(trade("Tieng Han"), None, "it could be either");
    assert_eq!(trade("Dien dan dung").as_deref(), Some("dien-dan-dung"), "it can be one only");
    // Headings likewise.
    let schema = of_another(|text| text.replace("\"vi\": \"Nghề\"", "\"vi\": \"Trưởng\""), str::to_owned);
    let renamed = |heading: &str| TABLE.replacen(";Nghề;", &format!(";{heading};"), 1);
    assert!(import_defined("a.csv", renamed("Trưởng").as_bytes(), &schema, &options()).is_ok());
    let unclear = import_defined("a.csv", renamed("Truong").as_bytes(), &schema, &options()).unwrap_err();
    assert_eq!(unclear.code, "columns-missing");
}

#[test]
fn an_object_is_whole_or_the_row_is_refused() {
    let optional =
        |text: &str| text.replace("\"en\": \"Marks\", \"object\"", "\"en\": \"Marks\", \"optional\": true, \"object\"");
    let schema = of_another(optional, str::to_owned);
    let import = |table: &str| import_defined("a.csv", table.as_bytes(), &schema, &options()).unwrap();
    let half = import(&TABLE.replacen(";8,5;9;", ";8,5;;", 1));
    assert_eq!((half.findings[0].code, half.findings[0].column.as_str()), ("missing-value", "Điểm Thực hành"));
    let none = import(&TABLE.replacen(";8,5;9;", ";;;", 1));
    assert!(none.findings.is_empty() && !none.rows[0].claims.contains_key("marks"));
}

#[test]
fn period_and_date_are_never_empty() {
    let schema = of_another(
        |text| text.replace("\"period\": \"exam_year\",", "").replace("\"date\": \"issue_date\",", ""),
        str::to_owned,
    );
    let code = |period: &str, date: &str| {
        let said = Options { period: Some(period.into()), document_date: Some(date.into()), ..options() };
        import_defined("a.csv", TABLE.as_bytes(), &schema, &said)
            .map(|import| import.rows[0].period.clone())
            .map_err(|e| e.code)
    };
    assert_eq!(code(" 2025-2026 ", "2026-05-28"), Ok("2025-2026".into()));
    for period in ["", " ", "Học kỳ I 2025-2026"] {
        assert_eq!(code(period, "2026-05-28"), Err("option-unreadable"), "{period}");
    }
    assert_eq!(code("2026", "28/5/2026"), Err("option-unreadable"));
    let none = import_defined("a.csv", TABLE.as_bytes(), &schema, &options()).unwrap_err();
    assert_eq!(none.code, "context-missing");
}
