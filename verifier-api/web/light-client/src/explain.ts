/** What a proof showed, its raw steps for the curious, and the words of a type. Only of a receipt that has been verified. */
import { hex } from './bytes.js';
import { powerOf, signersOf } from './certificate.js';
import type { BatchProof, Receipt } from './formats.js';
import { climb, leafHash } from './merkle.js';
import type { Turn } from './merkle.js';
import { claimsOf, statusLeaf } from './receipt.js';
import type { Final } from './receipt.js';
import type { ObjectShape, Schema } from './schema.js';
import { valueOf } from './state.js';
import type { Checkpoint, Definition, Hash, Label, PathStep, Proven, Steps } from './types.js';

export function describeProof(proof: BatchProof, { hash, signed }: Final, evidence: number): Proven {
  const { batch, issuer, namedIssuer, header, finality } = proof;
  const set = signed?.set ?? [];
  const members = signed === undefined ? [] : signersOf(set, signed.certificate);
  return {
    batch,
    sealingIssuer: issuer,
    namedIssuer: namedIssuer ?? issuer,
    evidence,
    header,
    headerHash: hex(hash),
    finality: finality.variant === 'Certified' ? 'certified' : 'ancestor',
    changes: finality.variant === 'Certified' ? finality.changes.length : 0,
    signers: members.map(({ index, member }) => ({ index, key: hex(member.key.bytes), power: member.power })),
    signedPower: BigInt(powerOf(members.map(({ member }) => member))),
    totalPower: BigInt(powerOf(set)),
  };
}

export function stepsOf({ proof, index, path, status }: Receipt, leaf: Hash, { hash }: Final, anchor: Checkpoint): Steps {
  const { batch, state, header, finality } = proof;
  const size = BigInt(batch.size);
  const at = BigInt(index);
  return {
    leaf: hex(leaf),
    index,
    size: batch.size,
    path: climb(leaf, at, size, path).map(step),
    batchRoot: hex(batch.root),
    ...(status === undefined || batch.statusRoot === undefined ? {} : {
      statusLeaf: hex(statusLeaf(status.entry)),
      statusPath: climb(statusLeaf(status.entry), at, size, status.path).map(step),
      statusRoot: hex(batch.statusRoot),
    }),
    records: claimsOf(proof)
      .map(({ name, place, record }) => ({
        key: name, place: hex(place), value: record === undefined ? '' : hex(valueOf(record)),
      }))
      .sort((a, b) => (a.place < b.place ? -1 : 1)),
    stateSiblings: state.siblings.map(hex),
    stateRoot: hex(header.stateRoot),
    headerHash: hex(hash),
    ...(finality.variant === 'Certified' ? {} : {
      ancestry: climb(leafHash(hash), header.height, anchor.header.height, finality.ancestry.path).map(step),
      historyRoot: hex(anchor.header.historyRoot),
    }),
  };
}

function step({ sibling, side, hash }: Turn): PathStep {
  return { sibling: hex(sibling), side, hash: hex(hash) };
}

/** None of a type that is known by heart: who reads it has words of its own. */
export function describeType({ title, top }: Schema): Definition | undefined {
  if (title === undefined) return undefined;
  const labels = new Map<string, Label>();
  const codes = new Map<string, ReadonlyMap<string, Label>>();
  const gather = ({ members }: ObjectShape, prefix: string): void => {
    for (const [name, { label, shape }] of members) {
      const path = prefix + name;
      if (label !== undefined) labels.set(path, label);
      if (shape.kind === 'text' && shape.codes !== undefined) codes.set(path, shape.codes);
      if (shape.kind === 'object') gather(shape, `${path}/`);
      if (shape.kind === 'list') gather(shape.element, `${path}//`);
    }
  };
  gather(top, '');
  return { title, labels, codes };
}
