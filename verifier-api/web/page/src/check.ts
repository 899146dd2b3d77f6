/** From one file to one finding: what it is, what the light client says of it, and how fresh that is. */
import { checkOnline, LedgerClient, verify, type Fetched, type Report } from '@sogoc/light-client';
import type { Anchor } from './anchor.js';
import { reasonOf, type Finding, type Original } from './finding.js';
import type { Incoming } from './intake.js';
import type { ReasonCode, Shown, Staleness } from './text/dictionary.js';

const TIMEOUT_MS = 5000;

export interface Asking {
  readonly anchor: Anchor | undefined;
  /** Undefined: offline. */
  readonly client: LedgerClient | undefined;
}

/** One client for one round of checks: equal questions are asked once, however many documents share a batch. */
export function askingOnce(base: URL, signal: AbortSignal): LedgerClient {
  const answers = new Map<string, Promise<Response>>();
  const once: typeof fetch = async (input, init) => {
    const key = String(input);
    const answer = answers.get(key) ?? fetch(input, init);
    answers.set(key, answer);
    return (await answer).clone();
  };
  return new LedgerClient(base.href, { fetch: once, timeoutMs: TIMEOUT_MS, signal });
}

export async function check(incoming: Incoming, asking: Asking, original: Original | undefined): Promise<Finding> {
  const { name, sniffed, bytes } = incoming;
  const found = {
    file: name, kind: undefined, report: undefined, bundle: bytes, verified: bytes, against: asking.anchor?.checkpoint, original,
    stale: undefined, staleCode: undefined, checkedAt: BigInt(Date.now()),
  };
  if (sniffed !== 'bundle' || bytes === undefined) {
    const kind = sniffed === 'bundle' || sniffed === 'anchor' ? 'unreadable' : sniffed;
    return { ...found, shown: 'not-a-document', code: 'not-a-bundle', kind, bundle: undefined, verified: undefined };
  }
  if (asking.anchor === undefined) return { ...found, shown: 'cannot-check', code: 'no-anchor' };
  try {
    const question = { bundle: bytes, checkpoint: asking.anchor.checkpoint, now: found.checkedAt, original: original?.bytes };
    if (asking.client === undefined) return judged(found, verify(question), 'offline', undefined);
    const { report, fetched, bundle } = await checkOnline(question, asking.client);
    return judged({ ...found, verified: bundle }, report, ...staleness(report, fetched));
  } catch (error) {
    console.error(error);
    return { ...found, shown: 'cannot-check', code: 'internal' };
  }
}

type Found = Omit<Finding, 'shown' | 'code'>;

function judged(found: Found, report: Report, stale: Staleness | undefined, staleCode: string | undefined): Finding {
  const code = reasonOf(report);
  const damaged = report.error === 'not-a-bundle' || report.error === 'bundle-too-large';
  const kind = damaged ? (report.error === 'not-a-bundle' ? 'truncated' : 'too-large') : undefined;
  const shown: Shown = damaged ? 'not-a-document' : report.verdict;
  return { ...found, shown, code, kind, report, stale, staleCode };
}

/** Why the status is that of the receipt, and the code behind it; neither if it is the network's. */
function staleness(report: Report, fetched: readonly Fetched[]): [Staleness | undefined, ReasonCode | string | undefined] {
  if (report.status?.fresh === true) return [undefined, undefined];
  const failed = fetched.find((one) => one.outcome !== 'used');
  if (failed === undefined) return fetched.length === 0 ? [undefined, undefined] : ['lagging', undefined];
  if (failed.outcome === 'refused') return ['refused', undefined];
  const code = failed.error?.code;
  return [code === 'unreachable' || code === 'timed-out' ? 'unreachable' : 'no-answer', code];
}
