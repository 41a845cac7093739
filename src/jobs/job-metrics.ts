/** Prometheus metrics of jobs. */
import type { Counter, Registry } from 'prom-client';
import { acceptArgument, check, promRegistry } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';
import { missingPeer } from '../terms/missing-peer.js';
import type { JobProgress, JobState, JobSummary } from './job.js';
import type { JobActivity } from './job-events.js';
import type { Jobs } from './open-jobs.js';

/** Bucket bounds of job durations, in seconds: from a lookup to a catalog of a terabyte. */
const JOB_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600];

/** End states; each series exists from the start, so that its first job shows as an increase. */
const ENDS: readonly JobState[] = ['completed', 'completedWithNoRecords', 'completedWithErrors', 'failed', 'cancelled'];

const isJobs = check(
  (value) => isObject(value) && typeof value.counts === 'function' && typeof value.onActivity === 'function',
  'the jobs that openJobs returns',
);

/** Label of an error without a code. */
const NO_CODE = 'INTERNAL';

/**
 * Counts what this process does with jobs, and how many jobs there are. The counters belong to this process, so that
 * they add up over several processes; `sluice_jobs` counts the jobs of all processes and is the same in each. No label
 * names a tenant or a job. The metrics stop when the jobs are closed.
 * @param registry where the metrics are registered; default a new one with the metrics of Node and the process
 * @throws SluiceError `MISSING_PEER` (prom-client), `INVALID` if the registry already has metrics of jobs
 */
export async function jobMetrics(jobs: Jobs, registry?: Registry): Promise<Registry> {
  acceptArgument('jobs', jobs, isJobs);
  if (registry !== undefined) acceptArgument('registry', registry, promRegistry);
  const peer = await importPromClient();
  const kept = registry ?? new peer.Registry();
  if (kept.getSingleMetric('sluice_jobs')) {
    throw new SluiceError('INVALID', 'job', 'the registry has the metrics of other jobs; use one registry per `Jobs`');
  }
  if (!registry) peer.collectDefaultMetrics({ register: kept });
  const registers = [kept];
  const counter = <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new peer.Counter<Label>({ name: `sluice_${name}_total`, help, labelNames, registers });

  new peer.Gauge({
    name: 'sluice_jobs',
    help: 'Jobs that are not over, of all tenants and all processes.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      // If the engine is not available, report everything else.
      const counts = await jobs.counts().catch(() => undefined);
      for (const [state, count] of Object.entries(counts ?? {})) this.set({ state }, count);
    },
  });
  const submitted = counter('jobs_submitted', 'Jobs that this process has taken in.');
  const ended = counter('jobs_ended', 'Jobs that this process has brought to an end.', ['state']);
  for (const state of ENDS) ended.inc({ state }, 0);
  const attempts = counter('attempts', 'Attempts that this process has started.');
  const running = new peer.Gauge({
    name: 'sluice_attempts_running',
    help: 'Attempts that run in this process.',
    registers,
  });
  const errors = counter('attempt_errors', 'Attempts that ended in an error, retried or not.', ['code']);
  const retries = counter('job_retries', 'Jobs queued again after an error that a retry may avoid.');
  const requeued = counter(
    'jobs_requeued',
    'Jobs queued again without an error: to yield to others, or at a shutdown.',
  );
  const read = counter('records_read', 'Records read from the source.');
  const written = counter('records_written', 'Records written to results.');
  const rejected = counter('records_rejected', 'Faulty records of ended jobs.');
  const sourceBytes = counter('source_bytes', 'Bytes read from the source.');
  const resultBytes = counter('result_bytes', 'Bytes of the results of ended jobs.');
  const waits = new peer.Histogram({
    name: 'sluice_job_wait_seconds',
    help: 'Time from the submission of a job to its first attempt.',
    buckets: JOB_SECONDS,
    registers,
  });
  const durations = new peer.Histogram({
    name: 'sluice_job_duration_seconds',
    help: 'Time from the first attempt at a job to its end.',
    labelNames: ['state'],
    buckets: JOB_SECONDS,
    registers,
  });

  /** Progress of the attempts that run in this process. */
  const known = new Map<string, JobProgress>();
  const update = ({ id, progress }: JobSummary) => {
    const before = known.get(id);
    if (!before) return;
    known.set(id, progress);
    add(read, progress.read - before.read);
    add(written, progress.written - before.written);
    add(sourceBytes, progress.bytesIn - before.bytesIn);
  };
  const count: Readonly<Record<JobActivity, (job: JobSummary) => void>> = {
    submitted: () => submitted.inc(),
    started(job) {
      attempts.inc();
      running.inc();
      known.set(job.id, job.progress);
      if (job.epoch === 1) waits.observe(seconds(job.createdAt, job.startedAt));
    },
    progressed: update,
    retried({ error }) {
      errors.inc({ code: error?.code ?? NO_CODE });
      retries.inc();
    },
    requeued: () => requeued.inc(),
    finished(job) {
      update(job);
      const { state, receipt, files, error } = job;
      ended.inc({ state });
      durations.observe({ state }, seconds(job.startedAt, job.endedAt));
      if (state === 'failed') errors.inc({ code: error?.code ?? NO_CODE });
      if (receipt) add(rejected, receipt.rejected);
      add(resultBytes, files[0]?.bytes ?? 0);
    },
    cancelled: ({ state }) => ended.inc({ state }),
    attemptEnded({ id }) {
      running.dec();
      known.delete(id);
    },
  };
  jobs.onActivity((activity, job) => count[activity](job));
  return kept;
}

/** Counters never decrease, even if clocks or progress do. */
function add(counter: Counter, amount: number): void {
  if (amount > 0) counter.inc(amount);
}

/** Seconds between two times in milliseconds since 1970; 0 if either is unknown. */
function seconds(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(0, to - from) / 1000;
}

/** @throws SluiceError `MISSING_PEER` where it is not installed */
export async function importPromClient() {
  try {
    return await import('prom-client');
  } catch (cause) {
    throw missingPeer('sluice/metrics', 'prom-client', cause);
  }
}
