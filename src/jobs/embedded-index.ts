/** An index in memory of the embedded engine's jobs, for searches. */
import { sortInTurns } from '../loop/sort-in-turns.js';
import { eachInTurns } from '../loop/turn.js';
import type { JobRow } from './engine.js';
import { type FoundJobs, finder, inOrder, type JobSearch, MOST_FOUND, type SearchedJob } from './job-search.js';

/** Follows the database: call `note` after each committed change. */
export class EmbeddedIndex {
  readonly #jobs = new Map<string, Map<string, SearchedJob>>();

  /** Updates the index; `row` is undefined for a deleted job. */
  note(tenant: string, id: string, row: JobRow | undefined): void {
    let jobs = this.#jobs.get(tenant);
    if (!row) {
      jobs?.delete(id);
      if (jobs?.size === 0) this.#jobs.delete(tenant);
      return;
    }
    if (!jobs) {
      jobs = new Map();
      this.#jobs.set(tenant, jobs);
    }
    const { state, createdAt, changedAt, startedAt, expiresAt, facts } = row;
    jobs.set(id, { id, state, createdAt, changedAt, startedAt, expiresAt, facts });
  }

  /** The jobs of a tenant that a search finds at a time. */
  async find(tenant: string, search: JobSearch, now: number): Promise<FoundJobs> {
    const jobs = this.#jobs.get(tenant) ?? new Map<string, SearchedJob>();
    const { ids, offset = 0, limit = MOST_FOUND } = search;
    const found: SearchedJob[] = [];
    const looked = ids ? [...new Set(ids)].flatMap((id) => jobs.get(id) ?? []) : [...jobs.values()];
    const isFound = finder(search, now);
    await eachInTurns(looked, (job) => {
      if (isFound(job)) found.push(job);
    });
    const sorted = await sortInTurns(found, inOrder(search));
    return { ids: sorted.slice(offset, offset + limit).map(({ id }) => id), total: found.length };
  }
}
