//! Definitions: the example that comes with the project, and every rule of FORMATS §23 broken once.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::definition::{code_lists_named, defines};
use super::*;

const TEXT: &str = include_str!("../../../examples/giay-chung-nhan-nghe-1.json");
const CODES: &str = include_str!("../../../examples/nghe-pho-thong-1.json");

fn value() -> Value {
    serde_json::from_str(TEXT).unwrap()
}

/// Where the definition with this change is malformed.
fn wrong(change: impl Fn(&mut Value)) -> String {
    let mut value = value();
    change(&mut value);
    assert_ne!(value, self::value(), "nothing was changed");
    match Schema::from_texts(&[&value.to_string(), CODES]) {
        Err(DefinitionError::Malformed(at)) => at,
        other => panic!("{other:?}"),
    }
}

/// The same for its list of codes, which the schema then names by the digest that it has.
fn wrong_codes(change: impl Fn(&mut Value)) -> DefinitionError {
    let mut codes: Value = serde_json::from_str(CODES).unwrap();
    change(&mut codes);
    let text = codes.to_string();
    let mut value = value();
    value["claims"][1]["group"][1]["codes"]["digest"] = json!(definition::text_digest(text.as_bytes()).to_string());
    Schema::from_texts(&[value.to_string(), text]).unwrap_err()
}

#[test]
fn the_example_is_a_type_like_those_known_by_heart() {
    let schema = Schema::from_texts(&[TEXT, CODES]).unwrap();
    assert_eq!(
        (schema.id.as_str(), schema.version, schema.vct.as_str()),
        ("giay-chung-nhan-nghe", 1, "urn:sogoc:giay-chung-nhan-nghe:1")
    );
    assert_eq!(schema.texts(), [TEXT, CODES]);
    assert_eq!(schema.digest, definition::text_digest(TEXT.as_bytes()));
    let names: Vec<&str> = schema.claims.iter().map(|claim| claim.name.as_str()).collect();
    assert_eq!(names, ["person", "award"], "in the order of the text");
    assert!(schema.claim_at("person/ethnicity").is_some_and(|claim| claim.sensitive && !claim.required));
    let trade = schema.claim_at("award/trade").unwrap();
    assert_eq!(trade.check_text("nau-an"), Ok(()));
    for text in ["Nấu ăn", "NAU-AN", "", "nau-an "] {
        assert_eq!(trade.check_text(text).unwrap_err().code(), "claim-malformed", "{text}");
    }
    assert_eq!(code_lists_named(TEXT.as_bytes()).unwrap(), [("nghe-pho-thong".parse().unwrap(), 1)]);
    assert_eq!(defines(CODES.as_bytes()).unwrap().1.as_str(), "nghe-pho-thong");
    assert_eq!(defines(TEXT.as_bytes()).unwrap().1.as_str(), "giay-chung-nhan-nghe");
}

#[test]
fn every_rule_of_the_definition_is_kept() {
    assert_eq!(wrong(|d| d["sogoc-schema"] = json!("1")), "sogoc-schema");
    assert_eq!(wrong(|d| d["id"] = json!("Giấy")), "id");
    for version in [json!(0), json!(65_536), json!("1"), json!(-1)] {
        assert_eq!(wrong(|d| d["version"] = version.clone()), "version");
    }
    assert_eq!(wrong(|d| d["title"]["en"] = json!("")), "title/en");
    assert_eq!(wrong(|d| d["title"]["vi"] = json!("x".repeat(201))), "title/vi");
    assert_eq!(wrong(|d| d["title"]["fr"] = json!("Titre")), "title/fr");
    assert_eq!(wrong(|d| d["more"] = json!(1)), "more");
    assert_eq!(wrong(|d| drop(d.as_object_mut().unwrap().remove("claims"))), "claims");
    assert_eq!(wrong(|d| d["claims"] = json!([])), "claims");
    assert_eq!(wrong(|d| d["table"] = json!([])), "table");
    let claim = |name: &str| json!({"name": name, "vi": "Tên", "en": "Name", "format": "text"});
    let many: Vec<Value> = (0..65).map(|number| claim(&format!("n{number}"))).collect();
    assert_eq!(wrong(|d| d["claims"] = json!(many)), "claims");
}

#[test]
fn every_rule_of_a_claim_is_kept() {
    let person = |claim: Value| move |d: &mut Value| d["claims"][0]["group"][0] = claim.clone();
    let claim = |name: &str| json!({"name": name, "vi": "Tên", "en": "Name", "format": "text"});
    let with = |name: &str, value: Value| {
        let mut claim = claim("name");
        claim[name] = value;
        claim
    };
    for name in ["Name", "họ", "", "1a", "_a", "a-b", &"a".repeat(65)] {
        assert!(wrong(person(claim(name))).ends_with("/name"), "{name}");
    }
    for name in ["iss", "vct", "schema", "date", "exp", "cnf", "ledger"] {
        assert_eq!(wrong(person(claim(name))), format!("person/{name}/name"));
    }
    for twice in ["sex", "school", "award", "person"] {
        assert!(wrong(person(claim(twice))).ends_with(twice), "{twice}");
    }
    assert_eq!(wrong(person(with("format", json!("currency")))), "person/name/format");
    assert_eq!(wrong(person(with("optional", json!(false)))), "person/name/optional");
    assert_eq!(wrong(person(with("sensitive", json!(1)))), "person/name/sensitive");
    assert_eq!(wrong(person(with("hidden", json!(true)))), "person/name/hidden");
    assert_eq!(wrong(person(with("object", json!([claim("inner")])))), "person/name/format", "two shapes");
    assert_eq!(wrong(person(json!({"name": "name", "vi": "Tên", "en": "Name"}))), "person/name/format", "no shape");
    assert_eq!(wrong(person(json!("name"))), "person");
    let shaped = |shape: &str, value: Value| json!({"name": "name", "vi": "Tên", "en": "Name", shape: value});
    assert_eq!(wrong(person(shaped("group", json!([claim("inner")])))), "person/name/group", "below the top");
    let list = json!({"key": claim("key"), "members": [claim("inner")], "slots": 2});
    assert_eq!(wrong(person(shaped("list", list))), "person/name/list", "below the top");
    assert_eq!(wrong(person(shaped("object", json!([])))), "person/name/object");
    let nested = shaped("object", json!([shaped("object", json!([claim("inner")]))]));
    assert_eq!(wrong(|d| d["claims"][0] = nested.clone()), "name/name/object", "an object in an object");
    let twice = shaped("object", json!([claim("inner"), claim("inner")]));
    assert_eq!(wrong(person(twice)), "person/name/inner");
    assert_eq!(wrong(person(shaped("file-digest", json!("sha-256")))), "person/name/file-digest");
}

#[test]
fn every_rule_of_a_list_is_kept() {
    let claim = |name: &str| json!({"name": name, "vi": "Tên", "en": "Name", "format": "text"});
    let list = |key: Value, members: Value, slots: Value| {
        let list = json!({"name": "items", "vi": "Mục", "en": "Items", "list": {"key": key, "members": members, "slots": slots}});
        move |d: &mut Value| d["claims"].as_array_mut().unwrap().push(list.clone())
    };
    let mut good = value();
    list(claim("key"), json!([claim("inner")]), json!(64))(&mut good);
    assert!(Schema::from_texts(&[&good.to_string(), CODES]).is_ok());
    for slots in [json!(0), json!(65), json!("2"), json!(-1)] {
        assert_eq!(wrong(list(claim("key"), json!([claim("inner")]), slots)), "items/slots");
    }
    for (member, value) in [("format", "date"), ("optional", "true"), ("sensitive", "true")] {
        let mut key = claim("key");
        key[member] = if value == "true" { json!(true) } else { json!(value) };
        assert_eq!(wrong(list(key, json!([claim("inner")]), json!(2))), "items/key");
    }
    assert_eq!(wrong(list(claim("key"), json!([]), json!(2))), "items/members");
    assert_eq!(wrong(list(claim("key"), json!([claim("key")]), json!(2))), "key");
    assert_eq!(wrong(list(claim("key"), json!([claim("a"), claim("a")]), json!(2))), "items/a");
    // A key that another list has among its members: nobody could tell which of them names an element.
    let mut second = value();
    list(claim("key"), json!([claim("inner")]), json!(2))(&mut second);
    let clash = |d: &mut Value| {
        *d = second.clone();
        let other = json!({"name": "others", "vi": "Mục", "en": "Others",
            "list": {"key": claim("inner"), "members": [claim("more")], "slots": 2}});
        d["claims"].as_array_mut().unwrap().push(other);
    };
    assert_eq!(wrong(clash), "inner");
}

#[test]
fn a_schema_and_its_code_lists_belong_together() {
    let malformed = |texts: &[&str]| match Schema::from_texts(texts) {
        Err(DefinitionError::Malformed(at)) => at,
        other => panic!("{other:?}"),
    };
    assert_eq!(malformed(&[]), "text");
    assert_eq!(malformed(&[TEXT]), "award/trade/codes/digest", "the list is missing");
    assert_eq!(malformed(&[TEXT, CODES, CODES]), "codes", "once too often");
    assert_eq!(malformed(&[TEXT; 9]), "codes", "more than a bundle can bring");
    assert_eq!(malformed(&[CODES, TEXT]), "sogoc-schema");
    assert_eq!(malformed(&[DA_KY.texts()[0], CODES]), "codes", "a list that nothing names");
    let spaced = format!("{CODES} ");
    assert_eq!(malformed(&[TEXT, &spaced]), "award/trade/codes/digest", "other bytes");
    assert_eq!(wrong(|d| d["claims"][1]["group"][1]["codes"]["version"] = json!(2)), "award/trade/codes/list");
    assert_eq!(wrong(|d| d["claims"][1]["group"][1]["codes"]["list"] = json!("khac")), "award/trade/codes/list");
    let upper = value()["claims"][1]["group"][1]["codes"]["digest"].as_str().unwrap().to_uppercase();
    assert_eq!(wrong(|d| d["claims"][1]["group"][1]["codes"]["digest"] = json!(upper)), "award/trade/codes/digest");
}

#[test]
fn code_lists_stand_in_the_order_in_which_they_are_first_named() {
    let second = CODES.replace("\"nghe-pho-thong\"", "\"nghe-khac\"");
    let digest = definition::text_digest(second.as_bytes()).to_string();
    let naming = |list: &str, digest: &str| json!({"list": list, "version": 1, "digest": digest});
    let mut both = value();
    let first = both["claims"][1]["group"][1]["codes"].clone();
    let claim = |name: &str, codes: &Value| json!({"name": name, "vi": "Nghề", "en": "Trade", "codes": codes});
    let award = both["claims"][1]["group"].as_array_mut().unwrap();
    award.push(claim("other_trade", &naming("nghe-khac", &digest)));
    award.push(claim("first_trade", &first));
    let text = both.to_string();
    let schema = Schema::from_texts(&[&text, CODES, &second]).unwrap();
    assert_eq!(schema.texts(), [&text, CODES, &second]);
    assert!(Schema::from_texts(&[&text, &second, CODES]).is_err(), "in another order");
    assert!(Schema::from_texts(&[&text, CODES]).is_err(), "one is missing");
}

#[test]
fn every_rule_of_a_code_list_is_kept() {
    let at = |error| match error {
        DefinitionError::Malformed(at) => at,
        DefinitionError::UnknownFormat(format) => panic!("{format}"),
    };
    assert_eq!(at(wrong_codes(|list| list["codes"] = json!([]))), "codes");
    assert_eq!(at(wrong_codes(|list| list["codes"][1]["code"] = json!("tin-hoc"))), "codes/1/code", "twice");
    assert_eq!(at(wrong_codes(|list| list["codes"][0]["code"] = json!(" x"))), "codes/0/code");
    assert_eq!(at(wrong_codes(|list| list["codes"][0]["code"] = json!("x".repeat(201)))), "codes/0/code");
    assert_eq!(at(wrong_codes(|list| list["codes"][0]["note"] = json!("x"))), "codes/0/note");
    assert_eq!(at(wrong_codes(|list| list["codes"][0]["vi"] = json!(1))), "codes/0/vi");
    assert_eq!(at(wrong_codes(|list| list["version"] = json!(0))), "version");
    assert_eq!(at(wrong_codes(|list| drop(list.as_object_mut().unwrap().remove("title")))), "title");
    // No longer than two letters: 501 of three would not fit into a definition.
    let letter = |number: u32| char::from(b'a' + number as u8);
    let many: Vec<Value> = (0..501u32)
        .map(|number| json!({"code": format!("{}{}", letter(number / 26), letter(number % 26)), "vi": "a", "en": "a"}))
        .collect();
    assert_eq!(at(wrong_codes(|list| list["codes"] = json!(many))), "codes");
}

#[test]
fn a_later_format_is_told_from_a_malformed_one() {
    let of = |texts: [&str; 2]| Schema::from_texts(&texts).unwrap_err();
    let later = |text: &str, member: &str| text.replacen(&format!("\"{member}\": 1"), &format!("\"{member}\": 2"), 1);
    assert_eq!(of([&later(TEXT, "sogoc-schema"), CODES]), DefinitionError::UnknownFormat(2));
    assert_eq!(of([TEXT, &later(CODES, "sogoc-codes")]), DefinitionError::UnknownFormat(2));
    // Formats are looked at in the order of the texts, before anything else.
    let odd = TEXT.replacen("\"version\": 1", "\"version\": 0", 1);
    assert_eq!(of([&odd, &later(CODES, "sogoc-codes")]), DefinitionError::UnknownFormat(2));
    assert_eq!(of(["", &later(CODES, "sogoc-codes")]), DefinitionError::Malformed("sogoc-schema".into()));
    let long = format!("{TEXT}{}", " ".repeat(16 << 10));
    assert_eq!(of([&long, CODES]), DefinitionError::Malformed("sogoc-schema".into()));
}

proptest! {
    /// Whatever the bytes are, there is an answer.
    #[test]
    fn no_bytes_are_too_strange(at in 0..TEXT.len(), byte in any::<u8>(), length in 0..TEXT.len()) {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = Schema::from_texts(&[&bytes[..], CODES.as_bytes()]);
        bytes.truncate(length);
        prop_assert!(Schema::from_texts(&[&bytes[..], CODES.as_bytes()]).is_err());
        let _ = code_lists_named(&bytes);
    }
}
