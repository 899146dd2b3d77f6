#!/usr/bin/env python3
"""Takes the events that a node sends in an issuer's name, and prints those that are genuine.

    webhook.py PORT SECRET-FILE

The node's operator configures the address and the secret (`whsec_…`). Signatures are those of Standard Webhooks, so any
of its libraries does what `genuine` does.
"""

import base64
import hmac
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

LONGEST = 1 << 20


def genuine(secret, headers, body):
    """Signed with the secret, and not older than five minutes."""
    name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{name}.{sent}.".encode() + body, "sha256")
    expected = "v1," + base64.b64encode(mac).decode()
    given = headers.get("webhook-signature", "").split()
    recent = sent.isdecimal() and abs(time.time() - int(sent)) < 300
    return recent and any(hmac.compare_digest(expected, one) for one in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), LONGEST))
        good = genuine(self.server.secret, self.headers, body)
        # An event may come twice: webhook-id tells.
        print(body.decode() if good else "refused", flush=True)
        self.send_response(204 if good else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    server.secret = Path(sys.argv[2]).read_text().strip()
    server.serve_forever()
