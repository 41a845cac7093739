/** Jobs in a folder: submitted, watched, cancelled, resumed, fetched, expired. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { catalog } from '../../src/generate/catalog.js';
import type { Job, JobSummary } from '../../src/jobs/job.js';
import type { FolderJobsOptions } from '../../src/jobs/jobs-options.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { MARK } from '../../src/results/folder-owner.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { SILENT } from '../../src/terms/logger.js';
import type { ExportRequest } from '../../src/terms/request.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { untyped } from '../untyped.js';
import { jobsIn } from './jobs-in.js';
import { openJobs, type WithFaults } from './with-faults.js';

let folder = '';
let source = '';
let open: Jobs[] = [];
let catalogFolder = '';

beforeAll(async () => {
  catalogFolder = await mkdtemp(join(tmpdir(), 'sluice-catalog-'));
  await writeFile(join(catalogFolder, 'catalog'), catalog({ seed: 8, form: 'lines', bytes: 8_000_000 }).bytes);
  return () => rm(catalogFolder, { recursive: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-jobs-'));
  source = join(folder, 'catalog');
  await copyFile(join(catalogFolder, 'catalog'), source);
});
afterEach(async () => {
  for (const jobs of open) await jobs.close();
  open = [];
  await rm(folder, { recursive: true, force: true });
});

async function opened(options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<Jobs> {
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source, slice: { bytes: 400_000 }, ...options });
  open.push(jobs);
  return jobs;
}

async function submitted(
  jobs: Jobs,
  request: ExportRequest = { types: ['product'] },
  tenant = 'acme',
): Promise<string> {
  return (await jobs.forTenant(tenant).submit({ request })).job.id;
}

async function done(jobs: Jobs, request?: ExportRequest): Promise<Job> {
  return jobs.forTenant('acme').waitFor(await submitted(jobs, request), { timeoutMs: 60_000 });
}

/** A hook that holds an attempt at a checkpoint until it is released. */
function gate() {
  let arrive: () => void = () => {};
  let release: () => void = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    arrived,
    release,
    async onFaultPoint(point: string) {
      if (point !== 'after-checkpoint') return;
      arrive();
      await released;
    },
  };
}

/** Results as files, where small ones would lie in the database. */
const asFiles = () => ({ results: join(folder, 'data', 'results') });

/** Stored files, without the mark of the folder. */
const stored = async () =>
  (await readdir(join(folder, 'data', 'results'), { recursive: true })).filter((name) => name !== MARK).sort();

describe('a job', () => {
  test('has the same result as an export in one call, with its digest and its receipt', async () => {
    const jobs = await opened();
    const job = await done(jobs, { types: ['product'], fileName: 'same' });
    const path = join(folder, 'once.zip');
    const request = { types: ['product'], fileName: 'same' };
    const once = await exportEntities({ source, request, pack: 'zip' }).toFile(path);
    expect(job).toMatchObject({
      ...{ state: 'completed', epoch: 1, failures: 0 },
      files: [{ name: 'same.zip', mediaType: 'application/zip', ...once.output }],
      receipt: { read: once.read, written: once.written, filtered: once.filtered, files: once.files },
      progress: { read: once.read, written: once.written, totalBytes: once.bytesIn },
    });
    const hash = createHash('sha256');
    for await (const chunk of await jobs.forTenant('acme').openFile(job.id, 'same.zip')) hash.update(chunk);
    expect(hash.digest('hex')).toBe(once.output.sha256);
  });

  test('returns ranges across the boundaries of its parts', async () => {
    const jobs = await opened();
    const { id, files } = await done(jobs);
    const tenant = jobs.forTenant('acme');
    const [{ name, bytes: size }] = files;
    const whole = Buffer.concat(await (await tenant.openFile(id, name)).toArray());
    expect(whole.length).toBe(size);
    for (const [start, end] of [
      [0, 1],
      [41, 43],
      [0, size],
      [size - 1, size],
      [300_000, 1_400_000],
    ] as const) {
      const part = Buffer.concat(await (await tenant.openFile(id, name, { start, end })).toArray());
      expect(part.equals(whole.subarray(start, end))).toBe(true);
    }
  });

  test('in the documented envelope is the stored zip, with the id of the job', async () => {
    const jobs = await opened();
    const { id, files } = await done(jobs);
    const answer = await text(await jobs.forTenant('acme').openEnvelope(id));
    const { binaryObjects, status, totalRecords } = JSON.parse(answer).response;
    expect(binaryObjects[0]).toMatchObject({ id, properties: { workAutomationId: id, fileName: `${id}_out.zip` } });
    expect({ status, written: totalRecords > 0 }).toStrictEqual({ status: 'success', written: true });
    const zip = Buffer.concat(await unwrapEnvelope(bytes(answer)).toArray());
    expect(createHash('sha256').update(zip).digest('hex')).toBe(files[0].sha256);
  });

  test.each([
    ['none', 'text/csv; charset=utf-8', '.csv', 'csv'],
    ['gzip', 'application/gzip', '.csv.gz', 'gz'],
    ...(hasZstd() ? ([['zstd', 'application/zstd', '.csv.zst', 'zst']] as const) : []),
    ['zip', 'application/zip', '.zip', 'zip'],
    ['envelope', 'application/zip', '.zip', 'zip'],
  ] as const)(
    'of a table, packed %s, is made in one attempt, and is a table in the envelope',
    async (pack, type, ending, extension) => {
      await writeFile(source, '{"id":"a","type":"product"}\n');
      const jobs = await opened({ plan: { format: 'dsv', pack } });
      const { id, files, receipt } = await done(jobs);
      expect(files).toMatchObject([{ name: `${id}_out${ending}`, mediaType: type }]);
      expect(receipt?.written).toBe(1);
      const { binaryObjects } = JSON.parse(await text(await jobs.forTenant('acme').openEnvelope(id))).response;
      const properties = { fileName: `${id}_out${ending}`, extension };
      expect(binaryObjects[0]).toMatchObject({ type: 'DSVObject', properties });
    },
  );

  test.each([
    ['none', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', '.xlsx'],
    ['zip', 'application/zip', '.zip'],
    ['envelope', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', '.xlsx'],
  ] as const)('of a workbook, packed %s, is stored, and is the blob of the envelope', async (pack, type, ending) => {
    await writeFile(source, '{"id":"a","type":"product"}\n');
    const jobs = await opened({ plan: { format: 'xlsx', pack } });
    const { id, files } = await done(jobs);
    expect(files).toMatchObject([{ name: `${id}_out${ending}`, mediaType: type }]);
    const { binaryObjects } = JSON.parse(await text(await jobs.forTenant('acme').openEnvelope(id))).response;
    const properties = { fileName: `${id}_out${ending}`, extension: ending.slice(1), version: '0.14' };
    expect(binaryObjects[0]).toMatchObject({ type: 'excelObject', properties });
    const blob = Buffer.from(binaryObjects[0].data.blob, 'base64');
    expect(createHash('sha256').update(blob).digest('hex')).toBe(files[0].sha256);
  });

  test('without matches is completed with no records: a valid empty document', async () => {
    const jobs = await opened({ plan: { pack: 'none' } });
    const { id, state, files } = await done(jobs, { types: ['nothing'] });
    expect(state).toBe('completedWithNoRecords');
    expect(await text(await jobs.forTenant('acme').openFile(id, files[0].name))).toBe('{"entities":[]}');
  });

  test('with faulty lines is completed with errors, and has them in a file', async () => {
    await writeFile(source, '{"id":"a","type":"product"}\n{"id":}\n{"id":"b","type":"product"}\nnil\n');
    const jobs = await opened({ plan: { onError: 'skip', pack: 'none', format: 'ndjson' } });
    const { id, state, files, receipt } = await done(jobs);
    expect(state).toBe('completedWithErrors');
    expect(receipt).toMatchObject({ read: 4, written: 2, rejected: 2 });
    const rejects = (await text(await jobs.forTenant('acme').openFile(id, files[1].name))).trimEnd().split('\n');
    expect(rejects.map((line) => JSON.parse(line).raw)).toStrictEqual(['{"id":}', 'nil']);
  });

  test('with bad input fails at once, and leaves no files', async () => {
    await writeFile(source, '{"id":"a","type":"product"}\n{"id":\n');
    const jobs = await opened();
    const job = await done(jobs);
    expect(job).toMatchObject({
      state: 'failed',
      epoch: 1,
      failures: 0,
      error: { code: 'INVALID_JSON', recordIndex: 1 },
    });
    await expect(jobs.forTenant('acme').openEnvelope(job.id)).rejects.toMatchObject({ code: 'NO_RESULT' });
    await jobs.close();
    expect(await stored()).toStrictEqual([]);
  });

  test('with an invalid request is refused at submission, with all faults', async () => {
    const jobs = await opened();
    await expect(submitted(jobs, untyped({ typos: ['product'], maxRecords: -1 }))).rejects.toMatchObject({
      faults: [
        { code: 'UNKNOWN_KEY', path: 'typos' },
        { code: 'INVALID', path: 'maxRecords' },
      ],
    });
    expect((await jobs.forTenant('acme').list()).jobs).toStrictEqual([]);
  });

  test('of another tenant is not found', async () => {
    const jobs = await opened();
    const { id, files } = await done(jobs);
    const other = jobs.forTenant('other');
    const asked = [
      () => other.get(id),
      () => other.cancel(id),
      () => other.getFile(id, files[0].name),
      () => other.openFile(id, files[0].name),
      () => other.openEnvelope(id),
      () => other.waitFor(id, { timeoutMs: 1 }),
    ];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
    expect((await other.list()).jobs).toStrictEqual([]);
    expect((await jobs.forTenant('acme').get(id)).state).toBe('completed');
  });

  test('from an iterable recreates it at each attempt, and reads it in one slice', async () => {
    let made = 0;
    const source = () => {
      made++;
      return objects([{ id: 'a', type: 'x' }]);
    };
    const jobs = await opened({ source, plan: { pack: 'none' } });
    const { id, files } = await done(jobs, {});
    expect(await text(await jobs.forTenant('acme').openFile(id, files[0].name))).toBe(
      '{"entities":[{"id":"a","type":"x"}]}',
    );
    expect(made).toBe(1);
  });
});

describe('results', () => {
  test('are stored in another folder if one is given', async () => {
    const elsewhere = join(folder, 'elsewhere', 'results');
    const jobs = await opened({ results: elsewhere });
    const { id, files } = await done(jobs);
    expect(await jobsIn(elsewhere)).toStrictEqual([id]);
    expect((await (await jobs.forTenant('acme').openFile(id, files[0].name)).toArray()).length).toBeGreaterThan(0);
    await expect(stored()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a long job', () => {
  test('yields to another tenant after some slices, and resumes with the same bytes', async () => {
    const hold = gate();
    const jobs = await opened({ onFaultPoint: hold.onFaultPoint, concurrency: 1 });
    const request = { types: ['product'], fileName: 'same' };
    const long = await submitted(jobs, request);
    await hold.arrived;
    const other = await submitted(jobs, { types: ['sku'], maxRecords: 1 }, 'other');
    hold.release();
    const quick = await jobs.forTenant('other').waitFor(other, { timeoutMs: 60_000 });
    const job = await jobs.forTenant('acme').waitFor(long, { timeoutMs: 60_000 });
    const once = await exportEntities({ source, request, pack: 'zip' }).toFile(join(folder, 'once.zip'));
    expect(job).toMatchObject({ state: 'completed', epoch: 2, failures: 0, files: [once.output] });
    expect(quick.endedAt).toBeLessThanOrEqual(job.endedAt ?? 0);
  });

  test('does not yield to its own tenant', async () => {
    const hold = gate();
    const jobs = await opened({ onFaultPoint: hold.onFaultPoint, concurrency: 1 });
    const long = await submitted(jobs);
    await hold.arrived;
    await submitted(jobs, { types: ['sku'], maxRecords: 1 });
    hold.release();
    expect(await jobs.forTenant('acme').waitFor(long, { timeoutMs: 60_000 })).toMatchObject({
      state: 'completed',
      epoch: 1,
    });
  });
});

describe('a job that is watched', () => {
  test('reports increasing versions and progress, up to its end', async () => {
    const jobs = await opened();
    const id = await submitted(jobs);
    const seen: JobSummary[] = [];
    for await (const job of jobs.forTenant('acme').watch(id)) seen.push(job);
    expect(seen.at(-1)?.state).toBe('completed');
    const versions = seen.map(({ version }) => version);
    expect(versions).toStrictEqual([...new Set(versions)].sort((a, b) => a - b));
    const read = seen.map(({ progress }) => progress.read);
    expect(read).toStrictEqual([...read].sort((a, b) => a - b));
    for await (const job of jobs.forTenant('acme').watch(id, { after: versions.at(-1) ?? 0 }))
      expect(job).toBeUndefined();
  });

  test('releases everything when its watcher leaves', async () => {
    const hold = gate();
    const jobs = await opened({ onFaultPoint: hold.onFaultPoint });
    const id = await submitted(jobs);
    await hold.arrived;
    const leaving = new AbortController();
    const watching = (async () => {
      for await (const _ of jobs.forTenant('acme').watch(id, { signal: leaving.signal })) leaving.abort();
    })();
    await watching;
    expect((await jobs.forTenant('acme').waitFor(id, { timeoutMs: 0 })).state).toBe('running');
    hold.release();
  });
});

describe('cancelling', () => {
  test('stops a running job, and leaves no file', async () => {
    const hold = gate();
    const jobs = await opened({ onFaultPoint: hold.onFaultPoint });
    const id = await submitted(jobs);
    await hold.arrived;
    expect(await stored()).not.toStrictEqual([]);
    const cancelled = jobs.forTenant('acme').cancel(id);
    hold.release();
    expect((await cancelled).state).toBe('cancelled');
    expect(await stored()).toStrictEqual([]);
    expect((await jobs.forTenant('acme').get(id)).state).toBe('cancelled');
  });

  test('stops a source that never responds', async () => {
    let asked: () => void = () => {};
    let returned = false;
    const reading = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          asked();
          return new Promise<never>(() => {});
        },
        async return() {
          returned = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const jobs = await opened({ source: () => objects(silent) });
    const id = await submitted(jobs);
    await reading;
    expect((await jobs.forTenant('acme').cancel(id)).state).toBe('cancelled');
    expect(returned).toBe(true);
  });

  test('removes a queued job, and deletes an ended one', async () => {
    const hold = gate();
    const jobs = await opened({ onFaultPoint: hold.onFaultPoint, concurrency: 1 });
    const first = await submitted(jobs);
    await hold.arrived;
    const waiting = await submitted(jobs);
    expect((await jobs.forTenant('acme').cancel(waiting)).state).toBe('cancelled');
    hold.release();
    expect((await jobs.forTenant('acme').waitFor(first, { timeoutMs: 60_000 })).state).toBe('completed');
    expect(await jobs.forTenant('acme').cancel(first)).toMatchObject({ state: 'expired', files: [] });
    expect(await stored()).toStrictEqual([]);
    await expect(jobs.forTenant('acme').openEnvelope(first)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
    // The row of the cancelled job stays until it is deleted, too.
    expect((await jobs.forTenant('acme').list()).jobs.map(({ id }) => id)).toStrictEqual([waiting]);
    await jobs.forTenant('acme').cancel(waiting);
    expect((await jobs.forTenant('acme').list()).jobs).toStrictEqual([]);
  });
});

describe('options', () => {
  const refused: readonly (readonly [object, object])[] = [
    [
      { sorce: 'x', concurrency: -1, resultTtlMs: '1d' },
      { code: 'UNKNOWN_KEY', faults: [{}, {}, {}] },
    ],
    [{ resultTtlMs: 8.64e15 }, { code: 'INVALID', path: 'resultTtlMs' }],
    [{ retry: { minDelayMs: 60_001 } }, { code: 'INVALID', path: 'retry.minDelayMs' }],
    [{ limits: { quened: 1 } }, { code: 'UNKNOWN_KEY', path: 'limits.quened' }],
    [{ slice: { bytes: 0 } }, { code: 'INVALID', path: 'slice.bytes' }],
    [{ plan: { request: {} } }, { code: 'INVALID', path: 'plan.request' }],
    [{ plan: { formt: 'json' } }, { code: 'UNKNOWN_KEY', path: 'formt' }],
    [{ results: 5 }, { code: 'INVALID', path: 'results' }],
    [{ source: 5 }, { code: 'INVALID', path: 'source' }],
    [{ dataDir: '' }, { code: 'INVALID', path: 'dataDir' }],
    [{ logger: {} }, { code: 'INVALID', path: 'logger' }],
  ];
  test.each(refused)('%j are refused when jobs are opened', async (options, error) => {
    await expect(opened(options)).rejects.toMatchObject(error);
  });

  test('of every method are refused when it is called', async () => {
    const tenant = (await opened({ concurrency: 0 })).forTenant('acme');
    const { job } = await tenant.submit({ request: {} });
    const wrong = <Options>(options: object): Options => JSON.parse(JSON.stringify(options));
    await expect(tenant.submit(wrong({ prio: 1 }))).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
      path: 'prio',
    });
    await expect(tenant.submit({ request: {}, idempotencyKey: 'a\0' })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(tenant.list(wrong({ state: 'queued', limit: -1 }))).rejects.toMatchObject({ faults: [{}, {}] });
    await expect(tenant.list({ limit: 501 })).rejects.toMatchObject({ code: 'INVALID', path: 'limit' });
    await expect(tenant.list({ after: 'zzz' })).rejects.toMatchObject({ code: 'INVALID', path: 'after' });
    expect(() => tenant.watch(job.id, wrong({ afer: 1 }))).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY' }));
    await expect(tenant.waitFor(job.id, { timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(tenant.openFile(job.id, 'x', { start: 5, end: 1 })).rejects.toMatchObject({ code: 'INVALID' });
  });

  test.each(['', 'a\0b', 'half \ud800', 'x'.repeat(256)])('the name %j of a tenant is refused', async (name) => {
    const jobs = await opened({ concurrency: 0 });
    expect(() => jobs.forTenant(name)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});

describe('what a job stores', () => {
  test('is bounded: a request that is too deep, too large, or not data is refused', async () => {
    const tenant = (await opened({ concurrency: 0 })).forTenant('acme');
    const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const clientState of [nested(201), nested(1800), nested(100_000), circle, { big: 1n }]) {
      await expect(tenant.submit({ request: { clientState } })).rejects.toMatchObject({ code: 'INVALID' });
    }
    const ids = Array.from({ length: 20 }, () => 'x'.repeat(1024 * 1024));
    await expect(tenant.submit({ request: { ids } })).rejects.toMatchObject({ code: 'INVALID' });
    expect((await tenant.list()).jobs).toStrictEqual([]);
  });

  test.each<[string, object, string]>([
    ['NaN', { clientState: { v: Number.NaN } }, 'clientState.v'],
    ['a Map', { clientState: new Map([['v', 1]]) }, 'clientState'],
    ['a Map where members are expected', { fields: new Map([['attributes', ['a']]]) }, 'fields'],
    ['an object that writes itself', { types: ['a'], criteria: { toJSON: () => ({}) } }, 'criteria'],
    ['a text that writes itself', { types: [new Date(0)] }, 'types[0]'],
    [
      'a number of a condition',
      { criteria: { attributes: [{ a: { gte: Number.POSITIVE_INFINITY } }] } },
      'criteria.attributes[0].a.gte',
    ],
  ])('is what was submitted: %s is refused by its path', async (_case, request, path) => {
    const tenant = (await opened({ concurrency: 0 })).forTenant('acme');
    await expect(tenant.submit({ request, idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'INVALID', path });
    expect((await tenant.list()).jobs).toStrictEqual([]);
  });

  test('is the request without the members that are undefined', async () => {
    const tenant = (await opened({ concurrency: 0 })).forTenant('acme');
    const { job } = await tenant.submit({ request: { types: ['a'], name: undefined, clientState: { a: undefined } } });
    expect(job.request).toStrictEqual({ types: ['a'], clientState: {} });
  });

  test('counts against the quota of its tenant until it is deleted', async () => {
    const tenant = (await opened({ concurrency: 0, limits: { rowBytes: 20_000 } })).forTenant('acme');
    const request = { clientState: 'x'.repeat(12_000) };
    const { job } = await tenant.submit({ request });
    await tenant.submit({ request });
    await expect(tenant.submit({ request: {} })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await tenant.cancel(job.id);
    await expect(tenant.submit({ request: {} })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await tenant.cancel(job.id);
    await tenant.submit({ request: {} });
  });
});

describe('jobs that were closed', () => {
  test('refuse every call, and end the iteration of watchers', async () => {
    const jobs = await opened({ concurrency: 0 });
    const tenant = jobs.forTenant('acme');
    const { id } = (await tenant.submit({ request: {} })).job;
    const seen: string[] = [];
    let see: () => void = () => {};
    const first = new Promise<void>((resolve) => {
      see = resolve;
    });
    const watching = (async () => {
      for await (const { state } of tenant.watch(id)) {
        seen.push(state);
        see();
      }
    })();
    await first;
    // Pending calls complete, or were not started.
    const underWay = Promise.allSettled([
      tenant.waitFor(id, { timeoutMs: 60_000 }),
      tenant.submit({ request: {} }),
      tenant.list(),
    ]);
    await jobs.close();
    await watching;
    expect(seen).toStrictEqual(['queued']);
    for (const answer of await underWay) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'CLOSED' });
    }
    const claim = { id, name: 'x', expiresAt: 1, signature: 'y' };
    const asked: readonly (() => Promise<unknown>)[] = [
      ...[() => tenant.submit({ request: {} }), () => tenant.get(id), () => tenant.list(), () => tenant.cancel(id)],
      ...[() => tenant.waitFor(id, { timeoutMs: 1 }), () => tenant.watch(id)[Symbol.asyncIterator]().next()],
      ...[
        () => tenant.getFile(id, 'x'),
        () => tenant.openFile(id, 'x'),
        () => tenant.createLink(id, 'x'),
        () => tenant.openEnvelope(id),
      ],
      ...[() => jobs.counts(), () => jobs.sweep(), () => jobs.forLink(claim)],
    ];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => jobs.onActivity(() => {})).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    await jobs.close();
  });
});

describe('a service that shuts down', () => {
  test.each([
    ['one file', {}],
    ['several files', { batchSize: 250 }],
  ])('writes a checkpoint from which the next one resumes: %s', async (_files, plan) => {
    const hold = gate();
    const first = await opened({ ...asFiles(), onFaultPoint: hold.onFaultPoint, plan });
    const id = await submitted(first, { types: ['product'], fileName: 'same' });
    await hold.arrived;
    const closed = first.close();
    await expect(submitted(first)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    hold.release();
    await closed;
    const second = await opened({ ...asFiles(), plan });
    const job = await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    expect(job).toMatchObject({ state: 'completed', epoch: 2, failures: 0 });
    // The parts of the first attempt are kept: each exists once, and the first ones have epoch 1.
    const parts = (await stored()).filter((name) => name.includes('part-')).map((name) => name.slice(-13));
    expect(parts[0]).toBe('part-00000-e1');
    expect(new Set(parts.map((name) => name.slice(0, 10))).size).toBe(parts.length);
    const calm = await done(second, { types: ['product'], fileName: 'same' });
    expect(job.files[0]).toStrictEqual(calm.files[0]);
    expect(job.files).toMatchObject([{ name: 'same.zip', mediaType: 'application/zip' }]);
    expect(job.receipt).toMatchObject({ read: calm.receipt?.read, files: calm.receipt?.files });
    expect(job.receipt?.files.length).toBeGreaterThan('batchSize' in plan ? 2 : 0);
  });

  test('detects a changed source, and fails the job rather than mixing both', async () => {
    const hold = gate();
    const first = await opened({ onFaultPoint: hold.onFaultPoint });
    const id = await submitted(first);
    await hold.arrived;
    const closed = first.close();
    hold.release();
    await closed;
    await writeFile(source, catalog({ seed: 9, form: 'lines', bytes: 8_000_000 }).bytes);
    const second = await opened();
    expect(await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'failed',
      error: { code: 'SOURCE_CHANGED' },
    });
  });

  test.each<readonly [string, Partial<WithFaults<FolderJobsOptions>>, object]>([
    [
      'that would read other records',
      { plan: { typeField: 'nope' } },
      { state: 'failed', error: { code: 'PLAN_CHANGED' } },
    ],
    ['of other files', { source: ['catalog', 'catalog'] }, { state: 'failed', error: { code: 'PLAN_CHANGED' } }],
    ['that would pack them differently', { plan: { level: 9 } }, { state: 'completed', epoch: 2 }],
  ])('never resumes under settings %s', async (_what, options, outcome) => {
    const hold = gate();
    const first = await opened({ onFaultPoint: hold.onFaultPoint });
    const request = { types: ['product'], fileName: 'same' };
    const id = await submitted(first, request);
    await hold.arrived;
    const closed = first.close();
    hold.release();
    await closed;
    const second = await opened(options);
    const job = await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    expect(job).toMatchObject(outcome);
    if (job.state === 'completed') {
      expect(job.files[0]).toStrictEqual((await done(second, request)).files[0]);
      return;
    }
    await second.close();
    expect(await stored()).toStrictEqual([]);
  });

  test('detects damaged parts, and restarts the job', async () => {
    const hold = gate();
    const first = await opened({ ...asFiles(), onFaultPoint: hold.onFaultPoint });
    const id = await submitted(first, { fileName: 'same' });
    await hold.arrived;
    const closed = first.close();
    hold.release();
    await closed;
    const part = (await stored()).find((name) => name.includes('part-'));
    await writeFile(join(folder, 'data', 'results', part ?? ''), 'damaged');
    const second = await opened(asFiles());
    const job = await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    const calm = await done(second, { fileName: 'same' });
    expect(job.files[0]).toStrictEqual(calm.files[0]);
  });

  test('is the only one in its folder', async () => {
    const jobs = await opened();
    await expect(opened()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await jobs.close();
    await opened();
  });
});

describe('system errors', () => {
  test('are retried, and reported after the last retry', async () => {
    let tries = 0;
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('{"id":"a"');
      throw Object.assign(new Error('the disk is gone'), { code: 'EIO' });
    };
    const source = () => {
      tries++;
      return bytes(failing());
    };
    const jobs = await opened({ retry: { retries: 2, minDelayMs: 1 }, source });
    const job = await done(jobs);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'READ_FAILED' } });
    expect({ tries, epoch: job.epoch, failures: job.failures }).toStrictEqual({ tries: 3, epoch: 3, failures: 2 });
  });

  test('such as a missing file are reported at once', async () => {
    const jobs = await opened({ source: join(folder, 'missing') });
    expect(await done(jobs)).toMatchObject({ state: 'failed', epoch: 1, error: { code: 'NOT_FOUND' } });
  });
});

describe('limits', () => {
  test('apply to the records of a job', async () => {
    const jobs = await opened({ limits: { records: 100 } });
    expect(await done(jobs)).toMatchObject({ state: 'failed', error: { code: 'QUOTA_EXCEEDED' } });
    expect((await done(jobs, { types: ['product'], maxRecords: 100 })).state).toBe('completed');
  });

  test('apply to the stored bytes of all results of a tenant', async () => {
    const jobs = await opened({ limits: { bytes: 200_000 } });
    const few = { types: ['product'], maxRecords: 100 };
    expect((await done(jobs, few)).state).toBe('completed');
    expect(await done(jobs, {})).toMatchObject({ state: 'failed', error: { code: 'QUOTA_EXCEEDED' } });
    expect((await done(jobs, few)).state).toBe('completed');
    expect(await done(jobs, few)).toMatchObject({ state: 'failed', error: { code: 'QUOTA_EXCEEDED' } });
  });

  test('apply to the running jobs of each tenant', async () => {
    const hold = gate();
    const jobs = await opened({ onFaultPoint: hold.onFaultPoint, limits: { running: 1 }, concurrency: 4 });
    const ids = [await submitted(jobs), await submitted(jobs)];
    const other = await submitted(jobs, {}, 'other');
    await hold.arrived;
    const isRunning = async (tenant: string, id: string) => (await jobs.forTenant(tenant).get(id)).state === 'running';
    for await (const { state } of jobs.forTenant('other').watch(other)) if (state === 'running') break;
    expect([await isRunning('acme', ids[0]), await isRunning('acme', ids[1])]).toStrictEqual([true, false]);
    hold.release();
    expect((await jobs.forTenant('acme').waitFor(ids[1], { timeoutMs: 60_000 })).state).toBe('completed');
  });
});

test('sweeps what an ended job has left, and keeps and reports files of unknown jobs', async () => {
  const first = await opened(asFiles());
  const { id } = await done(first, { types: ['product'], maxRecords: 1 });
  await first.close();
  const results = join(folder, 'data', 'results');
  await mkdir(join(results, '11111111-2222-4333-8444-555555555555'));
  await writeFile(join(results, '11111111-2222-4333-8444-555555555555', 'part-00000-e1'), 'orphan');
  await writeFile(join(results, id, 'part-00001-e7.tmp'), 'unfinished');
  await writeFile(join(results, id, 'notes.txt'), 'of somebody else');
  const told: unknown[] = [];
  const warn = (facts: object, message?: string) => told.push({ ...facts, message });
  const second = await opened({ ...asFiles(), logger: { ...SILENT, warn } });
  await second.sweep();
  const unknown = '11111111-2222-4333-8444-555555555555';
  expect(await stored()).toStrictEqual(
    [unknown, join(unknown, 'part-00000-e1'), id, join(id, 'notes.txt'), join(id, 'part-00000-e1')].sort(),
  );
  expect(told).toStrictEqual([{ jobs: 1, message: expect.stringContaining('unknown') }]);
  expect((await second.forTenant('acme').get(id)).state).toBe('completed');
});

describe('time', () => {
  test('expires a result without a sweep; sweeps delete it, and later the job', async () => {
    let time = 5_000_000;
    const jobs = await opened({ now: () => time, resultTtlMs: 1_000, jobTtlMs: 10_000 });
    const { id, expiresAt, files } = await done(jobs, { types: ['product'], maxRecords: 1 });
    expect(expiresAt).toBe(5_001_000);
    time = 5_001_000;
    expect(await jobs.forTenant('acme').get(id)).toMatchObject({ state: 'expired', files: [] });
    await expect(jobs.forTenant('acme').openFile(id, files[0].name)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
    await jobs.sweep();
    expect(await stored()).toStrictEqual([]);
    expect(await jobs.forTenant('acme').get(id)).toMatchObject({ state: 'expired', receipt: { written: 1 } });
    time = 5_020_000;
    await jobs.sweep();
    await expect(jobs.forTenant('acme').get(id)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
  });
});

test('accepts any JSON as the request, and returns it unchanged', async () => {
  const jobs = await opened();
  const request = {
    types: ['product'],
    maxRecords: 1,
    clientState: { notificationInfo: { userId: 'a' }, n: [1, null] },
  };
  expect((await done(jobs, request)).request).toStrictEqual(request);
});

test.each(['', 'x', '../..', '0'.repeat(5000), '__proto__'])('finds no job for the id %j', async (id) => {
  const jobs = await opened();
  await expect(jobs.forTenant('acme').get(id)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
});

test('requeues a job with a stuck source at the shutdown, and the next service completes it', async () => {
  let isStuck = true;
  async function* entities() {
    yield { id: 'a', type: 'product' };
    if (isStuck) await new Promise<never>(() => {});
  }
  const first = await opened({ source: () => objects(entities()) });
  const id = await submitted(first);
  for await (const { state } of first.forTenant('acme').watch(id)) if (state === 'running') break;
  await first.close();
  isStuck = false;
  const second = await opened({ source: () => objects(entities()) });
  expect(await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({
    state: 'completed',
    receipt: { written: 1 },
  });
});
