import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../src/bytes.js';
import { checkCertificate } from '../src/certificate.js';
import { decodeCheckpoint } from '../src/checkpoint.js';
import { decode, encode } from '../src/codec.js';
import { certificate, header } from '../src/formats.js';
import { hashIn, headerHash } from '../src/hash.js';
import {
  decodeAbsence, decodeProof, decodeReceipt, decodeStatuses, verifyAbsence, verifyBatchProof, verifyReceipt, verifyStatuses,
} from '../src/receipt.js';
import type { Checkpoint, Pointer } from '../src/types.js';
import * as ledger from './ledger-formats.js';
import { codeOf, vectors } from './support.js';
import type { Vector } from './support.js';

const chain = vectors('chain.json');

function pointerOf(vector: Vector): Pointer {
  const pointer = vector.at('pointer');
  return { chain: pointer.at('chain').text(), issuer: pointer.at('issuer').text(), batch: pointer.at('batch').text() };
}

/** What a vector's `expect` says, as far as it says anything of this proof. */
function answer(vector: Vector, checkpoint: Checkpoint): Record<string, unknown> {
  const bytes = vector.at('encoding').bytes();
  const pointer = pointerOf(vector);
  switch (vector.at('type').text()) {
    case 'Receipt': {
      const receipt = decodeReceipt(bytes);
      const { proof } = receipt;
      const { status } = verifyReceipt(receipt, vector.at('leaf').bytes(), pointer, checkpoint);
      return {
        anchor_height: Number(checkpoint.header.height),
        anchor_is_genesis: checkpoint.header.height === 0n,
        as_of: Number(proof.header.time),
        as_of_height: Number(proof.header.height),
        commitment: hex(status.commitment),
        document_type: proof.batch.documentType,
        index: receipt.index,
        issuer: proof.issuer.id,
        named_issuer: proof.namedIssuer?.id ?? null,
        origin: proof.batch.origin,
        previous: hex(status.previous),
        sealed_at: Number(proof.batch.height),
        status: status.status,
        status_height: Number(status.height),
      };
    }
    case 'BatchProof': {
      const proof = decodeProof(bytes);
      verifyBatchProof(proof, pointer, checkpoint);
      return { as_of_height: Number(proof.header.height), size: proof.batch.size };
    }
    case 'BatchStatuses': {
      const statuses = decodeStatuses(bytes);
      const statusAt = verifyStatuses(statuses, pointer, checkpoint);
      const { header: { height }, batch: { size } } = statuses.proof;
      return { as_of_height: Number(height), statuses: Array.from({ length: size }, (_, i) => statusAt(i).status) };
    }
    case 'BatchAbsence':
      return { absent: true, as_of_height: Number(verifyAbsence(decodeAbsence(bytes), pointer, checkpoint)) };
    default:
      return assert.fail('a type that no verifier reads');
  }
}

for (const vector of chain.at('vectors').list()) {
  const anchor = vector.at('checkpoint').text();
  test(`chain: ${vector.at('type').text()}: ${vector.at('description').text()}, against ${anchor}`, () => {
    const checkpoint = decodeCheckpoint(chain.at('checkpoints').at(anchor).bytes());
    if (vector.at('error').there) assert.equal(codeOf(() => answer(vector, checkpoint)), vector.at('error').text());
    else assert.deepEqual(answer(vector, checkpoint), vector.at('expect').plain());
  });
}

for (const vector of chain.at('checkpoint_vectors').list()) {
  test(`chain: checkpoint: ${vector.at('description').text()}`, () => {
    const read = () => {
      const checkpoint = decodeCheckpoint(vector.at('encoding').bytes());
      assert.equal(hex(headerHash(checkpoint.header)), vector.at('expect').at('hash').text());
      assert.equal(checkpoint.header.height, vector.at('expect').at('height').integer());
    };
    const code = codeOf(read);
    const expected = vector.at('error').there ? vector.at('error').text() : undefined;
    // A byte after the end is `trailing` of §2 or `malformed`: the two are not told apart here.
    assert.equal(code === 'trailing' ? 'malformed' : code, expected);
  });
}

test('chain: genesis', () => {
  const genesis = decode(ledger.genesis, chain.at('genesis').at('encoding').bytes());
  const zero = decode(header, chain.at('genesis').at('header').bytes());
  assert.equal(genesis.chain, zero.chain);
  assert.equal(hex(headerHash(zero)), chain.at('genesis').at('hash').text());
});

for (const block of chain.at('blocks').list()) {
  test(`chain: block ${block.at('height').integer()}`, () => {
    const made = decode(ledger.block, block.at('block').bytes());
    const { validators } = decodeCheckpoint(chain.at('checkpoints').at('genesis').bytes());
    const signed = decode(certificate, block.at('certificate').bytes());
    assert.equal(hex(headerHash(made.header)), block.at('hash').text());
    assert.equal(hex(hashIn('body', encode(ledger.body, made.body))), hex(made.header.body));
    checkCertificate(validators, signed, made.header.chain, made.header.height, headerHash(made.header));
    const ids = made.body.transactions.map(({ request }) => hex(hashIn('transaction', encode(ledger.request, request))));
    assert.deepEqual(ids, block.at('transactions').plain());
  });
}
