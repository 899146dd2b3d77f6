// dist/: index.html, assets/ with content hashes in their names, and .br and .gz of each. With --tests: dist-tests/, the
// unit tests as plain modules for `node --test`.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);

// From its source: the page does not depend on what was built before.
const alias = { '@sogoc/light-client': at('../light-client/src/index.ts') };
const browsers = ['chrome100', 'firefox113', 'safari16.4'];

/** The two dictionaries have one shape: of the English one only the texts are written, in the order of the Vietnamese. */
const oneShape = {
  name: 'one-shape',
  setup: ({ onLoad }) => onLoad({ filter: /[\\/]text[\\/]en\.ts$/ }, async ({ path }) => {
    const [en, vi] = await Promise.all([dictionaryIn(path), dictionaryIn(join(dirname(path), 'vi.ts'))]);
    const texts = new Map(leavesOf(en.literal));
    const inOrder = leavesOf(vi.literal).map(([at]) => texts.get(at));
    const contents = `import { vi } from './vi.js';${en.before}
      const texts = [${inOrder.join()}];
      const like = (shape) => Object.fromEntries(Object.entries(shape).map(([name, each]) =>
        [name, Object.keys(each).length > 0 && each.constructor === Object ? like(each) : texts.shift()]));
      export const en = like(vi);`;
    return { contents, loader: 'ts', resolveDir: dirname(path) };
  }),
};

if (process.argv.includes('--tests')) await buildTests();
else await buildPage();

async function buildPage() {
  const dist = at('dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(join(dist, 'assets'), { recursive: true });
  const options = { bundle: true, minify: true, write: false, target: browsers, alias, charset: 'utf8', legalComments: 'eof', plugins: [oneShape] };
  // A classic script, not a module: browsers load those from disk too.
  const script = await build({ ...options, entryPoints: [at('src/main.ts')], format: 'iife' });
  const style = await build({ ...options, entryPoints: [at('src/style/index.css')] });
  const names = {
    script: await asset('page', 'js', shortNotices(script.outputFiles[0].text)),
    style: await asset('page', 'css', shortNames(style.outputFiles[0].text)),
    icon: await asset('icon', 'svg', await readFile(at('src/icon.svg'))),
  };
  const template = await readFile(at('src/index.html'), 'utf8');
  const page = template.replace(/\{\{(\w+)\}\}/g, (_, name) => names[name]);
  await written(join(dist, 'index.html'), Buffer.from(page));

  async function asset(name, extension, contents) {
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    const path = `assets/${name}-${hash}.${extension}`;
    await written(join(dist, path), contents);
    return path;
  }
}

/** What the licences of the libraries ask for, without the files that it stands in. */
function shortNotices(script) {
  const at = script.lastIndexOf('/*! Bundled license information:');
  const notices = script.slice(at).match(/(?<=\(\*!).*?(?=\*\))/gs);
  if (at < 0 || !notices) throw new Error('the libraries have no notices');
  return Buffer.from(`${script.slice(0, at)}/*!${notices.join('\n')}*/\n`);
}

/** Names of custom properties are for who writes the styles: each becomes a number, in the order of appearance. */
function shortNames(css) {
  const names = [...new Set(css.match(/--[a-z][a-z0-9-]*/g))];
  return Buffer.from(css.replace(/--[a-z][a-z0-9-]*/g, (name) => `--${names.indexOf(name).toString(36)}`));
}

/** The dictionary in a file as its source says it, and what stands before it. */
async function dictionaryIn(path) {
  const source = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const statement = source.statements.find((one) => ts.isVariableStatement(one) && one.modifiers !== undefined);
  return { literal: statement.declarationList.declarations[0].initializer, before: source.text.slice(0, statement.pos) };
}

/** Each text with its path; an object that is put together from others is one text. */
function leavesOf(node, path = '') {
  const isShape = ts.isObjectLiteralExpression(node) && node.properties.length > 0 && node.properties.every(ts.isPropertyAssignment);
  return isShape ? node.properties.flatMap(({ name, initializer }) => leavesOf(initializer, `${path}/${name.text}`)) : [[path, node.getText()]];
}

async function written(path, contents) {
  const brotli = brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length } });
  const gzip = gzipSync(contents, { level: 9 });
  await writeFile(path, contents);
  await writeFile(`${path}.br`, brotli);
  await writeFile(`${path}.gz`, gzip);
  console.log(`${path.slice(here.length + 1).padEnd(44)} ${String(contents.length).padStart(7)}  br ${brotli.length}  gz ${gzip.length}`);
}

async function buildTests() {
  const out = at('dist-tests');
  await rm(out, { recursive: true, force: true });
  const entryPoints = (await readdir(at('tests'))).filter((name) => name.endsWith('.test.ts')).map((name) => at('tests', name));
  await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', target: 'node18', alias, plugins: [oneShape], outdir: out, outExtension: { '.js': '.mjs' } });
}
