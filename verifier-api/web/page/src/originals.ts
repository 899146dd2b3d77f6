/** Files that come along with the documents that seal them. */
import { outline, Refusal } from '@sogoc/light-client';
import type { Original } from './finding.js';
import { bytesOf, type Incoming } from './intake.js';

/** A file to check, and the file that it may seal. */
export interface Job {
  readonly incoming: Incoming;
  original: Original | undefined;
}

/** Originals are hashed in memory. */
export const ORIGINAL_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Files that are no documents belong to the documents that seal them: to the one document that shows the file's name, or,
 * if only one document came, the only PDF or XML beside it. Where that is not certain nothing is compared: a wrong guess
 * would call a sound document invalid.
 */
export async function pair(incoming: readonly Incoming[]): Promise<Job[]> {
  const documents = incoming.filter((one) => one.file === undefined);
  const others = incoming.filter((one) => one.file !== undefined);
  const names = others.length === 0 ? [] : documents.map(sealedName);
  const used = new Set<Incoming>();
  const jobs: Job[] = [];
  for (const [at, one] of documents.entries()) {
    const name = names[at];
    const match = name === undefined ? undefined : matching(name, names, others);
    if (match !== undefined) used.add(match);
    jobs.push({ incoming: one, original: match?.file && (await originalOf(match.file)) });
  }
  for (const other of others) if (!used.has(other)) jobs.push({ incoming: other, original: undefined });
  return jobs;
}

function matching(name: string, names: readonly (string | undefined)[], others: readonly Incoming[]): Incoming | undefined {
  const named = others.filter((one) => one.name.split('/').pop() === name);
  if (named.length === 1 && names.filter((one) => one === name).length === 1) return named[0];
  const likely = others.filter((one) => one.sniffed === 'pdf' || one.sniffed === 'xml');
  return names.length === 1 && likely.length === 1 ? likely[0] : undefined;
}

/** The name of the file that a document seals, empty if it does not show it; undefined if it seals none. */
function sealedName({ bytes, sniffed }: Incoming): string | undefined {
  const document = bytes !== undefined && sniffed === 'bundle' ? described(bytes) : undefined;
  if (document?.type !== 'da-ky') return undefined;
  return document.claims.find((claim) => claim.path === 'file_name')?.value ?? '';
}

function described(bundle: Uint8Array): ReturnType<typeof outline> | undefined {
  try {
    return outline(bundle);
  } catch (error) {
    if (error instanceof Refusal) return undefined; // the check will say why
    throw error;
  }
}

/** Undefined if it is larger than what is read. */
export async function originalOf(file: File): Promise<Original | undefined> {
  return file.size > ORIGINAL_BYTES_MAX ? undefined : { name: file.name, bytes: await bytesOf(file) };
}
