/** The rows of a job that wait for the end of its input: in a temporary file, and as parts in the store of results. */
import type { FileHandle } from 'node:fs/promises';
import { type BlobOwner, type BlobStore, blobName, type Part } from '../results/blob-store.js';
import { sizeOf } from '../results/parts.js';
import { copyInto, openNamelessFile, temporaryFileError } from '../temporary-files/nameless-file.js';
import type { SpoolPlace } from '../temporary-files/partitioned-spool.js';
import { messageOf, SluiceError } from '../terms/errors.js';

/** Bytes that are copied at a time. */
const COPY_BYTES = 256 * 1024;

/** What a spool needs of the attempt. */
export interface JobSpoolOptions {
  readonly store: BlobStore;
  readonly owner: BlobOwner;
  readonly epoch: number;
}

/** The spool of one attempt; the next one continues it, on another machine too. */
export class JobSpool implements SpoolPlace {
  readonly #options: JobSpoolOptions;
  readonly #parts: Part[];
  #file: FileHandle | undefined;

  /** @param parts what earlier attempts have stored */
  constructor(options: JobSpoolOptions, parts: readonly Part[] = []) {
    this.#options = options;
    this.#parts = [...parts];
  }

  /** What is stored. */
  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** The file, with all that was stored; the exporter closes it. */
  async open(): Promise<FileHandle> {
    const file = await openNamelessFile('job');
    this.#file = file;
    try {
      await copyInto(file, this.#stored(), 'job');
      return file;
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  failed(cause: unknown): SluiceError {
    return temporaryFileError(cause, 'job');
  }

  /** Stores what has been spooled since the last call, up to this byte. */
  async keep(bytes: number): Promise<void> {
    const { store, owner, epoch } = this.#options;
    const before = sizeOf(this.#parts);
    if (bytes === before || !this.#file) return;
    const writer = await store.create(owner, blobName('spooled', this.#parts.length, epoch));
    try {
      for (let at = before; at < bytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(COPY_BYTES, bytes - at));
        const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, at);
        if (bytesRead === 0) throw this.failed(new Error('it was truncated'));
        at += bytesRead;
        await writer.write(chunk.subarray(0, bytesRead));
      }
      this.#parts.push(await writer.commit());
    } catch (cause) {
      await writer.discard().catch(() => {});
      throw cause;
    }
  }

  async *#stored(): AsyncGenerator<Buffer, void> {
    const { store, owner } = this.#options;
    try {
      yield* store.read(owner, this.#parts);
    } catch (cause) {
      // The failure of a store says nothing about the bytes.
      if (cause instanceof SluiceError && cause.code === 'SERVICE_FAILED') throw cause;
      const message = `the rows before a checkpoint cannot be read: ${messageOf(cause)}`;
      throw new SluiceError('VERIFY_FAILED', 'job', message, { cause });
    }
  }
}
