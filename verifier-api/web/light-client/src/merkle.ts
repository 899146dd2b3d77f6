/** RFC 9162 trees (FORMATS §6). */
import { sha256 } from './hash.js';
import { concat } from './bytes.js';
import { refuse } from './refusal.js';
import type { Hash } from './types.js';

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

export function leafHash(entry: Uint8Array): Hash {
  return sha256(concat(LEAF, entry));
}

function innerHash(left: Hash, right: Hash): Hash {
  return sha256(concat(INNER, left, right));
}

export interface Turn {
  readonly sibling: Hash;
  readonly side: 'left' | 'right';
  readonly hash: Hash;
}

/** The way from a leaf up to the root, turn by turn. `size` must come from something proven. Refused: `path`. */
export function climb(leaf: Hash, index: bigint, size: bigint, path: readonly Hash[]): Turn[] {
  if (index >= size) refuse('path');
  let node = index;
  let last = size - 1n;
  let hash = leaf;
  const turns: Turn[] = [];
  for (const sibling of path) {
    if (last === 0n) refuse('path');
    const left = (node & 1n) === 1n || node === last;
    hash = left ? innerHash(sibling, hash) : innerHash(hash, sibling);
    if (left) {
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    }
    node >>= 1n;
    last >>= 1n;
    turns.push({ sibling, side: left ? 'left' : 'right', hash });
  }
  if (last !== 0n) refuse('path');
  return turns;
}

/** Where `climb` ends. */
export function rootFromPath(leaf: Hash, index: bigint, size: bigint, path: readonly Hash[]): Hash {
  return climb(leaf, index, size, path).at(-1)?.hash ?? leaf;
}

/** The root over leaf hashes. */
export function rootOf(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return sha256(new Uint8Array());
  // Level by level; an odd last node rises as it is, which splits at the largest power of two below n.
  let level = leaves;
  while (level.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Hash;
      const right = level[i + 1];
      above.push(right === undefined ? left : innerHash(left, right));
    }
    level = above;
  }
  return level[0] as Hash;
}
