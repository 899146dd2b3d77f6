"""Checks our documents with openvc, what it sees against the published JSON Schemas, and binds some for us to check:

    python check.py TOKENS.json SCHEMA_DIRECTORY PRESENTATIONS.json
"""

import base64
import json
import pathlib
import sys

from jsonschema import Draft202012Validator
from openvc.keys import Ed25519SigningKey, P256SigningKey
from openvc.errors import OpenvcError
from openvc.proof.sd_jwt import SdJwtVcProofSuite

tokens = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
schemas = pathlib.Path(sys.argv[2])
suite = SdJwtVcProofSuite()
counts = {True: 0, False: 0}


def expect(what, holds):
    counts[bool(holds)] += 1
    if not holds:
        print(f"FAILED openvc: {what}", file=sys.stderr)


def accepted(kind, token, bound, issuer=None, **expected):
    if bound:
        expected = {"audience": tokens["audience"], "nonce": tokens["nonce"], **expected}
    try:
        issuer = issuer or kind["issuer_jwk"]
        return suite.verify(token, public_key_jwk=issuer, require_key_binding=bound, **expected).claims
    except OpenvcError:
        return None


def flip(text, at):
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1:]


def check(kind, case):
    name, token, bound = f"{kind['algorithm']}, {case['name']}", case["token"], case["bound"]
    claims = accepted(kind, token, bound)
    expect(f"{name}: accepted, same claims", claims == case["processed"])
    expect(f"{name}: another key refused", accepted(kind, token, bound, kind["holder_jwk"]) is None)
    jwt = token.split("~")[0]
    header, payload, signature = jwt.split(".")
    expect(f"{name}: changed payload refused", accepted(kind, flip(token, len(header) + 40), bound) is None)
    middle = len(jwt) - len(signature) // 2
    expect(f"{name}: changed signature refused", accepted(kind, flip(token, middle), bound) is None)
    parts = token.split("~")
    if len(parts) > 2:
        changed = "~".join([parts[0], flip(parts[1], 30), *parts[2:]])
        expect(f"{name}: changed disclosure refused", accepted(kind, changed, bound) is None)
    if bound:
        expect(f"{name}: another audience refused", accepted(kind, token, bound, audience="https://khac.vn") is None)
        expect(f"{name}: another nonce refused", accepted(kind, token, bound, nonce="0") is None)
        expect(f"{name}: bound where it must be", accepted(kind, "~".join(parts[:-1]) + "~", bound) is None)

    schema = json.loads((schemas / f"{case['schema']}-1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    if name.endswith(", all"):
        expect(f"{name}: as the JSON Schema says", Draft202012Validator(schema).is_valid(claims))
        expect(f"{name}: the schema is not empty", not Draft202012Validator(schema).is_valid({**claims, "x": "y"}))


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_s(token, high):
    """The token, of whose two signatures ECDSA takes either, with the one of high or low s."""
    signed, signature = token.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature + "==")
    s = int.from_bytes(raw[32:], "big")
    if (s > ORDER // 2) != high:
        raw = raw[:32] + (ORDER - s).to_bytes(32, "big")
    return f"{signed}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def wallets(kind):
    """Keys of the holder as openvc has them, by the name that stands in the binding."""
    secret = base64.urlsafe_b64encode(bytes(kind["holder_secret"])).rstrip(b"=").decode()
    jwk = {**kind["holder_jwk"], "d": secret}
    if kind["algorithm"] == "ES256":
        return {"ES256": P256SigningKey.from_jwk(jwk, "holder")}
    return {alg: Ed25519SigningKey.from_jwk(jwk, "holder", alg=alg) for alg in ["Ed25519", "EdDSA"]}


presentations = []


def present(kind):
    asked = {"audience": tokens["audience"], "nonce": tokens["nonce"]}
    for alg, holder in wallets(kind).items():
        for case in kind["cases"]:
            if not case["name"].endswith("*\"]"):
                continue
            bound = suite.create_presentation(case["token"], holder_key=holder, **asked)
            name = f"{kind['algorithm']}, {case['name']}, bound by openvc as {alg}"
            if alg == "ES256":
                # What this library takes and we refuse.
                high = with_s(bound, True)
                expect(f"{name}, a high s: accepted by openvc", accepted(kind, high, True) is not None)
                refused = {"name": f"{name}, a high s", "token": high, "error": "holder-signature-invalid"}
                presentations.append(refused)
                bound = with_s(bound, False)
            presentations.append({"name": name, "token": bound, "paths": case["paths"]})


for kind in tokens["kinds"]:
    for case in kind["cases"]:
        check(kind, case)
    present(kind)

handed_over = {"audience": tokens["audience"], "nonce": tokens["nonce"], "presentations": presentations}
pathlib.Path(sys.argv[3]).write_text(json.dumps(handed_over), encoding="utf-8")

print(f"openvc 1.37.0, jsonschema: {counts[True]} passed, {counts[False]} failed")
sys.exit(1 if counts[False] else 0)
