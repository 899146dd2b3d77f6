//! Reading a type of document from the text that defines it on the ledger.
//!
//! # Format
//!
//! The text of a `Definition { Schema, id, version }`, JSON as strict as a document's, at most 16 KiB:
//!
//! ```json
//! {"sogoc-schema": 1, "id": "giay-chung-nhan-nghe", "version": 1, "title": {"vi": "…", "en": "…"},
//!  "claims": [{"name": "person", "vi": "Người được cấp", "en": "Holder", "group": [
//!    {"name": "name", "vi": "Họ và tên", "en": "Full name", "format": "text"}]}],
//!  "table": {"learner": ["register_number"]}}
//! ```
//!
//! FORMATS §23 has every member and rule. `table` says how a clerk's table is read: [`crate::import`] looks into it, a verifier
//! does not.
//!
//! # Invariants
//! * The four types known by heart are definitions too (`credential/definitions/`): there is one way to be a type.
//! * The digest of the text, which a batch on the ledger records, fixes everything: a schema names its code lists by digest.
//! * Whatever the bytes are, the result is a schema or a [`DefinitionError`]: a definition comes with a stranger's file.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sogoc_ledger::Hash;
use sogoc_ledger::name::TypeId;
use sogoc_ledger::record::{DEFINITION_BYTES_MAX, DefinitionKind};

use super::codes::CodeList;
use super::{Claim, Format, Label, List, Schema, Shape};
use crate::sdjwt::{self, json};

/// What says that a text defines a schema, and in which format.
pub(super) const SCHEMA: &str = "sogoc-schema";
/// What says that a text is a list of codes, and in which format.
pub(super) const LIST: &str = "sogoc-codes";
/// The only format that is read.
const FORMAT: u64 = 1;

/// A label or a code, in bytes: a line on a phone, in Vietnamese.
pub(super) const LABEL_BYTES_MAX: usize = 200;
/// Texts of one type: its own, and those of the code lists that it names. A bundle brings them all.
pub const TEXTS_MAX: usize = 8;
/// A claim's name, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Claims on one level, and slots of a list: every digest costs 52 bytes, of an absent claim too.
const CLAIMS_MAX: usize = 64;

/// Why a text defines no type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// A part is not as the format says.
    #[error("the definition is malformed at {0}")]
    Malformed(String),
    /// A format that this software does not know.
    #[error("the definition has format {0}, which this software does not know")]
    UnknownFormat(u64),
}

impl DefinitionError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "definition-malformed",
            Self::UnknownFormat(_) => "definition-unknown-format",
        }
    }
}

impl Schema {
    /// The schema that texts define: its own first, then those of the code lists that it names, in the order in which it first
    /// names them.
    ///
    /// # Errors
    /// See [`DefinitionError`].
    pub fn from_texts<T: AsRef<[u8]>>(texts: &[T]) -> Result<Self, DefinitionError> {
        let top = At::top();
        let (text, lists) = texts.split_first().ok_or_else(|| top.wrong("text"))?;
        if texts.len() > TEXTS_MAX {
            return Err(top.wrong("codes"));
        }
        let text = text.as_ref();
        let object = object_of(text, SCHEMA)?;
        for list in lists {
            object_of(list.as_ref(), LIST)?;
        }
        let lists = lists.iter().map(|list| CodeList::from_text(list.as_ref()).map(Arc::new));
        let mut reader = Reader { lists: lists.collect::<Result<_, _>>()?, named: 0, given: BTreeSet::new() };

        top.members(&object, &[SCHEMA, "id", "version", "title", "claims"], &["table"])?;
        let (id, version) = (top.id(&object)?, top.version(&object)?);
        let claims = reader.claims(&object, "claims", Place::Top, &top)?;
        reader.check_whole(&claims)?;
        Ok(Self {
            vct: format!("urn:sogoc:{id}:{version}"),
            id,
            version,
            title: top.title(&object)?,
            claims,
            digest: text_digest(text),
            text: String::from_utf8_lossy(text).into_owned(),
            code_lists: reader.lists,
            table: object.get("table").map(|table| top.below("table").object(table).cloned()).transpose()?,
        })
    }
}

/// What a text says that it defines.
///
/// # Errors
/// See [`DefinitionError`]; that it says so does not make it well-formed.
pub fn defines(text: &[u8]) -> Result<(DefinitionKind, TypeId, u16), DefinitionError> {
    let at = At::top();
    let (kind, object) = match object_of(text, SCHEMA) {
        Err(DefinitionError::Malformed(_)) => (DefinitionKind::CodeList, object_of(text, LIST)?),
        schema => (DefinitionKind::Schema, schema?),
    };
    let id = at.id(&object)?.parse().map_err(|_| at.wrong("id"))?;
    Ok((kind, id, at.version(&object)?))
}

/// The code lists that the text of a schema names, as (id, version), in order, each once: what else has to be fetched.
///
/// # Errors
/// See [`DefinitionError`]; much of what is wrong with a text shows only in [`Schema::from_texts`].
pub fn code_lists_named(text: &[u8]) -> Result<Vec<(TypeId, u16)>, DefinitionError> {
    fn below(value: &Value, found: &mut Vec<(TypeId, u16)>) -> Result<(), DefinitionError> {
        match value {
            Value::Array(values) => values.iter().try_for_each(|value| below(value, found)),
            Value::Object(claim) => {
                if let Some(codes) = claim.get("codes") {
                    let at = At::top().below("codes");
                    let codes = at.object(codes)?;
                    let id = at.text(codes, "list")?.parse().map_err(|_| at.wrong("list"))?;
                    let named = (id, at.version(codes)?);
                    if !found.contains(&named) {
                        found.push(named);
                    }
                }
                claim.values().try_for_each(|value| below(value, found))
            }
            _ => Ok(()),
        }
    }
    let mut found = Vec::new();
    let object = object_of(text, SCHEMA)?;
    object.get("claims").map_or(Ok(()), |claims| below(claims, &mut found))?;
    Ok(found)
}

/// SHA-256 of a text, as batches record it.
pub(super) fn text_digest(text: &[u8]) -> Hash {
    Hash(Sha256::digest(text).into())
}

/// The object that a text is, if `format` in it says that it can be read here.
pub(super) fn object_of(text: &[u8], format: &str) -> Result<Map<String, Value>, DefinitionError> {
    let wrong = || At::top().wrong(format);
    if text.len() > DEFINITION_BYTES_MAX {
        return Err(wrong());
    }
    let object = json::read_object(text).map_err(|_| wrong())?;
    match object.get(format).and_then(Value::as_u64) {
        Some(FORMAT) => Ok(object),
        Some(other) => Err(DefinitionError::UnknownFormat(other)),
        None => Err(wrong()),
    }
}

/// Where a claim stands, which decides what it may be.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Place {
    Top,
    Group,
    /// In an object or a list.
    Inside,
}

struct Reader {
    lists: Vec<Arc<CodeList>>,
    /// So many of the lists were named so far.
    named: usize,
    /// Names by which claims are given, and those of groups: a short path means one claim.
    given: BTreeSet<String>,
}

impl Reader {
    fn claims(
        &mut self,
        object: &Map<String, Value>,
        member: &str,
        place: Place,
        at: &At,
    ) -> Result<Vec<Claim>, DefinitionError> {
        let mut claims: Vec<Claim> = Vec::new();
        for value in at.list(object, member, CLAIMS_MAX)? {
            let claim = self.claim(value, place, at)?;
            let known = claims.iter().any(|other| other.name == claim.name);
            if known || (place != Place::Inside && !self.given.insert(claim.name.clone())) {
                return Err(at.wrong(&claim.name));
            }
            claims.push(claim);
        }
        Ok(claims)
    }

    fn claim(&mut self, value: &Value, place: Place, at: &At) -> Result<Claim, DefinitionError> {
        let object = at.object(value)?;
        let name = at.text(object, "name")?.to_owned();
        let at = at.below(&name);
        let reserved = place != Place::Inside && sdjwt::ENVELOPE_MEMBERS.contains(&name.as_str());
        if !is_claim_name(&name) || reserved {
            return Err(at.wrong("name"));
        }
        let shapes = ["format", "codes", "group", "object", "list", "file-digest"];
        let mut named = shapes.into_iter().filter(|shape| object.contains_key(*shape));
        let (Some(shape), None) = (named.next(), named.next()) else { return Err(at.wrong("format")) };
        at.members(object, &["name", "vi", "en", shape], &["optional", "sensitive"])?;
        let may_hold = match shape {
            "group" | "list" => place == Place::Top,
            "object" | "file-digest" => place != Place::Inside,
            _ => true,
        };
        if !may_hold {
            return Err(at.wrong(shape));
        }
        let (label, required, sensitive) =
            (at.label(object)?, !at.flag(object, "optional")?, at.flag(object, "sensitive")?);
        let shape = match shape {
            "format" => Shape::Text(Format::named(at.text(object, shape)?).ok_or_else(|| at.wrong(shape))?),
            "codes" => Shape::Code(self.code_list(object, &at)?),
            "group" => Shape::Group(self.claims(object, shape, Place::Group, &at)?),
            "object" => Shape::Object(self.claims(object, shape, Place::Inside, &at)?),
            "list" => Shape::List(Box::new(self.list(at.object(&object[shape])?, &at)?)),
            _ => at.flag(object, shape).map(|_| Shape::FileDigest)?,
        };
        Ok(Claim { name, label, required, sensitive, shape })
    }

    fn list(&mut self, object: &Map<String, Value>, at: &At) -> Result<List, DefinitionError> {
        at.members(object, &["key", "members", "slots"], &[])?;
        let key = self.claim(&object["key"], Place::Inside, at)?;
        let plain = key.shape == Shape::Text(Format::Text) && key.required && !key.sensitive;
        let slots = object["slots"].as_u64().and_then(|slots| usize::try_from(slots).ok());
        let slots = slots.filter(|slots| (1..=CLAIMS_MAX).contains(slots)).ok_or_else(|| at.wrong("slots"))?;
        if !plain {
            return Err(at.wrong("key"));
        }
        Ok(List { key, members: self.claims(object, "members", Place::Inside, at)?, slots })
    }

    /// The list that a claim names: one that was named before, or the next that was given.
    fn code_list(&mut self, object: &Map<String, Value>, at: &At) -> Result<Arc<CodeList>, DefinitionError> {
        let at = at.below("codes");
        let codes = at.object(&object["codes"])?;
        at.members(codes, &["list", "version", "digest"], &[])?;
        let digest = Hash::from_hex(at.text(codes, "digest")?).ok_or_else(|| at.wrong("digest"))?;
        let position = self.lists.iter().position(|list| list.digest == digest).ok_or_else(|| at.wrong("digest"))?;
        let list = self.lists[position].clone();
        if position > self.named || list.id != at.text(codes, "list")? || list.version != at.version(codes)? {
            return Err(at.wrong("list"));
        }
        self.named = self.named.max(position.saturating_add(1));
        Ok(list)
    }

    /// What shows only once all was read.
    fn check_whole(&self, claims: &[Claim]) -> Result<(), DefinitionError> {
        let at = At::top();
        if self.named < self.lists.len() {
            return Err(at.wrong("codes"));
        }
        let lists =
            || claims.iter().filter_map(|claim| if let Shape::List(list) = &claim.shape { Some(list) } else { None });
        // Elements are named in paths by whichever key they show.
        let clashes = |key: &str| lists().any(|list| list.members.iter().any(|member| member.name == key));
        match lists().find(|list| clashes(&list.key.name)) {
            Some(list) => Err(at.wrong(&list.key.name)),
            None => Ok(()),
        }
    }
}

fn is_claim_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A place in a text, for errors, and how its parts are read there.
pub(super) struct At(String);

impl At {
    pub(super) fn top() -> Self {
        Self(String::new())
    }

    pub(super) fn below(&self, part: &str) -> Self {
        Self(self.path(part))
    }

    fn path(&self, part: &str) -> String {
        let part = sdjwt::shown(part);
        if self.0.is_empty() { part } else { format!("{}/{part}", self.0) }
    }

    pub(super) fn wrong(&self, part: &str) -> DefinitionError {
        DefinitionError::Malformed(self.path(part))
    }

    pub(super) fn object<'a>(&self, value: &'a Value) -> Result<&'a Map<String, Value>, DefinitionError> {
        value.as_object().ok_or_else(|| DefinitionError::Malformed(self.0.clone()))
    }

    /// Refuses an object that lacks a member or has one more.
    pub(super) fn members(
        &self,
        object: &Map<String, Value>,
        required: &[&str],
        optional: &[&str],
    ) -> Result<(), DefinitionError> {
        if let Some(missing) = required.iter().find(|member| !object.contains_key(**member)) {
            return Err(self.wrong(missing));
        }
        let known = |member: &str| required.contains(&member) || optional.contains(&member);
        object.keys().find(|member| !known(member)).map_or(Ok(()), |unknown| Err(self.wrong(unknown)))
    }

    pub(super) fn text<'a>(&self, object: &'a Map<String, Value>, member: &str) -> Result<&'a str, DefinitionError> {
        object.get(member).and_then(Value::as_str).ok_or_else(|| self.wrong(member))
    }

    pub(super) fn list<'a>(
        &self,
        object: &'a Map<String, Value>,
        member: &str,
        max: usize,
    ) -> Result<&'a [Value], DefinitionError> {
        let list = object.get(member).and_then(Value::as_array).filter(|list| (1..=max).contains(&list.len()));
        list.map(Vec::as_slice).ok_or_else(|| self.wrong(member))
    }

    /// A member that is `true` if it is there.
    fn flag(&self, object: &Map<String, Value>, member: &str) -> Result<bool, DefinitionError> {
        match object.get(member) {
            None => Ok(false),
            Some(Value::Bool(true)) => Ok(true),
            Some(_) => Err(self.wrong(member)),
        }
    }

    pub(super) fn id(&self, object: &Map<String, Value>) -> Result<String, DefinitionError> {
        let id: TypeId = self.text(object, "id")?.parse().map_err(|_| self.wrong("id"))?;
        Ok(id.as_str().to_owned())
    }

    pub(super) fn version(&self, object: &Map<String, Value>) -> Result<u16, DefinitionError> {
        let version = object.get("version").and_then(Value::as_u64).and_then(|version| u16::try_from(version).ok());
        version.filter(|version| *version > 0).ok_or_else(|| self.wrong("version"))
    }

    pub(super) fn title(&self, object: &Map<String, Value>) -> Result<Label, DefinitionError> {
        let at = self.below("title");
        let title = at.object(&object["title"])?;
        at.members(title, &["vi", "en"], &[])?;
        at.label(title)
    }

    pub(super) fn label(&self, object: &Map<String, Value>) -> Result<Label, DefinitionError> {
        let label = |language: &str| {
            let text = self.text(object, language)?;
            let fits = text.len() <= LABEL_BYTES_MAX && Format::Text.check(text).is_ok();
            if fits { Ok(text.to_owned()) } else { Err(self.wrong(language)) }
        };
        Ok(Label { vi: label("vi")?, en: label("en")? })
    }
}
