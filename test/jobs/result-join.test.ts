/** Results in S3 are one object each, whatever happens to the attempts that write them. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { catalog } from '../../src/generate/catalog.js';
import { makeAttempt } from '../../src/jobs/attempt.js';
import type { AttemptOptions } from '../../src/jobs/attempt-options.js';
import type { JobEngine, WholeRow } from '../../src/jobs/engine.js';
import type { FaultHook, FaultPoint } from '../../src/jobs/fault-points.js';
import { JobPlans } from '../../src/jobs/job-plan.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { MARK } from '../../src/results/folder-owner.js';
import { openS3Store, type S3Store } from '../../src/results/s3-store.js';
import { files } from '../../src/sources/files.js';
import { SILENT } from '../../src/terms/logger.js';
import { startS3, type TestS3 } from '../servers/s3-server.js';
import { claimed, outcomeOf } from './engine-calls.js';
import { holdAt } from './hold-at.js';
import { openJobs } from './with-faults.js';

/** Without a pack, so that slices make parts large enough to be copied. */
const PLAN = { pack: 'none', format: 'ndjson', onError: 'skip' } as const;
const REQUEST = { types: ['product', 'sku', 'image'], fileName: 'same' };

let source = '';
let sources = '';
let truth: string | undefined;
let truthBytes = 0;
beforeAll(async () => {
  sources = await mkdtemp(join(tmpdir(), 'sluice-join-source-'));
  source = join(sources, 'catalog');
  await writeFile(source, catalog({ seed: 6, form: 'lines', bytes: 20_500_000 }).bytes);
  const { output } = await exportEntities({ source, request: REQUEST, ...PLAN }).toFile(join(sources, 'truth.ndjson'));
  truth = output.sha256;
  truthBytes = output.bytes;
  return () => rm(sources, { recursive: true });
});

let folder = '';
let server: TestS3;
let store: S3Store;
let engine: JobEngine;
let id = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-join-'));
  server = await startS3();
  store = await openS3Store(`s3://${server.bucket}/r`, server.options);
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 4, queued: 10 }, Date.now);
  id = randomUUID();
  await engine.submit({ id, tenant: 'acme', request: REQUEST });
});
afterEach(async () => {
  server.hook = undefined;
  for (const wake of asleep.splice(0)) await wake();
  await engine.close();
  await server.close();
  await rm(folder, { recursive: true });
});

function attempt(row: WholeRow, hit: FaultHook = () => {}, over: Partial<AttemptOptions> = {}): Promise<string> {
  return outcomeOf(
    makeAttempt(row, {
      ...{ engine, store, source: files(source), plans: new JobPlans(PLAN), now: Date.now, logger: SILENT, hit },
      slice: { bytes: 5_600_000, durationMs: 60_000 },
      quota: { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
      resultTtlMs: 60_000,
      signal: new AbortController().signal,
      stopping: () => false,
      ...over,
    }),
  );
}

/** Wakes up attempts that were presumed dead. */
const asleep: (() => Promise<string>)[] = [];

/** Starts an attempt and leaves it held, as if its process had died there; returns how to wake it up. */
async function diesAt(point: FaultPoint, nth: number) {
  const held = holdAt(point, nth);
  const ended = attempt(await claimed(engine), held.hit);
  await held.there;
  await engine.requeue(id, (await engine.get(id))?.epoch ?? 0);
  const wake = async () => {
    held.release();
    return ended;
  };
  asleep.push(wake);
  return wake;
}

/** Stored names, without the mark. */
const names = () =>
  [...server.objects.keys()]
    .map((key) => key.slice(key.lastIndexOf('/') + 1))
    .filter((name) => name !== MARK)
    .sort();
const uploadsOf = (name: string) => [...server.uploads.values()].filter(({ key }) => key.endsWith(name));

/** The result equals that of one undisturbed export, in one object, and nothing else is stored. */
async function expectWhole(name: string): Promise<void> {
  const row = await engine.get(id);
  expect(row).toMatchObject({
    state: 'completed',
    files: [{ name: 'same.ndjson', bytes: truthBytes, sha256: truth, parts: [{ name, bytes: truthBytes }] }],
  });
  const hash = createHash('sha256');
  for await (const chunk of store.read({ tenant: 'acme', job: id }, row?.files[0].parts ?? [])) hash.update(chunk);
  expect(hash.digest('hex')).toBe(truth);
  expect(names()).toStrictEqual([name]);
  expect(server.uploads.size).toBe(0);
}

test('stores a job of several slices as one object, copied within the service', async () => {
  expect(await attempt(await claimed(engine))).toBe('well');
  await expectWhole('joined-00000-e1');
  expect(server.counts.UploadPartCopy).toBeGreaterThan(2);
  expect(server.mostParts).toBeLessThanOrEqual(2);
});

test('stores a job of one slice as its part', async () => {
  expect(await attempt(await claimed(engine), undefined, { slice: { bytes: 1e9, durationMs: 60_000 } })).toBe('well');
  await expectWhole('part-00000-e1');
  expect(server.counts.UploadPartCopy).toBeUndefined();
});

test('stores a small job of several slices with one request', async () => {
  await engine.cancel(id);
  const { row } = await engine.submit({ id: randomUUID(), tenant: 'acme', request: { ...REQUEST, maxRecords: 500 } });
  expect(await attempt(await claimed(engine), undefined, { slice: { bytes: 100_000, durationMs: 60_000 } })).toBe(
    'well',
  );
  const file = (await engine.get(row.id))?.files[0];
  expect(file?.parts).toStrictEqual([{ name: expect.stringMatching(/^joined-\d+-e1$/), bytes: file?.bytes }]);
  expect(server.counts.CreateMultipartUpload).toBeUndefined();
  expect(names()).toHaveLength(1);
});

test('resumes the upload of a dead attempt', async () => {
  await diesAt('after-checkpoint', 3);
  const row = await claimed(engine);
  expect(row.checkpoint?.joined?.pieces.length).toBeGreaterThan(1);
  const copied = server.counts.UploadPartCopy ?? 0;
  expect(await attempt(row)).toBe('well');
  await expectWhole('joined-00000-e1');
  expect(server.counts.CreateMultipartUpload).toBe(server.counts.CompleteMultipartUpload);
  // Pieces that the first attempt has copied are not copied again, except those after its checkpoint.
  expect((server.counts.UploadPartCopy ?? 0) - copied).toBeLessThan(copied + 1);
});

test.each([
  ['was aborted', 'after-checkpoint', 3],
  ['was completed by an attempt that died before it could say so', 'before-finish', 1],
] as const)('where the upload %s all parts are joined again', async (what, point, nth) => {
  await diesAt(point, nth);
  if (what === 'was aborted') {
    const joined = (await engine.get(id))?.checkpoint?.joined;
    if (joined) await store.joiner.abandon({ tenant: 'acme', job: id }, joined);
  } else {
    expect(names()).toContain('joined-00000-e1');
  }
  expect(await attempt(await claimed(engine))).toBe('well');
  await expectWhole('joined-00000-e2');
});

test('joins all parts again if an attempt that was presumed dead has overwritten a piece', async () => {
  await diesAt('after-checkpoint', 3);
  const row = await claimed(engine);
  const { joined } = row.checkpoint ?? {};
  if (!joined) throw new Error('nothing was joined yet');
  // The second attempt proceeds to its last piece; then the first one wakes up within a request.
  server.hook = async ({ operation }) => {
    if (operation !== 'CompleteMultipartUpload') return undefined;
    const [{ parts }] = uploadsOf('joined-00000-e1');
    const last = Math.max(...parts.keys());
    parts.set(last, { bytes: Buffer.alloc(6_000_000), etag: 'of-the-zombie' });
    server.hook = undefined;
    return undefined;
  };
  expect(await attempt(row)).toBe('well');
  await expectWhole('joined-00000-e2');
});

test.each(['after-part', 'before-checkpoint', 'after-checkpoint', 'before-finish'] as const)(
  'is not affected by an attempt that wakes up at %s after the next one has finished',
  async (point) => {
    const wake = await diesAt(point, point === 'before-finish' ? 1 : 3);
    expect(await attempt(await claimed(engine))).toBe('well');
    const [{ parts: [part] = [] } = {}] = (await engine.get(id))?.files ?? [];
    const before = server.objects.get(`r/acme/${id}/${part?.name}`);
    expect(await wake()).toBe('SUPERSEDED');
    expect(server.objects.get(`r/acme/${id}/${part?.name}`)).toBe(before);
    await store.sweep({ tenant: 'acme', job: id }, new Set([part?.name ?? '']));
    await expectWhole(part?.name ?? '');
  },
);

test.each(['after-checkpoint', 'before-checkpoint'] as const)(
  'is not affected by an attempt that wakes up at %s while the next one finishes',
  async (point) => {
    const wake = await diesAt(point, 3);
    const held = holdAt('before-finish', 1);
    const second = attempt(await claimed(engine), held.hit);
    await held.there;
    expect(await wake()).toBe('SUPERSEDED');
    held.release();
    expect(await second).toBe('well');
    const [{ parts: [part] = [] } = {}] = (await engine.get(id))?.files ?? [];
    await store.sweep({ tenant: 'acme', job: id }, new Set([part?.name ?? '']));
    await expectWhole(part?.name ?? '');
  },
);

test('keeps the parts if the service cannot copy', async () => {
  server.hook = async ({ operation }) =>
    operation === 'UploadPartCopy' ? { status: 501, code: 'NotImplemented' } : undefined;
  expect(await attempt(await claimed(engine))).toBe('well');
  const row = await engine.get(id);
  expect(row?.files[0].parts.length).toBeGreaterThan(2);
  const hash = createHash('sha256');
  for await (const chunk of store.read({ tenant: 'acme', job: id }, row?.files[0].parts ?? [])) hash.update(chunk);
  expect(hash.digest('hex')).toBe(truth);
  expect(server.uploads.size).toBe(0);
});

test('fails the attempt during an outage, and resumes with the next one', async () => {
  server.hook = async ({ operation, number }) =>
    operation === 'UploadPartCopy' && number === 3 ? { status: 503, code: 'SlowDown' } : undefined;
  expect(await attempt(await claimed(engine))).toBe('SERVICE_FAILED');
  await engine.requeue(id, 1);
  server.hook = undefined;
  expect(await attempt(await claimed(engine))).toBe('well');
  await expectWhole('joined-00000-e1');
});

test('does not restart a job if the store is unavailable while its checkpoint is read', async () => {
  await diesAt('after-checkpoint', 3);
  server.hook = async ({ operation, key }) =>
    operation === 'GetObject' && key.includes('/part-') ? { status: 500, code: 'InternalError' } : undefined;
  expect(await attempt(await claimed(engine))).toBe('SERVICE_FAILED');
  expect((await engine.get(id))?.checkpoint?.parts.length).toBeGreaterThan(2);
}, 120_000);

test('leaves no object and no upload of a cancelled job', async () => {
  const controller = new AbortController();
  const held = holdAt('after-part', 3);
  const ended = attempt(await claimed(engine), held.hit, { signal: controller.signal });
  await held.there;
  expect(server.uploads.size).toBe(1);
  await engine.cancel(id);
  controller.abort();
  held.release();
  expect(await ended).toMatch(/ABORTED|SUPERSEDED/);
  await store.sweep({ tenant: 'acme', job: id }, new Set());
  expect([server.objects.size, server.uploads.size]).toStrictEqual([0, 0]);
});

describe('jobs over a bucket', () => {
  test('have the bytes of a plain export and a file of rejects, one object each, until they expire', async () => {
    let time = Date.now();
    const faulty = join(folder, 'faulty');
    const lines = Array.from({ length: 40 }, (_, n) => `{"id":"${n}","type":"x"}\n${n % 3 ? '' : '{"id":\n'}`);
    await writeFile(faulty, lines.join(''));
    const jobs = await openJobs({
      ...{ dataDir: join(folder, 'jobs'), source: faulty, plan: PLAN, results: store, now: () => time },
      slice: { bytes: 100 },
    });
    const tenant = jobs.forTenant('acme');
    const job = await tenant.waitFor((await tenant.submit({ request: {} })).job.id, { timeoutMs: 60_000 });
    expect(job).toMatchObject({ state: 'completedWithErrors', receipt: { written: 40, rejected: 14 } });
    await expect.poll(names).toHaveLength(2);
    for (const { name, bytes, sha256 } of job.files) {
      const content = Buffer.concat(await (await tenant.openFile(job.id, name)).toArray());
      expect(content).toHaveLength(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
    time += 25 * 60 * 60 * 1000;
    await jobs.sweep();
    expect(names()).toStrictEqual([]);
    await jobs.close();
  });

  test('leave nothing when they are cancelled', async () => {
    const held = holdAt('after-checkpoint', 2);
    const jobs = await openJobs({
      ...{ dataDir: join(folder, 'jobs'), source, plan: PLAN, results: store, onFaultPoint: held.hit },
      slice: { bytes: 5_600_000 },
    });
    const tenant = jobs.forTenant('acme');
    const { job } = await tenant.submit({ request: REQUEST });
    await held.there;
    const cancelled = tenant.cancel(job.id);
    held.release();
    expect((await cancelled).state).toBe('cancelled');
    expect([names(), server.uploads.size]).toStrictEqual([[], 0]);
    await jobs.close();
  });

  test('keep objects and uploads of unknown jobs', async () => {
    const orphan = { tenant: 'gone', job: randomUUID() };
    const writer = await store.create(orphan, 'part-00000-e1');
    await writer.write(Buffer.alloc(20_000_000));
    const jobs = await openJobs({ dataDir: join(folder, 'jobs'), source, results: store });
    await jobs.sweep();
    expect(server.uploads.size).toBe(1);
    await jobs.close();
    await writer.discard();
  });

  test('accept the address of a bucket', async () => {
    const { endpoint, credentials } = server.options;
    process.env.AWS_ENDPOINT_URL_S3 = endpoint;
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    try {
      const results = `s3://${server.bucket}/by-address`;
      const jobs = await openJobs({ dataDir: join(folder, 'jobs'), source, results });
      const tenant = jobs.forTenant('acme');
      const request = { types: ['product'], maxRecords: 1 };
      const { id: job } = await tenant.waitFor((await tenant.submit({ request })).job.id, { timeoutMs: 60_000 });
      expect([...server.objects.keys()]).toStrictEqual([`by-address/${MARK}`, `by-address/acme/${job}/part-00000-e1`]);
      await jobs.close();
    } finally {
      for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
        delete process.env[name];
    }
  });
});
