//! Encodings as trees of fields (FORMATS.md §2), so that any field of any of them can be changed, to values that their
//! types do not allow as well.

use crate::random::Random;

/// What a field is.
pub enum Type {
    Number(u32),
    Bytes(usize),
    Text(usize),
    Option(&'static Type),
    List(&'static Type, usize),
    Enum(&'static [Type]),
    Struct(&'static [(&'static str, Type)]),
}

use Type::{Bytes, Enum, List, Number, Struct, Text};

const U8: Type = Number(8);
const U16: Type = Number(16);
const U32: Type = Number(32);
const U64: Type = Number(64);
const HASH: Type = Bytes(32);
const NAME: Type = Text(40);
const UNIT: Type = Struct(&[]);
const KEY: Type = Enum(&[HASH]);
const PATH: Type = List(&HASH, 14);
const SET: Type = List(&Struct(&[("key", KEY), ("power", U32)]), 128);
const CERTIFICATE: Type = Struct(&[("round", U32), ("signers", List(&U8, 16)), ("signatures", List(&Bytes(64), 128))]);
const HEADER: Type = Struct(&[
    ("version", U16),
    ("chain", NAME),
    ("height", U64),
    ("time", U64),
    ("parent", HASH),
    ("history_root", HASH),
    ("body", HASH),
    ("state_root", HASH),
    ("validators", HASH),
    ("next_validators", HASH),
    ("leaves", U64),
]);
const ISSUER_KEY: Type = Struct(&[
    ("key", KEY),
    ("roles", U8),
    ("from", U64),
    ("until", Type::Option(&U64)),
    ("suspended", Type::Option(&Struct(&[("since", U64), ("until", Type::Option(&U64))]))),
    ("binding", Type::Option(&HASH)),
]);
const GRANT: Type =
    Struct(&[("document_type", NAME), ("from", U32), ("until", Type::Option(&U32)), ("decision", Text(64))]);
const SUCCESSION: Type =
    Struct(&[("issuer", NAME), ("scopes", U8), ("from", U32), ("until", Type::Option(&U32)), ("decision", Text(64))]);
const ISSUER: Type = Struct(&[
    ("id", NAME),
    ("name", Text(160)),
    ("name_en", Text(160)),
    ("closed", Type::Option(&Struct(&[("from", U32), ("decision", Text(64))]))),
    ("keys", List(&ISSUER_KEY, 64)),
    ("grants", List(&GRANT, 64)),
    ("successors", List(&SUCCESSION, 32)),
]);
const BATCH: Type = Struct(&[
    ("key", HASH),
    ("approver", Type::Option(&HASH)),
    ("act_for", Type::Option(&NAME)),
    ("origin", Enum(&[UNIT, UNIT])),
    ("grant", U16),
    ("document_type", NAME),
    ("schema", U16),
    ("definition", Type::Option(&HASH)),
    ("period", Text(16)),
    ("size", U32),
    ("root", HASH),
    ("height", U64),
    ("time", U64),
    ("status_root", Type::Option(&HASH)),
]);
const EVIDENCE: Type = Enum(&[
    Struct(&[("depth", U8)]),
    Struct(&[("depth", U8)]),
    Struct(&[("depth", U8), ("place", HASH), ("value", HASH)]),
]);
const STATE: Type =
    Struct(&[("evidence", List(&EVIDENCE, 4)), ("slots", List(&U8, 128)), ("siblings", List(&HASH, 1024))]);
const CHANGE: Type = Struct(&[("header", HEADER), ("certificate", CERTIFICATE), ("next_validators", SET)]);
const FINALITY: Type = Enum(&[
    Struct(&[("certificate", CERTIFICATE), ("changes", List(&CHANGE, 256))]),
    Struct(&[("checkpoint", U64), ("path", List(&HASH, 64))]),
]);
const PROOF: Type = Struct(&[
    ("format", U8),
    ("batch_id", Bytes(16)),
    ("batch", BATCH),
    ("issuer", ISSUER),
    ("named_issuer", Type::Option(&ISSUER)),
    ("state", STATE),
    ("header", HEADER),
    ("finality", FINALITY),
]);
pub const ENTRY: Type = Struct(&[
    ("index", U32),
    ("status", Enum(&[UNIT, UNIT, UNIT, UNIT])),
    ("height", U64),
    ("time", U64),
    ("commitment", HASH),
    ("previous", HASH),
]);
pub const RECEIPT: Type = Struct(&[
    ("proof", PROOF),
    ("index", U32),
    ("path", PATH),
    ("status", Type::Option(&Struct(&[("entry", ENTRY), ("path", PATH)]))),
]);
pub const STATUSES: Type = Struct(&[("proof", PROOF), ("statuses", Struct(&[("changed", List(&ENTRY, 10_000))]))]);
pub const CHECKPOINT: Type = Struct(&[("header", HEADER), ("validators", SET), ("next_validators", SET)]);
pub const OPENING: Type = Struct(&[
    ("salt", Bytes(16)),
    ("correction", Enum(&[UNIT, UNIT, UNIT, UNIT, UNIT, UNIT])),
    ("ground", Enum(&[UNIT, UNIT, UNIT, UNIT, UNIT, UNIT, UNIT])),
    ("decision", Text(120)),
    ("decision_date", Text(10)),
    ("replacement", Type::Option(&Struct(&[("issuer", NAME), ("batch", Bytes(16)), ("leaf", HASH)]))),
]);

/// A field as it stands in an encoding.
pub struct Node {
    of: &'static Type,
    /// The name of the struct's field that it is in.
    name: &'static str,
    /// Number or length, count or variant, as written; the bytes themselves.
    head: Vec<u8>,
    inside: Vec<Node>,
}

impl Node {
    /// The tree of an encoding, if it is sound.
    pub fn read(of: &'static Type, encoding: &[u8]) -> Option<Self> {
        let mut rest = encoding;
        Self::take(of, "", &mut rest).filter(|_| rest.is_empty())
    }

    fn take(of: &'static Type, name: &'static str, rest: &mut &[u8]) -> Option<Self> {
        let mut head = |count: usize| {
            let (taken, left) = rest.split_at_checked(count)?;
            *rest = left;
            Some(taken.to_vec())
        };
        let (head, inside): (Vec<u8>, Vec<(&'static str, &'static Type)>) = match of {
            Number(bits) => (head(*bits as usize / 8)?, vec![]),
            Bytes(count) => (head(*count)?, vec![]),
            Text(_) => {
                let length = head(1)?;
                let text = head(length[0].into())?;
                ([length, text].concat(), vec![])
            }
            Type::Option(of) => {
                let tag = head(1)?;
                let inside = vec![(name, *of); tag[0].into()];
                (tag, inside)
            }
            List(of, _) => {
                let count = head(2)?;
                let inside = vec![(name, *of); u16::from_be_bytes([count[0], count[1]]).into()];
                (count, inside)
            }
            Enum(variants) => {
                let tag = head(4)?;
                let inside = vec![(name, variants.get(usize::from(tag[3]))?)];
                (tag, inside)
            }
            Struct(fields) => (vec![], fields.iter().map(|(name, of)| (*name, of)).collect()),
        };
        let inside = inside.into_iter().map(|(name, of)| Self::take(of, name, rest)).collect::<Option<_>>()?;
        Some(Self { of, name, head, inside })
    }

    pub fn write(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        self.inside.iter().for_each(|node| bytes.extend(node.write()));
        bytes
    }

    /// The smallest value of a type.
    fn least(of: &'static Type, name: &'static str) -> Self {
        let mut zeros: &[u8] = &[0; 1_024];
        let mut node = Self::take(of, name, &mut zeros).unwrap();
        node.fill_names();
        node
    }

    fn fill_names(&mut self) {
        if let Text(40) = self.of {
            self.head = vec![1, b'a'];
        }
        self.inside.iter_mut().for_each(Self::fill_names);
    }

    /// The field of a struct.
    pub fn field(&mut self, name: &str) -> &mut Self {
        self.inside.iter_mut().find(|node| node.name == name).unwrap()
    }

    fn fields(&mut self) -> Vec<&mut Self> {
        match self.of {
            Struct(_) => self.inside.iter_mut().flat_map(Self::fields).collect(),
            // One at a time may be borrowed to be changed: the list itself, or what is in it.
            _ => vec![self],
        }
    }

    /// Changes one field somewhere below.
    pub fn change(&mut self, random: &mut Random) {
        let mut fields = self.fields();
        if fields.is_empty() {
            return;
        }
        let at = random.below(fields.len());
        let field = &mut *fields[at];
        if !field.inside.is_empty() && !random.one_in(3) {
            let at = random.below(field.inside.len());
            return field.inside[at].change(random);
        }
        field.change_itself(random);
    }

    fn change_itself(&mut self, random: &mut Random) {
        match self.of {
            Number(bits) => {
                let was = self.head.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
                let number = random.edge(*bits, was);
                self.head = number.to_be_bytes()[8 - *bits as usize / 8..].to_vec();
            }
            Bytes(count) => match random.below(6) {
                0 => self.head.fill(0),
                1 => self.head = random.bytes(*count),
                2 => self.head.fill(0xff),
                3 if *count == 32 => self.head = crate::state::EMPTY.0.to_vec(),
                _ => {
                    let bit = random.below(count * 8);
                    self.head[bit / 8] ^= 1 << (bit % 8);
                }
            },
            Text(most) => self.change_text(random, *most),
            Type::Option(of) => match (random.below(4), self.inside.is_empty()) {
                (0, _) => self.head = vec![random.of(&[2, 3, 0x80, 0xff])],
                (1, _) => self.head[0] ^= 1,
                (_, true) => {
                    self.head = vec![1];
                    self.inside.push(Self::least(of, self.name));
                }
                (_, false) => {
                    self.head = vec![0];
                    self.inside.clear();
                }
            },
            List(of, most) => self.change_list(random, of, *most),
            Enum(variants) => {
                let other = random.below(variants.len());
                match random.below(4) {
                    0 => self.head = (variants.len() as u32).to_be_bytes().to_vec(),
                    1 => self.head = random.of(&[[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0xff; 4]]).to_vec(),
                    2 => self.head[3] = other as u8,
                    _ => {
                        self.head[3] = other as u8;
                        self.inside = vec![Self::least(&variants[other], self.name)];
                    }
                }
            }
            Struct(_) => self.change(random),
        }
    }

    fn change_text(&mut self, random: &mut Random, most: usize) {
        let mut text = self.head[1..].to_vec();
        let odd: &[&[u8]] = &[
            b"\0",
            b"\n",
            b"\x7f",
            b"\xc2\x80",
            b"\xc2\x9f",
            b"\xc2\xa0",
            b"\xff",
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xe2\x80\xa8",
            b"\xef\xbb\xbf",
            b"A",
            b"-",
            b"0",
            b" ",
            b"e\xcc\x81",
            b"\xf0\x9f\x8e\x93",
        ];
        match random.below(6) {
            0 => text.clear(),
            1 => text = random.bytes(most.min(5)),
            2 => text.resize(most + random.below(3) - 1, b'a'),
            3 => {
                let at = random.cut(text.len());
                text.splice(at..at, random.pick(odd).iter().copied());
            }
            4 => text.truncate(random.cut(text.len())),
            _ => text = random.pick(odd).to_vec(),
        }
        let length = if random.one_in(12) { random.next() as u8 } else { text.len() as u8 };
        self.head = [vec![length], text].concat();
    }

    fn change_list(&mut self, random: &mut Random, of: &'static Type, most: usize) {
        let count = self.inside.len();
        let copy = |node: &Self| {
            let bytes = node.write();
            Self { of: node.of, name: node.name, head: bytes, inside: vec![] }
        };
        match random.below(10) {
            0 if count > 0 => drop(self.inside.remove(random.below(count))),
            1 if count > 0 => {
                let one = copy(&self.inside[random.below(count)]);
                self.inside.insert(random.cut(count), one);
            }
            2 if count > 1 => self.inside.swap(random.below(count), random.below(count)),
            3 if count > 1 => self.inside.reverse(),
            4 => self.inside.clear(),
            5 => {
                // As many as there may be, or one more; for long lists that is the limits' matter.
                let full = most.min(260) + random.below(2);
                while self.inside.len() < full {
                    self.inside.push(Self::least(of, self.name));
                }
            }
            6 => {
                let claimed = random.edge(16, count as u64) as u16;
                self.head = claimed.to_be_bytes().to_vec();
                return;
            }
            _ => self.inside.insert(random.cut(count), Self::least(of, self.name)),
        }
        self.head = (self.inside.len() as u16).to_be_bytes().to_vec();
    }
}
