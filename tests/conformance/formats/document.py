"""FORMATS.md §13 to §15: SD-JWT, bundle, and the verification of a document."""

import datetime

import keys
import ledger
import p256
import schema
from ledger import Refused, refuse, sha
from notation import b64, is_integer, read_json, read_object, unb64
from schema import ENVELOPE, fits, has_claim, is_date, pattern


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


def read_envelope(payload, brought):
    """(schema, holder's key)."""

    def need(holds):
        if not holds:
            refuse("envelope-malformed")

    need(set(payload) <= {*ENVELOPE, "_sd", "_sd_alg"})
    need(isinstance(payload.get("vct"), str) and isinstance(payload.get("schema"), str))
    read_by = schema.find(payload["vct"], brought)
    if read_by is None:
        refuse("type-unknown")
    if payload["schema"] != str(read_by["version"]):
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
    return read_by, holder


def parse(text, brought=None):
    """`brought` is the schema that the bundle defines."""
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
    read_by, holder = read_envelope(issued["payload"], brought)
    binding = read_jwt(last) if last else None
    bound = text[: len(text) - len(last)]
    return {
        "jwt": jwt, "issued": issued, "key": key, "schema": read_by, "holder": holder, "binding": binding, "bound": bound,
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

    def element_name(value, path, position):
        shape = document["schema"]["claims"].get(path)
        name = value.get(shape[0]) if isinstance(value, dict) and isinstance(shape, tuple) else None
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
                result.append(open_value(element, join(path, element_name(element, path, len(result))), left))
                continue
            if len(element) != 1:
                refuse("digest-malformed")
            disclosed = look_up(element["..."])
            if disclosed is None:
                continue
            name, inner = disclosed
            if name is not None:
                refuse("disclosure-malformed")
            paths.append(join(path, element_name(inner, path, len(result))))
            result.append(open_value(inner, paths[-1], left))
        return result

    payload = {name: value for name, value in document["payload"].items() if name != "_sd_alg"}
    processed = open_object(payload, "", 8)
    if len(opened) < len(found):
        refuse("disclosure-unreferenced")
    if set(paths) & set(ENVELOPE):
        refuse("claim-reserved")
    claims = {name: value for name, value in processed.items() if name not in ENVELOPE}
    shape = document["schema"]["claims"]
    if not fits(shape, claims) or not all(has_claim(shape, path) for path in paths):
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
    """(credential, receipt, openings, history, schema)."""
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
    if not is_integer(version) or version != 2 or set(file) - {"openings", "history", "evidence", "definitions"} != names:
        refuse("not-a-bundle")
    lists = [file.get(name, []) for name in ("openings", "history", "evidence", "definitions")]
    texts = [file["credential"], file["receipt"]]
    for texts_of in lists:
        texts += texts_of if isinstance(texts_of, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        refuse("not-a-bundle")
    openings, history, evidence, definitions = lists
    for texts_of, code, most in (
        (openings, "opening-malformed", 16), (history, "history-malformed", 16), (evidence, "evidence-malformed", 4),
        (definitions, "definition-malformed", 8),
    ):
        if len(texts_of) > most:
            refuse(code)
    if "definitions" in file and not definitions:
        refuse("definition-malformed")
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
    brought = schema.read(definitions) if definitions else None
    return file["credential"], receipt, openings, history, brought


# §15

CHECKS = "integrity disclosures issuer-signature on-ledger final issuer-entitled status expiry".split()
OF_FINAL = ("not-final", "wrong-validators", "not-an-ancestor", "needs-refresh")
CANNOT_CHECK = (
    "algorithm-unsupported", "hash-unsupported", "type-unknown", "schema-version-unknown", "receipt-unknown-format",
    "other-chain", "definition-missing", "needs-refresh", "status-too-old", "no-file-digest",
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
    seen, names = {}, list(CHECKS)
    names += ["holder-binding"] * ("holder" in question) + ["original"] * ("original" in question)
    try:
        run(bundle, question, seen)
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


def run(bundle, question, seen):
    credential, receipt, openings, history, brought = bundle
    document = check("integrity", parse, credential, brought)
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
    read_by = document["schema"]
    if found != (keys.thumbprint(document["key"]).hex(), payload["iss"], read_by["id"], read_by["version"]):
        raise Ended("on-ledger", "record-differs")
    if read_by is brought and batch["definition"] != read_by["digest"]:
        raise Ended("on-ledger", "definition-differs")
    if batch["definition"] not in (None, read_by["digest"]):
        raise Ended("on-ledger", "definition-missing")
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
    if not any(grant["document_type"] == read_by["id"] and covers(grant, day) for grant in named["grants"]):
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
        if not schema.is_file_digest(digest):
            raise Ended("original", "claim-not-of-schema")
        if sha(unb64(digest["salt"]), question["original"]) != unb64(digest["digest"]):
            raise Ended("original", "other-file")
