/**
 * The light client of Sổ Gốc: from a bundle and a checkpoint to a verdict, by `docs/FORMATS.md`. Verification is pure
 * and synchronous; only `LedgerClient` and `checkOnline` speak to a server, and nothing that they are told is believed
 * without proof.
 */
export type * from './types.js';
export { verify } from './verify.js';
export { anchorOf, decodeCheckpoint, readCheckpoint } from './checkpoint.js';
export { outline, present, refresh } from './holder.js';
export { LedgerClient, LedgerError } from './client.js';
export type { ChainInfo, LedgerClientOptions, StatusesRequest } from './client.js';
export { checkOnline } from './online.js';
export type { Fetched, OnlineQuestion, OnlineReport } from './online.js';
export { Refusal } from './refusal.js';
export { hex } from './bytes.js';
