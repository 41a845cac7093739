/** Complete exports as files: each folder of `test/fixtures` has an input, a request and the expected results. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEntities } from '../src/export/run-export.js';
import { catalog } from '../src/generate/catalog.js';
import { verifyExport } from '../src/verify/verify-export.js';
import { sluice } from './cli/run-sluice.js';
import { unzip } from './pack/unzip.js';
import { exported } from './sources/outcome.js';
import { untyped } from './untyped.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FIXTURES = join(ROOT, 'test/fixtures');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-fixtures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The files of one case. */
interface Fixture {
  readonly name: string;
  readonly input: string;
  readonly request: unknown;
  readonly expected: string;
  readonly format: 'json' | 'ndjson';
}

function fixture(name: string): Fixture {
  const names = readdirSync(join(FIXTURES, name));
  const path = (wanted: RegExp) => join(FIXTURES, name, names.find((one) => wanted.test(one)) ?? 'missing');
  const expected = path(/^expected\.(json|ndjson)$/);
  return {
    name,
    input: path(/^input\./),
    request: JSON.parse(readFileSync(path(/^request\.json$/), 'utf8')),
    expected: readFileSync(expected, 'utf8'),
    format: expected.endsWith('.ndjson') ? 'ndjson' : 'json',
  };
}

const CASES = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => fixture(name));

test('finds the cases', () => {
  expect(CASES.length).toBeGreaterThan(9);
});

describe.each(CASES)('$name', ({ name, input, request, expected, format }) => {
  test('exports the expected stream', async () => {
    const { output, receipt } = await exported({ source: input, request: untyped(request), format, pack: 'none' });
    expect(output.toString()).toBe(expected);
    expect(receipt).toMatchObject({ bytesOut: Buffer.byteLength(expected) });
  });

  test('exports an envelope whose file is the same', async () => {
    const path = join(folder, `${name}.json`);
    const stream = exportEntities({ source: input, request: untyped(request), format, pack: 'envelope' });
    const receipt = await stream.toFile(path);
    const verified = await verifyExport(path, { receipt });
    expect(verified.files[0]).toMatchObject({ bytes: Buffer.byteLength(expected), records: receipt.written });
    const { response } = JSON.parse(await readFile(path, 'utf8'));
    const [{ content }] = await unzip(Buffer.from(response.binaryObjects[0].data.blob, 'base64'));
    expect(content.toString()).toBe(expected);
    expect(response.totalRecords).toBe(receipt.written);
  });
});

test('catalog.ndjson is the output of `sluice generate --entities 120 --entity-bytes 2000`', async () => {
  const { bytes } = catalog({ seed: 1, form: 'lines', entities: 120, entityBytes: 2000 });
  expect((await readFile(join(FIXTURES, 'catalog.ndjson'))).equals(bytes)).toBe(true);
});

test('exports the first ten real stores of one type byte for byte', async () => {
  const source = join(ROOT, '../shared/data/stores.json');
  if (!(await stat(source).catch(() => undefined))) {
    return console.info('there are no real stores beside the project: nothing was tested on them');
  }
  const result = join(folder, 'stores.zip');
  const { code } = await sluice(['export', source, '--type', 'BigBox', '--max-records', '10', '-o', result]);
  expect(code).toBe(0);
  // Every store begins with its id, and no object inside a store does.
  const texts = (await readFile(source, 'utf8'))
    .trim()
    .slice(1, -1)
    .split(/,(?=\{"id":)/);
  const wanted = texts.filter((text) => JSON.parse(text).type === 'BigBox').slice(0, 10);
  const [{ content }] = await unzip(await readFile(result));
  expect(content.toString()).toBe(`{"entities":[${wanted.join()}]}`);
  expect(wanted).toHaveLength(10);
});
