/** What a status entry commits to (FORMATS §10): the entries that it replaced, and what stands behind it. */
import { equal } from './bytes.js';
import { commitment } from './hash.js';
import { statusLeaf, unchanged } from './receipt.js';
import type { Correction, Opening, StatusEntry, StatusName } from './types.js';

const LEADS_TO: Readonly<Record<Correction, StatusName>> = {
  amend: 'superseded', reissue: 'superseded', revoke: 'revoked', cancel: 'revoked', suspend: 'suspended', reinstate: 'valid',
};

/** Whether these are all entries that came before `entry`, oldest first. */
export function isHistoryOf(entries: readonly StatusEntry[], entry: StatusEntry): boolean {
  let before = unchanged(entry.index);
  let previous = before.previous;
  for (const each of [...entries, entry]) {
    // Without a history the entry may be one that never changed.
    const rises = each.height > before.height || entries.length === 0;
    if (each.index !== before.index || !rises || !equal(each.previous, previous)) return false;
    before = each;
    previous = statusLeaf(each);
  }
  return true;
}

/** The first that opens the entry. */
export function openingOf(entry: StatusEntry, openings: readonly Opening[]): Opening | undefined {
  return openings.find((each) => LEADS_TO[each.correction] === entry.status && equal(commitment(each), entry.commitment));
}
