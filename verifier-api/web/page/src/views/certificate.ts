/** Whose certificate the key is bound to. It fills itself in when that is known: the verdict does not wait for it. */
import type { BindingRefusal, Bound } from '@sogoc/light-client';
import type { Certified } from '../certificate.js';
import type { CertificateTexts } from '../certificates/texts.js';
import { append, fill, h, type Child } from '../dom.js';
import type { Finding } from '../finding.js';
import { hexGroups } from '../format.js';
import { t } from '../i18n.js';
import { button } from './controls.js';
import { fact, time } from './facts.js';

/** Where it comes from. */
export interface CertificateSource {
  /** What was found out before. */
  readonly known: Certified | undefined;
  find(): Promise<Certified>;
}

/** Shown for documents that bring evidence and are on the ledger; no source while the network is not to be asked. */
export function certificateSection({ report }: Finding, source: CertificateSource | undefined): HTMLElement | undefined {
  if (report?.proven === undefined || report.proven.evidence === 0) return undefined;
  // What a screen reader is to say when it comes; what people unfold is beside it.
  const spoken = h('div', { class: 'certificate-found', aria: { live: 'polite' } });
  const section = h('section', { class: 'card certificate', testid: 'certificate', tabindex: '-1', aria: { labelledby: 'certificate-title' } },
    h('h2', { id: 'certificate-title' }, t().certificate.title), spoken);
  const say = (state: string, parts: readonly Child[], details?: HTMLElement): void => {
    section.dataset['certificate'] = state;
    fill(spoken, ...parts);
    append(section, [details]);
  };
  const show = ({ found, throwaway, texts }: Certified): void => {
    const words = texts[t().lang];
    if (found === 'no-roots') say(found, [soft(words.noRoots)]);
    else if (found === 'bad-roots') say(found, [soft(words.badRoots)]);
    else if ('bound' in found) say('bound', bound(found.bound, throwaway, words), details(found.bound, words));
    else say(found.refused.code, refused(found.refused, words));
  };
  const find = async (from: CertificateSource): Promise<void> => {
    say('checking', [soft(t().progress.checking)]);
    try {
      show(await from.find());
    } catch (error) {
      console.error(error);
      const again = button('small', 'certificate-again', t().certificate.again, () => {
        section.focus(); // the button goes
        void find(from);
      });
      say('not-found-out', [soft(t().certificate.failed), h('div', { class: 'buttons' }, again)]);
    }
  };
  if (source === undefined) say('not-asked', [soft(t().certificate.offline)]);
  else if (source.known !== undefined) show(source.known);
  else void find(source);
  return section;
}

function bound({ organisation, issuer, serial, validFrom, validUntil, root }: Bound, throwaway: boolean, words: CertificateTexts): Child[] {
  return [
    h('p', {}, words.bound),
    h('dl', { class: 'facts-list' },
      fact('organisation', words.organisation, h('strong', { translate: 'no' }, organisation)),
      fact('certificate-issuer', words.issuer, h('span', { translate: 'no' }, commonName(issuer))),
      fact('root', words.root, h('span', { translate: 'no' }, root)),
      fact('serial', words.serial, hash(serial)),
      fact('valid-from', words.validFrom, time(validFrom)),
      fact('valid-until', words.validUntil, time(validUntil))),
    throwaway && h('p', { class: 'warning' }, words.throwaway),
    soft(words.limits),
  ];
}

function details({ subject, issuer, path, algorithm, signedAt, digest }: Bound, words: CertificateTexts): HTMLElement {
  const name = (label: string, value: string): HTMLElement => fact('name', label, h('span', { translate: 'no' }, value));
  return h('details', { class: 'proof-more' }, h('summary', {}, words.more),
    h('dl', { class: 'facts-list' },
      name(words.subject, subject), name(words.issuer, issuer), path.map((above) => name(words.path, above)),
      name(words.algorithm, algorithm), signedAt !== undefined && fact('signed-at', words.signedAt, time(signedAt)),
      fact('digest', words.digest, hash(digest))));
}

function refused({ code, cannotCheck, detail }: BindingRefusal, words: CertificateTexts): Child[] {
  return [
    cannotCheck ? h('p', {}, words.unknown) : h('p', { class: 'warning' }, words.refused),
    h('p', {}, words.codes[code], detail !== undefined && h('span', { class: 'soft', translate: 'no' }, ` (${detail})`)),
    soft(words.limits),
  ];
}

const soft = (text: string): HTMLElement => h('p', { class: 'soft' }, text);

const hash = (text: string): HTMLElement =>
  h('code', { class: 'hash-inline', translate: 'no' }, hexGroups(text).map((group) => h('span', {}, group)));

/** Of a name much as RFC 4514 writes it; the whole name if it has none. */
function commonName(name: string): string {
  const [, text] = /(?:^|,)CN=((?:\\.|[^,\\])*)/.exec(name) ?? [];
  return text?.replace(/\\(.)/g, '$1') ?? name;
}
