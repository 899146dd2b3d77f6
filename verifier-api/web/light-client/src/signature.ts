/**
 * The one signature rule (FORMATS §4), stricter than the library's: `y < p` for the key, nothing of small order, and the
 * equation without the cofactor.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, equal, hex } from './bytes.js';
import type { PublicKey } from './types.js';

const { Point } = ed25519;
type CurvePoint = InstanceType<typeof Point>;

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]);

/** Keys whose points are kept: a few validators sign every header that one verifier sees. */
const KEPT_KEYS = 64;
/** The library's own table for the base point is made for a signer's thousand uses; a verdict needs four. */
const BASE = Point.fromAffine(Point.BASE.toAffine()).precompute(4);
/** Uses after which a table of multiples is worth its making: a table costs about as much as it saves in these. */
const USES_BEFORE_TABLE = 8;
/** A table of this window takes about 200 kB. */
const TABLE_WINDOW = 4;

interface Kept {
  /** None if the key is not acceptable. */
  readonly point: CurvePoint | undefined;
  uses: number;
}

const kept = new Map<string, Kept>();

/** The point of an acceptable key. */
function pointOf(key: PublicKey): CurvePoint | undefined {
  const text = hex(key.bytes);
  const known = kept.get(text) ?? { point: SMALL_ORDER.has(text) ? undefined : decodePoint(key.bytes), uses: 0 };
  if (known.uses === 0) {
    if (kept.size >= KEPT_KEYS) kept.clear();
    kept.set(text, known);
  }
  known.uses += 1;
  if (known.uses === USES_BEFORE_TABLE) known.point?.precompute(TABLE_WINDOW, false);
  return known.point;
}

function decodePoint(bytes: Uint8Array): CurvePoint | undefined {
  try {
    return Point.fromBytes(bytes, false); // RFC 8032 §5.1.3: y < p, and no x = 0 with the sign bit
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
}

export function isAcceptable(key: PublicKey): boolean {
  return pointOf(key) !== undefined;
}

export function verifies(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const a = pointOf(key);
  if (a === undefined || s >= GROUP_ORDER || SMALL_ORDER.has(hex(r))) return false;
  const k = littleEndian(sha512(concat(r, key.bytes, message))) % GROUP_ORDER;
  // The canonical encoding of the point that R has to be: equal bytes mean that R decodes, too.
  const expected = BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equal(expected.toBytes(), r);
}
