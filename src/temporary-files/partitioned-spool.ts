/** A spool of many parts, in memory and beyond a limit in one temporary file, however many parts there are. */
import type { FileHandle } from 'node:fs/promises';
import { SluiceError } from '../terms/errors.js';
import { openNamelessFile, temporaryFileError } from './nameless-file.js';

/** Bytes of all parts together that wait in memory. */
const MEMORY_BYTES = 16 * 1024 * 1024;

/** A segment in the file: the offset of the segment before it in its part (or -1), its length, and its bytes. */
const HEAD_BYTES = 16;

interface Part {
  waiting: Buffer[];
  /** Offset of the last segment in the file; -1 without one. */
  last: number;
}

/**
 * Takes bytes for any number of parts and returns them part by part. Its file has no name, so it vanishes with the process.
 * Memory holds one number for each part, beside the bytes that wait. It has one caller, which awaits each call.
 */
export class PartitionedSpool {
  readonly #parts: Part[] = [];
  #waiting = 0;
  #file: Promise<FileHandle> | undefined;
  #length = 0;

  /** Appends bytes, which must not change afterwards, to a part; parts are numbered from 0, without gaps. */
  add(part: number, bytes: Buffer): void {
    this.#parts[part] ??= { waiting: [], last: -1 };
    this.#parts[part].waiting.push(bytes);
    this.#waiting += bytes.length;
  }

  /** Whether so many bytes wait that `settle` should be awaited. */
  get isFull(): boolean {
    return this.#waiting > MEMORY_BYTES;
  }

  /** Moves what waits to the file. @throws SluiceError (rejects) `DISK_FULL`, `WRITE_FAILED` */
  async settle(): Promise<void> {
    const bytes: Buffer[] = [];
    let at = this.#length;
    for (const part of this.#parts) {
      if (part.waiting.length === 0) continue;
      const length = part.waiting.reduce((sum, one) => sum + one.length, 0);
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeDoubleLE(part.last);
      head.writeDoubleLE(length, 8);
      bytes.push(head);
      // There may be more than a call takes arguments.
      for (const one of part.waiting) bytes.push(one);
      part.last = at;
      part.waiting = [];
      at += HEAD_BYTES + length;
    }
    this.#waiting = 0;
    try {
      this.#file ??= openNamelessFile('serialize');
      const file = await this.#file;
      for (let rest = Buffer.concat(bytes); rest.length > 0; ) {
        const { bytesWritten } = await file.write(rest, 0, rest.length, this.#length);
        this.#length += bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
    } catch (cause) {
      throw cause instanceof SluiceError ? cause : temporaryFileError(cause, 'serialize');
    }
  }

  /** The bytes of a part, in the segments in which they were stored. */
  async *bytesOf(number: number): AsyncGenerator<Buffer, void> {
    const part = this.#parts[number];
    if (!part) return;
    const offsets: [at: number, length: number][] = [];
    for (let at = part.last; at >= 0; ) {
      const head = await this.#read(at, HEAD_BYTES);
      offsets.push([at + HEAD_BYTES, head.readDoubleLE(8)]);
      at = head.readDoubleLE();
    }
    for (const [at, length] of offsets.reverse()) yield await this.#read(at, length);
    yield* part.waiting;
  }

  async close(): Promise<void> {
    this.#parts.length = 0;
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }

  async #read(at: number, length: number): Promise<Buffer> {
    try {
      const file = await this.#file;
      if (!file) throw new Error('it was closed');
      const bytes = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, at + done);
        if (bytesRead === 0) throw new Error('it was truncated');
        done += bytesRead;
      }
      return bytes;
    } catch (cause) {
      throw temporaryFileError(cause, 'serialize');
    }
  }
}
