//! Reading a document, and the checks that need nothing but its own bytes.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::reveal::{Opened, reveal};
use super::{
    Algorithm, Envelope, Error, MAX_DISCLOSURES, MAX_DOCUMENT_BYTES, MAX_JWT_BYTES, PublicKey, base64url, envelope,
    from_jwk, json, shown,
};
use crate::schema::Schema;

/// A document or presentation whose form is sound. Nothing in it is believed yet.
pub struct SdJwt<'a> {
    /// The issuer-signed JWT: the leaf.
    pub jwt: &'a str,
    pub envelope: Envelope,
    /// What its type is: known by heart, or brought with it.
    pub schema: Arc<Schema>,
    /// The key in the header. Whose it is, the ledger knows.
    pub issuer_key: PublicKey,
    pub(super) disclosures: Vec<&'a str>,
    pub(super) key_binding: Option<Jwt<'a>>,
    /// Everything before the key binding JWT, which signs its hash.
    pub(super) bound: &'a str,
    issuer_jwt: Jwt<'a>,
}

/// What a document shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// Envelope and disclosed claims in their groups: what any SD-JWT library sees.
    pub processed: Map<String, Value>,
    /// Paths of all disclosures, containers before their members.
    pub paths: Vec<String>,
}

/// Says nothing personal: what is printed ends in logs.
impl fmt::Debug for SdJwt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SdJwt").field("schema", &self.schema.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Disclosed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Disclosed").field("paths", &self.paths.len()).finish_non_exhaustive()
    }
}

impl<'a> SdJwt<'a> {
    /// Splits and decodes a document of a type that is known by heart; refuses whatever is not in its one form.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        Self::parse_with(text, None)
    }

    /// The same; the document may also be of the type that was brought with it.
    pub fn parse_with(text: &'a str, brought: Option<&Arc<Schema>>) -> Result<Self, Error> {
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::DocumentTooLarge);
        }
        let (jwt, rest) = text.split_once('~').ok_or(Error::DocumentMalformed)?;
        let (disclosures, last) = match rest.rsplit_once('~') {
            Some((disclosures, last)) => (disclosures.split('~').take(MAX_DISCLOSURES + 1).collect(), last),
            None => (Vec::new(), rest),
        };
        if disclosures.len() > MAX_DISCLOSURES || jwt.len() > MAX_JWT_BYTES || last.len() > MAX_JWT_BYTES {
            return Err(Error::DocumentTooLarge);
        }
        if disclosures.iter().any(|disclosure| disclosure.is_empty()) {
            return Err(Error::DocumentMalformed);
        }
        let issuer_jwt = Jwt::read(jwt)?;
        let issuer_key = read_header(&issuer_jwt.header)?;
        if issuer_jwt.payload.get("_sd_alg").and_then(Value::as_str) != Some("sha-256") {
            return Err(Error::HashUnsupported);
        }
        let (envelope, schema) = Envelope::read(&issuer_jwt.payload, brought)?;
        Ok(Self {
            jwt,
            envelope,
            schema,
            issuer_key,
            disclosures,
            key_binding: if last.is_empty() { None } else { Some(Jwt::read(last)?) },
            bound: &text[..text.len() - last.len()],
            issuer_jwt,
        })
    }

    /// Matches the disclosures with the digests, and the claims with the schema.
    pub fn disclose(&self) -> Result<Disclosed, Error> {
        let (processed, opened) = self.reveal()?;
        self.schema
            .check(&processed, &envelope::MEMBERS)
            .map_err(|error| Error::ClaimNotOfSchema(error.place().unwrap_or_default().to_owned()))?;
        // What names an element or makes up a file's digest is shown with it, never by a disclosure of its own.
        if let Some(part) = opened.iter().find(|opened| self.schema.claim_at(&opened.path).is_none()) {
            return Err(Error::ClaimNotOfSchema(shown(&part.path)));
        }
        Ok(Disclosed { processed, paths: opened.into_iter().map(|opened| opened.path).collect() })
    }

    /// Checks the signature by the key in the header.
    pub fn verify_issuer(&self) -> Result<(), Error> {
        let Jwt { signed, signature, .. } = &self.issuer_jwt;
        if super::key::verifies(&self.issuer_key, signed.as_bytes(), signature) {
            Ok(())
        } else {
            Err(Error::IssuerSignatureInvalid)
        }
    }

    pub(super) fn reveal(&self) -> Result<(Map<String, Value>, Vec<Opened>), Error> {
        let keys = self.schema.element_keys();
        let (processed, opened) = reveal(self.issuer_jwt.payload.clone(), &self.disclosures, &keys)?;
        if opened.iter().any(|opened| envelope::MEMBERS.contains(&opened.path.as_str())) {
            return Err(Error::ClaimReserved);
        }
        Ok((processed, opened))
    }
}

fn read_header(header: &Map<String, Value>) -> Result<PublicKey, Error> {
    let member = |name: &str| header.get(name).and_then(Value::as_str).ok_or(Error::HeaderMalformed);
    if header.len() != 3 || member("typ")? != "dc+sd-jwt" {
        return Err(Error::HeaderMalformed);
    }
    let algorithm = Algorithm::named(member("alg")?).ok_or(Error::AlgorithmUnsupported)?;
    let Some(Value::Object(jwk)) = header.get("jwk") else { return Err(Error::HeaderMalformed) };
    let key = from_jwk(jwk)?;
    if key.algorithm() == algorithm { Ok(key) } else { Err(Error::KeyMalformed) }
}

/// A compact JWS, decoded.
pub(super) struct Jwt<'a> {
    pub header: Map<String, Value>,
    pub payload: Map<String, Value>,
    pub signature: Vec<u8>,
    /// `header.payload`, as signed.
    pub signed: &'a str,
}

impl<'a> Jwt<'a> {
    pub fn read(text: &'a str) -> Result<Self, Error> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Error::DocumentMalformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Error::DocumentMalformed)?;
        Ok(Self {
            header: json::read_object(&base64url::decode(header)?)?,
            payload: json::read_object(&base64url::decode(payload)?)?,
            signature: base64url::decode(signature)?,
            signed,
        })
    }
}
