/** An incomplete file: under a temporary name that a later call finds, and under its own name once complete. */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { discardFile, type Placing, placeFile, prepareFile } from '../destinations/file-writer.js';
import type { FilePlace } from '../destinations/place.js';
import { writeError } from '../destinations/write-error.js';
import { writeAll } from '../temporary-files/file-bytes.js';
import { lockPart } from '../temporary-files/part-lock.js';
import { openingMode, takeOver } from '../temporary-files/temporary-file.js';
import type { Note } from '../terms/receipt.js';
import type { Part } from './part.js';

/** Size of reads for the digest. */
const READ_BYTES = 1024 * 1024;

/** The destination of the complete file. */
interface PartPlace {
  readonly place: FilePlace;
  readonly placing: Placing;
  /** Receives notes on the destination. */
  readonly note: (note: Note) => void;
}

/** The part of a file, beside its destination, with the entity tag of the file. */
export class PartFile implements Part {
  readonly #path: string;
  readonly #place: FilePlace;
  readonly #placing: Placing;
  readonly #note: (note: Note) => void;
  readonly #part: string;
  readonly #handle: FileHandle;
  readonly #unlock: () => Promise<void>;
  #etag: string | undefined;
  #hash: Hash = createHash('sha256');
  #size = 0;
  #done = false;

  private constructor(
    path: string,
    { place, placing, note }: PartPlace,
    part: string,
    handle: FileHandle,
    unlock: () => Promise<void>,
  ) {
    this.#path = path;
    this.#place = place;
    this.#placing = placing;
    this.#note = note;
    this.#part = part;
    this.#handle = handle;
    this.#unlock = unlock;
  }

  /**
   * Opens the part that an earlier call left, or an empty one.
   * @param path of the destination, as given by the caller
   * @param key distinguishes parts of different results
   * @param note receives notes on the destination
   * @throws SluiceError `WRITE_FAILED` and the like; also while another call downloads the same file
   */
  static async open(
    path: string,
    place: FilePlace,
    key: readonly string[],
    note: (note: Note) => void,
  ): Promise<PartFile> {
    const digest = createHash('sha256').update(JSON.stringify([basename(place.path), ...key]));
    const part = join(place.folder, `.sluice-${digest.digest('hex').slice(0, 32)}.part`);
    let unlock = async () => {};
    try {
      const { placing, temporary } = await prepareFile(place, note);
      await discardFile(temporary);
      unlock = await lockPart(part, path, 'downloaded');
      const handle = await openPart(part, place);
      const opened = new PartFile(path, { place, placing, note }, part, handle, unlock);
      await opened.#recall().catch(async (cause: unknown) => {
        await opened.close();
        throw cause;
      });
      return opened;
    } catch (cause) {
      await unlock();
      throw writeError(cause, path);
    }
  }

  /** Size of the part. */
  get size(): number {
    return this.#size;
  }

  /** The tag of the file; undefined if the download cannot be resumed. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /** Resumes the part of an earlier call. Without a tag it is discarded. */
  async #recall(): Promise<void> {
    this.#etag = await readFile(`${this.#part}.etag`, 'utf8').catch(() => undefined);
    if (this.#etag === undefined) return;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#size);
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#size += bytesRead;
    }
  }

  /** Restarts. */
  async restart(etag: string | undefined): Promise<void> {
    await this.#writing(async () => {
      // Remove the old tag first and write the new one last: a tag never belongs to bytes of another file.
      await unlink(`${this.#part}.etag`).catch(() => {});
      await this.#handle.truncate(0);
      if (etag !== undefined) await writeFile(`${this.#part}.etag`, etag);
    });
    this.#etag = etag;
    this.#hash = createHash('sha256');
    this.#size = 0;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#writing(async () => {
      await writeAll(this.#handle, chunk, this.#size);
    });
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  /** Hexadecimal SHA-256 of the part. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /**
   * Completes the file: syncs it and renames it.
   * @throws SluiceError `DESTINATION_EXISTS`
   */
  async commit(overwrite: boolean): Promise<void> {
    await this.#writing(async () => {
      // A part without a tag, from an earlier call, may be longer than the file.
      await this.#handle.truncate(this.#size);
      const temporary = { path: this.#part, handle: this.#handle };
      await placeFile({ temporary, placing: this.#placing }, this.#place, { overwrite, note: this.#note });
      this.#done = true;
      await unlink(`${this.#part}.etag`).catch(() => {});
    });
  }

  /** Deletes the part. */
  async discard(): Promise<void> {
    this.#done = true;
    await this.#handle.close().catch(() => {});
    await this.#remove();
    await this.#unlock();
  }

  /** Keeps the part for a later call, if it can be resumed. No effect after the end. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (!this.#done && (this.#size === 0 || this.#etag === undefined)) await this.#remove();
    await this.#unlock();
  }

  async #remove(): Promise<void> {
    await unlink(this.#part).catch(() => {});
    await unlink(`${this.#part}.etag`).catch(() => {});
  }

  async #writing(act: () => Promise<void>): Promise<void> {
    await act().catch((cause: unknown) => {
      throw writeError(cause, this.#path);
    });
  }
}

/** Opens a part with permissions at least as strict as those of the file it replaces. */
async function openPart(part: string, { old }: FilePlace): Promise<FileHandle> {
  // The name is predictable: where others may write, it must not follow their links.
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  if (!old) return open(part, flags);
  const handle = await open(part, flags, openingMode(old));
  try {
    await takeOver(handle, old);
    return handle;
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}
