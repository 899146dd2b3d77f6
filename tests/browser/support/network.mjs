// A network of four real nodes on this machine, and what a clerk does with it: only programs, files, sockets, signals.

import { spawn } from "node:child_process";
import { openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** What takes longer has failed. Most things take milliseconds; this is for a busy machine. */
export const PATIENCE_MS = 60_000;
/** Between two looks at a process. */
const LOOK_AGAIN_MS = 20;
/** An idle network makes a block this often. */
const HEARTBEAT_MS = 1_000;

/** What `look` finds, as soon as it finds something. */
export async function waitUntil(what, look) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`not in ${PATIENCE_MS} ms: ${what}`);
    await delay(LOOK_AGAIN_MS);
  }
}

const bound = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null)).listen(port, "127.0.0.1", () => resolve(server));
  });

/** A block of free ports, as tests/src/ports.rs takes them; the first is held open while the network lives. */
async function takePorts() {
  const [first, block, blocks] = [10_000, 250, 88];
  for (let i = 0; i < blocks; i += 1) {
    const base = first + ((process.pid + i) % blocks) * block;
    const held = await bound(base);
    if (held === null) continue;
    const others = [1, 101, 201].flatMap((from) => [0, 1, 2, 3].map((node) => base + from + node));
    const servers = await Promise.all(others.map(bound));
    for (const server of servers) server?.close();
    if (!servers.includes(null)) return { base, held };
    held.close();
  }
  throw new Error("no free ports");
}

/** One node: its process and its HTTP. */
class Node {
  constructor(program, home, url) {
    Object.assign(this, { program, home, url, log: `${home}.log`, child: null });
  }

  /** Starts it and waits until it keeps up with the network. */
  async start() {
    const log = openSync(this.log, "a");
    this.child = spawn(this.program, ["run", "--config", join(this.home, "node.toml")], { stdio: ["ignore", log, log] });
    closeSync(log);
    await waitUntil(`${this.home} is ready`, async () => {
      if (this.child.exitCode !== null) throw new Error(`the node ended:\n${this.logged().slice(-4000)}`);
      return (await this.chain())?.ready;
    });
  }

  /** Asks it to stop and waits until it has. */
  async stop() {
    if (this.child === null || this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
    this.child = null;
  }

  /** `GET /v1/chain`; null if it does not answer. */
  async chain() {
    try {
      return await (await fetch(`${this.url}/v1/chain`)).json();
    } catch {
      return null;
    }
  }

  /** Adds lines to its configuration, for its next start. */
  configure(lines) {
    const path = join(this.home, "node.toml");
    writeFileSync(path, `${lines}\n${readFileSync(path, "utf8")}`);
  }

  /** Everything it ever logged. */
  logged() {
    return readFileSync(this.log, "utf8");
  }
}

/** Four nodes, two schools, and a clerk. */
export class Network {
  /** Founds a network in a directory, from the programs in `bin`. Its nodes do not run yet. */
  static async found(bin, directory) {
    const network = new Network();
    Object.assign(network, { bin, directory, nodes: [] }, await takePorts());
    const home = join(directory, "net");
    const port = String(network.base);
    await network.run("genesis", "devnet", "4", "--out", home, "--base-port", port, "--heartbeat-ms", String(HEARTBEAT_MS));
    for (const i of [1, 2, 3, 4]) {
      const url = `http://127.0.0.1:${network.base + 200 + i}`;
      network.nodes.push(new Node(join(bin, "sogoc-node"), join(home, `node-${i}`), url));
    }
    return network;
  }

  /** Starts every node. */
  async start() {
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  /** Stops every node. */
  async stop() {
    await Promise.all(this.nodes.map((node) => node.stop()));
    this.held.close();
  }

  /** The path of something in the network's directory. */
  path(name) {
    return join(this.directory, name);
  }

  /** The path of a school's key file. */
  key(school) {
    return this.path(`net/issuers/${school}.key`);
  }

  approver(school) {
    return this.path(`net/issuers/${school}.approver.key`);
  }

  /** Runs `sogoc` on the clerk's machine, to its end; what it prints. */
  run(...args) {
    const environment = {
      ...process.env,
      SOGOC_JOURNAL: this.path("journal"),
      ...(this.nodes.length > 0 && { SOGOC_NODE: this.nodes[0].url }),
    };
    return new Promise((resolve, reject) => {
      const child = spawn(join(this.bin, "sogoc"), ["--lang", "en", ...args], { env: environment });
      let printed = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => { printed += data; });
      child.once("error", reject).once("close", (code) => {
        if (code === 0) resolve(printed);
        else reject(new Error(`sogoc ${args.join(" ")}: ${code}\n${printed}`));
      });
    });
  }

  /** Runs `sogoc` against the trust anchor that was exported before anything was sealed. */
  clerk(...args) {
    return this.run(...args, "--trust", this.path("anchor.json"));
  }
}
