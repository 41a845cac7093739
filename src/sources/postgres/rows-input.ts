/** Rows as the bytes of an input: lines, in the order of their key, with the places between them to go on from. */
import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '../../terms/errors.js';
import type { Note } from '../../terms/receipt.js';
import type { ByteInput, ResumableInput } from '../source.js';
import { throwIfAborted, untilAborted } from '../until-aborted.js';
import type { CopyOut } from './copy-out.js';
import { isConflict } from './postgres-failure.js';
import type { RowBlock } from './row-blocks.js';
import type { RowShape } from './row-decoder.js';

/** The COPYs that an input is made of, one behind the other. */
export interface Copies {
  /**
   * Answers the next one; undefined behind the last.
   * @param behind the key that the first one begins behind
   */
  next(behind: readonly string[] | undefined): Promise<CopyOut | undefined>;
  /** What a failure of a COPY is called. */
  failure(cause: unknown): SluiceError;
  /** What a connection was lost by between two COPYs; undefined where none was. */
  lost(): unknown;
  /** Ends all that run, and closes what they ran on. */
  close(): Promise<void>;
}

/** What the input reads. */
export interface RowsInputOptions extends RowShape {
  /** What must be the same when reading is taken up again. */
  readonly identity: unknown;
  readonly copies: Copies;
  /** Opens them again, in another session, where there is a key to go on behind. */
  readonly reopen?: (() => Promise<Copies>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Bytes that a read waits for: a batch of them is worth its own cost, and the server goes on into the buffers of the
 * connection while it is at work.
 */
const ENOUGH = 256 * 1024;

/** Places that are remembered: more than one read has blocks. */
const REMEMBERED = 64;

/** Makes the input. Nothing is asked of the server before the first read. */
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
    ...(key.length > 0 ? { resumable } : {}),
    read: (into) => reader.read(into),
    notes: () => reader.notes(),
    close: () => reader.close(),
  };
}

/** A place behind a row. */
interface Mark {
  readonly byteOffset: number;
  readonly key: readonly string[];
}

/** How often reading is begun again behind a conflict without a row in between, and the first wait, in milliseconds. */
const MOST_TRIES = 5;
const FIRST_WAIT_MS = 100;

class RowsReader {
  #copies: Copies;
  readonly #reopen: (() => Promise<Copies>) | undefined;
  readonly #shape: RowShape;
  readonly #signal: AbortSignal;
  #behind: readonly string[] | undefined;
  #copy: CopyOut | undefined;
  /** Rows of which not all was read yet, and how much was. */
  #block: RowBlock | undefined;
  #blockRead = 0;
  #byteOffset = 0;
  #marks: readonly Mark[] = [];
  /** Waits until the rows before it were delivered. */
  #failure: SluiceError | undefined;
  /** Conflicts behind the last row that came, and all of them. */
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
      if (copy.failure && !(await this.#goOn(copy.failure.cause))) {
        this.#failure = this.#copies.failure(copy.failure.cause);
      }
    }
    if (at === 0 && this.#failure) throw this.#failure;
    return at;
  }

  /** What a user should know of how it was read. */
  notes(): readonly Note[] {
    const conflicts = this.#allConflicts;
    if (conflicts === 0) return [];
    const times = conflicts === 1 ? 'once' : `${conflicts} times`;
    const text = `${this.#shape.name}: the server ended the query ${times} for the sake of others; reading went on behind the last key, in the state that the database had then`;
    return [{ code: 'READ_AGAIN', text, counts: { conflicts } }];
  }

  close(): Promise<void> {
    return this.#copies.close();
  }

  /** The COPY that is read; undefined behind the last one. */
  async #nextCopy(): Promise<CopyOut | undefined> {
    while (!this.#copy) {
      try {
        this.#copy = await untilAborted(this.#copies.next(this.#behind), this.#signal);
        return this.#copy;
      } catch (cause) {
        if (!(await this.#goOn(cause))) throw cause;
      }
    }
    return this.#copy;
  }

  /**
   * Begins again behind the last row that came, where the server has ended the query for the sake of others. Rows that
   * came are progress: tries are counted from the last of them.
   */
  async #goOn(cause: unknown): Promise<boolean> {
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
      const message = `${name}: reading cannot be taken up again behind a key of another kind than ${key.join(', ')}`;
      throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: name });
    }
    this.#byteOffset = byteOffset;
    this.#behind = mark;
  }

  /** Copies whole blocks while they fit; one that would not even fit alone is read piece by piece. */
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
      this.#behind = block.key;
      this.#conflicts = 0;
      this.#block = undefined;
      this.#blockRead = 0;
      copy.giveBack(block);
    }
  }

  #remember(key: readonly string[]): void {
    this.#marks = [...this.#marks.slice(1 - REMEMBERED), { byteOffset: this.#byteOffset, key }];
  }
}

function isKey(mark: unknown): mark is readonly string[] {
  return Array.isArray(mark) && mark.every((value) => typeof value === 'string');
}
