#!/usr/bin/env bash
# Every vector of docs/vectors, put to a verifier that rests on docs/FORMATS.md alone. Needs python3, nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
exec python3 -B "$here/verify.py" "$root/docs/vectors" "$root/credential/definitions"
