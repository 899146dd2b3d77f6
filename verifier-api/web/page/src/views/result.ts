/** One file: the verdict first, then who and when, what is disclosed, each check, and the proof for the curious. */
import type { Anchor } from '../anchor.js';
import { h } from '../dom.js';
import type { Finding } from '../finding.js';
import { grouped, instantWithZone } from '../format.js';
import { t } from '../i18n.js';
import { certificateSection, type CertificateSource } from './certificate.js';
import { checksSection } from './checks.js';
import { button, picker } from './controls.js';
import { documentSection } from './document.js';
import { factsSection } from './facts.js';
import { historySection } from './history.js';
import { originalInVerdict, originalSection } from './original.js';
import { proofSection } from './proof.js';
import { shareSection } from './share.js';
import { verdictSection } from './verdict.js';

export interface ResultContext {
  readonly anchor: Anchor | undefined;
  /** Paths chosen to be shared; undefined while sharing is closed. */
  readonly sharing: Set<string> | undefined;
  /** Whose certificate stands behind it; undefined while the network is not to be asked. */
  readonly certificate: CertificateSource | undefined;
  readonly back: (() => void) | undefined;
  another(): void;
  online(): void;
  compare(files: readonly File[]): void;
  share(open: boolean): void;
}

export function resultView(finding: Finding, context: ResultContext): HTMLElement {
  const original = picker('original-input', context.compare);
  return h('div', { class: 'result' },
    verdictSection(finding, originalInVerdict(finding, original)),
    toolbar(finding, context),
    sharePart(finding, context),
    factsSection(finding),
    historySection(finding),
    certificateSection(finding, context.certificate),
    documentSection(finding),
    originalSection(finding, original),
    checksSection(finding),
    proofSection(finding),
    printedNote(finding));
}

function toolbar(finding: Finding, context: ResultContext): HTMLElement {
  const texts = t().actions;
  const sharing = context.sharing !== undefined;
  const unasked = finding.report?.status?.fresh === false || finding.code === 'needs-refresh' || finding.code === 'no-anchor';
  return h('div', { class: 'toolbar buttons' },
    context.back !== undefined && button('small', 'back', texts.back, context.back),
    unasked && button('small', 'ask-online', texts.online, context.online),
    finding.shown === 'valid' && button('small', 'share-open', texts.share, () => context.share(!sharing), { expanded: String(sharing) }),
    button(finding.report === undefined ? 'primary' : 'small', 'check-another', texts.another, context.another),
    finding.report !== undefined && button('small', 'print', texts.print, () => window.print()));
}

function sharePart(finding: Finding, context: ResultContext): HTMLElement | undefined {
  const { bundle, report, verified } = finding;
  const { anchor, sharing } = context;
  if (sharing === undefined || anchor === undefined || report?.document === undefined) return undefined;
  if (bundle === undefined || verified === undefined) return undefined;
  return shareSection({ document: report.document, bundle, verified, anchor, chosen: sharing }, () => context.share(false));
}

/** On paper only: when and against what it was checked. */
function printedNote({ checkedAt, report }: Finding): HTMLElement {
  const anchor = report?.anchor;
  return h('p', { class: 'print-only printed-note', testid: 'printed' },
    t().printed(instantWithZone(checkedAt, t())),
    anchor !== undefined && ` ${t().printedAgainst(grouped(anchor.height, t()), anchor.chain, anchor.hash)}`);
}
