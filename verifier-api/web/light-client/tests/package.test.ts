import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { vectors } from './support.js';

const COMPRESSED_BYTES = 60_000;

test('the client fits', async (context) => {
  const { outputFiles: [whole] } = await build({
    entryPoints: ['dist/index.js'], bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser', write: false,
    logLevel: 'warning',
  });
  assert.ok(whole);
  const compressed = gzipSync(whole.contents, { level: 9 }).length;
  context.diagnostic(`compressed client: ${compressed} bytes of at most ${COMPRESSED_BYTES} (${whole.contents.length} minified)`);
  assert.ok(compressed < COMPRESSED_BYTES);
});

const USE = `
import { readFileSync } from 'node:fs';
import { LedgerClient, decodeCheckpoint, present, verify } from '@sogoc/light-client';
import { readRoots } from '@sogoc/light-client/binding';
const { bundle, checkpoint } = JSON.parse(readFileSync('question.json', 'utf8'));
const question = { bundle: Buffer.from(bundle), checkpoint: decodeCheckpoint(Buffer.from(checkpoint, 'hex')), now: 1782864000000n };
const roots = readRoots(readFileSync('roots.json'));
const { verdict } = verify({ ...question, roots });
const shown = verify({ ...question, bundle: present(question.bundle, ['person/name']) });
new LedgerClient('https://so-goc.example');
console.log(verdict, shown.verdict, shown.document.claims.length, roots.throwaway);
`;

test('the package works where nothing else is installed', () => {
  const empty = mkdtempSync(join(tmpdir(), 'sogoc-'));
  try {
    const npm = (args: readonly string[]): string => execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const pack = (folder: string): void => { npm(['pack', '--ignore-scripts', '--pack-destination', empty, folder]); };
    // The libraries come from where they are installed already: no registry is asked.
    for (const folder of ['.', '../node_modules/@noble/curves', '../node_modules/@noble/hashes']) pack(folder);
    const tarballs = readdirSync(empty).map((name) => join(empty, name));
    assert.equal(tarballs.length, 3);
    writeFileSync(join(empty, 'package.json'), '{"private":true,"type":"module"}');
    npm(['install', '--prefix', empty, '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs]);
    assert.ok(readdirSync(join(empty, 'node_modules/@sogoc/light-client/dist')).includes('index.d.ts'));
    const sound = vectors('bundles.json').at('vectors').list()[0];
    writeFileSync(join(empty, 'question.json'), JSON.stringify({
      bundle: sound?.at('bundle').text(), checkpoint: vectors('chain.json').at('checkpoints').at('genesis').text(),
    }));
    writeFileSync(join(empty, 'roots.json'), JSON.stringify(vectors('binding.json').at('roots').at('both').plain()));
    writeFileSync(join(empty, 'use.js'), USE);
    const said = execFileSync(process.execPath, ['use.js'], { cwd: empty, encoding: 'utf8' });
    assert.equal(said.trim(), 'valid valid 1 false');
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
});
