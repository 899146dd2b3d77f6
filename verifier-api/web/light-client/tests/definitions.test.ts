/** Types that come with a bundle: what is read of them, what is not, and what the ledger has to say of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromHex, hex, toBase64url, toUtf8 } from '../src/bytes.js';
import { readBundle, writeBundle } from '../src/bundle.js';
import { readDefinition } from '../src/definition.js';
import { sha256, thumbprint } from '../src/hash.js';
import { outline, present } from '../src/holder.js';
import { leafHash } from '../src/merkle.js';
import type { Receipt } from '../src/formats.js';
import { KNOWN } from '../src/schema.js';
import type { Field, ListShape, ObjectShape, Schema, Shape } from '../src/schema.js';
import type { Batch, Claim, Report } from '../src/types.js';
import { verify } from '../src/verify.js';
import { checkpoint, credential, issuer, prove } from './crafted-ledger.js';
import { codeOf } from './support.js';

const DEFINITIONS = join(process.cwd(), '../../../credential/definitions');

// ---- The types that are known by heart --------------------------------------------------------------------------

/** Without the words for people, which a table does not have. */
function bare({ title: _, top, ...schema }: Schema): Schema {
  return { ...schema, top: bareObject(top) };
}

function bareObject({ kind, members }: ObjectShape): ObjectShape {
  const bareField = ({ shape, sensitive }: Field): Field => ({ shape: bareShape(shape), sensitive });
  return { kind, members: new Map([...members].map(([name, field]) => [name, bareField(field)])) };
}

function bareShape(shape: Shape): Shape {
  if (shape.kind === 'object') return bareObject(shape);
  return shape.kind === 'list' ? { ...shape, element: bareObject(shape.element) } : shape;
}

/** Names in order: two maps are equal whatever their order. */
function names(shape: Shape): unknown {
  if (shape.kind === 'list') return names(shape.element);
  return shape.kind === 'object' ? [...shape.members].map(([name, field]) => [name, names(field.shape)]) : [];
}

for (const known of KNOWN) {
  test(`definitions: ${known.id} is known by heart`, () => {
    const text = toBase64url(readFileSync(join(DEFINITIONS, `${known.id}-${known.version}.json`)));
    const schema = readDefinition([text]);
    assert.deepEqual(bare(schema), known);
    assert.deepEqual(names(schema.top), names(known.top));
  });
}

// ---- What is read -----------------------------------------------------------------------------------------------

type Members = Readonly<Record<string, unknown>>;

const claim = (name: string, more: Members): Members => ({ name, vi: `Nhãn ${name}`, en: `Label ${name}`, ...more });
const text = (name: string, more: Members = {}): Members => claim(name, { format: 'text', ...more });
const encoded = (value: unknown): string => toBase64url(toUtf8(typeof value === 'string' ? value : JSON.stringify(value)));
const digestOf = (value: unknown): string => hex(sha256(toUtf8(JSON.stringify(value))));

const TRADES: Members = {
  'sogoc-codes': 1,
  id: 'nghe-pho-thong',
  version: 3,
  title: { vi: 'Nghề', en: 'Trades' },
  codes: [{ code: 'TH', vi: 'Tin học', en: 'Informatics' }, { code: 'DD', vi: 'Điện dân dụng', en: 'Home electrics' }],
};
const LEVELS: Members = { ...TRADES, id: 'bac', version: 1 };

const referring = (list: Members): Members => ({ codes: { list: list['id'], version: list['version'], digest: digestOf(list) } });
const person = claim('person', { group: [text('name'), text('note', { optional: true, sensitive: true })] });
const listed = (list: Members): Members => claim('units', { list });
const units = { key: text('unit'), members: [claim('level', referring(LEVELS)), claim('mark', { format: 'mark' })], slots: 64 };

const TRADE: Members = {
  'sogoc-schema': 1,
  id: 'nghe',
  version: 2,
  title: { vi: 'Giấy chứng nhận nghề', en: 'Certificate of trade' },
  claims: [
    person,
    claim('trade', referring(TRADES)),
    listed(units),
    claim('again', { ...referring(TRADES) }),
    claim('place', { object: [text('province'), claim('since', { format: 'date' })] }),
    claim('scan', { 'file-digest': true }),
  ],
  table: { anything: [1] },
};
const TEXTS = [TRADE, TRADES, LEVELS];
const read = (...texts: readonly unknown[]): Schema => readDefinition(texts.map(encoded));
const code = (...texts: readonly unknown[]): string | undefined => codeOf(() => read(...texts));

test('definitions: a type with groups, lists and codes', () => {
  const schema = read(...TEXTS);
  assert.deepEqual([schema.id, schema.version, schema.title], ['nghe', 2, TRADE['title']]);
  assert.equal(schema.digest, digestOf(TRADE));
  assert.deepEqual([...schema.top.members.keys()], ['person', 'trade', 'units', 'again', 'place', 'scan']);
  const note = (schema.top.members.get('person')?.shape as ObjectShape).members.get('note');
  assert.deepEqual(note, { shape: { kind: 'text', form: 'text' }, sensitive: true, label: { vi: 'Nhãn note', en: 'Label note' } });
  const list = schema.top.members.get('units')?.shape as ListShape;
  assert.deepEqual([list.key, list.slots, [...list.element.members.keys()]], ['unit', 64, ['unit', 'level', 'mark']]);
  const trade = schema.top.members.get('trade')?.shape;
  assert.ok(trade?.kind === 'text');
  assert.deepEqual(trade.codes, new Map([
    ['TH', { vi: 'Tin học', en: 'Informatics' }], ['DD', { vi: 'Điện dân dụng', en: 'Home electrics' }],
  ]));
});

const many = (count: number, made: (at: number) => unknown): unknown[] => Array.from({ length: count }, (_, at) => made(at));
const withClaims = (...claims: readonly unknown[]): Members => ({ ...TRADE, claims });
const inGroup = (...claims: readonly unknown[]): Members => withClaims(claim('group', { group: claims }));
const inObject = (...claims: readonly unknown[]): Members => withClaims(claim('object', { object: claims }));
const drop = (from: Members, name: string): Members => Object.fromEntries(Object.entries(from).filter(([each]) => each !== name));

const SOUND: readonly (readonly [string, Members])[] = [
  ['the least', drop(withClaims(text('a')), 'table')],
  ['64 claims', withClaims(...many(64, (at) => text(`a${at}`)))],
  ['the last version', { ...withClaims(text('a')), version: 65_535 }],
  ['a name of 64 bytes', withClaims(text('a'.repeat(64)))],
  ['an id of 40 bytes', { ...withClaims(text('a')), id: 'a'.repeat(40) }],
  ['a label of 200 bytes', withClaims({ ...text('a'), vi: 'ơ'.repeat(100) })],
  ['names inside containers, and those around them', withClaims(text('a'), claim('o', { object: [text('a'), text('iss')] }))],
  ['a key with a name of the top', withClaims(text('unit'), listed({ key: text('unit'), members: [text('b')], slots: 1 }))],
  ...['text', 'date', 'year', 'school_year', 'mark', 'level', 'count', 'sex', 'yes-no', 'personal_id', 'media_type'].map(
    (format) => [`form ${format}`, withClaims(claim('a', { format }))] as const,
  ),
];

for (const [description, definition] of SOUND) {
  test(`definitions: ${description}`, () => {
    assert.equal(code(definition), undefined);
  });
}

// ---- What is not: every rule broken once -------------------------------------------------------------------------

const of = (key: string, ...members: readonly string[]): Members => ({ key: text(key), members: members.map((name) => text(name)), slots: 1 });
const PLAIN = withClaims(text('a'));
const padded = (bytes: number): Members => ({ ...PLAIN, table: { x: 'x'.repeat(bytes) } });
/** Of so many bytes. */
const long = (bytes: number): Members => padded(bytes - toUtf8(JSON.stringify(padded(0))).length);

const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['no JSON', '{'],
  ['no object', []],
  ['a member twice', JSON.stringify(PLAIN).replace('"id"', '"version":2,"id"')],
  ['too deep', { ...PLAIN, table: { a: [[[[[[[]]]]]]] } }],
  ['a byte order mark', `\ufeff${JSON.stringify(PLAIN)}`],
  ['a byte too many', long(16_385)],
  ['no format', drop(PLAIN, 'sogoc-schema')],
  ['a format in words', { ...PLAIN, 'sogoc-schema': '1' }],
  ['a format below zero', { ...PLAIN, 'sogoc-schema': -1 }],
  ...['id', 'version', 'title', 'claims'].map((name) => [`no ${name}`, drop(PLAIN, name)] as const),
  ['a member more', { ...PLAIN, note: '' }],
  ['a table that is a list', { ...PLAIN, table: [] }],
  ['a table that is null', { ...PLAIN, table: null }],
  ['an id that is no name', { ...PLAIN, id: 'Nghe' }],
  ['an id of 41 bytes', { ...PLAIN, id: 'a'.repeat(41) }],
  ['an id that is a number', { ...PLAIN, id: 7 }],
  ['version 0', { ...PLAIN, version: 0 }],
  ['version 65536', { ...PLAIN, version: 65_536 }],
  ['a version in words', { ...PLAIN, version: '1' }],
  ['a title that is text', { ...PLAIN, title: 'Nghề' }],
  ['a title in one language', { ...PLAIN, title: { vi: 'Nghề' } }],
  ['a title in three languages', { ...PLAIN, title: { vi: 'Nghề', en: 'Trade', fr: 'Métier' } }],
  ['an empty title', { ...PLAIN, title: { vi: '', en: 'Trade' } }],
  ['no claims', withClaims()],
  ['65 claims', withClaims(...many(65, (at) => text(`a${at}`)))],
  ['claims that are no list', { ...PLAIN, claims: text('a') }],
  ['a claim that is text', withClaims('a')],
  ...['name', 'vi', 'en', 'format'].map((name) => [`a claim without ${name}`, withClaims(drop(text('a'), name))] as const),
  ['a claim with a member more', withClaims({ ...text('a'), note: '' })],
  ['a claim of two kinds', withClaims({ ...text('a'), 'file-digest': true })],
  ['a claim that is optional, or not', withClaims(text('a', { optional: false }))],
  ['a claim that is sensitive, or not', withClaims(text('a', { sensitive: null }))],
  ['an empty name', withClaims(text(''))],
  ['a name with a capital letter', withClaims(text('aB'))],
  ['a name with a hyphen', withClaims(text('a-b'))],
  ['a name that begins with a digit', withClaims(text('1a'))],
  ['a name that ends with a line', withClaims(text('a\n'))],
  ['a name of 65 bytes', withClaims(text('a'.repeat(65)))],
  ['a label of 201 bytes', withClaims({ ...text('a'), en: 'a'.repeat(201) })],
  ['a label of 202 bytes and 101 characters', withClaims({ ...text('a'), vi: 'ơ'.repeat(101) })],
  ['a label with a space at its end', withClaims({ ...text('a'), vi: 'a ' })],
  ['a label with a control character', withClaims({ ...text('a'), vi: 'a\u0085b' })],
  ['a label that is not in NFC', withClaims({ ...text('a'), vi: 'e\u0302' })],
  ['a label that is a number', withClaims({ ...text('a'), en: 1 })],
  ['a form that nobody knows', withClaims(claim('a', { format: 'colour' }))],
  ['a form by a name of every object', withClaims(claim('a', { format: 'constructor' }))],
  ['a file digest as a form', withClaims(claim('a', { format: 'file_digest' }))],
  ['a form that is a list', withClaims(claim('a', { format: ['text'] }))],
  ['a file digest, or not', withClaims(claim('a', { 'file-digest': false }))],
  ['a group in a group', inGroup(claim('b', { group: [text('c')] }))],
  ['a list in a group', inGroup(listed({ ...units, members: [text('b')] }))],
  ['a group in an object', inObject(claim('b', { group: [text('c')] }))],
  ['an object in an object', inObject(claim('b', { object: [text('c')] }))],
  ['a list in an object', inObject(listed({ ...units, members: [text('b')] }))],
  ['a file digest in an object', inObject(claim('b', { 'file-digest': true }))],
  ['an empty group', inGroup()],
  ['65 in a group', inGroup(...many(65, (at) => text(`a${at}`)))],
  ['an empty object', inObject()],
  ['65 in an object', inObject(...many(65, (at) => text(`a${at}`)))],
  ['a name twice at the top', withClaims(text('a'), text('a'))],
  ['a name twice in a group', inGroup(text('a'), text('a'))],
  ['a name twice in an object', inObject(text('a'), text('a'))],
  ['a name at the top and in a group', withClaims(person, text('name'))],
  ['a name in a group and at the top', withClaims(text('name'), person)],
  ['a name in two groups', withClaims(person, claim('signer', { group: [text('name')] }))],
  ['a group that is named as its member', withClaims(claim('name', { group: [text('name')] }))],
  ...['iss', 'vct', 'schema', 'date', 'exp', 'cnf', 'ledger'].flatMap((name) => [
    [`${name} at the top`, withClaims(text(name))] as const, [`${name} in a group`, inGroup(text(name))] as const,
  ]),
  ...['key', 'members', 'slots'].map((name) => [`a list without ${name}`, withClaims(listed(drop({ ...units, members: [text('b')] }, name)))] as const),
  ...([
    ['with a member more', { order: 1 }],
    ['of no slots', { slots: 0 }],
    ['of 65 slots', { slots: 65 }],
    ['of slots in words', { slots: '16' }],
    ['of nothing', { members: [] }],
    ['of 65 members', { members: many(65, (at) => text(`a${at}`)) }],
    ['with its key as a member', { members: [text('unit')] }],
    ['with a member twice', { members: [text('b'), text('b')] }],
    ['of objects', { members: [claim('b', { object: [text('c')] })] }],
    ['of files', { members: [claim('b', { 'file-digest': true })] }],
    ['of lists', { members: [listed({ key: text('k'), members: [text('b')], slots: 1 })] }],
    ['whose key is a date', { key: claim('unit', { format: 'date' }) }],
    ['whose key is optional', { key: text('unit', { optional: true }) }],
    ['whose key is sensitive', { key: text('unit', { sensitive: true }) }],
    ['whose key has no label', { key: drop(text('unit'), 'vi') }],
    ['whose key is text', { key: 'unit' }],
  ] as const).map(([description, more]) => [`a list ${description}`, withClaims(listed({ ...units, members: [text('b')], ...more }))] as const),
  ['a list with the key of one before it as a member', withClaims(listed(of('a', 'b')), claim('more', { list: of('c', 'a') }))],
  ['a list with the key of one after it as a member', withClaims(listed(of('a', 'b')), claim('more', { list: of('b', 'c') }))],
];

test('definitions: the definition that hostile ones are made of, and as many bytes as there may be', () => {
  assert.equal(code(PLAIN), undefined);
  assert.equal(code(long(16_384)), undefined);
  assert.equal(code({ ...PLAIN, table: { a: [[[[[[]]]]]] } }), undefined);
  assert.equal(code(withClaims(listed({ ...units, members: [text('b')] }))), undefined);
  assert.equal(code(withClaims(listed(of('a', 'b')), claim('more', { list: of('a', 'b') }))), undefined);
});

for (const [description, definition] of HOSTILE) {
  test(`definitions: malformed: ${description}`, () => {
    assert.equal(code(definition), 'definition-malformed');
  });
}

const ONE = withClaims(claim('trade', referring(TRADES)));
/** A schema that refers to a list as it is. */
const toList = (list: Members): unknown[] => [withClaims(claim('trade', referring(list))), list];
const codesOf = (...codes: readonly unknown[]): Members => ({ ...TRADES, codes });
/** Short ones: they have to fit into a text. */
const manyCodes = (count: number): Members => codesOf(...many(count, (at) => ({ code: at.toString(36), vi: 'a', en: 'b' })));
const tin = { code: 'TH', vi: 'Tin học', en: 'Informatics' };

const HOSTILE_LISTS: readonly (readonly [string, readonly unknown[]])[] = [
  ['a list that is missing', [ONE]],
  ['a list that nobody refers to', [PLAIN, TRADES]],
  ['a list twice', [ONE, TRADES, TRADES]],
  ['lists in another order', [TRADE, LEVELS, TRADES]],
  ['another list', [ONE, LEVELS]],
  ['a list with another title', [ONE, { ...TRADES, title: { vi: 'Khác', en: 'Other' } }]],
  ['a reference to another id', [withClaims(claim('a', { codes: { ...referring(TRADES)['codes'] as object, list: 'khac' } })), TRADES]],
  ['a reference to another version', [withClaims(claim('a', { codes: { ...referring(TRADES)['codes'] as object, version: 4 } })), TRADES]],
  ['a later reference to another version', [
    withClaims(claim('b', referring(TRADES)), claim('a', { codes: { ...referring(TRADES)['codes'] as object, version: 4 } })), TRADES,
  ]],
  ['a reference with a member more', [withClaims(claim('a', { codes: { ...referring(TRADES)['codes'] as object, note: 1 } })), TRADES]],
  ['a reference without a digest', [withClaims(claim('a', { codes: { list: 'nghe-pho-thong', version: 3 } })), TRADES]],
  ['a digest in capital letters', [
    withClaims(claim('a', { codes: { list: 'nghe-pho-thong', version: 3, digest: digestOf(TRADES).toUpperCase() } })), TRADES,
  ]],
  ['codes as the key of a list', [withClaims(listed({ key: claim('unit', referring(TRADES)), members: [text('b')], slots: 1 })), TRADES]],
  ['a list without a format', toList(drop(TRADES, 'sogoc-codes'))],
  ...['id', 'version', 'title', 'codes'].map((name) => [`a list without ${name}`, toList({ ...drop(TRADES, name) })] as const),
  ['a list with a member more', toList({ ...TRADES, table: {} })],
  ['a schema in the place of a list', [ONE, PLAIN]],
  ['a list in the place of a schema', [TRADES]],
  ['a list whose title is in one language', toList({ ...TRADES, title: { vi: 'Nghề' } })],
  ['no codes', toList(codesOf())],
  ['501 codes', toList(manyCodes(501))],
  ['a code twice', toList(codesOf(tin, { ...tin, vi: 'Khác' }))],
  ['a code that is text', toList(codesOf('TH'))],
  ['a code without a label', toList(codesOf({ code: 'TH', vi: 'Tin học' }))],
  ['a code with a member more', toList(codesOf({ ...tin, note: 1 }))],
  ['a code that is a number', toList(codesOf({ ...tin, code: 1 }))],
  ['an empty code', toList(codesOf({ ...tin, code: '' }))],
  ['a code of 201 bytes', toList(codesOf({ ...tin, code: 'a'.repeat(201) }))],
  ['a code with a space before it', toList(codesOf({ ...tin, code: ' TH' }))],
  ['a label of a code that is empty', toList(codesOf({ ...tin, en: '' }))],
];

for (const [description, texts] of HOSTILE_LISTS) {
  test(`definitions: malformed: ${description}`, () => {
    assert.equal(code(...texts), 'definition-malformed');
  });
}

test('definitions: as many codes as there may be, and as long', () => {
  assert.equal(code(...toList(manyCodes(500))), undefined);
  assert.equal(code(...toList(codesOf({ ...tin, code: 'a'.repeat(200) }))), undefined);
});

test('definitions: of a later format', () => {
  const later = { ...TRADE, 'sogoc-schema': 2 };
  for (const format of [0, 2, 18_446_744_073_709_551_615n]) {
    const definition = JSON.stringify(PLAIN).replace('"sogoc-schema":1', `"sogoc-schema":${format}`);
    assert.equal(code(definition), 'definition-unknown-format');
  }
  assert.equal(code({ 'sogoc-schema': 2, whatever: [] }), 'definition-unknown-format');
  assert.equal(code(later, '{'), 'definition-unknown-format');
  assert.equal(codeOf(() => readDefinition([encoded(later), '='])), 'definition-unknown-format');
  const list = { ...TRADES, 'sogoc-codes': 2 };
  assert.equal(code(...toList(list)), 'definition-unknown-format');
  // Of every text it is asked whether it can be read, before what it says.
  assert.equal(code({ ...PLAIN, id: '' }, list), 'definition-unknown-format');
  assert.equal(code('{', list), 'definition-malformed');
  assert.equal(codeOf(() => readDefinition(['=', encoded(list)])), 'definition-malformed');
});

// ---- In a bundle ------------------------------------------------------------------------------------------------

const DEFINED = TEXTS.map(encoded);
const disclosure = (json: string): string => encoded(json);
const digest = (disclosed: string): string => toBase64url(sha256(toUtf8(disclosed)));

const name = disclosure('["s","name","Lan"]');
const note = disclosure('["s","note","riêng"]');
const DISCLOSURES = [
  name, note,
  disclosure(`["s","person",{"_sd":["${digest(name)}","${digest(note)}"]}]`),
  disclosure('["s","trade","TH"]'),
  disclosure('["s","units",[{"unit":"Một/hai","level":"DD","mark":"9.0"}]]'),
];
const ISSUED = { vct: 'urn:sogoc:nghe:2', schema: '2', _sd: [2, 3, 4].map((at) => digest(DISCLOSURES[at] ?? '')) };

interface Asked {
  readonly members?: Members;
  readonly shown?: readonly string[];
  readonly definitions?: readonly string[];
  readonly batch?: Partial<Batch>;
}

const BATCH: Partial<Batch> = { documentType: 'nghe', schema: 2, definition: fromHex(digestOf(TRADE)) };

function bundleOf({ members = ISSUED, shown = DISCLOSURES, definitions = DEFINED, batch = BATCH }: Asked): Uint8Array {
  const { jwt, key } = credential(members);
  const grants = ['nghe', 'da-ky'].map((documentType) => ({ documentType, from: 0, until: undefined, decision: '' }));
  const proof = prove({ batch: { root: leafHash(toUtf8(jwt)), key: thumbprint(key), ...batch }, school: { ...issuer, grants } });
  const receipt: Receipt = { proof, index: 0, path: [], status: undefined };
  return writeBundle({ credential: [jwt, ...shown, ''].join('~'), receipt, openings: [], history: [], evidence: [], definitions });
}

const ask = (asked: Asked): Report => verify({ bundle: bundleOf(asked), checkpoint, now: 1n });
const reason = ({ verdict, error, checks }: Report): string => (
  [verdict, error ?? checks.find((check) => check.code !== undefined)?.code].filter(Boolean).join(' ')
);

test('definitions: a document of a type that the ledger defines', () => {
  const report = ask({});
  assert.equal(reason(report), 'valid');
  const { document } = report;
  assert.ok(document);
  assert.deepEqual([document.vct, document.type, document.schema], ['urn:sogoc:nghe:2', 'nghe', '2']);
  assert.deepEqual(document.notShown, ['again', 'place', 'scan']);
  const all = (claims: readonly Claim[]): Claim[] => claims.flatMap((each) => [each, ...all(each.members ?? [])]);
  assert.deepEqual(all(document.claims).map(({ path }) => path), [
    'person', 'person/name', 'person/note', 'trade', 'units', 'units/Một~1hai', 'units/Một~1hai/level', 'units/Một~1hai/mark',
  ]);
  assert.equal(document.known, false);
  const { title, labels, codes } = document.definition ?? assert.fail();
  assert.deepEqual([...codes].map(([path, list]) => [path, list.get('DD')?.en]), [
    ['trade', 'Home electrics'], ['units//level', 'Home electrics'], ['again', 'Home electrics'],
  ]);
  assert.deepEqual(title, TRADE['title']);
  assert.deepEqual([...labels].map(([path, { en }]) => [path, en]), [
    ['person', 'Label person'], ['person/name', 'Label name'], ['person/note', 'Label note'], ['trade', 'Label trade'],
    ['units', 'Label units'], ['units//unit', 'Label unit'], ['units//level', 'Label level'], ['units//mark', 'Label mark'],
    ['again', 'Label again'], ['place', 'Label place'], ['place/province', 'Label province'], ['place/since', 'Label since'],
    ['scan', 'Label scan'],
  ]);
});

test('definitions: what does not fit the type that came with it', () => {
  const shown = (json: string): string => {
    const own = disclosure(json);
    return reason(ask({ members: { ...ISSUED, _sd: [digest(own)] }, shown: [own] }));
  };
  assert.equal(shown('["s","trade","DD"]'), 'valid');
  for (const wrong of ['["s","trade","Tin học"]', '["s","trade","th"]', '["s","trade",1]', '["s","name","Lan"]', '["s","again",""]']) {
    assert.equal(shown(wrong), 'invalid claim-not-of-schema', wrong);
  }
});

test('definitions: what the ledger says of the type that came with it', () => {
  assert.equal(reason(ask({ batch: { ...BATCH, definition: undefined } })), 'invalid definition-differs');
  assert.equal(reason(ask({ batch: { ...BATCH, definition: new Uint8Array(32) } })), 'invalid definition-differs');
  assert.equal(reason(ask({ batch: { ...BATCH, schema: 3, definition: undefined } })), 'invalid record-differs');
  const differing = ask({ batch: { ...BATCH, definition: undefined } });
  assert.equal(differing.checks.find(({ code }) => code !== undefined)?.check, 'on-ledger');
  assert.ok(differing.anchor && differing.proven === undefined);
  // Its words are not to be shown, whatever they are; nor those of what nobody has verified.
  assert.deepEqual([differing.document?.known, differing.document?.definition], [false, undefined]);
  assert.equal(outline(bundleOf({})).definition, undefined);
  assert.equal(reason(ask({ definitions: [] })), 'cannot-check type-unknown');
  assert.equal(reason(ask({ members: { ...ISSUED, schema: '3' } })), 'cannot-check schema-version-unknown');
  const other = [encoded({ ...PLAIN, id: 'khac' })];
  assert.equal(reason(ask({ definitions: other })), 'cannot-check type-unknown');
});

test('definitions: what the ledger says of a type that is known by heart', () => {
  const known = KNOWN.find(({ id }) => id === 'da-ky') ?? assert.fail();
  const file = { members: {}, shown: [], definitions: [] };
  assert.equal(reason(ask({ ...file, batch: {} })), 'valid');
  assert.equal(reason(ask({ ...file, batch: { definition: fromHex(known.digest) } })), 'valid');
  const missing = ask({ ...file, batch: { definition: new Uint8Array(32) } });
  assert.equal(reason(missing), 'cannot-check definition-missing');
  assert.deepEqual(missing.checks.find(({ code }) => code !== undefined), { check: 'on-ledger', outcome: 'cannot-check', code: 'definition-missing' });
  assert.equal(reason(ask({ ...file, batch: { schema: 2, definition: new Uint8Array(32) } })), 'invalid record-differs');
  // One with another `vct` beside it changes nothing.
  assert.equal(reason(ask({ ...file, definitions: DEFINED, batch: {} })), 'valid');
});

test('definitions: a type that is known by heart, brought all the same', () => {
  const own = toBase64url(readFileSync(join(DEFINITIONS, 'da-ky-1.json')));
  const file = { members: {}, shown: [], definitions: [own] };
  const report = ask({ ...file, batch: { definition: fromHex(KNOWN.find(({ id }) => id === 'da-ky')?.digest ?? '') } });
  assert.deepEqual([reason(report), report.document?.known, report.document?.definition], ['valid', true, undefined]);
  assert.equal(reason(ask({ ...file, batch: {} })), 'invalid definition-differs');
  const another = { ...PLAIN, id: 'da-ky', version: 1 };
  const forged = ask({ ...file, definitions: [encoded(another)], batch: {} });
  assert.deepEqual([reason(forged), forged.document?.known], ['invalid definition-differs', false]);
  const anew = ask({ ...file, definitions: [encoded(another)], batch: { definition: fromHex(digestOf(another)) } });
  assert.deepEqual([reason(anew), anew.document?.definition?.title], ['valid', PLAIN['title']]);
});

test('definitions: a presentation keeps them as they are', () => {
  const bundle = bundleOf({});
  const shown = present(bundle, ['trade']);
  assert.deepEqual(readBundle(shown).definitions, DEFINED);
  assert.deepEqual(outline(shown).claims.map(({ path }) => path), ['trade']);
  assert.equal(verify({ bundle: shown, checkpoint, now: 1n }).verdict, 'valid');
  // What is sensitive there stays back here.
  const usual = outline(present(bundle, ['*'])).claims[0];
  assert.deepEqual(usual?.members?.map(({ path }) => path), ['person/name']);
});

test('definitions: as a member of the bundle', () => {
  const file = (definitions: unknown, more: Members = {}): string | undefined => {
    const members = JSON.parse(new TextDecoder().decode(bundleOf({}))) as Members;
    return codeOf(() => readBundle(toUtf8(JSON.stringify({ ...members, definitions, ...more }))));
  };
  assert.equal(file(DEFINED), undefined);
  for (const none of [null, {}, DEFINED[0], [1]]) assert.equal(file(none), 'not-a-bundle');
  assert.equal(file([]), 'definition-malformed');
  assert.equal(file(DEFINED.map((each) => `${each}=`)), 'definition-malformed');
  const lists = many(7, (at) => ({ ...TRADES, id: `list-${at}` })) as Members[];
  const eight = [withClaims(...lists.map((list, at) => claim(`a${at}`, referring(list)))), ...lists].map(encoded);
  assert.equal(file(eight), undefined);
  const later = encoded({ 'sogoc-schema': 2 });
  assert.equal(file([later]), 'definition-unknown-format');
  assert.equal(file([...many(9, () => later)]), 'definition-malformed');
  // Their number comes after that of the evidences and before the receipt, their contents after all else.
  assert.equal(file([], { evidence: many(5, () => 'AA') }), 'evidence-malformed');
  assert.equal(file([], { receipt: '=' }), 'definition-malformed');
  assert.equal(file([later], { receipt: '=' }), 'not-a-bundle');
  assert.equal(file([later], { evidence: ['='] }), 'evidence-malformed');
});
