/** Proofs under a state root (FORMATS §7): a Jellyfish Merkle tree of depth 256. */
import { compare, concat, equal, toUtf8 } from './bytes.js';
import type { Evidence, StateProof } from './formats.js';
import { hashIn, sha256 } from './hash.js';
import { refuse } from './refusal.js';
import type { Hash } from './types.js';

const LEAF = toUtf8('JMT::LeafNode');
const INNER = toUtf8('JMT::IntrnalNode');
const EMPTY = toUtf8('SPARSE_MERKLE_PLACEHOLDER_HASH__');
const DEPTH = 256;

/** What a root is said to hold in a place: an encoded record, or nothing. */
export interface Claimed {
  readonly place: Hash;
  readonly record: Uint8Array | undefined;
}

/** A claim in its place, with the evidence that the proof gives for it. */
interface Placed {
  readonly place: Hash;
  readonly value: Hash | undefined;
  readonly evidence: Evidence;
}

/** Of an encoded key, in the region of its kind. */
export function placeOf(region: number, key: Uint8Array): Hash {
  return concat(Uint8Array.of(region), hashIn('state-key', key).subarray(0, 31));
}

export function valueOf(record: Uint8Array): Hash {
  return sha256(record);
}

/** From the most significant bit of byte 0 onwards. */
function bit(place: Hash, depth: number): number {
  return ((place[depth >> 3] as number) >> (7 - (depth & 7))) & 1;
}

function leaf(place: Hash, value: Hash): Hash {
  return sha256(concat(LEAF, place, value));
}

function inner(left: Hash, right: Hash): Hash {
  return sha256(concat(INNER, left, right));
}

/** Refused unless `proof` shows exactly what is claimed: `wrong-proof`. */
export function verifyState(root: Hash, claims: readonly Claimed[], proof: StateProof): void {
  const placed = place(claims, proof.evidence);
  const walk = new Walk(proof);
  if (!equal(walk.subtree(0, placed), root)) refuse('wrong-proof');
  walk.finish();
}

function place(claims: readonly Claimed[], evidence: readonly Evidence[]): Placed[] {
  if (claims.length === 0 || claims.length !== evidence.length) refuse('wrong-proof');
  const placed = claims
    .map(({ place, record }) => ({ place, value: record && valueOf(record) }))
    .sort((a, b) => compare(a.place, b.place))
    .map((claim, i) => ({ ...claim, evidence: evidence[i] as Evidence }));
  for (let i = 1; i < placed.length; i++) {
    if (equal((placed[i - 1] as Placed).place, (placed[i] as Placed).place)) refuse('wrong-proof');
  }
  return placed;
}

/** One descent through the tree, which takes slots and siblings in the order in which it meets them. */
class Walk {
  private slot = 0;
  private sibling = 0;

  constructor(private readonly proof: StateProof) {}

  subtree(depth: number, claims: readonly Placed[]): Hash {
    const [first] = claims;
    if (first === undefined) return this.nextSibling();
    if (claims.length === 1 && first.evidence.depth === depth) return terminal(first);
    if (depth >= DEPTH || claims.some(({ evidence }) => evidence.depth <= depth)) refuse('wrong-proof');
    const left = this.subtree(depth + 1, claims.filter(({ place }) => bit(place, depth) === 0));
    const right = this.subtree(depth + 1, claims.filter(({ place }) => bit(place, depth) === 1));
    return inner(left, right);
  }

  /** Nothing is left over: every proof has one form. */
  finish(): void {
    const { slots, siblings } = this.proof;
    if (slots.length !== Math.ceil(this.slot / 8) || siblings.length !== this.sibling) refuse('wrong-proof');
    const used = this.slot % 8;
    if (used !== 0 && (slots[slots.length - 1] as number) >> used !== 0) refuse('wrong-proof');
  }

  private nextSibling(): Hash {
    const byte = this.proof.slots[this.slot >> 3] ?? refuse('wrong-proof');
    const there = (byte >> (this.slot & 7)) & 1;
    this.slot += 1;
    if (there === 0) return EMPTY;
    const hash = this.proof.siblings[this.sibling] ?? refuse('wrong-proof');
    this.sibling += 1;
    if (equal(hash, EMPTY)) refuse('wrong-proof');
    return hash;
  }
}

function terminal({ place, value, evidence }: Placed): Hash {
  switch (evidence.variant) {
    case 'Present':
      return value === undefined ? refuse('wrong-proof') : leaf(place, value);
    case 'AbsentEmpty':
      return value === undefined ? EMPTY : refuse('wrong-proof');
    case 'AbsentOther': {
      if (value !== undefined || equal(evidence.place, place)) refuse('wrong-proof');
      for (let depth = 0; depth < evidence.depth; depth++) {
        if (bit(evidence.place, depth) !== bit(place, depth)) refuse('wrong-proof');
      }
      return leaf(evidence.place, evidence.value);
    }
  }
}
