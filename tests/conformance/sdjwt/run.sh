#!/usr/bin/env bash
# Our SD-JWTs, checked by two clients that we did not write, npm @sd-jwt (JavaScript) and PyPI openvc (Python), and
# presentations made by these clients, checked by us. Needs node, npm, python3 with venv, cargo.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${SOGOC_CACHE:-$HOME/.cache/sogoc}/conformance-sdjwt
mkdir -p "$cache"

# Installed once for each state of the pinned versions.
pinned=$(cat "$here/package-lock.json" "$here/requirements.txt" | sha256sum | cut -c1-16)
installed=$cache/$pinned
if [ ! -e "$installed/done" ]; then
    rm -rf "$installed"
    mkdir -p "$installed"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$installed/"
    (cd "$installed" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
    python3 -m venv "$installed/venv"
    "$installed/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    touch "$installed/done"
fi

tokens=$cache/tokens.json
# With the features of the whole workspace: with others, half the tree would be built anew.
cargo build --release --quiet --workspace --example emit_sdjwt --example check_sdjwt --manifest-path "$root/Cargo.toml"
examples=${CARGO_TARGET_DIR:-$root/target}/release/examples
"$examples/emit_sdjwt" "$(date +%s)" > "$tokens"

# Node resolves packages beside the script.
cp "$here/check.mjs" "$installed/"
report=$cache/report.txt
result=0
: > "$report"
node "$installed/check.mjs" "$tokens" "$cache/by-sd-jwt.json" | tee -a "$report" || result=1
"$installed/venv/bin/python" "$here/check.py" "$tokens" "$root/credential/schemas" "$cache/by-openvc.json" \
    | tee -a "$report" || result=1
"$examples/check_sdjwt" "$cache/by-sd-jwt.json" "$cache/by-openvc.json" | tee -a "$report" || result=1
awk '
    match($0, /[0-9]+ passed/) { passed += substr($0, RSTART) }
    match($0, /[0-9]+ failed/) { failed += substr($0, RSTART) }
    END { printf "%d passed, %d failed\n", passed, failed }' "$report"
exit "$result"
