/** The jobs of one tenant, over an engine and a store. */
import type { Readable } from 'node:stream';
import { readableOf } from '../export/readable-of.js';
import { acceptOptions } from '../options/accept-options.js';
import type { ByteRange, Part } from '../results/blob-store.js';
import { SluiceError } from '../terms/errors.js';
import type { ProfileRegistry } from '../terms/profile.js';
import type { DocumentedBody } from '../terms/request.js';
import type { Delivery, DeliveryPage, DeliveryQuery } from '../webhooks/delivery.js';
import { secretOfTenant } from '../webhooks/signature.js';
import type { JobRow, StoredFile, WholeRow } from './engine.js';
import { type FileLink, signLink } from './file-link.js';
import { inspectAndKeep } from './inspect-and-keep.js';
import type { SourceInspection } from './inspection.js';
import { hasResult, type Job, type JobSummary, type ResultFile } from './job.js';
import { acceptRange, idOf, noSuchJob, UUID } from './job-arguments.js';
import { cancelAll, deleteAll, endJob } from './job-ends.js';
import { JOB_FILTER, type JobFilter, searchOf } from './job-filter.js';
import type { JobHistory } from './job-history.js';
import { type FoundJobs, JOB_SEARCH, type JobSearch, type JobTally } from './job-search.js';
import type { JobsParts } from './jobs-parts.js';
import {
  ENVELOPE_OPTIONS,
  LIST_OPTIONS,
  PAGE,
  READ_OPTIONS,
  WAIT_FOR_OPTIONS,
  WATCH_ALL_OPTIONS,
  WATCH_OPTIONS,
} from './method-options.js';
import type { Preview } from './preview.js';
import { previewJob } from './preview-job.js';
import { jobOf, summaryOf } from './public-job.js';
import { readEntitiesOf } from './read-entities.js';
import { storedEnvelope, wholeResult } from './stored-envelope.js';
import { StoredSchedules } from './stored-schedules.js';
import { explainJob, rerunJob, submitJob } from './submit-job.js';
import { listDeliveries, redeliver } from './tenant-deliveries.js';
import type {
  EnvelopeOptions,
  Explanation,
  JobPage,
  ListOptions,
  ManyJobs,
  ReadOptions,
  RerunOptions,
  Submission,
  Submitted,
  TenantChange,
  TenantJobs,
  WaitForOptions,
  WatchAllOptions,
  WatchOptions,
} from './tenant-jobs.js';
import type { TenantSpace } from './tenant-space.js';
import type { TenantTerms } from './tenant-terms.js';
import { watchJob } from './watch-jobs.js';
import { watchTenant } from './watch-tenant.js';

/** Rows that are read at once. */
const ROWS_AT_ONCE = 16;

/** Each method first checks that the job belongs to the tenant. */
export class StoredJobs implements TenantJobs {
  readonly tenant: string;
  readonly schedules: StoredSchedules;
  readonly #parts: JobsParts;

  constructor(tenant: string, parts: JobsParts) {
    this.tenant = tenant;
    this.#parts = parts;
    this.schedules = new StoredSchedules(tenant, parts);
  }

  async space(): Promise<TenantSpace> {
    const [{ results, rows }, { limits }] = await Promise.all([
      this.#parts.engine.storedBytes(this.tenant),
      this.#terms(),
    ]);
    return { results, rows, ...(Number.isFinite(limits.bytes) ? { limit: limits.bytes } : {}) };
  }

  async profiles(): Promise<ProfileRegistry> {
    return (await this.#terms()).plans.profiles;
  }

  submit(submission: Submission): Promise<Submitted> {
    return submitJob(this.#parts, this.tenant, submission);
  }

  async rerun(id: string, options: RerunOptions = {}): Promise<Submitted> {
    return rerunJob(this.#parts, await this.#whole(id), options);
  }

  explain(submission: Submission): Promise<Explanation> {
    return explainJob(this.#parts, this.tenant, submission);
  }

  preview(submission: Submission, options: ReadOptions = {}): Promise<Preview> {
    acceptOptions(options, READ_OPTIONS);
    return previewJob(this.#parts, this.tenant, submission, options.signal);
  }

  inspect(): Promise<SourceInspection> {
    return inspectAndKeep(this.#parts, this.tenant);
  }

  inspection(): Promise<SourceInspection | undefined> {
    return this.#parts.engine.inspections.get(this.tenant);
  }

  async get(id: string): Promise<Job> {
    return jobOf(await this.#whole(id));
  }

  async history(id: string): Promise<JobHistory> {
    await this.#row(id);
    return this.#parts.engine.history(id);
  }

  async list(options: ListOptions = {}): Promise<JobPage> {
    acceptOptions(options, LIST_OPTIONS);
    const { limit = PAGE, after, ...filter } = options;
    const { rows, next } = await this.#parts.engine.list(this.tenant, limit, after, searchOf(filter));
    const jobs = rows.map((row) => this.#now(summaryOf(row)));
    return next === undefined ? { jobs } : { jobs, next };
  }

  tally(filter: JobFilter = {}): Promise<JobTally> {
    acceptOptions(filter, JOB_FILTER);
    return this.#parts.engine.tally(this.tenant, searchOf(filter));
  }

  async search(search: JobSearch): Promise<FoundJobs> {
    acceptOptions(search, JOB_SEARCH);
    const { ids } = search;
    return this.#parts.engine.find(this.tenant, { ...search, ids: ids?.filter((id) => UUID.test(id)) });
  }

  async *lookAll(ids: readonly string[]): AsyncGenerator<JobSummary, void> {
    const known = ids.filter((id) => UUID.test(id));
    for (let from = 0; from < known.length; from += ROWS_AT_ONCE) {
      for (const row of await this.#parts.engine.lookAll(known.slice(from, from + ROWS_AT_ONCE))) {
        if (row.tenant === this.tenant) yield this.#now(summaryOf(row));
      }
    }
  }

  async cancel(id: string): Promise<Job> {
    const { request, ...before } = await this.#whole(id);
    // Nothing is returned for a job that was deleted in the meantime.
    const row = (await endJob(this.#parts, before)) ?? (await this.#whole(id));
    return jobOf({ ...row, request });
  }

  async cancelAll(filter: JobFilter): Promise<ManyJobs> {
    return cancelAll(this.#parts, this.tenant, filter);
  }

  async deleteAll(filter: JobFilter): Promise<ManyJobs> {
    return deleteAll(this.#parts, this.tenant, filter);
  }

  readEntities(request: DocumentedBody, options: ReadOptions = {}): Readable {
    acceptOptions(options, READ_OPTIONS);
    return readEntitiesOf(this.#parts, this.tenant, request, options.signal);
  }

  async deleteResult(id: string): Promise<JobSummary> {
    const { engine, store } = this.#parts;
    this.#fileOf(await this.#row(id));
    const row = this.#mine(await engine.cancel(id));
    await store.sweep({ tenant: row.tenant, job: id }, new Set());
    return summaryOf(row);
  }

  watch(id: string, options: WatchOptions = {}): AsyncGenerator<JobSummary, void> {
    acceptOptions(options, WATCH_OPTIONS);
    const { after = 0, signal } = options;
    return this.#watch(id, after, signal);
  }

  async *#watch(id: string, after: number, signal: AbortSignal | undefined): AsyncGenerator<JobSummary, void> {
    const { engine, closed } = this.#parts;
    await this.#row(id);
    for await (const row of watchJob(engine, id, after, signal ? [signal, closed] : [closed])) yield summaryOf(row);
  }

  deliveries(query?: DeliveryQuery): Promise<DeliveryPage> {
    return listDeliveries(this.#parts, this.tenant, query);
  }

  redeliver(id: string): Promise<Delivery> {
    return redeliver(this.#parts, this.tenant, id);
  }

  async webhookSecret(): Promise<string> {
    return secretOfTenant(await this.#parts.engine.secret(), this.tenant);
  }

  watchAll(options: WatchAllOptions = {}): AsyncGenerator<TenantChange, void> {
    acceptOptions(options, WATCH_ALL_OPTIONS);
    return this.#watchAll(options.signal);
  }

  async *#watchAll(signal: AbortSignal | undefined): AsyncGenerator<TenantChange, void> {
    const { engine, closed } = this.#parts;
    for await (const change of watchTenant(engine, this.tenant, signal ? [signal, closed] : [closed])) {
      yield change.kind === 'changed' ? { kind: 'changed', job: this.#now(summaryOf(change.row)) } : change;
    }
  }

  async waitFor(id: string, options: WaitForOptions = {}): Promise<Job> {
    acceptOptions(options, WAIT_FOR_OPTIONS);
    const { timeoutMs, signal } = options;
    const over = new AbortController();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => over.abort(), timeoutMs);
    try {
      const { request, ...known } = await this.#whole(id);
      let row: JobRow = known;
      const signals = [over.signal, this.#parts.closed, ...(signal ? [signal] : [])];
      for await (const changed of watchJob(this.#parts.engine, id, row.version, signals)) row = changed;
      return jobOf({ ...row, request });
    } finally {
      clearTimeout(timer);
    }
  }

  async getFile(id: string, name: string): Promise<ResultFile> {
    const { parts: _, isIndex: _index, ...file } = this.#fileOf(await this.#row(id), name);
    return file;
  }

  async openFile(id: string, name: string, range?: ByteRange): Promise<Readable> {
    acceptRange(range);
    const row = await this.#row(id);
    const file = this.#fileOf(row, name);
    return readableOf(this.#stored(row, file.parts, range));
  }

  async createLink(id: string, name: string): Promise<FileLink> {
    const { engine, now } = this.#parts;
    const { store, linkTtlMs } = await this.#terms();
    const row = await this.#row(id);
    const { parts, mediaType } = this.#fileOf(row, name);
    const until = Math.min(now() + linkTtlMs, row.expiresAt ?? Number.POSITIVE_INFINITY);
    // The address of a link has whole seconds.
    const expiresAt = Math.floor(until / 1000) * 1000;
    const [part] = parts;
    if (store.presign && part && parts.length === 1) {
      const owner = { tenant: row.tenant, job: id };
      const url = await store.presign(owner, part, { fileName: name, mediaType, expiresInMs: until - now() });
      return { kind: 'presigned', url, expiresAt };
    }
    const signature = signLink(await engine.secret(), { tenant: row.tenant, id, name, expiresAt });
    return { kind: 'signed', signature, expiresAt };
  }

  async openEnvelope(id: string, options: EnvelopeOptions = {}): Promise<Readable> {
    acceptOptions(options, ENVELOPE_OPTIONS);
    const row = await this.#row(id);
    const file = this.#fileOf(row);
    const read = (range?: ByteRange) => this.#stored(row, file.parts, range);
    const { plans, store } = await this.#terms();
    const whole = await wholeResult(file.parts, () => store.read({ tenant: row.tenant, job: id }, file.parts));
    const plan = plans.remembered(row) ?? plans.of(await this.#whole(id));
    return storedEnvelope(row, file, plan, options.content ?? 'zip', read, whole);
  }

  /** Stored bytes. Errors are logged here: the client only sees an incomplete response. */
  async *#stored({ tenant, id }: JobRow, parts: readonly Part[], range?: ByteRange): AsyncGenerator<Buffer, void> {
    const { store, logger } = this.#parts;
    try {
      yield* store.read({ tenant, job: id }, parts, range);
    } catch (cause) {
      logger.error({ job: id, tenant, err: cause }, 'the stored result of a job is unreadable');
      throw cause;
    }
  }

  #terms(): Promise<TenantTerms> {
    return this.#parts.termsOf(this.tenant);
  }

  /** The row of a job of this tenant; a result past its lifetime counts as expired, deleted or not. */
  async #row(id: string): Promise<JobRow> {
    return this.#mine(await this.#parts.engine.look(idOf(id)));
  }

  /** The row with its request. */
  async #whole(id: string): Promise<WholeRow> {
    return this.#mine(await this.#parts.engine.get(idOf(id)));
  }

  #mine<Row extends JobRow>(row: Row | undefined): Row {
    if (row?.tenant !== this.tenant) throw noSuchJob();
    return this.#now(row);
  }

  /** The job at this moment. */
  #now<One extends JobSummary>(job: One): One {
    const isOver = hasResult(job.state) && job.expiresAt !== undefined && job.expiresAt <= this.#parts.now();
    return isOver ? { ...job, state: 'expired', files: [] } : job;
  }

  /** A file of the result; the first one by default. */
  #fileOf({ state, files }: JobRow, name?: string): StoredFile {
    if (state === 'expired') throw new SluiceError('RESULT_EXPIRED', 'job', 'the result has expired');
    if (!hasResult(state)) throw new SluiceError('NO_RESULT', 'job', `the job is ${state} and has no result`);
    const file = files.find((one) => !one.isIndex && (name === undefined || one.name === name));
    if (file) return file;
    throw new SluiceError('NO_SUCH_FILE', 'job', 'the result has no such file');
  }
}
