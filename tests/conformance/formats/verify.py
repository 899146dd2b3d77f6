"""Puts every vector in docs/vectors to a verifier that rests on docs/FORMATS.md alone."""

import hashlib
import json
import sys
from pathlib import Path

import document
import ed25519
import keys
import ledger
import schema
from ledger import Refused, refuse
from notation import b64, is_integer, read_object, unb64


def unhex(value):
    return bytes.fromhex(value)


class Tally:
    passed = failed = 0

    def equal(self, what, found, expected):
        if found == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{what}\n  found    {found}\n  expected {expected}"[:2000])

    def vector(self, file, vector, answer):
        try:
            found = {"expect": answer(vector)}
        except Refused as error:
            found = {"error": error.args[0]}
        expected = {member: vector[member] for member in ("expect", "error") if member in vector}
        self.equal(f"{file}: {vector['description']}", found, expected)


def encoding(vector):
    data = unhex(vector["encoding"])
    value = ledger.decode(getattr(ledger, vector["type"]), data)
    place = ledger.place(next(iter(value)) if isinstance(value, dict) else value, data) if vector["type"] == "Key" else None
    named = {
        "Header": lambda: {"header": ledger.header_hash(value).hex()},
        "Body": lambda: {"body": ledger.H("body", data).hex()},
        "ValidatorSet": lambda: {"validator-set": ledger.set_hash(value).hex()},
        "Request": lambda: {"transaction": ledger.H("transaction", data).hex()},
        "StatusEntry": lambda: {"leaf": ledger.leaf_hash(ledger.put_entry(value)).hex()},
        "Key": lambda: {"place": place.hex()},
        "Record": lambda: {"value": ledger.sha(data).hex()},
    }
    return {"value": value, **named.get(vector["type"], dict)()}


def hashes(tally, file):
    for domain in file["domains"]:
        message = ledger.domain(domain["name"], unhex(domain["data"]))
        tally.equal(domain["name"], ledger.sha(message).hex(), domain["hash"])
        seed = unhex(domain["signer_seed"])
        secret = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
        secret = secret & (1 << 254) - 8 | 1 << 254
        key = ed25519.encode(ed25519.times(secret, ed25519.BASE))
        tally.equal(f"{domain['name']}: signed", ed25519.verifies(key, message, unhex(domain["signature"])), True)
    for key in file["thumbprints"]:
        tally.equal(key["key"], keys.thumbprint(unhex(key["key"])).hex(), key["thumbprint"])
    for day in file["days"]:
        tally.equal(f"day of {day['time']}", ledger.day(day["time"]), day["day"])
    for held in file["possessions"]:
        if held["purpose"] == 4:
            named = ledger.put_name(held["chain"]) + ledger.put_name(held["issuer"]) + unhex(held["key"]) + bytes([held["roles"]])
        else:
            named = ledger.put_name(held["owner"]) + b"".join(unhex(key) for key in held["keys"])
        message = ledger.domain("possession", bytes([held["purpose"]]) + named)
        tally.equal("possession", message.hex(), held["signed"])
        tally.equal("possession: signed", ed25519.verifies(unhex(held["signer"])[4:], message, unhex(held["signature"])), True)


def signature(vector):
    key, message, signed = (unhex(vector[member]) for member in ("key", "message", "signature"))
    return {"verifies": keys.verifies(key, message, signed), "key_is_acceptable": keys.acceptable(key)}


def path(vector):
    path = ledger.hashes(vector["path"])
    root = ledger.root_from_path(unhex(vector["leaf"]), vector["index"], vector["size"], path)
    return {"leads_to_root": root == unhex(vector["root"])}


def state(vector):
    proof = ledger.decode(ledger.StateProof, unhex(vector["proof"]))
    claims = []
    for claim in vector["claims"]:
        key = ledger.decode(ledger.Key, unhex(claim["key"]))
        place = ledger.place(next(iter(key)) if isinstance(key, dict) else key, unhex(claim["key"]))
        claims.append((place, ledger.sha(unhex(claim["record"])) if claim["record"] else None))
    ledger.verify_state(proof, unhex(vector["root"]), claims)
    return {"shows": True}


def certificate(vector):
    validators = ledger.decode(ledger.ValidatorSet, unhex(vector["set"]))
    ledger.check_set(validators)
    decoded = ledger.decode(ledger.Certificate, unhex(vector["certificate"]))
    ledger.verify_certificate(decoded, vector["chain"], validators, vector["height"], unhex(vector["value"]))
    return {"set_hash": ledger.set_hash(validators).hex(), "final": True}


def receipt(checkpoints, vector):
    checkpoint = ledger.decode_checkpoint(unhex(checkpoints[vector["checkpoint"]]))
    data, pointer, of_type = unhex(vector["encoding"]), vector["pointer"], vector["type"]
    value = ledger.decode_proof(getattr(ledger, of_type), data, 256 << 10 if of_type in ("Receipt", "BatchProof") else 16 << 20)
    if of_type == "BatchProof":
        ledger.verify_batch_proof(value, pointer, checkpoint)
        return {"size": value["batch"]["size"], "as_of_height": value["header"]["height"]}
    if of_type == "BatchAbsence":
        ledger.verify_absence(value, pointer, checkpoint)
        return {"absent": True, "as_of_height": value["header"]["height"]}
    header, batch = value["proof"]["header"], value["proof"]["batch"]
    if of_type == "BatchStatuses":
        ledger.verify_statuses(value, pointer, checkpoint)
        return {"statuses": [entry["status"].lower() for entry in ledger.entries(value)], "as_of_height": header["height"]}
    entry = ledger.verify_receipt(value, unhex(vector["leaf"]), pointer, checkpoint)
    named, anchor = value["proof"]["named_issuer"], checkpoint["header"]["height"]
    return {
        "issuer": value["proof"]["issuer"]["id"],
        "named_issuer": named and named["id"],
        "document_type": batch["document_type"],
        "origin": batch["origin"].lower(),
        "sealed_at": batch["height"],
        "index": value["index"],
        "status": entry["status"].lower(),
        "status_height": entry["height"],
        "commitment": entry["commitment"],
        "previous": entry["previous"],
        "as_of_height": header["height"],
        "as_of": header["time"],
        "anchor_is_genesis": anchor == 0,
        "anchor_height": anchor,
    }


def checkpoint(vector):
    header = ledger.decode_checkpoint(unhex(vector["encoding"]))["header"]
    return {"height": header["height"], "hash": ledger.header_hash(header).hex()}


def checkpoint_file(vector):
    if len(vector["file"].encode()) > 64 << 10:
        refuse("form")
    try:
        file = read_object(vector["file"].encode())
    except Refused:
        refuse("form")
    numbers, texts = {"sogoc-checkpoint", "height", "time"}, {"chain", "hash", "checkpoint"}
    if set(file) != numbers | texts or not all(is_integer(file[member]) for member in numbers):
        refuse("form")
    if not all(isinstance(file[member], str) for member in texts):
        refuse("form")
    data = unb64(file["checkpoint"], "form")
    try:
        header = ledger.decode_checkpoint(data)["header"]
    except Refused:
        refuse("checkpoint")
    hash_ = ledger.header_hash(header).hex()
    stated = [file[member] for member in ("sogoc-checkpoint", "chain", "height", "time", "hash")]
    if stated != [1, header["chain"], header["height"], header["time"], hash_]:
        refuse("disagrees")
    return {"height": header["height"], "hash": hash_}


def blocks(tally, file):
    """The chain from end to end: every block follows from the one before it."""
    genesis = ledger.decode(ledger.Genesis, unhex(file["genesis"]["encoding"]))
    parent = ledger.decode(ledger.Header, unhex(file["genesis"]["header"]))
    tally.equal("genesis", ledger.header_hash(parent).hex(), file["genesis"]["hash"])
    members = [{"key": member["consensus"], "power": member["power"]} for member in genesis["members"]]
    validators = sorted(members, key=lambda member: member["key"]["Ed25519"])
    tally.equal("founding validators", ledger.set_hash(validators).hex(), parent["validators"])
    history = []
    for made in file["blocks"]:
        block = ledger.decode(ledger.Block, unhex(made["block"]))
        header, body = block["header"], unhex(made["block"])[len(ledger.put_header(block["header"])) :]
        history.append(ledger.leaf_hash(ledger.header_hash(parent)))
        found = [header["parent"], header["history_root"], header["body"], ledger.header_hash(header).hex()]
        parts = [ledger.header_hash(parent), ledger.tree_root(history), ledger.H("body", body), unhex(made["hash"])]
        tally.equal(f"block {made['height']}", found, [part.hex() for part in parts])
        final = ledger.decode(ledger.Certificate, unhex(made["certificate"]))
        ledger.verify_certificate(final, header["chain"], validators, header["height"], ledger.header_hash(header))
        parent = header


def sd_jwt(vector):
    def step(name, function, *arguments):
        try:
            return function(*arguments)
        except Refused as error:
            refuse(f"{name}:{error.args[0]}")

    parsed = step("integrity", document.parse, vector["sd_jwt"])
    processed, paths = step("disclosures", document.disclose, parsed)
    step("issuer-signature", document.verify_issuer, parsed)
    if "holder" in vector:
        step("holder-binding", document.verify_holder, parsed, vector["holder"])
    leaf = ledger.leaf_hash(parsed["jwt"].encode()).hex()
    return {"schema": parsed["schema"]["id"], "leaf": leaf, "paths": sorted(paths), "processed": processed}


def documents(tally, file):
    for opening in file["openings"]:
        decoded = ledger.decode(ledger.Opening, unhex(opening["encoding"]), 1024)
        tally.equal("opening", decoded, {member: opening[member] for member in decoded})
        tally.equal("commitment", ledger.H("status-opening", unhex(opening["encoding"])).hex(), opening["commitment"])
    for vector in file["vectors"]:
        if "expect" in vector:
            vector["expect"]["paths"].sort()
        tally.vector("documents", vector, sd_jwt)


def report(chain, vector):
    bundle = document.read_bundle(vector["bundle"])
    question = dict(vector)
    question["checkpoint"] = ledger.decode_checkpoint(unhex(chain["checkpoints"][vector["checkpoint"]]))
    if "fresh" in vector:
        question["fresh"] = ledger.decode_proof(ledger.BatchStatuses, unhex(chain["statuses"][vector["fresh"]]))
    if "original" in vector:
        question["original"] = unhex(vector["original"])
    return document.verify(bundle, question)


def definitions(tally, folder):
    """The types that are known by heart are what their definitions say."""
    for known in schema.KNOWN:
        text = (folder / f"{known['id']}-{known['version']}.json").read_bytes()
        tally.equal(known["id"], schema.read([b64(text)]), known)


def main(folder, defined):
    tally = Tally()
    file = {path.stem: json.loads(path.read_text()) for path in Path(folder).glob("*.json")}
    hashes(tally, file["hashes"])
    for tree in file["trees"]["roots"]:
        tally.equal("tree", ledger.tree_root(ledger.hashes(tree["leaves"])).hex(), tree["root"])
    for tree in file["state"]["roots"]:
        leaves = [(unhex(record["place"]), ledger.sha(unhex(record["record"]))) for record in tree["records"]]
        tally.equal("state", ledger.state_root(leaves).hex(), tree["root"])
    for vote in file["certificates"]["votes"]:
        value = vote["value"] and unhex(vote["value"])
        signed = ledger.vote(vote["chain"], vote["kind"], vote["height"], vote["round"], value)
        tally.equal("vote", signed.hex(), vote["signed"])
    blocks(tally, file["chain"])
    definitions(tally, Path(defined))
    documents(tally, file["documents"])
    lists = [
        ("encoding", "vectors", encoding),
        ("signatures", "vectors", signature),
        ("trees", "vectors", path),
        ("state", "vectors", state),
        ("certificates", "vectors", certificate),
        ("chain", "vectors", lambda vector: receipt(file["chain"]["checkpoints"], vector)),
        ("chain", "checkpoint_vectors", checkpoint),
        ("bundles", "vectors", lambda vector: report(file["chain"], vector)),
        ("bundles", "checkpoint_files", checkpoint_file),
    ]
    for name, member, answer in lists:
        for vector in file[name][member]:
            tally.vector(name, vector, answer)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
