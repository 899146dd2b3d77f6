#!/usr/bin/env bash
# Builds the page that nodes serve, verifier-api/web/page/dist, from which verifier-api/build.rs embeds it.
# Does nothing if nothing changed since the last time.

. "$(dirname "$0")/lib.sh"
cd "$root/verifier-api/web"
install_node

# Kept among what is installed, since that and the page are made anew together.
installed=node_modules/.installed
built=node_modules/.built
locked=$(sha256sum <package-lock.json)
# Everything that the page is made of, and what makes it.
sources() {
    find . "$root/scripts/build-page.sh" \( -name node_modules -o -name dist \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

if [ "$(cat $installed 2>/dev/null)" != "$locked" ]; then
    say "installing what builds the page (about half a minute)"
    npm_config_cache=$cache/npm npm ci --no-audit --no-fund --ignore-scripts --silent
    echo "$locked" >$installed
fi
[ -f page/dist/index.html ] && [ "$(cat $built 2>/dev/null)" = "$(sources)" ] && exit

say "building the page"
rm -rf page/dist
npm run build --silent
# Each file that is text also in the forms that browsers take in fewer bytes.
node - page/dist <<'JS'
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { brotliCompressSync, constants, gzipSync } = require("node:zlib");

function compress(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) compress(path);
    else if (/\.(css|html|js|json|svg|txt|webmanifest)$/.test(path)) {
      const plain = readFileSync(path);
      const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
      const forms = { gz: gzipSync(plain, { level: 9 }), br: brotli };
      for (const [extension, bytes] of Object.entries(forms)) {
        if (bytes.length < plain.length) writeFileSync(`${path}.${extension}`, bytes);
      }
    }
  }
}
compress(process.argv[2]);
JS
sources >$built
