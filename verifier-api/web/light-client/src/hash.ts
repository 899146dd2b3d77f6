/** Hashes with a domain (FORMATS §3) and the thumbprint of a key (§4). */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toBase64url, toUtf8 } from './bytes.js';
import { encode } from './codec.js';
import { header, opening, validatorSet } from './formats.js';
import { secondCoordinate } from './signature.js';
import type { Hash, Header, Opening, PublicKey, ValidatorSet } from './types.js';

export { sha256 };

export type Domain =
  | 'header' | 'body' | 'validator-set' | 'state-key' | 'transaction' | 'vote' | 'proposal' | 'possession' | 'work'
  | 'status-opening' | 'binding' | 'binding-evidence';

/** `M(domain, data)`: what a signature in that domain signs. */
export function message(domain: Domain, data: Uint8Array): Uint8Array {
  return concat(toUtf8(`sogoc/1/${domain}\0`), data);
}

/** `H(domain, data)` */
export function hashIn(domain: Domain, data: Uint8Array): Hash {
  return sha256(message(domain, data));
}

export function headerHash(value: Header): Hash {
  return hashIn('header', encode(header, value));
}

export function setHash(set: ValidatorSet): Hash {
  return hashIn('validator-set', encode(validatorSet, set));
}

/** What the ledger holds of an opening. */
export function commitment(value: Opening): Hash {
  return hashIn('status-opening', encode(opening, value));
}

/** RFC 7638: the name of a key on the ledger. */
export function thumbprint(key: PublicKey): Hash {
  const { algorithm, bytes } = key;
  const jwk = algorithm === 'Ed25519'
    ? `Ed25519","kty":"OKP","x":"${toBase64url(bytes)}`
    : `P-256","kty":"EC","x":"${toBase64url(bytes.subarray(1))}","y":"${toBase64url(secondCoordinate(key))}`;
  return sha256(toUtf8(`{"crv":"${jwk}"}`));
}
