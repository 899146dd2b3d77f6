//! JSON gone wrong: members, values, and spellings of the same.

use crate::document::{Members, quoted};
use crate::random::Random;

/// Values that are not what is asked for, or not JSON, or JSON that programs read differently.
const ODD: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "01",
    "1.0",
    "1e0",
    "1E+2",
    "-0.0",
    "1.",
    ".5",
    "+1",
    "0x1",
    "1_0",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "1e400",
    "100000000000000000000000000000000",
    "NaN",
    "Infinity",
    "undefined",
    "True",
    "\"\"",
    "\"x\"",
    "\"1\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\uD83D\"",
    "\"a\u{301}\"",
    "\"\u{feff}\"",
    "\"\t\"",
    "\"\\x41\"",
    "\"\\/\"",
    "\"\\'\"",
    "'x'",
    "\"",
    "[]",
    "[1]",
    "[\"x\"]",
    "[null]",
    "[[]]",
    "[,]",
    "[1,]",
    "{}",
    "{\"a\":1}",
    "{\"a\":1,\"a\":1}",
    "{\"a\":1,}",
    "{1:1}",
    "{\"__proto__\":1}",
    "{\"_sd\":[]}",
    "{\"...\":\"x\"}",
    "/**/1",
    "",
];

/// Names that some program treats in its own way.
const NAMES: &[&str] = &[
    "x",
    "",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "0",
    "kid",
    "crit",
    "_sd",
    "_sd_alg",
    "...",
    "exp",
    "iss",
    "alg",
    "sogoc-bundle",
    "openings",
    "\u{feff}",
    "é",
    "e\u{301}",
    "iat",
    "nbf",
    "length",
];

pub fn odd_value(random: &mut Random) -> String {
    if random.one_in(12) {
        let depth = random.of(&[5, 6, 7, 8, 9, 10, 60, 126, 127, 128, 129, 300]);
        let (open, close) = random.of(&[("[", "]"), ("{\"a\":", "}")]);
        let inside = if open == "[" { "" } else { "1" };
        return format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
    }
    random.pick(ODD).to_owned()
}

/// A name with some of its characters escaped: the same name.
fn escaped(random: &mut Random, name: &str) -> String {
    let chars = name.chars().map(|char| match char {
        '!'..='~' if char != '"' && char != '\\' && random.one_in(2) => format!("\\u{:04x}", char as u32),
        _ => char.to_string(),
    });
    chars.collect()
}

/// Changes one thing about the members of an object.
pub fn tamper(random: &mut Random, members: &mut Members) {
    let list = &mut members.0;
    if list.is_empty() {
        list.push((quoted(random.pick(NAMES)), odd_value(random)));
        return;
    }
    let at = random.below(list.len());
    match random.below(12) {
        0 | 1 => drop(list.remove(at)),
        2 => {
            let twin = list[at].clone();
            list.insert(random.cut(list.len()), twin);
        }
        3 => {
            let name = escaped(random, &list[at].0);
            let value = if random.one_in(2) { list[at].1.clone() } else { odd_value(random) };
            list.insert(random.cut(list.len()), (name, value));
        }
        4 => {
            let extra = (quoted(random.pick(NAMES)), odd_value(random));
            list.insert(random.cut(list.len()), extra);
        }
        5 => {
            let name = list[at].0.clone();
            list[at].0 = match random.below(5) {
                0 => name.to_uppercase(),
                1 => name.replace('"', " \"").trim_start().to_owned(),
                2 => name.replace('"', ""),
                3 => name.replacen('"', "'", 2),
                _ => quoted(random.pick(NAMES)),
            };
        }
        6 => list[at].0 = escaped(random, &list[at].0.clone()),
        7 => random.shuffle(list),
        _ => list[at].1 = odd_value(random),
    }
}

/// Where a text is inside a string (after its first quote, before its last) and where it is between tokens.
fn places(text: &str) -> (Vec<usize>, Vec<usize>) {
    let (mut inside, mut between, mut in_string, mut escape) = (vec![], vec![0], false, false);
    for (at, char) in text.char_indices() {
        let next = at + char.len_utf8();
        if escape {
            escape = false;
        } else if in_string && char == '\\' {
            escape = true;
        } else if char == '"' {
            in_string = !in_string;
        }
        if !escape {
            if in_string { inside.push(next) } else { between.push(next) }
        }
    }
    (inside, between)
}

/// Writes a sound text otherwise: some of it is the same value, some is no JSON.
pub fn respell(random: &mut Random, text: &str) -> Vec<u8> {
    let (inside, between) = places(text);
    let insert = |at: usize, what: &[u8]| [&text.as_bytes()[..at], what, &text.as_bytes()[at..]].concat();
    let somewhere = |random: &mut Random, among: &[usize]| among.get(random.below(among.len().max(1))).copied();
    let outer = somewhere(random, &between).unwrap_or(0);
    let inner = somewhere(random, &inside).unwrap_or(outer);
    match random.below(14) {
        0 | 1 => insert(outer, random.pick(&[b" ", b"\t", b"\r\n", b"  \n "])),
        2 => insert(
            outer,
            random.pick(&[
                b"\x0b",
                b"\x0c",
                b"\xc2\xa0",
                b"\xef\xbb\xbf",
                b"\xe2\x80\xa8",
                b"\0",
                b"\xc2\x85",
                b"\x1f",
            ]),
        ),
        3 => insert(0, random.pick(&[b"\xef\xbb\xbf", b" ", b"\n", b"\xff\xfe", b"x", b"[", b"\x0c", b"\"", b"//\n"])),
        4 => insert(
            text.len(),
            random.pick(&[
                b" ",
                b"\n\n",
                b"x",
                b"{}",
                b"\0",
                b",",
                b"]",
                b"}",
                b" null",
                b"\xff",
                b"\xc2\xa0",
                b"\x1a",
            ]),
        ),
        5 => insert(outer, random.pick(&[b",", b":", b"/*x*/", b"//x\n", b"{", b"}", b"\"", b"0", b"null", b"-"])),
        6 | 7 => insert(
            inner,
            random.pick(&[
                b"\\ud800",
                b"\\udc00",
                b"\\udc00\\ud800",
                b"\\ud83d\\ude00",
                b"\\u0000",
                b"\\x41",
                b"\\u12",
                b"\\'",
                b"\\",
                b"\\u00e9",
                b"\\n",
                b"\x01",
                b"\t",
                b"\x7f",
                b"\"",
                b"\\ud800\\u0041",
                b"\\uD83D\\uDE0",
                b"\\u{41}",
                b"\\U0041",
            ]),
        ),
        8 => insert(
            inner,
            random.pick(&[
                b"\xff",
                b"\xc0\x80",
                b"\xed\xa0\x80",
                b"\xf4\x90\x80\x80",
                b"\xe2\x82",
                b"\xc3\xa9",
                b"\xef\xbb\xbf",
                b"\xef\xbf\xbd",
                b"\xef\xbf\xbe",
                b"\xf0\x9f\x8e\x93",
                b"\x80",
            ]),
        ),
        9 => {
            // The same character, escaped.
            let rest = &text[inner..];
            match rest.chars().next() {
                Some(char) if !matches!(char, '"' | '\\') && inner != outer => {
                    let mut units = [0; 2];
                    let units = char.encode_utf16(&mut units).iter();
                    let upper = random.one_in(2);
                    let escape = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                    let escaped: String = units.map(escape).collect();
                    [&text[..inner], &escaped, &rest[char.len_utf8()..]].concat().into_bytes()
                }
                _ => text.into(),
            }
        }
        10 => text.as_bytes()[..random.cut(text.len())].to_vec(),
        11 => {
            let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes);
            if random.one_in(6) { utf16.collect() } else { format!("[{text}]").into_bytes() }
        }
        12 => quoted(text).into_bytes(),
        _ => {
            let bit = random.below(text.len().max(1) * 8);
            let mut bytes = text.as_bytes().to_vec();
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            bytes
        }
    }
}

/// base64url that is not the one canonical form, or is it after all.
pub fn respell_base64(random: &mut Random, text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = random.cut(text.len());
    match random.below(8) {
        0 => format!("{text}{}", random.pick(&["=", "==", "===", "A", "AA", "\n", " ", "."])),
        1 => text.replace('-', "+").replace('_', "/"),
        // The last letter carries bits that no byte has, if the length is no multiple of 4.
        2 | 3 => {
            let last = text.bytes().last().and_then(|last| LETTERS.iter().position(|letter| *letter == last));
            let other = last.map_or('A', |last| LETTERS[(last ^ 1 ^ random.below(4)) % 64].into());
            let kept = text.len().saturating_sub(1);
            format!("{}{other}", &text[..kept])
        }
        4 => [&text[..at], random.pick(&[" ", "\n", "=", "+", "/", "é", "\u{feff}", "~"]), &text[at..]].concat(),
        5 => text[..at].to_owned(),
        6 => String::new(),
        _ => [&text[..at], "A", &text[at..]].concat(),
    }
}
