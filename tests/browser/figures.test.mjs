// How long from the drop to the verdict, and how many bytes.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { cpus } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { artefacts, cases, during, network } from "./world.mjs";

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

test("the bytes of the page, the client among them", async () => {
  const [{ url }] = network.nodes;
  const html = await (await fetch(url)).text();
  const assets = [...html.matchAll(/(?:src|href)="(?!#|data:)([^"]+)"/g)].map(([, path]) => new URL(path, `${url}/`).pathname);
  assert.ok(assets.length >= 3, "script, style, icon");
  let total = 0;
  for (const path of ["/", ...assets]) {
    const { status, headers, bytes } = await get(`${url}${path}`, { "accept-encoding": "br" });
    assert.equal(status, 200, path);
    if (path.startsWith("/assets/")) assert.match(headers["cache-control"], /immutable/, path);
    note(`${path}: ${bytes} bytes, ${headers["content-encoding"] ?? "as it is"}`);
    total += bytes;
  }
  note(`the page: ${total} bytes as they are sent`);
  assert.ok(total <= PAGE_BYTES_MAX, `${total}`);
});

/** Unlike fetch, it does not decompress. */
const get = (url, headers) => new Promise((resolve, reject) => {
  request(url, { headers }, async (answer) => {
    let bytes = 0;
    for await (const part of answer) bytes += part.length;
    resolve({ status: answer.statusCode, headers: answer.headers, bytes });
  }).once("error", reject).end();
});
