#!/usr/bin/env bash
# openapi.json against a real network of four nodes: everything it describes is asked for by schemathesis, which we did not
# write, and the example clients of examples/clients run as their README says. Needs python3 with venv, curl, node, npm.
. "$(dirname "$0")/../../../scripts/lib.sh"
here=$root/tests/conformance/http
clients=$root/examples/clients
# Of other binaries: SOGOC_BIN=DIR.
if [ -n "${SOGOC_BIN:-}" ]; then
    "$root/scripts/build-page.sh"
    bin=$SOGOC_BIN
else
    build_programs
fi

# Installed once for each state of the pinned versions.
installed=$cache/conformance-http/$(sha256sum <"$here/requirements.txt" | cut -c1-16)
if [ ! -e "$installed/done" ]; then
    rm -rf "$installed"
    python3 -m venv "$installed"
    "$installed/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    touch "$installed/done"
fi

passed=0
failed=0
# check LABEL COMMAND…: one test.
check() {
    local label=$1
    shift
    if "$@"; then passed=$((passed + 1)); else echo "FAILED: $label"; failed=$((failed + 1)); fi
}

new_home 28300

say "a network of four, with documents valid, revoked and suspended"
found_network 4 --heartbeat-ms 5000
# The first node tells webhook.py of what happens in the name of the lower-secondary school.
"$bin/sogoc-node" webhook-secret --out "$home/net/node-1/webhook.secret" >/dev/null
cat >>"$home/net/node-1/node.toml" <<TOML

[[webhook]]
url = "http://127.0.0.1:$((port + 290))/"
secret = "webhook.secret"
issuers = ["thcs-mau-1"]
TOML
"$clients/webhook.py" $((port + 290)) "$home/net/node-1/webhook.secret" >"$home/told.txt" &
pids+=($!)
start_nodes
anchor=$home/anchor.json
"$bin/sogoc" checkpoint export --node "$node" --out "$anchor" >/dev/null
ours() { "$bin/sogoc" --lang en "$@" --node "$node" --trust "$anchor"; }
keys=$home/net/issuers
ours issue "$root/examples/hoc-ba-9-1.xlsx" --type hoc-ba-thcs --key "$keys/thcs-mau-1.key" --out "$home/hoc-ba"
ours issue "$root/examples/bang-tot-nghiep.csv" --type bang-tn-thpt --key "$keys/thpt-mau-1.key" --out "$home/bang"
ours seal-file "$root/examples/hoc-ba-da-ky.pdf" --date 2026-05-31 --period 2025-2026 --key "$keys/thcs-mau-1.key" \
    --out "$home/da-ky"

# What the clients are given: the first of the files as it is, the second revoked, the third suspended, a presentation of
# the fourth, the fifth with one byte of the document changed, and a file that is none.
mapfile -t files < <(find "$home/hoc-ba" -name '*.sogoc' | sort)
given=$home/given
mkdir "$given"
cp "${files[0]}" "$given/1-valid.sogoc"
change() { ours status "$1" "${files[$2]}" --key "$keys/thcs-mau-1.key" \
    --approver "$keys/thcs-mau-1.approver.key" --ground fraud --decision "QĐ 15/QĐ-MẪU" --decision-date 2026-06-01 --out "$3"; }
change revoke 1 "$given/2-revoked.sogoc"
change suspend 2 "$given/3-suspended.sogoc"
"$bin/sogoc" --lang en present "${files[3]}" --disclose name,school_year,promoted --out "$given/4-presented.sogoc"
"$installed/bin/python" - "${files[4]}" "$given/5-altered.sogoc" <<'PYTHON'
import json, sys
bundle = json.load(open(sys.argv[1], encoding="utf-8"))
jwt, tilde, rest = bundle["credential"].partition("~")
head, payload, signature = jwt.split(".")
signature = ("A" if signature[0] != "A" else "B") + signature[1:]
bundle["credential"] = ".".join([head, payload, signature]) + tilde + rest
json.dump(bundle, open(sys.argv[2], "w", encoding="utf-8"))
PYTHON
echo "not a bundle" >"$given/6-photo.sogoc"
# The trust anchor of another network: the one of the vectors.
python3 - "$root/docs/vectors/bundles.json" >"$home/other.json" <<'PYTHON'
import json, sys
print(json.load(open(sys.argv[1], encoding="utf-8"))["checkpoint_files"][0]["file"])
PYTHON

say "schemathesis, over what is there and what is not"
"$installed/bin/python" - "$node" "$given"/*.sogoc >"$home/found.json" <<'PYTHON'
import json, sys
from urllib.request import Request, urlopen
def get(path):
    return json.load(urlopen(Request(sys.argv[1] + path, headers={"Accept": "application/json"})))
pack = get("/v1/issuers/thcs-mau-1/periods/2025-2026/statuses")["batches"]
batches = [batch["proof"]["batch_id"] for batch in pack]
there = {"issuer": ["thcs-mau-1"], "batch": batches, "period": ["2025-2026"], "height": [0, 1, 2, 3]}
json.dump(there | {"files": sys.argv[2:-1]}, sys.stdout)
PYTHON
description=$root/verifier-api/openapi.json
check "the description and its examples" "$installed/bin/python" -B "$here/description.py" "$description"
curl -sf "$node/v1/openapi.json" | cmp - "$description" || { echo "the node serves another description"; exit 1; }
result=0
# Where it leaves its cache.
(cd "$home" && PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here SCHEMATHESIS_HOOKS=hooks \
    SOGOC_FOUND=$home/found.json "$installed/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$description" --url "$node" --no-color \
    --report junit --report-junit-path "$home/junit.xml") || result=1
counts=$("$installed/bin/python" - "$home/junit.xml" <<'PYTHON'
import sys, xml.etree.ElementTree as xml
suites = xml.parse(sys.argv[1]).getroot().attrib
bad = int(suites["failures"]) + int(suites["errors"])
print(int(suites["tests"]) - bad, bad)
PYTHON
) || true
read -r good bad <<<"${counts:-0 1}"
[ "$result" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
passed=$((passed + good))
failed=$((failed + bad))

# says CODE TEXT… -- COMMAND…: it ends with this code and says each of the texts.
says() {
    local code=$1 texts=() text output status=0
    shift
    while [ "$1" != -- ]; do texts+=("$1"); shift; done
    shift
    output=$("$@" 2>&1) || status=$?
    for text in "${texts[@]}"; do
        grep -qF -- "$text" <<<"$output" || { printf '%s\nis not in\n%s\n' "$text" "$output"; return 1; }
    done
    [ "$status" -eq "$code" ] || { printf '%s\nends with %s\n' "$output" "$status"; return 1; }
}

say "the example clients"
typescript=$home/typescript
mkdir "$typescript"
cp "$clients/verify.ts" "$typescript/"
ln -s "$root/verifier-api/web/node_modules" "$typescript/node_modules"
echo '{"type": "module"}' >"$typescript/package.json"
compile() { (cd "$typescript" && node_modules/.bin/tsc --strict --module nodenext --target es2022 verify.ts); }
check "verify.ts compiles" compile
offline=(node "$typescript/verify.js" "$anchor")
online=(env "NODE_URL=$node" "${offline[@]}")
valid=$given/1-valid.sogoc
check "verify.ts, offline: valid" says 0 "valid  $valid" "person/name" "Trường THCS Mẫu Một" -- "${offline[@]}" "$valid"
check "verify.ts, offline: as of the receipt" says 0 "valid  ${files[1]}" -- "${offline[@]}" "${files[1]}"
check "verify.ts, online: revoked since" says 1 "revoked  ${files[1]}: revoked" -- "${online[@]}" "${files[1]}"
check "verify.ts, online: all of them" says 1 "just fetched" "valid  $valid" "revoked  $given/2" "suspended  $given/3" \
    "valid  $given/4" "invalid  $given/5-altered.sogoc: issuer-signature-invalid" "invalid  $given/6-photo.sogoc: not-a-bundle" \
    -- "${online[@]}" "$given"/*.sogoc
check "verify.ts: another network's anchor" says 2 "cannot-check" -- node "$typescript/verify.js" "$home/other.json" "$valid"

check "curl.sh: valid" says 0 "$valid: valid" "line 1: valid" '"valid":1' "a proof of" '"type":"sealed"' -- "$clients/curl.sh" "$node" "$valid"
check "curl.sh: all of them" says 1 "1-valid.sogoc: valid" "2-revoked.sogoc: revoked" "3-suspended.sogoc: suspended" \
    "4-presented.sogoc: valid" "5-altered.sogoc: invalid" "6-photo.sogoc: invalid" "line 2: revoked" "line 5: invalid" \
    '"lines":6' '"type":"status"' -- "$clients/curl.sh" "$node" "$given"/*.sogoc
check "verify.py: a folder" says 1 "2 valid" "1 revoked" "1 suspended" "2 invalid" \
    -- "$clients/verify.py" "$node" "$given" "$home/table.csv"
check "verify.py: its table" says 0 "6 rows" -- "$installed/bin/python" - "$home/table.csv" <<'PYTHON'
import csv, sys
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    rows = list(csv.DictReader(file))
verdicts = [(row["verdict"], row["code"]) for row in rows]
assert verdicts == [
    ("valid", ""), ("revoked", "revoked"), ("suspended", "suspended"), ("valid", ""),
    ("invalid", "issuer-signature-invalid"), ("invalid", "not-a-bundle"),
], verdicts
valid, revoked, presented = rows[0], rows[1], rows[3]
assert valid["issuer"] == "Trường THCS Mẫu Một" and valid["Toán"] == "8.2", valid
assert revoked["name"] and not revoked["Toán"], revoked
assert presented["name"] and not presented["Toán"], presented
print(len(rows), "rows")
PYTHON
check "verify.py: all valid" says 0 "30 valid" -- "$clients/verify.py" "$node" "$home/bang" "$home/bang.csv"
# Two batches sealed and two statuses changed in its name; none of them refused.
told() { timeout 30 sh -c "until [ \"\$(wc -l <'$home/told.txt')\" -ge 4 ]; do sleep 0.1; done" && cat "$home/told.txt"; }
check "webhook.py: told of what happened" says 0 '"type":"sealed"' '"status":"revoked"' '"status":"suspended"' -- told
check "webhook.py: another's message is refused" says 22 401 -- curl --silent --show-error --fail --data '{}' \
    --header "webhook-id: 1.1" --header "webhook-timestamp: $(date +%s)" --header "webhook-signature: v1,AAAA" \
    "http://127.0.0.1:$((port + 290))/"

say "result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
