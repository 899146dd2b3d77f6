/**
 * Recursive disclosures (FORMATS §13, Disclosures): each digest in the payload, and in what is disclosed, is given the
 * disclosure that has it; what is left is withheld or a decoy. Refused: the codes of the check `disclosures`.
 */
import { compare, fromBase64url, toBase64url, toUtf8 } from './bytes.js';
import { sha256 } from './hash.js';
import { isList, isObject, parseJson } from './json.js';
import type { Json, JsonObject } from './json.js';
import { refuse, refuseAs } from './refusal.js';

/** A value whose digests have been opened, and which of the disclosures it came with. */
export interface Node {
  readonly value: null | boolean | string | bigint | number | readonly Node[] | ReadonlyMap<string, Node>;
  /** Position among the disclosures; none for what everybody sees. */
  readonly disclosure: number | undefined;
}

export interface Opened {
  readonly members: ReadonlyMap<string, Node>;
  /** Digests that no disclosure has. */
  readonly withheld: number;
}

const DISCLOSURE_BYTES = 8 * 1024;
/** Of 32 bytes in base64url. */
const DIGEST_CHARACTERS = 43;
/** Containers below the payload in one another. */
const DEPTH = 8;
const RESERVED = new Set(['_sd', '_sd_alg', '...']);

interface Disclosure {
  readonly name: string | undefined;
  readonly value: Json;
  readonly position: number;
}

export function openPayload(payload: JsonObject, disclosures: readonly string[]): Opened {
  const opener = new Opener(readDisclosures(disclosures));
  const members = new Map(payload);
  members.delete('_sd_alg');
  const opened = opener.members(members, 0);
  opener.finish();
  return { members: opened, withheld: opener.withheld };
}

/** By digest. */
function readDisclosures(disclosures: readonly string[]): Map<string, Disclosure> {
  const byDigest = new Map<string, Disclosure>();
  disclosures.forEach((text, position) => {
    const bytes = toUtf8(text);
    const digest = toBase64url(sha256(bytes));
    if (byDigest.has(digest)) refuse('digest-duplicate');
    if (bytes.length > DISCLOSURE_BYTES) refuse('document-too-large');
    byDigest.set(digest, { ...readDisclosure(text), position });
  });
  return byDigest;
}

function readDisclosure(text: string): { name: string | undefined; value: Json } {
  const parts = parseJson(fromBase64url(text));
  if (!isList(parts) || (parts.length !== 2 && parts.length !== 3)) return refuse('disclosure-malformed');
  const [salt, second, third] = parts as [Json, Json, Json | undefined];
  if (typeof salt !== 'string') return refuse('disclosure-malformed');
  if (third === undefined) return { name: undefined, value: second };
  if (typeof second !== 'string') return refuse('disclosure-malformed');
  if (RESERVED.has(second)) return refuse('claim-reserved');
  return { name: second, value: third };
}

class Opener {
  /** Every digest that was met, wherever in the document. */
  private readonly met = new Set<string>();
  private placed = 0;

  constructor(private readonly disclosures: ReadonlyMap<string, Disclosure>) {}

  get withheld(): number {
    return this.met.size - this.placed;
  }

  /** Every disclosure found its place. */
  finish(): void {
    if (this.placed !== this.disclosures.size) refuse('disclosure-unreferenced');
  }

  /** The members of an object that has `depth` containers around it. */
  members(object: JsonObject, depth: number): Map<string, Node> {
    const digests = object.has('_sd') ? object.get('_sd') : [];
    if (!isList(digests)) return refuse('digest-malformed');
    for (const name of object.keys()) if (name !== '_sd' && RESERVED.has(name)) refuse('claim-reserved');
    const members = new Map<string, Node>();
    // By their bytes: of two faults every reader is to find the same one first, whatever order it keeps members in.
    for (const [name, value] of [...object].sort(([a], [b]) => compare(toUtf8(a), toUtf8(b)))) {
      if (name !== '_sd') members.set(name, this.node(value, depth, undefined));
    }
    for (const digest of digests) {
      const disclosure = this.take(digest);
      if (disclosure === undefined) continue;
      const { name, value, position } = disclosure;
      if (name === undefined) return refuse('disclosure-malformed');
      if (members.has(name)) refuse('claim-clash');
      members.set(name, this.node(value, depth, position));
    }
    return members;
  }

  private elements(list: readonly Json[], depth: number): Node[] {
    const elements: Node[] = [];
    for (const element of list) {
      if (!isObject(element) || !element.has('...')) {
        elements.push(this.node(element, depth, undefined));
        continue;
      }
      if (element.size !== 1) refuse('digest-malformed');
      const disclosure = this.take(element.get('...'));
      if (disclosure === undefined) continue;
      if (disclosure.name !== undefined) refuse('disclosure-malformed');
      elements.push(this.node(disclosure.value, depth, disclosure.position));
    }
    return elements;
  }

  private node(value: Json, around: number, disclosure: number | undefined): Node {
    if (!isObject(value) && !isList(value)) return { value, disclosure };
    const depth = around + 1;
    if (depth > DEPTH) refuse('json-too-deep');
    return { value: isObject(value) ? this.members(value, depth) : this.elements(value, depth), disclosure };
  }

  /** The disclosure with this digest, unless it is withheld or a decoy. */
  private take(digest: Json | undefined): Disclosure | undefined {
    if (typeof digest !== 'string' || digest.length !== DIGEST_CHARACTERS) return refuse('digest-malformed');
    refuseAs('digest-malformed', () => fromBase64url(digest));
    if (this.met.has(digest)) refuse('digest-duplicate');
    this.met.add(digest);
    const disclosure = this.disclosures.get(digest);
    if (disclosure !== undefined) this.placed += 1;
    return disclosure;
  }
}
