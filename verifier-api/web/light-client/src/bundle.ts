/** The file that a graduate keeps (FORMATS §14): an SD-JWT, its receipt and former statuses, and what stands behind them. */
import { fromBase64url, toBase64url, toUtf8 } from './bytes.js';
import { decode, encode } from './codec.js';
import type { Type } from './codec.js';
import { readDefinition } from './definition.js';
import { OPENING_BYTES, keyEvidence, opening, receipt, statusEntry } from './formats.js';
import type { KeyEvidence, Receipt } from './formats.js';
import { isList, isObject, parseJson } from './json.js';
import type { Json, JsonObject } from './json.js';
import { decodeReceipt } from './receipt.js';
import { refuse, refuseAs } from './refusal.js';
import type { Schema } from './schema.js';
import type { Opening, StatusEntry } from './types.js';

const BUNDLE_BYTES = 1_572_864;
const OPENINGS = 16;
const HISTORY = 16;
const EVIDENCE = 4;
const DEFINITIONS = 8;
const FORMAT = 2n;

export interface Bundle {
  readonly credential: string;
  readonly receipt: Receipt;
  readonly openings: readonly Opening[];
  /** What the status entry of the receipt replaced, oldest first, as the file says. */
  readonly history: readonly StatusEntry[];
  /** What binds the sealing key to a certificate; only its form is read here. */
  readonly evidence: readonly KeyEvidence[];
  /** The texts that define the document's type, as the file has them, and what they define; none if it brings none. */
  readonly definitions: readonly string[];
  readonly schema: Schema | undefined;
}

/** Refused: the codes of a `BundleError`. */
export function readBundle(file: Uint8Array): Bundle {
  if (file.length > BUNDLE_BYTES) refuse('bundle-too-large');
  const value = refuseAs('not-a-bundle', () => parseJson(file));
  if (!isObject(value)) return refuse('not-a-bundle');
  const format = value.get('sogoc-bundle');
  if (typeof format !== 'bigint' || format < 0n) return refuse('not-a-bundle');
  if (format !== FORMAT) return refuse('bundle-unknown-format');
  const credential = value.get('credential');
  const encodedReceipt = value.get('receipt');
  const openings = textsOf(value, 'openings');
  const history = textsOf(value, 'history');
  const evidence = textsOf(value, 'evidence');
  const definitions = textsOf(value, 'definitions');
  const lists = [openings, history, evidence, definitions].filter((list) => list !== undefined).length;
  if (value.size !== 3 + lists || typeof credential !== 'string' || typeof encodedReceipt !== 'string') {
    return refuse('not-a-bundle');
  }
  if (openings !== undefined && openings.length > OPENINGS) refuse('opening-malformed');
  if (history !== undefined && history.length > HISTORY) refuse('history-malformed');
  if (evidence !== undefined && evidence.length > EVIDENCE) refuse('evidence-malformed');
  if (definitions?.length === 0 || (definitions ?? []).length > DEFINITIONS) refuse('definition-malformed');
  const receiptBytes = refuseAs('not-a-bundle', () => fromBase64url(encodedReceipt));
  return {
    credential,
    receipt: decodeReceipt(receiptBytes),
    openings: refuseAs('opening-malformed', () => decodeAll(opening, openings, OPENING_BYTES)),
    history: refuseAs('history-malformed', () => decodeAll(statusEntry, history)),
    evidence: refuseAs('evidence-malformed', () => decodeAll(keyEvidence, evidence)),
    definitions: definitions ?? [],
    schema: definitions === undefined ? undefined : readDefinition(definitions),
  };
}

/** A list that may be missing. */
function textsOf(members: JsonObject, name: string): readonly string[] | undefined {
  const list = members.get(name);
  if (list === undefined) return undefined;
  return isList(list) && list.every(isText) ? list : refuse('not-a-bundle');
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function decodeAll<T>(type: Type<T>, texts: readonly string[] = [], limit?: number): T[] {
  return texts.map((text) => decode(type, fromBase64url(text), limit));
}

export function writeBundle(bundle: Omit<Bundle, 'schema'>): Uint8Array {
  const { credential, receipt: value, openings, history, evidence, definitions } = bundle;
  return toUtf8(JSON.stringify({
    'sogoc-bundle': Number(FORMAT),
    credential,
    receipt: toBase64url(encode(receipt, value)),
    ...member('openings', encodedAll(opening, openings)),
    ...member('history', encodedAll(statusEntry, history)),
    ...member('evidence', encodedAll(keyEvidence, evidence)),
    ...member('definitions', definitions),
  }));
}

function encodedAll<T>(type: Type<T>, values: readonly T[]): string[] {
  return values.map((value) => toBase64url(encode(type, value)));
}

/** A member of the file; none for an empty list. */
function member(name: string, texts: readonly string[]): Record<string, readonly string[]> {
  return texts.length === 0 ? {} : { [name]: texts };
}
