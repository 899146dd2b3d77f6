/** Compiles the tests, runs them, and ends with one line that a script can count. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const OUT = 'tests/.build';
const tests = readdirSync('tests').filter((name) => name.endsWith('.test.ts'));

rmSync(OUT, { recursive: true, force: true });
await build({
  entryPoints: tests.map((name) => `tests/${name}`),
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'es2022',
  sourcemap: 'inline',
  logLevel: 'warning',
});

const files = tests.map((name) => `${OUT}/${name.replace(/\.ts$/, '.mjs')}`);
const { status, stdout } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-reporter=tap', ...files],
  { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'], maxBuffer: 256 * 1024 * 1024 },
);

const figure = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1] ?? Number.NaN);
if (status !== 0) process.stdout.write(failures(stdout));
for (const line of stdout.split('\n')) if (/^\s*# (median|compressed)/.test(line)) console.log(line.trim());
console.log(`light-client: ${figure('pass')} passed, ${figure('fail')} failed`);
process.exit(status ?? 1);

/** What failed, each with its reason, without what passed. */
function failures(tap) {
  const blocks = tap.split(/^(?=\s*(?:not )?ok \d+)/m);
  return blocks.filter((block) => /^\s*not ok/.test(block)).join('\n');
}
