/** What is disclosed, as a document that people can read: a certificate, a report book, or whatever its definition says. */
import type { Claim, DocumentReport } from '@sogoc/light-client';
import { inReadingOrder } from '../claims.js';
import { h, type Child } from '../dom.js';
import { findClaim, isGenuine, type Finding } from '../finding.js';
import { hexGroups, isoDay, mark } from '../format.js';
import { t } from '../i18n.js';
import { nameIn, wordsOf, type Words } from '../words.js';

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
  const words = wordsOf(document, t());
  const { claims, known, type } = document;
  return h('article', { class: `sheet sheet-${type}` },
    stamp !== undefined && h('p', { class: `stamp tone-${stamp}` }, t().verdicts[stamp].title),
    h('p', { class: 'sheet-kind' }, words.type),
    known && type === 'bang-tn-thpt' ? diploma(claims, words) : parts(claims, words, known ? rowsAndFields : inOrder),
    claims.length === 0 && h('p', { class: 'soft' }, t().document.nothing),
    notShown(document, words),
    h('p', { class: 'sheet-note' }, t().document.disclaimer),
  );
}

// ---- The diploma, set as a certificate --------------------------------------------------------------------------

function diploma(claims: readonly Claim[], words: Words): Child {
  const name = findClaim(claims, 'person/name');
  const rest = (path: string): Child => fields((findClaim(claims, path)?.members ?? []).filter((claim) => claim !== name), words);
  return [name !== undefined && h('p', { class: 'sheet-name' }, value(name, words)), rest('person'), rest('award')];
}

// ---- Report books, signed files, and whatever else: fields, and sections with what is in them ----------------------

type Contents = (claim: Claim, words: Words) => Child;

/** As the schema orders them; fields that stand beside one another are one list. */
function parts(claims: readonly Claim[], words: Words, contents: Contents): Child {
  return claims.map((claim, at) => {
    if (claim.members !== undefined) return section(claim, words, contents);
    const isFirst = at === 0 || claims[at - 1]?.members !== undefined;
    const end = claims.findIndex((other, after) => after > at && other.members !== undefined);
    return isFirst && fields(claims.slice(at, end < 0 ? undefined : end), words);
  });
}

function section(claim: Claim, words: Words, contents: Contents): HTMLElement {
  return h('section', { class: 'sheet-section' },
    h('h3', {}, words.label(claim.path)),
    claim.kind === 'list' ? table(claim.path, inReadingOrder(claim), words) : contents(claim, words));
}

/** Those of an object in a group beside those of the group. */
const inOrder: Contents = ({ members = [] }, words) => fields(members.flatMap((member) => member.members ?? member), words);

/** Objects in a report book have the same members: they are the rows of one table. */
const rowsAndFields: Contents = ({ members = [], path }, words) => {
  const nested = members.filter((member) => member.kind === 'object');
  return [
    nested.length > 0 && table(path, nested, words),
    fields(members.filter((member) => member.members === undefined), words),
  ];
};

function fields(claims: readonly Claim[], words: Words): Child {
  return claims.length > 0 && h('dl', { class: 'fields' }, claims.map((claim) => field(claim, words)));
}

/** Marks by subject, or conduct and learning: one row each, a column only where any row has it. */
function table(path: string, rows: readonly Claim[], words: Words): HTMLElement {
  const [key, ...others] = words.columns(path, rows);
  const columns = others.filter((column) => rows.some((row) => member(row, column) !== undefined));
  const isList = rows[0]?.kind === 'element';
  return h('table', { class: 'marks' },
    h('caption', { class: 'visually-hidden' }, words.label(path)),
    h('thead', {}, h('tr', {},
      isList ? h('th', { scope: 'col' }, words.label(key ?? '')) : h('td', {}),
      columns.map((column) => h('th', { scope: 'col' }, words.label(column))))),
    h('tbody', {}, rows.map((row) => h('tr', {},
      h('th', { scope: 'row' }, isList ? written(row.name, t().gloss[row.name]) : words.label(row.path)),
      columns.map((column) => {
        const claim = member(row, column);
        return h('td', {}, claim === undefined ? h('span', { class: 'soft' }, NOTHING) : value(claim, words));
      })))));
}

const member = (row: Claim, column: string): Claim | undefined => row.members?.find(({ name }) => name === nameIn(column));

function field(claim: Claim, words: Words): HTMLElement {
  const wide = claim.path === 'result/homeroom_comment' ? ' field-wide' : '';
  return h('div', { class: `field${wide}` }, h('dt', {}, fullLabel(claim.path, words)), h('dd', {}, value(claim, words)));
}

/** A value as people read it; codes and words that schools write stay as they are, with what they mean beside them. */
function value(claim: Claim, words: Words): HTMLElement {
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
    case 'mark': return h('span', { data, class: 'mark' }, written(mark(text, t().decimal), t().gloss[text]));
    case 'personal_id': return h('span', { data, translate: 'no' }, text);
    default: return h('span', { data }, written(text, words.code(claim) ?? t().gloss[text]));
  }
}

function written(text: string, gloss: string | undefined): Child[] {
  return [
    h('span', { lang: 'vi', translate: 'no' }, text),
    gloss !== undefined && gloss !== text && h('span', { class: 'gloss' }, ` (${gloss})`),
  ];
}

// ---- What is not there --------------------------------------------------------------------------------------------

function notShown(document: DocumentReport, words: Words): HTMLElement | undefined {
  const paths = [...document.notShown, ...document.claims.flatMap(notShownWithin)];
  if (paths.length === 0) return undefined;
  return h('p', { class: 'not-shown', testid: 'not-shown' },
    h('strong', {}, `${t().document.notShown}${t().colon} `),
    paths.map((path) => fullLabel(path, words)).join(', '), '. ',
    h('span', { class: 'note' }, t().document.notShownHint));
}

function notShownWithin(claim: Claim): string[] {
  if (claim.kind !== 'object') return [];
  return [...(claim.notShown ?? []).map((name) => `${claim.path}/${name}`), ...(claim.members ?? []).flatMap(notShownWithin)];
}

/** A member of an object in a group (conduct, learning) is named with what it is in. */
function fullLabel(path: string, { label }: Words): string {
  const parts = path.split('/');
  return parts.length > 2 ? `${label(parts.slice(0, -1).join('/'))} ${label(path)}` : label(path);
}
