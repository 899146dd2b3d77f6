//! The roots of trust and whose certificate is whose: configuration, and so never a matter of the ledger.
//!
//! # Format
//! JSON, of at most 2 MiB:
//!
//! ```json
//! {
//!   "sogoc-roots": 1,
//!   "roots": [
//!     {"name": "NEAC", "from": "2024-01-01", "until": "2034-01-01", "certificate": "base64 of the DER"},
//!     {"name": "VGCA", "from": "2019-01-01", "until": "2039-01-01", "certificate": "…"}
//!   ],
//!   "organisations": {"thcs-mau-1": ["TRUONG THCS MAU MOT"]}
//! }
//! ```
//! `from`, `until`: the first day the root is trusted, and the first one it no longer is, in Vietnam (UTC+7). `certificate` is
//! what stands between the lines of a PEM file, in one line. There are at least two roots, unless `"throwaway": true` says that
//! the file is of a test or a class. `organisations`, optional, says for an issuer which names its certificates have; of an issuer
//! that is not in it, the certificate must have the name that the ledger has.
//!
//! # Invariants
//! * Unknown members are refused: a misspelt `until` is no unlimited root.
//! * A root is a certificate of an authority with a key that counts.
//! * Names are compared in NFC, without regard to case and to the number of spaces.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sogoc_ledger::name::{IssuerId, Time};
use unicode_normalization::UnicodeNormalization;

use super::der::{self, Element};
use super::x509::Certificate;
use crate::sdjwt::json;

/// Largest file of roots, in bytes: two hundred for the names of each of some 3,500 issuers, and as much again for growth.
pub const ROOTS_FILE_BYTES_MAX: usize = 2 << 20;
/// Most roots, in numbers: two authorities, each with a few generations.
const ROOTS_MAX: usize = 16;
/// Fewest, in numbers: the fall of one authority must not be the end of every binding.
const ROOTS_MIN: usize = 2;

/// Why a file is not one of roots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// Not JSON of this form; where.
    #[error("not a file of roots: {0}")]
    Form(String),
    /// Fewer than two, more than sixteen, or one name twice.
    #[error("there must be 2 to 16 roots with different names")]
    Number,
    /// Not the certificate of an authority that counts.
    #[error("{0}: not the certificate of an authority, or its key is weak or unknown")]
    NotAnAuthority(String),
    /// It ends before it begins.
    #[error("{0}: until must be later than from")]
    Window(String),
}

/// A root of trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// As the configuration calls it.
    pub name: String,
    from: Time,
    until: Time,
    der: Vec<u8>,
}

/// The roots, and the names of organisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    roots: Vec<Root>,
    organisations: BTreeMap<IssuerId, Vec<String>>,
    /// Whether the file says that it is of a test or a class.
    pub throwaway: bool,
}

impl Roots {
    /// The roots in a file.
    ///
    /// # Errors
    /// See [`RootsError`].
    pub fn from_file(bytes: &[u8]) -> Result<Self, RootsError> {
        if bytes.len() > ROOTS_FILE_BYTES_MAX {
            return Err(form("too large"));
        }
        let file = json::read_object(bytes).map_err(|error| RootsError::Form(error.to_string()))?;
        only(&file, &["sogoc-roots", "throwaway", "roots", "organisations"])?;
        if file.get("sogoc-roots") != Some(&Value::from(1)) {
            return Err(form("sogoc-roots is not 1"));
        }
        let throwaway = match file.get("throwaway") {
            None => false,
            Some(value) => value.as_bool().ok_or_else(|| form("throwaway"))?,
        };
        let list = file.get("roots").and_then(Value::as_array).ok_or_else(|| form("roots"))?;
        let roots = list.iter().map(Root::read).collect::<Result<Vec<_>, _>>()?;
        let fewest = if throwaway { 1 } else { ROOTS_MIN };
        let twice = roots.iter().enumerate().any(|(at, root)| roots[..at].iter().any(|other| other.name == root.name));
        if !(fewest..=ROOTS_MAX).contains(&roots.len()) || twice {
            return Err(RootsError::Number);
        }
        let organisations = match file.get("organisations") {
            None => BTreeMap::new(),
            Some(value) => organisations(value).ok_or_else(|| form("organisations"))?,
        };
        Ok(Self { roots, organisations, throwaway })
    }

    /// The roots whose subject is `name`.
    pub(super) fn named(&self, name: Element<'_>) -> impl Iterator<Item = &Root> {
        self.roots.iter().filter(move |root| root.certificate().subject.whole == name.whole)
    }

    /// Whether a certificate of `holder` is one of `issuer`, whose names on the ledger are `names`.
    pub(super) fn is_of(&self, holder: &str, issuer: &IssuerId, names: &[&str]) -> bool {
        let holder = folded(holder);
        // An issuer may have no English name, and no certificate is one of nobody.
        !holder.is_empty()
            && match self.organisations.get(issuer) {
                Some(names) => names.iter().any(|name| folded(name) == holder),
                None => names.iter().any(|name| folded(name) == holder),
            }
    }
}

impl Root {
    fn read(value: &Value) -> Result<Self, RootsError> {
        let members = value.as_object().ok_or_else(|| form("roots"))?;
        only(members, &["name", "from", "until", "certificate"])?;
        let text = |member: &str| members.get(member).and_then(Value::as_str).ok_or_else(|| form(member));
        let name = text("name")?.to_owned();
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(form("name"));
        }
        let (from, until) = (day(text("from")?)?, day(text("until")?)?);
        if until <= from {
            return Err(RootsError::Window(name));
        }
        let der = STANDARD.decode(text("certificate")?).map_err(|_| form("certificate"))?;
        let counts = der::check(&der).and_then(Certificate::read).is_ok_and(|root| {
            root.extensions.authority && root.is_authority() && !root.extensions.unknown_critical && root.key().is_ok()
        });
        if counts { Ok(Self { name, from, until, der }) } else { Err(RootsError::NotAnAuthority(name)) }
    }

    /// Whether it is trusted for `time`.
    pub(super) fn covers(&self, time: Time) -> bool {
        self.from <= time && time < self.until
    }

    pub(super) fn certificate(&self) -> Certificate<'_> {
        der::check(&self.der).and_then(Certificate::read).expect("a root is read when its file is")
    }
}

fn form(place: &str) -> RootsError {
    RootsError::Form(place.into())
}

fn only(members: &Map<String, Value>, known: &[&str]) -> Result<(), RootsError> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(form(unknown)),
        None => Ok(()),
    }
}

fn organisations(value: &Value) -> Option<BTreeMap<IssuerId, Vec<String>>> {
    let names = |value: &Value| -> Option<Vec<String>> {
        value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
    };
    value.as_object()?.iter().map(|(issuer, value)| Some((issuer.parse().ok()?, names(value)?))).collect()
}

/// When a day begins in Vietnam; those of before 1970 at 1970.
fn day(text: &str) -> Result<Time, RootsError> {
    let day = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten().ok_or_else(|| form(text))?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    let begins = day.to_zoned(zone).map_err(|_| form(text))?.timestamp().as_millisecond();
    Ok(Time(begins.try_into().unwrap_or(0)))
}

/// A name as it is compared.
fn folded(name: &str) -> String {
    let lower: String = name.nfc().flat_map(char::to_lowercase).nfc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
