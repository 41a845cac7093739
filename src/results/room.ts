/** Whether a folder has room: by the free space that the system reports, and if that is low, by a test write. */
import { statfs } from 'node:fs/promises';
import { syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import { openNamelessIn } from '../temporary-files/nameless-file.js';
import { SluiceError } from '../terms/errors.js';

/** Room for a job with its request: the default limit of a request body. */
const ROOM_BYTES = 1024 * 1024;

/** Room that does not vanish within the time for which it is remembered, in milliseconds. */
const MUCH_ROOM_BYTES = 1024 * ROOM_BYTES;
const REMEMBERED_MS = 250;

/** The room of one folder. Remembers a failed write, since quotas and reserved blocks show only when writing. */
export class Room {
  readonly #folder: string;
  #isFull = false;
  /** Until when there is room for certain, by the clock of the process. */
  #enoughUntil = 0;
  #trying: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Notes the failure of a write into the folder. */
  note(cause: unknown): void {
    if (cause instanceof SluiceError && cause.code === 'DISK_FULL') this.#isFull = true;
  }

  /** @throws SluiceError `DISK_FULL` until there is room again */
  async require(): Promise<void> {
    if (!this.#isFull && (performance.now() < this.#enoughUntil || (await this.#isRoomy()))) return;
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
    });
    await this.#trying;
  }

  async #isRoomy(): Promise<boolean> {
    const free = await freeBytes(this.#folder);
    if (free >= MUCH_ROOM_BYTES) this.#enoughUntil = performance.now() + REMEMBERED_MS;
    return free >= ROOM_BYTES;
  }

  async #try(): Promise<void> {
    try {
      await writeTestFile(this.#folder);
      this.#isFull = false;
    } catch (cause) {
      const error = writeError(cause, this.#folder);
      this.note(error);
      // Other failures are reported by the check of the folder itself.
      if (error.code === 'DISK_FULL') throw error;
    }
  }
}

/** Infinite where the system does not report it. */
async function freeBytes(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
}

/** Writes a file without a name: a process that dies leaves nothing. */
async function writeTestFile(folder: string): Promise<void> {
  const handle = await openNamelessIn(folder);
  try {
    await handle.writeFile(Buffer.alloc(ROOM_BYTES, 0xff));
    await syncFile(handle);
  } finally {
    await handle.close();
  }
}
