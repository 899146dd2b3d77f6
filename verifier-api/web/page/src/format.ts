/** Times, days and sizes as people read them in their language. Times are those of Vietnam (UTC+7), whatever the machine says. */
import type { Dictionary } from './text/dictionary.js';

const UTC_PLUS_7_MS = 7 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** What a Date can hold (ECMA-262): a proof may name any 64-bit time. */
const DATE_MAX_MS = 8.64e15;
const UNKNOWN = '–';

type Days = Pick<Dictionary, 'day' | 'at'>;

const two = (value: number): string => String(value).padStart(2, '0');

/** `22/11/2026 14:03` or `22 November 2026, 14:03` of milliseconds since 1970. */
export function instant(ms: bigint, t: Days): string {
  const shifted = Number(ms) + UTC_PLUS_7_MS;
  if (shifted > DATE_MAX_MS) return UNKNOWN;
  const date = new Date(shifted);
  return t.at(dayOf(date, t), `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`);
}

/** The same with its zone, where it stands alone. */
export const instantWithZone = (ms: bigint, t: Days): string => `${instant(ms, t)} (UTC+7)`;

/** `2026-11-22T14:03+07:00`, for the `datetime` of a `time` element. */
export function machineInstant(ms: bigint): string | undefined {
  const shifted = Number(ms) + UTC_PLUS_7_MS;
  if (shifted > DATE_MAX_MS || shifted >= Date.UTC(10000, 0)) return undefined;
  return `${new Date(shifted).toISOString().slice(0, 16)}+07:00`;
}

/** A ledger's day, counted from 1970-01-01 in UTC+7. */
export function ledgerDay(day: number, t: Days): string {
  const ms = day * DAY_MS;
  return ms > DATE_MAX_MS ? UNKNOWN : dayOf(new Date(ms), t);
}

/** `28/05/2026` or `28 May 2026` of `2026-05-28`; anything else as it is. */
export function isoDay(text: string, t: Days): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  return year && month && day ? t.day(day, month, year) : text;
}

const dayOf = (date: Date, t: Days): string =>
  t.day(two(date.getUTCDate()), two(date.getUTCMonth() + 1), String(date.getUTCFullYear()).padStart(4, '0'));

/** A mark with the decimal sign of the language: `7.9` and `7,9`. */
export function mark(value: string, decimal: string): string {
  return /^\d{1,2}\.\d$/.test(value) ? value.replace('.', decimal) : value;
}

/** `1.234.567` or `1,234,567`. */
export function grouped(value: bigint | number, t: Pick<Dictionary, 'decimal'>): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, t.decimal === ',' ? '.' : ',');
}

/** `12,3 kB` */
export function fileSize(bytes: number, t: Pick<Dictionary, 'decimal' | 'bytes'>): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1);
  return t.bytes(digits.replace('.', t.decimal), units[unit] ?? 'B');
}

/** Hex in groups of eight: eyes compare it more easily. */
export const hexGroups = (hex: string): string[] => hex.match(/.{1,8}/g) ?? [];
