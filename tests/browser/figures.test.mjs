// How long from the drop to the verdict, and how many bytes.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { cpus } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { artefacts, cases, during, network } from "./world.mjs";

/** Of what a visitor loads, before compression. */
const PAGE_BYTES_MAX = 200_000;
const ROUNDS = 8;

const lines = [];
const note = (line) => {
  lines.push(line);
  console.log(`# ${line}`);
  writeFileSync(join(artefacts, "figures.txt"), `${lines.join("\n")}\n`);
};

const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))];

test("the time from the drop to the verdict", async (t) => {
  const conditions = `${cpus().length} cores, ${cpus()[0].model.trim()}, four nodes and the browser beside each other`;
  for (const [name, path, offline] of [
    ["transcript", cases.transcript, false], ["transcript", cases.transcript, true], ["diploma", cases.diploma, false],
  ]) {
    const visitor = await during(t);
    if (offline) await visitor.at("offline").check();
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await visitor.check(path);
      times.push(await visitor.page.evaluate(() => performance.getEntriesByName("sogoc-verdict").at(-1).duration));
      await visitor.at("check-another").click();
    }
    const [first, ...others] = times.map((time) => Math.round(time));
    const way = offline ? "without asking the network" : "with fresh statuses";
    note(`${name}, ${way}: first ${first} ms, then p50 ${quantile(others, 0.5)} ms, slowest ${Math.max(...others)} ms of ${others.length} (${conditions})`);
  }
});

test("the bytes of the page, the client among them", async (t) => {
  const [{ url }] = network.nodes;
  const html = await (await fetch(url)).text();
  const assets = [...html.matchAll(/(?:src|href)="(?!#|data:)([^"]+)"/g)].map(([, path]) => new URL(path, `${url}/`).pathname);
  const files = ["/", ...assets];
  assert.equal(files.length, 7, "page, script, style, icon, the texts of two languages, the reader of certificates");
  const sizes = new Map();
  const count = (what, paths) => {
    const [bytes, sent] = [0, 1].map((form) => paths.reduce((sum, path) => sum + sizes.get(path)[form], 0));
    note(`${what}: ${bytes} bytes, ${sent} as they are sent`);
    return bytes;
  };
  for (const path of files) {
    const [plain, sent] = [await get(`${url}${path}`, {}), await get(`${url}${path}`, { "accept-encoding": "br" })];
    assert.deepEqual([plain.status, sent.status, sent.headers["content-encoding"]], [200, 200, "br"], path);
    if (path.startsWith("/assets/")) assert.match(sent.headers["cache-control"], /immutable/, path);
    sizes.set(path, [plain.bytes, sent.bytes]);
    count(path, [path]);
  }
  for (const language of ["vi", "en"]) {
    const visitor = await during(t, { language });
    await visitor.check(cases.transcript);
    const loaded = await visitor.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
    const others = files.filter((path) => path.endsWith(".js") && !loaded.includes(path));
    assert.equal(others.length, 2, "the texts of the other language, the reader of certificates");
    const bytes = count(`to the verdict, in ${language}`, files.filter((path) => !others.includes(path)));
    assert.ok(bytes <= PAGE_BYTES_MAX, `${bytes}`);
  }
  count("everything, in both languages, with the reader of certificates", files);
});

/** Unlike fetch, it does not decompress. */
const get = (url, headers) => new Promise((resolve, reject) => {
  request(url, { headers }, async (answer) => {
    let bytes = 0;
    for await (const part of answer) bytes += part.length;
    resolve({ status: answer.statusCode, headers: answer.headers, bytes });
  }).once("error", reject).end();
});
