// What leaves the browser, and what stays in it. The last test reads the record of the whole run: import this last.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Visit } from "./support/browser.mjs";
import { open, pointer } from "./support/formats.mjs";
import { secretsOf } from "./support/cases.mjs";
import { artefacts, cases, during, network, recorder } from "./world.mjs";

const NAME = "[a-z][a-z0-9-]*";
/** Everything that the page may ask for, and how. */
const ALLOWED = [
  /^\/$/, /^\/assets\/[\w.-]+$/, /^\/[\w-]+\.(svg|ico|webmanifest)$/, /^\/v1\/anchor$/, /^\/v1\/chain$/, /^\/v1\/roots$/,
  /^\/v1\/ancestry\/\d+\?checkpoint=\d+$/,
  new RegExp(`^/v1/batches/${NAME}/[0-9a-f]{32}/statuses(\\?since=\\d+)?$`),
  new RegExp(`^/v1/issuers/${NAME}/periods/[0-9-]+/statuses\\?[a-z=&0-9]+$`),
];
/** What Debian's browser asks its maker for by itself, whatever is open: time, updates, an account. */
const THE_BROWSERS_OWN = /(^|\.)(google|googleapis|gvt1)\.com(:443)?$/;
const path = (url) => url.replace(/^http:\/\/127\.0\.0\.1:\d+/, "");

/** What a browser sends for one visit and one file, without what differs by chance: ports. */
async function sentFor(t, file) {
  const from = recorder.requests.length;
  const visitor = await during(t);
  assert.equal((await visitor.check(file)).verdict, "valid");
  await visitor.end();
  return recorder.requests.slice(from)
    .map(({ method, url, headers, body }) => [method, url, ...headers, body.toString("latin1")].join("\n")).sort();
}

test("two learners of one class: what the server sees is the same, byte for byte", async (t) => {
  assert.deepEqual(await sentFor(t, cases.transcript), await sentFor(t, cases.classmate));
});

test("a class of forty is asked for once", async (t) => {
  const visitor = await during(t);
  const from = recorder.requests.length;
  const files = Array.from({ length: 40 }, (_, i) => cases.learner("hoc-ba", i + 1));
  await visitor.settled(() => visitor.letFall(files));
  assert.equal(await visitor.at("list-row", { verdict: "valid" }).count(), 38);
  const asked = recorder.requests.slice(from).map(({ url }) => path(url)).filter((url) => url.includes("/statuses"));
  assert.equal(asked.length, 1, asked.join("\n"));
});

test("the page comes with the strict policy, and every other header that guards it", async (t) => {
  const visitor = await during(t);
  const headers = visitor.answer.headers();
  const policy = headers["content-security-policy"];
  for (const directive of [/default-src 'none'/, /script-src 'self'(;|$)/, /style-src 'self'(;|$)/, /connect-src 'self'/,
    /base-uri 'none'/, /form-action 'none'/, /frame-ancestors 'none'/, /require-trusted-types-for 'script'/]) {
    assert.match(policy, directive);
  }
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.match(headers["referrer-policy"], /no-referrer/);
  assert.match(headers["x-content-type-options"], /nosniff/);
  assert.equal(headers["set-cookie"], undefined);
});

test("what stays in the browser is settings and the anchor", async (t) => {
  const visitor = await during(t);
  await visitor.check(cases.transcript);
  await visitor.at("share-open").click();
  await visitor.at("share-preview").waitFor();
  const kept = await visitor.page.evaluate(async () => ({
    local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie, name: window.name,
    databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0, history: history.state,
  }));
  const { local, history, ...others } = kept;
  assert.deepEqual(others, { session: {}, cookie: "", name: "", databases: 0, caches: 0, workers: 0 });
  for (const key of Object.keys(local)) assert.match(key, /^sogoc\.(language|theme|anchor\.own|anchor\.server)$/);
  assert.deepEqual(await visitor.context.cookies(), []);
  const said = JSON.stringify([local, history]);
  for (const secret of secretsOf(readFileSync(cases.transcript, "utf8"))) assert.ok(!said.includes(secret), secret);
});

test("of the whole run: only the nodes, only these addresses, and nothing of any document", () => {
  const { requests, tunnels } = recorder;
  const lines = requests.map(({ method, url, status }) => `${method} ${url} ${status}`);
  writeFileSync(join(artefacts, "requests.txt"), `${lines.join("\n")}\n\ntunnels: ${tunnels.join(" ")}\n`);
  writeFileSync(join(artefacts, "sent.txt"), recorder.sent());
  const origins = network.nodes.map(({ url }) => url);

  // By the browser's account: what its pages asked for.
  assert.ok(Visit.asked.length > 100, "it saw the run");
  for (const asked of Visit.asked) {
    const [, url, body] = /^GET (\S+) ?(.*)$/s.exec(asked) ?? assert.fail(asked);
    assert.equal(body, "", asked);
    if (/^(blob|data|file):/.test(url)) continue;
    assert.ok(origins.includes(new URL(url).origin), asked);
    assert.ok(ALLOWED.some((allowed) => allowed.test(path(url.split("#")[0]))), asked);
  }
  // By the recorder's: what left it.
  for (const { method, url, headers, body, status, answer } of requests) {
    const { hostname, origin } = new URL(url);
    if (THE_BROWSERS_OWN.test(hostname)) continue;
    assert.ok(origins.includes(origin), url);
    assert.ok(ALLOWED.some((allowed) => allowed.test(path(url))), url);
    assert.equal(method, "GET", url);
    assert.equal(body.length, 0, url);
    const names = headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    for (const name of ["cookie", "authorization", "referer"]) assert.ok(!names.includes(name), `${name}: ${url}`);
    assert.equal(answer?.["set-cookie"], undefined, url);
    // What was asked of batches and heights is not kept on the machine's disk either: by the answer's word, or the page's.
    const kept = answer?.["cache-control"] !== "no-store" && !headers.includes("no-cache");
    assert.ok(!(status === 200 && kept && /\/v1\/(batches|issuers|ancestry|headers)\//.test(url)), `kept by the browser: ${url}`);
  }
  for (const tunnel of tunnels) assert.match(tunnel, THE_BROWSERS_OWN);

  const logs = network.nodes.map((node) => node.logged()).join("\n");
  const sent = recorder.sent();
  const files = [
    cases.transcript, cases.classmate, cases.diploma, cases.signedFile, cases.path("revoked.sogoc"),
    cases.path("before-revoked.sogoc"), cases.path("superseded.sogoc"), cases.path("html-in-claims.sogoc"), cases.forged.mark.path,
  ];
  // What is searched is what was sent: the batch is there, and should be.
  assert.ok(sent.includes(pointer(open(readFileSync(cases.transcript, "utf8"))).batch));
  assert.match(logs, /route="\/v1\/batches/);
  for (const secret of new Set(files.flatMap((file) => secretsOf(readFileSync(file, "utf8"))))) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      assert.ok(!sent.includes(form), `left the browser: ${secret}`);
      assert.ok(!logs.includes(form), `in a node's log: ${secret}`);
    }
  }
});
