/**
 * A type of document that a bundle brings (FORMATS §23): the text of a schema, then those of the code lists that it refers
 * to. Read strictly, so that one text is one type to every reader. Refused: `definition-malformed`, and
 * `definition-unknown-format` of what a later reader may know.
 */
import { fromBase64url, hex, toUtf8 } from './bytes.js';
import { isName } from './codec.js';
import { sha256 } from './hash.js';
import { isList, isObject, parseJson } from './json.js';
import type { Json, JsonObject } from './json.js';
import { refuse, refuseAs } from './refusal.js';
import { isForm, isText } from './schema.js';
import type { Field, ObjectShape, Schema, Shape } from './schema.js';
import { ENVELOPE } from './sdjwt.js';
import type { Label } from './types.js';

const FORMAT = 1n;
const TEXT_BYTES = 16_384;
const LABEL_BYTES = 200;
const VERSIONS = 65_535;
/** In one container; and slots of a list. */
const CLAIMS = 64;
const CODES = 500;

/** What a claim may be, by where it stands. */
const INSIDE = ['format', 'codes'] as const;
const IN_GROUP = [...INSIDE, 'object', 'file-digest'] as const;
const AT_TOP = [...IN_GROUP, 'group', 'list'] as const;
type Kind = (typeof AT_TOP)[number];

interface Text {
  readonly members: JsonObject;
  /** SHA-256, in hex. */
  readonly digest: string;
}

/** A list that the schema refers to; its codes come when its text is read. */
interface CodeList {
  readonly id: string;
  readonly version: number;
  readonly codes: Map<string, Label>;
}

export function readDefinition(texts: readonly string[]): Schema {
  // Whether all of them can be read is settled before anything else.
  const [first, ...others] = texts.map((text, at) => openText(text, at === 0 ? 'sogoc-schema' : 'sogoc-codes'));
  const reader = new SchemaReader();
  const schema = reader.schema(first ?? malformed());
  const lists = [...reader.lists];
  if (lists.length !== others.length) malformed();
  others.forEach((text, at) => readCodeList(text, lists[at] as [string, CodeList]));
  return schema;
}

function malformed(): never {
  return refuse('definition-malformed');
}

function openText(text: string, format: string): Text {
  const bytes = refuseAs('definition-malformed', () => fromBase64url(text));
  if (bytes.length > TEXT_BYTES) malformed();
  const members = objectOf(refuseAs('definition-malformed', () => parseJson(bytes)));
  const version = members.get(format);
  if (typeof version !== 'bigint' || version < 0n) malformed();
  if (version !== FORMAT) refuse('definition-unknown-format');
  const others = new Map(members);
  others.delete(format);
  return { members: others, digest: hex(sha256(bytes)) };
}

/** Refused unless this is the list that the schema refers to here. */
function readCodeList({ members, digest }: Text, [wanted, { id, version, codes }]: [string, CodeList]): void {
  checkNames(members, 'id', 'version', 'title', 'codes');
  if (digest !== wanted || idOf(members, 'id') !== id || versionOf(members) !== version) malformed();
  titleOf(members);
  for (const entry of listOf(members.get('codes'), CODES).map(objectOf)) {
    checkNames(entry, 'code', 'vi', 'en');
    const code = lineOf(entry, 'code');
    if (codes.has(code)) malformed();
    codes.set(code, labelOf(entry));
  }
}

class SchemaReader {
  /** By digest, in the order in which they are first referred to. */
  readonly lists = new Map<string, CodeList>();

  schema({ members, digest }: Text): Schema {
    checkNames(members, 'id', 'version', 'title', 'claims', 'table');
    if (members.has('table')) objectOf(members.get('table'));
    // Claims at the top and in groups are one namespace: people leave out a group's name.
    const top = this.object(members.get('claims'), AT_TOP, new Set(ENVELOPE));
    checkKeys(top);
    return { id: idOf(members, 'id'), version: versionOf(members), top, digest, title: titleOf(members) };
  }

  /** The claims of one container; `taken` are the names that none may have. */
  private object(claims: Json | undefined, kinds: readonly Kind[], taken: Set<string>): ObjectShape {
    const entries = listOf(claims, CLAIMS).map((claim) => this.claim(objectOf(claim), kinds, taken));
    return { kind: 'object', members: new Map(entries) };
  }

  private claim(claim: JsonObject, kinds: readonly Kind[], taken: Set<string>): [string, Field] {
    const kind = kinds.find((one) => claim.has(one)) ?? malformed();
    checkNames(claim, 'name', 'vi', 'en', kind, 'optional', 'sensitive');
    const name = claim.get('name');
    if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(name) || taken.has(name)) return malformed();
    taken.add(name);
    flagOf(claim, 'optional');
    const sensitive = flagOf(claim, 'sensitive');
    return [name, { shape: this.shape(kind, claim.get(kind), taken), sensitive, label: labelOf(claim) }];
  }

  private shape(kind: Kind, value: Json | undefined, taken: Set<string>): Shape {
    switch (kind) {
      case 'format':
        return typeof value === 'string' && isForm(value) ? { kind: 'text', form: value } : malformed();
      case 'codes':
        return { kind: 'text', form: 'text', codes: this.codes(objectOf(value)) };
      case 'file-digest':
        return value === true ? { kind } : malformed();
      case 'group':
        return this.object(value, IN_GROUP, taken);
      case 'object':
        return this.object(value, INSIDE, new Set());
      case 'list':
        return this.list(objectOf(value));
    }
  }

  private list(list: JsonObject): Shape {
    checkNames(list, 'key', 'members', 'slots');
    const key = objectOf(list.get('key'));
    // Visible wherever the element is, and told apart by its text.
    if (key.get('format') !== 'text' || key.has('optional') || key.has('sensitive')) malformed();
    const taken = new Set<string>();
    const [name, field] = this.claim(key, INSIDE, taken);
    const { kind, members } = this.object(list.get('members'), INSIDE, taken);
    const element = { kind, members: new Map([[name, field], ...members]) };
    return { kind: 'list', key: name, slots: integerOf(list, 'slots', CLAIMS), element };
  }

  private codes(reference: JsonObject): CodeList['codes'] {
    checkNames(reference, 'list', 'version', 'digest');
    const id = idOf(reference, 'list');
    const version = versionOf(reference);
    const digest = reference.get('digest');
    if (typeof digest !== 'string') return malformed();
    const list = this.lists.get(digest) ?? { id, version, codes: new Map() };
    if (list.id !== id || list.version !== version) malformed();
    this.lists.set(digest, list);
    return list.codes;
  }
}

/** What is a key in one list is no other member in any: paths name elements by it. */
function checkKeys({ members }: ObjectShape): void {
  const lists = [...members.values()].flatMap(({ shape }) => (shape.kind === 'list' ? [shape] : []));
  for (const { key } of lists) {
    if (lists.some((other) => other.key !== key && other.element.members.has(key))) malformed();
  }
}

// ---- Parts of both ------------------------------------------------------------------------------------------------

/** Refused if it has a member beside these; one that it lacks is refused where it is read. */
function checkNames(object: JsonObject, ...names: readonly string[]): void {
  for (const name of object.keys()) if (!names.includes(name)) malformed();
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : malformed();
}

function listOf(value: Json | undefined, most: number): readonly Json[] {
  return isList(value) && value.length >= 1 && value.length <= most ? value : malformed();
}

function integerOf(object: JsonObject, name: string, most: number): number {
  const value = object.get(name);
  return typeof value === 'bigint' && value >= 1n && value <= most ? Number(value) : malformed();
}

function versionOf(object: JsonObject): number {
  return integerOf(object, 'version', VERSIONS);
}

function idOf(object: JsonObject, name: string): string {
  const value = object.get(name);
  return typeof value === 'string' && isName(value) ? value : malformed();
}

/** `true` if it is there. */
function flagOf(object: JsonObject, name: string): boolean {
  return object.has(name) && (object.get(name) === true || malformed());
}

function lineOf(object: JsonObject, name: string): string {
  const value = object.get(name);
  return typeof value === 'string' && isText(value) && toUtf8(value).length <= LABEL_BYTES ? value : malformed();
}

function labelOf(object: JsonObject): Label {
  return { vi: lineOf(object, 'vi'), en: lineOf(object, 'en') };
}

function titleOf(members: JsonObject): Label {
  const title = objectOf(members.get('title'));
  checkNames(title, 'vi', 'en');
  return labelOf(title);
}
