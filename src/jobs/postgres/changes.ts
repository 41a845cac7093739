/** Reports changes, of this engine and of others, so that versions of a job only increase. */
import type { JobRow } from '../engine.js';

/** Maximum number of jobs whose newest version is remembered. */
const MOST_TOLD = 10_000;

/** Reports each version of a job once and in order: responses of a database may overtake one another. */
export class Changes {
  readonly #read: (ids: readonly string[]) => Promise<readonly JobRow[]>;
  readonly #report: (row: JobRow) => void;
  /** The newest reported version of each job, in the order of the reports. */
  readonly #reported = new Map<string, number>();
  /** Ids of jobs that others have changed, to be read. */
  readonly #heard = new Set<string>();
  #reading: Promise<void> | undefined;

  /**
   * @param read reads the jobs of some ids
   * @param report called with each version that is new
   */
  constructor(read: (ids: readonly string[]) => Promise<readonly JobRow[]>, report: (row: JobRow) => void) {
    this.#read = read;
    this.#report = report;
  }

  report(row: JobRow): void {
    if ((this.#reported.get(row.id) ?? 0) >= row.version) return;
    this.#reported.delete(row.id);
    this.#reported.set(row.id, row.version);
    const [oldest] = this.#reported.size > MOST_TOLD ? this.#reported.keys() : [];
    if (oldest !== undefined) this.#reported.delete(oldest);
    this.#report(row);
  }

  /** Another engine has changed a job: reads it, together with others that change at this moment, and reports it. */
  hear(id: string): void {
    this.#heard.add(id);
    this.#reading ??= this.#readHeard().finally(() => {
      this.#reading = undefined;
    });
  }

  /** Resolves once no read is pending. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  async #readHeard(): Promise<void> {
    while (this.#heard.size > 0) {
      const ids = [...this.#heard];
      this.#heard.clear();
      try {
        for (const row of await this.#read(ids)) this.report(row);
      } catch {
        // Those who wait for the change poll again after the reconnect.
      }
    }
  }
}
