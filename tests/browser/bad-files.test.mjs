// Whatever is dropped: a friendly reason, nothing executed, and the next good file works.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { cases, during } from "./world.mjs";

const KINDS = {
  "a photo": "image",
  "a photo that is called a bundle": "image",
  "200 MB": "too-large",
  "a renamed zip": "zip",
  "HTML with a script": "html",
  "HTML that is called a bundle": "html",
  "half a bundle": "truncated",
  "an empty file": "empty",
  "a document that was signed, without its bundle": "pdf",
  "a secret key": "key",
  "a program": "program",
};
const BOMB_BYTES = 32 * 1024 * 1024;
/** A sentence for people, neither a code nor an exception. */
const SENTENCE = /^\p{Lu}[^{}<>]+ [^{}<>]+[.!]$/u;

async function nothingRan(visitor) {
  assert.equal(await visitor.page.evaluate(() => window.executed), undefined);
  assert.deepEqual(visitor.dialogs, []);
  assert.deepEqual(visitor.complaints, []);
}

test("every bad file is refused in words, and the page goes on", async (t) => {
  const visitor = await during(t);
  for (const [name, path] of Object.entries(cases.bad)) {
    await t.test(name, async () => {
      const { verdict, kind, code } = await visitor.check(path);
      const unknownFormat = name.startsWith("a bundle of the ");
      assert.equal(verdict, unknownFormat ? "cannot-check" : "not-a-document");
      if (unknownFormat) assert.equal(code, "bundle-unknown-format");
      if (KINDS[name]) assert.equal(kind, KINDS[name]);
      for (const language of ["vi", "en"]) {
        await visitor.language(language);
        for (const id of ["verdict-reason", "verdict-advice"]) assert.match((await visitor.at(id).innerText()).trim(), SENTENCE);
      }
      await nothingRan(visitor);
      await visitor.at("check-another").click();
      assert.equal((await visitor.check(cases.diploma)).verdict, "valid", "a good file afterwards");
      await visitor.at("check-another").click();
    });
  }
});

test("bad files among good ones", async (t) => {
  const visitor = await during(t);
  const bad = Object.values(cases.bad);
  await visitor.settled(() => visitor.letFall([cases.transcript, ...bad, cases.diploma]));
  const rows = await visitor.at("list-row").evaluateAll((all) => all.map(({ dataset }) => dataset.verdict));
  assert.equal(rows.length, bad.length + 2);
  assert.equal(rows.filter((row) => row === "valid").length, 2);
  await nothingRan(visitor);
});

for (const name of ["html-in-claims", "odd-text"]) {
  test(`${name}: what a school signed is shown as the text that it is`, async (t) => {
    const visitor = await during(t, { width: 320, height: 700 });
    assert.equal((await visitor.check(cases.path(`${name}.sogoc`))).verdict, "valid");
    await nothingRan(visitor);
    assert.equal(await visitor.overflow(), 0);
    const shown = await visitor.page.locator('[data-testid="document"] [data-claim="name"]').first().textContent();
    assert.match(shown, name === "odd-text" ? /^Nguyễn/ : /<img src="\/nowhere"/);
    assert.equal(await visitor.at("document").locator("img, script, svg[onload], a[href]").count(), 0);
  });
}

test("a link that carries no document", async (t) => {
  const visitor = await during(t);
  for (const hash of ["#b=", "#b=%00", "#b=AAAA", `#b=${"A".repeat(5000)}`, "#b=<script>window.executed='link'</script>"]) {
    await visitor.settled(() => visitor.page.evaluate((to) => { location.hash = to; }, hash));
    assert.equal((await visitor.verdict()).verdict, "not-a-document", hash.slice(0, 20));
    await nothingRan(visitor);
    assert.equal((await visitor.check(cases.diploma)).verdict, "valid");
  }
});

test("a link that unpacks to more than any bundle is refused while it is read", async (t) => {
  const bomb = deflateSync(Buffer.alloc(BOMB_BYTES, 0x20)).toString("base64url");
  const visitor = await during(t, { hash: `#b=${bomb}` });
  await visitor.page.locator('main[data-state="done"], main[data-state="error"]').waitFor();
  assert.equal((await visitor.verdict()).verdict, "not-a-document");
  await nothingRan(visitor);
});

test("pasted nonsense", async (t) => {
  const visitor = await during(t);
  await visitor.page.locator("details", { has: visitor.at("paste-text") }).locator("summary").click();
  for (const text of ["", " ", "xin chào", "{", readFileSync(cases.bad["HTML with a script"], "utf8")]) {
    await visitor.at("paste-text").fill(text);
    await visitor.at("paste-check").click();
    await visitor.page.locator('[data-testid="notice"]:visible, [data-testid="verdict"][data-verdict="not-a-document"]').first().waitFor();
    await nothingRan(visitor);
    if (await visitor.at("check-another").isVisible()) {
      await visitor.at("check-another").click();
      if (!(await visitor.at("paste-text").isVisible())) {
        await visitor.page.locator("details", { has: visitor.at("paste-text") }).locator("summary").click();
      }
    }
  }
});

test("without JavaScript the page says that it needs it", async (t) => {
  const visitor = await during(t, { javaScriptEnabled: false });
  assert.match(await visitor.page.locator("body").innerText(), /JavaScript/);
});
