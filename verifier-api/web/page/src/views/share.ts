/**
 * A holder chooses what to show. The preview is no imitation: it is the report of verifying the very presentation that
 * would be saved. Nothing is sent.
 */
import { present, Refusal, verify, type Claim, type DocumentReport } from '@sogoc/light-client';
import type { Anchor } from '../anchor.js';
import { ESSENTIAL, inReadingOrder, isTypeId } from '../claims.js';
import { download } from '../download.js';
import { fill, h } from '../dom.js';
import { fileSize, grouped } from '../format.js';
import { t } from '../i18n.js';
import { encodeFragment, LINK_CHARS_SAFE, linksSupported } from '../link.js';
import { wordsOf, type Words } from '../words.js';
import { button } from './controls.js';
import { documentSheet } from './document.js';
import { verdictBadge } from './verdict.js';

export interface Sharing {
  readonly document: DocumentReport;
  /** The holder's file: presentations are made of it. */
  readonly bundle: Uint8Array;
  /** The same as it was verified here: previews are made of it. */
  readonly verified: Uint8Array;
  readonly anchor: Anchor;
  /** Paths; kept by the caller, so that a choice survives a change of language. */
  readonly chosen: Set<string>;
}

interface Item {
  readonly path: string;
  readonly label: string;
  readonly sensitive: boolean;
}

interface Group {
  readonly label: string;
  readonly items: readonly Item[];
}

export function firstChoice(document: DocumentReport): Set<string> {
  return new Set(essential(document, itemsOf(document)));
}

export function shareSection(sharing: Sharing, close: () => void): HTMLElement {
  const texts = t().share;
  const groups = groupsOf(sharing.document);
  const preview = h('div', { class: 'share-preview', testid: 'share-preview' });
  const handing = h('div', { class: 'share-handing' });
  const choices = h('div', { class: 'share-groups' });

  const update = (): void => {
    showPreview(preview, sharing);
    fill(handing, handOver(sharing));
    for (const sync of syncs) sync();
  };
  const syncs: (() => void)[] = [];
  fill(choices, groups.map((group) => groupView(group, sharing.chosen, update, syncs)));
  update();

  const choose = (paths: readonly string[]) => (): void => {
    sharing.chosen.clear();
    for (const path of paths) sharing.chosen.add(path);
    update();
  };
  const items = itemsOf(sharing.document);
  const preset = (name: keyof typeof texts.presets, paths: readonly string[]): HTMLElement =>
    button('small', `share-preset-${name}`, texts.presets[name], choose(paths));

  return h('section', { class: 'card share', testid: 'share', aria: { labelledby: 'share-title' } },
    h('h2', { id: 'share-title', tabindex: '-1' }, texts.title),
    h('p', { class: 'soft' }, `${texts.explain} ${texts.local}`),
    h('div', { class: 'share-columns' },
      h('div', { class: 'share-choice' },
        h('h3', {}, texts.choose),
        h('div', { class: 'buttons' },
          sharing.document.known && preset('essential', essential(sharing.document, items)),
          preset('usual', items.filter((item) => !item.sensitive).map((item) => item.path)),
          preset('none', [])),
        choices,
        h('p', { class: 'note' }, `${texts.alwaysTitle}${t().colon} ${texts.always.join('; ')}.`)),
      h('div', { class: 'share-result' },
        h('h3', { id: 'share-preview-title' }, texts.preview),
        h('p', { class: 'note' }, texts.previewSays),
        preview)),
    handing,
    h('ul', { class: 'share-hints note' }, h('li', {}, texts.linkable), h('li', {}, texts.consent)),
    h('div', { class: 'buttons' }, button('small', 'share-close', texts.close, close)));
}

// ---- Choices -----------------------------------------------------------------------------------------------------

function groupsOf(document: DocumentReport): Group[] {
  const words = wordsOf(document, t());
  const loose = document.claims.filter((claim) => claim.members === undefined);
  return [
    ...(loose.length > 0 ? [{ label: words.type, items: choicesOf(loose, words) }] : []),
    ...document.claims.filter((claim) => claim.members !== undefined).map((claim) => ({
      label: words.label(claim.path), items: choicesOf(inReadingOrder(claim), words),
    })),
  ];
}

/** A subject is one choice with all its marks; so is every field; conduct and learning are one for each semester. */
function choicesOf(claims: readonly Claim[], words: Words): Item[] {
  return claims.flatMap(({ kind, members = [], path, sensitive }) => {
    const label = words.label(path);
    if (kind !== 'object') return [{ path, label, sensitive }];
    return choicesOf(members, words).map((item) => ({ ...item, label: `${label}, ${item.label}` }));
  });
}

const itemsOf = (document: DocumentReport): Item[] => groupsOf(document).flatMap((group) => [...group.items]);

function essential(document: DocumentReport, items: readonly Item[]): string[] {
  const wanted = document.known && isTypeId(document.type) ? ESSENTIAL[document.type] : [];
  return items.map((item) => item.path).filter((path) => wanted.includes(path));
}

/** `syncs` bring the boxes in line with the choice, however it was changed. */
function groupView(group: Group, chosen: Set<string>, update: () => void, syncs: (() => void)[]): HTMLElement {
  const usual = group.items.filter((item) => !item.sensitive);
  const whole = h('input', { type: 'checkbox', on: { change: () => toggle(usual, whole.checked) } });
  const toggle = (items: readonly Item[], on: boolean): void => {
    for (const { path } of items) {
      if (on) chosen.add(path);
      else chosen.delete(path);
    }
    update();
  };
  syncs.push(() => {
    const count = usual.filter((item) => chosen.has(item.path)).length;
    whole.checked = count === usual.length && count > 0;
    whole.indeterminate = count > 0 && count < usual.length;
  });
  return h('fieldset', { class: 'share-group' },
    h('legend', {}, group.label),
    usual.length > 2 && h('label', { class: 'choice choice-whole' }, whole, h('span', {}, t().share.whole(group.label))),
    h('ul', {}, group.items.map((item) => {
      const box = h('input', {
        testid: 'share-claim', data: { path: item.path }, type: 'checkbox',
        aria: { describedby: item.sensitive ? 'share-sensitive' : undefined },
        on: { change: () => toggle([item], box.checked) },
      });
      syncs.push(() => { box.checked = chosen.has(item.path); });
      return h('li', {}, h('label', { class: 'choice' }, box,
        h('span', {}, item.label, item.sensitive && h('span', { class: 'tag' }, t().share.sensitive))));
    })),
    group.items.some((item) => item.sensitive) && h('p', { class: 'note', id: 'share-sensitive' }, t().share.sensitiveHint));
}

// ---- What the other side will see --------------------------------------------------------------------------------

function showPreview(preview: HTMLElement, sharing: Sharing): void {
  try {
    const bundle = present(sharing.verified, [...sharing.chosen]);
    const report = verify({ bundle, checkpoint: sharing.anchor.checkpoint, now: BigInt(Date.now()) });
    preview.dataset['verdict'] = report.verdict;
    fill(preview,
      verdictBadge(report.verdict),
      sharing.chosen.size === 0 && h('p', { class: 'note' }, t().share.nothingChosen),
      report.document !== undefined && documentSheet(report.document, undefined));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    preview.dataset['verdict'] = 'cannot-check';
    fill(preview, h('p', { class: 'warning' }, `${t().share.refused}${t().colon} ${error.code}`));
  }
}

// ---- Handing it over ---------------------------------------------------------------------------------------------

function handOver(sharing: Sharing): HTMLElement {
  const texts = t().share;
  const bundle = present(sharing.bundle, [...sharing.chosen]);
  const name = `${texts.fileName}-${sharing.document.type}.sogoc`;
  const said = h('p', { class: 'note', role: 'status', testid: 'share-said' });
  const save = (): void => {
    download(name, 'application/octet-stream', bundle as BlobPart);
    fill(said, texts.saved(name));
  };
  return h('div', {},
    h('div', { class: 'buttons' },
      button('primary', 'share-save', texts.save, save),
      h('span', { class: 'note', testid: 'share-size' }, texts.size(fileSize(bundle.length, t())))),
    linksSupported() ? linkPart(bundle, said) : h('p', { class: 'note' }, texts.linkOld),
    said);
}

/** The link takes a moment to make; until then there is none to copy. */
function linkPart(bundle: Uint8Array, said: HTMLElement): HTMLElement {
  const texts = t().share;
  const part = h('div', { class: 'share-link' });
  void encodeFragment(bundle).then((fragment) => {
    const address = new URL(location.href);
    address.hash = fragment;
    const field = h('input', { id: 'share-link', testid: 'share-link', type: 'text', readonly: true, value: address.href, spellcheck: 'false' });
    const length = address.href.length;
    fill(part,
      h('label', { for: 'share-link' }, texts.link),
      h('div', { class: 'share-link-row' }, field, button('large', 'share-copy', texts.copy, () => void copy(field, said))),
      h('p', { class: 'note' }, texts.linkLength(grouped(length, t())), length > LINK_CHARS_SAFE && ` ${texts.linkLong}`));
  });
  return part;
}

async function copy(field: HTMLInputElement, said: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(field.value);
    fill(said, t().share.copied);
  } catch {
    field.focus();
    field.select();
    fill(said, t().share.copyByHand);
  }
}
