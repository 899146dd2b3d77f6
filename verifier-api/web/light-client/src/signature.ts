/** Public keys, and whether a signature is theirs: the one rule of each kind (FORMATS §4). */
import { hex } from './bytes.js';
import type { CurvePoint } from './ecdsa.js';
import { decodePoint, verifiesEd25519 } from './ed25519.js';
import type { EdwardsPoint } from './ed25519.js';
import { decodeCompressed, verifiesEs256, yOf } from './es256.js';
import type { PublicKey } from './types.js';

/** Keys whose points are kept: a few validators sign every header that one verifier sees. */
const KEPT_KEYS = 64;
/** Uses after which a table of multiples is worth its making: a table costs about as much as it saves in these. */
const USES_BEFORE_TABLE = 8;
/** A table of this window takes about 200 kB. */
const TABLE_WINDOW = 4;

interface Kept {
  /** None if the key is not acceptable. */
  readonly point: EdwardsPoint | CurvePoint | undefined;
  uses: number;
}

const kept = new Map<string, Kept>();

/** The point of an acceptable key. */
function pointOf({ algorithm, bytes }: PublicKey): Kept['point'] {
  const text = algorithm + hex(bytes);
  const known = kept.get(text) ?? { point: decoded(algorithm, bytes), uses: 0 };
  if (known.uses === 0) {
    if (kept.size >= KEPT_KEYS) kept.clear();
    kept.set(text, known);
  }
  known.uses += 1;
  if (known.uses === USES_BEFORE_TABLE) known.point?.precompute(TABLE_WINDOW, false);
  return known.point;
}

function decoded(algorithm: PublicKey['algorithm'], bytes: Uint8Array): Kept['point'] {
  try {
    return algorithm === 'ES256' ? decodeCompressed(bytes) : decodePoint(bytes);
  } catch {
    return undefined;
  }
}

export function isAcceptable(key: PublicKey): boolean {
  return pointOf(key) !== undefined;
}

/** The y of a key of P-256; no bytes if it is no point. */
export function secondCoordinate(key: PublicKey): Uint8Array {
  const point = pointOf(key);
  return point === undefined ? new Uint8Array() : yOf(point as CurvePoint);
}

export function verifies(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const point = pointOf(key);
  if (point === undefined || signature.length !== 64) return false;
  const first = signature.subarray(0, 32);
  const last = signature.subarray(32);
  return key.algorithm === 'ES256'
    ? verifiesEs256(point as CurvePoint, message, first, last)
    : verifiesEd25519(point as EdwardsPoint, key.bytes, message, first, last);
}
