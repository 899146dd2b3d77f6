// What failed, at once and in full; at the end one line: N passed, M failed.

/** The browser's own log can be long. */
const SHOWN_MAX = 4000;

export default async function* report(source) {
  let [passed, failed] = [0, 0];
  for await (const { type, data } of source) {
    if (data.skip !== undefined) continue; // left out by --test-name-pattern
    if (type === "test:pass") {
      passed += 1;
      yield `ok ${"  ".repeat(data.nesting)}${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
    } else if (type === "test:fail") {
      failed += 1;
      const error = data.details.error?.cause ?? data.details.error;
      yield `FAILED ${"  ".repeat(data.nesting)}${data.name}\n${String(error?.stack ?? error).slice(0, SHOWN_MAX)}\n\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    }
  }
  yield `${passed} passed, ${failed} failed\n`;
}
