/** Whose certificate the key is bound to. It fills itself in when that is known: the verdict does not wait for it. */
import type { BindingRefusal, Bound } from '@sogoc/light-client';
import type { Certified } from '../certificate.js';
import type { CertificateTexts } from '../certificates/texts.js';
import { append, fill, h, type Child } from '../dom.js';
import { hexGroups, instantWithZone } from '../format.js';
import { t } from '../i18n.js';
import { button } from './controls.js';

/** How the value of the fact comes about. */
export interface CertificateSource {
  /** What was found out before. */
  readonly known: Certified | undefined;
  find(): Promise<Certified>;
}

/** The value of the fact; no source while the network is not to be asked. */
export function certificateValue(source: CertificateSource | undefined): HTMLElement {
  // What a screen reader is to say when it comes; what people unfold is beside it.
  const spoken = h('div', { aria: { live: 'polite' } });
  const value = h('div', { testid: 'certificate', tabindex: '-1' }, spoken);
  const say = (state: string, parts: readonly Child[], details?: HTMLElement): void => {
    value.dataset['certificate'] = state;
    fill(spoken, ...parts);
    append(value, [details]);
  };
  const show = ({ found, throwaway, texts }: Certified): void => {
    const words = texts[t().lang];
    if (found === 'no-roots') say(found, [note(words.noRoots)]);
    else if (found === 'bad-roots') say(found, [note(words.badRoots)]);
    else if ('bound' in found) say('bound', bound(found.bound, throwaway, words), details(found.bound, words));
    else say(found.refused.code, refused(found.refused, words));
  };
  const find = async (from: CertificateSource): Promise<void> => {
    say('checking', [note(t().progress.checking)]);
    try {
      show(await from.find());
    } catch (error) {
      console.error(error);
      say('not-found-out', [
        note(t().facts.certificateFailed),
        button('small', 'certificate-again', t().facts.certificateAgain, () => {
          value.focus(); // the button goes
          void find(from);
        }),
      ]);
    }
  };
  if (source === undefined) say('not-asked', [note(t().facts.certificateOffline)]);
  else if (source.known !== undefined) show(source.known);
  else void find(source);
  return value;
}

function bound({ organisation, issuer, serial, validFrom, validUntil, root }: Bound, throwaway: boolean, words: CertificateTexts): Child[] {
  return [
    h('strong', { translate: 'no' }, organisation),
    note(words.bound(serial, commonName(issuer), instantWithZone(validFrom, t()), instantWithZone(validUntil, t()))),
    note(words.root(root)),
    throwaway && h('span', { class: 'note warning' }, words.throwaway),
    note(words.limits),
  ];
}

function details({ subject, issuer, path, algorithm, signedAt, digest }: Bound, words: CertificateTexts): HTMLElement {
  return h('details', { class: 'proof-more' }, h('summary', {}, words.more),
    detail(words.subject, subject), detail(words.issuer, issuer), path.map((above) => detail(words.path, above)),
    detail(words.algorithm, algorithm), signedAt !== undefined && detail(words.signedAt, instantWithZone(signedAt, t())),
    detail(words.digest, h('code', { class: 'hash-inline' }, hexGroups(digest).map((group) => h('span', {}, group)))));
}

function refused({ code, cannotCheck, detail: about }: BindingRefusal, words: CertificateTexts): Child[] {
  return [
    cannotCheck ? note(words.unknown) : h('span', { class: 'note warning' }, words.refused),
    note(words.codes[code]),
    about !== undefined && h('span', { class: 'note', translate: 'no' }, about),
    note(words.limits),
  ];
}

const note = (text: string): HTMLElement => h('span', { class: 'note' }, text);

const detail = (label: string, value: Child): HTMLElement =>
  h('p', { class: 'note' }, `${label}${t().colon} `, h('span', { translate: 'no' }, value));

/** Of a name much as RFC 4514 writes it; the whole name if it has none. */
function commonName(name: string): string {
  const [, text] = /(?:^|,)CN=((?:\\.|[^,\\])*)/.exec(name) ?? [];
  return text?.replace(/\\(.)/g, '$1') ?? name;
}
