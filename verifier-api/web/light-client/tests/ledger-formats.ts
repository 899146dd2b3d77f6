/** The structs that no verifier of documents reads (FORMATS §7, §8, §10, §18), so that every vector of the encoding is read. */
import { fixed, hexId, list, name, option, struct, text, u16, u32, u64, variants } from '../src/codec.js';
import type { Type } from '../src/codec.js';
import { batch, hash, header, issuer, publicKey, status } from '../src/formats.js';
import type { Header, PublicKey, Issuer, Batch, StatusName } from '../src/types.js';

type Hash = Uint8Array;

interface Parameters { clockDriftMs: number; heartbeatMs: number }
interface Member { owner: string; consensus: PublicKey; network: PublicKey; governance: PublicKey; power: number }
interface Scheduled { from: bigint; members: readonly Member[] }
interface Validators { current: readonly Member[]; scheduled: Scheduled | undefined }

export const parameters: Type<Parameters> = struct<Parameters>({ clockDriftMs: u32, heartbeatMs: u32 });
export const member: Type<Member> = struct<Member>({
  owner: text(120), consensus: publicKey, network: publicKey, governance: publicKey, power: u32,
});
export const scheduled: Type<Scheduled> = struct<Scheduled>({ from: u64, members: list(member, 128) });
export const validators: Type<Validators> = struct<Validators>({ current: list(member, 128), scheduled: option(scheduled) });

type Record =
  | ({ variant: 'Parameters' } & Parameters)
  | ({ variant: 'Validators' } & Validators)
  | ({ variant: 'Issuer' } & Issuer)
  | ({ variant: 'Batch' } & Batch);

export const record: Type<Record> = variants<Record>({
  Parameters: parameters, Validators: validators, Issuer: issuer, Batch: batch,
});

interface Issue {
  batch: string; grant: number; documentType: string; schema: number; period: string; leaves: readonly Hash[];
}
interface ChangeStatus {
  batchIssuer: string; batch: string; index: number; seen: bigint; to: StatusName; commitment: Hash;
}
type Action = ({ variant: 'Issue' } & Issue) | ({ variant: 'ChangeStatus' } & ChangeStatus);
interface Request {
  chain: string; validUntil: bigint; issuer: string; key: Hash; approver: Hash | undefined; action: Action;
}
interface Transaction { request: Request; signatures: readonly Uint8Array[] }
interface Body { transactions: readonly Transaction[] }

export const issue: Type<Issue> = struct<Issue>({
  batch: hexId(16), grant: u16, documentType: name, schema: u16, period: text(16), leaves: list(hash, 10_000),
});
export const changeStatus: Type<ChangeStatus> = struct<ChangeStatus>({
  batchIssuer: name, batch: hexId(16), index: u32, seen: u64, to: status, commitment: hash,
});
export const request: Type<Request> = struct<Request>({
  chain: name,
  validUntil: u64,
  issuer: name,
  key: hash,
  approver: option(hash),
  action: variants<Action>({ Issue: issue, ChangeStatus: changeStatus }),
});
export const transaction: Type<Transaction> = struct<Transaction>({ request, signatures: list(fixed(64), 2) });
export const body: Type<Body> = struct<Body>({ transactions: list(transaction, 10_000) });
export const block: Type<{ header: Header; body: Body }> = struct({ header, body });

interface Genesis {
  chain: string; time: bigint; parameters: Parameters; members: readonly Member[]; issuers: readonly Issuer[];
}
export const genesis: Type<Genesis> = struct<Genesis>({
  chain: name, time: u64, parameters, members: list(member, 128), issuers: list(issuer, 10_000),
});
