/**
 * The path of certificates from the one that signed up to a configured root (FORMATS §22, RFC 5280 §6 without policies
 * and name constraints). Depth first, by names, among the roots first; if no path holds, the refusal is that of the one
 * that came furthest.
 */
import { equal } from '../bytes.js';
import type { Root } from './roots.js';
import { Unbound, unbound } from './unbound.js';
import { written } from './x509.js';
import type { Certificate } from './x509.js';

/** Certificates from the signer to the root, both counted. */
const PATH = 4;
/** Signatures of certificates that are checked for one evidence. A good one needs at most 3. */
const CHECKS = 16;
/** Beyond every step of a path: it had reached a root. */
const AT_A_ROOT = PATH + 1;

/** A path: the certificates from the signer up, without the root, and the root. */
export interface Path {
  readonly certificates: readonly Certificate[];
  readonly root: Root;
}

/** How far a path came, and why no further. */
interface Stopped {
  readonly depth: number;
  readonly reason: Unbound;
}

/** A path that holds at `time`. */
export function findPath(signer: Certificate, certificates: readonly Certificate[], roots: readonly Root[], time: bigint): Path {
  const found = new Search(certificates, roots, time).climb([signer]);
  if ('root' in found) return found;
  throw found.reason;
}

class Search {
  private checks = 0;

  constructor(
    private readonly certificates: readonly Certificate[],
    private readonly roots: readonly Root[],
    private readonly time: bigint,
  ) {}

  climb(path: readonly Certificate[]): Path | Stopped {
    const depth = path.length;
    const top = path[depth - 1] as Certificate;
    const forbidden = refusal(() => this.checkPlace(top, depth));
    if (forbidden !== undefined) return { depth, reason: forbidden };

    let stopped: Stopped = { depth, reason: new Unbound('binding-unknown-root', written(top.issuer)) };
    for (const root of this.roots.filter(({ certificate }) => equal(certificate.subject.whole, top.issuer.whole))) {
      const unsigned = refusal(() => this.checkSignature(top, root.certificate));
      const unfit = unsigned ?? refusal(() => this.checkEnd(root, depth));
      if (unfit === undefined) return { certificates: path, root };
      if (unsigned === undefined) stopped = { depth: AT_A_ROOT, reason: unfit };
      else if (stopped.depth < AT_A_ROOT) stopped = { depth, reason: unfit };
    }
    for (const above of this.certificates) {
      if (!equal(above.subject.whole, top.issuer.whole) || path.some((below) => equal(below.der, above.der))) continue;
      const further = this.extend(path, above);
      if ('root' in further) return further;
      if (further.depth >= stopped.depth) stopped = further;
    }
    return stopped;
  }

  private extend(path: readonly Certificate[], above: Certificate): Path | Stopped {
    const depth = path.length;
    const unsigned = refusal(() => this.checkSignature(path[depth - 1] as Certificate, above));
    if (unsigned !== undefined) return { depth, reason: unsigned };
    if (depth + 1 === PATH) return { depth: PATH, reason: new Unbound('binding-path-too-long') };
    return this.climb([...path, above]);
  }

  /** Whether a certificate may stand at `depth` of a path; the signer's is 1. */
  private checkPlace(certificate: Certificate, depth: number): void {
    checkValidity(certificate, this.time);
    const { unknownCritical, authority } = certificate.extensions;
    if (unknownCritical) unbound('binding-unknown-extension', written(certificate.subject));
    if (depth > 1) return checkAuthority(certificate, depth - 2);
    if (authority) unbound('binding-signed-by-authority');
    if (!certificate.maySign) unbound('binding-not-for-signing');
  }

  /** Whether a path of `depth` certificates may end at the root. */
  private checkEnd({ name, from, until, certificate }: Root, depth: number): void {
    if (this.time < from || this.time >= until) unbound('binding-root-out-of-window', name);
    checkValidity(certificate, this.time);
    checkAuthority(certificate, depth - 1);
  }

  private checkSignature(below: Certificate, above: Certificate): void {
    if (this.checks === CHECKS) unbound('binding-too-large');
    this.checks += 1;
    if (!below.isSignedBy(above.key)) unbound('binding-path-broken', written(below.subject));
  }
}

/** Refused unless `time` lies in the validity of the certificate, both ends included. */
export function checkValidity({ notBefore, notAfter, subject }: Certificate, time: bigint): void {
  if (time < notBefore) unbound('binding-not-yet-valid', written(subject));
  if (notAfter / 1000n < time / 1000n) unbound('binding-expired', written(subject));
}

function checkAuthority({ isAuthority, extensions: { pathLength }, subject }: Certificate, authoritiesBelow: number): void {
  if (!isAuthority) unbound('binding-not-an-authority', written(subject));
  if (pathLength !== undefined && pathLength < authoritiesBelow) unbound('binding-path-too-long');
}

function refusal(check: () => void): Unbound | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Unbound) return error;
    throw error;
  }
}
