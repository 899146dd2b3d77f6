/** Who issued it, entitled by what, when; the status and as of when: only what the proof shows. */
import type { Report } from '@sogoc/light-client';
import { isTypeId } from '../claims.js';
import { h, type Child } from '../dom.js';
import { freshnessText, isGenuine, issuerName, namedIssuer, statusText, type Finding } from '../finding.js';
import { grouped, instantWithZone, isoDay, ledgerDay, machineInstant } from '../format.js';
import { t } from '../i18n.js';

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
  const issuer = namedIssuer(report);
  const { batch, grant, sealingIssuer } = proven;
  const facts = [fact('type', t().facts.type, typeName(document.type))];
  if (issuer !== undefined) {
    facts.push(fact('issuer', t().facts.issuer,
      h('strong', {}, issuerName(issuer, t())),
      issuer.closed !== undefined && note(t().facts.closed(ledgerDay(issuer.closed, t())))));
  }
  if (grant !== undefined) {
    facts.push(fact('grant', t().facts.grant, h('span', { lang: 'vi' }, grant.decision),
      note(t().facts.grantSpan(ledgerDay(grant.from, t()), grant.until === undefined ? undefined : ledgerDay(grant.until, t())))));
  }
  if (issuer?.id !== sealingIssuer.id) facts.push(fact('sealed-by', t().facts.sealedBy, issuerName(sealingIssuer, t())));
  facts.push(
    fact('date', t().facts.date, isoDay(document.date, t())),
    fact('sealed', t().facts.sealed, time(batch.time), note(t().facts.sealedIn(batch.size, batch.period))),
  );
  if (document.expires !== undefined && isGenuine(report)) {
    facts.push(fact('expires', t().facts.expires, time(document.expires * 1000n)));
  }
  return facts;
}

function statusFacts(finding: Finding, report: Report): HTMLElement[] {
  const { opening, status } = report;
  if (status === undefined) return [];
  const facts = [fact('status', t().facts.status,
    h('strong', {}, statusText(finding, t())),
    note(freshnessText(finding, status.fresh, t())))];
  if (status.height > 0n) facts.push(fact('status-since', t().facts.statusSince, time(status.time)));
  if (opening !== undefined) {
    facts.push(fact('ground', t().facts.ground, t().facts.groundBy(t().grounds[opening.ground], opening.decision, isoDay(opening.decisionDate, t()))));
  }
  return facts;
}

export function typeName(type: string): string {
  return isTypeId(type) ? t().types[type] : t().typeUnknown;
}

function fact(name: string, label: string, ...value: readonly Child[]): HTMLElement {
  return h('div', { class: 'fact', testid: 'fact', data: { fact: name } }, h('dt', {}, label), h('dd', {}, ...value));
}

const note = (text: string): HTMLElement => h('span', { class: 'note' }, text);

function time(ms: bigint): HTMLElement {
  return h('time', { datetime: machineInstant(ms) }, instantWithZone(ms, t()));
}
