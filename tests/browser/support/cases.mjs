// The files that the tests drop on the page: some as a clerk and a learner have them, some as a forger would make them.

import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as formats from "./formats.mjs";

const LOWER = "thcs-mau-1";
const UPPER = "thpt-mau-1";
const NOBODY = "thcs-khong-co";
/** As a certificate writes the first school. */
export const ORGANISATION = "TRƯỜNG THCS MẪU MỘT";
const DA_KY_GRANT_OF_LOWER = 1;
const STATUS_VALID_FOR_MS = 600_000;
const RARE_FILE_BYTES = 200 * 1024 * 1024;

const salt = () => randomBytes(16).toString("base64url");

/** Seals what is in examples/, changes some statuses, and makes everything else from these files. */
export class Cases {
  constructor(network, root) {
    this.network = network;
    this.examples = join(root, "examples");
    this.vectors = join(root, "docs/vectors");
    this.directory = network.path("cases");
    mkdirSync(this.directory);
  }

  /** The path of a case. */
  path(name) {
    return join(this.directory, name);
  }

  /** Writes a case and returns its path. */
  write(name, content) {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** The n-th learner's file of a batch, from 1. */
  learner(batch, n) {
    const directory = this.network.path(batch);
    const files = readdirSync(directory).filter((name) => name.endsWith(".sogoc")).sort();
    return join(directory, files[n - 1]);
  }

  async seal() {
    const { network, examples } = this;
    const issue = (file, type, school, out) => network.clerk(
      "issue", join(examples, file), "--type", type, "--key", network.key(school), "--out", network.path(out));
    const sealFile = (file, out) => network.clerk(
      "seal-file", file, "--date", "2026-05-31", "--period", "2025-2026", "--key", network.key(LOWER),
      "--out", network.path(out));
    this.original = join(examples, "hoc-ba-da-ky.pdf");
    const [first, second] = [1, 2].map((n) => this.write(`ban-${n}.pdf`, `%PDF-1.7\nbản ${n}\n%%EOF\n`));
    this.otherOriginal = first;
    // One key's journal serves one command at a time; two schools work side by side.
    await Promise.all([
      issue("hoc-ba-9-1.xlsx", "hoc-ba-thcs", LOWER, "hoc-ba")
        .then(() => sealFile(this.original, "da-ky"))
        .then(() => sealFile(first, "da-ky-1"))
        .then(() => sealFile(second, "da-ky-2")),
      issue("bang-tot-nghiep.csv", "bang-tn-thpt", UPPER, "bang"),
    ]);
    this.transcript = this.learner("hoc-ba", 1);
    this.classmate = this.learner("hoc-ba", 5);
    this.diploma = this.learner("bang", 1);
    this.signedFile = this.learner("da-ky", 1);
    this.replacedFile = this.learner("da-ky-1", 1);
    await this.#changeStatuses();
    await this.#signOddDocuments();
    this.#forge();
    this.#spoil();
  }

  /** A school binds its key to a certificate, the owners admit that, and a document comes with the evidence. */
  async certify(authority) {
    const { network } = this;
    const { chain } = await network.nodes[0].chain();
    const statement = this.path("statement");
    authority.certify(ORGANISATION); // before the key begins
    await network.run("issuer", "binding", "statement", "--chain", chain, "--issuer", LOWER, "--key", network.path(`net/issuers/${LOWER}.jwk`),
      "--roles", "seal", "--from", new Date().toISOString(), "--out", statement);
    const evidence = authority.sign(statement);
    const checked = await network.run("issuer", "binding", "check", evidence, "--statement", statement, "--roots", authority.roots,
      "--name", "Trường THCS Mẫu Một");
    const [key, binding] = ["Key", "Digest"].map((label) => new RegExp(`^ *${label} +(\\w+)$`, "m").exec(checked)[1]);
    const motion = this.write("binding.toml", `decision = "QĐ 18/QĐ-MẪU"\n\n[[change]]\ndo = "bind-key"\nissuer = "${LOWER}"\nkey = "${key}"\nbinding = "${binding}"\n`);
    const vote = (command, node, ...args) => network.run("gov", command, ...args, "--key", network.path(`net/node-${node}/keys/governance.key`));
    const [id] = (await vote("propose", 1, motion)).split("\n");
    for (const node of [2, 3]) await vote("vote", node, id, "yes");
    await network.clerk("seal-file", this.write("certified.pdf", "%PDF-1.7\nbản 3\n%%EOF\n"), "--date", "2026-05-31", "--period", "2025-2026",
      "--key", network.key(LOWER), "--out", network.path("certified"), "--statement", statement, "--evidence", evidence);
    this.certified = this.learner("certified", 1);
    // One bit of the signature: not what was admitted.
    const bundle = JSON.parse(readFileSync(this.certified, "utf8"));
    const bytes = Buffer.from(bundle.evidence[0], "base64url");
    bytes[bytes.length - 1] ^= 1;
    this.forgedEvidence = this.write("forged-evidence.sogoc", JSON.stringify({ ...bundle, evidence: [bytes.toString("base64url")] }));
  }

  /** Of each, the file before the change and the file with it; only the latter knows by itself. */
  async #changeStatuses() {
    const change = async (command, name, file, decision, ...more) => {
      copyFileSync(file, this.path(`before-${name}.sogoc`));
      await this.network.clerk(
        "status", command, file, "--key", this.network.key(LOWER), "--approver", this.network.approver(LOWER), "--ground", "issuer-error", "--decision", decision,
        "--decision-date", "2026-06-01", "--out", this.path(`${name}.sogoc`), ...more);
    };
    await change("revoke", "revoked", this.learner("hoc-ba", 2), "QĐ 15/QĐ-MẪU");
    await change("suspend", "suspended", this.learner("hoc-ba", 3), "QĐ 16/QĐ-MẪU");
    await change("reissue", "superseded", this.replacedFile, "QĐ 17/QĐ-MẪU", "--by", this.learner("da-ky-2", 1));
  }

  /** Documents that no clerk's file would give, signed and sealed with a school's real key. */
  async #signOddDocuments() {
    const key = formats.signerOf(readFileSync(this.network.key(LOWER), "utf8"));
    const { chain } = await this.network.nodes[0].chain();
    const file = { media_type: "application/pdf", file_digest: { alg: "sha-256", salt: salt(), digest: "A".repeat(43) } };
    const seal = async (name, { envelope = {}, claims = {} } = {}) => {
      const batch = randomBytes(16);
      const ledger = { chain, issuer: LOWER, batch: batch.toString("hex") };
      const basic = { iss: LOWER, vct: "urn:sogoc:da-ky:1", schema: "1", date: "2026-05-31" };
      const signed = formats.signDocument(key, { ...basic, ...envelope, ledger }, { ...file, ...claims }, salt);
      const leaf = formats.leafOf(Object.values(signed.jwt).join("."));
      const action = {
        is: 0, batch, act_for: null, origin: 0, grant: DA_KY_GRANT_OF_LOWER, document_type: "da-ky", schema: 1,
        period: "2025-2026", leaves: [leaf],
      };
      const act = { is: 0, issuer: LOWER, key: key.thumbprint, approver: null, action };
      const request = { chain, valid_until: Date.now() + STATUS_VALID_FOR_MS, act };
      const proof = await this.#submit(formats.signRequest(key, request), ledger);
      this.write(name, formats.close({ ...signed, receipt: { proof, index: 0, path: [], status: null } }));
    };
    await seal("expired.sogoc", { envelope: { exp: Math.floor(Date.now() / 1000) - 86_400 } });
    await seal("other-issuer.sogoc", { envelope: { iss: UPPER } });
    await seal("not-entitled.sogoc", { envelope: { date: "1999-05-31" } });
    await seal("html-in-claims.sogoc", { claims: {
      file_name: `<script>window.executed="claim"</script>.pdf`,
      name: `<img src="/nowhere" onerror="window.executed='claim'">`,
      ref: `"><svg onload="window.executed='claim'">`,
    } });
    await seal("formula.sogoc", { claims: { name: `=HYPERLINK("https://example.invalid","x")`, ref: "@SUM(1)", file_name: "-2+3" } });
    await seal("odd-text.sogoc", { claims: {
      file_name: `${"rat-dai-".repeat(200)}.pdf`,
      name: `Nguyễn \u202Efdp.elbaT\u202C Văn \u2066Mẫu\u2069`,
      ref: `https://example.invalid/\u200B${"0".repeat(300)}`,
    } });
  }

  async #submit(transaction, { issuer, batch }) {
    const [{ url }] = this.network.nodes;
    const headers = { "content-type": "application/vnd.sogoc" };
    const submitted = await fetch(`${url}/v1/transactions`, { method: "POST", headers, body: transaction });
    if (submitted.status !== 202) throw new Error(`not accepted: ${await submitted.text()}`);
    const accept = { accept: "application/vnd.sogoc" };
    const answer = await fetch(`${url}/v1/batches/${issuer}/${batch}?wait=30`, { headers: accept });
    if (answer.status !== 200) throw new Error(`no proof: ${await answer.text()}`);
    return formats.decode(formats.types.batchProof, Buffer.from(await answer.arrayBuffer()));
  }

  /** One changed byte in each part; and what a forger would try. */
  #forge() {
    const genuine = readFileSync(this.transcript, "utf8");
    const revoked = readFileSync(this.path("revoked.sogoc"), "utf8");
    this.forged = {};
    const forge = (name, check, code, change, of = genuine) => {
      const parts = formats.open(of);
      change(parts);
      this.forged[name] = { path: this.write(`forged-${name}.sogoc`, formats.close(parts)), check, code };
    };
    /** The base64url of the same bytes with bit 0 of one of them changed. */
    const flip = (part, place) => {
      const bytes = Buffer.from(part, "base64url");
      bytes[place < 0 ? bytes.length + place : place] ^= 1;
      return bytes.toString("base64url");
    };
    const flipHash = (hash) => { hash[7] ^= 1; };
    const placeIn = (part, text) => Buffer.from(part, "base64url").indexOf(text) + text.length;

    forge("jwt-header", "issuer-signature", "issuer-signature-invalid", ({ jwt }) => {
      // Another school's key: the signature is not its.
      const header = JSON.parse(Buffer.from(jwt.header, "base64url"));
      header.jwk.x = formats.signerOf(readFileSync(this.network.key(UPPER), "utf8")).jwk.x;
      jwt.header = Buffer.from(JSON.stringify(header)).toString("base64url");
    });
    forge("jwt-header-bit", "integrity", "header-malformed", ({ jwt }) => {
      jwt.header = flip(jwt.header, placeIn(jwt.header, `"typ":"`));
    });
    forge("jwt-payload", "issuer-signature", "issuer-signature-invalid", ({ jwt }) => {
      jwt.payload = flip(jwt.payload, placeIn(jwt.payload, `"date":"2026-05-2`));
    });
    forge("jwt-signature", "issuer-signature", "issuer-signature-invalid", ({ jwt }) => {
      jwt.signature = flip(jwt.signature, 40);
    });
    for (const [kind, fits] of Object.entries({
      text: ({ name }) => name === "school",
      "sensitive-text": ({ name }) => name === "personal_id",
      container: ({ name }) => name === "person",
      list: ({ name }) => name === "subjects",
      element: ({ name }) => name === undefined,
      member: ({ name }) => name === "year",
    })) {
      forge(`disclosure-${kind}`, "disclosures", "disclosure-unreferenced", ({ disclosures }) => {
        const i = disclosures.findIndex((disclosure) => fits(formats.disclosed(disclosure)));
        const { salt: old, ...rest } = formats.disclosed(disclosures[i]);
        const other = (old[0] === "A" ? "B" : "A") + old.slice(1);
        disclosures[i] = Buffer.from(JSON.stringify([other, ...Object.values(rest)])).toString("base64url");
      });
    }
    forge("mark", "disclosures", "disclosure-unreferenced", ({ disclosures }) => {
      // What a learner would change: one mark to 10.0.
      const i = disclosures.findIndex((disclosure) => formats.disclosed(disclosure).name === "year");
      const { salt: own, name } = formats.disclosed(disclosures[i]);
      disclosures[i] = Buffer.from(JSON.stringify([own, name, "10.0"])).toString("base64url");
    });
    forge("receipt-batch", "on-ledger", "wrong-state", ({ receipt }) => flipHash(receipt.proof.batch.root));
    forge("receipt-batch-id", "on-ledger", "other-batch", ({ receipt }) => flipHash(receipt.proof.batch_id));
    forge("receipt-path", "on-ledger", "not-in-batch", ({ receipt }) => flipHash(receipt.path[0]));
    forge("receipt-index", "on-ledger", "not-in-batch", ({ receipt }) => { receipt.index ^= 1; });
    forge("receipt-issuer", "on-ledger", "wrong-state", ({ receipt }) => {
      receipt.proof.issuer.name = receipt.proof.issuer.name.replace("Một", "Mộu");
    });
    forge("receipt-state", "on-ledger", "wrong-state", ({ receipt }) => flipHash(receipt.proof.state.siblings[0]));
    forge("receipt-header", "final", "not-final", ({ receipt }) => flipHash(receipt.proof.header.state_root));
    forge("receipt-certificate", "final", "not-final", ({ receipt }) => {
      flipHash(receipt.proof.finality.certificate.signatures[0]);
    });
    // Revoked, and its file says otherwise.
    forge("receipt-status", "status", "wrong-status", ({ receipt }) => { receipt.status.entry.status = 0; }, revoked);
    forge("receipt-no-status", "status", "wrong-status", ({ receipt }) => { receipt.status = null; }, revoked);
    this.#signByNobody(formats.open(genuine));
  }

  /** Documents that a stranger signed, with a receipt that is genuine. */
  #signByNobody({ jwt, receipt }) {
    const { iss, vct, schema, date, ledger } = JSON.parse(Buffer.from(jwt.payload, "base64url"));
    const sign = (name, changes, pointer) => {
      const envelope = { iss, vct, schema, date, ...changes, ledger: { ...ledger, ...pointer } };
      const claims = { person: { name: "Kẻ Giả Mạo", birth_date: "2011-03-07", sex: "Nam" } };
      const signed = formats.signDocument(formats.stranger(), envelope, claims, salt);
      return this.write(name, formats.close({ ...signed, receipt }));
    };
    this.forged["unknown-issuer"] = {
      path: sign("unknown-issuer.sogoc", { iss: NOBODY }, { issuer: NOBODY }), check: "on-ledger", code: "other-batch",
    };
    this.forged["borrowed-receipt"] = {
      path: sign("borrowed-receipt.sogoc", {}, {}), check: "on-ledger", code: "not-in-batch",
    };
  }

  /** What is no bundle of this network, or none at all: `{ path, code }`. */
  #spoil() {
    const genuine = readFileSync(this.transcript);
    const { vectors, checkpoint_files: anchors } = JSON.parse(readFileSync(join(this.vectors, "bundles.json"), "utf8"));
    this.otherNetwork = this.write("other-network.sogoc", vectors[0].bundle);
    this.otherAnchor = this.write("other-anchor.json", anchors[0].file);
    // What takes motions and years to come about; each is to be checked against the other network's anchor.
    const vector = (description) => vectors.find((each) => each.description === description).bundle;
    this.told = Object.fromEntries(Object.entries({
      successor: "sealed by a successor of the issuer that it names",
      history: "superseded, with its history and what is behind it",
      "key-suspended": "sealed with a key that is held",
    }).map(([name, description]) => [name, this.write(`told-${name}.sogoc`, vector(description))]));
    const jpeg = Buffer.concat([Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex"), randomBytes(300_000)]);
    const rare = this.write("rare.sogoc", "{");
    truncateSync(rare, RARE_FILE_BYTES);
    const zip = this.path("zip.sogoc");
    execFileSync("python3", ["-m", "zipfile", "-c", zip, this.transcript]);
    const html = `<!doctype html><html><body><script>window.executed="file";alert(1)</script>` +
      `<img src=x onerror="window.executed='file'"></body></html>`;
    this.bad = {
      "a photo": this.write("anh.jpg", jpeg),
      "a photo that is called a bundle": this.write("anh.sogoc", jpeg),
      "200 MB": rare,
      "a renamed zip": zip,
      "HTML with a script": this.write("trang.html", html),
      "HTML that is called a bundle": this.write("trang.sogoc", html),
      "half a bundle": this.write("half.sogoc", genuine.subarray(0, genuine.length / 2)),
      "an empty file": this.write("empty.sogoc", ""),
      "bytes of nothing": this.write("random.sogoc", randomBytes(4096)),
      "a document that was signed, without its bundle": this.original,
      "JSON of something else": this.write("other.json", `{"name":"x"}`),
      "deep JSON": this.write("deep.sogoc", "[".repeat(700_000)),
      "deep JSON in a bundle": this.write("deep-member.sogoc", `{"sogoc-bundle":2,"credential":${"[".repeat(700_000)}`),
      "a huge number": this.write("huge.sogoc", `{"sogoc-bundle":2${"0".repeat(100_000)}}`),
      "a huge exponent": this.write("exponent.sogoc", `{"sogoc-bundle":2e999999999}`),
      "a bundle of the future": this.write("future.sogoc", `{"sogoc-bundle":3}`),
      "a bundle of the past": this.write("past.sogoc", `{"sogoc-bundle":1}`),
      "many members": this.write("members.sogoc", `{${'"a":1,'.repeat(200_000)}"sogoc-bundle":2}`),
      "text in UTF-16": this.write("utf16.sogoc", Buffer.from(`\ufeff${genuine.toString("utf8")}`, "utf16le")),
      "a secret key": this.network.key(LOWER),
      "a program": this.write("setup.sogoc", Buffer.concat([Buffer.from("4d5a90000300000004000000ffff0000", "hex"), randomBytes(2000)])),
      "a name of HTML": this.write(`<img src=x onerror=window.executed='name'>.sogoc`, "x"),
      "a name of one long word": this.write(`${"dai".repeat(80)}.sogoc`, "x"),
    };
  }
}

/** Everything in a bundle that must stay on the machine: claims, salts, disclosures, digests, the JWT, its leaf hash. */
export function secretsOf(bundle) {
  const parts = formats.open(bundle);
  const { header, payload, signature } = parts.jwt;
  const leaf = formats.leafOf(`${header}.${payload}.${signature}`);
  const found = new Set([payload, signature, leaf.toString("hex"), leaf.toString("base64"), leaf.toString("base64url")]);
  const texts = (value) => {
    if (typeof value === "string") found.add(value);
    else if (Array.isArray(value)) value.forEach(texts);
    else if (value !== null && typeof value === "object") Object.values(value).forEach(texts);
  };
  texts(JSON.parse(Buffer.from(payload, "base64url"))._sd);
  for (const disclosure of parts.disclosures) {
    const digest = createHash("sha256").update(disclosure).digest();
    found.add(disclosure).add(digest.toString("hex")).add(digest.toString("base64url"));
    const { salt: own, value } = formats.disclosed(disclosure);
    texts([own, value]);
  }
  for (const hash of parts.receipt.path) found.add(hash.toString("hex")).add(hash.toString("base64url"));
  // The period is public: it is the batch's. Short values ("Nam", "8.2", "Khá") occur by chance in any address or header.
  const anybodys = [parts.receipt.proof.batch.period, "sha-256", "application/pdf"];
  return [...found].filter((text) => text.length >= SECRET_LENGTH_MIN && !anybodys.includes(text));
}
const SECRET_LENGTH_MIN = 6;
