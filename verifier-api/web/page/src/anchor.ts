/**
 * The trust anchor in use: the user's own before the server's, and the server's last one when it does not answer. An
 * anchor is trusted for where it came from, so where it came from is always shown.
 */
import { readCheckpoint, Refusal, type Checkpoint } from '@sogoc/light-client';
import { forget, recall, remember, type Remembered } from './preferences.js';

export type AnchorSource = 'own' | 'server' | 'remembered';

export interface Anchor {
  readonly source: AnchorSource;
  readonly checkpoint: Checkpoint;
  /** Of the header, in hex. */
  readonly hash: string;
  /** The server's is of another network than the one it gave last time. */
  readonly changed: boolean;
}

export interface AnchorState {
  readonly anchor: Anchor | undefined;
  /** Why the server gave none; undefined if it did or was not asked. */
  readonly failure: string | undefined;
}

const TIMEOUT_MS = 5000;

/** The first of: the user's, the server's (unless offline), the remembered. */
export async function loadAnchor(base: URL, offline: boolean): Promise<AnchorState> {
  const own = stored('sogoc.anchor.own', 'own');
  if (own !== undefined) return { anchor: own, failure: undefined };
  const before = stored('sogoc.anchor.server', 'remembered');
  if (offline) return { anchor: before, failure: undefined };
  try {
    const text = await ask(new URL('v1/anchor', base));
    const anchor = read(text, 'server');
    const changed = before !== undefined && before.checkpoint.header.chain !== anchor.checkpoint.header.chain;
    remember('sogoc.anchor.server', text);
    return { anchor: { ...anchor, changed }, failure: undefined };
  } catch (error) {
    return { anchor: before, failure: failureOf(error) };
  }
}

/** Takes the user's own file into use; undefined if it is none. */
export function takeAnchor(file: Uint8Array): Anchor | undefined {
  try {
    const text = new TextDecoder().decode(file);
    const anchor = read(text, 'own');
    remember('sogoc.anchor.own', text);
    return anchor;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

export function forgetAnchors(): void {
  forget('sogoc.anchor.own');
  forget('sogoc.anchor.server');
}

class NoAnchor extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

async function ask(address: URL): Promise<string> {
  const response = await fetch(address, {
    headers: { Accept: 'application/json' },
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new NoAnchor(await problemCode(response));
  return response.text();
}

async function problemCode(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : undefined;
  return typeof code === 'string' ? code : `HTTP ${response.status}`;
}

function failureOf(error: unknown): string {
  if (error instanceof NoAnchor) return error.code;
  if (error instanceof Refusal) return 'not-understood';
  return error instanceof DOMException && error.name === 'TimeoutError' ? 'timed-out' : 'unreachable';
}

/** Refused as the light client does; it also holds the file's `hash` to the checkpoint. */
function read(text: string, source: AnchorSource): Anchor {
  const checkpoint = readCheckpoint(new TextEncoder().encode(text));
  const { hash } = JSON.parse(text) as { hash: string };
  return { source, checkpoint, hash, changed: false };
}

/** What was remembered by an older page may not be readable any more: then it is forgotten. */
function stored(name: Remembered, source: AnchorSource): Anchor | undefined {
  const text = recall(name);
  if (text === undefined) return undefined;
  try {
    return read(text, source);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    forget(name);
    return undefined;
  }
}
