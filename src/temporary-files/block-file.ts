/** Blocks of bytes in a temporary file, read one by one in the turn that needs them. */
import type { FileHandle } from 'node:fs/promises';
import type { StageName } from '../terms/errors.js';
import { readIntoNow, writeAll } from './file-bytes.js';
import { openNamelessFile, temporaryFileError } from './nameless-file.js';

/** Takes blocks, and returns each by its number. */
export class BlockFile {
  readonly #stage: StageName;
  #file: FileHandle | undefined;
  /** Where the blocks begin, and where the last one ends. */
  readonly #offsets: number[] = [0];

  /** @param stage of errors */
  constructor(stage: StageName) {
    this.#stage = stage;
  }

  /** Appends a block. @throws SluiceError (rejects) `DISK_FULL`, `WRITE_FAILED` */
  async add(bytes: Buffer): Promise<void> {
    try {
      this.#file ??= await openNamelessFile(this.#stage);
      this.#offsets.push(await writeAll(this.#file, bytes, this.#offsets[this.#offsets.length - 1]));
    } catch (cause) {
      throw temporaryFileError(cause, this.#stage);
    }
  }

  /** Reads a block at once; blocks are small. @throws SluiceError `WRITE_FAILED` */
  read(number: number): Buffer {
    const start = this.#offsets[number];
    const bytes = Buffer.allocUnsafe(this.#offsets[number + 1] - start);
    try {
      if (readIntoNow(this.#file?.fd ?? -1, bytes, start) < bytes.length) throw new Error('it was truncated');
      return bytes;
    } catch (cause) {
      throw temporaryFileError(cause, this.#stage);
    }
  }

  /** Discards the blocks. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
