// Puts the questions of `mutants` (credential/examples) to the TypeScript client and holds its answers to those that
// they come with: verdict, every check with its outcome and code, status, time of the status, its history, checkpoint, and
// why fresh statuses were left aside. Reads standard input; each kind of mutant is one test, and so is each code that a verifier
// may give: a code that no mutant reaches is not tested at all.
//
//   mutants COUNT SEED | node compare.mjs DIST [1]
//
// DIST: the directory of the built client.
// 1: enough cases that every code must have been reached.

import { isDeepStrictEqual } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const WORKERS = 2;
/** Batches of lines that a worker may have waiting. */
const WAITING = 2;
/** Differences that are shown in full, for each kind. */
const SHOWN = 2;

/** What each check may end with (FORMATS §11, §13, §15), and what may stand in its place. */
const JSON_CODES = 'base64-not-canonical json-malformed json-duplicate-member json-too-deep';
const RECEIPT_CODES = 'other-chain other-batch wrong-state not-final wrong-validators not-an-ancestor needs-refresh wrong-status';
const CODES = {
  error: 'checkpoint bundle-too-large not-a-bundle bundle-unknown-format opening-malformed history-malformed evidence-malformed ' +
    'definition-malformed definition-unknown-format receipt-malformed receipt-unknown-format',
  integrity:
    `document-too-large document-malformed ${JSON_CODES} header-malformed algorithm-unsupported key-malformed ` +
    'hash-unsupported envelope-malformed type-unknown schema-version-unknown',
  disclosures:
    `document-too-large ${JSON_CODES} digest-duplicate digest-malformed disclosure-malformed disclosure-unreferenced ` +
    'claim-reserved claim-clash claim-not-of-schema',
  'issuer-signature': 'issuer-signature-invalid',
  'on-ledger': 'pointer-malformed other-chain other-batch wrong-state not-in-batch record-differs definition-differs definition-missing',
  final: 'not-final wrong-validators not-an-ancestor needs-refresh',
  'issuer-entitled': 'date-malformed not-a-successor not-entitled',
  status: 'wrong-status revoked superseded suspended key-suspended status-too-old',
  expiry: 'expired',
  'holder-binding':
    'holder-binding-missing holder-key-missing holder-binding-malformed algorithm-unsupported holder-hash-differs ' +
    'holder-signature-invalid holder-audience-differs holder-nonce-differs holder-binding-in-future holder-binding-expired',
  original: 'no-file-digest other-file',
  // `other-chain` ends the verification of the receipt before statuses are looked at.
  'fresh-refused': `receipt-malformed receipt-unknown-format ${RECEIPT_CODES.replace('other-chain ', '')} record-differs`,
  verdict: 'valid invalid revoked superseded suspended cannot-check',
  // FORMATS §22; `bound` if all of it holds.
  certificate:
    'bound bad-roots binding-too-large binding-malformed binding-not-admitted binding-weak-hash binding-weak-key ' +
    'binding-unknown-algorithm binding-no-certificate binding-other-statement binding-signature-wrong binding-path-broken ' +
    'binding-path-too-long binding-not-an-authority binding-unknown-root binding-root-out-of-window binding-expired ' +
    'binding-not-yet-valid binding-unknown-extension binding-not-for-signing binding-signed-by-authority ' +
    'binding-other-organisation',
};
const CANNOT_CHECK = ['bundle-unknown-format', 'definition-unknown-format', 'receipt-unknown-format'];

const bytes = (text) => text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'base64url'));
const big = (number) => number === undefined ? undefined : BigInt(number);
/** As `mutants` writes integers. */
const exact = (number) => Number.isSafeInteger(Number(number)) ? Number(number) : String(number);

/** The client's answer in the form of `mutants`. */
function answer(client, question) {
  let checkpoint;
  try {
    checkpoint = client.decodeCheckpoint(bytes(question.checkpoint));
  } catch (error) {
    if (error instanceof client.Refusal) return { error: 'checkpoint' };
    throw error;
  }
  const { holder } = question;
  const roots = rootsOf(client, bytes(question.roots));
  const report = client.verify({
    bundle: bytes(question.bundle),
    checkpoint,
    fresh: bytes(question.fresh),
    now: big(question.now),
    maxAgeMs: big(question.max_age_ms),
    holder: holder && {
      audience: holder.audience,
      nonce: holder.nonce,
      nowSeconds: big(holder.now),
      maxAgeSeconds: big(holder.max_age_seconds),
    },
    original: bytes(question.original),
    roots: roots === 'bad-roots' ? undefined : roots,
  });
  if (report.error !== undefined) {
    const verdict = CANNOT_CHECK.includes(report.error) ? 'cannot-check' : 'invalid';
    const alone = report.verdict === verdict && report.checks.length === 0;
    return { error: alone ? report.error : `${report.error}, with the verdict ${report.verdict}` };
  }
  const { status, anchor, opening, history } = report;
  return {
    verdict: report.verdict,
    checks: report.checks.map(({ check, outcome, code }) => code === undefined ? [check, outcome] : [check, outcome, code]),
    status: status === undefined ? null : {
      status: status.status,
      index: status.index,
      height: exact(status.height),
      time: exact(status.time),
      as_of: exact(status.asOf),
      as_of_height: exact(status.asOfHeight),
      fresh: status.fresh,
      key_suspended: status.keySuspended,
    },
    anchor: anchor === undefined ? null : {
      genesis: anchor.genesis,
      height: exact(anchor.height),
      time: exact(anchor.time),
      hash: anchor.hash,
    },
    correction: opening?.correction ?? null,
    ground: opening?.ground ?? null,
    history: history?.map(({ entry, opening: behind }) => [entry.status, exact(entry.height), behind?.ground ?? null]) ?? null,
    binding: roots === 'bad-roots' ? roots : bindingOf(report.binding),
    fresh_refused: report.freshRefused ?? null,
  };
}

function rootsOf(client, file) {
  try {
    return file && client.readRoots(file);
  } catch (error) {
    if (error instanceof client.Refusal) return error.code;
    throw error;
  }
}

function bindingOf(binding) {
  if (binding === undefined) return null;
  if (binding.refused !== undefined) {
    const { code, cannotCheck, detail } = binding.refused;
    return [code, cannotCheck, detail ?? null];
  }
  const { validFrom, validUntil, signedAt, ...bound } = binding.bound;
  const signed = signedAt === undefined ? null : exact(signedAt);
  return { ...bound, valid_from: exact(validFrom), valid_until: exact(validUntil), signed_at: signed };
}

/** What a report reached, as `check code`. */
function reached(report) {
  if (report.error !== undefined) return [`error ${report.error}`];
  const found = report.checks.filter((check) => check.length === 3).map(([check, , code]) => `${check} ${code}`);
  const { binding } = report;
  if (binding !== null) found.push(`certificate ${binding === 'bad-roots' ? binding : Array.isArray(binding) ? binding[0] : 'bound'}`);
  if (report.fresh_refused !== null) found.push(`fresh-refused ${report.fresh_refused}`);
  return [...found, `verdict ${report.verdict}`];
}

async function work() {
  const [verifier, binding] = await Promise.all(['index.js', 'binding/index.js'].map((file) => import(new URL(file, workerData.client))));
  const client = { ...verifier, ...binding };
  parentPort.on('message', (lines) => {
    const results = [];
    for (const line of Buffer.from(lines).toString('utf8').split('\n')) {
      if (line === '') continue;
      const question = JSON.parse(line);
      const expected = question.report;
      const start = process.hrtime.bigint();
      let found;
      try {
        found = answer(client, question);
      } catch (error) {
        found = { thrown: String(error?.stack ?? error) };
      }
      const ms = Number(process.hrtime.bigint() - start) / 1e6;
      const same = isDeepStrictEqual(found, expected);
      const result = { n: question.n, kind: question.kind, ms, same, reached: reached(expected) };
      results.push(same ? result : { ...result, expected, found });
    }
    parentPort.postMessage(results);
  });
}

/** Whole lines of standard input, shared among workers that are not behind. */
async function ask(client, take) {
  const idle = [];
  let wake = () => {};
  const workers = Array.from({ length: WORKERS }, () => new Worker(new URL(import.meta.url), { workerData: { client } }));
  const ends = workers.map((worker) => new Promise((resolve, reject) => {
    worker.on('exit', resolve);
    worker.on('error', reject);
    worker.on('message', (results) => {
      take(results);
      idle.push(worker);
      wake();
    });
    for (let slot = 0; slot < WAITING; slot += 1) idle.push(worker);
  }));
  const failed = Promise.all(ends);
  failed.catch(() => wake());
  const free = async () => {
    while (idle.length === 0) await Promise.race([failed, new Promise((resolve) => { wake = resolve; })]);
    return idle.shift();
  };
  let rest = Buffer.alloc(0);
  const give = async (lines) => {
    const copy = new Uint8Array(lines);
    (await free()).postMessage(copy, [copy.buffer]);
  };
  for await (const chunk of process.stdin) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = all.lastIndexOf(10) + 1;
    rest = all.subarray(end);
    if (end > 0) await give(all.subarray(0, end));
  }
  if (rest.length > 0) throw new Error('standard input ends within a line');
  while (idle.length < WORKERS * WAITING) {
    await Promise.race([failed, new Promise((resolve) => { wake = resolve; })]);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
}

async function main() {
  const [client, full] = process.argv.slice(2);
  const start = Date.now();
  const kinds = new Map();
  const counts = new Map();
  const unknown = [];
  const known = new Set(Object.entries(CODES).flatMap(([check, codes]) => codes.split(' ').map((code) => `${check} ${code}`)));
  await ask(new URL(`${client}/`, `file://${process.cwd()}/`).href, (results) => {
    for (const { n, kind, ms, same, reached: found, expected, found: got } of results) {
      const tally = kinds.get(kind) ?? { cases: 0, ms: 0, most: 0, different: 0, verdicts: new Map(), ends: new Set() };
      kinds.set(kind, tally);
      tally.cases += 1;
      tally.ms += ms;
      tally.most = Math.max(tally.most, ms);
      for (const code of found) {
        counts.set(code, (counts.get(code) ?? 0) + 1);
        if (!known.has(code) && !unknown.includes(code)) unknown.push(code);
        if (!code.startsWith('verdict ')) tally.ends.add(code);
      }
      const verdict = found.find((code) => code.startsWith('verdict '))?.slice(8) ?? 'no report';
      tally.verdicts.set(verdict, (tally.verdicts.get(verdict) ?? 0) + 1);
      if (same) continue;
      tally.different += 1;
      if (tally.different <= SHOWN) {
        console.log(`DIFFERENT: case ${n}, ${kind}\n  mutants ${JSON.stringify(expected)}\n  client  ${JSON.stringify(got)}`);
      }
    }
  });

  const columns = ['valid', 'invalid', 'revoked', 'superseded', 'suspended', 'cannot-check', 'no report'];
  const row = (cells) => console.log(cells.map((cell, at) => at === 0 ? String(cell).padEnd(20) : String(cell).padStart(13)).join(''));
  row(['kind', 'cases', ...columns, 'ends', 'ms each', 'ms at most', 'different']);
  for (const [kind, { cases, ms, most, different, verdicts, ends }] of [...kinds].sort(([a], [b]) => a < b ? -1 : 1)) {
    row([kind, cases, ...columns.map((verdict) => verdicts.get(verdict) ?? 0), ends.size, (ms / cases).toFixed(2), most.toFixed(0), different]);
  }
  console.log();
  for (const code of known) row([code.padEnd(45), counts.get(code) ?? 0]);

  const total = [...kinds.values()].reduce((sum, { cases }) => sum + cases, 0);
  const wrong = [...kinds].filter(([, { different }]) => different > 0);
  const missing = [...known].filter((code) => !counts.has(code));
  console.log(`\n${total} questions in ${((Date.now() - start) / 1000).toFixed(0)} s`);
  for (const [kind, { different, cases }] of wrong) console.log(`FAILED: ${kind}: ${different} of ${cases} answers differ`);
  for (const code of unknown) console.log(`FAILED: ${code} is no code of FORMATS`);
  let passed = kinds.size - wrong.length;
  let failed = wrong.length + unknown.length;
  if (full === '1') {
    for (const code of missing) console.log(`FAILED: no mutant reaches ${code}`);
    passed += known.size - missing.length;
    failed += missing.length;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || total === 0 ? 1 : 0;
}

await (isMainThread ? main() : work());
