#!/usr/bin/env bash
# Webhooks of a running node, received and checked by a client that we did not write: PyPI standardwebhooks, the reference
# library of the Standard Webhooks specification. Needs python3 with venv, and sogoc and sogoc-node built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${SOGOC_CACHE:-$HOME/.cache/sogoc}/conformance-webhooks
pinned=$(sha256sum "$here/requirements.txt" | cut -c1-16)
installed=$cache/$pinned
if [ ! -e "$installed/done" ]; then
    rm -rf "$installed"
    mkdir -p "$installed"
    python3 -m venv "$installed/venv"
    "$installed/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    touch "$installed/done"
fi
PATH=${SOGOC_BIN:-${CARGO_TARGET_DIR:-$root/target}/release}:$PATH
export PATH
exec "$installed/venv/bin/python" "$here/check.py" "$root/docs/OPERATIONS.md"
