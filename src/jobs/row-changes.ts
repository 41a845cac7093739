/** Changes of the embedded engine's rows, reported to its listeners. */
import { SluiceError } from '../terms/errors.js';
import type { DurableWrites } from './durable-writes.js';
import type { EmbeddedRows } from './embedded-rows.js';
import type { JobRow, NewJob } from './engine.js';
import { hasResult, NO_PROGRESS } from './job.js';
import type { JobEmitter } from './job-events.js';

/** The row of a job that is added at this time. */
export function newRow(job: NewJob, at: number): JobRow {
  const { id, tenant, idempotencyKey, facts, priority, webhooks, ownWebhook } = job;
  return {
    id,
    tenant,
    state: 'queued',
    version: 1,
    epoch: 0,
    failures: 0,
    lost: 0,
    createdAt: at,
    changedAt: at,
    progress: NO_PROGRESS,
    files: [],
    idempotencyKey,
    facts,
    priority,
    mostRunning: job.limits?.running,
    webhooks,
    ownWebhook,
  };
}

/** A change of a row. */
export type Change = Partial<Omit<JobRow, 'id' | 'tenant' | 'version' | 'changedAt'>>;

/** A row before and after a change; the same row twice where nothing has changed. */
export interface ChangedRow {
  readonly before: JobRow;
  readonly after: JobRow;
}

/** Every change is one transaction and is reported after it. */
export class RowChanges {
  readonly #rows: EmbeddedRows;
  readonly #writes: DurableWrites;
  readonly #now: () => number;
  readonly #running = new Set<string>();
  readonly #events: JobEmitter;
  readonly #onChange: (before: JobRow, after: JobRow) => void;

  /** @param onChange called within the transaction that changes a row */
  constructor(
    rows: EmbeddedRows,
    writes: DurableWrites,
    events: JobEmitter,
    now: () => number,
    onChange: (before: JobRow, after: JobRow) => void,
  ) {
    this.#rows = rows;
    this.#writes = writes;
    this.#events = events;
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Ids of the running jobs. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  /**
   * A write of an attempt.
   * @throws SluiceError `SUPERSEDED`
   */
  async fenced(id: string, epoch: number, change: (row: JobRow) => Change): Promise<JobRow> {
    const row = await this.change(id, epoch, change);
    if (row) return row;
    throw new SluiceError('SUPERSEDED', 'job', `attempt ${epoch} of job ${id} was superseded by a newer one`);
  }

  /**
   * Changes a row.
   * @param epoch of the attempt that writes; undefined for other writers
   * @returns the changed row; undefined if there is none, or the attempt no longer owns it
   */
  async change(
    id: string,
    epoch: number | undefined,
    change: (row: JobRow) => Change | undefined,
  ): Promise<JobRow | undefined> {
    return this.settle(await this.#writes.write(() => this.apply(id, epoch, change)));
  }

  /** The part of `change` that is within the transaction. */
  apply(id: string, epoch: number | undefined, change: (row: JobRow) => Change | undefined): ChangedRow | undefined {
    const before = this.#rows.read(id);
    if (!before || (epoch !== undefined && (before.state !== 'running' || before.epoch !== epoch))) return undefined;
    const what = change(before);
    if (!what) return { before, after: before };
    const after: JobRow = { ...before, ...what, version: before.version + 1, changedAt: this.#now() };
    this.#rows.put(after);
    this.#onChange(before, after);
    return { before, after };
  }

  /** The part of `change` that comes after the commit. */
  settle(changed: ChangedRow | undefined): JobRow | undefined {
    if (!changed || changed.before === changed.after) return changed?.after;
    this.#rows.noted(changed.before, changed.after);
    this.report(changed.after);
    return changed.after;
  }

  /** Reports a change that was made. */
  report(row: JobRow): void {
    if (row.state === 'running') this.#running.add(row.id);
    else this.#running.delete(row.id);
    this.#events.emitChange(row);
    if (row.state === 'queued') this.#events.emit('turn');
  }
}

/** The change of a result that expires. */
export function expired({ state }: JobRow): Change | undefined {
  return hasResult(state) ? { state: 'expired', files: [] } : undefined;
}
