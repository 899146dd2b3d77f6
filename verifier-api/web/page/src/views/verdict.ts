/** The answer, first and large: a shape, a word, a sentence, the reason and what to do. */
import { h, type Child } from '../dom.js';
import {
  adviceText, freshnessText, holderName, isGenuine, issuerName, provenanceText, reasonText, statusText, verdictText, type Finding,
} from '../finding.js';
import { instantWithZone } from '../format.js';
import { verdictIcon } from '../icons.js';
import { t } from '../i18n.js';
import { wordsOf } from '../words.js';

/** `original` is what is to be said of the file that the document seals. */
export function verdictSection(finding: Finding, original: Child): HTMLElement {
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
      h('h1', { id: 'verdict-title', class: 'verdict-title', testid: 'verdict-title', tabindex: '-1' }, t().verdicts[finding.shown].title),
      h('p', { class: 'verdict-says' }, verdictText(finding, t())),
      ...issued(finding),
      original,
      reason !== undefined && labelled(t().reasonLabel, reason, 'verdict-reason'),
      advice !== undefined && labelled(t().adviceLabel, advice, 'verdict-advice'),
      h('p', { class: 'verdict-file' },
        h('code', { translate: 'no' }, [finding.file, finding.original?.name].filter(Boolean).join(', ')),
        finding.report?.proven === undefined && ` · ${t().printed(instantWithZone(finding.checkedAt, t()))}`),
    ),
  );
}

/** Whose, what and by whom, and as of when; of an invalid one only the first three: "in force" beside it would confuse. */
function issued(finding: Finding): Child[] {
  const { report } = finding;
  if (report?.document === undefined || !isGenuine(report)) return [];
  const { proven, status } = report;
  const issuer = proven?.namedIssuer;
  const provenance = provenanceText(report, t());
  const holder = holderName(report);
  return [
    holder !== undefined && h('p', { class: 'verdict-holder', testid: 'verdict-holder', lang: 'vi', translate: 'no' }, holder),
    h('p', { class: 'verdict-issued', testid: 'verdict-issued' },
      h('strong', {}, wordsOf(report.document, t()).type), issuer !== undefined && `, ${t().facts.issuedBy(issuerName(issuer, t()))}`),
    provenance !== '' && h('p', { class: 'verdict-issued', testid: 'verdict-provenance' }, provenance),
    status !== undefined && finding.shown !== 'invalid' && h('p', {
      class: status.fresh ? undefined : 'warning', testid: 'freshness', data: { source: status.fresh ? 'network' : 'receipt', why: finding.stale, code: finding.staleCode },
    },
      h('strong', {}, statusText(finding, t()), '.'), ' ', freshnessText(finding, status.fresh, t())),
  ];
}

function labelled(label: string, text: string, testid: string): HTMLElement {
  return h('p', { class: 'verdict-line' }, h('strong', {}, `${label}${t().colon} `), h('span', { testid }, text));
}

/** The word with its shape, small, for rows. */
export function verdictBadge(shown: Finding['shown']): HTMLElement {
  return h('span', { class: `badge tone-${shown}` }, verdictIcon(shown), h('span', {}, t().verdicts[shown].title));
}
