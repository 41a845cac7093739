/** A spool of many parts, in memory and beyond a limit in one file, however many parts there are. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { SluiceError } from '../terms/errors.js';
import { Lender } from '../terms/lent-memory.js';
import { readInto, writeAll } from './file-bytes.js';
import { openNamelessFile, temporaryFileError } from './nameless-file.js';
import type { SeekableSpool } from './temporary-spool.js';

/** Bytes of all parts together that wait in memory. */
const MEMORY_BYTES = 16 * 1024 * 1024;

/** Memory that waiting bytes take beside themselves. */
const OBJECT_BYTES = 256;

/** A segment in the file: the offset of the segment before it in its part (or -1), its length, and its bytes. */
const HEAD_BYTES = 16;

/** Bytes of a part in a mark: two doubles. */
const PART_BYTES = 16;

/** Bytes per read of a part that is a spool, and of bytes that are digested. */
const CHUNK_BYTES = 256 * 1024;

interface Part {
  waiting: Buffer[];
  /** Offset of the last segment in the file; -1 without one. */
  last: number;
  /** Bytes in the file and in memory. */
  length: number;
}

/** The file of a spool at a checkpoint. */
export interface SpoolMark {
  readonly bytes: number;
  readonly sha256: string;
  /** Of each part the offset of its last segment and its length, as doubles in base64: there may be many parts. */
  readonly parts: string;
}

/** The place of a spool's file. */
export interface SpoolPlace {
  /** Opens the file, once; that of an earlier process with what it has spooled. */
  open(): Promise<FileHandle>;
  /** Types a failure of the system. */
  failed(cause: unknown): SluiceError;
}

const NAMELESS: SpoolPlace = {
  open: () => openNamelessFile('serialize'),
  failed: (cause) => temporaryFileError(cause, 'serialize'),
};

/**
 * Takes bytes for any number of parts and returns them part by part. Unless it is given a place, its file has no name, so
 * that it vanishes with the process. Memory holds two numbers for each part, beside the bytes that wait.
 */
export class PartitionedSpool {
  readonly #place: SpoolPlace;
  readonly #memoryBytes: number;
  readonly #parts: Part[] = [];
  #waiting = 0;
  #file: Promise<FileHandle> | undefined;
  #length = 0;
  /** Writes are sequential, also from several callers. */
  #writing: Promise<void> = Promise.resolve();
  #opened = 0;
  #hash: Hash = createHash('sha256');
  #digested = 0;

  /** @param memoryBytes bytes that wait in memory at most */
  constructor(place: SpoolPlace = NAMELESS, memoryBytes = MEMORY_BYTES) {
    this.#place = place;
    this.#memoryBytes = memoryBytes;
  }

  /** Appends bytes, which must not change afterwards, to a part; parts are numbered from 0, without gaps. */
  add(part: number, bytes: Buffer): void {
    const { waiting } = this.#part(part);
    waiting.push(bytes);
    this.#parts[part].length += bytes.length;
    this.#waiting += bytes.length + OBJECT_BYTES;
  }

  /** Whether so many bytes wait that `settle` should be awaited. */
  get isFull(): boolean {
    return this.#waiting > this.#memoryBytes;
  }

  /** Moves what waits to the file. @throws SluiceError (rejects) `DISK_FULL`, `WRITE_FAILED` */
  settle(): Promise<void> {
    return this.#inTurn(() => this.#settle());
  }

  /** The bytes of a part, in the segments in which they were stored. */
  async *bytesOf(number: number): AsyncGenerator<Buffer, void> {
    const part = this.#parts[number];
    if (!part) return;
    for (const [at, length] of await this.#segments(part)) {
      yield await this.#read(at, Buffer.allocUnsafe(length));
    }
    yield* part.waiting;
  }

  /** Opens the next part as a spool of its own. */
  open(): SeekableSpool {
    const number = this.#opened++;
    const part = this.#part(number);
    return {
      write: (bytes) => this.#append(number, bytes),
      get length() {
        return part.length;
      },
      chunks: () => this.#chunksFrom(part, 0),
      chunksFrom: (at) => this.#chunksFrom(part, at),
      close: () => this.#drop(part),
    };
  }

  /** Moves all bytes to the file. @returns what a later process needs beside it */
  async mark(): Promise<SpoolMark> {
    await this.settle();
    await this.#digest(this.#length);
    const parts = new Float64Array(2 * this.#parts.length);
    this.#parts.forEach(({ last, length }, index) => {
      parts[2 * index] = last;
      parts[2 * index + 1] = length;
    });
    const sha256 = this.#hash.copy().digest('hex');
    return { bytes: this.#length, sha256, parts: Buffer.from(parts.buffer).toString('base64') };
  }

  /**
   * Continues the file of an earlier process; what it has spooled after the checkpoint is dropped.
   * @throws SluiceError (rejects) `VERIFY_FAILED` where the bytes of the checkpoint are not there; as opening does
   */
  async restore({ bytes, sha256, parts }: SpoolMark): Promise<void> {
    const numbers = Buffer.from(parts, 'base64');
    for (let at = 0; at < numbers.length; at += PART_BYTES) {
      const [last, length] = [numbers.readDoubleLE(at), numbers.readDoubleLE(at + PART_BYTES / 2)];
      this.#parts.push({ waiting: [], last, length });
    }
    if (bytes === 0) return;
    try {
      this.#file = this.#place.open();
      const file = await this.#file;
      const { size } = await file.stat();
      if (size < bytes) throw notThere(`${size} bytes are left of ${bytes}`);
      await this.#digest(bytes);
      if (this.#hash.copy().digest('hex') !== sha256) throw notThere('their bytes are different');
      await file.truncate(bytes);
      this.#length = bytes;
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  async close(): Promise<void> {
    this.#parts.length = 0;
    await this.#writing.catch(() => {});
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }

  #part(number: number): Part {
    this.#parts[number] ??= { waiting: [], last: -1, length: 0 };
    return this.#parts[number];
  }

  /** Appends bytes that may change afterwards. */
  #append(number: number, bytes: Buffer): void | Promise<void> {
    if (!this.#file && this.#waiting + bytes.length <= this.#memoryBytes) return this.add(number, Buffer.from(bytes));
    const part = this.#part(number);
    part.length += bytes.length;
    return this.#inTurn(async () => {
      await this.#settle();
      const at = this.#length;
      await this.#write([headOf(part.last, bytes.length), bytes]);
      part.last = at;
    });
  }

  async #drop(part: Part): Promise<void> {
    await this.#writing.catch(() => {});
    for (const { length } of part.waiting) this.#waiting -= length + OBJECT_BYTES;
    Object.assign(part, { waiting: [], last: -1, length: 0 });
  }

  async #settle(): Promise<void> {
    if (this.#waiting === 0) return;
    const bytes: Buffer[] = [];
    let at = this.#length;
    for (const part of this.#parts) {
      if (part.waiting.length === 0) continue;
      const length = part.waiting.reduce((sum, one) => sum + one.length, 0);
      bytes.push(headOf(part.last, length));
      // There may be more than a call takes arguments.
      for (const one of part.waiting) bytes.push(one);
      part.last = at;
      part.waiting = [];
      at += HEAD_BYTES + length;
    }
    this.#waiting = 0;
    await this.#write([Buffer.concat(bytes)]);
  }

  async #write(all: readonly Buffer[]): Promise<void> {
    try {
      this.#file ??= this.#place.open();
      const file = await this.#file;
      for (const bytes of all) this.#length = await writeAll(file, bytes, this.#length);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(act);
    // Its caller gets the failure, and so does the next one.
    this.#writing = done;
    done.catch(() => {});
    return done;
  }

  async *#chunksFrom(part: Part, from: number): AsyncGenerator<Buffer, void> {
    const lender = new Lender();
    let before = 0;
    for (const [start, length] of await this.#segments(part)) {
      for (let at = Math.max(0, from - before); at < length; ) {
        const chunk = await this.#read(start + at, lender.lend(Math.min(CHUNK_BYTES, length - at)));
        at += chunk.length;
        yield chunk;
      }
      before += length;
    }
    for (const bytes of part.waiting) {
      if (before + bytes.length > from) yield bytes.subarray(Math.max(0, from - before));
      before += bytes.length;
    }
  }

  /** Places of the segments of a part, in their order. */
  async #segments(part: Part): Promise<readonly (readonly [at: number, length: number])[]> {
    const found: [number, number][] = [];
    for (let at = part.last; at >= 0; ) {
      const head = await this.#read(at, Buffer.allocUnsafe(HEAD_BYTES));
      found.push([at + HEAD_BYTES, head.readDoubleLE(8)]);
      at = head.readDoubleLE();
    }
    return found.reverse();
  }

  /** Digests the file up to a position. */
  async #digest(to: number): Promise<void> {
    const memory = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, to - this.#digested));
    while (this.#digested < to) {
      const bytes = await this.#read(this.#digested, memory.subarray(0, to - this.#digested));
      this.#hash.update(bytes);
      this.#digested += bytes.length;
    }
  }

  async #read(at: number, into: Buffer): Promise<Buffer> {
    try {
      const file = await this.#file;
      if (!file) throw new Error('it was closed');
      if ((await readInto(file, into, at)) < into.length) throw new Error('it was truncated');
      return into;
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #failure(cause: unknown): SluiceError {
    return cause instanceof SluiceError ? cause : this.#place.failed(cause);
  }
}

function headOf(last: number, length: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeDoubleLE(last);
  head.writeDoubleLE(length, 8);
  return head;
}

function notThere(why: string): SluiceError {
  const message = `what was spooled before the checkpoint is not there as it was: ${why}`;
  return new SluiceError('VERIFY_FAILED', 'run', message);
}
