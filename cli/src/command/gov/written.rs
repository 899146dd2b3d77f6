//! Motions as people write them down.
//!
//! # Format
//!
//! TOML, of at most 256 KiB. Paths are beside the file unless absolute; days are those of Vietnam.
//!
//! ```toml
//! decision = "15/QĐ-SGDĐT"
//! note = "Thành lập Trường THCS Mẫu Hai"
//!
//! [[change]]
//! do = "admit-issuer"
//! issuer = "thcs-mau-2"
//! name = "Trường THCS Mẫu Hai"
//! name_en = "Model Lower Secondary School Two"
//! keys = ["thcs-mau-2.offer.json", "thcs-mau-2.approver.offer.json"]
//!
//! [[change]]
//! do = "grant"
//! issuer = "thcs-mau-2"
//! type = "hoc-ba-thcs"
//! from = "2026-09-01"
//! ```
//!
//! `sogoc gov template` prints one with every change.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use sogoc_genesis::PublicPart;
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::name::{Day, Height, IssuerId, Time, TypeId};
use sogoc_ledger::record::{Change, DefinitionKind, NewKey, Parameters, Proposal, Succession, Upgrade, Validators};
use sogoc_ledger::transition::steps_between;

use super::super::offer;
use crate::failure::Failure;
use crate::files;
use crate::types;

/// Longest motion file, in bytes: its largest definitions are in files of their own.
const MOTION_FILE_BYTES_MAX: usize = 256 << 10;

/// Longest text of a definition, in bytes.
const DEFINITION_BYTES_MAX: usize = sogoc_ledger::record::DEFINITION_BYTES_MAX;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    decision: String,
    #[serde(default)]
    note: String,
    change: Vec<WrittenChange>,
}

/// A value that is written as text.
struct AsText<T>(T);

impl<'de, T: FromStr> Deserialize<'de> for AsText<T>
where
    T::Err: std::fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// `2026-09-01`
#[derive(Clone, Copy)]
struct WrittenDay(Day);

impl FromStr for WrittenDay {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = |date: jiff::civil::Date| date.since(jiff::civil::date(1970, 1, 1)).ok().map(|span| span.get_days());
        let days = text.parse().ok().and_then(days).and_then(|days| u32::try_from(days).ok());
        days.map(|days| Self(Day(days))).ok_or("expected a day as 2026-09-01")
    }
}

/// `2026-09-01T08:00:00+07:00`
struct WrittenTime(Time);

impl FromStr for WrittenTime {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant: Option<jiff::Timestamp> = text.parse().ok();
        let milliseconds = instant.and_then(|instant| u64::try_from(instant.as_millisecond()).ok());
        milliseconds.map(|ms| Self(Time(ms))).ok_or("expected a time as 2026-09-01T08:00:00+07:00")
    }
}

/// 64 hex digits.
struct WrittenHash(Hash);

impl FromStr for WrittenHash {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Hash::from_hex(text).map(Self).ok_or("expected 64 lower-case hex digits")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Scope {
    Seal,
    Amend,
    Revoke,
}

type AsDay = AsText<WrittenDay>;

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum WrittenChange {
    AdmitIssuer {
        issuer: IssuerId,
        name: String,
        name_en: String,
        #[serde(default)]
        keys: Vec<PathBuf>,
    },
    RenameIssuer {
        issuer: IssuerId,
        name: String,
        name_en: String,
    },
    CloseIssuer {
        issuer: IssuerId,
        from: AsDay,
    },
    Grant {
        issuer: IssuerId,
        r#type: TypeId,
        from: AsDay,
        until: Option<AsDay>,
    },
    EndGrant {
        issuer: IssuerId,
        grant: u16,
        until: AsDay,
    },
    AddSuccessor {
        issuer: IssuerId,
        successor: IssuerId,
        scopes: Vec<Scope>,
        from: AsDay,
        until: Option<AsDay>,
    },
    EndSuccession {
        issuer: IssuerId,
        succession: u16,
        until: AsDay,
    },
    AdmitKey {
        issuer: IssuerId,
        key: PathBuf,
    },
    EndKey {
        issuer: IssuerId,
        key: AsText<WrittenHash>,
    },
    SuspendKey {
        issuer: IssuerId,
        key: AsText<WrittenHash>,
        since: AsText<WrittenTime>,
    },
    RestoreKey {
        issuer: IssuerId,
        key: AsText<WrittenHash>,
    },
    BindKey {
        issuer: IssuerId,
        key: AsText<WrittenHash>,
        binding: AsText<WrittenHash>,
    },
    SetParameters {
        clock_drift_ms: u32,
        heartbeat_s: u32,
        motion_days: u16,
    },
    ScheduleUpgrade {
        version: u16,
        from: Height,
    },
    DefineSchema {
        r#type: TypeId,
        version: u16,
        text: PathBuf,
    },
    DefineCodeList {
        name: TypeId,
        version: u16,
        text: PathBuf,
    },
    SetWindow {
        r#type: TypeId,
        period: String,
        issuer: Option<IssuerId>,
        from: AsDay,
        until: AsDay,
    },
    ChangeValidators {
        /// `validator.json` of those that come.
        #[serde(default)]
        add: Vec<PathBuf>,
        /// Owners of those that leave.
        #[serde(default)]
        remove: Vec<String>,
    },
    EndPlan {},
}

/// The motion in the file at `path`; `validators` are those of now, from which steps are counted.
pub fn read(path: &Path, validators: &Validators) -> Result<Proposal, Failure> {
    let bytes = files::read(path, MOTION_FILE_BYTES_MAX)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed(path, "not UTF-8"))?;
    let written: Written = toml::from_str(text).map_err(|error| malformed(path, &error.to_string()))?;
    let base = path.parent().unwrap_or(Path::new(""));
    let reader = Reader { path, base, validators };
    let changes = written.change.into_iter().map(|change| reader.change(change)).collect::<Result<_, _>>()?;
    Ok(Proposal {
        decision: reader.text(&written.decision)?,
        note: reader.text(&written.note)?,
        changes: List::new(changes).ok_or_else(|| malformed(path, "more than 16 changes"))?,
    })
}

fn malformed(path: &Path, why: &str) -> Failure {
    let path = path.display();
    Failure::refused(
        "motion-malformed",
        format!("{path}: không đọc được đề nghị: {why}. Xem mẫu: sogoc gov template."),
        format!("{path} cannot be read as a motion: {why}. For a sample: sogoc gov template."),
    )
}

struct Reader<'a> {
    path: &'a Path,
    base: &'a Path,
    validators: &'a Validators,
}

impl Reader<'_> {
    fn text<const MAX: usize>(&self, text: &str) -> Result<Text<MAX>, Failure> {
        Text::new(text).ok_or_else(|| malformed(self.path, &format!("{text:?} has more than {MAX} bytes")))
    }

    fn offer(&self, path: &Path, issuer: &IssuerId) -> Result<NewKey, Failure> {
        offer::read(&self.base.join(path), issuer)
    }

    fn definition(&self, kind: DefinitionKind, name: TypeId, version: u16, path: &Path) -> Result<Change, Failure> {
        let text = files::read(&self.base.join(path), DEFINITION_BYTES_MAX)?;
        let definition = types::definition(text)?;
        if (definition.kind, &definition.name, definition.version) != (kind, &name, version) {
            let path = path.display();
            return Err(malformed(self.path, &format!("{path} defines {}/{}", definition.name, definition.version)));
        }
        Ok(Change::Define(definition))
    }

    fn validators(&self, add: &[PathBuf], remove: &[String]) -> Result<Change, Failure> {
        let incoming = |path: &PathBuf| Ok(PublicPart::load(&self.base.join(path))?.new_member());
        let leaving = |owner: &String| {
            let members = self.validators.members_at(Height::MAX);
            let member = members.iter().find(|member| member.owner.as_str() == owner);
            member
                .map(|member| member.consensus)
                .ok_or_else(|| malformed(self.path, &format!("no validator {owner:?}")))
        };
        let add = add.iter().map(incoming).collect::<Result<Vec<_>, Failure>>()?;
        let remove = remove.iter().map(leaving).collect::<Result<Vec<_>, Failure>>()?;
        let steps = steps_between(self.validators.members_at(Height::MAX), &remove, &add)?;
        let steps = List::new(steps).ok_or_else(|| malformed(self.path, "too many steps"))?;
        if steps.is_empty() {
            return Err(malformed(self.path, "nobody comes and nobody leaves"));
        }
        Ok(Change::ChangeValidators { steps })
    }

    fn change(&self, written: WrittenChange) -> Result<Change, Failure> {
        let day = |day: AsDay| day.0.0;
        Ok(match written {
            WrittenChange::AdmitIssuer { issuer, name, name_en, keys } => {
                let keys = keys.iter().map(|path| self.offer(path, &issuer)).collect::<Result<_, _>>()?;
                let keys = List::new(keys).ok_or_else(|| malformed(self.path, "more than 8 keys"))?;
                Change::AdmitIssuer { name: self.text(&name)?, name_en: self.text(&name_en)?, keys, issuer }
            }
            WrittenChange::RenameIssuer { issuer, name, name_en } => {
                Change::RenameIssuer { issuer, name: self.text(&name)?, name_en: self.text(&name_en)? }
            }
            WrittenChange::CloseIssuer { issuer, from } => Change::CloseIssuer { issuer, from: day(from) },
            WrittenChange::Grant { issuer, r#type, from, until } => {
                Change::GrantAuthority { issuer, document_type: r#type, from: day(from), until: until.map(day) }
            }
            WrittenChange::EndGrant { issuer, grant, until } => Change::EndGrant { issuer, grant, until: day(until) },
            WrittenChange::AddSuccessor { issuer, successor, scopes, from, until } => {
                let scopes = scopes.iter().fold(0, |all, scope| {
                    all | match scope {
                        Scope::Seal => Succession::SEAL,
                        Scope::Amend => Succession::AMEND,
                        Scope::Revoke => Succession::REVOKE,
                    }
                });
                Change::AddSuccessor { issuer, successor, scopes, from: day(from), until: until.map(day) }
            }
            WrittenChange::EndSuccession { issuer, succession, until } => {
                Change::EndSuccession { issuer, succession, until: day(until) }
            }
            WrittenChange::AdmitKey { issuer, key } => Change::AdmitKey { key: self.offer(&key, &issuer)?, issuer },
            WrittenChange::EndKey { issuer, key } => Change::EndKey { issuer, key: key.0.0 },
            WrittenChange::SuspendKey { issuer, key, since } => {
                Change::SuspendKey { issuer, key: key.0.0, since: since.0.0 }
            }
            WrittenChange::RestoreKey { issuer, key } => Change::RestoreKey { issuer, key: key.0.0 },
            WrittenChange::BindKey { issuer, key, binding } => {
                Change::BindKey { issuer, key: key.0.0, binding: binding.0.0 }
            }
            WrittenChange::SetParameters { clock_drift_ms, heartbeat_s, motion_days } => {
                let heartbeat_ms = heartbeat_s.saturating_mul(1_000);
                Change::SetParameters(Parameters { clock_drift_ms, heartbeat_ms, motion_days })
            }
            WrittenChange::ScheduleUpgrade { version, from } => Change::ScheduleUpgrade(Upgrade { version, from }),
            WrittenChange::DefineSchema { r#type, version, text } => {
                self.definition(DefinitionKind::Schema, r#type, version, &text)?
            }
            WrittenChange::DefineCodeList { name, version, text } => {
                self.definition(DefinitionKind::CodeList, name, version, &text)?
            }
            WrittenChange::SetWindow { r#type, period, issuer, from, until } => Change::SetWindow {
                document_type: r#type,
                period: self.text(&period)?,
                issuer,
                from: day(from),
                until: day(until),
            },
            WrittenChange::ChangeValidators { add, remove } => self.validators(&add, &remove)?,
            WrittenChange::EndPlan {} => Change::ChangeValidators { steps: List::default() },
        })
    }
}

/// One of every change, to begin with.
pub const TEMPLATE: &str = include_str!("template.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_read_as_far_as_its_files_are_there() {
        let written: Written = toml::from_str(TEMPLATE).unwrap();
        assert_eq!(written.change.len(), 19, "every change is shown once");
    }

    #[test]
    fn what_is_misspelt_is_named() {
        let text = "decision = \"1\"\n[[change]]\ndo = \"close-issuer\"\nissuer = \"a\"\nfrom = \"tomorrow\"\n";
        assert!(toml::from_str::<Written>(text).err().unwrap().to_string().contains("expected a day"));
        let text = "decision = \"1\"\n[[change]]\ndo = \"end-plan\"\nwhy = \"\"\n";
        assert!(toml::from_str::<Written>(text).err().unwrap().to_string().contains("why"));
    }
}
