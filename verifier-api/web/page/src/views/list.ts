/** Several files: one row each with its verdict and reason, to be opened, filtered and taken away as a table. */
import { toCsv } from '../csv.js';
import { download } from '../download.js';
import { fill, h } from '../dom.js';
import { holderName, isGenuine, issuerName, originalText, reasonText, statusText, type Finding } from '../finding.js';
import { t } from '../i18n.js';
import { tableOf } from '../table.js';
import type { Shown } from '../text/dictionary.js';
import { wordsOf } from '../words.js';
import { button } from './controls.js';
import { verdictBadge } from './verdict.js';

/** Worst first: it is what the reader must look at. */
const ORDER: readonly Shown[] = ['invalid', 'revoked', 'superseded', 'suspended', 'cannot-check', 'not-a-document', 'valid'];

export function listView(findings: readonly Finding[], open: (at: number) => void): HTMLElement {
  const texts = t().list;
  const counts = ORDER.map((shown) => [shown, findings.filter((one) => one.shown === shown).length] as const).filter(([, count]) => count > 0);
  const body = h('tbody', { role: 'rowgroup' });
  const show = (only: string): void => {
    const rows = findings.flatMap((finding, at) => (only === 'all' || finding.shown === only ? [row(finding, () => open(at))] : []));
    fill(body, rows.length === 0 ? h('tr', {}, h('td', { colspan: '5' }, texts.none)) : rows);
  };
  show('all');
  const filter = h('select', { id: 'list-filter', testid: 'list-filter', on: { change: () => show(filter.value) } },
    h('option', { value: 'all' }, texts.only(texts.all, findings.length)),
    counts.map(([shown, count]) => h('option', { value: shown }, texts.only(t().verdicts[shown].title, count))));
  return h('section', { class: 'list', testid: 'list', aria: { labelledby: 'list-title' } },
    h('h1', { id: 'list-title', tabindex: '-1' }, texts.title(findings.length)),
    h('ul', { class: 'list-summary', testid: 'list-summary' },
      counts.map(([shown, count]) => h('li', { data: { verdict: shown, count: String(count) } }, verdictBadge(shown), h('strong', {}, String(count))))),
    h('div', { class: 'list-tools' },
      h('div', { class: 'list-filter' }, h('label', { for: 'list-filter' }, texts.filter), filter),
      exportButton(findings)),
    h('table', { class: 'results', role: 'table', aria: { labelledby: 'list-title' } },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' },
        [texts.verdict, texts.file, texts.reason, texts.issuer].map(columnHead),
        h('th', { scope: 'col', role: 'columnheader' }, h('span', { class: 'visually-hidden' }, texts.openShort)))),
      body));
}

const columnHead = (text: string): HTMLElement => h('th', { scope: 'col', role: 'columnheader' }, text);

/** `display` of the rows changes on small screens, which takes their meaning away: so the roles are said outright. */
function row(finding: Finding, open: () => void): HTMLElement {
  const { report } = finding;
  const genuine = report !== undefined && isGenuine(report) ? report : undefined;
  const issuer = genuine?.proven?.namedIssuer;
  const holder = holderName(report);
  const original = originalText(finding, t());
  const cell = (name: string, ...children: Parameters<typeof h>[2][]): HTMLElement => h('td', { class: `cell-${name}`, role: 'cell' }, ...children);
  return h('tr', {
    testid: 'list-row', role: 'row', data: { file: finding.file, verdict: finding.shown, code: finding.code },
  },
    cell('verdict', verdictBadge(finding.shown)),
    cell('file', holder !== undefined && h('span', { class: 'holder', lang: 'vi', translate: 'no' }, holder),
      h('code', { class: 'note file-name', translate: 'no' }, finding.file)),
    cell('reason', reasonText(finding, t()) ?? statusText(finding, t()), original !== undefined && h('span', { class: 'note' }, original)),
    cell('issuer', issuer !== undefined && h('span', {}, issuerName(issuer, t())),
      genuine?.document !== undefined && h('span', { class: 'note' }, wordsOf(genuine.document, t()).type)),
    cell('open', button('small', 'list-open', t().list.openShort, open, { label: t().list.open(holder ?? finding.file) })));
}

function exportButton(findings: readonly Finding[]): HTMLElement {
  const texts = t().list;
  const said = h('p', { class: 'note', role: 'status' });
  const save = (): void => {
    const name = `${texts.fileName}.csv`;
    download(name, 'text/csv;charset=utf-8', toCsv(tableOf(findings, t()), t().column));
    fill(said, texts.exported(name));
  };
  return h('div', { class: 'list-export' },
    button('primary', 'export-csv', texts.export, save, { describedby: 'export-hint' }),
    h('p', { id: 'export-hint', class: 'note' }, texts.exportHint), said);
}
