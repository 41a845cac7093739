/** Histories of jobs in LMDB. */
import type { Database, RootDatabase } from 'lmdb';
import type { DurableWrites } from './durable-writes.js';
import type { JobRow } from './engine.js';
import {
  endOf,
  eventsOf,
  type JobEvent,
  type JobEventKind,
  type JobHistory,
  type JobSample,
  sampleOf,
  startOf,
} from './job-history.js';

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

  /** Notes of a change of a row what the row does not tell itself, or not any more. */
  note(before: JobRow, after: JobRow): void {
    const { id, state, epoch } = after;
    const isTurn = before.state !== state;
    const over = isTurn ? endOf(before) : undefined;
    if (over && !tells(this.#eventsOf(id), 'ended')) this.#add(id, [over.event], over.sample);
    const events = eventsOf(before, after).filter((event) => !isTold(event));
    const isSampled = !(isTurn && (endOf(after) || (state === 'running' && epoch === 1)));
    const lastAt = isTurn ? undefined : (lastOf(this.#samples, id)?.value.at ?? after.startedAt);
    this.#add(id, events, isSampled ? sampleOf(before, after, lastAt) : undefined);
  }

  /** Deletes the history of a job. */
  remove(id: string): void {
    for (const key of [...this.#events.getKeys(rangeOf(id))]) this.#events.remove(key);
    for (const key of [...this.#samples.getKeys(rangeOf(id))]) this.#samples.remove(key);
  }

  /** The history of a job; empty without one. */
  of(row: JobRow | undefined): JobHistory {
    this.#writes.requireOpen();
    if (!row) return { events: [], samples: [] };
    const events = this.#eventsOf(row.id);
    const samples = [...this.#samples.getRange(rangeOf(row.id))].map(({ value }) => value);
    // Earlier versions noted everything.
    const start = tells(events, 'started') ? undefined : startOf(row);
    const end = tells(events, 'ended') ? undefined : endOf(row);
    return {
      events: [...(start ? [start.event] : []), ...events, ...(end ? [end.event] : [])],
      samples: [...(start ? [start.sample] : []), ...samples, ...(end ? [end.sample] : [])],
    };
  }

  /** Those that were noted. */
  #eventsOf(id: string): readonly JobEvent[] {
    return [...this.#events.getRange(rangeOf(id))].map(({ value }) => value);
  }

  #add(id: string, events: readonly JobEvent[], sample: JobSample | undefined): void {
    for (const event of events) this.#events.put([id, nextOf(this.#events, id)], event);
    if (sample) this.#samples.put([id, nextOf(this.#samples, id)], sample);
  }
}

/** Whether a row tells this of itself: most jobs end with their first attempt, and need no history of their own. */
function isTold({ kind, attempt, state }: JobEvent): boolean {
  return (kind === 'started' && attempt === 1) || (kind === 'ended' && state !== 'cancelled');
}

function rangeOf(id: string): { readonly start: Key; readonly end: Key } {
  return { start: [id, 0], end: [id, Number.MAX_SAFE_INTEGER] };
}

/** Whether such an event was noted, though the row of the job tells it. */
function tells(events: readonly JobEvent[], kind: JobEventKind): boolean {
  return events.some((event) => event.kind === kind && isTold(event));
}

function nextOf<T>(database: Database<T, Key>, id: string): number {
  return (lastOf(database, id)?.key[1] ?? -1) + 1;
}

function lastOf<T>(database: Database<T, Key>, id: string): { readonly key: Key; readonly value: T } | undefined {
  const { start, end } = rangeOf(id);
  for (const entry of database.getRange({ start: end, end: start, reverse: true, limit: 1 })) return entry;
  // The end of a reversed range is left out, and is the first number here.
  const value = database.get(start);
  return value === undefined ? undefined : { key: start, value };
}
