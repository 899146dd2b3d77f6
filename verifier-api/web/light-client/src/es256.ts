/** ECDSA on P-256 with SHA-256 and a low s (FORMATS §4). */
import { weierstrassN } from '@noble/curves/abstract/weierstrass.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { baseOf, holds } from './ecdsa.js';
import type { Curve, CurvePoint } from './ecdsa.js';

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
export const P256: Curve = weierstrassN({
  p: P,
  n: ORDER,
  h: 1n,
  a: P - 3n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
});

export const P256_BASE = baseOf(P256);

/** The point of a compressed key. Throws if there is none. */
export function decodeCompressed(bytes: Uint8Array): CurvePoint {
  if (bytes.length !== 33) throw new Error('not compressed'); // the library reads other forms, too
  return P256.fromBytes(bytes);
}

/** The key of these coordinates. Throws if they are of no point. */
export function compress(x: Uint8Array, y: Uint8Array): Uint8Array {
  return P256.fromAffine({ x: bytesToNumberBE(x), y: bytesToNumberBE(y) }).toBytes();
}

export function yOf(point: CurvePoint): Uint8Array {
  return P256.Fp.toBytes(point.y);
}

/** Whether `r ‖ s` is a signature by the key of the point `q`. */
export function verifiesEs256(q: CurvePoint, message: Uint8Array, first: Uint8Array, last: Uint8Array): boolean {
  const s = bytesToNumberBE(last);
  // With s also n − s would verify, and one document would have two leaves.
  if (s > ORDER >> 1n) return false;
  return holds(P256, P256_BASE, q, bytesToNumberBE(sha256(message)), bytesToNumberBE(first), s);
}
