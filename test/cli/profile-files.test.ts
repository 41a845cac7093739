/** `--profiles`: files with profiles in either form. */
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

test('reads all profiles of all files, in order', async () => {
  const paths = [
    await file('b.json', JSON.stringify([OWN, documentedJsonProfile()])),
    await file('a.json', JSON.stringify({ ...OWN, name: 'other' })),
  ];
  expect((await readProfiles(paths)).map(({ name }) => name)).toStrictEqual(['own', 'downloadDataJSONJob', 'other']);
  expect(await readProfiles([])).toStrictEqual([]);
});

test('faults name the file and the path in it', async () => {
  const path = await file('p.json', JSON.stringify({ configObjects: [{ name: 'x', data: {} }] }));
  await expect(readProfiles([path])).rejects.toMatchObject({
    code: 'INVALID',
    path: 'configObjects[0].data.contexts',
    source: path,
    message: expect.stringContaining('p.json: configObjects[0].data.contexts'),
  });
});

test('errors name a file that is invalid JSON or missing', async () => {
  await expect(readProfiles([await file('p.json', '{')])).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('p.json'),
  });
  await expect(readProfiles([join(folder, 'none.json')])).rejects.toMatchObject({
    code: 'READ_FAILED',
    message: expect.stringContaining('none.json'),
  });
});
