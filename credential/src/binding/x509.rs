//! X.509 certificates: what of them a path needs and a person should see.
//!
//! Strictly version 3 of RFC 5280, as [`der`] reads it. Names are compared byte for byte, as their authority copied them.
//!
//! Source: RFC 5280 §4.1, §4.2, §7.1.

use sogoc_ledger::name::Time;

use super::algorithm::{Algorithm, Key};
use super::der::{self, Element, Malformed, Reader};
use super::refusal::Refusal;

/// Extensions that are looked at; any other one that is critical is refused.
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];

/// Purposes with which a certificate may sign a document: any, documents (RFC 9336), e-mail, client authentication, and
/// Microsoft's and Adobe's of before RFC 9336. One for servers, code, time stamps or OCSP has none of them.
const SIGNING_PURPOSES: [&[u8]; 6] = [
    &[0x55, 0x1d, 37, 0],
    &[0x2b, 6, 1, 5, 5, 7, 3, 36],
    &[0x2b, 6, 1, 5, 5, 7, 3, 4],
    &[0x2b, 6, 1, 5, 5, 7, 3, 2],
    &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 12],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 1, 1, 5],
];

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];
/// Attributes of a name, as RFC 4514 and practice write them.
const ATTRIBUTES: [(&[u8], &str); 10] = [
    (COMMON_NAME, "CN"),
    (&[0x55, 4, 5], "SERIALNUMBER"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "STREET"),
    (ORGANISATION, "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
];

/// A certificate, with the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    pub der: &'a [u8],
    signed: &'a [u8],
    algorithm: Reader<'a>,
    signature: &'a [u8],
    pub serial: &'a [u8],
    /// The whole element, to compare.
    pub issuer: Element<'a>,
    /// Likewise.
    pub subject: Element<'a>,
    pub not_before: Time,
    /// The last second, inclusive.
    pub not_after: Time,
    key: Reader<'a>,
    pub extensions: Extensions<'a>,
}

/// What the extensions say.
#[derive(Clone, Debug, Default)]
pub struct Extensions<'a> {
    /// Is an authority.
    pub authority: bool,
    /// So many further authorities may be below it.
    pub path_length: Option<usize>,
    usage: Option<Usage>,
    purposes: Option<Reader<'a>>,
    pub subject_key_id: Option<&'a [u8]>,
    /// One that is critical and not known.
    pub unknown_critical: bool,
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    signs: bool,
    signs_certificates: bool,
}

impl<'a> Certificate<'a> {
    /// The certificate that `element` is. Algorithms are looked at when they are used: a certificate that is not needed may
    /// have any.
    pub fn read(element: Element<'a>) -> Result<Self, Malformed> {
        let mut outer = element.open(der::SEQUENCE)?;
        let signed = outer.expect(der::SEQUENCE)?;
        let algorithm = outer.expect(der::SEQUENCE)?;
        let signature = outer.bytes_of_bits()?;
        outer.finish()?;

        let mut fields = signed.open(der::SEQUENCE)?;
        if fields.optional(der::context(0))?.map(|version| version.contents) != Some(&[der::INTEGER, 1, 2]) {
            return Err(Malformed);
        }
        let serial = fields.integer()?;
        if fields.expect(der::SEQUENCE)?.whole != algorithm.whole {
            return Err(Malformed);
        }
        let issuer = fields.expect(der::SEQUENCE)?;
        let mut validity = fields.open(der::SEQUENCE)?;
        let (not_before, not_after) = (time(validity.element()?)?, time(validity.element()?)?);
        validity.finish()?;
        let subject = fields.expect(der::SEQUENCE)?;
        let key = fields.open(der::SEQUENCE)?;
        fields.optional(der::context_primitive(1))?;
        fields.optional(der::context_primitive(2))?;
        let extensions = match fields.optional(der::context(3))? {
            Some(element) => Extensions::read(element)?,
            None => Extensions::default(),
        };
        fields.finish()?;
        attributes(issuer)?;
        attributes(subject)?;
        let algorithm = Reader::new(algorithm.contents);
        Ok(Self {
            der: element.whole,
            signed: signed.whole,
            algorithm,
            signature,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            extensions,
        })
    }

    /// Its key, if it counts.
    pub fn key(&self) -> Result<Key<'a>, Refusal> {
        Key::read(self.key)
    }

    /// Whether it was signed with `key`.
    pub fn signed_by(&self, key: &Key<'_>) -> Result<bool, Refusal> {
        key.verifies(Algorithm::read(self.algorithm, None)?, self.signed, self.signature)
    }

    /// Whether it is for signing documents.
    pub fn may_sign(&self) -> bool {
        self.extensions.usage.is_none_or(|usage| usage.signs)
            && self.extensions.purposes.is_none_or(|purposes| {
                let mut purposes = purposes;
                std::iter::from_fn(|| purposes.oid().ok()).any(|purpose| SIGNING_PURPOSES.contains(&purpose))
            })
    }

    /// Whether it is for signing certificates.
    pub fn is_authority(&self) -> bool {
        self.extensions.authority && self.extensions.usage.is_none_or(|usage| usage.signs_certificates)
    }

    /// Its serial number in hex.
    pub fn serial_hex(&self) -> String {
        self.serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whose it is: the common name, or the organisation if it has none. The organisation of a certificate with both does not
    /// count: a teacher's own names the school there.
    pub fn holder(&self) -> Option<String> {
        let attributes = attributes(self.subject).unwrap_or_default();
        let named = |wanted: &[u8]| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.clone());
        named(COMMON_NAME).or_else(|| named(ORGANISATION))
    }
}

impl<'a> Extensions<'a> {
    fn read(element: Element<'a>) -> Result<Self, Malformed> {
        let mut outer = Reader::new(element.contents);
        let mut list = outer.open(der::SEQUENCE)?;
        outer.finish()?;
        let mut extensions = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        while !list.is_empty() {
            let mut fields = list.open(der::SEQUENCE)?;
            let (name, critical) = (fields.oid()?, fields.flag()?);
            let value = fields.expect(der::OCTET_STRING)?.contents;
            fields.finish()?;
            if seen.contains(&name) {
                return Err(Malformed);
            }
            seen.push(name);
            // What is in the octets is DER of its own, which the walk over the evidence could not see.
            match name {
                BASIC_CONSTRAINTS => {
                    let mut fields = der::check(value)?.open(der::SEQUENCE)?;
                    extensions.authority = fields.flag()?;
                    if !fields.is_empty() {
                        extensions.path_length = Some(fields.small()?.into());
                    }
                    fields.finish()?;
                }
                KEY_USAGE => extensions.usage = Some(usage(der::check(value)?)?),
                EXTENDED_KEY_USAGE => {
                    let purposes = der::check(value)?.open(der::SEQUENCE)?;
                    let mut each = purposes;
                    while !each.is_empty() {
                        each.oid()?;
                    }
                    extensions.purposes = Some(purposes);
                }
                SUBJECT_KEY_ID => {
                    let id = der::check(value)?;
                    extensions.subject_key_id = Some(id.contents).filter(|_| id.tag == der::OCTET_STRING);
                }
                _ => extensions.unknown_critical |= critical,
            }
        }
        Ok(extensions)
    }
}

/// KeyUsage: bit 0 digitalSignature, bit 1 nonRepudiation, bit 5 keyCertSign.
fn usage(element: Element<'_>) -> Result<Usage, Malformed> {
    let Element { tag: der::BIT_STRING, contents: [0..=7, bits, ..], .. } = element else { return Err(Malformed) };
    Ok(Usage { signs: bits & 0b1100_0000 != 0, signs_certificates: bits & 0b0000_0100 != 0 })
}

/// A UTCTime of 1950 to 2049 or a GeneralizedTime, to the second and in UTC; before 1970 it is 1970.
pub fn time(element: Element<'_>) -> Result<Time, Malformed> {
    let (year, rest) = match (element.tag, element.contents) {
        (der::UTC_TIME, [a, b, rest @ ..]) => {
            let year = number(&[*a, *b])?;
            (if year < 50 { 2_000 + year } else { 1_900 + year }, rest)
        }
        (der::GENERALIZED_TIME, [a, b, c, d, rest @ ..]) => (number(&[*a, *b, *c, *d])?, rest),
        _ => return Err(Malformed),
    };
    let [m0, m1, d0, d1, h0, h1, n0, n1, s0, s1, b'Z'] = rest else { return Err(Malformed) };
    let part = |a: &u8, b: &u8| number(&[*a, *b]).map(|part| part as i8); // at most 99
    let (month, day, hour) = (part(m0, m1)?, part(d0, d1)?, part(h0, h1)?);
    let (minute, second) = (part(n0, n1)?, part(s0, s1)?);
    let moment = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| Malformed)?;
    // Not by way of a timestamp: those end a day before 99991231235959Z, with which RFC 5280 §4.1.2.5 says "no end".
    let since = moment.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0));
    Ok(Time(since.as_millis().try_into().unwrap_or(0)))
}

/// As certificates and CMS write it: a UTCTime until 2049, then a GeneralizedTime.
pub fn write_time(time: Time) -> Vec<u8> {
    let moment =
        jiff::Timestamp::from_millisecond(time.0.try_into().unwrap_or(i64::MAX)).unwrap_or(jiff::Timestamp::MAX);
    let (tag, form) = if (1950..2050).contains(&moment.to_zoned(jiff::tz::TimeZone::UTC).year()) {
        (der::UTC_TIME, "%y%m%d%H%M%SZ")
    } else {
        (der::GENERALIZED_TIME, "%Y%m%d%H%M%SZ")
    };
    der::write(tag, &[moment.strftime(form).to_string().as_bytes()])
}

fn number(digits: &[u8]) -> Result<i16, Malformed> {
    digits.iter().try_fold(0, |number: i16, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + i16::from(digit - b'0')), // four digits at most
        _ => Err(Malformed),
    })
}

/// The attributes of a Name in order: object identifier and text.
fn attributes(name: Element<'_>) -> Result<Vec<(&[u8], String)>, Malformed> {
    let mut attributes = Vec::new();
    let mut sets = name.open(der::SEQUENCE)?;
    while !sets.is_empty() {
        let mut set = sets.open(der::SET)?;
        while !set.is_empty() {
            let mut attribute = set.open(der::SEQUENCE)?;
            attributes.push((attribute.oid()?, text(attribute.element()?)?));
            attribute.finish()?;
        }
    }
    Ok(attributes)
}

/// A name much as RFC 4514 writes it, most special first; parts that stand side by side are not told from others.
pub fn written(name: Element<'_>) -> String {
    let attributes = attributes(name).unwrap_or_default();
    let parts = attributes.iter().rev().map(|(attribute, text)| {
        let known = ATTRIBUTES.iter().find(|(oid, _)| oid == attribute).map(|(_, name)| *name);
        let name = known.map_or_else(|| format!("#{}", hex(attribute)), str::to_owned);
        let text = text.replace('\\', "\\\\").replace(',', "\\,").replace('+', "\\+").replace('=', "\\=");
        format!("{name}={text}")
    });
    parts.collect::<Vec<_>>().join(",")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A DirectoryString, safe to print: what would move the cursor or turn the direction of the text is replaced.
fn text(element: Element<'_>) -> Result<String, Malformed> {
    let bytes = element.contents;
    let text = match element.tag {
        der::UTF8_STRING => String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)?,
        der::PRINTABLE_STRING | der::IA5_STRING if bytes.is_ascii() => {
            String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)?
        }
        // As everyone reads it: Latin-1.
        der::TELETEX_STRING => bytes.iter().copied().map(char::from).collect(),
        der::BMP_STRING if bytes.len().is_multiple_of(2) => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).map_err(|_| Malformed)?
        }
        der::PRINTABLE_STRING | der::IA5_STRING | der::BMP_STRING => return Err(Malformed),
        _ => format!("#{}", hex(element.whole)),
    };
    let unsafe_to_print = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    Ok(text.chars().map(|c| if unsafe_to_print(c) { '\u{fffd}' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Result<Time, Malformed> {
        let tag = if text.len() == 13 { der::UTC_TIME } else { der::GENERALIZED_TIME };
        let whole = der::write(tag, &[text.as_bytes()]);
        time(der::check(&whole).unwrap())
    }

    #[test]
    fn times_are_in_utc_to_the_second() {
        assert_eq!(utc("700101000001Z"), Ok(Time(1_000)));
        assert_eq!(utc("490101000000Z").map(|time| time > Time(2_493_072_000_000 - 1)), Ok(true));
        assert_eq!(utc("500101000000Z"), Ok(Time(0)));
        assert_eq!(utc("20700101000000Z"), Ok(Time(3_155_760_000_000)));
        assert_eq!(utc("99991231235959Z"), Ok(Time(253_402_300_799_000)));
        for bad in
            ["7001010000Z", "700101000000+", "701301000000Z", "700230000000Z", "70010100000aZ", "20700101000000.5Z"]
        {
            assert_eq!(utc(bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn what_is_printed_cannot_move_the_cursor() {
        let whole = der::write(der::UTF8_STRING, &["Tr\u{1b}[2Jường\u{202e}".as_bytes()]);
        assert_eq!(text(der::check(&whole).unwrap()), Ok("Tr\u{fffd}[2Jường\u{fffd}".into()));
        let bmp = der::write(der::BMP_STRING, &[&[0x01, 0x10]]);
        assert_eq!(text(der::check(&bmp).unwrap()), Ok("Đ".into()));
    }
}
