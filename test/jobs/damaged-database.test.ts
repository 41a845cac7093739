/** Damaged databases are refused: mapped into memory, they would crash the process. */
import { mkdir, mkdtemp, open, readFile, rename, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { open as openLmdb } from 'lmdb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkLmdbFile, DamagedFile } from '../../src/jobs/lmdb-file.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { runs } from '../runs.js';
import { jobsIn } from './jobs-in.js';

const PAGE = 4096;

let folder: string;
let dataDir: string;
let database: string;
let jobs: Jobs | undefined;
const opened = async () => {
  jobs = await openJobs({ dataDir, source: join(folder, 'catalog.ndjson') });
  return jobs;
};
const closed = async () => {
  await jobs?.close();
  jobs = undefined;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-damaged-'));
  dataDir = join(folder, 'data');
  database = join(dataDir, 'jobs.lmdb');
  await writeFile(join(folder, 'catalog.ndjson'), '{"id":"1","type":"product"}\n');
});
afterEach(async () => {
  await closed();
  await rm(folder, { recursive: true });
});

/** Deterministic garbage. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 7; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

async function overwrite(at: number, bytes: Buffer): Promise<void> {
  const handle = await open(database, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

describe('a database of jobs', () => {
  test.each<[string, (size: number) => Promise<unknown>]>([
    ['emptied', () => truncate(database, 0)],
    ['cut in half', (size) => truncate(database, size / 2)],
    ['cut within its second page', () => truncate(database, PAGE * 1.5)],
    ['without its first page', () => overwrite(0, Buffer.alloc(PAGE))],
    ['without its second page', () => overwrite(PAGE, Buffer.alloc(PAGE))],
    ['with noise for headers', () => overwrite(16, noise(PAGE * 2 - 16))],
    ['with noise in a header', () => overwrite(40, noise(140))],
    ['with noise for its middle', (size) => overwrite(Math.floor(size / 2 / PAGE) * PAGE, noise(PAGE * 3))],
    ['with noise for all but its headers', (size) => overwrite(PAGE * 2, noise(size - PAGE * 2))],
    ['replaced by a text', () => writeFile(database, 'hello world\n'.repeat(2000))],
    ['replaced by a folder', () => unlink(database).then(() => mkdir(database))],
  ])('is refused with a remedy after it was %s, and results are kept', async (_, damage) => {
    await opened();
    const tenant = jobs?.forTenant('acme');
    for (let index = 0; index < 30; index++) {
      const request = { clientState: { text: 'x'.repeat(index * 300) } };
      const { id } = (await tenant?.submit({ request }))?.job ?? { id: '' };
      await tenant?.waitFor(id, { timeoutMs: 60_000 });
    }
    await closed();
    const { length } = await readFile(database);
    const results = await jobsIn(join(dataDir, 'results'));
    await damage(length);
    await expect(opened()).rejects.toMatchObject({
      ...{ name: 'SluiceError', code: 'DATA_DIR_DAMAGED', stage: 'job', path: database },
      message: expect.stringContaining('put back a copy'),
    });
    expect(await jobsIn(join(dataDir, 'results'))).toStrictEqual(results);
    // The remedy in the message works.
    await rename(database, join(folder, 'damaged'));
    await (await opened()).sweep();
    expect(await jobsIn(join(dataDir, 'results'))).toStrictEqual(results);
  });

  test('that is removed while in use is noticed, and no further job is accepted', async () => {
    await opened();
    await jobs?.check();
    await unlink(database);
    const damaged = { name: 'SluiceError', code: 'DATA_DIR_DAMAGED', path: database };
    await expect(jobs?.check()).rejects.toMatchObject(damaged);
    await expect(jobs?.forTenant('acme').submit({ request: {} })).rejects.toMatchObject(damaged);
  });

  test('that is replaced while in use is noticed', async () => {
    await opened();
    await writeFile(join(folder, 'other'), await readFile(database));
    await rename(join(folder, 'other'), database);
    await expect(jobs?.check()).rejects.toMatchObject({ code: 'DATA_DIR_DAMAGED' });
    await expect(jobs?.forTenant('acme').submit({ request: {} })).rejects.toMatchObject({ code: 'DATA_DIR_DAMAGED' });
  });
});

describe('the check of a database', () => {
  let place: string;
  let path: string;
  let whole: Buffer;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'sluice-lmdb-'));
    path = join(place, 'many.lmdb');
    const root = openLmdb({ path, overlappingSync: false });
    const [one, two] = [root.openDB({ name: 'one' }), root.openDB({ name: 'two' })];
    for (let round = 0; round < 20; round++) {
      await root.transaction(() => {
        for (let index = 0; index < 150; index++) {
          const key = `key ${(index * 7 + round * 13) % 700}`;
          if (index % 3 === 0) void one.remove(key);
          else void one.put(key, 'x'.repeat(index % 10 === 1 ? 9_000 : index * 9));
          void two.put([key, round], true);
        }
      });
    }
    await root.close();
    whole = await readFile(path);
  });
  afterAll(() => rm(place, { recursive: true }));

  test('accepts a database after many transactions, and an empty one', async () => {
    expect(await checkLmdbFile(path)).toBe(true);
    const empty = join(place, 'empty');
    await writeFile(empty, '');
    expect(await checkLmdbFile(empty)).toBe(false);
  });

  test('terminates with a result or a fault for any content of the file', async () => {
    const damaged = join(place, 'damaged');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 64 })), { maxLength: 4 }),
        fc.option(fc.nat(whole.length)),
        async (changes, length) => {
          const bytes = Buffer.from(whole);
          for (const [at, noise] of changes) bytes.set(noise.subarray(0, bytes.length - at), at);
          await writeFile(damaged, bytes.subarray(0, length ?? bytes.length));
          const answer = await checkLmdbFile(damaged).catch((cause: unknown) => cause);
          expect(typeof answer === 'boolean' || answer instanceof DamagedFile).toBe(true);
          if (changes.length === 0 && length === null) expect(answer).toBe(true);
        },
      ),
      runs(50),
    );
  });
});
