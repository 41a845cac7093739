/** The engine inside the process: rows in lmdb. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Database, RootDatabase } from 'lmdb';
import { SluiceError } from '../terms/errors.js';
import type { EngineLimits, JobCheckpoint, JobCounts, JobEngine, JobRow, NewJob, Outcome } from './engine.js';
import { FairQueue } from './fair-queue.js';
import { forward, hasResult, isEnded, type JobError, type JobProgress, NO_PROGRESS } from './job.js';

/** Wait before a job is claimed again whose claim could not be written, in milliseconds. */
const CLAIM_AGAIN_MS = 1000;

/** What an attempt may change of a row. */
type Change = Partial<Omit<JobRow, 'id' | 'tenant' | 'version' | 'changedAt'>>;

/** Every change is one transaction, whose checks come before its first write. */
export class EmbeddedEngine implements JobEngine {
  readonly #root: RootDatabase;
  readonly #release: () => Promise<void>;
  readonly #limits: EngineLimits;
  readonly #now: () => number;
  readonly #jobs: Database<JobRow, string>;
  /** `[tenant, time of submission, id]`: the order of listings. */
  readonly #order: Database<true, [string, number, string]>;
  /** `[tenant, idempotency key]` to the job's id. */
  readonly #keys: Database<string, [string, string]>;
  readonly #secrets: Database<Buffer, string>;
  readonly #queue: FairQueue;
  readonly #listeners = new Set<(row: JobRow) => void>();
  readonly #runners = new Set<() => void>();

  constructor(root: RootDatabase, release: () => Promise<void>, limits: EngineLimits, now: () => number) {
    this.#root = root;
    this.#release = release;
    this.#limits = limits;
    this.#now = now;
    this.#jobs = root.openDB({ name: 'jobs' });
    this.#order = root.openDB({ name: 'order' });
    this.#keys = root.openDB({ name: 'keys' });
    this.#secrets = root.openDB({ name: 'secrets' });
    this.#queue = new FairQueue(limits.running);
  }

  /** Queues what the owner before has left behind, in the order it was submitted. */
  async takeOver(): Promise<void> {
    for (const key of this.#order.getKeys()) {
      const row = this.#jobs.get(key[2]);
      if (!row || isEnded(row.state)) continue;
      if (row.state === 'running') await this.#change(row.id, undefined, () => ({ state: 'queued' }));
      this.#queue.add(row.tenant, row.id, row.notBefore);
    }
  }

  async submit(job: NewJob): Promise<{ readonly row: JobRow; readonly created: boolean }> {
    const { id, tenant, request, idempotencyKey } = job;
    const at = this.#now();
    const answer = await this.#root.transaction(() => {
      const known = idempotencyKey === undefined ? undefined : this.#keys.get([tenant, idempotencyKey]);
      const before = known === undefined ? undefined : this.#jobs.get(known);
      if (before) return { row: before, created: false };
      if (this.#queue.count(tenant) >= this.#limits.queued) return undefined;
      const row: JobRow = {
        ...{ id, tenant, request, state: 'queued', version: 1, epoch: 0, failures: 0 },
        ...{ createdAt: at, changedAt: at, progress: NO_PROGRESS, files: [] },
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      };
      this.#jobs.put(id, row);
      this.#order.put([tenant, at, id], true);
      if (idempotencyKey !== undefined) this.#keys.put([tenant, idempotencyKey], id);
      // Within the transaction, so that those who submit at the same time are counted.
      this.#queue.add(tenant, id);
      return { row, created: true };
    });
    if (!answer) {
      const message = `${this.#limits.queued} jobs wait already; that is as many as a tenant may have`;
      throw new SluiceError('TOO_MANY_REQUESTS', 'job', message);
    }
    if (!answer.created && !isDeepStrictEqual(answer.row.request, request)) {
      throw new SluiceError('IDEMPOTENCY_MISMATCH', 'job', 'the idempotency key came before, with another request');
    }
    if (answer.created) this.#tell(answer.row);
    return answer;
  }

  async get(id: string): Promise<JobRow | undefined> {
    return this.#jobs.get(id);
  }

  async list(tenant: string, limit: number, after?: string): Promise<readonly JobRow[]> {
    const last = after === undefined ? undefined : this.#jobs.get(after);
    const start: [string, number, string] =
      last?.tenant === tenant ? [tenant, last.createdAt, last.id] : [tenant, Number.MAX_SAFE_INTEGER, '~'];
    const rows: JobRow[] = [];
    for (const key of this.#order.getKeys({ start, end: [tenant, 0, ''], reverse: true })) {
      const row = key[2] === last?.id ? undefined : this.#jobs.get(key[2]);
      if (row) rows.push(row);
      if (rows.length === limit) break;
    }
    return rows;
  }

  async claim(): Promise<JobRow | undefined> {
    for (;;) {
      const turn = this.#queue.take(this.#now());
      if (!turn) return undefined;
      // Its row may be seen in a transaction only: the one that submits it may not be over.
      const { tenant, id } = turn;
      try {
        const row = await this.#change(id, undefined, ({ state, epoch, startedAt }) =>
          state === 'queued'
            ? { state: 'running', epoch: epoch + 1, startedAt: startedAt ?? this.#now(), notBefore: undefined }
            : undefined,
        );
        if (row?.state === 'running') return row;
        // Cancelled while its turn came.
        this.#queue.release(tenant);
      } catch (cause) {
        // It could not be written, as on a full disk: its turn comes again.
        this.#queue.release(tenant);
        this.#queue.add(tenant, id, this.#now() + CLAIM_AGAIN_MS);
        throw cause;
      }
    }
  }

  async checkpoint(id: string, epoch: number, checkpoint: JobCheckpoint, progress: JobProgress): Promise<JobRow> {
    return this.#fenced(id, epoch, (row) => ({ checkpoint, progress: forward(row.progress, progress), failures: 0 }));
  }

  async progress(id: string, epoch: number, progress: JobProgress): Promise<JobRow> {
    return this.#fenced(id, epoch, (row) => ({ progress: forward(row.progress, progress) }));
  }

  async finish(id: string, epoch: number, outcome: Outcome): Promise<JobRow> {
    const row = await this.#fenced(id, epoch, ({ progress }) => ({
      ...{ error: undefined, ...outcome },
      progress: outcome.progress ? forward(progress, outcome.progress) : progress,
      ...{ checkpoint: undefined, endedAt: this.#now() },
    }));
    this.#queue.release(row.tenant);
    return row;
  }

  async handBack(id: string, epoch: number, failed?: { error: JobError; notBefore: number }): Promise<JobRow> {
    const row = await this.#fenced(id, epoch, ({ failures }) => ({
      state: 'queued',
      ...(failed ? { ...failed, failures: failures + 1 } : {}),
    }));
    this.#queue.release(row.tenant);
    this.#queue.add(row.tenant, id, failed?.notBefore);
    this.#tell(row);
    return row;
  }

  async cancel(id: string): Promise<JobRow | undefined> {
    let wasRunning = false;
    const row = await this.#change(id, undefined, ({ state }) => {
      wasRunning = state === 'running';
      if (!isEnded(state)) return { state: 'cancelled', endedAt: this.#now(), checkpoint: undefined };
      return hasResult(state) ? { state: 'expired', files: [] } : undefined;
    });
    if (row?.state === 'cancelled') {
      if (wasRunning) this.#queue.release(row.tenant);
      else this.#queue.remove(row.tenant, id);
    }
    return row;
  }

  async expire(forget: number): Promise<readonly JobRow[]> {
    const over: JobRow[] = [];
    for (const { value: row } of this.#jobs.getRange()) {
      if (!isEnded(row.state)) continue;
      if ((row.endedAt ?? 0) < forget && !hasResult(row.state)) {
        await this.#forget(row);
        over.push(row);
      } else if (hasResult(row.state) && (row.expiresAt ?? 0) <= this.#now()) {
        await this.#change(row.id, undefined, ({ state }) =>
          hasResult(state) ? { state: 'expired', files: [] } : undefined,
        );
        over.push(row);
      }
    }
    return over;
  }

  async counts(): Promise<JobCounts> {
    return this.#queue.counts();
  }

  async storedBytes(tenant: string): Promise<number> {
    let total = 0;
    for (const key of this.#order.getKeys({ start: [tenant, 0, ''], end: [tenant, Number.MAX_SAFE_INTEGER, '~'] })) {
      const row = this.#jobs.get(key[2]);
      for (const { bytes } of [...(row?.files ?? []), ...(row?.checkpoint?.parts ?? [])]) total += bytes;
    }
    return total;
  }

  async othersWait(tenant: string): Promise<boolean> {
    return this.#queue.othersWait(tenant, this.#now());
  }

  async secret(): Promise<Buffer> {
    return this.#root.transaction(() => {
      const known = this.#secrets.get('links');
      if (known) return Buffer.from(known);
      const made = randomBytes(32);
      this.#secrets.put('links', made);
      return made;
    });
  }

  nextTurn(): number | undefined {
    return this.#queue.nextTurn();
  }

  onTurn(listener: () => void): () => void {
    this.#runners.add(listener);
    return () => void this.#runners.delete(listener);
  }

  onChange(listener: (row: JobRow) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    // The database goes first: whoever takes the directory next must find it closed.
    await this.#root.close();
    await this.#release();
  }

  /** The write of an attempt. */
  async #fenced(id: string, epoch: number, change: (row: JobRow) => Change): Promise<JobRow> {
    const row = await this.#change(id, epoch, change);
    if (row) return row;
    throw new SluiceError('SUPERSEDED', 'job', `attempt ${epoch} of job ${id} is not the one that counts any more`);
  }

  /**
   * Changes a row.
   * @param epoch of the attempt that writes; undefined for what is no attempt
   * @returns the row as it is then; undefined when there is none, or when it is not the attempt's any more
   */
  async #change(
    id: string,
    epoch: number | undefined,
    change: (row: JobRow) => Change | undefined,
  ): Promise<JobRow | undefined> {
    let changed = false;
    const row = await this.#root.transaction(() => {
      const before = this.#jobs.get(id);
      if (!before || (epoch !== undefined && (before.state !== 'running' || before.epoch !== epoch))) return undefined;
      const what = change(before);
      if (!what) return before;
      changed = true;
      const after: JobRow = { ...before, ...what, version: before.version + 1, changedAt: this.#now() };
      this.#jobs.put(id, after);
      return after;
    });
    if (row && changed) this.#tell(row);
    return row;
  }

  async #forget({ id, tenant, createdAt, idempotencyKey }: JobRow): Promise<void> {
    await this.#root.transaction(() => {
      this.#jobs.remove(id);
      this.#order.remove([tenant, createdAt, id]);
      if (idempotencyKey !== undefined) this.#keys.remove([tenant, idempotencyKey]);
    });
  }

  #tell(row: JobRow): void {
    for (const listener of this.#listeners) listener(row);
    if (row.state === 'queued') for (const listener of this.#runners) listener();
  }
}
