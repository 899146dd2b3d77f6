/** RSA signatures (RFC 8017): PKCS#1 v1.5 (§8.2.2), and PSS (§8.1.2) with MGF1 of the same hash and a salt as long as the hash. */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { concat, equal, fromHex } from '../bytes.js';
import type { Hash } from './algorithm.js';

interface RsaKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly bits: number;
}

type Scheme = (key: RsaKey, hash: Hash, message: Uint8Array, signature: Uint8Array) => boolean;

/** Larger ones serve nobody but who wants to keep a verifier busy. */
const EXPONENT_MAX = 2n ** 33n - 1n;

/** What was signed, in as many bytes as `bits` need (RSAVP1); none if the key or the signature cannot be one. */
function opened({ modulus, exponent, bits }: RsaKey, signature: Uint8Array, needed: number): Uint8Array | undefined {
  const isKey = modulus % 2n === 1n && exponent % 2n === 1n && exponent >= 3n && exponent <= EXPONENT_MAX;
  if (!isKey || signature.length !== bytesOf(bits)) return undefined;
  const value = bytesToNumberBE(signature);
  if (value >= modulus) return undefined;
  const message = power(value, exponent, modulus);
  return message >> BigInt(8 * bytesOf(needed)) === 0n ? numberToBytesBE(message, bytesOf(needed)) : undefined;
}

function bytesOf(bits: number): number {
  return Math.ceil(bits / 8);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

export const pkcs1: Scheme = (key, hash, message, signature) => {
  // DigestInfo: the algorithm, whose parameters are NULL, and the digest.
  const algorithm = fromHex(`300d0609${hash.oid}0500`);
  const info = concat(algorithm, Uint8Array.of(0x04, hash.length), hash.digest(message));
  const end = concat(Uint8Array.of(0x00, 0x30, info.length), info);
  const padding = new Uint8Array(bytesOf(key.bits) - 2 - end.length).fill(0xff);
  const found = opened(key, signature, key.bits);
  return found !== undefined && equal(found, concat(Uint8Array.of(0x00, 0x01), padding, end));
};

/** EMSA-PSS-VERIFY (§9.1.2). */
export const pss: Scheme = (key, hash, message, signature) => {
  const encodedBits = key.bits - 1;
  const encoded = opened(key, signature, encodedBits);
  if (encoded === undefined || encoded[encoded.length - 1] !== 0xbc) return false;
  const split = encoded.length - hash.length - 1;
  const seed = encoded.subarray(split, -1);
  const block = encoded.slice(0, split);
  const spare = 8 * encoded.length - encodedBits;
  if ((block[0] as number) >> (8 - spare) !== 0) return false;
  mask(hash, seed, split).forEach((byte, at) => { block[at] = (block[at] as number) ^ byte; });
  block[0] = (block[0] as number) & (0xff >> spare);
  const saltAt = split - hash.length;
  if (block[saltAt - 1] !== 1 || block.subarray(0, saltAt - 1).some((byte) => byte !== 0)) return false;
  const again = hash.digest(concat(new Uint8Array(8), hash.digest(message), block.subarray(saltAt)));
  return equal(again, seed);
};

/** MGF1 (§B.2.1). */
function mask(hash: Hash, seed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, counter = 0; at < length; at += hash.length, counter += 1) {
    const block = hash.digest(concat(seed, numberToBytesBE(BigInt(counter), 4)));
    bytes.set(block.subarray(0, Math.min(hash.length, length - at)), at);
  }
  return bytes;
}
