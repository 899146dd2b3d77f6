import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../src/bytes.js';
import { decode, encode, fixed, hexId, name, u32, u64 } from '../src/codec.js';
import type { Type } from '../src/codec.js';
import * as formats from '../src/formats.js';
import { hashIn } from '../src/hash.js';
import type { Domain } from '../src/hash.js';
import { leafHash } from '../src/merkle.js';
import { valueOf } from '../src/state.js';
import * as ledger from './ledger-formats.js';
import { codeOf, vectors } from './support.js';

const TYPES = {
  ChainId: name, BatchId: hexId(16), Time: u64, Day: u32, Hash: formats.hash, PublicKey: formats.publicKey,
  Signature: fixed(64), Validator: formats.validator, ValidatorSet: formats.validatorSet, Certificate: formats.certificate,
  Header: formats.header, Body: ledger.body, Block: ledger.block, Parameters: ledger.parameters,
  Validators: ledger.validators, Scheduled: ledger.scheduled, Member: ledger.member, Plan: ledger.plan, Step: ledger.step,
  NewMember: ledger.newMember, Possession: ledger.possession, Issuer: formats.issuer, IssuerKey: formats.issuerKey,
  Closing: formats.closing, Suspension: formats.suspension, Grant: formats.grant, Succession: formats.succession,
  Batch: formats.batch, Origin: formats.origin, Protocol: ledger.protocol, Upgrade: ledger.upgrade,
  Definition: ledger.definition, DefinitionKind: ledger.definitionKind, Window: ledger.window, KeyUse: ledger.keyUse,
  Motion: ledger.motion, Cast: ledger.cast, Outcome: ledger.outcome, Agenda: ledger.agenda,
  Continuation: ledger.continuation, Record: ledger.record, Key: ledger.key, Evidence: formats.evidence,
  StateProof: formats.stateProof, Status: formats.status, StatusEntry: formats.statusEntry,
  StatusArray: formats.statusArray, Opening: formats.opening, Correction: formats.correction, Ground: formats.ground,
  Replacement: formats.replacement, Transaction: ledger.transaction, Request: ledger.request, Act: ledger.act,
  Action: ledger.action, Ballot: ledger.ballot, Issue: ledger.issue, ChangeStatus: ledger.changeStatus,
  RotateKey: ledger.rotateKey, NewKey: ledger.newKey, Proposal: ledger.proposal, Change: ledger.change,
  SetChange: formats.setChange, Ancestry: formats.ancestry, Finality: formats.finality, BatchProof: formats.batchProof,
  Receipt: formats.receipt, StatusProof: formats.statusProof, BatchStatuses: formats.batchStatuses,
  BatchAbsence: formats.batchAbsence, Checkpoint: formats.checkpoint, Genesis: ledger.genesis,
} as unknown as Record<string, Type<unknown>>;

const BYTE_LISTS = new Set(['signers', 'slots', 'text']);
/** Enums that are written in small letters here. */
const SMALL = new Set(['status', 'to', 'origin']);

/** As FORMATS §2 writes values in JSON. */
function toJson(value: unknown, field = ''): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return BYTE_LISTS.has(field) ? [...value] : hex(value);
  if (Array.isArray(value)) return value.map((each) => toJson(each));
  if (typeof value === 'string' && SMALL.has(field)) return capital(value);
  if (typeof value !== 'object' || value === null) return value;
  const { algorithm, variant, ...fields } = value as Record<string, unknown>;
  if (algorithm !== undefined) return { [algorithm === 'ES256' ? 'P256' : 'Ed25519']: hex(fields.bytes as Uint8Array) };
  if (variant === undefined) return object(fields);
  return enumToJson(variant as string, fields);
}

function enumToJson(variant: string, fields: Record<string, unknown>): unknown {
  const names = Object.keys(fields);
  if (names.length === 0) return variant;
  if (variant === 'Ancestor') return { Ancestor: toJson(fields.ancestry) };
  if (names[0] !== '_0') return { [variant]: object(fields) };
  const unnamed = names.map((each) => toJson(fields[each]));
  return { [variant]: unnamed.length === 1 ? unnamed[0] : unnamed };
}

function object(fields: Record<string, unknown>): unknown {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [snake(field), toJson(value, field)]));
}

function snake(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

for (const vector of vectors('encoding.json').at('vectors').list()) {
  const typeName = vector.at('type').text();
  const type = TYPES[typeName] as Type<unknown>;
  test(`encoding: ${typeName}: ${vector.at('description').text()}`, () => {
    assert.ok(type, 'the type is known');
    const bytes = vector.at('encoding').bytes();
    if (vector.at('error').there) {
      assert.equal(codeOf(() => decode(type, bytes)), vector.at('error').text());
      return;
    }
    const value = decode(type, bytes);
    if (typeName === 'Record') {
      assert.equal(hex(valueOf(bytes)), vector.at('expect').at('value').text());
    } else {
      const shown = toJson(value, SMALL.has(typeName.toLowerCase()) ? typeName.toLowerCase() : '');
      assert.deepEqual(shown, vector.at('expect').at('value').plain());
    }
    assert.equal(hex(encode(type, value)), hex(bytes));
    for (const [kind, hash] of vector.at('expect').object()) {
      if (kind !== 'value') assert.equal(hex(HASHES[kind]?.(bytes) ?? hashIn(kind as Domain, bytes)), hash);
    }
    for (let length = 0; length < bytes.length; length += Math.max(1, Math.floor(bytes.length / 50))) {
      assert.equal(codeOf(() => decode(type, bytes.slice(0, length))), 'malformed');
    }
    assert.equal(codeOf(() => decode(type, Uint8Array.of(...bytes, 0))), 'trailing');
  });
}

/** Hashes that are none in a domain over the encoding. */
const HASHES: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  place: ledger.placeOfKey,
  leaf: leafHash,
};

test('encoding: more than 16 MiB', () => {
  assert.equal(codeOf(() => decode(formats.hash, new Uint8Array(16 * 1024 * 1024 + 1))), 'too-long');
});
