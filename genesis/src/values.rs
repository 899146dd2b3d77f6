//! The types that files are made of, each with the one form in which it is written.

use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use sogoc_ledger::Hash;
use sogoc_ledger::codec::{List, Text};
use sogoc_ledger::name::{ChainId, Day, IssuerId, Time, TypeId};
use sogoc_ledger::signature::{PublicKey, Signature};

use crate::address::Address;
use crate::document::{At, FromValue, Value};
use crate::problem::Code;

fn parsed<T: FromStr>(value: Value, at: &At<'_>, form: &str) -> Option<T> {
    let text = if let Value::Text(text) = value { Some(text) } else { None };
    at.expect(text.and_then(|text| text.parse().ok()), form)
}

macro_rules! read_parsed {
    ($($type:ty: $form:literal)*) => {$(
        impl FromValue for $type {
            fn read(value: Value, at: At<'_>) -> Option<Self> {
                parsed(value, &at, $form)
            }
        }
    )*};
}

read_parsed! {
    ChainId: "a name of 1 to 40 lower-case letters, digits and hyphens, a letter first"
    IssuerId: "a name of 1 to 40 lower-case letters, digits and hyphens, a letter first"
    TypeId: "a name of 1 to 40 lower-case letters, digits and hyphens, a letter first"
    Address: "an address as /ip4/192.0.2.1/tcp/27001 or /dns/node.example.vn/tcp/27001"
    std::net::SocketAddr: "an IP address and a port as 127.0.0.1:27201"
}

macro_rules! read_integer {
    ($($type:ty)*) => {$(
        impl FromValue for $type {
            fn read(value: Value, at: At<'_>) -> Option<Self> {
                let integer = if let Value::Integer(integer) = value { integer.try_into().ok() } else { None };
                at.expect(integer, concat!("a whole number (", stringify!($type), ")"))
            }
        }
    )*};
}

read_integer! { u8 u16 u32 u64 }

impl FromValue for bool {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        at.expect(if let Value::Bool(value) = value { Some(value) } else { None }, "true or false")
    }
}

impl<const MAX: usize> FromValue for Text<MAX> {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let text = if let Value::Text(text) = value { Self::new(text) } else { None };
        let text = text.filter(|text| !text.is_empty() && text.trim() == text.as_str());
        at.expect(text, &format!("1 to {MAX} bytes of text without control characters, or spaces at its ends"))
    }
}

impl<T: FromValue, const MAX: usize> FromValue for List<T, MAX> {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        List::new(at.list(value, MAX)?)
    }
}

impl FromValue for Time {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        u64::read(value, at).map(Self)
    }
}

impl FromValue for Day {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        u32::read(value, at).map(Self)
    }
}

impl FromValue for Hash {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let hash = if let Value::Text(text) = value { Self::from_hex(&text) } else { None };
        at.expect(hash, "64 lower-case hex digits")
    }
}

impl FromValue for Signature {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let bytes = if let Value::Text(text) = value { Base64UrlUnpadded::decode_vec(&text).ok() } else { None };
        at.expect(bytes.and_then(|bytes| bytes.try_into().ok()).map(Self), "64 bytes in base64url without padding")
    }
}

/// A coordinate or key in a JSON Web Key.
fn number(text: Option<Text<64>>) -> Option<[u8; 32]> {
    Base64UrlUnpadded::decode_vec(&text?).ok()?.try_into().ok()
}

impl FromValue for PublicKey {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let mut fields = at.clone().table(value)?;
        let (curve, kind): (Option<Text<16>>, Option<Text<16>>) = (fields.get("crv"), fields.get("kty"));
        let x: Option<Text<64>> = fields.get("x");
        let y: Option<Text<64>> = fields.maybe("y");
        fields.finish();
        let (curve, kind, x) = (curve?, kind?, number(Some(x?)));
        let is_p256 = curve.as_str() == "P-256" && kind.as_str() == "EC";
        let is_ed25519 = curve.as_str() == "Ed25519" && kind.as_str() == "OKP" && y.is_none();
        let x = x.filter(|_| is_ed25519 || is_p256);
        let expected = "a JSON Web Key of Ed25519 (RFC 8037 §2) or P-256 (RFC 7518 §6.2.1)";
        let key = if is_p256 {
            let (x, y) = at.expect(x.zip(number(y)), expected)?;
            PublicKey::from_p256_coordinates(&x, &y)
        } else {
            Some(PublicKey::Ed25519(at.expect(x, expected)?)).filter(PublicKey::is_acceptable)
        };
        if key.is_none() {
            at.problem(Code::UnusableKey, "");
        }
        key
    }
}

/// A key of a validator or node: of Ed25519.
pub(crate) struct Ed25519Key(pub PublicKey);

impl FromValue for Ed25519Key {
    fn read(value: Value, at: At<'_>) -> Option<Self> {
        let key = PublicKey::read(value, at.clone())?;
        let of_node = key.as_ed25519().is_some().then_some(Self(key));
        at.expect(of_node, "a JSON Web Key of Ed25519 (RFC 8037 §2), as validators and nodes have")
    }
}
