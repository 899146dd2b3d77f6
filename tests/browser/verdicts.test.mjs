// The verdict of every kind of document, in words, in both languages, with the check that decided it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { cases, during, network } from "./world.mjs";

/** What the verdict's heading says, as the glossary has it. */
const WORDS = {
  valid: { vi: /^hợp lệ/i, en: /^valid/i },
  invalid: { vi: /không hợp lệ/i, en: /not valid|invalid/i },
  revoked: { vi: /đã (bị )?thu hồi/i, en: /revoked/i },
  superseded: { vi: /đã (được |bị )?thay thế/i, en: /superseded|replaced/i },
  suspended: { vi: /tạm (dừng|ngừng|đình chỉ)/i, en: /suspended/i },
  "cannot-check": { vi: /(không|chưa) (thể )?kiểm tra được|(không|chưa) thể kiểm tra/i, en: /cannot (be )?check|could not (be )?check/i },
};
const OTHER = { vi: "en", en: "vi" };

/** The heading says the verdict in the page's language, then in the other; no other verdict's word is in it. */
async function saysSo(visitor, verdict, first = "vi") {
  for (const language of [first, OTHER[first]]) {
    await visitor.language(language);
    const title = (await visitor.at("verdict-title").innerText()).trim();
    assert.match(title, WORDS[verdict][language]);
    assert.doesNotMatch(title, WORDS[verdict][OTHER[language]], "in one language only");
    const reason = visitor.at("verdict-reason");
    if (verdict !== "valid") assert.ok((await reason.innerText()).trim().length > 15, "a reason in a sentence");
  }
}

const claim = (visitor, path) => visitor.page.locator(`[data-testid="document"] [data-claim="${path}"]`).first().innerText();

test("a transcript is valid, and everything that was signed is shown", async (t) => {
  const visitor = await during(t);
  assert.deepEqual(await visitor.check(cases.transcript), { verdict: "valid", code: null, kind: null });
  await saysSo(visitor, "valid");
  await visitor.language("vi");
  assert.equal(await visitor.at("verdict-holder").innerText(), "Nguyễn Thử Nghiệm", "whose it is");
  assert.equal(await claim(visitor, "person/name"), "Nguyễn Thử Nghiệm");
  assert.match(await claim(visitor, "person/birth_date"), /0?7[/.-]0?3[/.-]2011|2011-03-07/);
  assert.match(await claim(visitor, "subjects/Toán/year"), /^8[.,]2$/);
  assert.equal(await visitor.data("document", "trust"), "proven");
  assert.equal(await visitor.data("freshness", "source"), "network");
  const facts = (await visitor.texts("fact")).join("\n");
  assert.match(facts, /Trường THCS Mẫu Một/, "who issued it");
  assert.match(facts, /QĐ thử nghiệm 01\/QĐ-MẪU/, "entitled by what");
  assert.match(facts, /28[/.-]0?5[/.-]2026/, "the document's date");
  const checks = await visitor.checks();
  assert.deepEqual(checks.map(([check]) => check).slice(0, 8), [
    "integrity", "disclosures", "issuer-signature", "on-ledger", "final", "issuer-entitled", "status", "expiry",
  ]);
  assert.ok(checks.slice(0, 8).every(([, outcome]) => outcome === "passed"), JSON.stringify(checks));
});

test("a diploma is valid, for a reader of English", async (t) => {
  const visitor = await during(t, { language: "en" });
  assert.equal((await visitor.check(cases.diploma)).verdict, "valid");
  assert.match(await visitor.page.locator("html").getAttribute("lang"), /^en/, "the browser's language");
  await saysSo(visitor, "valid", "en");
  await visitor.language("en");
  const facts = (await visitor.texts("fact")).join("\n");
  assert.match(facts, /Model Upper Secondary School One/);
  assert.equal(await claim(visitor, "person/birth_date"), "7 March 2008", "no date that can be read as another");
  assert.equal(await claim(visitor, "person/name"), "Nguyễn Thử Nghiệm");
});

test("a signed PDF: its bundle, then its original, then another file", async (t) => {
  const visitor = await during(t);
  assert.equal((await visitor.check(cases.signedFile)).verdict, "valid");
  await visitor.at("original-wanted").waitFor(); // valid, but nobody has compared the PDF yet
  await visitor.at("original-input").setInputFiles(cases.original);
  await visitor.at("original-result", { outcome: "passed" }).waitFor();
  assert.match(await visitor.at("original-same").innerText(), /hoc-ba-da-ky\.pdf/);
  assert.equal(await visitor.at("original-wanted").count(), 0);
  await visitor.at("original-input").setInputFiles(cases.otherOriginal);
  await visitor.at("original-result", { outcome: "failed" }).waitFor();
  assert.deepEqual(await visitor.verdict(), { verdict: "invalid", code: "other-file", kind: null });
  await saysSo(visitor, "invalid");
});

test("a signed PDF and its bundle, dropped together", async (t) => {
  const visitor = await during(t);
  await visitor.settled(() => visitor.letFall([cases.signedFile, cases.original]));
  assert.equal((await visitor.verdict()).verdict, "valid");
  await visitor.at("original-result", { outcome: "passed" }).waitFor();
});

for (const [name, decision] of Object.entries({
  revoked: "QĐ 15/QĐ-MẪU", suspended: "QĐ 16/QĐ-MẪU", superseded: "QĐ 17/QĐ-MẪU",
})) {
  test(`${name}: the file with the new status shows what is behind it`, async (t) => {
    const visitor = await during(t);
    assert.deepEqual(await visitor.check(cases.path(`${name}.sogoc`)), { verdict: name, code: name, kind: null });
    await saysSo(visitor, name);
    const ground = (await visitor.texts("fact", { fact: "ground" })).join("\n");
    assert.ok(ground.includes(decision), `the decision: ${ground}`);
    assert.equal(await visitor.at("fact", { fact: "status-since" }).count(), 1, "since when");
  });

  test(`${name}: the file from before, with the network's present status`, async (t) => {
    const visitor = await during(t);
    assert.deepEqual(await visitor.check(cases.path(`before-${name}.sogoc`)), { verdict: name, code: name, kind: null });
    assert.equal(await visitor.data("freshness", "source"), "network");
    await saysSo(visitor, name);
  });
}

for (const [name, verdict, code] of [
  ["expired", "invalid", "expired"],
  ["not-entitled", "invalid", "not-entitled"],
  ["other-issuer", "invalid", "record-differs"],
]) {
  test(`${name} is ${verdict}`, async (t) => {
    const visitor = await during(t);
    assert.deepEqual(await visitor.check(cases.path(`${name}.sogoc`)), { verdict, code, kind: null });
    await saysSo(visitor, verdict);
    if (verdict === "invalid") assert.equal(await visitor.at("freshness").count(), 0, "not valid and in force at once");
  });
}

/** A visit that checks documents of the other network against its anchor. */
async function elsewhere(t) {
  const visitor = await during(t);
  await visitor.at("anchor-input").setInputFiles(cases.otherAnchor);
  await visitor.at("notice").waitFor();
  await visitor.at("offline").check();
  return visitor;
}

test("sealed by a successor: it says by whom, for whom, by which decision, and that it was digitised", async (t) => {
  const visitor = await elsewhere(t);
  assert.deepEqual(await visitor.check(cases.told.successor), { verdict: "valid", code: null, kind: null });
  for (const [language, words] of [["vi", /kế thừa.*[Ss]ố hóa/s], ["en", /successor.*[Dd]igitised/s]]) {
    await visitor.language(language);
    assert.match(await visitor.at("verdict-provenance").innerText(), words);
    assert.match((await visitor.texts("fact", { fact: "sealed-by" })).join("\n"), /QĐ/);
  }
});

test("a history: every status in order, with correction, ground and decision, and what replaced the document", async (t) => {
  const visitor = await elsewhere(t);
  assert.deepEqual(await visitor.check(cases.told.history), { verdict: "superseded", code: "superseded", kind: null });
  await visitor.language("en");
  const entries = visitor.at("history-entry");
  const statuses = await entries.evaluateAll((all) => all.map(({ dataset }) => dataset.status));
  assert.deepEqual(statuses, ["valid", "suspended", "valid", "superseded"]);
  const said = (await entries.allInnerTexts()).join("\n");
  for (const word of ["Suspended", "Reinstated", "Amended", "civil status", "QĐ 15/QĐ-MẪU"]) assert.ok(said.includes(word), word);
  assert.equal(await visitor.at("fact", { fact: "replaced-by" }).count(), 1);
});

test("a document whose key is suspended is suspended, and nowhere said to be in force", async (t) => {
  const visitor = await elsewhere(t);
  const found = await visitor.check(cases.told["key-suspended"]);
  assert.deepEqual(found, { verdict: "suspended", code: "key-suspended", kind: null });
  await saysSo(visitor, "suspended");
  for (const [language, words] of [["vi", /còn hiệu lực/i], ["en", /in force/i]]) {
    await visitor.language(language);
    assert.doesNotMatch(await visitor.at("verdict").innerText(), words);
  }
});

test("a document of another network cannot be checked", async (t) => {
  const visitor = await during(t);
  const found = await visitor.check(cases.otherNetwork);
  assert.deepEqual(found, { verdict: "cannot-check", code: "other-chain", kind: null });
  await saysSo(visitor, "cannot-check");
});

test("one changed byte anywhere, and every forgery, is invalid and says which check did not hold", async (t) => {
  const visitor = await during(t);
  for (const [name, { path, check, code }] of Object.entries(cases.forged)) {
    await t.test(name, async () => {
      assert.deepEqual(await visitor.check(path), { verdict: "invalid", code, kind: null });
      const failed = (await visitor.checks()).filter(([, outcome]) => outcome === "failed");
      assert.deepEqual(failed, [[check, "failed", code]]);
      assert.equal(await visitor.at("document", { trust: "proven" }).count(), 0);
      await visitor.at("check-another").click();
    });
  }
});

test("each verdict has a shape of its own, and says so without colour", async (t) => {
  const visitor = await during(t);
  const shapes = new Map();
  const of = {
    valid: cases.transcript, invalid: cases.forged.mark.path, "cannot-check": cases.otherNetwork,
    ...Object.fromEntries(["revoked", "superseded", "suspended"].map((name) => [name, cases.path(`${name}.sogoc`)])),
  };
  for (const [verdict, path] of Object.entries(of)) {
    assert.equal((await visitor.check(path)).verdict, verdict);
    const icon = visitor.at("verdict").locator("svg").first();
    assert.ok(await icon.isVisible(), `${verdict} has an icon`);
    shapes.set(await icon.innerHTML(), verdict);
    await visitor.at("check-another").click();
  }
  assert.equal(shapes.size, Object.keys(of).length, `two verdicts share a shape: ${[...shapes.values()]}`);
});

test("a link that carries the document after # opens it and leaves no trace in the address", async (t) => {
  const hash = `#b=${deflateSync(readFileSync(cases.diploma)).toString("base64url")}`;
  const visitor = await during(t, { hash });
  await visitor.page.locator('main[data-state="done"]').waitFor();
  assert.equal((await visitor.verdict()).verdict, "valid");
  assert.equal(new URL(visitor.page.url()).hash, "");
});

test("a pasted bundle", async (t) => {
  const visitor = await during(t);
  await visitor.page.locator("details", { has: visitor.at("paste-text") }).locator("summary").click();
  await visitor.at("paste-text").fill(readFileSync(cases.diploma, "utf8"));
  await visitor.settled(() => visitor.at("paste-check").click());
  assert.equal((await visitor.verdict()).verdict, "valid");
});

test("a class of files at once: one row each, whatever became of it", async (t) => {
  const visitor = await during(t);
  const files = [
    ...Array.from({ length: 12 }, (_, i) => cases.learner("hoc-ba", i + 1)), cases.forged.mark.path, cases.bad["a photo"],
  ];
  await visitor.settled(() => visitor.letFall(files));
  const rows = await visitor.at("list-row").evaluateAll((all) => all.map(({ dataset }) => dataset.verdict));
  const count = (verdict) => rows.filter((row) => row === verdict).length;
  assert.equal(rows.length, files.length);
  assert.deepEqual(
    ["valid", "revoked", "suspended", "invalid", "not-a-document"].map(count), [10, 1, 1, 1, 1], rows.join(" "));
  await visitor.at("list-row", { verdict: "revoked" }).locator('[data-testid="list-open"]').click();
  await visitor.at("verdict", { verdict: "revoked" }).waitFor();
  await visitor.at("back").click();
  assert.equal(await visitor.at("list-row").count(), files.length, "back to the list");
});

test("a folder, and its results as a table that runs nothing", async (t) => {
  const visitor = await during(t);
  await visitor.settled(() => visitor.letFall([network.path("bang"), cases.path("formula.sogoc"), cases.forged.mark.path]));
  assert.equal(await visitor.at("list-row", { verdict: "valid" }).count(), 31);
  const [download] = await Promise.all([visitor.page.waitForEvent("download"), visitor.at("export-csv").click()]);
  await download.saveAs(cases.path("table.csv"));
  const table = readFileSync(cases.path("table.csv"), "utf8");
  assert.ok(table.startsWith("\ufeff"), "Excel takes it for UTF-8");
  const cells = [...table.slice(1).matchAll(/(?:"((?:[^"]|"")*)"|([^;\r\n]*))(;|\r\n)/g)].map(([, quoted, plain]) => quoted ?? plain);
  assert.ok(cells.includes("Nguyễn Thử Nghiệm") && cells.includes("MAU0000001"));
  assert.deepEqual(cells.filter((cell) => /^[=+@\t\r-]/.test(cell)), []);
  const forged = table.split("\r\n").find((line) => line.includes("forged-mark"));
  assert.ok(forged.includes("invalid") && !forged.includes("Nguyễn"), "what is not valid is not in the table");
});

test("another file dropped while the first is still being asked about: the verdict is the second's", async (t) => {
  const visitor = await during(t);
  let held;
  const asked = new Promise((resolve) => {
    visitor.context.route("**/v1/batches/*/*/statuses*", (route) => {
      if (held) return route.continue();
      held = route;
      return resolve();
    });
  });
  await visitor.letFall(cases.path("before-revoked.sogoc"));
  await asked;
  await visitor.settled(() => visitor.letFall(cases.diploma));
  await held.continue().catch(() => {}); // the page may have given the question up
  assert.equal((await visitor.verdict()).verdict, "valid");
  assert.equal(await visitor.page.locator('[data-claim="award/serial"]').count(), 1, "the diploma");
  assert.deepEqual(visitor.complaints, []);
});

test("the browser's Back leaves the document, and nothing of it stays in the page", async (t) => {
  const visitor = await during(t);
  await visitor.check(cases.transcript);
  await visitor.page.goBack();
  await visitor.at("drop-zone").waitFor();
  assert.ok(!(await visitor.page.content()).includes("Nguyễn Thử Nghiệm"));
});
