import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sniff } from '../src/sniff.js';
import { bundleVector, readJson } from './repository.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes = (value: string): Uint8Array => Uint8Array.from(value, (char) => char.charCodeAt(0));
const kinds: readonly (readonly [string, Uint8Array, string])[] = [
  ['image', bytes('\xff\xd8\xff\xe0\0\x10JFIF'), 'bang.jpg'],
  ['image', bytes('\x89PNG\r\n\x1a\n'), 'bang.sogoc'],
  ['image', bytes('\0\0\0\x18ftypheic'), 'bang.heic'],
  ['image', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'bang.svg'],
  ['media', bytes('\0\0\0\x18ftypisom'), 'phim.mp4'],
  ['zip', bytes('PK\x03\x04\x14\0hoc-ba.sogoc'), 'hoc-ba.zip'],
  ['office', bytes('PK\x03\x04\x14\0[Content_Types].xml'), 'hoc-ba.sogoc'],
  ['office', bytes('\xd0\xcf\x11\xe0\xa1\xb1'), 'hoc-ba.xls'],
  ['pdf', bytes('%PDF-1.7\n%\xe2\xe3'), 'hoc-ba.pdf'],
  ['html', text('\ufeff  <!DOCTYPE html><script>alert(1)</script>'), 'bang.html'],
  ['html', text('<script>alert(1)</script>'), 'bang.sogoc'],
  ['xml', text('<?xml version="1.0"?><HocBa/>'), 'hoc-ba.xml'],
  ['key', text('{"sogoc-key": 1, "secret": "…"}'), 'thcs.key'],
  ['key', text('-----BEGIN EC PRIVATE KEY-----'), 'khoa.pem'],
  ['program', bytes('MZ\x90\0'), 'hoc-ba.exe'],
  ['program', text('#!/bin/sh\nrm -rf /'), 'hoc-ba.sogoc'],
  ['credential-only', text('eyJh.eyJp.c2ln~WyJz~'), 'hoc-ba.txt'],
  ['json', text('{"a": 1}'), 'a.json'],
  ['json', text('[1, 2]'), 'a.json'],
  ['text', text('Nguyễn Thử Nghiệm'), 'ghi-chu.txt'],
  ['truncated', text('Nguyễn Thử Nghiệm'), 'ghi-chu.sogoc'],
  ['empty', bytes(''), 'hoc-ba.sogoc'],
  ['unknown', bytes('\x01\x02\0\0\0'), 'a.bin'],
];

for (const [kind, content, name] of kinds) {
  test(`${name} is ${kind}`, () => assert.equal(sniff(content, name), kind));
}

test('a bundle is one whatever its name, and half of it is cut short', () => {
  const { bundle } = bundleVector('in force, against genesis');
  assert.equal(sniff(text(bundle), 'photo.jpg'), 'bundle');
  assert.equal(sniff(text(bundle.slice(0, bundle.length / 2)), 'photo.jpg'), 'truncated');
});

test('a bundle is one in any order of its members', () => {
  const bundle = JSON.stringify({ credential: 'x'.repeat(10_000), receipt: '', 'sogoc-bundle': 1 });
  assert.equal(sniff(text(bundle), 'a'), 'bundle');
});

test('a trust anchor is told from a document', () => {
  const { checkpoint_files: files } = readJson<{ checkpoint_files: { file: string }[] }>('docs/vectors/bundles.json');
  assert.equal(sniff(text(files[0]?.file ?? ''), 'anchor.json'), 'anchor');
});

test('JSON too deep for this machine is only damaged', () => {
  assert.equal(sniff(text(`{"sogoc-bundle":${'['.repeat(500_000)}`), 'a.sogoc'), 'truncated');
});
