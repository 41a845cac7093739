/** One COPY … TO STDOUT under way: its rows as they come, no more of them than there is room for. */
import type { Connection, Submittable } from 'pg';
import { type RowBlock, RowBlocks } from './row-blocks.js';
import type { RowShape } from './row-decoder.js';

/**
 * A query of the driver that keeps the rows of a binary COPY until somebody takes them. When so many bytes wait, the
 * connection is read no further; the server then waits, too.
 */
export class CopyOut implements Submittable {
  /** Settles when the server is done with it, or the connection has failed. Never rejects. */
  readonly done: Promise<void>;
  /** Set by the driver where its queries have a time limit; tells it that this one has ended. */
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

  /** @param capacity bytes that may wait here, about */
  constructor(sql: string, shape: RowShape, capacity: number) {
    this.#sql = sql;
    this.#blocks = new RowBlocks(shape);
    this.#capacity = capacity;
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  /** What it has failed with, behind the rows that came before. */
  get failure(): { readonly cause: unknown } | undefined {
    return this.#failure;
  }

  /** Whether all rows were taken, and none comes any more. */
  get isOver(): boolean {
    return this.#ended && this.#blocks.bytes === 0;
  }

  /** The next rows; undefined where none are here yet, or any more. */
  take(): RowBlock | undefined {
    const block = this.#blocks.take();
    if (this.#paused && 2 * this.#blocks.bytes < this.#capacity) this.#resume();
    return block;
  }

  /** Gives rows back that were used up. */
  giveBack(block: RowBlock): void {
    this.#blocks.giveBack(block);
  }

  /** Waits until so many bytes are here, or no more will come. */
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
    // Behind a row that is none nothing counts any more.
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

  /** Whatever else comes on this connection is not for this query. */
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
