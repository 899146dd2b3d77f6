use serde_json::{Value, json};

use super::*;
use crate::schema::format::{LEVELS, MAX_TEXT_BYTES, PASS, SEXES, YES_NO};
use crate::sdjwt::SeededSalts;

/// The JSON Schema that a definition amounts to.
fn render(schema: &Schema) -> Value {
    let text = json!({"type": "string", "minLength": 1});
    let jwk = json!({
        "type": "object",
        "properties": {"jwk": {"type": "object", "required": ["kty"]}},
        "required": ["jwk"],
        "additionalProperties": false
    });
    let ledger = json!({
        "type": "object",
        "properties": {"chain": text, "issuer": text, "batch": {"type": "string", "pattern": "^[0-9a-f]{32}$"}},
        "required": ["chain", "issuer", "batch"],
        "additionalProperties": false
    });
    let mut object = render_object(&schema.claims, None);
    let envelope = [
        ("iss", text),
        ("vct", json!({"const": schema.vct})),
        ("schema", json!({"const": schema.version.to_string()})),
        ("date", render_format(Format::Date)),
        ("exp", json!({"type": "integer", "minimum": 0})),
        ("cnf", jwk),
        ("ledger", ledger),
    ];
    for (name, value) in envelope {
        object["properties"][name] = value;
    }
    let mut required = json!(["iss", "vct", "schema", "date", "ledger"]);
    required.as_array_mut().unwrap().extend(object["required"].as_array().unwrap().clone());
    object["required"] = required;
    object["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    object["$id"] = json!(schema.vct);
    object["title"] = json!(schema.title.en);
    object["description"] = json!(format!(
        "{}. The processed payload with every claim disclosed; a presentation may lack any claim.",
        schema.title.vi
    ));
    object
}

fn render_object(members: &[Claim], key: Option<&Claim>) -> Value {
    let all = || key.into_iter().chain(members);
    let properties: Map<String, Value> = all().map(|claim| (claim.name.clone(), render_claim(claim))).collect();
    let required: Vec<_> = all().filter(|claim| claim.required).map(|claim| &claim.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn render_claim(claim: &Claim) -> Value {
    let mut value = match &claim.shape {
        Shape::Text(format) => render_format(*format),
        Shape::Code(codes) => json!({"enum": codes.codes().map(|(code, _)| code).collect::<Vec<_>>()}),
        Shape::Group(members) | Shape::Object(members) => render_object(members, None),
        Shape::List(list) => json!({
            "type": "array", "maxItems": list.slots, "items": render_object(&list.members, Some(&list.key))
        }),
        Shape::FileDigest => json!({
            "type": "object",
            "properties": {
                "alg": {"const": "sha-256"},
                "salt": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
                "digest": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}
            },
            "required": ["alg", "salt", "digest"],
            "additionalProperties": false
        }),
    };
    value["title"] = json!(claim.label.en);
    value["description"] = json!(claim.label.vi);
    value
}

fn render_format(format: Format) -> Value {
    let pattern = |pattern: &str| json!({"type": "string", "pattern": pattern});
    match format {
        Format::Text => json!({"type": "string", "minLength": 1, "maxLength": MAX_TEXT_BYTES}),
        Format::Date => {
            json!({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
        }
        Format::Year => pattern("^(19|20)[0-9]{2}$"),
        Format::SchoolYear => pattern("^(19|20)[0-9]{2}-(19|20)[0-9]{2}$"),
        Format::Mark => pattern(&format!("^([0-9]\\.[0-9]|10\\.0|{})$", PASS.join("|"))),
        Format::Level => json!({"enum": LEVELS}),
        Format::Count => pattern("^(0|[1-9][0-9]{0,2})$"),
        Format::Sex => json!({"enum": SEXES}),
        Format::YesNo => json!({"enum": YES_NO}),
        Format::PersonalId => pattern("^[0-9]{12}$"),
        Format::MediaType => pattern("^[a-z0-9.+-]+/[a-z0-9.+-]+$"),
    }
}

/// `WRITE_SCHEMAS=1 cargo test` writes the files anew, for a new version of a schema.
#[test]
fn published_json_schemas_say_what_the_definitions_say() {
    for schema in known() {
        let rendered = render(schema);
        let path = format!("{}/schemas/{}-{}.json", env!("CARGO_MANIFEST_DIR"), schema.id, schema.version);
        if std::env::var_os("WRITE_SCHEMAS").is_some() {
            std::fs::write(path, serde_json::to_string_pretty(&rendered).unwrap() + "\n").unwrap();
        } else {
            let published = std::fs::read(path).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&published).unwrap(), rendered, "{}", schema.id);
        }
    }
}

#[test]
fn a_type_is_found_by_what_a_document_says() {
    for schema in known() {
        assert_eq!(schema.vct, format!("urn:sogoc:{}:{}", schema.id, schema.version));
        assert!(Arc::ptr_eq(&find(&schema.vct, "1", None).unwrap(), schema));
        assert!(Arc::ptr_eq(by_id(&schema.id).unwrap(), schema));
    }
    assert_eq!(find("urn:sogoc:bang-ts:1", "1", None).unwrap_err().code(), "type-unknown");
    assert_eq!(find("urn:sogoc:da-ky:1", "2", None).unwrap_err().code(), "schema-version-unknown");
    let brought = Arc::new(Schema::clone(&DA_KY));
    assert!(Arc::ptr_eq(&find("urn:sogoc:da-ky:1", "1", Some(&brought)).unwrap(), &brought), "before the known one");
    assert!(Arc::ptr_eq(&find("urn:sogoc:hoc-ba-thcs:1", "1", Some(&brought)).unwrap(), &HOC_BA_THCS));
}

#[test]
fn sensitive_claims_are_the_ones_the_law_names() {
    for (schema, sensitive) in [
        (&*HOC_BA_THCS, vec!["person/ethnicity", "person/personal_id", "result/homeroom_comment"]),
        (&*BANG_TN_THPT, vec!["person/ethnicity"]),
        (&*DA_KY, vec![]),
    ] {
        let mut found = Vec::new();
        for claim in &schema.claims {
            let members = claim.members().iter().filter(|member| member.sensitive);
            found.extend(members.map(|member| format!("{}/{}", claim.name, member.name)));
        }
        assert_eq!(found, sensitive);
    }
}

#[test]
fn paths_lead_to_claims() {
    let at = |path| HOC_BA_THCS.claim_at(path).map(|claim| claim.label.vi.as_str());
    assert_eq!(at("person/name"), Some("Họ và tên"));
    assert_eq!(at("subjects"), Some("Kết quả các môn học"));
    assert_eq!(at("subjects/Toán"), Some("Môn học"));
    assert_eq!(at("subjects/Toán/year"), Some("Cả năm"));
    assert_eq!(at("result/conduct/semester_1"), Some("Học kỳ I"));
    for path in ["", "nam", "name", "subjects/Toán/nam", "person/name/x", "subjects/Toán/year/x", "person/"] {
        assert_eq!(at(path), None, "{path}");
    }
    let full = |path| HOC_BA_THCS.full_path(path);
    assert_eq!(full("name").as_deref(), Some("person/name"));
    assert_eq!(full("conduct/year").as_deref(), Some("result/conduct/year"));
    assert_eq!(full("subjects/Toán").as_deref(), Some("subjects/Toán"));
    assert_eq!(full("semester_1"), None);
}

#[test]
fn each_format_has_one_spelling() {
    let cases: [(Format, &[&str], &[&str]); 11] = [
        (Format::Text, &["Nguyễn Thử Nghiệm", "9/1"], &["", " x", "x ", "a\nb", "a\u{7f}", "Nguye\u{302}\u{303}n"]),
        (
            Format::Date,
            &["2011-03-07", "2024-02-29"],
            &["2011-3-7", "7/3/2011", "2023-02-29", "2011-03-07T00", "２０11-03-07", "20110307"],
        ),
        (Format::Year, &["1999", "2026"], &["26", "1899", "20260"]),
        (Format::SchoolYear, &["2025-2026"], &["2025-2027", "2025", "2025-26", "2025–2026"]),
        (
            Format::Mark,
            &["7.9", "0.0", "10.0", "Đạt", "Chưa đạt"],
            &["7,9", "7", "7.90", "10.1", "11.0", "Đ", "-1.0", "đạt"],
        ),
        (Format::Level, &["Tốt", "Trung bình"], &["tốt", "T"]),
        (Format::Count, &["0", "45", "100"], &["", "05", "1000", "-1", "2.0"]),
        (Format::Sex, &["Nam", "Nữ"], &["nam", "F"]),
        (Format::YesNo, &["true", "false"], &["1", "True"]),
        (Format::PersonalId, &["000311000001"], &["311000001", "3.11E+11", "00031100000x"]),
        (
            Format::MediaType,
            &["application/pdf", "application/xml"],
            &["pdf", "Application/PDF", "a/b/c", "a/", "a/b;c"],
        ),
    ];
    for (format, good, bad) in cases {
        good.iter().for_each(|text| assert_eq!(format.check(text), Ok(()), "{format:?} {text:?}"));
        bad.iter().for_each(|text| assert!(format.check(text).is_err(), "{format:?} {text:?}"));
    }
    let longest = "x".repeat(MAX_TEXT_BYTES);
    assert!(Format::Text.check(&longest).is_ok());
    assert!(Format::Text.check(&(longest + "x")).is_err());
}

#[test]
fn a_file_digest_is_salted_and_matches_its_file_only() {
    let mut salts = SeededSalts::new(&[7; 32]);
    let claim = file_digest(b"%PDF-1.7 mau", &mut salts).unwrap();
    let again = file_digest(b"%PDF-1.7 mau", &mut salts).unwrap();
    assert_ne!(claim["digest"], again["digest"]);
    assert_eq!(check_file_digest(&claim, b"%PDF-1.7 mau"), Ok(true));
    assert_eq!(check_file_digest(&claim, b"%PDF-1.7 mao"), Ok(false));
    for wrong in [json!({}), json!("x"), json!({"alg": "sha-256", "salt": "AA", "digest": claim["digest"]})] {
        assert!(check_file_digest(&wrong, b"").is_err());
    }
    let mut unsalted = claim.clone();
    unsalted["alg"] = json!("md5");
    assert!(check_file_digest(&unsalted, b"").is_err());
}
