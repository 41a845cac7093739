/** Transactions of the embedded engine, while its database is open and still under its path. */
import { dirname } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { Room } from '../results/room.js';
import { closedError } from './closing-engine.js';
import type { FilePresence } from './file-presence.js';
import { lmdbError } from './lmdb-error.js';

/** Accepts writes until it is closed. */
export class DurableWrites {
  readonly #root: RootDatabase;
  readonly #presence: FilePresence;
  readonly #room: Room;
  #isClosed = false;

  /** @param presence of the file of the database */
  constructor(root: RootDatabase, presence: FilePresence) {
    this.#root = root;
    this.#presence = presence;
    this.#room = new Room(dirname(presence.path));
  }

  /** @throws SluiceError `CLOSED` */
  requireOpen(): void {
    if (this.#isClosed) throw closedError();
  }

  /** @throws SluiceError `CLOSED`, `DATA_DIR_DAMAGED`, `DISK_FULL` */
  async check(): Promise<void> {
    this.requireOpen();
    this.#presence.require();
    await this.#room.require();
  }

  /**
   * Runs one transaction; it is durable once the promise resolves.
   * @throws SluiceError `DISK_FULL`, `WRITE_FAILED`, `CLOSED`; `DATA_DIR_DAMAGED` if the database file was moved or
   * removed
   */
  async write<T>(act: () => T): Promise<T> {
    this.requireOpen();
    try {
      const answer = await this.#root.transaction(act);
      // Checked after the commit: a write into a removed file is lost.
      this.#presence.require();
      return answer;
    } catch (cause) {
      const error = await lmdbError(cause, this.#presence.path);
      this.#room.note(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#root.close();
  }
}
