/** A spool in memory, and beyond a limit in a temporary file. */
import type { FileHandle } from 'node:fs/promises';
import { SluiceError } from '../terms/errors.js';
import { firstOf, Lender } from '../terms/lent-memory.js';
import type { Spool } from '../terms/spool.js';
import { writeAll } from './file-bytes.js';
import { openNamelessFile, temporaryFileError } from './nameless-file.js';

/** Maximum bytes in memory. */
const SPOOL_MEMORY_BYTES = 4 * 1024 * 1024;

/** Bytes per read from the file. */
const CHUNK_BYTES = 256 * 1024;

/** A spool that is read from any position, any number of times. */
export interface SeekableSpool extends Spool {
  /** Bytes that were written. */
  readonly length: number;
  /** The bytes from a position on. */
  chunksFrom(at: number): AsyncGenerator<Buffer, void>;
}

/**
 * Creates a spool. Its file is in the system's folder for temporary files and has no name, so it vanishes with the process.
 * @param memoryBytes maximum bytes in memory
 * @returns methods that reject with SluiceError `DISK_FULL` or `WRITE_FAILED`; `ABORTED` once it is closed
 */
export function temporarySpool(memoryBytes = SPOOL_MEMORY_BYTES): SeekableSpool {
  return new TemporarySpool(memoryBytes);
}

class TemporarySpool implements SeekableSpool {
  readonly #memoryBytes: number;
  #inMemory: Buffer[] = [];
  /** Bytes in memory or in the file. */
  #length = 0;
  #file: Promise<FileHandle> | undefined;
  #closed = false;

  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
  }

  write(bytes: Buffer): void | Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#file || this.#length + bytes.length > this.#memoryBytes) return this.#writeToFile(bytes);
    this.#inMemory.push(Buffer.from(bytes));
    this.#length += bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  chunks(): AsyncGenerator<Buffer, void> {
    return this.chunksFrom(0);
  }

  async *chunksFrom(from: number): AsyncGenerator<Buffer, void> {
    if (this.#closed) throw closedError();
    if (!this.#file) {
      let before = 0;
      for (const chunk of this.#inMemory) {
        if (before + chunk.length > from) yield chunk.subarray(Math.max(0, from - before));
        before += chunk.length;
      }
      return;
    }
    const lender = new Lender();
    for (let at = from; at < this.#length; ) {
      const chunk = await this.#readFromFile(at, lender);
      at += chunk.length;
      yield chunk;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#inMemory = [];
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }

  async #writeToFile(bytes: Buffer): Promise<void> {
    try {
      if (!this.#file) {
        this.#file = openNamelessFile('wrap');
        const file = await this.#file;
        let at = 0;
        for (const waiting of this.#inMemory) at = await writeAll(file, waiting, at);
        this.#inMemory = [];
      }
      this.#length = await writeAll(await this.#file, bytes, this.#length);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  async #readFromFile(at: number, lender: Lender): Promise<Buffer> {
    try {
      const file = await this.#file;
      if (!file) throw closedError();
      const chunk = lender.lend(Math.min(CHUNK_BYTES, this.#length - at));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Error('it was truncated');
      return firstOf(chunk, bytesRead);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #failure(cause: unknown): SluiceError {
    if (this.#closed) return closedError();
    return cause instanceof SluiceError ? cause : temporaryFileError(cause, 'wrap');
  }
}

function closedError(): SluiceError {
  return new SluiceError('ABORTED', 'wrap', 'the spool was closed before its bytes were read');
}
