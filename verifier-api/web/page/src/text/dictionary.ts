/**
 * Everything the page says, once. Both languages are of this type: a sentence that one of them lacks does not compile,
 * nor does a code of the light client that nobody explains.
 */
import type {
  BundleError, CheckCode, CheckName, Correction, Ground, Outcome, StatusName, Verdict,
} from '@sogoc/light-client';
import type { FileKind } from '../sniff.js';
import type { ClaimLabel, TypeId } from '../claims.js';
import type { Theme } from '../preferences.js';

/** The page's own verdicts beside the six: the file is no document at all. */
export type Shown = Verdict | 'not-a-document';

/** Reasons that only the page has. */
export type PageCode = 'no-anchor' | 'internal';

export type ReasonCode = CheckCode | BundleError | PageCode;

/** What the reader can do about it. */
export type Remedy =
  | 'ask-again' | 'ask-issuer' | 'update' | 'ask-holder' | 'ask-current' | 'wait' | 'right-anchor' | 'go-online'
  | 'give-anchor' | 'right-original' | 'ask-digest' | 'report';

/** Why the status is only that of the receipt. */
export type Staleness = 'offline' | 'unreachable' | 'refused' | 'lagging' | 'no-answer';

/** Problems of the server that a reader of the page can meet (FORMATS §16); any other is shown as its code. */
export type ProblemCode =
  | 'bad-parameter' | 'unexpected-parameter' | 'small-batch' | 'unknown-route' | 'unknown-height' | 'no-certificate'
  | 'not-older' | 'unknown-issuer' | 'unknown-batch' | 'method-not-allowed' | 'not-acceptable' | 'too-many-requests'
  | 'store-fault' | 'internal' | 'busy' | 'timed-out' | 'node-stopped' | 'not-ready';

/** Reasons of the light client's own for having no answer. */
export type ClientCode =
  | 'unreachable' | 'timed-out' | 'aborted' | 'too-large' | 'not-understood' | 'not-in-period' | 'cannot-ask';

export interface Dictionary {
  readonly lang: 'vi' | 'en';
  /** How this language writes a decimal and separates the columns of a spreadsheet. */
  readonly decimal: ',' | '.';
  readonly column: ';' | ',';
  readonly colon: string;
  /** Of digits as ISO 8601 writes them. In English the month is a word: 07/03 is two days to two readers. */
  readonly day: (day: string, month: string, year: string) => string;
  readonly at: (day: string, time: string) => string;

  readonly brand: { readonly name: string; readonly tagline: string };
  readonly skip: string;
  readonly language: string;
  readonly theme: { readonly label: string; readonly names: Record<Theme, string> };

  readonly home: {
    readonly title: string;
    readonly lead: string;
    readonly dropTitle: string;
    readonly dropHint: string;
    readonly chooseFiles: string;
    readonly chooseFolder: string;
    readonly paste: string;
    readonly pasteLabel: string;
    readonly pasteButton: string;
    readonly pasteEmpty: string;
    readonly offline: string;
    readonly offlineHint: string;
    readonly uses: readonly { readonly title: string; readonly text: string }[];
    readonly usesTitle: string;
  };

  readonly anchor: {
    readonly title: string;
    readonly explain: string;
    readonly sources: Record<'own' | 'server' | 'remembered' | 'none', string>;
    readonly line: (chain: string, height: string, time: string) => string;
    readonly genesis: string;
    readonly replace: string;
    readonly forget: string;
    readonly forgotten: string;
    readonly taken: (chain: string) => string;
    readonly loading: string;
    readonly failed: (why: string) => string;
    readonly short: (chain: string, height: string) => string;
    readonly changed: string;
  };

  readonly progress: {
    readonly reading: string;
    readonly readingMany: (done: number, total: number) => string;
    readonly checking: string;
    readonly checkingMany: (done: number, total: number) => string;
    readonly done: string;
    readonly cancel: string;
  };

  readonly verdicts: Record<Shown, { readonly title: string; readonly says: string }>;
  /** Instead of what is said of an invalid document, where the document itself is genuine. */
  readonly genuineBut: { readonly expired: string; readonly 'other-file': string; readonly other: string };
  readonly reasonLabel: string;
  readonly adviceLabel: string;
  readonly remedies: Record<Remedy, string>;
  readonly reasons: Record<ReasonCode, string>;
  readonly problems: Record<ProblemCode, string>;
  readonly problem: (code: string) => string;
  readonly noAnswer: Record<ClientCode, string>;
  readonly kinds: Record<FileKind, { readonly says: string; readonly advice: string }>;

  readonly actions: {
    readonly back: string;
    readonly another: string;
    readonly print: string;
    readonly share: string;
    readonly online: string;
  };

  readonly facts: {
    readonly title: string;
    readonly type: string;
    readonly issuer: string;
    readonly sealedBy: string;
    readonly grant: string;
    readonly grantSpan: (from: string, until: string | undefined) => string;
    readonly date: string;
    readonly sealed: string;
    readonly sealedIn: (size: number, period: string) => string;
    /** Of the one that sealed: for whom, and by which decision. */
    readonly succeeds: (issuer: string, decision: string) => string;
    readonly sealedFor: (sealer: string) => string;
    readonly digitised: string;
    readonly approved: string;
    readonly status: string;
    readonly statusSince: string;
    readonly ground: string;
    readonly groundBy: (correction: string, ground: string, decision: string, date: string) => string;
    readonly replacedBy: string;
    readonly replacement: (issuer: string) => string;
    readonly expires: string;
    readonly checked: string;
    readonly anchor: string;
    readonly closed: (day: string, decision: string) => string;
    readonly issuedBy: (issuer: string) => string;
  };
  readonly statuses: Record<StatusName, string>;
  /** The status of a document that is in force and yet invalid. */
  readonly notRevoked: string;
  readonly statusAsOf: (status: string, time: string) => string;
  readonly freshNetwork: string;
  readonly freshReceipt: string;
  readonly staleness: Record<Staleness, string>;
  readonly grounds: Record<Ground, string>;
  readonly corrections: Record<Correction, string>;
  readonly certificate: {
    readonly title: string;
    readonly offline: string;
    readonly failed: string;
    readonly again: string;
  };
  readonly history: { readonly title: string; readonly missing: string };

  readonly document: {
    readonly title: string;
    readonly unprovenTitle: string;
    readonly unproven: string;
    readonly notInForce: string;
    readonly nothing: string;
    readonly notShown: string;
    readonly notShownHint: string;
    readonly disclaimer: string;
    readonly fileDigest: string;
  };
  readonly types: Record<TypeId, string>;
  readonly claims: Record<ClaimLabel, string>;
  readonly yes: string;
  readonly no: string;
  /** Translations of values that schools write in Vietnamese, shown beside them. Empty in Vietnamese. */
  readonly gloss: Readonly<Record<string, string>>;

  readonly original: {
    readonly title: string;
    readonly explain: string;
    readonly choose: string;
    /** In the verdict: the file that somebody was given is not compared yet, or is the one that was sealed. */
    readonly wanted: string;
    readonly drop: string;
    readonly is: (file: string) => string;
    readonly same: string;
    readonly differs: string;
    readonly tooLarge: (limit: string) => string;
    readonly compared: (file: string) => string;
  };

  readonly checks: {
    readonly title: string;
    readonly names: Record<CheckName, string>;
    readonly passed: Record<CheckName, string>;
    readonly outcomes: Record<Outcome, string>;
    readonly notReached: string;
    readonly code: string;
  };

  readonly proof: {
    readonly title: string;
    readonly explain: string;
    readonly document: string;
    readonly leaf: string;
    readonly leafSays: string;
    readonly signingKey: string;
    readonly batch: string;
    readonly batchSays: (index: string, size: string) => string;
    readonly batchId: string;
    readonly batchRoot: string;
    readonly path: string;
    readonly left: string;
    readonly right: string;
    readonly status: string;
    readonly statusSays: string;
    readonly statusNone: string;
    readonly statusRoot: string;
    readonly state: string;
    readonly stateSays: string;
    readonly record: string;
    readonly siblings: (count: number) => string;
    readonly stateRoot: string;
    readonly header: string;
    readonly headerSays: (height: string, time: string, chain: string) => string;
    readonly headerHash: string;
    readonly finality: string;
    readonly signedBy: (signed: string, total: string) => string;
    readonly signer: (index: number, power: number) => string;
    readonly changes: (count: number) => string;
    readonly ancestor: string;
    readonly historyRoot: string;
    readonly checkpoint: string;
    readonly checkpointSays: (height: string, time: string) => string;
  };

  readonly share: {
    readonly title: string;
    readonly explain: string;
    readonly local: string;
    readonly choose: string;
    readonly presets: Record<'essential' | 'usual' | 'none', string>;
    readonly sensitive: string;
    readonly sensitiveHint: string;
    readonly whole: (name: string) => string;
    readonly preview: string;
    readonly previewSays: string;
    readonly alwaysTitle: string;
    readonly always: readonly string[];
    readonly linkable: string;
    readonly nothingChosen: string;
    readonly save: string;
    readonly saved: (name: string) => string;
    readonly copy: string;
    readonly copied: string;
    readonly copyByHand: string;
    readonly link: string;
    readonly linkLength: (length: string) => string;
    readonly linkLong: string;
    readonly linkOld: string;
    readonly size: (size: string) => string;
    readonly refused: string;
    readonly close: string;
    readonly fileName: string;
    readonly consent: string;
  };

  readonly list: {
    readonly title: (count: number) => string;
    readonly file: string;
    readonly verdict: string;
    readonly reason: string;
    readonly issuer: string;
    readonly open: (file: string) => string;
    readonly openShort: string;
    readonly filter: string;
    readonly all: string;
    readonly only: (verdict: string, count: number) => string;
    readonly export: string;
    readonly exportHint: string;
    readonly exported: (name: string) => string;
    readonly fileName: string;
    readonly none: string;
    readonly tooMany: (limit: number) => string;
    readonly stopped: (done: number, total: number) => string;
    readonly columns: {
      readonly file: string;
      readonly verdict: string;
      readonly verdictCode: string;
      readonly reason: string;
      readonly reasonCode: string;
      readonly type: string;
      readonly issuer: string;
      readonly issuerId: string;
      readonly decision: string;
      readonly provenance: string;
      readonly date: string;
      readonly sealed: string;
      readonly statusAsOf: string;
      readonly freshness: string;
      readonly checked: string;
    };
    readonly fresh: { readonly network: string; readonly receipt: string };
  };

  readonly printed: (time: string) => string;
  readonly printedAgainst: (height: string, chain: string, hash: string) => string;
  readonly footer: { readonly legal: string; readonly privacy: string; readonly limits: string };
  readonly errors: {
    readonly internal: string;
    readonly dismiss: string;
    /** That the other language could not be loaded, to readers of either. */
    readonly language: Readonly<Record<'vi' | 'en', string>>;
  };
  readonly bytes: (count: string, unit: string) => string;
}
