/**
 * Receipts, batch statuses and absence (FORMATS §11), verified against a checkpoint. What holds is returned; what does not
 * is refused with its stable code. Input is what the document itself states (its leaf, its pointer), never what the
 * receipt says of itself.
 */
import { concat, equal } from './bytes.js';
import { VALUE_BYTES, decode, encode, name, u32 } from './codec.js';
import type { Type } from './codec.js';
import { checkCertificate, checkSet } from './certificate.js';
import {
  BATCH, BATCH_LEAVES, ISSUER, RECEIPT_BYTES, batch, batchAbsence, batchKey, batchProof, batchStatuses, issuer, receipt,
  statusEntry,
} from './formats.js';
import type { BatchAbsence, BatchKey, BatchProof, BatchStatuses, Certified, Finality, Receipt, SetChange } from './formats.js';
import { headerHash, setHash } from './hash.js';
import { leafHash, rootFromPath, rootOf } from './merkle.js';
import { refuse, refuseAs } from './refusal.js';
import { placeOf, verifyState } from './state.js';
import type { Claimed } from './state.js';
import type {
  Batch, Certificate, Checkpoint, Hash, Header, Issuer, Pointer, StatusEntry, ValidatorSet,
} from './types.js';

const FORMAT = 2;
/** Byte 0 of the places of batches and of issuers (FORMATS §7). */
const BATCH_REGION = 0x80;
const ISSUER_REGION = 0x40;

export function decodeReceipt(bytes: Uint8Array): Receipt {
  return decodeFormat(receipt, bytes, RECEIPT_BYTES);
}

export function decodeProof(bytes: Uint8Array): BatchProof {
  return decodeFormat(batchProof, bytes, RECEIPT_BYTES);
}

export function decodeStatuses(bytes: Uint8Array): BatchStatuses {
  return decodeFormat(batchStatuses, bytes, VALUE_BYTES);
}

export function decodeAbsence(bytes: Uint8Array): BatchAbsence {
  return decodeFormat(batchAbsence, bytes, VALUE_BYTES);
}

function decodeFormat<T>(type: Type<T>, bytes: Uint8Array, limit: number): T {
  if (bytes.length > limit) refuse('receipt-malformed');
  const format = bytes[0] ?? 0;
  if (format === 0) refuse('receipt-malformed');
  if (format !== FORMAT) refuse('receipt-unknown-format');
  return refuseAs('receipt-malformed', () => decode(type, bytes, limit));
}

/** The hash of a header that is final, and the set that signed it where there is one. */
export interface Final {
  readonly hash: Hash;
  readonly signed?: { readonly set: ValidatorSet; readonly certificate: Certificate };
}

/** Finality of `header` against the checkpoint. */
function checkFinality(header: Header, finality: Finality, checkpoint: Checkpoint): Final {
  const hash = headerHash(header);
  const anchor = checkpoint.header;
  if (finality.variant === 'Ancestor') {
    const { checkpoint: of, path } = finality.ancestry;
    if (of !== anchor.height) refuse('needs-refresh');
    const root = refuseAs('not-an-ancestor', () => rootFromPath(leafHash(hash), header.height, anchor.height, path));
    if (!equal(root, anchor.historyRoot)) refuse('not-an-ancestor');
    return { hash };
  }
  if (header.height < anchor.height) refuse('needs-refresh');
  const set = header.height === anchor.height
    ? checkpointsOwn(hash, finality, checkpoint)
    : setAfter(finality, header, checkpoint);
  checkSigned(set, finality.certificate, header, hash);
  return { hash, signed: { set, certificate: finality.certificate } };
}

/** The header is the checkpoint's: its signers are the checkpoint's. */
function checkpointsOwn(hash: Hash, finality: Certified, { header, validators }: Checkpoint): ValidatorSet {
  if (!equal(hash, headerHash(header)) || changesAfter(finality, header).length !== 0) refuse('not-an-ancestor');
  return validators;
}

/** Changes up to the checkpoint led to it: a receipt that was made for an older one has them too. */
function changesAfter({ changes }: Certified, { height }: Header): readonly SetChange[] {
  const first = changes.findIndex((change) => change.header.height > height);
  return first < 0 ? [] : changes.slice(first);
}

/** The set that signs `header`, from the checkpoint's next set over every change between the two. */
function setAfter(finality: Certified, header: Header, checkpoint: Checkpoint): ValidatorSet {
  let set = checkpoint.nextValidators;
  let setsHash = setHash(set);
  let last = checkpoint.header.height;
  for (const change of changesAfter(finality, checkpoint.header)) {
    const at = change.header;
    const inOrder = at.chain === header.chain && last < at.height && at.height < header.height;
    if (!inOrder || !equal(at.validators, setsHash) || equal(at.validators, at.nextValidators)) refuse('wrong-validators');
    checkSigned(set, change.certificate, at, headerHash(at));
    refuseAs('wrong-validators', () => checkSet(change.nextValidators));
    setsHash = setHash(change.nextValidators);
    if (!equal(setsHash, at.nextValidators)) refuse('wrong-validators');
    set = change.nextValidators;
    last = at.height;
  }
  if (!equal(header.validators, setsHash)) refuse('wrong-validators');
  return set;
}

function checkSigned(set: ValidatorSet, certificate: Certificate, header: Header, hash: Hash): void {
  refuseAs('not-final', () => checkCertificate(set, certificate, header.chain, header.height, hash));
}

/** A key or a record: its number among the variants, and its fields. */
function variant<T>(number: number, type: Type<T>, value: T): Uint8Array {
  return concat(encode(u32, number), encode(type, value));
}

/** What is claimed of a state root, with a name for people. */
export interface Named extends Claimed {
  readonly name: string;
}

function claimOfBatch(at: BatchKey, record: Batch | undefined): Named {
  return {
    name: `batch ${at.issuer} ${at.batch}`,
    place: placeOf(BATCH_REGION, variant(BATCH, batchKey, at)),
    record: record && variant(BATCH, batch, record),
  };
}

function claimOfIssuer(record: Issuer): Named {
  const { id } = record;
  return {
    name: `issuer ${id}`,
    place: placeOf(ISSUER_REGION, variant(ISSUER, name, id)),
    record: variant(ISSUER, issuer, record),
  };
}

/** The records that a batch proof claims of its state root. */
export function claimsOf({ batchId, batch: record, issuer: sealer, namedIssuer }: BatchProof): Named[] {
  const issuers = namedIssuer === undefined ? [sealer] : [sealer, namedIssuer];
  return [claimOfBatch({ issuer: sealer.id, batch: batchId }, record), ...issuers.map(claimOfIssuer)];
}

export function verifyBatchProof(proof: BatchProof, pointer: Pointer, checkpoint: Checkpoint): Final {
  if (pointer.chain !== checkpoint.header.chain) refuse('other-chain');
  if (proof.batchId !== pointer.batch || proof.issuer.id !== pointer.issuer || proof.header.chain !== pointer.chain) {
    refuse('other-batch');
  }
  const final = checkFinality(proof.header, proof.finality, checkpoint);
  if (proof.namedIssuer?.id !== proof.batch.actFor) refuse('wrong-state');
  refuseAs('wrong-state', () => verifyState(proof.header.stateRoot, claimsOf(proof), proof.state));
  return final;
}

/** Where nothing ever changed. */
export function unchanged(index: number): StatusEntry {
  const zero = new Uint8Array(32);
  return { index, status: 'valid', height: 0n, time: 0n, commitment: zero, previous: zero };
}

export function statusLeaf(entry: StatusEntry): Hash {
  return leafHash(encode(statusEntry, entry));
}

export interface Sealed {
  readonly final: Final;
  readonly status: StatusEntry;
}

export function verifyReceipt(given: Receipt, leaf: Hash, pointer: Pointer, checkpoint: Checkpoint): Sealed {
  const { proof, index, path } = given;
  const final = verifyBatchProof(proof, pointer, checkpoint);
  const size = BigInt(proof.batch.size);
  const root = refuseAs('not-in-batch', () => rootFromPath(leaf, BigInt(index), size, path));
  if (!equal(root, proof.batch.root)) refuse('not-in-batch');
  return { final, status: statusOf(given) };
}

function statusOf({ proof, index, status }: Receipt): StatusEntry {
  const { statusRoot, size } = proof.batch;
  if (statusRoot === undefined && status === undefined) return unchanged(index);
  if (statusRoot === undefined || status === undefined || status.entry.index !== index) return refuse('wrong-status');
  const { entry, path } = status;
  const root = refuseAs('wrong-status', () => rootFromPath(statusLeaf(entry), BigInt(index), BigInt(size), path));
  if (!equal(root, statusRoot)) refuse('wrong-status');
  return entry;
}

/** The status of every document of a batch, as of the proof's header. */
export function verifyStatuses(
  given: BatchStatuses, pointer: Pointer, checkpoint: Checkpoint,
): (index: number) => StatusEntry {
  const { proof, statuses: { changed } } = given;
  verifyBatchProof(proof, pointer, checkpoint);
  const { size, statusRoot } = proof.batch;
  // No ledger seals more in one batch: such a size is no reason to hash for hours.
  if (size > BATCH_LEAVES || (statusRoot === undefined) !== (changed.length === 0)) refuse('wrong-status');
  const entries = new Map<number, StatusEntry>();
  let before = -1;
  for (const entry of changed) {
    if (entry.index <= before || entry.index >= size || entry.height === 0n) refuse('wrong-status');
    entries.set(entry.index, entry);
    before = entry.index;
  }
  const statusAt = (index: number): StatusEntry => entries.get(index) ?? unchanged(index);
  if (statusRoot !== undefined) {
    const leaves = Array.from({ length: size }, (_, index) => statusLeaf(statusAt(index)));
    if (!equal(rootOf(leaves), statusRoot)) refuse('wrong-status');
  }
  return statusAt;
}

/** Nothing was sealed under `pointer` up to the header, whose height is returned. */
export function verifyAbsence(given: BatchAbsence, pointer: Pointer, checkpoint: Checkpoint): bigint {
  if (pointer.chain !== checkpoint.header.chain) refuse('other-chain');
  if (given.header.chain !== pointer.chain) refuse('other-batch');
  checkFinality(given.header, given.finality, checkpoint);
  const absent = claimOfBatch(pointer, undefined);
  refuseAs('wrong-state', () => verifyState(given.header.stateRoot, [absent], given.state));
  return given.header.height;
}
