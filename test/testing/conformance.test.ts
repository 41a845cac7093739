/** The conformance suites pass for what sluice has itself, and fail for what does not conform. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { file } from '../../src/destinations/file.js';
import { TenantStores } from '../../src/jobs/tenant-stores.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { openS3Store } from '../../src/results/s3-store.js';
import { bytes } from '../../src/sources/bytes.js';
import { files } from '../../src/sources/files.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';
import {
  type BlobStore,
  blobStoreCases,
  type ConformanceCase,
  clockCases,
  type Delivery,
  destinationCases,
  sourceCases,
} from '../../src/testing.js';
import { startS3, type TestS3 } from '../servers/s3-server.js';

const IDS = ['1', '2', '3', '4'];
const ENTITIES = IDS.map((id) => ({ id, type: 'x' }));
const LINES = ENTITIES.map((entity) => `${JSON.stringify(entity)}\n`);

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-conformance-'));
  await writeFile(join(folder, 'all.ndjson'), LINES.join(''));
  await writeFile(join(folder, 'a.ndjson'), LINES.slice(0, 2).join(''));
  await writeFile(join(folder, 'b.ndjson'), LINES.slice(2).join(''));
  await writeFile(join(folder, 'all.ndjson.gz'), gzipSync(LINES.join('')));
  await writeFile(join(folder, 'array.json'), JSON.stringify(ENTITIES));
  return () => rm(folder, { recursive: true });
});

const place = () => join(folder, `place-${count++}`);

/** Runs the cases as tests. */
function all(cases: readonly ConformanceCase[]): void {
  for (const { name, run } of cases) test(name, run);
}

/** Names of the cases that fail. */
async function failing(cases: readonly ConformanceCase[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of cases) {
    await run().catch((cause: unknown) => {
      expect(cause).toBeInstanceOf(Error);
      failed.push(name);
    });
  }
  return failed;
}

describe.each<[string, () => Source]>([
  ['a file', () => files(join(folder, 'all.ndjson'))],
  ['two files', () => files(join(folder, 'a.ndjson'), join(folder, 'b.ndjson'))],
  ['a gzipped file', () => files(join(folder, 'all.ndjson.gz'))],
  ['an array', () => files(join(folder, 'array.json'))],
  ['objects', () => objects(ENTITIES)],
  ['objects that can be read once', () => objects(ENTITIES.values())],
  ['bytes', () => bytes(Buffer.from(LINES.join('')))],
])('a source: %s', (_, open) => all(sourceCases({ open, ids: IDS })));

describe('a source that', () => {
  const inner = () => files(join(folder, 'a.ndjson'), join(folder, 'b.ndjson'));
  const faulty = (over: Partial<Source>) => failing(sourceCases({ open: () => ({ ...inner(), ...over }), ids: IDS }));

  test('leaves out what is selected fails', async () => {
    expect(await faulty({ narrow: () => objects([]) })).toContain(
      'yields what is selected, whatever it leaves out itself',
    );
  });

  test('describes itself anew each time fails', async () => {
    expect(await faulty({ describe: () => count++ })).toStrictEqual([
      'describes itself as plain JSON, each time in the same way',
      'resumes after any slice with the bytes of an undisturbed run',
    ]);
  });

  test('does not know its size fails', async () => {
    expect(await faulty({ totalBytes: async () => -1 })).toStrictEqual([
      'says how many bytes it has as a whole number, or nothing',
    ]);
  });

  test('can be read once and does not say so fails', async () => {
    const open = () => {
      const once = inner();
      let isRead = false;
      const inputs: Source['inputs'] = async function* (signal) {
        if (!isRead) yield* once.inputs(signal);
        isRead = true;
      };
      return { ...once, inputs };
    };
    expect(await failing(sourceCases({ open, ids: IDS }))).toContain(
      'yields the same again, unless it says that it can be read once',
    );
  });
});

describe('a destination: a file', () => {
  let path = '';
  all(
    destinationCases({
      open: () => {
        path = place();
        return file(path);
      },
      read: () => readFile(path).catch(() => undefined),
    }),
  );
});

/** A destination in memory, which stores what it is told to show. */
function inMemory(take: (chunks: Buffer[], show: (bytes: Buffer | undefined) => void) => Delivery) {
  let visible: Buffer | undefined;
  const show = (bytes: Buffer | undefined) => {
    visible = bytes;
  };
  return failing(
    destinationCases({
      open: () => {
        visible = undefined;
        return { name: 'memory', stored: true, open: async () => take([], show) };
      },
      read: async () => visible,
    }),
  );
}

/** Takes bytes into a list. */
function taking(chunks: Buffer[], onTaken = () => {}): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      onTaken();
      done();
    },
  });
}

describe('a destination that', () => {
  test('shows a result when it is complete passes', async () => {
    const failed = await inMemory((chunks, show) => ({
      writable: taking(chunks),
      commit: async () => show(Buffer.concat(chunks)),
      discard: async () => show(undefined),
    }));
    expect(failed).toStrictEqual([]);
  });

  test('shows it too early fails', async () => {
    const failed = await inMemory((chunks, show) => ({
      writable: taking(chunks, () => show(Buffer.concat(chunks))),
      commit: async () => show(Buffer.concat(chunks)),
      discard: async () => {},
    }));
    expect(failed).toStrictEqual([
      'shows nothing before the commit, if it stores results',
      'leaves nothing of a result that is discarded within it',
      'leaves nothing of a result that is discarded before its first byte, and after its last',
      'leaves nothing of an export that fails',
    ]);
  });

  test('loses bytes, or counts others, fails', async () => {
    const failed = await inMemory((chunks, show) => ({
      writable: taking(chunks),
      bytes: () => 7,
      commit: async () => show(Buffer.concat(chunks.slice(1))),
      discard: async () => show(undefined),
    }));
    expect(failed).toContain('takes a large result in many writes, byte for byte');
    expect(failed).toContain('counts what has arrived, if it counts');
  });
});

describe('a store: a folder', () => {
  let root = '';
  all(
    blobStoreCases({
      open: (isOther) => {
        if (!isOther) root = place();
        return new DirectoryStore(root);
      },
    }),
  );
});

describe('a store: S3', () => {
  let server: TestS3;
  let prefix = '';
  beforeAll(async () => {
    server = await startS3({ page: 2 });
  });
  afterAll(() => server.close());
  all(
    blobStoreCases({
      open: (isOther) => {
        if (!isOther) prefix = `prefix-${count++}`;
        return openS3Store(`s3://${server.bucket}/${prefix}`, server.options);
      },
    }),
  );
});

test('a store that forgets too much, or shows unfinished blobs, fails', async () => {
  const root = place();
  const faulty = (over: (store: DirectoryStore) => Partial<BlobStore>) =>
    failing(
      blobStoreCases({
        open: () => {
          const store = new DirectoryStore(`${root}-${Math.floor(count++ / 2)}`);
          const known: BlobStore = {
            create: (...args) => store.create(...args),
            read: (...args) => store.read(...args),
            sweep: (...args) => store.sweep(...args),
            jobs: () => store.jobs(),
            forget: (owner) => store.forget(owner),
          };
          return { ...known, ...over(store) };
        },
      }),
    );
  count += count % 2;
  expect(await faulty(() => ({}))).toStrictEqual([]);
  expect(
    await faulty((store) => ({
      forget: async () => {
        for await (const found of store.jobs()) await store.forget(found);
      },
    })),
  ).toStrictEqual(['lists the jobs of all processes, and forgets one without touching another']);
  expect(await faulty((store) => ({ sweep: (owner) => store.forget(owner) }))).toStrictEqual([
    'keeps the given names and those of newer attempts in a sweep',
  ]);
  const reading = (store: DirectoryStore): Partial<BlobStore> => ({
    read: (owner, parts) => store.read(owner, parts),
  });
  expect(await faulty(reading)).toStrictEqual(['reads consecutive parts as one, in any range']);
});

describe('a store: those of all tenants', () => {
  let stores: TenantStores;
  let root = '';
  const open = () =>
    new TenantStores(
      async (tenant) => join(root, Buffer.from(tenant).toString('hex')),
      async (path) => new DirectoryStore(String(path)),
    );
  const tenants = ['acme', 'acme2', 'other', 'ümläut / ..'];
  const cases = blobStoreCases({
    open: async (isOther) => {
      if (!isOther) root = place();
      stores = open();
      // Jobs are looked for in the stores that are open.
      for (const tenant of tenants) await stores.of(tenant);
      return stores;
    },
  });
  all(cases);
});

describe('a clock: that of the system', () => all(clockCases(Date.now)));

test.each<[string, () => number]>([
  ['in seconds', () => Math.floor(Date.now() / 1000)],
  ['with fractions', () => Date.now() + 0.5],
  ['that runs backwards', () => Date.UTC(2026, 0, 1) - count++],
])('a clock %s fails', async (_, now) => {
  expect(await failing(clockCases(now))).toHaveLength(1);
});

test('misspelt members of a suite are refused', () => {
  const open = () => objects(ENTITIES);
  const path = 'clos';
  expect(() => sourceCases({ open, ids: IDS, [path]: open } as never)).toThrow(path);
  expect(() => sourceCases({ open } as never)).toThrow('ids');
  expect(() => destinationCases({ open } as never)).toThrow('read');
  expect(() => blobStoreCases({} as never)).toThrow('open');
  expect(() => clockCases(7 as never)).toThrow('now');
});
