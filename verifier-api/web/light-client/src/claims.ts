/** What a document shows, as a tree whose paths name its claims (FORMATS §13, Paths). */
import { hex } from './bytes.js';
import type { Node, Opened } from './disclose.js';
import { openPayload } from './disclose.js';
import { thumbprint } from './hash.js';
import { refuse } from './refusal.js';
import { checkClaims, fileDigestOf, isKnown, vctOf } from './schema.js';
import type { Field, ListShape, ObjectShape } from './schema.js';
import { ENVELOPE } from './sdjwt.js';
import type { Document } from './sdjwt.js';
import type { Claim, DocumentReport } from './types.js';

const RESERVED: ReadonlySet<string> = new Set(ENVELOPE);

/** What is disclosed, without the envelope. Refused: the codes of the check `disclosures`. */
export function openClaims({ jwt, disclosures, schema }: Document): Opened {
  const { members, withheld } = openPayload(jwt.payload, disclosures);
  const claims = new Map<string, Node>();
  for (const [name, node] of members) {
    if (!RESERVED.has(name)) claims.set(name, node);
    else if (node.disclosure !== undefined) refuse('claim-reserved');
  }
  checkClaims(claims, schema.top);
  return { members: claims, withheld };
}

export function describe(document: Document, { members, withheld }: Opened): DocumentReport {
  const { schema, issuer, date, expires, pointer, holderKey, binding, key, disclosures } = document;
  return {
    vct: vctOf(schema),
    type: schema.id,
    schema: String(schema.version),
    known: isKnown(schema),
    issuer,
    date,
    ...(expires === undefined ? {} : { expires }),
    pointer,
    holderKey: holderKey !== undefined,
    holderBinding: binding !== undefined,
    signingKey: hex(thumbprint(key)),
    claims: membersOf(members, schema.top, ''),
    notShown: missing(members, schema.top),
    disclosures: disclosures.length,
    withheld,
  };
}

/** A name as it stands in a path. */
export function segment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** In the order of the schema; `except` is an element's key, which is its name. */
function membersOf(members: ReadonlyMap<string, Node>, shape: ObjectShape, prefix: string, except?: string): Claim[] {
  const claims: Claim[] = [];
  for (const [name, field] of shape.members) {
    const node = members.get(name);
    if (node !== undefined && name !== except) claims.push(claimOf(name, node, field, prefix));
  }
  return claims;
}

function missing(members: ReadonlyMap<string, Node>, shape: ObjectShape): string[] {
  return [...shape.members.keys()].filter((name) => !members.has(name));
}

function claimOf(name: string, { value }: Node, { shape, sensitive }: Field, prefix: string): Claim {
  const path = prefix + segment(name);
  const common = { path, name, sensitive };
  switch (shape.kind) {
    case 'text':
      return { ...common, kind: 'text', form: shape.form, value: value as string };
    case 'file-digest':
      return { ...common, kind: 'file-digest', fileDigest: fileDigestOf(value) };
    case 'object': {
      const members = value as ReadonlyMap<string, Node>;
      const shown = membersOf(members, shape, `${path}/`);
      return { ...common, kind: 'object', members: shown, notShown: missing(members, shape) };
    }
    case 'list': {
      const elements = value as readonly Node[];
      return { ...common, kind: 'list', members: elements.map((element) => elementOf(element, shape, `${path}/`)) };
    }
  }
}

export function nameOfElement({ value }: Node, { key }: ListShape): string {
  return (value as ReadonlyMap<string, Node>).get(key)?.value as string;
}

function elementOf(node: Node, list: ListShape, prefix: string): Claim {
  const name = nameOfElement(node, list);
  const path = prefix + segment(name);
  const members = node.value as ReadonlyMap<string, Node>;
  return {
    path,
    name,
    kind: 'element',
    members: membersOf(members, list.element, `${path}/`, list.key),
    notShown: missing(members, list.element),
    sensitive: false,
  };
}
