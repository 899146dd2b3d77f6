#!/usr/bin/env bash
# Runs every check and every test, and ends with one line: N passed, N failed.
# About 20 minutes on two cores once the libraries are built, 40 the first time.

. "$(dirname "$0")/lib.sh"
cd "$root"

install_build_tools
install_packages python3 python3-venv curl
rustup component add rustfmt clippy >/dev/null 2>&1 || true

passed=0
failed=0
count() { passed=$((passed + $1)); failed=$((failed + $2)); }

# check LABEL COMMAND…: one test.
check() {
    local label=$1
    shift
    say "$label"
    if "$@"; then count 1 0; else echo "FAILED: $label"; count 0 1; fi
}

# suite LABEL COMMAND…: a command whose "N passed" lines are counted.
suite() {
    local label=$1 log status=0 results good bad
    shift
    say "$label"
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    # Of cargo every "test result" counts, of other suites the last line.
    results=$(grep -E '^test result:' "$log" || grep -E '(^|: )[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1 || true)
    good=$(sed -nE 's/.*[^0-9]?\b([0-9]+) passed.*/\1/p' <<<"$results" | awk '{n += $1} END {print n + 0}')
    bad=$(sed -nE 's/.*\b([0-9]+) failed.*/\1/p' <<<"$results" | awk '{n += $1} END {print n + 0}')
    # A suite that dies before it counts has failed once.
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    if [ "$bad" -gt 0 ] || [ "$status" -ne 0 ]; then tail -n 120 "$log"; fi
    echo "$label: $good passed, $bad failed"
    count "$good" "$bad"
    rm -f "$log"
}

check "the documents agree with the tree" scripts/check-docs.py
check "format" cargo fmt --all --check
check "the page is built" scripts/build-page.sh
say "building everything (about 20 minutes the first time on two cores)"
cargo build --release --locked --workspace --bins --quiet
check "lints" run_quietly lints cargo clippy --release --locked --workspace --all-targets --quiet -- -D warnings
install_cargo_deny
check "licences, sources and banned crates" run_quietly deny cargo deny --workspace --all-features check bans licenses sources
suite "tests of the crates" cargo test --release --locked --workspace --no-fail-fast -- --test-threads 2
suite "simulated worlds" "$bin/sogoc-simulate" --seconds 90
suite "simulated worlds, with something broken" "$bin/sogoc-simulate" --sabotages
suite "the formats by a verifier in another language" "$root/tests/conformance/formats/run.sh"
# What Node's own test runner counts, in the form that is counted here.
web() {
    local log status=0
    log=$(mktemp)
    (cd "$root/verifier-api/web" && npm test --silent -w "$1") >"$log" 2>&1 || status=$?
    cat "$log"
    awk '$2 == "pass" {p = $3} $2 == "fail" {f = $3} END {if (p != "") print p + 0 " passed, " f + 0 " failed"}' "$log"
    rm -f "$log"
    return "$status"
}
suite "the light client in TypeScript" web light-client
suite "the page's own tests" web page
suite "two light clients asked the same 100,000 questions" "$root/tests/conformance/client/run.sh"
suite "SD-JWT by clients that we did not write" "$root/tests/conformance/sdjwt/run.sh"
suite "webhooks by a client that we did not write" "$root/tests/conformance/webhooks/run.sh"
install_packages openssl softhsm2 gnutls-bin
suite "bindings to X.509 certificates, made by OpenSSL and by a token" "$root/tests/conformance/binding/run.sh"
suite "what openapi.json describes, and the example clients" "$root/tests/conformance/http/run.sh"
# The shell blocks of OPERATIONS, in order, in an empty directory.
operations() {
    local directory
    directory=$(mktemp -d)
    awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0} on' "$root/docs/OPERATIONS.md" >"$directory/commands.sh"
    (cd "$directory" && PATH=$bin:$PATH SOGOC_BASE_PORT=28900 bash commands.sh)
    rm -rf "$directory"
}
check "the commands of docs/OPERATIONS.md" run_quietly operations operations
suite "the page in a browser" "$root/tests/browser/run.sh"
check "the first README command" run_quietly quickstart env SOGOC_BASE_PORT=28600 "$root/scripts/quickstart.sh" --once

say "result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
