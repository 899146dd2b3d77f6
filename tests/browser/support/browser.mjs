// Debian's Chromium, and what a person does with the page in it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What the page takes longer for has failed. */
const PATIENCE_MS = 20_000;
/** WCAG 2.2 AA, with everything that it includes. */
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Starts the browser with a new, empty profile; everything it sends passes the recorder. */
export const startBrowser = (recorder) =>
  chromium.launch({
    executablePath: process.env.SOGOC_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
      "--disable-background-networking", "--disable-component-update", `--proxy-server=${recorder.url}`,
      "--proxy-bypass-list=<-loopback>",
    ],
  });

/** One person at the page: a context without a past, a tab, and what went on in it. */
export class Visit {
  /** What the console said that it should not have. */
  complaints = [];
  dialogs = [];
  /** What any page of any visit asked for, by whatever means: the browser's own account of it. */
  static asked = [];

  /** `at` is the node that serves the page; `hash` what follows `#`; the rest are options of the context. */
  static async begin(browser, at, { hash = "", language = "vi", width = 1280, height = 900, ...options } = {}) {
    const visit = new Visit();
    visit.context = await browser.newContext({
      locale: language === "vi" ? "vi-VN" : "en-GB", viewport: { width, height }, timezoneId: "Asia/Ho_Chi_Minh", ...options,
    });
    visit.context.setDefaultTimeout(PATIENCE_MS);
    await visit.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`violation: ${violatedDirective} ${blockedURI}`));
    });
    const note = (what) => (each) => Visit.asked.push(`${what} ${each.url()}`);
    visit.context.on("request", (request) => Visit.asked.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`));
    visit.context.on("serviceworker", note("service worker"));
    const page = await visit.context.newPage();
    visit.page = page;
    visit.context.on("page", note("window"));
    page.on("websocket", note("websocket"));
    page.on("worker", note("worker"));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) visit.complaints.push(message.text());
    });
    page.on("pageerror", (error) => visit.complaints.push(String(error)));
    page.on("dialog", (dialog) => { visit.dialogs.push(dialog.message()); return dialog.dismiss(); });
    page.on("filechooser", () => {}); // so that the browser asks us from the start, and never the desktop
    const fell = new Promise((_, reject) => { page.once("pageerror", reject); });
    visit.answer = await page.goto(`${at.url}/${hash}`);
    if (options.javaScriptEnabled !== false) await Promise.race([page.locator("main h1").waitFor(), fell]);
    fell.catch(() => {}); // what happens later is a complaint
    return visit;
  }

  end() {
    return this.context.close();
  }

  /** The element with this `data-testid`. */
  at(id, attributes = {}) {
    const more = Object.entries(attributes).map(([name, value]) => `[data-${name}=${JSON.stringify(value)}]`);
    return this.page.locator(`[data-testid="${id}"]${more.join("")}`);
  }

  /** The value of `data-{name}`. */
  data(id, name, attributes) {
    return this.at(id, attributes).first().getAttribute(`data-${name}`);
  }

  /** The text of every one of these, in their order. */
  texts(id, attributes) {
    return this.at(id, attributes).allInnerTexts();
  }

  /** Does something, and waits until the page has read and judged what came of it. */
  async settled(act) {
    await this.page.evaluate(() => {
      const main = document.querySelector("main");
      window.settledForTest = new Promise((resolve) => {
        let busy = false;
        const look = () => {
          const settled = ["done", "error"].includes(main.dataset.state);
          if (busy && settled) resolve();
          busy ||= !settled;
        };
        new MutationObserver((records) => {
          busy ||= records.some(({ oldValue }) => ["reading", "checking"].includes(oldValue));
          look();
        }).observe(main, { attributeFilter: ["data-state"], attributeOldValue: true });
      });
    });
    await act();
    await this.page.evaluate(() => window.settledForTest);
  }

  /** Drops files, as a hand does: on the drop zone, or on the page wherever it is. */
  async letFall(paths) {
    const zone = this.at("drop-zone");
    const target = (await zone.isVisible()) ? zone : this.at("verdict").or(this.at("list")).first();
    await target.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await target.boundingBox();
    const cdp = await this.context.newCDPSession(this.page);
    const data = { items: [], files: [paths].flat(), dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await cdp.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data });
    }
    await cdp.detach();
  }

  /** Drops a file and waits for the verdict: `{ verdict, code, kind }`. */
  async check(path) {
    await this.settled(() => this.letFall(path));
    return this.verdict();
  }

  async verdict() {
    const verdict = this.at("verdict").first();
    const [word, code, kind] = await Promise.all(["verdict", "code", "kind"].map((name) => verdict.getAttribute(`data-${name}`)));
    return { verdict: word, code: code || null, kind: kind || null };
  }

  /** Every check in order: `[name, outcome, code]`. */
  checks() {
    return this.at("check").evaluateAll((all) =>
      all.map(({ dataset }) => [dataset.check, dataset.outcome, dataset.code || null]));
  }

  async language(language) {
    await this.at(`language-${language}`).click();
    await this.page.locator(`html[lang^="${language}"]`).waitFor({ state: "attached" });
  }

  /** Breaches of WCAG, each as one line; an empty list if there are none. */
  async breaches() {
    const cdp = await this.context.newCDPSession(this.page);
    await cdp.send("Runtime.evaluate", { expression: axe });
    const run = `axe.run(document, { runOnly: ${JSON.stringify(AXE_TAGS)}, resultTypes: ["violations"] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + ": " + failureSummary.replace(/\\s+/g, " "))))`;
    const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", {
      expression: run, awaitPromise: true, returnByValue: true,
    });
    await cdp.detach();
    if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** How many pixels the page is wider than the window. */
  overflow() {
    return this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.scrollingElement;
      return scrollWidth - clientWidth;
    });
  }
}
