//! What the definition of a type says of clerks' tables, and which column holds which claim.
//!
//! # Format
//!
//! The member `table` of a definition, these members and no others:
//!
//! ```json
//! {"learner": ["register_number"], "period": "exam_year", "date": "issue_date",
//!  "columns": {"register_number": ["Số vào sổ cấp giấy"]}}
//! ```
//!
//! | member | says |
//! |---|---|
//! | `learner` | claims that tell rows apart: the first that a row fills in |
//! | `period` | the claim that says what the batch is about; without it the caller says |
//! | `date` | the claim that holds the document's date; without it the caller says |
//! | `columns` | other headings of a claim; its labels and its name are headings anyway |
//!
//! A claim is named as in a row: without its group, a member of an object as `conduct/year`, whose heading is both labels.
//! Lists and digests of files stand in no table: a type that demands one has none.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::columns::is_private;
use super::text::{clean, fold};
use crate::schema::{Claim, Format, Schema, Shape};

/// How a clerk's table of one type is read.
pub(super) struct Table<'a> {
    /// What may stand in a column, in the order of the definition.
    pub claims: Vec<Column<'a>>,
    /// Places among `claims` of what tells rows apart.
    pub learner: Vec<usize>,
    pub period: Option<usize>,
    pub date: Option<usize>,
    names: Names,
}

/// Headings and the claims that they mean; none for one that means two. A heading is looked for as it is written before it is
/// looked for without its diacritics: "Tiếng Hán" is not "Tiếng Hàn".
#[derive(Default)]
struct Names {
    written: BTreeMap<String, Option<usize>>,
    folded: BTreeMap<String, Option<usize>>,
}

impl Names {
    fn add(&mut self, heading: &str, place: usize) {
        for (map, name) in [(&mut self.written, as_written(heading)), (&mut self.folded, fold(heading))] {
            let means = map.entry(name).or_insert(Some(place));
            *means = means.filter(|other| *other == place);
        }
    }

    fn find(&self, heading: &str) -> Option<usize> {
        let known = self.written.get(&as_written(heading)).or_else(|| self.folded.get(&fold(heading)));
        known.copied().flatten()
    }
}

/// A text as people compare it: its letters, whatever their case.
pub(super) fn as_written(text: &str) -> String {
    clean(text).to_lowercase()
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// A claim, by its place.
    Claim(usize),
    /// Family, contact, health: never read.
    Private,
    /// Left aside and reported.
    Unknown,
    /// Nothing that has a name.
    Blank,
}

/// A claim that a column can hold.
pub(super) struct Column<'a> {
    /// `name`, `conduct/year`.
    pub path: String,
    /// The object that it is a member of.
    pub object: Option<&'a Claim>,
    pub claim: &'a Claim,
}

impl Column<'_> {
    /// Its usual heading.
    pub(super) fn title(&self) -> String {
        let label = &self.claim.label.vi;
        self.object.map_or_else(|| label.clone(), |object| format!("{} {label}", object.label.vi))
    }

    /// Whether a row cannot do without it.
    pub(super) fn is_required(&self) -> bool {
        self.claim.required && self.object.is_none_or(|object| object.required)
    }

    fn headings(&self) -> [String; 3] {
        let en = &self.claim.label.en;
        let en = self.object.map_or_else(|| en.clone(), |object| format!("{} {en}", object.label.en));
        [self.title(), en, self.path.replace('_', " ")]
    }
}

impl<'a> Table<'a> {
    /// The table of a type; none if its definition describes none, or one that cannot be read.
    pub(super) fn of(schema: &'a Schema) -> Option<Self> {
        let table = schema.table.as_ref()?;
        let mut claims = Vec::new();
        for claim in &schema.claims {
            match &claim.shape {
                Shape::Group(members) => members.iter().try_for_each(|member| columns(member, &mut claims))?,
                _ => columns(claim, &mut claims)?,
            }
        }
        let known = ["learner", "period", "date", "columns"];
        if table.keys().any(|member| !known.contains(&member.as_str())) {
            return None;
        }
        let place = |path: &Value| claims.iter().position(|column| column.path == path.as_str().unwrap_or_default());
        let named = |member: &str, formats: &[Format]| match table.get(member) {
            None => Some(None),
            Some(path) => {
                let fits = |place: &usize| matches!(claims[*place].claim.shape, Shape::Text(format) if formats.contains(&format));
                place(path).filter(fits).map(Some)
            }
        };
        let learner: Option<Vec<usize>> = table.get("learner")?.as_array()?.iter().map(place).collect();
        let (learner, period) = (learner?, named("period", &[Format::Year, Format::SchoolYear])?);
        let date = named("date", &[Format::Date])?;
        let names = names(&claims, table.get("columns"))?;
        (!learner.is_empty()).then_some(Self { claims, learner, period, date, names })
    }

    /// What a heading means.
    pub(super) fn recognise(&self, heading: &str) -> Heading {
        let folded = fold(heading);
        match self.names.find(heading) {
            Some(place) => Heading::Claim(place),
            None if folded.is_empty() => Heading::Blank,
            None if is_private(&folded) => Heading::Private,
            None => Heading::Unknown,
        }
    }
}

/// The columns of a claim; none at all if the type demands what no cell can hold.
fn columns<'a>(claim: &'a Claim, found: &mut Vec<Column<'a>>) -> Option<()> {
    match &claim.shape {
        Shape::Text(_) | Shape::Code(_) => found.push(Column { path: claim.name.clone(), object: None, claim }),
        Shape::Object(members) => found.extend(members.iter().map(|member| Column {
            path: format!("{}/{}", claim.name, member.name),
            object: Some(claim),
            claim: member,
        })),
        Shape::Group(_) | Shape::List(_) | Shape::FileDigest if claim.required => return None,
        Shape::Group(_) | Shape::List(_) | Shape::FileDigest => {}
    }
    Some(())
}

/// Every heading, of the definition and of the claims themselves; none if the definition gives one heading to two claims.
fn names(claims: &[Column<'_>], more: Option<&Value>) -> Option<Names> {
    let none = Map::new();
    let more = more.map_or(Some(&none), Value::as_object)?;
    let mut names = Names::default();
    for (path, headings) in more {
        let place = claims.iter().position(|column| column.path == *path)?;
        for heading in headings.as_array()? {
            names.add(heading.as_str()?, place);
        }
    }
    if names.written.values().any(Option::is_none) {
        return None;
    }
    for (place, column) in claims.iter().enumerate() {
        column.headings().iter().for_each(|heading| names.add(heading, place));
    }
    Some(names)
}
