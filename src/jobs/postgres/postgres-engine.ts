/** The engine of many processes: rows in PostgreSQL, leases by its clock, wake-ups by pg-boss. */
import { isDeepStrictEqual } from 'node:util';
import { sizeOf } from '../../results/parts.js';
import { SluiceError } from '../../terms/errors.js';
import type {
  JobCheckpoint,
  JobCounts,
  JobEngine,
  JobRow,
  NewJob,
  Outcome,
  RowPage,
  StoredBytes,
  TenantCounts,
  WholeRow,
  Worker,
} from '../engine.js';
import { earliest } from '../fair-queue.js';
import { isEnded, type JobError, type JobProgress, NO_PROGRESS } from '../job.js';
import { keyMismatch, tooManyQueued } from '../job-arguments.js';
import { JobEmitter } from '../job-events.js';
import type { JobHistory } from '../job-history.js';
import type { FoundJobs, JobSearch, JobTally } from '../job-search.js';
import { ChangeFeed } from './change-feed.js';
import { Changes } from './changes.js';
import type { Database } from './database.js';
import { PostgresDeliveries } from './deliveries.js';
import type { PostgresEngineParts } from './engine-parts.js';
import { PostgresInspections } from './inspections.js';
import { type JobRecord, jobRowOf, jsonOf, storedFacts, type WholeRecord, wholeRowOf } from './job-record.js';
import { JobTable } from './job-table.js';
import { Leases } from './leases.js';
import { Polling } from './polling.js';
import { reclaim } from './reclaim.js';
import { PostgresSchedules } from './schedules.js';
import { cancelJob } from './statements/cancel-job.js';
import { chooseTenant, type Turn } from './statements/choose-tenant.js';
import { claimJob } from './statements/claim-job.js';
import { expireResults } from './statements/expire-results.js';
import { findEnded } from './statements/find-ended.js';
import { finishJob } from './statements/finish-job.js';
import { lookAtJobs } from './statements/get-jobs.js';
import { keepCheckpoint } from './statements/keep-checkpoint.js';
import { releaseJobs } from './statements/release-jobs.js';
import { removeJob } from './statements/remove-job.js';
import { reportProgress } from './statements/report-progress.js';
import { requeueJob } from './statements/requeue-job.js';
import { submitJob } from './statements/submit-job.js';
import { Workers } from './workers.js';

/** Interval of polls for queued and abandoned jobs, in milliseconds; only in processes that run jobs. */
const POLL_MS = 1000;

/** Minimum number of renewals per lease. */
const RENEWALS = 5;

/** Stores rows in a database that other engines use, too. */
export class PostgresEngine implements JobEngine {
  readonly events: JobEmitter;
  readonly deliveries: PostgresDeliveries;
  readonly schedules: PostgresSchedules;
  readonly inspections: PostgresInspections;
  readonly #parts: PostgresEngineParts;
  readonly #database: Database;
  readonly #table: JobTable;
  readonly #feed: ChangeFeed;
  readonly #leases: Leases;
  readonly #workers: Workers;
  readonly #changes: Changes;
  /** When delayed jobs that this engine knows of are due. */
  readonly #later = new Map<string, number>();
  #polling: Polling | undefined;

  constructor(parts: PostgresEngineParts) {
    const { database, schema, leaseMs, feed } = parts;
    this.#parts = parts;
    this.#database = database;
    this.deliveries = new PostgresDeliveries(database, schema);
    this.schedules = new PostgresSchedules(database, schema);
    this.inspections = new PostgresInspections(database, schema);
    this.#table = new JobTable(database, schema, parts.logger);
    this.#workers = new Workers(database, schema, parts.worker);
    const { logger } = parts;
    this.events = new JobEmitter(
      (error) => logger.error({ err: error, code: error.code }, 'a listener of job events has failed'),
      () => this.#startPolling(),
    );
    this.#changes = new Changes(
      (ids) => this.#table.rows(lookAtJobs(schema), [ids]),
      (row) => this.#note(row),
    );
    this.#leases = new Leases({
      everyMs: Math.min(POLL_MS, leaseMs / RENEWALS),
      renew: (ids, epochs) => this.#table.renewLeases(ids, epochs, leaseMs),
      onLost: (id) => this.#changes.hear(id),
    });
    this.#feed = new ChangeFeed({
      ...feed,
      onChange: (id) => this.#changes.hear(id),
      onRemoved: (job) => this.events.emit('removed', job),
      onGap: () => {
        this.events.emit('missed');
        this.#wakeRunners();
      },
    });
  }

  /** Starts to listen for changes of other engines. */
  async start(): Promise<void> {
    await this.#feed.start();
  }

  async submit(job: NewJob): Promise<{ readonly row: WholeRow; readonly created: boolean }> {
    const { schema, now } = this.#parts;
    const { id, tenant, request, idempotencyKey = null, createdAt = now(), priority = 0 } = job;
    const limits = job.limits ?? this.#parts.limits;
    if (job.limits) await this.#table.limitRunning(tenant, limits.running);
    const texts = [JSON.stringify(request), JSON.stringify(NO_PROGRESS)];
    const values = [id, tenant, idempotencyKey, ...texts, createdAt, limits.queued, jsonOf(storedFacts(job))];
    const [row] = await this.#table.wholeRows(submitJob(schema), [...values, priority]);
    if (!row) throw tooManyQueued(limits.queued);
    const created = row.id === id;
    if (!created && !isDeepStrictEqual(row.request, request)) throw keyMismatch();
    if (created) {
      const { request: _, ...rest } = row;
      await this.#queued(rest);
    }
    return { row, created };
  }

  readonly get = (id: string): Promise<WholeRow | undefined> => this.#table.get(id);

  readonly look = (id: string): Promise<JobRow | undefined> => this.#table.look(id);

  list(tenant: string, limit: number, after?: string, search: JobSearch = {}): Promise<RowPage> {
    return this.#table.list(tenant, { limit, after, search, now: this.#parts.now() });
  }

  tally(tenant: string, search: JobSearch): Promise<JobTally> {
    return this.#table.tally(tenant, search, this.#parts.now());
  }

  find(tenant: string, search: JobSearch): Promise<FoundJobs> {
    return this.#table.find(tenant, search, this.#parts.now());
  }

  readonly history = (id: string): Promise<JobHistory> => this.#table.history(id);

  readonly lookAll = (ids: readonly string[]): Promise<readonly JobRow[]> => this.#table.lookAll(ids);

  async claim(alone = true, except: readonly string[] = []): Promise<WholeRow | undefined> {
    const { schema, leaseMs, worker, now } = this.#parts;
    for (;;) {
      const [turn] = await this.#choose(except);
      if (!turn || (turn.alone && !alone)) return undefined;
      // No row: others were faster. Choose again.
      const values = [turn.name, now(), turn.running, leaseMs, turn.alone, worker];
      const records = await this.#database.run<WholeRecord>(claimJob(schema), values);
      const [row] = this.#table.readable(records, wholeRowOf);
      if (!row) continue;
      this.#leases.hold(row.id, row.epoch);
      const { request: _, ...rest } = row;
      this.#changes.report(rest);
      return row;
    }
  }

  checkpoint(id: string, epoch: number, checkpoint: JobCheckpoint, progress: JobProgress): Promise<JobRow> {
    const values = [JSON.stringify(progress), JSON.stringify(checkpoint), sizeOf(checkpoint.parts)];
    return this.#fenced(keepCheckpoint, id, epoch, values);
  }

  progress(id: string, epoch: number, progress: JobProgress): Promise<JobRow> {
    return this.#fenced(reportProgress, id, epoch, [JSON.stringify(progress)]);
  }

  async finish(id: string, epoch: number, outcome: Outcome): Promise<JobRow> {
    this.#leases.drop(id, epoch);
    const { state, progress, receipt, files = [], error, expiresAt = null } = outcome;
    const values = [jsonOf(progress), state, jsonOf(receipt), JSON.stringify(files), sizeOf(files), jsonOf(error)];
    const row = await this.#fenced(finishJob, id, epoch, [...values, expiresAt], (known) => known.state === state);
    await this.#freed(id);
    return row;
  }

  async requeue(id: string, epoch: number, failed?: { error: JobError; notBefore: number }): Promise<JobRow> {
    this.#leases.drop(id, epoch);
    const values = [failed ? 1 : 0, jsonOf(failed?.error), failed?.notBefore ?? null];
    const row = await this.#fenced(requeueJob, id, epoch, values, (known) => known.state === 'queued');
    await this.#queued(row);
    return row;
  }

  async cancel(id: string, unfinished = false): Promise<JobRow | undefined> {
    const { schema, now } = this.#parts;
    const [row] = await this.#table.rows(cancelJob(schema), [id, now(), unfinished]);
    if (!row) return this.look(id);
    this.#leases.drop(id, row.epoch);
    this.#changes.report(row);
    if (row.state === 'cancelled') await this.#freed(id);
    return row;
  }

  async remove(id: string): Promise<JobRow | undefined> {
    const [row] = await this.#table.rows(removeJob(this.#parts.schema), [id]);
    if (row) this.events.emit('removed', row);
    return row;
  }

  async expire(): Promise<readonly JobRow[]> {
    const { schema, now } = this.#parts;
    const expired = await this.#table.rows(expireResults(schema), [now()]);
    for (const row of expired) this.#changes.report(row);
    return expired;
  }

  readonly endedBefore = (before: number): Promise<readonly JobRow[]> =>
    this.#table.rows(findEnded(this.#parts.schema), [before]);

  readonly workers = (): Promise<readonly Worker[]> => this.#workers.list();

  readonly storedBytes = (tenant: string): Promise<StoredBytes> => this.#table.storedBytes(tenant);

  readonly counts = (): Promise<JobCounts> => this.#table.counts();

  readonly countsByTenant = (): Promise<readonly TenantCounts[]> => this.#table.countsByTenant();

  readonly othersWait = async (tenant: string): Promise<boolean> => (await this.#choose([tenant])).length > 0;

  readonly secret = (): Promise<Buffer> => this.#table.secret();

  readonly owner = (): Promise<string> => this.#table.owner();

  readonly check = (): Promise<void> => this.#database.requireWritable();

  nextTurn(): number | undefined {
    const now = this.#parts.now();
    for (const [id, time] of this.#later) if (time <= now) this.#later.delete(id);
    return earliest(this.#later.values());
  }

  async close(): Promise<void> {
    this.events.clear('turn');
    this.#database.giveUp();
    await Promise.all([
      this.#feed.close(),
      this.#parts.dispatcher.close(),
      this.#polling?.close(),
      this.#changes.settled(),
    ]);
    const held = await this.#leases.close();
    const values = [held.map(([id]) => id), held.map(([, epoch]) => epoch), this.#parts.now()];
    // If this fails, the leases expire.
    await this.#workers.remove().catch(() => {});
    if (held.length > 0) await this.#database.run(releaseJobs(this.#parts.schema), values).catch(() => {});
    await this.#database.close();
  }

  /** A write of an attempt. After a lost response it is repeated, and may find that it has succeeded. */
  async #fenced(
    statement: (schema: string) => string,
    id: string,
    epoch: number,
    values: readonly unknown[],
    isDone?: (row: JobRow) => boolean,
  ): Promise<JobRow> {
    const { schema, leaseMs, now } = this.#parts;
    const all = [id, epoch, now(), leaseMs, ...values];
    const { rows, again } = await this.#database.query<JobRecord>(statement(schema), all);
    const [row] = rows.map(jobRowOf);
    const known = row ?? (again && isDone ? await this.look(id) : undefined);
    if (!known || !(row || (known.epoch === epoch && isDone?.(known)))) {
      throw new SluiceError('SUPERSEDED', 'job', `attempt ${epoch} of job ${id} was superseded by a newer one`);
    }
    this.#changes.report(known);
    return known;
  }

  #choose(except: readonly string[]): Promise<readonly Turn[]> {
    const { schema, limits, now } = this.#parts;
    return this.#database.run<Turn>(chooseTenant(schema), [now(), limits.running, except]);
  }

  /** Reports a queued job, and wakes up the runners of all processes. */
  async #queued(row: JobRow): Promise<void> {
    this.#changes.report(row);
    await this.#parts.dispatcher.send(row.id, Math.max(0, (row.notBefore ?? 0) - this.#parts.now()));
  }

  /** Wakes up runners after a slot became free. */
  async #freed(id: string): Promise<void> {
    this.#wakeRunners();
    await this.#parts.dispatcher.send(id);
  }

  /** Polls for abandoned and for queued jobs, independent of wake-ups. */
  #startPolling(): void {
    if (this.#polling) return;
    const poll = async () => {
      await this.#workers.note();
      for (const row of await reclaim(this.#parts, this.#table)) this.#changes.report(row);
      this.#wakeRunners();
    };
    this.#polling = new Polling(poll, POLL_MS);
    this.#parts.dispatcher.work(() => this.#wakeRunners());
  }

  /** Notes a change, then reports it. */
  #note(row: JobRow): void {
    if (row.state === 'queued' && row.notBefore !== undefined) this.#later.set(row.id, row.notBefore);
    else this.#later.delete(row.id);
    if (isEnded(row.state)) this.#leases.drop(row.id, row.epoch);
    this.events.emitChange(row);
    if (row.state === 'queued') this.#wakeRunners();
  }

  #wakeRunners(): void {
    this.events.emit('turn');
  }
}
