/** The types of document and the forms of their claims (FORMATS §13, Schemas). */
import { fromBase64url, hasControlCharacter, toUtf8 } from './bytes.js';
import type { Node } from './disclose.js';
import { refuse, refuseAs } from './refusal.js';
import type { FileDigest, Label, TextForm } from './types.js';

export type Shape =
  | TextShape
  | { readonly kind: 'file-digest' }
  | ObjectShape
  | ListShape;

export interface TextShape {
  readonly kind: 'text';
  readonly form: TextForm;
  /** If it is a code of a list: all of them, and what people call each. */
  readonly codes?: ReadonlyMap<string, Label>;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly members: ReadonlyMap<string, Field>;
}

/** Elements are objects that the text of `key` tells apart; the key is visible wherever the element is. */
export interface ListShape {
  readonly kind: 'list';
  readonly key: string;
  readonly slots: number;
  readonly element: ObjectShape;
}

export interface Field {
  readonly shape: Shape;
  /** Shown only if named itself. */
  readonly sensitive: boolean;
  /** Of a claim that a definition describes. */
  readonly label?: Label;
}

export interface Schema {
  readonly id: string;
  readonly version: number;
  readonly top: ObjectShape;
  /** SHA-256 of the text of its definition, in hex. */
  readonly digest: string;
  /** Of a schema that was read from its definition. */
  readonly title?: Label;
}

/** How the documents of a type name it. */
export function vctOf({ id, version }: Schema): string {
  return `urn:sogoc:${id}:${version}`;
}

const TEXT_BYTES = 2000;
const MEDIA_TYPE_BYTES = 100;
const SUBJECT_SLOTS = 16;

const FORMS: Readonly<Record<TextForm, (text: string) => boolean>> = {
  text: isText,
  date: isDate,
  year: matches(/^(?:19|20)[0-9]{2}$/),
  school_year: isSchoolYear,
  mark: matches(/^(?:[0-9]\.[0-9]|10\.0|Đạt|Chưa đạt)$/),
  level: matches(/^(?:Tốt|Khá|Đạt|Chưa đạt|Giỏi|Trung bình|Yếu|Kém)$/),
  count: matches(/^(?:0|[1-9][0-9]{0,2})$/),
  sex: matches(/^(?:Nam|Nữ)$/),
  'yes-no': matches(/^(?:true|false)$/),
  personal_id: matches(/^[0-9]{12}$/),
  media_type: (text) => text.length <= MEDIA_TYPE_BYTES && /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(text),
};

function matches(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text);
}

export function isForm(name: string): name is TextForm {
  return Object.hasOwn(FORMS, name);
}

export function isText(text: string): boolean {
  const bytes = toUtf8(text).length;
  return bytes >= 1 && bytes <= TEXT_BYTES && text.normalize('NFC') === text && !hasControlCharacter(text)
    && !/^\p{White_Space}|\p{White_Space}$/u.test(text);
}

/** A day of the proleptic Gregorian calendar. */
export function isDate(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

function isSchoolYear(text: string): boolean {
  const years = /^((?:19|20)[0-9]{2})-((?:19|20)[0-9]{2})$/.exec(text);
  return years !== null && Number(years[2]) === Number(years[1]) + 1;
}

function field(shape: Shape): Field {
  return { shape, sensitive: false };
}

function text(form: TextForm): Field {
  return field({ kind: 'text', form });
}

function sensitive(form: TextForm): Field {
  return { shape: { kind: 'text', form }, sensitive: true };
}

function shape(members: Readonly<Record<string, Field>>): ObjectShape {
  return { kind: 'object', members: new Map(Object.entries(members)) };
}

function object(members: Readonly<Record<string, Field>>): Field {
  return field(shape(members));
}

const levels = object({ semester_1: text('level'), semester_2: text('level'), year: text('level') });

const transcript = shape({
  person: object({
    name: text('text'),
    birth_date: text('date'),
    sex: text('sex'),
    ethnicity: sensitive('text'),
    student_code: text('text'),
    personal_id: sensitive('personal_id'),
  }),
  study: object({ school: text('text'), class: text('text'), school_year: text('school_year') }),
  subjects: field({
    kind: 'list',
    key: 'subject',
    slots: SUBJECT_SLOTS,
    element: shape({
      subject: text('text'),
      semester_1: text('mark'),
      semester_2: text('mark'),
      year: text('mark'),
      retest: text('mark'),
    }),
  }),
  result: object({
    conduct: levels,
    learning: levels,
    absences: text('count'),
    promoted: text('yes-no'),
    homeroom_comment: sensitive('text'),
  }),
});

const diploma = shape({
  person: object({
    name: text('text'),
    birth_date: text('date'),
    birth_place: text('text'),
    sex: text('sex'),
    ethnicity: sensitive('text'),
  }),
  award: object({
    school: text('text'),
    exam_year: text('year'),
    grade: text('text'),
    issue_place: text('text'),
    issue_date: text('date'),
    signer: text('text'),
    signer_title: text('text'),
    serial: text('text'),
    register_number: text('text'),
  }),
});

const signedFile = shape({
  file_name: text('text'),
  media_type: text('media_type'),
  file_digest: field({ kind: 'file-digest' }),
  name: text('text'),
  ref: text('text'),
});

/** The types that are known by heart: what their definitions say but for the words. */
export const KNOWN: readonly Schema[] = [
  { id: 'hoc-ba-thcs', top: transcript, digest: '85afa749ac300c77f891f2b70e6fa7578c050399a7361fd34d314dec73e9bc90' },
  { id: 'hoc-ba-thpt', top: transcript, digest: 'a0d61c8fffbaee57c086b50674d1178036f15efb1d4cf8b734cb3d87a295778a' },
  { id: 'bang-tn-thpt', top: diploma, digest: '97f435343b4d280c01f7fad791d4d7b9cab6892e9b0bf2172efef3cff89ea621' },
  { id: 'da-ky', top: signedFile, digest: 'd01d8480dc368b507ed7c0d0951e164cf3514353163702cf3b366974eaec758e' },
].map((type) => ({ ...type, version: 1 }));

/** The schema that documents with this `vct` are read by: the one that came with them, else one that is known by heart. */
export function schemaOf(vct: string, given: Schema | undefined): Schema | undefined {
  return [given, ...KNOWN].find((schema) => schema !== undefined && vctOf(schema) === vct);
}

/** Also of a schema that came with a document, if it is the same. */
export function isKnown({ digest }: Schema): boolean {
  return KNOWN.some((known) => known.digest === digest);
}

/** Refused unless what is disclosed fits; members may be missing: `claim-not-of-schema`. */
export function checkClaims(members: ReadonlyMap<string, Node>, { members: known }: ObjectShape): void {
  for (const [name, node] of members) {
    const { shape } = known.get(name) ?? refuse('claim-not-of-schema');
    checkClaim(node, shape);
  }
}

function checkClaim({ value }: Node, shape: Shape): void {
  switch (shape.kind) {
    case 'text':
      if (typeof value !== 'string' || !FORMS[shape.form](value)) return refuse('claim-not-of-schema');
      if (shape.codes?.has(value) === false) refuse('claim-not-of-schema');
      return;
    case 'object':
      if (!(value instanceof Map)) return refuse('claim-not-of-schema');
      return checkClaims(value, shape);
    case 'file-digest':
      fileDigestOf(value);
      return;
    case 'list':
      if (!Array.isArray(value) || value.length > shape.slots) return refuse('claim-not-of-schema');
      return checkElements(value, shape);
  }
}

function checkElements(elements: readonly Node[], { key, element }: ListShape): void {
  const seen = new Set<string>();
  for (const { value } of elements) {
    if (!(value instanceof Map)) return refuse('claim-not-of-schema');
    checkClaims(value, element);
    const name = visibleText(value, key);
    if (seen.has(name)) refuse('claim-not-of-schema');
    seen.add(name);
  }
}

/** A text that is shown with the object that it is in, never by a disclosure of its own. */
function visibleText(members: ReadonlyMap<string, Node>, name: string): string {
  const node = members.get(name);
  return typeof node?.value === 'string' && node.disclosure === undefined ? node.value : refuse('claim-not-of-schema');
}

/** Exactly `{"alg":"sha-256","salt":…,"digest":…}`. */
export function fileDigestOf(value: Node['value']): FileDigest {
  if (!(value instanceof Map) || value.size !== 3 || visibleText(value, 'alg') !== 'sha-256') {
    return refuse('claim-not-of-schema');
  }
  const part = (name: string, length: number): Uint8Array => {
    const bytes = refuseAs('claim-not-of-schema', () => fromBase64url(visibleText(value, name)));
    return bytes.length === length ? bytes : refuse('claim-not-of-schema');
  };
  return { salt: part('salt', 16), digest: part('digest', 32) };
}
