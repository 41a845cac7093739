/** Divides the bytes of a result into files of a temporary folder. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAll } from '../temporary-files/file-bytes.js';
import { SluiceError } from '../terms/errors.js';
import type { FileMarks } from '../terms/file-marks.js';
import { syncFile } from './sync.js';

/** Complete files that are synced to disk at the same time. */
const SYNCED_AT_ONCE = 16;

/** The name of a file in the temporary folder: by its number from 0, and never that of a result. */
export function waitingName(number: number): string {
  return `.${number}`;
}

/** Writes file after file; its caller awaits each call. */
export class FolderWriter {
  readonly #folder: string;
  readonly #marks: FileMarks;
  readonly #syncing = new Set<Promise<void>>();
  #failure: unknown;
  #isClosed = false;
  /** The open file, and bytes written to it. */
  #file: FileHandle | undefined;
  #inFile = 0;
  /** Files that have ended. */
  #ended = 0;
  /** Bytes of all files. */
  bytes = 0;

  constructor(folder: string, marks: FileMarks) {
    this.#folder = folder;
    this.#marks = marks;
  }

  /** Opens the first file, so that what cannot be written is known early. @returns whether the file system can sync */
  async begin(): Promise<boolean> {
    return syncFile(await this.#open());
  }

  /** @throws the system's error */
  async write(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      await this.#endFiles();
      const end = this.#marks.ends[this.#ended] ?? Number.POSITIVE_INFINITY;
      const part = rest.subarray(0, Math.min(rest.length, end - this.bytes));
      const file = await this.#open();
      this.#inFile = await writeAll(file, part, this.#inFile);
      this.bytes += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** All bytes have come; waits until all files are on disk. */
  async end(): Promise<void> {
    await this.#endFiles();
    await Promise.all(this.#syncing);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#file || this.#ended !== this.#marks.names.length) {
      throw new SluiceError('INTERNAL', 'write', 'the files of a folder do not end where its bytes do');
    }
  }

  /** Closes what is open, after a failure. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
    await Promise.all(this.#syncing);
  }

  async #endFiles(): Promise<void> {
    for (let end = this.#marks.ends[this.#ended]; end !== undefined && end <= this.bytes; ) {
      await this.#endFile();
      end = this.#marks.ends[this.#ended];
    }
  }

  async #endFile(): Promise<void> {
    const file = await this.#open();
    this.#file = undefined;
    this.#inFile = 0;
    this.#ended++;
    const syncing: Promise<void> = this.#sync(file).finally(() => this.#syncing.delete(syncing));
    this.#syncing.add(syncing);
    if (this.#syncing.size >= SYNCED_AT_ONCE) await Promise.race(this.#syncing);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #open(): Promise<FileHandle> {
    if (this.#isClosed) throw new Error('the folder was given up');
    this.#file ??= await open(join(this.#folder, waitingName(this.#ended)), 'wx');
    return this.#file;
  }

  /** Never rejects. */
  async #sync(file: FileHandle): Promise<void> {
    try {
      await syncFile(file).finally(() => file.close());
    } catch (cause) {
      this.#failure ??= cause;
    }
  }
}
