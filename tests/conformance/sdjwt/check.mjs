// Checks our documents with the @sd-jwt libraries, and presents some with them for us to check:
//
//     node check.mjs TOKENS.json PRESENTATIONS.json

import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { digest } from "@sd-jwt/crypto-nodejs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";

const tokens = JSON.parse(readFileSync(process.argv[2], "utf8"));

// The order of the base point of P-256.
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const ofToken = (algorithm, key) => (algorithm === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : key);
const digestOf = (algorithm) => (algorithm === "ES256" ? "sha256" : null);

const verifier = (jwk) => {
  const algorithm = jwk.kty === "EC" ? "ES256" : "Ed25519";
  const key = ofToken(algorithm, createPublicKey({ key: jwk, format: "jwk" }));
  return (data, signature) => verify(digestOf(algorithm), Buffer.from(data), key, Buffer.from(signature, "base64url"));
};

/** `r ‖ n − s`, which ECDSA takes as well: of the two only one is low, and only that one is ours. */
function twin(signature) {
  const s = ORDER - BigInt(`0x${signature.subarray(32).toString("hex")}`);
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
}

const isLow = (signature) => signature[32] < 0x80;

/** A wallet of somebody else, with a holder's key of this kind; `low` says which signature of ECDSA it gives. */
function wallet({ algorithm, issuer_jwk, holder_jwk, holder_secret }, low = true) {
  const d = Buffer.from(holder_secret).toString("base64url");
  const key = ofToken(algorithm, createPrivateKey({ key: { ...holder_jwk, d }, format: "jwk" }));
  return new SDJwtVcInstance({
    hasher: digest,
    hashAlg: "sha-256",
    verifier: verifier(issuer_jwk),
    kbVerifier: (data, signature, payload) => verifier(payload.cnf.jwk)(data, signature),
    kbSigner: (data) => {
      const signature = sign(digestOf(algorithm), Buffer.from(data), key);
      const asked = algorithm !== "ES256" || isLow(signature) === low ? signature : twin(signature);
      return asked.toString("base64url");
    },
    kbSignAlg: algorithm,
  });
}

async function accepted(kind, token, bound, issuer_jwk = kind.issuer_jwk) {
  try {
    const asked = bound ? { keyBindingNonce: tokens.nonce } : {};
    return (await wallet({ ...kind, issuer_jwk }).verify(token, asked)).payload;
  } catch {
    return undefined;
  }
}

let passed = 0;
let failed = 0;
function expect(what, holds) {
  holds ? passed++ : failed++;
  if (!holds) console.error(`FAILED @sd-jwt: ${what}`);
}

const flip = (token, at) => token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);

async function checkCase(kind, { name: of, token, bound, processed }) {
  const name = `${kind.algorithm}, ${of}`;
  const payload = await accepted(kind, token, bound);
  expect(`${name}: accepted, same claims`, isDeepStrictEqual(payload, processed));
  expect(`${name}: another key refused`, !(await accepted(kind, token, bound, kind.holder_jwk)));
  const [header, body, signature] = token.split("~")[0].split(".");
  expect(`${name}: changed payload refused`, !(await accepted(kind, flip(token, header.length + 40), bound)));
  const inSignature = header.length + body.length + 2 + signature.length / 2;
  expect(`${name}: changed signature refused`, !(await accepted(kind, flip(token, inSignature), bound)));

  const parts = token.split("~");
  if (parts.length < 3) return;
  const changed = [parts[0], flip(parts[1], 30), ...parts.slice(2)].join("~");
  const seen = await accepted(kind, changed, bound);
  // This library ignores a disclosure that matches no digest: what was changed must not be shown.
  expect(`${name}: changed disclosure not shown`, !seen || (!bound && !isDeepStrictEqual(seen, processed)));
  if (bound) {
    const fewer = [parts[0], ...parts.slice(2)].join("~");
    expect(`${name}: disclosure taken from a bound presentation`, !(await accepted(kind, fewer, bound)));
  }
}

const transcript = [{ person: { name: true }, result: { conduct: { year: true } } }, [
  "person", "person/name", "result", "result/conduct", "result/conduct/year",
]];
const choices = {
  "hoc-ba-thcs": transcript,
  "hoc-ba-thpt": transcript,
  "bang-tn-thpt": [{ person: true, award: { serial: true } }, ["person", "award", "award/serial"]],
  "da-ky": [{ file_digest: true }, ["file_digest"]],
};
const presentations = [];

async function presentCase(kind, { name: of, schema, token }) {
  const name = `${kind.algorithm}, ${of}, presented by @sd-jwt`;
  const [frame, paths] = choices[schema];
  const payload = { iat: Math.floor(Date.now() / 1000), aud: tokens.audience, nonce: tokens.nonce };
  const presented = (low) => wallet(kind, low).present(token, frame, { kb: { payload } });
  presentations.push({ name, token: await presented(true), paths });
  if (kind.algorithm !== "ES256") return;
  // What this library takes and we refuse: the other signature of each pair, of the holder and of the issuer.
  const high = await presented(false);
  expect(`${name}, a high s: accepted by @sd-jwt`, await accepted(kind, high, true));
  presentations.push({ name: `${name}, a high s`, token: high, error: "holder-signature-invalid" });
  const [jwt, ...rest] = token.split("~");
  const [header, body, signature] = jwt.split(".");
  const other = twin(Buffer.from(signature, "base64url")).toString("base64url");
  const malleated = [`${header}.${body}.${other}`, ...rest].join("~");
  expect(`${name}, the issuer's s made high: accepted by @sd-jwt`, await accepted(kind, malleated, false));
  presentations.push({ name: `${name}, the issuer's s made high`, token: malleated, error: "issuer-signature-invalid" });
}

for (const kind of tokens.kinds) {
  for (const oneCase of kind.cases) await checkCase(kind, oneCase);
  for (const oneCase of kind.cases.filter(({ name }) => name.endsWith(", all"))) await presentCase(kind, oneCase);
}
const { audience, nonce } = tokens;
writeFileSync(process.argv[3], JSON.stringify({ audience, nonce, presentations }));

console.log(`@sd-jwt 0.19.0: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
