/** The first view: one large place to drop, choose or paste. */
import { h } from '../dom.js';
import { dropIcon } from '../icons.js';
import { t } from '../i18n.js';
import { button, picker } from './controls.js';

export interface HomeActions {
  files(files: readonly File[]): void;
  text(text: string): void;
  offline(on: boolean): void;
}

export function homeView(offline: boolean, actions: HomeActions): HTMLElement {
  const texts = t().home;
  return h('div', { class: 'home' },
    h('div', { class: 'intro' },
      h('h1', { id: 'home-title', tabindex: '-1' }, texts.title),
      h('p', { class: 'lead' }, texts.lead)),
    dropZone(actions),
    h('div', { class: 'home-options' },
      offlineSwitch(offline, actions),
      pasteBox(actions)),
    uses(),
  );
}

function dropZone(actions: HomeActions): HTMLElement {
  const texts = t().home;
  const files = picker('file-input', actions.files, { multiple: true });
  const folder = picker('folder-input', actions.files, { multiple: true, webkitdirectory: true });
  return h('section', {
    class: 'drop-zone',
    testid: 'drop-zone',
    aria: { labelledby: 'drop-title' },
    on: { click: (event) => { if (!(event.target instanceof HTMLElement && event.target.closest('button, input'))) files.click(); } },
  },
    dropIcon(),
    h('h2', { id: 'drop-title' }, texts.dropTitle),
    h('p', { id: 'drop-hint', class: 'soft' }, texts.dropHint),
    h('div', { class: 'buttons' },
      button('primary', 'choose-files', texts.chooseFiles, () => files.click(), { describedby: 'drop-hint' }),
      button('large', 'choose-folder', texts.chooseFolder, () => folder.click())),
    files, folder,
  );
}

function offlineSwitch(offline: boolean, actions: HomeActions): HTMLElement {
  const texts = t().home;
  const box = h('input', {
    id: 'offline',
    class: 'switch',
    testid: 'offline',
    type: 'checkbox', role: 'switch',
    aria: { describedby: 'offline-hint' },
    on: { change: () => actions.offline(box.checked) },
  });
  box.checked = offline;
  return h('div', { class: 'option' },
    h('label', { class: 'switch-label', for: 'offline' }, box, h('span', {}, texts.offline)),
    h('p', { id: 'offline-hint', class: 'note' }, texts.offlineHint));
}

function pasteBox(actions: HomeActions): HTMLElement {
  const texts = t().home;
  const text = h('textarea', { id: 'paste-text', testid: 'paste-text', rows: '5', spellcheck: 'false', autocomplete: 'off' });
  return h('details', { class: 'option', testid: 'paste' },
    h('summary', {}, texts.paste),
    h('label', { class: 'note', for: 'paste-text' }, texts.pasteLabel),
    text,
    button('large', 'paste-check', texts.pasteButton, () => actions.text(text.value)));
}

function uses(): HTMLElement {
  return h('section', { class: 'uses', aria: { labelledby: 'uses-title' } },
    h('h2', { id: 'uses-title', class: 'visually-hidden' }, t().home.usesTitle),
    h('ul', {}, t().home.uses.map(({ title, text }) => h('li', {}, h('h3', {}, title), h('p', {}, text)))));
}
