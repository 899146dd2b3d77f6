import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decodeFragment, encodeFragment, fragmentIn, fromBase64Url, LINK_BYTES_MAX, LinkError, toBase64Url } from '../src/link.js';

const refusedAs = (code: string) => (error: unknown): boolean => error instanceof LinkError && error.code === code;
const link = (bytes: Uint8Array): string => `#b=${toBase64Url(bytes)}`;

test('a bundle comes back from its link', async () => {
  const bundle = new TextEncoder().encode('{"sogoc-bundle": 1, "credential": "Nguyễn Thử Nghiệm"}');
  assert.deepEqual(await decodeFragment(await encodeFragment(bundle)), bundle);
});

test('the form is the one that is written down: base64url of a zlib stream', async () => {
  const bundle = new TextEncoder().encode('any');
  assert.deepEqual(await decodeFragment(link(deflateSync(bundle))), bundle);
});

test('a stream may give as much as a bundle has, and not one byte more', async () => {
  const most = await decodeFragment(link(deflateSync(new Uint8Array(LINK_BYTES_MAX))));
  assert.equal(most.length, LINK_BYTES_MAX);
  await assert.rejects(decodeFragment(link(deflateSync(new Uint8Array(LINK_BYTES_MAX + 1)))), refusedAs('bundle-too-large'));
});

test('a stream that promises a gigabyte is left early', async () => {
  const bomb = deflateSync(new Uint8Array(256 * 1024 * 1024));
  assert.ok(bomb.length < 300_000);
  await assert.rejects(decodeFragment(link(bomb)), refusedAs('bundle-too-large'));
});

test('what is no link is refused', async () => {
  const whole = deflateSync(new TextEncoder().encode('a bundle of some length, to be cut'));
  const damaged = ['', '#b=', '#b=****', '#b=A', '#b=AAAA', '#c=AAAA', link(whole.subarray(0, 12)), `${link(whole)}=`];
  for (const fragment of damaged) await assert.rejects(decodeFragment(fragment), refusedAs('not-a-bundle'), fragment);
});

test('a link is found in what was pasted', () => {
  assert.equal(fragmentIn('https://so-goc.example/#b=abc\n'), '#b=abc');
  assert.equal(fragmentIn('#b=abc'), '#b=abc');
  assert.equal(fragmentIn('{"sogoc-bundle": 1}'), undefined);
});

test('base64url has one form', () => {
  for (let length = 1; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 89 + length) & 255);
    assert.deepEqual(fromBase64Url(toBase64Url(bytes)), bytes);
    assert.equal(toBase64Url(bytes), Buffer.from(bytes).toString('base64url'));
  }
  assert.equal(fromBase64Url('A+/='), undefined);
});
