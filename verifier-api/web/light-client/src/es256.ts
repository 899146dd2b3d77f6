/**
 * ECDSA on P-256 with SHA-256 and a low s (FORMATS §4). Of the library only the field is taken: a verifier has no secrets to
 * hide the time of, and needs no more of the curve than one formula.
 */
import { Field, invert, mod } from '@noble/curves/abstract/modular.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from './bytes.js';

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const A = -3n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const field = Field(P);

/** Projective, so that adding takes no division; `z` is 0 at infinity. */
export interface Es256Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const BASE: Es256Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  z: 1n,
};
const INFINITY: Es256Point = { x: 0n, y: 1n, z: 0n };

/** The point of a compressed key. Throws if there is none. */
export function decodeCompressed(bytes: Uint8Array): Es256Point {
  const [sign, ...rest] = bytes;
  const x = field.fromBytes(Uint8Array.from(rest), false);
  const root = field.sqrt(cubic(x));
  if (sign !== 2 && sign !== 3) throw new Error('not compressed');
  return { x, y: Number(root & 1n) === sign - 2 ? root : P - root, z: 1n };
}

/** The key of these coordinates. Throws if they are of no point. */
export function compress(x: Uint8Array, y: Uint8Array): Uint8Array {
  const ordinate = field.fromBytes(y, false);
  if (field.sqr(ordinate) !== cubic(field.fromBytes(x, false))) throw new Error('not on the curve');
  return concat(Uint8Array.of(2 + Number(ordinate & 1n)), x);
}

export function yOf({ y }: Es256Point): Uint8Array {
  return field.toBytes(y);
}

/** y² of the point with this x. */
function cubic(x: bigint): bigint {
  return mod(x ** 3n + A * x + B, P);
}

/** Whether `r ‖ s` is a signature by the key of the point `q`. */
export function verifiesEs256(q: Es256Point, message: Uint8Array, first: Uint8Array, last: Uint8Array): boolean {
  const r = bytesToNumberBE(first);
  const s = bytesToNumberBE(last);
  // With s also n − s would verify, and one document would have two leaves.
  if (r === 0n || r >= ORDER || s === 0n || s > ORDER >> 1n) return false;
  const inverse = invert(s, ORDER);
  const scalar = (factor: bigint): bigint => (factor * inverse) % ORDER;
  const { x, z } = sumOf(scalar(bytesToNumberBE(sha256(message))), BASE, scalar(r), q);
  return mod(z, P) !== 0n && mod(x * invert(z, P), P) % ORDER === r;
}

/** `[u]p + [v]q`, both multiplied in one walk over the bits (Straus). */
function sumOf(u: bigint, p: Es256Point, v: bigint, q: Es256Point): Es256Point {
  const terms = [INFINITY, p, q, add(p, q)] as const;
  let sum = INFINITY;
  for (let bit = 255n; bit >= 0n; bit--) {
    const term = Number((u >> bit) & 1n) + 2 * Number((v >> bit) & 1n);
    sum = add(add(sum, sum), terms[term] as Es256Point);
  }
  return sum;
}

/** Of any two points, also of one and itself and of opposite ones: Renes, Costello, Batina (EUROCRYPT 2016), theorem 1. */
function add(p: Es256Point, q: Es256Point): Es256Point {
  const xx = (p.x * q.x) % P;
  const yy = (p.y * q.y) % P;
  const zz = (p.z * q.z) % P;
  const xy = (p.x * q.y + p.y * q.x) % P;
  const xz = (p.x * q.z + p.z * q.x) % P;
  const yz = (p.y * q.z + p.z * q.y) % P;
  const a = (A * xz + 3n * B * zz) % P;
  const b = (A * xx + 3n * B * xz - A * A * zz) % P;
  const c = 3n * xx + A * zz;
  return {
    x: (xy * (yy - a) - yz * b) % P,
    y: ((yy + a) * (yy - a) + c * b) % P,
    z: (yz * (yy + a) + xy * c) % P,
  };
}
