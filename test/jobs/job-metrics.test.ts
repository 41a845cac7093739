/** Prometheus metrics of jobs: names, values and labels. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import type { FolderJobsOptions, Job, Jobs } from '../../src/jobs.js';
import { jobMetrics } from '../../src/metrics.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { ExportRequest } from '../../src/terms/request.js';
import { openJobs, type WithFaults } from './with-faults.js';

let folder = '';
let jobs: Jobs;
let registry: Registry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-metrics-'));
  await writeFile(join(folder, 'catalog'), catalog({ seed: 5, form: 'lines', bytes: 1_000_000 }).bytes);
});
afterEach(async () => {
  await jobs.close();
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<Jobs> {
  const source = join(folder, 'catalog');
  jobs = await openJobs({ dataDir: join(folder, 'data'), source, slice: { bytes: 300_000 }, ...options });
  registry = await jobMetrics(jobs, new Registry());
  return jobs;
}

async function submitted(request: ExportRequest = { types: ['product'] }): Promise<string> {
  return (await jobs.forTenant('acme').submit({ request })).job.id;
}

async function done(request?: ExportRequest): Promise<Job> {
  return jobs.forTenant('acme').waitFor(await submitted(request), { timeoutMs: 60_000 });
}

/** The value of a series in the exposition text. */
async function value(series: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('have the prefix, the unit and a help text', async () => {
  await opened();
  const metrics = await registry.getMetricsAsJSON();
  expect(metrics.length).toBeGreaterThan(12);
  for (const { name, help, type } of metrics) {
    expect(name).toMatch(/^sluice_[a-z_]+$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(name.endsWith('_total'), name).toBe(String(type) === 'counter');
    expect(name.endsWith('_seconds'), name).toBe(String(type) === 'histogram');
  }
});

test('count a finished job, with the records and bytes of its receipt', async () => {
  await opened();
  const { receipt, files } = await done();
  expect(await value('sluice_jobs_submitted_total')).toBe(1);
  expect(await value('sluice_attempts_total')).toBe(1);
  expect(await value('sluice_jobs_ended_total{state="completed"}')).toBe(1);
  expect(await value('sluice_records_read_total')).toBe(receipt?.read);
  expect(await value('sluice_records_written_total')).toBe(receipt?.written);
  expect(await value('sluice_source_bytes_total')).toBe(receipt?.bytesIn);
  expect(await value('sluice_result_bytes_total')).toBe(files[0].bytes);
  expect(await value('sluice_job_wait_seconds_count')).toBe(1);
  expect(await value('sluice_job_duration_seconds_count{state="completed"}')).toBe(1);
  await jobs.close();
  expect(await value('sluice_attempts_running')).toBe(0);
});

test('have a series for each end state from the start', async () => {
  await opened();
  for (const state of ['completed', 'completedWithNoRecords', 'completedWithErrors', 'failed', 'cancelled']) {
    expect(await value(`sluice_jobs_ended_total{state="${state}"}`)).toBe(0);
  }
});

test('count the records of a job once that was requeued and resumed', async () => {
  let first = true;
  await opened({
    onFaultPoint: (point) => {
      if (point !== 'before-checkpoint' || !first) return;
      first = false;
      throw new SluiceError('WRITE_FAILED', 'write', 'EIO');
    },
    retry: { minDelayMs: 1 },
  });
  const { receipt, epoch } = await done();
  expect(epoch).toBe(2);
  expect(await value('sluice_records_read_total')).toBe(receipt?.read);
  expect(await value('sluice_jobs_ended_total{state="completed"}')).toBe(1);
  expect(await value('sluice_attempts_total')).toBe(2);
  expect(await value('sluice_job_retries_total')).toBe(1);
  expect(await value('sluice_attempt_errors_total{code="WRITE_FAILED"}')).toBe(1);
  expect(await value('sluice_job_wait_seconds_count')).toBe(1);
});

test('count a failed job by its code', async () => {
  await opened({ source: join(folder, 'nothing') });
  await done();
  expect(await value('sluice_jobs_ended_total{state="failed"}')).toBe(1);
  expect(await value('sluice_attempt_errors_total{code="NOT_FOUND"}')).toBe(1);
});

describe('unfinished jobs', () => {
  test('are counted when the metrics are read', async () => {
    await opened({ concurrency: 0 });
    expect(await value('sluice_jobs{state="queued"}')).toBe(0);
    const id = await submitted();
    expect(await value('sluice_jobs{state="queued"}')).toBe(1);
    expect(await value('sluice_jobs{state="running"}')).toBe(0);
    await jobs.forTenant('acme').cancel(id);
    expect(await value('sluice_jobs{state="queued"}')).toBe(0);
    expect(await value('sluice_jobs_ended_total{state="cancelled"}')).toBe(1);
  });

  test('are counted as running in this process while their attempts run', async () => {
    const seen: unknown[] = [];
    await opened({
      onFaultPoint: async (point) => {
        if (point === 'before-finish') {
          seen.push(await value('sluice_jobs{state="running"}'), await value('sluice_attempts_running'));
        }
      },
    });
    await done();
    expect(seen).toStrictEqual([1, 1]);
  });

  test('are omitted while the engine is unavailable, unlike all other metrics', async () => {
    await opened();
    const broken: Jobs = {
      forTenant: (tenant) => jobs.forTenant(tenant),
      forLink: (claim) => jobs.forLink(claim),
      countsByTenant: () => jobs.countsByTenant(),
      workers: () => jobs.workers(),
      onActivity: (listener) => jobs.onActivity(listener),
      check: () => jobs.check(),
      sweep: () => jobs.sweep(),
      close: () => jobs.close(),
      counts: () => Promise.reject(new SluiceError('SERVICE_FAILED', 'job', 'the database is gone')),
    };
    registry = await jobMetrics(broken, new Registry());
    expect(await value('sluice_jobs{state="queued"}')).toBeUndefined();
    expect(await value('sluice_attempts_running')).toBe(0);
  });
});

test('have no label with a tenant or a job', async () => {
  await opened();
  const { id } = await done();
  const text = await registry.metrics();
  expect(text).not.toContain(id);
  expect(text).not.toContain('acme');
  const labels = [...text.matchAll(/[{,](\w+)="/g)].map(([, name]) => name);
  expect([...new Set(labels)].sort()).toStrictEqual(['le', 'state']);
});

describe('the registry', () => {
  test('is a new one with the metrics of the process, or the given one with these metrics only', async () => {
    await opened();
    expect(await registry.metrics()).not.toContain('process_cpu_seconds_total');
    const [own, other] = [await jobMetrics(jobs), await jobMetrics(jobs)];
    expect(own).not.toBe(other);
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds', 'sluice_jobs_submitted_total']) {
      expect(await own.metrics()).toContain(name);
    }
  });

  test('accepts the metrics of one `Jobs` only', async () => {
    await opened();
    await expect(jobMetrics(jobs, registry)).rejects.toMatchObject({ code: 'INVALID' });
  });
});
