#!/usr/bin/env bash
# The light clients in Rust and in TypeScript, asked the same 100,000 questions about mutated documents: the same
# verdicts and codes. The verifier of ../formats, in Python, answers the first 500. Needs node, npm, python3, cargo.
# SOGOC_MUTANTS changes how many, SOGOC_MUTANTS_SEED which; `mutants 1 SEED CASE` prints one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
count=${SOGOC_MUTANTS:-100000}
seed=${SOGOC_MUTANTS_SEED:-1}

# With the features of the whole workspace: with others, half the tree would be built anew.
cargo build --release --quiet --workspace --example mutants --manifest-path "$root/Cargo.toml"
mutants=${CARGO_TARGET_DIR:-$root/target}/release/examples/mutants
web=$root/verifier-api/web
[ -d "$web/node_modules" ] || (cd "$web" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
(cd "$web/light-client" && npm run --silent build)

"$mutants" $((count < 500 ? count : 500)) "$seed" | python3 -B "$here/check.py"
# Fewer questions need not reach every code.
"$mutants" "$count" "$seed" | node "$here/compare.mjs" "$web/light-client/dist" $((count >= 100000))
