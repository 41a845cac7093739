/** `--profiles`: files with profiles of any kind. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProfiles } from '../../src/cli/profile-files.js';
import { documentedJsonProfile } from '../request/accept/documented-json-profile.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-profiles-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const OWN = { name: 'own', format: 'ndjson', pack: 'gzip' };

test('all profiles of all files, in their order', async () => {
  const paths = [
    await file('b.json', JSON.stringify([OWN, documentedJsonProfile()])),
    await file('a.json', JSON.stringify({ ...OWN, name: 'other' })),
  ];
  expect((await readProfiles(paths)).map(({ name }) => name)).toStrictEqual(['own', 'downloadDataJSONJob', 'other']);
  expect(await readProfiles([])).toStrictEqual([]);
});

test('faults tell the file and the path in it', async () => {
  const path = await file('p.json', JSON.stringify({ configObjects: [{ name: 'x', data: {} }] }));
  await expect(readProfiles([path])).rejects.toMatchObject({
    code: 'INVALID',
    path: 'configObjects[0].data.contexts',
    source: path,
    message: expect.stringContaining('p.json: configObjects[0].data.contexts'),
  });
});

test('what is no JSON, and what is not there, is told by the name of the file', async () => {
  await expect(readProfiles([await file('p.json', '{')])).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('p.json'),
  });
  await expect(readProfiles([join(folder, 'none.json')])).rejects.toMatchObject({
    code: 'READ_FAILED',
    message: expect.stringContaining('none.json'),
  });
});
