#!/usr/bin/env bash
# Measures this machine: four validators on it, load from another process. About seven minutes; prints Markdown.
#
#   scripts/measure.sh > docs/measurements/2026-11-22.md

. "$(dirname "$0")/lib.sh"
install_build_tools >&2
install_packages curl python3 >&2
build_programs >&2

new_home 29500
key=$home/net/issuers/thcs-mau-1.key
anchor=$home/anchor.json
cd "$home"

heading() { printf '\n## %s\n\n' "$*"; }
memory() { printf '\nMemory of the four nodes, resident, in MB:%s.\n' "$(node_memory)"; }

cat <<EOT
# Measured $(date -u +%Y-%m-%d)

$(conditions)
* four validators, their HTTP and the load all on this machine; every block synced to disk
* made by \`scripts/measure.sh\`; \`synced_write_us\` is the median of 101 synced writes of 4 KiB, before and after
EOT

found_network 4
started=$(now_ms)
start_nodes
heading "Ready after start"
echo "All four nodes ready $(($(now_ms) - started)) ms after they were started on empty directories."
"$bin/sogoc" checkpoint export --node "$node" --height 0 --out "$anchor"

heading "Finality of a single batch, and of a change of status, idle network"
shown "$bin/sogoc" bench finality --key "$key" --approver "${key%.key}.approver.key" --node "$node" --count 200
echo
echo "About thirteen of these writes follow each other: the engine's log is begun anew (2), the proposer syncs the block, the guard and the"
echo "log (4), a voter the block, the guard and the log twice, the log at the decision, and the committed block (7). Counted with strace."

heading "Sealing in batches of 40"
shown "$bin/sogoc" bench seal --key "$key" --node "$node" --batch 40 --rate 16500 --seconds 60
memory

heading "Sealing in batches of 1,000"
shown "$bin/sogoc" bench seal --key "$key" --node "$node" --batch 1000 --rate 66000 --seconds 60
memory

heading "51,000 batches in the state, another million credentials"
shown "$bin/sogoc" bench seal --key "$key" --node "$node" --batch 20 --rate 10000 --seconds 102
memory

heading "Batch records with their proofs, from that store, by one node on one core"
taskset -apc 0 "${node_pids[1]}" >/dev/null
shown taskset -c 1 "$bin/sogoc" bench read --node "$node" --connections 32 --seconds 10
shown taskset -c 1 "$bin/sogoc" bench read --node "$node" --rate 5000 --seconds 10
taskset -apc "0-$(($(nproc) - 1))" "${node_pids[1]}" >/dev/null

heading "A class with real documents, after that"
shown "$bin/sogoc" issue "$root/examples/hoc-ba-9-1.xlsx" --type hoc-ba-thcs --key "$key" --out "$home/class" --node "$node" --trust "$anchor"
record=$(find "$home/class" -name '*.sogoc' | sort | head -n 1)
cp "$record" "$home/record.sogoc"
shown taskset -c 0 "$bin/sogoc" bench verify "$home/record.sogoc" --trust "$anchor"

heading "Import, sign and hash, one core"
shown taskset -c 0 "$bin/sogoc" bench issue "$root/examples/hoc-ba-9-1.xlsx" --type hoc-ba-thcs

heading "A school of 3,000 with real documents, from its file to 3,000 learners' files"
"$root/scripts/school.py" 3000 >"$home/school.csv"
began=$(now_ms)
shown "$bin/sogoc" issue "$home/school.csv" --date 2026-05-28 --type hoc-ba-thcs --key "$key" --out "$home/school" --node "$node" --trust "$anchor"
echo
echo "$(($(now_ms) - began)) ms in all: read, checked, signed, journal synced, sealed, proof verified, every file written and synced."

heading "Those 3,000 files checked by a node, four times over, in one stream"
python3 - "$home"/school/*.sogoc >"$home/school.ndjson" <<'PY'
import json, sys
for path in sys.argv[1:] * 4:
    print(json.dumps(json.load(open(path)), separators=(",", ":")))
PY
began=$(now_ms)
shown sh -c "curl -sS -X POST -H 'content-type: application/x-ndjson' -T $home/school.ndjson $node/v1/verify/bulk | tail -n 1"
took=$(($(now_ms) - began))
echo
echo "$took ms from the first byte sent to the summary, $((12000 * 1000 / took)) a second; the node checks one stream on one processor."

heading "Restart"
kill -9 "${node_pids[4]}"
wait "${node_pids[4]}" 2>/dev/null || true
started=$(now_ms)
start_node 4
wait_ready 4
echo "A node killed with all that in its store is ready again after $(($(now_ms) - started)) ms."
memory
