/** The stages as Node streams: each alone, in any useful order, and what they refuse. */
import { type Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import {
  base64,
  bytes,
  check,
  createRun,
  encodeDsv,
  encodeJson,
  envelope,
  filterByCriteria,
  filterById,
  filterByName,
  filterByType,
  gzip,
  limit,
  mapEntities,
  objects,
  project,
  readEntities,
  SluiceError,
  scanEntities,
  skip,
  sort,
  zip,
} from '../../src/stages.js';
import { someBytes } from '../pack/drive.js';
import { unzip } from '../pack/unzip.js';
import { watchedCatalog } from '../sources/fake-source.js';
import { failureOf, refusalOf } from '../sources/outcome.js';

const ENTITIES = [
  '{"id":"a","type":"product","name":"Lamp","data":{"attributes":{"x":1,"y":2},"contexts":[]}}',
  '{"id":"b","type":"sku","name":"Lamp"}',
  '{"id":3,"type":"Product","name":"lamp"}',
];
const LINES = ENTITIES.map((entity) => `${entity}\n`).join('');

/** The output of streams in a row. */
async function flow(first: Readable, ...rest: readonly Duplex[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const last = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  await pipeline([first, ...rest, last]);
  return Buffer.concat(chunks);
}

const ndjson = () => encodeJson({ format: 'ndjson' });
const lines = (...indices: readonly number[]) => indices.map((index) => `${ENTITIES[index]}\n`).join('');

test.each<[string, () => readonly Duplex[], string]>([
  ['no stage', () => [], LINES],
  ['filterByType', () => [filterByType('PRODUCT')], lines(0, 2)],
  ['filterByType of several types', () => [filterByType(['sku', 'product'])], LINES],
  ['filterByType of any type', () => [filterByType('_all')], LINES],
  ['filterById', () => [filterById(['3', 'b'])], lines(1, 2)],
  ['filterById without ids', () => [filterById([])], ''],
  ['filterByCriteria', () => [filterByCriteria({ keywords: { keywords: 'LAMP', operator: '_AND' } })], LINES],
  ['filterByCriteria of a relationship', () => [filterByCriteria({ relationships: [{ x: {} }] })], ''],
  ['filterByName', () => [filterByName('Lamp')], lines(0, 1)],
  ['limit', () => [limit(2)], lines(0, 1)],
  ['limit of 0', () => [limit(0)], ''],
  ['limit beyond the end', () => [limit(10)], LINES],
  ['sort by a key', () => [sort('id desc')], lines(1, 0, 2)],
  ['sort by several keys', () => [sort(['type', { field: 'id', order: 'desc' }])], lines(0, 2, 1)],
  ['sort by no key', () => [sort([])], LINES],
  ['a part of what is sorted', () => [sort('id'), skip(1), limit(1)], lines(0)],
  ['skip', () => [skip(1)], lines(1, 2)],
  ['skip of none', () => [skip(0)], LINES],
  ['skip beyond the end', () => [skip(4)], ''],
  ['a skip before a filter', () => [skip(1), filterByType('product')], lines(2)],
  ['check', () => [check()], LINES],
  ['several checks', () => [check(), check(), filterByType('sku'), check()], lines(1)],
  ['two filters', () => [filterByType('product'), filterByName('lamp')], lines(2)],
  ['a limit before a filter', () => [limit(2), filterByType('product')], lines(0)],
  ['a limit after a filter', () => [filterByType('product'), limit(1)], lines(0)],
  ['filters after a projection', () => [project({}), filterById('3'), filterByName('lamp')], lines(2)],
  [
    'project',
    () => [filterById('a'), project({ attributes: ['y'] })],
    '{"id":"a","type":"product","name":"Lamp","data":{"attributes":{"y":2}}}\n',
  ],
  [
    'project of all',
    () => [filterById('a'), project({ attributes: 'all' })],
    '{"id":"a","type":"product","name":"Lamp","data":{"attributes":{"x":1,"y":2}}}\n',
  ],
  [
    'mapEntities',
    () => [mapEntities(({ id }, index) => ({ id, index }))],
    '{"id":"a","index":0}\n{"id":"b","index":1}\n{"id":3,"index":2}\n',
  ],
  [
    'a filter after mapEntities',
    () => [mapEntities(({ id }) => ({ id, type: `of ${id}` })), filterByType('of b')],
    '{"id":"b","type":"of b"}\n',
  ],
])('%s', async (_stages, stages, expected) => {
  for (const source of [bytes([LINES]), bytes([...Buffer.from(LINES)].map((byte) => Buffer.of(byte)))]) {
    expect((await flow(readEntities(source), ...stages(), ndjson())).toString()).toBe(expected);
  }
});

test.each([
  ['json', `{"entities":[${ENTITIES.join()}]}`],
  ['array', `[${ENTITIES.join()}]`],
  ['ndjson', LINES],
] as const)('encodeJson writes %s', async (format, expected) => {
  expect((await flow(readEntities(bytes([LINES])), encodeJson({ format }))).toString()).toBe(expected);
  const empty = { json: '{"entities":[]}', array: '[]', ndjson: '' };
  expect((await flow(readEntities(bytes([])), encodeJson({ format }))).toString()).toBe(empty[format]);
});

test('treats objects in the same way', async () => {
  const entities = ENTITIES.map((entity): unknown => JSON.parse(entity));
  const output = await flow(
    readEntities(objects(entities)),
    filterByType('product'),
    limit(1),
    encodeJson({ format: 'array' }),
  );
  expect(JSON.parse(output.toString())).toStrictEqual([entities[0]]);
});

test('writes objects by the schema of the application', async () => {
  const schema = { type: 'object', properties: { id: { type: 'string' } } } as const;
  expect(
    (await flow(readEntities(objects([{ id: 7, more: 1 }])), encodeJson({ format: 'ndjson', schema }))).toString(),
  ).toBe('{"id":"7"}\n');
});

describe('packing', () => {
  test('gzip', async () => {
    for (const level of [0, 9]) {
      expect(gunzipSync(await flow(readEntities(bytes([LINES])), ndjson(), gzip({ level }))).toString()).toBe(LINES);
    }
  });

  test.each([
    ['products', 'products.json'],
    ['products.json', 'products.json'],
    ['products.ndjson', 'products.ndjson'],
    ['../up/../and:away', '_up_.._and_away.json'],
  ])('zip makes a safe name of %s', async (name, safe) => {
    const [{ entry, content }] = await unzip(await flow(readEntities(bytes([LINES])), ndjson(), zip({ name })));
    expect([entry.fileName, content.toString()]).toStrictEqual([safe, LINES]);
  });

  test('gives the same bytes for any number of threads', async () => {
    const content = someBytes(3_000_000);
    for (const pack of [(threads: number) => zip({ name: 'x', threads }), (threads: number) => gzip({ threads })]) {
      const [first, ...others] = await Promise.all(
        [1, 2, 4, 1024].map((threads) => flow(Readable.from([content]), pack(threads))),
      );
      for (const other of others) expect(other.equals(first)).toBe(true);
    }
  });

  test('base64', async () => {
    expect((await flow(readEntities(bytes([LINES])), ndjson(), base64())).toString()).toBe(
      Buffer.from(LINES).toString('base64'),
    );
  });

  test('foreign bytes enter at any stage', async () => {
    expect((await flow(Readable.from([Buffer.from('a'), Buffer.from('bc')]), base64())).toString()).toBe('YWJj');
    const packed = gunzipSync(await flow(Readable.from(['text']), gzip()));
    expect(packed.toString()).toBe('text');
  });

  test('envelope writes its options and the counts of the run', async () => {
    const run = createRun({ id: 'job-9' });
    const told = { run, tenant: 'acme', version: '2.0', fileName: 'export' };
    const streams = [encodeJson({ run }), zip({ name: 'export' }), base64(), envelope(told)];
    const { response } = JSON.parse((await flow(readEntities(bytes([LINES]), { run }), ...streams)).toString());
    expect(response).toMatchObject({
      binaryObjects: [
        {
          id: 'job-9',
          type: 'JSONObject',
          systemInfo: { tenantId: 'acme' },
          properties: { fileName: 'export.zip', version: '2.0', extension: 'zip' },
        },
      ],
      status: 'success',
      totalRecords: 3,
    });
  });

  test('envelope has default names', async () => {
    const run = createRun({ id: 'job-9' });
    const streams = [encodeJson({ run }), zip({ name: 'x' }), base64(), envelope({ run })];
    const { response } = JSON.parse((await flow(readEntities(bytes([LINES]), { run }), ...streams)).toString());
    expect(response.binaryObjects[0]).toMatchObject({
      systemInfo: { tenantId: 'local' },
      properties: { fileName: 'job-9_out.zip', version: '1.1' },
    });
  });

  test.each([
    ['{"entities":[]}', undefined, 'job-9_out.json', 'JSON'],
    ['a,b\r\n', 'table.csv', 'table.csv', 'csv'],
    ['PK\u0003\u0004', 'table.csv', 'table.zip', 'zip'],
    ['PK\u0003\u0004', 'book.xlsx', 'book.xlsx', 'xlsx'],
    ['PK\u0005\u0006', 'all.ndjson', 'all.zip', 'zip'],
    ['P', 'all.zip', 'all.zip', 'zip'],
    ['', undefined, 'job-9_out.json', 'JSON'],
  ])('envelope names what it holds: %j, called %s, is %s', async (content, given, fileName, extension) => {
    const text = Buffer.from(content).toString('base64');
    for (const size of [1, 3, text.length + 1]) {
      const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      const named = given === undefined ? {} : { fileName: given };
      const output = await flow(Readable.from(pieces), envelope({ run: createRun({ id: 'job-9' }), ...named }));
      const [{ properties, data }] = JSON.parse(output.toString()).response.binaryObjects;
      expect(properties).toStrictEqual({ fileName, version: '1.1', extension });
      expect(data.blob).toBe(text);
    }
  });
});

describe('the receipt', () => {
  test.each([
    ['a limit', () => [limit(5)]],
    ['a limit of the last one', () => [limit(5000)]],
    ['a part', () => [skip(3), limit(2)]],
    ['a limit of mapped ones', () => [mapEntities((entity) => entity), limit(5)]],
    ['a limit of what is mapped to two', () => [mapEntities((entity) => [entity, entity]), limit(5)]],
  ])('counts all that was sorted, of which %s is written', async (_what, part) => {
    const all = Array.from({ length: 5000 }, (_, id) => `{"id":"e${id}","type":"${id % 2 ? 'sku' : 'product'}"}\n`);
    for (const types of ['_ALL', 'product']) {
      const run = createRun();
      const stages = [filterByType(types), sort('id desc'), ...part()];
      const input = readEntities(bytes([all.join('')]), { run });
      const output = await flow(input, ...stages, encodeJson({ format: 'ndjson', run }));
      const written = output.toString().split('\n').length - 1;
      expect(await run.receipt).toMatchObject({ read: 5000, written, rejected: 0 });
    }
  });

  test('counts the work of the streams of the run', async () => {
    const run = createRun({ id: 'job-9' });
    const output = await flow(
      readEntities(bytes([LINES]), { run }),
      filterByType('product', { run }),
      limit(1, { run }),
      encodeJson({ run }),
      gzip({ run }),
    );
    expect(await run.receipt).toMatchObject({
      id: 'job-9',
      read: 1,
      written: 1,
      filtered: 0,
      rejected: 0,
      stoppedBy: 'limit',
      bytesIn: LINES.length,
      bytesOut: output.length,
      notes: [],
    });
  });

  test('waits for the last stream', async () => {
    const run = createRun();
    let settled = false;
    const noted = run.receipt.then(() => {
      settled = true;
    });
    const packed = gzip({ run });
    const writing = pipeline(readEntities(bytes([LINES]), { run }), encodeJson({ run }), packed);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    packed.resume();
    await writing;
    await noted;
  });

  test('rejects when only the last stream has the run', async () => {
    const run = createRun();
    const flowing = failureOf(flow(readEntities(bytes([LINES])), encodeJson({ run })));
    expect(await flowing).toMatchObject({ code: 'INVALID', path: 'run' });
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'INVALID', path: 'run' });
  });

  test('rejects when only streams of bytes have the run', async () => {
    const run = createRun();
    await flow(readEntities(bytes([LINES])), encodeJson(), gzip({ run }));
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'INVALID', path: 'run' });
  });

  test('belongs to one pipeline', async () => {
    const run = createRun();
    const first = readEntities(bytes([LINES]), { run });
    const again = { code: 'ALREADY_USED', path: 'run' };
    expect(await refusalOf(() => readEntities(bytes([LINES]), { run }))).toMatchObject(again);
    expect(await refusalOf(() => scanEntities({ run }))).toMatchObject(again);
    await flow(first, encodeJson({ run }));
    expect(await run.receipt).toMatchObject({ read: 3, written: 3 });
    for (const late of [
      () => readEntities(bytes([LINES]), { run }),
      () => encodeJson({ run }),
      () => zip({ name: 'x', run }),
    ]) {
      expect(await refusalOf(late)).toMatchObject(again);
    }
  });
});

describe('faulty entities', () => {
  // After the members of filters, where only a check of the complete entity finds the fault.
  const faulty = `${ENTITIES[0]}\n{"id":"x","type":"t","name":"n","y":[1,]}\n${ENTITIES[1]}\n${ENTITIES[2]}\n`;

  test('end the run by default', async () => {
    const run = createRun();
    const failure = flow(readEntities(bytes([faulty]), { run }), encodeJson({ run }));
    expect(await failureOf(failure)).toMatchObject({ code: 'INVALID_JSON', recordIndex: 1 });
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'INVALID_JSON' });
  });

  test('that are skipped count towards a limit unless they are checked before it', async () => {
    const written = async (...before: readonly Duplex[]) => {
      const run = createRun();
      const first = readEntities(bytes([faulty]), { run, onError: 'skip' });
      const output = await flow(first, ...before, limit(2), encodeJson({ run, format: 'ndjson' }));
      const { rejected } = await run.receipt;
      return [output.toString(), rejected];
    };
    expect(await written()).toStrictEqual([lines(0), 1]);
    expect(await written(check())).toStrictEqual([lines(0, 1), 1]);
  });

  test('pass with trust', async () => {
    const output = await flow(readEntities(bytes([faulty]), { trust: true }), ndjson());
    expect(output.toString()).toBe(faulty);
  });
});

describe('readEntities', () => {
  test('reads any form, detected or given', async () => {
    const text = ENTITIES.join();
    for (const [input, options] of [
      [`[${text}]`, {}],
      [`{"entities":[${text}]}`, {}],
      [`{"a":{"b":[${text}]}}`, { path: 'a.b' }],
      [`{"x":1,"entities":[${text}]}`, { input: 'document' }],
    ] as const) {
      expect((await flow(readEntities(bytes([input]), options), ndjson())).toString()).toBe(LINES);
    }
  });

  test('reads members of other names', async () => {
    const memberNames = { id: 'sku', type: 'kind', name: 'title' };
    const input = bytes(['{"sku":"a","kind":"x","title":"A","id":"z"}\n{"sku":"b","kind":"x"}\n']);
    const streams = [filterByType('x'), filterByName('A'), project({}, { memberNames }), ndjson()];
    expect((await flow(readEntities(input, { memberNames }), ...streams)).toString()).toBe(
      '{"sku":"a","kind":"x","title":"A"}\n',
    );
  });

  test('reads by stream-json', async () => {
    const output = await flow(readEntities(bytes([LINES]), { reader: 'stream-json' }), filterByType('sku'), ndjson());
    expect(JSON.parse(output.toString())).toStrictEqual(JSON.parse(ENTITIES[1]));
  });

  test('refuses a filter for a member that it does not locate', async () => {
    const first = () => readEntities(bytes([LINES]), { locate: ['type'] });
    expect((await flow(first(), filterByType('sku'), ndjson())).toString()).toBe(lines(1));
    for (const filter of [filterById('a'), filterByName('Lamp')]) {
      expect(await failureOf(flow(first(), filter, ndjson()))).toMatchObject({ code: 'INVALID', stage: 'select' });
    }
  });

  test.each([
    ['filterByType', () => filterByType('sku')],
    ['project', () => project({})],
    ['encodeJson', () => encodeJson()],
    ['encodeDsv', () => encodeDsv()],
  ])('alone makes what %s takes', async (name, stage) => {
    const message = `${name} takes entities from readEntities or scanEntities, not bytes or other objects`;
    expect(await failureOf(flow(Readable.from([{ id: '1' }]), stage()))).toMatchObject({ code: 'INVALID', message });
  });

  test('keeps waiting batches unchanged while it reads on', async () => {
    const { bytes: input } = catalog({ seed: 4, form: 'lines', bytes: 6_000_000 });
    const batches: unknown[] = [];
    await pipeline(
      readEntities(bytes([input])),
      new Writable({
        objectMode: true,
        write(batch, _encoding, done) {
          batches.push(batch);
          done();
        },
      }),
    );
    expect(batches.length).toBeGreaterThan(3);
    const late = Readable.from(batches).pipe(ndjson());
    expect((await buffer(late)).equals(input)).toBe(true);
  });
});

describe('scanEntities', () => {
  test('refuses objects with a typed failure of its pipeline', async () => {
    const written = pipeline(Readable.from([{ id: '1' }]), scanEntities(), encodeJson(), new PassThrough().resume());
    await expect(written).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('objects') });
  });

  test('takes a foreign stream', async () => {
    const output = await flow(
      Readable.from([LINES.slice(0, 30), LINES.slice(30)]),
      scanEntities(),
      filterByType('sku'),
      ndjson(),
    );
    expect(output.toString()).toBe(lines(1));
  });

  test('reads and discards the rest after a limit', async () => {
    const run = createRun();
    const { bytes: input } = catalog({ seed: 4, form: 'lines', bytes: 5_000_000 });
    const chunks = Array.from({ length: 50 }, (_, index) => input.subarray(index * 100_000, (index + 1) * 100_000));
    const foreign = Readable.from(chunks);
    await flow(foreign, scanEntities({ run }), limit(2), encodeJson({ run }));
    expect(await run.receipt).toMatchObject({ read: 2, written: 2, stoppedBy: 'limit' });
    expect(foreign.readableEnded).toBe(true);
  });

  test('fails with a failing foreign stream', async () => {
    const run = createRun();
    const foreign = new PassThrough();
    foreign.write(LINES);
    const failure = flow(foreign, scanEntities({ run }), encodeJson({ run }));
    setImmediate(() => foreign.destroy(new Error('reset by peer')));
    await expect(failure).rejects.toThrow('reset by peer');
    expect((await failureOf(run.receipt)).message).toContain('reset by peer');
  });

  test('refuses faulty bytes', async () => {
    const run = createRun();
    const failure = flow(Readable.from(['{"id":}']), scanEntities({ run }), encodeJson({ run }));
    expect(await failureOf(failure)).toMatchObject({ code: 'INVALID_JSON' });
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'INVALID_JSON' });
  });

  test('is destroyed when its run is aborted', async () => {
    const controller = new AbortController();
    const run = createRun({ signal: controller.signal });
    const foreign = new PassThrough();
    foreign.write(LINES);
    const failure = flow(foreign, scanEntities({ run }), encodeJson({ run }));
    setImmediate(() => controller.abort());
    expect(await failureOf(failure)).toMatchObject({ code: 'ABORTED' });
    expect(foreign.destroyed).toBe(true);
  });
});

test.each<[string, () => unknown, string]>([
  ['a negative limit', () => limit(-1), 'maxRecords'],
  ['a negative skip', () => skip(-1), 'entities'],
  ['an unknown order', () => sort(JSON.parse('{"path":"a","order":"up"}')), 'sort'],
  ['a fractional limit', () => limit(1.5), 'maxRecords'],
  ['a zip with an invalid level', () => zip({ name: 'x', level: 10 }), 'level'],
  ['a zip with a fractional number of threads', () => zip({ name: 'x', threads: 0.5 }), 'threads'],
  ['a gzip with an invalid level', () => gzip({ level: -1 }), 'level'],
  ['a gzip without threads', () => gzip({ threads: 0 }), 'threads'],
  ['a projection with an invalid list', () => project(JSON.parse('{"attributes":7}')), 'fields.attributes'],
  ['a projection with an unknown member', () => project(JSON.parse('{"attribute":["x"]}')), 'fields.attribute'],
])('%s is refused at once', (_what, make, path) => {
  expect(make).toThrow(SluiceError);
  expect(make).toThrow(path);
});

test('a slow reader at the end slows the source down', async () => {
  const seen = watchedCatalog({ bytes: 100_000_000 });
  const run = createRun();
  const last = encodeJson({ run });
  const writing = pipeline(readEntities(seen.source, { run }), filterByType('_ALL'), last);
  await new Promise<void>((resolve) => last.once('readable', resolve));
  for (let turns = 0, before = -1; turns < 500; turns++) {
    if (seen.bytes !== before) turns = 0;
    before = seen.bytes;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(seen.bytes).toBeLessThan(20_000_000);
  last.destroy();
  await expect(writing).rejects.toThrow();
  expect(await failureOf(run.receipt)).toMatchObject({ code: 'ABORTED' });
  expect(seen.closed).toBe(1);
});

describe('tables', () => {
  const rows = (text: Buffer) => text.toString().split('\r\n');

  test('are made of entities, after any stages, and packed under their name', async () => {
    const encode = encodeDsv({ delimiter: ';', attributes: ['y'], locale: 'de-DE' });
    expect(rows(await flow(readEntities(bytes([LINES])), filterByType('sku'), encode))).toEqual([
      'Action;Type;ID;Name;y',
      ';sku;b;Lamp;',
      '',
    ]);
    const packed = await flow(readEntities(bytes([LINES])), encodeDsv(), zip({ name: 'catalog.tsv' }));
    expect((await unzip(packed)).map(({ entry }) => entry.fileName)).toEqual(['catalog.tsv']);
  });

  test('count in the receipt, and report faults before the first byte', async () => {
    const run = createRun();
    const text = await flow(readEntities(bytes([LINES]), { run }), encodeDsv({ run }));
    expect(await run.receipt).toMatchObject({ read: 3, written: 3, bytesOut: text.length });
    const failing = flow(readEntities(bytes(['{"id":1}\n{'])), encodeDsv());
    await expect(failing).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  test('refuse settings of complete exports and unknown ones', () => {
    expect(() => encodeDsv({ multiFile: true })).toThrow(SluiceError);
    expect(() => encodeDsv({ delimiter: 'ab' })).toThrow(SluiceError);
  });
});
