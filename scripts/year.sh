#!/usr/bin/env bash
# A year of the city on its 23 validators: a document's receipt on a state of 51,000 batches, its parts, and how long verifying takes,
# without and with the X.509 certificates behind the school's key. All on this machine. Two and a half minutes; prints Markdown.
#
# Four validators seal the year, since two cores are few for 23. Then the chain is continued on that state by the city's 23,
# as if the four were lost, and these seal the class that is looked at.

. "$(dirname "$0")/lib.sh"

batches=51000
validators=23

install_build_tools >&2
install_packages openssl python3 >&2
build_programs >&2
new_home 25000
cd "$home"
school=thcs-mau-1
key=$home/$school.key
anchor=$home/anchor.json

cat <<EOT
# A year on 23 validators, on one machine, $(date -u +%Y-%m-%d)

$(conditions)
* $batches batches of one document, sealed by four validators, whose chain hcmc-23 continues; every node a process here
* certificates: a root, an authority and the school's, RSA 2048, made by OpenSSL; the school's signed a statement of its ledger key
* made by \`scripts/year.sh\`

EOT

say "sealing $batches batches by four validators" >&2
found_network 4 >&2
start_nodes
cp "net/issuers/$school".* .
shown "$bin/sogoc" bench seal --key "$key" --node "$node" --batch 1 --rate 500 --seconds $((batches / 500))
chain=$(status chain)
for i in 1 2 3 4; do stop_node "$i"; done

say "the city's 23 continue" >&2
mv net four
found_network --network hcmc-23 >&2
four=four/node-1
run_quietly export "$bin/sogoc-node" export-state --config $four/node.toml --out state.sogoc >&2
parts=()
for i in $(seq $validators); do parts+=(--validator "net/node-$i/validator.json"); done
"$bin/sogoc" genesis continue --from state.sogoc --decision "QĐ thử nghiệm 61/QĐ-MẪU" --out continuation.json --anchor "$anchor" \
    --address-book book.json "${parts[@]}" >&2
for i in $(seq $validators); do
    mkdir -m 700 "net/node-$i/data"
    cp -a $four/data/store "net/node-$i/data/"
    cp $four/genesis.json "net/node-$i/"
    cp book.json "net/node-$i/address-book.json"
    "$bin/sogoc-node" continue --config "net/node-$i/node.toml" --continuation continuation.json >>continued
done
[ "$(sort -u continued | wc -l)" = 1 ]
start_nodes

# seal FILE OUT OPTION…: a class; OUT.sogoc is one of its files.
seal() {
    local file=$1 out=$2
    shift 2
    "$bin/sogoc" issue "$file" --type hoc-ba-thcs --date 2026-05-28 --key "$key" --out "$out" --node "$node" --trust "$anchor" "$@" >&2
    cp "$(find "$out" -name '*.sogoc' | sort | head -n 1)" "$out.sogoc"
}
seal "$root/examples/hoc-ba-9-1.xlsx" document

say "the certificates, and a motion that enters them" >&2
"$bin/sogoc" issuer binding statement --chain "$chain" --issuer $school --key $school.jwk --roles seal --from 2020-01-01 --out statement >&2
PYTHONPATH=$root/tests/conformance/binding python3 -B - <<'PY'
import base64, json
from pathlib import Path
from authority import Certified, authority, openssl

start = "20190101000000Z"  # the example schools' keys begin in 2020
top = Certified("root", None, "/C=VN/O=Gốc thử/CN=Gốc thử", extensions=authority(), start=start)
middle = Certified("authority", top, "/C=VN/O=CA thử/CN=CA thử", extensions=authority(", pathlen:0"), start=start)
school = Certified("school", middle, "/C=VN/O=UBND phường Mẫu/CN=TRƯỜNG THCS MẪU MỘT", start=start)
evidence = openssl("cms", "-sign", "-binary", "-outform", "DER", "-in", "statement", "-signer", school.cert, "-inkey", school.key,
                   "-certfile", middle.cert)
Path("evidence").write_bytes(evidence)
certificate = base64.b64encode(top.der()).decode()
trusted = {"name": "Gốc thử", "from": "2019-01-01", "until": "2030-01-01", "certificate": certificate}
Path("roots.json").write_text(json.dumps({"sogoc-roots": 1, "throwaway": True, "roots": [trusted]}))
PY
check=$("$bin/sogoc" --lang en issuer binding check evidence --statement statement --roots roots.json --name "Trường THCS Mẫu Một")
cat >motion.toml <<EOT
decision = "QĐ thử nghiệm 62/QĐ-MẪU"

[[change]]
do = "bind-key"
issuer = "$school"
key = "$(sed -n 's/^  Key  *//p' <<<"$check")"
binding = "$(sed -n 's/^  Digest  *//p' <<<"$check")"
EOT
pass_motion motion.toml $((validators * 2 / 3 + 1)) >&2
"$root/scripts/school.py" 40 >class.csv
seal class.csv certified --statement statement --evidence evidence

say "verifying, with the nodes stopped" >&2
for i in $(seq $validators); do stop_node "$i"; done
printf '\n## A document\n\n'
shown taskset -c 0 "$bin/sogoc" bench verify document.sogoc --trust anchor.json
printf '\n## With the certificates behind its key\n\n'
shown taskset -c 0 "$bin/sogoc" bench verify certified.sogoc --trust anchor.json --roots roots.json
printf '\nLoad at the end: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
