#!/usr/bin/env bash
# Builds the page that nodes serve, verifier-api/web/page/dist, from which verifier-api/build.rs embeds it.
# Does nothing if nothing changed since the last time.

. "$(dirname "$0")/lib.sh"
cd "$root/verifier-api/web"
install_node

# Notes of what was installed and built, kept beside what they are about: who removes that removes them.
installed=node_modules/.sogoc-installed
built=node_modules/.sogoc-built
locked=$(sha256sum <package-lock.json)
# A digest of everything that the page is made of, and of what makes it.
sources() {
    find . "$root/scripts/build-page.sh" \( -name node_modules -o -name 'dist*' -o -name .build \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

if [ "$(cat $installed 2>/dev/null)" != "$locked" ]; then
    say "installing what builds the page (about half a minute)"
    npm_config_cache=$cache/npm npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
    echo "$locked" >$installed
fi
if [ -f page/dist/index.html ] && [ "$(cat $built 2>/dev/null)" = "$(sources)" ]; then
    exit
fi
say "building the page"
npm run build -w page --loglevel=error
sources >$built
