/** Changing rows of the embedded engine, and telling who listens. */
import { SluiceError } from '../terms/errors.js';
import type { DurableWrites } from './durable-writes.js';
import type { EmbeddedRows } from './embedded-rows.js';
import type { JobRow } from './engine.js';

/** What may change of a row. */
export type Change = Partial<Omit<JobRow, 'id' | 'tenant' | 'version' | 'changedAt'>>;

/** Every change is one transaction, and told behind it. */
export class RowChanges {
  readonly #rows: EmbeddedRows;
  readonly #writes: DurableWrites;
  readonly #now: () => number;
  readonly #running = new Set<string>();
  readonly #listeners = new Set<(row: JobRow) => void>();
  readonly #runners = new Set<() => void>();

  constructor(rows: EmbeddedRows, writes: DurableWrites, now: () => number) {
    this.#rows = rows;
    this.#writes = writes;
    this.#now = now;
  }

  /** Ids of the jobs that run. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  /** Calls back when a job waits, until the function it answers is called. */
  onTurn(listener: () => void): () => void {
    this.#runners.add(listener);
    return () => void this.#runners.delete(listener);
  }

  /** Calls back after every change, until the function it answers is called. */
  onChange(listener: (row: JobRow) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * The write of an attempt.
   * @throws SluiceError `SUPERSEDED`
   */
  async fenced(id: string, epoch: number, change: (row: JobRow) => Change): Promise<JobRow> {
    const row = await this.change(id, epoch, change);
    if (row) return row;
    throw new SluiceError('SUPERSEDED', 'job', `attempt ${epoch} of job ${id} is not the one that counts any more`);
  }

  /**
   * Changes a row.
   * @param epoch of the attempt that writes; undefined for what is no attempt
   * @returns the row as it is then; undefined when there is none, or when it is not the attempt's any more
   */
  async change(
    id: string,
    epoch: number | undefined,
    change: (row: JobRow) => Change | undefined,
  ): Promise<JobRow | undefined> {
    const changed = await this.#writes.write(() => {
      const before = this.#rows.read(id);
      if (!before || (epoch !== undefined && (before.state !== 'running' || before.epoch !== epoch))) return undefined;
      const what = change(before);
      if (!what) return { before, after: before };
      const after: JobRow = { ...before, ...what, version: before.version + 1, changedAt: this.#now() };
      this.#rows.put(after);
      return { before, after };
    });
    if (!changed || changed.before === changed.after) return changed?.after;
    this.#rows.noted(changed.before, changed.after);
    this.tell(changed.after);
    return changed.after;
  }

  /** Tells a change that was made. */
  tell(row: JobRow): void {
    if (row.state === 'running') this.#running.add(row.id);
    else this.#running.delete(row.id);
    for (const listener of this.#listeners) listener(row);
    if (row.state === 'queued') for (const listener of this.#runners) listener();
  }
}
