/** Every public function of every entry point refuses unknown options when it is called, by name. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fastify } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as index from '../../src/index.js';
import * as metrics from '../../src/metrics.js';
import * as postgres from '../../src/read-postgres.js';
import * as rdp from '../../src/read-rdp.js';
import * as readS3 from '../../src/read-s3.js';
import * as stages from '../../src/stages.js';
import { SluiceError } from '../../src/terms/errors.js';
import * as s3 from '../../src/write-s3.js';

const DOORS = { index, stages, metrics, postgres, rdp, readS3, s3 };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-doors-'));
  await writeFile(join(folder, 'in.ndjson'), '{"id":"a"}\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Arguments as plain JavaScript passes them. */
type Arguments = readonly unknown[];

/** Calls of a function with an unknown option, and with invalid arguments. */
interface Asked {
  /** Puts options beside what must be there; absent for functions that take none. */
  readonly withOptions?: (options: object) => Arguments;
  readonly wrong: readonly Arguments[];
}

const source = () => index.bytes('{"id":"a"}\n');
const HEADERS = Object.fromEntries(
  ['auth-client-id', 'auth-client-secret', 'x-rdp-clientId', 'x-rdp-userId', 'x-rdp-tenantId', 'x-rdp-userRoles'].map(
    (name) => [name, 'x'],
  ),
);
const NO_RUN: Arguments[] = [[{ run: 3 }], [{ run: {} }], [null], ['x'], [3]];
const STREAM: Asked = { withOptions: (options) => [options], wrong: NO_RUN };

const FUNCTIONS: Readonly<Record<string, Asked>> = {
  bytes: { wrong: [[], [null], [3], [{}], [[], 3]] },
  createRun: { withOptions: (options) => [options], wrong: [[null], [3], [{ signal: 3 }], [{ onReject: 'x' }]] },
  explainPlan: { wrong: [[], [null], [3], [{}], ['x']] },
  exportEntities: {
    withOptions: (options) => [{ source: source(), ...options }],
    wrong: [
      ...[[], [null], [3], [{}], [{ source: 3 }], [{ source: [] }], [{ source: {} }], [{ source: { inputs: 3 } }]],
      ...[
        { reader: 'fast' },
        { digest: 'yes' },
        { signal: {} },
        { logger: {} },
        { onProgress: 3 },
        { onReject: 3 },
      ].map((options) => [{ source: source(), ...options }]),
      ...[{ schema: 3 }, { schema: { type: 'object', properties: 3 } }, { level: 23 }].map((options) => [
        { source: source(), ...options },
      ]),
    ],
  },
  exportToFile: {
    withOptions: (options) => ['out.ndjson', { source: source(), ...options }],
    wrong: [
      ...[[], ['out.ndjson'], [3, { source: source() }], ['', { source: source() }], ['out.ndjson', { source: 3 }]],
      ...[{ overwrite: 'yes' }, { onReject: () => {} }, { level: 10 }].map((options) => [
        ...['out.ndjson', { source: source(), ...options }],
      ]),
    ],
  },
  filesFrom: {
    withOptions: (options) => ['list.txt', options],
    wrong: [[], [null], [3], [''], ['list.txt', null], ['list.txt', { sort: 'size' }], ['list.txt', { null: 'yes' }]],
  },
  httpFiles: {
    withOptions: (options) => ['https://x/a.json', options],
    wrong: [[], [3], ['x'], ['ftp://x/a'], [[]], ['https://x/a', null], ['https://x/a', { timeoutMs: 0 }]],
  },
  files: { wrong: [[], [3], [''], ['a', null]] },
  objects: { wrong: [[], [null], [3], [{}], [[], 3]] },
  planExport: {
    withOptions: (options) => [options],
    wrong: [[null], [3], ['x'], [{}, { destnation: 'x' }], [{}, { fallbackFormat: 'xml' }], [{ request: 3 }]],
  },
  unwrapEnvelope: { withOptions: (options) => ['x', options], wrong: [[], [3], ['x', null], ['x', { signal: 3 }]] },
  verifyExport: {
    withOptions: (options) => ['x', options],
    wrong: [[], [3], [''], ['x', null], ['x', { receipt: 3 }], ['x', { receipt: {} }], ['x', { signal: 3 }]],
  },
  writable: { wrong: [[], [3], [{}], [new PassThrough(), 3]] },

  base64: STREAM,
  check: STREAM,
  encodeDsv: { ...STREAM, wrong: [...NO_RUN, [{ delimiter: 3 }], [{ locale: '' }], [{ attributes: 'x' }]] },
  encodeJson: { ...STREAM, wrong: [...NO_RUN, [{ format: 'xml' }], [{ schema: 3 }], [{ schema: { type: 3 } }]] },
  envelope: {
    withOptions: (options) => [{ run: index.createRun(), ...options }],
    wrong: [...NO_RUN, [], [{}], [{ run: index.createRun(), tenant: 3 }]],
  },
  filterByCriteria: {
    withOptions: (options) => [{}, options],
    wrong: [[], [3], [null], [{}, { now: 'x' }], [{ x: 1 }]],
  },
  filterById: {
    withOptions: (options) => ['a', options],
    wrong: [[], [3], [[3]], [null], ['a', { uniqueIds: 'no' }], ['a', null]],
  },
  filterByName: { withOptions: (options) => ['a', options], wrong: [[], [3], [null], ['a', { run: 1 }]] },
  filterByType: { withOptions: (options) => ['a', options], wrong: [[], [3], [[3]], [null], ['a', 3]] },
  gzip: {
    ...STREAM,
    wrong: [...NO_RUN, [{ level: 10 }], [{ threads: 0 }], [{ deflate: 'x' }], [{ level: 6, deflate: 'sluice' }]],
  },
  zstd: { ...STREAM, wrong: [...NO_RUN, [{ level: 0 }], [{ level: 23 }], [{ threads: 0 }]] },
  limit: {
    withOptions: (options) => [1, options],
    wrong: [[], [undefined], [null], ['x'], [-1], [1.5], [Number.POSITIVE_INFINITY], [1, { run: 1 }]],
  },
  skip: {
    withOptions: (options) => [1, options],
    wrong: [[], [undefined], [null], ['x'], [-1], [1.5], [1, { run: 1 }]],
  },
  sort: {
    withOptions: (options) => ['id', options],
    wrong: [
      ...[[], [undefined], [null], [3], [''], ['id upwards'], [{ attribute: 'a', order: 'up' }]],
      ...[
        ['id', { run: 1 }],
        ['id', { contexts: 'some' }],
        ['id', { valueContexts: 3 }],
      ],
    ],
  },
  filterEntities: {
    withOptions: (options) => [() => true, options],
    wrong: [[], [3], [() => true, { concurrency: 0 }]],
  },
  mapEntities: { withOptions: (options) => [() => {}, options], wrong: [[], [3], [() => {}, { concurrency: 0 }]] },
  project: {
    withOptions: (options) => [{}, options],
    wrong: [[], [3], [null], [{ attributes: 3 }], [{}, { memberNames: { id: 'x' } }], [{}, { contexts: 3 }]],
  },
  readEntities: {
    withOptions: (options) => [source(), options],
    wrong: [
      ...[[], [3], [{}], [source(), null], [source(), { locate: ['x'] }], [source(), { memberNames: { id: 3 } }]],
      ...[{ trust: 'yes' }, { maxDepth: 0 }, { reader: 'fast' }, { input: 'xml' }].map((options) => [
        source(),
        options,
      ]),
    ],
  },
  scanEntities: { ...STREAM, wrong: [...NO_RUN, [{ trust: 'yes' }], [{ onError: 'go on' }]] },
  zip: {
    withOptions: (options) => [{ name: 'x', ...options }],
    wrong: [...NO_RUN, [], [{}], [{ name: 3 }], [{ name: '' }], [{ name: 'x', level: -1 }]],
  },

  jobMetrics: { wrong: [[], [3], [{}], [null]] },
  requestMetrics: { wrong: [[], [3], [{}], [null]] },
  sluiceMetrics: {
    withOptions: (options) => [fastify(), { registry: new Registry(), authenticate: 'none', ...options }],
    wrong: [],
  },
  postgresEntities: {
    withOptions: (options) => [{ connection: 'postgres://x/y', table: 't', ...options }],
    wrong: [
      [],
      [3],
      [{}],
      [{ connection: '' }],
      [{ connection: 'x', table: 3 }],
      [{ connection: 'x', table: 't', key: 'k' }],
    ],
  },
  rdpEntities: {
    withOptions: (options) => [{ server: 'https://x', headers: HEADERS, ...options }],
    wrong: [[], [3], [{}], [{ server: 3, headers: HEADERS }], [{ server: 'https://x' }]],
  },
  s3Objects: {
    withOptions: (options) => ['s3://bucket/key', options],
    wrong: [[], [3], ['x'], [[]], ['s3://b/k', null], ['s3://b/k', { connections: 0 }]],
  },
  openS3Store: {
    withOptions: (options) => ['s3://bucket/prefix', options],
    wrong: [[], [3], ['x'], ['s3://b/k', null], ['s3://b/k', { presign: 'no' }], ['s3://b/k', { region: 3 }]],
  },
  s3: {
    withOptions: (options) => ['s3://bucket/key', options],
    wrong: [[], [3], ['x'], ['s3://b/k', null], ['s3://b/k', { overwrite: 'no' }], ['s3://b/k', { credentials: 3 }]],
  },
};

const EXPORTED = Object.entries(DOORS).flatMap(([door, names]) =>
  Object.entries(names).flatMap(([name, value]) =>
    typeof value === 'function' && value !== SluiceError ? [{ door, name, value }] : [],
  ),
);

/** The error of a call, thrown or as a rejected promise. */
async function refusal(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (cause) {
    return cause;
  }
  return undefined;
}

test('covers every public function', () => {
  const unasked = EXPORTED.filter(({ name }) => !FUNCTIONS[name]).map(({ door, name }) => `${door}: ${name}`);
  expect(unasked).toStrictEqual([]);
});

describe.each(EXPORTED)('$name ($door)', ({ name, value }) => {
  const { withOptions, wrong } = FUNCTIONS[name] ?? { wrong: [] };
  const call = (given: Arguments) => refusal(() => Reflect.apply(value, undefined, [...given]));

  test('refuses an unknown option by name', async () => {
    if (!withOptions) return;
    expect(await call(withOptions({ colour: 'red' }))).toMatchObject({ code: 'UNKNOWN_KEY', path: 'colour' });
  });

  test.each(wrong.map((given) => ({ given })))('refuses invalid arguments: $given', async ({ given }) => {
    const error = await call(given);
    expect(error).toBeInstanceOf(SluiceError);
    expect(['INVALID', 'UNKNOWN_KEY']).toContain(error instanceof SluiceError && error.code);
  });
});

test.each(['types', 'fields', 'sort', 'maxRecords'])(
  '%s beside the request is told that it belongs there',
  async (key) => {
    const error = await refusal(() => Reflect.apply(index.exportEntities, undefined, [{ source: source(), [key]: 1 }]));
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', path: key });
    expect(error).toMatchObject({ message: expect.stringContaining('it belongs in "request"') });
  },
);

describe('a delivery', () => {
  const makers = {
    exportEntities: () => index.exportEntities({ source: source() }),
    unwrapEnvelope: () => index.unwrapEnvelope(join(folder, 'in.ndjson')),
  };

  test.each(Object.entries(makers))('of %s refuses unknown options', async (_name, make) => {
    const stream = make();
    const toFile = (...given: Arguments) => refusal(() => Reflect.apply(stream.toFile, stream, [...given]));
    const to = (...given: Arguments) => refusal(() => Reflect.apply(stream.to, stream, [...given]));
    expect(await toFile(join(folder, 'out'), { overWrite: true })).toMatchObject({
      code: 'UNKNOWN_KEY',
      path: 'overWrite',
      message: expect.stringContaining('did you mean "overwrite"?'),
    });
    for (const path of [undefined, null, 3, ''])
      expect(await toFile(path)).toMatchObject({ code: 'INVALID', path: 'path' });
    for (const options of [null, 3, { overwrite: 'yes' }]) {
      expect(await toFile(join(folder, 'out'), options)).toMatchObject({ code: 'INVALID' });
    }
    for (const place of [undefined, null, 3, {}]) {
      expect(await to(place)).toMatchObject({ code: 'INVALID', path: 'destination' });
    }
    expect(await readdir(folder)).toStrictEqual(['in.ndjson']);
    stream.destroy();
  });
});
