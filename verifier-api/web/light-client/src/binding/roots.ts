/** The file of roots (FORMATS §22): whose signatures on certificates are trusted, and whose certificate is whose. */
import { fromBase64url } from '../bytes.js';
import { isName } from '../codec.js';
import { isList, isObject, parseJson } from '../json.js';
import type { Json, JsonObject } from '../json.js';
import { Refusal, refuse } from '../refusal.js';
import { wellFormed } from './der.js';
import { Certificate } from './x509.js';

const FILE_BYTES = 2 << 20;
const ROOTS_MAX = 16;
/** The fall of one authority must not be the end of every binding. */
const ROOTS_MIN = 2;

const UTC_PLUS_7_MS = 25_200_000;

export interface Root {
  readonly name: string;
  /** It is trusted from `from` until before `until`. */
  readonly from: bigint;
  readonly until: bigint;
  readonly certificate: Certificate;
}

export interface RootsFile {
  readonly roots: readonly Root[];
  /** The names that the certificates of an issuer have. */
  readonly organisations: ReadonlyMap<string, readonly string[]>;
  /** The file says that it is of a test or a class. */
  readonly throwaway: boolean;
}

/** Refused: `bad-roots`. */
export function readRootsFile(bytes: Uint8Array): RootsFile {
  try {
    return fileOf(bytes);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal('bad-roots');
    throw error;
  }
}

function fileOf(bytes: Uint8Array): RootsFile {
  const file = bytes.length > FILE_BYTES ? bad() : objectOf(parseJson(bytes), 'sogoc-roots', 'throwaway', 'roots', 'organisations');
  if (file.get('sogoc-roots') !== 1n) bad();
  const throwaway = file.has('throwaway') ? file.get('throwaway') : false;
  const list = file.get('roots');
  if (typeof throwaway !== 'boolean' || !isList(list)) return bad();
  const roots = list.map(rootOf);
  const names = new Set(roots.map(({ name }) => name));
  if (roots.length > ROOTS_MAX || roots.length < (throwaway ? 1 : ROOTS_MIN) || names.size < roots.length) bad();
  const organisations = file.has('organisations') ? organisationsOf(file.get('organisations')) : new Map();
  return { roots, organisations, throwaway };
}

function rootOf(value: Json): Root {
  const members = objectOf(value, 'name', 'from', 'until', 'certificate');
  const text = (member: string): string => textOf(members.get(member));
  const name = text('name');
  const [from, until] = [dayOf(text('from')), dayOf(text('until'))];
  if (name === '' || /[\0-\x1f\x7f-\x9f]/.test(name) || until <= from) bad();
  const certificate = new Certificate(wellFormed(fromBase64(text('certificate'))));
  if (!certificate.isAuthority || certificate.extensions.unknownCritical) bad();
  void certificate.key; // refused if it does not count
  return { name, from, until, certificate };
}

function organisationsOf(value: Json | undefined): Map<string, readonly string[]> {
  const entries = isObject(value) ? [...value] : bad();
  return new Map(entries.map(([issuer, names]) => (
    isName(issuer) && isList(names) ? [issuer, names.map(textOf)] : bad()
  )));
}

function bad(): never {
  return refuse('bad-roots');
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : bad();
}

/** An object with no other members than these: a misspelt `until` is no unlimited root. */
function objectOf(value: Json, ...known: readonly string[]): JsonObject {
  return isObject(value) && [...value.keys()].every((name) => known.includes(name)) ? value : bad();
}

/** RFC 4648 §4, padded. */
function fromBase64(text: string): Uint8Array {
  const [, digits] = /^([A-Za-z0-9+/]*)={0,2}$/.exec(text.length % 4 === 0 ? text : '-') ?? bad();
  return fromBase64url((digits as string).replaceAll('+', '-').replaceAll('/', '_'));
}

/** When a day begins in Vietnam (UTC+7); those of before 1970 at 1970. */
function dayOf(text: string): bigint {
  const begins = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  if (Number.isNaN(begins.getTime()) || !begins.toISOString().startsWith(text)) bad();
  return BigInt(Math.max(begins.getTime() - UTC_PLUS_7_MS, 0));
}

const SPACES = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** A name as it is compared: case and spaces do not count. */
function folded(name: string): string {
  const lower = Array.from(name.normalize('NFC'), (character) => character.toLowerCase()).join('').normalize('NFC');
  return lower.split(SPACES).filter((word) => word !== '').join(' ');
}

/** Whether a certificate of `holder` is one of the issuer's, whose names on the ledger are `names`. */
export function isOf({ organisations }: RootsFile, holder: string, issuer: string, names: readonly string[]): boolean {
  const wanted = folded(holder);
  return wanted !== '' && (organisations.get(issuer) ?? names).some((name) => folded(name) === wanted);
}
