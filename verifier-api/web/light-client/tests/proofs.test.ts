import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concat, hex, toUtf8 } from '../src/bytes.js';
import { checkCertificate, checkSet, voteMessage } from '../src/certificate.js';
import { decode } from '../src/codec.js';
import { certificate, stateProof, validatorSet } from '../src/formats.js';
import { hashIn, message, setHash, sha256, thumbprint } from '../src/hash.js';
import type { Domain } from '../src/hash.js';
import { rootFromPath, rootOf } from '../src/merkle.js';
import { isAcceptable, verifies } from '../src/signature.js';
import { valueOf, verifyState } from '../src/state.js';
import type { PublicKey } from '../src/types.js';
import { key, placeOfKey } from './ledger-formats.js';
import { Vector, codeOf, vectors } from './support.js';

const hashes = vectors('hashes.json');

/** The key of a vector, which is of Ed25519 unless it says otherwise. */
function keyOf(vector: Vector): PublicKey {
  return { algorithm: vector.maybe('algorithm')?.text() === 'ES256' ? 'ES256' : 'Ed25519', bytes: vector.at('key').bytes() };
}

for (const vector of hashes.at('domains').list()) {
  test(`hashes: ${vector.at('name').text()}`, () => {
    const domain = vector.at('name').text() as Domain;
    const data = vector.at('data').bytes();
    assert.equal(hex(message(domain, new Uint8Array())), vector.at('prefix').text());
    assert.equal(hex(hashIn(domain, data)), vector.at('hash').text());
    const signer: PublicKey = { algorithm: 'Ed25519', bytes: ed25519.getPublicKey(vector.at('signer_seed').bytes()) };
    assert.ok(verifies(signer, message(domain, data), vector.at('signature').bytes()));
    assert.ok(!verifies(signer, data, vector.at('signature').bytes()));
  });
}

for (const vector of hashes.at('thumbprints').list()) {
  test(`hashes: thumbprint of ${vector.at('key').text()}`, () => {
    assert.equal(hex(thumbprint(keyOf(vector))), vector.at('thumbprint').text());
  });
}

for (const vector of vectors('signatures.json').at('vectors').list()) {
  test(`signatures: ${vector.at('description').text()}`, () => {
    const publicKey = keyOf(vector);
    assert.equal(isAcceptable(publicKey), vector.at('expect').at('key_is_acceptable').flag());
    const signed = vector.at('message').bytes();
    // Again and again: a key that is met often is multiplied by its table, with the same answers.
    for (let use = 0; use < 12; use++) {
      assert.equal(verifies(publicKey, signed, vector.at('signature').bytes()), vector.at('expect').at('verifies').flag());
    }
  });
}

test('signatures: of another length', () => {
  const sound = vectors('signatures.json').at('vectors').list().find((vector) => vector.at('description').text() === 'sound');
  assert.ok(sound);
  const key: PublicKey = { algorithm: 'Ed25519', bytes: sound.at('key').bytes() };
  const signature = sound.at('signature').bytes();
  assert.ok(verifies(key, sound.at('message').bytes(), signature));
  assert.ok(!verifies(key, sound.at('message').bytes(), signature.slice(1)));
  assert.ok(!verifies(key, sound.at('message').bytes(), Uint8Array.of(...signature, 0)));
});

const trees = vectors('trees.json');

for (const [i, vector] of trees.at('roots').list().entries()) {
  test(`trees: root ${i}`, () => {
    assert.equal(hex(rootOf(vector.at('leaves').list().map((leaf) => leaf.bytes()))), vector.at('root').text());
  });
}

for (const vector of trees.at('vectors').list()) {
  test(`trees: ${vector.at('description').text()}`, () => {
    const path = vector.at('path').list().map((sibling) => sibling.bytes());
    let root = 'refused';
    codeOf(() => {
      root = hex(rootFromPath(vector.at('leaf').bytes(), vector.at('index').integer(), vector.at('size').integer(), path));
    });
    assert.equal(root === vector.at('root').text(), vector.at('expect').at('leads_to_root').flag());
  });
}

test('trees: an index beyond the tree that climbs as one within it', () => {
  const [leaf, sibling] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  for (const [index, size, path] of [[5n, 1n, []], [3n, 2n, [sibling]]] as const) {
    assert.equal(codeOf(() => rootFromPath(leaf, index % size, size, path)), undefined);
    assert.equal(codeOf(() => rootFromPath(leaf, index, size, path)), 'path');
  }
});

const state = vectors('state.json');
const EMPTY = toUtf8('SPARSE_MERKLE_PLACEHOLDER_HASH__');

/** The root over whole record sets, which a verifier never sees. */
function stateRoot(leaves: readonly { place: Uint8Array; value: Uint8Array }[], depth = 0): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return EMPTY;
  if (leaves.length === 1) return sha256(concat(toUtf8('JMT::LeafNode'), first.place, first.value));
  const side = (bit: number) => leaves.filter(({ place }) => (((place[depth >> 3] as number) >> (7 - (depth & 7))) & 1) === bit);
  return sha256(concat(toUtf8('JMT::IntrnalNode'), stateRoot(side(0), depth + 1), stateRoot(side(1), depth + 1)));
}

for (const [i, vector] of state.at('roots').list().entries()) {
  test(`state: root ${i}`, () => {
    const leaves = vector.at('records').list().map((each) => {
      decode(key, each.at('key').bytes());
      const place = placeOfKey(each.at('key').bytes());
      const value = valueOf(each.at('record').bytes());
      assert.equal(hex(place), each.at('place').text());
      assert.equal(hex(value), each.at('value').text());
      return { place, value };
    });
    assert.equal(hex(stateRoot(leaves)), vector.at('root').text());
  });
}

for (const vector of state.at('vectors').list()) {
  test(`state: ${vector.at('description').text()}`, () => {
    const claims = vector.at('claims').list().map((claim) => ({
      place: placeOfKey(claim.at('key').bytes()),
      record: claim.at('record').there ? claim.at('record').bytes() : undefined,
    }));
    const shown = () => verifyState(vector.at('root').bytes(), claims, decode(stateProof, vector.at('proof').bytes()));
    assert.equal(codeOf(shown), vector.at('error').there ? vector.at('error').text() : undefined);
  });
}

const certificates = vectors('certificates.json');

for (const [i, vote] of certificates.at('votes').list().entries()) {
  test(`certificates: vote ${i}`, () => {
    const signed = voteMessage({
      chain: vote.at('chain').text(),
      kind: Number(vote.at('kind').integer()),
      height: vote.at('height').integer(),
      round: Number(vote.at('round').integer()),
      value: vote.at('value').there ? vote.at('value').bytes() : undefined,
    });
    assert.equal(hex(signed), vote.at('signed').text());
  });
}

for (const vector of certificates.at('vectors').list()) {
  test(`certificates: ${vector.at('description').text()}`, () => {
    const final = () => {
      const set = decode(validatorSet, vector.at('set').bytes());
      checkSet(set);
      const made = decode(certificate, vector.at('certificate').bytes());
      checkCertificate(set, made, vector.at('chain').text(), vector.at('height').integer(), vector.at('value').bytes());
      assert.equal(hex(setHash(set)), vector.at('expect').at('set_hash').text());
    };
    assert.equal(codeOf(final), vector.at('error').there ? vector.at('error').text() : undefined);
  });
}
