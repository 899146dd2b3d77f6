/** Files of the repository that the page must agree with. */
import { readFileSync } from 'node:fs';
import { decodeCheckpoint, type Checkpoint } from '@sogoc/light-client';
import type { Anchor } from '../src/anchor.js';
import type { Incoming } from '../src/intake.js';

// The tests are bundled to dist-tests/.
const root = new URL('../../../../', import.meta.url);

export const readText = (path: string): string => readFileSync(new URL(path, root), 'utf8');
export const readJson = <T>(path: string): T => JSON.parse(readText(path)) as T;

/** The text of one numbered chapter of FORMATS. */
export function chapter(number: number): string {
  const formats = readText('docs/FORMATS.md');
  const from = formats.indexOf(`\n## ${number}. `);
  const to = formats.indexOf(`\n## ${number + 1}. `);
  if (from < 0 || to < 0) throw new Error(`FORMATS has no chapter ${number}`);
  return formats.slice(from, to);
}

export interface BundleVector {
  readonly description: string;
  readonly bundle: string;
  readonly checkpoint: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Hex. */
  readonly original?: string;
}

/** The vector of that description. */
export function bundleVector(description: string): BundleVector {
  const { vectors } = readJson<{ vectors: BundleVector[] }>('docs/vectors/bundles.json');
  const vector = vectors.find((one) => one.description === description);
  if (vector === undefined) throw new Error(`no vector: ${description}`);
  return vector;
}

export function checkpoint(name: string): Checkpoint {
  const { checkpoints } = readJson<{ checkpoints: Record<string, string> }>('docs/vectors/chain.json');
  return decodeCheckpoint(Uint8Array.from(Buffer.from(checkpoints[name] ?? '', 'hex')));
}

export const anchor = (name: string): Anchor => ({ source: 'own', checkpoint: checkpoint(name), hash: '', changed: false });

export const incoming = (name: string, bundle: string): Incoming =>
  ({ name, sniffed: 'bundle', bytes: new TextEncoder().encode(bundle), file: undefined });
