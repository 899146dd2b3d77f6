// The states of the page that a person can be in, and how to get there: `reach` once, `unfold` after the page drew anew.

import { cases } from "./world.mjs";

const verdict = (path) => ({ reach: (visitor) => visitor.check(path()) });
/** Of the other network, with its own anchor. */
const told = (name) => ({
  reach: async (visitor) => {
    await visitor.at("anchor-input").setInputFiles(cases.otherAnchor);
    await visitor.at("notice").waitFor();
    await visitor.at("offline").check();
    await visitor.check(cases.told[name]);
  },
});
const unfolded = (id) => async (visitor) => {
  const details = visitor.page.locator(`details[data-testid="${id}"]`);
  if (!(await details.evaluate((each) => each.open))) await details.locator("summary").first().click();
};

export const STATES = {
  start: {},
  paste: { unfold: unfolded("paste") },
  valid: verdict(() => cases.transcript),
  diploma: verdict(() => cases.diploma),
  certificate: {
    reach: async (visitor) => {
      await visitor.check(cases.certified);
      await visitor.at("certificate", { certificate: "bound" }).waitFor();
    },
    unfold: async (visitor) => {
      await visitor.at("certificate", { certificate: "bound" }).waitFor();
      const details = visitor.at("certificate").locator("details");
      if (!(await details.evaluate((each) => each.open))) await details.locator("summary").click();
    },
  },
  proof: { ...verdict(() => cases.diploma), unfold: unfolded("proof") },
  original: {
    reach: async (visitor) => {
      await visitor.check(cases.signedFile);
      await visitor.at("original-input").setInputFiles(cases.original);
      await visitor.at("original-result", { outcome: "passed" }).waitFor();
    },
  },
  "other-original": {
    reach: async (visitor) => {
      await visitor.check(cases.signedFile);
      await visitor.at("original-input").setInputFiles(cases.otherOriginal);
      await visitor.at("original-result", { outcome: "failed" }).waitFor();
    },
  },
  invalid: verdict(() => cases.forged.mark.path),
  expired: verdict(() => cases.path("expired.sogoc")),
  revoked: verdict(() => cases.path("revoked.sogoc")),
  superseded: verdict(() => cases.path("superseded.sogoc")),
  suspended: verdict(() => cases.path("suspended.sogoc")),
  successor: told("successor"),
  history: told("history"),
  "key-suspended": told("key-suspended"),
  "cannot-check": verdict(() => cases.otherNetwork),
  "as-of-the-receipt": {
    reach: async (visitor) => {
      await visitor.at("offline").check();
      await visitor.check(cases.transcript);
    },
  },
  "not-a-document": verdict(() => cases.bad["a photo"]),
  share: {
    reach: async (visitor) => {
      await visitor.check(cases.transcript);
      await visitor.at("share-open").click();
      await visitor.at("share-preview").waitFor();
    },
  },
  list: {
    reach: async (visitor) => {
      const files = [1, 2, 3, 4, 5].map((n) => cases.learner("hoc-ba", n));
      await visitor.settled(() => visitor.letFall([...files, cases.forged.mark.path, cases.otherNetwork, cases.bad["a photo"]]));
    },
  },
};
