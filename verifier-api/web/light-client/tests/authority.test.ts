/** Successors, suspended keys and histories: every edge of FORMATS §15 in a ledger that says whatever a test needs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url, toUtf8 } from '../src/bytes.js';
import { readBundle, writeBundle } from '../src/bundle.js';
import { encode } from '../src/codec.js';
import { batchStatuses, statusEntry } from '../src/formats.js';
import type { BatchProof } from '../src/formats.js';
import { commitment, thumbprint } from '../src/hash.js';
import { present } from '../src/holder.js';
import { leafHash } from '../src/merkle.js';
import { statusLeaf, unchanged, verifyBatchProof } from '../src/receipt.js';
import { isHistoryOf, openingOf } from '../src/status.js';
import type { Batch, Correction, Issuer, IssuerKey, Opening, StatusEntry, StatusName, Succession, Validator } from '../src/types.js';
import { verify } from '../src/verify.js';
import { ZERO, checkpoint, credential, issuer, pointer, prove } from './crafted-ledger.js';
import type { Crafted } from './crafted-ledger.js';
import { codeOf } from './support.js';

const DAY_MS = 86_400_000n;
const UTC_PLUS_7_MS = 25_200_000n;
/** The day on which everything was sealed, and its first millisecond. */
const DAY = 20_000;
const SEALED = BigInt(DAY) * DAY_MS - UTC_PLUS_7_MS;

const { jwt, key } = credential();
const grants = [{ documentType: 'da-ky', from: 0, until: undefined, decision: 'QĐ 1' }];

function batchOf({ jwt: signed }: { jwt: string }, time = SEALED): Partial<Batch> {
  return { root: leafHash(toUtf8(signed)), key: thumbprint(key), time };
}

interface Held {
  readonly entry?: StatusEntry;
  readonly openings?: readonly Opening[];
  readonly history?: readonly StatusEntry[];
  readonly fresh?: BatchProof;
  readonly freshEntry?: StatusEntry;
}

/** What is said of the document `signed` with this proof; `entry` is the receipt's. */
function ask(proof: BatchProof, signed = jwt, { entry, openings = [], history = [], fresh, freshEntry }: Held = {}) {
  const status = entry === undefined ? undefined : { entry, path: [] };
  const receipt = { proof, index: 0, path: [], status };
  const report = verify({
    bundle: writeBundle({ credential: `${signed}~`, receipt, openings, history, evidence: [], definitions: [] }),
    checkpoint,
    now: SEALED,
    fresh: fresh && encode(batchStatuses, { proof: fresh, statuses: { changed: freshEntry === undefined ? [] : [freshEntry] } }),
  });
  const code = report.checks.find((check) => check.code !== undefined)?.code;
  return { ...report, code };
}

// ---- Successors --------------------------------------------------------------------------------------------------

const forOld = credential({ iss: 'old-school' });
const succession: Succession = { issuer: 'school', scopes: 7, from: DAY, until: DAY + 1, decision: 'QĐ 2' };

function old(...successors: readonly Succession[]): Issuer {
  return { ...issuer, id: 'old-school', name: 'Trường cũ', grants, successors };
}

const actingFor = (named: Issuer, time = SEALED): Crafted => ({ batch: { ...batchOf(forOld, time), actFor: named.id }, named });

test('a successor seals what its predecessor was entitled to', () => {
  const report = ask(prove(actingFor(old(succession))), forOld.jwt);
  assert.equal(report.verdict, 'valid');
  assert.deepEqual(report.proven?.succession, succession);
  assert.deepEqual([report.proven?.sealingIssuer.id, report.proven?.namedIssuer.id], ['school', 'old-school']);
  assert.equal(report.proven?.grant?.decision, 'QĐ 1');
  assert.equal(report.steps?.records.length, 3);
});

test('who is no successor on the day of sealing', () => {
  const code = (...given: readonly Succession[]) => ask(prove(actingFor(old(...given))), forOld.jwt).code;
  assert.equal(code(), 'not-a-successor');
  assert.equal(code({ ...succession, issuer: 'other' }), 'not-a-successor');
  assert.equal(code({ ...succession, scopes: 6 }), 'not-a-successor');
  assert.equal(code({ ...succession, from: DAY + 1, until: undefined }), 'not-a-successor');
  assert.equal(code({ ...succession, from: 0, until: DAY }), 'not-a-successor');
  assert.equal(code({ ...succession, scopes: 6 }, { ...succession, scopes: 1 }), undefined);
  // The day is that of Vietnam.
  const at = (time: bigint) => ask(prove(actingFor(old(succession), time)), forOld.jwt).code;
  assert.deepEqual([SEALED - 1n, SEALED, SEALED + DAY_MS - 1n, SEALED + DAY_MS].map(at),
    ['not-a-successor', undefined, undefined, 'not-a-successor']);
  const forever = { ...succession, until: undefined };
  assert.equal(ask(prove(actingFor(old(forever), 2n ** 64n - 1n)), forOld.jwt).code, undefined);
});

test('the authority is that of the issuer that is named, and the day that of the document', () => {
  const without = prove({ ...actingFor({ ...old(succession), grants: [] }), school: { ...issuer, grants } });
  assert.equal(ask(without, forOld.jwt).code, 'not-entitled');
  assert.equal(ask(prove(actingFor({ ...old(succession), grants: [] })), forOld.jwt).code, 'not-entitled');
  const before = credential({ iss: 'old-school', date: '1969-12-31' });
  const crafted = { ...actingFor(old()), batch: { ...batchOf(before), actFor: 'old-school' } };
  assert.equal(ask(prove(crafted), before.jwt).code, 'date-malformed');
});

test('a document names the issuer in whose name it was sealed', () => {
  assert.equal(ask(prove({ batch: batchOf(forOld), school: { ...issuer, grants } }), forOld.jwt).code, 'record-differs');
  const crafted = { ...actingFor(old(succession)), batch: { ...batchOf({ jwt }), actFor: 'old-school' } };
  const differs = ask(prove({ ...crafted, school: { ...issuer, grants } }));
  assert.deepEqual([differs.code, differs.anchor?.height, differs.proven], ['record-differs', 0n, undefined]);
});

test('another issuer is shown if and only if the batch names it', () => {
  const code = (proof: BatchProof) => codeOf(() => verifyBatchProof(proof, pointer, checkpoint));
  const named = old(succession);
  assert.equal(code(prove(actingFor(named))), undefined);
  assert.equal(code(prove({ batch: {}, named })), 'wrong-state');
  assert.equal(code(prove({ batch: { actFor: 'old-school' } })), 'wrong-state');
  assert.equal(code(prove({ batch: { actFor: 'third' }, named })), 'wrong-state');
  assert.equal(code({ ...prove({ batch: { actFor: 'school' } }), namedIssuer: issuer }), 'wrong-state');
  const proof = prove(actingFor(named));
  assert.equal(code({ ...proof, namedIssuer: old() }), 'wrong-state');
});

// ---- Suspended keys ----------------------------------------------------------------------------------------------

function school(since: bigint, until: bigint | undefined, of = key): Issuer {
  const one: IssuerKey = { key: of, roles: 1, from: 0n, until: undefined, suspended: { since, until }, binding: undefined };
  return { ...issuer, grants, keys: [one] };
}

const sealedBy = (by: Issuer): Crafted => ({ batch: batchOf({ jwt }), school: by });
/** The headers of these proofs have the times 2 and 3. */
const [AS_OF, LATER] = [2n, 3n];

test('what a key sealed since it was suspended is suspended', () => {
  const report = ask(prove(sealedBy(school(SEALED, undefined))));
  assert.deepEqual([report.verdict, report.code, report.status?.status], ['suspended', 'key-suspended', 'valid']);
  assert.equal(report.checks.find(({ check }) => check === 'status')?.outcome, 'failed');
  assert.equal(report.status?.keySuspended, true);
  const verdict = (...given: Parameters<typeof school>) => ask(prove(sealedBy(school(...given)))).verdict;
  assert.equal(verdict(SEALED + 1n, undefined), 'valid');
  assert.equal(verdict(0n, AS_OF + 1n), 'suspended');
  assert.equal(verdict(0n, AS_OF), 'valid');
  const [{ key: other }] = checkpoint.validators as [Validator];
  assert.equal(verdict(0n, undefined, other), 'valid');
  // Of one key twice the first counts.
  const [suspended, sound] = [school(0n, undefined), school(SEALED + 1n, undefined)];
  const twice = (...by: Issuer[]) => ask(prove(sealedBy({ ...issuer, grants, keys: by.flatMap(({ keys }) => keys) }))).verdict;
  assert.deepEqual([twice(suspended, sound), twice(sound, suspended)], ['suspended', 'valid']);
});

test('whether a key is suspended is known as of the status', () => {
  const [suspended, sound] = [school(0n, undefined), school(SEALED + 1n, undefined)];
  const verdicts = (receipts: Issuer, freshs: Issuer, height: bigint) => {
    const { verdict, status } = ask(prove({ ...sealedBy(receipts), height: 2n }), jwt, { fresh: prove({ ...sealedBy(freshs), height }) });
    return [verdict, status?.fresh];
  };
  assert.deepEqual(verdicts(sound, suspended, 3n), ['suspended', true]);
  assert.deepEqual(verdicts(suspended, sound, 2n), ['valid', true]);
  assert.deepEqual(verdicts(suspended, sound, 1n), ['suspended', false]);
  const lapsing = school(0n, LATER + 1n);
  assert.deepEqual(verdicts(lapsing, lapsing, 3n), ['valid', true]);
  // The batch too is that of the status.
  const resealed = prove({ ...sealedBy(sound), batch: batchOf({ jwt }, SEALED + 1n), height: 3n });
  assert.equal(ask(prove(sealedBy(sound)), jwt, { fresh: resealed }).code, 'key-suspended');
});

// ---- Histories ---------------------------------------------------------------------------------------------------

function openingFor(correction: Correction, number: number): Opening {
  return {
    salt: new Uint8Array(16).fill(number), correction, ground: 'issuer-error', decision: `QĐ ${number}`,
    decisionDate: '2026-06-01', replacement: undefined,
  };
}

const openings = (['suspend', 'reinstate', 'suspend', 'revoke'] as const).map((correction, at) => openingFor(correction, at));
/** Suspended, in force again, suspended again, revoked. */
const entries: StatusEntry[] = [];
for (const [at, status] of (['suspended', 'valid', 'suspended', 'revoked'] as const).entries()) {
  const before = entries.at(-1);
  entries.push({
    index: 0, status, height: BigInt(at + 1), time: BigInt(at), commitment: commitment(openings[at] as Opening),
    previous: before === undefined ? ZERO : statusLeaf(before),
  });
}
const [one, two, three, four] = entries as [StatusEntry, StatusEntry, StatusEntry, StatusEntry];

test('the history of an entry is all that it replaced, in order', () => {
  assert.ok(isHistoryOf([], unchanged(7)));
  assert.ok(isHistoryOf([], one));
  assert.ok(isHistoryOf([one, two, three], four));
  for (const wrong of [[], [one], [two, three], [one, three], [three, two, one], [one, two, three, four], [unchanged(0), one, two, three]]) {
    assert.ok(!isHistoryOf(wrong, four), String(wrong.map(({ height }) => height)));
  }
  assert.ok(!isHistoryOf([{ ...one, commitment: ZERO }, two], three));
  /** Entries that hold together by their hashes, and by nothing else. */
  const after = (entry: StatusEntry, height: bigint, index = 0): StatusEntry => ({ ...four, index, height, previous: statusLeaf(entry) });
  assert.ok(isHistoryOf([one], after(one, 2n)));
  assert.ok(!isHistoryOf([one], after(one, 1n)));
  assert.ok(!isHistoryOf([one], after(one, 2n, 1)));
  const zeroth = { ...one, height: 0n };
  assert.ok(!isHistoryOf([zeroth], after(zeroth, 2n)));
  assert.ok(isHistoryOf([], zeroth));
});

function sealedWith(entry: StatusEntry, height = 5n): BatchProof {
  return prove({ batch: { ...batchOf({ jwt }), statusRoot: statusLeaf(entry) }, school: { ...issuer, grants }, height });
}

const told = ({ history }: ReturnType<typeof ask>) => history?.map(({ entry, opening }) => [entry.status, opening?.decision]);

test('a history is shown if it is whole, and changes no verdict', () => {
  const whole = ask(sealedWith(four), jwt, { entry: four, openings, history: [one, two, three] });
  assert.deepEqual([whole.verdict, whole.opening?.decision], ['revoked', 'QĐ 3']);
  assert.deepEqual(told(whole), [['suspended', 'QĐ 0'], ['valid', 'QĐ 1'], ['suspended', 'QĐ 2']]);
  const silent = ask(sealedWith(four), jwt, { entry: four, openings: openings.slice(1, 2), history: [one, two, three] });
  assert.deepEqual(told(silent), [['suspended', undefined], ['valid', 'QĐ 1'], ['suspended', undefined]]);
  const torn = ask(sealedWith(four), jwt, { entry: four, openings, history: [two, three] });
  assert.deepEqual([torn.verdict, torn.history], ['revoked', undefined]);
  assert.deepEqual(told(ask(sealedWith(one), jwt, { entry: one })), []);
  assert.deepEqual(told(ask(prove({ batch: batchOf({ jwt }), school: { ...issuer, grants } }))), []);
});

test('a fresh status prolongs the history by what the receipt had', () => {
  const fresh = (entry: StatusEntry) => ({ fresh: sealedWith(entry, 9n), freshEntry: entry });
  const later = ask(sealedWith(three), jwt, { entry: three, openings, history: [one, two], ...fresh(four) });
  assert.deepEqual([later.verdict, later.status?.fresh], ['revoked', true]);
  assert.deepEqual(told(later), [['suspended', 'QĐ 0'], ['valid', 'QĐ 1'], ['suspended', 'QĐ 2']]);
  const same = ask(sealedWith(three), jwt, { entry: three, openings, history: [one, two], ...fresh(three) });
  assert.deepEqual(told(same), [['suspended', 'QĐ 0'], ['valid', 'QĐ 1']]);
  const leap = ask(sealedWith(two), jwt, { entry: two, openings, history: [one], ...fresh(four) });
  assert.deepEqual([leap.verdict, leap.history], ['revoked', undefined]);
  const fromNothing = ask(prove({ batch: batchOf({ jwt }), school: { ...issuer, grants }, height: 5n }), jwt, fresh(one));
  assert.deepEqual([fromNothing.verdict, told(fromNothing)], ['suspended', []]);
});

test('an opening opens what its correction leads to', () => {
  const leads: Record<Correction, StatusName> = {
    amend: 'superseded', reissue: 'superseded', revoke: 'revoked', cancel: 'revoked', suspend: 'suspended', reinstate: 'valid',
  };
  for (const [correction, leadsTo] of Object.entries(leads) as [Correction, StatusName][]) {
    const opening = openingFor(correction, 9);
    for (const status of ['valid', 'superseded', 'revoked', 'suspended'] as const) {
      const entry = { ...one, status, commitment: commitment(opening) };
      assert.equal(openingOf(entry, [...openings, opening]), status === leadsTo ? opening : undefined, `${correction}, ${status}`);
    }
  }
  assert.equal(openingOf(one, [openingFor('suspend', 9)]), undefined);
  const replaced = { ...openingFor('amend', 9), replacement: { issuer: 'school', batch: pointer.batch, leaf: ZERO } };
  const entry = { ...one, status: 'superseded' as const, commitment: commitment(replaced) };
  assert.deepEqual(ask(sealedWith(entry), jwt, { entry, openings: [replaced] }).opening, replaced);
});

test('a history that is none', () => {
  const receipt = { proof: prove(sealedBy(issuer)), index: 0, path: [], status: undefined };
  const bundle = writeBundle({ credential: `${jwt}~`, receipt, openings, history: [one], evidence: [], definitions: [] });
  assert.deepEqual(readBundle(bundle).history, [one]);
  assert.deepEqual(present(bundle, []), bundle);
  const members = JSON.parse(new TextDecoder().decode(bundle)) as Record<string, unknown>;
  const code = (given: Record<string, unknown>) => codeOf(() => readBundle(toUtf8(JSON.stringify({ ...members, ...given }))));
  const encoded = toBase64url(encode(statusEntry, one));
  assert.equal(code({ history: [] }), undefined);
  assert.equal(code({ history: undefined }), undefined);
  assert.equal(code({ history: Array(16).fill(encoded) }), undefined);
  assert.equal(code({ history: Array(17).fill(encoded) }), 'history-malformed');
  for (const wrong of [null, encoded, [1], {}]) assert.equal(code({ history: wrong }), 'not-a-bundle');
  for (const wrong of ['', '=', encoded.slice(0, -4), `${encoded}AAAA`]) assert.equal(code({ history: [wrong] }), 'history-malformed');
  // In the order of FORMATS §14.
  assert.equal(code({ history: Array(17).fill(encoded), openings: Array(17).fill('') }), 'opening-malformed');
  assert.equal(code({ history: Array(17).fill(encoded), receipt: '=' }), 'history-malformed');
  assert.equal(code({ history: [''], openings: [''] }), 'opening-malformed');
  assert.equal(code({ history: [''], receipt: '' }), 'receipt-malformed');
});
