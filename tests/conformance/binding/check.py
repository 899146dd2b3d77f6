"""Every kind of evidence, good and bad, to `sogoc issuer binding check`; the good ones to `openssl cms -verify` as well."""

import base64
import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from authority import SIGNER, YEAR, Certified, authority, openssl

work, vectors_file = Path(sys.argv[1]), Path(sys.argv[2])
NAME = "Trường THCS Mẫu Một"
FROM = f"{YEAR}-12-01"
FROM_SECONDS = int(datetime.datetime.fromisoformat(f"{FROM}T00:00:00+07:00").timestamp())
PIN = "271828"

passed, failed = 0, 0
vectors = []


def check(label, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {label}\n  {detail}")


def sogoc(*arguments, **options):
    return subprocess.run(["sogoc", "--lang", "en", *map(str, arguments)], capture_output=True, text=True, **options)


def roots_file(name, roots, organisations=None, **window):
    written = [{
        "name": label, "from": window.get("start", f"{YEAR - 1}-01-01"), "until": window.get("end", f"{YEAR + 5}-01-01"),
        "certificate": base64.b64encode(root.der()).decode(),
    } for label, root in roots.items()]
    file = {"sogoc-roots": 1, "roots": written}
    if len(roots) < 2:
        file["throwaway"] = True
    if organisations:
        file["organisations"] = organisations
    path = work / f"{name}.json"
    path.write_text(json.dumps(file))
    return path


ED25519 = '{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'


def write_statement(name, roles="seal", start=FROM, issuer="thcs-mau-1", key=ED25519):
    path = work / name
    jwk = work / "key.jwk"
    jwk.write_text(key)
    done = sogoc("issuer", "binding", "statement", "--chain", "hcmc-thu", "--issuer", issuer, "--key", jwk, "--roles", roles,
                 "--from", start, "--until", f"{YEAR + 9}-12-01", "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def cms(signer, *options, content=None, chain=None):
    """Evidence by OpenSSL; `chain`: the certificates beside the signer's."""
    beside = work / "beside.pem"
    above = list(signer.chain()) if chain is None else chain
    beside.write_text("".join(certificate.pem() for certificate in above))
    certificates = ["-certfile", beside] if above else []
    return openssl("cms", "-sign", "-binary", "-outform", "DER", "-in", content or statement, "-signer", signer.cert,
                   "-inkey", signer.key, *certificates, *options)


def answer(evidence, statement_file, roots, name=NAME, admitted=None):
    path = work / "evidence.p7s"
    path.write_bytes(evidence)
    asked = ["--name", name] if name else []
    digest = ["--digest", admitted] if admitted else []
    done = sogoc("issuer", "binding", "check", path, "--statement", statement_file, "--roots", roots, *asked, *digest, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}


def keep(label, evidence, statement_file, roots, name, admitted, expected):
    if len(evidence) > 65536:
        return  # of zeros: a verifier can make them
    vector = {"description": label, "evidence": base64.urlsafe_b64encode(evidence).rstrip(b"=").decode(),
              "statement": statement_file.read_bytes().hex(), "roots": roots.stem, "names": [name] if name else []}
    if admitted:
        vector["admitted"] = admitted
    vectors.append({**vector, **expected})


def good(label, evidence, signer, statement_file=None, roots=None, name=NAME):
    statement_file, roots = statement_file or statement, roots or both
    code, said = answer(evidence, statement_file, roots, name)
    check(label, code == 0 and "bound" in said, said)
    if "bound" in said:
        bound = said["bound"]
        serial = openssl("x509", "-in", signer.cert, "-noout", "-serial").decode().strip().split("=")[1].lower()
        check(f"{label}: the serial number is that of the certificate", bound["serial"] == serial, said)
        keep(label, evidence, statement_file, roots, name, None, {"expect": bound})
    path = work / "openssl.p7s"
    path.write_bytes(evidence)
    try:
        openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", path, "-content", statement_file, "-CAfile",
                signer.root().cert, "-attime", FROM_SECONDS, "-out", "/dev/null")
        check(f"{label}, by OpenSSL", True)
    except RuntimeError as error:
        check(f"{label}, by OpenSSL", False, error)


def bad(expected, label, evidence, statement_file=None, roots=None, name=NAME, admitted=None):
    statement_file, roots = statement_file or statement, roots or both
    code, said = answer(evidence, statement_file, roots, name, admitted)
    unsure = {"binding-unknown-algorithm", "binding-unknown-root", "binding-root-out-of-window", "binding-unknown-extension"}
    found = said.get("reason", {}).get("code")
    check(f"{label}: {expected}", found == expected and code == (2 if expected in unsure else 1), (code, found or said))
    keep(label, evidence, statement_file, roots, name, admitted, {"error": expected})


# The authorities of two roots, and organisations below them.
root_a = Certified(work / "root-a", None, "/C=VN/O=Gốc thử A/CN=Gốc thử A", extensions=authority())
root_b = Certified(work / "root-b", None, "/C=VN/O=Gốc thử B/CN=Gốc thử B", "p384", authority(), md="sha384")
ca_a = Certified(work / "ca-a", root_a, "/C=VN/O=CA thử/CN=CA thử A", extensions=authority(", pathlen:0"))
ca_b = Certified(work / "ca-b", root_b, "/C=VN/O=CA thử/CN=CA thử B", "p256", authority())
both = roots_file("both", {"NEAC thử": root_a, "VGCA thử": root_b})
statement = write_statement("statement")
SUBJECT = f"/C=VN/O=UBND phường Mẫu/CN={NAME.upper()}/organizationIdentifier=VATVN-0000000000"


def organisation(label, issuer, kind="rsa", subject=SUBJECT, **options):
    return Certified(work / label, issuer, subject, kind, **options)


rsa = organisation("rsa", ca_a)
ec = organisation("ec", ca_b, "p256")
ec384 = organisation("ec384", ca_b, "p384")
PSS = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1"]

good("RSA PKCS#1 v1.5", cms(rsa), rsa)
good("RSA PKCS#1 v1.5 with SHA-512", cms(rsa, "-md", "sha512"), rsa)
good("RSA-PSS", cms(rsa, *PSS), rsa)
good("RSA-PSS with SHA-384", cms(rsa, *PSS, "-md", "sha384"), rsa)
good("ECDSA P-256", cms(ec), ec)
good("ECDSA P-384 with SHA-384", cms(ec384, "-md", "sha384"), ec384)
good("no signed attributes", cms(rsa, "-noattr"), rsa)
good("no signed attributes, ECDSA", cms(ec, "-noattr"), ec)
good("signer by key id", cms(ec, "-keyid"), ec)
good("CAdES, which names its certificate", cms(rsa, "-cades"), rsa)
good("the root is in it too", cms(rsa, chain=[ca_a, root_a]), rsa)
direct = organisation("direct", root_b, "p256")
good("issued by the root itself", cms(direct), direct)
ca_pss = Certified(work / "ca-pss", root_a, "/CN=CA thử PSS", extensions=authority(), sigopt=["rsa_padding_mode:pss", "rsa_pss_saltlen:32"])
below_pss = organisation("below-pss", ca_pss, sigopt=["rsa_padding_mode:pss", "rsa_pss_saltlen:32"])
good("a chain signed with RSA-PSS", cms(below_pss), below_pss)
ca_b2 = Certified(work / "ca-b2", ca_b, "/CN=CA thử B2", "p256", authority())
deep = organisation("deep", ca_b2, "p256")
good("a path of four", cms(deep), deep)
mapped = roots_file("mapped", {"NEAC thử": root_a, "VGCA thử": root_b}, {"thcs-mau-1": ["TRUONG THCS MAU MOT"]})
plain = organisation("plain", ca_a, subject="/CN=Truong THCS Mau Mot")
good("a name that the configuration knows", cms(plain), plain, roots=mapped)
p256 = write_statement("p256", key='{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}')
good("a ledger key of P-256", cms(rsa, content=p256), rsa, p256)

# Time.
expired = organisation("expired", ca_a, end=f"{YEAR}1130000000Z")
early = organisation("early", ca_a, start=f"{YEAR}1202000000Z")
ca_expired = Certified(work / "ca-expired", root_b, "/CN=CA thử hết hạn", "p256", authority(), end=f"{YEAR}1130000000Z")
below_expired = organisation("below-expired", ca_expired, "p256")
noattr = ["-noattr"]
bad("binding-expired", "expired when the key begins", cms(expired, *noattr))
bad("binding-not-yet-valid", "not yet valid when the key begins", cms(early, *noattr))
bad("binding-expired", "an authority above had expired", cms(below_expired, *noattr))
future = organisation("future", ca_a, start=f"{YEAR + 4}0101000000Z")
later = write_statement("later", start=f"{YEAR + 4}-06-01")
bad("binding-not-yet-valid", "signed, as it says, before the certificate was valid", cms(future, content=later), later)
closed = roots_file("closed", {"NEAC thử": root_a, "VGCA thử": root_b}, end=FROM)
bad("binding-root-out-of-window", "the root is no longer trusted when the key begins", cms(rsa), roots=closed)
opened = roots_file("opened", {"NEAC thử": root_a, "VGCA thử": root_b}, start=f"{YEAR}-12-02")
bad("binding-root-out-of-window", "the root is not trusted yet when the key begins", cms(rsa), roots=opened)

# Whose.
other = organisation("other", ca_a, subject="/C=VN/O=UBND phường Mẫu/CN=Trường THCS Mẫu Hai")
teacher = organisation("teacher", ca_a, subject=f"/C=VN/O={NAME}/CN=Nguyễn Thử Nghiệm")
nameless = organisation("nameless", ca_a, subject="/C=VN")
bad("binding-other-organisation", "another school's certificate", cms(other))
bad("binding-other-organisation", "a teacher's own certificate, which names the school", cms(teacher))
bad("binding-other-organisation", "a certificate of nobody", cms(nameless))
bad("binding-other-organisation", "the ledger's name where the configuration has another", cms(rsa), roots=mapped)
bad("binding-other-organisation", "no name to compare with", cms(rsa), name=None)

# The path.
root_c = Certified(work / "root-c", None, "/CN=Gốc lạ", "p256", authority())
stranger = organisation("stranger", Certified(work / "ca-c", root_c, "/CN=CA lạ", "p256", authority()), "p256")
bad("binding-unknown-root", "below a root that is not configured", cms(stranger))
bad("binding-unknown-root", "below a root that is not configured but in it", cms(stranger, chain=[stranger.issuer, root_c]))
bad("binding-unknown-root", "without the authority between", cms(rsa, chain=[]))
selfmade = organisation("selfmade", None, "p256")
bad("binding-unknown-root", "signed by itself", cms(selfmade, chain=[]))
forged = Certified(work / "forged", root_a, "/C=VN/O=CA thử/CN=CA thử A", extensions=authority())
bad("binding-path-broken", "an authority of the same name with another key", cms(rsa, chain=[forged]))
usurper = Certified(work / "usurper", None, "/C=VN/O=Gốc thử A/CN=Gốc thử A", extensions=authority())
usurped = organisation("usurped", usurper)
bad("binding-path-broken", "a root of the same name with another key", cms(usurped))
bad("binding-path-broken", "a root of the same name with another key, in it", cms(usurped, chain=[usurper]))
below_school = organisation("below-school", organisation("school-as-ca", ca_b, "p256", subject="/CN=Trường khác"), "p256")
bad("binding-not-an-authority", "issued by a school", cms(below_school))
no_sign = "basicConstraints = critical, CA:true\nkeyUsage = critical, cRLSign"
below_no_sign = organisation("below-no-sign", Certified(work / "no-sign", root_b, "/CN=CA không ký", "p256", no_sign), "p256")
bad("binding-not-an-authority", "issued by an authority that may not sign certificates", cms(below_no_sign))
ca_a2 = Certified(work / "ca-a2", ca_a, "/CN=CA thử A2", extensions=authority())
bad("binding-path-too-long", "an authority below one that allows none", cms(organisation("below-a2", ca_a2)))
ca_b3 = Certified(work / "ca-b3", ca_b2, "/CN=CA thử B3", "p256", authority())
bad("binding-path-too-long", "a path of five", cms(organisation("deeper", ca_b3, "p256")))
bad("binding-signed-by-authority", "an authority as signer", cms(ca_b))
ca_odd = Certified(work / "ca-odd", root_b, "/CN=CA lạ lùng", "p256", authority() + "\n1.3.6.1.4.1.99999.1 = critical, ASN1:NULL")
bad("binding-unknown-extension", "a critical extension above that nobody knows", cms(organisation("below-odd", ca_odd, "p256")))
odd = organisation("odd", ca_a, extensions=SIGNER + "\n1.3.6.1.4.1.99999.1 = critical, ASN1:NULL")
bad("binding-unknown-extension", "a critical extension that nobody knows", cms(odd))

# What it is for.
encipher = SIGNER.replace("digitalSignature, nonRepudiation", "keyEncipherment")
bad("binding-not-for-signing", "a certificate for encryption", cms(organisation("encipher", ca_a, extensions=encipher)))
server = SIGNER + "\nextendedKeyUsage = serverAuth"
bad("binding-not-for-signing", "a certificate for a server", cms(organisation("server", ca_a, extensions=server)))
documents = SIGNER + "\nextendedKeyUsage = clientAuth, emailProtection, 1.3.6.1.5.5.7.3.36"
document_signer = organisation("documents", ca_a, extensions=documents)
good("a certificate for documents", cms(document_signer), document_signer)

# Algorithms.
bad("binding-weak-hash", "signed with SHA-1", cms(rsa, "-md", "sha1"))
bad("binding-weak-hash", "signed with SHA-224", cms(ec, "-md", "sha224"))
bad("binding-weak-hash", "signed with MD5", cms(rsa, "-md", "md5"))
bad("binding-weak-hash", "a certificate signed with SHA-1", cms(organisation("sha1", ca_a, md="sha1")))
bad("binding-weak-hash", "a certificate signed with ECDSA and SHA-1", cms(organisation("ecsha1", ca_b, "p256", md="sha1")))
bad("binding-weak-key", "RSA of 1024 bits", cms(organisation("rsa-1024", ca_a, "rsa-1024")))
bad("binding-weak-key", "a curve of 224 bits", cms(organisation("p224", ca_a, "p224")))
ca_weak = Certified(work / "ca-weak", root_a, "/CN=CA yếu", "rsa-1024", authority())
bad("binding-weak-key", "an authority with RSA of 1024 bits", cms(organisation("below-weak", ca_weak)))
bad("binding-unknown-algorithm", "secp256k1", cms(organisation("k1", ca_a, "secp256k1")))
ca_ed = Certified(work / "ca-ed", root_b, "/CN=CA Ed25519", "ed25519", authority())
bad("binding-unknown-algorithm", "below Ed25519, which Vietnamese rules do not list", cms(organisation("ed", ca_ed, md="default")))
bad("binding-unknown-algorithm", "RSA-PSS with the longest salt", cms(rsa, *PSS[:3], "rsa_pss_saltlen:222"))
bad("binding-unknown-algorithm", "RSA-PSS whose mask has another hash", cms(rsa, *PSS, "-keyopt", "rsa_mgf1_md:sha512"))
bad("binding-weak-hash", "RSA-PSS whose mask has SHA-1", cms(rsa, *PSS, "-keyopt", "rsa_mgf1_md:sha1"))

# What is signed.
more = write_statement("more", roles="seal,administer")
bad("binding-other-statement", "a statement with another role", cms(rsa), more)
bad("binding-signature-wrong", "a statement with another role, without attributes", cms(rsa, "-noattr"), more)
bad("binding-other-statement", "the statement of another issuer", cms(rsa), write_statement("thief", issuer="thcs-mau-2"))
evidence = cms(rsa)
now = evidence.find(bytes.fromhex("06092a864886f70d010905"))
second = now + 26
tampered = bytearray(evidence)
tampered[second] ^= 1
bad("binding-signature-wrong", "a signing time that was changed", bytes(tampered))
tampered = bytearray(evidence)
tampered[-1] ^= 1
bad("binding-signature-wrong", "a signature that was changed", bytes(tampered))
twin = organisation("twin", ca_a, serial="2000")
substitute = organisation("substitute", ca_a, serial="2000", key=twin, start=f"{YEAR}0101000000Z")
bad("binding-no-certificate", "the certificate exchanged for another of the same key and number",
    cms(twin, "-cades", "-nocerts", chain=[substitute, ca_a]))
bad("binding-signature-wrong", "signed with another key than the certificate's",
    openssl("cms", "-sign", "-binary", "-outform", "DER", "-in", statement, "-signer", twin.cert, "-inkey", twin.key, "-nocerts",
            "-certfile", organisation("impostor", ca_a, serial="2000").cert))

# Form.
bad("binding-no-certificate", "without certificates", cms(rsa, "-nocerts", chain=[]))
bad("binding-no-certificate", "with certificates of others alone", cms(rsa, "-nocerts", chain=[ec]))
bad("binding-malformed", "a byte after the end", evidence + b"\0")
bad("binding-malformed", "cut", evidence[:-1])
bad("binding-malformed", "empty", b"")
bad("binding-malformed", "indefinite lengths, as BER has them", cms(rsa, "-stream", "-nodetach"))
bad("binding-malformed", "the statement is inside", cms(rsa, "-nodetach"))
bad("binding-malformed", "two signers", cms(rsa, "-signer", ec.cert, "-inkey", ec.key))
bad("binding-malformed", "a certificate instead", rsa.der())
bad("binding-malformed", "another type of content", cms(rsa, "-econtent_type", "pkcs7-signedData"))
many = [organisation(f"many-{number}", ca_a, key=rsa) for number in range(8)]
bad("binding-too-large", "nine certificates", cms(rsa, chain=many))
bad("binding-too-large", "64 KiB", bytes(65536))
bad("binding-not-admitted", "not what the ledger has", evidence, admitted="00" * 32)

# Statements and roots that are none.
for label, arguments in {
    "a statement that is none": [work / "evidence.p7s", "--statement", work / "key.jwk", "--roots", both],
    "roots that are none": [work / "evidence.p7s", "--statement", statement, "--roots", statement],
    "an organisation as a root": [work / "evidence.p7s", "--statement", statement, "--roots", roots_file("leaf", {"A": rsa, "B": root_b})],
    "a weak root": [work / "evidence.p7s", "--statement", statement, "--roots", roots_file("weak", {
        "A": Certified(work / "weak-root", None, "/CN=Gốc yếu", "rsa-1024", authority()), "B": root_b})],
}.items():
    done = sogoc("issuer", "binding", "check", *arguments)
    check(label, done.returncode == 1 and "bad-" in done.stderr, done.stderr)
lonely = json.loads(roots_file("lonely", {"NEAC thử": root_a}).read_text())
del lonely["throwaway"]
(work / "lonely.json").write_text(json.dumps(lonely))
done = sogoc("issuer", "binding", "check", work / "evidence.p7s", "--statement", statement, "--roots", work / "lonely.json")
check("one root alone, not marked as throwaway", "bad-roots" in done.stderr, done.stderr)

# What a person reads.
path = work / "evidence.p7s"
path.write_bytes(evidence)
for language, words in {"vi": ["Tổ chức", "Gốc tin cậy", "NEAC thử", NAME.upper()], "en": ["Organisation", "Root", "valid now"]}.items():
    done = subprocess.run(["sogoc", "--lang", language, "issuer", "binding", "check", path, "--statement", statement, "--name", NAME],
                          capture_output=True, text=True, env={**os.environ, "SOGOC_ROOTS": str(both)})
    check(f"what a person reads: {language}", done.returncode == 0 and all(word in done.stdout for word in words), done)

# A token.
tokens = work / "tokens"
tokens.mkdir()
(work / "softhsm.conf").write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
os.environ["SOFTHSM2_CONF"] = str(work / "softhsm.conf")
module = next(Path("/usr/lib").glob("**/softhsm/libsofthsm2.so"))
run = lambda *arguments: subprocess.run([*map(str, arguments)], check=True, capture_output=True)
run("softhsm2-util", "--init-token", "--free", "--label", "truong", "--so-pin", PIN, "--pin", PIN)
for number, (label, signer) in enumerate({"rsa": rsa, "ec": ec, "ec384": ec384}.items(), 1):
    run("softhsm2-util", "--import", signer.key, "--token", "truong", "--label", label, "--id", f"0{number}", "--pin", PIN)
run("p11tool", "--provider", module, "--login", "--set-pin", PIN, "--write", "--load-certificate", rsa.cert, "--label", "rsa", "--id",
    "01", "pkcs11:token=truong")
pin_file = work / "pin"
pin_file.write_text(PIN + "\n")
pin_file.chmod(0o600)


def sign(label, *options, pin=pin_file):
    out = work / "signed.p7s"
    out.unlink(missing_ok=True)
    done = sogoc("issuer", "binding", "sign", statement, "--pkcs11-module", module, "--token", "truong", "--label", label,
                 "--pin-file", pin, "--out", out, *options)
    return done, out.read_bytes() if out.exists() else None


for what, label, signer, options in [
    ("RSA, its certificate on the token", "rsa", rsa, ["--certificates", ca_a.cert]),
    ("RSA-PSS", "rsa", rsa, ["--certificates", ca_a.cert, "--pss"]),
    ("P-256, its certificate in a file", "ec", ec, ["--certificates", ec.cert, "--certificates", ca_b.cert]),
    ("P-384", "ec384", ec384, ["--certificates", ec384.cert, "--certificates", ca_b.cert]),
]:
    done, made = sign(label, *options)
    check(f"a token signs: {what}", made is not None, done.stderr)
    if made:
        good(f"a token's signature: {what}", made, signer)
        code, said = answer(made, statement, both, admitted=done.stdout.split()[-1])
        check(f"a token's signature: {what}: the digest it printed", code == 0, said)
open_pin = work / "open-pin"
open_pin.write_text(PIN)
open_pin.chmod(0o644)
wrong_pin = work / "wrong-pin"
wrong_pin.write_text("314159")
wrong_pin.chmod(0o600)
for label, code, arguments, pin in [
    ("a PIN that others can read", "mode-too-open", ["rsa"], open_pin),
    ("a wrong PIN", "token-pin-wrong", ["rsa"], wrong_pin),
    ("a key that is not there", "token-no-key", ["none"], pin_file),
    ("a certificate of another key", "binding-signature-wrong", ["ec", "--certificates", ec384.cert], pin_file),
    ("no certificate", "binding-no-certificate", ["ec"], pin_file),
]:
    done, made = sign(*arguments, pin=pin)
    check(f"a token: {label}", made is None and done.returncode and f"{code}:" in done.stderr, done)
    check(f"a token: {label}: the PIN is not told", PIN not in done.stderr and "314159" not in done.stderr, done)

if "--write" in sys.argv:
    used = {vector["roots"] for vector in vectors}
    roots = {name: json.loads((work / f"{name}.json").read_text()) for name in sorted(used)}
    text = json.dumps({"roots": roots, "vectors": vectors}, ensure_ascii=False, indent=1)
    vectors_file.write_text(text + "\n")
shutil.rmtree(tokens)
print(f"{passed} passed, {failed} failed")
sys.exit(bool(failed))
