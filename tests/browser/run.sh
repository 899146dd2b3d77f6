#!/usr/bin/env bash
# The page in Debian's Chromium, against a real network of four: verdicts, bad files, sharing, what leaves the browser,
# WCAG, keyboard, paper, figures. Ends with "N passed, M failed". Needs node, npm, openssl, python3.
#
#   tests/browser/run.sh [--keep DIR]     screenshots, axe's reports and the record of requests go to DIR
#
# SOGOC_BIN names another directory of programs, SOGOC_CHROMIUM another browser.

. "$(dirname "$0")/../../scripts/lib.sh"
here=$root/tests/browser
cache=$cache/browser
artefacts=$cache/artefacts

while [ $# -gt 0 ]; do
    case $1 in
        --keep) artefacts=$(realpath -m "$2"); shift 2 ;;
        *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done

[ -n "${SOGOC_CHROMIUM:-}" ] || install_packages chromium fonts-noto-core
command -v pdftotext >/dev/null || install_packages poppler-utils
command -v npm >/dev/null || install_packages nodejs npm
command -v openssl >/dev/null || install_packages openssl
if [ -z "${SOGOC_BIN:-}" ]; then
    "$root/scripts/build-page.sh"
    cargo build --release --locked --workspace --bins --quiet --manifest-path "$root/Cargo.toml"
fi

# Installed once for each state of the pinned versions.
installed=$cache/$(sha256sum "$here/package-lock.json" | cut -c1-16)
if [ ! -e "$installed/done" ]; then
    rm -rf "$installed"
    mkdir -p "$installed"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$installed/"
    (cd "$installed" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
    touch "$installed/done"
fi

# Node resolves packages beside the script.
rm -rf "$installed/tests" "$artefacts"
mkdir -p "$installed/tests" "$artefacts"
cp -r "$here"/*.mjs "$here/support" "$installed/tests/"

echo "screenshots, reports and requests: $artefacts"
SOGOC_ROOT=$root SOGOC_BIN=${SOGOC_BIN:-$bin} SOGOC_ARTEFACTS=$artefacts \
    node --test-reporter "$installed/tests/reporter.mjs" "$installed/tests/all.mjs"
