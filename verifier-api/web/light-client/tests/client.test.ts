import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { hex, toUtf8 } from '../src/bytes.js';
import { readBundle, writeBundle } from '../src/bundle.js';
import { decode, encode, u32 } from '../src/codec.js';
import { ancestry, checkpoint as checkpointType, header as headerType } from '../src/formats.js';
import { headerHash } from '../src/hash.js';
import { LedgerClient, LedgerError, checkOnline, decodeCheckpoint } from '../src/index.js';
import type { Checkpoint, Hash, OnlineQuestion } from '../src/index.js';
import { leafHash, rootOf } from '../src/merkle.js';
import { decodeReceipt } from '../src/receipt.js';
import { readDocument } from '../src/sdjwt.js';
import * as ledger from './ledger-formats.js';
import { vectors } from './support.js';

const chain = vectors('chain.json');
const documents = vectors('documents.json').at('documents').list();
const NOW = 1_782_864_000_000n;
const BINARY = 'application/vnd.sogoc';

const statuses = (name: string): Uint8Array => chain.at('statuses').at(name).bytes();
const checkpoint = (name: string): Checkpoint => decodeCheckpoint(chain.at('checkpoints').at(name).bytes());

function bundle(document: number, receipt: string): Uint8Array {
  const credential = documents[document]?.at('sd_jwt').text() ?? assert.fail();
  return writeBundle({ credential, receipt: decodeReceipt(chain.at('receipts').at(receipt).bytes()), openings: [], history: [], evidence: [], definitions: [] });
}

type Reply = { status?: number; type?: string; headers?: Record<string, string>; body: Uint8Array } | 'silence';
type Routes = Record<string, Reply>;

/** A server that knows these routes and notes what it is asked. */
async function served<T>(routes: Routes, use: (client: LedgerClient, asked: string[]) => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.url} ${request.headers.accept}`);
    const reply = routes[request.url ?? ''] ?? problem(404, 'unknown-route');
    if (reply === 'silence') return;
    response.writeHead(reply.status ?? 200, { 'Content-Type': reply.type ?? BINARY, ...reply.headers });
    response.end(reply.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    return await use(new LedgerClient(`http://127.0.0.1:${port}`, { timeoutMs: 5000 }), asked);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

function problem(status: number, code: string): Reply {
  const body = { type: `urn:sogoc:problem:${code}`, code, status, title: code, detail: 'In English.', detail_vi: 'Tiếng Việt.' };
  return { status, type: 'application/problem+json', headers: { 'Retry-After': '3' }, body: toUtf8(JSON.stringify(body)) };
}

function pack(...values: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [...encode(u32, value.length), ...value]));
}

async function refusal(made: Promise<unknown>): Promise<LedgerError> {
  try {
    await made;
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
  return assert.fail('it was answered');
}

const pointer = { chain: 'hcmc-mau', issuer: 'thcs-mau-1', batch: '0a'.repeat(16) };
const PERIOD = '/v1/issuers/thcs-mau-1/periods/2025-2026/statuses?since=0';
const other = ((): Uint8Array => {
  // The statuses of another batch of the period, as far as anybody looks at them who seeks the first.
  const bytes = statuses('a@4');
  bytes.set(new Uint8Array(16).fill(0x0e), 1);
  return bytes;
})();
/** Two pages of the period, the second with what is sought. */
const pages = (found: Uint8Array): Routes => ({
  [PERIOD]: { headers: { Link: `<${PERIOD}&after=x>; rel="next"` }, body: pack(other) },
  [`${PERIOD}&after=x`]: { headers: { Link: `<${PERIOD}&after=y>; title="a"; rel=next` }, body: pack(found, other) },
  [`${PERIOD}&after=y`]: { body: new Uint8Array() },
});

test('client: a checkpoint, a header, the chain', async () => {
  const latest = checkpoint('height 4');
  const info = {
    chain: 'hcmc-mau', genesis: 'ab', height: 4, hash: 'cd', time: 1, state_root: '', leaves: 12, validators: 4, peers: 3.5,
    ready: true, version: '0.1.0',
  };
  await served({
    '/v1/checkpoints/latest': { body: encode(checkpointType, latest) },
    '/v1/checkpoints/2': { body: encode(checkpointType, checkpoint('height 2')) },
    '/v1/headers/4': { body: encode(headerType, latest.header) },
    '/v1/chain': { type: 'application/json', body: toUtf8(JSON.stringify(info)) },
  }, async (client, asked) => {
    assert.deepEqual(await client.checkpoint('latest'), latest);
    assert.equal((await client.checkpoint(2n)).header.height, 2n);
    assert.deepEqual(await client.header(4n), latest.header);
    const { height, leaves, ready } = await client.chain();
    assert.deepEqual([height, leaves, ready], [4n, 12n, true]);
    assert.deepEqual(asked.slice(-1), ['/v1/chain application/json']);
  });
});

test('client: a large batch is asked for itself, a small one only with its whole period', async () => {
  await served({
    ...pages(statuses('a@4')),
    [`/v1/batches/thcs-mau-1/${pointer.batch}/statuses?since=3`]: { body: Uint8Array.of(1, 2, 3) },
  }, async (client, asked) => {
    assert.deepEqual(await client.statusesFor({ pointer, size: 20, period: '2025-2026', since: 3n }), Uint8Array.of(1, 2, 3));
    assert.equal(asked.length, 1);
    const found = await client.statusesFor({ pointer, size: 19, period: '2025-2026', since: 0n });
    assert.equal(hex(found), hex(statuses('a@4')));
    assert.equal(asked.length, 4);
    assert.ok(asked.slice(1).every((line) => !line.includes(pointer.batch)));
  });
});

test('client: what is no answer', async () => {
  const request = { pointer, size: 3, period: '2025-2026', since: 0n };
  await served({
    '/v1/checkpoints/1': problem(404, 'unknown-height'),
    '/v1/checkpoints/2': { status: 500, type: 'text/html', body: toUtf8('<html>') },
    '/v1/checkpoints/3': { body: new Uint8Array(16 * 1024 + 1) },
    '/v1/checkpoints/4': { body: Uint8Array.of(1) },
    '/v1/checkpoints/5': { status: 302, headers: { Location: '/v1/checkpoints/4' }, body: new Uint8Array() },
    '/v1/chain': { type: 'application/json', body: toUtf8('[]') },
    [PERIOD]: { body: pack(other) },
    '/v1/issuers/thcs-mau-1/periods/p/statuses?since=0': { body: Uint8Array.of(0, 0, 0, 9, 1) },
    '/v1/issuers/thcs-mau-1/periods/q/statuses?since=0': {
      headers: { Link: '<http://elsewhere.example/v1/>; rel="next"' }, body: new Uint8Array(),
    },
  }, async (client) => {
    const unknown = await refusal(client.checkpoint(1n));
    assert.deepEqual(
      [unknown.code, unknown.status, unknown.detail, unknown.detailVi, unknown.retryAfter],
      ['unknown-height', 404, 'In English.', 'Tiếng Việt.', 3],
    );
    const codes = async (made: Promise<unknown>): Promise<string> => (await refusal(made)).code;
    assert.equal(await codes(client.checkpoint(2n)), 'not-understood');
    assert.equal(await codes(client.checkpoint(3n)), 'too-large');
    assert.equal(await codes(client.checkpoint(4n)), 'not-understood');
    assert.equal(await codes(client.checkpoint(5n)), 'unreachable');
    assert.equal(await codes(client.chain()), 'not-understood');
    assert.equal(await codes(client.statusesFor(request)), 'not-in-period');
    assert.equal(await codes(client.statusesFor({ ...request, period: 'p' })), 'not-understood');
    assert.equal(await codes(client.statusesFor({ ...request, period: 'q' })), 'not-understood');
    assert.equal(await codes(client.statusesFor({ ...request, period: '..' })), 'cannot-ask');
  });
});

test('client: silence, and one who does not want to wait', async () => {
  const silent: typeof fetch = (_, init) => new Promise((_answer, fail) => {
    init?.signal?.addEventListener('abort', () => fail(new Error('aborted')));
    if (init?.signal?.aborted === true) fail(new Error('aborted'));
  });
  assert.equal((await refusal(new LedgerClient('http://a.example', { fetch: silent, timeoutMs: 1 }).chain())).code, 'timed-out');
  const signal = AbortSignal.abort();
  assert.equal((await refusal(new LedgerClient('http://a.example', { fetch: silent, signal }).chain())).code, 'aborted');
});

test('client: an address with a path, and a period with any letters', async () => {
  const asked: string[] = [];
  const nobody: typeof fetch = (input) => {
    asked.push(String(input));
    return Promise.reject(new Error('offline'));
  };
  const client = new LedgerClient('https://a.example/ledger', { fetch: nobody });
  await refusal(client.statusesFor({ pointer, size: 1, period: 'HK I/2025?', since: 7n }));
  assert.deepEqual(asked, ['https://a.example/ledger/v1/issuers/thcs-mau-1/periods/HK%20I%2F2025%3F/statuses?since=7']);
});

const question = (document: number, receipt: string, anchor = 'genesis'): OnlineQuestion => (
  { bundle: bundle(document, receipt), checkpoint: checkpoint(anchor), now: NOW }
);

test('online: the newest status decides', async () => {
  await served(pages(statuses('a@4')), async (client, asked) => {
    const valid = await checkOnline(question(0, 'first@2'), client);
    assert.equal(valid.report.verdict, 'valid');
    assert.equal(valid.report.status?.asOfHeight, 4n);
    assert.deepEqual(valid.fetched, [{ what: 'statuses', outcome: 'used' }]);
    const revoked = await checkOnline(question(1, 'second@1'), client);
    assert.equal(revoked.report.verdict, 'revoked');
    const leaves = documents.map((document) => document.at('leaf').text());
    for (const line of asked) {
      assert.match(line, /^\/v1\/issuers\/thcs-mau-1\/periods\/2025-2026\/statuses\?since=0(&after=[xy])? application\/vnd\.sogoc$/);
      assert.ok(leaves.every((leaf) => !line.includes(leaf)));
    }
  });
});

test('online: without a server the receipt decides, and the report says so', async () => {
  const nobody = new LedgerClient('http://a.example', { fetch: () => Promise.reject(new Error('offline')) });
  const { report, fetched } = await checkOnline(question(0, 'first@2'), nobody);
  assert.equal(report.verdict, 'valid');
  assert.equal(report.status?.fresh, false);
  assert.equal(fetched[0]?.error?.code, 'unreachable');
  const old = await checkOnline(question(0, 'first@1', 'height 4'), nobody);
  assert.equal(old.report.verdict, 'cannot-check');
  assert.deepEqual(old.fetched.map(({ what, outcome }) => [what, outcome]), [['ancestry', 'not-fetched']]);
});

test('online: a server that lies decides nothing', async () => {
  const lie = statuses('a@4');
  lie[lie.length - 1] = (lie[lie.length - 1] as number) ^ 1;
  await served(pages(lie), async (client) => {
    const { report, fetched } = await checkOnline(question(0, 'first@2'), client);
    assert.equal(report.verdict, 'valid');
    assert.equal(report.status?.fresh, false);
    assert.deepEqual(fetched, [{ what: 'statuses', outcome: 'refused', code: 'wrong-status' }]);
  });
});

test('online: nothing is asked of a file that no server could help', async () => {
  await served({}, async (client, asked) => {
    const file = await checkOnline({ ...question(0, 'first@2'), bundle: toUtf8('a photo') }, client);
    assert.equal(file.report.error, 'not-a-bundle');
    const wrong = await checkOnline(question(1, 'first@2'), client);
    assert.equal(wrong.report.verdict, 'invalid');
    assert.deepEqual([...file.fetched, ...wrong.fetched, ...asked], []);
  });
});

const refreshed = readBundle(toUtf8(
  vectors('bundles.json').at('vectors').list()
    .find((vector) => vector.at('description').text() === 'refreshed for a newer checkpoint')?.at('bundle').text() ?? '',
)).receipt.proof.finality;
const path = encode(ancestry, refreshed.variant === 'Ancestor' ? refreshed.ancestry : assert.fail());

test('online: a receipt older than the checkpoint is refreshed', async () => {
  const route = '/v1/ancestry/1?checkpoint=4';
  await served({ [route]: { body: path } }, async (client, asked) => {
    const { report, fetched, bundle: kept } = await checkOnline(question(0, 'first@1', 'height 4'), client);
    assert.equal(report.verdict, 'valid');
    assert.equal(fetched[0]?.outcome, 'used');
    assert.equal(asked[0], `${route} ${BINARY}`);
    assert.equal(readBundle(kept).receipt.proof.finality.variant, 'Ancestor');
    assert.equal(readDocument(readBundle(kept).credential).date, report.document?.date);
  });
});

test('online: a false ancestry leaves the verdict open', async () => {
  const wrong = { ...decode(ancestry, path), path: decode(ancestry, path).path.map((hash) => hash.map((byte) => byte ^ 1)) };
  const header = decodeReceipt(chain.at('receipts').at('first@1').bytes()).proof.header;
  await served({
    '/v1/ancestry/1?checkpoint=4': { body: encode(ancestry, wrong) },
    '/v1/headers/1': { body: encode(headerType, header) },
  }, async (client) => {
    const { report, fetched } = await checkOnline(question(0, 'first@1', 'height 4'), client);
    assert.equal(report.verdict, 'cannot-check');
    assert.deepEqual(fetched, [{ what: 'ancestry', outcome: 'refused', code: 'not-an-ancestor' }]);
  });
});

test('online: another header of that height in the ledger makes the document invalid', async () => {
  const founding = checkpoint('genesis').header;
  const blocks = chain.at('blocks').list().map((block) => decode(ledger.block, block.at('block').bytes()).header);
  const [zero, one, two, three] = [founding, ...blocks].map((header) => leafHash(headerHash(header))) as [Hash, Hash, Hash, Hash];
  const asked = question(0, 'changing@2', 'height 4');
  await served({
    '/v1/ancestry/2?checkpoint=4': { body: encode(ancestry, { checkpoint: 4n, path: [three, rootOf([zero, one])] }) },
    '/v1/headers/2': { body: encode(headerType, blocks[1] ?? assert.fail()) },
  }, async (client) => {
    const { report, fetched } = await checkOnline(asked, client);
    assert.equal(report.verdict, 'invalid');
    assert.equal(report.checks.find(({ check }) => check === 'final')?.code, 'not-an-ancestor');
    assert.deepEqual(fetched, [{ what: 'ancestry', outcome: 'used' }]);
  });
  // A header of another height, with its own path, shows nothing of this one.
  await served({
    '/v1/ancestry/2?checkpoint=4': { body: encode(ancestry, { checkpoint: 4n, path: [one, rootOf([two, three])] }) },
    '/v1/headers/2': { body: encode(headerType, founding) },
  }, async (client) => {
    assert.equal((await checkOnline(asked, client)).report.verdict, 'cannot-check');
  });
});
