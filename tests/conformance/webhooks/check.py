"""Founds a network of four, lets the first node tell of its events, and checks each message with standardwebhooks and
with the example that docs/OPERATIONS.md gives to receivers. Prints "N passed, N failed"."""

import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PATIENCE_S = 60
BASE = int(os.environ.get("SOGOC_BASE_PORT", "28300"))
SCHOOL = "thcs-mau-1"
messages = queue.Queue()
passed, failed = 0, 0


def check(what, holds):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print(f"FAILED: {what}")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        messages.put((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def example_of(document, directory):
    """The function that the document gives to receivers, run as it is."""
    blocks = re.findall(r"^```python\n(.*?)^```", Path(document).read_text(), re.DOTALL | re.MULTILINE)
    source = next(block for block in blocks if "def is_genuine" in block)
    names, here = {}, os.getcwd()
    os.chdir(directory)
    exec(source, names)
    os.chdir(here)
    return names["is_genuine"]


def is_taken(webhook, body, headers):
    try:
        webhook.verify(body, headers)
        return True
    except WebhookVerificationError:
        return False


def check_message(webhook, stranger, is_genuine, headers, body):
    headers = {name.lower(): value for name, value in headers.items()}
    event = json.loads(body)
    name = f"{event['type']} {event['id']}"
    check(f"{name}: its id names the event", headers["webhook-id"] == f"{event['chain']}_{event['id'].replace('.', '_')}")
    wrong = [(f"{name}, another {header}", {**headers, header: value}, body) for header, value in [
        ("webhook-id", headers["webhook-id"] + "0"),
        ("webhook-timestamp", str(int(headers["webhook-timestamp"]) + 1)),
        ("webhook-timestamp", str(int(headers["webhook-timestamp"]) - 400)),
        ("webhook-signature", "v1," + "A" * 43 + "="),
    ]]
    wrong.append((f"{name}, another body", headers, body + b" "))
    for by, takes in [
        ("standardwebhooks", lambda headers, body: is_taken(webhook, body, headers)),
        ("the example", is_genuine),
    ]:
        check(f"{name} is genuine, says {by}", takes(headers, body))
        for what, changed, its_body in wrong:
            check(f"{what} is not, says {by}", not takes(changed, its_body))
    check(f"{name} is not of another secret", not is_taken(stranger, body, headers))


def run(*arguments):
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)


def wait_ready(port, nodes):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert all(node.poll() is None for node in nodes), "a node ended"
        try:
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).status == 200:
                return
        except OSError:
            assert time.monotonic() < deadline, "the network is not ready"
            time.sleep(0.1)


def main(document, home):
    run("sogoc", "genesis", "devnet", "4", "--out", f"{home}/net", "--base-port", str(BASE), "--heartbeat-ms", "2000")
    run("sogoc-node", "webhook-secret", "--out", f"{home}/webhook.secret")
    run("sogoc-node", "webhook-secret", "--out", f"{home}/other.secret")
    webhook, stranger = (Webhook(Path(home, f"{name}.secret").read_text().strip()) for name in ["webhook", "other"])
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(f"{home}/net/node-1/node.toml", "a") as config:
        url = f"http://127.0.0.1:{server.server_port}/so-goc"
        config.write(f'\n[[webhook]]\nurl = "{url}"\nsecret = "{home}/webhook.secret"\nissuers = ["{SCHOOL}"]\n')
    nodes = []
    try:
        for i in range(1, 5):
            log = open(f"{home}/node-{i}.log", "w")
            command = ["sogoc-node", "run", "--config", f"{home}/net/node-{i}/node.toml"]
            nodes.append(subprocess.Popen(command, stderr=log))
        for i in range(1, 5):
            wait_ready(BASE + 200 + i, nodes)
        paper, key, out = f"{home}/mau.pdf", f"{home}/net/issuers/{SCHOOL}.key", f"{home}/out"
        Path(paper).write_bytes("%PDF-1.7\nmẫu\n%%EOF\n".encode())
        node = ["--node", f"http://127.0.0.1:{BASE + 201}"]
        run("sogoc", "seal-file", paper, "--date", "2026-05-31", "--key", key, "--out", out, *node)
        bundle = str(next(Path(out).glob("*.sogoc")))
        approver = ["--approver", f"{home}/net/issuers/{SCHOOL}.approver.key"]
        why = ["--ground", "fraud", "--decision", "QĐ 15/QĐ-MẪU", "--decision-date", "2026-06-01"]
        run("sogoc", "status", "revoke", bundle, "--key", key, *approver, "--out", f"{home}/revoked.sogoc", *why, *node)
        is_genuine = example_of(document, home)
        for kind in ["sealed", "status"]:
            headers, body = messages.get(timeout=PATIENCE_S)
            check(f"{kind} is told", json.loads(body)["type"] == kind)
            check_message(webhook, stranger, is_genuine, headers, body)
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            check("a node stops when told to", node.wait(PATIENCE_S) == 0)


with tempfile.TemporaryDirectory() as home:
    os.environ["SOGOC_JOURNAL"] = f"{home}/journal"
    main(sys.argv[1], home)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
