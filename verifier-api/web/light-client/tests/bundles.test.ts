import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64url, toBase64url, toUtf8 } from '../src/bytes.js';
import { readBundle, writeBundle } from '../src/bundle.js';
import { encode } from '../src/codec.js';
import { ancestry } from '../src/formats.js';
import { decodeCheckpoint, outline, present, readCheckpoint, refresh, verify } from '../src/index.js';
import type { Claim, Question, Report } from '../src/index.js';
import { decodeReceipt } from '../src/receipt.js';
import { codeOf, vectors } from './support.js';
import type { Vector } from './support.js';

const bundles = vectors('bundles.json');
const chain = vectors('chain.json');

function question(vector: Vector): Question {
  const holder = vector.at('holder');
  return {
    bundle: toUtf8(vector.at('bundle').text()),
    checkpoint: decodeCheckpoint(chain.at('checkpoints').at(vector.at('checkpoint').text()).bytes()),
    now: vector.at('now').integer(),
    fresh: vector.at('fresh').there ? chain.at('statuses').at(vector.at('fresh').text()).bytes() : undefined,
    maxAgeMs: vector.at('max_age_ms').there ? vector.at('max_age_ms').integer() : undefined,
    holder: holder.there
      ? {
        audience: holder.at('audience').text(),
        nonce: holder.at('nonce').text(),
        maxAgeSeconds: holder.at('max_age_seconds').integer(),
        nowSeconds: holder.at('now').integer(),
      }
      : undefined,
    original: vector.at('original').there ? vector.at('original').bytes() : undefined,
  };
}

/** A report as the vectors write it. */
function written({ verdict, checks, anchor, status, freshRefused, opening, history }: Report): unknown {
  return {
    anchor: anchor === undefined ? null : { genesis: anchor.genesis, hash: anchor.hash, height: Number(anchor.height), time: Number(anchor.time) },
    checks: checks.map(({ check, outcome, code }) => (code === undefined ? [check, outcome] : [check, outcome, code])),
    correction: opening?.correction ?? null,
    fresh_refused: freshRefused ?? null,
    ground: opening?.ground ?? null,
    history: history?.map(({ entry, opening: own }) => [entry.status, Number(entry.height), own?.ground ?? null]) ?? null,
    status: status === undefined ? null : {
      as_of: Number(status.asOf),
      as_of_height: Number(status.asOfHeight),
      fresh: status.fresh,
      key_suspended: status.keySuspended,
      status: status.status,
    },
    verdict,
  };
}

const questions = bundles.at('vectors').list().map((vector) => ({ vector, asked: question(vector) }));

for (const { vector, asked } of questions) {
  test(`bundles: ${vector.at('description').text()}`, () => {
    const report = verify(asked);
    if (!vector.at('error').there) {
      assert.deepEqual(written(report), vector.at('expect').plain());
      return;
    }
    assert.equal(report.error, vector.at('error').text());
    assert.deepEqual(report.checks, []);
    assert.equal(report.verdict, report.error?.endsWith('unknown-format') === true ? 'cannot-check' : 'invalid');
  });
}

for (const vector of bundles.at('checkpoint_files').list()) {
  test(`checkpoint files: ${vector.at('description').text()}`, () => {
    const file = toUtf8(vector.at('file').text());
    const expected = vector.at('error').there ? vector.at('error').text() : undefined;
    assert.equal(codeOf(() => readCheckpoint(file)), expected);
    if (expected === undefined) assert.equal(readCheckpoint(file).header.height, vector.at('expect').at('height').integer());
  });
}

function named(description: string): Question {
  const found = questions.find(({ vector }) => vector.at('description').text() === description);
  assert.ok(found, description);
  return found.asked;
}

const sound = named('in force, against genesis');

test('a report explains its proof', () => {
  const { document, proven, steps } = verify(sound);
  assert.ok(document && proven && steps);
  assert.equal(document.type, 'hoc-ba-thcs');
  assert.equal(proven.grant?.documentType, 'hoc-ba-thcs');
  assert.equal(proven.sealingIssuer.id, document.issuer);
  assert.equal(proven.signers.length, 3);
  assert.ok(3n * proven.signedPower > 2n * proven.totalPower);
  assert.equal(steps.path.at(-1)?.hash ?? steps.leaf, steps.batchRoot);
  assert.equal(steps.statusPath?.at(-1)?.hash, steps.statusRoot);
  assert.equal(steps.headerHash, proven.headerHash);
  assert.equal(steps.records.length, 2);
  const ancestor = verify(named('refreshed for a newer checkpoint'));
  assert.equal(ancestor.steps?.ancestry?.at(-1)?.hash, ancestor.steps?.historyRoot);
  assert.deepEqual(ancestor.proven?.signers, []);
});

test('a receipt with a bit flipped anywhere is never valid', () => {
  const members = JSON.parse(new TextDecoder().decode(sound.bundle)) as { receipt: string };
  const receipt = fromBase64url(members.receipt);
  const verdicts = new Map<string, number>();
  // One bit of each byte, another in each.
  for (let at = 0; at < receipt.length; at++) {
    const bit = 8 * at + (at % 8);
    const flipped = receipt.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    const bundle = toUtf8(JSON.stringify({ ...members, receipt: toBase64url(flipped) }));
    const { verdict, error, checks } = verify({ ...sound, bundle });
    assert.notEqual(verdict, 'valid', `bit ${bit}`);
    assert.ok(error !== undefined || checks.some(({ code }) => code !== undefined), `bit ${bit}`);
    const code = error ?? checks.find((check) => check.code !== undefined)?.code ?? '';
    verdicts.set(code, (verdicts.get(code) ?? 0) + 1);
  }
  for (const code of ['receipt-malformed', 'wrong-state', 'not-final', 'not-in-batch', 'wrong-status', 'other-batch']) {
    assert.ok(verdicts.has(code), code);
  }
});

test('a bundle cut short anywhere is no bundle', () => {
  for (let length = 0; length < sound.bundle.length; length += 7) {
    assert.equal(verify({ ...sound, bundle: sound.bundle.slice(0, length) }).error, 'not-a-bundle');
  }
});

test('files that are no bundles', () => {
  const file = (text: string) => verify({ ...sound, bundle: toUtf8(text) }).error;
  assert.equal(file('<html>'), 'not-a-bundle');
  // A later format may have other members, but no other JSON.
  assert.equal(file('{"sogoc-bundle":3,"x":1}'), 'bundle-unknown-format');
  assert.equal(file('{"x":[[[[[[[]]]]]]],"sogoc-bundle":3}'), 'bundle-unknown-format');
  assert.equal(file('{"sogoc-bundle":3,"x":[[[[[[[[]]]]]]]]}'), 'not-a-bundle');
  for (const wrong of ['"x":1.0', '"x":-0', '"x":1,"x":1', '"x":"\\ud800"', '"x":18446744073709551616', '"sogoc-bundle":3']) {
    assert.equal(file(`{"sogoc-bundle":3,${wrong}}`), 'not-a-bundle');
  }
  assert.equal(file('\ufeff{"sogoc-bundle":3}'), 'not-a-bundle');
  assert.equal(file('{"sogoc-bundle":2e0}'), 'not-a-bundle');
  assert.equal(file('{"sogoc-bundle":1}'), 'bundle-unknown-format');
  assert.equal(file('{"sogoc-bundle":18446744073709551615}'), 'bundle-unknown-format');
  assert.equal(file('{"sogoc-bundle":18446744073709551616}'), 'not-a-bundle');
  assert.equal(file('{"sogoc-bundle":-1}'), 'not-a-bundle');
  assert.equal(file('['.repeat(1_000_000)), 'not-a-bundle');
  assert.equal(verify({ ...sound, bundle: new Uint8Array(1_572_865) }).error, 'bundle-too-large');
  assert.equal(verify({ ...sound, bundle: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) }).error, 'not-a-bundle');
});

test('an outline names what can be presented', () => {
  const { claims } = outline(sound.bundle);
  const all = (list: readonly Claim[]): Claim[] => list.flatMap((claim) => [claim, ...all(claim.members ?? [])]);
  const everything = all(claims);
  assert.ok(everything.some(({ sensitive, path }) => sensitive && path === 'person/ethnicity'));
  for (const { path } of everything) {
    const bundle = present(sound.bundle, [path]);
    assert.equal(verify({ ...sound, bundle }).verdict, 'valid', path);
    assert.ok(all(outline(bundle).claims).some((claim) => claim.path === path));
  }
  const least = outline(present(sound.bundle, []));
  assert.deepEqual(least.claims, []);
  assert.deepEqual(least.notShown, ['person', 'study', 'subjects', 'result']);
  const most = all(outline(present(sound.bundle, ['*'])).claims);
  assert.deepEqual(most.map(({ path }) => path), everything.filter(({ sensitive }) => !sensitive).map(({ path }) => path));
});

test('a refreshed bundle rests on the newer checkpoint', () => {
  const renewed = named('refreshed for a newer checkpoint');
  const { receipt, ...rest } = readBundle(renewed.bundle);
  const old = decodeReceipt(chain.at('receipts').at('first@1').bytes());
  const asked = { ...renewed, bundle: writeBundle({ ...rest, receipt: old }) };
  assert.equal(verify(asked).checks.find(({ code }) => code !== undefined)?.code, 'needs-refresh');
  const { finality } = receipt.proof;
  const encoded = encode(ancestry, finality.variant === 'Ancestor' ? finality.ancestry : assert.fail());
  assert.equal(verify({ ...asked, bundle: refresh(asked.bundle, encoded) }).verdict, 'valid');
  assert.equal(codeOf(() => refresh(asked.bundle, encoded.slice(1))), 'malformed');
});

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

test('whatever is done to a file, there is a report', () => {
  const random = numbers(7);
  const next = (below: number): number => random.next().value % below;
  for (let round = 0; round < 1500; round++) {
    const { asked } = questions[next(questions.length)] as (typeof questions)[number];
    const bundle = asked.bundle.slice();
    for (let change = next(4); change >= 0 && bundle.length > 0; change--) {
      const at = next(bundle.length);
      switch (next(3)) {
        case 0: bundle[at] = next(256); break;
        case 1: bundle[at] = (bundle[at] as number) ^ (1 << next(8)); break;
        default: bundle.copyWithin(at, next(bundle.length), next(bundle.length) + next(64));
      }
    }
    const { verdict, error, checks } = verify({ ...asked, bundle });
    assert.ok(error !== undefined || checks.length >= 8);
    assert.ok(verdict === 'valid' || error !== undefined || checks.some(({ code }) => code !== undefined));
  }
});

test('how long a verdict takes', (context) => {
  for (const { asked } of questions) verify(asked);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (const { asked } of questions) {
      const from = process.hrtime.bigint();
      verify(asked);
      times.push(Number(process.hrtime.bigint() - from) / 1e6);
    }
  }
  times.sort((a, b) => a - b);
  context.diagnostic(`median of a verdict: ${(times[times.length >> 1] as number).toFixed(2)} ms, slowest ${(times.at(-1) as number).toFixed(2)} ms`);
});
