/** Compares the file that somebody was given with the one that was sealed. */
import { h } from '../dom.js';
import { originalOutcome, originalText, type Finding } from '../finding.js';
import { outcomeIcon } from '../icons.js';
import { t } from '../i18n.js';
import { button } from './controls.js';

/** Shown for documents that seal a file, once their contents are proven; `input` takes the file. */
export function originalSection(finding: Finding, input: HTMLInputElement): HTMLElement | undefined {
  const outcome = originalOutcome(finding);
  if (outcome === undefined) return undefined;
  const texts = t().original;
  const comparable = outcome !== 'cannot-check';
  return h('section', { class: 'card original', testid: 'original', aria: { labelledby: 'original-title' } },
    h('h2', { id: 'original-title' }, texts.title),
    h('p', { class: 'soft' }, comparable ? texts.explain : t().reasons['no-file-digest']),
    finding.original !== undefined && (outcome === 'passed' || outcome === 'failed') && h('p', {
      class: `original-result outcome-${outcome}`, testid: 'original-result', data: { outcome },
    },
      h('span', { class: 'check-mark' }, outcomeIcon(outcome)),
      h('span', {}, h('strong', {}, outcome === 'passed' ? texts.same : texts.differs), ' ',
        h('span', { class: 'note', translate: 'no' }, texts.compared(finding.original.name)))),
    comparable && h('div', { class: 'buttons' }, button('large', 'original-choose', texts.choose, () => input.click())),
    input);
}

/** In the verdict: the document is valid, but nobody knows of the file beside it until the two are compared. */
export function originalInVerdict(finding: Finding, input: HTMLInputElement): HTMLElement | undefined {
  const text = originalText(finding, t());
  if (text === undefined) return undefined;
  const outcome = originalOutcome(finding);
  const said = h('strong', {}, text);
  if (outcome === 'passed') return h('p', { class: 'verdict-line', testid: 'original-same' }, said);
  return h('div', { class: 'verdict-line warning', testid: 'original-wanted' },
    h('p', {}, said, outcome === 'not-reached' && ` ${t().original.drop}`),
    outcome === 'not-reached'
      && h('div', { class: 'buttons' }, button('small', 'original-choose-first', t().original.choose, () => input.click())));
}
