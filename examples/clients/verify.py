#!/usr/bin/env python3
"""Verifies a folder of learners' files on a node, as a university would in July, and writes a table for Excel.

    verify.py NODE FOLDER TABLE.csv      exit code 0 if all are valid, 1 if some are not, 2 if some could not be checked

Nothing but Python's own library. The node sees the files and keeps nothing of them; it answers while it is being asked,
so ten thousand files need no memory. Reasons come in Vietnamese and English, each with a stable code.
"""

import contextlib
import csv
import http.client
import json
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

COLUMNS = ["file", "verdict", "code", "reason", "name", "birth_date", "issuer", "type", "date", "status_as_of"]


def ask(node, bundles):
    """The reports, in the order of the bundles. A thread sends: the node takes no more than is read of its answers."""
    address = urlsplit(node)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=60)
    connection.putrequest("POST", "/v1/verify/bulk?max_age=86400")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()

    def send():
        # Who is refused is told so by the answer.
        with contextlib.suppress(OSError):
            for bundle in bundles:
                # One line each. An empty one would have no answer.
                line = (b" ".join(bundle.splitlines()).strip() or b"nothing") + b"\n"
                connection.send(b"%x\r\n%b\r\n" % (len(line), line))
            connection.send(b"0\r\n\r\n")

    threading.Thread(target=send, daemon=True).start()
    answer = connection.getresponse()
    if answer.status != 200:
        problem = json.load(answer)
        sys.exit(f"{problem['code']}: {problem['detail']}")
    for line in answer:
        report = json.loads(line)
        if "verdict" in report:
            yield report
        elif "summary" in report:
            print(", ".join(f"{count} {name}" for name, count in report["summary"].items()))
            return
        else:
            sys.exit(f"{report['problem']['code']}: {report['problem']['detail']}")
    sys.exit("the answer was cut off")


def local(milliseconds):
    """A time as people in Vietnam read it."""
    zone = timezone(timedelta(hours=7))
    return milliseconds and datetime.fromtimestamp(milliseconds / 1000, zone).strftime("%d/%m/%Y %H:%M:%S")


def row(file, report):
    """A line of the table. The marks of the year are columns of their own: only of what is valid, lest they be used."""
    document = report.get("document") or {}
    claims = document.get("claims") or {}
    reason = report.get("reason") or {}
    subjects = claims.get("subjects", []) if report["verdict"] == "valid" else []
    marks = {subject["subject"]: subject.get("year") for subject in subjects}
    return marks | {
        "file": file.name,
        "verdict": report["verdict"],
        "code": reason.get("code"),
        "reason": reason.get("vi"),
        "name": claims.get("name"),
        "birth_date": claims.get("birth_date"),
        "issuer": (document.get("issuer") or {}).get("name"),
        "type": document.get("type"),
        "date": document.get("date"),
        "status_as_of": local(report.get("status_as_of")),
    }


def main(node, folder, table):
    files = sorted(Path(folder).glob("*.sogoc"))
    rows = [row(*pair) for pair in zip(files, ask(node, (file.read_bytes() for file in files)), strict=True)]
    subjects = sorted({name for row in rows for name in row} - set(COLUMNS))
    with open(table, "w", newline="", encoding="utf-8-sig") as out:
        writer = csv.DictWriter(out, COLUMNS + subjects)
        writer.writeheader()
        writer.writerows(rows)
    verdicts = {row["verdict"] for row in rows}
    return 2 if "cannot-check" in verdicts else 1 if verdicts - {"valid"} else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
