/**
 * A verifier's side of HTTP (FORMATS §16). A server is told issuers, batches, periods and heights, never a leaf, an
 * index or anything else of a document. What it answers is untrusted: `verify` decides.
 */
import { CHECKPOINT_BYTES, batchStatuses, header as headerType } from './formats.js';
import { VALUE_BYTES, decode } from './codec.js';
import { decodeCheckpoint } from './checkpoint.js';
import { isObject, parseJson } from './json.js';
import type { JsonObject } from './json.js';
import { Refusal, refuse } from './refusal.js';
import type { Checkpoint, Header, Pointer } from './types.js';

const BINARY = 'application/vnd.sogoc';
const JSON_TYPE = 'application/json';

const TIMEOUT_MS = 10_000;
const ANCESTRY_BYTES = 8 + 2 + 64 * 32;
const HEADER_BYTES = 1024;
const JSON_BYTES = 1024 * 1024;
/** Of one answer about statuses: a page of a period, or a batch. */
const STATUSES_BYTES = VALUE_BYTES;
/** Pages of a period that are read at most. */
const PAGES = 1000;
/** Batches of fewer documents are asked for only among all of their period: the question would name the document. */
const SMALL_BATCH = 20;
const JSON_DEPTH = 16;

/**
 * No answer that can be used. `code` is the problem's (`unknown-batch`, `too-many-requests`, …) or one of the client's
 * own: `unreachable`, `timed-out`, `aborted`, `too-large`, `not-understood`, `not-in-period`, `cannot-ask`.
 */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';

  constructor(
    readonly code: string,
    /** The HTTP status, if there was an answer. */
    readonly status?: number,
    /** The problem document's sentences. */
    readonly detail?: string,
    readonly detailVi?: string,
    /** Seconds after which trying again may help. */
    readonly retryAfter?: number,
  ) {
    super(detail ?? code);
  }
}

export interface LedgerClientOptions {
  readonly fetch?: typeof fetch;
  /** For one answer, its body included. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ChainInfo {
  readonly chain: string;
  /** Hex: the network's identity. */
  readonly genesis: string;
  readonly height: bigint;
  readonly hash: string;
  readonly time: bigint;
  readonly leaves: bigint | undefined;
  readonly ready: boolean | undefined;
  readonly version: string | undefined;
}

export interface StatusesRequest {
  readonly pointer: Pointer;
  /** Documents in the batch. */
  readonly size: number;
  readonly period: string;
  /** Height of the checkpoint that the proof is for. */
  readonly since: bigint;
}

interface Answer {
  readonly body: Uint8Array;
  readonly next: URL | undefined;
}

export class LedgerClient {
  private readonly base: URL;
  private readonly fetch: typeof fetch;

  /** `baseUrl` is what `/v1/…` is added to, as `https://so-goc.example`. */
  constructor(baseUrl: string, private readonly options: LedgerClientOptions = {}) {
    this.base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
    // Called as a method of this object, a browser's fetch throws.
    const given = options.fetch ?? globalThis.fetch;
    this.fetch = (input, init) => given(input, init);
  }

  async chain(): Promise<ChainInfo> {
    const { body } = await this.get('chain', JSON_TYPE, JSON_BYTES);
    return understood(() => readChain(body));
  }

  /** Its sets are those that it names; whether to trust it is the caller's to say. */
  async checkpoint(height: bigint | 'latest'): Promise<Checkpoint> {
    const { body } = await this.get(`checkpoints/${height}`, BINARY, CHECKPOINT_BYTES);
    return understood(() => decodeCheckpoint(body));
  }

  async header(height: bigint | 'latest'): Promise<Header> {
    const { body } = await this.get(`headers/${height}`, BINARY, HEADER_BYTES);
    return understood(() => decode(headerType, body));
  }

  /** An encoded Ancestry that leads from the header at `height` to the checkpoint. */
  async ancestry(height: bigint, checkpoint: bigint): Promise<Uint8Array> {
    return (await this.get(`ancestry/${height}?checkpoint=${checkpoint}`, BINARY, ANCESTRY_BYTES)).body;
  }

  /** An encoded BatchStatuses of the batch: of a small one out of all batches of its period. */
  async statusesFor(request: StatusesRequest): Promise<Uint8Array> {
    const { pointer: { issuer, batch }, size, period, since } = request;
    if (size < SMALL_BATCH) return this.statusesInPeriod(issuer, batch, period, since);
    const path = `batches/${segment(issuer)}/${segment(batch)}/statuses?since=${since}`;
    return (await this.get(path, BINARY, STATUSES_BYTES)).body;
  }

  /** Every page is read, found or not, so that where the reading ends does not tell which batch was sought. */
  private async statusesInPeriod(issuer: string, batch: string, period: string, since: bigint): Promise<Uint8Array> {
    let found: Uint8Array | undefined;
    const path = `issuers/${segment(issuer)}/periods/${segment(period)}/statuses?since=${since}`;
    let next: URL | undefined = this.address(path);
    for (let page = 0; next !== undefined; page++) {
      if (page === PAGES) throw new LedgerError('too-large');
      const answer: Answer = await this.ask(next, BINARY, STATUSES_BYTES);
      found ??= understood(() => findBatch(answer.body, issuer, batch));
      next = answer.next;
    }
    if (found === undefined) throw new LedgerError('not-in-period');
    return found;
  }

  private get(path: string, accept: string, limit: number): Promise<Answer> {
    return this.ask(this.address(path), accept, limit);
  }

  private address(path: string): URL {
    return new URL(`v1/${path}`, this.base);
  }

  private async ask(address: URL, accept: string, limit: number): Promise<Answer> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.options.timeoutMs ?? TIMEOUT_MS);
    const given = this.options.signal;
    const abort = (): void => stop.abort();
    given?.addEventListener('abort', abort);
    if (given?.aborted === true) stop.abort();
    try {
      const response = await this.fetch(address, {
        headers: { Accept: accept },
        // Kept answers would tell whoever uses this browser next what was asked.
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: stop.signal,
      });
      const body = await readBody(response, response.ok ? limit : JSON_BYTES);
      if (!response.ok) throw problemOf(response, body);
      return { body, next: this.nextPage(response, address) };
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      const code = given?.aborted === true ? 'aborted' : stop.signal.aborted ? 'timed-out' : 'unreachable';
      throw new LedgerError(code);
    } finally {
      clearTimeout(timer);
      given?.removeEventListener('abort', abort);
    }
  }

  /** The `Link` with `rel="next"`; only of this server. */
  private nextPage(response: Response, address: URL): URL | undefined {
    for (const link of (response.headers.get('Link') ?? '').split(',')) {
      const target = /^\s*<([^>]*)>\s*;(?:.*;)?\s*rel="?next"?\s*(?:;|$)/.exec(link)?.[1];
      if (target === undefined) continue;
      const next = new URL(target, address);
      if (next.origin !== this.base.origin) throw new LedgerError('not-understood', response.status);
      return next;
    }
    return undefined;
  }
}

function segment(text: string): string {
  // Any URL parser takes these two for steps, however they are escaped.
  if (text === '' || text === '.' || text === '..') throw new LedgerError('cannot-ask');
  return encodeURIComponent(text);
}

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? new LedgerError('not-understood') : error;
  }
}

async function readBody(response: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new LedgerError('too-large', response.status);
    }
    parts.push(value);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

function problemOf(response: Response, body: Uint8Array): LedgerError {
  const members = problemMembers(body);
  const text = (name: string): string | undefined => {
    const value = members?.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const retry = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new LedgerError(
    text('code') ?? 'not-understood', response.status, text('detail'), text('detail_vi'),
    Number.isFinite(retry) ? retry : undefined,
  );
}

function problemMembers(body: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(body, JSON_DEPTH, true);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function readChain(body: Uint8Array): ChainInfo {
  const members = parseJson(body, JSON_DEPTH, true);
  if (!isObject(members)) return refuse('json-malformed');
  const [chain, genesis, height, hash, time, leaves, ready, version] = [
    'chain', 'genesis', 'height', 'hash', 'time', 'leaves', 'ready', 'version',
  ].map((name) => members.get(name));
  if (typeof chain !== 'string' || typeof genesis !== 'string' || typeof hash !== 'string') return refuse('json-malformed');
  if (typeof height !== 'bigint' || typeof time !== 'bigint') return refuse('json-malformed');
  return {
    chain,
    genesis,
    height,
    hash,
    time,
    leaves: typeof leaves === 'bigint' ? leaves : undefined,
    ready: typeof ready === 'boolean' ? ready : undefined,
    version: typeof version === 'string' ? version : undefined,
  };
}

/** In a list of BatchStatuses, each behind its length. */
function findBatch(pack: Uint8Array, issuer: string, batch: string): Uint8Array | undefined {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  let found: Uint8Array | undefined;
  let at = 0;
  while (at < pack.length) {
    if (pack.length - at < 4) return refuse('malformed');
    const end = at + 4 + view.getUint32(at);
    if (end > pack.length) return refuse('malformed');
    const encoded = pack.subarray(at + 4, end);
    const { proof } = decode(batchStatuses, encoded);
    if (proof.issuer.id === issuer && proof.batchId === batch) found ??= new Uint8Array(encoded);
    at = end;
  }
  return found;
}
