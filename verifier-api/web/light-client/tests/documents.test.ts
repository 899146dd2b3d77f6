import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromUtf8, hex, toBase64url, toUtf8 } from '../src/bytes.js';
import { readBundle, writeBundle } from '../src/bundle.js';
import { describe, openClaims } from '../src/claims.js';
import { decode, encode } from '../src/codec.js';
import { readDefinition } from '../src/definition.js';
import { openPayload } from '../src/disclose.js';
import type { Node } from '../src/disclose.js';
import { opening } from '../src/formats.js';
import { commitment } from '../src/hash.js';
import { present } from '../src/holder.js';
import { parseJson } from '../src/json.js';
import { decodeReceipt } from '../src/receipt.js';
import { checkHolder, checkIssuerSignature, readDocument } from '../src/sdjwt.js';
import type { Claim, HolderQuestion } from '../src/types.js';
import { codeOf, vectors } from './support.js';
import type { Vector } from './support.js';

const documents = vectors('documents.json');
const someReceipt = decodeReceipt(vectors('chain.json').at('receipts').at('first@2').bytes());

function holderOf(vector: Vector): HolderQuestion | undefined {
  if (!vector.at('holder').there) return undefined;
  const holder = vector.at('holder');
  return {
    audience: holder.at('audience').text(),
    nonce: holder.at('nonce').text(),
    maxAgeSeconds: holder.at('max_age_seconds').integer(),
    nowSeconds: holder.at('now').integer(),
  };
}

/** The document with its claims opened, as JSON. */
function processed(node: Node['value']): unknown {
  if (node instanceof Map) return Object.fromEntries([...node].map(([name, { value }]) => [name, processed(value)]));
  if (Array.isArray(node)) return node.map(({ value }) => processed(value));
  return typeof node === 'bigint' ? Number(node) : node;
}

function pathsOf(claims: readonly Claim[]): string[] {
  return claims.flatMap(({ path, members }) => [path, ...pathsOf(members ?? [])]);
}

/** The check that did not hold, and its code. */
function refusal(sdJwt: string, holder: HolderQuestion | undefined): string | undefined {
  const steps: [string, () => void][] = [
    ['integrity', () => readDocument(sdJwt)],
    ['disclosures', () => openClaims(readDocument(sdJwt))],
    ['issuer-signature', () => checkIssuerSignature(readDocument(sdJwt))],
    ['holder-binding', () => holder && checkHolder(readDocument(sdJwt), holder, 0n)],
  ];
  for (const [check, step] of steps) {
    const code = codeOf(step);
    if (code !== undefined) return `${check}:${code}`;
  }
  return undefined;
}

for (const vector of documents.at('vectors').list()) {
  const description = vector.at('description').text();
  const sdJwt = vector.at('sd_jwt').text();
  test(`documents: ${description}`, () => {
    const refused = refusal(sdJwt, holderOf(vector));
    assert.equal(refused, vector.at('error').there ? vector.at('error').text() : undefined);
    if (refused !== undefined) return;
    const expect = vector.at('expect');
    const document = readDocument(sdJwt);
    const opened = openClaims(document);
    const report = describe(document, opened);
    assert.equal(hex(document.leaf), expect.at('leaf').text());
    assert.equal(report.type, expect.at('schema').text());
    const shown = processed(openPayload(document.jwt.payload, document.disclosures).members);
    assert.deepEqual(shown, expect.at('processed').plain());
    assert.deepEqual(pathsOf(report.claims).sort(), expect.at('paths').list().map((path) => path.text()).sort());
  });
}

/** The type that the ledger of the vectors defines. */
const TRADE = readDefinition(
  ['giay-chung-nhan-nghe-1', 'nghe-pho-thong-1'].map((name) => toBase64url(readFileSync(join(process.cwd(), `../../../examples/${name}.json`)))),
);

for (const document of documents.at('documents').list()) {
  test(`documents: leaf of ${document.at('name').text()}`, () => {
    const sdJwt = document.at('sd_jwt').text();
    assert.equal(hex(readDocument(sdJwt, TRADE).leaf), document.at('leaf').text());
    assert.equal(sdJwt.split('~')[0], document.at('jwt').text());
  });
}

/** The rows' short names in the vectors' descriptions, as paths. */
const PATHS: Record<string, string> = { name: 'person/name', conduct: 'result/conduct' };
const whole = documents.at('documents').list()[0] as Vector;

for (const vector of documents.at('vectors').list()) {
  const asked = /^first, present (\[.*\])$/.exec(vector.at('description').text())?.[1];
  if (asked === undefined) continue;
  test(`presentations: ${asked}`, () => {
    const paths = (parseJson(toUtf8(asked)) as string[]).map((path) => PATHS[path] ?? path);
    const bundle = writeBundle({ credential: whole.at('sd_jwt').text(), receipt: someReceipt, openings: [], history: [], evidence: [], definitions: [] });
    const presented = readBundle(present(bundle, paths)).credential;
    assert.equal(presented, vector.at('sd_jwt').text());
  });
}

test('presentations: a claim that is not shown', () => {
  const bundle = writeBundle({ credential: whole.at('sd_jwt').text(), receipt: someReceipt, openings: [], history: [], evidence: [], definitions: [] });
  assert.equal(codeOf(() => present(bundle, ['person/personal_id'])), 'unknown-path');
  const nothing = present(bundle, []);
  assert.equal(codeOf(() => present(nothing, ['person'])), 'unknown-path');
  assert.deepEqual(present(nothing, []), nothing);
});

for (const vector of documents.at('openings').list()) {
  test(`documents: opening: ${vector.at('name').text()}`, () => {
    const opened = decode(opening, vector.at('encoding').bytes());
    const replacement = vector.at('replacement');
    assert.deepEqual(opened, {
      salt: vector.at('salt').bytes(),
      correction: vector.at('correction').text(),
      ground: vector.at('ground').text(),
      decision: vector.at('decision').text(),
      decisionDate: vector.at('decision_date').text(),
      replacement: replacement.there
        ? { issuer: replacement.at('issuer').text(), batch: replacement.at('batch').text(), leaf: replacement.at('leaf').bytes() }
        : undefined,
    });
    assert.equal(hex(encode(opening, opened)), vector.at('encoding').text());
    assert.equal(hex(commitment(opened)), vector.at('commitment').text());
  });
}

const JSON_CASES: readonly (readonly [string, string | undefined])[] = [
  [' {"a" : [ 1 , -5 ,18446744073709551615, -9223372036854775808, true,false,null,"\\u00e9\\ud83d\\ude00\\/"] }\r\n\t', undefined],
  ['', 'json-malformed'], ['{', 'json-malformed'], ['{}{', 'json-malformed'], ['[1,]', 'json-malformed'],
  ['{"a":1,}', 'json-malformed'], ['{a:1}', 'json-malformed'], ["'a'", 'json-malformed'], ['01', 'json-malformed'],
  ['+1', 'json-malformed'], ['-', 'json-malformed'], ['1.0', 'json-malformed'], ['1e3', 'json-malformed'],
  ['-0', 'json-malformed'], ['0', undefined], ['18446744073709551616', 'json-malformed'],
  ['-9223372036854775809', 'json-malformed'], ['NaN', 'json-malformed'], ['tru', 'json-malformed'],
  ['"\u0001"', 'json-malformed'], ['"\\x41"', 'json-malformed'], ['"\\u12"', 'json-malformed'], ['"', 'json-malformed'],
  ['"\\ud800"', 'json-malformed'], ['"\\udc00\\ud800"', 'json-malformed'], ['"\\ud800\\u0041"', 'json-malformed'],
  ['{"a":1,"\\u0061":2}', 'json-duplicate-member'], ['{"__proto__":1}', undefined], ['\ufeff1', 'json-malformed'],
  ['[[[[[[[[1]]]]]]]]', undefined], ['[[[[[[[[[1]]]]]]]]]', 'json-too-deep'], ['\u00a01', 'json-malformed'],
  ['{"a":1,"a"', 'json-duplicate-member'], ['{"a":1,"a":[[[[[[[[', 'json-duplicate-member'], ['{"a":1,"a', 'json-malformed'],
  ['[[[[[[[[[1.0', 'json-too-deep'], ['[1.0,[[[[[[[[', 'json-malformed'], ['[[[[[[[[{"a":1,"a":1}', 'json-too-deep'],
  ['['.repeat(1_000_000), 'json-too-deep'], ['1'.repeat(1_000_000), 'json-malformed'],
];

for (const [text, code] of JSON_CASES) {
  test(`JSON: ${text.slice(0, 60)}`, () => {
    assert.equal(codeOf(() => parseJson(toUtf8(text))), code);
  });
}

test('JSON: bytes that are no UTF-8', () => {
  for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]]) {
    assert.equal(codeOf(() => parseJson(Uint8Array.from(bytes))), 'json-malformed');
  }
  // Before all other faults, wherever they are.
  const faults = toUtf8('{"a":1,"a":[[[[[[[[[');
  assert.equal(codeOf(() => parseJson(Uint8Array.of(...faults, 0xff))), 'json-malformed');
});

test('base64url: there and back, and no other form', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    const text = toBase64url(bytes);
    assert.equal(text, Buffer.from(bytes).toString('base64url'));
    assert.equal(fromUtf8(toUtf8(text)), text);
  }
});
