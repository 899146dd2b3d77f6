/** Who issued it, entitled by what, when; the status and as of when: only what the proof shows. */
import { hex, type Report } from '@sogoc/light-client';
import { h, type Child } from '../dom.js';
import { freshnessText, isGenuine, issuerName, statusText, type Finding } from '../finding.js';
import { grouped, hexGroups, instantWithZone, isoDay, ledgerDay, machineInstant } from '../format.js';
import { t } from '../i18n.js';
import { wordsOf } from '../words.js';
import { groundText, replacementText } from './history.js';

export function factsSection(finding: Finding): HTMLElement | undefined {
  const { report } = finding;
  if (report?.proven === undefined) return undefined;
  return h('section', { class: 'card facts', testid: 'facts', aria: { labelledby: 'facts-title' } },
    h('h2', { id: 'facts-title' }, t().facts.title),
    h('dl', { class: 'facts-list' },
      ...issuance(report),
      ...statusFacts(finding, report),
      fact('checked', t().facts.checked, time(finding.checkedAt)),
      report.anchor !== undefined && fact('anchor', t().facts.anchor,
        h('span', { translate: 'no' }, t().anchor.short(report.anchor.chain, grouped(report.anchor.height, t()))),
        report.anchor.genesis && note(t().anchor.genesis)),
    ),
  );
}

function issuance(report: Report): HTMLElement[] {
  const { document, proven } = report;
  if (document === undefined || proven === undefined) return [];
  const { batch, grant, namedIssuer, sealingIssuer, succession } = proven;
  const { closed } = namedIssuer;
  const facts = [
    fact('type', t().facts.type, wordsOf(document, t()).type),
    fact('issuer', t().facts.issuer,
      h('strong', {}, issuerName(namedIssuer, t())),
      closed !== undefined && note(t().facts.closed(ledgerDay(closed.from, t()), closed.decision))),
  ];
  if (grant !== undefined) facts.push(fact('grant', t().facts.grant, h('span', { lang: 'vi' }, grant.decision), span(grant)));
  if (namedIssuer !== sealingIssuer) {
    facts.push(fact('sealed-by', t().facts.sealedBy,
      h('strong', {}, issuerName(sealingIssuer, t())),
      succession !== undefined && [note(t().facts.succeeds(issuerName(namedIssuer, t()), succession.decision)), span(succession)]));
  }
  facts.push(
    fact('date', t().facts.date, isoDay(document.date, t())),
    fact('sealed', t().facts.sealed, time(batch.time), note(t().facts.sealedIn(batch.size, batch.period)),
      batch.origin === 'digitised' && note(t().facts.digitised),
      batch.approver !== undefined && note(t().facts.approved)),
  );
  if (document.expires !== undefined && isGenuine(report)) {
    facts.push(fact('expires', t().facts.expires, time(document.expires * 1000n)));
  }
  return facts;
}

function statusFacts(finding: Finding, report: Report): HTMLElement[] {
  const { history, opening, status } = report;
  if (status === undefined) return [];
  const untold = history === undefined && status.previous.some((byte) => byte !== 0);
  const facts = [fact('status', t().facts.status,
    h('strong', {}, statusText(finding, t())),
    note(freshnessText(finding, status.fresh, t())),
    untold && note(t().history.missing))];
  if (status.height > 0n) facts.push(fact('status-since', t().facts.statusSince, time(status.time)));
  if (opening !== undefined) {
    facts.push(fact('ground', t().facts.ground, groundText(opening)));
    const { replacement } = opening;
    if (replacement !== undefined) {
      facts.push(fact('replaced-by', t().facts.replacedBy, replacementText(replacement, report),
        hash(t().proof.batchId, replacement.batch), hash(t().proof.leaf, hex(replacement.leaf))));
    }
  }
  return facts;
}

export function fact(name: string, label: string, ...value: readonly Child[]): HTMLElement {
  return h('div', { class: 'fact', testid: 'fact', data: { fact: name } }, h('dt', {}, label), h('dd', {}, ...value));
}

const note = (text: string): HTMLElement => h('span', { class: 'note' }, text);

/** From when and until when a decision holds. */
const span = ({ from, until }: { readonly from: number; readonly until: number | undefined }): HTMLElement =>
  note(t().facts.grantSpan(ledgerDay(from, t()), until === undefined ? undefined : ledgerDay(until, t())));

const hash = (label: string, text: string): HTMLElement =>
  h('span', { class: 'note' }, `${label}${t().colon} `, h('code', { class: 'hash-inline', translate: 'no' }, hexGroups(text).map((group) => h('span', {}, group))));

export function time(ms: bigint): HTMLElement {
  return h('time', { datetime: machineInstant(ms) }, instantWithZone(ms, t()));
}
