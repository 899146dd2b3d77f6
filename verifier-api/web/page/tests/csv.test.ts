import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../src/check.js';
import { toCsv } from '../src/csv.js';
import { DICTIONARIES } from '../src/i18n.js';
import { tableOf } from '../src/table.js';
import { anchor, bundleVector, incoming } from './repository.js';

const { en, vi } = DICTIONARIES;

test('cells are quoted where they must be', () => {
  assert.equal(toCsv([['a', 'b;c', 'd"e', 'f\ng'], ['Trần', '', '1,5', ' x']], ';'), '\ufeffa;"b;c";"d""e";"f\ng"\r\nTrần;;1,5; x\r\n');
  assert.equal(toCsv([['a;b', 'c,d']], ','), '\ufeffa;b,"c,d"\r\n');
});

test('no cell is a formula', () => {
  for (const evil of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x";"y")']) {
    const [cell] = toCsv([[evil]], ';').slice(1).split('\r\n');
    assert.match(cell ?? '', /^"?'/, evil);
  }
});

const findings = Promise.all([
  'in force, against genesis', 'revoked', 'a presentation of two claims', 'a damaged document',
  'sealed by a successor of the issuer that it names',
].map(async (name) => {
  const { bundle, checkpoint } = bundleVector(name);
  return check(incoming(`${name}.sogoc`, bundle), { anchor: anchor(checkpoint), client: undefined }, undefined);
}));

test('one row per file, with verdict and reason, as wide as its head', async () => {
  const [head, ...rows] = tableOf(await findings, vi);
  assert.ok(head !== undefined && rows.length === 5);
  for (const row of rows) assert.equal(row.length, head.length);
  assert.equal(new Set(head).size, head.length, 'no two columns of one name');
  const column = (name: string): string[] => rows.map((row) => row[head.indexOf(name)] ?? 'no such column');
  assert.deepEqual(column(vi.list.columns.verdictCode).slice(0, 3), ['valid', 'revoked', 'valid']);
  assert.deepEqual(column(vi.list.columns.verdict).slice(0, 2), ['Hợp lệ', 'Đã thu hồi']);
  assert.equal(column(vi.list.columns.reasonCode)[1], 'revoked');
  assert.notEqual(column(vi.list.columns.reason)[3], '');
  const [own, , , , successor] = column(vi.list.columns.provenance);
  assert.equal(own, '');
  assert.match(successor ?? '', /đơn vị kế thừa/);
});

test('contents stand only in the rows of valid documents', async () => {
  const [head = [], valid = [], revoked = []] = tableOf(await findings, vi);
  const first = head.indexOf(vi.list.columns.checked) + 1;
  assert.ok(valid.slice(first).some((cell) => cell !== ''));
  assert.ok(revoked.slice(first).every((cell) => cell === ''));
});

test('a type that the ledger defines is called as the ledger says', async () => {
  const [valid] = await findings;
  assert.ok(valid?.report?.document);
  const label = (text: string): { vi: string; en: string } => ({ vi: `${text} vi`, en: `${text} en` });
  const labels = new Map(['trade', 'person', 'person/name'].map((path) => [path, label(path)]));
  const name = { path: 'person/name', name: 'name', kind: 'text', form: 'text', value: 'Lan', sensitive: false } as const;
  const claims = [
    { ...name, path: 'trade', value: 'TH' }, { path: 'person', name: 'person', kind: 'object', members: [name], sensitive: false } as const,
  ];
  const document = { ...valid.report.document, type: 'nghe', known: false, claims, definition: { title: label('Nghề'), labels, codes: new Map() } };
  const [head = [], row = [], whole = []] = tableOf([{ ...valid, report: { ...valid.report, document } }, valid], en);
  assert.equal(row[head.indexOf(en.list.columns.type)], 'Nghề en');
  assert.equal(whole[head.indexOf(en.list.columns.type)], en.types['hoc-ba-thcs']);
  assert.deepEqual([row[head.indexOf('trade en')], row[head.indexOf('person/name en')]], ['TH', 'Lan']);
  // Two of one label are told apart by what they are in.
  const alike = { title: label('Nghề'), labels: new Map([...labels, ['trade', label('person/name')]]), codes: new Map() };
  const [told = []] = tableOf([{ ...valid, report: { ...valid.report, document: { ...document, definition: alike } } }], en);
  assert.ok(told.includes('person/name en') && told.includes('person en, person/name en'));
});

test('marks are written as the language writes them', async () => {
  const mark = (table: string[][]): string[] => (table[1] ?? []).filter((cell) => /^\d{1,2}[.,]\d$/.test(cell));
  const [inVi, inEn] = [mark(tableOf(await findings, vi)), mark(tableOf(await findings, en))];
  assert.ok(inVi.length > 0);
  assert.deepEqual(inVi.map((one) => one.replace(',', '.')), inEn);
});
