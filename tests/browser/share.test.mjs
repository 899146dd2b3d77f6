// A learner chooses what to show: what they see before is what the other side sees after, and nothing is sent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { disclosed, open } from "./support/formats.mjs";
import { cases, during, network } from "./world.mjs";

const SENSITIVE = ["person/ethnicity", "person/personal_id", "result/homeroom_comment"];

/** Every claim that an element shows: its path and its text. */
const claims = (element) =>
  element.locator("[data-claim]").evaluateAll((all) =>
    all.map((each) => [each.dataset.claim, each.textContent.trim()]).sort());

async function beginSharing(t, path = cases.transcript, options = {}) {
  const visitor = await during(t, { acceptDownloads: true, ...options });
  assert.equal((await visitor.check(path)).verdict, "valid");
  await visitor.at("share-open").click();
  await visitor.at("share-preview").waitFor();
  return visitor;
}

async function save(visitor, name) {
  const [download] = await Promise.all([visitor.page.waitForEvent("download"), visitor.at("share-save").click()]);
  assert.match(download.suggestedFilename(), /\.sogoc$/);
  await download.saveAs(cases.path(name));
  return cases.path(name);
}

const box = (visitor, path) => visitor.at("share-claim", { path });
const isChosen = (visitor, path) => box(visitor, path).evaluate((each) => (each.matches("input") ? each : each.querySelector("input")).checked);
const chosen = (visitor) => visitor.at("share-claim").evaluateAll((all) =>
  all.filter((each) => (each.matches("input") ? each : each.querySelector("input")).checked).map(({ dataset }) => dataset.path));

test("what is sensitive is not chosen unless it is chosen by itself", async (t) => {
  const visitor = await beginSharing(t);
  for (const preset of [null, "essential", "usual", "none"]) {
    if (preset) await visitor.at(`share-preset-${preset}`).click();
    for (const path of SENSITIVE) assert.equal(await isChosen(visitor, path), false, `${preset}: ${path}`);
  }
});

test("the preview is what the saved file shows; the file holds nothing else; nothing was sent", async (t) => {
  const visitor = await beginSharing(t);
  const requests = [];
  visitor.page.on("request", (request) => { if (!/^(blob|data):/.test(request.url())) requests.push(request.url()); });
  for (const preset of ["essential", "usual", "none"]) {
    await t.test(preset, async () => {
      await visitor.at(`share-preset-${preset}`).click();
      await visitor.at("share-preview", { verdict: "valid" }).waitFor();
      const preview = await claims(visitor.at("share-preview"));
      const saved = await save(visitor, `shared-${preset}.sogoc`);
      const other = await during(t);
      assert.equal((await other.check(saved)).verdict, "valid");
      assert.deepEqual(await claims(other.at("document")), preview);
      assert.match(await network.clerk("verify", "--offline", saved), /✓|VALID/i);
    });
  }
  assert.deepEqual(requests, []);
});

test("claims one by one, and a sensitive one on purpose", async (t) => {
  const visitor = await beginSharing(t);
  await visitor.at("share-preset-none").click();
  for (const path of ["person/name", "person/ethnicity"]) await box(visitor, path).click();
  await visitor.at("share-preview").getByText("Khmer").first().waitFor();
  const saved = await save(visitor, "shared-two.sogoc");
  const { disclosures } = open(readFileSync(saved, "utf8"));
  const shown = disclosures.map(disclosed).filter(({ value }) => typeof value === "string").map(({ name }) => name);
  assert.deepEqual(shown.sort(), ["ethnicity", "name"]);
  await box(visitor, "person/ethnicity").click();
  await visitor.at("share-preview").getByText("Khmer").waitFor({ state: "detached" });
});

test("one mark of one subject brings its subject along and no other", async (t) => {
  const visitor = await beginSharing(t);
  await visitor.at("share-preset-none").click();
  const subjects = (await visitor.at("share-claim").evaluateAll((all) => all.map(({ dataset }) => dataset.path)))
    .filter((path) => path.startsWith("subjects/Toán"));
  assert.ok(subjects.length > 0, "Toán can be chosen");
  await box(visitor, subjects[0]).click();
  await visitor.at("share-preview").getByText("Toán").first().waitFor();
  const saved = await save(visitor, "shared-subject.sogoc");
  const parts = open(readFileSync(saved, "utf8"));
  const elements = parts.disclosures.map(disclosed).filter(({ name }) => name === undefined);
  assert.deepEqual(elements.map(({ value }) => value.subject), ["Toán"]);
});

test("the link carries the same presentation after #", async (t) => {
  const visitor = await beginSharing(t, cases.diploma);
  await visitor.at("share-preset-essential").click();
  await visitor.at("share-preview", { verdict: "valid" }).waitFor();
  const preview = await claims(visitor.at("share-preview"));
  await visitor.at("share-copy").click();
  const link = new URL(await visitor.at("share-link").inputValue());
  assert.equal(link.search, "");
  const bundle = inflateSync(Buffer.from(link.hash.slice("#b=".length), "base64url")).toString("utf8");
  assert.ok(open(bundle).disclosures.length > 0);
  const other = await during(t, { hash: link.hash });
  await other.page.locator('main[data-state="done"]').waitFor();
  assert.equal((await other.verdict()).verdict, "valid");
  assert.deepEqual(await claims(other.at("document")), preview);
});

test("a presentation can be narrowed again, never widened", async (t) => {
  const first = await beginSharing(t, cases.diploma);
  await first.at("share-preset-essential").click();
  await first.at("share-preview", { verdict: "valid" }).waitFor();
  const all = await first.at("share-claim").count();
  const saved = await save(first, "shared-again.sogoc");
  const second = await beginSharing(t, saved);
  assert.ok(await second.at("share-claim").count() <= all);
  assert.equal(await box(second, "person/ethnicity").count(), 0, "what is withheld is not offered");
  assert.ok((await chosen(second)).length > 0);
});

test("what is not valid is not shared", async (t) => {
  const visitor = await during(t);
  for (const path of [cases.path("before-revoked.sogoc"), cases.forged.mark.path, cases.otherNetwork]) {
    await visitor.check(path);
    assert.equal(await visitor.at("share-open").count(), 0);
    await visitor.at("check-another").click();
  }
});
