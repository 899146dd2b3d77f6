/** Checkpoints and their file (FORMATS §12). A checkpoint is trusted for where it came from. */
import { equal, fromBase64url, hex } from './bytes.js';
import { decode } from './codec.js';
import { checkSet } from './certificate.js';
import { CHECKPOINT_BYTES, checkpoint } from './formats.js';
import { headerHash, setHash } from './hash.js';
import { isObject, parseJson } from './json.js';
import { refuse, refuseAs } from './refusal.js';
import type { Anchor, Checkpoint } from './types.js';

/** More than any file of that form has, white space included. */
const FILE_BYTES = 64 * 1024;

/** Refused: `malformed`, `trailing`, `too-long`, `not-a-set`, `other-sets`. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const value = decode(checkpoint, bytes, CHECKPOINT_BYTES);
  const { header, validators, nextValidators } = value;
  refuseAs('not-a-set', () => {
    checkSet(validators);
    checkSet(nextValidators);
  });
  if (!equal(setHash(validators), header.validators) || !equal(setHash(nextValidators), header.nextValidators)) {
    refuse('other-sets');
  }
  return value;
}

/** Refused: `form`, `checkpoint`, `disagrees`. */
export function readCheckpoint(file: Uint8Array): Checkpoint {
  if (file.length > FILE_BYTES) refuse('form');
  const members = refuseAs('form', () => parseJson(file));
  if (!isObject(members) || members.size !== 6) return refuse('form');
  const [format, chain, height, time, hash, encoded] = [
    'sogoc-checkpoint', 'chain', 'height', 'time', 'hash', 'checkpoint',
  ].map((name) => members.get(name));
  if (typeof format !== 'bigint' || typeof height !== 'bigint' || typeof time !== 'bigint') return refuse('form');
  if (typeof chain !== 'string' || typeof hash !== 'string' || typeof encoded !== 'string') return refuse('form');
  const bytes = refuseAs('form', () => fromBase64url(encoded));
  const value = refuseAs('checkpoint', () => decodeCheckpoint(bytes));
  const anchor = anchorOf(value);
  const agrees = format === 1n && chain === anchor.chain && height === anchor.height && time === anchor.time
    && hash === anchor.hash;
  return agrees ? value : refuse('disagrees');
}

export function anchorOf({ header }: Checkpoint): Anchor {
  const { chain, height, time } = header;
  return { chain, height, time, genesis: height === 0n, hash: hex(headerHash(header)) };
}
