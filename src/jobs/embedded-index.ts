/** An index in memory of the embedded engine's jobs, for searches. */
import { sortInTurns } from '../loop/sort-in-turns.js';
import { eachInTurns } from '../loop/turn.js';
import type { JobRow } from './engine.js';
import type { JobState } from './job.js';
import {
  type FoundJobs,
  finder,
  inOrder,
  type JobSearch,
  type JobTally,
  MOST_FOUND,
  type SearchedJob,
  stateAt,
} from './job-search.js';

/** Follows the database: call `note` after each committed change. */
export class EmbeddedIndex {
  readonly #jobs = new Map<string, Map<string, SearchedJob>>();
  readonly #requestOf: (id: string) => string;

  /** @param requestOf the beginning of a job's request as JSON */
  constructor(requestOf: (id: string) => string) {
    this.#requestOf = requestOf;
  }

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
    const { state, createdAt, changedAt, startedAt, expiresAt, facts, files } = row;
    jobs.set(id, { id, state, createdAt, changedAt, startedAt, expiresAt, facts, fileName: files[0]?.name });
  }

  /** The test of a search at a time, by the id of a job of a tenant. */
  tester(tenant: string, search: JobSearch, now: number): (id: string) => boolean {
    const isFound = finder(search, now, this.#requestOf);
    return (id) => {
      const job = this.#jobs.get(tenant)?.get(id);
      return job !== undefined && isFound(job);
    };
  }

  /** How many jobs a search finds at a time, by their states. */
  async tally(tenant: string, search: JobSearch, now: number): Promise<JobTally> {
    const counts = new Map<JobState, number>();
    for (const job of await this.#found(tenant, search, now)) {
      const state = stateAt(job, now);
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return Object.fromEntries(counts);
  }

  /** The jobs of a tenant that a search finds at a time. */
  async find(tenant: string, search: JobSearch, now: number): Promise<FoundJobs> {
    const { offset = 0, limit = MOST_FOUND } = search;
    const found = await this.#found(tenant, search, now);
    const sorted = await sortInTurns(found, inOrder(search));
    return { ids: sorted.slice(offset, offset + limit).map(({ id }) => id), total: found.length };
  }

  async #found(tenant: string, search: JobSearch, now: number): Promise<readonly SearchedJob[]> {
    const jobs = this.#jobs.get(tenant) ?? new Map<string, SearchedJob>();
    const { ids } = search;
    const found: SearchedJob[] = [];
    const looked = ids ? [...new Set(ids)].flatMap((id) => jobs.get(id) ?? []) : [...jobs.values()];
    const isFound = finder(search, now, this.#requestOf);
    await eachInTurns(looked, (job) => {
      if (isFound(job)) found.push(job);
    });
    return found;
  }
}
