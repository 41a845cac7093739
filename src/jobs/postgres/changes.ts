/** Telling of changes, this engine's own and those of others, so that no version of a job goes back. */
import type { JobRow } from '../engine.js';

/** Jobs whose newest version is remembered. */
const MOST_TOLD = 10_000;

/** Tells each version of a job once, and none behind a newer one: answers of a database may overtake one another. */
export class Changes {
  readonly #read: (ids: readonly string[]) => Promise<readonly JobRow[]>;
  readonly #listeners = new Set<(row: JobRow) => void>();
  /** The newest version of each job that was told, those told last at the end. */
  readonly #told = new Map<string, number>();
  /** Ids of jobs that others have changed and that are not read yet. */
  readonly #heard = new Set<string>();
  #reading: Promise<void> | undefined;

  /** @param read the jobs of some ids */
  constructor(read: (ids: readonly string[]) => Promise<readonly JobRow[]>) {
    this.#read = read;
  }

  /** Calls back for each change, until the function it answers is called. */
  listen(listener: (row: JobRow) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(row: JobRow): void {
    if ((this.#told.get(row.id) ?? 0) >= row.version) return;
    this.#told.delete(row.id);
    this.#told.set(row.id, row.version);
    const [oldest] = this.#told.size > MOST_TOLD ? this.#told.keys() : [];
    if (oldest !== undefined) this.#told.delete(oldest);
    for (const listener of this.#listeners) listener(row);
  }

  /** Somebody else has changed a job: it is read, together with others that change at this moment, and told. */
  hear(id: string): void {
    this.#heard.add(id);
    this.#reading ??= this.#readHeard().finally(() => {
      this.#reading = undefined;
    });
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  async #readHeard(): Promise<void> {
    while (this.#heard.size > 0) {
      const ids = [...this.#heard];
      this.#heard.clear();
      try {
        for (const row of await this.#read(ids)) this.tell(row);
      } catch {
        // Who waits for it looks again when the connection is there again.
      }
    }
  }
}
