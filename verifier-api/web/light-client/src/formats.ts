/** The structs that a verifier reads (FORMATS §4, §5, §7 to §12), each with its limits. */
import { byteList, fixed, hexId, list, name, names, option, struct, text, u8, u16, u32, u64, variants } from './codec.js';
import type { Type } from './codec.js';
import type {
  Batch, Certificate, Checkpoint, Closing, Correction, Grant, Ground, Hash, Header, Issuer, IssuerKey, Opening, Origin,
  PublicKey, Replacement, StatusEntry, StatusName, Succession, Suspension, Validator, ValidatorSet,
} from './types.js';

export const RECEIPT_BYTES = 256 * 1024;
export const CHECKPOINT_BYTES = 16 * 1024;
export const OPENING_BYTES = 1024;
/** Documents of a batch. */
export const BATCH_LEAVES = 10_000;
/** Siblings from a leaf to the root of its batch. */
const BATCH_PATH = 14;
const HISTORY_PATH = 64;
const SET_MEMBERS = 128;
const SET_CHANGES = 256;
const PROOF_KEYS = 4;
const PROOF_SLOT_BYTES = 128;
const PROOF_SIBLINGS = 1024;

export const hash: Type<Hash> = fixed(32);

export const publicKey: Type<PublicKey> = (() => {
  const bytes = (length: number): Type<{ bytes: Uint8Array }> => struct({ bytes: fixed(length) });
  type Key = { variant: 'Ed25519'; bytes: Uint8Array } | { variant: 'ES256'; bytes: Uint8Array };
  const keys = variants<Key>({ Ed25519: bytes(32), ES256: bytes(33) });
  return {
    read(from) {
      const { variant: algorithm, bytes } = keys.read(from);
      return { algorithm, bytes };
    },
    write: ({ algorithm: variant, bytes }, to) => keys.write({ variant, bytes }, to),
  };
})();

export const header: Type<Header> = struct<Header>({
  version: u16,
  chain: name,
  height: u64,
  time: u64,
  parent: hash,
  historyRoot: hash,
  body: hash,
  stateRoot: hash,
  validators: hash,
  nextValidators: hash,
  leaves: u64,
});

export const validator: Type<Validator> = struct<Validator>({ key: publicKey, power: u32 });

export const validatorSet: Type<ValidatorSet> = list(validator, SET_MEMBERS);

export const certificate: Type<Certificate> = struct<Certificate>({
  round: u32,
  signers: byteList(SET_MEMBERS / 8),
  signatures: list(fixed(64), SET_MEMBERS),
});

export const suspension: Type<Suspension> = struct<Suspension>({ since: u64, until: option(u64) });

export const issuerKey: Type<IssuerKey> = struct<IssuerKey>({
  key: publicKey,
  roles: u8,
  from: u64,
  until: option(u64),
  suspended: option(suspension),
  binding: option(hash),
});

const decision = text(64);

export const grant: Type<Grant> = struct<Grant>({
  documentType: name,
  from: u32,
  until: option(u32),
  decision,
});

export const succession: Type<Succession> = struct<Succession>({ issuer: name, scopes: u8, from: u32, until: option(u32), decision });

export const closing: Type<Closing> = struct<Closing>({ from: u32, decision });

export const issuer: Type<Issuer> = struct<Issuer>({
  id: name,
  name: text(160),
  nameEn: text(160),
  closed: option(closing),
  keys: list(issuerKey, 64),
  grants: list(grant, 64),
  successors: list(succession, 32),
});

const ORIGINS: readonly Origin[] = ['issued', 'digitised'];
export const origin: Type<Origin> = names(ORIGINS);

export const batch: Type<Batch> = struct<Batch>({
  key: hash,
  approver: option(hash),
  actFor: option(name),
  origin,
  grant: u16,
  documentType: name,
  schema: u16,
  definition: option(hash),
  period: text(16),
  size: u32,
  root: hash,
  height: u64,
  time: u64,
  statusRoot: option(hash),
});

/** Of the keys and records of the state a document's proof shows these two; both enums have the same numbers. */
export const ISSUER = 2;
export const BATCH = 3;

export interface BatchKey {
  readonly issuer: string;
  readonly batch: string;
}

export const batchKey: Type<BatchKey> = struct<BatchKey>({ issuer: name, batch: hexId(16) });

export type Evidence =
  | { readonly variant: 'Present'; readonly depth: number }
  | { readonly variant: 'AbsentEmpty'; readonly depth: number }
  | { readonly variant: 'AbsentOther'; readonly depth: number; readonly place: Hash; readonly value: Hash };

export const evidence: Type<Evidence> = variants<Evidence>({
  Present: struct({ depth: u8 }),
  AbsentEmpty: struct({ depth: u8 }),
  AbsentOther: struct({ depth: u8, place: hash, value: hash }),
});

export interface StateProof {
  readonly evidence: readonly Evidence[];
  readonly slots: Uint8Array;
  readonly siblings: readonly Hash[];
}

export const stateProof: Type<StateProof> = struct<StateProof>({
  evidence: list(evidence, PROOF_KEYS),
  slots: byteList(PROOF_SLOT_BYTES),
  siblings: list(hash, PROOF_SIBLINGS),
});

export interface SetChange {
  readonly header: Header;
  readonly certificate: Certificate;
  readonly nextValidators: ValidatorSet;
}

export const setChange: Type<SetChange> = struct<SetChange>({ header, certificate, nextValidators: validatorSet });

export interface Ancestry {
  readonly checkpoint: bigint;
  readonly path: readonly Hash[];
}

export const ancestry: Type<Ancestry> = struct<Ancestry>({ checkpoint: u64, path: list(hash, HISTORY_PATH) });

export interface Certified {
  readonly variant: 'Certified';
  readonly certificate: Certificate;
  readonly changes: readonly SetChange[];
}

export interface Ancestor {
  readonly variant: 'Ancestor';
  readonly ancestry: Ancestry;
}

export type Finality = Certified | Ancestor;

export const finality: Type<Finality> = variants<Finality>({
  Certified: struct({ certificate, changes: list(setChange, SET_CHANGES) }),
  Ancestor: struct({ ancestry }),
});

export interface BatchProof {
  readonly format: number;
  readonly batchId: string;
  readonly batch: Batch;
  readonly issuer: Issuer;
  readonly namedIssuer: Issuer | undefined;
  readonly state: StateProof;
  readonly header: Header;
  readonly finality: Finality;
}

export const batchProof: Type<BatchProof> = struct<BatchProof>({
  format: u8,
  batchId: hexId(16),
  batch,
  issuer,
  namedIssuer: option(issuer),
  state: stateProof,
  header,
  finality,
});

const STATUSES: readonly StatusName[] = ['valid', 'superseded', 'revoked', 'suspended'];
export const status: Type<StatusName> = names(STATUSES);

export const statusEntry: Type<StatusEntry> = struct<StatusEntry>({
  index: u32,
  status,
  height: u64,
  time: u64,
  commitment: hash,
  previous: hash,
});

/** What binds the key that sealed a batch to a certificate (FORMATS §14). */
export interface KeyEvidence {
  readonly statement: Uint8Array;
  readonly cms: Uint8Array;
}

export const keyEvidence: Type<KeyEvidence> = struct<KeyEvidence>({ statement: byteList(512), cms: byteList(65_535) });

export interface StatusProof {
  readonly entry: StatusEntry;
  readonly path: readonly Hash[];
}

export const statusProof: Type<StatusProof> = struct<StatusProof>({ entry: statusEntry, path: list(hash, BATCH_PATH) });

export interface Receipt {
  readonly proof: BatchProof;
  readonly index: number;
  readonly path: readonly Hash[];
  readonly status: StatusProof | undefined;
}

export const receipt: Type<Receipt> = struct<Receipt>({
  proof: batchProof,
  index: u32,
  path: list(hash, BATCH_PATH),
  status: option(statusProof),
});

export interface StatusArray {
  readonly changed: readonly StatusEntry[];
}

export const statusArray: Type<StatusArray> = struct<StatusArray>({ changed: list(statusEntry, BATCH_LEAVES) });

export interface BatchStatuses {
  readonly proof: BatchProof;
  readonly statuses: StatusArray;
}

export const batchStatuses: Type<BatchStatuses> = struct<BatchStatuses>({ proof: batchProof, statuses: statusArray });

export interface BatchAbsence {
  readonly format: number;
  readonly state: StateProof;
  readonly header: Header;
  readonly finality: Finality;
}

export const batchAbsence: Type<BatchAbsence> = struct<BatchAbsence>({
  format: u8,
  state: stateProof,
  header,
  finality,
});

export const checkpoint: Type<Checkpoint> = struct<Checkpoint>({
  header,
  validators: validatorSet,
  nextValidators: validatorSet,
});

const GROUNDS: readonly Ground[] = [
  'fraud', 'ineligible', 'wrong-authority', 'altered', 'lent', 'issuer-error', 'civil-status',
];

const CORRECTIONS: readonly Correction[] = ['amend', 'reissue', 'revoke', 'cancel', 'suspend', 'reinstate'];

export const replacement: Type<Replacement> = struct<Replacement>({ issuer: name, batch: hexId(16), leaf: hash });

export const ground: Type<Ground> = names(GROUNDS);
export const correction: Type<Correction> = names(CORRECTIONS);

export const opening: Type<Opening> = struct<Opening>({
  salt: fixed(16),
  correction,
  ground,
  decision: text(120),
  decisionDate: text(10),
  replacement: option(replacement),
});
