/**
 * Public keys of certificates (FORMATS §22): RSA of 2048 to 8192 bits, P-256, P-384.
 *
 * WebCrypto has all of them, but it answers later, and not at all on a page that came without TLS.
 */
import { weierstrassN } from '@noble/curves/abstract/weierstrass.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { hex } from '../bytes.js';
import { baseOf, holds } from '../ecdsa.js';
import type { Curve, CurvePoint } from '../ecdsa.js';
import { P256, P256_BASE } from '../es256.js';
import { RSA_ENCRYPTION, SHA_512, identifier } from './algorithm.js';
import type { Algorithm } from './algorithm.js';
import { Der, OID, SEQUENCE, wellFormed } from './der.js';
import { pkcs1, pss } from './rsa.js';
import { Unbound, malformed, unbound } from './unbound.js';

const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 8192;

const EC_PUBLIC_KEY = '2a8648ce3d0201';
/** P-192 and its kin, and P-224. */
const WEAK_CURVES: readonly string[] = ['2a8648ce3d030101', '2b8104001f', '2b81040021'];

const P = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n;
const P384 = weierstrassN({
  p: P,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  h: 1n,
  a: P - 3n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  Gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
  Gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
});
/** By the object identifier. */
const CURVES: ReadonlyMap<string, { readonly name: string; readonly curve: Curve; readonly base: CurvePoint }> = new Map([
  ['2a8648ce3d030107', { name: 'P-256', curve: P256, base: P256_BASE }],
  ['2b81040022', { name: 'P-384', curve: P384, base: baseOf(P384) }],
]);

export interface Key {
  /** As people write it. */
  readonly name: string;
  verifies(algorithm: Algorithm, message: Uint8Array, signature: Uint8Array): boolean;
}

/** The key of a SubjectPublicKeyInfo. */
export function readKey(contents: Uint8Array): Key {
  const info = new Der(contents);
  const algorithm = info.expect(SEQUENCE).contents;
  const bytes = info.bits();
  info.finish();
  const parameters = new Der(algorithm);
  const kind = parameters.oid();
  if (kind === RSA_ENCRYPTION) {
    identifier(algorithm, true);
    return rsaKey(bytes);
  }
  if (kind !== EC_PUBLIC_KEY) unbound('binding-unknown-algorithm');
  // A curve written out in full instead of named could be any.
  const named = parameters.optional(OID) ?? unbound('binding-unknown-algorithm');
  parameters.finish();
  return ecKey(hex(named.contents), bytes);
}

function rsaKey(bytes: Uint8Array): Key {
  const fields = new Der(bytes).only(SEQUENCE);
  const [modulus, exponent] = [fields.integer(), fields.integer()];
  fields.finish();
  const n = bytesToNumberBE(modulus);
  const bits = n === 0n ? malformed() : n.toString(2).length;
  if (bits < RSA_BITS_MIN) unbound('binding-weak-key');
  if (bits > RSA_BITS_MAX) unbound('binding-unknown-algorithm');
  const positive = isPositive(modulus) && isPositive(exponent);
  const key = { modulus: n, exponent: bytesToNumberBE(exponent), bits };
  return {
    name: `RSA ${bits}`,
    verifies({ padding, hash }, message, signature) {
      const scheme = padding === 'RSA-PSS' ? pss : pkcs1;
      return padding !== 'ECDSA' && positive && scheme(key, hash, message, signature);
    },
  };
}

function ecKey(oid: string, bytes: Uint8Array): Key {
  const { name, curve, base } = CURVES.get(oid) ?? unbound(WEAK_CURVES.includes(oid) ? 'binding-weak-key' : 'binding-unknown-algorithm');
  return {
    name,
    verifies({ padding, hash }, message, signature) {
      if (padding !== 'ECDSA') return false;
      if (hash === SHA_512) unbound('binding-unknown-algorithm');
      const point = pointOf(curve, bytes);
      const numbers = ecdsaNumbers(signature);
      if (point === undefined || numbers === undefined) return false;
      const z = bytesToNumberBE(hash.digest(message).subarray(0, curve.Fn.BYTES));
      return holds(curve, base, point, z, ...numbers);
    },
  };
}

/** Of an uncompressed point, the only form that certificates have. */
function pointOf(curve: Curve, bytes: Uint8Array): CurvePoint | undefined {
  if (bytes[0] !== 4) return undefined;
  try {
    return curve.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function ecdsaNumbers(signature: Uint8Array): [bigint, bigint] | undefined {
  try {
    const fields = new Der(wellFormed(signature).whole).open(SEQUENCE);
    const [r, s] = [fields.integer(), fields.integer()];
    fields.finish();
    return isPositive(r) && isPositive(s) ? [bytesToNumberBE(r), bytesToNumberBE(s)] : undefined;
  } catch (error) {
    if (error instanceof Unbound) return undefined;
    throw error;
  }
}

function isPositive(integer: Uint8Array): boolean {
  return (integer[0] as number) < 0x80;
}
