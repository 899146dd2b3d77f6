/** A ledger of one validator that signs anything, and documents of a school that seals anything. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { concat, toBase64url, toUtf8 } from '../src/bytes.js';
import { voteMessage } from '../src/certificate.js';
import type { BatchProof, Evidence, Finality, SetChange } from '../src/formats.js';
import { headerHash, setHash, sha256 } from '../src/hash.js';
import { claimsOf } from '../src/receipt.js';
import { valueOf } from '../src/state.js';
import type { Claimed } from '../src/state.js';
import type { Batch, Certificate, Checkpoint, Hash, Header, Issuer, PublicKey, ValidatorSet } from '../src/types.js';

const CHAIN = 'crafted';
export const ZERO = new Uint8Array(32);
export const pointer = { chain: CHAIN, issuer: 'school', batch: '01'.repeat(16) };
export const issuer: Issuer = {
  id: 'school', name: 'Trường', nameEn: 'School', closed: undefined, keys: [], grants: [], successors: [],
};

export interface Signer {
  readonly seed: Uint8Array;
  readonly set: ValidatorSet;
}

function signer(seed: number): Signer {
  const bytes = new Uint8Array(32).fill(seed);
  return { seed: bytes, set: [{ key: { algorithm: 'Ed25519', bytes: ed25519.getPublicKey(bytes) }, power: 1 }] };
}

export const first = signer(1);
export const second = signer(2);

function headerAt(height: bigint, by: Signer, next: Signer, stateRoot: Hash = ZERO): Header {
  return {
    version: 2, chain: CHAIN, height, time: height + 1n, parent: ZERO, historyRoot: sha256(new Uint8Array()), body: ZERO,
    stateRoot, validators: setHash(by.set), nextValidators: setHash(next.set), leaves: 0n,
  };
}

function certify(header: Header, { seed }: Signer): Certificate {
  const vote = { chain: CHAIN, kind: 2, height: header.height, round: 0, value: headerHash(header) };
  return { round: 0, signers: Uint8Array.of(1), signatures: [ed25519.sign(voteMessage(vote), seed)] };
}

export const checkpoint: Checkpoint = { header: headerAt(0n, first, first), validators: first.set, nextValidators: first.set };

export function change(height: bigint, by: Signer, to: Signer): SetChange {
  const header = headerAt(height, by, to);
  return { header, certificate: certify(header, by), nextValidators: to.set };
}

export interface Crafted {
  readonly batch: Partial<Batch>;
  readonly height?: bigint;
  readonly by?: Signer;
  readonly changes?: readonly SetChange[];
  readonly school?: Issuer;
  readonly named?: Issuer | undefined;
}

export function prove({ batch, height = 1n, by = first, changes = [], school = issuer, named }: Crafted): BatchProof {
  const record: Batch = {
    key: ZERO, approver: undefined, actFor: undefined, origin: 'issued', grant: 0, documentType: 'da-ky', schema: 1,
    definition: undefined, period: '', size: 1, root: ZERO, height: 1n, time: 1n, statusRoot: undefined, ...batch,
  };
  const blank: Finality = { variant: 'Certified', certificate: { round: 0, signers: ZERO, signatures: [] }, changes };
  const proof: BatchProof = {
    format: 2, batchId: pointer.batch, batch: record, issuer: school, namedIssuer: named,
    state: { evidence: [], slots: ZERO, siblings: [] }, header: checkpoint.header, finality: blank,
  };
  const tree = new Tree(claimsOf(proof));
  const header = headerAt(height, by, by, tree.root);
  const state = { evidence: tree.evidence, slots: new Uint8Array(Math.ceil(tree.empty / 8)), siblings: [] };
  return { ...proof, state, header, finality: { ...blank, certificate: certify(header, by) } };
}

/** A state that holds these records and no others, and what proves all of them at once. */
class Tree {
  readonly root: Hash;
  readonly evidence: Evidence[] = [];
  /** Empty subtrees beside the records. */
  empty = 0;

  constructor(claims: readonly Claimed[]) {
    this.root = this.subtree(claims, 0);
  }

  private subtree(claims: readonly Claimed[], depth: number): Hash {
    const [first] = claims;
    if (first === undefined) {
      this.empty += 1;
      return toUtf8('SPARSE_MERKLE_PLACEHOLDER_HASH__');
    }
    if (claims.length === 1) {
      this.evidence.push({ variant: 'Present', depth });
      return sha256(concat(toUtf8('JMT::LeafNode'), first.place, valueOf(first.record ?? ZERO)));
    }
    const side = (bit: number) => claims.filter(({ place }) => (((place[depth >> 3] as number) >> (7 - (depth & 7))) & 1) === bit);
    const left = this.subtree(side(0), depth + 1);
    return sha256(concat(toUtf8('JMT::IntrnalNode'), left, this.subtree(side(1), depth + 1)));
  }
}

/** The JWT of a document of the crafted school: a signed file, unless `members` say otherwise. */
export function credential(members: Readonly<Record<string, unknown>> = {}): { jwt: string; key: PublicKey } {
  const key: PublicKey = { algorithm: 'Ed25519', bytes: ed25519.getPublicKey(second.seed) };
  const part = (value: unknown): string => toBase64url(toUtf8(JSON.stringify(value)));
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64url(key.bytes) };
  const signed = `${part({ alg: 'Ed25519', typ: 'dc+sd-jwt', jwk })}.${part({
    iss: 'school', vct: 'urn:sogoc:da-ky:1', schema: '1', date: '2026-06-01', ledger: pointer, _sd_alg: 'sha-256',
    ...members,
  })}`;
  return { jwt: `${signed}.${toBase64url(ed25519.sign(toUtf8(signed), second.seed))}`, key };
}
