//! The kinds of document a clerk's file can hold, and the identifiers people type for them.

use std::fmt;
use std::str::FromStr;

use crate::schema::Schema;

/// A kind of document that `import` can read from a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Yearly learning record of lower secondary school (học bạ THCS).
    HocBaThcs,
    /// Yearly learning record of upper secondary school (học bạ THPT).
    HocBaThpt,
    /// Upper secondary diploma (bằng tốt nghiệp THPT).
    BangTnThpt,
}

impl DocumentKind {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [DocumentKind; 3] = [Self::HocBaThcs, Self::HocBaThpt, Self::BangTnThpt];

    /// The kind of a type whose rules are built in: its definition must be the one that every program knows.
    pub fn of(schema: &Schema) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| schema.is_known() && kind.id() == schema.id)
    }

    /// The stable identifier, as typed after `--type` and written in documents.
    pub fn id(self) -> &'static str {
        match self {
            Self::HocBaThcs => "hoc-ba-thcs",
            Self::HocBaThpt => "hoc-ba-thpt",
            Self::BangTnThpt => "bang-tn-thpt",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The text names no known kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown document kind: expected hoc-ba-thcs, hoc-ba-thpt or bang-tn-thpt")]
pub struct UnknownKind;

impl FromStr for DocumentKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.id() == text).ok_or(UnknownKind)
    }
}
