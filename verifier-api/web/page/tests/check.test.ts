import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LedgerClient, verify } from '@sogoc/light-client';
import { takeAnchor } from '../src/anchor.js';
import { check } from '../src/check.js';
import {
  adviceText, holderName, isGenuine, issuerName, originalText, provenanceText, reasonOf, reasonText, statusText, verdictText, type Finding,
} from '../src/finding.js';
import { DICTIONARIES } from '../src/i18n.js';
import { anchor, bundleVector, incoming, readJson } from './repository.js';

const { en, vi } = DICTIONARIES;
const vector = bundleVector('in force, against genesis');
const answering = (answer: () => Response | Promise<Response>): LedgerClient =>
  new LedgerClient('http://node.invalid', { fetch: async () => answer() });
const problem = (status: number, code: string): Response => new Response(JSON.stringify({ code }), { status });

const finding = (client: LedgerClient | undefined, name = vector.description) => {
  const { bundle, checkpoint } = bundleVector(name);
  return check(incoming('a.sogoc', bundle), { anchor: anchor(checkpoint), client }, undefined);
};

test('offline, the status is the receipt\'s and it says why', async () => {
  const { shown, stale, code, report } = await finding(undefined);
  assert.deepEqual([shown, stale, code, report?.status?.fresh], ['valid', 'offline', undefined, false]);
});

test('a server that is not there decides nothing', async () => {
  const { shown, stale, staleCode } = await finding(answering(() => Promise.reject(new TypeError('no route'))));
  assert.deepEqual([shown, stale, staleCode], ['valid', 'unreachable', 'unreachable']);
});

test('a server that refuses decides nothing, and its code is shown', async () => {
  const { shown, stale, staleCode } = await finding(answering(() => problem(503, 'busy')));
  assert.deepEqual([shown, stale, staleCode], ['valid', 'no-answer', 'busy']);
});

test('a server that answers nonsense decides nothing', async () => {
  const { shown, report } = await finding(answering(() => new Response('<html>')));
  assert.deepEqual([shown, report?.status?.fresh], ['valid', false]);
});

test('without a trust anchor nothing can be checked, and nothing is called invalid', async () => {
  const found = await check(incoming('a.sogoc', vector.bundle), { anchor: undefined, client: undefined }, undefined);
  assert.deepEqual([found.shown, found.code], ['cannot-check', 'no-anchor']);
  assert.equal(adviceText(found, DICTIONARIES.en), en.remedies['give-anchor']);
});

test('a document of another network cannot be checked', async () => {
  const other = { anchor: anchor('genesis'), client: undefined };
  const { chain } = { chain: other.anchor.checkpoint.header.chain };
  const header = { ...other.anchor.checkpoint.header, chain: `${chain}-khac` };
  const changed = { ...other.anchor, checkpoint: { ...other.anchor.checkpoint, header } };
  const found = await check(incoming('a.sogoc', vector.bundle), { ...other, anchor: changed }, undefined);
  assert.deepEqual([found.shown, found.code], ['cannot-check', 'other-chain']);
});

test('what is no document is never called invalid, and is told from a damaged one', async () => {
  const photo = await check({ name: 'a.jpg', sniffed: 'image', bytes: undefined, file: undefined }, { anchor: undefined, client: undefined }, undefined);
  assert.deepEqual([photo.shown, photo.kind], ['not-a-document', 'image']);
  const cut = await finding(undefined, 'not JSON');
  assert.deepEqual([cut.shown, cut.code, cut.kind], ['not-a-document', 'not-a-bundle', 'truncated']);
  const newer = await finding(undefined, 'format 256');
  assert.deepEqual([newer.shown, newer.code], ['cannot-check', 'bundle-unknown-format']);
  const broken = await finding(undefined, 'a receipt of nothing');
  assert.deepEqual([broken.shown, broken.code], ['invalid', 'receipt-malformed']);
});

test('only a document whose proof holds counts as genuine', async () => {
  for (const [name, genuine] of [[vector.description, true], ['revoked', true], ['a damaged document', false]] as const) {
    const { report } = await finding(undefined, name);
    assert.equal(report !== undefined && isGenuine(report), genuine, name);
  }
});

test('whose document it is, is said only of a genuine one that shows it', async () => {
  const named = async (name: string): Promise<string | undefined> => holderName((await finding(undefined, name)).report);
  assert.match(await named(vector.description) ?? '', /\p{Lu}/u);
  assert.equal(await named('a damaged document'), undefined);
  assert.equal(await named('with its original'), undefined);
});

/** The finding as of the vector's own time. */
async function then(name: string, original?: Uint8Array): Promise<Finding> {
  const { bundle, checkpoint, now } = bundleVector(name);
  const report = verify({
    bundle: new TextEncoder().encode(bundle), checkpoint: anchor(checkpoint).checkpoint, now: BigInt(now), original,
  });
  const compared = original && { name: 'b.pdf', bytes: original };
  return { ...(await finding(undefined, name)), report, shown: report.verdict, code: reasonOf(report), original: compared };
}

test('of a genuine document that is not valid, it is said that it is genuine, and never that it is in force', async () => {
  for (const [found, code] of [[await then('expires now'), 'expired'], [await then('with its original', new Uint8Array(1)), 'other-file']] as const) {
    assert.deepEqual([found.shown, found.code], ['invalid', code]);
    assert.equal(verdictText(found, en), en.genuineBut[code]);
    assert.ok(statusText(found, en)?.startsWith(en.notRevoked));
    assert.equal(originalText(found, en), undefined);
  }
  const forged = await finding(undefined, 'a damaged document');
  assert.equal(verdictText(forged, en), en.verdicts[forged.shown].says);
});

test('what a successor sealed says who sealed it, and that it was digitised', async () => {
  const { shown, report } = await then('sealed by a successor of the issuer that it names');
  assert.ok(report?.proven);
  const { namedIssuer, sealingIssuer } = report.proven;
  assert.deepEqual([shown, namedIssuer.id === sealingIssuer.id], ['valid', false]);
  for (const t of [vi, en]) {
    const said = provenanceText(report, t);
    assert.ok(said.includes(issuerName(sealingIssuer, t)) && said.endsWith(t.facts.digitised), said);
  }
  assert.equal(provenanceText((await then(vector.description)).report ?? assert.fail(), en), '');
});

test('a document whose key is suspended is never said to be in force', async () => {
  const found = await then('sealed with a key that is held');
  assert.deepEqual([found.shown, found.code, found.report?.status?.status], ['suspended', 'key-suspended', 'valid']);
  for (const t of [vi, en]) {
    assert.ok(statusText(found, t)?.startsWith(t.statuses.suspended));
    assert.equal(reasonText(found, t), t.reasons['key-suspended']);
    assert.equal(adviceText(found, t), t.remedies.wait);
  }
  const revoked = await then('revoked, and its key is suspended');
  assert.ok(statusText(revoked, en)?.startsWith(en.statuses.revoked));
});

test('a valid document that seals a file says whether the file was compared', async () => {
  const name = 'with its original';
  assert.equal(originalText(await then(name), en), en.original.wanted);
  const { original } = bundleVector(name);
  assert.equal(originalText(await then(name, Uint8Array.from(Buffer.from(original ?? '', 'hex'))), en), en.original.is('b.pdf'));
  assert.equal(originalText(await then('an original, and no digest shown'), en), en.reasons['no-file-digest']);
  assert.equal(originalText(await then(vector.description), en), undefined);
  // Another digest is not the one that files are compared with.
  const found = await then(name);
  const { report } = found;
  assert.ok(report?.document);
  const claims = report.document.claims.map((claim) => ({ ...claim, path: claim.path.replace('file_digest', 'scan') }));
  assert.equal(originalText({ ...found, report: { ...report, document: { ...report.document, claims } } }, en), undefined);
});

test('a trust anchor file is taken, a damaged one is not', () => {
  const { checkpoint_files: files } = readJson<{ checkpoint_files: { file: string }[] }>('docs/vectors/bundles.json');
  const file = files[0]?.file ?? '';
  assert.equal(takeAnchor(new TextEncoder().encode(file))?.hash, (JSON.parse(file) as { hash: string }).hash);
  assert.equal(takeAnchor(new TextEncoder().encode(file.replace(/"height": \d+/, '"height": 77'))), undefined);
});
