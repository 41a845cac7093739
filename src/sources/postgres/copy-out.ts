/** One running COPY … TO STDOUT: its rows as they arrive, limited by the room for them. */
import type { Connection, Submittable } from 'pg';
import { type RowBlock, RowBlocks } from './row-blocks.js';
import type { RowShape } from './row-decoder.js';

/**
 * A query of the driver that buffers the rows of a binary COPY until they are taken. When the buffer is full, the
 * connection is not read, so that the server waits, too.
 */
export class CopyOut implements Submittable {
  /** Settles when the server has finished, or the connection has failed. Never rejects. */
  readonly done: Promise<void>;
  /** Set by the driver for queries with a time limit; tells the driver that this one has ended. */
  callback: (() => void) | undefined;
  /** Bytes of all messages so far. */
  received = 0;

  readonly #sql: string;
  readonly #capacity: number;
  readonly #blocks: RowBlocks;
  #resolveDone: () => void = () => {};
  #connection: Connection | undefined;
  #ended = false;
  #failure: { readonly cause: unknown } | undefined;
  #paused = false;
  #waiting: { readonly bytes: number; readonly resolve: () => void } | undefined;

  /** @param capacity approximate maximum of buffered bytes */
  constructor(sql: string, shape: RowShape, capacity: number) {
    this.#sql = sql;
    this.#blocks = new RowBlocks(shape);
    this.#capacity = capacity;
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  /** The failure, after the rows before it were taken. */
  get failure(): { readonly cause: unknown } | undefined {
    return this.#failure;
  }

  /** Whether all rows were taken, and no more will come. */
  get isOver(): boolean {
    return this.#ended && this.#blocks.bytes === 0;
  }

  /** The next rows; undefined if there are none, yet or any more. */
  take(): RowBlock | undefined {
    const block = this.#blocks.take();
    if (this.#paused && 2 * this.#blocks.bytes < this.#capacity) this.#resume();
    return block;
  }

  /** Returns the memory of rows that were consumed. */
  release(block: RowBlock): void {
    this.#blocks.release(block);
  }

  /** Waits until so many bytes are buffered, or no more will come. */
  waitFor(bytes: number): Promise<void> {
    const enough = Math.min(bytes, this.#capacity);
    if (this.#ended || this.#blocks.bytes >= enough) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { bytes: enough, resolve };
    });
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.#sql);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.received += chunk.length;
    // Everything after a faulty row is ignored.
    if (this.#failure) return;
    try {
      this.#blocks.add(chunk);
    } catch (cause) {
      this.#fail(cause);
    }
    if (this.#waiting && this.#blocks.bytes >= this.#waiting.bytes) this.#wake();
    if (this.#paused || this.#blocks.bytes < this.#capacity) return;
    this.#paused = true;
    this.#connection?.stream.pause();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#end();
    this.#settle();
  }

  handleError(cause: unknown): void {
    this.#fail(cause);
    this.#settle();
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Further messages of this connection do not belong to this query. */
  #settle(): void {
    this.#resume();
    this.#resolveDone();
    this.callback?.();
  }

  #resume(): void {
    if (this.#paused) this.#connection?.stream.resume();
    this.#paused = false;
  }

  #wake(): void {
    const { resolve } = this.#waiting ?? {};
    this.#waiting = undefined;
    resolve?.();
  }
}
