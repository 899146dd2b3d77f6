/** Nothing that the page can meet lacks its words: what the types cannot know is compared with FORMATS and the schemas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bySubject, ESSENTIAL, isTypeId, labelOf } from '../src/claims.js';
import { remedyFor } from '../src/remedies.js';
import type { ReasonCode } from '../src/text/dictionary.js';
import { certificates } from '../src/certificates/part.js';
import { en } from '../src/text/en.js';
import { vi } from '../src/text/vi.js';
import { chapter, readJson } from './repository.js';

/** Every text with its path; a function is called with stand-ins. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String((value as (...given: unknown[]) => unknown)(...Array(value.length).fill('7')))]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => texts(member, `${path}/${name}`));
}

test('both languages say the same things, and say something', () => {
  const paths = (dictionary: unknown): string[] => texts(dictionary).map(([path]) => path).filter((path) => !path.startsWith('/gloss/')).sort();
  assert.deepEqual(paths(en), paths(vi));
  for (const [path, text] of [...texts(en), ...texts(vi)]) {
    assert.notEqual(text.trim(), '', path);
    assert.equal(text, text.normalize('NFC'), `${path} is not NFC`);
    assert.doesNotMatch(text, /undefined|\[object/, path);
  }
});

test('nothing was left untranslated', () => {
  // Names, signs and words that both languages share.
  const same = new Set(['/colon', '/brand/name', '/bytes', '/list/only']);
  const english = new Map(texts(en));
  for (const [path, text] of texts(vi)) if (!same.has(path)) assert.notEqual(english.get(path), text, path);
});

test('sentences end as sentences do', () => {
  for (const dictionary of [vi, en]) {
    for (const part of [dictionary.reasons, dictionary.remedies, dictionary.checks.passed, dictionary.staleness]) {
      for (const [path, text] of texts(part)) assert.match(text, /^\p{Lu}.*\.$/u, path);
    }
  }
});

/** In the text of those chapters, and no codes: checks, types, forms, members, other words. */
const NO_CODES = new Set([
  'cannot-check', 'issuer-signature', 'on-ledger', 'issuer-entitled', 'holder-binding', 'hoc-ba-thcs', 'hoc-ba-thpt',
  'bang-tn-thpt', 'da-ky', 'yes-no', 'sha-256', 'sogoc-bundle', 'sogoc-checkpoint', 'sogoc-schema', 'sogoc-codes',
  'not-a-set', 'other-sets',
]);

test('every code of a verification that FORMATS names has a reason', () => {
  const named = new Set<string>();
  for (const number of [11, 13, 14, 15]) {
    for (const [, code] of chapter(number).matchAll(/`([a-z]+(?:-[a-z0-9]+)+)`/g)) if (code !== undefined && !NO_CODES.has(code)) named.add(code);
  }
  assert.ok(named.size > 50, `only ${named.size} codes were found`);
  for (const code of ['revoked', 'superseded', 'suspended', 'expired', ...named]) {
    assert.ok(Object.hasOwn(vi.reasons, code), `${code} is not explained`);
  }
});

test('every code of a certificate that FORMATS names is explained, and no other', () => {
  const named = new Set([...chapter(22).matchAll(/`(binding-[a-z-]+)/g)].map(([, code]) => code));
  assert.equal(named.size, 20);
  for (const words of Object.values(certificates.texts)) {
    assert.deepEqual(new Set(Object.keys(words.codes)), named);
    for (const [path, text] of texts(words.codes)) assert.match(text, /^\p{Lu}.*\.$/u, path);
  }
  const paths = (words: unknown): string[] => texts(words).map(([path]) => path);
  assert.deepEqual(paths(certificates.texts.en), paths(certificates.texts.vi));
});

test('a reason why something cannot be checked never sends people for another file', () => {
  const sentences = chapter(15).split('\n').filter((line) => line.includes('*cannot check*'));
  for (const code of Object.keys(vi.reasons) as ReasonCode[]) {
    const cannot = sentences.some((line) => line.slice(line.indexOf('*cannot check*')).includes(`\`${code}\``));
    if (cannot) assert.notEqual(remedyFor(code), 'ask-again', code);
  }
  assert.equal(remedyFor('issuer-signature-invalid'), 'ask-again');
});

test('no reason is explained that nobody can meet', () => {
  const formats = [11, 13, 14, 15].map(chapter).join('');
  for (const code of Object.keys(vi.reasons)) if (code !== 'no-anchor' && code !== 'internal') assert.ok(formats.includes(`\`${code}\``), code);
});

test('every problem that is explained is one of FORMATS', () => {
  for (const code of Object.keys(vi.problems)) assert.ok(chapter(16).includes(`\`${code}\``), code);
});

/** Of transactions, motions and definitions. */
const NEVER_ASKED = ['pool-full', 'unknown-motion', 'unknown-definition'];
/** The part of the page that asks has its own words for it. */
const BY_A_PART = ['no-roots'];

test('what a server may answer to the questions of this page is explained', () => {
  // It only asks, by GET: what is not found, and what the server cannot do now. Other codes are shown as they are.
  const answers = chapter(16).split('\n').filter((line) => /^\| (403|404|500|503) /.test(line));
  assert.equal(answers.length, 4);
  const codes = [...answers.join('').matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, code]) => code ?? '');
  for (const code of ['too-many-requests', ...codes]) {
    if (![...NEVER_ASKED, ...BY_A_PART].includes(code)) assert.ok(Object.hasOwn(vi.problems, code), `${code} is not explained`);
  }
  assert.match(vi.problem('new-code'), /new-code/);
});

interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** English of the page for readers who know no Vietnamese school, where the schema's title would tell them little. */
const OWN_ENGLISH: Readonly<Record<string, string>> = {
  'da-ky': 'Digitally signed document', study: 'School and class', 'result/learning': 'Academic performance',
  'result/promoted': 'Promoted to the next grade',
};

const ENVELOPE = ['cnf', 'date', 'exp', 'iss', 'ledger', 'schema', 'vct'];

/** Path, English, Vietnamese of every claim, as the schemas say. */
function claimsOf(schema: Schema, prefix = ''): [string, string, string][] {
  return Object.entries(schema.properties ?? schema.items?.properties ?? {}).flatMap(([name, member]) => {
    const path = prefix + name;
    const own: [string, string, string][] = member.title === undefined || member.description === undefined ? [] : [[path, member.title, member.description]];
    return path === 'file_digest' ? own : [...own, ...claimsOf(member, `${path}/`)];
  });
}

for (const type of Object.keys(ESSENTIAL)) {
  test(`the labels of ${type} are those of its schema`, () => {
    const schema = readJson<Schema>(`credential/schemas/${type}-1.json`);
    assert.equal(isTypeId(type) ? en.types[type] : undefined, OWN_ENGLISH[type] ?? schema.title);
    assert.ok(isTypeId(type) && schema.description?.startsWith(vi.types[type]));
    const claims = claimsOf(schema).filter(([path]) => !ENVELOPE.includes(path));
    assert.ok(claims.length > 3);
    for (const [path, english, vietnamese] of claims) {
      if (path === 'person') continue; // each type has its own word for the person; the page has one
      const shown = path.startsWith('subjects/') ? `subjects/Toán/${path.slice('subjects/'.length)}` : path;
      assert.equal(labelOf(shown, en.claims), OWN_ENGLISH[path] ?? english, path);
      assert.equal(labelOf(shown, vi.claims), vietnamese, path);
    }
  });

  test(`what a recipient of ${type} usually needs is in its schema, and is not sensitive`, () => {
    const known = new Set(claimsOf(readJson<Schema>(`credential/schemas/${type}-1.json`)).map(([path]) => path));
    for (const path of isTypeId(type) ? ESSENTIAL[type] : []) {
      assert.ok(known.has(path), path);
      assert.ok(!['person/ethnicity', 'person/personal_id', 'result/homeroom_comment'].includes(path), path);
    }
  });
}

test('a subject is called by its own name, whatever is in it', () => {
  assert.equal(labelOf('subjects/Toán', vi.claims), 'Toán');
  assert.equal(labelOf('subjects/Tiếng Anh~1Pháp', vi.claims), 'Tiếng Anh/Pháp');
  assert.equal(labelOf('unheard/of', vi.claims), 'of');
});

test('subjects stand as in a report book, unknown ones after them', () => {
  assert.deepEqual(['Tin học', 'Zumba', 'Toán', 'Ăn uống', 'Ngữ văn'].sort(bySubject), ['Ngữ văn', 'Toán', 'Tin học', 'Ăn uống', 'Zumba']);
});
