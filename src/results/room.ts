/** Whether a folder has room: by what the system says is free, and where that is little, by writing. */
import { statfs } from 'node:fs/promises';
import { writeError } from '../destinations/write-error.js';
import { openNamelessIn } from '../temporary-files/nameless-file.js';
import { SluiceError } from '../terms/errors.js';

/** Room for a job and its request: what a service takes as a body at the most, unless it is told otherwise. */
const ROOM_BYTES = 1024 * 1024;

/** The room of one folder. Remembers that there was none, since quotas and reserved blocks show only in writing. */
export class Room {
  readonly #folder: string;
  #isFull = false;
  #trying: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Notes what a write into the folder has failed with. */
  note(cause: unknown): void {
    if (cause instanceof SluiceError && cause.code === 'DISK_FULL') this.#isFull = true;
  }

  /** @throws SluiceError `DISK_FULL` until there is room again */
  async require(): Promise<void> {
    if (!this.#isFull && (await freeBytes(this.#folder)) >= ROOM_BYTES) return;
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
    });
    await this.#trying;
  }

  async #try(): Promise<void> {
    try {
      await fillAndLeave(this.#folder);
      this.#isFull = false;
    } catch (cause) {
      const error = writeError(cause, this.#folder);
      this.note(error);
      // Anything else is told by whoever looks for the folder itself.
      if (error.code === 'DISK_FULL') throw error;
    }
  }
}

/** Infinite where the system does not tell. */
async function freeBytes(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
}

/** Writes to a file that has no name while it does: a process that dies leaves nothing. */
async function fillAndLeave(folder: string): Promise<void> {
  const handle = await openNamelessIn(folder);
  try {
    await handle.writeFile(Buffer.alloc(ROOM_BYTES, 0xff));
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
