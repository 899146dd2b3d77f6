// Whose certificate stands behind the key: shown after the verdict, which is the same without.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ORGANISATION } from "./support/cases.mjs";
import { authority, cases, during, network } from "./world.mjs";

const VALID = { verdict: "valid", code: null, kind: null };

/** What the page says of the certificate, once it says that. */
async function says(visitor, state) {
  const value = visitor.at("certificate", { certificate: state });
  await value.waitFor();
  return value.innerText();
}

/** The paths that a visitor asks for from now on. */
function asked(visitor) {
  const paths = [];
  visitor.page.on("request", (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}

test("a key that is bound to a certificate: whose, by whom, valid when, under which root", async (t) => {
  const visitor = await during(t);
  assert.deepEqual(await visitor.check(cases.certified), VALID);
  for (const [language, words] of [
    ["vi", /còn hiệu lực khi khóa bắt đầu.*Gốc tin cậy\s+Gốc Mẫu.*Hiệu lực từ.*để thử.*kết luận không phụ thuộc/s],
    ["en", /valid when that key began.*Root of trust\s+Gốc Mẫu.*Valid from.*of a test.*verdict does not depend/s],
  ]) {
    await visitor.language(language);
    const text = await says(visitor, "bound");
    assert.match(text, words);
    assert.ok(text.includes(ORGANISATION) && text.replaceAll(/\s/g, "").includes(authority.serial), text);
  }
  const more = visitor.at("certificate").locator("details");
  await more.locator("summary").click();
  await visitor.language("vi");
  assert.ok(await more.evaluate((details) => details.open), "what was unfolded stays so in the other language");
  assert.match(await says(visitor, "bound"), /CN=TRƯỜNG THCS MẪU MỘT,C=VN.*RSA 2048, RSA PKCS#1 v1\.5, SHA-256/s);
});

test("a document without evidence: nothing is said, and nothing loaded", async (t) => {
  const visitor = await during(t);
  const paths = asked(visitor);
  assert.deepEqual(await visitor.check(cases.transcript), VALID);
  assert.equal(await visitor.at("certificate").count(), 0);
  assert.ok(!paths.some((path) => /roots|certificates-/.test(path)), paths.join(" "));
});

test("no roots, or others: it is not known whose it is, and the document is as valid", async (t) => {
  for (const [node, state] of [[1, "no-roots"], [2, "binding-unknown-root"]]) {
    const visitor = await during(t, {}, network.nodes[node]);
    assert.deepEqual(await visitor.check(cases.certified), VALID);
    assert.doesNotMatch(await says(visitor, state), new RegExp(ORGANISATION));
  }
});

test("evidence with one bit changed binds nothing, and the document is as valid", async (t) => {
  const visitor = await during(t);
  assert.deepEqual(await visitor.check(cases.forgedEvidence), VALID);
  assert.doesNotMatch(await says(visitor, "binding-not-admitted"), new RegExp(ORGANISATION));
});

test("the network is not asked until the reader wants it", async (t) => {
  const visitor = await during(t);
  const paths = asked(visitor);
  await visitor.at("offline").check();
  assert.deepEqual(await visitor.check(cases.certified), VALID);
  await says(visitor, "not-asked");
  assert.deepEqual(paths, []);
  await visitor.settled(() => visitor.at("ask-online").click());
  await says(visitor, "bound");
});

test("roots or reader do not come: said so, the verdict stands, and later it works", async (t) => {
  for (const address of ["**/v1/roots", "**/assets/certificates-*"]) {
    const visitor = await during(t);
    await visitor.context.route(address, (route) => route.abort());
    assert.deepEqual(await visitor.check(cases.certified), VALID);
    await says(visitor, "not-found-out");
    await visitor.context.unroute(address);
    await visitor.at("certificate-again").click();
    await says(visitor, "bound");
  }
});

test("roots that are none: said so, and the verdict stands", async (t) => {
  const visitor = await during(t);
  await visitor.context.route("**/v1/roots", (route) => route.fulfill({ json: { "sogoc-roots": 2 } }));
  assert.deepEqual(await visitor.check(cases.certified), VALID);
  await says(visitor, "bad-roots");
});
