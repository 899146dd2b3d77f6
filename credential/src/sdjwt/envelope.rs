//! What every document shows, whatever its holder withholds.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::json::{push_member, push_name};
use super::{Error, PublicKey, from_jwk, push_jwk, shown};
use crate::schema::{self, Format, Schema};

/// Longest issuer or chain id, bytes: generous for `sogoc:hcmc:thcs-mau-1`.
const MAX_ID_BYTES: usize = 200;
/// A batch id is 128 bits, in lower-case hex.
const BATCH_ID_CHARS: usize = 32;
/// 9999-12-31: beyond it no calendar of ours can print the date.
const MAX_EXPIRY: i64 = 253_402_300_799;

/// The payload members that are not claims. None of them can be a disclosure.
pub(crate) const MEMBERS: [&str; 7] = ["iss", "vct", "schema", "date", "exp", "cnf", "ledger"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The issuer named in the document: `sogoc:hcmc:thcs-mau-1`.
    pub issuer: String,
    /// The document's own date, `2026-05-31`.
    pub date: String,
    /// Not valid from this moment on, seconds since 1970.
    pub expires: Option<i64>,
    pub holder: Option<PublicKey>,
    pub ledger: LedgerPointer,
}

/// Leads to the batch record that must agree with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPointer {
    pub chain: String,
    /// Who sealed: not always the issuer named (back-files, successors).
    pub issuer: String,
    /// 32 hex characters.
    pub batch: String,
}

impl Envelope {
    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |member: &str| Error::EnvelopeMalformed(member.to_owned());
        if !is_id(&self.issuer) {
            return Err(wrong("iss"));
        }
        Format::Date.check(&self.date).map_err(|_| wrong("date"))?;
        if self.expires.is_some_and(|expires| !(0..=MAX_EXPIRY).contains(&expires)) {
            return Err(wrong("exp"));
        }
        if !is_id(&self.ledger.chain) || !is_id(&self.ledger.issuer) || !is_batch_id(&self.ledger.batch) {
            return Err(wrong("ledger"));
        }
        Ok(())
    }

    /// Writes the members, in their order, into an object that was just opened.
    pub(super) fn push(&self, out: &mut String, schema: &Schema) {
        push_member(out, "iss", &self.issuer);
        push_member(out, "vct", &schema.vct);
        push_member(out, "schema", &schema.version.to_string());
        push_member(out, "date", &self.date);
        if let Some(expires) = self.expires {
            push_name(out, "exp");
            out.push_str(&expires.to_string());
        }
        if let Some(holder) = &self.holder {
            push_name(out, "cnf");
            out.push_str(r#"{"jwk":"#);
            push_jwk(out, holder);
            out.push('}');
        }
        push_name(out, "ledger");
        out.push('{');
        push_member(out, "chain", &self.ledger.chain);
        push_member(out, "issuer", &self.ledger.issuer);
        push_member(out, "batch", &self.ledger.batch);
        out.push('}');
    }

    /// The envelope of a signed payload. Visible members that are neither envelope nor digests are refused: a document
    /// that shows a claim to everybody is not one of ours. `brought` is a schema that came with the document.
    pub(super) fn read(
        payload: &Map<String, Value>,
        brought: Option<&Arc<Schema>>,
    ) -> Result<(Self, Arc<Schema>), Error> {
        let wrong = |member: &str| Error::EnvelopeMalformed(member.to_owned());
        let text = |object: &Map<String, Value>, member: &str| match object.get(member) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(wrong(member)),
        };
        let expected = |member: &str| MEMBERS.contains(&member) || matches!(member, "_sd" | "_sd_alg");
        if let Some(unknown) = payload.keys().find(|member| !expected(member)) {
            return Err(wrong(&shown(unknown)));
        }
        let schema = schema::find(&text(payload, "vct")?, &text(payload, "schema")?, brought)?;
        let holder = payload.get("cnf").map(|cnf| match cnf.as_object().map(|cnf| (cnf.len(), cnf.get("jwk"))) {
            Some((1, Some(Value::Object(jwk)))) => from_jwk(jwk),
            _ => Err(wrong("cnf")),
        });
        let holder = holder.transpose()?;
        let expires = payload.get("exp").map(|exp| exp.as_i64().ok_or_else(|| wrong("exp"))).transpose()?;
        let ledger = match payload.get("ledger") {
            Some(Value::Object(ledger)) if ledger.len() == 3 => ledger,
            _ => return Err(wrong("ledger")),
        };
        let envelope = Self {
            issuer: text(payload, "iss")?,
            date: text(payload, "date")?,
            expires,
            holder,
            ledger: LedgerPointer {
                chain: text(ledger, "chain")?,
                issuer: text(ledger, "issuer")?,
                batch: text(ledger, "batch")?,
            },
        };
        envelope.check()?;
        Ok((envelope, schema))
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_batch_id(text: &str) -> bool {
    text.len() == BATCH_ID_CHARS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
