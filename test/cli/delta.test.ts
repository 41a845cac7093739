/** `--delta-from` and `--delta-to`: a chain on the command line, and what is refused. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sluice } from './run-sluice.js';

let cwd = '';

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sluice-delta-'));
  await writeFile(join(cwd, 'in.ndjson'), '{"id":"1","type":"a"}\n{"id":"2","type":"a"}\n');
  await writeFile(join(cwd, 'next.ndjson'), '{"id":"2","type":"a"}\n{"id":"3","type":"a"}\n');
});
afterAll(() => rm(cwd, { recursive: true }));

test('a chain to standard output and to a file, with the numbers in summary and receipt', async () => {
  const chain = ['--delta-from', 'index', '--delta-to', 'index'];
  const first = await sluice(['export', 'in.ndjson', ...chain], { cwd });
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('there was no index of an earlier export') });
  expect(first.stdout.toString().split('\n')).toHaveLength(3);
  const second = await sluice(['export', 'next.ndjson', ...chain, '-o', 'd.csv', '--receipt', 'r.json'], { cwd });
  expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('2 records (1 new, 0 changed, 1 deleted)') });
  expect(await readFile(join(cwd, 'd.csv'), 'utf8')).toBe('id,type,action\r\n3,a,\r\n1,a,delete\r\n');
  const { delta } = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8'));
  expect(delta).toEqual({ new: 1, changed: 0, unchanged: 1, deleted: 1 });
  expect(await sluice(['verify', 'd.csv', '--receipt', 'r.json'], { cwd })).toMatchObject({ code: 0 });
});

test('is explained', async () => {
  const { stdout } = await sluice(['export', 'in.ndjson', '--delta-from', 'a', '--delta-to', 'b', '--explain'], {
    cwd,
  });
  expect(stdout.toString()).toContain('since the export that left a,');
  expect(stdout.toString()).toContain('index for the next delta in b.');
});

test.each([
  [['--resume', '-o', 'x.json', '--delta-to', 'new'], '--resume is not for deltas'],
  [['--max-records', '1', '--delta-to', 'new'], 'maxRecords'],
  [['-o', 'new', '--delta-to', 'new'], 'are the same file'],
  [['--delta-to', 'new', '--receipt', 'new'], 'are the same file'],
  [['--delta-from', 'in.ndjson'], 'not an intact index'],
  [['--delta-to', 'in.ndjson'], 'in.ndjson'],
  [['--delta-from', 'missing', '--delta-to', 'new'], 'there is no such index'],
  [['--delta-to', 'new.gz'], 'is written plain'],
  [['--delta-to', '-'], 'needs a file'],
])('%j is refused by name, and leaves nothing', async (flags, message) => {
  const { code, stderr } = await sluice(['export', 'in.ndjson', ...flags], { cwd });
  expect(code).not.toBe(0);
  expect(stderr).toContain(message);
  await expect(readFile(join(cwd, 'new'))).rejects.toMatchObject({ code: 'ENOENT' });
});
