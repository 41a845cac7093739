/** The processes that run jobs over one database. */
import { hostname } from 'node:os';
import type { Worker } from '../engine.js';
import type { Database } from './database.js';
import { listWorkers, noteWorker, removeWorker } from './statements/workers.js';

/** Interval at which a worker says that it is there, in milliseconds. */
const NOTE_MS = 5000;

/** The columns; bigint columns arrive as digits. */
interface WorkerRecord extends Pick<Worker, 'id' | 'host' | 'pid' | 'jobs'> {
  readonly started_at: string;
  readonly seen_at: string;
}

/** This process among them, once it runs jobs. */
export class Workers {
  readonly #database: Database;
  readonly #schema: string;
  readonly #own: string;
  #notedAt: number | undefined;

  /**
   * @param schema an escaped identifier
   * @param own the id of this worker
   */
  constructor(database: Database, schema: string, own: string) {
    this.#database = database;
    this.#schema = schema;
    this.#own = own;
  }

  /** Notes that this worker is there; called every second. */
  async note(): Promise<void> {
    const now = performance.now();
    if (this.#notedAt !== undefined && now - this.#notedAt < NOTE_MS) return;
    this.#notedAt = now;
    await this.#database.run(noteWorker(this.#schema), [this.#own, hostname(), process.pid]);
  }

  /** The workers that were there within the last hour. */
  async list(): Promise<readonly Worker[]> {
    const records = await this.#database.run<WorkerRecord>(listWorkers(this.#schema), []);
    return records.map(({ started_at, seen_at, ...worker }) => {
      return { ...worker, startedAt: Number(started_at), seenAt: Number(seen_at) };
    });
  }

  /** Forgets this worker. */
  async remove(): Promise<void> {
    if (this.#notedAt !== undefined) await this.#database.run(removeWorker(this.#schema), [this.#own]);
  }
}
