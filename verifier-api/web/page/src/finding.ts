/** What the page found out about one file, and what may be said of it. */
import type { CheckName, Checkpoint, Claim, Issuer, Outcome, Report } from '@sogoc/light-client';
import { instantWithZone } from './format.js';
import { remedyFor } from './remedies.js';
import type { FileKind } from './sniff.js';
import type { Dictionary, ReasonCode, Shown, Staleness } from './text/dictionary.js';

export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Finding {
  readonly file: string;
  readonly shown: Shown;
  /** Why it is not valid. */
  readonly code: ReasonCode | undefined;
  /** Of a file that is no document: what it is instead. */
  readonly kind: FileKind | undefined;
  readonly report: Report | undefined;
  readonly bundle: Uint8Array | undefined;
  /** The same as it was verified: with another proof of finality where the anchor asked for one. */
  readonly verified: Uint8Array | undefined;
  /** The block that it was verified against. */
  readonly against: Checkpoint | undefined;
  readonly original: Original | undefined;
  /** Why the status is not from the network; undefined if it is. */
  readonly stale: Staleness | undefined;
  /** Why the network gave no answer: a code of the server or of the connection. */
  readonly staleCode: string | undefined;
  readonly checkedAt: bigint;
}

/** The first check that did not hold, else the reason why the file is no bundle. */
export function reasonOf(report: Report): ReasonCode | undefined {
  return report.error ?? report.checks.find((check) => check.code !== undefined)?.code;
}

/** Checks that must have passed before the contents may be believed; status and expiry only say whether it is in force. */
const GENUINE: readonly CheckName[] = [
  'integrity', 'disclosures', 'issuer-signature', 'on-ledger', 'final', 'issuer-entitled',
];

export function isGenuine(report: Report): boolean {
  return GENUINE.every((name) => report.checks.some((one) => one.check === name && one.outcome === 'passed'));
}

export function findClaim(claims: readonly Claim[], path: string): Claim | undefined {
  for (const claim of claims) {
    if (claim.path === path) return claim;
    if (claim.members !== undefined && path.startsWith(`${claim.path}/`)) return findClaim(claim.members, path);
  }
  return undefined;
}

/** Whose document it is, if that is proven and shown. */
export function holderName(report: Report | undefined): string | undefined {
  if (report?.document === undefined || !isGenuine(report)) return undefined;
  const { claims } = report.document;
  return (findClaim(claims, 'person/name') ?? findClaim(claims, 'name'))?.value;
}

/** The claim that a file is compared with. */
const SEALED = 'file_digest';

/** Of the file that a genuine document seals: not reached while none was given to compare. Undefined if it seals none. */
export function originalOutcome({ report, original }: Finding): Outcome | undefined {
  if (report?.document === undefined || !isGenuine(report)) return undefined;
  const { claims, notShown } = report.document;
  if (notShown.includes(SEALED)) return 'cannot-check';
  if (!claims.some(({ fileDigest, path }) => path === SEALED && fileDigest !== undefined)) return undefined;
  return original === undefined ? 'not-reached' : report.checks.find((check) => check.check === 'original')?.outcome;
}

/** An issuer's name in the language; not all have one in English. */
export function issuerName(issuer: Issuer, t: Dictionary): string {
  return (t.lang === 'en' && issuer.nameEn !== '' ? issuer.nameEn : issuer.name) || issuer.id;
}

/** Where it comes from, if not simply from the issuer that it names: sealed by a successor, taken over from paper. */
export function provenanceText({ proven }: Report, t: Dictionary): string {
  return [
    proven?.succession && t.facts.sealedFor(issuerName(proven.sealingIssuer, t)),
    proven?.batch.origin === 'digitised' && t.facts.digitised,
  ].filter(Boolean).join(' ');
}

/** The verdict in a sentence. */
export function verdictText({ shown, code, report }: Finding, t: Dictionary): string {
  if (shown !== 'invalid' || report === undefined || !isGenuine(report)) return t.verdicts[shown].says;
  return t.genuineBut[code === 'expired' || code === 'other-file' ? code : 'other'];
}

/** The status and as of when: never one without the other. */
export function statusText({ shown, report }: Finding, t: Dictionary): string | undefined {
  if (report?.status === undefined) return undefined;
  const { status, asOf, keySuspended } = report.status;
  const effective = status === 'valid' && keySuspended ? 'suspended' : status;
  return t.statusAsOf(effective === 'valid' && shown === 'invalid' ? t.notRevoked : t.statuses[effective], instantWithZone(asOf, t));
}

/** Of a valid document that seals a file: whether the file that somebody was given is that file. */
export function originalText(finding: Finding, t: Dictionary): string | undefined {
  if (finding.shown !== 'valid') return undefined;
  switch (originalOutcome(finding)) {
    case 'not-reached': return t.original.wanted;
    case 'cannot-check': return t.reasons['no-file-digest'];
    case 'passed': return t.original.is(finding.original?.name ?? '');
    default: return undefined;
  }
}

/** A reason in words; of a file that is no document, what it is. */
export function reasonText(finding: Finding, t: Dictionary): string | undefined {
  if (finding.kind !== undefined) return t.kinds[finding.kind].says;
  return finding.code === undefined ? undefined : t.reasons[finding.code];
}

export function adviceText(finding: Finding, t: Dictionary): string | undefined {
  if (finding.kind !== undefined) return t.kinds[finding.kind].advice;
  return finding.code === undefined ? undefined : t.remedies[remedyFor(finding.code)];
}

/** How the status is known, and if it is not from the network, why not. */
export function freshnessText({ stale, staleCode }: Finding, fresh: boolean, t: Dictionary): string {
  if (fresh) return t.freshNetwork;
  if (stale === undefined) return t.freshReceipt;
  const why = t.staleness[stale];
  return `${t.freshReceipt} ${staleCode === undefined ? why : `${why.replace(/\.$/, '')} (${networkText(staleCode, t)}).`}`;
}

/** Why the network gave no answer, as the end of a sentence. */
export function networkText(code: string, t: Dictionary): string {
  if (isKey(t.noAnswer, code)) return t.noAnswer[code];
  return isKey(t.problems, code) ? t.problems[code] : t.problem(code);
}

function isKey<Table extends object>(table: Table, key: PropertyKey): key is keyof Table {
  return Object.hasOwn(table, key);
}
