/** Whether an open file still exists under its path. */
import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf, SluiceError } from '../terms/errors.js';

/** The identity of the file at the time it was opened. */
export class FilePresence {
  readonly path: string;
  readonly #device: bigint;
  readonly #inode: bigint;

  private constructor(path: string, device: bigint, inode: bigint) {
    this.path = path;
    this.#device = device;
    this.#inode = inode;
  }

  static async of(path: string): Promise<FilePresence> {
    const { dev, ino } = await stat(path, { bigint: true });
    return new FilePresence(path, dev, ino);
  }

  /**
   * Checks the path: writes into an unlinked file are lost with the process. Synchronous, because the system has the names
   * of an open file in memory, and a trip to a thread after each commit would take many times as long.
   * @throws SluiceError `DATA_DIR_DAMAGED` if the file or its folder was removed or replaced
   */
  require(): void {
    const { path } = this;
    let found: BigIntStats;
    try {
      found = statSync(path, { bigint: true });
    } catch (cause) {
      throw new SluiceError('DATA_DIR_DAMAGED', 'job', `${path} was removed while in use: ${messageOf(cause)}`, {
        path,
        cause,
      });
    }
    if (found.dev === this.#device && found.ino === this.#inode) return;
    const message = `${path} was replaced while in use; restart the service`;
    throw new SluiceError('DATA_DIR_DAMAGED', 'job', message, { path });
  }
}
