/** For tests: jobs in memory, whose states a test sets. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { planExport } from '../../src/export/plan-export.js';
import type { Worker } from '../../src/jobs/engine.js';
import type { LinkClaim } from '../../src/jobs/file-link.js';
import type { SourceInspection } from '../../src/jobs/inspection.js';
import { hasResult, isEnded, type Job, type JobState } from '../../src/jobs/job.js';
import { searchOf, searchOfEnded } from '../../src/jobs/job-filter.js';
import type { JobHistory } from '../../src/jobs/job-history.js';
import type { JobMode } from '../../src/jobs/job-plan.js';
import { finder, inOrder, type JobSearch } from '../../src/jobs/job-search.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import type { Submission, TenantJobs } from '../../src/jobs/tenant-jobs.js';
import { acceptRequest } from '../../src/request/accept/accept-request.js';
import { SluiceError } from '../../src/terms/errors.js';
import { BUILT_IN_PROFILES } from '../../src/terms/profile.js';
import type { Delivery } from '../../src/webhooks/delivery.js';
import { untyped } from '../untyped.js';

/** Content of the fake file. */
export const CONTENT = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz');

const IDLE = { read: 0, written: 0, bytesIn: 0, bytesPerSecond: 0, recordsPerSecond: 0 };

/** Expiry of links, in seconds since 1970. */
const EXPIRES = Date.UTC(2030, 0, 1) / 1000;

/** Schedules are tested over stored jobs. */
async function noSchedule(): Promise<never> {
  throw new SluiceError('NO_SUCH_SCHEDULE', 'job', 'there is no such schedule');
}

/** Jobs whose states the test sets. */
export class FakeJobs implements Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #keys = new Map<string, string>();
  readonly #waiting = new Set<() => void>();
  /** Streams that were opened. */
  readonly streams: Readable[] = [];
  /** Active iterations of `watch`. */
  watching = 0;
  /** The state that a submitted job enters at once. */
  next: JobState = 'completed';
  nextError?: Job['error'];
  fileName = 'ü "export".zip';
  slow = false;
  /** Deliveries of webhooks. */
  told: readonly Delivery[] = [];
  /** What is known of the source. */
  inspected: SourceInspection = {
    ...{ inspectedAt: 1, stoppedBy: 'end', records: 0, types: [], examined: 0, members: [] },
    ...{ attributes: [], properties: [] },
  };
  /** What has happened to each job. */
  history: JobHistory = { events: [], samples: [] };
  /** Whether `watchAll` ends at once. */
  isClosing = false;
  /** Address of a storage that serves files itself. */
  storage: string | undefined;
  /** Number of chunks after which streams fail. */
  breakAfter = Number.POSITIVE_INFINITY;
  #count = 0;
  readonly #submissions: (() => void)[] = [];

  async close(): Promise<void> {}

  async sweep(): Promise<void> {}

  /** Error of the storage of jobs. */
  fault: SluiceError | undefined;

  async check(): Promise<void> {
    if (this.fault) throw this.fault;
  }

  async counts() {
    const states = [...this.#jobs.values()].map(({ state }) => state);
    const count = (state: JobState) => states.filter((one) => one === state).length;
    return { queued: count('queued'), running: count('running') };
  }

  async countsByTenant() {
    const counts = new Map<string, { tenant: string; queued: number; running: number }>();
    for (const { tenant, state } of this.#jobs.values()) {
      if (state !== 'queued' && state !== 'running') continue;
      const own = counts.get(tenant) ?? { tenant, queued: 0, running: 0 };
      own[state]++;
      counts.set(tenant, own);
    }
    return [...counts.values()];
  }

  /** Processes that run jobs. */
  others: readonly Worker[] | undefined;

  async workers() {
    return this.others;
  }

  onActivity() {
    return () => {};
  }

  /** Accepts a signature that is the name of the tenant, until 2030. */
  async forLink({ id, name, expiresAt, signature }: LinkClaim): Promise<TenantJobs> {
    const tenant = signature.slice(0, signature.indexOf('-'));
    if (signature !== `${tenant}-${id}-${name.length}` || expiresAt !== EXPIRES * 1000) {
      throw new SluiceError('NO_SUCH_FILE', 'job', 'the link is invalid or has expired');
    }
    return this.forTenant(tenant);
  }

  /** Calls of `watch` and `waitFor` that wait for a change. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Id of the last submitted job. */
  get newest(): string {
    return [...this.#jobs.keys()].at(-1) ?? '';
  }

  /** Resolves when a job is submitted. */
  submitted(): Promise<void> {
    return new Promise((resolve) => this.#submissions.push(resolve));
  }

  set(id: string, change: Partial<Job>): void {
    const job = this.#jobs.get(id);
    if (!job) throw new Error(`no job ${id}`);
    this.#jobs.set(id, { ...job, ...change, version: job.version + 1, changedAt: Date.now() });
    for (const wake of [...this.#waiting]) wake();
  }

  end(id: string, state: JobState): void {
    const sha256 = createHash('sha256').update(CONTENT).digest('hex');
    const file = { name: this.fileName, mediaType: 'application/zip', bytes: CONTENT.length, sha256 };
    this.set(id, {
      state,
      endedAt: Date.now(),
      ...(hasResult(state) ? { files: [file], expiresAt: Date.UTC(2030, 0, 1) } : { files: [] }),
      ...(this.nextError && state === 'failed' ? { error: this.nextError } : {}),
    });
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      if (signal?.aborted) wake();
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #found(tenant: string, search: JobSearch): readonly Job[] {
    const isFound = finder(search, Date.now(), (id) => JSON.stringify(this.#jobs.get(id)?.request));
    return [...this.#jobs.values()].filter((job) => job.tenant === tenant && isFound(job));
  }

  forTenant(tenant: string): TenantJobs {
    const get = async (id: string): Promise<Job> => {
      const job = this.#jobs.get(id);
      if (job?.tenant === tenant) return job;
      throw new SluiceError('NO_SUCH_JOB', 'job', 'there is no such job');
    };
    const file = async (id: string, name: string) => {
      const job = await get(id);
      if (job.state === 'expired') throw new SluiceError('RESULT_EXPIRED', 'job', 'the result has expired');
      if (!hasResult(job.state)) throw new SluiceError('NO_RESULT', 'job', 'there is no result');
      const found = job.files.find((one) => one.name === name);
      if (!found) throw new SluiceError('NO_SUCH_FILE', 'job', 'there is no such file');
      return found;
    };
    const breaking = function* (chunks: Iterable<Buffer>) {
      let count = 0;
      for (const chunk of chunks) {
        if (count++ >= fake.breakAfter) throw new SluiceError('READ_FAILED', 'read', 'EIO: /srv/secret');
        yield chunk;
      }
    };
    const stream = (chunks: Iterable<Buffer>) => {
      const readable = Readable.from(breaking(chunks), { objectMode: false });
      this.streams.push(readable);
      return readable;
    };
    const fake = this;
    return {
      tenant,
      profiles: async () => BUILT_IN_PROFILES,
      space: async () => ({ results: 3_000_000, rows: 2048, limit: 10_000_000 }),
      get,
      getFile: file,
      async submit({ request, idempotencyKey, submittedBy }: Submission) {
        planExport({ request });
        const mode: JobMode = JSON.stringify(request).includes('nightly') ? 'ASYNC' : 'AUTO';
        const key = idempotencyKey && `${tenant}/${idempotencyKey}`;
        const before = key && fake.#keys.get(key);
        if (before) {
          const job = await get(before);
          if (JSON.stringify(job.request) !== JSON.stringify(request)) {
            throw new SluiceError('IDEMPOTENCY_MISMATCH', 'job', 'the key came with another request');
          }
          return { job, created: false, mode };
        }
        const id = `00000000-0000-4000-8000-${String(fake.#count++).padStart(12, '0')}`;
        const now = Date.now();
        fake.#jobs.set(id, {
          id,
          tenant,
          request,
          state: 'queued',
          version: 1,
          epoch: 0,
          failures: 0,
          createdAt: now,
          changedAt: now,
          progress: IDLE,
          facts: { profileName: acceptRequest(request).profile, fileType: 'RSJSON', submittedBy },
          files: [],
        });
        if (key) fake.#keys.set(key, id);
        const job = await get(id);
        if (isEnded(fake.next)) fake.end(id, fake.next);
        for (const wake of [...fake.#waiting]) wake();
        for (const resolve of fake.#submissions.splice(0)) resolve();
        return { job, created: true, mode };
      },
      async rerun(id, options) {
        const { request } = await get(id);
        return fake.forTenant(tenant).submit({ ...options, request: untyped(request) });
      },
      async explain({ request }) {
        const plan = planExport({ request });
        return { lines: ['It is exported.'], fileName: plan.output.fileName, mediaType: 'x/y', mode: 'AUTO' };
      },
      async preview({ request }) {
        planExport({ request });
        return { entities: ['{"id":"1"}'], read: 1, stoppedBy: 'end', notes: [] };
      },
      async inspect() {
        return fake.inspected;
      },
      inspection: async () => fake.inspected,
      async tally(filter = {}) {
        const numbers = new Map<JobState, number>();
        for (const { state } of fake.#found(tenant, searchOf(filter)))
          numbers.set(state, (numbers.get(state) ?? 0) + 1);
        return Object.fromEntries(numbers);
      },
      async cancelAll(filter) {
        const { ids, total } = await fake.forTenant(tenant).search(searchOfEnded(filter, false));
        for (const id of ids) fake.end(id, 'cancelled');
        return { matched: total, done: ids.length };
      },
      async deleteAll(filter) {
        const { ids, total } = await fake.forTenant(tenant).search(searchOfEnded(filter, true));
        for (const id of ids) fake.#jobs.delete(id);
        return { matched: total, done: ids.length };
      },
      async deliveries({ state } = {}) {
        return { deliveries: fake.told.filter((one) => state === undefined || one.state === state) };
      },
      async redeliver(id) {
        const found = fake.told.find((one) => one.id === id);
        if (found) return { ...found, state: 'pending' };
        throw new SluiceError('NO_SUCH_DELIVERY', 'job', 'there is no such delivery');
      },
      schedules: {
        add: noSchedule,
        list: async () => [],
        get: noSchedule,
        remove: noSchedule,
        run: noSchedule,
        pause: noSchedule,
        resume: noSchedule,
      },
      async webhookSecret() {
        return 'whsec_c2VjcmV0';
      },
      async *watchAll({ signal } = {}) {
        fake.watching++;
        try {
          yield { kind: 'ready' };
          const seen = new Map([...fake.#jobs].map(([id, { version }]) => [id, version]));
          while (!signal?.aborted && !fake.isClosing) {
            await fake.#change(signal);
            for (const job of fake.#jobs.values()) {
              if (job.tenant === tenant && seen.get(job.id) !== job.version) yield { kind: 'changed', job };
              seen.set(job.id, job.version);
            }
          }
        } finally {
          fake.watching--;
        }
      },
      async history(id) {
        await get(id);
        return fake.history;
      },
      async list({ limit = 50, after, ...filter } = {}) {
        const all = [...fake.#found(tenant, searchOf(filter))].reverse();
        const start = after === undefined ? 0 : Number(after);
        const next = start + limit < all.length ? { next: String(start + limit) } : {};
        return { jobs: all.slice(start, start + limit), ...next };
      },
      async search(search) {
        const found = fake.#found(tenant, search);
        const { offset = 0, limit = 2000 } = search;
        const ids = found.toSorted(inOrder(search)).map(({ id }) => id);
        return { ids: ids.slice(offset, offset + limit), total: found.length };
      },
      async *lookAll(ids) {
        for (const id of ids) {
          const job = fake.#jobs.get(id);
          if (job?.tenant === tenant) yield job;
        }
      },
      async cancel(id) {
        const job = await get(id);
        if (!isEnded(job.state)) fake.end(id, 'cancelled');
        else if (hasResult(job.state)) fake.end(id, 'expired');
        return get(id);
      },
      readEntities: () => stream([]),
      async deleteResult(id) {
        await file(id, (await get(id)).files[0]?.name ?? '');
        fake.end(id, 'expired');
        return get(id);
      },
      async *watch(id, { after = 0, signal } = {}) {
        fake.watching++;
        try {
          for (let seen = after; !signal?.aborted; ) {
            const job = await get(id);
            if (job.version > seen) {
              seen = job.version;
              yield job;
            }
            if (isEnded(job.state)) return;
            if ((await get(id)).version === seen) await fake.#change(signal);
          }
        } finally {
          fake.watching--;
        }
      },
      async waitFor(id, { timeoutMs, signal } = {}) {
        if (timeoutMs !== 0) {
          while (!isEnded((await get(id)).state) && !signal?.aborted) await fake.#change(signal);
        }
        return get(id);
      },
      async openFile(id, name, range) {
        await file(id, name);
        const bytes = CONTENT.subarray(range?.start ?? 0, range?.end ?? CONTENT.length);
        return stream([bytes.subarray(0, 1), bytes.subarray(1)]);
      },
      async createLink(id, name) {
        await file(id, name);
        if (fake.storage) return { kind: 'presigned', url: `${fake.storage}/${id}?sig=x`, expiresAt: EXPIRES * 1000 };
        const signature = `${tenant}-${id}-${name.length}`;
        return { kind: 'signed', signature, expiresAt: EXPIRES * 1000 };
      },
      async openEnvelope(id) {
        const job = await get(id);
        await file(id, job.files[0]?.name ?? '');
        if (fake.slow) {
          const endless = function* () {
            for (;;) yield Buffer.alloc(65_536, 32);
          };
          return stream(endless());
        }
        const properties = { fileName: 'x.json', version: '1.1', extension: 'JSON', workAutomationId: id };
        const systemInfo = { tenantId: tenant };
        const object = { id, type: 'JSONObject', systemInfo, properties, data: { blob: CONTENT.toString('base64') } };
        const response = { binaryObjects: [object], status: 'success', statusDetail: {}, totalRecords: 1 };
        return stream([Buffer.from(JSON.stringify({ response }))]);
      },
    };
  }
}
