// What every test shares: the network, the files, the browser, and the record of what left it.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Authority } from "./support/authority.mjs";
import { Visit, startBrowser } from "./support/browser.mjs";
import { Cases } from "./support/cases.mjs";
import { Network } from "./support/network.mjs";
import { Recorder } from "./support/recorder.mjs";

export const root = process.env.SOGOC_ROOT;
/** Screenshots, reports and logs are left here. */
export const artefacts = process.env.SOGOC_ARTEFACTS;
mkdirSync(artefacts, { recursive: true });

const directory = mkdtempSync(join(tmpdir(), "sogoc-browser-"));
export const network = await Network.found(process.env.SOGOC_BIN, directory);
export const cases = new Cases(network, root);
export const recorder = await Recorder.start();

/** The first node offers the roots under which a school has its certificate, the third another's, the others none. */
export const authority = new Authority(network.path("authority"), "Gốc Mẫu");
const stranger = new Authority(network.path("stranger"), "Gốc Lạ");

async function begin() {
  for (const [node, { roots }] of [[0, authority], [2, stranger]]) network.nodes[node].configure(`roots = ${JSON.stringify(roots)}`);
  await network.start();
  await network.run("checkpoint", "export", "--out", network.path("anchor.json"));
  await cases.seal();
  await cases.certify(authority);
  // The second node offers an anchor that is newer than every receipt.
  await network.run("checkpoint", "export", "--out", network.path("later.json"));
  const [, later] = network.nodes;
  await later.stop();
  later.configure(`trust = ${JSON.stringify(network.path("later.json"))}`);
  await later.start();
}

async function end() {
  await browser?.close();
  recorder.stop();
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
}

let browser;
try {
  await begin();
  browser = await startBrowser(recorder);
} catch (error) {
  await end();
  throw error;
}
after(end);
// Whoever is told to end leaves no node behind.
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]]) {
  process.once(signal, () => end().finally(() => process.exit(code)));
}

/** A new visitor of the page that the first node serves, or another. */
export const visit = (options, node = network.nodes[0]) => Visit.begin(browser, node, options);

/** A visit that ends with the test. */
export async function during(t, options, node) {
  const visitor = await visit(options, node);
  t.after(() => visitor.end());
  return visitor;
}
