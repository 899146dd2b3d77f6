//! The founding issuers, as people write them down.
//!
//! # Format
//!
//! TOML, of at most 8 MiB:
//!
//! ```toml
//! [[issuer]]
//! id = "thcs-mau-1"
//! name = "Trường THCS Mẫu Một"
//! name_en = "Model Lower Secondary School One"
//! keys = [
//!   { file = "thcs-mau-1.jwk", roles = ["seal"], from = "2026-01-01" },
//!   { jwk = { crv = "Ed25519", kty = "OKP", x = "…" }, roles = ["approve", "administer"], from = "2026-01-01" },
//! ]
//!
//! [[issuer.grant]]
//! type = "hoc-ba-thcs"
//! from = "2026-01-01"
//! until = "2027-01-01"    # optional: the first day on which it no longer holds
//! decision = "QĐ 01/QĐ-SGDĐT"
//!
//! [[issuer.successor]]    # who may act in its name
//! issuer = "thcs-mau-2"
//! scopes = ["seal", "amend", "revoke"]
//! from = "2026-07-01"
//! until = "2031-07-01"    # optional
//! decision = "QĐ 02/QĐ-UBND"
//!
//! [issuer.closed]         # only of an issuer that is gone; it needs no keys
//! from = "2026-07-01"     # the first day after its last
//! decision = "QĐ 02/QĐ-UBND"
//! ```
//!
//! Keys may also be of P-256: `{ crv = "P-256", kty = "EC", x = "…", y = "…" }`. `file` names a public key as a JSON Web Key, beside the issuers file unless absolute. Dates are days in Vietnam (UTC+7), years 1970 to 9999.

use std::path::{Path, PathBuf};

use sogoc_ledger::codec::List;
use sogoc_ledger::genesis::GENESIS_ISSUERS_MAX;
use sogoc_ledger::name::{Day, IssuerId, Time};
use sogoc_ledger::record::{
    Closing, Grant, ISSUER_GRANTS_MAX, ISSUER_KEYS_MAX, ISSUER_SUCCESSORS_MAX, Issuer, IssuerKey, Succession,
};
use sogoc_ledger::signature::{Algorithm, PublicKey};

use crate::document::{self, At, FromValue, Syntax, Value};
use crate::files;
use crate::keys::IssuerSecretKey;
use crate::problem::{Problem, Problems};

/// Longest issuers file, in bytes: 800 for each of [`GENESIS_ISSUERS_MAX`].
pub const ISSUERS_FILE_BYTES_MAX: usize = 8 << 20;

/// Longest file of a public key, in bytes: four times what one has.
pub const JWK_FILE_BYTES_MAX: usize = 512;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// By how much a day in Vietnam begins before that in UTC, in milliseconds.
const VIETNAM_OFFSET_MS: u64 = 7 * 3_600_000;

/// A day, written as `2026-01-31`.
pub(crate) struct Date(pub Day);

impl Date {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let form = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
        let date: jiff::civil::Date = if form {
            text.parse().ok()?
        } else {
            return None;
        };
        let days = date.since(jiff::civil::date(1970, 1, 1)).ok()?.get_days();
        days.try_into().ok().map(|days| Self(Day(days)))
    }

    /// When the day begins in Vietnam; that of 1970-01-01 began before time did.
    pub(crate) fn begins(&self) -> Time {
        Time((u64::from(self.0.0) * DAY_MS).saturating_sub(VIETNAM_OFFSET_MS))
    }
}

impl FromValue for Date {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let date = if let Value::Text(text) = value { Self::parse(&text) } else { None };
        at.expect(date, "a date as 2026-01-31")
    }
}

/// One of the roles of a key.
struct Role(u8);

impl FromValue for Role {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let role = match value {
            Value::Text(text) if text == "seal" => Some(IssuerKey::SEAL),
            Value::Text(text) if text == "approve" => Some(IssuerKey::APPROVE),
            Value::Text(text) if text == "administer" => Some(IssuerKey::ADMINISTER),
            _ => None,
        };
        at.expect(role, "seal, approve or administer").map(Self)
    }
}

/// A path, absolute or beside the file that names it.
pub(crate) struct FilePath(pub PathBuf);

impl FromValue for FilePath {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let path = if let Value::Text(text) = value { Some(text) } else { None };
        at.expect(path.filter(|text| !text.is_empty() && !text.contains('\0')), "a path").map(|text| Self(text.into()))
    }
}

/// A key of an issuer, whose public half may still be in a file.
struct WrittenKey {
    public: Result<PublicKey, (PathBuf, String)>,
    roles: u8,
    from: Time,
}

impl FromValue for WrittenKey {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let place = at.field("file");
        let mut fields = at.table(value)?;
        let public = match (fields.has("jwk"), fields.has("file")) {
            (true, false) => fields.get("jwk").map(Ok),
            (false, true) => fields.get("file").map(|FilePath(path)| Err((path, place.place()))),
            _ => fields.at.field("jwk").expect(None, "either jwk or file"),
        };
        let roles: Option<List<Role, 3>> = fields.get("roles");
        let from: Option<Date> = fields.get("from");
        fields.finish();
        let roles = roles?.iter().fold(0, |roles, role| roles | role.0);
        Some(Self { public: public?, roles, from: from?.begins() })
    }
}

struct WrittenGrant(Grant);

impl FromValue for WrittenGrant {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (document_type, from, decision) = (fields.get("type"), fields.get::<Date>("from"), fields.get("decision"));
        let until: Option<Date> = fields.maybe("until");
        fields.finish();
        let until = until.map(|date| date.0);
        Some(Self(Grant { document_type: document_type?, from: from?.0, until, decision: decision? }))
    }
}

/// One of the scopes of a successor.
struct Scope(u8);

impl FromValue for Scope {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let scope = match value {
            Value::Text(text) if text == "seal" => Some(Succession::SEAL),
            Value::Text(text) if text == "amend" => Some(Succession::AMEND),
            Value::Text(text) if text == "revoke" => Some(Succession::REVOKE),
            _ => None,
        };
        at.expect(scope, "seal, amend or revoke").map(Self)
    }
}

struct WrittenSuccession(Succession);

impl FromValue for WrittenSuccession {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (issuer, from, decision) = (fields.get("issuer"), fields.get::<Date>("from"), fields.get("decision"));
        let scopes: Option<List<Scope, 3>> = fields.get("scopes");
        let until: Option<Date> = fields.maybe("until");
        fields.finish();
        let scopes = scopes?.iter().fold(0, |scopes, scope| scopes | scope.0);
        let until = until.map(|date| date.0);
        Some(Self(Succession { issuer: issuer?, scopes, from: from?.0, until, decision: decision? }))
    }
}

struct WrittenClosing(Closing);

impl FromValue for WrittenClosing {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (from, decision) = (fields.get::<Date>("from"), fields.get("decision"));
        fields.finish();
        Some(Self(Closing { from: from?.0, decision: decision? }))
    }
}

struct WrittenIssuer {
    /// Without its keys.
    issuer: Issuer,
    keys: List<WrittenKey, ISSUER_KEYS_MAX>,
}

impl FromValue for WrittenIssuer {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let (id, name, name_en) = (fields.get("id"), fields.get("name"), fields.get("name_en"));
        let closed: Option<WrittenClosing> = fields.maybe("closed");
        let keys =
            if closed.is_some() { fields.maybe("keys").or_else(|| Some(List::default())) } else { fields.get("keys") };
        let successors: List<WrittenSuccession, ISSUER_SUCCESSORS_MAX> = fields.maybe("successor").unwrap_or_default();
        let grants: List<WrittenGrant, ISSUER_GRANTS_MAX> = fields.maybe("grant").unwrap_or_default();
        fields.finish();
        let grants = List::new(grants.into_vec().into_iter().map(|grant| grant.0).collect())?;
        let successors = List::new(successors.into_vec().into_iter().map(|successor| successor.0).collect())?;
        let closed = closed.map(|closing| closing.0);
        let issuer = Issuer { closed, successors, ..new_issuer(id?, (name?, name_en?), List::default(), grants) };
        Some(Self { issuer, keys: keys? })
    }
}

/// An issuer with no past.
pub(crate) fn new_issuer(
    id: IssuerId,
    (name, name_en): (sogoc_ledger::codec::Text<160>, sogoc_ledger::codec::Text<160>),
    keys: List<IssuerKey, ISSUER_KEYS_MAX>,
    grants: List<Grant, ISSUER_GRANTS_MAX>,
) -> Issuer {
    Issuer { id, name, name_en, closed: None, keys, grants, successors: List::default() }
}

struct IssuersFile(Vec<WrittenIssuer>);

impl FromValue for IssuersFile {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.table(value)?;
        let issuers: Option<List<_, GENESIS_ISSUERS_MAX>> = fields.get("issuer");
        fields.finish();
        Some(Self(issuers?.into_vec()))
    }
}

/// The issuers in the file at `path`, with the public keys it names.
///
/// # Errors
/// Everything that is wrong with it and them.
pub fn load_issuers(path: &Path) -> Result<Vec<Issuer>, Problems> {
    let bytes = files::load(path, ISSUERS_FILE_BYTES_MAX)?;
    parse_issuers(&bytes, path)
}

pub(crate) fn parse_issuers(bytes: &[u8], path: &Path) -> Result<Vec<Issuer>, Problems> {
    let IssuersFile(written) = document::from_bytes(bytes, &path.display().to_string(), Syntax::Toml)?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut problems = Vec::new();
    let mut issuers = Vec::new();
    for WrittenIssuer { mut issuer, keys } in written {
        for WrittenKey { public, roles, from } in keys.into_vec() {
            let public = match public {
                Ok(key) => Ok(key),
                Err((file, place)) => load_jwk(&directory.join(file)).map_err(|found| (found, place)),
            };
            match public {
                Ok(key) => {
                    let room =
                        issuer.keys.push(IssuerKey { key, roles, from, until: None, suspended: None, binding: None });
                    debug_assert!(room, "as many as were written, of which there was room");
                }
                Err((found, place)) => problems.extend(
                    found
                        .0
                        .into_iter()
                        .map(|problem| Problem { place: format!("{place}: {}", problem.place), ..problem }),
                ),
            }
        }
        issuers.push(issuer);
    }
    Problems::or(problems, issuers)
}

/// The public key in a file that is a JSON Web Key.
///
/// # Errors
/// The file is not one.
pub fn load_jwk(path: &Path) -> Result<PublicKey, Problems> {
    document::load(path, JWK_FILE_BYTES_MAX, Syntax::Json)
}

/// Makes a key of `issuer`: the secret key file at `path`, and beside it its public half, with the extension `jwk`.
/// Nothing is written if either is in the way.
///
/// # Errors
/// A file exists or cannot be written, or there is no randomness.
pub fn issuer_keygen(path: &Path, issuer: IssuerId, algorithm: Algorithm) -> Result<PublicKey, Problems> {
    let public_path = path.with_extension("jwk");
    files::none_in_the_way([path, &public_path])?;
    let key = IssuerSecretKey::generate(issuer, algorithm)?;
    key.write(path)?;
    files::write_new(&public_path, &(key.public().jwk() + "\n"), false)?;
    Ok(key.public())
}
