//! Identifiers people read: chain, issuer, document type, period, batch.
//!
//! # Format
//!
//! Names are [`Text`] of lower-case letters, digits and `-`, starting with a letter, so that one
//! identifier has one spelling in JSON, file names and URLs. A batch id is 16 bytes, written as 32 hex digits.

use std::fmt;
use std::str::FromStr;

use bincode::de::{BorrowDecode, BorrowDecoder, Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};

use crate::codec::Text;

/// The longest name, in bytes: enough for `hcmc-2026-…` and a school's slug, and small in every receipt.
pub const NAME_BYTES_MAX: usize = 40;

/// The text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name: 1 to 40 lower-case letters, digits and hyphens, a letter first")]
pub struct NotAName(String);

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Text<NAME_BYTES_MAX>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $type {
            type Err = NotAName;
            fn from_str(text: &str) -> Result<Self, NotAName> {
                Text::new(text).filter(|t| is_name(t)).map(Self).ok_or_else(|| NotAName(text.into()))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl Encode for $type {
            fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
                self.0.encode(encoder)
            }
        }

        impl<C> Decode<C> for $type {
            fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
                let text = Text::<NAME_BYTES_MAX>::decode(decoder)?;
                if is_name(&text) { Ok(Self(text)) } else { Err(DecodeError::Other("not a name")) }
            }
        }

        impl<'de, C> BorrowDecode<'de, C> for $type {
            fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
                Self::decode(decoder)
            }
        }
    };
}

name! {
    /// A network, for ever, continuations included: documents point to it. Signatures are bound to it.
    ChainId
}
name! {
    /// An issuer (đơn vị cấp), for ever: a school that is renamed keeps it.
    IssuerId
}
name! {
    /// A document type, as `hoc-ba-thcs` or `bang-tn-thpt`.
    TypeId
}

/// What a batch is about, chosen by the issuer: a school year (`2025-2026`) or an examination year.
pub type Period = Text<16>;

/// One batch of one issuer. Fixed before anything is signed, so that documents can point to it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, bincode::Encode, bincode::Decode)]
pub struct BatchId(pub [u8; 16]);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for BatchId {
    type Err = NotAName;
    fn from_str(text: &str) -> Result<Self, NotAName> {
        let mut bytes = [0; 16];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if lower && hex::decode_to_slice(text, &mut bytes).is_ok() {
            Ok(Self(bytes))
        } else {
            Err(NotAName(text.into()))
        }
    }
}

impl serde::Serialize for BatchId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Copy,
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    bincode::Encode,
    bincode::Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// Vietnam keeps UTC+7 all year: documents and authority are dated in it.
    const VIETNAM_OFFSET_MS: u64 = 7 * 3_600_000;

    /// The day in Vietnam at this time.
    pub fn day(self) -> Day {
        Day((self.0.saturating_add(Self::VIETNAM_OFFSET_MS) / 86_400_000).try_into().unwrap_or(u32::MAX))
    }
}

/// Days since 1970-01-01 in UTC+7, the unit in which authority begins and ends.
#[derive(
    Copy,
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    bincode::Encode,
    bincode::Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Day(pub u32);

/// A block's place in the chain; genesis is 0.
pub type Height = u64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_name_has_one_spelling() {
        assert!("thcs-mau-1".parse::<IssuerId>().is_ok());
        for bad in ["", "1a", "-a", "A", "a_b", "trường", "a b", &"a".repeat(41)] {
            assert!(bad.parse::<IssuerId>().is_err(), "{bad:?}");
        }
        assert!(codec::decode::<IssuerId>(&[1, b'A']).is_err());
        assert!("00".repeat(16).parse::<BatchId>().is_ok());
        assert!("0F".repeat(16).parse::<BatchId>().is_err());
    }

    #[test]
    fn the_day_begins_at_midnight_in_vietnam() {
        assert_eq!(Time(0).day(), Day(0));
        assert_eq!(Time(17 * 3_600_000 - 1).day(), Day(0));
        assert_eq!(Time(17 * 3_600_000).day(), Day(1));
    }
}
