/** Certificates and CMS that OpenSSL would not make: put together here, signed by Node. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { compare, concat, fromHex, toUtf8 } from '../src/bytes.js';

/** One element of DER. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = concat(...parts);
  const { length } = contents;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concat(Uint8Array.of(tag, ...header), contents);
}

const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
const set = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => der(tag, ...[...parts].sort(compare));
const oid = (hex: string): Uint8Array => der(0x06, fromHex(hex));
const small = (value: number): Uint8Array => der(0x02, Uint8Array.of(value));
const octets = (bytes: Uint8Array): Uint8Array => der(0x04, bytes);
const bits = (bytes: Uint8Array): Uint8Array => der(0x03, Uint8Array.of(0), bytes);

const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), fromHex('0500'));
const SHA256 = sequence(oid('608648016503040201'));
const DATA = oid('2a864886f70d010701');

export const nameOf = (text: string): Uint8Array => sequence(der(0x31, sequence(oid('550403'), der(0x0c, toUtf8(text)))));

export interface Holder {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
}

export function holder(name: string): Holder {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { name, privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) };
}

/** The extension basicConstraints of an authority. */
export const AUTHORITY = sequence(oid('551d13'), octets(sequence(fromHex('0101ff'))));

/** The certificate of `subject`, by `issuer`, from 2025 to 2049. */
export function certificate(subject: Holder, issuer: Holder, serial: number, ...extensions: readonly Uint8Array[]): Uint8Array {
  const time = (text: string): Uint8Array => der(0x17, toUtf8(text));
  const signed = sequence(
    der(0xa0, small(2)), small(serial), SHA256_WITH_RSA, nameOf(issuer.name), sequence(time('250101000000Z'), time('490101000000Z')),
    nameOf(subject.name), subject.spki, ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  return sequence(signed, SHA256_WITH_RSA, bits(sign('sha256', signed, issuer.privateKey)));
}

export const attribute = (name: string, value: Uint8Array): Uint8Array => sequence(oid(name), der(0x31, value));
export const CONTENT_TYPE = attribute('2a864886f70d010903', DATA);
export const messageDigest = (digest: Uint8Array): Uint8Array => attribute('2a864886f70d010904', octets(digest));

/** CMS SignedData by the certificate number `serial` of `issuer`, with these signed attributes. */
export function cms(signer: Holder, issuer: Holder, serial: number, certificates: readonly Uint8Array[], attributes: readonly Uint8Array[]): Uint8Array {
  const signature = sign('sha256', set(0x31, ...attributes), signer.privateKey);
  const info = sequence(
    small(1), sequence(nameOf(issuer.name), small(serial)), SHA256, set(0xa0, ...attributes), SHA256_WITH_RSA, octets(signature),
  );
  const data = sequence(small(1), der(0x31, SHA256), sequence(DATA), set(0xa0, ...certificates), der(0x31, info));
  return sequence(oid('2a864886f70d010702'), der(0xa0, data));
}
