/** A writable stream whose chunks are read by an iterator. */
import { Writable } from 'node:stream';
import { SluiceError } from '../terms/errors.js';
import type { Chunk } from './bytes.js';

/** A Writable that holds one chunk until it is read. */
export class ChunkQueue extends Writable {
  #held: { readonly chunk: Chunk; readonly taken: () => void } | undefined;
  #wake: () => void = () => {};
  #complete = false;
  #discarding = false;

  constructor() {
    // Without object mode Node throws at the writer of another type, where no pipeline catches it.
    super({ objectMode: true, highWaterMark: 1 });
  }

  /** Iterates over the written chunks; leaving the iteration early keeps the stream open. */
  chunks(): AsyncIterable<Chunk> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#take() }) };
  }

  /** Discards all further chunks. */
  discard(): void {
    this.#discarding = true;
    this.#held?.taken();
    this.#held = undefined;
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: (error?: Error) => void): void {
    const bytes = bytesOf(chunk, encoding);
    if (!bytes) {
      const message = 'the stream accepts bytes or text; use readEntities(objects(…)) for objects';
      callback(new SluiceError('INVALID', 'read', message));
    } else if (this.#discarding) {
      callback();
    } else {
      this.#held = { chunk: bytes, taken: callback };
      this.#wake();
    }
  }

  override _final(callback: () => void): void {
    this.#complete = true;
    this.#wake();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#complete = true;
    this.#wake();
    callback(error);
  }

  async #take(): Promise<IteratorResult<Chunk, undefined>> {
    while (!this.#held) {
      if (this.errored) throw this.errored;
      if (this.#complete) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const { chunk, taken } = this.#held;
    this.#held = undefined;
    taken();
    return { done: false, value: chunk };
  }
}

function bytesOf(chunk: unknown, encoding: BufferEncoding): Chunk | undefined {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  return chunk instanceof Uint8Array ? chunk : undefined;
}
