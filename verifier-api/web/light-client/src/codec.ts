/**
 * The encoding (FORMATS §2): one value, one encoding. A `Type` reads and writes values of one kind; types are put
 * together from types. A reader takes all bytes or refuses: `malformed`, `trailing`, `too-long`. Memory is taken only as
 * the bytes of elements arrive.
 */
import { fromUtf8, hasControlCharacter, hex, fromHex, toUtf8 } from './bytes.js';
import { refuse } from './refusal.js';

/** The most that any decoded value takes. */
export const VALUE_BYTES = 16 * 1024 * 1024;

export class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** A copy, so that a small value does not keep a large file in memory nor change with it. */
  take(length: number): Uint8Array {
    const from = this.advance(length);
    return new Uint8Array(this.bytes.subarray(from, from + length)); // a Buffer's slice would be none
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }

  u16(): number {
    return this.view.getUint16(this.advance(2));
  }

  u32(): number {
    return this.view.getUint32(this.advance(4));
  }

  u64(): bigint {
    return this.view.getBigUint64(this.advance(8));
  }

  private advance(length: number): number {
    if (length > this.left) refuse('malformed');
    const from = this.at;
    this.at += length;
    return from;
  }
}

export class Writer {
  private bytes = new Uint8Array(256);
  private length = 0;

  put(part: Uint8Array): void {
    const at = this.grow(part.length);
    this.bytes.set(part, at);
  }

  u8(value: number): void {
    const at = this.grow(1);
    this.bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.grow(2);
    this.view().setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.grow(4);
    this.view().setUint32(at, value);
  }

  u64(value: bigint): void {
    const at = this.grow(8);
    this.view().setBigUint64(at, value);
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private view(): DataView {
    return new DataView(this.bytes.buffer);
  }

  /** Where the next `by` bytes go. It may put another array in the place of `bytes`. */
  private grow(by: number): number {
    const from = this.length;
    this.length += by;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return from;
  }
}

export interface Type<T> {
  read(from: Reader): T;
  write(value: T, to: Writer): void;
}

export function decode<T>(type: Type<T>, bytes: Uint8Array, limit = VALUE_BYTES): T {
  if (bytes.length > limit) refuse('too-long');
  const reader = new Reader(bytes);
  const value = type.read(reader);
  if (reader.left !== 0) refuse('trailing');
  return value;
}

export function encode<T>(type: Type<T>, value: T): Uint8Array {
  const writer = new Writer();
  type.write(value, writer);
  return writer.done();
}

export const u8: Type<number> = { read: (from) => from.u8(), write: (value, to) => to.u8(value) };
export const u16: Type<number> = { read: (from) => from.u16(), write: (value, to) => to.u16(value) };
export const u32: Type<number> = { read: (from) => from.u32(), write: (value, to) => to.u32(value) };
export const u64: Type<bigint> = { read: (from) => from.u64(), write: (value, to) => to.u64(value) };

export function fixed(length: number): Type<Uint8Array> {
  return { read: (from) => from.take(length), write: (value, to) => to.put(value) };
}

/** Bytes that are shown as hex wherever they are named. */
export function hexId(length: number): Type<string> {
  return { read: (from) => hex(from.take(length)), write: (value, to) => to.put(fromHex(value)) };
}

export function text(limit: number): Type<string> {
  return {
    read(from) {
      const length = from.u8();
      if (length > limit) refuse('malformed');
      const value = fromUtf8(from.take(length));
      if (value === undefined || hasControlCharacter(value)) refuse('malformed');
      return value;
    },
    write(value, to) {
      const bytes = toUtf8(value);
      to.u8(bytes.length);
      to.put(bytes);
    },
  };
}

const NAME_BYTES = 40;
const NAME = /^[a-z][a-z0-9-]*$/;

export function isName(value: string): boolean {
  return value.length <= NAME_BYTES && NAME.test(value);
}

const nameText = text(NAME_BYTES);
export const name: Type<string> = {
  read(from) {
    const value = nameText.read(from);
    if (!isName(value)) refuse('malformed');
    return value;
  },
  write: nameText.write,
};

export function option<T>(type: Type<T>): Type<T | undefined> {
  return {
    read(from) {
      const there = from.u8();
      if (there > 1) refuse('malformed');
      return there === 1 ? type.read(from) : undefined;
    },
    write(value, to) {
      to.u8(value === undefined ? 0 : 1);
      if (value !== undefined) type.write(value, to);
    },
  };
}

export function list<T>(type: Type<T>, limit: number): Type<readonly T[]> {
  return {
    read(from) {
      const count = from.u16();
      if (count > limit) refuse('malformed');
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(type.read(from));
      return values;
    },
    write(values, to) {
      to.u16(values.length);
      for (const value of values) type.write(value, to);
    },
  };
}

/** `list u8`. */
export function byteList(limit: number): Type<Uint8Array> {
  return {
    read(from) {
      const count = from.u16();
      if (count > limit) refuse('malformed');
      return from.take(count);
    },
    write(value, to) {
      to.u16(value.length);
      to.put(value);
    },
  };
}

/** An enum whose variants have no fields. */
export function names<T extends string>(variants: readonly T[]): Type<T> {
  return {
    read: (from) => variants[from.u32()] ?? refuse('malformed'),
    write: (value, to) => to.u32(variants.indexOf(value)),
  };
}

type FieldTypes<T> = { readonly [Field in keyof T]-?: Type<T[Field]> };

/** The fields in the order in which they are given here. */
export function struct<T extends object>(fields: FieldTypes<T>): Type<T> {
  const order = Object.keys(fields) as (keyof T & string)[];
  return {
    read(from) {
      const value: Partial<T> = {};
      for (const field of order) value[field] = fields[field].read(from);
      return value as T;
    },
    write(value, to) {
      for (const field of order) fields[field].write(value[field], to);
    },
  };
}

type Variant = { readonly variant: string };
type VariantTypes<T extends Variant> = {
  readonly [Name in T['variant']]: Type<Omit<Extract<T, { readonly variant: Name }>, 'variant'>>;
};

/** An enum whose variants have fields, numbered in the order in which they are given here. */
export function variants<T extends Variant>(types: VariantTypes<T>): Type<T> {
  const order = Object.entries(types) as [T['variant'], Type<object>][];
  return {
    read(from) {
      const [variant, type] = order[from.u32()] ?? refuse('malformed');
      return { variant, ...type.read(from) } as unknown as T;
    },
    write(value, to) {
      const number = order.findIndex(([variant]) => variant === value.variant);
      to.u32(number);
      (order[number] as [T['variant'], Type<object>])[1].write(value, to);
    },
  };
}
