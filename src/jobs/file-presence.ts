/** Whether a file that a service has open is still the one under its name. */
import { stat } from 'node:fs/promises';
import { messageOf, SluiceError } from '../terms/errors.js';

/** The file as it was when it was opened. */
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
   * Looks for the file: what is written into one without a name is lost with the process.
   * @throws SluiceError `DATA_DIR_DAMAGED` where it, or its folder, was removed or replaced
   */
  async require(): Promise<void> {
    const { path } = this;
    const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
      throw new SluiceError('DATA_DIR_DAMAGED', 'job', `${path} is gone from under the service: ${messageOf(cause)}`, {
        path,
        cause,
      });
    });
    if (found.dev === this.#device && found.ino === this.#inode) return;
    const message = `${path} was replaced under the service; end it, and start it again`;
    throw new SluiceError('DATA_DIR_DAMAGED', 'job', message, { path });
  }
}
