/** The check of evidence (FORMATS §22), in its order, and what comes of it. */
import { equal, hex } from '../bytes.js';
import { decode, name, option, struct, u64, u8 } from '../codec.js';
import type { Type } from '../codec.js';
import { publicKey } from '../formats.js';
import type { KeyEvidence } from '../formats.js';
import { hashIn, message as inDomain, thumbprint } from '../hash.js';
import { Refusal } from '../refusal.js';
import type { BindingReport, Bound, Hash, Issuer, PublicKey, Roots } from '../types.js';
import { EVIDENCE_BYTES, checkSignature, readSigned, signerOf } from './cms.js';
import { checkValidity, findPath } from './path.js';
import { isOf, readRootsFile } from './roots.js';
import type { RootsFile } from './roots.js';
import { Unbound, malformed, unbound } from './unbound.js';
import { written } from './x509.js';

/** Of a key's roles. */
const SEAL = 1;

/** What an organisation says of a key. */
interface Fields {
  readonly chain: string;
  readonly issuer: string;
  readonly key: PublicKey;
  readonly roles: number;
  readonly from: bigint;
  readonly until: bigint | undefined;
}

/** The same, with the bytes that are signed. */
export interface Statement extends Fields {
  readonly signed: Uint8Array;
}

const fields: Type<Fields> = struct<Fields>({
  chain: name, issuer: name, key: publicKey, roles: u8, from: u64, until: option(u64),
});

/** The roots in a file. Throws the `Refusal` `bad-roots`. */
export function readRoots(bytes: Uint8Array): Roots {
  const file = readRootsFile(bytes);
  return {
    throwaway: file.throwaway,
    binding(evidence, { batch, issuer }, chain) {
      let first: BindingReport | undefined;
      for (const one of evidence) {
        const found = answered(() => binds(one, chain, issuer, batch.key, batch.time, file));
        if ('bound' in found) return found;
        first ??= found;
      }
      return first;
    },
  };
}

function answered(check: () => Bound): BindingReport {
  try {
    return { bound: check() };
  } catch (error) {
    if (error instanceof Unbound) return { refused: error.report };
    throw error;
  }
}

/** Whether this is the evidence that the issuer admitted for the key with this thumbprint, and binds it as it sealed at `sealed`. */
function binds({ statement: bytes, cms }: KeyEvidence, chain: string, issuer: Issuer, key: Hash, sealed: bigint, roots: RootsFile): Bound {
  const admitted = issuer.keys.find((each) => equal(thumbprint(each.key), key));
  if (admitted?.binding === undefined) return unbound('binding-not-admitted');
  const statement = readStatement(bytes);
  const { roles, from, until } = statement;
  const aboutIt = statement.chain === chain && statement.issuer === issuer.id
    && statement.key.algorithm === admitted.key.algorithm && equal(statement.key.bytes, admitted.key.bytes);
  const inForce = from <= sealed && (until === undefined || sealed < until);
  if (!aboutIt || (roles & SEAL) === 0 || !inForce) unbound('binding-other-statement');
  return check(cms, statement, admitted.binding, roots, [issuer.name, issuer.nameEn]);
}

export function readStatement(bytes: Uint8Array): Statement {
  const prefix = inDomain('binding', new Uint8Array());
  if (!equal(bytes.subarray(0, prefix.length), prefix)) malformed();
  try {
    return { ...decode(fields, bytes.subarray(prefix.length)), signed: bytes };
  } catch (error) {
    if (error instanceof Refusal) return malformed();
    throw error;
  }
}

/**
 * Whether the evidence binds the key of the statement to a certificate of its issuer, whose names on the ledger are
 * `names`. `admitted`: the digest that the ledger holds, if it does yet.
 */
export function check(
  evidence: Uint8Array, statement: Statement, admitted: Hash | undefined, roots: RootsFile, names: readonly string[],
): Bound {
  if (evidence.length > EVIDENCE_BYTES) unbound('binding-too-large');
  const { issuer, from, signed: message } = statement;
  const digest = hashIn('binding-evidence', evidence);
  if (admitted !== undefined && !equal(admitted, digest)) unbound('binding-not-admitted');
  const signed = readSigned(evidence);
  const signer = signerOf(signed);
  checkSignature(signed, message, signer);
  const { certificates, root } = findPath(signer, signed.certificates, roots.roots, from);
  const signingTime = signed.attributes?.signingTime;
  if (signingTime !== undefined) checkValidity(signer, signingTime);
  const subject = written(signer.subject);
  const organisation = signer.holder ?? unbound('binding-other-organisation', subject);
  if (!isOf(roots, organisation, issuer, names)) unbound('binding-other-organisation', organisation);
  return {
    organisation,
    subject,
    issuer: written(signer.issuer),
    serial: hex(signer.serial),
    validFrom: signer.notBefore,
    validUntil: signer.notAfter,
    path: certificates.slice(1).map((above) => written(above.subject)),
    root: root.name,
    algorithm: `${signer.key.name}, ${signed.algorithm.padding}, ${signed.algorithm.hash.name}`,
    ...(signingTime === undefined ? {} : { signedAt: signingTime }),
    digest: hex(digest),
  };
}
