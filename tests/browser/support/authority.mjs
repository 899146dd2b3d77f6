// A throwaway authority and the certificates that it gives, made with OpenSSL's command line.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
const DAYS = "1800";

export class Authority {
  constructor(directory, name) {
    Object.assign(this, { directory, name });
    mkdirSync(directory);
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-subj", `/C=VN/O=${name}/CN=${name}`, "-days", DAYS,
      "-addext", "keyUsage=critical,keyCertSign", "-keyout", this.path("root.key"), "-out", this.path("root.pem"));
    const certificate = openssl("x509", "-in", this.path("root.pem"), "-outform", "DER").toString("base64");
    const root = { name, from: "2020-01-01", until: "2099-01-01", certificate };
    /** A file of roots with this one in it. */
    this.roots = this.path("roots.json");
    writeFileSync(this.roots, JSON.stringify({ "sogoc-roots": 1, throwaway: true, roots: [root] }));
  }

  path(name) {
    return join(this.directory, name);
  }

  /** Gives an organisation a key and its certificate. */
  certify(organisation) {
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-utf8", "-subj", `/C=VN/CN=${organisation}`,
      "-keyout", this.path("own.key"), "-out", this.path("own.csr"));
    writeFileSync(this.path("own.ext"), "keyUsage=critical,digitalSignature,nonRepudiation\n");
    openssl("x509", "-req", "-in", this.path("own.csr"), "-CA", this.path("root.pem"), "-CAkey", this.path("root.key"),
      "-CAcreateserial", "-days", DAYS, "-extfile", this.path("own.ext"), "-out", this.path("own.pem"));
    this.serial = /serial=(\w+)/.exec(openssl("x509", "-in", this.path("own.pem"), "-noout", "-serial").toString())[1].toLowerCase();
  }

  /** Signs the statement in a file with that key: the path of the evidence. */
  sign(statement) {
    openssl("cms", "-sign", "-binary", "-outform", "DER", "-in", statement, "-signer", this.path("own.pem"),
      "-inkey", this.path("own.key"), "-out", this.path("evidence"));
    return this.path("evidence");
  }
}
