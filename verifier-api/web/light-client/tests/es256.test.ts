/** The curve of `es256.ts` against two that others wrote: the library's and that of Node (OpenSSL). */
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { p256 } from '@noble/curves/nist.js';
import { compress, decodeCompressed, yOf } from '../src/es256.js';
import { toBase64url } from '../src/bytes.js';
import { sha256 } from '../src/hash.js';
import { isAcceptable, verifies } from '../src/signature.js';
import type { PublicKey } from '../src/types.js';

const ORDER = p256.Point.Fn.ORDER;
const FIELD = p256.Point.Fp.ORDER;

/** Bytes that look random and are the same in every run. */
const random = (seed: number): Uint8Array => sha256(Uint8Array.of(seed >> 8, seed & 255));
const secrets = [1n, 2n, 3n, ORDER - 1n, ORDER - 2n, ORDER >> 1n, ...Array.from({ length: 40 }, (_, seed) => bytesToNumberBE(random(seed)) % ORDER)];
const keyOf = (secret: bigint): PublicKey => ({ algorithm: 'ES256', bytes: p256.Point.BASE.multiply(secret).toBytes() });

function inNode({ bytes }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const { x, y } = p256.Point.fromBytes(bytes).toAffine();
  const jwk = { kty: 'EC', crv: 'P-256', x: toBase64url(numberToBytesBE(x, 32)), y: toBase64url(numberToBytesBE(y, 32)) };
  return verify('sha256', message, { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, signature);
}

test('ES256: what others sign, and what they refuse', () => {
  secrets.forEach((secret, at) => {
    const key = keyOf(secret);
    const message = random(1000 + at);
    const signature = p256.sign(message, numberToBytesBE(secret, 32), { lowS: true, prehash: true }).toBytes('compact');
    const flipped = Uint8Array.from(signature, (byte, i) => byte ^ (i === at ? 1 : 0));
    for (const [given, sound] of [[signature, true], [flipped, false]] as const) {
      assert.equal(inNode(key, message, given), sound, `${at}`);
      assert.equal(verifies(key, message, given), sound, `${at}`);
    }
    assert.ok(!verifies(keyOf(secrets[at + 1] ?? 5n), message, signature));
  });
});

test('ES256: two halves that are one point, and two that are opposite', () => {
  const message = random(7);
  const digest = bytesToNumberBE(sha256(message));
  const { Fn, BASE } = p256.Point;
  let low = 0;
  for (let seed = 2000; seed < 2060; seed++) {
    // [u]G is half of what is signed with: [v]Q is made to be the other half, or to take the first away.
    const u = bytesToNumberBE(random(seed)) % ORDER;
    const r = Fn.create(BASE.multiply(Fn.create(2n * u)).x);
    const s = Fn.mul(digest, Fn.inv(u));
    const half = Fn.mul(u, Fn.inv(Fn.mul(r, Fn.inv(s))));
    const signature = Uint8Array.of(...numberToBytesBE(r, 32), ...numberToBytesBE(s, 32));
    const isLow = s <= ORDER >> 1n;
    assert.equal(verifies(keyOf(half), message, signature), isLow);
    assert.equal(inNode(keyOf(half), message, signature), true);
    assert.equal(verifies(keyOf(ORDER - half), message, signature), false);
    assert.equal(inNode(keyOf(ORDER - half), message, signature), false);
    low += Number(isLow);
  }
  assert.ok(low > 15 && low < 45);
});

test('ES256: keys, from either form', () => {
  for (const secret of secrets) {
    const { bytes } = keyOf(secret);
    const { x, y } = p256.Point.fromBytes(bytes).toAffine();
    const [first, second] = [numberToBytesBE(x, 32), numberToBytesBE(y, 32)];
    assert.deepEqual(compress(first, second), bytes);
    assert.deepEqual(yOf(decodeCompressed(bytes)), second);
    assert.deepEqual(compress(first, numberToBytesBE(FIELD - y, 32)), Uint8Array.of(...bytes.map((byte, i) => (i === 0 ? 5 - byte : byte))));
    assert.throws(() => compress(second, first));
    assert.throws(() => compress(first, first));
  }
  // Coordinates that are none of the field, spelt as numbers that would be.
  const five = decodeCompressed(Uint8Array.of(2, ...numberToBytesBE(5n, 32)));
  const [x, y] = [numberToBytesBE(5n, 32), yOf(five)];
  assert.doesNotThrow(() => compress(x, y));
  assert.throws(() => compress(numberToBytesBE(FIELD + 5n, 32), y));
  for (const wrong of [[], [2], [2, ...x.subarray(1)], [2, ...x, 0], [3, ...numberToBytesBE(FIELD + 5n, 32)], [4, ...x], [1, ...x]]) {
    assert.ok(!isAcceptable({ algorithm: 'ES256', bytes: Uint8Array.from(wrong) }), `${wrong}`);
  }
});
