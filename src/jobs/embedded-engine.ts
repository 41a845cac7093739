/** The embedded engine: rows in LMDB, for one process. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Database, RootDatabase } from 'lmdb';
import type { Logger } from '../terms/logger.js';
import { DurableWrites } from './durable-writes.js';
import { EmbeddedClaims } from './embedded-claims.js';
import { EmbeddedDeliveries } from './embedded-deliveries.js';
import { EmbeddedHistory } from './embedded-history.js';
import { EmbeddedInspections } from './embedded-inspections.js';
import { EmbeddedResults } from './embedded-results.js';
import { EmbeddedRows } from './embedded-rows.js';
import { EmbeddedSchedules } from './embedded-schedules.js';
import type {
  EngineLimits,
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
} from './engine.js';
import { FairQueue } from './fair-queue.js';
import type { FilePresence } from './file-presence.js';
import { forward, isEnded, type JobError, type JobProgress } from './job.js';
import { keyMismatch, tooManyQueued } from './job-arguments.js';
import { JobEmitter } from './job-events.js';
import type { JobHistory } from './job-history.js';
import type { FoundJobs, JobSearch, JobTally } from './job-search.js';
import { afterLoss, DEFAULT_ATTEMPTS } from './lost-attempts.js';
import { type Change, expired, newRow, RowChanges } from './row-changes.js';

/** What the engine needs. */
export interface EmbeddedEngineParts {
  readonly root: RootDatabase;
  /** Presence of the database file. */
  readonly presence: FilePresence;
  /** Id of these jobs, as in their marks. */
  readonly owner: string;
  /** Releases the directory. */
  readonly release: () => Promise<void>;
  readonly limits: EngineLimits;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Each change is one transaction that checks first and writes then. */
export class EmbeddedEngine implements JobEngine {
  readonly events: JobEmitter;
  readonly deliveries: EmbeddedDeliveries;
  readonly schedules: EmbeddedSchedules;
  /** Small results. */
  readonly results: EmbeddedResults;
  readonly inspections: EmbeddedInspections;
  readonly #parts: EmbeddedEngineParts;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #writes: DurableWrites;
  readonly #rows: EmbeddedRows;
  readonly #history: EmbeddedHistory;
  readonly #changes: RowChanges;
  readonly #secrets: Database<Buffer, string>;
  readonly #queue: FairQueue;
  readonly #claims: EmbeddedClaims;
  #closing: Promise<void> | undefined;

  constructor(parts: EmbeddedEngineParts) {
    const { root, presence, limits, now, logger } = parts;
    this.#parts = parts;
    this.#now = now;
    this.#logger = logger;
    this.#writes = new DurableWrites(root, presence);
    this.#rows = new EmbeddedRows(root, logger);
    this.events = new JobEmitter((error) =>
      logger.error({ err: error, code: error.code }, 'a listener of job events has failed'),
    );
    this.deliveries = new EmbeddedDeliveries(root, this.#writes);
    this.schedules = new EmbeddedSchedules(root, this.#writes);
    this.results = new EmbeddedResults(root, this.#writes);
    this.inspections = new EmbeddedInspections(root, this.#writes);
    this.#history = new EmbeddedHistory(root, this.#writes);
    const onChange = (before: JobRow, after: JobRow) => {
      this.results.follow(before, after);
      this.#history.note(before, after);
      if (isEnded(after.state) && !isEnded(before.state)) this.deliveries.add(after);
    };
    this.#changes = new RowChanges(this.#rows, this.#writes, this.events, now, onChange);
    this.#secrets = root.openDB({ name: 'secrets' });
    const queue = new FairQueue(limits.running);
    this.#queue = queue;
    this.#claims = new EmbeddedClaims({ queue, rows: this.#rows, changes: this.#changes, writes: this.#writes, now });
  }

  /**
   * Queues the unfinished jobs of the previous owner, in the order of submission. A running job has lost its attempt; it
   * fails after too many losses in a row. Schedules that it had claimed are due again.
   */
  async recover(): Promise<void> {
    await this.schedules.recover();
    const { maxAttempts = DEFAULT_ATTEMPTS } = this.#parts.limits;
    const lose = (row: JobRow) => afterLoss(row, maxAttempts, this.#now());
    for await (const row of this.#rows.open()) {
      if (isEnded(row.state)) continue;
      const taken = row.state === 'running' ? await this.#changes.change(row.id, undefined, lose) : row;
      if (taken?.state === 'queued') this.#enqueue(taken);
      // There are no listeners yet.
      if (taken?.state === 'failed')
        this.#logger.warn({ job: taken.id, tenant: taken.tenant, code: taken.error?.code }, 'job failed');
    }
  }

  #enqueue({ tenant, id, notBefore, lost, priority, mostRunning }: JobRow): void {
    this.#queue.limit(tenant, mostRunning);
    this.#queue.add(tenant, id, { notBefore, alone: lost > 0, priority });
  }

  async submit(job: NewJob): Promise<{ readonly row: WholeRow; readonly created: boolean }> {
    const storing = this.#claims.follow(job.id, () => this.#store(job));
    // A claim that begins now takes its place in the same transaction.
    this.events.emit('turn');
    return storing;
  }

  async #store(job: NewJob): Promise<{ readonly row: WholeRow; readonly created: boolean }> {
    const { id, tenant, request, idempotencyKey, createdAt: at = this.#now() } = job;
    const { queued } = job.limits ?? this.#parts.limits;
    const answer = await this.#writes
      .write(() => {
        const known = idempotencyKey === undefined ? undefined : this.#rows.idOf(tenant, idempotencyKey);
        const before = known === undefined ? undefined : this.#rows.readWhole(known);
        if (before) return { row: before, requestBytes: 0, created: false };
        if (this.#queue.count(tenant) >= queued) return undefined;
        const row = newRow(job, at);
        const requestBytes = this.#rows.add(row, request);
        // Within the transaction, so that concurrent submissions are counted.
        this.#enqueue(row);
        this.#claims.queued(id);
        return { row: { ...row, request }, requestBytes, created: true };
      })
      .catch((cause: unknown) => {
        // A job that was not stored must not stay in the queue.
        this.#queue.remove(tenant, id);
        throw cause;
      });
    if (!answer) throw tooManyQueued(queued);
    if (!answer.created && !isDeepStrictEqual(answer.row.request, request)) throw keyMismatch();
    const { row, created, requestBytes } = answer;
    if (created) {
      const { request: _, ...rest } = row;
      this.#rows.noted(undefined, rest, requestBytes);
      this.#changes.report(rest);
    }
    return { row, created };
  }

  async get(id: string): Promise<WholeRow | undefined> {
    this.#writes.requireOpen();
    return this.#rows.takeWhole(id);
  }

  async look(id: string): Promise<JobRow | undefined> {
    this.#writes.requireOpen();
    return this.#rows.look(id);
  }

  async list(tenant: string, limit: number, after?: string, search?: JobSearch): Promise<RowPage> {
    this.#writes.requireOpen();
    return this.#rows.list(tenant, limit, after, search && this.#rows.index.tester(tenant, search, this.#now()));
  }

  async find(tenant: string, search: JobSearch): Promise<FoundJobs> {
    this.#writes.requireOpen();
    return this.#rows.index.find(tenant, search, this.#now());
  }

  async tally(tenant: string, search: JobSearch): Promise<JobTally> {
    this.#writes.requireOpen();
    return this.#rows.index.tally(tenant, search, this.#now());
  }

  readonly history = async (id: string): Promise<JobHistory> => this.#history.of(await this.look(id));

  async lookAll(ids: readonly string[]): Promise<readonly JobRow[]> {
    this.#writes.requireOpen();
    return ids.flatMap((id) => this.#rows.tryRead(id) ?? []);
  }

  async claim(alone = true, except: readonly string[] = []): Promise<WholeRow | undefined> {
    return this.#claims.claim(alone, except);
  }

  async checkpoint(id: string, epoch: number, checkpoint: JobCheckpoint, progress: JobProgress): Promise<JobRow> {
    return this.#changes.fenced(id, epoch, (row) => ({
      checkpoint,
      progress: forward(row.progress, progress),
      failures: 0,
      lost: 0,
    }));
  }

  async progress(id: string, epoch: number, progress: JobProgress): Promise<JobRow> {
    return this.#changes.fenced(id, epoch, (row) => ({ progress: forward(row.progress, progress) }));
  }

  async finish(id: string, epoch: number, outcome: Outcome): Promise<JobRow> {
    const row = await this.#changes.fenced(id, epoch, ({ progress }) => ({
      error: undefined,
      ...outcome,
      progress: outcome.progress ? forward(progress, outcome.progress) : progress,
      checkpoint: undefined,
      endedAt: this.#now(),
    }));
    this.#queue.release(row.tenant);
    return row;
  }

  async requeue(id: string, epoch: number, failed?: { error: JobError; notBefore: number }): Promise<JobRow> {
    const row = await this.#changes.fenced(id, epoch, ({ failures }) => ({
      state: 'queued',
      notBefore: undefined,
      ...(failed && { ...failed, failures: failures + 1 }),
    }));
    this.#queue.release(row.tenant);
    this.#enqueue(row);
    this.#changes.report(row);
    return row;
  }

  async cancel(id: string, unfinished = false): Promise<JobRow | undefined> {
    let wasRunning = false;
    const row = await this.#changes.change(id, undefined, (before) => {
      wasRunning = before.state === 'running';
      if (isEnded(before.state)) return unfinished ? undefined : expired(before);
      return { state: 'cancelled', endedAt: this.#now(), checkpoint: undefined };
    });
    if (row?.state === 'cancelled') {
      if (wasRunning) this.#queue.release(row.tenant);
      else this.#queue.remove(row.tenant, id);
    }
    return row;
  }

  async remove(id: string): Promise<JobRow | undefined> {
    const removed = await this.#writes.write(() => {
      const row = this.#rows.read(id);
      if (!row || !isEnded(row.state)) return undefined;
      this.results.follow(row, undefined);
      this.#history.remove(id);
      return { row, requestBytes: this.#rows.remove(row) };
    });
    if (!removed) return undefined;
    this.#rows.noted(removed.row, undefined, removed.requestBytes);
    this.events.emit('removed', removed.row);
    return removed.row;
  }

  async expire(): Promise<readonly JobRow[]> {
    const over = this.#due(this.#now(), Number.NEGATIVE_INFINITY);
    for (const { id } of over) await this.#changes.change(id, undefined, expired);
    return over;
  }

  readonly endedBefore = async (before: number): Promise<readonly JobRow[]> =>
    this.#due(Number.NEGATIVE_INFINITY, before);

  #due(now: number, forget: number): readonly JobRow[] {
    this.#writes.requireOpen();
    return this.#rows.due(now, forget).flatMap((id) => this.#rows.tryRead(id) ?? []);
  }

  async counts(): Promise<JobCounts> {
    const { setAside } = this.#rows;
    return setAside > 0 ? { ...this.#queue.counts(), setAside } : this.#queue.counts();
  }

  readonly countsByTenant = async (): Promise<readonly TenantCounts[]> => this.#queue.countsByTenant();

  readonly workers = async (): Promise<undefined> => undefined;

  readonly storedBytes = async (tenant: string): Promise<StoredBytes> => this.#rows.storedBytes(tenant);

  readonly othersWait = async (tenant: string): Promise<boolean> => this.#queue.othersWait(tenant, this.#now());

  async secret(): Promise<Buffer> {
    return this.#writes.write(() => {
      const known = this.#secrets.get('links');
      if (known) return Buffer.from(known);
      const made = randomBytes(32);
      this.#secrets.put('links', made);
      return made;
    });
  }

  readonly owner = async (): Promise<string> => this.#parts.owner;

  readonly check = (): Promise<void> => this.#writes.check();

  readonly nextTurn = (): number | undefined => this.#queue.nextTurn();

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Requeue running jobs, so that they do not count as lost.
    const giveUp = ({ state }: JobRow): Change | undefined => (state === 'running' ? { state: 'queued' } : undefined);
    for (const id of this.#changes.running) await this.#changes.change(id, undefined, giveUp).catch(() => {});
    // Close the database first: the next owner of the directory must find it closed.
    await this.#writes.close();
    await this.#parts.release();
  }
}
