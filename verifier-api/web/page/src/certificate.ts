/** Whose certificate stands behind the key that sealed a document: asked after the verdict, which does not depend on it. */
import { verify, type BindingReport, type Roots } from '@sogoc/light-client';
import type { CertificatesPart } from './certificates/part.js';
import type { Finding } from './finding.js';
import { loadPart } from './parts.js';

export interface Certified {
  readonly found: BindingReport | 'no-roots' | 'bad-roots';
  readonly throwaway: boolean;
  readonly texts: CertificatesPart['texts'];
}

const TIMEOUT_MS = 5000;

/** Roots are the server's, like the page itself; they are asked for once. */
export class Certificates {
  readonly #base: URL;
  #file: Promise<Uint8Array | undefined> | undefined;
  readonly #found = new WeakMap<Finding, Certified>();

  constructor(base: URL) {
    this.#base = base;
  }

  /** What was found out before. */
  known(finding: Finding): Certified | undefined {
    return this.#found.get(finding);
  }

  /** Rejects if something does not come; asked again, it is tried again. */
  async find(finding: Finding): Promise<Certified> {
    const [part, file] = await Promise.all([loadPart('certificates'), this.#rootsFile()]);
    const certified = file === undefined
      ? { found: 'no-roots' as const, throwaway: false, texts: part.texts }
      : certify(finding, part, file);
    this.#found.set(finding, certified);
    return certified;
  }

  #rootsFile(): Promise<Uint8Array | undefined> {
    const file = this.#file ?? ask(new URL('v1/roots', this.#base));
    this.#file = file;
    file.catch(() => { this.#file = undefined; });
    return file;
  }
}

/** The same question as before, with roots. */
function certify({ verified, against, checkedAt }: Finding, { readRoots, texts }: CertificatesPart, file: Uint8Array): Certified {
  let roots: Roots;
  try {
    roots = readRoots(file);
  } catch (error) {
    console.error(error);
    return { found: 'bad-roots', throwaway: false, texts };
  }
  if (verified === undefined || against === undefined) throw new Error('nothing was verified');
  const { binding } = verify({ bundle: verified, checkpoint: against, now: checkedAt, roots });
  if (binding === undefined) throw new Error('the same question has another answer');
  return { found: binding, throwaway: roots.throwaway, texts };
}

/** Undefined if the server offers none. */
async function ask(address: URL): Promise<Uint8Array | undefined> {
  const response = await fetch(address, {
    headers: { Accept: 'application/json' },
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
