#!/usr/bin/env bash
# What a node answers, with curl and nothing else.
#
#   curl.sh NODE FILE.sogoc…      exit code 0 if every file is valid, 1 if not
#
# The node sees the files that are sent to it, and keeps nothing of them. Who does not want that verifies on their own
# machine: verify.ts, `sogoc verify`, or the page.
set -euo pipefail
node=$1
shift

# member NAME: the last text or number of this name in a line of JSON.
member() { sed -nE "s/.*\"$1\":\"?([^\",}]*).*/\1/p"; }
ask() { curl --silent --show-error --fail-with-body --max-time 60 "$@"; }

chain=$(ask "$node/v1/chain")
echo "network $(member chain <<<"$chain"), block $(member height <<<"$chain"), $(member leaves <<<"$chain") documents sealed"

# One file: the body is the file, the answer the report.
all_valid=true
for file in "$@"; do
    report=$(ask --data-binary "@$file" --header 'Content-Type: application/json' "$node/v1/verify?max_age=86400" || true)
    verdict=$(member verdict <<<"$report")
    [ "$verdict" = valid ] || all_valid=false
    echo "$file: ${verdict:-not asked: $(member code <<<"$report")}"
done

# The batch of the first: its proof, in the form that counts. A school or a class, never a person.
report=$(ask --data-binary "@$1" --header 'Content-Type: application/json' "$node/v1/verify")
batch=$(member batch <<<"$report")
issuer=$(member sealed_by <<<"$report")
proof=$(mktemp)
trap 'rm -f "$proof"' EXIT
ask --header 'Accept: application/vnd.sogoc' --output "$proof" "$node/v1/batches/$issuer/$batch"
echo "batch $batch of $issuer: a proof of $(wc -c <"$proof") bytes"

# Many files: one in each line, a report in each line that comes back, as they come.
for file in "$@"; do tr -d '\n' <"$file"; echo; done |
    ask --no-buffer --data-binary @- --header 'Content-Type: application/x-ndjson' "$node/v1/verify/bulk" |
    while read -r line; do
        case $line in
            '{"summary":'*) echo "of all: $line" ;;
            *) echo "line $(member line <<<"$line"): $(member verdict <<<"$line")" ;;
        esac
    done

# What has happened in the issuer's name since block 0. (As they come: --no-buffer, without the header.)
ask --header 'Accept: application/json' "$node/v1/events?issuer=$issuer&from=0" | grep -o '"type":"[a-z]*"' | sort | uniq -c
$all_valid
