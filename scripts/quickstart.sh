#!/usr/bin/env bash
# Founds a network of four validators on this machine, seals the example files, verifies one of them, and keeps running.
#
#   scripts/quickstart.sh           until Ctrl-C
#   scripts/quickstart.sh --once    ends after the tour; exit code 0 only if everything was verified
#
# The first run builds for about half an hour on two cores (RocksDB is half of it); later ones start in a minute.

. "$(dirname "$0")/lib.sh"

once=false
for argument in "$@"; do
    case $argument in
        --once) once=true ;;
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "unknown: $argument (try --help)" >&2; exit 2 ;;
    esac
done

install_build_tools
"$root/scripts/build-page.sh"
say "building (about 20 minutes the first time on two cores, seconds afterwards)"
cargo build --release --locked --workspace --bins --manifest-path "$root/Cargo.toml"

new_home 27000
$once || keep_home=true

say "founding a network of four validators"
found_network 4 --heartbeat-ms 5000
"$bin/sogoc" genesis check "$home/net"

say "starting four nodes"
start_nodes
"$bin/sogoc-node" status --url "$node"

say "exporting a trust anchor, before anything is sealed"
anchor=$home/anchor.json
"$bin/sogoc" checkpoint export --node "$node" --out "$anchor"

seal() { "$bin/sogoc" "$@" --node "$node" --trust "$anchor"; }
keys=$home/net/issuers

say "sealing the school records of class 9/1"
seal issue "$root/examples/hoc-ba-9-1.xlsx" --type hoc-ba-thcs --key "$keys/thcs-mau-1.key" --out "$home/hoc-ba"
say "sealing a school's diplomas"
seal issue "$root/examples/bang-tot-nghiep.csv" --type bang-tn-thpt --key "$keys/thpt-mau-1.key" --out "$home/bang"
say "sealing a PDF that is already signed"
seal seal-file "$root/examples/hoc-ba-da-ky.pdf" --date 2026-05-31 --period 2025-2026 --key "$keys/thcs-mau-1.key" --out "$home/da-ky"
say "checking a file full of mistakes (nothing is sealed)"
seal issue "$root/examples/hoc-ba-day-loi.xlsx" --type hoc-ba-thpt --key "$keys/thpt-mau-1.key" --out "$home/loi" --dry-run || true

say "verifying every learner's file offline"
"$bin/sogoc" verify --offline --trust "$anchor" "$home"/hoc-ba/*.sogoc "$home"/bang/*.sogoc >"$home/verified.txt"
echo "$(grep -c '^✓' "$home/verified.txt") files are valid"
"$bin/sogoc" verify --offline --trust "$anchor" --original "$root/examples/hoc-ba-da-ky.pdf" "$home"/da-ky/*.sogoc >/dev/null
echo "the signed PDF is the one that was sealed"

say "showing three claims of one record, and verifying that"
record=$(find "$home/hoc-ba" -name '*.sogoc' | sort | head -n 1)
"$bin/sogoc" present "$record" --disclose name,school_year,promoted --out "$home/shared.sogoc"
"$bin/sogoc" verify --trust "$anchor" --node "$node" "$home/shared.sogoc"

if $once; then
    say "done: everything was verified"
    exit 0
fi
cat <<EOT

The network runs. Ctrl-C stops it.   Mạng đang chạy. Nhấn Ctrl-C để dừng.

  page              $node/
  API               $node/v1/chain
  learners' files   $home/hoc-ba
  trust anchor      $anchor

To try / hãy thử:
  $bin/sogoc verify --trust $anchor $record
  $bin/sogoc status revoke $record --key $keys/thcs-mau-1.key \\
      --approver $keys/thcs-mau-1.approver.key --ground fraud --decision "QĐ 15/QĐ-MẪU" --decision-date 2026-06-01 --out $home/revoked.sogoc --node $node
  $bin/sogoc verify --trust $anchor --node $node $record
  kill ${node_pids[4]}      # one validator of four: the others go on
EOT
wait
