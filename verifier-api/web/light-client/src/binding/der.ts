/**
 * DER (X.690) in one form: tags of one byte, lengths definite, minimal and below 64 KiB, nothing after the end. An
 * element keeps the bytes that it was read from: what is hashed is what was received. Refused: `binding-malformed`.
 */
import { compare, hex } from '../bytes.js';
import { malformed } from './unbound.js';

/** Deepest nesting. A certificate inside CMS has 11. */
const DEPTH = 24;

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const UTF8_STRING = 0x0c;
export const PRINTABLE_STRING = 0x13;
export const TELETEX_STRING = 0x14;
export const IA5_STRING = 0x16;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const BMP_STRING = 0x1e;
export const SEQUENCE = 0x30;
export const SET = 0x31;
const CONSTRUCTED = 0x20;
const CLASS = 0xc0;

/** The tag `[number]` of what has elements inside. */
export const context = (number: number): number => 0xa0 | number;
/** The tag `[number]` of what has none. */
export const primitive = (number: number): number => 0x80 | number;

export interface Element {
  readonly tag: number;
  readonly whole: Uint8Array;
  readonly contents: Uint8Array;
}

/** Reads elements one after the other. */
export class Der {
  private rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.rest = bytes;
  }

  get isEmpty(): boolean {
    return this.rest.length === 0;
  }

  element(): Element {
    const { rest } = this;
    const [tag = 0, first = 0xff, high = 0, low = 0] = rest;
    let length = first;
    let header = 2;
    if (first === 0x81 && high >= 0x80) [length, header] = [high, 3];
    else if (first === 0x82 && high > 0) [length, header] = [(high << 8) | low, 4];
    else if (first >= 0x80) malformed();
    // A number of 31 announces a tag of several bytes; a tag of 0 ends an indefinite length.
    if (tag === 0 || (tag & 0x1f) === 0x1f || header + length > rest.length) malformed();
    const whole = rest.subarray(0, header + length);
    this.rest = rest.subarray(header + length);
    return { tag, whole, contents: whole.subarray(header) };
  }

  expect(tag: number): Element {
    const element = this.element();
    return element.tag === tag ? element : malformed();
  }

  /** The next element, if it has the tag. */
  optional(tag: number): Element | undefined {
    return this.rest[0] === tag ? this.element() : undefined;
  }

  /** What is inside the next element, which must have the tag. */
  open(tag: number): Der {
    return new Der(this.expect(tag).contents);
  }

  /** What is inside the one element that is left, which must have the tag. */
  only(tag: number): Der {
    return new Der(this.last(tag).contents);
  }

  /** The one element that is left, which must have the tag. */
  last(tag: number): Element {
    const element = this.expect(tag);
    this.finish();
    return element;
  }

  /** An object identifier, as the hex of its contents. */
  oid(): string {
    return hex(this.expect(OID).contents);
  }

  /** The contents of an integer in its shortest form. */
  integer(): Uint8Array {
    const { contents } = this.expect(INTEGER);
    const [first, second] = contents;
    if (first === undefined) return malformed();
    if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) malformed();
    return contents;
  }

  /** An integer from 0 to 127. */
  small(): number {
    const [value = 0x80, ...more] = this.integer();
    return value < 0x80 && more.length === 0 ? value : malformed();
  }

  /** The bytes of a bit string without unused bits. */
  bits(): Uint8Array {
    const { contents } = this.expect(BIT_STRING);
    return contents[0] === 0 ? contents.subarray(1) : malformed();
  }

  /** A boolean; false if there is none. */
  flag(): boolean {
    const contents = this.optional(BOOLEAN)?.contents ?? [0];
    const [value] = contents;
    return contents.length === 1 && (value === 0 || value === 0xff) ? value !== 0 : malformed();
  }

  finish(): void {
    if (!this.isEmpty) malformed();
  }
}

/** What is inside an element, which must have the tag. */
export function inside({ tag, contents }: Element, wanted: number): Der {
  return tag === wanted ? new Der(contents) : malformed();
}

/** The one element that the bytes are, well-formed to its last leaf. */
export function wellFormed(bytes: Uint8Array): Element {
  const der = new Der(bytes);
  const element = der.element();
  der.finish();
  walk(element, DEPTH);
  return element;
}

function walk({ tag, contents }: Element, depth: number): void {
  const constructed = (tag & CONSTRUCTED) !== 0;
  // Of the universal types sequences and sets alone have elements inside, and always.
  const isCollection = (tag | CONSTRUCTED) === SEQUENCE || (tag | CONSTRUCTED) === SET;
  if ((tag & CLASS) === 0 && constructed !== isCollection) malformed();
  if (!constructed) return;
  if (depth === 0) malformed();
  for (const der = new Der(contents); !der.isEmpty;) walk(der.element(), depth - 1);
}

/** What is inside a set, in the order of DER, none twice. */
export function* setOf(contents: Uint8Array): Generator<Element> {
  let last: Uint8Array = new Uint8Array();
  for (const der = new Der(contents); !der.isEmpty;) {
    const { whole } = der.element();
    if (compare(whole, last) <= 0) malformed();
    last = whole;
  }
  for (const der = new Der(contents); !der.isEmpty;) yield der.element();
}
