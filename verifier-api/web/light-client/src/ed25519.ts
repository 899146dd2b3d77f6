/**
 * Ed25519 (FORMATS §4), stricter than the library's: `y < p` for the key, nothing of small order, and the equation
 * without the cofactor. Of the library only the group is taken: its signatures, other curves and hashes to points would
 * be bytes that a page loads for nothing.
 */
import { edwards } from '@noble/curves/abstract/edwards.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, equal } from './bytes.js';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;
const Point = edwards({
  p: P,
  n: ORDER,
  h: 8n,
  a: P - 1n,
  d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
  Gx: 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
  Gy: 0x6666666666666666666666666666666666666666666666666666666666666658n,
});
export type EdwardsPoint = InstanceType<typeof Point>;

/** The library's own table for the base point is made for a signer's thousand uses; a verdict needs four. */
const BASE = Point.fromAffine(Point.BASE.toAffine()).precompute(4);

/** The point of an acceptable key. Throws if there is none. */
export function decodePoint(bytes: Uint8Array): EdwardsPoint | undefined {
  const point = Point.fromBytes(bytes, false); // RFC 8032 §5.1.3: y < p, and no x = 0 with the sign bit
  return point.isSmallOrder() ? undefined : point;
}

/** Whether `r ‖ s` is a signature by the key `bytes`, whose point is `a`. */
export function verifiesEd25519(
  a: EdwardsPoint, bytes: Uint8Array, message: Uint8Array, r: Uint8Array, last: Uint8Array,
): boolean {
  const s = bytesToNumberLE(last);
  if (s >= ORDER) return false;
  const k = bytesToNumberLE(sha512(concat(r, bytes, message))) % ORDER;
  // The canonical encoding of the point that R has to be: equal bytes mean that R decodes, too.
  const expected = BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equal(expected.toBytes(), r) && !expected.isSmallOrder();
}
