//! Credential types as data: which claims a document has, what each looks like, which are never shown unless named.
//!
//! # Form
//! A [`Schema`] is a tree of [`Claim`]s. Claims are *given* flat, by name, as a row of a register has them
//! ([`Claims`]); they are *published* in groups (`person`, `result`, …), so that opening three of fifty costs the digests
//! of their groups and not of all fifty. [`Schema::flatten`] leads back.
//!
//! A path names a claim: names joined by `/`, an element of a list by the value of its key: `person/name`,
//! `subjects/Toán/year`. The group may be left out (`name`): claim names are unique in a schema. Inside a name `~` is
//! written `~0` and `/` is written `~1` (RFC 6901).
//!
//! # Invariants
//! * At every level the number of digests is a constant of the schema ([`Claim::digests`]): the members it *may* have, or
//!   the slots of a list. What an optional claim leaves free is filled by a decoy, so absence does not show.
//! * Every value is a string in NFC. Numbers would hash differently in different JSON libraries.
//! * A published schema never changes: another form is another version, and old documents keep theirs.
//! * A schema is a text ([`Schema::from_texts`]), whose digest the ledger records with every batch: that of a motion, or one of
//!   the four that are known by heart ([`known`]).
//!
//! The JSON Schemas (2020-12) in `credential/schemas/` describe the processed payload of a fully opened document; a test
//! holds them equal to the definitions.

mod catalogue;
mod codes;
mod definition;
#[cfg(test)]
mod definition_tests;
mod file_digest;
mod format;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};
use sogoc_ledger::Hash;

pub use catalogue::{BANG_TN_THPT, DA_KY, HOC_BA_THCS, HOC_BA_THPT, by_id, known};
pub use codes::CodeList;
pub use definition::{DefinitionError, TEXTS_MAX, code_lists_named, defines};
pub use file_digest::{check_file_digest, file_digest};
pub use format::Format;

use crate::sdjwt::{Error, shown};

/// Claims of one document, flat, by name.
pub type Claims = Map<String, Value>;

/// A type of document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Short name, as on the command line: `hoc-ba-thcs`.
    pub id: String,
    /// SD-JWT VC `vct`: `urn:sogoc:hoc-ba-thcs:1`.
    pub vct: String,
    /// From 1.
    pub version: u16,
    /// What people call it.
    pub title: Label,
    /// Its claims, in the order in which people read them.
    pub claims: Vec<Claim>,
    /// SHA-256 of its text: what a batch that was sealed under it records.
    pub digest: Hash,
    text: String,
    code_lists: Vec<Arc<CodeList>>,
    /// How a clerk's table is read, if the definition says.
    pub(crate) table: Option<Map<String, Value>>,
}

/// What people read, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// One thing that a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name among its siblings: `birth_date`.
    pub name: String,
    /// What people read for it.
    pub label: Label,
    /// Whether every whole document has it.
    pub required: bool,
    /// Disclosed only when its own path is named, never as part of a container.
    pub sensitive: bool,
    /// What it looks like.
    pub shape: Shape,
}

/// What a claim looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text of a form.
    Text(Format),
    /// A text that is one of the codes.
    Code(Arc<CodeList>),
    /// Members are given flat and published together.
    Group(Vec<Claim>),
    /// An object.
    Object(Vec<Claim>),
    /// A list of objects.
    List(Box<List>),
    /// `{alg, salt, digest}` of a file, disclosed as one: see [`file_digest`].
    FileDigest,
}

/// A list of objects told apart by one member, which is shown wherever the element is: a mark without its subject
/// means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The member that tells elements apart.
    pub key: Claim,
    /// The others.
    pub members: Vec<Claim>,
    /// Elements a document may have; the list is padded with decoys to this many digests.
    pub slots: usize,
}

impl Claim {
    /// The claims in it; of a list those beside its key.
    pub fn members(&self) -> &[Claim] {
        match &self.shape {
            Shape::Group(members) | Shape::Object(members) => members,
            Shape::List(list) => &list.members,
            Shape::Text(_) | Shape::Code(_) | Shape::FileDigest => &[],
        }
    }

    /// Whether a text is what this claim may say.
    pub(crate) fn check_text(&self, text: &str) -> Result<(), Error> {
        match &self.shape {
            Shape::Text(format) => format.check(text),
            Shape::Code(codes) if codes.label(text).is_some() => Ok(()),
            _ => Err(Error::ClaimMalformed(String::new())),
        }
    }

    /// Digests in this claim's container, whatever the document holds.
    pub fn digests(&self) -> usize {
        match &self.shape {
            Shape::List(list) => list.slots,
            _ => self.members().len(),
        }
    }

    /// Refuses a disclosed value that the schema does not allow. Members may be missing: they may be withheld.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Error> {
        let wrong = || Error::ClaimMalformed(String::new());
        match &self.shape {
            Shape::Text(_) | Shape::Code(_) => self.check_text(value.as_str().ok_or_else(wrong)?),
            Shape::FileDigest => file_digest::check_form(value),
            Shape::Group(members) | Shape::Object(members) => {
                check_members(members, value.as_object().ok_or_else(wrong)?, None)
            }
            Shape::List(list) => list.check(value.as_array().ok_or_else(wrong)?),
        }
    }
}

impl List {
    fn check(&self, elements: &[Value]) -> Result<(), Error> {
        if elements.len() > self.slots {
            return Err(Error::ListTooLong(String::new()));
        }
        let mut keys = Vec::with_capacity(elements.len());
        for element in elements {
            let members = element.as_object();
            let key = members.and_then(|members| members.get(&self.key.name)?.as_str());
            let (Some(members), Some(key)) = (members, key) else {
                return Err(Error::ClaimMalformed(String::new()));
            };
            if keys.contains(&key) {
                return Err(Error::ClaimDuplicate(shown(key)));
            }
            keys.push(key);
            check_members(&self.members, members, Some(&self.key)).map_err(|error| error.within(key))?;
        }
        Ok(())
    }
}

fn check_members(members: &[Claim], object: &Map<String, Value>, key: Option<&Claim>) -> Result<(), Error> {
    object.iter().try_for_each(|(name, value)| {
        named(members, name)
            .or(key.filter(|key| key.name == *name))
            .ok_or_else(|| Error::ClaimUnknown(String::new()))
            .and_then(|claim| claim.check(value))
            .map_err(|error| error.within(name))
    })
}

fn named<'a>(claims: &'a [Claim], name: &str) -> Option<&'a Claim> {
    claims.iter().find(|claim| claim.name == name)
}

/// The schema of a `vct` and version as they stand in a document: `brought`, if it is of that type, else one known by heart.
pub fn find(vct: &str, version: &str, brought: Option<&Arc<Schema>>) -> Result<Arc<Schema>, Error> {
    let schema = brought.into_iter().chain(known()).find(|schema| schema.vct == vct);
    let schema = schema.ok_or_else(|| Error::TypeUnknown(shown(vct)))?;
    if version != schema.version.to_string() {
        return Err(Error::SchemaVersionUnknown(shown(version)));
    }
    Ok(schema.clone())
}

impl Schema {
    /// Its text and those of its code lists, as [`Schema::from_texts`] reads them and a bundle brings them.
    pub fn texts(&self) -> Vec<&str> {
        std::iter::once(self.text.as_str()).chain(self.code_lists.iter().map(|list| list.text())).collect()
    }

    /// Whether every verifier knows it: its text is one of the four.
    pub fn is_known(&self) -> bool {
        known().into_iter().any(|known| known.digest == self.digest)
    }

    /// The full form of a path (`name` → `person/name`), if the schema knows the claim.
    pub fn full_path(&self, path: &str) -> Option<String> {
        if self.claim_at(path).is_some() {
            return Some(path.to_owned());
        }
        let groups = self.claims.iter().filter(|claim| matches!(claim.shape, Shape::Group(_)));
        groups.map(|group| format!("{}/{path}", group.name)).find(|path| self.claim_at(path).is_some())
    }

    /// The claim at a full path; for an element of a list, the claim that names it.
    pub fn claim_at(&self, path: &str) -> Option<&Claim> {
        let mut segments = path.split('/');
        let mut claim = named(&self.claims, segments.next()?)?;
        while let Some(segment) = segments.next() {
            if let Shape::List(list) = &claim.shape {
                claim = match segments.next() {
                    None => return Some(&list.key),
                    Some(member) => named(&list.members, member)?,
                };
            } else {
                claim = named(claim.members(), segment)?;
            }
        }
        Some(claim)
    }

    /// Whether a document of this schema is given a claim of this name.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.claims.iter().any(|claim| match &claim.shape {
            Shape::Group(members) => named(members, name).is_some(),
            _ => claim.name == name,
        })
    }

    /// Names of the members by which elements of this schema's lists are named in paths.
    pub(crate) fn element_keys(&self) -> Vec<&str> {
        let lists = self.claims.iter().filter_map(|claim| match &claim.shape {
            Shape::List(list) => Some(list.key.name.as_str()),
            _ => None,
        });
        lists.collect()
    }

    /// Refuses disclosed claims that this schema does not know or whose values have another form.
    /// `visible` are the payload members that belong to the envelope.
    pub(crate) fn check(&self, processed: &Map<String, Value>, visible: &[&str]) -> Result<(), Error> {
        let claims = processed.iter().filter(|(name, _)| !visible.contains(&name.as_str()));
        claims.into_iter().try_for_each(|(name, value)| {
            named(&self.claims, name)
                .ok_or_else(|| Error::ClaimUnknown(String::new()))
                .and_then(|claim| claim.check(value))
                .map_err(|error| error.within(name))
        })
    }

    /// Paths that exist in the schema and are not among `disclosed`: withheld, or never there. By design nobody can
    /// tell which. A list with elements that are not shown appears as `subjects/*`.
    pub fn withheld(&self, disclosed: &[String]) -> Vec<String> {
        let mut withheld = Vec::new();
        for claim in &self.claims {
            withheld_below(claim, claim.name.clone(), disclosed, &mut withheld);
        }
        withheld
    }

    /// The claims of a processed payload, flat, as they were given.
    pub fn flatten(&self, processed: &Map<String, Value>) -> Claims {
        let mut claims = Claims::new();
        for claim in &self.claims {
            match (&claim.shape, processed.get(&claim.name)) {
                (Shape::Group(_), Some(Value::Object(members))) => claims.extend(members.clone()),
                (_, Some(value)) => drop(claims.insert(claim.name.clone(), value.clone())),
                (_, None) => {}
            }
        }
        claims
    }
}

fn withheld_below(claim: &Claim, path: String, disclosed: &[String], withheld: &mut Vec<String>) {
    if !disclosed.contains(&path) {
        withheld.push(path);
        return;
    }
    let below = |member: &Claim, parent: &str, withheld: &mut Vec<String>| {
        withheld_below(member, format!("{parent}/{}", member.name), disclosed, withheld);
    };
    let Shape::List(list) = &claim.shape else {
        claim.members().iter().for_each(|member| below(member, &path, withheld));
        return;
    };
    let prefix = format!("{path}/");
    let elements = disclosed.iter().filter(|other| other.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/')));
    let mut shown = 0;
    for element in elements {
        shown += 1;
        list.members.iter().for_each(|member| below(member, element, withheld));
    }
    if shown < list.slots {
        withheld.push(format!("{path}/*"));
    }
}
