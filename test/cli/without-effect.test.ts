/** Flags and options without effect: the command refuses them, the library notes them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { exported } from '../sources/outcome.js';
import { untyped } from '../untyped.js';
import { sluice } from './run-sluice.js';

const PROFILE = {
  name: 'told',
  format: 'json',
  pack: 'zip',
  entityProperties: { by: 'executionContext.userId' },
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-idle-'));
  await writeFile(join(folder, 'in.ndjson'), '{"id":"1","type":"a"}\n');
  await writeFile(join(folder, 'p.json'), JSON.stringify([PROFILE]));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('refuses a flag without effect by name', () => {
  test.each([
    [
      'export in.ndjson -o x.json --level 9 --threads 2 --input array',
      '--level (pack none does not compress), --threads (pack none does not compress, and only lines can be scanned',
    ],
    ['export in.ndjson -o x.zip --tenant acme', '--tenant (only an envelope names the tenant, and the pack is zip)'],
    ['export in.ndjson -o x.ndjson.gz --file-name a', '--file-name (it names the document in a zip or envelope'],
    [
      'export in.ndjson --user-id me --user-email a@b',
      '--user-id (the profile writes no property with the user who runs the export), --user-email',
    ],
    ['export in.ndjson --profiles p.json --explain', '--profiles (no profile is selected'],
    ['export in.ndjson --overwrite', '--overwrite (no file is written; name one with --out)'],
    ['generate --entities 1 --overwrite', '--overwrite needs --out'],
    ['unwrap in.ndjson --overwrite', '--overwrite needs --out'],
    ['submit --overwrite', '--overwrite needs --out'],
    ['export postgres://h/d --table t --path a', '--path: without effect'],
    ['inspect rdp+https://h/t --input lines', '--input: without effect'],
  ])('%s', async (line, words) => {
    const { code, stdout, stderr } = await sluice(line.split(' '), { cwd: folder });
    expect({ code, stdout: stdout.toString() }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test.each([
    'export in.ndjson -o x.zip --level 9 --threads 2 --file-name a --export-id b --quiet',
    'export in.ndjson --pack envelope -o x.json --level 0 --tenant acme --file-name a --overwrite --quiet',
    'export in.ndjson --profiles p.json --profile told --user-id me -o x.zip --quiet',
  ])('accepts one with an effect: %s', async (line) => {
    expect(await sluice(line.split(' '), { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('notes an option without effect by name', () => {
  const notesOf = async (options: Partial<ExportOptions>) => {
    const { receipt } = await exported({ source: bytes(['{"id":"1"}\n']), ...options });
    return receipt?.notes.filter(({ code }) => code === 'OPTIONS_WITHOUT_EFFECT');
  };

  test.each<[Partial<ExportOptions>, string]>([
    [{ level: 3, threads: 2 }, 'without effect here: level (pack none does not compress)'],
    [{ tenant: 't', pack: 'gzip' }, 'tenant (only an envelope names the tenant, and the pack is gzip)'],
    [
      { userEmail: 'a@b', userId: 'a', profiles: untyped([PROFILE]), request: { profile: 'told' } },
      'userEmail (the profile',
    ],
    [{ uniqueIds: false }, 'uniqueIds (the request has no ids)'],
  ])('%j', async (options, words) => {
    const notes = await notesOf(options);
    expect(notes).toHaveLength(1);
    expect(notes?.[0]?.text).toContain(words);
  });

  test('notes none if all have an effect', async () => {
    expect(await notesOf({ level: 3, threads: 2, tenant: 't', pack: 'envelope', uniqueIds: true })).toStrictEqual([]);
    expect(await notesOf({ pack: 'gzip', level: 3, request: { ids: ['1'] }, uniqueIds: false })).toStrictEqual([]);
  });

  test('notes a pair of the context that no profile has', async () => {
    const profiles = [{ name: 'told', format: 'json', pack: 'none', context: { app: 'a' } }] as const;
    const texts = async (request: object) => (await notesOf({ profiles, request }))?.map(({ text }) => text);
    const none = 'without effect here: profileContext.zz (no profile called "told" has it in its context)';
    expect(await texts({ profile: 'told', profileContext: { app: 'A', zz: 'qq' } })).toStrictEqual([none]);
    expect(await texts({ profileContext: { app: 'A', zz: 'qq' } })).toStrictEqual([
      'without effect here: profileContext.zz (no profile has it in its context)',
    ]);
    const line = 'export in.ndjson -o x.zip --profiles p.json --profile told --user-id me --profile-context zz=qq';
    const { code, stderr } = await sluice(line.split(' '), { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toContain('profileContext.zz (no profile called "told" has it in its context)');
  });

  test('takes the suffix of the file into account', async () => {
    const source = bytes(['{"id":"1"}\n']);
    const { notes } = await exportEntities({ source, level: 3, request: { types: ['_ALL'] } }).toFile(
      join(folder, 'x.zip'),
    );
    expect(notes.map(({ code }) => code)).not.toContain('OPTIONS_WITHOUT_EFFECT');
  });
});

test('notes an empty list of ids', async () => {
  const { receipt } = await exported({ source: bytes(['{"id":"1"}\n']), request: { ids: [] } });
  expect(receipt).toMatchObject({ written: 0, notes: [{ code: 'NO_IDS' }] });
});

test.each(['id', 'tenant', 'userId', 'userEmail', 'idField', 'typeField'])('an empty %s is refused', (name) => {
  expect(() => exportEntities({ source: bytes(['']), [name]: '' })).toThrow(
    expect.objectContaining({ code: 'INVALID', path: name }),
  );
});

test.each([
  [{ fileName: '' }, 'fileName'],
  [{ profile: '' }, 'profile'],
  [{ fileName: '', params: {} }, 'fileName'],
])('refuses an empty name in a request: %j', (request, path) => {
  expect(() => exportEntities({ source: bytes(['']), request })).toThrow(
    expect.objectContaining({ code: 'INVALID', path }),
  );
});

test.each([
  ['--receipt', 'in.ndjson', 1],
  ['--receipt', 'few.ndjson --on-error skip --rejects r', 1],
])('the error of a failed %s states that the result is complete: %s', async (flag, args, records) => {
  await writeFile(join(folder, 'few.ndjson'), '{"id":"1"}\nbad\n');
  const line = `export ${args} -o out.ndjson --quiet ${flag} /dev/full`;
  const { code, stderr } = await sluice(line.split(' '), { cwd: folder });
  expect(code).toBe(5);
  expect(stderr).toContain(
    `/dev/full: ENOSPC: no space left on device, write; the result itself is complete: ${records} record to out.ndjson (DISK_FULL)`,
  );
});
