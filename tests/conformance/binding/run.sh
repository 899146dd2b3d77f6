#!/usr/bin/env bash
# Bindings of ledger keys to X.509 certificates: made by OpenSSL and by a PKCS#11 token (SoftHSM), good and bad ones, checked by
# sogoc and, the good ones, by OpenSSL. Needs python3, openssl, softhsm2 and p11tool (gnutls-bin), and sogoc built.
# --write: keep what was made as docs/vectors/binding.json, for the verifiers that have no OpenSSL.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
PATH=${SOGOC_BIN:-${CARGO_TARGET_DIR:-$root/target}/release}:$PATH
export PATH
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
python3 -B "$here/check.py" "$directory" "$root/docs/vectors/binding.json" "$@"
