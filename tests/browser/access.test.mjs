// For everybody: WCAG 2.2 AA in every state, by keyboard alone, small, large, printed, and in both languages throughout.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { STATES } from "./states.mjs";
import { artefacts, cases, during, root } from "./world.mjs";

const [PHONE, SMALL, DESK] = [{ width: 390, height: 844 }, { width: 320, height: 700 }, { width: 1280, height: 900 }];

const pictures = join(artefacts, "pictures");
const reports = join(artefacts, "axe");
for (const directory of [pictures, reports]) mkdirSync(directory, { recursive: true });

/** Every code that FORMATS names. */
const codes = [...readFileSync(join(root, "docs/FORMATS.md"), "utf8").matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, code]) => code);
const VIETNAMESE = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i;

/** What a reader would take for the inside of a program, in what the page itself says. */
const insides = (visitor) => visitor.page.evaluate((known) => {
  const own = document.body.cloneNode(true);
  for (const each of own.querySelectorAll("[data-claim], code, textarea, [hidden]")) each.remove();
  const text = [...own.querySelectorAll("*")].flatMap((each) => [...each.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).filter(Boolean);
  const labels = [...document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")].flatMap((each) =>
    ["aria-label", "title", "placeholder", "alt"].map((name) => each.getAttribute(name)).filter(Boolean));
  return [...text, ...labels].filter((said) => known.includes(said)
    || /\bundefined\b|\bnull\b|\bNaN\b|\[object|\{\w*\}|\$\{|^[a-z-]+([._][a-z-]+)+$/i.test(said));
}, codes);

/** Every pair of language, colours and width is among these. */
const COMBINATIONS = [["vi", "light", SMALL], ["vi", "dark", DESK], ["en", "dark", SMALL], ["en", "light", DESK]];

async function look(t, state, { reach, unfold }) {
  const visitor = await during(t);
  const shoot = (...names) =>
    visitor.page.screenshot({ path: join(pictures, `${[state, ...names].join("-")}.png`), fullPage: true });
  await reach?.(visitor);
  await visitor.page.setViewportSize(PHONE);
  await shoot("vi-light", PHONE.width);
  const breaches = [];
  for (const [language, colorScheme, size] of COMBINATIONS) {
    await visitor.page.emulateMedia({ colorScheme });
    await visitor.page.setViewportSize(size);
    await visitor.language(language);
    await unfold?.(visitor);
    const where = `${language} ${colorScheme} ${size.width}`;
    assert.deepEqual(await insides(visitor), [], where);
    assert.equal(await visitor.overflow(), 0, `${where}: wider than the window`);
    breaches.push(...(await visitor.breaches()).map((breach) => `${where}: ${breach}`));
    await shoot(language, colorScheme, size.width);
  }
  writeFileSync(join(reports, `${state}.txt`), `${breaches.join("\n")}\n`);
  assert.deepEqual(breaches, []);
  assert.deepEqual(visitor.complaints, []);
}

test("each state: WCAG 2.2 AA, no sideways scrolling at 320 px, no raw keys; both languages, light and dark", { concurrency: 2 }, (t) =>
  Promise.all(Object.entries(STATES).map(([state, how]) => t.test(state, (each) => look(each, state, how)))));

test("English is English and Vietnamese is Vietnamese", async (t) => {
  const visitor = await during(t, { language: "en" });
  // Documents and issuers have Vietnamese names; what the page says of a file that is none is all its own.
  await visitor.check(cases.bad["bytes of nothing"]);
  const words = async () => (await visitor.page.locator("main").innerText()).replaceAll("Tiếng Việt", "").replaceAll("Sổ Gốc", "");
  await visitor.language("en");
  assert.doesNotMatch(await words(), VIETNAMESE);
  await visitor.language("vi");
  assert.match(await words(), VIETNAMESE);
});

/** Presses Tab until the element has the focus; the focus must be visible on every stop. */
async function tabTo(visitor, id) {
  for (let i = 0; i < TAB_STOPS_MAX; i += 1) {
    await visitor.page.keyboard.press("Tab");
    const focus = await visitor.page.evaluate(() => {
      const each = document.activeElement;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
      const { width, height } = each.getBoundingClientRect();
      return {
        id: each.dataset.testid ?? "", what: each.outerHTML.slice(0, 80), body: each === document.body,
        visible: (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none", area: width * height,
      };
    });
    if (focus.body) continue;
    assert.ok(focus.visible, `no visible focus on ${focus.what}`);
    assert.ok(focus.area >= FOCUS_AREA_MIN, `focus on something unseen: ${focus.what}`);
    if (focus.id === id) return;
  }
  assert.fail(`Tab does not reach ${id}`);
}
const TAB_STOPS_MAX = 80;
const FOCUS_AREA_MIN = 100;

const focused = (visitor) => visitor.page.evaluate(() => document.activeElement.dataset.testid);

test("with the keyboard alone: from the start to the verdict, to sharing, to the saved file", async (t) => {
  const visitor = await during(t, { acceptDownloads: true });
  await tabTo(visitor, "choose-files");
  await visitor.settled(async () => {
    const [chooser] = await Promise.all([visitor.page.waitForEvent("filechooser"), visitor.page.keyboard.press("Enter")]);
    await chooser.setFiles(cases.diploma);
  });
  assert.equal(await focused(visitor), "verdict-title", "the focus is on the verdict");
  await tabTo(visitor, "share-open");
  await visitor.page.keyboard.press("Enter");
  await visitor.at("share-preview").waitFor();
  await tabTo(visitor, "share-preset-none");
  await visitor.page.keyboard.press("Space");
  await tabTo(visitor, "share-claim");
  await visitor.page.keyboard.press("Space");
  await visitor.at("share-preview", { verdict: "valid" }).waitFor();
  await tabTo(visitor, "share-save");
  const [download] = await Promise.all([visitor.page.waitForEvent("download"), visitor.page.keyboard.press("Enter")]);
  assert.match(download.suggestedFilename(), /\.sogoc$/);
});

test("text at twice its size: it grows, and nothing is pushed out of sight", async (t) => {
  for (const size of [DESK, PHONE]) {
    const visitor = await during(t, size);
    await visitor.check(cases.transcript);
    const height = () => visitor.page.locator("main p").first().evaluate((each) => parseFloat(getComputedStyle(each).fontSize));
    const before = await height();
    const cdp = await visitor.context.newCDPSession(visitor.page);
    await cdp.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
    await visitor.page.waitForFunction(() => getComputedStyle(document.documentElement).fontSize === "32px");
    assert.ok((await height()) >= 1.9 * before, "the text has grown");
    assert.equal(await visitor.overflow(), 0, `at ${size.width}`);
    await visitor.page.screenshot({ path: join(pictures, `large-text-${size.width}.png`), fullPage: true });
  }
});

test("with the spacing of WCAG 1.4.12 nothing is cut off", async (t) => {
  const visitor = await during(t, SMALL);
  await visitor.check(cases.transcript);
  await visitor.page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
  assert.equal(await visitor.overflow(), 0);
});

test("printed: the verdict, who, when and the checks are on paper, the buttons are not", async (t) => {
  for (const [state, path, words] of [
    ["valid", cases.transcript, /Hợp lệ/], ["revoked", cases.path("revoked.sogoc"), /Đã thu hồi/], ["invalid", cases.forged.mark.path, /Không hợp lệ/],
  ]) {
    const visitor = await during(t);
    await visitor.check(path);
    const file = join(artefacts, `${state}.pdf`);
    await visitor.page.pdf({ path: file, format: "A4" });
    const paper = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
    assert.match(paper, words);
    if (state !== "invalid") {
      assert.match(paper, /Trường THCS Mẫu Một/);
      assert.ok(paper.replace(/\s/g, "").includes(await visitor.data("anchor", "hash")), "against which anchor");
    }
    for (const id of ["print", "check-another", "theme", "language-vi", "anchor-replace"]) {
      const button = visitor.at(id);
      const label = (await button.innerText()).split("\n")[0];
      assert.ok(!paper.includes(label), `${label} is no use on paper`);
    }
    await visitor.page.emulateMedia({ media: "print", colorScheme: "dark" });
    for (const id of ["verdict-title", "check"]) assert.ok(await visitor.at(id).first().isVisible(), id);
    const paint = await visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.match(paint, /^rgb\(255, 255, 255\)$|^rgba\(0, 0, 0, 0\)$/, "white paper, even from a dark screen");
  }
});

test("who asked for less motion sees none", async (t) => {
  const visitor = await during(t, { reducedMotion: "reduce" });
  await visitor.check(cases.diploma);
  const moving = await visitor.page.evaluate(() => document.getAnimations().length
    + [...document.querySelectorAll("*")].filter((each) => parseFloat(getComputedStyle(each).transitionDuration) > 0.01).length);
  assert.equal(moving, 0);
});

test("with the system's own high-contrast colours the verdict is there", async (t) => {
  const visitor = await during(t, { forcedColors: "active" });
  for (const [state, path] of [["valid", cases.transcript], ["invalid", cases.forged.mark.path]]) {
    await visitor.check(path);
    assert.ok(await visitor.at("verdict").locator("svg").first().isVisible());
    await visitor.page.screenshot({ path: join(pictures, `forced-colours-${state}.png`) });
    await visitor.at("check-another").click();
  }
});

test("the chosen language and theme outlive a reload", async (t) => {
  const visitor = await during(t);
  await visitor.language("en");
  await visitor.at("theme").selectOption("dark");
  await visitor.page.reload();
  await visitor.page.locator('html[lang^="en"]').waitFor({ state: "attached" });
  assert.equal(await visitor.at("theme").inputValue(), "dark");
});
