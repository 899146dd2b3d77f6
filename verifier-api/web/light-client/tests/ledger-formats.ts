/**
 * The structs that no verifier of documents reads (FORMATS §7, §8, §10, §18), so that every vector of the encoding is
 * read. Fields that have no names there are `_0`, `_1`, … here.
 */
import { byteList, fixed, hexId, list, name, names, option, struct, text, u16, u32, u64, u8, variants } from '../src/codec.js';
import type { Type } from '../src/codec.js';
import { batch, hash, header, issuer, origin, publicKey, status } from '../src/formats.js';
import { placeOf } from '../src/state.js';

type Variant = { readonly variant: string };
const choice = variants as unknown as (types: Readonly<Record<string, Type<object>>>) => Type<Variant>;

const flag: Type<boolean> = (() => {
  const there = option(struct({}));
  return { read: (from) => there.read(from) !== undefined, write: (value, to) => there.write(value ? {} : undefined, to) };
})();

const nothing = struct({});
const signature = fixed(64);
const day = u32;
const decision = text(64);
const batchId = hexId(16);
const period = text(16);
const owner = text(120);
const title = text(160);

export const definitionKind = names(['Schema', 'CodeList']);

export const key = choice({
  Parameters: nothing,
  Validators: nothing,
  Issuer: struct({ _0: name }),
  Batch: struct({ _0: name, _1: batchId }),
  Protocol: nothing,
  Definition: struct({ _0: definitionKind, _1: name, _2: u16 }),
  Window: struct({ _0: name, _1: period, _2: option(name) }),
  KeyUse: struct({ _0: hash }),
  Motion: struct({ _0: hash }),
  Agenda: nothing,
  Continuation: struct({ _0: u64 }),
});

/** Byte 0 of the places, by the number of the key. */
const REGIONS = [0x20, 0x20, 0x40, 0x80, 0x20, 0x10, 0x10, 0x08, 0x04, 0x20, 0x20];

export function placeOfKey(encoded: Uint8Array): Uint8Array {
  return placeOf(REGIONS[encoded[3] as number] as number, encoded);
}

export const parameters = struct({ clockDriftMs: u32, heartbeatMs: u32, motionDays: u16 });
export const member = struct({ owner, consensus: publicKey, network: publicKey, governance: publicKey, power: u32 });
export const scheduled = struct({ from: u64, members: list(member, 128) });
export const possession = struct({ consensus: signature, network: signature, governance: signature });
export const newMember = struct({ member, possession });
export const step = struct({ remove: list(publicKey, 128), add: list(newMember, 128) });
export const plan = struct({ motion: hash, steps: list(step, 64), ready: list(hash, 128) });
export const validators = struct({ current: list(member, 128), scheduled: option(scheduled), plan: option(plan) });
export const upgrade = struct({ version: u16, from: u64 });
export const protocol = struct({ version: u16, upgrade: option(upgrade) });
export const definition = struct({ kind: definitionKind, name, version: u16, text: byteList(16_384) });
export const window = struct({ from: day, until: day, decision });
export const keyUse = choice({ Member: struct({ _0: owner }), Issuer: struct({ _0: name }) });

export const newKey = struct({
  key: publicKey, roles: u8, from: u64, until: option(u64), binding: option(hash), possession: signature,
});
export const change = choice({
  AdmitIssuer: struct({ issuer: name, name: title, nameEn: title, keys: list(newKey, 8) }),
  RenameIssuer: struct({ issuer: name, name: title, nameEn: title }),
  CloseIssuer: struct({ issuer: name, from: day }),
  GrantAuthority: struct({ issuer: name, documentType: name, from: day, until: option(day) }),
  EndGrant: struct({ issuer: name, grant: u16, until: day }),
  AddSuccessor: struct({ issuer: name, successor: name, scopes: u8, from: day, until: option(day) }),
  EndSuccession: struct({ issuer: name, succession: u16, until: day }),
  AdmitKey: struct({ issuer: name, key: newKey }),
  EndKey: struct({ issuer: name, key: hash }),
  SuspendKey: struct({ issuer: name, key: hash, since: u64 }),
  RestoreKey: struct({ issuer: name, key: hash }),
  BindKey: struct({ issuer: name, key: hash, binding: hash }),
  SetParameters: struct({ _0: parameters }),
  ScheduleUpgrade: struct({ _0: upgrade }),
  Define: struct({ _0: definition }),
  SetWindow: struct({ documentType: name, period, issuer: option(name), from: day, until: day }),
  ChangeValidators: struct({ steps: list(step, 64) }),
});
export const proposal = struct({ decision, note: text(255), changes: list(change, 16) });
export const cast = struct({ member: hash, yes: flag });
export const outcome = choice({
  Open: nothing, Passed: struct({ _0: u64 }), Rejected: struct({ _0: u64 }), Failed: struct({ _0: u64, _1: u16 }),
});
export const motion = struct({
  proposal, proposer: hash, proposed: u64, expires: u64, votes: list(cast, 128), held: flag, outcome,
});
export const agenda = struct({ open: list(hash, 256) });
export const continuation = struct({ decision, parent: hash, retired: hash });

export const record = choice({
  Parameters: parameters, Validators: validators, Issuer: issuer, Batch: batch, Protocol: protocol, Definition: definition,
  Window: window, KeyUse: struct({ _0: keyUse }), Motion: motion, Agenda: agenda, Continuation: continuation,
});

export const issue = struct({
  batch: batchId, actFor: option(name), origin, grant: u16, documentType: name, schema: u16, period,
  leaves: list(hash, 10_000),
});
export const changeStatus = struct({
  batchIssuer: name, batch: batchId, index: u32, seen: u64, to: status, commitment: hash,
});
export const rotateKey = struct({ key: publicKey, possession: signature, keepUntil: u64 });
export const action = choice({
  Issue: issue, ChangeStatus: changeStatus, RotateKey: rotateKey, AddKey: newKey, EndKey: struct({ key: hash }),
});
export const ballot = choice({
  Propose: struct({ _0: proposal }), Vote: struct({ motion: hash, yes: flag }), Ready: struct({ motion: hash }),
});
export const act = choice({
  Issuer: struct({ issuer: name, key: hash, approver: option(hash), action }),
  Member: struct({ key: hash, ballot }),
});
export const request = struct({ chain: name, validUntil: u64, act });
export const transaction = struct({ request, signatures: list(signature, 2) });
export const body = struct({ transactions: list(transaction, 10_000) });
export const block = struct({ header, body });

export const genesis = struct({
  chain: name, time: u64, parameters, members: list(member, 128), issuers: list(issuer, 10_000),
  definitions: list(definition, 64),
});

