// Bundles taken apart and put together again, as docs/FORMATS.md says, so that a test can change one part of one.
//
// A writer and reader of its own, in a few lines: it proves nothing and shares nothing with the page or its client.

import { createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const domain = (name) => Buffer.from(`sogoc/1/${name}\0`);

/** H of FORMATS §3. */
export const hashOf = (name, data) => sha256(domain(name), data);

/** The leaf of a JWT on the ledger. */
export const leafOf = (jwt) => sha256(Buffer.of(0), jwt);

// §2. A type is a pair of functions; `at` is the place in the bytes that both share.

const integer = (bytes) => ({
  read: (at) => BigInt(`0x${at.take(bytes).toString("hex")}`),
  write: (value) => Buffer.from(BigInt(value).toString(16).padStart(2 * bytes, "0"), "hex"),
});
const small = (bytes) => ({ read: (at) => Number(integer(bytes).read(at)), write: integer(bytes).write });
const u8 = small(1);
const u16 = small(2);
const u32 = small(4);
const u64 = integer(8);
const bytes = (length) => ({ read: (at) => Buffer.from(at.take(length)), write: (value) => value });
const hash = bytes(32);
const text = {
  read: (at) => at.take(u8.read(at)).toString("utf8"),
  write: (value) => Buffer.concat([u8.write(Buffer.byteLength(value)), Buffer.from(value)]),
};
const option = (type) => ({
  read: (at) => (u8.read(at) === 0 ? null : type.read(at)),
  write: (value) => (value === null ? Buffer.of(0) : Buffer.concat([Buffer.of(1), type.write(value)])),
});
const list = (type) => ({
  read: (at) => Array.from({ length: u16.read(at) }, () => type.read(at)),
  write: (values) => Buffer.concat([u16.write(values.length), ...values.map(type.write)]),
});
const struct = (fields) => ({
  read: (at) => Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.read(at)])),
  write: (value) => Buffer.concat(Object.entries(fields).map(([name, type]) => type.write(value[name]))),
});
/** `{ is: variant, …fields }` */
const choice = (...variants) => ({
  read: (at) => {
    const is = u32.read(at);
    return { is, ...variants[is].read(at) };
  },
  write: (value) => Buffer.concat([u32.write(value.is), variants[value.is].write(value)]),
});

const signature = bytes(64);
const publicKey = choice(struct({ ed25519: hash }));
const validator = struct({ key: publicKey, power: u32 });
const certificate = struct({ round: u32, signers: list(u8), signatures: list(signature) });

const header = struct({
  version: u16, chain: text, height: u64, time: u64, parent: hash, history_root: hash, body: hash, state_root: hash,
  validators: hash, next_validators: hash, leaves: u64,
});
const batch = struct({
  key: hash, approver: option(hash), act_for: option(text), origin: u32, grant: u16, document_type: text, schema: u16,
  definition: option(hash), period: text, size: u32, root: hash, height: u64, time: u64, status_root: option(hash),
});
const suspension = struct({ since: u64, until: option(u64) });
const issuerKey = struct({
  key: publicKey, roles: u8, from: u64, until: option(u64), suspended: option(suspension), binding: option(hash),
});
const grant = struct({ document_type: text, from: u32, until: option(u32), decision: text });
const closing = struct({ from: u32, decision: text });
const succession = struct({ issuer: text, scopes: u8, from: u32, until: option(u32), decision: text });
const issuer = struct({
  id: text, name: text, name_en: text, closed: option(closing), keys: list(issuerKey), grants: list(grant),
  successors: list(succession),
});
const stateProof = struct({
  evidence: list(choice(
    struct({ depth: u8 }),
    struct({ depth: u8 }),
    struct({ depth: u8, place: hash, value: hash }),
  )),
  slots: list(u8),
  siblings: list(hash),
});
const setChange = struct({ header, certificate, next_validators: list(validator) });
const ancestry = struct({ checkpoint: u64, path: list(hash) });
const finality = choice(struct({ certificate, changes: list(setChange) }), struct({ ancestry }));
const batchProof = struct({
  format: u8, batch_id: bytes(16), batch, issuer, named_issuer: option(issuer), state: stateProof, header, finality,
});
const statusEntry = struct({ index: u32, status: u32, height: u64, time: u64, commitment: hash, previous: hash });
const receipt = struct({
  proof: batchProof, index: u32, path: list(hash), status: option(struct({ entry: statusEntry, path: list(hash) })),
});
const issue = struct({
  batch: bytes(16), act_for: option(text), origin: u32, grant: u16, document_type: text, schema: u16, period: text,
  leaves: list(hash),
});
const act = choice(struct({ issuer: text, key: hash, approver: option(hash), action: choice(issue) }));
const request = struct({ chain: text, valid_until: u64, act });
const transaction = struct({ request, signatures: list(signature) });

/** The types that tests read and write. */
export const types = { receipt, batchProof, ancestry, transaction };

/** The value that the bytes are; every byte of them. */
export function decode(type, encoded) {
  let place = 0;
  const take = (length) => {
    if (place + length > encoded.length) throw new Error("the bytes end early");
    place += length;
    return encoded.subarray(place - length, place);
  };
  const value = type.read({ take });
  if (place !== encoded.length) throw new Error("bytes after the end");
  return value;
}

/** The encoding of a value. */
export const encode = (type, value) => type.write(value);

// §13, §14.

const json64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const fromJson64 = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

/** A bundle as its parts: `{ jwt: { header, payload, signature }, disclosures, receipt, openings, history }`. */
export function open(bundle) {
  const outer = JSON.parse(bundle);
  const [jwt, ...disclosures] = outer.credential.split("~").slice(0, -1);
  const [head, payload, signed] = jwt.split(".");
  return {
    jwt: { header: head, payload, signature: signed },
    disclosures,
    receipt: decode(receipt, Buffer.from(outer.receipt, "base64url")),
    openings: outer.openings ?? [],
    history: outer.history ?? [],
  };
}

/** The bundle of these parts. */
export function close({ jwt, disclosures, receipt: value, openings = [], history = [] }) {
  const credential = [`${jwt.header}.${jwt.payload}.${jwt.signature}`, ...disclosures, ""].join("~");
  const outer = { "sogoc-bundle": 2, credential, receipt: encode(receipt, value).toString("base64url") };
  return JSON.stringify({ ...outer, ...(openings.length > 0 && { openings }), ...(history.length > 0 && { history }) });
}

/** What a disclosure says: `{ salt, name, value }`; an element of a list has no name. */
export function disclosed(disclosure) {
  const parts = fromJson64(disclosure);
  return parts.length === 3 ? { salt: parts[0], name: parts[1], value: parts[2] } : { salt: parts[0], value: parts[1] };
}

/** The pointer of a document: `{ chain, issuer, batch }`. */
export const pointer = (parts) => fromJson64(parts.jwt.payload).ledger;

// What a school signs.

const signer = (key, x, issuer) => ({
  sign: (data) => sign(null, data, key),
  jwk: { kty: "OKP", crv: "Ed25519", x },
  thumbprint: sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`),
  issuer,
});

/** The signing key in a key file of `sogoc genesis devnet`: `{ sign, jwk, thumbprint, issuer }`. */
export function signerOf(file) {
  const { public: jwk, secret, issuer: id } = JSON.parse(file);
  return signer(createPrivateKey({ key: { ...jwk, d: secret }, format: "jwk" }), jwk.x, id);
}

/** A signing key that nobody registered. */
export function stranger() {
  const { privateKey, publicKey: own } = generateKeyPairSync("ed25519");
  return signer(privateKey, own.export({ format: "jwk" }).x, null);
}

/** A signed document without a receipt: claims at the top only, each disclosable. `{ jwt, disclosures }` */
export function signDocument(key, envelope, claims, salt) {
  const disclosures = Object.entries(claims).map(([name, value]) => json64([salt(), name, value]));
  const digests = disclosures.map((disclosure) => sha256(disclosure)).sort(Buffer.compare);
  const payload = { ...envelope, _sd_alg: "sha-256", _sd: digests.map((digest) => digest.toString("base64url")) };
  const header = json64({ alg: "Ed25519", typ: "dc+sd-jwt", jwk: key.jwk });
  const signed = `${header}.${json64(payload)}`;
  return {
    jwt: { header, payload: json64(payload), signature: key.sign(Buffer.from(signed)).toString("base64url") },
    disclosures,
  };
}

/** The encoding of a request, signed. */
export function signRequest(key, value) {
  const signed = key.sign(Buffer.concat([domain("transaction"), encode(request, value)]));
  return encode(transaction, { request: value, signatures: [signed] });
}
