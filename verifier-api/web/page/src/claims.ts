/** What the page knows of the document types: labels of claims, the order of subjects, what a recipient usually needs. */

import type { Claim } from '@sogoc/light-client';
import { SUBJECTS } from './subjects.js';

export type TypeId = 'hoc-ba-thcs' | 'hoc-ba-thpt' | 'bang-tn-thpt' | 'da-ky';

/** Paths of claims. A column of a table has one label in all rows: `subjects/Toán/year`, `result/conduct/year` are `column/year`. */
export type ClaimLabel =
  | 'person' | 'person/name' | 'person/birth_date' | 'person/birth_place' | 'person/sex' | 'person/ethnicity'
  | 'person/student_code' | 'person/personal_id'
  | 'study' | 'study/school' | 'study/class' | 'study/school_year'
  | 'subjects' | 'column/subject' | 'column/semester_1' | 'column/semester_2' | 'column/year' | 'column/retest'
  | 'result' | 'result/conduct' | 'result/learning' | 'result/absences' | 'result/promoted' | 'result/homeroom_comment'
  | 'award' | 'award/school' | 'award/exam_year' | 'award/grade' | 'award/issue_place' | 'award/issue_date'
  | 'award/signer' | 'award/signer_title' | 'award/serial' | 'award/register_number'
  | 'file_name' | 'media_type' | 'file_digest' | 'name' | 'ref';

/** The label of the claim at a path; an element of a list is called by its own name. */
export function labelOf(path: string, labels: Readonly<Record<ClaimLabel, string>>): string {
  const parts = path.split('/');
  if (parts[0] === 'subjects' && parts.length === 2) return unescapeName(parts[1] ?? '');
  const key = parts.length > 2 ? `column/${parts[2]}` : path;
  return isLabel(key, labels) ? labels[key] : unescapeName(parts[parts.length - 1] ?? path);
}

function isLabel(key: string, labels: Readonly<Record<ClaimLabel, string>>): key is ClaimLabel {
  return Object.hasOwn(labels, key);
}

/** A name as it stands in a path (RFC 6901) to the name itself. */
export function unescapeName(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Documents list their subjects by digest, which is no order to read in. */
const ORDER = Object.keys(SUBJECTS);

export function bySubject(a: string, b: string): number {
  const [x, y] = [ORDER.indexOf(a), ORDER.indexOf(b)];
  if (x >= 0 && y >= 0) return x - y;
  if (x >= 0 || y >= 0) return x >= 0 ? -1 : 1;
  return a.localeCompare(b, 'vi');
}

/** The members of a container: of a list as a report book has them, else as the schema does. */
export function inReadingOrder(claim: Claim): readonly Claim[] {
  const members = claim.members ?? [];
  return claim.kind === 'list' ? [...members].sort((a, b) => bySubject(a.name, b.name)) : members;
}

const ESSENTIAL_OF_TRANSCRIPTS: readonly string[] = [
  'person/name', 'person/birth_date', 'study/school', 'study/class', 'study/school_year', 'result/conduct/year',
  'result/learning/year', 'result/promoted',
];

/** Paths that a recipient usually needs: who, from where, and the result. A holder adds to them. */
export const ESSENTIAL: Readonly<Record<TypeId, readonly string[]>> = {
  'hoc-ba-thcs': ESSENTIAL_OF_TRANSCRIPTS,
  'hoc-ba-thpt': ESSENTIAL_OF_TRANSCRIPTS,
  'bang-tn-thpt': [
    'person/name', 'person/birth_date', 'award/school', 'award/exam_year', 'award/grade', 'award/issue_date',
    'award/serial', 'award/register_number',
  ],
  'da-ky': ['name', 'ref', 'file_name', 'media_type', 'file_digest'],
};

export function isTypeId(type: string): type is TypeId {
  return Object.hasOwn(ESSENTIAL, type);
}
