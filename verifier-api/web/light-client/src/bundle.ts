/** The file that a graduate keeps (FORMATS §14): an SD-JWT, its receipt, and what stands behind its status. */
import { fromBase64url, toBase64url, toUtf8 } from './bytes.js';
import { decode, encode } from './codec.js';
import { OPENING_BYTES, opening, receipt } from './formats.js';
import type { Receipt } from './formats.js';
import { isList, isObject, parseJson } from './json.js';
import type { Json, JsonObject } from './json.js';
import { decodeReceipt } from './receipt.js';
import { refuse, refuseAs } from './refusal.js';
import type { Opening } from './types.js';

const BUNDLE_BYTES = 1_572_864;
const OPENINGS = 16;
const FORMAT = 1n;

export interface Bundle {
  readonly credential: string;
  readonly receipt: Receipt;
  readonly openings: readonly Opening[];
}

/** Refused: the codes of a `BundleError`. */
export function readBundle(file: Uint8Array): Bundle {
  if (file.length > BUNDLE_BYTES) refuse('bundle-too-large');
  const value = refuseAs('not-a-bundle', () => parseJson(file));
  if (!isObject(value)) return refuse('not-a-bundle');
  const { credential, receipt: encodedReceipt, openings } = readMembers(value);
  if (openings.length > OPENINGS) refuse('opening-malformed');
  const receiptBytes = refuseAs('not-a-bundle', () => fromBase64url(encodedReceipt));
  return {
    credential,
    receipt: decodeReceipt(receiptBytes),
    openings: openings.map(readOpening),
  };
}

function readOpening(text: string): Opening {
  return refuseAs('opening-malformed', () => decode(opening, fromBase64url(text), OPENING_BYTES));
}

function readMembers(members: JsonObject): { credential: string; receipt: string; openings: readonly string[] } {
  const format = members.get('sogoc-bundle');
  if (typeof format !== 'bigint' || format < 0n) return refuse('not-a-bundle');
  if (format !== FORMAT) return refuse('bundle-unknown-format');
  const credential = members.get('credential');
  const encodedReceipt = members.get('receipt');
  const openings = members.has('openings') ? members.get('openings') : [];
  const expected = members.has('openings') ? 4 : 3;
  if (members.size !== expected || typeof credential !== 'string' || typeof encodedReceipt !== 'string') {
    return refuse('not-a-bundle');
  }
  if (!isList(openings) || !openings.every(isText)) return refuse('not-a-bundle');
  return { credential, receipt: encodedReceipt, openings };
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

export function writeBundle({ credential, receipt: value, openings }: Bundle): Uint8Array {
  return toUtf8(JSON.stringify({
    'sogoc-bundle': 1,
    credential,
    receipt: toBase64url(encode(receipt, value)),
    ...(openings.length === 0 ? {} : { openings: openings.map((each) => toBase64url(encode(opening, each))) }),
  }));
}
