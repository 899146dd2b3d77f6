//! DER (X.690), strictly: a reader that takes one form of everything, and a writer of the same.
//!
//! # Invariants
//! * Tags of one byte, lengths definite, minimal and below 64 KiB; nothing after the end. Indefinite lengths and strings in
//!   pieces, as BER has them, are refused wherever they stand: [`check`] walks all of an evidence before anything reads it.
//! * An element keeps the bytes it was read from: what is hashed is what was received.
//!
//! Source: ITU-T X.690 §8, §10, §11.

/// Deepest nesting. A certificate inside CMS has 11.
const DEPTH_MAX: usize = 24;

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OID: u8 = 0x06;
pub const UTF8_STRING: u8 = 0x0c;
pub const PRINTABLE_STRING: u8 = 0x13;
pub const TELETEX_STRING: u8 = 0x14;
pub const IA5_STRING: u8 = 0x16;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const BMP_STRING: u8 = 0x1e;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;
const CLASS: u8 = 0xc0;

/// The tag `[number]` of what has elements inside.
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The tag `[number]` of what has none.
pub const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// The bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// One element, as it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    pub tag: u8,
    pub whole: &'a [u8],
    pub contents: &'a [u8],
}

impl<'a> Element<'a> {
    /// What is inside, if the tag is `tag`.
    pub fn open(self, tag: u8) -> Result<Reader<'a>, Malformed> {
        if self.tag == tag { Ok(Reader::new(self.contents)) } else { Err(Malformed) }
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element.
    pub fn element(&mut self) -> Result<Element<'a>, Malformed> {
        let (&tag, after_tag) = self.rest.split_first().ok_or(Malformed)?;
        let (&first, after_first) = after_tag.split_first().ok_or(Malformed)?;
        let (length, header) = match first {
            0..=0x7f => (usize::from(first), 2),
            0x81 => match after_first.first() {
                Some(&length @ 0x80..) => (usize::from(length), 3),
                _ => return Err(Malformed),
            },
            0x82 => match after_first.first_chunk::<2>().map(|length| u16::from_be_bytes(*length)) {
                Some(length @ 0x100..) => (usize::from(length), 4),
                _ => return Err(Malformed),
            },
            _ => return Err(Malformed),
        };
        // A number of 31 announces a tag of several bytes; a tag of 0 ends an indefinite length.
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(Malformed);
        }
        let (whole, rest) = self.rest.split_at_checked(header + length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(Element { tag, whole, contents: &whole[header..] })
    }

    /// The next element, which must have `tag`.
    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        let element = self.element()?;
        if element.tag == tag { Ok(element) } else { Err(Malformed) }
    }

    /// The next element, if it has `tag`.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) { self.element().map(Some) } else { Ok(None) }
    }

    /// What is inside the next element, which must have `tag`.
    pub fn open(&mut self, tag: u8) -> Result<Self, Malformed> {
        Ok(Self::new(self.expect(tag)?.contents))
    }

    /// The contents of the next element, an object identifier.
    pub fn oid(&mut self) -> Result<&'a [u8], Malformed> {
        Ok(self.expect(OID)?.contents)
    }

    /// The contents of the next element, an integer in its shortest form.
    pub fn integer(&mut self) -> Result<&'a [u8], Malformed> {
        match self.expect(INTEGER)?.contents {
            [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(Malformed),
            contents => Ok(contents),
        }
    }

    /// The next element, an integer from 0 to 127.
    pub fn small(&mut self) -> Result<u8, Malformed> {
        match self.integer()? {
            [value @ 0..=0x7f] => Ok(*value),
            _ => Err(Malformed),
        }
    }

    /// The bytes of the next element, a bit string without unused bits.
    pub fn bytes_of_bits(&mut self) -> Result<&'a [u8], Malformed> {
        match self.expect(BIT_STRING)?.contents {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// The next element, if it is a boolean; false if there is none.
    pub fn flag(&mut self) -> Result<bool, Malformed> {
        match self.optional(BOOLEAN)?.map(|element| element.contents) {
            None | Some([0]) => Ok(false),
            Some([0xff]) => Ok(true),
            Some(_) => Err(Malformed),
        }
    }

    /// Nothing may be left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// The one element that `bytes` are, well-formed to its last leaf.
pub fn check(bytes: &[u8]) -> Result<Element<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    let element = reader.element()?;
    reader.finish()?;
    walk(element, DEPTH_MAX)?;
    Ok(element)
}

fn walk(element: Element<'_>, depth: usize) -> Result<(), Malformed> {
    let constructed = element.tag & CONSTRUCTED != 0;
    // Of the universal types sequences and sets alone have elements inside, and always.
    let is_collection = matches!(element.tag | CONSTRUCTED, SEQUENCE | SET);
    if element.tag & CLASS == 0 && constructed != is_collection {
        return Err(Malformed);
    }
    if !constructed {
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    let mut inside = Reader::new(element.contents);
    while !inside.is_empty() {
        walk(inside.element()?, depth)?;
    }
    Ok(())
}

/// Whether the elements inside are in the order of a DER set, none twice.
pub fn is_set(contents: &[u8]) -> Result<bool, Malformed> {
    let mut reader = Reader::new(contents);
    let mut last: &[u8] = &[];
    while !reader.is_empty() {
        let element = reader.element()?.whole;
        if element <= last {
            return Ok(false);
        }
        last = element;
    }
    Ok(true)
}

/// One element with `parts` inside.
pub fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let bytes = length.to_be_bytes();
    let bytes = &bytes[length.leading_zeros() as usize / 8..];
    if length > 0x7f {
        out.push(0x80 | bytes.len() as u8); // at most the eight bytes of a usize
        out.extend_from_slice(bytes);
    } else {
        out.push(length as u8);
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A set, or what is tagged instead of one, in DER's order.
pub fn write_set(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    elements.dedup();
    write(tag, &elements.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_taken() {
        assert!(check(&[0x30, 3, 2, 1, 5]).is_ok());
        let bad: [&[u8]; 12] = [
            &[],
            &[0x30],
            &[0x30, 0x80, 0, 0],                // indefinite length
            &[0x30, 0x81, 3, 2, 1, 5],          // a length that is not the shortest
            &[0x30, 0x82, 0, 3, 2, 1, 5],       // likewise
            &[0x30, 3, 2, 1, 5, 0],             // trailing
            &[0x30, 3, 2, 2, 5],                // the inner one is cut
            &[0x24, 3, 4, 1, 5],                // a string in pieces
            &[0x10, 0],                         // a sequence that says it has nothing inside
            &[0x1f, 1, 0],                      // a tag of several bytes
            &[0x30, 0x84, 0, 0, 0, 3, 2, 1, 5], // a length of four bytes
            &[0x30, 2, 0, 0],                   // the end of an indefinite length
        ];
        for bytes in bad {
            assert_eq!(check(bytes), Err(Malformed), "{bytes:02x?}");
        }
        let mut deep = vec![2, 1, 5];
        for _ in 0..DEPTH_MAX {
            deep = write(SEQUENCE, &[&deep]);
        }
        assert!(check(&deep).is_ok());
        assert_eq!(check(&write(SEQUENCE, &[&deep])), Err(Malformed));
    }

    #[test]
    fn integers_and_booleans_have_one_form() {
        assert_eq!(Reader::new(&[2, 1, 0]).small(), Ok(0));
        for bytes in [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xff, 0x80], &[2, 1, 0x80], &[2, 2, 1, 0]] {
            assert_eq!(Reader::new(bytes).small(), Err(Malformed));
        }
        assert_eq!(Reader::new(&[1, 1, 1]).flag(), Err(Malformed));
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535] {
            let contents = vec![7; length];
            let written = write(OCTET_STRING, &[&contents]);
            assert_eq!(check(&written).map(|element| element.contents.len()), Ok(length));
        }
        let set = write_set(SET, vec![write(INTEGER, &[&[9]]), write(INTEGER, &[&[3]])]);
        assert_eq!(set, [0x31, 6, 2, 1, 3, 2, 1, 9]);
        assert_eq!(is_set(&set[2..]), Ok(true));
        assert_eq!(is_set(&[2, 1, 9, 2, 1, 3]), Ok(false));
    }
}
