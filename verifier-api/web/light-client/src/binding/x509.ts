/**
 * X.509 certificates of version 3 (RFC 5280): what of them a path needs and a person should see. Names are compared byte
 * for byte, as their authority copied them.
 */
import { fromUtf8, hex } from '../bytes.js';
import { readAlgorithm } from './algorithm.js';
import {
  BIT_STRING, BMP_STRING, Der, GENERALIZED_TIME, IA5_STRING, INTEGER, OCTET_STRING, PRINTABLE_STRING, SEQUENCE, SET,
  TELETEX_STRING, UTC_TIME, UTF8_STRING, context, inside, primitive, wellFormed,
} from './der.js';
import type { Element } from './der.js';
import { readKey } from './key.js';
import type { Key } from './key.js';
import { malformed } from './unbound.js';

/** Extensions that are looked at; any other one that is critical is refused. */
const SUBJECT_KEY_ID = '551d0e';
const KEY_USAGE = '551d0f';
const BASIC_CONSTRAINTS = '551d13';
const EXTENDED_KEY_USAGE = '551d25';

/** Any purpose, documents (RFC 9336), e-mail, client authentication, and Microsoft's and Adobe's of before RFC 9336. */
const SIGNING_PURPOSES: readonly string[] = [
  '551d2500', '2b06010505070324', '2b06010505070304', '2b06010505070302', '2b0601040182370a030c', '2a864886f72f010105',
];

const COMMON_NAME = '550403';
const ORGANISATION = '55040a';
/** Attributes of a name, as RFC 4514 and practice write them. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  [COMMON_NAME]: 'CN', '550405': 'SERIALNUMBER', '550406': 'C', '550407': 'L', '550408': 'ST', '550409': 'STREET',
  [ORGANISATION]: 'O', '55040b': 'OU', '550461': 'organizationIdentifier', '0992268993f22c640101': 'UID',
};

export class Certificate {
  readonly der: Uint8Array;
  readonly serial: Uint8Array;
  /** The whole element, to compare. */
  readonly issuer: Element;
  /** Likewise. */
  readonly subject: Element;
  readonly notBefore: bigint;
  /** The last second, inclusive. */
  readonly notAfter: bigint;
  readonly extensions: Extensions;
  private readonly signed: Uint8Array;
  private readonly algorithm: Uint8Array;
  private readonly signature: Uint8Array;
  private readonly keyInfo: Uint8Array;

  /** Algorithms are looked at when they are used: a certificate that is not needed may have any. */
  constructor(element: Element) {
    const outer = inside(element, SEQUENCE);
    const signed = outer.expect(SEQUENCE);
    const algorithm = outer.expect(SEQUENCE);
    this.signature = outer.bits();
    outer.finish();

    const fields = new Der(signed.contents);
    const version = fields.optional(context(0))?.contents;
    if (version === undefined || hex(version) !== hex(Uint8Array.of(INTEGER, 1, 2))) malformed();
    this.serial = fields.integer();
    if (hex(fields.expect(SEQUENCE).whole) !== hex(algorithm.whole)) malformed();
    this.issuer = fields.expect(SEQUENCE);
    const validity = fields.open(SEQUENCE);
    this.notBefore = readTime(validity.element());
    this.notAfter = readTime(validity.element());
    validity.finish();
    this.subject = fields.expect(SEQUENCE);
    this.keyInfo = fields.expect(SEQUENCE).contents;
    fields.optional(primitive(1));
    fields.optional(primitive(2));
    const extensions = fields.optional(context(3));
    this.extensions = extensions === undefined ? NO_EXTENSIONS : readExtensions(extensions.contents);
    fields.finish();
    attributesOf(this.issuer);
    attributesOf(this.subject);
    this.der = element.whole;
    this.signed = signed.whole;
    this.algorithm = algorithm.contents;
  }

  /** Its key, if it counts. */
  get key(): Key {
    return readKey(this.keyInfo);
  }

  isSignedBy(key: Key): boolean {
    return key.verifies(readAlgorithm(this.algorithm), this.signed, this.signature);
  }

  /** Whether it is for signing documents. */
  get maySign(): boolean {
    const { usage, purposes } = this.extensions;
    return usage?.signs !== false && purposes?.some((purpose) => SIGNING_PURPOSES.includes(purpose)) !== false;
  }

  /** Whether it is for signing certificates. */
  get isAuthority(): boolean {
    const { authority, usage } = this.extensions;
    return authority && usage?.signsCertificates !== false;
  }

  /**
   * Whose it is: the common name, or the organisation if it has none. The organisation of a certificate with both does not
   * count: a teacher's own names the school there.
   */
  get holder(): string | undefined {
    const attributes = attributesOf(this.subject);
    const named = (wanted: string): string | undefined => attributes.find(([name]) => name === wanted)?.[1];
    return named(COMMON_NAME) ?? named(ORGANISATION);
  }
}

export interface Extensions {
  readonly authority: boolean;
  /** So many further authorities may be below it. */
  readonly pathLength?: number;
  readonly usage?: { readonly signs: boolean; readonly signsCertificates: boolean };
  readonly purposes?: readonly string[];
  readonly subjectKeyId?: Uint8Array;
  /** One that is critical and not known. */
  readonly unknownCritical: boolean;
}

const NO_EXTENSIONS: Extensions = { authority: false, unknownCritical: false };

function readExtensions(contents: Uint8Array): Extensions {
  const list = new Der(contents).only(SEQUENCE);
  const seen = new Set<string>();
  let extensions = NO_EXTENSIONS;
  while (!list.isEmpty) {
    const fields = list.open(SEQUENCE);
    const name = fields.oid();
    const critical = fields.flag();
    const value = fields.last(OCTET_STRING).contents;
    if (seen.has(name)) malformed();
    seen.add(name);
    extensions = { ...extensions, ...readExtension(name, value, critical) };
  }
  return extensions;
}

/** What is in the octets is DER of its own, which the walk over the evidence could not see. */
function readExtension(name: string, value: Uint8Array, critical: boolean): Partial<Extensions> {
  switch (name) {
    case BASIC_CONSTRAINTS: {
      const fields = inside(wellFormed(value), SEQUENCE);
      const authority = fields.flag();
      const length = fields.isEmpty ? {} : { pathLength: fields.small() };
      fields.finish();
      return { authority, ...length };
    }
    case KEY_USAGE: {
      const { tag, contents: [unused = 8, bits] } = wellFormed(value);
      if (tag !== BIT_STRING || unused > 7 || bits === undefined) return malformed();
      // Bit 0 is digitalSignature, bit 1 nonRepudiation, bit 5 keyCertSign.
      return { usage: { signs: (bits & 0b1100_0000) !== 0, signsCertificates: (bits & 0b0000_0100) !== 0 } };
    }
    case EXTENDED_KEY_USAGE: {
      const purposes: string[] = [];
      for (const each = inside(wellFormed(value), SEQUENCE); !each.isEmpty;) purposes.push(each.oid());
      return { purposes };
    }
    case SUBJECT_KEY_ID: {
      const { tag, contents } = wellFormed(value);
      return tag === OCTET_STRING ? { subjectKeyId: contents } : {};
    }
    default:
      return critical ? { unknownCritical: true } : {};
  }
}

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** A UTCTime of 1950 to 2049 or a GeneralizedTime, to the second and in UTC; before 1970 it is 1970. */
export function readTime({ tag, contents }: Element): bigint {
  const text = String.fromCharCode(...contents.subarray(0, 16));
  if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) malformed();
  const [, ...parts] = TIME.exec(tag === UTC_TIME ? `${text < '5' ? '20' : '19'}${text}` : text) ?? malformed();
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number];
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute, second);
  const exists = moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists) malformed();
  return BigInt(Math.max(moment.getTime(), 0));
}

/** The attributes of a Name in order: object identifier and text. */
function attributesOf(name: Element): [string, string][] {
  const attributes: [string, string][] = [];
  for (const sets = inside(name, SEQUENCE); !sets.isEmpty;) {
    for (const set = sets.open(SET); !set.isEmpty;) {
      const attribute = set.open(SEQUENCE);
      attributes.push([attribute.oid(), textOf(attribute.element())]);
      attribute.finish();
    }
  }
  return attributes;
}

/** A name much as RFC 4514 writes it, most special first; parts that stand side by side are not told from others. */
export function written(name: Element): string {
  const parts = attributesOf(name).reverse().map(([oid, text]) => (
    `${ATTRIBUTES[oid] ?? `#${oid}`}=${text.replace(/[\\,+=]/g, '\\$&')}`
  ));
  return parts.join(',');
}

/** What would move the cursor or turn the direction of the text. */
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A DirectoryString, safe to print. */
function textOf({ tag, whole, contents }: Element): string {
  return decoded().replace(UNSAFE, '\ufffd');

  function decoded(): string {
    switch (tag) {
      case UTF8_STRING: return fromUtf8(contents) ?? malformed();
      case PRINTABLE_STRING:
      case IA5_STRING: return contents.every((byte) => byte < 0x80) ? latin1(contents) : malformed();
      // As everyone reads it.
      case TELETEX_STRING: return latin1(contents);
      case BMP_STRING: return utf16(contents);
      default: return `#${hex(whole)}`;
    }
  }
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

const UTF_16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

function utf16(bytes: Uint8Array): string {
  try {
    return UTF_16.decode(bytes);
  } catch {
    return malformed();
  }
}
