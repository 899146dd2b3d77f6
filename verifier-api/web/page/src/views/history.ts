/** Every status that the document had, in order: since when, by which correction, on which ground and decision. */
import type { Opening, Replacement, Report, StatusName } from '@sogoc/light-client';
import { h } from '../dom.js';
import { issuerName, type Finding } from '../finding.js';
import { isoDay } from '../format.js';
import { t } from '../i18n.js';
import { time } from './facts.js';

/** Shown where there was more than one change, and all of them are proven. */
export function historySection({ report }: Finding): HTMLElement | undefined {
  if (report?.history === undefined || report.history.length === 0) return undefined;
  const { history, opening, proven, status } = report;
  const state = (name: StatusName, since: bigint, why?: Opening): HTMLElement =>
    h('li', { class: 'proof-step', testid: 'history-entry', data: { status: name } },
      h('p', {}, h('strong', {}, t().statuses[name]), ', ', time(since)),
      why !== undefined && h('p', { class: 'note' }, groundText(why),
        why.replacement !== undefined && `; ${t().facts.replacedBy.toLowerCase()} ${replacementText(why.replacement, report)}`));
  return h('section', { class: 'card', testid: 'history', aria: { labelledby: 'history-title' } },
    h('h2', { id: 'history-title' }, t().history.title),
    h('ol', { class: 'proof-steps' },
      proven !== undefined && state('valid', proven.batch.time),
      history.map(({ entry, opening: why }) => state(entry.status, entry.time, why)),
      status !== undefined && state(status.status, status.time, opening)));
}

/** By its name the issuer whose record is there; any other by its id. */
export function replacementText({ issuer }: Replacement, { proven }: Report): string {
  const known = [proven?.namedIssuer, proven?.sealingIssuer].find((one) => one?.id === issuer);
  return t().facts.replacement(known === undefined ? issuer : issuerName(known, t()));
}

export function groundText({ correction, ground, decision, decisionDate }: Opening): string {
  return t().facts.groundBy(t().corrections[correction], t().grounds[ground], decision, isoDay(decisionDate, t()));
}
