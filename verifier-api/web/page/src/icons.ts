/** Shapes: every verdict and every outcome has its own, so that colour is never what tells them apart. */
import { drawing, type Shape } from './dom.js';
import type { Outcome } from '@sogoc/light-client';
import type { Shown } from './text/dictionary.js';

const line = (d: string): Shape => ['path', { d, class: 'line' }];
const solid = (d: string): Shape => ['path', { d, class: 'solid' }];

/** The edge of a seal: `lobes` bulges around a circle. */
function sealEdge(lobes: number, outer: number, inner: number): string {
  const at = (turn: number, radius: number): string => {
    const angle = (turn / lobes) * 2 * Math.PI - Math.PI / 2;
    return `${(32 + radius * Math.cos(angle)).toFixed(2)} ${(32 + radius * Math.sin(angle)).toFixed(2)}`;
  };
  let path = `M${at(0, inner)}`;
  for (let lobe = 0; lobe < lobes; lobe += 1) path += `Q${at(lobe + 0.5, outer)} ${at(lobe + 1, inner)}`;
  return `${path}Z`;
}

const QUESTION: readonly Shape[] = [
  line('M24.5 25a7.5 7.5 0 1 1 11.2 6.5c-2.6 1.5-3.7 3-3.7 5.5'),
  ['circle', { cx: '32', cy: '44.5', r: '1.4', class: 'dot' }],
];

const VERDICTS: Readonly<Record<Shown, readonly Shape[]>> = {
  valid: [solid(sealEdge(14, 33, 26.5)), line('M20.5 32.5l8 8 15.5-17')],
  invalid: [solid('M21 5h22l16 16v22L43 59H21L5 43V21Z'), line('M22.5 22.5l19 19m0-19l-19 19')],
  revoked: [['circle', { cx: '32', cy: '32', r: '26', class: 'solid' }], line('M14.5 49.5l35-35')],
  superseded: [solid('M24 5h29v38H24Z'), solid('M11 19h29v40H11Z'), line('M18 32h15m-15 8h15m-15 8h9')],
  suspended: [solid('M32 4l28 28-28 28L4 32Z'), line('M26.5 23.5v17m11-17v17')],
  'cannot-check': [['circle', { cx: '32', cy: '32', r: '26', class: 'dashed' }], ...QUESTION],
  'not-a-document': [['path', { d: 'M14 5h24l12 12v42H14Z', class: 'dashed' }], line('M38 5v12h12'), line('M23 30l18 18m0-18l-18 18')],
};

const OUTCOMES: Readonly<Record<Outcome, readonly Shape[]>> = {
  passed: [line('M14 33l12 12 24-26')],
  failed: [line('M17 17l30 30m0-30l-30 30')],
  'cannot-check': QUESTION.map(([tag, attributes]) => [tag, { ...attributes, transform: 'translate(-18 -22) scale(1.6)' }]),
  'not-reached': [line('M20 32h24')],
};

export const verdictIcon = (shown: Shown): SVGSVGElement => drawing('0 0 64 64', 'icon icon-verdict', ...VERDICTS[shown]);
export const outcomeIcon = (outcome: Outcome): SVGSVGElement => drawing('0 0 64 64', 'icon icon-outcome', ...OUTCOMES[outcome]);

/** The mark: a register with a root growing from its spine. */
export const brandMark = (): SVGSVGElement =>
  drawing('0 0 64 64', 'icon icon-brand',
    line('M32 14C26 9 17 8 8 9v30c9-1 18 0 24 5 6-5 15-6 24-5V9c-9-1-18 0-24 5Z'),
    line('M32 14v30'),
    line('M32 44v14m0-10c-3 5-7 7-12 8m12-8c3 5 7 7 12 8'),
    line('M15 18c4 0 7 .6 10 2m-10 7c4 0 7 .6 10 2m24-11c-4 0-7 .6-10 2m10 7c-4 0-7 .6-10 2'));

export const dropIcon = (): SVGSVGElement =>
  drawing('0 0 64 64', 'icon icon-drop', line('M18 6h20l12 12v14M18 6v24M38 6v12h12'), line('M32 28v24m-10-9l10 10 10-10'), line('M12 46v12h40V46'));
