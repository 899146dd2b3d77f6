#!/usr/bin/env bash
# The city's change of 1 July 2025 on this machine, each validator a process: by one motion the Department and the 22 district offices
# (hcmc-23) become the Department and the 16 school clusters (hcmc-17), while a school goes on sealing. A minute and a half.
#
#   scripts/change-validators.sh    prints Markdown: what it did to the blocks, and that receipts of before and after verify

. "$(dirname "$0")/lib.sh"

old_count=23 new_count=17
last=$((old_count + new_count - 1)) # the nodes from 24 on are the clusters'; the Department stays
heartbeat_ms=2000
ordinary_seconds=20

install_build_tools >&2
install_packages python3 >&2
build_programs >&2
new_home 25500
cd "$home"
key=$home/net/issuers/thcs-mau-1.key
anchor=$home/genesis-checkpoint.json

# validators: how many steps are left, and the numbers of the nodes that are needed: of those who sign, and of those who come next.
validators() {
    python3 - "$node" <<'PY'
import glob, json, sys, urllib.request
request = urllib.request.Request(sys.argv[1] + "/v1/validators", headers={"accept": "application/json"})
record = json.load(urllib.request.urlopen(request))["validators"]
steps = record["plan"]["steps"] if record["plan"] else []
scheduled = record["scheduled"]["members"] if record["scheduled"] else []
coming = scheduled or [new["member"] for step in steps[:1] for new in step["add"]]
numbers = {json.load(open(path))["owner"]: path.split("/")[1].removeprefix("node-") for path in glob.glob("net/*/validator.json")}
print(len(steps) + bool(scheduled), *{numbers[member["owner"]] for member in record["current"] + coming})
PY
}
# run_only NUMBER…: starts those nodes that do not run, and stops the others.
run_only() {
    local i needed=" $* "
    for i in "$@"; do [ -n "${node_pids[$i]:-}" ] || start_node "$i"; done
    for i in "${!node_pids[@]}"; do
        [[ $needed == *" $i "* ]] || stop_node "$i"
    done
}
# blocks FROM TO: how far they lie apart.
blocks() { shown "$bin/sogoc" bench blocks --from "$1" --to "$2" --heartbeat-ms $heartbeat_ms --node "$node"; }
issue() { shown "$bin/sogoc" issue "$1" --type "$2" --date 2026-05-31 --key "$3" --out "$4" --node "$node" --trust "$anchor"; }

# The clusters' homes, as their operators make them: their own keys, the network's genesis file, and everybody's addresses.
make_clusters() {
    run_quietly "the clusters' keys" "$bin/sogoc" genesis devnet --network hcmc-17 --out next --base-port $((port + old_count - 1))
    python3 - net/node-1/address-book.json next/node-1/address-book.json >book.json <<'PY'
import json, sys
book, more = (json.load(open(path)) for path in sys.argv[1:])
known = {peer["name"] for peer in book["peers"]}
book["peers"] += [peer for peer in more["peers"] if peer["name"] not in known]
print(json.dumps(book, indent=2))
PY
    local i
    for i in $(seq $((old_count + 1)) $last); do
        mv "next/node-$((i - old_count + 1))" "net/node-$i"
        cp book.json "net/node-$i/address-book.json"
        cp net/node-1/genesis.json "net/node-$i/"
    done
}

# write_motion FILE: all that come, all that leave. `sogoc gov propose` works out the steps.
write_motion() {
    local i
    {
        printf 'decision = "QĐ thử nghiệm 60/QĐ-MẪU"\n\n[[change]]\ndo = "change-validators"\nadd = [\n'
        for i in $(seq $((old_count + 1)) $last); do echo "  \"net/node-$i/validator.json\","; done
        printf ']\nremove = [\n'
        for i in $(seq 2 $old_count); do sed -n 's/^  "owner": \(".*"\),$/  \1,/p' "net/node-$i/validator.json"; done
        echo ']'
    } >"$1"
}

# seal_on: a school seals a class of 20 every second until the file stop is there.
seal_on() {
    trap 'kill $!; exit' TERM
    until [ -e stop ]; do
        "$bin/sogoc" bench seal --key "$key" --node "$node" --batch 20 --rate 20 --seconds 5 --threads 1 &
        wait $!
    done >load.json 2>load.log
}

say "founding and starting hcmc-23" >&2
found_network --network hcmc-23 --heartbeat-ms $heartbeat_ms >&2
start_nodes
make_clusters >&2
write_motion motion.toml
"$bin/sogoc" checkpoint export --node "$node" --height 0 --out "$anchor" >&2

cat <<EOT
# 23 validators become 17, on one machine, $(date -u +%Y-%m-%d)

$(conditions)
* hcmc-23 becomes hcmc-17 by one motion; every node a process here, every block synced to disk by every node
* heartbeat $heartbeat_ms ms; meanwhile a school seals a batch of 20 every second
* made by \`scripts/change-validators.sh\`

EOT
issue "$root/examples/hoc-ba-9-1.xlsx" hoc-ba-thcs "$key" "$home/before"

say "$ordinary_seconds seconds of ordinary load" >&2
seal_on &
load=$!
pids+=($load)
ordinary=$(status height)
sleep $ordinary_seconds

say "the motion" >&2
proposed=$(status height)
motion=$(pass_motion motion.toml $((old_count * 2 / 3 + 1)))
printf '\n## The motion\n\n'
shown "$bin/sogoc" --lang en gov show "$motion" --node "$node"

# A step at a time, as two cores cannot bear 39 nodes: who is to come follows as an observer, who has left is stopped.
left=-1
deadline=$((SECONDS + 600))
until [ $left = 0 ]; do
    before=$left
    read -r left needed < <(validators)
    [ "$left" = "$before" ] || say "steps that are left: $left" >&2
    [ $SECONDS -lt $deadline ] || { echo "the change does not go on" >&2; exit 1; }
    # shellcheck disable=SC2086 # the numbers are words
    run_only $needed
    sleep 0.2
done
settled=$(status height)
for i in "${!node_pids[@]}"; do wait_ready "$i"; done
alone=$(status height)
sleep $ordinary_seconds
touch stop
wait $load

printf '\n## Blocks\n\nA gap that holds more than one whole heartbeat has missed the others. Before the motion:\n\n'
blocks "$ordinary" "$proposed"
printf '\nFrom then until the last set signs; `after_ms` is when the set of each step does, counted from the motion:\n\n'
blocks "$proposed" "$settled"
printf '\nAfterwards, the district offices gone:\n\n'
blocks "$alone" "$(status height)"

printf '\n## Receipts\n\nOne from before the motion, against block 0, unaided; against a later checkpoint it has to be brought up to date:\n\n'
cp "$(find before -name '*.sogoc' | sort | head -n 1)" before.sogoc
"$bin/sogoc" checkpoint export --node "$node" --out later-checkpoint.json >&2
# check ARGUMENT…: offline; what the document says is left out.
check() { shown "$bin/sogoc" --lang en verify --offline "$@" | sed '/^  What it shows:/,/^```$/{/^```$/!d}'; }
check --trust genesis-checkpoint.json before.sogoc
check --trust later-checkpoint.json before.sogoc || [ $? = 2 ]
shown "$bin/sogoc" receipt refresh before.sogoc --out refreshed.sogoc --node "$node" --trust "$anchor"
check --trust later-checkpoint.json refreshed.sogoc

printf '\nOne from after it, against block 0: its receipt leads through every set between.\n\n'
issue "$root/examples/hoc-ba-10a1.xls" hoc-ba-thpt net/issuers/thpt-mau-1.key "$home/after"
cp "$(find after -name '*.sogoc' | sort | head -n 1)" after.sogoc
check --trust genesis-checkpoint.json after.sogoc
shown "$bin/sogoc" bench verify after.sogoc --trust genesis-checkpoint.json

printf '\nBatches that the school handed in meanwhile: %s; sealed and proven: %s. Load at the end: %s\n' \
    "$(awk -F '[:,]' '/batches_handed_in/ {n += $2} END {print n}' load.json)" \
    "$(awk -F '[:,]' '/batches_sealed_and_proven/ {n += $2} END {print n}' load.json)" "$(cut -d' ' -f1-3 /proc/loadavg)"
