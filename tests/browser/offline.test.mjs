// What the page says when it cannot ask, and when what it is told is no answer.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { cases, during, network } from "./world.mjs";

const [, later, , last] = network.nodes;
const TIME_OF_DAY = /\d{1,2}:\d{2}/;

/** Valid by the receipt alone; it says as of when, and why it does not know better. */
async function validAsOfTheReceipt(visitor, path, why) {
  assert.equal((await visitor.check(path)).verdict, "valid");
  assert.equal(await visitor.data("freshness", "source"), "receipt");
  assert.equal(await visitor.data("freshness", "why"), why);
  assert.match(await visitor.at("freshness").innerText(), TIME_OF_DAY, "as of when");
}

test("the switch: nothing is asked", async (t) => {
  const visitor = await during(t);
  const asked = [];
  await visitor.at("offline").check();
  visitor.page.on("request", (request) => asked.push(request.url()));
  await validAsOfTheReceipt(visitor, cases.transcript, "offline");
  assert.deepEqual(asked, []);
});

test("the switch: a revoked document's old file is valid as of its receipt, and says so", async (t) => {
  const visitor = await during(t);
  await visitor.at("offline").check();
  await validAsOfTheReceipt(visitor, cases.path("before-revoked.sogoc"), "offline");
});

test("no network after the page was loaded", async (t) => {
  const visitor = await during(t);
  await visitor.at("anchor", { source: "server" }).waitFor({ state: "attached" });
  await visitor.context.setOffline(true);
  await validAsOfTheReceipt(visitor, cases.transcript, "unreachable");
  await visitor.context.setOffline(false);
});

test("no network for the other language: the page keeps its own and says so, and asks again when it is told to", async (t) => {
  for (const [language, other] of [["vi", "en"], ["en", "vi"]]) {
    const visitor = await during(t, { language });
    const title = () => visitor.page.locator("main h1").innerText();
    const before = await title();
    await visitor.context.setOffline(true);
    await visitor.at(`language-${other}`).click();
    const notice = visitor.at("notice", { code: "language" });
    for (const lang of ["vi", "en"]) assert.ok(await notice.locator(`[lang=${lang}]`).innerText());
    assert.deepEqual([await visitor.page.getAttribute("html", "lang"), await title()], [language, before]);
    assert.deepEqual(await visitor.breaches(), []);
    await visitor.context.setOffline(false);
    await visitor.language(other);
    assert.notEqual(await title(), before);
    assert.equal(await notice.count(), 0);
    await visitor.context.setOffline(true);
    await visitor.language(language);
    assert.equal(await title(), before, "what was loaded stays");
  }
});

test("the texts do not come at all: the page does not stay empty", async (t) => {
  const visitor = await during(t);
  await visitor.context.route("**/assets/vi-*", (route) => route.abort());
  await visitor.page.reload();
  await visitor.page.locator('html[lang="en"] main h1').waitFor();
  await visitor.context.route("**/assets/en-*", (route) => route.abort());
  await visitor.page.reload();
  await visitor.page.locator("#speechless").waitFor();
});

test("the node stops, and runs again", async (t) => {
  const visitor = await during(t, {}, last);
  await visitor.at("anchor", { source: "server" }).waitFor({ state: "attached" });
  await last.stop();
  try {
    await validAsOfTheReceipt(visitor, cases.path("before-revoked.sogoc"), "unreachable");
  } finally {
    await last.start();
  }
  await visitor.at("check-another").click();
  assert.equal((await visitor.check(cases.path("before-revoked.sogoc"))).verdict, "revoked");
});

test("a receipt older than the anchor is brought up to date by its height", async (t) => {
  const visitor = await during(t, {}, later);
  const asked = [];
  visitor.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  assert.equal((await visitor.check(cases.transcript)).verdict, "valid");
  assert.equal(await visitor.data("freshness", "source"), "network");
  assert.ok(asked.some((path) => path.startsWith("/v1/ancestry/")), asked.join(" "));
});

test("a receipt older than the anchor cannot be checked without a network", async (t) => {
  const visitor = await during(t, {}, later);
  await visitor.at("offline").check();
  const found = await visitor.check(cases.transcript);
  assert.deepEqual(found, { verdict: "cannot-check", code: "needs-refresh", kind: null });
});

test("no trust anchor at all: cannot be checked, until one is dropped", async (t) => {
  const visitor = await during(t);
  await visitor.context.route("**/v1/anchor", (route) => route.abort());
  await visitor.page.evaluate(() => localStorage.clear());
  await visitor.page.reload();
  await visitor.at("anchor", { source: "none" }).waitFor({ state: "attached" });
  assert.equal((await visitor.check(cases.transcript)).verdict, "cannot-check");
  await visitor.at("check-another").click();
  await visitor.at("anchor-input").setInputFiles(network.path("anchor.json"));
  await visitor.at("anchor", { source: "own" }).waitFor({ state: "attached" });
  assert.equal((await visitor.check(cases.transcript)).verdict, "valid");
});

test("a copy of the page, opened from disk, checks without any server", async (t) => {
  const [{ url }] = network.nodes;
  const directory = cases.path("copy");
  const html = await (await fetch(url)).text();
  const files = [...html.matchAll(/(?:src|href)="(?!#|data:)([^"]+)"/g)].map(([, path]) => path.replace(/^\.?\//, ""));
  for (const file of files) {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), Buffer.from(await (await fetch(`${url}/${file}`)).arrayBuffer()));
  }
  writeFileSync(join(directory, "index.html"), html);
  const visitor = await during(t, {}, { url: `file://${directory}/index.html#` });
  await visitor.at("anchor-input").setInputFiles(network.path("anchor.json"));
  await visitor.at("anchor", { source: "own" }).waitFor({ state: "attached" });
  assert.equal((await visitor.check(cases.transcript)).verdict, "valid");
  assert.equal(await visitor.data("freshness", "source"), "receipt");
  await visitor.language("en");
  assert.equal(await visitor.at("verdict-title").innerText(), "Valid");
});

test("an anchor of another network cannot make a document of this one valid", async (t) => {
  const visitor = await during(t);
  await visitor.at("anchor-input").setInputFiles(cases.otherAnchor);
  await visitor.at("anchor", { source: "own" }).waitFor({ state: "attached" });
  assert.equal((await visitor.check(cases.transcript)).code, "other-chain");
  assert.equal((await visitor.verdict()).verdict, "cannot-check");
});

test("a server that answers nonsense, a problem, or someone else's statuses decides nothing", async (t) => {
  const visitor = await during(t);
  await visitor.at("anchor", { source: "server" }).waitFor({ state: "attached" });
  const statuses = "**/v1/batches/*/*/statuses*";
  const answers = {
    nonsense: { status: 200, contentType: "application/vnd.sogoc", body: Buffer.alloc(5000, 0xa5) },
    nothing: { status: 200, contentType: "application/vnd.sogoc", body: "" },
    html: { status: 200, contentType: "text/html", body: "<script>window.executed='answer'</script>" },
    problem: { status: 500, contentType: "application/problem+json", body: `{"code":"store-fault"}` },
    limited: { status: 429, contentType: "application/problem+json", body: `{"code":"too-many-requests"}` },
  };
  for (const [name, answer] of Object.entries(answers)) {
    await t.test(name, async () => {
      await visitor.context.route(statuses, (route) => route.fulfill(answer));
      assert.equal((await visitor.check(cases.transcript)).verdict, "valid");
      assert.equal(await visitor.data("freshness", "source"), "receipt");
      assert.match(await visitor.data("freshness", "why"), /refused|no-answer|unreachable/);
      await visitor.context.unroute(statuses);
      await visitor.at("check-another").click();
    });
  }
  assert.equal(await visitor.page.evaluate(() => window.executed), undefined);
});

test("a server that accepts and never answers is not waited for without end", async (t) => {
  const visitor = await during(t);
  await visitor.at("anchor", { source: "server" }).waitFor({ state: "attached" });
  await visitor.context.route("**/v1/batches/**", () => {});
  assert.equal((await visitor.check(cases.transcript)).verdict, "valid");
  assert.equal(await visitor.data("freshness", "source"), "receipt");
});
