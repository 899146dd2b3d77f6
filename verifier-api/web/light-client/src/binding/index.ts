/**
 * Whose certificate stands behind the key that sealed a document (FORMATS §22). Apart from the verdict, which it never
 * changes, and from what every verifier loads: who wants to know passes what `readRoots` returns to `verify`.
 */
export type { BindingCode, BindingRefusal, BindingReport, Bound, Roots } from '../types.js';
export { readRoots } from './check.js';
