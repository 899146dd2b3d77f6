/** What a type of document, its claims and their codes are called: by heart, or as the ledger's definition says. */
import type { Claim, DocumentReport } from '@sogoc/light-client';
import { isTypeId, labelOf, unescapeName } from './claims.js';
import type { Dictionary } from './text/dictionary.js';

export interface Words {
  /** The type's title, or its id where the ledger has not vouched for a title. */
  readonly type: string;
  /** Of the claim at a path; an element of a list is called by its own name. */
  readonly label: (path: string) => string;
  /** What a code stands for. */
  readonly code: (claim: Claim) => string | undefined;
  /** Paths whose labels head the columns of a list, that of the key first. */
  readonly columns: (list: string, rows: readonly Claim[]) => readonly string[];
}

const MARKS = ['column/subject', 'column/semester_1', 'column/semester_2', 'column/year', 'column/retest'];

export function wordsOf({ definition, known, type }: DocumentReport, t: Dictionary): Words {
  if (definition === undefined) {
    return {
      type: known && isTypeId(type) ? t.types[type] : type,
      label: (path) => labelOf(path, t.claims),
      code: () => undefined,
      columns: (_, rows) => (known ? MARKS : ['', ...new Set(rows.flatMap(namesIn))]),
    };
  }
  const { title, labels, codes } = definition;
  return {
    type: title[t.lang],
    label: (path) => at(labels, path)?.[t.lang] ?? nameIn(path),
    code: ({ path, value = '' }) => at(codes, path)?.get(value)?.[t.lang],
    columns: (list) => [...labels.keys()].filter((path) => path.startsWith(`${list}//`)),
  };
}

const namesIn = ({ members = [] }: Claim): string[] => members.map(({ name }) => name);

/** By the path itself, or by that of the same claim in any element. */
const at = <T>(map: ReadonlyMap<string, T>, path: string): T | undefined => map.get(path) ?? map.get(path.replace(/\/[^/]*\//, '//'));

/** The name at the end of a path. */
export const nameIn = (path: string): string => unescapeName(path.slice(path.lastIndexOf('/') + 1));
