//! The one file a learner keeps.
//!
//! # Format
//!
//! UTF-8 JSON, read as strictly as that of the document, at most [`MAX_BUNDLE_BYTES`], these members and no others:
//!
//! ```json
//! {
//!   "sogoc-bundle": 2,
//!   "credential": "the SD-JWT, compact form of RFC 9901",
//!   "receipt": "base64url of the receipt",
//!   "openings": ["base64url of what is behind a status"],
//!   "history": ["base64url of a status entry that was replaced, oldest first"],
//!   "evidence": ["base64url of what binds the key that sealed it to a certificate"],
//!   "definitions": ["base64url of the text that defines its type, then of each code list that this names"]
//! }
//! ```
//!
//! The credential is personal; the receipt, the openings and the history name nobody. A presentation is a bundle
//! with fewer disclosures: the receipt stays the same, since it is about the JWT alone. A type that every verifier knows by
//! heart is not defined in it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sogoc_ledger::codec;
use sogoc_ledger::receipt::{Receipt, ReceiptError};
use sogoc_ledger::status::StatusEntry;

use crate::binding::Evidence;
use crate::opening::Opening;
use crate::schema::{DefinitionError, Schema, TEXTS_MAX};
use crate::sdjwt::{MAX_DOCUMENT_BYTES, base64url, json};

/// A bundle file, in bytes: the largest document, the largest receipt in base64url, and openings.
pub const MAX_BUNDLE_BYTES: usize = MAX_DOCUMENT_BYTES + (512 << 10);

/// Openings of one document, and former entries: it can hardly change status more often.
const MAX_OPENINGS: usize = 16;

/// Evidence of one document: that of the key that sealed it, and room for its renewal.
const MAX_EVIDENCE: usize = 4;

/// The only format that is read. 1 held receipts and openings of their first format.
const FORMAT: u64 = 2;

/// A document, its receipt, and what is behind its status.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    /// SD-JWT in compact form.
    pub credential: String,
    /// Proof that it is on the ledger.
    pub receipt: Receipt,
    /// What is behind its status, as far as the holder was told.
    pub openings: Vec<Opening>,
    /// The status entries that the latest one replaced, oldest first, as far as the holder was told.
    pub history: Vec<StatusEntry>,
    /// What binds the key that sealed it to a certificate of the organisation.
    pub evidence: Vec<Evidence>,
    /// What its type is, if the file brings that. Only the ledger says whether it is that type.
    pub schema: Option<Arc<Schema>>,
}

/// Why a file is not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Too large.
    #[error("the file has {0} bytes, more than a bundle may have")]
    TooLarge(usize),
    /// Not JSON of this form.
    #[error("the file is not a bundle")]
    NotABundle,
    /// A format that this software does not know.
    #[error("the bundle has format {0}, which this software does not know")]
    UnknownFormat(u64),
    /// Its receipt is none.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// An opening is none.
    #[error("an opening in the bundle is malformed")]
    Opening,
    /// An entry of the history is none.
    #[error("a status entry in the bundle is malformed")]
    History,
    /// An evidence has not the form of one.
    #[error("an evidence in the bundle is malformed")]
    Evidence,
    /// The texts define no type.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}

impl BundleError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "bundle-too-large",
            Self::NotABundle => "not-a-bundle",
            Self::UnknownFormat(_) => "bundle-unknown-format",
            Self::Receipt(error) => error.code(),
            Self::Opening => "opening-malformed",
            Self::History => "history-malformed",
            Self::Evidence => "evidence-malformed",
            Self::Definition(error) => error.code(),
        }
    }

    /// Whether something is missing for an answer, rather than the answer being no.
    pub fn cannot_check(&self) -> bool {
        match self {
            Self::UnknownFormat(_) | Self::Definition(DefinitionError::UnknownFormat(_)) => true,
            Self::Receipt(error) => error.cannot_check(),
            _ => false,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[serde(rename = "sogoc-bundle")]
    format: u64,
    credential: std::borrow::Cow<'a, str>,
    receipt: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    openings: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<String>,
    #[serde(default, deserialize_with = "that_is_there", skip_serializing_if = "Option::is_none")]
    definitions: Option<Vec<String>>,
}

/// A member that may be missing, but not null.
fn that_is_there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Bundle {
    /// The bundle that a file holds.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge(bytes.len()));
        }
        let file = json::read_object(bytes).map_err(|_| BundleError::NotABundle)?;
        // A later format may have other members: it is told from a file that is no bundle at all.
        match file.get("sogoc-bundle").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(other) => return Err(BundleError::UnknownFormat(other)),
            None => return Err(BundleError::NotABundle),
        }
        let file: File<'_> = serde_json::from_value(file.into()).map_err(|_| BundleError::NotABundle)?;
        if file.openings.len() > MAX_OPENINGS {
            return Err(BundleError::Opening);
        }
        if file.history.len() > MAX_OPENINGS {
            return Err(BundleError::History);
        }
        if file.evidence.len() > MAX_EVIDENCE {
            return Err(BundleError::Evidence);
        }
        let malformed = || DefinitionError::Malformed("definitions".into());
        if file.definitions.as_ref().is_some_and(|texts| !(1..=TEXTS_MAX).contains(&texts.len())) {
            return Err(malformed().into());
        }
        let receipt = base64url::decode(&file.receipt).map_err(|_| BundleError::NotABundle)?;
        let openings = file.openings.iter().map(|text| {
            let bytes = base64url::decode(text).map_err(|_| BundleError::Opening)?;
            Opening::from_bytes(&bytes).map_err(|_| BundleError::Opening)
        });
        let history = file.history.iter().map(|text| {
            let bytes = base64url::decode(text).map_err(|_| BundleError::History)?;
            codec::decode(&bytes).map_err(|_| BundleError::History)
        });
        let evidence = file.evidence.iter().map(|text| {
            let bytes = base64url::decode(text).map_err(|_| BundleError::Evidence)?;
            codec::decode(&bytes).map_err(|_| BundleError::Evidence)
        });
        let schema = |texts: &Vec<String>| -> Result<Arc<Schema>, BundleError> {
            // A text that is no base64url is none, and fails in its turn.
            let texts: Vec<Vec<u8>> = texts.iter().map(|text| base64url::decode(text).unwrap_or_default()).collect();
            Ok(Arc::new(Schema::from_texts(&texts)?))
        };
        Ok(Self {
            receipt: Receipt::from_bytes(&receipt)?,
            openings: openings.collect::<Result<_, _>>()?,
            history: history.collect::<Result<_, _>>()?,
            evidence: evidence.collect::<Result<_, _>>()?,
            schema: file.definitions.as_ref().map(schema).transpose()?,
            credential: file.credential.into_owned(),
        })
    }

    /// The file.
    pub fn to_json(&self) -> String {
        let encoded = |bytes: Vec<u8>| base64url::encode(&bytes);
        let file = File {
            format: FORMAT,
            credential: (&self.credential).into(),
            receipt: encoded(codec::encode(&self.receipt)),
            openings: self.openings.iter().map(|opening| encoded(codec::encode(opening))).collect(),
            history: self.history.iter().map(|entry| encoded(codec::encode(entry))).collect(),
            evidence: self.evidence.iter().map(|evidence| encoded(codec::encode(evidence))).collect(),
            definitions: self
                .schema
                .as_ref()
                .map(|schema| schema.texts().into_iter().map(|text| encoded(text.as_bytes().to_vec())).collect()),
        };
        let mut json = serde_json::to_string_pretty(&file).expect("strings and numbers always serialise");
        json.push('\n');
        json
    }
}
