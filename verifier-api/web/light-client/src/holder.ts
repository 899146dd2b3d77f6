/** What a holder does with a bundle: see what it shows, show less of it, refresh its proof (FORMATS §11, §13, §16). */
import { decode, encode } from './codec.js';
import { readBundle, writeBundle } from './bundle.js';
import { describe, nameOfElement, openClaims, segment } from './claims.js';
import type { Node } from './disclose.js';
import { ancestry, finality } from './formats.js';
import { Refusal } from './refusal.js';
import type { Field, ObjectShape } from './schema.js';
import { readDocument } from './sdjwt.js';
import type { DocumentReport } from './types.js';

/** All that is not sensitive. */
const EVERYTHING = '*';

/** What the document in a bundle shows. Nothing is verified but that it is well-formed. */
export function outline(bundle: Uint8Array): DocumentReport {
  const { credential, schema } = readBundle(bundle);
  const document = readDocument(credential, schema);
  return describe(document, openClaims(document));
}

/**
 * A bundle that shows the claims of these paths and nothing else: containers on the way are kept, a chosen container brings
 * its members along except sensitive ones, `*` is everything that is not sensitive. A holder's binding is left out, for it
 * is of another presentation. Refused: `unknown-path` if the bundle does not show such a claim.
 */
export function present(bundle: Uint8Array, paths: readonly string[]): Uint8Array {
  const given = readBundle(bundle);
  const document = readDocument(given.credential, given.schema);
  const choice = new Choice(paths);
  choice.ofMembers(openClaims(document).members, document.schema.top, '', choice.named(EVERYTHING));
  const kept = choice.kept();
  const [jwt] = document.presented.split('~', 1) as [string];
  const disclosures = document.disclosures.filter((_, position) => kept.has(position));
  return writeBundle({ ...given, credential: `${[jwt, ...disclosures].join('~')}~` });
}

/** A bundle whose proof rests on the checkpoint that `encodedAncestry` is for. Nothing is verified: `verify` does. */
export function refresh(bundle: Uint8Array, encodedAncestry: Uint8Array): Uint8Array {
  const given = readBundle(bundle);
  const { receipt } = given;
  const renewed = { variant: 'Ancestor', ancestry: decode(ancestry, encodedAncestry) } as const;
  // Through the codec and back, so that what is written can be read.
  const proof = { ...receipt.proof, finality: decode(finality, encode(finality, renewed)) };
  return writeBundle({ ...given, receipt: { ...receipt, proof } });
}

class Choice {
  private readonly unmet: Set<string>;
  private readonly disclosures = new Set<number>();

  constructor(private readonly paths: readonly string[]) {
    this.unmet = new Set(paths);
  }

  named(path: string): boolean {
    this.unmet.delete(path);
    return this.paths.includes(path);
  }

  kept(): ReadonlySet<number> {
    if (this.unmet.size !== 0) throw new Refusal('unknown-path');
    return this.disclosures;
  }

  /**
   * Whether anything of these members is kept; `along` if what is around them was chosen. `except` is an element's key:
   * it has no path, and comes with its element.
   */
  ofMembers(
    members: ReadonlyMap<string, Node>, shape: ObjectShape, prefix: string, along: boolean, except?: string,
  ): boolean {
    let any = false;
    for (const [name, node] of members) {
      if (name === except) continue;
      // Every name is of the schema by now.
      const field = shape.members.get(name) as Field;
      any = this.ofClaim(node, field, prefix + segment(name), along) || any;
    }
    return any;
  }

  private ofClaim(node: Node, { shape, sensitive }: Field, path: string, along: boolean, key?: string): boolean {
    const chosen = this.named(path) || (along && !sensitive);
    let kept = chosen;
    if (shape.kind === 'object') {
      kept = this.ofMembers(node.value as ReadonlyMap<string, Node>, shape, `${path}/`, chosen, key) || kept;
    } else if (shape.kind === 'list') {
      for (const element of node.value as readonly Node[]) {
        const field: Field = { shape: shape.element, sensitive: false };
        const elementPath = `${path}/${segment(nameOfElement(element, shape))}`;
        kept = this.ofClaim(element, field, elementPath, chosen, shape.key) || kept;
      }
    }
    // What is visible wherever its container is needs the container all the same.
    if (kept && node.disclosure !== undefined) this.disclosures.add(node.disclosure);
    return kept;
  }
}
