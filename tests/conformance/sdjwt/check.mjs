// Checks our documents with the @sd-jwt libraries, and presents some with them for us to check:
//
//     node check.mjs TOKENS.json PRESENTATIONS.json

import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { digest } from "@sd-jwt/crypto-nodejs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";

const tokens = JSON.parse(readFileSync(process.argv[2], "utf8"));

const ed25519 = (jwk) => {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return (data, signature) => verify(null, Buffer.from(data), key, Buffer.from(signature, "base64url"));
};

const holderKey = createPrivateKey({
  key: { ...tokens.holder_jwk, d: Buffer.from(tokens.holder_seed).toString("base64url") },
  format: "jwk",
});

const client = (issuerJwk) =>
  new SDJwtVcInstance({
    hasher: digest,
    hashAlg: "sha-256",
    verifier: ed25519(issuerJwk),
    kbVerifier: (data, signature, payload) => ed25519(payload.cnf.jwk)(data, signature),
    kbSigner: (data) => sign(null, Buffer.from(data), holderKey).toString("base64url"),
    kbSignAlg: "Ed25519",
  });

async function accepted(token, bound, issuerJwk = tokens.issuer_jwk) {
  try {
    return (await client(issuerJwk).verify(token, bound ? { keyBindingNonce: tokens.nonce } : {})).payload;
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

for (const { name, token, bound, processed } of tokens.cases) {
  const payload = await accepted(token, bound);
  expect(`${name}: accepted, same claims`, isDeepStrictEqual(payload, processed));
  expect(`${name}: another key refused`, !(await accepted(token, bound, tokens.holder_jwk)));
  const [header, body, signature] = token.split("~")[0].split(".");
  expect(`${name}: changed payload refused`, !(await accepted(flip(token, header.length + 40), bound)));
  const inSignature = header.length + body.length + 2 + signature.length / 2;
  expect(`${name}: changed signature refused`, !(await accepted(flip(token, inSignature), bound)));

  const parts = token.split("~");
  if (parts.length < 3) continue;
  const changed = [parts[0], flip(parts[1], 30), ...parts.slice(2)].join("~");
  const seen = await accepted(changed, bound);
  // This library ignores a disclosure that matches no digest: what was changed must not be shown.
  expect(`${name}: changed disclosure not shown`, !seen || (!bound && !isDeepStrictEqual(seen, processed)));
  if (bound) {
    const fewer = [parts[0], ...parts.slice(2)].join("~");
    expect(`${name}: disclosure taken from a bound presentation`, !(await accepted(fewer, bound)));
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
for (const { name, schema, token } of tokens.cases.filter(({ name }) => name.endsWith(", all"))) {
  const [frame, paths] = choices[schema];
  const payload = { iat: Math.floor(Date.now() / 1000), aud: tokens.audience, nonce: tokens.nonce };
  const presented = await client(tokens.issuer_jwk).present(token, frame, { kb: { payload } });
  presentations.push({ name: `${name}, presented by @sd-jwt`, token: presented, paths });
}
const { audience, nonce } = tokens;
writeFileSync(process.argv[3], JSON.stringify({ audience, nonce, presentations }));

console.log(`@sd-jwt 0.19.0: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
