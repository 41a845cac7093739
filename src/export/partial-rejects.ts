/** The file of rejected records of an export that another process can finish. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, unlink } from 'node:fs/promises';
import { describeReject } from '../destinations/describe-reject.js';
import { placeFile } from '../destinations/file-writer.js';
import type { FilePlace } from '../destinations/place.js';
import { syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import { writeAll } from '../temporary-files/file-bytes.js';
import { lockPart } from '../temporary-files/part-lock.js';
import { SluiceError } from '../terms/errors.js';
import type { Note, Reject } from '../terms/receipt.js';
import { besides, filePlace, type Interrupted, type RejectsMark } from './interrupted-export.js';
import { openPart } from './open-part.js';

/** Bytes that are read at a time. */
const READ_BYTES = 1024 * 1024;

/** Rejected records, one JSON line each, in a partial file beside the one that they become. */
export class PartialRejects {
  readonly #handle: FileHandle;
  readonly #place: FilePlace;
  readonly #part: string;
  readonly #unlock: () => Promise<void>;
  #hash: Hash = createHash('sha256');
  #at = 0;

  private constructor(handle: FileHandle, place: FilePlace, part: string, unlock: () => Promise<void>) {
    this.#handle = handle;
    this.#place = place;
    this.#part = part;
    this.#unlock = unlock;
  }

  /**
   * Opens the file, as it was at the checkpoint.
   * @param path undefined if rejected records are not written
   * @throws SluiceError (rejects) `PLAN_CHANGED` where the interrupted export wrote them and this one does not, or the
   *   reverse; `VERIFY_FAILED` where those of the checkpoint are not there; as an export to a file does
   */
  static async open(
    path: string | undefined,
    overwrite: boolean,
    before: Interrupted | undefined,
  ): Promise<PartialRejects | undefined> {
    if (before && (before.rejects !== undefined) !== (path !== undefined)) {
      const message = `the export began with${path === undefined ? '' : 'out'} a file for rejected records`;
      throw new SluiceError('PLAN_CHANGED', 'run', message);
    }
    if (path === undefined) return undefined;
    const place = await filePlace(path, overwrite);
    const { part } = besides(place);
    const unlock = await lockPart(part, path, 'exported');
    try {
      const handle = await openPart(part, place, before !== undefined).catch((cause: unknown) => {
        throw before ? notThere(path, cause) : writeError(cause, path);
      });
      const rejects = new PartialRejects(handle, place, part, unlock);
      if (before?.rejects) await rejects.#cutBack(before.rejects);
      return rejects;
    } catch (cause) {
      await unlock();
      throw cause;
    }
  }

  /** Appends a record. @throws SluiceError (rejects) `DISK_FULL`, `WRITE_FAILED` */
  async write(reject: Reject): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(describeReject(reject))}\n`);
    this.#hash.update(line);
    try {
      this.#at = await writeAll(this.#handle, line, this.#at);
    } catch (cause) {
      throw writeError(cause, this.#place.name);
    }
  }

  /** Syncs the file. @returns what a checkpoint states of it */
  async mark(): Promise<RejectsMark> {
    await syncFile(this.#handle);
    return { bytes: this.#at, sha256: this.#hash.copy().digest('hex') };
  }

  /** Gives the complete file its name. */
  async place(overwrite: boolean, note: (note: Note) => void): Promise<void> {
    const temporary = { path: this.#part, handle: this.#handle };
    await placeFile({ temporary, placing: 'rename' }, this.#place, { overwrite, note });
  }

  /** The export has failed. @param keeps whether another one can continue it */
  async left(keeps: boolean): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (!keeps) await unlink(this.#part).catch(() => {});
  }

  /** Lets others write the file. */
  close(): Promise<void> {
    return this.#unlock();
  }

  /** Drops what was written after the checkpoint. */
  async #cutBack({ bytes, sha256 }: RejectsMark): Promise<void> {
    try {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes));
      while (this.#at < bytes) {
        const { bytesRead } = await this.#handle.read(chunk, 0, Math.min(chunk.length, bytes - this.#at), this.#at);
        if (bytesRead === 0) break;
        this.#hash.update(chunk.subarray(0, bytesRead));
        this.#at += bytesRead;
      }
      if (this.#at < bytes || this.#hash.copy().digest('hex') !== sha256) throw notThere(this.#place.name);
      await this.#handle.truncate(bytes);
    } catch (cause) {
      await this.#handle.close();
      throw cause instanceof SluiceError ? cause : writeError(cause, this.#place.name);
    }
  }
}

function notThere(path: string, cause?: unknown): SluiceError {
  const message = `${path}: the rejected records before the checkpoint are not there as they were`;
  return new SluiceError('VERIFY_FAILED', 'run', message, { path, cause });
}
