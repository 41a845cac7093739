/** Rows as an input of lines, in the order of their key, with positions between them to resume at. */
import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '../../terms/errors.js';
import type { Note } from '../../terms/receipt.js';
import type { ByteInput, ResumableInput } from '../source.js';
import { throwIfAborted, untilAborted } from '../until-aborted.js';
import type { CopyOut } from './copy-out.js';
import { isConflict } from './postgres-failure.js';
import type { RowBlock } from './row-blocks.js';
import type { RowShape } from './row-decoder.js';

/** The COPYs of an input, one after the other. */
export interface Copies {
  /**
   * Returns the next one; undefined after the last.
   * @param after the key after which the first one begins
   */
  next(after: readonly string[] | undefined): Promise<CopyOut | undefined>;
  /** The error for a failure of a COPY. */
  failure(cause: unknown): SluiceError;
  /** Why a connection was lost between two COPYs; undefined if none was. */
  lost(): unknown;
  /** Ends all running COPYs, and closes their connections. */
  close(): Promise<void>;
}

/** Options of an input of rows. */
export interface RowsInputOptions extends RowShape {
  /** What must be equal when reading resumes. */
  readonly identity: unknown;
  readonly copies: Copies;
  /** Opens them again in another session, if there is a key to resume after. */
  readonly reopen?: (() => Promise<Copies>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Bytes that a read waits for: enough to be worth a batch. Meanwhile the server continues into the buffers of the
 * connection.
 */
const ENOUGH = 256 * 1024;

/** Remembered positions: more than the blocks of one read. */
const REMEMBERED = 64;

/** Makes the input. Nothing is requested from the server before the first read. */
export function rowsInput({ identity, copies, reopen, signal, ...shape }: RowsInputOptions): ByteInput {
  const { name, key } = shape;
  const reader = new RowsReader(copies, reopen, shape, signal);
  const resumable: ResumableInput = {
    identity,
    markAt(byteOffset) {
      const key = reader.markAt(byteOffset);
      return key && (() => key);
    },
    async seek(byteOffset, mark) {
      reader.seek(byteOffset, mark);
      return [];
    },
  };
  return {
    kind: 'bytes',
    name,
    form: 'lines',
    resumable: key.length > 0 ? resumable : undefined,
    read: (into) => reader.read(into),
    notes: () => reader.notes(),
    close: () => reader.close(),
  };
}

/** A position after a row. */
interface Mark {
  readonly byteOffset: number;
  readonly key: readonly string[];
}

/** How often reading is retried after conflicts without a row in between, and the first wait, in milliseconds. */
const MOST_TRIES = 5;
const FIRST_WAIT_MS = 100;

class RowsReader {
  #copies: Copies;
  readonly #reopen: (() => Promise<Copies>) | undefined;
  readonly #shape: RowShape;
  readonly #signal: AbortSignal;
  #after: readonly string[] | undefined;
  #copy: CopyOut | undefined;
  /** A block that was read in part, and how much of it. */
  #block: RowBlock | undefined;
  #blockRead = 0;
  #byteOffset = 0;
  #marks: readonly Mark[] = [];
  /** A failure, until the rows before it were delivered. */
  #failure: SluiceError | undefined;
  /** Conflicts since the last row, and all of them. */
  #conflicts = 0;
  #allConflicts = 0;

  constructor(copies: Copies, reopen: (() => Promise<Copies>) | undefined, shape: RowShape, signal: AbortSignal) {
    this.#copies = copies;
    this.#reopen = reopen;
    this.#shape = shape;
    this.#signal = signal;
  }

  async read(into: Buffer): Promise<number> {
    const enough = Math.min(into.length, ENOUGH);
    let at = 0;
    while (!this.#failure) {
      throwIfAborted(this.#signal);
      const copy = await this.#nextCopy();
      if (!copy) break;
      at = this.#takeBlocks(copy, into, at);
      if (this.#block || at >= enough) break;
      if (!copy.isOver) {
        await untilAborted(copy.waitFor(enough - at), this.#signal);
        continue;
      }
      this.#copy = undefined;
      if (copy.failure && !(await this.#resume(copy.failure.cause))) {
        this.#failure = this.#copies.failure(copy.failure.cause);
      }
    }
    if (at === 0 && this.#failure) throw this.#failure;
    return at;
  }

  /** Notes on how it was read. */
  notes(): readonly Note[] {
    const conflicts = this.#allConflicts;
    if (conflicts === 0) return [];
    const times = conflicts === 1 ? 'once' : `${conflicts} times`;
    const text = `${this.#shape.name}: the server cancelled the query ${times} because of conflicts; reading resumed after the last key, in the then current state of the database`;
    return [{ code: 'READ_AGAIN', text, counts: { conflicts } }];
  }

  close(): Promise<void> {
    return this.#copies.close();
  }

  /** The current COPY; undefined after the last one. */
  async #nextCopy(): Promise<CopyOut | undefined> {
    while (!this.#copy) {
      try {
        this.#copy = await untilAborted(this.#copies.next(this.#after), this.#signal);
        return this.#copy;
      } catch (cause) {
        if (!(await this.#resume(cause))) throw cause;
      }
    }
    return this.#copy;
  }

  /**
   * Resumes after the last row, if the server has cancelled the query because of a conflict. Rows are progress: tries are
   * counted from the last of them.
   */
  async #resume(cause: unknown): Promise<boolean> {
    if (!this.#reopen) return false;
    for (let reason = isConflict(cause) ? cause : this.#copies.lost(); isConflict(reason); ) {
      if (++this.#conflicts > MOST_TRIES) return false;
      this.#allConflicts++;
      await this.#copies.close();
      const waitMs = FIRST_WAIT_MS * 2 ** (this.#conflicts - 1);
      await wait(waitMs, undefined, { signal: this.#signal }).catch(() => throwIfAborted(this.#signal));
      try {
        this.#copies = await this.#reopen();
        return true;
      } catch (failure) {
        if (!isConflict(failure)) throw failure;
        reason = failure;
      }
    }
    return false;
  }

  markAt(byteOffset: number): readonly string[] | undefined {
    return this.#marks.find((mark) => mark.byteOffset === byteOffset)?.key;
  }

  seek(byteOffset: number, mark: unknown): void {
    const { key, name } = this.#shape;
    if (!isKey(mark) || mark.length !== key.length) {
      const message = `${name}: reading cannot resume after a key of other columns than ${key.join(', ')}`;
      throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: name });
    }
    this.#byteOffset = byteOffset;
    this.#after = mark;
  }

  /** Copies complete blocks while they fit; a block that is too large for any read is copied in parts. */
  #takeBlocks(copy: CopyOut, into: Buffer, from: number): number {
    let at = from;
    for (;;) {
      this.#block ??= copy.take();
      const block = this.#block;
      if (!block) return at;
      if (at > 0 && at + block.length - this.#blockRead > into.length) return at;
      const copied = block.memory.copy(into, at, this.#blockRead, block.length);
      at += copied;
      this.#blockRead += copied;
      this.#byteOffset += copied;
      if (this.#blockRead < block.length) return at;
      this.#remember(block.key);
      this.#after = block.key;
      this.#conflicts = 0;
      this.#block = undefined;
      this.#blockRead = 0;
      copy.release(block);
    }
  }

  #remember(key: readonly string[]): void {
    this.#marks = [...this.#marks.slice(1 - REMEMBERED), { byteOffset: this.#byteOffset, key }];
  }
}

function isKey(mark: unknown): mark is readonly string[] {
  return Array.isArray(mark) && mark.every((value) => typeof value === 'string');
}
