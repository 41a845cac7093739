/** The file of rows that wait for the end of the input, of an export that another process can finish. */
import { type FileHandle, unlink } from 'node:fs/promises';
import type { FilePlace } from '../destinations/place.js';
import { syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import type { SpoolPlace } from '../temporary-files/partitioned-spool.js';
import { SluiceError, systemCode } from '../terms/errors.js';
import type { Interrupted } from './interrupted-export.js';
import { openPart } from './open-part.js';

/** A spool in a hidden file beside the result, which is made when the first rows do not fit into memory. */
export class PartialRows implements SpoolPlace {
  readonly #path: string;
  readonly #place: FilePlace;
  readonly #exists: boolean;
  #handle: FileHandle | undefined;

  constructor(path: string, place: FilePlace, before: Interrupted | undefined) {
    this.#path = path;
    this.#place = place;
    this.#exists = (before?.checkpoint.waiting?.spool.bytes ?? 0) > 0;
  }

  async open(): Promise<FileHandle> {
    try {
      this.#handle = await openPart(this.#path, this.#place, this.#exists);
      return this.#handle;
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT' || !this.#exists) throw cause;
      const message = `${this.#place.name}: the rows before the checkpoint are gone`;
      throw new SluiceError('VERIFY_FAILED', 'run', message, { path: this.#path, cause });
    }
  }

  failed(cause: unknown): SluiceError {
    return writeError(cause, this.#place.name);
  }

  /** Makes what was spooled durable. */
  async sync(): Promise<void> {
    if (this.#handle) await syncFile(this.#handle);
  }

  /** The result is complete, or nothing can be continued. */
  async remove(): Promise<void> {
    await unlink(this.#path).catch(() => {});
  }
}
