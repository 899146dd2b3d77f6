/** Compares the file that somebody was given with the one that was sealed. */
import { h } from '../dom.js';
import { isGenuine, type Finding } from '../finding.js';
import { outcomeIcon } from '../icons.js';
import { t } from '../i18n.js';
import { button, picker } from './controls.js';

/** Shown for documents that seal a file, once their contents are proven. */
export function originalSection(finding: Finding, compare: (files: readonly File[]) => void): HTMLElement | undefined {
  const { report, original } = finding;
  if (report?.document?.type !== 'da-ky' || !isGenuine(report)) return undefined;
  const texts = t().original;
  const hasDigest = report.document.claims.some((claim) => claim.fileDigest !== undefined);
  const outcome = report.checks.find((check) => check.check === 'original')?.outcome;
  const input = picker('original-input', compare);
  return h('section', { class: 'card', testid: 'original', aria: { labelledby: 'original-title' } },
    h('h2', { id: 'original-title' }, texts.title),
    h('p', { class: 'soft' }, hasDigest ? texts.explain : texts.noDigest),
    original !== undefined && (outcome === 'passed' || outcome === 'failed') && h('p', {
      class: `original-result outcome-${outcome}`, testid: 'original-result', data: { outcome },
    },
      h('span', { class: 'check-mark' }, outcomeIcon(outcome)),
      h('span', {}, h('strong', {}, outcome === 'passed' ? texts.same : texts.differs), ' ',
        h('span', { class: 'note', translate: 'no' }, texts.compared(original.name)))),
    hasDigest && h('div', { class: 'buttons' },
      button('large', 'original-choose', texts.choose, () => input.click())),
    input);
}
