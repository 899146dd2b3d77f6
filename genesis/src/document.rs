//! Reading files of unknown quality: bounded, strict, and with every problem noted instead of the first.
//!
//! # Format
//!
//! JSON and TOML alike become a [`Value`]: no floats, no negative numbers, no field twice (TOML dates become text).
//! Then each field is taken by name; what is missing, wrong or left over is noted with its path in the file.
//!
//! # Invariants
//!
//! * Nesting is bounded by the parsers (128 levels of JSON, 80 of TOML).
//! * Values are never repeated in a problem.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::files;
use crate::problem::{Code, Problem, Problems};

/// The key under which the `toml` crate hands over a date.
const TOML_DATE: &str = "$__toml_private_datetime";

/// A parsed file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(u64),
    Text(String),
    List(Vec<Value>),
    Table(BTreeMap<String, Value>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a whole number, true, false, a list or a table")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        value.try_into().map(Value::Integer).map_err(|_| E::custom("negative number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Err(E::custom("not a whole number"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.into()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = elements.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut table = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key == TOML_DATE {
                return entries.next_value();
            }
            let value = entries.next_value()?;
            if table.insert(key, value).is_some() {
                return Err(de::Error::custom("a field is given twice"));
            }
        }
        Ok(Value::Table(table))
    }
}

/// Where the reader is, and what it found wrong so far.
#[derive(Clone)]
pub(crate) struct At<'a> {
    file: &'a str,
    path: String,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> At<'a> {
    pub(crate) fn problem(&self, code: Code, detail: impl fmt::Display) {
        self.problems.borrow_mut().push(Problem::new(code, self.place(), detail));
    }

    pub(crate) fn place(&self) -> String {
        if self.path.is_empty() { self.file.into() } else { format!("{}: {}", self.file, self.path) }
    }

    pub(crate) fn field(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.into() } else { format!("{}.{name}", self.path) };
        Self { path, ..self.clone() }
    }

    fn element(&self, index: usize) -> Self {
        Self { path: format!("{}[{index}]", self.path), ..self.clone() }
    }

    /// `value`, or a note of the form that was expected.
    pub(crate) fn expect<T>(&self, value: Option<T>, form: &str) -> Option<T> {
        if value.is_none() {
            self.problem(Code::WrongValue, format_args!("expected {form}"));
        }
        value
    }

    pub(crate) fn table(self, value: Value) -> Option<Fields<'a>> {
        let Value::Table(table) = value else {
            return self.expect(None, "a table");
        };
        Some(Fields { table, at: self })
    }

    /// The elements of a list of at most `max`; those that are wrong are noted and left out.
    pub(crate) fn list<T: FromValue>(&self, value: Value, max: usize) -> Option<Vec<T>> {
        let Value::List(elements) = value else {
            return self.expect(None, "a list");
        };
        if elements.len() > max {
            self.problem(Code::TooMany, format_args!("at most {max}"));
            return None;
        }
        Some(elements.into_iter().enumerate().filter_map(|(i, element)| T::read(element, self.element(i))).collect())
    }
}

/// The fields of a table, taken one by one. [`Fields::finish`] notes those that nobody asked for.
pub(crate) struct Fields<'a> {
    table: BTreeMap<String, Value>,
    pub(crate) at: At<'a>,
}

impl Fields<'_> {
    /// A required field. `None`: it is missing or wrong, which is noted.
    pub(crate) fn get<T: FromValue>(&mut self, name: &str) -> Option<T> {
        let at = self.at.field(name);
        match self.table.remove(name) {
            None => {
                at.problem(Code::MissingField, "");
                None
            }
            Some(value) => T::read(value, at),
        }
    }

    /// An optional field. `None`: it is absent, null, or wrong, which is noted.
    pub(crate) fn maybe<T: FromValue>(&mut self, name: &str) -> Option<T> {
        match self.table.remove(name)? {
            Value::Null => None,
            value => T::read(value, self.at.field(name)),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    pub(crate) fn finish(self) {
        for name in self.table.keys() {
            // The name comes from the file: shown cut, as it may be anything.
            self.at.problem(Code::UnknownField, name.chars().filter(|c| !c.is_control()).take(40).collect::<String>());
        }
    }

    /// Takes the field that says what a file is. `None`: it is another, and no more need be said of it.
    pub(crate) fn version(&mut self, tag: &str, known: u64) -> Option<()> {
        match self.table.remove(tag) {
            Some(Value::Integer(version)) if version == known => Some(()),
            Some(_) => {
                self.at.problem(Code::OtherVersion, format_args!("{tag} is not {known}"));
                None
            }
            None => {
                self.at.problem(Code::OtherKind, format_args!("no {tag}"));
                None
            }
        }
    }
}

/// A type that can be read from one [`Value`].
pub(crate) trait FromValue: Sized {
    /// `None`: it is wrong, which is noted.
    fn read(value: Value, at: At<'_>) -> Option<Self>;
}

/// Which parser a file is for.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Toml,
}

/// The value that `bytes` are.
pub(crate) fn parse(bytes: &[u8], file: &str, syntax: Syntax) -> Result<Value, Problem> {
    let malformed = |detail: String| Problem::new(Code::Malformed, file, detail);
    match syntax {
        Syntax::Json => serde_json::from_slice(bytes)
            .map_err(|error| malformed(format!("line {}, column {}", error.line(), error.column()))),
        Syntax::Toml => {
            let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8".into()))?;
            toml::from_str(text).map_err(|error| {
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                malformed(format!("line {}", before.matches('\n').count() + 1))
            })
        }
    }
}

/// Reads `value` with `read_it`; everything that is wrong, at once.
pub(crate) fn interpret<T>(
    value: Value,
    file: &str,
    read_it: impl FnOnce(Value, At<'_>) -> Option<T>,
) -> Result<T, Problems> {
    let problems = RefCell::new(Vec::new());
    let read = read_it(value, At { file, path: String::new(), problems: &problems });
    let mut problems = problems.into_inner();
    match read {
        Some(read) => Problems::or(problems, read),
        None => {
            if problems.is_empty() {
                problems.push(Problem::new(Code::WrongValue, file, ""));
            }
            Err(Problems(problems))
        }
    }
}

/// [`parse`] and [`interpret`].
pub(crate) fn from_bytes<T: FromValue>(bytes: &[u8], file: &str, syntax: Syntax) -> Result<T, Problems> {
    interpret(parse(bytes, file, syntax)?, file, T::read)
}

/// [`files::load`] and [`from_bytes`].
pub(crate) fn load<T: FromValue>(path: &Path, limit: usize, syntax: Syntax) -> Result<T, Problems> {
    from_bytes(&files::load(path, limit)?, &path.display().to_string(), syntax)
}

/// The text of a value of JSON, for people to read.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("our types have text keys and no floats, so they have a JSON form")
        + "\n"
}
