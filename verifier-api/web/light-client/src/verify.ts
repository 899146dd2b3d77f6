/**
 * From a question to a report (FORMATS §15). Pure and synchronous. The first check that does not hold ends the
 * verification; a check that could not be made is never shown as a failed one.
 */
import { equal, hex } from './bytes.js';
import { readBundle } from './bundle.js';
import type { Bundle } from './bundle.js';
import { anchorOf } from './checkpoint.js';
import { describe, openClaims } from './claims.js';
import { isName } from './codec.js';
import type { Node } from './disclose.js';
import type { BatchProof } from './formats.js';
import { thumbprint } from './hash.js';
import { decodeStatuses, verifyReceipt, verifyStatuses } from './receipt.js';
import type { Final, Sealed } from './receipt.js';
import { Refusal, refuse } from './refusal.js';
import { fileDigestOf } from './schema.js';
import { checkHolder, checkIssuerSignature, checkOriginal, readDocument } from './sdjwt.js';
import type { Document } from './sdjwt.js';
import { describeProof, describeType, stepsOf } from './explain.js';
import { isHistoryOf, openingOf } from './status.js';
import type {
  BundleError, Check, CheckCode, CheckName, Grant, Issuer, Question, Report, StatusEntry, StatusReport, Succession,
  Verdict,
} from './types.js';

const ALWAYS: readonly CheckName[] = [
  'integrity', 'disclosures', 'issuer-signature', 'on-ledger', 'final', 'issuer-entitled', 'status', 'expiry',
];

const CANNOT_CHECK: ReadonlySet<string> = new Set([
  'algorithm-unsupported', 'hash-unsupported', 'type-unknown', 'schema-version-unknown', 'other-chain', 'needs-refresh',
  'definition-missing', 'status-too-old', 'no-file-digest', 'bundle-unknown-format', 'receipt-unknown-format',
  'definition-unknown-format',
]);

/** Where the codes of a receipt belong that are none of `on-ledger`. */
const CHECK_OF: Readonly<Record<string, CheckName>> = {
  'not-final': 'final',
  'wrong-validators': 'final',
  'not-an-ancestor': 'final',
  'needs-refresh': 'final',
  'wrong-status': 'status',
};

const DAY_MS = 86_400_000;
const UTC_PLUS_7_MS = 25_200_000n;
/** Of a succession. */
const SEAL = 1;

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

/** A status, and the proof that it rests on. */
interface Seen {
  readonly entry: StatusEntry;
  readonly proof: BatchProof;
}

interface Entitlement {
  readonly grant: Grant;
  readonly succession?: Succession;
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
    const document = this.check('integrity', () => readDocument(this.bundle.credential, this.bundle.schema));
    const opened = this.check('disclosures', () => openClaims(document));
    result.document = describe(document, opened);
    this.check('issuer-signature', () => checkIssuerSignature(document));
    const sealed = this.ledger(document);
    this.explain(document, sealed.final);
    const entitlement = this.check('issuer-entitled', () => this.entitled(document));
    if (result.proven !== undefined) result.proven = { ...result.proven, ...entitlement };
    const status = this.latestStatus(sealed, document);
    this.check('status', () => this.checkStatus(status));
    this.check('expiry', () => this.checkExpiry(document));
    const { holder, original } = question;
    if (holder !== undefined) this.check('holder-binding', () => checkHolder(document, holder, question.now));
    if (original !== undefined) {
      this.check('original', () => {
        const digest = find(opened.members, 'file_digest') ?? refuse('no-file-digest');
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
      this.checkDefinition(document);
      this.passed.add('on-ledger').add('final');
      return sealed;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const check = CHECK_OF[error.code] ?? 'on-ledger';
      if (check === 'status') this.passed.add('on-ledger').add('final');
      throw new Ended(check, error.code);
    }
  }

  /** The issuer that the document must name: the one that sealed, or the one that it sealed for. */
  private get named(): Issuer {
    const { issuer, namedIssuer } = this.bundle.receipt.proof;
    return namedIssuer ?? issuer;
  }

  private checkRecord({ key, issuer, schema }: Document): void {
    const { batch } = this.bundle.receipt.proof;
    const same = equal(batch.key, thumbprint(key)) && issuer === this.named.id && batch.documentType === schema.id
      && batch.schema === schema.version;
    if (!same) refuse('record-differs');
  }

  /** The ledger keeps by which text the type was defined when the batch was sealed: it must have been read by that one. */
  private checkDefinition({ schema }: Document): void {
    const { definition } = this.bundle.receipt.proof.batch;
    const differs = definition === undefined || hex(definition) !== schema.digest;
    if (schema === this.bundle.schema) return differs ? refuse('definition-differs') : undefined;
    if (definition !== undefined && differs) refuse('definition-missing');
  }

  private explain(document: Document, final: Final): void {
    const { receipt, evidence } = this.bundle;
    const { document: described } = this.result;
    const definition = describeType(document.schema);
    if (described?.known === false && definition !== undefined) this.result.document = { ...described, definition };
    this.result.proven = describeProof(receipt.proof, final, evidence.length);
    const binding = this.question.roots?.binding(evidence, receipt.proof, document.pointer.chain);
    if (binding !== undefined) this.result.binding = binding;
    this.result.steps = stepsOf(receipt, document.leaf, final, this.question.checkpoint);
  }

  private entitled({ date, schema }: Document): Entitlement {
    const { proof: { batch, issuer, namedIssuer } } = this.bundle.receipt;
    const { grants } = this.named;
    const day = BigInt(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
    if (day < 0n) refuse('date-malformed');
    const sealedOn = (batch.time + UTC_PLUS_7_MS) / BigInt(DAY_MS);
    const succession = namedIssuer?.successors.find((each) => (
      each.issuer === issuer.id && (each.scopes & SEAL) !== 0 && covers(each, sealedOn)
    ));
    if (namedIssuer !== undefined && succession === undefined) refuse('not-a-successor');
    const grant = grants.find((each) => each.documentType === schema.id && covers(each, day)) ?? refuse('not-entitled');
    return succession === undefined ? { grant } : { grant, succession };
  }

  /** The receipt's status, or that of fresh statuses which are proven and not older. */
  private latestStatus({ status }: Sealed, document: Document): StatusReport {
    const { openings, receipt: { proof } } = this.bundle;
    const fresh = this.question.fresh === undefined ? undefined : this.freshStatus(this.question.fresh, document);
    const isNewest = fresh !== undefined && fresh.proof.header.height >= proof.header.height;
    const seen: Seen = isNewest ? fresh : { entry: status, proof };
    const { entry, proof: { header } } = seen;
    const opening = openingOf(entry, openings);
    if (opening !== undefined) this.result.opening = opening;
    const history = this.provenHistory(status, entry);
    if (history !== undefined) {
      this.result.history = history.map((each) => {
        const opened = openingOf(each, openings);
        return opened === undefined ? { entry: each } : { entry: each, opening: opened };
      });
    }
    this.result.status = {
      ...entry,
      asOf: header.time,
      asOfHeight: header.height,
      fresh: isNewest,
      keySuspended: isKeySuspended(seen.proof),
    };
    return this.result.status;
  }

  /** What the bundle holds of the history, if it is that of `entry`; with the receipt's own entry, if a later one came. */
  private provenHistory(own: StatusEntry, entry: StatusEntry): readonly StatusEntry[] | undefined {
    const { history } = this.bundle;
    if (isHistoryOf(history, entry)) return history;
    const longer = [...history, own];
    return isHistoryOf(longer, entry) ? longer : undefined;
  }

  /** A server that lies or lags decides nothing: what is refused here is only reported. */
  private freshStatus(encoded: Uint8Array, { pointer }: Document): Seen | undefined {
    const { proof: { batch }, index } = this.bundle.receipt;
    try {
      const { proof, statuses } = decodeStatuses(encoded);
      const statusAt = verifyStatuses({ proof, statuses }, pointer, this.question.checkpoint);
      if (!equal(proof.batch.root, batch.root)) refuse('record-differs');
      return { entry: statusAt(index), proof };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.result.freshRefused = error.code as NonNullable<Report['freshRefused']>;
      return undefined;
    }
  }

  private checkStatus({ status, asOf, keySuspended }: StatusReport): void {
    if (status !== 'valid') refuse(status);
    if (keySuspended) refuse('key-suspended');
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
    if (ended.code === 'key-suspended') return 'suspended';
    const status = this.result.status?.status ?? 'valid';
    return ended.check === 'status' && status !== 'valid' ? status : 'invalid';
  }
}

/** A claim by its name: at the top, else in the first object that has it. */
function find(members: ReadonlyMap<string, Node>, name: string): Node | undefined {
  const objects = [...members.keys()].sort().map((each) => members.get(each)?.value).filter((value) => value instanceof Map);
  return members.get(name) ?? objects.find((object) => object.has(name))?.get(name);
}

function outcomeOf(code: string): 'failed' | 'cannot-check' {
  return CANNOT_CHECK.has(code) ? 'cannot-check' : 'failed';
}

function covers({ from, until }: { readonly from: number; readonly until: number | undefined }, day: bigint): boolean {
  return from <= day && (until === undefined || day < until);
}

/** The key that sealed the batch is suspended, as of the proof's header, for what it sealed when it sealed this. */
function isKeySuspended({ batch, issuer, header }: BatchProof): boolean {
  const suspended = issuer.keys.find(({ key }) => equal(thumbprint(key), batch.key))?.suspended;
  return suspended !== undefined && suspended.since <= batch.time
    && (suspended.until === undefined || suspended.until > header.time);
}
