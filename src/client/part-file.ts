/** A file that is still coming: under a name that a later call finds again, never under its own before it is whole. */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { discardFile, type Placing, placeFile, prepareFile } from '../destinations/file-writer.js';
import { writeAll } from '../destinations/handle-stream.js';
import type { FilePlace } from '../destinations/place.js';
import { writeError } from '../destinations/write-error.js';
import { openingMode, takeOver } from '../temporary-files/temporary-file.js';
import type { Note } from '../terms/receipt.js';
import type { Part } from './part.js';
import { lockPart } from './part-lock.js';

/** Bytes of a part that are read at once to take its digest. */
const READ_BYTES = 1024 * 1024;

/** Where the whole file will stand, and how it gets there. */
interface PartPlace {
  readonly place: FilePlace;
  readonly placing: Placing;
  /** Takes what a user should know of the place. */
  readonly note: (note: Note) => void;
}

/** A part of a file, which lies beside the file to be, with the tag of what it is a part of. */
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
   * Opens the part of a file, where an earlier call left one, or an empty one.
   * @param path as the caller called the place
   * @param key tells parts of different results apart
   * @param note takes what a user should know of the place
   * @throws SluiceError `WRITE_FAILED` and its like; also while another call fetches the same
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
      unlock = await lockPart(part, path);
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

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** The tag of what this is a part of; undefined where it cannot be gone on with. */
  get etag(): string | undefined {
    return this.#etag;
  }

  /** Takes up what an earlier call has left. A part without a tag is worth nothing. */
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

  /** Begins anew. */
  async restart(etag: string | undefined): Promise<void> {
    await this.#writing(async () => {
      // The old tag goes first, and the new one comes last: no tag ever stands beside bytes of another file.
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

  /** Hexadecimal SHA-256 of all bytes that are there. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /**
   * The file is whole: syncs it to disk and gives it its name.
   * @throws SluiceError `DESTINATION_EXISTS`
   */
  async commit(overwrite: boolean): Promise<void> {
    await this.#writing(async () => {
      // Bytes without a tag, which an earlier call has left, may be more than the file has.
      await this.#handle.truncate(this.#size);
      const temporary = { path: this.#part, handle: this.#handle };
      await placeFile({ temporary, placing: this.#placing }, this.#place, { overwrite, note: this.#note });
      this.#done = true;
      await unlink(`${this.#part}.etag`).catch(() => {});
    });
  }

  /** Leaves no trace. */
  async discard(): Promise<void> {
    this.#done = true;
    await this.#handle.close().catch(() => {});
    await this.#remove();
    await this.#unlock();
  }

  /** Leaves the part to a later call; one that cannot be gone on with is not left. After an end nothing happens. */
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

/** Opens a part that is at no time more open than the file it is to replace. */
async function openPart(part: string, { old }: FilePlace): Promise<FileHandle> {
  // The name can be guessed: where others may write, it must not lead elsewhere.
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
