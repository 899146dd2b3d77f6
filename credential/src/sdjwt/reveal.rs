//! Disclosures against digests: RFC 9901 §7.1, steps 2 to 5. Knows nothing of schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Error, MAX_DEPTH, MAX_DISCLOSURE_BYTES, base64url, json};

/// A disclosure in its place.
pub struct Opened {
    pub path: String,
    /// The disclosure that holds its digest, as an index into the same list; parents come first.
    pub parent: Option<usize>,
    /// Index into the disclosures of the document.
    pub disclosure: usize,
}

/// Puts the disclosures in the places of their digests and removes what is left of the machinery. Elements of lists
/// are named in paths by the member among `element_keys` that they show, or else by their position.
pub fn reveal(
    mut payload: Map<String, Value>,
    disclosures: &[&str],
    element_keys: &[&str],
) -> Result<(Map<String, Value>, Vec<Opened>), Error> {
    let mut reveal = Reveal {
        by_digest: BTreeMap::new(),
        decoded: Vec::with_capacity(disclosures.len()),
        seen: BTreeSet::new(),
        opened: Vec::with_capacity(disclosures.len()),
        element_keys,
    };
    for (index, disclosure) in disclosures.iter().enumerate() {
        if reveal.by_digest.insert(Sha256::digest(disclosure).into(), index).is_some() {
            return Err(Error::DigestDuplicate);
        }
        reveal.decoded.push(Some(Decoded::read(disclosure)?));
    }
    payload.remove("_sd_alg");
    reveal.object(&mut payload, "", None, MAX_DEPTH)?;
    if reveal.opened.len() < disclosures.len() {
        return Err(Error::DisclosureUnreferenced);
    }
    Ok((payload, reveal.opened))
}

struct Decoded {
    /// None for an element of a list.
    name: Option<String>,
    value: Value,
}

impl Decoded {
    fn read(disclosure: &str) -> Result<Self, Error> {
        if disclosure.len() > MAX_DISCLOSURE_BYTES {
            return Err(Error::DocumentTooLarge);
        }
        let Value::Array(parts) = json::read(&base64url::decode(disclosure)?)? else {
            return Err(Error::DisclosureMalformed);
        };
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Value::String(_salt)), Some(Value::String(name)), Some(value), None) => {
                if matches!(name.as_str(), "_sd" | "_sd_alg" | "...") {
                    return Err(Error::ClaimReserved);
                }
                Ok(Self { name: Some(name), value })
            }
            (Some(Value::String(_salt)), Some(value), None, None) => Ok(Self { name: None, value }),
            _ => Err(Error::DisclosureMalformed),
        }
    }
}

struct Reveal<'a> {
    by_digest: BTreeMap<[u8; 32], usize>,
    /// Emptied as they find their place.
    decoded: Vec<Option<Decoded>>,
    seen: BTreeSet<[u8; 32]>,
    opened: Vec<Opened>,
    element_keys: &'a [&'a str],
}

impl Reveal<'_> {
    fn value(&mut self, value: &mut Value, path: &str, parent: Option<usize>, depth: usize) -> Result<(), Error> {
        match value {
            Value::Object(object) => self.object(object, path, parent, depth.checked_sub(1).ok_or(Error::JsonTooDeep)?),
            Value::Array(list) => self.list(list, path, parent, depth.checked_sub(1).ok_or(Error::JsonTooDeep)?),
            _ => Ok(()),
        }
    }

    fn object(
        &mut self,
        object: &mut Map<String, Value>,
        path: &str,
        parent: Option<usize>,
        depth: usize,
    ) -> Result<(), Error> {
        let digests = match object.remove("_sd") {
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(Error::DigestMalformed),
            None => Vec::new(),
        };
        if object.contains_key("_sd_alg") || object.contains_key("...") {
            return Err(Error::ClaimReserved);
        }
        for (name, value) in object.iter_mut() {
            self.value(value, &join(path, name), parent, depth)?;
        }
        for digest in &digests {
            let Some((index, decoded)) = self.find(digest)? else {
                continue;
            };
            let name = decoded.name.ok_or(Error::DisclosureMalformed)?;
            if object.contains_key(&name) {
                return Err(Error::ClaimClash);
            }
            let value = self.open(index, decoded.value, join(path, &name), parent, depth)?;
            object.insert(name, value);
        }
        Ok(())
    }

    fn list(&mut self, list: &mut Vec<Value>, path: &str, parent: Option<usize>, depth: usize) -> Result<(), Error> {
        let mut shown = Vec::with_capacity(list.len());
        for mut element in list.drain(..) {
            let Some(digest) = element.get("...") else {
                let path = join(path, &self.element_name(&element, shown.len()));
                self.value(&mut element, &path, parent, depth)?;
                shown.push(element);
                continue;
            };
            if element.as_object().is_some_and(|object| object.len() != 1) {
                return Err(Error::DigestMalformed);
            }
            let Some((index, decoded)) = self.find(digest)? else {
                continue;
            };
            if decoded.name.is_some() {
                return Err(Error::DisclosureMalformed);
            }
            let path = join(path, &self.element_name(&decoded.value, shown.len()));
            shown.push(self.open(index, decoded.value, path, parent, depth)?);
        }
        *list = shown;
        Ok(())
    }

    fn open(
        &mut self,
        disclosure: usize,
        mut value: Value,
        path: String,
        parent: Option<usize>,
        depth: usize,
    ) -> Result<Value, Error> {
        let own = self.opened.len();
        self.opened.push(Opened { path: path.clone(), parent, disclosure });
        self.value(&mut value, &path, Some(own), depth)?;
        Ok(value)
    }

    /// The disclosure of this digest, if there is one.
    fn find(&mut self, digest: &Value) -> Result<Option<(usize, Decoded)>, Error> {
        let text = digest.as_str().ok_or(Error::DigestMalformed)?;
        let digest: [u8; 32] = base64url::decode_array(text).map_err(|_| Error::DigestMalformed)?;
        if !self.seen.insert(digest) {
            return Err(Error::DigestDuplicate);
        }
        let found = self.by_digest.get(&digest).copied();
        Ok(found.and_then(|index| Some((index, self.decoded[index].take()?))))
    }

    fn element_name(&self, element: &Value, position: usize) -> String {
        let key = self.element_keys.iter().find_map(|key| element.get(key)?.as_str());
        key.map_or_else(|| position.to_string(), str::to_owned)
    }
}

/// `path/segment`, with `~` and `/` in the segment escaped (RFC 6901).
fn join(path: &str, segment: &str) -> String {
    let segment = match segment.contains(['~', '/']) {
        true => &segment.replace('~', "~0").replace('/', "~1"),
        false => segment,
    };
    if path.is_empty() { segment.to_owned() } else { format!("{path}/{segment}") }
}
