/** What a proof showed, and its raw steps for the curious. Only of a receipt that has been verified. */
import { hex } from './bytes.js';
import { powerOf, signersOf } from './certificate.js';
import type { BatchProof, Receipt } from './formats.js';
import { climb, leafHash } from './merkle.js';
import type { Turn } from './merkle.js';
import { claimsOf, statusLeaf } from './receipt.js';
import type { Final } from './receipt.js';
import { valueOf } from './state.js';
import type { Checkpoint, Hash, PathStep, Proven, Steps } from './types.js';

export function describeProof(proof: BatchProof, { hash, signed }: Final): Proven {
  const { batch, issuer, namedIssuer, header, finality } = proof;
  const set = signed?.set ?? [];
  const members = signed === undefined ? [] : signersOf(set, signed.certificate);
  return {
    batch,
    sealingIssuer: issuer,
    namedIssuer: namedIssuer ?? issuer,
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
