// A proxy between the browser and everything else: what left the browser is what this has seen.
//
// The browser is told to send loopback through it too. Requests are kept as they came: method, address, every header,
// body. It passes on what goes to this machine and refuses the rest, after noting it.

import { createServer, request } from "node:http";

const gathered = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

export class Recorder {
  /** Requests in the order of their arrival: `{ method, url, headers, body, status, answer }`. */
  requests = [];
  /** Addresses that the browser asked to be connected to, by a tunnel: nothing of ours is behind TLS. */
  tunnels = [];

  static async start() {
    const recorder = new Recorder();
    recorder.server = createServer((incoming, outgoing) => recorder.#pass(incoming, outgoing));
    recorder.server.on("connect", (incoming, socket) => {
      recorder.tunnels.push(incoming.url);
      socket.destroy();
    });
    await new Promise((resolve) => { recorder.server.listen(0, "127.0.0.1", resolve); });
    recorder.url = `http://127.0.0.1:${recorder.server.address().port}`;
    return recorder;
  }

  async #pass(incoming, outgoing) {
    const body = await gathered(incoming).catch(() => Buffer.alloc(0));
    const noted = { method: incoming.method, url: incoming.url, headers: incoming.rawHeaders, body, status: null };
    this.requests.push(noted);
    const target = new URL(incoming.url);
    if (target.hostname !== "127.0.0.1") return outgoing.destroy();
    const headers = { ...incoming.headers };
    delete headers["proxy-connection"];
    const onward = request(target, { method: incoming.method, headers }, (answer) => {
      Object.assign(noted, { status: answer.statusCode, answer: answer.headers });
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
      answer.once("error", () => outgoing.destroy());
    });
    // A node that is not there looks as it would without a proxy: the connection ends without an answer.
    onward.once("error", () => outgoing.destroy());
    onward.end(body);
  }

  /** Everything that left the browser, as one text. */
  sent() {
    const texts = this.requests.map(({ method, url, headers, body }) =>
      [method, url, ...headers, body.toString("latin1")].join("\n"));
    return [...texts, ...this.tunnels].join("\n\n");
  }

  stop() {
    this.server.closeAllConnections?.();
    this.server.close();
  }
}
