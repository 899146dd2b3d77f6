/** Hashes and kinds of signatures that count (FORMATS §22). What is weaker is refused as weak, everything else as unknown. */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { Der, NULL, SEQUENCE, context } from './der.js';
import { malformed, unbound } from './unbound.js';

/** Object identifiers, here and elsewhere, are the hex of their contents. */
export const RSA_ENCRYPTION = '2a864886f70d010101';
const RSA_MGF1 = '2a864886f70d010108';
const RSA_PSS = '2a864886f70d01010a';

export interface Hash {
  readonly name: string;
  readonly length: number;
  readonly digest: (bytes: Uint8Array) => Uint8Array;
  /** Of its AlgorithmIdentifier. */
  readonly oid: string;
}

export const SHA_256: Hash = { name: 'SHA-256', length: 32, digest: sha256, oid: '608648016503040201' };
export const SHA_384: Hash = { name: 'SHA-384', length: 48, digest: sha384, oid: '608648016503040202' };
export const SHA_512: Hash = { name: 'SHA-512', length: 64, digest: sha512, oid: '608648016503040203' };
const HASHES: readonly Hash[] = [SHA_256, SHA_384, SHA_512];
/** MD2, MD4, MD5, SHA-1, SHA-224. */
const WEAK_HASHES: readonly string[] = [
  '2a864886f70d0202', '2a864886f70d0204', '2a864886f70d0205', '2b0e03021a', '608648016503040204',
];
/** `sha…WithRSAEncryption` and `ecdsa-with-…`, with the hash if it is one that counts. */
const RSA_WITH: ReadonlyMap<string, Hash | undefined> = new Map([
  ['2a864886f70d01010b', SHA_256], ['2a864886f70d01010c', SHA_384], ['2a864886f70d01010d', SHA_512],
  ['2a864886f70d010102', undefined], ['2a864886f70d010104', undefined], ['2a864886f70d010105', undefined],
  ['2a864886f70d01010e', undefined],
]);
const ECDSA_WITH: ReadonlyMap<string, Hash | undefined> = new Map([
  ['2a8648ce3d040302', SHA_256], ['2a8648ce3d040303', SHA_384], ['2a8648ce3d040304', SHA_512],
  ['2a8648ce3d0401', undefined], ['2a8648ce3d040301', undefined],
]);

export interface Algorithm {
  /** As people write it. */
  readonly padding: 'RSA PKCS#1 v1.5' | 'RSA-PSS' | 'ECDSA';
  readonly hash: Hash;
}

/** The object identifier of an AlgorithmIdentifier without parameters; they may be NULL where that is allowed. */
export function identifier(contents: Uint8Array, nullAllowed: boolean): string {
  const der = new Der(contents);
  const oid = der.oid();
  if (nullAllowed && (der.optional(NULL)?.contents.length ?? 0) > 0) malformed();
  der.finish();
  return oid;
}

/** The hash that an AlgorithmIdentifier names. */
export function readHash(contents: Uint8Array): Hash {
  const oid = identifier(contents, true);
  if (WEAK_HASHES.includes(oid)) unbound('binding-weak-hash');
  return HASHES.find((hash) => hash.oid === oid) ?? unbound('binding-unknown-algorithm');
}

/** The algorithm that an AlgorithmIdentifier names. CMS may leave the hash to the digest algorithm. */
export function readAlgorithm(contents: Uint8Array, digest?: Hash): Algorithm {
  const oid = new Der(contents).oid();
  const found = ((): Algorithm => {
    if (oid === RSA_PSS) return { padding: 'RSA-PSS', hash: pssHash(contents) };
    for (const [known, padding] of [[RSA_WITH, 'RSA PKCS#1 v1.5'], [ECDSA_WITH, 'ECDSA']] as const) {
      if (!known.has(oid)) continue;
      identifier(contents, known === RSA_WITH);
      return { padding, hash: known.get(oid) ?? unbound('binding-weak-hash') };
    }
    if (oid !== RSA_ENCRYPTION || digest === undefined) return unbound('binding-unknown-algorithm');
    identifier(contents, true);
    return { padding: 'RSA PKCS#1 v1.5', hash: digest };
  })();
  return digest === undefined || digest === found.hash ? found : malformed();
}

/** The hash of RSASSA-PSS-params (RFC 4055 §3.1), whose defaults are all of SHA-1. */
function pssHash(contents: Uint8Array): Hash {
  const whole = new Der(contents);
  whole.oid();
  const parameters = whole.only(SEQUENCE);
  const hashField = parameters.optional(context(0)) ?? unbound('binding-weak-hash');
  const hash = readHash(new Der(hashField.contents).expect(SEQUENCE).contents);
  const maskField = parameters.optional(context(1)) ?? unbound('binding-weak-hash');
  const mask = new Der(maskField.contents).open(SEQUENCE);
  if (mask.oid() !== RSA_MGF1) unbound('binding-unknown-algorithm');
  const maskHash = readHash(mask.expect(SEQUENCE).contents);
  mask.finish();
  const saltField = parameters.optional(context(2));
  const salt = saltField === undefined ? [20] : new Der(saltField.contents).integer();
  parameters.finish();
  const same = maskHash === hash && salt.length === 1 && salt[0] === hash.length;
  return same ? hash : unbound('binding-unknown-algorithm');
}
