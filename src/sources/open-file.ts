/** A file that is open for reading. */
import { type BigIntStats, closeSync, constants, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';

const openPath = promisify(open);
const readFrom = promisify(read);

const READ = constants.O_RDONLY;
/** Windows has no such flag, and no FIFOs. */
const READ_AT_ONCE = READ | (constants.O_NONBLOCK ?? 0);

/**
 * Reads on the threads of the system's pool. What the system knows at once, of what it has opened and when it closes what
 * was only read, takes no trip to them.
 */
export class OpenFile {
  readonly fd: number;
  readonly #reads = new Set<Promise<unknown>>();
  #isClosed = false;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * @param waits whether to wait for the writer of a FIFO
   * @throws (rejects) the error of the system
   */
  static async open(path: string, waits = true): Promise<OpenFile> {
    return new OpenFile(await openPath(path, waits ? READ : READ_AT_ONCE));
  }

  /** @param position of the first byte; null: where the last read ended */
  async read(into: Buffer, offset: number, length: number, position: number | null): Promise<number> {
    // Its number may be that of another file by now.
    if (this.#isClosed) throw new Error('the file is closed');
    const reading = readFrom(this.fd, into, offset, length, position);
    this.#reads.add(reading);
    try {
      return (await reading).bytesRead;
    } finally {
      this.#reads.delete(reading);
    }
  }

  stat(): BigIntStats {
    return fstatSync(this.fd, { bigint: true });
  }

  /** Closes the file once, after the reads that have begun. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#reads.size > 0) await Promise.allSettled(this.#reads);
    closeSync(this.fd);
  }
}
