/** Buttons, and the hidden inputs that they open. */
import { h, type Child, type Props } from '../dom.js';

export type Look = 'large' | 'primary' | 'small';

const LOOKS: Readonly<Record<Look, string>> = { large: 'button', primary: 'button primary', small: 'button small' };

export function button(look: Look, testid: string, text: Child, click: () => void, aria?: Props['aria']): HTMLButtonElement {
  return h('button', { class: LOOKS[look], testid, aria, type: 'button', on: { click } }, text);
}

/** An input for files that nobody sees: a button opens it. */
export function picker(
  testid: string, taken: (files: readonly File[]) => void, attributes: Props = {},
): HTMLInputElement {
  const input = h('input', {
    testid,
    type: 'file', hidden: true, ...attributes,
    aria: { hidden: 'true' },
    on: {
      change: () => {
        const files = [...(input.files ?? [])];
        input.value = ''; // the same file may be chosen again
        if (files.length > 0) taken(files);
      },
    },
  });
  return input;
}
