import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LedgerClient } from '@sogoc/light-client';
import { takeAnchor } from '../src/anchor.js';
import { check } from '../src/check.js';
import { adviceText, isGenuine } from '../src/finding.js';
import { DICTIONARIES } from '../src/i18n.js';
import { anchor, bundleVector, incoming, readJson } from './repository.js';

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
  assert.equal(adviceText(found, DICTIONARIES.en), DICTIONARIES.en.remedies['give-anchor']);
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

test('a trust anchor file is taken, a damaged one is not', () => {
  const { checkpoint_files: files } = readJson<{ checkpoint_files: { file: string }[] }>('docs/vectors/bundles.json');
  const file = files[0]?.file ?? '';
  assert.equal(takeAnchor(new TextEncoder().encode(file))?.hash, (JSON.parse(file) as { hash: string }).hash);
  assert.equal(takeAnchor(new TextEncoder().encode(file.replace(/"height": \d+/, '"height": 77'))), undefined);
});
