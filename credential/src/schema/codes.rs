//! Lists of codes: what a claim may say, with what people read for it.
//!
//! # Format
//!
//! The text of a `Definition { CodeList, id, version }` on the ledger, JSON as strict as a document's, these members and no others:
//!
//! ```json
//! {"sogoc-codes": 1, "id": "nghe-pho-thong", "version": 1, "title": {"vi": "Nghề phổ thông", "en": "Trades"},
//!  "codes": [{"code": "Tin học", "vi": "Tin học", "en": "Informatics"}]}
//! ```
//!
//! # Invariants
//! * 1 to [`CODES_MAX`] codes, none twice; a document holds a code byte for byte.
//! * A schema names a list with the digest of its text: who knows the schema's digest knows every code.

use sogoc_ledger::Hash;

use super::Label;
use super::definition::{At, DefinitionError, LABEL_BYTES_MAX, LIST, object_of, text_digest};
use super::format::Format;

/// Codes of one list: those of 500 trades or languages fit into one definition.
const CODES_MAX: usize = 500;

/// A list of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// Its name on the ledger.
    pub id: String,
    /// Its version, from 1.
    pub version: u16,
    /// What people call it.
    pub title: Label,
    /// SHA-256 of its text.
    pub digest: Hash,
    codes: Vec<(String, Label)>,
    text: String,
}

impl CodeList {
    /// The list that a text defines.
    ///
    /// # Errors
    /// See [`DefinitionError`].
    pub fn from_text(text: &[u8]) -> Result<Self, DefinitionError> {
        let object = object_of(text, LIST)?;
        let at = At::top();
        at.members(&object, &[LIST, "id", "version", "title", "codes"], &[])?;
        let mut codes: Vec<(String, Label)> = Vec::new();
        for (index, entry) in at.list(&object, "codes", CODES_MAX)?.iter().enumerate() {
            let at = at.below(&format!("codes/{index}"));
            let entry = at.object(entry)?;
            at.members(entry, &["code", "vi", "en"], &[])?;
            let code = at.text(entry, "code")?;
            if code.len() > LABEL_BYTES_MAX || Format::Text.check(code).is_err() {
                return Err(at.wrong("code"));
            }
            if codes.iter().any(|(known, _)| known == code) {
                return Err(at.wrong("code"));
            }
            codes.push((code.to_owned(), at.label(entry)?));
        }
        Ok(Self {
            id: at.id(&object)?,
            version: at.version(&object)?,
            title: at.title(&object)?,
            digest: text_digest(text),
            codes,
            text: String::from_utf8_lossy(text).into_owned(),
        })
    }

    /// What people read for a code.
    pub fn label(&self, code: &str) -> Option<&Label> {
        self.codes.iter().find(|(known, _)| known == code).map(|(_, label)| label)
    }

    /// Every code, in the order of the list.
    pub fn codes(&self) -> impl Iterator<Item = (&str, &Label)> {
        self.codes.iter().map(|(code, label)| (code.as_str(), label))
    }

    /// Its text, as on the ledger.
    pub fn text(&self) -> &str {
        &self.text
    }
}
