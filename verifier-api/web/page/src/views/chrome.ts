/** What stands around every view: the name, the two languages, the appearance, the trust anchor, what is promised. */
import type { AnchorState } from '../anchor.js';
import { h } from '../dom.js';
import { grouped, hexGroups, instantWithZone } from '../format.js';
import { networkText } from '../finding.js';
import { brandMark } from '../icons.js';
import { LANGUAGE_NAMES, LANGUAGES, t, type Language } from '../i18n.js';
import { theme, THEMES, type Theme } from '../preferences.js';
import { button, picker } from './controls.js';

export interface HeaderActions {
  home(): void;
  language(language: Language): void;
}

export function headerView(actions: HeaderActions): HTMLElement {
  return h('header', { class: 'site-header' },
    h('div', { class: 'site-header-inner' },
      h('button', { class: 'brand', testid: 'home', type: 'button', on: { click: actions.home } },
        brandMark(),
        h('span', { class: 'brand-words' },
          h('span', { class: 'brand-name', lang: 'vi', translate: 'no' }, t().brand.name),
          h('span', { class: 'brand-tagline' }, t().brand.tagline))),
      languageButtons(actions)));
}

function languageButtons(actions: HeaderActions): HTMLElement {
  return h('div', { class: 'languages', role: 'group', aria: { label: t().language } },
    LANGUAGES.map((language) => h('button', {
      testid: `language-${language}`,
      type: 'button', lang: language,
      aria: { pressed: String(t().lang === language) },
      on: { click: () => actions.language(language) },
    }, h('span', { class: 'long' }, LANGUAGE_NAMES[language]), h('span', { class: 'short', aria: { hidden: 'true' } }, language.toUpperCase()))));
}

export function themeView(choose: (theme: Theme) => void): HTMLElement {
  const chosen = theme();
  const select = h('select', {
    id: 'theme',
    testid: 'theme',
    on: { change: () => choose(THEMES.find((name) => name === select.value) ?? 'system') },
  }, THEMES.map((name) => h('option', { value: name, selected: name === chosen }, t().theme.names[name])));
  return h('div', { class: 'theme' }, h('label', { for: 'theme' }, t().theme.label), select);
}

export interface AnchorActions {
  replace(files: readonly File[]): void;
  forget(): void;
}

export function anchorView(state: AnchorState | undefined, actions: AnchorActions): HTMLElement {
  const texts = t().anchor;
  const anchor = state?.anchor;
  const header = anchor?.checkpoint.header;
  const input = picker('anchor-input', actions.replace, { accept: '.json,application/json' });
  return h('section', {
    class: 'anchor',
    testid: 'anchor',
    aria: { labelledby: 'anchor-title' },
    data: { source: anchor?.source ?? 'none', chain: header?.chain, height: header?.height.toString(), hash: anchor?.hash },
  },
    h('h2', { id: 'anchor-title' }, texts.title),
    header !== undefined && anchor !== undefined && h('p', {},
      h('span', { translate: 'no' }, texts.line(header.chain, grouped(header.height, t()), instantWithZone(header.time, t()))), ', ',
      `${texts.sources[anchor.source]}.`, header.height === 0n && ` ${texts.genesis}`),
    anchor !== undefined && h('p', { class: 'hash' }, h('code', { translate: 'no' }, hexGroups(anchor.hash).map((group) => h('span', {}, group)))),
    anchor === undefined && h('p', {}, state === undefined ? texts.loading : `${texts.sources.none}.`),
    state?.failure !== undefined && h('p', { class: 'warning' }, `${texts.failed(networkText(state.failure, t()))}.`),
    anchor?.changed === true && h('p', { class: 'warning' }, texts.changed),
    h('p', { class: 'note' }, texts.explain),
    h('div', { class: 'buttons' },
      button('small', 'anchor-replace', texts.replace, () => input.click()),
      anchor !== undefined && anchor.source !== 'server'
        && button('small', 'anchor-forget', texts.forget, actions.forget)),
    input);
}

export function promisesView(...more: HTMLElement[]): HTMLElement {
  const texts = t().footer;
  return h('div', { class: 'promises' }, h('p', {}, texts.legal), h('p', {}, texts.limits), h('p', {}, texts.privacy), more);
}
