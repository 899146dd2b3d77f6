/**
 * A question asked with a server at hand: what the verdict needs is fetched, then everything is verified here. What cannot
 * be fetched, or proves nothing, leaves the verdict where it was without it, and the report says so.
 */
import { equal } from './bytes.js';
import { readBundle } from './bundle.js';
import { LedgerError } from './client.js';
import type { LedgerClient } from './client.js';
import { decode } from './codec.js';
import { ancestry } from './formats.js';
import { headerHash } from './hash.js';
import { refresh } from './holder.js';
import { leafHash, rootFromPath } from './merkle.js';
import { Refusal } from './refusal.js';
import type { Header, Question, Report } from './types.js';
import { verify } from './verify.js';

export type OnlineQuestion = Omit<Question, 'fresh'>;

/** What became of one request. */
export interface Fetched {
  readonly what: 'statuses' | 'ancestry';
  /** `refused`: it came, and proves nothing (`code`). `not-fetched`: it did not come (`error`). */
  readonly outcome: 'used' | 'refused' | 'not-fetched';
  readonly code?: string;
  readonly error?: LedgerError;
}

export interface OnlineReport {
  readonly report: Report;
  /** In the order in which it was asked for; empty if the verdict needed nothing. */
  readonly fetched: readonly Fetched[];
  /** The bundle that was verified: with another proof of finality if it had to be refreshed. Worth keeping. */
  readonly bundle: Uint8Array;
}

export async function checkOnline(question: OnlineQuestion, client: LedgerClient): Promise<OnlineReport> {
  const fetched: Fetched[] = [];
  let asked = question;
  let report = verify(asked);
  if (needsRefresh(report)) {
    const renewed = await renew(asked, client, fetched);
    if (renewed !== undefined) {
      asked = { ...asked, bundle: renewed };
      report = verify(asked);
    }
  }
  if (report.status !== undefined) report = await withStatuses(asked, report, client, fetched);
  return { report, fetched, bundle: asked.bundle };
}

function needsRefresh({ checks }: Report): boolean {
  return checks.some(({ code }) => code === 'needs-refresh');
}

/** The bundle with an ancestry; none if it did not come, or if it is the server that fails and not the document. */
async function renew(question: OnlineQuestion, client: LedgerClient, fetched: Fetched[]): Promise<Uint8Array | undefined> {
  const { header } = readBundle(question.bundle).receipt.proof;
  const anchor = question.checkpoint.header;
  try {
    const encoded = await client.ancestry(header.height, anchor.height);
    // Either the header is none of this ledger's or the path is not its path. The header that the path does lead from
    // settles it; without one the server has shown nothing, and no document is invalid for that.
    if (!leads(header, encoded, anchor)) {
      const other = await client.header(header.height);
      if (other.height !== header.height || !leads(other, encoded, anchor)) {
        fetched.push({ what: 'ancestry', outcome: 'refused', code: 'not-an-ancestor' });
        return undefined;
      }
    }
    fetched.push({ what: 'ancestry', outcome: 'used' });
    return refresh(question.bundle, encoded);
  } catch (error) {
    fetched.push(failure('ancestry', error));
    return undefined;
  }
}

/** Whether the ancestry shows `header`, at its height, among the ancestors of the checkpoint's. */
function leads(header: Header, encoded: Uint8Array, anchor: Header): boolean {
  try {
    const { checkpoint, path } = decode(ancestry, encoded);
    const root = rootFromPath(leafHash(headerHash(header)), header.height, anchor.height, path);
    return checkpoint === anchor.height && equal(root, anchor.historyRoot);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

async function withStatuses(
  question: OnlineQuestion, report: Report, client: LedgerClient, fetched: Fetched[],
): Promise<Report> {
  const { document, proven } = report;
  if (document === undefined || proven === undefined) return report;
  const { size, period } = proven.batch;
  try {
    const since = question.checkpoint.header.height;
    const fresh = await client.statusesFor({ pointer: document.pointer, size, period, since });
    const later = verify({ ...question, fresh });
    const code = later.freshRefused;
    const what = 'statuses';
    fetched.push(code === undefined ? { what, outcome: 'used' } : { what, outcome: 'refused', code });
    return later;
  } catch (error) {
    fetched.push(failure('statuses', error));
    return report;
  }
}

function failure(what: Fetched['what'], error: unknown): Fetched {
  if (error instanceof LedgerError) return { what, outcome: 'not-fetched', error };
  if (error instanceof Refusal) return { what, outcome: 'refused', code: error.code };
  throw error;
}
