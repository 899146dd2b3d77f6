"""Leads schemathesis to what is on the network that run.sh founded, and reads the binary answers with the decoder of
tests/conformance/formats, which was written from docs/FORMATS.md.

SOGOC_FOUND names a JSON file: values of the parameters of paths that are there, and files that learners have.
"""

import itertools
import json
import os
import sys
from pathlib import Path
from urllib.parse import unquote

import jsonschema_rs
import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode

sys.path.append(str(Path(__file__).parent.parent / "formats"))
import ledger  # noqa: E402

BINARY = "application/vnd.sogoc"
LINES = "application/x-ndjson"
FOUND = json.loads(Path(os.environ["SOGOC_FOUND"]).read_text(encoding="utf-8"))

# Whatever bytes come, they are refused politely.
schemathesis.openapi.media_type(BINARY, strategies.binary(max_size=4096))
BUNDLES = [Path(file).read_bytes() for file in FOUND["files"]]
line = strategies.sampled_from([*BUNDLES, b"{}", b"[" * 64, b""]) | strategies.binary(max_size=64)
schemathesis.openapi.media_type(LINES, strategies.lists(line, max_size=5).map(b"\n".join))

# Each form in turn, and none.
accepts = itertools.cycle([None, "application/json", BINARY])
turns = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    accept = next(accepts)
    if accept and "406" in context.operation.definition.raw["responses"]:
        case.headers["Accept"] = accept
    # Of three good requests two are about what is there.
    turn = next(turns)
    if case.meta and case.meta.generation.mode == GenerationMode.POSITIVE and turn % 3:
        for name in case.path_parameters or {}:
            there = FOUND.get(name)
            if there:
                case.path_parameters[name] = there[turn % len(there)]
        if context.operation.label == "POST /v1/verify":
            case.body = json.loads(BUNDLES[turn % len(BUNDLES)])
    # A stream of events has no end.
    if context.operation.label == "GET /v1/events":
        case.headers["Accept"] = "application/json"
    # Nobody will seal what is waited for.
    if str((case.query or {}).get("wait")) in map(str, range(2, 31)):
        case.query["wait"] = 1


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    # JSON schema counts characters, the ledger bytes.
    period = unquote((path_parameters or {}).get("period") or "")
    return len(period) > 16 or len(period.encode()) <= 16


@schemathesis.check
def binary_answers_decode(context, response, case):
    """The bytes are what the description says: a struct of docs/FORMATS.md, a list of them, or hashes."""
    if response.status_code != 200 or response.headers["content-type"] != [BINARY]:
        return
    content = case.operation.definition.raw["responses"]["200"]["content"][BINARY]
    of, data = content["x-sogoc-struct"], response.content
    if not content.get("x-sogoc-list"):
        ledger.decode(getattr(ledger, of), data)
    elif of == "Hash":
        assert len(data) % 32 == 0
    while content.get("x-sogoc-list") and of != "Hash" and data:
        length, data = int.from_bytes(data[:4]), data[4:]
        ledger.decode(getattr(ledger, of), data[:length])
        data = data[length:]


@schemathesis.check
def lines_are_of_their_schema(context, response, case):
    """Each line of a stream, which ends with its summary."""
    if response.status_code != 200 or response.headers["content-type"] != [LINES]:
        return
    schema = case.operation.definition.raw["responses"]["200"]["content"][LINES]["x-sogoc-line"]
    whole = {"components": case.operation.schema.raw_schema["components"], **schema}
    validator = jsonschema_rs.Draft202012Validator(whole)
    answers = [json.loads(line) for line in response.content.splitlines()]
    for answer in answers:
        validator.validate(answer)
    *reports, summary = answers
    assert summary["summary"]["lines"] == len(reports)
