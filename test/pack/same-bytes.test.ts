/** Equal requests, input and ids give equal bytes in every packing, however the input arrives. */
import { Buffer } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { chunksOf } from './drive.js';
import { unzip } from './unzip.js';

const LINES = Array.from({ length: 20_000 }, (_, index) => {
  const name = `Größe ${(index * 7919) % 10_007}`;
  return JSON.stringify({ id: `e${index}`, type: index % 3 ? 'product' : 'sku', name, data: { at: index * 1.5 } });
});
const INPUT = Buffer.from(`${LINES.join('\n')}\n`);
const CHUNKS: readonly (number | readonly number[])[] = [INPUT.length, 65_536, 4096, 997, [1, 50_000, 3]];
const THREADS = [1, 2, 3, 4];

async function exported(sizes: number | readonly number[], options: PlanOptions) {
  const source = bytes(chunksOf(INPUT, sizes));
  const stream = exportEntities({ source, id: 'job-1', request: { types: ['product'] }, digest: true, ...options });
  const output = await buffer(stream);
  const { startedAt, durationMs, busyMs, bottleneck, ...receipt } = await stream.receipt;
  return { output, receipt };
}

const cases = (['none', 'gzip', 'zip', 'envelope'] as const).flatMap((pack) =>
  (['json', 'ndjson'] as const).flatMap((format) =>
    (pack === 'none' ? [1] : [0, 1, 6]).map((level) => ({ pack, format, level })),
  ),
);

describe.each(cases)('pack $pack, format $format, level $level', (options) => {
  test('gives the same bytes and receipt for any chunks', async () => {
    const whole = await exported(INPUT.length, options);
    expect(whole.receipt).toMatchObject({ read: 20_000, written: 13_333, filtered: 6667 });
    for (const sizes of CHUNKS) {
      const cut = await exported(sizes, options);
      expect(cut.receipt, `chunks of ${sizes}`).toStrictEqual(whole.receipt);
      expect(cut.output.equals(whole.output), `chunks of ${sizes}`).toBe(true);
    }
  });

  test('gives the same bytes and receipt for any number of threads', async () => {
    const [first, ...others] = await Promise.all(THREADS.map((threads) => exported(65_536, { ...options, threads })));
    for (const other of others) {
      expect(other.receipt).toStrictEqual(first.receipt);
      expect(other.output.equals(first.output)).toBe(true);
    }
  });
});

test('holds the same document in every packing', async () => {
  const plain = (await exported(4096, { format: 'json', pack: 'none' })).output;
  const gzip = (await exported(4096, { format: 'json', pack: 'gzip' })).output;
  const zip = (await exported(4096, { format: 'json', pack: 'zip' })).output;
  const envelope = (await exported(4096, { format: 'json', pack: 'envelope' })).output;
  expect(gunzipSync(gzip).equals(plain)).toBe(true);
  const [{ entry, content }] = await unzip(zip);
  expect(entry.fileName).toBe('job-1_out.json');
  expect(content.equals(plain)).toBe(true);
  const blob = JSON.parse(envelope.toString()).response.binaryObjects[0].data.blob;
  expect(Buffer.from(blob, 'base64').equals(zip)).toBe(true);
});

test('gives different bytes for another id only where the id is written', async () => {
  const other = exportEntities({ source: bytes([INPUT]), id: 'job-2', pack: 'envelope', request: { maxRecords: 1 } });
  const text = (await buffer(other)).toString();
  expect(JSON.parse(text).response.binaryObjects[0]).toMatchObject({
    id: 'job-2',
    properties: { fileName: 'job-2_out.zip' },
  });
});
