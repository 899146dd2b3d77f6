"""FORMATS.md §13 to §15: SD-JWT, bundle, and the verification of a document."""

import base64
import datetime
import json
import re
import unicodedata

import keys
import p256
import ledger
from ledger import Refused, refuse, sha

MEMBERS = ["iss", "vct", "schema", "date", "exp", "cnf", "ledger"]


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


# Schemas. A form is a function, a dict of members, or (key, members, slots).


def is_text(value):
    spaces = value[:1].isspace() or value[-1:].isspace()
    control = any(unicodedata.category(char) == "Cc" for char in value)
    return 1 <= len(value.encode()) <= 2000 and not spaces and not control and unicodedata.is_normalized("NFC", value)


def is_date(value):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        # Python has no year 0; it is a leap year as 2000 is.
        datetime.date.fromisoformat("2000" + value[4:] if value.startswith("0000") else value)
    except ValueError:
        return False
    return True


def pattern(expression):
    return lambda value: re.fullmatch(expression, value) is not None


def is_school_year(value):
    found = re.fullmatch(r"((?:19|20)[0-9]{2})-((?:19|20)[0-9]{2})", value)
    return found is not None and int(found[1]) + 1 == int(found[2])


def is_file_digest(value):
    if not isinstance(value, dict) or set(value) != {"alg", "salt", "digest"} or value["alg"] != "sha-256":
        return False
    try:
        return [len(unb64(value[part])) for part in ("salt", "digest")] == [16, 32]
    except (Refused, TypeError):
        return False


is_year = pattern(r"(19|20)[0-9]{2}")
is_mark = pattern(r"[0-9]\.[0-9]|10\.0|Đạt|Chưa đạt")
is_level = pattern("Tốt|Khá|Đạt|Chưa đạt|Giỏi|Trung bình|Yếu|Kém")
is_sex = pattern("Nam|Nữ")
LEVELS = {"semester_1": is_level, "semester_2": is_level, "year": is_level}
MARKS = {"semester_1": is_mark, "semester_2": is_mark, "year": is_mark, "retest": is_mark}
HOC_BA = {
    "person": {
        "name": is_text, "birth_date": is_date, "sex": is_sex, "ethnicity": is_text, "student_code": is_text,
        "personal_id": pattern("[0-9]{12}"),
    },
    "study": {"school": is_text, "class": is_text, "school_year": is_school_year},
    "subjects": ("subject", MARKS, 16),
    "result": {
        "conduct": LEVELS, "learning": LEVELS, "absences": pattern("0|[1-9][0-9]{0,2}"), "promoted": pattern("true|false"),
        "homeroom_comment": is_text,
    },
}  # fmt: skip
DIPLOMA = {
    "person": {"name": is_text, "birth_date": is_date, "birth_place": is_text, "sex": is_sex, "ethnicity": is_text},
    "award": {
        "school": is_text, "exam_year": is_year, "grade": is_text, "issue_place": is_text, "issue_date": is_date,
        "signer": is_text, "signer_title": is_text, "serial": is_text, "register_number": is_text,
    },
}  # fmt: skip
SIGNED_FILE = {
    "file_name": is_text,
    "media_type": lambda value: len(value) <= 100 and pattern(r"[a-z0-9.+-]+/[a-z0-9.+-]+")(value),
    "file_digest": is_file_digest,
    "name": is_text,
    "ref": is_text,
}
SCHEMAS = {"hoc-ba-thcs": HOC_BA, "hoc-ba-thpt": HOC_BA, "bang-tn-thpt": DIPLOMA, "da-ky": SIGNED_FILE}


def fits(form, value):
    if form is is_file_digest:
        return is_file_digest(value)
    if callable(form):
        return isinstance(value, str) and form(value)
    if isinstance(form, dict):
        return isinstance(value, dict) and all(name in form and fits(form[name], value[name]) for name in value)
    key, members, slots = form
    if not isinstance(value, list) or len(value) > slots:
        return False
    if not all(isinstance(element, dict) and isinstance(element.get(key), str) for element in value):
        return False
    names = [element[key] for element in value]
    return len(set(names)) == len(names) and all(fits({key: is_text, **members}, element) for element in value)


def has_claim(schema, path):
    """Whether a disclosure may have this path: the key of an element and the parts of a file's digest have none."""
    form, names = SCHEMAS[schema], path.split("/")
    while names:
        name = names.pop(0)
        if isinstance(form, tuple):
            form = form[1]
        elif isinstance(form, dict) and name in form:
            form = form[name]
        else:
            return False
    return True


# §13 Integrity


def read_jwt(text):
    parts = text.rsplit(".", 1)
    parts = parts[0].split(".", 1) + parts[1:] if len(parts) == 2 else parts
    if len(parts) != 3:
        refuse("document-malformed")
    header, payload, signature = read_object(unb64(parts[0])), read_object(unb64(parts[1])), unb64(parts[2])
    return {"header": header, "payload": payload, "signature": signature, "signed": text.rsplit(".", 1)[0].encode()}


def read_jwk(jwk):
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if kind in ("EC", "RSA", "OKP") and isinstance(curve, str) and curve not in ("Ed25519", "P-256"):
        refuse("algorithm-unsupported")
    names = {("OKP", "Ed25519"): ["x"], ("EC", "P-256"): ["x", "y"]}.get((kind, curve) if isinstance(kind, str) and isinstance(curve, str) else None)
    if names is None or set(jwk) != {"kty", "crv", *names} or not all(isinstance(jwk[name], str) for name in names):
        refuse("key-malformed")
    numbers = [unb64(jwk[name], "key-malformed") for name in names]
    if any(len(number) != 32 for number in numbers):
        refuse("key-malformed")
    key = numbers[0] if curve == "Ed25519" else p256.encode(*numbers)
    return key if key and keys.acceptable(key) else refuse("key-malformed")


def read_header(header):
    if len(header) != 3 or header.get("typ") != "dc+sd-jwt" or not isinstance(header.get("alg"), str):
        refuse("header-malformed")
    if header["alg"] not in ("Ed25519", "ES256"):
        refuse("algorithm-unsupported")
    if not isinstance(header.get("jwk"), dict):
        refuse("header-malformed")
    key = read_jwk(header["jwk"])
    return key if header["alg"] == keys.algorithms(key)[0] else refuse("key-malformed")


def read_envelope(payload):
    """(schema id, holder's key)."""

    def need(holds):
        if not holds:
            refuse("envelope-malformed")

    need(set(payload) <= {*MEMBERS, "_sd", "_sd_alg"})
    need(isinstance(payload.get("vct"), str) and isinstance(payload.get("schema"), str))
    schema = next((schema for schema in SCHEMAS if payload["vct"] == f"urn:sogoc:{schema}:1"), None)
    if schema is None:
        refuse("type-unknown")
    if payload["schema"] != "1":
        refuse("schema-version-unknown")
    holder = None
    if "cnf" in payload:
        cnf = payload["cnf"]
        need(isinstance(cnf, dict) and set(cnf) == {"jwk"} and isinstance(cnf["jwk"], dict))
        holder = read_jwk(cnf["jwk"])
    need("exp" not in payload or is_integer(payload["exp"]))
    pointer = payload.get("ledger")
    need(isinstance(pointer, dict) and set(pointer) == {"chain", "issuer", "batch"})
    texts = [payload.get("iss"), payload.get("date"), *pointer.values()]
    need(all(isinstance(text, str) for text in texts))
    need(all(pattern("[!-~]{1,200}")(text) for text in (payload["iss"], pointer["chain"], pointer["issuer"])))
    need(is_date(payload["date"]) and 0 <= payload.get("exp", 0) <= 253402300799)
    need(pattern("[0-9a-f]{32}")(pointer["batch"]))
    return schema, holder


def parse(text):
    if len(text.encode()) > 1 << 20:
        refuse("document-too-large")
    if "~" not in text:
        refuse("document-malformed")
    jwt, *disclosures, last = text.split("~")
    if len(disclosures) > 512 or len(jwt) > 64 << 10 or len(last) > 64 << 10:
        refuse("document-too-large")
    if "" in disclosures:
        refuse("document-malformed")
    issued = read_jwt(jwt)
    key = read_header(issued["header"])
    if issued["payload"].get("_sd_alg") != "sha-256":
        refuse("hash-unsupported")
    schema, holder = read_envelope(issued["payload"])
    binding = read_jwt(last) if last else None
    bound = text[: len(text) - len(last)]
    return {
        "jwt": jwt, "issued": issued, "key": key, "schema": schema, "holder": holder, "binding": binding, "bound": bound,
        "disclosures": disclosures, "payload": issued["payload"],
    }  # fmt: skip


# §13 Disclosures


def read_disclosure(text):
    if len(text) > 8 << 10:
        refuse("document-too-large")
    parts = read_json(unb64(text))
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
        refuse("disclosure-malformed")
    if len(parts) == 2:
        return None, parts[1]
    if not isinstance(parts[1], str):
        refuse("disclosure-malformed")
    if parts[1] in ("_sd", "_sd_alg", "..."):
        refuse("claim-reserved")
    return parts[1], parts[2]


def disclose(document):
    """(processed payload, paths)."""
    found, seen, paths, opened = {}, set(), [], set()
    for disclosure in document["disclosures"]:
        digest = sha(disclosure.encode())
        if digest in found:
            refuse("digest-duplicate")
        found[digest] = read_disclosure(disclosure)

    def look_up(text):
        if not isinstance(text, str):
            refuse("digest-malformed")
        digest = unb64(text, "digest-malformed")
        if len(digest) != 32:
            refuse("digest-malformed")
        if digest in seen:
            refuse("digest-duplicate")
        seen.add(digest)
        opened.update({digest} & set(found))
        return found.get(digest)

    def join(path, name):
        name = name.replace("~", "~0").replace("/", "~1")
        return f"{path}/{name}" if path else name

    def element_name(value, position):
        name = value.get("subject") if isinstance(value, dict) and document["schema"].startswith("hoc-ba") else None
        return name if isinstance(name, str) else str(position)

    def open_value(value, path, left):
        if not isinstance(value, (dict, list)):
            return value
        if left == 0:
            refuse("json-too-deep")
        return open_object(value, path, left - 1) if isinstance(value, dict) else open_list(value, path, left - 1)

    def open_object(value, path, left):
        digests = value.get("_sd", [])
        if not isinstance(digests, list):
            refuse("digest-malformed")
        result = {}
        if {"_sd_alg", "..."} & set(value):
            refuse("claim-reserved")
        for name in sorted(set(value) - {"_sd"}):
            result[name] = open_value(value[name], join(path, name), left)
        for digest in digests:
            disclosed = look_up(digest)
            if disclosed is None:
                continue
            name, inner = disclosed
            if name is None:
                refuse("disclosure-malformed")
            if name in result:
                refuse("claim-clash")
            paths.append(join(path, name))
            result[name] = open_value(inner, join(path, name), left)
        return result

    def open_list(value, path, left):
        result = []
        for element in value:
            if not isinstance(element, dict) or "..." not in element:
                result.append(open_value(element, join(path, element_name(element, len(result))), left))
                continue
            if len(element) != 1:
                refuse("digest-malformed")
            disclosed = look_up(element["..."])
            if disclosed is None:
                continue
            name, inner = disclosed
            if name is not None:
                refuse("disclosure-malformed")
            paths.append(join(path, element_name(inner, len(result))))
            result.append(open_value(inner, paths[-1], left))
        return result

    payload = {name: value for name, value in document["payload"].items() if name != "_sd_alg"}
    processed = open_object(payload, "", 8)
    if len(opened) < len(found):
        refuse("disclosure-unreferenced")
    if set(paths) & set(MEMBERS):
        refuse("claim-reserved")
    claims = {name: value for name, value in processed.items() if name not in MEMBERS}
    if not fits(SCHEMAS[document["schema"]], claims) or not all(has_claim(document["schema"], path) for path in paths):
        refuse("claim-not-of-schema")
    return processed, paths


def verify_issuer(document):
    if not keys.verifies(document["key"], document["issued"]["signed"], document["issued"]["signature"]):
        refuse("issuer-signature-invalid")


def verify_holder(document, asked):
    binding, key = document["binding"], document["holder"]
    if binding is None:
        refuse("holder-binding-missing")
    if key is None:
        refuse("holder-key-missing")
    header, payload = binding["header"], binding["payload"]
    if header.get("typ") != "kb+jwt" or "crit" in header:
        refuse("holder-binding-malformed")
    if header.get("alg") not in keys.algorithms(key):
        refuse("algorithm-unsupported")
    texts = [payload.get("aud"), payload.get("nonce")]
    numbers = [payload.get("iat"), payload.get("exp", 0)]
    if not all(isinstance(text, str) and len(text.encode()) <= 1000 for text in texts) or not all(map(is_integer, numbers)):
        refuse("holder-binding-malformed")
    if payload.get("sd_hash") != b64(sha(document["bound"].encode())):
        refuse("holder-hash-differs")
    if not keys.verifies(key, binding["signed"], binding["signature"]):
        refuse("holder-signature-invalid")
    if payload["aud"] != asked["audience"]:
        refuse("holder-audience-differs")
    if payload["nonce"] != asked["nonce"]:
        refuse("holder-nonce-differs")
    age = asked["now"] - payload["iat"]
    if age < -300:
        refuse("holder-binding-in-future")
    if age > asked["max_age_seconds"] or asked["now"] >= payload.get("exp", float("inf")):
        refuse("holder-binding-expired")


# §14


def read_bundle(text):
    """(credential, receipt, openings, history)."""
    if len(text.encode()) > 1572864:
        refuse("bundle-too-large")

    try:
        file = read_json(text.encode())
    except Refused:
        refuse("not-a-bundle")
    version = file.get("sogoc-bundle") if isinstance(file, dict) else None
    if is_integer(version) and 0 <= version < 2**64 and version != 2:
        refuse("bundle-unknown-format")
    names = {"sogoc-bundle", "credential", "receipt"}
    if not is_integer(version) or version != 2 or set(file) - {"openings", "history", "evidence"} != names:
        refuse("not-a-bundle")
    lists = [file.get("openings", []), file.get("history", []), file.get("evidence", [])]
    texts = [file["credential"], file["receipt"]]
    for texts_of in lists:
        texts += texts_of if isinstance(texts_of, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        refuse("not-a-bundle")
    openings, history, evidence = lists
    for texts_of, code, most in (
        (openings, "opening-malformed", 16), (history, "history-malformed", 16), (evidence, "evidence-malformed", 4),
    ):
        if len(texts_of) > most:
            refuse(code)
    receipt = ledger.decode_proof(ledger.Receipt, unb64(file["receipt"], "not-a-bundle"), 256 << 10)

    def decoded(of, text, code, most):
        data = unb64(text, code)
        try:
            return data, ledger.decode(of, data, most)
        except Refused:
            refuse(code)

    openings = [decoded(ledger.Opening, text, "opening-malformed", 1024) for text in openings]
    history = [decoded(ledger.StatusEntry, text, "history-malformed", 16 << 20)[1] for text in history]
    for text in evidence:
        decoded(ledger.KeyEvidence, text, "evidence-malformed", 16 << 20)
    return file["credential"], receipt, openings, history


# §15

CHECKS = "integrity disclosures issuer-signature on-ledger final issuer-entitled status expiry".split()
OF_FINAL = ("not-final", "wrong-validators", "not-an-ancestor", "needs-refresh")
CANNOT_CHECK = (
    "algorithm-unsupported", "hash-unsupported", "type-unknown", "schema-version-unknown", "receipt-unknown-format",
    "other-chain", "needs-refresh", "status-too-old", "no-file-digest",
)  # fmt: skip


class Ended(Exception):
    def __init__(self, check, code):
        super().__init__(check, code)
        self.check, self.code = check, code


def check(name, function, *arguments):
    try:
        return function(*arguments)
    except Refused as error:
        raise Ended(name, error.args[0]) from error


def check_receipt(function, *arguments):
    try:
        return function(*arguments)
    except Refused as error:
        code = error.args[0]
        name = "final" if code in OF_FINAL else "status" if code == "wrong-status" else "on-ledger"
        raise Ended(name, code) from error


def thumbprint_of(issuer_key):
    [key] = issuer_key["key"].values()
    return keys.thumbprint(bytes.fromhex(key)).hex()


def verify(bundle, question):
    """The report."""
    credential, receipt, openings, history = bundle
    seen, names = {}, list(CHECKS)
    names += ["holder-binding"] * ("holder" in question) + ["original"] * ("original" in question)
    try:
        run(credential, receipt, openings, history, question, seen)
        ended = None
    except Ended as error:
        ended = error
    checks = []
    for name in names:
        over = any(outcome not in ("passed", "not-reached") for _, outcome, *_ in checks)
        first = {"final": "on-ledger", "status": "issuer-entitled" if ended and ended.code == "wrong-status" else None}
        if ended and (over or first.get(ended.check) == name):
            checks.append([name, "not-reached"])
        elif ended and name == ended.check:
            checks.append([name, "cannot-check" if ended.code in CANNOT_CHECK else "failed", ended.code])
        else:
            checks.append([name, "passed"])
    verdict = "valid"
    if ended:
        verdict = "cannot-check" if ended.code in CANNOT_CHECK else "invalid"
        if ended.check == "status" and verdict == "invalid" and seen.get("status"):
            verdict = "suspended" if ended.code == "key-suspended" else seen["status"]["status"]
    anchor = question["checkpoint"]["header"]
    shown = {
        "genesis": anchor["height"] == 0,
        "height": anchor["height"],
        "time": anchor["time"],
        "hash": ledger.header_hash(anchor).hex(),
    }
    return {
        "verdict": verdict,
        "checks": checks,
        "status": seen.get("status"),
        "anchor": shown if seen.get("proven") else None,
        "correction": seen.get("correction"),
        "ground": seen.get("ground"),
        "history": seen.get("history"),
        "fresh_refused": seen.get("fresh_refused"),
    }


def run(credential, receipt, openings, history, question, seen):
    document = check("integrity", parse, credential)
    processed, _ = check("disclosures", disclose, document)
    check("issuer-signature", verify_issuer, document)
    payload, pointer, checkpoint = document["payload"], document["payload"]["ledger"], question["checkpoint"]
    if not ledger.is_name(pointer["chain"]) or not ledger.is_name(pointer["issuer"]):
        raise Ended("on-ledger", "pointer-malformed")
    leaf = ledger.leaf_hash(document["jwt"].encode())
    entry = check_receipt(ledger.verify_receipt, receipt, leaf, pointer, checkpoint)
    seen["proven"] = True
    proof, batch = receipt["proof"], receipt["proof"]["batch"]
    named = proof["named_issuer"] or proof["issuer"]
    found = (batch["key"], named["id"], batch["document_type"], batch["schema"])
    if found != (keys.thumbprint(document["key"]).hex(), payload["iss"], document["schema"], 1):
        raise Ended("on-ledger", "record-differs")
    if payload["date"] < "1970":
        raise Ended("issuer-entitled", "date-malformed")
    day = (datetime.date.fromisoformat(payload["date"]) - datetime.date(1970, 1, 1)).days

    def covers(of, day):
        return of["from"] <= day < (2**64 if of["until"] is None else of["until"])

    sealer, sealed = proof["issuer"]["id"], ledger.day(batch["time"])
    if proof["named_issuer"] and not any(
        successor["issuer"] == sealer and successor["scopes"] & 1 and covers(successor, sealed)
        for successor in named["successors"]
    ):
        raise Ended("issuer-entitled", "not-a-successor")
    if not any(grant["document_type"] == document["schema"] and covers(grant, day) for grant in named["grants"]):
        raise Ended("issuer-entitled", "not-entitled")
    header, fresh = proof["header"], question.get("fresh")
    is_fresh, own = False, entry
    if fresh:
        try:
            ledger.verify_statuses(fresh, pointer, checkpoint)
            if fresh["proof"]["batch"]["root"] != batch["root"]:
                refuse("record-differs")
        except Refused as error:
            seen["fresh_refused"] = error.args[0]
        if "fresh_refused" not in seen and fresh["proof"]["header"]["height"] >= header["height"]:
            is_fresh, proof, header = True, fresh["proof"], fresh["proof"]["header"]
            entry = ledger.entries(fresh)[receipt["index"]]

    def opening(entry):
        status = {"amend": "Superseded", "reissue": "Superseded", "suspend": "Suspended", "reinstate": "Valid"}
        for data, value in openings:
            commitment = ledger.H("status-opening", data).hex()
            if commitment == entry["commitment"] and status.get(value["correction"], "Revoked") == entry["status"]:
                return value
        return {}

    seen["correction"], seen["ground"] = opening(entry).get("correction"), opening(entry).get("ground")
    for told in (history, history + [own] if own["height"] > 0 else history):
        if ledger.is_history(told, entry):
            rows = [[past["status"].lower(), past["height"], opening(past).get("ground")] for past in told]
            seen["history"] = rows
            break
    # Of the fresh statuses, where they count.
    sealing = (key for key in proof["issuer"]["keys"] if thumbprint_of(key) == proof["batch"]["key"])
    suspended = next(sealing, {}).get("suspended")
    key_suspended = suspended is not None and (
        suspended["since"] <= proof["batch"]["time"]
        and (suspended["until"] is None or header["time"] < suspended["until"])
    )
    status = entry["status"].lower()
    seen["status"] = {"status": status, "as_of": header["time"], "as_of_height": header["height"], "fresh": is_fresh}
    seen["status"]["key_suspended"] = key_suspended
    if status != "valid":
        raise Ended("status", status)
    if key_suspended:
        raise Ended("status", "key-suspended")
    if question["now"] - header["time"] > question.get("max_age_ms", float("inf")):
        raise Ended("status", "status-too-old")
    if payload.get("exp", float("inf")) <= question["now"] // 1000:
        raise Ended("expiry", "expired")
    if "holder" in question:
        check("holder-binding", verify_holder, document, question["holder"])
    if "original" in question:
        digest = processed.get("file_digest")
        if digest is None:
            raise Ended("original", "no-file-digest")
        if sha(unb64(digest["salt"]), question["original"]) != unb64(digest["digest"]):
            raise Ended("original", "other-file")
