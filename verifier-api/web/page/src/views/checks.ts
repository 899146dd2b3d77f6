/** Each check with its outcome and its reason, in the order in which they were made. */
import type { Check } from '@sogoc/light-client';
import { h } from '../dom.js';
import type { Finding } from '../finding.js';
import { outcomeIcon } from '../icons.js';
import { t } from '../i18n.js';

export function checksSection(finding: Finding): HTMLElement | undefined {
  const checks = finding.report?.checks ?? [];
  if (checks.length === 0) return undefined;
  return h('section', { class: 'card', testid: 'checks', aria: { labelledby: 'checks-title' } },
    h('h2', { id: 'checks-title' }, t().checks.title),
    h('ol', { class: 'checks' }, checks.map(row)),
  );
}

function row(check: Check): HTMLElement {
  const texts = t().checks;
  return h('li', {
    class: `check outcome-${check.outcome}`,
    testid: 'check',
    data: { check: check.check, outcome: check.outcome, code: check.code },
  },
    h('span', { class: 'check-mark' }, outcomeIcon(check.outcome)),
    h('div', {},
      h('p', { class: 'check-name' }, texts.names[check.check], h('span', { class: 'check-outcome' }, texts.outcomes[check.outcome])),
      h('p', { class: 'check-says' }, says(check)),
      check.code !== undefined && h('p', { class: 'note' }, `${texts.code} `, h('code', { translate: 'no' }, check.code)),
    ),
  );
}

function says(check: Check): string {
  if (check.code !== undefined) return t().reasons[check.code];
  return check.outcome === 'passed' ? t().checks.passed[check.check] : t().checks.notReached;
}
