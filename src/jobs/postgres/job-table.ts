/** Reads the table of jobs, and sets unreadable rows aside. */
import { randomBytes, randomUUID } from 'node:crypto';
import { messageOf } from '../../terms/errors.js';
import type { Logger } from '../../terms/logger.js';
import {
  type JobCounts,
  type JobRow,
  MOST_PAGE_BYTES,
  type RowPage,
  type StoredBytes,
  type TenantCounts,
  type WholeRow,
} from '../engine.js';
import type { JobState } from '../job.js';
import { unknownAfter } from '../job-arguments.js';
import type { JobEvent, JobHistory } from '../job-history.js';
import type { FoundJobs, JobSearch, JobTally } from '../job-search.js';
import type { Database } from './database.js';
import { type JobRecord, jobRowOf, type WholeRecord, wholeRowOf } from './job-record.js';
import { countByTenant, countJobs } from './statements/count-jobs.js';
import { findJobs, findValues } from './statements/find-jobs.js';
import { getJobs, lookAtJobs } from './statements/get-jobs.js';
import { getEvents, getSamples } from './statements/history.js';
import { limitRunning } from './statements/limit-running.js';
import { listJobs } from './statements/list-jobs.js';
import { matchingValues } from './statements/matching-jobs.js';
import { renewLeases } from './statements/renew-leases.js';
import { shareSecret } from './statements/share-secret.js';
import { sumStoredBytes } from './statements/sum-stored-bytes.js';
import { tallyJobs } from './statements/tally-jobs.js';

/** Reads rows; an unreadable one is skipped, counted, and logged once. */
export class JobTable {
  readonly #database: Database;
  readonly #schema: string;
  readonly #logger: Logger;
  readonly #aside = new Set<string>();

  /** @param schema an escaped identifier */
  constructor(database: Database, schema: string, logger: Logger) {
    this.#database = database;
    this.#schema = schema;
    this.#logger = logger;
  }

  async get(id: string): Promise<WholeRow | undefined> {
    return (await this.wholeRows(getJobs(this.#schema), [[id]]))[0];
  }

  async look(id: string): Promise<JobRow | undefined> {
    const [record] = await this.#database.run<JobRecord>(lookAtJobs(this.#schema), [[id]]);
    return record && jobRowOf(record);
  }

  async history(job: string): Promise<JobHistory> {
    const events = await this.#database.run<EventRecord>(getEvents(this.#schema), [job]);
    const samples = await this.#database.run<SampleRecord>(getSamples(this.#schema), [job]);
    return {
      events: events.map(({ at, state, error, ...event }) => {
        return { ...event, at: Number(at), ...(state ? { state } : {}), ...(error ? { error } : {}) };
      }),
      samples: samples.map(({ at, attempt, read, written, bytes_in }) => {
        return { at: Number(at), attempt, read: Number(read), written: Number(written), bytesIn: Number(bytes_in) };
      }),
    };
  }

  /** Sets the maximum of running jobs of a tenant. */
  async limitRunning(tenant: string, running: number): Promise<void> {
    await this.#database.run(limitRunning(this.#schema), [tenant, running]);
  }

  /** Rows in the order of the ids. */
  async lookAll(ids: readonly string[]): Promise<readonly JobRow[]> {
    const rows = await this.rows(lookAtJobs(this.#schema), [ids]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** @throws SluiceError `INVALID` for a start that is not `next` of a page */
  async list(tenant: string, { limit, after, search, now }: ListedPage): Promise<RowPage> {
    if (after !== undefined && !/^\d{1,18}$/.test(after)) throw unknownAfter();
    // One row more than wanted tells whether there are more.
    const values = [...matchingValues(tenant, search, now), limit + 1, after ?? null, MOST_PAGE_BYTES];
    const records = await this.#database.run<ListedRecord>(listJobs(this.#schema), values);
    const page = records.slice(0, limit);
    const rows = this.readable(page, jobRowOf);
    return Number(records[0]?.found ?? 0) > page.length ? { rows, next: page.at(-1)?.number } : { rows };
  }

  /** How many jobs of a tenant a search finds at a time, by their states. */
  async tally(tenant: string, search: JobSearch, now: number): Promise<JobTally> {
    const values = matchingValues(tenant, search, now);
    const rows = await this.#database.run<{ state: JobState; count: number }>(tallyJobs(this.#schema), values);
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** The jobs of a tenant that a search finds at a time. */
  async find(tenant: string, search: JobSearch, now: number): Promise<FoundJobs> {
    const [found] = await this.#database.run<{ ids: readonly string[]; total: string }>(
      findJobs(this.#schema),
      findValues(tenant, search, now),
    );
    return { ids: found?.ids ?? [], total: Number(found?.total ?? 0) };
  }

  async storedBytes(tenant: string): Promise<StoredBytes> {
    const [sum] = await this.#database.run<StoredBytes>(sumStoredBytes(this.#schema), [tenant]);
    return sum ?? { results: 0, rows: 0 };
  }

  async counts(): Promise<JobCounts> {
    const [counts] = await this.#database.run<Omit<JobCounts, 'setAside'>>(countJobs(this.#schema), []);
    const { queued = 0, running = 0 } = counts ?? {};
    const setAside = this.#aside.size;
    return setAside > 0 ? { queued, running, setAside } : { queued, running };
  }

  countsByTenant(): Promise<readonly TenantCounts[]> {
    return this.#database.run<TenantCounts>(countByTenant(this.#schema), []);
  }

  secret(): Promise<Buffer> {
    return this.#shared('links', randomBytes(32));
  }

  async owner(): Promise<string> {
    return (await this.#shared('owner', Buffer.from(randomUUID()))).toString();
  }

  /** Renews leases over the separate connection; returns the ids of the attempts that still count. */
  async renewLeases(ids: readonly string[], epochs: readonly number[], leaseMs: number): Promise<ReadonlySet<string>> {
    const values = [ids, epochs, leaseMs];
    const rows = await this.#database.runUrgently<{ id: string }>(renewLeases(this.#schema), values);
    return new Set(rows.map(({ id }) => id));
  }

  /** A secret that all engines over these jobs share, created at the first call. */
  async #shared(name: string, made: Buffer): Promise<Buffer> {
    for (;;) {
      const [row] = await this.#database.run<{ value: Buffer }>(shareSecret(this.#schema), [name, made]);
      // No row: another engine creates one at this moment.
      if (row) return row.value;
    }
  }

  /** The readable jobs that a statement returns. */
  async rows(text: string, values: readonly unknown[]): Promise<readonly JobRow[]> {
    return this.readable(await this.#database.run<JobRecord>(text, values), jobRowOf);
  }

  /**
   * The jobs that a statement returns, with their requests.
   * @throws SluiceError `INTERNAL` for an unreadable row
   */
  async wholeRows(text: string, values: readonly unknown[]): Promise<readonly WholeRow[]> {
    return (await this.#database.run<WholeRecord>(text, values)).map(wholeRowOf);
  }

  /** Converts the readable records. */
  readable<Record extends JobRecord, Row>(records: readonly Record[], read: (record: Record) => Row): readonly Row[] {
    return records.flatMap((record) => {
      try {
        return [read(record)];
      } catch (cause) {
        const facts = { job: record.id, reason: messageOf(cause), err: cause };
        if (!this.#aside.has(record.id)) {
          this.#logger.error(facts, 'the row of a job is unreadable: it is skipped and kept');
        }
        this.#aside.add(record.id);
        return [];
      }
    });
  }
}

/** An event of a job; bigint columns arrive as digits. */
interface EventRecord extends Pick<JobEvent, 'kind' | 'attempt'> {
  readonly at: string;
  readonly state: JobState | null;
  readonly error: JobEvent['error'] | null;
}

/** A sample of a job. */
interface SampleRecord {
  readonly at: string;
  readonly attempt: number;
  readonly read: string;
  readonly written: string;
  readonly bytes_in: string;
}

/** A page of a list. */
interface ListedPage {
  readonly limit: number;
  readonly after: string | undefined;
  readonly search: JobSearch;
  readonly now: number;
}

/** A row of a list. */
interface ListedRecord extends JobRecord {
  /** Its place in the order of submission, in digits. */
  readonly number: string;
  /** Number of rows without the bound of bytes, in digits. */
  readonly found: string;
}
