//! Vector files in `docs/vectors`: compared with what this code makes, and written only when asked to.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

/// Set to 1, tests write the vectors instead of comparing them: a change of format is a visible act.
const WRITE: &str = "SOGOC_WRITE_VECTORS";

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors").join(file)
}

/// The vectors in a committed file.
pub fn committed(file: &str) -> Value {
    let text = std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("docs/vectors/{file}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// Holds `made` equal to the committed file.
pub fn freeze(file: &str, made: &Value) {
    if std::env::var(WRITE).is_ok_and(|value| value == "1") {
        std::fs::write(path(file), format!("{made:#}\n")).unwrap();
    }
    let committed = committed(file);
    if let (Some(made), Some(committed)) = (made["vectors"].as_array(), committed["vectors"].as_array()) {
        for (made, committed) in made.iter().zip(committed) {
            assert_eq!(made, committed, "docs/vectors/{file}: {}", made["description"]);
        }
    }
    assert_eq!(made, &committed, "docs/vectors/{file} is not what this code makes");
}

/// The elements of a member that is a list.
pub fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap_or_else(|| panic!("no list {member}"))
}

/// A member that is text.
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no text {member} in {value}"))
}

/// A member that is bytes in hex.
pub fn bytes(value: &Value, member: &str) -> Vec<u8> {
    unhex(text(value, member))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii(), "not hex");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// `vector` with a description and its answer, which the committed file holds the code to.
pub fn case(description: &str, vector: Value, answer: Result<Value, String>) -> Value {
    let mut members = Map::from_iter([("description".to_owned(), json!(description))]);
    if let Value::Object(vector) = vector {
        members.extend(vector);
    }
    match answer {
        Ok(value) => members.insert("expect".into(), value),
        Err(code) => members.insert("error".into(), json!(code)),
    };
    Value::Object(members)
}

/// Holds an answer to what a vector expects.
pub fn expect(file: &str, vector: &Value, answer: Result<Value, String>) {
    match answer {
        Ok(answer) => assert_eq!(vector.get("expect"), Some(&answer), "{file}: {}", vector["description"]),
        Err(code) => assert_eq!(vector.get("error"), Some(&json!(code)), "{file}: {}", vector["description"]),
    }
}
