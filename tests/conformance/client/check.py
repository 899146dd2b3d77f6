"""The questions of `mutants` (credential/examples), put to the verifier of ../formats, which is slow: a few hundred."""

import base64
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "formats"))
import document  # noqa: E402
import ledger  # noqa: E402
from ledger import Refused, refuse  # noqa: E402


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def exact(number):
    """As `mutants` writes integers."""
    return number if number < 2**53 else str(number)


def bundle(data):
    if len(data) > 1572864:
        refuse("bundle-too-large")
    try:
        return document.read_bundle(data.decode())
    except UnicodeDecodeError:
        refuse("not-a-bundle")


def answer(line):
    question = {member: int(line[member]) for member in ("now", "max_age_ms") if member in line}
    try:
        question["checkpoint"] = ledger.decode_checkpoint(unb64(line["checkpoint"]))
    except Refused:
        return {"error": "checkpoint"}
    try:
        parts = bundle(unb64(line["bundle"]))
    except Refused as error:
        return {"error": error.args[0]}
    if "holder" in line:
        question["holder"] = line["holder"]
    if "original" in line:
        question["original"] = unb64(line["original"])
    refused = None
    try:
        if "fresh" in line:
            question["fresh"] = ledger.decode_proof(ledger.BatchStatuses, unb64(line["fresh"]))
    except Refused as error:
        refused = error.args[0]
    report = document.verify(parts, question)
    for part, members in (("status", ("as_of", "as_of_height")), ("anchor", ("height", "time"))):
        if report[part] is not None:
            report[part].update({member: exact(report[part][member]) for member in members})
    if report["history"] is not None:
        report["history"] = [[status, exact(height), ground] for status, height, ground in report["history"]]
    if report["status"] is not None and refused is not None:
        report["fresh_refused"] = refused
    return report


def main():
    passed = failed = 0
    for text in sys.stdin:
        line = json.loads(text)
        expected = line["report"]
        expected.pop("binding", None)  # of certificates this verifier knows nothing, and no verdict depends on them
        if expected.get("status"):
            members = ("status", "as_of", "as_of_height", "fresh", "key_suspended")
            expected["status"] = {member: expected["status"][member] for member in members}
        found = answer(line)
        if found == expected:
            passed += 1
        else:
            failed += 1
            print(f"DIFFERENT: case {line['n']}, {line['kind']}\n  mutants {json.dumps(expected)}\n  python  {json.dumps(found)}")
    print(f"python: {passed + failed} questions, {failed} different")
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
