/** Proofs that no honest ledger can make, so that no vector holds them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url, toUtf8 } from '../src/bytes.js';
import { readBundle, writeBundle } from '../src/bundle.js';
import { decodeCheckpoint } from '../src/checkpoint.js';
import { openClaims } from '../src/claims.js';
import { encode } from '../src/codec.js';
import { batchStatuses, checkpoint as checkpointType } from '../src/formats.js';
import type { BatchProof, BatchStatuses, Receipt, SetChange } from '../src/formats.js';
import { sha256, thumbprint } from '../src/hash.js';
import { outline, present } from '../src/holder.js';
import { leafHash, rootOf } from '../src/merkle.js';
import { statusLeaf, unchanged, verifyReceipt, verifyStatuses } from '../src/receipt.js';
import { readDocument } from '../src/sdjwt.js';
import type { Checkpoint, Hash, StatusEntry } from '../src/types.js';
import { verify } from '../src/verify.js';
import { ZERO, change, checkpoint, credential, first, issuer, pointer, prove, second } from './crafted-ledger.js';
import type { Crafted, Signer } from './crafted-ledger.js';
import { codeOf } from './support.js';

const leaf = leafHash(toUtf8('a document'));

function receipt(crafted: Crafted, given: Partial<Receipt> = {}): () => unknown {
  return () => verifyReceipt({ proof: prove(crafted), index: 0, path: [], status: undefined, ...given }, leaf, pointer, checkpoint);
}

const entry = (index: number, height = 5n): StatusEntry => ({ index, status: 'valid', height, time: 5n, commitment: ZERO, previous: ZERO });

test('crafted: a receipt that holds', () => {
  assert.equal(codeOf(receipt({ batch: { root: leaf } })), undefined);
  assert.equal(codeOf(receipt({ batch: { root: ZERO } })), 'not-in-batch');
});

test('crafted: an index beyond a batch of one', () => {
  assert.equal(codeOf(receipt({ batch: { root: leaf } }, { index: 7 })), 'not-in-batch');
  const two = { size: 2, root: rootOf([ZERO, leaf]) };
  assert.equal(codeOf(receipt({ batch: two }, { index: 1, path: [ZERO] })), undefined);
  assert.equal(codeOf(receipt({ batch: two }, { index: 3, path: [ZERO] })), 'not-in-batch');
});

test('crafted: a status entry of another index in its place', () => {
  const status = (index: number) => ({ entry: entry(index), path: [] });
  const batch = (index: number) => ({ root: leaf, statusRoot: statusLeaf(entry(index)) });
  assert.equal(codeOf(receipt({ batch: batch(0) }, { status: status(0) })), undefined);
  assert.equal(codeOf(receipt({ batch: batch(1) }, { status: status(1) })), 'wrong-status');
});

test('crafted: a record of another issuer, a record with another key', () => {
  const proof = prove({ batch: { root: leaf } });
  const other = { ...proof, issuer: { ...issuer, name: 'Trường khác' } };
  const verdict = (given: BatchProof) => codeOf(() => (
    verifyReceipt({ proof: given, index: 0, path: [], status: undefined }, leaf, pointer, checkpoint)
  ));
  assert.equal(verdict(other), 'wrong-state');
  assert.equal(verdict({ ...proof, batch: { ...proof.batch, size: 2 } }), 'wrong-state');
});

test('crafted: changes of validators that do not come one after the other', () => {
  const batch = { root: leaf };
  const sealed = (changes: readonly SetChange[], by: Signer, height = 9n) => codeOf(receipt({ batch, height, by, changes }));
  assert.equal(sealed([change(3n, first, second)], second), undefined);
  assert.equal(sealed([change(3n, first, second), change(5n, second, first)], first), undefined);
  assert.equal(sealed([change(3n, first, second), change(3n, second, first)], first), 'wrong-validators');
  assert.equal(sealed([change(3n, first, second), change(2n, second, first)], first), 'wrong-validators');
  assert.equal(sealed([change(0n, first, second)], second), 'wrong-validators');
  assert.equal(sealed([change(9n, first, second)], second), 'wrong-validators');
  assert.equal(sealed([change(3n, first, second)], first), 'wrong-validators');
});

test('crafted: statuses of a batch', () => {
  const statuses = (size: number, statusRoot: Hash | undefined, changed: readonly StatusEntry[]): BatchStatuses => (
    { proof: prove({ batch: { size, statusRoot } }), statuses: { changed } }
  );
  const code = (given: BatchStatuses) => codeOf(() => verifyStatuses(given, pointer, checkpoint));
  const root = rootOf([unchanged(0), entry(1), unchanged(2)].map(statusLeaf));
  assert.equal(code(statuses(3, root, [entry(1)])), undefined);
  assert.equal(code(statuses(3, root, [])), 'wrong-status');
  assert.equal(code(statuses(3, undefined, [entry(1)])), 'wrong-status');
  assert.equal(code(statuses(3, root, [entry(1), entry(1)])), 'wrong-status');
  assert.equal(code(statuses(3, root, [entry(3)])), 'wrong-status');
  assert.equal(code(statuses(10_000, undefined, [])), undefined);
  for (const size of [10_001, 4_000_000_000]) {
    assert.equal(code(statuses(size, undefined, [])), 'wrong-status');
    assert.equal(code(statuses(size, root, [entry(1)])), 'wrong-status');
  }
});

test('crafted: a checkpoint whose header names one other set', () => {
  const code = (given: Checkpoint) => codeOf(() => decodeCheckpoint(encode(checkpointType, given)));
  assert.equal(code(checkpoint), undefined);
  assert.equal(code({ ...checkpoint, validators: second.set }), 'other-sets');
  assert.equal(code({ ...checkpoint, nextValidators: second.set }), 'other-sets');
});

test('crafted: fresh statuses of a batch that was sealed anew', () => {
  const { jwt, key } = credential();
  const root = leafHash(toUtf8(jwt));
  const grants = [{ documentType: 'da-ky', from: 0, until: undefined, decision: '' }];
  const crafted = { batch: { root, key: thumbprint(key) }, school: { ...issuer, grants } };
  const given: Receipt = { proof: prove(crafted), index: 0, path: [], status: undefined };
  const ask = (fresh: BatchProof) => verify({
    bundle: writeBundle({ credential: `${jwt}~`, receipt: given, openings: [], history: [], evidence: [], definitions: [] }),
    checkpoint,
    now: 1n,
    fresh: encode(batchStatuses, { proof: fresh, statuses: { changed: [] } }),
  });
  const same = ask(prove({ ...crafted, height: 2n }));
  assert.deepEqual([same.verdict, same.status?.fresh, same.freshRefused], ['valid', true, undefined]);
  const anew = ask(prove({ ...crafted, height: 2n, batch: { ...crafted.batch, root: ZERO } }));
  assert.deepEqual([anew.verdict, anew.status?.fresh, anew.freshRefused], ['valid', false, 'record-differs']);
});

const digestOf = (disclosure: string): string => toBase64url(sha256(toUtf8(disclosure)));
/** Of the text of its JSON, for its order counts. */
const disclosure = (json: string): string => toBase64url(toUtf8(json));

/** A transcript with these disclosures, of which the last is at the top. */
function transcript(...disclosures: readonly string[]): string {
  const top = digestOf(disclosures.at(-1) ?? '');
  const { jwt } = credential({ vct: 'urn:sogoc:hoc-ba-thcs:1', _sd: [top] });
  return [jwt, ...disclosures, ''].join('~');
}

const opening = (sdJwt: string): string | undefined => codeOf(() => openClaims(readDocument(sdJwt)));
const person = (json: string): string | undefined => opening(transcript(disclosure(`["s","person",${json}]`)));

test('crafted: digests that are no list', () => {
  assert.equal(person('{}'), undefined);
  assert.equal(person('{"_sd":[]}'), undefined);
  for (const none of ['null', 'false', '0', '""', '{}']) assert.equal(person(`{"_sd":${none}}`), 'digest-malformed');
  assert.equal(person('{"_sd":[null]}'), 'digest-malformed');
});

test('crafted: of two wrong members the first by the bytes of its name', () => {
  const [digests, reserved] = ['{"_sd":1}', '{"...":"x"}'];
  for (const [first, later] of [['a', 'b'], ['a', 'aa'], ['\uffff', '\u{10000}'], ['Z', 'é']]) {
    assert.equal(person(`{"${first}":${digests},"${later}":${reserved}}`), 'digest-malformed');
    assert.equal(person(`{"${later}":${reserved},"${first}":${digests}}`), 'digest-malformed');
    assert.equal(person(`{"${first}":${reserved},"${later}":${digests}}`), 'claim-reserved');
    assert.equal(person(`{"${later}":${digests},"${first}":${reserved}}`), 'claim-reserved');
  }
  assert.equal(person(`{"a":${reserved},"_sd":1}`), 'digest-malformed');
  assert.equal(person(`{"a":${digests},"...":1}`), 'claim-reserved');
  assert.equal(person(`{"a":${reserved},"_sd":[1]}`), 'claim-reserved');
});

test('crafted: what is shown with its container, disclosed by itself', () => {
  const subjects = (element: string): string => disclosure(`["s","subjects",[${element}]]`);
  const key = disclosure('["s","subject","Toán"]');
  assert.equal(opening(transcript(subjects('{"subject":"Toán"}'))), undefined);
  assert.equal(opening(transcript(key, subjects(`{"_sd":["${digestOf(key)}"]}`))), 'claim-not-of-schema');

  const parts: Readonly<Record<string, string>> = {
    alg: 'sha-256', salt: toBase64url(new Uint8Array(16)), digest: toBase64url(new Uint8Array(32)),
  };
  const file = (hidden: string | undefined): string | undefined => {
    const names = Object.keys(parts);
    const shown = names.filter((name) => name !== hidden).map((name) => `"${name}":"${parts[name]}"`);
    const own = names.filter((name) => name === hidden).map((name) => disclosure(`["s","${name}","${parts[name]}"]`));
    const digests = own.map((each) => `"_sd":["${digestOf(each)}"]`);
    const whole = disclosure(`["s","file_digest",{${[...shown, ...digests].join()}}]`);
    return opening([credential({ _sd: [digestOf(whole)] }).jwt, ...own, whole, ''].join('~'));
  };
  assert.equal(file(undefined), undefined);
  for (const name of Object.keys(parts)) assert.equal(file(name), 'claim-not-of-schema');
});

test('crafted: a holder key is looked at before the rest of the envelope', () => {
  const code = (members: Readonly<Record<string, unknown>>) => codeOf(() => readDocument(`${credential(members).jwt}~`));
  const cnf = { jwk: {} };
  assert.equal(code({ exp: 'x' }), 'envelope-malformed');
  assert.equal(code({ cnf }), 'key-malformed');
  for (const wrong of [{ exp: 'x' }, { ledger: null }, { iss: '' }, { date: 1 }]) {
    assert.equal(code({ ...wrong, cnf }), 'key-malformed');
  }
  assert.equal(code({ cnf, schema: '2' }), 'schema-version-unknown');
  assert.equal(code({ cnf: null }), 'envelope-malformed');
});

test('crafted: presenting what is visible in its container, and the key of an element', () => {
  const receipt: Receipt = { proof: prove({ batch: {} }), index: 0, path: [], status: undefined };
  const bundleOf = (sdJwt: string): Uint8Array => writeBundle({ credential: sdJwt, receipt, openings: [], history: [], evidence: [], definitions: [] });
  const clear = bundleOf(transcript(disclosure('["s","person",{"name":"Lan","sex":"Nữ"}]')));
  assert.deepEqual(present(clear, ['person/name']), clear);

  const year = disclosure('["s","year","9.0"]');
  const element = disclosure(`["s",{"subject":"Toán","_sd":["${digestOf(year)}"]}]`);
  const list = disclosure(`["s","subjects",[{"...":"${digestOf(element)}"}]]`);
  const marks = bundleOf(transcript(year, element, list));
  assert.deepEqual(present(marks, ['subjects/Toán/year']), marks);
  assert.deepEqual(outline(marks).claims[0]?.members?.[0]?.members?.map(({ path }) => path), ['subjects/Toán/year']);
  assert.equal(codeOf(() => present(marks, ['subjects/Toán/subject'])), 'unknown-path');
  const none = present(marks, []);
  assert.equal(readBundle(none).credential.split('~').length, 2);
});
