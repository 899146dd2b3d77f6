import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { test } from 'node:test';
import { outline } from '@sogoc/light-client';
import type { Incoming } from '../src/intake.js';
import { ORIGINAL_BYTES_MAX, originalOf, pair } from '../src/originals.js';
import { bundleVector, incoming } from './repository.js';

const sealing = incoming('da-ky.sogoc', bundleVector('with its original').bundle);
const transcript = incoming('hoc-ba.sogoc', bundleVector('in force, against genesis').bundle);
const sealedName = outline(sealing.bytes ?? new Uint8Array()).claims.find((claim) => claim.path === 'file_name')?.value ?? '';

const other = (name: string, sniffed: Incoming['sniffed'] = 'pdf'): Incoming =>
  ({ name, sniffed, bytes: undefined, file: new File(['%PDF-'], name) as unknown as globalThis.File });

/** What each file is compared with; files that are not compared stand for themselves. */
const paired = async (files: readonly Incoming[]): Promise<string[]> =>
  (await pair(files)).map((job) => `${job.incoming.name} ~ ${job.original?.name ?? ''}`);

test('a document and the only PDF beside it belong together, whatever its name', async () => {
  assert.deepEqual(await paired([other('hoc-ba (1).pdf'), sealing]), ['da-ky.sogoc ~ hoc-ba (1).pdf']);
});

test('a picture is not taken for the original, nor a PDF for that of a transcript', async () => {
  assert.deepEqual(await paired([sealing, other('a.jpg', 'image')]), ['da-ky.sogoc ~ ', 'a.jpg ~ ']);
  assert.deepEqual(await paired([transcript, other('a.pdf')]), ['hoc-ba.sogoc ~ ', 'a.pdf ~ ']);
});

test('among many, only the name decides', async () => {
  assert.notEqual(sealedName, '');
  assert.deepEqual(await paired([sealing, transcript, other(sealedName), other('b.pdf')]),
    [`da-ky.sogoc ~ ${sealedName}`, 'hoc-ba.sogoc ~ ', 'b.pdf ~ ']);
  assert.deepEqual(await paired([sealing, transcript, other('b.pdf')]), ['da-ky.sogoc ~ ', 'hoc-ba.sogoc ~ ', 'b.pdf ~ ']);
});

test('where two documents show one name nothing is compared', async () => {
  const twice = { ...sealing, name: 'khac.sogoc' };
  assert.deepEqual(await paired([sealing, twice, other(sealedName)]), ['da-ky.sogoc ~ ', 'khac.sogoc ~ ', `${sealedName} ~ `]);
});

test('an original that is too large is not read', async () => {
  const file = { name: 'a.pdf', size: ORIGINAL_BYTES_MAX + 1 } as globalThis.File;
  assert.equal(await originalOf(file), undefined);
});
