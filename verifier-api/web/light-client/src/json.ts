/**
 * JSON, strictly (FORMATS §13): `JSON.parse` keeps the last of two members of one name, rounds integers and takes lone
 * surrogates, so that two readers would see two documents. Refused: `json-malformed`, `json-duplicate-member`,
 * `json-too-deep`; of two faults the one that comes first in the text.
 */
import { fromUtf8 } from './bytes.js';
import { refuse } from './refusal.js';

/** Integers are bigint. A `number` only comes of `fractions`. */
export type Json = null | boolean | string | bigint | number | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** Containers in one another. */
const DEPTH = 8;

/** Numbers are integers from −2⁶³ to 2⁶⁴ − 1 and not written `-0`; with `fractions` there may be others. */
export function parseJson(bytes: Uint8Array, depth = DEPTH, fractions = false): Json {
  return new Parser(fromUtf8(bytes) ?? refuse('json-malformed'), depth, fractions).whole();
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER = /^-?[0-9]+$/;
const LONGEST_INTEGER = '-9223372036854775808'.length;
const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 64n - 1n;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t',
};

class Parser {
  private at = 0;

  constructor(private readonly text: string, private readonly depth: number, private readonly fractions: boolean) {}

  whole(): Json {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) refuse('json-malformed');
    return value;
  }

  private space(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) return;
      this.at += 1;
    }
  }

  /** The next character that is no white space, which is taken if it is `character`. */
  private takes(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.takes(character)) refuse('json-malformed');
  }

  private value(around: number): Json {
    this.space();
    switch (this.text[this.at]) {
      case '{': return this.object(this.deeper(around));
      case '[': return this.list(this.deeper(around));
      case '"': return this.string();
      case 't': return this.word('true', true);
      case 'f': return this.word('false', false);
      case 'n': return this.word('null', null);
      default: return this.number();
    }
  }

  private deeper(around: number): number {
    return around < this.depth ? around + 1 : refuse('json-too-deep');
  }

  private object(depth: number): JsonObject {
    const members = new Map<string, Json>();
    this.expect('{');
    if (this.takes('}')) return members;
    do {
      this.space();
      const name = this.string();
      if (members.has(name)) refuse('json-duplicate-member');
      this.expect(':');
      members.set(name, this.value(depth));
    } while (this.takes(','));
    this.expect('}');
    return members;
  }

  private list(depth: number): readonly Json[] {
    const values: Json[] = [];
    this.expect('[');
    if (this.takes(']')) return values;
    do values.push(this.value(depth)); while (this.takes(','));
    this.expect(']');
    return values;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) refuse('json-malformed');
    this.at += word.length;
    return value;
  }

  private number(): Json {
    NUMBER.lastIndex = this.at;
    const [digits] = NUMBER.exec(this.text) ?? refuse('json-malformed');
    this.at += digits.length;
    if (digits.length <= LONGEST_INTEGER && INTEGER.test(digits) && digits !== '-0') {
      const integer = BigInt(digits);
      if (integer >= LEAST && integer <= GREATEST) return integer;
    }
    return this.fractions ? Number(digits) : refuse('json-malformed');
  }

  private string(): string {
    if (this.text[this.at] !== '"') refuse('json-malformed');
    this.at += 1;
    let value = '';
    for (;;) {
      const from = this.at;
      this.plain();
      value += this.text.slice(from, this.at);
      const end = this.text[this.at];
      this.at += 1;
      if (end === '"') return value;
      if (end !== '\\') refuse('json-malformed');
      value += this.escape();
    }
  }

  /** Up to a quotation mark, a backslash, a control character or the end. */
  private plain(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (!(unit >= 0x20) || unit === 0x22 || unit === 0x5c) return;
      this.at += 1;
    }
  }

  private escape(): string {
    const letter = this.text[this.at] ?? refuse('json-malformed');
    this.at += 1;
    if (letter !== 'u') return ESCAPES[letter] ?? refuse('json-malformed');
    const unit = this.unit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    if (unit > 0xdbff || !this.text.startsWith('\\u', this.at)) refuse('json-malformed');
    this.at += 2;
    const low = this.unit();
    if (low < 0xdc00 || low > 0xdfff) refuse('json-malformed');
    return String.fromCharCode(unit, low);
  }

  private unit(): number {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) refuse('json-malformed');
    this.at += 4;
    return Number.parseInt(digits, 16);
  }
}
