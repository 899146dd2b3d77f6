"""Checks our documents with openvc, what it sees against the published JSON Schemas, and binds some for us to check:

    python check.py TOKENS.json SCHEMA_DIRECTORY PRESENTATIONS.json
"""

import base64
import json
import pathlib
import sys

from jsonschema import Draft202012Validator
from openvc.keys import Ed25519SigningKey
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


def accepted(token, bound, issuer=tokens["issuer_jwk"], **expected):
    if bound:
        expected = {"audience": tokens["audience"], "nonce": tokens["nonce"], **expected}
    try:
        return suite.verify(token, public_key_jwk=issuer, require_key_binding=bound, **expected).claims
    except OpenvcError:
        return None


def flip(text, at):
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1:]


for case in tokens["cases"]:
    name, token, bound = case["name"], case["token"], case["bound"]
    claims = accepted(token, bound)
    expect(f"{name}: accepted, same claims", claims == case["processed"])
    expect(f"{name}: another key refused", accepted(token, bound, tokens["holder_jwk"]) is None)
    jwt = token.split("~")[0]
    header, payload, signature = jwt.split(".")
    expect(f"{name}: changed payload refused", accepted(flip(token, len(header) + 40), bound) is None)
    middle = len(jwt) - len(signature) // 2
    expect(f"{name}: changed signature refused", accepted(flip(token, middle), bound) is None)
    parts = token.split("~")
    if len(parts) > 2:
        changed = "~".join([parts[0], flip(parts[1], 30), *parts[2:]])
        expect(f"{name}: changed disclosure refused", accepted(changed, bound) is None)
    if bound:
        expect(f"{name}: another audience refused", accepted(token, bound, audience="https://khac.vn") is None)
        expect(f"{name}: another nonce refused", accepted(token, bound, nonce="0") is None)
        expect(f"{name}: bound where it must be", accepted("~".join(parts[:-1]) + "~", bound) is None)

    schema = json.loads((schemas / f"{case['schema']}-1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    if name.endswith(", all"):
        expect(f"{name}: as the JSON Schema says", Draft202012Validator(schema).is_valid(claims))
        expect(f"{name}: the schema is not empty", not Draft202012Validator(schema).is_valid({**claims, "x": "y"}))

seed = base64.urlsafe_b64encode(bytes(tokens["holder_seed"])).rstrip(b"=").decode()
presentations = []
for alg in ["Ed25519", "EdDSA"]:
    holder = Ed25519SigningKey.from_jwk({**tokens["holder_jwk"], "d": seed}, "holder", alg=alg)
    for case in tokens["cases"]:
        if case["name"].endswith("*\"]"):
            bound = suite.create_presentation(
                case["token"], holder_key=holder, audience=tokens["audience"], nonce=tokens["nonce"])
            presentations.append(
                {"name": f"{case['name']}, bound by openvc as {alg}", "token": bound, "paths": case["paths"]})
handed_over = {"audience": tokens["audience"], "nonce": tokens["nonce"], "presentations": presentations}
pathlib.Path(sys.argv[3]).write_text(json.dumps(handed_over), encoding="utf-8")

print(f"openvc 1.37.0, jsonschema: {counts[True]} passed, {counts[False]} failed")
sys.exit(1 if counts[False] else 0)
