/** `--since`: from the receipt of an earlier export to the criterion of the next one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modifiedSince } from '../../src/cli/since.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-since-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a file and returns its path. */
async function written(content: unknown): Promise<string> {
  const path = join(folder, 'receipt.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('selects what was modified since the start of the export, with an overlap', async () => {
  const path = await written({ startedAt: '2026-01-31T08:30:00.000Z', stoppedBy: 'end' });
  expect(await modifiedSince(path, 300_000)).toStrictEqual({
    modifiedDate: { gte: '2026-01-31T08:25:00.000Z', type: '_DATETIME' },
  });
  expect(await modifiedSince(path, 0)).toStrictEqual({
    modifiedDate: { gte: '2026-01-31T08:30:00.000Z', type: '_DATETIME' },
  });
});

test.each([
  ['invalid JSON', '{"startedAt":'],
  ['a list', '[]'],
  ['a receipt without a start', { stoppedBy: 'end' }],
  ['a start that is not a time', { startedAt: 'yesterday', stoppedBy: 'end' }],
  ['a run that ended at its limit', { startedAt: '2026-01-31T08:30:00.000Z', stoppedBy: 'limit' }],
])('refuses %s', async (_case, content) => {
  await expect(modifiedSince(await written(content), 0)).rejects.toMatchObject({ code: 'INVALID' });
});

test('reports a missing receipt', async () => {
  await expect(modifiedSince(join(folder, 'none.json'), 0)).rejects.toMatchObject({ code: 'READ_FAILED' });
});
