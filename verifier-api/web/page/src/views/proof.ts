/** The proof for the curious: from the leaf to the checkpoint, every hash to be selected and compared. */
import type { Anchor, PathStep, Proven, Report, Steps } from '@sogoc/light-client';
import { h, type Child } from '../dom.js';
import type { Finding } from '../finding.js';
import { grouped, hexGroups, instantWithZone } from '../format.js';
import { t } from '../i18n.js';

export function proofSection(finding: Finding): HTMLElement | undefined {
  const { report } = finding;
  if (report?.steps === undefined) return undefined;
  const { steps } = report;
  return h('details', { class: 'card proof', testid: 'proof' },
    h('summary', {}, h('h2', { class: 'inline-heading' }, t().proof.title)),
    h('p', { class: 'soft' }, t().proof.explain),
    h('ol', { class: 'proof-steps' },
      documentStep(report, steps), batchStep(report, steps), statusStep(steps), stateStep(steps),
      report.proven !== undefined && headerStep(report.proven, steps), report.anchor !== undefined && checkpointStep(report.anchor)),
  );
}

function documentStep(report: Report, steps: Steps): HTMLElement {
  return step(t().proof.document,
    hash('leaf', t().proof.leaf, steps.leaf), note(t().proof.leafSays),
    report.document !== undefined && hash('signing-key', t().proof.signingKey, report.document.signingKey));
}

function batchStep(report: Report, steps: Steps): HTMLElement {
  return step(t().proof.batch,
    note(t().proof.batchSays(grouped(steps.index, t()), grouped(steps.size, t()))),
    report.document !== undefined && hash('batch-id', t().proof.batchId, report.document.pointer.batch),
    path(steps.path), hash('batch-root', t().proof.batchRoot, steps.batchRoot));
}

function statusStep(steps: Steps): HTMLElement {
  if (steps.statusLeaf === undefined) return step(t().proof.status, note(t().proof.statusNone));
  return step(t().proof.status,
    note(t().proof.statusSays), hash('status-leaf', t().proof.leaf, steps.statusLeaf), path(steps.statusPath ?? []),
    steps.statusRoot !== undefined && hash('status-root', t().proof.statusRoot, steps.statusRoot));
}

function stateStep(steps: Steps): HTMLElement {
  return step(t().proof.state,
    note(t().proof.stateSays),
    steps.records.map((record) => hash('record', `${t().proof.record} ${record.key}`, record.value)),
    folded(t().proof.siblings(steps.stateSiblings.length), steps.stateSiblings.map((one) => hash('state-sibling', '', one))),
    hash('state-root', t().proof.stateRoot, steps.stateRoot));
}

function headerStep(proven: Proven, steps: Steps): HTMLElement {
  const { header } = proven;
  return step(t().proof.header,
    note(t().proof.headerSays(grouped(header.height, t()), instantWithZone(header.time, t()), header.chain)),
    hash('header', t().proof.headerHash, proven.headerHash),
    proven.changes > 0 && note(t().proof.changes(proven.changes)),
    proven.finality === 'certified'
      ? [
        note(t().proof.signedBy(grouped(proven.signedPower, t()), grouped(proven.totalPower, t()))),
        proven.signers.map((signer) => hash('signer', t().proof.signer(signer.index, signer.power), signer.key)),
      ]
      : [
        note(t().proof.ancestor), path(steps.ancestry ?? []),
        steps.historyRoot !== undefined && hash('history-root', t().proof.historyRoot, steps.historyRoot),
      ]);
}

function checkpointStep(anchor: Anchor): HTMLElement {
  return step(t().proof.checkpoint,
    note(t().proof.checkpointSays(grouped(anchor.height, t()), instantWithZone(anchor.time, t()))),
    hash('checkpoint', t().proof.headerHash, anchor.hash));
}

const step = (title: string, ...parts: readonly Child[]): HTMLElement =>
  h('li', { class: 'proof-step' }, h('h3', {}, title), ...parts);

const note = (text: string): HTMLElement => h('p', { class: 'note' }, text);

function path(steps: readonly PathStep[]): HTMLElement | undefined {
  if (steps.length === 0) return undefined;
  return folded(`${t().proof.path} (${steps.length})`, steps.map((one) =>
    hash('path', one.side === 'left' ? t().proof.left : t().proof.right, one.sibling)));
}

function folded(title: string, parts: readonly HTMLElement[]): HTMLElement | undefined {
  return parts.length === 0 ? undefined : h('details', { class: 'proof-more' }, h('summary', {}, title), ...parts);
}

function hash(name: string, label: string, hex: string): HTMLElement {
  return h('p', { class: 'hash' },
    label !== '' && h('span', { class: 'hash-label' }, label),
    h('code', { data: { hash: name }, translate: 'no' }, hexGroups(hex).map((group) => h('span', {}, group))));
}
