//! Issuing: claims and envelope in, a signed JWT and its disclosures out.

use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::json::{push_member, push_name, push_string};
use super::{Envelope, Error, MAX_DISCLOSURES, PublicKey, SALT_BYTES, Salts, Signer, base64url, push_jwk, shown};
use crate::schema::{Claim, Claims, List, Schema, Shape};

type DigestBytes = [u8; 32];

/// A new document. The JWT is the leaf to seal; the disclosures belong to the learner.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    pub jwt: String,
    /// Members before their containers.
    pub disclosures: Vec<String>,
}

/// Says nothing personal: what is printed ends in logs.
impl fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Issued").field("disclosures", &self.disclosures.len()).finish_non_exhaustive()
    }
}

impl Issued {
    /// The document with every disclosure, as its holder keeps it.
    pub fn compact(&self) -> String {
        let mut document =
            String::with_capacity(self.jwt.len() + self.disclosures.iter().map(|d| d.len() + 1).sum::<usize>() + 1);
        document.push_str(&self.jwt);
        document.push('~');
        for disclosure in &self.disclosures {
            document.push_str(disclosure);
            document.push('~');
        }
        document
    }
}

/// Signs a document of this schema. The same claims, envelope, key and salts give the same bytes.
pub fn issue(
    schema: &Schema,
    envelope: &Envelope,
    claims: &Claims,
    signer: &dyn Signer,
    salts: &mut dyn Salts,
) -> Result<Issued, Error> {
    envelope.check()?;
    refuse_unknown(claims, &|name| schema.takes(name))?;
    let mut writer =
        Writer { salts, disclosures: Vec::with_capacity(128), json: Zeroizing::new(String::with_capacity(2048)) };
    let digests = writer.members(&schema.claims, claims)?;
    if writer.disclosures.len() > MAX_DISCLOSURES {
        return Err(Error::DocumentTooLarge);
    }

    let mut payload = String::with_capacity(1024);
    payload.push('{');
    envelope.push(&mut payload, schema);
    push_member(&mut payload, "_sd_alg", "sha-256");
    push_digests(&mut payload, digests);
    payload.push('}');

    let mut jwt = base64url::encode(header(&signer.public_key()).as_bytes());
    jwt.push('.');
    jwt.push_str(&base64url::encode(payload.as_bytes()));
    let signature = signer.sign(jwt.as_bytes())?;
    jwt.push('.');
    jwt.push_str(&base64url::encode(&signature));
    Ok(Issued { jwt, disclosures: writer.disclosures })
}

fn header(key: &PublicKey) -> String {
    let mut header = String::from("{");
    push_member(&mut header, "alg", key.algorithm().name());
    push_member(&mut header, "typ", "dc+sd-jwt");
    push_name(&mut header, "jwk");
    push_jwk(&mut header, key);
    header.push('}');
    header
}

fn refuse_unknown(given: &Map<String, Value>, known: &dyn Fn(&str) -> bool) -> Result<(), Error> {
    match given.keys().find(|name| !known(name)) {
        Some(name) => Err(Error::ClaimUnknown(shown(name))),
        None => Ok(()),
    }
}

fn has(members: &[Claim], name: &str) -> bool {
    members.iter().any(|claim| claim.name == name)
}

/// Writes `"_sd":[…]`, sorted: the order of members says nothing.
fn push_digests(out: &mut String, mut digests: Vec<DigestBytes>) {
    digests.sort_unstable();
    push_name(out, "_sd");
    out.push('[');
    for (position, digest) in digests.iter().enumerate() {
        out.push_str(if position == 0 { "\"" } else { ",\"" });
        base64url::push_digest(out, digest);
        out.push('"');
    }
    out.push(']');
}

struct Writer<'a> {
    salts: &'a mut dyn Salts,
    disclosures: Vec<String>,
    /// The disclosure being written: personal, and reused for each.
    json: Zeroizing<String>,
}

impl Writer<'_> {
    /// One digest for every member that there may be.
    fn members(&mut self, members: &[Claim], given: &Map<String, Value>) -> Result<Vec<DigestBytes>, Error> {
        members.iter().map(|claim| self.member(claim, given)).collect()
    }

    fn member(&mut self, claim: &Claim, given: &Map<String, Value>) -> Result<DigestBytes, Error> {
        if let Shape::Group(members) = &claim.shape {
            let digests = self.members(members, given)?;
            return self.disclose_object(Some(&claim.name), None, digests);
        }
        match given.get(&claim.name) {
            Some(value) => self.value(claim, value).map_err(|error| error.within(&claim.name)),
            None if claim.required => Err(Error::ClaimMissing(claim.name.clone())),
            None => self.decoy(),
        }
    }

    fn value(&mut self, claim: &Claim, value: &Value) -> Result<DigestBytes, Error> {
        let wrong = || Error::ClaimMalformed(String::new());
        match &claim.shape {
            Shape::Text(_) | Shape::Code(_) => {
                let text = value.as_str().ok_or_else(wrong)?;
                claim.check_text(text)?;
                self.disclose(Some(&claim.name), |json| push_string(json, text))
            }
            Shape::Group(members) | Shape::Object(members) => {
                let given = value.as_object().ok_or_else(wrong)?;
                refuse_unknown(given, &|name| has(members, name))?;
                let digests = self.members(members, given)?;
                self.disclose_object(Some(&claim.name), None, digests)
            }
            Shape::List(list) => self.list(&claim.name, list, value.as_array().ok_or_else(wrong)?),
            Shape::FileDigest => {
                claim.check(value)?;
                let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
                self.disclose(Some(&claim.name), |json| {
                    json.push('{');
                    ["alg", "salt", "digest"].into_iter().for_each(|name| push_member(json, name, text(name)));
                    json.push('}');
                })
            }
        }
    }

    fn list(&mut self, name: &str, list: &List, elements: &[Value]) -> Result<DigestBytes, Error> {
        if elements.len() > list.slots {
            return Err(Error::ListTooLong(String::new()));
        }
        let mut names = Vec::with_capacity(elements.len());
        let mut digests = Vec::with_capacity(list.slots);
        for element in elements {
            let key = element.get(&list.key.name).and_then(Value::as_str).unwrap_or_default();
            if names.contains(&key) {
                return Err(Error::ClaimDuplicate(shown(key)));
            }
            names.push(key);
            digests.push(self.element(list, key, element).map_err(|error| error.within(key))?);
        }
        while digests.len() < list.slots {
            digests.push(self.decoy()?);
        }
        digests.sort_unstable();
        self.disclose(Some(name), |json| {
            json.push('[');
            for (position, digest) in digests.iter().enumerate() {
                json.push_str(if position == 0 { r#"{"...":""# } else { r#",{"...":""# });
                base64url::push_digest(json, digest);
                json.push_str("\"}");
            }
            json.push(']');
        })
    }

    fn element(&mut self, list: &List, key: &str, element: &Value) -> Result<DigestBytes, Error> {
        let given = element.as_object().ok_or_else(|| Error::ClaimMalformed(String::new()))?;
        if !given.contains_key(&list.key.name) {
            return Err(Error::ClaimMissing(list.key.name.clone()));
        }
        list.key.check(&given[&list.key.name]).map_err(|error| error.within(&list.key.name))?;
        refuse_unknown(given, &|name| name == list.key.name || has(&list.members, name))?;
        let digests = self.members(&list.members, given)?;
        self.disclose_object(None, Some((&list.key.name, key)), digests)
    }

    fn disclose_object(
        &mut self,
        name: Option<&str>,
        visible: Option<(&str, &str)>,
        digests: Vec<DigestBytes>,
    ) -> Result<DigestBytes, Error> {
        self.disclose(name, |json| {
            json.push('{');
            if let Some((name, text)) = visible {
                push_member(json, name, text);
            }
            push_digests(json, digests);
            json.push('}');
        })
    }

    fn disclose(&mut self, name: Option<&str>, write_value: impl FnOnce(&mut String)) -> Result<DigestBytes, Error> {
        let mut salt = [0; SALT_BYTES];
        self.salts.fill(&mut salt)?;
        let json = &mut *self.json;
        json.clear();
        json.push_str("[\"");
        json.push_str(&base64url::encode(&salt));
        json.push_str("\",");
        if let Some(name) = name {
            push_string(json, name);
            json.push(',');
        }
        write_value(json);
        json.push(']');
        let disclosure = base64url::encode(json.as_bytes());
        let digest = Sha256::digest(&disclosure).into();
        self.disclosures.push(disclosure);
        Ok(digest)
    }

    /// A digest of nothing (RFC 9901 §4.2.7).
    fn decoy(&mut self) -> Result<DigestBytes, Error> {
        let mut random = [0; 32];
        self.salts.fill(&mut random)?;
        Ok(Sha256::digest(random).into())
    }
}
