//! The one encoding: bincode 2 with big-endian fixed-size integers, bounded, and canonical.
//!
//! # Format
//!
//! | value | bytes |
//! |---|---|
//! | unsigned integer | its 1, 2, 4 or 8 bytes, most significant first |
//! | `bool`, `Option` tag | one byte, 0 or 1 |
//! | enum tag | four bytes, variants numbered from 0 |
//! | byte array | its bytes, no length |
//! | [`Text`] | one length byte, then UTF-8 |
//! | [`List`] | two length bytes, then the elements |
//! | struct | its fields in order |
//!
//! # Invariants
//!
//! * One value has one encoding: [`decode`] refuses bytes that do not re-encode to themselves.
//! * No trailing bytes, no maps, no floats.
//! * Every length is checked against its type's maximum before memory is reserved.
//!
//! bincode is no longer maintained; nothing outside this module names it but the derive attributes,
//! so it can be replaced without touching a byte on the wire.

use std::fmt;
use std::ops::Deref;

use bincode::de::{BorrowDecode, BorrowDecoder, Decode, Decoder, read::Reader};
use bincode::enc::{Encode, Encoder, write::Writer};
use bincode::error::{DecodeError, EncodeError};

/// The largest value ever decoded, in bytes: a block body of [`crate::block::MAX_BODY_BYTES`] and its header.
pub const MAX_DECODED_BYTES: usize = 16 << 20;

/// Elements reserved before the first is read: a length is a claim until its elements arrive.
const RESERVE_ELEMENTS_MAX: usize = 1_024;

/// Why bytes are not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// More bytes than any value of this type has.
    #[error("{0} bytes are more than any value of this type has")]
    TooLong(usize),
    /// Cut short, an unknown variant, or a length above its type's maximum.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Bytes after the end of the value.
    #[error("{0} bytes after the end of the value")]
    Trailing(usize),
    /// The bytes decode, but to a value whose encoding is another.
    #[error("not the canonical encoding of its value")]
    NotCanonical,
}

/// What has an encoding.
pub trait Value: Decode<()> + Encode {}

impl<T: Decode<()> + Encode> Value for T {}

fn configuration() -> impl bincode::config::Config {
    bincode::config::standard().with_big_endian().with_fixed_int_encoding().with_limit::<MAX_DECODED_BYTES>()
}

/// The canonical encoding of `value`.
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    bincode::encode_to_vec(value, configuration())
        .expect("every length is bounded by its type, and memory does not fail to take bytes")
}

/// The value whose canonical encoding is exactly `bytes`.
///
/// # Errors
/// Any deviation from the format, see [`CodecError`].
pub fn decode<T: Value>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > MAX_DECODED_BYTES {
        return Err(CodecError::TooLong(bytes.len()));
    }
    let (value, read): (T, usize) =
        bincode::decode_from_slice(bytes, configuration()).map_err(|error| CodecError::Malformed(error.to_string()))?;
    if read != bytes.len() {
        return Err(CodecError::Trailing(bytes.len() - read));
    }
    if encode(&value) != bytes {
        return Err(CodecError::NotCanonical);
    }
    Ok(value)
}

/// Text of at most `MAX` bytes of UTF-8 (`MAX` ≤ 255), on the wire a length byte and the bytes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    const FITS: () = assert!(MAX <= 255, "the length is one byte");

    /// `text`, or `None` if it is longer than `MAX` bytes or has control characters.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let () = Self::FITS;
        let text = text.into();
        (text.len() <= MAX && !text.chars().any(char::is_control)).then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> serde::Serialize for Text<MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<const MAX: usize> Encode for Text<MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u8).encode(encoder)?;
        encoder.writer().write(self.0.as_bytes())
    }
}

impl<C, const MAX: usize> Decode<C> for Text<MAX> {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let length = usize::from(u8::decode(decoder)?);
        decoder.claim_bytes_read(length)?;
        let mut bytes = vec![0; length];
        decoder.reader().read(&mut bytes)?;
        String::from_utf8(bytes)
            .ok()
            .and_then(Self::new)
            .ok_or(DecodeError::Other("text too long, with control characters, or not UTF-8"))
    }
}

impl<'de, C, const MAX: usize> BorrowDecode<'de, C> for Text<MAX> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

/// At most `MAX` elements (`MAX` ≤ 65,535), on the wire two length bytes and the elements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    const FITS: () = assert!(MAX <= 65_535, "the length is two bytes");

    /// `elements`, or `None` if there are more than `MAX`.
    pub fn new(elements: Vec<T>) -> Option<Self> {
        let () = Self::FITS;
        (elements.len() <= MAX).then_some(Self(elements))
    }

    /// Adds an element; `false` and no change if the list is full.
    #[must_use]
    pub fn push(&mut self, element: T) -> bool {
        let room = self.0.len() < MAX;
        if room {
            self.0.push(element);
        }
        room
    }

    /// The elements, to change in place.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// The elements.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a List<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: serde::Serialize, const MAX: usize> serde::Serialize for List<T, MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Encode, const MAX: usize> Encode for List<T, MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u16).encode(encoder)?;
        self.0.iter().try_for_each(|element| element.encode(encoder))
    }
}

impl<C, T: Decode<C>, const MAX: usize> Decode<C> for List<T, MAX> {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let length = usize::from(u16::decode(decoder)?);
        if length > MAX {
            return Err(DecodeError::Other("more elements than the list may have"));
        }
        let mut elements = Vec::with_capacity(length.min(RESERVE_ELEMENTS_MAX));
        for _ in 0..length {
            elements.push(T::decode(decoder)?);
        }
        Ok(Self(elements))
    }
}

impl<'de, C, T: Decode<C>, const MAX: usize> BorrowDecode<'de, C> for List<T, MAX> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq, bincode::Encode, bincode::Decode)]
    struct Sample {
        number: u64,
        flag: bool,
        text: Text<8>,
        list: List<u16, 3>,
        option: Option<u8>,
    }

    fn sample() -> Sample {
        Sample {
            number: 1,
            flag: true,
            text: Text::new("học").unwrap(),
            list: List::new(vec![1, 2]).unwrap(),
            option: Some(7),
        }
    }

    #[test]
    fn bytes_are_as_the_format_says() {
        assert_eq!(
            hex::encode(encode(&sample())),
            concat!("0000000000000001", "01", "05", "68e1bb8d63", "0002", "0001", "0002", "01", "07")
        );
    }

    #[test]
    fn other_bytes_are_refused() {
        let good = encode(&sample());
        assert_eq!(decode::<Sample>(&good), Ok(sample()));
        let mut trailing = good.clone();
        trailing.push(0);
        assert_eq!(decode::<Sample>(&trailing), Err(CodecError::Trailing(1)));
        for cut in 0..good.len() {
            assert!(matches!(decode::<Sample>(&good[..cut]), Err(CodecError::Malformed(_))), "cut at {cut}");
        }
        let mut flag = good.clone();
        flag[8] = 2;
        assert!(decode::<Sample>(&flag).is_err());
        let mut long_list = good.clone();
        long_list[16] = 4;
        assert!(decode::<Sample>(&long_list).is_err());
        assert!(matches!(decode::<Sample>(&vec![0; MAX_DECODED_BYTES + 1]), Err(CodecError::TooLong(_))));
    }

    #[test]
    fn text_has_no_control_characters() {
        assert!(Text::<8>::new("a\nb").is_none());
        assert!(Text::<2>::new("học").is_none());
        assert!(decode::<Text<8>>(&[1, 7]).is_err());
        assert!(decode::<Text<8>>(&[1, 0xff]).is_err());
    }

    proptest! {
        #[test]
        fn whatever_decodes_is_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = decode::<Sample>(&bytes) {
                prop_assert_eq!(encode(&value), bytes);
            }
        }
    }
}
