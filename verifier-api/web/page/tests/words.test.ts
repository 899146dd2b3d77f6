/** What a type and its claims are called, when the page knows them by heart, from the ledger, and not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim, Definition, DocumentReport } from '@sogoc/light-client';
import { DICTIONARIES } from '../src/i18n.js';
import { firstChoice } from '../src/views/share.js';
import { wordsOf } from '../src/words.js';

const { en, vi } = DICTIONARIES;
const both = (vi: string, en: string): { vi: string; en: string } => ({ vi, en });
const TRADES = new Map([['TH', both('Tin học', 'Informatics')]]);

const definition: Definition = {
  title: both('Giấy chứng nhận nghề', 'Certificate of trade'),
  labels: new Map([
    ['person', both('Người học', 'Learner')], ['person/name', both('Tên', 'Called')], ['trade', both('Nghề', 'Trade')],
    ['units', both('Học phần', 'Units')], ['units//unit', both('Tên học phần', 'Unit')], ['units//trade', both('Nghề học', 'Taught')],
    ['units//mark', both('Điểm', 'Mark')],
  ]),
  codes: new Map([['trade', TRADES], ['units//trade', TRADES]]),
};

function report(more: Partial<DocumentReport>): DocumentReport {
  return {
    vct: 'urn:sogoc:nghe:2', type: 'nghe', schema: '2', known: false, issuer: 'school', date: '2026-06-01',
    pointer: { chain: 'c', issuer: 'school', batch: '' }, holderKey: false, holderBinding: false, signingKey: '', claims: [],
    notShown: [], disclosures: 0, withheld: 0, ...more,
  };
}

const text = (path: string, value: string): Claim => ({ path, name: path, kind: 'text', form: 'text', value, sensitive: false });
const row = (...names: readonly string[]): Claim => (
  { path: 'units/a', name: 'a', kind: 'element', sensitive: false, members: names.map((name) => ({ ...text(`units/a/${name}`, ''), name })) }
);

test('what the ledger defines is called as it says, in either language', () => {
  const words = wordsOf(report({ definition }), vi);
  assert.deepEqual([words.type, wordsOf(report({ definition }), en).type], ['Giấy chứng nhận nghề', 'Certificate of trade']);
  assert.deepEqual(['person', 'person/name', 'units'].map(words.label), ['Người học', 'Tên', 'Học phần']);
  assert.equal(words.label('units/Một~1hai'), 'Một/hai');
  assert.equal(words.label('units/Một~1hai/mark'), 'Điểm');
  assert.equal(words.label('units/mark'), 'mark');
});

test('a code is shown with what it stands for', () => {
  const { code } = wordsOf(report({ definition }), en);
  assert.equal(code(text('trade', 'TH')), 'Informatics');
  assert.equal(code(text('units/Một~1hai/trade', 'TH')), 'Informatics');
  assert.equal(code(text('person/name', 'TH')), undefined);
  assert.equal(wordsOf(report({}), en).code(text('trade', 'TH')), undefined);
});

test('a list has the columns of its definition, in its order', () => {
  assert.deepEqual(wordsOf(report({ definition }), en).columns('units', [row('mark'), row('trade')]), ['units//unit', 'units//trade', 'units//mark']);
  assert.deepEqual(wordsOf(report({}), en).columns('units', [row('mark'), row('trade', 'mark')]), ['', 'mark', 'trade']);
  const [key, ...marks] = wordsOf(report({ type: 'hoc-ba-thcs', known: true }), en).columns('subjects', []);
  assert.deepEqual([key, marks.length], ['column/subject', 4]);
});

test('a title that the ledger has not vouched for is not shown, nor one that is known for another version', () => {
  assert.equal(wordsOf(report({}), vi).type, 'nghe');
  assert.equal(wordsOf(report({ type: 'hoc-ba-thcs' }), vi).type, 'hoc-ba-thcs');
  assert.equal(wordsOf(report({ type: 'hoc-ba-thcs', known: true }), vi).type, vi.types['hoc-ba-thcs']);
  assert.equal(wordsOf(report({}), vi).label('unheard/of'), 'of');
});

test('of a type that nobody here knows, a holder begins with nothing chosen', () => {
  const claims = [text('name', 'Lan'), text('trade', 'TH')];
  assert.deepEqual([...firstChoice(report({ claims, definition }))], []);
  assert.deepEqual([...firstChoice(report({ claims, type: 'da-ky' }))], []);
  assert.deepEqual([...firstChoice(report({ claims, type: 'da-ky', known: true }))], ['name']);
});
