#!/usr/bin/env bash
# Runs one of the city's networks on this machine, each validator a process of its own.
#
#   scripts/network.sh [NAME]          hcmc-23 (the Department and the 22 district-level units of 2024), hcmc-17 or devnet-4, until Ctrl-C
#   scripts/network.sh [NAME] --once   seals a class and measures for two minutes, prints Markdown, and ends
#
# Its keys are throwaway ones. 23 validators take about 1 GB of memory.

. "$(dirname "$0")/lib.sh"

once=false
name=hcmc-23
for argument in "$@"; do
    case $argument in
        --once) once=true ;;
        hcmc-23 | hcmc-17 | devnet-4) name=$argument ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "unknown: $argument (try --help)" >&2; exit 2 ;;
    esac
done

install_build_tools >&2
build_programs >&2
new_home 26000
cd "$home"

say "founding and starting $name" >&2
found_network --network "$name" >&2
started=$(now_ms)
start_nodes
ready_ms=$(($(now_ms) - started))
count=${#node_pids[@]}
"$bin/sogoc" checkpoint export --node "$node" --height 0 --out anchor.json >&2
key=$home/net/issuers/thcs-mau-1.key

if ! $once; then
    echo
    echo "$count validators, ready after $ready_ms ms. Ctrl-C stops them.   $count nút kiểm chứng. Nhấn Ctrl-C để dừng."
    echo
    for i in $(seq "$count"); do
        printf '  http://127.0.0.1:%d/   %s\n' $((port + 200 + i)) "$(sed -n 's/^  "owner": "\(.*\)",$/\1/p' "net/node-$i/validator.json")"
    done
    echo
    echo "  trust anchor: $home/anchor.json   keys of issuers: $home/net/issuers"
    wait
    exit
fi

# cpu_ms: processor time of all nodes so far.
cpu_ms() { for pid in "${node_pids[@]}"; do cat "/proc/$pid/stat"; done | awk -v hz="$(getconf CLK_TCK)" '{t += $14 + $15} END {printf "%d", t * 1000 / hz}'; }

cat <<EOT
# $count validators on one machine, $(date -u +%Y-%m-%d)

$(conditions)
* network $name, all validators and the clerk on this machine; every block synced to disk by every node
* made by \`scripts/network.sh $name --once\`; \`synced_write_us\` is the median of 101 synced writes of 4 KiB, before and after

All $count nodes were ready $ready_ms ms after they were started on empty directories.

## Idle

EOT
say "idle" >&2
before=$(cpu_ms)
sleep 20
echo "In 20 seconds without work all nodes together took $(($(cpu_ms) - before)) ms of processor time."

printf '\n## Finality of a single batch, and of a change of status\n\n'
say "finality" >&2
before=$(cpu_ms)
shown "$bin/sogoc" bench finality --key "$key" --approver "${key%.key}.approver.key" --node "$node" --count 40
printf '\n%d ms of processor time for a batch and a change, over all nodes.\n' $((($(cpu_ms) - before) / 40))

printf '\n## Sealing\n\n'
say "sealing" >&2
before=$(cpu_ms)
shown "$bin/sogoc" bench seal --key "$key" --node "$node" --batch 40 --rate 800 --seconds 30
printf '\n%d ms of processor time in all, over all nodes.\n' $(($(cpu_ms) - before))

printf '\n## A class with real documents\n\n'
say "a class" >&2
shown "$bin/sogoc" issue "$root/examples/hoc-ba-9-1.xlsx" --type hoc-ba-thcs --key "$key" --out "$home/class" --node "$node" --trust "$home/anchor.json"
cp "$(find class -name '*.sogoc' | sort | head -n 1)" record.sogoc
shown "$bin/sogoc" bench verify record.sogoc --trust "$home/anchor.json"

printf '\n## Memory\n\nOf the nodes, resident, in MB:%s.\n\nLoad at the end: %s\n' "$(node_memory)" "$(cut -d' ' -f1-3 /proc/loadavg)"
