"""FORMATS.md §2 to §12: encoding, hashes, trees, state proofs, certificates, receipts, checkpoints."""

import hashlib
import itertools
import unicodedata

import ed25519


class Refused(Exception):
    """Carries the code."""


def refuse(code):
    raise Refused(code)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def domain(name, data):
    return b"sogoc/1/" + name.encode() + b"\0" + data


def H(name, data):
    return sha(domain(name, data))


# §2. A type is a reader: (bytes, at) -> (value, at). Values are shaped as the vectors show them.


def take(data, at, count):
    if at + count > len(data):
        refuse("malformed")
    return data[at : at + count], at + count


def number(size):
    def read(data, at):
        taken, at = take(data, at, size)
        return int.from_bytes(taken, "big"), at

    return read


def fixed(size):
    def read(data, at):
        taken, at = take(data, at, size)
        return taken.hex(), at

    return read


u8, u16, u32, u64 = number(1), number(2), number(4), number(8)
Hash, BatchId, Signature = fixed(32), fixed(16), fixed(64)
Time = Height = u64
Day = u32


def bool_(data, at):
    value, at = u8(data, at)
    if value > 1:
        refuse("malformed")
    return bool(value), at


def text(most):
    def read(data, at):
        length, at = u8(data, at)
        taken, at = take(data, at, length)
        try:
            decoded = taken.decode()
        except UnicodeDecodeError:
            refuse("malformed")
        if length > most or any(unicodedata.category(char) == "Cc" for char in decoded):
            refuse("malformed")
        return decoded, at

    return read


def name(data, at):
    value, at = text(40)(data, at)
    if not is_name(value):
        refuse("malformed")
    return value, at


def is_name(value):
    letters = "abcdefghijklmnopqrstuvwxyz"
    return 1 <= len(value) <= 40 and value[0] in letters and all(char in letters + "0123456789-" for char in value)


def option(of):
    def read(data, at):
        tag, at = u8(data, at)
        if tag > 1:
            refuse("malformed")
        return of(data, at) if tag else (None, at)

    return read


def many(of, most):
    def read(data, at):
        count, at = u16(data, at)
        if count > most:
            refuse("malformed")
        values = []
        for _ in range(count):
            value, at = of(data, at)
            values.append(value)
        return values, at

    return read


def struct(**fields):
    def read(data, at):
        value = {}
        for field, of in fields.items():
            value[field], at = of(data, at)
        return value, at

    return read


def enum(*variants):
    """Variants are names, or (name, reader)."""

    def read(data, at):
        tag, at = u32(data, at)
        if tag >= len(variants):
            refuse("malformed")
        if isinstance(variants[tag], str):
            return variants[tag], at
        variant, of = variants[tag]
        value, at = of(data, at)
        return {variant: value}, at

    return read


def row(*parts):
    """Several unnamed fields."""

    def read(data, at):
        values = []
        for part in parts:
            value, at = part(data, at)
            values.append(value)
        return values, at

    return read


ChainId = IssuerId = TypeId = name
Period, Decision = text(16), text(64)
PublicKey = enum(("Ed25519", fixed(32)), ("P256", fixed(33)))
Validator = struct(key=PublicKey, power=u32)
ValidatorSet = many(Validator, 128)
Certificate = struct(round=u32, signers=many(u8, 16), signatures=many(Signature, 128))
Header = struct(
    version=u16, chain=ChainId, height=Height, time=Time, parent=Hash, history_root=Hash, body=Hash, state_root=Hash,
    validators=Hash, next_validators=Hash, leaves=u64,
)  # fmt: skip
Parameters = struct(clock_drift_ms=u32, heartbeat_ms=u32, motion_days=u16)
Member = struct(owner=text(120), consensus=PublicKey, network=PublicKey, governance=PublicKey, power=u32)
Possession = struct(consensus=Signature, network=Signature, governance=Signature)
NewMember = struct(member=Member, possession=Possession)
Step = struct(remove=many(PublicKey, 128), add=many(NewMember, 128))
Plan = struct(motion=Hash, steps=many(Step, 64), ready=many(Hash, 128))
Scheduled = struct(**{"from": Height, "members": many(Member, 128)})
Validators = struct(current=many(Member, 128), scheduled=option(Scheduled), plan=option(Plan))
Closing = struct(**{"from": Day, "decision": Decision})
Suspension = struct(since=Time, until=option(Time))
IssuerKey = struct(
    **{"key": PublicKey, "roles": u8, "from": Time, "until": option(Time), "suspended": option(Suspension)},
    binding=option(Hash),
)
Grant = struct(**{"document_type": TypeId, "from": Day, "until": option(Day), "decision": Decision})
Succession = struct(**{"issuer": IssuerId, "scopes": u8, "from": Day, "until": option(Day), "decision": Decision})
Issuer = struct(
    id=IssuerId, name=text(160), name_en=text(160), closed=option(Closing), keys=many(IssuerKey, 64),
    grants=many(Grant, 64), successors=many(Succession, 32),
)  # fmt: skip
Origin = enum("Issued", "Digitised")
Batch = struct(
    key=Hash, approver=option(Hash), act_for=option(IssuerId), origin=Origin, grant=u16, document_type=TypeId, schema=u16,
    definition=option(Hash), period=Period, size=u32, root=Hash, height=Height, time=Time, status_root=option(Hash),
)  # fmt: skip
Upgrade = struct(**{"version": u16, "from": Height})
Protocol = struct(version=u16, upgrade=option(Upgrade))
DefinitionKind = enum("Schema", "CodeList")
Definition = struct(kind=DefinitionKind, name=TypeId, version=u16, text=many(u8, 16384))
Window = struct(**{"from": Day, "until": Day, "decision": Decision})
KeyUse = enum(("Member", text(120)), ("Issuer", IssuerId))
NewKey = struct(
    **{"key": PublicKey, "roles": u8, "from": Time, "until": option(Time), "binding": option(Hash)}, possession=Signature
)
Change = enum(
    ("AdmitIssuer", struct(issuer=IssuerId, name=text(160), name_en=text(160), keys=many(NewKey, 8))),
    ("RenameIssuer", struct(issuer=IssuerId, name=text(160), name_en=text(160))),
    ("CloseIssuer", struct(**{"issuer": IssuerId, "from": Day})),
    ("GrantAuthority", struct(**{"issuer": IssuerId, "document_type": TypeId, "from": Day, "until": option(Day)})),
    ("EndGrant", struct(issuer=IssuerId, grant=u16, until=Day)),
    ("AddSuccessor", struct(**{"issuer": IssuerId, "successor": IssuerId, "scopes": u8, "from": Day}, until=option(Day))),
    ("EndSuccession", struct(issuer=IssuerId, succession=u16, until=Day)),
    ("AdmitKey", struct(issuer=IssuerId, key=NewKey)),
    ("EndKey", struct(issuer=IssuerId, key=Hash)),
    ("SuspendKey", struct(issuer=IssuerId, key=Hash, since=Time)),
    ("RestoreKey", struct(issuer=IssuerId, key=Hash)),
    ("BindKey", struct(issuer=IssuerId, key=Hash, binding=Hash)),
    ("SetParameters", Parameters),
    ("ScheduleUpgrade", Upgrade),
    ("Define", Definition),
    (
        "SetWindow",
        struct(**{"document_type": TypeId, "period": Period, "issuer": option(IssuerId), "from": Day}, until=Day),
    ),
    ("ChangeValidators", struct(steps=many(Step, 64))),
)
Proposal = struct(decision=Decision, note=text(255), changes=many(Change, 16))
Cast = struct(member=Hash, yes=bool_)
Outcome = enum("Open", ("Passed", Height), ("Rejected", Height), ("Failed", row(Height, u16)))
Motion = struct(
    proposal=Proposal, proposer=Hash, proposed=Time, expires=Time, votes=many(Cast, 128), held=bool_, outcome=Outcome
)  # fmt: skip
Agenda = struct(open=many(Hash, 256))
Continuation = struct(decision=Decision, parent=Hash, retired=Hash)
Key = enum(
    "Parameters", "Validators", ("Issuer", IssuerId), ("Batch", row(IssuerId, BatchId)), "Protocol",
    ("Definition", row(DefinitionKind, TypeId, u16)), ("Window", row(TypeId, Period, option(IssuerId))),
    ("KeyUse", Hash), ("Motion", Hash), "Agenda", ("Continuation", Height),
)  # fmt: skip
Record = enum(
    ("Parameters", Parameters), ("Validators", Validators), ("Issuer", Issuer), ("Batch", Batch), ("Protocol", Protocol),
    ("Definition", Definition), ("Window", Window), ("KeyUse", KeyUse), ("Motion", Motion), ("Agenda", Agenda),
    ("Continuation", Continuation),
)  # fmt: skip
Status = enum("Valid", "Superseded", "Revoked", "Suspended")
KeyEvidence = struct(statement=many(u8, 512), cms=many(u8, 65535))
StatusEntry = struct(index=u32, status=Status, height=Height, time=Time, commitment=Hash, previous=Hash)
BatchHistory = struct(batch=BatchId, former=many(StatusEntry, 65535))
StatusArray = struct(changed=many(StatusEntry, 10000))
Issue = struct(
    batch=BatchId, act_for=option(IssuerId), origin=Origin, grant=u16, document_type=TypeId, schema=u16, period=Period,
    leaves=many(Hash, 10000),
)  # fmt: skip
ChangeStatus = struct(batch_issuer=IssuerId, batch=BatchId, index=u32, seen=Height, to=Status, commitment=Hash)
RotateKey = struct(key=PublicKey, possession=Signature, keep_until=Time)
Action = enum(
    ("Issue", Issue), ("ChangeStatus", ChangeStatus), ("RotateKey", RotateKey), ("AddKey", NewKey),
    ("EndKey", struct(key=Hash)),
)  # fmt: skip
Ballot = enum(
    ("Propose", Proposal), ("Vote", struct(motion=Hash, yes=bool_)), ("Ready", struct(motion=Hash))
)  # fmt: skip
Act = enum(
    ("Issuer", struct(issuer=IssuerId, key=Hash, approver=option(Hash), action=Action)),
    ("Member", struct(key=Hash, ballot=Ballot)),
)
NamedMotion = struct(id=Hash, motion=Motion)
Request = struct(chain=ChainId, valid_until=Time, act=Act)
Transaction = struct(request=Request, signatures=many(Signature, 2))
Body = struct(transactions=many(Transaction, 10000))
Block = struct(header=Header, body=Body)
Evidence = enum(
    ("Present", struct(depth=u8)),
    ("AbsentEmpty", struct(depth=u8)),
    ("AbsentOther", struct(depth=u8, place=Hash, value=Hash)),
)
StateProof = struct(evidence=many(Evidence, 4), slots=many(u8, 128), siblings=many(Hash, 1024))
SetChange = struct(header=Header, certificate=Certificate, next_validators=ValidatorSet)
Ancestry = struct(checkpoint=Height, path=many(Hash, 64))
Finality = enum(
    ("Certified", struct(certificate=Certificate, changes=many(SetChange, 256))),
    ("Ancestor", Ancestry),
)
BatchProof = struct(
    format=u8, batch_id=BatchId, batch=Batch, issuer=Issuer, named_issuer=option(Issuer), state=StateProof, header=Header,
    finality=Finality,
)  # fmt: skip
StatusProof = struct(entry=StatusEntry, path=many(Hash, 14))
Receipt = struct(proof=BatchProof, index=u32, path=many(Hash, 14), status=option(StatusProof))
BatchStatuses = struct(proof=BatchProof, statuses=StatusArray)
BatchAbsence = struct(format=u8, state=StateProof, header=Header, finality=Finality)
Checkpoint = struct(header=Header, validators=ValidatorSet, next_validators=ValidatorSet)
Genesis = struct(
    chain=ChainId, time=Time, parameters=Parameters, members=many(Member, 128), issuers=many(Issuer, 10000),
    definitions=many(Definition, 64),
)  # fmt: skip
Ground = enum("fraud", "ineligible", "wrong-authority", "altered", "lent", "issuer-error", "civil-status")
Correction = enum("amend", "reissue", "revoke", "cancel", "suspend", "reinstate")
Replacement = struct(issuer=IssuerId, batch=BatchId, leaf=Hash)
Opening = struct(
    salt=fixed(16), correction=Correction, ground=Ground, decision=text(120), decision_date=text(10),
    replacement=option(Replacement),
)  # fmt: skip


def decode(of, data, most=16 << 20):
    if len(data) > most:
        refuse("too-long")
    value, at = of(data, 0)
    if at != len(data):
        refuse("trailing")
    return value


# The few encodings that a verifier has to make.


def put_name(value):
    return bytes([len(value.encode())]) + value.encode()


def put_key(key):
    return (bytes(4) + bytes.fromhex(key["Ed25519"])) if "Ed25519" in key else b"\0\0\0\1" + bytes.fromhex(key["P256"])


def put_list(values, put):
    return len(values).to_bytes(2, "big") + b"".join(put(value) for value in values)


def put_option(value, put):
    return b"\0" if value is None else b"\1" + put(value)


def put(size):
    return lambda value: value.to_bytes(size, "big")


def put_set(validators):
    return put_list(validators, lambda validator: put_key(validator["key"]) + put(4)(validator["power"]))


def put_header(header):
    out = put(2)(header["version"]) + put_name(header["chain"]) + put(8)(header["height"]) + put(8)(header["time"])
    for field in "parent history_root body state_root validators next_validators".split():
        out += bytes.fromhex(header[field])
    return out + put(8)(header["leaves"])


def put_issuer(issuer):
    def closing(closing):
        return put(4)(closing["from"]) + put_name(closing["decision"])

    def suspension(suspension):
        return put(8)(suspension["since"]) + put_option(suspension["until"], put(8))

    def key(key):
        out = put_key(key["key"]) + put(1)(key["roles"]) + put(8)(key["from"]) + put_option(key["until"], put(8))
        return out + put_option(key["suspended"], suspension) + put_option(key["binding"], bytes.fromhex)

    def days(of):
        return put(4)(of["from"]) + put_option(of["until"], put(4)) + put_name(of["decision"])

    def grant(grant):
        return put_name(grant["document_type"]) + days(grant)

    def succession(succession):
        return put_name(succession["issuer"]) + put(1)(succession["scopes"]) + days(succession)

    out = put_name(issuer["id"]) + put_name(issuer["name"]) + put_name(issuer["name_en"])
    out += put_option(issuer["closed"], closing) + put_list(issuer["keys"], key) + put_list(issuer["grants"], grant)
    return out + put_list(issuer["successors"], succession)


def put_batch(batch):
    out = bytes.fromhex(batch["key"]) + put_option(batch["approver"], bytes.fromhex)
    out += put_option(batch["act_for"], put_name) + put(4)(["Issued", "Digitised"].index(batch["origin"]))
    out += put(2)(batch["grant"]) + put_name(batch["document_type"]) + put(2)(batch["schema"])
    out += put_option(batch["definition"], bytes.fromhex) + put_name(batch["period"]) + put(4)(batch["size"])
    out += bytes.fromhex(batch["root"]) + put(8)(batch["height"]) + put(8)(batch["time"])
    return out + put_option(batch["status_root"], bytes.fromhex)


def put_entry(entry):
    tag = ["Valid", "Superseded", "Revoked", "Suspended"].index(entry["status"])
    out = put(4)(entry["index"]) + put(4)(tag) + put(8)(entry["height"]) + put(8)(entry["time"])
    return out + bytes.fromhex(entry["commitment"]) + bytes.fromhex(entry["previous"])


def header_hash(header):
    return H("header", put_header(header))


def set_hash(validators):
    return H("validator-set", put_set(validators))


# §5


def day(time):
    return min((time + 25200000) // 86400000, 2**32 - 1)


# §6


def leaf_hash(entry):
    return sha(b"\0", entry)


def node_hash(left, right):
    return sha(b"\1", left, right)


def tree_root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def root_from_path(leaf, index, size, path):
    """None if the path has another length."""
    if index >= size:
        return None
    node, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return result if last == 0 else None


def hashes(texts):
    return [bytes.fromhex(value) for value in texts]


# §7

EMPTY = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"


def bit(place, depth):
    return place[depth // 8] >> (7 - depth % 8) & 1


def place(kind, encoded):
    kinds = {"Batch": 0x80, "Issuer": 0x40, "Definition": 0x10, "Window": 0x10, "KeyUse": 0x08, "Motion": 0x04}
    return bytes([kinds.get(kind, 0x20)]) + H("state-key", encoded)[:31]


def batch_place(issuer, batch):
    return place("Batch", put(4)(3) + put_name(issuer) + bytes.fromhex(batch))


def issuer_place(issuer):
    return place("Issuer", put(4)(2) + put_name(issuer))


def state_leaf(at, value):
    return sha(b"JMT::LeafNode", at, value)


def state_inner(left, right):
    return sha(b"JMT::IntrnalNode", left, right)


def state_root(leaves, depth=0):
    """Over (place, value) pairs."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return state_leaf(*leaves[0])
    halves = [[leaf for leaf in leaves if bit(leaf[0], depth) == side] for side in (0, 1)]
    return state_inner(*(state_root(half, depth + 1) for half in halves))


def verify_state(proof, root, claims):
    """claims: (place, value or None)."""
    claims = sorted(claims, key=lambda claim: claim[0])
    places = [claim[0] for claim in claims]
    if not claims or len(claims) != len(proof["evidence"]) or len(set(places)) < len(places):
        refuse("wrong-proof")
    claims = [(at, value, *next(iter(evidence.items()))) for (at, value), evidence in zip(claims, proof["evidence"])]
    slots, siblings = proof["slots"], hashes(proof["siblings"])
    used = [0, 0]

    def sibling():
        slot = used[0]
        if slot // 8 >= len(slots):
            refuse("wrong-proof")
        used[0] += 1
        if not slots[slot // 8] >> slot % 8 & 1:
            return EMPTY
        if used[1] >= len(siblings) or siblings[used[1]] == EMPTY:
            refuse("wrong-proof")
        used[1] += 1
        return siblings[used[1] - 1]

    def terminal(at, value, kind, evidence):
        if kind == "Present" and value is not None:
            return state_leaf(at, value)
        if kind == "AbsentEmpty" and value is None:
            return EMPTY
        if kind == "AbsentOther" and value is None:
            other = bytes.fromhex(evidence["place"])
            if other != at and all(bit(other, i) == bit(at, i) for i in range(evidence["depth"])):
                return state_leaf(other, bytes.fromhex(evidence["value"]))
        refuse("wrong-proof")

    def walk(depth, claims):
        if not claims:
            return sibling()
        if len(claims) == 1 and claims[0][3]["depth"] == depth:
            return terminal(*claims[0])
        if depth > 255 or any(claim[3]["depth"] <= depth for claim in claims):
            refuse("wrong-proof")
        left = walk(depth + 1, [claim for claim in claims if bit(claim[0], depth) == 0])
        right = walk(depth + 1, [claim for claim in claims if bit(claim[0], depth) == 1])
        return state_inner(left, right)

    computed = walk(0, claims)
    spare = used[0] % 8 and slots and slots[-1] >> used[0] % 8
    if computed != root or (used[0] + 7) // 8 != len(slots) or used[1] != len(siblings) or spare:
        refuse("wrong-proof")


# §9


def check_set(validators):
    if not 1 <= len(validators) <= 128:
        refuse("set-count")
    before = b""
    for validator in validators:
        key = bytes.fromhex(validator["key"].get("Ed25519", ""))  # none other votes
        if not ed25519.acceptable(key):
            refuse("set-key")
        if validator["power"] == 0:
            refuse("set-power")
        if before >= key:
            refuse("set-order")
        before = key


def vote(chain, kind, height, round_, value):
    data = put_name(chain) + bytes([kind]) + put(8)(height) + put(4)(round_) + put_option(value, bytes)
    return domain("vote", data)


def verify_certificate(certificate, chain, validators, height, value):
    signers = certificate["signers"]
    if len(signers) != (len(validators) + 7) // 8:
        refuse("certificate-shape")
    indices = [i for i in range(len(signers) * 8) if signers[i // 8] >> i % 8 & 1]
    if any(i >= len(validators) for i in indices) or len(indices) != len(certificate["signatures"]):
        refuse("certificate-shape")
    total = sum(validator["power"] for validator in validators)
    powers = [validators[i]["power"] for i in indices]
    if 3 * sum(powers) <= 2 * total:
        refuse("certificate-power")
    if 3 * sum(powers[:-1]) > 2 * total:
        refuse("certificate-spare")
    message = vote(chain, 2, height, certificate["round"], value)
    for i, signature in zip(indices, certificate["signatures"]):
        if not ed25519.verifies(bytes.fromhex(validators[i]["key"]["Ed25519"]), message, bytes.fromhex(signature)):
            refuse("certificate-signature")


# §11


def unchanged(index):
    return {"index": index, "status": "Valid", "height": 0, "time": 0, "commitment": "00" * 32, "previous": "00" * 32}


def is_history(entries, entry):
    """§10: whether these are all that the entry replaced, oldest first."""
    steps = zip(entries, [*entries, entry][1:])
    return [*entries, entry][0]["previous"] == "00" * 32 and all(
        old["index"] == new["index"]
        and 0 < old["height"] < new["height"]
        and new["previous"] == leaf_hash(put_entry(old)).hex()
        for old, new in steps
    )


def decode_proof(of, data, most=16 << 20):
    if len(data) <= most:
        if data[:1] in (b"", b"\0"):
            refuse("receipt-malformed")
        if data[0] != 2:
            refuse("receipt-unknown-format")
    try:
        return decode(of, data, most)
    except Refused:
        refuse("receipt-malformed")


def certified(certificate, header, validators):
    try:
        verify_certificate(certificate, header["chain"], validators, header["height"], header_hash(header))
    except Refused:
        refuse("not-final")


def verify_finality(header, finality, checkpoint):
    anchor = checkpoint["header"]
    h, c = header["height"], anchor["height"]
    if "Ancestor" in finality:
        ancestry = finality["Ancestor"]
        if ancestry["checkpoint"] != c:
            refuse("needs-refresh")
        root = root_from_path(leaf_hash(header_hash(header)), h, c, hashes(ancestry["path"]))
        if root != bytes.fromhex(anchor["history_root"]):
            refuse("not-an-ancestor")
        return
    certificate, changes = finality["Certified"]["certificate"], finality["Certified"]["changes"]
    changes = list(itertools.dropwhile(lambda change: change["header"]["height"] <= c, changes))
    if h < c:
        refuse("needs-refresh")
    if h == c:
        if header_hash(header) != header_hash(anchor) or changes:
            refuse("not-an-ancestor")
        return certified(certificate, header, checkpoint["validators"])
    current, last = checkpoint["next_validators"], c
    for change in changes:
        at = change["header"]
        in_order = at["chain"] == header["chain"] and last < at["height"] < h
        follows = at["validators"] == set_hash(current).hex() and at["validators"] != at["next_validators"]
        if not in_order or not follows:
            refuse("wrong-validators")
        certified(change["certificate"], at, current)
        try:
            check_set(change["next_validators"])
        except Refused:
            refuse("wrong-validators")
        if set_hash(change["next_validators"]).hex() != at["next_validators"]:
            refuse("wrong-validators")
        current, last = change["next_validators"], at["height"]
    if header["validators"] != set_hash(current).hex():
        refuse("wrong-validators")
    certified(certificate, header, current)


def shows(proof, header, claims):
    try:
        verify_state(proof, bytes.fromhex(header["state_root"]), claims)
    except Refused:
        refuse("wrong-state")


def verify_batch_proof(proof, pointer, checkpoint):
    if pointer["chain"] != checkpoint["header"]["chain"]:
        refuse("other-chain")
    found = (proof["batch_id"], proof["issuer"]["id"], proof["header"]["chain"])
    if found != (pointer["batch"], pointer["issuer"], pointer["chain"]):
        refuse("other-batch")
    verify_finality(proof["header"], proof["finality"], checkpoint)
    named = proof["named_issuer"]
    if (named and named["id"]) != proof["batch"]["act_for"]:
        refuse("wrong-state")
    issuers = [proof["issuer"], named] if named else [proof["issuer"]]
    claims = [(issuer_place(issuer["id"]), sha(put(4)(2), put_issuer(issuer))) for issuer in issuers]
    record = sha(put(4)(3), put_batch(proof["batch"]))
    shows(proof["state"], proof["header"], [(batch_place(pointer["issuer"], pointer["batch"]), record), *claims])


def verify_receipt(receipt, leaf, pointer, checkpoint):
    """The status entry."""
    verify_batch_proof(receipt["proof"], pointer, checkpoint)
    batch, index, status = receipt["proof"]["batch"], receipt["index"], receipt["status"]
    if root_from_path(leaf, index, batch["size"], hashes(receipt["path"])) != bytes.fromhex(batch["root"]):
        refuse("not-in-batch")
    if batch["status_root"] is None and status is None:
        return unchanged(index)
    if batch["status_root"] is None or status is None or status["entry"]["index"] != index:
        refuse("wrong-status")
    root = root_from_path(leaf_hash(put_entry(status["entry"])), index, batch["size"], hashes(status["path"]))
    if root != bytes.fromhex(batch["status_root"]):
        refuse("wrong-status")
    return status["entry"]


def entries(statuses):
    """All entries of a batch."""
    changed = {entry["index"]: entry for entry in statuses["statuses"]["changed"]}
    return [changed.get(index, unchanged(index)) for index in range(statuses["proof"]["batch"]["size"])]


def verify_statuses(statuses, pointer, checkpoint):
    verify_batch_proof(statuses["proof"], pointer, checkpoint)
    batch, changed = statuses["proof"]["batch"], [entry["index"] for entry in statuses["statuses"]["changed"]]
    if batch["size"] > 10000 or any(entry["height"] == 0 for entry in statuses["statuses"]["changed"]):
        refuse("wrong-status")
    if any(a >= b for a, b in zip(changed, changed[1:])) or any(index >= batch["size"] for index in changed):
        refuse("wrong-status")
    root = tree_root([leaf_hash(put_entry(entry)) for entry in entries(statuses)]).hex() if changed else None
    if root != batch["status_root"]:
        refuse("wrong-status")


def verify_absence(absence, pointer, checkpoint):
    if pointer["chain"] != checkpoint["header"]["chain"]:
        refuse("other-chain")
    if absence["header"]["chain"] != pointer["chain"]:
        refuse("other-batch")
    verify_finality(absence["header"], absence["finality"], checkpoint)
    shows(absence["state"], absence["header"], [(batch_place(pointer["issuer"], pointer["batch"]), None)])


# §12


def decode_checkpoint(data):
    try:
        checkpoint = decode(Checkpoint, data, 16 << 10)
    except Refused:
        refuse("malformed")
    header = checkpoint["header"]
    for validators in (checkpoint["validators"], checkpoint["next_validators"]):
        try:
            check_set(validators)
        except Refused:
            refuse("not-a-set")
    named = (header["validators"], header["next_validators"])
    if named != (set_hash(checkpoint["validators"]).hex(), set_hash(checkpoint["next_validators"]).hex()):
        refuse("other-sets")
    return checkpoint
