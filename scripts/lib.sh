# What the scripts share: the tools a bare Debian lacks, the one build, and a network of processes.
# shellcheck shell=bash

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SOGOC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sogoc}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
bin=$CARGO_TARGET_DIR/release
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

# The compiler that this tree is built with at least; see rust-version in Cargo.toml.
rust_minor_min=91

say() { printf '\n== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# install_packages PACKAGE…: those of Debian's packages that are not there yet.
install_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${missing[*]} (about a minute)"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_rust() {
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    local minor
    minor=$(rustc --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -ge "$rust_minor_min" ] && return
    say "installing Rust (about a minute)"
    if ! command -v rustup >/dev/null; then
        install_packages curl ca-certificates
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path
        . "$HOME/.cargo/env"
    fi
    rustup toolchain install stable --profile minimal
    rustup default stable
}

# What building needs: a C compiler, clang and libclang for RocksDB, mold to link.
install_build_tools() {
    install_packages gcc g++ make clang libclang-dev mold pkg-config
    install_rust
}

# Node runs what builds the page; whoever has it by other means keeps it.
install_node() { command -v npm >/dev/null || install_packages nodejs npm; }

# run_quietly LABEL COMMAND…: its output goes to a file and is shown only if it fails.
run_quietly() {
    local label=$1 log
    shift
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log"
        rm -f "$log"
        echo "failed: $label"
        return 1
    fi
    rm -f "$log"
}

# cargo-deny, built once into the cache; not optimised as its authors ship it, for it runs for a second.
install_cargo_deny() {
    export PATH=$cache/tools/bin:$PATH
    command -v cargo-deny >/dev/null && return
    say "building cargo-deny (about three minutes)"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        CARGO_TARGET_DIR=$cache/tools/target cargo install cargo-deny --locked --quiet --root "$cache/tools"
    rm -rf "$cache/tools/target"
}

# build_programs: the page and both programs, from what is in the tree.
build_programs() {
    "$root/scripts/build-page.sh"
    cargo build --release --locked --quiet --workspace --bins --manifest-path "$root/Cargo.toml"
}

# new_home PORT: $home, a directory for a network on the ports from $port on, whose first node is $node. With the script end
# its processes, $pids; then $home is removed unless $keep_home is true.
new_home() {
    home=$(mktemp -d "${TMPDIR:-/tmp}/sogoc.XXXXXX")
    port=${SOGOC_BASE_PORT:-$1}
    node=http://127.0.0.1:$((port + 201))
    export SOGOC_JOURNAL=$home/journal
    pids=()
    node_pids=()
    trap end_network EXIT
    trap 'exit 130' INT TERM HUP
}

end_network() {
    trap - EXIT
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    ${keep_home:-false} || rm -rf "$home"
}

# found_network ARGUMENT…: what `sogoc genesis devnet ARGUMENT…` founds, in $home/net.
found_network() { run_quietly founding "$bin/sogoc" genesis devnet "$@" --out "$home/net" --base-port "$port"; }

# start_node NUMBER: it logs to $home/node-NUMBER.log.
start_node() {
    "$bin/sogoc-node" run --config "$home/net/node-$1/node.toml" 2>>"$home/node-$1.log" &
    node_pids[$1]=$!
    pids+=($!)
}

# A node that is not ready within so many seconds will not be: 23 on two busy cores take ten.
ready_seconds_max=180

# wait_ready NUMBER: until it keeps up with the network; fails if it ends, or takes too long.
wait_ready() {
    local end=$((SECONDS + ready_seconds_max))
    until "$bin/sogoc-node" status --url "http://127.0.0.1:$((port + 200 + $1))" >/dev/null 2>&1; do
        if ! kill -0 "${node_pids[$1]}" 2>/dev/null || [ $SECONDS -ge $end ]; then
            echo "node $1 ended, or is not ready:" >&2
            tail -n 20 "$home/node-$1.log" >&2
            return 1
        fi
        sleep 0.05
    done
}

# start_nodes: every node of $home/net, until all are ready.
start_nodes() {
    local count i
    count=$(find "$home/net" -maxdepth 1 -name 'node-*' | wc -l)
    for i in $(seq "$count"); do start_node "$i"; done
    for i in $(seq "$count"); do wait_ready "$i"; done
}

# status NAME: what the first node says of itself under that name.
status() { "$bin/sogoc-node" status --url "$node" 2>/dev/null | sed -n "s/^$1 .* //p"; }

# pass_motion FILE VOTES: the first owner proposes it, and so many in all vote for it at once. Prints its id.
pass_motion() {
    local motion i vote votes=()
    motion=$("$bin/sogoc" gov propose "$1" --key "$home/net/node-1/keys/governance.key" --node "$node" | sed -n 1p)
    for i in $(seq 2 "$2"); do
        "$bin/sogoc" gov vote "$motion" yes --key "$home/net/node-$i/keys/governance.key" --node "$node" >/dev/null &
        votes+=($!)
    done
    for vote in "${votes[@]}"; do wait "$vote"; done
    echo "$motion"
}

# stop_node NUMBER: as a service manager does; it must end well.
stop_node() {
    kill "${node_pids[$1]}"
    wait "${node_pids[$1]}"
    unset "node_pids[$1]"
}

# node_memory: of each node, resident, in MB.
node_memory() {
    local pid
    for pid in "${node_pids[@]}"; do awk '/^VmRSS/ {printf " %d", $2 / 1024}' "/proc/$pid/status"; done
}

now_ms() { date +%s%3N; }

# conditions: under which something was measured, as a Markdown list.
conditions() {
    local changed=''
    git -C "$root" diff --quiet HEAD -- '*.rs' '*.toml' || changed=' and changes on top'
    echo "* commit $(git -C "$root" rev-parse --short HEAD)$changed"
    echo "* machine: $(nproc) cores of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(awk '/MemTotal/ {printf "%d GiB", $2 / 1048576}' /proc/meminfo), kernel $(uname -r)"
    echo "* load before: $(cut -d' ' -f1-3 /proc/loadavg)"
}

# shown COMMAND…: the command as it was run, and what it printed, in Markdown; it ends as the command does.
shown() {
    local status=0
    printf '```\n$ %s\n' "$(printf '%s ' "$@" | sed "s#$home/##g; s#$root/##g; s#$bin/##g; s# \$##")"
    "$@" 2>&1 | sed "s#$home/##g; s#$root/##g" || status=$?
    printf '```\n'
    return $status
}
