/** Reads rows by several connections at the same time: ranges of the key, each by a COPY, all of one snapshot. */
import type { SluiceError } from '../../terms/errors.js';
import { CopyOut } from './copy-out.js';
import { postgresFailure, tellingCause } from './postgres-failure.js';
import type { RowShape } from './row-decoder.js';
import type { Copies } from './rows-input.js';
import type { Session } from './session.js';

/** A range of the key: after one row, up to and including another; absent: from the first, to the last. */
export interface KeyRange {
  readonly after?: readonly string[];
  readonly upTo?: readonly string[];
}

/** Options of reading by ranges. */
export interface RangeOptions {
  readonly shape: RowShape;
  /** Finds the ends of ranges. */
  readonly leader: Session;
  /** Read the ranges. */
  readonly readers: readonly Session[];
  /** The statement that sends the rows of a range. */
  statement(range: KeyRange): string;
  /** The key so many rows after another one; undefined if fewer rows are left. */
  keyAfter(count: number, after: readonly string[] | undefined): Promise<readonly string[] | undefined>;
}

/** Rows of the first range, and the initial size of all others. */
const FIRST_ROWS = 1000;
const MOST_ROWS = 100_000;
/** Size of a range: worth its statements, and small enough to be buffered. */
const RANGE_BYTES = 4 * 1024 * 1024;
/** Ranges may be larger than expected; then a connection waits. */
const CAPACITY = 2 * RANGE_BYTES;

/**
 * Makes the COPYs. They are read in the order of the key, so that the bytes are those of a single one. A connection that
 * has sent its range begins another one while earlier ranges are still running.
 */
export function rangeCopies(options: RangeOptions): Copies {
  return new RangeCopies(options);
}

class RangeCopies implements Copies {
  readonly #options: RangeOptions;
  readonly #free: Session[];
  /** Running or finished, in the order of the key, not read yet. */
  readonly #copies: CopyOut[] = [];
  #filling: Promise<void> | undefined;
  #started = false;
  #after: readonly string[] | undefined;
  #isLast = false;
  #rows = FIRST_ROWS;
  #closed = false;

  constructor(options: RangeOptions) {
    this.#options = options;
    this.#free = [...options.readers];
  }

  async next(after: readonly string[] | undefined): Promise<CopyOut | undefined> {
    if (!this.#started) this.#after = after;
    this.#started = true;
    // The previous one was read to its end, so that a connection is free, or soon will be.
    while (this.#copies.length === 0 && !this.#isLast) await this.#fill();
    const copy = this.#copies.shift();
    this.#fillUnseen();
    return copy;
  }

  failure(cause: unknown): SluiceError {
    return postgresFailure(tellingCause(cause, this.lost()), this.#options.shape.name, 'read');
  }

  lost(): unknown {
    const { leader, readers } = this.#options;
    return [leader, ...readers].map((session) => session.lost()).find((cause) => cause !== undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const { leader, readers } = this.#options;
    await Promise.all([leader, ...readers].map((session) => session.close()));
  }

  /** A failure is reported to the next call that waits for a range. */
  #fillUnseen(): void {
    this.#fill().catch(() => {});
  }

  /** Begins ranges while connections are free; one call at a time. */
  #fill(): Promise<void> {
    this.#filling ??= this.#begin().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  async #begin(): Promise<void> {
    const { shape, readers, keyAfter, statement } = this.#options;
    while (!this.#isLast && this.#copies.length < 2 * readers.length && this.#free.length > 0) {
      const after = this.#after;
      const rows = this.#rows;
      const upTo = await keyAfter(rows, after);
      const text = statement({ after, upTo });
      // Taken only now: where no key is found, it stays free, and the next call fails as this one does.
      const session = this.#closed ? undefined : this.#free.pop();
      if (!session) return;
      this.#isLast = upTo === undefined;
      this.#after = upTo;
      const copy = session.client.query(new CopyOut(text, shape, CAPACITY));
      this.#copies.push(copy);
      copy.done.then(() => {
        this.#free.push(session);
        this.#rows = Math.min(MOST_ROWS, Math.max(1, Math.round((rows * RANGE_BYTES) / Math.max(1, copy.received))));
        this.#fillUnseen();
      });
    }
  }
}
