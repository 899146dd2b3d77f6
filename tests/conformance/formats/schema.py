"""FORMATS.md §13 and §23: types of documents, those known by heart and those that a bundle brings."""

import datetime
import re
import unicodedata

import ledger
from ledger import Refused, refuse, sha
from notation import is_integer, read_json, unb64

ENVELOPE = ["iss", "vct", "schema", "date", "exp", "cnf", "ledger"]

# A shape is a function of a value, a dict of members, or (key, members, slots).


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


def is_media_type(value):
    return len(value) <= 100 and re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", value) is not None


def is_file_digest(value):
    if not isinstance(value, dict) or set(value) != {"alg", "salt", "digest"} or value["alg"] != "sha-256":
        return False
    try:
        return [len(unb64(value[part])) for part in ("salt", "digest")] == [16, 32]
    except (Refused, TypeError):
        return False


FORMS = {
    "text": is_text,
    "date": is_date,
    "year": pattern("(19|20)[0-9]{2}"),
    "school_year": is_school_year,
    "mark": pattern(r"[0-9]\.[0-9]|10\.0|Đạt|Chưa đạt"),
    "level": pattern("Tốt|Khá|Đạt|Chưa đạt|Giỏi|Trung bình|Yếu|Kém"),
    "count": pattern("0|[1-9][0-9]{0,2}"),
    "sex": pattern("Nam|Nữ"),
    "yes-no": pattern("true|false"),
    "personal_id": pattern("[0-9]{12}"),
    "media_type": is_media_type,
}


def texts(**names):
    return {name: FORMS[form] for name, form in names.items()}


LEVELS = texts(semester_1="level", semester_2="level", year="level")
MARKS = texts(semester_1="mark", semester_2="mark", year="mark", retest="mark")
HOC_BA = {
    "person": texts(
        name="text", birth_date="date", sex="sex", ethnicity="text", student_code="text", personal_id="personal_id",
    ),
    "study": {"school": is_text, "class": is_text, "school_year": is_school_year},
    "subjects": ("subject", MARKS, 16),
    "result": {
        "conduct": LEVELS, "learning": LEVELS, **texts(absences="count", promoted="yes-no", homeroom_comment="text"),
    },
}  # fmt: skip
DIPLOMA = {
    "person": texts(name="text", birth_date="date", birth_place="text", sex="sex", ethnicity="text"),
    "award": texts(
        school="text", exam_year="year", grade="text", issue_place="text", issue_date="date", signer="text",
        signer_title="text", serial="text", register_number="text",
    ),
}  # fmt: skip
SIGNED_FILE = {**texts(file_name="text", media_type="media_type", name="text", ref="text"), "file_digest": is_file_digest}


def known(id_, claims, digest):
    return {"id": id_, "version": 1, "claims": claims, "digest": digest}


KNOWN = [
    known("hoc-ba-thcs", HOC_BA, "85afa749ac300c77f891f2b70e6fa7578c050399a7361fd34d314dec73e9bc90"),
    known("hoc-ba-thpt", HOC_BA, "a0d61c8fffbaee57c086b50674d1178036f15efb1d4cf8b734cb3d87a295778a"),
    known("bang-tn-thpt", DIPLOMA, "97f435343b4d280c01f7fad791d4d7b9cab6892e9b0bf2172efef3cff89ea621"),
    known("da-ky", SIGNED_FILE, "d01d8480dc368b507ed7c0d0951e164cf3514353163702cf3b366974eaec758e"),
]


def find(vct, brought):
    """By heart, unless the bundle brings it; none if neither has it."""
    schemas = ([brought] if brought else []) + KNOWN
    return next((schema for schema in schemas if vct == f"urn:sogoc:{schema['id']}:{schema['version']}"), None)


def fits(shape, value):
    if shape is is_file_digest:
        return is_file_digest(value)
    if callable(shape):
        return isinstance(value, str) and shape(value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(name in shape and fits(shape[name], value[name]) for name in value)
    key, members, slots = shape
    if not isinstance(value, list) or len(value) > slots:
        return False
    if not all(isinstance(element, dict) and isinstance(element.get(key), str) for element in value):
        return False
    names = [element[key] for element in value]
    return len(set(names)) == len(names) and all(fits({key: is_text, **members}, element) for element in value)


def has_claim(shape, path):
    """Whether a disclosure may have this path: the key of an element and the parts of a file's digest have none."""
    for name in path.split("/"):
        if isinstance(shape, tuple):
            shape = shape[1]
        elif isinstance(shape, dict) and name in shape:
            shape = shape[name]
        else:
            return False
    return True


# §23

INSIDE = ["format", "codes"]
IN_GROUP = [*INSIDE, "object", "file-digest"]
AT_TOP = [*IN_GROUP, "group", "list"]


def need(holds):
    if not holds:
        refuse("definition-malformed")


def need_object(value, names, maybe=()):
    need(isinstance(value, dict) and set(names) <= set(value) <= {*names, *maybe})


def need_list(value, most):
    need(isinstance(value, list) and 1 <= len(value) <= most)


def need_version(value):
    need(is_integer(value) and 1 <= value <= 65535)


def need_id(value):
    need(isinstance(value, str) and ledger.is_name(value))


def need_lines(value, *names):
    need(all(isinstance(value[name], str) and is_text(value[name]) and len(value[name].encode()) <= 200 for name in names))


def open_text(encoded, kind):
    """(object, digest in hex) of a text whose format is known."""
    data = unb64(encoded, "definition-malformed")
    need(len(data) <= 16384)
    try:
        value = read_json(data)
    except Refused:
        refuse("definition-malformed")
    need(isinstance(value, dict) and is_integer(value.get(kind)) and value[kind] >= 0)
    if value[kind] != 1:
        refuse("definition-unknown-format")
    return value, sha(data).hex()


def read(texts):
    """The schema that the texts of a bundle define."""
    first, *others = [open_text(text, "sogoc-codes" if position else "sogoc-schema") for position, text in enumerate(texts)]
    value, digest = first
    need_object(value, ["sogoc-schema", "id", "version", "title", "claims"], ["table"])
    need(isinstance(value.get("table", {}), dict))
    need_heading(value)
    codes = {digest: read_codes(value) for value, digest in others}
    wanted = []
    claims = read_claims(value["claims"], AT_TOP, set(ENVELOPE), codes, wanted)
    lists = [shape for shape in claims.values() if isinstance(shape, tuple)]
    need(not {key for key, _, _ in lists} & {name for _, members, _ in lists for name in members})
    need(wanted == [(value["id"], value["version"], digest) for value, digest in others])
    return {"id": value["id"], "version": value["version"], "claims": claims, "digest": digest}


def need_heading(value):
    need_id(value["id"])
    need_version(value["version"])
    need_object(value["title"], ["vi", "en"])
    need_lines(value["title"], "vi", "en")


def read_codes(value):
    need_object(value, ["sogoc-codes", "id", "version", "title", "codes"])
    need_heading(value)
    need_list(value["codes"], 500)
    for entry in value["codes"]:
        need_object(entry, ["code", "vi", "en"])
        need_lines(entry, "code", "vi", "en")
    codes = {entry["code"] for entry in value["codes"]}
    need(len(codes) == len(value["codes"]))
    return codes.__contains__


def read_claims(values, kinds, taken, codes, wanted):
    """Shapes by name; `taken` are names that none may have, `wanted` the lists that were referred to so far."""
    need_list(values, 64)
    return dict(read_claim(value, kinds, taken, codes, wanted) for value in values)


def read_claim(value, kinds, taken, codes, wanted):
    need(isinstance(value, dict))
    kind = next((kind for kind in kinds if kind in value), "format")
    need_object(value, ["name", "vi", "en", kind], ["optional", "sensitive"])
    name, inner = value["name"], value[kind]
    need(isinstance(name, str) and re.fullmatch("[a-z][a-z0-9_]{0,63}", name) and name not in taken)
    taken.add(name)
    need_lines(value, "vi", "en")
    need(value.get("optional", True) is True and value.get("sensitive", True) is True)
    if kind == "format":
        need(isinstance(inner, str) and inner in FORMS)
        return name, FORMS[inner]
    if kind == "codes":
        return name, refer(inner, codes, wanted)
    if kind == "file-digest":
        need(inner is True)
        return name, is_file_digest
    if kind == "group":
        return name, read_claims(inner, IN_GROUP, taken, codes, wanted)
    if kind == "object":
        return name, read_claims(inner, INSIDE, set(), codes, wanted)
    need_object(inner, ["key", "members", "slots"])
    key, slots = inner["key"], inner["slots"]
    need(isinstance(key, dict) and key.get("format") == "text" and not {"optional", "sensitive"} & set(key))
    need(is_integer(slots) and 1 <= slots <= 64)
    inside = set()
    key, _ = read_claim(key, INSIDE, inside, codes, wanted)
    return name, (key, read_claims(inner["members"], INSIDE, inside, codes, wanted), slots)


def refer(value, codes, wanted):
    """The codes that a claim refers to."""
    need_object(value, ["list", "version", "digest"])
    need_version(value["version"])
    need(isinstance(value["digest"], str) and value["digest"] in codes)
    reference = (value["list"], value["version"], value["digest"])
    if reference not in wanted:
        wanted.append(reference)
    return codes[value["digest"]]
