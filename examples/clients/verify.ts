/**
 * Verifies learners' files on this machine: nobody sees them.
 *
 *     node verify.js ANCHOR.json FILE.sogoc…               offline: as of the receipt
 *     NODE_URL=https://… node verify.js ANCHOR.json FILE…   with the present status; the node learns batches, not documents
 *
 * Exit code 0 if all are valid, 1 if some are not, 2 if some could not be checked. The anchor is the file that the
 * Department publishes (`sogoc checkpoint export`).
 *
 *     npm install @sogoc/light-client typescript @types/node
 *     npx tsc --strict --module nodenext --target es2022 verify.ts
 */
import { readFileSync } from 'node:fs';
import { LedgerClient, checkOnline, readCheckpoint, verify } from '@sogoc/light-client';
import type { Claim, Report } from '@sogoc/light-client';

/** The oldest status that will do when a node is asked: a day. */
const MAX_AGE_MS = 86_400_000n;

const [anchor, ...files] = process.argv.slice(2);
if (anchor === undefined || files.length === 0) throw new Error('node verify.js ANCHOR.json FILE.sogoc…');
const checkpoint = readCheckpoint(readFileSync(anchor));
const node = process.env['NODE_URL'];

async function check(file: string): Promise<Report> {
  const question = { bundle: readFileSync(file), checkpoint, now: BigInt(Date.now()) };
  if (node === undefined) return verify(question);
  const { report } = await checkOnline({ ...question, maxAgeMs: MAX_AGE_MS }, new LedgerClient(node));
  return report;
}

/** The values that a document shows, by their paths. */
function* shown(claims: readonly Claim[]): Generator<[string, string]> {
  for (const { path, value, members } of claims) {
    if (value !== undefined) yield [path, value];
    if (members !== undefined) yield* shown(members);
  }
}

const verdicts = new Set<string>();
for (const file of files) {
  const report = await check(file);
  verdicts.add(report.verdict);
  const why = report.error ?? report.checks.find(({ code }) => code !== undefined)?.code;
  console.log(`${report.verdict}  ${file}${why === undefined ? '' : `: ${why}`}`);
  // What may be relied on: names come from the ledger, never from the document.
  if (report.verdict !== 'valid' || report.document === undefined || report.status === undefined) continue;
  console.log(`  issuer  ${report.proven?.namedIssuer?.name ?? report.proven?.sealingIssuer.name}`);
  console.log(`  as of   ${new Date(Number(report.status.asOf)).toISOString()}${report.status.fresh ? ', just fetched' : ''}`);
  for (const [path, value] of shown(report.document.claims)) console.log(`  ${path}  ${value}`);
}
process.exitCode = verdicts.has('cannot-check') ? 2 : verdicts.size > (verdicts.has('valid') ? 1 : 0) ? 1 : 0;
