/** Validator sets, votes and certificates (FORMATS §9). */
import { compare, concat } from './bytes.js';
import { encode, name, option, u32, u64, u8 } from './codec.js';
import { hash } from './formats.js';
import { message } from './hash.js';
import { refuse } from './refusal.js';
import { isAcceptable, verifies } from './signature.js';
import type { Certificate, Hash, Validator, ValidatorSet } from './types.js';

const MEMBERS = 128;
const PRECOMMIT = 2;

/** Refused: `set-count`, `set-key`, `set-power`, `set-order`. */
export function checkSet(set: ValidatorSet): void {
  if (set.length < 1 || set.length > MEMBERS) refuse('set-count');
  let before: Validator | undefined;
  for (const member of set) {
    if (member.key.algorithm !== 'Ed25519' || !isAcceptable(member.key)) refuse('set-key');
    if (member.power < 1) refuse('set-power');
    if (before !== undefined && compare(before.key.bytes, member.key.bytes) >= 0) refuse('set-order');
    before = member;
  }
}

export interface Vote {
  readonly chain: string;
  /** 1 prevote, 2 precommit. */
  readonly kind: number;
  readonly height: bigint;
  readonly round: number;
  /** None is a vote for nil. */
  readonly value: Hash | undefined;
}

export function voteMessage(vote: Vote): Uint8Array {
  return message('vote', concat(
    encode(name, vote.chain), encode(u8, vote.kind), encode(u64, vote.height), encode(u32, vote.round),
    encode(option(hash), vote.value),
  ));
}

/** Sums of 128 powers below 2³² stay far below 2⁵³. */
export function powerOf(members: readonly Validator[]): number {
  return members.reduce((sum, { power }) => sum + power, 0);
}

function isMoreThanTwoThirds(power: number, total: number): boolean {
  return 3 * power > 2 * total;
}

/** The members whose bits are set, with their positions. Refused: `certificate-shape`. */
export function signersOf(set: ValidatorSet, certificate: Certificate): { index: number; member: Validator }[] {
  const { signers, signatures } = certificate;
  if (signers.length !== Math.ceil(set.length / 8)) refuse('certificate-shape');
  const signed: { index: number; member: Validator }[] = [];
  for (let index = 0; index < 8 * signers.length; index++) {
    if ((((signers[index >> 3] as number) >> (index & 7)) & 1) === 0) continue;
    signed.push({ index, member: set[index] ?? refuse('certificate-shape') });
  }
  if (signed.length !== signatures.length) refuse('certificate-shape');
  return signed;
}

/** Refused unless `set` made the header with hash `value` final: `certificate-shape -power -spare -signature`. */
export function checkCertificate(
  set: ValidatorSet, certificate: Certificate, chain: string, height: bigint, value: Hash,
): void {
  const signed = signersOf(set, certificate).map(({ member }) => member);
  const total = powerOf(set);
  if (!isMoreThanTwoThirds(powerOf(signed), total)) refuse('certificate-power');
  if (isMoreThanTwoThirds(powerOf(signed.slice(0, -1)), total)) refuse('certificate-spare');
  const vote = voteMessage({ chain, kind: PRECOMMIT, height, round: certificate.round, value });
  signed.forEach(({ key }, i) => {
    if (!verifies(key, vote, certificate.signatures[i] as Uint8Array)) refuse('certificate-signature');
  });
}
