/**
 * The results of many files as one table: a row per file with its verdict and reason, the marks as columns. Contents go
 * into it only of documents that are valid: a row that is not must not be counted by its marks.
 */
import type { Claim } from '@sogoc/light-client';
import { bySubject, unescapeName } from './claims.js';
import { isGenuine, issuerName, originalText, provenanceText, reasonText, type Finding } from './finding.js';
import { instant, isoDay, mark } from './format.js';
import type { Dictionary } from './text/dictionary.js';
import { wordsOf, type Words } from './words.js';

export function tableOf(findings: readonly Finding[], t: Dictionary): string[][] {
  const contents = findings.map((finding) => (finding.shown === 'valid' ? textsOf(finding) : new Map<string, Claim>()));
  const paths = columnsOf(contents);
  const words = findings.map(({ report }) => report?.document && wordsOf(report.document, t));
  const { columns } = t.list;
  const head = [
    columns.file, columns.verdict, columns.verdictCode, columns.reason, columns.reasonCode, columns.type, columns.issuer,
    columns.issuerId, columns.decision, columns.provenance, columns.date, columns.sealed, columns.statusAsOf, columns.freshness, columns.checked,
    ...columnLabels(paths, (path) => words[contents.findIndex((texts) => texts.has(path))]),
  ];
  const rows = findings.map((finding, at) => [
    ...about(finding, t),
    ...paths.map((path) => cell(contents[at]?.get(path), t)),
  ]);
  return [head, ...rows];
}

function about(finding: Finding, t: Dictionary): string[] {
  const { report } = finding;
  const genuine = report !== undefined && isGenuine(report) ? report : undefined;
  const issuer = genuine?.proven?.namedIssuer;
  return [
    finding.file,
    t.verdicts[finding.shown].title,
    finding.shown,
    reasonText(finding, t) ?? originalText(finding, t) ?? '',
    finding.code ?? '',
    genuine?.document === undefined ? '' : wordsOf(genuine.document, t).type,
    issuer === undefined ? '' : issuerName(issuer, t),
    issuer?.id ?? '',
    genuine?.proven?.grant?.decision ?? '',
    genuine === undefined ? '' : provenanceText(genuine, t),
    isoDay(genuine?.document?.date ?? '', t),
    genuine?.proven === undefined ? '' : instant(genuine.proven.batch.time, t),
    report?.status === undefined ? '' : instant(report.status.asOf, t),
    report?.status === undefined ? '' : report.status.fresh ? t.list.fresh.network : t.list.fresh.receipt,
    instant(finding.checkedAt, t),
  ];
}

function textsOf(finding: Finding): Map<string, Claim> {
  const texts = new Map<string, Claim>();
  const gather = (claims: readonly Claim[]): void => {
    for (const claim of claims) {
      if (claim.members !== undefined) gather(claim.members);
      else if (claim.kind === 'text') texts.set(claim.path, claim);
    }
  };
  gather(finding.report?.document?.claims ?? []);
  return texts;
}

/** Every path of any row: fields as documents order them, then subjects as a report book does, then the year's result. */
function columnsOf(contents: readonly ReadonlyMap<string, Claim>[]): string[] {
  const paths = [...new Set(contents.flatMap((texts) => [...texts.keys()]))];
  const rank = (path: string): number => ['person', 'study', 'award', 'subjects', 'result'].indexOf(path.split('/')[0] ?? '');
  const firstSeen = new Map(paths.map((path, at) => [path, at]));
  return paths.sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    const [x, y] = [a.split('/'), b.split('/')];
    if (x[0] !== 'subjects') return (firstSeen.get(a) ?? 0) - (firstSeen.get(b) ?? 0);
    return bySubject(unescapeName(x[1] ?? ''), unescapeName(y[1] ?? '')) || order(x[2]) - order(y[2]);
  });
}

const MARKS: readonly (string | undefined)[] = ['semester_1', 'semester_2', 'year', 'retest'];
const order = (column: string | undefined): number => MARKS.indexOf(column);

/** Each says what it is by itself: a mark with its subject; a school with what it is the school of, if there are two. */
function columnLabels(paths: readonly string[], wordsFor: (path: string) => Words | undefined): string[] {
  const labels = paths.map((path) => wordsFor(path)?.label(path) ?? path);
  return paths.map((path, at) => {
    const own = labels[at] as string;
    const whole = path.split('/').slice(0, -1).join('/');
    const ambiguous = labels.indexOf(own) !== labels.lastIndexOf(own);
    return whole !== '' && (whole.includes('/') || ambiguous) ? `${wordsFor(path)?.label(whole) ?? whole}, ${own}` : own;
  });
}

function cell(claim: Claim | undefined, t: Dictionary): string {
  const value = claim?.value ?? '';
  switch (claim?.form) {
    case 'date': return isoDay(value, t);
    case 'mark': return mark(value, t.decimal);
    case 'yes-no': return value === 'true' ? t.yes : t.no;
    default: return value;
  }
}
