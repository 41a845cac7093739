/** Whether an open file still exists under its path. */
import { stat } from 'node:fs/promises';
import { messageOf, SluiceError } from '../terms/errors.js';

/** The identity of the file at the time it was opened. */
export class FilePresence {
  readonly path: string;
  readonly #device: bigint;
  readonly #inode: bigint;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

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
   * Checks the path from now on; calls that come before the check begins share it.
   * @throws SluiceError as `#check` does
   */
  require(): Promise<void> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<void> {
    await this.#running?.catch(() => {});
    this.#next = undefined;
    this.#running = this.#check();
    await this.#running;
  }

  /**
   * Checks the path: writes into an unlinked file are lost with the process.
   * @throws SluiceError `DATA_DIR_DAMAGED` if the file or its folder was removed or replaced
   */
  async #check(): Promise<void> {
    const { path } = this;
    const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
      throw new SluiceError('DATA_DIR_DAMAGED', 'job', `${path} was removed while in use: ${messageOf(cause)}`, {
        path,
        cause,
      });
    });
    if (found.dev === this.#device && found.ino === this.#inode) return;
    const message = `${path} was replaced while in use; restart the service`;
    throw new SluiceError('DATA_DIR_DAMAGED', 'job', message, { path });
  }
}
