"""FORMATS.md §1 and §13: base64url in its one form, and JSON as strict as a document's."""

import base64
import json
import re

from ledger import refuse


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(value, code="base64-not-canonical"):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", value) or len(value) % 4 == 1:
        refuse(code)
    data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    if b64(data) != value:
        refuse(code)
    return data


WHITE = re.compile(r"[ \t\n\r]*")
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?![0-9.eE])")
WORDS = {"null": None, "true": True, "false": False}


def read_json(data):
    """One value, read from left to right: the first fault counts."""
    try:
        source = data.decode()
    except UnicodeDecodeError:
        refuse("json-malformed")
    at = 0

    def token(pattern):
        nonlocal at
        found = pattern.match(source, at)
        if found is None:
            refuse("json-malformed")
        at = found.end()
        return found[0]

    def sign(signs):
        """The next character beside white space, which is one of these."""
        nonlocal at
        token(WHITE)
        if at >= len(source) or source[at] not in signs:
            refuse("json-malformed")
        at += 1
        return source[at - 1]

    def peek():
        token(WHITE)
        return source[at : at + 1]

    def string():
        value = json.loads(token(STRING))
        if any("\ud800" <= char <= "\udfff" for char in value):
            refuse("json-malformed")
        return value

    def items(close, left, item):
        sign("[{")
        if left == 0:
            refuse("json-too-deep")
        if peek() == close:
            return sign(close)
        item()
        while sign("," + close) == ",":
            item()

    def value(left):
        start = peek()
        if start == "{":
            members = {}

            def member():
                peek()
                name = string()
                if name in members:
                    refuse("json-duplicate-member")
                sign(":")
                members[name] = value(left - 1)

            items("}", left, member)
            return members
        if start == "[":
            elements = []
            items("]", left, lambda: elements.append(value(left - 1)))
            return elements
        if start == '"':
            return string()
        if start.isalpha():
            return WORDS[token(re.compile("null|true|false"))]
        digits = token(NUMBER)
        if digits == "-0" or not -(2**63) <= int(digits) < 2**64:
            refuse("json-malformed")
        return int(digits)

    whole = value(8)
    if peek():
        refuse("json-malformed")
    return whole


def read_object(data):
    value = read_json(data)
    return value if isinstance(value, dict) else refuse("json-malformed")


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)
