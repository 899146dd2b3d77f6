//! Encodings of every type: `encoding.json`, and over many values `frozen.json`.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sogoc_ledger::Hash;
use sogoc_ledger::block::{Body, Header};
use sogoc_ledger::codec::{self, CodecError};
use sogoc_ledger::record::{IssuerKey, Key, Record};
use sogoc_ledger::signature::PublicKey;
use sogoc_ledger::status::StatusEntry;
use sogoc_ledger::transaction::Request;
use sogoc_ledger::validator::ValidatorSet;

use crate::vectors::{bytes, case, committed, expect, freeze, hex, list, text, unhex};
use crate::wire::{Numbers, TYPES, Wire};

const FILE: &str = "encoding.json";

/// Values of each type under one hash.
const FROZEN_VALUES: usize = 256;

fn code(error: &CodecError) -> &'static str {
    match error {
        CodecError::TooLong(_) => "too-long",
        CodecError::Malformed(_) => "malformed",
        CodecError::Trailing(_) => "trailing",
        CodecError::NotCanonical => "not-canonical",
    }
}

/// The hashes by which values of a type are named, if they are.
fn hashes(name: &str, bytes: &[u8]) -> Option<(&'static str, Hash)> {
    Some(match name {
        "Header" => ("header", codec::decode::<Header>(bytes).ok()?.hash()),
        "Body" => ("body", codec::decode::<Body>(bytes).ok()?.hash()),
        "ValidatorSet" => ("validator-set", codec::decode::<ValidatorSet>(bytes).ok()?.hash()),
        "Request" => ("transaction", codec::decode::<Request>(bytes).ok()?.id()),
        "StatusEntry" => ("leaf", codec::decode::<StatusEntry>(bytes).ok()?.leaf_hash()),
        "Key" => ("place", codec::decode::<Key>(bytes).ok()?.place()),
        "Record" => {
            codec::decode::<Record>(bytes).ok()?;
            ("value", Hash(Sha256::digest(bytes).into()))
        }
        _ => return None,
    })
}

fn answer(vector: &Value) -> Result<Value, String> {
    let (name, bytes) = (text(vector, "type"), bytes(vector, "encoding"));
    let of_type = TYPES.iter().find(|of_type| of_type.name == name).unwrap();
    let value = (of_type.decode)(&bytes).map_err(|error| code(&error).to_owned())?;
    let mut answer = Map::from_iter([("value".to_owned(), value)]);
    answer.extend(hashes(name, &bytes).map(|(name, hash)| (name.to_owned(), json!(hash))));
    Ok(Value::Object(answer))
}

fn vector(description: &str, name: &str, encoding: &[u8]) -> Value {
    let vector = json!({ "type": name, "encoding": hex(encoding) });
    let answer = answer(&vector);
    case(description, vector, answer)
}

fn values() -> Vec<Value> {
    let mut numbers = Numbers(1);
    let mut each = |of_type: &crate::wire::Type| {
        // Every variant, and two of what has none.
        let values = (0..of_type.variants.max(2)).map(|nth| {
            let encoding = (of_type.make_variant)(&mut numbers, nth % of_type.variants);
            vector(&format!("{} {}", of_type.name, nth + 1), of_type.name, &encoding)
        });
        values.collect::<Vec<_>>()
    };
    TYPES.iter().flat_map(&mut each).collect()
}

fn refused() -> Vec<Value> {
    let entry = codec::encode(&StatusEntry::unchanged(3));
    let with = |at: usize, value: u8| {
        let mut bytes = entry.clone();
        bytes[at] = value;
        bytes
    };
    let trailing = [entry.as_slice(), &[0]].concat();
    let text = |bytes: &[u8]| [&[bytes.len() as u8], bytes].concat();
    let grant = |until_tag: &str| unhex(&format!("0161{}{until_tag}00", "00004e20"));
    let key = |tag: &str| unhex(&format!("{tag}{}", "11".repeat(32)));
    vec![
        vector("nothing", "StatusEntry", &[]),
        vector("cut short", "StatusEntry", &entry[..entry.len() - 1]),
        vector("a byte after the end", "StatusEntry", &trailing),
        vector("an unknown status", "StatusEntry", &with(7, 4)),
        vector("an unknown record", "Record", &[0, 0, 0, 11]),
        vector("an unknown key of a record", "Key", &[0, 0, 0, 11]),
        vector("an unknown change", "Change", &[0, 0, 0, 17]),
        vector("an unknown act", "Act", &[0, 0, 0, 2]),
        vector("a vote that is neither yes nor no", "Cast", &[&[0; 32][..], &[2]].concat()),
        vector("an entry of formats 1", "StatusEntry", &entry[..entry.len() - 32]),
        vector("an unknown algorithm", "PublicKey", &key("00000009")),
        vector("an enum tag in another byte order", "PublicKey", &key("01000000")),
        vector("an option whose tag is 2", "Grant", &grant("02")),
        vector("the same with tag 0", "Grant", &grant("00")),
        vector("an empty name", "ChainId", &text(b"")),
        vector("a name in upper case", "ChainId", &text(b"Hcmc")),
        vector("a name that begins with a digit", "ChainId", &text(b"1a")),
        vector("a name of 40 bytes", "ChainId", &text(&[b'a'; 40])),
        vector("a name of 41 bytes", "ChainId", &text(&[b'a'; 41])),
        vector("text with a control character", "Grant", &unhex("016100004e2000010a")),
        vector("text with U+0085, a control character of two bytes", "Grant", &unhex("016100004e200002c285")),
        vector("text that is not UTF-8", "Grant", &unhex("016100004e200001ff")),
        vector("UTF-8 of a surrogate", "Grant", &unhex("016100004e200003eda080")),
        vector("129 validators", "ValidatorSet", &[&[0, 129][..], &[0; 129 * 40]].concat()),
        vector("a list longer than its elements", "StatusArray", &[0, 1]),
    ]
}

/// Keys of P-256, whole and of another length.
fn of_p256() -> Vec<Value> {
    let key = [&[0, 0, 0, 1][..], &[3; 33]].concat();
    let issuer_key = IssuerKey { key: PublicKey::P256([3; 33]), ..Wire::make(&mut Numbers(1)) };
    vec![
        vector("a key of P-256", "PublicKey", &key),
        vector("a key of P-256 cut short", "PublicKey", &key[..36]),
        vector("a key of P-256 and a byte", "PublicKey", &[&key[..], &[0]].concat()),
        vector("an issuer's key of P-256", "IssuerKey", &codec::encode(&issuer_key)),
    ]
}

#[test]
fn encodings_are_frozen() {
    let vectors = [values(), refused(), of_p256()].concat();
    freeze(
        FILE,
        &json!({ "about": "A value of each type, its encoding and its hash; bytes that are none", "vectors": vectors }),
    );
    for vector in list(&committed(FILE), "vectors") {
        expect(FILE, vector, answer(vector));
    }
}

/// A hash over many encodings: whatever changes a byte of any type on the wire shows here.
#[test]
fn many_values_of_each_type_encode_as_ever() {
    let frozen = TYPES.iter().map(|of_type| {
        let (mut numbers, mut hasher) = (Numbers(7), Sha256::new());
        for _ in 0..FROZEN_VALUES {
            let encoding = (of_type.make)(&mut numbers);
            assert!((of_type.decode)(&encoding).is_ok(), "{}", of_type.name);
            hasher.update((encoding.len() as u32).to_be_bytes());
            hasher.update(&encoding);
        }
        (of_type.name.to_owned(), json!(hex(&hasher.finalize())))
    });
    let about =
        "SHA-256 over the encodings of 256 values of each type, each behind its length; made by ledger/tests/formats";
    freeze("frozen.json", &json!({ "about": about, "types": Value::Object(frozen.collect()) }));
}
