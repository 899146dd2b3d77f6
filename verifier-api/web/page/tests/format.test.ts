import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileSize, grouped, hexGroups, instant, instantWithZone, isoDay, ledgerDay, machineInstant, mark } from '../src/format.js';
import { firstLanguage } from '../src/i18n.js';
import { en } from '../src/text/en.js';
import { vi } from '../src/text/vi.js';

test('times are those of Vietnam, whatever the machine says', () => {
  const newYear = BigInt(Date.UTC(2025, 11, 31, 17, 0));
  assert.equal(instant(newYear, vi), '01/01/2026 00:00');
  assert.equal(instant(newYear - 1n, vi), '31/12/2025 23:59');
  assert.equal(instantWithZone(newYear, vi), '01/01/2026 00:00 (UTC+7)');
  assert.equal(machineInstant(newYear), '2026-01-01T00:00+07:00');
});

test('a time that no calendar holds is shown as unknown', () => {
  assert.equal(instant(2n ** 64n - 1n, vi), '–');
  assert.equal(machineInstant(2n ** 64n - 1n), undefined);
  assert.equal(ledgerDay(2 ** 32 - 1, vi), '–');
});

test('days', () => {
  assert.equal(ledgerDay(0, vi), '01/01/1970');
  assert.equal(ledgerDay(20_454, vi), '01/01/2026');
  assert.equal(isoDay('2026-05-28', vi), '28/05/2026');
  assert.equal(isoDay('soon', vi), 'soon');
});

test('in English a month is a word: 07/03 is two days to two readers', () => {
  assert.equal(isoDay('2011-03-07', en), '7 March 2011');
  assert.equal(isoDay('2011-13-07', en), '7 13 2011');
  assert.equal(ledgerDay(20_454, en), '1 January 2026');
  assert.equal(instantWithZone(BigInt(Date.UTC(2026, 11, 31, 8, 17)), en), '31 December 2026, 15:17 (UTC+7)');
});

test('numbers follow the language', () => {
  assert.equal(mark('7.9', vi.decimal), '7,9');
  assert.equal(mark('10.0', vi.decimal), '10,0');
  assert.equal(mark('Đạt', vi.decimal), 'Đạt');
  assert.equal(grouped(1234567n, vi), '1.234.567');
  assert.equal(grouped(123, en), '123');
  assert.equal(fileSize(12_479, vi), '12,5 kB');
  assert.equal(fileSize(999, en), '999 B');
  assert.equal(fileSize(200_000_000, en), '200 MB');
});

test('hex in groups joins to what it was', () => {
  assert.deepEqual(hexGroups('00112233445566'), ['00112233', '445566']);
});

test('the language: the remembered, else the browser\'s, else Vietnamese', () => {
  assert.equal(firstLanguage('en', ['vi']), 'en');
  assert.equal(firstLanguage('xx', ['en-GB', 'vi']), 'en');
  assert.equal(firstLanguage(undefined, ['fr', 'vi-VN']), 'vi');
  assert.equal(firstLanguage(undefined, ['fr', 'de']), 'vi');
  assert.equal(firstLanguage(undefined, []), 'vi');
});
