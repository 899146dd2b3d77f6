// dist/: index.html, assets/ with content hashes in their names, and .br and .gz of each. With --tests: dist-tests/, the
// unit tests as plain modules for `node --test`.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);

// From its source: the page does not depend on what was built before.
const alias = {
  '@sogoc/light-client/binding': at('../light-client/src/binding/index.ts'),
  '@sogoc/light-client': at('../light-client/src/index.ts'),
};
const browsers = ['chrome100', 'firefox113', 'safari16.4'];

if (process.argv.includes('--tests')) await buildTests();
else await buildPage();

async function buildPage() {
  const dist = at('dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(join(dist, 'assets'), { recursive: true });
  const options = { bundle: true, minify: true, write: false, target: browsers, alias, charset: 'utf8', legalComments: 'eof' };
  // A classic script, not a module: browsers load those from disk too.
  const script = await build({ ...options, entryPoints: [at('src/main.ts')], format: 'iife' });
  const style = await build({ ...options, entryPoints: [at('src/style/index.css')] });
  const names = {
    vi: await part('vi', './text/vi.js', Buffer.from),
    en: await part('en', './text/en.js', Buffer.from),
    certificates: await part('certificates', './certificates/part.js', shortNotices),
    script: await asset('page', 'js', shortNotices(script.outputFiles[0].text)),
    style: await asset('page', 'css', shortNames(style.outputFiles[0].text)),
    icon: await asset('icon', 'svg', await readFile(at('src/icon.svg'))),
  };
  const template = await readFile(at('src/index.html'), 'utf8');
  const page = template.replace(/\{\{(\w+)\}\}/g, (_, name) => names[name]);
  await written(join(dist, 'index.html'), Buffer.from(page));

  /** A script that hangs itself on its own element, where who added that finds it. */
  async function part(name, from, finish) {
    const contents = `import { ${name} } from '${from}'; document.currentScript.exported = ${name};`;
    const script = await build({ ...options, stdin: { contents, resolveDir: at('src') }, format: 'iife' });
    return asset(name, 'js', finish(script.outputFiles[0].text));
  }

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
  await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', target: 'node18', alias, outdir: out, outExtension: { '.js': '.mjs' } });
}
