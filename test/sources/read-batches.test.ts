/** Reading in batches: positions, member names, byte counts, and the end. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import type { ExportOptions } from '../../src/export/export-options.js';
import { planExport } from '../../src/export/plan-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { type ReadOptions, readBatches } from '../../src/sources/read-batches.js';
import type { Source } from '../../src/sources/source.js';
import { type Batch, entityCount } from '../../src/terms/batch.js';
import { exported } from './outcome.js';

const OPTIONS: ReadOptions = { ...planExport().read, reader: 'scan', recycle: false };

/** Several sources as one source. */
function together(...sources: readonly Source[]): Source {
  return {
    async *inputs(signal) {
      for (const source of sources) yield* source.inputs(signal);
    },
  };
}

async function batchesOf(source: Source, run = newRun()): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readBatches(source, OPTIONS, run)) batches.push(batch);
  return batches;
}

test('counts records within their input', async () => {
  const text = Array.from({ length: 60_000 }, (_, id) => `{"id":"e${id}","x":"${'y'.repeat(20)}"}\n`).join('');
  const run = newRun();
  const batches = await batchesOf(together(bytes([text], 'one'), bytes(['{"id":1}\n'], 'two')), run);
  const one = batches.filter(({ source }) => source === 'one');
  expect(one.length).toBeGreaterThan(1);
  let next = 0;
  for (const batch of one) {
    expect(batch.firstIndex).toBe(next);
    next += batch.covers;
    expect(entityCount(batch)).toBe(batch.covers);
  }
  expect(next).toBe(60_000);
  expect(batches.at(-1)).toMatchObject({ source: 'two', firstIndex: 0, covers: 1 });
  expect(run.ledger).toMatchObject({ found: 60_001, bytesIn: text.length + 9 });
});

test('counts bytes before they are decompressed', async () => {
  const run = newRun();
  const packed = gzipSync('{"id":1}\n'.repeat(10_000));
  await batchesOf(bytes([packed]), run);
  expect(run.ledger).toMatchObject({ found: 10_000, bytesIn: packed.length });
});

test('a failure arrives after the entities before it', async () => {
  async function* failing() {
    yield '{"id":1}\n{"id":2}\n';
    throw new Error('gone');
  }
  const batches = await batchesOf(together(bytes(failing(), 'one'), bytes(['{"id":3}\n'], 'two')));
  expect(batches.map((batch) => [batch.source, batch.covers])).toStrictEqual([
    ['one', 2],
    ['one', 0],
  ]);
  expect(batches[1].ending).toMatchObject({ kind: 'fault', error: { code: 'READ_FAILED', source: 'one' } });
});

test('a run that stops reads no further, and opens no more inputs', async () => {
  const run = newRun();
  const opened: string[] = [];
  const source: Source = {
    async *inputs(signal) {
      for (const name of ['one', 'two']) {
        opened.push(name);
        yield* bytes(['{"id":1}\n'], name).inputs(signal);
      }
    },
  };
  for await (const batch of readBatches(source, OPTIONS, run)) {
    expect(batch.source).toBe('one');
    run.stop();
  }
  expect(opened).toStrictEqual(['one']);
  expect(await batchesOf(source, run)).toStrictEqual([]);
});

describe('members of other names', () => {
  const entities = [
    { sku: 'a', kind: 'x', id: 'z', type: 'z' },
    { sku: 'b', kind: 'y' },
    { id: 'a', type: 'x' },
  ];
  const lines = entities.map((entity) => `${JSON.stringify(entity)}\n`);
  const valuesOf = async (options: ExportOptions): Promise<unknown> =>
    JSON.parse((await exported({ ...options, format: 'array' })).output.toString());
  const asked = (request: object): Partial<ExportOptions> => ({
    format: 'ndjson',
    idField: 'sku',
    typeField: 'kind',
    request,
  });

  test.each<[string, () => Partial<ExportOptions> & Pick<ExportOptions, 'source'>]>([
    ['as text', () => ({ source: bytes(lines) })],
    ['as objects', () => ({ source: objects(entities) })],
    ['as text read by stream-json', () => ({ source: bytes(lines), reader: 'stream-json' })],
  ])('%s', async (_kind, how) => {
    expect(await valuesOf({ ...how(), ...asked({ types: ['X'] }) })).toStrictEqual([entities[0]]);
    expect(await valuesOf({ ...how(), ...asked({ ids: ['b'] }) })).toStrictEqual([entities[1]]);
    expect(await valuesOf({ ...how(), ...asked({ fields: {} }) })).toStrictEqual([
      { sku: 'a', kind: 'x' },
      entities[1],
      {},
    ]);
  });

  test('only the named members must be unique', async () => {
    const twice = ['{"sku":"a","id":1,"id":2,"type":1,"type":2}\n'];
    expect((await exported({ source: bytes(twice), ...asked({}) })).output.toString()).toBe(twice[0]);
    const { error } = await exported({ source: bytes(['{"sku":"a","sku":"b"}']), ...asked({}) });
    expect(error?.code).toBe('DUPLICATE_KEY');
  });

  test('distinguish lines from documents', async () => {
    const input = '{"sku":"a","entities":[{"sku":"b"}]}\n{"sku":"c"}\n';
    expect((await exported({ source: bytes([input]), ...asked({}) })).output.toString()).toBe(input);
  });
});
