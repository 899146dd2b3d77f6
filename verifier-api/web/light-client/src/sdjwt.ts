/** The SD-JWT as a document of the ledger (FORMATS §13, Integrity), and the binding to its holder. */
import { equal, fromBase64url, toBase64url, toUtf8 } from './bytes.js';
import { compress } from './es256.js';
import { sha256 } from './hash.js';
import { isObject, parseJson } from './json.js';
import type { Json, JsonObject } from './json.js';
import { leafHash } from './merkle.js';
import { refuse, refuseAs } from './refusal.js';
import { isDate, schemaOf } from './schema.js';
import type { Schema } from './schema.js';
import { isAcceptable, verifies } from './signature.js';
import type { Hash, HolderQuestion, Pointer, PublicKey } from './types.js';

const DOCUMENT_BYTES = 1024 * 1024;
const JWT_BYTES = 64 * 1024;
const DISCLOSURES = 512;
const LAST_SECOND = 253402300799n;
const HOLDER_TEXT_BYTES = 1000;
const CLOCK_SKEW_SECONDS = 300n;
const FIRST_64 = -(2n ** 63n);
const LAST_64 = 2n ** 63n - 1n;

/** What stands in the payload beside digests; none of it can be disclosed. */
export const ENVELOPE = ['iss', 'vct', 'schema', 'date', 'exp', 'cnf', 'ledger'] as const;

interface Jws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** What is signed: header part ‖ "." ‖ payload part. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Document {
  readonly jwt: Jws;
  readonly leaf: Hash;
  readonly key: PublicKey;
  readonly schema: Schema;
  readonly issuer: string;
  readonly date: string;
  readonly expires: bigint | undefined;
  readonly pointer: Pointer;
  readonly holderKey: PublicKey | undefined;
  readonly disclosures: readonly string[];
  readonly binding: Jws | undefined;
  /** Everything up to and with the last `~`. */
  readonly presented: string;
}

/** `given` is the schema that came with it, if one did. Refused: the codes of the check `integrity`. */
export function readDocument(credential: string, given?: Schema): Document {
  const { jwt: compact, disclosures, binding: bound, presented } = split(credential);
  const jwt = readJws(compact);
  const key = readHeader(jwt.header);
  const envelope = readEnvelope(jwt.payload, given);
  const binding = bound === '' ? undefined : readJws(bound);
  return { jwt, leaf: leafHash(toUtf8(compact)), key, ...envelope, disclosures, binding, presented };
}

/** The parts of the compact form. */
export function split(credential: string): { jwt: string; disclosures: string[]; binding: string; presented: string } {
  if (sizeOf(credential) > DOCUMENT_BYTES) refuse('document-too-large');
  const parts = credential.split('~');
  if (parts.length < 2) refuse('document-malformed');
  const jwt = parts[0] as string;
  const binding = parts[parts.length - 1] as string;
  const disclosures = parts.slice(1, -1);
  if (disclosures.length > DISCLOSURES || sizeOf(jwt) > JWT_BYTES || sizeOf(binding) > JWT_BYTES) {
    refuse('document-too-large');
  }
  if (disclosures.includes('')) refuse('document-malformed');
  return { jwt, disclosures, binding, presented: credential.slice(0, credential.length - binding.length) };
}

function sizeOf(text: string): number {
  return toUtf8(text).length;
}

function readJws(compact: string): Jws {
  const end = compact.lastIndexOf('.');
  const signed = compact.slice(0, Math.max(end, 0));
  const middle = signed.indexOf('.');
  if (middle < 0) refuse('document-malformed');
  const header = readObject(signed.slice(0, middle));
  const payload = readObject(signed.slice(middle + 1));
  return { header, payload, signed: toUtf8(signed), signature: fromBase64url(compact.slice(end + 1)) };
}

function readObject(part: string): JsonObject {
  const value = parseJson(fromBase64url(part));
  return isObject(value) ? value : refuse('json-malformed');
}

function readHeader(header: JsonObject): PublicKey {
  const alg = header.get('alg');
  if (header.size !== 3 || header.get('typ') !== 'dc+sd-jwt' || typeof alg !== 'string') refuse('header-malformed');
  if (alg !== 'Ed25519' && alg !== 'ES256') refuse('algorithm-unsupported');
  const jwk = header.get('jwk');
  const key = isObject(jwk) ? readJwk(jwk) : refuse('header-malformed');
  return key.algorithm === alg ? key : refuse('key-malformed');
}

function readJwk(jwk: JsonObject): PublicKey {
  const kty = jwk.get('kty');
  const crv = jwk.get('crv');
  const isKnownKind = kty === 'EC' || kty === 'RSA' || kty === 'OKP';
  if (isKnownKind && typeof crv === 'string' && crv !== 'Ed25519' && crv !== 'P-256') refuse('algorithm-unsupported');
  if (kty === 'EC' && crv === 'P-256' && jwk.size === 4) {
    return { algorithm: 'ES256', bytes: pointOf(coordinate(jwk, 'x'), coordinate(jwk, 'y')) };
  }
  if (kty !== 'OKP' || crv !== 'Ed25519' || jwk.size !== 3) return refuse('key-malformed');
  const key: PublicKey = { algorithm: 'Ed25519', bytes: coordinate(jwk, 'x') };
  return isAcceptable(key) ? key : refuse('key-malformed');
}

function pointOf(x: Uint8Array, y: Uint8Array): Uint8Array {
  try {
    return compress(x, y);
  } catch {
    return refuse('key-malformed');
  }
}

function coordinate(jwk: JsonObject, name: string): Uint8Array {
  const text = jwk.get(name);
  const bytes = typeof text === 'string' ? refuseAs('key-malformed', () => fromBase64url(text)) : undefined;
  return bytes?.length === 32 ? bytes : refuse('key-malformed');
}

type Envelope = Pick<Document, 'schema' | 'issuer' | 'date' | 'expires' | 'pointer' | 'holderKey'>;

function readEnvelope(payload: JsonObject, given: Schema | undefined): Envelope {
  if (payload.get('_sd_alg') !== 'sha-256') refuse('hash-unsupported');
  const known: readonly string[] = [...ENVELOPE, '_sd', '_sd_alg'];
  for (const name of payload.keys()) if (!known.includes(name)) refuse('envelope-malformed');
  const vct = textOf(payload, 'vct');
  const version = textOf(payload, 'schema');
  const schema = schemaOf(vct, given) ?? refuse('type-unknown');
  if (version !== String(schema.version)) refuse('schema-version-unknown');
  const holderKey = readConfirmation(payload.get('cnf'));
  const pointer = readPointer(payload.get('ledger'));
  const issuer = visibleAscii(textOf(payload, 'iss'));
  const expires = payload.get('exp');
  if (expires !== undefined && (typeof expires !== 'bigint' || expires < 0n || expires > LAST_SECOND)) {
    return refuse('envelope-malformed');
  }
  const date = textOf(payload, 'date');
  if (!isDate(date)) refuse('envelope-malformed');
  return { schema, issuer, date, expires, pointer, holderKey };
}

function textOf(object: JsonObject, name: string): string {
  const value = object.get(name);
  return typeof value === 'string' ? value : refuse('envelope-malformed');
}

function visibleAscii(text: string): string {
  return /^[!-~]{1,200}$/.test(text) ? text : refuse('envelope-malformed');
}

function readConfirmation(cnf: Json | undefined): PublicKey | undefined {
  if (cnf === undefined) return undefined;
  const jwk = isObject(cnf) && cnf.size === 1 ? cnf.get('jwk') : undefined;
  return isObject(jwk) ? readJwk(jwk) : refuse('envelope-malformed');
}

function readPointer(ledger: Json | undefined): Pointer {
  if (!isObject(ledger) || ledger.size !== 3) return refuse('envelope-malformed');
  const batch = textOf(ledger, 'batch');
  if (!/^[0-9a-f]{32}$/.test(batch)) refuse('envelope-malformed');
  return { chain: visibleAscii(textOf(ledger, 'chain')), issuer: visibleAscii(textOf(ledger, 'issuer')), batch };
}

/** Refused: `issuer-signature-invalid`. */
export function checkIssuerSignature({ key, jwt }: Document): void {
  if (!verifies(key, jwt.signed, jwt.signature)) refuse('issuer-signature-invalid');
}

/** Refused unless the presentation is bound, by the holder's key and for this question: the codes of `holder-binding`. */
export function checkHolder({ binding, holderKey, presented }: Document, question: HolderQuestion, nowMs: bigint): void {
  if (binding === undefined) return refuse('holder-binding-missing');
  if (holderKey === undefined) return refuse('holder-key-missing');
  const { header, payload } = binding;
  if (header.get('typ') !== 'kb+jwt' || header.has('crit')) refuse('holder-binding-malformed');
  const alg = header.get('alg');
  if (alg !== holderKey.algorithm && (alg !== 'EdDSA' || holderKey.algorithm !== 'Ed25519')) refuse('algorithm-unsupported');
  const audience = holderText(payload.get('aud'));
  const nonce = holderText(payload.get('nonce'));
  const issuedAt = holderTime(payload.get('iat'));
  const expires = payload.has('exp') ? holderTime(payload.get('exp')) : undefined;
  if (payload.get('sd_hash') !== toBase64url(sha256(toUtf8(presented)))) refuse('holder-hash-differs');
  if (!verifies(holderKey, binding.signed, binding.signature)) refuse('holder-signature-invalid');
  if (audience !== question.audience) refuse('holder-audience-differs');
  if (nonce !== question.nonce) refuse('holder-nonce-differs');
  const now = question.nowSeconds ?? nowMs / 1000n;
  const age = now - issuedAt;
  if (age < -CLOCK_SKEW_SECONDS) refuse('holder-binding-in-future');
  if (age > question.maxAgeSeconds || (expires !== undefined && now >= expires)) refuse('holder-binding-expired');
}

function holderText(value: Json | undefined): string {
  return typeof value === 'string' && sizeOf(value) <= HOLDER_TEXT_BYTES ? value : refuse('holder-binding-malformed');
}

function holderTime(value: Json | undefined): bigint {
  return typeof value === 'bigint' && value >= FIRST_64 && value <= LAST_64 ? value : refuse('holder-binding-malformed');
}

/** Refused: `other-file`. */
export function checkOriginal(file: Uint8Array, { salt, digest }: { salt: Uint8Array; digest: Uint8Array }): void {
  if (!equal(sha256.create().update(salt).update(file).digest(), digest)) refuse('other-file');
}
