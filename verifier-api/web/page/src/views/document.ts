/** What is disclosed, as a document that people can read: a report book, a certificate, a signed file. */
import type { Claim, DocumentReport } from '@sogoc/light-client';
import { inReadingOrder, labelOf } from '../claims.js';
import { h, type Child } from '../dom.js';
import { findClaim, isGenuine, type Finding } from '../finding.js';
import { hexGroups, isoDay, mark } from '../format.js';
import { t } from '../i18n.js';
import { typeName } from './facts.js';

const NOTHING = '–';

/** Contents that are not proven are only shown on demand, and said to be unproven. */
export function documentSection(finding: Finding): HTMLElement | undefined {
  const { report } = finding;
  if (report?.document === undefined) return undefined;
  const genuine = isGenuine(report);
  const title = h('h2', { id: 'document-title', class: genuine ? undefined : 'inline-heading' },
    genuine ? t().document.title : t().document.unprovenTitle);
  const asIssued = genuine && (finding.shown === 'valid' || finding.code === 'other-file');
  const sheet = documentSheet(report.document, asIssued ? undefined : finding.shown);
  const props = { class: 'card document', testid: 'document', data: { trust: genuine ? 'proven' : 'unproven' }, aria: { labelledby: 'document-title' } };
  if (!genuine) {
    return h('section', props, h('details', {}, h('summary', {}, title), h('p', { class: 'warning' }, t().document.unproven), sheet));
  }
  const lapsed = finding.code === 'expired' || ['revoked', 'superseded', 'suspended'].includes(finding.shown);
  return h('section', props, title, lapsed && h('p', { class: 'warning' }, finding.code === 'key-suspended' ? t().reasons[finding.code] : t().document.notInForce), sheet);
}

/** The sheet itself; `stamp` is written across it where the document is not valid. */
export function documentSheet(document: DocumentReport, stamp: Finding['shown'] | undefined): HTMLElement {
  const find = (path: string): Claim | undefined => findClaim(document.claims, path);
  return h('article', { class: `sheet sheet-${document.type}` },
    stamp !== undefined && h('p', { class: `stamp tone-${stamp}` }, t().verdicts[stamp].title),
    ...(document.type === 'bang-tn-thpt' ? diploma(document, find) : record(document)),
    document.claims.length === 0 && h('p', { class: 'soft' }, t().document.nothing),
    notShown(document),
    h('p', { class: 'sheet-note' }, t().document.disclaimer),
  );
}

// ---- The diploma, set as a certificate --------------------------------------------------------------------------

function diploma(document: DocumentReport, find: (path: string) => Claim | undefined): Child[] {
  const name = find('person/name');
  const rest = (path: string, without: string): Child => {
    const members = (find(path)?.members ?? []).filter((claim) => claim.path !== without);
    return members.length > 0 && h('dl', { class: 'fields' }, members.map(field));
  };
  return [
    h('p', { class: 'sheet-kind' }, typeName(document.type)),
    name !== undefined && h('p', { class: 'sheet-name' }, value(name)),
    rest('person', 'person/name'),
    rest('award', ''),
  ];
}

// ---- Report books, signed files, and whatever else: sections, fields and tables -----------------------------------

function record(document: DocumentReport): Child[] {
  const loose = document.claims.filter((claim) => claim.members === undefined);
  return [
    h('p', { class: 'sheet-kind' }, typeName(document.type)),
    loose.length > 0 && h('dl', { class: 'fields' }, loose.map(field)),
    ...document.claims.filter((claim) => claim.members !== undefined).map(section),
  ];
}

function section(claim: Claim): HTMLElement {
  const members = inReadingOrder(claim);
  const nested = members.filter((member) => member.kind === 'object');
  const plain = members.filter((member) => member.members === undefined);
  return h('section', { class: 'sheet-section' },
    h('h3', {}, label(claim)),
    claim.kind === 'list' ? table(claim.path, members) : [
      nested.length > 0 && table(claim.path, nested),
      plain.length > 0 && h('dl', { class: 'fields' }, plain.map(field)),
    ]);
}

const COLUMNS = ['semester_1', 'semester_2', 'year', 'retest'] as const;

/** Marks by subject, or conduct and learning: one row each, a column only where any row has it. */
function table(path: string, rows: readonly Claim[]): HTMLElement {
  const columns = COLUMNS.filter((column) => rows.some((row) => member(row, column) !== undefined));
  const isList = rows[0]?.kind === 'element';
  return h('table', { class: 'marks' },
    h('caption', { class: 'visually-hidden' }, label({ path, name: path })),
    h('thead', {}, h('tr', {},
      isList ? h('th', { scope: 'col' }, t().document.subject) : h('td', {}),
      columns.map((column) => h('th', { scope: 'col' }, t().claims[`column/${column}`])))),
    h('tbody', {}, rows.map((row) => h('tr', {},
      h('th', { scope: 'row' }, isList ? written(row.name, row.name) : label(row)),
      columns.map((column) => {
        const claim = member(row, column);
        return h('td', {}, claim === undefined ? h('span', { class: 'soft' }, NOTHING) : value(claim));
      })))));
}

const member = (row: Claim, name: string): Claim | undefined => row.members?.find((one) => one.name === name);

function field(claim: Claim): HTMLElement {
  return h('div', { class: `field${claim.path === 'result/homeroom_comment' ? ' field-wide' : ''}` }, h('dt', {}, label(claim)), h('dd', {}, value(claim)));
}

const label = (claim: Pick<Claim, 'path' | 'name'>): string => labelOf(claim.path, t().claims);

/** A value as people read it; words that schools write stay as they are, with a translation beside them. */
function value(claim: Claim): HTMLElement {
  const data = { claim: claim.path };
  if (claim.fileDigest !== undefined) {
    const hex = Array.from(claim.fileDigest.digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return h('span', { data }, h('span', { class: 'note' }, t().document.fileDigest),
      h('code', { class: 'hash-inline', translate: 'no' }, hexGroups(hex).map((group) => h('span', {}, group))));
  }
  const text = claim.value ?? '';
  switch (claim.form) {
    case 'date': return h('span', { data }, isoDay(text, t()));
    case 'yes-no': return h('span', { data }, text === 'true' ? t().yes : t().no);
    case 'mark': return h('span', { data, class: 'mark' }, written(mark(text, t().decimal), text));
    case 'personal_id': return h('span', { data, translate: 'no' }, text);
    default: return h('span', { data }, written(text, text));
  }
}

function written(text: string, original: string): Child[] {
  const gloss = t().gloss[original];
  return [
    h('span', { lang: 'vi', translate: 'no' }, text),
    gloss !== undefined && h('span', { class: 'gloss' }, ` (${gloss})`),
  ];
}

// ---- What is not there --------------------------------------------------------------------------------------------

function notShown(document: DocumentReport): HTMLElement | undefined {
  const paths = [...document.notShown, ...document.claims.flatMap(notShownWithin)];
  if (paths.length === 0) return undefined;
  return h('p', { class: 'not-shown', testid: 'not-shown' },
    h('strong', {}, `${t().document.notShown}${t().colon} `),
    paths.map((path) => notShownLabel(path)).join(', '), '. ',
    h('span', { class: 'note' }, t().document.notShownHint));
}

function notShownWithin(claim: Claim): string[] {
  if (claim.kind !== 'object') return [];
  return [...(claim.notShown ?? []).map((name) => `${claim.path}/${name}`), ...(claim.members ?? []).flatMap(notShownWithin)];
}

/** A member of a group that is itself a row (conduct, learning) is named with its row. */
function notShownLabel(path: string): string {
  const own = labelOf(path, t().claims);
  const parts = path.split('/');
  return parts.length > 2 ? `${labelOf(parts.slice(0, -1).join('/'), t().claims)} ${own}` : own;
}
