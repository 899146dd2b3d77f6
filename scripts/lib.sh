# What quickstart.sh and test.sh share: the tools a bare Debian lacks, and the one build.
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

# What building needs: a C++ compiler and libclang for RocksDB, mold to link.
install_build_tools() {
    install_packages g++ make libclang-dev mold pkg-config
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

# cargo-deny, built once into the cache.
install_cargo_deny() {
    export PATH=$cache/tools/bin:$PATH
    command -v cargo-deny >/dev/null && return
    say "building cargo-deny (about five minutes)"
    CARGO_TARGET_DIR=$cache/tools/target cargo install cargo-deny --locked --quiet --root "$cache/tools"
    rm -rf "$cache/tools/target"
}
