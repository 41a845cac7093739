/** Reads an open archive for yauzl in windows, so that many small reads become few system calls. */
import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';
import { asError } from '../terms/any-error.js';

/** Bytes of a window; larger reads bypass the windows. */
const WINDOW_BYTES = 256 * 1024;

/** Windows that are cached: one for the directory of an archive, one for its entries. */
const MOST_WINDOWS = 2;

/** Bytes read at a time from a large entry. */
const CHUNK_BYTES = 256 * 1024;

interface Window {
  readonly start: number;
  readonly bytes: Buffer;
}

/** What an archive is read from. */
export interface Archived {
  /** Reads bytes at a position into a buffer; fewer only at the end. */
  read(into: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** All bytes of a range, in order; absent: they are read in chunks. */
  range?(start: number, end: number): AsyncIterable<Buffer>;
}

/** Reads an open file, and does not close it. */
export class ArchiveReader extends RandomAccessReader {
  readonly #handle: Archived;
  readonly #windows: Window[] = [];

  constructor(handle: Archived) {
    super();
    this.#handle = handle;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.bytesAt(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (cause: unknown) => callback(asError(cause)),
    );
  }

  /** Bytes of the file, valid until the next call. */
  async bytesAt(position: number, length: number): Promise<Buffer> {
    const known = this.#windows.find(
      ({ start, bytes }) => start <= position && position + length <= start + bytes.length,
    );
    const window = known ?? (await this.#load(position, Math.max(length, WINDOW_BYTES)));
    const bytes = window.bytes.subarray(position - window.start, position - window.start + length);
    if (bytes.length < length) throw new Error('unexpected EOF');
    return bytes;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const chunks = this.#handle.range?.(start, end) ?? this.#chunks(start, end);
    return Readable.from(chunks, { objectMode: false });
  }

  async *#chunks(start: number, end: number): AsyncGenerator<Buffer, void> {
    for (let at = start; at < end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Error('unexpected EOF');
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  async #load(start: number, length: number): Promise<Window> {
    const memory = Buffer.allocUnsafe(length);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < length; filled += read) {
      ({ bytesRead: read } = await this.#handle.read(memory, filled, length - filled, start + filled));
    }
    const window = { start, bytes: memory.subarray(0, filled) };
    this.#windows.unshift(window);
    this.#windows.length = Math.min(this.#windows.length, MOST_WINDOWS);
    return window;
  }
}
