/**
 * From a question to a report (FORMATS §15). Pure and synchronous. The first check that does not hold ends the
 * verification; a check that could not be made is never shown as a failed one.
 */
import { equal } from './bytes.js';
import { readBundle } from './bundle.js';
import type { Bundle } from './bundle.js';
import { anchorOf } from './checkpoint.js';
import { describe, openClaims } from './claims.js';
import { isName } from './codec.js';
import { commitment, thumbprint } from './hash.js';
import { decodeStatuses, verifyReceipt, verifyStatuses } from './receipt.js';
import type { Final, Sealed } from './receipt.js';
import { Refusal, refuse } from './refusal.js';
import { fileDigestOf } from './schema.js';
import { checkHolder, checkIssuerSignature, checkOriginal, readDocument } from './sdjwt.js';
import type { Document } from './sdjwt.js';
import { describeProof, stepsOf } from './explain.js';
import type {
  BundleError, Check, CheckCode, CheckName, Grant, Header, Issuer, Question, Report, StatusEntry, StatusReport, Verdict,
} from './types.js';

const ALWAYS: readonly CheckName[] = [
  'integrity', 'disclosures', 'issuer-signature', 'on-ledger', 'final', 'issuer-entitled', 'status', 'expiry',
];

const CANNOT_CHECK: ReadonlySet<string> = new Set([
  'algorithm-unsupported', 'hash-unsupported', 'type-unknown', 'schema-version-unknown', 'other-chain', 'needs-refresh',
  'issuer-not-shown', 'status-too-old', 'no-file-digest', 'bundle-unknown-format', 'receipt-unknown-format',
]);

/** Where the codes of a receipt belong that are none of `on-ledger`. */
const CHECK_OF: Readonly<Record<string, CheckName>> = {
  'not-final': 'final',
  'wrong-validators': 'final',
  'not-an-ancestor': 'final',
  'needs-refresh': 'final',
  'wrong-status': 'status',
};

const DAY_SECONDS = 86_400;

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

/** A status and the header that it is proven under. */
interface Seen {
  readonly entry: StatusEntry;
  readonly header: Header;
}

/** A check did not hold. */
class Ended {
  constructor(readonly check: CheckName, readonly code: string) {}
}

export function verify(question: Question): Report {
  let bundle: Bundle;
  try {
    bundle = readBundle(question.bundle);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const verdict = CANNOT_CHECK.has(error.code) ? 'cannot-check' : 'invalid';
    return { verdict, error: error.code as BundleError, checks: [] };
  }
  return new Verification(question, bundle, { verdict: 'cannot-check', checks: [] }).report();
}

class Verification {
  private readonly passed = new Set<CheckName>();

  constructor(
    private readonly question: Question,
    private readonly bundle: Bundle,
    private readonly result: Mutable<Report>,
  ) {}

  report(): Report {
    let ended: Ended | undefined;
    try {
      this.run();
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      ended = error;
    }
    this.result.checks = this.checks(ended);
    this.result.verdict = this.verdict(ended);
    return this.result;
  }

  private run(): void {
    const { question, result } = this;
    const document = this.check('integrity', () => readDocument(this.bundle.credential));
    const opened = this.check('disclosures', () => openClaims(document));
    result.document = describe(document, opened);
    this.check('issuer-signature', () => checkIssuerSignature(document));
    const sealed = this.ledger(document);
    this.explain(document, sealed.final);
    const grant = this.check('issuer-entitled', () => this.entitled(document));
    if (result.proven !== undefined) result.proven = { ...result.proven, grant };
    const status = this.latestStatus(sealed, document);
    this.check('status', () => this.checkStatus(status));
    this.check('expiry', () => this.checkExpiry(document));
    const { holder, original } = question;
    if (holder !== undefined) this.check('holder-binding', () => checkHolder(document, holder, question.now));
    if (original !== undefined) {
      this.check('original', () => {
        const digest = opened.members.get('file_digest') ?? refuse('no-file-digest');
        checkOriginal(original, fileDigestOf(digest.value));
      });
    }
  }

  /** What `made` refuses ends the verification at `check`. */
  private check<T>(check: CheckName, made: () => T): T {
    try {
      const value = made();
      this.passed.add(check);
      return value;
    } catch (error) {
      throw error instanceof Refusal ? new Ended(check, error.code) : error;
    }
  }

  /** `on-ledger` and `final`, which a receipt answers together. */
  private ledger(document: Document): Sealed {
    const { pointer, leaf } = document;
    try {
      if (!isName(pointer.chain) || !isName(pointer.issuer)) refuse('pointer-malformed');
      const sealed = verifyReceipt(this.bundle.receipt, leaf, pointer, this.question.checkpoint);
      this.result.anchor = anchorOf(this.question.checkpoint);
      this.checkRecord(document);
      this.passed.add('on-ledger').add('final');
      return sealed;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const check = CHECK_OF[error.code] ?? 'on-ledger';
      if (check === 'status') this.passed.add('on-ledger').add('final');
      throw new Ended(check, error.code);
    }
  }

  private checkRecord({ key, schema }: Document): void {
    const { batch } = this.bundle.receipt.proof;
    const same = equal(batch.key, thumbprint(key)) && batch.documentType === schema.id && batch.schema === schema.version;
    if (!same) refuse('record-differs');
  }

  private explain(document: Document, final: Final): void {
    const { receipt } = this.bundle;
    this.result.proven = describeProof(receipt.proof, final);
    this.result.steps = stepsOf(receipt, document.leaf, final, this.question.checkpoint);
  }

  private entitled({ issuer, date, schema }: Document): Grant {
    const { proof } = this.bundle.receipt;
    const named = [proof.issuer, proof.namedIssuer].find((each): each is Issuer => each?.id === issuer);
    if (named === undefined) return refuse('issuer-not-shown');
    const day = Date.parse(`${date}T00:00:00Z`) / (1000 * DAY_SECONDS);
    if (day < 0) refuse('date-malformed');
    const covers = ({ documentType, from, until }: Grant): boolean => (
      documentType === schema.id && from <= day && (until === undefined || day < until)
    );
    return named.grants.find(covers) ?? refuse('not-entitled');
  }

  /** The receipt's status, or that of fresh statuses which are proven and not older. */
  private latestStatus({ status }: Sealed, document: Document): StatusReport {
    const { header } = this.bundle.receipt.proof;
    const fresh = this.question.fresh === undefined ? undefined : this.freshStatus(this.question.fresh, document);
    const isNewest = fresh !== undefined && fresh.header.height >= header.height;
    const seen: Seen = isNewest ? fresh : { entry: status, header };
    const opening = this.bundle.openings.find((each) => equal(commitment(each), seen.entry.commitment));
    if (opening !== undefined) this.result.opening = opening;
    const { index, height, time } = seen.entry;
    this.result.status = {
      status: seen.entry.status,
      index,
      height,
      time,
      asOf: seen.header.time,
      asOfHeight: seen.header.height,
      fresh: isNewest,
    };
    return this.result.status;
  }

  /** A server that lies or lags decides nothing: what is refused here is only reported. */
  private freshStatus(encoded: Uint8Array, { pointer }: Document): Seen | undefined {
    const { proof: { batch }, index } = this.bundle.receipt;
    try {
      const { proof, statuses } = decodeStatuses(encoded);
      const statusAt = verifyStatuses({ proof, statuses }, pointer, this.question.checkpoint);
      if (!equal(proof.batch.root, batch.root)) refuse('record-differs');
      return { entry: statusAt(index), header: proof.header };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.result.freshRefused = error.code as NonNullable<Report['freshRefused']>;
      return undefined;
    }
  }

  private checkStatus({ status, asOf }: StatusReport): void {
    if (status !== 'valid') refuse(status);
    const { now, maxAgeMs } = this.question;
    if (maxAgeMs !== undefined && now - asOf > maxAgeMs) refuse('status-too-old');
  }

  private checkExpiry({ expires }: Document): void {
    if (expires !== undefined && expires <= this.question.now / 1000n) refuse('expired');
  }

  private checks(ended: Ended | undefined): Check[] {
    const { holder, original } = this.question;
    const asked: CheckName[] = [...ALWAYS];
    if (holder !== undefined) asked.push('holder-binding');
    if (original !== undefined) asked.push('original');
    return asked.map((check) => {
      if (check === ended?.check) return { check, outcome: outcomeOf(ended.code), code: ended.code as CheckCode };
      return { check, outcome: this.passed.has(check) ? 'passed' : 'not-reached' };
    });
  }

  private verdict(ended: Ended | undefined): Verdict {
    if (ended === undefined) return 'valid';
    if (outcomeOf(ended.code) === 'cannot-check') return 'cannot-check';
    const status = this.result.status?.status ?? 'valid';
    return ended.check === 'status' && status !== 'valid' ? status : 'invalid';
  }
}

function outcomeOf(code: string): 'failed' | 'cannot-check' {
  return CANNOT_CHECK.has(code) ? 'cannot-check' : 'failed';
}
