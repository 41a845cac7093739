/** Workbooks are verified by their checksums, wherever they are, and are no inputs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { objects } from '../../src/sources/objects.js';
import { verifyExport } from '../../src/verify/verify-export.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'workbook-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const ENTITIES = Array.from({ length: 50 }, (_, at) => ({ id: `e${at}`, type: 't', text: 'lorem '.repeat(at) }));

const written = async (
  name: string,
  options: { readonly pack?: 'envelope' | 'zip'; readonly batchSize?: number } = {},
) => {
  const path = join(home, name);
  const receipt = await exportEntities({ source: objects(ENTITIES), format: 'xlsx', ...options }).toFile(path, {
    overwrite: true,
  });
  return { path, receipt };
};

test.each([
  ['workbook', 'a.xlsx', {}, 1],
  ['zip', 'a.zip', { batchSize: 20 }, 3],
  ['envelope', 'a.json', { pack: 'envelope' }, 1],
  ['gzip', 'a.xlsx.gz', {}, 1],
  ['folder', 'folder/', { batchSize: 20 }, 3],
] as const)('accepts a complete workbook without counting its records: %s', async (kind, name, options, count) => {
  const { path, receipt } = await written(name, options);
  const found = await verifyExport(path, { receipt });
  expect(found).toMatchObject({ kind, output: { bytes: receipt.output.bytes } });
  expect(found.records).toBeUndefined();
  expect(found.files).toHaveLength(count);
  const [first] = receipt.files;
  const lies = { ...receipt, files: [{ ...first, sha256: '0'.repeat(64) }, ...receipt.files.slice(1)] };
  await expect(verifyExport(path, { receipt: lies })).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
});

test('detects damage in any part, and a truncated workbook', async () => {
  const { path } = await written('whole.xlsx');
  const whole = await readFile(path);
  const sheet = whole.indexOf('xl/worksheets/sheet1.xml');
  const broken = Buffer.from(whole);
  broken[sheet + 60] ^= 1;
  for (const bytes of [broken, whole.subarray(0, -1), whole.subarray(0, sheet + 100)]) {
    const damaged = join(home, 'damaged.xlsx');
    await writeFile(damaged, bytes);
    await expect(verifyExport(damaged)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
  }
});

test.each([
  ['in.xlsx', {}, 'in.xlsx is a workbook or document of Office'],
  ['in.xlsx.gz', {}, 'is a workbook or document of Office'],
  ['in.zip', { batchSize: 20 }, '_1_out.xlsx is a workbook, not JSON'],
  ['in.json', { pack: 'envelope' }, 'in.json is a workbook or document of Office'],
] as const)('is refused as an input by its name: %s', async (name, options, message) => {
  const { path } = await written(name, options);
  const refused = exportEntities({ source: path }).toBuffer();
  await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED_INPUT' });
  await expect(refused).rejects.toThrow(message);
});
