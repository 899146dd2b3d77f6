/** The answer, first and large: a shape, a word, a sentence, the reason and what to do. */
import { h } from '../dom.js';
import { adviceText, freshnessText, isGenuine, issuerName, namedIssuer, reasonText, type Finding } from '../finding.js';
import { instantWithZone } from '../format.js';
import { verdictIcon } from '../icons.js';
import { t } from '../i18n.js';
import { typeName } from './facts.js';

export function verdictSection(finding: Finding): HTMLElement {
  const texts = t().verdicts[finding.shown];
  const reason = reasonText(finding, t());
  const advice = adviceText(finding, t());
  return h('section', {
    class: `verdict tone-${finding.shown}`,
    testid: 'verdict',
    data: { verdict: finding.shown, code: finding.code, kind: finding.kind },
    aria: { labelledby: 'verdict-title' },
  },
    verdictIcon(finding.shown),
    h('div', { class: 'verdict-words' },
      h('h1', { id: 'verdict-title', class: 'verdict-title', testid: 'verdict-title', tabindex: '-1' }, texts.title),
      h('p', { class: 'verdict-says' }, texts.says),
      ...issued(finding),
      reason !== undefined && labelled(t().reasonLabel, reason, 'verdict-reason'),
      advice !== undefined && labelled(t().adviceLabel, advice, 'verdict-advice'),
      h('p', { class: 'verdict-file' }, h('code', { translate: 'no' }, finding.file)),
    ),
  );
}

/** What and by whom, and as of when: a status is never shown without its time. */
function issued(finding: Finding): HTMLElement[] {
  const { report } = finding;
  if (report?.document === undefined || !isGenuine(report)) return [];
  const issuer = namedIssuer(report);
  const { status } = report;
  return [
    h('p', { class: 'verdict-issued', testid: 'verdict-issued' },
      h('strong', {}, typeName(report.document.type)), issuer !== undefined && `, ${t().facts.issuedBy(issuerName(issuer, t()))}`),
    ...(status === undefined ? [] : [h('p', {
      class: status.fresh ? undefined : 'warning', testid: 'freshness', data: { source: status.fresh ? 'network' : 'receipt', why: finding.stale, code: finding.staleCode },
    },
      h('strong', {}, `${t().statusAsOf(t().statuses[status.status], instantWithZone(status.asOf))}.`), ' ', freshnessText(finding, status.fresh, t()))]),
  ];
}

function labelled(label: string, text: string, testid: string): HTMLElement {
  return h('p', { class: 'verdict-line' }, h('strong', {}, `${label}${t().colon} `), h('span', { testid }, text));
}

/** The word with its shape, small, for rows. */
export function verdictBadge(shown: Finding['shown']): HTMLElement {
  return h('span', { class: `badge tone-${shown}` }, verdictIcon(shown), h('span', {}, t().verdicts[shown].title));
}
