/** Histories of jobs in LMDB. */
import type { Database, RootDatabase } from 'lmdb';
import type { DurableWrites } from './durable-writes.js';
import type { JobRow } from './engine.js';
import { eventsOf, type JobEvent, type JobHistory, type JobSample, sampleOf } from './job-history.js';

/** The id of the job, and a number that grows. */
type Key = [id: string, number: number];

/** All but `of` are called within a transaction. */
export class EmbeddedHistory {
  readonly #writes: DurableWrites;
  readonly #events: Database<JobEvent, Key>;
  readonly #samples: Database<JobSample, Key>;

  constructor(root: RootDatabase, writes: DurableWrites) {
    this.#writes = writes;
    this.#events = root.openDB({ name: 'history-events' });
    this.#samples = root.openDB({ name: 'history-samples' });
  }

  /** Notes a change of a row. */
  note(before: JobRow, after: JobRow): void {
    const { id } = after;
    const events = eventsOf(before, after);
    if (events.length > 0) {
      const next = (lastOf(this.#events, id)?.key[1] ?? -1) + 1;
      for (const [index, event] of events.entries()) this.#events.put([id, next + index], event);
    }
    if (after.state !== 'running' && before.state !== 'running') return;
    const last = lastOf(this.#samples, id);
    const sample = sampleOf(before, after, last?.value.at);
    if (sample) this.#samples.put([id, (last?.key[1] ?? -1) + 1], sample);
  }

  /** Deletes the history of a job. */
  remove(id: string): void {
    for (const key of [...this.#events.getKeys(rangeOf(id))]) this.#events.remove(key);
    for (const key of [...this.#samples.getKeys(rangeOf(id))]) this.#samples.remove(key);
  }

  /** The history of a job; empty for one of an earlier version. */
  of(id: string): JobHistory {
    this.#writes.requireOpen();
    return {
      events: [...this.#events.getRange(rangeOf(id))].map(({ value }) => value),
      samples: [...this.#samples.getRange(rangeOf(id))].map(({ value }) => value),
    };
  }
}

function rangeOf(id: string): { readonly start: Key; readonly end: Key } {
  return { start: [id, 0], end: [id, Number.MAX_SAFE_INTEGER] };
}

function lastOf<T>(database: Database<T, Key>, id: string): { readonly key: Key; readonly value: T } | undefined {
  const { start, end } = rangeOf(id);
  for (const entry of database.getRange({ start: end, end: start, reverse: true, limit: 1 })) return entry;
  // The end of a reversed range is left out, and is the first number here.
  const value = database.get(start);
  return value === undefined ? undefined : { key: start, value };
}
